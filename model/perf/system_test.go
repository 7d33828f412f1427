package perf

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var causes = []string{"timer", "device", "quantum"}

// guestSystem is the system whose states are those of a Guest with a timer, a device and a quantum.
func guestSystem(work int64, kinds []Cause) model.System {
	next := func(s *Guest, cause string) error {
		for i, name := range causes {
			if name == cause {
				return s.Exit(i)
			}
		}
		panic(cause)
	}
	g, err := NewGuest(work, kinds)
	if err != nil {
		panic(err)
	}
	numbers := func(ns []int64) model.Value {
		v := model.Value{Shape: model.Map}
		for i, n := range ns {
			v.Elems = append(v.Elems, model.Elem{Key: causes[i], Value: model.Int(n)})
		}
		return v
	}
	return model.MustDefine(model.Definition[Guest]{
		Name: "Exits",
		Init: func(yield func(Guest) bool) { yield(*g) },
		Actions: []model.ActionOf[Guest]{
			{Name: "Begin", Next: modelcheck.Call((*Guest).Begin)},
			{Name: "Exit", Params: []string{"c"}, Next: modelcheck.Call1(causes, next)},
			{Name: "Tick", Next: modelcheck.Call(func(g *Guest) error { g.Tick(); return nil })},
		},
		Show: func(g Guest) []model.Binding {
			return []model.Binding{
				{Name: "since", Value: numbers(g.Since())},
				{Name: "busy", Value: model.Int(g.Busy())},
				{Name: "open", Value: model.Bool(g.Working())},
				{Name: "done", Value: model.Int(g.Done())},
				{Name: "wall", Value: model.Int(g.Wall())},
				{Name: "seen", Value: numbers(g.Seen())},
			}
		},
	})
}

// walkerSystem is the system whose states are those of a Walker.
func walkerSystem(guest, host, large int) model.System {
	w, err := NewWalker(guest, host, large)
	if err != nil {
		panic(err)
	}
	either := []bool{false, true}
	return model.MustDefine(model.Definition[Walker]{
		Name: "Walk",
		Init: func(yield func(Walker) bool) { yield(*w) },
		Actions: []model.ActionOf[Walker]{
			{Name: "ReadNested", Params: []string{"leaf"}, Next: modelcheck.Call1(either, (*Walker).ReadNested)},
			{Name: "ReadGuest", Params: []string{"leaf"}, Next: modelcheck.Call1(either, (*Walker).ReadGuest)},
			{Name: "Fault", Next: modelcheck.Call((*Walker).Fault)},
		},
		Terminal: func(w Walker) bool { return w.Phase() == Translated || w.Phase() == Faulted },
		Show: func(w Walker) []model.Binding {
			g, h := w.Levels()
			return []model.Binding{
				{Name: "phase", Value: model.Text(w.Phase().String())},
				{Name: "g", Value: model.Int(int64(g))},
				{Name: "h", Value: model.Int(int64(h))},
				{Name: "data", Value: model.Bool(w.Data())},
				{Name: "small", Value: model.Bool(w.Small())},
				{Name: "refs", Value: model.Int(int64(w.References()))},
			}
		},
	})
}

func pairs() []modelcheck.Pair {
	kinds := func(gapT, gapD, gapQ, exit, change int64) []Cause {
		return []Cause{{"timer", gapT, exit}, {"device", gapD, exit}, {"quantum", gapQ, change}}
	}
	return []modelcheck.Pair{
		{Name: "exits", System: guestSystem(2, kinds(5, 4, 8, 1, 2)), File: "exits.bh", Constants: constants{"WORK": "2", "WORST": "8"}},
		{Name: "exits, one gap", System: guestSystem(6, kinds(8, 8, 8, 1, 2)), File: "exits.bh", Constants: constants{"WORK": "6", "TIMER": "8", "DEVICE": "8", "WORST": "14"}},
		{Name: "four levels on four", System: walkerSystem(4, 4, 3), File: "walk.bh"},
		{Name: "three levels on none", System: walkerSystem(3, 0, 2), File: "walk.bh", Constants: constants{"GUEST": "3", "HOST": "0", "LARGE": "2"}},
		{Name: "two levels on five", System: walkerSystem(2, 5, 1), File: "walk.bh", Constants: constants{"GUEST": "2", "HOST": "5", "LARGE": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{
			Name: "exits", System: guestSystem(12, []Cause{{"timer", 10, 1}, {"device", 7, 1}, {"quantum", 20, 4}}), File: "exits.bh",
			Constants: constants{"WORK": "12", "TIMER": "10", "DEVICE": "7", "QUANTUM": "20", "SWITCH": "4", "LONGEST": "20", "WORST": "27", "LIMIT": "28"},
		},
		{Name: "six levels on six", System: walkerSystem(6, 6, 3), File: "walk.bh", Constants: constants{"GUEST": "6", "HOST": "6", "LIMIT": "50"}},
	})
}
