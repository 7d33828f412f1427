package vmotion

import "github.com/bulkheadlang/bulkhead/model"

// Host names a host, from 1; 0 is none.
type Host int

// VM names a virtual machine, from 1.
type VM int

// known refuses a number that names nothing: those of machines and hosts go from 1 to n.
func known[T ~int](what string, i T, n int) error {
	if i < 1 || int(i) > n {
		return model.Refuse("%s %d: want 1 to %d", what, i, n)
	}
	return nil
}
