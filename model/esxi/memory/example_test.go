package memory_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/esxi/memory"
)

// A host of 128 GB runs out of memory and gets some back.
func ExampleMonitor() {
	minFree, err := memory.MinFree(128<<10, 0, memory.Rounded)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("minFree %d.%02d MB\n", minFree/100, minFree%100)
	m, err := memory.NewMonitor(minFree, memory.DefaultMarks(), memory.Reached)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, mb := range []int64{8000, 4000, 1900, 1000, 500, 650, 700} {
		fmt.Println(mb, "MB free:", m.Observe(mb*100))
	}
	// Output:
	// minFree 1923.00 MB
	// 8000 MB free: high
	// 4000 MB free: clear
	// 1900 MB free: soft
	// 1000 MB free: hard
	// 500 MB free: low
	// 650 MB free: low
	// 700 MB free: hard
}

// On a host with plenty of free memory, a machine whose limit is below its size has a page taken by its own balloon driver.
func ExampleHost() {
	monitor, err := memory.NewMonitor(10, memory.DefaultMarks(), memory.Reached)
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := memory.NewHost(1000, monitor, memory.DefaultCaps(), []memory.Guest{{Size: 8, Target: 2, Limit: 2, Tools: true}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.Touch(1), h.Touch(1), h.Touch(1))
	fmt.Println(h.Touch(1))
	fmt.Println(h.Balloon(1))
	fmt.Printf("%s, %d free, %+v\n", h.State(), h.Free(), h.Usage(1))
	// Output:
	// <nil> <nil> <nil>
	// refused: touch of VM 1: it is over its limit
	// <nil>
	// high, 998 free, {Fresh:5 Held:2 Shared:0 Ballooned:1 Zipped:0 Swapped:0}
}

// Two machines want the 1000 pages of a host, one of them in use and one idle. The idle one keeps a fifth, or what it has reserved.
func ExampleTargets() {
	clients := []memory.Client{{Shares: 1000, Pages: 1000, Active: 100}, {Shares: 1000, Pages: 1000, Active: 0}}
	for _, c := range clients {
		rho, _ := memory.Rho(c, memory.DefaultIdleTax)
		fmt.Println("pays", rho.FloatString(2))
	}
	for _, reserved := range []int64{0, 600} {
		fmt.Println(memory.Targets(1000, clients, []int64{0, reserved}, memory.DefaultIdleTax))
	}
	// Output:
	// pays 1.00
	// pays 0.25
	// [800 200] <nil>
	// [400 600] <nil>
}

// Pages of two machines with the same content lie in one frame if their salts are equal; the first write is slow.
func ExampleFrames() {
	for _, salting := range []memory.Salting{memory.NoSalting, memory.ByInstance} {
		f, err := memory.NewFrames(2, salting, []memory.Machine{{Pages: 1, UUID: "42"}, {Pages: 1, UUID: "43"}}, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.Map(1, 1), f.Map(2, 1), f.Share(1, 1, 2, 1))
		fmt.Println(f.Write(2, 1, 7))
	}
	// Output:
	// <nil> <nil> <nil>
	// true <nil>
	// <nil> <nil> refused: share pages of VM 1 and VM 2: their salts differ
	// false <nil>
}
