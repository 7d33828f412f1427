package sat

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// step is what an action does in a state. Whatever is chosen, parameters among it, is inputs: for each assignment to them there is one
// way through the action.
type step struct {
	inputs []lit
	params []value
	live   lit // there is a successor
	fault  lit
	next   []value
	locals *binding // the parameters
}

// path is the way through statements so far.
type path struct {
	state  []value
	locals *binding
	live   lit
}

// run is the execution of one action, or of the initialisation.
type run struct {
	m     *machine
	old   []value
	fault lit
}

// act executes an action in a state.
func (m *machine) act(a *ir.Action, state []value) step {
	m.pos = a.Pos
	first := len(m.g.inputs)
	p := path{state: state, live: lTrue}
	var params []value
	for _, id := range a.Params {
		v, valid := m.fresh(m.p.Locals[id].Type)
		p.live = m.g.and(p.live, valid)
		p.locals = &binding{id, v, p.locals}
		params = append(params, v)
	}
	r := &run{m: m, old: state}
	locals := p.locals
	if a.Guard != nil {
		p = r.when(p, r.truth(p, a.Guard))
	}
	p = r.block(p, a.Body)
	return step{
		inputs: m.g.inputs[first:], params: params, live: m.g.and(p.live, r.fault.not()), fault: r.fault,
		next: p.state, locals: locals,
	}
}

// start is the initial states: those of the inputs for which live is true.
func (m *machine) start() step {
	first := len(m.g.inputs)
	p := path{live: lTrue}
	r := &run{m: m}
	for _, v := range m.p.Vars {
		var x value
		if m.pos = v.Pos; v.Init == nil {
			var valid lit
			x, valid = m.fresh(v.Type)
			p.live = m.g.and(p.live, valid)
		} else {
			x = m.expr(scope{live: lTrue, fault: &r.fault}, v.Init)
		}
		p.state = append(p.state, x)
	}
	r.old = p.state
	p = r.block(p, m.p.Init)
	return step{inputs: m.g.inputs[first:], live: m.g.and(p.live, r.fault.not()), fault: r.fault, next: p.state}
}

// state is any state: of inputs, and where they are one.
func (m *machine) state() (state []value, valid lit) {
	valid = lTrue
	for _, v := range m.p.Vars {
		m.pos = v.Pos
		x, ok := m.fresh(v.Type)
		state = append(state, x)
		valid = m.g.and(valid, ok)
	}
	return state, valid
}

func (r *run) scope(p path) scope {
	return scope{now: p.state, old: r.old, locals: p.locals, live: p.live, fault: &r.fault}
}

func (r *run) truth(p path, e *ir.Expr) lit { return r.m.truth(r.scope(p), e) }

func (r *run) when(p path, c lit) path {
	p.live = r.m.g.and(p.live, c)
	return p
}

// merge is a where c is true, b elsewhere.
func (r *run) merge(c lit, a, b path) path {
	return path{r.m.muxAll(c, a.state, b.state), b.locals, r.m.g.mux(c, a.live, b.live)}
}

func (r *run) block(p path, list []*ir.Stmt) path {
	outer := p.locals
	for _, st := range list {
		if p.live == lFalse {
			break
		}
		p = r.stmt(p, st)
	}
	p.locals = outer
	return p
}

func (r *run) stmt(p path, st *ir.Stmt) path {
	m := r.m
	m.burn()
	m.pos = st.Pos
	switch st.Op {
	case ir.Assign:
		return r.assign(p, st)
	case ir.IfElse:
		c := r.truth(p, st.X)
		return r.merge(c, r.block(r.when(p, c), st.Body), r.block(r.when(p, c.not()), st.Else))
	case ir.LetStmt:
		p.locals = &binding{st.Local, m.expr(r.scope(p), st.X), p.locals}
		return p
	case ir.When:
		return r.when(p, r.truth(p, st.X))
	case ir.Assert:
		c := r.truth(p, st.X)
		m.faults(r.scope(p), c.not())
		return r.when(p, c)
	case ir.MatchStmt:
		out := r.when(p, lFalse)
		s := r.scope(p)
		m.arms(s, st.X.Type, m.expr(s, st.X), st.Arms, func(a *ir.Arm, cond lit, in scope) {
			taken := r.block(path{p.state, in.locals, in.live}, a.Stmts)
			taken.locals = p.locals
			out = r.merge(cond, taken, out)
		})
		return out
	case ir.For:
		return r.loop(p, st, st.Binders)
	case ir.Choose:
		outer := p.locals
		p = r.block(r.choose(p, st), st.Body)
		p.locals = outer
		return p
	default: // Either
		out := r.when(p, lFalse)
		if len(st.Branches) == 0 {
			return out
		}
		sel, valid := m.g.freshWord(0, int64(len(st.Branches))-1)
		p = r.when(p, valid)
		for i, b := range st.Branches {
			c := m.g.eq(sel, number(int64(i)))
			out = r.merge(c, r.block(r.when(p, c), b), out)
		}
		return out
	}
}

