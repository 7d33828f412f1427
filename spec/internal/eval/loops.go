package eval

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// visit runs the body of a loop for the locals as they are; true ends the loop. A nil one has nothing to do.
type visit func(e *env) bool

// loop compiles binders around a body. The body is made for a scope in which some locals are constants: over a small
// type the loop is written out.
func (c *compiler) loop(s scope, bs []ir.Binder, where *ir.Expr, body func(s scope) visit) visit {
	if len(bs) == 0 {
		if where == nil {
			return body(s)
		}
		return guarded(c.word(s, where), func() visit { return body(s) })
	}
	b := bs[0]
	rest := func(s scope) visit {
		if b.Where != nil {
			return guarded(c.word(s, b.Where), func() visit { return c.loop(s, bs[1:], where, body) })
		}
		return c.loop(s, bs[1:], where, body)
	}
	if lo, hi, ok := c.constantDomain(s, b); ok && c.mayUnroll(s, hi-lo+1) {
		s.copies = max(1, s.copies) * int(max(1, hi-lo+1))
		var copies []visit
		for v := lo; v <= hi; v++ {
			if f := rest(s.bind(b.Local, v)); f != nil {
				copies = append(copies, f)
			}
		}
		return inTurn(copies)
	}
	inner := rest(s)
	if inner == nil { // no element is let through, but the domain may fault
		it := c.iterator(s, b)
		return func(e *env) bool {
			it.start(e)
			return false
		}
	}
	return c.runtimeLoop(s, b, inner)
}

// guarded runs a body under a condition.
func guarded(w code, body func() visit) visit {
	if w.k && w.v == 0 {
		return nil
	}
	inner := body()
	switch {
	case w.k:
		return inner
	case inner == nil && w.safe:
		return nil
	}
	f := w.f
	if inner == nil {
		return func(e *env) bool { f(e); return false }
	}
	return func(e *env) bool { return f(e) != 0 && inner(e) }
}

// through is loop for a body that has something to do.
func (c *compiler) through(s scope, bs []ir.Binder, where *ir.Expr, body func(s scope) visit) visit {
	if f := c.loop(s, bs, where, body); f != nil {
		return f
	}
	return func(*env) bool { return false } // its conditions are never met
}

func inTurn(fs []visit) visit {
	switch len(fs) {
	case 0:
		return nil
	case 1:
		return fs[0]
	case 2:
		f, g := fs[0], fs[1]
		return func(e *env) bool { return f(e) || g(e) }
	}
	return func(e *env) bool {
		for _, f := range fs {
			if f(e) {
				return true
			}
		}
		return false
	}
}

// constantDomain gives the words lo..hi that a binder goes through when they are known now.
func (c *compiler) constantDomain(s scope, b ir.Binder) (lo, hi int64, ok bool) {
	switch b.Kind {
	case ir.AllOf:
		if !isWord(b.Type) || b.Type.Kind == types.Set || b.Type.Card() > uint64(c.tuned.Unroll) {
			return 0, 0, false
		}
		lo = offset(b.Type)
		return lo, lo + int64(b.Type.Card()) - 1, true
	case ir.Interval:
		l, h := c.word(s, b.Lo), c.word(s, b.Hi)
		if l.k && h.k && h.v < l.v {
			return 0, -1, true
		}
		return l.v, h.v, l.k && h.k && uint64(h.v)-uint64(l.v) < uint64(c.tuned.Unroll)
	}
	return 0, 0, false
}

// mayUnroll keeps the product of nested loops written out small, and the whole too.
func (c *compiler) mayUnroll(s scope, n int64) bool {
	return int64(max(1, s.copies))*n <= c.tuned.Unroll && !c.large()
}

// large tells whether so much was compiled that nothing more should be written out.
func (c *compiler) large() bool { return c.size > groundCells || c.nodes > codeLimit }

// runtimeLoop goes through a domain while the model runs, in increasing order of rank.
func (c *compiler) runtimeLoop(s scope, b ir.Binder, inner visit) visit {
	it := c.iterator(s, b)
	return func(e *env) bool {
		for it.start(e); it.next(e); {
			e.burn(1)
			if inner(e) {
				return true
			}
		}
		return false
	}
}

// iterator goes through a domain; its position is in memory, so that it can be put back. next sets the binder's local.
type iterator struct {
	start func(e *env)
	next  func(e *env) bool
}

func (c *compiler) iterator(s scope, b ir.Binder) iterator {
	pos := c.alloc(1)
	switch b.Kind {
	case ir.AllOf:
		set, card := c.localFromRank(s, b.Local, b.Type), b.Type.Card()
		c.cells(b.Type)
		return iterator{
			start: func(e *env) { e.m[pos] = 0 },
			next: func(e *env) bool {
				r := uint64(e.m[pos])
				if r >= card {
					return false
				}
				e.m[pos]++
				set(e, r)
				return true
			},
		}
	case ir.Interval:
		last, at := c.alloc(2), c.loc(s, b.Local)
		lo, hi := c.word(s, b.Lo).f, c.word(s, b.Hi).f
		done := last + 1
		return iterator{
			start: func(e *env) {
				l := lo(e)
				h := hi(e)
				e.m[pos], e.m[last], e.m[done] = l, h, b2i(l > h)
			},
			next: func(e *env) bool {
				if e.m[done] != 0 {
					return false
				}
				v := e.m[pos]
				e.m[at] = v
				if v == e.m[last] {
					e.m[done] = 1
				} else {
					e.m[pos] = v + 1
				}
				return true
			},
		}
	case ir.Subsets:
		return c.subsets(s, b, pos)
	}
	set := c.localFromRank(s, b.Local, b.Type)
	if isWord(b.Set.Type) {
		w, rest := c.word(s, b.Set).f, pos
		return iterator{
			start: func(e *env) { e.m[rest] = w(e) },
			next: func(e *env) bool {
				v := uint64(e.m[rest])
				if v == 0 {
					return false
				}
				e.m[rest] = int64(v & (v - 1))
				set(e, uint64(bits.TrailingZeros64(v)))
				return true
			},
		}
	}
	n := c.cells(b.Set.Type)
	src, own := c.comp(s, b.Set).f, c.alloc(n)
	return iterator{
		start: func(e *env) {
			a := src(e)
			copy(e.m[own:own+n], e.m[a:a+n]) // the set as it is now, whatever the body does
			e.m[pos] = 0
		},
		next: func(e *env) bool {
			for i := int(e.m[pos]); i < n; i++ {
				v := uint64(e.m[own+i])
				if v != 0 {
					e.m[own+i] = int64(v & (v - 1))
					e.m[pos] = int64(i)
					set(e, uint64(i*64+bits.TrailingZeros64(v)))
					return true
				}
			}
			e.m[pos] = int64(n)
			return false
		},
	}
}

