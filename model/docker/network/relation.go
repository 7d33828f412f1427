package network

import (
	"net/netip"
	"slices"
)

// The relations below say what can come about, by rule, from the networks and modes alone: no packet is sent and no chain is
// gone through, but for DOCKER-USER, which says what its administrator has written there.

// Reaches tells whether from can open a connection that ends at a port of to, by whatever address. A host is reached where a
// process of its own listens; of another place's ports all count. Each place reaches its own stack.
func (s *Site) Reaches(from, to Place, port uint16) bool {
	a, okA := s.stack(from)
	b, okB := s.stack(to)
	if !okA || !okB || port == 0 {
		return false
	}
	if b.kind == hostPlace {
		return s.reachesHost(a, b, port)
	}
	if a == b {
		return true
	}
	if b.kind == neighbourPlace {
		m, _ := find(s.config.Neighbours, b.name, func(m Neighbour) string { return m.Name })
		return s.sendsTo(a, m.Segment, "", netip.AddrPortFrom(m.Addr, port))
	}
	for _, e := range s.endpoints {
		if e.container != b.name {
			continue
		}
		n, _ := s.net(e.network)
		if s.shares(a, n, e.addr, port) || n.Driver == Bridge && s.comesIn(a, n, e, port) {
			return true
		}
		if h, _ := s.host(n.Host); n.Driver == Macvlan && !n.Internal && s.sendsTo(a, h.Segment, h.Name, netip.AddrPortFrom(e.addr, port)) {
			return true
		}
	}
	return false
}

// shares is reaching a container's address on a network that the sender is on: always on an overlay or a macvlan network, on a
// bridge if inter-container communication is on and its ports are not isolated.
func (s *Site) shares(a Place, n Network, addr netip.Addr, port uint16) bool {
	own, ok := s.addr(a.name, n.Name)
	if a.kind != containerPlace || !ok {
		return false
	}
	if n.Driver != Bridge {
		return true
	}
	to := netip.AddrPortFrom(addr, port)
	return !n.Ports && s.lets(n.Host, packet(n.bridge(), n.bridge(), own, to, to), !n.NoICC)
}

func packet(in, out string, from netip.Addr, to, original netip.AddrPort) Packet {
	return Packet{In: in, Out: out, Source: from, Destination: to.Addr(), Port: to.Port(), Original: original}
}

// lets is what becomes of a forwarded packet: DOCKER-USER decides, or leaves it to the engine. Where the engine makes no rules,
// the policy decides.
func (s *Site) lets(host string, p Packet, engine bool) bool {
	h, _ := s.host(host)
	if h.Engine.NoIPTables {
		return !h.Engine.ForwardDrop
	}
	if target, ok := first(h.User, p); ok {
		return target == Accept
	}
	return engine
}

// arrival is a way to come to a host: by an interface, from an address.
type arrival struct {
	in   string
	from netip.Addr
	net  Network    // of a bridge
	only netip.Addr // the only address that it can be for; the zero Addr if any
	out  *Packet    // what it is where another host forwards it, for that host's rules
	by   Network    // that it comes from there
}

// arrivals are the ways of a place to a host.
func (s *Site) arrivals(a Place, h Host) []arrival {
	var out []arrival
	switch a.kind {
	case hostPlace:
		g, _ := s.host(a.name)
		if g.Name == h.Name {
			out = append(out, arrival{in: Loopback, from: h.Addr})
		} else if g.Segment == h.Segment {
			out = append(out, arrival{in: Uplink, from: g.Addr})
		}
	case neighbourPlace:
		m, _ := find(s.config.Neighbours, a.name, func(m Neighbour) string { return m.Name })
		if m.Segment == h.Segment {
			out = append(out, arrival{in: Uplink, from: m.Addr})
		}
	case containerPlace:
		for _, e := range s.endpoints {
			n, _ := s.net(e.network)
			g, ok := s.host(n.Host)
			if e.container != a.name || !ok {
				continue
			}
			switch {
			case n.Driver == Bridge && g.Name == h.Name && n.Gateway != Isolated:
				out = append(out, arrival{in: n.bridge(), from: e.addr, net: n})
			case n.Driver == Bridge && g.Name != h.Name && g.Segment == h.Segment && n.Gateway != Isolated:
				p := Packet{In: n.bridge(), Out: Uplink, Source: e.addr, Destination: h.Addr}
				out = append(out, arrival{in: Uplink, from: g.Addr, only: h.Addr, out: &p, by: n})
			case n.Driver == Macvlan && g.Name != h.Name && g.Segment == h.Segment && !n.Internal:
				out = append(out, arrival{in: Uplink, from: e.addr})
			}
		}
	}
	return out
}

