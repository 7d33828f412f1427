package checker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkheadlang/bulkhead/model"
)

// TestSimulateRandomSystems compares walks with the truth: whatever a walk shows must be so, and the result must not
// depend on the number of workers.
func TestSimulateRandomSystems(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(60) {
		sys := randomToy(seed)
		truth := naive(sys)
		var before *SimResult
		for _, workers := range []int{1, 3} {
			for _, fast := range []bool{false, true} {
				got, err := Simulate(context.Background(), sys, SimConfig{Walks: 300, Steps: 20, Seed: seed, Workers: workers, FailFast: fast})
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for i, f := range got.Properties {
					seen[string(f.Property.Kind)+" "+string(f.Verdict)]++
					if i >= len(truth.findings) {
						continue
					}
					want := truth.findings[i]
					claim := f.Verdict == Violated || f.Property.Kind == model.Reachable && f.Verdict == Holds
					if claim && f.Verdict != want.verdict {
						t.Errorf("seed %d: walks say %s is %s, want %s", seed, f.Property.Name, f.Verdict, want.verdict)
					}
					if f.Verdict == Holds && f.Property.Kind != model.Reachable {
						t.Errorf("seed %d: walks say that %s holds", seed, f.Property.Name)
					}
					if f.Trace != nil {
						if msg := replay(sys, f.Finding, model.PropertyID(i)); msg != "" {
							t.Errorf("seed %d: %s %s: %s", seed, f.Property.Kind, f.Property.Name, msg)
						}
						noCycle(t, f.Trace, f.Property.Kind)
					}
				}
				for _, sample := range got.Samples {
					if got.Verdict == Violated || len(sample.Steps)-1 > got.Stats.Longest || len(sample.Steps)-1 < got.Stats.Shortest {
						t.Errorf("seed %d: got a sample of %d steps, %+v", seed, len(sample.Steps)-1, got.Stats)
					}
				}
				if fast {
					continue
				}
				if before != nil {
					if d := cmp.Diff(before, got, cmpopts.IgnoreFields(SimStats{}, "Elapsed", "Workers"), cmpopts.EquateEmpty()); d != "" {
						t.Fatalf("seed %d: %d workers differ:\n%s", seed, workers, d)
					}
				}
				before = got
			}
		}
	}
	for _, want := range []string{"invariant violated", "step violated", "ensures violated", "reachable holds", "bound violated", "deadlock violated", "fault violated", "invariant undecided"} {
		if seen[want] == 0 {
			t.Errorf("no walk shows %q", want)
		}
	}
}

// noCycle fails if a trace visits a state twice, other than by its last step.
func noCycle(t *testing.T, tr *model.Trace, kind model.Kind) {
	t.Helper()
	met := map[string]bool{}
	steps := tr.Steps
	if kind == model.Step || kind == model.Ensures || kind == model.FaultFree {
		steps = steps[:len(steps)-1]
	}
	for _, s := range steps {
		if k := fmt.Sprint(s.State); met[k] {
			t.Errorf("a trace visits %s twice", k)
		} else {
			met[k] = true
		}
	}
}

// TestSimulateUniform counts where single steps lead: each successor must be as likely as any other.
func TestSimulateUniform(t *testing.T) {
	sys := counter(4, 2)
	sys.info.Properties = nil
	const walks = 20000
	r, err := Simulate(context.Background(), sys, SimConfig{Walks: walks, Steps: 1, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Actions {
		// A quarter of the walks, within 5 standard deviations.
		if a.Fired < walks/4-310 || a.Fired > walks/4+310 {
			t.Errorf("%s: taken in %d of %d walks, want about a quarter", a.Name, a.Fired, walks)
		}
	}
	if r.Verdict != Undecided || r.Reason != "not found in 20000 walks" || r.Stats.Steps != walks || r.Stats.Transitions != 4*walks || len(r.Samples) != 2 {
		t.Errorf("got %+v", r)
	}
	r, err = Simulate(context.Background(), sys, SimConfig{Walks: 10, Seed: 5})
	if err != nil || r.Stats.Ended != 10 || r.Stats.Shortest != 4 || r.Stats.Longest != 4 || r.Stats.Mean != 4 {
		t.Errorf("got %+v, %v, want walks of 4 steps", r, err)
	}
	other, err := Simulate(context.Background(), sys, SimConfig{Walks: 10, Seed: 6})
	if err != nil || cmp.Equal(r.Samples, other.Samples) {
		t.Errorf("two seeds give the same walks")
	}
}

func TestSimulateStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	sys := endless()
	next := sys.next
	sys.next = func(s model.State) []move {
		if s[0] == 50 {
			cancel()
		}
		return next(s)
	}
	r, err := Simulate(ctx, sys, SimConfig{Walks: 1 << 30})
	if err != nil || r.Verdict != Undecided || r.Reason != "interrupted" {
		t.Errorf("got %+v, %v", r, err)
	}
	sys.next = func(s model.State) []move {
		if s[0] == 50 {
			panic("boom")
		}
		return next(s)
	}
	var p *PanicError
	if _, err = Simulate(context.Background(), sys, SimConfig{}); !errors.As(err, &p) || p.Method != "Next" || p.Trace == nil {
		t.Errorf("got %v, want a panic", err)
	}
}

func TestCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		// A walk on 12 states whose labels tell from where to where they lead.
		r := run{states: []model.State{{uint64(rng.IntN(12))}}}
		for range rng.IntN(40) {
			from, to := r.states[len(r.states)-1][0], uint64(rng.IntN(12))
			r.states = append(r.states, model.State{to})
			r.labels = append(r.labels, model.Label{Args: uint32(from), Choice: uint32(to)})
		}
		first, last := r.states[0], r.states[len(r.states)-1]
		r.cut()
		if !slices.Equal(first, r.states[0]) || !slices.Equal(last, r.states[len(r.states)-1]) || len(r.labels) != len(r.states)-1 {
			t.Fatalf("the ends of the walk moved: %+v", r)
		}
		met := map[uint64]bool{}
		for i, s := range r.states {
			if met[s[0]] {
				t.Fatalf("a cycle is left: %v", r.states)
			}
			met[s[0]] = true
			if i > 0 && r.labels[i-1] != (model.Label{Args: uint32(r.states[i-1][0]), Choice: uint32(s[0])}) {
				t.Fatalf("label %d is of another step: %+v", i-1, r)
			}
		}
	}
}
