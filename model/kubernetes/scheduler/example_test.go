package scheduler_test

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/scheduler"
)

// Two nodes with two cores each. The pods go where more is left; the third one, which wants two cores, fits nowhere. It has a
// higher priority than the others: preemption would remove the one that makes the least trouble.
func ExampleCluster() {
	node := func(name string) scheduler.Node {
		return scheduler.Node{Name: name, MaxPods: 110, Allocatable: scheduler.Resources{scheduler.CPU: 2000, scheduler.Memory: 4 << 30}}
	}
	pod := func(name string, priority int, cpu int64) *scheduler.Pod {
		return &scheduler.Pod{Name: name, Priority: priority, Containers: []scheduler.Container{
			{Requests: scheduler.Resources{scheduler.CPU: cpu, scheduler.Memory: 1 << 30}},
		}}
	}
	c, err := scheduler.NewCluster(node("a"), node("b"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range []*scheduler.Pod{pod("web", 10, 500), pod("batch", 0, 500)} {
		best, err := c.Schedule(p, scheduler.DefaultOptions)
		fmt.Println(p.Name, best, err)
		if err := c.Bind(p, best[0]); err != nil {
			fmt.Println(err)
		}
	}
	big := pod("db", 1000, 2000)
	_, err = c.Schedule(big, scheduler.DefaultOptions)
	var fit *scheduler.FitError
	fmt.Println(errors.As(err, &fit), err)
	candidates, err := c.Candidates(big, "", nil)
	if err != nil {
		fmt.Println(err)
	}
	for _, best := range scheduler.Pick(candidates) {
		fmt.Println("preempt", best.Victims, "on", best.Node)
	}
	// Output:
	// web [a b] <nil>
	// batch [b] <nil>
	// true Unschedulable: 0/2 nodes are available: 2 Insufficient cpu
	// preempt [batch] on b
}

// An init container that needs much, and a sidecar that runs on: what the scheduler reserves is the most that runs at one time.
func ExamplePod_Requests() {
	cpu := func(n int64) scheduler.Container {
		return scheduler.Container{Requests: scheduler.Resources{scheduler.CPU: n}}
	}
	p := scheduler.Pod{
		Init:       []scheduler.InitContainer{{Container: cpu(100), Sidecar: true}, {Container: cpu(900)}},
		Containers: []scheduler.Container{cpu(300), cpu(200)},
	}
	fmt.Println(p.Requests()[scheduler.CPU], p.QoS())
	// Output:
	// 1000 Burstable
}

// A pod that does not fit is parked. An event while it was being tried is not lost.
func ExampleQueue() {
	q, err := scheduler.NewQueue(scheduler.DefaultQueue)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Add("web", 10), q.Add("db", 1000))
	p, _ := q.Pop()
	q.Event()
	fmt.Println(p, q.Park(p), q.Stage(p), "for", q.Left(p), "ms")
	fmt.Println(q.Advance(1000), q.Stage(p))
	// Output:
	// <nil> <nil>
	// db <nil> backingOff for 1000 ms
	// <nil> active
}
