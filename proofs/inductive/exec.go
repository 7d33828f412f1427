package inductive

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// way is one way in which statements can go: the state that they lead to, where live is true. What is chosen on the way are
// variables, for all values of which a claim is to be shown.
type way struct {
	in   env
	live *Term
}

// block runs statements in order.
func (g *gen) block(list []*ir.Stmt, ways []way) []way {
	for _, st := range list {
		var next []way
		for _, w := range ways {
			if w.live.Op != False {
				g.under(w.live, func() { next = append(next, g.stmt(st, w)...) })
			}
		}
		ways = next
	}
	return ways
}

func (g *gen) stmt(st *ir.Stmt, w way) []way {
	saved := g.pos
	g.pos = st.Pos
	defer func() { g.pos = saved }()
	p := g.pool
	switch st.Op {
	case ir.Assign:
		w.in = g.assign(st, w.in)
	case ir.LetStmt:
		x := g.expr(st.X, w.in)
		g.fit(st.X.Type, g.prog.Locals[st.Local].Type, x)
		w.in = w.in.bind(st.Local, x)
	case ir.Assert:
		g.require(g.truth(st.X, w.in))
	case ir.When:
		w.live = p.and(w.live, g.truth(st.X, w.in))
	case ir.IfElse:
		c := g.truth(st.X, w.in)
		yes := g.block(st.Body, []way{{w.in, p.and(w.live, c)}})
		no := g.block(st.Else, []way{{w.in, p.and(w.live, p.not(c))}})
		return g.join(c, w.in, yes, no)
	case ir.MatchStmt:
		x := g.expr(st.X, w.in)
		var ways []way
		var conds []*Term
		g.arms(st.X.Type, x, st.Arms, func(arm *ir.Arm, when *Term) {
			got := g.block(arm.Stmts, []way{{bindArm(arm, x, w.in), p.and(w.live, when)}})
			if len(conds) == 0 {
				ways, conds = got, append(conds, when)
				return
			}
			ways = g.join(p.not(when), w.in, ways, got)
			conds = append(conds, when)
		})
		return ways
	case ir.For:
		return g.loop(st.Binders, st, w)
	case ir.Choose:
		return g.choice(st.Binders, st, w)
	case ir.Either:
		var out []way
		for _, b := range st.Branches {
			for _, v := range g.block(b, []way{w}) {
				v.in.locals = w.in.locals
				out = append(out, v)
			}
		}
		return out
	}
	return []way{w}
}

// join makes one way of two where each branch went one way, so that statements after them are gone through once.
func (g *gen) join(c *Term, before env, yes, no []way) []way {
	if len(yes) != 1 || len(no) != 1 {
		out := append(yes, no...)
		for i := range out {
			out[i].in.locals = before.locals
		}
		return out
	}
	a, b := yes[0], no[0]
	out := way{in: before, live: g.pool.or(a.live, b.live)}
	out.in.vars = make([]value, len(before.vars))
	for i, v := range g.prog.Vars {
		if a.in.vars[i].version == b.in.vars[i].version {
			out.in.vars[i] = a.in.vars[i]
		} else {
			x := g.choose(c, v.Type, a.in.vars[i], b.in.vars[i])
			x.version = g.nextVersion()
			out.in.vars[i] = x
		}
	}
	return []way{out}
}

func (g *gen) assign(st *ir.Stmt, in env) env {
	x := g.expr(st.X, in)
	g.fit(st.X.Type, st.Target.Type, x)
	v := g.store(in.vars[st.Target.Var], st.Target.Path, x, in)
	vars := append([]value{}, in.vars...)
	v.version = g.nextVersion()
	vars[st.Target.Var] = v
	in.vars = vars
	return in
}

// store is v with another part at the end of a path.
func (g *gen) store(v value, path []ir.PathStep, x value, in env) value {
	if len(path) == 0 {
		return x
	}
	step := path[0]
	if step.X == nil {
		return withPart(v, step.Field, g.store(v.Parts[step.Field], path[1:], x, in))
	}
	k := g.expr(step.X, in)
	if step.Type.Kind == types.Map {
		g.fit(step.X.Type, step.Type.Key, k)
		inner := g.store(v.At(k), path[1:], x, in)
		return g.withKey(step.Type, v, k, inner)
	}
	p := g.pool
	g.require(p.and(p.le(p.num(0), k.T), p.lt(k.T, v.Len)))
	inner := g.store(v.At(k), path[1:], x, in)
	return value{Len: v.Len, At: func(i value) value { return g.choose(p.eq(i.T, k.T), step.Type.Elem, inner, v.At(i)) }}
}

