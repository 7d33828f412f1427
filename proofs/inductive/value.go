package inductive

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// value is a value of the language in terms. Of a scalar there is T, a truth value or an integer; of a record, several keys or what
// a constructor carries there are Parts; of an option or a union, Tag and what each constructor would carry; of a map, a
// set, a bag or a sequence there is a function. What stands in a constructor that is not there means nothing.
type value struct {
	T     *Term
	Parts []value
	Tag   *Term
	Alts  [][]value
	At    func(key value) value // of a map, and of a sequence by an integer
	Has   func(x value) *Term   // of a set
	Count func(x value) *Term   // of a bag
	Len   *Term                 // of a sequence

	version int // of a variable: the same where it is the same value
}

func scalar(t *Term) value { return value{T: t} }

// alternatives are the constructors of an option or a union and what they carry.
func alternatives(t *types.Type) [][]*types.Type {
	if t.Kind == types.Option {
		return [][]*types.Type{nil, {t.Elem}}
	}
	var out [][]*types.Type
	for _, v := range t.Variants {
		out = append(out, fieldTypes(v.Fields))
	}
	return out
}

func fieldTypes(fs []types.Field) []*types.Type {
	var out []*types.Type
	for _, f := range fs {
		out = append(out, f.Type)
	}
	return out
}

// altName is the name of a part of what a constructor carries.
func altName(t *types.Type, i, j int) string {
	if t.Kind == types.Option {
		return ".some"
	}
	v := t.Variants[i]
	return "." + v.Name + "." + v.Fields[j].Name
}

// state makes the value of a variable, or of a part of it below keys, of functions named after it.
func (g *gen) state(t *types.Type, name string, keys []*Term) value {
	p := g.pool
	leaf := func(suffix string, more ...*Term) *Term {
		return p.app(name+suffix, append(keys[:len(keys):len(keys)], more...))
	}
	switch t.Kind {
	case types.Bool:
		return scalar(p.eq(leaf(""), p.num(1)))
	case types.Int, types.Range, types.Enum, types.Symmetric:
		return scalar(leaf(""))
	case types.Record, types.Tuple:
		var v value
		for i, f := range t.Fields {
			part := f.Name
			if part == "" {
				part = strconv.Itoa(i + 1)
			}
			v.Parts = append(v.Parts, g.state(f.Type, name+"."+part, keys))
		}
		return v
	case types.Option, types.Union:
		v := value{Tag: leaf(".tag")}
		for i, ts := range alternatives(t) {
			var parts []value
			for j, u := range ts {
				parts = append(parts, g.state(u, name+altName(t, i, j), keys))
			}
			v.Alts = append(v.Alts, parts)
		}
		return v
	case types.Map:
		return value{At: func(key value) value { return g.state(t.Elem, name, g.flat(t.Key, key, keys)) }}
	case types.Set:
		return value{Has: func(x value) *Term { return p.eq(p.app(name, g.flat(t.Elem, x, keys)), p.num(1)) }}
	case types.Bag:
		return value{Count: func(x value) *Term { return p.app(name, g.flat(t.Elem, x, keys)) }}
	case types.Seq:
		return value{Len: leaf(".size"), At: func(i value) value {
			return g.state(t.Elem, name+".at", append(keys[:len(keys):len(keys)], i.T))
		}}
	}
	panic(&Unsupported{What: "a value of type " + t.String()})
}

// flat adds the integers that make up a key to those above it. Values are the same where these are.
func (g *gen) flat(t *types.Type, v value, keys []*Term) []*Term {
	out := keys[:len(keys):len(keys)]
	p := g.pool
	switch t.Kind {
	case types.Bool:
		return append(out, p.ite(v.T, p.num(1), p.num(0)))
	case types.Int, types.Range, types.Enum, types.Symmetric:
		return append(out, v.T)
	case types.Record, types.Tuple:
		for i, f := range t.Fields {
			out = g.flat(f.Type, v.Parts[i], out)
		}
		return out
	case types.Option, types.Union:
		out = append(out, v.Tag)
		for i, ts := range alternatives(t) {
			for j, u := range ts {
				for _, x := range g.flat(u, v.Alts[i][j], nil) {
					out = append(out, p.ite(p.eq(v.Tag, p.num(int64(i))), x, p.num(0)))
				}
			}
		}
		return out
	case types.Set, types.Map: // a number for each part, where there are not too many
		if t.Kind == types.Set {
			for _, x := range g.enumerate(t.Elem) {
				out = append(out, p.ite(v.Has(x), p.num(1), p.num(0)))
			}
			return out
		}
		for _, k := range g.enumerate(t.Key) {
			out = g.flat(t.Elem, v.At(k), out)
		}
		return out
	}
	panic(&Unsupported{Pos: g.pos, What: t.String() + " as a key or an element"})
}

