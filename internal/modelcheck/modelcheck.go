// Package modelcheck holds what the tests of every domain below package model check of its .bh files: that they hold
// under all their configurations and have as many states as ever, that every property catches a mutant, that every
// scenario succeeds, and that the Go systems beside them have the same state graphs. Only tests import it.
package modelcheck

import (
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// Count is the size of the state graph of a file under one of its configurations, "" for the constants as they stand.
type Count struct {
	File, Config string
	Define       map[string]string // constants of a larger instance; see Larger
	States       int64
	Depth        int
	Vacuous      []string // the properties that say nothing under these constants
}

func (c Count) String() string {
	out := c.File + " " + c.Config
	for _, name := range slices.Sorted(maps.Keys(c.Define)) {
		out += " " + name + "=" + c.Define[name]
	}
	return out
}

// Larger checks instances that take too long for every day, where BULKHEAD_SOAK is set: there is one at least for each model
// of a folder that has constants, which are given by Define.
func Larger(t *testing.T, models fs.FS, counts []Count) {
	for _, file := range files(t, models) {
		sized := len(Load(t, models, file, spec.Options{}).Info().Constants) > 0
		if sized && !slices.ContainsFunc(counts, func(c Count) bool { return c.File == file && len(c.Define) > 0 }) {
			t.Errorf("no larger instance of %s is counted", file)
		}
	}
	if !soak() {
		t.Skip("takes long: set BULKHEAD_SOAK")
	}
	holds(t, models, counts)
}

// Holds checks every model of a folder under each of its configurations, all of which must be counted: everything holds,
// nothing else is vacuous, every action fires, and there are as many states as were counted.
func Holds(t *testing.T, models fs.FS, counts []Count) {
	for _, file := range files(t, models) {
		for _, config := range append([]string{""}, Load(t, models, file, spec.Options{}).Configs()...) {
			if !slices.ContainsFunc(counts, func(c Count) bool { return c.File == file && c.Config == config }) {
				t.Errorf("the states of %s under config %q are not counted", file, config)
			}
		}
	}
	holds(t, models, counts)
}

func holds(t *testing.T, models fs.FS, counts []Count) {
	for _, want := range counts {
		t.Run(want.String(), func(t *testing.T) {
			p := Load(t, models, want.File, spec.Options{Config: want.Config, Define: want.Define})
			res, err := checker.Check(t.Context(), p, checker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if res.Verdict != checker.Holds || !res.Exhaustive {
				t.Errorf("got %s (exhaustive %t, %s), want %s", res.Verdict, res.Exhaustive, res.Reason, checker.Holds)
			}
			for _, f := range res.Properties {
				if f.Verdict != checker.Holds {
					t.Errorf("%s: got %s, want %s: %s", f.Property.Name, f.Verdict, checker.Holds, f.Message)
				}
				if vacuous := slices.Contains(want.Vacuous, f.Property.Name); len(f.Vacuous) > 0 != vacuous {
					t.Errorf("%s: got %q never met, want vacuous %t", f.Property.Name, f.Vacuous, vacuous)
				}
			}
			for _, a := range res.Actions {
				if a.Fired == 0 {
					t.Errorf("action %s never fires", a.Name)
				}
			}
			if res.Stats.Distinct != want.States || res.Stats.Depth != want.Depth {
				t.Errorf("got %d states and depth %d, want %d and %d", res.Stats.Distinct, res.Stats.Depth, want.States, want.Depth)
			}
		})
	}
}

// MutantsAndScenarios checks that every property of every model of a folder catches a mutant, and every mutant is caught,
// and that every scenario succeeds.
func MutantsAndScenarios(t *testing.T, models fs.FS) {
	for _, file := range files(t, models) {
		t.Run(file, func(t *testing.T) {
			p := Load(t, models, file, spec.Options{})
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
			if len(p.Scenarios()) == 0 {
				t.Errorf("there is no scenario")
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
	res, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{property}, FailFast: true})
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

// files lists the models of a folder, of which there is one at least.
func files(t testing.TB, models fs.FS) []string {
	t.Helper()
	names, err := fs.Glob(models, "*.bh")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("there are no models")
	}
	return names
}

// Load gives a model under some constants.
func Load(t testing.TB, models fs.FS, file string, opt spec.Options) *spec.Program {
	t.Helper()
	p, err := spec.LoadWith(models, file, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
