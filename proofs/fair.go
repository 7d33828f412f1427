package proofs

import (
	"math"
	"math/bits"

	"github.com/bulkheadlang/bulkhead/model"
)

// levels is the evidence that a formula is true of all fair runs.
//
// A node is a state together with duties of a tableau of the formula's negation; from a node each step leads, by each way to
// meet the duties, to a node. Every initial state has the node with the first duty, and every node that a node leads to
// is there. A node has a list of levels, each of which is an order and a reason. No edge leads to a higher order; where it
// leads to the same one both nodes have the same reason, and that is one of these:
//
//   - none: no edge does so;
//   - postponed: the edge postpones an until;
//   - weak: steps of a fairness assumption are enabled where the edge begins, and it is none of them;
//   - strong: the edge is none of the steps of a strong fairness assumption. Unless these are enabled where the edge begins, that node has a
//     next level, and if the other one has one, too, these are in the same relation.
//
// So no fair run makes the formula false. If one did, it would follow the edges of an endless chain of nodes on which no until is
// postponed for ever (see tableau). From some node on its first order is always the same, for there is no endless descent, and so
// is the reason. None, postponed or weak contradicts the edges. If it is strong, such steps are not taken any more, so that, the
// run being fair, they are enabled no more from some node on; from there on all nodes have a next level, of which the
// same is true, and so on, and lists end. A run that stops in a state repeats its letter for ever: where a fair run may stop, the duties
// of the nodes are not all true then.
type levels struct {
	*tableau
	runs  *model.Runs
	sets  []uint64       // of duties
	of    map[uint64]int // their places
	lists [][]level
	first []uint32 // nodes of state i are those from first[i] up to first[i+1], by set
	nodes []node
}

type node struct {
	set, list uint32
}

type level struct {
	order  uint32
	reason reason
	of     uint32 // of postponed: the duty; of weak and strong: the fairness assumption
}

type reason uint8

const (
	none reason = iota
	postponed
	weak
	strong
)

func newLevels(f *model.Formula, runs *model.Runs) (*levels, error) {
	t, err := newTableau(f, len(runs.Propositions))
	if err != nil {
		return nil, err
	}
	return &levels{tableau: t, runs: runs}, nil
}

// find gives the list of the node of a state with a set of duties.
func (v *levels) find(state int64, duties uint64) ([]level, bool) {
	set, ok := v.of[duties]
	if !ok {
		return nil, false
	}
	for _, n := range v.nodes[v.first[state]:v.first[state+1]] {
		if int(n.set) == set {
			return v.lists[n.list], true
		}
	}
	return nil, false
}

func (v *levels) check(i int64, p *place) error {
	if _, ok := v.find(i, 1); p.initial && !ok {
		return refused("an initial state is without the node of the formula's negation")
	}
	for _, n := range v.nodes[v.first[i]:v.first[i+1]] {
		if err := v.node(v.sets[n.set], v.lists[n.list], p); err != nil {
			return err
		}
	}
	return nil
}

// node checks a node of a place, and all edges that leave it.
func (v *levels) node(duties uint64, list []level, p *place) error {
	if p.stops(v.runs) && v.forever(duties, v.letterOf(p.state, nil)) {
		return refused("a run that stops makes a formula false")
	}
	for k := range p.steps {
		s := &p.steps[k]
		ways, err := v.meets(duties, v.letterOf(p.state, s.bits))
		if err != nil {
			return refused("%v", err)
		}
		for _, w := range ways {
			next, ok := v.find(s.to, w.after)
			if !ok {
				return refused("a step leads out of the nodes")
			}
			if err := v.edge(list, next, w, s, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// edge checks the edge from a node with one list to a node with another, by a way and a step.
func (v *levels) edge(from, to []level, w way, s *step, p *place) error {
	for i, l := range from {
		if i == len(to) { // an edge that leaves it and keeps the orders so far begins where the steps are enabled
			return nil
		}
		switch {
		case to[i].order < l.order:
			return nil
		case to[i].order > l.order:
			return refused("a step leads to a higher order")
		case to[i].reason != l.reason || to[i].of != l.of:
			return refused("a step leads to another reason of the same order")
		}
		switch l.reason {
		case postponed:
			if w.postponed>>l.of&1 == 0 {
				return refused("an until is said to be postponed and is not")
			}
			return nil
		case weak, strong:
			f := v.runs.Fairness[l.of]
			enabled := has(p.enabled, f.Step)
			if has(s.bits, f.Step) || l.reason == weak && !enabled {
				return refused("runs are said not to be fair to %s and are", f.Text)
			}
			if enabled {
				return nil
			}
		default:
			return refused("a step stays in an order that is to be left")
		}
	}
	return refused("the reasons of a node end too soon")
}

func (v *levels) write(b []byte) []byte {
	b = appendNumber(b, uint64(len(v.sets)))
	for _, s := range v.sets {
		b = appendNumber(b, s)
	}
	b = appendNumber(b, uint64(len(v.lists)))
	for _, list := range v.lists {
		b = appendNumber(b, uint64(len(list)))
		for _, l := range list {
			b = appendNumber(b, uint64(l.order))
			b = appendNumber(b, uint64(l.reason))
			b = appendNumber(b, uint64(l.of))
		}
	}
	for i := range len(v.first) - 1 {
		nodes := v.nodes[v.first[i]:v.first[i+1]]
		b = appendNumber(b, uint64(len(nodes)))
		for _, n := range nodes {
			b = appendNumber(b, uint64(n.set))
			b = appendNumber(b, uint64(n.list))
		}
	}
	return b
}

// read reads evidence and checks that it is in form.
func (v *levels) read(in *numbers, states int64) error {
	v.of = map[uint64]int{}
	for n := in.next(math.MaxUint32); n > 0 && !in.bad; n-- {
		s := in.next(math.MaxUint64)
		v.of[s] = len(v.sets)
		v.sets = append(v.sets, s)
		in.bad = in.bad || len(v.of) < len(v.sets) || bits.Len64(s) > len(v.duties)
	}
	for n := in.next(math.MaxUint32); n > 0 && !in.bad; n-- {
		v.lists = append(v.lists, v.list(in))
	}
	v.first = append(v.first, 0)
	for range states {
		last := -1
		for n := in.next(math.MaxUint32); n > 0 && !in.bad; n-- {
			one := node{uint32(in.next(math.MaxUint32)), uint32(in.next(math.MaxUint32))}
			in.bad = in.bad || int(one.set) <= last || int(one.set) >= len(v.sets) || int(one.list) >= len(v.lists)
			last = int(one.set)
			v.nodes = append(v.nodes, one)
		}
		if in.bad = in.bad || len(v.nodes) > math.MaxUint32; in.bad {
			break
		}
		v.first = append(v.first, uint32(len(v.nodes)))
	}
	return in.err()
}

func (v *levels) list(in *numbers) (out []level) {
	for n := in.next(math.MaxUint32); n > 0 && !in.bad; n-- {
		l := level{uint32(in.next(math.MaxUint32)), reason(in.next(uint64(strong))), uint32(in.next(math.MaxUint32))}
		switch l.reason {
		case none:
			in.bad = in.bad || l.of != 0
		case postponed:
			in.bad = in.bad || int(l.of) >= len(v.duties)
		default:
			in.bad = in.bad || int(l.of) >= len(v.runs.Fairness) || l.reason == strong && !v.runs.Fairness[l.of].Strong
		}
		in.bad = in.bad || l.reason != strong && n > 1 // nothing follows
		out = append(out, l)
	}
	in.bad = in.bad || len(out) == 0
	return out
}
