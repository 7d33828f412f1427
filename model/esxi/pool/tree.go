package pool

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// ID numbers a pool of a tree, from 0, the root.
type ID int

// Root is the pool of the whole host or cluster. Its reservation is the capacity, and it has no limit.
const Root ID = 0

// VM numbers a virtual machine of a tree, from 1.
type VM int

// Config is the configuration of a pool (vSphere API, ResourceConfigSpec).
type Config struct {
	CPU, Memory Allocation
	// ScaleDescendantsShares makes the shares of all pools below scalable.
	ScaleDescendantsShares bool
}

// Machine is the configuration of a virtual machine.
type Machine struct {
	VCPUs       int64
	MemoryMB    int64
	OverheadMB  int64 // what the host needs to run it; reserved beside its reservation
	CPU, Memory Allocation
}

// Tree is a tree of resource pools with the virtual machines in them: what is reserved, what may be, and how much each is
// entitled to.
//
// What is reserved never exceeds the capacity, at any level: a power-on, and a change of a pool, is granted when the pool has as
// much unreserved or, if its reservation is expandable, can borrow the rest from its parent, and so on up to the first pool
// that is not expandable (vSphere Resource Management, Admission Control for Resource Pools). A child pool takes its whole
// reservation from its parent as soon as it is there. What is reserved counts against the limits of all pools above.
// Everything is granted for CPU and memory, or nothing is; a refused step changes nothing. admission.bh has the claims.
//
// The zero Tree has no capacity and no base of scalable shares; make one with New.
type Tree struct {
	base  [len(Resources)]int64 // see SetScaleBase
	pools []node                // by ID
	vms   []machine             // by VM-1
}

type node struct {
	gone   bool
	parent ID
	config Config
}

type machine struct {
	in     ID
	on     bool
	config Machine
}

// Insufficient is the fault of admission control: InsufficientCpuResourcesFault or InsufficientMemoryResourcesFault, both
// of the kind InsufficientResourcesFault. It wraps model.ErrRefused.
type Insufficient struct {
	Resource   Resource
	Pool       ID    // that was asked
	At         ID    // that pool or one above it: where no more is to be had
	Unreserved int64 // all that the pool that was asked could grant
	Requested  int64
}

// Fault is the name that the API has for it.
func (f *Insufficient) Fault() vim.FaultName {
	return [...]vim.FaultName{CPU: vim.InsufficientCPUResources, Memory: vim.InsufficientMemoryResources}[f.Resource]
}

// Error gives the name and the amounts.
func (f *Insufficient) Error() string {
	unit := units[f.Resource]
	return fmt.Sprintf("%s: pool %d has %d %s unreserved, want %d %s (refused by pool %d)", f.Fault(), f.Pool, f.Unreserved, unit, f.Requested, unit, f.At)
}

// Unwrap gives model.ErrRefused.
func (f *Insufficient) Unwrap() error { return model.ErrRefused }

// New makes a tree of the root alone, with so many MHz and MB.
func New(cpu, memory int64) (*Tree, error) {
	root := Config{CPU: Unlimited(), Memory: Unlimited()}
	root.CPU.Reservation, root.Memory.Reservation = cpu, memory
	if err := root.validate(); err != nil {
		return nil, err
	}
	t := &Tree{pools: []node{{parent: -1, config: root}}}
	for _, r := range Resources {
		t.base[r] = Shares{Level: Normal}.OfPool(r)
	}
	return t, nil
}

// Clone returns an independent copy.
func (t *Tree) Clone() *Tree {
	c := *t
	c.pools = slices.Clone(t.pools)
	c.vms = slices.Clone(t.vms)
	return &c
}

func (c *Config) of(r Resource) *Allocation {
	return [...]*Allocation{CPU: &c.CPU, Memory: &c.Memory}[r]
}

func (c *Config) validate() error {
	for _, r := range Resources {
		if err := c.of(r).validate(); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
	}
	return nil
}

func (m *Machine) of(r Resource) Allocation { return [...]Allocation{CPU: m.CPU, Memory: m.Memory}[r] }

// overhead is what is reserved for m beside its reservation.
func (m *Machine) overhead(r Resource) int64 { return [...]int64{CPU: 0, Memory: m.OverheadMB}[r] }

// reserves is what the power-on of m takes.
func (m *Machine) reserves(r Resource) int64 { return m.of(r).Reservation + m.overhead(r) }

func (m *Machine) shares(r Resource) int64 {
	return m.of(r).Shares.Of(r, [...]int64{CPU: m.VCPUs, Memory: m.MemoryMB}[r])
}

