package cpu_test

import (
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model/linux/cpu"
)

// A container with half a processor serves a request of 10 ms of work by ten threads: it is throttled for 95 ms, unless a
// burst of as much as its quota may be saved up.
func ExampleMax_WorstDelay() {
	limit, err := cpu.CPUs(500)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(limit.WorstDelay(10, 10_000))
	limit.Burst = limit.Quota
	fmt.Println(limit.WorstDelay(10, 10_000))
	// Output:
	// 95000/1 <nil>
	// 0/1 <nil>
}

// A pod of one processor with a container that is limited to two: the pod's pool is what throttles it.
func ExampleBandwidth() {
	pod, container := cpu.Max{Quota: 100_000, Period: 100_000}, cpu.Max{Quota: 200_000, Period: 100_000}
	b, err := cpu.NewBandwidth([]cpu.LimitedGroup{{Max: pod}, {Parent: 0, Max: container}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Room(1), b.Run(1, 100_000), b.Run(1, 1))
	fmt.Println(b.Advance(100_000), b.Room(1))
	// Output:
	// 100000 <nil> group 0 is throttled
	// <nil> 100000
}

// Of two services of equal weight, one has two containers that both want more than there is. What the limit of the other
// service leaves goes to them.
func ExampleWeights() {
	w, err := cpu.NewWeights([]cpu.WeightedGroup{
		{}, // the host
		{Parent: 0, Weight: 100},
		{Parent: 0, Weight: 100, Threads: 4, Limit: big.NewRat(1, 2)},
		{Parent: 1, Weight: 100, Threads: 4},
		{Parent: 1, Weight: 300, Threads: 4},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Share(3), w.Share(4))
	fmt.Println(w.Divide(big.NewRat(4, 1)))
	// Output:
	// 1/8 3/8
	// [4/1 7/2 1/2 7/8 21/8] <nil>
}

// A task that asks for short slices is served before one that asks for long ones, and has no more in the end.
func ExampleEEVDF() {
	s, err := cpu.NewEEVDF([]cpu.FairTask{{Weight: 1024, Slice: 4}, {Weight: 1024, Slice: 1}}, true)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Wake(1), s.Wake(2))
	for range 8 {
		v := s.Next()[0]
		if err := s.Tick(v); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(v, " ")
	}
	fmt.Println(s.Lag(1), s.Lag(2))
	// Output:
	// <nil> <nil>
	// 2 1 1 2 2 1 1 2 0/1 0/1
}
