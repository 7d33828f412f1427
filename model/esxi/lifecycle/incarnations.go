package lifecycle

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// HostID numbers a host of a Cluster, from 1.
type HostID int

// Told is what vCenter says about whether a machine runs on a host.
type Told uint8

// The answers.
const (
	Stopped Told = iota
	Running
	Unknown // the host is out of sight: connection state disconnected. The machine may run or not.
)

var toldNames = []string{"stopped", "running", "unknown"}

// String gives the spelling of the models.
func (t Told) String() string { return name("told", toldNames, uint8(t)) }

// Seat is a host as far as the one machine of a Cluster is concerned.
type Seat struct {
	Up          bool
	Linked      bool // vCenter and HA hear from it on the network
	Incarnation int  // the number of the incarnation that runs here, 0 where none does
	Memory      Data // what it has in memory, 0 where none runs
	Told        Told
}

// Cluster is one virtual machine and the hosts that can run it; incarnations.bh is the model of it. A failure of a host ends
// the incarnation there with its memory. PowerOn and Restart make a new one from the disk, on a host from which vCenter hears, and
// only where the machine is known to run nowhere, which a host out of sight forbids until HA declares it dead.
//
// HA declares a host dead when its heartbeats are missed on the network and on the datastore (vSphere Availability, host failure
// types). That a running host is seen on the datastore is an assumption here.
//
// The zero Cluster has no hosts; make one with NewCluster.
type Cluster struct {
	numbers int
	seats   []Seat
	born    int
	disk    Data
	wanted  bool
}

// NewCluster makes a cluster of hosts that are up and seen, with a machine that is off. Incarnations are numbered from 1 to
// numbers and then from 1 again; 0 stands for no end. It is an error for there to be no host or for numbers to be negative or 1.
func NewCluster(hosts, numbers int) (*Cluster, error) {
	if hosts < 1 || numbers < 0 || numbers == 1 {
		return nil, fmt.Errorf("got %d hosts and %d numbers, want 1 host or more, and 0 numbers or 2 or more", hosts, numbers)
	}
	c := &Cluster{numbers: numbers, seats: make([]Seat, hosts), born: numbers}
	for i := range c.seats {
		c.seats[i] = Seat{Up: true, Linked: true}
	}
	return c, nil
}

// Clone returns an independent copy.
func (c *Cluster) Clone() *Cluster {
	out := *c
	out.seats = slices.Clone(c.seats)
	return &out
}

// Hosts is the number of hosts.
func (c *Cluster) Hosts() int { return len(c.seats) }

// Seat is the state of host h. It panics when there is no such host.
func (c *Cluster) Seat(h HostID) Seat {
	if h < 1 || int(h) > len(c.seats) {
		panic(fmt.Sprintf("lifecycle: host %d: want 1 to %d", h, len(c.seats)))
	}
	return c.seats[h-1]
}

// Born is the number of the last incarnation. Disk is what is on the disk, and Wanted tells whether the machine was powered on
// and is protected by HA.
func (c *Cluster) Born() int { return c.born }

// Disk is what is on the disk of the machine.
func (c *Cluster) Disk() Data { return c.disk }

// Wanted tells whether the machine is to run: it was powered on, and not off since. HA protects it then.
func (c *Cluster) Wanted() bool { return c.wanted }

func (c *Cluster) seat(h HostID) (*Seat, error) {
	if h < 1 || int(h) > len(c.seats) {
		return nil, vim.Refuse(vim.ManagedObjectNotFound, "there is no host %d", h)
	}
	return &c.seats[h-1], nil
}

// ready gives h if it is up and heard from.
func (c *Cluster) ready(h HostID) (*Seat, error) {
	s, err := c.seat(h)
	if err == nil && !(s.Up && s.Linked) {
		return nil, vim.Refuse(vim.HostNotConnected, "host %d: up %t, heard from %t", h, s.Up, s.Linked)
	}
	return s, err
}

// start makes a new incarnation on h.
func (c *Cluster) start(h HostID) error {
	s, err := c.ready(h)
	if err != nil {
		return err
	}
	for i, other := range c.seats {
		if other.Told != Stopped {
			return vim.Refuse(vim.InvalidState, "the machine is %s on host %d", other.Told, i+1)
		}
	}
	c.born++
	if c.numbers > 0 && c.born > c.numbers {
		c.born = 1
	}
	s.Incarnation, s.Memory, s.Told = c.born, c.disk, Running
	c.wanted = true
	return nil
}

