package network

import (
	"fmt"
	"net/netip"
	"slices"
)

// Version is the generation of a Docker engine, by the rules that it makes.
type Version int

// The generations. What lies between them, 28.0 and 28.1, is not modelled.
const (
	V27 Version = iota // before 28.0: chains DOCKER-ISOLATION-STAGE-1 and -2, no rules in the table raw
	V28                // 28.2 and later: chains DOCKER-CT, DOCKER-INTERNAL and DOCKER-BRIDGE, direct access dropped in raw
)

// Engine is what of a Docker daemon and its host decides over packets. The zero Engine is one before 28.0, with the defaults of
// its daemon.json.
type Engine struct {
	Version Version
	// NoProxy is "userland-proxy": false. DNAT then works for the host's loopback address and for the bridge itself (hairpin).
	NoProxy bool
	// NoIPTables is "iptables": false. The engine makes no rules, not even the chain DOCKER-USER, and ports are published by
	// the proxies alone.
	NoIPTables bool
	// AllowDirectRouting is "allow-direct-routing": true (28.2 and later).
	AllowDirectRouting bool
	// ForwardDrop says that the policy of the chain FORWARD is DROP. The daemon sets it where it has turned IP forwarding on
	// itself; a host that forwarded before keeps ACCEPT.
	ForwardDrop bool
	// LosesIsolation says that a reload of firewalld loses the rules which part bridges (CVE-2025-54410: before 28.0, mended in
	// 25.0.13).
	LosesIsolation bool
	// LosesEndpoints says that it loses the rules which drop direct access to containers (CVE-2025-54388: 28.2.0 to 28.3.2).
	LosesEndpoints bool
}

// Host is a machine with a Docker engine.
type Host struct {
	Name    string
	Addr    netip.Addr // on its segment
	Segment string     // the L2 segment of its interface Uplink
	Engine  Engine
	// Listens are where processes of the host itself listen; the unspecified address stands for all of the host.
	Listens []netip.AddrPort
	// Firewalled says that the chain INPUT drops what comes to other ports than Open, as ufw does; not from Loopback.
	Firewalled bool
	Open       []uint16
	// User are the rules of the chain DOCKER-USER.
	User []Rule
}

// The interfaces of a host beside its bridges.
const (
	Loopback = "lo"
	Uplink   = "eth0"
)

// Neighbour is a machine on a segment that no engine runs on. It is an adversary's: it sends what it likes, and may have a
// route by any host to whatever is behind that.
type Neighbour struct {
	Name, Segment string
	Addr          netip.Addr
}

// Driver is the kind of a network.
type Driver int

// The drivers.
const (
	Bridge Driver = iota
	Macvlan
	Overlay
)

// Gateway is the option com.docker.network.bridge.gateway_mode_ipv4 of a bridge.
type Gateway int

// The modes. An engine before 28.0 is modelled with NAT alone, and Isolated is for internal networks.
const (
	NAT Gateway = iota
	Unprotected
	Routed
	Isolated // the bridge has no address: the host itself is not on the network
)

// Network is a Docker network.
type Network struct {
	Name     string
	Driver   Driver
	Host     string // where it is; "" for an overlay, which is everywhere
	Subnet   netip.Prefix
	Internal bool

	// Of a bridge. Its interface is br-NAME, its address the first of the subnet.
	Default bool // docker0: containers do not find each other by name
	NoICC   bool // com.docker.network.bridge.enable_icc=false
	Gateway Gateway
	// Trusted says that Uplink is in com.docker.network.bridge.trusted_host_interfaces.
	Trusted bool
	// Ports says that the ports of the bridge are isolated from each other at layer 2. Docker does not do that.
	Ports bool

	// Of an overlay. Frames on the wire (VXLAN, 4789/udp) can be read by everybody on the segment unless it is encrypted.
	Encrypted bool
}

func (n Network) bridge() string { return "br-" + n.Name }

// address is that of the bridge, the zero Addr where it has none.
func (n Network) address() netip.Addr {
	if n.Driver != Bridge || n.Gateway == Isolated {
		return netip.Addr{}
	}
	return n.Subnet.Addr().Next()
}

// Attachment puts a container on a network. The zero Addr stands for the lowest that is free.
type Attachment struct {
	Network string
	Addr    netip.Addr
}

// Publication is docker run -p HOSTIP:HOSTPORT:PORT. HostIP is of IPv4; the zero one stands for all addresses of the host. HostPort 0
// is for networks in mode Routed, where a port is opened and not translated.
type Publication struct {
	Network        string // whose gateway the container has
	HostIP         netip.Addr
	HostPort, Port uint16
}

func (p Publication) everywhere() bool { return !p.HostIP.IsValid() || p.HostIP.IsUnspecified() }

func (p Publication) at(d netip.AddrPort) bool {
	return p.HostPort != 0 && d.Port() == p.HostPort && (p.everywhere() || d.Addr() == p.HostIP)
}

// Stack is whose network namespace a container is in.
type Stack int

// The kinds of stack.
const (
	OwnStack  Stack = iota
	NoNetwork       // --network none: loopback alone
	HostStack       // --network host
	JoinStack       // --network container:X
)

// Container is a container and what it has of networks.
type Container struct {
	Name, Host string
	Stack      Stack
	Join       string       // of JoinStack
	Attached   []Attachment // of OwnStack
	Published  []Publication
	// Listens are the ports of processes in a container on HostStack, on all addresses. In other stacks, every port is thought
	// of as listened on.
	Listens []uint16
	// Vulnerable are the ports at which a connection is enough to take the container over.
	Vulnerable []uint16
}

// Config is what there is.
type Config struct {
	Hosts      []Host
	Neighbours []Neighbour
	Networks   []Network
	Containers []Container
}

