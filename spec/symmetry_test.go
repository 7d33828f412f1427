package spec_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/internal/gen"
)

// mostPermutations is beyond what orbits are counted by trying all.
const mostPermutations = 5040

// reduces compares searches up to symmetry with the plain one: the verdicts, the lengths of traces, the depth, and the
// states, which must be as many as there are orbits, counted by trying all permutations. Traces must be runs. It gives the
// numbers of states and of orbits, or 0 where there is nothing to be compared.
func reduces(t failer, p *spec.Program, most int) (states, orbits int64) {
	t.Helper()
	check := func(cfg checker.Config) *checker.Result {
		cfg.MaxStates = int64(most)
		r, err := checker.Check(context.Background(), p, cfg)
		if err != nil && !strings.Contains(err.Error(), "no initial state") {
			t.Fatalf("%v", err)
		}
		return r
	}
	all := permutations(p.Symmetries().Kinds)
	if len(p.Symmetries().Kinds) == 0 {
		return 0, 0
	}
	want := check(checker.Config{Workers: 1})
	if want == nil || !want.Exhaustive {
		return 0, 0
	}
	if all != nil {
		orbits = orbitsOf(t, p, all)
	}
	for _, cfg := range []checker.Config{{Workers: 1, SweepFrom: -1}, {Workers: 1, SweepFrom: 1}, {Workers: 2, SweepFrom: 1}} {
		cfg.Symmetry = true
		got := check(cfg)
		if got.Verdict != want.Verdict || !got.Exhaustive || got.Stats.Depth != want.Stats.Depth || !got.Stats.Symmetry {
			t.Fatalf("got %s, depth %d, want %s, %d", got.Verdict, got.Stats.Depth, want.Verdict, want.Stats.Depth)
		}
		if n := got.Stats.Distinct; n > want.Stats.Distinct || all != nil && (n < orbits || n > orbits && !got.Stats.Loose) {
			t.Fatalf("got %d representatives, want %d of %d states", n, orbits, want.Stats.Distinct)
		}
		if got.Stats.Loose && len(all) > 0 {
			t.Fatalf("%d permutations are too many", len(all))
		}
		for i, f := range got.Properties {
			g := want.Properties[i]
			// A loop through the states is not one through their representatives: it may be shorter.
			shortest := f.Property.Kind != model.LTL
			if f.Verdict != g.Verdict || f.Reason != g.Reason || shortest && f.Steps != g.Steps || f.Extreme != g.Extreme || !slices.Equal(f.Vacuous, g.Vacuous) || (f.Trace == nil) != (g.Trace == nil) {
				t.Fatalf("%s: got %s after %d steps, vacuous %q, extreme %d, want %s, %d, %q, %d", f.Property.Name, f.Verdict,
					f.Steps, f.Vacuous, f.Extreme, g.Verdict, g.Steps, g.Vacuous, g.Extreme)
			}
			if f.Trace != nil {
				isRun(t, p, f.Trace)
			}
		}
		for i, a := range got.Actions {
			if (a.Fired > 0) != (want.Actions[i].Fired > 0) || a.Faulted != want.Actions[i].Faulted {
				t.Fatalf("%s: fired %d times, want %d", a.Name, a.Fired, want.Actions[i].Fired)
			}
		}
	}
	return want.Stats.Distinct, orbits
}

// permutations lists all, or nil where there are too many.
func permutations(kinds []model.Symmetry) [][]uint16 {
	out := [][]uint16{nil}
	for _, k := range kinds {
		var longer [][]uint16
		for _, p := range out {
			first := len(p)
			var arrange func(q []uint16)
			arrange = func(q []uint16) {
				if len(q) == first+k.Size {
					longer = append(longer, q)
				}
				for id := first; id < first+k.Size && len(longer) <= mostPermutations; id++ {
					if !slices.Contains(q[first:], uint16(id)) {
						arrange(append(slices.Clone(q), uint16(id)))
					}
				}
			}
			arrange(p)
		}
		if out = longer; len(out) > mostPermutations {
			return nil
		}
	}
	return out
}

// orbitsOf counts the orbits of the reachable states.
func orbitsOf(t failer, p *spec.Program, all [][]uint16) (n int64) {
	g, err := checker.Explore(context.Background(), p, checker.Config{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	canon := p.NewRunner().(model.Canonizer)
	for _, s := range g.Nodes {
		least := true
		for _, by := range all {
			other := slices.Clone(s)
			if canon.Permute(other, by); slices.Compare(other, s) < 0 {
				least = false
				break
			}
		}
		if least {
			n++
		}
	}
	return n
}

// isRun takes the steps of a trace; those without an action, the last ones, repeat the state in which the run stops.
func isRun(t failer, p *spec.Program, tr *model.Trace) {
	t.Helper()
	r := p.NewRunner()
	var at []model.State
	r.Init(func(s model.State, f *model.Fault) {
		if f != nil && tr.Steps[0].State == nil || f == nil && cmp.Equal(r.Render(s), tr.Steps[0].State) {
			at = append(at, slices.Clone(s))
		}
	})
	for i, step := range tr.Steps[1:] {
		var next []model.State
		for _, s := range at {
			type emission struct {
				l model.Label
				t model.State
			}
			var out []emission
			r.Load(s)
			r.Next(func(l model.Label, t model.State, _ *model.Fault) { out = append(out, emission{l, slices.Clone(t)}) })
			stopped := !slices.ContainsFunc(tr.Steps[i+1:], func(s model.TraceStep) bool { return s.Step.Action != "" })
			if stopped && tr.Loop > 0 && cmp.Equal(r.Render(s), step.State) {
				next = append(next, s)
			}
			for _, e := range out {
				if cmp.Equal(r.Describe(s, e.l), step.Step) && (e.t == nil) == (step.State == nil) && (e.t == nil || cmp.Equal(r.Render(e.t), step.State)) {
					next = append(next, e.t)
				}
			}
		}
		if at = next; len(at) == 0 {
			t.Fatalf("step %d of the trace, %s, cannot be taken", i+1, step.Step)
		}
	}
}

// TestSymmetryOfDrawnModels reduces models that a generator draws.
func TestSymmetryOfDrawnModels(t *testing.T) {
	ofDrawn(t, map[string]func(*rapid.T) string{"any": gen.Model}, func(t *testing.T, all drawnModels) {
		sum := &tally{}
		all(nil, func(t failer, p *spec.Program) { sum.add(reduces(t, p, 2000)) })
		t.Log(sum)
	})
}

// TestSymmetryOfModels reduces shipped models.
func TestSymmetryOfModels(t *testing.T) {
	t.Parallel()
	shipped(t, "orbits", func(t failer, p *spec.Program) (states, orbits int64) { return reduces(t, p, 20000) })
}

// TestOrbitCounts are counts of two-phase commit that were got independently.
func TestOrbitCounts(t *testing.T) {
	for n, want := range map[string]int64{"3": 80, "5": 314, "7": 920} {
		p, err := spec.LoadWith(os.DirFS("../examples"), "two_phase_commit.bh", spec.Options{Define: map[string]string{"RMS": n}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := checker.Check(context.Background(), p, checker.Config{Symmetry: true})
		if err != nil || r.Stats.Distinct != want || r.Stats.Loose {
			t.Errorf("N=%s: got %d, %v, want %d", n, r.Stats.Distinct, err, want)
		}
	}
}
