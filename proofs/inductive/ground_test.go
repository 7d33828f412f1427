package inductive

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Every lemma about sums is true of all values of what it speaks of, whether its premise is or not.
func TestLemmas(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	premises, total := 0, 0
	for range 400 {
		s := &system{gen: newGen(&ir.Program{}, nil, nil)}
		p := s.pool
		lo, hi := p.num(rng.Int64N(3)-1), p.num(rng.Int64N(4))
		k, l, c := p.variable("k"), p.variable("l"), p.variable("c")
		f := func(x *Term) *Term { return p.app("f", []*Term{x}) }
		g := func(x *Term) *Term { return p.app("g", []*Term{x}) }
		sums := []*Term{
			p.sum(lo, hi, f),
			p.sum(lo, hi, g),
			p.sum(lo, hi, func(x *Term) *Term { return p.ite(p.eq(x, k), c, f(x)) }),
			p.sum(lo, hi, func(x *Term) *Term { return p.ite(p.eq(x, k), c, p.ite(p.eq(x, l), p.num(1), f(x))) }),
			p.sum(lo, hi, func(x *Term) *Term { return p.ite(p.or(p.le(p.num(1), f(x)), p.eq(x, l)), p.num(1), p.num(0)) }),
		}
		pr := s.problem([]*Term{p.le(p.add(sums...), p.add(f(k), g(l)))})
		pr.apply(1)
		leaf := map[*Term]int64{k: rng.Int64N(4), l: rng.Int64N(4), c: rng.Int64N(4) - 1}
		few := rng.Int64N(3) + 1
		for x := int64(-1); x < 5; x++ {
			leaf[f(p.num(x))] = rng.Int64N(few)
			leaf[g(p.num(x))] = leaf[f(p.num(x))]
			if rng.IntN(4) == 0 {
				leaf[g(p.num(x))] = rng.Int64N(4) - 1
			}
		}
		ev := &evaluation{p, leaf, map[*Term]*big.Int{}}
		for _, l := range pr.lemmas() {
			total++
			if !ev.truth(l.premise) {
				continue
			}
			premises++
			if !ev.truth(l.then) {
				t.Fatalf("%s with %v: the premise is true, what follows is not", l.name, leaf)
			}
		}
	}
	t.Logf("%d of %d premises are true", premises, total)
	if premises < 1000 {
		t.Errorf("only %d premises are true", premises)
	}
}

// What is added to a problem is true where what it began with is: nothing is lost on the way to facts without binders. Facts are of values under which
// the terms begun with are true, with the witnesses that make them so.
func TestGroundKeepsModels(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	checked := 0
	for range 600 {
		s := &system{gen: newGen(&ir.Program{}, nil, nil)}
		p := s.pool
		lo, hi := p.num(0), p.num(2)
		f := func(x *Term) *Term { return p.app("f", []*Term{x}) }
		g := func(x, y *Term) *Term { return p.app("g", []*Term{x, y}) }
		k := p.variable("k")
		var formula func(depth int, bound []*Term) *Term
		formula = func(depth int, bound []*Term) *Term {
			one := func() *Term {
				if len(bound) == 0 || rng.IntN(3) == 0 {
					return k
				}
				return bound[rng.IntN(len(bound))]
			}
			if depth == 0 {
				switch rng.IntN(3) {
				case 0:
					return p.eq(f(one()), p.num(rng.Int64N(2)))
				case 1:
					return p.le(g(one(), one()), f(one()))
				default:
					return p.eq(one(), one())
				}
			}
			switch rng.IntN(5) {
			case 0:
				return p.and(formula(depth-1, bound), formula(depth-1, bound))
			case 1:
				return p.or(formula(depth-1, bound), formula(depth-1, bound))
			case 2:
				return p.not(formula(depth-1, bound))
			default:
				return p.forall(lo, hi, func(x *Term) *Term { return formula(depth-1, append(bound[:len(bound):len(bound)], x)) })
			}
		}
		start := formula(4, nil)
		leaf := map[*Term]int64{k: rng.Int64N(3)}
		for x := range int64(3) {
			leaf[f(p.num(x))] = rng.Int64N(2)
			for y := range int64(3) {
				leaf[g(p.num(x), p.num(y))] = rng.Int64N(2)
			}
		}
		if !(&evaluation{p, leaf, map[*Term]*big.Int{}}).truth(start) {
			continue
		}
		pr := s.problem([]*Term{start})
		pr.apply(2)
		// what stands for quantifiers and witnesses: some values make all facts true
		var free []*Term
		seen := map[*Term]bool{}
		var walk func(t *Term)
		walk = func(t *Term) {
			if seen[t] {
				return
			}
			seen[t] = true
			if t.Op == Var && t != k {
				free = append(free, t)
			}
			for _, a := range t.Args {
				walk(a)
			}
		}
		for _, f := range pr.facts {
			walk(f)
		}
		if len(free) > 7 {
			continue
		}
		checked++
		found := false
		for n := 0; n < pow(3, len(free)) && !found; n++ {
			for i, m := 0, n; i < len(free); i, m = i+1, m/3 {
				leaf[free[i]] = int64(m % 3)
			}
			ev := &evaluation{p, leaf, map[*Term]*big.Int{}}
			found = true
			for _, f := range pr.facts {
				if !ev.truth(f) {
					found = false
					break
				}
			}
		}
		if !found {
			t.Fatalf("no values make the facts true, and some make what they began with: %v", leaf)
		}
	}
	t.Logf("%d formulas", checked)
	if checked < 100 {
		t.Errorf("only %d formulas were checked", checked)
	}
}

