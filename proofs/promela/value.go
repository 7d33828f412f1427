package promela

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// value is a value of the language. A scalar is an expression. Any other is made of parts: the fields of a record; the
// constructor of a union and then the fields of all its constructors, in order; whether an option is some, and its value; an entry for each
// key of a map; for each possible element whether a set has it, and how often a bag does; the length of a sequence and its
// Max places. Parts that mean nothing, such as places behind the end of a sequence, are 0, so that equal values have equal parts.
//
// A value that lies in memory has a place instead.
type value struct {
	t     *types.Type
	x     ex
	place string
	parts []value
}

// Unlike in package ir, an identity of a symmetric type lo..hi is a number of these.

func isScalar(t *types.Type) bool {
	switch t.Kind {
	case types.Bool, types.Int, types.Range, types.Enum, types.Symmetric:
		return true
	}
	return false
}

// bounds of a scalar type.
func bounds(t *types.Type) (lo, hi int64) {
	switch t.Kind {
	case types.Bool:
		return 0, 1
	case types.Enum:
		return 0, int64(len(t.Members)) - 1
	}
	return t.Lo, t.Hi
}

const maxCard = 1 << 12 // values of a type that is written out

func card(pos syntax.Pos, t *types.Type) int {
	if t.HasInt() || t.Card() > maxCard {
		refuse(pos, "something that goes through more than "+strconv.Itoa(maxCard)+" values, those of "+t.String())
	}
	return int(t.Card())
}

// partTypes lists the types of the parts.
func (g *exporter) partTypes(t *types.Type) []*types.Type {
	if ts, ok := g.shapes[t]; ok {
		return ts
	}
	var out []*types.Type
	switch t.Kind {
	case types.Record, types.Tuple:
		for _, f := range t.Fields {
			out = append(out, f.Type)
		}
	case types.Union:
		out = append(out, types.IntRange(0, int64(len(t.Variants))-1))
		for _, v := range t.Variants {
			for _, f := range v.Fields {
				out = append(out, f.Type)
			}
		}
	case types.Option:
		out = []*types.Type{types.BoolType(), t.Elem}
	case types.Map:
		for range card(g.pos, t.Key) {
			out = append(out, t.Elem)
		}
	case types.Set:
		for range card(g.pos, t.Elem) {
			out = append(out, types.BoolType())
		}
	case types.Bag:
		for range card(g.pos, t.Elem) {
			out = append(out, types.IntRange(0, t.Max))
		}
	case types.Seq:
		out = append(out, types.IntRange(0, t.Max))
		for range t.Max {
			out = append(out, t.Elem)
		}
	}
	g.shapes[t] = out
	return out
}

// part is a part of a value.
func (g *exporter) part(v value, i int) value {
	if v.place == "" {
		return v.parts[i]
	}
	t := g.partTypes(v.t)[i]
	switch v.t.Kind {
	case types.Record:
		return g.at(v.place+"."+g.field(v.t, i), t)
	case types.Option:
		return g.at(v.place+[]string{".some", ".value"}[i], t)
	case types.Union:
		return g.at(v.place+"."+g.carries(v.t, i), t)
	case types.Seq:
		if i == 0 {
			return g.at(v.place+".size", t)
		}
		return g.at(v.place+".at["+strconv.Itoa(i-1)+"]"+nested(t), t)
	}
	return g.at(entryAt(v.place, v.t, num(int64(i)+shift(keys(v.t)))), t)
}

// at is what lies at a place. A part that means nothing is 0, whatever its type; so a type of one value is not taken for a constant.
func (g *exporter) at(place string, t *types.Type) value {
	v := value{t: t, place: place}
	if isScalar(t) {
		lo, hi := bounds(t)
		if lo == hi {
			lo, hi = min(lo, 0), max(hi, 0)
		}
		v.x = ex{s: place, prec: atomPrec, lo: lo, hi: hi}
	}
	return v
}

// entryAt is the place of the entry with an index of a map, a set or a bag.
func entryAt(place string, t *types.Type, index ex) string {
	inner := types.BoolType()
	if t.Kind == types.Map {
		inner = t.Elem
	}
	return place + "[" + index.s + "]" + nested(inner)
}

// keys is the type that the parts of a map, a set or a bag are numbered by.
func keys(t *types.Type) *types.Type {
	if t.Kind == types.Map {
		return t.Key
	}
	return t.Elem
}

// shift is 1 where what a type numbers from 1 is the index as it is, so that place 0 is not used.
func shift(key *types.Type) int64 {
	if (key.Kind == types.Range || key.Kind == types.Symmetric) && key.Lo == 1 {
		return 1
	}
	return 0
}

func isArray(t *types.Type) bool {
	return t.Kind == types.Map || t.Kind == types.Set || t.Kind == types.Bag
}

// nested is the name of the array that an array has in each place: Promela has no arrays of arrays.
func nested(t *types.Type) string {
	if isArray(t) {
		return ".at"
	}
	return ""
}

