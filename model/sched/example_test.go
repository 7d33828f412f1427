package sched_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/sched"
)

// Three jobs in turn, 2 ticks at a time, with a tick to switch.
func ExampleRoundRobin() {
	r, err := sched.NewRoundRobin(3, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Submit(1, 3), r.Submit(2, 1), r.Submit(3, 2))
	for r.Runs() != 0 {
		fmt.Print(r.Runs(), " ")
		if err := r.Tick(); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(r.Work())
	fmt.Println("a turn comes within", r.WaitLimit(), "ticks, the end of 3 ticks within", r.DoneLimit(3))
	fmt.Println(r.Submit(1, 1))
	// Output:
	// <nil> <nil> <nil>
	// 1 1 1 2 2 3 3 3 1 1 6 4
	// a turn comes within 7 ticks, the end of 3 ticks within 17
	// refused: submit job 1: it has asked for 3 ticks before
}

// Job 1 has the lower priority, and rises by a level for each 3 ticks that it waits.
func ExampleAgeing() {
	a, err := sched.NewAgeing([]int{0, 1}, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Wake(1), a.Wake(2))
	for range 9 {
		j, _ := a.Next()
		if err := a.Run(j); err != nil {
			fmt.Println(err)
		}
		fmt.Print(j, " ")
	}
	fmt.Println("waits for at most", a.WaitLimit())
	fmt.Println(a.Run(1))
	// Output:
	// <nil> <nil>
	// 2 2 2 1 2 2 2 1 2 waits for at most 6
	// refused: run job 1 of priority 0: job 2 has 1
}

// Job 2 comes late and is urgent: it preempts job 1.
func ExampleDeadlines() {
	jobs := []sched.Request{{Release: 0, Deadline: 4, Need: 3}, {Release: 1, Deadline: 2, Need: 1}}
	d, err := sched.NewDeadlines(jobs)
	if err != nil {
		fmt.Println(err)
		return
	}
	for !d.Over() {
		j, _ := d.Next()
		if err := d.Run(j); err != nil {
			fmt.Println(err)
		}
		fmt.Print(j, " ")
	}
	fmt.Println(d.Missed())
	fmt.Println(sched.Overload(append(jobs, sched.Request{Release: 0, Deadline: 4, Need: 1})))
	// Output:
	// 1 2 1 1 []
	// {0 4 5} true
}

// At full load priorities by period miss a deadline, and earliest deadline first does not.
func ExampleFeasibleEDF() {
	tasks := []sched.Task{sched.Implicit(2, 4), sched.Implicit(3, 6)}
	load, _ := sched.Load(tasks)
	fmt.Println("load", load.RatString())
	fmt.Println(sched.FeasibleEDF(tasks))
	fmt.Println(sched.ResponseTimes(tasks))
	// Output:
	// load 1
	// true <nil>
	// [2 7] false <nil>
}

// A heavy job among three light ones: two quanta from its share, at worst.
func ExampleWorstError() {
	worst, err := sched.WorstError([]int{6, 1, 1, 1})
	fmt.Println(worst.RatString(), err)
	// Output: 2 <nil>
}
