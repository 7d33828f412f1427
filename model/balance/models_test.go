package balance

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "failing.bh", States: 119, Depth: 7},
		{File: "failing.bh", Config: "three", States: 1_631, Depth: 15},
		{File: "least.bh", States: 1_330, Depth: 15},
		{File: "least.bh", Config: "pair", States: 582, Depth: 14},
		{File: "ring.bh", States: 8_000, Depth: 3},
		{File: "ring.bh", Config: "one_point", States: 1_728, Depth: 3},
		{File: "smooth.bh", States: 710, Depth: 12},
		{File: "smooth.bh", Config: "heavy", States: 1_577, Depth: 15},
		{File: "smooth.bh", Config: "four", States: 211, Depth: 8},
		{File: "two.bh", States: 44, Depth: 7},
		{File: "two.bh", Config: "four", States: 150, Depth: 8},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "failing.bh", Define: constants{"SERVERS": "4", "WEIGHT": "2"}, States: 16_356, Depth: 26},
		{File: "least.bh", Define: constants{"SERVERS": "4", "LIMIT": "7"}, States: 20_160, Depth: 21},
		{File: "ring.bh", Define: constants{"PLACES": "6"}, States: 27_000, Depth: 3},
		{File: "smooth.bh", Define: constants{"SERVERS": "5"}, States: 23_919, Depth: 20},
		{File: "two.bh", Define: constants{"SERVERS": "5", "LIMIT": "9"}, States: 1_722, Depth: 15},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "smooth", System: smoothSystem(3, 3), File: "smooth.bh", Constants: constants{"WEIGHT": "3"}},
		{Name: "smooth, a pair", System: smoothSystem(2, 5), File: "smooth.bh", Constants: constants{"SERVERS": "2", "WEIGHT": "5"}},
		{Name: "failing", System: failingSystem(2, 3, 2), File: "failing.bh"},
		{Name: "failing, three servers", System: failingSystem(3, 2, 1), File: "failing.bh", Constants: constants{"SERVERS": "3", "WEIGHT": "2", "FAILS": "1"}},
		{Name: "least", System: leastSystem(3, 2, 3), File: "least.bh", Constants: constants{"LIMIT": "3"}},
		{Name: "least, a pair", System: leastSystem(2, 3, 5), File: "least.bh", Constants: constants{"SERVERS": "2", "WEIGHT": "3"}},
		{Name: "two", System: twoSystem(3, 5), File: "two.bh"},
		{Name: "ring", System: ringSystem(2, 5, 2), File: "ring.bh", Constants: constants{"NODES": "2"}},
		{Name: "ring, three nodes", System: ringSystem(3, 4, 1), File: "ring.bh", Constants: constants{"PLACES": "4", "POINTS": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "smooth", System: smoothSystem(5, 3), File: "smooth.bh", Constants: constants{"SERVERS": "5", "WEIGHT": "3"}},
		{Name: "least", System: leastSystem(5, 2, 9), File: "least.bh", Constants: constants{"SERVERS": "5", "LIMIT": "9"}},
		{Name: "two", System: twoSystem(6, 12), File: "two.bh", Constants: constants{"SERVERS": "6", "LIMIT": "12"}},
	})
}
