package balance

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Two gives each new connection to the less loaded of two servers that its owner has drawn (M. Mitzenmacher, The power
// of two choices in randomized load balancing, IEEE TPDS 12(10), 2001; nginx's random two least_conn).
//
// Whatever is drawn, a server never has more than half of the limit, rounded up: it gets a connection only while
// another has no fewer. Checked in two.bh. For the mean see ExpectedMax.
//
// The zero Two has no server; make one with NewTwo.
type Two struct {
	open  []int // by Server-1
	limit int
}

// NewTwo makes a balancer of so many servers, two at least, with room for so many connections in all, one at least.
func NewTwo(servers, limit int) (Two, error) {
	if servers < 2 || servers > Most || limit < 1 || limit > Most {
		return Two{}, fmt.Errorf("got %d servers and %d connections, want 2 and 1 to %d", servers, limit, Most)
	}
	return Two{open: make([]int, servers), limit: limit}, nil
}

// Clone returns an independent copy.
func (b *Two) Clone() Two { return Two{open: slices.Clone(b.open), limit: b.limit} }

// OpenOf is the number of open connections of a server.
func (b *Two) OpenOf(s Server) int { return at(b.open, s) }

// Next is the less loaded of two servers, of equals the first one given.
func (b *Two) Next(s, u Server) Server {
	if b.OpenOf(u) < b.OpenOf(s) {
		return u
	}
	return s
}

// Open gives a new connection to server s, which was drawn together with another, u. It is refused if that one has
// fewer, and at the limit.
func (b *Two) Open(s, u Server) error {
	if err := errors.Join(known(s, len(b.open)), known(u, len(b.open))); err != nil {
		return err
	}
	switch {
	case s == u:
		return model.Refuse("open: server %d was drawn twice", s)
	case sum(b.open) >= b.limit:
		return model.Refuse("open: there are %d connections", b.limit)
	case b.Next(s, u) != s:
		return model.Refuse("open on server %d: server %d has fewer", s, u)
	}
	b.open[s-1]++
	return nil
}

// Close ends a connection of a server. It is refused if there is none.
func (b *Two) Close(s Server) error { return closeOn(b.open, s) }

// ExpectedMax is the mean of the greatest load after so many balls have been thrown into so many bins, each into the
// least loaded of some that are drawn independently (so perhaps twice the same), ties by a fair draw. It is exact, and
// goes through all loads up to the order of the bins: at most 12 bins and 24 balls.
func ExpectedMax(bins, balls, choices int) (*big.Rat, error) {
	if bins < 1 || bins > 12 || balls < 0 || balls > 24 || choices < 1 || choices > 12 {
		return nil, fmt.Errorf("got %d bins, %d balls and %d choices, want 1 to 12, 0 to 24 and 1 to 12", bins, balls, choices)
	}
	type loads [12]int // falling
	at := map[loads]*big.Rat{{}: big.NewRat(1, 1)}
	for range balls {
		next := map[loads]*big.Rat{}
		for l, p := range at {
			// The best of the drawn is one of bins i..k-1, which have equal loads, if all are among the first k, and
			// not all among the first i.
			for i := 0; i < bins; {
				k := i
				for k < bins && l[k] == l[i] {
					k++
				}
				chance := new(big.Rat).Sub(power(k, bins, choices), power(i, bins, choices))
				to := l
				to[i]++
				if next[to] == nil {
					next[to] = new(big.Rat)
				}
				next[to].Add(next[to], chance.Mul(chance, p))
				i = k
			}
		}
		at = next
	}
	mean := new(big.Rat)
	for l, p := range at {
		mean.Add(mean, new(big.Rat).Mul(p, big.NewRat(int64(l[0]), 1)))
	}
	return mean, nil
}

// power is (a/b)^n.
func power(a, b, n int) *big.Rat {
	p, base := big.NewRat(1, 1), big.NewRat(int64(a), int64(b))
	for range n {
		p.Mul(p, base)
	}
	return p
}
