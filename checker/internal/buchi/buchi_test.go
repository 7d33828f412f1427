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

// drawAgain draws a formula with parts that are to be true again and again, or from some position on.
func drawAgain(t *rapid.T) *model.Formula {
	var parts []*model.Formula
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		again := form(model.AlwaysOp, form(model.EventuallyOp, drawFormula(t, rapid.IntRange(1, 4).Draw(t, "goal"))))
		if rapid.IntRange(0, 3).Draw(t, "negated") == 0 {
			again = form(model.NotOp, again)
		}
		parts = append(parts, again)
	}
	f := form(rapid.SampledFrom([]model.Op{model.AndOp, model.AndOp, model.OrOp}).Draw(t, "op"), parts...)
	for range rapid.IntRange(0, 2).Draw(t, "around") {
		sides := []*model.Formula{f, drawFormula(t, rapid.IntRange(1, 4).Draw(t, "size"))}
		if rapid.Bool().Draw(t, "swapped") {
			sides[0], sides[1] = sides[1], sides[0]
		}
		if f = form(rapid.SampledFrom(ofTwo).Draw(t, "op"), sides...); rapid.Bool().Draw(t, "unary") {
			f = form(rapid.SampledFrom(ofOne).Draw(t, "op"), f)
		}
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
				out = append(out, edge{node{w.after(n.pos), t.To}, a.Marks(&t, letter)})
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
	if rapid.IntRange(0, 2).Draw(t, "again") == 0 {
		f = drawAgain(t)
	}
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

// again is a conjunction of so many formulas that say of a proposition each that it is true again and again.
func again(k int) *model.Formula {
	var parts []*model.Formula
	for p := range k {
		parts = append(parts, form(model.AlwaysOp, form(model.EventuallyOp, prop(p))))
	}
	return form(model.AndOp, parts...)
}

// TestSizes keeps the automata of what people write small.
func TestSizes(t *testing.T) {
	p, q, r := prop(0), prop(1), prop(2)
	always := func(f *model.Formula) *model.Formula { return form(model.AlwaysOp, f) }
	eventually := func(f *model.Formula) *model.Formula { return form(model.EventuallyOp, f) }
	for _, c := range []struct {
		f      *model.Formula
		negate bool
		want   [3]int // states, transitions and acceptance sets
	}{
		{form(model.LeadsToOp, p, q), true, [3]int{2, 3, 1}},
		{form(model.LeadsToOp, p, q), false, [3]int{2, 5, 1}},
		{always(p), true, [3]int{2, 3, 1}},
		{always(p), false, [3]int{1, 1, 0}},
		{eventually(p), true, [3]int{1, 1, 0}},
		{always(eventually(p)), false, [3]int{1, 1, 1}},
		{always(eventually(p)), true, [3]int{2, 3, 1}},
		{eventually(always(p)), true, [3]int{1, 1, 1}},
		{again(3), false, [3]int{1, 1, 3}},
		{again(12), false, [3]int{1, 1, 12}},
		{form(model.AndOp, again(3), always(form(model.NotOp, q))), false, [3]int{0, 0, 0}},
		{form(model.ImpliesOp, again(12), q), true, [3]int{2, 2, 12}},
		{form(model.ImpliesOp, again(60), always(prop(60))), true, [3]int{2, 3, 60}},
		{always(form(model.ImpliesOp, p, form(model.ImpliesOp, again(12), eventually(prop(12))))), true, [3]int{2, 3, 12}},
		{form(model.ImpliesOp, always(eventually(p)), always(eventually(q))), true, [3]int{2, 3, 1}},
		{form(model.UntilOp, p, q), false, [3]int{2, 3, 1}},
		{form(model.WeakUntilOp, p, q), true, [3]int{2, 3, 1}},
		{always(form(model.ImpliesOp, p, form(model.UntilOp, q, r))), true, [3]int{3, 6, 1}},
		{form(model.TrueOp), false, [3]int{1, 1, 0}},
		{form(model.TrueOp), true, [3]int{0, 0, 0}},
		{form(model.OrOp, p, form(model.NotOp, p)), true, [3]int{0, 0, 0}},
		{form(model.ImpliesOp, always(p), eventually(p)), true, [3]int{0, 0, 0}},
		{form(model.IffOp, eventually(form(model.OrOp, p, q)), form(model.OrOp, eventually(p), eventually(q))), true, [3]int{0, 0, 0}},
	} {
		a, err := Translate(t.Context(), c.f, c.negate)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.size(); got != c.want {
			t.Errorf("%s (negated: %v): got %d states, transitions and sets, want %d\n%+v", show(c.f), c.negate, got, c.want, a)
		}
	}
}

// known are formulas by which translations are compared, in prefix notation: those of Etessami and Holzmann (CONCUR 2000)
// and of Somenzi and Bloem (CAV 2000).
var known = []string{
	"Ua&bGc", "Ua&bXUcd", "Ua&bX&cF&dXF&eXF&fXFg", "F&aXGb", "F&aX&bXFc", "F&aXUbc", "|FGaGFb", "G>aUbc", "G&aXF&bXF&cXFd",
	"&GFa&GFb&GFc&GFdGFe", "|UaUbc|UbUcaUcUab", "G>aUb|GcGd",
	"Uab", "UaUbc", "!UaUbc", ">GFaGFb", "UFaGb", "UGab", "!=FaFb", "!>GFaGFb", "!=GFaGFb", "Ra|ab", "|UXaXb!XUab",
	"|UXab!XUa&ab", "&G>aFb|UXab!XUa&ab", "&G>aFb|UXaXb!XUab", "G>aFb", "!G>aXRbc", "!|FGaFGb", "G&FaFb", "&FaF!a",
	"R&aXbXURUcdaRca", "|Gc|&G|aGFbG|cGF!bGa", "|Ga|Gc&G|aFGbG|cFG!b", "!|Gc|&G|aGFbG|cGF!bGa", "!|Ga|Gc&G|aFGbG|cFG!b",
	"&G|aXGbG|cXG!b", "G|a&XbX!b", "|aUba",
}

// parse reads a formula in prefix notation.
func parse(s *string) *model.Formula {
	c := (*s)[0]
	*s = (*s)[1:]
	one := map[byte]model.Op{'!': model.NotOp, 'X': model.NextOp, 'G': model.AlwaysOp, 'F': model.EventuallyOp}
	two := map[byte]model.Op{
		'&': model.AndOp, '|': model.OrOp, '>': model.ImpliesOp, '=': model.IffOp, 'U': model.UntilOp, 'R': model.ReleaseOp,
	}
	if op, ok := one[c]; ok {
		return form(op, parse(s))
	}
	if op, ok := two[c]; ok {
		left := parse(s)
		return form(op, left, parse(s))
	}
	return prop(int(c - 'a'))
}

// TestKnown keeps the automata of known formulas and their negations as small as they are.
func TestKnown(t *testing.T) {
	var sum [3]int
	for _, text := range known {
		f := parse(&text)
		for _, negate := range []bool{false, true} {
			a, err := Translate(t.Context(), f, negate)
			if err != nil {
				t.Fatal(err)
			}
			for i, n := range a.size() {
				sum[i] += n
			}
		}
	}
	if want := [3]int{277, 605, 77}; sum != want {
		t.Errorf("got %d states, transitions and sets, want %d", sum, want)
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
		goal := form(model.AndOp, prop(2*p), form(model.NextOp, prop(2*p+1)))
		parts = append(parts, form(model.AlwaysOp, form(model.EventuallyOp, goal)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Translate(ctx, form(model.AndOp, parts...), false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was given up", err)
	}
}
