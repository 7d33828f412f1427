package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/internal/sliced"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
)

// recurring is what comes again and again in a run of a drawn system: the states, and the steps with the numbers of their
// actions. In a run that stops there is one state and no step.
type recurring struct {
	states []pairState
	steps  []pairStep
}

type pairStep struct {
	from, to pairState
	action   int
}

// fairTo tells whether the run is fair to an action of its system.
func (r recurring) fairTo(s pairSystem, action int) bool {
	enabled := 0
	for _, at := range r.states {
		if s.actions[action].when.eval(at) {
			enabled++
		}
	}
	taken := slices.ContainsFunc(r.steps, func(st pairStep) bool { return st.action == action })
	return taken || s.actions[action].fair == "" || enabled == 0 || s.actions[action].fair == "fair " && enabled < len(r.states)
}

// mappedTo gives what comes again and again in the run that the run is mapped to, with every step that its states allow: those that the
// mapped steps are, and those that lead from a state back to it, of which any number may be taken or left out.
func (r recurring) mappedTo(abstract pairSystem, image func(pairState) pairState) (out recurring) {
	for _, at := range r.states {
		out.states = append(out.states, image(at))
	}
	for a := range abstract.actions {
		note := func(from, to pairState) {
			if t, ok := abstract.actions[a].step(from); ok && t == to {
				out.steps = append(out.steps, pairStep{from, to, a})
			}
		}
		for _, at := range out.states {
			note(at, at)
		}
		for _, st := range r.steps {
			note(image(st.from), image(st.to))
		}
	}
	return out
}

// connected tells whether each of the states can be reached from each by the steps, of which there are some.
func (r recurring) connected() bool {
	for _, from := range r.states {
		seen := map[pairState]bool{}
		queue := []pairState{from}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, st := range r.steps {
				if st.from == at && !seen[st.to] {
					seen[st.to] = true
					queue = append(queue, st.to)
				}
			}
		}
		if len(seen) < len(r.states) {
			return false
		}
	}
	return len(r.steps) > 0
}

// unfair tells, by enumeration of what may come again and again, whether a fair run of the concrete system is mapped to one that is not
// fair to an abstract action.
func unfair(concrete, abstract pairSystem, reachable []pairState, image func(pairState) pairState, action int) bool {
	wrong := func(r recurring) bool {
		for a := range concrete.actions {
			if !r.fairTo(concrete, a) {
				return false
			}
		}
		return !r.mappedTo(abstract, image).fairTo(abstract, action)
	}
	for set := 1; set < 1<<len(reachable); set++ {
		var r recurring
		for i, s := range reachable {
			if set>>i&1 == 1 {
				r.states = append(r.states, s)
			}
		}
		if len(r.states) == 1 && wrong(r) { // it stops there
			return true
		}
		// Of the steps between these states all are taken again and again but those that are mapped to the abstract action:
		// others make the run only more likely to be fair.
		for _, from := range r.states {
			for a := range concrete.actions {
				to, ok := concrete.actions[a].step(from)
				if t, is := abstract.actions[action].step(image(from)); is && t == image(to) {
					continue
				}
				if ok && slices.Contains(r.states, to) {
					r.steps = append(r.steps, pairStep{from, to, a})
				}
			}
		}
		if r.connected() && wrong(r) {
			return true
		}
	}
	return false
}

