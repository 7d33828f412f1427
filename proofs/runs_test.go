package proofs

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// checked is what the engine says of a drawn system, as a certificate says it.
type checked struct {
	sys      *drawn
	header   Header
	states   *Closure
	verdicts []checker.Finding // of the properties that draw draws
}

func check(t *testing.T, sys *drawn) *checked {
	t.Helper()
	states, err := NewClosure(sys.Info(), 1)
	if err != nil {
		t.Fatal(err)
	}
	res, err := checker.Check(t.Context(), sys, checker.Config{Workers: 1, Visit: states.Visit})
	if err != nil {
		t.Fatal(err)
	}
	out := &checked{sys: sys, states: states, header: Header{Subject: SubjectOf(sys.Info(), "text")}}
	for _, f := range res.Properties {
		if !ofRuns(f.Property.Kind) {
			continue
		}
		out.verdicts = append(out.verdicts, f)
		c := Claim{Property: f.Property.Name, Kind: f.Property.Kind, Holds: f.Verdict == checker.Holds}
		waits := c.Kind == model.Within || c.Kind == model.Longest
		switch {
		case f.Verdict == checker.Undecided:
			t.Fatalf("%s is undecided: %s", c.Property, f.Reason)
		case !c.Holds && c.Kind != model.Can, waits && f.Known && f.Extreme > 0:
			c.Run = RunOf(f.Trace)
		}
		if waits && f.Known && c.Holds {
			c.Extreme = &f.Extreme
		}
		out.header.Claims = append(out.header.Claims, c)
	}
	if err := states.sort(); err != nil {
		t.Fatal(err)
	}
	return out
}

// verifies checks some claims of the system, with all states.
func (c *checked) verifies(t *testing.T, claims ...Claim) error {
	t.Helper()
	h := c.header
	h.Claims = claims
	var b bytes.Buffer
	if err := Write(&b, h, c.states); err != nil {
		t.Fatal(err)
	}
	cert, err := Open(&b)
	if err != nil {
		t.Fatal(err)
	}
	return cert.Verify(t.Context(), c.sys, SubjectOf(c.sys.Info(), "text"))
}

func prove(t *testing.T, c *checked) {
	t.Helper()
	if err := Prove(t.Context(), c.sys, &c.header, c.states); err != nil {
		t.Fatal(err)
	}
}

// some gives how many systems are drawn: many more in the long run.
func some(n int) int {
	if os.Getenv("BULKHEAD_SOAK") != "" {
		return 100 * n
	}
	return n
}

func diceOf(i int) dice { return dice{rand.New(rand.NewPCG(uint64(i), 7))} }

// Whatever the engine says of whole runs of drawn systems is certified and verified; the opposite is not.
func TestWholeRuns(t *testing.T) {
	counts := map[string]int{}
	for i := range some(600) {
		c := check(t, draw(diceOf(i)))
		prove(t, c)
		for _, u := range c.header.Uncertified {
			t.Errorf("system %d: %s is not certified: %s", i, u.Property, u.Why)
		}
		for k, claim := range c.header.Claims {
			counts[fmt.Sprintf("%s %t", claim.Kind, claim.Holds)]++
			if err := c.verifies(t, claim); err != nil {
				t.Errorf("system %d: %s, which holds: %t: %v", i, claim.Property, claim.Holds, err)
			}
			runs := *c
			runs.states = nil
			if err := runs.verifies(t, claim); (err == nil) == claim.rests() {
				t.Errorf("system %d: without states, %s, which holds: %t: %v", i, claim.Property, claim.Holds, err)
			}
			if more := claim; claim.evidence != nil {
				more.evidence = append(slices.Clone(claim.evidence), 0)
				if err := c.verifies(t, more); err == nil {
					t.Errorf("system %d: more evidence of %s than there is is verified", i, claim.Property)
				}
			}
			opposite := claim
			if opposite.Holds = !claim.Holds; opposite.evidence == nil {
				opposite.evidence = []byte{}
			}
			if err := c.verifies(t, opposite); err == nil {
				t.Errorf("system %d: the opposite of %s is verified", i, claim.Property)
			}
			waits := claim.Kind == model.Within || claim.Kind == model.Longest
			if zero := int64(0); waits && claim.Holds && !c.verdicts[k].Known {
				claim.Extreme = &zero
				if err := c.verifies(t, claim); err == nil {
					t.Errorf("system %d: %s is verified to have a wait, and none begins", i, claim.Property)
				}
			} else if e := claim.Extreme; e != nil {
				for _, other := range []int64{*e - 1, *e + 1, c.verdicts[k].Property.Limit} {
					claim.Extreme = &other
					if err := c.verifies(t, claim); (err == nil) != (other == *e) {
						t.Errorf("system %d: %s is verified to last for %d, and it lasts for %d: %v", i, claim.Property, other, *e, err)
					}
				}
			}
		}
	}
	for _, k := range []model.Kind{model.LTL, model.Can, model.Longest, model.Within} {
		for _, holds := range []bool{true, false} {
			if what := fmt.Sprintf("%s %t", k, holds); counts[what] < 20 {
				t.Errorf("%s: met %d times", what, counts[what])
			}
		}
	}
}

