package checker

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// without gives f with a part, wherever it stands, replaced by true or false.
func without(f *model.Formula, part int, by model.Op) *model.Formula {
	if f == nil {
		return nil
	}
	out := *f
	out.Args = nil
	for _, g := range f.Args {
		out.Args = append(out.Args, without(g, part, by))
	}
	if f.Part == part {
		return operator(by)
	}
	return &out
}

// holdsWithout tells whether a property holds with a part, wherever it stands, replaced by true or false.
func (t *runToy) holdsWithout(p *model.RunProperty, part int, by model.Op) bool {
	info := &t.info.Properties[p.Property]
	for _, in := range p.Instances {
		f := without(in.Formula, part, by)
		if info.Kind == model.Can {
			set := t.canIn(f)
			if slices.ContainsFunc(t.init, func(s model.State) bool { return !set[s[0]] }) {
				return false
			}
			continue
		}
		if f != nil && !trueOfRuns(t, f, t.fairness()) {
			return false
		}
		if w := in.Wait; w != nil {
			longest, endless, _ := t.longestIn(&model.Wait{
				From: without(w.From, part, by), To: without(w.To, part, by), While: w.While, Unit: w.Unit,
			})
			if endless || int64(longest) > info.Limit {
				return false
			}
		}
	}
	return true
}

// guesses is how many truth values the oracle guesses at every position.
func guesses(f *model.Formula) int {
	b := &tableau{guess: map[*model.Formula]int{}}
	b.number(core(f))
	return len(b.guess)
}

// idleness is what is to be said of the parts of a property.
type idleness struct {
	sys                  *runToy
	p                    *model.RunProperty
	vacuous, weak, asked []int
}

// visit says what is to be said of a part that stands in some places, or of what is in it. A part that is claimed is one
// without which the property says nothing, on a condition, if it has one.
func (o *idleness) visit(places []*model.Formula, weaker, claimed bool, condition int) (idle bool) {
	part := places[0].Part
	constant := func(f *model.Formula) bool { return f.Op == model.TrueOp || f.Op == model.FalseOp }
	if !slices.ContainsFunc(places, func(f *model.Formula) bool { return !constant(f) }) {
		return false
	}
	by := model.TrueOp
	if weaker {
		by = model.FalseOp
	}
	if o.sys.holdsWithout(o.p, part, by) {
		switch {
		case condition > 0:
			o.vacuous = append(o.vacuous, condition)
		case weaker:
			o.weak = append(o.weak, part)
		default:
			o.asked = append(o.asked, part)
		}
		return true
	}
	o.inside(places, weaker, claimed)
	return false
}

func (o *idleness) inside(places []*model.Formula, weaker, claimed bool) {
	f := places[0]
	at := func(k int) (out []*model.Formula) {
		for _, g := range places {
			out = append(out, g.Args[k])
		}
		return out
	}
	switch {
	case f.Op == model.IffOp:
	case o.sys.quantified[f]:
		o.visit(append(at(0), at(1)...), weaker, claimed && f.Op == model.AndOp, 0)
	case f.Op == model.NotOp:
		o.visit(at(0), !weaker, false, 0)
	case f.Op == model.ImpliesOp, f.Op == model.LeadsToOp:
		condition := 0
		if claimed {
			condition = f.Args[0].Part
		}
		if !o.visit(at(1), weaker, claimed && f.Op == model.ImpliesOp, condition) || condition == 0 {
			o.visit(at(0), !weaker, false, 0)
		}
	case f.Op == model.OrOp && claimed && (f.Args[0].Op == model.NotOp) != (f.Args[1].Op == model.NotOp):
		not := 0
		if f.Args[1].Op == model.NotOp {
			not = 1
		}
		if !o.visit(at(1-not), true, true, f.Args[not].Args[0].Part) {
			o.visit(at(not), true, false, 0)
		}
	default:
		for k := range f.Args {
			o.visit(at(k), weaker, claimed && (f.Op == model.AndOp || f.Op == model.AlwaysOp), 0)
		}
	}
}

