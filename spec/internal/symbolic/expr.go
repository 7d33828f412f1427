package symbolic

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/diagram"
	"github.com/bulkheadlang/bulkhead/spec/internal/layout"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// scope is what an expression is evaluated in. Fault collects where evaluation faults, within the states for which live
// is true: those in which the expression is evaluated at all.
type scope struct {
	state  value
	locals *binding
	live   node
	fault  *node
}

type binding struct {
	id   ir.LocalID
	v    value
	next *binding
}

func (s scope) bind(id ir.LocalID, v value) scope {
	s.locals = &binding{id, v, s.locals}
	return s
}

// under is the scope where cond is true as well.
func (m *Machine) under(s scope, cond node) scope {
	s.live = m.and(s.live, cond)
	return s
}

// faults notes that evaluation has no value where cond is true.
func (m *Machine) faults(s scope, cond node) {
	*s.fault = m.or(*s.fault, m.and(s.live, cond))
}

// scalar evaluates an expression of a scalar type, which is one number.
func (m *Machine) scalar(s scope, x *ir.Expr) node {
	return m.expr(s, x)[0]
}

// truth evaluates a condition.
func (m *Machine) truth(s scope, x *ir.Expr) node {
	n := m.scalar(s, x)
	known(n)
	return n
}

func (m *Machine) expr(s scope, x *ir.Expr) value {
	if v, ok := m.consts[x]; ok {
		if v == nil {
			fault := diagram.False
			v = m.evaluate(scope{state: m.now, live: diagram.True, fault: &fault}, x)
			if fault != diagram.False {
				unsupported("it uses a constant that has no value")
			}
			m.consts[x] = v
		}
		return v
	}
	return m.evaluate(s, x)
}

func (m *Machine) evaluate(s scope, x *ir.Expr) value {
	m.burn()
	if s.live == diagram.False && x.Op != ir.Const { // nobody looks at it
		return m.anything(x.Type)
	}
	one := func(n node) value { return value{n} }
	switch x.Op {
	case ir.Const:
		return one(m.Const(x.Int))
	case ir.LoadVar:
		t := m.p.Vars[x.Var].Type
		at := m.starts[x.Var]
		return m.loaded(t, s.state[at:at+m.width(t)])
	case ir.LoadLocal:
		for b := s.locals; b != nil; b = b.next {
			if b.id == x.Local {
				return b.v
			}
		}
		unsupported("a local without a value")
	case ir.Old:
		s.state = m.now
		return m.expr(s, x.Args[0])
	case ir.And, ir.Or, ir.Implies, ir.If:
		return m.conditional(s, x)
	case ir.Let:
		return m.expr(s.bind(x.Local, m.expr(s, x.Args[0])), x.Args[1])
	case ir.Match:
		return m.match(s, x)
	case ir.Call:
		return m.call(s, x)
	case ir.IsCtor:
		v := m.expr(s, x.Args[0])
		return one(m.is(m.tag(x.Args[0].Type, v), x.Int))
	}
	if x.Binders != nil {
		return m.quantifier(s, x)
	}
	args := make([]value, len(x.Args))
	for i, a := range x.Args {
		args[i] = m.expr(s, a)
	}
	return m.operation(s, x, args)
}

// anything is a value for where there is none.
func (m *Machine) anything(t *types.Type) value {
	if layout.IsScalar(t) {
		return value{m.Const(max(offset(t), min(0, t.Hi)))}
	}
	return m.zero(t)
}

func (m *Machine) conditional(s scope, x *ir.Expr) value {
	a := m.truth(s, x.Args[0])
	switch x.Op {
	case ir.And:
		return value{m.and(a, m.truth(m.under(s, a), x.Args[1]))}
	case ir.Or:
		return value{m.or(a, m.truth(m.under(s, m.not(a)), x.Args[1]))}
	case ir.Implies:
		return value{m.or(m.not(a), m.truth(m.under(s, a), x.Args[1]))}
	}
	if a == diagram.True {
		return m.expr(s, x.Args[1])
	}
	if a == diagram.False {
		return m.expr(s, x.Args[2])
	}
	return m.chooseAll(a, m.expr(m.under(s, a), x.Args[1]), m.expr(m.under(s, m.not(a)), x.Args[2]))
}

// tag is the number of the constructor that made a value.
func (m *Machine) tag(t *types.Type, v value) node {
	known(v[0])
	if t.Kind == types.Option && layout.IsScalar(t) {
		return m.not(m.is(v[0], 0))
	}
	return v[0]
}

