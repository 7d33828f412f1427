package escape

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "device.bh", States: 10, Depth: 4},
		{File: "device.bh", Config: "esxi", States: 10, Depth: 4},
		{File: "vmx.bh", States: 14, Depth: 5},
		{File: "vmx.bh", Config: "unlucky", States: 28, Depth: 6},
	})
}

// The same, larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "device.bh", Define: map[string]string{"LENGTH": "512"}, States: 2_050, Depth: 514},
		{File: "vmx.bh", Define: map[string]string{"LIMIT": "64"}, States: 8_582, Depth: 5},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }
