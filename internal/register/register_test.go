package register

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/failures"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite proofs/CLAIMS.md and model/STANDARDS.md")

const root = "../.."

// A reader resolves evidence, each model once.
type reader struct {
	t        *testing.T
	programs map[string]*spec.Program
	texts    map[string]string // of tests, by folder
	names    map[string]string // of failures, by identity
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, programs: map[string]*spec.Program{}, texts: map[string]string{}, names: map[string]string{}}
	for _, f := range failures.Table() {
		r.names[f.ID] = f.Name
	}
	return r
}

func (r *reader) load(e Evidence) *spec.Program {
	if p, ok := r.programs[e.Place]; ok {
		return p
	}
	file := filepath.Join(root, e.file())
	p := modelcheck.Load(r.t, os.DirFS(filepath.Dir(file)), filepath.Base(file), spec.Options{})
	r.programs[e.Place] = p
	return p
}

// tested is the text of the tests of a folder.
func (r *reader) tests(dir string) string {
	if text, ok := r.texts[dir]; ok {
		return text
	}
	files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		r.t.Errorf("%s has no tests: %v", dir, err)
	}
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		b.Write(text)
	}
	r.texts[dir] = b.String()
	return r.texts[dir]
}

// pinned tells whether a test beside a model has all its properties hold.
func (r *reader) pinned(e Evidence) bool {
	dir, file := path.Split(e.file())
	if e.Place != strings.TrimPrefix(e.Place, "examples/") { // examples_test.go says of each property what becomes of it
		m := regexp.MustCompile(`\{"` + strings.TrimSuffix(file, ".bh") + `", "([^"]*)"`).FindStringSubmatch(r.tests(dir))
		return m != nil && !slices.ContainsFunc(e.Names, func(name string) bool { return !slices.Contains(strings.Fields(m[1]), name) })
	}
	text := r.tests(dir)
	return strings.Contains(text, "modelcheck.Holds(") && strings.Contains(text, `{File: "`+file+`", States: `)
}

