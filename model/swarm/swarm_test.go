package swarm

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// The numbers of api/types.proto, TaskState: they increase in the order of a task's life.
func TestGoldenStates(t *testing.T) {
	want := map[State]int{
		New: 0, Pending: 64, Assigned: 192, Accepted: 256, Preparing: 320, Ready: 384, Starting: 448, Running: 512, Complete: 576,
		Shutdown: 640, Failed: 704, Rejected: 768, Removed: 800, Orphaned: 832,
	}
	for s := New; s <= Orphaned; s++ {
		if s.Number() != want[s] || s > New && s.Number() <= (s-1).Number() {
			t.Errorf("%s: got %d, want %d", s, s.Number(), want[s])
		}
		for to := New; to <= Orphaned+1; to++ {
			task := Task{ID: 1, State: s}
			if err := task.Advance(to); (err == nil) != (to > s && to <= Orphaned) || err != nil && (!errors.Is(err, model.ErrRefused) || task.State != s) {
				t.Errorf("%s to %s: got %v, and %s", s, to, err, task.State)
			}
		}
	}
	if State(99).Number() != -1 || State(99).String() != "state(99)" {
		t.Error("a state that there is not has a number or a name")
	}
}

// The cases of swarmkit's manager/constraint/constraint_test.go and of docs.docker.com, "docker service create", --constraint.
func TestGoldenConstraints(t *testing.T) {
	n := Node{
		ID: "node-1", Hostname: "Host1", IP: netip.MustParseAddr("10.0.0.7"), Manager: true, OS: "linux", Arch: "x86_64",
		Labels: map[string]string{"Zone": "East"}, EngineLabels: map[string]string{"operatingsystem": "Ubuntu 14.04"},
	}
	for expr, want := range map[string]bool{
		"node.id==NODE-1": true, "node.id!=node-1": false, "node.hostname == host1": true, "node.role==manager": true, "node.role != worker": true,
		"Node.Role==manager": true, "node.platform.os==Linux": true, "node.platform.arch==x86_64": true, "node.platform.arch==amd64": false,
		"node.labels.Zone==east": true, "node.labels.zone==east": false, "node.labels.zone!=east": true, "node.labels.Zone != east": false,
		"engine.labels.operatingsystem==ubuntu 14.04": true, "engine.labels.none!=x": true, "engine.labels.none==x": false,
		"node.ip==10.0.0.7": true, "node.ip!=10.0.0.8": true, "node.ip==10.0.0.0/24": true, "node.ip!=10.0.0.0/24": false, "node.ip==nonsense": false,
	} {
		k, err := parseConstraint(expr)
		if err != nil || k.met(n) != want {
			t.Errorf("%s: got %t, %v", expr, k.met(n), err)
		}
	}
	for _, expr := range []string{"", "node.id", "node.id=1", "==1", "node.id==", "node.color==red", "node.labels.==x", "a b==c", "node.id>=1"} {
		if _, err := parseConstraint(expr); !errors.Is(err, model.ErrRefused) {
			t.Errorf("%q is a constraint", expr)
		}
	}
	arm := Node{OS: "linux", Arch: "aarch64"}
	for _, c := range []struct {
		ps   []Platform
		want bool
	}{
		{nil, true}, {[]Platform{{"linux", "arm64"}}, true}, {[]Platform{{"linux", "amd64"}}, false}, {[]Platform{{"windows", ""}, {"", "arm64"}}, true}, {[]Platform{{"windows", ""}}, false},
	} {
		if got := arm.supports(c.ps); got != c.want {
			t.Errorf("%v: got %t", c.ps, got)
		}
	}
}

// fataler is a test, of rapid or not.
type fataler interface{ Fatal(...any) }

// fleet is a cluster of nodes with room for so many tasks each, in zones, and a service s.
func fleet(t fataler, s Service, room int64, zones ...string) *Cluster {
	c := &Cluster{}
	for i, z := range zones {
		check(t, c.Join(Node{ID: "n" + strconv.Itoa(i), Labels: map[string]string{"zone": z, "rack": strconv.Itoa(i % 2)}, Resources: Resources{MemoryBytes: room}}))
	}
	s.Name, s.Reserve = "s", Resources{MemoryBytes: 1}
	check(t, c.Create(s))
	return c
}

