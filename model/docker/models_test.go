package docker

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
		{File: "namespaces.bh", States: 10_373, Depth: 4},
		{File: "namespaces.bh", Config: "three", States: 340_413, Depth: 9},
		{File: "pids.bh", States: 111_749, Depth: 32},
		{File: "pids.bh", Config: "deep", States: 54_868, Depth: 24},
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
		{Name: "one container", System: fleetSystem(1), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "1"}},
		{Name: "two containers", System: fleetSystem(2), File: "lifecycle.bh"},
		{Name: "a pod", System: engineSystem(2, 2, 0, 2), File: "namespaces.bh", Constants: constants{"CONTAINERS": "2", "AGENT": "0", "TENANT": "2"}},
		{Name: "an agent", System: engineSystem(2, 0, 1, 0), File: "namespaces.bh", Constants: constants{"CONTAINERS": "2", "POD": "0", "AGENT": "1", "TENANT": "0"}},
		{Name: "no pod", System: engineSystem(3, 0, 0, 2), File: "namespaces.bh", Constants: constants{"CONTAINERS": "3", "POD": "0", "AGENT": "0", "TENANT": "2"}},
		{Name: "PIDs", System: pidSystem(3, 3, 4), File: "pids.bh", Constants: constants{"PROCS": "3", "NUMBERS": "4"}},
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
		{Name: "lifecycle", System: fleetSystem(4), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "4"}},
		{Name: "namespaces", System: engineSystem(3, 2, 0, 1), File: "namespaces.bh", Constants: constants{"CONTAINERS": "3", "AGENT": "0", "TENANT": "1"}},
		{Name: "pids", System: pidSystem(6, 4, 7), File: "pids.bh", Constants: constants{"PROCS": "6", "SPACES": "4", "NUMBERS": "7"}},
		{Name: "cgroup", System: tenantsSystem(4, 3, 2, 5, 3), File: "cgroup.bh", Constants: constants{"PROCS": "4", "PAGES": "3", "CACHE": "2", "HOST": "5", "LIMIT": "3"}},
	})
}
