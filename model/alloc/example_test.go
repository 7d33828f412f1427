package alloc_test

import (
	"fmt"
	"time"

	"github.com/bulkheadlang/bulkhead/model/alloc"
)

// Two clients want two units each, of three.
func ExampleBanker() {
	b, err := alloc.NewBanker([]int{3}, [][]int{{2}, {3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Ask(1, 1), b.Ask(2, 1))
	fmt.Println(b.Order())
	err = b.Ask(2, 1)
	fmt.Println(err, alloc.Waits(err))
	fmt.Println(b.Ask(1, 1), b.GiveBack(1), b.Ask(2, 2))
	fmt.Println(b.Ask(2, 1))
	// Output:
	// <nil> <nil>
	// [1 2] true
	// refused: it has to wait: with what client 2 asks for, only [] could finish true
	// <nil> <nil> <nil>
	// refused: more than was declared: client 2 holds 3 of kind 0 and asks for 1, of 3
}

// Best fit has no room for the third, though all three could be placed.
func ExampleNodes() {
	sizes := []int{2, 3, 2}
	n, err := alloc.NewNodes(alloc.BestFit, []int{4, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, size := range sizes {
		fmt.Println(n.Place(size))
	}
	fmt.Println(alloc.Packable([]int{4, 3}, sizes))
	// Output:
	// 1 <nil>
	// 0 <nil>
	// 0 refused: Unschedulable: size 2 fits on none of 2 nodes
	// true
}

// Bursts of 5, and 2 a second.
func ExampleBucket() {
	b, err := alloc.NewBucket(5, 2, time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Take(0, 4), b.Take(0, 1))
	fmt.Println(b.Take(400*time.Millisecond, 1))
	fmt.Println(b.Wait(400*time.Millisecond, 1))
	fmt.Println(b.Take(500*time.Millisecond, 1))
	fmt.Println("in any minute at most", b.Limit(time.Minute))
	// Output:
	// <nil> <nil>
	// refused: Too Many Requests: 0 tokens of 1
	// 100ms true
	// <nil>
	// in any minute at most 125
}

// Belady's anomaly: with room for four pages instead of three, first in, first out misses more. The least recently used
// never does.
func ExampleFIFOMisses() {
	requests := []int{1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5}
	for _, room := range []int{3, 4} {
		fifo, _ := alloc.FIFOMisses(room, requests)
		lru, _ := alloc.Misses(room, requests)
		best, _ := alloc.FewestMisses(room, requests)
		limit, _ := alloc.MissLimit(room, room, best)
		fmt.Println(room, fifo, lru, best, limit)
	}
	// Output:
	// 3 9 10 7 23
	// 4 10 8 6 27
}
