package spec_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// reached is how a search breadth first first reaches a state.
type reached struct {
	Depth int
	By    model.ActionID // the least
}

// breadthFirst explores a model by tables up to the depth at which there are most states: all steps or, asleep, those that
// SweepAfter does not leave out, of which it knows more from the third depth on with ponder. States of which there is something to be looked at are expanded by compiled code. It gives
// how each state is reached, how often each action was taken, and how many steps were left out.
func breadthFirst(t failer, p *spec.Program, asleep, ponder bool, most int) (how map[string]reached, fired []int64, left int64) {
	runner := p.NewRunner()
	sweeper, ok := runner.(model.Sleeper)
	width := p.Info().StateWords
	if !ok || width == 0 || !sweeper.Watch(watchOf(p.Info(), false)) || !ponder && !sweeper.Sleeps() {
		return nil, nil, 0
	}
	type waiting struct {
		state model.State
		past  uint32
	}
	how, fired = map[string]reached{}, make([]int64, len(p.Info().Actions))
	var next []waiting
	meet := func(s model.State, past uint32, r reached) {
		k := words(s)
		old, there := how[k]
		if !there {
			next = append(next, waiting{slices.Clone(s), past})
		}
		if !there || old.Depth == r.Depth && r.By < old.By {
			how[k] = r
		}
	}
	runner.Init(func(s model.State, _ *model.Fault) {
		if s != nil {
			meet(s, 0, reached{})
		}
	})
	for depth := 1; len(next) > 0 && len(how) < most; depth++ {
		now := next
		next = nil
		if ponder && depth == 3 {
			var sample []model.State
			for _, w := range now {
				sample = append(sample, w.state)
			}
			sweeper.Ponder(sample)
			sweeper.Watch(watchOf(p.Info(), false))
		}
		for _, w := range now {
			var out model.Successors
			var notice model.Notice
			if asleep && sweeper.Sleeps() {
				notice = sweeper.SweepAfter(w.past, w.state, &out)
			} else {
				notice = sweeper.Sweep(w.state, &out)
				out.Pasts = make([]uint32, len(out.Actions))
			}
			if notice&model.NoticeSteps != 0 {
				if len(out.Words)+len(out.Actions)+len(out.Pasts)+out.Known > 0 {
					t.Fatalf("in %s: got successors with notice of steps", words(w.state))
				}
				runner.Load(w.state)
				runner.Next(func(l model.Label, t model.State, f *model.Fault) {
					if f == nil {
						fired[l.Action]++
						meet(t, 0, reached{depth, l.Action})
					}
				})
				continue
			}
			for i, a := range out.Actions {
				fired[a]++
				meet(out.Words[i*width:][:width], out.Pasts[i], reached{depth, a})
			}
			left += int64(out.Known)
		}
	}
	told := make([]int64, len(fired))
	for range 2 { // the second time there is nothing new
		sweeper.Left(told)
	}
	sum := int64(0)
	for a, n := range told {
		fired[a] += n
		sum += n
	}
	if sum != left {
		t.Fatalf("%d steps were left out, and %d counted by action", left, sum)
	}
	return how, fired, left
}

// sleeps compares searches that leave steps out with those that do not, and gives how many are left out, without and with
// Ponder.
func sleeps(t failer, p *spec.Program, most int) (left, pondered int64) {
	t.Helper()
	lefts := [2]int64{}
	for i, ponder := range []bool{false, true} { // what is pondered is known to the program from then on
		want, all, _ := breadthFirst(t, p, false, ponder, most)
		got, fired, left := breadthFirst(t, p, true, ponder, most)
		if !maps.Equal(want, got) { // which cmp.Diff is slow to find
			d := cmp.Diff(want, got)
			t.Fatalf("states reached by all steps (-) and without those asleep (+):\n%s", d)
		}
		if d := cmp.Diff(all, fired); d != "" {
			t.Fatalf("actions taken with all steps (-) and without those asleep (+):\n%s", d)
		}
		lefts[i] = left
	}
	searches(t, p, most)
	return lefts[0], lefts[1]
}

// Steps that are asleep lead to no state that is not found, at the same depth and by the same action.
func TestStepsAsleepOfDrawnModels(t *testing.T) {
	generators := map[string]func(*rapid.T) string{"processes": gen.Processes, "lanes": gen.Lanes}
	ofDrawn(t, generators, func(t *testing.T, all drawnModels) {
		models, fewer, more := 0, 0, 0
		all(func() bool { return fewer > 0 && more > 0 }, func(t failer, p *spec.Program) {
			models++
			left, pondered := sleeps(t, p, 300)
			if left > 0 {
				fewer++
			}
			if pondered > left {
				more++
			}
		})
		if t.Logf("%d models, %d with steps asleep, %d with more than footprints tell", models, fewer, more); fewer == 0 || more == 0 {
			t.Error("no step was asleep, or no more than footprints tell")
		}
	})
}

