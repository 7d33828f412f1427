package vmm

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "trap.bh", States: 13_436, Depth: 11},
	})
}

func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "trap.bh", Define: map[string]string{"WORDS": "2"}, States: 159_702, Depth: 13},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{{Name: "one word", System: besideSystem(1), File: "trap.bh"}}
}

func TestSame(t *testing.T)    { modelcheck.Same(t, Models, pairs()) }
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "two words", System: besideSystem(2), File: "trap.bh", Constants: map[string]string{"WORDS": "2"}},
	})
}
