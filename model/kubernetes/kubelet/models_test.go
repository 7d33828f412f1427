package kubelet

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "crashloop.bh", States: 66, Depth: 24},
		{File: "crashloop.bh", Config: "product", States: 502, Depth: 104},
		{File: "loop.bh", States: 31, Depth: 11},
		{File: "loop.bh", Config: "product", States: 85, Depth: 38},
		{File: "manager.bh", States: 87, Depth: 6},
		{File: "oom.bh", States: 19, Depth: 8},
		{File: "rank.bh", States: 5_090, Depth: 5},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "crashloop.bh", Define: constants{"MOST": "64"}, States: 1_175, Depth: 206},
		{File: "loop.bh", Define: constants{"TRANSITION": "300"}, States: 625, Depth: 308},
		{File: "manager.bh", Define: constants{"MOST": "20", "SOFT": "15", "HARD": "7", "RECLAIM": "3", "GRACE": "6", "TRANSITION": "30"}, States: 1_230, Depth: 33},
		{File: "oom.bh", Define: constants{"NODE": "64", "RESERVED": "6", "THRESHOLD": "2", "STEADY": "20", "REQUEST": "20", "DAEMONS": "6", "BURST": "8"}, States: 357, Depth: 51},
		{File: "rank.bh", Define: constants{"PODS": "4", "ENOUGH": "4", "REQUESTS": "4"}, States: 89_092, Depth: 6},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		watchOf{6, 5, 2, 1, 2, 3}.pair("eviction manager"), watchOf{6, 4, 1, 2, 1, 1}.pair("eviction manager, quick"),
		{Name: "rank", System: crowdOf{2, 3, 4, 4}.system(), File: "rank.bh", Constants: constants{"PODS": "2", "MOST": "3", "ENOUGH": "4", "REQUESTS": "4"}},
		{Name: "crash loop", System: crashSystem(4), File: "crashloop.bh"},
		{Name: "crash loop, not by doubling", System: crashSystem(30), File: "crashloop.bh", Constants: constants{"MOST": "30"}},
		nodeOf{8, 1, 1, 2, 2, 2, 1}.pair("out of memory, guaranteed"), nodeOf{8, 1, 1, 2, 0, 0, 1}.pair("out of memory, best-effort"),
		nodeOf{8, 0, 1, 3, 1, 3, 2}.pair("out of memory, burstable"), nodeOf{8, 3, 1, 2, 0, 0, 1}.pair("memory reserved"),
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		watchOf{9, 6, 3, 1, 4, 5}.pair("eviction manager"),
		{Name: "rank", System: crowdOf{3, 3, 5, 5}.system(), File: "rank.bh", Constants: constants{"MOST": "3", "ENOUGH": "5", "REQUESTS": "5"}},
		nodeOf{20, 2, 1, 5, 3, 4, 3}.pair("out of memory"),
	})
}
