package esxi

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/model"
)

// watchedRR is a RoundRobin and what cpu.bh counts beside it about one machine.
type watchedRR struct {
	*RoundRobin
	Watched VM
	Ticks   int
}

func (w watchedRR) clone() watchedRR {
	w.RoundRobin = w.RoundRobin.Clone()
	return w
}

// dispatch, tick and the others take the step of that name in the scheduler and count.
func (w *watchedRR) dispatch(v VM, c CPU) error {
	err := w.Dispatch(v, c)
	if err == nil && v == w.Watched {
		w.Ticks = 0
	}
	return err
}

func (w *watchedRR) tick(c CPU) error {
	waiting := w.World(w.Watched) == Ready
	if err := w.Tick(c); err != nil {
		return err
	}
	if waiting {
		w.Ticks++
	}
	return nil
}

func (w *watchedRR) suspend(v VM) error {
	err := w.Suspend(v)
	if err == nil && v == w.Watched {
		w.Ticks = 0
	}
	return err
}

func (w *watchedRR) crash() error {
	err := w.Crash()
	if err == nil {
		w.Ticks = 0
	}
	return err
}

func (w watchedRR) bindings() []model.Binding {
	return []model.Binding{
		{Name: "up", Value: model.Bool(w.HostUp())},
		{Name: "world", Value: showMap(w.VMs(), func(i int) model.Value { return model.Text(w.World(VM(i)).String()) })},
		{Name: "queue", Value: showSeq(w.Queue())},
		{Name: "runs", Value: showMap(w.CPUs(), func(i int) model.Value { return showOption(w.Runs(CPU(i))) })},
		{Name: "left", Value: showMap(w.CPUs(), func(i int) model.Value { return model.Int(int64(w.Left(CPU(i)))) })},
		{Name: "share", Value: showMap(w.VMs(), func(i int) model.Value { return model.Int(int64(w.Share(VM(i)))) })},
		{Name: "watched", Value: model.Int(int64(w.Watched))},
		{Name: "ticks", Value: model.Int(int64(w.Ticks))},
	}
}

// rrSystem is the system whose states are those of RoundRobin, for every choice of shares up to slice.
func rrSystem(vms, cpus, slice int) model.System {
	return model.MustDefine(model.Definition[watchedRR]{
		Name: "CPUScheduler",
		Init: func(yield func(watchedRR) bool) {
			for shares := range vectors(vms, slice) {
				for _, v := range numbers[VM](vms) {
					r, err := NewRoundRobin(shares, cpus)
					if err != nil {
						panic(err)
					}
					if !yield(watchedRR{RoundRobin: r, Watched: v}) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[watchedRR]{
			{Name: "PowerOn", Params: []string{"v"}, Next: each(numbers[VM](vms), func(w *watchedRR, v VM) error { return w.PowerOn(v) })},
			{Name: "Dispatch", Params: []string{"v", "c"}, Next: model.Over2(numbers[VM](vms), numbers[CPU](cpus),
				func(w watchedRR, v VM, c CPU) (watchedRR, bool) {
					w = w.clone()
					err := w.dispatch(v, c)
					return w, err == nil
				})},
			{Name: "Tick", Params: []string{"c"}, Next: each(numbers[CPU](cpus), (*watchedRR).tick)},
			{Name: "Block", Params: []string{"v"}, Next: each(numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Block(v) })},
			{Name: "Wake", Params: []string{"v"}, Next: each(numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Wake(v) })},
			{Name: "Suspend", Params: []string{"v"}, Next: each(numbers[VM](vms), (*watchedRR).suspend)},
			{Name: "Resume", Params: []string{"v"}, Next: each(numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Resume(v) })},
			{Name: "Crash", Next: once((*watchedRR).crash)},
			{Name: "Boot", Next: once(func(w *watchedRR) error { return w.Boot() })},
		},
		Invariants: []model.Predicate[watchedRR]{
			{Name: "WaitsOneRound", Holds: func(w watchedRR) bool { return w.Ticks <= w.WaitLimit(w.Watched) }},
		},
		Show: watchedRR.bindings,
	})
}

// cloner is a state that steps can change in place once it is cloned.
type cloner[S any] interface{ clone() S }

// once is each for a step without parameters.
func once[S cloner[S]](step func(*S) error) func(S) iter.Seq2[model.Args, S] {
	return func(s S) iter.Seq2[model.Args, S] {
		return func(yield func(model.Args, S) bool) {
			if s := s.clone(); step(&s) == nil {
				yield(nil, s)
			}
		}
	}
}

// each is model.Over for a step that changes its state and refuses by an error.
func each[S cloner[S], P any](values []P, step func(*S, P) error) func(S) iter.Seq2[model.Args, S] {
	return model.Over(values, func(s S, p P) (S, bool) {
		s = s.clone()
		err := step(&s, p)
		return s, err == nil
	})
}
