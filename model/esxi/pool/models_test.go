package pool

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "entitlement.bh", States: 10_944, Depth: 1},
		{File: "entitlement.bh", Config: "three", States: 12_096, Depth: 1},
		{File: "entitlement.bh", Config: "fine", States: 12_312},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "entitlement, two machines", System: sizes{2, 1, 3, 60}.system(), File: "entitlement.bh", Constants: constants{"AMOUNT": "1", "SHARES": "3", "UNIT": "60"}},
		{Name: "entitlement, larger amounts", System: sizes{2, 2, 2, 12}.system(), File: "entitlement.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "entitlement", System: sizes{3, 1, 2, 60}.system(), File: "entitlement.bh", Constants: constants{"VMS": "3", "AMOUNT": "1", "UNIT": "60"}},
	})
}
