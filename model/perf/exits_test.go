package perf

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

// What Worst says is what the checker finds of exits.bh: never more, sometimes as much, with so many events.
func TestWorstIsTheModels(t *testing.T) {
	for _, c := range [][6]int64{{1, 2, 3, 4, 1, 1}, {2, 3, 4, 6, 1, 1}, {3, 4, 4, 7, 1, 2}, {3, 5, 6, 7, 2, 1}, {2, 6, 6, 3, 1, 1}} {
		work, kinds := c[0], []Cause{{"timer", c[1], c[4]}, {"device", c[2], c[4]}, {"quantum", c[3], c[5]}}
		worst, err := Worst(work, kinds)
		if c[0] == 1 { // 1/2 + 1/3 + 1/4
			if !errors.Is(err, ErrOverload) || !errors.Is(err, model.ErrRefused) {
				t.Errorf("%v: got %v and %v, want %v", c, worst, err, ErrOverload)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text := func(n int64) string { return fmt.Sprint(n) }
		// That WORST is what Go says is an assumption, without which the model does not load.
		p := modelcheck.Load(t, Models, "exits.bh", spec.Options{Define: constants{
			"WORK": text(work), "TIMER": text(c[1]), "DEVICE": text(c[2]), "QUANTUM": text(c[3]), "EXIT": text(c[4]), "SWITCH": text(c[5]),
			"LONGEST": text(max(c[1], c[2], c[3])), "WORST": text(worst.Wall), "LIMIT": text(worst.Wall + 1),
		}})
		res, err := checker.Check(t.Context(), p, checker.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range res.Properties {
			want := checker.Holds
			if f.Property.Name == "MoreMeanwhile" {
				continue // not where the work is short
			}
			if f.Verdict != want {
				t.Errorf("%v: %s: got %s, want %s", c, f.Property.Name, f.Verdict, want)
			}
		}
	}
}

// simulate plays the critical instant, tick by tick, by itself.
func simulate(work int64, kinds []Cause) int64 {
	var wall, busy, done int64
	for ; ; wall++ {
		if done == work {
			return wall
		}
		for _, c := range kinds {
			if wall%c.Gap == 0 {
				busy += c.Cost
			}
		}
		if busy > 0 {
			busy--
		} else {
			done++
		}
	}
}

func TestWorstIsTheCriticalInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		work := rapid.Int64Range(1, 60).Draw(t, "work")
		var kinds []Cause
		used := new(big.Rat)
		for i := range rapid.IntRange(0, 4).Draw(t, "causes") {
			cost := rapid.Int64Range(1, 5).Draw(t, "cost")
			c := Cause{Name: fmt.Sprint(i), Gap: rapid.Int64Range(1, 40).Draw(t, "gap"), Cost: cost}
			kinds = append(kinds, c)
			used.Add(used, rat(c.Cost, c.Gap))
		}
		worst, err := Worst(work, kinds)
		if used.Cmp(rat(1, 1)) >= 0 {
			if !errors.Is(err, ErrOverload) {
				t.Fatalf("%v: got %v, want %v", kinds, err, ErrOverload)
			}
			return
		}
		if err != nil || worst.Wall != simulate(work, kinds) {
			t.Fatalf("%d on %v: got %v and %v, want %d", work, kinds, worst, err, simulate(work, kinds))
		}
		// The Guest agrees, and another order of events is no worse.
		g, err := NewGuest(work, kinds)
		if err != nil {
			t.Fatal(err)
		}
		lazy := rapid.Bool().Draw(t, "lazy")
		if err := g.Begin(); err != nil {
			t.Fatal(err)
		}
		ticks := int64(0)
		for ; g.Working(); ticks++ {
			for i := range kinds {
				if g.Since()[i] == kinds[i].Gap && (!lazy || rapid.Bool().Draw(t, "now")) {
					if err := g.Exit(i); err != nil {
						t.Fatal(err)
					}
				}
			}
			g.Tick()
		}
		if ticks > worst.Wall || !lazy && ticks != worst.Wall {
			t.Fatalf("%d on %v took %d, want %d", work, kinds, ticks, worst.Wall)
		}
	})
}

