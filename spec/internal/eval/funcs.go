package eval

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// funcKey names a function as compiled to read one of the two states.
type funcKey struct {
	id   ir.FuncID
	base int
}

// function is a compiled function. Its parameters, locals and scratch memory lie from start to end; a call within a call
// of itself saves them.
type function struct {
	params     []int
	word       word
	place      addr
	measure    word // of a recursive function
	last       int  // where the measure of the running call is
	root       *root
	busy       bool // being compiled: a call met now is recursive
	start, end int
}

func (c *compiler) function(id ir.FuncID, base int) *function {
	key := funcKey{id, base}
	if f := c.funcs[key]; f != nil {
		return f
	}
	d := &c.p.Funcs[id]
	f := &function{root: c.newRoot(), busy: true}
	c.funcs[key] = f
	f.start = c.size
	s := scope{base: base, root: f.root}
	for _, p := range d.Params {
		f.params = append(f.params, c.loc(s, p))
	}
	if d.Decreases != nil {
		f.last = c.alloc(1)
		f.measure = c.word(s, d.Decreases).f
	}
	if isWord(d.Result) {
		f.word = c.word(s, d.Body).f
	} else {
		f.place = c.comp(s, d.Body).f
	}
	f.end = c.size
	f.busy = false
	return f
}

// call compiles a call up to the point where the function's value stands in its own memory; after runs then and must
// keep what it needs of it. It returns code that does it all.
func (c *compiler) call(s scope, x *ir.Expr, after func(f *function) func(e *env)) func(e *env) {
	f := c.function(x.Func, s.base)
	d := &c.p.Funcs[x.Func]
	pos := x.Pos
	// All arguments are worked out before any parameter changes: they may call the function themselves.
	var sets []func(e *env)
	var temps, sizes []int
	for i, a := range x.Args {
		t := c.p.Locals[d.Params[i]].Type
		n := c.cells(t)
		tmp := c.alloc(n)
		temps, sizes = append(temps, tmp), append(sizes, n)
		if isWord(t) {
			w := c.word(s, a).f
			sets = append(sets, func(e *env) { e.m[tmp] = w(e) })
		} else {
			sets = append(sets, c.into(s, a, t, fixed(tmp)))
		}
	}
	pass := func(e *env) {
		for i, p := range f.params {
			copy(e.m[p:p+sizes[i]], e.m[temps[i]:temps[i]+sizes[i]])
		}
	}
	keep := after(f)
	if d.Decreases == nil {
		return func(e *env) {
			e.burn(callFuel)
			for _, set := range sets {
				set(e)
			}
			pass(e)
			keep(e)
		}
	}
	inner := f.busy
	return func(e *env) {
		e.burn(callFuel)
		if e.depth++; e.depth > depthLimit { // before the measure, which may call the function too
			fail(pos, "more than %d calls within calls", depthLimit)
		}
		for _, set := range sets {
			set(e)
		}
		before := e.m[f.last]
		mark := len(e.save)
		if inner {
			if len(e.save)+f.end-f.start > saveLimit {
				fail(pos, "calls within calls need more than %d cells of memory", saveLimit)
			}
			e.save = append(e.save, e.m[f.start:f.end]...)
		}
		pass(e)
		m := f.measure(e)
		if m < 0 {
			fail(pos, "decreases is negative: %d", m)
		}
		if inner && m >= before {
			fail(pos, "decreases did not fall: from %d to %d", before, m)
		}
		e.m[f.last] = m
		keep(e)
		e.depth--
		if inner {
			copy(e.m[f.start:f.end], e.save[mark:])
			e.save = e.save[:mark]
		}
	}
}

func (c *compiler) callWord(s scope, x *ir.Expr) code {
	d := &c.p.Funcs[x.Func]
	if d.Decreases == nil {
		var f *function
		run := c.call(s, x, func(fn *function) func(e *env) { f = fn; return func(*env) {} })
		return dyn(func(e *env) int64 { run(e); return f.word(e) })
	}
	// The result is carried past the memory that is put back, at the top of the stack.
	run := c.call(s, x, func(f *function) func(e *env) {
		return func(e *env) { e.result = f.word(e) }
	})
	return dyn(func(e *env) int64 { run(e); return e.result })
}

