package spec_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/gen"
)

// leavesOut compares searches that leave out steps with the plain one: the verdicts, the extreme values, the antecedents,
// the ends, and which actions fault. Traces must be runs. It gives the numbers of states of both, or 0 where
// there is nothing to be compared.
func leavesOut(t failer, p *spec.Program, most int) (all, met int64) {
	t.Helper()
	check := func(cfg checker.Config) *checker.Result {
		cfg.MaxStates = int64(most)
		r, err := checker.Check(context.Background(), p, cfg)
		if err != nil && !strings.Contains(err.Error(), "no initial state") {
			t.Fatalf("%v", err)
		}
		return r
	}
	if p.Irreducible() != "" {
		return 0, 0
	}
	want := check(checker.Config{Workers: 1})
	if want == nil || !want.Exhaustive {
		return 0, 0
	}
	one := check(checker.Config{Workers: 1, PartialOrder: true})
	if one.Verdict != want.Verdict || !one.Exhaustive || !one.Stats.PartialOrder || one.Stats.Initial != want.Stats.Initial {
		t.Fatalf("got %s, exhaustive %t, want %s", one.Verdict, one.Exhaustive, want.Verdict)
	}
	if one.Stats.Distinct > want.Stats.Distinct || one.Stats.Terminal != want.Stats.Terminal {
		t.Fatalf("got %d states, %d of them ends, want at most %d, %d", one.Stats.Distinct, one.Stats.Terminal, want.Stats.Distinct, want.Stats.Terminal)
	}
	for i, f := range one.Properties {
		g := want.Properties[i]
		if f.Property.Kind == model.Step {
			f.Vacuous = g.Vacuous
		}
		if f.Verdict != g.Verdict || f.Extreme != g.Extreme || f.Known != g.Known || !slices.Equal(f.Vacuous, g.Vacuous) || !cmp.Equal(f.Fault, g.Fault) {
			t.Fatalf("%s: got %s, vacuous %q, extreme %d, fault %v, want %s, %q, %d, %v", f.Property.Name, f.Verdict,
				f.Vacuous, f.Extreme, f.Fault, g.Verdict, g.Vacuous, g.Extreme, g.Fault)
		}
		if f.Steps < g.Steps && f.Property.Kind != model.Bound || (f.Trace == nil) != (g.Trace == nil) {
			t.Fatalf("%s: got a run of %d steps, want %d or more", f.Property.Name, f.Steps, g.Steps)
		}
		if f.Trace != nil && f.Property.Kind != model.LTL && f.Property.Kind != model.Within && f.Property.Kind != model.Longest {
			isRun(t, p, f.Trace)
		}
	}
	for i, a := range one.Actions {
		if a.Fired > 0 && want.Actions[i].Fired == 0 || a.Faulted != want.Actions[i].Faulted {
			t.Fatalf("%s: fired %d times, faulted %t, want %d, %t", a.Name, a.Fired, a.Faulted, want.Actions[i].Fired, want.Actions[i].Faulted)
		}
	}
	two := check(checker.Config{Workers: 2, PartialOrder: true})
	if text(two) != text(one) {
		t.Fatalf("with two workers:\n%s\nwith one:\n%s", text(two), text(one))
	}
	return want.Stats.Distinct, one.Stats.Distinct
}

// text is what a Result says that must not depend on the number of workers.
func text(r *checker.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Verdict, r.Stats.Distinct, r.Stats.Generated, r.Stats.Initial, r.Stats.Depth, r.Stats.Terminal, r.Actions)
	for _, f := range r.Properties {
		fmt.Fprintln(&b, f.Property.Name, f.Verdict, f.Extreme, f.Steps, f.Vacuous, f.Fault)
	}
	return b.String()
}

// TestPartialOrderOfDrawnModels leaves steps out of models that a generator draws.
func TestPartialOrderOfDrawnModels(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) string{"any": gen.Model, "processes": gen.Processes, "runs": gen.Runs} {
		t.Run(name, func(t *testing.T) {
			compared, smaller := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				src := draw(t)
				t.Log(src)
				fitting(t, src)
				p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
				all, met := leavesOut(t, p, 3000)
				if all > 0 {
					compared++
				}
				if met < all {
					smaller++
				}
			})
			t.Logf("%d models compared, %d made smaller", compared, smaller)
		})
	}
}

// TestPartialOrderOfModels leaves steps out of shipped models.
func TestPartialOrderOfModels(t *testing.T) {
	compared := 0
	for _, glob := range []string{"../examples/*.bh", "../model/*/*.bh", "../internal/peers/suite/models/*.bh"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				p, err := spec.Load(os.DirFS(filepath.Dir(file)), filepath.Base(file))
				if err != nil {
					t.Skip(err)
				}
				if all, met := leavesOut(t, p, 20000); all > 0 {
					compared++
					t.Logf("%d states, %d met", all, met)
				}
			})
		}
	}
	if compared < 10 {
		t.Errorf("%d models compared, want 10", compared)
	}
}
