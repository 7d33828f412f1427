package network

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// MAC is an address, 48 bits.
type MAC uint64

// Broadcast is for all.
const Broadcast MAC = 1<<48 - 1

// Group tells whether the address is one of many receivers: broadcast or multicast (IEEE 802, the lowest bit of the
// first byte).
func (m MAC) Group() bool { return m>>40&1 == 1 }

// String writes it as 00:50:56:00:00:01.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", byte(m>>40), byte(m>>32), byte(m>>24), byte(m>>16), byte(m>>8), byte(m))
}

func (m MAC) check() error {
	if m == 0 || m > Broadcast || m.Group() {
		return fmt.Errorf("got address %s, want one of a single adapter", m)
	}
	return nil
}

// Port is the number of an adapter, from 1, in the order of Config.Adapters.
type Port int

// Kind is the kind of a switch.
type Kind int

// The kinds.
const (
	Standard Kind = iota
	Distributed
)

// Config describes an L2 domain: the virtual switches of some hosts, joined by one physical network.
type Config struct {
	Switches []Switch
	Adapters []Adapter
	// Private is the table of private VLANs, which the distributed switches and the physical network share.
	Private     []PrivateVLAN
	ForgedCheck ForgedCheck
}

// Switch is a virtual switch as one host has it. A distributed switch on several hosts is several of them.
type Switch struct {
	Name     string
	Kind     Kind
	Security Security
	Groups   []Group
	// Uplinks are the VLANs in which frames leave for the physical network and come from it, Untagged among them for
	// frames without a tag; none if the switch has no uplink.
	Uplinks VLANs
}

// Group is a port group.
type Group struct {
	Name     string
	VLAN     Policy
	Security Override
}

// Adapter is a virtual network adapter, or one of the VMkernel.
type Adapter struct {
	Switch, Group string
	MAC           MAC // as in the .vmx file
}

// port is an adapter as the switch sees it.
type port struct {
	host         int
	policy       Policy
	sends, takes VLANs // the VLANs that frames from it and to it are in, inside the switch and on the wire
	security     Security
	vmx          MAC
	guest        MAC  // what the guest has set
	listens      bool // the guest has put the adapter into promiscuous mode
}

// Network forwards frames as the virtual switches of an L2 domain do. Its state is what guests have set.
//
// A virtual switch knows the addresses of its adapters from the hypervisor and learns none from frames: a frame for an
// adapter of the same switch, and VLAN, goes there and nowhere else, and any other one to the uplinks. (MAC learning,
// which distributed switches may have since vSphere 6.7, is not modelled.) Of the physical network it is assumed that
// it carries a frame to every host whose uplinks are in its VLAN, which is the most that it may do.
//
// The zero Network has no adapter; make one with New.
type Network struct {
	ports   []port
	uplinks []VLANs // by host
	private map[VLAN]PrivateVLAN
	check   ForgedCheck
}

// New makes a network in which no guest has changed anything. Names of switches, and of the groups of one, must be
// there once; adapters have addresses of their own; what only a distributed switch can have, trunks of some VLANs and
// private VLANs, is on no standard one.
func New(c Config) (*Network, error) {
	if err := checkPrivate(c.Private); err != nil {
		return nil, err
	}
	n := &Network{private: map[VLAN]PrivateVLAN{}, check: c.ForgedCheck}
	for _, e := range c.Private {
		n.private[e.Secondary] = e
	}
	hosts := map[string]int{}
	for i, s := range c.Switches {
		if _, ok := hosts[s.Name]; ok {
			return nil, fmt.Errorf("there are two switches %q", s.Name)
		}
		hosts[s.Name] = i
		if err := n.checkGroups(s); err != nil {
			return nil, err
		}
		n.uplinks = append(n.uplinks, s.Uplinks)
	}
	macs := map[MAC]bool{}
	for i, a := range c.Adapters {
		host, ok := hosts[a.Switch]
		if !ok {
			return nil, fmt.Errorf("adapter %d: there is no switch %q", i+1, a.Switch)
		}
		s := c.Switches[host]
		g := slices.IndexFunc(s.Groups, func(g Group) bool { return g.Name == a.Group })
		if g < 0 {
			return nil, fmt.Errorf("adapter %d: switch %q has no port group %q", i+1, a.Switch, a.Group)
		}
		if err := a.MAC.check(); err != nil {
			return nil, fmt.Errorf("adapter %d: %w", i+1, err)
		}
		if macs[a.MAC] {
			return nil, fmt.Errorf("adapter %d: there are two of address %s", i+1, a.MAC)
		}
		macs[a.MAC] = true
		sends, takes := n.numbers(s.Groups[g].VLAN)
		n.ports = append(n.ports, port{
			host: host, policy: s.Groups[g].VLAN, sends: sends, takes: takes,
			security: s.Groups[g].Security.On(s.Security), vmx: a.MAC, guest: a.MAC,
		})
	}
	return n, nil
}

