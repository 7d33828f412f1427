package perf

import (
	"errors"
	"iter"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"
)

// arc is a step of a random system.
type arc struct {
	to   int
	rate int64
}

// walkOn is a system of so many states whose step k takes it from each state along its k-th arc.
func walkOn(arcs [][]arc) (model.System, Rate) {
	step := func(s int) iter.Seq2[model.Args, int] {
		return func(yield func(model.Args, int) bool) {
			for k, a := range arcs[s] {
				if !yield(model.Args{k}, a.to) {
					return
				}
			}
		}
	}
	sys := model.MustDefine(model.Definition[int]{
		Name:          "Walk",
		Init:          func(yield func(int) bool) { yield(0) },
		Actions:       []model.ActionOf[int]{{Name: "Step", Params: []string{"k"}, Next: step}},
		AllowDeadlock: true,
	})
	return sys, func(state []model.Binding, step model.StepText) *big.Rat {
		return rat(arcs[state[0].Value.Int][step.Args[0].Value.Int].rate, 1)
	}
}

// trees gives the long-run behaviour by the Markov chain tree theorem: a state's share is proportional to the sum, over all
// ways to choose a step for each other state so that all lead there, of the products of the rates (V. Anantharam and P.
// Tsoucas, 1989). It enumerates.
func trees(arcs [][]arc) []*big.Rat {
	n, out, total := len(arcs), make([]*big.Rat, len(arcs)), new(big.Rat)
	for root := range n {
		out[root] = new(big.Rat)
		chosen := make([]arc, n)
		var choose func(s int)
		choose = func(s int) {
			if s == n {
				weight := rat(1, 1)
				for from := range n {
					at := from
					for range n {
						if at != root {
							at = chosen[at].to
						}
					}
					if at != root {
						return
					}
					if from != root {
						weight.Mul(weight, rat(chosen[from].rate, 1))
					}
				}
				out[root].Add(out[root], weight)
				return
			}
			if s == root {
				choose(s + 1)
				return
			}
			for _, a := range arcs[s] {
				if a.rate > 0 && a.to != s {
					chosen[s] = a
					choose(s + 1)
				}
			}
		}
		choose(0)
		total.Add(total, out[root])
	}
	if total.Sign() == 0 {
		return nil
	}
	for _, p := range out {
		p.Quo(p, total)
	}
	return out
}

func drawArcs(t *rapid.T) [][]arc {
	n := rapid.IntRange(1, 5).Draw(t, "states")
	arcs := make([][]arc, n)
	for s := range arcs {
		for range rapid.IntRange(0, 3).Draw(t, "steps") {
			arcs[s] = append(arcs[s], arc{rapid.IntRange(0, n-1).Draw(t, "to"), rapid.Int64Range(0, 4).Draw(t, "rate")})
		}
	}
	return arcs
}

// reached renumbers the states that are reached from state 0.
func reached(arcs [][]arc) [][]arc {
	order, number := []int{0}, map[int]int{0: 0}
	for i := 0; i < len(order); i++ {
		for _, a := range arcs[order[i]] {
			if _, ok := number[a.to]; !ok && a.rate > 0 {
				number[a.to] = len(order)
				order = append(order, a.to)
			}
		}
	}
	out := make([][]arc, len(order))
	for i, s := range order {
		for _, a := range arcs[s] {
			if a.rate > 0 {
				out[i] = append(out[i], arc{number[a.to], a.rate})
			}
		}
	}
	return out
}

// Long-run shares are those of the tree theorem; where no state is led to from everywhere there is no tree, and Steady says so.
func TestSteadyIsTheTreeTheorem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arcs := drawArcs(t)
		sys, rate := walkOn(arcs)
		c, err := NewChain(sys, rate, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		arcs = reached(arcs)
		want := trees(arcs)
		got, err := c.Steady()
		approx, numeric := c.SteadyNumeric()
		if want == nil {
			if !errors.Is(err, ErrSeveral) || !errors.Is(numeric, ErrSeveral) {
				t.Fatalf("%v: got %v and %v, want %v", arcs, got, err, ErrSeveral)
			}
			return
		}
		if err != nil || numeric != nil || c.Size() != len(arcs) || c.Initial() != 1 {
			t.Fatalf("%v: got %v and %v, %d states", arcs, err, numeric, c.Size())
		}
		for s := range want {
			if got[s].Cmp(want[s]) != 0 {
				t.Fatalf("%v: state %d: got %v, want %v", arcs, s, got[s], want[s])
			}
		}
		checkError(t, approx, want, 1e-12)
	})
}