// MaxThings bounds how many of each kind a Config may have.
const MaxThings = 256

// check looks at all but the containers, which are run one by one.
func (c Config) check() error {
	if len(c.Hosts) == 0 || max(len(c.Hosts), len(c.Neighbours), len(c.Networks), len(c.Containers)) > MaxThings {
		return fmt.Errorf("got %d hosts, %d neighbours, %d networks and %d containers, want a host and at most %d of each",
			len(c.Hosts), len(c.Neighbours), len(c.Networks), len(c.Containers), MaxThings)
	}
	var names []string
	for _, h := range c.Hosts {
		names = append(names, h.Name)
		if h.Engine.Version != V27 && h.Engine.Version != V28 {
			return fmt.Errorf("host %s: there is no version %d", h.Name, h.Engine.Version)
		}
		if h.Engine.Version == V27 && h.Engine.AllowDirectRouting {
			return fmt.Errorf("host %s: an engine before 28.0 has no allow-direct-routing", h.Name)
		}
		for _, r := range h.User {
			if r.Target < Accept || r.Target > Return {
				return fmt.Errorf("host %s: a rule of DOCKER-USER accepts, drops or returns", h.Name)
			}
		}
	}
	for _, m := range c.Neighbours {
		names = append(names, m.Name)
	}
	wire := c.machines()
	if err := distinct("machine", names); err != nil {
		return err
	}
	for i, m := range wire {
		if !m.addr.Is4() || m.addr.IsLoopback() || m.addr.IsUnspecified() || m.segment == "" {
			return fmt.Errorf("%s: got address %s on segment %q, want one of IPv4 and a name", names[i], m.addr, m.segment)
		}
		if slices.Index(wire, m) < i {
			return fmt.Errorf("address %s is there twice on segment %s", m.addr, m.segment)
		}
	}
	return c.checkNetworks()
}

type machine struct {
	segment string
	addr    netip.Addr
}

// machines are the hosts and then the neighbours.
func (c Config) machines() []machine {
	var out []machine
	for _, h := range c.Hosts {
		out = append(out, machine{h.Segment, h.Addr})
	}
	for _, m := range c.Neighbours {
		out = append(out, machine{m.Segment, m.Addr})
	}
	return out
}

func (c Config) checkNetworks() error {
	var names, parents []string
	for _, n := range c.Networks {
		names = append(names, n.Name)
		i := slices.IndexFunc(c.Hosts, func(h Host) bool { return h.Name == n.Host })
		switch {
		case n.Driver < Bridge || n.Driver > Overlay || n.Gateway < NAT || n.Gateway > Isolated:
			return fmt.Errorf("network %s: there is no such driver or gateway mode", n.Name)
		case (n.Driver == Overlay) != (n.Host == "") || i < 0 && n.Host != "":
			return fmt.Errorf("network %s: an overlay is on no host, another network on one that is there, got %q", n.Name, n.Host)
		case !n.Subnet.IsValid() || !n.Subnet.Addr().Is4() || n.Subnet != n.Subnet.Masked() || n.Subnet.Bits() < 8 || n.Subnet.Bits() > 30:
			return fmt.Errorf("network %s: got subnet %s, want one of IPv4 of 8 to 30 bits", n.Name, n.Subnet)
		case netip.PrefixFrom(netip.AddrFrom4([4]byte{127}), 8).Overlaps(n.Subnet):
			return fmt.Errorf("network %s: got subnet %s, which is loopback", n.Name, n.Subnet)
		case n.Driver != Bridge && (n.Default || n.NoICC || n.Gateway != NAT || n.Trusted || n.Ports):
			return fmt.Errorf("network %s: only a bridge is default, or has icc, gateway modes, trusted interfaces and isolated ports", n.Name)
		case n.Gateway == Isolated && !n.Internal:
			return fmt.Errorf("network %s: gateway mode isolated is for internal networks", n.Name)
		case n.Default && n.Internal:
			return fmt.Errorf("network %s: the default bridge is not internal", n.Name)
		case n.Driver == Bridge && c.Hosts[i].Engine.Version == V27 && (n.Gateway != NAT || n.Trusted):
			return fmt.Errorf("network %s: an engine before 28.0 has gateway mode nat alone", n.Name)
		}
		if n.Driver == Overlay || n.Driver == Macvlan {
			if n.Driver == Macvlan && !n.Internal {
				parents = append(parents, n.Host)
			}
			continue
		}
		for _, m := range c.machines() {
			if n.Subnet.Contains(m.addr) {
				return fmt.Errorf("network %s: address %s of a machine is in subnet %s", n.Name, m.addr, n.Subnet)
			}
		}
		for _, m := range c.Networks {
			if m.Driver == Macvlan && m.Subnet.Overlaps(n.Subnet) {
				return fmt.Errorf("network %s: its subnet %s overlaps that of macvlan %s", n.Name, n.Subnet, m.Name)
			}
			if m.Name != n.Name && m.Host == n.Host && m.Driver == Bridge && m.Subnet.Overlaps(n.Subnet) {
				return fmt.Errorf("network %s: its subnet %s overlaps that of %s: Pool overlaps with other one on this address space", n.Name, n.Subnet, m.Name)
			}
			if m.Name != n.Name && m.Host == n.Host && m.Default && n.Default {
				return fmt.Errorf("network %s: the default bridge of %s is %s", n.Name, n.Host, m.Name)
			}
		}
	}
	if err := distinct("macvlan network on host", parents); err != nil {
		return err
	}
	return distinct("network", names)
}

func distinct(what string, names []string) error {
	for i, n := range names {
		if n == "" {
			return fmt.Errorf("a %s has no name", what)
		}
		if slices.Index(names, n) < i {
			return fmt.Errorf("%s %s is there twice", what, n)
		}
	}
	return nil
}
