package resource

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// Shares of version 1 of control groups (kernel/sched/sched.h, MIN_SHARES and MAX_SHARES), and weights of version 2.
const (
	MinShares     uint64 = 2
	MaxShares     uint64 = 1 << 18
	MinWeight     uint64 = 1
	MaxWeight     uint64 = 10_000
	DefaultWeight uint64 = 100
)

// Conversion is how a runtime makes a cpu.weight of version 2 of CPU shares, which is what engines and the runtime
// specification know. Runtimes differ: shares of 1024, the default of version 1, become 100, the default of version 2, or 39.
type Conversion int

// The conversions there are.
const (
	// Logarithmic is that of opencontainers/cgroups since v0.0.4 and of the runtimes that use it: the least integer not below
	// 10^((l^2 + 125 l)/612 - 7/34), with l the binary logarithm of the shares, which takes 2, 1024 and 262144
	// to 1, 100 and 10000.
	Logarithmic Conversion = iota + 1
	// Linear is the one before, 1 + (shares - 2) * 9999 / 262142 (utils.go of the same, ConvertCPUSharesToCgroupV2Value).
	Linear
)

// String names a conversion.
func (c Conversion) String() string {
	switch c {
	case Logarithmic:
		return "logarithmic"
	case Linear:
		return "linear"
	}
	return "conversion " + strconv.Itoa(int(c))
}

// Weight is the cpu.weight for so many shares; 0 shares are no setting, for which it gives 0. Shares below 2 and above 262144
// count as these, as version 1 of control groups has it. It is an error if there is no such conversion.
func (c Conversion) Weight(shares uint64) (uint64, error) {
	if c != Logarithmic && c != Linear {
		return 0, fmt.Errorf("got conversion %d, want %d or %d", c, Logarithmic, Linear)
	}
	if shares == 0 {
		return 0, nil
	}
	shares = min(max(shares, MinShares), MaxShares)
	if c == Linear {
		return 1 + (shares-2)*9999/262142, nil
	}
	w, _ := slices.BinarySearchFunc(weights[:], shares, func(w, shares uint64) int {
		if within(shares, w) {
			return 0
		}
		return -1
	})
	return weights[w], nil
}

// weights are MinWeight to MaxWeight.
var weights = func() (out [MaxWeight]uint64) {
	for i := range out {
		out[i] = uint64(i) + 1
	}
	return out
}()

// within tells whether the exponential of the logarithmic conversion is at most w, for shares of 2 to 262144:
//
//	10^((l-1)(l+126)/612) <= w, that is (l-1)(l+126) log2(10) <= 612 log2(w).
//
// Both sides are enclosed, ever closer, until the enclosures are apart. They never are where both sides are equal and
// irrational. For a power of 2, l is whole, and a power of 10 with a fractional exponent is never an integer; where
// the exponent is whole it is compared as such. That they come apart for all other shares, too, the tests try.
func within(shares, w uint64) bool {
	if shares&(shares-1) == 0 {
		l := uint64(new(big.Int).SetUint64(shares).BitLen() - 1)
		if exponent := (l - 1) * (l + 126); exponent%612 == 0 {
			power := uint64(1)
			for range exponent / 612 {
				power *= 10 // at most 10^4
			}
			return power <= w
		}
	}
	for precision := uint(64); ; precision *= 2 {
		l, ten, log := log2(shares, precision), log2(10, precision), log2(w, precision)
		lo := new(big.Int).Mul(exponent(l.lo, precision), ten.lo)
		hi := new(big.Int).Mul(exponent(l.hi, precision), ten.hi)
		// Those have three factors of 2^precision, log has one.
		least := new(big.Int).Lsh(log.lo.Mul(log.lo, big.NewInt(612)), 2*precision)
		most := new(big.Int).Lsh(log.hi.Mul(log.hi, big.NewInt(612)), 2*precision)
		switch {
		case hi.Cmp(least) <= 0:
			return true
		case lo.Cmp(most) > 0:
			return false
		}
	}
}

// exponent is (l-1)(l+126) for l in units of 2^-precision, in units of the square of these. It grows with l.
func exponent(l *big.Int, precision uint) *big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), precision)
	a := new(big.Int).Sub(l, one)
	b := new(big.Int).Mul(one, big.NewInt(126))
	return a.Mul(a, b.Add(b, l))
}

// enclosure is an interval of numbers in units of 2^-precision, both ends included.
type enclosure struct{ lo, hi *big.Int }

// log2 encloses the binary logarithm of n > 0: its digits behind the point come one by one by squaring, with what is rounded
// down on one side and up on the other, until they are as many as precision or can no longer be told.
func log2(n uint64, precision uint) enclosure {
	whole := uint(new(big.Int).SetUint64(n).BitLen() - 1)
	out := new(big.Int).Lsh(new(big.Int).SetUint64(uint64(whole)), precision)
	if n == 1<<whole {
		return enclosure{out, new(big.Int).Set(out)}
	}
	work := precision + 64 // digits to reckon with
	lo := new(big.Int).Lsh(new(big.Int).SetUint64(n), work-whole)
	hi := new(big.Int).Set(lo)
	two := new(big.Int).Lsh(big.NewInt(2), work)
	up := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), work), big.NewInt(1))
	told := uint(0)
	for ; told < precision; told++ {
		lo.Rsh(lo.Mul(lo, lo), work)
		hi.Rsh(hi.Add(hi.Mul(hi, hi), up), work)
		if lo.Cmp(two) >= 0 {
			out.SetBit(out, int(precision-told-1), 1)
			lo.Rsh(lo, 1)
			hi.Rsh(hi.Add(hi, big.NewInt(1)), 1)
		} else if hi.Cmp(two) >= 0 {
			break
		}
	}
	width := new(big.Int).Lsh(big.NewInt(1), precision-told)
	return enclosure{out, width.Add(width, out)}
}

// IOWeight is the io.weight of version 2 for a block IO weight of version 1, 10 to 1000: 1 + (weight - 10) * 9999 / 990
// (opencontainers/cgroups, utils.go, ConvertBlkIOToIOWeightValue). 0 is no setting, for which it gives 0. Where the kernel
// has the BFQ scheduler, io.bfq.weight takes the number as it is.
func IOWeight(blkio uint16) (uint64, error) {
	if blkio == 0 {
		return 0, nil
	}
	if blkio < 10 || blkio > 1000 {
		return 0, fmt.Errorf("got a block IO weight of %d, want 10 to 1000", blkio)
	}
	return 1 + (uint64(blkio)-10)*9999/990, nil
}
