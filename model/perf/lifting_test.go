package perf

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func clone(e *equations) *equations {
	out := newEquations(len(e.right))
	for i, row := range e.matrix {
		out.right[i].Set(e.right[i])
		for j, v := range row {
			out.matrix[i][j].Set(v)
		}
	}
	return out
}

// Solving digit by digit gives what elimination gives, or no solution where that has none: also where numbers are large,
// denominators have nothing in common, much is 0, and a modulus divides what it must not.
func TestSolveIsElimination(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) *big.Rat {
		num, den := big.NewInt(rapid.Int64Range(-6, 6).Draw(t, "num")), big.NewInt(rapid.Int64Range(1, 5).Draw(t, "den"))
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1, 2:
			num.SetInt64(0)
		case 3:
			num.Exp(num, big.NewInt(40), nil)
		case 4:
			num.Mul(num, new(big.Int).SetUint64(primes[rapid.IntRange(0, 2).Draw(t, "prime")]))
		case 5:
			den.SetUint64(primes[rapid.IntRange(0, 2).Draw(t, "prime")])
		case 6:
			den.SetInt64(rapid.Int64Range(1, 1<<60).Draw(t, "odd"))
		}
		return new(big.Rat).SetFrac(num, den)
	})
	rapid.Check(t, func(t *rapid.T) {
		e := newEquations(rapid.IntRange(0, 6).Draw(t, "n"))
		for i, row := range e.matrix {
			e.right[i].Set(number.Draw(t, "right"))
			for j := range row {
				row[j].Set(number.Draw(t, "matrix"))
			}
		}
		want, wantErr := clone(e).eliminate()
		got, err := clone(e).solve()
		if !errors.Is(err, wantErr) || len(got) != len(want) {
			t.Fatalf("got %v and %v, want %v and %v", got, err, want, wantErr)
		}
		for i := range want {
			if got[i].Cmp(want[i]) != 0 {
				t.Fatalf("part %d: got %s, want %s", i, got[i].RatString(), want[i].RatString())
			}
		}
	})
}

// Matrices that have no inverse modulo the first primes, or none of them.
func TestSolveByAnotherPrime(t *testing.T) {
	for used := range len(primes) + 1 {
		t.Run(fmt.Sprint(used), func(t *testing.T) {
			e := newEquations(2)
			scale := big.NewInt(1)
			for _, p := range primes[:used] {
				scale.Mul(scale, new(big.Int).SetUint64(p))
			}
			e.matrix[0][0].SetInt(scale) // x = 3/scale, and y = 1 - x
			e.matrix[1][0].SetInt64(1)
			e.matrix[1][1].SetInt64(1)
			e.right[0].SetInt64(3)
			e.right[1].SetInt64(1)
			got, err := e.solve()
			x := new(big.Rat).SetFrac(big.NewInt(3), scale)
			if err != nil || got[0].Cmp(x) != 0 || got[1].Cmp(serial(x)) != 0 {
				t.Errorf("got %v and %v, want %v first", got, err, x)
			}
		})
	}
}

// A chain of 32 states between any two of which there is a rate of its own, of no common denominator: elimination takes
// so long that nobody waits for it with a few more.
func TestSolveDense(t *testing.T) {
	const n = 32
	e := newEquations(n)
	for i := range n {
		for j := range n {
			if i != j {
				rate := rat(int64(1+i*j%97), int64(1+(i*31+j*17)%997))
				e.matrix[j][i].Set(rate)
				e.matrix[i][i].Sub(e.matrix[i][i], rate)
			}
		}
	}
	for i := range n {
		e.matrix[n-1][i].SetInt64(1)
	}
	e.right[n-1].SetInt64(1)
	x, err := clone(e).solve()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range e.matrix {
		sum := new(big.Rat)
		for j, v := range row {
			sum.Add(sum, new(big.Rat).Mul(v, x[j]))
		}
		if sum.Cmp(e.right[i]) != 0 {
			t.Fatalf("equation %d is not solved", i)
		}
	}
}
