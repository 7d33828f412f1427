package coq

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/coqtest"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// search finds the verdicts of a system on what a development can speak of. It is false where there are more than so many states, or
// none.
func search(t testing.TB, sys model.System, p *ir.Program, most int64) (Found, bool) {
	t.Helper()
	res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, MaxStates: most, Only: Claims(p), NoWitnesses: true})
	if err != nil {
		return Found{}, false
	}
	found := Found{States: res.Stats.Distinct, Verdicts: map[string]Verdict{}}
	for _, f := range res.Properties {
		switch f.Verdict {
		case checker.Holds:
			found.Verdicts[f.Property.Name] = Holds
		case checker.Violated:
			found.Verdicts[f.Property.Name] = Violated
		}
	}
	return found, res.Exhaustive && found.States > 0
}

func loadText(t testing.TB, text string) *spec.Program {
	t.Helper()
	p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(text)}}, "m.bh")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

// library are the models of the library.
var models = os.DirFS(filepath.Join("..", "..", "model"))

func loadModel(t testing.TB, name string) *spec.Program {
	t.Helper()
	p, err := spec.Load(models, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// asked is a model of which Coq is asked whether it is as it was found to be.
type asked struct {
	name  string
	d     *Development
	found Found
	fast  bool
	alter func(model string) string // or nil: what becomes of Model.v
}

func ask(t testing.TB, name string, p *ir.Program, found Found) asked {
	t.Helper()
	d, err := Export(p, found, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return asked{name: name, d: d, found: found}
}

// text asks in one file, so that Coq is started once.
func text(t testing.TB, all []asked) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("From Coq Require Import List ZArith Uint63.\nFrom Bulkhead Require Import TS Value Syntax Meaning Semantics Certify CertifyFast.\nImport ListNotations.\n")
	for i, a := range all {
		text := a.d.file("model/Model.v")
		_, text, _ = strings.Cut(text, "Import ListNotations.\n")
		if a.alter != nil {
			altered := a.alter(text)
			if altered == text {
				t.Fatalf("%s is not altered", a.name)
			}
			text = altered
		}
		fmt.Fprintf(&b, "Module M%d.\n%s\n", i, text)
		a.d.expected().write(&b, "list expectation")
		if a.fast {
			fmt.Fprintf(&b, "Eval vm_compute in check_fast model expected %d%%N %d%%nat %d%%uint63.\n", a.found.States, depth(a.found.States), tableSize(a.found.States))
		} else {
			fmt.Fprintf(&b, "Eval vm_compute in check model expected %d%%N %d%%nat.\n", a.found.States, depth(a.found.States))
		}
		fmt.Fprintf(&b, "End M%d.\n", i)
	}
	return b.String()
}

var answer = regexp.MustCompile(`= (true|false)\s+: bool`)

// answers gives what Coq computes of each.
func answers(t testing.TB, all []asked) []bool {
	t.Helper()
	outs, err := coqtest.Run(t, coqtest.File{Name: "Asked.v", Text: text(t, all)})
	if err != nil {
		t.Fatal(err)
	}
	var out []bool
	for _, m := range answer.FindAllStringSubmatch(outs[0], -1) {
		out = append(out, m[1] == "true")
	}
	if len(out) != len(all) {
		t.Fatalf("%d answers to %d questions:\n%s", len(out), len(all), outs[0])
	}
	return out
}

// draw makes models, and finds of each by the plain interpreter what is true of it.
func draw(t testing.TB, seed, n int) (all []asked, texts []string) {
	for ; len(all) < n; seed++ {
		text := rapid.Custom(gen.Model).Example(seed)
		p := loadText(t, text)
		plain, err := p.Plain()
		if err != nil {
			t.Fatal(err)
		}
		found, ok := search(t, plain, p.IR(), 300)
		if !ok {
			continue
		}
		d, err := Export(p.IR(), found, Options{})
		if err != nil { // too many values to go through
			continue
		}
		all, texts = append(all, asked{name: fmt.Sprintf("seed %d", seed), d: d, found: found, fast: seed%4 == 0}), append(texts, text)
	}
	return all, texts
}

// TestDrawn compares the meaning of the language in Coq with the plain interpreter on drawn models: the number of states, and the verdict
// on each property, the absence of deadlocks and faults among them.
func TestDrawn(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	rounds := 1
	if os.Getenv("BULKHEAD_SOAK") != "" {
		rounds = 20
	}
	kinds := map[string]int{}
	for round := range rounds {
		all, texts := draw(t, 1000*round, 60)
		for i, ok := range answers(t, all) {
			if !ok {
				t.Errorf("%s: Coq does not agree with %v on\n%s", all[i].name, all[i].found, texts[i])
			}
			for _, c := range all[i].d.Claims {
				kinds[fmt.Sprintf("%s %d", c.term.head, c.Verdict)]++
			}
		}
	}
	for _, want := range []string{
		"Invariant 1", "Invariant 2", "Step 1", "Step 2", "AtMost 1", "AtMost 2", "AtLeast 1", "AtLeast 2", "Ensures 1", "Ensures 2",
		"Reachable 1", "Reachable 2", "NoDeadlock 1", "NoDeadlock 2", "NoFault 1", "NoFault 2", "Defined 0",
	} {
		if kinds[want] == 0 {
			t.Errorf("nothing drawn shows %s: %v", want, kinds)
		}
	}
}

// TestModels compares on the models of the library that have few states, and on their mutants, of which it expects the verdicts that they
// have and not those of the model.
func TestModels(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	names := []string{"oci/lifecycle.bh", "hybrid/forest.bh", "hybrid/pages.bh", "hybrid/budget.bh"}
	if os.Getenv("BULKHEAD_SOAK") != "" {
		names = all(t)
	}
	seen := 0
	for _, name := range names {
		p := loadModel(t, name)
		found, ok := search(t, p, p.IR(), 3000)
		if !ok {
			continue
		}
		d, err := Export(p.IR(), found, Options{})
		if err != nil {
			t.Log(err)
			continue
		}
		seen++
		questions, want := []asked{{name: name, d: d, found: found}}, []bool{true}
		for i, m := range p.Mutants() {
			if m.Config != "" {
				continue
			}
			code := *p.IR()
			code.Actions = slices.Clone(code.Actions)
			code.Actions[code.Mutants[i].Action] = *code.Mutants[i].Replaced
			its, ok := search(t, m.System(), &code, 3000)
			if !ok {
				continue
			}
			questions, want = append(questions, ask(t, m.Name, &code, its)), append(want, true)
			if slices.Contains(Claims(&code), m.Breaks) {
				questions, want = append(questions, ask(t, m.Name+" taken for the model", &code, found)), append(want, false)
			}
		}
		for i, got := range answers(t, questions) {
			if got != want[i] {
				t.Errorf("%s: %s: Coq says %v of %v", name, questions[i].name, got, questions[i].found)
			}
		}
	}
	if seen < min(len(names), 4) {
		t.Errorf("%d models are small enough, of %d", seen, len(names))
	}
}

// TestOrders compares the order of the values of each kind of type.
func TestOrders(t *testing.T) {
	coqtest.Need(t)
	text, err := os.ReadFile(filepath.Join("testdata", "orders.bh"))
	if err != nil {
		t.Fatal(err)
	}
	p := loadText(t, string(text))
	plain, err := p.Plain()
	if err != nil {
		t.Fatal(err)
	}
	found, _ := search(t, plain, p.IR(), 100)
	for name, v := range found.Verdicts {
		if v != Holds {
			t.Errorf("%s does not hold", name)
		}
	}
	if !answers(t, []asked{ask(t, "orders", p.IR(), found)})[0] {
		t.Error("Coq does not agree")
	}
}

// TestFaults compares, expression by expression, whether there is a value and which.
func TestFaults(t *testing.T) {
	coqtest.Need(t)
	const (
		most  = "9223372036854775807"
		least = "(-9223372036854775807 - 1)"
	)
	exprs := []string{
		"id(" + most + ") + id(1)", "id(" + most + ") + id(0)", "id(" + least + ") - id(1)", "id(" + least + ") - id(0)",
		"id(" + most + ") * id(2)", "id(" + least + ") * id(-1)", "id(3037000499) * id(3037000499)", "-id(" + least + ")", "-id(" + most + ")",
		"abs(id(" + least + "))", "abs(id(-3))", "id(7) / id(0)", "id(7) % id(0)", "id(" + least + ") / id(-1)", "id(" + least + ") % id(-1)",
		"id(-7) / id(2)", "id(-7) % id(2)", "id(7) / id(-2)", "id(7) % id(-2)", "id(-7) / id(-2)", "id(-7) % id(-2)",
		"narrow(id(3))", "narrow(id(4))", "narrow(id(0))", "narrow(id(-1))", "max(0, min(3, id(9)))", "max(0, min(3, id(-9)))",
		"min(id(3), id(1), id(2))", "max(id(1), id(3), id(2))",
		"head(q)", "head(e)", "size(tail(q))", "size(tail(e))", "q[id(1)]", "q[id(2)]", "q[id(-1)]", "e[id(0)]", "size(append(q, 1))", "size(append(q3, 1))",
		"size(add(b, 1))", "size(add(b3, 1))", "size(remove(b, 1))", "size(remove(b, 3))", "size(b union b)", "size(b union eb)", "size(b minus b3)",
		"size(b intersect b3)", "multiplicity(b3, 1)", "size(elems(b3))", "size(elems(q3))",
		"o.value", "n.value", "m[id(2) - 2]", "pick x in 0..3 where x > 2", "pick x in 0..3 where x > 3", "min x in 0..3 where x > 2: x", "min x in 0..3 where x > 3: x",
		"max x in 0..3 where x < 0: x", "min(s)", "max(s0)", "sum x in 0..1: if x == 0 then id(" + most + ") else id(1)", "sum x in 0..1: id(-1) + x",
		"count x in 0..3: x > id(1)",
		"(if id(1) == 1 then 2 else id(1) / 0)", "(if id(0) == 1 then 2 else id(1) / 0)", "down(id(3))", "down(id(-2))", "up(id(3))", "same(id(3))", "below(id(1))",
		"truth(id(1) == 1 or id(1) / 0 == 1)", "truth(id(0) == 1 or id(1) / 0 == 1)", "truth(id(0) == 1 and id(1) / 0 == 1)", "truth(id(0) == 1 implies id(1) / 0 == 1)",
		"truth(exists x in 0..3: x == 1 or 6 / (x - 2) > 9)", "truth(exists x in 0..3: x == 3 or 6 / (x - 2) > 9)", "truth(forall x in 0..3: x < 1 and 6 / (x - 2) < 9)",
		"truth(forall x in 0..3 where 6 / (x - 2) < 9: x < 1)", "truth(exists x in 0..3, y in x..6 / (x - 2): true)", "truth({1} in powerset(s))", "truth(s subset s0)", "truth(s0 subset s)",
		"weigh(some(id(3)))", "weigh(none)", "shape(Line(id(3)))", "shape(Dot)", "shape(Box(1, 2))",
	}
	agree(t, faults, exprs)
}

// agree asks about a model with each of several texts in it.
func agree(t *testing.T, model string, texts []string) {
	t.Helper()
	var questions []asked
	for _, x := range texts {
		p, err := spec.Load(fstest.MapFS{"m.bh": {Data: []byte(strings.Replace(model, "HERE", x, 1))}, "abstract.bh": {Data: []byte(abstract)}}, "m.bh")
		if err != nil {
			t.Errorf("%s: %v", x, err)
			continue
		}
		plain, err := p.Plain()
		if err != nil {
			t.Fatal(err)
		}
		found, _ := search(t, plain, p.IR(), 1000)
		questions = append(questions, ask(t, x, p.IR(), found))
	}
	for i, ok := range answers(t, questions) {
		if !ok {
			t.Errorf("%s: Coq does not agree with %v", questions[i].name, questions[i].found)
		}
	}
}

// TestProperties compares, one by one, what claims say: of steps, of their faults, of ends, and of what has no value.
func TestProperties(t *testing.T) {
	coqtest.Need(t)
	const (
		upTo2 = "action Up when x < 2 { x += 1 }\n"
		round = upTo2 + "action Back when x == 2 { x = 0 }\n"
	)
	agree(t, properties, []string{
		"action Put(p: 0..1, q: 0..2) when x + p < 4 { x += p; y = q } ensures x == old(x) + p and y == q",
		"action Put(p: 0..1, q: 0..2) when x + p < 4 { x += p; y = q } ensures x == old(x) + q",
		"action Put(p: 0..1, q: 0..2) when x + p < 4 { x += p; y = q } ensures q <= y and p == x - old(x)",
		"action Put(p: 0..1, q: 0..2) { x = p; y = q } ensures old(y) + q - p < 4", "action Put(p: 0..1, q: 0..2) { x = p; y = q } ensures old(y) + q - p < 3",
		"action Up when x < 3 { x += 1 } ensures x > old(x)\naction Down when x > 0 { x -= 1 } ensures x < old(x)",
		"action Up when x < 3 { x += 1 } ensures x < old(x)\naction Down when x > 0 { x -= 1 } ensures x < old(x)",
		"action Up when x < 3 { x += 1 } ensures old(x) == 3\naction Down when x > 0 { x -= 1 } ensures old(y) == 1",
		"action Up when x < 3 { x += 1 } ensures 6 / old(x) > 1", "action Up when x < 3 { x += 1 } ensures 6 / (2 - x) > 5",
		"action Up when x < 3 { either { x += 1 } or { skip } } ensures 1 / (1 - x) == 7",
		"action Up when x < 3 { either { x += 1 } or { x = 6 / x } } ensures x > 0",
		"action Up when x < 3 { x += 1; y = old(x) } ensures y == x", "action Up when x < 3 { x += 1; y = old(x + y) - y } ensures y == old(x)",
		"action Up when x < 3 { x += 1; x = old(both()) - old(y) + 1; y = old(plus(x)) - both() } ensures both() == old(both())",
		"action Up when x < 2 { x += 1 } ensures plus(old(x)) == old(plus(x)) + 1", "action Up when x < 2 { x += 1 } ensures exists k in 0..x: old(k + x) == x and k > old(x)",
		"action Up when x < 2 { x += 1 } ensures old(x) < x and old(if x == 0 then x == y - 1 else x == y)",
		round + "step S { x == old(x) + 1 or old(x) == 2 }", round + "step S { old(x) < 2 }", round + "step S { old(plus(x)) <= plus(x) }",
		round + "step S { 6 / (old(x) - 1) != 0 }", round + "step S { 6 / x > 2 }", "action Pick { choose k in 0..3 { x = k } }\nstep S { 6 / (x - old(x)) > 5 }",
		"action Pick { choose k in 0..3 { x = k } } ensures 6 / (x - old(x)) > 5", "action Pick { choose k in 0..3 { x = k } }\nstep S { x == 3 or 6 / (x - 3) < -2 }",
		upTo2, upTo2 + "terminal { x == 2 }", upTo2 + "terminal { x == 1 }", upTo2 + "terminal { x == 1 }\nterminal { x == 2 }", upTo2 + "terminal { 1 / (x - 2) == 1 }",
		upTo2 + "terminal { 1 / (x - 2) == 1 }\nterminal { x == 2 }", upTo2 + "terminal { x == 2 }\nterminal { 1 / (x - 2) == 1 }", upTo2 + "terminal { 1 / (x - 1) == 1 }",
		upTo2 + "terminal { x == 0 }\nterminal { 1 / (x - 2) == 1 }", upTo2 + "action Fails when x == 2 { assert false }", upTo2 + "action Fails when 1 / (x - 2) > 0 { x = 0 }",
		upTo2 + "action Nothing { when false }", upTo2 + "action Still { skip }", "init { x = 2 }\n" + upTo2, "init { choose k in 0..2 where k != 1 { x = k } }\n" + upTo2 + "terminal { x == 2 }",
		"init { choose k in 0..2 { x = 2 / k } }\n" + round, "init { choose k in 0..3 { x = k; when k > 2 } }\n" + round,
		round + "invariant I { x < 3 }", round + "invariant I { x != 1 }", round + "invariant I { 6 / (x - 1) != 0 }", round + "invariant I { x == 0 or 6 / (x - 2) == 7 }",
		round + "reachable R { x == 2 }", round + "reachable R { x == 3 }", round + "reachable R { 6 / (x - 1) == 6 }", round + "reachable R { 6 / (x - 1) == 7 }",
		round + "bound B { max(x) <= 2 }", round + "bound B { max(x) < 2 }", round + "bound B { min(x) >= 0 }", round + "bound B { min(x) > 0 }",
		round + "bound B { max(6 / (x - 1)) <= 6 }", round + "bound B { max(6 / (x - 1)) <= 5 }", round + "bound B { min(6 / (x - 1)) >= -6 }", round + "bound B { min(6 / (x - 1)) > -6 }",
		round + "property P { always eventually 6 / (x - 1) == 6 }", round + "property P { always can x == 2 }", round + "property P { x == 1 ~> 6 / (x - 4) == -3 within 2 }",
		round + "observe d(t: 1..2) { t + 6 / (x - 1) }\nacts d(t) = { Up where t == 1 }\nisolated I { t, u in 1..2 where t < u }",
		round + "observe d(t: 1..2) { if t == 1 then y else 6 / (x - 1) }\nacts d(t) = { Up where t == 1 }\nisolated I { t, u in 1..2 where t < u }",
		round + "observe d(t: 1..2) { t }\nacts d(t) = { Up where t == 6 / (x - 1) }\nisolated I { t, u in 1..2 where t < u }",
		round + "observe d(t: 1..2) { 6 / (x - 1) }\nacts d(t) = { Up where t == 6 / (x - 1) }",
		round + "refines \"abstract.bh\" as A { A.n = 6 / (x - 1) }", round + "refines \"abstract.bh\" as A { A.n = 6 / (x + 1) }", round + "refines \"abstract.bh\" as A { A.n = 5 * x }",
	})
}

// TestStatements compares, body by body, the states that an action leads to, and whether there is a fault.
func TestStatements(t *testing.T) {
	coqtest.Need(t)
	agree(t, statements, []string{
		"a = 1; b = a", "b = a + 1; a = b", "a = 4 / b", "either { a = 1 } or { a = 2 } or { b = 3 }", "either { a = 1 } or { a = 4 / b } or { b = 3 }",
		"either { a = 1 } or { when false }; b = 2", "choose x in 0..3 { a = x }", "choose x in 0..3 where x > 1 { a = x }",
		"choose x in 0..3 where 4 / (x - 2) < 9 { a = x }", "choose x in 0..4 / b { a = x }", "choose x in 0..3, y in 0..4 / (x - 2) { a = x; b = min(y, 3) }",
		"choose x in { z in 0..3 | 4 / (z - 2) < 9 } { a = x }", "choose x in 0..3 { a = 4 / (x - 1) }", "choose x in 0..3 { a = x }; choose y in 0..3 where y < a { b = y }",
		"for x in 0..3 { a = x }", "for x in 0..3 where x > a { a = x; b += 1 }", "for x in a..a + 2 { a = 3; b += 1 }", "for x in 0..2, y in a..1 { a += 1; if b < 3 { b += 1 } }",
		"for x in 0..2 { either { if b < 3 { b += 1 } } or { skip } }", "for x in 0..2 { when x != a; a = 1 }", "for x in 0..3 where 4 / (x - 2) < 9 { a = x }",
		"for x in 0..3 { choose y in 0..1 { m[x] = y } }", "for x in 0..3 { either { a = x } or { a = 4 / (x - 2) } }", "for x in s { s = s minus {x}; a = x }",
		"for x in { z in s | z > a } { a = 3; b += 1 }", "assert a == 0; a = 1", "assert a == 1; a = 1", "when a == 1; a = 2", "when 4 / b == 1; a = 2",
		"m[a] = 1; m[m[0] + 1] = 2", "m[0] = 3; m[m[0]] = 2", "m[q[0]] = 3", "q[0] = 3; q[1] = q[0]", "q[2] = 1", "q[b] = 1; q[a - 1] = 2", "r.inner[1].x = 3; a = r.inner[1].x",
		"r.inner[1].l[0] = 2", "r.inner[0].l[1] = 2", "r.flag = true; a = if r.flag then 1 else 2", "r = r with {flag = true, inner = r.inner with {[1] = {x = 2, l = [3]}}}",
		"a = old(b); b = 3; a = old(b) + 1", "b = 3; let c = b; b = 1; a = c", "let c = 1; either { let d = c + 1; a = d } or { let d = c + 2; a = d }; b = c",
		"u = Line(2); match u { Line(n) -> { a = n } | Box(_, h) -> { a = h } | Dot -> { skip } }", "u = Box(1, 3); match u { Line(n) -> { a = n } | Box(_, h) -> { a = h } | Dot -> { skip } }",
		"match o { some(n) -> { a = n; o = none } | none -> { o = some(3) } }; b = a", "if a == 0 { b = 1 } else if a == 1 { b = 2 } else { b = 3 }; a = b",
		"if 4 / b > 0 { a = 1 }", "if a == 0 { either { a = 1 } or { a = 2 } }; b = a", "a = 5 - 1", "a = b - 1", "a += 4", "b -= 1",
		"a = 1; assert old(a) == 0", "a = 1; when old(a) == 0; b = 2", "a = 1; if old(a) == 0 { b = 2 }", "a = 2; let c = old(a); b = c", "a = 2; m[old(a)] = 3", "a = 1; m[3] = old(a) + 1",
		"o = none; match old(o) { some(n) -> { a = n } | none -> { a = 3 } }", "a = 1; q[old(a)] = 2", "a = 2; for x in 0..3 where x <= old(a) { b += 1 }", "a = 1; for x in 0..1 { m[x] = old(a) + 2 }",
		"a = 1; for x in old(a)..1 { b += 1 }", "a = 2; choose x in 0..3 where x == old(a) { b = x + 1 }", "a = 2; choose x in old(a)..1 { b = x }", "a = 2; choose x in 0..1 { b = x + old(a) }",
		"a = 1; either { b = old(a) + 1 } or { b = old(a) + 3 }",
		"choose x in 0..1, y in x..2 where x + y > 0 { a = x; b = y }", "choose t in powerset({1, 3}) { s = t }", "choose x in {3, 1} { a = x }; when a == 3; b = 1",
	})
}

const properties = `model Properties
state {
  x: 0..3 = 0
  y: 0..3 = 1
}
func both() int = x + y
func plus(n: int) int = both() + n
HERE
`

const abstract = `model Abstract
state { n: -6..6 = 6 }
action Any { choose m in -6..6 { n = m } }
`

const statements = `model Statements
type Shape = union { Dot | Line(len: 0..3) | Box(w: 0..3, h: 0..3) }
type Inner = record { x: 0..3, l: seq[0..3, 2] }
type Outer = record { flag: bool, inner: map[0..1]Inner }
state {
  a: 0..3 = 0
  b: 0..3 = 0
  m: map[0..3]0..3 = 0
  q: seq[0..3, 3] = [2, 1]
  s: set[0..3] = {0, 1, 3}
  o: option[0..3] = some(2)
  u: Shape = Dot
  r: Outer = {flag = false, inner = {i -> {x = i, l = [1]} for i in 0..1}}
  done: bool = false
}
action Ask() when not done { done = true; HERE }
terminal { done }
step Changes { a != old(a) or b != old(b) or m != old(m) or q != old(q) or s != old(s) or o != old(o) or u != old(u) or r != old(r) }
bound A { max(a) <= 2 }
bound B { max(b) <= 1 }
bound M { max(sum i in 0..3: m[i] * (i + 1)) <= 7 }
bound Q { max(q[0] + q[1]) <= 3 }
bound S { max(size(s)) <= 2 }
bound R { max(r.inner[1].x + r.inner[1].l[0] + size(r.inner[1].l)) <= 4 }
`

const faults = `model Faults
type Shape = union { Dot | Line(len: 0..9) | Box(w: 0..3, h: 0..3) }
func id(x: int) int = x
func narrow(x: 0..3) int = x
func truth(p: bool) int = if p then 1 else 0
func down(x: int) int decreases x = if x == 0 then 0 else 2 + down(x - 1)
func up(x: int) int decreases x = if x == 9 then 0 else 2 + up(x + 1)
func same(x: int) int decreases 5 = if x == 0 then 0 else 2 + same(x - 1)
func below(x: int) int decreases x = if x < 0 then 1 else 2 + below(x - 1)
func weigh(x: option[0..9]) int = match x { none -> 5 | some(k) -> k + 1 }
func shape(x: Shape) int = match x { Line(k) -> k * 2 | Box(w, h) -> w * 10 + h | _ -> 7 }
state {
  q: seq[0..3, 3] = [2, 1]
  q3: seq[0..3, 3] = [2, 1, 2]
  e: seq[0..3, 3] = []
  b: bag[0..3, 3] = bag{1, 2}
  b3: bag[0..3, 3] = bag{1, 1, 2}
  eb: bag[0..3, 3] = bag{0}
  o: option[0..3] = some(2)
  n: option[0..3] = none
  m: map[0..3]0..3 = {0 -> 3, 1 -> 2, 2 -> 1, 3 -> 0}
  s: set[0..3] = {1, 3}
  s0: set[0..3] = {}
  done: bool = false
  low:  0..15 = 0 // of the value, its digits
  high: 0..15 = 0
  sign: bool = false
}
action Ask() when not done {
  let v = HERE
  done = true
  low = v % 16
  high = v / 16 % 16
  sign = v < 0
}
terminal { done }
invariant L0 { low % 2 == 0 }
invariant L1 { low / 2 % 2 == 0 }
invariant L2 { low / 4 % 2 == 0 }
invariant L3 { low / 8 == 0 }
invariant H0 { high % 2 == 0 }
invariant H1 { high / 2 % 2 == 0 }
invariant H2 { high / 4 % 2 == 0 }
invariant H3 { high / 8 == 0 }
invariant Sign { not sign }
`

// all lists the models of the library.
func all(t testing.TB) (names []string) {
	err := fs.WalkDir(models, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".bh") && !strings.Contains(name, "testdata") {
			if _, bad := spec.Load(models, name); bad == nil { // parts are no models
				names = append(names, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// ring is a small model with a property of each kind.
const ring = `model Ring

const N = 3
type Place = 0..N - 1
type Phase = enum { idle, busy }

state {
  at: Place = 0
  phase: map[Place]Phase = idle
  seen: set[Place] = {}
  log: seq[Place, 2] = []
}

func after(p: Place) Place = (p + 1) % N

action Move() when phase[at] == idle {
  at = after(at)
  seen = seen union {at}
} ensures at != old(at)

action Work(p: Place) when p == at and size(log) < 2 { phase[p] = busy; log = append(log, p) }

action Rest() { phase = {q -> idle for q in Place}; log = [] }

invariant Busy { forall p in Place: phase[p] == busy implies exists i in 0..size(log) - 1: log[i] == p }
step OneAtATime { size(seen) <= size(old(seen)) + 1 }
bound Full { max(size(log)) <= 2 }
bound Least { min(size(seen)) >= 0 }
reachable All { size(seen) == N and phase[2] == busy }
invariant Quiet { log == [] }
reachable Never { size(seen) > N }
property Returns { always eventually at == 0 }
`

// TestAltered has Coq refuse a development of which anything is altered: the number of states, a verdict, a limit, an action, an initial
// value, a guard.
func TestAltered(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	p := loadText(t, ring)
	found, _ := search(t, p, p.IR(), 1000)
	plain := ask(t, "as it is", p.IR(), found)
	questions := []asked{plain}
	for _, c := range plain.d.Claims {
		if c.Verdict == Unknown {
			continue
		}
		other := Found{found.States, map[string]Verdict{}}
		for name, v := range found.Verdicts {
			other.Verdicts[name] = v
		}
		other.Verdicts[c.Property] = Holds + Violated - c.Verdict
		questions = append(questions, ask(t, "another verdict on "+c.Property, p.IR(), other))
	}
	for _, n := range []int64{found.States - 1, found.States + 1} {
		questions = append(questions, ask(t, fmt.Sprintf("%d states", n), p.IR(), Found{n, found.Verdicts}))
	}
	alter := func(name, old, with string) {
		a := plain
		a.name = name
		a.alter = func(text string) string { return strings.Replace(text, old, with, 1) }
		questions = append(questions, a)
	}
	alter("a limit", "AtMost (EUn Size (EVar 3 (* log *))) 2", "AtMost (EUn Size (EVar 3 (* log *))) 1")
	alter("an action dropped", "[Actions.Move; Actions.Work; Actions.Rest]", "[Actions.Move; Actions.Rest]")
	alter("another action dropped", "[Actions.Move; Actions.Work; Actions.Rest]", "[Actions.Move; Actions.Work]")
	alter("an initial value", "(Some (EInt 0)) (* at *)", "None (* at *)")
	alter("a statement", "SAssign (0 (* at *)) [] (ECall 0", "SWhen (ECall 0")
	alter("a claim dropped", "Claims.Busy;", "")
	alter("a full sequence", "Append 2", "Append 1")
	fast := plain
	fast.fast = true
	questions = append(questions, fast)
	for i, got := range answers(t, questions) {
		if want := i == 0 || i == len(questions)-1; got != want {
			t.Errorf("%s: Coq says %v", questions[i].name, got)
		}
	}
}

// TestProofs compiles developments as they are written, and looks at what their theorems assume.
func TestProofs(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	for _, c := range []struct {
		model string
		fast  bool
	}{{"oci/lifecycle.bh", false}, {"hybrid/forest.bh", true}, {"esxi/cpu/round_robin.bh", false}} {
		p := loadModel(t, c.model)
		found, _ := search(t, p, p.IR(), 10_000)
		d, err := Export(p.IR(), found, Options{Fast: c.fast})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		axioms, err := compileIn(t, d, dir)
		if err != nil {
			t.Fatalf("%s: %v", c.model, err)
		}
		if found.States < 1000 || os.Getenv("BULKHEAD_SOAK") != "" {
			validate(t, dir)
		}
		if (len(axioms) > 0) != c.fast {
			t.Errorf("%s assumes %v", c.model, axioms)
		}
		for _, a := range axioms {
			if !coqtest.Primitive(a) {
				t.Errorf("%s assumes %s", c.model, a)
			}
		}
		t.Logf("%s: %d states, %d theorems", c.model, found.States, len(d.Theorems()))
	}
}

// validate has coqchk, which has no virtual machine, look at a compiled Proof.v.
func validate(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("coqchk"); err != nil {
		t.Log("coqchk is not installed: left out")
		return
	}
	c := exec.Command("coqchk", "-silent", "-Q", "theories", "Bulkhead", "-Q", "model", "Model", "-norec", "Model.Proof")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("coqchk: %v\n%s", err, out)
	}
}

// compileIn compiles a development in a folder with the library that tests have compiled.
func compileIn(t *testing.T, d *Development, dir string) ([]string, error) {
	t.Helper()
	lib := coqtest.Library(t)
	if err := d.Write(dir); err != nil {
		t.Fatal(err)
	}
	own := *d
	own.Files = slices.DeleteFunc(slices.Clone(d.Files), func(f File) bool { return strings.HasPrefix(f.Name, "theories/") })
	if err := os.RemoveAll(filepath.Join(dir, "theories")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(lib, "theories"), filepath.Join(dir, "theories")); err != nil {
		t.Fatal(err)
	}
	return own.Compile(context.Background(), dir)
}

// TestRefusedByCoq sees that a wrong development does not compile: neither one that claims too much, nor one in which a theorem is
// assumed, nor one whose theorem says something else.
func TestRefusedByCoq(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	p := loadText(t, ring)
	found, _ := search(t, p, p.IR(), 1000)
	for _, c := range []struct{ name, old, with string }{
		{"the number of states", fmt.Sprintf("expected %d.", found.States), fmt.Sprintf("expected %d.", found.States+1)},
		{"the proof", "  vm_cast_no_check (eq_refl true).\nQed.", "Admitted."},
		{"the statement", "holds model Claims.Busy s = true", "fails model Claims.Busy s = true"},
	} {
		d, err := Export(p.IR(), found, Options{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(d.Files, func(f File) bool { return f.Name == "model/Proof.v" })
		altered := strings.Replace(d.Files[i].Text, c.old, c.with, 1)
		if altered == d.Files[i].Text {
			t.Fatalf("%s is not altered", c.name)
		}
		d.Files[i].Text = altered
		if _, err := compileIn(t, d, t.TempDir()); err == nil {
			t.Errorf("%s: Coq accepts it", c.name)
		}
	}
}
