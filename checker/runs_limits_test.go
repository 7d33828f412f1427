package checker

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// line is a system of n states in a row, with a step by act0 from each to the next and, in each, one by act1 that stays.
// Proposition 0 is true in the last state.
func line(n int) *runToy {
	sys := &runToy{wide: 1}
	sys.info.Actions = []model.Action{{Name: "act0"}, {Name: "act1"}}
	sys.runs.Propositions = []model.Proposition{
		{Text: "p0"}, {Text: "p1"}, {Text: "p2", Kind: model.OfStep}, {Text: "p3", Kind: model.OfEnabled, Step: 2},
	}
	for s := range n {
		moves := []toyMove{{to: s, action: 1}}
		if s+1 < n {
			moves = append(moves, toyMove{to: s + 1, bits: 1 << 2})
		}
		sys.moves, sys.bits = append(sys.moves, moves), append(sys.bits, 0)
	}
	sys.bits[n-1] = 1
	sys.set(0)
	return sys
}

func eventually(p int) *model.Formula { return operator(model.EventuallyOp, proposition(p)) }

// claims of every kind about a line.
func (t *runToy) claimAll() *runToy {
	t.claim(model.LTL, 0, model.RunInstance{Formula: eventually(0)})
	t.claim(model.Can, 0, model.RunInstance{Formula: operator(model.AlwaysOp, operator(model.CanOp, proposition(0)))})
	wait := func() *model.Wait { return &model.Wait{From: operator(model.TrueOp), To: proposition(0), Unit: 2} }
	t.claim(model.Longest, 1<<40, model.RunInstance{Wait: wait()})
	w := wait()
	t.claim(model.Within, 1<<40, model.RunInstance{Wait: w, Formula: operator(model.LeadsToOp, w.From, w.To)})
	return t
}

func verdictsOf(r *Result) (out []Verdict) {
	for _, f := range r.Properties {
		out = append(out, f.Verdict)
	}
	return out
}

func TestRescue(t *testing.T) {
	for _, c := range []struct {
		name  string
		moves [][]toyMove
		want  []string
	}{
		{"two weak ones of three", [][]toyMove{
			{{to: 1, action: 0}, {to: 0, action: 2}}, {{to: 2, action: 1}, {to: 1, action: 2}}, {{to: 2, action: 2}},
		}, []string{"weak fairness of act0", "weak fairness of act1"}},
		{"a strong one, and a weak one since it may stop", [][]toyMove{
			{{to: 2, action: 0}, {to: 1, action: 1}}, {{to: 0, action: 2}}, {{to: 2, action: 2}},
		}, []string{"strong fairness of act0", "weak fairness of act2"}}, // it may stop in 1
		{"a strong one and two weak ones", [][]toyMove{
			{{to: 1, action: 0}, {to: 3, action: 1}}, {{to: 2, action: 2}, {to: 1, action: 1}}, {{to: 2, action: 1}}, {{to: 0, action: 1}},
		}, []string{"strong fairness of act0", "weak fairness of act1", "weak fairness of act2"}},
		{"none", [][]toyMove{
			{{to: 2, action: 0}, {to: 1, action: 0}}, {{to: 0, action: 0}}, {{to: 2, action: 0}},
		}, nil},
	} {
		sys := line(len(c.moves))
		sys.info.Actions = append(sys.info.Actions, model.Action{Name: "act2"})
		sys.moves = c.moves
		sys.bits = make([]uint64, len(c.moves))
		sys.bits[2] = 1
		sys.claim(model.LTL, 0, model.RunInstance{Formula: eventually(0)})
		r, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Properties[0]; f.Verdict != Violated || !slices.Equal(f.Rescue, c.want) {
			t.Errorf("%s: got %s, %q, want %q", c.name, f.Verdict, f.Rescue, c.want)
		}
	}
}

