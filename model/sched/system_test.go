package sched

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/esxi/cpu"
)

// byJob shows a number for each job.
func byJob(jobs int, of func(Job) int) model.Value {
	return modelcheck.Map(1, jobs, func(i int) model.Value { return modelcheck.Int(of(Job(i))) })
}

// watchedRR is a RoundRobin and what round_robin.bh measures of job 1.
type watchedRR struct {
	RoundRobin
	Waits, Takes int
}

func (w *watchedRR) tick() error {
	if w.Demand(1) > w.Served(1) {
		w.Takes++
		w.Waits++
		if _, paying := w.Left(); w.Runs() == 1 && paying == 0 {
			w.Waits = 0
		}
	}
	return w.Tick()
}

func (w watchedRR) bindings() []model.Binding {
	left, paying := w.Left()
	work, lost := w.Work()
	return []model.Binding{
		{Name: "demand", Value: byJob(w.Jobs(), w.Demand)},
		{Name: "served", Value: byJob(w.Jobs(), w.Served)},
		{Name: "queue", Value: modelcheck.Seq(w.Queue())},
		{Name: "runs", Value: modelcheck.Option(w.Runs())},
		{Name: "left", Value: modelcheck.Int(left)},
		{Name: "switch", Value: modelcheck.Int(paying)},
		{Name: "work", Value: modelcheck.Int(work)},
		{Name: "lost", Value: modelcheck.Int(lost)},
		{Name: "waits", Value: modelcheck.Int(w.Waits)},
		{Name: "takes", Value: modelcheck.Int(w.Takes)},
	}
}

// rrSystem is the system whose states are those of RoundRobin.
func rrSystem(jobs, demand, quantum, cost int) model.System {
	return model.MustDefine(model.Definition[watchedRR]{
		Name: "RoundRobin",
		Init: func(yield func(watchedRR) bool) {
			yield(watchedRR{RoundRobin: made(NewRoundRobin(jobs, quantum, cost))})
		},
		Actions: []model.ActionOf[watchedRR]{
			{Name: "Submit", Params: []string{"j", "d"}, Next: modelcheck.Call2(modelcheck.Numbers[Job](jobs), modelcheck.Numbers[int](demand),
				func(w *watchedRR, j Job, d int) error { return w.Submit(j, d) })},
			{Name: "Tick", Next: modelcheck.Call((*watchedRR).tick)},
		},
		Terminal: func(w watchedRR) bool {
			return !slices.ContainsFunc(modelcheck.Numbers[Job](jobs), func(j Job) bool { return !w.Done(j) })
		},
		Invariants: []model.Predicate[watchedRR]{
			{Name: "Waits", Holds: func(w watchedRR) bool { return w.Waits <= w.WaitLimit() }},
			{Name: "Takes", Holds: func(w watchedRR) bool { return w.Demand(1) == 0 || w.Takes <= w.DoneLimit(w.Demand(1)) }},
		},
		Show: watchedRR.bindings,
	})
}

func ageingBindings(a Ageing) []model.Binding {
	return []model.Binding{
		{Name: "base", Value: byJob(a.Jobs(), func(j Job) int { return at(a.base, j) })},
		{Name: "ready", Value: modelcheck.Map(1, a.Jobs(), func(i int) model.Value { return model.Bool(a.Ready(Job(i))) })},
		{Name: "waited", Value: byJob(a.Jobs(), a.Waited)},
		{Name: "last", Value: modelcheck.Option(a.Last())},
	}
}

