package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/sweep"
)

// sweeps compares what a model's tables say of up to most reachable states with what its compiled code says of them; the
// usual tables, and those of small models made like those of large ones: by one or the other way of these where there is time for two.
func sweeps(t failer, p *spec.Program, most int) {
	t.Helper()
	swept(t, p, p.NewRunner().(model.Sweeper), most)
	tunings := []sweep.Tuning{{Lanes: 2, Cases: true}}
	if redraw.Thorough() {
		tunings = []sweep.Tuning{{Lanes: 2}, {Cases: true}}
	}
	for _, tuned := range tunings {
		if by, _ := tabled(t, p, tuned); by != nil {
			swept(t, p, by, most)
		}
	}
}

// tabled is tables made to order, or nil where there are none, and what they are. What is claimed of refinements is in no table.
func tabled(t failer, p *spec.Program, tuned sweep.Tuning) (*tables, *sweep.Program) {
	t.Helper()
	if len(p.IR().Refined) > 0 {
		return nil, nil
	}
	sys, err := eval.Compile(p.IR())
	if err != nil {
		t.Fatalf("%s", err)
	}
	program := sweep.CompileWith(sys, tuned)
	if program == nil {
		return nil, nil
	}
	runner := sys.NewRunner()
	return &tables{runner, program.NewRunner(runner.(sweep.Compiled))}, program
}

// tables is a Sweeper by tables made to order.
type tables struct {
	model.Runner
	fast *sweep.Runner
}

func (r *tables) Watch(w *model.Watch) bool {
	r.fast.Watch(w)
	return true
}

func (r *tables) Sweep(s model.State, out *model.Successors) model.Notice {
	return r.fast.Sweep(s, out)
}

func (r *tables) Survey(s model.State, out *model.Successors, bits []uint64) model.Notice {
	return r.fast.Survey(s, out, bits)
}

// swept compares what a sweeper says of up to most reachable states with what compiled code says of them: with
// everything watched, with nothing watched, and with bounds that the state just reaches. It gives the number of states,
// 0 where the model has no tables.
func swept(t failer, p *spec.Program, sweeper model.Sweeper, most int) (states int) {
	t.Helper()
	info := p.Info()
	x := observe(p)
	all, none, met := watchOf(info, true), watchOf(info, false), watchOf(info, true)
	if !sweeper.Watch(all) {
		return 0
	}
	seen := map[string]bool{}
	var queue []model.State
	keep := func(s model.State) {
		if k := words(s); !seen[k] && len(seen) < most {
			seen[k] = true
			queue = append(queue, slices.Clone(s))
		}
	}
	x.initial(keep)
	for i := 0; i < len(queue) && !x.spent; i++ {
		s := queue[i]
		verdicts, text, emissions := x.state(s, keep)
		if x.spent {
			return i
		}
		// What the state would give notice of.
		states := interesting(info, verdicts, true)
		steps, faults := false, false
		var want []string
		for _, e := range emissions {
			if e.Fault != "" {
				steps, faults = true, true
				continue
			}
			want = append(want, fmt.Sprintf("%s by %d", e.State, e.Label.Action))
			for _, v := range e.Verdicts {
				steps = steps || v.Value == 0 || v.Fault != "" || slices.Contains(v.Met, true)
			}
		}
		k := 0
		for id := range info.Properties {
			if kind := info.Properties[id].Kind; kind == model.Bound {
				met.Bounds[id].Known = true
				met.Bounds[id].Value = verdicts[k].Value
			}
			if slices.Contains([]model.Kind{model.Invariant, model.Reachable, model.Bound, model.Deadlock, model.LTL, model.Can}, info.Properties[id].Kind) {
				k++
			}
		}
		for _, c := range []struct {
			what   string
			watch  *model.Watch
			states bool
			steps  bool
		}{
			{"everything", all, states, steps},
			{"nothing", none, false, faults},
			{"everything, with bounds met", met, interesting(info, verdicts, false), steps},
		} {
			out := model.Successors{Words: []uint64{1, 2, 3}, Actions: []model.ActionID{7}}
			sweeper.Watch(c.watch)
			n := sweeper.Sweep(s, &out)
			if got := n&model.NoticeState != 0; got != c.states {
				t.Fatalf("watching %s in %v: got notice of the state %v, want %v", c.what, text, got, c.states)
			}
			if got := n&model.NoticeSteps != 0; got != c.steps {
				t.Fatalf("watching %s in %v: got notice of the steps %v, want %v", c.what, text, got, c.steps)
			}
			if !slices.Equal(out.Words[:3], []uint64{1, 2, 3}) || out.Actions[0] != 7 {
				t.Fatalf("in %v: what was there is changed", text)
			}
			out.Words, out.Actions = out.Words[3:], out.Actions[1:]
			var got []string
			for i, a := range out.Actions {
				got = append(got, fmt.Sprintf("%s by %d", words(out.Words[i*info.StateWords:][:info.StateWords]), a))
			}
			if c.steps {
				if len(got) > 0 {
					t.Fatalf("in %v: got successors with notice of steps", text)
				}
				continue
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("watching %s in %v (%s): got successors %q, want %q", c.what, text, words(s), got, want)
			}
		}
		sweeper.Watch(none)
		surveys(t, x, sweeper.(model.Surveyor), s, verdicts, emissions)
	}
	return len(queue)
}

