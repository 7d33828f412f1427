package proofs

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// run checks that a claim's run is one of the system and shows what it is there for.
func (v *verifier) run(claim *Claim, id model.PropertyID) error {
	steps := claim.Run.Steps
	if len(steps) == 0 {
		return refused("the run for %s has no state", claim.Property)
	}
	if claim.Run.Loop != 0 {
		return refused("the run for %s is repeated, and what it is there for shows in states and steps", claim.Property)
	}
	r := v.sys.NewRunner()
	if claim.Kind == model.FaultFree && len(steps) == 1 && len(steps[0].State) == 0 && v.faultsAtFirst(r) {
		return nil
	}
	at := v.first(r, steps[0])
	if at == nil {
		return refused("the run for %s does not begin in an initial state", claim.Property)
	}
	for i, step := range steps[1:] {
		last := i == len(steps)-2
		next, shows := v.follow(r, at, step, id)
		if next == nil && !(last && shows) {
			return refused("step %d of the run for %s, %s, is none of the model", i+1, claim.Property, step.Step)
		}
		if last && shows {
			return nil
		}
		at = next
	}
	if claim.Kind == model.Refines && len(steps) > 1 || !v.shows(r, at, id, len(steps) == 1) {
		return refused("the run for %s does not show what it is there for", claim.Property)
	}
	return nil
}

// faultsAtFirst tells whether making an initial state faults.
func (v *verifier) faultsAtFirst(r model.Runner) (faults bool) {
	r.Init(func(_ model.State, f *model.Fault) { faults = faults || f != nil })
	return faults
}

// first finds the initial state that a run begins in.
func (v *verifier) first(r model.Runner, want Taken) (out model.State) {
	var all []model.State
	r.Init(func(s model.State, f *model.Fault) {
		if f == nil {
			all = append(all, slices.Clone(s))
		}
	})
	for _, s := range all {
		if want.Step == "" && slices.Equal(GivenOf(r.Render(s)), want.State) {
			return s
		}
	}
	return nil
}

// follow takes a step of a run: it gives the state that it leads to, and whether the step shows that property id is false.
func (v *verifier) follow(r model.Runner, from model.State, want Taken, id model.PropertyID) (next model.State, shows bool) {
	type found struct {
		label model.Label
		to    model.State
		shows bool
	}
	kind := v.info.Properties[id].Kind
	var all []found
	r.Load(from)
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		one := found{label: l, to: slices.Clone(t)}
		switch {
		case f != nil:
			one.to, one.shows = nil, kind == model.FaultFree
		case kind == model.Step || kind == model.Refines || kind == model.Ensures && v.info.Properties[id].Action == l.Action:
			ok, f := r.HoldsStep(id)
			one.shows = f == nil && !ok
		case kind == model.FaultFree:
			one.shows = v.faultsOn(r)
		}
		all = append(all, one)
	})
	for _, o := range all {
		if r.Describe(from, o.label).String() != want.Step {
			continue
		}
		if o.to == nil && len(want.State) == 0 || o.to != nil && slices.Equal(GivenOf(r.Render(o.to)), want.State) {
			next, shows = o.to, shows || o.shows
		}
	}
	return next, shows
}

// faultsOn tells whether a property of steps faults on the transition that is being emitted.
func (v *verifier) faultsOn(r model.Runner) bool {
	for id, p := range v.info.Properties {
		if p.Kind == model.Step || p.Kind == model.Ensures || p.Kind == model.Refines {
			if _, f := r.HoldsStep(model.PropertyID(id)); f != nil {
				return true
			}
		}
	}
	return false
}

// shows tells whether a state, which may be an initial one, shows what a run to it is there for.
func (v *verifier) shows(r model.Runner, s model.State, id model.PropertyID, initial bool) bool {
	p := v.info.Properties[id]
	r.Load(s)
	switch p.Kind {
	case model.Invariant, model.Refines:
		ok, f := r.Holds(id)
		return f == nil && !ok
	case model.Reachable:
		ok, f := r.Holds(id)
		return f == nil && ok
	case model.Bound:
		x, f := r.Value(id)
		return f == nil && beyond(x, p)
	case model.Deadlock:
		stuck := true
		r.Next(func(model.Label, model.State, *model.Fault) { stuck = false })
		ok, f := r.Holds(id)
		return stuck && f == nil && !ok
	case model.FaultFree:
		return v.faultsIn(r, initial)
	}
	return false // a step must show it
}

// faultsIn tells whether a property of states faults in the current one, or one of initial states where it is one, or what properties of runs
// and of domains speak of.
func (v *verifier) faultsIn(r model.Runner, initial bool) bool {
	stuck := true
	r.Next(func(model.Label, model.State, *model.Fault) { stuck = false })
	for id, p := range v.info.Properties {
		var f *model.Fault
		switch {
		case p.Kind == model.Invariant, p.Kind == model.Reachable, p.Kind == model.Refines && initial, p.Kind == model.Deadlock && stuck:
			_, f = r.Holds(model.PropertyID(id))
		case p.Kind == model.Bound:
			_, f = r.Value(model.PropertyID(id))
		}
		if f != nil {
			return true
		}
	}
	all, err := v.newSpoken(r)
	return err == nil && all.evaluate() != nil
}
