package ha

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// official is the example of the guide vSphere Availability for both policies, in MHz and MB: three hosts and five
// machines.
func official() View {
	return View{
		Root:      []Resources{{9000, 9000}, {9000, 6000}, {6000, 6000}},
		Condition: make([]Condition, 3),
		Needs:     []Resources{{2000, 1000}, {2000, 1000}, {1000, 2000}, {1000, 1000}, {1000, 1000}},
	}
}

// Guide vSphere Availability, "Example: Admission Control Using Host Failures Cluster Tolerates Policy" (as in
// wevirtualize.co.in).
func TestOfficialSlots(t *testing.T) {
	got := DefaultSlots(1).Info(official())
	if got.Size != (Resources{2000, 2000}) || !slices.Equal(got.Hosts, []int64{4, 3, 3}) || got.Total != 10 || got.Used != 5 ||
		got.Failover != 1 || got.Unreserved != 1 {
		t.Errorf("got %+v, want slots of 2000 MHz and 2000 MB, 4, 3 and 3 of them, 5 used, failover capacity 1 and 1 unreserved", got)
	}
	if err := DefaultSlots(1).Check(official()); err != nil {
		t.Errorf("got %v, want one failure tolerated", err)
	}
	var f *vim.Fault
	if err := DefaultSlots(2).Check(official()); !errors.As(err, &f) || f.Name != vim.InsufficientFailoverResources || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want %s", err, vim.InsufficientFailoverResources)
	}
}

// The same guide, "Example: Admission Control Using Percentage of Cluster Resources Reserved Policy": 24 GHz and 21 GB,
// of which 7 and 6 are required: 70 % and 71 %.
func TestOfficialPercentages(t *testing.T) {
	p := Percentage{CPU: 25, Memory: 25, MinCPU: 32}
	if cpu, mem := p.Capacity(official()); cpu != 70 || mem != 71 {
		t.Errorf("got %d %% and %d %%, want 70 %% and 71 %%", cpu, mem)
	}
	for _, c := range []struct {
		cpu, mem int
		ok       bool
	}{{70, 71, true}, {71, 71, false}, {70, 72, false}, {100, 0, false}, {0, 0, true}} {
		p.CPU, p.Memory = c.cpu, c.mem
		if err := p.Check(official()); (err == nil) != c.ok {
			t.Errorf("%d %% and %d %%: got %v, want admitted %t", c.cpu, c.mem, err, c.ok)
		}
	}
}

