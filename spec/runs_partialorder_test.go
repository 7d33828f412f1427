package spec_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/internal/gen"
)

// partly sums up comparisons of properties of runs with steps left out and without.
type partly struct {
	models, smaller    int // that were compared; of which fewer states were met
	decided, violated  int // properties decided with steps left out; of them, violated ones
	lost, lostVerdicts int // states that were not met; properties decided on graphs without them
}

// leavesOutOfRuns compares what is said of whole runs with steps left out and without: everything but the runs that show it, which must
// be fair runs of the model that show it too, and what would rescue a property. The graph must be the same for all workers.
func (sum *partly) leavesOutOfRuns(t failer, p *spec.Program, most int) (all, met int64) {
	t.Helper()
	if p.Irreducible() != "" || p.Runs() == nil || len(p.Runs().Properties) == 0 {
		return 0, 0
	}
	want, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: int64(most)})
	if err != nil || !want.Exhaustive {
		return 0, 0
	}
	var first *checker.Result
	for _, workers := range []int{1, 2} {
		got, err := checker.Check(context.Background(), p, checker.Config{Workers: workers, PartialOrder: true})
		if err != nil {
			t.Fatalf("%v", err)
		}
		if first == nil {
			first = got
		}
		if got.Stats.RunStates != first.Stats.RunStates || got.Stats.RunStates > want.Stats.Distinct {
			t.Fatalf("got %d states, with one worker %d, of %d", got.Stats.RunStates, first.Stats.RunStates, want.Stats.Distinct)
		}
		for i, f := range got.Properties {
			if g := first.Properties[i]; f.Unreduced != g.Unreduced || !cmp.Equal(f.Trace, g.Trace, cmp.AllowUnexported(model.Value{})) && f.Property.Kind == model.LTL {
				t.Fatalf("%s: got another run with %d workers", f.Property.Name, workers)
			}
			switch g := want.Properties[i]; f.Property.Kind {
			case model.LTL:
				sameOfRuns(t, p, f, g)
			case model.Can, model.Within, model.Longest:
				if f.Verdict != g.Verdict || f.Extreme != g.Extreme || f.Known != g.Known || f.Unreduced == "" {
					t.Fatalf("%s (decided on all states since %q): got %s, %d, want %s, %d", f.Property.Name, f.Unreduced, f.Verdict, f.Extreme, g.Verdict, g.Extreme)
				}
			}
		}
	}
	sum.models++
	all = want.Stats.Distinct
	for _, f := range first.Properties {
		if f.Property.Kind != model.LTL || f.Unreduced != "" {
			continue
		}
		met = first.Stats.RunStates
		sum.decided++
		if f.Verdict == checker.Violated {
			sum.violated++
		}
		if met < all {
			sum.lostVerdicts++
		}
	}
	if met > 0 && met < all {
		sum.smaller++
		sum.lost += int(all - met)
	}
	return all, met
}

// sameOfRuns compares findings.
func sameOfRuns(t failer, p *spec.Program, f, g checker.Finding) {
	t.Helper()
	if f.Unreduced != "" {
		g.Vacuous = f.Vacuous // of which the search may know more
	} else {
		g.Rescue, g.Vacuous = nil, g.Vacuous[:min(len(f.Vacuous), len(g.Vacuous))]
	}
	if f.Verdict != g.Verdict || f.Tautology != g.Tautology || f.Untried != g.Untried || !slices.Equal(f.Vacuous, g.Vacuous) ||
		!slices.Equal(f.Unneeded, g.Unneeded) || !slices.Equal(f.Idle, g.Idle) || !slices.Equal(f.Rescue, g.Rescue) || (f.Trace == nil) != (g.Trace == nil) {
		t.Fatalf("%s (decided on all states since %q): got %s, vacuous %q, unneeded %q, idle %q, rescue %q, want %s, %q, %q, %q, %q", f.Property.Name, f.Unreduced,
			f.Verdict, f.Vacuous, f.Unneeded, f.Idle, f.Rescue, g.Verdict, g.Vacuous, g.Unneeded, g.Idle, g.Rescue)
	}
	if f.Trace == nil {
		return
	}
	isRun(t, p, f.Trace)
	refutes(t, p, f)
	for _, k := range f.Kept {
		if name := f.Trace.Steps[k.Step].Step.Action; k.Taken && !strings.Contains(k.Text+"(", " "+name+"(") && !strings.Contains(k.Text+" ", " "+name+" ") {
			t.Fatalf("%s: %s shows in step %d, which is %s", f.Property.Name, k.Text, k.Step, name)
		}
	}
}

