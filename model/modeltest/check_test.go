package modeltest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

// A test that ought to fail runs in another process of this binary: TestChild, told by the environment what to check.
const (
	systemVariable = "BULKHEAD_TEST_SYSTEM"
	otherVariable  = "BULKHEAD_TEST_OTHER_SYSTEM" // checked after it
	dirVariable    = "BULKHEAD_TEST_DIR"
)

// children are the systems that TestChild checks.
var children = map[string]func() (model.System, checker.Config){
	"sound":  func() (model.System, checker.Config) { return model.MustDefine(counting(5)), checker.Config{} },
	"unsafe": func() (model.System, checker.Config) { return unsafeCounting(5), checker.Config{} },
	"unsafe more slowly": func() (model.System, checker.Config) {
		return unsafeCounting(4), checker.Config{}
	},
	"sound, other name": func() (model.System, checker.Config) {
		d := counting(5)
		d.Name = "Other"
		d.Steps = append(d.Steps, model.Relation[counter]{Name: "Slow", Holds: func(_, _ counter) bool { return true }})
		return model.MustDefine(d), checker.Config{}
	},
	"unsafe, other name": func() (model.System, checker.Config) {
		return broken{System: unsafeCounting(5), info: func(i model.Info) model.Info { i.Name = "Other"; return i }}, checker.Config{}
	},
	"only sound": func() (model.System, checker.Config) {
		return unsafeCounting(5), checker.Config{Only: []string{"Within", "Near"}}
	},
	"cut short": func() (model.System, checker.Config) {
		return model.MustDefine(counting(5)), checker.Config{MaxStates: 3}
	},
	"panicking": func() (model.System, checker.Config) {
		d := counting(5)
		d.Invariants = []model.Predicate[counter]{{Name: "Careless", Holds: func(c counter) bool { return c.Trip[0] >= 0 }}}
		return model.MustDefine(d), checker.Config{}
	},
	"stuck": func() (model.System, checker.Config) {
		return model.MustDefine(model.Definition[int8]{
			Name: "Stuck", Init: slices.Values([]int8{0}),
			Actions: []model.ActionOf[int8]{{Name: "Up", Next: model.Guarded(
				func(n int8) bool { return n < 3 }, func(n int8) int8 { return n + 1 })}},
			Bounds: []model.Measure[int8]{{Name: "Low", Limit: 2, Value: func(n int8) int { return int(n) }}},
		}), checker.Config{}
	},
	"faulty": func() (model.System, checker.Config) {
		return broken{System: model.MustDefine(counting(5)), runner: func(r model.Runner) model.Runner {
			return &faulty{Runner: r, at: 3, message: "too large"}
		}}, checker.Config{}
	},
}

// unsafeCounting has a violated property of every kind that has a run to it.
func unsafeCounting(limit int8) model.System {
	d := counting(limit)
	d.Invariants = append(d.Invariants, model.Predicate[counter]{
		Name: "Never 4, up", Holds: func(c counter) bool { return c.N != 4 || len(c.Trip) < 2 },
	})
	d.Steps = append(d.Steps,
		model.Relation[counter]{Name: "Slow", Holds: func(before, after counter) bool { return after.N-before.N < 3 }},
		model.Relation[counter]{Name: "Low", Action: "Jump", Holds: func(_, after counter) bool { return after.N < 4 }})
	d.Bounds = append(d.Bounds, model.Measure[counter]{Name: "Short", Value: func(c counter) int { return len(c.Trip) }, Limit: 1})
	d.Reachable = append(d.Reachable, model.Predicate[counter]{Name: "Beyond", Holds: func(c counter) bool { return c.N > limit }})
	return model.MustDefine(d)
}

func TestChild(t *testing.T) {
	child, ok := children[os.Getenv(systemVariable)]
	if !ok {
		t.Skip("runs only for the other tests")
	}
	sys, config := child()
	modeltest.Check(t, sys, modeltest.CheckOptions{Config: config, Dir: os.Getenv(dirVariable)}) // the line of every failure
	if other, ok := children[os.Getenv(otherVariable)]; ok {
		sys, config = other()
		modeltest.Check(t, sys, modeltest.CheckOptions{Config: config, Dir: os.Getenv(dirVariable)})
	}
}