// What a machine without a reservation counts with.
func TestMinima(t *testing.T) {
	none, little := []Resources{{0, 0}}, []Resources{{10, 0}}
	for _, c := range []struct {
		name  string
		slots Slots
		needs []Resources
		want  Resources
	}{
		{"guide since vSphere 5: 32 MHz", DefaultSlots(1), none, Resources{32, 0}},
		{"KB 1010594, vSphere 4: 256 MHz", Slots{MinCPU: 256}, none, Resources{256, 0}},
		{"guide: a reservation counts, however little", DefaultSlots(1), little, Resources{10, 0}},
		{"API reference: whichever is larger", Slots{MinCPU: 32, Floor: true}, little, Resources{32, 0}},
		{"nothing is on", Slots{MinCPU: 32, MinMemory: 5}, nil, Resources{32, 5}},
		{"overhead is memory, 84 MB of it (buildvirtual.net)", DefaultSlots(1), []Resources{{0, 84}}, Resources{32, 84}},
		{"the same with 64 MHz reserved", DefaultSlots(1), []Resources{{0, 84}, {64, 128}}, Resources{64, 128}},
		{"das.slotcpuinmhz, das.slotmeminmb", Slots{MinCPU: 32, CapCPU: 500, CapMemory: 64}, []Resources{{2000, 128}}, Resources{500, 64}},
		{"a cap above", Slots{MinCPU: 32, CapCPU: 5000, CapMemory: 640}, []Resources{{2000, 128}}, Resources{2000, 128}},
		{"ClusterFixedSizeSlotPolicy", Slots{MinCPU: 32, Fixed: Resources{1000, 512}}, []Resources{{2000, 128}}, Resources{1000, 512}},
	} {
		if got := c.slots.Size(c.needs); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	// F: product guides 32 MHz, API reference 256 MHz.
	v := View{Root: []Resources{{1000, 1000}}, Condition: []Condition{Good}, Needs: none}
	for minimum, want := range map[int64]int{32: 96, 256: 74} {
		if got, _ := (Percentage{MinCPU: minimum}).Capacity(v); got != want {
			t.Errorf("%d MHz: got %d %%, want %d %%", minimum, got, want)
		}
	}
}

// Machines larger than a slot take several, by the resource that asks for most.
func TestSeveralSlots(t *testing.T) {
	v := official()
	info := Slots{Level: 1, MinCPU: 32, CapCPU: 1000, CapMemory: 1000}.Info(v)
	if !slices.Equal(info.VMs, []int64{2, 2, 2, 1, 1}) || info.Used != 8 || !slices.Equal(info.Hosts, []int64{9, 6, 6}) || info.Failover != 1 {
		t.Errorf("got %+v, want 2, 2, 2, 1 and 1 slots of 9, 6 and 6", info)
	}
}

// Only good hosts have slots; percentages count failed ones too (elasticsky.de, December 2019).
func TestConditions(t *testing.T) {
	v := official()
	v.Condition = []Condition{Good, Failed, Maintenance}
	info := DefaultSlots(1).Info(v)
	if !slices.Equal(info.Hosts, []int64{4, 0, 0}) || info.Failover != 0 || info.Unreserved != 0 {
		t.Errorf("got %+v, want 4 slots on the first host alone, fewer than are used", info)
	}
	if cpu, mem := (Percentage{}).Capacity(v); cpu != 100*(18-7)/18 || mem != 100*(15-6)/15 {
		t.Errorf("got %d %% and %d %%, want those of 18 GHz and 15 GB", cpu, mem)
	}
}

func TestAutoPercentage(t *testing.T) {
	for _, c := range []struct{ level, hosts, want int }{{1, 3, 33}, {1, 4, 25}, {2, 5, 40}, {1, 2, 50}, {1, 1, 100}, {3, 2, 100}, {0, 4, 0}, {1, 0, 0}, {-1, 3, 0}} {
		if got := AutoPercentage(c.level, c.hosts); got != c.want {
			t.Errorf("%d of %d: got %d, want %d", c.level, c.hosts, got, c.want)
		}
	}
	v := official()
	if got := LargestPercentage(v, 1); got.CPU != 38 || got.Memory != 43 { // 9 of 24, 9 of 21
		t.Errorf("got %+v, want 38 %% and 43 %%", got)
	}
	if got := LargestPercentage(v, -1); got.CPU != 0 || got.Memory != 0 {
		t.Errorf("got %+v, want nothing for fewer than no hosts", got)
	}
	v.Condition[0] = Maintenance
	if got := LargestPercentage(v, 1); got.CPU != 60 || got.Memory != 50 { // 9 of 15, 6 of 12
		t.Errorf("got %+v, want 60 %% and 50 %%", got)
	}
}

// drawView draws a cluster of up to four hosts and five machines.
func drawView(t *rapid.T) View {
	amounts := func(name string, most int, lo, hi int64) []Resources {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Resources {
			return Resources{CPU: rapid.Int64Range(lo, hi).Draw(t, "MHz"), Memory: rapid.Int64Range(lo, hi).Draw(t, "MB")}
		}), 1, most).Draw(t, name)
	}
	v := View{Root: amounts("root", 4, 2, 7), Needs: amounts("needs", 5, 0, 4)}
	for range v.Root {
		v.Condition = append(v.Condition, Condition(max(0, rapid.IntRange(-3, 2).Draw(t, "condition")))) // good, mostly
	}
	for range v.Needs {
		v.At = append(v.At, 0)
	}
	return v
}

