package plan

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// Refusal is why a machine, with those that must stay with it, may not move to a host.
type Refusal struct {
	VM  drs.VM
	To  drs.Host
	Why error // a drs.Fault where the cluster refuses the move itself
}

// Validate replays a plan on the cluster, one move after the other, in every order of those that run at the same time. The error names the
// first move that is not allowed, or what of the goal is not reached.
func (p Problem) Validate(steps []Step) error {
	c, err := p.follow(steps)
	if err != nil {
		return err
	}
	if left := p.Goal.left(c); left > 0 {
		return fmt.Errorf("at the end %d things are not as the goal has them", left)
	}
	return nil
}

// follow gives the cluster after steps, or the first move that is not allowed.
func (p Problem) follow(steps []Step) (*drs.Cluster, error) {
	c, err := p.cluster()
	if err != nil {
		return nil, err
	}
	for i, step := range steps {
		if len(step) == 0 || len(step) > max(1, p.Parallel) {
			return nil, fmt.Errorf("step %d: got %d moves, want 1 to %d", i+1, len(step), max(1, p.Parallel))
		}
		if c, err = p.replay(c, step); err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return c, nil
}

// replay makes the moves of a step in every order.
func (p Problem) replay(c *drs.Cluster, step Step) (*drs.Cluster, error) {
	end := c
	for i, m := range step {
		if len(m.VMs) == 0 || !slices.Equal(c.Unit(m.VMs[0]), m.VMs) {
			return nil, fmt.Errorf("%v: the machines that stay together are others", m)
		}
		away := slices.IndexFunc(m.VMs, func(v drs.VM) bool { return c.At(v) != m.To })
		if away < 0 {
			return nil, fmt.Errorf("%v: it is there", m)
		}
		next, err := p.move(c, m.VMs[away], m.To)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", m, err)
		}
		if end, err = p.replay(next, slices.Delete(slices.Clone(step), i, i+1)); err != nil {
			return nil, err
		}
	}
	return end, nil
}

// move gives the cluster after one migration, or why it is refused.
func (p Problem) move(c *drs.Cluster, v drs.VM, to drs.Host) (*drs.Cluster, error) {
	next := c.Clone()
	if err := next.Migrate(v, to); err != nil {
		return nil, err
	}
	if load, most := next.Load(to), p.Cluster.Hosts[to-1]; p.WithinLoad && (load.CPU > most.CPU || load.Memory > most.Memory) {
		return nil, fmt.Errorf("host %d would be asked for %d MHz and %d MB", to, load.CPU, load.Memory)
	}
	for i, r := range p.Cluster.Rules {
		if p.KeepOptional && c.Enabled(i+1) && !r.Mandatory && next.Violations(i+1) > c.Violations(i+1) {
			return nil, fmt.Errorf("optional rule %q would be broken", r.Name)
		}
	}
	if failed := doomed(next, p.Survive); failed != nil {
		return nil, fmt.Errorf("not all could be restarted if hosts %v failed then", failed)
	}
	return next, nil
}

// doomed gives hosts, as few as can be and k at most, whose failure leaves a machine without a host, and nil if there are none.
func doomed(c *drs.Cluster, k int) []drs.Host {
	for n := 1; n <= k; n++ {
		if failed := fail(c, 1, n); failed != nil {
			return failed
		}
	}
	return nil
}

// fail gives n hosts from h on whose failure leaves a machine without a host, and nil if there are none.
func fail(c *drs.Cluster, h drs.Host, n int) []drs.Host {
	if n == 0 {
		if restarts(c, 1) {
			return nil
		}
		return []drs.Host{}
	}
	for ; int(h) <= c.Hosts(); h++ {
		next := c.Clone()
		if c.Mode(h) == drs.Maintenance || next.Fail(h) != nil {
			continue
		}
		if others := fail(next, h+1, n-1); others != nil {
			return append([]drs.Host{h}, others...)
		}
	}
	return nil
}

// restarts tells whether HA can restart all lost machines from v on.
func restarts(c *drs.Cluster, v drs.VM) bool {
	for ; int(v) <= c.VMs(); v++ {
		if !c.Lost(v) {
			continue
		}
		for h := drs.Host(1); int(h) <= c.Hosts(); h++ {
			next := c.Clone()
			if next.Restart(v, h) == nil && restarts(next, v+1) {
				return true
			}
		}
		return false
	}
	return true
}

// refusals gives what stops each machine that the goal would have elsewhere, for every host.
func (p Problem) refusals(c *drs.Cluster) []Refusal {
	var out []Refusal
	for v := drs.VM(1); int(v) <= c.VMs(); v++ {
		if !p.concerned(c, v) {
			continue
		}
		for to := drs.Host(1); int(to) <= c.Hosts(); to++ {
			if to == c.At(v) {
				continue
			}
			if _, err := p.move(c, v, to); err != nil {
				out = append(out, Refusal{v, to, err})
			}
		}
	}
	return out
}

// concerned tells whether the goal would have v elsewhere, or it is a machine of a rule that is to be kept and is not.
func (p Problem) concerned(c *drs.Cluster, v drs.VM) bool {
	if c.At(v) == 0 {
		return false
	}
	if slices.Contains(p.Goal.Empty, c.At(v)) {
		return true
	}
	for _, m := range p.Goal.Run {
		if m.VM == v && c.At(v) != m.To {
			return true
		}
	}
	for _, r := range p.Goal.Rules {
		if c.Violations(r) > 0 && slices.Contains(p.Cluster.Rules[r-1].VMs, v) {
			return true
		}
	}
	return false
}
