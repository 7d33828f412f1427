package checker

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// cramped makes a lossy search of sys that has room for hardly anything: hashes of a few bits, or one line of an array.
func cramped(t *testing.T, sys model.System, cfg Config, bits int) *search {
	t.Helper()
	s, err := newSearch(sys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.grain = 1
	if cfg.Lossy.Hash > 0 {
		cfg.Lossy.Hash = bits
	} else {
		cfg.Lossy.Bits = 1
	}
	forget(t, s, cfg.Lossy)
	for i, w := range s.workers {
		w.use(s.set)
		s.visitors[i] = w.ins
	}
	return s
}

// forget gives a search an empty lossy set in place of the one that it has.
func forget(t *testing.T, s *search, mode Lossy) {
	t.Helper()
	s.set.Close()
	was := s.cfg.Lossy
	s.cfg.Lossy = mode
	err := s.newSet()
	if s.cfg.Lossy = was; err != nil {
		t.Fatal(err)
	}
}

// TestLossyRandom searches random systems of all widths with so little room that many states are missed. It never holds; what
// is found is real, and has a trace that can be taken.
func TestLossyRandom(t *testing.T) {
	violated, missed, exact := 0, 0, 0
	for seed := range uint64(250) {
		sys := randomToy(seed)
		want := naive(sys)
		for _, mode := range []Lossy{{Hash: 16}, {Bits: 1 << 10}} {
			for _, workers := range []int{1, 3} {
				name := fmt.Sprintf("seed %d, %s, %d workers", seed, mode, workers)
				s := cramped(t, sys, Config{Workers: workers, Lossy: mode}, 3+int(seed%6))
				r, err := s.check(context.Background())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if r.Verdict == Holds || r.Exhaustive || !strings.HasPrefix(r.Reason, "lossy search: states are told apart by ") {
					t.Fatalf("%s: got %s, exhaustive %v, reason %q", name, r.Verdict, r.Exhaustive, r.Reason)
				}
				switch {
				case r.Stats.Distinct > want.stats.Distinct:
					t.Fatalf("%s: got %d states of %d", name, r.Stats.Distinct, want.stats.Distinct)
				case r.Stats.Distinct < want.stats.Distinct:
					missed++
				default:
					exact++
				}
				for i, w := range want.findings {
					f := r.Properties[i]
					switch f.Verdict {
					case Undecided:
						if len(f.Vacuous) > 0 {
							t.Errorf("%s: %s is called vacuous", name, f.Property.Name)
						}
						if f.Trace == nil {
							continue
						}
					case Violated:
						violated++
						if w.verdict != Violated {
							t.Errorf("%s: %s is violated, which it is not", name, f.Property.Name)
						}
					case Holds:
						if f.Property.Kind != model.Reachable || w.verdict != Holds {
							t.Errorf("%s: %s holds", name, f.Property.Name)
						}
					}
					if f.Trace == nil || f.Ending != nil {
						t.Errorf("%s: %s %s has no trace: %+v", name, f.Property.Kind, f.Property.Name, f)
					} else if msg := replay(sys, f, model.PropertyID(i)); msg != "" {
						t.Errorf("%s: %s %s: %s", name, f.Property.Kind, f.Property.Name, msg)
					} else if f.Steps != len(f.Trace.Steps)-1 {
						t.Errorf("%s: %s: got %d steps, a trace of %d", name, f.Property.Name, f.Steps, len(f.Trace.Steps)-1)
					}
				}
				if t.Failed() {
					return
				}
			}
		}
	}
	if violated < 200 || missed < 200 || exact < 50 {
		t.Errorf("only %d violations were found, in %d searches that missed states and %d that did not", violated, missed, exact)
	}
}

// TestLossyCounts searches a system whose number of states is known: as many are missed as are expected, and with room
// enough none.
func TestLossyCounts(t *testing.T) {
	const states = 40 * 40 * 40
	for mode, bound := range map[Lossy][2]float64{ // of the expected number of states missed
		{Hash: 64}:       {0, 1e-6},
		{Hash: 40}:       {0, 0.01},
		{Hash: 20}:       {1800, 2000}, // 64,000^2/2^21, less what is not met
		{Bits: 16 << 20}: {0, 0.1},
		{Bits: 64 << 10}: {300, 450}, // eight bits a state
	} {
		for _, words := range []int{3, 0} {
			for _, workers := range []int{1, 2} {
				sys := counter(3, 40)
				sys.info.StateWords = words
				r, err := Check(context.Background(), sys, Config{Workers: workers, Lossy: mode})
				if err != nil {
					t.Fatal(err)
				}
				missed, expected := float64(states-r.Stats.Distinct), r.Stats.Missed
				// A state that is missed is no way to others, of which some are met later or not at all; in this
				// system nearly every state is reached in three ways.
				if expected < bound[0] || expected > bound[1] || math.Abs(missed-expected) > 6*math.Sqrt(expected)+0.1*expected {
					t.Errorf("%s, width %d, %d workers: missed %v states, %v by expectation", mode, words, workers, missed, expected)
				}
				if r.Verdict != Undecided || r.Stats.Lossy != mode.String() {
					t.Errorf("%s: got %s of a search called %q", mode, r.Verdict, r.Stats.Lossy)
				}
			}
		}
	}
}

// TestLossyReason has the number of states missed be a lower bound where there was too little room for it to say much, and
// refuses an array that the memory allowed cannot hold.
func TestLossyReason(t *testing.T) {
	for mode, want := range map[Lossy]string{
		{Hash: 40}:      "of the states met 0.0019 were missed, by expectation, and with them what only they lead to",
		{Hash: 16}:      "at least [0-9]{5} states were missed, by expectation: there is too little room, and many more may have been",
		{Bits: 8 << 10}: "at least [0-9]{4,5} states were missed, by expectation: there is too little room",
	} {
		r, err := Check(t.Context(), counter(3, 40), Config{Lossy: mode})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(want).MatchString(r.Reason) {
			t.Errorf("%s: got %q, want %q", mode, r.Reason, want)
		}
	}
	for memory, want := range map[int64]string{0: "", 1 << 20: "", 1<<20 - 1: "wants an array within the memory limit of .*, got 1 MiB"} {
		_, err := newSearch(counter(1, 4), Config{Lossy: Lossy{Bits: 1 << 20}, Memory: memory})
		if want == "" && err != nil || want != "" && (err == nil || !regexp.MustCompile("lossy search "+want).MatchString(err.Error())) {
			t.Errorf("memory %d: got %v, want %q", memory, err, want)
		}
	}
}

// TestLossyLost has a run not be found again: an exact search finds it, or the finding says where it ends.
func TestLossyLost(t *testing.T) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		memory int64
		lost   bool
	}{
		"found":       {ctx: context.Background()},
		"interrupted": {ctx: done, lost: true},
		"memory":      {ctx: context.Background(), memory: 1, lost: true},
	} {
		for _, mode := range []Lossy{{Hash: 40}, {Bits: 1 << 16}} {
			sys := counter(3, 9)
			sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}, {Name: "Q", Kind: model.Step}}
			sys.holds = func(_ model.PropertyID, s model.State) (bool, *model.Fault) { return s[0] < 7 || s[1] < 7, nil }
			sys.steps = func(_ model.PropertyID, s model.State, m move) (bool, *model.Fault) {
				return s[2] != 5 || m.to[2] == 5, nil
			}
			s, err := newSearch(sys, Config{Workers: 2, Lossy: mode})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.run(context.Background()); err != nil {
				t.Fatal(err)
			}
			forget(t, s, Lossy{Hash: 40}) // none of the hashes is in the table
			s.ctx, s.cfg.Memory = test.ctx, test.memory
			r, err := s.result(context.Background())
			if err != nil {
				t.Fatalf("%s, %s: %v", name, mode, err)
			}
			for i, f := range r.Properties {
				want := []int{14, 6}[i]
				if f.Verdict != Violated || f.Steps != want {
					t.Errorf("%s, %s: got %+v, want a violation in %d steps", name, mode, f, want)
				}
				switch {
				case test.lost && f.Property.Kind == model.Invariant:
					if f.Trace != nil || f.Ending == nil || len(f.Ending.Steps) != 1 || len(f.Parts) != 1 {
						t.Errorf("%s, %s: got %+v, want the state alone", name, mode, f)
					}
				case test.lost:
					if f.Trace != nil || f.Ending == nil || len(f.Ending.Steps) != 2 || f.Ending.Steps[1].Step.Action != "inc2" {
						t.Errorf("%s, %s: got %+v, want the step alone", name, mode, f)
					}
				case f.Trace == nil || f.Ending != nil:
					t.Errorf("%s, %s: got %+v, want a trace", name, mode, f)
				default:
					if msg := replay(sys, f, model.PropertyID(i)); msg != "" {
						t.Errorf("%s, %s: %s", name, mode, msg)
					}
				}
			}
			s.set.Close()
		}
	}
}

