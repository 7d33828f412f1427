package pool

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
)

// Claim is one child's claim on what its pool has.
type Claim struct {
	Reservation int64
	Limit       int64 // or NoLimit
	Demand      int64 // what it could use
	Shares      *big.Rat
}

// Ceiling is how much is of use: the demand, but the limit at most.
func (c Claim) Ceiling() int64 {
	if c.Limit == NoLimit {
		return c.Demand
	}
	return min(c.Limit, c.Demand)
}

// Floor is how much is given whatever the others claim.
func (c Claim) Floor() int64 { return min(c.Reservation, c.Ceiling()) }

// at is what is given at a level.
func (c Claim) at(level *big.Rat) *big.Rat {
	given := new(big.Rat).Mul(level, c.Shares)
	if floor := whole(c.Floor()); given.Cmp(floor) < 0 {
		given = floor
	}
	if ceiling := whole(c.Ceiling()); given.Cmp(ceiling) > 0 {
		given = ceiling
	}
	return given
}

func (c Claim) validate() error {
	a := Allocation{Reservation: c.Reservation, Limit: c.Limit}
	switch {
	case c.Demand < 0 || c.Demand > MaxAmount:
		return fmt.Errorf("got a demand of %d, want 0 to %d", c.Demand, int64(MaxAmount))
	case c.Shares == nil || c.Shares.Sign() < 0 || c.Shares.Sign() == 0 && c.Ceiling() > 0:
		return fmt.Errorf("got shares of %v, want more than 0", c.Shares)
	}
	return a.validate()
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// Overcommitted is the error of a division in which the guarantees do not fit. No source says what happens then; admission
// control exists so that it does not. It comes about where capacity is lost, as when a host fails.
type Overcommitted struct {
	Guaranteed int64    // the sum of what the claims are given in any case
	Capacity   *big.Rat // what there is
}

// Error gives both amounts.
func (o *Overcommitted) Error() string {
	return fmt.Sprintf("overcommitted: %d are guaranteed, and there are %s", o.Guaranteed, o.Capacity.RatString())
}

// Divide gives to each claim min(ceiling, max(floor, level·shares)), with the lowest level at which all of the
// capacity is given, or all that is of use: max-min fairness with weights, floors and ceilings. That this is ESXi's
// entitlement is an abstraction of what the manual says of reservations, limits and shares (vSphere Resource Management,
// Configuring Resource Allocation Settings); the host comes near it over time.
//
// A claim without a ceiling may have no shares; all others have some. The result has the level, in MHz or MB for a
// share, and the amounts in the order of the claims. The error is an *Overcommitted where the floors do not fit.
func Divide(capacity *big.Rat, claims []Claim) (level *big.Rat, given []*big.Rat, err error) {
	if capacity.Sign() < 0 {
		return nil, nil, fmt.Errorf("got a capacity of %s, want at least 0", capacity.RatString())
	}
	var floors, ceilings int64
	for i, c := range claims {
		if err := c.validate(); err != nil {
			return nil, nil, fmt.Errorf("claim %d: %w", i+1, err)
		}
		floors += c.Floor()
		ceilings += c.Ceiling()
	}
	if whole(floors).Cmp(capacity) > 0 {
		return nil, nil, &Overcommitted{Guaranteed: floors, Capacity: capacity}
	}
	goal := whole(ceilings)
	if goal.Cmp(capacity) > 0 {
		goal = capacity
	}
	level = levelOf(goal, claims)
	return level, at(level, claims), nil
}

// levelOf is the lowest level at which the goal is given, which is at least the sum of the floors and at most that of
// the ceilings. What is given rises with the level along straight lines between the levels at which claims leave their
// floors and come to their ceilings: it looks for the line, and then on it.
func levelOf(goal *big.Rat, claims []Claim) *big.Rat {
	bends := []*big.Rat{new(big.Rat)}
	for _, c := range claims {
		if c.Shares.Sign() > 0 {
			bends = append(bends, new(big.Rat).Quo(whole(c.Floor()), c.Shares), new(big.Rat).Quo(whole(c.Ceiling()), c.Shares))
		}
	}
	slices.SortFunc(bends, (*big.Rat).Cmp)
	end := sort.Search(len(bends), func(i int) bool { return sum(at(bends[i], claims)).Cmp(goal) >= 0 })
	if end == 0 {
		return bends[0]
	}
	from, to := sum(at(bends[end-1], claims)), sum(at(bends[end], claims))
	part := new(big.Rat).Quo(new(big.Rat).Sub(goal, from), new(big.Rat).Sub(to, from))
	width := new(big.Rat).Sub(bends[end], bends[end-1])
	return width.Add(bends[end-1], width.Mul(width, part))
}

func at(level *big.Rat, claims []Claim) []*big.Rat {
	out := make([]*big.Rat, len(claims))
	for i, c := range claims {
		out[i] = c.at(level)
	}
	return out
}

func sum(amounts []*big.Rat) *big.Rat {
	out := new(big.Rat)
	for _, a := range amounts {
		out.Add(out, a)
	}
	return out
}