func (s pairSystem) reachable() []pairState {
	out := s.initial()
	for i := 0; i < len(out); i++ {
		for _, t := range s.next(out[i]) {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

func TestFairRefinementDrawn(t *testing.T) {
	t.Parallel()
	tally := map[string]int{}
	wanted := []string{"fair violated: true", "fair violated: false", "strong fair violated: true", "strong fair violated: false"}
	enough := func() bool { return !slices.ContainsFunc(wanted, func(v string) bool { return tally[v] < 2 }) }
	redraw.Until(t, enough, func(t *rapid.T) {
		concrete, abstract, mapping := drawPairOf(t)
		for _, s := range []*pairSystem{&concrete, &abstract} {
			s.actions = slices.Clone(s.actions)
			for i := range s.actions {
				s.actions[i].fair = rapid.SampledFrom([]string{"", "fair ", "strong fair "}).Draw(t, "fair")
			}
		}
		fsys := pairFiles(t, concrete, abstract, mapping)
		show := fmt.Sprintf("%s\n%s", fsys["a.bh"].Data, fsys["abstract.bh"].Data)
		p, err := spec.Load(fsys, "a.bh")
		if err != nil {
			t.Fatalf("%s\n%s", show, spec.Detail(err))
		}
		plain, err := interp.New(p.IR()).System()
		if err != nil {
			t.Fatal(err)
		}
		image := func(s pairState) pairState { return pairState{mapping[0].eval(s), mapping[1].eval(s)} }
		reachable := concrete.reachable()
		faults := slices.ContainsFunc(reachable, func(s pairState) bool { m := image(s); return max(m[0], m[1]) > 2 })
		want := map[string]bool{}
		for i, a := range abstract.actions {
			if a.fair != "" {
				name := fmt.Sprintf("R.Abstract%d", i)
				want[name] = !faults && unfair(concrete, abstract, reachable, image, i)
				tally[fmt.Sprintf("%sviolated: %t", a.fair, want[name])]++
			}
		}
		for name, sys := range map[string]model.System{"compiled": p, "interpreted": plain} {
			r, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, SweepFrom: 1})
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, show)
			}
			seen := 0
			for _, f := range r.Properties {
				violated, ok := want[f.Property.Name]
				if !ok {
					continue
				}
				seen++
				verdict := checker.Holds
				switch {
				case faults:
					verdict = checker.Undecided
				case violated:
					verdict = checker.Violated
				}
				if faults && f.Property.Total {
					t.Fatalf("%s: %s is said to have a value in every state\n%s", name, f.Property.Name, show)
				}
				if f.Verdict != verdict {
					t.Fatalf("%s: %s is %s, want %s\n%s", name, f.Property.Name, f.Verdict, verdict, show)
				}
				if f.Verdict == checker.Violated {
					if name == "compiled" {
						refutes(t, p, f)
					}
					replayFair(t, f, concrete, abstract, image, show)
				}
			}
			if seen != len(want) {
				t.Fatalf("%s: %d fair actions are claimed, want %d\n%s", name, seen, len(want), show)
			}
		}
	})
	for _, v := range wanted {
		if tally[v] < 2 {
			t.Errorf("only %d drawn claims are %q: %v", tally[v], v, tally)
		}
	}
}

// replayFair looks at whether the loop of a trace is fair and is mapped to one that is not, and at what the trace says it is mapped to.
func replayFair(t *rapid.T, f checker.Finding, concrete, abstract pairSystem, image func(pairState) pairState, show string) {
	value := func(vars []model.Binding) pairState {
		return pairState{int(vars[0].Value.Int), int(vars[1].Value.Int)}
	}
	var loop recurring
	for i, step := range f.Trace.Steps {
		at := value(step.State)
		if len(step.Abstract) != 2 || value(step.Abstract) != image(at) {
			t.Fatalf("step %d is mapped to %v\n%s", i, step.Abstract, show)
		}
		if i < f.Trace.Loop {
			continue
		}
		if loop.states = append(loop.states, at); step.Step.Action != "" {
			var action int
			if _, err := fmt.Sscanf(step.Step.Action, "Concrete%d", &action); err != nil {
				t.Fatal(err)
			}
			loop.steps = append(loop.steps, pairStep{value(f.Trace.Steps[i-1].State), at, action})
		}
	}
	for a := range concrete.actions {
		if !loop.fairTo(concrete, a) {
			t.Fatalf("the loop is not fair to action %d\n%s", a, show)
		}
	}
	var action int
	if _, err := fmt.Sscanf(f.Property.Name, "R.Abstract%d", &action); err != nil {
		t.Fatal(err)
	}
	if loop.mappedTo(abstract, image).fairTo(abstract, action) {
		t.Fatalf("the loop is mapped to one that is fair to %s\n%s", f.Property.Name, show)
	}
}

