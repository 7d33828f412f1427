package hybrid

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// ledger is a Coordinator as a state of a system.
type ledger struct{ *Coordinator }

func (l ledger) bindings() []model.Binding {
	flags := func(of func(Request) bool) model.Value {
		return modelcheck.Map(1, len(l.asks), func(i int) model.Value { return model.Bool(of(Request(i))) })
	}
	return []model.Binding{{Name: "kept", Value: flags(l.Kept)}, {Name: "fresh", Value: flags(l.Fresh)}}
}

// coordinatorSystem is the system whose states are those of Coordinator; the names are the constants of coordinator.bh.
func coordinatorSystem(capacity, most int64, requests int) model.System {
	all := modelcheck.Numbers[Request](requests)
	asks := make([]int64, requests)
	for i := range asks {
		asks[i] = most
	}
	asks[requests-1], asks[requests-2] = 1, 2
	step := func(of func(*Coordinator, Request) error) func(*ledger, Request) error {
		return func(l *ledger, r Request) error { return of(l.Coordinator, r) }
	}
	return model.MustDefine(model.Definition[ledger]{
		Name: "Coordinator",
		Init: func(yield func(ledger) bool) {
			c, err := NewCoordinator(capacity, asks)
			if err != nil {
				panic(err)
			}
			yield(ledger{c})
		},
		Actions: []model.ActionOf[ledger]{
			{Name: "Read", Params: []string{"r"}, Next: modelcheck.Call1(all, step((*Coordinator).Read))},
			{Name: "Commit", Params: []string{"r"}, Next: modelcheck.Call1(all, step((*Coordinator).Commit))},
			{Name: "Release", Params: []string{"r"}, Next: modelcheck.Call1(all, step((*Coordinator).Release))},
		},
		Invariants: []model.Predicate[ledger]{{Name: "Fits", Holds: func(l ledger) bool { return l.Promised() <= capacity }}},
		Show:       ledger.bindings,
	})
}

// board is a Placement as a state of a system.
type board struct{ *Placement }

func (b board) bindings() []model.Binding {
	return []model.Binding{
		{Name: "on", Value: modelcheck.Map(1, len(b.on), func(i int) model.Value { return model.Bool(b.On(Machine(i))) })},
		{Name: "pod", Value: modelcheck.Map(1, len(b.in), func(i int) model.Value { return modelcheck.Option(b.In(Pod(i))) })},
	}
}

// placementSystem is the system whose states are those of Placement; the names are the constants of placement.bh.
func placementSystem(capacity, size int64, slots, vms, pods int) model.System {
	machines, containers := modelcheck.Numbers[Machine](vms), modelcheck.Numbers[Pod](pods)
	return model.MustDefine(model.Definition[board]{
		Name: "Placement",
		Init: func(yield func(board) bool) {
			p, err := NewPlacement(capacity, size, slots, vms, pods)
			if err != nil {
				panic(err)
			}
			yield(board{p})
		},
		Actions: []model.ActionOf[board]{
			{Name: "PowerOn", Params: []string{"v"}, Next: modelcheck.Call1(machines, func(b *board, m Machine) error { return b.PowerOn(m) })},
			{Name: "Place", Params: []string{"p", "v"}, Next: modelcheck.Call2(containers, machines, func(b *board, p Pod, m Machine) error { return b.Place(p, m) })},
			{Name: "PowerOff", Params: []string{"v"}, Next: modelcheck.Call1(machines, func(b *board, m Machine) error { return b.PowerOff(m) })},
			{Name: "End", Params: []string{"p"}, Next: modelcheck.Call1(containers, func(b *board, p Pod) error { return b.End(p) })},
		},
		Invariants: []model.Predicate[board]{{Name: "HostHolds", Holds: func(b board) bool { return b.Free() >= 0 }}},
		Show:       board.bindings,
	})
}
