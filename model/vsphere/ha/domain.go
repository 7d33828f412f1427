package ha

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Health is what is left of a host.
type Health int

// The healths of a host.
const (
	Up   Health = iota
	Mute        // the host is up, its agent does not run
	Down
)

func (h Health) String() string { return [...]string{"up", "mute", "down"}[h] }

// Role is that of an agent among the others, as it sees itself.
type Role int

// The roles of an agent.
const (
	Electing Role = iota // or without an agent
	Slave
	Leads
	Alone // isolated
)

func (r Role) String() string { return [...]string{"election", "slave", "master", "alone"}[r] }

// Segment is a part of the management network, from 1; hosts in the same one hear each other. A host in Cut hears nobody,
// nor do its isolation addresses answer.
type Segment int

// Cut is the segment of hosts that are cut off, each by itself.
const Cut Segment = 0

// Domain is the fault domain of a cluster: its hosts, their agents and the machines that HA protects. What happens to
// hosts, their network and their datastores is told it; what the agents do about that are its other steps. A step is
// refused where an agent would not take it.
//
// What it guarantees, checked in fdm.bh: two instances of a machine never both reach its files; and where a host is not
// cut off and without agent or datastores at a time, only hosts that are down are declared dead, and there never are two
// instances.
type Domain struct {
	candidates []Candidate
	responses  []Response
	hosts      []hostState
	vms        []vmState
}

type hostState struct {
	health  Health
	segment Segment
	noDisk  bool
	role    Role
	dead    []Host // declared dead by this host, in order
}

type vmState struct {
	runs, stopping []Host // in order
	lock, home     Host
}

// NewDomain makes a domain of hosts that are up, in segment 1, with their datastores and before their first election, and
// of machines that are off, with their isolation responses; see Respond.
func NewDomain(candidates []Candidate, responses []Response) (*Domain, error) {
	ids := map[string]bool{}
	for i, c := range candidates {
		if ids[c.ID] {
			return nil, fmt.Errorf("host %d: there are two of %q", i+1, c.ID)
		}
		ids[c.ID] = true
	}
	for i, r := range responses {
		if r != NoResponse && r != PowerOff && r != ShutDown {
			return nil, fmt.Errorf("VM %d: got isolation response %q, want %q, %q or %q", i+1, r, NoResponse, PowerOff, ShutDown)
		}
	}
	d := &Domain{
		candidates: slices.Clone(candidates), responses: slices.Clone(responses),
		hosts: make([]hostState, len(candidates)), vms: make([]vmState, len(responses)),
	}
	for i := range d.hosts {
		d.hosts[i].segment = 1
	}
	return d, nil
}

// Health is that of h.
func (d *Domain) Health(h Host) Health { return d.hosts[h-1].health }

// Segment is where h is.
func (d *Domain) Segment(h Host) Segment { return d.hosts[h-1].segment }

// Disk tells whether h reaches the datastores.
func (d *Domain) Disk(h Host) bool { return !d.hosts[h-1].noDisk }

// Role is that of h.
func (d *Domain) Role(h Host) Role { return d.hosts[h-1].role }

// Dead is the hosts that h has declared dead.
func (d *Domain) Dead(h Host) []Host { return slices.Clone(d.hosts[h-1].dead) }

// Runs is where instances of v are, in order.
func (d *Domain) Runs(v VM) []Host { return slices.Clone(d.vms[v-1].runs) }

// Stopping is the isolated hosts on which the guest of v shuts down.
func (d *Domain) Stopping(v VM) []Host { return slices.Clone(d.vms[v-1].stopping) }

// Lock is the host that holds the lock on the files of v, or 0.
func (d *Domain) Lock(v VM) Host { return d.vms[v-1].lock }

// Home is the host on which v is to be, as the list of protected machines on the datastores has it, or 0.
func (d *Domain) Home(v VM) Host { return d.vms[v-1].home }

