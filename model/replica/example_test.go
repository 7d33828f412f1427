package replica_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/replica"
)

// Two replicas write the same key at the same time, and each receives the other's update. Both have the one of the
// greater node.
func ExampleStore() {
	a, _ := replica.NewStore(1)
	b, _ := replica.NewStore(2)
	fromA, _ := a.Put("colour", "red")
	fromB, _ := b.Put("colour", "blue")
	fmt.Println(a.Apply(fromB))
	fmt.Println(b.Apply(fromA))
	value, _ := a.Get("colour")
	fmt.Println(value, a.Equal(&b))
	// Output:
	// true <nil>
	// false <nil>
	// blue true
}

// A row that is joined twice, and an older one later, count once.
func ExampleCounter() {
	a, _ := replica.NewCounter(1, 2)
	b, _ := replica.NewCounter(2, 2)
	fmt.Println(a.Raise(2))
	old := a.Row()
	fmt.Println(a.Raise(3), b.Raise(1))
	fmt.Println(b.Join(a.Row()), b.Join(a.Row()), b.Join(old))
	fmt.Println(b.Value(), b.Row())
	// Output:
	// <nil>
	// <nil> <nil>
	// <nil> <nil> <nil>
	// 6 [5 1]
}

// The coordinator crashes after both have voted: they wait. It comes back without a decision, and aborts.
func ExampleCommit() {
	c, err := replica.NewCommit(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Vote(1), c.Vote(2), c.CrashCoordinator(), c.Blocked())
	fmt.Println(c.Refuse(1))
	fmt.Println(c.Ask(1, 2))
	fmt.Println(c.Recover(), c.Receive(1), c.Ask(2, 1))
	fmt.Println(c.Phase(1), c.Phase(2))
	// Output:
	// <nil> <nil> <nil> true
	// refused: participant 1 refuses: it is prepared (down false)
	// refused: participant 2 is asked: it is prepared (down false)
	// <nil> <nil> <nil>
	// aborted aborted
}
