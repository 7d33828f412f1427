package network

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// neighbourhood is how neighbours.bh is configured.
type neighbourhood struct {
	security     Security
	staticARP    bool // of the victim
	staticVictim bool // of the gateway
	segment      string
}

func (h neighbourhood) constants() constants {
	return constants{
		"PROMISCUOUS":      strconv.FormatBool(h.security.Promiscuous),
		"MAC_CHANGES":      strconv.FormatBool(h.security.MACChanges),
		"FORGED_TRANSMITS": strconv.FormatBool(h.security.ForgedTransmits),
		"STATIC_ARP":       strconv.FormatBool(h.staticARP),
		"STATIC_VICTIM":    strconv.FormatBool(h.staticVictim),
		"SEGMENT":          h.segment,
	}
}

// network is the one of the adversary on port 1, the victim on 2 and the gateway on 3.
func (h neighbourhood) network() *Network {
	policies := [3]Policy{Access(theirs), Access(theirs), Access(theirs)}
	switch h.segment {
	case "another":
		policies[0] = Access(20)
	case "all":
		policies[0] = Access(GuestTagging)
	case "private":
		policies = [3]Policy{Private(11), Private(11), Private(10)}
	}
	sw := Switch{Name: "dvs", Kind: Distributed}
	c := Config{Private: privateTable}
	for i, p := range policies {
		g := Group{Name: strconv.Itoa(i), VLAN: p}
		if i == 0 {
			yes := map[bool]Setting{true: Accept, false: Reject}
			g.Security = Override{yes[h.security.Promiscuous], yes[h.security.MACChanges], yes[h.security.ForgedTransmits]}
		}
		sw.Groups = append(sw.Groups, g)
		c.Adapters = append(c.Adapters, Adapter{"dvs", g.Name, macOf(Port(i + 1))})
	}
	c.Switches = []Switch{sw}
	n, err := New(c)
	if err != nil {
		panic(err)
	}
	return n
}

// neighbour is a state of neighbours.bh.
type neighbour struct {
	on, listens          bool
	mac, gateway, victim Port
	served, read, fooled bool
}

func (s neighbour) bindings() []model.Binding {
	return []model.Binding{
		{Name: "on", Value: model.Bool(s.on)},
		{Name: "mac", Value: modelcheck.Int(s.mac)},
		{Name: "listens", Value: model.Bool(s.listens)},
		{Name: "gateway", Value: modelcheck.Int(s.gateway)},
		{Name: "victim", Value: modelcheck.Int(s.victim)},
		{Name: "served", Value: model.Bool(s.served)},
		{Name: "read", Value: model.Bool(s.read)},
		{Name: "fooled", Value: model.Bool(s.fooled)},
	}
}

// neighboursSystem is the system of neighbours.bh over Network.
func neighboursSystem(h neighbourhood) model.System {
	network := h.network()
	tag := Untagged
	if h.segment == "all" {
		tag = theirs
	}
	as := func(s *neighbour) *Network {
		n := network.Clone()
		if err := n.SetMAC(1, macOf(s.mac)); err != nil {
			panic(err)
		}
		if err := n.Listen(1, s.listens); err != nil {
			panic(err)
		}
		return n
	}
	// gets tells whether port q gets a frame of p.
	gets := func(n *Network, p Port, f Frame, q Port) bool {
		receipts, err := n.Deliver(p, f)
		if err != nil {
			return false
		}
		for _, r := range receipts {
			if r.Port == q {
				return true
			}
		}
		return false
	}
	all := modelcheck.Numbers[Port](3)
	when := func(s *neighbour, ok bool) error {
		if !s.on || !ok {
			return model.Refuse("not now")
		}
		return nil
	}
	return model.MustDefine(model.Definition[neighbour]{
		Name: "Neighbours",
		Init: func(yield func(neighbour) bool) { yield(neighbour{mac: 1, gateway: 3, victim: 2}) },
		Actions: []model.ActionOf[neighbour]{
			{Name: "PowerOn", Next: modelcheck.Call(func(s *neighbour) error {
				if s.on {
					return model.Refuse("power on: done")
				}
				s.on = true
				return nil
			})},
			{Name: "SetMAC", Params: []string{"m"}, Next: modelcheck.Call1(all, func(s *neighbour, m Port) error {
				if err := when(s, s.mac != m); err != nil {
					return err
				}
				s.mac = m
				return nil
			})},
			{Name: "Listen", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, !s.listens); err != nil {
					return err
				}
				s.listens = true
				return nil
			})},
			{Name: "Forge", Params: []string{"source", "to"}, Next: modelcheck.Call2(all, all, func(s *neighbour, source, to Port) error {
				if err := when(s, source != 1 && to != 1 && to != source); err != nil {
					return err
				}
				s.fooled = s.fooled || gets(as(s), 1, Frame{macOf(source), macOf(to), tag}, to)
				return nil
			})},
			{Name: "SpoofARP", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, true); err != nil {
					return err
				}
				n := as(s)
				if gets(n, 1, Frame{n.Effective(1), macOf(2), tag}, 2) && !h.staticARP {
					s.gateway = 1
				}
				return nil
			})},
			{Name: "SpoofGateway", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, true); err != nil {
					return err
				}
				n := as(s)
				if gets(n, 1, Frame{n.Effective(1), macOf(3), tag}, 3) && !h.staticVictim {
					s.victim = 1
				}
				return nil
			})},
			{Name: "AnnounceGateway", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, gets(as(s), 3, Frame{macOf(3), Broadcast, Untagged}, 2)); err != nil {
					return err
				}
				s.gateway = 3
				return nil
			})},
			{Name: "AnnounceVictim", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, gets(as(s), 2, Frame{macOf(2), Broadcast, Untagged}, 3)); err != nil {
					return err
				}
				s.victim = 2
				return nil
			})},
			{Name: "Talk", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, true); err != nil {
					return err
				}
				f := Frame{macOf(2), macOf(s.gateway), Untagged}
				s.served = s.served || gets(as(s), 2, f, 3)
				s.read = s.read || gets(as(s), 2, f, 1)
				return nil
			})},
			{Name: "Answer", Next: modelcheck.Call(func(s *neighbour) error {
				if err := when(s, true); err != nil {
					return err
				}
				s.read = s.read || gets(as(s), 3, Frame{macOf(3), macOf(s.victim), Untagged}, 1)
				return nil
			})},
		},
		Show: neighbour.bindings,
	})
}

// neighbourPairs are neighbours.bh under every configuration, and the same of Network.
func neighbourPairs() []modelcheck.Pair {
	var out []modelcheck.Pair
	for _, segment := range []string{"same", "another", "all", "private"} {
		for bits := range 32 {
			h := neighbourhood{Security{bits&1 != 0, bits&2 != 0, bits&4 != 0}, bits&8 != 0, bits&16 != 0, segment}
			out = append(out, modelcheck.Pair{
				Name: segment + " " + strconv.Itoa(bits), System: neighboursSystem(h), File: "neighbours.bh", Constants: h.constants(),
			})
		}
	}
	return out
}
