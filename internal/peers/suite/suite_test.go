package suite

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// sizes lists what this run checks: the small configurations, and the large ones when soaking.
func sizes(c Case) map[string]Size {
	if os.Getenv("BULKHEAD_SOAK") != "" {
		return map[string]Size{"small": c.Small, "large": c.Large}
	}
	return map[string]Size{"small": c.Small}
}

// TestOurs counts with our own engine, in this process.
func TestOurs(t *testing.T) {
	for _, c := range Cases() {
		for name, size := range sizes(c) {
			t.Run(c.Name+"/"+name, func(t *testing.T) {
				define := map[string]string{}
				for _, k := range size.Constants {
					name, value, _ := strings.Cut(k.String(), "=")
					define[name] = value
				}
				folder, file := filepath.Split(c.Source())
				program, err := spec.LoadWith(os.DirFS(folder), file, spec.Options{Define: define})
				if err != nil {
					t.Fatal(err)
				}
				r, err := checker.Check(t.Context(), program, checker.Config{Only: c.Only})
				if err != nil {
					t.Fatal(err)
				}
				if !r.Exhaustive || r.Verdict != checker.Holds {
					t.Errorf("got %s (%s), want that it holds, exhaustively", r.Verdict, r.Reason)
				}
				if r.Stats.Distinct != size.States {
					t.Errorf("got %d distinct states, want %d", r.Stats.Distinct, size.States)
				}
			})
		}
	}
}

// TestCounts counts with the other tools that are installed. Compiling takes them seconds, so that a run without soaking
// leaves those out that differ from another by a flag.
func TestCounts(t *testing.T) {
	soak := os.Getenv("BULKHEAD_SOAK") != ""
	setup := Setup{Limit: 10 * time.Minute}
	var err error
	if setup.Root, err = filepath.Abs("../../.."); err != nil {
		t.Fatal(err)
	}
	for _, tool := range Tools() {
		if tool.Ours || !soak && tool.Name != "spin" && !tool.Once {
			continue
		}
		t.Run(tool.Name, func(t *testing.T) {
			if why := Asked(); why != "" {
				t.Skip(why)
			}
			if why := tool.Missing(); why != "" {
				t.Skipf("%s, so there is nothing to compare with (Debian: apt-get install spin rumur gcc)", why)
			}
			for _, c := range Cases() {
				for name, size := range sizes(c) {
					t.Run(c.Name+"/"+name, func(t *testing.T) {
						if name == "small" {
							t.Parallel()
						}
						count(t, tool, setup, c, size)
					})
				}
			}
		})
	}
}

func count(t *testing.T, tool Tool, setup Setup, c Case, size Size) {
	r, err := tool.Prepare(t.Context(), setup, t.TempDir(), c, size)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Measure(t.Context()) // compares the number
	if err != nil {
		t.Fatal(err)
	}
	if m.Over {
		t.Skipf("took more than %s", setup.Limit)
	}
	t.Logf("%d states in %.1f s of CPU, %d MiB", m.Distinct, m.CPU.Seconds(), m.Peak>>20)
}

// TestGrowing sees that the sizes of the growing model are what they are said to be.
func TestGrowing(t *testing.T) {
	c, sizes := Growing()
	if c.Name != "container_host" {
		t.Fatalf("got %s, want container_host", c.Name)
	}
	for _, size := range sizes {
		containers, host := size.Constants[0].Value, size.Constants[1].Value
		product := []int64{1}
		for range containers {
			next := make([]int64, len(product)+3)
			for i, a := range product {
				for pages, ways := range []int64{11, 6, 6, 6} {
					next[i+pages] += a * ways
				}
			}
			product = next
		}
		var want int64
		for _, a := range product[:host+1] {
			want += a
		}
		if size.States != want {
			t.Errorf("%v: got %d states, want %d", size.Constants, size.States, want)
		}
	}
}

// TestFiles sees that every model is there in every language and that no file lies about unused.
func TestFiles(t *testing.T) {
	used := map[string]bool{}
	for _, c := range Cases() {
		for _, file := range []string{c.Source(), "models/" + c.Name + ".pml", "models/" + c.Name + ".m"} {
			used[filepath.Base(file)] = true
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
		}
		used[c.Name+".tla"] = true
	}
	for _, a := range Aparts() {
		used[filepath.Base(a.Model)] = true
	}
	files, err := os.ReadDir("models")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("models/%s belongs to no case", f.Name())
		}
	}
}

// TestMismatch sees that a wrong number of states is an error and that the time limit is not.
func TestMismatch(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	fake := func(script string) *Run {
		return &Run{limit: 200 * time.Millisecond, want: 5, command: command{
			dir: t.TempDir(), name: "/bin/sh", args: []string{"-c", script},
			distinct: func(out string) (int64, error) { return number(out, `(\d+) states`) },
		}}
	}
	if m, err := fake("echo 5 states").Measure(context.Background()); err != nil || m.Distinct != 5 || m.Wall <= 0 {
		t.Errorf("got %+v, %v, want 5 states", m, err)
	}
	if _, err := fake("echo 6 states").Measure(context.Background()); err == nil || !strings.Contains(err.Error(), "got 6 distinct states, want 5") {
		t.Errorf("got %v, want a mismatch", err)
	}
	if _, err := fake("echo 5 states; exit 1").Measure(context.Background()); err == nil {
		t.Error("got no error from a command that fails")
	}
	if m, err := fake("exec sleep 5").Measure(context.Background()); err != nil || !m.Over {
		t.Errorf("got %+v, %v, want that the limit ended it", m, err)
	}
}

