package spec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/sliced"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// said is all that a search says but traces, in an order that names decide: those of parts are as written by hand.
func said(r *checker.Result) string {
	var lines []string
	byHand := strings.NewReplacer("part.", "part_", "twin.", "twin_")
	for _, f := range r.Properties {
		lines = append(lines, fmt.Sprintln(byHand.Replace(f.Property.Name), f.Verdict, f.Steps, f.Extreme, f.Known, f.Endless, len(f.Vacuous), len(f.Unneeded), f.Tautology))
	}
	for _, a := range r.Actions {
		lines = append(lines, fmt.Sprintln(byHand.Replace(a.Name), a.Fired, a.New, a.Faulted))
	}
	slices.Sort(lines)
	return fmt.Sprintln(r.Verdict, r.Stats.Initial, r.Stats.Distinct, r.Stats.Generated, r.Stats.Depth, r.Stats.Terminal) + strings.Join(lines, "")
}

// plainly checks a model; nil where it has no initial state.
func plainly(t failer, sys model.System, cfg checker.Config) *checker.Result {
	t.Helper()
	r, err := checker.Check(context.Background(), sys, cfg)
	if err != nil && !strings.Contains(err.Error(), "no initial state") {
		t.Fatalf("%v", err)
	}
	return r
}

// fates says what searches of mutants say, and what their slices say of what they are to break.
func fates(t failer, p *spec.Program, cfg checker.Config) string {
	t.Helper()
	var out []string
	for _, m := range p.Mutants() {
		r := plainly(t, m.System(), cfg)
		if r == nil || !r.Exhaustive {
			continue
		}
		out = append(out, m.Name, said(r))
		parts, err := m.Slices([]string{m.Breaks})
		if err != nil {
			t.Fatalf("%v", err)
		}
		got, err := sliced.Check(m.System(), parts, checker.Config{Workers: 1}, func(sys model.System, cfg checker.Config, _ string) (*checker.Result, error) {
			return checker.Check(context.Background(), sys, cfg)
		})
		if err != nil {
			t.Fatalf("%v", err)
		}
		named := func(f checker.Finding) bool { return f.Property.Name == m.Breaks }
		f, g := got.Properties[slices.IndexFunc(got.Properties, named)], r.Properties[slices.IndexFunc(r.Properties, named)]
		if f.Verdict != g.Verdict && g.Fault == nil {
			t.Fatalf("%s: the slice says that %s %s, want %s", m.Name, m.Breaks, f.Verdict, g.Verdict)
		}
	}
	return strings.Join(out, "\n")
}

// TestPartsAndByHand compares drawn models of parts with the same written by hand, also as parts of others, and searches them in one of
// the ways that there are.
func TestPartsAndByHand(t *testing.T) {
	const most = 400
	compared, mutants, isolated, nested := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		drawn := gen.Parts(t)
		files := fstest.MapFS{"flat.bh": source(drawn.Flat)}
		for name, text := range drawn.Files {
			files[name] = source(text)
		}
		main, flat := "main.bh", "flat.bh"
		over := rapid.SampledFrom([]string{"", "", "", " as m", " as m[o: O]"}).Draw(t, "over")
		if over != "" {
			above := func(file string) *fstest.MapFile {
				text := "model Over\ntype O = symmetric 1..2\nuse \"" + file + "\"" + over + "\n"
				if slices.ContainsFunc([]string{"invariant", "reachable", "step", "property", "bound", "ensures"}, func(word string) bool { return strings.Contains(drawn.Flat, word) }) {
					text += "check m.*\n"
				}
				return source(text)
			}
			files["over.bh"], files["above.bh"] = above(main), above(flat)
			main, flat = "over.bh", "above.bh"
		}
		for name, f := range files {
			t.Logf("-- %s --\n%s", name, f.Data)
		}
		p, q := mustLoad(t, files, main), mustLoad(t, files, flat)
		cfg := checker.Config{Workers: 1, MaxStates: most}
		x, y := plainly(t, p, cfg), plainly(t, q, cfg)
		if x == nil && y == nil || x != nil && !x.Exhaustive && y != nil && !y.Exhaustive {
			return
		}
		if a, b := said(x), said(y); a != b {
			t.Fatalf("as parts\n%s\nby hand\n%s", a, b)
		}
		if a, b := fates(t, p, cfg), fates(t, q, cfg); a != b {
			t.Fatalf("mutants, as parts\n%s\nby hand\n%s", a, b)
		}
		compared++
		mutants += len(p.Mutants())
		nested += min(1, len(over))
		isolated += strings.Count(drawn.Flat, "isolated")
		switch rapid.IntRange(0, 4).Draw(t, "way") {
		case 0:
			agree(t, files, main, 100, 2000) // the interpreter is slow
		case 1:
			slicesAgree(t, p, most)
		case 2:
			leavesOut(t, p, most)
		case 3:
			reduces(t, p, most)
		case 4:
			orbitsAgree(t, p, most)
		}
	})
	t.Logf("%d models compared, %d as parts of others, %d mutants, %d claims of isolation", compared, nested, mutants, isolated)
}