// judgeVacuity sees that exactly those parts are said not to matter without which a property that holds does so, too. Where
// it does not hold, it does not without any of its parts.
func judgeVacuity(t *rapid.T, sys *runToy, f *Finding, p *model.RunProperty) {
	for _, in := range p.Instances {
		if in.Formula != nil && guesses(in.Formula) > 4 { // the oracle would take long
			return
		}
	}
	o := &idleness{sys: sys, p: p}
	roots := map[int][]*model.Formula{}
	kind := string(f.Property.Kind)
	for _, in := range p.Instances {
		if in.Formula == nil {
			o.visit([]*model.Formula{in.Wait.From}, false, false, 0)
			continue
		}
		roots[in.Formula.Part] = append(roots[in.Formula.Part], in.Formula)
	}
	for _, places := range roots {
		o.visit(places, true, true, 0)
	}
	texts := func(parts []int) (out []string) {
		slices.Sort(parts)
		for _, part := range slices.Compact(parts) {
			out = append(out, p.Parts[part-1])
		}
		return out
	}
	vacuous, weak, asked := texts(o.vacuous), texts(o.weak), texts(o.asked)
	if w := p.Instances[0].Wait; w != nil && f.Verdict == Holds {
		if _, _, begins := sys.longestIn(w); !begins {
			vacuous, weak, asked = texts([]int{w.From.Part}), nil, nil
		}
	}
	switch {
	case f.Verdict == Violated:
		if len(vacuous)+len(weak)+len(asked) > 0 {
			t.Fatalf("%s is violated, and holds without %v, %v or %v", f.Property.Name, vacuous, weak, asked)
		}
		return
	case f.Untried > 0:
		t.Fatalf("%s: of %d parts nothing is said", f.Property.Name, f.Untried)
	case f.Tautology: // what is said of it is true, but not all that is true of this system
		met["tautology"]++
		if len(f.Vacuous) > 0 {
			met["tautology vacuous"]++
		}
		for _, text := range f.Vacuous {
			if !slices.Contains(vacuous, text) {
				t.Fatalf("%s: the condition %s is not idle", f.Property.Name, text)
			}
		}
		return
	}
	for what, list := range map[string][]string{" vacuous": vacuous, " unneeded": weak, " idle": asked} {
		if len(list) > 0 {
			met[kind+what]++
		}
	}
	if !slices.Equal(vacuous, f.Vacuous) || !slices.Equal(weak, f.Unneeded) || !slices.Equal(asked, f.Idle) {
		t.Fatalf("%s: got vacuous %v, unneeded %v, idle %v, want %v, %v and %v", f.Property.Name,
			f.Vacuous, f.Unneeded, f.Idle, vacuous, weak, asked)
	}
}

// TestUntried sees that a property is decided so often and no more, and that it is said of how many parts nothing is known.
func TestUntried(t *testing.T) {
	sys := &runToy{wide: 1, bits: []uint64{1}, moves: [][]toyMove{{{to: 0}}}}
	sys.info.Actions = []model.Action{{Name: "act0"}}
	sys.runs.Propositions = []model.Proposition{{Text: "p0"}}
	sys.set(0)
	var parts []*model.Formula
	for range 50 {
		parts = append(parts, proposition(0))
	}
	f := operator(model.AlwaysOp, operator(model.OrOp, parts...))
	sys.claim(model.LTL, 0, model.RunInstance{Formula: f})
	res, err := Check(t.Context(), sys, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Properties[0]; got.Verdict != Holds || len(got.Unneeded) != trials+4 || got.Untried != 50-trials-4 {
		t.Errorf("got %s, %d parts unneeded, %d untried, want %s, %d and %d", got.Verdict, len(got.Unneeded), got.Untried, Holds, trials+4, 50-trials-4)
	}
}
