package visited

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// TestHalve cuts states of one word and two, and puts them together again.
func TestHalve(t *testing.T) { rapid.Check(t, halved) }

func halved(t *rapid.T) {
	n := rapid.IntRange(2, 128).Draw(t, "bits")
	l := newLayout((n+63)/64, n)
	s := drawState(t, &l)
	lo, hi := max(n, 64)-64, min(n, 64)
	if n <= 64 {
		lo, hi = 1, n-1
	}
	cut := rapid.UintRange(uint(lo), uint(hi)).Draw(t, "cut")
	left, right := halve(s, cut)
	if cut < 64 && left>>cut != 0 {
		t.Fatalf("the first %d bits of %x are %x", cut, s, left)
	}
	back := make([]uint64, len(s))
	if unhalve(left, right, cut, back); !slices.Equal(back, s) {
		t.Fatalf("%x, cut behind %d bits, comes back as %x", s, cut, back)
	}
}

// noteOf is what the tests note of a state.
func noteOf(s []uint64) uint32 { return uint32(hash.Of(s)) &^ 1 }

// TestCondensedAsMap has a set go over to pairs at a depth drawn at random, of states whatever they are: it has what a Go map
// has, before and after that, and when it has been saved and loaded.
func TestCondensedAsMap(t *testing.T) { rapid.Check(t, condensedAsMap) }

// FuzzCondensedAsMap is the same, driven by the fuzzer.
func FuzzCondensedAsMap(f *testing.F) { f.Fuzz(rapid.MakeFuzz(condensedAsMap)) }

func condensedAsMap(t *rapid.T) {
	n := rapid.IntRange(20, 128).Draw(t, "bits")
	l := newLayout((n+63)/64, n)
	lo, hi := max(n, 64)-64, min(n, 64)
	if n <= 64 {
		lo, hi = 1, n-1
	}
	cut := rapid.UintRange(uint(lo), uint(hi)).Draw(t, "cut")
	const actions = 3
	c, err := newCompact(l, actions, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var set Set = c
	defer func() { set.Close() }()
	fresh := make([]int64, actions)
	v := set.Visitor(fresh)
	v.Open(1, rapid.Bool().Draw(t, "alone"))
	credited, frontier := map[string]uint64{}, map[string]bool{}
	earlier := map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "depths") {
		var states [][]uint64
		for range rapid.IntRange(1, 40).Draw(t, "states") {
			states = append(states, drawState(t, &l))
		}
		x := rapid.Uint64Range(0, 1000).Draw(t, "from")
		for range rapid.SampledFrom([]int{0, 500, 3000}).Draw(t, "more") {
			s := make([]uint64, l.width)
			s[0] = x * hash.A & l.mask[0]
			s[len(s)-1] |= x & l.mask[len(s)-1]
			states, x = append(states, s), x+1
		}
		b := &Batch{Width: l.width}
		for i, s := range states {
			action := uint32(i % actions)
			b.Words, b.Froms, b.Hashes = append(b.Words, s...), append(b.Froms, uint64(noteOf(s))<<32|uint64(action)), append(b.Hashes, set.Packed().Home(s))
			if k := hash.Key(s); !earlier[k] {
				if old, there := credited[k]; !there || uint64(action) < old {
					credited[k] = uint64(action)
				}
				frontier[k] = true
			}
		}
		if err := v.Insert(b); err != nil {
			t.Fatal(err)
		}
		sizes := set.Advance([]Visitor{v}, nil)
		if flat, ok := set.(*compact); ok && rapid.Bool().Draw(t, "condense") {
			var into Set
			if into, sizes, err = flat.condense(cut); err != nil {
				t.Fatal(err)
			}
			flat.Close()
			set = into
			v = set.Visitor(fresh)
			v.Open(1, true)
		}
		saved := rapid.Bool().Draw(t, "saved")
		if saved {
			sizes = reload(t, &set, Spec{Width: l.width, Significant: n, Actions: actions, Workers: 1}, sizes)
			v = set.Visitor(fresh)
			v.Open(1, true)
		}
		for part, n := range sizes {
			for i := range n {
				s, _ := v.State(part, i)
				if got := v.(Noting).Note(part, i); !saved && got != noteOf(s) {
					t.Fatalf("of %x is noted %x, not %x", s, got, noteOf(s))
				}
				if k := hash.Key(s); !frontier[k] {
					t.Fatalf("%x is in the frontier, or twice", s)
				} else {
					delete(frontier, k)
				}
			}
			v.Seen(part, int(n))
		}
		if len(frontier) > 0 || set.Distinct() != int64(len(credited)) {
			t.Fatalf("%d states are not in the frontier; there are %d states, want %d", len(frontier), set.Distinct(), len(credited))
		}
		earlier = map[string]bool{}
		for k := range credited {
			earlier[k] = true
		}
	}
	got := map[string]uint64{}
	switch set := set.(type) {
	case *compact:
		set.all(func(words []uint64, a uint64) bool { got[hash.Key(words)] = a; return true })
	case *tree:
		f := newFolding(set, false)
		set.all(func(words []uint64, a uint64) bool { got[hash.Key(f.unfold(words[0]))] = a; return true })
	}
	if !maps.Equal(got, credited) {
		t.Fatalf("got %d states, or their actions, other than the %d", len(got), len(credited))
	}
	want := make([]int64, actions)
	for _, a := range credited {
		want[a]++
	}
	if !slices.Equal(fresh, want) {
		t.Fatalf("got credits %v, want %v", fresh, want)
	}
}

