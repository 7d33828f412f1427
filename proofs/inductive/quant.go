package inductive

import (
	"math"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// fold is how the values that are gone through come together.
type fold uint8

const (
	all   fold = iota // what is true for each
	tally             // the sum
)

// guarded is what an element adds that is only there under a condition.
func (g *gen) guarded(k fold, when, what *Term) *Term {
	if k == all {
		return g.pool.implies(when, what)
	}
	return g.pool.ite(when, what, g.pool.num(0))
}

func (g *gen) foldOver(k fold, t *types.Type, f func(value) *Term) *Term {
	if k == all {
		return g.every(t, f)
	}
	return g.total(t, f)
}

// through goes through binders: each with a value, then the conditions, then the body. A quantifier that stops adds to g.passed.
func (g *gen) through(k fold, bs []ir.Binder, where *ir.Expr, in env, stops bool, body func(env) *Term) *Term {
	p := g.pool
	if len(bs) == 0 {
		when := p.truth(true)
		if where != nil {
			when = g.truth(where, in)
		}
		var what *Term
		g.under(when, func() { what = body(in) })
		return g.guarded(k, when, what)
	}
	b := &bs[0]
	element := func(v value, there *Term) *Term {
		if there.Op == False {
			return g.guarded(k, there, p.num(0))
		}
		var out *Term
		inner := in.bind(b.Local, v)
		g.under(there, func() {
			when := p.truth(true)
			if b.Where != nil {
				when = g.truth(b.Where, inner)
			}
			g.under(when, func() { out = g.guarded(k, when, g.through(k, bs[1:], where, inner, stops, body)) })
		})
		out = g.guarded(k, there, out)
		if stops && g.faults && !out.open && out.Op != True {
			g.passed = append(g.passed, out)
		}
		return out
	}
	switch b.Kind {
	case ir.AllOf:
		return g.foldOver(k, b.Type, func(v value) *Term { return element(v, p.truth(true)) })
	case ir.Interval:
		return g.interval(k, b, in, element)
	case ir.Subsets:
		s := g.expr(b.Set, in)
		return g.foldOver(k, b.Type, func(v value) *Term {
			return element(v, g.every(b.Type.Elem, func(x value) *Term { return p.implies(v.Has(x), s.Has(x)) }))
		})
	}
	s, t := g.expr(b.Set, in), b.Set.Type
	return g.foldOver(k, t.Elem, func(v value) *Term { return element(v, g.member(t, s, t.Elem, v)) })
}

// interval goes through the integers from one to another.
func (g *gen) interval(k fold, b *ir.Binder, in env, element func(value, *Term) *Term) *Term {
	p := g.pool
	lo, hi := g.expr(b.Lo, in).T, g.expr(b.Hi, in).T
	first, last := lo, hi
	if lo.Op != Num || hi.Op != Num {
		if g.isOpen() {
			bind := g.forall
			if k == tally {
				bind = g.sum
			}
			return bind(lo, hi, func(v *Term) *Term { return element(scalar(v), p.truth(true)) })
		}
		first, last = p.num(b.Lo.Type.Lo), p.num(b.Hi.Type.Hi)
	}
	if first.Int > last.Int {
		last = p.num(first.Int - 1)
	} else if n := uint64(last.Int) - uint64(first.Int); n >= maxValues || last.Int == math.MaxInt64 {
		g.refuse(b.Lo.Pos, "%d integers, written out (at most %d)", n+1, maxValues)
	}
	var parts []*Term
	for n := first.Int; n <= last.Int; n++ {
		parts = append(parts, element(scalar(p.num(n)), p.within(lo, p.num(n), hi)))
	}
	if k == all {
		return p.and(parts...)
	}
	return p.add(parts...)
}

// binding is one way to bind binders, and when there is that way.
type binding struct {
	when *Term
	in   env
}

// list gives the ways to bind binders, in order, where they can be written out.
func (g *gen) list(bs []ir.Binder, where *ir.Expr, in env, when *Term) []binding {
	p := g.pool
	if len(bs) == 0 {
		if where != nil {
			g.under(when, func() { when = p.and(when, g.truth(where, in)) })
		}
		if when.Op == False {
			return nil
		}
		return []binding{{when, in}}
	}
	b := &bs[0]
	var out []binding
	element := func(v value, there *Term) {
		now := p.and(when, there)
		if now.Op == False {
			return
		}
		inner := in.bind(b.Local, v)
		if b.Where != nil {
			g.under(now, func() { now = p.and(now, g.truth(b.Where, inner)) })
		}
		out = append(out, g.list(bs[1:], where, inner, now)...)
	}
	g.under(when, func() {
		switch b.Kind {
		case ir.AllOf:
			for _, v := range g.enumerate(b.Type) {
				element(v, p.truth(true))
			}
		case ir.Interval:
			lo, hi := g.expr(b.Lo, in).T, g.expr(b.Hi, in).T
			if g.isOpen() && (lo.Op != Num || hi.Op != Num) {
				panic(&Unsupported{Pos: b.Lo.Pos, What: "this interval, written out", Consts: g.open})
			}
			g.interval(all, b, in, func(v value, there *Term) *Term { element(v, there); return p.truth(true) })
		case ir.Subsets:
			s := g.expr(b.Set, in)
			for _, v := range g.enumerate(b.Type) {
				element(v, g.every(b.Type.Elem, func(x value) *Term { return p.implies(v.Has(x), s.Has(x)) }))
			}
		default:
			s, t := g.expr(b.Set, in), b.Set.Type
			for _, v := range g.enumerate(t.Elem) {
				element(v, g.member(t, s, t.Elem, v))
			}
		}
	})
	return out
}

func (g *gen) quantifier(e *ir.Expr, in env) value {
	p := g.pool
	switch e.Op {
	case ir.Forall, ir.Exists:
		passed := g.passed
		t := g.through(all, e.Binders, e.Where, in, true, func(in env) *Term {
			if x := g.truth(e.Args[0], in); e.Op == ir.Forall {
				return x
			} else {
				return p.not(x)
			}
		})
		g.passed = passed
		if e.Op == ir.Exists {
			t = p.not(t)
		}
		return scalar(t)
	case ir.Count:
		return scalar(g.through(tally, e.Binders, e.Where, in, false, func(in env) *Term {
			return p.ite(g.truth(e.Args[0], in), p.num(1), p.num(0))
		}))
	case ir.Sum:
		return scalar(g.summed(e, in))
	case ir.MinOver, ir.MaxOver:
		return scalar(g.extreme(e, in))
	case ir.Pick:
		ways := g.list(e.Binders, e.Where, in, p.truth(true))
		if len(ways) == 0 {
			g.require(p.truth(false))
			return g.anyOf(e.Type)
		}
		var any []*Term
		out := ways[len(ways)-1].in.lookup(e.Binders[0].Local)
		for i := len(ways) - 1; i >= 0; i-- {
			any = append(any, ways[i].when)
			out = g.choose(ways[i].when, e.Type, ways[i].in.lookup(e.Binders[0].Local), out)
		}
		g.require(p.or(any...))
		return out
	case ir.SetOver:
		return g.setOver(e, in)
	}
	return g.mapOver(e, in)
}

// manySum bounds the terms of an open sum and their number, so that no partial sum leaves int64.
const manySum = 1 << 31

// summed is a sum. Partial sums must fit int64, too: of an open sum it is asked that no summand is beyond 2^31, which suffices.
func (g *gen) summed(e *ir.Expr, in env) *Term {
	p := g.pool
	one := e.Args[0].Type
	far := max(magnitude(one.Lo), magnitude(one.Hi))
	if g.isOpen() {
		return g.through(tally, e.Binders, e.Where, in, false, func(in env) *Term {
			x := g.truth(e.Args[0], in)
			g.require(p.within(p.num(-manySum), x, p.num(manySum)))
			return x
		})
	}
	if far < 1<<40 { // and the elements are no more than 2^12 for each of some binders
		return g.through(tally, e.Binders, e.Where, in, false, func(in env) *Term { return g.truth(e.Args[0], in) })
	}
	out := p.num(0)
	for _, way := range g.list(e.Binders, e.Where, in, p.truth(true)) {
		g.under(way.when, func() {
			out = p.add(out, p.ite(way.when, g.truth(e.Args[0], way.in), p.num(0)))
			g.fits64(false, out)
		})
	}
	return out
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func (g *gen) extreme(e *ir.Expr, in env) *Term {
	p := g.pool
	best, any := p.num(0), p.truth(false)
	for _, way := range g.list(e.Binders, e.Where, in, p.truth(true)) {
		var x *Term
		g.under(way.when, func() { x = g.truth(e.Args[0], way.in) })
		better := p.le(best, x)
		if e.Op == ir.MinOver {
			better = p.le(x, best)
		}
		best = p.ite(p.and(way.when, p.or(p.not(any), better)), x, best)
		any = p.or(any, way.when)
	}
	g.require(any)
	return best
}

// setOver is { X for Binders where Where }.
func (g *gen) setOver(e *ir.Expr, in env) value {
	p := g.pool
	elem := e.Type.Elem
	g.through(all, e.Binders, e.Where, in, false, func(in env) *Term { // for what it needs
		x := g.expr(e.Args[0], in)
		g.fit(e.Args[0].Type, elem, x)
		return p.truth(true)
	})
	x := e.Args[0]
	for x.Op == ir.Narrow {
		x = x.Args[0]
	}
	if b := &e.Binders[0]; len(e.Binders) == 1 && x.Op == ir.LoadLocal && x.Local == b.Local {
		return value{Has: func(y value) (out *Term) {
			g.quietly(func() { out = g.admits(b, e.Where, y, in) })
			return out
		}}
	}
	return value{Has: func(y value) (out *Term) {
		g.quietly(func() {
			out = p.not(g.through(all, e.Binders, e.Where, in, false, func(in env) *Term {
				return p.not(g.same(elem, g.expr(e.Args[0], in), y))
			}))
		})
		return out
	}}
}

// admits tells whether a binder comes to y.
func (g *gen) admits(b *ir.Binder, where *ir.Expr, y value, in env) *Term {
	p := g.pool
	var there *Term
	switch b.Kind {
	case ir.AllOf:
		there = g.inside(b.Type, y)
	case ir.Interval:
		there = p.within(g.expr(b.Lo, in).T, y.T, g.expr(b.Hi, in).T)
	case ir.Subsets:
		s := g.expr(b.Set, in)
		there = g.every(b.Type.Elem, func(x value) *Term { return p.implies(y.Has(x), s.Has(x)) })
	default:
		t := b.Set.Type
		wide := &types.Type{Kind: types.Int}
		if !t.Elem.IsInt() {
			wide = t.Elem
		}
		there = g.member(t, g.expr(b.Set, in), wide, y)
	}
	inner := in.bind(b.Local, y)
	for _, w := range []*ir.Expr{b.Where, where} {
		if w != nil {
			there = p.and(there, g.truth(w, inner))
		}
	}
	return there
}

// mapOver is { X -> Y for Binders where Where }.
func (g *gen) mapOver(e *ir.Expr, in env) value {
	p := g.pool
	key, elem := e.Args[0], e.Args[1]
	b := &e.Binders[0]
	if len(e.Binders) == 1 && b.Kind == ir.AllOf && e.Where == nil && b.Where == nil && key.Op == ir.LoadLocal && key.Local == b.Local &&
		(types.Identical(b.Type, e.Type.Key) && (!g.isOpen() || g.alike(b.Type, e.Type.Key))) {
		g.every(b.Type, func(v value) *Term {
			x := g.expr(elem, in.bind(b.Local, v))
			g.fit(elem.Type, e.Type.Elem, x)
			return p.truth(true)
		})
		return value{At: func(k value) (out value) {
			g.quietly(func() { out = g.expr(elem, in.bind(b.Local, k)) })
			return out
		}}
	}
	ways := g.list(e.Binders, e.Where, in, p.truth(true))
	var when []*Term
	var keys, elems []value
	for _, way := range ways {
		g.under(way.when, func() {
			k, x := g.expr(key, way.in), g.expr(elem, way.in)
			g.fit(key.Type, e.Type.Key, k)
			g.fit(elem.Type, e.Type.Elem, x)
			when, keys, elems = append(when, way.when), append(keys, k), append(elems, x)
		})
	}
	g.require(g.every(e.Type.Key, func(k value) *Term {
		var parts []*Term
		for i := range keys {
			parts = append(parts, p.and(when[i], g.same(e.Type.Key, k, keys[i])))
		}
		return p.or(parts...)
	}))
	return value{At: func(k value) value {
		out := g.anyOf(e.Type.Elem)
		for i := range keys {
			out = g.choose(p.and(when[i], g.same(e.Type.Key, k, keys[i])), e.Type.Elem, elems[i], out)
		}
		return out
	}}
}
