package stubborn_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/spec/internal/stubborn"
)

// analysed compiles a model and analyses it, or gives nil for one that is too large.
func analysed(src string) (*eval.System, *stubborn.Analysis, error) {
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
	if err != nil {
		return nil, nil, err
	}
	s, err := eval.Compile(p.IR())
	if err != nil || stubborn.Irreducible(s) != "" {
		return nil, nil, err
	}
	return s, stubborn.Analyse(s, s.NewRunner().(stubborn.Compiled)), nil
}

// TestReadsAndWrites looks at single instances. Cells are numbered in the order of declaration.
func TestReadsAndWrites(t *testing.T) {
	const state = `model M
type P = 0..2
state {
  at:   map[P]0..3 = 0                            // cells 0..2
  pair: map[P]record { a: 0..2; b: bool } = { a = 0, b = false } // 3..8
  on:   set[P] = {}                               // 9
  q:    seq[0..1, 2] = []                         // 10..12
}
func after(p: P) P = (p + 1) % 3
func low(n: 0..3) bool decreases n = if n == 0 then on == {} else low(n - 1)
`
	for src, want := range map[string]string{
		`A when at[1] == 2 { at[1] = 3 }`:                                            "reads [1] writes [1] gives map[1:[3]]",
		`A { at[after(1)] = 3 - at[after(2)] }`:                                      "reads [0] writes [2] gives map[2:[3 2 1 0]]",
		`A { pair[0].b = at[2] == 1; pair[1] = pair[0] }`:                            "reads [2 3 4] writes [4 5 6] gives map[4:[1 0] 5:[0 1 2] 6:[0 1]]",
		`A { at[at[0] % 3] = 1 }`:                                                    "reads [0] writes [0 1 2] gives map[0:[1] 1:[0 1] 2:[0 1]]",
		`A when forall p in P where p != 1: at[p] == 0 { on = on union {0} }`:        "reads [0 2 9] writes [9] gives map[9:[1 3 5 7]]",
		`A when low(2) { at[0] = 1 }`:                                                "reads [9] writes [0] gives map[0:[1]]",
		`A { q[0] = at[1] % 2 }`:                                                     "reads [1 10 11 12] writes [10 11 12] gives map[10:[] 11:[] 12:[]] faults",
		`A { at[0] += 1 }`:                                                           "reads [0] writes [0] gives map[0:[]] faults",
		`A when at[0] < 3 { at[0] += 1 }`:                                            "reads [0] writes [0] gives map[0:[1 2 3]]",
		`A { for p in P where p > 1 { at[p] = 0 }; choose c in 1..2 { at[0] = c } }`: "reads [] writes [0 2] gives map[0:[1 2] 2:[0]]",
		`A { if 1 == 2 { at[0] = 1 } else { match some(at[1]) { some(n) -> { on = {0} } | none -> { at[2] = 0 } } } }`: "reads [1] writes [2 9] gives map[2:[0] 9:[1]]",
		`A { at[0] = old(at[1]); let n = at[2]; when n == 1 }`:                                                         "reads [1 2] writes [0] gives map[0:[0 1 2 3]]",
	} {
		s, a, err := analysed(state + "action " + src + "\n")
		if err != nil || s == nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		gives := map[int][]int64{}
		for _, c := range a.Writes(0) {
			gives[c] = a.Gives(0, c)
		}
		got := fmt.Sprintf("reads %v writes %v gives %v", a.Reads(0), a.Writes(0), gives)
		if a.Faults(0) {
			got += " faults"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

// TestReadsAreAllThatMatters takes the instances of drawn models in many states: where two states agree in what an instance
// reads it does the same in both, and it changes nothing that it does not write, nor to a value that it does not give.
func TestReadsAreAllThatMatters(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) string{"any": gen.Model, "processes": gen.Processes} {
		t.Run(name, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { readsMatter(t, draw(t)) }) })
	}
}

// outcome is what an instance did in a state: the cells after each of its alternatives, nil where it faulted.
type outcome struct {
	from []int64
	to   [][]int64
	what string
}

