package cpu

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func half(n int64) *big.Rat { return big.NewRat(n, 2) }

func mustWeights(t interface {
	Helper()
	Fatal(...any)
}, groups []WeightedGroup,
) *Weights {
	t.Helper()
	w, err := NewWeights(groups)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// drawWeights draws a tree of groups.
func drawWeights(t *rapid.T) []WeightedGroup {
	groups := make([]WeightedGroup, rapid.IntRange(1, 8).Draw(t, "groups"))
	inner := make([]bool, len(groups))
	for g := range groups {
		if g > 0 {
			p := rapid.IntRange(0, g-1).Draw(t, "parent")
			groups[g] = WeightedGroup{Parent: Group(p), Weight: rapid.IntRange(1, 6).Draw(t, "weight")}
			inner[p] = true
		}
		if rapid.Bool().Draw(t, "limited") {
			groups[g].Limit = half(rapid.Int64Range(1, 6).Draw(t, "halves"))
		}
	}
	for g := range groups {
		if !inner[g] {
			groups[g].Threads = rapid.IntRange(0, 3).Draw(t, "threads")
		}
	}
	return groups
}

// poured gives out processors in small drops: each goes down from the root, at each group to the child that has the least
// for its weight of those that still want a drop. It is close to Divide, and reckons nothing of what Divide does.
func poured(w *Weights, processors *big.Rat, drop *big.Rat) []*big.Rat {
	has := make([]*big.Rat, len(w.groups))
	for g := range has {
		has[g] = new(big.Rat)
	}
	var takes func(g Group) bool // whether g can use a drop more
	takes = func(g Group) bool {
		more := new(big.Rat).Add(has[g], drop)
		if l := w.groups[g].Limit; l != nil && more.Cmp(l) > 0 {
			return false
		}
		if len(w.children[g]) == 0 {
			return more.Cmp(new(big.Rat).SetInt64(int64(w.groups[g].Threads))) <= 0
		}
		for _, c := range w.children[g] {
			if takes(c) {
				return true
			}
		}
		return false
	}
	for takes(0) && new(big.Rat).Add(has[0], drop).Cmp(processors) <= 0 {
		for g := Group(0); ; {
			has[g].Add(has[g], drop)
			next := noGroup
			for _, c := range w.children[g] {
				if takes(c) && (next == noGroup || new(big.Rat).Mul(has[c], w.weight(next)).Cmp(new(big.Rat).Mul(has[next], w.weight(c))) < 0) {
					next = c
				}
			}
			if next == noGroup {
				break
			}
			g = next
		}
	}
	return has
}

// Divide is what pouring comes close to, and obeys its laws exactly: no more than is there or wanted, all of it while somebody
// wants more, the weighted share at least, and nobody better off by weight than one who wants more.
func TestDivide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := mustWeights(t, drawWeights(t))
		processors := half(rapid.Int64Range(0, 8).Draw(t, "halves of processors"))
		has, err := w.Divide(processors)
		if err != nil {
			t.Fatal(err)
		}
		if want := least(processors, w.Wants(0)); has[0].Cmp(want) != 0 {
			t.Fatalf("%s of %s processors are given out, want %s", has[0], processors, want)
		}
		near := poured(w, processors, big.NewRat(1, 100))
		for g := range has {
			g := Group(g)
			if has[g].Cmp(w.Wants(g)) > 0 {
				t.Fatalf("group %d has %s and wants %s", g, has[g], w.Wants(g))
			}
			if d := new(big.Rat).Sub(has[g], near[g]); d.Abs(d).Cmp(big.NewRat(int64(2*len(has)), 100)) > 0 {
				t.Fatalf("group %d has %s, and %s by pouring", g, has[g], near[g])
			}
			sum := new(big.Rat)
			for _, c := range w.children[g] {
				sum.Add(sum, has[c])
				for _, d := range w.children[g] {
					if has[c].Cmp(w.Wants(c)) < 0 && new(big.Rat).Mul(has[c], w.weight(d)).Cmp(new(big.Rat).Mul(has[d], w.weight(c))) < 0 {
						t.Fatalf("group %d has %s of %s wanted at weight %s, and %d %s at weight %s", c, has[c], w.Wants(c), w.weight(c), d, has[d], w.weight(d))
					}
				}
			}
			if len(w.children[g]) > 0 && sum.Cmp(has[g]) != 0 {
				t.Fatalf("the children of %d have %s of its %s", g, sum, has[g])
			}
			if sure := sure(w, g, processors); has[g].Cmp(least(sure, w.Wants(g))) < 0 {
				t.Fatalf("group %d has %s and is sure of %s", g, has[g], sure)
			}
		}
	})
}

