package sweep

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
)

// What is claimed of states is to be looked at in few of them, if any. Often these states are the union of few products, that is,
// of conditions on single chunks. Then each product is a bit in the tables of guards, behind those of the alternatives, where
// mostly bits are free: looking it up costs next to nothing. Claims of which there are more products are automata.

// alarm is what rings where a claim is to be looked at: a number of products in turn.
type alarm struct {
	id       int32 // of the claim
	first, n int   // bits
}

// level rings in the states in which a bound has this value or one farther out.
type level struct {
	value    int64
	first, n int // bits
}

// product is a conjunction of conditions on different chunks.
type product []part

// Limits of alarms.
const (
	mostProducts = 64      // of a claim; bits are added where there are not so many
	alarmSteps   = 1 << 15 // of diagrams, for a claim
)

// spare is how many more products there are bits for.
func (b *builder) spare() int {
	free := -len(b.bits) & 127
	if free < mostProducts {
		free += 128
	}
	return free - len(b.products)
}

// ring makes the products of a condition into alarms, and gives the first of their bits and how many there are; false where they
// are too many.
func (b *builder) ring(n node) (first, count int, ok bool) {
	var all []product
	why := b.try(alarmSteps, func() { all, ok = b.union(n, min(mostProducts, b.spare())) })
	if why != "" || !ok {
		return 0, 0, false
	}
	first = len(b.bits) + len(b.products)
	b.products = append(b.products, all...)
	return first, len(all), true
}

// union gives products whose union is a condition; false where they are more than most.
func (b *builder) union(n node, most int) (out []product, ok bool) {
	chunks := b.touched(n)
	for rest := n; rest != diagram.False; {
		if len(out) == most {
			return nil, false
		}
		p, all := b.largest(n, rest, chunks), diagram.True
		for _, c := range p {
			all = b.m.Apply(diagram.And, all, c.when)
		}
		out = append(out, p)
		rest = b.m.Apply(diagram.And, rest, b.m.Not(all))
	}
	return out, true
}

// largest gives a product that implies n, on the chunks that n depends on, and holds in one of the states of rest; none of its
// conditions can be weakened.
func (b *builder) largest(n, rest node, chunks []int) (p product) {
	when := slices.Repeat([]node{diagram.True}, len(chunks)) // at first, that it is this state
	for {
		if _, ok := b.m.IsConst(rest); ok {
			break
		}
		i, v := b.m.Variable(rest), 0
		for b.m.Child(rest, v) == diagram.False {
			v++
		}
		k := slices.Index(chunks, b.of[i])
		when[k] = b.m.Apply(diagram.And, when[k], b.m.Apply(diagram.Eq, b.m.Now(i), b.m.Const(int64(v))))
		rest = b.m.Child(rest, v)
	}
	for k, chunk := range chunks {
		fails := b.m.Not(n)
		for j, c := range when {
			if j != k {
				fails = b.m.Apply(diagram.And, fails, c)
			}
		}
		c := &b.chunks[chunk]
		when[k] = b.m.Not(b.m.Project(fails, c.lo, c.hi))
		if when[k] != diagram.True {
			p = append(p, part{chunk, when[k]})
		}
	}
	return p
}

// levels makes alarms for the values of a bound, but for the one farthest from its limit; nil where they are too many.
func (b *builder) levels(n node, atLeast bool) []level {
	from := len(b.products)
	values := b.m.Leaves(n)
	if atLeast {
		slices.Reverse(values)
	}
	out := []level{}
	for _, v := range values[1:] {
		var beyond node
		why := b.try(alarmSteps, func() {
			beyond = b.m.Map(n, func(x int64) int64 {
				if x == v || x > v != atLeast {
					return 1
				}
				return 0
			})
		})
		first, count, ok := 0, 0, false
		if why == "" {
			first, count, ok = b.ring(beyond)
		}
		if !ok {
			b.products = b.products[:from]
			return nil
		}
		out = append(out, level{v, first, count})
	}
	return out
}

// beyond gives the alarm for the values farther out than the best one so far.
func (x *bound) beyond(best int64, atLeast bool) (first, n int) {
	for _, l := range x.levels {
		if l.value != best && (l.value < best) == atLeast {
			return l.first, l.n
		}
	}
	return 0, 0
}

// arm has alarms ring for what is watched.
func (r *Runner) arm() {
	p := r.p
	clear(r.alarms)
	set := func(first, n int) {
		for i := first; i < first+n; i++ {
			r.alarms[i>>6] |= 1 << (i & 63)
		}
	}
	for _, a := range p.alarms {
		if r.watched[a.id] {
			set(a.first, a.n)
		}
	}
	for i := range r.bounds {
		if best := &r.bounds[i]; best.Watched && best.Known && p.bounds[i].levels != nil {
			set(p.bounds[i].beyond(best.Value, p.info.Properties[p.bounds[i].p].AtLeast))
			best.Watched = false
		}
	}
	for g := range r.all {
		r.all[g] = p.all[g] | r.alarms[g]
	}
}

// hush takes the alarms out of what is enabled, and tells whether any rings.
func (r *Runner) hush() bool {
	ringing := uint64(0)
	for g := len(r.p.alternatives) >> 6; g < len(r.alarms); g++ {
		ringing |= r.enabled[g] & r.alarms[g]
		r.enabled[g] &^= r.alarms[g]
	}
	return ringing != 0
}