// tb is a test, of package testing or of rapid.
type tb interface {
	Helper()
	Fatalf(string, ...any)
}

// checkError checks that an approximation is as near to what is exact as it says, and that it does not say too little to be
// of use.
func checkError(t tb, a Approximation, exact []*big.Rat, useful float64) {
	t.Helper()
	for s, want := range exact {
		if want == nil {
			if !math.IsInf(a.Values[s], 1) {
				t.Fatalf("state %d: got %g, want it to be infinite", s, a.Values[s])
			}
			continue
		}
		off := new(big.Rat).SetFloat64(a.Values[s])
		if off.Abs(off.Sub(off, want)); off.Cmp(new(big.Rat).SetFloat64(a.Error)) > 0 {
			t.Fatalf("state %d: got %g, want %v to within %g", s, a.Values[s], want, a.Error)
		}
	}
	if a.Error > useful {
		t.Fatalf("got an error of up to %g, want at most %g", a.Error, useful)
	}
}

// Mean times are those of a first step each, and infinite exactly where a walk may get to where it cannot hit any more.
func TestHittingIsOneStepAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		arcs := drawArcs(t)
		sys, rate := walkOn(arcs)
		c, err := NewChain(sys, rate, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		arcs = reached(arcs)
		target := []int{rapid.IntRange(0, len(arcs)-1).Draw(t, "target")}
		got, err := c.Hitting(target)
		if err != nil {
			t.Fatal(err)
		}
		// Sure: after so many rounds of taking away what may be stuck, only states are left that surely hit.
		sure := make([]bool, len(arcs))
		can := make([]bool, len(arcs))
		can[target[0]] = true
		for range arcs {
			for s := range arcs {
				for _, a := range arcs[s] {
					can[s] = can[s] || can[a.to]
				}
			}
		}
		copy(sure, can)
		for range arcs {
			for s := range arcs {
				for _, a := range arcs[s] {
					if s != target[0] && !sure[a.to] {
						sure[s] = false
					}
				}
			}
		}
		for s := range arcs {
			if sure[s] != (got[s] != nil) {
				t.Fatalf("%v: state %d to %d: got %v, want it finite %t", arcs, s, target[0], got[s], sure[s])
			}
			if !sure[s] {
				continue
			}
			// rate out * mean time = 1 + the sum of rate * mean time from there.
			left, right := new(big.Rat), rat(1, 1)
			if s == target[0] {
				if got[s].Sign() != 0 {
					t.Fatalf("got %v, want 0", got[s])
				}
				continue
			}
			for _, a := range arcs[s] {
				left.Add(left, new(big.Rat).Mul(rat(a.rate, 1), got[s]))
				right.Add(right, new(big.Rat).Mul(rat(a.rate, 1), got[a.to]))
			}
			if left.Cmp(right) != 0 {
				t.Fatalf("%v: state %d to %d: got %v", arcs, s, target[0], got[s])
			}
		}
		approx, err := c.HittingNumeric(target)
		if err != nil {
			t.Fatal(err)
		}
		checkError(t, approx, got, 1e-6)
	})
}

