package lifecycle_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/esxi/lifecycle"
)

// A machine is suspended while its guest shuts down: the task looks again at its end.
func ExampleHost() {
	h, err := lifecycle.NewHost(1, lifecycle.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.Request(1, lifecycle.PowerOn), h.Machine(1).Power)
	fmt.Println(h.Request(1, lifecycle.PowerOff))
	fmt.Println(h.Finish(1))
	fmt.Println(h.AskGuest(1, lifecycle.Shutdown))
	fmt.Println(h.Request(1, lifecycle.Suspend), h.Machine(1).Power)
	fmt.Println(h.Halt(1), h.Machine(1).Power)
	fmt.Println(h.Finish(1))
	fmt.Println(h.Machine(1).Power)
	// Output:
	// <nil> off
	// TaskInProgress: VM 1 is busy with powerOn
	// true <nil>
	// ToolsUnavailable: VM 1
	// <nil> on
	// <nil> off
	// false <nil>
	// off
}

// A host that is not heard from may run its machines: nothing is restarted until it is declared dead.
func ExampleCluster() {
	c, err := lifecycle.NewCluster(2, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.PowerOn(1), c.Write(1, 7))
	fmt.Println(c.Disconnect(1), c.Seat(1).Told)
	fmt.Println(c.Restart(2))
	fmt.Println(c.Declare(1))
	fmt.Println(c.Fail(1), c.Declare(1), c.Restart(2))
	fmt.Println(c.Seat(2).Incarnation, c.Seat(2).Memory)
	// Output:
	// <nil> <nil>
	// <nil> unknown
	// InvalidState: the machine is unknown on host 1
	// InvalidState: host 1: up true, heard from false, the machine unknown there
	// <nil> <nil> <nil>
	// 2 0
}

// Two branches below one snapshot, which is removed: what it says lives on in both.
func ExampleSnapshots() {
	disk, err := lifecycle.NewDisk(1, 0, lifecycle.DefaultLevels)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := lifecycle.NewSnapshots(disk)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.PowerOn(), m.Write(0, 1), m.Take(1, false))
	fmt.Println(m.Take(2, true), m.Write(0, 5))
	fmt.Println(m.Revert(1), m.Power(), m.Take(3, false))
	fmt.Println(m.Remove(1), m.Disk().Snapshots(), m.Disk().Read(0))
	fmt.Println(m.Revert(2), m.Power(), m.Disk().Read(0))
	fmt.Println(m.Revert(1))
	// Output:
	// <nil> <nil> <nil>
	// <nil> <nil>
	// <nil> off <nil>
	// <nil> [2 3] 1
	// <nil> on 1
	// ManagedObjectNotFound: there is no snapshot 1
}
