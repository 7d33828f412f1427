package sat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/bulkheadlang/bulkhead/spec/types"
)

// circuit is a graph of two integers of inputs, and what it gives for values of these.
type circuit struct {
	g    *graph
	a, b word
}

func newCircuit(a, b *types.Type) *circuit {
	c := &circuit{g: newGraph(1 << 22)}
	c.a, _ = c.g.freshWord(a.Lo, a.Hi)
	c.b, _ = c.g.freshWord(b.Lo, b.Hi)
	return c
}

// run simulates up to 64 pairs of values.
func (c *circuit) run(pairs [][2]int64) []uint64 {
	in := make([]uint64, len(c.g.inputs))
	for k, p := range pairs {
		for i, w := range [2]word{c.a, c.b} {
			for bit, l := range w.bits {
				if l > lTrue {
					in[c.g.nodes[l>>1].b] |= uint64(p[i]>>bit&1) << k
				}
			}
		}
	}
	return c.g.simulate(in)
}

func valueOf(sim []uint64, w word, k uint) (n int64) {
	for i := range 64 {
		if at(sim, w.bit(i), k) {
			n |= 1 << i
		}
	}
	return n
}

// edges are intervals, small and as large as there are.
var edges = []*types.Type{
	types.IntRange(0, 1), types.IntRange(-3, 4), types.IntRange(0, 7), types.IntRange(2, 9), types.IntRange(-9, -2), types.IntRange(-1, 0), types.IntRange(5, 5),
	types.IntRange(-100, 1000), types.IntRange(math.MinInt64, math.MaxInt64), types.IntRange(math.MaxInt64-3, math.MaxInt64), types.IntRange(math.MinInt64, math.MinInt64+3),
}

// Arithmetic on circuits is that of int64, with a fault where the result does not fit.
func TestArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	draw := func(t *types.Type) int64 {
		switch r.IntN(4) {
		case 0:
			return t.Lo
		case 1:
			return t.Hi
		}
		if span := uint64(t.Hi) - uint64(t.Lo); span < math.MaxUint64 {
			return t.Lo + int64(r.Uint64N(span+1))
		}
		return int64(r.Uint64() >> r.IntN(60))
	}
	type result struct {
		name string
		w    word
		flt  lit
		want func(a, b int64) (int64, bool)
	}
	faults := 0
	for _, ta := range edges {
		for _, tb := range edges {
			c := newCircuit(ta, tb)
			g := c.g
			sum, f1 := g.add(c.a, c.b)
			diff, f2 := g.sub(c.a, c.b)
			prod, f3 := g.mul(c.a, c.b)
			div, mod, f4 := g.divide(c.a, c.b)
			is := func(f func(a, b int64) bool) func(a, b int64) (int64, bool) {
				return func(a, b int64) (int64, bool) {
					if f(a, b) {
						return 1, true
					}
					return 0, true
				}
			}
			results := []result{
				{"+", sum, f1, types.AddOK},
				{"-", diff, f2, types.SubOK},
				{"*", prod, f3, types.MulOK},
				{"/", div, f4, types.DivFloor},
				{"%", mod, lFalse, func(a, b int64) (int64, bool) { return types.ModFloor(a, b), true }},
				{"<=", truthWord(g.le(c.a, c.b)), lFalse, is(func(a, b int64) bool { return a <= b })},
				{"<", truthWord(g.lt(c.a, c.b)), lFalse, is(func(a, b int64) bool { return a < b })},
				{"==", truthWord(g.eq(c.a, c.b)), lFalse, is(func(a, b int64) bool { return a == b })},
			}
			var pairs [][2]int64
			for range 64 {
				pairs = append(pairs, [2]int64{draw(ta), draw(tb)})
			}
			sim := c.run(pairs)
			for k, p := range pairs {
				for _, x := range results {
					if p[1] == 0 && (x.name == "/" || x.name == "%") {
						continue
					}
					want, fits := x.want(p[0], p[1])
					got, fault := valueOf(sim, x.w, uint(k)), at(sim, x.flt, uint(k))
					what := fmt.Sprintf("%d %s %d, of %v and %v", p[0], x.name, p[1], ta, tb)
					if fault != !fits {
						t.Fatalf("%s: got a fault: %v, want %v", what, fault, !fits)
					}
					if fault {
						faults++
					} else if got != want || want < x.w.lo || want > x.w.hi {
						t.Fatalf("%s: got %d in %d..%d, want %d", what, got, x.w.lo, x.w.hi, want)
					}
				}
			}
		}
	}
	if faults < 500 {
		t.Errorf("%d faults only", faults)
	}
}

// An integer of inputs is valid exactly where it is in its interval.
func TestFreshWord(t *testing.T) {
	for lo := int64(-9); lo <= 9; lo++ {
		for hi := lo; hi <= 9; hi++ {
			g := newGraph(1 << 16)
			w, valid := g.freshWord(lo, hi)
			seen := map[int64]bool{}
			for m := range uint64(1) << len(g.inputs) {
				in := make([]uint64, len(g.inputs))
				for i := range in {
					in[i] = m >> i & 1
				}
				if sim := g.simulate(in); at(sim, valid, 0) {
					n := valueOf(sim, w, 0)
					if n < lo || n > hi || seen[n] {
						t.Fatalf("%d..%d: %d is valid, seen before: %v", lo, hi, n, seen[n])
					}
					seen[n] = true
				}
			}
			if int64(len(seen)) != hi-lo+1 {
				t.Fatalf("%d..%d: %d values", lo, hi, len(seen))
			}
		}
	}
}

// Quantified inputs are replaced by all their values.
func TestExists(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		g := newGraph(1 << 16)
		pool := []lit{g.input(), g.input(), g.input(), g.input(), g.input(), g.input()}
		inputs := append([]lit{}, pool...)
		for range 30 {
			a, b := pool[r.IntN(len(pool))], pool[r.IntN(len(pool))]
			pool = append(pool, g.and(a^lit(r.IntN(2)), b^lit(r.IntN(2)))^lit(r.IntN(2)))
		}
		f := pool[len(pool)-1]
		over := inputs[2:5]
		e := g.exists(f, over)
		for m := range uint64(64) {
			want := false
			value := func(m uint64, l lit) bool {
				in := make([]uint64, 6)
				for i := range in {
					in[i] = m >> i & 1
				}
				return at(g.simulate(in), l, 0)
			}
			for k := range uint64(8) {
				want = want || value(m&^0b11100|k<<2, f)
			}
			if got := value(m, e); got != want {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	}
}
