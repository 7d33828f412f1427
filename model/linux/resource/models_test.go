package resource

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "drift.bh", States: 32, Depth: 7},
		{File: "drift.bh", Config: "drained", States: 32, Depth: 7},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// There is no larger instance in kind: more containers are not in question. Other shares are.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "drift.bh", Define: map[string]string{"SHARES": "{web -> 4096, db -> 256}"}, States: 32, Depth: 7},
	})
}

// node is what drift.bh has for a state: two containers whose weights a runtime converts; 0 is no weight.
type node struct {
	Newer          bool
	Weight, Before [2]uint64
}

var containers = []string{"web", "db"}

func driftPair(shares [2]uint64, explicit [2]bool, weight uint64, drain bool) modelcheck.Pair {
	convert := func(n node, i int) uint64 {
		if explicit[i] {
			return weight
		}
		c := Linear
		if n.Newer {
			c = Logarithmic
		}
		w, err := c.Weight(shares[i])
		if err != nil {
			panic(err)
		}
		return w
	}
	each := func(step func(n *node, i int) bool) model.ActionOf[node] {
		return model.ActionOf[node]{Params: []string{"c"}, Next: model.Over(containers, func(n node, c string) (node, bool) {
			ok := step(&n, slices.Index(containers, c))
			return n, ok
		})}
	}
	start := each(func(n *node, i int) bool {
		idle := n.Weight[i] == 0
		n.Weight[i] = convert(*n, i)
		return idle
	})
	stop := each(func(n *node, i int) bool {
		runs := n.Weight[i] != 0
		n.Before[i], n.Weight[i] = n.Weight[i], 0
		return runs
	})
	start.Name, stop.Name = "Start", "Stop"
	show := func(w [2]uint64) model.Value {
		out := model.Value{Shape: model.Map}
		for i, c := range containers {
			out.Elems = append(out.Elems, model.Elem{Key: c, Value: modelcheck.Option(int(w[i]))})
		}
		return out
	}
	sys := model.MustDefine(model.Definition[node]{
		Name: "Drift",
		Init: func(yield func(node) bool) { yield(node{}) },
		Actions: []model.ActionOf[node]{start, stop, {Name: "Upgrade", Next: model.Guarded(
			func(n node) bool { return !n.Newer && (!drain || n.Weight == [2]uint64{}) },
			func(n node) node { n.Newer = true; return n })}},
		Show: func(n node) []model.Binding {
			return []model.Binding{{Name: "newer", Value: model.Bool(n.Newer)}, {Name: "weight", Value: show(n.Weight)}, {Name: "before", Value: show(n.Before)}}
		},
	})
	return modelcheck.Pair{Name: "drift", System: sys, File: "drift.bh", Constants: map[string]string{
		"SHARES":   fmt.Sprintf("{web -> %d, db -> %d}", shares[0], shares[1]),
		"EXPLICIT": fmt.Sprintf("{web -> %t, db -> %t}", explicit[0], explicit[1]),
		"WEIGHT":   fmt.Sprint(weight), "DRAIN": fmt.Sprint(drain),
	}}
}

// pairs have all shares that the model knows.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		driftPair([2]uint64{1024, 512}, [2]bool{}, 100, false),
		driftPair([2]uint64{2, 256}, [2]bool{}, 100, false),
		driftPair([2]uint64{2048, 4096}, [2]bool{}, 100, true),
		driftPair([2]uint64{262_144, 1024}, [2]bool{false, true}, 39, true),
	}
}

// The Go conversions and the model's have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }
