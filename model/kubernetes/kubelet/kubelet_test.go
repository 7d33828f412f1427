package kubelet

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/kubernetes/scheduler"
)

// Node-pressure Eviction, Hard eviction thresholds.
func TestHard(t *testing.T) {
	none := must(Hard(nil, false))
	if none != DefaultHard || none[MemoryAvailable].Amount != 100<<20 || none[NodeFSAvailable].Percent != 10 ||
		none[ImageFSAvailable].Percent != 15 || none[NodeFSInodesFree].Percent != 5 || none[PIDAvailable] != (Quantity{}) {
		t.Errorf("got %v, want memory 100 Mi, nodefs 10 %%, imagefs 15 %%, inodes 5 %%", none)
	}
	// "If you change the value of any parameter, the values of the other parameters are set to zero", unless they are merged.
	set := map[Signal]Quantity{MemoryAvailable: {Amount: 500 << 20}}
	if got := must(Hard(set, false)); got != (Thresholds{MemoryAvailable: {Amount: 500 << 20}}) {
		t.Errorf("got %v, want memory only", got)
	}
	merged := DefaultHard
	merged[MemoryAvailable].Amount = 500 << 20
	if got := must(Hard(set, true)); got != merged {
		t.Errorf("got %v, want the other defaults too", got)
	}
	if got := must(Hard(map[Signal]Quantity{}, false)); got != (Thresholds{}) {
		t.Errorf("an empty map: got %v, want none", got)
	}
	for _, bad := range []map[Signal]Quantity{{signals: {}}, {-1: {}}, {PIDAvailable: {Percent: 101}}, {PIDAvailable: {Amount: -1}}, {PIDAvailable: {Amount: 1, Percent: 1}}} {
		if _, err := Hard(bad, false); err == nil {
			t.Errorf("%v: want an error", bad)
		}
	}
}

// A threshold is met below it, not at it; 10 % of what cannot be divided by ten is exact.
func TestBelow(t *testing.T) {
	for _, test := range []struct {
		available, capacity int64
		threshold, more     Quantity
		want                bool
	}{
		{99, 1000, Quantity{Amount: 100}, Quantity{}, true},
		{100, 1000, Quantity{Amount: 100}, Quantity{}, false},
		{109, 1000, Quantity{Amount: 100}, Quantity{Amount: 10}, true},
		{110, 1000, Quantity{Amount: 100}, Quantity{Amount: 10}, false},
		{1, 19, Quantity{Percent: 10}, Quantity{}, true},  // 1.9
		{2, 19, Quantity{Percent: 10}, Quantity{}, false}, // 1.9
		{2, 19, Quantity{Percent: 10}, Quantity{Percent: 1}, true},
		{0, 1000, Quantity{}, Quantity{Amount: 10}, false},
		{MaxAmount - 1, MaxAmount, Quantity{Percent: 100}, Quantity{}, true},
	} {
		if got := (Observation{test.available, test.capacity}).below(test.threshold, test.more); got != test.want {
			t.Errorf("%+v: got %t", test, got)
		}
	}
}

// Minimum reclaim is for thresholds by which pods go: before its grace period is over, a soft one ends when it is no longer met
// (eviction_manager.go, synchronize: thresholdsMet are those whose grace period was over at the last look).
func TestReclaimAfterGrace(t *testing.T) {
	c := Config{Transition: DefaultTransition}
	c.Soft[MemoryAvailable], c.MinReclaim[MemoryAvailable], c.Grace[MemoryAvailable] = Quantity{Amount: 100}, Quantity{Amount: 50}, 6*Interval
	m := must(NewManager(c))
	evicts := func(available int64) bool {
		return must(m.Look(Interval, [signals]Observation{MemoryAvailable: {available, 1000}})).Evict
	}
	for i := range 20 { // once below, and then between the threshold and what is to be reclaimed
		if available := int64(120); evicts(available - 30*int64(1-min(i, 1))) {
			t.Fatalf("look %d: a pod is evicted, though %d are available", i, available)
		}
	}
	for i := range 9 { // below for the grace period, then above
		if got, want := evicts(90+30*int64(i/7)), i >= 6; got != want {
			t.Errorf("look %d: got %t, want %t", i, got, want)
		}
	}
	if evicts(150) {
		t.Error("enough is reclaimed, and a pod is evicted")
	}
}

