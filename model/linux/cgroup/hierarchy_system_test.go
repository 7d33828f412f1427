package cgroup

import (
	"iter"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// mounted is a Hierarchy with the tree of hierarchy.bh, and whether it is mounted.
type mounted struct {
	*Hierarchy
	On bool
}

var treeNames = []string{"host", "tenant", "app", "batch"}

func newTree(processes int) *Hierarchy {
	h, err := NewHierarchy(processes)
	if err != nil {
		panic(err)
	}
	for _, parent := range []Cgroup{Root, 1, 1} {
		if _, err := h.Make(Superuser, parent); err != nil {
			panic(err)
		}
	}
	if err := h.Delegate(1); err != nil {
		panic(err)
	}
	return h
}

var whos = map[Who]string{Superuser: "root", Delegatee: "user"}

func controllerNames(c Controller) model.Value {
	var names []string
	for _, each := range []struct {
		c    Controller
		name string
	}{{MemoryController, "memory"}, {CPU, "cpu"}} {
		if c&each.c != 0 {
			names = append(names, each.name)
		}
	}
	return modelcheck.Names(names)
}

// treePair has the constant of hierarchy.bh.
func treePair(processes int) modelcheck.Pair {
	groups := []Cgroup{0, 1, 2, 3}
	// each takes a step for every writer, cgroup and third argument that changes something.
	each := func(n int, step func(h *Hierarchy, w Who, g Cgroup, i int) error, args func(w Who, g Cgroup, i int) model.Args) func(mounted) iter.Seq2[model.Args, mounted] {
		return func(m mounted) iter.Seq2[model.Args, mounted] {
			return func(yield func(model.Args, mounted) bool) {
				if !m.On {
					return
				}
				for _, w := range []Who{Superuser, Delegatee} {
					for _, g := range groups {
						for i := range n {
							next := m.Clone()
							if step(next, w, g, i) == nil && !same(next, m.Hierarchy) && !yield(args(w, g, i), mounted{next, true}) {
								return
							}
						}
					}
				}
			}
		}
	}
	controllers := []Controller{MemoryController, CPU}
	named := func(w Who, g Cgroup, i int) model.Args {
		return model.Args{whos[w], treeNames[g], []string{"memory", "cpu"}[i]}
	}
	sys := model.MustDefine(model.Definition[mounted]{
		Name: "Hierarchy",
		Init: func(yield func(mounted) bool) { yield(mounted{Hierarchy: newTree(processes)}) },
		Actions: []model.ActionOf[mounted]{
			{Name: "Mount", Next: model.Guarded(func(m mounted) bool { return !m.On }, func(m mounted) mounted { m.On = true; return m })},
			{Name: "Enable", Params: []string{"w", "g", "c"}, Next: each(2, func(h *Hierarchy, w Who, g Cgroup, i int) error {
				return h.Enable(w, g, controllers[i])
			}, named)},
			{Name: "Disable", Params: []string{"w", "g", "c"}, Next: each(2, func(h *Hierarchy, w Who, g Cgroup, i int) error {
				return h.Disable(w, g, controllers[i])
			}, named)},
			{Name: "MakeThreaded", Params: []string{"w", "g"}, Next: each(1, func(h *Hierarchy, w Who, g Cgroup, _ int) error {
				return h.MakeThreaded(w, g)
			}, func(w Who, g Cgroup, _ int) model.Args { return model.Args{whos[w], treeNames[g]} })},
			{Name: "Move", Params: []string{"w", "p", "g"}, Next: each(processes, func(h *Hierarchy, w Who, g Cgroup, i int) error {
				return h.Move(w, Process(i+1), g)
			}, func(w Who, g Cgroup, i int) model.Args { return model.Args{whos[w], i + 1, treeNames[g]} })},
		},
		Show: func(m mounted) []model.Binding {
			divides := model.Value{Shape: model.Map}
			var threaded []string
			for g, name := range treeNames {
				divides.Elems = append(divides.Elems, model.Elem{Key: name, Value: controllerNames(m.Divides(Cgroup(g)))})
				if m.Threaded(Cgroup(g)) {
					threaded = append(threaded, name)
				}
			}
			return []model.Binding{
				{Name: "mounted", Value: model.Bool(m.On)},
				{Name: "divides", Value: divides},
				{Name: "threaded", Value: modelcheck.Names(threaded)},
				{Name: "home", Value: modelcheck.Map(1, processes, func(i int) model.Value {
					g, _ := m.Home(Process(i))
					return model.Text(treeNames[g])
				})},
			}
		},
	})
	return modelcheck.Pair{Name: "hierarchy", System: sys, File: "hierarchy.bh", Constants: constants{"PROCS": strconv.Itoa(processes)}}
}
