package network

import (
	"iter"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// sent is a frame as the models keep it: who sent it, with whose address, to whom (0 is all), and who got it. The zero
// sent is none.
type sent struct {
	sender, source, to Port
	got                uint16 // a bit for each port
}

// deliver sends a frame and notes who gets it; addresses are those of ports.
func deliver(n *Network, sender, source, to Port, tag VLAN) (sent, error) {
	f := Frame{Source: macOf(source), Destination: Broadcast, Tag: tag}
	if to != 0 {
		f.Destination = macOf(to)
	}
	receipts, err := n.Deliver(sender, f)
	out := sent{sender: sender, source: source, to: to}
	for _, r := range receipts {
		out.got |= 1 << r.Port
	}
	return out, err
}

// macOf is the .vmx address of a port of the test networks.
func macOf(p Port) MAC { return 0x005056000000 + MAC(p) }

func (s sent) receivers() []Port {
	var out []Port
	for p := Port(1); p < 16; p++ {
		if s.got>>p&1 == 1 {
			out = append(out, p)
		}
	}
	return out
}

func record(fields ...model.Elem) model.Value { return model.Value{Shape: model.Record, Elems: fields} }

func named[K ~string](keys []K, value func(i int) model.Value) model.Value {
	out := model.Value{Shape: model.Map}
	for i, k := range keys {
		out.Elems = append(out.Elems, model.Elem{Key: string(k), Value: value(i)})
	}
	return out
}

// secured is a state of security.bh. What guests have set is in it; the networks themselves, one for each policy, are
// made once.
type secured struct {
	policy  policies
	on      bool
	mac     Port
	listens bool
	frame   sent
}

type policies struct {
	defaults [3]bool    // promiscuous mode, address changes, forged transmits
	override [3]Setting // of the port group of port 1
	vlan     int        // of that group: 0 that of the others, 1 another one, 2 all
}

// group is the VLAN of the machines that behave; tag is written by guests that may.
const theirs VLAN = 10

func (p policies) network(ports int, check ForgedCheck) *Network {
	s := Switch{
		Name:     "vSwitch0",
		Security: Security{p.defaults[0], p.defaults[1], p.defaults[2]},
		Groups: []Group{
			{Name: "others", VLAN: Access(theirs), Security: Override{Reject, Reject, Reject}},
			{Name: "first", VLAN: Access([]VLAN{theirs, 20, GuestTagging}[p.vlan]), Security: Override{p.override[0], p.override[1], p.override[2]}},
		},
	}
	c := Config{Switches: []Switch{s}, ForgedCheck: check}
	for i := range ports {
		a := Adapter{Switch: "vSwitch0", Group: "others", MAC: macOf(Port(i + 1))}
		if i == 0 {
			a.Group = "first"
		}
		c.Adapters = append(c.Adapters, a)
	}
	n, err := New(c)
	if err != nil {
		panic(err)
	}
	return n
}

func allPolicies(yield func(policies) bool) {
	for bits := range 8 {
		for choices := range modelcheck.Vectors(4, 3) {
			p := policies{vlan: choices[3] - 1}
			for i := range 3 {
				p.defaults[i] = bits>>i&1 == 1
				p.override[i] = Setting(choices[i] - 1)
			}
			if !yield(p) {
				return
			}
		}
	}
}

func (s secured) bindings() []model.Binding {
	settings := []string{"promiscuous", "mac_changes", "forged_transmits"}
	frame := modelcheck.None()
	if s.frame.sender != 0 {
		frame = modelcheck.Some(record(
			model.Elem{Key: "sender", Value: modelcheck.Int(s.frame.sender)},
			model.Elem{Key: "source", Value: modelcheck.Int(s.frame.source)},
			model.Elem{Key: "to", Value: modelcheck.Option(s.frame.to)},
			model.Elem{Key: "got", Value: modelcheck.Set(s.frame.receivers())},
		))
	}
	return []model.Binding{
		{Name: "default", Value: named(settings, func(i int) model.Value { return model.Bool(s.policy.defaults[i]) })},
		{Name: "override", Value: named(settings, func(i int) model.Value {
			return model.Text([]string{"inherit", "accept", "reject"}[s.policy.override[i]])
		})},
		{Name: "vlan", Value: model.Text([]string{"theirs", "another", "all"}[s.policy.vlan])},
		{Name: "on", Value: model.Bool(s.on)},
		{Name: "mac", Value: modelcheck.Int(s.mac)},
		{Name: "listens", Value: model.Bool(s.listens)},
		{Name: "frame", Value: frame},
	}
}

// securitySystem is the system of security.bh over Network.
func securitySystem(ports int, check ForgedCheck, overrides bool) model.System {
	nets := map[policies]*Network{}
	for p := range allPolicies {
		if overrides || p.override == [3]Setting{} {
			nets[p] = p.network(ports, check)
		}
	}
	all := modelcheck.Numbers[Port](ports)
	receivers := append([]Port{0}, all...)
	// as is the network of a state, with what guest 1 has set.
	as := func(s secured) *Network {
		n := nets[s.policy].Clone()
		if err := n.SetMAC(1, macOf(s.mac)); err != nil {
			panic(err)
		}
		if err := n.Listen(1, s.listens); err != nil {
			panic(err)
		}
		return n
	}
	return model.MustDefine(model.Definition[secured]{
		Name: "Security",
		Init: func(yield func(secured) bool) {
			for p := range allPolicies {
				if nets[p] != nil && !yield(secured{policy: p, mac: 1}) {
					return
				}
			}
		},
		Actions: []model.ActionOf[secured]{
			{Name: "PowerOn", Next: modelcheck.Call(func(s *secured) error {
				if s.on {
					return model.Refuse("power on: done")
				}
				s.on = true
				return nil
			})},
			{Name: "SetMAC", Params: []string{"m"}, Next: modelcheck.Call1(all, func(s *secured, m Port) error {
				if !s.on || s.mac == m {
					return model.Refuse("set an address: no change")
				}
				s.mac, s.frame = m, sent{}
				return nil
			})},
			{Name: "Listen", Next: modelcheck.Call(func(s *secured) error {
				if !s.on {
					return model.Refuse("listen: off")
				}
				s.listens, s.frame = !s.listens, sent{}
				return nil
			})},
			{Name: "Send", Params: []string{"source", "to", "tagged"}, Next: func(s secured) iter.Seq2[model.Args, secured] {
				return func(yield func(model.Args, secured) bool) {
					if !s.on {
						return
					}
					n := as(s)
					for _, source := range all {
						for _, to := range receivers {
							for _, tagged := range []bool{false, true} {
								tag := Untagged
								if tagged {
									tag = theirs
								}
								f, err := deliver(n, 1, source, to, tag)
								if to == 1 || err != nil {
									continue
								}
								next := s
								next.frame = f
								if !yield(model.Args{source, modelcheck.Option(to), tagged}, next) {
									return
								}
							}
						}
					}
				}
			}},
			{Name: "Talk", Params: []string{"p", "to"}, Next: func(s secured) iter.Seq2[model.Args, secured] {
				return func(yield func(model.Args, secured) bool) {
					if !s.on {
						return
					}
					n := as(s)
					for _, p := range all[1:] {
						for _, to := range receivers {
							if to == p {
								continue
							}
							next := s
							var err error
							if next.frame, err = deliver(n, p, p, to, Untagged); err != nil {
								panic(err)
							}
							if !yield(model.Args{p, modelcheck.Option(to)}, next) {
								return
							}
						}
					}
				}
			}},
		},
		Show: secured.bindings,
	})
}