// explode gives all parts.
func (g *exporter) explode(v value) []value {
	if v.place == "" {
		return v.parts
	}
	var out []value
	for i := range g.partTypes(v.t) {
		out = append(out, g.part(v, i))
	}
	return out
}

func scalar(t *types.Type, x ex) value { return value{t: t, x: x} }

// zero is the value that an unused part has.
func (g *exporter) zero(t *types.Type) value {
	if isScalar(t) {
		if t.Kind == types.Bool {
			return scalar(t, truth(false))
		}
		return scalar(t, num(0))
	}
	v := value{t: t}
	for _, p := range g.partTypes(t) {
		v.parts = append(v.parts, g.zero(p))
	}
	return v
}

// choose is a where c is true and b where not.
func (g *exporter) choose(c ex, a, b value) value {
	switch {
	case c.yes():
		return a
	case c.no(), a.place != "" && a.place == b.place:
		return b
	case isScalar(a.t):
		return scalar(a.t, checked(g.pos, mux(c, a.x, b.x)))
	}
	v := value{t: a.t}
	for i := range g.partTypes(a.t) {
		v.parts = append(v.parts, g.choose(c, g.part(a, i), g.part(b, i)))
	}
	return v
}

// same is a == b.
func (g *exporter) same(a, b value) ex { return checked(g.pos, g.equal(a, b, false)) }

// equal is a == b; loose says that they may be parts that mean nothing, and so 0 where their type says otherwise.
func (g *exporter) equal(a, b value, loose bool) ex {
	switch {
	case a.place != "" && a.place == b.place:
		return truth(true)
	case isScalar(a.t) && loose:
		return eq(widened(a.x), widened(b.x))
	case isScalar(a.t):
		return eq(a.x, b.x)
	case a.t.Kind == types.Set && !types.Identical(a.t, b.t):
		out := truth(true)
		for _, t := range []*types.Type{a.t.Elem, b.t.Elem} {
			for _, e := range g.all(t) {
				out = and(out, eq(g.has(a, e), g.has(b, e)))
			}
		}
		return out
	}
	if a.t.Kind == types.Option || a.t.Kind == types.Seq { // of none, and of an empty sequence, there is nothing more to compare
		for _, p := range [2][2]value{{a, b}, {b, a}} {
			if first := g.part(p[0], 0).x; first.no() {
				return eq(g.part(p[1], 0).x, first)
			}
		}
	}
	loose = loose || a.t.Kind == types.Option || a.t.Kind == types.Union || a.t.Kind == types.Seq
	out := truth(true)
	for i := range g.partTypes(a.t) {
		if out = and(out, g.equal(g.part(a, i), g.part(b, i), loose)); out.no() {
			break
		}
	}
	return out
}

func widened(x ex) ex {
	if !x.known() {
		x.lo, x.hi = min(x.lo, 0), max(x.hi, 0)
	}
	return x
}

// rank is the number of a value among those of its type, where it can be said by arithmetic.
func (g *exporter) rank(v value) (ex, bool) {
	switch v.t.Kind {
	case types.Bool, types.Enum:
		return v.x, true
	case types.Range, types.Symmetric:
		return sub(v.x, num(v.t.Lo)), true
	case types.Record, types.Tuple:
		out := num(0)
		for i, t := range g.partTypes(v.t) {
			r, ok := g.rank(typed(g.part(v, i), t))
			if !ok {
				return ex{}, false
			}
			out = add(mul(out, num(int64(card(g.pos, t)))), r)
		}
		return out, true
	case types.Option:
		if r, ok := g.rank(typed(g.part(v, 1), v.t.Elem)); ok {
			return mux(g.part(v, 0).x, add(r, num(1)), num(0)), true
		}
	}
	return ex{}, false
}

// typed is a value as one of a type of the same shape: an integer that is known to be within has an interval of its own.
func typed(v value, t *types.Type) value {
	v.t = t
	return v
}

// entry is the part of a map, a set or a bag for a key; places are indexed.
func (g *exporter) entry(m, key value) value {
	of := keys(m.t)
	key = typed(key, of)
	if r, ok := g.rank(key); ok {
		switch {
		case r.known():
			return g.part(m, int(r.lo))
		case m.place != "" && isScalar(of):
			lo, _ := bounds(of)
			return g.at(entryAt(m.place, m.t, sub(key.x, num(lo-shift(of)))), g.partTypes(m.t)[0])
		case m.place != "":
			return g.at(entryAt(m.place, m.t, checked(g.pos, r)), g.partTypes(m.t)[0])
		}
	}
	all := g.all(of)
	out := g.part(m, len(all)-1)
	for i := len(all) - 2; i >= 0; i-- {
		out = g.choose(g.same(key, all[i]), g.part(m, i), out)
	}
	return out
}

// has tells whether a set has an element, of any integer where it is one of integers.
func (g *exporter) has(set, e value) ex {
	n := g.times(set, e)
	if set.t.Kind == types.Bag {
		return lt(num(0), n)
	}
	return n
}

