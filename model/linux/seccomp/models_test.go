package seccomp

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{{File: "stack.bh", States: 7_225, Depth: 9}})
}

// The same, larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "stack.bh", Define: constants{"DEPTH": "3"}, States: 70_225, Depth: 11},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "two", System: processesSystem(1, 2), File: "stack.bh", Constants: constants{"PROCS": "1"}},
		{Name: "deep", System: processesSystem(1, 3), File: "stack.bh", Constants: constants{"PROCS": "1", "DEPTH": "3"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()[:1]) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "three", System: processesSystem(3, 3), File: "stack.bh", Constants: constants{"PROCS": "3", "DEPTH": "3"}},
	})
}