// What may happen after a state is hit says nothing of the time until then; what may happen instead makes it infinite.
func TestHittingEndsThere(t *testing.T) {
	for _, c := range []struct {
		arcs [][]arc
		want *big.Rat
	}{
		{[][]arc{{{1, 4}}, {{2, 1}}, nil}, rat(1, 4)},         // 2 is never left
		{[][]arc{{{1, 4}, {2, 1}}, nil, nil}, nil},            // which may be first
		{[][]arc{{{1, 4}, {2, 4}}, nil, {{0, 1}}}, rat(5, 4)}, // there and back
	} {
		sys, rate := walkOn(c.arcs)
		chain, err := NewChain(sys, rate, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		got, err := chain.Hitting([]int{1})
		if err != nil || (got[0] == nil) != (c.want == nil) || c.want != nil && got[0].Cmp(c.want) != 0 {
			t.Errorf("%v: got %v and %v, want %v", c.arcs, got[0], err, c.want)
		}
	}
}

func TestChainRefuses(t *testing.T) {
	station := modelcheck.Load(t, Models, "station.bh", spec.Options{})
	some := PerAction(map[string]*big.Rat{"Arrive": rat(1, 1), "Serve": rat(1, 1)})
	redundancy := modelcheck.Load(t, Models, "redundancy.bh", spec.Options{})
	closed := modelcheck.Load(t, Models, "closed.bh", spec.Options{})
	all := PerAction(map[string]*big.Rat{"Compute": rat(1, 1), "Transfer": rat(1, 1)})
	for name, c := range map[string]struct {
		sys   model.System
		rate  Rate
		start func([]model.Binding) bool
		limit int
		want  error
	}{
		"no rate":      {station, some, nil, 100, ErrNoRate},
		"too large":    {redundancy, PerAction(map[string]*big.Rat{"Fail": rat(1, 1), "Repair": rat(1, 1)}), nil, 380, ErrTooLarge},
		"no beginning": {closed, all, func([]model.Binding) bool { return false }, 1000, ErrNoInitial},
		"below 0":      {redundancy, PerAction(map[string]*big.Rat{"Fail": rat(-1, 1), "Repair": rat(1, 1)}), nil, 1000, nil},
		"no system":    {nil, all, nil, 10, nil},
		"no rates":     {station, nil, nil, 10, nil},
	} {
		if _, err := NewChain(c.sys, c.rate, c.start, c.limit); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	c, err := NewChain(closed, all, nil, 1000)
	if err != nil || c.Size() != 225 || c.Initial() != 15 {
		t.Fatalf("got %v, want 225 states and 15 initial ones", err)
	}
	if _, err := c.Steady(); !errors.Is(err, ErrSeveral) { // each target is a class of its own
		t.Errorf("got %v, want %v", err, ErrSeveral)
	}
	for _, s := range []int{-1, 225} {
		if _, err := c.Hitting([]int{s}); err == nil {
			t.Errorf("hit state %d, which there is not", s)
		}
	}
	if _, err := c.Mean(nil, nil); err == nil {
		t.Error("got a mean over no states")
	}
	if _, err := c.Frequency(nil, nil); err == nil {
		t.Error("got a frequency over no states")
	}
	// A choice inside a step has no rate by its action.
	if r := PerAction(map[string]*big.Rat{"A": rat(1, 1)})(nil, model.StepText{Action: "A", Choices: []model.Binding{{Name: "x"}}}); r != nil {
		t.Errorf("got rate %v for a step that chooses", r)
	}
}

// Numbers of very different sizes: the error is large, and known.
func TestApproximationOfStiffChains(t *testing.T) {
	arcs := [][]arc{{{1, 1}}, {{0, 1_000_000_000}, {2, 1}}, {{1, 1_000_000_000_000}}}
	sys, rate := walkOn(arcs)
	c, err := NewChain(sys, rate, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := c.Steady()
	if err != nil {
		t.Fatal(err)
	}
	approx, err := c.SteadyNumeric()
	if err != nil {
		t.Fatal(err)
	}
	checkError(t, approx, exact, 1e-3)
	e := newEquations(2) // singular
	if _, err := e.solve(); !errors.Is(err, errSingular) {
		t.Errorf("got %v, want %v", err, errSingular)
	}
	if a, err := newEquations(2).approximate(); !errors.Is(err, errSingular) {
		t.Errorf("got %v and %v, want %v", a, err, errSingular)
	}
	nearly := newEquations(2) // not singular, but no float tells
	for i, row := range [][]*big.Rat{{rat(1, 3), rat(2, 3)}, {new(big.Rat).Add(rat(1, 3), rat(1, 1<<62)), rat(2, 3)}} {
		copy(nearly.matrix[i], row)
	}
	if a, err := nearly.approximate(); !errors.Is(err, errSingular) {
		t.Errorf("got %v and %v, want %v", a, err, errSingular)
	}
	if _, err := float(new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 400))); err == nil {
		t.Error("took a number of size 2^-400")
	}
}

// number is an integer variable of a state.
func number(state []model.Binding, name string) int64 {
	i := slices.IndexFunc(state, func(b model.Binding) bool { return b.Name == name })
	return state[i].Value.Int
}
