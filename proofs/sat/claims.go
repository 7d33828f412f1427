package sat

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// kind is how a claim is evaluated.
type kind uint8

const (
	unspoken  kind = iota // nothing is said of it here
	ofStates              // invariants and bounds
	ofSteps               // step and ensures
	reachable             // a state has it
	deadlock
	faultFree
)

// claim is a property of a model.
type claim struct {
	id       model.PropertyID
	property model.Property
	kind     kind
	expr     *ir.Expr
}

// claims lists the properties of a program, in the order of its system: its own, what its actions ensure, deadlock and faults.
func claims(p *ir.Program, info *model.Info) []claim {
	var exprs []*ir.Expr
	for i := range p.Props {
		exprs = append(exprs, p.Props[i].Expr)
	}
	for i := range p.Actions {
		if e := p.Actions[i].Ensures; e != nil {
			exprs = append(exprs, e)
		}
	}
	kinds := map[model.Kind]kind{
		model.Invariant: ofStates, model.Bound: ofStates, model.Step: ofSteps, model.Ensures: ofSteps,
		model.Reachable: reachable, model.Deadlock: deadlock, model.FaultFree: faultFree,
	}
	var out []claim
	for i, q := range info.Properties {
		c := claim{id: model.PropertyID(i), property: q, kind: kinds[q.Kind]}
		if i < len(exprs) {
			c.expr = exprs[i]
		}
		out = append(out, c)
	}
	return out
}

// good is where a claim about states is true and has a value.
func (m *machine) good(c claim, state []value) lit {
	m.pos = c.expr.Pos
	v, fault := m.eval(c.expr, scope{now: state, old: state, live: lTrue})
	holds := lFalse
	switch {
	case c.property.Kind != model.Bound:
		holds = v.lit()
	case c.property.AtLeast:
		holds = m.g.le(number(c.property.Limit), v.num)
	default:
		holds = m.g.le(v.num, number(c.property.Limit))
	}
	return m.g.and(holds, fault.not())
}

// goodStep is where a claim about steps is true of one by an action, and has a value.
func (m *machine) goodStep(c claim, action int, old []value, st *step) lit {
	if c.property.Kind == model.Ensures && int(c.property.Action) != action {
		return lTrue
	}
	m.pos = c.expr.Pos
	s := scope{now: st.next, old: old, live: lTrue}
	if c.property.Kind == model.Ensures {
		s.locals = st.locals
	}
	v, fault := m.eval(c.expr, s)
	return m.g.and(v.lit(), fault.not())
}

// terminal is where a state may have no successors.
func (m *machine) terminal(state []value) lit {
	holds, fault := m.terminals(state)
	return m.g.and(holds, fault.not())
}

// terminalFault is where that has no value.
func (m *machine) terminalFault(state []value) lit {
	_, fault := m.terminals(state)
	return fault
}

// terminals evaluates the conditions one after another up to the first that is true.
func (m *machine) terminals(state []value) (holds, fault lit) {
	holds, fault = lFalse, lFalse
	for _, e := range m.p.Terminal {
		m.pos = e.Pos
		v, f := m.eval(e, scope{now: state, old: state, live: m.g.or(holds, fault).not()})
		fault = m.g.or(fault, f)
		holds = m.g.or(holds, v.lit())
	}
	return holds, fault
}

// holdsIn evaluates a claim about states by a runner.
func holdsIn(r model.Runner, info *model.Info, id model.PropertyID) (bool, *model.Fault) {
	q := &info.Properties[id]
	if q.Kind != model.Bound {
		return r.Holds(id)
	}
	v, f := r.Value(id)
	if q.AtLeast {
		return v >= q.Limit, f
	}
	return v <= q.Limit, f
}

// Plain is the plain interpreter of a model, which can be put into any state: spec.Program.Plain.
type Plain interface {
	model.System
	StateOf(values []*ir.Expr) (model.State, error)
}
