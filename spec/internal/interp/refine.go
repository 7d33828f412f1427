package interp

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// abstract gives a new runner of the model that property p says is refined, and what a state is mapped to.
func (r *runner) abstract(p model.PropertyID, vars []Value) (*runner, model.State, *model.Fault) {
	return r.mapped(r.claims[p].prop.Refined, vars)
}

// mapped gives a new runner of abstract model number i, and what a state is mapped to.
func (r *runner) mapped(i int, vars []Value) (*runner, model.State, *model.Fault) {
	a := r.refined[i].NewRunner().(*runner)
	of := &r.m.Program.Refined[i]
	var mapped []Value
	for _, x := range of.Map {
		v, f := r.m.Eval(x, Scope{Vars: vars})
		if f != nil {
			if f.Position == "" {
				f = &model.Fault{Position: types.Pos(x.Pos), Message: f.Message}
			}
			return nil, nil, f
		}
		mapped = append(mapped, v)
	}
	return a, slices.Clone(a.encode(mapped)), nil
}

// begins tells whether a state is mapped to an initial one.
func (r *runner) begins(p model.PropertyID, vars []Value) (yes bool, fault *model.Fault) {
	a, s, fault := r.abstract(p, vars)
	if fault != nil {
		return false, fault
	}
	a.Init(func(t model.State, f *model.Fault) { yes = yes || f == nil && slices.Equal(s, t) })
	return yes, nil
}

// simulated tells whether a step is mapped to a step, or to no change.
func (r *runner) simulated(p model.PropertyID, before, after []Value) (yes bool, fault *model.Fault) {
	a, from, fault := r.abstract(p, before)
	if fault != nil {
		return false, fault
	}
	_, to, fault := r.abstract(p, after)
	if fault != nil {
		return false, fault
	}
	yes = slices.Equal(from, to)
	a.Load(from)
	a.Next(func(_ model.Label, t model.State, f *model.Fault) { yes = yes || f == nil && slices.Equal(t, to) })
	return yes, nil
}

// due tells whether an abstract model can take a step that it is to be fair to from what a state is mapped to, and none that leads back there.
func (r *runner) due(p *ir.Mapped, vars []Value) (bool, *model.Fault) {
	a, from, fault := r.mapped(p.Refined, vars)
	if fault != nil {
		return false, fault
	}
	return a.fairly(p, from, nil) && !a.fairly(p, from, from), nil
}

// takes tells whether a step is mapped to one that an abstract model is to be fair to, or that leads back could be taken before it.
func (r *runner) takes(p *ir.Mapped, before, after []Value) bool {
	a, from, fault := r.mapped(p.Refined, before)
	if fault != nil {
		return false
	}
	_, to, fault := r.mapped(p.Refined, after)
	return fault == nil && (a.fairly(p, from, to) || a.fairly(p, from, from))
}

// fairly tells whether there is a step of the kind between two states of an abstract model, or, with nil, to any.
func (r *runner) fairly(p *ir.Mapped, from, to model.State) (yes bool) {
	runs := &r.m.Program.Runs
	bits := make([]uint64, (len(runs.Code)+63)/64)
	step := runs.Fairness[p.Fair].Step
	r.Load(from)
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f != nil || to != nil && !slices.Equal(t, to) {
			return
		}
		r.ObserveStep(l, bits)
		yes = yes || bits[step/64]>>(step%64)&1 == 1
	})
	return yes
}

// mostInstead is how many of the things that an abstract model could do are told.
const mostInstead = 12

// notInitial says which initial states an abstract model has, where a state is mapped to none.
func (r *runner) notInitial(p model.PropertyID, vars []Value) []model.Part {
	a, _, fault := r.abstract(p, vars)
	if fault != nil {
		return nil
	}
	name := r.claims[p].prop.Name
	out := []model.Part{{Text: name + " does not begin in this state; it may begin in"}}
	var seen []model.State
	more := false
	a.Init(func(t model.State, f *model.Fault) {
		if f != nil || more || slices.ContainsFunc(seen, func(u model.State) bool { return slices.Equal(t, u) }) {
			return
		}
		if more = len(seen) == mostInstead; more {
			return
		}
		seen = append(seen, slices.Clone(t))
	})
	for _, t := range seen {
		var texts []string
		for _, b := range a.Render(t) {
			texts = append(texts, b.Name+" = "+b.Value.String())
		}
		out = append(out, model.Part{Text: strings.Join(texts, ", "), Depth: 1})
	}
	return ended(out, len(seen) == 0, more)
}

// unmatched says what an abstract model could do, where a step is mapped to none of its steps.
func (r *runner) unmatched(p model.PropertyID, before, after []Value) []model.Part {
	a, from, fault := r.abstract(p, before)
	if fault != nil {
		return nil
	}
	_, to, fault := r.abstract(p, after)
	if fault != nil {
		return nil
	}
	name := r.claims[p].prop.Name
	out := []model.Part{{Text: "no step of " + name + " is this one"}}
	out = append(out, changed(a.Render(from), a.Render(to), "", 1)...)
	out = append(out, model.Part{Text: name + " can take"})
	type step struct {
		label model.Label
		to    model.State
	}
	var steps []step
	more := false
	a.Load(from)
	a.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f != nil {
			return
		}
		if len(steps) == mostInstead {
			more = true
			return
		}
		steps = append(steps, step{l, slices.Clone(t)})
	})
	for _, st := range steps {
		out = append(out, changed(a.Render(from), a.Render(st.to), a.Describe(from, st.label).String(), 1)...)
	}
	return ended(out, len(steps) == 0, more)
}

// ended completes a list of what there is instead.
func ended(out []model.Part, none, more bool) []model.Part {
	switch {
	case none:
		out = append(out, model.Part{Text: "nothing", Depth: 1})
	case more:
		out = append(out, model.Part{Text: "and more", Depth: 1})
	}
	return out
}

// changed is what differs between two states of an abstract model, under a heading, if there is one.
func changed(from, to []model.Binding, heading string, depth int) (out []model.Part) {
	if heading != "" {
		out = append(out, model.Part{Text: heading, Depth: depth})
		depth++
	}
	for _, c := range model.Diff(from, to) {
		out = append(out, model.Part{Text: c.Path, Value: c.From.String() + " -> " + c.To.String(), Depth: depth})
	}
	if len(model.Diff(from, to)) == 0 {
		out = append(out, model.Part{Text: "nothing changes", Depth: depth})
	}
	return out
}

// Abstract gives what a state is mapped to; see model.Refiner.
func (r *runner) Abstract(p model.PropertyID, s model.State) ([]model.Binding, *model.Fault) {
	a, mapped, f := r.abstract(p, r.decode(s))
	if f != nil {
		return nil, f
	}
	return a.Render(mapped), nil
}