// ageingSystem is the system whose states are those of Ageing, for all priorities.
func ageingSystem(jobs, levels, age int) model.System {
	all := modelcheck.Numbers[Job](jobs)
	return model.MustDefine(model.Definition[Ageing]{
		Name: "Ageing",
		Init: func(yield func(Ageing) bool) {
			for base := range modelcheck.Vectors(jobs, levels) {
				for i := range base {
					base[i]--
				}
				if !yield(made(NewAgeing(base, levels, age))) {
					return
				}
			}
		},
		Actions: []model.ActionOf[Ageing]{
			{Name: "Wake", Params: []string{"j"}, Next: modelcheck.Call1(all, (*Ageing).Wake)},
			{Name: "Run", Params: []string{"j"}, Next: modelcheck.Call1(all, (*Ageing).Run)},
			{Name: "Block", Params: []string{"j"}, Next: modelcheck.Call1(all, (*Ageing).Block)},
		},
		Invariants: []model.Predicate[Ageing]{
			{Name: "Waits", Holds: func(a Ageing) bool {
				return !slices.ContainsFunc(all, func(j Job) bool { return a.Waited(j) > a.WaitLimit() })
			}},
		},
		Show: ageingBindings,
	})
}

// shares is stride scheduling, by the scheduler of package cpu, for a period of quanta.
type shares struct {
	Weights, Had []int
}

func (s shares) quanta() (had, total int) {
	for i, w := range s.Weights {
		had, total = had+s.Had[i], total+w
	}
	return had, total
}

// run gives the scheduler after the quanta so far and one of v. What is had decides the passes, whatever the order was.
func (s shares) run(v cpu.VM) (*cpu.Stride, error) {
	c := made(cpu.NewStride(s.Weights, 1))
	left := slices.Clone(s.Had)
	for i := range s.Weights {
		if err := c.Resume(cpu.VM(i + 1)); err != nil {
			return nil, err
		}
	}
	step := func(v cpu.VM) error {
		if err := c.Dispatch(v); err != nil {
			return err
		}
		return c.Stop(1)
	}
	for had, _ := s.quanta(); had > 0; had-- {
		// In the order of passes, which is the only one there is but for ties.
		i := slices.IndexFunc(left, func(n int) bool { return n > 0 })
		for k := range left {
			if left[k] > 0 && (s.Had[k]-left[k])*s.Weights[i] < (s.Had[i]-left[i])*s.Weights[k] {
				i = k
			}
		}
		left[i]--
		if err := step(cpu.VM(i + 1)); err != nil {
			return nil, err
		}
	}
	return c, step(v)
}

