package ha

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// run draws a cluster and what happens to it, with no more than the planned failures at a time, and tells whether a
// machine ever waits in vain.
func run(t *rapid.T, policy func(level int) Policy) (stuck bool) {
	level := rapid.IntRange(1, 2).Draw(t, "level")
	draw := func(name string, n int, lo, hi int64) []Resources {
		out := make([]Resources, n)
		for i := range out {
			out[i] = Resources{CPU: rapid.Int64Range(lo, hi).Draw(t, name), Memory: rapid.Int64Range(lo, hi).Draw(t, name)}
		}
		return out
	}
	hosts := rapid.IntRange(level+1, 4).Draw(t, "hosts")
	vms := rapid.IntRange(1, 6).Draw(t, "machines")
	f := must(NewFailover(policy(level), draw("root", hosts, 3, 9), draw("needs", vms, 0, 4)))
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		v, h := VM(rapid.IntRange(1, vms).Draw(t, "VM")), Host(rapid.IntRange(1, hosts).Draw(t, "host"))
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0, 1:
			_ = f.PowerOn(v, h)
		case 2:
			_ = f.PowerOff(v)
		case 3:
			if len(numbered(hosts, f.Failed)) < level {
				_ = f.Fail(h)
			}
		case 4:
			if len(f.Waiting()) == 0 {
				_ = f.Repair(h)
			}
		}
	}
	// All that is lost comes on again, in as many restarts.
	lost := len(f.Waiting())
	for range lost {
		v, h, ok := f.Next()
		if !ok {
			return true
		}
		if err := f.Restart(v, h); err != nil {
			t.Fatal(err)
		}
	}
	for h := range hosts {
		var load Resources
		for i, at := range f.on {
			if at == Host(h+1) {
				load = load.plus(f.needs[i])
			}
		}
		if !load.within(f.root[h]) || load != (Resources{}) && f.failed[h] {
			t.Fatalf("host %d: got load %+v of %+v, failed %t", h+1, load, f.root[h], f.failed[h])
		}
	}
	return false
}

// Packing keeps the promise in any cluster. So do slots that are not capped.
func TestRestarts(t *testing.T) {
	for name, policy := range map[string]func(int) Policy{
		"packing": func(level int) Policy { return Packing{Level: level} },
		"slots":   func(level int) Policy { return Slots{Level: level, MinCPU: 1} },
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				if run(t, policy) {
					t.Fatal("a machine waits in vain")
				}
			})
		})
	}
}

// What a rule forbids, and what it asks for.
func TestRules(t *testing.T) {
	root := []Resources{{9, 4}, {9, 4}, {9, 4}}
	needs := []Resources{{0, 2}, {0, 4}}
	for _, c := range []struct {
		name string
		rule Rule
		next Host // of the restart, 0 for none
	}{
		{"mandatory, one host", Rule{[]VM{1}, []Host{1}, true}, 0},
		{"mandatory, two hosts", Rule{[]VM{1}, []Host{1, 3}, true}, 3},
		{"mandatory, the other one full", Rule{[]VM{1}, []Host{1, 2}, true}, 0},
		{"optional, one host", Rule{[]VM{1}, []Host{1}, false}, 3},
	} {
		f := must(NewFailover(Disabled{}, root, needs, c.rule))
		if err := errors.Join(f.PowerOn(1, 1), f.PowerOn(2, 2)); err != nil {
			t.Fatal(err)
		}
		if err := f.PowerOn(1, 1); !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want refused", err)
		}
		if err := f.Fail(1); err != nil {
			t.Fatal(err)
		}
		v, h, ok := f.Next()
		if ok != (c.next != 0) || h != c.next || ok && v != 1 {
			t.Errorf("%s: got VM %d on host %d, %t, want host %d", c.name, v, h, ok, c.next)
		}
	}
	f := must(NewFailover(Disabled{}, root, needs, Rule{[]VM{1}, []Host{1}, true}))
	var fault *vim.Fault
	if err := f.PowerOn(1, 2); !errors.As(err, &fault) || fault.Name != vim.VMHostAffinityRuleViolation {
		t.Errorf("got %v, want %s", err, vim.VMHostAffinityRuleViolation)
	}
}

// A restart that takes the last place of a larger machine is refused while there is another place.
func TestRestartLeavesRoom(t *testing.T) {
	f := must(NewFailover(Packing{Level: 1}, []Resources{{9, 5}, {9, 1}, {9, 4}}, []Resources{{0, 1}, {0, 4}}))
	if err := errors.Join(f.PowerOn(1, 1), f.PowerOn(2, 1), f.Fail(1)); err != nil {
		t.Fatal(err)
	}
	if err := f.Restart(1, 3); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want refused", err)
	}
	if err := errors.Join(f.Restart(1, 2), f.Restart(2, 3)); err != nil {
		t.Error(err)
	}
}

// Every machine that HA may restart is started, whatever hangs, in no more ticks than its order says.
func TestOrderWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		priorities := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Priority { return Priority(rapid.IntRange(0, int(Highest)).Draw(t, "priority")) }), 1, 6).Draw(t, "priorities")
		ready := rapid.SampledFrom([]Ready{NoCondition, PoweredOn, GuestGreen, AppGreen}).Draw(t, "ready")
		timeout := rapid.IntRange(1, 4).Draw(t, "timeout")
		o := must(NewOrder(Highest, priorities, ready, timeout))
		ticks := 0
		for moved := true; moved; {
			moved = false
			for _, v := range modelcheck.Numbers[VM](len(priorities)) {
				if o.Place(v) == nil {
					moved = true
					if most := (int(Highest) - int(priorities[v-1])) * timeout; ticks > most {
						t.Fatalf("VM %d: placed after %d ticks, want at most %d", v, ticks, most)
					}
				}
				moved = o.PowerOn(v) == nil || moved
				if rapid.Bool().Draw(t, "answers") {
					moved = o.Heartbeat(v) == nil || moved
				}
			}
			if o.Tick() == nil {
				ticks++
				moved = true
			}
			moved = o.Next() == nil || o.Expire() == nil || moved
		}
		for i, p := range priorities {
			if got := o.Phase(VM(i+1)) >= Running; got != (p > RestartDisabled) {
				t.Fatalf("VM %d of priority %d: got started %t", i+1, p, got)
			}
		}
	})
}