// A million exits and one: sizes for which no fixed point can be simulated.
func TestWorstOfLargeNumbers(t *testing.T) {
	got, err := Worst(MaxTicks, []Cause{{"timer", 1_000_000, 2_000}, {"device", 50_000, 1_500}})
	if err != nil {
		t.Fatal(err)
	}
	demand := int64(MaxTicks)
	for i, c := range []Cause{{"timer", 1_000_000, 2_000}, {"device", 50_000, 1_500}} {
		want := (got.Wall + c.Gap - 1) / c.Gap
		if got.Events[i] != want {
			t.Errorf("got %d events of %s, want %d", got.Events[i], c.Name, want)
		}
		demand += want * c.Cost
	}
	if demand != got.Wall {
		t.Errorf("got %d ticks, want the solution, not %d", got.Wall, demand)
	}
	if _, err := Worst(1, []Cause{{"a", MaxTicks, MaxTicks - 1}, {"b", MaxTicks, 1}}); !errors.Is(err, ErrOverload) {
		t.Errorf("got %v, want %v", err, ErrOverload)
	}
	if _, err := Worst(MaxTicks, []Cause{{"a", MaxTicks, MaxTicks - 1}}); err != nil {
		t.Error(err) // one tick of each billion
	}
}

// 1 + the sum of f c is no bound where events come by the clock on the wall, however long the work: it is 1 / (1 - the sum
// of c / gap) in the long run.
func TestSumOfFrequenciesIsNoBoundOnTheWall(t *testing.T) {
	kinds := []Cause{{"timer", 4, 1}, {"device", 4, 1}}
	sum, limit := rat(3, 2), rat(2, 1)
	for _, work := range []int64{1, 10, 1000, 1_000_000} {
		worst, err := Worst(work, kinds)
		if err != nil {
			t.Fatal(err)
		}
		if s := worst.Slowdown(work); s.Cmp(sum) <= 0 || s.Cmp(limit) < 0 {
			t.Errorf("work %d: got slowdown %v, want more than %v and at least %v", work, s, sum, limit)
		}
	}
	worst, _ := Worst(1_000_000, kinds)
	if off := new(big.Rat).Sub(worst.Slowdown(1_000_000), limit); off.Cmp(rat(1, 100_000)) > 0 {
		t.Errorf("got %v more than %v", off, limit)
	}
}

func TestSlowdown(t *testing.T) {
	// 1000 exits of 1 to 2 us and at most 100 switches of 3 to 5 us in a window of 100 ms: at most 1 + 0.02 + 0.005.
	machine, err := Slowdown(rat(100_000, 1), []Overhead{
		{"exit", 500, 1000, Interval{rat(1, 1), rat(2, 1)}},
		{"switch", 0, 100, Interval{rat(3, 1), rat(5, 1)}},
	})
	if err != nil || machine.Low.Cmp(rat(1005, 1000)) != 0 || machine.High.Cmp(rat(1025, 1000)) != 0 {
		t.Errorf("got %v and %v, want [1.005, 1.025]", machine, err)
	}
	for _, c := range []struct {
		name         string
		calls        int64
		below, above bool
	}{
		{"fewer calls than the exits cost", 4_000, true, false},
		{"neither", 10_000, false, false},
		{"a container that makes many calls is slower", 30_000, false, true},
	} {
		container, err := Slowdown(rat(100_000, 1), []Overhead{{"filtered call", c.calls, c.calls, Exactly(rat(1, 10))}})
		if err != nil {
			t.Fatal(err)
		}
		if container.Below(machine) != c.below || machine.Below(container) != c.above {
			t.Errorf("%s: got %v and %v", c.name, container, machine)
		}
	}
	for name, bad := range map[string]Overhead{
		"negative count": {"x", -1, 1, Exactly(rat(1, 1))}, "counts the wrong way": {"x", 2, 1, Exactly(rat(1, 1))},
		"negative cost": {"x", 0, 1, Interval{rat(-1, 1), rat(1, 1)}}, "costs the wrong way": {"x", 0, 1, Interval{rat(2, 1), rat(1, 1)}},
		"no cost": {"x", 0, 1, Interval{}},
	} {
		if got, err := Slowdown(rat(1, 1), []Overhead{bad}); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
	for _, window := range []*big.Rat{nil, rat(0, 1), rat(-1, 1)} {
		if got, err := Slowdown(window, nil); err == nil {
			t.Errorf("got %v for window %v, want an error", got, window)
		}
	}
}

// Measured sums lie within the interval, and its ends are sums that may be.
func TestSlowdownEncloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var overheads []Overhead
		lost, window := new(big.Rat), rat(rapid.Int64Range(1, 1000).Draw(t, "window"), 7)
		for range rapid.IntRange(0, 4).Draw(t, "kinds") {
			least, costLow := rapid.Int64Range(0, 9).Draw(t, "least"), rapid.Int64Range(0, 9).Draw(t, "cost")
			o := Overhead{"", least, least + rapid.Int64Range(0, 9).Draw(t, "more"), Interval{rat(costLow, 3), rat(costLow+rapid.Int64Range(0, 9).Draw(t, "dearer"), 3)}}
			overheads = append(overheads, o)
			for range rapid.Int64Range(o.Least, o.Most).Draw(t, "events") {
				cost := rapid.Int64Range(costLow, new(big.Rat).Mul(o.Cost.High, rat(3, 1)).Num().Int64()).Draw(t, "its cost")
				lost.Add(lost, rat(cost, 3))
			}
		}
		got, err := Slowdown(window, overheads)
		if err != nil {
			t.Fatal(err)
		}
		slow := lost.Quo(lost, window)
		if slow.Add(slow, rat(1, 1)); slow.Cmp(got.Low) < 0 || slow.Cmp(got.High) > 0 {
			t.Fatalf("got %v, want %v in it", got, slow)
		}
	})
}

