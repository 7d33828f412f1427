package scheduler

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

func containers(requests ...Resources) []Container {
	var out []Container
	for _, r := range requests {
		out = append(out, Container{Requests: r})
	}
	return out
}

// Cases of plugins/helper/normalize_score_test.go of Kubernetes.
func TestNormalize(t *testing.T) {
	for _, test := range []struct {
		reverse      bool
		scores, want []int64
	}{
		{false, []int64{1, 2, 3, 4}, []int64{25, 50, 75, 100}},
		{true, []int64{1, 2, 3, 4}, []int64{75, 50, 25, 0}},
		{false, []int64{1000, 10, 20, 30}, []int64{100, 1, 2, 3}},
		{true, []int64{1000, 10, 20, 30}, []int64{0, 99, 98, 97}},
		{false, []int64{1, 1, 1, 1}, []int64{100, 100, 100, 100}},
		{false, []int64{1000, 1, 1, 1}, []int64{100, 0, 0, 0}},
		{true, []int64{0, 1, 1, 1}, []int64{100, 0, 0, 0}},
		{true, []int64{0, 0}, []int64{100, 100}}, // helper/normalize_score.go, maxCount == 0
		{false, []int64{0, 0}, []int64{0, 0}},
	} {
		if got := Normalize(test.scores, test.reverse); !slices.Equal(got, test.want) {
			t.Errorf("%v, reversed %t: got %v, want %v", test.scores, test.reverse, got, test.want)
		}
	}
}

// Cases of plugins/noderesources/least_allocated_test.go and balanced_allocation_test.go, "nothing scheduled, resources
// requested, differently sized nodes".
func TestResourceScores(t *testing.T) {
	c := must(NewCluster(
		Node{Name: "node1", MaxPods: 10, Allocatable: Resources{4000, 10000}},
		Node{Name: "node2", MaxPods: 10, Allocatable: Resources{6000, 10000}},
	))
	p := &Pod{Name: "p", Containers: containers(Resources{1000, 2000}, Resources{2000, 3000})}
	scores := must(c.Scores(p, DefaultOptions))
	for i, want := range [][2]int64{{37, 87}, {50, 100}} {
		if s := scores[i]; s.LeastAllocated != want[0] || s.BalancedAllocation != want[1] {
			t.Errorf("%s: got %d and %d, want %v", s.Node, s.LeastAllocated, s.BalancedAllocation, want)
		}
	}
	gain := DefaultOptions
	gain.BalanceGain = true
	// With the pod 87 and 100, without it 100 each: 50 + (50 - 13) / 2 and 50 + 50 / 2.
	for i, want := range []int64{68, 75} {
		if got := must(c.Scores(p, gain))[i].BalancedAllocation; got != want {
			t.Errorf("gain: got %d, want %d", got, want)
		}
	}
	if best := must(c.Schedule(p, DefaultOptions)); !slices.Equal(best, []string{"node2"}) {
		t.Errorf("got %v, want node2", best)
	}
	// What is left is rounded down, not what is used: 2 of 3 is 66. A node without CPU counts memory alone.
	thirds := must(NewCluster(
		Node{Name: "thirds", MaxPods: 1, Allocatable: Resources{300, 600 << 20}}, Node{Name: "no cpu", MaxPods: 1, Allocatable: Resources{Memory: 800 << 20}}))
	for i, want := range []int64{66, 75} {
		if got := must(thirds.Scores(&Pod{Name: "p", Containers: make([]Container, 1)}, DefaultOptions))[i].LeastAllocated; got != want {
			t.Errorf("node %d: got %d, want %d", i, got, want)
		}
	}
	if got := (&Pod{Containers: make([]Container, 2)}).NonZeroRequests(); got != (Resources{200, 400 << 20, 0}) {
		t.Errorf("two containers that request nothing count as %v", got)
	}
}

