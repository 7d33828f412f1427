package cpu

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// SchedulerPolicy is what may run at the same time on the hardware threads of a core, which share a first-level cache.
type SchedulerPolicy uint8

// The policies (HostCpuSchedulerInfoCpuSchedulerPolicyInfo of the vSphere API; blogs.vmware.com/performance/?p=3683).
const (
	SystemDefault SchedulerPolicy = iota // anything beside anything
	SCAv1                                // the side-channel-aware scheduler, version 1: one thread of each core
	SCAv2                                // version 2: both threads, for vCPUs of one machine
)

// String gives the spelling of the vSphere API.
func (p SchedulerPolicy) String() string {
	switch p {
	case SystemDefault:
		return "systemDefault"
	case SCAv1:
		return "scav1"
	case SCAv2:
		return "scav2"
	default:
		return fmt.Sprintf("policy(%d)", uint8(p))
	}
}

// Processor is what the policy depends on of the processors of a host.
type Processor struct {
	Hyperthreading bool // there is, and it is on in the BIOS
	L1TF           bool // they have the L1 terminal fault, CVE-2018-3646
}

// BootOptions are the kernel boot options of that name. They take effect when the host boots.
type BootOptions struct {
	HyperthreadingMitigation        bool
	HyperthreadingMitigationIntraVM bool
	ForceHyperthreadingMitigation   bool
}

// DefaultBootOptions are those of a new host, as `esxcli system settings kernel list` shows them.
var DefaultBootOptions = BootOptions{HyperthreadingMitigationIntraVM: true}

// Policy is the policy under which a host with such processors boots (knowledge.broadcom.com 330041). The first two options count
// on processors with the fault only; the third turns on version 2 on any, but where version 1 is active. None counts without
// hyperthreading.
func (o BootOptions) Policy(p Processor) SchedulerPolicy {
	mitigated := p.L1TF && o.HyperthreadingMitigation
	switch {
	case !p.Hyperthreading:
		return SystemDefault
	case mitigated && o.HyperthreadingMitigationIntraVM:
		return SCAv1
	case mitigated || o.ForceHyperthreadingMitigation:
		return SCAv2
	default:
		return SystemDefault
	}
}

// Domain is a security domain: VMkernel, or the number of a virtual machine.
type Domain int

// VMkernel is the domain of the worlds of the hypervisor itself.
const VMkernel Domain = 0

// Context is a world that is scheduled: a vCPU of a machine, or a world of the VMkernel.
type Context struct {
	Domain Domain
	Number int // among those of its domain, from 1
}

// String names it for people.
func (c Context) String() string {
	if c.Domain == VMkernel {
		return fmt.Sprintf("VMkernel world %d", c.Number)
	}
	return fmt.Sprintf("vCPU %d of VM %d", c.Number, c.Domain)
}

// CoreConfig is what a host is made of. KernelPairs tells whether two worlds of the VMkernel may share a core under SCAv2;
// the sources say this of vCPUs of one machine only, so that the zero value is the careful reading.
type CoreConfig struct {
	Cores       int // at least 1
	Processor   Processor
	Options     BootOptions
	KernelPairs bool
	NoFlush     bool // it has not got the patch of VMSA-2018-0020, which flushes the cache when another domain enters
}

// Cores are the cores of a host, with one or two hardware threads each, and whose data is in their first-level caches.
//
// What it guarantees, checked in sidechannel.bh: under SCAv1 and SCAv2, and without hyperthreading, the worlds on the
// threads of a core are of one security domain at all times, and a machine finds nothing of another domain in its cache. The
// second half needs what a patched host does under every policy: to flush the cache before a world of another domain enters.
//
// The zero Cores has no core; make one with NewCores.
type Cores struct {
	config CoreConfig
	policy SchedulerPolicy
	runs   [][2]Context // by core-1 and thread-1; the zero Context is none
	cached [][]Domain   // by core-1, in order
}

// NewCores boots a host on which nothing runs yet.
func NewCores(config CoreConfig) (*Cores, error) {
	if config.Cores < 1 {
		return nil, fmt.Errorf("got %d cores, want at least 1", config.Cores)
	}
	return &Cores{
		config: config,
		policy: config.Options.Policy(config.Processor),
		runs:   make([][2]Context, config.Cores),
		cached: make([][]Domain, config.Cores),
	}, nil
}

