package scheduler

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Effect is what a taint does to pods that do not tolerate it.
type Effect int

// The effects. A scheduler treats NoExecute as NoSchedule; that it also evicts is not modelled here.
const (
	NoSchedule Effect = iota
	PreferNoSchedule
	NoExecute
)

// Taint keeps pods away from a node.
type Taint struct {
	Key, Value string
	Effect     Effect
}

// UnschedulableTaint is what a node has that is cordoned.
var UnschedulableTaint = Taint{Key: "node.kubernetes.io/unschedulable", Effect: NoSchedule}

// Toleration is of taints with its key and value, or of all values of the key with Exists, of all keys if Key is "" too. Without
// AnyEffect it is of one effect.
type Toleration struct {
	Key, Value string
	Exists     bool
	Effect     Effect
	AnyEffect  bool
}

// Tolerates tells whether the toleration is of the taint.
func (t Toleration) Tolerates(taint Taint) bool {
	return (t.AnyEffect || t.Effect == taint.Effect) && (t.Key == "" && t.Exists || t.Key == taint.Key) &&
		(t.Exists || t.Value == taint.Value)
}

// HostPort is a port of the node that a pod occupies. An IP of "" is all addresses, and a Protocol of "" is TCP.
type HostPort struct {
	IP, Protocol string
	Port         int
}

const anyIP = "0.0.0.0"

func (h HostPort) filled() HostPort {
	if h.IP == "" {
		h.IP = anyIP
	}
	if h.Protocol == "" {
		h.Protocol = "TCP"
	}
	return h
}

func (h HostPort) conflicts(with HostPort) bool {
	h, with = h.filled(), with.filled()
	return h.Port == with.Port && h.Protocol == with.Protocol && (h.IP == with.IP || h.IP == anyIP || with.IP == anyIP)
}

// Term speaks of the pods that its selector matches, and of the topology domains (the values of a label of nodes) they are in.
type Term struct {
	Selector    Selector
	TopologyKey string
}

// WeightedTerm is a preference, of weight 1 to 100.
type WeightedTerm struct {
	Term
	Weight int
}

// PreferredNodes is a preference for nodes, of weight 1 to 100.
type PreferredNodes struct {
	Nodes  Selector
	Weight int
}

// Spread bounds how unevenly pods that the selector matches may be spread over topology domains. Nodes count that the pod's node
// selector and affinity allow, whatever their taints (nodeAffinityPolicy Honor and nodeTaintsPolicy Ignore, the defaults).
type Spread struct {
	Term
	MaxSkew    int
	MinDomains int  // of a hard constraint; with fewer domains, the least count is 0. 0 is 1
	Soft       bool // whenUnsatisfiable is ScheduleAnyway: it counts in scores only
}

// Pod is what a scheduler looks at. There is one namespace; volumes, images, resource claims, scheduling gates and pod groups
// are left out.
type Pod struct {
	Name          string
	Priority      int
	NeverPreempts bool  // preemptionPolicy is Never
	Start         int64 // when it was started, for who of equal priority is the more important
	Terminating   bool  // it was asked to end, and its containers still run
	Labels        map[string]string

	Containers []Container
	Init       []InitContainer
	Overhead   Resources
	HostPorts  []HostPort

	NodeName     string // a name that the node must have; "" for any
	NodeSelector map[string]string
	NodeAffinity []Selector // the required terms, of which one must match; nil for no requirement
	Tolerations  []Toleration
	Affinity     []Term // required
	AntiAffinity []Term // required
	Spread       []Spread

	PreferredNodes        []PreferredNodes
	PreferredAffinity     []WeightedTerm
	PreferredAntiAffinity []WeightedTerm
}

// Node is a node as the scheduler sees it.
type Node struct {
	Name          string
	Labels        map[string]string
	Taints        []Taint
	Unschedulable bool // it is cordoned
	Allocatable   Resources
	MaxPods       int
}

