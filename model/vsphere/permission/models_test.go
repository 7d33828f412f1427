package permission

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "evaluate.bh", States: 12_767, Depth: 3},
		{File: "administer.bh", States: 5_787, Depth: 7},
		{File: "administer.bh", Config: "api", States: 5_865, Depth: 7, Vacuous: []string{"RootRules"}},
		{File: "migrate.bh", States: 4_368, Depth: 2},
	})
}

// The same, one size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "evaluate.bh", Define: constants{"MOST": "3"}, States: 271_203, Depth: 4},
		{File: "administer.bh", Define: constants{"MOST": "6"}, States: 8_595, Depth: 7},
		{File: "migrate.bh", Define: constants{"PLACES": "3"}, States: 67_584, Depth: 2},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "evaluation", System: evaluateSystem(2), File: "evaluate.bh"},
		{Name: "administration", System: administerSystem(3, Rules{}), File: "administer.bh", Constants: constants{"MOST": "3"}},
		{Name: "administration by the API", System: administerSystem(3, Rules{EntityAlone: true}), File: "administer.bh", Constants: constants{"MOST": "3", "PARENT": "false"}},
		{Name: "administration by the manual", System: administerSystem(3, Rules{GrantsUnheld: true}), File: "administer.bh", Constants: constants{"MOST": "3", "HELD": "false"}},
		{Name: "migration", System: migrateSystem(2), File: "migrate.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, []modelcheck.Pair{
		{Name: "evaluation", System: evaluateSystem(1)},
		{Name: "administration", System: administerSystem(2, Rules{})},
		{Name: "migration", System: migrateSystem(2)},
	})
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "migration", System: migrateSystem(3), File: "migrate.bh", Constants: constants{"PLACES": "3"}},
		{Name: "administration", System: administerSystem(6, Rules{}), File: "administer.bh", Constants: constants{"MOST": "6"}},
	})
}
