package proofs

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/bits"
	"slices"
)

var (
	errFair = errors.New("a run that makes it false seems to be fair")
	errSize = errors.New("there are too many pairs of a state and what is to be done in it")
)

// ranking finds the lists of a product.
type ranking struct {
	digraph
	v     *levels
	g     *graph
	ctx   context.Context
	state []uint32 // of each node
	set   []uint32
	ways  []uint64 // of each edge, what it postpones
	steps []uint32 // of each edge, the place of its bits
	lists [][]level
	comp  []uint32
	comps uint32
}

// prove explores the nodes and finds their lists, component by component.
func (v *levels) prove(g *graph) error {
	r := &ranking{v: v, g: g, ctx: g.ctx}
	if err := r.explore(); err != nil {
		return err
	}
	r.lists, r.comp = make([][]level, r.len()), make([]uint32, r.len())
	if err := r.rank(r.all(), 0); err != nil {
		return err
	}
	r.store()
	return nil
}

// explore finds the nodes and their edges.
func (r *ranking) explore() error {
	v := r.v
	v.of = map[uint64]int{}
	ids := map[node]uint32{} // of a state and a set
	meet := func(state uint32, duties uint64) uint32 {
		set, ok := v.of[duties]
		if !ok {
			set = len(v.sets)
			v.of[duties] = set
			v.sets = append(v.sets, duties)
		}
		id, ok := ids[node{state, uint32(set)}]
		if !ok {
			id = uint32(len(r.state))
			ids[node{state, uint32(set)}] = id
			r.state, r.set = append(r.state, state), append(r.set, uint32(set))
		}
		return id
	}
	for i, initial := range r.g.initial {
		if initial {
			meet(uint32(i), 1)
		}
	}
	var p place
	r.first = []uint32{0}
	for n := 0; n < len(r.state); n++ {
		if n%1024 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		s, duties := r.state[n], v.sets[r.set[n]]
		r.g.place(int64(s), &p)
		if p.stops(v.runs) && v.forever(duties, v.letterOf(p.state, nil)) {
			return errFair
		}
		for k, st := range p.steps {
			ways, err := v.meets(duties, v.letterOf(p.state, st.bits))
			if err != nil {
				return err
			}
			for _, w := range ways {
				r.to = append(r.to, meet(uint32(st.to), w.after))
				r.ways, r.steps = append(r.ways, w.postponed), append(r.steps, r.g.steps[int(r.g.first[s])+k])
			}
		}
		if len(r.to) > math.MaxUint32/2 {
			return errSize
		}
		r.first = append(r.first, uint32(len(r.to)))
	}
	return nil
}

// rank finds the levels from one on of some nodes, by the components of the edges among them: an order is one more than those of
// the components that it leads to.
func (r *ranking) rank(nodes []uint32, at int) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	base := r.comps // components from here on are of these nodes
	var left [][]uint32
	for _, comp := range r.components(nodes) {
		r.comps++
		for _, n := range comp {
			r.comp[n] = r.comps
		}
		order := uint32(0)
		for _, n := range comp {
			for _, to := range r.out(n) {
				if c := r.comp[to]; c > base && c < r.comps {
					order = max(order, r.lists[to][at].order+1)
				}
			}
		}
		why, err := r.reason(comp)
		if err != nil {
			return err
		}
		why.order = order
		var next []uint32
		for _, n := range comp {
			r.lists[n] = append(r.lists[n], why)
			if why.reason == strong && !r.enabled(n, why.of) {
				next = append(next, n)
			}
		}
		if len(next) > 0 {
			left = append(left, next)
		}
	}
	for _, l := range left {
		if err := r.rank(l, at+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *ranking) enabled(n, fair uint32) bool {
	return has(r.g.bits[r.g.state[r.state[n]]+1], r.v.runs.Fairness[fair].Step)
}

// reason finds why no fair run stays in a component.
func (r *ranking) reason(comp []uint32) (level, error) {
	fair := r.v.runs.Fairness
	inside, all := 0, uint64(math.MaxUint64)
	taken := make([]bool, len(fair))
	for _, n := range comp {
		for e := r.first[n]; e < r.first[n+1]; e++ {
			if r.comp[r.to[e]] != r.comp[n] {
				continue
			}
			inside++
			all &= r.ways[e]
			for f := range fair {
				taken[f] = taken[f] || has(r.g.bits[r.steps[e]], fair[f].Step)
			}
		}
	}
	switch {
	case inside == 0:
		return level{reason: none}, nil
	case all != 0:
		return level{reason: postponed, of: uint32(bits.TrailingZeros64(all))}, nil
	}
	for _, want := range []reason{weak, strong} {
		for f := range fair {
			somewhere, everywhere := false, true
			for _, n := range comp {
				enabled := r.enabled(n, uint32(f))
				somewhere, everywhere = somewhere || enabled, everywhere && enabled
			}
			if !taken[f] && (want == weak && everywhere || want == strong && somewhere && fair[f].Strong) {
				return level{reason: want, of: uint32(f)}, nil
			}
		}
	}
	return level{}, errFair
}

// store puts nodes and lists into the form of the evidence.
func (r *ranking) store() {
	v := r.v
	order := r.all()
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(r.state[a], r.state[b]), cmp.Compare(r.set[a], r.set[b]))
	})
	ids := map[string]uint32{}
	v.first = []uint32{0}
	for _, n := range order {
		for int(r.state[n]) >= len(v.first) {
			v.first = append(v.first, uint32(len(v.nodes)))
		}
		var key []byte
		for _, l := range r.lists[n] {
			key = appendNumber(appendNumber(appendNumber(key, uint64(l.order)), uint64(l.reason)), uint64(l.of))
		}
		id, ok := ids[string(key)]
		if !ok {
			id = uint32(len(v.lists))
			ids[string(key)] = id
			v.lists = append(v.lists, r.lists[n])
		}
		v.nodes = append(v.nodes, node{r.set[n], id})
	}
	for len(v.first) <= r.g.len() {
		v.first = append(v.first, uint32(len(v.nodes)))
	}
}
