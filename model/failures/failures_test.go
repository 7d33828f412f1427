package failures

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite the table of failures in README.md")

// decide checks the property of a case, on all states unless it is false.
func decide(t *testing.T, c Case) (*checker.Result, checker.Finding) {
	t.Helper()
	p := modelcheck.Load(t, c.Models, c.File, spec.Options{Config: c.Config, Define: c.Define})
	sys := model.System(p)
	if c.Mutant != "" {
		i := slices.IndexFunc(p.Mutants(), func(m *spec.Mutant) bool { return m.Name == c.Mutant })
		if i < 0 {
			t.Fatalf("%s has no mutant %s", c.File, c.Mutant)
		}
		sys = p.Mutants()[i].System()
	}
	res, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{c.Property}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Properties {
		if f.Property.Name != c.Property && f.Verdict != checker.Holds { // what faults is not decided whole
			t.Errorf("%s, %s: %s is %s: %s", c.File, c.Facts, f.Property.Name, f.Verdict, f.Message)
		}
	}
	return res, res.Properties[0]
}

// command is what shows the same to the reader.
func command(c Case) string {
	out := "bulkhead check --property " + c.Property
	if c.Config != "" {
		out += " --config " + c.Config
	}
	for _, name := range slices.Sorted(maps.Keys(c.Define)) {
		out += " -D " + quoted(name+"="+c.Define[name])
	}
	return out + " model/" + c.Dir + "/" + c.File
}

// quoted is a word of a shell's command.
func quoted(word string) string {
	if strings.ContainsAny(word, " {}->|") {
		return "'" + word + "'"
	}
	return word
}

// run writes the steps of a counterexample, one a line, and the state in which it begins where there are several.
func run(b *strings.Builder, f checker.Finding, initial int64) {
	if f.Trace == nil {
		fmt.Fprintf(b, "    %s\n", f.Message)
		return
	}
	for i, s := range f.Trace.Steps {
		if i == f.Trace.Loop {
			fmt.Fprintf(b, "    again and again:\n")
		}
		var changes []string
		if i == 0 && initial > 1 {
			for _, v := range s.State {
				changes = append(changes, fmt.Sprintf("%s = %s", v.Name, v.Value))
			}
		}
		if i > 0 {
			for _, c := range model.Diff(f.Trace.Steps[i-1].State, s.State) {
				changes = append(changes, fmt.Sprintf("%s: %s -> %s", c.Path, c.From, c.To))
			}
		}
		still := "(start)"
		if i > 0 {
			still = "(the run stops)"
		}
		fmt.Fprintf(b, "    %2d  %-28s %s\n", i, cmp.Or(s.Step.String(), still), strings.Join(changes, ", "))
	}
}

// write decides all cases of a row and writes its part of README.md.
func write(t *testing.T, b *strings.Builder, row Failure) {
	var breaks []string
	for _, p := range row.Breaks {
		breaks = append(breaks, p.String())
	}
	fmt.Fprintf(b, "## %s %s\n\n%s\nBreaks: %s. Source: %s.\n\n", row.ID, row.Name, row.Story, strings.Join(breaks, ", "), row.Source)
	for _, c := range row.Found {
		res, f := decide(t, c)
		if f.Verdict != checker.Violated {
			t.Errorf("%s, %s: got %s of %s, want %s", row.ID, c.Facts, f.Verdict, c.Property, checker.Violated)
			continue
		}
		fmt.Fprintf(b, "Found where %s, in %s, `%s`:\n\n", c.Facts, plural(f.Steps, "step"), command(c))
		run(b, f, res.Stats.Initial)
		b.WriteString("\n")
	}
	b.WriteString("| unreachable where | decided on |\n|---|---:|\n")
	for _, c := range row.Blocked {
		res, f := decide(t, c)
		if f.Verdict != checker.Holds || !res.Exhaustive || len(f.Vacuous) > 0 {
			t.Errorf("%s, %s: got %s of %s (exhaustive %t, never met %q), want %s",
				row.ID, c.Facts, f.Verdict, c.Property, res.Exhaustive, f.Vacuous, checker.Holds)
			continue
		}
		fmt.Fprintf(b, "| %s, `%s` | %s states |\n", c.Facts, command(c), suite.Thousands(res.Stats.Distinct))
	}
	b.WriteString("\n")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

const begin, end = "<!-- failures -->\n", "<!-- end -->\n"

// Every failure is found where it must be found and proved unreachable where it must be blocked, and README.md shows what
// the checker says now: `make failures` rewrites it.
func TestFailures(t *testing.T) {
	var b strings.Builder
	for _, row := range Table() {
		t.Run(row.ID, func(t *testing.T) {
			if len(row.Found) == 0 || len(row.Blocked) == 0 || len(row.Breaks) == 0 || row.Story == "" || row.Source == "" {
				t.Errorf("%s: want a story, a source, a promise, a case in which it is found and one in which it is blocked", row.ID)
			}
			write(t, &b, row)
		})
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("README.md has no place for the failures")
	}
	want := head + begin + b.String() + end + tail
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("README.md is not what the checker says now: run make failures")
	}
}

// Rows are in order, and each has an identity of its own.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range Table() {
		if seen[row.ID] {
			t.Errorf("there are two of %s", row.ID)
		}
		seen[row.ID] = true
		if row.kind() < 0 {
			t.Errorf("%s is of no kind", row.ID)
		}
	}
}

func TestPromiseString(t *testing.T) {
	for p, want := range map[Promise]string{HostIntegrity: "host integrity", Authority: "monotone authority", 0: "promise 0", 10: "promise 10", -1: "promise -1"} {
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
