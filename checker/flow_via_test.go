package checker

import (
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// ipurge leaves inputs out as it is defined, from the end: sources is the domains of those that are kept.
func (t *flowToy) ipurge(c *model.IsolatedDomain, inputs []int) (kept []int, sources uint64) {
	if len(inputs) == 0 {
		return nil, 0
	}
	rest, sources := t.ipurge(c, inputs[1:])
	if !t.keeps(c, inputs[0], sources) {
		return rest, sources
	}
	return append([]int{inputs[0]}, rest...), sources | t.owners[0][inputs[0]]
}

// keeps tells whether an input is kept before others that are, of the domains sources.
func (t *flowToy) keeps(c *model.IsolatedDomain, in int, sources uint64) bool {
	o := t.owners[0][in]
	if o == 0 {
		return true
	}
	for ; o != 0; o &= o - 1 {
		d := bits.TrailingZeros64(o)
		if c.By>>d&1 == 0 || c.Via[d]&sources != 0 {
			return true
		}
	}
	return false
}

func (t *flowToy) end(s int, inputs []int) int {
	for _, in := range inputs {
		s = t.step(s, in)
	}
	return s
}

// ipurgeLeaks tells whether a domain tells the end of a sequence of up to most inputs from that of its purge.
func (t *flowToy) ipurgeLeaks(c *model.IsolatedDomain, inputs []int, most int) bool {
	kept, _ := t.ipurge(c, inputs)
	for _, s := range t.init {
		if t.view[c.Of][t.end(int(s[0]), inputs)] != t.view[c.Of][t.end(int(s[0]), kept)] {
			return true
		}
	}
	if len(inputs) == most {
		return false
	}
	for in := range t.next[0] {
		if t.ipurgeLeaks(c, append(inputs[:len(inputs):len(inputs)], in), most) {
			return true
		}
	}
	return false
}

// shortestIpurgeLeak gives the length of a shortest sequence whose end a domain tells from that of its purge, or -1. It goes backwards,
// as the definition does: from pairs of states, and the domains of what is kept behind them, that some inputs make differ.
func (t *flowToy) shortestIpurgeLeak(c *model.IsolatedDomain) int {
	type behind struct {
		s, p    int // the ends so far of the sequence and of its purge
		sources uint64
	}
	seen := map[behind]bool{}
	var layer []behind
	for s := range t.next {
		for p := range t.next {
			if t.view[c.Of][s] != t.view[c.Of][p] {
				layer = append(layer, behind{s, p, 0})
				seen[behind{s, p, 0}] = true
			}
		}
	}
	for length := 0; len(layer) > 0; length++ {
		var before []behind
		for _, at := range layer {
			if at.s == at.p {
				for _, s := range t.init {
					if int(s[0]) == at.s {
						return length
					}
				}
			}
			for in := range t.next[0] {
				kept := t.keeps(c, in, at.sources)
				for s := range t.next {
					for p := range t.next {
						if t.step(s, in) != at.s || kept && t.step(p, in) != at.p || !kept && p != at.p {
							continue
						}
						to := behind{s, p, at.sources}
						if kept {
							to.sources |= t.owners[0][in]
						}
						if !seen[to] {
							seen[to] = true
							before = append(before, to)
						}
					}
				}
			}
		}
		layer = before
	}
	return -1
}

// drawVia draws a system whose domains do not vary, and what they may do through others.
func drawVia(t *rapid.T) *flowToy {
	toy := rapid.Custom(drawFlowToy).Filter(func(toy *flowToy) bool {
		return len(toy.claims.Varying) == 0 && len(toy.claims.Domains) == 3 && len(toy.next) > 2 && len(toy.next[0]) > 2
	}).Draw(t, "toy")
	n := len(toy.claims.Domains)
	for i := range toy.claims.Properties {
		c := &toy.claims.Properties[i]
		if rapid.IntRange(0, 3).Draw(t, "all") > 0 {
			c.By = (1<<n - 1) &^ (1 << c.Of)
		}
		c.Via = rapid.SliceOfN(rapid.Uint64Range(0, 1<<n-1), n, n).Draw(t, "via")
	}
	return toy
}

func TestIsolatedViaAgainstIpurge(t *testing.T) {
	leaks, holds, let := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		toy := drawVia(t)
		r, err := Check(t.Context(), toy, Config{Workers: rapid.IntRange(1, 2).Draw(t, "workers")})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Properties {
			if f.Property.Kind != model.Isolated {
				continue
			}
			shortest, direct := -1, -1
			for i := range toy.claims.Properties {
				c := &toy.claims.Properties[i]
				if toy.info.Properties[c.Property].Name != f.Property.Name || c.By == 0 {
					continue
				}
				n := toy.shortestIpurgeLeak(c)
				if n >= 0 && (shortest < 0 || n < shortest) {
					shortest = n
				}
				direct = max(direct, toy.shortestLeak(model.IsolatedDomain{Of: c.Of, By: c.By}))
				if toy.ipurgeLeaks(c, nil, 3) != (n >= 0 && n <= 3) {
					t.Fatalf("the oracles disagree: shortest %d", n)
				}
				held := true
				for _, u := range f.Unwound {
					held = held && (u.Domain != toy.claims.Domains[c.Of] || u.Holds)
				}
				if held != (n < 0) {
					t.Errorf("%s: got %v, want %v", toy.claims.Domains[c.Of], held, n < 0)
				}
			}
			if f.Verdict != map[bool]Verdict{true: Violated, false: Holds}[shortest >= 0] {
				t.Fatalf("got %s (%s), and a shortest leak of %d inputs", f.Verdict, f.Reason, shortest)
			}
			if f.Verdict == Violated {
				leaks++
				toy.judgeVia(t, &f, shortest)
			} else if holds++; direct >= 0 {
				let++
			}
		}
	})
	if leaks == 0 || holds == 0 {
		t.Errorf("drew %d leaks and %d isolated systems, %d of them only through others, want some of the first two", leaks, holds, let)
	}
}

// judgeVia takes both runs of an experiment once more by the tables of the system: they have one purge and end differently.
func (t *flowToy) judgeVia(tb rapid.TB, f *Finding, shortest int) {
	x := f.Experiment
	if x == nil || len(x.Rows)-1 != shortest || f.Steps != shortest {
		tb.Fatalf("the experiment is %+v, want %d inputs", x, shortest)
	}
	var with, without []int
	for i, row := range x.Rows[1:] {
		in := int(row.Input.Args[0].Value.Int)*4 + int(row.Input.Choices[0].Value.Int)
		if row.Input.Action == "B" {
			in += 2
		}
		with = append(with, in)
		if i+1 != x.Removed {
			without = append(without, in)
		}
	}
	for i := range t.claims.Properties {
		c := &t.claims.Properties[i]
		if t.claims.Domains[c.Of] != x.Domain || t.info.Properties[c.Property].Name != f.Property.Name {
			continue
		}
		a, _ := t.ipurge(c, with)
		b, _ := t.ipurge(c, without)
		start := int(x.Rows[0].With.State[0].Value.Int)
		if t.end(start, a) != t.end(start, b) || len(a) != len(b) {
			tb.Fatalf("the runs have the purges %v and %v", a, b)
		}
		if t.view[c.Of][t.end(start, with)] == t.view[c.Of][t.end(start, without)] {
			tb.Fatal("the runs end in what the domain cannot tell apart")
		}
	}
}
