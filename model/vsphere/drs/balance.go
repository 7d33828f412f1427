package drs

import (
	"math/big"
	"slices"
)

// Move is the migration of the Unit of a machine.
type Move struct {
	VM VM
	To Host
}

// Disorder is the sum over all hosts of load squared through capacity, in MHz, by the demand for CPU. It is least where the load is spread as the
// capacities are.
func (c *Cluster) Disorder() *big.Rat {
	sum := new(big.Rat)
	for _, h := range c.all() {
		sum.Add(sum, c.squared(c.Load(h).CPU, h))
	}
	return sum
}

func (c *Cluster) squared(load int64, h Host) *big.Rat {
	n := new(big.Int).Mul(big.NewInt(load), big.NewInt(load))
	return new(big.Rat).SetFrac(n, big.NewInt(c.cfg.Hosts[h-1].CPU))
}

// Gain is what moving the Unit of v, which is on, to h would lower the Disorder by. Where all machines of the unit are on one host with load a, ask for x
// and h has load b, and both hosts have capacity c, it is 2x(a - b - x) / c: more than 0 exactly where a - b > x.
func (c *Cluster) Gain(v VM, h Host) *big.Rat {
	c.want("host", int(h), len(c.mode))
	if c.At(v) == 0 {
		panic("drs: the gain of moving a VM that is not on")
	}
	next := c.Clone()
	next.move(c.Unit(v), h)
	return new(big.Rat).Sub(c.Disorder(), next.Disorder())
}

// Balance is a move of DRS to make the cluster more even: one that is legal, keeps optional rules no less well, by the sum of their Violations, and
// has a Gain of more than 0 and of Config.MinGain at least. As the disorder falls with each of them, they end, after Disorder / MinGain of them at
// most; and since none undoes what Correct has mended, moves of both kinds end, too. ("DRS will act on an optional rule as long as it does not
// impact the ability of the host": a real DRS may break one to relieve a host that is loaded beyond 100 %. If Balance did, it and Correct could
// hand machines to and fro for ever.)
//
// Versions of DRS differ in how they rank moves: by the standard deviation of the loads of hosts until 6.7, by a score for each machine since 7.0. Both
// weigh what a move improves against what it costs; what they have in common, that it must improve something, is
// what is kept here. It is no claim that DRS takes each of these moves, or the best.
func (c *Cluster) Balance(v VM, h Host) error {
	next := c.Clone()
	if err := next.Migrate(v, h); err != nil {
		return err
	}
	if g := c.Gain(v, h); g.Sign() <= 0 || g.Cmp(new(big.Rat).SetInt64(c.cfg.MinGain)) < 0 {
		return fault(InvalidState, v, h, "VM %d on host %d would lower the disorder by %s MHz, want more than 0 and %d at least", v, h, g.RatString(), c.cfg.MinGain)
	}
	if next.unkept(next.where) > c.unkept(c.where) {
		return fault(RuleViolation, v, h, "VM %d on host %d would keep optional rules less well than now", v, h)
	}
	return c.Migrate(v, h)
}

// Moves gives the moves that Balance allows, by machine and host, one for each Unit: that of its first machine.
func (c *Cluster) Moves() []Move {
	var out []Move
	for i := range c.at {
		v := VM(i + 1)
		if c.at[i] == 0 || c.Unit(v)[0] != v {
			continue
		}
		for _, h := range c.all() {
			if c.Clone().Balance(v, h) == nil {
				out = append(out, Move{v, h})
			}
		}
	}
	return out
}

// Goodness is the share of what v asks for that it gets on h, where it is or could be, with what is on h: the lesser of the shares of CPU and memory, where a host
// that is asked for more than it has gives to each in proportion. It is 1 at most. It stands for what the VM DRS score of vSphere 7.0 measures, the
// efficiency of execution, whose formula VMware does not publish; v's being moved is not part of it.
func (c *Cluster) Goodness(v VM, h Host) *big.Rat {
	c.want("VM", int(v), len(c.at))
	load, have := c.Load(h), c.cfg.Hosts[h-1]
	if c.at[v-1] != h {
		load = load.plus(c.cfg.VMs[v-1].Demand)
	}
	least := big.NewRat(1, 1)
	for _, r := range [][2]int64{{have.CPU, load.CPU}, {have.Memory, load.Memory}} {
		if r[0] < r[1] {
			if share := big.NewRat(r[0], r[1]); share.Cmp(least) < 0 {
				least = share
			}
		}
	}
	return least
}

// Better gives the hosts, in their order, on which v, which is on, would have a Goodness that is greater by more than cost, which must not be below 0: what
// DRS since 7.0 compares for each machine, as far as it is published, with the migration's cost taken off. Rules and reservations are not asked; see CanRun.
func (c *Cluster) Better(v VM, cost *big.Rat) []Host {
	if c.At(v) == 0 || cost.Sign() < 0 {
		panic("drs: better hosts of a VM that is not on, or at a cost below 0")
	}
	now := new(big.Rat).Add(c.Goodness(v, c.At(v)), cost)
	return slices.DeleteFunc(c.all(), func(h Host) bool { return h == c.At(v) || c.Goodness(v, h).Cmp(now) <= 0 })
}