func check(t fataler, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func (c *Cluster) counts() []int {
	var out []int
	for _, n := range c.Nodes {
		out = append(out, c.count(n.ID, "s"))
	}
	return out
}

// What docs.docker.com says of spreading: evenly over nodes, over the values of a label first (whatever the number of nodes with
// each), and over those of a second one within.
func TestGoldenSpread(t *testing.T) {
	for _, c := range []struct {
		replicas    int
		preferences []string
		zones       []string
		want        []int
		left        int
	}{
		{7, nil, []string{"a", "a", "b"}, []int{3, 2, 2}, 0},
		{6, []string{"node.labels.zone"}, []string{"a", "b", "b", "b"}, []int{3, 1, 1, 1}, 0},
		{8, []string{"node.labels.zone"}, []string{"a", "b", "b", "b"}, []int{4, 2, 1, 1}, 0},
		{9, []string{"node.labels.zone", "node.labels.rack"}, []string{"a", "a", "a", "b"}, []int{2, 2, 1, 4}, 0},
		{6, []string{"node.labels.zone"}, []string{"a", "", ""}, []int{3, 2, 1}, 0}, // nodes without the label are a branch
		{30, nil, []string{"a", "b"}, []int{10, 10}, 10},
		{30, []string{"node.labels.zone"}, []string{"a", "b", "b"}, []int{10, 10, 10}, 0},
	} {
		f := fleet(t, Service{Replicas: c.replicas, Preferences: c.preferences}, 10, c.zones...)
		check(t, f.Reconcile("s"))
		if left := f.ScheduleAll(); left != c.left || !slices.Equal(f.counts(), c.want) {
			t.Errorf("%d over %v by %v: got %v and %d left, want %v and %d", c.replicas, c.zones, c.preferences, f.counts(), left, c.want, c.left)
		}
	}
}

// A node at which a service has failed five times in five minutes comes last, also if it is empty; four times do not count, and
// what is five minutes old is forgotten.
func TestFailures(t *testing.T) {
	f := fleet(t, Service{Replicas: 3}, 10, "a", "b")
	fail := func() {
		check(t, f.place("s", "n0"))
		check(t, f.Start(f.next))
		check(t, f.Fail(f.next))
		check(t, f.Report(f.next))
	}
	for i := range MaxFailures {
		if got := f.Choices("s"); !slices.Contains(got, "n0") {
			t.Fatalf("after %d failures: got %v", i, got)
		}
		check(t, f.Wait(10))
		fail()
	}
	if got := f.Choices("s"); !slices.Equal(got, []string{"n1"}) || f.Recent("n0", "s") != MaxFailures {
		t.Errorf("after five failures: got %v", got)
	}
	check(t, f.place("s", "n1"))
	if got := f.Choices("s"); !slices.Equal(got, []string{"n1"}) {
		t.Errorf("an empty node that fails: got %v", got)
	}
	check(t, f.Create(Service{Name: "other"}))
	if got := f.Choices("other"); !slices.Contains(got, "n0") {
		t.Errorf("failures of another service: got %v", got)
	}
	check(t, f.Wait(FailureWindow-40)) // the first of the failures is five minutes old
	if got := f.Choices("s"); !slices.Equal(got, []string{"n0"}) || f.Recent("n0", "s") != MaxFailures-1 {
		t.Errorf("after five minutes: got %v, %d failures", got, f.Recent("n0", "s"))
	}
}

// The choices are the best nodes of those that no filter refuses, as an enumeration finds them that compares keys; a branch is one
// that has no more than its share.
func TestChoices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zones := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 5).Draw(t, "zones")
		s := Service{MaxReplicas: rapid.IntRange(0, 3).Draw(t, "max replicas")}
		zoned := rapid.Bool().Draw(t, "zoned")
		if zoned {
			s.Preferences = []string{"node.labels.zone"}
		}
		f := fleet(t, s, 4, zones...)
		check(t, f.Create(Service{Name: "other"}))
		for range rapid.IntRange(0, 12).Draw(t, "tasks") {
			f.next++
			f.Tasks = append(f.Tasks, Task{
				ID: f.next, Service: rapid.SampledFrom([]string{"s", "s", "other"}).Draw(t, "service"), Slot: f.next,
				Node: rapid.SampledFrom(f.Nodes).Draw(t, "node").ID, State: rapid.SampledFrom([]State{Assigned, Running, Failed, Shutdown}).Draw(t, "state"), Desired: Running,
			})
		}
		f.failures = map[failure][]int64{{"n0", "s"}: make([]int64, rapid.IntRange(0, 7).Draw(t, "failures"))}
		type key struct{ failed, own, all int }
		best, room, own := map[string]key{}, map[string]bool{}, map[string]int{}
		keys := map[string]key{}
		for i, n := range f.Nodes {
			var k key
			held := 0
			for _, task := range f.Tasks {
				if task.Node == n.ID && task.State <= Running {
					k.all++
					if task.Service == "s" {
						k.own++
						held++
					}
				}
			}
			if k.failed = len(f.failures[failure{n.ID, "s"}]); k.failed < MaxFailures {
				k.failed = 0
			}
			branch := ""
			if zoned {
				branch = zones[i]
			}
			own[branch] += k.own
			if held >= 4 || s.MaxReplicas > 0 && k.own >= s.MaxReplicas {
				continue
			}
			keys[n.ID] = k
			b, ok := best[branch]
			if !ok || k.failed < b.failed || k.failed == b.failed && (k.own < b.own || k.own == b.own && k.all < b.all) {
				best[branch] = k
			}
			room[branch] = true
		}
		// With the new task, a branch has at most its share, rounded up, of what there is in branches that are not known to be full.
		chosen := map[string]bool{}
		for len(chosen) == 0 && len(own) > 0 {
			total := 1
			for _, x := range own {
				total += x
			}
			many := len(own)
			for branch, x := range own {
				if x*many < total && room[branch] {
					chosen[branch] = true
				} else if x*many < total {
					delete(own, branch)
				}
			}
		}
		var want []string
		for i, n := range f.Nodes {
			branch := ""
			if zoned {
				branch = zones[i]
			}
			k, ok := keys[n.ID]
			if ok && k == best[branch] && chosen[branch] {
				want = append(want, n.ID)
			}
		}
		if got := f.Choices("s"); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v, of %v", got, want, keys)
		}
	})
}

