package ha

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "admission.bh", States: 18_560, Depth: 5},
		{File: "admission.bh", Config: "percent", States: 4_608, Depth: 4},
		{File: "failover.bh", States: 33_792, Depth: 5},
		{File: "failover.bh", Config: "packed", States: 5_532, Depth: 5},
		{File: "failover.bh", Config: "ruled", States: 192, Depth: 3},
		{File: "failover.bh", Config: "twice", States: 7_300, Depth: 6},
		{File: "fdm.bh", States: 24_797, Depth: 13},
		{File: "fdm.bh", Config: "worst", States: 37_253, Depth: 15, Vacuous: []string{"SingleInstance"}},
		{File: "fdm.bh", Config: "three", States: 125_304, Depth: 16},
		{File: "outlier.bh", States: 12_421, Depth: 6},
		{File: "outlier.bh", Config: "shares", States: 12_421, Depth: 6},
		{File: "restart.bh", States: 12_018, Depth: 15},
		{File: "restart.bh", Config: "pair", States: 3_195, Depth: 13},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// One size larger.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "admission.bh", Define: constants{"HOST_MEM": "3", "VMS": "3", "MOST_MEM": "1"}, States: 209_664, Depth: 6},
		{File: "failover.bh", Define: constants{"HOSTS": "4"}, States: 139_505, Depth: 5},
		{File: "fdm.bh", Define: constants{"FAULTS": "4"}, States: 357_452, Depth: 17},
		{File: "outlier.bh", Define: constants{"VMS": "7"}, States: 45_136, Depth: 7},
		{File: "restart.bh", Define: constants{"VMS": "4", "TIERS": "4"}, States: 437_182, Depth: 21},
	})
}

type constants = map[string]string

func admission(name string, z admissionSize, c constants) modelcheck.Pair {
	return modelcheck.Pair{Name: "admission, " + name, System: admissionSystem(z), File: "admission.bh", Constants: c}
}

// small is a cluster of n hosts and n machines.
func small(n, level int, slots Slots, percentage *Percentage) admissionSize {
	slots.Level = level
	z := admissionSize{hosts: n, vms: n, hostCPU: 2, hostMem: 2, mostCPU: 1, mostMem: 2, policy: slots, slots: slots}
	z.percentage = Percentage{CPU: 33, Memory: 33, MinCPU: slots.MinCPU}
	if percentage != nil {
		z.policy = *percentage
	}
	return z
}

func failover(name string, z failoverSize, c constants) modelcheck.Pair {
	return modelcheck.Pair{Name: "failover, " + name, System: failoverSystem(z), File: "failover.bh", Constants: c}
}

func slotsOf(level int, memory int64) Slots { return Slots{Level: level, MinCPU: 1, CapMemory: memory} }

func pairs() []modelcheck.Pair {
	large := small(2, 1, Slots{MinCPU: 1}, nil)
	large.hostMem = 3
	half := Percentage{CPU: 50, Memory: 50, MinCPU: 2}
	group := []Rule{{VMs: []VM{1}, Hosts: []Host{1}}}
	must := []Rule{{VMs: []VM{1}, Hosts: []Host{1, 2}, Mandatory: true}}
	return []modelcheck.Pair{
		admission("two hosts", large, constants{"HOSTS": "2", "HOST_MEM": "3"}),
		admission("a large minimum, capped", small(2, 1, Slots{MinCPU: 2, CapMemory: 1}, nil), constants{"HOSTS": "2", "MIN_CPU": "2", "CAP_MEM": "1"}),
		admission("percentages", small(2, 1, Slots{MinCPU: 2}, &half), constants{"HOSTS": "2", "MIN_CPU": "2", "POLICY": "percentage", "RESERVED": "50"}),
		failover("slots", failoverSize{2, 3, 1, 4, 3, slotsOf(1, 0), nil}, constants{"HOSTS": "2", "VMS": "3"}),
		failover("capped", failoverSize{3, 3, 1, 4, 3, slotsOf(1, 2), nil}, constants{"VMS": "3", "SLOT_CAP": "2"}),
		failover("percentages", failoverSize{2, 3, 1, 4, 3, Percentage{CPU: 0, Memory: 50}, nil}, constants{"HOSTS": "2", "VMS": "3", "POLICY": "percentage"}),
		failover("packing, twice", failoverSize{3, 2, 2, 4, 3, Packing{Level: 2}, nil}, constants{"VMS": "2", "POLICY": "packing", "FAILURES": "2"}),
		failover("packing, a mandatory rule", failoverSize{3, 3, 1, 4, 3, Packing{Level: 1}, must}, constants{"VMS": "3", "POLICY": "packing", "GROUP": "2", "MANDATORY": "true"}),
		failover("no policy, an optional rule", failoverSize{3, 3, 1, 4, 2, Disabled{}, group}, constants{"VMS": "3", "SIZE": "2", "POLICY": "disabled", "GROUP": "1"}),
		{Name: "agents, two hosts at worst", System: domainSystem(2, 2, true), File: "fdm.bh", Constants: constants{"HOSTS": "2", "TWO_PATHS": "true"}},
		{Name: "agents, three hosts", System: domainSystem(3, 1, false), File: "fdm.bh", Constants: constants{"FAULTS": "1"}},
		{Name: "order", System: orderSystem(3, 2, 2), File: "restart.bh", Constants: constants{"TIERS": "2"}},
		{Name: "order, four tiers", System: orderSystem(2, 4, 1), File: "restart.bh", Constants: constants{"VMS": "2", "TIERS": "4", "TIMEOUT": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	seen := map[string]bool{}
	modelcheck.Systems(t, slices.DeleteFunc(pairs(), func(p modelcheck.Pair) bool { // one of each
		again := seen[p.File]
		seen[p.File] = true
		return again
	}))
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		admission("three machines", admissionSize{
			hosts: 3, vms: 3, hostCPU: 2, hostMem: 2, mostCPU: 1, mostMem: 1, policy: slotsOf(2, 0), slots: slotsOf(2, 0), percentage: Percentage{MinCPU: 1},
		}, constants{"VMS": "3", "LEVEL": "2", "HOST_MEM": "2", "MOST_MEM": "1"}),
		failover("four hosts", failoverSize{4, 5, 2, 5, 3, slotsOf(2, 0), nil}, constants{"HOSTS": "4", "VMS": "5", "CAP": "5", "FAILURES": "2"}),
		{Name: "agents", System: domainSystem(4, 8, true), File: "fdm.bh", Constants: constants{"HOSTS": "4", "FAULTS": "8", "TWO_PATHS": "true"}},
		{Name: "order", System: orderSystem(4, 5, 3), File: "restart.bh", Constants: constants{"VMS": "4", "TIERS": "5", "TIMEOUT": "3"}},
	})
}
