package podsecurity

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "admission.bh", States: 1_648, Depth: 6},
		{File: "capabilities.bh", States: 5_390, Depth: 1},
		{File: "inherit.bh", States: 4_950, Depth: 1},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "admission.bh", Define: constants{"PODS": "2"}, States: 55_262, Depth: 9},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "admission", System: admissionSystem(1, false), File: "admission.bh"},
		{Name: "admission, the controller exempt", System: admissionSystem(1, true), File: "admission.bh", Constants: constants{"CONTROLLER_EXEMPT": "true"}},
		{Name: "capabilities", System: capabilitiesSystem(), File: "capabilities.bh"},
		{Name: "inherit", System: inheritSystem(), File: "inherit.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()[:1]) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "two pods", System: admissionSystem(2, false), File: "admission.bh", Constants: constants{"PODS": "2"}},
	})
}
