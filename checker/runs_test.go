package checker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
)

// TestRandomRuns holds properties of whole runs of random systems against oracles of other makes, takes every counterexample
// apart, and compares one worker with two.
func TestRandomRuns(t *testing.T) {
	redraw.Fewer(t, "30")
	met = map[string]int{}
	missing := []string{
		"ltl holds", "ltl violated", "can holds", "can violated", "within holds", "within violated", "longest holds", "longest violated",
		"held by fairness", "held by strong fairness", "saved by 1", "not to be saved", "tautology", "ltl vacuous", "can vacuous", "within vacuous", "longest vacuous",
		"ltl unneeded", "can unneeded", "ltl idle", "can idle", "within idle", "longest idle",
		"a wait without end", "a wait that is too long", "a wait that is too long within", "a loop of 1", "a loop of 3", "a shortest way to a loop", "a way that is one step longer", "stuttering", "stopped", "kept by a step", "kept by none enabled",
		"a run that shows 0", "a run that shows 1", "a run that shows 2",
	}
	redraw.Until(t, func() bool { // the systems are of no use if they do not show everything
		missing = slices.DeleteFunc(missing, func(what string) bool { return met[what] > 0 })
		return len(missing) == 0
	}, randomRuns)
	if !t.Failed() && len(missing) > 0 {
		t.Errorf("no system shows: %s", strings.Join(missing, ", "))
	}
}

// met counts what random systems showed.
var met = map[string]int{}

func FuzzRuns(f *testing.F) { f.Fuzz(rapid.MakeFuzz(randomRuns)) }

func randomRuns(t *rapid.T) {
	d := dice{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
	sys := drawRuns(d)
	for range 4 {
		var list []model.RunInstance
		for range 1 + d.IntN(4) {
			f := drawUsual(d)
			if d.one(3) {
				f = drawFormula(d, 1+d.IntN(8), allProps, ofTime...)
			}
			if d.one(4) {
				f = sys.drawQuantified(d)
			}
			if len(list) > 0 && d.one(2) {
				f = sys.renamed(list[0].Formula)
			}
			list = append(list, model.RunInstance{Formula: f})
		}
		sys.claim(model.LTL, 0, list...)
	}
	for range 2 {
		f := drawFormula(d, 1+d.IntN(6), stateProps, model.CanOp, model.AlwaysOp)
		switch d.IntN(5) {
		case 0, 1:
			f = operator(model.AlwaysOp, operator(model.CanOp, f))
		case 2:
			f = operator(model.NotOp, operator(model.CanOp, f))
		case 3:
			f = operator(model.AndOp, proposition(among(d, stateProps...)), operator(model.AlwaysOp, operator(model.NotOp, operator(model.CanOp, f))))
		}
		sys.claim(model.Can, 0, model.RunInstance{Formula: f})
	}
	for _, kind := range []model.Kind{model.Longest, model.Within, model.Longest, model.Within} {
		w := &model.Wait{
			From: drawFormula(d, 1+d.IntN(3), allProps), To: drawFormula(d, 1+d.IntN(3), allProps),
			While: d.one(2), Unit: among(d, -1, 2, 3),
		}
		in := model.RunInstance{Wait: w}
		if kind == model.Within {
			w.While = false
			in.Formula = operator(model.LeadsToOp, w.From, w.To)
		}
		sys.claim(kind, d.Int64N(4), in)
	}
	piecemeal := d.one(3)
	got := checked(t, sys, 1, piecemeal)
	again := checked(t, sys, 2, piecemeal)
	surveyed := checked(t, sys.surveyed(inOrder, d.IntN(4)), 1+d.IntN(2), piecemeal)
	for _, r := range []*Result{got, again, surveyed} { // a run by the parents in a store is another one with other workers
		for i := range r.Properties {
			if f := &r.Properties[i]; f.Property.Kind == model.FaultFree {
				f.Trace = nil
			}
		}
	}
	if d := cmp.Diff(got, again, cmpopts.IgnoreFields(Stats{}, "Workers", "Elapsed", "PeakBytes"), cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("two workers find other than one:\n%s", d)
	}
	if d := cmp.Diff(withoutArgs(got), withoutArgs(surveyed), cmpopts.IgnoreFields(Stats{}, "Workers", "Elapsed", "PeakBytes"), cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("what is found on a graph made by Survey is other than on one made by Next:\n%s", d)
	}
	judge(t, sys, got)
	if sys.wide > 0 { // otherwise nothing is swept
		judge(t, sys, checked(t, sys.surveyed(reversed, d.IntN(4)), 1+d.IntN(2), piecemeal))
	}
}

// withoutArgs makes the arguments of all steps of traces the same, but for the choice.
func withoutArgs(r *Result) *Result {
	for i := range r.Properties {
		if tr := r.Properties[i].Trace; tr != nil {
			for k := range tr.Steps {
				if args := tr.Steps[k].Step.Args; len(args) > 0 {
					args[0].Value = model.Int(7)
				}
			}
		}
	}
	return r
}

// judge holds what was found against the oracles.
func judge(t *rapid.T, sys *runToy, got *Result) {
	for i := range sys.runs.Properties {
		f := &got.Properties[i]
		met[fmt.Sprint(f.Property.Kind, " ", f.Verdict)]++
		if f.Verdict == Undecided {
			t.Fatalf("%s is undecided: %s", f.Property.Name, f.Reason)
		}
		switch f.Property.Kind {
		case model.LTL:
			judgeLTL(t, sys, f, &sys.runs.Properties[i])
		case model.Can:
			judgeCan(t, sys, f, sys.runs.Properties[i].Instances[0].Formula)
		default:
			judgeWait(t, sys, f, &sys.runs.Properties[i].Instances[0])
		}
		judgeVacuity(t, sys, f, &sys.runs.Properties[i])
	}
}

// The graph made by Survey, of pieces of several states, is the one made by Next, with the runs that stop, too.
func TestSurveyedGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dice{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))}
		sys := drawRuns(d)
		sys.wide = max(sys.wide, 1)
		sys.claim(model.LTL, 0, model.RunInstance{Formula: drawUsual(d)})
		want := graphOf(t, sys.surveyed(never, 0), 1, 1)
		got := graphOf(t, sys.surveyed(inOrder, d.IntN(4)), 1+d.IntN(2), 1+d.IntN(4))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("by Next (-) and by Survey (+):\n%s", d)
		}
		if sys.faulty() {
			return
		}
		asked := 0
		sys.seen = func() { asked++ }
		graphOf(t, sys.surveyed(inOrder, 0), 1, 1)
		if asked > 0 {
			t.Fatalf("Observe was called %d times although Survey says it all", asked)
		}
	})
}

