package scheduler

import (
	"math/big"
	"math/bits"
)

// power is base to the power of n: base at least 1, n at least 0.
type power struct{ base, n int64 }

// roundLog is the natural logarithm of the product of powers, rounded to the nearest integer. It is worked out between bounds, with
// more bits until both round alike. They will: were the logarithm a whole number and a half, e to the power of that would be a
// whole number, and it is none, as e is transcendental.
func roundLog(powers []power) int64 {
	for precision := uint(64); ; precision *= 2 {
		low, high := new(big.Int), new(big.Int)
		for _, p := range powers {
			l, h := logBounds(p.base, precision)
			low.Add(low, l.Mul(l, big.NewInt(p.n)))
			high.Add(high, h.Mul(h, big.NewInt(p.n)))
		}
		half := new(big.Int).Lsh(big.NewInt(1), precision-1)
		a := low.Rsh(low.Add(low, half), precision)
		b := high.Rsh(high.Add(high, half), precision)
		if a.Cmp(b) == 0 {
			return a.Int64()
		}
	}
}

// logBounds bounds the natural logarithm of d > 0, times 2^precision: with d between 2^k and 2^(k+1) it is k log 2 + log (d/2^k).
func logBounds(d int64, precision uint) (low, high *big.Int) {
	k := uint(bits.Len64(uint64(d))) - 1
	low, high = logRatio(1, 3, precision)
	low.Mul(low, big.NewInt(int64(k)))
	high.Mul(high, big.NewInt(int64(k)))
	l, h := logRatio(d-1<<k, d+1<<k, precision)
	return low.Add(low, l), high.Add(high, h)
}

// logRatio bounds log ((q+p) / (q-p)), times 2^precision, for 0 <= p/q <= 1/3, by the series 2 (x + x^3/3 + x^5/5 + ...) of x = p/q. Each
// of its terms is cut off by less than 3, as is a power by less than 9/8 of 1, and what is left out is less than 1.
func logRatio(p, q int64, precision uint) (low, high *big.Int) {
	sum, terms := new(big.Int), int64(1)
	x := new(big.Int).Lsh(big.NewInt(p), precision)
	x.Quo(x, big.NewInt(q))
	up, down := big.NewInt(p), big.NewInt(q)
	up.Mul(up, up)
	down.Mul(down, down)
	for i := int64(1); x.Sign() > 0; i += 2 {
		sum.Add(sum, new(big.Int).Quo(x, big.NewInt(i)))
		x.Quo(x.Mul(x, up), down)
		terms++
	}
	low = sum.Lsh(sum, 1)
	return low, new(big.Int).Add(low, big.NewInt(2*3*terms))
}