// Evidence and runs of systems that differ in what is fair, true or claimed verify nothing that is wrong.
func TestOfAnother(t *testing.T) {
	refusedOnes, wrong := 0, 0
	for i := range some(1500) {
		d := diceOf(i)
		one := draw(d)
		c, other := check(t, one), check(t, one.changed(d))
		prove(t, other)
		for k, claim := range other.header.Claims {
			if claim.Holds == (c.verdicts[k].Verdict == checker.Holds) {
				continue
			}
			wrong++
			if err := c.verifies(t, claim); err == nil {
				t.Errorf("system %d: by evidence of another system %s is verified to hold: %t", i, claim.Property, claim.Holds)
			} else {
				refusedOnes++
			}
		}
	}
	if wrong < 200 || refusedOnes < wrong {
		t.Errorf("of %d, %d are refused", wrong, refusedOnes)
	}
}

// parsed gives the proofs of a claim.
func (c *checked) parsed(t *testing.T, k int, evidence []byte, holds bool) []proof {
	t.Helper()
	id := c.sys.runs.Properties[k].Property
	claim := &Claim{Kind: c.sys.info.Properties[id].Kind, Holds: holds}
	all, err := proofsOf(claim, c.sys.info.Properties[id], &c.sys.runs, &c.sys.runs.Properties[k])
	if err != nil {
		t.Fatal(err)
	}
	in := &numbers{data: evidence}
	for _, p := range all {
		if err := p.read(in, int64(c.states.parts[0].Len())); err != nil {
			return nil
		}
	}
	return all
}

// accepted tells whether proofs are accepted, with all states.
func accepted(all []proof, g *graph, can, holds bool) bool {
	var p place
	for i := range int64(g.len()) {
		g.place(i, &p)
		for _, one := range all {
			if one.check(i, &p) != nil {
				return false
			}
		}
	}
	return !can || initially(all, holds) == nil
}

