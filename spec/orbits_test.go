package spec_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// orbitsAgree compares what is said of whole runs with symmetry and without: everything but the runs that show it, which must be runs of
// the model and show it too. It gives how many properties were decided among representatives, and how many of them are violated by a
// run without end.
func orbitsAgree(t failer, p *spec.Program, most int) (among, lassos int) {
	t.Helper()
	if len(p.Symmetries().Kinds) == 0 || p.Runs() == nil || len(p.Runs().Properties) == 0 {
		return 0, 0
	}
	want, err := checker.Check(context.Background(), p, checker.Config{Workers: 1, MaxStates: int64(most)})
	if err != nil || !want.Exhaustive {
		return 0, 0
	}
	for _, workers := range []int{1, 2} {
		among, lassos = 0, 0
		got, err := checker.Check(context.Background(), p, checker.Config{Workers: workers, Symmetry: true})
		if err != nil {
			t.Fatalf("%v", err)
		}
		for i, f := range got.Properties {
			g := want.Properties[i]
			switch f.Property.Kind {
			case model.LTL, model.Can, model.Within, model.Longest:
			default:
				continue
			}
			if f.Verdict != g.Verdict || f.Extreme != g.Extreme || f.Known != g.Known || f.Endless != g.Endless || f.Tautology != g.Tautology ||
				!slices.Equal(f.Vacuous, g.Vacuous) || !slices.Equal(f.Unneeded, g.Unneeded) || !slices.Equal(f.Rescue, g.Rescue) || (f.Trace == nil) != (g.Trace == nil) {
				t.Fatalf("%s: got %s, extreme %d, vacuous %q, unneeded %q, rescue %q, want %s, %d, %q, %q, %q", f.Property.Name, f.Verdict, f.Extreme,
					f.Vacuous, f.Unneeded, f.Rescue, g.Verdict, g.Extreme, g.Vacuous, g.Unneeded, g.Rescue)
			}
			if (f.Property.Kind == model.Can || f.Trace != nil && f.Trace.Loop < 0) && f.Steps != g.Steps {
				t.Fatalf("%s: got a run of %d steps, want %d", f.Property.Name, f.Steps, g.Steps)
			}
			if f.Unreduced == "" {
				among++
			}
			if f.Trace == nil {
				continue
			}
			isRun(t, p, f.Trace)
			if f.Property.Kind == model.LTL {
				if lassos++; f.Steps != len(f.Trace.Steps)-1 {
					t.Fatalf("%s: got %d steps, want %d", f.Property.Name, f.Steps, len(f.Trace.Steps)-1)
				}
				refutes(t, p, f)
			}
			for _, k := range f.Kept {
				if name := f.Trace.Steps[k.Step].Step.Action; k.Step < f.Trace.Loop-1 || k.Taken && !strings.Contains(k.Text+"(", " "+name+"(") && !strings.Contains(k.Text+" ", " "+name+" ") {
					t.Fatalf("%s: %s shows in step %d, which is %s", f.Property.Name, k.Text, k.Step, name)
				}
			}
		}
	}
	return among, lassos
}

// TestOrbitsOfDrawnModels compares properties of runs of models that generators draw.
func TestOrbitsOfDrawnModels(t *testing.T) {
	generators := map[string]func(*rapid.T) string{"alike": gen.Alike, "runs": gen.Runs}
	ofDrawn(t, generators, func(t *testing.T, all drawnModels) {
		models, among, lassos := 0, 0, 0
		all(nil, func(t failer, p *spec.Program) {
			a, l := orbitsAgree(t, p, 3000)
			models, among, lassos = models+min(a, 1), among+a, lassos+l
		})
		t.Logf("%d properties of %d models decided among representatives, %d runs without end", among, models, lassos)
	})
}

// TestOrbitsOfModels compares them of shipped models.
func TestOrbitsOfModels(t *testing.T) {
	t.Parallel()
	among := 0
	ofShipped(t, func(t *testing.T, p *spec.Program) {
		n, _ := orbitsAgree(t, p, 3000)
		among += n
	})
	t.Logf("%d properties decided among representatives", among)
}

