package modeltest_test

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/modeltest"
)

func drive(t testing.TB, a, b model.System, o modeltest.DriveOptions) {
	t.Helper()
	o.A, o.B = byLabel, byLabel
	modeltest.Drive(t, a, b, o)
}

// runsDiffer gives the number of steps after which two tables have different runs, by the definition: the first length
// at which only one of them has some sequence of steps
// and looks. It gives -1 when there is none.
func runsDiffer(x, y table) int {
	type pair struct{ a, b string } // the sets of states that two systems may be in
	set := func(states []int) string {
		return fmt.Sprint(slices.Compact(slices.Sorted(slices.Values(states))))
	}
	type entry struct{ label, seen int }
	group := func(x table, from []int, start bool) map[entry][]int {
		out := map[entry][]int{}
		if start {
			for _, s := range x.initial {
				out[entry{0, x.seen[s]}] = append(out[entry{0, x.seen[s]}], s)
			}
		}
		for _, e := range x.edges {
			if !start && slices.Contains(from, e[0]) {
				out[entry{e[1], x.seen[e[2]]}] = append(out[entry{e[1], x.seen[e[2]]}], e[2])
			}
		}
		return out
	}
	type place struct{ a, b []int }
	known := map[pair]bool{}
	level := []place{{}}
	for depth := 0; len(level) > 0; depth++ {
		var next []place
		for _, p := range level {
			a, b := group(x, p.a, depth == 0), group(y, p.b, depth == 0)
			if len(a) != len(b) {
				return depth
			}
			for e, states := range a {
				others, ok := b[e]
				if !ok {
					return depth
				}
				if k := (pair{set(states), set(others)}); !known[k] {
					known[k] = true
					next = append(next, place{states, others})
				}
			}
		}
		level = next
	}
	return -1
}

// Drive fails only where runs differ, and mostly then, with a run that is no shorter than can be and that its options
// find again.
func TestDriveFindsWhereRunsDiffer(t *testing.T) {
	var alike, found, missed, longer int
	redraw.Until(t, func() bool { return alike > 0 && found > 0 && missed <= found && longer <= found/2 }, func(t *rapid.T) {
		x := drawTable(t)
		y := change(t, x)
		shift := rapid.IntRange(1, 1000).Draw(t, "shift")
		a, b := x.system("a", func(s int) int { return s }), y.system("b", func(s int) int { return shift - s })
		o := modeltest.DriveOptions{Runs: 60, Steps: 12, Seed: rapid.Uint64().Draw(t, "seed")}
		text, failed := record(func(t testing.TB) { drive(t, a, b, o) })
		want := runsDiffer(x, y)
		switch {
		case failed && want < 0:
			t.Fatalf("systems with the same runs are told apart\n%s", text)
		case want < 0:
			alike++
			return
		case !failed:
			missed++
			return
		}
		found++
		if got := stepsOf(t, text); got < want {
			t.Fatalf("got a difference at step %d, want none before %d\n%s", got, want, text)
		} else if got > want {
			longer++
		}
		if again, failed := record(func(t testing.TB) { drive(t, a, b, alone(t, text)) }); !failed || story(again) != story(text) {
			t.Fatalf("got\n%s\nand by its options alone\n%s", text, again)
		}
	})
	t.Logf("%d alike; %d found, %d of them not with a shortest run; %d missed", alike, found, longer, missed)
	if alike == 0 || found == 0 || missed > found || longer > found/2 {
		t.Errorf("got %d alike, %d found, %d with a longer run than need be, %d missed", alike, found, longer, missed)
	}
}

