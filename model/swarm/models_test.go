package swarm

import (
	"os"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "spread.bh", States: 12_558, Depth: 19, Vacuous: []string{"EvenBranches", "Shares"}},
		{File: "spread.bh", Config: "zones", States: 12_568, Depth: 19, Vacuous: []string{"Even"}},
		{File: "fencing.bh", States: 1_038, Depth: 15},
		{File: "filters.bh", States: 8_692, Depth: 5},
	})
}

// The same, one size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "spread.bh", Define: constants{"ROOM": "3", "FAILURES": "2"}, States: 67_971, Depth: 28, Vacuous: []string{"EvenBranches", "Shares"}},
		{File: "fencing.bh", Define: constants{"TASKS": "3"}, States: 14_562, Depth: 22},
		{File: "filters.bh", Define: constants{"FREE": "2"}, States: 22_180, Depth: 5},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "fencing", System: fencingSystem(2), File: "fencing.bh"},
	}
}

// larger are those that take seconds, and random runs elsewhere.
func larger() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "filters", System: filtersSystem(1), File: "filters.bh"},
		{Name: "spread", System: spreadSystem(2, 1, false), File: "spread.bh"},
		{Name: "spread over zones", System: spreadSystem(2, 1, true), File: "spread.bh", Constants: constants{"PREFERENCE": "true"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) {
	all := pairs()
	if os.Getenv("BULKHEAD_SOAK") != "" {
		all = append(all, larger()...)
	}
	modelcheck.Same(t, Models, all)
}

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()[:1]) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	room := constants{"ROOM": "3", "FAILURES": "2"}
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "filters", System: filtersSystem(2), File: "filters.bh", Constants: constants{"FREE": "2"}},
		{Name: "spread", System: spreadSystem(3, 2, false), File: "spread.bh", Constants: room},
		{Name: "spread over zones", System: spreadSystem(3, 2, true), File: "spread.bh", Constants: with(room, "PREFERENCE", "true")},
		{Name: "fencing", System: fencingSystem(3), File: "fencing.bh", Constants: constants{"TASKS": "3"}},
	})
}
