package network

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// tagged is a state of vlan.bh: the VLANs of all ports and of the uplinks, and the last frame.
type tagged struct {
	policy []idSet // by port-1; of a port of one VLAN, its number and bit 15
	wire   idSet
	on     bool
	frame  sent
	tag    VLAN
}

// idSet is a set of small VLANs, a bit for each, with bit 15 for a port of one VLAN.
type idSet uint16

const one idSet = 1 << 15

func (s idSet) ids() []VLAN {
	var out []VLAN
	for id := range VLAN(15) {
		if s>>id&1 == 1 {
			out = append(out, id)
		}
	}
	return out
}

func (s idSet) policy() Policy {
	if s&one != 0 {
		return Access(s.ids()[0])
	}
	return Trunk(only(s.ids()...))
}

func (s idSet) shown() model.Value {
	if s&one != 0 {
		return model.Value{Shape: model.Tagged, Text: "Access", Elems: []model.Elem{{Key: "id", Value: modelcheck.Int(s.ids()[0])}}}
	}
	return model.Value{Shape: model.Tagged, Text: "Trunk", Elems: []model.Elem{{Key: "ids", Value: modelcheck.Set(s.ids())}}}
}

// network is the one of two hosts on which the last port is alone.
func (s tagged) network() *Network {
	c := Config{Switches: []Switch{
		{Name: "here", Kind: Distributed, Uplinks: only(s.wire.ids()...)},
		{Name: "there", Kind: Distributed, Uplinks: only(s.wire.ids()...)},
	}}
	for i, p := range s.policy {
		host := 0
		if i == len(s.policy)-1 {
			host = 1
		}
		sw := &c.Switches[host]
		name := string(rune('a' + i))
		sw.Groups = append(sw.Groups, Group{Name: name, VLAN: p.policy()})
		c.Adapters = append(c.Adapters, Adapter{Switch: sw.Name, Group: name, MAC: macOf(Port(i + 1))})
	}
	n, err := New(c)
	if err != nil {
		panic(err)
	}
	return n
}

// vlan is the VLAN that a frame of a port is in.
func (s tagged) vlan(p Port, tag VLAN) VLAN {
	if set := s.policy[p-1]; set&one != 0 {
		return set.ids()[0]
	}
	return tag
}

func (s tagged) bindings() []model.Binding {
	frame := modelcheck.None()
	if s.frame.sender != 0 {
		frame = modelcheck.Some(record(
			model.Elem{Key: "sender", Value: modelcheck.Int(s.frame.sender)},
			model.Elem{Key: "tag", Value: modelcheck.Int(s.tag)},
			model.Elem{Key: "to", Value: modelcheck.Option(s.frame.to)},
			model.Elem{Key: "vlan", Value: modelcheck.Int(s.vlan(s.frame.sender, s.tag))},
			model.Elem{Key: "got", Value: modelcheck.Set(s.frame.receivers())},
		))
	}
	return []model.Binding{
		{Name: "policy", Value: modelcheck.Map(1, len(s.policy), func(i int) model.Value { return s.policy[i-1].shown() })},
		{Name: "wire", Value: modelcheck.Set(s.wire.ids())},
		{Name: "on", Value: model.Bool(s.on)},
		{Name: "frame", Value: frame},
	}
}

// vlanSystem is the system of vlan.bh over Network, with the VLANs 0 to ids.
func vlanSystem(ports, ids int) model.System {
	var choices []idSet
	for id := range ids + 1 {
		choices = append(choices, one|1<<id)
	}
	for set := 1; set < 1<<(ids+1); set++ {
		choices = append(choices, idSet(set))
	}
	all := modelcheck.Numbers[Port](ports)
	return model.MustDefine(model.Definition[tagged]{
		Name: "VLANs",
		Init: func(yield func(tagged) bool) {
			for v := range modelcheck.Vectors(ports, len(choices)) {
				for wire := range 1 << (ids + 1) {
					s := tagged{wire: idSet(wire)}
					for _, c := range v {
						s.policy = append(s.policy, choices[c-1])
					}
					if !yield(s) {
						return
					}
				}
			}
		},
		Actions: []model.ActionOf[tagged]{
			{Name: "PowerOn", Next: modelcheck.Call(func(s *tagged) error {
				if s.on {
					return model.Refuse("power on: done")
				}
				s.on = true
				return nil
			})},
			{Name: "Send", Params: []string{"p", "tag", "to"}, Next: func(s tagged) iter.Seq2[model.Args, tagged] {
				return func(yield func(model.Args, tagged) bool) {
					if !s.on {
						return
					}
					n := s.network()
					for _, p := range all {
						for tag := range VLAN(ids + 1) {
							for _, to := range append([]Port{0}, all...) {
								f, err := deliver(n, p, p, to, tag)
								if to == p || err != nil {
									continue
								}
								next := s
								next.frame, next.tag = f, tag
								if !yield(model.Args{p, tag, modelcheck.Option(to)}, next) {
									return
								}
							}
						}
					}
				}
			}},
		},
		Show: tagged.bindings,
	})
}
