package inductive

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	draw "github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// solvers skips a test where none is installed, or where it was not asked for.
func solvers(t *testing.T) []Solver {
	t.Helper()
	if os.Getenv("BULKHEAD_PEERS") == "" && os.Getenv("BULKHEAD_SOAK") == "" {
		t.Skip("set BULKHEAD_PEERS or BULKHEAD_SOAK to ask solvers")
	}
	list := Installed()
	if len(list) == 0 {
		t.Skip("neither z3 nor cvc5 is installed")
	}
	return list
}

// proveText proves the model in a text; all says whether constants are left open.
func proveText(t *testing.T, text string, define map[string]string, all bool, only string) (*spec.Program, *Report) {
	t.Helper()
	asked := solvers(t)
	if only != "" { // one will do
		asked = asked[:1]
	}
	p, inst, err := loadText(text, define)
	if err != nil {
		t.Fatalf("%s\n%s", spec.Detail(err), text)
	}
	report, err := Prove(context.Background(), p.IR(), inst, Options{
		Solvers: asked, Limit: 20 * time.Second, All: all, Only: only,
		Load: func(constants map[string]int64) (*ir.Program, Instance, error) {
			with := maps.Clone(define)
			if with == nil {
				with = map[string]string{}
			}
			for k, n := range constants {
				with[k] = strconv.FormatInt(n, 10)
			}
			q, inst, err := loadText(text, with)
			if err != nil {
				return nil, nil, err
			}
			return q.IR(), inst, nil
		},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p, report
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shipped are the models of this folder, the constants that can be open, and mistakes in them: what stands in the place of what, and a claim that
// must be refuted.
var shipped = []struct {
	file     string
	open     string
	mistakes [][3]string
	sizes    []map[string]string // under which the checker is asked, too
}{
	{"models/admission.bh", "VMS CAPACITY SIZE", [][3]string{
		{"promised() + reserve[v] <= CAPACITY {", "(sum w in on: reserve[w]) + reserve[v] <= CAPACITY {", "Admit: Promised"},
		{"promised() + reserve[v] <= CAPACITY {", "promised() + reserve[v] <= CAPACITY + 1 {", "Admit: Promised"},
		{"when not (v in on union admitted) { reserve[v] = r }", "when not v in on { reserve[v] = r }", "Resize: Promised"},
		{"{ admitted = admitted minus {v}; on = on union {v} }", "{ on = on union {v} }", "PowerOn: Apart"},
		{"r: 1..SIZE)", "r: 1..SIZE + 1)", "Resize: no fault"},
	}, []map[string]string{{"VMS": "1"}, {"VMS": "2", "CAPACITY": "0"}, {"VMS": "4", "SIZE": "2", "CAPACITY": "5"}}},
	{"models/cgroup.bh", "PROCS PAGES HOST LIMIT BATCH", [][3]string{
		{"for g in Cgroup where above(g, home[p]) { usage[g] -= n }", "for g in Cgroup where above(g, home[p]) and g != host { usage[g] -= n }", "Uncharge: Accounting"},
		{"usage[g] + n <= limit(g))", "usage[g] <= limit(g))", "Charge: Limits"},
		{"when pages[p] == 0 { home[p] = to }", "{ home[p] = to }", "Move: Accounting"},
		{"when n <= pages[p] {", "{", "Uncharge: no fault"},
	}, []map[string]string{{"PROCS": "1"}, {"PROCS": "3", "LIMIT": "1"}, {"HOST": "4", "PAGES": "3", "BATCH": "1"}, {"LIMIT": "0", "HOST": "1"}}},
	{"models/closure.bh", "USERS PRIVILEGES MOST", [][3]string{
		{"when has[by, p] and not has[to, p]", "when not has[to, p]", "Grant: Within"},
		{"has[whom, p] and not whom in root", "has[whom, p]", "Revoke: Roots"},
		{" and grants < MOST", "", "Grant: no fault"},
	}, []map[string]string{{"USERS": "1"}, {"USERS": "2", "PRIVILEGES": "3", "MOST": "0"}}},
}

// mend drops the mutants of a model: they are of the text as it was.
func mend(text string) string {
	if i := strings.Index(text, "\nmutant"); i >= 0 {
		return text[:i+1]
	}
	return text
}

// The models of this folder are proved for all values of their constants, and with any mistake they are not: a step shows it.
func TestShipped(t *testing.T) {
	for _, m := range shipped {
		text := mend(read(t, m.file))
		_, report := proveText(t, text, nil, true, "")
		if report.Verdict() != Proved {
			t.Errorf("%s: got %+v", m.file, failed(report))
		}
		if got := strings.Join(report.Open, " "); got != m.open {
			t.Errorf("%s: open are %s, want %s", m.file, got, m.open)
		}
		for _, mistake := range m.mistakes {
			bad := strings.Replace(text, mistake[0], mistake[1], 1)
			if bad == text {
				t.Fatalf("%s: %q does not stand in it", m.file, mistake[0])
			}
			_, report := proveText(t, bad, nil, true, mistake[2])
			found := false
			for _, r := range report.Results {
				found = found || r.Name == mistake[2] && r.Verdict == Refuted && r.Cex != nil
			}
			if !found {
				t.Errorf("%s with %q: %s is not refuted: %+v", m.file, mistake[1], mistake[2], failed(report))
			}
		}
	}
}

func failed(r *Report) []string {
	var out []string
	for _, x := range r.Results {
		if x.Verdict != Proved {
			out = append(out, x.Name+": "+map[Verdict]string{Refuted: "refuted", Undecided: x.Why}[x.Verdict])
		}
	}
	return out
}

// What is proved of a shipped model for all values, the checker finds under some.
func TestShippedAreChecked(t *testing.T) {
	for _, m := range shipped {
		for _, define := range append(m.sizes, nil) {
			p, _, err := loadText(mend(read(t, m.file)), define)
			if err != nil {
				t.Fatalf("%s %v: %v", m.file, define, err)
			}
			res, err := checker.Check(context.Background(), p, checker.Config{})
			if err != nil || res.Verdict != checker.Holds {
				t.Errorf("%s %v: got %v, %v", m.file, define, res.Verdict, err)
			}
		}
	}
}

// Whatever is found inductive of a drawn model, the checker finds to hold. (Counterexamples are confirmed by the interpreter, or Prove fails.)
func TestInductiveHolds(t *testing.T) {
	asked := solvers(t)[:1]
	proved, refuted, drawn := 0, 0, 0
	redraw.Until(t, func() bool { return proved > 0 && refuted > 0 }, func(t *rapid.T) {
		if drawn++; drawn > 30 && proved > 0 && refuted > 0 && os.Getenv("BULKHEAD_SOAK") == "" {
			return
		}
		text := draw.Model(t)
		p, inst, err := loadText(text, nil)
		if err != nil {
			t.Fatalf("%s\n%s", spec.Detail(err), text)
		}
		report, err := Prove(context.Background(), p.IR(), inst, Options{Solvers: asked, Limit: 3 * time.Second})
		if errors.As(err, new(*Unsupported)) {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if report.Verdict() != Proved {
			refuted++
			return
		}
		res, err := checker.Check(context.Background(), p, checker.Config{MaxStates: 200_000})
		if err != nil { // there is no initial state
			return
		}
		proved++
		kinds := []model.Kind{model.Invariant, model.Bound, model.Step, model.Ensures}
		if others := p.IR(); len(others.Terminal) == 0 && len(others.Runs.Code) == 0 && !strings.Contains(text, "\nreachable ") {
			kinds = append(kinds, model.FaultFree) // nothing is evaluated of which induction does not speak
		}
		for _, q := range res.Properties {
			if slices.Contains(kinds, q.Property.Kind) {
				if q.Verdict == checker.Violated {
					t.Fatalf("%s is violated, and was proved\n%s", q.Property.Name, text)
				}
			}
		}
	})
	t.Logf("%d proved, %d not", proved, refuted)
	if proved == 0 || refuted == 0 {
		t.Errorf("got %d proved and %d refuted, want some of each", proved, refuted)
	}
}

// What must be said by name.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"model M\nconst N = 2\nstate { q: seq[0..1, N] = [] }\naction A { q = [] }\ninvariant I { size(q) <= N }\n", "seq[0..1, 2], where N must have a value"},
		{"model M\nconst N = 2\nstate { x: 0..N = 0 }\naction A { x = pick y in 0..N where y > 0 }\ninvariant I { true }\n", "written out, where N must have a value"},
		{"model M\nconst N = 2\nstate { x: 0..N = 0 }\naction A { x = 1 }\ninvariant I { (max y in 0..N: y * x) <= N }\n", "written out, where N must have a value"},
	} {
		p, inst, err := loadText(c.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Prove(context.Background(), p.IR(), inst, Options{Open: []string{"N"}})
		if !errors.As(err, new(*Unsupported)) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		report, err := Prove(context.Background(), p.IR(), inst, Options{All: true})
		if err != nil || len(report.Open) != 0 || len(report.Closed) != 1 || report.Closed[0].Name != "N" {
			t.Errorf("got %+v, %v, want N to have a value", report, err)
		}
	}
}

// Quantifiers in each other are refused before they take for ever.
func TestMuchWork(t *testing.T) {
	p, inst, err := loadText("model M\nstate { x: 0..1 = 0 }\naction A { x = 1 }\ninvariant I { forall a, b, c in 1..4000: a + b + c > x }\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Prove(context.Background(), p.IR(), inst, Options{}); !errors.As(err, new(*Unsupported)) || !strings.Contains(err.Error(), "more than 4194304 steps to be written out") {
		t.Errorf("got %v", err)
	}
}

// Types that are the same only under the constants of the file are not taken for the same: with another N, what is stored
// may be outside.
func TestCoincidence(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"type A = 0..N - 1\nstate {\nx: A = 0\ny: 0..2 = 0\n}\naction Copy { y = x }\naction Up when x + 1 < N { x += 1 }\n", "Copy: no fault"},
		{"state {\nm: map[0..N - 1]bool = false\ny: 0..2 = 0\n}\naction Put { m[y] = true }\naction Up when y < 2 { y += 1 }\n", "Put: no fault"},
		{"state {\nm: map[0..N - 1]bool = false\ny: 0..2 = 0\n}\naction Get when m[y] { skip }\naction Up when y < 2 { y += 1 }\n", "Get: no fault"},
		{"func f(k: 0..2) bool = k < 3\nstate { x: 0..N - 1 = 0 }\naction Call when f(x) { skip }\naction Up when x + 1 < N { x += 1 }\n", "Call: no fault"},
		{"state { x: option[0..2] = none }\naction Some(y: 0..N - 1) { x = some(y) }\n", "Some: no fault"},
	} {
		p, inst, err := loadText("model M\nconst N = 3\n"+c.text+"invariant I { true }\n", nil)
		if err != nil {
			t.Fatal(spec.Detail(err))
		}
		for _, open := range []bool{false, true} {
			opt := Options{}
			if open {
				opt.Open = []string{"N"}
			}
			report, err := Prove(context.Background(), p.IR(), inst, opt)
			if err != nil {
				t.Errorf("%s: %v", c.want, err)
				continue
			}
			for _, r := range report.Results {
				if r.Name == c.want && r.Plain() == open {
					t.Errorf("%s: open %t, and it follows by its form: %t", c.want, open, r.Plain())
				}
			}
		}
	}
	for _, c := range []struct{ text, want string }{
		{"state {\nx: set[0..N - 1] = {}\ny: set[0..2] = {}\n}\naction Copy { y = x }\n", "a value of set[0..2] as one of set[0..2]"},
		{"state {\nx: set[0..N - 1] = {}\ny: set[0..2] = {}\n}\naction Test when x subset y { skip }\n", "set[0..2] together with set[0..2]"},
		{"state {\nx: option[0..N - 1] = none\ny: option[0..2] = none\n}\naction Copy { y = if x is none then x else y }\n", "as one of option[0..2]"},
	} {
		p, inst, err := loadText("model M\nconst N = 3\n"+c.text+"invariant I { true }\n", nil)
		if err != nil {
			t.Fatal(spec.Detail(err))
		}
		if _, err := Prove(context.Background(), p.IR(), inst, Options{Open: []string{"N"}}); !errors.As(err, new(*Unsupported)) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
