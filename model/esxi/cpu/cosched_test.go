package cpu

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

func digits(n int) string { return strconv.Itoa(n) }

// The options and their ranges, as `esxcli system settings advanced list` of ESXi 6.5 U2 to 8.0.3 shows them.
func TestCoschedOptions(t *testing.T) {
	if DefaultCosched.SkewLimit() != 4000 {
		t.Errorf("got a skew limit of %d µs, want 3000 and a poll of 1000", DefaultCosched.SkewLimit())
	}
	if off := (CoschedOptions{Poll: 1000}); off.SkewLimit() != -1 {
		t.Errorf("turned off: got a skew limit of %d, want none", off.SkewLimit())
	}
	for _, test := range []struct {
		options CoschedOptions
		good    bool
	}{
		{DefaultCosched, true},
		{CoschedOptions{Poll: 5000, Costop: 100_000, Costart: 99_000}, true},
		{CoschedOptions{Poll: 1000}, true}, // "0 to disable"
		{CoschedOptions{Poll: 1000, Costop: 0, Costart: 2000}, true},
		{CoschedOptions{Poll: 999, Costop: 3000, Costart: 2000}, false},
		{CoschedOptions{Poll: 5001, Costop: 3000, Costart: 2000}, false},
		{CoschedOptions{Poll: 1000, Costop: 100_001, Costart: 2000}, false},
		{CoschedOptions{Poll: 1000, Costop: 3000, Costart: 3000}, false}, // "should be less than costopThreshold"
		{CoschedOptions{Poll: 1000, Costop: 3000, Costart: -1}, false},
		{CoschedOptions{Poll: 1000, Costop: 3000, Costart: 0}, false}, // nobody would be started
	} {
		if _, err := NewCoScheduler(2, test.options); (err == nil) != test.good {
			t.Errorf("%+v: got %v, want good %t", test.options, err, test.good)
		}
	}
	if _, err := NewCoScheduler(0, DefaultCosched); err == nil {
		t.Error("no vCPU: got no error")
	}
}

// naive is relaxed co-scheduling microsecond by microsecond, by the progress itself, which grows for ever.
type naive struct {
	options  CoschedOptions
	progress []int
	idle     []bool
	stopped  []bool
}

// slowest is the least progress.
func (n *naive) slowest() int { return slices.Min(n.progress) }

// pass lets a microsecond pass. The idle run as well, if the slowest of all gets on by that.
func (n *naive) pass(run []VCPU) {
	with := slices.Clone(n.progress)
	for i := range with {
		if n.idle[i] || slices.Contains(run, VCPU(i+1)) {
			with[i]++
		}
	}
	if slices.Min(with) == n.slowest() {
		for i := range with {
			if n.idle[i] {
				with[i]--
			}
		}
	}
	n.progress = with
}

func (n *naive) poll() {
	for i, p := range n.progress {
		switch skew := p - n.slowest(); {
		case n.options.Costop == 0 || n.idle[i]:
		case n.stopped[i]:
			n.stopped[i] = skew >= n.options.Costart
		default:
			n.stopped[i] = skew > n.options.Costop
		}
	}
}

