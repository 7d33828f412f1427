package hybrid_test

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/hybrid"
)

// Limits at each level are not enough: six and six on a host of eight.
func ExampleForest() {
	f, err := hybrid.NewForest([]hybrid.Member{
		0: {Parent: hybrid.Root, Limit: 8}, // a host of 8 GB
		1: {Parent: 0, Limit: 6, Base: 1},  // a virtual machine, which uses 1 GB by itself
		2: {Parent: 1, Limit: 6},           // and its container
		3: {Parent: 0, Limit: 6, Base: 1},
		4: {Parent: 3, Limit: 6},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range hybrid.Node(f.Nodes()) {
		if err := f.Start(n); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(f.Contend(2, 4, 5))
	fmt.Println(f.Charge(2, 5), f.Used(0))

	err = f.Charge(4, 5)
	fmt.Println(err, errors.Is(err, model.ErrRefused))

	fmt.Println("a crash of the guest stops", f.Radius(1), "and one of the host", f.Radius(0))
	fmt.Println(f.Crash(1), f.Charge(4, 5), f.Used(0))
	// Output:
	// true
	// <nil> 7
	// node 0 has room for 1, got 5 true
	// a crash of the guest stops [1 2] and one of the host [0 1 2 3 4]
	// <nil> <nil> 6
}

// One who is root in a virtual machine begins one step nearer to the host.
func ExampleSetup_Attack() {
	for _, root := range []bool{false, true} {
		way, err := hybrid.Setup{Mechanism: hybrid.VM, Root: root, Jailed: true}.Attack()
		if err != nil {
			fmt.Println(err)
		}
		fmt.Println(hybrid.Flaws(way))
		for _, s := range way {
			fmt.Println(" ", s.From, s.Door, s.To)
		}
	}
	// Output:
	// 3
	//   program calls kernel
	//   kernel devices monitor
	//   monitor filtered host_kernel
	// 2
	//   program calls kernel
	//   kernel devices monitor
	//   monitor filtered host_kernel
}
