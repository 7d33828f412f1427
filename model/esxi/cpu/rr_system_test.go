package cpu

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// watchedRR is a RoundRobin and what round_robin.bh counts beside it about one machine.
type watchedRR struct {
	*RoundRobin
	Watched VM
	Ticks   int
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
		{Name: "world", Value: modelcheck.Map(1, w.VMs(), func(i int) model.Value { return model.Text(w.World(VM(i)).String()) })},
		{Name: "queue", Value: modelcheck.Seq(w.Queue())},
		{Name: "runs", Value: modelcheck.Map(1, w.CPUs(), func(i int) model.Value { return modelcheck.Option(w.Runs(CPU(i))) })},
		{Name: "left", Value: modelcheck.Map(1, w.CPUs(), func(i int) model.Value { return model.Int(int64(w.Left(CPU(i)))) })},
		{Name: "share", Value: modelcheck.Map(1, w.VMs(), func(i int) model.Value { return model.Int(int64(w.Share(VM(i)))) })},
		{Name: "watched", Value: model.Int(int64(w.Watched))},
		{Name: "ticks", Value: model.Int(int64(w.Ticks))},
	}
}

// rrSystem is the system whose states are those of RoundRobin, for every choice of shares up to slice.
func rrSystem(vms, cpus, slice int) model.System {
	return model.MustDefine(model.Definition[watchedRR]{
		Name: "CPUScheduler",
		Init: func(yield func(watchedRR) bool) {
			for shares := range modelcheck.Vectors(vms, slice) {
				for _, v := range modelcheck.Numbers[VM](vms) {
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
			{Name: "PowerOn", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), func(w *watchedRR, v VM) error { return w.PowerOn(v) })},
			{Name: "Dispatch", Params: []string{"v", "c"}, Next: modelcheck.Call2(modelcheck.Numbers[VM](vms), modelcheck.Numbers[CPU](cpus), (*watchedRR).dispatch)},
			{Name: "Tick", Params: []string{"c"}, Next: modelcheck.Call1(modelcheck.Numbers[CPU](cpus), (*watchedRR).tick)},
			{Name: "Block", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Block(v) })},
			{Name: "Wake", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Wake(v) })},
			{Name: "Suspend", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), (*watchedRR).suspend)},
			{Name: "Resume", Params: []string{"v"}, Next: modelcheck.Call1(modelcheck.Numbers[VM](vms), func(w *watchedRR, v VM) error { return w.Resume(v) })},
			{Name: "Crash", Next: modelcheck.Call((*watchedRR).crash)},
			{Name: "Boot", Next: modelcheck.Call(func(w *watchedRR) error { return w.Boot() })},
		},
		Invariants: []model.Predicate[watchedRR]{
			{Name: "WaitsOneRound", Holds: func(w watchedRR) bool { return w.Ticks <= w.WaitLimit(w.Watched) }},
		},
		Show: watchedRR.bindings,
	})
}
