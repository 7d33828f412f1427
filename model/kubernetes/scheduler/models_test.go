package scheduler

import (
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "affinity.bh", States: 388, Depth: 7},
		{File: "binding.bh", States: 9_328, Depth: 15},
		{File: "binding.bh", Config: "single", States: 1_928, Depth: 9, Vacuous: []string{"RejectedByOthers"}},
		{File: "binding.bh", Config: "three", States: 13_528, Depth: 17},
		{File: "cascade.bh", States: 4, Depth: 3},
		{File: "nominate.bh", States: 177, Depth: 8},
		{File: "pick.bh", States: 4_724, Depth: 1},
		{File: "pingpong.bh", States: 9, Depth: 8},
		{File: "pingpong.bh", Config: "shared", States: 9, Depth: 8},
		{File: "preempt.bh", States: 12_960, Depth: 1},
		{File: "qos.bh", States: 5_124, Depth: 5},
		{File: "qos.bh", Config: "documented", States: 5_124, Depth: 5},
		{File: "queue.bh", States: 9_864, Depth: 30},
		{File: "queue.bh", Config: "long", States: 262, Depth: 46, Vacuous: []string{"OldestFirst"}},
		{File: "request.bh", States: 16_200, Depth: 8},
		{File: "request.bh", Config: "two", States: 5_376, Depth: 6},
		{File: "schedule.bh", States: 12_377, Depth: 6},
		{File: "schedule.bh", Config: "least", States: 1_104, Depth: 3},
		{File: "spread.bh", States: 192, Depth: 10},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	tight := shopOf{2, 2, [2]int64{2, 3}, [2]int64{3, 3}, 2, DefaultOptions}
	crowded := shopOf{3, 1, [2]int64{1, 2}, [2]int64{2, 1}, 1, onlyLeast()}
	return []modelcheck.Pair{
		{Name: "the life of a pod", System: lifeSystem(2, 2), File: "request.bh", Constants: constants{"STEPS": "2"}},
		tight.pair("two pods"), crowded.pair("three pods"),
		{Name: "spread", System: spreadSystem(3, 2, 2, 1), File: "spread.bh"},
		{Name: "spread over three zones", System: spreadSystem(3, 3, 2, 2), File: "spread.bh", Constants: constants{"ZONES": "3", "SKEW": "2"}},
		{Name: "affinity", System: affinitySystem(3, 2, 2), File: "affinity.bh"},
		qualityOf{1, 3, OOMFloorDocumented}.pair("quality of service, one container"),
		qualityOf{2, 1, OOMFloor}.pair("quality of service"),
		{Name: "queue", System: lineOf{2, 1}.system(), File: "queue.bh", Constants: constants{"MOST": "1"}},
		{Name: "queue, long back-off", System: lineOf{1, 10}.system(), File: "queue.bh", Constants: constants{"PODS": "1", "MOST": "10"}},
		{Name: "victims", System: removalOf{3, 4, 2, 1}.system(), File: "preempt.bh", Constants: constants{"HIGHEST": "1"}},
		{Name: "nodes of victims", System: pickSystem(), File: "pick.bh"},
		{Name: "nomination", System: waitingOf{2, 1, true}.system(), File: "nominate.bh"},
		{Name: "nomination without a limit", System: waitingOf{3, 1, false}.system(), File: "nominate.bh", Constants: constants{"NODES": "3", "LIMIT": "false"}},
		{Name: "ping-pong", System: gameSystem(false), File: "pingpong.bh", Constants: constants{"BY": "another"}},
		{Name: "no ping-pong", System: gameSystem(true), File: "pingpong.bh"},
		{Name: "cascade", System: chainSystem(false), File: "cascade.bh", Constants: constants{"NEVER": "{}"}},
		{Name: "cascade stopped", System: chainSystem(true), File: "cascade.bh"},
		{Name: "two schedulers", System: promisesOf{2, 2, 2, 2, 2}.system(), File: "binding.bh", Constants: constants{"PODS": "2"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems. One of each will do.
func TestSystems(t *testing.T) {
	seen := map[string]bool{}
	var one []modelcheck.Pair
	for _, p := range pairs() {
		if !seen[p.File] {
			one = append(one, p)
		}
		seen[p.File] = true
	}
	modelcheck.Systems(t, one)
}

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		shopOf{3, 2, [2]int64{2, 3}, [2]int64{3, 3}, 2, DefaultOptions}.pair("schedule"),
		{Name: "binding", System: promisesOf{3, 3, 3, 2, 3}.system(), File: "binding.bh", Constants: constants{"SCHEDULERS": "3", "USED": "3", "ROOM": "3"}},
		{Name: "queue", System: lineOf{3, 4}.system(), File: "queue.bh", Constants: constants{"PODS": "3", "MOST": "4"}},
		{Name: "victims", System: removalOf{3, 4, 2, 2}.system(), File: "preempt.bh"},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "affinity.bh", Define: constants{"NODES": "5", "ZONES": "3"}, States: 12_579, Depth: 11},
		{File: "binding.bh", Define: constants{"PODS": "4"}, States: 165_520, Depth: 24},
		{File: "cascade.bh", Define: constants{"NEVER": "{a, b}"}, States: 4, Depth: 3},
		{File: "nominate.bh", Define: constants{"NODES": "4", "FAILS": "2"}, States: 17_919, Depth: 15},
		{File: "pick.bh", Define: constants{"NODES": "3"}, States: 229_026, Depth: 1},
		{File: "pingpong.bh", Define: constants{"SHARED": "true"}, States: 9, Depth: 8},
		{File: "preempt.bh", Define: constants{"PODS": "4", "ROOM": "5"}, States: 124_416, Depth: 1},
		{File: "qos.bh", Define: constants{"NODE": "4"}, States: 72_356, Depth: 5},
		{File: "queue.bh", Define: constants{"PODS": "3", "MOST": "2"}, States: 264_770, Depth: 30},
		{File: "request.bh", Define: constants{"STEPS": "4"}, States: 116_640, Depth: 10},
		{File: "schedule.bh", Define: constants{"PODS": "4"}, States: 109_108, Depth: 10},
		{File: "spread.bh", Define: constants{"NODES": "5", "ZONES": "3"}, States: 4_896, Depth: 16},
	})
}
