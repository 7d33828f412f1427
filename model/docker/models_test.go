package docker

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{"lifecycle.bh", "", 361, 10},
		{"lifecycle.bh", "three", 6_859, 15},
		{"namespaces.bh", "", 76_920, 26},
		{"namespaces.bh", "pair", 293, 12},
		{"pids.bh", "", 224, 9},
		{"pids.bh", "deep", 698, 12},
		{"cgroup.bh", "", 3_912, 9},
		{"cgroup.bh", "tight", 3_040, 8},
		{"cgroup.bh", "roomy", 4_044, 10},
		{"cgroup.bh", "three", 0, 0},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
var pairs = []modelcheck.Pair{
	{"one container", func() model.System { return fleetSystem(1) }, "lifecycle.bh", constants{"CONTAINERS": "1"}},
	{"two containers", func() model.System { return fleetSystem(2) }, "lifecycle.bh", nil},
	{"a pod", func() model.System { return engineSystem(2, 2, 2) }, "namespaces.bh", constants{"CONTAINERS": "2"}},
	{"no sharing", func() model.System { return engineSystem(3, 0, 0) }, "namespaces.bh", constants{"POD": "0", "AGENT": "0"}},
	{"PIDs", func() model.System { return pidSystem(4, 3) }, "pids.bh", nil},
	{"memory", func() model.System { return tenantsSystem(2, 2, 1, 2, 2) }, "cgroup.bh", constants{"HOST": "2"}},
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{"lifecycle", func() model.System { return fleetSystem(4) }, "lifecycle.bh", constants{"CONTAINERS": "4"}},
		{"namespaces", func() model.System { return engineSystem(4, 3, 2) }, "namespaces.bh", constants{"CONTAINERS": "4", "POD": "3"}},
		{"pids", func() model.System { return pidSystem(6, 4) }, "pids.bh", constants{"PROCS": "6", "SPACES": "4"}},
		{"cgroup", func() model.System { return tenantsSystem(4, 3, 2, 5, 3) }, "cgroup.bh", constants{"PROCS": "4", "PAGES": "3", "CACHE": "2", "HOST": "5", "LIMIT": "3"}},
	})
}
