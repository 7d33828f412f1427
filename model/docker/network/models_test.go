package network

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "reach.bh", States: 1_322, Depth: 2},
		{File: "reach.bh", Config: "v27", States: 456, Depth: 2, Vacuous: []string{"OnlyPublishedFromOutside"}},
		{File: "reach.bh", Config: "v27_noproxy", States: 394, Depth: 2, Vacuous: []string{"OnlyPublishedFromOutside", "NetworksApart", "OnlyByProxy"}},
		{File: "reach.bh", Config: "noproxy", States: 1_310, Depth: 2, Vacuous: []string{"OnlyByProxy"}},
		{File: "reach.bh", Config: "routing", States: 1_338, Depth: 2, Vacuous: []string{"OnlyPublishedFromOutside"}},
		{File: "reload.bh", States: 10, Depth: 4},
		{File: "reload.bh", Config: "v27", States: 28, Depth: 5, Vacuous: []string{"NeighbourKept"}},
		{File: "reload.bh", Config: "internal", States: 28, Depth: 5, Vacuous: []string{"NeighbourKept"}},
		{File: "publish.bh", States: 21, Depth: 7},
		{File: "publish.bh", Config: "original", States: 21, Depth: 7},
		{File: "publish.bh", Config: "interface", States: 21, Depth: 7},
		{File: "publish.bh", Config: "proxies", States: 21, Depth: 7},
		{File: "attach.bh", States: 522, Depth: 4},
		{File: "attach.bh", Config: "three", States: 6_936, Depth: 7},
		{File: "relay.bh", States: 9_237, Depth: 4},
	})
}

// The same, one size larger.
func TestLargerModels(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "reach.bh", Define: constants{"BOTH": "true", "PROXY": "false", "DIRECT": "true", "POLICY_DROP": "true"}, States: 2_964, Depth: 2, Vacuous: []string{"OnlyPublishedFromOutside", "OnlyByProxy"}},
		{File: "reload.bh", Define: constants{"VERSION": "v27", "GUEST_INTERNAL": "true", "LOSES_ISOLATION": "true", "POLICY_DROP": "true"}, States: 31, Depth: 6, Vacuous: []string{"NeighbourKept"}},
		{File: "publish.bh", Define: constants{"HOST_IP": "everywhere", "USER": "by_interface", "VERSION": "v27"}, States: 21, Depth: 7},
		{File: "attach.bh", Define: constants{"CONTAINERS": "3", "ROOM": "2"}, States: 22_128, Depth: 7},
		{File: "relay.bh", Define: constants{"CONTAINERS": "4"}, States: 75_547, Depth: 5},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "before 28", System: reachSystem(Engine{}, true), File: "reach.bh", Constants: constants{"VERSION": "v27", "BOTH": "true"}},
		{Name: "attach", System: attachSystem(2, 30), File: "attach.bh"},
	}
}

// larger are those that take seconds, and random runs elsewhere.
func larger() []modelcheck.Pair {
	both := constants{"BOTH": "true"}
	return []modelcheck.Pair{
		{Name: "since 28", System: reachSystem(Engine{Version: V28}, true), File: "reach.bh", Constants: both},
		{Name: "since 28, no proxy", System: reachSystem(Engine{Version: V28, NoProxy: true}, true), File: "reach.bh", Constants: with(both, "PROXY", "false")},
		{Name: "since 28, direct routing", System: reachSystem(Engine{Version: V28, AllowDirectRouting: true}, true), File: "reach.bh", Constants: with(both, "DIRECT", "true")},
		{Name: "before 28, no proxy, policy DROP", System: reachSystem(Engine{NoProxy: true, ForwardDrop: true}, true), File: "reach.bh", Constants: constants{"VERSION": "v27", "BOTH": "true", "PROXY": "false", "POLICY_DROP": "true"}},
		{Name: "relay", System: relaySystem(3), File: "relay.bh"},
		{Name: "attach", System: attachSystem(3, 30), File: "attach.bh", Constants: constants{"CONTAINERS": "3"}},
	}
}

func with(c constants, name, value string) constants {
	out := maps.Clone(c)
	out[name] = value
	return out
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) {
	all := slices.Concat(pairs(), reloadPairs(), publishPairs())
	if os.Getenv("BULKHEAD_SOAK") != "" {
		all = append(all, larger()...)
	}
	modelcheck.Same(t, Models, all)
}

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, slices.Concat(pairs()[1:], reloadPairs()[:1]))
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "since 28", System: reachSystem(Engine{Version: V28, NoProxy: true}, false), File: "reach.bh", Constants: constants{"PROXY": "false"}},
		{Name: "relay", System: relaySystem(3), File: "relay.bh"},
	})
}
