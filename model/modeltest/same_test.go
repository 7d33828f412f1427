package modeltest_test

import (
	"iter"
	"maps"
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

// table is a transition system written down: what is seen of each state, and the transitions.
type table struct {
	seen    []int
	initial []int
	edges   [][3]int // from, label, to
}

// system makes a System of the table whose states are numbered by rename.
func (x table) system(name string, rename func(int) int) model.System {
	back := map[int]int{}
	for s := range x.seen {
		back[rename(s)] = s
	}
	var initial []int
	for _, s := range x.initial {
		initial = append(initial, rename(s))
	}
	return model.MustDefine(model.Definition[int]{
		Name:          name,
		AllowDeadlock: true,
		Init:          slices.Values(initial),
		Actions: []model.ActionOf[int]{{
			Name: "Go", Params: []string{"l"},
			Next: model.Over(x.edges, func(s int, e [3]int) (int, bool) { return rename(e[2]), back[s] == e[0] }),
		}},
		Show: func(s int) []model.Binding {
			return []model.Binding{{Name: "seen", Value: model.Int(int64(x.seen[back[s]]))}, {Name: name, Value: model.Int(int64(s))}}
		},
	})
}

// byLabel names a step by its label alone.
var byLabel = modeltest.View{Label: func(s model.StepText) string { return s.Args[0].Value.Elems[1].Value.String() }}

func same(t testing.TB, a, b model.System) {
	t.Helper()
	modeltest.Same(t, a, b, modeltest.SameOptions{A: byLabel, B: byLabel})
}

// apart gives the number of moves that tell two systems apart, or -1 when they are bisimilar, by the definition: pairs of
// states that look different are apart in 0 moves, and those that have a move without an answer in one more.
func apart(x, y table) int {
	distance := map[[2]int]int{} // of pairs that are apart
	for s := range x.seen {
		for t := range y.seen {
			if x.seen[s] != y.seen[t] {
				distance[[2]int{s, t}] = 0
			}
		}
	}
	unanswered := func(from [][3]int, s int, to [][3]int, t int, swapped bool) bool {
		return slices.ContainsFunc(from, func(e [3]int) bool {
			return e[0] == s && !slices.ContainsFunc(to, func(f [3]int) bool {
				pair := [2]int{e[2], f[2]}
				if swapped {
					pair = [2]int{f[2], e[2]}
				}
				_, is := distance[pair]
				return f[0] == t && f[1] == e[1] && !is
			})
		})
	}
	for round := 1; ; round++ {
		next := map[[2]int]int{}
		for s := range x.seen {
			for t := range y.seen {
				pair := [2]int{s, t}
				if _, is := distance[pair]; !is &&
					(unanswered(x.edges, s, y.edges, t, false) || unanswered(y.edges, t, x.edges, s, true)) {
					next[pair] = round
				}
			}
		}
		if len(next) == 0 {
			break
		}
		maps.Copy(distance, next)
	}
	best := -1
	attack := func(s int, answers []int, pair func(s, t int) [2]int) {
		furthest := 0
		for _, t := range answers {
			d, is := distance[pair(s, t)]
			if !is {
				return
			}
			furthest = max(furthest, d)
		}
		if best < 0 || furthest < best {
			best = furthest
		}
	}
	for _, s := range x.initial {
		attack(s, y.initial, func(s, t int) [2]int { return [2]int{s, t} })
	}
	for _, t := range y.initial {
		attack(t, x.initial, func(t, s int) [2]int { return [2]int{s, t} })
	}
	return best
}

func drawTable(t *rapid.T) table {
	var x table
	n := rapid.IntRange(1, 6).Draw(t, "states")
	for range n {
		x.seen = append(x.seen, rapid.IntRange(0, 1).Draw(t, "seen"))
	}
	x.initial = rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 1, n, rapid.ID).Draw(t, "initial")
	for range rapid.IntRange(0, 10).Draw(t, "edges") {
		x.edges = append(x.edges, [3]int{
			rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, 1).Draw(t, "label"), rapid.IntRange(0, n-1).Draw(t, "to"),
		})
	}
	return x
}

