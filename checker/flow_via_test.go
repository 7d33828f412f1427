package checker

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
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

// behind is what ipurge has made of the end of a sequence: the states that the sequence and its purge lead through from somewhere, and
// the domains of what is kept of it.
type behind struct {
	s, p    int
	sources uint64
}

// shortestIpurgeLeak gives the length of a shortest sequence whose end a domain tells from that of its purge, or -1. It goes backwards,
// as the definition does, breadth first: from the pairs of states that differ for the domain to those, and the domains of what is kept behind them,
// that one input more leads from. No shortest sequence has the same behind it twice, so that the search is over all sequences: those of states² · 2^domains
// inputs at most.
func (t *flowToy) shortestIpurgeLeak(c *model.IsolatedDomain) int {
	before := make([][][]int, len(t.next[0])) // by input and state: from which states it leads there
	for in := range before {
		before[in] = make([][]int, len(t.next))
		for s := range t.next {
			to := t.step(s, in)
			before[in][to] = append(before[in][to], s)
		}
	}
	seen := map[behind]bool{}
	var layer, next []behind
	push := func(b behind) {
		if !seen[b] {
			seen[b] = true
			next = append(next, b)
		}
	}
	for s := range t.next {
		for p := range t.next {
			if t.view[c.Of][s] != t.view[c.Of][p] {
				push(behind{s, p, 0})
			}
		}
	}
	for length := 0; len(next) > 0; length++ {
		layer, next = next, nil
		for _, at := range layer {
			if at.s == at.p && slices.ContainsFunc(t.init, func(s model.State) bool { return int(s[0]) == at.s }) {
				return length
			}
			for in := range before {
				purged, sources := []int{at.p}, at.sources
				if t.keeps(c, in, at.sources) {
					purged, sources = before[in][at.p], at.sources|t.owners[0][in]
				}
				for _, s := range before[in][at.s] {
					for _, p := range purged {
						push(behind{s, p, sources})
					}
				}
			}
		}
	}
	return -1
}

