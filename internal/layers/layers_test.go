// Package layers keeps the architecture: which package may import which.
package layers

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bulkheadlang/bulkhead"

// allowed says what a package may import of this module, by the longest prefix of its path that stands here. An entry
// ending in /... stands for a package and all below it. Test files may also import checker, model/modeltest, spec and
// what lies in internal.
var allowed = map[string][]string{
	"model":           {},
	"model/modeltest": {"model", "checker", "internal/report"},
	"model/":          {"model", "model/vim", "model/esxi/...", "model/vsphere/...", "model/linux/...", "model/oci", "model/docker/...", "model/kubernetes/...", "spec"}, // the domains: esxi/cpu, docker/engine, …
	"model/vim":       {"model"},
	"model/failures":  {"model", "model/..."},

	// A planner asks the checker for the way to a state.
	"model/vsphere/plan": {"model", "model/...", "spec", "checker"},

	"spec":                  {"model", "spec/..."},
	"spec/syntax":           {},
	"spec/types":            {"spec/syntax"},
	"spec/ir":               {"model", "spec/syntax", "spec/types"},
	"spec/internal/layout":  {"model", "spec/types"},
	"spec/internal/total":   {"spec/ir", "spec/types"},
	"spec/internal/eval":    {"model", "spec/internal/layout", "spec/internal/total", "spec/ir", "spec/syntax", "spec/types"},
	"spec/internal/interp":  {"model", "spec/internal/layout", "spec/ir", "spec/syntax", "spec/types"},
	"spec/internal/ground":  {"model", "spec/internal/interp", "spec/ir", "spec/syntax", "spec/types"},
	"spec/internal/compose": {"spec/syntax"},
	"internal/gen":          {},

	"spec/internal/diagram":  {"spec/types"},
	"spec/internal/symbolic": {"spec/internal/diagram", "spec/internal/layout", "spec/ir", "spec/types"},
	"spec/internal/slice":    {"spec/internal/total", "spec/ir", "spec/types"},
	"spec/internal/refine":   {"spec/internal/slice", "spec/ir", "spec/syntax"},
	"spec/internal/stubborn": {"model", "spec/internal/eval", "spec/internal/layout", "spec/ir", "spec/types"},
	"spec/internal/symmetry": {"model", "spec/internal/layout", "spec/ir", "spec/syntax", "spec/types"},
	"spec/internal/sweep":    {"model", "spec/internal/diagram", "spec/internal/eval", "spec/internal/symbolic", "spec/ir"},

	"checker":                {"model", "checker/internal/..."},
	"checker/dot":            {"model", "checker"},
	"checker/sequence":       {"model", "checker"},
	"checker/internal/buchi": {"model"},
	"checker/internal/runs":  {"model", "checker/internal/buchi"},

	"checker/internal/hash":    {},
	"checker/internal/offheap": {},
	"checker/internal/durable": {},
	"checker/internal/visited": {"model", "checker/internal/hash", "checker/internal/offheap", "checker/internal/durable"},

	"proofs":           {"model", "spec/ir"},
	"proofs/coq":       {"model", "spec/ir", "spec/types", "spec/syntax"},
	"proofs/inductive": {"model", "spec/ir", "spec/types", "spec/syntax"},
	"proofs/lrup":      {},
	"proofs/sat":       {"model", "spec/ir", "spec/types", "spec/syntax", "proofs/lrup"},
	"proofs/promela":   {"spec/ir", "spec/types", "spec/syntax"},
	"proofs/tla":       {"spec/ir", "spec/types", "spec/syntax"},

	"examples":                        {"model/...", "spec", "checker/..."},
	"internal/report":                 {"model", "checker"},
	"internal/coqtest":                {},
	"internal/register":               {"proofs/coq"},
	"internal/render":                 {},
	"internal/redraw":                 {},
	"internal/peers":                  {"spec", "checker", "model"},
	"internal/peers/suite":            {},
	"internal/peers/suite/bench":      {"internal/peers/suite"},
	"internal/peers/suite/growth":     {"internal/peers/suite"},
	"internal/peers/suite/reductions": {"internal/peers/suite"},
	"internal/modelcheck":             {"model", "model/modeltest", "spec", "checker"},
	"internal/oracles":                {"model/..."},
	"internal/sliced":                 {"model", "spec", "checker"},
	"cmd":                             {"model/...", "spec/...", "checker/...", "proofs/...", "internal/..."},
}