// choose is a if c is true, else b.
func (g *gen) choose(c *Term, t *types.Type, a, b value) value {
	switch c.Op {
	case True:
		return a
	case False:
		return b
	}
	p := g.pool
	switch t.Kind {
	case types.Record, types.Tuple:
		return value{Parts: g.chooseAll(c, fieldTypes(t.Fields), a.Parts, b.Parts)}
	case types.Option, types.Union:
		v := value{Tag: p.ite(c, a.Tag, b.Tag)}
		for i, ts := range alternatives(t) {
			v.Alts = append(v.Alts, g.chooseAll(c, ts, a.Alts[i], b.Alts[i]))
		}
		return v
	case types.Map, types.Seq:
		v := value{At: func(k value) value { return g.choose(c, t.Elem, a.At(k), b.At(k)) }}
		if t.Kind == types.Seq {
			v.Len = p.ite(c, a.Len, b.Len)
		}
		return v
	case types.Set:
		return value{Has: func(x value) *Term { return p.ite(c, a.Has(x), b.Has(x)) }}
	case types.Bag:
		return value{Count: func(x value) *Term { return p.ite(c, a.Count(x), b.Count(x)) }}
	}
	return scalar(p.ite(c, a.T, b.T))
}

func (g *gen) chooseAll(c *Term, ts []*types.Type, a, b []value) []value {
	var out []value
	for i, t := range ts {
		out = append(out, g.choose(c, t, a[i], b[i]))
	}
	return out
}

// same tells whether two values of one type are equal.
func (g *gen) same(t *types.Type, a, b value) *Term {
	p := g.pool
	switch t.Kind {
	case types.Record, types.Tuple:
		return g.sameAll(fieldTypes(t.Fields), a.Parts, b.Parts)
	case types.Option, types.Union:
		parts := []*Term{p.eq(a.Tag, b.Tag)}
		for i, ts := range alternatives(t) {
			parts = append(parts, p.implies(p.eq(a.Tag, p.num(int64(i))), g.sameAll(ts, a.Alts[i], b.Alts[i])))
		}
		return p.and(parts...)
	case types.Map:
		return g.every(t.Key, func(k value) *Term { return g.same(t.Elem, a.At(k), b.At(k)) })
	case types.Set:
		return g.every(t.Elem, func(x value) *Term { return p.eq(a.Has(x), b.Has(x)) })
	case types.Bag:
		return g.every(t.Elem, func(x value) *Term { return p.eq(a.Count(x), b.Count(x)) })
	case types.Seq:
		parts := []*Term{p.eq(a.Len, b.Len)}
		for i := range g.length(t) {
			n := p.num(i)
			parts = append(parts, p.implies(p.lt(n, a.Len), g.same(t.Elem, a.At(scalar(n)), b.At(scalar(n)))))
		}
		return p.and(parts...)
	}
	return p.eq(a.T, b.T)
}

func (g *gen) sameAll(ts []*types.Type, a, b []value) *Term {
	var parts []*Term
	for i, t := range ts {
		parts = append(parts, g.same(t, a[i], b[i]))
	}
	return g.pool.and(parts...)
}

