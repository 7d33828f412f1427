package sched

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Task asks for Cost ticks again and again, Period ticks after the last time at the earliest, and has to get them
// within Deadline ticks of asking. 1 <= Cost <= Deadline <= Period <= Most.
type Task struct{ Cost, Period, Deadline int }

// Implicit is a task whose deadline is its period.
func Implicit(cost, period int) Task { return Task{Cost: cost, Period: period, Deadline: period} }

func validTasks(tasks []Task) error {
	if err := within("tasks", len(tasks), 0); err != nil {
		return err
	}
	for i, t := range tasks {
		if t.Cost < 1 || t.Deadline < t.Cost || t.Period < t.Deadline || t.Period > Most {
			return fmt.Errorf("task %d: got %+v, want 1 <= Cost <= Deadline <= Period <= %d", i+1, t, Most)
		}
	}
	return nil
}

// Load is the part of the processor that the tasks need, the sum of cost over period.
func Load(tasks []Task) (*big.Rat, error) {
	if err := validTasks(tasks); err != nil {
		return nil, err
	}
	sum := new(big.Rat)
	for _, t := range tasks {
		sum.Add(sum, big.NewRat(int64(t.Cost), int64(t.Period)))
	}
	return sum, nil
}

// ErrTooLong says that a task set is too long for an exact test: periods with hardly a common factor, at a load of almost 1.
var ErrTooLong = errors.New("too long a busy period for an exact test")

// rounds limits the search for the end of a busy period.
const rounds = 1 << 20

// FeasibleEDF tells whether earliest deadline first meets all deadlines of the tasks, whenever they ask. If it does
// not, nothing does. Exactly so, whatever the deadlines: by processor demand (S. K. Baruah, L. E. Rosier and R. R.
// Howell, Real-Time Systems 2, 1990), at the points that count (F. Zhang and A. Burns, Schedulability analysis for
// real-time systems with EDF scheduling, IEEE Transactions on Computers 58(9), 2009). With deadlines at the ends of
// periods it is the same as Load <= 1 (C. L. Liu and J. W. Layland, JACM 20(1), 1973). The error is ErrTooLong, or that
// a task is not valid.
func FeasibleEDF(tasks []Task) (bool, error) {
	load, err := Load(tasks)
	if err != nil {
		return false, err
	}
	one := big.NewRat(1, 1)
	if load.Cmp(one) > 0 {
		return false, nil
	}
	if !slices.ContainsFunc(tasks, func(t Task) bool { return t.Deadline < t.Period }) {
		return true, nil
	}
	end, ok := busy(tasks)
	if !ok {
		return false, ErrTooLong
	}
	first := tasks[0].Deadline
	for _, t := range tasks {
		first = min(first, t.Deadline)
	}
	at := lastDeadline(tasks, end)
	for range rounds {
		switch d := demand(tasks, at); {
		case d > at:
			return false, nil
		case d <= first:
			return true, nil
		case d < at:
			at = d
		default:
			at = lastDeadline(tasks, at)
		}
	}
	return false, ErrTooLong
}

// busy is how long the processor is busy when all tasks ask at once and then as soon as they may, in ticks. Its load is
// 1 at most.
func busy(tasks []Task) (int, bool) {
	end := 0
	for _, t := range tasks {
		end += t.Cost
	}
	for range rounds {
		next := 0
		for _, t := range tasks {
			next += ceil(end, t.Period) * t.Cost
		}
		if next == end {
			return end, true
		}
		if next > 1<<40 { // further rounds may overflow
			return 0, false
		}
		end = next
	}
	return 0, false
}

// demand is what has to be done by a time when all ask at 0 and then as soon as they may.
func demand(tasks []Task, by int) int {
	sum := 0
	for _, t := range tasks {
		if by >= t.Deadline {
			sum += ((by-t.Deadline)/t.Period + 1) * t.Cost
		}
	}
	return sum
}

// lastDeadline is the last one before a time, or 0.
func lastDeadline(tasks []Task, before int) int {
	last := 0
	for _, t := range tasks {
		if before > t.Deadline {
			last = max(last, (before-t.Deadline-1)/t.Period*t.Period+t.Deadline)
		}
	}
	return last
}

// ResponseTimes is how long each task takes at most when tasks have fixed priorities, the first the greatest, in ticks;
// and whether all meet their deadlines. It ends with the first that does not, whose time is then only known to be more
// than its deadline (M. Joseph and P. Pandya, Finding response times in a real-time system, The Computer Journal 29(5),
// 1986). Exact: the worst case is that all ask at once.
func ResponseTimes(tasks []Task) ([]int, bool, error) {
	if err := validTasks(tasks); err != nil {
		return nil, false, err
	}
	var times []int
	for i, t := range tasks {
		time := t.Cost
		for before := 0; before != time && time <= t.Deadline; {
			before, time = time, t.Cost
			for _, u := range tasks[:i] {
				time += ceil(before, u.Period) * u.Cost
			}
		}
		times = append(times, time)
		if time > t.Deadline {
			return times, false, nil
		}
	}
	return times, true, nil
}

