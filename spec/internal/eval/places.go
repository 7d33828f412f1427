package eval

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// comp compiles an expression of more than one cell. It may also be asked for a small set, which it puts into memory.
func (c *compiler) comp(s scope, x *ir.Expr) place {
	if k := c.named[x]; k != nil {
		return c.namedPlace(k, x)
	}
	return c.compOnce(s, x)
}

func (c *compiler) compOnce(s scope, x *ir.Expr) place {
	c.nodes++
	p := c.compPlain(s, x)
	if !p.k && foldable(x) && c.closed(s, x) {
		n := c.cells(x.Type)
		if cells, ok := c.runPlace(p.f, n); ok {
			return c.constant(cells)
		}
	}
	return p
}

// constant puts cells where nothing writes.
func (c *compiler) constant(cells []int64) place {
	at := c.alloc(len(cells))
	c.image = append(c.image, constant{at, cells})
	return fixed(at)
}

func (c *compiler) compPlain(s scope, x *ir.Expr) place {
	switch x.Op {
	case ir.LoadVar:
		return fixed(s.base + c.pk.Offsets[x.Var])
	case ir.LoadLocal:
		if b := s.lookup(x.Local); b != nil {
			return fixed(b.at)
		}
		return fixed(c.loc(s, x.Local))
	case ir.Old:
		s.base = 0
		return c.comp(s, x.Args[0])
	case ir.If:
		cond := c.word(s, x.Args[0])
		if cond.k {
			return c.comp(s, x.Args[2-cond.v])
		}
		cf, a, b := cond.f, c.comp(s, x.Args[1]).f, c.comp(s, x.Args[2]).f
		return place{f: func(e *env) int {
			if cf(e) != 0 {
				return a(e)
			}
			return b(e)
		}}
	case ir.Let:
		if isWord(c.p.Locals[x.Local].Type) {
			if v := c.word(s, x.Args[0]); v.k {
				return c.comp(s.bind(x.Local, v.v), x.Args[1])
			}
		}
		set, f := c.setLocal(s, x.Local, x.Args[0]), c.comp(s, x.Args[1]).f
		return place{f: func(e *env) int { set(e); return f(e) }}
	case ir.Match:
		return c.matchPlace(s, x)
	case ir.Index:
		return c.indexPlace(s, x)
	case ir.SeqIndex:
		return c.seqIndex(s, c.comp(s, x.Args[0]), x.Args[0].Type, x.Args[1], x.Pos)
	case ir.Field:
		return plus(c.comp(s, x.Args[0]), c.fieldOffset(x.Args[0].Type.Fields, int(x.Int)))
	case ir.Value:
		f, pos := c.comp(s, x.Args[0]).f, x.Pos
		return place{f: func(e *env) int {
			a := f(e)
			if e.m[a] == 0 {
				fail(pos, "value of none")
			}
			return a + 1
		}}
	case ir.Head:
		f, pos := c.comp(s, x.Args[0]).f, x.Pos
		return place{f: func(e *env) int {
			a := f(e)
			if e.m[a] == 0 {
				fail(pos, "head of an empty sequence")
			}
			return a + 1
		}}
	case ir.Call:
		return c.callPlace(s, x)
	case ir.Pick:
		return c.pickPlace(s, x)
	}
	at := c.alloc(c.cells(x.Type))
	build := c.build(s, x, at)
	return place{f: func(e *env) int { build(e); return at }}
}

func plus(p place, by int) place {
	if by == 0 {
		return p
	}
	if p.k {
		return fixed(p.at + by)
	}
	f := p.f
	return place{f: func(e *env) int { return f(e) + by }}
}

func (c *compiler) fieldOffset(fs []types.Field, i int) int {
	at := 0
	for _, f := range fs[:i] {
		at += c.cells(f.Type)
	}
	return at
}

// indexPlace is an entry of a map.
func (c *compiler) indexPlace(s scope, x *ir.Expr) place {
	return c.entry(s, c.comp(s, x.Args[0]), x.Args[0].Type, x.Args[1])
}

