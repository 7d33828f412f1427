package drs

import (
	"fmt"
	"math"
	"slices"
)

// VM numbers the virtual machines of a cluster, from 1.
type VM int

// Host numbers the hosts of a cluster, from 1.
type Host int

// Resources is an amount of processor time and memory: MHz and MB.
type Resources struct{ CPU, Memory int64 }

func (r Resources) plus(q Resources) Resources { return Resources{r.CPU + q.CPU, r.Memory + q.Memory} }

// within tells whether r is at most q, of both.
func (r Resources) within(q Resources) bool { return r.CPU <= q.CPU && r.Memory <= q.Memory }

// Machine is what is known of a virtual machine.
type Machine struct {
	Reservation Resources // what it is guaranteed; memory with its overhead
	Demand      Resources // what it asks for now
	// Compatible are the hosts that it can run on, for its networks, its devices and the processor features that it saw when it was powered
	// on (EVC); nil means all.
	Compatible []Host
}

// Mode is what may run on a host.
type Mode int

// The modes of a host.
const (
	Working     Mode = iota
	Entering         // it is to be emptied; nothing is powered on there and nothing moves there
	Maintenance      // empty
	Failed
)

var modes = [...]string{"working", "entering", "maintenance", "failed"}

// String names a mode.
func (m Mode) String() string { return modes[m] }

// Config describes a cluster.
type Config struct {
	Hosts []Resources // by Host-1: what a host has for virtual machines
	VMs   []Machine   // by VM-1
	Rules []Rule      // from the oldest to the newest
	// Failures is how many hosts may fail by what HA admission control promises; 0 means that it is off. Then DRS knows of no such
	// promise (vSphere Availability, "Using vSphere HA and DRS Together").
	Failures int
	// MinGain is what a move for balance must lower the disorder by; see Gain. 0 means that any lowering will do. It stands for
	// what a migration costs and for the migration threshold (vmotionRate 1 to 5), whose numbers VMware does not publish.
	MinGain int64
}

// Cluster is the state of a DRS cluster. Make one with New.
type Cluster struct {
	cfg     Config
	at      []Host // by VM-1; 0 is off or lost
	lost    []bool // by VM-1: its host failed
	mode    []Mode // by Host-1
	enabled []bool // by rule
}

// most is the limit of all sums of CPU and memory.
const most = math.MaxInt64 / 4

// New makes a cluster whose hosts work and whose machines are off. Of two rules that conflict the newer one is disabled.
func New(cfg Config) (*Cluster, error) {
	var sum Resources
	for i, r := range cfg.Hosts {
		if r.CPU < 1 || r.Memory < 1 || r.CPU > most-sum.CPU || r.Memory > most-sum.Memory {
			return nil, fmt.Errorf("host %d: got %d MHz and %d MB, want 1 at least, and %d in all hosts at most", i+1, r.CPU, r.Memory, int64(most))
		}
		sum = sum.plus(r)
	}
	sum = Resources{}
	for i, m := range cfg.VMs {
		for _, r := range []Resources{m.Reservation, m.Demand} {
			if r.CPU < 0 || r.Memory < 0 || r.CPU > most-sum.CPU || r.Memory > most-sum.Memory {
				return nil, fmt.Errorf("VM %d: got %d MHz and %d MB, want 0 at least, and %d in all at most", i+1, r.CPU, r.Memory, int64(most))
			}
			sum = sum.plus(r)
		}
		for _, h := range m.Compatible {
			if h < 1 || int(h) > len(cfg.Hosts) {
				return nil, fmt.Errorf("VM %d: compatible with host %d, want 1 to %d", i+1, h, len(cfg.Hosts))
			}
		}
	}
	if cfg.Failures < 0 || cfg.MinGain < 0 {
		return nil, fmt.Errorf("got %d failures and a gain of %d, want 0 at least", cfg.Failures, cfg.MinGain)
	}
	c := &Cluster{
		at: make([]Host, len(cfg.VMs)), lost: make([]bool, len(cfg.VMs)),
		mode: make([]Mode, len(cfg.Hosts)), enabled: make([]bool, len(cfg.Rules)),
	}
	c.cfg = Config{Hosts: slices.Clone(cfg.Hosts), VMs: slices.Clone(cfg.VMs), Rules: slices.Clone(cfg.Rules), Failures: cfg.Failures, MinGain: cfg.MinGain}
	for i, m := range c.cfg.VMs {
		c.cfg.VMs[i].Compatible = slices.Clone(m.Compatible)
	}
	for i, r := range cfg.Rules {
		if err := r.check(len(cfg.VMs), len(cfg.Hosts)); err != nil {
			return nil, fmt.Errorf("rule %d, %q: %w", i+1, r.Name, err)
		}
		c.cfg.Rules[i].VMs, c.cfg.Rules[i].Hosts = slices.Clone(r.VMs), slices.Clone(r.Hosts)
		c.enabled[i] = true
	}
	c.resolve()
	return c, nil
}

