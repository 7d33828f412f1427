package eval

import (
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// elemRank is the rank of x among the values of elem, which it may be outside of when both are integers; it is then
// negative or too large. The second result is the number of values of elem.
func (c *compiler) elemRank(s scope, x *ir.Expr, elem *types.Type) (code, int64) {
	if elem.IsInt() {
		return shiftChecked(c.word(s, x), elem.Lo), int64(elem.Card())
	}
	return c.rank(s, x, elem), int64(elem.Card())
}

// shiftChecked is w - lo, or -1 where that does not fit.
func shiftChecked(w code, lo int64) code {
	if lo == 0 {
		return w
	}
	if w.k {
		if d, ok := types.SubOK(w.v, lo); ok {
			return konst(d)
		}
		return konst(-1)
	}
	f := w.f
	return dyn(func(e *env) int64 {
		d, ok := types.SubOK(f(e), lo)
		if !ok {
			return -1
		}
		return d
	})
}

func (c *compiler) member(s scope, x *ir.Expr) code {
	elem, set := x.Args[0], x.Args[1]
	switch set.Type.Kind {
	case types.Seq:
		return c.memberSeq(s, elem, set)
	case types.Bag:
		r, n := c.elemRank(s, elem, set.Type.Elem)
		rf, b := r.f, c.comp(s, set).f
		return dyn(func(e *env) int64 {
			v := rf(e)
			a := b(e)
			if v < 0 || v >= n {
				return 0
			}
			return b2i(slices.Contains(e.m[a+1:a+1+int(e.m[a])], v))
		})
	}
	r, n := c.elemRank(s, elem, set.Type.Elem)
	rf := r.f
	if isWord(set.Type) {
		w := c.word(s, set)
		wf := w.f
		switch {
		case r.k && (r.v < 0 || r.v >= n):
			return dyn(func(e *env) int64 { wf(e); return 0 })
		case r.k && w.cell:
			at, bit := w.at, uint(r.v)
			return dynOf(func(e *env) int64 { return e.m[at] >> bit & 1 })
		case r.k:
			bit := uint(r.v)
			return dyn(func(e *env) int64 { return wf(e) >> bit & 1 })
		}
		return dyn(func(e *env) int64 {
			v := rf(e)
			w := wf(e)
			if v < 0 || v >= n {
				return 0
			}
			return w >> uint(v) & 1
		})
	}
	p := c.comp(s, set).f
	return dyn(func(e *env) int64 {
		v := rf(e)
		a := p(e)
		if v < 0 || v >= n {
			return 0
		}
		return e.m[a+int(v>>6)] >> uint(v&63) & 1
	})
}

func (c *compiler) memberSeq(s scope, elem, seq *ir.Expr) code {
	t := seq.Type.Elem
	q, k := c.comp(s, seq).f, c.cells(t)
	if isWord(t) {
		f, lo := c.word(s, elem).f, offset(t)
		return dyn(func(e *env) int64 {
			v := f(e)
			a := q(e)
			for i := range int(e.m[a]) {
				if e.m[a+1+i]+lo == v {
					return 1
				}
			}
			return 0
		})
	}
	f := c.comp(s, elem).f
	return dyn(func(e *env) int64 {
		v := f(e)
		a := q(e)
		for i := range int(e.m[a]) {
			if slices.Equal(e.m[a+1+i*k:a+1+i*k+k], e.m[v:v+k]) {
				return 1
			}
		}
		return 0
	})
}

func (c *compiler) subset(s scope, x *ir.Expr) code {
	t := x.Args[0].Type
	if isWord(t) {
		a, b := c.word(s, x.Args[0]).f, c.word(s, x.Args[1]).f
		return dyn(func(e *env) int64 { u := a(e); return b2i(u&^b(e) == 0) })
	}
	a, b, n := c.comp(s, x.Args[0]).f, c.comp(s, x.Args[1]).f, c.cells(t)
	if t.Kind == types.Bag {
		return dyn(func(e *env) int64 {
			p := a(e)
			q := b(e)
			return b2i(bagIncluded(e.m[p+1:p+1+int(e.m[p])], e.m[q+1:q+1+int(e.m[q])]))
		})
	}
	return dyn(func(e *env) int64 {
		p := a(e)
		q := b(e)
		for i := range n {
			if e.m[p+i]&^e.m[q+i] != 0 {
				return 0
			}
		}
		return 1
	})
}

// bagIncluded tells whether every element of the sorted xs is, as often, among the sorted ys.
func bagIncluded(xs, ys []int64) bool {
	j := 0
	for _, x := range xs {
		for j < len(ys) && ys[j] < x {
			j++
		}
		if j == len(ys) || ys[j] != x {
			return false
		}
		j++
	}
	return true
}

func (c *compiler) setWord(s scope, x *ir.Expr) code {
	a, b := c.word(s, x.Args[0]), c.word(s, x.Args[1])
	f, g := a.f, b.f
	var w word
	switch {
	case x.Op == ir.Union && b.k && a.cell:
		at, v := a.at, b.v
		w = func(e *env) int64 { return e.m[at] | v }
	case x.Op == ir.Minus && b.k && a.cell:
		at, v := a.at, b.v
		w = func(e *env) int64 { return e.m[at] &^ v }
	case x.Op == ir.Union:
		w = func(e *env) int64 { u := f(e); return u | g(e) }
	case x.Op == ir.Intersect:
		w = func(e *env) int64 { u := f(e); return u & g(e) }
	default:
		w = func(e *env) int64 { u := f(e); return u &^ g(e) }
	}
	return dyn(w)
}

func (c *compiler) setLitWord(s scope, x *ir.Expr) code {
	mask := int64(0)
	var ranks []word
	for _, a := range x.Args {
		r := c.rank(s, a, x.Type.Elem)
		if r.k {
			mask |= 1 << uint(r.v)
		} else {
			ranks = append(ranks, r.f)
		}
	}
	if len(ranks) == 0 {
		return konst(mask)
	}
	return dyn(func(e *env) int64 {
		v := mask
		for _, r := range ranks {
			v |= 1 << uint(r(e))
		}
		return v
	})
}

// resized is a set of integers turned into one of another interval, { x for x in S }, where both are words: its digits
// are shifted.
func (c *compiler) resized(s scope, x *ir.Expr) (code, bool) {
	if x.Op != ir.SetOver || x.Where != nil || len(x.Binders) != 1 {
		return code{}, false
	}
	b, elem := x.Binders[0], x.Args[0]
	if b.Kind != ir.Members || b.Where != nil || !b.Type.IsInt() || !isWord(b.Set.Type) || b.Set.Type.Kind != types.Set {
		return code{}, false
	}
	if elem.Op == ir.Narrow {
		elem = elem.Args[0]
	}
	if elem.Op != ir.LoadLocal || elem.Local != b.Local {
		return code{}, false
	}
	from, to, pos := b.Set.Type.Elem, x.Type.Elem, x.Args[0].Pos
	inside := uint64(0)
	for v := from.Lo; v <= from.Hi && v-from.Lo < 64; v++ {
		if v >= to.Lo && v <= to.Hi {
			inside |= 1 << uint(v-from.Lo)
		}
	}
	w := c.word(s, b.Set)
	f, left, right := w.f, uint(0), uint(0)
	switch {
	case inside == 0:
	case from.Lo > to.Lo:
		left = uint(from.Lo - to.Lo)
	default:
		right = uint(to.Lo - from.Lo)
	}
	shifted := func(e *env) int64 {
		v := uint64(f(e))
		if out := v &^ inside; out != 0 {
			outside(pos, from.Lo+int64(bits.TrailingZeros64(out)), to)
		}
		return int64(v << left >> right)
	}
	if types.Within(from, to) {
		return dynOf(shifted, w), true
	}
	return dyn(shifted), true
}

// buildSet makes a set at a place.
func (c *compiler) buildSet(s scope, x *ir.Expr, at int) func(e *env) {
	t := x.Type
	n := c.cells(t)
	insert := func(e *env, r int64) { e.m[at+int(r>>6)] |= 1 << uint(r&63) }
	switch x.Op {
	case ir.SetLit:
		var ranks []word
		for _, a := range x.Args {
			ranks = append(ranks, c.rank(s, a, t.Elem).f)
		}
		tmp := c.alloc(len(ranks))
		return func(e *env) {
			for i, r := range ranks {
				e.m[tmp+i] = r(e)
			}
			clear(e.m[at : at+n])
			for i := range ranks {
				insert(e, e.m[tmp+i])
			}
		}
	case ir.SetAll:
		card := int64(t.Elem.Card())
		return func(e *env) {
			clear(e.m[at : at+n])
			for r := range card {
				insert(e, r)
			}
		}
	case ir.SetOver:
		loop := c.through(s, x.Binders, x.Where, func(s scope) visit {
			r := c.rank(s, x.Args[0], t.Elem).f
			return func(e *env) bool { insert(e, r(e)); return false }
		})
		return func(e *env) {
			clear(e.m[at : at+n])
			loop(e)
		}
	case ir.Powerset:
		sets := c.through(s, []ir.Binder{{Local: c.scratch(t.Elem), Kind: ir.Subsets, Type: t.Elem, Set: x.Args[0]}}, nil, func(s scope) visit {
			l := ir.LocalID(len(c.p.Locals) - 1)
			r := c.rank(s, &ir.Expr{Op: ir.LoadLocal, Type: t.Elem, Local: l}, t.Elem).f
			return func(e *env) bool { insert(e, r(e)); return false }
		})
		return func(e *env) {
			clear(e.m[at : at+n])
			sets(e)
		}
	case ir.Elems:
		q := c.comp(s, x.Args[0]).f
		elem := t.Elem
		k := c.cells(elem)
		if x.Args[0].Type.Kind == types.Bag {
			return func(e *env) {
				a := q(e)
				clear(e.m[at : at+n])
				for i := range int(e.m[a]) {
					insert(e, e.m[a+1+i])
				}
			}
		}
		tb := c.tb
		c.tb.Must(elem)
		return func(e *env) {
			a := q(e)
			clear(e.m[at : at+n])
			for i := range int(e.m[a]) {
				insert(e, int64(tb.Rank(elem, e.m[a+1+i*k:a+1+i*k+k])))
			}
		}
	}
	a, b, op := c.comp(s, x.Args[0]).f, c.comp(s, x.Args[1]).f, x.Op
	return func(e *env) {
		p := a(e)
		q := b(e)
		for i := range n {
			u, v := e.m[p+i], e.m[q+i]
			switch op {
			case ir.Union:
				u |= v
			case ir.Intersect:
				u &= v
			default:
				u &^= v
			}
			e.m[at+i] = u
		}
	}
}

// scratch adds a local for code that the compiler makes up.
func (c *compiler) scratch(t *types.Type) ir.LocalID {
	c.p.Locals = append(c.p.Locals, ir.Local{Name: "it", Type: t})
	return ir.LocalID(len(c.p.Locals) - 1)
}

// buildBag makes a bag at a place: a sorted list of ranks.
func (c *compiler) buildBag(s scope, x *ir.Expr, at int) func(e *env) {
	t := x.Type
	n, full, pos := c.cells(t), int(t.Max), x.Pos
	c.tb.Must(t.Elem)
	finish := func(e *env, list []int64) {
		if len(list) > full {
			fail(pos, "the bag is full: it holds at most %d", full)
		}
		slices.Sort(list)
		clear(e.m[at : at+n])
		e.m[at] = int64(copy(e.m[at+1:at+n], list))
	}
	list := func(e *env, a int) []int64 { return e.m[a+1 : a+1+int(e.m[a])] }
	switch x.Op {
	case ir.BagLit:
		var ranks []word
		for _, a := range x.Args {
			ranks = append(ranks, c.rank(s, a, t.Elem).f)
		}
		return func(e *env) {
			out := make([]int64, 0, 16)
			for _, r := range ranks {
				out = append(out, r(e))
			}
			finish(e, out)
		}
	case ir.BagAdd:
		b, r := c.comp(s, x.Args[0]).f, c.rank(s, x.Args[1], t.Elem).f
		return func(e *env) {
			a := b(e)
			v := r(e)
			out := append(make([]int64, 0, 16), list(e, a)...)
			finish(e, append(out, v))
		}
	case ir.BagRemove:
		b, r := c.comp(s, x.Args[0]).f, c.rank(s, x.Args[1], t.Elem).f
		return func(e *env) {
			a := b(e)
			v := r(e)
			out := append(make([]int64, 0, 16), list(e, a)...)
			i := slices.Index(out, v)
			if i < 0 {
				fail(pos, "remove of an element that is not in the bag")
			}
			finish(e, slices.Delete(out, i, i+1))
		}
	}
	a, b, op := c.comp(s, x.Args[0]).f, c.comp(s, x.Args[1]).f, x.Op
	return func(e *env) {
		p := a(e)
		q := b(e)
		xs, ys := list(e, p), list(e, q)
		out := make([]int64, 0, 16)
		switch op {
		case ir.Union:
			out = append(append(out, xs...), ys...)
		default: // each y answers for one equal x
			j := 0
			for _, x := range xs {
				for j < len(ys) && ys[j] < x {
					j++
				}
				both := j < len(ys) && ys[j] == x
				if both {
					j++
				}
				if both == (op == ir.Intersect) {
					out = append(out, x)
				}
			}
		}
		finish(e, out)
	}
}
