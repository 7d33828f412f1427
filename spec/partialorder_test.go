package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// leavesOut compares searches that leave out steps with the plain one: the verdicts, the extreme values, the antecedents,
// the ends, and which actions fault. Traces must be runs. It gives the numbers of states of both, or 0 where
// there is nothing to be compared.
func leavesOut(t failer, p *spec.Program, most int) (all, met int64) {
	t.Helper()
	check := func(cfg checker.Config) *checker.Result {
		cfg.MaxStates = int64(most)
		r, err := checker.Check(context.Background(), p, cfg)
		if err != nil && !strings.Contains(err.Error(), "no initial state") {
			t.Fatalf("%v", err)
		}
		return r
	}
	if p.Irreducible() != "" {
		return 0, 0
	}
	want := check(checker.Config{Workers: 1})
	if want == nil || !want.Exhaustive {
		return 0, 0
	}
	one := check(checker.Config{Workers: 1, PartialOrder: true})
	if one.Verdict != want.Verdict || !one.Exhaustive || !one.Stats.PartialOrder || one.Stats.Initial != want.Stats.Initial {
		t.Fatalf("got %s, exhaustive %t, want %s", one.Verdict, one.Exhaustive, want.Verdict)
	}
	if one.Stats.Distinct > want.Stats.Distinct || one.Stats.Terminal != want.Stats.Terminal {
		t.Fatalf("got %d states, %d of them ends, want at most %d, %d", one.Stats.Distinct, one.Stats.Terminal, want.Stats.Distinct, want.Stats.Terminal)
	}
	for i, f := range one.Properties {
		g := want.Properties[i]
		switch f.Property.Kind {
		case model.Step:
			f.Vacuous = g.Vacuous
		case model.LTL, model.Can, model.Within, model.Longest: // what is inside a condition of one state is not looked at
			if !slices.ContainsFunc(f.Vacuous, func(text string) bool { return !slices.Contains(g.Vacuous, text) }) {
				f.Vacuous = g.Vacuous
			}
		}
		if f.Verdict != g.Verdict || f.Extreme != g.Extreme || f.Known != g.Known || !slices.Equal(f.Vacuous, g.Vacuous) || !cmp.Equal(f.Fault, g.Fault) {
			t.Fatalf("%s: got %s, vacuous %q, extreme %d, fault %v, want %s, %q, %d, %v", f.Property.Name, f.Verdict,
				f.Vacuous, f.Extreme, f.Fault, g.Verdict, g.Vacuous, g.Extreme, g.Fault)
		}
		if f.Steps < g.Steps && f.Property.Kind != model.Bound && f.Property.Kind != model.LTL || (f.Trace == nil) != (g.Trace == nil) {
			t.Fatalf("%s: got a run of %d steps, want %d or more", f.Property.Name, f.Steps, g.Steps)
		}
		if f.Trace != nil && f.Property.Kind != model.LTL && f.Property.Kind != model.Within && f.Property.Kind != model.Longest {
			isRun(t, p, f.Trace)
		}
	}
	for i, a := range one.Actions {
		if a.Fired > 0 && want.Actions[i].Fired == 0 || a.Faulted != want.Actions[i].Faulted {
			t.Fatalf("%s: fired %d times, faulted %t, want %d, %t", a.Name, a.Fired, a.Faulted, want.Actions[i].Fired, want.Actions[i].Faulted)
		}
	}
	two := check(checker.Config{Workers: 2, PartialOrder: true})
	if text(two) != text(one) {
		t.Fatalf("with two workers:\n%s\nwith one:\n%s", text(two), text(one))
	}
	return want.Stats.Distinct, one.Stats.Distinct
}

// text is what a Result says that must not depend on the number of workers.
func text(r *checker.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Verdict, r.Stats.Distinct, r.Stats.Generated, r.Stats.Initial, r.Stats.Depth, r.Stats.Terminal, r.Actions)
	for _, f := range r.Properties {
		fmt.Fprintln(&b, f.Property.Name, f.Verdict, f.Extreme, f.Steps, f.Vacuous, f.Fault)
	}
	return b.String()
}

// TestPartialOrderOfDrawnModels leaves steps out of models that a generator draws.
func TestPartialOrderOfDrawnModels(t *testing.T) {
	generators := map[string]func(*rapid.T) string{"any": gen.Model, "processes": gen.Processes, "runs": gen.Runs}
	ofDrawn(t, generators, func(t *testing.T, all drawnModels) {
		sum := &tally{}
		all(nil, func(t failer, p *spec.Program) { sum.add(leavesOut(t, p, 3000)) })
		t.Log(sum)
	})
}

