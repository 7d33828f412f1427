package perf_test

import (
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/perf"
	"github.com/bulkheadlang/bulkhead/spec"
)

// A guest wants 1 ms of CPU, in ticks of 1 us. A timer interrupts it every 250 us, a device at most every 50 us, and the
// scheduler of the host takes the CPU away for 100 us at most every 500 us.
func ExampleWorst() {
	worst, err := perf.Worst(1000, []perf.Cause{{"timer", 250, 2}, {"device", 50, 3}, {"switch", 500, 100}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(worst.Wall, "us with", worst.Events, "events")
	fmt.Println("slowdown at most", worst.Slowdown(1000).FloatString(3))
	_, err = perf.Worst(1000, []perf.Cause{{"packet", 3, 3}})
	fmt.Println(err)
	// Output:
	// 1396 us with [6 28 3] events
	// slowdown at most 1.396
	// refused: events take the whole CPU
}

// A walk through four levels of a guest's tables on four nested ones, with nothing cached.
func ExampleSpace_Walk() {
	s, err := perf.NewSpace(4, 4, 9)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Map(0x1234, 0x777, 1))
	_, n, err := s.Walk(0x1234)
	fmt.Println(n, err)
	fmt.Println(s.Back(0x777, 0x42, 1))
	frame, n, err := s.Walk(0x1234)
	fmt.Printf("%#x %d %v\n", uint64(frame), n, err)
	// Output:
	// <nil>
	// 21 refused: EPT violation at 0x777 after 21 references
	// <nil>
	// 0x42 24 <nil>
}

// Two hosts of which one must be up; each fails once in 1000 hours, and one at a time is repaired, in 10 hours on average.
func ExampleChain_Hitting() {
	p, err := spec.LoadWith(perf.Models, "redundancy.bh", spec.Options{Define: map[string]string{"N": "2", "K": "1"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	rates := perf.PerAction(map[string]*big.Rat{"Fail": big.NewRat(1, 1000), "Repair": big.NewRat(1, 10)})
	c, err := perf.NewChain(p, rates, nil, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	lost := c.Where(func(state []model.Binding) bool {
		for _, v := range state {
			if v.Name == "lost" {
				return v.Value.Int == 1
			}
		}
		return false
	})
	times, err := c.Hitting(lost)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(times[0].RatString(), "hours until both are down")
	alone, _ := perf.MeanLife(1, 2, big.NewRat(1, 1000))
	fmt.Println(alone.RatString(), "without repair")
	// Output:
	// 51500 hours until both are down
	// 1500 without repair
}

// A storage array with 4 paths serves 1000 requests per second in each; 3000 arrive.
func ExampleQueue_Report() {
	r, err := perf.Queue{Arrival: big.NewRat(3000, 1), Service: big.NewRat(1000, 1), Servers: 4}.Report()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s s to wait, %s s in all\n", r.Wait.FloatString(6), r.Stay.FloatString(6))
	_, err = perf.Queue{Arrival: big.NewRat(4000, 1), Service: big.NewRat(1000, 1), Servers: 4}.Report()
	fmt.Println(err)
	// Output:
	// 0.000509 s to wait, 0.001509 s in all
	// refused: the queue grows without limit: got 4 Erlang for 4 servers
}
