package cpu

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// drawRR draws a scheduler.
func drawRR(t *rapid.T) *RoundRobin {
	shares := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 6).Draw(t, "shares")
	r, err := NewRoundRobin(shares, rapid.IntRange(1, 4).Draw(t, "CPUs"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkRR checks what holds in every state.
func checkRR(t *rapid.T, r *RoundRobin) {
	running := 0
	for i, v := range r.runs {
		if v == 0 {
			if r.left[i] != 0 {
				t.Fatalf("CPU %d is idle with %d ticks left", i+1, r.left[i])
			}
			continue
		}
		running++
		if r.World(v) != Running || !r.HostUp() || slices.Contains(r.runs[i+1:], v) {
			t.Fatalf("CPU %d runs VM %d, which is %s, with all CPUs running %v", i+1, v, r.World(v), r.runs)
		}
		if r.left[i] < 1 || r.left[i] > r.Share(v) {
			t.Fatalf("CPU %d has %d ticks left of a slice of %d", i+1, r.left[i], r.Share(v))
		}
	}
	ready := 0
	for _, w := range r.worlds {
		switch w {
		case Running:
			running--
		case Ready:
			ready++
		}
	}
	if running != 0 {
		t.Fatalf("worlds %v and CPUs %v disagree on who runs", r.worlds, r.runs)
	}
	for i, v := range r.queue {
		if r.World(v) != Ready || slices.Contains(r.queue[i+1:], v) {
			t.Fatalf("VM %d is %s in the queue %v", v, r.World(v), r.queue)
		}
	}
	if len(r.queue) != ready {
		t.Fatalf("queue %v of worlds %v", r.queue, r.worlds)
	}
}

// On any run: the state is in order, a refused step changes nothing, and nobody waits longer than WaitLimit.
func TestRoundRobinInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRR(t)
		waits := make([]int, r.VMs())
		passed := make([]int, r.VMs())
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			v := VM(rapid.IntRange(0, r.VMs()+1).Draw(t, "VM"))
			c := CPU(rapid.IntRange(0, r.CPUs()+1).Draw(t, "CPU"))
			before := r.Clone()
			var err error
			switch rapid.IntRange(0, 12).Draw(t, "step") {
			case 0:
				err = r.PowerOn(v)
			case 5:
				err = r.Suspend(v)
			case 6:
				err = r.Resume(v)
			case 7:
				if err = r.Crash(); err == nil {
					for i, w := range r.worlds {
						if want := map[bool]World{true: Suspended, false: Off}[before.worlds[i] == Suspended]; w != want {
							t.Fatalf("after a crash VM %d is %s, want %s", i+1, w, want)
						}
					}
				}
			case 8:
				err = r.Boot()
			case 1:
				err = r.Dispatch(v, c)
			case 2:
				if next, on, ok := r.Next(); ok {
					if err := r.Dispatch(next, on); err != nil {
						t.Fatalf("the decision is refused: %v", err)
					}
					for u := range passed {
						passed[u]++
					}
					passed[next-1] = 0
				}
			case 3:
				err = r.Block(v)
			case 4:
				err = r.Wake(v)
			default:
				if err = r.Tick(c); err == nil {
					for u := range waits {
						waits[u]++
					}
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, r)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, r)
			}
			for i := range waits {
				if before.worlds[i] != Ready || r.worlds[i] != Ready {
					waits[i], passed[i] = 0, 0
				}
				if limit := r.WaitLimit(VM(i + 1)); waits[i] > limit {
					t.Fatalf("VM %d waited for %d ticks, want at most %d", i+1, waits[i], limit)
				}
				if passed[i] > r.VMs()-1 {
					t.Fatalf("VM %d saw %d dispatches of others", i+1, passed[i])
				}
			}
			checkRR(t, r)
		}
	})
}

