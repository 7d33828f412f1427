package sat

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// operation evaluates a node of evaluated arguments.
func (m *machine) operation(s scope, e *ir.Expr, args []value) value {
	g, t := m.g, e.Type
	switch e.Op {
	case ir.Narrow, ir.Clip, ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Min, ir.Max, ir.Abs:
		return scalar(m.arithmetic(s, e, args))
	case ir.Not:
		return truth(args[0].lit().not())
	case ir.Eq:
		return truth(m.same(e.Args[0].Type, args[0], args[1]))
	case ir.Lt:
		return truth(g.lt(args[0].num, args[1].num))
	case ir.Le:
		return truth(g.le(args[0].num, args[1].num))
	case ir.IsCtor:
		return truth(g.eq(args[0].num, number(e.Int)))
	case ir.RecordLit, ir.Key:
		return value{parts: args}
	case ir.Ctor:
		if t.Kind == types.Enum || t.Kind == types.Bool {
			return scalar(number(e.Int))
		}
		return m.made(t, int(e.Int), args)
	case ir.Field:
		return args[0].parts[e.Int]
	case ir.WithField:
		v := args[0]
		v.parts = slices.Clone(v.parts)
		v.parts[e.Int] = args[1]
		return v
	case ir.Index:
		return m.entry(m.is(e.Args[0].Type.Key, args[1]), args[0].parts)
	case ir.WithKey:
		return value{parts: m.with(m.is(t.Key, args[1]), args[0].parts, args[2])}
	case ir.Value:
		m.faults(s, g.eq(args[0].num, number(0)))
		return args[0].parts[0]
	case ir.MapFill:
		n := len(m.listed(t.Key))
		m.burnAll(n)
		return value{parts: slices.Repeat([]value{args[0]}, n)}
	case ir.MapLit:
		b := m.newMap(t)
		for i := 0; i+1 < len(args); i += 2 {
			b.put(lTrue, args[i], args[i+1])
		}
		return b.done(s)
	}
	return m.collection(s, e, args)
}

func (m *machine) arithmetic(s scope, e *ir.Expr, args []value) word {
	g, t := m.g, e.Type
	x, y := args[0].num, args[len(args)-1].num
	fits := func(w word, fault lit) word {
		m.faults(s, fault)
		return w
	}
	switch e.Op {
	case ir.Narrow:
		m.faults(s, g.or(g.lt(x, number(t.Lo)), g.lt(number(t.Hi), x)))
		return x.within(t.Lo, t.Hi)
	case ir.Clip:
		x = g.muxWord(g.lt(x, number(t.Lo)), number(t.Lo), x)
		return g.muxWord(g.lt(number(t.Hi), x), number(t.Hi), x).within(t.Lo, t.Hi)
	case ir.Neg:
		return fits(g.sub(number(0), x))
	case ir.Abs:
		negative := g.lt(x, number(0))
		if negative == lFalse {
			return x
		}
		w, fault := g.sub(number(0), x)
		m.faults(s, g.and(negative, fault))
		w = g.muxWord(negative, w, x)
		return w.within(0, w.hi)
	case ir.Add:
		return fits(g.add(x, y))
	case ir.Sub:
		return fits(g.sub(x, y))
	case ir.Mul:
		return fits(g.mul(x, y))
	case ir.Div, ir.Mod:
		m.faults(s, g.eq(y, number(0)))
		div, mod, fault := g.divide(x, y)
		if e.Op == ir.Mod {
			return mod
		}
		m.faults(s, g.and(fault, g.eq(y, number(0)).not()))
		return div
	}
	for _, a := range args[1:] {
		y := a.num
		less := g.lt(y, x)
		if e.Op == ir.Max {
			less = g.lt(x, y)
		}
		lo, hi := min(x.lo, y.lo), min(x.hi, y.hi)
		if e.Op == ir.Max {
			lo, hi = max(x.lo, y.lo), max(x.hi, y.hi)
		}
		x = g.muxWord(less, y, x).within(lo, hi)
	}
	return x
}