// TestMarkdown sees that medians, ratios, limits and gaps come out as they should.
func TestMarkdown(t *testing.T) {
	took := func(seconds float64, mib int64) Measure {
		d := time.Duration(seconds * float64(time.Second))
		return Measure{CPU: d, Wall: 2 * d, Peak: mib << 20, Distinct: 1 << 20}
	}
	results := []Result{
		{Case: Case{Name: "one", Large: Size{States: 1 << 20}}, Runs: map[string][]Measure{
			"bulkhead":      {took(3, 8), took(1, 8), took(2, 8)},
			"spin":          {took(30, 64), took(20, 64), took(40, 64)},
			"spin-collapse": {took(25, 32)},
			"spin-por":      {{CPU: time.Second, Distinct: 1 << 19}},
		}},
		{Case: Case{Name: "two", Large: Size{States: 1 << 20}}, Runs: map[string][]Measure{
			"bulkhead":      {took(1, 8)},
			"spin-collapse": {{Over: true}},
		}},
	}
	text := Markdown(results)
	for _, want := range []string{
		"| one | 1,048,576 |  |",
		"| model | bulkhead | spin | spin-collapse | SPIN / ours |",
		"| one | 2.00 | 30.0 | 25.0 | 12.5 |", // CPU
		"| one | 4.00 | 60.0 | 50.0 | 12.5 |", // wall
		"| two | 1.00 | – | limit | – |",
		"| one | 8.0 | 64.0 | 32.0 |", // bytes a state
		"| one | 524,288 | 50 % | 1.00 |",
		"at least 8 times as fast on 1 of 1 models",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
}

// TestSplice sees that only what stands between the marks is replaced.
func TestSplice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.md")
	if err := os.WriteFile(file, []byte("a\n<!-- x -->\nold\n<!-- /x -->\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Splice(file, "x", "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := Splice(file, "y", ""); err == nil {
		t.Error("got no error for a mark that is not there")
	}
}

// TestLives sees that ours and SPIN agree on the properties of whole runs that are measured, and on what is false. Without
// soaking SPIN has two of them to say.
func TestLives(t *testing.T) {
	setup, err := NewSetup(t.Context(), t.TempDir(), 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Lives() {
		for _, kind := range LiveRuns() {
			for _, fails := range []bool{false, true} {
				few := l.Property != "Termination" && l.Property != "InTurn" && os.Getenv("BULKHEAD_SOAK") == ""
				if fails && kind == OurSafety || few && kind == Spins {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/fails=%v", l.Property, kind, fails), func(t *testing.T) {
					t.Parallel()
					if why := cmp.Or(kind.Missing(), Asked()); kind == Spins && why != "" {
						t.Skip(why)
					}
					r, err := l.Prepare(t.Context(), setup, kind, t.TempDir(), l.Small, fails)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := r.Measure(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// TestAparts sees that the claims about domains that are measured hold in so many states and steps, and that each can fail: a mutant
// breaks it. Without soaking it looks at the smallest.
func TestAparts(t *testing.T) {
	for i, a := range Aparts() {
		if i > 0 && os.Getenv("BULKHEAD_SOAK") == "" {
			break
		}
		t.Run(a.Name(), func(t *testing.T) {
			define := map[string]string{}
			for _, k := range a.Constants {
				define[k.Name] = fmt.Sprint(k.Value)
			}
			program, err := spec.LoadWith(os.DirFS("../../.."), a.Model, spec.Options{Define: define})
			if err != nil {
				t.Fatal(err)
			}
			r, err := checker.Check(t.Context(), program, checker.Config{Only: []string{a.Property}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != checker.Holds || r.Stats.Distinct != a.States || r.Stats.Generated-r.Stats.Initial != a.Steps {
				t.Errorf("got %s in %d states and %d steps, want %d and %d", r.Verdict, r.Stats.Distinct, r.Stats.Generated-r.Stats.Initial, a.States, a.Steps)
			}
			for _, m := range program.Mutants() {
				if m.Name != a.Mutant {
					continue
				}
				r, err := checker.Check(t.Context(), m.System(), checker.Config{Only: []string{a.Property}})
				if err != nil || r.Verdict != checker.Violated {
					t.Errorf("%s: got %v, %v", m.Name, r, err)
				}
				return
			}
			t.Errorf("there is no mutant %s", a.Mutant)
		})
	}
}

// TestApartMarkdown sees that the ratio, and what a transition takes, come out as they should, and gaps.
func TestApartMarkdown(t *testing.T) {
	took := func(seconds float64, mib int64) []Measure {
		return []Measure{{CPU: time.Duration(seconds * float64(time.Second)), Peak: mib << 20}}
	}
	a := Apart{Model: "models/one.bh", Constants: set("N", 3), States: 1000, Steps: 1 << 20}
	text := ApartMarkdown([]ApartResult{
		{a, map[string][]Measure{"safety": took(0.5, 4), "isolated": took(2, 16)}},
		{a, map[string][]Measure{"safety": took(0.5, 4), "isolated": {{Over: true}}}},
	})
	for _, want := range []string{"| one N=3 | 1,000 | 1,048,576 | 0.50 | 2.00 | 4.0 | 1.91 | 16.0 |", "| one N=3 | 1,000 | 1,048,576 | – |"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
}
