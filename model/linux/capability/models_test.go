package capability

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "exec.bh", States: 4_097, Depth: 9},
		{File: "exec.bh", Config: "noroot", States: 257, Depth: 8},
	})
}

// The same, larger: three users.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "exec.bh", Define: constants{"OTHERS": "2"}, States: 13_825, Depth: 9},
		{File: "exec.bh", Define: constants{"BY_EFFECTIVE": "true"}, States: 4_097, Depth: 9},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "setuid", System: processSystem(instance{has: Of(SetUID)}), File: "exec.bh", Constants: constants{"HAS": "{setuid}"}},
		{
			Name: "setpcap, root is nobody", File: "exec.bh",
			Constants: constants{"HAS": "{setpcap}", "NOROOT": "true", "NOFIXUP": "true", "BY_EFFECTIVE": "true"},
			System: processSystem(instance{
				has: Of(SetPCap), bits: Securebits{NoRoot: true, NoSetuidFixup: true}, rules: Rules{EffectiveChange: true},
			}),
		},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, []modelcheck.Pair{{Name: "nothing", System: processSystem(instance{})}})
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "both", System: processSystem(instance{has: Of(SetUID, SetPCap)}), File: "exec.bh"},
	})
}
