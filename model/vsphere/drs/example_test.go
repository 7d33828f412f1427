package drs_test

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
)

// Two domain controllers must not share a host. The host of one of them is to go into maintenance, and there is no third host that works.
func Example() {
	host := drs.Resources{CPU: 20_000, Memory: 64_000}
	controller := drs.Machine{Reservation: drs.Resources{CPU: 1_000, Memory: 4_000}, Demand: drs.Resources{CPU: 2_000, Memory: 8_000}}
	c, err := drs.New(drs.Config{
		Hosts: []drs.Resources{host, host, host},
		VMs:   []drs.Machine{controller, controller},
		Rules: []drs.Rule{{Name: "controllers apart", Kind: drs.AntiAffinity, VMs: []drs.VM{1, 2}, Mandatory: true}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Placements(1), c.Place(1, 1))
	fmt.Println(c.Placements(2), c.Place(2, 2))

	fmt.Println(c.Fail(3), c.Request(1))
	err = c.Evacuate(1, 2)
	fmt.Println(err)
	var fault *drs.Fault
	fmt.Println(errors.As(err, &fault) && fault.Name == drs.RuleViolation)

	fmt.Println(c.Repair(3), c.Evacuate(1, 3), c.Enter(1), c.Mode(1))
	// Output:
	// [1 2 3] <nil>
	// [2 3] <nil>
	// <nil> <nil>
	// refused: RuleViolation: VM 1 on host 2 would violate rule "controllers apart"
	// true
	// <nil> <nil> <nil> maintenance
}

// Four machines on one of two equal hosts, by what they ask for: 2, 2, 1 and 1 GHz. Every move makes the cluster more even, so they end.
func ExampleCluster_Moves() {
	cfg := drs.Config{Hosts: []drs.Resources{{CPU: 8_000, Memory: 1}, {CPU: 8_000, Memory: 1}}}
	for _, mhz := range []int64{2_000, 2_000, 1_000, 1_000} {
		cfg.VMs = append(cfg.VMs, drs.Machine{Demand: drs.Resources{CPU: mhz}})
	}
	c, err := drs.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	for v := drs.VM(1); v <= 4; v++ {
		if err := c.PowerOn(v, 1); err != nil {
			fmt.Println(err)
		}
	}
	for moves := c.Moves(); len(moves) > 0; moves = c.Moves() {
		m := moves[0]
		fmt.Printf("VM %d to host %d gains %s MHz", m.VM, m.To, c.Gain(m.VM, m.To).RatString())
		if err := c.Balance(m.VM, m.To); err != nil {
			fmt.Println(err)
		}
		fmt.Printf(": %d and %d MHz\n", c.Load(1).CPU, c.Load(2).CPU)
	}
	// Output:
	// VM 1 to host 2 gains 2000 MHz: 4000 and 2000 MHz
	// VM 3 to host 2 gains 250 MHz: 3000 and 3000 MHz
}