// Several signals: memory first; hard before soft; a condition of each.
func TestSignals(t *testing.T) {
	c := DefaultConfig
	c.Soft[MemoryAvailable] = Quantity{Percent: 50}
	c.Grace[MemoryAvailable] = Interval
	m := must(NewManager(c))
	full := Observation{1 << 40, 1 << 40}
	observed := [signals]Observation{full, full, full, full, full, full}
	look := func(want Decision, under ...Condition) {
		t.Helper()
		got, err := m.Look(Interval, observed)
		if err != nil || got != want {
			t.Errorf("got %+v and %v, want %+v", got, err, want)
		}
		for _, c := range []Condition{MemoryPressure, DiskPressure, PIDPressure} {
			if m.Under(c) != slices.Contains(under, c) {
				t.Errorf("%s: got %t", c, m.Under(c))
			}
		}
	}
	look(Decision{})
	observed[ImageFSAvailable].Available /= 10
	look(Decision{true, ImageFSAvailable, true}, DiskPressure)
	observed[MemoryAvailable].Available /= 4 // its grace period begins: the disk is first
	look(Decision{true, ImageFSAvailable, true}, MemoryPressure, DiskPressure)
	look(Decision{true, MemoryAvailable, false}, MemoryPressure, DiskPressure)
	observed[MemoryAvailable].Available = 1
	look(Decision{true, MemoryAvailable, true}, MemoryPressure, DiskPressure)
	observed = [signals]Observation{full, full, full, full, full, full}
	look(Decision{}, MemoryPressure, DiskPressure)
	for range 28 { // five minutes after it was last seen
		look(Decision{}, MemoryPressure, DiskPressure)
	}
	look(Decision{})
}

// The order of evictions by memory: who exceeds, priority, by how much; who has no statistics is first; critical pods never are.
func TestVictims(t *testing.T) {
	of := func(pod string, priority int, used, requests int64) Usage {
		return Usage{Pod: pod, Priority: priority, Used: used, Requests: requests}
	}
	within, over, far, high := of("within", 0, 100, 200), of("over", 5, 20, 10), of("far", 5, 40, 10), of("high", 9, 90, 10)
	critical := of("critical", SystemCritical, 1000, 0)
	for _, test := range []struct {
		signal Signal
		pods   []Usage
		want   []string
	}{
		{MemoryAvailable, []Usage{within, over, far, high, critical}, []string{"far"}},
		{MemoryAvailable, []Usage{within, over, high}, []string{"over"}},
		{MemoryAvailable, []Usage{within, high}, []string{"high"}},
		{MemoryAvailable, []Usage{within, critical}, []string{"within"}},
		{MemoryAvailable, []Usage{critical}, nil},
		{MemoryAvailable, []Usage{over, of("equal", 5, 25, 15), {Pod: "new", Unknown: true, Priority: 9}}, []string{"new"}},
		{MemoryAvailable, []Usage{{Pod: "high", Unknown: true, Priority: 9}, over, {Pod: "low", Unknown: true, Priority: 6}}, []string{"low"}},
		{PIDAvailable, []Usage{over, far, {Pod: "new", Unknown: true, Priority: 5}}, []string{"new"}},
		{PIDAvailable, []Usage{over, {Pod: "new", Unknown: true, Priority: 6}}, []string{"over"}},
		{MemoryAvailable, []Usage{over, of("equal", 5, 25, 15)}, []string{"over", "equal"}},
		{PIDAvailable, []Usage{over, within, far}, []string{"within"}},
		{PIDAvailable, []Usage{over, far}, []string{"far"}},
		{NodeFSInodesFree, []Usage{of("a", 1, 1, 0), of("b", 0, 1, 0)}, []string{"b"}},
	} {
		if got := must(Victims(test.signal, test.pods)); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.signal, got, test.want)
		}
	}
	if _, err := Victims(signals, nil); err == nil {
		t.Error("no such signal: want an error")
	}
	if _, err := Victims(MemoryAvailable, []Usage{of("a", 0, -1, 0)}); err == nil {
		t.Error("less than nothing used: want an error")
	}
}

