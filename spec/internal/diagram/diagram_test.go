package diagram

import (
	"testing"

	"pgregory.net/rapid"
)

// sizes of the domains in these tests.
var sizes = []int{2, 3, 1, 4, 2}

// points calls visit with every assignment of values to variables.
func points(visit func(at []int)) {
	at := make([]int, len(sizes))
	for {
		visit(at)
		i := 0
		for ; i < len(at); i++ {
			if at[i]++; at[i] < sizes[i] {
				break
			}
			at[i] = 0
		}
		if i == len(at) {
			return
		}
	}
}

// drawn is a function and what it gives at every point.
type drawn struct {
	n  Node
	at func(at []int) int64
}

func draw(t *rapid.T, s *Store, depth int) drawn {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		if rapid.Bool().Draw(t, "constant") {
			v := int64(rapid.IntRange(-2, 3).Draw(t, "value"))
			return drawn{s.Const(v), func([]int) int64 { return v }}
		}
		i := rapid.IntRange(0, len(sizes)-1).Draw(t, "variable")
		return drawn{s.Var(i, -1), func(at []int) int64 { return int64(at[i]) - 1 }}
	}
	x, y := draw(t, s, depth-1), draw(t, s, depth-1)
	op := rapid.SampledFrom([]Op{Add, Sub, Mul, Div, Mod, Eq, Lt, Le, Join, Min, Max}).Draw(t, "op")
	return drawn{s.Apply(op, x.n, y.n), func(at []int) int64 { return op.apply(x.at(at), y.at(at)) }}
}

// TestFunctions: every operation gives what it gives point by point, and equal functions are one node.
func TestFunctions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(sizes, 1<<20)
		x, y := draw(t, s, 3), draw(t, s, 3)
		less := drawn{s.Apply(Lt, x.n, y.n), func(at []int) int64 { return truth(x.at(at) < y.at(at)) }}
		i := rapid.IntRange(0, len(sizes)-1).Draw(t, "variable")
		v := rapid.IntRange(0, sizes[i]-1).Draw(t, "value")
		lo := rapid.IntRange(0, len(sizes)).Draw(t, "lo")
		hi := rapid.IntRange(lo, len(sizes)).Draw(t, "hi")
		check := func(what string, n Node, want func(at []int) int64) {
			points(func(at []int) {
				if got := s.Eval(n, func(i int) int { return at[i] }); got != want(at) {
					t.Fatalf("%s at %v: got %d, want %d", what, at, got, want(at))
				}
			})
		}
		with := func(at []int, i, v int) []int {
			out := append([]int(nil), at...)
			out[i] = v
			return out
		}
		check("a function", x.n, x.at)
		check("if", s.If(less.n, x.n, y.n), func(at []int) int64 {
			if less.at(at) != 0 {
				return x.at(at)
			}
			return y.at(at)
		})
		check("not", s.Not(less.n), func(at []int) int64 { return 1 - less.at(at) })
		w := rapid.IntRange(-1, sizes[0]-1).Draw(t, "another")
		check("restrictions", s.RestrictAll(x.n, func(k int) int {
			switch k {
			case i:
				return v
			case 0:
				return w
			}
			return -1
		}), func(at []int) int64 {
			if w >= 0 {
				at = with(at, 0, w)
			}
			return x.at(with(at, i, v))
		})
		check("map", s.Map(x.n, func(v int64) int64 { return v * v }), func(at []int) int64 { return x.at(at) * x.at(at) })
		check("restrict", s.Restrict(x.n, i, v), func(at []int) int64 { return x.at(with(at, i, v)) })
		check("project", s.Project(less.n, lo, hi), func(at []int) int64 {
			some := int64(0)
			points(func(other []int) {
				for k := range other {
					if k >= lo && k < hi && other[k] != at[k] {
						return
					}
				}
				some |= less.at(other)
			})
			return some
		})
		same := true
		points(func(at []int) { same = same && x.at(at) == y.at(at) })
		if same != (x.n == y.n) {
			t.Fatalf("equal %v, one node %v", same, x.n == y.n)
		}
	})
}

// TestBudget: what takes too much ends in Exhausted.
func TestBudget(t *testing.T) {
	defer func() {
		if _, ok := recover().(Exhausted); !ok {
			t.Error("want Exhausted")
		}
	}()
	s := New(sizes, 10)
	n := s.Var(0, 0)
	for i := range sizes {
		n = s.Apply(Add, s.Apply(Mul, n, s.Const(4)), s.Var(i, 0))
	}
}