// unwound tells whether a domain is isolated from inputs through exactly the domains via: whether it never sees other ends of a·b and of b, from any
// state that is reached, where a is such an input and no input of b is of a domain in via.
func (t *flowToy) unwound(c *model.IsolatedDomain, via uint64) bool {
	seen := map[[2]int]bool{}
	var queue [][2]int
	push := func(s, p int) {
		if !seen[[2]int{s, p}] {
			seen[[2]int{s, p}] = true
			queue = append(queue, [2]int{s, p})
		}
	}
	for s := range t.reach() {
		for in := range t.next[s] {
			if t.purged(s, in, c.By) && t.through(c, t.owners[0][in]) == via {
				push(t.step(s, in), s)
			}
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if t.view[c.Of][at[0]] != t.view[c.Of][at[1]] {
			return false
		}
		for in := range t.next[0] {
			if t.owners[0][in]&via == 0 {
				push(t.step(at[0], in), t.step(at[1], in))
			}
		}
	}
	return true
}

// through gives the domains through which some domains may affect that of a claim.
func (t *flowToy) through(c *model.IsolatedDomain, owners uint64) (set uint64) {
	for d, v := range c.Via {
		if owners>>d&1 == 1 {
			set |= v
		}
	}
	return set
}

// byThrough gives the domains that may affect that of a claim through exactly the domains via, alone or by what they sometimes do with others.
func (t *flowToy) byThrough(c *model.IsolatedDomain, via uint64) (by uint64) {
	var actors []uint64
	for d := range c.Via {
		actors = append(actors, 1<<d)
	}
	for s := range t.reach() {
		for in, to := range t.next[s] {
			if to >= 0 {
				actors = append(actors, t.owners[0][in])
			}
		}
	}
	for _, o := range actors {
		if o != 0 && o&^c.By == 0 && t.through(c, o) == via {
			by |= o
		}
	}
	return by
}

// relay is a system as a reference monitor makes it (Rushby 1992, section 3): each domain has a cell, which it sees, reads and asks in its guards, and
// writes to the cells of those that it may affect. So it is isolated but through others, unless an input is made to do more.
type relay struct {
	policy []uint64 // by domain: which it may affect
	end    int      // the domain at the end of a chain of middles 1, 2, … to domain 0, which it may not affect otherwise
}

// drawRelay draws a relay, and the same one with one instance that lets a domain know of another one that may not affect it: mostly domain 0 of the end
// of the chain.
func drawRelay(t *rapid.T) (r relay, tight, loose *flowToy) {
	n := rapid.IntRange(3, 4).Draw(t, "domains")
	r = relay{make([]uint64, n), rapid.IntRange(2, n-1).Draw(t, "end")}
	to, from := 0, r.end // of the loose instance
	for d := 1; d <= r.end; d++ {
		r.policy[d] |= 1 << (d - 1)
	}
	if rapid.IntRange(0, 3).Draw(t, "aside") == 0 { // the end affects nobody unless the loose instance lets it affect a middle
		r.policy[r.end], to = 0, r.end-1
	}
	// Whatever else there is: cycles, other ways, other ends.
	for range rapid.IntRange(0, n).Draw(t, "more") {
		d, e := rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")
		if d != e && (e != to || d != from) && (e != 0 || d != r.end) {
			r.policy[d] |= 1 << e
		}
	}
	writer := rapid.Bool().Draw(t, "writer") // whether the loose instance is of the one and writes, or of the other and reads
	tight, loose = &flowToy{broken: -1}, &flowToy{broken: -1}
	instances := n + rapid.IntRange(0, 1).Draw(t, "instances")
	owners := make([]uint64, 2*instances)
	for i := range instances {
		o := uint64(0)
		if i < n {
			o = 1 << i
		}
		if rapid.IntRange(0, 7).Draw(t, "joint") == 0 {
			o |= rapid.Uint64Range(0, 1<<n-1).Draw(t, "owners")
		}
		owners[2*i], owners[2*i+1] = o, o
	}
	for s := range 1 << n {
		tight.next, loose.next = append(tight.next, make([]int, 2*instances)), append(loose.next, make([]int, 2*instances))
		tight.owners, loose.owners = append(tight.owners, owners), append(loose.owners, owners)
		for in := range owners {
			tight.next[s][in], loose.next[s][in] = s, s
		}
	}
	for in, o := range owners {
		// What it does to each cell depends on one of those that its domains have, and on the cell, and it may be refused by one of those.
		// What is of no domain reads nothing but each cell for itself.
		var reads uint64
		for d := range n {
			if o>>d&1 == 1 && (reads == 0 || rapid.Bool().Draw(t, "reads")) {
				reads = 1 << d
			}
		}
		guard := rapid.IntRange(0, 5).Draw(t, "guard")
		refused := rapid.SampledFrom([]int{off, off, bad}).Draw(t, "refused")
		writes := o
		if o == 0 {
			writes = 1<<n - 1
		}
		for d, to := range r.policy {
			if o>>d&1 == 1 {
				writes |= to
			}
		}
		table := rapid.SliceOfN(rapid.Uint8Range(0, 15), n, n).Draw(t, "cells") // what each cell becomes, by what is read and what it was
		for s := range tight.next {
			has, becomes := 0, s
			if uint64(s)&reads != 0 {
				has = 1
			}
			for d := range n {
				if writes>>d&1 == 1 {
					becomes = becomes&^(1<<d) | int(table[d]>>(2*has+s>>d&1)&1)<<d
				}
			}
			tight.next[s][in] = becomes
			if loose.next[s][in] = becomes; writer && in/2 == from || !writer && in/2 == to && s>>from&1 == 1 {
				loose.next[s][in] = becomes ^ 1<<to
			}
			if o != 0 && guard == has {
				tight.next[s][in], loose.next[s][in] = refused, refused
			}
		}
	}
	for d := range n {
		view := make([]int, 1<<n)
		for s := range view {
			view[s] = s >> d & 1
		}
		tight.view, loose.view = append(tight.view, view), append(loose.view, view)
	}
	initial := rapid.SliceOfNDistinct(rapid.IntRange(0, 1<<n-1), 1, 2, rapid.ID[int]).Draw(t, "initial")
	for _, toy := range []*flowToy{tight, loose} {
		for d := range n {
			toy.claims.Domains = append(toy.claims.Domains, fmt.Sprintf("role(%d)", d))
		}
		toy.claims.Properties = []model.IsolatedDomain{r.claim(0)}
		if rapid.Bool().Draw(t, "another") {
			toy.claims.Properties = append(toy.claims.Properties, r.claim(rapid.IntRange(1, n-1).Draw(t, "of")))
		}
		toy.info.Properties = []model.Property{{Name: "Even", Kind: model.Isolated}, {Name: "Odd", Kind: model.Isolated}}
		toy.set(initial...)
	}
	return r, tight, loose
}

// claim says that a domain is affected as the policy has it.
func (r *relay) claim(of int) model.IsolatedDomain {
	c := model.IsolatedDomain{Property: model.PropertyID(of % 2), Of: of, Via: make([]uint64, len(r.policy))}
	for d, to := range r.policy {
		if d != of && to>>of&1 == 0 {
			c.By |= 1 << d
			c.Via[d] = to
		}
	}
	return c
}

// ipurge is Rushby's, of a policy that is one relation: an input is kept if its domain may affect one of the sources, which are domain t and those
// of the inputs kept behind it, or is one of them.
func (r *relay) ipurge(owners []uint64, t int) (kept []bool) {
	sources := uint64(1) << t
	for _, o := range slices.Backward(owners) {
		d := bits.TrailingZeros64(o)
		keep := sources&(r.policy[d]|1<<d) != 0
		if keep {
			sources |= 1 << d
		}
		kept = append(kept, keep)
	}
	slices.Reverse(kept)
	return kept
}

// The purge that a claim makes is Rushby's, where each input is of one domain and whom it may affect is one relation, and the one of its definition
// otherwise.
func TestPurge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, _, toy := drawRelay(t)
		inputs := rapid.SliceOfN(rapid.IntRange(0, len(toy.next[0])-1), 0, 8).Draw(t, "inputs")
		single := true
		var owners []uint64
		for _, in := range inputs {
			owners = append(owners, toy.owners[0][in])
			single = single && bits.OnesCount64(toy.owners[0][in]) == 1
		}
		for of := range r.policy {
			c := r.claim(of)
			got := (&question{IsolatedDomain: c}).purge(owners)
			if want := r.ipurge; single && !slices.Equal(got, want(owners, of)) {
				t.Fatalf("inputs of %b, seen by %d: got %v, want %v", owners, of, got, want(owners, of))
			}
			var kept []int
			for i, in := range inputs {
				if got[i] {
					kept = append(kept, in)
				}
			}
			if want, _ := toy.ipurge(&c, inputs); !slices.Equal(kept, want) {
				t.Fatalf("%v: got %v, want %v", inputs, kept, want)
			}
		}
	})
}

