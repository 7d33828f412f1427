package network

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// oneSwitch makes a switch with one adapter for each group, on port i the i-th.
func oneSwitch(t *testing.T, kind Kind, s Security, check ForgedCheck, groups ...Group) *Network {
	t.Helper()
	c := Config{Private: privateTable, ForgedCheck: check, Switches: []Switch{{Name: "s", Kind: kind, Security: s}}}
	for i, g := range groups {
		g.Name = string(rune('a' + i))
		c.Switches[0].Groups = append(c.Switches[0].Groups, g)
		c.Adapters = append(c.Adapters, Adapter{"s", g.Name, macOf(Port(i + 1))})
	}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func portsOf(receipts []Receipt) []Port {
	var out []Port
	for _, r := range receipts {
		out = append(out, r.Port)
	}
	return out
}

// What the manuals say of single frames.
func TestDocumentedFrames(t *testing.T) {
	vlan10 := Group{VLAN: Access(10)}
	for _, test := range []struct {
		name, source string
		security     Security
		check        ForgedCheck
		groups       []Group
		does         func(n *Network) error
		from         Port
		frame        Frame
		want         []Port // nil with dropped for a frame that the switch drops
		dropped      Reason
	}{
		{
			name: "promiscuous mode rejected: no effect on what is received", source: "vSphere Networking 5.0, Edit Security Policy",
			groups: []Group{vlan10, vlan10, vlan10}, does: func(n *Network) error { return n.Listen(1, true) },
			from: 2, frame: Frame{macOf(2), macOf(3), 0}, want: []Port{3},
		},
		{
			name: "promiscuous mode accepted: all frames allowed by the VLAN policy", source: "vSphere Networking 6.5, Security Policy",
			security: Security{Promiscuous: true},
			groups:   []Group{vlan10, vlan10, vlan10}, does: func(n *Network) error { return n.Listen(1, true) },
			from: 2, frame: Frame{macOf(2), macOf(3), 0}, want: []Port{1, 3},
		},
		{
			name: "promiscuous mode accepted: none of another VLAN", source: "vSphere Networking 6.5, Security Policy",
			security: Security{Promiscuous: true},
			groups:   []Group{{VLAN: Access(20)}, vlan10, vlan10}, does: func(n *Network) error { return n.Listen(1, true) },
			from: 2, frame: Frame{macOf(2), macOf(3), 0}, want: []Port{3},
		},
		{
			name: "promiscuous mode accepted on VLAN 4095: all VLANs", source: "vSphere Networking 6.7, VLAN Configuration",
			security: Security{Promiscuous: true},
			groups:   []Group{{VLAN: Access(GuestTagging)}, vlan10, vlan10}, does: func(n *Network) error { return n.Listen(1, true) },
			from: 2, frame: Frame{macOf(2), macOf(3), 0}, want: []Port{1, 3},
		},
		{
			name: "address change rejected: all inbound frames are dropped", source: "vSphere Networking 6.5, Security Policy",
			groups: []Group{vlan10, vlan10}, does: func(n *Network) error { return n.SetMAC(1, macOf(7)) },
			from: 2, frame: Frame{macOf(2), Broadcast, 0}, want: nil,
		},
		{
			name: "address changed back: frames are received again", source: "vSphere Networking 6.5, Security Policy",
			groups: []Group{vlan10, vlan10}, does: func(n *Network) error { return errors.Join(n.SetMAC(1, macOf(7)), n.SetMAC(1, macOf(1))) },
			from: 2, frame: Frame{macOf(2), Broadcast, 0}, want: []Port{1},
		},
		{
			name: "address change accepted: frames to the new address are received", source: "vSphere Networking 5.1, MAC address changes",
			security: Security{MACChanges: true},
			groups:   []Group{vlan10, vlan10}, does: func(n *Network) error { return n.SetMAC(1, macOf(7)) },
			from: 2, frame: Frame{macOf(2), macOf(7), 0}, want: []Port{1},
		},
		{
			name: "forged transmits rejected: another source is dropped", source: "vSphere Networking 5.1, Forged transmits",
			groups: []Group{vlan10, vlan10}, from: 1, frame: Frame{macOf(7), macOf(2), 0}, dropped: ForgedSource,
		},
		{
			name: "forged transmits accepted: no filtering", source: "vSphere Networking 5.1, Forged transmits",
			security: Security{ForgedTransmits: true},
			groups:   []Group{vlan10, vlan10}, from: 1, frame: Frame{macOf(7), macOf(2), 0}, want: []Port{2},
		},
		{
			name: "compared with the effective address", source: "vSphere Security 6.7, Forged Transmits",
			security: Security{MACChanges: true},
			groups:   []Group{vlan10, vlan10}, does: func(n *Network) error { return n.SetMAC(1, macOf(7)) },
			from: 1, frame: Frame{macOf(7), macOf(2), 0}, want: []Port{2},
		},
		{
			name: "compared with the .vmx file", source: "vSphere Networking 6.5, Forged transmits",
			security: Security{MACChanges: true}, check: AgainstVMX,
			groups: []Group{vlan10, vlan10}, does: func(n *Network) error { return n.SetMAC(1, macOf(7)) },
			from: 1, frame: Frame{macOf(7), macOf(2), 0}, dropped: ForgedSource,
		},
		{
			name: "the port group overrides the switch", source: "vSphere Networking 6.5, Security Policy",
			security: Security{Promiscuous: true},
			groups:   []Group{{VLAN: Access(10), Security: Override{Promiscuous: Reject}}, vlan10, vlan10}, does: func(n *Network) error { return n.Listen(1, true) },
			from: 2, frame: Frame{macOf(2), macOf(3), 0}, want: []Port{3},
		},
		{
			name: "VST: a frame that the guest has tagged is dropped", source: "vSphere Security 6.7, Virtual Switch Protection and VLANs",
			groups: []Group{vlan10, vlan10}, from: 1, frame: Frame{macOf(1), macOf(2), 10}, dropped: WrongTag,
		},
		{
			name: "VGT: the guest gives the tag", source: "vSphere Networking 6.7, VLAN Configuration",
			groups: []Group{{VLAN: Access(GuestTagging)}, vlan10, {VLAN: Access(20)}},
			from:   1, frame: Frame{macOf(1), Broadcast, 20}, want: []Port{3},
		},
		{
			name: "EST: no tag", source: "vSphere Networking 6.7, VLAN Configuration",
			groups: []Group{{}, vlan10, {}, {VLAN: Access(GuestTagging)}},
			from:   1, frame: Frame{macOf(1), Broadcast, 0}, want: []Port{3, 4},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := oneSwitch(t, Standard, test.security, test.check, test.groups...)
			if test.does != nil {
				if err := test.does(n); err != nil {
					t.Fatal(err)
				}
			}
			got, err := n.Deliver(test.from, test.frame)
			if test.dropped != 0 {
				var dropped *Dropped
				if !errors.As(err, &dropped) || dropped.Reason != test.dropped || !errors.Is(err, model.ErrRefused) || got != nil {
					t.Fatalf("got %v and %v, want a frame dropped for %d (%s)", got, err, test.dropped, test.source)
				}
				return
			}
			if err != nil || !slices.Equal(portsOf(got), test.want) {
				t.Fatalf("got %v and %v, want %v (%s)", got, err, test.want, test.source)
			}
		})
	}
}