// config is for a search by some workers, who survey where the system can.
func (t *runToy) config(workers int) Config {
	cfg := Config{Workers: workers, SweepFrom: 1}
	if t.survey != never {
		cfg.Recheck = -1 // states that are expanded twice are not swept
	}
	return cfg
}

// faulty tells whether some step faults.
func (t *runToy) faulty() bool {
	return slices.ContainsFunc(t.moves, func(list []toyMove) bool {
		return slices.ContainsFunc(list, func(m toyMove) bool { return m.fault })
	})
}

// graphOf lists what the graph of a system consists of, without and with the runs that stop: the classes of states and steps in full.
func graphOf(t *rapid.T, sys *runToy, workers, piece int) (out []string) {
	s, err := newSearch(sys, sys.config(workers))
	if err != nil {
		t.Fatal(err)
	}
	s.grain, s.whole.piece = 1, piece
	if _, err := s.check(context.Background()); err != nil {
		t.Fatal(err)
	}
	stopping, err := s.whole.stopping()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []*runs.Graph{s.whole.g, stopping} {
		out = append(out, fmt.Sprint("initial ", g.Initial, " stopped ", g.Of))
		for n, class := range g.States {
			out = append(out, fmt.Sprintf("%d: %x", n, g.StateBits[class]))
			for e := g.Offsets[n]; e < g.Offsets[n+1]; e++ {
				k := g.Steps[e]
				out = append(out, fmt.Sprintf("  to %d by %d: %x", g.Targets[e], g.Actions[k], g.StepBits[k]))
			}
		}
	}
	return out
}