// everySet calls f with every set of hosts.
func everySet(n int, f func(gone []bool)) {
	for bits := range 1 << n {
		gone := make([]bool, n)
		for i := range gone {
			gone[i] = bits>>i&1 == 1
		}
		f(gone)
	}
}

func size(set []bool) int {
	n := 0
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// fitSomehow tries every way of putting the machines that wait, or were on a host that is gone, on hosts that are neither
// gone nor bad, the others staying where they are.
func fitSomehow(v View, gone []bool) bool {
	n := len(v.Root)
	ways := 1
	for range v.Needs {
		ways *= n
	}
	for way := range ways {
		cpu, mem := make([]int64, n), make([]int64, n)
		fits := true
		rest := way
		for i, need := range v.Needs {
			to := rest % n
			rest /= n
			if at := int(v.At[i]) - 1; at >= 0 && !gone[at] {
				to = at
			} else if gone[to] || v.Condition[to] != Good {
				fits = false
			}
			cpu[to] += need.CPU
			mem[to] += need.Memory
		}
		for h := range n {
			fits = fits && cpu[h] <= v.Root[h].CPU && mem[h] <= v.Root[h].Memory
		}
		if fits {
			return true
		}
	}
	return false
}

// The failover capacity is the greatest number of good hosts of which any may go, by trying all sets; unreserved slots
// are what is left then and not used.
func TestFailoverIsTheWorst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t)
		p := Slots{
			Level: rapid.IntRange(0, len(v.Root)-1).Draw(t, "level"), MinCPU: rapid.Int64Range(1, 3).Draw(t, "minimum"),
			CapCPU: rapid.Int64Range(0, 4).Draw(t, "cap MHz"), CapMemory: rapid.Int64Range(0, 4).Draw(t, "cap MB"), Floor: rapid.Bool().Draw(t, "floor"),
		}
		info := p.Info(v)
		worst := make([]int64, len(v.Root)+1) // the least that is left, by the number of good hosts gone
		for i := range worst {
			worst[i] = -1
		}
		unreserved := info.Total
		everySet(len(v.Root), func(gone []bool) {
			var left int64
			good := 0
			for h := range v.Root {
				if v.Condition[h] == Good && gone[h] {
					good++
				}
				if !gone[h] {
					left += info.Hosts[h]
				}
			}
			if worst[good] < 0 || left < worst[good] {
				worst[good] = left
			}
			if size(gone) == p.Level {
				unreserved = min(unreserved, left)
			}
		})
		want := 0
		for k, left := range worst {
			if left >= info.Used {
				want = max(want, k)
			}
		}
		if info.Failover != want {
			t.Fatalf("%+v: got failover capacity %d, want %d", info, info.Failover, want)
		}
		if u := max(0, unreserved-info.Used); info.Unreserved != u {
			t.Fatalf("%+v: got %d unreserved, want %d", info, info.Unreserved, u)
		}
	})
}

// Slots that are not capped prove that there is a place for every machine after that many failures, from an empty start.
func TestSlotsAreSound(t *testing.T) {
	tolerated := 0
	redraw.Until(t, func() bool { return tolerated > 0 }, func(t *rapid.T) {
		v := drawView(t)
		info := Slots{MinCPU: 1}.Info(v)
		if info.Total < info.Used {
			return
		}
		everySet(len(v.Root), func(gone []bool) {
			for h, g := range gone {
				if g && v.Condition[h] != Good {
					return
				}
			}
			if size(gone) <= info.Failover {
				tolerated++
				if !fitSomehow(v, gone) {
					t.Fatalf("%+v: no place after the failure of %v", info, gone)
				}
			}
		})
	})
	if tolerated == 0 {
		t.Error("no failure was tolerated")
	}
}

