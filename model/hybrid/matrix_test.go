package hybrid

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/isolation"
	"github.com/bulkheadlang/bulkhead/spec"
)

var update = flag.Bool("update", false, "rewrite the matrix in README.md")

type constants = map[string]string

// row is a line of the matrix: one property of one model, which knows of mechanisms by a constant, or is of something that is the
// same for all. want has a letter for each mechanism, or one for all: i isolated, n not.
type row struct {
	what   string
	models fs.FS
	dir    string // of the models, from here
	file   string
	mutant string // "" for the model as it is
	define constants
	want   string
}

func ours(what, file, want string, define constants) row {
	return row{what: what, models: Models, file: file, define: define, want: want}
}

func theirs(what, file, mutant, want string) row {
	return row{what: what, models: isolation.Models, dir: "../isolation/", file: file, mutant: mutant, want: want}
}

// matrix is the rows in the order of README.md. A control that closes what a row shows follows it.
func matrix() []row {
	return []row{
		ours("kernel: a flaw in a system call that nobody passes on", "mechanism.bh", "nii", nil),
		ours("kernel: a flaw in what the host does for threads and memory", "mechanism.bh", "nni", constants{"FLAW": "threads"}),
		ours("kernel: a flaw in how the host reads and writes files", "mechanism.bh", "nnn", constants{"FLAW": "files"}),
		ours("kernel: a flaw in how the host answers exits from guest mode", "mechanism.bh", "iin", constants{"FLAW": "exits"}),
		ours("the same, sandboxes run in guest mode", "mechanism.bh", "inn", constants{"FLAW": "exits", "GUEST_MODE": "true"}),
		ours("memory, more promised than the host has", "pool.bh", "nnn", constants{"LIMITED": "false"}),
		ours("memory, limits (sizes of machines) for which the host has room", "pool.bh", "iii", nil),
		ours("processes, no limits", "pool.bh", "nni", constants{"RESOURCE": "processes", "LIMITED": "false"}),
		ours("the same, a sandbox needs no process of the host for each of its own", "pool.bh", "nii", constants{"RESOURCE": "processes", "LIMITED": "false", "STUBS": "false"}),
		ours("processes, each tenant with a limit (pids.max)", "pool.bh", "iii", constants{"RESOURCE": "processes"}),
		ours("connections, no limits", "pool.bh", "nii", constants{"RESOURCE": "connections", "LIMITED": "false"}),
		ours("the same, the host translates addresses", "pool.bh", "nnn", constants{"RESOURCE": "connections", "LIMITED": "false", "TRANSLATED": "true"}),
		ours("connections, each tenant with its share of the table", "pool.bh", "iii", constants{"RESOURCE": "connections", "TRANSLATED": "true"}),
		ours("files: the time to read a layer that all have", "pages.bh", "nni", nil),
		ours("the same, a machine's disk is read through the host's cache", "pages.bh", "nnn", constants{"HOST_CACHED": "true"}),
		ours("files: the time to read, each tenant with a copy", "pages.bh", "iii", constants{"HOST_CACHED": "true", "SAME_FILE": "false"}),
		ours("wall clock: tenants may set it (CAP_SYS_TIME)", "globals.bh", "nii", nil),
		ours("wall clock: they may not", "globals.bh", "iii", constants{"ALLOWED": "false"}),
		ours("the kernel's log: tenants may read it (CAP_SYSLOG)", "globals.bh", "nii", constants{"GLOBAL": "log"}),
		ours("the kernel's log: they may not", "globals.bh", "iii", constants{"ALLOWED": "false", "GLOBAL": "log"}),
		theirs("files: a volume that two tenants have at once", "mounts.bh", "SharedVolume", "n"),
		theirs("files: a volume for one at a time, wiped in between", "mounts.bh", "", "i"),
		theirs("network: only the sender's rules are asked", "network.bh", "EgressOnly", "n"),
		theirs("network: rules of both ends, reloaded at once", "network.bh", "", "i"),
		theirs("processor: an idle tick goes to another one", "cpu.bh", "Conserving", "n"),
		theirs("processor: a window for each, used or not", "cpu.bh", "", "i"),
		theirs("last-level cache: sets by address alone", "cache.bh", "Uncoloured", "n"),
		theirs("last-level cache: sets for each", "cache.bh", "", "i"),
		theirs("a core's threads: any two tenants", "cores.bh", "Concurrent", "n"),
		theirs("a core's threads: one tenant at a time, flushed in between", "cores.bh", "", "i"),
		theirs("devices that write to memory, no IOMMU", "dma.bh", "NoIOMMU", "n"),
		theirs("devices that write to memory, through a table for each", "dma.bh", "", "i"),
	}
}

// system is what a cell is decided on.
func (r row) system(t *testing.T, m Mechanism) model.System {
	t.Helper()
	define := maps.Clone(r.define)
	if r.dir == "" {
		define = constants{"MECHANISM": m.String()}
		maps.Copy(define, r.define)
	}
	p := modelcheck.Load(t, r.models, r.file, spec.Options{Define: define})
	if r.mutant == "" {
		return p
	}
	for _, mutant := range p.Mutants() {
		if mutant.Name == r.mutant {
			return mutant.System()
		}
	}
	t.Fatalf("%s has no mutant %s", r.file, r.mutant)
	return nil
}

// cell is what the checker says of one.
func (r row) cell(t *testing.T, m Mechanism) (text string, verdict byte) {
	t.Helper()
	res, err := checker.Check(t.Context(), r.system(t, m), checker.Config{Only: []string{"Tenants"}})
	if err != nil {
		t.Fatal(err)
	}
	f := res.Properties[0]
	if !res.Exhaustive || f.Verdict == checker.Undecided || len(f.Vacuous) > 0 {
		t.Fatalf("%s, %s: got %s, exhaustive %t, vacuous %q", r.what, m, f.Verdict, res.Exhaustive, f.Vacuous)
	}
	if f.Verdict == checker.Holds {
		return suite.Thousands(res.Stats.Distinct) + " states", 'i'
	}
	return fmt.Sprintf("**no**: `%s`, %d steps", strings.Join(f.Experiment.Channel, "`, `"), len(f.Experiment.Rows)-1), 'n'
}