func (c *compiler) entry(s scope, m place, t *types.Type, key *ir.Expr) place {
	r := c.rank(s, key, t.Key)
	n := c.cells(t.Elem)
	if r.k {
		return plus(m, int(r.v)*n)
	}
	rf := r.f
	if m.k {
		at := m.at
		if r.cell {
			cell, lo := r.at, int(r.lo)
			return place{f: func(e *env) int { return at + (int(e.m[cell])+lo)*n }}
		}
		return place{f: func(e *env) int { return at + int(rf(e))*n }}
	}
	mf := m.f
	return place{f: func(e *env) int { a := mf(e); return a + int(rf(e))*n }}
}

func (c *compiler) seqIndex(s scope, seq place, t *types.Type, index *ir.Expr, pos syntax.Pos) place {
	q, i, n := seq.f, c.word(s, index).f, c.cells(t.Elem)
	return place{f: func(e *env) int {
		a := q(e)
		k := i(e)
		if size := e.m[a]; k < 0 || k >= size {
			if size == 0 {
				fail(pos, "index %d of an empty sequence", k)
			}
			fail(pos, "index %d is outside 0..%d", k, size-1)
		}
		return a + 1 + int(k)*n
	}}
}

// build compiles an expression that makes a new value at a place of its own.
func (c *compiler) build(s scope, x *ir.Expr, at int) func(e *env) {
	t := x.Type
	n := c.cells(t)
	switch x.Op {
	case ir.RecordLit, ir.Key:
		return c.storeFields(s, x.Args, t.Fields, at)
	case ir.Ctor:
		if t.Kind == types.Option {
			if len(x.Args) == 0 {
				return func(e *env) { clear(e.m[at : at+n]) }
			}
			set := c.into(s, x.Args[0], t.Elem, fixed(at+1))
			return func(e *env) { set(e); e.m[at] = 1 }
		}
		set := c.storeFields(s, x.Args, t.Variants[x.Int].Fields, at+1)
		used, ctor := 1+c.fieldOffset(t.Variants[x.Int].Fields, len(x.Args)), x.Int
		return func(e *env) {
			set(e)
			clear(e.m[at+used : at+n])
			e.m[at] = ctor
		}
	case ir.SeqLit:
		var sets []func(e *env)
		k := c.cells(t.Elem)
		for i, a := range x.Args {
			sets = append(sets, c.into(s, a, t.Elem, fixed(at+1+i*k)))
		}
		count := int64(len(x.Args))
		return func(e *env) {
			for _, set := range sets {
				set(e)
			}
			clear(e.m[at+1+int(count)*k : at+n])
			e.m[at] = count
		}
	case ir.Append:
		q, k, pos, full := c.comp(s, x.Args[0]).f, c.cells(t.Elem), x.Pos, t.Max
		tmp := c.alloc(k)
		elem := c.into(s, x.Args[1], t.Elem, fixed(tmp))
		return func(e *env) {
			a := q(e)
			if at != a {
				copy(e.m[at:at+n], e.m[a:a+n])
			}
			elem(e)
			size := e.m[at]
			if size >= full {
				fail(pos, "append to a full sequence: it holds at most %d", full)
			}
			to := at + 1 + int(size)*k
			copy(e.m[to:to+k], e.m[tmp:tmp+k])
			e.m[at] = size + 1
		}
	case ir.Tail:
		q, k, pos := c.comp(s, x.Args[0]).f, c.cells(t.Elem), x.Pos
		return func(e *env) {
			a := q(e)
			size := int(e.m[a])
			if size == 0 {
				fail(pos, "tail of an empty sequence")
			}
			used := (size - 1) * k
			copy(e.m[at+1:at+1+used], e.m[a+1+k:a+1+k+used])
			clear(e.m[at+1+used : at+n])
			e.m[at] = int64(size - 1)
		}
	case ir.MapFill:
		k := c.cells(t.Elem)
		first := c.into(s, x.Args[0], t.Elem, fixed(at))
		return func(e *env) {
			first(e)
			for i := k; i < n; i += k {
				copy(e.m[at+i:at+i+k], e.m[at:at+k])
			}
		}
	case ir.MapLit, ir.MapOver:
		return c.buildMap(s, x, at)
	case ir.WithField:
		fs := x.Args[0].Type.Fields
		return c.buildWith(s, x, at, func(place) place { return fixed(at + c.fieldOffset(fs, int(x.Int))) }, x.Args[1], fs[x.Int].Type)
	case ir.WithKey:
		return c.buildWith(s, x, at, func(p place) place { return c.entry(s, p, t, x.Args[1]) }, x.Args[2], t.Elem)
	case ir.BagLit, ir.BagAdd, ir.BagRemove:
		return c.buildBag(s, x, at)
	case ir.Union, ir.Intersect, ir.Minus:
		if t.Kind == types.Bag {
			return c.buildBag(s, x, at)
		}
		return c.buildSet(s, x, at)
	default: // SetLit, SetOver, SetAll, Powerset, Elems
		return c.buildSet(s, x, at)
	}
}

