// Package symmetry finds representatives of states that differ only in the names of the identities of symmetric types.
//
// The language lets identities be compared and quantified over, and nothing else. So a permutation of the identities of
// each symmetric type takes states to states, steps to steps, and properties to themselves (Ip & Dill, "Better
// verification through symmetry", 1996): of all states that permutations make of one, its orbit, one needs to be explored.
//
// Which one: identities are first told apart by what a state says of them, however they are named. Every identity has a
// colour, a number; a walk over the state gives each a new one, made of the colours of all that it stands beside, until
// no more are told apart (colour refinement). If some are still alike, and exchanging two of them changes the state, one of
// them after the other is given a colour of its own and refinement goes on (individualisation, as in McKay & Piperno,
// "Practical graph isomorphism, II", 2014). Each way to the end orders the identities; of the states that these orders
// make, the least one is the representative. Colours do not depend on names, so it is the same for all states of an orbit.
// Where two identities have one colour by accident, nothing is lost but time. Where there are too many ways, some are not
// followed: the representative is still in the orbit, but other states of it may have another one.
package symmetry

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Group is all permutations of the identities of the symmetric types of some variables. It is immutable.
type Group struct {
	tb    *layout.Table
	vars  []variable
	types []*types.Type
	first []int // of each type, the number of its first identity among those of all types
	size  int   // identities
}

type variable struct {
	*shape
	at int // its first cell
}

// shape is a type with what is asked of it in every state worked out.
type shape struct {
	t        *types.Type
	kind     types.Kind
	moved    bool // identities occur in values of it
	scalar   bool
	n        int    // cells
	card     uint64 // values, where their ranks are asked for
	first    int    // of a symmetric type: the number of its first identity
	fields   []*shape
	variants [][]*shape
	key      *shape
	elem     *shape
}

// mostIdentities is beyond what anybody explores: 16 identities have 2*10^13 permutations.
const mostIdentities = 4096

// New gives the group for variables of the given types, whose first cells are at offsets. It gives nil where there is
// nothing to be permuted.
func New(tb *layout.Table, vars []*types.Type, offsets []int) *Group {
	g := &Group{tb: tb}
	for i, t := range vars {
		g.vars = append(g.vars, variable{&shape{t: t}, offsets[i]})
		g.collect(t)
	}
	g.first = make([]int, len(g.types)+1)
	useful := false
	for i, t := range g.types {
		n := int(min(t.Card(), mostIdentities+1))
		g.first[i+1] = g.first[i] + n
		useful = useful || n > 1
		if g.first[i+1] > mostIdentities {
			return nil
		}
	}
	g.size = g.first[len(g.types)]
	if !useful {
		return nil
	}
	known := map[*types.Type]*shape{}
	for i := range g.vars {
		g.vars[i].shape = g.shape(known, g.vars[i].t)
	}
	return g
}

// shape gives that of a type, one for each type.
func (g *Group) shape(known map[*types.Type]*shape, t *types.Type) *shape {
	if t == nil {
		return nil
	}
	if s := known[t]; s != nil {
		return s
	}
	s := &shape{t: t, kind: t.Kind, moved: t.HasSymmetric(), scalar: layout.IsScalar(t), n: g.tb.Must(t), card: t.Card()}
	known[t] = s
	if t.Kind == types.Symmetric {
		s.first = g.first[slices.Index(g.types, t)]
	}
	fields := func(fs []types.Field) (out []*shape) {
		for _, f := range fs {
			out = append(out, g.shape(known, f.Type))
		}
		return out
	}
	s.fields = fields(t.Fields)
	for _, v := range t.Variants {
		s.variants = append(s.variants, fields(v.Fields))
	}
	s.elem = g.shape(known, t.Elem)
	if t.Key != nil {
		s.key = g.shape(known, t.Key)
	}
	return s
}