// change makes one difference, which bisimilarity may or may not see.
func change(t *rapid.T, x table) table {
	y := table{slices.Clone(x.seen), slices.Clone(x.initial), slices.Clone(x.edges)}
	n := len(x.seen)
	kind := rapid.IntRange(0, 3).Draw(t, "kind")
	if len(y.edges) == 0 {
		kind = 2
	}
	switch kind {
	case 0: // an action is dropped
		i := rapid.IntRange(0, len(y.edges)-1).Draw(t, "edge")
		y.edges = slices.Delete(y.edges, i, i+1)
	case 1: // a target is changed
		y.edges[rapid.IntRange(0, len(y.edges)-1).Draw(t, "edge")][2] = rapid.IntRange(0, n-1).Draw(t, "to")
	case 2: // an observation is changed
		y.seen[rapid.IntRange(0, n-1).Draw(t, "state")] ^= 1
	case 3: // a state is split in two that differ in nothing
		y.seen = append(y.seen, y.seen[0])
		for _, e := range x.edges {
			if e[0] == 0 {
				y.edges = append(y.edges, [3]int{n, e[1], e[2]})
			}
		}
		for i, e := range y.edges {
			if e[2] == 0 && rapid.Bool().Draw(t, "twin") {
				y.edges[i][2] = n
			}
		}
	}
	return y
}

// move finds the moves of a play.
var move = regexp.MustCompile(`(?m)^  \d+  |can take step`)

func TestSameIsBisimilarity(t *testing.T) {
	var equal, different, replayed int
	redraw.Until(t, func() bool { return equal > 0 && different > 0 && replayed > 0 }, func(t *rapid.T) {
		x := drawTable(t)
		y := change(t, x)
		shift := rapid.IntRange(1, 1000).Draw(t, "shift")
		a := x.system("a", func(s int) int { return s })
		b := y.system("b", func(s int) int { return shift - s })
		want := apart(x, y)
		text, failed := record(func(t testing.TB) { same(t, a, b) })
		if failed != (want >= 0) {
			t.Fatalf("got failed: %v, want a difference after %d moves\n%s", failed, want, text)
		}
		if want < 0 {
			equal++
		} else if different++; len(move.FindAllString(text, -1)) != want {
			t.Fatalf("want a play of %d moves, got\n%s", want, text)
		} else {
			replayed += replay(t, x, y, text)
		}
		if text, failed := record(func(t testing.TB) { same(t, a, x.system("c", func(s int) int { return s * 7 })) }); failed {
			t.Fatalf("a renaming of the states is told apart\n%s", text)
		}
	})
	if equal == 0 || different == 0 || replayed == 0 {
		t.Errorf("got %d equal and %d different pairs, %d with one outcome to each step: want some of each", equal, different, replayed)
	}
}

// played finds the labels of the moves of a play, and refused the last one where only one system can take it.
var (
	played  = regexp.MustCompile(`(?m)^  \d+  (\d+)`)
	refused = regexp.MustCompile(`([AB]) can take step \d+, (\d+), and ([AB]) cannot`)
)

// replay takes the steps of a play in both tables, where steps of one label have one outcome each, and looks at whether the
// runs end as the play says: in states that look different, or in a step of one table that the other one has not. It
// gives 1 where it could.
func replay(t *rapid.T, x, y table, text string) int {
	if len(x.initial) > 1 || len(y.initial) > 1 || !x.deterministic() || !y.deterministic() {
		return 0
	}
	at := [2]int{x.initial[0], y.initial[0]}
	if strings.HasPrefix(text, "A, a, and B, b, are not bisimilar\nan initial state") {
		if x.seen[at[0]] == y.seen[at[1]] {
			t.Fatalf("the initial states look alike\n%s", text)
		}
		return 1
	}
	for _, m := range played.FindAllStringSubmatch(text, -1) {
		for side, z := range []table{x, y} {
			to, ok := z.step(at[side], m[1])
			if !ok {
				t.Fatalf("%c has no step %s on the way\n%s", 'A'+side, m[1], text)
			}
			at[side] = to
		}
	}
	m := refused.FindStringSubmatch(text)
	if m == nil {
		if x.seen[at[0]] == y.seen[at[1]] {
			t.Fatalf("the last states look alike\n%s", text)
		}
		return 1
	}
	for side, z := range []table{x, y} {
		if _, ok := z.step(at[side], m[2]); ok != (m[1] == string(rune('A'+side))) {
			t.Fatalf("%c can take the last step: %t\n%s", 'A'+side, ok, text)
		}
	}
	return 1
}