// drawVia draws a system whose domains do not vary, and what they may do through others, with nothing in common.
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

// passes tells whether a system is isolated, and only because something is let through.
func (t *flowToy) passes() bool {
	return !t.leaks() && slices.ContainsFunc(t.claims.Properties, func(c model.IsolatedDomain) bool {
		return t.shortestLeak(model.IsolatedDomain{Of: c.Of, By: c.By}) >= 0
	})
}

// far tells whether domain 0 is affected by the end of a chain of two middles, and by no shorter way.
func (r *relay) far(toy *flowToy) bool {
	return r.end == 3 && r.policy[2]&1 == 0 && r.policy[3]&2 == 0 && toy.shortestLeak(model.IsolatedDomain{By: 1 << 3}) >= 0
}

// circular tells whether two domains on the chain may affect each other.
func (r *relay) circular() bool {
	for d := 1; d <= r.end; d++ {
		if r.policy[d-1]>>d&1 == 1 {
			return true
		}
	}
	return false
}

func TestIsolatedViaAgainstIpurge(t *testing.T) {
	systems, leaks, holds, through, direct, far, circular := 0, 0, 0, 0, 0, 0, 0
	enough := func() bool {
		return leaks > 0 && holds > 0 && 4*through >= systems && 4*direct >= systems && far > 0 && circular > 0
	}
	redraw.Until(t, enough, func(t *rapid.T) {
		kind := rapid.IntRange(0, 15).Draw(t, "kind")
		if kind == 0 {
			toy := drawVia(t)
			systems++
			toy.compare(t, &leaks, &holds)
			return
		}
		r, tight, loose := drawRelay(t)
		for range 8 { // a few draws are enough for one in which something gets through
			if kind == 1 || tight.passes() && (kind%2 == 0 || loose.leaks()) {
				break
			}
			r, tight, loose = drawRelay(t)
		}
		toy := tight
		if kind%2 == 1 {
			toy = loose
		}
		if systems++; tight.passes() {
			switch {
			case kind%2 == 0:
				through++
			case loose.leaks():
				direct++
			}
			if r.far(tight) {
				far++
			}
			if r.circular() {
				circular++
			}
		}
		toy.compare(t, &leaks, &holds)
	})
	if !enough() {
		t.Errorf("of %d systems %d are isolated and only because something is let through, %d but for what one instance does, in %d it is through two middles, "+
			"in %d there is a cycle; want a third of the first two, and some of the others (and leaks, %d, and claims that hold, %d)",
			systems, through, direct, far, circular, leaks, holds)
	}
}