// TestPartialOrderOfModels leaves steps out of shipped models.
func TestPartialOrderOfModels(t *testing.T) {
	t.Parallel()
	most := 2000
	if redraw.Thorough() {
		most = 8000
	}
	shipped(t, "met", func(t failer, p *spec.Program) (all, met int64) { return leavesOut(t, p, most) })
}

// particular are models in which much is left out, or in which it would be easy to leave out too much.
var particular = map[string]struct {
	src      string
	all, met int64
}{
	"counters": {all: 6561, met: 4*8 + 1, src: `
		type P = 0..3
		state { at: map[P]0..8 = 0 }
		action Step(p: P) when at[p] < 8 { at[p] += 1 }
		terminal { forall p in P: at[p] == 8 }`},
	"philosophers, who put their forks down one after the other": {all: 728, met: 92, src: philosophers("6")},
	"a cycle beside what is claimed": {all: 6, met: 6, src: `
		state { spun: bool = false; at: 0..2 = 0 }
		action Spin { spun = not spun }
		action Raise when at == 0 { at = 1 }
		action Lift when at == 0 { at = 2 }
		invariant Down { at != 2 }`},
	"a cycle beside a fault": {all: 4, met: 4, src: `
		state { spun: bool = false; left: 0..1 = 1 }
		action Spin { spun = not spun }
		action Use when left == 1 { left = 0 }
		action Look { assert left == 1 }`},
	"a conjunct that comes to fault before the one that is false": {all: 4, met: 3, src: `
		state { x: 0..1 = 1; y: 0..2 = 1 }
		action A when 4 / x > 1 and y == 0 { y = 1 }
		action C when y == 1 { y = 2 }
		action D when y == 2 { y = 1 }
		action E when x == 1 { x = 0 }`},
	"an instance that is active and comes to nothing": {all: 3, met: 3, src: `
		state { x: bool = false; y: bool = false }
		action A { when x; y = true }
		action B when not y { x = not x }`},
	"a step that is judged by what another one has written": {all: 4, met: 4, src: `
		state { x, y: bool = false }
		action A when not x { x = true }
		action B when not y { y = true }
		step S { not (old(y) and not old(x) and x) }
		terminal { x and y }`},
}

// philosophers take the left fork, then the right one, and put them down in this order.
func philosophers(n string) string {
	return `
		const N = ` + n + `
		type Seat = 0..N - 1
		state {
			at:   map[Seat]enum { thinking, left, both, right } = thinking
			free: map[Seat]bool = true
		}
		func after(p: Seat) Seat = (p + 1) % N
		action TakeLeft(p: Seat)  when at[p] == thinking and free[p]    { at[p] = left; free[p] = false }
		action TakeRight(p: Seat) when at[p] == left and free[after(p)] { at[p] = both; free[after(p)] = false }
		action PutLeft(p: Seat)   when at[p] == both                    { at[p] = right; free[p] = true }
		action PutRight(p: Seat)  when at[p] == right                   { at[p] = thinking; free[after(p)] = true }`
}

// TestPartialOrderOfParticularModels leaves steps out of these.
func TestPartialOrderOfParticularModels(t *testing.T) {
	for name, m := range particular {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + m.src)}}, "m.bh")
			if all, met := leavesOut(t, p, 10_000); all != m.all || met != m.met {
				t.Errorf("got %d states of %d, want %d of %d", met, all, m.met, m.all)
			}
		})
	}
}

// TestTwelvePhilosophers finds the deadlock of a model with 531,440 states, by a count that was got once and a trace that is
// shortest.
func TestTwelvePhilosophers(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + philosophers("12"))}}, "m.bh")
	r, err := checker.Check(context.Background(), p, checker.Config{PartialOrder: true})
	if err != nil {
		t.Fatal(err)
	}
	dead := r.Properties[slices.IndexFunc(r.Properties, func(f checker.Finding) bool { return f.Property.Kind == model.Deadlock })]
	if dead.Verdict != checker.Violated || dead.Steps != 12 || r.Stats.Distinct != 398 || !r.Exhaustive {
		t.Errorf("got %s after %d steps, %d states, want a deadlock after 12, 398", dead.Verdict, dead.Steps, r.Stats.Distinct)
	}
	isRun(t, p, dead.Trace)
}
