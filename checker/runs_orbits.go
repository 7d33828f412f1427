package checker

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// How properties of whole runs are decided among representatives.
//
// A state is bisimilar to its representative with regard to propositions that are Alike: they are as true of the one as of the other,
// and a permutation takes each step of the one to a step of the other, of the same action and with the same ones true. So, from
// state to state, a run of the system is matched by one among representatives, and the other way round, on which at each place the
// same is true and the same steps are enabled. A property that consists of such propositions alone, with all assumptions of
// fairness about such steps, holds of the system exactly when it holds among representatives, with the same waiting times (Emerson
// and Sistla, "Symmetry and model checking", 1996; it takes more than that where fairness is of single identities,
// "Utilizing symmetry when model-checking under fairness assumptions", 1997). All others are decided on all states.
//
// A cycle among representatives leads from a state to one that some permutation makes of it, and followed again to what the
// permutation makes of that; so it closes, at the latest when it has been followed as often as the order of the permutation says.

// tells says which part of a property, or of the fairness that it assumes, may tell identities apart, or gives "".
func (w *whole) tells(id model.PropertyID) string {
	named := func(i int) string {
		if p := &w.runs.Propositions[i]; !p.Alike {
			return fmt.Sprintf("`%s` tells identities apart", p.Text)
		}
		return ""
	}
	why := ""
	var formula func(f *model.Formula)
	formula = func(f *model.Formula) {
		if f == nil || why != "" {
			return
		}
		if f.Op == model.PropositionOp {
			why = named(f.Prop)
		}
		for _, g := range f.Args {
			formula(g)
		}
	}
	for _, in := range w.of[id].Instances {
		formula(in.Formula)
		if in.Wait == nil {
			continue
		}
		formula(in.Wait.From)
		formula(in.Wait.To)
		if in.Wait.Unit >= 0 && why == "" {
			why = named(in.Wait.Unit)
		}
	}
	if kind := w.s.info.Properties[id].Kind; why != "" || kind != model.LTL && kind != model.Within {
		return why
	}
	for _, f := range w.runs.Fairness {
		if !w.runs.Propositions[f.Step].Alike {
			return "it assumes " + f.Text
		}
	}
	return ""
}

// orbits decides what can be decided among representatives.
func (w *whole) orbits(ctx context.Context) error {
	var ids []model.PropertyID
	for _, id := range w.s.plan.runs {
		if w.unreduced[id] = w.tells(id); w.unreduced[id] == "" {
			ids = append(ids, id)
		}
	}
	return w.apart(ctx, ofRepresentatives, ids)
}

// unfolded makes an event that was found in the graph of representatives one of the system.
func (s *search) unfolded(e *event) (err error) {
	failed := shield("Init, Load or Next", func() { err = s.sys.(*reduced).unfold(e) })
	if err == nil {
		err = failed
	}
	return err
}

// follow is trace on a graph of representatives. A cycle is followed until it closes.
func (d *decision) follow(steps []runs.Step, end uint32, loop int) (*model.Trace, error) {
	var r *run
	var err error
	failed := shield("Init, Load or Next", func() {
		f := &follower{decision: d, unfolding: d.s.sys.(*reduced).unfolding()}
		r, err = f.run(steps, end, loop)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return d.worded(r)
}

// follower turns a run along edges of a graph of representatives into one of the system.
type follower struct {
	*decision
	*unfolding
	out run
}

func (f *follower) run(steps []runs.Step, end uint32, loop int) (*run, error) {
	first := end
	if len(steps) > 0 {
		first = steps[0].State
	}
	at := f.start(f.gr.state(first))
	if at == nil {
		return nil, &NondeterminismError{What: "a run cannot begin again as it did"}
	}
	f.out.states = append(f.out.states, at)
	if err := f.take(steps); err != nil {
		return nil, err
	}
	for loop < len(steps) && !slices.Equal(f.out.states[loop], f.out.states[len(f.out.states)-1]) {
		if f.ctx.Err() != nil {
			return nil, f.ctx.Err()
		}
		if err := f.take(steps[loop:]); err != nil {
			return nil, err
		}
	}
	return &f.out, nil
}

// take goes on along some edges.
func (f *follower) take(steps []runs.Step) error {
	for _, step := range steps {
		at := f.out.states[len(f.out.states)-1]
		class := f.g.Steps[step.Edge]
		if f.g.Actions[class] == runs.Stutter {
			f.out.states, f.out.labels = append(f.out.states, at), append(f.out.labels, model.Label{Action: runs.Stutter})
			continue
		}
		alike := func(l model.Label) bool { return f.alike(l, class) }
		to := f.step(f.gr.state(step.State), f.gr.state(f.g.Where(f.g.Targets[step.Edge])), alike)
		label, ok := f.label(at, to, alike)
		if to == nil || !ok {
			return &NondeterminismError{What: fmt.Sprintf("step %d of a trace cannot be taken again", len(f.out.states))}
		}
		f.out.states, f.out.labels = append(f.out.states, to), append(f.out.labels, label)
	}
	return nil
}

// label gives a label that passes by which s leads to t.
func (f *follower) label(s, t model.State, pass func(model.Label) bool) (label model.Label, ok bool) {
	f.runner.Load(s)
	f.runner.Next(func(l model.Label, next model.State, fault *model.Fault) {
		if !ok && fault == nil && pass(l) && slices.Equal(next, t) {
			label, ok = l, true
		}
	})
	return label, ok
}

// alike tells whether the step being emitted is as one of a class: of the same action, with the same Alike propositions true.
func (f *follower) alike(l model.Label, class uint32) bool {
	if int32(l.Action) != f.g.Actions[class] {
		return false
	}
	bits := make([]uint64, f.gr.words)
	if f.gr.steps {
		f.runner.(model.Observer).ObserveStep(l, bits)
	}
	for i, p := range f.runs.Propositions {
		if p.Kind == model.OfStep && p.Alike && (bits[i>>6]^f.g.StepBits[class][i>>6])>>(i&63)&1 == 1 {
			return false
		}
	}
	return true
}

// observerOf gives what of a runner observes: that of the system, which has the same current state.
func observerOf(r model.Runner) (model.Observer, bool) {
	if q, ok := r.(*reducedRunner); ok {
		r = q.Runner
	}
	o, ok := r.(model.Observer)
	return o, ok
}
