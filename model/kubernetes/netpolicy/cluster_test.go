package netpolicy

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var (
	ip   = netip.MustParseAddr
	cidr = netip.MustParsePrefix
)

// town is two namespaces with pods on two nodes, and what is around them.
func town(policies []Policy, rules Rules) Config {
	return Config{
		Namespaces: map[string]map[string]string{"shop": {"team": "a"}, "bank": {"team": "b"}},
		Pods: []Pod{
			{
				Namespace: "shop", Name: "db", Labels: map[string]string{"app": "db"}, IPs: []netip.Addr{ip("10.0.0.1")}, Node: "n1",
				Ports: []PodPort{{"sql", TCP, 5432}, {"sql", UDP, 5433}},
			},
			{Namespace: "shop", Name: "web", Labels: map[string]string{"app": "web", "tier": "front"}, IPs: []netip.Addr{ip("10.0.0.2")}, Node: "n2"},
			{Namespace: "bank", Name: "web", Labels: map[string]string{"app": "web"}, IPs: []netip.Addr{ip("10.0.0.3")}, Node: "n2"},
			{Namespace: "bank", Name: "agent", Labels: map[string]string{"app": "web"}, IPs: []netip.Addr{ip("192.168.0.2")}, Node: "n2", HostNetwork: true},
		},
		Policies: policies, Rules: rules,
	}
}

func build(t interface{ Fatal(...any) }, c Config) *Cluster {
	out, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	theDB    = Endpoint{Namespace: "shop", Pod: "db"}
	theWeb   = Endpoint{Namespace: "shop", Pod: "web"}
	theBank  = Endpoint{Namespace: "bank", Pod: "web"}
	theAgent = Endpoint{Namespace: "bank", Pod: "agent"}
	outside  = Endpoint{Addr: ip("203.0.113.7")}
)

func selector(k, v string) *Selector { return &Selector{Match: map[string]string{k: v}} }

func db(p Policy) Policy {
	p.Namespace, p.Pods = "shop", *selector("app", "db")
	if p.Name == "" {
		p.Name = "p"
	}
	return p
}

func ingress(peers []Peer, ports ...Port) Policy {
	return db(Policy{Ingress: []Rule{{peers, ports}}})
}

