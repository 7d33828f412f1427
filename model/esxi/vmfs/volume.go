package vmfs

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Slot numbers a heartbeat slot of a volume, from 1. The zero Slot is none.
type Slot int

// Path is how a host reaches the storage.
type Path uint8

// The states of a path.
const (
	Whole   Path = iota
	Stalled      // nothing arrives at the storage, nor comes back
	Cut          // neither the storage nor the network is reached
)

var pathNames = [...]string{"whole", "stalled", "cut"}

// String gives the spelling of the models.
func (p Path) String() string {
	if int(p) < len(pathNames) {
		return pathNames[p]
	}
	return fmt.Sprintf("path(%d)", uint8(p))
}

// The times of ESXi in seconds, for a Config whose ticks are seconds.
const (
	HeartbeatSeconds = 3  // between heartbeats
	LeaseSeconds     = 16 // without a heartbeat, after which a host is taken for dead (VMware knowledge base, 330024)
	// IsolationSeconds is about what a host needs to find itself isolated and respond (vSphere HA; not in the API reference). It
	// is longer than the lease: see Config.Response.
	IsolationSeconds = 30
)

// Config is the sizes and times of a volume, and what it rests on.
type Config struct {
	Hosts  int
	Slots  int // at least as many
	Period int // ticks between heartbeats
	Lease  int // ticks without a heartbeat that other hosts wait for; more than Period

	// Response is the ticks after which a host that is cut off powers its machines off: vSphere HA's isolation response powerOff.
	// 0 stands for never, the response none. Where it is not less than Lease, others may start a machine that is still alive.
	Response int
	// Unfenced: what a host had sent arrives even after its lock was broken. Otherwise the storage drops it first.
	Unfenced bool
	// Unchecked: a host that has not reached its slot for Lease goes on writing. Otherwise it waits until it has looked whether
	// the slot is still its own.
	Unchecked bool
}

// sector is a heartbeat slot on the disk.
type sector struct {
	holder     Host // 0 for a free one
	generation uint64
	changed    int // the tick of the last change: the timestamp
}

// lock is the lock of the virtual disk.
type lock struct {
	owner      Host // 0 where it is free
	slot       Slot
	generation uint64
}

// member is a host.
type member struct {
	up         bool
	path       Path
	slot       Slot // that it thinks is its own; 0 for none
	generation uint64
	beat       int  // the tick of its last heartbeat that arrived
	live       bool // the machine runs here
	sent       bool // a write is on its way
	watching   bool
	began      int // the tick at which it began to watch the slot of the owner
}

// Volume is a VMFS volume with a virtual disk, the hosts that use it, and the one machine that any of them may run;
// locks.bh is the model of it.
//
// A host that wants the machine while the lock is held watches the heartbeat slot that the lock names. When it has not
// changed for a lease, Break clears it and frees the lock. The owner, if it is not dead, finds another generation in its slot
// and stops the machine. For what makes that safe see Config.
//
// Tick is refused where a host has to do something first, which ESXi does in time: a heartbeat, an isolation response, breaking a lock.
//
// The zero Volume has no hosts; make one with NewVolume.
type Volume struct {
	config Config
	now    int
	slots  []sector
	lock   lock
	hosts  []member
}

// NewVolume makes a volume that no host has mounted yet. All hosts are up.
func NewVolume(c Config) (*Volume, error) {
	switch {
	case c.Hosts < 1 || c.Slots < c.Hosts:
		return nil, fmt.Errorf("got %d hosts and %d slots, want 1 host or more and as many slots", c.Hosts, c.Slots)
	case c.Period < 1 || c.Lease <= c.Period:
		return nil, fmt.Errorf("got a heartbeat every %d ticks and a lease of %d, want 1 or more, and a longer lease", c.Period, c.Lease)
	case c.Response < 0:
		return nil, fmt.Errorf("got a response after %d ticks, want 0 for never or more", c.Response)
	}
	v := &Volume{config: c, slots: make([]sector, c.Slots), hosts: make([]member, c.Hosts)}
	for i := range v.hosts {
		v.hosts[i].up = true
	}
	return v, nil
}

// Clone returns an independent copy.
func (v *Volume) Clone() *Volume {
	out := *v
	out.slots = slices.Clone(v.slots)
	out.hosts = slices.Clone(v.hosts)
	return &out
}

// Hosts is the number of hosts.
func (v *Volume) Hosts() int { return len(v.hosts) }

// Now is the number of ticks so far.
func (v *Volume) Now() int { return v.now }

// Owner is the host that holds the lock, 0 for none.
func (v *Volume) Owner() Host { return v.lock.owner }

// Live tells whether the machine is alive on h: it runs, or would if it could reach its disk. It panics when there is no such
// host, and so do Sent and Trusts.
func (v *Volume) Live(h Host) bool { return v.must(h).live }

