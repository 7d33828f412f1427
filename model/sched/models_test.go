package sched

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "ageing.bh", States: 1_165, Depth: 11},
		{File: "ageing.bh", Config: "pair", States: 192, Depth: 10},
		{File: "deadlines.bh", States: 15_398, Depth: 4},
		{File: "deadlines.bh", Config: "two", States: 6_321, Depth: 5},
		{File: "periodic.bh", States: 56, Depth: 16},
		{File: "periodic.bh", Config: "three", States: 268, Depth: 9},
		{File: "proportional.bh", States: 300, Depth: 12},
		{File: "proportional.bh", Config: "pair", States: 209, Depth: 12},
		{File: "round_robin.bh", States: 6_814, Depth: 18},
		{File: "round_robin.bh", Config: "free_switch", States: 4_119, Depth: 12},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "ageing.bh", Define: constants{"JOBS": "4", "LEVELS": "3", "AGE": "1"}, States: 73_928, Depth: 13},
		{File: "deadlines.bh", Define: constants{"HORIZON": "5", "NEED": "3"}, States: 176_658, Depth: 5},
		{File: "periodic.bh", Define: constants{"TASKS": "3", "COSTS": "[1, 2, 4]", "PERIODS": "[4, 8, 8]", "LONGEST": "8", "COMMON": "8"}, States: 578, Depth: 11},
		{File: "proportional.bh", Define: constants{"JOBS": "4", "WEIGHT": "6"}, States: 4_263, Depth: 24},
		{File: "round_robin.bh", Define: constants{"JOBS": "4"}, States: 149_766, Depth: 24},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "round-robin", System: rrSystem(3, 2, 2, 1), File: "round_robin.bh", Constants: constants{"DEMAND": "2"}},
		{Name: "round-robin, free switch", System: rrSystem(2, 3, 1, 0), File: "round_robin.bh", Constants: constants{"JOBS": "2", "QUANTUM": "1", "SWITCH": "0"}},
		{Name: "ageing", System: ageingSystem(3, 2, 2), File: "ageing.bh"},
		{Name: "ageing, a pair", System: ageingSystem(2, 3, 3), File: "ageing.bh", Constants: constants{"JOBS": "2", "LEVELS": "3", "AGE": "3"}},
		{Name: "shares", System: shareSystem(3, 3), File: "proportional.bh", Constants: constants{"WEIGHT": "3"}},
		{Name: "shares, a pair", System: shareSystem(2, 5), File: "proportional.bh", Constants: constants{"JOBS": "2", "WEIGHT": "5"}},
		{Name: "deadlines", System: deadlineSystem(2, 4, 3), File: "deadlines.bh", Constants: constants{"JOBS": "2", "NEED": "3"}},
		{Name: "tasks", System: taskSystem([]Task{Implicit(2, 4), Implicit(3, 6)}), File: "periodic.bh"},
		{
			Name: "three tasks", System: taskSystem([]Task{Implicit(1, 3), Implicit(1, 6), Implicit(3, 6)}), File: "periodic.bh",
			Constants: constants{"TASKS": "3", "COSTS": "[1, 1, 3]", "PERIODS": "[3, 6, 6]", "COMMON": "6"},
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
		{Name: "round-robin", System: rrSystem(6, 5, 3, 2), File: "round_robin.bh", Constants: constants{"JOBS": "6", "DEMAND": "5", "QUANTUM": "3", "SWITCH": "2"}},
		{Name: "ageing", System: ageingSystem(5, 3, 2), File: "ageing.bh", Constants: constants{"JOBS": "5", "LEVELS": "3"}},
		{
			Name: "tasks", System: taskSystem([]Task{Implicit(1, 4), Implicit(2, 6), Implicit(2, 8), Implicit(4, 24)}), File: "periodic.bh",
			Constants: constants{"TASKS": "4", "COSTS": "[1, 2, 2, 4]", "PERIODS": "[4, 6, 8, 24]", "LONGEST": "24", "COMMON": "24"},
		},
	})
}