// PowerOn starts the machine, which nobody has powered on yet, on h. Faults: vim.HostNotConnected, vim.InvalidPowerState, and vim.InvalidState
// where it is not known to run nowhere.
func (c *Cluster) PowerOn(h HostID) error {
	if c.wanted {
		return vim.Refuse(vim.InvalidPowerState, "the machine is powered on")
	}
	return c.start(h)
}

// Restart is what HA does with a machine that it protects: as PowerOn.
func (c *Cluster) Restart(h HostID) error {
	if !c.wanted {
		return vim.Refuse(vim.InvalidPowerState, "the machine is not powered on, and not protected")
	}
	return c.start(h)
}

// PowerOff ends the incarnation on h, which must be heard from.
func (c *Cluster) PowerOff(h HostID) error {
	s, err := c.ready(h)
	if err == nil && s.Incarnation == 0 {
		return vim.Refuse(vim.InvalidPowerState, "nothing runs on host %d", h)
	}
	if err == nil {
		s.Incarnation, s.Memory, s.Told = 0, 0, Stopped
		c.wanted = false
	}
	return err
}

// live gives h if the machine runs there.
func (c *Cluster) live(h HostID) (*Seat, error) {
	s, err := c.seat(h)
	if err == nil && s.Incarnation == 0 {
		return nil, vim.Refuse(vim.InvalidPowerState, "nothing runs on host %d", h)
	}
	return s, err
}

// Write puts d into the memory of the machine on h.
func (c *Cluster) Write(h HostID, d Data) error {
	s, err := c.live(h)
	if err == nil {
		s.Memory = d
	}
	return err
}

// Flush writes the memory of the machine on h to disk.
func (c *Cluster) Flush(h HostID) error {
	s, err := c.live(h)
	if err == nil {
		c.disk = s.Memory
	}
	return err
}

// Move is vMotion: the incarnation goes to another host as it is.
func (c *Cluster) Move(source, target HostID) error {
	from, err := c.ready(source)
	if err != nil {
		return err
	}
	to, err := c.ready(target)
	switch {
	case err != nil:
		return err
	case source == target:
		return vim.Refuse(vim.InvalidState, "the machine is on host %d", target)
	case from.Incarnation == 0:
		return vim.Refuse(vim.InvalidPowerState, "nothing runs on host %d", source)
	}
	to.Incarnation, to.Memory, to.Told = from.Incarnation, from.Memory, Running
	from.Incarnation, from.Memory, from.Told = 0, 0, Stopped
	return nil
}

// Fail says that h fails.
func (c *Cluster) Fail(h HostID) error {
	s, err := c.seat(h)
	if err == nil && !s.Up {
		return vim.Refuse(vim.HostNotConnected, "host %d is down", h)
	}
	if err == nil {
		*s = Seat{Told: Unknown}
	}
	return err
}

// Disconnect says that the management network of h fails, which goes on running.
func (c *Cluster) Disconnect(h HostID) error {
	s, err := c.ready(h)
	if err == nil {
		s.Linked, s.Told = false, Unknown
	}
	return err
}

// Reconnect says that h is heard from again.
func (c *Cluster) Reconnect(h HostID) error {
	s, err := c.seat(h)
	if err == nil && (!s.Up || s.Linked) {
		return vim.Refuse(vim.InvalidState, "host %d: up %t, heard from %t", h, s.Up, s.Linked)
	}
	if err == nil {
		s.Linked, s.Told = true, Stopped
		if s.Incarnation != 0 {
			s.Told = Running
		}
	}
	return err
}

// Declare says that HA declares h dead. It is refused for a host that is seen, on the network or on the datastore.
func (c *Cluster) Declare(h HostID) error {
	s, err := c.seat(h)
	if err == nil && (s.Linked || s.Up || s.Told != Unknown) {
		return vim.Refuse(vim.InvalidState, "host %d: up %t, heard from %t, the machine %s there", h, s.Up, s.Linked, s.Told)
	}
	if err == nil {
		s.Told = Stopped
	}
	return err
}

// Boot brings h up again.
func (c *Cluster) Boot(h HostID) error {
	s, err := c.seat(h)
	if err == nil && s.Up {
		return vim.Refuse(vim.InvalidState, "host %d is up", h)
	}
	if err == nil {
		*s = Seat{Up: true, Linked: true}
	}
	return err
}
