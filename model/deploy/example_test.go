package deploy_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/deploy"
)

// The defaults, 25% and 25%, of four replicas: one more, or one less.
func ExampleDeployment() {
	surge, unavailable, err := deploy.Fenceposts(4, deploy.Percent(25), deploy.Percent(25))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := deploy.NewDeployment(4, surge, unavailable, 2, 600)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("more and fewer:", surge, unavailable)
	fmt.Println(d.Limits())
	fmt.Println(d.Update(2))
	for !d.Complete() {
		if d.Sync() != nil { // it waits for pods
			for d.Ready(2) == nil {
			}
		}
		old, _ := d.Pods(1)
		fresh, ready := d.Pods(2)
		fmt.Printf("%d old, %d new, %d of these available\n", old, fresh, ready)
	}
	fmt.Println(d.Update(2))
	// Output:
	// more and fewer: 1 1
	// 5 3
	// <nil>
	// 4 old, 1 new, 0 of these available
	// 3 old, 1 new, 0 of these available
	// 3 old, 2 new, 0 of these available
	// 3 old, 2 new, 2 of these available
	// 1 old, 2 new, 2 of these available
	// 1 old, 4 new, 2 of these available
	// 1 old, 4 new, 4 of these available
	// 0 old, 4 new, 4 of these available
	// refused: update to revision 2: it is the target
}

// Two plans of the same state. The one that is applied second is stale.
func ExampleWorkspace() {
	network, machine := []int(nil), []int{0} // the machine needs the network
	w, err := deploy.NewWorkspace([][]int{network, machine}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Plan(1, 1, 1), w.Plan(2, 1, 0), w.Begin(1))
	fmt.Println(w.Begin(2))
	for next := w.Next(1); len(next) > 0; next = w.Next(1) {
		fmt.Println(next, w.Change(1, next[0]), w.Actual())
	}
	fmt.Println(w.End(1))
	fmt.Println(w.Begin(2))
	// Output:
	// <nil> <nil> <nil>
	// refused: Error acquiring the state lock: it is held by user 1
	// [0] <nil> [1 0]
	// [1] <nil> [1 1]
	// <nil>
	// refused: Saved plan is stale: plan of user 2
}
