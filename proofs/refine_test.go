package proofs_test

import (
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/proofs"
	"github.com/bulkheadlang/bulkhead/spec"
)

// That a model refines another one is certified, and so is that it does not, by a step or by an initial state; the opposite is refused.
func TestRefinement(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		holds bool
	}{
		"holds":   {"state { x: 0..3 = 0; half: bool = false }\naction Half when not half { half = true }\naction Tick when half { x = (x + 1) % 4; half = false }", true},
		"a step":  {"state { x: 0..3 = 0; half: bool = false }\naction Half when not half { half = true }\naction Tick when half { x = (x + 2) % 4; half = false }", false},
		"a start": {"state { x: 0..3 = 1; half: bool = false }\naction Half when not half { half = true }\naction Tick when half { x = (x + 1) % 4; half = false }", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := spec.Load(fstest.MapFS{
				"clock.bh": {Data: []byte("model Clock\nstate { n: 0..3 = 0 }\naction Tick { n = (n + 1) % 4 }\n")},
				"m.bh":     {Data: []byte("model M\n" + c.text + "\nrefines \"clock.bh\" as Clock { Clock.n = x }\n")},
			}, "m.bh")
			if err != nil {
				t.Fatal(err)
			}
			s := search(t, p, 1)
			right := claim(&s.header, "Clock")
			if right.Holds != c.holds {
				t.Fatalf("got %t, want %t", right.Holds, c.holds)
			}
			if err := verify(t, p, s.write(t)); err != nil {
				t.Error(err)
			}
			run := right.Run
			right.Holds, right.Run = !c.holds, nil
			if err := verify(t, p, s.write(t)); err == nil {
				t.Errorf("that it holds is %t is not refused", right.Holds)
			}
			// Runs that do not show it: shorter ones, and of a model that it refines any.
			right.Holds = false
			if run == nil {
				run = &proofs.Run{Steps: []proofs.Taken{
					{State: []proofs.Given{{Name: "x", Value: "0"}, {Name: "half", Value: "false"}}},
					{Step: "Half", State: []proofs.Given{{Name: "x", Value: "0"}, {Name: "half", Value: "true"}}},
					{Step: "Tick", State: []proofs.Given{{Name: "x", Value: "1"}, {Name: "half", Value: "false"}}},
				}}
			} else {
				run.Steps = run.Steps[:len(run.Steps)-1]
			}
			s.states = nil // runs alone
			s.header.Claims = []proofs.Claim{*right}
			for n := range len(run.Steps) + 1 {
				s.header.Claims[0].Run = &proofs.Run{Steps: run.Steps[:n]}
				if err := verify(t, p, s.write(t)); err == nil {
					t.Errorf("a run of %d steps is not refused", n-1)
				}
			}
		})
	}
}