// Concepts, Init Containers and Sidecar Containers, in the documentation of Kubernetes.
func TestRequests(t *testing.T) {
	cpu := func(n int64) Container { return Container{Requests: Resources{CPU: n}} }
	for _, test := range []struct {
		name string
		pod  Pod
		want int64
	}{
		{"the sum", Pod{Containers: []Container{cpu(1), cpu(2)}}, 3},
		{"an init container that is larger", Pod{Containers: []Container{cpu(1), cpu(2)}, Init: []InitContainer{{cpu(5), false}}}, 5},
		{"init containers do not add up", Pod{Containers: []Container{cpu(1)}, Init: []InitContainer{{cpu(2), false}, {cpu(3), false}}}, 3},
		{"a sidecar adds to what runs", Pod{Containers: []Container{cpu(1)}, Init: []InitContainer{{cpu(2), true}}}, 3},
		{"and to init containers behind it", Pod{Containers: []Container{cpu(1)}, Init: []InitContainer{{cpu(2), true}, {cpu(5), false}}}, 7},
		{"not to those before it", Pod{Containers: []Container{cpu(1)}, Init: []InitContainer{{cpu(5), false}, {cpu(2), true}}}, 5},
		{"overhead", Pod{Containers: []Container{cpu(1)}, Init: []InitContainer{{cpu(5), false}}, Overhead: Resources{CPU: 4}}, 9},
		{"a limit is a request", Pod{Containers: []Container{{Limits: Resources{CPU: 6}}}}, 6},
	} {
		if got := test.pod.Requests()[CPU]; got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

// Configure Quality of Service for Pods, in the documentation of Kubernetes, and pkg/kubelet/qos/policy.go with its test.
func TestQoS(t *testing.T) {
	both := Resources{CPU: 10, Memory: 100}
	with := func(requests, limits Resources) Container { return Container{requests, limits} }
	for _, test := range []struct {
		name   string
		pod    Pod
		want   QoS
		adj    int
		memory int64
	}{
		{"nothing set", Pod{Containers: make([]Container, 1)}, BestEffort, 1000, 1000},
		{"storage only", Pod{Containers: containers(Resources{Storage: 1})}, BestEffort, 1000, 1000},
		{"limits", Pod{Containers: []Container{with(Resources{}, both)}}, Guaranteed, -997, 1000},
		{"requests as limits", Pod{Containers: []Container{with(both, both)}}, Guaranteed, -997, 1000},
		{"a smaller request", Pod{Containers: []Container{with(Resources{CPU: 10, Memory: 99}, both)}}, Burstable, 901, 1000},
		{"a tenth of the memory", Pod{Containers: containers(both)}, Burstable, 900, 1000},
		{"limits of CPU only", Pod{Containers: []Container{with(Resources{}, Resources{CPU: 10})}}, Burstable, 999, 4_000_000_000},
		{"one container without", Pod{Containers: []Container{with(both, both), {}}}, Burstable, 900, 1000},
		{"an init container without", Pod{Containers: []Container{with(both, both)}, Init: make([]InitContainer, 1)}, Burstable, 900, 1000},
		{"all of the memory", Pod{Containers: containers(Resources{Memory: 1000})}, Burstable, 3, 1000},
		{"system-node-critical", Pod{Priority: NodeCritical, Containers: make([]Container, 1)}, BestEffort, -997, 1000},
		{"almost critical", Pod{Priority: NodeCritical - 1, Containers: make([]Container, 1)}, BestEffort, 1000, 1000},
	} {
		if got := test.pod.QoS(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		adj, err := test.pod.OOMScoreAdj(test.pod.Containers[0], test.memory, OOMFloor)
		if err != nil || adj != test.adj {
			t.Errorf("%s: got %d and %v, want %d", test.name, adj, err, test.adj)
		}
	}
	whole := Pod{Containers: containers(Resources{Memory: 1000})}
	if adj, err := whole.OOMScoreAdj(whole.Containers[0], 1000, OOMFloorDocumented); err != nil || adj != 2 {
		t.Errorf("by the documentation: got %d and %v, want 2", adj, err)
	}
	if _, err := whole.OOMScoreAdj(whole.Containers[0], 0, OOMFloor); err == nil {
		t.Error("a node without memory: want an error")
	}
}

// podInitialBackoffSeconds 1 and podMaxBackoffSeconds 10, the defaults of KubeSchedulerConfiguration.
func TestBackoff(t *testing.T) {
	for attempts, want := range []int64{0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000} {
		if got := DefaultQueue.Backoff(attempts); got != want {
			t.Errorf("after %d attempts: got %d ms, want %d", attempts, got, want)
		}
	}
	far := QueueOptions{InitialBackoff: 1, MaxBackoff: maxTime}
	if got := far.Backoff(math.MaxInt); got != maxTime {
		t.Errorf("got %d, want the greatest back-off", got)
	}
}

// A parked pod is tried again by the timer.
func TestFlush(t *testing.T) {
	q := must(NewQueue(DefaultQueue))
	for _, err := range []error{q.Add("p", 0), second(q.Pop()), q.Park("p"), q.Advance(300_000)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s := q.Stage("p"); s != Parked {
		t.Errorf("after 300 s: got %s, want %s", s, Parked)
	}
	if err := q.Advance(1); err != nil || q.Stage("p") != Active {
		t.Errorf("after more: got %s and %v, want %s", q.Stage("p"), err, Active)
	}
}

func second[T any](_ T, err error) error { return err }

// What the filters say of nodes, with the words of the scheduler.
func TestFilter(t *testing.T) {
	zone := map[string]string{"zone": "a", "cores": "8"}
	node := Node{Name: "n", Labels: zone, MaxPods: 3, Allocatable: Resources{1000, 1000, 1000}}
	with := func(change func(*Node)) Node { n := node; change(&n); return n }
	pod := func(change func(*Pod)) *Pod {
		p := &Pod{Name: "p", Labels: map[string]string{"app": "web"}, Containers: containers(Resources{CPU: 100})}
		change(p)
		return p
	}
	same := func(*Pod) {}
	other := pod(func(p *Pod) {
		p.Name = "other"
		p.HostPorts = []HostPort{{Port: 80}}
		p.Containers = containers(Resources{CPU: 500})
	})
	webs := Term{Labelled(map[string]string{"app": "web"}), "zone"}
	hoarder := pod(func(p *Pod) { p.Name = "hoarder"; p.Containers = containers(Resources{Storage: 2000}) })
	guarded := pod(func(p *Pod) { p.Name = "guarded"; p.AntiAffinity = []Term{webs} })
	for _, test := range []struct {
		name   string
		node   Node
		beside []*Pod
		pod    *Pod
		code   Code
		plugin string
	}{
		{"room", node, []*Pod{other}, pod(same), Feasible, ""},
		{"cordoned", with(func(n *Node) { n.Unschedulable = true }), nil, pod(same), Unresolvable, "NodeUnschedulable"},
		{"cordoned, tolerated", with(func(n *Node) { n.Unschedulable = true }), nil, pod(func(p *Pod) {
			p.Tolerations = []Toleration{{Exists: true, AnyEffect: true}}
		}), Feasible, ""},
		{"another name", node, nil, pod(func(p *Pod) { p.NodeName = "m" }), Unresolvable, "NodeName"},
		{"a taint", with(func(n *Node) { n.Taints = []Taint{{"gpu", "yes", NoExecute}} }), nil, pod(same), Unresolvable, "TaintToleration"},
		{"a taint of another effect tolerated", with(func(n *Node) { n.Taints = []Taint{{"gpu", "yes", NoExecute}} }), nil, pod(func(p *Pod) {
			p.Tolerations = []Toleration{{Key: "gpu", Value: "yes", Effect: NoSchedule}}
		}), Unresolvable, "TaintToleration"},
		{"a taint of another value tolerated", with(func(n *Node) { n.Taints = []Taint{{"gpu", "yes", NoSchedule}} }), nil, pod(func(p *Pod) {
			p.Tolerations = []Toleration{{Key: "gpu", Value: "no"}}
		}), Unresolvable, "TaintToleration"},
		{"a taint tolerated", with(func(n *Node) { n.Taints = []Taint{{"gpu", "yes", NoSchedule}} }), nil, pod(func(p *Pod) {
			p.Tolerations = []Toleration{{Key: "gpu", Value: "yes"}}
		}), Feasible, ""},
		{"a taint that asks", with(func(n *Node) { n.Taints = []Taint{{"old", "", PreferNoSchedule}} }), nil, pod(same), Feasible, ""},
		{"selected", node, nil, pod(func(p *Pod) { p.NodeSelector = map[string]string{"zone": "a"} }), Feasible, ""},
		{"not selected", node, nil, pod(func(p *Pod) { p.NodeSelector = map[string]string{"zone": "b"} }), Unresolvable, "NodeAffinity"},
		{"one of two terms", node, nil, pod(func(p *Pod) {
			p.NodeAffinity = []Selector{{{"zone", In, []string{"b"}}}, {{"cores", Gt, []string{"7"}}}}
		}), Feasible, ""},
		{"an empty term matches nothing", node, nil, pod(func(p *Pod) { p.NodeAffinity = []Selector{{}} }), Unresolvable, "NodeAffinity"},
		{"no term matches nothing", node, nil, pod(func(p *Pod) { p.NodeAffinity = []Selector{} }), Unresolvable, "NodeAffinity"},
		{"not so many cores", node, nil, pod(func(p *Pod) { p.NodeAffinity = []Selector{{{"cores", Lt, []string{"8"}}}} }), Unresolvable, "NodeAffinity"},
		{"not in, and not there", node, nil, pod(func(p *Pod) {
			p.NodeAffinity = []Selector{{{"disk", NotIn, []string{"hdd"}}, {"disk", DoesNotExist, nil}, {"zone", Exists, nil}}}
		}), Feasible, ""},
		{"a port", node, []*Pod{other}, pod(func(p *Pod) { p.HostPorts = []HostPort{{IP: "10.0.0.1", Port: 80}} }), Unschedulable, "NodePorts"},
		{"a port of another protocol", node, []*Pod{other}, pod(func(p *Pod) { p.HostPorts = []HostPort{{Protocol: "UDP", Port: 80}} }), Feasible, ""},
		{"too much", node, []*Pod{other}, pod(func(p *Pod) { p.Containers = containers(Resources{CPU: 501}) }), Unschedulable, "NodeResourcesFit"},
		{"just enough", node, []*Pod{other}, pod(func(p *Pod) { p.Containers = containers(Resources{CPU: 500}) }), Feasible, ""},
		{"more than there is", node, nil, pod(func(p *Pod) { p.Containers = containers(Resources{CPU: 1001}) }), Unresolvable, "NodeResourcesFit"},
		{"overcommitted, in what it does not request", node, []*Pod{hoarder}, pod(same), Feasible, ""},
		{"overcommitted", node, []*Pod{hoarder}, pod(func(p *Pod) { p.Containers = containers(Resources{Storage: 1}) }), Unschedulable, "NodeResourcesFit"},
		{"too many pods", with(func(n *Node) { n.MaxPods = 1 }), []*Pod{other}, pod(same), Unschedulable, "NodeResourcesFit"},
		{"no label for the spread", node, nil, pod(func(p *Pod) { p.Spread = []Spread{{Term: Term{nil, "rack"}, MaxSkew: 1}} }), Unresolvable, "PodTopologySpread"},
		{"too few domains", node, []*Pod{other}, pod(func(p *Pod) {
			p.Spread = []Spread{{Term: webs, MaxSkew: 1, MinDomains: 2}}
		}), Unschedulable, "PodTopologySpread"},
		{"one domain", node, []*Pod{other}, pod(func(p *Pod) { p.Spread = []Spread{{Term: webs, MaxSkew: 1}} }), Feasible, ""},
		{"a soft spread", node, []*Pod{other}, pod(func(p *Pod) { p.Spread = []Spread{{Term: Term{nil, "rack"}, MaxSkew: 1, Soft: true}} }), Feasible, ""},
		{"alone", node, nil, pod(func(p *Pod) {
			p.Affinity = []Term{{Labelled(map[string]string{"app": "db"}), "zone"}}
		}), Unresolvable, "InterPodAffinity"},
		{"the first of its kind", node, nil, pod(func(p *Pod) { p.Affinity = []Term{webs} }), Feasible, ""},
		{"the first, without the label", node, nil, pod(func(p *Pod) {
			p.Affinity = []Term{{webs.Selector, "rack"}}
		}), Unresolvable, "InterPodAffinity"},
		{"apart", node, []*Pod{other}, pod(func(p *Pod) { p.AntiAffinity = []Term{webs} }), Unschedulable, "InterPodAffinity"},
		{"who is there wants to be alone", node, []*Pod{guarded}, pod(same), Unschedulable, "InterPodAffinity"},
	} {
		c := must(NewCluster(test.node))
		for _, q := range test.beside {
			if err := c.Bind(q, "n"); err != nil {
				t.Fatal(err)
			}
		}
		got := must(c.Filter(test.pod))[0]
		if got.Code != test.code || got.Plugin != test.plugin || (len(got.Reasons) == 0) != (test.code == Feasible) {
			t.Errorf("%s: got %+v, want %s by %s", test.name, got, test.code, test.plugin)
		}
	}
}

// A pod on a node without the label is in no domain: the one that comes is still the first of its kind.
func TestFirstOfItsKind(t *testing.T) {
	web := map[string]string{"app": "web"}
	p := &Pod{Name: "p", Labels: web, Containers: make([]Container, 1), Affinity: []Term{{Labelled(web), "zone"}}}
	for zone, want := range map[string]Code{"": Feasible, "b": Unresolvable} {
		there := Node{Name: "there", MaxPods: 9}
		if zone != "" {
			there.Labels = map[string]string{"zone": zone}
		}
		c := must(NewCluster(there, Node{Name: "here", MaxPods: 9, Labels: map[string]string{"zone": "a"}}))
		q := *p
		q.Name, q.Affinity = "q", nil
		if err := c.Bind(&q, "there"); err != nil {
			t.Fatal(err)
		}
		if got := must(c.Filter(p))[1].Code; got != want {
			t.Errorf("one in zone %q: got %s, want %s", zone, got, want)
		}
	}
}

// A pod that is bound twice, a node that is not there, and nobody to remove.
func TestRefusals(t *testing.T) {
	c := must(NewCluster(Node{Name: "n", MaxPods: 1, Allocatable: Resources{CPU: 1}}))
	p := requesting("p", 0, 1)
	if err := c.Bind(p, "n"); err != nil {
		t.Fatal(err)
	}
	var conflict *Conflict
	if err := c.Bind(p, "n"); !errors.As(err, &conflict) || conflict.Node != "n" || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a conflict", err)
	}
	var fit *FitError
	q := requesting("q", 5, 1)
	if _, err := c.Schedule(q, DefaultOptions); !errors.As(err, &fit) || !errors.Is(err, model.ErrRefused) || err.Error() != "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu, 1 Too many pods" {
		t.Errorf("got %v, want a FitError", err)
	}
	var rejection *Rejection
	if err := c.Admit(q, "n"); !errors.As(err, &rejection) || rejection.Reason != "OutOfpods" || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want OutOfpods", err)
	}
	roomy := must(NewCluster(Node{Name: "n", MaxPods: 2, Allocatable: Resources{CPU: 1}}))
	if err := errors.Join(roomy.Bind(p, "n"), roomy.Admit(q, "n")); !errors.As(err, &rejection) || rejection.Reason != "OutOfcpu" {
		t.Errorf("got %v, want OutOfcpu", err)
	}
	never := *q
	never.NeverPreempts = true
	var not *NotEligible
	if _, err := c.Candidates(&never, "", nil); !errors.As(err, &not) || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want NotEligible", err)
	}
	for name, err := range map[string]error{
		"an unknown node": c.Bind(q, "m"), "an unknown pod": c.Remove("q"), "no pod": c.Bind(nil, "n"), "admit no pod": c.Admit(nil, "n"),
		"a pod without containers": c.Bind(&Pod{Name: "r"}, "n"),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if _, err := c.Filter(nil); err == nil {
		t.Error("no pod to filter for: want an error")
	}
	if got := c.On("n"); !slices.Equal(got, []string{"p"}) {
		t.Errorf("refusals changed the node: %v", got)
	}
}

// What cannot be is no pod, no node and no queue.
func TestInvalid(t *testing.T) {
	fine := Pod{Name: "p", Containers: containers(Resources{CPU: 1})}
	term := Term{nil, "zone"}
	for name, change := range map[string]func(*Pod){
		"no name":                 func(p *Pod) { p.Name = "" },
		"no container":            func(p *Pod) { p.Containers = nil },
		"a negative request":      func(p *Pod) { p.Containers = containers(Resources{CPU: -1}) },
		"more than the limit":     func(p *Pod) { p.Containers = []Container{{Resources{CPU: 2}, Resources{CPU: 1}}} },
		"too much":                func(p *Pod) { p.Containers = containers(Resources{CPU: MaxAmount}, Resources{CPU: 1}) },
		"a negative overhead":     func(p *Pod) { p.Overhead = Resources{CPU: -1} },
		"a priority":              func(p *Pod) { p.Priority = MaxPriority + 1 },
		"port 0":                  func(p *Pod) { p.HostPorts = []HostPort{{}} },
		"In without values":       func(p *Pod) { p.NodeAffinity = []Selector{{{Key: "a"}}} },
		"Gt of a pod":             func(p *Pod) { p.Affinity = []Term{{Selector{{"a", Gt, []string{"1"}}}, "zone"}} },
		"Gt without a number":     func(p *Pod) { p.NodeAffinity = []Selector{{{"a", Gt, []string{"x"}}}} },
		"no topology":             func(p *Pod) { p.AntiAffinity = []Term{{}} },
		"weight 0":                func(p *Pod) { p.PreferredAffinity = []WeightedTerm{{term, 0}} },
		"weight 101":              func(p *Pod) { p.PreferredNodes = []PreferredNodes{{nil, 101}} },
		"maxSkew 0":               func(p *Pod) { p.Spread = []Spread{{Term: term}} },
		"domains of a soft one":   func(p *Pod) { p.Spread = []Spread{{term, 1, 1, true}} },
		"an operator that is not": func(p *Pod) { p.NodeAffinity = []Selector{{{"a", 9, nil}}} },
	} {
		p := fine
		change(&p)
		if p.Valid() == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	if err := fine.Valid(); err != nil {
		t.Error(err)
	}
	for _, nodes := range [][]Node{{{}}, {{Name: "a"}, {Name: "a"}}, {{Name: "a", MaxPods: -1}}, {{Name: "a", Allocatable: Resources{-1}}}} {
		if _, err := NewCluster(nodes...); err == nil {
			t.Errorf("%+v: want an error", nodes)
		}
	}
	for _, o := range []QueueOptions{{}, {InitialBackoff: 2, MaxBackoff: 1}, {InitialBackoff: 1, MaxBackoff: 1, Flush: -1}} {
		if _, err := NewQueue(o); err == nil {
			t.Errorf("%+v: want an error", o)
		}
	}
	if _, err := must(NewCluster()).Schedule(&fine, Options{HardAffinityWeight: -1}); err == nil {
		t.Error("a negative weight: want an error")
	}
}

// The order in which a node is chosen for preemption: Pod Priority and Preemption in the documentation of Kubernetes.
func TestPick(t *testing.T) {
	c := func(violations int, pods ...*Pod) Candidate { return Candidate{Violations: violations, pods: pods} }
	p := func(priority int, start int64) *Pod { return &Pod{Priority: priority, Start: start} }
	for _, test := range []struct {
		name          string
		better, worse Candidate
	}{
		{"fewer violations", c(0, p(9, 0), p(9, 0)), c(1, p(0, 0))},
		{"a lower highest victim", c(0, p(1, 0), p(1, 0)), c(0, p(2, 0))},
		{"a smaller sum", c(0, p(2, 0), p(0, 0)), c(0, p(2, 0), p(1, 0))},
		{"fewer, by the sum", c(0, p(2, 0)), c(0, p(2, 0), p(-1000, 0))},
		{"fewer, of an equal sum", c(0, p(-MaxPriority, 0)), c(0, p(-MaxPriority, 0), p(-MaxPriority, 0))},
		{"later", c(0, p(2, 7), p(1, 0)), c(0, p(2, 6), p(1, 0))},
	} {
		for _, both := range [][]Candidate{{test.better, test.worse}, {test.worse, test.better}} {
			if got := Pick(both); len(got) != 1 || !reflect.DeepEqual(got[0], test.better) {
				t.Errorf("%s: got %+v", test.name, got)
			}
		}
	}
	if len(Pick(nil)) != 0 || len(Pick([]Candidate{c(0, p(1, 1)), c(0, p(1, 1))})) != 2 {
		t.Error("want none of none, and both of two equal ones")
	}
}

// The formula against the life of a pod, played through moment by moment.
func TestRequestsByLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Map(rapid.Int64Range(0, 9), func(n int64) Container { return Container{Requests: Resources{CPU: n}} })
		p := Pod{Containers: rapid.SliceOfN(amount, 1, 4).Draw(t, "containers"), Overhead: Resources{CPU: rapid.Int64Range(0, 3).Draw(t, "overhead")}}
		for _, c := range rapid.SliceOfN(amount, 0, 6).Draw(t, "init") {
			p.Init = append(p.Init, InitContainer{c, rapid.Bool().Draw(t, "sidecar")})
		}
		most := int64(0)
		running := map[int]int64{}
		moment := func() {
			sum := p.Overhead[CPU]
			for _, n := range running {
				sum += n
			}
			most = max(most, sum)
		}
		for i, c := range p.Init {
			running[i] = c.Requests[CPU]
			moment()
			if !c.Sidecar {
				delete(running, i)
			}
		}
		for i, c := range p.Containers {
			running[len(p.Init)+i] = c.Requests[CPU]
		}
		moment()
		if got := p.Requests()[CPU]; got != most {
			t.Fatalf("got %d, want %d", got, most)
		}
	})
}

