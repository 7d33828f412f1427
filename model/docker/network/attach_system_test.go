package network

import (
	"iter"
	"net/netip"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

var (
	attachNets = []string{"small", "wide"}
	attachIPs  = []string{"every", "inner", "outer"}

	attachAddrs = []netip.Addr{{}, loopback, addr("192.168.0.10")}
)

// attached is a state of attach.bh: what is run, in the order in which it was, so that the site can be made again.
type attached struct {
	Run     []Container
	Default int // of attachNets; -1 for none
}

func (a attached) site(bits int) *Site {
	c := Config{Hosts: []Host{{Name: "host", Addr: addr("192.168.0.10"), Segment: "lan"}}}
	for i, name := range attachNets {
		n := Network{Name: name, Host: "host", Subnet: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24), Default: a.Default == i}
		if i == 0 {
			n.Subnet = netip.PrefixFrom(n.Subnet.Addr(), bits)
		}
		c.Networks = append(c.Networks, n)
	}
	c.Containers = a.Run
	s, err := New(c)
	if err != nil {
		panic(err)
	}
	return s
}

// fixed is the container with the addresses that it has got.
func (s *Site) fixed(name string) Container {
	c, _ := s.container(name)
	out := c
	out.Attached = nil
	for _, a := range c.Attached {
		out.Attached = append(out.Attached, Attachment{a.Network, s.Addr(name, a.Network)})
	}
	return out
}

func (a attached) bindings(n, bits int) []model.Binding {
	s := a.site(bits)
	each := func(value func(name string) model.Value) model.Value {
		return modelcheck.Map(1, n, func(i int) model.Value { return value(strconv.Itoa(i)) })
	}
	number := func(name, network string) int {
		x, ok := s.addr(name, network)
		if !ok {
			return 0
		}
		return int(x.As4()[3]) - 1
	}
	def := modelcheck.None()
	if a.Default >= 0 {
		def = modelcheck.Some(model.Text(attachNets[a.Default]))
	}
	return []model.Binding{
		{Name: "up", Value: each(func(name string) model.Value { _, ok := s.container(name); return model.Bool(ok) })},
		{Name: "addr", Value: named(attachNets, func(j int) model.Value {
			return each(func(name string) model.Value { return modelcheck.Int(number(name, attachNets[j])) })
		})},
		{Name: "binds", Value: each(func(name string) model.Value {
			c, ok := s.container(name)
			switch {
			case !ok || len(c.Published) == 0:
				return modelcheck.None()
			case c.Published[0].everywhere():
				return modelcheck.Some(model.Text("every"))
			case c.Published[0].HostIP == loopback:
				return modelcheck.Some(model.Text("inner"))
			}
			return modelcheck.Some(model.Text("outer"))
		})},
		{Name: "known", Value: each(func(name string) model.Value {
			var out []int
			for j := 1; j <= n; j++ {
				if other := strconv.Itoa(j); other != name && s.Resolves(name, other) {
					out = append(out, j)
				}
			}
			return modelcheck.Set(out)
		})},
		{Name: "default", Value: def},
	}
}

// of gives the state of a site, in the order of names, so that equal sites are equal states.
func (a attached) of(s *Site, n int) attached {
	out := attached{Default: a.Default}
	for i := 1; i <= n; i++ {
		if name := strconv.Itoa(i); slices.ContainsFunc(s.config.Containers, func(c Container) bool { return c.Name == name }) {
			out.Run = append(out.Run, s.fixed(name))
		}
	}
	return out
}

// ran is a step of Run: its arguments, and the next state as it is encoded.
type ran struct {
	args model.Args
	next string
}

// runs tries every container that can be run.
func (a attached) runs(n, bits int) []ran {
	var out []ran
	for i := 1; i <= n; i++ {
		for set := range uint8(4) {
			for ip := range len(attachIPs) + 1 {
				d := Container{Name: strconv.Itoa(i), Host: "host"}
				for j, name := range attachNets {
					if set>>j&1 == 1 {
						d.Attached = append(d.Attached, Attachment{Network: name})
					}
				}
				shown := modelcheck.None()
				if ip > 0 {
					shown = modelcheck.Some(model.Text(attachIPs[ip-1]))
					p := Publication{HostIP: attachAddrs[ip-1], HostPort: hostPort, Port: webPort}
					if set != 0 {
						p.Network = d.Attached[0].Network
					}
					d.Published = []Publication{p}
				}
				s := a.site(bits)
				if s.Run(d) == nil {
					out = append(out, ran{model.Args{i, netsNamed(set), shown}, string(a.of(s, n).encode())})
				}
			}
		}
	}
	return out
}

// attachSystem is the system of attach.bh over Site, with n containers and a small network of that many bits.
func attachSystem(n, bits int) model.System {
	all := modelcheck.Numbers[int](n)
	runs := memo(func(key string) []ran { return decodeAttached([]byte(key)).runs(n, bits) })
	shown := memo(func(key string) []model.Binding { return decodeAttached([]byte(key)).bindings(n, bits) })
	return model.MustDefine(model.Definition[attached]{
		Name: "Attach",
		Init: func(yield func(attached) bool) {
			_ = yield(attached{Default: -1}) && yield(attached{Default: 0}) && yield(attached{Default: 1})
		},
		Actions: []model.ActionOf[attached]{
			{Name: "Run", Params: []string{"c", "nets", "ip"}, Next: func(a attached) iter.Seq2[model.Args, attached] {
				return func(yield func(model.Args, attached) bool) {
					for _, r := range runs(string(a.encode())) {
						if !yield(r.args, decodeAttached([]byte(r.next))) {
							return
						}
					}
				}
			}},
			{Name: "Remove", Params: []string{"c"}, Next: modelcheck.Call1(all, func(a *attached, c int) error {
				s := a.site(bits)
				if err := s.Remove(strconv.Itoa(c)); err != nil {
					return err
				}
				*a = a.of(s, n)
				return nil
			})},
		},
		Show:   func(a attached) []model.Binding { return shown(string(a.encode())) },
		Encode: func(a attached) []byte { return a.encode() },
		Decode: decodeAttached,
	})
}

func netsNamed(set uint8) model.Value {
	var names []string
	for j, name := range attachNets {
		if set>>j&1 == 1 {
			names = append(names, name)
		}
	}
	return modelcheck.Names(names)
}

// encode writes a container as its name, the last bytes of its addresses and where it publishes.
func (a attached) encode() []byte {
	out := []byte{byte(a.Default + 1)}
	for _, c := range a.Run {
		b := [4]byte{c.Name[0]}
		for _, t := range c.Attached {
			b[1+int(t.Addr.As4()[2])] = t.Addr.As4()[3]
		}
		if len(c.Published) > 0 {
			b[3] = 1
			if ip := c.Published[0].HostIP; ip == loopback {
				b[3] = 2
			} else if ip.IsValid() {
				b[3] = 3
			}
		}
		out = append(out, b[:]...)
	}
	return out
}

func decodeAttached(b []byte) attached {
	a := attached{Default: int(b[0]) - 1}
	for b = b[1:]; len(b) > 0; b = b[4:] {
		c := Container{Name: string(b[:1]), Host: "host"}
		for j, name := range attachNets {
			if b[1+j] > 0 {
				c.Attached = append(c.Attached, Attachment{name, netip.AddrFrom4([4]byte{10, 0, byte(j), b[1+j]})})
			}
		}
		if b[3] > 0 {
			c.Published = []Publication{{c.Attached[0].Network, attachAddrs[b[3]-1], hostPort, webPort}}
		}
		a.Run = append(a.Run, c)
	}
	return a
}
