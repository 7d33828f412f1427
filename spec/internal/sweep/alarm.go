package sweep

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
)

// What is claimed of states is to be looked at in few of them, if any. Often these states are the union of few products, that is,
// of conditions on single chunks. Then each product is a bit in the tables of guards, behind those of the alternatives, where
// mostly bits are free: looking it up costs next to nothing. Claims of which there are more products are automata. What is
// claimed of a step is to be looked at in states in which the alternative can be taken, and that is so for each alternative.

// alarm is what rings where something that is watched is to be looked at: a number of products in turn.
type alarm struct {
	id       int32 // its number
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
	stepProducts = 2       // of a claim on the steps by one alternative
	stepNodes    = 1 << 7  // of the diagram of where it is to be looked at
	stepChunks   = 8       // that this depends on
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

// rings gives the products of the states in which an alternative can be taken and something holds; nil where they are many.
func (b *builder) rings(d *draft, when node) []product {
	when = b.both(when, d.guards)
	if len(d.some) > 0 || b.m.Budget() < instanceSteps/2 || b.m.Count(when) > stepNodes || len(b.touched(when)) > stepChunks {
		return nil
	}
	all, _ := b.union(when, stepProducts)
	return all
}

// ringing makes alarms of what is watched on steps, as long as there are bits: it is not looked at step by step then. What makes
// claims hold vacuously comes last.
func (b *builder) ringing() {
	antecedents := make([]bool, b.watchN)
	for w, id := range b.number {
		antecedents[id] = w.k >= 0
	}
	for _, last := range []bool{false, true} {
		for i := range b.bits {
			c := &b.bits[i]
			var checks []check
			var rings [][]product
			for k, all := range c.rings {
				if x := c.checks[k]; antecedents[x.id] == last && all != nil && len(all) <= b.spare() {
					b.onStep = append(b.onStep, alarm{x.id, len(b.bits) + len(b.products), len(all)})
					b.products = append(b.products, all...)
				} else {
					checks, rings = append(checks, x), append(rings, all)
				}
			}
			c.checks, c.rings = checks, rings
		}
	}
}

// union gives products whose union is a condition; false where they are more than most.
func (b *builder) union(n node, most int) (out []product, ok bool) { return b.cover(n, n, most) }

// cover gives products that imply n whose union has all of rest, which implies n and depends on as many chunks at least; false
// where they are more than most.
func (b *builder) cover(n, rest node, most int) (out []product, ok bool) {
	chunks := b.touched(rest)
	for rest != diagram.False {
		if len(out) >= most {
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
			lo, hi := b.m.Const(v), n
			if atLeast {
				lo, hi = hi, lo
			}
			beyond = b.m.Apply(diagram.Le, lo, hi)
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
	clear(r.onState)
	clear(r.onStep)
	set := func(bits []uint64, first, n int) {
		for i := first; i < first+n; i++ {
			bits[i>>6] |= 1 << (i & 63)
		}
	}
	for _, a := range p.alarms {
		if r.watched[a.id] {
			set(r.onState, a.first, a.n)
		}
	}
	for _, a := range p.onStep {
		if r.watched[a.id] {
			set(r.onStep, a.first, a.n)
		}
	}
	for i := range r.bounds {
		if best := &r.bounds[i]; best.Watched && best.Known && p.bounds[i].levels != nil {
			first, n := p.bounds[i].beyond(best.Value, p.info.Properties[p.bounds[i].p].AtLeast)
			set(r.onState, first, n)
			best.Watched = false
		}
	}
	for g := range r.all {
		r.all[g] = p.all[g] | r.onState[g] | r.onStep[g]
	}
	for _, s := range p.sums {
		r.all[s.word] |= s.bits
	}
}

// hush takes what is no alternative out of what is enabled, and tells which alarms ring.
func (r *Runner) hush() (notice model.Notice) {
	var state, step uint64
	for g := len(r.p.alternatives) >> 6; g < len(r.enabled); g++ {
		enabled := r.enabled[g]
		state |= enabled & r.onState[g]
		step |= enabled & r.onStep[g]
		r.enabled[g] = enabled & r.p.all[g]
	}
	if state != 0 {
		notice = model.NoticeState
	}
	if step != 0 {
		notice |= model.NoticeSteps
	}
	return notice
}