// to tells whether the way can be taken to an address of the host.
func (w arrival) to(s *Site, d netip.AddrPort) bool {
	if !w.only.IsValid() {
		return true
	}
	p := *w.out
	p.Port, p.Original = d.Port(), d
	return w.only == d.Addr() && s.lets(w.by.Host, p, !w.by.Internal)
}

// reachesHost needs a process that listens where the way leads, and INPUT to let the port pass.
func (s *Site) reachesHost(a, b Place, port uint16) bool {
	h, _ := s.host(b.name)
	for _, w := range s.arrivals(a, h) {
		if w.in != Loopback && h.Firewalled && !slices.Contains(h.Open, port) {
			continue
		}
		for _, d := range append(s.addresses(h), loopback) {
			at := netip.AddrPortFrom(d, port)
			if (d != loopback || w.in == Loopback) && s.serves(h, at) && w.to(s, at) {
				return true
			}
		}
	}
	return false
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// serves tells whether a process on the host's stack listens at an address.
func (s *Site) serves(h Host, at netip.AddrPort) bool {
	return h.listens(at) || slices.ContainsFunc(s.config.Containers, func(c Container) bool {
		return c.Host == h.Name && c.Stack == HostStack && slices.Contains(c.Listens, at.Port())
	})
}

// sendsTo tells whether a place reaches an address on a segment that is not a Docker host's. Its owner is on host of, or on
// none; a host and what it forwards do not get to the macvlan containers on its own uplink.
func (s *Site) sendsTo(a Place, segment, of string, to netip.AddrPort) bool {
	switch a.kind {
	case neighbourPlace:
		m, _ := find(s.config.Neighbours, a.name, func(m Neighbour) string { return m.Name })
		return m.Segment == segment
	case hostPlace:
		h, _ := s.host(a.name)
		return h.Segment == segment && h.Name != of
	}
	for _, e := range s.endpoints {
		n, _ := s.net(e.network)
		h, ok := s.host(n.Host)
		if e.container != a.name || !ok || h.Segment != segment || h.Name == of {
			continue
		}
		if n.Driver == Macvlan && !n.Internal {
			return true
		}
		if n.Driver == Bridge && n.Gateway != Isolated && s.lets(h.Name, packet(n.bridge(), Uplink, e.addr, to, to), !n.Internal) {
			return true
		}
	}
	return false
}

// comesIn is reaching a container on a bridge from elsewhere, or by a port that it publishes.
func (s *Site) comesIn(a Place, n Network, e endpoint, port uint16) bool {
	h, _ := s.host(n.Host)
	c, _ := s.container(e.container)
	published := slices.ContainsFunc(c.Published, func(p Publication) bool { return p.Network == n.Name && p.Port == port })
	for _, w := range s.arrivals(a, h) {
		if w.in == Loopback {
			if n.Gateway != Isolated {
				return true // nothing keeps a host from its containers
			}
			continue
		}
		if w.in != n.bridge() && !w.only.IsValid() && s.direct(h, w, n, e, port, published) {
			return true
		}
		for _, p := range c.Published {
			if p.Network == n.Name && p.Port == port && s.byHostPort(h, w, n, e, p) {
				return true
			}
		}
	}
	return false
}

// direct is reaching a container by its own address, from another network or the segment.
func (s *Site) direct(h Host, w arrival, n Network, e endpoint, port uint16, published bool) bool {
	guarded := h.Engine.Version == V28 && !h.Engine.NoIPTables && n.Gateway == NAT && !n.Internal && !h.Engine.AllowDirectRouting && !e.unguarded &&
		!(n.Trusted && w.in == Uplink)
	if guarded || n.Gateway == Isolated {
		return false
	}
	to := netip.AddrPortFrom(e.addr, port)
	return s.lets(h.Name, packet(w.in, n.bridge(), w.from, to, to), s.forwards(h, w, n, published))
}

// forwards is what the engine says of a new connection from one network, or the segment, to another.
func (s *Site) forwards(h Host, w arrival, n Network, published bool) bool {
	if n.Internal || w.net.Internal {
		return false
	}
	if h.Engine.Version == V28 {
		return published || n.Gateway == Unprotected
	}
	fromBridge := w.in != Uplink
	if fromBridge && s.parted[h.Name] {
		return false
	}
	return published || fromBridge || !h.Engine.ForwardDrop
}

// byHostPort is reaching a container by a port of its host.
func (s *Site) byHostPort(h Host, w arrival, n Network, e endpoint, p Publication) bool {
	if p.HostPort == 0 {
		return false
	}
	targets := append(s.addresses(h), loopback)
	if p.HostIP.IsLoopback() {
		targets = []netip.Addr{p.HostIP}
	}
	for _, d := range targets {
		at := netip.AddrPortFrom(d, p.HostPort)
		if p.at(at) && w.to(s, at) && s.mapped(h, w, n, e, p, at) {
			return true
		}
	}
	return false
}

// mapped is what becomes of a packet for a published port: its destination is translated and it is forwarded, past INPUT, or
// it is for the proxy, which is a process of the host.
func (s *Site) mapped(h Host, w arrival, n Network, e endpoint, p Publication, at netip.AddrPort) bool {
	own := w.in == n.bridge()
	var translated bool
	if h.Engine.NoIPTables {
		translated = false
	} else if h.Engine.Version == V28 {
		if p.HostIP.IsLoopback() {
			return false // to loopback addresses only from there
		}
		translated = !own || h.Engine.NoProxy
	} else {
		translated = h.Engine.NoProxy || w.in == Uplink || w.net.Internal
	}
	if !translated {
		return !h.Engine.NoProxy && !at.Addr().IsLoopback() && (!h.Firewalled || slices.Contains(h.Open, p.HostPort))
	}
	engine := !n.NoICC
	if !own {
		engine = s.forwards(h, w, n, true)
	} else if n.Ports {
		return false
	}
	return s.lets(h.Name, packet(w.in, n.bridge(), w.from, netip.AddrPortFrom(e.addr, p.Port), at), engine)
}

// Sees tells whether a place can read the frames of a network that passes its wire: an overlay between hosts of its segment that
// is not encrypted. What is sent between containers on one host does not leave it.
func (s *Site) Sees(from Place, network string) bool {
	n, ok := s.net(network)
	m, there := find(s.config.Neighbours, from.name, func(m Neighbour) string { return m.Name })
	if !ok || n.Driver != Overlay || n.Encrypted || from.kind != neighbourPlace || !there {
		return false
	}
	hosts := map[string]bool{}
	for _, e := range s.endpoints {
		if c, _ := s.container(e.container); e.network == n.Name {
			if h, _ := s.host(c.Host); h.Segment == m.Segment {
				hosts[h.Name] = true
			}
		}
	}
	return len(hosts) > 1
}

// Frames tells whether a raw frame (not IP) of one container gets to another: on a bridge that both are on it does, whatever
// inter-container communication is set to, unless the ports of the bridge are isolated; on overlays and macvlan networks, too.
func (s *Site) Frames(from, to string) bool {
	a, okA := s.stack(AtContainer(from))
	b, okB := s.stack(AtContainer(to))
	if !okA || !okB || a == b {
		return false
	}
	for _, n := range s.config.Networks {
		_, here := s.addr(a.name, n.Name)
		if _, there := s.addr(b.name, n.Name); here && there && !n.Ports {
			return true
		}
	}
	return false
}

// Taken lists the containers that an adversary can take over, in the order of the configuration: it reaches a vulnerable port
// of one, and from there of others. Containers on the host's stack are not counted, as the host is lost with them.
func (s *Site) Taken(from Place) []string {
	places := []Place{from}
	taken := map[string]bool{}
	for i := 0; i < len(places); i++ {
		for _, c := range s.config.Containers {
			if taken[c.Name] || c.Stack == HostStack {
				continue
			}
			if slices.ContainsFunc(c.Vulnerable, func(p uint16) bool { return s.Reaches(places[i], AtContainer(c.Name), p) }) {
				taken[c.Name] = true
				places = append(places, AtContainer(c.Name))
			}
		}
	}
	var out []string
	for _, c := range s.config.Containers {
		if taken[c.Name] {
			out = append(out, c.Name)
		}
	}
	return out
}

// Attacks tells whether an adversary reaches a port, by itself or from a container that it can take over.
func (s *Site) Attacks(from, to Place, port uint16) bool {
	if s.Reaches(from, to, port) {
		return true
	}
	return slices.ContainsFunc(s.Taken(from), func(c string) bool { return s.Reaches(AtContainer(c), to, port) })
}
