package cpu

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

// longestDelay is the greatest value of the bound Delay of requests.bh, in ticks, as the checker finds it.
func longestDelay(t *testing.T, define constants) int64 {
	t.Helper()
	p := modelcheck.Load(t, Models, "requests.bh", spec.Options{Define: define})
	res, err := checker.Check(t.Context(), p, checker.Config{Only: []string{"Delay"}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Properties[0].Verdict != checker.Holds || !res.Exhaustive {
		t.Fatalf("%v: got %s of Delay, want %s", define, res.Properties[0].Verdict, checker.Holds)
	}
	return res.Properties[0].Extreme
}

// The golden case of throttling: half a processor in periods of 100 ms, and a request that needs a little more than 50 ms
// from n threads: it is held up for 100 - 50/n ms, though requests come so seldom that less than the limit is used.
// WorstDelay and the checker agree (kubernetes issue 67577).
func TestThrottlingDelay(t *testing.T) {
	for _, test := range []struct {
		threads, quota, burst, work int64 // of half a processor: 10 ticks of 5 ms
		want                        int64 // ms
	}{
		{1, 10, 0, 11, 50},
		{2, 10, 0, 6, 75},
		{5, 10, 0, 3, 90},
		{10, 10, 0, 2, 95},
		{10, 10, 10, 2, 0},  // burst
		{10, 20, 0, 2, 0},   // a larger quota
		{2, 10, 4, 7, 0},    // just burst enough
		{2, 10, 4, 8, 65},   // and a little too little
		{2, 10, 0, 13, 150}, // twice in one request
		{2, 10, 4, 13, 140},
		{10, 10, 0, 1, 0},
	} {
		const tick = 5_000
		got := 5 * longestDelay(t, serve{20, test.quota, test.burst, test.threads, test.work, 60, false}.constants())
		m := Max{Quota: test.quota * tick, Period: DefaultPeriod, Burst: test.burst * tick}
		formula, err := m.WorstDelay(int(test.threads), test.work*tick)
		if err != nil {
			t.Fatal(err)
		}
		if got != test.want || formula.Cmp(big.NewRat(test.want*1000, 1)) != 0 {
			t.Errorf("%+v: got %d ms by the checker and %s us by the formula, want %d ms", test, got, formula, test.want)
		}
	}
}

// slowest runs a request of work ticks of n threads from a full pool, beginning at every tick of the period, and gives the
// longest that one was held up.
func slowest(m Max, threads, work int64) int64 {
	worst := int64(0)
	for begin := range m.Period {
		pool, left, delay := m.Quota+m.Burst, work, int64(0)
		for now := begin; left > 0; now++ {
			if pool >= threads {
				pool -= threads
				left--
			} else {
				delay++
			}
			if (now+1)%m.Period == 0 {
				pool = min(pool+m.Quota, m.Quota+m.Burst)
			}
		}
		worst = max(worst, delay)
	}
	return worst
}

// WorstDelay is the worst over all moments at which a request may come.
func TestWorstDelayBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		threads := rapid.Int64Range(1, 4).Draw(t, "threads")
		quota := threads * rapid.Int64Range(1, 6).Draw(t, "ticks of each thread")
		burst := threads * rapid.Int64Range(0, quota/threads).Draw(t, "more ticks")
		ticks := Max{Quota: quota, Period: rapid.Int64Range(1, 12).Draw(t, "period"), Burst: burst}
		work := rapid.Int64Range(0, 20).Draw(t, "work")
		got, err := Max{Quota: quota * ms, Period: ticks.Period * ms, Burst: burst * ms}.WorstDelay(int(threads), work*ms)
		if err != nil {
			t.Fatal(err)
		}
		if want := slowest(ticks, threads, work); got.Cmp(big.NewRat(want*ms, 1)) != 0 {
			t.Fatalf("%+v, %d threads, %d ticks of work: got %s us, want %d ticks", ticks, threads, work, got, want)
		}
	})
}

// A third of a quota is spent in a third of the time, exactly.
func TestWorstDelayIsExact(t *testing.T) {
	got, err := Max{Quota: 50_000, Period: 100_000}.WorstDelay(3, 20_000)
	if want := big.NewRat(250_000, 3); err != nil || got.Cmp(want) != 0 {
		t.Errorf("got %v and %v, want %s", got, err, want)
	}
}

