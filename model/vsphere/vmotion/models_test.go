package vmotion

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "evc.bh", States: 21_562, Depth: 14},
		{File: "evc.bh", Config: "three", States: 18_747, Depth: 11},
		{File: "migrate.bh", States: 2_771, Depth: 21},
		{File: "migrate.bh", Config: "calm", States: 12_003, Depth: 33},
		{File: "migrate.bh", Config: "double", States: 3_076, Depth: 21},
		{File: "precheck.bh", States: 49_179, Depth: 1},
		{File: "precopy.bh", States: 300, Depth: 4},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// One size larger.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "evc.bh", Define: constants{"HOSTS": "3"}, States: 406_999, Depth: 15},
		{File: "migrate.bh", Define: constants{"PAGES": "5", "STUN": "2", "RATE": "5", "DIRTY": "4", "CRASHES": "2"}, States: 212_100, Depth: 29},
		{File: "precheck.bh", Define: constants{"FEATURES": "3"}, States: 786_675, Depth: 1},
		{File: "precopy.bh", Define: constants{"MEMORY": "8", "RATE": "9", "ROUNDS": "6", "PIECES": "531441"}, States: 5_040, Depth: 6},
	})
}

func migration(name string, z pace, c constants) modelcheck.Pair {
	return modelcheck.Pair{Name: "migration, " + name, System: migrationSystem(z), File: "migrate.bh", Constants: c}
}

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		migration("three pages", pace{3, 3, 2, 1, 1}, nil),
		migration("both fail", pace{3, 2, 1, 2, 2}, constants{"RATE": "2", "DIRTY": "1", "STUN": "2", "CRASHES": "2"}),
		{Name: "EVC", System: evcSystem(2, 1, 2, false), File: "evc.bh", Constants: constants{"VMS": "1"}},
		{Name: "EVC, strict", System: evcSystem(2, 2, 1, true), File: "evc.bh", Constants: constants{"FEATURES": "1", "STRICT": "true"}},
		{Name: "check", System: checkSystem(), File: "precheck.bh"},
		{Name: "rounds", System: precopySystem(3, 4, 4), File: "precopy.bh"},
		{Name: "rounds, more", System: precopySystem(2, 6, 3), File: "precopy.bh", Constants: constants{"MEMORY": "2", "RATE": "6", "ROUNDS": "3", "PIECES": "216"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	seen := map[string]bool{}
	modelcheck.Systems(t, slices.DeleteFunc(pairs(), func(p modelcheck.Pair) bool { // one of each
		again := seen[p.File]
		seen[p.File] = true
		return again
	}))
}

// The total is exact in every state of the Go system.
func TestTotals(t *testing.T) {
	res, err := checker.Check(t.Context(), precopySystem(5, 7, 6), checker.Config{Workers: 1})
	if err != nil || res.Verdict != checker.Holds || !res.Exhaustive {
		t.Fatalf("got %v, %v, want every total to hold", res.Verdict, err)
	}
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		migration("six pages", pace{6, 4, 3, 2, 2}, constants{"PAGES": "6", "RATE": "4", "DIRTY": "3", "STUN": "2", "CRASHES": "2"}),
		{Name: "EVC", System: evcSystem(3, 4, 3, true), File: "evc.bh", Constants: constants{"HOSTS": "3", "VMS": "4", "FEATURES": "3", "STRICT": "true"}},
	})
}
