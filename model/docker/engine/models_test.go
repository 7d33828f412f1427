package engine

import (
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "lifecycle.bh", States: 441, Depth: 12},
		{File: "lifecycle.bh", Config: "three", States: 9_261, Depth: 18},
		{File: "restart.bh", States: 6_154, Depth: 16},
		{File: "restart.bh", Config: "live", States: 6_030, Depth: 16},
		{File: "restart.bh", Config: "older", States: 6_322, Depth: 16},
		{File: "backoff.bh", States: 169, Depth: 25},
		{File: "grace.bh", States: 2_580, Depth: 6},
		{File: "grace.bh", Config: "atOnce", States: 1_980, Depth: 5},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "lifecycle.bh", Define: constants{"CONTAINERS": "4"}, States: 194_481, Depth: 24},
		{File: "restart.bh", Define: constants{"MAX": "5", "CRASHES": "3"}, States: 24_842, Depth: 28},
		{File: "backoff.bh", Define: constants{"MAX": "100"}, States: 2_281, Depth: 201},
		{File: "grace.bh", Define: constants{"LONGEST": "10", "REAP": "10"}, States: 316_680, Depth: 22},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// older are the Options of the configuration of that name in restart.bh.
var older = Options{PersistsRemoval: true}

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "one container", System: fleetSystem(1), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "1"}},
		{Name: "two containers", System: fleetSystem(2), File: "lifecycle.bh"},
		{
			Name: "restart", System: rules{
				policies: []policyName{"no", "always_", "unlessStopped", "onFailureMax"}, unset: []bool{true}, limit: 1, crashes: 1, options: Moby(),
			}.system(),
			File: "restart.bh", Constants: constants{"POLICIES": "{no, always_, unlessStopped, onFailureMax}", "UNSET": "{true}", "MAX": "1"},
		},
		{
			Name: "live-restore, and a signal by the engine", System: rules{
				policies: []policyName{"unlessStopped", "onFailureMax"}, unset: []bool{false}, limit: 1, crashes: 1, hup: true,
				options: Options{LiveRestore: true, FailedAtBoot: true},
			}.system(),
			File: "restart.bh", Constants: constants{
				"POLICIES": "{unlessStopped, onFailureMax}", "UNSET": "{false}", "MAX": "1", "LIVE": "true", "MARKS": "false", "RELOAD": "engine",
			},
		},
		{
			Name: "older", System: rules{
				policies: []policyName{"always_", "onFailure"}, unset: []bool{true}, limit: 1, crashes: 1, options: older,
			}.system(),
			File: "restart.bh", Constants: constants{
				"POLICIES": "{always_, onFailure}", "UNSET": "{true}", "MAX": "1", "PERSISTS": "true", "FAILED_BOOT": "false", "MARKS": "false",
			},
		},
		{Name: "grace", System: graceSystem(2, 1), File: "grace.bh", Constants: constants{"LONGEST": "2"}},
		{Name: "back-off", System: backoffSystem(RestartPolicy{OnFailure, 12}), File: "backoff.bh"},
		{Name: "back-off without limit", System: backoffSystem(RestartPolicy{Name: Always}), File: "backoff.bh", Constants: constants{"POLICY": "always_"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, slices.DeleteFunc(pairs(), func(p modelcheck.Pair) bool { return p.Name == "two containers" || p.Name == "restart" }))
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "lifecycle", System: fleetSystem(3), File: "lifecycle.bh", Constants: constants{"CONTAINERS": "3"}},
		{
			Name: "restart", System: rules{policies: policies, unset: []bool{false, true}, limit: 3, crashes: 3, options: Moby()}.system(), File: "restart.bh",
			Constants: constants{"MAX": "3", "CRASHES": "3"},
		},
	})
}
