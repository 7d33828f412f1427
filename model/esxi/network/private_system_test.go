package network

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// The numbers of the private VLANs in the tests, in the order of private.bh.
var privateIDs = [...]VLAN{10, 11, 12, 13}

var privateTable = []PrivateVLAN{{10, 10, Promiscuous}, {10, 11, Isolated}, {10, 12, Community}, {10, 13, Community}}

var privateNames = [...]string{"primary", "lone", "red", "blue"}

// role is what a port of private.bh is: 0 to 3 for a port of that private VLAN, 4 and a set of numbers for a trunk of them.
type role uint8

func (r role) policy() Policy {
	if r < 4 {
		return Private(privateIDs[r])
	}
	var ids []VLAN
	for i, id := range privateIDs {
		if (r-4)>>i&1 == 1 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		ids = []VLAN{4000} // a trunk of nothing, as far as these numbers go
	}
	return Trunk(only(ids...))
}

func (r role) shown() model.Value {
	if r < 4 {
		return model.Value{Shape: model.Tagged, Text: [...]string{"Promiscuous", "Isolated", "Red", "Blue"}[r]}
	}
	var ids []string
	for i, name := range privateNames {
		if (r-4)>>i&1 == 1 {
			ids = append(ids, name)
		}
	}
	return model.Value{Shape: model.Tagged, Text: "Trunk", Elems: []model.Elem{{Key: "ids", Value: modelcheck.Names(ids)}}}
}

// routed is a state of private.bh.
type routed struct {
	roles  []role
	on     bool
	frame  sent
	origin Port
	hops   int
	id     int // of privateIDs
}

func (s routed) network() *Network {
	sw := Switch{Name: "dvs", Kind: Distributed}
	c := Config{Private: privateTable}
	for i, r := range s.roles {
		name := string(rune('a' + i))
		sw.Groups = append(sw.Groups, Group{Name: name, VLAN: r.policy()})
		c.Adapters = append(c.Adapters, Adapter{Switch: "dvs", Group: name, MAC: macOf(Port(i + 1))})
	}
	c.Switches = []Switch{sw}
	n, err := New(c)
	if err != nil {
		panic(err)
	}
	return n
}

func (s routed) bindings() []model.Binding {
	frame := modelcheck.None()
	if s.frame.sender != 0 {
		frame = modelcheck.Some(record(
			model.Elem{Key: "origin", Value: modelcheck.Int(s.origin)},
			model.Elem{Key: "sender", Value: modelcheck.Int(s.frame.sender)},
			model.Elem{Key: "hops", Value: modelcheck.Int(s.hops)},
			model.Elem{Key: "id", Value: model.Text(privateNames[s.id])},
			model.Elem{Key: "got", Value: modelcheck.Set(s.frame.receivers())},
		))
	}
	return []model.Binding{
		{Name: "role", Value: modelcheck.Map(1, len(s.roles), func(i int) model.Value { return s.roles[i-1].shown() })},
		{Name: "on", Value: model.Bool(s.on)},
		{Name: "frame", Value: frame},
	}
}

// send gives the frames that port p may send to a receiver, with the number that each is in.
func (s routed) send(n *Network, p, to Port) iter.Seq2[int, sent] {
	return func(yield func(int, sent) bool) {
		if r := s.roles[p-1]; r < 4 {
			f, err := deliver(n, p, p, to, Untagged)
			if err != nil {
				panic(err)
			}
			yield(int(r), f)
			return
		}
		for i, id := range privateIDs {
			if f, err := deliver(n, p, p, to, id); err == nil && !yield(i, f) {
				return
			}
		}
	}
}

// privateSystem is the system of private.bh over Network.
func privateSystem(ports, hops int) model.System {
	all := modelcheck.Numbers[Port](ports)
	return model.MustDefine(model.Definition[routed]{
		Name: "PrivateVLANs",
		Init: func(yield func(routed) bool) {
			for v := range modelcheck.Vectors(ports-1, 4) {
				for last := range role(4 + 16) {
					s := routed{}
					for _, r := range v {
						s.roles = append(s.roles, role(r-1))
					}
					s.roles = append(s.roles, last)
					if !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[routed]{
			{Name: "PowerOn", Next: modelcheck.Call(func(s *routed) error {
				if s.on {
					return model.Refuse("power on: done")
				}
				s.on = true
				return nil
			})},
			{Name: "Send", Params: []string{"p", "id", "to"}, Next: func(s routed) iter.Seq2[model.Args, routed] {
				return func(yield func(model.Args, routed) bool) {
					if !s.on {
						return
					}
					n := s.network()
					for _, p := range all {
						for _, to := range append([]Port{0}, all...) {
							if to == p {
								continue
							}
							for id, f := range s.send(n, p, to) {
								next := s
								next.frame, next.origin, next.hops, next.id = f, p, 0, id
								if !yield(model.Args{p, model.Text(privateNames[id]), modelcheck.Option(to)}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Route", Params: []string{"p", "to"}, Next: modelcheck.Call2(all, all, func(s *routed, p, to Port) error {
				if !s.on || s.frame.got>>p&1 == 0 || s.roles[p-1] != 0 || to == p || to == s.origin || s.hops == hops {
					return model.Refuse("route: nothing to send on")
				}
				if r := s.roles[to-1]; 0 < r && r < 4 && s.roles[s.origin-1] != 0 {
					return model.Refuse("route: not back into the private VLAN")
				}
				for _, f := range s.send(s.network(), p, to) {
					s.frame, s.hops, s.id = f, s.hops+1, 0
				}
				return nil
			})},
		},
		Show: routed.bindings,
	})
}