func (m *Machine) validate() error {
	for _, r := range Resources {
		a := m.of(r)
		if err := a.validate(); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		if a.Expandable {
			return fmt.Errorf("%s: the reservation of a virtual machine is not expandable", r)
		}
	}
	switch {
	case m.VCPUs < 1 || m.VCPUs > MaxAmount:
		return fmt.Errorf("got %d virtual CPUs, want at least 1", m.VCPUs)
	case m.MemoryMB < 1 || m.MemoryMB > MaxAmount:
		return fmt.Errorf("got %d MB, want 1 to %d", m.MemoryMB, int64(MaxAmount))
	case m.Memory.Reservation > m.MemoryMB:
		return fmt.Errorf("got a memory reservation of %d MB, want at most the %d MB that are configured", m.Memory.Reservation, m.MemoryMB)
	case m.OverheadMB < 0 || m.OverheadMB > MaxAmount:
		return fmt.Errorf("got an overhead of %d MB, want 0 to %d", m.OverheadMB, int64(MaxAmount))
	}
	return nil
}

// Has tells whether there is a pool of this number.
func (t *Tree) Has(p ID) bool { return p >= 0 && int(p) < len(t.pools) && !t.pools[p].gone }

// Pools lists the pools by their numbers.
func (t *Tree) Pools() []ID {
	var out []ID
	for i := range t.pools {
		if t.Has(ID(i)) {
			out = append(out, ID(i))
		}
	}
	return out
}

// VMs is the number of virtual machines.
func (t *Tree) VMs() int { return len(t.vms) }

// On tells whether v is powered on.
func (t *Tree) On(v VM) bool { return t.machine(v).on }

// In is the pool of v.
func (t *Tree) In(v VM) ID { return t.machine(v).in }

// Machine is the configuration of v.
func (t *Tree) Machine(v VM) Machine { return t.machine(v).config }

// Config is the configuration of p.
func (t *Tree) Config(p ID) Config { return t.node(p).config }

// Parent is the parent of p, and -1 of the root.
func (t *Tree) Parent(p ID) ID { return t.node(p).parent }

// Below tells whether p is a or below it.
func (t *Tree) Below(p, a ID) bool {
	for ; p >= 0; p = t.node(p).parent {
		if p == a {
			return true
		}
	}
	return false
}

func (t *Tree) node(p ID) *node {
	if !t.Has(p) {
		panic(fmt.Sprintf("pool: there is no pool %d", p))
	}
	return &t.pools[p]
}

func (t *Tree) machine(v VM) *machine {
	if v < 1 || int(v) > len(t.vms) {
		panic(fmt.Sprintf("pool: VM %d: want 1 to %d", v, len(t.vms)))
	}
	return &t.vms[v-1]
}

// Used is what of p's reservation, and beyond it, is taken: the reservations of the powered-on virtual machines in p, and of
// each child pool its reservation or what it uses, whichever is more (reservationUsed of the API's
// ResourcePoolResourceUsage, which counts all descendants).
func (t *Tree) Used(r Resource, p ID) int64 {
	t.node(p)
	used := int64(0)
	for _, m := range t.vms {
		if m.on && m.in == p {
			used += m.config.reserves(r)
		}
	}
	for c, n := range t.pools {
		if !n.gone && n.parent == p {
			used += max(n.config.of(r).Reservation, t.Used(r, ID(c)))
		}
	}
	return used
}

// UsedForVM is what is reserved by the powered-on virtual machines in p and below it (reservationUsedForVm).
func (t *Tree) UsedForVM(r Resource, p ID) int64 {
	t.node(p)
	used := int64(0)
	for _, m := range t.vms {
		if m.on && t.Below(m.in, p) {
			used += m.config.reserves(r)
		}
	}
	return used
}

// Borrowed is what p uses beyond its own reservation; its parent lends it.
func (t *Tree) Borrowed(r Resource, p ID) int64 {
	return max(0, t.Used(r, p)-t.node(p).config.of(r).Reservation)
}

// Unreserved is the most that p would grant a pool (unreservedForPool). It never is less than 0.
//
// The API says of an expandable pool that reservation + parent.unreserved = reservationUsed + unreserved. With what the
// parent has left after its loan, that is true while nothing is borrowed; in general the sum on the left has Borrowed in it, too.
// Both need pools without limits that bind.
func (t *Tree) Unreserved(r Resource, p ID) int64 {
	a, used := t.node(p).config.of(r), t.Used(r, p)
	left := max(0, a.Reservation-used)
	if a.Expandable {
		left += t.Unreserved(r, t.node(p).parent)
	}
	if a.Limit != NoLimit {
		left = min(left, a.Limit-used)
	}
	return max(0, left)
}

