package network

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Place is where a connection begins or ends: a container, a host or a neighbour, by name.
type Place struct {
	kind placeKind
	name string
}

type placeKind uint8

const (
	containerPlace placeKind = iota + 1
	hostPlace
	neighbourPlace
)

// AtContainer, AtHost and AtNeighbour name places.
func AtContainer(name string) Place { return Place{containerPlace, name} }

// AtHost is the stack of a host.
func AtHost(name string) Place { return Place{hostPlace, name} }

// AtNeighbour is a machine on a segment.
func AtNeighbour(name string) Place { return Place{neighbourPlace, name} }

// String names a place.
func (p Place) String() string {
	return [...]string{"nowhere", "container ", "host ", "neighbour "}[p.kind] + p.name
}

// Connection is an attempt to connect, as its sender makes it.
type Connection struct {
	From Place
	// Via says where the first packet leaves: the network of a container, or, for a neighbour or a macvlan network, the host
	// that it is handed to for forwarding, "" for the machine whose address it has.
	Network, Via string
	To           netip.AddrPort
}

// Dropped says that a packet did not arrive, and why. It wraps model.ErrRefused.
type Dropped struct {
	By string // "raw PREROUTING", "filter FORWARD", "filter INPUT", "bridge", "kernel" or "nobody"
}

func (d *Dropped) Error() string { return fmt.Sprintf("%s: dropped by %s", model.ErrRefused, d.By) }

// Unwrap makes it a model.ErrRefused.
func (d *Dropped) Unwrap() error { return model.ErrRefused }

func dropped(by string) (Place, uint16, error) { return Place{}, 0, &Dropped{by} }

// Connect follows the first packet of a connection, rule by rule, and says where it arrives and at which port; that of a
// userland proxy goes on as the proxy's own connection. What does not arrive is refused by *Dropped. Sources are honest, and
// replies pass, since they belong to a connection. A container may send anything by any of its interfaces, also to addresses
// that its own routes do not lead to, as one with CAP_NET_RAW can.
func (s *Site) Connect(c Connection) (Place, uint16, error) {
	if !c.To.Addr().Is4() || c.To.Port() == 0 {
		return Place{}, 0, model.Refuse("connect to %s: want an address of IPv4 and a port", c.To)
	}
	from, ok := s.stack(c.From)
	if !ok {
		return Place{}, 0, model.Refuse("there is no %s", c.From)
	}
	switch from.kind {
	case hostPlace:
		h, _ := s.host(from.name)
		if c.Via != "" {
			return s.handOver(h.Segment, from.name, c.Via, h.Addr, c.To)
		}
		return s.output(h, c.To)
	case neighbourPlace:
		m, _ := find(s.config.Neighbours, from.name, func(m Neighbour) string { return m.Name })
		if c.Via != "" {
			return s.handOver(m.Segment, "", c.Via, m.Addr, c.To)
		}
		return s.onSegment(m.Segment, "", m.Addr, c.To)
	}
	a, ok := s.addr(from.name, c.Network)
	n, there := s.net(c.Network)
	if !ok || !there {
		return Place{}, 0, model.Refuse("%s is not on network %q", c.From, c.Network)
	}
	switch n.Driver {
	case Bridge:
		h, _ := s.host(n.Host)
		if n.Subnet.Contains(c.To.Addr()) && c.To.Addr() != n.address() {
			return s.bridged(h, n, a, c.To)
		}
		if n.Gateway == Isolated {
			return dropped("nobody") // the bridge has no address to send it to
		}
		return s.arrive(h, n.bridge(), a, c.To)
	case Overlay:
		return s.member(n, c.To)
	}
	if to, port, err := s.member(n, c.To); err == nil || n.Internal {
		return to, port, err
	}
	h, _ := s.host(n.Host)
	if c.Via != "" {
		return s.handOver(h.Segment, h.Name, c.Via, a, c.To)
	}
	return s.onSegment(h.Segment, h.Name, a, c.To)
}

// stack is the place whose network stack a place has: that of a container in another's namespace is the other's.
func (s *Site) stack(p Place) (Place, bool) {
	switch p.kind {
	case hostPlace:
		_, ok := s.host(p.name)
		return p, ok
	case neighbourPlace:
		_, ok := find(s.config.Neighbours, p.name, func(m Neighbour) string { return m.Name })
		return p, ok
	}
	c, ok := s.container(p.name)
	for ok && c.Stack == JoinStack {
		c, ok = s.container(c.Join)
	}
	if ok && c.Stack == HostStack {
		return AtHost(c.Host), true
	}
	return AtContainer(c.Name), ok
}

// member gives the container that has an address on a network.
func (s *Site) member(n Network, to netip.AddrPort) (Place, uint16, error) {
	for _, e := range s.endpoints {
		if e.network == n.Name && e.addr == to.Addr() {
			return AtContainer(e.container), to.Port(), nil
		}
	}
	return dropped("nobody")
}

// bridged is a packet from one port of a bridge to another. It goes through the chain FORWARD, too, since the engine sets
// bridge-nf-call-iptables.
func (s *Site) bridged(h Host, n Network, from netip.Addr, to netip.AddrPort) (Place, uint16, error) {
	if n.Ports {
		return dropped("bridge")
	}
	p := Packet{In: n.bridge(), Out: n.bridge(), Source: from, Destination: to.Addr(), Port: to.Port(), Original: to}
	t := s.Tables(h.Name)
	if !t.passes("raw", "PREROUTING", p) {
		return dropped("raw PREROUTING")
	}
	if !t.passes("filter", "FORWARD", p) {
		return dropped("filter FORWARD")
	}
	return s.member(n, to)
}