// One point of the API each ("Network Policies"; networking/v1, types.go). Connections go to port 5432 of TCP unless it is said.
func TestPoints(t *testing.T) {
	frontends := []Peer{{Pods: selector("app", "web")}}
	for _, test := range []struct {
		name   string
		policy Policy
		rules  Rules
		q      Connection
		want   bool
	}{
		{"not selected", Policy{Namespace: "bank", Name: "p"}, Rules{}, Connection{From: theBank, To: theDB}, true},
		{"no rules", db(Policy{}), Rules{}, Connection{From: theWeb, To: theDB}, false},
		{"no rules, types Egress: no isolation from others", db(Policy{Types: []Direction{Egress}}), Rules{}, Connection{From: theWeb, To: theDB}, true},
		{"and nothing gets out", db(Policy{Types: []Direction{Egress}}), Rules{}, Connection{From: theDB, To: outside}, false},
		{"an empty egress without types does not count", db(Policy{Egress: []Rule{}}), Rules{}, Connection{From: theDB, To: outside}, true},
		{"rules of egress without types do", db(Policy{Egress: []Rule{{Peers: frontends}}}), Rules{}, Connection{From: theDB, To: outside}, false},
		{"and ingress does then, too", db(Policy{Egress: []Rule{{Peers: frontends}}}), Rules{}, Connection{From: theWeb, To: theDB}, false},
		{"rules of ingress with types Egress do not count", db(Policy{Types: []Direction{Egress}, Ingress: []Rule{{}}}), Rules{}, Connection{From: theDB, To: theWeb}, false},
		{"an empty rule", db(Policy{Ingress: []Rule{{}}}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"pods", ingress(frontends), Rules{}, Connection{From: theWeb, To: theDB}, true},
		{"pods of another namespace", ingress(frontends), Rules{}, Connection{From: theBank, To: theDB}, false},
		{"all pods of the namespace", ingress([]Peer{{Pods: &Selector{}}}), Rules{}, Connection{From: theWeb, To: theDB}, true},
		{"and of no other", ingress([]Peer{{Pods: &Selector{}}}), Rules{}, Connection{From: theBank, To: theDB}, false},
		{"all namespaces", ingress([]Peer{{Namespaces: &Selector{}}}), Rules{}, Connection{From: theBank, To: theDB}, true},
		{"are not the outside", ingress([]Peer{{Namespaces: &Selector{}}}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"a namespace", ingress([]Peer{{Namespaces: selector("team", "b")}}), Rules{}, Connection{From: theWeb, To: theDB}, false},
		{"both selectors", ingress([]Peer{{selector("tier", "front"), selector("team", "b"), nil}}), Rules{}, Connection{From: theBank, To: theDB}, false},
		{"in two peers", ingress([]Peer{{Pods: selector("tier", "front")}, {Namespaces: selector("team", "b")}}), Rules{}, Connection{From: theBank, To: theDB}, true},
		{"a block", ingress([]Peer{{Block: &Block{cidr("203.0.113.0/24"), nil}}}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"but a part", ingress([]Peer{{Block: &Block{cidr("203.0.113.0/24"), []netip.Prefix{cidr("203.0.113.0/28")}}}}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"another part", ingress([]Peer{{Block: &Block{cidr("203.0.113.0/24"), []netip.Prefix{cidr("203.0.113.16/28")}}}}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"what is excepted may come by another peer", ingress([]Peer{
			{Block: &Block{cidr("203.0.113.0/24"), []netip.Prefix{cidr("203.0.113.0/28")}}}, {Block: &Block{cidr("203.0.113.7/32"), nil}},
		}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"a block with a pod in it", ingress([]Peer{{Block: &Block{cidr("10.0.0.0/8"), nil}}}), Rules{}, Connection{From: theBank, To: theDB}, true},
		{"for plugins that go by identities", ingress([]Peer{{Block: &Block{cidr("10.0.0.0/8"), nil}}}), Rules{BlocksSkipPods: true}, Connection{From: theBank, To: theDB}, false},
		{"IPv6 is no IPv4", ingress([]Peer{{Block: &Block{cidr("::/0"), nil}}}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"a port", ingress(nil, Port{Number: 5432}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"another port", ingress(nil, Port{Number: 5431}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"a range", ingress(nil, Port{Number: 5000, End: 5432}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"beyond a range", ingress(nil, Port{Number: 5000, End: 5431}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"before a range", ingress(nil, Port{Number: 5433, End: 6000}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"a protocol", ingress(nil, Port{Protocol: UDP}), Rules{}, Connection{From: outside, To: theDB}, false},
		{"its ports are all", ingress(nil, Port{Protocol: TCP}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"not set is TCP", ingress(nil, Port{}), Rules{}, Connection{From: outside, To: theDB, Protocol: UDP, Port: 5433}, false},
		{"no ports are all protocols", ingress(nil), Rules{}, Connection{From: outside, To: theDB, Protocol: SCTP, Port: 1}, true},
		{"a name", ingress(nil, Port{Name: "sql"}), Rules{}, Connection{From: outside, To: theDB}, true},
		{"of another protocol", ingress(nil, Port{Protocol: UDP, Name: "sql"}), Rules{}, Connection{From: outside, To: theDB, Protocol: UDP, Port: 5433}, true},
		{"is another number", ingress(nil, Port{Protocol: UDP, Name: "sql"}), Rules{}, Connection{From: outside, To: theDB, Protocol: UDP, Port: 5432}, false},
		{"a name of egress is of who is connected to", Policy{Namespace: "shop", Name: "p", Pods: *selector("app", "web"), Types: []Direction{Egress}, Egress: []Rule{{Ports: []Port{{Name: "sql"}}}}}, Rules{}, Connection{From: theWeb, To: theDB}, true},
		{"outside nothing has a name", Policy{Namespace: "shop", Name: "p", Pods: *selector("app", "web"), Types: []Direction{Egress}, Egress: []Rule{{Ports: []Port{{Name: "sql"}}}}}, Rules{}, Connection{From: theWeb, To: outside}, false},
		{"its own node", db(Policy{}), Rules{}, Connection{From: Endpoint{Node: "n1"}, To: theDB}, true},
		{"another node", db(Policy{}), Rules{}, Connection{From: Endpoint{Node: "n2"}, To: theDB}, false},
		{"to its own node", db(Policy{Types: []Direction{Egress}}), Rules{}, Connection{From: theDB, To: Endpoint{Node: "n1"}}, true},
		{"itself", db(Policy{Types: []Direction{Ingress, Egress}}), Rules{}, Connection{From: theDB, To: theDB}, true},
		{"a pod with its node's network is not selected", Policy{Namespace: "bank", Name: "p"}, Rules{}, Connection{From: theDB, To: theAgent}, true},
		{"unless the plugin says so", Policy{Namespace: "bank", Name: "p"}, Rules{HostPodsCount: true}, Connection{From: theDB, To: theAgent}, false},
		{"nor is it a peer", ingress([]Peer{{Namespaces: &Selector{}}}), Rules{}, Connection{From: theAgent, To: theDB}, false},
		{"it is in a block", ingress([]Peer{{Block: &Block{cidr("192.168.0.0/16"), nil}}}), Rules{BlocksSkipPods: true}, Connection{From: theAgent, To: theDB}, true},
		{"it reaches the pods of its node", Policy{Namespace: "shop", Name: "p"}, Rules{}, Connection{From: theAgent, To: theWeb}, true},
		{"a plugin without policies", db(Policy{}), Rules{NotEnforced: true}, Connection{From: theWeb, To: theDB}, true},
	} {
		if test.q.Port == 0 {
			test.q.Port = 5432
		}
		got, err := build(t, town([]Policy{test.policy}, test.rules)).Allowed(test.q)
		if err != nil || got != test.want {
			t.Errorf("%s: %s to %s: got %t, %v, want %t", test.name, test.q.From, test.q.To, got, err, test.want)
		}
	}
}

// Selectors (k8s.io/apimachinery pkg/labels/selector_test.go).
func TestSelects(t *testing.T) {
	labels := map[string]string{"a": "1", "empty": ""}
	for _, test := range []struct {
		s    Selector
		want bool
	}{
		{Selector{}, true},
		{*selector("a", "1"), true},
		{*selector("a", "2"), false},
		{*selector("b", ""), false},
		{*selector("empty", ""), true},
		{Selector{Expressions: []Requirement{{"a", In, []string{"0", "1"}}}}, true},
		{Selector{Expressions: []Requirement{{"b", In, []string{""}}}}, false},
		{Selector{Expressions: []Requirement{{"a", NotIn, []string{"1"}}}}, false},
		{Selector{Expressions: []Requirement{{"b", NotIn, []string{"1"}}}}, true},
		{Selector{Expressions: []Requirement{{"empty", Exists, nil}}}, true},
		{Selector{Expressions: []Requirement{{"b", Exists, nil}}}, false},
		{Selector{Expressions: []Requirement{{"a", DoesNotExist, nil}}}, false},
		{Selector{Expressions: []Requirement{{"b", DoesNotExist, nil}}}, true},
		{Selector{map[string]string{"a": "1"}, []Requirement{{"a", DoesNotExist, nil}}}, false},
	} {
		if got := test.s.Selects(labels); got != test.want {
			t.Errorf("%+v: got %t", test.s, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := db(Policy{})
	for name, change := range map[string]func(*Config){
		"a pod twice":    func(c *Config) { c.Pods = append(c.Pods, c.Pods[0]) },
		"a policy twice": func(c *Config) { c.Policies = []Policy{good, good} },
		"no namespace":   func(c *Config) { c.Policies = []Policy{{Namespace: "x", Name: "p"}} },
		"no name":        func(c *Config) { c.Policies = []Policy{{Namespace: "shop"}} },
		"no direction":   func(c *Config) { c.Policies = []Policy{db(Policy{Types: []Direction{"In"}})} },
		"no operator":    func(c *Config) { c.Policies[0].Pods.Expressions = []Requirement{{"a", "=", nil}} },
		"no values":      func(c *Config) { c.Policies[0].Pods.Expressions = []Requirement{{"a", In, nil}} },
		"values":         func(c *Config) { c.Policies[0].Pods.Expressions = []Requirement{{"a", Exists, []string{"x"}}} },
		"an empty peer":  func(c *Config) { c.Policies = []Policy{ingress([]Peer{{}})} },
		"a block and pods": func(c *Config) {
			c.Policies = []Policy{ingress([]Peer{{Pods: &Selector{}, Block: &Block{CIDR: cidr("::/0")}}})}
		},
		"no block": func(c *Config) { c.Policies = []Policy{ingress([]Peer{{Block: &Block{}}})} },
		"except outside": func(c *Config) {
			c.Policies = []Policy{ingress([]Peer{{Block: &Block{cidr("10.0.0.0/8"), []netip.Prefix{cidr("11.0.0.0/16")}}}})}
		},
		"except all": func(c *Config) {
			c.Policies = []Policy{ingress([]Peer{{Block: &Block{cidr("10.0.0.0/8"), []netip.Prefix{cidr("10.0.0.0/8")}}}})}
		},
		"a range of names":    func(c *Config) { c.Policies = []Policy{ingress(nil, Port{Name: "a", End: 3})} },
		"a range backward":    func(c *Config) { c.Policies = []Policy{ingress(nil, Port{Number: 4, End: 3})} },
		"a number and a name": func(c *Config) { c.Policies = []Policy{ingress(nil, Port{Number: 4, Name: "x"})} },
		"too great":           func(c *Config) { c.Policies = []Policy{ingress(nil, Port{Number: 65536})} },
		"no protocol":         func(c *Config) { c.Policies = []Policy{ingress(nil, Port{Protocol: "ICMP"})} },
		"a bad selector": func(c *Config) {
			c.Policies = []Policy{ingress([]Peer{{Pods: &Selector{Expressions: []Requirement{{}}}}})}
		},
	} {
		c := town([]Policy{good}, Rules{})
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	c := build(t, town(nil, Rules{}))
	for _, q := range []Connection{
		{From: theWeb, To: theDB},
		{From: theWeb, To: theDB, Port: 65536},
		{From: theWeb, To: theDB, Port: 1, Protocol: "ICMP"},
		{From: Endpoint{}, To: theDB, Port: 1},
		{From: theWeb, To: Endpoint{Namespace: "shop", Pod: "x"}, Port: 1},
	} {
		if _, err := c.Decide(q); err == nil {
			t.Errorf("%+v: got no error", q)
		}
	}
}

func drawPolicy(t *rapid.T, name string) Policy {
	p := Policy{Namespace: rapid.SampledFrom([]string{"shop", "bank"}).Draw(t, "namespace"), Name: name}
	selectors := []*Selector{{}, selector("app", "web"), selector("app", "db"), {Expressions: []Requirement{{"tier", Exists, nil}}}, {Expressions: []Requirement{{"app", NotIn, []string{"db"}}}}}
	p.Pods = *rapid.SampledFrom(selectors).Draw(t, "pods")
	p.Types = rapid.SampledFrom([][]Direction{nil, {Ingress}, {Egress}, {Ingress, Egress}}).Draw(t, "types")
	rule := func() Rule {
		var r Rule
		for range rapid.IntRange(0, 2).Draw(t, "peers") {
			r.Peers = append(r.Peers, rapid.SampledFrom([]Peer{
				{Pods: selectors[0]},
				{Pods: selectors[1]},
				{Namespaces: selectors[0]},
				{Namespaces: selector("team", "b")},
				{Pods: selectors[1], Namespaces: selector("team", "a")},
				{Block: &Block{cidr("10.0.0.0/30"), []netip.Prefix{cidr("10.0.0.2/32")}}},
				{Block: &Block{CIDR: cidr("203.0.113.0/24")}},
			}).Draw(t, "peer"))
		}
		for range rapid.IntRange(0, 2).Draw(t, "ports") {
			r.Ports = append(r.Ports, rapid.SampledFrom([]Port{{Number: 5432}, {Number: 5400, End: 5500}, {Protocol: UDP}, {Name: "sql"}}).Draw(t, "port"))
		}
		return r
	}
	for range rapid.IntRange(0, 2).Draw(t, "ingress") {
		p.Ingress = append(p.Ingress, rule())
	}
	for range rapid.IntRange(0, 2).Draw(t, "egress") {
		p.Egress = append(p.Egress, rule())
	}
	return p
}

// oracle decides by the words of the documentation, on the plain data: it lists every thing that a rule lets through, as texts,
// and looks the connection up.
func oracle(c Config, q Connection) bool {
	type fact struct{ from, to string }
	podOf := func(e Endpoint) *Pod {
		for i := range c.Pods {
			if c.Pods[i].Namespace == e.Namespace && c.Pods[i].Name == e.Pod && !c.Pods[i].HostNetwork {
				return &c.Pods[i]
			}
		}
		return nil
	}
	nodeOf := func(e Endpoint) string {
		for _, p := range c.Pods {
			if e.Pod != "" && p.Namespace == e.Namespace && p.Name == e.Pod {
				return p.Node
			}
		}
		return e.Node
	}
	if q.From == q.To && podOf(q.From) != nil {
		return true
	}
	if n := nodeOf(q.From); n != "" && n == nodeOf(q.To) && (podOf(q.From) == nil || podOf(q.To) == nil) {
		return true
	}
	everyone := []Endpoint{theDB, theWeb, theBank, theAgent, outside, {Node: "n1"}}
	allowed := map[Direction]map[fact]bool{}
	isolated := map[Direction]map[string]bool{Ingress: {}, Egress: {}}
	for _, d := range []Direction{Ingress, Egress} {
		allowed[d] = map[fact]bool{}
		for _, policy := range c.Policies {
			on := slices.Contains(policy.Types, d) || len(policy.Types) == 0 && (d == Ingress || len(policy.Egress) > 0)
			if !on {
				continue
			}
			for _, subject := range everyone {
				pod := podOf(subject)
				if pod == nil || pod.Namespace != policy.Namespace || !policy.Pods.Selects(pod.Labels) {
					continue
				}
				isolated[d][subject.String()] = true
				rules := map[Direction][]Rule{Ingress: policy.Ingress, Egress: policy.Egress}[d]
				for _, r := range rules {
					for _, other := range everyone {
						from, to := other, subject
						if d == Egress {
							from, to = subject, other
						}
						if peers(c, policy, r, other, podOf(other)) && ports(r, podOf(to), q) {
							allowed[d][fact{from.String(), to.String()}] = true
						}
					}
				}
			}
		}
	}
	f := fact{q.From.String(), q.To.String()}
	return (!isolated[Egress][f.from] || allowed[Egress][f]) && (!isolated[Ingress][f.to] || allowed[Ingress][f])
}

func peers(c Config, policy Policy, r Rule, other Endpoint, pod *Pod) bool {
	if len(r.Peers) == 0 {
		return true
	}
	for _, p := range r.Peers {
		switch {
		case p.Block != nil:
			addrs := []netip.Addr{other.Addr}
			for _, x := range c.Pods {
				if x.Namespace == other.Namespace && x.Name == other.Pod {
					addrs = x.IPs
				}
			}
			for _, a := range addrs {
				in := p.Block.CIDR.Contains(a)
				for _, e := range p.Block.Except {
					in = in && !e.Contains(a)
				}
				if in {
					return true
				}
			}
		case pod == nil:
		case p.Pods != nil && p.Namespaces != nil:
			if p.Pods.Selects(pod.Labels) && p.Namespaces.Selects(c.Namespaces[pod.Namespace]) {
				return true
			}
		case p.Namespaces != nil:
			if p.Namespaces.Selects(c.Namespaces[pod.Namespace]) {
				return true
			}
		case pod.Namespace == policy.Namespace && p.Pods.Selects(pod.Labels):
			return true
		}
	}
	return false
}

func ports(r Rule, to *Pod, q Connection) bool {
	if len(r.Ports) == 0 {
		return true
	}
	for _, p := range r.Ports {
		protocol := p.Protocol
		if protocol == "" {
			protocol = TCP
		}
		open := map[int]bool{}
		switch {
		case p.Name != "" && to != nil:
			for _, x := range to.Ports {
				if x.Name == p.Name && x.Protocol == protocol {
					open[x.Number] = true
				}
			}
		case p.Name != "":
		case p.Number == 0:
			open[q.Port] = true
		default:
			for n := p.Number; n <= p.Number || n <= p.End; n++ {
				open[n] = true
			}
		}
		if protocol == q.Protocol && open[q.Port] {
			return true
		}
	}
	return false
}

// What Decide says is what the documentation says, whatever the policies and their order; and the matrix is that, too.
func TestDecideIsRight(t *testing.T) {
	ends := []Endpoint{theDB, theWeb, theBank, theAgent, outside, {Node: "n1"}}
	rapid.Check(t, func(t *rapid.T) {
		var policies []Policy
		for i := range rapid.IntRange(0, 4).Draw(t, "policies") {
			policies = append(policies, drawPolicy(t, string(rune('p'+i))))
		}
		config := town(policies, Rules{})
		c := build(t, config)
		slices.Reverse(config.Policies)
		reversed := build(t, config)
		for _, protocol := range []Protocol{TCP, UDP} {
			for _, port := range []int{5432, 5433, 80} {
				matrix, err := c.Matrix(protocol, port)
				if err != nil {
					t.Fatal(err)
				}
				for i, from := range ends {
					for j, to := range ends {
						q := Connection{from, to, protocol, port}
						v, err := c.Decide(q)
						if want := oracle(config, q); err != nil || v.Allowed() != want {
							t.Fatalf("%s to %s, %s %d: got %+v, %v, want %t", from, to, protocol, port, v, err, want)
						}
						other, err := reversed.Allowed(q)
						if err != nil || other != v.Allowed() {
							t.Fatalf("%s to %s: the order of policies counts", from, to)
						}
						if i < 4 && j < 4 && matrix[i][j] != v.Allowed() {
							t.Fatalf("%s to %s: the matrix says %t", from, to, matrix[i][j])
						}
					}
				}
			}
		}
	})
}

// The policies that isolate, and the one that lets through, are named.
func TestReasons(t *testing.T) {
	a, b := ingress([]Peer{{Pods: selector("app", "x")}}), ingress([]Peer{{Pods: selector("app", "web")}})
	a.Name, b.Name = "a", "b"
	c := build(t, town([]Policy{a, b}, Rules{}))
	got, err := c.Decide(Connection{theWeb, theDB, TCP, 1})
	if want := (Verdict{Ingress: Decision{[]string{"a", "b"}, "b"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
