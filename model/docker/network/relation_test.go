package network

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

var (
	addr   = netip.MustParseAddr
	prefix = netip.MustParsePrefix
)

// drawnPorts are the ports that drawn sites use, on hosts and in containers.
var drawnPorts = []uint16{80, 81, 8080}

// drawSite draws one or two hosts, neighbours on their segment and elsewhere, up to four networks and four containers.
func drawSite(t *rapid.T) *Site {
	draw := func(label string) bool { return rapid.Bool().Draw(t, label) }
	seldom := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	port := func(label string) uint16 { return rapid.SampledFrom(drawnPorts).Draw(t, label) }
	c := Config{Neighbours: []Neighbour{{"laptop", "lan", addr("192.168.0.99")}, {"far", "wan", addr("198.51.100.7")}}}
	version := Version(rapid.IntRange(0, 1).Draw(t, "version"))
	for i := range rapid.IntRange(1, 2).Draw(t, "hosts") {
		h := Host{Name: string(rune('A' + i)), Addr: netip.AddrFrom4([4]byte{192, 168, 0, byte(10 + i)}), Segment: "lan", Engine: Engine{
			Version: version, NoProxy: draw("no proxy"), ForwardDrop: draw("policy"), LosesIsolation: draw("54410"), LosesEndpoints: draw("54388"),
			AllowDirectRouting: version == V28 && seldom("direct"),
			NoIPTables:         seldom("no iptables"),
		}, Firewalled: draw("ufw"), Open: []uint16{81}}
		if draw("service") {
			h.Listens = []netip.AddrPort{netip.AddrPortFrom(rapid.SampledFrom([]netip.Addr{
				netip.IPv4Unspecified(), loopback, addr("10.0.0.1"), h.Addr,
			}).Draw(t, "listens"), port("service port"))}
		}
		for range rapid.IntRange(0, 2).Draw(t, "user rules") {
			r := Rule{Target: Target(rapid.IntRange(0, 2).Draw(t, "target"))}
			r.In = rapid.SampledFrom([]string{"", Uplink, "br-n0", "br-n1"}).Draw(t, "in")
			r.NotIn = seldom("not in")
			r.Out = rapid.SampledFrom([]string{"", Uplink, "br-n0", "br-n1"}).Draw(t, "out")
			r.NotOut = seldom("not out")
			if seldom("by source") {
				r.Source = rapid.SampledFrom([]netip.Prefix{prefix("10.0.0.0/24"), prefix("192.168.0.99/32"), prefix("192.168.0.11/32")}).Draw(t, "source")
				r.NotSource = draw("not")
			}
			if seldom("by destination") {
				r.Destination = prefix("10.0.0.0/24")
				r.NotDestination = draw("not")
			}
			if seldom("by port") {
				r.Port = port("user port")
			}
			if seldom("by original port") {
				r.OriginalPort = port("user original port")
			}
			if seldom("by original") {
				r.Original = h.Addr
			}
			h.User = append(h.User, r)
		}
		c.Hosts = append(c.Hosts, h)
	}
	macvlan := map[string]bool{}
	for i := range rapid.IntRange(1, 4).Draw(t, "networks") {
		n := Network{Name: "n" + string(rune('0'+i)), Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24)}
		n.Host = rapid.SampledFrom(c.Hosts).Draw(t, "host").Name
		n.Internal = seldom("internal")
		switch rapid.IntRange(0, 5).Draw(t, "driver") {
		case 0:
			n.Driver, n.Host, n.Encrypted = Overlay, "", draw("encrypted")
		case 1:
			if n.Internal || !macvlan[n.Host] {
				n.Driver = Macvlan
				macvlan[n.Host] = macvlan[n.Host] || !n.Internal
				break
			}
			fallthrough
		default:
			n.NoICC, n.Ports = draw("no icc"), seldom("isolated ports")
			if version == V28 {
				n.Gateway = Gateway(rapid.IntRange(0, 2).Draw(t, "mode"))
				n.Trusted = seldom("trusted")
				if n.Internal && draw("isolated") {
					n.Gateway = Isolated
				}
			}
		}
		c.Networks = append(c.Networks, n)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "containers") {
		d := Container{Name: "c" + string(rune('0'+i)), Host: rapid.SampledFrom(c.Hosts).Draw(t, "on").Name, Vulnerable: []uint16{port("vulnerable")}}
		switch rapid.IntRange(0, 9).Draw(t, "stack") {
		case 0:
			d.Stack, d.Listens = HostStack, []uint16{port("listens")}
		case 1:
			d.Stack, d.Join = JoinStack, "c0"
		case 2:
			d.Stack = NoNetwork
		default:
			for _, n := range c.Networks {
				if n.Driver != Overlay && n.Host != d.Host || !draw("attach") {
					continue
				}
				d.Attached = append(d.Attached, Attachment{Network: n.Name})
				if n.Driver == Bridge && !n.Internal && draw("publish") {
					p := Publication{Network: n.Name, Port: port("container port")}
					if n.Gateway != Routed {
						h, _ := s.host(d.Host)
						p.HostPort = port("host port")
						p.HostIP = rapid.SampledFrom([]netip.Addr{{}, netip.IPv4Unspecified(), loopback, h.Addr, n.address()}).Draw(t, "host ip")
					}
					d.Published = append(d.Published, p)
				}
			}
		}
		if err := s.Run(d); err != nil {
			continue // a port is taken, or there is no c0 yet
		}
		if seldom("reload") {
			if err := s.Reload(c.Hosts[0].Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// places are all places of a site.
func (s *Site) places() []Place {
	var out []Place
	for _, h := range s.config.Hosts {
		out = append(out, AtHost(h.Name))
	}
	for _, m := range s.config.Neighbours {
		out = append(out, AtNeighbour(m.Name))
	}
	for _, c := range s.config.Containers {
		out = append(out, AtContainer(c.Name))
	}
	return out
}

// connections gives every first packet that a place can send to an address that means something, at the drawn ports.
func (s *Site) connections(from Place, yield func(Connection)) {
	targets := []netip.Addr{loopback, addr("127.0.0.2")}
	for _, m := range s.config.machines() {
		targets = append(targets, m.addr)
	}
	for _, n := range s.config.Networks {
		targets = append(targets, n.Subnet.Addr().Next())
	}
	for _, e := range s.endpoints {
		targets = append(targets, e.addr)
	}
	networks := []string{""}
	for _, n := range s.config.Networks {
		networks = append(networks, n.Name)
	}
	vias := []string{""}
	for _, h := range s.config.Hosts {
		vias = append(vias, h.Name)
	}
	for _, network := range networks {
		for _, via := range vias {
			if a, _ := s.stack(from); a.kind == containerPlace != (network != "") || via != "" && network != "" && !s.isMacvlan(network) {
				continue
			}
			for _, a := range targets {
				for _, port := range drawnPorts {
					yield(Connection{From: from, Network: network, Via: via, To: netip.AddrPortFrom(a, port)})
				}
			}
		}
	}
}

func (s *Site) isMacvlan(network string) bool {
	n, _ := s.net(network)
	return n.Driver == Macvlan
}

// The relation says exactly what some packet brings about: every place sends every first packet, and what arrives, where and
// at which port, is what the rule has said.
func TestReachesIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for range 3 {
			drawSite(t).exact(t)
		}
	})
}

