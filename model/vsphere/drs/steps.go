package drs

import "slices"

// CanRun tells why v, with the machines that must stay with it, may not be on h, or nil.
func (c *Cluster) CanRun(v VM, h Host) error {
	if err := c.known(v); err != nil {
		return err
	}
	return c.legal(c.Unit(v), h)
}

func (c *Cluster) known(v VM) error {
	if v < 1 || int(v) > len(c.at) {
		return fault(InvalidState, v, 0, "there is no VM %d", v)
	}
	return nil
}

func (c *Cluster) idle(v VM) error {
	if err := c.known(v); err != nil {
		return err
	}
	if c.at[v-1] != 0 || c.lost[v-1] {
		return fault(InvalidPowerState, v, c.at[v-1], "VM %d is on, or to be restarted", v)
	}
	return nil
}

func (c *Cluster) running(v VM) error {
	if err := c.known(v); err != nil {
		return err
	}
	if c.at[v-1] == 0 {
		return fault(InvalidPowerState, v, 0, "VM %d is not on", v)
	}
	return nil
}

// PowerOn powers v on where an administrator says. Mandatory rules and reservations may forbid it, optional rules do not
// (ClusterRuleInfo.mandatory in the vSphere API).
func (c *Cluster) PowerOn(v VM, h Host) error {
	if err := c.idle(v); err != nil {
		return err
	}
	if err := c.legal([]VM{v}, h); err != nil {
		return err
	}
	c.at[v-1] = h
	return nil
}

// Placements gives the hosts where DRS may power v on, in their order: of the legal ones that it would not load beyond 100 % those
// where it breaks the fewest optional rules, since none of these has precedence; where it would load all of them beyond that,
// every legal one, as optional rules are then dropped.
func (c *Cluster) Placements(v VM) []Host {
	if c.idle(v) != nil {
		return nil
	}
	unit := []VM{v}
	legal := slices.DeleteFunc(c.all(), func(h Host) bool { return c.legal(unit, h) != nil })
	light := slices.DeleteFunc(slices.Clone(legal), func(h Host) bool { return !c.light(unit, h) })
	if len(light) == 0 {
		return legal
	}
	broken := func(h Host) int {
		n := 0
		for j, r := range c.cfg.Rules {
			if c.enabled[j] && !r.Mandatory && !r.allows(unit, h, c.where) {
				n++
			}
		}
		return n
	}
	fewest := broken(light[0])
	for _, h := range light[1:] {
		fewest = min(fewest, broken(h))
	}
	return slices.DeleteFunc(light, func(h Host) bool { return broken(h) > fewest })
}

// Place powers v on at one of its Placements.
func (c *Cluster) Place(v VM, h Host) error {
	if err := c.idle(v); err != nil {
		return err
	}
	if !slices.Contains(c.Placements(v), h) {
		if err := c.legal([]VM{v}, h); err != nil {
			return err
		}
		return fault(InvalidState, v, h, "VM %d on host %d is not where DRS would place it", v, h)
	}
	return c.PowerOn(v, h)
}

// PowerOff powers v off.
func (c *Cluster) PowerOff(v VM) error {
	if err := c.running(v); err != nil {
		return err
	}
	c.at[v-1] = 0
	return nil
}

// Migrate moves the Unit of v to h by vMotion. Mandatory rules and reservations may forbid it, optional rules do not, nor does HA
// admission control, which looks at migrations into the cluster only (ClusterDasConfigInfo in the vSphere API).
func (c *Cluster) Migrate(v VM, h Host) error {
	if err := c.running(v); err != nil {
		return err
	}
	if c.at[v-1] == h {
		return fault(InvalidState, v, h, "VM %d is on host %d", v, h)
	}
	unit := c.Unit(v)
	if err := c.legal(unit, h); err != nil {
		return err
	}
	c.move(unit, h)
	return nil
}

func (c *Cluster) move(unit []VM, h Host) {
	for _, w := range unit {
		c.at[w-1] = h
	}
}

// unkept sums how far the enabled optional rules are from being kept where at says.
func (c *Cluster) unkept(at func(VM) Host) int {
	n := 0
	for j, r := range c.cfg.Rules {
		if c.enabled[j] && !r.Mandatory {
			n += r.violations(at)
		}
	}
	return n
}

// Correct migrates the Unit of v to h where that makes optional rules be kept better, by the sum of their Violations, and leaves h at 100 % or
// below: "DRS will act on an optional rule as long as it does not impact the ability of the host to satisfy current CPU or
// memory requirements" (ClusterRuleInfo.mandatory in the vSphere API).
func (c *Cluster) Correct(v VM, h Host) error {
	next := c.Clone()
	if err := next.Migrate(v, h); err != nil {
		return err
	}
	if next.unkept(next.where) >= c.unkept(c.where) {
		return fault(InvalidState, v, h, "VM %d on host %d would keep optional rules no better", v, h)
	}
	if !c.light(c.Unit(v), h) {
		return fault(SoftRuleVioCorrectionImpact, v, h, "VM %d would load host %d beyond 100 %%", v, h)
	}
	return c.Migrate(v, h)
}

// Fail is the failure of a host. What ran there is lost and waits for HA.
func (c *Cluster) Fail(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] == Failed {
		return fault(InvalidHostState, 0, h, "fail: there is no host %d that is up", h)
	}
	c.mode[h-1] = Failed
	for i, g := range c.at {
		if g == h {
			c.at[i], c.lost[i] = 0, true
		}
	}
	return nil
}

// Repair brings a failed host back, empty.
func (c *Cluster) Repair(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] != Failed {
		return fault(InvalidHostState, 0, h, "repair: there is no failed host %d", h)
	}
	c.mode[h-1] = Working
	return nil
}

// Restart is HA starting a lost machine again. HA keeps reservations and mandatory rules and asks for nothing else; it
// never breaks a mandatory rule (ClusterRuleInfo in the vSphere API: "HA does not perform failovers").
func (c *Cluster) Restart(v VM, h Host) error {
	if err := c.known(v); err != nil {
		return err
	}
	if !c.lost[v-1] {
		return fault(InvalidPowerState, v, c.at[v-1], "VM %d is not lost", v)
	}
	if err := c.legal([]VM{v}, h); err != nil {
		return err
	}
	c.at[v-1], c.lost[v-1] = h, false
	return nil
}
