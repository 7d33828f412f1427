package scheduler

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// Code is what a filter says of a node.
type Code int

// The codes.
const (
	Feasible      Code = iota
	Unschedulable      // removing pods from the node may help
	Unresolvable       // UnschedulableAndUnresolvable: no preemption on this node helps
)

var codes = [...]string{"Success", "Unschedulable", "UnschedulableAndUnresolvable"}

// String gives the name that the scheduling framework has for it.
func (c Code) String() string {
	if c >= 0 && int(c) < len(codes) {
		return codes[c]
	}
	return fmt.Sprintf("code(%d)", int(c))
}

// Verdict is what the filters say of a pod on a node: of the first that rejects it, which it is and why.
type Verdict struct {
	Node    string
	Code    Code
	Plugin  string   // such as "TaintToleration"
	Reasons []string // as the scheduler words them, such as "Insufficient cpu": several of NodeResourcesFit only
}

// FitError says that no node is feasible for a pod, which is then Unschedulable.
type FitError struct {
	Pod      string
	Verdicts []Verdict // of each node
}

// Error is the message of the PodScheduled condition.
func (e *FitError) Error() string {
	reasons := map[string]int{}
	for _, v := range e.Verdicts {
		for _, r := range v.Reasons {
			reasons[r]++
		}
	}
	var parts []string
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		parts = append(parts, fmt.Sprintf("%d %s", reasons[r], r))
	}
	return fmt.Sprintf("Unschedulable: 0/%d nodes are available: %s", len(e.Verdicts), strings.Join(parts, ", "))
}

// Unwrap is model.ErrRefused.
func (e *FitError) Unwrap() error { return model.ErrRefused }

// filters are the plugins in the order in which the default configuration has them
// (pkg/scheduler/apis/config/v1/default_plugins.go), without those of volumes, images, claims and gates.
var filters = []struct {
	name   string
	reject func(*Cluster, *Pod, int) (Code, []string)
}{
	{"NodeUnschedulable", (*Cluster).nodeUnschedulable},
	{"NodeName", (*Cluster).nodeName},
	{"TaintToleration", (*Cluster).taints},
	{"NodeAffinity", (*Cluster).nodeAffinity},
	{"NodePorts", (*Cluster).nodePorts},
	{"NodeResourcesFit", (*Cluster).fit},
	{"PodTopologySpread", (*Cluster).spread},
	{"InterPodAffinity", (*Cluster).interPodAffinity},
}

// Filter tells of each node, in their order, whether the pod can run there beside what is bound. What runs where is not looked at
// again when it has been bound: affinities are "ignored during execution".
func (c *Cluster) Filter(p *Pod) ([]Verdict, error) {
	if p == nil {
		return nil, errors.New("there is no pod to filter for")
	}
	if err := p.Valid(); err != nil {
		return nil, err
	}
	out := make([]Verdict, len(c.nodes))
	for i := range c.nodes {
		out[i] = c.verdict(p, i)
	}
	return out, nil
}

func (c *Cluster) verdict(p *Pod, i int) Verdict {
	for _, f := range filters {
		if code, reasons := f.reject(c, p, i); code != Feasible {
			return Verdict{c.nodes[i].Name, code, f.name, reasons}
		}
	}
	return Verdict{Node: c.nodes[i].Name}
}

func tolerated(ts []Toleration, taint Taint) bool {
	return slices.ContainsFunc(ts, func(t Toleration) bool { return t.Tolerates(taint) })
}

func (c *Cluster) nodeUnschedulable(p *Pod, i int) (Code, []string) {
	if c.nodes[i].Unschedulable && !tolerated(p.Tolerations, UnschedulableTaint) {
		return Unresolvable, []string{"node(s) were unschedulable"}
	}
	return Feasible, nil
}

func (c *Cluster) nodeName(p *Pod, i int) (Code, []string) {
	if p.NodeName != "" && p.NodeName != c.nodes[i].Name {
		return Unresolvable, []string{"node(s) didn't match the requested node name"}
	}
	return Feasible, nil
}

