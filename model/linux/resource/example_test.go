package resource_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/resource"
)

// The same setting with an older and with a newer runtime.
func ExampleConversion() {
	for _, shares := range []uint64{512, 1024, 2048} {
		older, _ := resource.Linear.Weight(shares)
		newer, _ := resource.Logarithmic.Weight(shares)
		fmt.Println(shares, older, newer)
	}
	// Output:
	// 512 20 59
	// 1024 39 100
	// 2048 79 174
}

// What docker run --cpus 1.5 --memory 300m writes.
func ExampleDocker() {
	s, err := resource.Docker(resource.DockerOptions{NanoCPUs: 1_500_000_000, Memory: 300 << 20}, 4, resource.Logarithmic)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("cpu.max", s.CPUQuota, s.CPUPeriod)
	fmt.Println("memory.max", s.MemoryMax, "memory.swap.max", *s.SwapMax)
	// Output:
	// cpu.max 150000 100000
	// memory.max 314572800 memory.swap.max 314572800
}
