package eval

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// step is a statement together with all that follows it.
type step func(e *env)

// body compiles statements that end in then.
func (c *compiler) body(s scope, stmts []*ir.Stmt, then step) step {
	if len(stmts) == 0 {
		return then
	}
	st := stmts[0]
	if st.Op == ir.LetStmt && isWord(c.p.Locals[st.Local].Type) {
		if v := c.word(s, st.X); v.k {
			return c.body(s.bind(st.Local, v.v), stmts[1:], then)
		}
	}
	return c.stmt(s, st, c.body(s, stmts[1:], then))
}

func (c *compiler) stmt(s scope, st *ir.Stmt, next step) step {
	switch st.Op {
	case ir.Assign:
		set := c.assign(s, st)
		return func(e *env) { set(e); next(e) }
	case ir.LetStmt:
		set := c.setLocal(s, st.Local, st.X)
		return func(e *env) { set(e); next(e) }
	case ir.IfElse:
		cond := c.word(s, st.X)
		if cond.k {
			if cond.v != 0 {
				return c.body(s, st.Body, next)
			}
			return c.body(s, st.Else, next)
		}
		f, a, b := cond.f, c.body(s, st.Body, next), c.body(s, st.Else, next)
		return func(e *env) {
			if f(e) != 0 {
				a(e)
			} else {
				b(e)
			}
		}
	case ir.Assert:
		f, pos := c.word(s, st.X).f, st.Pos
		return func(e *env) {
			if f(e) == 0 {
				fail(pos, "assertion failed")
			}
			next(e)
		}
	case ir.When:
		f := c.word(s, st.X).f
		return func(e *env) {
			if f(e) != 0 {
				next(e)
			}
		}
	case ir.MatchStmt:
		hold, held, tag, table := c.arms(s, st.X, st.Arms)
		var fs []step
		for _, a := range st.Arms {
			set, f := c.binds(s, held, a), c.body(s, a.Stmts, next)
			if set != nil {
				g := f
				f = func(e *env) { set(e); g(e) }
			}
			fs = append(fs, f)
		}
		return func(e *env) {
			if hold != nil {
				hold(e)
			}
			fs[table[tag(e)]](e)
		}
	case ir.For:
		if straight(st.Body) {
			rounds := c.rounds(s, st.Binders, st.Where, func(s scope) step { return c.body(s, st.Body, func(*env) {}) })
			return func(e *env) { rounds(e); next(e) }
		}
		return c.forEach(s, st.Pos, st.Binders, st.Where, func(s scope, again step) step { return c.body(s, st.Body, again) }, next)
	case ir.Either:
		var branches []step
		for _, b := range st.Branches {
			branches = append(branches, c.body(s, b, next))
		}
		put := c.keeper(s)
		return func(e *env) {
			mark := put.save(e)
			for i, b := range branches {
				if i > 0 {
					put.back(e, mark)
				}
				if e.recording {
					e.choices = append(e.choices, model.Binding{Name: "either", Value: model.Text(fmt.Sprintf("branch %d", i+1))})
				}
				e.burn(choiceFuel)
				e.branch(b)
				if e.recording {
					e.choices = e.choices[:len(e.choices)-1]
				}
			}
			put.drop(e, mark)
		}
	default: // Choose
		return c.choose(s, st, next)
	}
}

// branch runs one alternative; a fault in it is reported and leaves the others alone.
func (e *env) branch(f step) {
	depth, rounds, mark := e.depth, e.rounds, len(e.choices)
	saved := len(e.save)
	if fault := e.try(f); fault != nil {
		e.faulted(fault)
		e.depth, e.rounds, e.choices, e.save = depth, rounds, e.choices[:mark], e.save[:saved]
	}
}

// keeper puts memory back between alternatives: the state being made and all locals of the root.
type keeper struct {
	base, cells int
	root        *root
}

func (c *compiler) keeper(s scope) *keeper {
	return &keeper{c.next, c.pk.Cells, s.root}
}

func (k *keeper) save(e *env) int {
	mark := len(e.save)
	e.save = append(e.save, e.m[k.base:k.base+k.cells]...)
	e.save = append(e.save, e.m[k.root.start:k.root.end]...)
	return mark
}

func (k *keeper) back(e *env, mark int) {
	copy(e.m[k.base:k.base+k.cells], e.save[mark:mark+k.cells])
	copy(e.m[k.root.start:k.root.end], e.save[mark+k.cells:])
}

func (k *keeper) drop(e *env, mark int) { e.save = e.save[:mark] }

