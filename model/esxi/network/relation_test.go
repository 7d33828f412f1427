package network

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The VLANs that drawn networks use: without a tag, a primary VLAN with its secondary ones, another one, and one of its own.
var (
	drawnVLANs = []VLAN{Untagged, 10, 11, 12, 13, 20, 21, 30}
	drawnTable = append(slices.Clone(privateTable), PrivateVLAN{20, 20, Promiscuous}, PrivateVLAN{20, 21, Isolated})
)

func drawVLANs(t *rapid.T, atLeast int, label string) VLANs {
	return only(rapid.SliceOfNDistinct(rapid.SampledFrom(drawnVLANs), atLeast, len(drawnVLANs), rapid.ID).Draw(t, label)...)
}

func drawPolicy(t *rapid.T, kind Kind) Policy {
	n := 3
	if kind == Standard {
		n = 1
	}
	switch rapid.IntRange(0, n).Draw(t, "mode") {
	case 1:
		if kind == Standard {
			return Access(GuestTagging)
		}
		return Trunk(drawVLANs(t, 1, "trunk"))
	case 2, 3:
		return Private(rapid.SampledFrom(drawnTable).Draw(t, "private").Secondary)
	}
	return Access(rapid.SampledFrom(drawnVLANs).Draw(t, "VLAN"))
}

// drawNetwork draws a network of up to three hosts and four adapters, each in a port group of its own.
func drawNetwork(t *rapid.T) *Network {
	c := Config{Private: drawnTable, ForgedCheck: ForgedCheck(rapid.IntRange(0, 1).Draw(t, "check"))}
	for i := range rapid.IntRange(1, 3).Draw(t, "hosts") {
		c.Switches = append(c.Switches, Switch{
			Name: string(rune('A' + i)),
			Kind: Kind(rapid.SampledFrom([]int{0, 1, 1}).Draw(t, "kind")),
			Security: Security{
				rapid.Bool().Draw(t, "promiscuous"), rapid.Bool().Draw(t, "changes"), rapid.Bool().Draw(t, "forged"),
			},
			Uplinks: drawVLANs(t, 0, "uplinks"),
		})
	}
	setting := rapid.Map(rapid.IntRange(0, 2), func(i int) Setting { return Setting(i) })
	for i := range rapid.IntRange(3, 4).Draw(t, "adapters") {
		s := &c.Switches[rapid.IntRange(0, len(c.Switches)-1).Draw(t, "host")]
		name := string(rune('a' + i))
		s.Groups = append(s.Groups, Group{
			Name: name, VLAN: drawPolicy(t, s.Kind),
			Security: Override{setting.Draw(t, "promiscuous"), setting.Draw(t, "changes"), setting.Draw(t, "forged")},
		})
		c.Adapters = append(c.Adapters, Adapter{Switch: s.Name, Group: name, MAC: macOf(Port(i + 1))})
	}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// frames gives every frame that p may send, to a port or to all.
func frames(n *Network, p Port, yield func(f Frame, to []Port)) {
	for source := Port(1); int(source) <= n.Ports(); source++ {
		for _, destination := range []MAC{macOf(1), macOf(2), macOf(3), macOf(4), macOf(9), Broadcast} {
			for _, tag := range append([]VLAN{4001}, drawnVLANs...) {
				f := Frame{macOf(source), destination, tag}
				receipts, err := n.Deliver(p, f)
				if err != nil {
					continue
				}
				var to []Port
				for _, r := range receipts {
					to = append(to, r.Port)
				}
				yield(f, to)
			}
		}
	}
}

// behaviours gives the network after everything that the guest of p may set.
func behaviours(t *rapid.T, n *Network, p Port, yield func(*Network)) {
	for m := Port(1); int(m) <= n.Ports(); m++ {
		for _, listens := range []bool{false, true} {
			c := n.Clone()
			if err := c.SetMAC(p, macOf(m)); err != nil {
				t.Fatal(err)
			}
			if err := c.Listen(p, listens); err != nil {
				t.Fatal(err)
			}
			yield(c)
		}
	}
}

type triple [3]Port

// The relations say exactly what comes about in some run of one adversary: everything that it may set, and every frame
// that then may be sent, are tried.
func TestRelationsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		ports := n.Ports()
		reached, gotten := map[[2]Port]bool{}, map[Frame]map[triple]bool{} // while all behave
		for b := Port(1); int(b) <= ports; b++ {
			frames(n, b, func(f Frame, to []Port) {
				if f.Source != macOf(b) {
					return
				}
				for c := Port(1); int(c) <= ports; c++ {
					if f.Destination == macOf(c) && slices.Contains(to, c) {
						reached[[2]Port{b, c}] = true
						if gotten[f] == nil {
							gotten[f] = map[triple]bool{}
						}
						gotten[f][triple{0, b, c}] = true
					}
				}
			})
		}
		overheard, impersonated := map[triple]bool{}, map[triple]bool{}
		for a := Port(1); int(a) <= ports; a++ {
			behaviours(t, n, a, func(m *Network) {
				frames(m, a, func(f Frame, to []Port) {
					for b := Port(1); int(b) <= ports; b++ {
						for _, c := range to {
							if f.Source == macOf(b) && b != a && c != b {
								impersonated[triple{a, b, c}] = true
							}
						}
					}
				})
				for b := Port(1); int(b) <= ports; b++ {
					if b == a {
						continue
					}
					frames(m, b, func(f Frame, to []Port) {
						for at := range gotten[f] {
							if at[1] == b && at[2] != a && slices.Contains(to, a) {
								overheard[triple{a, b, at[2]}] = true
							}
						}
					})
				}
			})
		}
		for a := Port(1); int(a) <= ports; a++ {
			for b := Port(1); int(b) <= ports; b++ {
				if got, want := n.Reaches(a, b), reached[[2]Port{a, b}]; got != want {
					t.Fatalf("%d reaches %d: got %t, want %t", a, b, got, want)
				}
				for c := Port(1); int(c) <= ports; c++ {
					if got, want := n.Overhears(a, b, c), overheard[triple{a, b, c}]; got != want {
						t.Fatalf("%d overhears %d to %d: got %t, want %t", a, b, c, got, want)
					}
					if got, want := n.Impersonates(a, b, c), impersonated[triple{a, b, c}]; got != want {
						t.Fatalf("%d impersonates %d to %d: got %t, want %t", a, b, c, got, want)
					}
				}
			}
		}
	})
}

