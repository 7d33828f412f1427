package sched

import (
	"errors"
	"math/big"
)

// WorstError is how far stride scheduling lets a job that is always ready get off its exact share t*w/W, in quanta, for
// jobs of these weights, whose sum is W, and any way to break ties: (n-1) times the greatest weight over W, for two
// jobs and more. It comes close to n-1, so that "within one quantum" is right for two jobs alone. Checked in
// proportional.bh; the scheduler itself is cpu.Stride.
//
// It follows from what holds of pairs, |c_i/w_i - c_j/w_j| <= max(1/w_i, 1/w_j) (C. A. Waldspurger and W. E. Weihl,
// Stride Scheduling, MIT/LCS/TM-528, 1995), summed over all others; and it is met when the heaviest job loses every tie
// at the start. Weights are 1 to Most.
func WorstError(weights []int) (*big.Rat, error) {
	if len(weights) == 0 {
		return nil, errors.New("got no weights, want one at least")
	}
	greatest, sum := 0, new(big.Int)
	for _, w := range weights {
		if err := within("weight", w, 1); err != nil {
			return nil, err
		}
		greatest = max(greatest, w)
		sum.Add(sum, big.NewInt(int64(w)))
	}
	worst := new(big.Int).Mul(big.NewInt(int64(len(weights)-1)), big.NewInt(int64(greatest)))
	return new(big.Rat).SetFrac(worst, sum), nil
}
