package cpu_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/esxi/cpu"
)

// Two machines with shares 2 and 1 on one CPU.
func ExampleRoundRobin() {
	r, err := cpu.NewRoundRobin([]int{2, 1}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.PowerOn(1), r.PowerOn(2), r.Queue())
	for range 6 {
		if v, c, ok := r.Next(); ok {
			if err := r.Dispatch(v, c); err != nil {
				fmt.Println(err)
			}
		}
		fmt.Print(r.Runs(1), " ")
		if err := r.Tick(1); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(r.Wake(1))
	// Output:
	// <nil> <nil> [1 2]
	// 1 1 2 1 1 2 refused: wake VM 1: got world ready, want waiting
}

// Two machines with weights 3 and 1 share a CPU three to one, in quanta of 10 ticks. In its last turn machine 1 stops
// after 2 ticks; it is charged for these alone, so it is next again.
func ExampleStride() {
	s, err := cpu.NewStride([]int{3, 1}, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Resume(1), s.Resume(2))
	for _, used := range []int{10, 10, 10, 10, 10, 10, 10, 2, 10} {
		v, _ := s.Next()
		if err := s.Dispatch(v); err != nil {
			fmt.Println(err)
		}
		if err := s.Stop(used); err != nil {
			fmt.Println(err)
		}
		fmt.Print(v, " ")
	}
	fmt.Println(s.Stop(10))
	// Output:
	// <nil> <nil>
	// 1 2 1 1 1 2 1 1 1 refused: stop: the CPU is idle
}

// A machine of two vCPUs on a busy host: vCPU 2 gets no processor. At the poll after 4 ms its sibling is too far ahead and
// is stopped, until vCPU 2 has caught up.
func ExampleCoScheduler() {
	c, err := cpu.NewCoScheduler(2, cpu.DefaultCosched)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, run := range [][]cpu.VCPU{{1}, {1}, {1}, {1}, {2}, {2}, {2}, {1, 2}} {
		if err := c.Advance(1000, run...); err != nil {
			fmt.Println(err)
		}
		stopped, started, err := c.Poll()
		fmt.Println("skew of vCPU 1:", c.Skew(1), "stopped:", stopped, "started:", started, err)
	}
	// Output:
	// skew of vCPU 1: 1000 stopped: [] started: [] <nil>
	// skew of vCPU 1: 2000 stopped: [] started: [] <nil>
	// skew of vCPU 1: 3000 stopped: [] started: [] <nil>
	// skew of vCPU 1: 4000 stopped: [1] started: [] <nil>
	// skew of vCPU 1: 3000 stopped: [] started: [] <nil>
	// skew of vCPU 1: 2000 stopped: [] started: [] <nil>
	// skew of vCPU 1: 1000 stopped: [] started: [1] <nil>
	// skew of vCPU 1: 1000 stopped: [] started: [] <nil>
}

// A host after `esxcli system settings kernel set -s hyperthreadingMitigation -v TRUE`, the same with
// hyperthreadingMitigationIntraVM set to FALSE, and a boot: a core is shared by vCPUs of one machine only.
func ExampleCores() {
	host, err := cpu.NewCores(cpu.CoreConfig{
		Cores:     1,
		Processor: cpu.Processor{Hyperthreading: true, L1TF: true},
		Options:   cpu.BootOptions{HyperthreadingMitigation: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(host.Policy(), host.Capacity())
	fmt.Println(host.Dispatch(cpu.Context{Domain: 1, Number: 1}, 1, 1))
	fmt.Println(host.Dispatch(cpu.Context{Domain: 2, Number: 1}, 1, 2))
	fmt.Println(host.Dispatch(cpu.Context{Domain: 1, Number: 2}, 1, 2))
	fmt.Println(host.Domains(1))
	// Output:
	// scav2 2
	// <nil>
	// refused: dispatch vCPU 1 of VM 2: the core runs vCPU 1 of VM 1, and the policy is scav2
	// <nil>
	// [1]
}

// Two machines on one processor, in windows of 4 ticks. Machine 2 has many shares; machine 1 has few, and half of the processor
// reserved. Its reservation counts from the first whole window on.
func ExampleDispatcher() {
	d, err := cpu.NewDispatcher(
		[]cpu.Allocation{{Shares: 500, Reservation: 2, Limit: cpu.Unlimited}, {Shares: 2000, Limit: 3}},
		cpu.DispatchOptions{CPUs: 1, Window: 4, BoundLag: cpu.BoundLagQuanta})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Resume(1), d.Resume(2), d.Unreserved())
	for range 3 {
		for d.Left() > 0 {
			if v, c, ok := d.Next(); ok {
				if err := d.Dispatch(v, c); err != nil {
					fmt.Println(err)
				}
			}
			fmt.Print(d.Runs(1), " ")
			if err := d.Tick(); err != nil {
				fmt.Println(err)
			}
		}
		fmt.Println("used", d.Used(1), "and", d.Used(2), d.NewWindow())
	}
	// Output:
	// <nil> <nil> 2
	// 1 2 2 2 used 1 and 3 <nil>
	// 1 1 2 2 used 2 and 2 <nil>
	// 1 1 2 2 used 2 and 2 <nil>
}

// A host of two nodes with 8 cores each. A machine of 10 vCPUs is wide: it has a client of 5 on each. The others are put where
// least is to do. When the wide one and one of these are gone, machine 2 moves; its memory is remote until it has followed.
func ExampleNUMA() {
	h, err := cpu.NewNUMA([]int{10, 4, 4, 2}, cpu.DefaultNUMA(2, 8))
	if err != nil {
		fmt.Println(err)
		return
	}
	for v := cpu.VM(1); v <= 4; v++ {
		if err := h.PowerOn(v); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("VM %d: %+v\n", v, h.Clients(v))
	}
	fmt.Println("loads", h.Load(1), h.Load(2))
	fmt.Println(h.PowerOff(1), h.PowerOff(3), "loads", h.Load(1), h.Load(2))
	v, from, to, _ := h.Next()
	fmt.Println("VM", v, "from node", from, "to node", to, h.Migrate(v, from, to), "loads", h.Load(1), h.Load(2))
	fmt.Printf("%+v\n", h.Clients(v))
	fmt.Println(h.Migrate(v, to, from))
	// Output:
	// VM 1: [{VCPUs:5 Home:1 Memory:1} {VCPUs:5 Home:2 Memory:2}]
	// VM 2: [{VCPUs:4 Home:1 Memory:1}]
	// VM 3: [{VCPUs:4 Home:2 Memory:2}]
	// VM 4: [{VCPUs:2 Home:1 Memory:1}]
	// loads 11 9
	// <nil> <nil> loads 6 0
	// VM 2 from node 1 to node 2 <nil> loads 2 4
	// [{VCPUs:4 Home:2 Memory:1}]
	// refused: migrate VM 2: the loads would differ by -6 instead of 2
}
