package hybrid

import (
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/spec"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "budget.bh", States: 11, Depth: 2},
		{File: "coordinator.bh", States: 45, Depth: 5},
		{File: "domains.bh", States: 85, Depth: 11},
		{File: "forest.bh", States: 342, Depth: 13},
		{File: "forest.bh", Config: "large", States: 728, Depth: 16},
		{File: "globals.bh", States: 36, Depth: 6},
		{File: "mechanism.bh", States: 5, Depth: 2},
		{File: "mechanism.bh", Config: "sandboxed", States: 5, Depth: 2},
		{File: "pages.bh", States: 64, Depth: 8},
		{File: "placement.bh", States: 52, Depth: 4},
		{File: "placement.bh", Config: "roomy", States: 40, Depth: 5},
		{File: "pool.bh", States: 36, Depth: 10},
	})
}

// One size larger, with BULKHEAD_SOAK only.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "budget.bh", Define: constants{"ROOT": "true", "BUDGET": "1"}, States: 5, Depth: 1},
		{File: "coordinator.bh", Define: constants{"REQUESTS": "9", "CAP": "12"}, States: 13_682, Depth: 13},
		{File: "domains.bh", Define: constants{"LIMIT": "12"}, States: 2_380, Depth: 38},
		{File: "forest.bh", Define: constants{"HOST": "24", "MACHINE": "17", "BOX": "12", "KERNEL": "2"}, States: 31_120, Depth: 41},
		{File: "globals.bh", Define: constants{"GLOBAL": "log"}, States: 36, Depth: 6},
		{File: "mechanism.bh", Define: constants{"FLAW": "threads"}, States: 5, Depth: 2},
		{File: "pages.bh", Define: constants{"SAME_FILE": "false"}, States: 64, Depth: 8},
		{File: "placement.bh", Define: constants{"CAP": "6", "VMS": "4", "SLOTS": "2", "PODS": "4"}, States: 1_291, Depth: 7},
		{File: "pool.bh", Define: constants{"SIZE": "40", "LIMIT": "20"}, States: 1_764, Depth: 82},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

// pairs are instances small enough to compare whole.
func pairs() []modelcheck.Pair {
	return []modelcheck.Pair{
		{Name: "forest", System: forestSystem(4, 3, 2, 1), File: "forest.bh"},
		{Name: "forest, larger machines than their host", System: forestSystem(3, 4, 2, 1), File: "forest.bh", Constants: constants{"HOST": "3", "MACHINE": "4"}},
		{Name: "coordinator", System: coordinatorSystem(5, 3, 4), File: "coordinator.bh"},
		{Name: "coordinator, one at a time", System: coordinatorSystem(3, 3, 3), File: "coordinator.bh", Constants: constants{"CAP": "3", "REQUESTS": "3"}},
		{Name: "placement", System: placementSystem(4, 2, 1, 3, 3), File: "placement.bh"},
		{Name: "placement with slots", System: placementSystem(3, 1, 2, 2, 2), File: "placement.bh", Constants: constants{"CAP": "3", "SIZE": "1", "SLOTS": "2", "VMS": "2", "PODS": "2"}},
	}
}

// The Go values and the models have one state graph.
func TestSame(t *testing.T) { modelcheck.Same(t, Models, pairs()) }

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) { modelcheck.Systems(t, pairs()) }

// On instances too large to compare whole, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		{Name: "forest", System: forestSystem(9, 7, 4, 2), File: "forest.bh", Constants: constants{"HOST": "9", "MACHINE": "7", "BOX": "4", "KERNEL": "2"}},
		{Name: "coordinator", System: coordinatorSystem(11, 4, 7), File: "coordinator.bh", Constants: constants{"CAP": "11", "MOST": "4", "REQUESTS": "7"}},
		{Name: "placement", System: placementSystem(7, 2, 2, 5, 6), File: "placement.bh", Constants: constants{"CAP": "7", "SLOTS": "2", "VMS": "5", "PODS": "6"}},
	})
}

// declared is how an action of these models says that it is strongly fair.
var declared = regexp.MustCompile(`strong (fair for [a-z] )action`)

// What is waited for needs the fairness that the models declare: with weak fairness what could happen all the time happens, with
// strong fairness what could happen again and again, and with none nothing.
func TestFairness(t *testing.T) {
	for _, c := range []struct {
		file, fairness, action string // by which the declaration is replaced
		holds, violated        []string
	}{
		{"placement.bh", "strong", "strong ${1}action", []string{"Steady", "Recurrent", "Machines"}, nil},
		{"placement.bh", "weak", "${1}action", []string{"Steady"}, []string{"Recurrent", "Machines"}},
		{"placement.bh", "none", "action", nil, []string{"Steady", "Recurrent", "Machines"}},
		{"coordinator.bh", "strong", "strong ${1}action", []string{"Served"}, nil},
		{"coordinator.bh", "weak", "${1}action", nil, []string{"Served"}},
		{"coordinator.bh", "none", "action", nil, []string{"Served"}},
	} {
		t.Run(c.file+" "+c.fairness, func(t *testing.T) {
			text, err := Models.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(declared.FindAll(text, -1)); n != 2 {
				t.Fatalf("got %d actions that are strongly fair, want 2", n)
			}
			fsys := fstest.MapFS{c.file: &fstest.MapFile{Data: declared.ReplaceAll(text, []byte(c.action))}}
			res, err := checker.Check(t.Context(), modelcheck.Load(t, fsys, c.file, spec.Options{}), checker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range res.Properties {
				want := checker.Holds
				if slices.Contains(c.violated, f.Property.Name) {
					want = checker.Violated
				} else if !slices.Contains(c.holds, f.Property.Name) {
					continue
				}
				if f.Verdict != want {
					t.Errorf("%s: got %s, want %s", f.Property.Name, f.Verdict, want)
				}
			}
		})
	}
}