func (s *Site) exact(t *rapid.T) {
	for _, from := range s.places() {
		own, _ := s.stack(from)
		got := map[Place]map[uint16]Connection{}
		s.connections(from, func(c Connection) {
			to, port, err := s.Connect(c)
			if err != nil {
				return
			}
			if got[to] == nil {
				got[to] = map[uint16]Connection{}
			}
			got[to][port] = c
		})
		for _, to := range s.places() {
			stack, _ := s.stack(to)
			for _, port := range drawnPorts {
				c, ok := got[stack][port]
				if stack == own && stack.kind != hostPlace {
					ok = true
				}
				if want := s.Reaches(from, to, port); ok != want {
					t.Fatalf("%s to %s, port %d: got %t by %+v, want %t", from, to, port, ok, c, want)
				}
			}
		}
	}
}

// A container reaches a port of another stack by one of few ways, and without user rules what arrives keeps to the table that
// the manual gives: so no packet arrives that the policy does not allow (the converse of this sentence would let all pass).
func TestDeliveredIsAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t)
		for i := range s.config.Hosts {
			s.config.Hosts[i].User = nil
			if err := s.Restart(s.config.Hosts[i].Name); err != nil {
				t.Fatal(err)
			}
		}
		for _, from := range s.places() {
			s.connections(from, func(c Connection) {
				to, port, err := s.Connect(c)
				if err == nil && !s.allowed(c, to, port) {
					t.Fatalf("%+v arrives at %s, port %d", c, to, port)
				}
			})
		}
	})
}

