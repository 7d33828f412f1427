package cpu

import (
	"maps"
	"strconv"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/spec"
)

// The longest waits that the checker finds in all runs of a model are those of the formulas, neither more, which the
// models claim, nor less. They are counted in steps of the models' own actions: no variable of the models helps.
func TestWaitsAreExact(t *testing.T) {
	type sizes = map[string]int
	turn := func(sizes) int { return 1 }
	for _, want := range []struct {
		file, bound string
		longest     func(sizes) int
		instances   []sizes
	}{
		// Round-robin: (n-1)q ticks of the others, in one turn of each.
		{"round_robin.bh", "Overtaken", turn, roundRobins},
		{"round_robin.bh", "WaitInTurns", func(k sizes) int { return k["VMS"] }, roundRobins},
		{"round_robin.bh", "WaitInTicks", greatestWait, roundRobins},
		// Stride: q x/w + 1 turns of each other machine, where w = 1 and x is the greatest weight.
		{"stride.bh", "Overtaken", overtakings, strides},
		// Dispatcher: a window for each tick that each other machine may have before it.
		{"dispatch.bh", "WaitInTicks", func(k sizes) int { return k["WINDOW"] * (k["VMS"] - 1) * (k["WEIGHT"] + 1) }, dispatchers},
		{"stride.bh", "WaitInTurns", func(k sizes) int { return (k["VMS"]-1)*overtakings(k) + 1 }, strides},
	} {
		for _, k := range want.instances {
			define := constants{}
			for name, value := range maps.All(k) {
				define[name] = strconv.Itoa(value)
			}
			t.Run(want.file+"/"+want.bound, func(t *testing.T) {
				p := modelcheck.Load(t, Models, want.file, spec.Options{Define: define})
				res, err := checker.Check(t.Context(), p, checker.Config{Only: []string{want.bound}, NoWitnesses: true})
				if err != nil {
					t.Fatal(err)
				}
				f := res.Properties[0]
				if exact := int64(want.longest(k)); f.Verdict != checker.Holds || !f.Known || f.Extreme != exact || f.Property.Limit != exact {
					t.Errorf("%v: got %s with %d of at most %d (known %t), want %d of %d",
						k, f.Verdict, f.Extreme, f.Property.Limit, f.Known, exact, exact)
				}
			})
		}
	}
}

var roundRobins = []map[string]int{
	{"VMS": 2, "CPUS": 1, "SLICE": 2},
	{"VMS": 2, "CPUS": 2, "SLICE": 3},
	{"VMS": 3, "CPUS": 1, "SLICE": 3},
	{"VMS": 3, "CPUS": 2, "SLICE": 2},
	{"VMS": 3, "CPUS": 3, "SLICE": 1},
	{"VMS": 4, "CPUS": 2, "SLICE": 1},
}

var strides = []map[string]int{
	{"VMS": 2, "WEIGHT": 1, "UNIT": 1, "QUANTUM": 3},
	{"VMS": 2, "WEIGHT": 3, "UNIT": 6, "QUANTUM": 1},
	{"VMS": 2, "WEIGHT": 3, "UNIT": 6, "QUANTUM": 2},
	{"VMS": 3, "WEIGHT": 1, "UNIT": 1, "QUANTUM": 2},
	{"VMS": 3, "WEIGHT": 2, "UNIT": 2, "QUANTUM": 1},
}

var dispatchers = []map[string]int{
	{"VMS": 2, "WEIGHT": 1, "UNIT": 1, "LAG": 1, "WINDOW": 2},
	{"VMS": 2, "WEIGHT": 1, "UNIT": 1, "LAG": 1, "WINDOW": 3},
	{"VMS": 2, "WEIGHT": 2, "UNIT": 2, "LAG": 1, "WINDOW": 2},
}

// greatestWait is what the scheduler in Go says of machines that all have the greatest share: (n-1)q.
func greatestWait(k map[string]int) int {
	shares := make([]int, k["VMS"])
	for i := range shares {
		shares[i] = k["SLICE"]
	}
	r, err := NewRoundRobin(shares, k["CPUS"])
	if err != nil {
		panic(err)
	}
	return r.WaitLimit(1)
}

func overtakings(k map[string]int) int { return k["QUANTUM"]*k["WEIGHT"] + 1 }