// A lock that is given back, of symmetric users: with all reductions the same is found.
func TestFairRefinementReductions(t *testing.T) {
	t.Parallel()
	low := strings.NewReplacer("action Leave(", "FAIR action Leave(", "action Left(", "FAIR action Left(", "breaks Lock when", "breaks Lock.Give when").Replace(refinedPair)
	for _, c := range []struct {
		fair, guard, abstract string
		want                  checker.Verdict
	}{
		{"", "holds == none", "fair for u action Give", checker.Violated},
		{"fair", "holds == none", "fair for u action Give", checker.Holds},
		{"fair for p", "holds == none", "fair action Give", checker.Holds},
		{"fair", "holds == none", "strong fair action Give", checker.Holds},
		{"fair", "holds == none", "strong fair for u action Give", checker.Holds},
		{"", "holds == none", "fair action Give", checker.Violated},
		{"fair", "true", "strong fair for u action Give", checker.Violated}, // of two inside only one need ever leave
	} {
		fsys := fstest.MapFS{
			"a.bh":        {Data: []byte(strings.NewReplacer("FAIR ", strings.TrimSpace(c.fair)+" ", "GUARD", c.guard).Replace(low))},
			"lib/lock.bh": {Data: []byte(strings.Replace(refinedLock, "action Give", c.abstract, 1))},
		}
		p, err := spec.Load(fsys, "a.bh")
		if err != nil {
			t.Fatal(spec.Detail(err))
		}
		if c.want == checker.Holds {
			modeltest.Run(t, p)
		}
		only := []string{"Lock.Give"}
		for _, cfg := range []checker.Config{{}, {Symmetry: true}, {PartialOrder: true}, {SweepFrom: 1, Workers: 1}, {Symmetry: true, SweepFrom: 1}} {
			cfg.Only = only
			r, err := checker.Check(context.Background(), p, cfg)
			if err != nil {
				t.Fatal(err)
			}
			f := r.Properties[0]
			if f.Verdict != c.want {
				t.Errorf("%+v: %+v: %s", c, cfg, f.Verdict)
			}
			if f.Verdict == checker.Violated {
				refutes(t, p, f)
				if last := f.Trace.Steps[len(f.Trace.Steps)-1]; len(last.Abstract) != 2 || last.Abstract[1].Value.String() != last.State[2].Value.String() {
					t.Errorf("%+v: %+v: the last state is %v, mapped to %v", c, cfg, last.State, last.Abstract)
				}
			}
		}
		slices, err := p.Slices(only)
		if err != nil {
			t.Fatal(err)
		}
		if len(slices) != 1 || !strings.Contains(strings.Join(slices[0].LeftOut, " "), "junk") {
			t.Fatalf("%+v: got %d slices, want one without junk", c, len(slices))
		}
		r, err := sliced.Check(p, slices, checker.Config{Only: only}, func(sys model.System, cfg checker.Config, _ string) (*checker.Result, error) {
			return checker.Check(context.Background(), sys, cfg)
		})
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Properties[0]; f.Verdict != c.want {
			t.Errorf("%+v: sliced: %s", c, f.Verdict)
		} else if c.want == checker.Violated {
			refutes(t, p, f)
		}
	}
}

// A step of the abstract model that leads back can be taken, or left out, wherever the mapped run comes by.
func TestFairRefinementByStepsThatLeadBack(t *testing.T) {
	t.Parallel()
	for fair, want := range map[string]checker.Verdict{
		"strong fair action K when n != 2 { n = 0 }":                 checker.Holds, // at 0
		"strong fair action K when n == 1 { n = 0 }":                 checker.Violated,
		"fair action K when n == 1 { n = 0 }":                        checker.Holds,    // not enabled at 0
		"fair action K { if n == 2 { n = 2 } else { n = 2 - n } }":   checker.Holds,    // at 1
		"fair action K { if n == 2 { n = 1 } else { n = 2 * n } }":   checker.Holds,    // at 0
		"fair action K { if n == 2 { n = 1 } else { n = 2 - 2*n } }": checker.Violated, // nowhere
	} {
		fsys := fstest.MapFS{
			"a.bh": {Data: []byte("model A\nstate { k: 0..2 = 0 }\nfair action Up { k = (k + 1) % 3 }\nrefines \"n.bh\" as N { N.n = k }\n")},
			"n.bh": {Data: []byte("model N\nstate { n: 0..2 = 0 }\naction Up { n = (n + 1) % 3 }\n" + fair + "\n")},
		}
		p, err := spec.Load(fsys, "a.bh")
		if err != nil {
			t.Fatal(spec.Detail(err))
		}
		r, err := checker.Check(context.Background(), p, checker.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Properties[1]; f.Property.Name != "N.K" || f.Verdict != want {
			t.Errorf("%s: %s is %s, want %s", fair, f.Property.Name, f.Verdict, want)
		}
	}
}
