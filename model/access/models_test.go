package access

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "audit.bh", States: 2_796, Depth: 16},
		{File: "least.bh", States: 250, Depth: 3},
		{File: "monitor.bh", States: 9_207, Depth: 18},
		{File: "monitor.bh", Config: "biba", States: 10_439, Depth: 18},
		{File: "roles.bh", States: 924, Depth: 11},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "least.bh", Define: constants{"PERMS": "4"}, States: 8_722, Depth: 5},
		{File: "monitor.bh", Define: constants{"REPORTS": "Label", "LEDGERS": "Label", "CLEARANCES": "Label"}, States: 41_171, Depth: 15},
		{File: "roles.bh", Define: constants{"PERMS": "2"}, States: 4_656, Depth: 13},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "audit", System: auditSystem(), File: "audit.bh"},
		{Name: "least", System: leastSystem(2), File: "least.bh"},
		{Name: "roles", System: rolesSystem(1), File: "roles.bh"},
		{Name: "monitor", System: monitorSystem(false, []point{0}, []point{2}), File: "monitor.bh", Constants: constants{"REPORTS": "{low}", "LEDGERS": "{crypto}"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()[1:3]) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "Biba", System: monitorSystem(true, []point{0, 1}, []point{2, 3}), File: "monitor.bh", Constants: constants{"DUAL": "true"}},
		{Name: "roles", System: rolesSystem(2), File: "roles.bh", Constants: constants{"PERMS": "2"}},
	})
}
