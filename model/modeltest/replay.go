package modeltest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// replayed is a saved run as the system takes it now, up to a violation.
type replayed struct {
	trace model.Trace
	parts []model.Part
	fault *model.Fault // where a fault is the violation
}

// replay takes the steps of a saved run by their names; where a name stands for several outcomes it follows all of them.
// It returns nil when the run ends without a violation, and an error when the system does not have such a run any more.
func replay(sys model.System, saved savedRun) (out *replayed, err error) {
	defer func() {
		// What panics here panics in the search too, which reports it in full.
		if v := recover(); v != nil {
			out, err = nil, fmt.Errorf("it panics: %v", v)
		}
	}()
	r := &replaying{runner: sys.NewRunner(), info: sys.Info(), property: -1}
	for i, p := range r.info.Properties {
		if saved.speaksOf(p) {
			r.property = model.PropertyID(i)
		}
	}
	if r.property < 0 && saved.Kind != model.FaultFree {
		return nil, errors.New("there is no such property now")
	}
	if saved.Kind == model.Reachable {
		return nil, errors.New("no run shows that a state is unreachable")
	}
	r.kind, r.started = saved.Kind, len(saved.Steps) > 0
	if saved.Start == nil {
		return r.faultyStart(), nil
	}
	places := r.starts(saved.Start)
	if len(places) == 0 {
		return nil, errors.New("there is no such initial state now")
	}
	for i, step := range saved.Steps {
		last := i == len(saved.Steps)-1
		var violation *replayed
		if places, violation = r.advance(places, step, last); violation != nil {
			return violation, nil
		}
		if len(places) == 0 {
			return nil, fmt.Errorf("step %d, %s, cannot be taken now", i+1, step)
		}
	}
	for _, p := range places {
		if r.violatedIn(p.state) {
			return r.violation(p, model.Label{}, nil), nil
		}
	}
	return nil, nil
}

type replaying struct {
	runner   model.Runner
	info     *model.Info
	property model.PropertyID // -1 for faults, where the system has no property for them
	kind     model.Kind
	started  bool         // the run has steps
	fault    *model.Fault // the one that was found, where faults are what is looked for
}

// place is a state of the run and how it was reached.
type place struct {
	state  model.State
	step   model.StepText
	before *place
}

func (r *replaying) faultyStart() *replayed {
	var out *replayed
	r.runner.Init(func(_ model.State, f *model.Fault) {
		if f != nil && r.kind == model.FaultFree {
			out = &replayed{trace: model.Trace{Steps: []model.TraceStep{{}}, Loop: -1}, fault: f}
		}
	})
	return out
}

func (r *replaying) starts(want []string) []*place {
	var states []model.State
	r.runner.Init(func(s model.State, _ *model.Fault) {
		if s != nil {
			states = append(states, append(model.State{}, s...))
		}
	})
	var out []*place
	known := map[string]bool{}
	for _, s := range states {
		if k := key(s); !known[k] && slices.Equal(texts(r.runner.Render(s)), want) {
			known[k] = true
			out = append(out, &place{state: s})
		}
	}
	return out
}

// advance takes one step from each place. On the last, a property of steps may be violated.
func (r *replaying) advance(places []*place, name string, last bool) ([]*place, *replayed) {
	type outcome struct {
		label    model.Label
		state    model.State
		violated bool
		fault    *model.Fault
	}
	var out []*place
	known := map[string]bool{}
	for _, from := range places {
		var outcomes []outcome
		r.runner.Load(from.state)
		r.runner.Next(func(l model.Label, s model.State, f *model.Fault) {
			r.fault = f
			o := outcome{label: l, violated: f != nil && r.kind == model.FaultFree}
			if s != nil {
				o.state = append(model.State{}, s...)
				o.violated = last && r.violatedBy(l)
			}
			o.fault = r.fault
			outcomes = append(outcomes, o)
		})
		for _, o := range outcomes {
			text := r.runner.Describe(from.state, o.label)
			if text.String() != name {
				continue
			}
			if o.violated {
				r.fault = o.fault
				return nil, r.violation(&place{o.state, text, from}, o.label, from.state)
			}
			if k := key(o.state); o.state != nil && !known[k] {
				known[k] = true
				out = append(out, &place{o.state, text, from})
			}
		}
	}
	return out, nil
}

// violatedBy judges the transition being emitted.
func (r *replaying) violatedBy(l model.Label) bool {
	for i, p := range r.info.Properties {
		if !p.Kind.OfSteps() || p.Kind == model.Ensures && p.Action != l.Action {
			continue
		}
		if id := model.PropertyID(i); id == r.property || r.kind == model.FaultFree {
			ok, f := r.runner.HoldsStep(id)
			r.fault = f
			if r.kind == model.FaultFree && f != nil || id == r.property && f == nil && !ok {
				return true
			}
		}
	}
	return false
}

// violatedIn judges a state.
func (r *replaying) violatedIn(s model.State) bool {
	r.runner.Load(s)
	switch r.kind {
	case model.Invariant:
		ok, f := r.runner.Holds(r.property)
		return f == nil && !ok
	case model.Refines:
		ok, f := r.runner.Holds(r.property)
		return !r.started && f == nil && !ok
	case model.Bound:
		v, f := r.runner.Value(r.property)
		p := r.info.Properties[r.property]
		return f == nil && (p.AtLeast && v < p.Limit || !p.AtLeast && v > p.Limit)
	case model.Deadlock:
		if r.moves() {
			return false
		}
		terminal, f := r.runner.Holds(r.property)
		return f == nil && !terminal
	case model.FaultFree:
		for i, p := range r.info.Properties {
			var f *model.Fault
			switch p.Kind {
			case model.Invariant, model.Reachable, model.Refines:
				_, f = r.runner.Holds(model.PropertyID(i))
			case model.Deadlock:
				if !r.moves() { // elsewhere nobody asks whether it is an end
					_, f = r.runner.Holds(model.PropertyID(i))
				}
			case model.Bound:
				_, f = r.runner.Value(model.PropertyID(i))
			}
			if f != nil {
				r.fault = f
				return true
			}
		}
	}
	return false
}

// moves tells whether the state that is loaded has a successor.
func (r *replaying) moves() bool {
	out := false
	r.runner.Next(func(model.Label, model.State, *model.Fault) { out = true })
	return out
}

// violation gives the run to p; where a step is what is wrong, l is its label and from the state before.
func (r *replaying) violation(p *place, l model.Label, from model.State) *replayed {
	out := &replayed{trace: model.Trace{Loop: -1}}
	if r.kind == model.FaultFree {
		out.fault = r.fault
	}
	for at := p; at != nil; at = at.before {
		step := model.TraceStep{Step: at.step}
		if at.state != nil {
			step.State = r.runner.Render(at.state)
		}
		out.trace.Steps = append(out.trace.Steps, step)
	}
	slices.Reverse(out.trace.Steps)
	if e, ok := r.runner.(model.Explainer); ok && r.property >= 0 && p.state != nil {
		if from == nil {
			out.parts = e.Explain(r.property, p.state, l, nil)
		} else {
			out.parts = e.Explain(r.property, from, l, p.state)
		}
	}
	return out
}
