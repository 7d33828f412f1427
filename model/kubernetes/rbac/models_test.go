package rbac

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "closure.bh", States: 1_530, Depth: 8},
		{File: "closure.bh", Config: "pairs", States: 10_956, Depth: 8},
		{File: "escalation.bh", States: 400, Depth: 8, Vacuous: []string{"Escalates", "Binds"}},
		{File: "escalation.bh", Config: "escalates", States: 68, Depth: 4, Vacuous: []string{"Conserved", "NothingNew", "Binds"}},
		{File: "escalation.bh", Config: "binds", States: 1_296, Depth: 7, Vacuous: []string{"Conserved", "Escalates"}},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "closure.bh", Define: constants{"MOST": "3"}, States: 37_062, Depth: 8},
		{File: "escalation.bh", Define: constants{"ROLES": "3"}, States: 8_000, Depth: 12, Vacuous: []string{"Escalates", "Binds"}},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "closure", System: closureSystem(1), File: "closure.bh"},
		{Name: "escalation", System: escalationSystem(2, 0b0011, 0b0001), File: "escalation.bh"},
		{Name: "escalation, by the verb", System: escalationSystem(1, 0b0011, 0b0101), File: "escalation.bh", Constants: constants{"ROLES": "1", "BOB": "{read, escalate}"}},
		{Name: "escalation, by both", System: escalationSystem(1, 0b0111, 0b1001), File: "escalation.bh", Constants: constants{"ROLES": "1", "ALICE": "{read, write, escalate}", "BOB": "{read, bind}"}},
		{Name: "escalation, by binding", System: escalationSystem(1, 0b0011, 0b1001), File: "escalation.bh", Constants: constants{"ROLES": "1", "BOB": "{read, bind}"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, []modelcheck.Pair{pairs()[0], pairs()[2]}) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "closure", System: closureSystem(2), File: "closure.bh", Constants: constants{"MOST": "2"}},
	})
}