// loop runs a body for each element, one after the other.
func (g *gen) loop(bs []ir.Binder, st *ir.Stmt, w way) []way {
	p := g.pool
	locals := w.in.locals
	if len(bs) == 0 {
		if st.Where == nil {
			return g.block(st.Body, []way{w})
		}
		c := g.truth(st.Where, w.in)
		yes := g.block(st.Body, []way{{w.in, p.and(w.live, c)}})
		return g.join(c, w.in, yes, []way{{w.in, p.and(w.live, p.not(c))}})
	}
	b := &bs[0]
	now := []way{w}
	rounds := func(v value, there *Term) {
		if there.Op == False {
			return
		}
		var next []way
		for _, w := range now {
			if w.live.Op == False {
				continue
			}
			w.in.locals = locals
			g.under(w.live, func() { next = append(next, g.round(bs, st, w, v, there)...) })
		}
		now = next
	}
	switch b.Kind {
	case ir.AllOf:
		if fast, ok := g.atOnce(bs, st, w); ok {
			return []way{fast}
		}
		for _, v := range g.enumerate(b.Type) {
			rounds(v, p.truth(true))
		}
	case ir.Interval:
		lo, hi := g.expr(b.Lo, w.in).T, g.expr(b.Hi, w.in).T
		if g.isOpen() && (lo.Op != Num || hi.Op != Num) {
			panic(&Unsupported{Pos: st.Pos, What: "a loop through this interval", Consts: g.open})
		}
		g.interval(all, b, w.in, func(v value, there *Term) *Term { rounds(v, there); return p.truth(true) })
	case ir.Subsets:
		s := g.expr(b.Set, w.in)
		for _, v := range g.enumerate(b.Type) {
			rounds(v, g.every(b.Type.Elem, func(x value) *Term { return p.implies(v.Has(x), s.Has(x)) }))
		}
	default:
		s, t := g.expr(b.Set, w.in), b.Set.Type
		for _, v := range g.enumerate(t.Elem) {
			rounds(v, g.member(t, s, t.Elem, v))
		}
	}
	for i := range now {
		now[i].in.locals = locals
	}
	return now
}

// round is one element of a loop that is there under a condition.
func (g *gen) round(bs []ir.Binder, st *ir.Stmt, w way, v value, there *Term) []way {
	p := g.pool
	inner := way{w.in.bind(bs[0].Local, v), p.and(w.live, there)}
	if bs[0].Where != nil {
		g.under(inner.live, func() { there = p.and(there, g.truth(bs[0].Where, inner.in)) })
		inner.live = p.and(w.live, there)
	}
	var yes []way
	g.under(inner.live, func() { yes = g.loop(bs[1:], st, inner) })
	if there.Op == True {
		return yes
	}
	return g.join(there, w.in, yes, []way{{w.in, p.and(w.live, p.not(there))}})
}

// atOnce is a loop through all values of an open type of which each round writes a place of its own, and reads no place that others write:
// the rounds may then as well be one step.
func (g *gen) atOnce(bs []ir.Binder, st *ir.Stmt, w way) (way, bool) {
	b := &bs[0]
	if !g.isOpen() || g.finite(b.Type) || len(bs) != 1 || len(st.Body) != 1 || st.Body[0].Op != ir.Assign {
		return w, false
	}
	a := st.Body[0]
	path := a.Target.Path
	if len(path) != 1 || path[0].X == nil || path[0].Type.Kind != types.Map {
		return w, false
	}
	keys, own := []*ir.Expr{path[0].X}, -1
	if path[0].X.Op == ir.Key {
		keys = path[0].X.Args
	}
	parts := []*types.Type{path[0].Type.Key}
	if parts[0].Kind == types.Tuple {
		parts = fieldTypes(parts[0].Fields)
	}
	for i, k := range keys {
		if k.Op == ir.LoadLocal && k.Local == b.Local && g.alike(parts[i], b.Type) {
			own = i
		}
	}
	if own < 0 {
		return w, false
	}
	for i, e := range append([]*ir.Expr{a.X, st.Where, b.Where}, keys...) {
		if e != nil && i != own+3 && g.readsElsewhere(e, a.Target.Var, keys, own) {
			return w, false
		}
	}
	for i, k := range keys {
		if i != own && mentionsLocal(k, b.Local) {
			return w, false
		}
	}
	p := g.pool
	before := w.in // what every round reads: nothing that another one writes
	m := before.vars[a.Target.Var]
	when := func(in env) *Term {
		c := p.truth(true)
		for _, e := range []*ir.Expr{b.Where, st.Where} {
			if e != nil {
				g.under(c, func() { c = p.and(c, g.truth(e, in)) })
			}
		}
		return c
	}
	g.every(b.Type, func(v value) *Term { // for what it needs
		in := before.bind(b.Local, v)
		g.under(when(in), func() {
			g.fit(a.X.Type, a.Target.Type, g.expr(a.X, in))
			g.expr(path[0].X, in)
		})
		return p.truth(true)
	})
	v := value{version: g.nextVersion(), At: func(k value) (out value) {
		g.quietly(func() {
			at := []value{k}
			if len(keys) > 1 {
				at = k.Parts
			}
			in := before.bind(b.Local, at[own])
			there := when(in)
			for i, e := range keys {
				if i != own {
					there = p.and(there, g.same(parts[i], g.expr(e, in), at[i]))
				}
			}
			out = g.choose(there, a.Target.Type, g.expr(a.X, in), m.At(k))
		})
		return out
	}}
	vars := append([]value{}, before.vars...)
	vars[a.Target.Var] = v
	w.in.vars = vars
	return w, true
}