// leaks tells whether a claim is false.
func (t *flowToy) leaks() bool {
	return slices.ContainsFunc(t.claims.Properties, func(c model.IsolatedDomain) bool { return t.shortestIpurgeLeak(&c) >= 0 })
}

// compare decides a system in both ways.
func (t *flowToy) compare(tb *rapid.T, leaks, holds *int) {
	r, err := Check(tb.Context(), t, Config{Workers: rapid.IntRange(1, 2).Draw(tb, "workers")})
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range r.Properties {
		if f.Property.Kind != model.Isolated {
			continue
		}
		shortest, direct, lets := -1, -1, false
		for i := range t.claims.Properties {
			c := &t.claims.Properties[i]
			if t.info.Properties[c.Property].Name != f.Property.Name || c.By == 0 {
				continue
			}
			n := t.shortestIpurgeLeak(c)
			if n >= 0 && (shortest < 0 || n < shortest) {
				shortest = n
			}
			lets = lets || t.through(c, c.By) != 0
			direct = max(direct, t.shortestLeak(model.IsolatedDomain{Of: c.Of, By: c.By}))
			if most := 2; t.ipurgeLeaks(c, nil, most) != (n >= 0 && n <= most) {
				tb.Fatalf("the oracles disagree: shortest %d", n)
			}
			held, by := true, uint64(0)
			for _, u := range f.Unwound {
				if u.Domain != t.claims.Domains[c.Of] {
					continue
				}
				held, by = held && u.Holds, by|t.bits(u.By)
				if want := t.unwound(c, t.bits(u.Via)); u.Holds != want {
					tb.Errorf("%s, through %v: got %v, want %v", u.Domain, u.Via, u.Holds, want)
				}
				if want := t.byThrough(c, t.bits(u.Via)); t.bits(u.By) != want {
					tb.Errorf("%s, through %v: asked of the domains %v, want %b", u.Domain, u.Via, u.By, want)
				}
			}
			if held != (n < 0) {
				tb.Errorf("%s: got %v, want %v", t.claims.Domains[c.Of], held, n < 0)
			}
			if by != c.By {
				tb.Errorf("%s: asked of the domains %b, want %b", t.claims.Domains[c.Of], by, c.By)
			}
		}
		if f.Verdict != map[bool]Verdict{true: Violated, false: Holds}[shortest >= 0] {
			tb.Fatalf("got %s (%s), and a shortest leak of %d inputs", f.Verdict, f.Reason, shortest)
		}
		if f.Verdict == Violated {
			*leaks++
			t.judgeVia(tb, &f, shortest)
		} else {
			*holds++
			if says := slices.Contains(f.Vacuous, "a step that affects a domain through others"); len(f.Vacuous) == 1 && says || len(f.Vacuous) == 0 {
				if says != (lets && direct < 0) {
					tb.Errorf("something lets through is %v and something passes is %v, and got %q", lets, direct >= 0, f.Vacuous)
				}
			}
		}
	}
}

// bits gives the domains of some names.
func (t *flowToy) bits(names []string) (out uint64) {
	for _, name := range names {
		out |= 1 << slices.Index(t.claims.Domains, name)
	}
	return out
}

// What reaches domain 0 from 1 by a step of 2 is a leak of both, whatever they may do through 3.
func TestIsolatedViaQuestions(t *testing.T) {
	toy := &flowToy{broken: -1, view: [][]int{{0, 0, 0, 1}, make([]int, 4), make([]int, 4), make([]int, 4)}}
	for s := range 4 {
		toy.next = append(toy.next, []int{s | 2, off, s&2 | s>>1, off})
		toy.owners = append(toy.owners, []uint64{2, 2, 4, 4})
	}
	toy.claims = model.Isolation{Domains: []string{"low", "first", "second", "guard"}}
	toy.claims.Properties = []model.IsolatedDomain{{By: 6, Via: []uint64{0, 8, 0, 0}}}
	toy.info.Properties = []model.Property{{Name: "Isolated", Kind: model.Isolated}}
	toy.set(0)
	f := checkFlow(t, toy, Config{}).Properties[0]
	if len(f.Unwound) != 2 || f.Unwound[0].Holds || f.Unwound[1].Holds || !slices.Equal(f.Experiment.By, []string{"second"}) || f.Experiment.Via != nil {
		t.Errorf("got %+v and the experiment %+v", f.Unwound, f.Experiment)
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
