package buchi

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

func prop(i int) *model.Formula { return &model.Formula{Op: model.PropositionOp, Prop: i} }

func form(o model.Op, args ...*model.Formula) *model.Formula {
	return &model.Formula{Op: o, Args: args}
}

// ofTwo lists operators by the number of their arguments, unary ones first.
var (
	ofOne = []model.Op{model.NotOp, model.NextOp, model.AlwaysOp, model.EventuallyOp}
	ofTwo = []model.Op{
		model.AndOp, model.OrOp, model.ImpliesOp, model.IffOp, model.UntilOp, model.ReleaseOp, model.WeakUntilOp, model.LeadsToOp,
	}
)

// drawFormula draws a formula over propositions 5, 6 and 7.
func drawFormula(t *rapid.T, size int) *model.Formula {
	if size <= 1 {
		k := rapid.IntRange(0, 9).Draw(t, "leaf")
		switch k {
		case 0:
			return form(model.TrueOp)
		case 1:
			return form(model.FalseOp)
		}
		return prop(5 + k%3)
	}
	if rapid.IntRange(0, 1).Draw(t, "arity") == 0 || size == 2 {
		return form(rapid.SampledFrom(ofOne).Draw(t, "op"), drawFormula(t, size-1))
	}
	left := rapid.IntRange(1, size-2).Draw(t, "left")
	f := form(rapid.SampledFrom(ofTwo).Draw(t, "op"), drawFormula(t, left), drawFormula(t, size-1-left))
	if (f.Op == model.AndOp || f.Op == model.OrOp) && rapid.IntRange(0, 4).Draw(t, "more") == 0 {
		f.Args = append(f.Args, drawFormula(t, 2))
	}
	return f
}

// lasso is a word that goes through its letters and then for ever from letter loop to the last. A letter is a set of
// propositions.
type lasso struct {
	letters []uint64
	loop    int
}

func (w *lasso) after(i int) int {
	if i == len(w.letters)-1 {
		return w.loop
	}
	return i + 1
}

func drawLasso(t *rapid.T) *lasso {
	n := rapid.IntRange(1, 6).Draw(t, "length")
	w := &lasso{loop: rapid.IntRange(0, n-1).Draw(t, "loop")}
	for range n {
		w.letters = append(w.letters, uint64(rapid.IntRange(0, 7).Draw(t, "letter"))<<5)
	}
	return w
}

// truth gives the positions of a lasso at which a formula is true, by the definition of each operator: what eventually
// happens does so within as many steps as the lasso has letters.
func truth(f *model.Formula, w *lasso) []bool {
	var args [][]bool
	for _, g := range f.Args {
		args = append(args, truth(g, w))
	}
	out := make([]bool, len(w.letters))
	until := func(i int, a, b func(int) bool) bool {
		for range len(w.letters) + 1 {
			if b(i) {
				return true
			}
			if !a(i) {
				return false
			}
			i = w.after(i)
		}
		return false
	}
	always := func(int) bool { return true }
	at := func(k int) func(int) bool { return func(i int) bool { return args[k][i] } }
	not := func(g func(int) bool) func(int) bool { return func(i int) bool { return !g(i) } }
	for i := range out {
		switch f.Op {
		case model.TrueOp:
			out[i] = true
		case model.FalseOp:
		case model.PropositionOp:
			out[i] = w.letters[i]>>f.Prop&1 == 1
		case model.NotOp:
			out[i] = !args[0][i]
		case model.AndOp:
			out[i] = true
			for k := range args {
				out[i] = out[i] && args[k][i]
			}
		case model.OrOp:
			for k := range args {
				out[i] = out[i] || args[k][i]
			}
		case model.ImpliesOp:
			out[i] = !args[0][i] || args[1][i]
		case model.IffOp:
			out[i] = args[0][i] == args[1][i]
		case model.NextOp:
			out[i] = args[0][w.after(i)]
		case model.AlwaysOp:
			out[i] = !until(i, always, not(at(0)))
		case model.EventuallyOp:
			out[i] = until(i, always, at(0))
		case model.UntilOp:
			out[i] = until(i, at(0), at(1))
		case model.ReleaseOp:
			out[i] = !until(i, not(at(0)), not(at(1)))
		case model.WeakUntilOp:
			out[i] = until(i, at(0), at(1)) || !until(i, always, not(at(0)))
		case model.LeadsToOp:
			out[i] = !until(i, always, func(j int) bool { return args[0][j] && !until(j, always, at(1)) })
		}
	}
	return out
}

// accepts tells whether an automaton accepts a lasso: whether some node of their product that can be reached lies on
// closed paths that together take transitions of every acceptance set.
func accepts(a *Automaton, w *lasso) bool {
	if a.Empty() {
		return false
	}
	type node struct{ pos, state int }
	type edge struct {
		to     node
		accept uint64
	}
	next := func(n node) (out []edge) {
		letter := uint64(0)
		for i, p := range a.Props {
			letter |= w.letters[n.pos] >> p & 1 << i
		}
		for _, t := range a.States[n.state] {
			if t.True&^letter == 0 && t.False&letter == 0 {
				out = append(out, edge{node{w.after(n.pos), t.To}, t.Accept})
			}
		}
		return out
	}
	reach := func(from node) map[node]bool {
		seen := map[node]bool{}
		todo := []node{from}
		for len(todo) > 0 {
			n := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, e := range next(n) {
				if !seen[e.to] {
					seen[e.to] = true
					todo = append(todo, e.to)
				}
			}
		}
		return seen
	}
	start := node{0, a.Start}
	all := reach(start)
	all[start] = true
	for n := range all {
		if n.pos != w.loop {
			continue
		}
		on := reach(n)
		if !on[n] {
			continue
		}
		marks := uint64(0)
		for m := range on {
			if !reach(m)[n] {
				continue
			}
			for _, e := range next(m) {
				if e.to == n || reach(e.to)[n] {
					marks |= e.accept
				}
			}
		}
		if marks == a.All() {
			return true
		}
	}
	return false
}