// TestRunsInLittleMemory sees that properties of whole runs are decided as ever or not at all, however little memory is
// allowed, and that what was taken is counted.
func TestRunsInLittleMemory(t *testing.T) {
	for _, wide := range []int{1, 3, 0} {
		sys := line(3000)
		sys.wide, sys.init = wide, nil
		sys.set(0)
		sys.claimAll()
		want, err := Check(context.Background(), sys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Verdict{Violated, Holds, Holds, Violated}, verdictsOf(want)); d != "" {
			t.Fatal(d)
		}
		if f := want.Properties[2]; f.Extreme != 2999 || len(f.Trace.Steps) != 3000 {
			t.Errorf("got a wait of %d, %d steps", f.Extreme, len(f.Trace.Steps))
		}
		undecided := 0
		for limit := int64(16 << 10); ; limit += limit / 12 {
			got, err := Check(context.Background(), sys, Config{Memory: limit})
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range got.Properties {
				switch {
				case f.Verdict == want.Properties[i].Verdict:
				case f.Verdict != Undecided:
					t.Fatalf("with %d bytes %s is said to be %s, want %s", limit, f.Property.Name, f.Verdict, want.Properties[i].Verdict)
				case got.Exhaustive && !strings.HasPrefix(f.Reason, "memory limit"):
					t.Fatalf("with %d bytes %s is undecided: %q", limit, f.Property.Name, f.Reason)
				case got.Exhaustive:
					undecided++
				}
			}
			if got.Exhaustive && got.Stats.PeakBytes > limit {
				t.Fatalf("with %d bytes %d were taken", limit, got.Stats.PeakBytes)
			}
			if d := cmp.Diff(want.Stats, got.Stats, cmpopts.IgnoreFields(Stats{}, "Elapsed", "PeakBytes", "RunStates")); got.Exhaustive && d != "" {
				t.Fatal(d)
			}
			if !slices.Contains(verdictsOf(got), Undecided) {
				break
			}
		}
		if undecided == 0 {
			t.Error("no amount of memory was enough for the search and too little for the rest")
		}
	}
}

// TestRunsInterrupted ends the context in the middle, ever later.
func TestRunsInterrupted(t *testing.T) {
	sys := line(5000).claimAll()
	r := rand.New(rand.NewPCG(1, 2))
	early := 0
	for range 40 {
		ctx, cancel := context.WithCancel(context.Background())
		left := r.IntN(5200)
		sys.seen = func() {
			if left--; left == 0 {
				cancel()
			}
		}
		got, err := Check(ctx, sys, Config{Workers: 1})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if !got.Exhaustive {
			t.Fatal("the search was ended before propositions were evaluated")
		}
		if left > 0 {
			continue
		}
		early++
		for _, f := range got.Properties {
			if f.Verdict != Undecided || f.Reason != "interrupted" {
				t.Fatalf("got %s, %q", f.Verdict, f.Reason)
			}
		}
	}
	if early == 0 {
		t.Error("no run was interrupted")
	}
}

