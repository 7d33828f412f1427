package symmetry

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

func trailing(w uint64) int { return bits.TrailingZeros64(w) }

// mix makes a number of two, as a hash does; the order matters.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd6e8feb86659fd93)
	x := hi ^ lo ^ a<<17
	x ^= x >> 29
	return x * 0xbf58476d1ce4e5b9
}

// owner is an identity that stands on the way to a part of a state, and in which role.
type owner struct {
	id   int
	role uint64
}

// painter walks over a state and gives every identity the sum of what is said of it. Sums, since what is a set has no
// order; so the result does not depend on how identities are named.
type painter struct {
	g       *Group
	colours []uint64 // of the identities, as they are
	next    []uint64 // what is said of them
	owners  []owner
}

// paint says of every identity what the state says, in terms of colours.
func (p *painter) paint(cells []int64) {
	copy(p.next, p.colours) // what was told apart stays so
	for i := range p.next {
		p.next[i] = mix(p.next[i], 1)
	}
	for i, v := range p.g.vars {
		if v.moved {
			p.value(v.shape, cells[v.at:v.at+v.n], mix(uint64(i), 2))
		}
	}
}

// say notes x of all owners.
func (p *painter) say(x uint64) {
	for _, o := range p.owners {
		p.next[o.id] += mix(x, o.role)
	}
}

// own adds an owner that stands at the end of a path.
func (p *painter) own(t *shape, rank int64, path uint64) {
	p.owners = append(p.owners, owner{t.first + int(rank), path})
}

// value walks over a value that stands at the end of a path.
func (p *painter) value(t *shape, cells []int64, path uint64) {
	if !t.moved {
		if len(p.owners) > 0 {
			for _, c := range cells {
				path = mix(path, uint64(c))
			}
			p.say(path)
		}
		return
	}
	if t.scalar {
		p.part(t, uint64(cells[0]), path)
		return
	}
	switch t.kind {
	case types.Record, types.Tuple:
		p.fields(t.fields, cells, path)
	case types.Union:
		path = mix(path, uint64(cells[0]))
		p.say(path)
		p.fields(t.variants[cells[0]], cells[1:], path)
	case types.Option:
		path = mix(path, uint64(cells[0]))
		p.say(path)
		if cells[0] != 0 {
			p.value(t.elem, cells[1:], path)
		}
	case types.Map:
		n := t.elem.n
		for k := range int(t.key.card) {
			kept := len(p.owners)
			at := p.key(t.key, uint64(k), path)
			p.value(t.elem, cells[k*n:k*n+n], at)
			p.owners = p.owners[:kept]
		}
	case types.Set:
		each(cells, func(r uint64) { p.part(t.elem, r, path) })
	case types.Seq:
		n := t.elem.n
		path = mix(path, uint64(cells[0]))
		p.say(path)
		for k := range int(cells[0]) {
			p.value(t.elem, cells[1+k*n:1+k*n+n], mix(path, uint64(k)))
		}
	case types.Bag:
		for _, r := range cells[1 : 1+cells[0]] {
			p.part(t.elem, uint64(r), path)
		}
	}
}

func (p *painter) fields(fs []*shape, cells []int64, path uint64) {
	for i, f := range fs {
		p.value(f, cells[:f.n], mix(path, uint64(i)))
		cells = cells[f.n:]
	}
}

// part says that the value of type t with rank r stands at the end of a path, of the owners and of the identities in it.
func (p *painter) part(t *shape, r uint64, path uint64) {
	kept := len(p.owners)
	p.say(p.key(t, r, path))
	p.owners = p.owners[:kept]
}

// key extends a path by the value of type t with rank r; the identities in it become owners.
func (p *painter) key(t *shape, r uint64, path uint64) uint64 {
	switch {
	case t.kind == types.Symmetric:
		p.own(t, int64(r), path)
		return mix(path, p.colours[t.first+int(r)])
	case !t.moved:
		return mix(path, r)
	case t.kind == types.Option:
		if r == 0 {
			return mix(path, 3)
		}
		return p.key(t.elem, r-1, mix(path, 4))
	case t.kind == types.Record, t.kind == types.Tuple:
		unit := uint64(1)
		for _, f := range t.fields[1:] {
			unit *= f.card
		}
		for i, f := range t.fields {
			path = p.key(f, r/unit, path)
			if r %= unit; i+1 < len(t.fields) {
				unit /= t.fields[i+1].card
			}
		}
		return path
	}
	cells := make([]int64, t.n)
	p.g.tb.Unrank(t.t, r, cells)
	return p.composite(t, cells, path)
}

// composite is key for values in cells.
func (p *painter) composite(t *shape, cells []int64, path uint64) uint64 {
	if !t.moved {
		for _, c := range cells {
			path = mix(path, uint64(c))
		}
		return path
	}
	if t.scalar {
		return p.key(t, uint64(cells[0]), path)
	}
	walk := func(fs []*shape, cells []int64, path uint64) uint64 {
		for _, f := range fs {
			path = p.composite(f, cells[:f.n], path)
			cells = cells[f.n:]
		}
		return path
	}
	switch t.kind {
	case types.Record, types.Tuple:
		return walk(t.fields, cells, path)
	case types.Union:
		return walk(t.variants[cells[0]], cells[1:], mix(path, uint64(cells[0])))
	case types.Option:
		if path = mix(path, uint64(cells[0])); cells[0] == 0 {
			return path
		}
		return p.composite(t.elem, cells[1:], path)
	case types.Seq:
		n := t.elem.n
		path = mix(path, uint64(cells[0]))
		for k := range int(cells[0]) {
			path = p.composite(t.elem, cells[1+k*n:1+k*n+n], path)
		}
		return path
	}
	// What has no order of its own is a sum.
	sum := uint64(0)
	switch t.kind {
	case types.Map:
		n := t.elem.n
		for k := range int(t.key.card) {
			sum += p.composite(t.elem, cells[k*n:k*n+n], p.key(t.key, uint64(k), path))
		}
	case types.Set:
		each(cells, func(r uint64) { sum += p.key(t.elem, r, path) })
	case types.Bag:
		for _, r := range cells[1 : 1+cells[0]] {
			sum += p.key(t.elem, uint64(r), path)
		}
	}
	return mix(path, sum)
}