// The greatest priorities of pods and numbers of things.
const (
	MaxPriority   = math.MaxInt32
	MaxPods       = 4096 // of a cluster
	maxContainers = 1024 // of a pod
	maxTerms      = 256  // of each kind, of a pod
	maxSkew       = math.MaxInt32
)

// Valid tells whether the pod is one that the API server would take, within the bounds of this package.
func (p *Pod) Valid() error {
	if p.Name == "" {
		return errors.New("a pod needs a name")
	}
	if err := p.valid(); err != nil {
		return fmt.Errorf("pod %s: %w", p.Name, err)
	}
	return nil
}

func (p *Pod) valid() error {
	if p.Priority > MaxPriority || p.Priority < -MaxPriority {
		return fmt.Errorf("got priority %d, want -%d to %d", p.Priority, MaxPriority, MaxPriority)
	}
	all := p.all()
	if len(p.Containers) == 0 || len(all) > maxContainers {
		return fmt.Errorf("got %d containers, %d of them init containers, want one that is none and %d at most", len(all), len(p.Init), maxContainers)
	}
	for i, c := range all {
		if err := c.valid(); err != nil {
			return fmt.Errorf("container %d: %w", i+1, err)
		}
	}
	if err := p.Overhead.valid(); err != nil {
		return fmt.Errorf("overhead of %w", err)
	}
	if err := p.NonZeroRequests().valid(); err != nil { // 2^48 of each of 2^10 containers do not wrap
		return fmt.Errorf("the containers together: %w", err)
	}
	for _, h := range p.HostPorts {
		if h.Port < 1 || h.Port > 65535 {
			return fmt.Errorf("got host port %d, want 1 to 65535", h.Port)
		}
	}
	return p.validPlaces()
}

// validPlaces is valid for what says where the pod may run.
func (p *Pod) validPlaces() error {
	for _, n := range []int{
		len(p.NodeAffinity), len(p.Affinity), len(p.AntiAffinity), len(p.Spread), len(p.PreferredNodes), len(p.PreferredAffinity),
		len(p.PreferredAntiAffinity),
	} {
		if n > maxTerms {
			return fmt.Errorf("got %d terms, want at most %d of a kind", n, maxTerms)
		}
	}
	for _, s := range p.NodeAffinity {
		if err := s.valid(true); err != nil {
			return err
		}
	}
	terms := slices.Concat(p.Affinity, p.AntiAffinity)
	for _, s := range p.Spread {
		if s.MaxSkew < 1 || s.MaxSkew > maxSkew || s.MinDomains < 0 || s.MinDomains > 0 && s.Soft {
			return fmt.Errorf("got maxSkew %d and minDomains %d, want at least 1 and 0, and 0 domains where it is soft", s.MaxSkew, s.MinDomains)
		}
		terms = append(terms, s.Term)
	}
	for _, s := range p.PreferredNodes {
		if err := errors.Join(s.Nodes.valid(true), weight(s.Weight)); err != nil {
			return err
		}
	}
	for _, s := range slices.Concat(p.PreferredAffinity, p.PreferredAntiAffinity) {
		if err := weight(s.Weight); err != nil {
			return err
		}
		terms = append(terms, s.Term)
	}
	for _, t := range terms {
		if t.TopologyKey == "" {
			return errors.New("a term needs a topology key")
		}
		if err := t.Selector.valid(false); err != nil {
			return err
		}
	}
	return nil
}

func weight(w int) error {
	if w < 1 || w > 100 {
		return fmt.Errorf("got weight %d, want 1 to 100", w)
	}
	return nil
}

func (n Node) valid() error {
	if n.Name == "" {
		return errors.New("a node needs a name")
	}
	if err := n.Allocatable.valid(); err != nil {
		return fmt.Errorf("node %s: allocatable %w", n.Name, err)
	}
	if n.MaxPods < 0 || n.MaxPods > MaxPods {
		return fmt.Errorf("node %s: got room for %d pods, want 0 to %d", n.Name, n.MaxPods, MaxPods)
	}
	return nil
}