// Clone returns an independent copy. What never changes is shared.
func (c *Cluster) Clone() *Cluster {
	return &Cluster{cfg: c.cfg, at: slices.Clone(c.at), lost: slices.Clone(c.lost), mode: slices.Clone(c.mode), enabled: slices.Clone(c.enabled)}
}

// VMs is the number of virtual machines, on or not.
func (c *Cluster) VMs() int { return len(c.at) }

// Hosts is the number of hosts.
func (c *Cluster) Hosts() int { return len(c.mode) }

// At is the host that v runs on, and 0 where it is not on.
func (c *Cluster) At(v VM) Host {
	c.want("VM", int(v), len(c.at))
	return c.at[v-1]
}

// Lost tells whether the host of v failed and HA has not started v again yet.
func (c *Cluster) Lost(v VM) bool {
	c.want("VM", int(v), len(c.at))
	return c.lost[v-1]
}

// Mode is the mode of a host.
func (c *Cluster) Mode(h Host) Mode {
	c.want("host", int(h), len(c.mode))
	return c.mode[h-1]
}

// Enabled tells whether rule r, from 1, is enabled.
func (c *Cluster) Enabled(r int) bool {
	c.want("rule", r, len(c.enabled))
	return c.enabled[r-1]
}

// Violations counts how far rule r, from 1, is from being kept: pairs of machines that are apart, or on one host, or machines on the
// wrong hosts. Machines that are not on violate nothing.
func (c *Cluster) Violations(r int) int {
	c.want("rule", r, len(c.enabled))
	return c.cfg.Rules[r-1].violations(c.where)
}

// Used is what the machines on h reserve.
func (c *Cluster) Used(h Host) Resources {
	return c.sum(h, func(m Machine) Resources { return m.Reservation })
}

// Load is what the machines on h ask for.
func (c *Cluster) Load(h Host) Resources {
	return c.sum(h, func(m Machine) Resources { return m.Demand })
}

func (c *Cluster) sum(h Host, of func(Machine) Resources) Resources {
	c.want("host", int(h), len(c.mode))
	var out Resources
	for i, g := range c.at {
		if g == h {
			out = out.plus(of(c.cfg.VMs[i]))
		}
	}
	return out
}

func (c *Cluster) where(v VM) Host { return c.at[v-1] }

// want panics for a number that names nothing.
func (c *Cluster) want(what string, n, most int) {
	if n < 1 || n > most {
		panic(fmt.Sprintf("drs: got %s %d, want 1 to %d", what, n, most))
	}
}

// Disable turns rule r, from 1, off.
func (c *Cluster) Disable(r int) error {
	if r < 1 || r > len(c.enabled) || !c.enabled[r-1] {
		return fault(InvalidState, 0, 0, "disable rule %d: there is none that is enabled", r)
	}
	c.enabled[r-1] = false
	return nil
}

// Enable turns rule r, from 1, on. Where rules conflict then, the older one wins and the newer one is disabled, be it r or another one
// (ClusterRuleInfo in the vSphere API: "the older rule takes precedence and DRS disables the newer rule"). What is
// disabled stays so when the older rule goes.
func (c *Cluster) Enable(r int) error {
	if r < 1 || r > len(c.enabled) || c.enabled[r-1] {
		return fault(InvalidState, 0, 0, "enable rule %d: there is none that is disabled", r)
	}
	c.enabled[r-1] = true
	c.resolve()
	return nil
}

func (c *Cluster) resolve() {
	for i := range c.enabled {
		for j := range i {
			if c.enabled[i] && c.enabled[j] && Conflict(c.cfg.Rules[j], c.cfg.Rules[i], len(c.mode)) {
				c.enabled[i] = false
			}
		}
	}
}

