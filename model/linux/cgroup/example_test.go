package cgroup_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/cgroup"
)

// The out-of-memory killer stays in the cgroup that is at its limit.
func ExampleMemory() {
	// Cgroup 0 is the host with 100 pages, 1 and 2 are containers with 10 and no limit of their own.
	m, err := cgroup.NewMemory([]cgroup.Cgroup{0, 0, 0}, []int64{100, 10, cgroup.NoLimit}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for p, g := range []cgroup.Cgroup{1, 1, 2} {
		if err := m.Spawn(cgroup.Process(p+1), g); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(m.Allocate(3, 60))
	fmt.Println(m.Allocate(1, 8))
	fmt.Println(m.Allocate(2, 5))
	fmt.Println(m.Usage(1), m.Usage(2), m.Usage(cgroup.Root))
	// Output:
	// {0 []} <nil>
	// {0 []} <nil>
	// {0 [1]} <nil>
	// 5 60 65
}