// collect notes the symmetric types in t.
func (g *Group) collect(t *types.Type) {
	if t.Kind == types.Symmetric {
		if !slices.Contains(g.types, t) {
			g.types = append(g.types, t)
		}
		return
	}
	for _, f := range t.Fields {
		g.collect(f.Type)
	}
	for _, v := range t.Variants {
		for _, f := range v.Fields {
			g.collect(f.Type)
		}
	}
	if t.Key != nil {
		g.collect(t.Key)
	}
	if t.Elem != nil {
		g.collect(t.Elem)
	}
}

// Types are the symmetric types.
func (g *Group) Types() []*types.Type { return g.types }

// Size is the number of identities, of all types together: a permutation has that many entries, in the order of Types.
func (g *Group) Size() int { return g.size }

// Apply writes to dst the state that permutation by makes of src: identity number i becomes number by[i], which is one of
// the same type. Both are cells.
func (g *Group) Apply(dst, src []int64, by []uint16) {
	for _, v := range g.vars {
		g.apply(v.shape, dst[v.at:v.at+v.n], src[v.at:v.at+v.n], by)
	}
}

func (g *Group) apply(t *shape, dst, src []int64, by []uint16) {
	if !t.moved {
		copy(dst, src)
		return
	}
	if t.scalar {
		dst[0] = int64(g.rank(t, uint64(src[0]), by))
		return
	}
	switch t.kind {
	case types.Record, types.Tuple:
		g.fields(t.fields, dst, src, by)
	case types.Union:
		copy(dst, src)
		g.fields(t.variants[src[0]], dst[1:], src[1:], by)
	case types.Option:
		copy(dst, src)
		if src[0] != 0 {
			g.apply(t.elem, dst[1:], src[1:], by)
		}
	case types.Map:
		n := t.elem.n
		for k := range int(t.key.card) {
			to := int(g.rank(t.key, uint64(k), by)) * n
			g.apply(t.elem, dst[to:to+n], src[k*n:k*n+n], by)
		}
	case types.Set:
		clear(dst)
		each(src, func(r uint64) {
			r = g.rank(t.elem, r, by)
			dst[r/64] |= 1 << (r % 64)
		})
	case types.Seq:
		copy(dst, src)
		n := t.elem.n
		for k := range int(src[0]) {
			g.apply(t.elem, dst[1+k*n:1+k*n+n], src[1+k*n:1+k*n+n], by)
		}
	case types.Bag:
		copy(dst, src)
		elems := dst[1 : 1+src[0]]
		for i, r := range elems {
			elems[i] = int64(g.rank(t.elem, uint64(r), by))
		}
		slices.Sort(elems)
	}
}

func (g *Group) fields(fs []*shape, dst, src []int64, by []uint16) {
	at := 0
	for _, f := range fs {
		g.apply(f, dst[at:at+f.n], src[at:at+f.n], by)
		at += f.n
	}
}

// rank gives the rank of what by makes of the value of type t with rank r.
func (g *Group) rank(t *shape, r uint64, by []uint16) uint64 {
	switch {
	case t.kind == types.Symmetric:
		return uint64(int(by[t.first+int(r)]) - t.first)
	case !t.moved:
		return r
	case t.kind == types.Option:
		if r == 0 {
			return 0
		}
		return 1 + g.rank(t.elem, r-1, by)
	case t.kind == types.Record, t.kind == types.Tuple:
		out, unit := uint64(0), uint64(1)
		for i := len(t.fields) - 1; i >= 0; i-- {
			u := t.fields[i]
			out += unit * g.rank(u, r%u.card, by)
			r, unit = r/u.card, unit*u.card
		}
		return out
	}
	cells := make([]int64, 2*t.n)
	g.tb.Unrank(t.t, r, cells[:t.n])
	g.apply(t, cells[t.n:], cells[:t.n], by)
	return g.tb.Rank(t.t, cells[t.n:])
}

// each calls f with the number of every bit that is set.
func each(cells []int64, f func(r uint64)) {
	for i, c := range cells {
		for w := uint64(c); w != 0; w &= w - 1 {
			f(uint64(64*i + trailing(w)))
		}
	}
}
