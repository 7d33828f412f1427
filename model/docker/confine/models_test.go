package confine

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "device.bh", States: 131, Depth: 3},
		{File: "inside.bh", States: 10_656, Depth: 5},
		{File: "kernel_file.bh", States: 478, Depth: 3},
		{File: "tweak.bh", States: 1_024, Depth: 1},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "tweak", System: tweakSystem(), File: "tweak.bh"},
		{Name: "device", System: deviceSystem(), File: "device.bh"},
		{Name: "kernel file", System: kernelFileSystem(), File: "kernel_file.bh"},
		{Name: "inside", System: insideSystem(), File: "inside.bh"},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// Random runs agree after every step, by another way of comparing.
func TestRunsAgree(t *testing.T) { modelcheck.Drive(t, Models, pairs()) }