func (c *compiler) callPlace(s scope, x *ir.Expr) place {
	n := c.cells(x.Type)
	at := c.alloc(n)
	d := &c.p.Funcs[x.Func]
	if d.Decreases == nil {
		run := c.call(s, x, func(f *function) func(e *env) {
			return func(e *env) {
				a := f.place(e)
				copy(e.m[at:at+n], e.m[a:a+n])
			}
		})
		return place{f: func(e *env) int { run(e); return at }}
	}
	run := c.call(s, x, func(f *function) func(e *env) {
		return func(e *env) {
			a := f.place(e)
			e.cells = append(e.cells[:0], e.m[a:a+n]...)
		}
	})
	return place{f: func(e *env) int {
		run(e)
		copy(e.m[at:at+n], e.cells)
		return at
	}}
}

// binds compiles what an arm binds, from the value held in x; nil when it binds nothing.
func (c *compiler) binds(s scope, x *ir.Expr, a ir.Arm) func(e *env) {
	t := x.Type
	var sets []func(e *env)
	for i, id := range a.Binds {
		if id < 0 {
			continue
		}
		bt := c.p.Locals[id].Type
		switch {
		case isWord(t): // an option of a scalar: its rank is one more than that of what it holds
			at, lo, f := c.loc(s, id), offset(bt), c.word(s, x).f
			sets = append(sets, func(e *env) { e.m[at] = f(e) - 1 + lo })
		case t.Elem != nil: // an option of a composite
			sets = append(sets, c.localFrom(s, id, bt, c.comp(s, x), 1))
		default:
			sets = append(sets, c.localFrom(s, id, bt, c.comp(s, x), 1+c.fieldOffset(t.Variants[a.Ctor].Fields, i)))
		}
	}
	switch len(sets) {
	case 0:
		return nil
	case 1:
		return sets[0]
	}
	return func(e *env) {
		for _, set := range sets {
			set(e)
		}
	}
}

// arms compiles a match into a table from constructor to arm. held is the value matched, worked out once.
func (c *compiler) arms(s scope, x *ir.Expr, arms []ir.Arm) (hold func(e *env), held *ir.Expr, tag word, table []int) {
	t := x.Type
	held = x
	if x.Op != ir.LoadLocal || s.lookup(x.Local) != nil {
		id := c.scratch(t)
		hold = c.setLocal(s, id, x)
		held = &ir.Expr{Op: ir.LoadLocal, Type: t, Pos: x.Pos, Local: id}
	}
	tag = c.tag(s, held).f
	n := 2
	switch {
	case len(t.Members) > 0:
		n = len(t.Members)
	case len(t.Variants) > 0:
		n = len(t.Variants)
	}
	table = make([]int, n)
	for ctor := range table {
		for i, a := range arms {
			if a.Ctor == ctor || a.Ctor < 0 {
				table[ctor] = i
				break
			}
		}
	}
	if isWord(t) && len(t.Members) == 0 { // bool and options of scalars: all ranks above 0 are one constructor
		f := tag
		tag = func(e *env) int64 { return b2i(f(e) != 0) }
	}
	return hold, held, tag, table
}

func (c *compiler) matchWord(s scope, x *ir.Expr) code {
	hold, held, tag, table := c.arms(s, x.Args[0], x.Arms)
	var fs []word
	for _, a := range x.Arms {
		set, f := c.binds(s, held, a), c.word(s, a.Body).f
		if set != nil {
			g := f
			f = func(e *env) int64 { set(e); return g(e) }
		}
		fs = append(fs, f)
	}
	return dyn(func(e *env) int64 {
		if hold != nil {
			hold(e)
		}
		return fs[table[tag(e)]](e)
	})
}

func (c *compiler) matchPlace(s scope, x *ir.Expr) place {
	hold, held, tag, table := c.arms(s, x.Args[0], x.Arms)
	var fs []addr
	for _, a := range x.Arms {
		set, f := c.binds(s, held, a), c.comp(s, a.Body).f
		if set != nil {
			g := f
			f = func(e *env) int { set(e); return g(e) }
		}
		fs = append(fs, f)
	}
	return place{f: func(e *env) int {
		if hold != nil {
			hold(e)
		}
		return fs[table[tag(e)]](e)
	}}
}
