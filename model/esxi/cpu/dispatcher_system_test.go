package cpu

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// watchedDispatcher is a Dispatcher and what dispatch.bh measures beside it about two machines.
type watchedDispatcher struct {
	*Dispatcher
	A, B                VM
	Steady, Free, Level bool
	Lag                 int
}

func (w *watchedDispatcher) shares(v VM) int { return w.machines[v-1].Shares }

func (w *watchedDispatcher) runnable(v VM) bool { return w.World(v) != Suspended }

func (w *watchedDispatcher) suspend(v VM) error {
	if err := w.Suspend(v); err != nil {
		return err
	}
	if v == w.A {
		w.Steady = false
	}
	if v == w.A || v == w.B {
		w.Free, w.Level, w.Lag = false, false, 0
	}
	return nil
}

func (w *watchedDispatcher) dispatch(v VM, c CPU) error {
	concerned := w.A != v && w.Limited(w.A) || w.B != v && w.Limited(w.B)
	reserved := v > 0 && int(v) <= w.VMs() && (v == w.A || v == w.B) && w.Owed(v) > 0
	if err := w.Dispatch(v, c); err != nil {
		return err
	}
	w.Free = w.Free && !concerned && !reserved
	w.Level = w.Level && w.Free
	switch {
	case !w.Free:
		w.Lag = 0
	case v == w.A:
		w.Lag += w.shares(w.B)
	case v == w.B:
		w.Lag -= w.shares(w.A)
	}
	return nil
}

func (w *watchedDispatcher) newWindow() error {
	if err := w.NewWindow(); err != nil {
		return err
	}
	w.Steady = w.runnable(w.A)
	return nil
}

func (w *watchedDispatcher) watch() error {
	if slices.ContainsFunc(w.runs, func(v VM) bool { return v != 0 }) || !w.runnable(w.A) || !w.runnable(w.B) {
		return model.Refuse("watch")
	}
	w.Free, w.Level, w.Lag = true, w.leads[w.A-1].Cmp(w.leads[w.B-1]) == 0, 0
	return nil
}

// hosts are the constants of an instance of dispatch.bh.
type hosts struct {
	vms, cpus, window, weight, lag, spare int
	limits                                []int
}

func (k hosts) unit() int {
	unit := 1
	for w := range k.weight {
		unit = unit / gcd(unit, w+1) * (w + 1)
	}
	return unit
}

func (k hosts) pair() modelcheck.Pair {
	return modelcheck.Pair{
		Name: fmt.Sprintf("dispatcher %+v", k), System: k.system(), File: "dispatch.bh",
		Constants: constants{
			"VMS": digits(k.vms), "CPUS": digits(k.cpus), "WINDOW": digits(k.window), "WEIGHT": digits(k.weight),
			"UNIT": digits(k.unit()), "LAG": digits(k.lag), "SPARE": digits(k.spare), "LIMITS": modelcheck.Set(k.limits).String(),
		},
	}
}

// allocations gives all that a machine may have.
func (k hosts) allocations() []Allocation {
	var out []Allocation
	for shares := 1; shares <= k.weight; shares++ {
		for _, limit := range k.limits {
			for r := 0; r <= min(limit, k.cpus*k.window-k.spare); r++ {
				out = append(out, Allocation{shares, r, limit})
			}
		}
	}
	return out
}

func (k hosts) init(yield func(watchedDispatcher) bool) {
	all := k.allocations()
	for chosen := range modelcheck.Vectors(k.vms, len(all)) {
		machines := make([]Allocation, k.vms)
		for i, n := range chosen {
			machines[i] = all[n-1]
		}
		for _, a := range modelcheck.Numbers[VM](k.vms) {
			for _, b := range modelcheck.Numbers[VM](k.vms) {
				d, err := NewDispatcher(machines, DispatchOptions{CPUs: k.cpus, Window: k.window, Spare: k.spare, BoundLag: k.lag})
				if err != nil {
					panic(err)
				}
				for i := range d.strides { // the model's virtual times have one unit for all shares
					d.strides[i] = d.strides[i].SetInt64(int64(k.unit() / machines[i].Shares))
				}
				if a != b && !yield(watchedDispatcher{Dispatcher: d, A: a, B: b}) {
					return
				}
			}
		}
	}
}

func (w watchedDispatcher) bindings() []model.Binding {
	number := func(f func(VM) int) model.Value {
		return modelcheck.Map(1, w.VMs(), func(i int) model.Value { return modelcheck.Int(f(VM(i))) })
	}
	return []model.Binding{
		{Name: "shares", Value: number(w.shares)},
		{Name: "reserve", Value: number(func(v VM) int { return w.machines[v-1].Reservation })},
		{Name: "limit", Value: number(func(v VM) int { return w.machines[v-1].Limit })},
		{Name: "world", Value: modelcheck.Map(1, w.VMs(), func(i int) model.Value { return modelcheck.Text(w.World(VM(i))) })},
		{Name: "runs", Value: modelcheck.Map(1, len(w.runs), func(i int) model.Value { return modelcheck.Option(w.Runs(CPU(i))) })},
		{Name: "tick", Value: modelcheck.Int(w.options.Window - w.Left())},
		{Name: "used", Value: number(w.Used)},
		{Name: "owed", Value: number(w.Owed)},
		{Name: "lead", Value: number(func(v VM) int { return int(w.Lead(v).Int64()) })},
		{Name: "a", Value: modelcheck.Int(w.A)},
		{Name: "b", Value: modelcheck.Int(w.B)},
		{Name: "steady", Value: model.Bool(w.Steady)},
		{Name: "free", Value: model.Bool(w.Free)},
		{Name: "level", Value: model.Bool(w.Level)},
		{Name: "lag", Value: modelcheck.Int(w.Lag)},
	}
}

// system is the system whose states are those of Dispatcher, for every choice of allocations.
func (k hosts) system() model.System {
	vms, cpus := modelcheck.Numbers[VM](k.vms), modelcheck.Numbers[CPU](k.cpus)
	return model.MustDefine(model.Definition[watchedDispatcher]{
		Name: "Dispatcher",
		Init: k.init,
		Actions: []model.ActionOf[watchedDispatcher]{
			{Name: "Resume", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(w *watchedDispatcher, v VM) error { return w.Resume(v) })},
			{Name: "Suspend", Params: []string{"v"}, Next: modelcheck.Call1(vms, (*watchedDispatcher).suspend)},
			{Name: "Dispatch", Params: []string{"v", "c"}, Next: modelcheck.Call2(vms, cpus, (*watchedDispatcher).dispatch)},
			{Name: "Tick", Next: modelcheck.Call(func(w *watchedDispatcher) error { return w.Tick() })},
			{Name: "NewWindow", Next: modelcheck.Call((*watchedDispatcher).newWindow)},
			{Name: "Watch", Next: modelcheck.Call((*watchedDispatcher).watch)},
		},
		Invariants: []model.Predicate[watchedDispatcher]{
			{
				Name:  "Delivered",
				When:  func(w watchedDispatcher) bool { return w.Left() == 0 && w.Steady },
				Holds: func(w watchedDispatcher) bool { return w.Used(w.A) >= w.machines[w.A-1].Reservation },
			},
		},
		Show: watchedDispatcher.bindings,
	})
}
