package cgroup

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "cgroup.bh", States: 24_129, Depth: 9},
		{File: "hierarchy.bh", States: 1_133, Depth: 11},
		{File: "pids.bh", States: 4_596, Depth: 12},
		{File: "pids.bh", Config: "wide", States: 8_232, Depth: 16},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "cgroup.bh", Define: constants{"PROCS": "3", "PAGES": "1"}, States: 114_525, Depth: 10},
		{File: "cgroup.bh", Define: constants{"HOST": "2"}, States: 16_614, Depth: 8},
		{File: "cgroup.bh", Define: constants{"HOST": "4"}, States: 27_714, Depth: 10},
		{File: "hierarchy.bh", Define: constants{"PROCS": "4"}, States: 12_701, Depth: 13},
		{File: "pids.bh", Define: constants{"TABLE": "9", "LIMITS": "{red -> some(5), blue -> some(4), web -> some(3), db -> none}"}, States: 15_420, Depth: 20},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "memory", System: tenantsSystem(2, 2, 1, 2, 1), File: "cgroup.bh", Constants: constants{"HOST": "2", "LIMIT": "1"}},
		treePair(2),
		pidsPair(3, [4]int64{2, 1, 1, NoLimit}), pidsPair(2, [4]int64{NoLimit, 2, 1, 1}),
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		treePair(5),
		pidsPair(8, [4]int64{5, 4, 3, NoLimit}),
		{Name: "cgroup", System: tenantsSystem(3, 3, 2, 5, 2), File: "cgroup.bh", Constants: constants{"PROCS": "3", "PAGES": "3", "CACHE": "2", "HOST": "5", "LIMIT": "2"}},
	})
}
