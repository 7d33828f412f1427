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

// product is a conjunction of conditions on chunks, the values of which they allow.
type product []choice

type choice struct {
	chunk int
	codes []int
}

// Limits of alarms.
const (
	mostProducts = 64      // of a claim; for the first of them bits are added where there are not so many
	alarmSteps   = 1 << 14 // of diagrams, for a claim
)

// spare is how many more products there are bits for.
func (b *builder) spare() int {
	free := -(len(b.bits) + len(b.products)) & 127
	if len(b.products) == 0 && free < mostProducts {
		free += 128
	}
	return free
}

// ring makes the products of a condition into alarms, and gives the first of their bits and how many there are; false where they
// are too many.
func (b *builder) ring(n node) (first, count int, ok bool) {
	var all []product
	why := b.try(alarmSteps, func() { all, ok = b.union(n, min(mostProducts, b.spare()), map[node][]product{}) })
	if why != "" || !ok {
		return 0, 0, false
	}
	first = len(b.bits) + len(b.products)
	b.products = append(b.products, all...)
	return first, len(all), true
}

// union gives products whose union is a condition, unless there are more than most.
func (b *builder) union(n node, most int, known map[node][]product) (out []product, ok bool) {
	switch n {
	case diagram.False:
		return nil, true
	case diagram.True:
		return []product{nil}, most > 0
	}
	if out, ok = known[n]; ok {
		return out, len(out) <= most
	}
	k := b.of[b.m.Variable(n)]
	if k < 0 {
		return nil, false
	}
	c := &b.chunks[k]
	var codes []int
	var left, different []node // of n, by code; and once each
	b.auto.descend(n, &span{lo: c.lo, hi: c.hi}, func(code int, n node) {
		codes, left = append(codes, code), append(left, n)
		if n != diagram.False && !slices.Contains(different, n) {
			different = append(different, n)
		}
	})
	for _, d := range different {
		rest, ok := b.union(d, most-len(out), known)
		if !ok {
			return nil, false
		}
		// What is left may hold with other values besides: then the products hold with them, too.
		of := choice{chunk: k}
		for i, code := range codes {
			if left[i] == d || b.m.Apply(diagram.And, d, b.m.Not(left[i])) == diagram.False {
				of.codes = append(of.codes, code)
			}
		}
		for _, p := range rest {
			if len(of.codes) < len(codes) {
				p = append(product{of}, p...)
			}
			out = append(out, p)
		}
	}
	if len(out) > most {
		return nil, false
	}
	known[n] = out
	return out, true
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
