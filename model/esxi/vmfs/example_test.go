package vmfs_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/esxi/vmfs"
)

// The storage path of a host stalls for longer than the lease. Another host breaks its lock and starts the machine.
func ExampleVolume() {
	v, err := vmfs.NewVolume(vmfs.Config{Hosts: 2, Slots: 2, Period: vmfs.HeartbeatSeconds, Lease: vmfs.LeaseSeconds})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Mount(1, 1), v.Mount(2, 2), v.Open(1))
	fmt.Println(v.Open(2))
	fmt.Println(v.Watch(2), v.Send(1), v.Stall(1, vmfs.Stalled))
	for v.Tick() == nil || v.Beat(2) == nil { // until host 2 has something else to do
	}
	fmt.Println(v.Now(), v.Break(2), v.Open(2))
	fmt.Println(v.Heal(1), v.Live(1), v.Live(2))
	fmt.Println(v.Arrive(1)) // what it had sent was dropped
	fmt.Println(v.Send(1))   // it sends nothing before it has looked
	fmt.Println(v.Lose(1), v.Live(1), v.Owner())
	// Output:
	// <nil> <nil> <nil>
	// FileLocked: exclusive by [1]
	// <nil> <nil> <nil>
	// 16 <nil> <nil>
	// <nil> true true
	// refused: host 1: a write on its way false, path whole
	// refused: host 1: live true, a write on its way false, trusts its lock false
	// <nil> false 2
}

// Two hosts read a lock at the same time, and both find it free.
func ExampleSector() {
	s, err := vmfs.NewSector(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Read(1), s.Read(2))
	fmt.Println(s.Set(1, vmfs.Exclusive))
	fmt.Println(s.Set(2, vmfs.Exclusive))
	fmt.Println(s.Read(2))
	fmt.Println(s.Set(2, vmfs.Exclusive))
	// Output:
	// <nil> <nil>
	// true <nil>
	// false <nil>
	// <nil>
	// false FileLocked: exclusive by [1]
}