// Signs are the signs of life of h that m has.
func (d *Domain) Signs(m, h Host) Signs {
	return Signs{
		Network:   d.agent(h) && d.linked(m, h),
		Datastore: d.agent(h) && d.Disk(h) && d.Disk(m),
		Isolated:  d.Role(h) == Alone,
		Ping:      d.Health(h) != Down && d.linked(m, h),
	}
}

func (d *Domain) agent(h Host) bool { return d.Health(h) == Up }

func (d *Domain) linked(g, h Host) bool {
	return g == h || d.Segment(g) == d.Segment(h) && d.Segment(g) != Cut
}

func (d *Domain) before(g, h Host) bool { return d.candidates[g-1].Before(d.candidates[h-1]) }

// all gives the hosts.
func (d *Domain) all() []Host {
	out := make([]Host, len(d.hosts))
	for i := range out {
		out[i] = Host(i + 1)
	}
	return out
}

// masters gives the masters that h hears.
func (d *Domain) masters(h Host) []Host {
	return slices.DeleteFunc(d.all(), func(m Host) bool { return !d.agent(m) || d.Role(m) != Leads || !d.linked(m, h) })
}

// best tells whether h wins the election that it takes part in.
func (d *Domain) best(h Host) bool {
	return !slices.ContainsFunc(d.all(), func(g Host) bool {
		return d.agent(g) && d.linked(g, h) && d.Role(g) == Electing && d.before(g, h)
	})
}

// free tells whether h may have the lock of v: nobody else holds it, or holds it and does not renew it any more.
func (d *Domain) free(v VM, h Host) bool {
	owner := d.Lock(v)
	return owner == 0 || owner == h || d.Health(owner) == Down || !d.Disk(owner)
}

// gone tells whether m knows that v does not run where it was: the host is dead, or says so over the network or the
// datastores.
func (d *Domain) gone(m Host, v VM) bool {
	g := d.Home(v)
	signs := d.Signs(m, g)
	return slices.Contains(d.hosts[m-1].dead, g) && !signs.Report().Alive() ||
		!slices.Contains(d.vms[v-1].runs, g) && (signs.Network || signs.Datastore)
}

func (d *Domain) known(h Host) error { return known("host", h, len(d.hosts)) }

func without(hs []Host, h Host) []Host {
	return slices.DeleteFunc(slices.Clone(hs), func(g Host) bool { return g == h })
}

func with(hs []Host, h Host) []Host {
	out := append(without(hs, h), h)
	slices.Sort(out)
	return out
}

// end says that h runs v no more.
func (v *vmState) end(h Host) { v.runs, v.stopping = without(v.runs, h), without(v.stopping, h) }

func (v *vmState) unlock(h Host) {
	if v.lock == h {
		v.lock = 0
	}
}

// Crash says that h is down, with what it ran. Its locks stay on disk.
func (d *Domain) Crash(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if d.Health(h) == Down {
		return model.Refuse("crash: host %d is down", h)
	}
	s := &d.hosts[h-1]
	s.health, s.role, s.dead = Down, Electing, nil
	for i := range d.vms {
		d.vms[i].end(h)
	}
	return nil
}

// Boot brings h up. It renews no lock that it took before, so that these are void.
func (d *Domain) Boot(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if d.Health(h) != Down {
		return model.Refuse("boot: host %d is %s", h, d.Health(h))
	}
	d.hosts[h-1].health = Up
	for i := range d.vms {
		d.vms[i].unlock(h)
	}
	return nil
}

// Silence says that the agent of h does not run any more; Resume that it does again.
func (d *Domain) Silence(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if d.Health(h) != Up {
		return model.Refuse("silence: host %d is %s", h, d.Health(h))
	}
	s := &d.hosts[h-1]
	s.health, s.role, s.dead = Mute, Electing, nil
	return nil
}

// Resume is described with Silence.
func (d *Domain) Resume(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if d.Health(h) != Mute {
		return model.Refuse("resume: host %d is %s", h, d.Health(h))
	}
	d.hosts[h-1].health = Up
	return nil
}

