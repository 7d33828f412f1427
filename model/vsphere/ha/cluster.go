package ha

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Cluster is a cluster with admission control, as admission.bh has it: what is on, and which hosts are good. On which
// host a machine runs is not its business; Failover has that.
//
// Admission control refuses to power on, to migrate into the cluster and to raise the reservation of a machine that is
// on. It never refuses to power off, and nothing that fails asks it; nor does a restart by HA (vSphere API reference,
// ClusterDasConfigInfo).
type Cluster struct {
	policy    Policy
	root      []Resources
	condition []Condition
	needs     []Resources
	on        []bool
}

// NewCluster makes a cluster of good hosts with these root resource pools and of machines, all off, with these
// reservations, of memory with overhead. An error says which value means nothing.
func NewCluster(policy Policy, root, needs []Resources) (*Cluster, error) {
	if err := policy.Validate(len(root)); err != nil {
		return nil, err
	}
	for i, r := range root {
		if err := r.valid(); err != nil {
			return nil, fmt.Errorf("host %d: %w", i+1, err)
		}
	}
	for i, r := range needs {
		if err := r.valid(); err != nil {
			return nil, fmt.Errorf("VM %d: %w", i+1, err)
		}
	}
	return &Cluster{
		policy: policy, root: slices.Clone(root), condition: make([]Condition, len(root)),
		needs: slices.Clone(needs), on: make([]bool, len(needs)),
	}, nil
}

// Clone returns an independent copy.
func (c *Cluster) Clone() *Cluster {
	return &Cluster{
		policy: c.policy, root: slices.Clone(c.root), condition: slices.Clone(c.condition),
		needs: slices.Clone(c.needs), on: slices.Clone(c.on),
	}
}

// On tells whether v is on.
func (c *Cluster) On(v VM) bool { return c.on[v-1] }

// Needs is what v reserves.
func (c *Cluster) Needs(v VM) Resources { return c.needs[v-1] }

// Condition is that of h.
func (c *Cluster) Condition(h Host) Condition { return c.condition[h-1] }

// View is what the policy looks at now. It names no hosts of machines.
func (c *Cluster) View() View {
	v := View{Root: slices.Clone(c.root), Condition: slices.Clone(c.condition)}
	for i, on := range c.on {
		if on {
			v.Needs = append(v.Needs, c.needs[i])
		}
	}
	return v
}

// PowerOn powers v on where the policy allows it.
func (c *Cluster) PowerOn(v VM) error { return c.enter("power on", v) }

// MigrateIn is the migration of v, which runs elsewhere, into the cluster. It is asked the same as a power-on.
func (c *Cluster) MigrateIn(v VM) error { return c.enter("migrate", v) }

func (c *Cluster) enter(step string, v VM) error {
	if err := known(step+" VM", v, len(c.on)); err != nil {
		return err
	}
	if c.on[v-1] {
		return vim.Refuse(vim.InvalidPowerState, "%s VM %d: it is on", step, v)
	}
	c.on[v-1] = true
	if err := c.policy.Check(c.View()); err != nil {
		c.on[v-1] = false
		return fmt.Errorf("%s VM %d: %w", step, v, err)
	}
	return nil
}

// Reserve gives v, which is on, another reservation, of memory with overhead. Only where some of it is raised the policy
// is asked.
func (c *Cluster) Reserve(v VM, r Resources) error {
	if err := known("reserve: VM", v, len(c.on)); err != nil {
		return err
	}
	if err := r.valid(); err != nil {
		return model.Refuse("reserve: VM %d: %w", v, err)
	}
	if !c.on[v-1] {
		return vim.Refuse(vim.InvalidPowerState, "reserve: VM %d is off", v)
	}
	before := c.needs[v-1]
	c.needs[v-1] = r
	if r.within(before) {
		return nil
	}
	if err := c.policy.Check(c.View()); err != nil {
		c.needs[v-1] = before
		return fmt.Errorf("reserve: VM %d: %w", v, err)
	}
	return nil
}

// PowerOff powers v off. Admission control is not asked.
func (c *Cluster) PowerOff(v VM) error {
	if err := known("power off VM", v, len(c.on)); err != nil {
		return err
	}
	if !c.on[v-1] {
		return vim.Refuse(vim.InvalidPowerState, "power off VM %d: it is off", v)
	}
	c.on[v-1] = false
	return nil
}

// Set says that h is in this condition from now on. Nothing is refused: hosts fail, and an administrator may force
// maintenance.
func (c *Cluster) Set(h Host, to Condition) error {
	if err := known("host", h, len(c.root)); err != nil {
		return err
	}
	if c.condition[h-1] == to {
		return model.Refuse("host %d is %s", h, to)
	}
	c.condition[h-1] = to
	return nil
}
