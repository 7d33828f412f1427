package network

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// The names of reach.bh, in its order.
var (
	reachKinds     = []string{"nat", "unprotected", "routed", "internal", "hostless"}
	reachPublished = []string{"nowhere", "everywhere", "localhost"}
	reachPlaces    = []Place{AtContainer("red1"), AtContainer("red2"), AtContainer("blue1"), AtHost("host"), AtNeighbour("lan")}
	reachAddresses = []string{"of_red1", "of_red2", "of_blue1", "of_host", "of_lan", "loopback"}
	reachPorts     = []string{"web", "other"}
)

// The ports of the tests: web is port 80 of containers, published as 8080 of the host; other is 5432 everywhere.
const (
	webPort   = 80
	hostPort  = 8080
	otherPort = 5432
)

// reach is a state of reach.bh; its numbers are places in the lists above.
type reach struct {
	kinds     [2]int
	icc       bool
	published int
	on        bool
	got       bool
	src, to   int
	port      int
}

func kindOf(n *Network, kind int) {
	switch kind {
	case 3:
		n.Internal = true
	case 4:
		n.Internal, n.Gateway = true, Isolated
	default:
		n.Gateway = Gateway(kind)
	}
}

func (r reach) site(e Engine) (*Site, error) {
	red := Network{Name: "red", Host: "host", Subnet: prefix("10.0.0.0/24"), NoICC: !r.icc}
	blue := Network{Name: "blue", Host: "host", Subnet: prefix("10.0.1.0/24")}
	kindOf(&red, r.kinds[0])
	kindOf(&blue, r.kinds[1])
	red2 := Container{Name: "red2", Host: "host", Attached: []Attachment{{Network: "red"}}}
	if r.published > 0 {
		p := Publication{Network: "red", HostPort: hostPort, Port: webPort}
		if r.published == 2 {
			p.HostIP = loopback
		}
		if red.Gateway == Routed {
			if r.published == 2 {
				return nil, model.Refuse("nothing to publish on")
			}
			p.HostPort = 0
		}
		red2.Published = []Publication{p}
	}
	return New(Config{
		Hosts: []Host{{
			Name: "host", Addr: addr("192.168.0.10"), Segment: "lan", Engine: e,
			Listens: []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), otherPort)},
		}},
		Neighbours: []Neighbour{{"lan", "lan", addr("192.168.0.99")}},
		Networks:   []Network{red, blue},
		Containers: []Container{
			{Name: "red1", Host: "host", Attached: []Attachment{{Network: "red"}}},
			red2,
			{Name: "blue1", Host: "host", Attached: []Attachment{{Network: "blue"}}},
		},
	})
}

// send gives where a packet arrives.
func (r reach) send(s *Site, src, to, port int) (Place, bool) {
	number := uint16(otherPort)
	if port == 0 {
		number = webPort
	}
	var a netip.Addr
	switch reachAddresses[to] {
	case "of_host":
		a = s.config.Hosts[0].Addr
	case "loopback":
		a = loopback
	case "of_lan":
		a = s.config.Neighbours[0].Addr
	default:
		a = s.endpoints[to].addr
	}
	if port == 0 && (a == loopback || a == s.config.Hosts[0].Addr) {
		number = hostPort
	}
	c := Connection{From: reachPlaces[src], To: netip.AddrPortFrom(a, number)}
	switch src {
	case 0, 1:
		c.Network = "red"
	case 2:
		c.Network = "blue"
	case 4:
		if to != 4 {
			c.Via = "host"
		}
	}
	p, _, err := s.Connect(c)
	return p, err == nil
}

func (r reach) bindings() []model.Binding {
	got := modelcheck.None()
	if r.got {
		got = modelcheck.Some(model.Value{Shape: model.Record, Elems: []model.Elem{
			{Key: "src", Value: model.Text(reachPlaces[r.src].name)},
			{Key: "to", Value: model.Text(reachPlaces[r.to].name)},
			{Key: "port", Value: model.Text(reachPorts[r.port])},
		}})
	}
	return []model.Binding{
		{Name: "kind", Value: named([]string{"red", "blue"}, func(i int) model.Value { return model.Text(reachKinds[r.kinds[i]]) })},
		{Name: "icc", Value: model.Bool(r.icc)},
		{Name: "published", Value: model.Text(reachPublished[r.published])},
		{Name: "on", Value: model.Bool(r.on)},
		{Name: "got", Value: got},
	}
}

// named shows a map whose keys have names.
func named(keys []string, value func(i int) model.Value) model.Value {
	v := model.Value{Shape: model.Map}
	for i, k := range keys {
		v.Elems = append(v.Elems, model.Elem{Key: k, Value: value(i)})
	}
	return v
}

// landing is a packet of src to address d that arrives at a place.
type landing struct{ src, d, port, to int }

// landings gives all packets that arrive.
func (r reach) landings(e Engine) []landing {
	s, err := r.site(e)
	if err != nil {
		panic(err)
	}
	var out []landing
	for src := range reachPlaces {
		for d := range reachAddresses {
			for port := range reachPorts {
				if p, ok := r.send(s, src, d, port); ok {
					out = append(out, landing{src, d, port, slices.Index(reachPlaces, p)})
				}
			}
		}
	}
	return out
}

// reachSystem is the system of reach.bh over Site.
func reachSystem(e Engine, both bool) model.System {
	arrivals := memo(func(r reach) []landing { return r.landings(e) })
	return model.MustDefine(model.Definition[reach]{
		Name: "Reach",
		Init: func(yield func(reach) bool) {
			for red := range reachKinds {
				for blue := range reachKinds {
					if !both && red > 0 && blue > 0 {
						continue
					}
					for _, icc := range []bool{false, true} {
						for published := range reachPublished {
							r := reach{kinds: [2]int{red, blue}, icc: icc, published: published}
							if _, err := r.site(e); err == nil && !yield(r) {
								return
							}
						}
					}
				}
			}
		},
		Actions: []model.ActionOf[reach]{
			{Name: "Start", Next: modelcheck.Call(func(r *reach) error {
				if r.on {
					return model.Refuse("start: done")
				}
				r.on = true
				return nil
			})},
			{Name: "Send", Params: []string{"p", "d", "port"}, Next: func(r reach) iter.Seq2[model.Args, reach] {
				return func(yield func(model.Args, reach) bool) {
					if !r.on {
						return
					}
					key := reach{kinds: r.kinds, icc: r.icc, published: r.published}
					for _, a := range arrivals(key) {
						next := r
						next.got, next.src, next.to, next.port = true, a.src, a.to, a.port
						if !yield(model.Args{model.Text(reachPlaces[a.src].name), model.Text(reachAddresses[a.d]), model.Text(reachPorts[a.port])}, next) {
							return
						}
					}
				}
			}},
		},
		Show: reach.bindings,
	})
}