// What is had by asking at the beginning of every tick for all there is, from a full pool, in the interval that has the most:
// MostIn, if the processors are enough.
func TestMostInBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Max{Quota: ms * rapid.Int64Range(1, 5).Draw(t, "quota"), Period: ms * rapid.Int64Range(1, 5).Draw(t, "period")}
		m.Burst = ms * rapid.Int64Range(0, m.Quota/ms).Draw(t, "burst")
		span := rapid.Int64Range(1, 20).Draw(t, "ticks")
		best := int64(0)
		for passed := range m.Period / ms {
			b, err := NewBandwidth([]LimitedGroup{{Max: m, Passed: passed * ms}})
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Advance(5 * m.Period); err != nil {
				t.Fatal(err)
			}
			had := int64(0)
			for range span {
				had += b.Pool(0)
				if err := b.Run(0, b.Pool(0)); err != nil {
					t.Fatal(err)
				}
				if err := b.Advance(ms); err != nil {
					t.Fatal(err)
				}
			}
			best = max(best, had)
		}
		if got := m.MostIn((span-1)*ms + 1); got.Cmp(big.NewInt(best)) != 0 {
			t.Fatalf("%+v, %d ticks: got %s, want %d", m, span, got, best)
		}
	})
}

// Time passes the same in one step and in many, and numbers at their limits do not wrap.
func TestAdvance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Max{Quota: rapid.Int64Range(MinQuota, 9_000).Draw(t, "quota"), Period: rapid.Int64Range(MinPeriod, 3_000).Draw(t, "period")}
		m.Burst = rapid.Int64Range(0, m.Quota).Draw(t, "burst")
		once, err := NewBandwidth([]LimitedGroup{{Max: m}})
		if err != nil {
			t.Fatal(err)
		}
		if err := once.Run(0, rapid.Int64Range(0, m.Quota).Draw(t, "use")); err != nil {
			t.Fatal(err)
		}
		often := once.Clone()
		us := rapid.Int64Range(0, 9_000).Draw(t, "time")
		if err := once.Advance(us); err != nil {
			t.Fatal(err)
		}
		for us > 0 {
			step := min(us, rapid.Int64Range(1, 2_000).Draw(t, "step"))
			if err := often.Advance(step); err != nil {
				t.Fatal(err)
			}
			us -= step
		}
		if once.Pool(0) != often.Pool(0) || once.Passed(0) != often.Passed(0) {
			t.Fatalf("got a pool of %d at %d at once, and %d at %d step by step", once.Pool(0), once.Passed(0), often.Pool(0), often.Passed(0))
		}
	})
	b, err := NewBandwidth([]LimitedGroup{{Max: Max{Quota: MaxRuntime / 2, Period: MinPeriod, Burst: MaxRuntime / 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Advance(MaxRuntime); err != nil || b.Pool(0) != MaxRuntime/2*2 {
		t.Errorf("got a pool of %d and %v, want a full one", b.Pool(0), err)
	}
	for _, us := range []int64{-1, MaxRuntime + 1} {
		if err := b.Advance(us); !errors.Is(err, model.ErrRefused) {
			t.Errorf("advance %d us: got %v", us, err)
		}
	}
}

// The lowest pool that is too small is what throttles; nothing is charged then.
func TestRunRefuses(t *testing.T) {
	b, err := NewBandwidth([]LimitedGroup{
		{Max: Max{Quota: 2 * ms, Period: 10 * ms}}, {Parent: 0, Max: Max{Quota: 5 * ms, Period: 10 * ms}}, {Parent: 1, Max: Max{Quota: NoQuota, Period: 10 * ms}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for us, at := range map[int64]Group{3 * ms: 0, 6 * ms: 1} {
		var throttled *Throttled
		if err := b.Run(2, us); !errors.As(err, &throttled) || throttled.At != at || !errors.Is(err, model.ErrRefused) {
			t.Errorf("run %d us: got %v, want group %d to be throttled", us, err, at)
		}
	}
	if b.Pool(0) != 2*ms || b.Pool(1) != 5*ms || b.Room(2) != 2*ms || b.Pool(2) != NoQuota {
		t.Errorf("got pools %v and room %d, want nothing charged", b.pools, b.Room(2))
	}
	for _, test := range []struct {
		g  Group
		us int64
	}{{-1, 1}, {3, 1}, {0, -1}} {
		if err := b.Run(test.g, test.us); !errors.Is(err, model.ErrRefused) {
			t.Errorf("run %d us in %d: got %v", test.us, test.g, err)
		}
	}
	if err := b.Run(2, 2*ms); err != nil || b.Pool(0) != 0 || b.Pool(1) != 3*ms {
		t.Errorf("got %v and pools %v", err, b.pools)
	}
}

func TestMaxRefuses(t *testing.T) {
	for _, m := range []Max{
		{Quota: NoQuota},
		{Quota: NoQuota, Period: MinPeriod - 1},
		{Quota: NoQuota, Period: MaxPeriod + 1},
		{Quota: MinQuota - 1, Period: DefaultPeriod},
		{Quota: MaxRuntime + 1, Period: DefaultPeriod},
		{Quota: -1, Period: DefaultPeriod},
		{Quota: 5_000, Period: DefaultPeriod, Burst: 5_001},
		{Quota: 5_000, Period: DefaultPeriod, Burst: -1},
		{Quota: MaxRuntime, Period: DefaultPeriod, Burst: 1},
		{Quota: NoQuota, Period: DefaultPeriod, Burst: 1},
	} {
		if err := m.Check(); err == nil {
			t.Errorf("%+v: got no error", m)
		}
		if _, err := NewBandwidth([]LimitedGroup{{Max: m}}); err == nil {
			t.Errorf("a tree with %+v: got no error", m)
		}
		if _, err := m.WorstDelay(1, 1); err == nil {
			t.Errorf("the worst delay of %+v: got no error", m)
		}
	}
	good := Max{Quota: NoQuota, Period: DefaultPeriod}
	for _, groups := range [][]LimitedGroup{
		nil,
		{{Max: good, Passed: -1}},
		{{Max: good, Passed: DefaultPeriod}},
		{{Max: good}, {Parent: 1, Max: good}},
		{{Max: good}, {Parent: -1, Max: good}},
	} {
		if _, err := NewBandwidth(groups); err == nil {
			t.Errorf("%+v: got no error", groups)
		}
	}
	for _, test := range []struct{ threads, work int64 }{{0, 1}, {1, -1}} {
		if _, err := good.WorstDelay(int(test.threads), test.work); err == nil {
			t.Errorf("%+v: got no error", test)
		}
	}
}

// docker run --cpus 1.5 is cpu.max "150000 100000" (docs.docker.com, resource constraints).
func TestCPUs(t *testing.T) {
	for thousandths, want := range map[int64]int64{1500: 150_000, 500: 50_000, 10: 1_000} {
		m, err := CPUs(thousandths)
		if err != nil || m != (Max{Quota: want, Period: DefaultPeriod}) || m.Check() != nil {
			t.Errorf("%d thousandths: got %+v and %v, want a quota of %d", thousandths, m, err, want)
		}
	}
	for _, thousandths := range []int64{-1, 0, 9, MaxRuntime} {
		if _, err := CPUs(thousandths); err == nil {
			t.Errorf("%d thousandths: got no error", thousandths)
		}
	}
}

// mustPanic wants a panic of this package, not one of the runtime.
func mustPanic(t *testing.T, call func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "cpu: ") {
			t.Errorf("got panic %q, want a sentence of this package", sentence)
		}
	}()
	call()
}

func TestBandwidthUnknown(t *testing.T) {
	b, err := NewBandwidth([]LimitedGroup{{Max: Max{Quota: NoQuota, Period: DefaultPeriod}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []Group{-1, 1} {
		for _, call := range []func(){func() { b.Pool(g) }, func() { b.Limit(g) }, func() { b.Passed(g) }, func() { b.Room(g) }} {
			mustPanic(t, call)
		}
	}
}