func readsMatter(t *rapid.T, src string) {
	t.Log(src)
	s, a, err := analysed(src)
	if err != nil || s == nil {
		t.Skip(err)
	}
	pk, _ := s.Packing()
	r := s.NewRunner().(stubborn.Compiled)
	unpacked := func(st model.State) []int64 {
		cells := make([]int64, pk.Cells)
		pk.Unpack(cells, st)
		return cells
	}
	seen := map[string]bool{}
	var queue []model.State
	keep := func(st model.State) {
		if k := fmt.Sprint(st); !seen[k] && len(seen) < 60 {
			seen[k] = true
			queue = append(queue, slices.Clone(st))
		}
	}
	r.Init(func(st model.State, f *model.Fault) {
		if f == nil {
			keep(st)
		}
	})
	list, _ := s.Instances()
	known := make([]map[string]outcome, len(list))
	for at := 0; at < len(queue); at++ {
		for i, in := range list {
			if in.Never {
				continue
			}
			r.Load(queue[at])
			now := outcome{from: unpacked(queue[at])}
			r.Run(i, func(_ model.Label, st model.State, f *model.Fault) {
				if f != nil {
					now.what += "fault at " + f.Position + f.Message + "\n"
					now.to = append(now.to, nil)
					return
				}
				now.what += "successor\n"
				now.to = append(now.to, unpacked(st))
				keep(st)
			})
			var key []int64
			for _, c := range a.Reads(i) {
				key = append(key, now.from[c])
			}
			bounded(t, a, i, now)
			if known[i] == nil {
				known[i] = map[string]outcome{}
			}
			if before, ok := known[i][fmt.Sprint(key)]; ok {
				agree(t, a, i, before, now)
			}
			known[i][fmt.Sprint(key)] = now
		}
	}
}

// bounded sees whether an instance changed what it may change.
func bounded(t *rapid.T, a *stubborn.Analysis, i int, o outcome) {
	writes := a.Writes(i)
	for _, to := range o.to {
		if to == nil && !a.Faults(i) {
			t.Fatalf("instance %d faults in %v", i, o.from)
		}
		for c := range to {
			if to[c] == o.from[c] {
				continue
			}
			if !slices.Contains(writes, c) {
				t.Fatalf("instance %d changes cell %d of %v", i, c, o.from)
			}
			if gives := a.Gives(i, c); gives != nil && !slices.Contains(gives, to[c]) {
				t.Fatalf("instance %d changes cell %d of %v to %d", i, c, o.from, to[c])
			}
		}
	}
}

// agree sees whether an instance did the same in two states. A cell that it changes in one it writes in the other, too.
func agree(t *rapid.T, a *stubborn.Analysis, i int, x, y outcome) {
	if x.what != y.what {
		t.Fatalf("instance %d does unlike things in %v and %v:\n%s\n%s", i, x.from, y.from, x.what, y.what)
	}
	for k, to := range x.to {
		for c := range to {
			if (to[c] != x.from[c] || y.to[k][c] != y.from[c]) && to[c] != y.to[k][c] {
				t.Fatalf("instance %d gives cell %d unlike values in %v and %v", i, c, x.from, y.from)
			}
		}
	}
}

// TestClaims looks at what properties read, and at which values they tell apart. Cells are those of at, from -1 to 2.
func TestClaims(t *testing.T) {
	for src, want := range map[string]string{
		`invariant I { at[0] == 1 }`:                                  "reads [0] classes map[0:[0 0 1 0]]",
		`invariant I { at[0] != 1 and at[0] != -1 }`:                  "reads [0] classes map[0:[0 1 2 1]]",
		`invariant I { at[0] >= 1 }`:                                  "reads [0] classes map[0:[0 0 1 1]]",
		`invariant I { at[0] > 1 }`:                                   "reads [0] classes map[0:[0 0 0 1]]",
		`invariant I { at[0] <= 1 }`:                                  "reads [0] classes map[0:[0 0 0 1]]",
		`invariant I { at[0] < 1 }`:                                   "reads [0] classes map[0:[0 0 1 1]]",
		`invariant I { 0 <= at[0] and at[0] < at[1] }`:                "reads [0 1] classes map[]",
		`invariant I { forall p in P: at[p] == p }`:                   "reads [0 1] classes map[0:[0 1 0 0] 1:[0 0 1 0]]",
		`bound I { max(count p in P: at[p] == 2) <= 1 }`:              "reads [0 1] classes map[0:[0 0 0 1] 1:[0 0 0 1]]",
		`bound I { max(at[0] + (if at[0] == 1 then 1 else 0)) <= 3 }`: "reads [0] classes map[]",
		`step I { at[0] == 1 }`:                                       "reads [0] classes map[]",
		`invariant I { low(at[1]) }`:                                  "reads [1] classes map[]",
		`invariant I { who == some(1) or who == none }`:               "reads [2] classes map[2:[0 1 2]]",
	} {
		s, a, err := analysed(`model M
type P = 0..1
func low(n: -1..2) bool = n == 2
state { at: map[P]-1..2 = 0; who: option[P] = none }
action A { skip }
` + src + "\n")
		if err != nil || s == nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		reads, classes := a.Claim(0)
		if got := fmt.Sprintf("reads %v classes %v", reads, classes); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}
