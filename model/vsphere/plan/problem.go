package plan

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// Problem is a cluster as it is now and what is wanted of it.
type Problem struct {
	// Cluster are the hosts, the machines and the rules. Failures and MinGain are not looked at: see Survive.
	Cluster     drs.Config
	At          []drs.Host // by VM-1: where it runs; 0 is off
	Maintenance []drs.Host // hosts that are in maintenance or down: nothing runs there or moves there
	Goal        Goal

	// Survive is how many hosts may fail at any time after the first move so that everything can still be restarted, with its reservation and by
	// the mandatory rules, on hosts that are neither in maintenance nor to be emptied. 0 asks for nothing.
	Survive int
	// WithinLoad refuses moves that load the target beyond 100 %, by what machines ask for.
	WithinLoad bool
	// KeepOptional refuses moves that break optional rules, further than they are broken.
	KeepOptional bool
	// Parallel is how many migrations may run at the same time; 0 means 1. While they run, both hosts hold what a machine reserves
	// and asks for, rules apply to both, and it is not known which of them ends first.
	Parallel int
}

// Goal is what must be true at the end, all of it. No machine is moved to a host that is to be empty.
type Goal struct {
	Empty []drs.Host // nothing runs there, as before maintenance
	Run   []drs.Move // the machine runs on the host
	Rules []int      // the rules, from 1, are kept
}

// cluster gives the problem as a cluster whose hosts to be emptied are on their way into maintenance.
func (p Problem) cluster() (*drs.Cluster, error) {
	modes := make([]drs.Mode, len(p.Cluster.Hosts))
	for mode, hosts := range map[drs.Mode][]drs.Host{drs.Maintenance: p.Maintenance, drs.Entering: p.Goal.Empty} {
		for _, h := range hosts {
			if h < 1 || int(h) > len(modes) {
				return nil, fmt.Errorf("got host %d, want 1 to %d", h, len(modes))
			}
			modes[h-1] = max(modes[h-1], mode)
		}
	}
	cfg := p.Cluster
	cfg.Failures, cfg.MinGain = 0, 0
	c, err := drs.Observe(cfg, p.At, modes)
	if err != nil {
		return nil, err
	}
	if len(cfg.Hosts) > 255 {
		return nil, fmt.Errorf("got %d hosts, want at most 255", len(cfg.Hosts))
	}
	if p.Survive < 0 || p.Parallel < 0 {
		return nil, fmt.Errorf("got %d failures to survive and %d migrations at a time, want 0 at least", p.Survive, p.Parallel)
	}
	for _, m := range p.Goal.Run {
		switch {
		case m.VM < 1 || int(m.VM) > len(p.At) || p.At[m.VM-1] == 0:
			return nil, fmt.Errorf("the goal has VM %d run, which is not on", m.VM)
		case m.To < 1 || int(m.To) > len(modes):
			return nil, fmt.Errorf("the goal has VM %d run on host %d, want 1 to %d", m.VM, m.To, len(modes))
		}
	}
	for _, r := range p.Goal.Rules {
		if r < 1 || r > len(cfg.Rules) {
			return nil, fmt.Errorf("the goal has rule %d kept, want 1 to %d", r, len(cfg.Rules))
		}
	}
	return c, nil
}

// left counts what is not as the goal has it: machines on hosts to be emptied, machines elsewhere than they are to run, and violations of
// rules to be kept. The goal is reached where it is 0.
func (g Goal) left(c *drs.Cluster) int {
	n := 0
	for v := drs.VM(1); int(v) <= c.VMs(); v++ {
		if slices.Contains(g.Empty, c.At(v)) {
			n++
		}
	}
	for _, m := range g.Run {
		if c.At(m.VM) != m.To {
			n++
		}
	}
	for _, r := range g.Rules {
		n += c.Violations(r)
	}
	return n
}

// Move is a migration, of several machines where they must stay together.
type Move struct {
	VMs []drs.VM // in their order
	To  drs.Host
}

// String gives a move in words.
func (m Move) String() string {
	if len(m.VMs) == 1 {
		return fmt.Sprintf("VM %d to host %d", m.VMs[0], m.To)
	}
	return fmt.Sprintf("VMs %v to host %d", m.VMs, m.To)
}

// Step are the moves that run at the same time. The next step begins when all of them have ended.
type Step []Move