// CrashLoopBackOff: 10 s, doubled, at most 5 minutes, and anew after 10 minutes (Pod Lifecycle, Container restarts).
func TestCrashLoop(t *testing.T) {
	c := must(NewCrashLoop(InitialBackoff, MaxBackoff))
	for i, want := range []int64{0, 10, 20, 40, 80, 160, 300, 300} {
		if err := c.Ends(); err != nil {
			t.Fatal(err)
		}
		if got := c.Left(); got != want*1000 {
			t.Errorf("after %d restarts: got %d ms, want %d s", i, got, want)
		}
		if want > 0 {
			if err := c.Restart(); !errors.Is(err, model.ErrRefused) {
				t.Errorf("got %v, want a refusal", err)
			}
			if err := c.Advance(want * 1000); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ runs, left int64 }{{600_000, 300_000}, {600_001, 0}} {
		d := *c
		if err := errors.Join(d.Advance(test.runs), d.Ends()); err != nil || d.Left() != test.left {
			t.Errorf("after %d ms: got %d and %v, want %d", test.runs, d.Left(), err, test.left)
		}
	}
	for _, err := range []error{c.Restart(), c.Advance(0), c.Advance(math.MaxInt64)} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	for _, o := range [][2]int64{{0, 1}, {2, 1}, {1, math.MaxInt64}} {
		if _, err := NewCrashLoop(o[0], o[1]); err == nil {
			t.Errorf("%v: want an error", o)
		}
	}
}

// The kernel's points against fractions, on drawn processes.
func TestOOMVictims(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := 1000 * rapid.Int64Range(1, 1<<20).Draw(t, "thousands of pages")
		var ps []Process
		for range rapid.IntRange(0, 5).Draw(t, "processes") {
			ps = append(ps, Process{rapid.Int64Range(0, total).Draw(t, "pages"), rapid.IntRange(-1000, 1000).Draw(t, "adj")})
		}
		got := must(OOMVictims(total, ps))
		share := func(p Process) float64 { return float64(p.Pages)/float64(total) + float64(p.Adj)/1000 }
		for i, p := range ps {
			best := p.Adj > -1000 && !slices.ContainsFunc(ps, func(q Process) bool { return q.Adj > -1000 && share(q) > share(p)+1e-9 })
			if slices.Contains(got, i) && !best || best && !slices.Contains(got, i) && len(got) == 0 {
				t.Fatalf("got %v of %+v", got, ps)
			}
		}
	})
	if got := must(OOMVictims(1000, []Process{{0, -1000}})); len(got) != 0 {
		t.Errorf("got %v, want nobody", got)
	}
	for _, p := range []Process{{-1, 0}, {1001, 0}, {0, 1001}, {0, -1001}} {
		if _, err := OOMVictims(1000, []Process{p}); err == nil {
			t.Errorf("%+v: want an error", p)
		}
	}
}

// A kubelet's configuration is refused where it cannot be, and so is a look.
func TestInvalid(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"a soft threshold without grace": func(c *Config) { c.Soft[PIDAvailable].Percent = 5 },
		"grace without a threshold":      func(c *Config) { c.Grace[PIDAvailable] = 1 },
		"a negative period":              func(c *Config) { c.Transition = -1 },
		"a reclaim of more than all":     func(c *Config) { c.MinReclaim[PIDAvailable].Percent = 101 },
	} {
		c := DefaultConfig
		change(&c)
		if _, err := NewManager(c); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	m := must(NewManager(DefaultConfig))
	before := *m
	if _, err := m.Look(0, [signals]Observation{}); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, err := m.Look(1, [signals]Observation{{2, 1}}); !errors.Is(err, model.ErrRefused) || *m != before {
		t.Errorf("got %v, want a refusal, and no change", err)
	}
}

func requesting(cpu int64) *scheduler.Pod {
	return &scheduler.Pod{Name: "p", Containers: []scheduler.Container{{Requests: scheduler.Resources{scheduler.CPU: cpu}}}}
}

