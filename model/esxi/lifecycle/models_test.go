package lifecycle

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "table.bh", States: 6, Depth: 3},
		{File: "power.bh", States: 691, Depth: 12},
		{File: "power.bh", Config: "pair", States: 176_441, Depth: 22},
		{File: "power.bh", Config: "other", States: 547, Depth: 12},
		{File: "connection.bh", States: 187, Depth: 10},
		{File: "incarnations.bh", States: 1_280, Depth: 11},
		{File: "incarnations.bh", Config: "two", States: 256, Depth: 9},
		{File: "disks.bh", States: 9_349, Depth: 12},
		{File: "disks.bh", Config: "shallow", States: 6_433, Depth: 12},
		{File: "snapshots.bh", States: 42_331, Depth: 19},
	})
}

// One size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "power.bh", Define: constants{"VMS": "2", "STANDBY_SUSPENDS": "false"}, States: 155_097, Depth: 22},
		{File: "incarnations.bh", Define: constants{"HOSTS": "5", "NUMBERS": "3"}, States: 43_008, Depth: 16},
		{File: "disks.bh", Define: constants{"BLOCKS": "2"}, States: 1_340_425, Depth: 19},
		{File: "snapshots.bh", Define: constants{"SNAPS": "3", "disks.LEVELS": "2"}, States: 3_222_481, Depth: 25},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "the table", System: tableSystem(), File: "table.bh"},
		{Name: "one machine", System: hostSystem(1, Options{}), File: "power.bh"},
		{
			Name: "one machine, other options", System: hostSystem(1, Options{StandbyStaysOn: true, SuspendedStaysRegistered: true}), File: "power.bh",
			Constants: constants{"STANDBY_SUSPENDS": "false", "UNREGISTER_SUSPENDED": "false"},
		},
		{Name: "what vCenter sees", System: viewSystem(), File: "connection.bh"},
		{Name: "two hosts", System: clusterSystem(2, 3), File: "incarnations.bh", Constants: constants{"HOSTS": "2", "NUMBERS": "3"}},
		{Name: "three hosts", System: clusterSystem(3, 2), File: "incarnations.bh"},
		{Name: "a disk", System: diskSystem(2, 1, 2), File: "disks.bh", Constants: constants{"SNAPS": "2"}},
		{Name: "a tree", System: diskSystem(3, 1, 2), File: "disks.bh", Constants: constants{"LEVELS": "2"}},
		{Name: "a machine with a snapshot", System: snapshotSystem(1), File: "snapshots.bh", Constants: constants{"SNAPS": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "three machines", System: hostSystem(3, Options{}), File: "power.bh", Constants: constants{"VMS": "3"}},
		{Name: "four hosts", System: clusterSystem(4, 5), File: "incarnations.bh", Constants: constants{"HOSTS": "4", "NUMBERS": "5"}},
		{Name: "a wide tree", System: diskSystem(5, 3, 4), File: "disks.bh", Constants: constants{"SNAPS": "5", "BLOCKS": "3", "LEVELS": "4"}},
		{Name: "a machine with snapshots", System: snapshotSystem(3), File: "snapshots.bh", Constants: constants{"SNAPS": "3"}},
	})
}