// subsets goes through the subsets of a set in increasing order of rank: as the binary numbers whose ones are among
// those of the set, (sub - set) & set being the next one.
func (c *compiler) subsets(s scope, b ir.Binder, pos int) iterator {
	n := c.cells(b.Set.Type)
	own, done := c.alloc(n), c.alloc(1)
	at := c.loc(s, b.Local)
	src := c.into(s, b.Set, b.Set.Type, fixed(own))
	return iterator{
		start: func(e *env) {
			src(e)
			e.m[done] = 0
			e.m[pos] = 0
		},
		next: func(e *env) bool {
			if e.m[done] != 0 {
				return false
			}
			if e.m[pos] == 0 {
				clear(e.m[at : at+n])
				e.m[pos] = 1
			} else {
				borrowed := uint64(0)
				zero := true
				for i := range n {
					set := uint64(e.m[own+i])
					d, br := bits.Sub64(uint64(e.m[at+i]), set, borrowed)
					borrowed = br
					e.m[at+i] = int64(d & set)
					zero = zero && d&set == 0
				}
				if zero {
					e.m[done] = 1
					return false
				}
			}
			return true
		},
	}
}

// quantifier compiles forall, exists, count, sum, min, max and pick of a word.
func (c *compiler) quantifier(s scope, x *ir.Expr) code {
	acc := c.alloc(2)
	some := acc + 1
	pos, op := x.Pos, x.Op
	body := func(s scope) visit {
		if op == ir.Pick {
			f := c.word(s, &ir.Expr{Op: ir.LoadLocal, Type: x.Type, Pos: pos, Local: x.Binders[0].Local}).f
			return func(e *env) bool { e.m[acc], e.m[some] = f(e), 1; return true }
		}
		w := c.word(s, x.Args[0])
		f := w.f
		switch op {
		case ir.Forall:
			if w.k && w.v != 0 {
				return nil
			}
			return func(e *env) bool { return f(e) == 0 }
		case ir.Exists:
			if w.k && w.v == 0 {
				return nil
			}
			return func(e *env) bool { return f(e) != 0 }
		case ir.Count:
			return func(e *env) bool { e.m[acc] += f(e); return false }
		case ir.Sum:
			return func(e *env) bool {
				v, ok := types.AddOK(e.m[acc], f(e))
				if !ok {
					fail(pos, "overflow: the sum is outside the range of int64")
				}
				e.m[acc] = v
				return false
			}
		}
		least := op == ir.MinOver
		return func(e *env) bool {
			v := f(e)
			if e.m[some] == 0 || (v < e.m[acc]) == least && v != e.m[acc] {
				e.m[acc], e.m[some] = v, 1
			}
			return false
		}
	}
	loop := c.loop(s, x.Binders, x.Where, body)
	if loop == nil {
		switch op {
		case ir.Forall:
			return konst(1)
		case ir.Exists, ir.Count, ir.Sum:
			return konst(0)
		}
		loop = func(*env) bool { return false }
	}
	switch op {
	case ir.Forall:
		return dyn(func(e *env) int64 { return 1 - b2i(loop(e)) })
	case ir.Exists:
		return dyn(func(e *env) int64 { return b2i(loop(e)) })
	case ir.Count, ir.Sum:
		return dyn(func(e *env) int64 {
			e.m[acc] = 0
			loop(e)
			return e.m[acc]
		})
	}
	none := map[ir.Op]string{ir.MinOver: "min of an empty set", ir.MaxOver: "max of an empty set", ir.Pick: "no element satisfies pick"}[op]
	return dyn(func(e *env) int64 {
		e.m[acc], e.m[some] = 0, 0
		loop(e)
		if e.m[some] == 0 {
			fail(pos, "%s", none)
		}
		return e.m[acc]
	})
}

// pickPlace is pick of a composite: its local, left where the loop stopped.
func (c *compiler) pickPlace(s scope, x *ir.Expr) place {
	at := c.alloc(c.cells(x.Type))
	n, pos := c.cells(x.Type), x.Pos
	loop := c.through(s, x.Binders, x.Where, func(s scope) visit {
		src := c.comp(s, &ir.Expr{Op: ir.LoadLocal, Type: x.Type, Pos: pos, Local: x.Binders[0].Local}).f
		return func(e *env) bool {
			a := src(e)
			copy(e.m[at:at+n], e.m[a:a+n])
			return true
		}
	})
	return place{f: func(e *env) int {
		if !loop(e) {
			fail(pos, "no element satisfies pick")
		}
		return at
	}}
}