// While nobody blocks, one CPU serves everybody in turn: after every whole round, ticks are as the shares.
func TestRoundRobinRounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 6).Draw(t, "shares")
		r, err := NewRoundRobin(shares, 1)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i, s := range shares {
			sum += s
			if err := r.PowerOn(VM(i + 1)); err != nil {
				t.Fatal(err)
			}
		}
		used := make([]int, len(shares))
		for tick := range sum * rapid.IntRange(1, 4).Draw(t, "rounds") {
			if v, c, ok := r.Next(); ok {
				if err := r.Dispatch(v, c); err != nil {
					t.Fatal(err)
				}
			}
			used[r.Runs(1)-1]++
			if err := r.Tick(1); err != nil {
				t.Fatal(err)
			}
			if (tick+1)%sum != 0 {
				continue
			}
			for i, s := range shares {
				if used[i] != s*(tick+1)/sum {
					t.Fatalf("after %d ticks VM %d used %d, want %d", tick+1, i+1, used[i], s*(tick+1)/sum)
				}
			}
		}
	})
}

func TestNewRoundRobinRefuses(t *testing.T) {
	for _, test := range []struct {
		shares []int
		cpus   int
	}{{[]int{1}, 0}, {[]int{1, 0}, 1}, {[]int{-1}, 1}, {[]int{1 << 62, 1 << 62, 1}, 1}, {[]int{math.MaxInt, 1}, 1}} {
		if _, err := NewRoundRobin(test.shares, test.cpus); err == nil {
			t.Errorf("shares %v on %d CPUs: got no error", test.shares, test.cpus)
		}
	}
}

// The largest shares that are accepted have an exact limit.
func TestWaitLimitIsExact(t *testing.T) {
	r, err := NewRoundRobin([]int{1, math.MaxInt - 2, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for v, want := range []int{math.MaxInt - 1, 2, math.MaxInt - 1} {
		if got := r.WaitLimit(VM(v + 1)); got != want {
			t.Errorf("VM %d: got %d, want %d", v+1, got, want)
		}
	}
}

// A question about what there is not is a programmer's error, with a sentence that says so.
func TestUnknownPanics(t *testing.T) {
	r, err := NewRoundRobin([]int{1, 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := resumed(t, []int{1, 2}, 1)
	co, err := NewCoScheduler(2, DefaultCosched)
	must(t, err)
	cores, err := NewCores(CoreConfig{Cores: 2})
	must(t, err)
	d, err := NewDispatcher([]Allocation{{1, 0, Unlimited}, {1, 0, Unlimited}}, DispatchOptions{CPUs: 2, Window: 1, BoundLag: 1})
	must(t, err)
	h, err := NewNUMA([]int{1, 1}, DefaultNUMA(2, 1))
	must(t, err)
	for _, n := range []int{-1, 0, 3, 99} {
		v, c := VM(n), CPU(n)
		for name, call := range map[string]func(){
			"share":      func() { r.Share(v) },
			"world":      func() { r.World(v) },
			"wait limit": func() { r.WaitLimit(v) },
			"runs":       func() { r.Runs(c) },
			"left":       func() { r.Left(c) },
			"weight":     func() { s.Weight(v) },
			"stride":     func() { s.Stride(v) },
			"lead":       func() { s.Lead(v) },
			"its world":  func() { s.World(v) },
			"runnable":   func() { s.Runnable(v) },
			"vCPU":       func() { co.World(VCPU(n)) },
			"skew":       func() { co.Skew(VCPU(n)) },
			"domains":    func() { cores.Domains(n) },
			"thread":     func() { cores.Runs(1, n) },
			"core":       func() { cores.Runs(n, 1) },
			"used":       func() { d.Used(v) },
			"owed":       func() { d.Owed(v) },
			"lead there": func() { d.Lead(v) },
			"pace":       func() { d.Stride(v) },
			"limited":    func() { d.Limited(v) },
			"on CPU":     func() { d.Runs(c) },
			"on":         func() { h.On(v) },
			"clients":    func() { h.Clients(v) },
			"load":       func() { h.Load(Node(n)) },
		} {
			func() {
				defer func() {
					if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "cpu: ") {
						t.Errorf("%s of %d: got panic %q, want a sentence of this package", name, n, sentence)
					}
				}()
				call()
			}()
		}
	}
}
