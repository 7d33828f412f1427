// Package catalogue writes model/README.md, the map of the library: what each model is of, what it claims, and the
// mistakes that each claim catches.
package catalogue

import (
	"flag"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/failures"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite model/README.md")

const library = "../../model"

// parts are the folders of the library, in the order in which the map shows them.
var parts = []struct{ heading, dir string }{
	{"Virtual machine monitors", "vmm"},
	{"An ESXi host", "esxi"},
	{"A vSphere cluster", "vsphere"},
	{"The Linux kernel", "linux"},
	{"Container runtimes", "oci"},
	{"A container engine", "docker"},
	{"Kubernetes", "kubernetes"},
	{"Swarm", "swarm"},
	{"What an attacker can come to", "attack"},
	{"What isolates tenants", "isolation"},
	{"Containers in machines", "hybrid"},
	{"Access control", "access"},
	{"Scheduling", "sched"},
	{"Balancing", "balance"},
	{"Allocation", "alloc"},
	{"Deployment", "deploy"},
	{"Operations", "ops"},
	{"Replication", "replica"},
	{"Performance", "perf"},
}

// domains lists the folders with models below one, and those of packages that use them, in the order of their names.
func domains(t *testing.T, dir string) []string {
	var out []string
	err := filepath.WalkDir(filepath.Join(library, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".bh" && d.Name() != "doc.go" {
			return err
		}
		rel, err := filepath.Rel(library, filepath.Dir(path))
		if !slices.Contains(out, rel) {
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// synopsis is the first sentence of what a package says of itself, without its beginning "Package x models".
func synopsis(t *testing.T, dir string) string {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(library, dir, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	text := new(doc.Package).Synopsis(f.Doc.Text())
	text = regexp.MustCompile(`^Package \w+ (models |holds |is )?`).ReplaceAllString(text, "")
	return strings.ToUpper(text[:1]) + text[1:]
}

// counted are the states of the models of a folder under their default constants, which the tests beside them pin.
func counted(t *testing.T, dir string) map[string]string {
	text, err := os.ReadFile(filepath.Join(library, dir, "models_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`\{File: "([^"]*)", States: ([0-9_]+)`).FindAllStringSubmatch(string(text), -1) {
		out[m[1]] = strings.ReplaceAll(m[2], "_", ",")
	}
	return out
}

// above is the comment over the first declaration that matches, as one paragraph; "" when there is none.
func above(text, declaration string) string {
	m := regexp.MustCompile(`(?m)((?:^//.*\n)*)^` + declaration).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	var lines []string
	for l := range strings.Lines(m[1]) {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(l, "//")))
	}
	return strings.Join(lines, " ")
}

// head is the first paragraph of the comment at the top of a file.
func head(text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if !strings.HasPrefix(l, "//") || l == "//" {
			break
		}
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(l, "//")))
	}
	return strings.Join(lines, " ")
}

// cell is text inside a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// words says what a declaration says of itself, or how it is written.
func words(text, keyword, name, otherwise string) string {
	if says := above(text, keyword+` `+name+`\b`); says != "" {
		return cell(says)
	}
	if otherwise = strings.Join(strings.Fields(otherwise), " "); otherwise == "" {
		return ""
	}
	return "`" + cell(otherwise) + "`"
}

// kinds says what a kind of property is about, for somebody who has never used a model checker.
var kinds = map[model.Kind]string{
	model.Invariant: "always", model.Step: "at every step", model.Reachable: "can happen", model.Bound: "never more than",
	model.LTL: "in every run", model.Can: "can always be brought about", model.Within: "in time", model.Longest: "waits at most",
	model.Isolated: "tells nothing", model.Refines: "is an instance of", model.Ensures: "after the step",
}

func keyword(k model.Kind) string {
	switch k {
	case model.LTL, model.Can, model.Within:
		return "property"
	case model.Longest:
		return "bound"
	case model.Ensures:
		return ".*action"
	default:
		return string(k)
	}
}

func writeModel(t *testing.T, b *strings.Builder, dir, file, states string) {
	models := os.DirFS(filepath.Join(library, dir))
	raw, err := fs.ReadFile(models, file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	p := modelcheck.Load(t, models, file, spec.Options{})
	if states == "" {
		t.Errorf("the states of %s/%s are not counted", dir, file)
	}
	fmt.Fprintf(b, "#### [%s](%s/%s)\n\n%s\n%s states by default.\n\n| claim | | in words | catches |\n|---|---|---|---|\n",
		strings.TrimSuffix(file, ".bh"), dir, file, head(text), states)
	for _, prop := range p.Info().Properties {
		kind, named := kinds[prop.Kind]
		if !named && prop.Kind != model.Deadlock && prop.Kind != model.FaultFree {
			t.Errorf("%s has no words for properties of kind %s", file, prop.Kind)
		}
		var catches []string
		for _, m := range p.Mutants() {
			if m.Breaks != prop.Name {
				continue
			}
			says := "`" + m.Name + "`"
			if w := above(text, `mutant `+m.Name+`\b`); w != "" {
				says += ": " + cell(strings.TrimSuffix(w, "."))
			}
			catches = append(catches, says)
		}
		if prop.Kind == model.Deadlock || prop.Kind == model.FaultFree {
			if len(catches) > 0 {
				fmt.Fprintf(b, "| no %s | always | | %s |\n", prop.Name, strings.Join(catches, "; "))
			}
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", prop.Name, kind, words(text, keyword(prop.Kind), strings.TrimSuffix(prop.Name, ".ensures"), prop.Text), strings.Join(catches, "; "))
	}
	b.WriteString("\n")
}

func writeFailures(b *strings.Builder) {
	b.WriteString("## Failures\n\nWhat is known to go wrong, found by the checker and proved unreachable where it is prevented; " +
		"[failures](failures/README.md) shows how.\n\n| | failure | breaks | found in | prevented where |\n|---|---|---|---|---|\n")
	for _, row := range failures.Table() {
		var breaks, in, blocked []string
		for _, p := range row.Breaks {
			breaks = append(breaks, p.String())
		}
		for _, c := range row.Found {
			if link := fmt.Sprintf("[%s](%s/%s)", strings.TrimSuffix(c.File, ".bh"), c.Dir, c.File); !slices.Contains(in, link) {
				in = append(in, link)
			}
		}
		for _, c := range row.Blocked {
			blocked = append(blocked, cell(c.Facts))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", row.ID, cell(row.Name), strings.Join(breaks, ", "), strings.Join(in, ", "), strings.Join(blocked, "; "))
	}
}

// Folders that hold models stand in the map, and the map is what the models say: `make catalogue` rewrites it.
func TestCatalogue(t *testing.T) {
	path := filepath.Join(library, "README.md")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin = "<!-- map -->\n"
	intro, _, ok := strings.Cut(string(old), begin)
	if !ok {
		t.Fatalf("%s has no place for the map", path)
	}
	var b strings.Builder
	b.WriteString(intro + begin)
	var shown []string
	for _, part := range parts {
		fmt.Fprintf(&b, "\n## %s\n", part.heading)
		for _, dir := range domains(t, part.dir) {
			shown = append(shown, dir)
			fmt.Fprintf(&b, "\n### [%s](%s)\n\n%s\n\n", dir, dir, synopsis(t, dir))
			files, err := filepath.Glob(filepath.Join(library, dir, "*.bh"))
			if err != nil {
				t.Fatal(err)
			}
			if len(files) == 0 {
				continue
			}
			states := counted(t, dir)
			for _, file := range files {
				writeModel(t, &b, dir, filepath.Base(file), states[filepath.Base(file)])
			}
		}
	}
	for _, dir := range domains(t, ".") {
		if !slices.Contains(shown, dir) && dir != "failures" && dir != "." && dir != "modeltest" {
			t.Errorf("model/%s stands in no part of the map", dir)
		}
	}
	writeFailures(&b)
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b.String() != string(old) {
		t.Errorf("%s is not what the models say now: run make catalogue", path)
	}
}