// step gives where a step of a label leads.
func (x table) step(s int, label string) (int, bool) {
	for _, e := range x.edges {
		if e[0] == s && strconv.Itoa(e[1]) == label {
			return e[2], true
		}
	}
	return 0, false
}

// deterministic tells whether steps of one label lead from a state to one.
func (x table) deterministic() bool {
	to := map[[2]int]int{}
	for _, e := range x.edges {
		if t, ok := to[[2]int{e[0], e[1]}]; ok && t != e[2] {
			return false
		}
		to[[2]int{e[0], e[1]}] = e[2]
	}
	return true
}

func TestSameTellsTheShortestDifference(t *testing.T) {
	id := func(s int) int { return s }
	// A chain of ten steps, and the same with a shorter way to the difference at its end.
	long := table{seen: make([]int, 11), initial: []int{0}}
	for i := range 10 {
		long.edges = append(long.edges, [3]int{i, 0, i + 1})
	}
	long.edges = append(long.edges, [3]int{3, 1, 9})
	other := table{slices.Clone(long.seen), long.initial, long.edges}
	other.seen[10] = 1
	text, failed := record(func(t testing.TB) { same(t, long.system("long", id), other.system("other", id)) })
	want := strings.Join([]string{
		"A, long, and B, other, are not bisimilar",
		"from the initial states",
		"     in A: seen = 0; long = 0",
		"     in B: seen = 0; other = 0",
		"  1  0",
		"  2  0",
		"  3  0",
		"  4  1",
		"  5  0",
		"and then they look different:",
		"     in A: seen = 0",
		"     in B: seen = 1",
		"", "",
	}, "\n")
	if !failed || text != want {
		t.Errorf("failed: %v, with\n%s\nwant\n%s", failed, text, want)
	}

	without := table{long.seen, long.initial, slices.Clone(long.edges)}
	without.edges = slices.DeleteFunc(without.edges, func(e [3]int) bool { return e[0] == 1 })
	fails(t, "A can take step 2, 0, and B cannot", func(t testing.TB) { same(t, long.system("long", id), without.system("without", id)) })
	fails(t, "B can take step 2, 0, and A cannot", func(t testing.TB) { same(t, without.system("without", id), long.system("long", id)) })

	// a(b+c) and ab+ac have the same runs, and are not bisimilar.
	choice := table{make([]int, 4), []int{0}, [][3]int{{0, 0, 1}, {1, 1, 2}, {1, 2, 3}}}
	early := table{make([]int, 5), []int{0}, [][3]int{{0, 0, 1}, {0, 0, 4}, {1, 1, 2}, {4, 2, 3}}}
	fails(t, "step 2", func(t testing.TB) { same(t, choice.system("choice", id), early.system("early", id)) })
	fails(t, "has 2 outcomes, and none will do", func(t testing.TB) { same(t, choice.system("choice", id), early.system("early", id)) })

	elsewhere := table{[]int{1}, []int{0}, nil}
	fails(t, "an initial state of A looks like none of B", func(t testing.TB) { same(t, long.system("long", id), elsewhere.system("elsewhere", id)) })
}

