package sat

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
)

var ample = bounds{1 << 20, 1 << 20, 1 << 20, 1 << 20}

// What is found out of drawn formulas is what trying all assignments finds.
func TestDrawnFormulas(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	seen := map[bool]int{}
	for range 400 {
		f := &CNF{Vars: 1 + r.IntN(9)}
		for range r.IntN(5 * f.Vars) {
			var c []int
			vars := r.Perm(f.Vars)
			for _, v := range vars[:min(len(vars), 1+r.IntN(3)+r.IntN(2))] {
				c = append(c, (v+1)*(1-2*r.IntN(2)))
			}
			f.Clauses = append(f.Clauses, c)
		}
		want := false
		for m := range 1 << f.Vars {
			model := make([]bool, f.Vars+1)
			for v := range f.Vars {
				model[v+1] = m>>v&1 == 1
			}
			want = want || f.falsified(model) < 0
		}
		a, err := decide(context.Background(), f, ample)
		if err != nil {
			t.Fatalf("%v: %v", f, err)
		}
		if got := a.model != nil; got != want {
			t.Fatalf("%v: got a model: %v, want %v", f, got, want)
		}
		seen[want]++
	}
	if seen[true] < 50 || seen[false] < 50 {
		t.Errorf("%v with and without a model", seen)
	}
}

// pigeons is a formula that n pigeons fit into n-1 holes, which takes solvers long.
func pigeons(n int) *CNF {
	f := &CNF{Vars: n * (n - 1)}
	in := func(p, h int) int { return p*(n-1) + h + 1 }
	for p := range n {
		var c []int
		for h := range n - 1 {
			c = append(c, in(p, h))
		}
		f.Clauses = append(f.Clauses, c)
	}
	for h := range n - 1 {
		for p := range n {
			for q := range p {
				f.Clauses = append(f.Clauses, []int{-in(p, h), -in(q, h)})
			}
		}
	}
	return f
}

// A search ends at its limit and when the context does; the next one is not disturbed.
func TestSearchEnds(t *testing.T) {
	if a, err := decide(context.Background(), pigeons(5), ample); err != nil || a.proof == nil {
		t.Fatalf("5 pigeons: got %+v, %v, want a proof", a, err)
	}
	for _, c := range []struct {
		pigeons int
		most    bounds
		want    string
	}{
		{12, bounds{1 << 20, 1000, 1 << 20, 1 << 20}, "the solver has learned as many clauses as it may"},
		{12, bounds{1 << 20, 1 << 20, 1000, 1 << 20}, "the clauses that the solver has learned have more than 1000 literals"},
		{5, bounds{1 << 20, 1 << 20, 1 << 20, 10}, "its proof takes more than 10 hints"},
	} {
		_, err := decide(context.Background(), pigeons(c.pigeons), c.most)
		if !errors.As(err, new(*givenUpError)) || err.Error() != c.want {
			t.Errorf("%d pigeons, %+v: got %v, want %q", c.pigeons, c.most, err, c.want)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	if _, err := decide(ctx, pigeons(12), ample); !errors.Is(err, why) {
		t.Errorf("12 pigeons, a context that has ended: got %v", err)
	}
	if a, err := decide(context.Background(), pigeons(5), ample); err != nil || a.proof == nil {
		t.Errorf("5 pigeons again: got %+v, %v, want a proof", a, err)
	}
}

// The variables of a formula are those of its circuit: a model of it makes the circuit true.
func TestClausesAreTheCircuit(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 200 {
		g := newGraph(1 << 16)
		pool := []lit{g.input(), g.input(), g.input(), g.input(), g.input()}
		for range 25 {
			a, b := pool[r.IntN(len(pool))], pool[r.IntN(len(pool))]
			pool = append(pool, g.and(a^lit(r.IntN(2)), b^lit(r.IntN(2)))^lit(r.IntN(2)))
		}
		root := pool[len(pool)-1]
		want := false
		for m := range uint64(32) {
			in := make([]uint64, 5)
			for i := range in {
				in[i] = m >> i & 1
			}
			want = want || at(g.simulate(in), root, 0)
		}
		f, vars := g.clauses(g.conjuncts(root)...)
		a, err := decide(context.Background(), f, ample)
		if err != nil || (a.model != nil) != want {
			t.Fatalf("got %+v, %v, want a model: %v", a, err, want)
		}
		if a.model == nil {
			continue
		}
		in := make([]uint64, 5)
		for n, v := range vars {
			if x := g.nodes[n]; x.a == isInput && n > 0 && a.model[v] {
				in[x.b] = 1
			}
		}
		if !at(g.simulate(in), root, 0) {
			t.Fatal("the model is none of the circuit")
		}
	}
}

// A formula of too many nodes is not even written down.
func TestLargeFormula(t *testing.T) {
	g := newGraph(1 << 10)
	all := lTrue
	for range 10 {
		all = g.and(all, g.or(g.input(), g.input()))
	}
	for nodes, want := range map[int]string{100: "", 30: "its formula depends on 39 nodes, more than 30"} {
		p := &prover{ctx: context.Background(), m: &machine{g: g}, most: ample, asked: map[lit]*Obligation{}, models: map[lit][]uint64{}}
		p.most.nodes = nodes
		if o, _, err := p.ask("Large", 1, all); err != nil || o.Holds || o.Why != want {
			t.Errorf("%d nodes: got %+v, %v", nodes, o, err)
		}
	}
}
