package checker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// endless counts up for ever, two ways, and never repeats itself but for one state in two.
func endless() *toy {
	t := &toy{info: model.Info{StateWords: 2, Actions: []model.Action{{Name: "a"}, {Name: "b"}}}, init: []model.State{{0, 0}}}
	t.next = func(s model.State) []move {
		return []move{
			{label: model.Label{Action: 0}, to: model.State{s[0] + 1, s[1]}},
			{label: model.Label{Action: 1}, to: model.State{s[0], s[1] + 1}},
		}
	}
	t.info.Properties = []model.Property{
		{Name: "Always", Kind: model.Invariant},
		{Name: "Sometime", Kind: model.Reachable},
		{Name: "deadlock", Kind: model.Deadlock},
		{Name: "fault", Kind: model.FaultFree},
	}
	t.holds = func(p model.PropertyID, _ model.State) (bool, *model.Fault) { return p == 0, nil }
	return t
}

func allUndecided(t *testing.T, r *Result) {
	t.Helper()
	if r.Verdict != Undecided || r.Exhaustive {
		t.Errorf("got %s, exhaustive %v, want undecided", r.Verdict, r.Exhaustive)
	}
	for _, f := range r.Properties {
		if f.Verdict != Undecided {
			t.Errorf("got %s of %s, want undecided", f.Verdict, f.Property.Name)
		}
	}
}

func TestMaxStates(t *testing.T) {
	wide := endless()
	wide.info.StateWords = 0 // the other way of storing states
	folded := endless()
	folded.info.StateWords = 3
	folded.init = []model.State{{0, 0, 5}}
	folded.next = func(s model.State) []move {
		moves := endless().next(s[:2])
		for i := range moves {
			moves[i].to = append(moves[i].to, 5)
		}
		return moves
	}
	for name, sys := range map[string]*toy{"narrow": endless(), "varying": wide, "folded": folded} {
		for _, most := range []int64{1, 2, 777, 5000, 100_000} {
			var first *Result
			for _, workers := range []int{1, 4, 3} {
				r, err := Check(context.Background(), sys, Config{Workers: workers, MaxStates: most})
				if err != nil {
					t.Fatal(err)
				}
				allUndecided(t, r)
				if r.Stats.Distinct > most || r.Stats.Distinct < most/2 || r.Reason != fmt.Sprintf("state limit %d reached", most) {
					t.Errorf("%s, %d workers: got %d states, reason %q, want at most %d", name, workers, r.Stats.Distinct, r.Reason, most)
				}
				if first == nil {
					first = r
				}
				if d := cmp.Diff(first, r, cmpopts.IgnoreFields(Stats{}, "Elapsed", "PeakBytes", "Workers")); d != "" {
					t.Errorf("%s, limit %d: one worker (-) and %d (+):\n%s", name, most, workers, d)
				}
			}
		}
	}
	for _, workers := range []int{1, 4} {
		// A limit that is just enough is no limit.
		for _, most := range []int64{9999, 10000, 10001} {
			r, err := Check(context.Background(), counter(4, 10), Config{Workers: workers, MaxStates: most})
			if err != nil {
				t.Fatal(err)
			}
			if whole := most >= 10000; r.Exhaustive != whole || (r.Verdict == Holds) != whole || (r.Reason == "") != whole {
				t.Errorf("%d workers, limit %d of 10000: %+v", workers, most, r)
			}
		}
	}
}

func TestMaxDepth(t *testing.T) {
	sys := endless()
	sys.info.Properties = append(sys.info.Properties, model.Property{Name: "Small", Kind: model.Invariant})
	sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		return p != 1 && (p != 4 || s[0]+s[1] < 10), nil
	}
	for depth, want := range map[int]Verdict{9: Undecided, 10: Violated, 11: Violated} {
		r, err := Check(context.Background(), sys, Config{MaxDepth: depth})
		if err != nil {
			t.Fatal(err)
		}
		states := int64((depth + 1) * (depth + 2) / 2)
		if r.Verdict != want || r.Exhaustive || r.Stats.Depth != depth || r.Stats.Distinct != states || r.Properties[0].Verdict != Undecided {
			t.Errorf("depth %d: got %s, %+v, want %s, %d states", depth, r.Verdict, r.Stats, want, states)
		}
		if want := fmt.Sprintf("depth limit %d reached", depth); r.Reason != want {
			t.Errorf("got reason %q, want %q", r.Reason, want)
		}
	}
	r, err := Check(context.Background(), counter(2, 4), Config{MaxDepth: 7})
	if err != nil || r.Verdict != Holds || r.Stats.Depth != 6 {
		t.Errorf("a depth of 6 is within a limit of 7: %+v, %v", r, err)
	}
}