// forged gives evidence about levels as one would find who takes each component for one that no fair run stays in.
func forged(d dice, v *levels, g *graph) bool {
	r := &ranking{v: v, g: g, ctx: g.ctx}
	if r.explore() != nil {
		return false
	}
	why := func(order uint32) (out []level) {
		for {
			l := level{order: order, reason: reason(d.IntN(4))}
			switch {
			case l.reason == postponed:
				l.of = uint32(d.IntN(len(v.duties)))
			case l.reason == weak && len(v.runs.Fairness) > 0:
				l.of = uint32(d.IntN(len(v.runs.Fairness)))
			case l.reason == strong && len(v.runs.Fairness) > 0:
				l.of = uint32(d.IntN(len(v.runs.Fairness)))
				if !v.runs.Fairness[l.of].Strong {
					continue
				}
				out = append(out, l)
				if len(out) > 2 || d.one(3) {
					return out
				}
				order = uint32(d.IntN(2))
				continue
			case l.reason != none:
				continue
			}
			return append(out, l)
		}
	}
	// near gives reasons that the edges of a node bear out that stay in its component.
	near := func(n, order uint32) []level {
		ways, taken, inside := ^uint64(0), uint64(0), 0
		for e := r.first[n]; e < r.first[n+1]; e++ {
			if r.comp[r.to[e]] == r.comp[n] {
				ways, taken, inside = ways&r.ways[e], taken|g.bits[r.steps[e]][0], inside+1
			}
		}
		var all []level
		for u := range v.duties {
			if inside > 0 && ways>>u&1 == 1 {
				all = append(all, level{order, postponed, uint32(u)})
			}
		}
		for f, fair := range v.runs.Fairness {
			if taken>>fair.Step&1 == 0 && r.enabled(n, uint32(f)) {
				all = append(all, level{order, weak, uint32(f)})
				if fair.Strong {
					all = append(all, level{order, strong, uint32(f)})
				}
			}
		}
		if len(all) == 0 {
			return why(order)
		}
		return []level{among(d, all...)}
	}
	r.lists, r.comp = make([][]level, r.len()), make([]uint32, r.len())
	close := d.one(2)
	for i, comp := range r.components(r.all()) {
		list := why(uint32(i))
		for _, n := range comp {
			r.comp[n] = uint32(i) + 1
		}
		for _, n := range comp {
			switch r.lists[n] = slices.Clone(list); {
			case close:
				r.lists[n] = near(n, uint32(i))
			case d.one(8):
				r.lists[n] = why(uint32(i))
			case list[0].reason == strong && r.enabled(n, list[0].of) && d.one(2):
				r.lists[n] = list[:1]
			}
		}
	}
	r.store()
	return true
}

// What is false has no evidence, however it is made up.
func TestForged(t *testing.T) {
	tried := 0
	for i := range some(1000) {
		d := diceOf(i)
		c := check(t, draw(d))
		if c.verdicts[0].Verdict == checker.Holds {
			continue
		}
		g, err := c.states.graph(t.Context(), c.sys, &c.sys.runs)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			all, err := proofsOf(&Claim{Kind: model.LTL, Holds: true}, c.sys.info.Properties[0], &c.sys.runs, &c.sys.runs.Properties[0])
			if err != nil {
				t.Fatal(err)
			}
			made := true
			for _, p := range all {
				v := p.(*levels)
				if v.prove(g) == nil {
					continue
				}
				v.sets, v.lists, v.nodes, v.first = nil, nil, nil, nil
				made = made && forged(d, v, g)
			}
			if !made {
				break
			}
			tried++
			if accepted(all, g, false, true) {
				t.Fatalf("system %d: forged evidence is accepted", i)
			}
		}
	}
	if tried < 2000 {
		t.Errorf("tried %d", tried)
	}
}

// toAndFro goes between states 0 and 1, and from each by a step of its own to state 2, where p0 is true.
func toAndFro(strongly bool, first, second int) *drawn {
	sys := draw(diceOf(0))
	sys.initial, sys.bits = []uint64{0}, []uint64{0, 0, 1}
	sys.moves = [][]move{{{to: 1}, {2, 1 << first}}, {{to: 0}, {2, 1 << second}}, {{to: 2}}}
	sys.runs.Fairness = nil
	sys.assume(strongly, 2)
	sys.assume(strongly, 3)
	sys.info.Properties, sys.runs.Properties = nil, nil
	sys.claim(model.LTL, 0, 1, func() model.RunInstance {
		return model.RunInstance{Formula: operator(model.EventuallyOp, proposition(0))}
	})
	return sys
}