// allowed is the table of docs.docker.com, row by row, for sites as they are after a restart and without user rules.
func (s *Site) allowed(c Connection, to Place, port uint16) bool {
	from, _ := s.stack(c.From)
	if from == to || to.kind != containerPlace || from.kind == hostPlace && s.hostOf(to) == from.name {
		return true // the container's way out, and the host's to its own containers, are free; INPUT is no rule of Docker's
	}
	d, _ := s.container(to.name)
	for _, e := range s.endpoints {
		if e.container != to.name {
			continue
		}
		n, _ := s.net(e.network)
		h, _ := s.host(n.Host)
		_, here := s.addr(from.name, n.Name)
		switch {
		case n.Driver == Overlay:
			if here {
				return true
			}
		case n.Driver == Macvlan:
			if here || !n.Internal && !(from.kind == containerPlace && s.hostOf(from) == n.Host) && !s.allInternal(from) {
				return true
			}
		case here && !n.NoICC && !n.Ports:
			return true
		case h.Engine.NoIPTables: // nothing is kept apart, but for the policy
			if !h.Engine.ForwardDrop || published(d, n, port) {
				return true
			}
		case n.Internal && !h.Engine.NoIPTables || s.allInternal(from):
			continue
		case n.Gateway == Unprotected || n.Gateway == NAT && h.Engine.AllowDirectRouting && published(d, n, port):
			return true
		case h.Engine.Version == V27 && from.kind != containerPlace && !h.Engine.ForwardDrop:
			return true // routable neighbours reach what is not published
		case h.Engine.Version == V27 && from.kind == containerPlace && s.hostOf(from) != n.Host && !h.Engine.ForwardDrop:
			return true // so do macvlan containers of other hosts
		case published(d, n, port):
			return true
		}
	}
	return false
}

func published(c Container, n Network, port uint16) bool {
	for _, p := range c.Published {
		if p.Network == n.Name && p.Port == port {
			return true
		}
	}
	return false
}

func (s *Site) hostOf(p Place) string {
	c, _ := s.container(p.name)
	return c.Host
}

// allInternal tells whether a place has no network but internal ones and overlays.
func (s *Site) allInternal(p Place) bool {
	if p.kind != containerPlace {
		return false
	}
	for _, e := range s.endpoints {
		n, _ := s.net(e.network)
		h, _ := s.host(n.Host)
		if e.container == p.name && n.Driver != Overlay && (!n.Internal || h.Engine.NoIPTables) {
			return false
		}
	}
	return true
}

// Replies belong to the connection: for every packet that arrives over a host's FORWARD chain its answer passes it, too.
func TestRepliesPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSite(t)
		for i := range s.config.Hosts {
			s.config.Hosts[i].User = nil
		}
		for _, h := range s.config.Hosts {
			tables := s.Tables(h.Name)
			ends := []string{Uplink}
			subnet := map[string]Network{}
			for _, n := range s.bridges(h) {
				ends = append(ends, n.bridge())
				subnet[n.bridge()] = n
			}
			at := func(end string) netip.Addr {
				if end == Uplink {
					return addr("192.168.0.99")
				}
				return subnet[end].Subnet.Addr().Next().Next()
			}
			for _, in := range ends {
				for _, out := range ends {
					p := packet(in, out, at(in), netip.AddrPortFrom(at(out), 80), netip.AddrPortFrom(at(out), 80))
					reply := packet(out, in, at(out), netip.AddrPortFrom(at(in), 40000), netip.AddrPortFrom(at(in), 40000))
					reply.Established = true
					if in != out && tables.passes("filter", "FORWARD", p) && !tables.passes("filter", "FORWARD", reply) {
						t.Fatalf("%s to %s passes, and its answer does not", in, out)
					}
				}
			}
		}
	})
}
