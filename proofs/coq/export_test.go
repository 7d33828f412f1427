package coq

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares what is written of a small model with testdata.
func TestGolden(t *testing.T) {
	p := loadText(t, ring)
	found, _ := search(t, p, p.IR(), 1000)
	d, err := Export(p.IR(), found, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model/Model.v", "model/Proof.v", "model/Assumptions.v", "Makefile", "README.md"} {
		golden := filepath.Join("testdata", "ring", filepath.Base(name))
		got := d.file(name)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	again, err := Export(p.IR(), found, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Files, again.Files); diff != "" {
		t.Errorf("a second time it is another one:\n%s", diff)
	}
}

// TestLines sees that long terms are broken, at every model of the library that is quickly searched.
func TestLines(t *testing.T) {
	for _, name := range []string{"oci/lifecycle.bh", "hybrid/forest.bh", "esxi/cpu/round_robin.bh"} {
		p := loadModel(t, name)
		d, err := Export(p.IR(), Found{States: 1}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(d.file("model/Model.v"), "\n") {
			if len(line) > width && !strings.HasPrefix(line, "(**") {
				t.Errorf("%s: a line of %d bytes: %s", name, len(line), line)
			}
		}
	}
}

// TestDeep sees that a term of many levels does not become a text of their square.
func TestDeep(t *testing.T) {
	deep := call("EInt", integer(0))
	for range 2000 {
		deep = call("EBin", call("Add"), deep, call("EInt", integer(1)))
	}
	var b strings.Builder
	deep.write(&b, 0, false, ".")
	if most := 2000 * 3 * width; b.Len() > most {
		t.Errorf("got %d bytes, want at most %d", b.Len(), most)
	}
}

// TestOps sees that every operation of package ir is written, under a name that Syntax.v has.
func TestOps(t *testing.T) {
	syntaxText, err := theories.ReadFile("theories/Syntax.v")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, w := range word.FindAllString(comment.ReplaceAllString(string(syntaxText), " "), -1) {
		known[w] = true
	}
	boolean := types.BoolType()
	both := &types.Type{Kind: types.Map, Key: boolean, Elem: boolean, Max: 1}
	leaf := &ir.Expr{Op: ir.Const, Type: both}
	for op := ir.Const; op <= ir.Abs; op++ {
		e := &ir.Expr{Op: op, Type: both, Args: []*ir.Expr{leaf, leaf, leaf}}
		switch op {
		case ir.Forall, ir.Exists, ir.Count, ir.Sum, ir.MinOver, ir.MaxOver, ir.Pick, ir.SetOver, ir.MapOver:
			e.Binders = []ir.Binder{{Kind: ir.AllOf, Type: boolean}}
		case ir.Match:
			e.Arms = []ir.Arm{{Body: leaf}}
		}
		p := &ir.Program{Vars: []ir.Var{{Name: "v", Type: boolean}}, Locals: []ir.Local{{Name: "l", Type: boolean}}, Funcs: []ir.Func{{Name: "f", Body: leaf}}}
		tr := newTranslator(p)
		tr.scope = []ir.LocalID{0}
		text := tr.expr(e).flat(false)
		if tr.refusal != nil {
			t.Errorf("operation %d is refused: %v", op, tr.refusal)
		}
		for _, w := range word.FindAllString(comment.ReplaceAllString(text, " "), -1) {
			if !known[w] && w != "None" && w != "Some" {
				t.Errorf("operation %d is written as %s, of which Syntax.v has no %s", op, text, w)
			}
		}
	}
	tr := newTranslator(&ir.Program{})
	if tr.expr(&ir.Expr{Op: ir.Abs + 1, Pos: syntax.Pos{Filename: "m.bh", Line: 3, Column: 4}}); tr.refusal == nil || !strings.HasPrefix(tr.refusal.Error(), "m.bh:3:4: ") {
		t.Errorf("an operation without a meaning: %v", tr.refusal)
	}
}

func TestRefused(t *testing.T) {
	const head = "model M\ntype Big = 0..2000000\nstate { x: Big = 0; s: set[0..3] = {} }\n"
	for _, c := range []struct{ text, want string }{
		{head + "action A() when exists b in Big: b > x { x = 1 }\n", "m.bh:4:17: the proof would go through all values of Big; it goes through at most 1048576"},
		{"model M\nstate { x: 0..2000000 = any }\naction A() { x = 1 }\n", "m.bh:2:9: the proof would go through all values of 0..2000000"},
	} {
		p := loadText(t, c.text)
		d, err := Export(p.IR(), Found{States: 5}, Options{})
		var refused *RefusedError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), c.want) || d != nil {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	p := loadText(t, ring)
	if _, err := Export(p.IR(), Found{States: 300_001}, Options{}); err == nil || !strings.Contains(err.Error(), "300001 states are reachable") {
		t.Errorf("too many states: %v", err)
	}
	if _, err := Export(p.IR(), Found{States: 300_001}, Options{Fast: true}); err != nil {
		t.Errorf("not too many states for a fast proof: %v", err)
	}
	if _, err := Export(p.IR(), Found{}, Options{}); err == nil {
		t.Error("a proof about no state is made")
	}
	if _, err := Export(p.IR(), Found{States: 5, Verdicts: map[string]Verdict{"Other": Holds}}, Options{}); err == nil || !strings.Contains(err.Error(), "Other") {
		t.Errorf("a verdict on what is no property: %v", err)
	}
}

// TestNames sees that names which mean something to Coq, or to the library, are written otherwise, each in its own way.
func TestNames(t *testing.T) {
	p := loadText(t, `model M
type Set = 0..1
type Invariant = enum { a, b }
state { x: Set = 0; y: Invariant = a }
func holds(s: Set) bool = s == 0
func holds_(s: Set) bool = not holds(s)
action Prop() { x = 1 }
action Prop_() { y = b } ensures holds(x) or holds_(x)
invariant certificate { holds(x) }
invariant Prop__ensures { true }
invariant reachable_ { true }
step States { x >= old(x) }
`)
	found, _ := search(t, p, p.IR(), 100)
	d, err := Export(p.IR(), found, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defined := regexp.MustCompile(`(?m)^(Definition|Theorem|Module|End) ([\w']+)`)
	for file, reserved := range map[string]map[string]bool{"model/Model.v": inModel(), "model/Proof.v": inProof()} {
		seen, module := map[string]bool{}, ""
		for _, m := range defined.FindAllStringSubmatch(d.file(file), -1) {
			switch m[1] {
			case "Module":
				module = m[2] + "."
			case "End":
				module = ""
			default:
				if seen[module+m[2]] {
					t.Errorf("%s defines %s twice", file, module+m[2])
				}
				seen[module+m[2]] = true
				if reserved[m[2]] && m[2] != "model" && m[2] != "expected" && m[2] != "certificate" && m[2] != countTheorem {
					t.Errorf("%s defines %s", file, m[2])
				}
			}
		}
	}
	if got, want := strings.Join(d.Theorems(), " "), "States certificate_fails Prop__ensures reachable_ States_ Prop__ensures_ deadlock_free fault_free"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSafe sees that no text, such as the name of a file, ends the comment that it stands in, or begins one.
func TestSafe(t *testing.T) {
	for _, text := range []string{"(*)", "*)", "(*", "(**)", "((**))", "*)(*", "(*)*)", "x(*)Axiom", "\"(*\"", "a\n(*)"} {
		if got := safe(text); strings.Contains(got, "(*") || strings.Contains(got, "*)") || strings.ContainsAny(got, "\"\n") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestWrite leaves alone a folder with something else in it.
func TestWrite(t *testing.T) {
	p := loadText(t, ring)
	d, err := Export(p.IR(), Found{States: 1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for range 2 {
		if err := d.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "Makefile"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(other); err == nil {
		t.Error("a Makefile is written over")
	}
}

func TestAssumed(t *testing.T) {
	for _, c := range []struct {
		out  string
		want int // -1: too much
	}{
		{"Closed under the global context\n", 0},
		{"Axioms:\nPArray.get_set_same\n  : forall x,\n    x\nPrimInt63.int : Set\n", 2},
		{"Axioms:\nclassic : forall P, P\n", -1},
		{"Axioms:\nPArray.set : x\nloop is assumed to be guarded.\n", -1},
		{"Axioms:\nModel.Proof.certificate : certified model expected 5\n", -1},
		{"", -1},
		{"Axioms:\n", -1},
	} {
		axioms, ok := assumed(c.out)
		if ok != (c.want >= 0) || ok && len(axioms) != c.want {
			t.Errorf("of %q: %v, %v", c.out, axioms, ok)
		}
	}
}