// reload saves a set and reads it again.
func reload(t *rapid.T, set *Set, k Spec, sizes []int64) []int64 {
	saver := (*set).(Saver)
	var file bytes.Buffer
	w := durable.NewWriter(&file)
	saver.Save(w)
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	into, err := NewOf(saver.Kind(), k)
	if err != nil || into == nil {
		t.Fatalf("got the set %v, %v of kind %s", into, err, saver.Kind())
	}
	(*set).Close()
	*set = into
	out, err := into.Load(durable.NewReader(&file))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPairsFull has no more halves numbered in the middle of a batch: the states before are there, and whoever inserted it is told.
func TestPairsFull(t *testing.T) {
	l := newLayout(1, 60)
	c, err := newCompact(l, 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := Condense(c, c.Advance(nil, nil), 1)
	if err != nil || set != Set(c) {
		t.Fatalf("of no state there are pairs: %v", err)
	}
	v := c.Visitor(make([]int64, 1))
	v.Open(1, true)
	var states [][]uint64
	for x := range uint64(3 * numbersAtOnce) { // each brings two halves of its own
		states = append(states, []uint64{(x<<30 | x) + 1<<29})
	}
	actions := make([]uint32, len(states))
	if err := v.Insert(batchOf(&l, states[:1], actions)); err != nil {
		t.Fatal(err)
	}
	set, _, err = Condense(c, c.Advance([]Visitor{v}, nil), 1)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	defer set.Close()
	set.(*tree).LimitParts(2*numbersAtOnce - 1)
	v = set.Visitor(make([]int64, 1))
	v.Open(1, true)
	for range 2 {
		if err := v.Insert(batchOf(&l, states, actions)); err != ErrNumbers {
			t.Errorf("got error %v, want that there are no more numbers", err)
		}
		if n := set.Distinct(); n < numbersAtOnce/2 || n > numbersAtOnce {
			t.Errorf("got %d states of at most %d halves", n, 2*numbersAtOnce-1)
		}
	}
	if err := v.Insert(batchOf(&l, states[:numbersAtOnce/2], actions)); err != nil {
		t.Errorf("states that are there: %v", err)
	}
}

// TestCondense has halves counted: states that are pairs of few halves are condensed, others not, nor those of too few bits.
func TestCondense(t *testing.T) {
	for name, test := range map[string]struct {
		bits      int
		state     func(x uint64) []uint64
		condensed bool
	}{
		"few halves":  {100, func(x uint64) []uint64 { return []uint64{hash.Mix(x / 600), hash.Mix(x%600) & (1<<36 - 1)} }, true},
		"many halves": {100, func(x uint64) []uint64 { return []uint64{hash.Mix(x), hash.Mix(x+1) & (1<<36 - 1)} }, false},
		"narrow":      {20, func(x uint64) []uint64 { return []uint64{x} }, false},
	} {
		l := newLayout((test.bits+63)/64, test.bits)
		c, err := newCompact(l, 1, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		v := c.Visitor(make([]int64, 1))
		v.Open(1, true)
		const n = condenseFrom
		for x := uint64(0); x < n; {
			var states [][]uint64
			for range BatchStates {
				states, x = append(states, test.state(x)), x+1
			}
			if err := v.Insert(batchOf(&l, states, make([]uint32, len(states)))); err != nil {
				t.Fatal(err)
			}
		}
		sizes := c.Advance([]Visitor{v}, nil)
		before := c.Bytes() - c.pool.bytes.Load() // the frontier, which is all of the states here, stays as it is
		set, sizes, err := Condense(c, sizes, 0)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, k := range sizes {
			total += k
		}
		if set.Distinct() != n || total != n || (set != Set(c)) != test.condensed {
			t.Errorf("%s: got a %T of %d states, %d of them in the frontier, want %d", name, set, set.Distinct(), total, n)
		}
		if test.condensed {
			if now := set.Bytes() - set.(*tree).pool.bytes.Load(); now > before/2 {
				t.Errorf("%s: got %d bytes, there were %d", name, now, before)
			}
			set.Close()
		}
		c.Close()
	}
}
