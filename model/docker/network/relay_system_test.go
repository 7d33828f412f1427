package network

import (
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var relayNets = []string{"front", "back"}

// relay is a state of relay.bh; sets are bits, those of containers from bit 1.
type relay struct {
	attached                    [5]uint8
	talk, vulnerable, published uint8
	taken                       uint8
	on                          bool
}

func (r relay) site(n int) *Site {
	c := Config{
		Hosts:      []Host{{Name: "host", Addr: addr("192.168.0.10"), Segment: "lan", Engine: Engine{Version: V28}}},
		Neighbours: []Neighbour{{"lan", "lan", addr("192.168.0.99")}},
	}
	for i, name := range relayNets {
		c.Networks = append(c.Networks, Network{Name: name, Host: "host", Subnet: prefix("10.0." + strconv.Itoa(i) + ".0/24"), NoICC: r.talk>>i&1 == 0})
	}
	for i := 1; i <= n; i++ {
		d := Container{Name: strconv.Itoa(i), Host: "host"}
		for j, name := range relayNets {
			if r.attached[i]>>j&1 == 1 {
				d.Attached = append(d.Attached, Attachment{Network: name})
			}
		}
		// A published port is a vulnerable one that only the neighbour is meant to reach, so another one than those inside.
		if r.published>>i&1 == 1 && len(d.Attached) > 0 {
			d.Published = []Publication{{Network: d.Attached[0].Network, HostIP: addr("192.168.0.10"), HostPort: hostPort, Port: 443}}
		}
		if r.vulnerable>>i&1 == 1 {
			d.Vulnerable = []uint16{webPort, 443}
		}
		c.Containers = append(c.Containers, d)
	}
	s, err := New(c)
	if err != nil {
		panic(err)
	}
	return s
}

func bitsOf(set uint8, n int) []int {
	var out []int
	for i := 1; i <= n; i++ {
		if set>>i&1 == 1 {
			out = append(out, i)
		}
	}
	return out
}

func netsOf(set uint8) model.Value {
	var names []string
	for j, name := range relayNets {
		if set>>j&1 == 1 {
			names = append(names, name)
		}
	}
	return modelcheck.Names(names)
}

// relaySystem is the system of relay.bh over Site: a container is taken where it is reached at a port that is vulnerable.
func relaySystem(n int) model.System {
	all := modelcheck.Numbers[int](n)
	// reached are the vulnerable containers that a place, 0 for the neighbour, reaches at a vulnerable port.
	reached := memo(func(r relay) [5]uint8 {
		s := r.site(n)
		var out [5]uint8
		for from := range n + 1 {
			place := AtNeighbour("lan")
			if from > 0 {
				place = AtContainer(strconv.Itoa(from))
			}
			for d := 1; d <= n; d++ {
				c, _ := s.container(strconv.Itoa(d))
				if slices.ContainsFunc(c.Vulnerable, func(port uint16) bool { return s.Reaches(place, AtContainer(c.Name), port) }) {
					out[from] |= 1 << d
				}
			}
		}
		return out
	})
	takes := func(r *relay, from, d int) error {
		key := *r
		key.on, key.taken = false, 0
		if reached(key)[from]>>d&1 == 0 {
			return model.Refuse("not reached")
		}
		r.taken |= 1 << d
		return nil
	}
	return model.MustDefine(model.Definition[relay]{
		Name: "Relay",
		Init: func(yield func(relay) bool) {
			for attached := range modelcheck.Vectors(n, 4) {
				for rest := range 1 << (2 + n + 1) {
					r := relay{talk: uint8(rest & 3), vulnerable: uint8(rest>>2&(1<<n-1)) << 1, published: uint8(rest>>(2+n)) << 1}
					for i, a := range attached {
						r.attached[i+1] = uint8(a - 1)
					}
					if !yield(r) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[relay]{
			{Name: "Start", Next: modelcheck.Call(func(r *relay) error {
				if r.on {
					return model.Refuse("start: done")
				}
				r.on = true
				return nil
			})},
			{Name: "Enter", Params: []string{"c"}, Next: modelcheck.Call1(all, func(r *relay, c int) error {
				if !r.on {
					return model.Refuse("not on")
				}
				return takes(r, 0, c)
			})},
			{Name: "Move", Params: []string{"c", "d"}, Next: modelcheck.Call2(all, all, func(r *relay, c, d int) error {
				if !r.on || c == d || r.taken>>c&1 == 0 {
					return model.Refuse("not from there")
				}
				return takes(r, c, d)
			})},
		},
		Terminal: func(r relay) bool { return r.on },
		Show: func(r relay) []model.Binding {
			return []model.Binding{
				{Name: "attached", Value: modelcheck.Map(1, n, func(i int) model.Value { return netsOf(r.attached[i]) })},
				{Name: "talk", Value: named(relayNets, func(i int) model.Value { return model.Bool(r.talk>>i&1 == 1) })},
				{Name: "vulnerable", Value: modelcheck.Set(bitsOf(r.vulnerable, n))},
				{Name: "published", Value: modelcheck.Set(bitsOf(r.published, n))},
				{Name: "on", Value: model.Bool(r.on)},
				{Name: "taken", Value: modelcheck.Set(bitsOf(r.taken, n))},
			}
		},
	})
}
