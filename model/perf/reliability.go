package perf

import (
	"errors"
	"fmt"
	"math/big"
)

// All that this file computes is of parts that fail independently of each other. Of parts that share a cause of failure,
// such as a power supply, a kernel or a bad update, none of it is true.

// AtLeast is the probability that k of some parts work, or more, where each works with the probability given, exactly.
// Parallel parts are k = 1, and a series is all of them.
func AtLeast(k int, works []*big.Rat) (*big.Rat, error) {
	n := len(works)
	if n < 1 || n > MaxCustomers || k < 0 || k > n {
		return nil, fmt.Errorf("got %d of %d parts, want 0 to all of 1 to %d", k, n, MaxCustomers)
	}
	// exactly[i] / all is the probability that i of the parts so far work: whole numbers, since to reduce fractions takes long.
	exactly, all := []*big.Int{big.NewInt(1)}, big.NewInt(1)
	for i, p := range works {
		if err := checkProbability(p); err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		fails := new(big.Int).Sub(p.Denom(), p.Num())
		next := make([]*big.Int, len(exactly)+1)
		for j := range next {
			next[j] = new(big.Int)
			if j < len(exactly) {
				next[j].Mul(exactly[j], fails)
			}
			if j > 0 {
				next[j].Add(next[j], new(big.Int).Mul(exactly[j-1], p.Num()))
			}
		}
		exactly = next
		all.Mul(all, p.Denom())
	}
	sum := new(big.Int)
	for _, p := range exactly[k:] {
		sum.Add(sum, p)
	}
	return new(big.Rat).SetFrac(sum, all), nil
}

func checkProbability(p *big.Rat) error {
	if p == nil || p.Sign() < 0 || p.Cmp(big.NewRat(1, 1)) > 0 {
		return errors.New("a probability must be from 0 to 1")
	}
	return nil
}

// Equal gives n parts that work with the same probability.
func Equal(n int, works *big.Rat) []*big.Rat {
	out := make([]*big.Rat, max(0, min(n, MaxCustomers+1)))
	for i := range out {
		out[i] = works
	}
	return out
}

// Byzantine is the probability that a system of 3 f + 1 replicas of which each fails with probability p, in any way, does
// what it promises, which it does while at most f of them fail (L. Lamport, R. Shostak and M. Pease, TOPLAS 4, 1982): the
// sum of C(n, i) p^i (1-p)^(n-i) for i up to f.
func Byzantine(f int, fails *big.Rat) (*big.Rat, error) {
	if f < 0 || f > (MaxCustomers-1)/3 {
		return nil, fmt.Errorf("got %d faults, want 0 to %d", f, (MaxCustomers-1)/3)
	}
	if err := checkProbability(fails); err != nil {
		return nil, err
	}
	return AtLeast(2*f+1, Equal(3*f+1, new(big.Rat).Sub(big.NewRat(1, 1), fails)))
}

// MeanLife is the mean time until fewer than k of n parts work, all of which work at first, fail at the same constant rate
// each, and are not repaired: the sum of 1 / (i rate) for i from k to n. With repairs, it is Chain.Hitting of a model.
func MeanLife(k, n int, rate *big.Rat) (*big.Rat, error) {
	if k < 1 || k > n || n > MaxCustomers || rate == nil || rate.Sign() <= 0 {
		return nil, fmt.Errorf("got %d of %d parts, want 1 to all of at most %d and a rate of more than 0", k, n, MaxCustomers)
	}
	out := new(big.Rat)
	for i := k; i <= n; i++ {
		out.Add(out, new(big.Rat).Inv(new(big.Rat).Mul(whole(i), rate)))
	}
	return out, nil
}