func (n *Network) checkGroups(s Switch) error {
	names := map[string]bool{}
	for _, g := range s.Groups {
		if names[g.Name] {
			return fmt.Errorf("switch %q has two port groups %q", s.Name, g.Name)
		}
		names[g.Name] = true
		switch p := g.VLAN; p.mode {
		case access:
			if p.id < Untagged || p.id > MaxVLAN {
				return fmt.Errorf("port group %q: got VLAN %d, want %d to %d, or %d", g.Name, p.id, Untagged, MaxVLAN, GuestTagging)
			}
		case trunk:
			if p.ids.Empty() {
				return fmt.Errorf("port group %q is a trunk of no VLAN", g.Name)
			}
			if s.Kind == Standard && !slices.Equal(p.ids.ranges, []Range{{Untagged, MaxVLAN}}) {
				return fmt.Errorf("port group %q: a standard switch has no trunk of some VLANs", g.Name)
			}
		case private:
			if s.Kind == Standard {
				return fmt.Errorf("port group %q: a standard switch has no private VLANs", g.Name)
			}
			if _, ok := n.private[p.id]; !ok {
				return fmt.Errorf("port group %q: %d is not in the table of private VLANs", g.Name, p.id)
			}
		}
	}
	return nil
}

// numbers gives the VLANs that frames from a port are in and those that it takes frames of. The frames of a private
// VLAN have the number of their sender's secondary VLAN (RFC 5517, section 3).
func (n *Network) numbers(p Policy) (sends, takes VLANs) {
	switch p.mode {
	case trunk:
		return p.ids, p.ids
	case private:
		e := n.private[p.id]
		sends = only(e.Secondary)
		switch e.Kind {
		case Promiscuous:
			return sends, n.domain(e.Primary)
		case Isolated:
			return sends, only(e.Primary)
		}
		return sends, only(e.Primary, e.Secondary)
	}
	return only(p.id), only(p.id)
}

// domain is the numbers of a primary VLAN, its own among them.
func (n *Network) domain(primary VLAN) VLANs {
	var ids []VLAN
	for _, e := range n.private {
		if e.Primary == primary {
			ids = append(ids, e.Secondary)
		}
	}
	return only(ids...)
}

// Clone returns an independent copy.
func (n *Network) Clone() *Network {
	c := *n
	c.ports = slices.Clone(n.ports)
	return &c
}

// Ports is the number of adapters.
func (n *Network) Ports() int { return len(n.ports) }

// at is port p. That there is none is a programmer's error.
func (n *Network) at(p Port) *port {
	if p < 1 || int(p) > len(n.ports) {
		panic(fmt.Sprintf("network: port %d, want 1 to %d", p, len(n.ports)))
	}
	return &n.ports[p-1]
}

// Security is the policy of port p.
func (n *Network) Security(p Port) Security { return n.at(p).security }

// Address is the address of p in the .vmx file.
func (n *Network) Address(p Port) MAC { return n.at(p).vmx }

// GuestAddress is the address that the guest of p believes to have.
func (n *Network) GuestAddress(p Port) MAC { return n.at(p).guest }

// Effective is the address by which the switch sends frames to p: what the guest has set, if changes are accepted.
func (n *Network) Effective(p Port) MAC { return n.at(p).effective() }

// Listens tells whether the guest of p has put its adapter into promiscuous mode.
func (n *Network) Listens(p Port) bool { return n.at(p).listens }

// SetMAC says that the guest of p sets an address. It is not told whether that is honoured.
func (n *Network) SetMAC(p Port, m MAC) error {
	if err := n.known("set an address", p); err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return model.Refuse("set an address: %w", err)
	}
	n.ports[p-1].guest = m
	return nil
}

// Listen says that the guest of p puts its adapter into promiscuous mode, or takes it out. It is not told whether that
// has an effect.
func (n *Network) Listen(p Port, on bool) error {
	if err := n.known("listen", p); err != nil {
		return err
	}
	n.ports[p-1].listens = on
	return nil
}

