package eval

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// word compiles an expression whose value is one cell.
func (c *compiler) word(s scope, x *ir.Expr) code {
	if k := c.named[x]; k != nil {
		return c.namedWord(k, x)
	}
	return c.wordOnce(s, x)
}

func (c *compiler) wordOnce(s scope, x *ir.Expr) code {
	c.nodes++
	w := c.wordPlain(s, x)
	if !w.k && !w.cell && foldable(x) && c.closed(s, x) {
		if v, ok := c.runWord(w.f); ok {
			return konst(v)
		}
	}
	return w
}

func (c *compiler) wordPlain(s scope, x *ir.Expr) code {
	switch x.Op {
	case ir.Const:
		return konst(x.Int)
	case ir.LoadVar:
		return load(c.settled(s, s.base+c.pk.Offsets[x.Var], 1), offset(x.Type))
	case ir.LoadLocal:
		if b := s.lookup(x.Local); b != nil {
			return konst(b.v)
		}
		return load(c.loc(s, x.Local), 0)
	case ir.Old:
		s.base = 0
		return c.word(s, x.Args[0])
	case ir.Narrow:
		return c.narrow(s, x)
	case ir.Clip:
		w := c.word(s, x.Args[0])
		lo, hi := x.Type.Lo, x.Type.Hi
		if w.k {
			return konst(max(lo, min(hi, w.v)))
		}
		f := w.f
		return dynOf(func(e *env) int64 { return max(lo, min(hi, f(e))) }, w)
	case ir.Not:
		w := c.word(s, x.Args[0])
		if w.k {
			return konst(1 - w.v)
		}
		f := w.f
		return dynOf(func(e *env) int64 { return 1 - f(e) }, w)
	case ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Abs:
		return c.arith(s, x)
	case ir.And, ir.Or, ir.Implies:
		return c.logic(s, x)
	case ir.Eq:
		return c.equal(s, x)
	case ir.Lt, ir.Le:
		return c.less(s, x)
	case ir.If:
		cond := c.word(s, x.Args[0])
		if cond.k {
			return c.word(s, x.Args[2-cond.v])
		}
		cf, a, b := cond.f, c.word(s, x.Args[1]).f, c.word(s, x.Args[2]).f
		return dyn(func(e *env) int64 {
			if cf(e) != 0 {
				return a(e)
			}
			return b(e)
		})
	case ir.Let:
		if isWord(c.p.Locals[x.Local].Type) {
			if v := c.word(s, x.Args[0]); v.k {
				return c.word(s.bind(x.Local, v.v), x.Args[1])
			}
		}
		if isWord(c.p.Locals[x.Local].Type) {
			at, v := c.loc(s, x.Local), c.word(s, x.Args[0])
			body := c.word(s, x.Args[1])
			if body.k && v.safe {
				return body
			}
			f, g := v.f, body.f
			return dynOf(func(e *env) int64 { e.m[at] = f(e); return g(e) }, v, body)
		}
		set := c.setLocal(s, x.Local, x.Args[0])
		f := c.word(s, x.Args[1]).f
		return dyn(func(e *env) int64 { set(e); return f(e) })
	case ir.Match:
		return c.matchWord(s, x)
	case ir.IsCtor:
		tag, want := c.tag(s, x.Args[0]), x.Int
		some := isWord(x.Args[0].Type) && x.Args[0].Type.Kind == types.Option
		f := tag.f
		if some { // a scalar option: 0 is none, anything else is some
			return dyn(func(e *env) int64 { return b2i((f(e) != 0) == (want != 0)) })
		}
		return dyn(func(e *env) int64 { return b2i(f(e) == want) })
	case ir.Forall, ir.Exists, ir.Count, ir.Sum, ir.MinOver, ir.MaxOver, ir.Pick:
		return c.quantifier(s, x)
	case ir.In:
		return c.member(s, x)
	case ir.Subset:
		return c.subset(s, x)
	case ir.Union, ir.Intersect, ir.Minus:
		return c.setWord(s, x)
	case ir.SetLit:
		return c.setLitWord(s, x)
	case ir.SetAll:
		return konst(int64(^uint64(0) >> (64 - x.Type.Elem.Card())))
	case ir.SetOver, ir.Powerset, ir.Elems:
		if w, ok := c.resized(s, x); ok {
			return w
		}
		// Built in memory, then read: a set of at most 64 possible elements is one cell there too.
		p := c.comp(s, x)
		return wordAt(x.Type, p, 0)
	case ir.Ctor: // of an option of a scalar
		if len(x.Args) == 0 {
			return konst(0)
		}
		return shift(c.rank(s, x.Args[0], x.Type.Elem), 1)
	case ir.Index, ir.SeqIndex, ir.Field, ir.Head, ir.Value:
		if x.Op == ir.Value && isWord(x.Args[0].Type) {
			f, lo, pos := c.word(s, x.Args[0]).f, offset(x.Type), x.Pos
			return dyn(func(e *env) int64 {
				v := f(e)
				if v == 0 {
					fail(pos, "value of none")
				}
				return v - 1 + lo
			})
		}
		return wordAt(x.Type, c.settledPlace(s, c.comp(s, x), 1), 0)
	case ir.Call:
		return c.callWord(s, x)
	case ir.Size:
		return c.sizeOf(s, x.Args[0])
	case ir.Multiplicity:
		b, r := c.comp(s, x.Args[0]).f, c.rank(s, x.Args[1], x.Args[0].Type.Elem).f
		return dyn(func(e *env) int64 {
			a := b(e)
			v, n := r(e), int64(0)
			for i := range int(e.m[a]) {
				if e.m[a+1+i] == v {
					n++
				}
			}
			return n
		})
	case ir.Min, ir.Max:
		f := c.word(s, x.Args[0]).f
		for _, y := range x.Args[1:] {
			a, b := f, c.word(s, y).f
			if x.Op == ir.Min {
				f = func(e *env) int64 { return min(a(e), b(e)) }
			} else {
				f = func(e *env) int64 { return max(a(e), b(e)) }
			}
		}
		return dyn(f)
	}
	panic("eval: not a word: " + x.Type.String())
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (c *compiler) narrow(s scope, x *ir.Expr) code {
	w := c.word(s, x.Args[0])
	lo, hi, t, pos := x.Type.Lo, x.Type.Hi, x.Type, x.Pos
	if w.k && w.v >= lo && w.v <= hi {
		return w
	}
	f := w.f
	return dyn(func(e *env) int64 {
		v := f(e)
		if v < lo || v > hi {
			outside(pos, v, t)
		}
		return v
	})
}

func (c *compiler) arith(s scope, x *ir.Expr) code {
	a := c.word(s, x.Args[0])
	at := x.Args[0].Type
	pos := x.Pos
	if x.Op == ir.Neg || x.Op == ir.Abs {
		f, abs := a.f, x.Op == ir.Abs
		if a.k && a.v != -1<<63 {
			if abs && a.v >= 0 {
				return a
			}
			return konst(-a.v)
		}
		return dyn(func(e *env) int64 {
			v := f(e)
			if abs && v >= 0 {
				return v
			}
			if v == -1<<63 {
				fail(pos, "overflow: the result of - is outside the range of int64")
			}
			return -v
		})
	}
	b := c.word(s, x.Args[1])
	bt := x.Args[1].Type
	if a.k {
		at = types.IntRange(a.v, a.v)
	}
	if b.k {
		bt = types.IntRange(b.v, b.v)
	}
	f, g := a.f, b.f
	checked := func(op string, eval func(x, y int64) (int64, bool)) code {
		if a.k && b.k {
			if v, ok := eval(a.v, b.v); ok {
				return konst(v)
			}
		}
		return dyn(func(e *env) int64 {
			u := f(e)
			v, ok := eval(u, g(e))
			if !ok {
				fail(pos, "overflow: the result of %s is outside the range of int64", op)
			}
			return v
		})
	}
	switch x.Op {
	case ir.Add:
		if _, ok := types.Add(at, bt); !ok || a.k && b.k {
			return checked("+", types.AddOK)
		}
		if b.k {
			return shift(a, b.v)
		}
		if a.k {
			return shift(b, a.v)
		}
		return dyn(func(e *env) int64 { return f(e) + g(e) })
	case ir.Sub:
		if _, ok := types.Sub(at, bt); !ok || a.k && b.k {
			return checked("-", types.SubOK)
		}
		if b.k && b.v != -1<<63 {
			return shift(a, -b.v)
		}
		return dyn(func(e *env) int64 { return f(e) - g(e) })
	case ir.Mul:
		if _, ok := types.Mul(at, bt); !ok || a.k && b.k {
			return checked("*", types.MulOK)
		}
		return dyn(func(e *env) int64 { return f(e) * g(e) })
	}
	div := x.Op == ir.Div
	return dyn(func(e *env) int64 {
		u := f(e)
		v := g(e)
		if v == 0 {
			fail(pos, "division by zero")
		}
		if !div {
			return types.ModFloor(u, v)
		}
		q, ok := types.DivFloor(u, v)
		if !ok {
			fail(pos, "overflow: the result of / is outside the range of int64")
		}
		return q
	})
}

func (c *compiler) logic(s scope, x *ir.Expr) code {
	a := c.word(s, x.Args[0])
	if a.k {
		switch {
		case x.Op == ir.And && a.v == 0:
			return konst(0)
		case x.Op == ir.Or && a.v != 0, x.Op == ir.Implies && a.v == 0:
			return konst(1)
		}
		return c.word(s, x.Args[1])
	}
	b := c.word(s, x.Args[1])
	decided := int64(1) // the right side that makes the left one count for nothing
	if x.Op == ir.And {
		decided = 0
	}
	if b.k && b.v == decided && a.safe {
		return b
	}
	f, g := a.f, b.f
	switch x.Op {
	case ir.And:
		if b.k && b.v != 0 {
			return a
		}
		return dynOf(func(e *env) int64 {
			if f(e) == 0 {
				return 0
			}
			return g(e)
		}, a, b)
	case ir.Or:
		if b.k && b.v == 0 {
			return a
		}
		return dynOf(func(e *env) int64 {
			if f(e) != 0 {
				return 1
			}
			return g(e)
		}, a, b)
	}
	return dynOf(func(e *env) int64 {
		if f(e) == 0 {
			return 1
		}
		return g(e)
	}, a, b)
}

func (c *compiler) equal(s scope, x *ir.Expr) code {
	if !isWord(x.Args[0].Type) {
		n := c.cells(x.Args[0].Type)
		p, q := c.settledPlace(s, c.comp(s, x.Args[0]), n), c.settledPlace(s, c.comp(s, x.Args[1]), n)
		if p.k && q.k && p.at == q.at {
			return konst(1)
		}
		a, b := p.f, q.f
		return dyn(func(e *env) int64 {
			p := a(e)
			q := b(e)
			for i := range n {
				if e.m[p+i] != e.m[q+i] {
					return 0
				}
			}
			return 1
		})
	}
	a, b := c.word(s, x.Args[0]), c.word(s, x.Args[1])
	if a.k {
		a, b = b, a
	}
	switch {
	case a.k && b.k:
		return konst(b2i(a.v == b.v))
	case a.cell && b.k:
		at, v := a.at, b.v-a.lo
		return dynOf(func(e *env) int64 { return b2i(e.m[at] == v) })
	case a.cell && b.cell && a.at == b.at:
		return konst(b2i(a.lo == b.lo))
	case a.cell && b.cell:
		at, bt, d := a.at, b.at, b.lo-a.lo
		return dynOf(func(e *env) int64 { return b2i(e.m[at] == e.m[bt]+d) })
	case b.k:
		f, v := a.f, b.v
		return dynOf(func(e *env) int64 { return b2i(f(e) == v) }, a)
	}
	f, g := a.f, b.f
	return dynOf(func(e *env) int64 { return b2i(f(e) == g(e)) }, a, b)
}

func (c *compiler) less(s scope, x *ir.Expr) code {
	a, b := c.word(s, x.Args[0]), c.word(s, x.Args[1])
	le := x.Op == ir.Le
	if a.k && b.k {
		return konst(b2i(a.v < b.v || le && a.v == b.v))
	}
	f, g := a.f, b.f
	if le {
		return dynOf(func(e *env) int64 { return b2i(f(e) <= g(e)) }, a, b)
	}
	return dynOf(func(e *env) int64 { return b2i(f(e) < g(e)) }, a, b)
}

func (c *compiler) sizeOf(s scope, x *ir.Expr) code {
	if isWord(x.Type) {
		f := c.word(s, x).f
		return dyn(func(e *env) int64 { return int64(bits.OnesCount64(uint64(f(e)))) })
	}
	p := c.comp(s, x)
	if x.Type.Kind != types.Set {
		return wordAt(types.BoolType(), p, 0) // the cell of the length, as it is
	}
	f, n := p.f, c.cells(x.Type)
	return dyn(func(e *env) int64 {
		a, sum := f(e), 0
		for i := range n {
			sum += bits.OnesCount64(uint64(e.m[a+i]))
		}
		return int64(sum)
	})
}

// tag is the number of the constructor that made a value; of an option of a scalar, its rank.
func (c *compiler) tag(s scope, x *ir.Expr) code {
	if isWord(x.Type) {
		return c.word(s, x)
	}
	return wordAt(types.BoolType(), c.comp(s, x), 0)
}