// sure is the product of shares on the way up, each capped by the limits above.
func sure(w *Weights, g Group, processors *big.Rat) *big.Rat {
	if g == 0 {
		return least(processors, w.Wants(0))
	}
	above := least(sure(w, w.groups[g].Parent, processors), w.Wants(w.groups[g].Parent))
	if !w.Active(g) {
		return above
	}
	sum := new(big.Rat)
	for _, c := range w.children[w.groups[g].Parent] {
		if w.Active(c) {
			sum.Add(sum, w.weight(c))
		}
	}
	return above.Mul(above, w.weight(g)).Quo(above, sum)
}

// What a share is of: siblings that sleep do not count, and levels multiply.
func TestShares(t *testing.T) {
	tree := func(threads ...int) *Weights {
		return mustWeights(t, []WeightedGroup{
			{},
			{Parent: 0, Weight: 100},
			{Parent: 0, Weight: 200, Threads: threads[0]},
			{Parent: 0, Weight: 100, Threads: threads[1]},
			{Parent: 1, Weight: 100, Threads: threads[2]},
			{Parent: 1, Weight: 300, Threads: threads[3]},
		})
	}
	for _, test := range []struct {
		threads []int
		g       Group
		want    *big.Rat
	}{
		{[]int{1, 1, 1, 1}, 4, big.NewRat(1, 16)}, // a quarter of a quarter
		{[]int{1, 1, 1, 1}, 5, big.NewRat(3, 16)},
		{[]int{1, 1, 1, 0}, 4, big.NewRat(1, 4)},
		{[]int{0, 1, 1, 1}, 4, big.NewRat(1, 8)},
		{[]int{0, 0, 1, 0}, 4, big.NewRat(1, 1)}, // alone on the host, whatever its weight
		{[]int{1, 1, 0, 0}, 1, new(big.Rat)},
		{[]int{1, 1, 0, 0}, 2, big.NewRat(2, 3)},
	} {
		if got := tree(test.threads...).Share(test.g); got.Cmp(test.want) != 0 {
			t.Errorf("threads %v: group %d has a share of %s, want %s", test.threads, test.g, got, test.want)
		}
	}
}

func TestNewWeightsRefuses(t *testing.T) {
	for _, groups := range [][]WeightedGroup{
		nil,
		{{Threads: -1}},
		{{}, {Parent: 1, Weight: 1}},
		{{}, {Parent: -1, Weight: 1}},
		{{}, {Weight: 0}},
		{{}, {Weight: MaxWeight + 1}},
		{{Threads: 1}, {Weight: 1}},
		{{Limit: new(big.Rat)}},
		{{Limit: big.NewRat(-1, 2)}},
	} {
		if _, err := NewWeights(groups); err == nil {
			t.Errorf("%+v: got no error", groups)
		}
	}
	w := mustWeights(t, []WeightedGroup{{Threads: 1}})
	for _, n := range []*big.Rat{nil, big.NewRat(-1, 1)} {
		if _, err := w.Divide(n); err == nil {
			t.Errorf("%v processors: got no error", n)
		}
	}
	mustPanic(t, func() { w.Wants(1) })
	mustPanic(t, func() { w.Share(-1) })
}

// What is given is not kept: the caller may change it.
func TestWeightsCopies(t *testing.T) {
	limit := big.NewRat(1, 2)
	w := mustWeights(t, []WeightedGroup{{Threads: 1, Limit: limit}})
	limit.SetInt64(9)
	w.Wants(0).SetInt64(9)
	if got := w.Wants(0); got.Cmp(half(1)) != 0 {
		t.Errorf("got %s, want 1/2", got)
	}
}