// shareSystem is the system of proportional.bh, for all weights in order.
func shareSystem(jobs, weight int) model.System {
	return model.MustDefine(model.Definition[shares]{
		Name: "Proportional",
		Init: func(yield func(shares) bool) {
			for weights := range modelcheck.Vectors(jobs, weight) {
				if slices.IsSorted(weights) && !yield(shares{Weights: weights, Had: make([]int, jobs)}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[shares]{
			{Name: "Run", Params: []string{"j"}, Next: modelcheck.Call1(modelcheck.Numbers[cpu.VM](jobs), func(s *shares, v cpu.VM) error {
				if had, total := s.quanta(); had == total {
					return model.ErrRefused
				}
				_, err := s.run(v)
				s.Had[v-1]++
				return err
			})},
			{Name: "Again", Next: modelcheck.Call(func(s *shares) error {
				if had, total := s.quanta(); had < total {
					return model.ErrRefused
				}
				clear(s.Had)
				return nil
			})},
		},
		Show: func(s shares) []model.Binding {
			return []model.Binding{
				{Name: "weight", Value: byJob(jobs, func(j Job) int { return s.Weights[j-1] })},
				{Name: "had", Value: byJob(jobs, func(j Job) int { return s.Had[j-1] })},
			}
		},
	})
}

// requests gives every set of so many requests, in the order of deadlines.
func requests(jobs, horizon, need int) func(yield func([]Request) bool) {
	var single []Request
	for d := 1; d <= horizon; d++ {
		for r := range d {
			for n := 1; n <= need; n++ {
				single = append(single, Request{r, d, n})
			}
		}
	}
	return func(yield func([]Request) bool) {
		for pick := range modelcheck.Vectors(jobs, len(single)) {
			set := make([]Request, jobs)
			for i, p := range pick {
				set[i] = single[p-1]
			}
			if slices.IsSortedFunc(set, func(a, b Request) int { return a.Deadline - b.Deadline }) && !yield(set) {
				return
			}
		}
	}
}

// deadlineSystem is the system whose states are those of Deadlines, for all small sets of jobs.
func deadlineSystem(jobs, horizon, need int) model.System {
	return model.MustDefine(model.Definition[Deadlines]{
		Name: "Deadlines",
		Init: func(yield func(Deadlines) bool) {
			for set := range requests(jobs, horizon, need) {
				if !yield(made(NewDeadlines(set))) {
					return
				}
			}
		},
		Actions: []model.ActionOf[Deadlines]{
			{Name: "Run", Params: []string{"j"}, Next: modelcheck.Call1(modelcheck.Numbers[Job](jobs), (*Deadlines).Run)},
			{Name: "Idle", Next: modelcheck.Call((*Deadlines).Idle)},
		},
		Terminal: func(d Deadlines) bool { return d.Over() },
		Invariants: []model.Predicate[Deadlines]{
			{Name: "Optimal", Holds: func(d Deadlines) bool {
				_, overloaded := Overload(d.jobs)
				return len(d.Missed()) == 0 || overloaded
			}},
			{Name: "Exact", Holds: func(d Deadlines) bool {
				_, overloaded := Overload(d.jobs)
				return !d.Over() || len(d.Missed()) > 0 || !overloaded
			}},
		},
		Show: func(d Deadlines) []model.Binding {
			return []model.Binding{
				{Name: "released", Value: byJob(jobs, func(j Job) int { return d.Request(j).Release })},
				{Name: "deadline", Value: byJob(jobs, func(j Job) int { return d.Request(j).Deadline })},
				{Name: "need", Value: byJob(jobs, func(j Job) int { return d.Request(j).Need })},
				{Name: "got", Value: byJob(jobs, d.Got)},
				{Name: "now", Value: modelcheck.Int(d.Now())},
			}
		},
	})
}

// taskSystem is the system whose states are those of Recurring. The tasks of periodic.bh are numbered from 0.
func taskSystem(tasks []Task) model.System {
	numbers := make([]int, len(tasks))
	for i := range numbers {
		numbers[i] = i
	}
	by0 := func(of func(Job) int) model.Value {
		return modelcheck.Map(0, len(tasks)-1, func(i int) model.Value { return modelcheck.Int(of(Job(i + 1))) })
	}
	return model.MustDefine(model.Definition[Recurring]{
		Name: "Periodic",
		Init: func(yield func(Recurring) bool) { yield(made(NewRecurring(tasks))) },
		Actions: []model.ActionOf[Recurring]{
			{Name: "Ask", Params: []string{"t"}, Next: modelcheck.Call1(numbers, func(r *Recurring, t int) error { return r.Ask(Job(t + 1)) })},
			{Name: "Run", Params: []string{"t"}, Next: modelcheck.Call1(numbers, func(r *Recurring, t int) error { return r.Run(Job(t + 1)) })},
			{Name: "Idle", Next: modelcheck.Call(func(r *Recurring) error {
				if !slices.ContainsFunc(r.wait, func(n int) bool { return n > 0 }) {
					return model.ErrRefused // nothing would change, and the model leaves such steps out
				}
				return r.Idle()
			})},
		},
		Invariants: []model.Predicate[Recurring]{{Name: "MeetsAll", Holds: func(r Recurring) bool { return !r.Late() }}},
		Show: func(r Recurring) []model.Binding {
			return []model.Binding{
				{Name: "due", Value: by0(r.Wait)},
				{Name: "left", Value: by0(r.Left)},
				{Name: "late", Value: model.Bool(r.Late())},
			}
		},
	})
}

// made is a value that a constructor gives for arguments known to be right.
func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