// Move says that h is in another part of the management network.
func (d *Domain) Move(h Host, to Segment) error {
	if err := d.known(h); err != nil {
		return err
	}
	if to < Cut || d.Segment(h) == to {
		return model.Refuse("move: host %d is in segment %d, want another one, from %d", h, d.Segment(h), Cut)
	}
	d.hosts[h-1].segment = to
	return nil
}

// LoseDisk says that h reaches its datastores no more; RegainDisk that it does again, whereupon it looks at its locks: an
// instance whose lock was broken is ended before it writes.
func (d *Domain) LoseDisk(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if !d.Disk(h) {
		return model.Refuse("host %d has no datastores", h)
	}
	d.hosts[h-1].noDisk = true
	return nil
}

// RegainDisk is described with LoseDisk.
func (d *Domain) RegainDisk(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if d.Disk(h) {
		return model.Refuse("host %d has its datastores", h)
	}
	d.hosts[h-1].noDisk = false
	for i := range d.vms {
		if v := &d.vms[i]; v.lock != h {
			v.end(h)
		}
	}
	return nil
}

// Elect makes h the master of its part of the network, which has none.
func (d *Domain) Elect(h Host) error {
	if err := d.role("elect", h, Electing); err != nil {
		return err
	}
	if d.Segment(h) == Cut || len(d.masters(h)) > 0 || !d.best(h) {
		return model.Refuse("elect: host %d is cut off, there is a master or a better host", h)
	}
	d.hosts[h-1].role = Leads
	return nil
}

// role refuses a step of the agent of h unless it runs in this role.
func (d *Domain) role(step string, h Host, want Role) error {
	if err := d.known(h); err != nil {
		return err
	}
	if !d.agent(h) || d.Role(h) != want {
		return model.Refuse("%s: host %d is %s and %s, want %s and %s", step, h, d.Health(h), d.Role(h), Up, want)
	}
	return nil
}

// Join makes h follow a master that it hears.
func (d *Domain) Join(h Host) error {
	if err := d.role("join", h, Electing); err != nil {
		return err
	}
	if len(d.masters(h)) == 0 {
		return model.Refuse("join: host %d hears no master", h)
	}
	d.hosts[h-1].role = Slave
	return nil
}

// MissMaster makes h, which hears no master, take part in an election.
func (d *Domain) MissMaster(h Host) error {
	if err := d.role("miss master", h, Slave); err != nil {
		return err
	}
	if len(d.masters(h)) > 0 {
		return model.Refuse("miss master: host %d hears one", h)
	}
	d.hosts[h-1].role = Electing
	return nil
}

// Abdicate makes h, a master that hears a better one, follow that one.
func (d *Domain) Abdicate(h Host) error {
	if err := d.role("abdicate", h, Leads); err != nil {
		return err
	}
	if !slices.ContainsFunc(d.masters(h), func(m Host) bool { return d.before(m, h) }) {
		return model.Refuse("abdicate: host %d hears no better master", h)
	}
	s := &d.hosts[h-1]
	s.role, s.dead = Slave, nil
	return nil
}

// Isolate makes h, which hears nobody, take itself for isolated and do what the isolation responses say.
func (d *Domain) Isolate(h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if !d.agent(h) || d.Segment(h) != Cut || d.Role(h) == Alone {
		return model.Refuse("isolate: host %d is %s and %s in segment %d", h, d.Health(h), d.Role(h), d.Segment(h))
	}
	s := &d.hosts[h-1]
	s.role, s.dead = Alone, nil
	for i := range d.vms {
		v := &d.vms[i]
		if !slices.Contains(v.runs, h) {
			continue
		}
		switch d.responses[i] {
		case PowerOff:
			v.end(h)
			v.unlock(h)
		case ShutDown:
			v.stopping = with(v.stopping, h)
		}
	}
	return nil
}

// Rejoin makes h, which was isolated and hears somebody, take part in an election.
func (d *Domain) Rejoin(h Host) error {
	if err := d.role("rejoin", h, Alone); err != nil {
		return err
	}
	if d.Segment(h) == Cut {
		return model.Refuse("rejoin: host %d is cut off", h)
	}
	d.hosts[h-1].role = Electing
	return nil
}

