package cpu

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// The table of knowledge.broadcom.com 330041, with all that the options leave open.
func TestPolicy(t *testing.T) {
	for _, test := range []struct {
		name string
		o    BootOptions
		p    Processor
		want SchedulerPolicy
	}{
		{"a new host", DefaultBootOptions, Processor{true, true}, SystemDefault},
		{"hyperthreadingMitigation, as the 2018 advisory has it", BootOptions{true, true, false}, Processor{true, true}, SCAv1},
		{"IntraVM set to FALSE", BootOptions{true, false, false}, Processor{true, true}, SCAv2},
		{"IntraVM alone", BootOptions{false, true, false}, Processor{true, true}, SystemDefault},
		{"forced", BootOptions{false, true, true}, Processor{true, true}, SCAv2},
		{"forced, on any processor", BootOptions{false, true, true}, Processor{true, false}, SCAv2},
		{"forced does not override version 1", BootOptions{true, true, true}, Processor{true, true}, SCAv1},
		{"forced with version 2", BootOptions{true, false, true}, Processor{true, true}, SCAv2},
		{"not affected", BootOptions{true, true, false}, Processor{true, false}, SystemDefault},
		{"not affected, IntraVM set to FALSE", BootOptions{true, false, false}, Processor{true, false}, SystemDefault},
		{"not affected, forced", BootOptions{true, true, true}, Processor{true, false}, SCAv2},
		{"no hyperthreading", BootOptions{true, false, true}, Processor{false, true}, SystemDefault},
	} {
		if got := test.o.Policy(test.p); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	for p, want := range map[SchedulerPolicy]string{SystemDefault: "systemDefault", SCAv1: "scav1", SCAv2: "scav2"} {
		if p.String() != want {
			t.Errorf("got %s, want %s", p, want)
		}
	}
}

// mayJoin is the rule of the policies once more, by what the blog says of whole cores: which worlds may be on the threads of
// a core.
func mayJoin(p SchedulerPolicy, pairs bool, on []Context) bool {
	if len(on) < 2 || p == SystemDefault {
		return true
	}
	vcpusOfOne := on[0].Domain == on[1].Domain && on[0].Domain > 0
	bothKernel := on[0].Domain == VMkernel && on[1].Domain == VMkernel
	return p == SCAv2 && (vcpusOfOne || pairs && bothKernel)
}

// On any run on any host: a dispatch is refused exactly where the threads, the world or the policy forbid it; a refused step
// changes nothing; no more worlds run than there is capacity for; domains do not meet on a core, and nobody is exposed,
// where the host is protected.
func TestCores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := CoreConfig{
			Cores:     rapid.IntRange(1, 4).Draw(t, "cores"),
			Processor: Processor{rapid.Bool().Draw(t, "HT"), rapid.Bool().Draw(t, "L1TF")},
			Options: BootOptions{
				rapid.Bool().Draw(t, "mitigation"), rapid.Bool().Draw(t, "intra"), rapid.Bool().Draw(t, "force"),
			},
			KernelPairs: rapid.Bool().Draw(t, "kernel pairs"),
			NoFlush:     rapid.Bool().Draw(t, "no flush"),
		}
		c, err := NewCores(config)
		if err != nil {
			t.Fatal(err)
		}
		on := map[[2]int]Context{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			core, thread := rapid.IntRange(0, config.Cores+1).Draw(t, "core"), rapid.IntRange(0, 3).Draw(t, "thread")
			at := [2]int{core, thread}
			real := core >= 1 && core <= config.Cores && thread >= 1 && thread <= 2
			before := c.Clone()
			if rapid.IntRange(0, 3).Draw(t, "step") == 0 {
				_, busy := on[at]
				if err = c.Preempt(core, thread); (err == nil) != (real && busy) {
					t.Fatalf("preempt %v: got %v", at, err)
				}
				if err == nil {
					delete(on, at)
				}
			} else {
				w := Context{Domain(rapid.IntRange(-1, 3).Draw(t, "domain")), rapid.IntRange(0, 3).Draw(t, "number")}
				_, busy := on[at]
				group := []Context{w}
				if u, ok := on[[2]int{core, 3 - thread}]; ok {
					group = append(group, u)
				}
				free := real && !busy && (thread == 1 || config.Processor.Hyperthreading) && w.Domain >= 0 && w.Number >= 1
				for _, u := range on {
					free = free && u != w
				}
				err = c.Dispatch(w, core, thread)
				if want := free && mayJoin(c.Policy(), config.KernelPairs, group); (err == nil) != want {
					t.Fatalf("dispatch %s on %v beside %v under %s: got %v, want success %t", w, at, group[1:], c.Policy(), err, want)
				}
				if err == nil {
					on[at] = w
				}
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || !reflect.DeepEqual(before, c)) {
				t.Fatalf("refused with %v, but %+v became %+v", err, before, c)
			}
			if len(on) > c.Capacity() {
				t.Fatalf("%d worlds run, want at most %d", len(on), c.Capacity())
			}
			alone := c.Policy() != SystemDefault || !config.Processor.Hyperthreading
			for core := range config.Cores {
				var domains []Domain
				for thread := range 2 {
					if w, ok := on[[2]int{core + 1, thread + 1}]; ok && !slices.Contains(domains, w.Domain) {
						domains = append(domains, w.Domain)
					}
				}
				slices.Sort(domains)
				if !slices.Equal(domains, c.Domains(core+1)) || alone && len(domains) > 1 {
					t.Fatalf("core %d: got domains %v, want %v, alone %t", core+1, c.Domains(core+1), domains, alone)
				}
				for d := Domain(1); d <= 3; d++ {
					exposed := c.Exposed(d, core+1)
					if len(exposed) > 0 && (alone && !config.NoFlush || !config.Processor.L1TF || !slices.Contains(domains, d)) || slices.Contains(exposed, d) {
						t.Fatalf("VM %d on core %d: %v exposed", d, core+1, exposed)
					}
				}
			}
		}
	})
}

// By default a machine reads what runs, or ran since the last flush, on the other thread.
func TestExposed(t *testing.T) {
	c, err := NewCores(CoreConfig{Cores: 1, Processor: Processor{true, true}, Options: DefaultBootOptions})
	if err != nil {
		t.Fatal(err)
	}
	for thread, w := range []Context{{1, 1}, {VMkernel, 1}} {
		if err := c.Dispatch(w, 1, thread+1); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Exposed(VMkernel, 1); got != nil {
		t.Errorf("got %v exposed to the VMkernel, want nothing: it need not attack anybody", got)
	}
	if err := c.Preempt(1, 2); err != nil {
		t.Fatal(err)
	}
	if got := c.Exposed(1, 1); !slices.Equal(got, []Domain{VMkernel}) {
		t.Errorf("got %v, want the VMkernel, which has left and not been flushed", got)
	}
}

func TestNewCoresRefuses(t *testing.T) {
	if _, err := NewCores(CoreConfig{}); err == nil {
		t.Error("no core: got no error")
	}
}
