package pool

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// drawClaims draws claims that are right, small enough to try everything.
func drawClaims(t *rapid.T) []Claim {
	claims := make([]Claim, rapid.IntRange(0, 5).Draw(t, "claims"))
	for i := range claims {
		c := Claim{
			Reservation: rapid.Int64Range(0, 6).Draw(t, "reservation"),
			Limit:       NoLimit,
			Demand:      rapid.Int64Range(0, 12).Draw(t, "demand"),
			Shares:      big.NewRat(rapid.Int64Range(1, 7).Draw(t, "shares"), rapid.Int64Range(1, 3).Draw(t, "base")),
		}
		if rapid.Bool().Draw(t, "limited") {
			c.Limit = c.Reservation + rapid.Int64Range(0, 6).Draw(t, "room")
		}
		claims[i] = c
	}
	return claims
}

// tryAll finds what each claim is given without looking for a level: it tries for each to hold it at its floor, at its ceiling,
// or neither, divides what is left among the latter by their shares, and keeps what contradicts nothing.
func tryAll(goal *big.Rat, claims []Claim) []*big.Rat {
	const atFloor, atCeiling, free = 0, 1, 2
	where := make([]int, len(claims))
	var try func(i int) []*big.Rat
	try = func(i int) []*big.Rat {
		if i < len(claims) {
			for _, w := range []int{atFloor, atCeiling, free} {
				where[i] = w
				if found := try(i + 1); found != nil {
					return found
				}
			}
			return nil
		}
		rest, shares := new(big.Rat).Set(goal), new(big.Rat)
		for i, c := range claims {
			switch where[i] {
			case atFloor:
				rest.Sub(rest, whole(c.Floor()))
			case atCeiling:
				rest.Sub(rest, whole(c.Ceiling()))
			case free:
				shares.Add(shares, c.Shares)
			}
		}
		if shares.Sign() == 0 && rest.Sign() != 0 {
			return nil
		}
		// The least that anybody held at a ceiling has for a share, and the most that anybody held at a floor has, must
		// leave room for the level of the others.
		var low, high *big.Rat
		for i, c := range claims {
			perShare := func(n int64) *big.Rat { return new(big.Rat).Quo(whole(n), c.Shares) }
			switch {
			case where[i] == atFloor && (high == nil || perShare(c.Floor()).Cmp(high) < 0):
				high = perShare(c.Floor())
			case where[i] == atCeiling && (low == nil || perShare(c.Ceiling()).Cmp(low) > 0):
				low = perShare(c.Ceiling())
			}
		}
		if shares.Sign() == 0 {
			if low != nil && high != nil && low.Cmp(high) > 0 {
				return nil
			}
			low = new(big.Rat)
		} else {
			level := new(big.Rat).Quo(rest, shares)
			if level.Sign() < 0 || low != nil && level.Cmp(low) < 0 || high != nil && level.Cmp(high) > 0 {
				return nil
			}
			low = level
		}
		out := make([]*big.Rat, len(claims))
		for i, c := range claims {
			switch where[i] {
			case atFloor:
				out[i] = whole(c.Floor())
			case atCeiling:
				out[i] = whole(c.Ceiling())
			case free:
				out[i] = new(big.Rat).Mul(low, c.Shares)
				if out[i].Cmp(whole(c.Floor())) < 0 || out[i].Cmp(whole(c.Ceiling())) > 0 {
					return nil
				}
			}
		}
		return out
	}
	return try(0)
}

// Divide gives what trying everything gives, and keeps the laws of entitlement.bh.
func TestDivide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := drawClaims(t)
		capacity := big.NewRat(rapid.Int64Range(0, 60).Draw(t, "capacity"), rapid.Int64Range(1, 3).Draw(t, "parts"))
		floors, ceilings := int64(0), int64(0)
		for _, c := range claims {
			floors += min(c.Reservation, c.Demand)
			ceilings += c.Ceiling()
		}
		_, given, err := Divide(capacity, claims)
		var over *Overcommitted
		if fits := whole(floors).Cmp(capacity) <= 0; errors.As(err, &over) == fits || fits && err != nil {
			t.Fatalf("%d are guaranteed of %s: got %v", floors, capacity, err)
		}
		if err != nil {
			return
		}
		goal := whole(ceilings)
		if goal.Cmp(capacity) > 0 {
			goal = capacity
		}
		if sum(given).Cmp(goal) != 0 {
			t.Fatalf("%s are given, want %s", sum(given), goal)
		}
		want := tryAll(goal, claims)
		for i, c := range claims {
			if given[i].Cmp(want[i]) != 0 {
				t.Fatalf("claim %d: got %s, want %s of %v", i, given[i], want[i], want)
			}
			if given[i].Cmp(whole(min(c.Reservation, c.Demand))) < 0 || c.Limit != NoLimit && given[i].Cmp(whole(c.Limit)) > 0 {
				t.Fatalf("claim %d: %s is below what is reserved or above the limit of %+v", i, given[i], c)
			}
			for j, d := range claims {
				less := new(big.Rat).Mul(given[i], d.Shares).Cmp(new(big.Rat).Mul(given[j], c.Shares)) < 0
				if less && given[i].Cmp(whole(c.Ceiling())) != 0 && given[j].Cmp(whole(d.Floor())) != 0 {
					t.Fatalf("claim %d is given less for a share than %d: %s and %s", i, j, given[i], given[j])
				}
			}
		}
	})
}

