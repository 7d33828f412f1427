package eval

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// rank compiles the rank of an expression's value among the values of t, without building the value where its parts
// tell. The expression's own type is t or, of integers, an interval within it.
func (c *compiler) rank(s scope, x *ir.Expr, t *types.Type) code {
	if isWord(t) {
		return shift(c.word(s, x), -offset(t))
	}
	switch {
	case x.Op == ir.Key || x.Op == ir.RecordLit:
		return c.radix(s, x.Args, t.Fields)
	case x.Op == ir.Ctor && t.Kind == types.Union:
		base := uint64(0)
		for _, v := range t.Variants[:x.Int] {
			base += fieldsCard(v.Fields)
		}
		return shift(c.radix(s, x.Args, t.Variants[x.Int].Fields), int64(base))
	case x.Op == ir.Ctor && len(x.Args) == 0:
		return konst(0)
	case x.Op == ir.Ctor:
		return shift(c.rank(s, x.Args[0], t.Elem), 1)
	}
	p := c.comp(s, x)
	n := c.cells(t)
	tb, f := c.tb, p.f
	return dyn(func(e *env) int64 {
		a := f(e)
		return int64(tb.Rank(t, e.m[a:a+n]))
	})
}

func fieldsCard(fs []types.Field) uint64 {
	n := uint64(1)
	for _, f := range fs {
		n *= f.Type.Card()
	}
	return n
}

// radix is the rank of a value made of parts, first part most significant.
func (c *compiler) radix(s scope, parts []*ir.Expr, fs []types.Field) code {
	out := konst(0)
	for i, x := range parts {
		r, n := c.rank(s, x, fs[i].Type), int64(fs[i].Type.Card())
		prev := out
		switch {
		case prev.k && r.k:
			out = konst(prev.v*n + r.v)
		case prev.k:
			out = shift(r, prev.v*n)
		default:
			a, b := prev.f, r.f
			out = dyn(func(e *env) int64 { return a(e)*n + b(e) })
		}
	}
	return out
}

// shift adds a constant that cannot overflow.
func shift(w code, by int64) code {
	switch {
	case by == 0:
		return w
	case w.k:
		return konst(w.v + by)
	case w.cell:
		return load(w.at, w.lo+by)
	}
	f := w.f
	return dyn(func(e *env) int64 { return f(e) + by })
}