func (c *compiler) storeFields(s scope, args []*ir.Expr, fs []types.Field, at int) func(e *env) {
	var sets []func(e *env)
	for i, a := range args {
		sets = append(sets, c.into(s, a, fs[i].Type, fixed(at+c.fieldOffset(fs, i))))
	}
	return func(e *env) {
		for _, set := range sets {
			set(e)
		}
	}
}

func (c *compiler) buildWith(s scope, x *ir.Expr, at int, target func(place) place, value *ir.Expr, t *types.Type) func(e *env) {
	n, k := c.cells(x.Type), c.cells(t)
	src := c.comp(s, x.Args[0]).f
	dst := target(fixed(at)).f
	tmp := c.alloc(k)
	set := c.into(s, value, t, fixed(tmp))
	return func(e *env) {
		a := src(e)
		copy(e.m[at:at+n], e.m[a:a+n])
		to := dst(e)
		set(e)
		copy(e.m[to:to+k], e.m[tmp:tmp+k])
	}
}

// buildMap makes a map entry by entry, last one first served last, and faults when a key has no value.
func (c *compiler) buildMap(s scope, x *ir.Expr, at int) func(e *env) {
	t := x.Type
	n, k, keys, pos := c.cells(t), c.cells(t.Elem), int(t.Key.Card()), x.Pos
	tb := c.tb
	seen := c.alloc(keys)
	c.tb.Must(t.Key)
	tmp := c.alloc(k)
	put := func(s scope, key, value *ir.Expr) func(e *env) {
		r, set := c.rank(s, key, t.Key).f, c.into(s, value, t.Elem, fixed(tmp))
		return func(e *env) {
			i := int(r(e))
			set(e)
			copy(e.m[at+i*k:at+i*k+k], e.m[tmp:tmp+k])
			e.m[seen+i] = 1
		}
	}
	var fill func(e *env)
	if x.Op == ir.MapLit {
		var puts []func(e *env)
		for i := 0; i < len(x.Args); i += 2 {
			puts = append(puts, put(s, x.Args[i], x.Args[i+1]))
		}
		fill = func(e *env) {
			for _, p := range puts {
				p(e)
			}
		}
	} else {
		loop := c.through(s, x.Binders, x.Where, func(s scope) visit {
			p := put(s, x.Args[0], x.Args[1])
			return func(e *env) bool { p(e); return false }
		})
		fill = func(e *env) { loop(e) }
	}
	return func(e *env) {
		clear(e.m[at : at+n])
		clear(e.m[seen : seen+keys])
		fill(e)
		if i := slices.Index(e.m[seen:seen+keys], 0); i >= 0 {
			fail(pos, "key %s has no value", tb.RankText(t.Key, uint64(i)))
		}
	}
}