// The laws of private VLANs, on drawn networks: isolated ports never reach each other, communities keep to themselves, a
// promiscuous port reaches its whole primary VLAN and is reached by it, and without trunks whoever is reached can answer.
func TestPrivateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		for a := Port(1); int(a) <= n.Ports(); a++ {
			for b := Port(1); int(b) <= n.Ports(); b++ {
				p, q := n.at(a), n.at(b)
				if p.policy.mode != trunk && q.policy.mode != trunk && n.Reaches(a, b) != n.Reaches(b, a) && p.host == q.host && p.policy.mode == q.policy.mode {
					t.Fatalf("%s and %s reach each other one way", p.policy, q.policy)
				}
				if p.policy.mode != private || q.policy.mode != private || a == b {
					continue
				}
				x, y := n.private[p.policy.id], n.private[q.policy.id]
				reaches := n.Reaches(a, b)
				switch {
				case x.Primary != y.Primary, x.Kind == Isolated && y.Kind != Promiscuous, x.Kind == Community && (y.Kind == Isolated || y.Kind == Community && x != y):
					if reaches {
						t.Fatalf("%s reaches %s", x.Kind, y.Kind)
					}
				case p.host == q.host:
					if !reaches {
						t.Fatalf("%v does not reach %v on its host", x, y)
					}
				}
			}
		}
	})
}

// Sets of VLANs are what sets of numbers are.
func TestVLANs(t *testing.T) {
	draw := func(t *rapid.T) ([]Range, [64]bool) {
		var ranges []Range
		var want [64]bool
		for range rapid.IntRange(0, 5).Draw(t, "ranges") {
			low := rapid.IntRange(0, 63).Draw(t, "low")
			high := rapid.IntRange(low, min(63, low+9)).Draw(t, "high")
			ranges = append(ranges, Range{VLAN(low), VLAN(high)})
			for i := low; i <= high; i++ {
				want[i] = true
			}
		}
		return ranges, want
	}
	rapid.Check(t, func(t *rapid.T) {
		ra, a := draw(t)
		rb, b := draw(t)
		va, err := NewVLANs(ra...)
		if err != nil {
			t.Fatal(err)
		}
		vb, err := NewVLANs(rb...)
		if err != nil {
			t.Fatal(err)
		}
		both := va.Intersect(vb)
		for i := range 64 {
			if va.Has(VLAN(i)) != a[i] || both.Has(VLAN(i)) != (a[i] && b[i]) {
				t.Fatalf("%s and %s: %d in the first %t, in both %t", va, vb, i, va.Has(VLAN(i)), both.Has(VLAN(i)))
			}
		}
		for i, r := range va.Ranges() {
			if r.Low > r.High || i > 0 && va.ranges[i-1].High+1 >= r.Low {
				t.Fatalf("%s is not the fewest ranges", va)
			}
		}
	})
}
