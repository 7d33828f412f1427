package sweep

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
)

// Most steps whose footprints meet can be taken in another order all the same: both count something up, or what one writes does
// not matter to the other while it can be taken. That is found out by diagrams, which takes longer; so it is left until
// there are many states.

const (
	commuteSteps = 1 << 20 // of diagrams, for all pairs
)

// behaviour is what an alternative does as it has been taken down: its guards and changes, and the guards of the faults of its
// instance.
type behaviour struct {
	*draft
	faults [][]node
}

// act is a step as functions of the state.
type act struct {
	when   node          // it can be taken: its guards hold, and its instance does not fault
	change map[int]node  // by variable
	order  []int         // the variables that change
	last   int           // of them
	asks   []int         // variables that when depends on
	memo   map[node]node // of after
}

// act makes the act of a behaviour, or gives nil where it is not all in diagrams.
func (b *builder) act(h behaviour) *act {
	if h.draft == nil || len(h.vectors)+len(h.some) > 0 {
		return nil
	}
	m := b.m
	a := &act{when: diagram.True, change: map[int]node{}, order: h.changed, last: -1, memo: map[node]node{}}
	for _, list := range append([][]node{h.guards, h.next}, h.faults...) {
		for _, n := range list {
			if _, ok := m.Opaque(n); ok {
				return nil
			}
		}
	}
	for _, g := range h.guards {
		a.when = m.Apply(diagram.And, a.when, g)
	}
	for _, guards := range h.faults {
		fails := diagram.True
		for _, g := range guards {
			fails = m.Apply(diagram.And, fails, g)
		}
		a.when = m.Apply(diagram.And, a.when, m.Not(fails))
	}
	a.asks = m.Support(a.when)
	for k, i := range h.changed {
		a.change[i] = h.next[k]
		a.last = max(a.last, i)
	}
	return a
}

// touches tells whether a step changes one of some variables.
func (a *act) touches(vars []int) bool {
	for _, i := range vars {
		if _, ok := a.change[i]; ok {
			return true
		}
	}
	return false
}

// after is a function of the state after a step as one of the state before it.
func (b *builder) after(n node, a *act) node {
	m := b.m
	if _, ok := m.IsConst(n); ok || m.Variable(n) > a.last {
		return n
	}
	if out, ok := a.memo[n]; ok {
		return out
	}
	i := m.Variable(n)
	value, ok := a.change[i]
	if !ok {
		value = m.Now(i)
	}
	out := b.after(m.Child(n, 0), a)
	for v := 1; v < m.Size(i); v++ {
		if kid := b.after(m.Child(n, v), a); kid != out {
			out = m.If(m.Apply(diagram.Eq, value, m.Const(int64(v))), kid, out)
		}
	}
	a.memo[n] = out
	return out
}

// goesFirst tells whether, in every state in which c can be taken and then e, e can be taken at once and then c, and that
// leads to the same state. What c and e are as functions matters only where they can be taken.
func (b *builder) goesFirst(c, e *act) bool {
	m := b.m
	where := m.Apply(diagram.And, c.when, b.after(e.when, c))
	if where == diagram.False {
		return false // it never matters
	}
	implied := func(n node) bool { return m.Apply(diagram.And, where, m.Not(n)) == diagram.False }
	if c.touches(e.asks) && !implied(e.when) || e.touches(c.asks) && !implied(b.after(c.when, e)) {
		return false
	}
	same := func(i int) bool {
		x, y := m.Now(i), m.Now(i)
		if n, ok := c.change[i]; ok {
			x, y = n, b.after(n, e)
		}
		if n, ok := e.change[i]; ok {
			x = b.after(n, c)
			if _, ok := c.change[i]; !ok {
				y = n
			}
		}
		return x == y || implied(m.Apply(diagram.Eq, x, y))
	}
	for _, a := range [2]*act{c, e} {
		for _, i := range a.order {
			if !same(i) {
				return false
			}
		}
	}
	return true
}

// Ponder finds out of more alternatives that they do not depend on each other, once: of those of which one can be taken just
// after the other in some of the states of a sample, the most frequent first. It takes some hundredths of a second. What is
// known of states already stays true. Runners make use of it from their next Watch on.
func (r *Runner) Ponder(sample []model.State) {
	p := r.p
	p.pondering.Lock()
	defer p.pondering.Unlock()
	if p.rest != nil {
		p.sleeping.Store(p.rest.commute(p.sleeping.Load(), r.pairs(sample)))
		p.rest = nil
	}
}

// pair is two alternatives, the second of which can be taken just after the first.
type pair struct{ first, second int }

// pairs lists those of some states, the most frequent first.
func (r *Runner) pairs(sample []model.State) []pair {
	often := map[pair]int{}
	var first, second []int
	r.tells = false
	var out model.Successors
	for _, s := range sample {
		first = r.possible(s, first[:0])
		out.Words, out.Actions = out.Words[:0], out.Actions[:0]
		for _, c := range first {
			r.change(s, c, &out)
		}
		for i, c := range first {
			second = r.possible(out.Words[i*len(s):][:len(s)], second[:0])
			for _, e := range second {
				if e != c {
					often[pair{c, e}]++
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(often), func(x, y pair) int {
		return cmp.Or(often[y]-often[x], x.first-y.first, x.second-y.second)
	})
}

// possible appends the alternatives that can be taken in s and are in tables.
func (r *Runner) possible(s model.State, out []int) []int {
	r.read(s)
	r.enable()
	for g, enabled := range r.enabled {
		for ; enabled != 0; enabled &= enabled - 1 {
			k := g*64 + bits.TrailingZeros64(enabled)
			if a := &r.p.alternatives[k]; a.kind == step && r.enables(s, a) {
				out = append(out, k)
			}
		}
	}
	return out
}

// commute is what is known of alternatives that do not depend on each other, with what diagrams say of some pairs.
func (b *builder) commute(s *sleeping, pairs []pair) *sleeping {
	n := len(b.bits)
	more := *s
	more.useful, more.apart, more.skip = slices.Clone(s.useful), slices.Clone(s.apart), slices.Clone(s.skip)
	acts := make([]*act, n)
	made := newBitset(n)
	of := func(i int) *act {
		if !made.has(i) {
			made.add(i)
			acts[i] = b.act(b.bits[i].behaviour)
		}
		return acts[i]
	}
	b.m.Try(commuteSteps, func() {
		for _, p := range pairs {
			i, k := p.first, p.second
			if s.row(s.apart, i).has(k) {
				continue
			}
			if c, e := of(i), of(k); c == nil || e == nil || !b.goesFirst(c, e) {
				continue
			}
			more.n = n
			more.row(more.apart, i).add(k)
			if i < k {
				more.row(more.skip, i).add(k)
				more.useful.add(i)
			}
		}
	})
	return &more
}