// Who communicates with whom, as "vSphere Networking" 6.7, "Private VLANs", has it. Ports: two promiscuous, two
// isolated, two of one community, one of another.
func TestDocumentedPrivateVLANs(t *testing.T) {
	var groups []Group
	for _, id := range []VLAN{10, 10, 11, 11, 12, 12, 13} {
		groups = append(groups, Group{VLAN: Private(id)})
	}
	n := oneSwitch(t, Distributed, Security{}, AgainstEffective, groups...)
	for p, want := range map[Port][]Port{
		1: {2, 3, 4, 5, 6, 7}, 2: {1, 3, 4, 5, 6, 7}, 3: {1, 2}, 4: {1, 2}, 5: {1, 2, 6}, 6: {1, 2, 5}, 7: {1, 2},
	} {
		got, err := n.Deliver(p, Frame{macOf(p), Broadcast, Untagged})
		if err != nil || !slices.Equal(portsOf(got), want) {
			t.Errorf("port %d sends to %v (%v), want %v", p, portsOf(got), err, want)
		}
	}
}

// A guest on a trunk sees tags, others do not.
func TestTagsAreSeenOnTrunks(t *testing.T) {
	n := oneSwitch(t, Distributed, Security{}, AgainstEffective,
		Group{VLAN: Access(30)}, Group{VLAN: Trunk(only(11, 30))}, Group{VLAN: Access(30)}, Group{VLAN: Private(10)}, Group{VLAN: Private(11)})
	for from, want := range map[Port][]Receipt{
		1: {{2, Frame{macOf(1), Broadcast, 30}}, {3, Frame{macOf(1), Broadcast, Untagged}}},
		5: {{2, Frame{macOf(5), Broadcast, 11}}, {4, Frame{macOf(5), Broadcast, Untagged}}},
	} {
		got, err := n.Deliver(from, Frame{macOf(from), Broadcast, Untagged})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("from port %d: got %v and %v, want %v", from, got, err, want)
		}
	}
}

