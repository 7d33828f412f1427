package kubelet_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/kubelet"
)

// A container that crashes as soon as it has started: CrashLoopBackOff.
func ExampleCrashLoop() {
	c, err := kubelet.NewCrashLoop(kubelet.InitialBackoff, kubelet.MaxBackoff)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 4 {
		if err := c.Ends(); err != nil {
			fmt.Println(err)
		}
		fmt.Println(c.Left(), "ms")
		if left := c.Left(); left > 0 {
			fmt.Println(c.Restart())
			if err := c.Advance(left); err != nil {
				fmt.Println(err)
			}
		}
		if err := c.Restart(); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 0 ms
	// 10000 ms
	// refused: CrashLoopBackOff: back-off 10000 ms, 10000 ms of them left
	// 20000 ms
	// refused: CrashLoopBackOff: back-off 20000 ms, 20000 ms of them left
	// 40000 ms
	// refused: CrashLoopBackOff: back-off 40000 ms, 40000 ms of them left
}

// A kubelet whose administrator has set the threshold of memory, and with that removed the one of the disk.
func ExampleHard() {
	hard, err := kubelet.Hard(map[kubelet.Signal]kubelet.Quantity{kubelet.MemoryAvailable: {Amount: 500 << 20}}, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(hard[kubelet.MemoryAvailable], hard[kubelet.NodeFSAvailable], kubelet.DefaultHard[kubelet.NodeFSAvailable])
	// Output:
	// {524288000 0} {0 0} {0 10}
}

// The pod that is evicted is the one that exceeds its request, not the one that uses most.
func ExampleVictims() {
	fmt.Println(kubelet.Victims(kubelet.MemoryAvailable, []kubelet.Usage{
		{Pod: "db", Priority: 0, Used: 8 << 30, Requests: 8 << 30},
		{Pod: "web", Priority: 1000, Used: 2 << 30, Requests: 1 << 30},
	}))
	// Output:
	// [web] <nil>
}