func (sum *partly) String() string {
	return fmt.Sprintf("%d models compared, of %d fewer states met, %d in all; %d properties decided with steps left out, %d violated, %d on fewer states",
		sum.models, sum.smaller, sum.lost, sum.decided, sum.violated, sum.lostVerdicts)
}

// TestPartialOrderOfDrawnRuns leaves steps out of models with properties of runs that generators draw.
func TestPartialOrderOfDrawnRuns(t *testing.T) {
	generators := map[string]func(*rapid.T) string{"paths": gen.Paths, "runs": gen.Runs}
	ofDrawn(t, generators, func(t *testing.T, all drawnModels) {
		sum := &partly{}
		paths := strings.HasSuffix(t.Name(), "paths") // of which some can be made smaller
		enough := func() bool { return !paths || sum.smaller > 0 }
		for begun := true; begun || os.Getenv("BULKHEAD_SOAK") != "" && sum.models < 20000; begun = false {
			all(enough, func(t failer, p *spec.Program) { sum.leavesOutOfRuns(t, p, 3000) })
		}
		if t.Log(sum); !enough() {
			t.Error("nothing was left out")
		}
	})
}

// TestPartialOrderOfRunsOfModels does so with shipped models.
func TestPartialOrderOfRunsOfModels(t *testing.T) {
	t.Parallel()
	sum := &partly{}
	ofShipped(t, func(t *testing.T, p *spec.Program) {
		if all, met := sum.leavesOutOfRuns(t, p, 3000); met > 0 {
			t.Logf("%d states, %d met", all, met)
		}
	})
	if t.Log(sum); sum.smaller == 0 {
		t.Error("nothing was left out")
	}
}