// run checks one property of a system and gives the steps of the run that shows what became of it.
func (r *reader) run(sys model.System, name string) (checker.Finding, int) {
	res, err := checker.Check(r.t.Context(), sys, checker.Config{Only: []string{name}, Workers: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	f := res.Properties[0]
	if f.Trace == nil {
		return f, -1
	}
	return f, len(f.Trace.Steps) - 1
}

// text resolves evidence and words it; base is where the text stands.
func (r *reader) text(e Evidence, base string) string {
	link := func(to string) string {
		rel, err := filepath.Rel(base, to)
		if err != nil {
			r.t.Fatal(err)
		}
		return filepath.ToSlash(rel)
	}
	quoted := make([]string, len(e.Names))
	for i, name := range e.Names {
		quoted[i] = "`" + name + "`"
	}
	names := strings.Join(quoted, ", ")
	switch e.kind {
	case tested:
		for _, name := range e.Names {
			if !strings.Contains(r.tests(e.Place), "func "+name+"(") {
				r.t.Errorf("%s has no test %s", e.Place, name)
			}
		}
		return fmt.Sprintf("tests %s of [%s](%s)", names, e.Place, link(e.Place))
	case failing:
		out := make([]string, len(e.Names))
		for i, id := range e.Names {
			name, ok := r.names[id]
			if !ok {
				r.t.Errorf("there is no failure %s", id)
			}
			out[i] = id + ", " + name
		}
		return fmt.Sprintf("[found and prevented](%s): %s", link("model/failures/README.md"), strings.Join(out, "; "))
	case general:
		return r.lemmas(e.Names, link)
	}
	p := r.load(e)
	for _, name := range e.Names {
		if !slices.ContainsFunc(p.Info().Properties, func(p model.Property) bool { return p.Name == name }) {
			r.t.Errorf("%s has no property %s", e.file(), name)
			return ""
		}
	}
	where := fmt.Sprintf("[%s](%s)", e.Place, link(e.file()))
	switch e.kind {
	case holding:
		if !r.pinned(e) {
			r.t.Errorf("no test has %s hold in %s", names, e.file())
		}
		return fmt.Sprintf("%s of %s", names, where)
	case witness:
		for i, name := range e.Names {
			f, steps := r.run(p, name)
			if want := f.Property.Kind == model.Reachable; steps < 0 || want != (f.Verdict == checker.Holds) {
				r.t.Errorf("%s: %s is %s and has a run of %d steps, want a run that shows something", e.file(), name, f.Verdict, steps)
			}
			quoted[i] += fmt.Sprintf(" in %s", count(steps))
		}
		return fmt.Sprintf("a run to %s of %s", strings.Join(quoted, ", "), where)
	}
	i := slices.IndexFunc(p.Mutants(), func(m *spec.Mutant) bool { return m.Name == e.Mutant })
	if i < 0 || p.Mutants()[i].Breaks != e.Names[0] {
		r.t.Errorf("%s has no mutant %s that breaks %s", e.file(), e.Mutant, names)
		return ""
	}
	f, steps := r.run(p.Mutants()[i].System(), e.Names[0])
	if f.Verdict != checker.Violated {
		r.t.Errorf("%s: with %s, %s is %s", e.file(), e.Mutant, names, f.Verdict)
	}
	if steps < 0 {
		return fmt.Sprintf("`%s` breaks %s of %s", e.Mutant, names, where)
	}
	return fmt.Sprintf("`%s` breaks %s of %s in %s", e.Mutant, names, where, count(steps))
}

// lemmas resolves the names of lemmas and words them, by the files in which they are proved.
func (r *reader) lemmas(names []string, link func(to string) string) string {
	var files []string
	of := map[string][]string{}
	for _, name := range names {
		i := slices.IndexFunc(coq.Lemmas, func(l coq.Lemma) bool { return l.Name == name })
		if i < 0 {
			r.t.Errorf("there is no lemma %q", name)
			continue
		}
		l := coq.Lemmas[i]
		if of[l.File] == nil {
			files = append(files, l.File)
		}
		of[l.File] = append(of[l.File], "`"+l.Theorem+"`")
	}
	var out []string
	for _, file := range files {
		out = append(out, fmt.Sprintf("in general by %s of [%s](%s)", strings.Join(of[file], ", "), file, link("proofs/coq/lemmas/"+file)))
	}
	return strings.Join(out, "; ")
}

func count(steps int) string {
	if steps == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", steps)
}

func (r *reader) all(by []Evidence, base string) string {
	var out []string
	for _, e := range by {
		out = append(out, r.text(e, base))
	}
	return strings.Join(out, "; ")
}

const claimsIntro = `# What became of the claims

Bulkhead set out from a body of statements about hosts, machines, containers and the algorithms around them, most of which were called
theorems. Here is what became of each: what was said, whether it is proved, refuted or had to be said anew, why, what is claimed instead, and
which model, test or failure decides it. A property that is named holds on every state of the instances that the tests
beside the model pin (` + "`bulkhead check`" + ` shows them); ` + "`make certificates`" + ` writes a
certificate of each such model, bin/certificates/esxi_cpu_stride.cert for esxi/cpu/stride, from which ` + "`bulkhead verify`" + ` finds
the same without the engine. Nothing is claimed of larger instances unless a lemma is named. A run that is named is the
shortest there is, or a short one if it has no end; ` + "`bulkhead check --witnesses --property NAME FILE`" + ` shows it.

The page is made from internal/register by ` + "`make register`" + `, which resolves every name and takes every run; a test compares it.
`

func (r *reader) claims() string {
	var b strings.Builder
	b.WriteString(claimsIntro)
	tally := map[Verdict]int{}
	for _, c := range Claims {
		tally[c.Verdict]++
	}
	fmt.Fprintf(&b, "\n%d claims: %d proved, %d refuted, %d reformulated.\n", len(Claims), tally[Proved], tally[Refuted], tally[Reformulated])
	for i, c := range Claims {
		if want := fmt.Sprintf("M%d", i+1); c.ID != want {
			r.t.Errorf("got claim %s, want %s", c.ID, want)
		}
		if len(c.By) == 0 {
			r.t.Errorf("nothing decides %s", c.ID)
		}
		if c.Verdict == Refuted && !slices.ContainsFunc(c.By, func(e Evidence) bool { return e.kind != holding }) {
			r.t.Errorf("%s is refuted by what holds alone, want a run, a mutant, a test or a failure against it", c.ID)
		}
		fmt.Fprintf(&b, "\n## %s. %s: %s\n\n", c.ID, strings.ToUpper(c.Subject[:1])+c.Subject[1:], c.Verdict)
		fmt.Fprintf(&b, "*Said:* %s\n\n*But:* %s\n\n*Now:* %s\n\n*Decided by:* %s.\n", c.Said, c.Why, c.Now, r.all(c.By, "proofs"))
	}
	return b.String()
}

const standardsIntro = `# What standards ask for, as properties

For each item of the standards that people hold their hosts to: the property that it comes to, and where a model of this library decides it: the
properties that hold, and what is found where it is not so. Where no model can, it says why. **This is no claim of compliance**: an item asks for
more than a property (that somebody looks, that it is written down), and what a model leaves out may break it.

The page is made from internal/register by ` + "`make register`" + `; a test compares it.
`

func (r *reader) standards() string {
	var b strings.Builder
	b.WriteString(standardsIntro)
	last := ""
	for _, it := range Items {
		if it.Standard != last {
			fmt.Fprintf(&b, "\n## %s\n\n| item | title | property | where |\n|---|---|---|---|\n", it.Standard)
			last = it.Standard
		}
		where := r.all(it.By, "model")
		if (where == "") == (it.Why == "") {
			r.t.Errorf("%s %s: want either evidence or why there is none", it.Standard, it.Number)
		}
		if where == "" {
			where = "*not derived:* " + it.Why
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", it.Number, it.Title, it.Property, where)
	}
	return b.String()
}

// The tables name what there is, and the files are made from them.
func TestRegister(t *testing.T) {
	r := newReader(t)
	for file, text := range map[string]string{"proofs/CLAIMS.md": r.claims(), "model/STANDARDS.md": r.standards()} {
		name := filepath.Join(root, file)
		if *update {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if old, err := os.ReadFile(name); err != nil || string(old) != text {
			t.Errorf("%s is not what the register says now (%v): run make register", file, err)
		}
	}
}

// Standards number their recommendations one after the other, and none of these sections is forgotten.
func TestNoItemIsForgotten(t *testing.T) {
	there := map[string]bool{}
	for _, it := range Items {
		for number := range strings.SplitSeq(it.Number, ", ") {
			there[it.Standard+number] = true
		}
	}
	for _, c := range []struct {
		standard, section string
		last              int
	}{{containers, "4.1", 5}, {containers, "4.3", 5}, {containers, "4.4", 5}, {containers, "4.5", 5}, {cisDocker, "5", 32}, {cisKube, "5", 6}} {
		for n := range c.last {
			if number := fmt.Sprintf("%s.%d", c.section, n+1); !there[c.standard+number] {
				t.Errorf("%s: there is no %s", c.standard, number)
			}
		}
	}
}