// Clone returns an independent copy.
func (c *Cores) Clone() *Cores {
	d := *c
	d.runs = slices.Clone(c.runs)
	d.cached = slices.Clone(c.cached) // what is in it is never changed
	return &d
}

// Policy is the active one.
func (c *Cores) Policy() SchedulerPolicy { return c.policy }

// Capacity is the number of worlds that can run at once, if there are enough of one domain.
func (c *Cores) Capacity() int {
	if !c.config.Processor.Hyperthreading || c.policy == SCAv1 {
		return len(c.runs)
	}
	return 2 * len(c.runs)
}

// Runs is the world on a thread, 1 or 2, of a core, from 1. It is false where the thread is idle.
func (c *Cores) Runs(core, thread int) (Context, bool) {
	mustName("core", core, len(c.runs))
	mustName("thread", thread, 2)
	w := c.runs[core-1][thread-1]
	return w, w != Context{}
}

// Domains are the security domains of the worlds on a core, each once, in order. The caller may keep them.
func (c *Cores) Domains(core int) []Domain {
	mustName("core", core, len(c.runs))
	var out []Domain
	for _, w := range c.runs[core-1] {
		if w != (Context{}) {
			out = append(out, w.Domain)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Exposed are the domains, other than its own, of which a machine can read something on a core now, by the fault of the
// processor. The caller may keep them.
func (c *Cores) Exposed(v Domain, core int) []Domain {
	if v == VMkernel || !c.config.Processor.L1TF || !slices.Contains(c.Domains(core), v) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.cached[core-1]), func(d Domain) bool { return d == v })
}

// Dispatch runs a world that does not run yet on an idle thread. It is refused where the policy does not let the world share
// the core with the one on the other thread. What others left in the cache is flushed, on a host with the patch.
func (c *Cores) Dispatch(w Context, core, thread int) error {
	if err := c.known("dispatch", core, thread); err != nil {
		return err
	}
	if w.Domain < VMkernel || w.Number < 1 {
		return model.Refuse("dispatch %s: there is no such world", w)
	}
	if thread == 2 && !c.config.Processor.Hyperthreading {
		return model.Refuse("dispatch %s: there is no hyperthreading", w)
	}
	for i, threads := range c.runs {
		if slices.Contains(threads[:], w) {
			return model.Refuse("dispatch %s: it runs on core %d", w, i+1)
		}
	}
	if u, busy := c.Runs(core, thread); busy {
		return model.Refuse("dispatch %s: the thread runs %s", w, u)
	}
	if u, busy := c.Runs(core, 3-thread); busy && !c.together(w, u) {
		return model.Refuse("dispatch %s: the core runs %s, and the policy is %s", w, u, c.policy)
	}
	c.runs[core-1][thread-1] = w
	cached := c.Domains(core)
	if c.config.NoFlush {
		cached = append(cached, c.cached[core-1]...)
		slices.Sort(cached)
		cached = slices.Compact(cached)
	}
	c.cached[core-1] = cached
	return nil
}

// together tells whether two worlds may share a core.
func (c *Cores) together(v, w Context) bool {
	switch c.policy {
	case SCAv1:
		return false
	case SCAv2:
		return v.Domain == w.Domain && (v.Domain != VMkernel || c.config.KernelPairs)
	default:
		return true
	}
}

// Preempt takes the thread from the world that it runs. What the world had in the cache stays there.
func (c *Cores) Preempt(core, thread int) error {
	if err := c.known("preempt", core, thread); err != nil {
		return err
	}
	if _, busy := c.Runs(core, thread); !busy {
		return model.Refuse("preempt: thread %d of core %d is idle", thread, core)
	}
	c.runs[core-1][thread-1] = Context{}
	return nil
}

func (c *Cores) known(step string, core, thread int) error {
	if core < 1 || core > len(c.runs) || thread < 1 || thread > 2 {
		return model.Refuse("%s on thread %d of core %d: want 1 or 2, and 1 to %d", step, thread, core, len(c.runs))
	}
	return nil
}
