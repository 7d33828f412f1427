package memory

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

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
