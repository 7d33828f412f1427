package swarm_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/swarm"
)

// A database with one replica: its node is cut off from the managers, who start it again elsewhere, and two run.
func ExampleCluster() {
	c := &swarm.Cluster{}
	steps := []error{
		c.Join(swarm.Node{ID: "east-1", Labels: map[string]string{"disk": "ssd"}}),
		c.Join(swarm.Node{ID: "west-1", Labels: map[string]string{"disk": "SSD"}}),
		c.Join(swarm.Node{ID: "west-2"}),
		c.Create(swarm.Service{Name: "db", Replicas: 1, Constraints: []string{"node.labels.disk == ssd"}}),
		c.Reconcile("db"),
	}
	fmt.Println(steps, c.Choices("db"))
	why, _ := c.Refusal("db", "west-2")
	fmt.Println("west-2:", why)
	fmt.Println(c.Schedule(1, "east-1"), c.Start(1), c.SetDown("east-1", true), c.Reconcile("db"))
	fmt.Println(c.Schedule(2, "west-1"), c.Start(2), "running:", c.Alive("db", 1))
	fmt.Println(c.Stop(1))
	fmt.Println(c.SetDown("east-1", false), c.Stop(1), "running:", c.Alive("db", 1))
	// Output:
	// [<nil> <nil> <nil> <nil> <nil>] [east-1 west-1]
	// west-2: constraint
	// <nil> <nil> <nil> <nil>
	// <nil> <nil> running: 2
	// refused: task 1 is not to be stopped, or its node is down
	// <nil> <nil> running: 1
}