// Poured out in drops, each to the claim that has the least for its shares, a capacity comes to within a drop for each claim of
// what Divide gives.
func TestDivideIsFilling(t *testing.T) {
	const drops = 20 // of 1 MHz
	rapid.Check(t, func(t *rapid.T) {
		claims := drawClaims(t)
		capacity := rapid.Int64Range(0, 30).Draw(t, "capacity")
		_, given, err := Divide(whole(capacity), claims)
		if err != nil {
			return
		}
		filled := make([]int64, len(claims))
		rest := capacity * drops
		for i, c := range claims {
			filled[i] = c.Floor() * drops
			rest -= filled[i]
		}
		for ; rest > 0; rest-- {
			least := -1
			var has *big.Rat
			for i, c := range claims {
				per := new(big.Rat).Quo(whole(filled[i]), c.Shares)
				if filled[i] < c.Ceiling()*drops && (least < 0 || per.Cmp(has) < 0) {
					least, has = i, per
				}
			}
			if least < 0 {
				break
			}
			filled[least]++
		}
		for i := range claims {
			off := new(big.Rat).Sub(new(big.Rat).Mul(given[i], whole(drops)), whole(filled[i]))
			if off.Abs(off).Cmp(whole(int64(len(claims)))) > 0 {
				t.Fatalf("claim %d: got %s, and %d drops", i, given[i], filled[i])
			}
		}
	})
}

// More shares are never worse for whom they are given to, nor better for anybody else; more capacity is never worse for
// anybody; whoever asks for less leaves no less to the others.
func TestDivideIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := drawClaims(t)
		capacity := whole(rapid.Int64Range(0, 30).Draw(t, "capacity"))
		_, before, err := Divide(capacity, claims)
		if err != nil || len(claims) == 0 {
			return
		}
		i := rapid.IntRange(0, len(claims)-1).Draw(t, "claim")
		mine, others := 0, 0 // the signs that changes may have, or 0 for none
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			claims[i].Shares = new(big.Rat).Add(claims[i].Shares, big.NewRat(rapid.Int64Range(1, 9).Draw(t, "more"), 2))
			mine, others = 1, -1
		case 1:
			capacity = new(big.Rat).Add(capacity, big.NewRat(rapid.Int64Range(1, 9).Draw(t, "more"), 3))
			mine, others = 1, 1
		case 2:
			claims[i].Demand -= rapid.Int64Range(0, claims[i].Demand).Draw(t, "less")
			mine, others = -1, 1
		}
		_, after, err := Divide(capacity, claims)
		if err != nil {
			t.Fatal(err)
		}
		for j := range claims {
			allowed := others
			if j == i {
				allowed = mine
			}
			if got := after[j].Cmp(before[j]); got == -allowed {
				t.Fatalf("claim %d: %s became %s when %d changed", j, before[j], after[j], i)
			}
		}
	})
}

func TestDivideRefuses(t *testing.T) {
	one := whole(1)
	for name, c := range map[string]Claim{
		"negative reservation":    {Reservation: -1, Limit: NoLimit, Demand: 1, Shares: one},
		"limit below reservation": {Reservation: 2, Limit: 1, Demand: 1, Shares: one},
		"negative limit":          {Limit: -2, Demand: 1, Shares: one},
		"negative demand":         {Limit: NoLimit, Demand: -1, Shares: one},
		"huge demand":             {Limit: NoLimit, Demand: MaxAmount + 1, Shares: one},
		"no shares":               {Limit: NoLimit, Demand: 1, Shares: new(big.Rat)},
		"nil shares":              {Limit: NoLimit, Demand: 1},
	} {
		if _, _, err := Divide(one, []Claim{c}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, _, err := Divide(whole(-1), nil); err == nil {
		t.Error("negative capacity: got no error")
	}
	if _, given, err := Divide(one, []Claim{{Limit: 0, Demand: 5, Shares: new(big.Rat)}}); err != nil || given[0].Sign() != 0 {
		t.Errorf("a claim of nothing without shares: got %v and %v", given, err)
	}
}

// The floors do not fit: nothing is divided.
func TestOvercommitted(t *testing.T) {
	claims := []Claim{{Reservation: 4, Limit: NoLimit, Demand: 9, Shares: whole(1)}, {Reservation: 3, Limit: NoLimit, Demand: 2, Shares: whole(1)}}
	var over *Overcommitted
	if _, _, err := Divide(whole(5), claims); !errors.As(err, &over) || over.Guaranteed != 6 {
		t.Errorf("got %v, want 6 guaranteed of 5", err)
	}
	if _, given, err := Divide(whole(6), claims); err != nil || given[0].Cmp(whole(4)) != 0 {
		t.Errorf("got %v and %v, want 4 for the first", given, err)
	}
}