// Exact scores against floating point, which is off by less than one where it cuts off.
func TestScoresAgainstFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int64 { return rapid.Int64Range(1, 1<<40).Draw(t, name) }
		have := Resources{n("cpu"), n("memory")}
		want := Resources{rapid.Int64Range(0, 2*have[CPU]).Draw(t, "requested cpu"), rapid.Int64Range(0, 2*have[Memory]).Draw(t, "requested memory")}
		f := math.Min(1, float64(want[CPU])/float64(have[CPU]))
		g := math.Min(1, float64(want[Memory])/float64(have[Memory]))
		exact := 100 * (1 - math.Abs(f-g)/2)
		if got := float64(Balance(want, have)); got > exact+1e-6 || got < exact-1-1e-6 {
			t.Fatalf("got %v, want %v, rounded down", got, exact)
		}
		k := rapid.Int64Range(1, 1000).Draw(t, "base")
		m := rapid.Int64Range(0, 12).Draw(t, "power")
		log := float64(m) * math.Log(float64(k))
		l := rapid.Int64Range(1, 5000).Draw(t, "another base")
		log += 3 * math.Log(float64(l))
		if got := roundLog([]power{{k, m}, {l, 3}}); float64(got) != math.Round(log) {
			t.Fatalf("got %d, want %v rounded", got, log)
		}
	})
}