// endless is the claim that it goes to and fro for ever.
func endless() Claim {
	at := func(step, state string) Taken { return Taken{Step: step, State: []Given{{"s", state}}} }
	run := &Run{Steps: []Taken{at("", "0"), at("act(i=0)", "1"), at("act(i=0)", "0")}, Loop: 1}
	return Claim{Property: "ltl", Kind: model.LTL, Run: run}
}

// A run that puts off what is enabled for ever is not fair.
func TestUnfair(t *testing.T) {
	for _, strongly := range []bool{false, true} {
		if err := check(t, toAndFro(strongly, 2, 2)).verifies(t, endless()); err == nil {
			t.Errorf("strong: %t: a run that puts off a step for ever is fair", strongly)
		}
	}
}

// A loop comes back to where it begins.
func TestNoLoop(t *testing.T) {
	sys := toAndFro(false, 2, 2)
	sys.moves = [][]move{{{1, 1 << 2}}, {{2, 1 << 2}}, {{to: 2}}}
	c, claim := check(t, sys), endless()
	if claim.Run.Steps = claim.Run.Steps[:2]; c.verdicts[0].Verdict != checker.Holds {
		t.Fatal("it does not hold")
	}
	if err := c.verifies(t, claim); err == nil {
		t.Error("a run that does not come back is repeated")
	}
}

// Two reasons that take turns are none: each of two steps is enabled in one state only, so that a run that goes to and fro between them is
// fair to both, unless fairness is strong.
func TestTurns(t *testing.T) {
	for _, strongly := range []bool{false, true} {
		sys := toAndFro(strongly, 2, 3)
		c := check(t, sys)
		if holds := c.verdicts[0].Verdict == checker.Holds; holds != strongly {
			t.Fatalf("strong: %t: it holds: %t", strongly, holds)
		}
		g, err := c.states.graph(t.Context(), sys, &sys.runs)
		if err != nil {
			t.Fatal(err)
		}
		read := func(in []byte) (*levels, error) {
			v, err := newLevels(sys.runs.Properties[0].Instances[0].Formula, &sys.runs)
			if err != nil {
				t.Fatal(err)
			}
			return v, v.read(&numbers{data: in}, 3)
		}
		accepts := func(first, second []level) bool {
			made := &levels{
				sets: []uint64{1}, lists: [][]level{first, second, {{0, none, 0}}},
				first: []uint32{0, 1, 2, 3}, nodes: []node{{0, 0}, {0, 1}, {0, 2}},
			}
			v, err := read(made.write(nil))
			return err == nil && accepted([]proof{v}, g, false, true)
		}
		for a := range uint32(2) {
			for b := range uint32(2) {
				if accepts([]level{{1, weak, a}}, []level{{1, weak, b}}) {
					t.Errorf("strong: %t: weak reasons %d and %d are accepted", strongly, a, b)
				}
				if accepts([]level{{1, strong, a}}, []level{{1, strong, b}}) {
					t.Errorf("strong: %t: strong reasons %d and %d are accepted", strongly, a, b)
				}
			}
		}
		if err := c.verifies(t, endless()); (err == nil) == strongly {
			t.Errorf("strong: %t: the run to and fro: %v", strongly, err)
		}
		stops := endless()
		stops.Run.Steps = slices.Insert(stops.Run.Steps, 1, stops.Run.Steps[0])
		if err := c.verifies(t, stops); err == nil {
			t.Errorf("strong: %t: a run that has stopped goes on", strongly)
		}
		if ok := accepts([]level{{1, strong, 0}}, []level{{1, strong, 0}, {0, none, 0}}); ok != strongly {
			t.Errorf("strong: %t: that the first step is not taken is accepted: %t", strongly, ok)
		}
	}
}