// The same of models of one word, two and more, large enough for all that a search does with many states.
func TestStepsAsleep(t *testing.T) {
	for _, c := range []struct {
		file     string
		define   map[string]string
		least    int64 // steps asleep
		pondered int64 // and with Ponder
	}{
		{"../examples/philosophers.bh", map[string]string{"N": "12"}, 200_000, 200_000},
		{"../internal/peers/suite/models/german_data.bh", map[string]string{"CLIENTS": "3"}, 100_000, 100_000},
		{"../internal/peers/suite/models/container_host.bh", map[string]string{"CONTAINERS": "4"}, 100_000, 100_000},
		{"../internal/peers/suite/models/election.bh", map[string]string{"N": "6"}, 50_000, 100_000},
		{"../internal/peers/suite/models/hybrid_host.bh", map[string]string{"VMS": "2", "CONTAINERS": "4", "HOST": "6"}, 0, 10_000},
		{"../internal/peers/suite/models/peterson_filter.bh", map[string]string{"N": "3"}, 0, 1_000},
	} {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			p, err := spec.LoadWith(os.DirFS(filepath.Dir(c.file)), filepath.Base(c.file), spec.Options{Define: c.define})
			if err != nil {
				t.Fatal(err)
			}
			if got, pondered := sleeps(t, p, 60_000); got < c.least || pondered < c.pondered {
				t.Errorf("%d steps were asleep, %d with Ponder, want at least %d and %d", got, pondered, c.least, c.pondered)
			}
		})
	}
}

// A step may be asleep only where the other way does not fault and is known.
func TestStepsAsleepInParticularModels(t *testing.T) {
	for name, c := range map[string]struct {
		src   string
		least int64
	}{
		"after it": {`action A { assert y == 0; x = 1 }
			action B { y = 1 }`, 0},
		"before it, after another": {`action A when z == 0 { x = 1 }
			action B when z == 0 and y == 1 and x == 1 { z = 1 }
			action C when z == 0 { y = 1; assert w == 0 or x == 1 }
			action D when z == 0 { w = 1 }`, 1},
		"in a branch": {`action A { either { x = 1 } or { assert y == 0; z = 1 } }
			action B { y = 1 }
			action C { w = 1 }`, 1},
		"after compiled code": {`state { big: 0..100_000 = 0 }
			action A { x = 1 }
			action B when y == 0 and big < 2 { big = big * big + 1 }
			action C { y = 1 }
			action D { w = 1 }`, 1},
		"nowhere": {`action A { x = 1 }
			action B { y = 1 }
			action C { z = 1; assert w == 0 }
			action D { w = 1 }`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			src := "model M\nstate { x: 0..1 = 0; y: 0..1 = 0; z: 0..1 = 0; w: 0..1 = 0 }\n" + c.src
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
			if got, _ := sleeps(t, p, 100); got < c.least {
				t.Errorf("%d steps were asleep, want at least %d", got, c.least)
			}
		})
	}
}

// Steps whose footprints meet are asleep where their order does not matter, and only there: one fewer of A and B on a way to a
// state, or more.
func TestStepsAsleepWhereTheyCommute(t *testing.T) {
	for name, c := range map[string]struct {
		src string
		any bool
	}{
		"both count up":              {`action A when x < 2 { n += 1; x += 1 } action B when y < 2 { n += 1; y += 1 }`, true},
		"one doubles":                {`action A when x < 2 { n = 2 * n; x += 1 } action B when y < 2 { n += 1; y += 1 }`, false},
		"the second asks what stays": {`action A when x < 2 { n = if n < 3 then 1 else n; x += 1 } action B when y < 2 and n < 3 { y += 1 }`, true},
		"the second asks for it":     {`action A when x < 2 { n = 1; x += 1 } action B when y < 2 and n == 1 { y += 1 }`, false},
		"the second forbids it":      {`action A when x < 2 and n == 0 { x += 1 } action B when y < 2 { n = 1; y += 1 }`, false},
		"the first faults then":      {`action A when x < 2 { assert n == 0 or x > 9; x += 1 } action B when y < 2 { n = 1; y += 1 }`, false},
		"the second faults before":   {`action A when x < 2 { n = 1; x += 1 } action B when y < 2 { assert n == 1 or y > 9; y += 1 }`, false},
		"the last one counts":        {`action A when x < 2 { n = 1; x += 1 } action B when y < 2 { n = 2; y += 1 }`, false},
		"by what they name":          {`action A(i: 0..3) when x < 2 and i == n { m[i] = 1; x += 1 } action B(i: 0..3) when y < 2 and i != n { m[i] = 1; y += 1 }`, true},
	} {
		t.Run(name, func(t *testing.T) {
			src := "model M\nstate { n: 0..16 = 0; x: 0..2 = 0; y: 0..2 = 0; m: map[0..3]0..1 = 0 }\n" + strings.ReplaceAll(c.src, "} action", "}\naction")
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
			if left, pondered := sleeps(t, p, 1000); pondered > left != c.any {
				t.Errorf("%d steps were asleep, %d with Ponder; want some with Ponder: %v", left, pondered, c.any)
			}
		})
	}
}