// drawCluster is a small cluster with a few of everything, and a pod.
func drawCluster(t *rapid.T) (*Cluster, *Pod) {
	var nodes []Node
	for i := range rapid.IntRange(1, 4).Draw(t, "nodes") {
		n := Node{
			Name: fmt.Sprint("n", i), MaxPods: rapid.IntRange(1, 4).Draw(t, "room"),
			Labels:      map[string]string{hostname: fmt.Sprint("n", i), "zone": rapid.SampledFrom([]string{"a", "b"}).Draw(t, "zone")},
			Allocatable: Resources{rapid.Int64Range(0, 6).Draw(t, "cpu"), rapid.Int64Range(1, 6).Draw(t, "memory")},
		}
		if rapid.Bool().Draw(t, "taint") {
			n.Taints = []Taint{{Key: "k", Effect: rapid.SampledFrom([]Effect{NoSchedule, PreferNoSchedule}).Draw(t, "effect")}}
		}
		nodes = append(nodes, n)
	}
	c := must(NewCluster(nodes...))
	for i := range rapid.IntRange(0, 6).Draw(t, "pods") {
		p := drawPod(t, fmt.Sprint("p", i))
		if best, err := c.Schedule(p, DefaultOptions); err == nil {
			if err := c.Bind(p, rapid.SampledFrom(best).Draw(t, "node")); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c, drawPod(t, "new")
}

func drawPod(t *rapid.T, name string) *Pod {
	labels := map[string]string{"app": rapid.SampledFrom([]string{"x", "y"}).Draw(t, "app")}
	term := Term{Labelled(map[string]string{"app": rapid.SampledFrom([]string{"x", "y"}).Draw(t, "of")}), rapid.SampledFrom([]string{"zone", hostname}).Draw(t, "key")}
	p := &Pod{
		Name: name, Labels: labels, Priority: rapid.IntRange(0, 3).Draw(t, "priority"), Start: rapid.Int64Range(0, 3).Draw(t, "start"),
		Containers: containers(Resources{rapid.Int64Range(0, 3).Draw(t, "cpu"), rapid.Int64Range(0, 3).Draw(t, "memory")}),
	}
	switch rapid.IntRange(0, 7).Draw(t, "wish") {
	case 0:
		p.Tolerations = []Toleration{{Key: "k", Exists: true, AnyEffect: true}}
	case 1:
		p.AntiAffinity = []Term{term}
	case 2:
		p.Spread = []Spread{{Term: term, MaxSkew: 1}}
	case 3:
		p.Spread = []Spread{{Term: term, MaxSkew: 1, Soft: true}}
	case 4:
		p.PreferredAntiAffinity = []WeightedTerm{{term, 7}}
	case 5:
		p.PreferredNodes = []PreferredNodes{{Selector{{"zone", In, []string{"a"}}}, 9}}
	case 6:
		p.HostPorts = []HostPort{{Port: 1}}
	}
	return p
}

// No node promises more than it has, nothing is placed beside what it objects to; the error comes exactly where no node is
// feasible; and who is given has the greatest sum of scores, each of which is 0 to 100.
func TestSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p := drawCluster(t)
		for i, n := range c.nodes {
			var sum Resources
			for _, q := range c.pods[i] {
				for r := range sum {
					sum[r] += q.Requests()[r]
				}
				for _, term := range q.AntiAffinity {
					for _, other := range c.pods[i] {
						if other != q && term.Selector.Matches(other.Labels) {
							t.Fatalf("%s is beside %s on %s", other.Name, q.Name, n.Name)
						}
					}
				}
			}
			for r, used := range sum {
				if used > n.Allocatable[r] {
					t.Fatalf("%s promises %d of %d %s", n.Name, used, n.Allocatable[r], Resource(r))
				}
			}
			if len(c.pods[i]) > n.MaxPods {
				t.Fatalf("%s has %d pods", n.Name, len(c.pods[i]))
			}
		}
		feasible := map[string]bool{}
		for _, v := range must(c.Filter(p)) {
			feasible[v.Node] = v.Code == Feasible
		}
		best, err := c.Schedule(p, DefaultOptions)
		if err != nil {
			for n, is := range feasible {
				if is {
					t.Fatalf("%s is feasible, and the error is %v", n, err)
				}
			}
			return
		}
		most := int64(0)
		chosen := map[string]int64{}
		for _, s := range must(c.Scores(p, DefaultOptions)) {
			total := int64(0)
			for i, part := range []int64{s.LeastAllocated, s.BalancedAllocation, s.TaintToleration, s.NodeAffinity, s.PodTopologySpread, s.InterPodAffinity} {
				if part < 0 || part > MaxNodeScore {
					t.Fatalf("%+v: a score is not 0 to 100", s)
				}
				total += part * []int64{1, 1, 3, 2, 2, 2}[i]
			}
			if total != s.Total || !feasible[s.Node] {
				t.Fatalf("%+v: want %d of a feasible node", s, total)
			}
			most, chosen[s.Node] = max(most, total), total
		}
		for n, total := range chosen {
			if slices.Contains(best, n) != (total == most) {
				t.Fatalf("got %v of %v", best, chosen)
			}
		}
	})
}

