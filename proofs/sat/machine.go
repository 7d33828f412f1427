package sat

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// RefusedError says why a model, or a part of it, has no circuit here.
type RefusedError struct {
	Pos  syntax.Pos // where it is met; the zero value where it is not of one place
	What string
}

// Error gives the position and the reason.
func (e *RefusedError) Error() string {
	if e.Pos.Line == 0 {
		return e.What
	}
	return types.Pos(e.Pos) + ": " + e.What
}

// machine makes circuits of the expressions and statements of a program.
type machine struct {
	g      *graph
	p      *ir.Program
	lists  map[*types.Type][]value
	consts map[*ir.Expr]*value // constants of the model, and their values once they were used
	pos    syntax.Pos          // of what is worked on
	work   int                 // left
}

// workLimit is how many expressions, elements and entries are worked on for one expression or one action. It is so far below the steps
// after which the interpreter gives up that no expression here, and no way through an action, would have ended so.
const workLimit = 1 << 20

func newMachine(p *ir.Program, nodes int) *machine {
	m := &machine{g: newGraph(nodes), p: p, lists: map[*types.Type][]value{}, consts: map[*ir.Expr]*value{}, work: workLimit}
	for _, k := range p.Consts {
		if k.Value.Op != ir.Const {
			m.consts[k.Value] = nil
		}
	}
	return m
}

func (m *machine) refuse(format string, args ...any) {
	panic(&RefusedError{m.pos, fmt.Sprintf(format, args...)})
}

func (m *machine) burn() { m.burnAll(1) }

func (m *machine) burnAll(n int) {
	if m.work -= n; m.work < 0 {
		m.refuse("it goes through more than %d values and expressions", workLimit)
	}
}

// try does some work, and says what it refused.
func (m *machine) try(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *RefusedError:
			err = r
		case tooLarge:
			err = &RefusedError{m.pos, fmt.Sprintf("its circuits have more than %d nodes", r.nodes)}
		default:
			panic(r)
		}
	}()
	m.work = workLimit
	f()
	return nil
}

// scope is what an expression is evaluated in. Fault collects where evaluation faults, among the assignments for which live is
// true: those for which the expression is evaluated at all.
type scope struct {
	now, old []value // the state, by variable, and the one before the step
	locals   *binding
	calls    *activation
	live     lit
	fault    *lit
}

type binding struct {
	id    ir.LocalID
	v     value
	outer *binding
}

// activation is a call of a recursive function under way, its measure, and the most that this can be.
type activation struct {
	fn      ir.FuncID
	measure word
	outer   *activation
}

func (s scope) bind(id ir.LocalID, v value) scope {
	if id >= 0 {
		s.locals = &binding{id, v, s.locals}
	}
	return s
}

// under is the scope where c is true as well.
func (m *machine) under(s scope, c lit) scope {
	s.live = m.g.and(s.live, c)
	return s
}

// faults notes that an evaluation has no value where c is true.
func (m *machine) faults(s scope, c lit) { *s.fault = m.g.or(*s.fault, m.g.and(s.live, c)) }

// eval evaluates an expression in a state, where live is true, and gives where that faults.
func (m *machine) eval(e *ir.Expr, s scope) (v value, fault lit) {
	s.fault = &fault
	v = m.expr(s, e)
	return v, fault
}

func (m *machine) truth(s scope, e *ir.Expr) lit { return m.expr(s, e).lit() }
func (m *machine) num(s scope, e *ir.Expr) word  { return m.expr(s, e).num }

func (m *machine) expr(s scope, e *ir.Expr) value {
	known, ok := m.consts[e]
	if !ok {
		return m.node(s, e)
	}
	if known == nil {
		fault := lFalse
		v := m.node(scope{live: lTrue, fault: &fault}, e)
		if fault != lFalse {
			m.refuse("a constant has no value")
		}
		known = &v
		m.consts[e] = known
	}
	return *known
}