func pow(b, n int) int {
	out := 1
	for range n {
		out *= b
	}
	return out
}

// Terms mean the same after they were simplified.
func TestSimplified(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		p := newPool()
		leaf := map[*Term]int64{}
		truth := func(b bool) int64 {
			if b {
				return 1
			}
			return 0
		}
		// each gives a term and what it is worth
		var number, claim func(depth int) (*Term, int64)
		number = func(depth int) (*Term, int64) {
			if depth == 0 || rng.IntN(5) == 0 {
				if rng.IntN(2) == 0 {
					n := rng.Int64N(5) - 2
					return p.num(n), n
				}
				v := p.variable(string(rune('u' + rng.IntN(3))))
				if _, ok := leaf[v]; !ok {
					leaf[v] = rng.Int64N(5) - 2
				}
				return v, leaf[v]
			}
			a, x := number(depth - 1)
			b, y := number(depth - 1)
			switch rng.IntN(4) {
			case 0:
				return p.add(a, b), x + y
			case 1:
				return p.sub(a, b), x - y
			case 2:
				return p.mul(a, b), x * y
			default:
				c, z := claim(depth - 1)
				if z != 0 {
					return p.ite(c, a, b), x
				}
				return p.ite(c, a, b), y
			}
		}
		claim = func(depth int) (*Term, int64) {
			if depth == 0 || rng.IntN(3) == 0 {
				a, x := number(depth)
				b, y := number(depth)
				switch rng.IntN(3) {
				case 0:
					return p.le(a, b), truth(x <= y)
				case 1:
					return p.lt(a, b), truth(x < y)
				default:
					return p.eq(a, b), truth(x == y)
				}
			}
			a, x := claim(depth - 1)
			b, y := claim(depth - 1)
			switch rng.IntN(5) {
			case 0:
				return p.and(a, b), x & y
			case 1:
				return p.or(a, b), x | y
			case 2:
				return p.implies(a, b), 1 - x | y
			case 3:
				return p.eq(a, b), truth(x == y)
			default:
				return p.not(a), 1 - x
			}
		}
		c, want := claim(5)
		ev := &evaluation{p, leaf, map[*Term]*big.Int{}}
		if got := ev.number(c).Int64(); got != want {
			t.Fatalf("got %d, want %d with %v", got, want, leaf)
		}
	}
}

// What is needed in the body of a quantifier over an open number of things is needed for all of them.
func TestNeedsOfBinders(t *testing.T) {
	p, _, err := loadText("model M\nconst N = 3\nstate { m: map[0..N - 1]0..2 = 1 }\naction A when forall k in 0..N - 1: 6 / m[k] > 0 { skip }\ninvariant I { true }\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	goal := newSystem(p.IR(), []string{"N"}, nil).ofAction(0)[0].Goal
	found := false
	for _, part := range conjuncts(goal) {
		found = found || part.Op == Forall && len(functionsOf(part)) > 0
	}
	if !found {
		t.Errorf("what is needed is not needed for all: %s", newCoqNames().prop(goal))
	}
}

// Whoever has lost interest need not wait for the lemmas about sums.
func TestLemmasEnd(t *testing.T) {
	p, _, err := loadText("model M\nconst N = 3\ntype T = symmetric 1..N\nstate { m: map[T]0..9 = 0 }\naction A(t: T) { m[t] = 0 }\ninvariant I { (sum t in T: m[t]) <= 5 }\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newSystem(p.IR(), []string{"N"}, nil)
	var facts []*Term
	for _, o := range s.obligations(1) {
		facts = append(facts, o.Assume...)
	}
	pr := s.problem(facts)
	if len(pr.lemmas()) == 0 {
		t.Fatal("there are no lemmas")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := pr.use(ctx, Solver{}, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
