package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/internal/sliced"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
)

// A pair of small systems is drawn as data, written out in the language, and decided here by plain enumeration.

// pairState is the values of two variables of 0..2.
type pairState [2]int

// pairExpr is an expression over them: of its text p and q stand for the names of the variables.
type pairExpr struct {
	text string
	eval func(s pairState) int
}

func (e pairExpr) with(p, q string) string {
	return strings.NewReplacer("p", p, "q", q).Replace(e.text)
}

var pairExprs = []pairExpr{
	{"p", func(s pairState) int { return s[0] }},
	{"q", func(s pairState) int { return s[1] }},
	{"0", func(pairState) int { return 0 }},
	{"1", func(pairState) int { return 1 }},
	{"2 - p", func(s pairState) int { return 2 - s[0] }},
	{"(p + 1) % 3", func(s pairState) int { return (s[0] + 1) % 3 }},
	{"(q + 1) % 3", func(s pairState) int { return (s[1] + 1) % 3 }},
	{"min(p, q)", func(s pairState) int { return min(s[0], s[1]) }},
	{"max(p, q)", func(s pairState) int { return max(s[0], s[1]) }},
	{"p / 2", func(s pairState) int { return s[0] / 2 }},
	{"(p + q) / 2", func(s pairState) int { return (s[0] + s[1]) / 2 }},
	{"p + q", func(s pairState) int { return s[0] + s[1] }}, // may be outside
}

type pairCond struct {
	text string
	eval func(s pairState) bool
}

var pairConds = []pairCond{
	{"true", func(pairState) bool { return true }},
	{"p == q", func(s pairState) bool { return s[0] == s[1] }},
	{"p != q", func(s pairState) bool { return s[0] != s[1] }},
	{"p == 0", func(s pairState) bool { return s[0] == 0 }},
	{"q != 1", func(s pairState) bool { return s[1] != 1 }},
	{"p < q", func(s pairState) bool { return s[0] < s[1] }},
	{"p > 0", func(s pairState) bool { return s[0] > 0 }},
}

type pairAction struct {
	when pairCond
	to   [2]pairExpr // written one after the other, from the values before
	fair string      // "", "fair " or "strong fair "
}

// pairSystem is a system with two variables.
type pairSystem struct {
	any     [2]bool
	init    pairState
	actions []pairAction
}

func drawPairSystem(t *rapid.T, most int) pairSystem {
	s := pairSystem{init: pairState{rapid.IntRange(0, 2).Draw(t, "init"), rapid.IntRange(0, 2).Draw(t, "init")}}
	s.any[0] = rapid.IntRange(0, 5).Draw(t, "any") == 0
	for range rapid.IntRange(1, most).Draw(t, "actions") {
		a := pairAction{when: rapid.SampledFrom(pairConds).Draw(t, "when")}
		for i := range a.to { // most actions leave one variable alone
			if a.to[i] = pairExprs[i]; rapid.IntRange(0, 9).Draw(t, "change") < 6 {
				a.to[i] = rapid.SampledFrom(pairExprs[:len(pairExprs)-1]).Draw(t, "to")
			}
		}
		s.actions = append(s.actions, a)
	}
	return s
}

func (s pairSystem) text(name, p, q, rest string) string {
	out := fmt.Sprintf("model %s\nstate {\n", name)
	for i, v := range []string{p, q} {
		init := fmt.Sprint(s.init[i])
		if s.any[i] {
			init = "any"
		}
		out += fmt.Sprintf("  %s: 0..2 = %s\n", v, init)
	}
	out += "}\n"
	for i, a := range s.actions {
		out += fmt.Sprintf("%saction %s%d when %s {\n  let n = %s\n", a.fair, name, i, strings.NewReplacer("p", p, "q", q).Replace(a.when.text), a.to[0].with(p, q))
		out += fmt.Sprintf("  %s = %s\n  %s = n\n}\n", q, a.to[1].with(p, q), p)
	}
	return out + "terminal { true }\n" + rest
}

func (s pairSystem) initial() (out []pairState) {
	for p := range 3 {
		for q := range 3 {
			if (s.any[0] || p == s.init[0]) && (s.any[1] || q == s.init[1]) {
				out = append(out, pairState{p, q})
			}
		}
	}
	return out
}

func (s pairSystem) next(at pairState) (out []pairState) {
	for _, a := range s.actions {
		if t, ok := a.step(at); ok {
			out = append(out, t)
		}
	}
	return out
}

func (a pairAction) step(at pairState) (to pairState, ok bool) {
	return pairState{a.to[0].eval(at), a.to[1].eval(at)}, a.when.eval(at)
}