// TestRunsCutShort sees that nothing is said of runs where the search was not exhaustive.
func TestRunsCutShort(t *testing.T) {
	for _, cfg := range []Config{{MaxStates: 50}, {MaxDepth: 20}} {
		got, err := Check(context.Background(), line(100).claimAll(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got.Properties {
			if f.Verdict != Undecided || f.Trace != nil || got.Reason == "" {
				t.Errorf("%s: got %s, %q", f.Property.Name, f.Verdict, got.Reason)
			}
		}
	}
}

// A fault in the middle of a piece is that of its state.
func TestPropositionFaultsInPiece(t *testing.T) {
	sys := line(10).claimAll()
	sys.init = nil
	sys.set(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	sys.fault = make([]*model.Fault, 10)
	sys.fault[7] = &model.Fault{Message: "here"}
	got, err := Check(context.Background(), sys, sys.config(1))
	if err != nil {
		t.Fatal(err)
	}
	f := got.Properties[len(got.Properties)-1]
	if f.Message != "here" || f.Trace == nil || len(f.Trace.Steps) != 1 || f.Trace.Steps[0].State[0].Value.Int != 7 {
		t.Errorf("got %+v, %+v", f, f.Trace)
	}
}

func TestPropositionsFault(t *testing.T) {
	for k := range 4 {
		workers := []int{1, 4}[k/2]
		sys := line(400).claimAll()
		if k%2 == 1 {
			sys = sys.surveyed(inOrder, 3)
		}
		sys.fault = make([]*model.Fault, 400)
		sys.fault[300] = &model.Fault{Position: "x.bh:3:1", Message: "late"}
		sys.fault[250] = &model.Fault{Position: "x.bh:4:1", Message: "soon"}
		got, err := Check(context.Background(), sys, sys.config(workers))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Properties); n != 5 {
			t.Fatalf("got %d findings, want one of the fault beside the properties", n)
		}
		for _, f := range got.Properties[:4] {
			if f.Verdict != Undecided || f.Fault == nil || f.Fault.Message != "soon" {
				t.Errorf("%s: got %s, %v", f.Property.Name, f.Verdict, f.Fault)
			}
		}
		f := got.Properties[4]
		if f.Property.Kind != model.FaultFree || f.Verdict != Violated || f.Message != "soon" || f.Trace == nil || len(f.Trace.Steps) != 251 {
			t.Errorf("got %+v", f)
		}
		if got.Verdict != Violated {
			t.Errorf("got verdict %s", got.Verdict)
		}
	}
}

// TestFaultsUnseen sees that nothing is said of faults where propositions that may fault were not evaluated in every state,
// or no run to the fault was found: in little memory, after an interrupt, and after the first violation.
func TestFaultsUnseen(t *testing.T) {
	faulting := func(total bool) *runToy {
		sys := line(1000)
		sys.claimAll()
		for i := range sys.info.Properties {
			sys.info.Properties[i].Total = total
		}
		sys.info.Properties = append(sys.info.Properties, model.Property{Name: "fault", Kind: model.FaultFree})
		if !total {
			sys.fault = make([]*model.Fault, 1000)
			sys.fault[990] = &model.Fault{Message: "late"}
		}
		return sys
	}
	last := func(sys *runToy, ctx context.Context, cfg Config) (Finding, bool) {
		got, err := Check(ctx, sys, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return got.Properties[len(got.Properties)-1], got.Exhaustive
	}
	for _, total := range []bool{false, true} {
		want, undecided := Undecided, 0
		if total {
			want = Holds
		}
		for limit := int64(16 << 10); ; limit += limit / 20 {
			f, exhaustive := last(faulting(total), context.Background(), Config{Memory: limit, Workers: 1})
			if f.Verdict == Violated || total && limit > 1<<22 {
				break
			}
			if exhaustive && f.Verdict != want || f.Verdict == Undecided && exhaustive && !strings.HasPrefix(f.Reason, "memory limit") {
				t.Fatalf("total %v: with %d bytes got %s, %q", total, limit, f.Verdict, f.Reason)
			}
			if exhaustive {
				undecided++
			}
		}
		if undecided == 0 {
			t.Error("no amount of memory was enough for the search and too little for the rest")
		}
		ctx, cancel := context.WithCancel(context.Background())
		sys := faulting(total)
		sys.seen = cancel // when the first proposition is evaluated
		if f, exhaustive := last(sys, ctx, Config{Workers: 1}); !exhaustive || f.Verdict != want {
			t.Errorf("total %v: interrupted, got %s, exhaustive %v", total, f.Verdict, exhaustive)
		}
		sys = faulting(total)
		sys.holds = func(model.PropertyID, model.State) (bool, *model.Fault) { return false, nil }
		sys.info.Properties = slices.Insert(sys.info.Properties, len(sys.info.Properties)-1, model.Property{Name: "never", Kind: model.Reachable})
		if f, exhaustive := last(sys, context.Background(), Config{Workers: 1, FailFast: true}); !exhaustive || f.Verdict != want {
			t.Errorf("total %v: after a violation, got %s, exhaustive %v", total, f.Verdict, exhaustive)
		}
	}
}

// TestOnlyRuns sees that propositions are evaluated where a property asks for it, or where they may fault and that is asked for,
// and not else.
func TestOnlyRuns(t *testing.T) {
	sys := line(10).claimAll()
	for i := range sys.info.Properties {
		sys.info.Properties[i].Total = true
	}
	sys.info.Properties = append(sys.info.Properties, model.Property{Name: "plain", Kind: model.Invariant},
		model.Property{Name: "fault", Kind: model.FaultFree})
	observed := 0
	sys.seen = func() { observed++ }
	for _, c := range []struct {
		only  string
		total bool
		want  int
	}{{"plain", true, 0}, {"can1", true, 10}, {"fault", true, 0}, {"fault", false, 10}, {"plain", false, 0}} {
		observed = 0
		sys.info.Properties[0].Total = c.total
		r, err := Check(context.Background(), sys, Config{Only: []string{c.only}, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Properties) != 1 || r.Verdict != Holds || observed != c.want {
			t.Errorf("%s: got %v, %d states observed, want %d", c.only, verdictsOf(r), observed, c.want)
		}
	}
}

// TestTooLarge sees that a formula too large for an automaton is undecided, and says so.
func TestTooLarge(t *testing.T) {
	sys := line(3)
	var parts []*model.Formula
	for i := range 70 {
		sys.runs.Propositions = append(sys.runs.Propositions, model.Proposition{Kind: model.OfEnabled, Step: 2})
		parts = append(parts, eventually(4+i))
	}
	sys.runs.Propositions = slices.Clip(sys.runs.Propositions)
	sys.claim(model.LTL, 0, model.RunInstance{Formula: operator(model.AndOp, parts...)})
	sys.bits = make([]uint64, 3)
	r, err := Check(context.Background(), &wideToy{sys}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Properties[0]; f.Verdict != Undecided || !strings.HasPrefix(f.Reason, "the formula is too large: 70 propositions") {
		t.Errorf("got %s, %q", f.Verdict, f.Reason)
	}
}

// wideToy is a toy with more than 64 propositions, of which none but the first are ever true.
type wideToy struct{ *runToy }

// TestWrongRuns sees what is wrong with a system that says wrong things of its runs.
func TestWrongRuns(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong func(sys *runToy) model.System
	}{
		{"says nothing of its runs", func(sys *runToy) model.System { return &sys.toy }},
		{"is no Observer", func(sys *runToy) model.System { return blind{sys} }},
		{"does not say what it claims", func(sys *runToy) model.System { sys.runs.Properties = nil; return sys }},
		{"speaks of proposition 9", func(sys *runToy) model.System {
			sys.runs.Properties[0].Instances[0].Formula = eventually(9)
			return sys
		}},
		{"which is of no step", func(sys *runToy) model.System {
			sys.runs.Fairness = []model.Fairness{{Text: "x", Step: 0}}
			return sys
		}},
		{"which is of no step", func(sys *runToy) model.System { sys.runs.Propositions[3].Step = 1; return sys }},
		{"there is no formula", func(sys *runToy) model.System { sys.runs.Properties[1].Instances[0].Formula = nil; return sys }},
		{"there is no waiting time", func(sys *runToy) model.System { sys.runs.Properties[2].Instances[0].Wait = nil; return sys }},
		{"temporal operators", func(sys *runToy) model.System {
			sys.runs.Properties[3].Instances[0].Wait.To = eventually(0)
			return sys
		}},
		{"counts proposition 0", func(sys *runToy) model.System { sys.runs.Properties[2].Instances[0].Wait.Unit = 0; return sys }},
		{"speaks of a step", func(sys *runToy) model.System {
			sys.runs.Properties[1].Instances[0].Formula = operator(model.CanOp, proposition(2))
			return sys
		}},
		{"has 1 arguments, want 2", func(sys *runToy) model.System {
			sys.runs.Properties[0].Instances[0].Formula = operator(model.UntilOp, proposition(0))
			return sys
		}},
		{"none of linear temporal logic", func(sys *runToy) model.System {
			sys.runs.Properties[0].Instances[0].Formula = operator(model.CanOp, proposition(0))
			return sys
		}},
		{"about what can be reached has operator", func(sys *runToy) model.System {
			sys.runs.Properties[1].Instances[0].Formula = eventually(0)
			return sys
		}},
	} {
		sys := line(5).claimAll()
		if _, err := Check(context.Background(), c.wrong(sys), Config{}); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("got error %v, want %q", err, c.name)
		}
	}
}

// blind is a system whose Runner does not evaluate propositions.
type blind struct{ *runToy }

func (b blind) NewRunner() model.Runner { return b.toy.NewRunner() }

// TestRunsChange sees that a system that has other steps the second time is found out.
func TestRunsChange(t *testing.T) {
	sys := line(50).claimAll()
	sys.info.Deterministic = true
	sys.seen = func() { sys.moves[30] = nil }
	_, err := Check(context.Background(), sys, Config{Workers: 1})
	if e := (*NondeterminismError)(nil); err == nil || !strings.Contains(err.Error(), "the second time") {
		t.Errorf("got error %v, want a %T", err, e)
	}
}

// TestConcurrently sees that what several workers do at a time comes out as if it were done in turn.
func TestConcurrently(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		ends := rapid.SliceOfN(rapid.IntRange(-6, 2), n, n).Draw(t, "ends") // 1: enough; 2: fails
		failed := errors.New("failed")
		want := slices.IndexFunc(ends, func(e int) bool { return e > 0 })
		if want < 0 {
			want = n
		}
		for _, workers := range []int{1, 2, 5} {
			w := &whole{s: &search{cfg: Config{Workers: workers}}}
			came := make([]atomic.Int64, n)
			at, err := w.concurrently(n, func(i int) (bool, error) {
				time.Sleep(time.Duration(n-i) * time.Microsecond)
				came[i].Add(1)
				if ends[i] == 2 {
					return false, failed
				}
				return ends[i] == 1, nil
			})
			if fails := want < n && ends[want] == 2; at != want || (err != nil) != fails || fails && err != failed {
				t.Fatalf("%d workers: got %d, %v, want %d", workers, at, err, want)
			}
			for i := range came[:want] {
				if k := came[i].Load(); k != 1 {
					t.Fatalf("%d workers: number %d was called %d times", workers, i, k)
				}
			}
		}
	})
}

// Where memory is not enough for several at a time, they take turns; where it is not enough for one, that is the error.
func TestConcurrentlyInLittleMemory(t *testing.T) {
	for _, most := range []int64{1, 0} {
		w := &whole{s: &search{cfg: Config{Workers: 3}}}
		var at, calls atomic.Int64
		got, err := w.concurrently(3, func(i int) (bool, error) {
			calls.Add(1)
			defer at.Add(-1)
			if at.Add(1) > most {
				return false, runs.ErrMemory
			}
			for calls.Load() == 1 { // until another one has come
				time.Sleep(time.Millisecond)
			}
			return i == 1, nil
		})
		if want := int(most); got != want || (err != nil) != (most == 0) {
			t.Errorf("room for %d: got %d, %v", most, got, err)
		}
	}
}