func (c *Cluster) taints(p *Pod, i int) (Code, []string) {
	for _, t := range c.nodes[i].Taints {
		if t.Effect != PreferNoSchedule && !tolerated(p.Tolerations, t) {
			return Unresolvable, []string{"node(s) had untolerated taint(s)"}
		}
	}
	return Feasible, nil
}

// selects tells whether the pod's node selector and required node affinity allow node i. A term without requirements matches no
// node.
func (c *Cluster) selects(p *Pod, i int) bool {
	labels := c.nodes[i].Labels
	return Labelled(p.NodeSelector).Matches(labels) && (p.NodeAffinity == nil ||
		slices.ContainsFunc(p.NodeAffinity, func(s Selector) bool { return len(s) > 0 && s.Matches(labels) }))
}

func (c *Cluster) nodeAffinity(p *Pod, i int) (Code, []string) {
	if !c.selects(p, i) {
		return Unresolvable, []string{"node(s) didn't match Pod's node affinity/selector"}
	}
	return Feasible, nil
}

func (c *Cluster) nodePorts(p *Pod, i int) (Code, []string) {
	for _, q := range c.pods[i] {
		for _, have := range q.HostPorts {
			if slices.ContainsFunc(p.HostPorts, have.conflicts) {
				return Unschedulable, []string{"node(s) didn't have free ports for the requested pod ports"}
			}
		}
	}
	return Feasible, nil
}

// fit is NodeResourcesFit: requests only, whatever is in use. A resource of which the pod requests nothing is not looked at, even
// where the node has less than nothing left. All that is short is named, and no preemption helps where one of it is more than the
// node has (plugins/noderesources/fit.go, Filter and fitsRequest).
func (c *Cluster) fit(p *Pod, i int) (Code, []string) {
	n := c.nodes[i]
	code, reasons := Feasible, []string(nil)
	if len(c.pods[i])+1 > n.MaxPods {
		code, reasons = Unschedulable, []string{"Too many pods"}
	}
	want, have := p.Requests(), requested(c.pods[i])
	for r, amount := range want {
		if amount == 0 || amount <= n.Allocatable[r]-have[r] {
			continue
		}
		code, reasons = max(code, Unschedulable), append(reasons, "Insufficient "+Resource(r).String())
		if amount > n.Allocatable[r] {
			code = Unresolvable
		}
	}
	return code, reasons
}

// matching counts the pods on node i that a selector matches. Those that end do not count.
func (c *Cluster) matching(s Selector, i int) int {
	n := 0
	for _, q := range c.pods[i] {
		if !q.Terminating && s.Matches(q.Labels) {
			n++
		}
	}
	return n
}

// spread is PodTopologySpread: on node i the constraint's count would be above the least of all domains by more than maxSkew.
func (c *Cluster) spread(p *Pod, i int) (Code, []string) {
	var hard []Spread
	for _, s := range p.Spread {
		if !s.Soft {
			hard = append(hard, s)
		}
	}
	for _, s := range hard {
		domain, has := c.nodes[i].Labels[s.TopologyKey]
		if !has {
			return Unresolvable, []string{"node(s) didn't match pod topology spread constraints (missing required label)"}
		}
		counts := c.domains(p, hard, s)
		least := 0
		if len(counts) > 0 && len(counts) >= max(1, s.MinDomains) {
			least = slices.Min(slices.Collect(maps.Values(counts)))
		}
		self := 0
		if s.Selector.Matches(p.Labels) {
			self = 1
		}
		if counts[domain]+self-least > s.MaxSkew {
			return Unschedulable, []string{"node(s) didn't match pod topology spread constraints"}
		}
	}
	return Feasible, nil
}

// domains counts the matching pods of a constraint in each domain of nodes that count: those that the pod's selector and affinity
// allow and that have the labels of all constraints.
func (c *Cluster) domains(p *Pod, all []Spread, s Spread) map[string]int {
	counts := map[string]int{}
	for j, n := range c.nodes {
		if c.selects(p, j) && !slices.ContainsFunc(all, func(t Spread) bool { _, has := n.Labels[t.TopologyKey]; return !has }) {
			counts[n.Labels[s.TopologyKey]] += c.matching(s.Selector, j)
		}
	}
	return counts
}