// pairVerdict is what there is to find out of a pair, by enumeration.
type pairVerdict struct {
	violated int  // the fewest steps to a violation, counting the one that violates, or -1
	faults   bool // some reachable state is mapped to none
	moves    bool // some step changes the mapped state
}

func decidePair(concrete, abstract pairSystem, mapping [2]pairExpr) pairVerdict {
	out := pairVerdict{violated: -1}
	image := func(s pairState) (pairState, bool) {
		m := pairState{mapping[0].eval(s), mapping[1].eval(s)}
		return m, max(m[0], m[1]) <= 2
	}
	violate := func(steps int) {
		if out.violated < 0 || steps < out.violated {
			out.violated = steps
		}
	}
	depth := map[pairState]int{}
	queue := concrete.initial()
	for _, s := range queue {
		depth[s] = 0
		if m, ok := image(s); !ok {
			out.faults = true
		} else if !slices.Contains(abstract.initial(), m) {
			violate(0)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		from, fromOK := image(s)
		for _, t := range concrete.next(s) {
			to, toOK := image(t)
			switch {
			case !fromOK || !toOK:
				out.faults = true
			case from != to:
				out.moves = true
				if !slices.Contains(abstract.next(from), to) {
					violate(depth[s] + 1)
				}
			}
			if _, ok := depth[t]; !ok {
				depth[t] = depth[s] + 1
				queue = append(queue, t)
			}
		}
	}
	return out
}

func drawPair(t *rapid.T) (fstest.MapFS, pairVerdict) {
	concrete, abstract, mapping := drawPairOf(t)
	return pairFiles(t, concrete, abstract, mapping), decidePair(concrete, abstract, mapping)
}

func drawPairOf(t *rapid.T) (concrete, abstract pairSystem, mapping [2]pairExpr) {
	concrete, abstract = drawPairSystem(t, 3), drawPairSystem(t, 4)
	for i := range mapping {
		if mapping[i] = pairExprs[i]; rapid.IntRange(0, 2).Draw(t, "map") > 0 {
			mapping[i] = rapid.SampledFrom(pairExprs).Draw(t, "mapped")
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "alike") > 0 { // so that refinement is not rare
		abstract.any = [2]bool{true, true}
		abstract.actions = append(abstract.actions, concrete.actions...)
	}
	return concrete, abstract, mapping
}

func pairFiles(t *rapid.T, concrete, abstract pairSystem, mapping [2]pairExpr) fstest.MapFS {
	order := []int{0, 1}
	if rapid.Bool().Draw(t, "order") {
		order = []int{1, 0}
	}
	claims := "refines \"abstract.bh\" as R {\n"
	for _, i := range order {
		claims += "  R." + []string{"v", "w"}[i] + " = " + mapping[i].with("x", "y") + "\n"
	}
	return fstest.MapFS{
		"a.bh":        {Data: []byte(concrete.text("Concrete", "x", "y", claims+"}\n"))},
		"abstract.bh": {Data: []byte(abstract.text("Abstract", "v", "w", ""))},
	}
}

func TestRefinementDrawn(t *testing.T) {
	t.Parallel()
	tally := map[string]int{}
	redraw.Until(t, func() bool { return tally["holds"] >= 2 && tally["violated"] >= 2 }, func(t *rapid.T) {
		fsys, want := drawPair(t)
		p, err := spec.Load(fsys, "a.bh")
		if err != nil {
			t.Fatalf("%s\n%s", fsys["a.bh"].Data, spec.Detail(err))
		}
		show := fmt.Sprintf("%s\n%s\nwant %+v", fsys["a.bh"].Data, fsys["abstract.bh"].Data, want)
		verdict := checker.Holds
		switch {
		case want.violated >= 0:
			verdict = checker.Violated
		case want.faults:
			verdict = checker.Undecided
		}
		tally[string(verdict)]++
		plain, err := interp.New(p.IR()).System()
		if err != nil {
			t.Fatal(err)
		}
		for name, run := range map[string]func() (*checker.Result, error){
			"compiled":    func() (*checker.Result, error) { return checker.Check(context.Background(), p, checker.Config{}) },
			"interpreted": func() (*checker.Result, error) { return checker.Check(context.Background(), plain, checker.Config{}) },
			"tables": func() (*checker.Result, error) {
				return checker.Check(context.Background(), p, checker.Config{SweepFrom: 1, Workers: 1})
			},
			"tables, later": func() (*checker.Result, error) {
				return checker.Check(context.Background(), p, checker.Config{SweepFrom: 2, Workers: 1})
			},
			"reduced": func() (*checker.Result, error) {
				return checker.Check(context.Background(), p, checker.Config{PartialOrder: true})
			},
		} {
			r, err := run()
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, show)
			}
			f, fault := r.Properties[0], r.Properties[len(r.Properties)-1]
			if f.Property.Kind != model.Refines || f.Verdict != verdict {
				t.Fatalf("%s: %s is %s, want %s\n%s", name, f.Property.Name, f.Verdict, verdict, show)
			}
			if (fault.Verdict == checker.Violated) != want.faults {
				t.Fatalf("%s: fault is %s\n%s", name, fault.Verdict, show)
			}
			if f.Verdict == checker.Violated {
				if name != "reduced" && f.Steps != want.violated {
					t.Fatalf("%s: violated in %d steps\n%s", name, f.Steps, show)
				}
				replayPair(t, f, name, show)
			}
			if name != "reduced" && !want.faults && (len(f.Vacuous) == 0) != want.moves {
				t.Fatalf("%s: never met %q\n%s", name, f.Vacuous, show)
			}
		}
	})
	for _, v := range []string{"holds", "violated"} { // faults are rarer
		if tally[v] < 2 {
			t.Errorf("only %d drawn pairs are of verdict %q: %v", tally[v], v, tally)
		}
	}
}

