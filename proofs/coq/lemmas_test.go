package coq_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/coqtest"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/spec"
)

const root = "../.."

// declared lists what the Go files of a package declare at their top, tests left out: functions, types, constants, variables, and
// methods as Type.Method.
func declared(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			names = append(names, declaredBy(d)...)
		}
	}
	return names
}

func declaredBy(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		of := d.Recv.List[0].Type
		if p, ok := of.(*ast.StarExpr); ok {
			of = p.X
		}
		if name, ok := of.(*ast.Ident); ok {
			return []string{name.Name + "." + d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
		return names
	}
	return nil
}

// namedIn lists the actions, properties and mutants of a model.
func namedIn(t *testing.T, file string) []string {
	t.Helper()
	full := filepath.Join(root, filepath.FromSlash(file))
	p := modelcheck.Load(t, os.DirFS(filepath.Dir(full)), filepath.Base(full), spec.Options{})
	var names []string
	for _, a := range p.Info().Actions {
		names = append(names, a.Name)
	}
	for _, q := range p.Info().Properties {
		names = append(names, q.Name)
	}
	for _, m := range p.Mutants() {
		names = append(names, m.Name)
	}
	return names
}

// places holds what is declared in packages and named in models, by the path of either.
type places map[string][]string

// has tells whether there is what a lemma says that it speaks of.
func (p places) has(t *testing.T, of string) bool {
	t.Helper()
	place, name, isModel := strings.Cut(of, ":")
	if !isModel {
		i := strings.LastIndexByte(of, '/') + 1
		pkg, ident, _ := strings.Cut(of[i:], ".")
		place, name = of[:i]+pkg, ident
	}
	if _, ok := p[place]; !ok && isModel {
		p[place] = namedIn(t, place)
	} else if !ok {
		p[place] = declared(t, place)
	}
	return slices.Contains(p[place], name)
}

// TestLemmas resolves every name in the list of lemmas, and sees that no file of lemmas is forgotten.
func TestLemmas(t *testing.T) {
	if len(coq.Lemmas) == 0 {
		t.Fatal("there are no lemmas")
	}
	known := places{}
	for _, wrong := range []string{
		"model/balance.Smooth.Pik", "model/balance.Pick", "model/balance.TestSmoothLaws", "model/balance", "model/nothing.Smooth",
		"model/balance/smooth.bh:pick", "model/balance/smooth.bh:Nginx", "model/balance/smooth.bh:", "model/balance/least.bh:SumIsZero",
	} {
		if known.has(t, wrong) {
			t.Errorf("found %s", wrong)
		}
	}
	var names, theorems, files []string
	for _, f := range coqtest.Sources(t) {
		if path.Base(path.Dir(filepath.ToSlash(f))) == "lemmas" {
			theorems = append(theorems, theoremsOf(t, f)...)
			files = append(files, f)
		}
	}
	for _, l := range coq.Lemmas {
		if l.Name == "" || slices.Contains(names, l.Name) {
			t.Errorf("%s: the name %q is not its own", l.Theorem, l.Name)
		}
		names = append(names, l.Name)
		if !strings.HasSuffix(l.File, ".v") || !slices.Contains(theorems, l.Path()) {
			t.Errorf("%s: there is no theorem %s", l.Name, l.Path())
		}
		if !strings.HasSuffix(l.Says, ".") || len(l.Of) == 0 {
			t.Errorf("%s says %q of %q, want a sentence of something", l.Name, l.Says, l.Of)
		}
		for _, of := range l.Of {
			if !known.has(t, of) {
				t.Errorf("%s: there is no %s", l.Name, of)
			}
		}
	}
	for _, f := range files {
		base := filepath.Base(f)
		used := slices.ContainsFunc(coq.Lemmas, func(l coq.Lemma) bool { return l.File == base }) || slices.ContainsFunc(files, func(g string) bool {
			return strings.Contains(uncommented(t, g), "From BulkheadLemmas Require Import "+strings.TrimSuffix(base, ".v")+".")
		})
		if !used {
			t.Errorf("no lemma stands in %s, and no other file of lemmas needs it", base)
		}
	}
}

// TestLemmasAgain has Coq's other checker, which is a program of its own, check the proofs of all lemmas once more.
func TestLemmasAgain(t *testing.T) {
	coqtest.Need(t)
	t.Parallel()
	if _, err := exec.LookPath("coqchk"); err != nil {
		t.Skip("coqchk is not installed")
	}
	args := []string{"-silent"}
	for _, f := range coqtest.Folders {
		args = append(args, "-Q", filepath.Join(coqtest.Library(t), f.Dir), f.Path)
	}
	var files []string
	for _, l := range coq.Lemmas {
		if name := "BulkheadLemmas." + strings.TrimSuffix(l.File, ".v"); !slices.Contains(files, name) {
			files = append(files, name)
			args = append(args, "-norec", name)
		}
	}
	if out, err := exec.Command("coqchk", args...).CombinedOutput(); err != nil {
		t.Errorf("coqchk: %v\n%s", err, out)
	}
}