// typed tells whether a value built of integers is one of the type.
func (g *gen) typed(t *types.Type, v value) *Term {
	p := g.pool
	switch t.Kind {
	case types.Range, types.Symmetric, types.Enum:
		lo, hi := g.bounds(t)
		return p.within(lo, v.T, hi)
	case types.Record, types.Tuple:
		return g.typedAll(fieldTypes(t.Fields), v.Parts)
	case types.Option, types.Union:
		alts := alternatives(t)
		parts := []*Term{p.within(p.num(0), v.Tag, p.num(int64(len(alts)-1)))}
		for i, ts := range alts {
			parts = append(parts, p.implies(p.eq(v.Tag, p.num(int64(i))), g.typedAll(ts, v.Alts[i])))
		}
		return p.and(parts...)
	case types.Map:
		return g.every(t.Key, func(k value) *Term { return g.typed(t.Elem, v.At(k)) })
	case types.Seq:
		parts := []*Term{p.within(p.num(0), v.Len, p.num(g.most(t)))}
		for i := range g.length(t) {
			parts = append(parts, p.implies(p.lt(p.num(i), v.Len), g.typed(t.Elem, v.At(scalar(p.num(i))))))
		}
		return p.and(parts...)
	case types.Bag:
		few := p.le(g.total(t.Elem, v.Count), p.num(g.most(t)))
		return p.and(few, g.every(t.Elem, func(x value) *Term { return p.le(p.num(0), v.Count(x)) }))
	}
	return p.truth(true)
}

func (g *gen) typedAll(ts []*types.Type, vs []value) *Term {
	var parts []*Term
	for i, t := range ts {
		parts = append(parts, g.typed(t, vs[i]))
	}
	return g.pool.and(parts...)
}

// maxValues bounds the values of a type that are written out.
const maxValues = 4096

// enumerate lists the values of a type of known size.
func (g *gen) enumerate(t *types.Type) []value {
	if !g.finite(t) {
		panic(&Unsupported{Pos: g.pos, What: "the values of " + t.String() + ", written out", Consts: g.constantsOf(t)})
	}
	if t.Card() > maxValues {
		panic(&Unsupported{Pos: g.pos, What: "the " + strconv.FormatUint(t.Card(), 10) + " values of " + t.String() + ", written out (at most " + strconv.Itoa(maxValues) + ")"})
	}
	p := g.pool
	var out []value
	switch t.Kind {
	case types.Bool:
		return []value{scalar(p.truth(false)), scalar(p.truth(true))}
	case types.Record, types.Tuple:
		for _, parts := range g.products(fieldTypes(t.Fields)) {
			out = append(out, value{Parts: parts})
		}
	case types.Option, types.Union:
		alts := alternatives(t)
		for i, ts := range alts {
			for _, parts := range g.products(ts) {
				v := value{Tag: p.num(int64(i))}
				for j, us := range alts {
					if j == i {
						v.Alts = append(v.Alts, parts)
					} else {
						v.Alts = append(v.Alts, g.anything(us))
					}
				}
				out = append(out, v)
			}
		}
	case types.Map:
		keys := g.enumerate(t.Key)
		elems := make([]*types.Type, len(keys))
		for i := range elems {
			elems[i] = t.Elem
		}
		for _, vs := range g.products(elems) {
			out = append(out, value{At: func(k value) value { return g.lookup(t, keys, vs, k) }})
		}
	case types.Set:
		elems := g.enumerate(t.Elem)
		for bits := range 1 << len(elems) {
			out = append(out, value{Has: func(x value) *Term {
				var parts []*Term
				for i, y := range elems {
					if bits>>i&1 == 1 {
						parts = append(parts, g.same(t.Elem, x, y))
					}
				}
				return p.or(parts...)
			}})
		}
	case types.Seq:
		for n := range g.most(t) + 1 {
			elems := make([]*types.Type, n)
			for i := range elems {
				elems[i] = t.Elem
			}
			for _, vs := range g.products(elems) {
				out = append(out, g.sequence(t, vs))
			}
		}
	case types.Range, types.Symmetric, types.Enum:
		lo, hi := g.bounds(t)
		for n := lo.Int; n <= hi.Int; n++ {
			out = append(out, scalar(p.num(n)))
		}
	default:
		panic(&Unsupported{Pos: g.pos, What: "the values of " + t.String() + ", written out"})
	}
	return out
}

// lookup is the value at k of a map that is written out.
func (g *gen) lookup(t *types.Type, keys, vs []value, k value) value {
	out := vs[len(vs)-1]
	for i := len(vs) - 2; i >= 0; i-- {
		out = g.choose(g.same(t.Key, k, keys[i]), t.Elem, vs[i], out)
	}
	return out
}