// Candidates against all sets of victims: a node is one exactly where the filters may change their mind and some set of pods of
// lower priority makes the pod fit; and of those that are given no victim can stay. Pods here have no affinity, so that taking
// one away never makes another unhappy.
func TestCandidatesByBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p := drawCluster(t)
		p.Priority = 3
		for i := range c.pods { // without spread, too, where fewer pods elsewhere may be worse
			for _, q := range c.pods[i] {
				q.Spread, q.AntiAffinity = nil, nil
			}
		}
		p.Spread, p.AntiAffinity = nil, nil
		budgets := []Budget{{Labelled(map[string]string{"app": "x"}), rapid.IntRange(0, 2).Draw(t, "allowed")}}
		got := map[string]Candidate{}
		for _, cand := range must(c.Candidates(p, "", budgets)) {
			got[cand.Node] = cand
		}
		verdicts := must(c.Filter(p))
		for i, n := range c.nodes {
			var lower []string
			for _, q := range c.pods[i] {
				if q.Priority < 3 {
					lower = append(lower, q.Name)
				}
			}
			fits := func(without []string) bool {
				trial := c.Clone()
				for _, name := range without {
					if err := trial.Remove(name); err != nil {
						t.Fatal(err)
					}
				}
				return must(trial.Filter(p))[i].Code == Feasible
			}
			possible := false
			for set := range 1 << len(lower) {
				var without []string
				for k, name := range lower {
					if set&(1<<k) != 0 {
						without = append(without, name)
					}
				}
				possible = possible || set > 0 && fits(without)
			}
			cand, is := got[n.Name]
			if want := possible && verdicts[i].Code == Unschedulable; is != want {
				t.Fatalf("%s: got a candidate %t, want %t", n.Name, is, want)
			}
			if !is {
				continue
			}
			if !fits(cand.Victims) {
				t.Fatalf("%s: %v are not enough", n.Name, cand.Victims)
			}
			for k := range cand.Victims {
				if fits(slices.Delete(slices.Clone(cand.Victims), k, k+1)) {
					t.Fatalf("%s: of %v, %s could stay", n.Name, cand.Victims, cand.Victims[k])
				}
			}
			covered := 0
			for _, v := range cand.Victims {
				_, j := c.find(v)
				if c.pods[i][j].Labels["app"] == "x" {
					covered++
				}
			}
			if cand.Violations > covered || cand.Violations < covered-budgets[0].Allowed {
				t.Fatalf("%s: got %d violations of %d covered victims, %d allowed", n.Name, cand.Violations, covered, budgets[0].Allowed)
			}
		}
	})
}

