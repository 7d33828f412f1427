package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/slice"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Slice is a part of a model that is enough to decide some of its properties: a system without the variables and the
// actions that they do not depend on. It has these properties and others with the same names as in the model, of which nothing is to be
// concluded: a check has to be of Properties only. What it finds is lifted to the model by Lift.
type Slice struct {
	*system
	Properties []string // that it decides
	Variables  []string // that it has, in the order of declaration
	LeftOut    []string // the variables of the model that it does not have
	Actions    []string // the actions of the model that it does not have
	// Stuttered says that steps of the actions left out are stood for by an action that does nothing: that a step property
	// does not hold of the slice may say nothing of the model. Then Lift fails.
	Stuttered bool
	whole     *system
	kept      []int // of each variable, its number in the model
}

// Slices gives the slices of the model that decide its properties, or those named, from the fewest bits of state to the most:
// one for all properties that depend on the same. The names must be of properties.
func (p *Program) Slices(names []string) ([]*Slice, error) { return sliced(p.code, p.fast, names) }

// Slices gives the slices of the mutated model, as Program.Slices does.
func (m *Mutant) Slices(names []string) ([]*Slice, error) {
	whole, ok := m.System().(*system)
	if !ok {
		return nil, errors.New("spec: a mutant is no system of this package")
	}
	return sliced(m.code, whole, names)
}

// sliced gives the slices of a program that is compiled as whole.
func sliced(code *ir.Program, whole *system, names []string) ([]*Slice, error) {
	var claims []slice.Claim
	var of []string
	for i, p := range whole.Info().Properties {
		if len(names) > 0 && !slices.Contains(names, p.Name) {
			continue
		}
		claim := slice.Claim{Kind: slice.OfProp, Prop: i}
		switch p.Kind {
		case model.Ensures:
			claim = slice.Claim{Kind: slice.OfEnsures, Prop: int(p.Action)}
		case model.Deadlock:
			claim = slice.Claim{Kind: slice.OfDeadlock}
		case model.FaultFree:
			claim = slice.Claim{Kind: slice.OfFaults}
		}
		claims, of = append(claims, claim), append(of, p.Name)
	}
	var out []*Slice
	for _, part := range slice.Of(code, claims) {
		s, err := newSlice(code, whole, &part)
		if err != nil {
			return nil, err
		}
		for _, i := range part.Claims {
			s.Properties = append(s.Properties, of[i])
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b *Slice) int { return cmp.Compare(a.Info().StateBits, b.Info().StateBits) })
	return out, nil
}

func newSlice(code *ir.Program, whole *system, part *slice.Part) (*Slice, error) {
	s := &Slice{system: whole, whole: whole, Stuttered: part.Stuttered}
	for i, v := range code.Vars {
		if part.Vars[i] {
			s.Variables, s.kept = append(s.Variables, v.Name), append(s.kept, i)
		} else {
			s.LeftOut = append(s.LeftOut, v.Name)
		}
	}
	for i, a := range code.Actions {
		if !part.Actions[i] {
			s.Actions = append(s.Actions, a.Name)
		}
	}
	if part.Whole {
		return s, nil
	}
	if err := withRuns(part.Program); err != nil {
		return nil, err
	}
	compiled, err := eval.Compile(part.Program)
	if err != nil {
		return nil, placed(err, part.Program)
	}
	s.system = newSystem(compiled)
	return s, nil
}

// Whole tells whether nothing of the model is left out.
func (s *Slice) Whole() bool { return len(s.LeftOut)+len(s.Actions) == 0 }

// Other tells whether an action is the one that stands for those left out.
func (s *Slice) Other(action string) bool { return s.Stuttered && action == slice.Other }

// mostLifted is the number of steps that a trace may have in the model.
const mostLifted = 1 << 14