// surveys compares what tables say of a state for properties of runs with what compiled code said: its propositions, which are the
// last of the verdicts, and its steps, which come in the same order.
func surveys(t failer, x *observer, surveyor model.Surveyor, s model.State, verdicts []verdict, emissions []emission) {
	t.Helper()
	info, observer := x.system.Info(), x.runner.(model.Observer)
	out := model.Successors{Words: []uint64{1}, Actions: []model.ActionID{7}, Args: []uint32{8}}
	bits := make([]uint64, len(x.bits()))
	notice := surveyor.Survey(s, &out, bits)
	if out.Words[0] != 1 || out.Actions[0] != 7 || out.Args[0] != 8 {
		t.Fatalf("in %s: what was there is changed", words(s))
	}
	out.Words, out.Actions, out.Args = out.Words[1:], out.Actions[1:], out.Args[1:]
	mapped := slices.ContainsFunc(x.system.(model.Temporal).Runs().Properties, func(p model.RunProperty) bool { return p.Refined })
	if mapped || slices.ContainsFunc(emissions, func(e emission) bool { return e.Fault != "" }) {
		if notice&model.NoticeSteps == 0 || len(out.Words)+len(out.Actions)+len(out.Args) > 0 {
			t.Fatalf("in %s: got the notice %d and %d successors although a step faults, or is to be mapped", words(s), notice, len(out.Actions))
		}
		return
	}
	want, faulted := verdicts[len(verdicts)-len(bits):], false
	for _, v := range want {
		faulted = faulted || v.Fault != ""
	}
	if faulted != (notice&model.NoticeState != 0) || notice&model.NoticeSteps != 0 {
		t.Fatalf("in %s: got the notice %d, a proposition faults: %v", words(s), notice, faulted)
	}
	for i, v := range want {
		if !faulted && uint64(v.Value) != bits[i] {
			t.Fatalf("in %s: got the propositions %x, want %x", words(s), bits[i], uint64(v.Value))
		}
	}
	var steps, expected []string
	for i, a := range out.Actions {
		seen := x.bits()
		observer.ObserveStep(model.Label{Action: a, Args: out.Args[i]}, seen)
		steps = append(steps, fmt.Sprintf("%s by %d(%d) %x", words(out.Words[i*info.StateWords:][:info.StateWords]), a, out.Args[i], seen))
	}
	for _, e := range emissions {
		expected = append(expected, fmt.Sprintf("%s by %d(%d) %s", e.State, e.Label.Action, e.Label.Args, e.Observed))
	}
	if !slices.Equal(steps, expected) {
		t.Fatalf("in %s: got the steps %q, want %q", words(s), steps, expected)
	}
}

// searches compares a search by tables with one that makes no use of them, up to most states: that limit ends all of them
// at the same depth.
func searches(t failer, p *spec.Program, most int) {
	t.Helper()
	search := func(workers int, from, condense int64) *checker.Result {
		r, err := checker.Check(context.Background(), p, checker.Config{Workers: workers, SweepFrom: from, CondenseFrom: condense, MaxStates: int64(most)})
		if err != nil && !strings.Contains(err.Error(), "no initial state") {
			t.Fatalf("%v", err)
		}
		return r
	}
	want := search(1, -1, -1)
	if want == nil {
		return
	}
	for k, condense := range []int64{-1, 2, 4} {
		workers := 1 + k/2
		got := search(workers, 1, condense)
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(checker.Stats{}, "Elapsed", "PeakBytes", "Workers"),
			cmp.Comparer(func(a, b *model.Trace) bool {
				return (a == nil) == (b == nil) && (a == nil || len(a.Steps) == len(b.Steps))
			}),
			cmpopts.IgnoreFields(checker.Finding{}, "Parts", "Message", "Position")); d != "" {
			t.Fatalf("without (-) and with tables (+), %d workers, condensed from %d states on:\n%s", workers, condense, d)
		}
	}
}

