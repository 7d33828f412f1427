package coq

import (
	"context"
	"fmt"
	"io/fs"
	"os"
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
	b.WriteString("From Coq Require Import List ZArith Uint63.\nFrom Bulkhead Require Import TS Value Syntax Meaning Semantics Certify.\nImport ListNotations.\n")
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
		axioms, err := compileIn(t, d)
		if err != nil {
			t.Fatalf("%s: %v", c.model, err)
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

// compileIn compiles a development with the library that tests have compiled.
func compileIn(t *testing.T, d *Development) ([]string, error) {
	t.Helper()
	lib, dir := coqtest.Library(t), t.TempDir()
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
		if _, err := compileIn(t, d); err == nil {
			t.Errorf("%s: Coq accepts it", c.name)
		}
	}
}
