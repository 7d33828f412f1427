package netpolicy

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "policy.bh", States: 4_096, Depth: 14},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{{Name: "policies", System: policySystem(), File: "policy.bh"}}
}

// The Go values and the model have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go system keeps the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }
