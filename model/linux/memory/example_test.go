package memory_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/linux/memory"
)

// Two containers of a pod claim 60 pages each, and the pod is protected for 60: what each is sure of is what of its claim it
// uses, in proportion. The claim of a container in a pod without protection is worth nothing.
func ExampleProtection() {
	p, err := memory.NewProtection([]memory.ProtectedGroup{
		{},
		{Parent: 0, Low: 60},
		{Parent: 1, Low: 60},
		{Parent: 1, Low: 60},
		{Parent: 0},
		{Parent: 4, Low: 60},
	}, 1000, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	for g, pages := range map[memory.Group]int{2: 80, 3: 30, 5: 80} {
		for range pages {
			if err := p.Touch(g); err != nil {
				fmt.Println(err)
			}
		}
	}
	fmt.Println(p.EffectiveLow(2), p.EffectiveLow(3), p.EffectiveLow(5))
	// Output:
	// 40 20 0
}

// A process above memory.high goes on when what can be given back is given back.
func ExampleThrottle() {
	t, err := memory.NewThrottle(2, memory.NoLimit)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Touch(), t.Touch(), t.Read(), t.Above())
	fmt.Println(t.Return())
	fmt.Println(t.Reclaim(), t.Return(), t.Usage())
	// Output:
	// <nil> <nil> <nil> true
	// refused: the process is not held, or there is more to give back
	// <nil> <nil> 2
}

// A pod with memory.oom.group dies as one, but for the process that is never killed.
func ExampleOOM() {
	o, err := memory.NewOOM([]memory.KillGroup{{}, {Parent: 0, Together: true}, {Parent: 1}, {Parent: 1}}, []memory.Victim{
		{In: 2, Pages: 900}, {In: 3, Pages: 10}, {In: 3, Pages: 20, Adjust: memory.NeverKill},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.Kill(1, 1000, o.Candidates(1, 1000)[0]))
	fmt.Println(o.Kill(1, 1000, 2))
	// Output:
	// [0 1] <nil>
	// [] group 1 is out of memory and has no killable processes
}
