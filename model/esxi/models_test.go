package esxi

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{"cpu.bh", "", 8_016, 10},
		{"cpu.bh", "single", 0, 0},
		{"cpu.bh", "small", 1_020, 8},
		{"cpu.bh", "wide", 5_968, 13},
		{"stride.bh", "", 198_108, 24},
		{"stride.bh", "pair", 7_820, 23},
		{"stride.bh", "quick", 24_726, 22},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
var pairs = []modelcheck.Pair{
	{"two machines, one CPU", func() model.System { return rrSystem(2, 1, 2) }, "cpu.bh", constants{"VMS": "2", "CPUS": "1"}},
	{"two machines, two CPUs", func() model.System { return rrSystem(2, 2, 3) }, "cpu.bh", constants{"VMS": "2", "SLICE": "3"}},
	{"three machines, two CPUs", func() model.System { return rrSystem(3, 2, 1) }, "cpu.bh", constants{"SLICE": "1"}},
	{"stride, a pair", func() model.System { return strideSystem(2, 3, 2) }, "stride.bh", constants{"VMS": "2", "WEIGHT": "3", "UNIT": "6"}},
	{"stride, three machines", func() model.System { return strideSystem(3, 1, 1) }, "stride.bh", constants{"WEIGHT": "1", "UNIT": "1", "QUANTUM": "1"}},
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{"round-robin", func() model.System { return rrSystem(4, 3, 3) }, "cpu.bh", constants{"VMS": "4", "CPUS": "3", "SLICE": "3"}},
		{"stride", func() model.System { return strideSystem(4, 3, 3) }, "stride.bh", constants{"VMS": "4", "WEIGHT": "3", "UNIT": "6", "QUANTUM": "3"}},
	})
}
