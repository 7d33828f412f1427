package netpolicy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// PodPort is a port of a container that has a name.
type PodPort struct {
	Name     string
	Protocol Protocol
	Number   int
}

// Pod is a pod.
type Pod struct {
	Namespace, Name string
	Labels          map[string]string
	IPs             []netip.Addr
	Node            string
	HostNetwork     bool // it has the network, and the addresses, of its node
	Ports           []PodPort
}

// Rules are points that the API leaves to the network plugin.
type Rules struct {
	// NotEnforced: the plugin does not implement policies, which are accepted and do nothing.
	NotEnforced bool
	// BlocksSkipPods: a block has no pods of the cluster in it, whatever their addresses, as for plugins that go by identities (Cilium).
	BlocksSkipPods bool
	// HostPodsCount: pods with the network of their node are selected as others are. They are not, commonly, but are traffic of
	// their node ("Network Policies", What you can't do; networking/v1, PodSelector).
	HostPodsCount bool
}

// Config describes a cluster.
type Config struct {
	Namespaces map[string]map[string]string // by name, their labels
	Pods       []Pod
	Policies   []Policy
	Rules      Rules
}

// Cluster answers which connections are let through.
type Cluster struct{ config Config }

// New makes a cluster. Names of pods are unique in their namespace, and so are those of policies.
func New(c Config) (*Cluster, error) {
	seen := map[[3]string]bool{}
	unique := func(kind, namespace, name string) error {
		k := [3]string{kind, namespace, name}
		if _, ok := c.Namespaces[namespace]; !ok || seen[k] || name == "" {
			return fmt.Errorf("%s %s/%s is there twice, or has no name, or no namespace that is there", kind, namespace, name)
		}
		seen[k] = true
		return nil
	}
	for _, p := range c.Pods {
		if err := unique("pod", p.Namespace, p.Name); err != nil {
			return nil, err
		}
	}
	for _, p := range c.Policies {
		if err := cmp.Or(unique("policy", p.Namespace, p.Name), p.check()); err != nil {
			return nil, err
		}
	}
	c.Pods, c.Policies = slices.Clone(c.Pods), slices.Clone(c.Policies)
	return &Cluster{c}, nil
}

// Endpoint is an end of a connection: a pod, a node, or an address outside. The zero Endpoint is none.
type Endpoint struct {
	Namespace, Pod string
	Node           string // of the node itself: the kubelet, a pod with its network
	Addr           netip.Addr
}

// String names it.
func (e Endpoint) String() string {
	switch {
	case e.Pod != "":
		return e.Namespace + "/" + e.Pod
	case e.Node != "":
		return "node " + e.Node
	}
	return e.Addr.String()
}

// Connection is one from somewhere to a port.
type Connection struct {
	From, To Endpoint
	Protocol Protocol
	Port     int
}

// Decision is what is decided at one end.
type Decision struct {
	// Isolated by these policies; none if the end is not isolated, or is no pod that policies are for.
	Isolated []string
	// By is the policy of which a rule lets it through; "" if it is not isolated, or if none does.
	By string
}

// Allowed tells whether the end lets it through.
func (d Decision) Allowed() bool { return len(d.Isolated) == 0 || d.By != "" }

// Verdict is what is decided of a connection, at both ends.
type Verdict struct {
	Egress, Ingress Decision
	// Local says that nothing was asked: the ends are one pod, or a pod and its own node.
	Local bool
}

// Allowed tells whether both ends let it through.
func (v Verdict) Allowed() bool { return v.Local || v.Egress.Allowed() && v.Ingress.Allowed() }

// Allowed tells whether a connection is let through. An error says that an end is not there, or the port none.
func (c *Cluster) Allowed(q Connection) (bool, error) {
	v, err := c.Decide(q)
	return v.Allowed(), err
}

// Decide tells which policies isolate the ends of a connection and which let it through.
func (c *Cluster) Decide(q Connection) (Verdict, error) {
	from, err := c.end(q.From)
	if err != nil {
		return Verdict{}, err
	}
	to, err := c.end(q.To)
	if err != nil {
		return Verdict{}, err
	}
	q.Protocol = q.Protocol.orTCP()
	if q.Port < 1 || q.Port > 65535 || q.Protocol != TCP && q.Protocol != UDP && q.Protocol != SCTP {
		return Verdict{}, fmt.Errorf("got port %d of %s, want one of 1 to 65535 of TCP, UDP or SCTP", q.Port, q.Protocol)
	}
	if c.config.Rules.NotEnforced {
		return Verdict{}, nil
	}
	if from.local(to) {
		return Verdict{Local: true}, nil
	}
	return Verdict{c.decide(Egress, from, to, to, q), c.decide(Ingress, to, from, to, q), false}, nil
}

