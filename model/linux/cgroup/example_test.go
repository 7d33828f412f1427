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

// A container has its own pids.max and that of its pod; moving a process in is not a fork.
func ExamplePids() {
	// Cgroup 0 is the kernel's table, 1 a pod, 2 and 3 its containers.
	p, err := cgroup.NewPids([]cgroup.Cgroup{0, 0, 1, 1}, []int64{32768, 2, 2, cgroup.NoLimit})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Fork(2), p.Fork(3), p.Fork(3))
	fmt.Println(p.Fork(0), p.Move(0, 3), p.Current(1))
	// Output:
	// <nil> <nil> EAGAIN: cgroup 1 is at its pids.max
	// <nil> <nil> 3
}

// An engine prepares a subtree and gives it to a user, who divides it further but brings nothing in.
func ExampleHierarchy() {
	h, err := cgroup.NewHierarchy(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	tenant, _ := h.Make(cgroup.Superuser, cgroup.Root)
	fmt.Println(h.Enable(cgroup.Superuser, cgroup.Root, cgroup.MemoryController|cgroup.CPU), h.Delegate(tenant))
	app, _ := h.Make(cgroup.Delegatee, tenant)
	fmt.Println(h.Enable(cgroup.Delegatee, tenant, cgroup.MemoryController))
	fmt.Println(h.Move(cgroup.Delegatee, 1, app))
	fmt.Println(h.Move(cgroup.Superuser, 1, tenant))
	fmt.Println(h.Move(cgroup.Superuser, 1, app))
	// Output:
	// <nil> <nil>
	// <nil>
	// EACCES: cgroup 0, above both, is not delegated
	// EBUSY: cgroup 1 divides among its children
	// <nil>
}