// Lift gives the run of the model that takes the steps of a run of the slice, and in which what the slice does not have has its
// values. Actions that are left out do not occur. A loop may have to be followed several times until it closes in the model:
// longer is by how many steps it begins later. The error says that the model has no such run, which is so of steps that stand
// for those left out, or that it would be too long.
func (s *Slice) Lift(t *model.Trace) (lifted *model.Trace, longer int, err error) {
	if s.Whole() {
		return t, 0, nil
	}
	l := &lifter{slice: s, runner: s.whole.NewRunner()}
	if err = l.start(t.Steps[0]); err != nil {
		return nil, 0, err
	}
	for i, step := range t.Steps[1:] {
		if i+1 == t.Loop {
			l.mark()
		}
		if err = l.take(step); err != nil {
			return nil, 0, err
		}
	}
	out := &model.Trace{Loop: t.Loop}
	if t.Loop >= 0 {
		cycle := t.Steps[t.Loop:]
		for l.repeats() < 0 {
			l.mark()
			for _, step := range cycle {
				if err = l.take(step); err != nil {
					return nil, 0, err
				}
			}
		}
		longer = l.repeats() * len(cycle)
		out.Loop += longer
	}
	out.Steps = l.steps
	return out, longer, nil
}

// lifter follows a run of a slice in the model.
type lifter struct {
	slice  *Slice
	runner model.Runner
	at     model.State // nil after a fault
	steps  []model.TraceStep
	marks  []model.State // the states in which the loop was begun
}

func (l *lifter) mark() { l.marks = append(l.marks, slices.Clone(l.at)) }

// repeats tells how often the loop was followed before it began in the state it has come back to, -1 where in none.
func (l *lifter) repeats() int {
	return slices.IndexFunc(l.marks, func(s model.State) bool { return slices.Equal(s, l.at) })
}

// matches tells whether a state of the model is projected to one of the slice.
func (l *lifter) matches(all, part []model.Binding) bool {
	return slices.EqualFunc(l.slice.kept, part, func(i int, b model.Binding) bool { return all[i].Name == b.Name && all[i].Value.Equal(b.Value) })
}

func (l *lifter) start(step model.TraceStep) error {
	found := false
	l.runner.Init(func(t model.State, f *model.Fault) {
		if found || (f != nil) != (step.State == nil) {
			return
		}
		if f == nil {
			all := l.runner.Render(t)
			if !l.matches(all, step.State) {
				return
			}
			l.at, step.State = slices.Clone(t), all
		}
		found = true
	})
	if !found {
		return errors.New("the model does not begin as its slice does")
	}
	l.steps = append(l.steps, step)
	return nil
}

// take goes on by a step of the slice.
func (l *lifter) take(step model.TraceStep) error {
	if step.Step.Action == "" { // the run has stopped
		step.State = l.runner.Render(l.at)
		l.steps = append(l.steps, step)
		return nil
	}
	if len(l.steps) > mostLifted {
		return fmt.Errorf("a run of the slice has more than %d steps in the model", mostLifted)
	}
	type emission struct {
		label model.Label
		next  model.State // nil of a fault
	}
	var all []emission
	l.runner.Load(l.at)
	l.runner.Next(func(label model.Label, t model.State, f *model.Fault) {
		if l.slice.whole.Info().Actions[label.Action].Name == step.Step.Action && (f != nil) == (step.State == nil) {
			all = append(all, emission{label, slices.Clone(t)})
		}
	})
	for _, e := range all {
		var state []model.Binding
		if e.next != nil {
			if state = l.runner.Render(e.next); !l.matches(state, step.State) {
				continue
			}
		}
		text := l.runner.Describe(l.at, e.label)
		if !sameBindings(text.Args, step.Step.Args) || !sameBindings(text.Choices, step.Step.Choices) {
			continue
		}
		l.at, l.steps = e.next, append(l.steps, model.TraceStep{Step: text, State: state, Abstract: step.Abstract})
		return nil
	}
	return fmt.Errorf("the model does not follow its slice: it cannot take %s", step.Step)
}

func sameBindings(a, b []model.Binding) bool {
	return slices.EqualFunc(a, b, func(x, y model.Binding) bool { return x.Name == y.Name && x.Value.Equal(y.Value) })
}
