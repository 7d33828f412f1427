package promela_test

import (
	"context"
	"os"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/promela"
)

// TestMutants has SPIN look breadth first for what mutants break: it finds runs of the length that the engine's have. One step leads to
// the initial state, and one more is that of the option that says that a property of states is false.
func TestMutants(t *testing.T) {
	tools(t)
	paths := []string{"examples/vm_lifecycle.bh"}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		paths = append(paths, "examples/mutex.bh", "examples/producer_consumer.bh", "examples/leader_ring.bh", "examples/container.bh", "examples/banker.bh")
	}
	for _, path := range paths {
		program := load(t, path)
		for _, mutant := range program.Mutants() {
			code := program.IR().Mutated(mutant.Name)
			if code == nil {
				continue
			}
			t.Run(path+"/"+mutant.Name, func(t *testing.T) {
				m, err := promela.Export(code)
				if err != nil {
					t.Fatal(err)
				}
				sys := mutant.System()
				if m.Names[mutant.Breaks] == "" && mutant.Breaks != "deadlock" {
					t.Skip("it breaks " + mutant.Breaks)
				}
				res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, Only: []string{mutant.Breaks}})
				if err != nil {
					t.Fatal(err)
				}
				f := res.Properties[0]
				if f.Verdict != checker.Violated {
					t.Fatalf("the engine says that it %s", f.Verdict)
				}
				flags, want := []string{"-DBFS"}, f.Steps+1
				switch f.Property.Kind {
				case model.Reachable:
					if v := stateful(t, m.Text, "-DREACH"); v.errors[m.Names[mutant.Breaks]] != 0 {
						t.Errorf("SPIN reaches what the mutant makes unreachable")
					}
					return
				case model.Step, model.Ensures: // asserted in the step itself
					want = f.Steps
				case model.Deadlock:
					flags = []string{"-DBFS", "-DBARE"}
				}
				v := pan(t, m.Text, flags, []string{"-DSAFETY", "-DBFS"}, safety)[0]
				name := m.Names[mutant.Breaks]
				if name == "" {
					name = mutant.Breaks
				}
				got, found := v.errors[name]
				if !found || got != want {
					t.Errorf("SPIN finds it at depth %d (%v), want %d\n%s", got, found, want, tail(v.printed))
				}
			})
		}
	}
}