// checked runs the checker with all of some workers at work, however few the states.
func checked(t *rapid.T, sys *runToy, workers int, piecemeal bool) *Result {
	s, err := newSearch(sys, sys.config(workers))
	if err != nil {
		t.Fatal(err)
	}
	s.grain, s.whole.piece, s.whole.piecemeal = 1, 1, piecemeal
	r, err := s.check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lassoOf reads a trace back and tells whether it is a run of the system. A finite one is given without a loop, as if it
// stayed in its last state.
func lassoOf(t *rapid.T, sys *runToy, f *Finding) *toyLasso {
	tr := f.Trace
	l := &toyLasso{loop: tr.Loop - 1}
	at := int(stateOf(tr.Steps[0].State)[0])
	if !slices.ContainsFunc(sys.init, func(s model.State) bool { return int(s[0]) == at }) {
		t.Fatalf("%s: the trace does not begin at an initial state", f.Property.Name)
	}
	for i, step := range tr.Steps[1:] {
		to := int(stateOf(step.State)[0])
		var e toyEdge
		if step.Step.Action == "" {
			if e = sys.edges(at)[0]; e.action != -1 {
				if tr.Loop != i+1 || i+2 != len(tr.Steps) {
					t.Fatalf("%s: step %d stutters, and the run goes on", f.Property.Name, i+1)
				}
				e = toyEdge{at, toyMove{to: at, action: -1}}
				met["stopped"]++
			}
		} else {
			e = toyEdge{at, sys.moves[at][step.Step.Args[1].Value.Int]}
			if e.fault || fmt.Sprint("act", e.action) != step.Step.Action {
				t.Fatalf("%s: step %d is no step", f.Property.Name, i+1)
			}
		}
		if e.to != to {
			t.Fatalf("%s: step %d leads to %d, not to %d", f.Property.Name, i+1, e.to, to)
		}
		l.edges = append(l.edges, e)
		at = to
	}
	if tr.Loop >= 0 && (l.loop < 0 || l.loop >= len(l.edges) || l.edges[l.loop].from != at) {
		t.Fatalf("%s: the loop from step %d is not closed", f.Property.Name, tr.Loop)
	}
	return l
}

func judgeLTL(t *rapid.T, sys *runToy, f *Finding, p *model.RunProperty) {
	fair := sys.fairness()
	var bad, stems []int
	for i := range p.Instances {
		if stem := shortestStem(sys, p.Instances[i].Formula, fair); stem >= 0 {
			bad, stems = append(bad, i), append(stems, stem)
		}
	}
	if want := len(bad) > 0; (f.Verdict == Violated) != want {
		t.Fatalf("%s: got %s, want violated: %v", f.Property.Name, f.Verdict, want)
	}
	if f.Verdict == Holds {
		if weak := slices.DeleteFunc(slices.Clone(fair), func(f toyFair) bool { return f.strong }); len(fair) > 0 {
			for _, in := range p.Instances {
				if !trueOfRuns(sys, in.Formula, nil) {
					met["held by fairness"]++
				}
				if !trueOfRuns(sys, in.Formula, weak) {
					met["held by strong fairness"]++
				}
			}
		}
		return
	}
	judgeLasso(t, sys, f, p.Instances[bad[0]].Formula)
	switch more := f.Trace.Loop - 1 - stems[0]; {
	case more < 0:
		t.Fatalf("%s: the way to the loop is of %d steps, there is none of less than %d", f.Property.Name, f.Trace.Loop-1, stems[0])
	case more == 0:
		met["a shortest way to a loop"]++
	case more == 1:
		met["a way that is one step longer"]++
	default:
		met["a way that is some steps longer"]++
	}
	if f.Values[0].Value.Int != int64(bad[0]) {
		t.Fatalf("%s: got values %v, want those of instance %d", f.Property.Name, f.Values, bad[0])
	}
	judgeRescue(t, sys, f, p)
}

// judgeLasso sees that a counterexample is a fair run of which a formula is false.
func judgeLasso(t *rapid.T, sys *runToy, f *Finding, formula *model.Formula) {
	l := lassoOf(t, sys, f)
	if f.Trace.Loop < 1 {
		t.Fatalf("%s: the counterexample has no loop", f.Property.Name)
	}
	if sys.trueOn(formula, l, 0) {
		t.Fatalf("%s: the formula is true of the counterexample", f.Property.Name)
	}
	if f.Promise < 0 || f.Promise > l.loop {
		t.Fatalf("%s: the promise is made at %d, the loop begins at %d", f.Property.Name, f.Promise, l.loop)
	}
	kept := f.Kept
	for i, a := range sys.fairness() {
		if !sys.isFair(l, a) {
			t.Fatalf("%s: the counterexample is not fair: %s", f.Property.Name, sys.runs.Fairness[i].Text)
		}
		if len(kept) == 0 || kept[0].Text != sys.runs.Fairness[i].Text {
			for s := range sys.reachable() {
				if slices.ContainsFunc(sys.edges(s), a.of) {
					t.Fatalf("%s: nothing is said of %s", f.Property.Name, sys.runs.Fairness[i].Text)
				}
			}
			continue
		}
		k := kept[0]
		kept = kept[1:]
		met[map[bool]string{true: "kept by a step", false: "kept by none enabled"}[k.Taken]]++
		if k.Taken && (k.Step <= l.loop || !a.of(l.edges[k.Step-1])) {
			t.Fatalf("%s: %s is not taken in step %d", f.Property.Name, k.Text, k.Step)
		}
		if !k.Taken && (k.Step < l.loop || k.Step >= len(l.edges) || slices.ContainsFunc(sys.edges(l.edges[k.Step].from), a.of)) {
			t.Fatalf("%s: %s is enabled after step %d", f.Property.Name, k.Text, k.Step)
		}
	}
	if len(kept) > 0 {
		t.Fatalf("%s: too much is said of fairness: %v", f.Property.Name, kept)
	}
	met[fmt.Sprintf("a loop of %d", len(l.edges)-l.loop)]++
	if l.edges[len(l.edges)-1].action == -1 {
		met["stuttering"]++
	}
}

// assumptions gives the assumptions that a rescue speaks of.
func (t *runToy) assumptions(texts []string) (out []toyFair) {
	for _, text := range texts {
		strength, of, _ := strings.Cut(text, " fairness of ")
		var n int
		if _, err := fmt.Sscanf(of, "act%d", &n); err == nil {
			out = append(out, toyFair{strength == "strong", func(e toyEdge) bool { return e.action == n }})
		} else if _, err := fmt.Sscanf(of, "p%d", &n); err == nil {
			out = append(out, toyFair{strength == "strong", func(e toyEdge) bool { return e.bits>>n&1 == 1 }})
		}
	}
	return out
}

// judgeRescue sees that the assumptions named suffice, that none can be left out, and that where none are named none would.
func judgeRescue(t *rapid.T, sys *runToy, f *Finding, p *model.RunProperty) {
	saved := func(texts []string) bool {
		fair := append(sys.fairness(), sys.assumptions(texts)...)
		return !slices.ContainsFunc(p.Instances, func(in model.RunInstance) bool { return !trueOfRuns(sys, in.Formula, fair) })
	}
	met[fmt.Sprintf("saved by %d", len(f.Rescue))]++
	if slices.ContainsFunc(f.Rescue, func(text string) bool { return strings.HasPrefix(text, "strong") }) {
		met["saved by strong fairness"]++
	}
	if len(f.Rescue) == 0 {
		met["not to be saved"]++
		var all []string
		for _, a := range sys.info.Actions {
			all = append(all, "strong fairness of "+a.Name, "weak fairness of "+a.Name)
		}
		for _, a := range sys.runs.Fairness {
			all = append(all, strings.Replace(a.Text, "weak", "strong", 1))
		}
		if saved(all) {
			t.Fatalf("%s: nothing is said to save it, and %v would", f.Property.Name, all)
		}
		return
	}
	if !saved(f.Rescue) {
		t.Fatalf("%s: %v does not save it", f.Property.Name, f.Rescue)
	}
	if len(p.Instances) > 1 {
		return
	}
	for i := range f.Rescue {
		if fewer := slices.Concat(f.Rescue[:i], f.Rescue[i+1:]); saved(fewer) {
			t.Fatalf("%s: %v would do, got %v", f.Property.Name, fewer, f.Rescue)
		}
	}
}

func judgeCan(t *rapid.T, sys *runToy, f *Finding, formula *model.Formula) {
	set := sys.canIn(formula)
	want := true
	for _, s := range sys.init {
		want = want && set[s[0]]
	}
	if (f.Verdict == Holds) != want {
		t.Fatalf("%s: got %s, want holds: %v", f.Property.Name, f.Verdict, want)
	}
	if f.Verdict == Holds {
		return
	}
	lassoOf(t, sys, f)
	var path []int
	for _, step := range f.Trace.Steps {
		path = append(path, int(stateOf(step.State)[0]))
	}
	shown := sys.shown(formula, path, false)
	if !slices.Contains(shown, f.Shows) {
		t.Fatalf("%s: the trace %v shows %d of its last state, want one of %v", f.Property.Name, path, f.Shows, shown)
	}
	judgeNearest(t, sys, f, formula, path[0])
	if len(path) > 1 {
		met[fmt.Sprint("a run that shows ", f.Shows)]++
	}
}

// judgeNearest sees that a run begins where what it shows is nearest.
func judgeNearest(t *rapid.T, sys *runToy, f *Finding, formula *model.Formula, first int) {
	set, truth := sys.canIn(formula), false
	for formula.Op == model.NotOp {
		formula, truth = formula.Args[0], !truth
	}
	if formula.Op != model.CanOp && formula.Op != model.AlwaysOp || truth == (formula.Op == model.AlwaysOp) {
		return
	}
	inner := sys.canIn(formula.Args[0])
	length := func(s int) int { return sys.distance(s, func(s int) bool { return inner[s] == truth }) }
	for _, s := range sys.init {
		if !set[s[0]] && length(int(s[0])) < length(first) {
			t.Fatalf("%s: the run from %d takes %d steps, and from %d %d", f.Property.Name, first, length(first), s[0], length(int(s[0])))
		}
	}
}

// shown lists what a path of states may show of its last one, if it is as short as can be and shows that a formula is true
// in the first, or false.
func (t *runToy) shown(f *model.Formula, path []int, truth bool) (out []Reach) {
	if t.canIn(f)[path[0]] != truth {
		return nil
	}
	var set []bool
	switch f.Op {
	case model.NotOp:
		return t.shown(f.Args[0], path, !truth)
	case model.CanOp, model.AlwaysOp:
		if truth == (f.Op == model.AlwaysOp) {
			break
		}
		set = t.canIn(f.Args[0])
		n := t.distance(path[0], func(s int) bool { return set[s] == truth })
		if n >= len(path) {
			return nil
		}
		for _, r := range t.shown(f.Args[0], path[n:], truth) {
			if r == runs.Nothing && f.Op == model.CanOp {
				r = Reached
			}
			out = append(out, r)
		}
		return out
	default:
		for k, g := range f.Args {
			want := t.canIn(g)[path[0]]
			if !runs.Plain(f) && t.decides(f, k, path[0], truth) {
				out = append(out, t.shown(g, path, want)...)
			}
		}
	}
	switch {
	case len(path) > 1:
	case f.Op == model.CanOp:
		out = append(out, Unreachable)
	case !t.leads(f, path[0], truth):
		out = append(out, runs.Nothing)
	}
	return out
}

// leads tells whether there is a run to show, or something to say of the state, why a formula is true in state s, or false.
func (t *runToy) leads(f *model.Formula, s int, truth bool) bool {
	switch f.Op {
	case model.NotOp:
		return t.leads(f.Args[0], s, !truth)
	case model.CanOp:
		return true
	case model.AlwaysOp:
		return !truth && (t.canIn(f.Args[0])[s] || t.leads(f.Args[0], s, false))
	}
	for k, g := range f.Args {
		if t.decides(f, k, s, truth) && t.leads(g, s, t.canIn(g)[s]) {
			return true
		}
	}
	return false
}

// decides tells whether argument k of a connective has the value by which it matters that the connective is true in state s, or false.
func (t *runToy) decides(f *model.Formula, k, s int, truth bool) bool {
	is := t.canIn(f.Args[k])[s]
	switch {
	case f.Op == model.ImpliesOp && k == 0:
		return is != truth
	case f.Op == model.IffOp:
		return true
	default:
		return is == truth
	}
}

// distance gives the steps from state s to the nearest one of a kind, which can be reached.
func (t *runToy) distance(s int, goal func(int) bool) int {
	dist := map[int]int{s: 0}
	for queue := []int{s}; ; queue = queue[1:] {
		if goal(queue[0]) {
			return dist[queue[0]]
		}
		for _, e := range t.edges(queue[0]) {
			if _, met := dist[e.to]; !met {
				dist[e.to] = dist[queue[0]] + 1
				queue = append(queue, e.to)
			}
		}
	}
}

func judgeWait(t *rapid.T, sys *runToy, f *Finding, in *model.RunInstance) {
	longest, endless, begins := sys.longestIn(in.Wait)
	limit := f.Property.Limit
	name := fmt.Sprint(f.Property.Name, " ", in.Wait)
	if in.Formula != nil && !trueOfRuns(sys, in.Formula, sys.fairness()) {
		if f.Verdict != Violated {
			t.Fatalf("%s: got %s although the response may never come", name, f.Verdict)
		}
		judgeLasso(t, sys, f, in.Formula)
		return
	}
	if want := endless || int64(longest) > limit; (f.Verdict == Violated) != want {
		t.Fatalf("%s: got %s, limit %d, longest %d, endless %v", name, f.Verdict, limit, longest, endless)
	}
	if f.Known != (begins && !endless) || f.Known && f.Extreme != int64(longest) {
		t.Fatalf("%s: got %d, %v, want %d, endless %v, begins %v", name, f.Extreme, f.Known, longest, endless, begins)
	}
	if (len(f.Vacuous) > 0) != !begins {
		t.Fatalf("%s: got vacuous %v, a wait begins: %v", name, f.Vacuous, begins)
	}
	if !begins {
		if f.Trace != nil {
			t.Fatalf("%s: there is a trace of a wait that does not begin", name)
		}
		return
	}
	l := lassoOf(t, sys, f)
	if f.Promise > len(l.edges) {
		t.Fatalf("%s: the wait begins at %d, beyond the trace", name, f.Promise)
	}
	count := 0
	for i, e := range l.edges[f.Promise:] {
		if i == 0 && !sys.holdsIn(in.Wait.From, e) {
			t.Fatalf("%s: no wait begins at %d", name, f.Promise)
		}
		if sys.holdsIn(in.Wait.To, e) || in.Wait.While && !sys.holdsIn(in.Wait.From, e) {
			t.Fatalf("%s: the wait ends at %d", name, f.Promise+i)
		}
		if in.Wait.Unit < 0 || e.bits>>in.Wait.Unit&1 == 1 {
			count++
		}
	}
	switch {
	case f.Trace.Loop >= 0:
		met["a wait without end"]++
		again := 0
		for _, e := range l.edges[l.loop:] {
			if in.Wait.Unit < 0 || e.bits>>in.Wait.Unit&1 == 1 {
				again++
			}
		}
		if !endless || again == 0 || f.Property.Kind != model.Longest {
			t.Fatalf("%s: the wait does not go on for ever", name)
		}
	case endless && f.Property.Kind == model.Longest:
		t.Fatalf("%s: the trace shows a wait of %d, and there is one without end", name, count)
	case endless && int64(count) != limit+1:
		t.Fatalf("%s: the trace shows a wait of %d, the limit is %d, and there is no longest one", name, count, limit)
	case !endless && int64(count) != f.Extreme:
		t.Fatalf("%s: the trace shows a wait of %d, want %d", name, count, f.Extreme)
	}
	if f.Verdict == Violated && f.Trace.Loop < 0 {
		met["a wait that is too long"]++
		if f.Property.Kind == model.Within {
			met["a wait that is too long within"]++
		}
	}
	if f.Promise == len(l.edges) { // nothing of the wait is shown
		end := int(stateOf(f.Trace.Steps[len(f.Trace.Steps)-1].State)[0])
		if !slices.ContainsFunc(sys.edges(end), func(e toyEdge) bool { return sys.holdsIn(in.Wait.From, e) }) {
			t.Fatalf("%s: no wait begins in the last state", name)
		}
	}
}
