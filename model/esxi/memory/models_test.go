package memory

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "minfree.bh", States: 1_023, Depth: 2},
		{File: "minfree.bh", Config: "exact", States: 1_023, Depth: 2},
		{File: "states.bh", States: 2_902, Depth: 22},
		{File: "states.bh", Config: "below", States: 2_193, Depth: 22},
		{File: "states.bh", Config: "wide", States: 3_092, Depth: 22},
		{File: "reclaim.bh", States: 6_693, Depth: 21},
		{File: "reclaim.bh", Config: "large", States: 3_134, Depth: 20},
		{File: "reclaim.bh", Config: "even", States: 41_710, Depth: 24},
		{File: "tax.bh", States: 473, Depth: 11},
		{File: "tax.bh", Config: "weighted", States: 473, Depth: 11},
		{File: "tax.bh", Config: "heavy", States: 473, Depth: 11, Vacuous: []string{"NoHoarding"}},
		{File: "swapfile.bh", States: 5_366, Depth: 6},
		{File: "swapfile.bh", Config: "pair", States: 754, Depth: 4},
		{File: "sharing.bh", States: 1_040, Depth: 13},
		{File: "sharing.bh", Config: "salted", States: 1_040, Depth: 13},
		{File: "sharing.bh", Config: "mixed", States: 1_040, Depth: 13},
		{File: "frames.bh", States: 6_370, Depth: 15},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// guests of reclaim.bh as it stands, and of its config even.
var (
	guests = []Guest{{Size: 6, Target: 1, Limit: NoLimit, Tools: true, Twins: 1}, {Size: 5, Reservation: 1, Target: 1, Limit: NoLimit, Twins: 1}}
	even   = []Guest{
		{Size: 6, Target: 1, Limit: NoLimit, Tools: true, Twins: 1},
		{Size: 6, Reservation: 1, Target: 1, Limit: NoLimit, Tools: true, Twins: 1},
	}
	limited = []Guest{{Size: 6, Target: 1, Limit: 3, Tools: true, Twins: 1}, {Size: 5, Reservation: 1, Target: 1, Limit: 1, Twins: 1}}
)

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	plain := []Demand{{1, 8, 1}, {1, 8, 0}}
	return []modelcheck.Pair{
		{Name: "minFree", System: minFreeSystem(256, Rounded), File: "minfree.bh"},
		{Name: "minFree, exact", System: minFreeSystem(256, Exact), File: "minfree.bh", Constants: constants{"EXACT": "true"}},
		{Name: "states", System: statesSystem(Reached, 1, 9), File: "states.bh"},
		{Name: "states, below", System: statesSystem(Below, 1, 9), File: "states.bh", Constants: constants{"RULE": "below"}},
		{Name: "states, a wide margin", System: statesSystem(Reached, 3, 5), File: "states.bh", Constants: constants{"MARGIN": "3", "BURST": "5"}},
		{Name: "states, no margin", System: statesSystem(Reached, 0, 5), File: "states.bh", Constants: constants{"MARGIN": "0", "BURST": "5"}},
		{Name: "reclaim", System: reclaimSystem(8, 17, guests), File: "reclaim.bh"},
		{
			Name: "reclaim, limits", System: reclaimSystem(8, 17, limited), File: "reclaim.bh",
			Constants: constants{"LIMIT": "{1 -> 3, 2 -> 1}"},
		},
		{Name: "tax", System: taxSystem(8, DefaultIdleTax, plain), File: "tax.bh"},
		{
			Name: "tax, weighted", System: taxSystem(8, 60, []Demand{{3, 8, 2}, {2, 7, 1}}), File: "tax.bh",
			Constants: constants{"TAX": "60", "SHARES": "{1 -> 3, 2 -> 2}", "SIZE": "{1 -> 8, 2 -> 7}", "RESERVE": "{1 -> 2, 2 -> 1}"},
		},
		{Name: "swap files", System: swapFileSystem(2, 7, 5, 4, 1), File: "swapfile.bh", Constants: constants{"VMS": "2", "MEMORY": "7", "DATASTORE": "5", "SIZE": "4"}},
		{Name: "sharing", System: sharingSystem(ByInstance, [vms]string{}, true, true), File: "sharing.bh"},
		{
			Name: "sharing with all", System: sharingSystem(NoSalting, [vms]string{"7", "8"}, true, true), File: "sharing.bh",
			Constants: constants{"SALTING": "0", "SALT": "{1 -> 7, 2 -> 8}"},
		},
		{
			Name: "sharing by salt", System: sharingSystem(ByVMX, [vms]string{"7", ""}, true, true), File: "sharing.bh",
			Constants: constants{"SALTING": "1", "SALT": "{1 -> 7, 2 -> 0}"},
		},
		{
			Name: "sharing of a tenant", System: sharingSystem(ByInstance, [vms]string{"7", "7"}, false, false), File: "sharing.bh",
			Constants: constants{"SALT": "{1 -> 7, 2 -> 7}", "LARGE": "false", "PRESSURE": "false"},
		},
		{
			Name: "large pages", System: sharingSystem(NoSalting, [vms]string{}, true, false), File: "sharing.bh",
			Constants: constants{"SALTING": "0", "PRESSURE": "false"},
		},
		{Name: "frames", System: framesSystem(3), File: "frames.bh"},
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
			Name: "reclaim", System: reclaimSystem(9, 17, even), File: "reclaim.bh",
			Constants: constants{"MEMORY": "9", "SIZE": "{1 -> 6, 2 -> 6}", "TOOLS": "{1 -> true, 2 -> true}"},
		},
		{
			Name: "tax", System: taxSystem(60, 75, []Demand{{5, 60, 10}, {2, 50, 0}}), File: "tax.bh",
			Constants: constants{"MEMORY": "60", "SIZE": "{1 -> 60, 2 -> 50}", "RESERVE": "{1 -> 10, 2 -> 0}", "SHARES": "{1 -> 5, 2 -> 2}"},
		},
		{Name: "swap files", System: swapFileSystem(3, 6, 7, 3, 1), File: "swapfile.bh"},
		{Name: "frames", System: framesSystem(4), File: "frames.bh", Constants: constants{"FRAMES": "4"}},
	})
}

// Instances one size larger, for a long run.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "minfree.bh", Define: constants{"BLOCKS": "2000"}, States: 7_999, Depth: 2},
		{File: "states.bh", Define: constants{"BURST": "104", "MARGIN": "3"}, States: 18_536, Depth: 5},
		{File: "reclaim.bh", Define: constants{"MEMORY": "11", "SIZE": "{1 -> 8, 2 -> 7}", "TARGET": "{1 -> 2, 2 -> 2}", "RESERVE": "{1 -> 0, 2 -> 2}"}, States: 45_671, Depth: 30},
		{File: "tax.bh", Define: constants{"MEMORY": "40", "SIZE": "{1 -> 40, 2 -> 40}"}, States: 8_073, Depth: 43},
		{File: "swapfile.bh", Define: constants{"VMS": "4", "MEMORY": "8"}, States: 98_256, Depth: 8},
		{File: "sharing.bh", Define: constants{"PAGES": "3"}, States: 29_648, Depth: 17},
		{File: "frames.bh", Define: constants{"FRAMES": "4"}, States: 44_966, Depth: 16},
	})
}