func (g *gen) sequence(t *types.Type, vs []value) value {
	return value{Len: g.pool.num(int64(len(vs))), At: func(i value) value {
		if len(vs) == 0 {
			return g.anyOf(t.Elem)
		}
		out := vs[len(vs)-1]
		for k := len(vs) - 2; k >= 0; k-- {
			out = g.choose(g.pool.eq(i.T, g.pool.num(int64(k))), t.Elem, vs[k], out)
		}
		return out
	}}
}

func (g *gen) products(ts []*types.Type) [][]value {
	out := [][]value{nil}
	for _, t := range ts {
		var next [][]value
		for _, head := range out {
			for _, v := range g.enumerate(t) {
				next = append(next, append(head[:len(head):len(head)], v))
			}
		}
		out = next
	}
	return out
}

// anyOf is some value of a type, where it does not matter which.
func (g *gen) anyOf(t *types.Type) value {
	p := g.pool
	switch t.Kind {
	case types.Bool:
		return scalar(p.truth(false))
	case types.Record, types.Tuple:
		return value{Parts: g.anything(fieldTypes(t.Fields))}
	case types.Option, types.Union:
		v := value{Tag: p.num(0)}
		for _, ts := range alternatives(t) {
			v.Alts = append(v.Alts, g.anything(ts))
		}
		return v
	case types.Map:
		return value{At: func(value) value { return g.anyOf(t.Elem) }}
	case types.Set:
		return value{Has: func(value) *Term { return p.truth(false) }}
	case types.Bag:
		return value{Count: func(value) *Term { return p.num(0) }}
	case types.Seq:
		return value{Len: p.num(0), At: func(value) value { return g.anyOf(t.Elem) }}
	case types.Range, types.Enum, types.Symmetric:
		lo, _ := g.bounds(t)
		return scalar(lo)
	}
	return scalar(p.num(0))
}

func (g *gen) anything(ts []*types.Type) []value {
	var out []value
	for _, t := range ts {
		out = append(out, g.anyOf(t))
	}
	return out
}

// every is what is true for all values of a type.
func (g *gen) every(t *types.Type, f func(value) *Term) *Term {
	p := g.pool
	return g.over(t, f, func(ts []*Term) *Term { return p.and(ts...) }, g.forall)
}

// total is the sum over all values of a type.
func (g *gen) total(t *types.Type, f func(value) *Term) *Term {
	p := g.pool
	return g.over(t, f, func(ts []*Term) *Term { return p.add(ts...) }, g.sum)
}

// over goes through the values of a type: written out where they are known and few, else by binders.
func (g *gen) over(t *types.Type, f func(value) *Term, list func([]*Term) *Term, bind func(lo, hi *Term, f func(*Term) *Term) *Term) *Term {
	if g.finite(t) && (!g.isOpen() || t.Card() <= 16) {
		var parts []*Term
		for _, v := range g.enumerate(t) {
			parts = append(parts, f(v))
		}
		return list(parts)
	}
	switch t.Kind {
	case types.Range, types.Symmetric:
		lo, hi := g.bounds(t)
		return bind(lo, hi, func(v *Term) *Term { return f(scalar(v)) })
	case types.Record, types.Tuple:
		return g.overFields(fieldTypes(t.Fields), nil, func(parts []value) *Term { return f(value{Parts: parts}) }, list, bind)
	case types.Option, types.Union:
		var out []*Term
		alts := alternatives(t)
		for i, ts := range alts {
			out = append(out, g.overFields(ts, nil, func(parts []value) *Term {
				v := value{Tag: g.pool.num(int64(i))}
				for j, us := range alts {
					if j == i {
						v.Alts = append(v.Alts, parts)
					} else {
						v.Alts = append(v.Alts, g.anything(us))
					}
				}
				return f(v)
			}, list, bind))
		}
		return list(out)
	}
	panic(&Unsupported{Pos: g.pos, What: "all values of " + t.String(), Consts: g.constantsOf(t)})
}

func (g *gen) overFields(ts []*types.Type, before []value, f func([]value) *Term, list func([]*Term) *Term, bind func(lo, hi *Term, f func(*Term) *Term) *Term) *Term {
	if len(ts) == 0 {
		return f(before)
	}
	return g.over(ts[0], func(v value) *Term {
		return g.overFields(ts[1:], append(before[:len(before):len(before)], v), f, list, bind)
	}, list, bind)
}
