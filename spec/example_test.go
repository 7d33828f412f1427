package spec_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// host is a model with a mistake: a machine can be resumed into memory that is taken.
const host = `model Host

const SLOTS = 1

type VM    = symmetric 1..2
type Power = enum { off, on, suspended }

state { power: map[VM]Power = off }

action Start(v: VM) when power[v] == off and (count w in VM: power[w] == on) < SLOTS { power[v] = on }
action Suspend(v: VM) when power[v] == on { power[v] = suspended }
action Resume(v: VM) when power[v] == suspended { power[v] = on }

invariant Fits { (count v in VM: power[v] == on) <= SLOTS }
reachable Rest { forall v in VM: power[v] == suspended }

mutant NeverRests of Suspend breaks Rest when false

scenario MakesRoom {
  Start(1)
  refuse Start(2)
  Suspend(1); Start(2)
  expect power[1] == suspended
}

config large { SLOTS = 2 }
`

func hosts() fstest.MapFS {
	return fstest.MapFS{"host.bh": {Data: []byte(host)}}
}

// Load reads a model from any file system; checker.Check explores it.
func ExampleLoad() {
	program, err := spec.Load(hosts(), "host.bh")
	if err != nil {
		fmt.Println(spec.Detail(err))
		return
	}
	result, err := checker.Check(context.Background(), program, checker.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Verdict, result.Stats.Distinct, "states")
	for _, f := range result.Properties {
		if f.Verdict != checker.Violated {
			continue
		}
		fmt.Println(f.Property.Name, "is violated:")
		for _, s := range f.Trace.Steps[1:] {
			fmt.Println(" ", s.Step)
		}
	}
	// Output:
	// violated 9 states
	// Fits is violated:
	//   Start(v=1)
	//   Suspend(v=1)
	//   Start(v=2)
	//   Resume(v=1)
}

// LoadWith replaces constants, by a configuration of the model or one by one.
func ExampleLoadWith() {
	for _, opt := range []spec.Options{{Config: "large"}, {Define: map[string]string{"SLOTS": "1 + 1"}}} {
		program, err := spec.LoadWith(hosts(), "host.bh", opt)
		if err != nil {
			fmt.Println(err)
			return
		}
		result, err := checker.Check(context.Background(), program, checker.Config{})
		fmt.Println(result.Verdict, err)
	}
	_, err := spec.LoadWith(hosts(), "host.bh", spec.Options{Define: map[string]string{"SLOT": "2"}})
	fmt.Println(err)
	// Output:
	// holds <nil>
	// holds <nil>
	// host.bh: no constant SLOT, did you mean SLOTS?
}

// Each mutant is a system of its own, of which the property it names must be violated.
func ExampleProgram_Mutants() {
	program, err := spec.Load(hosts(), "host.bh")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range program.Mutants() {
		result, err := checker.Check(context.Background(), m.System(), checker.Config{Only: []string{m.Breaks}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.Name, "of", m.Action, "breaks", m.Breaks+":", result.Properties[0].Verdict)
	}
	// Output:
	// NeverRests of Suspend breaks Rest: violated
}

// A scenario runs by itself.
func ExampleProgram_Scenarios() {
	program, err := spec.Load(hosts(), "host.bh")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range program.Scenarios() {
		if failure := s.Run(); failure != nil {
			fmt.Println(s.Name, "fails:", failure)
		} else {
			fmt.Println(s.Name, "succeeds")
		}
	}
	// Output:
	// MakesRoom succeeds
}

// A predicate looks into the states that a runner gives.
func ExampleProgram_Predicate() {
	program, err := spec.Load(hosts(), "host.bh")
	if err != nil {
		fmt.Println(err)
		return
	}
	first, err := program.Predicate("power[1] == on")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := program.NewRunner()
	r.Init(func(s model.State, _ *model.Fault) { r.Load(s) })
	r.Next(func(_ model.Label, s model.State, _ *model.Fault) {
		holds, fault := first(s)
		fmt.Println(r.Render(s), holds, fault)
	})
	_, err = program.Predicate("power[1] == 3")
	fmt.Println(err)
	// Output:
	// [{power {1 -> on, 2 -> off}}] true <nil>
	// [{power {1 -> off, 2 -> on}}] false <nil>
	// expression:1:13: got 3, want Power
}

// Format lays a file out in the canonical way.
func ExampleFormat() {
	out, err := spec.Format("host.bh", []byte("model Host;state{on:bool=false}\naction Turn  when   on{on=not on}"))
	fmt.Printf("%s%v\n", out, err)
	_, err = spec.Format("host.bh", []byte("model Host\nstate { on = false }"))
	fmt.Println(err)
	// Output:
	// model Host
	// state { on: bool = false }
	// action Turn when on { on = not on }
	// <nil>
	// host.bh:2:12: got `=`, want `:`
}
