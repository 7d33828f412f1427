package symbolic

import (
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits of one instance of an action.
const (
	alternativeLimit = 256 // alternatives
	splitLimit       = 6   // alternatives made of branches that could have been merged
)

// Instance is what an instance of an action does: its alternatives, each a successor where all its guards are true, in
// the order in which they are emitted; and where it faults instead of doing what they say.
type Instance struct {
	Alternatives []Alternative
	Faults       []Guarded
}

// Alternative is one way through an action.
type Alternative struct {
	Guards []node
	Next   []node // the state after it, by variable of diagrams; opaque ones included
	Checks []node // by number of the expression given to Run: where it is true, and where its evaluation faults
	flat   value
}

// Guarded is a condition under others: true where all of Guards are.
type Guarded struct{ Guards []node }

// path is a way through statements so far.
type path struct {
	guards []node
	state  value
	locals *binding
}

// run is the execution of one instance.
type run struct {
	m      *Machine
	faults []Guarded
	splits int
}

// Run executes an action with its parameters of the given ranks. Checks are expressions evaluated after the step, such as
// step properties: the alternatives tell where they are true and where they fault.
func (m *Machine) Run(a *ir.Action, ranks []uint64) *Instance {
	r := &run{m: m}
	m.keys = map[int]int{}
	p := path{state: m.now}
	for i, id := range a.Params {
		p.locals = &binding{id, m.constant(m.p.Locals[id].Type, ranks[i]), p.locals}
	}
	start, ok := p, true
	if a.Guard != nil {
		start, ok = r.guard(p, a.Guard)
	}
	out := &Instance{}
	if ok {
		for _, end := range r.block([]path{start}, a.Body) {
			alt := Alternative{Guards: end.guards, flat: end.state}
			for i := range m.Vars {
				alt.Next = append(alt.Next, end.state[m.Flat[i]])
			}
			out.Alternatives = append(out.Alternatives, alt)
		}
	}
	out.Faults = r.faults
	return out
}

// Keys lists the variables that keys of maps and places in sequences depended on in the last Run, those of most accesses
// first. A function of such a variable and of all items has a large diagram where the items come before it.
func (m *Machine) Keys() []int {
	out := slices.Sorted(maps.Keys(m.keys))
	slices.SortStableFunc(out, func(i, j int) int { return m.keys[j] - m.keys[i] })
	return out
}

// RunWhere is Run where variables have the given values, which is a guard of all that it gives. In f, where After may be
// called for the alternatives, these variables are constants.
func (m *Machine) RunWhere(a *ir.Action, ranks []uint64, values map[int]int, f func(*Instance)) {
	now := m.now
	defer func() { m.now = now }()
	m.now = slices.Clone(now)
	var where []node
	for _, i := range slices.Sorted(maps.Keys(values)) {
		v := m.Const(int64(values[i]))
		where = append(where, m.equal(now[m.Flat[i]], v))
		m.now[m.Flat[i]] = v
	}
	out := m.Run(a, ranks)
	for k := range out.Alternatives {
		out.Alternatives[k].Guards = slices.Concat(where, out.Alternatives[k].Guards)
	}
	for k := range out.Faults {
		out.Faults[k].Guards = slices.Concat(where, out.Faults[k].Guards)
	}
	f(out)
}

// After evaluates a condition on the step that an alternative takes, with the parameters of its action for ensures. It
// gives where the condition is true and where its evaluation faults.
func (m *Machine) After(a *ir.Action, ranks []uint64, alt *Alternative, x *ir.Expr) (holds, faults node) {
	fault := diagram.False
	s := scope{state: alt.flat, live: diagram.True, fault: &fault}
	if a != nil {
		for i, id := range a.Params {
			s = s.bind(id, m.constant(m.p.Locals[id].Type, ranks[i]))
		}
	}
	holds = m.truth(s, x)
	return holds, fault
}

// Necessary lists conditions without which an instance of an action does nothing and does not fault either.
func (m *Machine) Necessary(a *ir.Action, ranks []uint64) []node {
	p := path{state: m.now}
	for i, id := range a.Params {
		p.locals = &binding{id, m.constant(m.p.Locals[id].Type, ranks[i]), p.locals}
	}
	var out []node
	var walk func(x *ir.Expr) bool
	walk = func(x *ir.Expr) bool {
		if x.Op == ir.And {
			return walk(x.Args[0]) && walk(x.Args[1])
		}
		fault := diagram.False
		n := m.truth(scope{state: p.state, locals: p.locals, live: diagram.True, fault: &fault}, x)
		out = append(out, m.or(n, fault))
		return fault == diagram.False // a fault counts whatever comes after it
	}
	m.Try(m.Budget(), func() { walk(a.Guard) }) // as many as can be had
	return out
}

// Eval evaluates an expression of one number on the present state, and where that faults.
func (m *Machine) Eval(x *ir.Expr) (v, faults node) {
	fault := diagram.False
	v = m.scalar(scope{state: m.now, live: diagram.True, fault: &fault}, x)
	known(v)
	return v, fault
}

// eval evaluates an expression on a path and notes where it faults.
func (r *run) eval(p path, f func(s scope)) {
	fault := diagram.False
	f(scope{state: p.state, locals: p.locals, live: diagram.True, fault: &fault})
	r.fault(p, fault)
}

func (r *run) fault(p path, cond node) {
	if cond != diagram.False {
		r.faults = append(r.faults, Guarded{append(slices.Clip(p.guards), cond)})
	}
}

// when is a path under one more condition; false where it leads nowhere.
func (r *run) when(p path, cond node) (path, bool) {
	if cond == diagram.True {
		return p, true
	}
	p.guards = append(slices.Clip(p.guards), cond)
	return p, cond != diagram.False && !r.contradicts(p.guards)
}

// contradicts tells whether guards are known not to be true together: each two of them are compared, if that is cheap.
func (r *run) contradicts(guards []node) bool {
	m, last := r.m, guards[len(guards)-1]
	for _, g := range guards[:len(guards)-1] {
		if m.and(g, last) == diagram.False {
			return true
		}
	}
	return false
}

// guard evaluates a condition part by part: a part is evaluated where those before it are true.
func (r *run) guard(p path, x *ir.Expr) (path, bool) {
	if x.Op == ir.And {
		p, ok := r.guard(p, x.Args[0])
		if !ok {
			return p, false
		}
		return r.guard(p, x.Args[1])
	}
	var n node
	r.eval(p, func(s scope) { n = r.m.truth(s, x) })
	return r.when(p, n)
}

// block runs statements one after another.
func (r *run) block(ps []path, list []*ir.Stmt) []path {
	for _, st := range list {
		var next []path
		for _, p := range ps {
			next = append(next, r.stmt(p, st)...)
		}
		if ps = next; len(ps) > alternativeLimit {
			unsupported("it has more than %d alternatives", alternativeLimit)
		}
	}
	return ps
}

func (r *run) stmt(p path, st *ir.Stmt) []path {
	m := r.m
	m.burn()
	switch st.Op {
	case ir.Assign:
		return []path{r.assign(p, st)}
	case ir.LetStmt:
		r.eval(p, func(s scope) { p.locals = &binding{st.Local, m.expr(s, st.X), p.locals} })
		return []path{p}
	case ir.When:
		if p, ok := r.guard(p, st.X); ok {
			return []path{p}
		}
		return nil
	case ir.Assert:
		var n node
		r.eval(p, func(s scope) { n = m.truth(s, st.X) })
		r.fault(p, m.not(n))
		return []path{p} // where it fails, the fault counts
	case ir.IfElse:
		var n node
		r.eval(p, func(s scope) { n = m.truth(s, st.X) })
		return r.branch(p, n, func(p path) []path { return r.block([]path{p}, st.Body) }, func(p path) []path { return r.block([]path{p}, st.Else) })
	case ir.MatchStmt:
		return r.match(p, st)
	case ir.For:
		return r.loop(p, st, st.Binders)
	case ir.Choose:
		return r.choose(p, st, st.Binders)
	default: // Either
		var out []path
		for _, b := range st.Branches {
			out = append(out, r.block([]path{p}, b)...)
		}
		return out
	}
}

// branch goes one way where cond is true and the other way elsewhere. Ways that do not end in one path each are kept
// apart; others are merged unless there are few enough to keep them apart, too, which makes for simpler changes.
func (r *run) branch(p path, cond node, yes, no func(path) []path) []path {
	m := r.m
	q, isTrue := r.when(p, cond)
	o, isFalse := r.when(p, m.not(cond))
	switch {
	case !isTrue && !isFalse: // p leads nowhere
		return nil
	case !isTrue:
		return no(p)
	case !isFalse:
		return yes(p)
	}
	a, b := yes(q), no(o)
	if len(a) == 1 && len(b) == 1 && len(a[0].guards) == len(q.guards) && len(b[0].guards) == len(o.guards) {
		if slices.Equal(a[0].state, b[0].state) { // nothing was changed
			p.state = a[0].state
			return []path{p}
		}
		if r.splits >= splitLimit {
			p.state = m.chooseAll(cond, a[0].state, b[0].state)
			return []path{p}
		}
		r.splits++
	}
	for i := range a {
		a[i].locals = p.locals
	}
	for i := range b {
		b[i].locals = p.locals
	}
	return append(a, b...)
}

func (r *run) match(p path, st *ir.Stmt) []path {
	m := r.m
	t := st.X.Type
	var v value
	r.eval(p, func(s scope) { v = m.expr(s, st.X) })
	var out []path
	fault := diagram.False
	s := scope{state: p.state, locals: p.locals, live: diagram.True, fault: &fault}
	m.arms(s, t, v, st.Arms, func(a *ir.Arm, cond node, in scope) {
		q, ok := r.when(p, cond)
		if !ok {
			return
		}
		q.locals = in.locals
		for _, end := range r.block([]path{q}, a.Stmts) {
			end.locals = p.locals
			out = append(out, end)
		}
	})
	return out
}

// element is a possible value of a binder.
type element struct {
	v      value
	member node
}

// elements evaluates the domain of a binder on a path.
func (r *run) elements(p path, b *ir.Binder) (out []element) {
	r.eval(p, func(s scope) {
		r.m.domain(s, b, func(v value, member node) {
			r.m.burn()
			out = append(out, element{v, member})
		})
	})
	return out
}

// loop runs a body for every element, one after the other.
func (r *run) loop(p path, st *ir.Stmt, bs []ir.Binder) []path {
	outer := p.locals
	run := func(p path) []path {
		if len(bs) == 0 {
			return r.block([]path{p}, st.Body)
		}
		return r.loop(p, st, bs[1:])
	}
	under := func(p path, where *ir.Expr) []path {
		if where == nil {
			return run(p)
		}
		var n node
		r.eval(p, func(s scope) { n = r.m.truth(s, where) })
		return r.branch(p, n, run, func(p path) []path { return []path{p} })
	}
	if len(bs) == 0 {
		return under(p, st.Where)
	}
	ps, elements := []path{p}, r.elements(p, &bs[0])
	if len(elements) > splitLimit { // keeping apart what the first ones do would leave as much for the others
		defer func(splits int) { r.splits = splits }(r.splits)
		r.splits = splitLimit
	}
	for _, e := range elements {
		var next []path
		for _, p := range ps {
			p.locals = outer
			next = append(next, r.branch(p, e.member, func(p path) []path {
				p.locals = &binding{bs[0].Local, e.v, outer}
				return under(p, bs[0].Where)
			}, func(p path) []path { return []path{p} })...)
		}
		if ps = next; len(ps) > alternativeLimit {
			unsupported("it has more than %d alternatives", alternativeLimit)
		}
	}
	for i := range ps {
		ps[i].locals = outer
	}
	return ps
}

// choose runs a body for every choice, each on a path of its own.
func (r *run) choose(p path, st *ir.Stmt, bs []ir.Binder) []path {
	if len(bs) == 0 {
		if st.Where != nil {
			var ok bool
			if p, ok = r.guard(p, st.Where); !ok {
				return nil
			}
		}
		return r.block([]path{p}, st.Body)
	}
	var out []path
	for _, e := range r.elements(p, &bs[0]) {
		q, ok := r.when(p, e.member)
		if !ok {
			continue
		}
		q.locals = &binding{bs[0].Local, e.v, p.locals}
		if bs[0].Where != nil {
			if q, ok = r.guard(q, bs[0].Where); !ok {
				continue
			}
		}
		for _, end := range r.choose(q, st, bs[1:]) {
			end.locals = p.locals
			out = append(out, end)
		}
		if len(out) > alternativeLimit {
			unsupported("it has more than %d alternatives", alternativeLimit)
		}
	}
	return out
}

// assign evaluates the new value, then the path of the target, and stores.
func (r *run) assign(p path, st *ir.Stmt) path {
	m := r.m
	t := m.p.Vars[st.Target.Var].Type
	at, n := m.starts[st.Target.Var], m.width(t)
	r.eval(p, func(s scope) {
		v := m.stored(st.Target.Type, m.expr(s, st.X))
		part := m.put(s, p.state[at:at+n], t, st.Target.Path, v)
		p.state = slices.Clone(p.state)
		copy(p.state[at:], part)
	})
	return p
}

// put is parts, of type t, with another value at the end of a path.
func (m *Machine) put(s scope, parts value, t *types.Type, steps []ir.PathStep, v value) value {
	if len(steps) == 0 {
		return v
	}
	step := &steps[0]
	switch t.Kind {
	case types.Map:
		r := m.rank(t.Key, m.expr(s, step.X))
		inner := m.entry(parts, r, m.width(t.Elem))
		return m.with(parts, r, m.put(s, inner, t.Elem, steps[1:], v))
	case types.Seq:
		i, size := m.scalar(s, step.X), parts[0]
		known(i, size)
		m.faults(s, m.or(m.apply(diagram.Lt, i, m.Const(0)), m.apply(diagram.Le, size, i)))
		if t.Max == 0 {
			return parts
		}
		i = m.within(i, types.IntRange(0, t.Max-1))
		inner := m.entry(parts[1:], i, m.width(t.Elem))
		return append(value{size}, m.with(parts[1:], i, m.put(s, inner, t.Elem, steps[1:], v))...)
	default:
		at, f := m.field(t, step.Field)
		out := slices.Clone(parts)
		copy(out[at:], m.put(s, parts[at:at+m.width(f)], f, steps[1:], v))
		return out
	}
}