// node evaluates an expression that is no constant of the model.
func (m *machine) node(s scope, e *ir.Expr) value {
	m.burn()
	m.pos = e.Pos
	if s.live == lFalse && e.Op != ir.Const { // nobody looks at it
		return m.least(e.Type)
	}
	switch e.Op {
	case ir.Const:
		return scalar(number(e.Int))
	case ir.LoadVar:
		return s.now[e.Var]
	case ir.LoadLocal:
		for b := s.locals; b != nil; b = b.outer {
			if b.id == e.Local {
				return b.v
			}
		}
		panic(fmt.Sprintf("sat: local %d has no value here", e.Local))
	case ir.Old:
		s.now = s.old
		return m.expr(s, e.Args[0])
	case ir.And, ir.Or, ir.Implies, ir.If:
		return m.conditional(s, e)
	case ir.Let:
		return m.expr(s.bind(e.Local, m.expr(s, e.Args[0])), e.Args[1])
	case ir.Match:
		return m.match(s, e)
	case ir.Call:
		return m.call(s, e)
	}
	if e.Binders != nil {
		return m.quantifier(s, e)
	}
	args := make([]value, len(e.Args))
	for i, a := range e.Args {
		args[i] = m.expr(s, a)
	}
	m.pos = e.Pos
	return m.operation(s, e, args)
}

func (m *machine) conditional(s scope, e *ir.Expr) value {
	g := m.g
	a := m.truth(s, e.Args[0])
	switch e.Op {
	case ir.And:
		return truth(g.and(a, m.truth(m.under(s, a), e.Args[1])))
	case ir.Or:
		return truth(g.or(a, m.truth(m.under(s, a.not()), e.Args[1])))
	case ir.Implies:
		return truth(g.implies(a, m.truth(m.under(s, a), e.Args[1])))
	}
	switch a {
	case lTrue:
		return m.expr(s, e.Args[1])
	case lFalse:
		return m.expr(s, e.Args[2])
	}
	return m.mux(a, m.expr(m.under(s, a), e.Args[1]), m.expr(m.under(s, a.not()), e.Args[2]))
}

// arms visits each arm of a match that may be taken, with where it is and the scope it is evaluated in.
func (m *machine) arms(s scope, t *types.Type, v value, arms []ir.Arm, visit func(a *ir.Arm, cond lit, in scope)) {
	left := lTrue
	for i := range arms {
		a := &arms[i]
		cond := left
		if a.Ctor >= 0 {
			cond = m.g.and(left, m.g.eq(v.num, number(int64(a.Ctor))))
		}
		left = m.g.and(left, cond.not())
		if cond == lFalse {
			continue
		}
		in := m.under(s, cond)
		if len(a.Binds) > 0 {
			from, _ := carries(t, a.Ctor)
			for k, id := range a.Binds {
				in = in.bind(id, v.parts[from+k])
			}
		}
		visit(a, cond, in)
	}
}

func (m *machine) match(s scope, e *ir.Expr) value {
	v := m.expr(s, e.Args[0])
	var out value
	some := false
	m.arms(s, e.Args[0].Type, v, e.Arms, func(a *ir.Arm, cond lit, in scope) {
		w := m.expr(in, a.Body)
		if !some {
			out, some = w, true
		} else {
			out = m.mux(cond, w, out)
		}
	})
	if !some {
		return m.least(e.Type)
	}
	return out
}

// call evaluates a function. One that calls itself is written out as often as its measure can fall.
func (m *machine) call(s scope, e *ir.Expr) value {
	f := &m.p.Funcs[e.Func]
	inner := s
	inner.locals = nil
	for i, id := range f.Params {
		inner = inner.bind(id, m.expr(s, e.Args[i]))
	}
	if f.Decreases != nil {
		measure := m.num(inner, f.Decreases)
		m.faults(inner, m.g.lt(measure, number(0)))
		if measure.hi < 0 {
			return m.least(e.Type)
		}
		measure = measure.within(0, measure.hi)
		for c := s.calls; c != nil; c = c.outer {
			if c.fn == e.Func {
				m.faults(inner, m.g.le(c.measure, measure))
				if c.measure.hi <= measure.lo {
					return m.least(e.Type)
				}
				measure = measure.within(0, c.measure.hi-1)
				break
			}
		}
		inner.calls = &activation{e.Func, measure, s.calls}
	}
	return m.expr(inner, f.Body)
}
