package hybrid

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// The tree of forest.bh.
var (
	treeNames   = []string{"esx1", "vm1", "web", "db", "vm2", "app", "esx2", "vm3", "job"}
	treeParents = []Node{Root, 0, 1, 1, 0, 4, Root, 6, 7}
	treeLevels  = []int{0, 1, 2, 2, 1, 2, 0, 1, 2}
)

// byName shows a value of each node.
func byName(show func(Node) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i, name := range treeNames {
		out.Elems = append(out.Elems, model.Elem{Key: name, Value: show(Node(i))})
	}
	return out
}

func forestBindings(f *Forest) []model.Binding {
	return []model.Binding{
		{Name: "up", Value: byName(func(n Node) model.Value { return model.Bool(f.Up(n)) })},
		{Name: "own", Value: byName(func(n Node) model.Value { return model.Int(f.Own(n)) })},
		{Name: "used", Value: byName(func(n Node) model.Value { return model.Int(f.Used(n)) })},
	}
}

// onNodes is a step of each node that is given, by its name.
func onNodes(levels []int, step func(*Forest, Node) error) func(grove) iter.Seq2[model.Args, grove] {
	var nodes []Node
	for i, level := range treeLevels {
		for _, l := range levels {
			if l == level {
				nodes = append(nodes, Node(i))
			}
		}
	}
	next := modelcheck.Call1(nodes, func(g *grove, n Node) error { return step(g.Forest, n) })
	return func(g grove) iter.Seq2[model.Args, grove] {
		return func(yield func(model.Args, grove) bool) {
			for args, after := range next(g) {
				if !yield(model.Args{treeNames[args[0].(Node)]}, after) {
					return
				}
			}
		}
	}
}

// grove is a Forest as a state of a system.
type grove struct{ *Forest }

// newTree makes the tree with limits of hosts, machines and containers, and what a machine uses by itself.
func newTree(host, machine, box, kernel int64) *Forest {
	limits, bases := []int64{host, machine, box}, []int64{0, kernel, 0}
	members := make([]Member, len(treeParents))
	for i, p := range treeParents {
		members[i] = Member{Parent: p, Limit: limits[treeLevels[i]], Base: bases[treeLevels[i]]}
	}
	f, err := NewForest(members)
	if err != nil {
		panic(err)
	}
	return f
}

// forestSystem is the system whose states are those of Forest; the names are the constants of forest.bh.
func forestSystem(host, machine, box, kernel int64) model.System {
	return model.MustDefine(model.Definition[grove]{
		Name: "Forest",
		Init: func(yield func(grove) bool) { yield(grove{newTree(host, machine, box, kernel)}) },
		Actions: []model.ActionOf[grove]{
			{Name: "Start", Params: []string{"n"}, Next: onNodes([]int{0, 1, 2}, (*Forest).Start)},
			{Name: "Charge", Params: []string{"n"}, Next: onNodes([]int{2}, func(f *Forest, n Node) error { return f.Charge(n, 1) })},
			{Name: "Free", Params: []string{"n"}, Next: onNodes([]int{2}, func(f *Forest, n Node) error { return f.Free(n, 1) })},
			{Name: "Crash", Params: []string{"n"}, Next: onNodes([]int{0, 1, 2}, (*Forest).Crash)},
		},
		Invariants: []model.Predicate[grove]{
			{Name: "Within", Holds: func(g grove) bool {
				for n := range Node(g.Nodes()) {
					if g.Used(n) > g.Effective(n) {
						return false
					}
				}
				return true
			}},
		},
		Show: func(g grove) []model.Binding { return forestBindings(g.Forest) },
	})
}