// light lists the modules from outside the standard library that the core may use, by its folders and by single packages; whoever
// imports it, gets them.
var light = map[string][]string{
	"model":   {},
	"checker": {"github.com/emicklei/dot"},
	"spec":    {"github.com/alecthomas/participle/v2"},
	"proofs":  {},

	"proofs/sat": {"github.com/crillab/gophersat"},
	"model/perf": {"gonum.org/v1/gonum/mat"}, // whoever does not import this package does not get it
}

// onlyTests may be imported by test files and by packages that exist for tests.
var onlyTests = []string{"pgregory.net/rapid", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal"}

func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != root && d.Name() != ".." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		seen++
		checkFile(t, file, path.Dir(filepath.ToSlash(rel)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("only %d Go files seen: the test does not see the tree", seen)
	}
}

func checkFile(t *testing.T, file, pkg string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	isTest := strings.HasSuffix(file, "_test.go")
	rule, ok := ruleFor(pkg)
	if !ok && !isTest {
		t.Errorf("%s: package %s stands in no layer", file, pkg)
	}
	for _, spec := range f.Imports {
		target := strings.Trim(spec.Path.Value, `"`)
		own, inside := strings.CutPrefix(target, module+"/")
		switch {
		case inside && isTest && mayTest(own):
		case inside && own != pkg && !permits(rule, own):
			t.Errorf("%s: %s may not import %s", file, pkg, own)
		case !inside && !isTest && strings.Contains(strings.SplitN(target, "/", 2)[0], "."):
			checkOutside(t, file, pkg, target)
		}
	}
}

func mayTest(target string) bool {
	return target == "checker" || target == "model" || target == "model/modeltest" || target == "spec" ||
		strings.HasPrefix(target, "internal/") || strings.HasPrefix(target, "spec/internal/") || target == "spec/ir" ||
		strings.HasPrefix(target, "model/")
}

func ruleFor(pkg string) ([]string, bool) {
	for p := pkg; ; {
		if rule, ok := allowed[p]; ok && (p == pkg || !strings.HasPrefix(pkg, "model/")) {
			return rule, true
		}
		i := strings.LastIndex(p, "/")
		if i < 0 {
			break
		}
		p = p[:i]
	}
	if strings.HasPrefix(pkg, "model/") {
		return allowed["model/"], true
	}
	return nil, false
}

func permits(rule []string, target string) bool {
	for _, r := range rule {
		if p, all := strings.CutSuffix(r, "/..."); all && (target == p || strings.HasPrefix(target, p+"/")) || r == target {
			return true
		}
	}
	return false
}

// checkOutside keeps heavy modules out of the core.
func checkOutside(t *testing.T, file, pkg, target string) {
	if strings.HasPrefix(pkg, "cmd/") || slices.Contains([]string{"internal/gen", "internal/coqtest", "internal/redraw", "model/modeltest"}, pkg) || strings.HasPrefix(pkg, "internal/peers") {
		return
	}
	for _, p := range onlyTests {
		if strings.HasPrefix(target, p) {
			t.Errorf("%s: %s is for tests only", file, target)
		}
	}
	mods, core := light[pkg]
	if !core {
		mods, core = light[strings.SplitN(pkg, "/", 2)[0]]
	}
	if !core {
		return
	}
	for _, m := range mods {
		if target == m || strings.HasPrefix(target, m+"/") {
			return
		}
	}
	t.Errorf("%s: %s stands in the core, which may not import %s", file, pkg, target)
}

// TestTopLevel keeps the top level to what the project's user fixed.
func TestTopLevel(t *testing.T) {
	fixed := map[string]bool{
		"model": true, "spec": true, "checker": true, "proofs": true, "examples": true, "internal": true, "cmd": true,
		"go.mod": true, "go.sum": true, "Makefile": true, "README.md": true, "LICENSE": true, "bin": true,
	}
	entries, err := filepath.Glob(filepath.Join("..", "..", "*"))
	if err != nil || len(entries) == 0 {
		t.Fatal("cannot see the top level", err)
	}
	for _, e := range entries {
		if name := filepath.Base(e); !strings.HasPrefix(name, ".") && !fixed[name] {
			t.Errorf("%s does not belong on the top level", name)
		}
	}
}
