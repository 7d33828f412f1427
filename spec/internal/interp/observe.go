package interp

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Runs is what the system claims of its runs; see model.Temporal.
func (sys *system) Runs() *model.Runs { return &sys.m.Program.Runs.Runs }

// Observe evaluates the propositions about states; see model.Observer.
func (r *runner) Observe(bits []uint64) (first *model.Fault) {
	clear(bits)
	for i, p := range r.m.Program.Runs.Code {
		var ok bool
		var f *model.Fault
		switch {
		case p.Expr != nil:
			ok, f = r.m.Holds(p.Expr, Scope{Vars: r.vars})
		case p.Mapped != nil && r.m.Program.Runs.Propositions[i].Kind == model.OfState:
			ok, f = r.due(p.Mapped, r.vars)
		}
		if f != nil && first == nil {
			first = f
		}
		if ok && f == nil {
			bits[i/64] |= 1 << (i % 64)
		}
	}
	return first
}

// ObserveStep evaluates the propositions about steps.
func (r *runner) ObserveStep(l model.Label, bits []uint64) {
	clear(bits)
	a, args := r.instance(l)
	for i, p := range r.m.Program.Runs.Code {
		happens := p.Event != nil && &r.m.Program.Actions[p.Event.Action] == a && r.fits(p.Event, args)
		if p.Mapped != nil && r.m.Program.Runs.Propositions[i].Kind == model.OfStep {
			happens = r.takes(p.Mapped, r.step.Old, r.step.Vars)
		}
		if happens {
			bits[i/64] |= 1 << (i % 64)
		}
	}
}

// fits tells whether arguments are those of an event.
func (r *runner) fits(e *ir.Event, args []Value) bool {
	for k, x := range e.Args {
		if x == nil {
			continue
		}
		if v, _ := r.m.Eval(x, Scope{}); !Equal(v, args[k]) {
			return false
		}
	}
	return true
}