// On any run with any options, skews and stops are those of the microseconds; a refused step changes nothing; no skew passes
// its limit, not all are stopped unless a poll is longer than both thresholds, and where a poll is no longer than the costart threshold the time lost to co-stop is no
// more than n-1 times that of waiting.
func TestCoSchedulerIsTheNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := CoschedOptions{Poll: rapid.IntRange(1000, 1010).Draw(t, "poll"), Costop: rapid.IntRange(0, 2500).Draw(t, "costop")}
		if o.Costop > 1 {
			o.Costart = rapid.IntRange(1, o.Costop-1).Draw(t, "costart")
		} else {
			o.Costop = 0
		}
		n := rapid.IntRange(1, 4).Draw(t, "vCPUs")
		c, err := NewCoScheduler(n, o)
		if err != nil {
			t.Fatal(err)
		}
		m := &naive{options: o, progress: make([]int, n), idle: make([]bool, n), stopped: make([]bool, n)}
		ready, lost := 0, 0
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			v := VCPU(rapid.IntRange(0, n+1).Draw(t, "vCPU"))
			before := c.Clone()
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				if err = c.Halt(v); err == nil {
					m.idle[v-1] = true
				}
			case 1:
				if err = c.Wake(v); err == nil {
					m.idle[v-1] = false
					m.stopped[v-1] = o.Costop > 0 && m.progress[v-1]-m.slowest() > o.Costop
				}
			default:
				usec := rapid.OneOf(rapid.Just(c.UntilPoll()), rapid.IntRange(1, 1100)).Draw(t, "µs")
				run := subsets[VCPU](n)[rapid.IntRange(0, 1<<n-1).Draw(t, "run")]
				if err = c.Advance(usec, run...); err != nil {
					break
				}
				for range usec {
					m.pass(run)
				}
				for i, w := range c.worlds {
					switch w {
					case Ready:
						ready += usec
					case CoStopped:
						lost += usec
					case Running:
						if !slices.Contains(run, VCPU(i+1)) {
							t.Fatalf("vCPU %d is running and did not", i+1)
						}
					}
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, c)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, c)
			}
			if limit := o.SkewLimit(); limit >= 0 && slices.Max(c.skews) > limit {
				t.Fatalf("skews %v, want at most %d", c.skews, limit)
			}
			if c.UntilPoll() == 0 {
				if _, _, err := c.Poll(); err != nil {
					t.Fatal(err)
				}
				m.poll()
			}
			if o.Poll <= o.Costop+o.Costart && !slices.ContainsFunc(c.worlds, func(w World) bool { return w != CoStopped }) {
				t.Fatalf("all are stopped: %+v", c)
			}
			if o.Poll <= o.Costart && lost > (n-1)*ready {
				t.Fatalf("%d µs lost to co-stop and %d µs of waiting of %d vCPUs", lost, ready, n)
			}
			for i := range n {
				if got, want := c.skews[i], m.progress[i]-m.slowest(); got != want {
					t.Fatalf("vCPU %d: got skew %d, want %d", i+1, got, want)
				}
				if got := c.worlds[i]; (got == CoStopped) != (m.stopped[i] && !m.idle[i]) || (got == Waiting) != m.idle[i] {
					t.Fatalf("vCPU %d is %s, want idle %t and stopped %t", i+1, got, m.idle[i], m.stopped[i])
				}
			}
		}
	})
}

// With a poll of the length of both thresholds together one of two vCPUs goes on, with a longer one both may be stopped: the
// second passes the first, which is stopped, goes idle and wakes before a poll sees either. The poll starts the first.
func TestLongPollStopsAll(t *testing.T) {
	for _, test := range []struct {
		costart int
		want    World
	}{{2498, CoStopped}, {2499, Ready}} {
		c, err := NewCoScheduler(2, CoschedOptions{Poll: 5000, Costop: 2501, Costart: test.costart})
		if err != nil {
			t.Fatal(err)
		}
		poll := func(run ...VCPU) error {
			if err := c.Advance(c.UntilPoll(), run...); err != nil {
				return err
			}
			_, _, err := c.Poll()
			return err
		}
		for _, err := range []error{
			poll(1), c.Advance(5000-test.costart, 2), c.Advance(test.costart), second(c.Poll()), // 1 has a skew of costart
			c.Advance(5000, 2), c.Halt(2), c.Wake(2),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if c.World(1) != CoStopped || c.World(2) != test.want {
			t.Errorf("costart %d: got %s and %s, want costop and %s", test.costart, c.World(1), c.World(2), test.want)
		}
		if _, started, err := c.Poll(); err != nil || !slices.Equal(started, []VCPU{1}) {
			t.Errorf("costart %d: got %v and %v, want vCPU 1 to be started", test.costart, started, err)
		}
	}
}

func second(_, _ []VCPU, err error) error { return err }

// A vCPU waits while its siblings run: what each loses to co-stop is as long as the wait, but for what the threshold allows. So
// a machine of n vCPUs loses n-1 times as much as it is denied.
func TestCoStopStorm(t *testing.T) {
	for _, n := range []int{2, 4, 8} {
		t.Run(fmt.Sprintf("%d vCPUs", n), func(t *testing.T) {
			c, err := NewCoScheduler(n, DefaultCosched)
			if err != nil {
				t.Fatal(err)
			}
			lost, waited := 0, 0
			for range 20 { // a millisecond each in which vCPU 1 has no processor
				var run []VCPU
				for v := VCPU(2); int(v) <= n; v++ {
					if c.World(v) != CoStopped {
						run = append(run, v)
					}
				}
				if err := c.Advance(1000, run...); err != nil {
					t.Fatal(err)
				}
				waited += 1000
				lost += 1000 * (n - 1 - len(run))
				if _, _, err := c.Poll(); err != nil {
					t.Fatal(err)
				}
			}
			if want := (n - 1) * (waited - DefaultCosched.SkewLimit()); lost != want {
				t.Errorf("got %d µs lost to co-stop for %d of waiting, want %d", lost, waited, want)
			}
		})
	}
}