// Stopped says that the guest of v on h has shut down, or was powered off after Timers.ShutDown.
func (d *Domain) Stopped(v VM, h Host) error {
	if err := d.machine(v, h); err != nil {
		return err
	}
	s := &d.vms[v-1]
	if !slices.Contains(s.stopping, h) {
		return model.Refuse("VM %d does not shut down on host %d", v, h)
	}
	s.end(h)
	s.unlock(h)
	return nil
}

func (d *Domain) machine(v VM, h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	return known("VM", v, len(d.vms))
}

// Declare makes the master m declare h, of which it has no sign of life, dead.
func (d *Domain) Declare(m, h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if err := d.role("declare dead", m, Leads); err != nil {
		return err
	}
	if s := d.Signs(m, h).Report(); m == h || s.Alive() || slices.Contains(d.hosts[m-1].dead, h) {
		return model.Refuse("declare dead: host %d is %s", h, s)
	}
	d.hosts[m-1].dead = with(d.hosts[m-1].dead, h)
	return nil
}

// Retract makes the master m, which has a sign of life of h again, take it for alive.
func (d *Domain) Retract(m, h Host) error {
	if err := d.known(h); err != nil {
		return err
	}
	if err := d.role("retract", m, Leads); err != nil {
		return err
	}
	if !slices.Contains(d.hosts[m-1].dead, h) || !d.Signs(m, h).Report().Alive() {
		return model.Refuse("retract: host %d is not declared dead, or gives no sign of life", h)
	}
	d.hosts[m-1].dead = without(d.hosts[m-1].dead, h)
	return nil
}

// PowerOn powers v, which is not protected, on on h. From then on it is protected.
func (d *Domain) PowerOn(v VM, h Host) error {
	if err := d.machine(v, h); err != nil {
		return err
	}
	s := &d.vms[v-1]
	if s.home != 0 || slices.Contains(s.runs, h) {
		return vim.Refuse(vim.InvalidPowerState, "power on VM %d: it is on", v)
	}
	if !d.agent(h) || !d.Disk(h) || !d.free(v, h) {
		return model.Refuse("power on VM %d: host %d is %s, or has not its files, or host %d holds them", v, h, d.Health(h), s.lock)
	}
	s.runs, s.lock, s.home = with(s.runs, h), h, h
	return nil
}

// PowerOff powers v off on h by somebody's will: HA does not restart it.
func (d *Domain) PowerOff(v VM, h Host) error {
	if err := d.machine(v, h); err != nil {
		return err
	}
	s := &d.vms[v-1]
	if s.home != h || !slices.Contains(s.runs, h) {
		return vim.Refuse(vim.InvalidPowerState, "power off VM %d: it does not run on host %d", v, h)
	}
	if !d.Disk(h) {
		return model.Refuse("power off VM %d: host %d has no datastores", v, h)
	}
	s.home = 0
	s.end(h)
	s.unlock(h)
	return nil
}

// Restart makes the master m start v on h, which it hears, once it knows that v runs no more where it was. It asks no
// admission control. The host has to get the lock.
func (d *Domain) Restart(v VM, m, h Host) error {
	if err := d.machine(v, h); err != nil {
		return err
	}
	if err := d.role("restart", m, Leads); err != nil {
		return err
	}
	s := &d.vms[v-1]
	if s.home == 0 || !d.gone(m, v) {
		return model.Refuse("restart VM %d: host %d does not know that it runs no more", v, m)
	}
	if !d.agent(h) || !d.linked(m, h) || !d.Disk(h) || slices.Contains(s.runs, h) {
		return model.Refuse("restart VM %d: host %d cannot start it", v, h)
	}
	if !d.free(v, h) {
		return model.Refuse("restart VM %d: host %d holds the lock", v, s.lock)
	}
	s.runs, s.lock, s.home = with(s.runs, h), h, h
	return nil
}
