package checker

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/model"
)

// strands is a system of some counters whose bits lie woven into each other, the first bits of all counters, the second
// and so on, with repetitions of each bit to fill so many words. Its order is found, so that its states share their parts.
func strands(counters, bitsEach, words int, most uint64) *toy {
	t := &toy{info: model.Info{Name: "strands", StateWords: words}, init: []model.State{make(model.State, words)}}
	set := func(s model.State, i int, value uint64) {
		for place := i; place < 64*words; place += counters {
			bit := value >> (place / counters % bitsEach) & 1
			s[place/64] = s[place/64]&^(1<<(place%64)) | bit<<(place%64)
		}
	}
	get := func(s model.State, i int) (value uint64) {
		for k := range bitsEach {
			place := i + k*counters
			value |= s[place/64] >> (place % 64) & 1 << k
		}
		return value
	}
	for i := range counters {
		t.info.Actions = append(t.info.Actions, model.Action{Name: fmt.Sprint("inc", i)})
	}
	t.next = func(s model.State) (out []move) {
		for i := range counters {
			if v := get(s, i); v < most {
				to := slices.Clone(s)
				set(to, i, v+1)
				out = append(out, move{label: model.Label{Action: model.ActionID(i)}, to: to})
			}
		}
		return out
	}
	sum := func(s model.State) (n uint64) {
		for i := range counters {
			n += get(s, i)
		}
		return n
	}
	t.info.Properties = []model.Property{
		{Name: "Below", Kind: model.Invariant},
		{Name: "Half", Kind: model.Reachable},
		{Name: "Never", Kind: model.Reachable},
		{Name: "Most", Kind: model.Bound, Limit: 1 << 20},
	}
	t.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) {
		n := sum(s)
		return [...]bool{n < uint64(counters)*most-2, n == uint64(counters)*most/2, false}[p], nil
	}
	t.value = func(_ model.PropertyID, s model.State) (int64, *model.Fault) { return int64(get(s, 0)), nil }
	return t
}

// TestTreeWide checks a system with states of 1,088 bits: it has its violation, with the trace, in a few bytes a state, and as
// the store of whole states has it.
func TestTreeWide(t *testing.T) {
	counters, most := 5, uint64(7)
	if !offheap.Discards { // the race detector takes its time
		counters = 4
	}
	sys := strands(counters, 3, 17, most)
	ignored := cmpopts.IgnoreFields(Stats{}, "Elapsed", "PeakBytes", "Workers")
	var first *Result
	for _, workers := range []int{1, 2, 3} {
		r, err := Check(context.Background(), sys, Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		f := r.Properties[0]
		if want := counters*int(most) - 2; f.Verdict != Violated || f.Trace == nil || len(f.Trace.Steps) != want+1 {
			t.Fatalf("%d workers: got %+v, want a violation in %d steps", workers, f, want)
		}
		for i, f := range r.Properties {
			if f.Trace == nil {
				continue
			}
			if msg := replay(sys, f, model.PropertyID(i)); msg != "" {
				t.Errorf("%d workers: %s: %s", workers, f.Property.Name, msg)
			}
		}
		if per := float64(r.Stats.PeakBytes) / float64(r.Stats.Distinct); offheap.Discards && per > 30 {
			t.Errorf("%d workers: %.1f bytes a state", workers, per)
		}
		if first == nil {
			first = r
		}
		if d := cmp.Diff(first, r, ignored); d != "" {
			t.Errorf("one worker (-) and %d (+):\n%s", workers, d)
		}
	}
	sys.info.StateWords = 0
	r, err := Check(context.Background(), sys, Config{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	sys.info.StateWords = 17
	for i := range r.Properties { // among the runs that are shortest another may be taken
		if a, b := r.Properties[i].Trace, first.Properties[i].Trace; (a == nil) != (b == nil) || a != nil && len(a.Steps) != len(b.Steps) {
			t.Errorf("%s: the traces differ in length", r.Properties[i].Property.Name)
		}
	}
	if d := cmp.Diff(r, first, ignored, cmpopts.IgnoreFields(Finding{}, "Trace")); d != "" {
		t.Errorf("whole states (-) and folded ones (+):\n%s", d)
	}
}

// TestTreeRandom compares searches of random systems with wide states, folded and whole.
func TestTreeRandom(t *testing.T) {
	wide := 0
	for seed := range uint64(200) {
		sys := randomToy(seed)
		width := sys.info.StateWords
		if width <= 2 {
			continue
		}
		wide++
		for _, cfg := range []Config{{Workers: 1}, {Workers: 2}, {Workers: 2, MaxStates: 50}, {Workers: 1, MaxDepth: 3}} {
			var results [2]*Result
			for k, words := range []int{width, 0} {
				sys.info.StateWords = words
				s, err := newSearch(sys, cfg)
				if err != nil {
					t.Fatal(err)
				}
				s.grain, s.sift = 1, 0
				if results[k], err = s.check(context.Background()); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			for i := range results[0].Properties {
				a, b := &results[0].Properties[i], &results[1].Properties[i]
				if (a.Trace == nil) != (b.Trace == nil) || a.Trace != nil && len(a.Trace.Steps) != len(b.Trace.Steps) {
					t.Fatalf("seed %d: the traces of %s differ in length", seed, a.Property.Name)
				}
			}
			if d := cmp.Diff(results[1], results[0], cmpopts.IgnoreFields(Stats{}, "Elapsed", "PeakBytes"),
				cmpopts.IgnoreFields(Finding{}, "Trace"), cmpopts.IgnoreFields(model.Info{}, "StateWords")); d != "" {
				t.Fatalf("seed %d, %+v: whole states (-) and folded ones (+):\n%s", seed, cfg, d)
			}
		}
	}
	if wide < 40 {
		t.Errorf("only %d systems have wide states", wide)
	}
}

// TestTreeNumbers lets the numbers for parts of states run out: the search ends undecided, with what it found.
func TestTreeNumbers(t *testing.T) {
	for _, workers := range []int{1, 3} {
		sys := counter(5, 12)
		sys.info.Properties = []model.Property{{Name: "P", Kind: model.Invariant}, {Name: "Q", Kind: model.Invariant}}
		sys.holds = func(p model.PropertyID, s model.State) (bool, *model.Fault) { return p == 0 || s[0] < 3, nil }
		s, err := newSearch(sys, Config{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		s.set.(interface{ LimitParts(uint64) }).LimitParts(256)
		r, err := s.check(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Exhaustive || r.Properties[0].Verdict != Undecided || r.Properties[1].Verdict != Violated || len(r.Properties[1].Trace.Steps) != 4 {
			t.Errorf("%d workers: got %+v", workers, r)
		}
		if want := "4294967295 parts of states reached, as many as can be numbered"; r.Reason != want {
			t.Errorf("%d workers: got reason %q, want %q", workers, r.Reason, want)
		}
	}
}
