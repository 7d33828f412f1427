package vmotion

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Host names a host, from 1; 0 is none.
type Host int

// VM names a virtual machine, from 1.
type VM int

// Fault is a refusal for which the vSphere API has a name. It wraps model.ErrRefused.
type Fault struct {
	Name   string // such as InvalidPowerState
	Reason string
}

// Error gives the name and the reason.
func (f *Fault) Error() string { return f.Name + ": " + f.Reason }

// Unwrap gives model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

func fault(name, format string, args ...any) error {
	return &Fault{Name: name, Reason: fmt.Sprintf(format, args...)}
}

// known refuses a number that names nothing: those of machines and hosts go from 1 to n.
func known[T ~int](what string, i T, n int) error {
	if i < 1 || int(i) > n {
		return model.Refuse("%s %d: want 1 to %d", what, i, n)
	}
	return nil
}
