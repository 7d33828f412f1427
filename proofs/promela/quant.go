package promela

import (
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// round is one way to bind binders: it is taken where when is true, which has a value where ok is true.
type round struct {
	env      env
	when, ok ex
}

// rounds lists all ways to bind binders, in order.
func (g *exporter) rounds(bs []ir.Binder, where *ir.Expr, n env) []round {
	out := []round{{n, truth(true), truth(true)}}
	for i := range bs {
		var next []round
		for _, r := range out {
			vs, domain := g.domain(&bs[i], r.env)
			if !domain.yes() && len(vs) == 0 {
				next = append(next, round{r.env, truth(false), and(r.ok, implies(r.when, domain))})
			}
			for _, d := range vs {
				in := r.env.bind(bs[i].Local, d.v)
				when, ok := and(r.when, d.when), and(r.ok, implies(r.when, domain))
				if bs[i].Where != nil {
					x, okWhere := g.truthOf(bs[i].Where, in)
					when, ok = and(when, x), and(ok, implies(when, okWhere))
				}
				if when.no() && ok.yes() {
					continue
				}
				next = append(next, round{in, checked(g.pos, when), checked(g.pos, ok)})
			}
		}
		if out = next; len(out) > maxRounds {
			refuse(g.pos, "something that goes through more than "+strconv.Itoa(maxRounds)+" combinations of values")
		}
	}
	if where == nil {
		return out
	}
	kept := out[:0:0]
	for _, r := range out {
		x, ok := g.truthOf(where, r.env)
		r.when, r.ok = and(r.when, x), and(r.ok, implies(r.when, ok))
		if !r.when.no() || !r.ok.yes() {
			kept = append(kept, r)
		}
	}
	return kept
}

const maxRounds = 1 << 16

// element is one that a binder may go through: it does where when is true.
type element struct {
	v    value
	when ex
}

// domain lists what a binder may go through, in order, and where that has a value.
func (g *exporter) domain(b *ir.Binder, n env) ([]element, ex) {
	var out []element
	switch b.Kind {
	case ir.Interval:
		lo, okLo := g.eval(b.Lo, n)
		hi, okHi := g.eval(b.Hi, n)
		if hi.x.hi-lo.x.lo >= maxCard {
			refuse(g.pos, "a range of more than "+strconv.Itoa(maxCard)+" integers that is gone through")
		}
		for k := lo.x.lo; k <= hi.x.hi; k++ {
			in := and(le(lo.x, num(k)), le(num(k), hi.x))
			if !in.no() {
				out = append(out, element{scalar(b.Type, num(k)), in})
			}
		}
		return out, and(okLo, okHi)
	case ir.AllOf:
		for _, v := range g.all(b.Type) {
			out = append(out, element{v, truth(true)})
		}
		return out, truth(true)
	}
	set, ok := g.eval(b.Set, n)
	if b.Kind == ir.Subsets {
		for _, v := range g.all(types.SetOf(set.t.Elem)) {
			v.t = b.Type
			if in := g.subset(v, set); !in.no() {
				out = append(out, element{v, in})
			}
		}
		return out, ok
	}
	for _, v := range g.all(set.t.Elem) {
		if in := checked(g.pos, g.isIn(v, set)); !in.no() {
			out = append(out, element{v, in})
		}
	}
	return out, ok
}

// quantifier writes out what goes through binders.
func (g *exporter) quantifier(e *ir.Expr, n env) (value, ex) {
	rs := g.rounds(e.Binders, e.Where, n)
	ok := truth(true)
	one := func(x ex) (value, ex) { return scalar(e.Type, checked(g.pos, x)), checked(g.pos, ok) }
	switch e.Op {
	case ir.Forall, ir.Exists:
		return g.decided(e, rs)
	case ir.Pick:
		return g.first(e, rs)
	}
	xs := make([]value, len(rs))
	seconds := make([]value, len(rs))
	for i, r := range rs {
		ok = and(ok, r.ok)
		for k, a := range e.Args {
			x, okX := g.eval(a, r.env)
			ok = and(ok, implies(r.when, okX))
			*[]*value{&xs[i], &seconds[i]}[k] = x
		}
		ok = checked(g.pos, ok)
	}
	switch e.Op {
	case ir.Count, ir.Sum:
		sum := num(0)
		for i, r := range rs {
			x := count(mux(r.when, count(xs[i].x), num(0)))
			sum = add(sum, checked(g.pos, x))
		}
		return one(sum)
	case ir.MinOver, ir.MaxOver:
		found, x := g.best(rs, xs, e.Op == ir.MinOver)
		ok = and(ok, found)
		return one(x)
	case ir.SetOver:
		return g.setOver(e.Type, rs, xs), ok
	case ir.MapOver:
		return g.mapOver(e, rs, xs, seconds, ok)
	}
	panic("promela: quantifier without a meaning")
}

// decided is forall or exists, which stops at the first round that decides it.
func (g *exporter) decided(e *ir.Expr, rs []round) (value, ex) {
	join := and
	if e.Op == ir.Exists {
		join = or
	}
	out, ok := truth(e.Op == ir.Forall), truth(true)
	for _, r := range rs {
		x, okX := g.truthOf(e.Args[0], r.env)
		going := out // the rounds so far have not decided it
		if e.Op == ir.Exists {
			going, x = not(out), and(r.when, x)
		} else {
			x = implies(r.when, x)
		}
		ok = checked(g.pos, and(ok, implies(going, and(r.ok, implies(r.when, okX)))))
		if out = checked(g.pos, join(out, x)); out.known() && out.yes() == (e.Op == ir.Exists) {
			break
		}
	}
	return scalar(e.Type, out), ok
}

// first is what pick gives. A round counts where none before it did.
func (g *exporter) first(e *ir.Expr, rs []round) (value, ex) {
	none, ok := truth(true), truth(true)
	for _, r := range rs {
		ok = and(ok, implies(none, r.ok))
		none = checked(g.pos, and(none, not(r.when)))
	}
	var out value
	for _, r := range slices.Backward(rs) {
		if r.when.no() {
			continue
		}
		v := r.env.lookup(e.Binders[0].Local)
		if out.t == nil {
			out = v
			continue
		}
		out = g.choose(r.when, v, out)
	}
	if out.t == nil {
		out = g.zero(e.Type)
	}
	out.t = e.Type
	return out, and(ok, not(none))
}

// best is the least or the greatest of the integers of the rounds that are taken, and whether there is one.
func (g *exporter) best(rs []round, xs []value, least bool) (found, x ex) {
	switch len(rs) {
	case 0:
		return truth(false), num(0)
	case 1:
		return rs[0].when, xs[0].x
	}
	half := len(rs) / 2
	fa, a := g.best(rs[:half], xs[:half], least)
	fb, b := g.best(rs[half:], xs[half:], least)
	better := le(a, b)
	if !least {
		better = le(b, a)
	}
	x = mux(and(fa, implies(fb, better)), a, b)
	if fa.yes() && fb.yes() {
		x = extreme([]ex{a, b}, least)
	}
	return or(fa, fb), checked(g.pos, x)
}

func (g *exporter) setOver(t *types.Type, rs []round, xs []value) value {
	parts := make([]ex, len(g.partTypes(t)))
	for i := range parts {
		parts[i] = truth(false)
	}
	all := g.all(t.Elem)
	for i, r := range rs {
		x := typed(xs[i], t.Elem)
		if k, ok := g.rank(x); ok && k.known() && k.lo >= 0 && k.lo < int64(len(parts)) {
			parts[k.lo] = or(parts[k.lo], r.when)
			continue
		}
		for k, v := range all {
			parts[k] = checked(g.pos, or(parts[k], and(r.when, g.same(x, v))))
		}
	}
	v := value{t: t}
	for _, p := range parts {
		v.parts = append(v.parts, scalar(types.BoolType(), p))
	}
	return v
}

func (g *exporter) mapOver(e *ir.Expr, rs []round, ks, xs []value, ok ex) (value, ex) {
	v := value{t: e.Type}
	for _, key := range g.all(e.Type.Key) {
		given, x := truth(false), g.zero(e.Type.Elem)
		for i, r := range rs {
			k := ks[i]
			if e.Type.Key.IsInt() {
				k.t = e.Type.Key
			}
			is := and(r.when, g.same(k, key))
			x, given = g.choose(is, xs[i], x), or(given, is)
		}
		v.parts, ok = append(v.parts, x), and(ok, given)
	}
	return v, checked(g.pos, ok)
}
