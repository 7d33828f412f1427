package perf

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/bulkheadlang/bulkhead/model"
)

// MaxRounds bounds the rounds of a loop that are worked out one by one.
const MaxRounds = 10_000

// Loop is a control loop each of whose rounds closes a share of at least Rate of the gap between what is and what is wanted.
type Loop struct {
	rate *big.Rat
}

// NewLoop makes a loop with a rate of more than 0 and at most 1. A loop of which it is only known that it comes nearer in
// each round has no such rate, and need not reach its goal.
func NewLoop(rate *big.Rat) (*Loop, error) {
	if rate == nil || rate.Sign() <= 0 || rate.Cmp(big.NewRat(1, 1)) > 0 {
		return nil, errors.New("a loop needs a rate of more than 0 and at most 1")
	}
	return &Loop{new(big.Rat).Set(rate)}, nil
}

// Gap is the greatest gap that is left of one after so many rounds: (1 - rate)^rounds * gap.
func (l *Loop) Gap(gap *big.Rat, rounds int) (*big.Rat, error) {
	if gap == nil || gap.Sign() < 0 || rounds < 0 || rounds > MaxRounds {
		return nil, fmt.Errorf("got %d rounds, want 0 to %d and a gap of at least 0", rounds, MaxRounds)
	}
	left, n := serial(l.rate), big.NewInt(int64(rounds))
	power := new(big.Rat).SetFrac(new(big.Int).Exp(left.Num(), n, nil), new(big.Int).Exp(left.Denom(), n, nil))
	return power.Mul(power, gap), nil
}

// Rounds is the number of rounds after which a gap is surely at most limit, the least. It is refused where that is more than
// MaxRounds, or no number, as for limit 0 and a rate of less than 1.
func (l *Loop) Rounds(gap, limit *big.Rat) (int, error) {
	if gap == nil || limit == nil || gap.Sign() < 0 || limit.Sign() < 0 {
		return 0, errors.New("gap and limit must be at least 0")
	}
	if limit.Sign() == 0 && gap.Sign() > 0 && l.rate.Cmp(big.NewRat(1, 1)) < 0 {
		return 0, model.Refuse("a gap of %s is never surely closed", gap.RatString())
	}
	// What is compared are a p^n and b q^n, whole numbers, where p/q is what a round leaves and a/b is gap / limit: fractions
	// would be reduced in each round, which takes long.
	left := serial(l.rate)
	a, b := new(big.Int).Mul(gap.Num(), limit.Denom()), new(big.Int).Mul(limit.Num(), gap.Denom())
	for n := 0; n <= MaxRounds; n++ {
		if a.Cmp(b) <= 0 {
			return n, nil
		}
		a.Mul(a, left.Num())
		b.Mul(b, left.Denom())
	}
	return 0, model.Refuse("a gap of %s takes more than %d rounds", gap.RatString(), MaxRounds)
}

// Closed is the number of rounds after which a gap that is a whole number is surely 0, where what a round leaves is one, too.
func (l *Loop) Closed(gap int64) (int, error) {
	if gap < 0 {
		return 0, fmt.Errorf("got gap %d, want at least 0", gap)
	}
	left := big.NewInt(gap)
	for n := 0; n <= MaxRounds; n++ {
		if left.Sign() == 0 {
			return n, nil
		}
		after := new(big.Rat).SetInt(left)
		after.Mul(after, serial(l.rate))
		left = new(big.Int).Quo(after.Num(), after.Denom())
	}
	return 0, model.Refuse("a gap of %d takes more than %d rounds", gap, MaxRounds)
}
