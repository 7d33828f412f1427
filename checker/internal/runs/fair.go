package runs

import (
	"context"
	"math/bits"
	"slices"
)

// Condition is a fairness assumption about a kind of steps: where some are enabled for ever from some state on or, with
// Strong, again and again, some are taken again and again.
type Condition struct {
	Strong bool
	Taken  func(step int) bool // tells whether a class of steps is of the kind
	// Enabled tells whether a step of the kind leaves the states of a class; nil where every step is an edge, which tells it. It is
	// there for all of some conditions or for none.
	Enabled func(state int) bool
}

// Fairness is some conditions, worked out for a graph. Sets of conditions are words of bits, in the order of the conditions.
type Fairness struct {
	Count  int
	words  int
	taken  [][]uint64 // of each class of steps, the conditions of whose kind it is
	ways   [][]uint64 // of each class of states, the conditions of whose kind a step leaves them; nil where edges tell
	weak   []uint64
	strong []uint64
}

// NewFairness prepares conditions.
func NewFairness(g *Graph, list []Condition) *Fairness {
	f := &Fairness{Count: len(list), words: (len(list) + 63) / 64}
	f.weak, f.strong = make([]uint64, f.words), make([]uint64, f.words)
	for i, c := range list {
		if c.Strong {
			f.strong[i>>6] |= 1 << (i & 63)
		} else {
			f.weak[i>>6] |= 1 << (i & 63)
		}
	}
	sets := func(classes int, of func(c Condition, class int) bool) (out [][]uint64) {
		for class := range classes {
			set := make([]uint64, f.words)
			for i, c := range list {
				if of(c, class) {
					set[i>>6] |= 1 << (i & 63)
				}
			}
			out = append(out, set)
		}
		return out
	}
	f.taken = sets(len(g.StepBits), func(c Condition, class int) bool { return c.Taken(class) })
	if len(list) > 0 && list[0].Enabled != nil {
		f.ways = sets(len(g.StateBits), func(c Condition, class int) bool { return c.Enabled(class) })
	}
	return f
}

// Enabled tells whether some step from state s is of the kind of condition i.
func (f *Fairness) Enabled(g *Graph, s uint32, i int) bool {
	out := make([]uint64, f.words)
	f.enabled(g, s, out)
	return has(out, i)
}

// enabled writes to out the conditions that some step from state s is of the kind of.
func (f *Fairness) enabled(g *Graph, s uint32, out []uint64) {
	if f.ways != nil {
		copy(out, f.ways[g.States[s]])
		return
	}
	clear(out)
	for e, hi := g.out(g.Where(s)); e < hi; e++ {
		for w, x := range f.taken[g.Steps[e]] {
			out[w] |= x
		}
	}
}

// Fair gives the sets of nodes, reachable from the initial ones, in each of which there is a cycle through all of them
// that meets every acceptance set and every condition; with first, just one. Every run of the product that is accepted
// and fair stays in one of them from some point on.
//
// A component that misses an acceptance set or a weak condition holds no such cycle. One that does not take what a
// strong condition asks for may hold one that keeps clear of the states where that is enabled: they are taken out, and
// the components of the rest are looked at the same way (Emerson and Lei, Modalities for model checking, Science of
// Computer Programming 8, 1987).
func (p *Product) Fair(ctx context.Context, f *Fairness, first bool) ([][]uint32, error) {
	clear(p.index)
	return p.fairFrom(ctx, f, func(from func(node uint32) error) error {
		if p.waits() {
			return p.leaving(ctx, from)
		}
		return p.starts(from)
	}, first)
}

// FairIn does so for the nodes of some sets alone. All nodes have been visited before.
func (p *Product) FairIn(ctx context.Context, f *Fairness, sets [][]uint32, first bool) (out [][]uint32, err error) {
	for i := range p.index {
		p.index[i] = done
	}
	for _, set := range sets {
		for _, v := range set {
			p.index[v] = 0
		}
	}
	return p.fairFrom(ctx, f, nodesOf(sets), first)
}

