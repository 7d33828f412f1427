package replica

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "atomic.bh", States: 7, Depth: 1},
		{File: "atomic.bh", Config: "three", States: 15, Depth: 1},
		{File: "counter.bh", States: 224, Depth: 12},
		{File: "counter.bh", Config: "three", States: 1_331, Depth: 15},
		{File: "lww.bh", States: 521, Depth: 8},
		{File: "lww.bh", Config: "three", States: 729, Depth: 9},
		{File: "two_phase.bh", States: 760, Depth: 12},
		{File: "two_phase.bh", Config: "three", States: 7_472, Depth: 16},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "atomic.bh", Define: constants{"PARTICIPANTS": "7"}, States: 255, Depth: 1},
		{File: "counter.bh", Define: constants{"MOST": "4"}, States: 4_675, Depth: 17},
		{File: "lww.bh", Define: constants{"VALUES": "3"}, States: 2_101, Depth: 8},
		{File: "two_phase.bh", Define: constants{"PARTICIPANTS": "4"}, States: 81_376, Depth: 20},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "last writer wins", System: lwwSystem(2, 2, 2), File: "lww.bh"},
		{Name: "last writer wins, three nodes", System: lwwSystem(3, 1, 2), File: "lww.bh", Constants: constants{"NODES": "3", "WRITES": "1"}},
		{Name: "counter", System: counterSystem(2, 2), File: "counter.bh"},
		{Name: "counter, three nodes", System: counterSystem(3, 1), File: "counter.bh", Constants: constants{"NODES": "3", "MOST": "1"}},
		{Name: "commit", System: commitSystem(2), File: "two_phase.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "counter", System: counterSystem(4, 3), File: "counter.bh", Constants: constants{"NODES": "4", "MOST": "3"}},
		{Name: "commit", System: commitSystem(4), File: "two_phase.bh", Constants: constants{"PARTICIPANTS": "4"}},
	})
}