// What runs on a node that will not do counts for its branch (swarmkit nodeset.go, tree): with three tasks on a full node, its zone is
// not the one with the fewest.
func TestFullNodesCount(t *testing.T) {
	f := fleet(t, Service{MaxReplicas: 3, Preferences: []string{"node.labels.zone"}}, 10, "a", "a", "b")
	for i, node := range []string{"n0", "n0", "n0", "n2"} {
		f.Tasks = append(f.Tasks, Task{ID: i, Service: "s", Slot: i + 1, Node: node, State: Running, Desired: Running})
	}
	if got := f.Choices("s"); !slices.Equal(got, []string{"n2"}) {
		t.Errorf("got %v, want the other zone", got)
	}
	check(t, f.SetAvailability("n2", Drain))
	if got := f.Choices("s"); !slices.Equal(got, []string{"n1"}) {
		t.Errorf("the other zone will not do: got %v, want the node with room", got)
	}
	if got := Filter(99).String() + Filter(-1).String(); got != "filter(99)filter(-1)" || State(-1).Number() != -1 {
		t.Errorf("no filters, and no state: got %s and %d", got, State(-1).Number())
	}
}

// Two run: a replica is made again while its node is only cut off. Nothing is moved back when the node returns.
func TestNoFencing(t *testing.T) {
	f := fleet(t, Service{Replicas: 1}, 10, "a", "b")
	settle := func() {
		check(t, f.Reconcile("s"))
		f.ScheduleAll()
		for _, task := range f.Tasks {
			if task.State == Assigned {
				check(t, f.Start(task.ID))
			}
		}
	}
	settle()
	first := f.Tasks[0].Node
	check(t, f.SetDown(first, true))
	settle()
	if f.Alive("s", 1) != 2 || f.Tasks[0].State != Running || f.Tasks[0].Desired != Shutdown || f.Tasks[1].Node == first {
		t.Errorf("got %+v, want the old task and a new one", f.Tasks)
	}
	if err := f.Stop(1); err == nil {
		t.Error("a node that is cut off has heard")
	}
	check(t, f.SetDown(first, false))
	check(t, f.Stop(1))
	settle()
	if f.Alive("s", 1) != 1 || len(f.Tasks) != 2 || f.count(first, "s") != 0 {
		t.Errorf("got %+v", f.Tasks)
	}
	check(t, f.Join(Node{ID: "new", Resources: Resources{MemoryBytes: 10}}))
	settle()
	if len(f.Tasks) != 2 {
		t.Error("a task was moved to the node that joined")
	}
	check(t, f.SetAvailability(f.Tasks[1].Node, Drain))
	settle()
	if len(f.Tasks) != 3 || f.Tasks[2].Node == f.Tasks[1].Node {
		t.Errorf("drained: got %+v", f.Tasks)
	}
	check(t, f.Scale("s", 0))
	check(t, f.Reconcile("s"))
	check(t, f.Stop(3))
	if f.Tasks[2].State != Shutdown || f.Free(f.Tasks[2].Node).MemoryBytes != 10 {
		t.Errorf("scaled to nothing: got %+v", f.Tasks)
	}
}