// choose compiles a choice: the rest of the body runs once for every element.
func (c *compiler) choose(s scope, st *ir.Stmt, next step) step {
	rest := c.body(s, st.Body, next)
	var shown []func(e *env) model.Binding
	for _, b := range st.Binders {
		shown = append(shown, c.show(s, b.Local))
	}
	put := c.keeper(s)
	run := func(e *env) {
		e.burn(choiceFuel)
		n := len(e.choices)
		if e.recording {
			for _, f := range shown {
				e.choices = append(e.choices, f(e))
			}
		}
		// The iterators and the binders are in the memory that is put back, so that each level continues where it was.
		mark := put.save(e)
		e.branch(rest)
		put.back(e, mark)
		put.drop(e, mark)
		e.choices = e.choices[:n]
	}
	return c.rounds(s, st.Binders, st.Where, func(scope) step { return run })
}

// show renders a local, for traces.
func (c *compiler) show(s scope, id ir.LocalID) func(e *env) model.Binding {
	l := c.p.Locals[id]
	at, tb := c.loc(s, id), c.tb
	n := c.cells(l.Type)
	c.cells(l.Type)
	return func(e *env) model.Binding {
		cells := append([]int64(nil), e.m[at:at+n]...)
		if isWord(l.Type) {
			cells[0] -= offset(l.Type)
		}
		t := l.Type
		if t.Kind == types.Int {
			return model.Binding{Name: l.Name, Value: model.Int(e.m[at])}
		}
		return model.Binding{Name: l.Name, Value: tb.Render(t, cells)}
	}
}

// straight tells whether statements always come to their end, once.
func straight(stmts []*ir.Stmt) bool {
	for _, st := range stmts {
		if st.Op == ir.Choose || st.Op == ir.Either || st.Op == ir.When || !straight(st.Body) || !straight(st.Else) {
			return false
		}
		for _, a := range st.Arms {
			if !straight(a.Stmts) {
				return false
			}
		}
	}
	return true
}

// rounds compiles a loop with a straight body.
func (c *compiler) rounds(s scope, bs []ir.Binder, where *ir.Expr, body func(s scope) step) step {
	under := func(cond *ir.Expr, run step) step {
		if cond == nil {
			return run
		}
		f := c.word(s, cond).f
		return func(e *env) {
			if f(e) != 0 {
				run(e)
			}
		}
	}
	if len(bs) == 0 {
		return under(where, body(s))
	}
	it := c.iterator(s, bs[0])
	inner := under(bs[0].Where, c.rounds(s, bs[1:], where, body))
	return func(e *env) {
		for it.start(e); it.next(e); {
			e.burn(1)
			inner(e)
		}
	}
}

// forEach compiles a loop whose body may choose: each round ends by starting the next one, and the last by what follows.
func (c *compiler) forEach(s scope, pos syntax.Pos, bs []ir.Binder, where *ir.Expr, body func(s scope, again step) step, next step) step {
	if len(bs) == 0 {
		run := body(s, next)
		if where == nil {
			return run
		}
		f := c.word(s, where).f
		return func(e *env) {
			if f(e) != 0 {
				run(e)
			} else {
				next(e)
			}
		}
	}
	it := c.iterator(s, bs[0])
	var round step
	again := func(e *env) { round(e) }
	inner := c.forEach(s, pos, bs[1:], where, body, again)
	if w := bs[0].Where; w != nil {
		f, g := c.word(s, w).f, inner
		inner = func(e *env) {
			if f(e) != 0 {
				g(e)
			} else {
				again(e)
			}
		}
	}
	round = func(e *env) {
		if it.next(e) {
			e.burn(1)
			if e.rounds++; e.rounds > roundLimit {
				fail(pos, "more than %d rounds of a loop that chooses", roundLimit)
			}
			inner(e)
			e.rounds--
		} else {
			next(e)
		}
	}
	return func(e *env) { it.start(e); round(e) }
}

// assign compiles an assignment and notes which cells of the state it may change.
func (c *compiler) assign(s scope, st *ir.Stmt) func(e *env) {
	v := c.p.Vars[st.Target.Var]
	p, t := fixed(s.base+c.pk.Offsets[st.Target.Var]), v.Type
	for _, ps := range st.Target.Path {
		switch t.Kind {
		case types.Map:
			p, t = c.entry(s, p, t, ps.X), t.Elem
		case types.Seq:
			p, t = c.seqIndex(s, p, t, ps.X, ps.Pos), t.Elem
		default:
			p, t = plus(p, c.fieldOffset(t.Fields, ps.Field)), t.Fields[ps.Field].Type
		}
	}
	first, n := c.pk.Offsets[st.Target.Var], c.cells(v.Type)
	if p.k {
		first, n = p.at-s.base, c.cells(t)
	}
	for i := range n {
		s.root.writes[first+i] = true
	}
	if isWord(t) || p.k {
		return c.into(s, st.X, t, p)
	}
	// The place may be worked out with the scratch memory that the value stands in: the value first, into its own.
	k := c.cells(t)
	tmp := c.alloc(k)
	set, to := c.into(s, st.X, t, fixed(tmp)), p.f
	return func(e *env) {
		set(e)
		a := to(e)
		copy(e.m[a:a+k], e.m[tmp:tmp+k])
	}
}
