package pool

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "entitlement.bh", States: 10_944, Depth: 1},
		{File: "entitlement.bh", Config: "three", States: 12_096, Depth: 1},
		{File: "entitlement.bh", Config: "fine", States: 1_728, Depth: 1},
		{File: "admission.bh", States: 16_160, Depth: 8},
		{File: "admission.bh", Config: "spread", States: 17_536, Depth: 9},
		{File: "nested.bh", States: 19_656, Depth: 1},
		{File: "nested.bh", Config: "narrow", States: 5_824, Depth: 1},
		{File: "siblings.bh", States: 676, Depth: 6},
		{File: "siblings.bh", Config: "three", States: 125, Depth: 6},
		{File: "shares.bh", States: 567, Depth: 12},
	})
}

// The same where instances take longer.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "entitlement.bh", Define: constants{"AMOUNT": "3"}, States: 73_600, Depth: 1},
		{File: "admission.bh", Define: constants{"VMS": "4", "CAPACITY": "4"}, States: 82_113, Depth: 10},
		{File: "nested.bh", Define: constants{"VMS": "4", "UNIT": "36", "CAPACITY": "3"}, States: 59_616, Depth: 1},
		{File: "siblings.bh", Define: constants{"TEAMS": "3", "CAPACITY": "8"}, States: 17_576, Depth: 9},
		{File: "shares.bh", Define: constants{"HIGH": "20", "NIGHT": "9", "NORMAL": "12", "BESIDE": "10"}, States: 90_090, Depth: 51},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "entitlement, fine shares", System: sizes{2, 1, 3, 60}.system(), File: "entitlement.bh", Constants: constants{"AMOUNT": "1", "SHARES": "3", "UNIT": "60"}},
		{Name: "entitlement, larger amounts", System: sizes{2, 2, 1, 2}.system(), File: "entitlement.bh", Constants: constants{"SHARES": "1", "UNIT": "2"}},
		{Name: "admission", System: chainOf{3, 2, 1, []ID{kid, mom}}.system(), File: "admission.bh", Constants: constants{"VMS": "2", "RESERVED": "1"}},
		{Name: "nested", System: nestedOf{2, 1, [2]int64{1, 2}, 12}.system(), File: "nested.bh", Constants: constants{"CAPACITY": "2", "AMOUNT": "1", "WEIGHT": "{left -> 1, right -> 2}"}},
		{Name: "siblings, fixed", System: teamsOf{2, 2, 2, 5, 2, false}.system(), File: "siblings.bh"},
		{Name: "siblings, expandable", System: teamsOf{2, 2, 2, 5, 2, true}.system(), File: "siblings.bh", Constants: constants{"EXPANDABLE": "true"}},
		{Name: "scalable shares", System: prioritiesOf{4, 1, 2, 1, true}.system(), File: "shares.bh", Constants: constants{"HIGH": "4", "NIGHT": "1", "BESIDE": "1"}},
		{Name: "fixed shares", System: prioritiesOf{3, 2, 1, 1, false}.system(), File: "shares.bh", Constants: constants{"HIGH": "3", "NORMAL": "1", "BESIDE": "1", "SCALABLE": "false"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "entitlement", System: sizes{3, 1, 1, 6}.system(), File: "entitlement.bh", Constants: constants{"VMS": "3", "AMOUNT": "1", "SHARES": "1", "UNIT": "6"}},
		{Name: "admission", System: chainOf{5, 3, 4, []ID{kid, kid, kid, mom}}.system(), File: "admission.bh", Constants: constants{"VMS": "4", "CAPACITY": "5", "SIZE": "3", "RESERVED": "4"}},
		{Name: "siblings", System: teamsOf{3, 2, 2, 8, 3, true}.system(), File: "siblings.bh", Constants: constants{"TEAMS": "3", "CAPACITY": "8", "SIZE": "3", "EXPANDABLE": "true"}},
		{Name: "shares", System: prioritiesOf{8, 3, 4, 3, true}.system(), File: "shares.bh", Constants: constants{"HIGH": "8", "NIGHT": "3", "NORMAL": "4", "BESIDE": "3"}},
	})
}
