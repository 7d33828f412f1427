package perf

import (
	"errors"
	"fmt"
	"math/big"
)

// Amdahl is how many times faster work gets on n processors of which a share can be spread over them and the rest cannot,
// where the work stays the same: 1 / (1 - share + share / n) (G. Amdahl, AFIPS 1967).
func Amdahl(parallel *big.Rat, n int) (*big.Rat, error) {
	if err := checkShare(parallel, n); err != nil {
		return nil, err
	}
	time := new(big.Rat).Quo(parallel, whole(n))
	time.Add(time, serial(parallel))
	return time.Inv(time), nil
}

// Gustafson is the same where the work grows with the processors so that the time stays what it is, and the share is that of
// this time: 1 - share + share n (J. Gustafson, Reevaluating Amdahl's Law, CACM 31, 1988).
func Gustafson(parallel *big.Rat, n int) (*big.Rat, error) {
	if err := checkShare(parallel, n); err != nil {
		return nil, err
	}
	out := new(big.Rat).Mul(parallel, whole(n))
	return out.Add(out, serial(parallel)), nil
}

func serial(parallel *big.Rat) *big.Rat { return new(big.Rat).Sub(big.NewRat(1, 1), parallel) }

func checkShare(parallel *big.Rat, n int) error {
	if n < 1 {
		return fmt.Errorf("got %d processors, want at least 1", n)
	}
	if err := checkProbability(parallel); err != nil {
		return errors.New("the share that can be spread must be from 0 to 1")
	}
	return nil
}

// Scalability is the universal scalability law: what n processors, hosts or replicas do as a multiple of what one does, n /
// (1 + s (n - 1) + k n (n - 1)) (N. Gunther, Guerrilla Capacity Planning, Springer 2007, chapter 4).
type Scalability struct {
	Contention *big.Rat // s, 0 to 1: the share of work for which they queue
	Coherency  *big.Rat // k, at least 0: the cost of keeping each pair of them consistent
}

func (s Scalability) check(n int) error {
	if err := checkProbability(s.Contention); err != nil || s.Coherency == nil || s.Coherency.Sign() < 0 {
		return errors.New("contention must be from 0 to 1 and coherency at least 0")
	}
	if n < 1 {
		return fmt.Errorf("got %d processors, want at least 1", n)
	}
	return nil
}

// At is the capacity of n.
func (s Scalability) At(n int) (*big.Rat, error) {
	if err := s.check(n); err != nil {
		return nil, err
	}
	others := whole(n - 1)
	pairs := new(big.Rat).Mul(whole(n), others)
	cost := new(big.Rat).Add(new(big.Rat).Mul(s.Contention, others), pairs.Mul(s.Coherency, pairs))
	cost.Add(cost, big.NewRat(1, 1))
	return cost.Quo(whole(n), cost), nil
}

// MaxPeak bounds where a peak is looked for.
const MaxPeak = 1 << 30

// Peak is the least number with the greatest capacity: the first n for which one more is no gain, k n (n + 1) >= 1 - s. It
// is false where there is none up to MaxPeak, as without any cost of coherency and some work that is spread.
func (s Scalability) Peak() (int, bool, error) {
	if err := s.check(1); err != nil {
		return 0, false, err
	}
	room := serial(s.Contention)
	noGain := func(n int) bool {
		pairs := new(big.Rat).Mul(whole(n), whole(n+1))
		return pairs.Mul(pairs, s.Coherency).Cmp(room) >= 0
	}
	if !noGain(MaxPeak) {
		return 0, false, nil
	}
	low, high := 1, MaxPeak // the peak lies between them
	for low < high {
		if mid := (low + high) / 2; noGain(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, true, nil
}
