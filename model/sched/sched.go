package sched

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Job numbers a job of a scheduler, from 1.
type Job int

// Most is the greatest number that constructors and steps take: of jobs, ticks, weights and levels.
const Most = 1 << 20

// within tells whether a number that is to be lo at least, and Most at most, is not.
func within(what string, n, lo int) error {
	if n < lo || n > Most {
		return fmt.Errorf("got %s %d, want %d to %d", what, n, lo, Most)
	}
	return nil
}

// known refuses a job that is not there.
func known(j Job, jobs int) error {
	if j < 1 || int(j) > jobs {
		return model.Refuse("got job %d, want 1 to %d", j, jobs)
	}
	return nil
}

// at is the entry of a job, and zero for one that is not there.
func at[T any](of []T, j Job) T {
	if j < 1 || int(j) > len(of) {
		var none T
		return none
	}
	return of[j-1]
}

// ceil is a / b rounded up, for a >= 0 and b > 0.
func ceil(a, b int) int { return (a + b - 1) / b }