// loop runs a body for every element, one after the other. A domain is evaluated once.
func (r *run) loop(p path, st *ir.Stmt, bs []ir.Binder) path {
	outer := p.locals
	body := func(p path, where *ir.Expr, rest func(path) path) path {
		if where == nil {
			return rest(p)
		}
		c := r.truth(p, where)
		return r.merge(c, rest(r.when(p, c)), r.when(p, c.not()))
	}
	if len(bs) == 0 {
		return body(p, st.Where, func(p path) path { return r.block(p, st.Body) })
	}
	b := &bs[0]
	r.m.domain(r.scope(p), b, func(v value, member lit) {
		r.m.burn()
		in := r.when(p, member)
		in.locals = &binding{b.Local, v, outer}
		in = body(in, b.Where, func(p path) path { return r.loop(p, st, bs[1:]) })
		p = r.merge(member, in, r.when(p, member.not()))
		p.locals = outer
	})
	return p
}

// choose makes inputs of what a statement chooses, and goes on where they are a choice.
func (r *run) choose(p path, st *ir.Stmt) path {
	for i := range st.Binders {
		b := &st.Binders[i]
		v, possible := r.chosen(p, b)
		p = r.when(p, possible)
		p.locals = &binding{b.Local, v, p.locals}
		if b.Where != nil {
			p = r.when(p, r.truth(p, b.Where))
		}
	}
	if st.Where != nil {
		p = r.when(p, r.truth(p, st.Where))
	}
	return p
}

// chosen is an element of a domain, and where it is one.
func (r *run) chosen(p path, b *ir.Binder) (v value, possible lit) {
	m, s := r.m, r.scope(p)
	switch b.Kind {
	case ir.Interval:
		lo, hi := m.num(s, b.Lo), m.num(s, b.Hi)
		if lo.lo > hi.hi {
			return scalar(lo), lFalse
		}
		w, valid := m.g.freshWord(lo.lo, hi.hi)
		return scalar(w), m.g.all(valid, m.g.le(lo, w), m.g.le(w, hi))
	case ir.Members:
		set := m.expr(s, b.Set)
		v, valid := m.fresh(b.Set.Type.Elem)
		return v, m.g.and(valid, m.member(v, set, b.Set.Type))
	case ir.Subsets:
		set := m.expr(s, b.Set)
		v, valid := m.fresh(b.Set.Type)
		return v, m.g.and(valid, m.within(b.Set.Type, v, set))
	}
	return m.fresh(b.Type)
}

// assign evaluates the new value, then the path of the target, and stores.
func (r *run) assign(p path, st *ir.Stmt) path {
	s := r.scope(p)
	v := r.m.expr(s, st.X)
	whole := r.m.replace(s, r.m.p.Vars[st.Target.Var].Type, p.state[st.Target.Var], st.Target.Path, v)
	p.state = slices.Clone(p.state)
	p.state[st.Target.Var] = whole
	return p
}

// replace is a value with another one at the end of a path into it.
func (m *machine) replace(s scope, t *types.Type, in value, steps []ir.PathStep, v value) value {
	if len(steps) == 0 {
		return v
	}
	to := &steps[0]
	out := in
	switch t.Kind {
	case types.Map:
		at := m.is(t.Key, m.expr(s, to.X))
		out.parts = m.with(at, in.parts, m.replace(s, t.Elem, m.entry(at, in.parts), steps[1:], v))
	case types.Seq:
		i := m.num(s, to.X)
		m.faults(s, m.g.or(m.g.lt(i, number(0)), m.g.le(in.num, i)))
		if len(in.parts) > 0 {
			at := m.places(i, len(in.parts))
			out.parts = m.with(at, in.parts, m.replace(s, t.Elem, m.entry(at, in.parts), steps[1:], v))
		}
	default:
		out.parts = slices.Clone(in.parts)
		out.parts[to.Field] = m.replace(s, t.Fields[to.Field].Type, in.parts[to.Field], steps[1:], v)
	}
	return out
}
