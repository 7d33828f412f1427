package storage

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "layers.bh", States: 2_420, Depth: 2},
		{File: "overlay.bh", States: 342, Depth: 9},
		{File: "overlay.bh", Config: "redirect", States: 342, Depth: 8, Vacuous: []string{"StaysPut"}},
		{File: "store.bh", States: 72, Depth: 9},
		{File: "propagate.bh", States: 81, Depth: 5},
		{File: "volume.bh", States: 2_100, Depth: 9},
	})
}

// The same, one size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "overlay.bh", Define: constants{"CONTENTS": "4"}, States: 2_050, Depth: 9},
		{File: "volume.bh", Define: constants{"CONTENTS": "3"}, States: 6_084, Depth: 9},
		{File: "store.bh", Define: constants{"CONTAINERS": "3"}, States: 276, Depth: 11},
		{File: "propagate.bh", Define: constants{"CONTAINERS": "4"}, States: 2_817, Depth: 9},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "layers", System: layersSystem(), File: "layers.bh"},
		{Name: "overlay", System: overlaySystem(Options{}), File: "overlay.bh"},
		{Name: "overlay with redirect_dir", System: overlaySystem(Options{RedirectDir: true}), File: "overlay.bh", Constants: constants{"REDIRECT_DIR": "true"}},
		{Name: "store", System: storeSystem(1), File: "store.bh"},
		{Name: "propagation", System: propagateSystem(2), File: "propagate.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()[1:]) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "volume", System: volumeSystem(2), File: "volume.bh"},
		{Name: "store", System: storeSystem(2), File: "store.bh", Constants: constants{"CONTAINERS": "2"}},
		{Name: "propagation", System: propagateSystem(3), File: "propagate.bh", Constants: constants{"CONTAINERS": "3"}},
	})
}
