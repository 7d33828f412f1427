package controller

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "expectations.bh", States: 82, Depth: 9},
		{File: "reconcile.bh", States: 2_736, Depth: 13},
		{File: "reconcile.bh", Config: "one", States: 124, Depth: 11},
		{File: "workqueue.bh", States: 2_648, Depth: 23},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "expectations.bh", Define: constants{"WANTED": "4", "ROOM": "5", "LOSSES": "2"}, States: 888, Depth: 16},
		{File: "reconcile.bh", Define: constants{"MOST": "6"}, States: 44_884, Depth: 16},
		{File: "workqueue.bh", Define: constants{"KEYS": "3"}, States: 103_161, Depth: 32},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "one worker", System: shiftOf{2, 1, 2}.system(), File: "workqueue.bh", Constants: constants{"WORKERS": "1"}},
		{Name: "two workers", System: shiftOf{2, 2, 1}.system(), File: "workqueue.bh", Constants: constants{"MOST": "1"}},
		{Name: "one key", System: shiftOf{1, 2, 4}.system(), File: "workqueue.bh", Constants: constants{"KEYS": "1", "MOST": "4"}},
		{Name: "reconcile", System: houseSystem(2), File: "reconcile.bh", Constants: constants{"MOST": "2"}},
		{Name: "expectations", System: echoOf{2, 3, 1, true}.system(), File: "expectations.bh"},
		{Name: "expectations without a timeout", System: echoOf{3, 4, 2, false}.system(), File: "expectations.bh", Constants: constants{"WANTED": "3", "ROOM": "4", "LOSSES": "2", "TIMEOUT": "false"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "work queue", System: shiftOf{4, 3, 4}.system(), File: "workqueue.bh", Constants: constants{"KEYS": "4", "WORKERS": "3", "MOST": "4"}},
		{Name: "reconcile", System: houseSystem(7), File: "reconcile.bh", Constants: constants{"MOST": "7"}},
	})
}