// Unit gives the machines that a migration of v moves: v and those that are on and must stay with it, by enabled mandatory affinity, or
// with one of these. They move together, since no order of single moves would keep the rules.
func (c *Cluster) Unit(v VM) []VM {
	unit := []VM{v}
	for i := 0; i < len(unit); i++ {
		for j, r := range c.cfg.Rules {
			if !c.enabled[j] || !r.Mandatory || r.Kind != Affinity || !slices.Contains(r.VMs, unit[i]) {
				continue
			}
			for _, w := range r.VMs {
				if c.at[w-1] != 0 && !slices.Contains(unit, w) {
					unit = append(unit, w)
				}
			}
		}
	}
	slices.Sort(unit)
	return unit
}

// legal tells why the machines of unit may not be on h, or nil: h does not work, has not enough that is not reserved, or a mandatory rule
// is in the way.
func (c *Cluster) legal(unit []VM, h Host) error {
	if h < 1 || int(h) > len(c.mode) {
		return fault(InvalidHostState, unit[0], h, "there is no host %d", h)
	}
	if m := c.mode[h-1]; m != Working {
		return fault(InvalidHostState, unit[0], h, "host %d is %s", h, m)
	}
	used := c.Used(h)
	for _, v := range unit {
		m := c.cfg.VMs[v-1]
		if m.Compatible != nil && !slices.Contains(m.Compatible, h) {
			return fault(VirtualHardwareCompatibilityIssue, v, h, "VM %d cannot run on host %d", v, h)
		}
		if c.at[v-1] != h {
			used = used.plus(m.Reservation)
		}
	}
	for j, r := range c.cfg.Rules {
		if c.enabled[j] && r.Mandatory && !r.allows(unit, h, c.where) {
			f := fault(RuleViolation, unit[0], h, "VM %d on host %d would violate rule %q", unit[0], h, r.Name)
			if r.Kind.ofHosts() {
				f.Name = VMHostAffinityRuleViolation
			}
			f.Rule = j + 1
			return f
		}
	}
	free := c.cfg.Hosts[h-1]
	switch {
	case used.CPU > free.CPU:
		return fault(InsufficientHostCPUCapacity, unit[0], h, "VM %d on host %d: %d MHz would be reserved of %d", unit[0], h, used.CPU, free.CPU)
	case used.Memory > free.Memory:
		return fault(InsufficientHostMemoryCapacity, unit[0], h, "VM %d on host %d: %d MB would be reserved of %d", unit[0], h, used.Memory, free.Memory)
	}
	return nil
}

// light tells whether the machines of unit on h leave it at 100 % of its capacity or below.
func (c *Cluster) light(unit []VM, h Host) bool {
	load := c.Load(h)
	for _, v := range unit {
		if c.at[v-1] != h {
			load = load.plus(c.cfg.VMs[v-1].Demand)
		}
	}
	return load.within(c.cfg.Hosts[h-1])
}

// all gives the hosts.
func (c *Cluster) all() []Host {
	out := make([]Host, len(c.mode))
	for i := range out {
		out[i] = Host(i + 1)
	}
	return out
}

// Observe makes a cluster as it is found: machines on the hosts that at names, by VM-1, of which 0 is off, and hosts in modes, by Host-1. Rules
// and reservations may be broken, as where a rule is new.
func Observe(cfg Config, at []Host, modes []Mode) (*Cluster, error) {
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if len(at) != len(c.at) || len(modes) != len(c.mode) {
		return nil, fmt.Errorf("got the places of %d VMs and the modes of %d hosts, want %d and %d", len(at), len(modes), len(c.at), len(c.mode))
	}
	for i, m := range modes {
		if m < Working || m > Failed {
			return nil, fmt.Errorf("host %d: got mode %d", i+1, m)
		}
	}
	for i, h := range at {
		if h < 0 || int(h) > len(modes) {
			return nil, fmt.Errorf("VM %d: got host %d, want 0 to %d", i+1, h, len(modes))
		}
		if h != 0 && (modes[h-1] == Maintenance || modes[h-1] == Failed) {
			return nil, fmt.Errorf("VM %d is on host %d, which is %s", i+1, h, modes[h-1])
		}
	}
	copy(c.at, at)
	copy(c.mode, modes)
	return c, nil
}
