package namespace

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "idmap.bh", States: 21_168, Depth: 1},
		{File: "lifetime.bh", States: 6_932, Depth: 19},
		{File: "namespaces.bh", States: 10_373, Depth: 4},
		{File: "namespaces.bh", Config: "three", States: 340_413, Depth: 9},
		{File: "pids.bh", States: 14_395, Depth: 22},
		{File: "users.bh", States: 420, Depth: 7},
	})
}

// The same, larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "idmap.bh", Define: constants{"USERS": "4"}, States: 249_600, Depth: 1},
		{File: "lifetime.bh", Define: constants{"SPACES": "3"}, States: 824_648, Depth: 26},
		{File: "namespaces.bh", Define: constants{"CONTAINERS": "3", "AGENT": "1", "TENANT": "3"}, States: 340_413, Depth: 9},
		{File: "pids.bh", Define: constants{"NUMBERS": "5"}, States: 111_749, Depth: 32},
		{File: "pids.bh", Define: constants{"SPACES": "4"}, States: 54_868, Depth: 24},
		{File: "pids.bh", Define: constants{"NUMBERS": "6"}, States: 495_891, Depth: 43},
		{File: "users.bh", Define: constants{"NS": "2"}, States: 27_202, Depth: 11},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "a pod", System: engineSystem(2, 2, 0, 2), File: "namespaces.bh", Constants: constants{"CONTAINERS": "2", "AGENT": "0", "TENANT": "2"}},
		{Name: "an agent", System: engineSystem(2, 0, 1, 0), File: "namespaces.bh", Constants: constants{"CONTAINERS": "2", "POD": "0", "AGENT": "1", "TENANT": "0"}},
		{Name: "no pod", System: engineSystem(3, 0, 0, 2), File: "namespaces.bh", Constants: constants{"CONTAINERS": "3", "POD": "0", "AGENT": "0", "TENANT": "2"}},
		{Name: "lifetimes", System: livesSystem(2, 1), File: "lifetime.bh", Constants: constants{"SPACES": "1"}},
		{Name: "owners", System: livesSystem(1, 2), File: "lifetime.bh", Constants: constants{"PROCS": "1"}},
		{Name: "maps", System: idmapSystem(3), File: "idmap.bh"},
		{Name: "users", System: usersSystem(2, 2, 2), File: "users.bh"},
		{Name: "PIDs", System: pidSystem(3, 3, 4), File: "pids.bh", Constants: constants{"PROCS": "3", "NUMBERS": "4"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "lifetimes", System: livesSystem(3, 4), File: "lifetime.bh", Constants: constants{"PROCS": "3", "SPACES": "4"}},
		{Name: "users", System: usersSystem(2, 4, 1), File: "users.bh", Constants: constants{"NS": "3", "LONG": "1"}},
		{Name: "namespaces", System: engineSystem(3, 2, 0, 1), File: "namespaces.bh", Constants: constants{"CONTAINERS": "3", "AGENT": "0", "TENANT": "1"}},
		{Name: "pids", System: pidSystem(6, 4, 7), File: "pids.bh", Constants: constants{"PROCS": "6", "SPACES": "4", "NUMBERS": "7"}},
	})
}