// UnreservedForVM is the most that p would grant a virtual machine (unreservedForVm): what it would grant a pool, unless capacity
// was lost; then, what the machines that run leave of the root at most.
func (t *Tree) UnreservedForVM(r Resource, p ID) int64 {
	return min(t.Unreserved(r, p), max(0, t.pools[Root].config.of(r).Reservation-t.UsedForVM(r, Root)))
}

// admit tells whether p grants so much, and where not, why.
func (t *Tree) admit(r Resource, p ID, amount int64) error {
	rest := amount
	for at := p; rest > 0; at = t.node(at).parent {
		a, used := t.node(at).config.of(r), t.Used(r, at)
		over := a.Limit != NoLimit && rest > a.Limit-used
		rest -= min(rest, max(0, a.Reservation-used))
		if over || rest > 0 && !a.Expandable {
			return &Insufficient{Resource: r, Pool: p, At: at, Unreserved: t.Unreserved(r, p), Requested: amount}
		}
	}
	return nil
}

// admitVM is admit for the power-on of a machine.
func (t *Tree) admitVM(r Resource, p ID, amount int64) error {
	if left := t.UnreservedForVM(r, p); amount > left && amount <= t.Unreserved(r, p) {
		return &Insufficient{Resource: r, Pool: p, At: Root, Unreserved: left, Requested: amount}
	}
	return t.admit(r, p, amount)
}

// AddVM puts a virtual machine, powered off, into p.
func (t *Tree) AddVM(p ID, m Machine) (VM, error) {
	if !t.Has(p) {
		return 0, notFound(p)
	}
	if err := m.validate(); err != nil {
		return 0, invalid(err)
	}
	t.vms = append(t.vms, machine{in: p, config: m})
	return VM(len(t.vms)), nil
}

// PowerOn reserves for v what it needs, in its pool and those above.
func (t *Tree) PowerOn(v VM) error {
	m, err := t.known(v)
	if err != nil {
		return err
	}
	if m.on {
		return vim.Refuse(vim.InvalidPowerState, "VM %d is on", v)
	}
	return t.settle(m, machine{in: m.in, on: true, config: m.config})
}

// settle makes m what it is to be, if what that reserves is granted once what m reserves is given back. What reserves no more in
// the same pool needs no grant.
func (t *Tree) settle(m *machine, next machine) error {
	was := *m
	m.on = false
	for _, r := range Resources {
		if !next.on || was.on && was.in == next.in && next.config.reserves(r) <= was.config.reserves(r) {
			continue
		}
		if err := t.admitVM(r, next.in, next.config.reserves(r)); err != nil {
			*m = was
			return err
		}
	}
	*m = next
	return nil
}

// Move puts v into p, which must grant what v reserves if it is on.
func (t *Tree) Move(v VM, p ID) error {
	m, err := t.known(v)
	if err != nil {
		return err
	}
	if !t.Has(p) {
		return notFound(p)
	}
	return t.settle(m, machine{in: p, on: m.on, config: m.config})
}

// Reallocate gives v, on or off, other allocations.
func (t *Tree) Reallocate(v VM, cpu, memory Allocation) error {
	m, err := t.known(v)
	if err != nil {
		return err
	}
	next := *m
	next.config.CPU, next.config.Memory = cpu, memory
	if err := next.config.validate(); err != nil {
		return invalid(err)
	}
	return t.settle(m, next)
}

// PowerOff gives back all that v has reserved, and so all that was borrowed for it.
func (t *Tree) PowerOff(v VM) error {
	m, err := t.known(v)
	if err != nil {
		return err
	}
	if !m.on {
		return vim.Refuse(vim.InvalidPowerState, "VM %d is off", v)
	}
	m.on = false
	return nil
}

// Create makes a pool below p. The whole reservation is taken from p at once, used or not. The new pool has the lowest
// number that no other has.
func (t *Tree) Create(p ID, c Config) (ID, error) {
	if !t.Has(p) {
		return 0, notFound(p)
	}
	if err := c.validate(); err != nil {
		return 0, invalid(err)
	}
	if c.ScaleDescendantsShares && t.scales(p) {
		return 0, model.Refuse("scale the shares below a new pool of %d: they are scalable already", p)
	}
	for _, r := range Resources {
		if err := t.admit(r, p, c.of(r).Reservation); err != nil {
			return 0, err
		}
	}
	id := slices.IndexFunc(t.pools, func(n node) bool { return n.gone })
	if id < 0 {
		id = len(t.pools)
		t.pools = append(t.pools, node{})
	}
	t.pools[id] = node{parent: p, config: c}
	return ID(id), nil
}

