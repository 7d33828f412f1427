package memory

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "high.bh", States: 153, Depth: 11},
		{File: "high.bh", Config: "tight", States: 396, Depth: 13},
		{File: "oom.bh", States: 25_099, Depth: 4},
		{File: "oom.bh", Config: "first", States: 5_556, Depth: 3},
		{File: "protect.bh", States: 1_863, Depth: 4},
		{File: "protect.bh", Config: "wide", States: 2_106, Depth: 5},
		{File: "protect.bh", Config: "recursive", States: 368, Depth: 4},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "high.bh", Define: constants{"HEAP": "12", "CODE": "9", "HIGH": "5"}, States: 7_007, Depth: 39},
		{File: "oom.bh", Define: constants{"PAGES": "3", "ADJUST": "{-1000, 0, 1000}"}, States: 273_779, Depth: 4},
		{File: "protect.bh", Define: constants{"PAGES": "4", "HOST": "6", "LOW": "3", "MIN": "{red -> 5, blue -> 3, web -> 1, db -> 2}"}, States: 18_432, Depth: 6},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		protection{2, 4, 1, false, [4]int64{2, 1, 1, 1}}.pair(), protection{2, 5, 1, true, [4]int64{2, 2, 0, 1}}.pair(), protection{3, 7, 1, true, [4]int64{3, 0, 1, 0}}.pair(),
		killers{2, 2, 2000, []int{-1000, 0, 1000}}.pair(), killers{2, 2, 900, []int{-1000, 0, 1000}}.pair(),
		throttled{3, 2, 2, 5, true}.pair(), throttled{3, 2, 2, 3, false}.pair(), throttled{2, 3, 1, 4, true}.pair(), throttled{3, 2, 5, 4, false}.pair(),
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		protection{6, 15, 1, true, [4]int64{6, 3, 5, 4}}.pair(),
		throttled{8, 5, 6, 13, true}.pair(),
	})
}
