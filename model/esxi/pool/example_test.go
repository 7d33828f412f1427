package pool_test

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/esxi/pool"
)

// Three machines want all of 10 GHz. The first has twice the shares of the others, of which one has a limit of 1 GHz.
func ExampleDivide() {
	claims := []pool.Claim{
		{Limit: pool.NoLimit, Demand: 10_000, Shares: big.NewRat(2000, 1)},
		{Limit: pool.NoLimit, Demand: 10_000, Shares: big.NewRat(1000, 1)},
		{Limit: 1000, Demand: 10_000, Shares: big.NewRat(1000, 1)},
	}
	level, given, err := pool.Divide(big.NewRat(10_000, 1), claims)
	fmt.Println(level, given, err)

	claims[1].Reservation = 4000 // instead of the 3000 that its shares give it
	_, given, err = pool.Divide(big.NewRat(10_000, 1), claims)
	fmt.Println(given, err)
	// Output:
	// 3/1 [6000/1 3000/1 1000/1] <nil>
	// [5000/1 4000/1 1000/1] <nil>
}

// A pool of 2 GHz borrows from its parent for a second machine, until the parent has nothing left.
func ExampleTree() {
	tree, err := pool.New(6000, 16_384)
	if err != nil {
		fmt.Println(err)
		return
	}
	kid := pool.Config{CPU: pool.Allocation{Reservation: 2000, Limit: pool.NoLimit, Expandable: true}, Memory: pool.Unlimited()}
	kid.Memory.Expandable = true
	p, err := tree.Create(pool.Root, kid)
	fmt.Println(p, err)

	machine := pool.Machine{VCPUs: 1, MemoryMB: 1024, OverheadMB: 64, CPU: pool.Unlimited(), Memory: pool.Unlimited()}
	machine.CPU.Reservation = 2000
	for range 4 {
		v, err := tree.AddVM(p, machine)
		if err != nil {
			fmt.Println(err)
			return
		}
		err = tree.PowerOn(v)
		fmt.Println(tree.Borrowed(pool.CPU, p), tree.Unreserved(pool.CPU, p), err, errors.Is(err, model.ErrRefused))
	}
	fmt.Println(tree.PowerOff(1), tree.Borrowed(pool.CPU, p), tree.Unreserved(pool.CPU, pool.Root))
	// Output:
	// 1 <nil>
	// 0 4000 <nil> false
	// 2000 2000 <nil> false
	// 4000 0 <nil> false
	// 4000 0 InsufficientCpuResourcesFault: pool 1 has 0 MHz unreserved, want 2000 MHz (refused by pool 0) true
	// <nil> 2000 2000
}

// Six machines in a pool of high and two in one of normal priority, with fixed and with scalable shares.
func ExampleTree_Entitled() {
	tree, err := pool.New(42_000, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	machine := pool.Machine{VCPUs: 1, MemoryMB: 1024, CPU: pool.Unlimited(), Memory: pool.Unlimited()}
	for _, tier := range []struct {
		level    pool.Level
		machines int
	}{{pool.High, 6}, {pool.Normal, 2}} {
		config := pool.Config{CPU: pool.Unlimited(), Memory: pool.Unlimited()}
		config.CPU.Shares.Level = tier.level
		p, err := tree.Create(pool.Root, config)
		for range tier.machines {
			if v, e := tree.AddVM(p, machine); e != nil || tree.PowerOn(v) != nil {
				err = e
			}
		}
		fmt.Println(tier.level, err)
	}
	demand := []int64{42_000, 42_000, 42_000, 42_000, 42_000, 42_000, 42_000, 42_000}
	for _, scalable := range []bool{false, true} {
		tree.SetScaling(scalable)
		e, err := tree.Entitled(pool.CPU, demand)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(scalable, e.VMs[0].FloatString(0), e.VMs[7].FloatString(0))
	}
	// Output:
	// high <nil>
	// normal <nil>
	// false 4667 7000
	// true 6000 3000
}