// stepsOf gives the number of the step, or 0 for the initial state, at which a failure says that the systems differ.
func stepsOf(t interface{ Fatalf(string, ...any) }, text string) int {
	if strings.Contains(text, "differ at the start") {
		return 0
	}
	m := regexp.MustCompile(`differ at step (\d+)`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no length in\n%s", text)
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// alone reads the options that a failure names.
func alone(t interface{ Fatalf(string, ...any) }, text string) modeltest.DriveOptions {
	var o modeltest.DriveOptions
	_, options, _ := strings.Cut(text, "alone it is ")
	if n, err := fmt.Sscanf(options, "DriveOptions{Seed: %d, Runs: %d, Steps: %d}", &o.Seed, &o.Runs, &o.Steps); n != 3 {
		t.Fatalf("no options (%v) in\n%s", err, text)
	}
	return o
}

// story is a failure without the line on the run that found it.
func story(text string) string {
	before, _, _ := strings.Cut(text, "\nthis is run")
	return before
}

func TestDriveTellsTheRun(t *testing.T) {
	d := counting(40)
	d.Init = slices.Values([]counter{{}})
	d.Actions = []model.ActionOf[counter]{d.Actions[0], d.Actions[2]} // so that Up alone leads to 1
	a := model.MustDefine(d)
	d.Name = "Slipping"
	d.Actions = slices.Clone(d.Actions)
	jump := d.Actions[1].Next
	d.Actions[1].Next = func(c counter) iter.Seq2[model.Args, counter] {
		return func(yield func(model.Args, counter) bool) {
			for args, to := range jump(c) {
				if c.N == 1 && to.N == 4 {
					to.N--
				}
				if !yield(args, to) {
					return
				}
			}
		}
	}
	b := model.MustDefine(d)
	text, failed := record(func(t testing.TB) { modeltest.Drive(t, a, b) })
	want := strings.Join([]string{
		"A, Counting, and B, Slipping, differ at step 2",
		"  0  initial state",
		"     N = 0",
		"     Trip = []",
		"  1  Up",
		"     N: 0 -> 1",
		"     Trip: [] -> [1]",
		"and then step 2, Jump(by=3), leads A where it does not lead B",
		"     in A: N = 4",
		"     in B: N = 3",
	}, "\n")
	if got := story(text); !failed || got != want {
		t.Errorf("failed: %v, with\n%s\nwant\n%s", failed, text, want)
	}
	if again, _ := record(func(t testing.TB) { modeltest.Drive(t, a, b) }); again != text {
		t.Errorf("got\n%s\nand the second time\n%s", text, again)
	}
	other, _ := record(func(t testing.TB) { modeltest.Drive(t, a, b, modeltest.DriveOptions{Seed: 1 << 40}) })
	if !strings.Contains(other, "Seed: 10995116277") {
		t.Errorf("want a seed from %d in\n%s", 1<<40, other)
	}
	if text, failed := record(func(t testing.TB) { modeltest.Drive(t, a, a) }); failed ||
		!strings.Contains(text, "100 runs of 1,") {
		t.Errorf("failed: %v, with %s", failed, text)
	}
}

// Each way to differ is told, whichever of the systems has it.
func TestDriveTellsTheDifference(t *testing.T) {
	id := func(s int) int { return s }
	x := table{[]int{0, 1, 2, 3}, []int{0}, [][3]int{{0, 0, 1}, {1, 1, 2}, {1, 1, 3}}}
	without := table{x.seen, x.initial, x.edges[:1]}
	unlike := table{[]int{0, 1, 2, 4}, x.initial, x.edges}
	elsewhere := table{x.seen, []int{1}, x.edges}
	nowhere := table{x.seen, nil, x.edges}
	faults := broken{System: x.system("faults", id), runner: func(r model.Runner) model.Runner { return &faulty{r, 1, "too large"} }}
	for _, test := range []struct {
		b    model.System
		want [2]string // as the second and as the first system
	}{
		{without.system("b", id), [2]string{"A can take step 2, 1, and B cannot", "B can take step 2, 1, and A cannot"}},
		{unlike.system("b", id), [2]string{
			"step 2, 1, leads A where it does not lead B (by none of 2 ways; the most alike is shown)\n     in A: seen = 3\n     in B: seen = ",
			"step 2, 1, leads A where it does not lead B (by none of 2 ways; the most alike is shown)\n     in A: seen = 4\n     in B: seen = ",
		}},
		{faults, [2]string{"     in A: seen = 1\n     in B: a fault", "     in A: a fault\n     in B: seen = 1"}},
		{elsewhere.system("b", id), [2]string{
			"an initial state of A looks like none of B\n     in A: seen = 0\n     in B: seen = 1",
			"an initial state of A looks like none of B\n     in A: seen = 1\n     in B: seen = 0",
		}},
		{nowhere.system("b", id), [2]string{"A has initial states and B has none", "B has initial states and A has none"}},
	} {
		a := x.system("a", id)
		fails(t, test.want[0], func(t testing.TB) { drive(t, a, test.b, modeltest.DriveOptions{}) })
		fails(t, test.want[1], func(t testing.TB) { drive(t, test.b, a, modeltest.DriveOptions{}) })
	}
	drive(t, faults, broken{System: x.system("x", id), runner: func(r model.Runner) model.Runner {
		return &faulty{r, 1, "in other words"}
	}}, modeltest.DriveOptions{})
}

// a(b+c) and ab+ac have the same runs: what Drive sees of a state does not tell which of two it is.
func TestDriveFollowsAllThatLooksTheSame(t *testing.T) {
	id := func(s int) int { return s }
	choice := table{make([]int, 4), []int{0}, [][3]int{{0, 0, 1}, {1, 1, 2}, {1, 2, 3}}}
	early := table{make([]int, 5), []int{0}, [][3]int{{0, 0, 1}, {0, 0, 4}, {1, 1, 2}, {4, 2, 3}}}
	drive(t, choice.system("choice", id), early.system("early", id), modeltest.DriveOptions{})
	early.edges = append(early.edges, [3]int{4, 3, 3})
	fails(t, "B can take step 2, 3, and A cannot", func(t testing.TB) {
		drive(t, choice.system("choice", id), early.system("early", id), modeltest.DriveOptions{})
	})
}

// A view of one system alone is compared in full, and the names of variables that only one has do not matter.
func TestDriveOptions(t *testing.T) {
	id := func(s int) int { return s }
	x := table{make([]int, 3), []int{0}, [][3]int{{0, 0, 1}, {1, 0, 2}}}
	a, b := x.system("a", id), x.system("b", func(s int) int { return s + 1 })
	modeltest.Drive(t, a, b)
	first := modeltest.View{Observe: func(vars []model.Binding) []model.Binding { return vars[:1] }}
	modeltest.Drive(t, a, b, modeltest.DriveOptions{A: first, B: first})
	fails(t, "in B: b = 1", func(t testing.TB) { modeltest.Drive(t, a, b, modeltest.DriveOptions{A: first}) })

	y := table{make([]int, 1), []int{0}, nil}.system("seen", id)
	blindly(t, y, func(t testing.TB, a, b model.System, v modeltest.View) {
		modeltest.Drive(t, a, b, modeltest.DriveOptions{A: v, B: v})
	})
}

// blindly checks that x is not compared with a system that shows nothing, or other variables, unless the user says so.
func blindly(t *testing.T, x model.System, compare func(t testing.TB, a, b model.System, v modeltest.View)) {
	t.Helper()
	still := func(vars ...model.Binding) model.System {
		return model.MustDefine(model.Definition[int8]{
			Name: "Still", AllowDeadlock: true, Init: slices.Values([]int8{0}),
			Show: func(int8) []model.Binding { return vars },
		})
	}
	other := still(model.Binding{Name: "Other", Value: model.Int(0)})
	for _, pair := range [][2]model.System{{x, still()}, {still(), x}, {x, other}} {
		fails(t, "have no variable of the same name; give View.Observe", func(t testing.TB) {
			compare(t, pair[0], pair[1], modeltest.View{})
		})
	}
	compare(t, x, other, modeltest.View{Observe: func([]model.Binding) []model.Binding { return nil }})
	text, failed := record(func(t testing.TB) { compare(t, still(), still(), modeltest.View{}) })
	if failed || !strings.Contains(text, "only the names of steps are compared") {
		t.Errorf("failed: %v, with %s", failed, text)
	}
}

// A run through a long way round is shortened to what matters.
func TestDriveLeavesStepsOut(t *testing.T) {
	type state struct{ Ups, Turns int16 }
	turning := func(name string, most int16) model.System {
		up := func(s state) state { s.Ups++; return s }
		turn := func(s state) state { s.Turns = (s.Turns + 1) % 1000; return s }
		return model.MustDefine(model.Definition[state]{
			Name: name, Init: slices.Values([]state{{}}),
			Actions: []model.ActionOf[state]{
				{Name: "Up", Next: model.Guarded(func(s state) bool { return s.Ups < most }, up)},
				{Name: "Left", Next: model.Guarded(func(state) bool { return true }, turn)},
				{Name: "Right", Next: model.Guarded(func(state) bool { return true }, turn)},
			},
		})
	}
	text, failed := record(func(t testing.TB) {
		modeltest.Drive(t, turning("a", 20), turning("b", 21), modeltest.DriveOptions{Runs: 1, Steps: 400})
	})
	if !failed || !strings.Contains(text, "differ at step 21") || !strings.Contains(text, "steps left out") {
		t.Errorf("failed: %v, with\n%s\nwant a run of 20 steps", failed, text)
	}
	if n := strings.Count(text, "  Left\n") + strings.Count(text, "  Right\n"); n > 0 {
		t.Errorf("got %d steps that do not matter in\n%s", n, text)
	}
	modeltest.Drive(t, turning("a", 20), turning("b", 20), modeltest.DriveOptions{Runs: 1, Steps: 400})
}
