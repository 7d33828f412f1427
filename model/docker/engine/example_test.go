package engine_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/docker/engine"
)

// A container that is stopped while it is paused.
func ExampleContainer() {
	var c engine.Container
	fmt.Println(c.Start(engine.Started))
	fmt.Println(c.Create(), c.Start(engine.Started))
	fmt.Println(c.Status, c.Held)
	fmt.Println(c.Pause(), c.Exit())
	fmt.Println(c.Stop(), c.Exit())
	fmt.Println(c.Status, c.Held)
	// Output:
	// 404: no such container
	// <nil> <nil>
	// running {layer, network, namespaces, cgroup}
	// <nil> 409: a container that is paused with signal no does not exit by itself
	// <nil> <nil>
	// exited {layer}
}