func (n *Network) known(step string, p Port) error {
	if p < 1 || int(p) > len(n.ports) {
		return model.Refuse("%s on port %d: want 1 to %d", step, p, len(n.ports))
	}
	return nil
}

func (p *port) effective() MAC {
	if p.security.MACChanges {
		return p.guest
	}
	return p.vmx
}

// deaf tells whether the port gets nothing: its guest has set another address, and changes are rejected ("vSphere
// Networking" 6.5: all inbound frames are dropped, until the address is that of the .vmx file again).
func (p *port) deaf() bool { return p.guest != p.vmx && !p.security.MACChanges }

// Frame is an Ethernet frame as a guest sees it. Tag is Untagged if it has none.
type Frame struct {
	Source, Destination MAC
	Tag                 VLAN
}

// Receipt is a frame that an adapter gets.
type Receipt struct {
	Port  Port
	Frame Frame
}

// Reason is why a switch drops a frame.
type Reason int

// The reasons.
const (
	ForgedSource Reason = iota + 1 // forged transmits are rejected
	WrongTag                       // the port is in one VLAN and the frame has a tag, or a trunk does not pass its VLAN
)

// Dropped is the error of a frame that the switch of the sender drops. It wraps model.ErrRefused.
type Dropped struct {
	Port   Port
	Frame  Frame
	Reason Reason
}

// Error says what was dropped and why.
func (d *Dropped) Error() string {
	if d.Reason == ForgedSource {
		return fmt.Sprintf("refused: port %d may not send with source %s", d.Port, d.Frame.Source)
	}
	return fmt.Sprintf("refused: port %d may not send with tag %d", d.Port, d.Frame.Tag)
}

// Unwrap gives model.ErrRefused.
func (d *Dropped) Unwrap() error { return model.ErrRefused }

// Deliver says who gets a frame that the guest of port p sends, in the order of ports. A frame that the switch drops is
// a *Dropped; one that is for nobody is delivered to nobody. Frames of one sender to all and to a group of receivers go
// the same way.
func (n *Network) Deliver(p Port, f Frame) ([]Receipt, error) {
	if err := n.known("send", p); err != nil {
		return nil, err
	}
	if err := f.Source.check(); err != nil {
		return nil, model.Refuse("send: source: %w", err)
	}
	if f.Destination == 0 || f.Destination > Broadcast || f.Tag < Untagged || f.Tag > MaxVLAN {
		return nil, model.Refuse("send to %s with tag %d: no such address or tag", f.Destination, f.Tag)
	}
	from := &n.ports[p-1]
	if !from.security.ForgedTransmits && f.Source != n.mustHave(from) {
		return nil, &Dropped{p, f, ForgedSource}
	}
	id := f.Tag
	if from.policy.mode != trunk {
		if f.Tag != Untagged {
			return nil, &Dropped{p, f, WrongTag}
		}
		id = from.sends.ranges[0].Low
	} else if !from.sends.Has(f.Tag) {
		return nil, &Dropped{p, f, WrongTag}
	}
	leaves := n.uplinks[from.host].Has(id) && !n.owns(from.host, id, f.Destination)
	var out []Receipt
	for i := range n.ports {
		to := &n.ports[i]
		arrives := to.host == from.host || leaves && n.uplinks[to.host].Has(id)
		if to != from && arrives && to.gets(id, f.Destination) {
			out = append(out, Receipt{Port(i + 1), to.seen(f, id)})
		}
	}
	return out, nil
}

// mustHave is the source that frames of a port have where forged transmits are rejected.
func (n *Network) mustHave(p *port) MAC {
	if n.check == AgainstVMX {
		return p.vmx
	}
	return p.effective()
}

// owns tells whether an adapter of the host has the address, in the VLAN.
func (n *Network) owns(host int, id VLAN, m MAC) bool {
	return slices.ContainsFunc(n.ports, func(p port) bool { return p.host == host && p.takes.Has(id) && p.effective() == m })
}

// gets tells whether the port takes a frame of a VLAN.
func (p *port) gets(id VLAN, to MAC) bool {
	if !p.takes.Has(id) || p.deaf() {
		return false
	}
	return to.Group() || to == p.effective() || p.listens && p.security.Promiscuous
}

// seen is the frame as the guest of the port gets it: with its tag on a trunk only.
func (p *port) seen(f Frame, id VLAN) Frame {
	f.Tag = Untagged
	if p.policy.mode == trunk {
		f.Tag = id
	}
	return f
}
