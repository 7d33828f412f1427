package balance_test

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model/balance"
)

// nginx's own example: weights 5, 1 and 1, and no five requests in a row for the first server.
func ExampleSmooth() {
	b, err := balance.NewSmooth([]int{5, 1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range b.Period() {
		s := b.Next()
		if err := b.Pick(s); err != nil {
			fmt.Println(err)
		}
		fmt.Print(s, " ")
	}
	fmt.Println(b.Current(1), b.Current(2), b.Current(3))
	fmt.Println(b.Pick(2))
	// Output:
	// 1 1 2 1 3 1 1 0 0 0
	// refused: pick server 2: server 1 is further behind
}

// Server 1 has twice the weight of server 2.
func ExampleLeast() {
	b, err := balance.NewLeast([]int{2, 1}, 6)
	if err != nil {
		fmt.Println(err)
		return
	}
	for s := b.Next(); s != 0; s = b.Next() {
		if err := b.Open(s); err != nil {
			fmt.Println(err)
		}
		fmt.Print(s, " ")
	}
	fmt.Println("at most", b.Share(1), "and", b.Share(2))
	fmt.Println(b.Open(1))
	fmt.Println(b.Close(2), b.Open(1))
	// Output:
	// 1 2 1 1 2 1 at most 4 and 2
	// refused: open: there are 6 connections
	// <nil> refused: open on server 1: server 2 has fewer
}

// Eight connections on eight servers: the mean of the greatest load, by one draw, two and three.
func ExampleExpectedMax() {
	for choices := 1; choices <= 3; choices++ {
		mean, err := balance.ExpectedMax(8, 8, choices)
		fmt.Println(mean.FloatString(3), err)
	}
	// Output:
	// 2.597 <nil>
	// 2.020 <nil>
	// 1.887 <nil>
}

// A node comes: keys move to it and nowhere else.
func ExampleRing() {
	var r balance.Ring
	for _, node := range []string{"a", "b", "c"} {
		if err := r.Add(node, balance.Points(node, 50)); err != nil {
			fmt.Println(err)
		}
	}
	keys := []string{"alice", "bob", "carol", "dave", "eve"}
	show := func() {
		var owners []string
		for _, key := range keys {
			node, _ := r.Owner(balance.Place(key))
			owners = append(owners, key+":"+node)
		}
		fmt.Println(owners)
	}
	show()
	fmt.Println(r.Add("d", balance.Points("d", 50)))
	show()
	fmt.Println("d has", r.Share("d").FloatString(3), "of all keys")
	// Output:
	// [alice:c bob:a carol:b dave:a eve:a]
	// <nil>
	// [alice:d bob:a carol:b dave:a eve:a]
	// d has 0.297 of all keys
}