// Preferences move pods, and each in its direction.
func TestPreferences(t *testing.T) {
	nodes := []Node{
		{Name: "a", MaxPods: 9, Labels: map[string]string{"zone": "a", hostname: "a"}, Allocatable: Resources{100, 100}},
		{Name: "b", MaxPods: 9, Labels: map[string]string{"zone": "b", hostname: "b"}, Allocatable: Resources{100, 100}},
	}
	webs := func(key string) Term { return Term{Labelled(map[string]string{"app": "web"}), key} }
	for name, test := range map[string]struct {
		change func(*Pod)
		want   []string
		score  func(Score) int64
		scores []int64
	}{
		"none": {func(*Pod) {}, []string{"a", "b"}, func(s Score) int64 { return s.NodeAffinity }, []int64{0, 0}},
		"nodes": {func(p *Pod) {
			p.PreferredNodes = []PreferredNodes{{Selector{{"zone", In, []string{"b"}}}, 1}}
		}, []string{"b"}, func(s Score) int64 { return s.NodeAffinity }, []int64{0, 100}},
		"together": {func(p *Pod) { p.PreferredAffinity = []WeightedTerm{{webs("zone"), 1}} }, []string{"a"}, func(s Score) int64 { return s.InterPodAffinity }, []int64{100, 0}},
		"apart":    {func(p *Pod) { p.PreferredAntiAffinity = []WeightedTerm{{webs("zone"), 1}} }, []string{"b"}, func(s Score) int64 { return s.InterPodAffinity }, []int64{0, 100}},
		// One pod of two nodes: round(1 log 4) is 1, so that its node gets 100 (1 + 0 - 1) / 1.
		"spread":         {func(p *Pod) { p.Spread = []Spread{{Term: webs(hostname), MaxSkew: 1, Soft: true}} }, []string{"b"}, func(s Score) int64 { return s.PodTopologySpread }, []int64{0, 100}},
		"spread loosely": {func(p *Pod) { p.Spread = []Spread{{Term: webs("zone"), MaxSkew: 3, Soft: true}} }, []string{"b"}, func(s Score) int64 { return s.PodTopologySpread }, []int64{66, 100}},
	} {
		c := must(NewCluster(nodes...))
		if err := c.Bind(&Pod{Name: "old", Labels: map[string]string{"app": "web"}, Containers: make([]Container, 1)}, "a"); err != nil {
			t.Fatal(err)
		}
		p := &Pod{Name: "new", Labels: map[string]string{"app": "web"}, Containers: make([]Container, 1)}
		test.change(p)
		o := DefaultOptions
		o.Weights.LeastAllocated = 0 // the pod that is there counts in it
		if got := must(c.Schedule(p, o)); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
		for i, s := range must(c.Scores(p, o)) {
			if got := test.score(s); got != test.scores[i] {
				t.Errorf("%s: %s gets %d, want %d", name, s.Node, got, test.scores[i])
			}
		}
	}
}

