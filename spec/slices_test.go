package spec_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/sliced"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/internal/gen"
)

// bySlices checks some properties of a model, or all, by its slices.
func bySlices(t failer, p *spec.Program, names []string, cfg checker.Config) *sliced.Result {
	t.Helper()
	parts, err := p.Slices(names)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := sliced.Check(p, parts, cfg, func(sys model.System, cfg checker.Config, _ string) (*checker.Result, error) {
		return checker.Check(context.Background(), sys, cfg)
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return got
}

// slicesAgree compares the slices of a model with the whole: verdicts, lengths of runs, extreme values, antecedents and
// faults, of all properties at once and of each alone. Traces must be runs of the model. It gives the states of the whole and
// of the smallest slice, or 0 where there is nothing to be compared.
func slicesAgree(t failer, p *spec.Program, most int) (states, least int64) {
	t.Helper()
	plain := func(names []string) *checker.Result {
		r, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: int64(most), Only: names})
		if err != nil && !strings.Contains(err.Error(), "no initial state") {
			t.Fatalf("%v", err)
		}
		return r
	}
	all := plain(nil)
	if all == nil || !all.Exhaustive {
		return 0, 0
	}
	states, least = all.Stats.Distinct, all.Stats.Distinct
	questions := [][]string{nil}
	for _, f := range all.Properties {
		questions = append(questions, []string{f.Property.Name})
	}
	for _, names := range questions {
		want := plain(names)
		got := bySlices(t, p, names, checker.Config{Workers: 1})
		if !got.Exhaustive || names == nil && got.Verdict != want.Verdict {
			t.Fatalf("got %s, exhaustive %t, want %s", got.Verdict, got.Exhaustive, want.Verdict)
		}
		seen := 0
		for _, f := range got.Properties {
			i := slices.IndexFunc(want.Properties, func(g checker.Finding) bool { return g.Property.Name == f.Property.Name })
			if names == nil || slices.Contains(names, f.Property.Name) {
				seen++
				sameFinding(t, p, f, want.Properties[i])
			} else if f.Property.Kind != model.FaultFree || f.Verdict != checker.Violated || i < 0 {
				t.Fatalf("%s: got %s, which nobody asked for", f.Property.Name, f.Verdict)
			}
			if f.Trace != nil {
				isRun(t, p, f.Trace)
			}
		}
		if seen != max(1, len(all.Properties)*(1-len(names))) {
			t.Fatalf("got %d findings on %q", seen, names)
		}
		for _, s := range got.Slices {
			if s.Slice == nil {
				continue
			}
			n := s.Result.Stats.Distinct
			if n > states || s.Whole() && n != states {
				t.Fatalf("a slice without %q has %d states, the model %d", s.LeftOut, n, states)
			}
			least = min(least, n)
		}
		for _, a := range got.Actions {
			i := slices.IndexFunc(want.Actions, func(b checker.ActionStats) bool { return b.Name == a.Name })
			if (a.Fired > 0) != (want.Actions[i].Fired > 0) || a.Faulted != want.Actions[i].Faulted {
				t.Fatalf("%s: fired %d times, faulted %t, want %d, %t", a.Name, a.Fired, a.Faulted, want.Actions[i].Fired, want.Actions[i].Faulted)
			}
		}
	}
	return states, least
}

// sameFinding compares what a slice says of a property with what the whole model does.
func sameFinding(t failer, p *spec.Program, got, want checker.Finding) {
	t.Helper()
	switch kind := got.Property.Kind; {
	case kind == model.Step && got.Vacuous == nil:
		want.Vacuous = nil
	case want.Fault != nil && kind != model.Invariant && kind != model.Reachable && kind != model.Bound && kind != model.Step:
		return // it may be that of a proposition of another property, and the slice need not have that
	}
	if got.Verdict != want.Verdict || got.Extreme != want.Extreme || got.Known != want.Known || got.Endless != want.Endless ||
		!slices.Equal(got.Vacuous, want.Vacuous) || got.Tautology != want.Tautology || !slices.Equal(got.Unneeded, want.Unneeded) ||
		(got.Fault == nil) != (want.Fault == nil) || (got.Trace == nil) != (want.Trace == nil) || !cmp.Equal(got.Property, want.Property) {
		t.Fatalf("%s: got %s, extreme %d, vacuous %q, unneeded %q, fault %v, want %s, %d, %q, %q, %v", got.Property.Name, got.Verdict, got.Extreme,
			got.Vacuous, got.Unneeded, got.Fault, want.Verdict, want.Extreme, want.Vacuous, want.Unneeded, want.Fault)
	}
	if got.Property.Kind != model.LTL && got.Property.Kind != model.Within && got.Property.Kind != model.Longest && got.Steps != want.Steps {
		t.Fatalf("%s: got a run of %d steps, want %d", got.Property.Name, got.Steps, want.Steps)
	}
	if got.Property.Kind == model.LTL && got.Trace != nil {
		refutes(t, p, got)
	}
	for _, k := range got.Kept {
		if k.Step < got.Trace.Loop-1 || k.Step >= len(got.Trace.Steps) {
			t.Fatalf("%s: %s shows in step %d, the loop is %d to %d", got.Property.Name, k.Text, k.Step, got.Trace.Loop, len(got.Trace.Steps)-1)
		}
		if name := got.Trace.Steps[k.Step].Step.Action; k.Taken && !strings.Contains(k.Text+"(", " "+name+"(") {
			t.Fatalf("%s: %s shows in step %d, which is %s", got.Property.Name, k.Text, k.Step, name)
		}
	}
}

// TestSlicesOfDrawnModels slices models that generators draw.
func TestSlicesOfDrawnModels(t *testing.T) {
	generators := map[string]func(*rapid.T) string{"any": gen.Model, "processes": gen.Processes, "runs": gen.Runs, "apart": gen.Apart}
	ofDrawn(t, generators, func(t *testing.T, all drawnModels) {
		sum := &tally{}
		all(nil, func(t failer, p *spec.Program) { sum.add(slicesAgree(t, p, 2000)) })
		t.Log(sum)
	})
}

// TestSlicesOfModels slices shipped models.
func TestSlicesOfModels(t *testing.T) {
	t.Parallel()
	shipped(t, "of the least slice", func(t failer, p *spec.Program) (states, least int64) { return slicesAgree(t, p, 3000) })
}