// onSegment is a packet on the wire to whoever has its address. A host and the macvlan containers on its own uplink do not
// hear each other; of is the host that the sender is, or is on.
func (s *Site) onSegment(segment, of string, from netip.Addr, to netip.AddrPort) (Place, uint16, error) {
	for _, m := range s.config.Neighbours {
		if m.Segment == segment && m.Addr == to.Addr() {
			return AtNeighbour(m.Name), to.Port(), nil
		}
	}
	for _, h := range s.config.Hosts {
		if h.Segment == segment && h.Addr == to.Addr() && h.Name != of {
			return s.arrive(h, Uplink, from, to)
		}
	}
	for _, n := range s.config.Networks {
		if h, ok := s.host(n.Host); n.Driver == Macvlan && !n.Internal && ok && h.Segment == segment && h.Name != of {
			if p, port, err := s.member(n, to); err == nil {
				return p, port, nil
			}
		}
	}
	return dropped("nobody")
}

// handOver is a packet on the wire to a host that shall forward it, whatever its address.
func (s *Site) handOver(segment, of, via string, from netip.Addr, to netip.AddrPort) (Place, uint16, error) {
	h, ok := s.host(via)
	if !ok || h.Segment != segment || via == of {
		return dropped("nobody")
	}
	return s.arrive(h, Uplink, from, to)
}

// arrive is a packet that comes to a host by one of its interfaces.
func (s *Site) arrive(h Host, in string, from netip.Addr, to netip.AddrPort) (Place, uint16, error) {
	t := s.Tables(h.Name)
	p := Packet{In: in, Source: from, Destination: to.Addr(), Port: to.Port(), Original: to, local: s.local(h, to.Addr())}
	if !t.passes("raw", "PREROUTING", p) {
		return dropped("raw PREROUTING")
	}
	if r, ok := t.run("nat", "PREROUTING", p); ok && r.Target == translate {
		p.Destination, p.Port, p.local = r.to.Addr(), r.to.Port(), false
	}
	if p.local {
		return s.input(h, p)
	}
	for _, n := range s.bridges(h) {
		if n.Gateway == Isolated || !n.Subnet.Contains(p.Destination) {
			continue
		}
		p.Out = n.bridge()
		if n.Ports && p.Out == in {
			return dropped("bridge")
		}
		if !t.passes("filter", "FORWARD", p) {
			return dropped("filter FORWARD")
		}
		return s.member(n, netip.AddrPortFrom(p.Destination, p.Port))
	}
	if in == Uplink {
		return dropped("nobody") // what came from the segment is not sent back to it
	}
	p.Out = Uplink
	if !t.passes("filter", "FORWARD", p) {
		return dropped("filter FORWARD")
	}
	return s.onSegment(h.Segment, h.Name, h.Addr, netip.AddrPortFrom(p.Destination, p.Port))
}

// input is a packet for the host itself.
func (s *Site) input(h Host, p Packet) (Place, uint16, error) {
	if p.Destination.IsLoopback() && p.In != Loopback {
		return dropped("kernel") // a martian destination
	}
	if h.Firewalled && p.In != Loopback && !slices.Contains(h.Open, p.Port) {
		return dropped("filter INPUT")
	}
	at := netip.AddrPortFrom(p.Destination, p.Port)
	if h.listens(at) {
		return AtHost(h.Name), p.Port, nil
	}
	for _, c := range s.config.Containers {
		if c.Host != h.Name {
			continue
		}
		if c.Stack == HostStack && slices.Contains(c.Listens, p.Port) {
			return AtHost(h.Name), p.Port, nil
		}
		for _, q := range c.Published {
			if !h.Engine.NoProxy && q.at(at) {
				return AtContainer(c.Name), q.Port, nil // the proxy connects, and nothing keeps the host from its containers
			}
		}
	}
	return dropped("nobody")
}

// listens tells whether a process of the host itself does so at an address.
func (h Host) listens(at netip.AddrPort) bool {
	return slices.ContainsFunc(h.Listens, func(l netip.AddrPort) bool {
		return l.Port() == at.Port() && (l.Addr().IsUnspecified() || l.Addr() == at.Addr())
	})
}

// output is a packet of the host itself.
func (s *Site) output(h Host, to netip.AddrPort) (Place, uint16, error) {
	p := Packet{In: Loopback, Source: h.Addr, Destination: to.Addr(), Port: to.Port(), Original: to, local: s.local(h, to.Addr())}
	if r, ok := s.Tables(h.Name).run("nat", "OUTPUT", p); ok && r.Target == translate {
		p.Destination, p.Port, p.local = r.to.Addr(), r.to.Port(), false
	}
	if p.local {
		return s.input(h, p)
	}
	for _, n := range s.bridges(h) {
		if n.Gateway != Isolated && n.Subnet.Contains(p.Destination) {
			return s.member(n, netip.AddrPortFrom(p.Destination, p.Port))
		}
	}
	return s.onSegment(h.Segment, h.Name, h.Addr, netip.AddrPortFrom(p.Destination, p.Port))
}

// local tells whether an address is one of the host.
func (s *Site) local(h Host, a netip.Addr) bool {
	return a.IsLoopback() || slices.Contains(s.addresses(h), a)
}
