package sched

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Request is a job with a deadline: from Release on it needs Need ticks, and has to be done by Deadline.
type Request struct{ Release, Deadline, Need int }

// Deadlines runs a set of jobs on one processor by earliest deadline first, preempting after each tick. Among equals any may
// run; Next names the one of least number.
//
// That is optimal (W. A. Horn, Some simple scheduling algorithms, Naval Research Logistics Quarterly 21, 1974): it
// misses a deadline only if every schedule does, which is so exactly if there is an Overload. Checked in deadlines.bh.
//
// The zero Deadlines has no job; make one with NewDeadlines.
type Deadlines struct {
	jobs []Request
	got  []int // by Job-1, ticks
	now  int
}

// NewDeadlines makes a scheduler of jobs, at time 0. Times and needs are 0 to Most, a need 1 at least, a deadline later
// than the release. There may be jobs that cannot be done in time.
func NewDeadlines(jobs []Request) (Deadlines, error) {
	if err := within("jobs", len(jobs), 0); err != nil {
		return Deadlines{}, err
	}
	for i, r := range jobs {
		if err := r.valid(); err != nil {
			return Deadlines{}, fmt.Errorf("job %d: %w", i+1, err)
		}
	}
	return Deadlines{jobs: slices.Clone(jobs), got: make([]int, len(jobs))}, nil
}

func (r Request) valid() error {
	for _, err := range []error{within("release", r.Release, 0), within("deadline", r.Deadline, 0), within("need", r.Need, 1)} {
		if err != nil {
			return err
		}
	}
	if r.Deadline <= r.Release {
		return fmt.Errorf("got deadline %d, want one after the release at %d", r.Deadline, r.Release)
	}
	return nil
}

// Clone returns an independent copy.
func (d *Deadlines) Clone() Deadlines {
	return Deadlines{jobs: slices.Clone(d.jobs), got: slices.Clone(d.got), now: d.now}
}

// Jobs is the number of jobs.
func (d *Deadlines) Jobs() int { return len(d.jobs) }

// Request is what job j asks for.
func (d *Deadlines) Request(j Job) Request { return at(d.jobs, j) }

// Got is what job j has got, in ticks.
func (d *Deadlines) Got(j Job) int { return at(d.got, j) }

// Now is the time.
func (d *Deadlines) Now() int { return d.now }

// Done tells whether job j has got what it needs.
func (d *Deadlines) Done(j Job) bool { return d.Got(j) == d.Request(j).Need }

// Missed is the jobs that are late, in the order of their numbers.
func (d *Deadlines) Missed() []Job {
	var late []Job
	for i, r := range d.jobs {
		if d.got[i] < r.Need && d.now >= r.Deadline {
			late = append(late, Job(i+1))
		}
	}
	return late
}

// Over tells whether a job is late, or all are done.
func (d *Deadlines) Over() bool {
	left := false
	for i, r := range d.jobs {
		left = left || d.got[i] < r.Need
	}
	return !left || len(d.Missed()) > 0
}

func (d *Deadlines) ready(j Job) bool { return d.Request(j).Release <= d.now && !d.Done(j) }

// Next is who should run, and false if nobody is ready.
func (d *Deadlines) Next() (Job, bool) {
	var first Job
	for i := range d.jobs {
		if j := Job(i + 1); d.ready(j) && (first == 0 || d.Request(j).Deadline < d.Request(first).Deadline) {
			first = j
		}
	}
	return first, first != 0
}

// Run lets job j run for a tick. It is refused if the job is not released, is done, or one of earlier deadline is
// ready, and when all is Over.
func (d *Deadlines) Run(j Job) error {
	if err := known(j, len(d.jobs)); err != nil {
		return err
	}
	if d.Over() {
		return model.Refuse("run job %d: all is over", j)
	}
	if !d.ready(j) {
		return model.Refuse("run job %d: it is not ready at %d", j, d.now)
	}
	if first, _ := d.Next(); d.Request(first).Deadline < d.Request(j).Deadline {
		return model.Refuse("run job %d with deadline %d: that of job %d is %d", j, d.Request(j).Deadline, first, d.Request(first).Deadline)
	}
	d.got[j-1]++
	d.now++
	return nil
}

// Idle lets a tick pass in which nobody is ready. It is refused if somebody is, and when all is Over.
func (d *Deadlines) Idle() error {
	if d.Over() {
		return model.Refuse("idle: all is over")
	}
	if j, ok := d.Next(); ok {
		return model.Refuse("idle: job %d is ready", j)
	}
	d.now++
	return nil
}

// Interval is the time between two ticks, and what has to be done in it.
type Interval struct{ From, To, Demand int }

// Overload looks for an interval in which the jobs that are released and due need more ticks than it has: the one that
// ends first, and of these the shortest. Without one, all deadlines can be met. Jobs are taken as they are; those that
// NewDeadlines refuses give no sensible answer.
func Overload(jobs []Request) (Interval, bool) {
	byDeadline := slices.SortedFunc(slices.Values(jobs), func(a, b Request) int { return a.Deadline - b.Deadline })
	for i, last := range byDeadline {
		if i+1 < len(byDeadline) && byDeadline[i+1].Deadline == last.Deadline {
			continue
		}
		due := slices.SortedFunc(slices.Values(byDeadline[:i+1]), func(a, b Request) int { return b.Release - a.Release })
		demand := 0
		for k, r := range due {
			demand += r.Need
			if k+1 < len(due) && due[k+1].Release == r.Release {
				continue
			}
			if demand > last.Deadline-r.Release {
				return Interval{r.Release, last.Deadline, demand}, true
			}
		}
	}
	return Interval{}, false
}