// replayPair looks at whether the last of a trace is mapped to other abstract states than those before and after.
func replayPair(t *rapid.T, f checker.Finding, name, show string) {
	steps := f.Trace.Steps
	last := steps[len(steps)-1]
	if len(steps) != f.Steps+1 || len(last.Abstract) != 2 || len(f.Parts) < 2 {
		t.Fatalf("%s: got %d steps, %d abstract values, parts %v\n%s", name, len(steps)-1, len(last.Abstract), f.Parts, show)
	}
	if f.Steps > 0 && len(model.Diff(steps[len(steps)-2].Abstract, last.Abstract)) == 0 {
		t.Fatalf("%s: the last step changes nothing of the abstract state\n%s", name, show)
	}
}

func TestRefinementOrdered(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a.bh": {Data: []byte(strings.ReplaceAll(refinedPair, "GUARD", "holds == none"))},
		"lib/lock.bh": {Data: []byte(strings.Replace(refinedLock, "{ taken = {u}; last = some(u) }",
			"{ taken = {u}; for v in User where v in taken { last = some(v) } }", 1))},
	}
	p, err := spec.Load(fsys, "a.bh")
	if err != nil {
		t.Fatal(spec.Detail(err))
	}
	if s := p.Symmetries(); len(s.Kinds) > 0 || !strings.HasPrefix(s.Reason, "lib/lock.bh:9:") {
		t.Errorf("got %+v, want a reason in the abstract model", s)
	}
}

// refinedPair is two machines that are refined, in the ways of the language: constants, types, functions, records, an array of parts.
const refinedPair = `model Low
type P = symmetric 1..3
type M = enum { idle, asking, busy, leaving }
state {
  junk:  0..3 = 0
  m:     map[P]M = idle
  holds: option[P] = none
}
func inside(p: P) bool = m[p] in {busy, leaving}
action Ask(p: P) when m[p] == idle { m[p] = asking }
action Enter(p: P) when m[p] == asking and GUARD { m[p] = busy; holds = some(p) }
action Leave(p: P) when m[p] == busy { m[p] = leaving }
action Left(p: P) when m[p] == leaving { m[p] = idle; holds = none }
action Noise { junk = (junk + 1) % 4 }
terminal { true }
refines "lib/lock.bh" as Lock {
  USERS = 3
  User = P
  Lock.taken = { p in P | inside(p) }
  Lock.last = holds
}
mutant Rushes of Enter breaks Lock when m[p] == asking
`

const refinedLock = `model Lock
const USERS = 2
type User = symmetric 1..USERS
state {
  taken: set[User] = {}
  last:  option[User] = none
}
func free() bool = taken == {}
action Take(u: User) when free() { taken = {u}; last = some(u) }
action Give(u: User) when u in taken { taken = taken minus {u}; last = none }
invariant One { size(taken) <= 1 }
`