// Update gives p, which is not the root, another configuration. Its parent must grant what the pool takes of it beyond
// what it takes now; what runs in p must be within the new limit, and within the new reservation unless that is expandable.
func (t *Tree) Update(p ID, c Config) error {
	if err := t.inner("update", p); err != nil {
		return err
	}
	if err := c.validate(); err != nil {
		return invalid(err)
	}
	if c.ScaleDescendantsShares && !t.node(p).config.ScaleDescendantsShares && t.Scalable(p) {
		return model.Refuse("scale the shares below pool %d: they are scalable already", p)
	}
	for _, r := range Resources {
		if err := t.mayUpdate(r, p, c); err != nil {
			return err
		}
	}
	t.node(p).config = c
	return nil
}

func (t *Tree) mayUpdate(r Resource, p ID, c Config) error {
	used, is, next := t.Used(r, p), t.node(p).config.of(r).Reservation, *c.of(r)
	if !next.Expandable && used > next.Reservation || next.Limit != NoLimit && used > next.Limit {
		return vim.Refuse(vim.InsufficientResources, "%d %s of pool %d are in use", used, units[r], p)
	}
	return t.admit(r, t.node(p).parent, max(next.Reservation, used)-max(is, used))
}

// Remove takes p, which is not the root, away. The machines and pools in it become its parent's.
func (t *Tree) Remove(p ID) error {
	if err := t.inner("remove", p); err != nil {
		return err
	}
	up := t.node(p).parent
	for i := range t.vms {
		if t.vms[i].in == p {
			t.vms[i].in = up
		}
	}
	for i := range t.pools {
		if t.pools[i].parent == p {
			t.pools[i].parent = up
		}
	}
	t.pools[p] = node{gone: true}
	for t.pools[len(t.pools)-1].gone {
		t.pools = t.pools[:len(t.pools)-1]
	}
	return nil
}

// SetCapacity says that the root has so many MHz and MB now, as after a host failed or joined. Nobody is asked, and what is reserved
// stays so: the root grants nothing more until that fits again, though pools grant what is left of their own reservations as long as
// all machines fit.
func (t *Tree) SetCapacity(cpu, memory int64) error {
	root := t.pools[Root].config
	root.CPU.Reservation, root.Memory.Reservation = cpu, memory
	if err := root.validate(); err != nil {
		return invalid(err)
	}
	t.pools[Root].config = root
	return nil
}

// SetScaling makes the shares of all pools scalable, or no longer: the setting of the cluster, which is that of the root.
func (t *Tree) SetScaling(on bool) { t.pools[Root].config.ScaleDescendantsShares = on }

func (t *Tree) known(v VM) (*machine, error) {
	if v < 1 || int(v) > len(t.vms) {
		return nil, vim.Refuse(vim.ManagedObjectNotFound, "VM %d: want 1 to %d", v, len(t.vms))
	}
	return &t.vms[v-1], nil
}

func (t *Tree) inner(step string, p ID) error {
	if !t.Has(p) {
		return notFound(p)
	}
	if p == Root {
		return model.Refuse("%s pool %d: it is the root", step, p)
	}
	return nil
}

func notFound(p ID) error { return vim.Refuse(vim.ManagedObjectNotFound, "there is no pool %d", p) }

func invalid(err error) error { return vim.Refuse(vim.InvalidArgument, "%v", err) }

// scales tells whether the shares of the children of p are scalable.
func (t *Tree) scales(p ID) bool { return t.node(p).config.ScaleDescendantsShares || t.Scalable(p) }

// Scalable tells whether the shares of p are: some pool above it scales the shares of its descendants (sharesScalable of
// the API's ResourcePoolRuntimeInfo).
func (t *Tree) Scalable(p ID) bool { return p != Root && t.scales(t.node(p).parent) }

// SetScaleBase says of how many shares of a pool with scalable shares the multiplier is 1. The API says that the shares
// set on the pool are the multiplier of the sum of the shares of the powered-on virtual machines below, and the ratio of the levels
// is 1:2:4; what a pool weighs against a virtual machine beside it depends on this base, and is published nowhere. New sets it to
// the shares of the level Normal, so that a machine in a normal pool weighs as much as the same machine beside it.
func (t *Tree) SetScaleBase(r Resource, shares int64) error {
	if shares < 1 || shares > MaxShares {
		return invalid(fmt.Errorf("got a base of %d shares, want 1 to %d", shares, MaxShares))
	}
	t.base[r] = shares
	return nil
}