// States of tasks never go back, whatever is done, what is refused changes nothing, and reservations stay within what there is.
func TestOnlyUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := fleet(t, Service{Replicas: 3}, 2, "a", "b", "c")
		for range 60 {
			before := f.Clone()
			task, node := rapid.IntRange(0, len(f.Tasks)+1).Draw(t, "task"), "n"+strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "node"))
			var err error
			switch rapid.IntRange(0, 10).Draw(t, "op") {
			case 0:
				err = f.Reconcile("s")
			case 1:
				f.ScheduleAll()
			case 2, 3:
				err = f.Start(task)
			case 4:
				err = f.Fail(task)
			case 5:
				err = f.Report(task)
			case 6:
				err = f.Stop(task)
			case 7:
				err = f.SetDown(node, rapid.Bool().Draw(t, "down"))
			case 8:
				err = f.Orphan(task)
			case 9:
				err = f.SetAvailability(node, Availability(rapid.IntRange(0, 3).Draw(t, "availability")))
			case 10:
				err = f.Scale("s", rapid.IntRange(0, 4).Draw(t, "replicas"))
			}
			if err != nil && (!errors.Is(err, model.ErrRefused) || fmt.Sprint(*before) != fmt.Sprint(*f)) {
				t.Fatalf("got %v, and a change", err)
			}
			slots := map[int]int{}
			for i, task := range f.Tasks {
				if i < len(before.Tasks) && task.State < before.Tasks[i].State {
					t.Fatalf("task %d went from %s to %s", task.ID, before.Tasks[i].State, task.State)
				}
				if task.Desired == Running {
					slots[task.Slot]++
				}
				if task.Alive && task.Node == "" {
					t.Fatalf("task %d runs nowhere", task.ID)
				}
			}
			for slot, n := range slots {
				if n > 1 {
					t.Fatalf("%d tasks are wanted in slot %d", n, slot)
				}
			}
			for _, n := range f.Nodes {
				if f.Free(n.ID).MemoryBytes < 0 {
					t.Fatalf("node %s has promised more than it has", n.ID)
				}
			}
		}
	})
}

// What cannot be is refused.
func TestRefused(t *testing.T) {
	f := fleet(t, Service{Replicas: 1}, 10, "a")
	generic := Resources{Generic: map[string]int64{"gpu": 1}}
	for i, err := range []error{
		f.Join(Node{}), f.Join(Node{ID: "n0"}), f.Join(Node{ID: "x", Resources: Resources{NanoCPUs: -1}}), f.Join(Node{ID: "x", Resources: Resources{Generic: map[string]int64{"gpu": MaxAmount + 1}}}),
		f.Create(Service{}), f.Create(Service{Name: "s"}), f.Create(Service{Name: "x", Replicas: -1}), f.Create(Service{Name: "x", Replicas: MaxReplicas + 1}),
		f.Create(Service{Name: "x", Reserve: Resources{MemoryBytes: MaxAmount + 1}}), f.Create(Service{Name: "x", Constraints: []string{"y"}}), f.Create(Service{Name: "x", Preferences: []string{"node.id"}}),
		f.Scale("y", 1), f.Scale("s", -1), f.Wait(-1), f.Wait(MaxTime + 1), f.Schedule(1, "n0"), f.Start(1), f.Reconcile("y"), f.Replace("s", 2), f.Replace("s", 0), f.GiveUp(1),
		f.SetDown("y", true), f.SetDown("n0", false), f.SetAvailability("n0", 7),
	} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%d: got %v, want a refusal", i, err)
		}
	}
	if _, err := f.Refusal("s", "y"); !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v", err)
	}
	if f.Choices("y") != nil || f.Free("y").MemoryBytes != 0 || f.Alive("y", 1) != 0 {
		t.Error("what is not there has something")
	}
	check(t, f.Create(Service{Name: "gpu", Reserve: generic}))
	check(t, f.Join(Node{ID: "m", Resources: generic}))
	if got, err := f.Refusal("gpu", "n0"); got != ResourceFilter || err != nil || got.String() != "resource" {
		t.Errorf("got %s, %v", got, err)
	}
	check(t, f.place("gpu", "m"))
	if got := f.Choices("gpu"); got != nil {
		t.Errorf("a generic resource is given twice, on %v", got)
	}
}
