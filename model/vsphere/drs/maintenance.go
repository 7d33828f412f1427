package drs

import "slices"

// Tolerates tells whether what is on, or to be restarted, could run on the working hosts without any Config.Failures of them, by
// the sums of reservations and capacities, CPU and memory separately: the policy of HA by a share of the cluster's resources,
// with the share that the largest hosts have. It is true where admission control is off. Sums say nothing of whether each machine
// finds a host with room.
func (c *Cluster) Tolerates() bool {
	if c.cfg.Failures == 0 {
		return true
	}
	var cpu, memory []int64
	var need Resources
	for i, m := range c.mode {
		if m == Working {
			cpu, memory = append(cpu, c.cfg.Hosts[i].CPU), append(memory, c.cfg.Hosts[i].Memory)
		}
	}
	for i, m := range c.cfg.VMs {
		if c.at[i] != 0 || c.lost[i] {
			need = need.plus(m.Reservation)
		}
	}
	return need.within(Resources{allBut(c.cfg.Failures, cpu), allBut(c.cfg.Failures, memory)})
}

// allBut sums all amounts but the k largest.
func allBut(k int, amounts []int64) int64 {
	slices.Sort(amounts)
	var sum int64
	for _, a := range amounts[:max(0, len(amounts)-k)] {
		sum += a
	}
	return sum
}

// Request asks for maintenance of a working host: nothing is powered on there or moved there any more, and DRS begins to empty it.
func (c *Cluster) Request(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] != Working {
		return fault(InvalidHostState, 0, h, "maintenance: there is no working host %d", h)
	}
	c.mode[h-1] = Entering
	return nil
}

// Cancel takes the request back.
func (c *Cluster) Cancel(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] != Entering {
		return fault(InvalidHostState, 0, h, "cancel: there is no host %d on its way into maintenance", h)
	}
	c.mode[h-1] = Working
	return nil
}

// Evacuate is DRS moving the Unit of v away from a host on its way into maintenance. It never breaks a mandatory rule, and
// not what HA promises: the hosts that are left must be such that the cluster Tolerates failures (vSphere Resource Management, "DRS Does Not
// Evacuate a Host Requested to Enter Maintenance or Standby Mode").
func (c *Cluster) Evacuate(v VM, h Host) error {
	if err := c.running(v); err != nil {
		return err
	}
	if from := c.at[v-1]; c.mode[from-1] != Entering {
		return fault(InvalidState, v, from, "VM %d is on host %d, which is %s", v, from, c.mode[from-1])
	}
	if !c.Tolerates() {
		return fault(InsufficientFailoverResources, v, h, "without the hosts in maintenance HA could not restart all after %d failures", c.cfg.Failures)
	}
	return c.Migrate(v, h)
}

// Enter completes maintenance of a host that is empty.
func (c *Cluster) Enter(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] != Entering || slices.Contains(c.at, h) {
		return fault(InvalidHostState, 0, h, "enter: there is no empty host %d on its way into maintenance", h)
	}
	c.mode[h-1] = Maintenance
	return nil
}

// Exit ends maintenance.
func (c *Cluster) Exit(h Host) error {
	if h < 1 || int(h) > len(c.mode) || c.mode[h-1] != Maintenance {
		return fault(InvalidHostState, 0, h, "exit: there is no host %d in maintenance", h)
	}
	c.mode[h-1] = Working
	return nil
}