// Sent tells whether a write of the machine on h is on its way to the disk.
func (v *Volume) Sent(h Host) bool { return v.must(h).sent }

// Trusts tells whether h takes its slot and its locks for its own, as far as it can know.
func (v *Volume) Trusts(h Host) bool { return v.trusts(v.must(h)) }

func (v *Volume) must(h Host) *member {
	mustName(h, len(v.hosts))
	return &v.hosts[h-1]
}

func (v *Volume) trusts(m *member) bool {
	return m.slot != 0 && (v.now-m.beat < v.config.Lease || v.config.Unchecked)
}

// reaches tells whether what m sends arrives.
func (m *member) reaches() bool { return m.up && m.path == Whole }

// kept tells whether m's slot has the generation that m knows.
func (v *Volume) kept(m *member) bool {
	return m.slot != 0 && v.slots[m.slot-1].generation == m.generation
}

// fresh tells whether the slot that the lock names has the generation that the lock names.
func (v *Volume) fresh() bool {
	return v.lock.owner != 0 && v.slots[v.lock.slot-1].generation == v.lock.generation
}

// watched is for how long m has seen no change in the slot of the owner.
func (v *Volume) watched(m *member) int { return v.now - max(m.began, v.slots[v.lock.slot-1].changed) }

// at gives h where it reaches the disk.
func (v *Volume) at(h Host) (*member, error) {
	if err := known(h, len(v.hosts)); err != nil {
		return nil, err
	}
	m := v.must(h)
	if !m.reaches() {
		return nil, model.Refuse("host %d: up %t, path %s", h, m.up, m.path)
	}
	return m, nil
}

// trusted gives h where it reaches the disk, too, and trusts its slot.
func (v *Volume) trusted(h Host) (*member, error) {
	m, err := v.at(h)
	if err == nil && !v.trusts(m) {
		return nil, model.Refuse("host %d has not mounted the volume, or not reached its slot for %d ticks", h, v.now-m.beat)
	}
	return m, err
}

// change writes a slot that gets another generation.
func (v *Volume) change(s Slot, holder Host) {
	v.slots[s-1] = sector{holder: holder, generation: v.slots[s-1].generation + 1, changed: v.now}
}

// Mount says that h takes slot s, which is free or was its own before it failed.
func (v *Volume) Mount(h Host, s Slot) error {
	m, err := v.at(h)
	switch {
	case err != nil:
		return err
	case s < 1 || int(s) > len(v.slots):
		return model.Refuse("slot %d: want 1 to %d", s, len(v.slots))
	case m.slot != 0:
		return model.Refuse("host %d has slot %d", h, m.slot)
	case v.slots[s-1].holder != 0 && v.slots[s-1].holder != h:
		return model.Refuse("slot %d is that of host %d", s, v.slots[s-1].holder)
	}
	v.change(s, h)
	m.slot, m.generation, m.beat = s, v.slots[s-1].generation, v.now
	return nil
}

// Beat says that a heartbeat of h arrives. It is refused where the slot has another generation, and where one arrived in this
// tick.
func (v *Volume) Beat(h Host) error {
	m, err := v.at(h)
	switch {
	case err != nil:
		return err
	case !v.kept(m):
		return model.Refuse("host %d: slot %d has another generation", h, m.slot)
	case m.beat == v.now:
		return model.Refuse("host %d has sent a heartbeat", h)
	}
	m.beat = v.now
	v.slots[m.slot-1].changed = v.now
	return nil
}

// Lose says that h finds another generation in its slot: its locks are gone, so the machine is stopped and what it sent called
// back.
func (v *Volume) Lose(h Host) error {
	m, err := v.at(h)
	switch {
	case err != nil:
		return err
	case m.slot == 0 || v.kept(m):
		return model.Refuse("host %d has lost nothing", h)
	}
	*m = member{up: true}
	return nil
}

// Open powers the machine on, on h. The error is a FileLocked where another one holds the lock.
func (v *Volume) Open(h Host) error {
	m, err := v.trusted(h)
	switch {
	case err != nil:
		return err
	case v.lock.owner != 0:
		return &FileLocked{Image{Exclusive, []Host{v.lock.owner}}}
	}
	v.lock = lock{owner: h, slot: m.slot, generation: m.generation}
	m.live, m.watching = true, false
	return nil
}

// Close frees the lock of h, and powers the machine off if it is on. It is refused while a write is on its way.
func (v *Volume) Close(h Host) error {
	m, err := v.trusted(h)
	switch {
	case err != nil:
		return err
	case v.lock.owner != h || v.lock.slot != m.slot || !v.fresh():
		return model.Refuse("host %d does not hold the lock", h)
	case m.sent:
		return model.Refuse("a write of host %d is on its way", h)
	}
	m.live = false
	v.free()
	return nil
}