// carried is what a value made by a constructor carries, and in which states it was made by that one; in others it is
// some value of its type.
func (m *Machine) carried(t *types.Type, v value, ctor int) (cond node, parts []value) {
	if ctor < 0 {
		return diagram.True, nil
	}
	cond = m.is(m.tag(t, v), int64(ctor))
	switch {
	case t.Kind == types.Option && ctor == 1 && layout.IsScalar(t):
		parts = []value{{m.choose(cond, m.shift(v[0], offset(t.Elem)-1), m.anything(t.Elem)[0])}}
	case t.Kind == types.Option && ctor == 1:
		parts = []value{m.loaded(t.Elem, v[1:])}
	case t.Kind == types.Union:
		m.open(t)
		at := 1
		for _, f := range t.Variants[ctor].Fields {
			n := m.width(f.Type)
			parts = append(parts, m.loaded(f.Type, m.chooseAll(cond, m.clamped(f.Type, v[at:at+n]), m.zero(f.Type))))
			at += n
		}
	}
	return cond, parts
}

// clamped is stored parts of type t, none above its limit. A place that several constructors use holds greater numbers
// only where another one made the value.
func (m *Machine) clamped(t *types.Type, v value) value {
	out := make(value, len(v))
	for i, p := range m.parts(t) {
		known(v[i])
		out[i] = m.apply(diagram.Min, v[i], m.Const(int64(p.limit)))
	}
	return out
}

// arms gives each arm of a match the scope that it is evaluated in, and its condition.
func (m *Machine) arms(s scope, t *types.Type, v value, arms []ir.Arm, visit func(arm *ir.Arm, cond node, s scope)) {
	left := diagram.True // where no arm fits so far
	for i := range arms {
		a := &arms[i]
		cond, parts := m.carried(t, v, a.Ctor)
		cond = m.and(cond, left)
		if cond == diagram.False {
			continue
		}
		left = m.and(left, m.not(cond))
		in := m.under(s, cond)
		for k, id := range a.Binds {
			if id >= 0 {
				in = in.bind(id, parts[k])
			}
		}
		visit(a, cond, in)
	}
}

func (m *Machine) match(s scope, x *ir.Expr) value {
	v := m.expr(s, x.Args[0])
	var out value
	m.arms(s, x.Args[0].Type, v, x.Arms, func(a *ir.Arm, cond node, in scope) {
		w := m.expr(in, a.Body)
		if out == nil {
			out = w
		} else {
			out = m.chooseAll(cond, w, out)
		}
	})
	if out == nil {
		return m.anything(x.Type)
	}
	return out
}

const callDepth = 64

// call evaluates a function. One that calls itself is written out as often as its measure falls, which must be a constant
// each time.
func (m *Machine) call(s scope, x *ir.Expr) value {
	f := &m.p.Funcs[x.Func]
	inner := s
	inner.locals = nil
	for i, id := range f.Params {
		inner = inner.bind(id, m.expr(s, x.Args[i]))
	}
	now := call{f: x.Func}
	if f.Decreases != nil {
		var ok bool
		if now.measure, ok = m.IsConst(m.truth(inner, f.Decreases)); !ok {
			unsupported("it calls %s, whose depth depends on the state", f.Name)
		}
	}
	for _, c := range slices.Backward(m.calls) {
		if c.f == x.Func {
			if f.Decreases == nil || now.measure >= c.measure {
				unsupported("it calls %s, whose measure does not fall", f.Name)
			}
			break
		}
	}
	if now.measure < 0 || len(m.calls) >= callDepth {
		unsupported("it calls %s, which is recursive", f.Name)
	}
	m.calls = append(m.calls, now)
	out := m.expr(inner, f.Body)
	m.calls = m.calls[:len(m.calls)-1]
	return out
}

