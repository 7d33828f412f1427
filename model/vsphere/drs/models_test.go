package drs

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "automation.bh", States: 48, Depth: 5},
		{File: "balance.bh", States: 3_600, Depth: 4},
		{File: "balance.bh", Config: "costly", States: 3_156, Depth: 3},
		{File: "balance.bh", Config: "uneven", States: 5_516, Depth: 5},
		{File: "balance.bh", Config: "three", States: 45_513, Depth: 6},
		{File: "conflicts.bh", States: 726, Depth: 2},
		{File: "conflicts.bh", Config: "three", States: 17_902, Depth: 3},
		{File: "conflicts.bh", Config: "wide", States: 4_592, Depth: 2},
		{File: "maintenance.bh", States: 786, Depth: 2},
		{File: "rules.bh", States: 17_454, Depth: 7},
		{File: "rules.bh", Config: "trio", States: 7_698, Depth: 9},
		{File: "rules.bh", Config: "three", States: 6_824, Depth: 6},
	})
}

// Larger instances; that of balance.bh has longer ways to rest.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "automation.bh", Define: constants{"HOSTS": "4"}, States: 176, Depth: 5},
		{File: "balance.bh", Define: constants{"HOSTS": "3", "VMS": "5", "MOVES": "8"}, States: 746_799, Depth: 8},
		{File: "conflicts.bh", Define: constants{"VMS": "3", "RULES": "3"}, States: 288_232, Depth: 3},
		{File: "maintenance.bh", Define: constants{"HOSTS": "5", "VMS": "5"}, States: 11_058, Depth: 2},
		{File: "rules.bh", Define: constants{"VMS": "3", "RULES": "2"}, States: 331_426, Depth: 10},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "automation", System: automationSystem(3), File: "automation.bh", Constants: constants{"HOSTS": "3"}},
		{Name: "two equal hosts", System: balanceSystem(3, 3, []int{1, 1}, 1, 0, 3), File: "balance.bh", Constants: constants{"VMS": "3", "MOVES": "3"}},
		{Name: "moves that cost", System: balanceSystem(3, 3, []int{1, 1}, 1, 6, 2), File: "balance.bh", Constants: constants{"VMS": "3", "GAIN": "6", "MOVES": "2"}},
		{Name: "uneven hosts", System: balanceSystem(3, 2, []int{1, 2, 3}, 6, 0, 4), File: "balance.bh", Constants: constants{"VMS": "3", "MOST": "2", "HOSTS": "3", "CAPS": "{1 -> 1, 2 -> 2, 3 -> 3}", "SCALE": "6", "GAIN": "1"}},
		{Name: "conflicts", System: conflictsSystem(2, 2, 2), File: "conflicts.bh", Constants: constants{}},
		{Name: "conflicts of three hosts", System: conflictsSystem(2, 3, 1), File: "conflicts.bh", Constants: constants{"HOSTS": "3", "RULES": "1"}},
		{Name: "maintenance", System: maintenanceSystem([]int{3, 2, 1}, 3, 1, []VM{1, 2}, true), File: "maintenance.bh", Constants: constants{"HOSTS": "3", "VMS": "3", "EXTRA": "1"}},
		{Name: "maintenance by DRS alone", System: maintenanceSystem([]int{3, 2, 1}, 3, 0, []VM{1, 2, 3}, false), File: "maintenance.bh", Constants: constants{"HOSTS": "3", "VMS": "3", "APART": "3", "MANUAL": "false", "ADMISSION": "false"}},
		{Name: "one rule of three machines", System: rulesSystem(3, 2, 1, 3), File: "rules.bh", Constants: constants{"VMS": "3", "RULES": "1", "CAP": "3"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "one rule of three hosts", System: rulesSystem(2, 3, 1, 2), File: "rules.bh", Constants: constants{"HOSTS": "3", "RULES": "1"}},
		{Name: "two rules of three machines", System: rulesSystem(3, 2, 2, 3), File: "rules.bh", Constants: constants{"VMS": "3", "RULES": "2", "CAP": "3"}},
		{Name: "maintenance", System: maintenanceSystem([]int{3, 2, 2, 1}, 4, 1, []VM{1, 2}, true), File: "maintenance.bh", Constants: constants{}},
		{Name: "balance", System: balanceSystem(4, 3, []int{1, 1, 1}, 1, 2, 6), File: "balance.bh", Constants: constants{"HOSTS": "3", "MOVES": "6"}},
	})
}