// free says that the lock is nobody's.
func (v *Volume) free() {
	v.lock = lock{}
	for i := range v.hosts {
		v.hosts[i].watching = false
	}
}

// Send says that the guest on h writes. The write is on its way until it arrives or is dropped.
func (v *Volume) Send(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if !m.up || !m.live || m.sent || !v.trusts(m) {
		return model.Refuse("host %d: live %t, a write on its way %t, trusts its lock %t", h, m.live, m.sent, v.trusts(m))
	}
	m.sent = true
	return nil
}

// Arrive says that the write of h arrives. That its lock is held by h is what all this is for, and not looked at.
func (v *Volume) Arrive(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if !m.sent || m.path != Whole {
		return model.Refuse("host %d: a write on its way %t, path %s", h, m.sent, m.path)
	}
	m.sent = false
	return nil
}

// Watch says that h wants to run the machine and begins to watch the owner of the lock.
func (v *Volume) Watch(h Host) error {
	m, err := v.trusted(h)
	switch {
	case err != nil:
		return err
	case v.lock.owner == 0 || m.watching || m.live:
		return model.Refuse("host %d: lock of %d, watching %t, live %t", h, v.lock.owner, m.watching, m.live)
	case v.fresh() && v.lock.slot == m.slot:
		return model.Refuse("host %d holds the lock", h)
	}
	m.watching, m.began = true, v.now
	return nil
}

// due tells whether m, which watches, may break the lock: the slot has not changed for a lease, or has another generation than
// the lock names.
func (v *Volume) due(m *member) bool {
	return m.watching && (!v.fresh() || v.watched(m) >= v.config.Lease)
}

// Break clears the slot of the owner and frees the lock for h, which has watched it for long enough.
func (v *Volume) Break(h Host) error {
	m, err := v.trusted(h)
	switch {
	case err != nil:
		return err
	case !v.due(m):
		return model.Refuse("host %d: the owner is not dead", h)
	}
	if v.fresh() {
		v.change(v.lock.slot, 0)
	}
	if !v.config.Unfenced {
		v.must(v.lock.owner).sent = false
	}
	v.free()
	return nil
}

// Stall says that the path of h fails: Stalled or Cut. What cuts a host off does so between heartbeats that arrive.
func (v *Volume) Stall(h Host, how Path) error {
	if how != Stalled && how != Cut {
		return fmt.Errorf("got path %s, want stalled or cut", how)
	}
	m, err := v.at(h)
	switch {
	case err != nil:
		return err
	case how == Cut && m.slot != 0 && v.now-m.beat > v.config.Period:
		return model.Refuse("host %d has to send a heartbeat first", h)
	}
	m.path, m.watching = how, false
	return nil
}

// Heal says that h reaches everything again.
func (v *Volume) Heal(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if !m.up || m.path == Whole {
		return model.Refuse("host %d: up %t, path %s", h, m.up, m.path)
	}
	m.path = Whole
	return nil
}

// PowerOff is the isolation response of h: refused before its time, and where there is none.
func (v *Volume) PowerOff(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if !v.responds(m) {
		return model.Refuse("host %d does not respond to isolation now", h)
	}
	m.live = false
	return nil
}

// responds tells whether it is time for the isolation response of m.
func (v *Volume) responds(m *member) bool {
	r := v.config.Response
	return m.up && m.path == Cut && m.live && r > 0 && v.now-m.beat >= r
}

// Crash says that h fails. What it sent may still arrive.
func (v *Volume) Crash(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if !m.up {
		return model.Refuse("host %d is down", h)
	}
	*m = member{sent: m.sent}
	return nil
}

// Boot brings h up again.
func (v *Volume) Boot(h Host) error {
	if err := known(h, len(v.hosts)); err != nil {
		return err
	}
	m := v.must(h)
	if m.up {
		return model.Refuse("host %d is up", h)
	}
	m.up = true
	return nil
}

// Tick says that a tick passes. It is refused where a host has to do something first, and where none is up.
func (v *Volume) Tick() error {
	up := false
	for i := range v.hosts {
		m := &v.hosts[i]
		up = up || m.up
		switch {
		case m.reaches() && m.slot != 0 && v.now-m.beat >= v.config.Period:
			return model.Refuse("host %d has to send a heartbeat", i+1)
		case v.responds(m):
			return model.Refuse("host %d has to power off", i+1)
		case m.reaches() && v.trusts(m) && m.watching && v.watched(m) >= v.config.Lease:
			return model.Refuse("host %d has to break the lock", i+1)
		}
	}
	if !up {
		return model.Refuse("no host is up")
	}
	v.now++
	return nil
}
