package ha

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Rule binds machines to hosts (ClusterVmHostRuleInfo, affine). A mandatory one binds HA too: it does not fail over to
// another host. An optional one is kept where a host of it has room.
type Rule struct {
	VMs       []VM
	Hosts     []Host
	Mandatory bool
}

// Failover is a cluster whose hosts fail and whose machines are restarted, as failover.bh has it. Restarts are not asked
// of admission control: they use what it has kept. How a master comes to know of a failure is the business of Domain.
type Failover struct {
	policy Policy
	rules  []Rule
	root   []Resources
	needs  []Resources
	on     []Host // by VM-1; 0 is off, or lost
	lost   []bool
	failed []bool
}

// NewFailover makes a cluster of hosts that are up, and machines that are off.
func NewFailover(policy Policy, root, needs []Resources, rules ...Rule) (*Failover, error) {
	if _, err := NewCluster(policy, root, needs); err != nil {
		return nil, err
	}
	for i, r := range rules {
		for _, v := range r.VMs {
			if err := known("VM", v, len(needs)); err != nil {
				return nil, fmt.Errorf("rule %d: %w", i+1, err)
			}
		}
		for _, h := range r.Hosts {
			if err := known("host", h, len(root)); err != nil {
				return nil, fmt.Errorf("rule %d: %w", i+1, err)
			}
		}
	}
	return &Failover{
		policy: policy, rules: slices.Clone(rules), root: slices.Clone(root), needs: slices.Clone(needs),
		on: make([]Host, len(needs)), lost: make([]bool, len(needs)), failed: make([]bool, len(root)),
	}, nil
}

// On is the host of v, or 0.
func (f *Failover) On(v VM) Host { return f.on[v-1] }

// Lost tells whether v is to be restarted.
func (f *Failover) Lost(v VM) bool { return f.lost[v-1] }

// Waiting is the machines that are to be restarted, in order.
func (f *Failover) Waiting() []VM {
	var out []VM
	for i, lost := range f.lost {
		if lost {
			out = append(out, VM(i+1))
		}
	}
	return out
}

// Failed tells whether h has failed.
func (f *Failover) Failed(h Host) bool { return f.failed[h-1] }

// allowed tells whether the rules of a kind let v run on h.
func (f *Failover) allowed(v VM, h Host, mandatory bool) bool {
	return !slices.ContainsFunc(f.rules, func(r Rule) bool {
		return r.Mandatory == mandatory && slices.Contains(r.VMs, v) && !slices.Contains(r.Hosts, h)
	})
}

// fits tells whether h has room for v, and no mandatory rule is against it.
func (f *Failover) fits(v VM, h Host) bool {
	if f.failed[h-1] || !f.allowed(v, h, true) {
		return false
	}
	load := f.needs[v-1]
	for i, g := range f.on {
		if g == h && i != int(v-1) {
			load = load.plus(f.needs[i])
		}
	}
	return load.within(f.root[h-1])
}

// room is fits, and optional rules kept where they can be.
func (f *Failover) room(v VM, h Host) bool {
	if !f.fits(v, h) {
		return false
	}
	if f.allowed(v, h, false) {
		return true
	}
	for g := range f.root {
		if f.fits(v, Host(g+1)) && f.allowed(v, Host(g+1), false) {
			return false
		}
	}
	return true
}

// view shows what a policy looks at with v on h: all protected machines, v among them.
func (f *Failover) view(v VM, h Host) (View, []int) {
	var vms []int
	view := View{Root: f.root}
	for _, failed := range f.failed {
		c := Good
		if failed {
			c = Failed
		}
		view.Condition = append(view.Condition, c)
	}
	for i := range f.needs {
		switch {
		case VM(i+1) == v:
			view.At = append(view.At, h)
		case f.on[i] != 0 || f.lost[i]:
			view.At = append(view.At, f.on[i])
		default:
			continue
		}
		vms = append(vms, i)
		view.Needs = append(view.Needs, f.needs[i])
	}
	return view, vms
}

// placeable tells whether all that are lost find places, with v on h; v is 0 for none.
func (f *Failover) placeable(v VM, h Host) bool {
	view, vms := f.view(v, h)
	return f.packing(0, vms).Places(view)
}

