package docker

import (
	"context"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec"
)

// load gives a model of this package under some constants.
func load(t testing.TB, file string, opt spec.Options) *spec.Program {
	t.Helper()
	p, err := spec.LoadWith(Models, file, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func constants(pairs ...string) spec.Options {
	opt := spec.Options{Define: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		opt.Define[pairs[i]] = pairs[i+1]
	}
	return opt
}

// Every model under each of its configurations: everything holds, nothing is vacuous, every action fires, and there are
// as many states as counted once and since then; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	for _, test := range []struct {
		file, config string
		distinct     int64
		depth        int
	}{
		{"lifecycle.bh", "", 361, 10},
		{"lifecycle.bh", "three", 6_859, 15},
		{"namespaces.bh", "", 76_920, 26},
		{"namespaces.bh", "pair", 293, 12},
		{"pids.bh", "", 224, 9},
		{"pids.bh", "deep", 698, 12},
		{"cgroup.bh", "", 3_912, 9},
		{"cgroup.bh", "tight", 3_040, 8},
		{"cgroup.bh", "roomy", 4_044, 10},
	} {
		t.Run(test.file+" "+test.config, func(t *testing.T) {
			res, err := checker.Check(context.Background(), load(t, test.file, spec.Options{Config: test.config}), checker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != checker.Holds || !res.Exhaustive {
				t.Errorf("got %s (exhaustive %t, %s), want %s", res.Verdict, res.Exhaustive, res.Reason, checker.Holds)
			}
			for _, f := range res.Properties {
				if f.Verdict != checker.Holds || len(f.Vacuous) > 0 {
					t.Errorf("%s: got %s, vacuous %q: %s", f.Property.Name, f.Verdict, f.Vacuous, f.Message)
				}
			}
			for _, a := range res.Actions {
				if a.Fired == 0 {
					t.Errorf("action %s never fires", a.Name)
				}
			}
			if res.Stats.Distinct != test.distinct || res.Stats.Depth != test.depth {
				t.Errorf("got %d states and depth %d, want %d and %d", res.Stats.Distinct, res.Stats.Depth, test.distinct, test.depth)
			}
		})
	}
}

// Every property of every model has a mutant that it catches, and every scenario succeeds.
func TestMutantsAndScenarios(t *testing.T) {
	for _, file := range []string{"lifecycle.bh", "namespaces.bh", "pids.bh", "cgroup.bh"} {
		t.Run(file, func(t *testing.T) {
			p := load(t, file, spec.Options{})
			caught := map[string]bool{}
			for _, m := range p.Mutants() {
				if got := verdict(t, m.System(), m.Breaks); got != checker.Violated {
					t.Errorf("mutant %s: got %s of %s, want %s", m.Name, got, m.Breaks, checker.Violated)
				}
				caught[m.Breaks] = true
			}
			for _, property := range p.Info().Properties {
				if property.Kind != model.FaultFree && !caught[property.Name] {
					t.Errorf("%s has no mutant", property.Name)
				}
			}
			for _, s := range p.Scenarios() {
				if failure := s.Run(); failure != nil {
					t.Errorf("scenario %s: %s: %s", s.Name, failure.Position, failure.Message)
				}
			}
		})
	}
}

// verdict is what a search for a violation of one property says, and of faults, which end a search too.
func verdict(t testing.TB, sys model.System, property string) checker.Verdict {
	t.Helper()
	res, err := checker.Check(context.Background(), sys, checker.Config{Only: []string{property}, FailFast: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Properties {
		if f.Property.Name == property {
			return f.Verdict
		}
	}
	t.Fatalf("%s has no property %s", sys.Info().Name, property)
	return ""
}

// pairs are the Go systems and the models of the same thing, on instances small enough to compare whole.
var pairs = []struct {
	name   string
	system func() model.System
	file   string
	opt    spec.Options
}{
	{"one container", func() model.System { return fleetSystem(1) }, "lifecycle.bh", constants("CONTAINERS", "1")},
	{"two containers", func() model.System { return fleetSystem(2) }, "lifecycle.bh", constants()},
	{"a pod", func() model.System { return engineSystem(2, 2, 2) }, "namespaces.bh", constants("CONTAINERS", "2")},
	{"no sharing", func() model.System { return engineSystem(3, 0, 0) }, "namespaces.bh", constants("POD", "0", "AGENT", "0")},
	{"PIDs", func() model.System { return pidSystem(4, 3) }, "pids.bh", constants()},
	{"memory", func() model.System { return tenantsSystem(2, 2, 1, 2, 2) }, "cgroup.bh", constants("HOST", "2")},
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) {
	for _, pair := range pairs {
		t.Run(pair.name, func(t *testing.T) {
			modeltest.Same(t, pair.system(), load(t, pair.file, pair.opt), modeltest.SameOptions{A: withoutChoices, B: withoutChoices})
		})
	}
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	for _, pair := range []struct {
		name   string
		system model.System
		file   string
		opt    spec.Options
	}{
		{"lifecycle", fleetSystem(4), "lifecycle.bh", constants("CONTAINERS", "4")},
		{"namespaces", engineSystem(4, 3, 2), "namespaces.bh", constants("CONTAINERS", "4", "POD", "3")},
		{"pids", pidSystem(6, 4), "pids.bh", constants("PROCS", "6", "SPACES", "4")},
		{"cgroup", tenantsSystem(4, 3, 2, 5, 3), "cgroup.bh", constants("PROCS", "4", "PAGES", "3", "CACHE", "2", "HOST", "5", "LIMIT", "3")},
	} {
		t.Run(pair.name, func(t *testing.T) {
			drive(t, pair.system, load(t, pair.file, pair.opt))
		})
	}
}

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	for _, pair := range pairs {
		t.Run(pair.name, func(t *testing.T) { modeltest.Run(t, pair.system(), modeltest.RunOptions{MaxStates: 200}) })
	}
}
