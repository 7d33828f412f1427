package types

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// operation is an operation on intervals and, of two numbers, its exact result; ok is false where it has none.
type operation struct {
	name     string
	interval func(x, y *Type) (*Type, bool)
	exact    func(a, b *big.Int) (v *big.Int, ok bool)
}

var operations = []operation{
	{"+", Add, func(a, b *big.Int) (*big.Int, bool) { return new(big.Int).Add(a, b), true }},
	{"-", Sub, func(a, b *big.Int) (*big.Int, bool) { return new(big.Int).Sub(a, b), true }},
	{"*", Mul, func(a, b *big.Int) (*big.Int, bool) { return new(big.Int).Mul(a, b), true }},
	{"/", Div, func(a, b *big.Int) (*big.Int, bool) {
		if b.Sign() == 0 {
			return nil, false
		}
		return floor(a, b), true
	}},
	{"%", Mod, func(a, b *big.Int) (*big.Int, bool) {
		if b.Sign() == 0 {
			return nil, false
		}
		return new(big.Int).Sub(a, new(big.Int).Mul(b, floor(a, b))), true
	}},
}

// floor is a / b rounded toward minus infinity.
func floor(a, b *big.Int) *big.Int {
	q, m := new(big.Int).QuoRem(a, b, new(big.Int))
	if m.Sign() != 0 && m.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
	}
	return q
}

// endsOf draws an interval, small, or with ends near those of int64, or any.
func endsOf(t *rapid.T, name string) *Type {
	near := rapid.SampledFrom([]int64{math.MinInt64, math.MinInt32, -1, 0, 1, math.MaxInt32, math.MaxInt64})
	one := func(name string) int64 {
		base := near.Draw(t, name+" near")
		d := rapid.Int64Range(-4, 4).Draw(t, name+" off by")
		if s, ok := AddOK(base, d); ok {
			return s
		}
		return base
	}
	if rapid.Bool().Draw(t, name+" small") {
		lo := rapid.Int64Range(-6, 6).Draw(t, name+" lo")
		return &Type{Kind: Range, Lo: lo, Hi: lo + rapid.Int64Range(0, 6).Draw(t, name+" width")}
	}
	a, b := one(name+" a"), one(name+" b")
	return &Type{Kind: Range, Lo: min(a, b), Hi: max(a, b)}
}

// within draws a number of an interval, often an end.
func within(t *rapid.T, x *Type, name string) int64 {
	return rapid.OneOf(rapid.Just(x.Lo), rapid.Just(x.Hi), rapid.Int64Range(x.Lo, x.Hi)).Draw(t, name)
}

// Every result lies in the interval that the operation gives; where the operation promises that all fit, each does.
func TestIntervalsContain(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, rapid.MakeCheck(func(t *rapid.T) {
			x, y := endsOf(t, "x"), endsOf(t, "y")
			z, fits := op.interval(x, y)
			a, b := within(t, x, "a"), within(t, y, "b")
			v, ok := op.exact(big.NewInt(a), big.NewInt(b))
			if !ok {
				return
			}
			switch {
			case !v.IsInt64() && fits:
				t.Fatalf("%d %s %d is %s, but %v %s %v is said to fit", a, op.name, b, v, x, op.name, y)
			case v.IsInt64() && (v.Int64() < z.Lo || v.Int64() > z.Hi):
				t.Fatalf("%d %s %d is %s, which is outside %v, the interval of %v %s %v", a, op.name, b, v, z, x, op.name, y)
			}
		}))
	}
}

// The intervals of sums, differences, products and quotients without a 0 in the divisor are the least ones.
func TestIntervalsAreTight(t *testing.T) {
	for _, op := range operations[:4] {
		for xl := int64(-4); xl <= 4; xl++ {
			for xh := xl; xh <= 4; xh++ {
				for yl := int64(-4); yl <= 4; yl++ {
					for yh := yl; yh <= 4; yh++ {
						if op.name == "/" && yl <= 0 && yh >= 0 {
							continue
						}
						x, y := IntRange(xl, xh), IntRange(yl, yh)
						lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
						for a := xl; a <= xh; a++ {
							for b := yl; b <= yh; b++ {
								v, _ := op.exact(big.NewInt(a), big.NewInt(b))
								lo, hi = min(lo, v.Int64()), max(hi, v.Int64())
							}
						}
						if z, fits := op.interval(x, y); z.Lo != lo || z.Hi != hi || !fits {
							t.Fatalf("%v %s %v: got %v, %v, want %d..%d", x, op.name, y, z, fits, lo, hi)
						}
					}
				}
			}
		}
	}
}

// The checked operations agree with exact arithmetic, near the ends of int64 above all.
func TestCheckedArithmetic(t *testing.T) {
	checked := map[string]func(a, b int64) (int64, bool){"+": AddOK, "-": SubOK, "*": MulOK, "/": DivFloor}
	rapid.Check(t, func(t *rapid.T) {
		x, y := endsOf(t, "x"), endsOf(t, "y")
		a, b := within(t, x, "a"), within(t, y, "b")
		for _, op := range operations {
			v, ok := op.exact(big.NewInt(a), big.NewInt(b))
			if !ok {
				continue
			}
			if op.name == "%" {
				if got := ModFloor(a, b); got != v.Int64() {
					t.Fatalf("%d %% %d: got %d, want %s", a, b, got, v)
				}
				continue
			}
			got, fits := checked[op.name](a, b)
			if fits != v.IsInt64() || fits && got != v.Int64() {
				t.Fatalf("%d %s %d: got %d, %v, want %s", a, op.name, b, got, fits, v)
			}
		}
	})
}

func TestNeg(t *testing.T) {
	for _, c := range []struct {
		x, want *Type
		fits    bool
	}{
		{IntRange(-2, 3), IntRange(-3, 2), true},
		{IntRange(math.MinInt64, 0), IntRange(0, math.MaxInt64), false},
		{IntRange(math.MinInt64+1, 0), IntRange(0, math.MaxInt64), true},
	} {
		if got, fits := Neg(c.x); !Identical(got, c.want) || fits != c.fits {
			t.Errorf("-(%v): got %v, %v, want %v, %v", c.x, got, fits, c.want, c.fits)
		}
	}
}

func TestJoinAndWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := endsOf(t, "x"), endsOf(t, "y")
		j := Join(x, y)
		if !Within(x, j) || !Within(y, j) || j.Lo != x.Lo && j.Lo != y.Lo || j.Hi != x.Hi && j.Hi != y.Hi {
			t.Fatalf("the join of %v and %v is not %v", x, y, j)
		}
		if Within(x, y) != Identical(IntRange(j.Lo, j.Hi), IntRange(y.Lo, y.Hi)) {
			t.Fatalf("%v within %v: got %v", x, y, Within(x, y))
		}
	})
}
