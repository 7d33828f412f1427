package ha_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/vsphere/ha"
)

// Three hosts of the guide vSphere Availability, and as many machines as one failure leaves slots for.
func ExampleCluster() {
	hosts := []ha.Resources{{CPU: 9000, Memory: 9000}, {CPU: 9000, Memory: 6000}, {CPU: 6000, Memory: 6000}}
	policy := ha.DefaultSlots(1)
	var machines []ha.Resources
	for range 7 {
		machines = append(machines, ha.Resources{CPU: 2000, Memory: 2000})
	}
	c, err := ha.NewCluster(policy, hosts, machines)
	if err != nil {
		fmt.Println(err)
		return
	}
	for v := ha.VM(1); v <= 7; v++ {
		if err := c.PowerOn(v); err != nil {
			fmt.Println(err)
		}
	}
	info := policy.Info(c.View())
	fmt.Println(info.Size, info.Hosts, info.Used, info.Failover, info.Unreserved)
	fmt.Println(c.Set(2, ha.Failed), c.PowerOff(1))
	// Output:
	// power on VM 7: InsufficientFailoverResourcesFault: current failover capacity 0, want at least 1
	// {2000 2000} [4 3 3] 6 1 0
	// <nil> <nil>
}

// A machine of two slots after the failure of its host: two slots are free, but on two hosts.
func ExampleFailover() {
	hosts := []ha.Resources{{CPU: 1000, Memory: 4}, {CPU: 1000, Memory: 4}, {CPU: 1000, Memory: 4}}
	machines := []ha.Resources{{Memory: 4}, {Memory: 2}, {Memory: 2}}
	for _, policy := range []ha.Policy{ha.Slots{Level: 1, MinCPU: 32, CapMemory: 2}, ha.Packing{Level: 1}} {
		f, err := ha.NewFailover(policy, hosts, machines)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.PowerOn(1, 1), f.PowerOn(2, 2), f.PowerOn(3, 3))
		fmt.Println(f.Fail(1))
		fmt.Println(f.Next())
	}
	// Output:
	// <nil> <nil> <nil>
	// <nil>
	// 0 0 false
	// <nil> <nil> power on VM 3: InsufficientFailoverResourcesFault: after the failure of hosts [1] there is no place for all machines
	// <nil>
	// 1 3 true
}

// A host that the network has lost is not dead: its datastore heartbeats say so.
func ExampleDomain() {
	d, err := ha.NewDomain([]ha.Candidate{{Datastores: 2, ID: "host-10"}, {Datastores: 2, ID: "host-9"}}, []ha.Response{ha.NoResponse})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Elect(2), d.Join(1), d.PowerOn(1, 1))
	fmt.Println(d.Move(1, ha.Cut), d.Isolate(1), d.Signs(2, 1).Report())
	fmt.Println(d.Declare(2, 1))
	fmt.Println(d.Crash(1), d.Signs(2, 1).Report(), d.Declare(2, 1), d.Restart(1, 2, 2), d.Runs(1))
	// Output:
	// <nil> <nil> <nil>
	// <nil> <nil> networkIsolated
	// refused: declare dead: host 1 is networkIsolated
	// <nil> hostDown <nil> <nil> [2]
}
