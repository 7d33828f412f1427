package oci

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "lifecycle.bh", States: 357, Depth: 15},
		{File: "lifecycle.bh", Config: "pairs", States: 621, Depth: 21},
		{
			File: "lifecycle.bh", Config: "runc", States: 333, Depth: 15,
			Vacuous: []string{"InOrder", "Complete", "DeletesStopped", "DeleteSucceeds"}, // what runc departs from
		},
		{File: "containers.bh", States: 496, Depth: 11},
		{File: "containers.bh", Config: "three", States: 16_216, Depth: 19},
		{File: "namespaces.bh", States: 6_274, Depth: 3},
		{File: "namespaces.bh", Config: "three", States: 3_011, Depth: 4},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "lifecycle.bh", Define: constants{"HOOKS": "8"}, States: 3_717, Depth: 57},
		{File: "containers.bh", Define: constants{"CONTAINERS": "4"}, States: 655_616, Depth: 24},
		{File: "namespaces.bh", Define: constants{"TYPES": "3", "ENTRIES": "4"}, States: 316_556, Depth: 4},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// runcConstants are those of Runc.
var runcConstants = constants{"CREATED": "true", "FROZEN": "true", "EARLY": "true", "UNSEEN": "true", "FATAL": "true"}

// departures are the Profiles that depart in one place, by the constant of lifecycle.bh.
var departures = map[string]Profile{
	"CREATED": {DeletesCreated: true}, "FROZEN": {KillsPaused: true}, "EARLY": {EarlyPoststart: true},
	"UNSEEN": {UnseenStartHooks: true}, "FATAL": {FatalPoststop: true},
}

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	out := []modelcheck.Pair{
		{Name: "lifecycle", System: singleSystem(Profile{}, 1), File: "lifecycle.bh"},
		{Name: "lifecycle, two hooks", System: singleSystem(Profile{}, 2), File: "lifecycle.bh", Constants: constants{"HOOKS": "2"}},
		{Name: "runc", System: singleSystem(Runc(), 1), File: "lifecycle.bh", Constants: runcConstants},
		{Name: "containers", System: severalSystem(2), File: "containers.bh"},
		{Name: "namespaces", System: readingSystem(2, 1, 3), File: "namespaces.bh", Constants: constants{"PATHS": "1"}},
		{Name: "namespaces, two paths", System: readingSystem(2, 2, 2), File: "namespaces.bh", Constants: constants{"ENTRIES": "2"}},
	}
	for constant, profile := range departures {
		out = append(out, modelcheck.Pair{
			Name: constant, System: singleSystem(profile, 1), File: "lifecycle.bh", Constants: constants{constant: "true"},
		})
	}
	return out
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, slices.DeleteFunc(pairs(), func(p modelcheck.Pair) bool { return p.File == "lifecycle.bh" && p.Name != "runc" }))
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "lifecycle", System: singleSystem(Profile{}, 3), File: "lifecycle.bh", Constants: constants{"HOOKS": "3"}},
		{Name: "containers", System: severalSystem(3), File: "containers.bh", Constants: constants{"CONTAINERS": "3"}},
	})
}
