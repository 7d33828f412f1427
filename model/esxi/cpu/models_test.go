package cpu

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "round_robin.bh", States: 8_760, Depth: 11},
		{File: "round_robin.bh", Config: "single", States: 296, Depth: 6, Vacuous: []string{"Exclusive"}},
		{File: "round_robin.bh", Config: "small", States: 1_236, Depth: 8},
		{File: "round_robin.bh", Config: "wide", States: 6_316, Depth: 13},
		{File: "coschedule.bh", States: 15_925, Depth: 31},
		{File: "coschedule.bh", Config: "pair", States: 470, Depth: 15},
		{File: "coschedule.bh", Config: "fine", States: 2_297, Depth: 22},
		{File: "dispatch.bh", States: 136_642, Depth: 31},
		{File: "dispatch.bh", Config: "tight", States: 18_568, Depth: 19},
		{File: "numa.bh", States: 4_694, Depth: 9},
		{File: "numa.bh", Config: "inTurn", States: 5_268, Depth: 13, Vacuous: []string{"PlacesLow"}},
		{File: "numa.bh", Config: "fullNode", States: 6_217, Depth: 9, Vacuous: []string{"EvenClients"}},
		{File: "sidechannel.bh", States: 6_634, Depth: 8},
		{File: "sidechannel.bh", Config: "kernel", States: 2_542, Depth: 8},
		{File: "stride.bh", States: 198_108, Depth: 24},
		{File: "stride.bh", Config: "pair", States: 7_820, Depth: 23},
		{File: "stride.bh", Config: "quick", States: 24_726, Depth: 22},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "coschedule.bh", Define: constants{"VCPUS": "4", "PCPUS": "3"}, States: 433_557, Depth: 38},
		{File: "dispatch.bh", Define: constants{"VMS": "3", "CPUS": "2", "WEIGHT": "1", "UNIT": "1", "WINDOW": "2", "LAG": "1"}, States: 2_047_212, Depth: 27},
		{File: "numa.bh", Define: constants{"NODES": "3", "CORES": "2"}, States: 27_337, Depth: 25},
		{File: "round_robin.bh", Define: constants{"VMS": "4"}, States: 170_032, Depth: 16},
		{File: "sidechannel.bh", Define: constants{"VMS": "3", "VCPUS": "3"}, States: 61_480, Depth: 8},
		{File: "stride.bh", Define: constants{"WEIGHT": "3", "UNIT": "6", "QUANTUM": "1"}, States: 185_694, Depth: 38},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "two machines, one CPU", System: rrSystem(2, 1, 2), File: "round_robin.bh", Constants: constants{"VMS": "2", "CPUS": "1"}},
		{Name: "two machines, two CPUs", System: rrSystem(2, 2, 3), File: "round_robin.bh", Constants: constants{"VMS": "2", "SLICE": "3"}},
		{Name: "three machines, two CPUs", System: rrSystem(3, 2, 1), File: "round_robin.bh", Constants: constants{"SLICE": "1"}},
		coPair(costs{2, 2, 1}), coPair(costs{2, 1, 2}),
		sca{1, 2, 2, 2, false, false}.pair(), sca{1, 1, 2, 2, true, true}.pair(),
		hosts{2, 1, 2, 1, 1, 1, []int{2}}.pair(), hosts{2, 1, 1, 2, 2, 0, []int{1}}.pair(), hosts{2, 2, 1, 1, 1, 1, []int{1}}.pair(),
		nodes{2, 2, 2, LeastLoaded, EvenClients, 50}.pair(), nodes{2, 2, 3, InTurn, FullClients, 100}.pair(),
		{Name: "stride, a pair", System: strideSystem(2, 3, 2), File: "stride.bh", Constants: constants{"VMS": "2", "WEIGHT": "3", "UNIT": "6"}},
		{Name: "stride, three machines", System: strideSystem(3, 1, 1), File: "stride.bh", Constants: constants{"WEIGHT": "1", "UNIT": "1", "QUANTUM": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "round-robin", System: rrSystem(4, 3, 3), File: "round_robin.bh", Constants: constants{"VMS": "4", "CPUS": "3", "SLICE": "3"}},
		coPair(costs{4, 3, 2}),
		sca{2, 2, 2, 1, false, true}.pair(),
		hosts{3, 2, 3, 2, 2, 1, []int{2}}.pair(),
		nodes{3, 3, 2, LeastLoaded, EvenClients, 50}.pair(),
		{Name: "stride", System: strideSystem(4, 3, 3), File: "stride.bh", Constants: constants{"VMS": "4", "WEIGHT": "3", "UNIT": "6", "QUANTUM": "3"}},
	})
}