// sameDomain tells whether nodes i and j have one value of the label.
func (c *Cluster) sameDomain(key string, i, j int) bool {
	a, has := c.nodes[i].Labels[key]
	b, too := c.nodes[j].Labels[key]
	return has && too && a == b
}

// interPodAffinity is InterPodAffinity. The first pod of a group that has affinity to itself may go anywhere where the labels are.
func (c *Cluster) interPodAffinity(p *Pod, i int) (Code, []string) {
	if len(p.Affinity) > 0 && !c.affine(p, i) {
		return Unresolvable, []string{"node(s) didn't match pod affinity rules"}
	}
	for _, t := range p.AntiAffinity {
		if c.anyWith(t, i) {
			return Unschedulable, []string{"node(s) didn't match pod anti-affinity rules"}
		}
	}
	for j, pods := range c.pods {
		for _, q := range pods {
			for _, t := range q.AntiAffinity {
				if t.Selector.Matches(p.Labels) && c.sameDomain(t.TopologyKey, i, j) {
					return Unschedulable, []string{"node(s) didn't satisfy existing pods anti-affinity rules"}
				}
			}
		}
	}
	return Feasible, nil
}

// anyWith tells whether some pod that the term matches is in the domain of node i.
func (c *Cluster) anyWith(t Term, i int) bool {
	for j, pods := range c.pods {
		if c.sameDomain(t.TopologyKey, i, j) && slices.ContainsFunc(pods, func(q *Pod) bool { return t.Selector.Matches(q.Labels) }) {
			return true
		}
	}
	return false
}

// affine tells whether each required term of affinity is met on node i. Only pods that all terms match count.
func (c *Cluster) affine(p *Pod, i int) bool {
	every := func(labels map[string]string) bool {
		return !slices.ContainsFunc(p.Affinity, func(t Term) bool { return !t.Selector.Matches(labels) })
	}
	met := make([]bool, len(p.Affinity))
	exists := false // a pod that counts, anywhere where one of the labels is
	for j, pods := range c.pods {
		if !slices.ContainsFunc(pods, func(q *Pod) bool { return every(q.Labels) }) {
			continue
		}
		for k, t := range p.Affinity {
			_, has := c.nodes[j].Labels[t.TopologyKey]
			exists = exists || has
			met[k] = met[k] || c.sameDomain(t.TopologyKey, i, j)
		}
	}
	for k, t := range p.Affinity {
		if _, has := c.nodes[i].Labels[t.TopologyKey]; !has {
			return false
		}
		if !met[k] && (exists || !every(p.Labels)) {
			return false
		}
	}
	return true
}

// Nomination is a pod that waits for room on a node, which was made for it by preemption.
type Nomination struct {
	Pod  *Pod
	Node string
}

// FilterBeside is Filter where pods of equal or higher priority that are nominated to a node count as if they were on it, and as
// if they were not: the pod must fit both ways (runtime/framework.go, RunFilterPluginsWithNominatedPods). On each node only those
// count that are nominated to it, also for what looks at other nodes, such as anti-affinity within a zone. Nominations of the pod
// itself do not count, and a scheduler knows those of its own pods only.
func (c *Cluster) FilterBeside(p *Pod, nominations []Nomination) ([]Verdict, error) {
	out, err := c.Filter(p)
	if err != nil {
		return nil, err
	}
	beside := make([]*Cluster, len(c.nodes))
	for i := range beside {
		beside[i] = c.Clone()
	}
	for _, n := range nominations {
		if n.Pod == nil {
			return nil, errors.New("a nomination has no pod")
		}
		if n.Pod.Name == p.Name || n.Pod.Priority < p.Priority {
			continue
		}
		i, err := c.node(n.Node)
		if err == nil {
			err = beside[i].Bind(n.Pod, n.Node)
		}
		if err != nil {
			return nil, fmt.Errorf("nomination of %s: %w", n.Pod.Name, err)
		}
	}
	for i := range out {
		if out[i].Code == Feasible {
			out[i] = beside[i].verdict(p, i)
		}
	}
	return out, nil
}
