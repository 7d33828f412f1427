package checker

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// TestRandomSystems compares the engine with the naive search on systems of every kind, for several numbers of workers.
func TestRandomSystems(t *testing.T) {
	seen := map[string]int{}
	condensed := 0
	for seed := range uint64(400) {
		sys := randomToy(seed)
		want := naive(sys)
		var before *Result
		for _, workers := range []int{1, 1, 2, 4} {
			name := fmt.Sprintf("seed %d, %d workers", seed, workers)
			s, err := newSearch(sys, Config{Workers: workers, CondenseFrom: sometimes(seed)})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s.grain = 1 // all workers, however few the states
			if seed%2 == 0 {
				s.sift = 0
			}
			got, err := s.check(context.Background())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			compare(t, name, sys, got, want)
			if pairs(s) {
				condensed++
			}
			if t.Failed() {
				return
			}
			if before != nil && workers == 1 {
				if d := cmp.Diff(before, got, cmpopts.IgnoreFields(Stats{}, "Elapsed"), cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("%s: a second run differs:\n%s", name, d)
				}
			}
			before = got
			for _, f := range got.Properties {
				seen[string(f.Property.Kind)+" "+string(f.Verdict)]++
			}
		}
	}
	if condensed < 100 {
		t.Errorf("only %d searches condensed their states", condensed)
	}
	// The systems are of no use if they do not show every verdict of every kind.
	for _, k := range []model.Kind{model.Invariant, model.Step, model.Ensures, model.Reachable, model.Bound, model.Deadlock} {
		for _, v := range []Verdict{Holds, Violated, Undecided} {
			if seen[string(k)+" "+string(v)] == 0 {
				t.Errorf("no %s is %s in any random system", k, v)
			}
		}
	}
}

// sometimes is a number of states from which on they are condensed: for some seeds few, for others as many as usually.
func sometimes(seed uint64) int64 { return int64(seed % 3 * (1 + seed%8)) }

// pairs tells whether states of one word or two ended up as pairs of halves.
func pairs(s *search) bool {
	set, ok := s.set.(visited.Saver)
	return ok && set.Kind() == "pairs"
}

func compare(t *testing.T, name string, sys *toy, got *Result, want naiveResult) {
	t.Helper()
	s := got.Stats
	s.Workers, s.Elapsed, s.PeakBytes, s.DiskBytes = 0, 0, 0, 0
	if d := cmp.Diff(want.stats, s); d != "" {
		t.Errorf("%s: stats (-want +got):\n%s", name, d)
	}
	if !got.Exhaustive || got.Reason != "" {
		t.Errorf("%s: not exhaustive: %q", name, got.Reason)
	}
	overall := Holds
	for i, w := range want.findings {
		f := got.Properties[i]
		length := -1
		if f.Trace != nil {
			length = len(f.Trace.Steps) - 1
			if msg := replay(sys, f, model.PropertyID(i)); msg != "" {
				t.Errorf("%s: %s %s: %s\n%+v", name, f.Property.Kind, f.Property.Name, msg, f)
			}
		}
		if length < 0 && w.length == 0 && f.Trace != nil {
			length = 0
		}
		g := naiveFinding{verdict: f.Verdict, length: length, extreme: f.Extreme, vacuous: f.Vacuous}
		if d := cmp.Diff(w, g, cmp.AllowUnexported(naiveFinding{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s %s (-want +got):\n%s", name, f.Property.Kind, f.Property.Name, d)
		}
		if w.verdict == Violated || w.verdict == Undecided && overall == Holds {
			overall = w.verdict
		}
	}
	if rest := got.Properties[len(want.findings):]; len(rest) > 0 {
		if len(rest) > 1 || rest[0].Property.Kind != model.FaultFree || rest[0].Verdict != Violated || rest[0].Message == "" {
			t.Errorf("%s: unexpected findings %+v", name, rest)
		}
		if slices.ContainsFunc(sys.info.Properties, func(p model.Property) bool { return p.Kind == model.FaultFree }) {
			t.Errorf("%s: faults are reported twice", name)
		}
		overall = Violated
	}
	if got.Verdict != overall {
		t.Errorf("%s: got verdict %s, want %s", name, got.Verdict, overall)
	}
	for a, as := range got.Actions {
		if as.Fired != want.fired[a] || as.New != want.new[a] {
			t.Errorf("%s: action %d: got fired %d, new %d, want %d, %d", name, a, as.Fired, as.New, want.fired[a], want.new[a])
		}
	}
}

// replay takes the steps of a trace in the system and tells what is wrong with it, or "".
func replay(sys *toy, f Finding, p model.PropertyID) string {
	steps := f.Trace.Steps
	if f.Trace.Loop != -1 {
		return "the trace has a loop"
	}
	if len(steps) == 1 && steps[0].State == nil && f.Property.Kind == model.FaultFree {
		if sys.initFault == nil {
			return "no initial state faults"
		}
		return ""
	}
	at := stateOf(steps[0].State)
	if !slices.ContainsFunc(sys.init, func(s model.State) bool { return slices.Equal(s, at) }) {
		return "the trace does not begin at an initial state"
	}
	var before model.State
	var by move
	for i, step := range steps[1:] {
		var found *move
		for _, m := range sys.next(at) {
			same := sys.info.Actions[m.label.Action].Name == step.Step.Action &&
				int64(m.label.Args) == step.Step.Args[0].Value.Int && int64(m.label.Choice) == step.Step.Args[1].Value.Int
			if same && (m.fault == nil) == (step.State != nil) && (m.fault != nil || slices.Equal(m.to, stateOf(step.State))) {
				found = &m
			}
		}
		if found == nil {
			return fmt.Sprintf("step %d cannot be taken", i+1)
		}
		if found.fault != nil {
			if i != len(steps)-2 || f.Property.Kind != model.FaultFree || f.Message != found.fault.Message || f.Position != found.fault.Position {
				return "a fault is out of place"
			}
			return ""
		}
		before, by, at = at, *found, found.to
	}
	switch f.Property.Kind {
	case model.Invariant, model.Deadlock:
		if ok, _ := sys.holds(p, at); ok {
			return "the last state does not violate it"
		}
		if f.Property.Kind == model.Deadlock && len(sys.next(at)) > 0 {
			return "the last state has successors"
		}
		if f.Property.Kind == model.Invariant && (len(f.Parts) != 1 || len(at) > 0 && f.Parts[0].Value != fmt.Sprint(at[0])) {
			return "the parts are not those of the last state"
		}
	case model.Reachable:
		if ok, _ := sys.holds(p, at); !ok {
			return "the last state is no witness"
		}
	case model.Bound:
		v, _ := sys.value(p, at)
		if f.Verdict == Violated && !beyond(&f.Property, v) {
			return "the last state does not pass the limit"
		}
		if f.Verdict != Violated && v != f.Extreme {
			return "the last state does not have the value"
		}
	case model.Step, model.Ensures:
		if before == nil || f.Property.Kind == model.Ensures && by.label.Action != f.Property.Action {
			return "the last step is not of the action"
		}
		if ok, _ := sys.steps(p, before, by); ok {
			return "the last step does not violate it"
		}
	case model.FaultFree:
		if f.Message != "no truth" {
			return "got message " + f.Message
		}
	}
	return ""
}
