package controller_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/controller"
)

// What changes while a worker has a key is worked on afterwards, once.
func ExampleQueue() {
	q, err := controller.NewQueue(controller.DefaultLimits)
	if err != nil {
		fmt.Println(err)
		return
	}
	q.Add("default/web")
	k, _ := q.Get()
	q.Add("default/web")
	q.Add("default/web")
	fmt.Println(k, q.Keys(), q.Fail(k), q.Keys(), "and again in", q.Left(k), "ms")
	// Output:
	// default/web [] <nil> [default/web] and again in 5 ms
}

// A controller that has created two pods and sees none of them yet creates no more.
func ExampleReplicas() {
	var r controller.Replicas
	fmt.Println(r.Sync(2, 0, controller.BurstReplicas))
	fmt.Println(r.Sync(2, 0, controller.BurstReplicas))
	r.SeenCreation()
	r.SeenCreation()
	fmt.Println(r.Sync(3, 2, controller.BurstReplicas))
	// Output:
	// {2 0} <nil>
	// {0 0} <nil>
	// {1 0} <nil>
}