// check runs TestChild and gives what it printed and whether it passed.
func check(t *testing.T, system, dir string) (text string, passed bool) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	c.Env = append(os.Environ(), systemVariable+"="+system, dirVariable+"="+dir)
	out, err := c.CombinedOutput()
	if err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			t.Fatal(err)
		}
	}
	return string(out), err == nil
}

// want checks that a text contains all of some.
func want(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("want %q in\n%s", p, text)
		}
	}
}

func saved(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "TestChild", "Counting", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	return files
}

func TestCheckPasses(t *testing.T) {
	dir := t.TempDir()
	text, passed := check(t, "sound", dir)
	if !passed {
		t.Errorf("failed with\n%s", text)
	}
	want(t, text, "PASS: TestChild/Within", "PASS: TestChild/Length", "PASS: TestChild/Top", "PASS: TestChild/deadlock",
		"distinct states)", "greatest value 2")
	if files := saved(t, dir); len(files) != 0 {
		t.Errorf("got files %v, want none", files)
	}
}

// A violated property fails, its run is saved, replayed while it fails, replaced when another takes its place, and
// removed when the property holds.
func TestCheckSavesAndReplays(t *testing.T) {
	dir := t.TempDir()
	violated := []string{"Never_4,_up", "Slow", "Low", "Short"}
	text, passed := check(t, "unsafe", dir)
	if passed {
		t.Fatalf("passed with\n%s", text)
	}
	for _, p := range violated {
		want(t, text, "FAIL: TestChild/"+p)
	}
	want(t, text, "FAIL: TestChild/Beyond", "no reachable state meets it", "PASS: TestChild/Within", "initial state", "Jump(by=3)")
	if got, want := strings.Join(saved(t, dir), " "),
		"Low.trace.json Never%204%2C%20up.trace.json Short.trace.json Slow.trace.json"; got != want {
		t.Fatalf("got files %s, want %s", got, want)
	}
	run, err := os.ReadFile(filepath.Join(dir, "TestChild", "Counting", "Slow.trace.json"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, string(run), `"schema": "bulkhead.run/1"`, `"property": "Slow"`, `"N = 0"`, `"Jump(by=3)"`)

	text, passed = check(t, "unsafe", dir)
	if passed {
		t.Fatalf("passed with\n%s", text)
	}
	for _, p := range violated {
		want(t, text, "FAIL: TestChild/"+p)
	}
	want(t, text, "Slow is violated, by the run that was saved", "Jump(by=3)", "N: 0 -> 3", "SKIP: TestChild/Within",
		"not searched: the saved run of")

	// The properties that hold are not kept from being searched by runs of others.
	if text, passed = check(t, "only sound", dir); !passed {
		t.Errorf("failed with\n%s", text)
	}
	if n := len(saved(t, dir)); n != len(violated) {
		t.Errorf("got %d files, want %d", n, len(violated))
	}

	// The properties are gone, and their runs with them.
	text, passed = check(t, "sound", dir)
	if !passed {
		t.Errorf("failed with\n%s", text)
	}
	want(t, text, "the saved run of Slow is stale: there is no such property now", "has served")
	if files := saved(t, dir); len(files) != 0 {
		t.Errorf("got files %v, want none", files)
	}
}

// What was saved is compared with what the system does now, by the texts of the steps.
func TestCheckOnStaleRuns(t *testing.T) {
	dir := t.TempDir()
	put := func(property, kind, start, steps string) {
		t.Helper()
		folder := filepath.Join(dir, "TestChild", "Counting")
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		text := `{"schema":"bulkhead.run/1","property":"` + property + `","kind":"` + kind + `","start":` + start + `,"steps":` + steps + `}`
		if err := os.WriteFile(filepath.Join(folder, property+".trace.json"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("Within", "invariant", `["N = 0", "Trip = []"]`, `["Up","Up"]`)
	put("Near", "step", `["N = 0", "Trip = []"]`, `["Up","Sideways"]`)
	put("Length", "bound", `["N = 7", "Trip = []"]`, `[]`)
	put("fault", "fault", `["N = 0", "Trip = []"]`, `["Up"]`)
	text, passed := check(t, "sound", dir)
	if !passed {
		t.Errorf("failed with\n%s", text)
	}
	want(t, text, "the saved run of Within no longer violates it", "the saved run of Near is stale: step 2, Sideways, cannot be taken now",
		"the saved run of Length is stale: there is no such initial state now", "the saved run of fault no longer violates it")
	if files := saved(t, dir); len(files) != 0 {
		t.Errorf("got files %v, want none", files)
	}

	put("Within", "invariant", `["N = 0", "Trip = []"]`, `17`)
	text, passed = check(t, "sound", dir)
	if passed {
		t.Errorf("passed with a file that cannot be read\n%s", text)
	}
	want(t, text, "remove the file if it is of no use")
}

func TestCheckOfDeadlockBoundAndFault(t *testing.T) {
	for _, system := range []string{"stuck", "faulty"} {
		dir := t.TempDir()
		first, passed := check(t, system, dir)
		if passed {
			t.Errorf("%s passed with\n%s", system, first)
		}
		second, passed := check(t, system, dir)
		if passed {
			t.Errorf("%s passed with\n%s", system, second)
		}
		want(t, second, "by the run that was saved")
		switch system {
		case "stuck":
			want(t, first, "FAIL: TestChild/deadlock", "bound Low is violated: greatest value 3", "3  Up")
			want(t, second, "FAIL: TestChild/deadlock", "FAIL: TestChild/Low", "3  Up")
		case "faulty":
			want(t, first, "FAIL: TestChild/fault", "too large", "Jump(by=3)")
			want(t, second, "FAIL: TestChild/fault", "too large", "Jump(by=3)")
		}
	}
}

// Two systems in one test keep their runs apart, also those of properties with one name.
func TestCheckOfTwoSystems(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(otherVariable, "sound, other name")
	if text, passed := check(t, "unsafe", dir); passed {
		t.Errorf("passed with\n%s", text)
	}
	first := saved(t, dir)
	if !slices.Contains(first, "Slow.trace.json") {
		t.Fatalf("got files %v, want one of Slow", first)
	}
	t.Setenv(otherVariable, "unsafe, other name")
	second, passed := check(t, "unsafe", dir)
	if passed || strings.Count(second, "Slow is violated, by the run that was saved") != 1 {
		t.Errorf("passed %v, want a failure by one saved run\n%s", passed, second)
	}
	if files := saved(t, dir); !slices.Equal(files, first) {
		t.Errorf("got files %v, want %v", files, first)
	}
	others, err := filepath.Glob(filepath.Join(dir, "TestChild", "Other", "Slow*"))
	if err != nil || len(others) != 1 {
		t.Errorf("got files %v and error %v, want one of the other system", others, err)
	}
}

// Failures show the line of the test, not one of this package.
func TestCheckFailsAtTheLineOfTheTest(t *testing.T) {
	source, err := os.ReadFile("check_test.go")
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Count(strings.SplitAfter(string(source), "// the line of every failure")[0], "\n") + 1
	at := fmt.Sprintf("check_test.go:%d: ", line)
	dir := t.TempDir()
	for range 2 { // by a search, by a replay
		text, _ := check(t, "unsafe", dir)
		want(t, text, at)
		for _, other := range []string{" check.go:", " saved.go:"} {
			if strings.Contains(text, other) {
				t.Errorf("got a line in %s, want %s\n%s", other, at, text)
			}
		}
	}
	for _, system := range []string{"cut short", "panicking"} {
		text, _ := check(t, system, t.TempDir())
		want(t, text, at)
	}
}

func TestCheckFailsWhatIsNotDecided(t *testing.T) {
	text, passed := check(t, "cut short", t.TempDir())
	if passed || strings.Contains(text, "PASS: TestChild/Within") {
		t.Errorf("passed with\n%s", text)
	}
	want(t, text, "invariant Within is undecided: state limit 3 reached")

	text, passed = check(t, "panicking", t.TempDir())
	if passed {
		t.Errorf("passed with\n%s", text)
	}
	want(t, text, "cannot be checked: the system panicked in Holds: runtime error: index out of range")
}
