package perf

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"gonum.org/v1/gonum/mat"
)

// errSingular says that equations have no solution or more than one.
var errSingular = errors.New("the equations have no unique solution")

// equations are a square system of linear equations, row by row.
type equations struct {
	matrix [][]*big.Rat
	right  []*big.Rat
}

// newEquations makes n equations in which everything is 0.
func newEquations(n int) *equations {
	e := &equations{matrix: make([][]*big.Rat, n), right: make([]*big.Rat, n)}
	for i := range n {
		e.matrix[i], e.right[i] = make([]*big.Rat, n), new(big.Rat)
		for j := range n {
			e.matrix[i][j] = new(big.Rat)
		}
	}
	return e
}

// eliminate gives the solution by elimination. It uses up the equations.
func (e *equations) eliminate() ([]*big.Rat, error) {
	n, product := len(e.right), new(big.Rat)
	for col := range n {
		pivot := col
		for pivot < n && e.matrix[pivot][col].Sign() == 0 {
			pivot++
		}
		if pivot == n {
			return nil, errSingular
		}
		e.matrix[col], e.matrix[pivot] = e.matrix[pivot], e.matrix[col]
		e.right[col], e.right[pivot] = e.right[pivot], e.right[col]
		inverse := new(big.Rat).Inv(e.matrix[col][col])
		for row := range n {
			if row == col || e.matrix[row][col].Sign() == 0 {
				continue
			}
			factor := new(big.Rat).Mul(e.matrix[row][col], inverse)
			for k := col; k < n; k++ {
				if e.matrix[col][k].Sign() != 0 {
					e.matrix[row][k].Sub(e.matrix[row][k], product.Mul(factor, e.matrix[col][k]))
				}
			}
			e.right[row].Sub(e.right[row], product.Mul(factor, e.right[col]))
		}
	}
	for i := range n {
		e.right[i].Quo(e.right[i], e.matrix[i][i])
	}
	return e.right, nil
}

// Approximation is a numeric answer and how far off any of its values is at most.
type Approximation struct {
	Values []float64
	Error  float64
}

// approximate gives the solution in floating point, with a bound for its error that holds whatever the rounding was: with an
// approximate inverse R and solution x of A x = b, no part of x is farther off than the greatest of |R| |b - A x| divided by
// 1 - |I - R A|, in the maximum norm, where that is less than 1 (S. Rump, Verification methods, Acta Numerica 19, 2010,
// section 10). What rounding adds to these is bounded by the model of floating-point arithmetic (N. Higham, Accuracy and
// Stability of Numerical Algorithms, SIAM 2002, section 3.1).
func (e *equations) approximate() (Approximation, error) {
	n := len(e.right)
	a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for i, row := range e.matrix {
		for j, v := range row {
			f, err := float(v)
			if err != nil {
				return Approximation{}, err
			}
			a.Set(i, j, f)
		}
		f, err := float(e.right[i])
		if err != nil {
			return Approximation{}, err
		}
		b.SetVec(i, f)
	}
	var inverse mat.Dense
	var x mat.VecDense
	var condition mat.Condition // a poor condition makes the error large, which is seen below
	if err := inverse.Inverse(a); err != nil && !errors.As(err, &condition) {
		return Approximation{}, err
	}
	if inverse.IsEmpty() {
		return Approximation{}, errSingular
	}
	x.MulVec(&inverse, b)
	bound := errorBound(a, &inverse, b, &x)
	if math.IsNaN(bound) || math.IsInf(bound, 0) {
		return Approximation{}, fmt.Errorf("%w, or are too near to that for floating point", errSingular)
	}
	values := make([]float64, n)
	for i := range n {
		values[i] = x.AtVec(i)
	}
	return Approximation{Values: values, Error: bound}, nil
}

// float is the nearest float. So that none of what is computed from it loses its size, it is 0 or between 2^-300 and 2^300.
func float(v *big.Rat) (float64, error) {
	f, _ := v.Float64()
	if size := math.Abs(f); v.Sign() != 0 && (size < 0x1p-300 || size > 0x1p300) {
		return 0, fmt.Errorf("got a number of size %g, want 2^-300 to 2^300", size)
	}
	return f, nil
}

// errorBound bounds the error of x, or gives NaN where nothing can be said.
func errorBound(a, inverse *mat.Dense, b, x *mat.VecDense) float64 {
	n := b.Len()
	// One unit for the rounding of each sum and product, some for that of the numbers to floats and of these sums themselves.
	rounding := float64(2*n+16) * 0x1p-53
	var identity, sizes, absA, absR mat.Dense
	absA.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, a)
	absR.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, inverse)
	identity.Mul(inverse, a)
	sizes.Mul(&absR, &absA)
	contraction := 0.0
	for i := range n {
		row := 0.0
		for j := range n {
			want := 0.0
			if i == j {
				want = 1
			}
			row += math.Abs(identity.At(i, j)-want) + rounding*(sizes.At(i, j)+want)
		}
		contraction = max(contraction, row)
	}
	if !(contraction < 0.5) {
		return math.NaN()
	}
	residual := mat.NewVecDense(n, nil)
	for i := range n {
		sum, size := -b.AtVec(i), math.Abs(b.AtVec(i))
		for j := range n {
			sum += a.At(i, j) * x.AtVec(j)
			size += absA.At(i, j) * math.Abs(x.AtVec(j))
		}
		residual.SetVec(i, math.Abs(sum)+rounding*size+0x1p-900) // the last for what underflows
	}
	var off mat.VecDense
	off.MulVec(&absR, residual)
	return mat.Max(&off) / (1 - contraction) * (1 + 2*rounding)
}
