package vmfs

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "ats.bh", States: 1_331, Depth: 13},
		{File: "ats.bh", Config: "two", States: 57, Depth: 6},
		{File: "locks.bh", States: 25_848, Depth: 35},
		{File: "locks.bh", Config: "slower", States: 46_648, Depth: 42},
	})
}

// One size larger: the heartbeats and the lease of ESXi, in seconds.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "ats.bh", Define: constants{"HOSTS": "4"}, States: 69_481, Depth: 23},
		{File: "locks.bh", Define: constants{"PERIOD": "3", "LEASE": "16", "RESPONSE": "12"}, States: 228_922, Depth: 85},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// The smallest lease there is.
var small = Config{Hosts: 2, Slots: 2, Period: 1, Lease: 2, Response: 1}

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "two hosts race", System: sectorSystem(2), File: "ats.bh", Constants: constants{"HOSTS": "2"}},
		{Name: "three hosts race", System: sectorSystem(3), File: "ats.bh"},
		{Name: "two hosts", System: volumeSystem(small), File: "locks.bh", Constants: constants{"LEASE": "2", "RESPONSE": "1"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step; also without each of the things that
// locks rest on.
func TestRunsAgree(t *testing.T) {
	unfenced, unchecked, never, late := small, small, small, small
	unfenced.Unfenced, unchecked.Unchecked, never.Response, late.Response = true, true, 0, 3
	without := func(name, value string) constants {
		out := constants{"LEASE": "2", "RESPONSE": "1"}
		out[name] = value
		return out
	}
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "five hosts race", System: sectorSystem(5), File: "ats.bh", Constants: constants{"HOSTS": "5"}},
		{Name: "unfenced", System: volumeSystem(unfenced), File: "locks.bh", Constants: without("FENCES", "false")},
		{Name: "unchecked", System: volumeSystem(unchecked), File: "locks.bh", Constants: without("CHECKS", "false")},
		{Name: "no response", System: volumeSystem(never), File: "locks.bh", Constants: without("RESPONSE", "0")},
		{Name: "late response", System: volumeSystem(late), File: "locks.bh", Constants: without("RESPONSE", "3")},
		{
			Name: "seconds", System: volumeSystem(Config{Hosts: 3, Slots: 4, Period: HeartbeatSeconds, Lease: LeaseSeconds, Response: 12}),
			File: "locks.bh", Constants: constants{"HOSTS": "3", "SLOTS": "4", "PERIOD": "3", "LEASE": "16", "RESPONSE": "12"},
		},
	})
}