func TestRefinementReductions(t *testing.T) {
	t.Parallel()
	for guard, want := range map[string]checker.Verdict{
		"forall q in P: not inside(q)": checker.Holds, "forall q in P: m[q] != busy": checker.Violated, "holds == none": checker.Holds, "true": checker.Violated,
	} {
		fsys := fstest.MapFS{
			"a.bh":        {Data: []byte(strings.ReplaceAll(refinedPair, "GUARD", guard))},
			"lib/lock.bh": {Data: []byte(refinedLock)},
		}
		p, err := spec.Load(fsys, "a.bh")
		if err != nil {
			t.Fatal(spec.Detail(err))
		}
		if want == checker.Holds {
			modeltest.Run(t, p)
		}
		states, steps := int64(0), 0
		for i, cfg := range []checker.Config{{}, {Symmetry: true}, {PartialOrder: true}, {SweepFrom: 1, Workers: 1}, {Symmetry: true, SweepFrom: 1}} {
			r, err := checker.Check(context.Background(), p, cfg)
			if err != nil {
				t.Fatal(err)
			}
			f := r.Properties[0]
			if f.Verdict != want {
				t.Errorf("%s: %+v: %s, want %s", guard, cfg, f.Verdict, want)
			}
			if i == 0 {
				states, steps = r.Stats.Distinct, f.Steps
			} else if !cfg.PartialOrder && f.Steps != steps || cfg.Symmetry && r.Stats.Distinct >= states {
				t.Errorf("%s: %+v: %d steps in %d states, want %d steps, in fewer states than %d", guard, cfg, f.Steps, r.Stats.Distinct, steps, states)
			}
		}
		slices, err := p.Slices([]string{"Lock"})
		if err != nil {
			t.Fatal(err)
		}
		if len(slices) != 1 || !strings.Contains(strings.Join(slices[0].LeftOut, " "), "junk") {
			t.Fatalf("%s: got %d slices, want one without junk", guard, len(slices))
		}
		r, err := sliced.Check(p, slices, checker.Config{Only: []string{"Lock"}}, func(sys model.System, cfg checker.Config, _ string) (*checker.Result, error) {
			return checker.Check(context.Background(), sys, cfg)
		})
		if err != nil {
			t.Fatal(err)
		}
		f := r.Properties[0]
		if f.Verdict != want || f.Steps != steps {
			t.Errorf("%s: sliced: %s in %d steps, want %s in %d", guard, f.Verdict, f.Steps, want, steps)
		}
		if want == checker.Violated && (len(f.Trace.Steps) != steps+1 || len(f.Trace.Steps[steps].State) != 3 || len(f.Trace.Steps[steps].Abstract) != 2) {
			t.Errorf("%s: sliced: the last step is %+v", guard, f.Trace.Steps[steps])
		}
	}
}

// counted counts up to 19,999, as another model that counts hundreds is to, which is never at some number.
func counted(t *testing.T, never int) *spec.Program {
	t.Helper()
	fsys := fstest.MapFS{
		"a.bh": {Data: []byte("model A\nstate { high: 0..199 = 0; low: 0..99 = 0 }\n" +
			"action Up when low < 99 { low += 1 }\naction Carry when low == 99 and high < 199 { low = 0; high += 1 }\n" +
			"terminal { true }\nrefines \"k.bh\" as K { K.k = high }\n")},
		"k.bh": {Data: fmt.Appendf(nil, "model Hundreds\nstate { k: 0..199 = 0 }\naction Up when k < 199 and k + 1 != %d { k += 1 }\n", never)},
	}
	p, err := spec.Load(fsys, "a.bh")
	if err != nil {
		t.Fatal(spec.Detail(err))
	}
	return p
}

// Steps that tables give are looked at by what their states are mapped to, of which much is remembered, and some forgotten.
func TestRefinementByTables(t *testing.T) {
	t.Parallel()
	r := counted(t, 60).NewRunner()
	by, ok := r.(interface {
		Steps(p model.PropertyID, s model.State, list []uint64) (all, changes bool, fault *model.Fault)
	})
	if !ok {
		t.Fatal("a runner cannot look at steps")
	}
	var states []model.State
	r.Init(func(s model.State, _ *model.Fault) { states = append(states, slices.Clone(s)) })
	for i := 0; i < len(states); i++ {
		r.Load(states[i])
		r.Next(func(_ model.Label, s model.State, _ *model.Fault) { states = append(states, slices.Clone(s)) })
	}
	for _, stride := range []int{1, 7_001, 16_384} {
		for n := range len(states) - 1 {
			at := n * stride % (len(states) - 1)
			all, changes, fault := by.Steps(0, states[at], slices.Concat(states[at], states[at+1]))
			if wantChange, want := at%100 == 99, at != 5_999; all != want || changes != wantChange || fault != nil {
				t.Fatalf("from %d: got %t, %t and %v, want %t and %t", at, all, changes, fault, want, wantChange)
			}
		}
	}
	for never, want := range map[int]checker.Verdict{60: checker.Violated, 0: checker.Holds} {
		r, err := checker.Check(context.Background(), counted(t, never), checker.Config{SweepFrom: 1, Workers: 1, Only: []string{"K"}})
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Properties[0]; f.Verdict != want || len(f.Vacuous) > 0 || want == checker.Violated && f.Steps != 6_000 {
			t.Errorf("never %d: got %s in %d steps, never met: %q", never, f.Verdict, f.Steps, f.Vacuous)
		}
	}
}