// TestRandomFormulas holds automata of random formulas against the definition of the operators on random words.
func TestRandomFormulas(t *testing.T) { rapid.Check(t, randomFormula) }

func randomFormula(t *rapid.T) {
	f := drawFormula(t, rapid.IntRange(1, 12).Draw(t, "size"))
	yes, err := Translate(t.Context(), f, false)
	if err != nil {
		t.Fatal(err)
	}
	no, err := Translate(t.Context(), f, true)
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		w := drawLasso(t)
		want := truth(f, w)[0]
		if got := accepts(yes, w); got != want {
			t.Fatalf("%s on %v: the automaton accepts: %v, the formula is %v\n%+v", show(f), w, got, want, yes)
		}
		if got := accepts(no, w); got == want {
			t.Fatalf("%s on %v: the automaton of the negation accepts: %v, the formula is %v\n%+v", show(f), w, got, want, no)
		}
	}
}

func FuzzFormulas(f *testing.F) { f.Fuzz(rapid.MakeFuzz(randomFormula)) }

func show(f *model.Formula) string {
	names := map[model.Op]string{
		model.TrueOp: "true", model.FalseOp: "false", model.NotOp: "not", model.AndOp: "and", model.OrOp: "or", model.ImpliesOp: "implies",
		model.IffOp: "iff", model.NextOp: "next", model.AlwaysOp: "always", model.EventuallyOp: "eventually", model.UntilOp: "until",
		model.ReleaseOp: "release", model.WeakUntilOp: "weak until", model.LeadsToOp: "~>",
	}
	if f.Op == model.PropositionOp {
		return fmt.Sprint("p", f.Prop)
	}
	out := "(" + names[f.Op]
	for _, g := range f.Args {
		out += " " + show(g)
	}
	return out + ")"
}

// TestSizes keeps the automata of what people write small.
func TestSizes(t *testing.T) {
	p, q, r := prop(0), prop(1), prop(2)
	always := func(f *model.Formula) *model.Formula { return form(model.AlwaysOp, f) }
	eventually := func(f *model.Formula) *model.Formula { return form(model.EventuallyOp, f) }
	for _, c := range []struct {
		f            *model.Formula
		negate       bool
		states, sets int
	}{
		{form(model.LeadsToOp, p, q), true, 2, 1},
		{form(model.LeadsToOp, p, q), false, 2, 1},
		{always(p), true, 2, 1},
		{always(p), false, 1, 0},
		{eventually(p), true, 1, 0},
		{always(eventually(p)), false, 1, 1},
		{always(eventually(p)), true, 2, 1},
		{eventually(always(p)), true, 1, 1},
		{form(model.AndOp, always(eventually(p)), always(eventually(q)), always(eventually(r))), false, 1, 3},
		{form(model.ImpliesOp, always(eventually(p)), always(eventually(q))), true, 2, 1},
		{form(model.UntilOp, p, q), false, 2, 1},
		{form(model.WeakUntilOp, p, q), true, 2, 1},
		{always(form(model.ImpliesOp, p, form(model.UntilOp, q, r))), true, 3, 1},
		{form(model.TrueOp), false, 1, 0},
		{form(model.TrueOp), true, 0, 0},
		{form(model.OrOp, p, form(model.NotOp, p)), true, 0, 0},
		{form(model.ImpliesOp, always(p), eventually(p)), true, 0, 0},
		{form(model.IffOp, eventually(form(model.OrOp, p, q)), form(model.OrOp, eventually(p), eventually(q))), true, 0, 0},
	} {
		a, err := Translate(t.Context(), c.f, c.negate)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.States) > c.states || a.Sets > c.sets {
			t.Errorf("%s (negated: %v): got %d states and %d sets, want %d and %d\n%+v", show(c.f), c.negate, len(a.States), a.Sets, c.states, c.sets, a)
		}
	}
}

func TestRefused(t *testing.T) {
	var props, goals []*model.Formula
	for i := range 65 {
		props = append(props, prop(i))
		goals = append(goals, form(model.AlwaysOp, form(model.OrOp, prop(i%30), form(model.NextOp, form(model.EventuallyOp, prop(30+i%30))))))
	}
	for _, c := range []struct {
		f     *model.Formula
		large bool
	}{
		{form(model.OrOp, props...), true},
		{form(model.AndOp, goals...), true},
		{form(model.CanOp, prop(0)), false},
		{form(model.UntilOp, prop(0)), false},
	} {
		_, err := Translate(t.Context(), c.f, false)
		if err == nil || errors.Is(err, ErrTooLarge) != c.large {
			t.Errorf("%.60s: got error %v", show(c.f), err)
		}
	}
}

// TestTranslateEnds gives up a translation that would take minutes when nobody waits for it any more.
func TestTranslateEnds(t *testing.T) {
	var parts []*model.Formula
	for p := range 12 {
		parts = append(parts, form(model.AlwaysOp, form(model.EventuallyOp, prop(p))))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Translate(ctx, form(model.AndOp, parts...), false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was given up", err)
	}
}