// Taints and Tolerations, Taint Nodes by Condition: pods that are not best-effort tolerate memory pressure, and nothing else.
func TestPressureTaints(t *testing.T) {
	for _, c := range []Condition{MemoryPressure, DiskPressure, PIDPressure} {
		nodes := must(scheduler.NewCluster(scheduler.Node{
			Name: "n", MaxPods: 1, Allocatable: scheduler.Resources{scheduler.CPU: 1}, Taints: []scheduler.Taint{c.Taint()},
		}))
		for cpu, p := range []*scheduler.Pod{requesting(0), requesting(1)} {
			want := c == MemoryPressure && cpu == 1
			p.Tolerations = Tolerations(p)
			if got := must(nodes.Filter(p))[0].Code == scheduler.Feasible; got != want {
				t.Errorf("%s, %s: the scheduler says %t", c, p.QoS(), got)
			}
			if got := Admits([]Condition{c}, p); got != want {
				t.Errorf("%s, %s: the kubelet says %t", c, p.QoS(), got)
			}
			p.Priority = SystemCritical
			if !Admits([]Condition{c}, p) || !Admits(nil, requesting(0)) {
				t.Errorf("%s: a critical pod, or no pressure: want it to be admitted", c)
			}
		}
	}
	tolerant := requesting(0)
	tolerant.Tolerations = []scheduler.Toleration{{Exists: true, AnyEffect: true}}
	if !Admits([]Condition{MemoryPressure}, tolerant) || Admits([]Condition{DiskPressure}, tolerant) {
		t.Error("a best-effort pod that tolerates all taints: want it to be admitted under memory pressure, and no other")
	}
	if got := conditions.Taint(); got != (scheduler.Taint{}) {
		t.Errorf("no condition: got %v", got)
	}
	if Admits([]Condition{MemoryPressure, DiskPressure}, requesting(1)) {
		t.Error("memory and disk pressure: want it to be turned away")
	}
}

// The circle of loop.bh, gone round with the real parts: a burstable pod is evicted, and scheduled to the same node while that is
// under memory pressure.
func TestCircle(t *testing.T) {
	const gib = 1 << 30
	pod := func(name string, requests int64) *scheduler.Pod {
		p := &scheduler.Pod{Name: name, Containers: []scheduler.Container{{Requests: scheduler.Resources{scheduler.Memory: requests * gib}}}}
		p.Tolerations = Tolerations(p)
		return p
	}
	node := func(name string, memory int64, taints ...scheduler.Taint) scheduler.Node {
		return scheduler.Node{Name: name, MaxPods: 9, Allocatable: scheduler.Resources{scheduler.Memory: (memory - 1) * gib}, Taints: taints}
	}
	place := func(p *scheduler.Pod, taints ...scheduler.Taint) []string {
		c := must(scheduler.NewCluster(node("a", 8, taints...), node("b", 12)))
		if err := errors.Join(c.Bind(pod("on a", 4), "a"), c.Bind(pod("on b", 7), "b")); err != nil {
			t.Fatal(err)
		}
		return must(c.Schedule(p, scheduler.DefaultOptions))
	}
	small, honest := pod("new", 1), pod("new", 4)
	if got := place(small); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("got %v, want a", got)
	}
	config := Config{Transition: DefaultTransition}
	config.Hard[MemoryAvailable].Amount = gib
	m := must(NewManager(config))
	d := must(m.Look(Interval, [signals]Observation{{0, 8 * gib}}))
	victims := must(Victims(d.Signal, []Usage{{Pod: "on a", Used: 4 * gib, Requests: 4 * gib}, {Pod: "new", Used: 4 * gib, Requests: gib}}))
	if !d.Evict || !m.Under(MemoryPressure) || !slices.Equal(victims, []string{"new"}) {
		t.Fatalf("got %+v of %v, want the new pod evicted", d, victims)
	}
	if got := place(small, MemoryPressure.Taint()); !slices.Equal(got, []string{"a"}) || !Admits([]Condition{MemoryPressure}, small) {
		t.Errorf("got %v, want a again", got)
	}
	best := pod("new", 0)
	if got := place(best, MemoryPressure.Taint()); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %v, want b for a pod that does not tolerate the taint", got)
	}
	if got := place(honest); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %v, want b for a pod that requests what it uses", got)
	}
}