// Slots that are capped do not, and percentages do not: three hosts of 4 GB, machines of 4, 2 and 2 GB.
func TestCountsAreNotPlaces(t *testing.T) {
	v := View{
		Root: []Resources{{10, 4}, {10, 4}, {10, 4}}, Condition: make([]Condition, 3),
		Needs: []Resources{{0, 4}, {0, 2}, {0, 2}}, At: []Host{1, 2, 3},
	}
	for name, p := range map[string]Policy{"capped slots": Slots{Level: 1, MinCPU: 1, CapMemory: 2}, "percentages": Percentage{Memory: 33}} {
		if err := p.Check(v); err != nil {
			t.Errorf("%s: got %v, want admitted", name, err)
		}
	}
	if (Slots{Level: 1, MinCPU: 1}).Check(v) == nil || (Packing{Level: 1}).Check(v) == nil {
		t.Error("slots without a cap, and packing, admit what has no place")
	}
}

// Packing is what trying every placement says.
func TestPackingIsExact(t *testing.T) {
	seen := map[bool]int{}
	redraw.Until(t, func() bool { return seen[true] > 0 && seen[false] > 0 }, func(t *rapid.T) {
		v := drawView(t)
		for i := range v.At { // what is placed fits
			h := rapid.IntRange(0, len(v.Root)).Draw(t, "host")
			if h > 0 && v.Condition[h-1] == Good {
				v.At[i] = Host(h)
				var load Resources
				for j, at := range v.At {
					if at == Host(h) {
						load = load.plus(v.Needs[j])
					}
				}
				if !load.within(v.Root[h-1]) {
					v.At[i] = 0
				}
			}
		}
		level := rapid.IntRange(0, len(v.Root)-1).Draw(t, "level")
		good := 0
		for _, c := range v.Condition {
			if c == Good {
				good++
			}
		}
		want := good >= level
		everySet(len(v.Root), func(gone []bool) {
			for h, g := range gone {
				if g && v.Condition[h] != Good {
					return
				}
			}
			if size(gone) == level && !fitSomehow(v, gone) {
				want = false
			}
		})
		seen[want]++
		if err := (Packing{Level: level}).Check(v); (err == nil) != want {
			t.Fatalf("%+v, level %d: got %v, want places %t", v, level, err, want)
		}
	})
	if seen[true] == 0 || seen[false] == 0 {
		t.Errorf("got %v, want both", seen)
	}
}

// Comparing whole percents is comparing fractions.
func TestPercentageIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t)
		p := Percentage{
			CPU: rapid.IntRange(0, 100).Draw(t, "CPU"), Memory: rapid.IntRange(0, 100).Draw(t, "memory"),
			MinCPU: rapid.Int64Range(0, 3).Draw(t, "minimum"),
		}
		keeps := func(of func(Resources) int64, minimum int64, percent int) bool {
			all, need := new(big.Rat), new(big.Rat)
			for h, r := range v.Root {
				if v.Condition[h] != Maintenance {
					all.Add(all, new(big.Rat).SetInt64(of(r)))
				}
			}
			for _, r := range v.Needs {
				n := of(r)
				if n == 0 {
					n = minimum
				}
				need.Add(need, new(big.Rat).SetInt64(n))
			}
			if all.Sign() == 0 {
				return percent == 0
			}
			free := new(big.Rat).Quo(new(big.Rat).Sub(all, need), all)
			if free.Sign() < 0 {
				free.SetInt64(0)
			}
			return free.Cmp(big.NewRat(int64(percent), 100)) >= 0
		}
		want := keeps(func(r Resources) int64 { return r.CPU }, p.MinCPU, p.CPU) && keeps(func(r Resources) int64 { return r.Memory }, 0, p.Memory)
		if err := p.Check(v); (err == nil) != want {
			t.Fatalf("%+v, %+v: got %v, want admitted %t", p, v, err, want)
		}
	})
}

