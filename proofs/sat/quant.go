package sat

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// each goes through the values of binders, in order. Visit gets where a value is gone through and the scope for it, and gives where to go
// on after it, out of where it was reached; each gives where the walk came to its end.
func (m *machine) each(s scope, bs []ir.Binder, where *ir.Expr, visit func(in scope, cond lit) (on lit)) lit {
	return m.eachOf(s, bs, where, lTrue, lTrue, visit)
}

// eachOf is each for the values where cond is true, among those for which the walk is still on.
func (m *machine) eachOf(s scope, bs []ir.Binder, where *ir.Expr, cond, on lit, visit func(in scope, cond lit) lit) lit {
	g := m.g
	reach := g.and(cond, on)
	if reach == lFalse {
		return on
	}
	if len(bs) == 0 {
		if where != nil {
			reach = g.and(reach, m.truth(m.under(s, reach), where))
		}
		if reach == lFalse {
			return on
		}
		return g.and(on, g.or(reach.not(), visit(m.under(s, reach), reach)))
	}
	b := &bs[0]
	m.domain(m.under(s, reach), b, func(v value, member lit) {
		m.burn()
		c := g.all(cond, member)
		if g.and(c, on) == lFalse {
			return
		}
		in := s.bind(b.Local, v)
		if b.Where != nil {
			c = g.and(c, m.truth(m.under(in, g.and(c, on)), b.Where))
		}
		on = m.eachOf(in, bs[1:], where, c, on, visit)
	})
	return on
}

// domain evaluates what a binder goes through and visits its possible values in order, each with where it is one.
func (m *machine) domain(s scope, b *ir.Binder, visit func(v value, member lit)) {
	switch b.Kind {
	case ir.AllOf:
		for _, v := range m.listed(b.Type) {
			visit(v, lTrue)
		}
	case ir.Interval:
		lo, hi := m.num(s, b.Lo), m.num(s, b.Hi)
		if lo.lo > hi.hi {
			return
		}
		if m.pos = b.Lo.Pos; uint64(hi.hi)-uint64(lo.lo) >= valuesLimit {
			m.refuse("it goes through %d..%d, more than %d values", lo.lo, hi.hi, valuesLimit)
		}
		for n := lo.lo; ; n++ {
			w := number(n)
			visit(scalar(w), m.g.and(m.g.le(lo, w), m.g.le(w, hi)))
			if n == hi.hi {
				return
			}
		}
	case ir.Members:
		v := m.expr(s, b.Set)
		m.pos = b.Set.Pos
		set := m.asSet(b.Set.Type, v)
		for i, x := range m.listed(b.Set.Type.Elem) {
			if set.set[i] != lFalse {
				visit(x, set.set[i])
			}
		}
	case ir.Subsets:
		set := m.expr(s, b.Set).set
		m.pos = b.Set.Pos
		var possible []int
		for i, l := range set {
			if l != lFalse {
				possible = append(possible, i)
			}
		}
		if len(possible) > subsetLimit {
			m.refuse("it goes through the subsets of a set of up to %d elements, more than %d", len(possible), subsetLimit)
		}
		for mask := range uint(1) << len(possible) {
			sub, member := value{set: make([]lit, len(set))}, lTrue
			for rest := mask; rest != 0; rest &= rest - 1 {
				i := possible[bits.TrailingZeros(rest)]
				sub.set[i] = lTrue
				member = m.g.and(member, set[i])
			}
			visit(sub, member)
		}
	}
}

// quantifier evaluates everything that goes through binders.
func (m *machine) quantifier(s scope, e *ir.Expr) value {
	g := m.g
	switch e.Op {
	case ir.Forall, ir.Exists:
		// The walk ends where an element decides.
		undecided := m.each(s, e.Binders, e.Where, func(in scope, _ lit) lit {
			n := m.truth(in, e.Args[0])
			if e.Op == ir.Exists {
				n = n.not()
			}
			return n
		})
		if e.Op == ir.Exists {
			undecided = undecided.not()
		}
		return truth(undecided)
	case ir.Count:
		var ns []word
		m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
			ns = append(ns, truthWord(g.and(cond, m.truth(in, e.Args[0]))))
			return lTrue
		})
		return scalar(m.total(ns))
	case ir.Sum:
		sum := number(0)
		m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
			next, fault := g.add(sum, g.muxWord(cond, m.num(in, e.Args[0]), number(0)))
			m.faults(in, fault)
			sum = next
			return lTrue
		})
		return scalar(sum)
	case ir.MinOver, ir.MaxOver:
		return m.extreme(s, e)
	case ir.Pick:
		var out value
		some := false
		none := m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
			v := in.locals.v // the binder is bound last
			if !some {
				out, some = v, true
			} else {
				out = m.mux(cond, v, out)
			}
			return lFalse
		})
		m.faults(s, none)
		if !some {
			return m.least(e.Type)
		}
		return out
	case ir.SetOver:
		out := m.least(e.Type)
		m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
			m.include(&out, cond, m.is(e.Type.Elem, m.expr(in, e.Args[0])))
			return lTrue
		})
		return out
	case ir.MapOver:
		b := m.newMap(e.Type)
		m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
			key := m.expr(in, e.Args[0])
			b.put(cond, key, m.expr(in, e.Args[1]))
			return lTrue
		})
		return b.done(s)
	}
	m.refuse("operation %d has no circuit", e.Op)
	return value{}
}

func (m *machine) extreme(s scope, e *ir.Expr) value {
	g := m.g
	var best word
	some, any := lFalse, false
	m.each(s, e.Binders, e.Where, func(in scope, cond lit) lit {
		n := m.num(in, e.Args[0])
		better := lTrue
		if any {
			better = g.lt(n, best)
			if e.Op == ir.MaxOver {
				better = g.lt(best, n)
			}
			best = g.muxWord(g.and(cond, g.or(some.not(), better)), n, best)
		} else {
			best, any = n, true
		}
		some = g.or(some, cond)
		return lTrue
	})
	m.faults(s, some.not())
	if !any {
		return m.least(e.Type)
	}
	return scalar(best)
}