// Weight is the number of shares with which p competes with its siblings: those set on it or, where they are scalable, the
// multiplier times the sum of the shares of all powered-on virtual machines below it (vSphere API,
// ResourceConfigSpec.scaleDescendantsShares).
func (t *Tree) Weight(r Resource, p ID) *big.Rat {
	set := t.node(p).config.of(r).Shares.OfPool(r)
	if !t.Scalable(p) {
		return whole(set)
	}
	below := new(big.Rat)
	for _, m := range t.vms {
		if m.on && t.Below(m.in, p) {
			below.Add(below, whole(m.config.shares(r)))
		}
	}
	return below.Mul(below, big.NewRat(set, t.base[r]))
}

// Entitlement is what everybody in a tree is entitled to, in MHz or MB.
type Entitlement struct {
	Pools map[ID]*big.Rat
	VMs   []*big.Rat // by VM-1
}

// Entitled divides the capacity: that of each pool among its children, from the root down, as Divide does. A pool claims for
// its children what they can use together, and is given at least what they have reserved. demand is how much each powered-on machine
// could use, by VM-1. An entitlement to memory includes the overhead, which comes on top of reservation, limit and demand.
//
// The error is an *Overcommitted where capacity was lost and the reservations do not fit any more.
func (t *Tree) Entitled(r Resource, demand []int64) (*Entitlement, error) {
	if len(demand) != len(t.vms) {
		return nil, fmt.Errorf("got the demands of %d machines, want %d", len(demand), len(t.vms))
	}
	for i, d := range demand {
		if d < 0 || d > MaxAmount {
			return nil, fmt.Errorf("VM %d: got a demand of %d, want 0 to %d", i+1, d, int64(MaxAmount))
		}
	}
	e := &Entitlement{Pools: map[ID]*big.Rat{Root: whole(t.pools[Root].config.of(r).Reservation)}, VMs: make([]*big.Rat, len(t.vms))}
	if err := t.divide(r, Root, demand, e); err != nil {
		return nil, err
	}
	return e, nil
}

func (t *Tree) divide(r Resource, p ID, demand []int64, e *Entitlement) error {
	var claims []Claim
	var give []func(*big.Rat)
	for i := range t.vms {
		if t.vms[i].in == p {
			claims = append(claims, t.claimOfVM(r, i, demand))
			give = append(give, func(amount *big.Rat) { e.VMs[i] = amount })
		}
	}
	for c, n := range t.pools {
		if !n.gone && n.parent == p {
			claims = append(claims, t.claimOfPool(r, ID(c), demand))
			give = append(give, func(amount *big.Rat) { e.Pools[ID(c)] = amount })
		}
	}
	_, given, err := Divide(e.Pools[p], claims)
	if err != nil {
		return err
	}
	for i, amount := range given {
		give[i](amount)
	}
	for c, n := range t.pools {
		if !n.gone && n.parent == p {
			if err := t.divide(r, ID(c), demand, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// claimOfVM is the claim of VM i+1: of one that is off, nothing.
func (t *Tree) claimOfVM(r Resource, i int, demand []int64) Claim {
	m := t.vms[i]
	c := Claim{Limit: NoLimit, Shares: whole(m.config.shares(r))}
	if !m.on {
		return c
	}
	over := m.config.overhead(r)
	c.Reservation, c.Demand = m.config.reserves(r), min(demand[i]+over, MaxAmount)
	if limit := m.config.of(r).Limit; limit != NoLimit {
		c.Limit = min(limit+over, MaxAmount)
	}
	return c
}

// claimOfPool claims what the children of p claim together. What they have borrowed is as good as reserved for p. No demand above
// the greatest capacity makes a difference.
func (t *Tree) claimOfPool(r Resource, p ID, demand []int64) Claim {
	a := t.node(p).config.of(r)
	c := Claim{Reservation: max(a.Reservation, t.Used(r, p)), Limit: a.Limit, Shares: t.Weight(r, p)}
	for i := range t.vms {
		if t.vms[i].in == p {
			c.Demand += t.claimOfVM(r, i, demand).Ceiling()
		}
	}
	for q, n := range t.pools {
		if !n.gone && n.parent == p {
			c.Demand += t.claimOfPool(r, ID(q), demand).Ceiling()
		}
	}
	c.Demand = min(c.Demand, MaxAmount)
	return c
}