// Tables with vectors do what compiled code does, on models that do the same to many places of the state.
func TestDrawnLanesAgree(t *testing.T) {
	redraw.Fewer(t, "25")
	rapid.Check(t, func(t *rapid.T) {
		src := gen.Lanes(t)
		t.Log(src)
		p := mustLoad(t, fstest.MapFS{"drawn.bh": {Data: []byte(src)}}, "drawn.bh")
		sweeps(t, p, 20)
	})
}

// States of more chunks than a root can number: what is computed from those behind is left to compiled code.
func TestManyChunks(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"many.bh": {Data: []byte(`model Many
type Cell = 1..700
state { x: map[Cell]0..200 = 7 }
action Near when x[1] < 9 { x[1] = x[1] + 1; x[2] = 200 - x[2] }
action Far when x[3] < 9 { x[3] += 1; x[650] = 200 - x[650]; x[700] = x[700] * 2 % 101 }
action Farther when x[4] < 9 and x[600] < 100 { x[4] += 1; x[600] = x[600] * 3 }
invariant Small { x[650] <= 200 and x[1] <= 9 }
`)}}, "many.bh")
	sweeps(t, p, 60)
}

// What does the same to many places of the state is computed at all of them at once, where that pays.
func TestVectors(t *testing.T) {
	for name, c := range map[string]struct {
		src     string
		vectors int
	}{
		"the least of two, and whether there was a less one": {`
			state { m: map[0..39]0..3 = 3; t: map[0..39]0..3 = 0; news: bool = false; x: 0..2 = 0 }
			action Put(n: 0..9) { t[4 * n] = 2; t[n] = 3 - m[n]; news = false }
			action Set(n: 0..39, v: 0..3) when x == 1 and v < 3 { m[n] = v }
			action Take { for n in 0..39 where t[n] + 1 < m[n] { m[n] = t[n] + 1; news = true }; x = (x + 1) % 3 }
			step Falls { news or m == old(m) or x == 1 }`, 1},
		"numbers of 13 values, some of which two words share": {`
			state { p: 0..6 = 0; a: map[0..27]0..12 = 5; c: map[0..27]bool = false; b: map[0..27]0..12 = 7; found: bool = false }
			action Up { for k in 0..27 where not c[k] { a[k] = (a[k] + 1) % 13 } }
			action In(k: 0..27) { c[k] = true; b[k] = p }
			action Out { for k in 0..27 where c[k] and b[k] < 6 { c[k] = false; found = true }; p = (p + 1) % 7 }`, 1},
		"faults at some of the places": {`
			state { a: map[0..20]0..3 = 1; b: map[0..20]0..3 = 1; f: 0..1 = 0 }
			action Add { for k in 0..20 { a[k] = min(3, a[k] + b[k]) } }
			action Over { for k in 0..20 { assert a[k] + b[k] < 6 }; for k in 0..20 { b[k] = a[k] } }
			action Set(k: 0..20, v: 0..3) { a[k] = v }
			action Drop when exists k in 0..20: a[k] < b[k] {
				for k in 0..20 where a[k] < b[k] { a[k] = b[k]; f = 1 - f }
			}`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + c.src)}}, "m.bh")
			for tuned, want := range map[sweep.Tuning]int{{}: c.vectors, {Lanes: 2}: max(c.vectors, 1)} {
				by, program := tabled(t, p, tuned)
				if got := program.Vectors(); got < want || tuned.Lanes == 0 && got != want {
					t.Errorf("%+v: got %d vectors, want %d: %q", tuned, got, want, program.Describe())
				}
				if n := swept(t, p, by, 500); n < 500 {
					t.Errorf("got %d states to compare", n)
				}
			}
		})
	}
}

