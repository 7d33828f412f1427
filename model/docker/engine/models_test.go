package engine

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "lifecycle.bh", States: 441, Depth: 12},
		{File: "lifecycle.bh", Config: "three", States: 9_261, Depth: 18},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "one container", System: fleetSystem(1), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "1"}},
		{Name: "two containers", System: fleetSystem(2), File: "lifecycle.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "lifecycle", System: fleetSystem(4), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "4"}},
	})
}
