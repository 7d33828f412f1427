package visited

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// unmix gives the state of which home and rest are h and rest.
func unmix(l *Layout, h, rest uint64) []uint64 {
	inverse := uint64(1) // of mixMul modulo 2^64: each step doubles the number of right bits
	for range 6 {
		inverse *= 2 - mixMul*inverse
	}
	x := h >> (64 - l.low)
	x ^= x >> l.half
	x = x * inverse & l.cut
	x ^= x >> l.half
	x = x * inverse & l.cut
	x ^= x >> l.half
	s := make([]uint64, l.width)
	switch {
	case l.keys:
		return []uint64{(x-rest*hash.A)&(1<<keyBits-1) | rest<<keyBits}
	case l.extra > 0:
		s[1] = rest
		x -= rest * hash.A
	}
	s[0] = x
	return s
}

// TestMixingAll mixes all states of few bits: no two may have one result, and results have no more bits than were mixed.
func TestMixingAll(t *testing.T) {
	for n := 1; n <= 16; n++ {
		l := newLayout(1+n%2, n)
		seen := make([]bool, 1<<l.low)
		s := make([]uint64, l.width)
		for x := range uint64(1) << n {
			s[0] = x
			h := l.Home(s)
			if low := h << l.low; low != 0 && l.low < 64 {
				t.Fatalf("%d bits: state %d is mixed to %#x, which has too many bits", n, x, h)
			}
			if y := h >> (64 - l.low); seen[y] {
				t.Fatalf("%d bits: two states are mixed to %#x", n, h)
			} else {
				seen[y] = true
			}
		}
	}
	l := newLayout(1, 16)
	if l.low != 16 {
		t.Fatalf("16 bits are mixed in %d", l.low)
	}
}

// drawLayout draws a layout, those at the boundaries of words often.
func drawLayout(t *rapid.T) Layout {
	if rapid.IntRange(0, 3).Draw(t, "keys") == 0 {
		return newKeys()
	}
	width := rapid.IntRange(1, 2).Draw(t, "width")
	n := rapid.OneOf(rapid.IntRange(0, 64*width), rapid.SampledFrom([]int{1, 15, 16, 17, 63, 64, 64 * width})).Draw(t, "bits")
	if width == 2 && rapid.Bool().Draw(t, "wide") {
		n = rapid.SampledFrom([]int{65, 66, 80, 112, 120, 127, 128}).Draw(t, "many bits")
	}
	return newLayout(width, n)
}

// drawState draws a state that fits.
func drawState(t *rapid.T, l *Layout) []uint64 {
	s := make([]uint64, l.width)
	for i := range s {
		upper := rapid.Map(rapid.Uint64Range(0, 40), func(x uint64) uint64 { return 1<<keyBits<<(x/2) + x })
		s[i] = rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 20), upper, rapid.Map(rapid.Uint64Range(0, 20), func(x uint64) uint64 { return ^x })).Draw(t, "word") & l.mask[i]
	}
	return s
}

// TestQuotientLaw takes states apart as a table does, for every width and size, and puts them together again.
func TestQuotientLaw(t *testing.T) { rapid.Check(t, quotientLaw) }

// FuzzQuotientLaw is the same, driven by the fuzzer.
func FuzzQuotientLaw(f *testing.F) { f.Fuzz(rapid.MakeFuzz(quotientLaw)) }