// collection evaluates what is asked of a set, a sequence or a bag.
func (m *machine) collection(s scope, e *ir.Expr, args []value) value {
	g, t := m.g, e.Type
	var of *types.Type // what x is
	var x value
	if len(args) > 0 {
		of, x = e.Args[0].Type, args[0]
	}
	switch e.Op {
	case ir.In:
		return truth(m.member(args[0], args[1], e.Args[1].Type))
	case ir.Subset:
		return truth(m.within(of, args[0], args[1]))
	case ir.Union, ir.Intersect, ir.Minus:
		return m.combine(s, e, args[0], args[1])
	case ir.SetAll:
		m.burnAll(len(m.listed(t.Elem)))
		return value{set: slices.Repeat([]lit{lTrue}, len(m.listed(t.Elem)))}
	case ir.SetLit:
		out := m.least(t)
		for _, a := range args {
			m.include(&out, lTrue, m.is(t.Elem, a))
		}
		return out
	case ir.Powerset:
		if len(x.set) > subsetLimit {
			m.refuse("it goes through the subsets of a set of up to %d elements, more than %d", len(x.set), subsetLimit)
		}
		var out value
		for _, sub := range m.listed(t.Elem) {
			m.burn()
			out.set = append(out.set, m.within(of, sub, x))
		}
		return out
	case ir.SeqLit:
		if int64(len(args)) > t.Max {
			m.faults(s, lTrue)
			return m.least(t)
		}
		return m.sequence(t, number(int64(len(args))), args)
	case ir.BagLit:
		out := m.least(t)
		for _, a := range args {
			m.put(&out, lTrue, m.is(t.Elem, a))
		}
		return m.fitting(s, t, out)
	case ir.Size:
		return scalar(m.size(of, x))
	case ir.Head:
		m.faults(s, g.eq(x.num, number(0)))
		if len(x.parts) == 0 {
			return m.least(t)
		}
		return x.parts[0]
	case ir.Tail:
		m.faults(s, g.eq(x.num, number(0)))
		if len(x.parts) == 0 {
			return m.least(t)
		}
		n, _ := g.sub(x.num, number(1))
		return m.sequence(t, n.within(0, t.Max), x.parts[1:])
	case ir.Append:
		m.faults(s, g.le(number(t.Max), x.num))
		n, _ := g.add(x.num, number(1))
		out := m.sequence(t, n.within(0, t.Max), x.parts)
		out.parts = m.with(m.places(x.num, int(t.Max)), out.parts, args[1])
		return out
	case ir.SeqIndex:
		i := args[1].num
		m.faults(s, g.or(g.lt(i, number(0)), g.le(x.num, i)))
		if len(x.parts) == 0 {
			return m.least(t)
		}
		return m.entry(m.places(i, len(x.parts)), x.parts)
	case ir.Elems:
		return m.asSet(of, x)
	case ir.Multiplicity:
		return scalar(m.times(x, m.is(of.Elem, args[1])))
	case ir.BagAdd:
		out := value{parts: slices.Clone(x.parts)}
		m.put(&out, lTrue, m.is(of.Elem, args[1]))
		return m.fitting(s, t, out)
	case ir.BagRemove:
		at := m.is(of.Elem, args[1])
		m.faults(s, g.eq(m.times(x, at), number(0)))
		out := value{parts: slices.Clone(x.parts)}
		for i, c := range out.parts {
			n, _ := g.sub(c.num, truthWord(at[i]))
			out.parts[i] = scalar(n.within(0, of.Max))
		}
		return out
	}
	m.refuse("operation %d has no circuit", e.Op)
	return value{}
}

// include puts the value of a type that at tells into a set, where c is true.
func (m *machine) include(set *value, c lit, at []lit) {
	set.set = slices.Clone(set.set)
	for i := range set.set {
		set.set[i] = m.g.or(set.set[i], m.g.and(c, at[i]))
	}
}

// put puts the value that at tells into a bag, where c is true.
func (m *machine) put(bag *value, c lit, at []lit) {
	for i := range bag.parts {
		n, _ := m.g.add(bag.parts[i].num, truthWord(m.g.and(c, at[i])))
		bag.parts[i] = scalar(n)
	}
}

// times is how often the value that at tells is in a bag.
func (m *machine) times(bag value, at []lit) word {
	n := number(0)
	for i, c := range bag.parts {
		n = m.g.muxWord(at[i], c.num, n)
	}
	return n
}

// fitting is a bag, no count greater than it may have, and a fault where all are too many.
func (m *machine) fitting(s scope, t *types.Type, bag value) value {
	m.faults(s, m.g.lt(number(t.Max), m.size(t, bag)))
	var out value
	for _, c := range bag.parts {
		out.parts = append(out.parts, scalar(c.num.within(0, t.Max)))
	}
	return out
}