// Guards that relate variables of different chunks are sums, as long as there are bits, and automata. They let through the same
// steps, faults and instances that run as compiled code.
func TestSums(t *testing.T) {
	for name, c := range map[string]struct {
		src         string
		least, most int
	}{
		"some": {`
			state { a: map[0..5]0..11 = 3 }
			action Up(i: 0..5, j: 0..5) when a[i] < a[j] or i == j and a[i] < 11 { a[i] += 1 }
			action Down(i: 0..5) when a[i] > a[(i + 3) % 6] { a[i] -= 1 }
			invariant I { a[0] + a[5] < 20 }
			step S { a[1] < 9 or old(a[4]) > 2 }`, 4, 30},
		"all, in a group of their own": {`
			state { x: 0..9 = 0; a: map[0..127]bool = false; y: 0..9 = 5 }
			action Set(i: 0..127) when x < 5 { a[i] = not a[i] }
			action Less(k: 0..15) when x < y { x += 1; a[k] = true }
			action Back when x >= y { x = 0; y = (y + 1) % 10 }`, 17, 17},
		"faults and compiled code": {`
			state { x: 0..9 = 0; a: map[0..7]0..9 = 4; y: 0..9 = 9; s: seq[0..200, 4] = [] }
			action Tell(k: 0..3) { assert x <= y; x = (x + k) % 10; y = (y + x) % 10 }
			action Long when x < y and size(s) < 4 { s = append(s, x * y + size(s)); y -= 1 }
			action Some(k: 0..7) when a[k] < x { a[k] = (a[k] + 3) % 10 }`, 5, 16},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte("model M\n" + c.src)}}, "m.bh")
			by, program := tabled(t, p, sweep.Tuning{})
			if got := program.Sums(); got < c.least || got > c.most {
				t.Errorf("got %d sums, want %d to %d: %q", got, c.least, c.most, program.Describe())
			}
			if n := swept(t, p, by, 2000); n < 1000 {
				t.Errorf("got %d states to compare", n)
			}
		})
	}
}

// An instance that looks up what a variable names, which comes after all that it may name, is in tables all the same.
func TestCases(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(`model M
		state { a: map[0..9]0..12 = 3; k: 0..9 = 4; l: seq[0..9, 3] = [2, 7] }
		action Next { k = (k + 1) % 10; a[k] = (a[k] + a[(k + 3) % 10]) % 13 }
		action Set when a[k] < 12 { a[k] += 1; l = append(tail(l), k) }
		step S { a[k] == a[old(k)] or k != old(k) or a[k] > 0 }
	`)}}, "m.bh")
	for _, tuned := range []sweep.Tuning{{}, {Cases: true}} {
		by, program := tabled(t, p, tuned)
		if by == nil {
			t.Fatalf("%+v: got no tables", tuned)
		}
		if f := program.Fallbacks(); len(f) > 0 {
			t.Errorf("%+v: got %v", tuned, f)
		}
		if n := swept(t, p, by, 1000); n < 1000 {
			t.Errorf("got %d states to compare", n)
		}
	}
}

// watchOf watches everything or nothing.
func watchOf(info *model.Info, on bool) *model.Watch {
	n := len(info.Properties)
	w := &model.Watch{Properties: make([]bool, n), Faults: make([]bool, n), Antecedents: make([][]bool, n), Bounds: make([]model.Best, n)}
	for i, p := range info.Properties {
		w.Properties[i] = on && p.Kind != model.Bound
		w.Bounds[i].Watched = on && p.Kind == model.Bound
		w.Antecedents[i] = slices.Repeat([]bool{on}, len(p.Antecedents))
	}
	return w
}

// interesting tells whether a state with these verdicts is to be looked at; fresh, if bounds have no value yet.
func interesting(info *model.Info, verdicts []verdict, fresh bool) bool {
	k := 0
	for _, p := range info.Properties {
		switch p.Kind {
		case model.Invariant, model.Reachable, model.Bound, model.Deadlock, model.LTL, model.Can:
			v := verdicts[k]
			k++
			switch {
			case p.Kind == model.Deadlock:
			case v.Fault != "" || slices.Contains(v.Met, true):
				return true
			case p.Kind == model.Invariant && v.Value == 0, p.Kind == model.Reachable && v.Value != 0, p.Kind == model.Bound && fresh:
				return true
			}
		}
	}
	return false
}
