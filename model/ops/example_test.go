package ops_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/ops"
)

// Raised at 80 for two samples in a row, cleared at 60 for two; nobody looks for three.
func ExampleAlert() {
	a, err := ops.NewAlert(ops.Thresholds{High: 80, Low: 60, For: 2, Clear: 2, Escalate: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, value := range []int64{85, 79, 81, 90, 70, 85, 95} {
		fmt.Print(value, " ", a.Sample(value), ", ")
	}
	fmt.Println(a.Ack())
	for _, value := range []int64{60, 70, 55, 50} {
		fmt.Print(value, " ", a.Sample(value), ", ")
	}
	fmt.Println(a.Ack())
	// Output:
	// 85 nothing, 79 nothing, 81 nothing, 90 raised, 70 nothing, 85 nothing, 95 escalated, <nil>
	// 60 nothing, 70 nothing, 55 nothing, 50 cleared, refused: acknowledge: raised false, acknowledged false
}

// Two schedulers choose for the same container. One of them comes too late.
func ExampleCluster() {
	c, err := ops.NewCluster([]int{4, 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Submit("web", 3))
	first, _ := c.Choose("web")
	second, _ := c.Choose("web")
	fmt.Println(c.Bind("web", first), c.Used(first))
	fmt.Println(c.Bind("web", second))
	fmt.Println(c.Release("web"), c.Used(first))
	// Output:
	// <nil>
	// <nil> 3
	// refused: Conflict: bind "web" to node 1: placed true (on node 1), 3 used
	// <nil> 0
}
