package sched

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Ageing shares a processor by priorities that rise: in each tick the ready job of the greatest priority runs, and
// while a job is ready and does not run, its priority rises by a level for each so many ticks, until it runs (A.
// Silberschatz, P. B. Galvin and G. Gagne, Operating System Concepts, 10th ed., 5.3.4). Among equals any may run; Next
// names the one that has waited longest, then the least number.
//
// What it guarantees, checked in ageing.bh, for n jobs, l levels and a level for each a ticks: a ready job waits for at
// most a*l+n-2 ticks, and a job runs before one of greater priority only if it has waited for the difference. Without
// ageing the first bound does not exist.
//
// The zero Ageing has no job; make one with NewAgeing.
type Ageing struct {
	age    int
	levels int
	base   []int // by Job-1
	ready  []bool
	waited []int // ticks
	last   Job   // who ran in the last step
}

// NewAgeing makes a scheduler of len(base) jobs with these priorities, 0 to levels-1, of which the greatest goes first.
// All are blocked. Ready jobs rise by a level each age ticks, 1 at least.
func NewAgeing(base []int, levels, age int) (Ageing, error) {
	for _, err := range []error{within("jobs", len(base), 1), within("levels", levels, 1), within("age", age, 1)} {
		if err != nil {
			return Ageing{}, err
		}
	}
	for _, p := range base {
		if p < 0 || p >= levels {
			return Ageing{}, fmt.Errorf("got priority %d, want 0 to %d", p, levels-1)
		}
	}
	return Ageing{
		age: age, levels: levels, base: slices.Clone(base), ready: make([]bool, len(base)), waited: make([]int, len(base)),
	}, nil
}

// Clone returns an independent copy.
func (a *Ageing) Clone() Ageing {
	c := *a
	c.base, c.ready, c.waited = slices.Clone(a.base), slices.Clone(a.ready), slices.Clone(a.waited)
	return c
}

// Jobs is the number of jobs.
func (a *Ageing) Jobs() int { return len(a.base) }

// Ready tells whether a job wants the processor.
func (a *Ageing) Ready(j Job) bool { return at(a.ready, j) }

// Waited is for how long a job has been passed over since it became ready or ran last, in ticks.
func (a *Ageing) Waited(j Job) int { return at(a.waited, j) }

// Last is who ran in the last step, or 0 when that was no tick.
func (a *Ageing) Last() Job { return a.last }

// Priority is that of a job now, with what it has risen.
func (a *Ageing) Priority(j Job) int {
	if a.age == 0 {
		return 0
	}
	return at(a.base, j) + at(a.waited, j)/a.age
}

// WaitLimit is for how long a job is passed over at most, in ticks: a*l+n-2, or 0 for a job that is alone.
func (a *Ageing) WaitLimit() int {
	if len(a.base) < 2 {
		return 0
	}
	return a.age*a.levels + len(a.base) - 2
}

// Next is who should run, and false if nobody is ready.
func (a *Ageing) Next() (Job, bool) {
	var best Job
	for i := range a.ready {
		j := Job(i + 1)
		if a.ready[i] && (best == 0 || a.Priority(j) > a.Priority(best) ||
			a.Priority(j) == a.Priority(best) && a.waited[i] > a.Waited(best)) {
			best = j
		}
	}
	return best, best != 0
}

// Wake makes a job ready. It is refused if it is.
func (a *Ageing) Wake(j Job) error {
	if err := known(j, len(a.base)); err != nil {
		return err
	}
	if a.ready[j-1] {
		return model.Refuse("wake job %d: it is ready", j)
	}
	a.ready[j-1], a.last = true, 0
	return nil
}

// Run lets a job run for a tick. It is refused if the job is not ready, or one of greater priority is.
func (a *Ageing) Run(j Job) error {
	if err := known(j, len(a.base)); err != nil {
		return err
	}
	if !a.ready[j-1] {
		return model.Refuse("run job %d: it is not ready", j)
	}
	if best, _ := a.Next(); a.Priority(best) > a.Priority(j) {
		return model.Refuse("run job %d of priority %d: job %d has %d", j, a.Priority(j), best, a.Priority(best))
	}
	for i := range a.waited {
		if a.ready[i] {
			a.waited[i]++
		}
	}
	a.waited[j-1], a.last = 0, j
	return nil
}

// Block lets the job that ran in the last step stop of itself.
func (a *Ageing) Block(j Job) error {
	if err := known(j, len(a.base)); err != nil {
		return err
	}
	if a.last != j {
		return model.Refuse("block job %d: the last to run was %d", j, a.last)
	}
	a.ready[j-1], a.last = false, 0
	return nil
}