// cells are those of a row, three or one for all mechanisms.
func (r row) cells(t *testing.T) []string {
	t.Helper()
	var out []string
	for i, m := range Mechanisms()[:len(r.want)] {
		text, verdict := r.cell(t, m)
		if verdict != r.want[i] {
			t.Errorf("%s, %s: got %s, want %c", r.what, m, text, r.want[i])
		}
		out = append(out, text)
	}
	if len(r.want) == 1 {
		out = append(out, "the same", "the same")
	}
	return out
}

// table is the matrix in Markdown.
func table(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| what tenants share | container | sandbox | machine | decided on |\n|---|---|---|---|---|\n")
	for _, r := range matrix() {
		on := fmt.Sprintf("[%s](%s%s)", strings.TrimSuffix(r.file, ".bh"), r.dir, r.file)
		for _, name := range slices.Sorted(maps.Keys(r.define)) {
			on += fmt.Sprintf(" `%s=%s`", name, r.define[name])
		}
		if r.mutant != "" {
			on += " `" + r.mutant + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.what, strings.Join(r.cells(t), " | "), on)
	}
	return b.String()
}

// budgetRow is a line of the second table.
type budgetRow struct {
	what  string
	setup Setup // but for its mechanism
	want  [3]int
}

func budgets() []budgetRow {
	return []budgetRow{
		{"the program is not root, the monitor is confined", Setup{Jailed: true}, [3]int{1, 2, 3}},
		{"it is root in its machine", Setup{Root: true, Jailed: true}, [3]int{1, 2, 2}},
		{"it is not, but nothing confines the monitor", Setup{}, [3]int{1, 2, 2}},
		{"it is root, and nothing confines the monitor", Setup{Root: true}, [3]int{1, 2, 1}},
		{"there may be flaws in traps and exits", Setup{Traps: true, Jailed: true}, [3]int{1, 1, 1}},
	}
}

func (s Setup) constants(budget int) constants {
	return constants{
		"MECHANISM": s.Mechanism.String(), "ROOT": fmt.Sprint(s.Root), "TRAPS": fmt.Sprint(s.Traps), "JAILED": fmt.Sprint(s.Jailed),
		"BUDGET": fmt.Sprint(budget),
	}
}

// least is the least budget with which the checker finds a way to the host.
func least(t *testing.T, s Setup) int {
	t.Helper()
	for budget := range 5 {
		p := modelcheck.Load(t, Models, "budget.bh", spec.Options{Define: s.constants(budget)})
		res, err := checker.Check(t.Context(), p, checker.Config{Only: []string{"HostIntact"}})
		if err != nil {
			t.Fatal(err)
		}
		switch f := res.Properties[0]; {
		case f.Verdict == checker.Violated:
			return budget
		case f.Verdict != checker.Holds || !res.Exhaustive:
			t.Fatalf("%+v, budget %d: got %s", s, budget, f.Verdict)
		}
	}
	t.Fatalf("%+v: nobody reaches the host", s)
	return 0
}

// budgetTable is the second table in Markdown.
func budgetTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| interfaces with a flaw that it takes to reach the host | container | sandbox | machine |\n|---|---:|---:|---:|\n")
	for _, r := range budgets() {
		fmt.Fprintf(&b, "| %s |", r.what)
		for i, m := range Mechanisms() {
			s := r.setup
			s.Mechanism = m
			n := least(t, s)
			if n != r.want[i] {
				t.Errorf("%s, %s: got %d, want %d", r.what, m, n, r.want[i])
			}
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The tables of README.md are what the checker says now, and the verdicts those that the models were made to have; with -update
// they are rewritten.
func TestMatrix(t *testing.T) {
	for mark, text := range map[string]string{"matrix": table(t), "budgets": budgetTable(t)} {
		if *update {
			if err := suite.Splice("README.md", mark, text); err != nil {
				t.Fatal(err)
			}
		}
		readme, err := os.ReadFile("README.md")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(readme, []byte("<!-- "+mark+" -->\n"+text+"<!-- /"+mark+" -->")) {
			t.Errorf("README.md is not up to date: run go test ./model/hybrid -run TestMatrix -args -update. The table is\n%s", text)
		}
	}
}

// setups are all.
func setups() []Setup {
	var out []Setup
	for _, m := range Mechanisms() {
		for bits := range 8 {
			out = append(out, Setup{Mechanism: m, Root: bits&1 > 0, Traps: bits&2 > 0, Jailed: bits&4 > 0})
		}
	}
	return out
}

// An attack takes as many flaws as the checker finds are needed, and each of its steps begins where the one before it ended.
func TestAttack(t *testing.T) {
	for _, s := range setups() {
		way, err := s.Attack()
		if err != nil {
			t.Fatal(err)
		}
		n := least(t, s)
		if got := Flaws(way); got != n {
			t.Errorf("%+v: got %d flaws by %v, want %d", s, got, way, n)
		}
		at := Program
		for _, step := range way {
			if step.From != at {
				t.Errorf("%+v: got %v, which is no way", s, way)
			}
			at = step.To
		}
		if at != HostKernel {
			t.Errorf("%+v: got %v, which ends at %s", s, way, at)
		}
	}
	if _, err := (Setup{Mechanism: 3}).Attack(); err == nil {
		t.Error("a mechanism that is none: got no error")
	}
}
