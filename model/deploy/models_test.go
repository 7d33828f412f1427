package deploy

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "apply.bh", States: 1_052, Depth: 17},
		{File: "apply.bh", Config: "two_versions", States: 31_908, Depth: 17},
		{File: "fenceposts.bh", States: 6_160, Depth: 1},
		{File: "rolling.bh", States: 336, Depth: 14},
		{File: "rolling.bh", Config: "tight", States: 486, Depth: 15},
		{File: "rolling.bh", Config: "three", States: 2_308, Depth: 11},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "apply.bh", Define: constants{"USERS": "3"}, States: 18_330, Depth: 20},
		{File: "fenceposts.bh", Define: constants{"MOST": "40"}, States: 36_080, Depth: 1},
		{File: "rolling.bh", Define: constants{"REPLICAS": "4", "SURGE": "1", "UNAVAILABLE": "1", "REVISIONS": "3"}, States: 17_204, Depth: 22},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "fenceposts", System: fencepostSystem(6), File: "fenceposts.bh"},
		{Name: "rolling", System: rollingSystem(2, 1, 0, 2, 2), File: "rolling.bh"},
		{Name: "rolling, tight", System: rollingSystem(3, 0, 1, 2, 2), File: "rolling.bh", Constants: constants{"REPLICAS": "3", "SURGE": "0", "UNAVAILABLE": "1"}},
		{Name: "rolling, three revisions", System: rollingSystem(2, 1, 1, 3, 1), File: "rolling.bh", Constants: constants{"UNAVAILABLE": "1", "REVISIONS": "3", "DEADLINE": "1"}},
		{Name: "apply", System: workspaceSystem(2, 1), File: "apply.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{
			Name: "rolling", System: rollingSystem(7, 2, 2, 3, 3), File: "rolling.bh",
			Constants: constants{"REPLICAS": "7", "SURGE": "2", "UNAVAILABLE": "2", "REVISIONS": "3", "DEADLINE": "3"},
		},
		{Name: "apply", System: workspaceSystem(3, 2), File: "apply.bh", Constants: constants{"USERS": "3", "VERSIONS": "2"}},
	})
}