// TestLossyWide finds the violation in a state of over 1,000 bits.
func TestLossyWide(t *testing.T) {
	sys := strands(4, 3, 17, 7)
	for _, mode := range []Lossy{{Hash: 48}, {Bits: 1 << 20}} {
		r, err := Check(context.Background(), sys, Config{Workers: 2, Lossy: mode})
		if err != nil {
			t.Fatal(err)
		}
		f := r.Properties[0]
		if r.Verdict != Violated || f.Trace == nil || len(f.Trace.Steps) != 27 || r.Stats.Distinct != 4096 {
			t.Fatalf("%s: got %+v, %+v", mode, f, r.Stats)
		}
		if msg := replay(sys, f, 0); msg != "" {
			t.Errorf("%s: %s", mode, msg)
		}
	}
}

// TestLossyLimits ends lossy searches by limits, which they say.
func TestLossyLimits(t *testing.T) {
	for _, mode := range []Lossy{{Hash: 40}, {Bits: 64 << 10}} {
		for want, cfg := range map[string]Config{
			"state limit 5000 reached":     {Workers: 2, MaxStates: 5000},
			"memory limit 400 KiB reached": {Workers: 2, Memory: 400 << 10},
			"memory limit 40 KiB reached":  {Workers: 2, Memory: 40 << 10},
			"depth limit 70 reached":       {Workers: 2, MaxDepth: 70},
		} {
			if cfg.Memory > 0 && mode.Bits > cfg.Memory {
				continue // refused at once
			}
			for _, words := range []int{2, 0} {
				sys := endless()
				sys.info.StateWords = words
				cfg.Lossy = mode
				r, err := Check(context.Background(), sys, cfg)
				if err != nil {
					t.Fatal(err)
				}
				allUndecided(t, r)
				if r.Reason != want && !(mode.Bits > 0 && strings.HasPrefix(r.Reason, "lossy")) {
					t.Errorf("%s: got reason %q, want %q", mode, r.Reason, want)
				}
				if r.Stats.PeakBytes > cfg.Memory && cfg.Memory > 0 || cfg.MaxStates > 0 && r.Stats.Distinct > cfg.MaxStates {
					t.Errorf("%s: %s: got %+v", mode, want, r.Stats)
				}
			}
		}
	}
	for _, bad := range []Lossy{{Hash: 15}, {Hash: 65}, {Bits: 100}, {Hash: 20, Bits: 1 << 20}, {Hash: -1}} {
		if _, err := Check(context.Background(), endless(), Config{Lossy: bad}); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
