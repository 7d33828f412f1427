package promela_test

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/promela"
	"github.com/bulkheadlang/bulkhead/spec"
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
				res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, Only: []string{mutant.Breaks, "fault"}})
				if err != nil {
					t.Fatal(err)
				}
				f, faults := res.Properties[0], false
				for _, g := range res.Properties {
					if g.Property.Kind == model.FaultFree {
						faults = g.Verdict == checker.Violated
					} else {
						f = g
					}
				}
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
				if faults && v.faulted(m) { // SPIN goes no further
					return
				}
				if !found || got != want {
					t.Errorf("SPIN finds it at depth %d (%v), want %d\n%s", got, found, want, tail(v.printed))
				}
			})
		}
	}
}

// TestHostile compares models without actions, and of names that Promela, C or the verifier has for itself.
func TestHostile(t *testing.T) {
	tools(t)
	for _, src := range []string{
		"model Still\nstate { x: 0..2 = any }\ninvariant Low { x < 2 }",
		"model Still\nstate { x: 0..2 = any }\nterminal { x > 0 }",
		"model Never\nstate { x: 0..2 = any }\naction A() when false { x = 1 }\nreachable Two { x == 2 }",
		"model linux\ntype K = enum { IF, unix }\nstate { linux: bool = false; i386: -1..3 = 0; double: K = unix; BFS: 0..1 = 0; __LINE__: bool = false }\n" +
			"action register(volatile: 0..1) when not linux { linux = true; i386 = volatile - 1; BFS = volatile }\n" +
			"action Forget() when linux { linux = false; double = IF; __LINE__ = not __LINE__ }\ninvariant Turn { i386 < 0 }",
		"model Full\nstate { q: seq[0..1, 2] = []; n: 0..1 = 0 }\naction A(x: 0..1) { q = append(q, x); q = append(q, x); n = q[1] }",
	} {
		p, err := spec.Load(fstest.MapFS{"m.bh": &fstest.MapFile{Data: []byte(src)}}, "m.bh")
		if err != nil {
			t.Fatal(err)
		}
		m, err := promela.Export(p.IR())
		if err != nil {
			t.Fatal(err)
		}
		compare(t, p, m)
	}
}
