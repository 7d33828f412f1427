package cpu

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "bandwidth.bh", States: 11_758, Depth: 9},
		{File: "eevdf.bh", States: 7_268, Depth: 16},
		{File: "eevdf.bh", Config: "pair", States: 4_102, Depth: 13},
		{File: "eevdf.bh", Config: "eager", States: 360, Depth: 7},
		{File: "eevdf.bh", Config: "anew", States: 6_520, Depth: 16},
		{File: "eevdf.bh", Config: "heavy", States: 129_145, Depth: 37},
		{File: "requests.bh", States: 1_220, Depth: 79},
		{File: "requests.bh", Config: "throttled", States: 1_220, Depth: 79},
		{File: "requests.bh", Config: "one", States: 1_220, Depth: 79},
		{File: "requests.bh", Config: "twice", States: 1_227, Depth: 81},
		{File: "requests.bh", Config: "unlimited", States: 1_220, Depth: 79},
		{File: "slices.bh", States: 2_891, Depth: 47},
		{File: "slices.bh", Config: "three", States: 4_709, Depth: 59},
		{File: "weights.bh", States: 1_728, Depth: 3},
		{File: "weights.bh", Config: "heavy", States: 2_592, Depth: 3},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "bandwidth.bh", Define: constants{"PERIOD": "4", "CPUS": "4", "QUOTA": "3"}, States: 83_779, Depth: 12},
		{File: "eevdf.bh", Define: constants{"TASKS": "4", "WEIGHT": "1", "SLICE": "3"}, States: 325_022, Depth: 26},
		{File: "eevdf.bh", Define: constants{"SLICE": "3"}, States: 55_350, Depth: 26},
		{File: "requests.bh", Define: constants{"PERIOD": "100", "QUOTA": "50", "BURST": "50", "WORK": "10", "GAP": "300"}, States: 30_100, Depth: 399},
		{File: "slices.bh", Define: constants{"CPUS": "3", "QUOTA": "5", "SLICE": "4", "PERIOD": "3"}, States: 92_179, Depth: 71},
		{File: "weights.bh", Define: constants{"WEIGHT": "3", "UNIT": "60"}, States: 8_748, Depth: 3},
		{File: "weights.bh", Define: constants{"CPUS": "4", "THREADS": "5"}, States: 13_824, Depth: 3},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		podPair(2, 2, 1, 1),
		weightPair(2, 2, 1, 12),
		hand{2, 2, 2, 2, 1, true}.pair(), hand{2, 3, 3, 3, 1, false}.pair(),
		fair{2, 2, 2, 60, true}.pair(), fair{3, 1, 2, 60, false}.pair(),
		serve{5, 4, 2, 2, 4, 15, false}.pair(), serve{4, 6, 3, 3, 2, 6, true}.pair(), serve{6, 3, 0, 3, 2, 13, false}.pair(),
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		podPair(5, 2, 2, 1),
		weightPair(3, 1, 3, 12),
		hand{4, 9, 5, 4, 1, false}.pair(),
		fair{4, 1, 3, 60, true}.pair(),
		serve{20, 10, 4, 2, 13, 60, false}.pair(),
	})
}
