package pool

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// siblings are machines directly in one pool, and what Divide gives them; the names are those of entitlement.bh.
type siblings struct {
	Capacity                           int
	Reservation, Limit, Demand, Shares []int // by VM-1
	Given                              []int // by VM-1, in parts of a unit
	Divided                            bool
}

// sizes are the constants of entitlement.bh.
type sizes struct{ vms, amount, shares, unit int }

func (s siblings) claims() []Claim {
	out := make([]Claim, len(s.Shares))
	for i := range out {
		out[i] = Claim{
			Reservation: int64(s.Reservation[i]), Limit: int64(s.Limit[i]), Demand: int64(s.Demand[i]),
			Shares: big.NewRat(int64(s.Shares[i]), 1),
		}
	}
	return out
}

// divide gives anew. It refuses where the guarantees do not fit, or the claims are not right.
func (s *siblings) divide(unit int) error {
	_, given, err := Divide(big.NewRat(int64(s.Capacity), 1), s.claims())
	if err != nil {
		return err
	}
	for i, g := range given {
		parts := new(big.Rat).Mul(g, big.NewRat(int64(unit), 1))
		if !parts.IsInt() {
			panic(fmt.Sprintf("%s is no whole number of parts of %d", g, unit))
		}
		s.Given[i] = int(parts.Num().Int64())
	}
	s.Divided = true
	return nil
}

// change sets one number of one machine and divides anew, if anything has been given out.
func (z sizes) change(s *siblings, part *int, to, least, most int) error {
	if !s.Divided || to < least || to > most {
		return errNo
	}
	*part = to
	return s.divide(z.unit)
}

func (s siblings) bindings() []model.Binding {
	by := func(name string, ns []int) model.Binding {
		return model.Binding{Name: name, Value: modelcheck.Map(1, len(ns), func(i int) model.Value { return modelcheck.Int(ns[i-1]) })}
	}
	return []model.Binding{
		{Name: "capacity", Value: modelcheck.Int(s.Capacity)},
		by("reservation", s.Reservation), by("limit", s.Limit), by("demand", s.Demand), by("shares", s.Shares), by("given", s.Given),
		{Name: "divided", Value: model.Bool(s.Divided)},
	}
}

// from0 gives every way of filling n places with 0 to limit.
func from0(n, limit int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		for v := range modelcheck.Vectors(n, limit+1) {
			for i := range v {
				v[i]--
			}
			if !yield(v) {
				return
			}
		}
	}
}

func (z sizes) init(yield func(siblings) bool) {
	for capacity := range z.vms*z.amount + 1 {
		for reservation := range from0(z.vms, z.amount) {
			for limit := range from0(z.vms, z.amount) {
				for demand := range from0(z.vms, z.amount) {
					for shares := range modelcheck.Vectors(z.vms, z.shares) {
						s := siblings{Capacity: capacity, Reservation: reservation, Limit: limit, Demand: demand, Shares: shares, Given: make([]int, z.vms)}
						tried := s
						tried.Given = slices.Clone(s.Given)
						if tried.divide(z.unit) == nil && !yield(s) {
							return
						}
					}
				}
			}
		}
	}
}

// system is the system whose states are those of entitlement.bh. Its guards are what Divide refuses.
func (z sizes) system() model.System {
	vms := modelcheck.Numbers[int](z.vms)
	amounts := make([]int, z.amount+1)
	for i := range amounts {
		amounts[i] = i
	}
	return model.MustDefine(model.Definition[siblings]{
		Name: "Entitlement",
		Init: z.init,
		Actions: []model.ActionOf[siblings]{
			{Name: "Divide", Next: modelcheck.Call(func(s *siblings) error {
				if s.Divided {
					return errNo
				}
				return s.divide(z.unit)
			})},
			{Name: "Raise", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(s *siblings, v int) error {
				return z.change(s, &s.Shares[v-1], s.Shares[v-1]+1, 1, z.shares)
			})},
			{Name: "Lower", Params: []string{"v"}, Next: modelcheck.Call1(vms, func(s *siblings, v int) error {
				return z.change(s, &s.Shares[v-1], s.Shares[v-1]-1, 1, z.shares)
			})},
			{Name: "Reserve", Params: []string{"v", "r"}, Next: modelcheck.Call2(vms, amounts, func(s *siblings, v, r int) error {
				return z.change(s, &s.Reservation[v-1], r, 0, z.amount)
			})},
			{Name: "Limit", Params: []string{"v", "l"}, Next: modelcheck.Call2(vms, amounts, func(s *siblings, v, l int) error {
				return z.change(s, &s.Limit[v-1], l, 0, z.amount)
			})},
			{Name: "Ask", Params: []string{"v", "d"}, Next: modelcheck.Call2(vms, amounts, func(s *siblings, v, d int) error {
				return z.change(s, &s.Demand[v-1], d, 0, z.amount)
			})},
			{Name: "Grow", Next: modelcheck.Call(func(s *siblings) error { return z.change(s, &s.Capacity, s.Capacity+1, 0, z.vms*z.amount) })},
			{Name: "Shrink", Next: modelcheck.Call(func(s *siblings) error { return z.change(s, &s.Capacity, s.Capacity-1, 0, z.vms*z.amount) })},
		},
		Invariants: []model.Predicate[siblings]{
			{Name: "WithinCapacity", Holds: func(s siblings) bool {
				sum := 0
				for _, g := range s.Given {
					sum += g
				}
				return sum <= z.unit*s.Capacity
			}},
		},
		Show: siblings.bindings,
	})
}
