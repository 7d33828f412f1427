package perf

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "exits.bh", States: 4_165, Depth: 24},
		{File: "exits.bh", Config: "light", States: 9_371, Depth: 20},
		{File: "exits.bh", Config: "heavy", States: 5_909, Depth: 25},
		{File: "walk.bh", States: 313, Depth: 24},
		{File: "walk.bh", Config: "thin", States: 7, Depth: 3},
		{File: "walk.bh", Config: "mixed", States: 81, Depth: 14},
		{File: "walk.bh", Config: "deep", States: 531, Depth: 35},
		{File: "station.bh", States: 17, Depth: 4},
		{File: "station.bh", Config: "single", States: 15, Depth: 4},
		{File: "station.bh", Config: "wide", States: 38, Depth: 6},
		{File: "closed.bh", States: 225, Depth: 4},
		{File: "closed.bh", Config: "one", States: 36, Depth: 5},
		{File: "redundancy.bh", States: 381, Depth: 12},
		{File: "redundancy.bh", Config: "one", States: 85, Depth: 9},
		{File: "redundancy.bh", Config: "two", States: 381, Depth: 12},
		{File: "converge.bh", States: 45, Depth: 6},
		{File: "converge.bh", Config: "thirds", States: 61, Depth: 8},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "exits.bh", Define: constants{"WORK": "12", "WORST": "40", "LIMIT": "42"}, States: 111_671, Depth: 63},
		{File: "walk.bh", Define: constants{"GUEST": "6", "HOST": "6", "LIMIT": "50"}, States: 829, Depth: 48},
		{File: "station.bh", Define: constants{"SERVERS": "6", "ROOM": "20"}, States: 459, Depth: 20},
		{File: "closed.bh", Define: constants{"JOBS": "6", "DISKS": "3"}, States: 7_056, Depth: 6},
		{File: "redundancy.bh", Define: constants{"N": "6", "K": "3"}, States: 14_587, Depth: 18},
		{File: "converge.bh", Define: constants{"GAP": "1000", "ROUNDS": "10"}, States: 1_005, Depth: 10},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }
