package checker

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

type pick struct{ last, depth int8 }

// unordered picks numbers in an order that is another one every time, as a range over a map gives it.
func unordered() model.System {
	return model.MustDefine(model.Definition[pick]{
		Name: "Unordered", Init: slices.Values([]pick{{}}), AllowDeadlock: true,
		Actions: []model.ActionOf[pick]{{Name: "Pick", Params: []string{"k"}, Next: func(s pick) iter.Seq2[model.Args, pick] {
			return func(yield func(model.Args, pick) bool) {
				if s.depth >= 3 {
					return
				}
				for k := range map[int8]bool{1: true, 2: true, 3: true, 4: true, 5: true} {
					if !yield(model.Args{k}, pick{k, s.depth + 1}) {
						return
					}
				}
			}
		}}},
		Invariants: []model.Predicate[pick]{{Name: "I", Holds: func(s pick) bool { return s.depth != 3 || s.last != 4 }}},
	})
}

// The same successors in another order are no fixed order: every way to explore says so.
func TestOrderOfSuccessors(t *testing.T) {
	ctx := context.Background()
	for name, explore := range map[string]func() error{
		"Check": func() error {
			_, err := Check(ctx, unordered(), Config{})
			return err
		},
		"Explore": func() error {
			_, err := Explore(ctx, unordered(), Config{})
			return err
		},
		"Simulate": func() error {
			_, err := Simulate(ctx, unordered(), SimConfig{Walks: 20})
			return err
		},
	} {
		var e *NondeterminismError
		if err := explore(); !errors.As(err, &e) || !strings.Contains(err.Error(), "the order of successors differs") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	sys := counter(1, 3)
	turn := uint64(0)
	sys.onInit = func() { turn++; sys.init = []model.State{{turn % 2}, {1 - turn%2}} }
	for name, explore := range map[string]func() error{
		"Check": func() error {
			_, err := Check(ctx, sys, Config{Recheck: 1})
			return err
		},
		"Explore": func() error {
			_, err := Explore(ctx, sys, Config{})
			return err
		},
		"Simulate": func() error {
			_, err := Simulate(ctx, sys, SimConfig{Walks: 20})
			return err
		},
	} {
		if err := explore(); err == nil || !strings.Contains(err.Error(), "the order of initial states differs") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Where nothing is rechecked, the traces of a system without a fixed order name the steps that they take, or there is an
// error: a run is found again by the places of its states among their predecessors' successors.
func TestTracesInAnyOrder(t *testing.T) {
	right := func(what string, step model.StepText, state []model.Binding) {
		t.Helper()
		if step.Args[0].Value.String() != state[0].Value.String() {
			t.Errorf("%s: %s leads to %v", what, step, state)
		}
	}
	for range 10 {
		r, err := Check(context.Background(), unordered(), Config{Recheck: -1})
		if n := (*NondeterminismError)(nil); err != nil && !errors.As(err, &n) {
			t.Fatal(err)
		}
		if err == nil {
			steps := r.Properties[0].Trace.Steps
			if len(steps) != 4 {
				t.Fatalf("got %d steps", len(steps)-1)
			}
			for _, s := range steps[1:] {
				right("Check", s.Step, s.State)
			}
		}
		g, err := Explore(context.Background(), unordered(), Config{Recheck: -1})
		if err != nil {
			t.Fatal(err)
		}
		for n, edges := range g.Edges {
			for _, e := range edges {
				right("Explore", g.Describe(n, e), g.Render(e.To))
			}
		}
	}
}

// A walk that cannot be taken again is an error and no trace.
func TestWalkThatChanges(t *testing.T) {
	turn := uint64(0)
	sys := counter(1, 3)
	sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}}
	sys.next = func(s model.State) []move {
		if s[0] >= 100 {
			turn++
		}
		return []move{{to: model.State{s[0] + 1 + turn}}} // fixed for as long as the sample looks
	}
	sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { return s[0] != 114, nil }
	_, err := Simulate(context.Background(), sys, SimConfig{Walks: 1, Workers: 1, Steps: 120})
	if !errors.As(err, new(*NondeterminismError)) {
		t.Errorf("got %v", err)
	}
}

// A property that a fault leaves undecided says which one, whatever the number of workers, and an action that only faults
// says so.
func TestFaultOfProperty(t *testing.T) {
	for _, workers := range []int{1, 2} {
		sys := counter(2, 40)
		sys.info.Actions = append(sys.info.Actions, model.Action{Name: "bad"}, model.Action{Name: "never"})
		next := sys.next
		sys.next = func(s model.State) []move {
			out := next(s)
			if s[0] == 7 {
				out = append(out, move{label: model.Label{Action: 2}, fault: &model.Fault{Message: "step"}})
			}
			return out
		}
		sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}, {Name: "Q", Kind: model.Invariant}}
		sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
			if p == 0 && s[0] > 20 {
				return false, &model.Fault{Message: "late", Position: string('a' + rune(s[0]%7))}
			}
			return true, nil
		}
		s, err := newSearch(sys, Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		s.grain = 1
		r, err := s.check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Properties[0].Fault; f == nil || f.Error() != "a: late" || r.Properties[0].Verdict != Undecided {
			t.Errorf("got %v of P, want its first fault", f)
		}
		if f := r.Properties[1].Fault; f != nil || r.Properties[1].Verdict != Holds {
			t.Errorf("got %v of Q, want none", f)
		}
		for i, want := range []bool{false, false, true, false} {
			if got := r.Actions[i].Faulted; got != want {
				t.Errorf("action %s: got %t, want %t", r.Actions[i].Name, got, want)
			}
		}
	}
}

// A system that ends its goroutine, as a property does that calls t.FailNow, does not end the caller's.
func TestGoexitOfSmallSystems(t *testing.T) {
	sys := counter(1, 5)
	sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}}
	sys.holds = func(model.PropertyID, model.State) (bool, *model.Fault) { runtime.Goexit(); return true, nil }
	init := counter(1, 5)
	init.onInit = runtime.Goexit
	for name, explore := range map[string]func() error{
		"Check": func() error {
			_, err := Check(context.Background(), sys, Config{Workers: 1})
			return err
		},
		"Simulate": func() error {
			_, err := Simulate(context.Background(), sys, SimConfig{Walks: 1, Workers: 1})
			return err
		},
		"Init of Check": func() error {
			_, err := Check(context.Background(), init, Config{})
			return err
		},
		"Init of Explore": func() error {
			_, err := Explore(context.Background(), init, Config{})
			return err
		},
	} {
		var p *PanicError
		if err := explore(); !errors.As(err, &p) || p.Value != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
