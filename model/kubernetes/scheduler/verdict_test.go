package scheduler

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// All that is short is named, and what no preemption helps with decides (plugins/noderesources/fit.go, Filter): a pod for which there is
// no room, and of which a resource is more than the node has, is not for preemption.
func TestFitNamesAll(t *testing.T) {
	c := must(NewCluster(Node{Name: "n", MaxPods: 1, Allocatable: Resources{1000, 1000, 1000}}))
	if err := c.Bind(&Pod{Name: "old", Containers: containers(Resources{500, 500, 0})}, "n"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		asks    Resources
		code    Code
		reasons []string
	}{
		{Resources{600, 2000, 0}, Unresolvable, []string{"Too many pods", "Insufficient cpu", "Insufficient memory"}},
		{Resources{2000, 600, 0}, Unresolvable, []string{"Too many pods", "Insufficient cpu", "Insufficient memory"}},
		{Resources{600, 600, 0}, Unschedulable, []string{"Too many pods", "Insufficient cpu", "Insufficient memory"}},
		{Resources{100, 100, 1001}, Unresolvable, []string{"Too many pods", "Insufficient ephemeral-storage"}},
		{Resources{}, Unschedulable, []string{"Too many pods"}},
	} {
		p := &Pod{Name: "new", Containers: containers(test.asks)}
		if got := must(c.Filter(p))[0]; got.Code != test.code || !slices.Equal(got.Reasons, test.reasons) {
			t.Errorf("%v: got %+v, want %s because of %q", test.asks, got, test.code, test.reasons)
		}
	}
	_, err := c.Schedule(&Pod{Name: "new", Containers: containers(Resources{600, 600, 0})}, DefaultOptions)
	if want := "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A kubelet looks at taints with NoExecute, and at no others (pkg/kubelet/lifecycle/predicate.go, generalFilter).
func TestAdmitTaints(t *testing.T) {
	for _, effect := range []Effect{NoSchedule, PreferNoSchedule, NoExecute} {
		c := must(NewCluster(Node{Name: "n", MaxPods: 9, Taints: []Taint{{"gpu", "yes", effect}}}))
		p := &Pod{Name: "p", Containers: make([]Container, 1)}
		var rejection *Rejection
		err := c.Admit(p, "n")
		if got := errors.As(err, &rejection) && rejection.Reason == "TaintToleration"; got != (effect == NoExecute) || err != nil && !got {
			t.Errorf("effect %d: got %v", effect, err)
		}
		p.Tolerations = []Toleration{{Key: "gpu", Exists: true, AnyEffect: true}}
		if err := c.Admit(p, "n"); err != nil {
			t.Errorf("effect %d, tolerated: got %v", effect, err)
		}
	}
}

// A preference without requirements is no preference: it must not drown others when scores are scaled.
func TestEmptyPreference(t *testing.T) {
	c := must(NewCluster(Node{Name: "a", MaxPods: 9, Labels: map[string]string{"zone": "a"}}, Node{Name: "b", MaxPods: 9}))
	p := &Pod{Name: "p", Containers: make([]Container, 1), PreferredNodes: []PreferredNodes{
		{Weight: 100}, {Nodes: Selector{{"zone", In, []string{"a"}}}, Weight: 1},
	}}
	for i, want := range []int64{100, 0} {
		if got := must(c.Scores(p, DefaultOptions))[i].NodeAffinity; got != want {
			t.Errorf("node %d: got %d, want %d", i, got, want)
		}
	}
}

// On a node only those nominations count that are to it, also where a rule looks at its whole zone.
func TestFilterBesideByNode(t *testing.T) {
	zone := map[string]string{"zone": "a"}
	c := must(NewCluster(Node{Name: "m", MaxPods: 9, Labels: zone}, Node{Name: "n", MaxPods: 9, Labels: zone}))
	web := map[string]string{"app": "web"}
	waits := &Pod{Name: "waits", Priority: 1, Labels: web, Containers: make([]Container, 1)}
	p := &Pod{Name: "p", Containers: make([]Container, 1), AntiAffinity: []Term{{Labelled(web), "zone"}}}
	got := must(c.FilterBeside(p, []Nomination{{waits, "n"}}))
	if got[0].Code != Feasible || got[1].Code != Unschedulable {
		t.Errorf("got %+v, want m feasible, and n not", got)
	}
}

// A pod without labels is covered by no budget, also by one whose selector would match it (filterPodsWithPDBViolation).
func TestBudgetsWantLabels(t *testing.T) {
	c := must(NewCluster(Node{Name: "n", MaxPods: 1}))
	if err := c.Bind(&Pod{Name: "old", Containers: make([]Container, 1)}, "n"); err != nil {
		t.Fatal(err)
	}
	p := &Pod{Name: "new", Priority: 1, Containers: make([]Container, 1)}
	got := must(c.Candidates(p, "", []Budget{{Selector: Selector{{"app", DoesNotExist, nil}}}}))
	if len(got) != 1 || got[0].Violations != 0 {
		t.Errorf("got %+v, want one candidate that violates no budget", got)
	}
}

// Back-off comes to an end with any options.
func TestBackoffOfNothing(t *testing.T) {
	if got := (QueueOptions{}).Backoff(math.MaxInt); got != 0 {
		t.Errorf("got %d, want 0", got)
	}
	if got := (QueueOptions{InitialBackoff: 1, MaxBackoff: maxTime}).Backoff(math.MaxInt); got != maxTime {
		t.Errorf("got %d, want %d", got, int64(maxTime))
	}
}
