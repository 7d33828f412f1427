package vmotion_test

import (
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model/vsphere/vmotion"
)

// Why a machine cannot go to a host: everything at once, not only the first.
func ExampleCheck() {
	machine := vmotion.Machine{Uses: vmotion.Set(1, 2), Networks: []string{"prod"}, Mode: vmotion.Required}
	source := vmotion.HostFacts{Vendor: "intel", NIC: true, Encrypts: true}
	target := vmotion.HostFacts{Vendor: "intel", NIC: true, Shows: vmotion.Set(1), Networks: []string{"prod"}}
	for _, r := range vmotion.Check(machine, source, target) {
		fmt.Println(r, r.Fault())
	}
	// Output:
	// features FeatureRequirementsNotMet
	// encryption MigrationFault
}

// A migration of two pages, of which one is written again. The target fails before the switchover: nothing is lost.
func ExampleMigration() {
	m, err := vmotion.NewMigration([]int64{7, 8}, 1, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Start(), m.Copy(1), m.Copy(2), m.Write(1, 9), m.Dirty())
	fmt.Println(m.Stun(), m.Switch())
	fmt.Println(m.Crash(vmotion.Target), m.Cancel(), m.Runs(vmotion.Source))
	// Output:
	// <nil> <nil> <nil> <nil> [1]
	// <nil> refused: switch: pages [1] are not sent
	// <nil> <nil> true
}

// 16 GB over 10 GB/s, while the guest writes 9 GB/s.
func ExamplePrecopy() {
	p, err := vmotion.NewPrecopy(big.NewRat(16, 1), big.NewRat(10, 1), big.NewRat(9, 1))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range []int{0, 10, 30} {
		fmt.Println(n, p.Downtime(n).FloatString(2), p.Total(n).FloatString(2))
	}
	fmt.Println(p.Bound())
	// Output:
	// 0 1.60 1.60
	// 10 0.56 10.98
	// 30 0.07 15.39
	// 16/1 true
}