// TestOrbitsOfParticularModels looks at what is decided among representatives, and at runs of it.
func TestOrbitsOfParticularModels(t *testing.T) {
	const token = `model M
		type Id = symmetric 1..4
		state { o: option[Id] = none; seen: set[Id] = {}; n: 0..2 = 0 }
		fair action Take(i: Id) when i not in seen { o = some(i); seen = seen union {i}; n = 1 }
		action Begin when size(seen) == 4 { seen = { i in Id | o == some(i) } }
		action Note(i: Id) when o == some(i) { n = 2 - n }
		property Rests { eventually always o == none }
		property Mine { forall i in Id: eventually always o != some(i) }
		property Noted { (always eventually happens Note) implies (always eventually n == 0) }
		property NotedMine { forall i in Id: not eventually happens Note(i) }
		property Back { always can size(seen) == 1 }
		property Full { size(seen) == 1 ~> size(seen) == 4 within 3 Take }
		bound Turns { longest(size(seen) > 0 until size(seen) == 4) <= 9 Take }
		bound Own { longest(o == none until o == none) <= 9 Take(_) }
		bound OwnTurns { forall i in Id: longest(n == 0 until n == 1) <= 9 Take(i) }
		bound OwnFrom { forall i in Id: longest(o == some(i) until n == 0) <= 9 Take }
		bound OwnTo { forall i in Id: longest(n == 0 until o == some(i)) <= 9 Take }
		terminal { true }`
	for _, test := range []struct{ name, src, unreduced string }{
		{"what names identities", token, "Mine NotedMine OwnTurns OwnFrom OwnTo"},
		{"fairness of each identity", strings.Replace(token, "fair action", "fair for i action", 1), "Rests Mine Noted NotedMine Full OwnTurns OwnFrom OwnTo"},
		{"a fault in what is said of all", token + "\nproperty Faults { eventually 2 / (2 - size(seen)) > 1 }", "Mine NotedMine OwnTurns OwnFrom OwnTo"},
		{"a fault in what is said of one", token + "\nproperty Faults { forall i in Id: eventually 2 / (if i in seen then 0 else 1) > 1 }", "Mine NotedMine OwnTurns OwnFrom OwnTo Faults"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(test.src)}}, "m.bh")
			want, err := checker.Check(context.Background(), p, checker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := checker.Check(context.Background(), p, checker.Config{Symmetry: true})
			if err != nil {
				t.Fatal(err)
			}
			// With no more states than there are representatives, those that are decided on all states are not.
			few, err := checker.Check(context.Background(), p, checker.Config{Symmetry: true, MaxStates: got.Stats.Distinct})
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range few.Properties {
				if f.Property.Kind == model.FaultFree && f.Verdict == checker.Undecided {
					continue // what is said of one may fault somewhere
				}
				if g := got.Properties[i]; g.Unreduced == "" && f.Verdict != g.Verdict || g.Unreduced != "" && f.Verdict != checker.Undecided {
					t.Errorf("%s with %d states: got %s, with all %s", f.Property.Name, got.Stats.Distinct, f.Verdict, g.Verdict)
				}
			}
			var unreduced []string
			for i, f := range got.Properties {
				g := want.Properties[i]
				if f.Unreduced != "" {
					unreduced = append(unreduced, f.Property.Name)
				}
				if f.Verdict != g.Verdict && g.Fault == nil || f.Extreme != g.Extreme && g.Fault == nil || f.Property.Kind == model.FaultFree && f.Steps != g.Steps {
					t.Errorf("%s: got %s, %d, in %d steps, want %s, %d, in %d", f.Property.Name, f.Verdict, f.Extreme, f.Steps, g.Verdict, g.Extreme, g.Steps)
				}
				if f.Trace == nil {
					continue
				}
				isRun(t, p, f.Trace)
				if f.Property.Kind == model.LTL {
					refutes(t, p, f)
				}
			}
			if names := strings.Join(unreduced, " "); names != test.unreduced {
				t.Errorf("decided on all states: %q, want %q", names, test.unreduced)
			}
		})
	}
}

// TestFaultsUnseenAmongRepresentatives sees that nothing is said to be free of faults where memory was too little for the graph
// of representatives, on which alone a proposition that faults would have been evaluated.
func TestFaultsUnseenAmongRepresentatives(t *testing.T) {
	p := load(t, `model Late
type P = symmetric 1..2
state { n: 0..3000 = 0; on: P = any }
action Step(p: P) when n < 3000 and p != on { n = n + 1; on = p }
property Apart { always can 6000 / (2990 - n) != 7 }
terminal { n == 3000 }`)
	undecided, seen := 0, false // with more memory than it takes to see the fault, it is seen as well
	for limit := int64(16 << 10); limit < 1<<22 && !seen; limit += limit / 20 {
		got, err := checker.Check(context.Background(), p, checker.Config{Memory: limit, Workers: 1, Symmetry: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got.Properties {
			switch {
			case f.Property.Kind != model.FaultFree:
			case f.Verdict == checker.Violated:
				seen = true
			case f.Verdict == checker.Holds:
				t.Fatalf("with %d bytes: nothing faults", limit)
			case got.Exhaustive:
				undecided++
			}
		}
	}
	if undecided == 0 || !seen {
		t.Error("no amount of memory was enough for the search and too little for the rest")
	}
}