// operation evaluates a node of evaluated arguments.
func (m *Machine) operation(s scope, x *ir.Expr, args []value) value {
	t := x.Type
	num := func(i int) node { known(args[i][0]); return args[i][0] }
	one := func(n node) value { return value{n} }
	switch x.Op {
	case ir.Narrow:
		n := num(0)
		m.faults(s, m.or(m.apply(diagram.Lt, n, m.Const(t.Lo)), m.apply(diagram.Lt, m.Const(t.Hi), n)))
		return one(m.within(n, t))
	case ir.Not:
		return one(m.not(num(0)))
	case ir.Neg:
		return one(m.apply(diagram.Sub, m.Const(0), num(0)))
	case ir.Add, ir.Sub, ir.Mul, ir.Min, ir.Max:
		out := num(0)
		op := map[ir.Op]diagram.Op{ir.Add: diagram.Add, ir.Sub: diagram.Sub, ir.Mul: diagram.Mul, ir.Min: diagram.Min, ir.Max: diagram.Max}[x.Op]
		for i := 1; i < len(args); i++ {
			out = m.apply(op, out, num(i))
		}
		return one(out)
	case ir.Div, ir.Mod:
		m.faults(s, m.is(num(1), 0))
		op := diagram.Div
		if x.Op == ir.Mod {
			op = diagram.Mod
		}
		return one(m.apply(op, num(0), num(1)))
	case ir.Abs:
		return one(m.apply(diagram.Max, num(0), m.apply(diagram.Sub, m.Const(0), num(0))))
	case ir.Eq:
		return one(m.same(args[0], args[1]))
	case ir.Lt:
		return one(m.apply(diagram.Lt, num(0), num(1)))
	case ir.Le:
		return one(m.apply(diagram.Le, num(0), num(1)))
	case ir.RecordLit, ir.Key:
		var out value
		for i, f := range t.Fields {
			out = append(out, m.stored(f.Type, args[i])...)
		}
		return out
	case ir.Ctor:
		return m.made(x, args)
	case ir.Index:
		mt := x.Args[0].Type
		return m.loaded(mt.Elem, m.entry(args[0], m.rank(mt.Key, args[1]), m.width(mt.Elem)))
	case ir.WithKey:
		return m.with(args[0], m.rank(t.Key, args[1]), m.stored(t.Elem, args[2]))
	case ir.Field:
		rt := x.Args[0].Type
		at, f := m.field(rt, int(x.Int))
		return m.loaded(f, args[0][at:at+m.width(f)])
	case ir.WithField:
		at, f := m.field(t, int(x.Int))
		out := slices.Clone(args[0])
		copy(out[at:], m.stored(f, args[1]))
		return out
	case ir.Value:
		ot := x.Args[0].Type
		has, parts := m.carried(ot, args[0], 1)
		m.faults(s, m.not(has))
		return parts[0]
	case ir.MapFill:
		return slices.Repeat(m.stored(t.Elem, args[0]), int(t.Key.Card()))
	case ir.MapLit:
		b := m.newMap(t)
		for i := 0; i+1 < len(args); i += 2 {
			b.put(diagram.True, args[i], args[i+1])
		}
		return b.done(s)
	}
	return m.collection(s, x, args)
}

// within is n where it is in a range, and some value of the range elsewhere.
func (m *Machine) within(n node, t *types.Type) node {
	return m.apply(diagram.Max, m.apply(diagram.Min, n, m.Const(t.Hi)), m.Const(t.Lo))
}

func (m *Machine) same(a, b value) node {
	out := diagram.True
	for i := range a {
		out = m.and(out, m.equal(a[i], b[i]))
		if out == diagram.False {
			break
		}
	}
	return out
}

// field is where a field of a record begins, and its type.
func (m *Machine) field(t *types.Type, i int) (at int, f *types.Type) {
	for _, f := range t.Fields[:i] {
		at += m.width(f.Type)
	}
	return at, t.Fields[i].Type
}

// made is a value made by a constructor.
func (m *Machine) made(x *ir.Expr, args []value) value {
	t := x.Type
	if t.Kind == types.Option {
		switch {
		case len(args) == 0:
			return m.zero(t)
		case layout.IsScalar(t):
			return value{m.shift(args[0][0], 1-offset(t.Elem))}
		}
		return append(value{diagram.True}, m.stored(t.Elem, args[0])...)
	}
	m.open(t)
	out := value{m.Const(x.Int)}
	for i, f := range t.Variants[x.Int].Fields {
		out = append(out, m.stored(f.Type, args[i])...)
	}
	for len(out) < m.width(t) {
		out = append(out, diagram.False)
	}
	return out
}

// mapMaker makes a map entry by entry.
type mapMaker struct {
	m     *Machine
	t     *types.Type
	parts value
	given value // of each key, whether it has a value
}

func (m *Machine) newMap(t *types.Type) *mapMaker {
	n := int(t.Key.Card())
	return &mapMaker{m, t, slices.Repeat(m.zero(t.Elem), n), slices.Repeat(value{diagram.False}, n)}
}

// put gives a key a value, where cond is true.
func (b *mapMaker) put(cond node, key, val value) {
	m := b.m
	r := m.rank(b.t.Key, key)
	b.parts = m.chooseAll(cond, m.with(b.parts, r, m.stored(b.t.Elem, val)), b.parts)
	b.given = m.chooseAll(cond, m.with(b.given, r, value{diagram.True}), b.given)
}

func (b *mapMaker) done(s scope) value {
	for _, g := range b.given {
		b.m.faults(s, b.m.not(g))
	}
	return b.parts
}
