package ops

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "alert.bh", States: 20, Depth: 5},
		{File: "alert.bh", Config: "quick", States: 20, Depth: 4},
		{File: "choose.bh", States: 4_000, Depth: 3},
		{File: "choose.bh", Config: "two", States: 972, Depth: 2},
		{File: "orchestrator.bh", States: 1_662, Depth: 10},
		{File: "orchestrator.bh", Config: "three_schedulers", States: 13_410, Depth: 11},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "alert.bh", Define: constants{"FOR": "6", "CLEAR": "9", "ESCALATE": "20", "MAX": "6"}, States: 303, Depth: 27},
		{File: "choose.bh", Define: constants{"NODES": "4"}, States: 50_000, Depth: 4},
		{File: "orchestrator.bh", Define: constants{"CONTAINERS": "4"}, States: 9_296, Depth: 12},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "choose", System: chooseSystem(3, 1), File: "choose.bh", Constants: constants{"SCORE": "1"}},
		{Name: "choose of two", System: chooseSystem(2, 4), File: "choose.bh", Constants: constants{"NODES": "2", "SCORE": "4"}},
		{Name: "orchestrator", System: orchestratorSystem(2, 3, 2, 2), File: "orchestrator.bh"},
		{Name: "alert", System: alertSystem(Thresholds{High: 3, Low: 1, For: 2, Clear: 2, Escalate: 2}, 4), File: "alert.bh"},
		{Name: "alert, quick", System: alertSystem(Thresholds{High: 3, Low: 1, For: 1, Clear: 3, Escalate: 2}, 4), File: "alert.bh", Constants: constants{"FOR": "1", "CLEAR": "3"}},
		{
			Name: "alert, slow", System: alertSystem(Thresholds{High: 2, Low: 0, For: 4, Clear: 3, Escalate: 5}, 2), File: "alert.bh",
			Constants: constants{"HIGH": "2", "LOW": "0", "MAX": "2", "FOR": "4", "CLEAR": "3", "ESCALATE": "5"},
		},
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
			Name: "orchestrator", System: orchestratorSystem(3, 5, 2, 4), File: "orchestrator.bh",
			Constants: constants{"NODES": "3", "CONTAINERS": "5", "CAPACITY": "4"},
		},
	})
}
