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
		{File: "cgroup.bh", Config: "tight", States: 16_614, Depth: 8},
		{File: "cgroup.bh", Config: "roomy", States: 27_714, Depth: 10},
		{File: "cgroup.bh", Config: "three", States: 114_525, Depth: 10},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "memory", System: tenantsSystem(2, 2, 1, 2, 2), File: "cgroup.bh", Constants: constants{"HOST": "2"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "cgroup", System: tenantsSystem(4, 3, 2, 5, 3), File: "cgroup.bh", Constants: constants{"PROCS": "4", "PAGES": "3", "CACHE": "2", "HOST": "5", "LIMIT": "3"}},
	})
}
