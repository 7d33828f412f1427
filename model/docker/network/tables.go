package network

import "net/netip"

// Tables are the rules of a host as they stand: those that the engine makes for its networks, containers and ports, without
// those that a reload of the firewall lost. An unknown host has none.
//
// They are those of Moby's iptabler for IPv4 (daemon/libnetwork/drivers/bridge/internal/iptabler, with its golden files), and
// before 28.0 those of libnetwork/drivers/bridge/setup_ip_tables_linux.go. Masquerading is left out, since nothing here depends
// on what the source is changed to but the address that other hosts see.
func (s *Site) Tables(host string) Tables {
	t := Tables{chains: map[string][]Rule{}}
	h, ok := s.host(host)
	if !ok {
		return t
	}
	t.drop = h.Engine.ForwardDrop
	if h.Engine.NoIPTables {
		return t
	}
	t.add("filter DOCKER-USER", h.User...)
	t.add("filter FORWARD", Rule{Target: jump, chain: "DOCKER-USER"})
	if h.Engine.Version == V27 {
		s.before28(t, h)
	} else {
		s.since28(t, h)
	}
	docker := Rule{Match: Match{Local: true}, Target: jump, chain: "DOCKER"}
	t.add("nat PREROUTING", docker)
	if !h.Engine.NoProxy {
		docker.Destination, docker.NotDestination = netip.PrefixFrom(netip.AddrFrom4([4]byte{127}), 8), true
	}
	t.add("nat OUTPUT", docker)
	return t
}

// bridges gives the bridges of a host, in their order.
func (s *Site) bridges(h Host) []Network {
	var out []Network
	for _, n := range s.config.Networks {
		if n.Driver == Bridge && n.Host == h.Name {
			out = append(out, n)
		}
	}
	return out
}

func (s *Site) since28(t Tables, h Host) {
	t.add("filter FORWARD", Rule{Target: jump, chain: "DOCKER-FORWARD"})
	for _, chain := range []string{"DOCKER-CT", "DOCKER-INTERNAL", "DOCKER-BRIDGE"} {
		t.add("filter DOCKER-FORWARD", Rule{Target: jump, chain: chain})
	}
	for _, n := range s.bridges(h) {
		s.publish(t, h, n)
	}
	for _, n := range s.bridges(h) {
		br := n.bridge()
		if n.Internal {
			t.add("filter DOCKER-INTERNAL", fenced(n)...)
			t.add("filter DOCKER-FORWARD", Rule{Match: Match{In: br, Out: br}, Target: icc(n)})
			continue
		}
		t.add("filter DOCKER-CT", Rule{Match: Match{Out: br, Established: true}})
		t.add("filter DOCKER-BRIDGE", Rule{Match: Match{Out: br}, Target: jump, chain: "DOCKER"})
		if n.Gateway == Routed {
			t.add("filter DOCKER", Rule{Match: Match{Out: br, icmp: true}})
		}
		rest := Rule{Match: Match{In: br, NotIn: true, Out: br}, Target: Drop}
		if n.Gateway == Unprotected {
			rest.Target = Accept
		}
		t.add("filter DOCKER", rest)
		if n.NoICC {
			t.add("filter DOCKER-FORWARD", Rule{Match: Match{In: br, Out: br}, Target: Drop}, Rule{Match: Match{In: br, Out: br, NotOut: true}})
		} else {
			t.add("filter DOCKER-FORWARD", Rule{Match: Match{In: br}})
		}
		if n.Gateway == NAT && !h.Engine.AllowDirectRouting {
			s.guard(t, n)
		}
	}
}

func icc(n Network) Target {
	if n.NoICC {
		return Drop
	}
	return Accept
}

// fenced is how an internal network is kept from the outside.
func fenced(n Network) []Rule {
	return []Rule{
		{Match: Match{Out: n.bridge(), Source: n.Subnet, NotSource: true}, Target: Drop},
		{Match: Match{In: n.bridge(), Destination: n.Subnet, NotDestination: true}, Target: Drop},
	}
}

// guard drops what is addressed to a container and does not come from its bridge.
func (s *Site) guard(t Tables, n Network) {
	for _, e := range s.endpoints {
		if e.network != n.Name || e.unguarded {
			continue
		}
		to := netip.PrefixFrom(e.addr, 32)
		if n.Trusted {
			t.add("raw PREROUTING", Rule{Match: Match{In: Uplink, Destination: to}})
		}
		t.add("raw PREROUTING", Rule{Match: Match{In: n.bridge(), NotIn: true, Destination: to}, Target: Drop})
	}
}

// publish makes the rules of the ports that containers publish by network n.
func (s *Site) publish(t Tables, h Host, n Network) {
	for _, c := range s.config.Containers {
		for _, p := range c.Published {
			a, ok := s.addr(c.Name, n.Name)
			if p.Network != n.Name || !ok {
				continue
			}
			if n.Gateway != Routed {
				if p.HostIP.IsLoopback() && h.Engine.Version == V28 {
					t.add("raw PREROUTING", Rule{
						Match:  Match{In: Loopback, NotIn: true, Destination: netip.PrefixFrom(p.HostIP, 32), Port: p.HostPort},
						Target: Drop,
					})
				}
				dnat := Rule{Match: Match{Port: p.HostPort}, Target: translate, to: netip.AddrPortFrom(a, p.Port)}
				if !p.everywhere() {
					dnat.Destination = netip.PrefixFrom(p.HostIP, 32)
				}
				if !h.Engine.NoProxy {
					dnat.In, dnat.NotIn = n.bridge(), true
				}
				t.add("nat DOCKER", dnat)
			}
			if n.Gateway != Unprotected {
				t.add("filter DOCKER", Rule{Match: Match{In: n.bridge(), NotIn: true, Out: n.bridge(), Destination: netip.PrefixFrom(a, 32), Port: p.Port}})
			}
		}
	}
}

func (s *Site) before28(t Tables, h Host) {
	t.add("filter FORWARD", Rule{Target: jump, chain: "DOCKER-ISOLATION-STAGE-1"})
	for _, n := range s.bridges(h) {
		br := n.bridge()
		if n.Internal {
			t.add("filter DOCKER-ISOLATION-STAGE-1", fenced(n)...)
			t.add("filter FORWARD", Rule{Match: Match{In: br, Out: br}, Target: icc(n)})
			continue
		}
		if !h.Engine.NoProxy {
			t.add("nat DOCKER", Rule{Match: Match{In: br}, Target: Return})
		}
		t.add("filter FORWARD",
			Rule{Match: Match{Out: br, Established: true}},
			Rule{Match: Match{Out: br}, Target: jump, chain: "DOCKER"},
			Rule{Match: Match{In: br, Out: br, NotOut: true}},
			Rule{Match: Match{In: br, Out: br}, Target: icc(n)})
		if !s.parted[h.Name] {
			continue
		}
		t.add("filter DOCKER-ISOLATION-STAGE-1", Rule{Match: Match{In: br, Out: br, NotOut: true}, Target: jump, chain: "DOCKER-ISOLATION-STAGE-2"})
		t.add("filter DOCKER-ISOLATION-STAGE-2", Rule{Match: Match{Out: br}, Target: Drop})
	}
	for _, n := range s.bridges(h) {
		s.publish(t, h, n)
	}
}
