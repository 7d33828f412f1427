package alloc

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

type constants = map[string]string

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "banker.bh", States: 88, Depth: 5},
		{File: "banker.bh", Config: "single", States: 31, Depth: 4},
		{File: "bucket.bh", States: 10, Depth: 2},
		{File: "bucket.bh", Config: "fast", States: 24, Depth: 2},
		{File: "fit.bh", States: 108, Depth: 3},
		{File: "fit.bh", Config: "first", States: 108, Depth: 3},
		{File: "fit.bh", Config: "three", States: 405, Depth: 4},
		{File: "inclusion.bh", States: 105, Depth: 4},
		{File: "inclusion.bh", Config: "three", States: 531, Depth: 5},
		{File: "paging.bh", States: 161, Depth: 6},
		{File: "paging.bh", Config: "equal", States: 22, Depth: 4},
		{File: "safe.bh", States: 14_949, Depth: 4},
		{File: "safe.bh", Config: "two_kinds", States: 3_768, Depth: 3},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "banker.bh", Define: constants{"CLIENTS": "5", "TOTAL": "[4, 4]"}, States: 4_698, Depth: 8},
		{File: "bucket.bh", Define: constants{"SIZE": "60", "PER": "7"}, States: 349, Depth: 2},
		{File: "fit.bh", Define: constants{"NODES": "3", "CAPACITY": "[5, 4, 3]", "ITEMS": "6"}, States: 5_103, Depth: 6},
		{File: "inclusion.bh", Define: constants{"ROOM": "4", "PAGES": "6"}, States: 3_193, Depth: 6},
		{File: "paging.bh", Define: constants{"K": "4", "H": "3", "PAGES": "6"}, States: 5_917, Depth: 8},
		{File: "safe.bh", Define: constants{"KINDS": "2", "MOST": "1"}, States: 97_820, Depth: 4},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "banker", System: bankerSystem(3, 2, 3, 2), File: "banker.bh"},
		{Name: "banker, one kind", System: bankerSystem(4, 2, 4), File: "banker.bh", Constants: constants{"CLIENTS": "4", "KINDS": "1", "TOTAL": "[4]"}},
		{Name: "safe, two kinds", System: safeSystem(2, 2, 1), File: "safe.bh", Constants: constants{"CLIENTS": "2", "KINDS": "2", "MOST": "1"}},
		{Name: "safe, three clients", System: safeSystem(3, 1, 1), File: "safe.bh", Constants: constants{"MOST": "1"}},
		{Name: "best fit", System: fitSystem(BestFit, 3, 3, 4, 3), File: "fit.bh"},
		{Name: "first fit", System: fitSystem(FirstFit, 3, 4, 4, 3), File: "fit.bh", Constants: constants{"BEST": "false", "LARGEST": "4"}},
		{Name: "three nodes", System: fitSystem(BestFit, 4, 3, 4, 3, 2), File: "fit.bh", Constants: constants{"NODES": "3", "CAPACITY": "[4, 3, 2]", "ITEMS": "4"}},
		{Name: "bucket", System: bucketSystem(3, 1), File: "bucket.bh"},
		{Name: "bucket, fast", System: bucketSystem(7, 2), File: "bucket.bh", Constants: constants{"SIZE": "7", "PER": "2"}},
		{Name: "inclusion", System: inclusionSystem(4, 2), File: "inclusion.bh"},
		{Name: "paging", System: pagingSystem(4, 3, 2), File: "paging.bh"},
		{Name: "paging, equal", System: pagingSystem(3, 2, 2), File: "paging.bh", Constants: constants{"K": "2", "PAGES": "3"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "banker", System: bankerSystem(5, 2, 4, 3), File: "banker.bh", Constants: constants{"CLIENTS": "5", "TOTAL": "[4, 3]"}},
		{Name: "inclusion", System: inclusionSystem(8, 5), File: "inclusion.bh", Constants: constants{"ROOM": "5", "PAGES": "8"}},
		{Name: "paging", System: pagingSystem(6, 4, 3), File: "paging.bh", Constants: constants{"K": "4", "H": "3", "PAGES": "6"}},
	})
}
