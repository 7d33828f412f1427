package network

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "security.bh", States: 2_184, Depth: 4},
		{File: "security.bh", Config: "vmx", States: 2_184, Depth: 4},
		{File: "security.bh", Config: "overrides", States: 58_968, Depth: 4},
		{File: "vlan.bh", States: 6_400, Depth: 2},
		{File: "private.bh", States: 3_446, Depth: 4},
		{File: "neighbours.bh", States: 13, Depth: 4},
		{File: "neighbours.bh", Config: "pvlan", States: 13, Depth: 4},
		{File: "management.bh", States: 8, Depth: 4},
		{File: "management.bh", Config: "routed", States: 14, Depth: 5},
	})
}

// The same, one size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "security.bh", Define: constants{"PORTS": "4", "OVERRIDES": "true"}, States: 137_160, Depth: 4},
		{File: "vlan.bh", Define: constants{"IDS": "2"}, States: 124_000, Depth: 2},
		{File: "private.bh", Define: constants{"PORTS": "4", "FRAMES": "3"}, States: 27_100, Depth: 5},
		{File: "neighbours.bh", Define: constants{"SEGMENT": "private", "STATIC_VICTIM": "true", "FORGED_TRANSMITS": "true"}, States: 25, Depth: 4},
		{File: "management.bh", Define: constants{"VLANS": "4", "ROUTED": "true", "MANAGEMENT": "4"}, States: 17, Depth: 5},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "VLANs on two hosts", System: vlanSystem(3, 1), File: "vlan.bh"},
		{Name: "private VLANs", System: privateSystem(3, 2), File: "private.bh"},
		{Name: "security", System: securitySystem(3, AgainstEffective, false), File: "security.bh"},
		{Name: "security against the .vmx file", System: securitySystem(3, AgainstVMX, false), File: "security.bh", Constants: constants{"FORGED_AGAINST_VMX": "true"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, append(pairs(), neighbourPairs()...)) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "VLANs", System: vlanSystem(3, 2), File: "vlan.bh", Constants: constants{"IDS": "2"}},
		{Name: "private VLANs", System: privateSystem(4, 3), File: "private.bh", Constants: constants{"PORTS": "4", "FRAMES": "3"}},
		{Name: "security", System: securitySystem(4, AgainstEffective, true), File: "security.bh", Constants: constants{"PORTS": "4", "OVERRIDES": "true"}},
	})
}
