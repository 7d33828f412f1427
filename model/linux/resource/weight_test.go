package resource

import (
	"math"
	"math/big"
	"os"
	"testing"
)

func weightOf(t *testing.T, c Conversion, shares uint64) uint64 {
	t.Helper()
	w, err := c.Weight(shares)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The golden numbers of both conversions (opencontainers/cgroups, utils_test.go, TestConvertCPUSharesToCgroupV2Value, before
// and after v0.0.4).
func TestWeights(t *testing.T) {
	for _, test := range []struct{ shares, logarithmic, linear uint64 }{
		{0, 0, 0},
		{1, 1, 1},
		{2, 1, 1},
		{3, 2, 1},
		{256, 35, 10},
		{512, 59, 20},
		{1023, 100, 39},
		{1024, 100, 39},
		{1025, 101, 40},
		{2048, 174, 79},
		{4096, 303, 157},
		{262144, 10_000, 10_000},
		{262145, 10_000, 10_000},
		{math.MaxUint64, 10_000, 10_000},
	} {
		if got := weightOf(t, Logarithmic, test.shares); got != test.logarithmic {
			t.Errorf("%d shares: got a weight of %d, want %d", test.shares, got, test.logarithmic)
		}
		if got := weightOf(t, Linear, test.shares); got != test.linear {
			t.Errorf("%d shares, linear: got a weight of %d, want %d", test.shares, got, test.linear)
		}
	}
	for _, c := range []Conversion{0, 3, -1} {
		if _, err := c.Weight(1024); err == nil {
			t.Errorf("%s: got no error", c)
		}
	}
	if Logarithmic.String() != "logarithmic" || Linear.String() != "linear" || Conversion(7).String() != "conversion 7" {
		t.Error("conversions have other names")
	}
}

// float is the formula as the runtimes reckon it.
func float(shares uint64) uint64 {
	if shares <= 2 {
		return 1
	}
	if shares >= 1<<18 {
		return 10_000
	}
	l := math.Log2(float64(shares))
	return uint64(math.Ceil(math.Pow(10, (l*l+125*l)/612.0-7.0/34.0)))
}

// What the runtimes reckon with floating point is the exact number, for some shares, and with BULKHEAD_SOAK for all: the
// exponential is at most that, and more than one less.
func TestWeightIsRounded(t *testing.T) {
	step := uint64(997)
	if os.Getenv("BULKHEAD_SOAK") != "" {
		step = 1
	}
	for shares := MinShares; shares <= MaxShares; shares += step {
		if w := float(shares); !within(shares, w) || w > 1 && within(shares, w-1) {
			t.Errorf("%d shares: got another weight than %d, which it is by floating point", shares, w)
		}
	}
}

// power tells whether 2^(a/b) <= n, by whole numbers.
func power(a, b uint, n uint64) bool {
	return new(big.Int).Lsh(big.NewInt(1), a).Cmp(new(big.Int).Exp(new(big.Int).SetUint64(n), new(big.Int).SetUint64(uint64(b)), nil)) <= 0
}

// The enclosure of a logarithm has it inside, and is narrow: p/1024 <= log2(n) if and only if 2^p <= n^1024.
func TestLog2(t *testing.T) {
	for n := uint64(1); n <= 600; n++ {
		e := log2(n, 10)
		lo, hi := uint(e.lo.Uint64()), uint(e.hi.Uint64())
		if !power(lo, 1024, n) || power(hi+1, 1024, n) {
			t.Errorf("log2(%d) is not in [%d, %d]/1024", n, lo, hi)
		}
		if wide := new(big.Int).Sub(e.hi, e.lo); wide.Cmp(big.NewInt(1)) > 0 {
			t.Errorf("log2(%d) is enclosed in %s/1024, want 1/1024", n, wide)
		}
	}
}

// The numbers of block IO (opencontainers/cgroups, utils_test.go, TestConvertBlkIOToIOWeightValue).
func TestIOWeight(t *testing.T) {
	for blkio, want := range map[uint16]uint64{0: 0, 10: 1, 100: 910, 500: 4950, 1000: 10_000} {
		if got, err := IOWeight(blkio); err != nil || got != want {
			t.Errorf("%d: got %d and %v, want %d", blkio, got, err, want)
		}
	}
	for _, blkio := range []uint16{1, 9, 1001, math.MaxUint16} {
		if _, err := IOWeight(blkio); err == nil {
			t.Errorf("%d: got no error", blkio)
		}
	}
}
