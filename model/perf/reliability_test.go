package perf

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

// By going through all combinations of parts that work.
func TestAtLeastEnumerates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		works := make([]*big.Rat, rapid.IntRange(1, 6).Draw(t, "parts"))
		for i := range works {
			works[i] = rat(rapid.Int64Range(0, 7).Draw(t, "works"), 7)
		}
		k := rapid.IntRange(0, len(works)).Draw(t, "k")
		want := new(big.Rat)
		for set := range 1 << len(works) {
			p, up := rat(1, 1), 0
			for i, w := range works {
				if set>>i&1 == 1 {
					up++
					p.Mul(p, w)
				} else {
					p.Mul(p, new(big.Rat).Sub(rat(1, 1), w))
				}
			}
			if up >= k {
				want.Add(want, p)
			}
		}
		if got, err := AtLeast(k, works); err != nil || got.Cmp(want) != 0 {
			t.Fatalf("%d of %v: got %v and %v, want %v", k, works, got, err, want)
		}
	})
}

func TestByzantine(t *testing.T) {
	got, err := Byzantine(1, rat(1, 100))
	if want := rat(99_940_797, 100_000_000); err != nil || got.Cmp(want) != 0 { // 0.99^4 + 4 * 0.01 * 0.99^3
		t.Errorf("got %v and %v, want %v", got, err, want)
	}
	// With p and 1 - p exchanged, as one finds it in print, four replicas of which each fails once in a hundred would work
	// four times in a million.
	swapped, err := Byzantine(1, rat(99, 100))
	if want := rat(397, 100_000_000); err != nil || swapped.Cmp(want) != 0 {
		t.Errorf("exchanged: got %v and %v, want %v", swapped, err, want)
	}
	// More replicas help where one is better than a third, about, and make it worse where it is not.
	for _, c := range []struct {
		fails *big.Rat
		helps bool
	}{{rat(1, 100), true}, {rat(1, 2), false}} {
		one, _ := Byzantine(1, c.fails)
		two, _ := Byzantine(2, c.fails)
		if (two.Cmp(one) > 0) != c.helps {
			t.Errorf("fails %v: got %v and %v, want more to help %t", c.fails, one, two, c.helps)
		}
	}
}

// Textbook values (K. Trivedi, chapters 1 and 8).
func TestReliabilityFormulas(t *testing.T) {
	nine := rat(9, 10)
	for _, c := range []struct {
		name string
		k, n int
		want *big.Rat
	}{
		{"series of two", 2, 2, rat(81, 100)},
		{"two in parallel", 1, 2, rat(99, 100)},
		{"two of three", 2, 3, rat(972, 1000)},
		{"none needed", 0, 3, rat(1, 1)},
	} {
		if got, err := AtLeast(c.k, Equal(c.n, nine)); err != nil || got.Cmp(c.want) != 0 {
			t.Errorf("%s: got %v and %v, want %v", c.name, got, err, c.want)
		}
	}
	// Two in parallel live half as long again as one, two of three live less long than one.
	for _, c := range []struct {
		k, n int
		want *big.Rat
	}{{1, 1, rat(100, 1)}, {1, 2, rat(150, 1)}, {2, 3, rat(250, 3)}, {3, 3, rat(100, 3)}} {
		if got, err := MeanLife(c.k, c.n, rat(1, 100)); err != nil || got.Cmp(c.want) != 0 {
			t.Errorf("%d of %d: got %v and %v, want %v", c.k, c.n, got, err, c.want)
		}
	}
}

// lives is the mean time until redundancy.bh loses the service, by its Markov chain.
func lives(t *testing.T, n, k, crew int, fail, repair *big.Rat) *big.Rat {
	t.Helper()
	p := modelcheck.Load(t, Models, "redundancy.bh", spec.Options{Define: constants{"N": fmt.Sprint(n), "K": fmt.Sprint(k), "CREW": fmt.Sprint(crew)}})
	c, err := NewChain(p, PerAction(map[string]*big.Rat{"Fail": fail, "Repair": repair}), nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	times, err := c.Hitting(c.Where(func(s []model.Binding) bool { return number(s, "lost") == 1 }))
	if err != nil {
		t.Fatal(err)
	}
	return times[0]
}

func TestMeanLifeIsTheModels(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for k := 1; k <= n; k++ {
			if k == 1 && n == 4 {
				continue // as many states as the others together
			}
			want, err := MeanLife(k, n, rat(2, 7))
			if err != nil {
				t.Fatal(err)
			}
			if got := lives(t, n, k, 1, rat(2, 7), new(big.Rat)); got.Cmp(want) != 0 {
				t.Errorf("%d of %d without repair: got %v, want %v", k, n, want, got)
			}
		}
	}
	// With repairs: (3 l + m) / (2 l^2) for one of two, (5 l + m) / (6 l^2) for two of three (K. Trivedi, section 8.5).
	l, m := rat(1, 10), rat(3, 1)
	for _, c := range []struct{ n, k, a, b int64 }{{2, 1, 3, 2}, {3, 2, 5, 6}} {
		want := new(big.Rat).Add(new(big.Rat).Mul(rat(c.a, 1), l), m)
		want.Quo(want, new(big.Rat).Mul(rat(c.b, 1), new(big.Rat).Mul(l, l)))
		if got := lives(t, int(c.n), int(c.k), 1, l, m); got.Cmp(want) != 0 {
			t.Errorf("%d of %d with repairs: got %v, want %v", c.k, c.n, got, want)
		}
	}
	// A second repairer is of use once two machines can be down at once.
	if one, two := lives(t, 3, 1, 1, l, m), lives(t, 3, 1, 2, l, m); two.Cmp(one) <= 0 {
		t.Errorf("got %v with a crew of one and %v with two, want more", one, two)
	}
}

func TestReliabilityRefuses(t *testing.T) {
	half := rat(1, 2)
	for _, c := range []struct {
		k     int
		works []*big.Rat
	}{{0, nil}, {-1, Equal(1, half)}, {2, Equal(1, half)}, {1, Equal(1, nil)}, {1, Equal(1, rat(3, 2))}, {1, Equal(1, rat(-1, 2))}, {1, Equal(MaxCustomers+1, half)}} {
		if got, err := AtLeast(c.k, c.works); err == nil {
			t.Errorf("%d of %d: got %v, want an error", c.k, len(c.works), got)
		}
	}
	for _, c := range []struct {
		f     int
		fails *big.Rat
	}{{-1, half}, {334, half}, {1, nil}, {1, rat(2, 1)}} {
		if got, err := Byzantine(c.f, c.fails); err == nil {
			t.Errorf("%v: got %v, want an error", c, got)
		}
	}
	for _, c := range []struct {
		k, n int
		rate *big.Rat
	}{{0, 1, half}, {2, 1, half}, {1, MaxCustomers + 1, half}, {1, 1, nil}, {1, 1, new(big.Rat)}} {
		if got, err := MeanLife(c.k, c.n, c.rate); err == nil {
			t.Errorf("%v: got %v, want an error", c, got)
		}
	}
	if n := len(Equal(-1, half)); n != 0 {
		t.Errorf("got %d parts, want none", n)
	}
}