// LiuLayland tells whether the load of n tasks is at most n(2^(1/n) - 1), from which it follows that priorities by
// period meet all deadlines at the ends of periods. It is not necessary. Exact: (1 + load/n)^n <= 2 is the same,
// without roots, and is found between bounds that are as near as it takes. They are never equal for two tasks and
// more, since no root of 2 is rational.
func LiuLayland(tasks []Task) (bool, error) {
	load, err := Load(tasks)
	n := len(tasks)
	if err != nil || n == 0 {
		return err == nil, err
	}
	factor := load.Quo(load, big.NewRat(int64(n), 1))
	factor.Add(factor, big.NewRat(1, 1))
	if n == 1 {
		return factor.Cmp(big.NewRat(2, 1)) <= 0, nil
	}
	for two, bits := big.NewFloat(2), uint(128); ; bits *= 2 {
		switch {
		case powerOf(factor, n, bits, big.ToPositiveInf).Cmp(two) <= 0:
			return true, nil
		case powerOf(factor, n, bits, big.ToNegativeInf).Cmp(two) > 0:
			return false, nil
		}
	}
}

// powerOf is a number above 0 to the power of n, rounded one way.
func powerOf(x *big.Rat, n int, bits uint, way big.RoundingMode) *big.Float {
	factor := new(big.Float).SetPrec(bits).SetMode(way).SetRat(x)
	product := new(big.Float).SetPrec(bits).SetMode(way).SetInt64(1)
	for range n {
		product.Mul(product, factor)
	}
	return product
}

// Hyperbolic tells whether the product of 1 + cost/period is at most 2, which says the same as LiuLayland of more task
// sets (E. Bini, G. Buttazzo and G. Buttazzo, Rate monotonic analysis: the hyperbolic bound, IEEE Transactions on
// Computers 52(7), 2003).
func Hyperbolic(tasks []Task) (bool, error) {
	if err := validTasks(tasks); err != nil {
		return false, err
	}
	product := big.NewRat(1, 1)
	for _, t := range tasks {
		product.Mul(product, big.NewRat(int64(t.Cost+t.Period), int64(t.Period)))
	}
	return product.Cmp(big.NewRat(2, 1)) <= 0, nil
}

// Recurring runs tasks that ask again and again on one processor by earliest deadline first, preempting after each
// tick. It stops when one is late. Jobs are the tasks, in the order given.
//
// For task sets of which FeasibleEDF says so, none is ever late; checked in periodic.bh.
type Recurring struct {
	tasks []Task
	due   []int // by Job-1: ticks to the deadline of the present request
	wait  []int // ticks until the task may ask again
	left  []int // of its cost
	late  bool
}

// NewRecurring makes a scheduler of tasks, none of which has asked yet.
func NewRecurring(tasks []Task) (Recurring, error) {
	if err := validTasks(tasks); err != nil {
		return Recurring{}, err
	}
	n := len(tasks)
	return Recurring{tasks: slices.Clone(tasks), due: make([]int, n), wait: make([]int, n), left: make([]int, n)}, nil
}

// Clone returns an independent copy.
func (r *Recurring) Clone() Recurring {
	return Recurring{
		tasks: slices.Clone(r.tasks), due: slices.Clone(r.due), wait: slices.Clone(r.wait), left: slices.Clone(r.left), late: r.late,
	}
}

// Left is what task t needs of its present request, in ticks.
func (r *Recurring) Left(t Job) int { return at(r.left, t) }

// Wait is how long it is until task t may ask again, in ticks.
func (r *Recurring) Wait(t Job) int { return at(r.wait, t) }

// Late tells whether a deadline has been missed.
func (r *Recurring) Late() bool { return r.late }

// Next is who should run, the least number of those of earliest deadline, and false if nobody is ready.
func (r *Recurring) Next() (Job, bool) {
	var first Job
	for i := range r.tasks {
		if r.left[i] > 0 && (first == 0 || r.due[i] < at(r.due, first)) {
			first = Job(i + 1)
		}
	}
	return first, first != 0
}

// Ask lets task t ask. It is refused before its period is over, and when a task is late.
func (r *Recurring) Ask(t Job) error {
	if err := known(t, len(r.tasks)); err != nil {
		return err
	}
	if r.wait[t-1] > 0 || r.late {
		return model.Refuse("task %d asks: it may in %d ticks (late %t)", t, r.wait[t-1], r.late)
	}
	task := r.tasks[t-1]
	r.due[t-1], r.wait[t-1], r.left[t-1] = task.Deadline, task.Period, task.Cost
	return nil
}

// Run lets task t run for a tick. It is refused if it has nothing to do, one of earlier deadline has, or a task is late.
func (r *Recurring) Run(t Job) error {
	if err := known(t, len(r.tasks)); err != nil {
		return err
	}
	first, _ := r.Next()
	if r.left[t-1] == 0 || r.late || at(r.due, first) < r.due[t-1] {
		return model.Refuse("run task %d: task %d is first (late %t)", t, first, r.late)
	}
	r.left[t-1]--
	r.pass()
	return nil
}

// Idle lets a tick pass in which nobody has anything to do. It is refused if somebody has.
func (r *Recurring) Idle() error {
	if t, ok := r.Next(); ok {
		return model.Refuse("idle: task %d is ready", t)
	}
	r.pass()
	return nil
}

func (r *Recurring) pass() {
	for i := range r.tasks {
		r.due[i], r.wait[i] = max(0, r.due[i]-1), max(0, r.wait[i]-1)
		r.late = r.late || r.due[i] == 0 && r.left[i] > 0
	}
}
