package checker

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// TestFoldingOneToOne folds states of all widths, after an order drawn at random: equal states have equal keys, others
// have not, whatever the base, and from its key a state is unfolded.
func TestFoldingOneToOne(t *testing.T) { rapid.Check(t, foldingOneToOne) }

// FuzzFoldingOneToOne is the same, driven by the fuzzer.
func FuzzFoldingOneToOne(f *testing.F) { f.Fuzz(rapid.MakeFuzz(foldingOneToOne)) }

func foldingOneToOne(t *rapid.T) {
	words := rapid.IntRange(3, 40).Draw(t, "words")
	o := &order{to: make([]uint32, 64*words), weights: make([]int, words)}
	places := make([]uint32, 64*words)
	for i := range places {
		places[i] = uint32(i)
	}
	o.from = places
	if rapid.Bool().Draw(t, "shuffled") {
		seed := rapid.Uint64().Draw(t, "seed")
		for i := len(places) - 1; i > 0; i-- {
			j := int(mix(seed+uint64(i)) % uint64(i+1))
			places[i], places[j] = places[j], places[i]
		}
	}
	for place, b := range places {
		o.to[b] = uint32(place)
	}
	for i := range o.weights {
		o.weights[i] = rapid.IntRange(0, 3).Draw(t, "weight")
	}
	tr, err := newTree(o, words, 3, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.close()
	adding := []*folding{newFolding(tr, true), newFolding(tr, true)}
	looking := newFolding(tr, false)
	keys := map[uint64]string{}
	byState := map[string]uint64{}
	last := make([]uint64, words)
	t.Repeat(map[string]func(*rapid.T){
		"fold": func(t *rapid.T) {
			s := slices.Clone(last)
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				s[rapid.IntRange(0, words-1).Draw(t, "word")] = rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 2)).Draw(t, "value")
			}
			want := byState[keyOf(s)]
			if found, err := looking.key(s); err != nil || want != 0 && found != want || want == 0 && keys[found] != "" {
				t.Fatalf("%x is found by key %x, %v, want %x", s, found, err, want)
			}
			key, err := rapid.SampledFrom(adding).Draw(t, "by").key(s)
			if err != nil || key == 0 || want != 0 && key != want {
				t.Fatalf("%x has key %x, %v, want %x", s, key, err, want)
			}
			if old, there := keys[key]; there && old != keyOf(s) {
				t.Fatalf("two states have key %x", key)
			}
			keys[key], byState[keyOf(s)] = keyOf(s), key
			last = s
		},
		"unfold": func(t *rapid.T) {
			if len(keys) == 0 {
				t.Skip("there is no key")
			}
			all := make([]uint64, 0, len(keys))
			for key := range keys {
				all = append(all, key)
			}
			slices.Sort(all)
			key := rapid.SampledFrom(all).Draw(t, "key")
			f := rapid.SampledFrom(append(adding, looking)).Draw(t, "by")
			if got := keyOf(f.unfold(key)); got != keys[key] {
				t.Fatalf("key %x is unfolded to %x, want %x", key, got, keys[key])
			}
		},
	})
}

// TestOrder looks at random systems before they are searched: an order has every bit once.
func TestOrder(t *testing.T) {
	for seed := range uint64(100) {
		sys := randomToy(seed)
		words := max(sys.info.StateWords, 1)
		o := newOrder(sys, words)
		met := make([]bool, 64*words)
		for b, place := range o.to {
			if met[place] || o.from[place] != uint32(b) {
				t.Fatalf("seed %d: bit %d has place %d, which has bit %d", seed, b, place, o.from[place])
			}
			met[place] = true
		}
		if len(o.to) != 64*words || len(o.from) != 64*words {
			t.Fatalf("seed %d: got %d bits and %d places of %d words", seed, len(o.to), len(o.from), words)
		}
	}
}

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
	if !discards { // the race detector takes its time
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
		if per := float64(r.Stats.PeakBytes) / float64(r.Stats.Distinct); discards && per > 30 {
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
		s.set.(*tree).parts.most = 4 * numbersAtOnce
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

// TestOrderOfNothing looks at systems that have nothing to show: no initial state, no step, a panic, states of a wrong length.
func TestOrderOfNothing(t *testing.T) {
	empty, still, wrong, broken := counter(3, 4), counter(3, 1), counter(3, 4), counter(3, 4)
	empty.init = nil
	wrong.init = []model.State{{1}}
	broken.next = func(model.State) []move { panic("no steps") }
	for i, sys := range []*toy{empty, still, wrong, broken} {
		begun := time.Now()
		o := newOrder(sys, 3)
		if len(o.to) != 192 || slices.Max(o.weights) > 0 || time.Since(begun) > orderTime/2 {
			t.Errorf("system %d: got %d bits, weights %v after %s", i, len(o.to), o.weights, time.Since(begun))
		}
	}
}