// nodesOf goes through the nodes of some sets.
func nodesOf(sets [][]uint32) func(func(node uint32) error) error {
	return func(f func(node uint32) error) error {
		for _, set := range sets {
			for _, v := range set {
				if err := f(v); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// fairFrom does so for what can be reached from the nodes that roots goes through.
func (p *Product) fairFrom(ctx context.Context, f *Fairness, roots func(func(node uint32) error) error, first bool) (out [][]uint32, err error) {
	x := &examination{Product: p, f: f, enabled: make([]uint64, f.words), taken: make([]uint64, f.words), idle: make([]uint64, f.words), wanted: make([]uint64, f.words)}
	s := &search{Product: p, ctx: ctx}
	defer s.close()
	var rest [][]uint32
	s.visit = func(nodes []uint32) (bool, error) {
		switch x.examine(nodes) {
		case fair:
			if err := p.meter.Take(4 * int64(len(nodes))); err != nil {
				return true, err
			}
			p.bytes += 4 * int64(len(nodes))
			out = append(out, slices.Clone(nodes))
			return first, nil
		case partly:
			var left []uint32
			for _, v := range nodes {
				if f.enabled(p.g, v/p.k, x.enabled); !meet(x.enabled, x.wanted) {
					left = append(left, v)
				}
			}
			if len(left) > 0 {
				rest = append(rest, left)
			}
		}
		return false, nil
	}
	for {
		if err := roots(s.from); err != nil {
			return nil, err
		}
		if s.ended || len(rest) == 0 {
			return out, nil
		}
		roots, rest = nodesOf(rest), nil
		_ = roots(func(v uint32) error { p.index[v] = 0; return nil })
		s.count = 0
	}
}

func meet(a, b []uint64) bool {
	for w := range a {
		if a[w]&b[w] != 0 {
			return true
		}
	}
	return false
}

// examination looks at components.
type examination struct {
	*Product
	f       *Fairness
	enabled []uint64 // in the present state
	taken   []uint64 // by some edge in the component
	idle    []uint64 // not enabled in some state
	wanted  []uint64 // enabled in some state; then those of them that are strong and not taken
}

type judgement uint8

const (
	unfair judgement = iota
	fair
	partly // once the states where something wanted is enabled are left out, the rest may be
)

// examine judges a component, whose nodes have index current.
func (x *examination) examine(nodes []uint32) judgement {
	if !x.live[nodes[0]%x.k] { // all its states of the automaton are in one component
		return unfair
	}
	clear(x.taken)
	clear(x.idle)
	clear(x.wanted)
	marks, cyclic := uint64(0), false
	all := x.a.All()
	strong := slices.ContainsFunc(x.f.strong, func(w uint64) bool { return w != 0 })
	for _, v := range nodes {
		for c := x.edges(v); ; {
			to, t, ok := x.next(v, &c)
			if !ok {
				break
			}
			if x.index[to] != current {
				continue
			}
			cyclic = true
			marks |= x.marks(v, c.edge, t)
			for w, y := range x.f.taken[x.g.Steps[c.edge]] {
				x.taken[w] |= y
			}
		}
		if !cyclic { // the component is a single node without an edge to itself
			return unfair
		}
		if x.f.words > 0 {
			x.f.enabled(x.g, v/x.k, x.enabled)
			for w, y := range x.enabled {
				x.idle[w] |= ^y
				x.wanted[w] |= y
			}
		}
		if !strong && marks == all && x.weakly() {
			return fair
		}
	}
	if marks != all || !x.weakly() {
		return unfair
	}
	out := fair
	for w := range x.wanted {
		if x.wanted[w] &= x.f.strong[w] &^ x.taken[w]; x.wanted[w] != 0 {
			out = partly
		}
	}
	return out
}

// weakly tells whether all weak conditions are met by what was seen of the component.
func (x *examination) weakly() bool {
	for w, y := range x.f.weak {
		if y&^(x.taken[w]|x.idle[w]) != 0 {
			return false
		}
	}
	return true
}

// members gives the numbers in a set.
func members(set []uint64) (out []int) {
	for w, x := range set {
		for ; x != 0; x &= x - 1 {
			out = append(out, w<<6+bits.TrailingZeros64(x))
		}
	}
	return out
}