// What sources say of new switches. They contradict each other for distributed ones.
func TestDefaults(t *testing.T) {
	by := map[Kind]map[Security]bool{Standard: {}, Distributed: {}}
	for _, d := range Defaults() {
		if d.Source == "" || d.Security.Promiscuous {
			t.Errorf("%v: want a source, and promiscuous mode rejected as everywhere", d)
		}
		by[d.Kind][d.Security] = true
	}
	if classic := (Security{MACChanges: true, ForgedTransmits: true}); !by[Standard][classic] || !by[Distributed][Security{}] || !by[Distributed][classic] {
		t.Errorf("got %v", by)
	}
}

// Each point of the policy is the group's or the switch's, on its own.
func TestOverride(t *testing.T) {
	for bits := range 8 {
		s := Security{bits&1 != 0, bits&2 != 0, bits&4 != 0}
		for _, x := range []Setting{Inherit, Accept, Reject} {
			for _, y := range []Setting{Inherit, Accept, Reject} {
				for _, z := range []Setting{Inherit, Accept, Reject} {
					want := s
					for i, field := range []*bool{&want.Promiscuous, &want.MACChanges, &want.ForgedTransmits} {
						switch []Setting{x, y, z}[i] {
						case Accept:
							*field = true
						case Reject:
							*field = false
						}
					}
					if got := (Override{x, y, z}).On(s); got != want {
						t.Errorf("%v on %v: got %v, want %v", Override{x, y, z}, s, got, want)
					}
				}
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	ok := func() Config {
		return Config{
			Private:  privateTable,
			Switches: []Switch{{Name: "s", Groups: []Group{{Name: "g"}}}, {Name: "d", Kind: Distributed, Groups: []Group{{Name: "g"}}}},
			Adapters: []Adapter{{"s", "g", macOf(1)}, {"d", "g", macOf(2)}},
		}
	}
	if _, err := New(ok()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(c *Config){
		"two switches":           func(c *Config) { c.Switches[1].Name = "s" },
		"two port groups":        func(c *Config) { c.Switches[0].Groups = append(c.Switches[0].Groups, Group{Name: "g"}) },
		"no switch":              func(c *Config) { c.Adapters[0].Switch = "x" },
		"no port group":          func(c *Config) { c.Adapters[0].Group = "x" },
		"two of address":         func(c *Config) { c.Adapters[1].MAC = macOf(1) },
		"single adapter":         func(c *Config) { c.Adapters[0].MAC = Broadcast },
		"got VLAN 4096":          func(c *Config) { c.Switches[0].Groups[0].VLAN = Access(4096) },
		"got VLAN -1":            func(c *Config) { c.Switches[0].Groups[0].VLAN = Access(-1) },
		"trunk of no VLAN":       func(c *Config) { c.Switches[1].Groups[0].VLAN = Trunk(VLANs{}) },
		"no trunk of some VLANs": func(c *Config) { c.Switches[0].Groups[0].VLAN = Trunk(only(1, 2)) },
		"has no private VLANs":   func(c *Config) { c.Switches[0].Groups[0].VLAN = Private(11) },
		"not in the table":       func(c *Config) { c.Switches[1].Groups[0].VLAN = Private(30) },
		"is there twice": func(c *Config) {
			c.Private = []PrivateVLAN{{1, 1, Promiscuous}, {2, 2, Promiscuous}, {1, 3, Isolated}, {2, 3, Isolated}}
		},
		"for promiscuous ports":           func(c *Config) { c.Private = []PrivateVLAN{{1, 2, Promiscuous}} },
		"two isolated":                    func(c *Config) { c.Private = []PrivateVLAN{{1, 1, Promiscuous}, {1, 2, Isolated}, {1, 3, Isolated}} },
		"has no entry of its own":         func(c *Config) { c.Private = []PrivateVLAN{{1, 2, Community}} },
		"want numbers of 1 to":            func(c *Config) { c.Private = []PrivateVLAN{{0, 0, Promiscuous}} },
		"private VLAN 2 has no kind":      func(c *Config) { c.Private = []PrivateVLAN{{1, 1, Promiscuous}, {1, 2, 9}} },
		"private VLAN 1 of 1 is isolated": func(c *Config) { c.Private = []PrivateVLAN{{1, 1, Isolated}} },
		"got address 01:00:5e:00:00:01":   func(c *Config) { c.Adapters[0].MAC = 0x01005e000001 },
		"got address 00:00:00:00:00:00":   func(c *Config) { c.Adapters[0].MAC = 0 },
	} {
		c := ok()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for _, r := range []Range{{-1, 2}, {5, 4}, {4094, 4095}} {
		if _, err := NewVLANs(r); err == nil {
			t.Errorf("%v: got no error", r)
		}
	}
}

// A step about what there is not is refused and changes nothing; a question panics with a sentence.
func TestUnknown(t *testing.T) {
	n := oneSwitch(t, Standard, Security{}, AgainstEffective, Group{}, Group{})
	for _, err := range []error{
		n.SetMAC(0, macOf(1)), n.SetMAC(3, macOf(1)), n.SetMAC(1, Broadcast), n.Listen(3, true), deliverErr(n, 3, Frame{macOf(1), macOf(2), 0}),
		deliverErr(n, 1, Frame{Broadcast, macOf(2), 0}), deliverErr(n, 1, Frame{macOf(1), 0, 0}), deliverErr(n, 1, Frame{macOf(1), macOf(2), 4095}),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	if n.GuestAddress(1) != macOf(1) || n.Listens(2) || n.Address(2) != macOf(2) || n.Effective(1) != macOf(1) || n.Security(1) != (Security{}) {
		t.Error("a refused step changed something")
	}
	defer func() {
		if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "network: ") {
			t.Errorf("got panic %q, want a sentence of this package", s)
		}
	}()
	n.Reaches(1, 3)
}

func deliverErr(n *Network, p Port, f Frame) error {
	_, err := n.Deliver(p, f)
	return err
}

// A guest that takes the address of a machine on another host has its neighbours' frames to that machine all to itself,
// as they never leave the host. In another VLAN it has none, and they leave.
func TestHijackOnOwnHost(t *testing.T) {
	for id, want := range map[VLAN]Port{10: 2, 20: 3} {
		n, err := New(Config{
			Switches: []Switch{
				{Name: "here", Security: Security{MACChanges: true}, Uplinks: only(10, 20), Groups: []Group{{Name: "a", VLAN: Access(10)}, {Name: "b", VLAN: Access(id)}}},
				{Name: "there", Uplinks: only(10), Groups: []Group{{Name: "a", VLAN: Access(10)}}},
			},
			Adapters: []Adapter{{"here", "a", macOf(1)}, {"here", "b", macOf(2)}, {"there", "a", macOf(3)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.SetMAC(2, macOf(3)); err != nil {
			t.Fatal(err)
		}
		got, err := n.Deliver(1, Frame{macOf(1), macOf(3), Untagged})
		if err != nil || !slices.Equal(portsOf(got), []Port{want}) {
			t.Errorf("VLAN %d: got %v and %v, want port %d", id, got, err, want)
		}
	}
}
