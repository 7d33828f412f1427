package network

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// dummy is the network of Moby's golden files: one container that publishes 80 as 8080.
func dummy(t *testing.T, e Engine, n Network, ip netip.Addr) *Site {
	t.Helper()
	n.Name, n.Host, n.Subnet = "dummy", "host", prefix("192.168.0.0/24")
	p := Publication{Network: "dummy", HostIP: ip, HostPort: 8080, Port: 80}
	if n.Gateway == Routed {
		p.HostPort = 0
	}
	c := Container{Name: "c", Host: "host", Attached: []Attachment{{Network: "dummy"}}}
	if !n.Internal {
		c.Published = []Publication{p}
	}
	return site(t, Config{
		Hosts:    []Host{{Name: "host", Addr: addr("10.9.9.9"), Segment: "lan", Engine: e}},
		Networks: []Network{n}, Containers: []Container{c},
	})
}

func site(t *testing.T, c Config) *Site {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The rules are those of Moby's golden files: daemon/libnetwork/drivers/bridge/internal/iptabler/testdata/TestIptabler, and for
// an engine before 28.0 the output of iptables -S in integration/network/bridge/iptablesdoc at 27.x, without masquerading.
func TestGoldenRules(t *testing.T) {
	type chains = map[string][]string
	for _, c := range []struct {
		name   string
		engine Engine
		net    Network
		ip     netip.Addr
		want   chains
	}{
		{"hairpin=false,internal=false,icc=false,gwm=nat,bindlh=false", Engine{Version: V28}, Network{NoICC: true}, netip.Addr{}, chains{
			"raw PREROUTING": {"-d 192.168.0.2/32 ! -i br-dummy -j DROP"},
			"filter FORWARD": {"-j DOCKER-USER", "-j DOCKER-FORWARD"},
			"filter DOCKER": {
				"-d 192.168.0.2/32 ! -i br-dummy -o br-dummy -p tcp -m tcp --dport 80 -j ACCEPT",
				"! -i br-dummy -o br-dummy -j DROP",
			},
			"filter DOCKER-BRIDGE": {"-o br-dummy -j DOCKER"},
			"filter DOCKER-CT":     {"-o br-dummy -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"},
			"filter DOCKER-FORWARD": {
				"-j DOCKER-CT", "-j DOCKER-INTERNAL", "-j DOCKER-BRIDGE",
				"-i br-dummy -o br-dummy -j DROP", "-i br-dummy ! -o br-dummy -j ACCEPT",
			},
			"nat PREROUTING": {"-m addrtype --dst-type LOCAL -j DOCKER"},
			"nat OUTPUT":     {"! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER"},
			"nat DOCKER":     {"! -i br-dummy -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.0.2:80"},
		}},
		{"hairpin=true,internal=false,icc=true,gwm=nat,bindlh=true", Engine{Version: V28, NoProxy: true}, Network{}, loopback, chains{
			"raw PREROUTING": {
				"-d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP",
				"-d 192.168.0.2/32 ! -i br-dummy -j DROP",
			},
			"filter DOCKER-FORWARD": {"-j DOCKER-CT", "-j DOCKER-INTERNAL", "-j DOCKER-BRIDGE", "-i br-dummy -j ACCEPT"},
			"nat OUTPUT":            {"-m addrtype --dst-type LOCAL -j DOCKER"},
			"nat DOCKER":            {"-d 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.0.2:80"},
		}},
		{"hairpin=false,internal=false,icc=false,gwm=nat-unprotected,bindlh=true", Engine{Version: V28}, Network{NoICC: true, Gateway: Unprotected}, loopback, chains{
			"raw PREROUTING":       {"-d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP"},
			"filter DOCKER":        {"! -i br-dummy -o br-dummy -j ACCEPT"},
			"filter DOCKER-BRIDGE": {"-o br-dummy -j DOCKER"},
			"nat DOCKER":           {"-d 127.0.0.1/32 ! -i br-dummy -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.0.2:80"},
		}},
		{"hairpin=false,internal=false,icc=true,gwm=routed", Engine{Version: V28}, Network{Gateway: Routed}, netip.Addr{}, chains{
			"raw PREROUTING": nil,
			"filter DOCKER": {
				"-d 192.168.0.2/32 ! -i br-dummy -o br-dummy -p tcp -m tcp --dport 80 -j ACCEPT",
				"-o br-dummy -p icmp -j ACCEPT",
				"! -i br-dummy -o br-dummy -j DROP",
			},
			"nat DOCKER": nil,
		}},
		{"internal=true,icc=true", Engine{Version: V28}, Network{Internal: true}, netip.Addr{}, chains{
			"raw PREROUTING":         nil,
			"filter DOCKER":          nil,
			"filter DOCKER-BRIDGE":   nil,
			"filter DOCKER-INTERNAL": {"! -s 192.168.0.0/24 -o br-dummy -j DROP", "! -d 192.168.0.0/24 -i br-dummy -j DROP"},
			"filter DOCKER-FORWARD":  {"-j DOCKER-CT", "-j DOCKER-INTERNAL", "-j DOCKER-BRIDGE", "-i br-dummy -o br-dummy -j ACCEPT"},
		}},
		{"trusted_host_interfaces", Engine{Version: V28}, Network{Trusted: true}, netip.Addr{}, chains{
			"raw PREROUTING": {"-d 192.168.0.2/32 -i eth0 -j ACCEPT", "-d 192.168.0.2/32 ! -i br-dummy -j DROP"},
		}},
		{"allow-direct-routing", Engine{Version: V28, AllowDirectRouting: true}, Network{}, netip.Addr{}, chains{"raw PREROUTING": nil}},
		{"iptables=false", Engine{Version: V28, NoIPTables: true}, Network{}, netip.Addr{}, chains{"filter FORWARD": nil, "nat DOCKER": nil, "nat PREROUTING": nil}},
		{"27: icc=true", Engine{}, Network{}, netip.Addr{}, chains{
			"raw PREROUTING": nil,
			"filter FORWARD": {
				"-j DOCKER-USER", "-j DOCKER-ISOLATION-STAGE-1",
				"-o br-dummy -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-o br-dummy -j DOCKER",
				"-i br-dummy ! -o br-dummy -j ACCEPT", "-i br-dummy -o br-dummy -j ACCEPT",
			},
			"filter DOCKER":                   {"-d 192.168.0.2/32 ! -i br-dummy -o br-dummy -p tcp -m tcp --dport 80 -j ACCEPT"},
			"filter DOCKER-ISOLATION-STAGE-1": {"-i br-dummy ! -o br-dummy -j DOCKER-ISOLATION-STAGE-2"},
			"filter DOCKER-ISOLATION-STAGE-2": {"-o br-dummy -j DROP"},
			"nat DOCKER": {
				"-i br-dummy -j RETURN",
				"! -i br-dummy -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.0.2:80",
			},
		}},
		{"27: internal=true,icc=false", Engine{}, Network{Internal: true, NoICC: true}, netip.Addr{}, chains{
			"filter FORWARD":                  {"-j DOCKER-USER", "-j DOCKER-ISOLATION-STAGE-1", "-i br-dummy -o br-dummy -j DROP"},
			"filter DOCKER-ISOLATION-STAGE-1": {"! -s 192.168.0.0/24 -o br-dummy -j DROP", "! -d 192.168.0.0/24 -i br-dummy -j DROP"},
			"nat DOCKER":                      nil,
		}},
	} {
		tables := dummy(t, c.engine, c.net, c.ip).Tables("host")
		for chain, want := range c.want {
			table, name, _ := strings.Cut(chain, " ")
			got := tables.Chain(table, name)
			for i := range want {
				want[i] = "-A " + name + " " + want[i]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s: got\n%s\nwant\n%s", c.name, chain, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// town is a site with something of everything, as the rows of the table need it.
func town(t *testing.T, e Engine) *Site {
	t.Helper()
	one := func(name string) []Attachment { return []Attachment{{Network: name}} }
	return site(t, Config{
		Hosts: []Host{
			{Name: "A", Addr: addr("192.168.0.10"), Segment: "lan", Engine: e, Listens: []netip.AddrPort{netip.MustParseAddrPort("0.0.0.0:22"), netip.MustParseAddrPort("127.0.0.1:631")}},
			{Name: "B", Addr: addr("192.168.0.11"), Segment: "lan", Engine: e},
		},
		Neighbours: []Neighbour{{"laptop", "lan", addr("192.168.0.99")}},
		Networks: []Network{
			{Name: "docker0", Host: "A", Subnet: prefix("172.17.0.0/16"), Default: true},
			{Name: "quiet", Host: "A", Subnet: prefix("172.18.0.0/16"), NoICC: true},
			{Name: "inside", Host: "A", Subnet: prefix("172.19.0.0/16"), Internal: true},
			{Name: "there", Host: "B", Subnet: prefix("172.17.0.0/16"), Default: true},
			{Name: "vlan", Driver: Macvlan, Host: "A", Subnet: prefix("192.168.0.128/25")},
			{Name: "mesh", Driver: Overlay, Subnet: prefix("10.0.0.0/24")},
			{Name: "sealed", Driver: Overlay, Subnet: prefix("10.0.1.0/24"), Encrypted: true},
		},
		Containers: []Container{
			{Name: "plain", Host: "A", Attached: one("docker0")},
			{Name: "other", Host: "A", Attached: one("docker0")},
			{
				Name: "web", Host: "A", Attached: []Attachment{{Network: "quiet"}, {Network: "mesh"}},
				Published: []Publication{{Network: "quiet", HostPort: 8080, Port: 80}, {Network: "quiet", HostIP: loopback, HostPort: 9090, Port: 90}},
			},
			{Name: "mute", Host: "A", Attached: one("quiet")},
			{Name: "db", Host: "A", Attached: one("inside")},
			{Name: "app", Host: "A", Attached: []Attachment{{Network: "inside"}, {Network: "docker0"}}},
			{Name: "none", Host: "A", Stack: NoNetwork},
			{Name: "hosted", Host: "A", Stack: HostStack, Listens: []uint16{5000}},
			{Name: "side", Host: "A", Stack: JoinStack, Join: "web"},
			{Name: "far", Host: "B", Attached: []Attachment{{Network: "there"}, {Network: "mesh"}, {Network: "sealed"}}},
			{Name: "bare", Host: "A", Attached: []Attachment{{Network: "vlan"}, {Network: "sealed"}}},
		},
	})
}

// The rows of the table, as docs.docker.com gives them ("Bridge network driver", "Host network driver", "None", "Macvlan", "Overlay",
// "Packet filtering and firewalls"): for engines before 28.0, and since.
func TestTable(t *testing.T) {
	c := AtContainer
	for _, row := range []struct {
		why      string
		from, to Place
		port     uint16
		before   bool
		since    bool
	}{
		{"the same bridge, icc on", c("plain"), c("other"), 1, true, true},
		{"the same bridge, icc off", c("mute"), c("web"), 1, false, false},
		{"the same bridge, icc off, a published port by the host's address and the proxy", c("mute"), c("web"), 80, true, true},
		{"the same bridge, icc off, a port published on 127.0.0.1", c("mute"), c("web"), 90, false, false},
		{"different bridges", c("plain"), c("mute"), 80, false, false},
		{"different bridges, a published port", c("plain"), c("web"), 80, true, true},
		{"different bridges, another port of who publishes one", c("plain"), c("web"), 81, false, false},
		{"from a bridge to the outside", c("plain"), AtNeighbour("laptop"), 443, true, true},
		{"from an internal network to the outside", c("db"), AtNeighbour("laptop"), 443, false, false},
		{"from the outside to an internal network", AtNeighbour("laptop"), c("db"), 5432, false, false},
		{"to the other side of an internal network", c("app"), c("db"), 5432, true, true},
		{"from another network to an internal one", c("plain"), c("db"), 5432, false, false},
		{"from an internal network to a published port", c("db"), c("web"), 80, false, false},
		{"from an internal network to its host", c("db"), AtHost("A"), 22, true, true},
		{"from a container to a service of the host", c("plain"), AtHost("A"), 22, true, true},
		{"from a container to a service on the host's 127.0.0.1", c("plain"), AtHost("A"), 631, false, false},
		{"from the host to its own 127.0.0.1", AtHost("A"), AtHost("A"), 631, true, true},
		{"from host networking to the host's 127.0.0.1", c("hosted"), AtHost("A"), 631, true, true},
		{"to a port of a container with host networking", c("plain"), c("hosted"), 5000, true, true},
		{"from the host to its containers", AtHost("A"), c("mute"), 1, true, true},
		{"from the host to an internal network", AtHost("A"), c("db"), 1, true, true},
		{"from another host to its containers", AtHost("B"), c("db"), 1, false, false},
		{"from the LAN to a container's address, a port that is not published", AtNeighbour("laptop"), c("mute"), 1, true, false},
		{"from the LAN to a published port", AtNeighbour("laptop"), c("web"), 80, true, true},
		{"from the LAN to a port published on 127.0.0.1", AtNeighbour("laptop"), c("web"), 90, true, false},
		{"from another host to a published port", c("far"), c("web"), 80, true, true},
		{"none", c("none"), AtHost("A"), 22, false, false},
		{"to none", c("plain"), c("none"), 1, false, false},
		{"container:X, the same stack", c("side"), c("web"), 7, true, true},
		{"container:X, from there", c("side"), c("far"), 7, true, true},
		{"the same overlay, on another host", c("web"), c("far"), 7, true, true},
		{"another overlay", c("bare"), c("web"), 7, false, false},
		{"macvlan to the segment", c("bare"), AtNeighbour("laptop"), 1, true, true},
		{"the segment to macvlan", AtNeighbour("laptop"), c("bare"), 1, true, true},
		{"macvlan to its own host", c("bare"), AtHost("A"), 22, false, false},
		{"its own host to macvlan", AtHost("A"), c("bare"), 1, false, false},
		{"another host to macvlan", AtHost("B"), c("bare"), 1, true, true},
		{"a bridge of its own host to macvlan", c("plain"), c("bare"), 1, false, false},
		{"what a host does not serve", c("plain"), AtHost("A"), 23, false, false},
	} {
		for version, want := range []bool{row.before, row.since} {
			if got := town(t, Engine{Version: Version(version)}).Reaches(row.from, row.to, row.port); got != want {
				t.Errorf("%s: version %d: got %t, want %t", row.why, version, got, want)
			}
		}
	}
}

func TestNamesFramesAndWire(t *testing.T) {
	s := town(t, Engine{Version: V28})
	for _, c := range []struct {
		what      string
		got, want bool
	}{
		{"no names on the default bridge", s.Resolves("plain", "other"), false},
		{"names on a user-defined one", s.Resolves("mute", "web"), true},
		{"names of a shared stack", s.Resolves("side", "far"), true},
		{"no names across networks", s.Resolves("mute", "db"), false},
		{"no names of who is not there", s.Resolves("mute", "nobody"), false},
		{"raw frames in spite of icc=false", s.Frames("mute", "web"), true},
		{"no raw frames across networks", s.Frames("mute", "db"), false},
		{"an overlay is read on the wire", s.Sees(AtNeighbour("laptop"), "mesh"), true},
		{"an encrypted one is not", s.Sees(AtNeighbour("laptop"), "sealed"), false},
		{"a bridge is not on the wire", s.Sees(AtNeighbour("laptop"), "quiet"), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %t, want %t", c.what, c.got, c.want)
		}
	}
	s.config.Networks[1].Ports = true
	if s.Frames("mute", "web") || s.Reaches(AtContainer("mute"), AtContainer("web"), 1) {
		t.Error("isolated ports let frames through")
	}
	if err := s.Remove("far"); err != nil || s.Sees(AtNeighbour("laptop"), "mesh") {
		t.Errorf("frames between containers of one host are on the wire: %v", err)
	}
}

// GHSA-x4rx-4gw3-53p4 and GHSA-4vq8-7jfc-9cvp: what a reload of firewalld opens, and what it leaves closed; a restart mends it.
func TestReload(t *testing.T) {
	laptop, web, mute, plain, db := AtNeighbour("laptop"), AtContainer("web"), AtContainer("mute"), AtContainer("plain"), AtContainer("db")
	type claim struct {
		from, to Place
		port     uint16
		after    bool
	}
	for _, c := range []struct {
		engine Engine
		claims []claim
	}{
		{Engine{Version: V28, LosesEndpoints: true}, []claim{
			{laptop, web, 90, true},   // published on 127.0.0.1 alone
			{laptop, web, 91, false},  // "Unpublished ports remain inaccessible"
			{laptop, mute, 80, false}, //
			{plain, web, 90, true},
		}},
		{Engine{LosesIsolation: true, ForwardDrop: true}, []claim{
			{plain, mute, 1, true}, // "any port, on any container, in any non-internal bridge network"
			{mute, AtContainer("other"), 1, true},
			{plain, db, 1, false}, // "Containers that are only connected to these networks remain isolated"
			{db, plain, 1, false},
			{laptop, mute, 1, false},
		}},
		{Engine{Version: V28}, []claim{{laptop, web, 90, false}, {plain, mute, 1, false}}},
		{Engine{ForwardDrop: true}, []claim{{plain, mute, 1, false}, {laptop, mute, 1, false}}},
	} {
		s := town(t, c.engine)
		for _, when := range []string{"before", "after", "restarted"} {
			for _, k := range c.claims {
				if got := s.Reaches(k.from, k.to, k.port); got != (k.after && when == "after") {
					t.Errorf("%+v, %s: %s to %s, port %d: got %t", c.engine, when, k.from, k.to, k.port, got)
				}
			}
			step := s.Restart
			if when == "before" {
				step = s.Reload
			}
			if err := step("A"); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := town(t, Engine{Version: V28, LosesEndpoints: true})
	if err := s.Reload("A"); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(Container{Name: "late", Host: "A", Attached: []Attachment{{Network: "docker0"}}, Published: []Publication{{"docker0", loopback, 7070, 70}}}); err != nil {
		t.Fatal(err)
	}
	if s.Reaches(laptop, AtContainer("late"), 70) {
		t.Error("a container that is run after the reload has no rule of its own")
	}
	if !errors.Is(s.Reload("nowhere"), model.ErrRefused) {
		t.Error("a host that is not there was reloaded")
	}
}

// Without rules and proxies nobody but the host gets to a published port; a port with the proxy off goes round by the bridge itself, where
// icc and isolated ports count; and the address of a bridge is not reached from another host.
func TestPublishedWays(t *testing.T) {
	laptop, web, red := AtNeighbour("laptop"), AtContainer("web"), AtContainer("red")
	for _, c := range []struct {
		why     string
		engine  Engine
		net     Network
		ip      string
		from    Place
		port    uint16
		reached bool
	}{
		{"rules and proxy", Engine{Version: V28}, Network{}, "", laptop, 80, true},
		{"no rules, a proxy", Engine{Version: V28, NoIPTables: true, ForwardDrop: true}, Network{}, "", laptop, 80, true},
		{"neither", Engine{Version: V28, NoIPTables: true, NoProxy: true, ForwardDrop: true}, Network{}, "", laptop, 80, false},
		{"round by the bridge, icc", Engine{Version: V28, NoProxy: true}, Network{}, "", red, 80, true},
		{"round by the bridge, no icc", Engine{Version: V28, NoProxy: true}, Network{NoICC: true}, "", red, 80, false},
		{"by the proxy, no icc", Engine{Version: V28}, Network{NoICC: true}, "", red, 80, true},
		{"round by the bridge, isolated ports", Engine{Version: V28, NoProxy: true}, Network{Ports: true}, "", red, 80, false},
		{"by the proxy, isolated ports", Engine{Version: V28}, Network{Ports: true}, "", red, 80, true},
		{"on the address of the bridge, from the segment by a route", Engine{Version: V28}, Network{}, "10.0.0.1", laptop, 80, true},
		{"on the address of the bridge, from a container of another host", Engine{Version: V28}, Network{}, "10.0.0.1", AtContainer("far"), 80, false},
		{"on all addresses, from a container of another host", Engine{Version: V28}, Network{}, "", AtContainer("far"), 80, true},
	} {
		c.net.Name, c.net.Host, c.net.Subnet = "n", "A", prefix("10.0.0.0/24")
		p := Publication{Network: "n", HostPort: 8080, Port: 80}
		if c.ip != "" {
			p.HostIP = addr(c.ip)
		}
		s := site(t, Config{
			Hosts:      []Host{{Name: "A", Addr: addr("192.168.0.10"), Segment: "lan", Engine: c.engine}, {Name: "B", Addr: addr("192.168.0.11"), Segment: "lan", Engine: c.engine}},
			Neighbours: []Neighbour{{"laptop", "lan", addr("192.168.0.99")}},
			Networks:   []Network{c.net, {Name: "m", Host: "B", Subnet: prefix("10.0.1.0/24")}},
			Containers: []Container{
				{Name: "web", Host: "A", Attached: []Attachment{{Network: "n"}}, Published: []Publication{p}},
				{Name: "red", Host: "A", Attached: []Attachment{{Network: "n"}}},
				{Name: "far", Host: "B", Attached: []Attachment{{Network: "m"}}},
			},
		})
		if got := s.Reaches(c.from, web, c.port); got != c.reached {
			t.Errorf("%s: got %t", c.why, got)
		}
		delivered := false
		for _, d := range []string{"192.168.0.10", "10.0.0.1", "10.0.0.2"} {
			for _, port := range []uint16{80, 8080} {
				conn := Connection{From: c.from, To: netip.AddrPortFrom(addr(d), port)}
				switch c.from {
				case laptop:
					conn.Via = "A"
				case red:
					conn.Network = "n"
				default:
					conn.Network = "m"
				}
				to, at, err := s.Connect(conn)
				delivered = delivered || err == nil && to == web && at == 80
			}
		}
		direct := c.from == red && !c.net.NoICC && !c.net.Ports
		if delivered != (c.reached || direct) {
			t.Errorf("%s: a packet arrives: %t", c.why, delivered)
		}
	}
	s := town(t, Engine{Version: V28})
	if err := s.Run(Container{Name: "same", Host: "B", Stack: HostStack, Listens: []uint16{8080}}); err != nil {
		t.Errorf("a port of another host: %v", err)
	}
}

// A chain of containers: each is reached from the one before it only, and the last one from outside by all together.
func TestTaken(t *testing.T) {
	net := func(i int) Network {
		return Network{Name: string(rune('p' + i)), Host: "A", Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(i), 0}), 24)}
	}
	c := Config{
		Hosts:      []Host{{Name: "A", Addr: addr("192.168.0.10"), Segment: "lan", Engine: Engine{Version: V28}}},
		Neighbours: []Neighbour{{"laptop", "lan", addr("192.168.0.99")}},
		Networks:   []Network{net(0), net(1), net(2)},
		Containers: []Container{
			{Name: "front", Host: "A", Attached: []Attachment{{Network: "p"}, {Network: "q"}}, Published: []Publication{{"p", netip.Addr{}, 443, 443}}, Vulnerable: []uint16{443}},
			{Name: "app", Host: "A", Attached: []Attachment{{Network: "q"}, {Network: "r"}}, Vulnerable: []uint16{8000}},
			{Name: "store", Host: "A", Attached: []Attachment{{Network: "r"}}},
		},
	}
	laptop, store := AtNeighbour("laptop"), AtContainer("store")
	s := site(t, c)
	if got := s.Taken(laptop); !slices.Equal(got, []string{"front", "app"}) || !s.Attacks(laptop, store, 5432) || s.Reaches(laptop, store, 5432) {
		t.Errorf("got %v, attacks %t, reaches %t", got, s.Attacks(laptop, store, 5432), s.Reaches(laptop, store, 5432))
	}
	c.Containers[1].Vulnerable = nil
	s = site(t, c)
	if got := s.Taken(laptop); !slices.Equal(got, []string{"front"}) || s.Attacks(laptop, store, 5432) {
		t.Errorf("a link is mended: got %v", got)
	}
}

// What is taken is refused by name, and nothing changes; what is free again can be had.
func TestAllocation(t *testing.T) {
	s := town(t, Engine{Version: V28})
	run := func(c Container) error {
		c.Name, c.Host = "new", "A"
		before := len(s.config.Containers) + len(s.endpoints)
		err := s.Run(c)
		if err != nil && (!errors.Is(err, model.ErrRefused) || before != len(s.config.Containers)+len(s.endpoints)) {
			t.Errorf("got %v, want a refusal without effect", err)
		}
		if err == nil {
			if err := s.Remove("new"); err != nil {
				t.Fatal(err)
			}
		}
		return err
	}
	on := func(network string, p ...Publication) Container {
		return Container{Attached: []Attachment{{Network: network}}, Published: p}
	}
	var allocated *PortAllocated
	for _, p := range []Publication{
		{"docker0", netip.Addr{}, 8080, 1},
		{"docker0", loopback, 8080, 1},
		{"docker0", netip.IPv4Unspecified(), 9090, 1},
		{"docker0", netip.Addr{}, 22, 1},
		{"docker0", addr("192.168.0.10"), 5000, 1},
	} {
		if err := run(on("docker0", p)); !errors.As(err, &allocated) {
			t.Errorf("%+v: got %v", p, err)
		}
	}
	if err := run(on("docker0", Publication{"docker0", netip.Addr{}, 7000, 1}, Publication{"docker0", loopback, 7000, 2})); !errors.As(err, &allocated) || allocated.By != "new" {
		t.Errorf("a port twice in one container: got %v", err)
	}
	if err := run(Container{Stack: HostStack, Listens: []uint16{8080}}); !errors.As(err, &allocated) || allocated.By != "web" {
		t.Errorf("got %v, want what web has", err)
	}
	for _, p := range []Publication{{"docker0", addr("192.168.0.10"), 9090, 1}, {"docker0", netip.Addr{}, 631 + 1, 1}, {"docker0", addr("172.18.0.1"), 631, 1}} {
		if err := run(on("docker0", p)); err != nil {
			t.Errorf("%+v: got %v", p, err)
		}
	}
	var inUse *AddressInUse
	for _, a := range []string{"172.17.0.1", "172.17.0.2"} {
		if err := run(Container{Attached: []Attachment{{"docker0", addr(a)}}}); !errors.As(err, &inUse) || inUse.Addr != addr(a) {
			t.Errorf("%s: got %v", a, err)
		}
	}
	for _, c := range []Container{
		{Attached: []Attachment{{"docker0", addr("172.18.0.2")}}},
		{Attached: []Attachment{{"docker0", addr("172.17.255.255")}}},
		{Attached: []Attachment{{"there", netip.Addr{}}}},
		{Attached: []Attachment{{"docker0", netip.Addr{}}, {"docker0", netip.Addr{}}}},
		{Attached: []Attachment{{"vlan", addr("192.168.0.130")}}},
		{Stack: HostStack, Attached: []Attachment{{"docker0", netip.Addr{}}}},
		{Stack: JoinStack, Join: "far"},
		{Stack: NoNetwork, Published: []Publication{{"docker0", netip.Addr{}, 1, 1}}},
		{Stack: 9},
		on("inside", Publication{"inside", netip.Addr{}, 1, 1}), on("docker0", Publication{"quiet", netip.Addr{}, 1, 1}),
		on("docker0", Publication{"docker0", addr("192.168.0.11"), 1, 1}), on("docker0", Publication{"docker0", netip.Addr{}, 0, 1}),
		on("docker0", Publication{"docker0", netip.Addr{}, 1, 0}),
	} {
		if run(c) == nil {
			t.Errorf("%+v was run", c)
		}
	}
	if err := s.Remove("web"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("a container whose stack another one is in was removed: %v", err)
	}
	if s.Run(Container{Name: "db", Host: "A"}) == nil || s.Remove("nobody") == nil || s.Run(Container{Name: "x", Host: "C"}) == nil || s.Run(Container{Host: "A"}) == nil {
		t.Error("a name that is taken, or not there")
	}
	if got := s.Addr("other", "docker0"); got != addr("172.17.0.3") {
		t.Errorf("got address %s", got)
	}
	c := s.Clone()
	if err := c.Remove("plain"); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(Container{Name: "next", Host: "A", Attached: []Attachment{{Network: "docker0"}}}); err != nil || c.Addr("next", "docker0") != addr("172.17.0.2") {
		t.Errorf("got %s and %v, want the address that is free again", c.Addr("next", "docker0"), err)
	}
	if s.Addr("plain", "docker0") != addr("172.17.0.2") || s.Addr("next", "docker0").IsValid() {
		t.Error("a copy shares something")
	}
	small := site(t, Config{Hosts: []Host{{Name: "A", Addr: addr("192.168.0.10"), Segment: "lan"}}, Networks: []Network{{Name: "n", Host: "A", Subnet: prefix("10.0.0.0/30")}}})
	for i, want := range []bool{true, false} {
		if err := small.Run(Container{Name: string(rune('a' + i)), Host: "A", Attached: []Attachment{{Network: "n"}}}); (err == nil) != want {
			t.Errorf("container %d on a network of one address: got %v", i, err)
		}
	}
}

// What cannot be is refused by New.
func TestConfig(t *testing.T) {
	ok := func() Config {
		return Config{
			Hosts:      []Host{{Name: "A", Addr: addr("192.168.0.10"), Segment: "lan"}, {Name: "B", Addr: addr("192.168.0.11"), Segment: "lan", Engine: Engine{Version: V28}}},
			Neighbours: []Neighbour{{"laptop", "lan", addr("192.168.0.99")}},
			Networks: []Network{
				{Name: "n", Host: "A", Subnet: prefix("10.0.0.0/24"), Default: true},
				{Name: "m", Host: "A", Subnet: prefix("10.0.1.0/24")},
				{Name: "v", Driver: Macvlan, Host: "A", Subnet: prefix("192.168.0.128/25")},
				{Name: "o", Driver: Overlay, Subnet: prefix("10.0.0.0/24")},
			},
		}
	}
	site(t, ok())
	for want, change := range map[string]func(*Config){
		"got 0 hosts":                 func(c *Config) { c.Hosts = nil },
		"machine A is there twice":    func(c *Config) { c.Neighbours[0].Name = "A" },
		"a machine has no name":       func(c *Config) { c.Hosts[0].Name = "" },
		"there is no version 7":       func(c *Config) { c.Hosts[0].Engine.Version = 7 },
		"no allow-direct-routing":     func(c *Config) { c.Hosts[0].Engine.AllowDirectRouting = true },
		"accepts, drops or returns":   func(c *Config) { c.Hosts[0].User = []Rule{{Target: jump}} },
		"want one of IPv4 and a name": func(c *Config) { c.Neighbours[0].Addr = addr("::1") },
		"is there twice on segment":   func(c *Config) { c.Neighbours[0].Addr = addr("192.168.0.10") },
		"network n is there twice":    func(c *Config) { c.Networks[3].Name = "n" },
		"no such driver":              func(c *Config) { c.Networks[0].Driver = 9 },
		"an overlay is on no host":    func(c *Config) { c.Networks[0].Host = "" },
		"on one that is there":        func(c *Config) { c.Networks[0].Host = "C" },
		"want one of IPv4 of 8 to 30": func(c *Config) { c.Networks[0].Subnet = prefix("10.0.0.1/24") },
		"which is loopback":           func(c *Config) { c.Networks[0].Subnet = prefix("127.0.0.0/24") },
		"only a bridge is default":    func(c *Config) { c.Networks[3].NoICC = true },
		"is for internal networks":    func(c *Config) { c.Networks[0].Gateway = Isolated },
		"is not internal":             func(c *Config) { c.Networks[0].Internal = true },
		"has gateway mode nat alone":  func(c *Config) { c.Networks[0].Gateway = Routed },
		"macvlan network on host A":   func(c *Config) { c.Networks[3] = c.Networks[2]; c.Networks[3].Name = "w" },
		"of a machine is in subnet":   func(c *Config) { c.Networks[0].Subnet = prefix("192.168.0.0/24") },
		"overlaps that of macvlan":    func(c *Config) { c.Networks[0].Subnet = prefix("192.168.0.192/26") },
		"Pool overlaps":               func(c *Config) { c.Networks[1].Subnet = prefix("10.0.0.128/25") },
		"the default bridge of A is":  func(c *Config) { c.Networks[1].Default = true },
	} {
		c := ok()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Attempts that make no sense are refused, and questions about what is not there are answered no.
func TestUnknown(t *testing.T) {
	s := town(t, Engine{})
	web := netip.MustParseAddrPort("192.168.0.10:8080")
	for _, c := range []Connection{
		{},
		{From: AtContainer("nobody"), To: web},
		{From: AtContainer("plain"), Network: "quiet", To: web},
		{From: AtContainer("plain"), To: web},
		{From: AtHost("C"), To: web},
		{From: AtNeighbour("x"), To: web},
		{From: AtHost("A"), To: netip.MustParseAddrPort("[::1]:80")},
		{From: AtHost("A"), To: netip.MustParseAddrPort("10.0.0.1:0")},
		{From: AtNeighbour("laptop"), Via: "C", To: web},
		{From: AtHost("A"), Via: "A", To: web},
	} {
		if _, _, err := s.Connect(c); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%+v: got %v, want a refusal", c, err)
		}
	}
	if s.Reaches(AtContainer("nobody"), AtContainer("web"), 80) || s.Reaches(AtContainer("plain"), AtHost("C"), 80) || s.Reaches(AtContainer("plain"), AtContainer("other"), 0) || s.Frames("nobody", "web") {
		t.Error("who is not there reaches something")
	}
	var d *Dropped
	if _, _, err := s.Connect(Connection{From: AtContainer("mute"), Network: "quiet", To: netip.AddrPortFrom(s.Addr("web", "quiet"), 1)}); !errors.As(err, &d) || d.By != "filter FORWARD" {
		t.Errorf("got %v", err)
	}
	if (&Site{}).Tables("x").Chain("filter", "FORWARD") != nil {
		t.Error("a host that is not there has rules")
	}
}

// A port on an address of IPv6 is none of this package: [::] is not all addresses of IPv4, nor is ::1 one of them.
func TestPublishedIPv6(t *testing.T) {
	for _, ip := range []string{"::", "::1", "::ffff:127.0.0.1", "fe80::1"} {
		_, err := New(Config{
			Hosts:    []Host{{Name: "h", Addr: addr("10.9.9.9"), Segment: "lan"}},
			Networks: []Network{{Name: "n", Host: "h", Subnet: prefix("10.0.0.0/24")}},
			Containers: []Container{{
				Name: "c", Host: "h", Attached: []Attachment{{Network: "n"}}, Published: []Publication{{Network: "n", HostIP: addr(ip), HostPort: 8080, Port: 80}},
			}},
		})
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", ip, err)
		}
	}
}