// What runs counts, too: its required affinity draws who comes, its preferences draw and repel.
func TestSymmetricPreferences(t *testing.T) {
	web := map[string]string{"app": "web"}
	term := Term{Labelled(web), "zone"}
	for name, test := range map[string]struct {
		old    Pod
		scores []int64
	}{
		"required":  {Pod{Affinity: []Term{term}}, []int64{100, 0}},
		"preferred": {Pod{PreferredAffinity: []WeightedTerm{{term, 5}}}, []int64{100, 0}},
		"repelled":  {Pod{PreferredAntiAffinity: []WeightedTerm{{term, 5}}}, []int64{0, 100}},
	} {
		c := must(NewCluster(Node{Name: "a", MaxPods: 9, Labels: map[string]string{"zone": "a"}}, Node{Name: "b", MaxPods: 9, Labels: map[string]string{"zone": "b"}}))
		old := test.old
		old.Name, old.Containers = "old", make([]Container, 1)
		if err := c.Bind(&old, "a"); err != nil {
			t.Fatal(err)
		}
		for i, s := range must(c.Scores(&Pod{Name: "new", Labels: web, Containers: make([]Container, 1)}, DefaultOptions)) {
			if s.InterPodAffinity != test.scores[i] {
				t.Errorf("%s: %s gets %d, want %d", name, s.Node, s.InterPodAffinity, test.scores[i])
			}
		}
	}
}

