package network

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Site is some hosts with Docker engines, the networks and containers on them, and the firewall rules as they stand.
type Site struct {
	config    Config
	endpoints []endpoint
	parted    map[string]bool // the hosts whose rules that part bridges are there
}

// endpoint is a container on a network.
type endpoint struct {
	container, network string
	addr               netip.Addr
	unguarded          bool // a reload lost the rule that drops direct access to it
}

// New makes hosts and networks, and runs the containers in their order.
func New(c Config) (*Site, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Site{config: c, parted: map[string]bool{}}
	s.config.Hosts, s.config.Networks = slices.Clone(c.Hosts), slices.Clone(c.Networks)
	s.config.Neighbours, s.config.Containers = slices.Clone(c.Neighbours), nil
	for _, h := range c.Hosts {
		s.parted[h.Name] = true
	}
	for _, d := range c.Containers {
		if err := s.Run(d); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Clone gives a copy that shares nothing.
func (s *Site) Clone() *Site {
	out := &Site{config: s.config, endpoints: slices.Clone(s.endpoints), parted: maps.Clone(s.parted)}
	out.config.Containers = slices.Clone(s.config.Containers)
	return out
}

func (s *Site) host(name string) (Host, bool)   { return find(s.config.Hosts, name, Host.name) }
func (s *Site) net(name string) (Network, bool) { return find(s.config.Networks, name, Network.name) }

func (s *Site) container(name string) (Container, bool) {
	return find(s.config.Containers, name, Container.name)
}

func (h Host) name() string      { return h.Name }
func (n Network) name() string   { return n.Name }
func (c Container) name() string { return c.Name }

func find[T any](all []T, name string, of func(T) string) (T, bool) {
	for _, t := range all {
		if of(t) == name {
			return t, true
		}
	}
	var none T
	return none, false
}

// addr is the address of a container on a network.
func (s *Site) addr(container, network string) (netip.Addr, bool) {
	for _, e := range s.endpoints {
		if e.container == container && e.network == network {
			return e.addr, true
		}
	}
	return netip.Addr{}, false
}

// Addr is the address of a container on a network, the zero Addr where it is not on it.
func (s *Site) Addr(container, network string) netip.Addr {
	a, _ := s.addr(container, network)
	return a
}

// PortAllocated refuses a container whose host port another container has: "Bind for 0.0.0.0:80 failed: port is already
// allocated".
type PortAllocated struct {
	At netip.AddrPort
	By string // the container that has it; "" for a process of the host: "address already in use"
}

func (e *PortAllocated) Error() string {
	if e.By == "" {
		return fmt.Sprintf("%s: failed to bind host port %s: address already in use", model.ErrRefused, e.At)
	}
	return fmt.Sprintf("%s: Bind for %s failed: port is already allocated, by %s", model.ErrRefused, e.At, e.By)
}

// Unwrap makes it a model.ErrRefused.
func (e *PortAllocated) Unwrap() error { return model.ErrRefused }

// AddressInUse refuses an address that another container on the network has, or the bridge: "Address already in use".
type AddressInUse struct {
	Network string
	Addr    netip.Addr
}

func (e *AddressInUse) Error() string {
	return fmt.Sprintf("%s: network %s: %s: Address already in use", model.ErrRefused, e.Network, e.Addr)
}

// Unwrap makes it a model.ErrRefused.
func (e *AddressInUse) Unwrap() error { return model.ErrRefused }

// Run starts a container. It takes its addresses, the lowest that are free where none is asked for, and its host ports. It is
// refused, and nothing changes, by *AddressInUse, by *PortAllocated, or where names are taken or not there.
func (s *Site) Run(c Container) error {
	if c.Name == "" || len(s.config.Containers) >= MaxThings {
		return model.Refuse("run %q: want a name, and at most %d containers", c.Name, MaxThings)
	}
	if _, ok := s.container(c.Name); ok {
		return model.Refuse("Conflict. The container name %q is already in use", c.Name)
	}
	h, ok := s.host(c.Host)
	if !ok {
		return model.Refuse("run %s: there is no host %q", c.Name, c.Host)
	}
	if c.Stack != OwnStack {
		return s.runElsewhere(c)
	}
	var mine []endpoint
	for _, a := range c.Attached {
		e, err := s.attach(c, a)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(mine, func(other endpoint) bool { return other.network == e.network }) {
			return model.Refuse("run %s: endpoint with this name already exists in network %s", c.Name, e.network)
		}
		mine = append(mine, e)
	}
	for i, p := range c.Published {
		if err := s.publishable(h, c, p, c.Published[:i]); err != nil {
			return err
		}
	}
	c.Attached, c.Published = slices.Clone(c.Attached), slices.Clone(c.Published)
	s.config.Containers = append(s.config.Containers, c)
	s.endpoints = append(s.endpoints, mine...)
	return nil
}

// runElsewhere starts a container that has no network namespace of its own, or nothing in it. Published ports are discarded
// with the host's stack, as docker run warns.
func (s *Site) runElsewhere(c Container) error {
	if len(c.Attached) > 0 {
		return model.Refuse("run %s: conflicting options: this network mode cannot be combined with networks", c.Name)
	}
	switch c.Stack {
	case HostStack:
		c.Published = nil
		if err := s.bindable(c); err != nil {
			return err
		}
	case JoinStack:
		d, ok := s.container(c.Join)
		if !ok || d.Host != c.Host {
			return model.Refuse("run %s: No such container: %q", c.Name, c.Join)
		}
	case NoNetwork:
	default:
		return model.Refuse("run %s: there is no stack %d", c.Name, c.Stack)
	}
	if len(c.Published) > 0 {
		return model.Refuse("run %s: conflicting options: port publishing and this network mode", c.Name)
	}
	s.config.Containers = append(s.config.Containers, c)
	return nil
}

// bindable looks at the ports of processes on the host's stack.
func (s *Site) bindable(c Container) error {
	h, _ := s.host(c.Host)
	for _, port := range c.Listens {
		at := netip.AddrPortFrom(netip.IPv4Unspecified(), port)
		if slices.ContainsFunc(h.Listens, func(l netip.AddrPort) bool { return l.Port() == port }) {
			return &PortAllocated{At: at}
		}
		for _, d := range s.config.Containers {
			published := func(p Publication) bool { return p.HostPort == port }
			if d.Host == c.Host && (d.Stack == HostStack && slices.Contains(d.Listens, port) || slices.ContainsFunc(d.Published, published)) {
				return &PortAllocated{At: at, By: d.Name}
			}
		}
	}
	return nil
}

// attach finds the address of a container on a network.
func (s *Site) attach(c Container, a Attachment) (endpoint, error) {
	n, ok := s.net(a.Network)
	if !ok || n.Driver != Overlay && n.Host != c.Host {
		return endpoint{}, model.Refuse("run %s: network %s not found on %s", c.Name, a.Network, c.Host)
	}
	taken := func(addr netip.Addr) bool {
		return addr == n.Subnet.Addr().Next() || // of the bridge, or of the gateway
			slices.ContainsFunc(s.endpoints, func(e endpoint) bool { return e.network == n.Name && e.addr == addr }) ||
			n.Driver == Macvlan && !n.Internal && s.onWire(n.Host, addr)
	}
	if a.Addr.IsValid() {
		switch {
		case !n.Subnet.Contains(a.Addr) || a.Addr == n.Subnet.Addr() || a.Addr == last(n.Subnet):
			return endpoint{}, model.Refuse("run %s: invalid address %s: it does not belong to subnet %s", c.Name, a.Addr, n.Subnet)
		case taken(a.Addr):
			return endpoint{}, &AddressInUse{n.Name, a.Addr}
		}
		return endpoint{container: c.Name, network: n.Name, addr: a.Addr}, nil
	}
	for addr := n.Subnet.Addr().Next(); addr != last(n.Subnet); addr = addr.Next() {
		if !taken(addr) {
			return endpoint{container: c.Name, network: n.Name, addr: addr}, nil
		}
	}
	return endpoint{}, model.Refuse("run %s: no available IPv4 addresses on network %s", c.Name, n.Name)
}

// onWire tells whether an address is taken on the segment of a host. Docker does not know what others have there; who gives a
// macvlan network its range has to see to it.
func (s *Site) onWire(host string, addr netip.Addr) bool {
	h, _ := s.host(host)
	for _, m := range s.config.machines() {
		if m == (machine{h.Segment, addr}) {
			return true
		}
	}
	return slices.ContainsFunc(s.endpoints, func(e endpoint) bool {
		n, _ := s.net(e.network)
		g, _ := s.host(n.Host)
		return n.Driver == Macvlan && !n.Internal && g.Segment == h.Segment && e.addr == addr
	})
}

// last is the broadcast address of a subnet.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(b)
}

// publishable looks at one port of a container beside those before it.
func (s *Site) publishable(h Host, c Container, p Publication, before []Publication) error {
	n, ok := s.net(p.Network)
	if !ok || n.Driver != Bridge || n.Internal || !slices.ContainsFunc(c.Attached, func(a Attachment) bool { return a.Network == p.Network }) {
		return model.Refuse("run %s: port %d: want a network of the container that is a bridge and not internal, got %q", c.Name, p.Port, p.Network)
	}
	if p.Port == 0 || (p.HostPort == 0) != (n.Gateway == Routed) {
		return model.Refuse("run %s: got port %d:%d, want a port, and one of the host where the gateway translates", c.Name, p.HostPort, p.Port)
	}
	if p.HostIP.IsValid() && !p.HostIP.Is4() {
		return model.Refuse("run %s: %s: want an address of IPv4", c.Name, p.HostIP)
	}
	if !p.everywhere() && !p.HostIP.IsLoopback() && !slices.Contains(s.addresses(h), p.HostIP) {
		return model.Refuse("run %s: %s: cannot assign requested address", c.Name, p.HostIP)
	}
	if p.HostPort == 0 {
		return nil
	}
	clash := func(ip netip.Addr, port uint16) bool {
		return port == p.HostPort && (p.everywhere() || !ip.IsValid() || ip.IsUnspecified() || ip == p.HostIP)
	}
	at := netip.AddrPortFrom(p.HostIP, p.HostPort)
	if p.everywhere() {
		at = netip.AddrPortFrom(netip.IPv4Unspecified(), p.HostPort)
	}
	for _, l := range h.Listens {
		if clash(l.Addr(), l.Port()) {
			return &PortAllocated{At: at}
		}
	}
	for _, q := range before {
		if clash(q.HostIP, q.HostPort) {
			return &PortAllocated{At: at, By: c.Name}
		}
	}
	for _, d := range s.config.Containers {
		if d.Host != h.Name {
			continue
		}
		if d.Stack == HostStack && slices.Contains(d.Listens, p.HostPort) {
			return &PortAllocated{At: at}
		}
		for _, q := range d.Published {
			if clash(q.HostIP, q.HostPort) {
				return &PortAllocated{At: at, By: d.Name}
			}
		}
	}
	return nil
}

// Remove ends a container, whose addresses and ports are free then. It is refused while another one is in its stack.
func (s *Site) Remove(name string) error {
	if _, ok := s.container(name); !ok {
		return model.Refuse("No such container: %s", name)
	}
	for _, c := range s.config.Containers {
		if c.Stack == JoinStack && c.Join == name {
			return model.Refuse("remove %s: %s has its network namespace", name, c.Name)
		}
	}
	s.config.Containers = slices.DeleteFunc(s.config.Containers, func(c Container) bool { return c.Name == name })
	s.endpoints = slices.DeleteFunc(s.endpoints, func(e endpoint) bool { return e.container == name })
	return nil
}

// Reload is firewall-cmd --reload on a host: all rules of the engine are flushed, and it makes them again but for those that its
// version forgets. Containers that are run later get theirs.
func (s *Site) Reload(host string) error {
	return s.remake(host, func(e Engine) (guarded, parted bool) { return !e.LosesEndpoints, !e.LosesIsolation })
}

// Restart restarts the engine of a host, which makes all rules again.
func (s *Site) Restart(host string) error {
	return s.remake(host, func(Engine) (guarded, parted bool) { return true, true })
}

func (s *Site) remake(host string, keeps func(Engine) (guarded, parted bool)) error {
	h, ok := s.host(host)
	if !ok {
		return model.Refuse("there is no host %q", host)
	}
	guarded, parted := keeps(h.Engine)
	s.parted[host] = parted
	for _, n := range s.config.Networks {
		if n.Host != host {
			continue
		}
		for i := range s.endpoints {
			if s.endpoints[i].network == n.Name {
				s.endpoints[i].unguarded = !guarded
			}
		}
	}
	return nil
}

// addresses are those of a host: on its segment, and of its bridges.
func (s *Site) addresses(h Host) []netip.Addr {
	out := []netip.Addr{h.Addr}
	for _, n := range s.bridges(h) {
		if a := n.address(); a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// Resolves tells whether a container finds another one by its name: they share a network that is user-defined, which the
// default bridge is not, and host and none are not. A container in another's network namespace has that one's names.
func (s *Site) Resolves(from, name string) bool {
	c, ok := s.container(from)
	for ok && c.Stack == JoinStack {
		c, ok = s.container(c.Join)
	}
	if !ok {
		return false
	}
	for _, n := range s.config.Networks {
		_, here := s.addr(c.Name, n.Name)
		if _, there := s.addr(name, n.Name); here && there && !n.Default {
			return true
		}
	}
	return false
}
