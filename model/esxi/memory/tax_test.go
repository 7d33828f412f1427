package memory

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// The example values of the tax at 75 %, S = P = 1000 (Waldspurger, OSDI 2002, 5.2: k = 4).
func TestRhoGolden(t *testing.T) {
	for _, test := range []struct {
		active, tax int
		want        string
	}{
		{100, 75, "1"},
		{50, 75, "2/5"},
		{0, 75, "1/4"},
		{0, 0, "1"},
		{50, 0, "1"},
		{0, 90, "1/10"},
		{0, 50, "1/2"},
	} {
		got, ok := Rho(Client{Shares: 1000, Pages: 1000, Active: test.active}, test.tax)
		if !ok || got.RatString() != test.want {
			t.Errorf("%d %% active, tax %d %%: got %v, want %s", test.active, test.tax, got, test.want)
		}
	}
	if _, ok := Rho(Client{Shares: 1}, 75); ok {
		t.Error("no pages: got a price")
	}
}

// taxed is the taxed price of a page and the shares behind it as whole numbers, written out once more: f in use at 1, 1-f at
// k = 100/(100-tax), all times 100(100-tax).
func taxed(c Client, tax int) int64 {
	return c.Pages * (int64(c.Active)*int64(100-tax) + int64(100-c.Active)*100)
}

func drawClients(t *rapid.T, most int64) ([]Client, []int64) {
	var clients []Client
	var reserved []int64
	for range rapid.IntRange(1, 3).Draw(t, "clients") {
		c := Client{
			Shares: rapid.Int64Range(1, 9).Draw(t, "shares"), Pages: rapid.Int64Range(0, most).Draw(t, "pages"),
			Active: rapid.IntRange(0, 100).Draw(t, "active"),
		}
		clients = append(clients, c)
		reserved = append(reserved, rapid.Int64Range(0, c.Pages).Draw(t, "reserved"))
	}
	return clients, reserved
}

// The victim pays least of those who may give, in whole numbers.
func TestVictimPaysLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clients, reserved := drawClients(t, 12)
		tax := rapid.IntRange(0, 99).Draw(t, "tax")
		v := Victim(clients, reserved, tax)
		for i, c := range clients {
			if c.Pages <= reserved[i] {
				if v == i {
					t.Fatalf("client %d is at its reservation", i)
				}
				continue
			}
			if v < 0 {
				t.Fatalf("client %d has pages to give, and nobody does", i)
			}
			// S_v/D_v <= S_i/D_i
			if clients[v].Shares*taxed(c, tax) > c.Shares*taxed(clients[v], tax) {
				t.Fatalf("client %d pays less than the victim %d of %+v", i, v, clients)
			}
		}
	})
}

// stable tells whether no client would have given the pages it lost rather than another the next of its own: what
// min-funding revocation leaves, by the definition.
func stable(clients []Client, reserved, division []int64, tax int) bool {
	for i, c := range clients {
		if division[i] == c.Pages {
			continue
		}
		last := c
		last.Pages = division[i] + 1
		for j, d := range clients {
			if j == i || division[j] <= reserved[j] {
				continue
			}
			d.Pages = division[j]
			if last.Shares*taxed(d, tax) > d.Shares*taxed(last, tax) {
				return false
			}
		}
	}
	return true
}

// Of all divisions of the memory, Targets finds one that is stable; where only one is, it is that.
func TestTargetsAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clients, reserved := drawClients(t, 7)
		tax := rapid.IntRange(0, 99).Draw(t, "tax")
		pages := rapid.Int64Range(0, 21).Draw(t, "memory")
		wanted, needed := int64(0), int64(0)
		for i, c := range clients {
			wanted += c.Pages
			needed += reserved[i]
		}
		got, err := Targets(pages, clients, reserved, tax)
		if needed > pages {
			if err == nil {
				t.Fatalf("%d reserved of %d pages: got %v", needed, pages, got)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var all [][]int64
		division := make([]int64, len(clients))
		var fill func(i int, left int64)
		fill = func(i int, left int64) {
			if i == len(clients) {
				if left == 0 && stable(clients, reserved, division, tax) {
					all = append(all, slices.Clone(division))
				}
				return
			}
			for n := reserved[i]; n <= min(left, clients[i].Pages); n++ {
				division[i] = n
				fill(i+1, left-n)
			}
		}
		fill(0, min(pages, wanted))
		if !slices.ContainsFunc(all, func(d []int64) bool { return slices.Equal(d, got) }) {
			t.Fatalf("got %v of %d pages for %+v with %v reserved, want one of %v", got, pages, clients, reserved, all)
		}
	})
}

// At the usual tax an idle machine is left with a fifth, at equal shares.
func TestTargetsGolden(t *testing.T) {
	clients := []Client{{Shares: 1, Pages: 1000, Active: 100}, {Shares: 1, Pages: 1000, Active: 0}}
	got, err := Targets(1000, clients, []int64{0, 0}, DefaultIdleTax)
	if err != nil || !slices.Equal(got, []int64{800, 200}) {
		t.Errorf("got %v (%v), want 800 and 200", got, err)
	}
	got, err = Targets(1000, clients, []int64{0, 600}, DefaultIdleTax)
	if err != nil || !slices.Equal(got, []int64{400, 600}) {
		t.Errorf("with 600 reserved: got %v (%v), want 400 and 600", got, err)
	}
}

func TestTaxRefuses(t *testing.T) {
	if _, err := Targets(1, []Client{{Shares: 1, Pages: 1}}, nil, 75); err == nil {
		t.Error("no reservation: got no error")
	}
	if _, err := Targets(-1, nil, nil, 75); err == nil {
		t.Error("-1 pages: got no error")
	}
	huge := Client{Shares: 1, Pages: math.MaxInt64} // two of these do not add up in 64 bits
	if got, err := Targets(10, []Client{huge, huge}, []int64{0, 0}, 75); err == nil {
		t.Errorf("got %v of 10 pages and no error", got)
	}
	for _, c := range []Client{{Shares: 0}, {Shares: 1, Pages: -1}, {Shares: 1, Active: 101}, {Shares: 1, Active: -1}} {
		if _, err := Targets(1, []Client{c}, []int64{0}, 75); err == nil {
			t.Errorf("%+v: got no error", c)
		}
	}
	for _, d := range []Demand{{0, 1, 0}, {1, 1, 2}, {1, 9, 6}, {1, 1, -1}} {
		if _, err := NewPool(5, 75, []Demand{d}); err == nil {
			t.Errorf("%+v: got no error", d)
		}
	}
	if _, err := NewPool(5, 100, nil); err == nil {
		t.Error("a tax of 100 %: got no error")
	}
	p := must(NewPool(1, 75, []Demand{{1, 1, 1}, {1, 1, 0}}))
	for name, err := range map[string]error{"VM 3": p.Fetch(3), "no change": p.SetActive(1, 100), "101 %": p.SetActive(1, 101)} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
}

// Rho is the formula with fractions; taxed is the one without.
func TestRhoIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Client{rapid.Int64Range(1, 1e6).Draw(t, "shares"), rapid.Int64Range(1, 1e6).Draw(t, "pages"), rapid.IntRange(0, 100).Draw(t, "active")}
		tax := rapid.IntRange(0, 99).Draw(t, "tax")
		got, ok := Rho(c, tax)
		want := big.NewRat(c.Shares*100*int64(100-tax), taxed(c, tax))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%+v, tax %d: got %v, want %v", c, tax, got, want)
		}
	})
}
