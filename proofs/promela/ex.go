package promela

import (
	"math"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// ex is an integer or a truth value as an expression of Promela, with what is known of it: an interval that contains its
// value. One value is a constant.
type ex struct {
	s      string
	prec   int // how tightly its outermost operator binds
	lo, hi int64
	not    string // of a comparison: the opposite one
}

// The precedences of Promela's operators, as in C.
const (
	orPrec = iota + 1
	andPrec
	eqPrec
	ltPrec
	addPrec
	mulPrec
	unaryPrec
	atomPrec
)

const (
	maxText    = 1 << 16 // bytes of one expression
	maxInteger = math.MaxInt32
	minInteger = math.MinInt32
)

// Refused says which construct of a model Promela cannot be made of, and why.
type Refused struct {
	Pos syntax.Pos
	Msg string
}

func (r *Refused) Error() string { return types.Pos(r.Pos) + ": " + r.Msg }

// refuse ends the export.
func refuse(pos syntax.Pos, msg string) { panic(&Refused{pos, msg}) }

func num(n int64) ex {
	if n < 0 {
		return ex{s: strconv.FormatInt(n, 10), prec: unaryPrec, lo: n, hi: n}
	}
	return ex{s: strconv.FormatInt(n, 10), prec: atomPrec, lo: n, hi: n}
}

func truth(b bool) ex {
	if b {
		return ex{s: "true", prec: atomPrec, lo: 1, hi: 1}
	}
	return ex{s: "false", prec: atomPrec}
}

func (x ex) known() bool { return x.lo == x.hi }
func (x ex) yes() bool   { return x.lo == x.hi && x.lo != 0 }
func (x ex) no() bool    { return x.lo == 0 && x.hi == 0 }

// in gives x where an operator of precedence prec stands beside it.
func (x ex) in(prec int) string {
	if x.prec < prec {
		return "(" + x.s + ")"
	}
	return x.s
}

func infix(op string, prec int, a, b ex, lo, hi int64) ex {
	return ex{s: a.in(prec) + " " + op + " " + b.in(prec+1), prec: prec, lo: lo, hi: hi}
}

// compare is a comparison, of which opposite is the opposite operator.
func compare(op, opposite string, prec int, a, b ex) ex {
	l, r := a.in(prec+1), b.in(prec+1)
	return ex{s: l + " " + op + " " + r, prec: prec, hi: 1, not: l + " " + opposite + " " + r}
}

func not(a ex) ex {
	if a.known() {
		return truth(a.no())
	}
	if a.not != "" {
		prec := a.prec
		if prec == unaryPrec {
			prec = orPrec // of what is negated nothing is known
		}
		return ex{s: a.not, prec: prec, hi: 1, not: a.s}
	}
	return ex{s: "!" + a.in(unaryPrec), prec: unaryPrec, hi: 1, not: a.s}
}

func and(a, b ex) ex {
	switch {
	case a.no() || b.yes() || a.s == b.s:
		return a
	case b.no() || a.yes():
		return b
	}
	return ex{s: a.in(andPrec) + " && " + b.in(andPrec), prec: andPrec, hi: 1}
}

func or(a, b ex) ex {
	switch {
	case a.yes() || b.no() || a.s == b.s, strings.HasSuffix(a.s, " || "+b.s):
		return a
	case b.yes() || a.no():
		return b
	}
	return ex{s: a.in(orPrec) + " || " + b.in(orPrec), prec: orPrec, hi: 1}
}

func implies(a, b ex) ex {
	if a.s == b.s {
		return truth(true)
	}
	return or(not(a), b)
}

// eq is a == b, of integers or of truth values.
func eq(a, b ex) ex {
	switch {
	case a.hi < b.lo || b.hi < a.lo:
		return truth(false)
	case a.known() && b.known(), a.s == b.s:
		return truth(true)
	}
	for _, p := range [][2]ex{{a, b}, {b, a}} {
		if p[0].lo >= 0 && p[0].hi <= 1 && !p[0].known() && p[1].known() && (p[1].s == "true" || p[1].s == "false") {
			if p[1].yes() {
				return p[0]
			}
			return not(p[0])
		}
	}
	return compare("==", "!=", eqPrec, a, b)
}

func le(a, b ex) ex {
	switch {
	case a.hi <= b.lo, a.s == b.s:
		return truth(true)
	case a.lo > b.hi:
		return truth(false)
	}
	return compare("<=", ">", ltPrec, a, b)
}

func lt(a, b ex) ex {
	switch {
	case a.hi < b.lo:
		return truth(true)
	case a.lo >= b.hi, a.s == b.s:
		return truth(false)
	}
	return compare("<", ">=", ltPrec, a, b)
}

// within is lo <= x and x <= hi.
func within(x ex, lo, hi int64) ex { return and(le(num(lo), x), le(x, num(hi))) }

// mux is a where c is true and b where not.
func mux(c, a, b ex) ex {
	switch {
	case c.yes() || a.s == b.s:
		return a
	case c.no():
		return b
	case a.yes() && a.s == "true" && b.lo >= 0 && b.hi <= 1:
		return or(c, b)
	case b.no() && b.s == "false" && a.lo >= 0 && a.hi <= 1:
		return and(c, a)
	case b.yes() && b.s == "true" && a.lo >= 0 && a.hi <= 1:
		return or(not(c), a)
	case a.no() && a.s == "false" && b.lo >= 0 && b.hi <= 1:
		return and(not(c), b)
	case a.s == "1" && b.s == "0":
		return c
	}
	return ex{s: "(" + c.s + " -> " + a.s + " : " + b.s + ")", prec: atomPrec, lo: min(a.lo, b.lo), hi: max(a.hi, b.hi)}
}

func add(a, b ex) ex {
	lo, hi := a.lo+b.lo, a.hi+b.hi
	switch {
	case a.known() && b.known():
		return num(lo)
	case a.known() && a.lo == 0:
		return b
	case b.known() && b.lo == 0:
		return a
	case b.known() && b.lo < 0:
		return infix("-", addPrec, a, num(-b.lo), lo, hi)
	}
	return infix("+", addPrec, a, b, lo, hi)
}

func sub(a, b ex) ex {
	lo, hi := a.lo-b.hi, a.hi-b.lo
	switch {
	case a.known() && b.known():
		return num(lo)
	case b.known() && b.lo == 0:
		return a
	case b.known() && b.lo < 0:
		return infix("+", addPrec, a, num(-b.lo), lo, hi)
	}
	return infix("-", addPrec, a, b, lo, hi)
}

func mul(a, b ex) ex {
	all := [4]int64{a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi}
	lo, hi := min(all[0], all[1], all[2], all[3]), max(all[0], all[1], all[2], all[3])
	switch {
	case lo == hi:
		return num(lo)
	case a.known() && a.lo == 1:
		return b
	case b.known() && b.lo == 1:
		return a
	}
	return infix("*", mulPrec, a, b, lo, hi)
}

func neg(a ex) ex {
	if a.known() {
		return num(-a.lo)
	}
	return ex{s: "-" + a.in(atomPrec), prec: unaryPrec, lo: -a.hi, hi: -a.lo}
}

// quotient is a / b rounded toward minus infinity, where b is not 0; Promela rounds toward 0, and stops at a division by 0 even
// where an assertion has failed.
func quotient(a, b ex) ex {
	t, _ := types.Div(types.IntRange(a.lo, a.hi), types.IntRange(b.lo, b.hi))
	d := divisor(b)
	switch {
	case a.known() && b.known() && b.lo != 0:
		n, _ := types.DivFloor(a.lo, b.lo)
		return num(n)
	case a.lo >= 0 && b.lo >= 0:
		return infix("/", mulPrec, a, d, t.Lo, t.Hi)
	}
	whole := infix("/", mulPrec, a, d, -maxInteger, maxInteger)
	rest := infix("%", mulPrec, a, d, -maxInteger, maxInteger)
	less := and(not(eq(rest, num(0))), not(eq(lt(rest, num(0)), lt(b, num(0)))))
	q := sub(whole, mux(less, num(1), num(0)))
	q.lo, q.hi = t.Lo, t.Hi
	return q
}

// remainder is what quotient leaves.
func remainder(a, b ex) ex {
	t, _ := types.Mod(types.IntRange(a.lo, a.hi), types.IntRange(b.lo, b.hi))
	switch {
	case a.known() && b.known() && b.lo != 0:
		return num(types.ModFloor(a.lo, b.lo))
	case a.lo >= 0 && b.lo >= 0:
		return infix("%", mulPrec, a, divisor(b), t.Lo, t.Hi)
	}
	d := divisor(b)
	rest := infix("%", mulPrec, a, d, -maxInteger, maxInteger)
	less := and(not(eq(rest, num(0))), not(eq(lt(rest, num(0)), lt(b, num(0)))))
	r := mux(less, add(rest, d), rest)
	r.lo, r.hi = t.Lo, t.Hi
	return r
}

func divisor(b ex) ex {
	if b.lo > 0 || b.hi < 0 {
		return b
	}
	return mux(eq(b, num(0)), num(1), b)
}

// checked refuses an integer that Promela's do not hold, and an expression that is too long.
func checked(pos syntax.Pos, x ex) ex {
	if x.lo < minInteger || x.hi > maxInteger {
		refuse(pos, "an integer beyond the 32 bits of Promela's")
	}
	if len(x.s) > maxText {
		refuse(pos, "an expression that takes more than 64 KiB once it is written out")
	}
	return x
}