// What admission control refuses, and what it does not.
func TestCluster(t *testing.T) {
	v := official()
	c := must(NewCluster(DefaultSlots(1), v.Root, append(v.Needs, Resources{1000, 1000}, Resources{1000, 1000})))
	for _, vm := range modelcheck.Numbers[VM](6) { // 6 slots are left without the first host
		if err := c.PowerOn(vm); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(what string, err error, want vim.FaultName) {
		t.Helper()
		var f *vim.Fault
		if !errors.As(err, &f) || f.Name != want || !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want %s", what, err, want)
		}
	}
	refused("a seventh machine", c.PowerOn(7), vim.InsufficientFailoverResources)
	refused("a migration into the cluster", c.MigrateIn(7), vim.InsufficientFailoverResources)
	refused("a larger reservation", c.Reserve(1, Resources{3000, 1000}), vim.InsufficientFailoverResources)
	refused("power on again", c.PowerOn(1), vim.InvalidPowerState)
	refused("a reservation of a machine that is off", c.Reserve(7, Resources{1, 1}), vim.InvalidPowerState)
	refused("power off again", c.PowerOff(7), vim.InvalidPowerState)
	if c.On(7) || c.Needs(1) != (Resources{2000, 1000}) {
		t.Error("what was refused has changed something")
	}
	for _, h := range []Host{1, 2} {
		if err := c.Set(h, Failed); err != nil {
			t.Errorf("failure of host %d: got %v", h, err)
		}
	}
	if c.Reserve(2, Resources{1000, 500}) != nil || c.PowerOff(1) != nil {
		t.Error("less was refused")
	}
	if c.Set(1, Failed) == nil || c.Set(9, Good) == nil || c.PowerOn(9) == nil || c.Reserve(2, Resources{-1, 0}) == nil {
		t.Error("what means nothing was not refused")
	}
	if c.Condition(1) != Failed || c.Condition(3) != Good {
		t.Error("the conditions are wrong")
	}
}

// Values that mean nothing.
func TestNew(t *testing.T) {
	ok := []Resources{{1, 1}}
	for name, err := range map[string]error{
		"level":         second(NewCluster(DefaultSlots(1), ok, ok)),
		"minimum":       second(NewCluster(Slots{}, ok, ok)),
		"great minimum": second(NewCluster(Slots{MinCPU: 1 << 62}, ok, ok)),
		"great minima":  second(NewCluster(Percentage{MinCPU: 1 << 62}, ok, ok)),
		"cap":           second(NewCluster(Slots{MinCPU: 1, CapCPU: -1}, ok, ok)),
		"fixed":         second(NewCluster(Slots{MinCPU: 1, Fixed: Resources{0, 5}}, ok, ok)),
		"percent":       second(NewCluster(Percentage{CPU: 101}, ok, ok)),
		"packing":       second(NewCluster(Packing{Level: 1}, ok, ok)),
		"host":          second(NewCluster(Disabled{}, []Resources{{-1, 1}}, ok)),
		"machine":       second(NewCluster(Disabled{}, ok, []Resources{{1, 1 << 62}})),
		"rule, machine": second(NewFailover(Disabled{}, ok, ok, Rule{VMs: []VM{2}})),
		"rule, host":    second(NewFailover(Disabled{}, ok, ok, Rule{VMs: []VM{1}, Hosts: []Host{0}})),
		"twins":         second(NewDomain([]Candidate{{1, "a"}, {2, "a"}}, nil)),
		"response":      second(NewDomain(nil, []Response{ClusterResponse})),
		"priority":      second(NewOrder(Highest, []Priority{Highest + 1}, NoCondition, 1)),
		"condition":     second(NewOrder(Highest, nil, "useClusterDefault", 1)),
		"timeout":       second(NewOrder(Highest, nil, NoCondition, 0)),
		"timers":        Timers{}.Validate(),
	} {
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := DefaultTimers().Validate(); err != nil {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// A first place that leaves none for the next machine is given up.
func TestPackingTakesBack(t *testing.T) {
	v := View{
		Root: []Resources{{5, 2}, {1, 2}}, Condition: make([]Condition, 2),
		Needs: []Resources{{1, 2}, {5, 2}}, At: []Host{0, 0},
	}
	if !(Packing{}).Places(v) {
		t.Error("got no places, want the first machine on the second host")
	}
	v.Needs[0].CPU = 2
	if (Packing{}).Places(v) {
		t.Error("got places, want none for both")
	}
}
