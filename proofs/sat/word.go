package sat

import (
	"math"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// word is an integer as a circuit: two's complement, the least significant bit first and the sign last, and an interval that has it
// in it wherever it matters. Where an evaluation has faulted or is not made, it is anything.
type word struct {
	bits   []lit
	lo, hi int64
}

// width is the number of bits, a sign among them, that all of lo..hi need.
func width(lo, hi int64) int {
	of := func(n int64) int {
		if n < 0 {
			n = ^n
		}
		return bits.Len64(uint64(n)) + 1
	}
	return max(of(lo), of(hi))
}

func number(n int64) word {
	w := word{lo: n, hi: n, bits: make([]lit, width(n, n))}
	for i := range w.bits {
		w.bits[i] = lit(n >> i & 1)
	}
	return w
}

func truthWord(l lit) word {
	switch l {
	case lFalse:
		return number(0)
	case lTrue:
		return number(1)
	}
	return word{[]lit{l, lFalse}, 0, 1}
}

// fixed is the value of a constant.
func (w word) fixed() (int64, bool) { return w.lo, w.lo == w.hi }

// bit is bit i, of any width.
func (w word) bit(i int) lit { return w.bits[min(i, len(w.bits)-1)] }

func (w word) sign() lit { return w.bits[len(w.bits)-1] }

// within is w, known to be in lo..hi wherever it matters, with no more bits than that takes.
func (w word) within(lo, hi int64) word {
	lo, hi = max(lo, w.lo), min(hi, w.hi)
	if lo > hi { // it matters nowhere
		return number(lo)
	}
	if lo == hi {
		return number(lo)
	}
	n := width(lo, hi)
	out := word{make([]lit, n), lo, hi}
	for i := range out.bits {
		out.bits[i] = w.bit(i)
	}
	if lo >= 0 {
		out.bits[n-1] = lFalse
	}
	if hi < 0 {
		out.bits[n-1] = lTrue
	}
	return out
}

// freshWord is an integer of inputs and whether it is in lo..hi.
func (g *graph) freshWord(lo, hi int64) (word, lit) {
	if lo == hi {
		return number(lo), lTrue
	}
	w := word{make([]lit, width(lo, hi)), lo, hi}
	for i := range w.bits {
		switch {
		case i < len(w.bits)-1 || lo < 0 && hi >= 0:
			w.bits[i] = g.input()
		case hi < 0:
			w.bits[i] = lTrue
		}
	}
	wide := w // what the bits can be
	wide.lo, wide.hi = math.MinInt64, math.MaxInt64
	return w, g.and(g.le(number(lo), wide), g.le(wide, number(hi)))
}

func (g *graph) muxWord(c lit, a, b word) word {
	switch {
	case c == lTrue:
		return a
	case c == lFalse:
		return b
	}
	out := word{make([]lit, max(len(a.bits), len(b.bits))), min(a.lo, b.lo), max(a.hi, b.hi)}
	for i := range out.bits {
		out.bits[i] = g.mux(c, a.bit(i), b.bit(i))
	}
	return out.within(out.lo, out.hi)
}

func (g *graph) eq(a, b word) lit {
	if a.hi < b.lo || b.hi < a.lo {
		return lFalse
	}
	var same []lit
	for i := range max(len(a.bits), len(b.bits)) {
		same = append(same, g.iff(a.bit(i), b.bit(i)))
	}
	return g.all(same...)
}

func (g *graph) le(a, b word) lit {
	switch {
	case a.hi <= b.lo:
		return lTrue
	case b.hi < a.lo:
		return lFalse
	}
	n := max(len(a.bits), len(b.bits))
	out := lTrue // of the bits below
	for i := range n {
		x, y := a.bit(i), b.bit(i)
		if i == n-1 { // the sign
			x, y = y, x
		}
		out = g.or(g.and(x.not(), y), g.and(g.iff(x, y), out))
	}
	return out
}

func (g *graph) lt(a, b word) lit { return g.le(b, a).not() }

// sum adds two words and a carry, in n bits.
func (g *graph) sum(a, b word, carry lit, n int) []lit {
	out := make([]lit, n)
	for i := range out {
		x, y := a.bit(i), b.bit(i)
		odd := g.xor(x, y)
		out[i] = g.xor(odd, carry)
		carry = g.or(g.and(x, y), g.and(odd, carry))
	}
	return out
}

// exact is the value of bits, all of it, which may not fit int64: then fault is true.
func (g *graph) exact(bits []lit, t *types.Type, fits bool) (w word, fault lit) {
	w, fault = word{bits, math.MinInt64, math.MaxInt64}, lFalse
	if !fits {
		for _, b := range bits[min(63, len(bits)-1):] {
			fault = g.or(fault, g.xor(b, w.bit(63)))
		}
	}
	return w.within(t.Lo, t.Hi), fault
}

func interval(w word) *types.Type { return types.IntRange(w.lo, w.hi) }

func (g *graph) add(a, b word) (word, lit) {
	t, fits := types.Add(interval(a), interval(b))
	return g.exact(g.sum(a, b, lFalse, max(len(a.bits), len(b.bits))+1), t, fits)
}

func (g *graph) sub(a, b word) (word, lit) {
	t, fits := types.Sub(interval(a), interval(b))
	return g.exact(g.sum(a, b.inverted(), lTrue, max(len(a.bits), len(b.bits))+1), t, fits)
}

// inverted has all bits negated, and no interval.
func (w word) inverted() word {
	out := word{slices.Clone(w.bits), math.MinInt64, math.MaxInt64}
	for i := range out.bits {
		out.bits[i] = out.bits[i].not()
	}
	return out
}

func (g *graph) mul(a, b word) (word, lit) {
	t, fits := types.Mul(interval(a), interval(b))
	if _, ok := a.fixed(); ok { // fewer rows
		a, b = b, a
	}
	n := len(a.bits) + len(b.bits)
	total := word{bits: slices.Repeat([]lit{lFalse}, n)}
	for i := range b.bits {
		row := word{bits: make([]lit, n)}
		for k := range row.bits {
			if k >= i {
				row.bits[k] = g.and(a.bit(k-i), b.bits[i])
			}
		}
		if i == len(b.bits)-1 { // the sign counts below 0
			total.bits = g.sum(total, row.inverted(), lTrue, n)
		} else {
			total.bits = g.sum(total, row, lFalse, n)
		}
	}
	return g.exact(total.bits, t, fits)
}

// magnitude is the absolute value as a number without a sign, of n bits.
func (g *graph) magnitude(w word, n int) []lit {
	flipped := word{bits: make([]lit, n)}
	for i := range flipped.bits {
		flipped.bits[i] = g.xor(w.bit(i), w.sign())
	}
	return g.sum(flipped, number(0), w.sign(), n)
}

// negatedIf is bits without a sign as a word, negative where c is true.
func (g *graph) negatedIf(c lit, bits []lit) word {
	wide := word{bits: append(slices.Clone(bits), lFalse)}
	for i := range wide.bits {
		wide.bits[i] = g.xor(wide.bits[i], c)
	}
	return word{g.sum(wide, number(0), c, len(wide.bits)), math.MinInt64, math.MaxInt64}
}

// divide gives the quotient, rounded down, the remainder, which has the sign of b, and where the quotient does not fit int64. Where b is 0
// they are anything.
func (g *graph) divide(a, b word) (div, mod word, fault lit) {
	n := max(len(a.bits), len(b.bits))
	x, y := g.magnitude(a, n), g.magnitude(b, n)
	unsigned := func(bits []lit) word { return word{append(slices.Clone(bits), lFalse), math.MinInt64, math.MaxInt64} }
	quotient, rest := make([]lit, n), slices.Repeat([]lit{lFalse}, n)
	for i := n - 1; i >= 0; i-- {
		rest = append([]lit{x[i]}, rest...) // one more bit, for now
		d := unsigned(y)
		r := unsigned(rest)
		quotient[i] = g.le(d, r)
		less := g.sum(r, d.inverted(), lTrue, n+1)
		for k := range n {
			rest[k] = g.mux(quotient[i], less[k], rest[k])
		}
		rest = rest[:n]
	}
	opposite := g.xor(a.sign(), b.sign())
	inexact := g.any(rest...)
	down := g.and(opposite, inexact)
	div = g.negatedIf(opposite, quotient)
	div.bits = g.sum(div, truthWord(down).negative(), lFalse, n+1)
	left := g.sum(unsigned(y), unsigned(rest).inverted(), lTrue, n)
	for i := range rest {
		rest[i] = g.mux(down, left[i], rest[i])
	}
	mod = g.negatedIf(b.sign(), rest)
	t, fits := types.Div(interval(a), interval(b))
	div, fault = g.exact(div.bits, t, fits)
	m, _ := types.Mod(interval(a), interval(b))
	mod = mod.within(m.Lo, m.Hi)
	return div, mod, fault
}

// negative is minus a truth value.
func (w word) negative() word {
	return word{[]lit{w.bits[0]}, -1, 0}
}
