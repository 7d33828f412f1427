package isolation

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "addresses.bh", States: 841, Depth: 12},
		{File: "alone.bh", States: 5_476, Depth: 24},
		{File: "cache.bh", States: 25, Depth: 4},
		{File: "cores.bh", States: 577, Depth: 12},
		{File: "cpu.bh", States: 48, Depth: 8},
		{File: "dma.bh", States: 12, Depth: 6},
		{File: "firewall.bh", States: 577, Depth: 13},
		{File: "guest.bh", States: 36, Depth: 10},
		{File: "hybrid.bh", States: 5_476, Depth: 24},
		{File: "hybrid.bh", Config: "big", States: 516, Depth: 19},
		{File: "images.bh", States: 320, Depth: 9},
		{File: "kernel.bh", States: 145, Depth: 10},
		{File: "levels.bh", States: 8},
		{File: "memory.bh", States: 18_624, Depth: 13},
		{File: "mounts.bh", States: 217, Depth: 8},
		{File: "namespaces.bh", States: 289, Depth: 10},
		{File: "network.bh", States: 257, Depth: 11},
		{File: "pids.bh", States: 2_916, Depth: 20},
		{File: "vcenter.bh", States: 156, Depth: 17},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }
