package symbolic

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// subsetLimit is the number of possible elements up to which the subsets of a set are gone through.
const subsetLimit = 8

// each goes through the values of binders, in order, each with the scope in which it is bound and met: in.live tells where
// the value is reached at all. Visit may shrink what is still wanted by giving a smaller live.
//
// The states in which the walk goes on are alive; a visit gives those in which it does.
func (m *Machine) each(s scope, bs []ir.Binder, where *ir.Expr, alive node, visit func(in scope, cond, alive node) node) node {
	return m.eachUnder(s, bs, where, diagram.True, alive, visit)
}

func (m *Machine) eachUnder(s scope, bs []ir.Binder, where *ir.Expr, cond, alive node, visit func(in scope, cond, alive node) node) node {
	reach := m.and(cond, alive)
	if reach == diagram.False {
		return alive
	}
	if len(bs) == 0 {
		in := m.under(s, reach)
		if where != nil {
			cond = m.and(cond, m.truth(in, where))
			if cond == diagram.False {
				return alive
			}
		}
		return visit(m.under(s, m.and(cond, alive)), cond, alive)
	}
	b := &bs[0]
	m.domain(m.under(s, reach), b, func(v value, member node) {
		m.burn()
		c := m.and(cond, member)
		if c == diagram.False || alive == diagram.False {
			return
		}
		in := s.bind(b.Local, v)
		if b.Where != nil {
			c = m.and(c, m.truth(m.under(in, m.and(c, alive)), b.Where))
		}
		alive = m.eachUnder(in, bs[1:], where, c, alive, visit)
	})
	return alive
}

// domain evaluates what a binder goes through and visits its possible values in order, each with the states in which it
// is one.
func (m *Machine) domain(s scope, b *ir.Binder, visit func(v value, member node)) {
	switch b.Kind {
	case ir.AllOf:
		n := b.Type.Card()
		if n > workLimit {
			unsupported("it goes through too many values")
		}
		for r := range n {
			visit(m.constant(b.Type, r), diagram.True)
		}
	case ir.Interval:
		lo, hi := m.scalar(s, b.Lo), m.scalar(s, b.Hi)
		known(lo, hi)
		los, his := m.Leaves(lo), m.Leaves(hi)
		first, last := los[0], his[len(his)-1]
		if last >= first && uint64(last)-uint64(first) > workLimit {
			unsupported("it goes through too many values")
		}
		for v := first; v <= last; v++ {
			k := m.Const(v)
			visit(value{k}, m.and(m.apply(diagram.Le, lo, k), m.apply(diagram.Le, k, hi)))
			if v == last { // it may be the greatest there is
				break
			}
		}
	case ir.Members:
		set := m.expr(s, b.Set)
		for r, bit := range set {
			known(bit)
			if bit != diagram.False {
				visit(m.constant(b.Set.Type.Elem, uint64(r)), bit)
			}
		}
	case ir.Subsets:
		set := m.expr(s, b.Set)
		if len(set) > subsetLimit {
			unsupported("it goes through the subsets of a set of up to %d elements", len(set))
		}
		for mask := range uint(1) << len(set) {
			sub, member := make(value, len(set)), diagram.True
			for i := range sub {
				sub[i] = m.Const(int64(mask >> i & 1))
			}
			for rest := mask; rest != 0; rest &= rest - 1 {
				member = m.and(member, set[bits.TrailingZeros(rest)])
			}
			visit(sub, member)
		}
	}
}

// quantifier evaluates everything that goes through binders.
func (m *Machine) quantifier(s scope, x *ir.Expr) value {
	switch x.Op {
	case ir.Forall, ir.Exists:
		// The walk ends where an element decides.
		undecided := m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			n := m.truth(in, x.Args[0])
			if x.Op == ir.Forall {
				n = m.not(n)
			}
			return m.and(alive, m.not(m.and(cond, n)))
		})
		if x.Op == ir.Forall {
			return value{undecided}
		}
		return value{m.not(undecided)}
	case ir.Count, ir.Sum:
		sum := m.Const(0)
		m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			n := m.scalar(in, x.Args[0])
			sum = m.apply(diagram.Add, sum, m.choose(cond, n, m.Const(0)))
			return alive
		})
		return value{sum}
	case ir.MinOver, ir.MaxOver:
		op, best, some := diagram.Min, m.anything(x.Type)[0], diagram.False
		if x.Op == ir.MaxOver {
			op = diagram.Max
		}
		m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			n := m.scalar(in, x.Args[0])
			known(n)
			best = m.choose(cond, m.choose(some, m.apply(op, best, n), n), best)
			some = m.or(some, cond)
			return alive
		})
		m.faults(s, m.not(some))
		return value{best}
	case ir.Pick:
		var out value
		none := m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			v := in.locals.v // the binder is bound last
			if out == nil {
				out = v
			} else {
				out = m.chooseAll(m.and(cond, alive), v, out)
			}
			return m.and(alive, m.not(cond))
		})
		m.faults(s, none)
		if out == nil {
			out = m.anything(x.Type)
		}
		return out
	case ir.SetOver:
		out := m.zero(x.Type)
		m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			r := m.rank(x.Type.Elem, m.expr(in, x.Args[0]))
			out = m.chooseAll(cond, m.with(out, r, value{diagram.True}), out)
			return alive
		})
		return out
	case ir.MapOver:
		b := m.newMap(x.Type)
		m.each(s, x.Binders, x.Where, diagram.True, func(in scope, cond, alive node) node {
			key := m.expr(in, x.Args[0])
			b.put(cond, key, m.expr(in, x.Args[1]))
			return alive
		})
		return b.done(s)
	}
	unsupported("it uses a quantifier")
	return nil
}