// packing is the check under the mandatory rules, of a view of these machines.
func (f *Failover) packing(level int, vms []int) Packing {
	return Packing{Level: level, Allows: func(i int, h Host) bool { return f.allowed(VM(vms[i]+1), h, true) }}
}

// PowerOn powers v, which is neither on nor lost, on on h.
func (f *Failover) PowerOn(v VM, h Host) error {
	if err := f.names(v, h); err != nil {
		return err
	}
	if f.on[v-1] != 0 || f.lost[v-1] {
		return vim.Refuse(vim.InvalidPowerState, "power on VM %d: it is on, or to be restarted", v)
	}
	if err := f.place("power on", v, h); err != nil {
		return err
	}
	view, vms := f.view(v, h)
	policy := f.policy
	if p, ok := policy.(Packing); ok {
		policy = f.packing(p.Level, vms)
	}
	if err := policy.Check(view); err != nil {
		return fmt.Errorf("power on VM %d: %w", v, err)
	}
	f.on[v-1] = h
	return nil
}

func (f *Failover) names(v VM, h Host) error {
	if err := known("VM", v, len(f.needs)); err != nil {
		return err
	}
	return known("host", h, len(f.root))
}

// place refuses v on h where there is no room, or a rule is in the way.
func (f *Failover) place(step string, v VM, h Host) error {
	switch {
	case f.failed[h-1]:
		return model.Refuse("%s VM %d: host %d has failed", step, v, h)
	case !f.allowed(v, h, true):
		return vim.Refuse(vim.VMHostAffinityRuleViolation, "%s VM %d: a mandatory rule forbids host %d", step, v, h)
	case !f.fits(v, h):
		return vim.Refuse(vim.InsufficientMemoryResources, "%s VM %d: host %d has no room", step, v, h)
	case !f.room(v, h):
		return model.Refuse("%s VM %d: a rule asks for another host than %d, and one has room", step, v, h)
	}
	return nil
}

// PowerOff powers v off. Nobody is asked.
func (f *Failover) PowerOff(v VM) error {
	if err := known("VM", v, len(f.needs)); err != nil {
		return err
	}
	if f.on[v-1] == 0 {
		return vim.Refuse(vim.InvalidPowerState, "power off VM %d: it is off", v)
	}
	f.on[v-1] = 0
	return nil
}

// Fail says that h has failed: what it ran is lost.
func (f *Failover) Fail(h Host) error {
	if err := known("host", h, len(f.root)); err != nil {
		return err
	}
	if f.failed[h-1] {
		return model.Refuse("host %d has failed already", h)
	}
	f.failed[h-1] = true
	for i, g := range f.on {
		if g == h {
			f.on[i], f.lost[i] = 0, true
		}
	}
	return nil
}

// Repair says that h is good again.
func (f *Failover) Repair(h Host) error {
	if err := known("host", h, len(f.root)); err != nil {
		return err
	}
	if !f.failed[h-1] {
		return model.Refuse("host %d has not failed", h)
	}
	f.failed[h-1] = false
	return nil
}

// Restart starts v, which is lost, on h. A place from which the other lost machines would all find theirs is not given up
// for one from which they would not.
func (f *Failover) Restart(v VM, h Host) error {
	if err := f.names(v, h); err != nil {
		return err
	}
	if !f.lost[v-1] {
		return model.Refuse("restart VM %d: it is not lost", v)
	}
	if err := f.place("restart", v, h); err != nil {
		return err
	}
	if !f.placeable(v, h) && f.placeable(0, 0) {
		return model.Refuse("restart VM %d: on host %d it takes the place of another one", v, h)
	}
	f.on[v-1], f.lost[v-1] = h, false
	return nil
}

// Next is the restart that the master takes now: the first lost machine that a host may take, on the first such host. It is
// false where there is none, though machines may be lost.
func (f *Failover) Next() (VM, Host, bool) {
	for _, v := range f.Waiting() {
		for i := range f.root {
			h := Host(i + 1)
			if f.room(v, h) && (f.placeable(v, h) || !f.placeable(0, 0)) {
				return v, h, true
			}
		}
	}
	return 0, 0, false
}
