package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Cluster is the nodes of a cluster and the pods that are bound to them, as one scheduler knows them. Make one with NewCluster.
type Cluster struct {
	nodes []Node
	pods  [][]*Pod // by node, in the order of their arrival; a pod is never changed
}

// NewCluster makes a cluster without pods. The names of nodes differ.
func NewCluster(nodes ...Node) (*Cluster, error) {
	seen := map[string]bool{}
	for _, n := range nodes {
		if err := n.valid(); err != nil {
			return nil, err
		}
		if seen[n.Name] {
			return nil, fmt.Errorf("two nodes are named %s", n.Name)
		}
		seen[n.Name] = true
	}
	return &Cluster{nodes: slices.Clone(nodes), pods: make([][]*Pod, len(nodes))}, nil
}

// Clone returns an independent copy.
func (c *Cluster) Clone() *Cluster {
	out := &Cluster{nodes: c.nodes, pods: make([][]*Pod, len(c.pods))}
	for i, pods := range c.pods {
		out.pods[i] = slices.Clone(pods)
	}
	return out
}

// Nodes lists the names of the nodes, in the order in which they were given.
func (c *Cluster) Nodes() []string {
	out := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		out[i] = n.Name
	}
	return out
}

func (c *Cluster) node(name string) (int, error) {
	i := slices.IndexFunc(c.nodes, func(n Node) bool { return n.Name == name })
	if i < 0 {
		return 0, model.Refuse("there is no node %q", name)
	}
	return i, nil
}

// find is where a pod is; the node is -1 if it is nowhere.
func (c *Cluster) find(pod string) (node, index int) {
	for i, pods := range c.pods {
		if j := slices.IndexFunc(pods, func(p *Pod) bool { return p.Name == pod }); j >= 0 {
			return i, j
		}
	}
	return -1, -1
}

// Where is the node that a pod is bound to, and false if there is none.
func (c *Cluster) Where(pod string) (string, bool) {
	i, _ := c.find(pod)
	if i < 0 {
		return "", false
	}
	return c.nodes[i].Name, true
}

// On lists the names of the pods on a node, in the order of their arrival; none if there is no such node.
func (c *Cluster) On(node string) []string {
	i, err := c.node(node)
	if err != nil {
		return nil
	}
	var out []string
	for _, p := range c.pods[i] {
		out = append(out, p.Name)
	}
	return out
}

// Requested is the sum of the requests of the pods on a node, 0 if there is no such node.
func (c *Cluster) Requested(node string) Resources {
	i, err := c.node(node)
	if err != nil {
		return Resources{}
	}
	return requested(c.pods[i])
}

func requested(pods []*Pod) Resources {
	var sum Resources
	for _, p := range pods {
		sum = sum.plus(p.Requests())
	}
	return sum
}

// Conflict is the answer of the API server, 409, to a binding of a pod that is bound.
type Conflict struct{ Pod, Node string }

// Error names the pod and its node.
func (e *Conflict) Error() string {
	return fmt.Sprintf("409 Conflict: pod %s is already assigned to node %q", e.Pod, e.Node)
}

// Unwrap is model.ErrRefused.
func (e *Conflict) Unwrap() error { return model.ErrRefused }

// Bind binds the pod to the node. As the API server does, it looks neither at what fits nor at anything else that Filter looks at
// (pkg/registry/core/pod/storage, BindingREST). A pod that is bound is a *Conflict.
func (c *Cluster) Bind(p *Pod, node string) error {
	if p == nil {
		return model.Refuse("there is no pod to bind")
	}
	if err := p.Valid(); err != nil {
		return model.Refuse("bind: %w", err)
	}
	i, err := c.node(node)
	if err != nil {
		return err
	}
	if at, bound := c.Where(p.Name); bound {
		return &Conflict{Pod: p.Name, Node: at}
	}
	if c.count() >= MaxPods {
		return model.Refuse("the cluster has %d pods, want at most %d", c.count(), MaxPods)
	}
	c.pods[i] = append(c.pods[i], p)
	return nil
}

func (c *Cluster) count() int {
	n := 0
	for _, pods := range c.pods {
		n += len(pods)
	}
	return n
}

// Remove takes a pod, which has ended, off its node.
func (c *Cluster) Remove(pod string) error {
	i, j := c.find(pod)
	if i < 0 {
		return model.Refuse("pod %s is on no node", pod)
	}
	c.pods[i] = slices.Delete(c.pods[i], j, j+1)
	return nil
}

// Rejection is why the kubelet fails a pod that is bound to its node: it does not fit beside those that were admitted before it.
type Rejection struct {
	Pod    string
	Reason string // status.reason, such as "OutOfcpu"
}

// Error gives the reason.
func (e *Rejection) Error() string { return fmt.Sprintf("pod %s was rejected: %s", e.Pod, e.Reason) }

// Unwrap is model.ErrRefused.
func (e *Rejection) Unwrap() error { return model.ErrRefused }

// Admit is the check of the kubelet of a node, in a cluster of which it looks at the node alone and at the pods that it has
// admitted: resources, the number of pods, node selector and affinity, the node's name, host ports, and taints with NoExecute, but
// neither other taints nor what concerns other pods (pkg/kubelet/lifecycle/predicate.go). The error is a *Rejection for the first
// of these. That the kubelet preempts for critical pods and lets static ones past taints is left out, and so is that pods that run
// are evicted for taints with NoExecute.
func (c *Cluster) Admit(p *Pod, node string) error {
	if p == nil {
		return model.Refuse("there is no pod to admit")
	}
	if err := p.Valid(); err != nil {
		return model.Refuse("admit: %w", err)
	}
	i, err := c.node(node)
	if err != nil {
		return err
	}
	if code, reasons := c.fit(p, i); code != Feasible {
		resource, short := strings.CutPrefix(reasons[0], "Insufficient ")
		if !short {
			resource = "pods"
		}
		return &Rejection{p.Name, "OutOf" + resource}
	}
	for _, check := range []struct {
		reason string
		reject func(*Cluster, *Pod, int) (Code, []string)
	}{
		{"NodeAffinity", (*Cluster).nodeAffinity}, {"NodeName", (*Cluster).nodeName}, {"NodePorts", (*Cluster).nodePorts},
	} {
		if code, _ := check.reject(c, p, i); code != Feasible {
			return &Rejection{p.Name, check.reason}
		}
	}
	for _, t := range c.nodes[i].Taints {
		if t.Effect == NoExecute && !tolerated(p.Tolerations, t) {
			return &Rejection{p.Name, "TaintToleration"}
		}
	}
	return nil
}