// times is how often a set or a bag has an element.
func (g *exporter) times(set, e value) ex {
	t := set.t.Elem
	if !t.IsInt() {
		return g.entry(set, e).x
	}
	inside := within(e.x, t.Lo, t.Hi)
	if inside.no() {
		return g.zero(g.partTypes(set.t)[0]).x
	}
	if inside.yes() {
		return g.entry(set, e).x
	}
	absent := g.zero(g.partTypes(set.t)[0]).x
	return checked(g.pos, mux(inside, g.entry(set, e).x, absent))
}

// all lists the values of a type in order.
func (g *exporter) all(t *types.Type) []value {
	if vs, ok := g.domains[t]; ok {
		return vs
	}
	n := card(g.pos, t)
	out := make([]value, 0, n)
	switch t.Kind {
	case types.Bool:
		out = append(out, scalar(t, truth(false)), scalar(t, truth(true)))
	case types.Range, types.Symmetric, types.Enum:
		lo, hi := bounds(t)
		for k := lo; k <= hi; k++ {
			out = append(out, scalar(t, g.constant(t, k)))
		}
	case types.Record, types.Tuple, types.Map:
		for _, parts := range g.products(g.partTypes(t)) {
			out = append(out, value{t: t, parts: parts})
		}
	case types.Union:
		for i, v := range t.Variants {
			var ts []*types.Type
			for _, f := range v.Fields {
				ts = append(ts, f.Type)
			}
			for _, parts := range g.products(ts) {
				out = append(out, g.made(t, i, parts))
			}
		}
	case types.Option:
		out = append(out, g.made(t, 0, nil))
		for _, x := range g.all(t.Elem) {
			out = append(out, g.made(t, 1, []value{x}))
		}
	case types.Set:
		for k := range n {
			v := value{t: t}
			for i := range g.partTypes(t) {
				v.parts = append(v.parts, scalar(types.BoolType(), truth(k>>i&1 == 1)))
			}
			out = append(out, v)
		}
	case types.Seq:
		for k := range t.Max + 1 {
			ts := make([]*types.Type, k)
			for i := range ts {
				ts[i] = t.Elem
			}
			for _, parts := range g.products(ts) {
				out = append(out, g.sequence(t, parts))
			}
		}
	case types.Bag:
		elems := len(g.all(t.Elem))
		counts := make([]int64, elems)
		// Of the bags of one size the greatest elements decide, so that the last count is the most significant one.
		var fill func(i int, left int64)
		fill = func(i int, left int64) {
			if i < 0 {
				if left == 0 {
					v := value{t: t}
					for _, c := range counts {
						v.parts = append(v.parts, scalar(types.IntRange(0, t.Max), num(c)))
					}
					out = append(out, v)
				}
				return
			}
			for c := range left + 1 {
				counts[i] = c
				fill(i-1, left-c)
			}
			counts[i] = 0
		}
		for size := range t.Max + 1 {
			fill(elems-1, size)
		}
	}
	g.domains[t] = out
	return out
}

// products lists all lists of one value of each type, the first most significant.
func (g *exporter) products(ts []*types.Type) [][]value {
	out := [][]value{nil}
	for _, t := range ts {
		var next [][]value
		for _, done := range out {
			for _, x := range g.all(t) {
				next = append(next, append(done[:len(done):len(done)], x))
			}
		}
		out = next
	}
	return out
}

// made is a value of constructor i of a union or an option.
func (g *exporter) made(t *types.Type, i int, args []value) value {
	v := g.zero(t)
	if t.Kind == types.Option {
		v.parts[0].x = truth(i == 1)
		if i == 1 {
			v.parts[1] = args[0]
		}
		return v
	}
	v.parts[0].x = g.tag(t, i)
	copy(v.parts[g.carried(t, i):], args)
	return v
}

// carried is the number of the first part that constructor i of a union or an option carries.
func (g *exporter) carried(t *types.Type, i int) int {
	n := 1
	if t.Kind == types.Union {
		for _, v := range t.Variants[:i] {
			n += len(v.Fields)
		}
	}
	return n
}

// isMade tells whether a value is made by constructor i.
func (g *exporter) isMade(v value, i int) ex {
	switch v.t.Kind {
	case types.Union:
		return eq(g.part(v, 0).x, g.tag(v.t, i))
	case types.Option:
		return eq(g.part(v, 0).x, truth(i == 1))
	case types.Bool:
		return eq(v.x, truth(i == 1))
	}
	return eq(v.x, g.constant(v.t, int64(i)))
}

// sequence is a sequence of elements.
func (g *exporter) sequence(t *types.Type, elems []value) value {
	v := g.zero(t)
	v.parts[0].x = num(int64(len(elems)))
	copy(v.parts[1:], elems)
	return v
}

// leaves lists the scalars that a value is made of.
func (g *exporter) leaves(v value) []value {
	if isScalar(v.t) {
		return []value{v}
	}
	var out []value
	for i := range g.partTypes(v.t) {
		out = append(out, g.leaves(g.part(v, i))...)
	}
	return out
}
