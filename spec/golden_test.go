package spec_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

var update = flag.Bool("update", false, "rewrite the golden sections of testdata/golden")

// An archive of testdata/golden holds .bh files and sections whose names are commands:
//
//	check FILE [config NAME] [CONSTANT=VALUE …]    load, search, run mutants and scenarios
//	format FILE                                    the canonical layout
//
// Every search that ends must be announced in the comment of the archive, with its counts and the reason why they are
// right. The test compares them, and -update does not touch them.
var announced = regexp.MustCompile(`(?m)^(check .*): (\d+) distinct, (\d+) generated, depth (\d+): \S`)

func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("got %d archives, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, path)
		})
	}
}

func golden(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".bh") && !isCommand(f.Name) {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	if *update {
		addCommands(archive, files)
	}
	reasons := map[string]string{}
	for _, m := range announced.FindAllStringSubmatch(string(archive.Comment), -1) {
		reasons[m[1]] = fmt.Sprintf("%s distinct, %s generated, depth %s", m[2], m[3], m[4])
	}
	done := map[string]bool{}
	for i, f := range archive.Files {
		if !isCommand(f.Name) {
			continue
		}
		done[strings.Fields(f.Name)[0]+" "+strings.Fields(f.Name)[1]] = true
		got, counts := runCommand(t, files, f.Name)
		switch {
		case counts != "" && reasons[f.Name] == "":
			t.Errorf("%s: the comment does not say why the counts are right: %s: %s: …", path, f.Name, counts)
		case counts != "" && reasons[f.Name] != counts:
			t.Errorf("%s: %s: got %s, the comment says %s", path, f.Name, counts, reasons[f.Name])
		}
		delete(reasons, f.Name)
		if *update {
			archive.Files[i].Data = []byte(got)
		} else if string(f.Data) != got {
			t.Errorf("%s: %s:\ngot\n%s\nwant\n%s", path, f.Name, got, f.Data)
		}
	}
	for name := range reasons {
		t.Errorf("%s: the comment speaks of %q, which does not end a search", path, name)
	}
	for name, f := range files {
		canonical, err := spec.Format(name, f.Data)
		if err == nil && !bytes.Equal(canonical, f.Data) && !done["format "+name] {
			t.Errorf("%s: %s is not in the canonical layout, and no section shows it", path, name)
		}
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func isCommand(name string) bool {
	return strings.HasPrefix(name, "check ") || strings.HasPrefix(name, "format ")
}

// addCommands adds a check of every model that no section speaks of.
func addCommands(a *txtar.Archive, files fstest.MapFS) {
	var out []txtar.File
	for _, f := range a.Files {
		out = append(out, f)
		mentioned := slices.ContainsFunc(a.Files, func(g txtar.File) bool {
			return isCommand(g.Name) && strings.Fields(g.Name)[1] == f.Name
		})
		if _, source := files[f.Name]; source && !mentioned && bytes.Contains(f.Data, []byte("model ")) {
			out = append(out, txtar.File{Name: "check " + f.Name})
		}
	}
	a.Files = out
}

// runCommand gives what a section must say and, of a search that ended, its counts.
func runCommand(t *testing.T, files fstest.MapFS, command string) (text, counts string) {
	words := strings.Fields(command)
	if words[0] == "format" {
		out, err := spec.Format(words[1], files[words[1]].Data)
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		return string(out), ""
	}
	var opt spec.Options
	for i := 2; i < len(words); i++ {
		if words[i] == "config" {
			i++
			opt.Config = words[i]
			continue
		}
		name, value, _ := strings.Cut(words[i], "=")
		if opt.Define == nil {
			opt.Define = map[string]string{}
		}
		opt.Define[name] = value
	}
	p, err := spec.LoadWith(files, words[1], opt)
	if err != nil {
		return spec.Detail(err) + "\n", ""
	}
	var b strings.Builder
	counts = describe(t, &b, p)
	return b.String(), counts
}

// describe writes what each stage makes of a model.
func describe(t *testing.T, b *strings.Builder, p *spec.Program) (counts string) {
	info := p.Info()
	for _, k := range info.Constants {
		fmt.Fprintf(b, "const %s = %s\n", k.Name, k.Value)
	}
	fmt.Fprintf(b, "state of %d bits: %s\n", info.StateBits, strings.Join(p.Variables(), ", "))
	words := map[ir.PropKind]string{
		ir.Invariant: "invariant", ir.Step: "step", ir.Reachable: "reachable", ir.MaxBound: "bound max", ir.MinBound: "bound min",
		ir.Linear: "ltl", ir.Possible: "can", ir.Within: "within", ir.Longest: "bound longest",
	}
	for _, d := range p.IR().Props {
		text := ""
		if d.Kind.OfRuns() {
			text = p.IR().FormulaText(d.Formula, nil)
		} else {
			text = p.IR().Text(d.Expr)
		}
		fmt.Fprintf(b, "%s %s: %s\n", words[d.Kind], d.Name, text)
	}
	describeRuns(b, info, p.Runs())
	r, err := checker.Check(context.Background(), p, checker.Config{Workers: 1})
	if err != nil {
		fmt.Fprintf(b, "cannot search: %v\n", err)
		return ""
	}
	counts = fmt.Sprintf("%d distinct, %d generated, depth %d", r.Stats.Distinct, r.Stats.Generated, r.Stats.Depth)
	b.WriteString(counts)
	if r.Stats.Initial != 1 {
		fmt.Fprintf(b, " (%d initial)", r.Stats.Initial)
	}
	b.WriteByte('\n')
	for _, f := range r.Properties {
		if trivial := f.Property.Kind == model.Deadlock || f.Property.Kind == model.FaultFree; trivial && f.Verdict == checker.Holds {
			continue
		}
		fmt.Fprintf(b, "%s: %s%s\n", f.Property.Name, f.Verdict, detail(f))
	}
	for _, m := range p.Mutants() {
		fmt.Fprintf(b, "mutant %s of %s: %s\n", m.Name, m.Action, fate(t, m))
	}
	for _, s := range p.Scenarios() {
		fmt.Fprintf(b, "scenario %s: ", s.Name)
		if failure := s.Run(); failure != nil {
			fmt.Fprintf(b, "%s\n", failure)
		} else {
			b.WriteString("succeeds\n")
		}
	}
	return counts
}

// describeRuns writes what a model claims of its runs, with numbers for propositions.
func describeRuns(b *strings.Builder, info *model.Info, r *model.Runs) {
	for i, p := range r.Propositions {
		text := p.Text
		if p.Kind == model.OfEnabled {
			text += fmt.Sprintf(" (that %d can happen)", p.Step)
		}
		fmt.Fprintf(b, "%d: %s\n", i, text)
	}
	for _, f := range r.Fairness {
		fmt.Fprintf(b, "fair %d: %s\n", f.Step, f.Text)
	}
	for _, p := range r.Properties {
		q := info.Properties[p.Property]
		for _, in := range p.Instances {
			b.WriteString(q.Name)
			for _, v := range in.Values {
				fmt.Fprintf(b, " %s=%s", v.Name, v.Value)
			}
			b.WriteByte(':')
			if in.Formula != nil {
				b.WriteString(" " + prefix(in.Formula))
			}
			if w := in.Wait; w != nil {
				fmt.Fprintf(b, ", at most %d of %d from %s to %s", q.Limit, w.Unit, prefix(w.From), prefix(w.To))
				if w.While {
					b.WriteString(" while it lasts")
				}
			}
			b.WriteByte('\n')
		}
	}
}

// prefix writes a formula with its operators as functions.
func prefix(f *model.Formula) string {
	if f.Op == model.PropositionOp {
		return fmt.Sprint(f.Prop)
	}
	words := []string{
		"true", "false", "", "not", "and", "or", "implies", "iff", "next", "always", "eventually", "until", "release", "weak",
		"leads", "can",
	}
	if len(f.Args) == 0 {
		return words[f.Op]
	}
	var args []string
	for _, a := range f.Args {
		args = append(args, prefix(a))
	}
	return words[f.Op] + "(" + strings.Join(args, ", ") + ")"
}

// detail is what a finding says besides its verdict. A fault's trace ends with the step that has no state.
func detail(f checker.Finding) string {
	text := ""
	if f.Trace != nil {
		var steps []string
		for _, s := range f.Trace.Steps[1:] {
			steps = append(steps, s.Step.String())
		}
		if len(steps) == 0 {
			text += " in an initial state"
		} else {
			text += " by " + strings.Join(steps, ", ")
		}
	}
	if f.Message != "" {
		text += ": " + f.Message
	}
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	if f.Position != "" {
		text += " at " + f.Position
	}
	for _, v := range f.Vacuous {
		text += "; never true: " + v
	}
	return text
}

// fate is what becomes of a mutant: the property that it must break is violated, or it survives.
func fate(t *testing.T, m *spec.Mutant) string {
	r, err := checker.Check(context.Background(), m.System(), checker.Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Properties {
		if f.Property.Name == m.Breaks {
			if f.Verdict == checker.Violated {
				return "breaks " + m.Breaks + detail(f)
			}
			return "survives: " + m.Breaks + " " + string(f.Verdict)
		}
	}
	t.Fatalf("mutant %s breaks %s, which is no property", m.Name, m.Breaks)
	return ""
}