// residentBytes is what this process has in memory, or 0 where that is not known.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

func TestMemoryLimit(t *testing.T) {
	for _, width := range []int{1, 0, 3} {
		limits := []int64{100, 40 << 10, 1 << 20}
		if offheap.Discards { // on other systems, and with the race detector, the memory is the collector's
			limits = append(limits, 8<<20)
		}
		for _, limit := range limits {
			sys := endless()
			sys.info.StateWords = width
			next := sys.next
			sys.next = func(s model.State) []move { // the same states in one word, in two of varying length, or in three
				if width == 0 {
					return next(s)
				}
				if width == 3 {
					moves := next(s[:2])
					for i := range moves {
						moves[i].to = append(moves[i].to, 0)
					}
					return moves
				}
				moves := next(model.State{s[0] >> 32, s[0] & (1<<32 - 1)})
				for i, m := range moves {
					moves[i].to = model.State{m.to[0]<<32 | m.to[1]}
				}
				return moves
			}
			if width > 0 {
				sys.init = []model.State{make(model.State, width)}
			}
			runtime.GC()
			before := residentBytes()
			r, err := Check(context.Background(), sys, Config{Workers: 2, Memory: limit})
			if err != nil {
				t.Fatal(err)
			}
			allUndecided(t, r)
			if r.Stats.PeakBytes > limit {
				t.Errorf("limit %d: got a peak of %d bytes", limit, r.Stats.PeakBytes)
			}
			if want := "memory limit " + formatBytes(limit) + " reached"; r.Reason != want {
				t.Errorf("got reason %q, want %q", r.Reason, want)
			}
			if limit >= 1<<20 {
				if per := float64(limit) / float64(r.Stats.Distinct); per > 80 {
					t.Errorf("width %d, limit %d: only %d states fit, %.0f bytes each", width, limit, r.Stats.Distinct, per)
				}
			}
			if after := residentBytes(); offheap.Discards && after > before+limit+(48<<20) {
				t.Errorf("limit %d: resident memory went from %d to %d", limit, before, after)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		r, err := Check(ctx, endless(), Config{Workers: workers, Interval: 5 * time.Millisecond, Progress: func(p Progress) {
			if calls++; calls == 3 {
				if p.Distinct == 0 || p.Generated == 0 || p.Bytes == 0 || p.Elapsed <= 0 || p.Depth == 0 {
					t.Errorf("a glance shows nothing: %+v", p)
				}
				cancel()
			}
		}})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		allUndecided(t, r)
		if r.Reason != "interrupted" || r.Stats.Distinct == 0 || r.Stats.Generated == 0 {
			t.Errorf("got %q, %+v", r.Reason, r.Stats)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	r, err := Check(ctx, endless(), Config{})
	if err != nil || r.Reason != "time limit reached" {
		t.Errorf("got %+v, %v, want a time limit", r, err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err = Check(done, counter(1, 3), Config{}); err != nil || r.Verdict != Undecided || r.Reason != "interrupted" {
		t.Errorf("got %+v, %v of a context that was done", r, err)
	}
}

func TestFailFast(t *testing.T) {
	sys := counter(3, 20)
	sys.info.Properties = []model.Property{
		{Name: "Late", Kind: model.Invariant},
		{Name: "Early", Kind: model.Invariant},
		{Name: "True", Kind: model.Invariant},
		{Name: "Met", Kind: model.Reachable},
		{Name: "Unmet", Kind: model.Reachable},
		{Name: "Most", Kind: model.Bound, Limit: 6},
	}
	sum := func(s model.State) uint64 { return s[0] + s[1] + s[2] }
	sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		return []bool{sum(s) < 30, sum(s) < 7, true, sum(s) == 2, false}[p], nil
	}
	sys.value = func(_ model.PropertyID, s model.State) (int64, *model.Fault) { return int64(s[0]), nil }
	for _, workers := range []int{1, 4} {
		r, err := Check(context.Background(), sys, Config{Workers: workers, FailFast: true})
		if err != nil {
			t.Fatal(err)
		}
		want := []Verdict{Undecided, Violated, Undecided, Holds, Undecided, Violated}
		for i, f := range r.Properties {
			if f.Verdict != want[i] {
				t.Errorf("%s: got %s, want %s", f.Property.Name, f.Verdict, want[i])
			}
		}
		if r.Exhaustive || r.Stats.Depth != 8 || r.Reason == "" || r.Properties[5].Message != "greatest value 7" {
			t.Errorf("got %+v", r)
		}
		// The smallest of the states at the depth of the violation: 0, 0, 7.
		last := r.Properties[1].Trace.Steps[7]
		if s := stateOf(last.State); !slices.Equal(s, model.State{0, 0, 7}) {
			t.Errorf("got violation in %v, want 0 0 7", s)
		}
	}
	r, err := Check(context.Background(), sys, Config{Workers: 2})
	if err != nil || !r.Exhaustive || r.Properties[0].Verdict != Violated || r.Properties[2].Verdict != Holds || r.Properties[5].Extreme != 19 {
		t.Errorf("got %+v, %v, want a search to the end", r, err)
	}
}

func TestOnly(t *testing.T) {
	sys := endless()
	sys.next = func(s model.State) []move {
		if s[0] == 3 {
			return []move{{fault: &model.Fault{Position: "m.bh:3:4", Message: "index 3 is outside 0..2"}}}
		}
		return []move{{to: model.State{s[0] + 1, 0}}}
	}
	r, err := Check(context.Background(), sys, Config{Only: []string{"Always"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Properties) != 2 || r.Properties[0].Verdict != Holds || r.Verdict != Violated {
		t.Fatalf("got %+v, want Always and the fault", r)
	}
	f := r.Properties[1]
	if f.Property.Name != "fault" || f.Verdict != Violated || f.Message != "index 3 is outside 0..2" || f.Position != "m.bh:3:4" ||
		len(f.Trace.Steps) != 5 || f.Trace.Steps[4].State != nil {
		t.Errorf("got %+v", f)
	}
	if _, err = Check(context.Background(), sys, Config{Only: []string{"Never"}}); err == nil || err.Error() != `the system has no property "Never"` {
		t.Errorf("got error %v", err)
	}
}

func TestNoInitialState(t *testing.T) {
	sys := counter(1, 2)
	sys.init = nil
	for name, try := range map[string]func() error{
		"Check":    func() error { _, err := Check(context.Background(), sys, Config{}); return err },
		"Simulate": func() error { _, err := Simulate(context.Background(), sys, SimConfig{}); return err },
		"Explore":  func() error { _, err := Explore(context.Background(), sys, Config{}); return err },
	} {
		if err := try(); err == nil || err.Error() != "the system has no initial state" {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	sys.initFault = &model.Fault{Message: "no value"}
	r, err := Check(context.Background(), sys, Config{})
	if err != nil || r.Verdict != Violated || r.Stats.Distinct != 0 || len(r.Properties[0].Trace.Steps) != 1 {
		t.Errorf("got %+v, %v of an Init that faults", r, err)
	}
}

// TestPanic has the system panic in one method after another.
func TestPanic(t *testing.T) {
	boom := errors.New("boom")
	for _, workers := range []int{1, 4} {
		for method, plant := range map[string]func(sys *toy, at func(model.State)){
			"Next": func(sys *toy, at func(model.State)) {
				next := sys.next
				sys.next = func(s model.State) []move { at(s); return next(s) }
			},
			"Holds": func(sys *toy, at func(model.State)) {
				sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}}
				sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { at(s); return true, nil }
			},
			"HoldsStep": func(sys *toy, at func(model.State)) {
				sys.info.Properties = []model.Property{{Name: "P", Kind: model.Step}}
				sys.steps = func(_ model.PropertyID, s model.State, _ move) (bool, *model.Fault) { at(s); return true, nil }
			},
			"Value": func(sys *toy, at func(model.State)) {
				sys.info.Properties = []model.Property{{Name: "P", Kind: model.Bound}}
				sys.value = func(_ model.PropertyID, s model.State) (int64, *model.Fault) { at(s); return 0, nil }
			},
			"Antecedent": func(sys *toy, at func(model.State)) {
				sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant, Antecedents: []string{"a"}}}
				sys.met = func(_ model.PropertyID, _ int, s model.State, _ *move) bool { at(s); return false }
			},
			"Init": func(sys *toy, at func(model.State)) { sys.onInit = func() { at(model.State{9, 9}) } },
		} {
			sys := counter(2, 30)
			plant(sys, func(s model.State) {
				if s[0] == 9 && s[1] == 9 {
					panic(boom)
				}
			})
			r, err := Check(context.Background(), sys, Config{Workers: workers})
			var p *PanicError
			if !errors.As(err, &p) || p.Method != method || !errors.Is(err, boom) || !strings.Contains(string(p.Stack), "TestPanic") {
				t.Errorf("got error %v, want a panic in %s", err, method)
				continue
			}
			if want := "the system panicked in " + method + ": boom"; err.Error() != want {
				t.Errorf("got error %q, want %q", err, want)
			}
			if r == nil || r.Verdict != Undecided || r.Exhaustive {
				t.Errorf("got %+v, want an undecided result", r)
			}
			if method == "Holds" && (p.Trace == nil || len(p.Trace.Steps) != 19) {
				t.Errorf("got trace %+v, want one of 18 steps", p.Trace)
			}
		}
	}
}

// TestGoexit has the system end its goroutine, which must not pass for the end of the work.
func TestGoexit(t *testing.T) {
	sys := counter(2, 60)
	next := sys.next
	sys.next = func(s model.State) []move {
		if s[0] == 30 && s[1] == 20 {
			runtime.Goexit()
		}
		return next(s)
	}
	s, err := newSearch(sys, Config{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	s.grain = 1
	r, err := s.check(context.Background())
	var p *PanicError
	if !errors.As(err, &p) || p.Value != nil || r.Verdict != Undecided {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestNondeterminism(t *testing.T) {
	var n atomic.Uint64
	for name, change := range map[string]func(m []move) []move{
		"a successor changes":     func(m []move) []move { m[0].to[1] = n.Add(1); return m },
		"a successor disappears":  func(m []move) []move { return m[:n.Add(1)%2] },
		"a successor is repeated": func(m []move) []move { return slices.Repeat(m, int(1+n.Add(1)%2)) },
		"a step becomes a fault": func(m []move) []move {
			if n.Add(1)%2 == 0 {
				m[0] = move{fault: &model.Fault{Message: "sometimes"}}
			}
			return m
		},
		"an action changes": func(m []move) []move { m[0].label.Action = model.ActionID(n.Add(1) % 2); return m },
	} {
		sys := counter(1, 40)
		sys.info.StateWords = 2
		sys.init = []model.State{{0, 0}}
		sys.info.Actions = append(sys.info.Actions, model.Action{Name: "other"})
		sys.next = func(s model.State) []move {
			m := []move{{to: model.State{(s[0] + 1) % 40, s[1]}}}
			if s[0] == 17 {
				return change(m)
			}
			return m
		}
		r, err := Check(context.Background(), sys, Config{Recheck: 1, Workers: 1})
		var e *NondeterminismError
		if !errors.As(err, &e) || r.Verdict != Undecided {
			t.Errorf("%s: got %+v, %v", name, r, err)
		} else if e.Trace == nil || len(e.Trace.Steps) != 18 {
			t.Errorf("%s: got trace %+v, want one of 17 steps", name, e.Trace)
		}
		if _, err = Check(context.Background(), sys, Config{Recheck: -1, MaxStates: 100}); err != nil {
			t.Errorf("%s: got %v without rechecks", name, err)
		}
	}
	sys := counter(1, 3)
	sys.onInit = func() { sys.init = []model.State{{n.Add(1)}} }
	if _, err := Check(context.Background(), sys, Config{Recheck: 1}); !errors.As(err, new(*NondeterminismError)) {
		t.Errorf("got %v of an Init that changes its mind", err)
	}
	// What is not rechecked shows when a trace is built.
	sys = counter(1, 40)
	next := sys.next
	sys.next = func(s model.State) []move {
		if s[0] == 20 && n.Add(1) > 0 {
			next = func(model.State) []move { return nil }
		}
		return next(s)
	}
	sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}}
	sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { return s[0] < 20, nil }
	if _, err := Check(context.Background(), sys, Config{Recheck: -1, Workers: 1}); !errors.As(err, new(*NondeterminismError)) {
		t.Errorf("got %v of a trace that cannot be taken again", err)
	}
}

// TestWrongSystems has systems break their contract in ways that cost nothing to notice.
func TestWrongSystems(t *testing.T) {
	for want, change := range map[string]func(*toy){
		"the system emitted a state of 2 words, want 1": func(sys *toy) {
			sys.next = func(model.State) []move { return []move{{to: model.State{1, 2}}} }
		},
		"the system emitted a step of action 7, want one of 0..0": func(sys *toy) {
			sys.next = func(model.State) []move { return []move{{label: model.Label{Action: 7}, to: model.State{1}}} }
		},
		`property "P" speaks of action 1, want one of 0..0`: func(sys *toy) {
			sys.info.Properties = []model.Property{{Name: "P", Kind: model.Ensures, Action: 1}}
		},
		`property "P" is of kind "mutant", which is not checked on states and steps`: func(sys *toy) {
			sys.info.Properties = []model.Property{{Name: "P", Kind: model.Mutant}}
		},
		`the system has two properties of kind "deadlock"`: func(sys *toy) {
			sys.info.Properties = []model.Property{{Kind: model.Deadlock}, {Kind: model.Deadlock}}
		},
		fmt.Sprintf("the system has %d actions, want at most %d", visited.MaxActions+1, visited.MaxActions): func(sys *toy) {
			sys.info.Actions = make([]model.Action, visited.MaxActions+1)
		},
	} {
		sys := counter(1, 3)
		change(sys)
		if _, err := Check(context.Background(), sys, Config{}); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[int64]string{100: "100 B", 4 << 30: "4 GiB", 1536: "1.5 KiB", 1 << 20: "1 MiB", 1000000: "976.56 KiB"} {
		if got := formatBytes(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A single Init or Next that never ends is left as soon as the search is halted.
func TestEndlessEmission(t *testing.T) {
	endless := func(emit func([]uint64)) {
		for i := uint64(1); ; i++ {
			emit([]uint64{i})
		}
	}
	for name, sys := range map[string]*endlessSystem{
		"init": {init: endless},
		"next": {init: func(emit func([]uint64)) { emit([]uint64{0}) }, next: endless},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Check(t.Context(), sys, Config{MaxStates: 1000, Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]int64{"init": 1000, "next": 1}[name] // a depth that does not fit is left out
			if r.Verdict != Undecided || r.Stats.Distinct != want {
				t.Errorf("got %s with %d states, want undecided with %d", r.Verdict, r.Stats.Distinct, want)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if r, err = Check(ctx, sys, Config{Workers: 2}); err != nil || r.Verdict != Undecided {
				t.Errorf("got %v, %v, want undecided", r, err)
			}
		})
	}
}

// endlessSystem is a system of one action, by functions that emit words.
type endlessSystem struct{ init, next func(emit func([]uint64)) }

func (s *endlessSystem) Info() *model.Info {
	return &model.Info{Name: "endless", StateWords: 1, Deterministic: true, Actions: []model.Action{{Name: "go"}}}
}
func (s *endlessSystem) NewRunner() model.Runner { return endlessRunner{s: s} }

type endlessRunner struct {
	model.Runner
	s *endlessSystem
}

func (r endlessRunner) Load(model.State) {}
func (r endlessRunner) Init(emit func(model.State, *model.Fault)) {
	r.s.init(func(w []uint64) { emit(w, nil) })
}

func (r endlessRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	r.s.next(func(w []uint64) { emit(model.Label{}, w, nil) })
}

// TestMemoryLooksAtAll: a search that runs out of memory has looked at all states up to the depth that it reports.
func TestMemoryLooksAtAll(t *testing.T) {
	// search looks for a violation at a depth, in every state there.
	search := func(workers, deep int) *Result {
		sys := endless()
		sys.info.Properties = []model.Property{{Name: "Shallow", Kind: model.Invariant}}
		sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { return s[0]+s[1] < uint64(deep), nil }
		r, err := Check(context.Background(), sys, Config{Workers: workers, Memory: 400 << 10})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, workers := range []int{1, 2, 8} {
		last := search(workers, 1<<30).Stats.Depth
		for deep := last - 3; deep <= last+3; deep++ {
			r, want := search(workers, deep), Undecided
			if r.Stats.Depth >= deep {
				want = Violated
			}
			if r.Exhaustive || r.Verdict != want {
				t.Errorf("%d workers: got %s at depth %d of a violation at %d", workers, r.Verdict, r.Stats.Depth, deep)
			}
		}
	}
}
