package types

import "math"

// Interval arithmetic over int64: each function gives the bounds of the result and whether every result fits int64.
// Where one may not, the bounds saturate; the evaluation then checks and faults.

// Add is the interval of x + y.
func Add(x, y *Type) (*Type, bool) {
	lo, ok1 := addSat(x.Lo, y.Lo)
	hi, ok2 := addSat(x.Hi, y.Hi)
	return IntRange(lo, hi), ok1 && ok2
}

// Sub is the interval of x - y.
func Sub(x, y *Type) (*Type, bool) {
	lo, ok1 := subSat(x.Lo, y.Hi)
	hi, ok2 := subSat(x.Hi, y.Lo)
	return IntRange(lo, hi), ok1 && ok2
}

// Mul is the interval of x * y.
func Mul(x, y *Type) (*Type, bool) {
	all := true
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	for _, a := range [2]int64{x.Lo, x.Hi} {
		for _, b := range [2]int64{y.Lo, y.Hi} {
			p, ok := mulSat(a, b)
			all = all && ok
			lo, hi = min(lo, p), max(hi, p)
		}
	}
	return IntRange(lo, hi), all
}

// Div is the interval of x / y, rounded toward minus infinity, over the divisors that are not 0. The result fits but
// for the least int64 divided by -1.
func Div(x, y *Type) (*Type, bool) {
	lo, hi := int64(math.MaxInt64), int64(math.MinInt64)
	all := true
	try := func(b int64) {
		if b == 0 || b < y.Lo || b > y.Hi {
			return
		}
		for _, a := range [2]int64{x.Lo, x.Hi} {
			q, ok := DivFloor(a, b)
			all = all && ok
			lo, hi = min(lo, q), max(hi, q)
		}
	}
	try(y.Lo)
	try(y.Hi)
	try(-1)
	try(1)
	if lo > hi {
		return IntRange(0, 0), true // always a division by zero
	}
	if x.Lo == math.MinInt64 && y.Lo <= -1 && y.Hi >= -1 {
		all = false
	}
	return IntRange(lo, hi), all
}

// Mod is the interval of x % y, which has the sign of y.
func Mod(x, y *Type) (*Type, bool) {
	lo, hi := int64(0), int64(0)
	if y.Hi > 0 {
		hi = y.Hi - 1
		if x.Lo >= 0 {
			hi = min(hi, x.Hi)
		}
	}
	if y.Lo < 0 {
		lo = y.Lo + 1
		if x.Hi <= 0 {
			lo = max(lo, x.Lo)
		}
	}
	return IntRange(lo, hi), true
}

// Neg is the interval of -x.
func Neg(x *Type) (*Type, bool) {
	return Sub(IntRange(0, 0), x)
}

// Join is the least interval that contains both.
func Join(x, y *Type) *Type {
	return IntRange(min(x.Lo, y.Lo), max(x.Hi, y.Hi))
}

// Within tells whether every value of x is one of y.
func Within(x, y *Type) bool { return x.Lo >= y.Lo && x.Hi <= y.Hi }

func addSat(a, b int64) (int64, bool) {
	s := a + b
	if (b >= 0) == (s >= a) {
		return s, true
	}
	if b > 0 {
		return math.MaxInt64, false
	}
	return math.MinInt64, false
}

func subSat(a, b int64) (int64, bool) {
	d := a - b
	if (b >= 0) == (d <= a) {
		return d, true
	}
	if b > 0 {
		return math.MinInt64, false
	}
	return math.MaxInt64, false
}

func mulSat(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	p := a * b
	if p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
		return p, true
	}
	if (a < 0) == (b < 0) {
		return math.MaxInt64, false
	}
	return math.MinInt64, false
}

// AddOK is a + b where it fits.
func AddOK(a, b int64) (int64, bool) { return addSat(a, b) }

// SubOK is a - b where it fits.
func SubOK(a, b int64) (int64, bool) { return subSat(a, b) }

// MulOK is a * b where it fits.
func MulOK(a, b int64) (int64, bool) { return mulSat(a, b) }

// DivFloor is a / b rounded toward minus infinity; b is not 0. It does not fit for the least int64 and -1.
func DivFloor(a, b int64) (int64, bool) {
	if b == -1 {
		return subSat(0, a)
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q, true
}

// ModFloor is a - b*DivFloor(a, b); b is not 0.
func ModFloor(a, b int64) int64 {
	if b == -1 {
		return 0
	}
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return m
}
