package perf

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Values of the papers: Amdahl's law with 95 parts of 100 spread never gets to 20; Gustafson's serial share of 0.004 on 1024
// processors gives 1019.9, which CACM 31 prints as 1020.
func TestScalingFormulas(t *testing.T) {
	for _, c := range []struct {
		name  string
		share *big.Rat
		n     int
		law   func(*big.Rat, int) (*big.Rat, error)
		want  *big.Rat
	}{
		{"Amdahl, 95% on 20", rat(95, 100), 20, Amdahl, rat(400, 39)},
		{"Amdahl, half on two", rat(1, 2), 2, Amdahl, rat(4, 3)},
		{"Amdahl, all", rat(1, 1), 8, Amdahl, rat(8, 1)},
		{"Amdahl, nothing", rat(0, 1), 8, Amdahl, rat(1, 1)},
		{"Gustafson, 99.6% on 1024", rat(996, 1000), 1024, Gustafson, rat(254977, 250)},
		{"Gustafson, nothing", rat(0, 1), 8, Gustafson, rat(1, 1)},
	} {
		if got, err := c.law(c.share, c.n); err != nil || got.Cmp(c.want) != 0 {
			t.Errorf("%s: got %v and %v, want %v", c.name, got, err, c.want)
		}
		for _, bad := range []struct {
			share *big.Rat
			n     int
		}{{nil, 1}, {rat(-1, 2), 1}, {rat(3, 2), 1}, {rat(1, 2), 0}} {
			if got, err := c.law(bad.share, bad.n); err == nil {
				t.Errorf("%s: got %v for %v, want an error", c.name, got, bad)
			}
		}
	}
	if far, _ := Amdahl(rat(95, 100), 1_000_000); far.Cmp(rat(20, 1)) >= 0 {
		t.Errorf("got %v, want less than 20", far)
	}
}

// Without coherency the universal law is Amdahl's. Its peak is at the square root of (1 - s) / k (N. Gunther, 2007, section
// 4.4).
func TestScalability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Scalability{rat(rapid.Int64Range(0, 20).Draw(t, "contention"), 20), rat(rapid.Int64Range(0, 20).Draw(t, "coherency"), 400)}
		n := rapid.IntRange(1, 60).Draw(t, "n")
		got, err := s.At(n)
		if err != nil {
			t.Fatal(err)
		}
		if s.Coherency.Sign() == 0 {
			want, _ := Amdahl(new(big.Rat).Sub(rat(1, 1), s.Contention), n)
			if got.Cmp(want) != 0 {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
		peak, ok, err := s.Peak()
		if err != nil {
			t.Fatal(err)
		}
		if endless := s.Coherency.Sign() == 0 && s.Contention.Cmp(rat(1, 1)) < 0; ok == endless {
			t.Fatalf("%v: got a peak %t", s, ok)
		}
		if !ok {
			return
		}
		best := 1 // by looking at each
		most, _ := s.At(1)
		for m := 2; m <= 60; m++ {
			if c, _ := s.At(m); c.Cmp(most) > 0 {
				best, most = m, c
			}
		}
		if peak != best {
			t.Fatalf("%v: got the peak at %d, want %d", s, peak, best)
		}
	})
	s := Scalability{rat(3, 100), rat(1, 10_000)} // the square root of 9700 is 98.5
	if peak, ok, err := s.Peak(); err != nil || !ok || peak != 98 {
		t.Errorf("got %d, %t and %v, want 98", peak, ok, err)
	}
	for _, s := range []Scalability{{nil, rat(0, 1)}, {rat(0, 1), nil}, {rat(-1, 1), rat(0, 1)}, {rat(2, 1), rat(0, 1)}, {rat(0, 1), rat(-1, 1)}} {
		if _, err := s.At(1); err == nil {
			t.Errorf("%v: want an error", s)
		}
		if _, _, err := s.Peak(); err == nil {
			t.Errorf("%v: want an error", s)
		}
	}
	if _, err := s.At(0); err == nil {
		t.Error("want an error for no processor")
	}
}
