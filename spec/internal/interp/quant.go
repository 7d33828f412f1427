package interp

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// each calls visit with every way to bind the binders, in order, until visit returns false.
func (ev *evaluation) each(bs []ir.Binder, where *ir.Expr, s scope, visit func(scope) bool) bool {
	if len(bs) == 0 {
		return where != nil && !ev.truth(where, s) || visit(s)
	}
	for v := range ev.domain(&bs[0], s) {
		in, ok := ev.admit(&bs[0], v, s)
		if ok && !ev.each(bs[1:], where, in, visit) {
			return false
		}
	}
	return true
}

// admit binds a value of the binder's domain; false where the binder's own condition leaves it out.
func (ev *evaluation) admit(b *ir.Binder, v Value, s scope) (scope, bool) {
	ev.step(ev.pos)
	s = s.bind(b.Local, v)
	return s, b.Where == nil || ev.truth(b.Where, s)
}

// domain evaluates what a binder goes through, at once, and gives its elements in increasing order.
func (ev *evaluation) domain(b *ir.Binder, s scope) iter.Seq[Value] {
	switch b.Kind {
	case ir.AllOf:
		return Values(b.Type)
	case ir.Interval:
		lo, hi := ev.expr(b.Lo, s), ev.expr(b.Hi, s)
		return integers(lo.Int, hi.Int)
	case ir.Subsets:
		return subsets(ev.expr(b.Set, s).Elems)
	}
	set := setOf(ev.expr(b.Set, s).Elems)
	return func(yield func(Value) bool) {
		for _, v := range set.Elems {
			if !yield(v) {
				return
			}
		}
	}
}

// quantifier evaluates everything that goes through binders.
func (ev *evaluation) quantifier(e *ir.Expr, s scope) Value {
	each := func(visit func(scope) bool) { ev.each(e.Binders, e.Where, s, visit) }
	switch e.Op {
	case ir.Forall, ir.Exists:
		stop := e.Op == ir.Exists
		found := false
		each(func(in scope) bool {
			found = ev.truth(e.Args[0], in) == stop
			return !found
		})
		return Bool(found == stop)
	case ir.Count:
		n := int64(0)
		each(func(in scope) bool {
			if ev.truth(e.Args[0], in) {
				n++
			}
			return true
		})
		return Int(n)
	case ir.Sum:
		sum := int64(0)
		each(func(in scope) bool {
			x := ev.expr(e.Args[0], in).Int
			next, ok := types.AddOK(sum, x)
			if !ok {
				fail(e.Pos, "overflow: the sum is outside the range of int64")
			}
			sum = next
			return true
		})
		return Int(sum)
	case ir.MinOver, ir.MaxOver:
		return ev.extreme(e, s)
	case ir.Pick:
		var picked *Value
		each(func(in scope) bool {
			v := in.lookup(e.Binders[0].Local)
			picked = &v
			return false
		})
		if picked == nil {
			fail(e.Pos, "no element satisfies pick")
		}
		return *picked
	case ir.SetOver:
		var elems []Value
		each(func(in scope) bool {
			ev.take(keepSteps, e.Pos)
			elems = append(elems, ev.expr(e.Args[0], in))
			return true
		})
		return setOf(elems)
	case ir.MapOver:
		return ev.mapping(e, func(yield func(Value) bool) {
			each(func(in scope) bool {
				return yield(ev.expr(e.Args[0], in)) && yield(ev.expr(e.Args[1], in))
			})
		})
	}
	panic("interp: quantifier without a meaning")
}

func (ev *evaluation) extreme(e *ir.Expr, s scope) Value {
	best, any := int64(0), false
	ev.each(e.Binders, e.Where, s, func(in scope) bool {
		x := ev.expr(e.Args[0], in).Int
		if !any || e.Op == ir.MinOver && x < best || e.Op == ir.MaxOver && x > best {
			best, any = x, true
		}
		return true
	})
	if !any && e.Op == ir.MinOver {
		fail(e.Pos, "min of an empty set")
	}
	if !any {
		fail(e.Pos, "max of an empty set")
	}
	return Int(best)
}

// mapping makes a map of keys and values in turn; where a key comes twice, its last value counts.
func (ev *evaluation) mapping(e *ir.Expr, entries iter.Seq[Value]) Value {
	keys := ev.collect(Values(e.Type.Key), e.Pos)
	m := Value{Form: Mapping, Keys: keys, Elems: make([]Value, len(keys))}
	given := make([]bool, len(keys))
	at := -1
	for v := range entries {
		if at < 0 {
			at = keyIndex(m, v)
			continue
		}
		m.Elems[at], given[at] = v, true
		at = -1
	}
	for i, ok := range given {
		if !ok {
			fail(e.Pos, "key %s has no value", keyText(e.Type.Key, keys[i]))
		}
	}
	return m
}
