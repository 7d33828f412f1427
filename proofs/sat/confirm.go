package sat

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Counterexample is a run as the plain interpreter does it, and what is wrong at its end.
type Counterexample struct {
	Trace *model.Trace
	Fault *model.Fault // what has no value, if that is what is wrong
	Why   []model.Part // the parts of the property in the last state or step
}

// confirm runs states by the plain interpreter, the last being where a claim is violated, or the one after the step that violates it, or, of
// faults, where one is; a reachable is true there. The error says what the interpreter does otherwise.
func (p *prover) confirm(c *claim, exprs [][]*ir.Expr, initial bool) (*Counterexample, error) {
	r := &replay{run: p.run, info: p.plain.Info(), trace: &model.Trace{Loop: -1}, words: len(p.m.p.Runs.Code)/64 + 1}
	var states []model.State
	for _, e := range exprs {
		s, err := p.plain.StateOf(e)
		if err != nil {
			return nil, fmt.Errorf("a state is none: %w", err)
		}
		states = append(states, s)
	}
	if len(states) == 0 { // no initial state
		if f := r.initFault(); f != nil {
			return &Counterexample{Trace: r.trace, Fault: f}, nil
		}
		return nil, fmt.Errorf("the plain interpreter finds no fault at the start")
	}
	if initial && !r.starts(states[0]) {
		return nil, fmt.Errorf("the plain interpreter does not start with %v", r.run.Render(states[0]))
	}
	first := model.TraceStep{State: r.run.Render(states[0])}
	if !initial {
		first.Step.Action = "a state"
	}
	r.trace.Steps = append(r.trace.Steps, first)
	for i, s := range states[1:] {
		last := i == len(states)-2
		var of *claim
		if last && c.kind == ofSteps {
			of = c
		}
		if out, err := r.step(states[i], s, of); out != nil || err != nil {
			return out, err
		}
	}
	return r.end(c, states)
}

// replay does steps.
type replay struct {
	run   model.Runner
	info  *model.Info
	trace *model.Trace
	fault *model.Fault // of the claim about the last step
	label model.Label
	words int // of the propositions of Observe
}

func (r *replay) initFault() (out *model.Fault) {
	r.run.Init(func(_ model.State, f *model.Fault) {
		if out == nil {
			out = f
		}
	})
	return out
}

func (r *replay) starts(s model.State) (found bool) {
	r.run.Init(func(t model.State, _ *model.Fault) { found = found || slices.Equal(s, t) })
	return found
}

// step takes a step from s to t; of a claim about steps, one that violates it. Where a step of the same state faults, and the one that is asked for is
// given up for that, the run that ends so is the counterexample.
func (r *replay) step(s, t model.State, of *claim) (*Counterexample, error) {
	found, faults := false, (*model.Fault)(nil)
	var faulty model.Label
	r.run.Load(s)
	r.run.Next(func(l model.Label, u model.State, f *model.Fault) {
		switch {
		case f != nil && faults == nil:
			faults, faulty = f, l
		case f != nil || found || !slices.Equal(t, u):
		case of == nil:
			found, r.label = true, l
		default:
			holds, f := r.run.HoldsStep(of.id)
			if !holds || f != nil {
				found, r.label, r.fault = true, l, f
			}
		}
	})
	switch {
	case found:
		r.trace.Steps = append(r.trace.Steps, model.TraceStep{Step: r.run.Describe(s, r.label), State: r.run.Render(t)})
		return nil, nil
	case faults != nil:
		r.trace.Steps = append(r.trace.Steps, model.TraceStep{Step: r.run.Describe(s, faulty)})
		return &Counterexample{Trace: r.trace, Fault: faults}, nil
	}
	return nil, fmt.Errorf("the plain interpreter takes no such step from %v to %v", r.run.Render(s), r.run.Render(t))
}

// end evaluates a claim at the end.
func (r *replay) end(c *claim, states []model.State) (*Counterexample, error) {
	last := states[len(states)-1]
	out := &Counterexample{Trace: r.trace}
	explain := func(s, t model.State) {
		if e, ok := r.run.(model.Explainer); ok && out.Fault == nil {
			out.Why = e.Explain(c.id, s, r.label, t)
		}
	}
	r.run.Load(last)
	switch c.kind {
	case ofSteps: // the step was chosen so
		out.Fault = r.fault
		explain(states[len(states)-2], last)
		return out, nil
	case ofStates:
		holds, f := holdsIn(r.run, r.info, c.id)
		if !holds || f != nil {
			out.Fault = f
			explain(last, nil)
			return out, nil
		}
	case reachable:
		if holds, f := r.run.Holds(c.id); holds && f == nil {
			return out, nil
		}
	case deadlock:
		successors := 0
		r.run.Next(func(_ model.Label, _ model.State, f *model.Fault) { successors++ })
		if holds, f := r.run.Holds(c.id); successors == 0 && (!holds || f != nil) {
			out.Fault = f
			explain(last, nil)
			return out, nil
		}
	case faultFree:
		if r.faultAt(last, out) {
			return out, nil
		}
	}
	return nil, fmt.Errorf("the plain interpreter finds nothing wrong with %s in %v", c.property.Name, r.run.Render(last))
}

// faultAt looks for an evaluation that faults in a state, of actions or of properties.
func (r *replay) faultAt(s model.State, out *Counterexample) bool {
	step := func(l model.Label, t model.State, f *model.Fault) {
		if out.Fault != nil {
			return
		}
		out.Fault, r.label = f, l
		next := model.TraceStep{Step: r.run.Describe(s, l)}
		if t != nil {
			next.State = r.run.Render(t)
		}
		out.Trace.Steps = append(out.Trace.Steps, next)
	}
	successors := 0
	type emitted struct {
		l model.Label
		t model.State
		f *model.Fault
	}
	var faults []emitted
	r.run.Next(func(l model.Label, t model.State, f *model.Fault) {
		successors++
		if f != nil {
			faults = append(faults, emitted{l, nil, f})
			return
		}
		for i, q := range r.info.Properties {
			if q.Kind != model.Step && q.Kind != model.Ensures {
				continue
			}
			if _, f := r.run.HoldsStep(model.PropertyID(i)); f != nil {
				faults = append(faults, emitted{l, slices.Clone(t), f})
			}
		}
	})
	for _, e := range faults {
		step(e.l, e.t, e.f)
	}
	if out.Fault != nil {
		return true
	}
	for i, q := range r.info.Properties {
		id, f := model.PropertyID(i), (*model.Fault)(nil)
		switch q.Kind {
		case model.Invariant, model.Reachable, model.Bound:
			_, f = holdsIn(r.run, r.info, id)
		case model.Deadlock:
			if successors == 0 {
				_, f = r.run.Holds(id)
			}
		}
		if f != nil {
			out.Fault = f
			return true
		}
	}
	if o, ok := r.run.(model.Observer); ok {
		out.Fault = o.Observe(make([]uint64, r.words))
	}
	return out.Fault != nil
}
