package perf

import (
	"math/big"
)

// primes are the moduli that are tried, below 2^31, so that products of two remainders fit 64 bits.
var primes = [...]uint64{1<<31 - 1, 1<<31 - 19, 1<<31 - 61}

// integers are equations in whole numbers, each row multiplied by the denominators in it.
type integers struct {
	matrix [][]*big.Int // nil where it is 0
	right  []*big.Int
}

func (e *equations) integers() integers {
	in := integers{make([][]*big.Int, len(e.right)), make([]*big.Int, len(e.right))}
	for i, row := range e.matrix {
		scale := new(big.Int).Set(e.right[i].Denom())
		for _, v := range row {
			if common := new(big.Int).GCD(nil, nil, scale, v.Denom()); v.Denom().Cmp(common) != 0 {
				scale.Mul(scale, new(big.Int).Quo(v.Denom(), common))
			}
		}
		whole := func(v *big.Rat) *big.Int {
			out := new(big.Int).Quo(scale, v.Denom())
			return out.Mul(out, v.Num())
		}
		in.matrix[i], in.right[i] = make([]*big.Int, len(row)), whole(e.right[i])
		for j, v := range row {
			if v.Sign() != 0 {
				in.matrix[i][j] = whole(v)
			}
		}
	}
	return in
}

// remainder is v modulo p, at least 0.
func remainder(v *big.Int, p uint64) uint64 {
	if v == nil {
		return 0
	}
	return new(big.Int).Mod(v, new(big.Int).SetUint64(p)).Uint64()
}

// inverse is that of the matrix modulo p, or nil where there is none.
func (in integers) inverse(p uint64) [][]uint64 {
	n := len(in.right)
	rows := make([][]uint64, n) // beside the unit matrix
	for i := range n {
		rows[i] = make([]uint64, 2*n)
		for j, v := range in.matrix[i] {
			rows[i][j] = remainder(v, p)
		}
		rows[i][n+i] = 1
	}
	for col := range n {
		pivot := col
		for pivot < n && rows[pivot][col] == 0 {
			pivot++
		}
		if pivot == n {
			return nil
		}
		rows[col], rows[pivot] = rows[pivot], rows[col]
		scale := power(rows[col][col], p-2, p)
		for k, v := range rows[col] {
			rows[col][k] = v * scale % p
		}
		for row := range n {
			factor := p - rows[row][col]
			if row == col || factor == p {
				continue
			}
			for k := col; k < 2*n; k++ {
				rows[row][k] = (rows[row][k] + factor*rows[col][k]) % p
			}
		}
	}
	for i := range rows {
		rows[i] = rows[i][n:]
	}
	return rows
}

// power is b^e modulo p.
func power(b, e, p uint64) uint64 {
	out := uint64(1)
	for ; e > 0; e >>= 1 {
		if e&1 > 0 {
			out = out * b % p
		}
		b = b * b % p
	}
	return out
}

// solve gives the solution, digit by digit in base p (J. Dixon, Exact Solution of Linear Equations Using P-Adic Expansions,
// Numerische Mathematik 40, 1982): the matrix is inverted once, modulo p, and no number grows on the way but the answer. What is
// read from the digits is put into the equations, so that no answer rests on how many digits there are. Where the matrix
// has no inverse modulo any of some primes, as where it has none at all, it is eliminate. It uses up the equations.
func (e *equations) solve() ([]*big.Rat, error) {
	in := e.integers()
	for _, p := range primes {
		if inverse := in.inverse(p); inverse != nil {
			return in.lift(inverse, p), nil
		}
	}
	return e.eliminate()
}

// lift finds the solution by the inverse of the matrix modulo p.
func (in integers) lift(inverse [][]uint64, p uint64) []*big.Rat {
	n := len(in.right)
	prime, modulus := new(big.Int).SetUint64(p), big.NewInt(1)
	found, left := make([]*big.Int, n), make([]*big.Int, n) // the solution modulo modulus, and (right - matrix found) / modulus
	for i := range n {
		found[i], left[i] = new(big.Int), new(big.Int).Set(in.right[i])
	}
	rest, digits, product, digit := make([]uint64, n), make([]uint64, n), new(big.Int), new(big.Int)
	for count, next := 0, 4; ; count++ {
		if count == next {
			if out := in.read(found, modulus); out != nil {
				return out
			}
			next += next / 2
		}
		for i, v := range left {
			rest[i] = remainder(v, p)
		}
		for i, row := range inverse {
			var sum uint64
			for j, v := range row {
				sum = (sum + v*rest[j]) % p
			}
			digits[i] = sum
			found[i].Add(found[i], product.Mul(modulus, digit.SetUint64(sum)))
		}
		for i, row := range in.matrix {
			for j, v := range row {
				if v != nil {
					left[i].Sub(left[i], product.Mul(v, digit.SetUint64(digits[j])))
				}
			}
			left[i].Quo(left[i], prime) // without a remainder
		}
		modulus.Mul(modulus, prime)
	}
}

// read gives the fractions that numbers modulo modulus stand for if they solve the equations, else nil.
func (in integers) read(found []*big.Int, modulus *big.Int) []*big.Rat {
	limit := new(big.Int).Sqrt(new(big.Int).Rsh(modulus, 1))
	below, above := big.NewInt(1), make([]*big.Int, len(found)) // the common denominator so far, and what is above it
	for i, v := range found {
		above[i] = symmetric(new(big.Int).Mul(v, below), modulus)
		if above[i].CmpAbs(limit) <= 0 {
			continue
		}
		more := denominator(above[i], modulus, limit)
		below.Mul(below, more)
		if below.Cmp(limit) > 0 {
			return nil
		}
		for j := range i + 1 {
			above[j] = symmetric(above[j].Mul(above[j], more), modulus)
		}
	}
	sum, product := new(big.Int), new(big.Int)
	for i, row := range in.matrix {
		sum.SetInt64(0)
		for j, v := range row {
			if v != nil {
				sum.Add(sum, product.Mul(v, above[j]))
			}
		}
		if sum.Cmp(product.Mul(in.right[i], below)) != 0 {
			return nil
		}
	}
	out := make([]*big.Rat, len(found))
	for i, v := range above {
		out[i] = new(big.Rat).SetFrac(v, below)
	}
	return out
}

// symmetric makes v the nearest to 0 of the numbers that are the same modulo modulus.
func symmetric(v, modulus *big.Int) *big.Int {
	if v.Mod(v, modulus); new(big.Int).Lsh(v, 1).Cmp(modulus) > 0 {
		v.Sub(v, modulus)
	}
	return v
}

// denominator is that of the fraction with a numerator of at most limit that v stands for modulo modulus, by Euclid's
// algorithm (P. Wang, A p-adic Algorithm for Univariate Partial Fractions, SYMSAC 1981).
func denominator(v, modulus, limit *big.Int) *big.Int {
	a, b := new(big.Int).Set(modulus), new(big.Int).Mod(v, modulus)
	s, t, quotient := new(big.Int), big.NewInt(1), new(big.Int)
	for b.Cmp(limit) > 0 {
		quotient.QuoRem(a, b, a)
		a, b = b, a
		s.Sub(s, quotient.Mul(quotient, t))
		s, t = t, s
	}
	return t.Abs(t)
}