// ofRuns are models in which it would be easy to leave out too much. Each has one property of runs; unreduced is a part of the reason
// why it is decided on all states.
var ofRuns = map[string]struct {
	src, unreduced string
	all, met       int64
	verdict        checker.Verdict
}{
	"counters that nothing is said of": {all: 243, met: 11, verdict: checker.Holds, src: `
		type P = 0..3
		state { at: map[P]0..2 = 0; x: 0..2 = 0 }
		action Step(p: P) when at[p] < 2 { at[p] += 1 }
		fair action Climb when x < 2 { x += 1 }
		property Top { eventually x == 2 }`},
	"a cycle beside what is claimed": {all: 6, met: 6, verdict: checker.Violated, src: `
		state { spun: bool = false; x: 0..2 = 0 }
		action Spin { spun = not spun }
		action Raise when x == 0 { x = 1 }
		action Lift when x == 0 { x = 2 }
		property Low { always x != 2 }`},
	"a visible step in the same set as a silent one": {all: 8, met: 7, verdict: checker.Violated, src: `
		state { x, y, z: 0..1 = 0 }
		action V when z == 0 and x == 0 { x = 1 }
		action I when z == 0 { z = 1 }
		action U when y == 0 { y = 1 }
		property Late { always (y == 1 and x == 0 implies always x == 0) }`},
	"a silent step that enables a fair one": {all: 12, met: 7, verdict: checker.Violated, src: `
		state { v, w, x, z: 0..1 = 0 }
		action W when w == 0 { w = 1 }
		action Z when z == 0 { z = 1 }
		fair action F when z == 1 and x == 0 { x = 1 }
		action V when v == 0 { v = 1 }
		property Follows { v == 1 ~> x == 1 }`},
	"a silent step that lets a fair one come to something": {all: 12, met: 7, verdict: checker.Violated, src: `
		state { v, w, x, z: 0..1 = 0 }
		action W when w == 0 { w = 1 }
		action Z when z == 0 { z = 1 }
		fair action F when x == 0 { when z == 1; x = 1 }
		action V when v == 0 { v = 1 }
		property Follows { v == 1 ~> x == 1 }`},
	"a fair step that is left out where a run might stop": {all: 4, met: 3, verdict: checker.Holds, src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		fair action F when x == 0 { x = 1 }
		property Rises { eventually x == 1 }`},
	"a run that stops where something silent is enabled": {all: 4, met: 3, verdict: checker.Violated, src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action F when x == 0 { x = 1 }
		property Rises { eventually x == 1 }`},
	"fair steps that change nothing that is claimed": {all: 6, met: 6, verdict: checker.Holds, src: `
		state { spun: 0..2 = 0; x: 0..1 = 0 }
		fair action Spin { spun = (spun + 1) % 3 }
		action Raise when x == 0 and spun == 1 { x = 1 }
		action Lower when x == 1 { x = 0 }
		action Idle { skip }
		property Stays { always (x == 1 implies x == 1 weak until x == 0) }`},
	"what is enabled": {all: 4, met: 4, verdict: checker.Violated, src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 { x = 1 }
		action F when z == 1 { skip }
		property Ready { always (x == 1 implies enabled F) }`},
	"what is enabled by a step that is left out": {all: 4, met: 3, verdict: checker.Holds, src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 { x = 1 }
		property Ready { x == 0 and enabled Y weak until x == 1 }`},
	"next": {all: 4, verdict: checker.Violated, unreduced: "it says `next`", src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 { x = 1 }
		property Soon { x == 0 implies next x == 1 }`},
	"happens": {all: 4, verdict: checker.Violated, unreduced: "it speaks of single steps: `happens Z`", src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 { x = 1 }
		property First { not happens Z weak until x == 1 }`},
	"a fault": {all: 4, verdict: checker.Undecided, unreduced: "a proposition faults", src: `
		state { x, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 { x = 1 }
		property Sound { always 2 / (2 - x - x) > 0 }`},
	"a fault that might be, behind a silent step": {all: 6, met: 4, verdict: checker.Violated, src: `
		state { x: 0..2 = 0; z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x < 2 { x += 1 }
		property Sound { always 2 / (1 + x) > 0 }`},
	"a fault that a silent step would hide": {all: 8, verdict: checker.Undecided, unreduced: "a proposition faults", src: `
		state { x, y, z: 0..1 = 0 }
		action Z when z == 0 { z = 1 }
		action Y when x == 0 and z == 0 { x = 1 }
		action W when x == 1 { x = 0; z = 1 }
		action V when y == 0 { y = 1 }
		property Sound { always 2 / (1 - x) > 0 }`},
	"fairness of everything": {all: 4, verdict: checker.Holds, unreduced: "every action may bear on a property of runs or on fairness", src: `
		state { x, z: 0..1 = 0 }
		fair action Z when z == 0 { z = 1 }
		fair action Y when x == 0 { x = 1 }
		property Rises { eventually x == 1 }`},
}

// TestPartialOrderOfParticularRuns leaves steps out of these.
func TestPartialOrderOfParticularRuns(t *testing.T) {
	for name, m := range ofRuns {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + m.src + "\nterminal { true }")}}, "m.bh")
			if all, met := (&partly{}).leavesOutOfRuns(t, p, 10_000); all != m.all || met != m.met {
				t.Errorf("got %d states of %d, want %d of %d", met, all, m.met, m.all)
			}
			r, err := checker.Check(context.Background(), p, checker.Config{PartialOrder: true})
			if err != nil {
				t.Fatal(err)
			}
			f := r.Properties[slices.IndexFunc(r.Properties, func(f checker.Finding) bool { return f.Property.Kind == model.LTL })]
			if f.Verdict != m.verdict || f.Unreduced != m.unreduced || len(f.Rescue) > 0 && f.Unreduced == "" {
				t.Errorf("got %s, unreduced %q, want %s, %q", f.Verdict, f.Unreduced, m.verdict, m.unreduced)
			}
		})
	}
}
