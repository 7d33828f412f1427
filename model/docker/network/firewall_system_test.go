package network

import (
	"iter"
	"net/netip"
	"strconv"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// reloaded is a state of reload.bh.
type reloaded struct {
	up, reloaded, served bool
	lost                 bool // the last making of the rules was a reload
	got                  [3]int8
}

var (
	reloadPlaces = []string{"own", "guest", "neighbour"}
	reloadPorts  = []string{"admin", "other"}
)

type reloadConfig struct {
	engine   Engine
	internal bool
}

func (c reloadConfig) site(lost bool) *Site {
	s, err := New(Config{
		Hosts:      []Host{{Name: "host", Addr: addr("192.168.0.10"), Segment: "lan", Engine: c.engine}},
		Neighbours: []Neighbour{{"neighbour", "lan", addr("192.168.0.99")}},
		Networks: []Network{
			{Name: "a", Host: "host", Subnet: prefix("10.0.0.0/24")},
			{Name: "b", Host: "host", Subnet: prefix("10.0.1.0/24"), Internal: c.internal},
		},
		Containers: []Container{
			{Name: "web", Host: "host", Attached: []Attachment{{Network: "a"}}, Published: []Publication{{"a", loopback, hostPort, webPort}}},
			{Name: "own", Host: "host", Attached: []Attachment{{Network: "a"}}},
			{Name: "guest", Host: "host", Attached: []Attachment{{Network: "b"}}},
		},
	})
	if err != nil {
		panic(err)
	}
	if lost {
		if err := s.Reload("host"); err != nil {
			panic(err)
		}
	}
	return s
}

// rules are the kinds of rules of reload.bh that are there, found by looking at the chains.
func (c reloadConfig) rules(s *Site) []string {
	t := s.Tables("host")
	has := func(table, chain, rule string) bool {
		for _, r := range t.Chain(table, chain) {
			if r == "-A "+chain+" "+rule {
				return true
			}
		}
		return false
	}
	var out []string
	put := func(name string, ok bool) {
		if ok {
			out = append(out, name)
		}
	}
	put("ports", has("filter", "DOCKER", "-d 10.0.0.3/32 ! -i br-a -o br-a -p tcp -m tcp --dport 80 -j ACCEPT") ||
		has("filter", "DOCKER", "-d 10.0.0.2/32 ! -i br-a -o br-a -p tcp -m tcp --dport 80 -j ACCEPT"))
	put("rest", has("filter", "DOCKER", "! -i br-a -o br-a -j DROP"))
	put("sends", has("filter", "DOCKER-FORWARD", "-i br-a -j ACCEPT") || has("filter", "FORWARD", "-i br-a ! -o br-a -j ACCEPT"))
	put("parts", has("filter", "DOCKER-ISOLATION-STAGE-2", "-o br-a -j DROP"))
	put("closes", len(s.config.Networks) > 0) // that of internal networks is never lost
	put("guards", has("raw", "PREROUTING", "-d 10.0.0.2/32 ! -i br-a -j DROP"))
	return out
}

func (c reloadConfig) constants() constants {
	return constants{
		"VERSION":         [...]string{"v27", "v28"}[c.engine.Version],
		"LOSES_ISOLATION": strconv.FormatBool(c.engine.LosesIsolation),
		"LOSES_ENDPOINTS": strconv.FormatBool(c.engine.LosesEndpoints),
		"GUEST_INTERNAL":  strconv.FormatBool(c.internal),
		"POLICY_DROP":     strconv.FormatBool(c.engine.ForwardDrop),
	}
}

// reloadSystem is the system of reload.bh over Site.
func reloadSystem(c reloadConfig) model.System {
	places, ports := []int{0, 1, 2}, []int{0, 1}
	up := func(r *reloaded) error {
		if !r.up {
			return model.Refuse("not up")
		}
		return nil
	}
	name := func(names []string, next func(*reloaded, int, int) error) func(*reloaded, model.Value, model.Value) error {
		return func(r *reloaded, p, q model.Value) error {
			return next(r, index(names, p.Text), index(reloadPorts, q.Text))
		}
	}
	return model.MustDefine(model.Definition[reloaded]{
		Name: "Reload",
		Init: func(yield func(reloaded) bool) { yield(reloaded{}) },
		Actions: []model.ActionOf[reloaded]{
			{Name: "Boot", Next: modelcheck.Call(func(r *reloaded) error {
				if r.up {
					return model.Refuse("up")
				}
				r.up = true
				return nil
			})},
			{Name: "Reload", Next: modelcheck.Call(func(r *reloaded) error {
				r.reloaded, r.lost = r.up, c.engine.LosesIsolation || c.engine.LosesEndpoints
				return up(r)
			})},
			{Name: "Restart", Next: modelcheck.Call(func(r *reloaded) error {
				r.lost = false
				return up(r)
			})},
			{Name: "Send", Params: []string{"p", "port"}, Next: modelcheck.Call2(texts(reloadPlaces, places), texts(reloadPorts, ports), name(reloadPlaces, func(r *reloaded, p, port int) error {
				if err := up(r); err != nil {
					return err
				}
				s := c.site(r.lost)
				conn := Connection{From: AtContainer(reloadPlaces[p]), Network: "a", To: netip.AddrPortFrom(s.Addr("web", "a"), []uint16{webPort, otherPort}[port])}
				switch p {
				case 1:
					conn.Network = "b"
				case 2:
					conn = Connection{From: AtNeighbour("neighbour"), Via: "host", To: conn.To}
				}
				if _, _, err := s.Connect(conn); err != nil {
					return err
				}
				r.got[p] = int8(port) + 1
				return nil
			}))},
			{Name: "Use", Next: modelcheck.Call(func(r *reloaded) error {
				if err := up(r); err != nil {
					return err
				}
				_, _, err := c.site(r.lost).Connect(Connection{From: AtHost("host"), To: netip.AddrPortFrom(loopback, hostPort)})
				r.served = r.reloaded && err == nil
				return nil
			})},
		},
		Show: func(r reloaded) []model.Binding {
			var rules []string
			if r.up {
				rules = c.rules(c.site(r.lost))
			}
			return []model.Binding{
				{Name: "up", Value: model.Bool(r.up)},
				{Name: "rules", Value: modelcheck.Names(rules)},
				{Name: "reloaded", Value: model.Bool(r.reloaded)},
				{Name: "got", Value: named(reloadPlaces, func(i int) model.Value {
					if r.got[i] == 0 {
						return modelcheck.None()
					}
					return modelcheck.Some(model.Text(reloadPorts[r.got[i]-1]))
				})},
				{Name: "served", Value: model.Bool(r.served)},
			}
		},
	})
}

func texts(names []string, which []int) []model.Value {
	var out []model.Value
	for _, i := range which {
		out = append(out, model.Text(names[i]))
	}
	return out
}

func index(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// reloadPairs are reload.bh under every configuration, and the same of Site.
func reloadPairs() []modelcheck.Pair {
	var out []modelcheck.Pair
	for bits := range 16 {
		c := reloadConfig{Engine{Version: Version(bits & 1), ForwardDrop: bits&2 != 0}, bits&4 != 0}
		if bits&8 != 0 {
			c.engine.LosesIsolation, c.engine.LosesEndpoints = c.engine.Version == V27, c.engine.Version == V28
		}
		out = append(out, modelcheck.Pair{Name: "reload " + strconv.Itoa(bits), System: reloadSystem(c), File: "reload.bh", Constants: c.constants()})
	}
	return out
}

// firewalled is a state of publish.bh.
type firewalled struct {
	up, running, ufw, early bool
	reached, served         [2]bool // at the published port, and at the service
}

var (
	publishClients   = []string{"neighbour", "local"}
	publishAddresses = []string{"of_host", "loopback"}
	publishPorts     = []string{"published", "service"}
	publishRules     = []string{"nothing", "by_port", "by_original", "by_interface"}
)

type publishConfig struct {
	engine Engine
	local  bool
	user   int
}

func (c publishConfig) site(f *firewalled) *Site {
	h := Host{
		Name: "host", Addr: addr("192.168.0.10"), Segment: "lan", Engine: c.engine, Firewalled: f.ufw,
		Listens: []netip.AddrPort{netip.AddrPortFrom(netip.IPv4Unspecified(), otherPort)},
	}
	drop := Rule{Target: Drop}
	switch publishRules[c.user] {
	case "by_port":
		drop.Port = hostPort
	case "by_original":
		drop.In, drop.OriginalPort = Uplink, hostPort
	case "by_interface":
		drop.In = Uplink
	}
	if c.user > 0 {
		h.User = []Rule{drop}
	}
	config := Config{
		Hosts: []Host{h}, Neighbours: []Neighbour{{"neighbour", "lan", addr("192.168.0.99")}},
		Networks: []Network{{Name: "a", Host: "host", Subnet: prefix("10.0.0.0/24")}},
	}
	if f.running {
		p := Publication{Network: "a", HostPort: hostPort, Port: webPort}
		if c.local {
			p.HostIP = loopback
		}
		config.Containers = []Container{{Name: "web", Host: "host", Attached: []Attachment{{Network: "a"}}, Published: []Publication{p}}}
	}
	s, err := New(config)
	if err != nil {
		panic(err)
	}
	return s
}

func (c publishConfig) connect(f *firewalled, client, d, port int) error {
	if !f.up {
		return model.Refuse("not up")
	}
	s := c.site(f)
	to := netip.AddrPortFrom([]netip.Addr{addr("192.168.0.10"), loopback}[d], []uint16{hostPort, otherPort}[port])
	conn := Connection{From: AtHost("host"), To: to}
	if client == 0 {
		conn = Connection{From: AtNeighbour("neighbour"), Via: "host", To: to}
	}
	if _, _, err := s.Connect(conn); err != nil {
		return err
	}
	switch {
	case f.ufw && client == 0:
		f.reached[port] = true
	case f.ufw:
		f.served[port] = true
	case client == 0 && port == 1:
		f.early = true
	}
	return nil
}

// publishSystem is the system of publish.bh over Site.
func publishSystem(c publishConfig) model.System {
	set := func(ok func(*firewalled) bool, change func(*firewalled)) func(*firewalled) error {
		return func(f *firewalled) error {
			if !ok(f) {
				return model.Refuse("not now")
			}
			change(f)
			return nil
		}
	}
	one := func(name string, ok func(*firewalled) bool, change func(*firewalled)) model.ActionOf[firewalled] {
		return model.ActionOf[firewalled]{Name: name, Next: modelcheck.Call(set(ok, change))}
	}
	return model.MustDefine(model.Definition[firewalled]{
		Name: "Publish",
		Init: func(yield func(firewalled) bool) { yield(firewalled{}) },
		Actions: []model.ActionOf[firewalled]{
			one("Boot", func(f *firewalled) bool { return !f.up }, func(f *firewalled) { f.up = true }),
			one("Enable", func(f *firewalled) bool { return f.up && !f.ufw }, func(f *firewalled) { f.ufw = true }),
			one("Run", func(f *firewalled) bool { return f.up && !f.running }, func(f *firewalled) { f.running = true }),
			one("Stop", func(f *firewalled) bool { return f.running }, func(f *firewalled) { f.running = false }),
			{Name: "Connect", Params: []string{"c", "d", "port"}, Next: func(f firewalled) iter.Seq2[model.Args, firewalled] {
				return func(yield func(model.Args, firewalled) bool) {
					for client, cn := range publishClients {
						for d, dn := range publishAddresses {
							for port, pn := range publishPorts {
								next := f
								if c.connect(&next, client, d, port) == nil && !yield(model.Args{model.Text(cn), model.Text(dn), model.Text(pn)}, next) {
									return
								}
							}
						}
					}
				}
			}},
		},
		Show: func(f firewalled) []model.Binding {
			two := func(b [2]bool) model.Value {
				return named(publishPorts, func(i int) model.Value { return model.Bool(b[i]) })
			}
			return []model.Binding{
				{Name: "up", Value: model.Bool(f.up)},
				{Name: "running", Value: model.Bool(f.running)},
				{Name: "ufw", Value: model.Bool(f.ufw)},
				{Name: "reached", Value: two(f.reached)},
				{Name: "served", Value: two(f.served)},
				{Name: "early", Value: model.Bool(f.early)},
			}
		},
	})
}

// publishPairs are publish.bh under every configuration, and the same of Site.
func publishPairs() []modelcheck.Pair {
	var out []modelcheck.Pair
	for bits := range 8 {
		for user := range publishRules {
			c := publishConfig{Engine{Version: Version(bits & 1), NoIPTables: bits&4 != 0}, bits&2 != 0, user}
			out = append(out, modelcheck.Pair{
				Name: "publish " + strconv.Itoa(bits) + " " + publishRules[user], System: publishSystem(c), File: "publish.bh",
				Constants: constants{
					"VERSION":  [...]string{"v27", "v28"}[c.engine.Version],
					"HOST_IP":  map[bool]string{true: "localhost", false: "everywhere"}[c.local],
					"USER":     publishRules[user],
					"IPTABLES": strconv.FormatBool(!c.engine.NoIPTables),
				},
			})
		}
	}
	return out
}
