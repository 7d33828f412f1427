package visited

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// TestFoldingOneToOne folds states of all widths, after an order drawn at random: equal states have equal keys, others
// have not, whatever the base, and from its key a state is unfolded.
func TestFoldingOneToOne(t *testing.T) { rapid.Check(t, foldingOneToOne) }

// FuzzFoldingOneToOne is the same, driven by the fuzzer.
func FuzzFoldingOneToOne(f *testing.F) { f.Fuzz(rapid.MakeFuzz(foldingOneToOne)) }

func foldingOneToOne(t *rapid.T) {
	words := rapid.IntRange(3, 40).Draw(t, "words")
	places := make([]uint32, 64*words)
	for i := range places {
		places[i] = uint32(i)
	}
	if rapid.Bool().Draw(t, "shuffled") {
		seed := rapid.Uint64().Draw(t, "seed")
		for i := len(places) - 1; i > 0; i-- {
			j := int(hash.Mix(seed+uint64(i)) % uint64(i+1))
			places[i], places[j] = places[j], places[i]
		}
	}
	weights := make([]int, words)
	for i := range weights {
		weights[i] = rapid.IntRange(0, 3).Draw(t, "weight")
	}
	tr, err := newTree(newOrder(places, weights), words, 3, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	adding := []*Folding{newFolding(tr, true), newFolding(tr, true)}
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
			want := byState[hash.Key(s)]
			if found, err := looking.Key(s); err != nil || want != 0 && found != want || want == 0 && keys[found] != "" {
				t.Fatalf("%x is found by key %x, %v, want %x", s, found, err, want)
			}
			key, err := rapid.SampledFrom(adding).Draw(t, "by").Key(s)
			if err != nil || key == 0 || want != 0 && key != want {
				t.Fatalf("%x has key %x, %v, want %x", s, key, err, want)
			}
			if old, there := keys[key]; there && old != hash.Key(s) {
				t.Fatalf("two states have key %x", key)
			}
			keys[key], byState[hash.Key(s)] = hash.Key(s), key
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
			if got := hash.Key(f.unfold(key)); got != keys[key] {
				t.Fatalf("key %x is unfolded to %x, want %x", key, got, keys[key])
			}
		},
	})
}

// TestOrder takes random steps: an order has every bit once, and in each word as many as in any other of those that change, first.
func TestOrder(t *testing.T) { rapid.Check(t, ordered) }

func ordered(t *rapid.T) {
	words := rapid.IntRange(2, 20).Draw(t, "words")
	c := NewChanges(words)
	word := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3))
	state := rapid.SliceOfN(word, words, words)
	s, changed := state.Draw(t, "state"), map[uint32]bool{}
	for range rapid.IntRange(0, 30).Draw(t, "steps") {
		next := state.Draw(t, "state")
		c.Note(s, next)
		for b := range 64 * words {
			if (s[b/64]^next[b/64])>>(b%64)&1 != 0 {
				changed[uint32(b)] = true
			}
		}
		s = next
	}
	o := c.Order()
	if len(o.to) != 64*words || len(o.from) != 64*words {
		t.Fatalf("got %d bits and %d places of %d words", len(o.to), len(o.from), words)
	}
	of := make([]int, words) // bits that change, by word of places
	for place, b := range o.from {
		if o.to[b] != uint32(place) {
			t.Fatalf("place %d has bit %d, which has place %d", place, b, o.to[b])
		}
		if changed[b] {
			of[place/64]++
		}
		paths := 0
		for _, p := range o.paths[place/64] {
			if p.word == b/64 && p.mask>>(b%64)&1 != 0 {
				paths++
				if (b+uint32(p.rotate))%64 != uint32(place)%64 {
					t.Fatalf("bit %d has place %d and a path with rotation %d", b, place, p.rotate)
				}
			}
		}
		if paths != 1 {
			t.Fatalf("bit %d has %d paths to place %d", b, paths, place)
		}
	}
	for w, n := range of {
		if some := len(changed)*(w+1)/words - len(changed)*w/words; n != some {
			t.Fatalf("%d of the %d bits that change are in word %d, want %d", n, len(changed), w, some)
		}
	}
	if weight := slices.Max(o.weights); (weight > 0) != (len(changed) > 0) {
		t.Fatalf("got weights %v where %d bits change", o.weights, len(changed))
	}
}

// TestOrderChosen has independent halves of a state change by turns, whose bits lie mixed in the one system and apart in the
// other: the order keeps each half together, and hence the trees of all states together have few nodes.
func TestOrderChosen(t *testing.T) {
	for name, test := range map[string]struct{ first, next func(k int) int }{
		"apart": {func(k int) int { return k }, func(k int) int { return 128 + k }},
		"mixed": {func(k int) int { return 4 * k }, func(k int) int { return 4*k + 1 }},
	} {
		const values = 25
		c := NewChanges(4)
		state := func(left, right int) []uint64 {
			s := make([]uint64, 4)
			for k := range 30 { // of each half some bits
				b, d := test.first(k), test.next(k)
				s[b/64] |= hash.Mix(uint64(left)) >> k & 1 << (b % 64)
				s[d/64] |= hash.Mix(uint64(100+right)) >> k & 1 << (d % 64)
			}
			return s
		}
		for i := range values {
			for k := range values {
				c.Note(state(i, k), state(i, (k+1)%values))
			}
			c.Note(state(i, 0), state((i+1)%values, 0))
		}
		if o := c.Order(); c.nodes(o) > 4*2*values {
			t.Errorf("%s: %d nodes of two times %d halves", name, c.nodes(o), values)
		}
	}
}

// TestKeyOf takes keys apart again; the greater of two numbers says how many bits are needed.
func TestKeyOf(t *testing.T) { rapid.Check(t, keysOf) }

func keysOf(t *rapid.T) {
	number := rapid.Map(rapid.Uint64(), func(x uint64) uint32 { return uint32(x) >> (x >> 59) })
	left, right := number.Draw(t, "left"), number.Draw(t, "right")
	key := keyOf(left, right)
	if l, r := numbersOf(key); l != left || r != right {
		t.Fatalf("%x and %x come back as %x and %x", left, right, l, r)
	}
	if most := max(32, 2*bits.Len32(left|right)); bits.Len64(key) > most {
		t.Fatalf("%x and %x have a key of %d bits, want at most %d", left, right, bits.Len64(key), most)
	}
}