func quotientLaw(t *rapid.T) {
	l := drawLayout(t)
	s := drawState(t, &l)
	if !l.Fits(s) {
		t.Fatalf("%v does not fit", s)
	}
	h, rest := l.Home(s), l.rest(s)
	back := unmix(&l, h, rest)
	for i := range s {
		if back[i] != s[i] {
			t.Fatalf("%d bits: %x comes back as %x", l.Declared, s, back)
		}
	}
	skip := rapid.SampledFrom([]uint{0, 2, 4, 6}).Draw(t, "skip")
	left := min(l.low-skip, 40)
	n := rapid.Uint64Range(2, 1<<left-1).Draw(t, "buckets")
	if rapid.Bool().Draw(t, "few") {
		n = n>>rapid.UintRange(0, left-2).Draw(t, "by")&^1 | 2
	}
	n = min(n, 1<<left-1)
	extra := l.extra
	if l.keys {
		extra = rapid.UintRange(uint(bits.Len64(rest)), 32).Draw(t, "extra")
	}
	g := newWiderShape(&l, n, skip, rapid.UintRange(0, 16).Draw(t, "actions"), extra)
	if g.size > widestSlot || g.slots < 2 || g.slots > countMask {
		t.Fatalf("a slot has %d bytes, a bucket %d slots", g.size, g.slots)
	}
	k := g.key(h, rest)
	if k.home >= n || k.home != g.home(h) {
		t.Fatalf("home %d of %d buckets", k.home, n)
	}
	used := 0
	for i, w := range k.words {
		if w != 0 {
			used = 64*i + bits.Len64(w)
		}
	}
	if used > 8*g.size || k.words[0]&(1<<(g.actions+reachBits)-1) != 0 {
		t.Fatalf("key %x does not fit a slot of %d bytes", k.words, g.size)
	}
	rem, more := g.unpack(k.tag, &k.words)
	o := g.origin(g.border(k.home))
	if first := k.home / 2; g.plus(g.border(first), g.border(k.home-first)) != g.border(k.home) {
		t.Fatalf("the borders of buckets %d and %d of %d are not together that of their sum", first, k.home-first, n)
	}
	if more != rest || g.hash(&o, rem) != h<<skip {
		t.Fatalf("hash %x, rest %x come back as %x, %x", h<<skip, rest, g.hash(&o, rem), more)
	}
	// A neighbour in the same bucket has another remainder.
	for _, d := range []uint64{1, 2, 3, 1 << (left / 2)} {
		next := h<<skip + d<<g.step
		if next < h<<skip {
			continue
		}
		if other := g.key(next>>skip, rest); other.home == k.home && other.tag == k.tag && other.words == k.words {
			t.Fatalf("hashes %x and %x of one bucket have the same remainder", h<<skip, next)
		}
	}
}

// TestMixing looks for weak bits: states that differ in few places must spread over homes.
func TestMixing(t *testing.T) {
	const n = 1 << 16
	for _, b := range []int{0, 20, 33, 40, 63, 64, 70, 100, 128} { // 0: the keys of trees
		for name, place := range map[string]func(i int) int{
			"low":   func(i int) int { return i },
			"high":  func(i int) int { return b - 1 - i },
			"both":  func(i int) int { return i/2 + i%2*(b-1-2*(i/2)) },
			"apart": func(i int) int { return i * (b - 1) / 15 },
		} {
			l := newLayout((b+63)/64, b)
			if b == 0 {
				l = newKeys()
				place = map[string]func(i int) int{
					"low": place, "high": func(i int) int { return 63 - i }, "both": func(i int) int { return i + i/8*24 }, "apart": func(i int) int { return 4 * i },
				}[name]
			}
			met := make([]bool, n)
			got := 0
			for x := range uint64(n) {
				s := make([]uint64, l.width)
				for i := range 16 {
					at := place(i)
					s[at/64] |= x >> i & 1 << (at % 64)
				}
				if k := l.Home(s) >> 48; !met[k] {
					met[k] = true
					got++
				}
			}
			// n balls in n bins leave 1-1/e = 63.2 % of them occupied, give or take 0.2 %. More is as well.
			if got < n*62/100 {
				t.Errorf("%d bits, %s: %d of %d homes occur, want about %d", b, name, got, n, n*632/1000)
			}
		}
	}
}

// TestUnhome undoes the mixing of every layout.
func TestUnhome(t *testing.T) { rapid.Check(t, unhomed) }

func unhomed(t *rapid.T) {
	width := rapid.IntRange(1, 2).Draw(t, "width")
	l := newLayout(width, rapid.IntRange(0, 64*width).Draw(t, "bits"))
	s := model.State{rapid.Uint64().Draw(t, "first") & l.mask[0], rapid.Uint64().Draw(t, "second") & l.mask[1]}[:width]
	got := make(model.State, width)
	if l.unhome(l.Home(s), l.rest(s), got); !slices.Equal(got, s) {
		t.Fatalf("got %x, want %x", got, s)
	}
	c := codec{width: width, layout: &l}
	words, rest, err := c.get(c.put(nil, s), nil)
	if err != nil || len(rest) > 0 || !slices.Equal(words, s) {
		t.Fatalf("got %x, %v, %v, want %x", words, rest, err, s)
	}
}
