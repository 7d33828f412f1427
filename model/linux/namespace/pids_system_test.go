package namespace

import (
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

type pidTree struct{ *PIDs }

func (t pidTree) bindings() []model.Binding {
	last := len(t.parents) - 1
	number := model.Value{Shape: model.Map}
	for _, p := range modelcheck.Numbers[Process](len(t.homes)) {
		for n := range NsID(len(t.parents)) {
			number.Elems = append(number.Elems,
				model.Elem{Key: modelcheck.Int(p).String() + ", " + modelcheck.Int(n).String(), Value: modelcheck.Int(t.Number(p, n))})
		}
	}
	option := func(n NsID, ok bool) model.Value {
		if !ok {
			return modelcheck.None()
		}
		return modelcheck.Some(modelcheck.Int(n))
	}
	return []model.Binding{
		{Name: "parent", Value: modelcheck.Map(0, last, func(i int) model.Value { return option(t.Parent(NsID(i))) })},
		{Name: "home", Value: modelcheck.Map(1, len(t.homes), func(i int) model.Value { return option(t.Home(Process(i))) })},
		{Name: "number", Value: number},
		{Name: "last", Value: modelcheck.Map(0, last, func(i int) model.Value { return modelcheck.Int(t.last[i]) })},
	}
}

// pidSystem is the system whose states are those of PIDs.
func pidSystem(processes, namespaces, most int) model.System {
	procs := modelcheck.Numbers[Process](processes)
	return model.MustDefine(model.Definition[pidTree]{
		Name: "PIDNamespaces",
		Init: func(yield func(pidTree) bool) { yield(pidTree{NewPIDs(processes, namespaces, most)}) },
		Actions: []model.ActionOf[pidTree]{
			{Name: "Fork", Params: []string{"p"}, Next: modelcheck.Call1(procs, func(t *pidTree, p Process) error {
				_, err := t.Fork(p)
				return err
			})},
			{Name: "ForkNew", Params: []string{"p"}, Next: modelcheck.Call1(procs, func(t *pidTree, p Process) error {
				_, err := t.ForkNew(p)
				return err
			})},
			{Name: "Exit", Params: []string{"p"}, Next: modelcheck.Call1(procs, func(t *pidTree, p Process) error { return t.Exit(p) })},
		},
		Invariants: []model.Predicate[pidTree]{
			{Name: "Visibility", Holds: func(t pidTree) bool {
				for _, p := range procs {
					home, alive := t.Home(p)
					for n := range NsID(namespaces) {
						if t.Visible(n, p) != (alive && t.Within(home, n)) {
							return false
						}
					}
				}
				return true
			}},
		},
		Show: pidTree.bindings,
	})
}