func mentionsLocal(e *ir.Expr, l ir.LocalID) bool {
	found := false
	visit(e, func(x *ir.Expr) bool {
		found = found || x.Op == ir.LoadLocal && x.Local == l
		return true
	})
	return found
}

// visit goes through an expression and what it is made of, below where f says so.
func visit(e *ir.Expr, f func(*ir.Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, a := range e.Args {
		visit(a, f)
	}
	for _, b := range e.Binders {
		for _, x := range []*ir.Expr{b.Lo, b.Hi, b.Set, b.Where} {
			visit(x, f)
		}
	}
	visit(e.Where, f)
	for _, a := range e.Arms {
		visit(a.Body, f)
	}
}

// readsElsewhere tells whether an expression may read a variable other than at the key that a round writes.
func (g *gen) readsElsewhere(e *ir.Expr, v ir.VarID, keys []*ir.Expr, own int) bool {
	elsewhere := false
	visit(e, func(x *ir.Expr) bool {
		if x.Op == ir.Index && x.Args[0].Op == ir.LoadVar && x.Args[1].Op == ir.LoadLocal && len(keys) == 1 && x.Args[1].Local == keys[own].Local {
			return false
		}
		elsewhere = elsewhere || x.Op == ir.LoadVar && x.Var == v || x.Op == ir.Call
		return true
	})
	return elsewhere
}

// choice is a value of each binder, whichever: one way for all of them where nothing is written out.
func (g *gen) choice(bs []ir.Binder, st *ir.Stmt, w way) []way {
	p := g.pool
	if len(bs) == 0 {
		if st.Where != nil {
			w.live = p.and(w.live, g.truth(st.Where, w.in))
		}
		var out []way
		g.under(w.live, func() { out = g.block(st.Body, []way{w}) })
		return out
	}
	b := &bs[0]
	t := b.Type
	if b.Kind == ir.Members {
		t = b.Set.Type.Elem
	}
	if b.Kind == ir.Interval {
		t = types.IntRange(b.Lo.Type.Lo, b.Hi.Type.Hi)
	}
	v := g.state(t, g.chosen(g.prog.Locals[b.Local].Name), nil)
	g.picks = append(g.picks, pick{t, v})
	var there *Term
	switch b.Kind {
	case ir.Interval:
		there = p.within(g.expr(b.Lo, w.in).T, v.T, g.expr(b.Hi, w.in).T)
	case ir.Subsets:
		s := g.expr(b.Set, w.in)
		there = g.every(t.Elem, func(x value) *Term { return p.implies(v.Has(x), s.Has(x)) })
	case ir.AllOf:
		there = g.typed(t, v)
	default:
		there = p.and(g.typed(t, v), g.member(b.Set.Type, g.expr(b.Set, w.in), t, v))
	}
	w.in = w.in.bind(b.Local, v)
	w.live = p.and(w.live, there)
	var out []way
	g.under(w.live, func() {
		if b.Where != nil {
			w.live = p.and(w.live, g.truth(b.Where, w.in))
		}
		g.under(w.live, func() { out = g.choice(bs[1:], st, w) })
	})
	return out
}