// Who was nominated keeps its room from lower priorities, and from nobody else.
func TestFilterBeside(t *testing.T) {
	c := must(NewCluster(Node{Name: "n", MaxPods: 9, Allocatable: Resources{CPU: 1}}))
	nominations := []Nomination{{requesting("waits", 1, 1), "n"}}
	for priority, want := range []Code{Unschedulable, Unschedulable, Feasible} {
		if got := must(c.FilterBeside(requesting("comes", priority, 1), nominations))[0].Code; got != want {
			t.Errorf("priority %d: got %s, want %s", priority, got, want)
		}
	}
	if got := must(c.FilterBeside(nominations[0].Pod, nominations))[0].Code; got != Feasible {
		t.Errorf("the pod itself: got %s", got)
	}
	if _, err := c.FilterBeside(requesting("comes", 0, 1), []Nomination{{}}); err == nil || strings.Contains(err.Error(), "nil") {
		t.Errorf("a nomination of nobody: got %v", err)
	}
}

// A nominated pod goes to its node if that is feasible, and else to the best.
func TestScheduleNominated(t *testing.T) {
	node := func(name string, cpu int64) Node {
		return Node{Name: name, MaxPods: 9, Allocatable: Resources{CPU: cpu}}
	}
	c := must(NewCluster(node("large", 9), node("small", 2), node("tiny", 0)))
	for nominated, want := range map[string]string{"": "large", "small": "small", "tiny": "large", "gone": "large"} {
		if got := must(c.ScheduleNominated(requesting("p", 0, 1), DefaultOptions, nominated)); !slices.Equal(got, []string{want}) {
			t.Errorf("nominated to %q: got %v, want %s", nominated, got, want)
		}
	}
	if _, err := c.ScheduleNominated(requesting("p", 0, 10), DefaultOptions, "large"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}