// Evidence that is not in form is damaged.
func TestEvidenceForm(t *testing.T) {
	sys := toAndFro(true, 2, 3)
	for name, c := range map[string]struct {
		numbers []byte
		ok      bool
	}{
		"in form":                     {[]byte{1, 1, 1, 1, 7, 0, 0, 1, 0, 0, 0}, true},
		"a set twice":                 {[]byte{2, 1, 1, 1, 1, 7, 0, 0, 1, 0, 0, 0}, false},
		"a duty that is none":         {[]byte{1, 2, 1, 1, 7, 0, 0, 1, 0, 0, 0}, false},
		"a list of nothing":           {[]byte{1, 1, 1, 0, 1, 0, 0, 0}, false},
		"a reason that is none":       {[]byte{1, 1, 1, 1, 7, 4, 0, 1, 0, 0, 0}, false},
		"an until that is none":       {[]byte{1, 1, 1, 1, 7, 1, 1, 1, 0, 0, 0}, false},
		"an assumption that is none":  {[]byte{1, 1, 1, 1, 7, 2, 2, 1, 0, 0, 0}, false},
		"a level after a weak one":    {[]byte{1, 1, 1, 2, 7, 2, 0, 7, 0, 0, 1, 0, 0, 0}, false},
		"a level after a strong one":  {[]byte{1, 1, 1, 2, 7, 3, 0, 7, 0, 0, 1, 0, 0, 0}, true},
		"a node of no set":            {[]byte{1, 1, 1, 1, 7, 0, 0, 1, 1, 0, 0}, false},
		"a node of no list":           {[]byte{1, 1, 1, 1, 7, 0, 0, 1, 0, 1, 0}, false},
		"a node twice":                {[]byte{1, 1, 1, 1, 7, 0, 0, 2, 0, 0, 0, 0, 0}, false},
		"nodes of fewer states":       {[]byte{1, 1, 1, 1, 7, 0, 0, 1, 0, 0}, false},
		"more sets than there may be": {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, false},
	} {
		v, err := newLevels(sys.runs.Properties[0].Instances[0].Formula, &sys.runs)
		if err != nil {
			t.Fatal(err)
		}
		var damaged *DamagedError
		if err := v.read(&numbers{data: c.numbers}, 2); c.ok != (err == nil) || !c.ok && !errors.As(err, &damaged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Of two ways that which asks for less is enough.
func TestLeast(t *testing.T) {
	for _, c := range []struct{ ways, want []way }{
		{[]way{{1, 1}, {1, 0}}, []way{{1, 0}}},
		{[]way{{1, 0}, {1, 1}}, []way{{1, 0}}},
		{[]way{{1, 1}, {3, 0}}, []way{{1, 1}, {3, 0}}},
		{[]way{{3, 0}, {1, 1}}, []way{{3, 0}, {1, 1}}},
		{[]way{{1, 0}, {2, 0}}, []way{{1, 0}, {2, 0}}},
		{[]way{{3, 2}, {1, 0}, {2, 2}, {0, 0}}, []way{{0, 0}}},
	} {
		if got, err := least(c.ways); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, %v, want %v", c.ways, got, err, c.want)
		}
	}
}

// No wait is shorter than 0.
func TestNegative(t *testing.T) {
	sys := draw(diceOf(0))
	w := sys.runs.Properties[2].Instances[0].Wait
	for limit, ok := range map[int64]bool{-1: false, 0: true} {
		if _, err := newWaits(w, limit, &sys.runs); (err == nil) != ok {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

// Nor has it numbers, of what can be reached or of waits.
func TestForgedNumbers(t *testing.T) {
	tried := 0
	for i := range some(500) {
		d := diceOf(i)
		c := check(t, draw(d))
		g, err := c.states.graph(t.Context(), c.sys, &c.sys.runs)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{1, 2} {
			can, holds := k == 1, c.verdicts[k].Verdict == checker.Holds
			if !can && holds {
				continue
			}
			for n := range 20 {
				data := make([]byte, 100*g.len())
				for j := range data {
					if n > 0 {
						data[j] = byte(d.IntN(5))
					}
				}
				tried++
				if all := c.parsed(t, k, data, !holds); accepted(all, g, can, !holds) {
					t.Fatalf("system %d: forged evidence of %s is accepted", i, c.sys.info.Properties[k].Name)
				}
			}
		}
	}
	if tried < 5000 {
		t.Errorf("tried %d", tried)
	}
}

// Altered evidence is refused, or says what is true. Of all that is said no node can be left out.
func TestAlteredEvidence(t *testing.T) {
	counts, deep := map[bool]int{}, map[int]int{} // deep: lists by their length
	for i := range some(600) {
		d := diceOf(i)
		c := check(t, draw(d))
		prove(t, c)
		g, err := c.states.graph(t.Context(), c.sys, &c.sys.runs)
		if err != nil {
			t.Fatal(err)
		}
		for k, claim := range c.header.Claims {
			if claim.evidence == nil {
				continue
			}
			for range 10 {
				data := slices.Clone(claim.evidence)
				if len(data) == 0 {
					break
				}
				data[d.IntN(len(data))] = byte(d.IntN(6))
				all := c.parsed(t, k, data, claim.Holds)
				if all == nil || slices.Equal(data, claim.evidence) {
					continue
				}
				ok := accepted(all, g, claim.Kind == model.Can, claim.Holds)
				counts[ok]++
				if !ok {
					continue
				}
				for _, p := range all {
					if err := valid(p, g); err != nil {
						t.Errorf("system %d, %s: altered evidence is accepted: %v", i, claim.Property, err)
					}
				}
			}
			all := c.parsed(t, k, claim.evidence, claim.Holds)
			for _, p := range all {
				v, ok := p.(*levels)
				if !ok || len(v.nodes) == 0 {
					continue
				}
				for _, list := range v.lists {
					deep[len(list)]++
				}
				at := uint32(d.IntN(len(v.nodes)))
				v.nodes = slices.Delete(v.nodes, int(at), int(at)+1)
				for s := range v.first {
					if v.first[s] > at {
						v.first[s]--
					}
				}
				if accepted(all, g, false, true) {
					t.Errorf("system %d, %s: a node is left out and that is accepted", i, claim.Property)
				}
			}
		}
	}
	if deep[2] < 10 || deep[3] < 1 {
		t.Errorf("lists by their length: %v", deep)
	}
	if counts[false] < 1000 || counts[true] < 10 {
		t.Errorf("refused and accepted: %v", counts)
	}
}

// valid tells by other means what is wrong with proofs that were accepted: the numbers are those of the definitions, and of levels each
// cycle of nodes meets the reason of its order.
func valid(p proof, g *graph) error {
	switch e := p.(type) {
	case *ranks:
		for k, f := range e.goals {
			for i := range int64(g.len()) {
				near := distance(e, g, f, i)
				if number := int(e.by[k][i]); (near >= 0) != (number > 0) || number > 0 && number-1 < near {
					return fmt.Errorf("state %d: number %d, and the distance is %d", i, number, near)
				}
			}
		}
	case *waits:
		for i := range int64(g.len()) {
			if number := int64(e.left[i]); number > 0 && number-1 < remains(e.wait, g, i) {
				return fmt.Errorf("state %d: number %d, and a wait that goes on may last longer", i, number)
			}
		}
	case *levels:
		return cycles(e, g)
	}
	return nil
}

// distance is the length of the shortest way from a state to one where a goal is true, or -1.
func distance(r *ranks, g *graph, f *model.Formula, from int64) int {
	var p place
	seen := map[int64]int{from: 0}
	for queue := []int64{from}; len(queue) > 0; queue = queue[1:] {
		i := queue[0]
		if g.place(i, &p); r.goal(f, i, &p) {
			return seen[i]
		}
		for _, s := range p.steps {
			if _, ok := seen[s.to]; !ok {
				seen[s.to] = seen[i] + 1
				queue = append(queue, s.to)
			}
		}
	}
	return -1
}

// remains is the most that may be left of a wait that goes on in a state, up to the number of edges and one more.
func remains(w *model.Wait, g *graph, from int64) int64 {
	most := len(g.to) + g.len() + 1
	best := make([]int64, g.len())
	for range most * 2 {
		next := slices.Clone(best)
		var p place
		for i := range int64(g.len()) {
			g.place(i, &p)
			_ = p.each(i, func(to int64, bits []uint64) error {
				if _, goes, cost := over(w, p.state, bits); goes {
					next[i] = max(next[i], best[to]+int64(cost))
				}
				return nil
			})
		}
		best = next
	}
	return best[from]
}

// cycles checks that on each cycle of nodes the first order is one, and that its reason is a good one if it is no strong one.
func cycles(v *levels, g *graph) error {
	type edge struct {
		from, to node
		w        way
		s        step
		p        place
	}
	var edges []edge
	list := map[node][]level{}
	ahead := map[node]map[node]bool{}
	for i := range int64(g.len()) {
		for _, n := range v.nodes[v.first[i]:v.first[i+1]] {
			var p place
			g.place(i, &p)
			from := node{uint32(i), n.set}
			list[from] = v.lists[n.list]
			ahead[from] = map[node]bool{}
			for _, s := range p.steps {
				ways, err := v.meets(v.sets[n.set], v.letterOf(p.state, s.bits))
				if err != nil {
					return err
				}
				for _, w := range ways {
					to := node{uint32(s.to), uint32(v.of[w.after])}
					edges = append(edges, edge{from, to, w, s, p})
					ahead[from][to] = true
				}
			}
		}
	}
	for more := true; more; {
		more = false
		for _, out := range ahead {
			for n := range out {
				for m := range ahead[n] {
					more = more || !out[m]
					out[m] = true
				}
			}
		}
	}
	for _, e := range edges {
		if e.from != e.to && !ahead[e.to][e.from] || e.from == e.to && !ahead[e.from][e.from] {
			continue
		}
		a, b := list[e.from][0], list[e.to][0]
		f := model.Fairness{}
		if a.reason == weak || a.reason == strong {
			f = v.runs.Fairness[a.of]
		}
		switch {
		case a != b:
			return errors.New("an order is left on a cycle")
		case a.reason == none:
			return errors.New("a cycle is no reason for itself")
		case a.reason == postponed && e.w.postponed>>a.of&1 == 0:
			return errors.New("an until comes on a cycle")
		case a.reason == weak && (!has(e.p.enabled, f.Step) || has(e.s.bits, f.Step)), a.reason == strong && has(e.s.bits, f.Step):
			return errors.New("a cycle is fair")
		}
	}
	return nil
}

// A run that is altered and is accepted of a system shows a violation of it.
func TestAlteredRuns(t *testing.T) {
	counts := map[bool]int{}
	for i := range some(1000) {
		d := diceOf(i)
		one := draw(d)
		c, other := check(t, one), check(t, one.changed(d))
		for k, claim := range other.header.Claims {
			if claim.Run == nil || claim.Holds {
				continue
			}
			run := *claim.Run
			steps := slices.Clone(run.Steps)
			switch d.IntN(5) {
			case 0:
				run.Loop = d.IntN(len(steps) + 1)
			case 1:
				steps = steps[:1+d.IntN(len(steps))]
			case 2:
				steps = append(steps, Taken{State: steps[len(steps)-1].State}) // it stops
				run.Loop = len(steps) - 1
			case 3:
				at := d.IntN(len(steps))
				steps = slices.Insert(steps, at, steps[d.IntN(len(steps))])
			}
			run.Steps, claim.Run = steps, &run
			err := c.verifies(t, claim)
			counts[err == nil]++
			if err == nil && c.verdicts[k].Verdict == checker.Holds {
				t.Errorf("system %d: a run shows that %s is violated, and it holds", i, claim.Property)
			}
		}
	}
	if counts[true] < 100 || counts[false] < 100 {
		t.Errorf("refused and accepted: %v", counts)
	}
}
