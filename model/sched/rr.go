package sched

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// RoundRobin shares a processor by turns: what is ready waits in one queue, the head runs until it is done or its
// quantum is over, and then goes to the tail (A. Silberschatz, P. B. Galvin and G. Gagne, Operating System Concepts,
// 10th ed., 5.3.3). Turning to another job costs some ticks in which nobody gets on. Each job asks once.
//
// What it guarantees, checked in round_robin.bh, for n jobs, a quantum of q and a switch of s ticks: it is idle only
// when all that was asked for has been done, neither more nor less; a job waits for its turn for at most (n-1)(q+s)+s
// ticks; one that asks for d is done within ceil(d/q)((n-1)(q+s)+s)+d ticks; and switching takes at most s for each of
// all these turns.
//
// The zero RoundRobin has no job; make one with NewRoundRobin.
type RoundRobin struct {
	quantum, cost  int
	demand, served []int // by Job-1, ticks
	queue          []Job
	runs           Job // 0: idle
	left, paying   int // ticks of the quantum, and of the switch before it
	work, lost     int // ticks so far
}

// NewRoundRobin makes a scheduler of so many jobs, none of which has asked yet. The quantum is 1 tick at least, the cost of a
// switch 0 at least; see Most.
func NewRoundRobin(jobs, quantum, cost int) (RoundRobin, error) {
	for _, err := range []error{within("jobs", jobs, 1), within("quantum", quantum, 1), within("switch", cost, 0)} {
		if err != nil {
			return RoundRobin{}, err
		}
	}
	return RoundRobin{quantum: quantum, cost: cost, demand: make([]int, jobs), served: make([]int, jobs)}, nil
}

// Clone returns an independent copy.
func (r *RoundRobin) Clone() RoundRobin {
	c := *r
	c.demand, c.served, c.queue = slices.Clone(r.demand), slices.Clone(r.served), slices.Clone(r.queue)
	return c
}

// Jobs is the number of jobs.
func (r *RoundRobin) Jobs() int { return len(r.demand) }

// Demand is what a job has asked for, in ticks; 0 if it has not yet.
func (r *RoundRobin) Demand(j Job) int { return at(r.demand, j) }

// Served is what a job has got, in ticks.
func (r *RoundRobin) Served(j Job) int { return at(r.served, j) }

// Done tells whether a job has got what it asked for.
func (r *RoundRobin) Done(j Job) bool { return r.Demand(j) > 0 && r.Served(j) == r.Demand(j) }

// Queue is who waits, in the order of their turns. The caller may keep it.
func (r *RoundRobin) Queue() []Job { return slices.Clone(r.queue) }

// Runs is whose turn it is, or 0 when the processor is idle.
func (r *RoundRobin) Runs() Job { return r.runs }

// Left is what is left of the present quantum, and of the switch that comes before it, in ticks.
func (r *RoundRobin) Left() (quantum, cost int) { return r.left, r.paying }

// Work is the ticks so far in which a job got on, and those lost in switching.
func (r *RoundRobin) Work() (work, lost int) { return r.work, r.lost }

// WaitLimit is how long a job waits for its turn at most, in ticks: (n-1)(q+s)+s.
func (r *RoundRobin) WaitLimit() int {
	return max(0, len(r.demand)-1)*(r.quantum+r.cost) + r.cost
}

// DoneLimit is how long it takes at most from a request of so many ticks to its end, in ticks; 0 for no request that
// Submit takes.
func (r *RoundRobin) DoneLimit(demand int) int {
	if r.quantum == 0 || within("demand", demand, 1) != nil {
		return 0
	}
	return ceil(demand, r.quantum)*r.WaitLimit() + demand
}

// Submit lets a job ask for so many ticks, from 1 to Most. It is refused if the job has asked before.
func (r *RoundRobin) Submit(j Job, ticks int) error {
	if err := known(j, len(r.demand)); err != nil {
		return err
	}
	if err := within("demand", ticks, 1); err != nil {
		return model.Refuse("submit job %d: %w", j, err)
	}
	if r.demand[j-1] > 0 {
		return model.Refuse("submit job %d: it has asked for %d ticks before", j, r.demand[j-1])
	}
	r.demand[j-1] = ticks
	r.queue = append(r.queue, j)
	if r.runs == 0 {
		r.turn()
	}
	return nil
}

// turn gives the head of the queue the next quantum; without one the processor is idle.
func (r *RoundRobin) turn() {
	before := r.runs
	r.runs, r.left, r.paying = 0, 0, 0
	if len(r.queue) == 0 {
		return
	}
	r.runs, r.left, r.queue = r.queue[0], r.quantum, r.queue[1:]
	if r.runs != before {
		r.paying = r.cost
	}
}

// Tick lets a tick pass. It is refused while the processor is idle.
func (r *RoundRobin) Tick() error {
	if r.runs == 0 {
		return model.Refuse("tick: nobody is ready")
	}
	if r.paying > 0 {
		r.paying--
		r.lost++
		return nil
	}
	r.served[r.runs-1]++
	r.work++
	r.left--
	switch {
	case r.Done(r.runs):
		r.turn()
	case r.left == 0:
		r.queue = append(r.queue, r.runs)
		r.turn()
	}
	return nil
}