// The integral of a h(t) + b c(t) + g m(t) is at most the length times a H + b C + g M of the maxima H, C and M, of any
// functions whatever and whatever they measure, if a, b and g are at least 0, and not else. It bounds nothing by itself: the
// maxima are to be proved, as in exits.bh.
func TestIntegralBoundIsTriviallyTrue(t *testing.T) {
	bound := func(coefficients [3]int64, steps [][3]int64) (integral, limit int64) {
		var most [3]int64
		for k := range most {
			most[k] = steps[0][k]
			for _, s := range steps {
				most[k] = max(most[k], s[k])
				integral += coefficients[k] * s[k]
			}
			limit += coefficients[k] * most[k] * int64(len(steps))
		}
		return integral, limit
	}
	rapid.Check(t, func(t *rapid.T) {
		var coefficients [3]int64
		for k := range coefficients {
			coefficients[k] = rapid.Int64Range(0, 9).Draw(t, "coefficient")
		}
		steps := make([][3]int64, rapid.IntRange(1, 6).Draw(t, "steps"))
		for i := range steps {
			for k := range steps[i] {
				steps[i][k] = rapid.Int64Range(-9, 9).Draw(t, "value")
			}
		}
		if integral, limit := bound(coefficients, steps); integral > limit {
			t.Fatalf("got %d, want at most %d", integral, limit)
		}
	})
	if integral, limit := bound([3]int64{1, 0, -1}, [][3]int64{{1, 0, 0}, {1, 0, 5}}); integral <= limit {
		t.Errorf("got %d and %d, want a coefficient below 0 to break it", integral, limit)
	}
}

func TestGuestRefuses(t *testing.T) {
	for _, c := range []struct {
		work   int64
		causes []Cause
	}{{0, nil}, {MaxTicks + 1, nil}, {1, make([]Cause, MaxCauses+1)}, {1, []Cause{{"x", 0, 1}}}, {1, []Cause{{"x", 1, 0}}}, {1, []Cause{{"x", 1, MaxTicks + 1}}}} {
		if _, err := NewGuest(c.work, c.causes); err == nil || errors.Is(err, model.ErrRefused) {
			t.Errorf("%v: got %v, want an error", c, err)
		}
		if _, err := Worst(c.work, c.causes); err == nil || errors.Is(err, model.ErrRefused) {
			t.Errorf("%v: got %v, want an error", c, err)
		}
	}
	g, err := NewGuest(2, []Cause{{"timer", 3, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{-1, 1} {
		if err := g.Exit(i); !errors.Is(err, model.ErrRefused) {
			t.Errorf("cause %d: got %v, want it refused", i, err)
		}
	}
}
