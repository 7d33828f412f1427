package memory

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Fault is a refused step that the vSphere API has a name for.
type Fault struct {
	Name   string // as in the API reference, such as "InvalidPowerState"
	Reason string
}

// The faults of this package, by their names in the vSphere API.
const (
	InvalidPowerState                = "InvalidPowerState"
	InsufficientMemoryResourcesFault = "InsufficientMemoryResourcesFault"
	NoDiskSpace                      = "NoDiskSpace"
	InvalidArgument                  = "InvalidArgument"
)

func (f *Fault) Error() string { return f.Name + ": " + f.Reason }

// Unwrap is model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

func fault(name, format string, args ...any) error {
	return &Fault{Name: name, Reason: fmt.Sprintf(format, args...)}
}

// VM names a virtual machine, from 1.
type VM int

// mustName panics unless n is one of 1 to most.
func mustName(what string, n, most int) {
	if n < 1 || n > most {
		panic(fmt.Sprintf("memory: there is no %s %d, want 1 to %d", what, n, most))
	}
}

// known refuses a step of a machine that there is not.
func known(step string, v VM, most int) error {
	if v < 1 || int(v) > most {
		return model.Refuse("%s VM %d: want 1 to %d", step, v, most)
	}
	return nil
}