func (m *machine) size(t *types.Type, v value) word {
	if t.Kind == types.Seq {
		return v.num
	}
	var ns []word
	for _, b := range v.set {
		ns = append(ns, truthWord(b))
	}
	for _, c := range v.parts {
		ns = append(ns, c.num)
	}
	return m.total(ns)
}

// total adds by halves.
func (m *machine) total(ns []word) word {
	switch len(ns) {
	case 0:
		return number(0)
	case 1:
		return ns[0]
	}
	n, _ := m.g.add(m.total(ns[:len(ns)/2]), m.total(ns[len(ns)/2:]))
	return n
}

// asSet is the elements of a set, a sequence or a bag.
func (m *machine) asSet(t *types.Type, v value) value {
	switch t.Kind {
	case types.Set:
		return v
	case types.Bag:
		var out value
		for _, c := range v.parts {
			out.set = append(out.set, m.g.lt(number(0), c.num))
		}
		return out
	}
	out := value{set: make([]lit, len(m.listed(t.Elem)))}
	for i, x := range v.parts {
		m.include(&out, m.there(t, v, i), m.is(t.Elem, x))
	}
	return out
}

// member tells whether x is in a set, a sequence or a bag.
func (m *machine) member(x, c value, t *types.Type) lit {
	var out []lit
	if t.Kind == types.Seq {
		for i, y := range c.parts {
			out = append(out, m.g.and(m.there(t, c, i), m.same(t.Elem, x, y)))
		}
		return m.g.any(out...)
	}
	set := m.asSet(t, c).set
	for i, is := range m.is(t.Elem, x) {
		out = append(out, m.g.and(is, set[i]))
	}
	return m.g.any(out...)
}

// within tells whether each element of a set or bag is in another at least as often.
func (m *machine) within(t *types.Type, a, b value) lit {
	m.alike(a, b)
	var out []lit
	for i := range a.set {
		out = append(out, m.g.implies(a.set[i], b.set[i]))
	}
	for i := range a.parts {
		out = append(out, m.g.le(a.parts[i].num, b.parts[i].num))
	}
	return m.g.all(out...)
}

func (m *machine) alike(a, b value) {
	if len(a.set) != len(b.set) || len(a.parts) != len(b.parts) {
		m.refuse("it combines collections of different types")
	}
}

// combine is the union, intersection or difference of two sets or bags. A union of bags adds.
func (m *machine) combine(s scope, e *ir.Expr, a, b value) value {
	g := m.g
	m.alike(a, b)
	var out value
	for i, x := range a.set {
		y := b.set[i]
		switch e.Op {
		case ir.Union:
			x = g.or(x, y)
		case ir.Intersect:
			x = g.and(x, y)
		default:
			x = g.and(x, y.not())
		}
		out.set = append(out.set, x)
	}
	for i := range a.parts {
		x, y := a.parts[i].num, b.parts[i].num
		switch e.Op {
		case ir.Union:
			x, _ = g.add(x, y)
		case ir.Intersect:
			x = g.muxWord(g.lt(y, x), y, x)
		default:
			d, _ := g.sub(x, y)
			x = g.muxWord(g.le(x, y), number(0), d).within(0, x.hi)
		}
		out.parts = append(out.parts, scalar(x))
	}
	if e.Type.Kind == types.Bag {
		return m.fitting(s, e.Type, out)
	}
	return out
}

// mapMaker makes a map entry by entry; where a key comes twice, its last value counts.
type mapMaker struct {
	m     *machine
	t     *types.Type
	parts []value
	given []lit // of each key, whether it has a value
}

func (m *machine) newMap(t *types.Type) *mapMaker {
	n := len(m.listed(t.Key))
	m.burnAll(n)
	return &mapMaker{m, t, slices.Repeat([]value{m.least(t.Elem)}, n), make([]lit, n)}
}

// put gives a key a value, where c is true.
func (b *mapMaker) put(c lit, key, v value) {
	for i, is := range b.m.is(b.t.Key, key) {
		here := b.m.g.and(c, is)
		b.parts[i] = b.m.mux(here, v, b.parts[i])
		b.given[i] = b.m.g.or(b.given[i], here)
	}
}

func (b *mapMaker) done(s scope) value {
	for _, g := range b.given {
		b.m.faults(s, g.not())
	}
	return value{parts: b.parts}
}