func TestSameOptions(t *testing.T) {
	id := func(s int) int { return s }
	x := table{make([]int, 3), []int{0}, [][3]int{{0, 0, 1}, {1, 0, 2}}}
	a, b := x.system("a", id), x.system("b", func(s int) int { return s + 1 })
	fails(t, "cannot compare: system a has more than 2 states", func(t testing.TB) {
		modeltest.Same(t, a, b, modeltest.SameOptions{MaxStates: 2})
	})
	modeltest.Same(t, a, a)
	// The arguments of the steps are alike, but the variables of the same meaning have different names.
	modeltest.Same(t, a, b)
	rename := func(by int64) func([]model.Binding) []model.Binding {
		return func(vars []model.Binding) []model.Binding {
			return []model.Binding{{Name: "place", Value: model.Int(vars[1].Value.Int - by)}}
		}
	}
	modeltest.Same(t, a, b, modeltest.SameOptions{A: modeltest.View{Observe: rename(0)}, B: modeltest.View{Observe: rename(1)}})
	fails(t, "in A: place = 0", func(t testing.TB) {
		modeltest.Same(t, a, b, modeltest.SameOptions{A: modeltest.View{Observe: rename(0)}, B: modeltest.View{Observe: rename(0)}})
	})
	blindly(t, table{make([]int, 1), []int{0}, nil}.system("seen", id), func(t testing.TB, a, b model.System, v modeltest.View) {
		modeltest.Same(t, a, b, modeltest.SameOptions{A: v, B: v})
	})
	// A view of one system alone is compared in full.
	fails(t, "in B: b = 1; seen = 0", func(t testing.TB) {
		modeltest.Same(t, a, b, modeltest.SameOptions{A: modeltest.View{Observe: rename(0)}})
	})
}

// faulty adds faults to a system: where its state is from, its successors fault.
type faulty struct {
	model.Runner
	at      uint64
	message string
}

func (f *faulty) Next(emit func(model.Label, model.State, *model.Fault)) {
	f.Runner.Next(func(l model.Label, s model.State, _ *model.Fault) {
		if s[0] == f.at {
			emit(l, nil, &model.Fault{Message: f.message})
			return
		}
		emit(l, s, nil)
	})
}

func TestSameSeesFaults(t *testing.T) {
	id := func(s int) int { return s }
	x := table{make([]int, 3), []int{0}, [][3]int{{0, 0, 1}, {1, 0, 2}}}.system("x", id)
	fault := func(at uint64, message string) model.System {
		return broken{System: x, runner: func(r model.Runner) model.Runner { return &faulty{r, at, message} }}
	}
	same(t, fault(1, "one way to say it"), fault(1, "another"))
	fails(t, "in B: a fault", func(t testing.TB) { same(t, x, fault(2, "too large")) })
	fails(t, "  2  0", func(t testing.TB) { same(t, x, fault(2, "too large")) })
}

// A long chain takes as many rounds as it has states: each must cost only what changed.
func TestSameOnALongChain(t *testing.T) {
	chain := func(name string, n int) model.System {
		return model.MustDefine(model.Definition[int32]{
			Name:          name,
			AllowDeadlock: true,
			Init:          slices.Values([]int32{0}),
			Actions: []model.ActionOf[int32]{{Name: "Up", Next: model.Guarded(
				func(s int32) bool { return int(s) < n }, func(s int32) int32 { return s + 1 })}},
			Show: func(int32) []model.Binding { return nil },
		})
	}
	modeltest.Same(t, chain("a", 5_000), chain("b", 5_000))
	fails(t, "B can take step 5001, Up, and A cannot", func(t testing.TB) {
		modeltest.Same(t, chain("a", 5_000), chain("b", 5_001))
	})
}

// A system whose successors have no fixed order is refused, not compared.
func TestSameRefusesAnyOrder(t *testing.T) {
	sys := model.MustDefine(model.Definition[int8]{
		Name: "Unordered", Init: slices.Values([]int8{0}), AllowDeadlock: true,
		Actions: []model.ActionOf[int8]{{Name: "Pick", Params: []string{"k"}, Next: func(s int8) iter.Seq2[model.Args, int8] {
			return func(yield func(model.Args, int8) bool) {
				for k := range map[int8]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true} {
					if !yield(model.Args{k}, k) {
						return
					}
				}
			}
		}}},
	})
	fails(t, "system Unordered is not deterministic: the order of successors differs", func(t testing.TB) { modeltest.Same(t, sys, sys) })
}