// end is an endpoint as policies see it.
type end struct {
	pod   *Pod // nil for nodes and addresses; for a pod that is traffic of its node, too
	node  string
	addrs []netip.Addr
}

// local tells whether nothing between two ends is looked at. A pod cannot shut itself out, nor its node ("Network Policies").
func (e end) local(f end) bool {
	return e.pod != nil && e.pod == f.pod || e.node != "" && e.node == f.node && (e.pod == nil || f.pod == nil)
}

func (c *Cluster) end(e Endpoint) (end, error) {
	switch {
	case e.Pod != "":
		i := slices.IndexFunc(c.config.Pods, func(p Pod) bool { return p.Namespace == e.Namespace && p.Name == e.Pod })
		if i < 0 {
			return end{}, fmt.Errorf("there is no pod %s", e)
		}
		p := &c.config.Pods[i]
		out := end{p, p.Node, p.IPs}
		if p.HostNetwork && !c.config.Rules.HostPodsCount {
			out.pod = nil
		}
		return out, nil
	case e.Node != "":
		return end{node: e.Node, addrs: valid(e.Addr)}, nil
	case e.Addr.IsValid():
		return end{addrs: valid(e.Addr)}, nil
	}
	return end{}, fmt.Errorf("an end of the connection is no pod, no node and no address")
}

func valid(a netip.Addr) []netip.Addr {
	if !a.IsValid() {
		return nil
	}
	return []netip.Addr{a}
}

// decide asks the policies of one end, in a direction, of another; to is the one that is connected to.
func (c *Cluster) decide(d Direction, of, other, to end, q Connection) Decision {
	var out Decision
	if of.pod == nil {
		return out
	}
	for _, p := range c.config.Policies {
		if p.Namespace != of.pod.Namespace || !p.Pods.Selects(of.pod.Labels) || !p.Isolates(d) {
			continue
		}
		out.Isolated = append(out.Isolated, p.Name)
		if out.By == "" && slices.ContainsFunc(p.rules(d), func(r Rule) bool { return c.matches(p, r, other, to, q) }) {
			out.By = p.Name
		}
	}
	return out
}

func (c *Cluster) matches(p Policy, r Rule, other, to end, q Connection) bool {
	peer := len(r.Peers) == 0 || slices.ContainsFunc(r.Peers, func(x Peer) bool { return c.isPeer(p, x, other) })
	return peer && (len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(x Port) bool { return x.is(to, q) }))
}

func (c *Cluster) isPeer(p Policy, x Peer, e end) bool {
	if x.Block != nil {
		skip := e.pod != nil && c.config.Rules.BlocksSkipPods
		return !skip && slices.ContainsFunc(e.addrs, x.Block.Contains)
	}
	if e.pod == nil {
		return false
	}
	namespace := e.pod.Namespace == p.Namespace
	if x.Namespaces != nil {
		namespace = x.Namespaces.Selects(c.config.Namespaces[e.pod.Namespace])
	}
	return namespace && (x.Pods == nil || x.Pods.Selects(e.pod.Labels))
}

// is tells whether a port of a rule is the one connected to.
func (x Port) is(to end, q Connection) bool {
	if x.Protocol.orTCP() != q.Protocol {
		return false
	}
	if x.Name != "" {
		return to.pod != nil && slices.ContainsFunc(to.pod.Ports, func(p PodPort) bool {
			return p.Name == x.Name && p.Protocol.orTCP() == q.Protocol && p.Number == q.Port
		})
	}
	return x.Number == 0 || x.Number <= q.Port && q.Port <= max(x.Number, x.End)
}

// Matrix tells, for a port, which pods, as they were given to New, may connect to which.
func (c *Cluster) Matrix(protocol Protocol, port int) ([][]bool, error) {
	out := make([][]bool, len(c.config.Pods))
	for i, from := range c.config.Pods {
		for _, to := range c.config.Pods {
			ok, err := c.Allowed(Connection{Endpoint{Namespace: from.Namespace, Pod: from.Name}, Endpoint{Namespace: to.Namespace, Pod: to.Name}, protocol, port})
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], ok)
		}
	}
	return out, nil
}
