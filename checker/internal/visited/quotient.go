package visited

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
)

// Layout says how the states of a system of one or two words are spread over a compact table: by a one-to-one mixing of
// their significant bits, so that what a place in the table says of a state need not be stored there (quotienting;
// Cleary, "Compact hash tables using bidirectional linear probing", 1984).
type Layout struct {
	width    int       // words of a state
	mask     [2]uint64 // bits that the words of a state may have
	Declared uint      // significant bits of a state
	low      uint      // bits that are mixed, the first of a state
	extra    uint      // bits beyond 64, which are stored as they are
	half     uint      // half of low, rounded up
	cut      uint64    // low ones
	keys     bool      // a state is the key of a tree: its bits beyond low are stored as they are
	upper    uint64    // what their number is multiplied by before it is mixed with the others; 0 where they are not stored
}

// keyBits are the bits of a key that are mixed: as many as tell apart the homes of all buckets that there ever are.
const keyBits = 32

// newKeys is for the keys of a tree, of which a table stores as many bits as have been needed so far (segment.suits).
func newKeys() Layout {
	l := newLayout(1, 64)
	l.low, l.half, l.cut, l.keys, l.upper = keyBits, keyBits/2, 1<<keyBits-1, true, hash.A
	return l
}

// leastMixed is the number of bits below which a mixing would have little to work with; narrower states have zeros.
const leastMixed = 16

// newLayout is for states of width words, 1 or 2, of which the first significant bits matter; 0 means all.
func newLayout(width, significant int) Layout {
	n := uint(64 * width)
	if significant > 0 && uint(significant) < n {
		n = uint(significant)
	}
	l := Layout{width: width, Declared: n, low: max(leastMixed, min(n, 64)), extra: max(n, 64) - 64}
	l.mask = [2]uint64{1<<min(n, 64) - 1, 1<<l.extra - 1}
	l.half, l.cut = (l.low+1)/2, 1<<l.low-1
	return l
}

// Fits tells whether s, which has the right number of words, is zero beyond its significant bits.
func (l *Layout) Fits(s []uint64) bool {
	return s[0]&^l.mask[0] == 0 && (l.width == 1 || s[1]&^l.mask[1] == 0)
}

// Home mixes s and gives the result with its first bit on top. With what rest gives it determines s: multiplying by an
// odd number modulo a power of two is one to one, and so is adding (xor) the upper half of a number to its lower half; of
// two words the second one is known when the first is to be undone.
func (l *Layout) Home(s []uint64) uint64 {
	x := s[0]
	if l.extra > 0 {
		x += s[1] * hash.A
	}
	return l.home1(x)
}

// home1 is home of a state of one word, or of what is made of two.
func (l *Layout) home1(x uint64) uint64 {
	half := l.half & 63
	x = (x + x>>keyBits*l.upper) & l.cut
	x ^= x >> half
	x = x * mixMul & l.cut
	x ^= x >> half
	x = x * mixMul & l.cut
	x ^= x >> half
	return x << ((64 - l.low) & 63)
}

// unhome gives the state of which home and rest are h and rest.
func (l *Layout) unhome(h, rest uint64, s []uint64) {
	half := l.half & 63
	x := h >> ((64 - l.low) & 63)
	x ^= x >> half
	x = x * mixInverse & l.cut
	x ^= x >> half
	x = x * mixInverse & l.cut
	x ^= x >> half
	if l.keys {
		s[0] = (x-rest*l.upper)&l.cut | rest<<keyBits
		return
	}
	if l.extra > 0 {
		x -= rest * hash.A
	}
	s[0] = x
	if l.width == 2 {
		s[1] = rest
	}
}

// mixMul is the multiplier of Degski's mixing of 64 bits, odd; mixInverse undoes it modulo 2^64.
const (
	mixMul     = 0xd6e8feb86659fd93
	mixInverse = 0xcfee444d8b59a89b
)

// rest gives the bits of s that home does not mix.
func (l *Layout) rest(s []uint64) uint64 {
	switch {
	case l.keys:
		return s[0] >> keyBits
	case l.extra > 0:
		return s[1]
	}
	return 0
}

// shape is the geometry of one segment of a table: buckets numbered from 0, in which a state is found by its home, the
// place h/2^64 of the way through them, where h is what is left of Layout.Home when the bits that chose the segment are
// shifted out. Of h only the remainder is stored, the number of possible values of h between the start of the bucket
// and h, give or take one.
type shape struct {
	buckets uint64 // homes; a few more buckets follow for what does not fit
	skip    uint   // bits of the hash that choose the segment
	step    uint   // the values of h are multiples of 1<<step
	apart   uint64 // lo of two neighbouring values of h differ by it: buckets<<step
	inverse uint64 // 2^64/apart, rounded up
	rem     uint   // bits of a remainder, less those of the tag
	extra   uint   // bits stored as they are
	actions uint   // bits of an action

	tag   uint // bits of a tag
	size  int  // bytes of a slot without its tag
	slots int  // of a bucket
	at    uint // the bit of a slot at which the remainder begins
	top   uint // the bit at which what is stored as it is begins, where that is in the first word
	start int  // where in its bucket slot 0 begins
	first int  // where the first word of slot 0 is loaded from
	shift uint // that leaves of a word so loaded what is compared
}

// A bucket is a header, the tags of its slots, a byte each, and the slots. The tag is the lowest bits of the remainder, so
// that one comparison of words finds the few slots that may hold a state. A slot is a number of size bytes, the lowest
// first:
//
//	what is stored as it is | the rest of the remainder | displacement (4 bits) | action
//
// The displacement is by how many buckets it is away from its home. The action is the one to which the discovery of
// the state is credited.
const (
	bucketBytes = 64 // one line of the processor's cache
	headerBytes = 4  // of them
	tagBits     = 8
	reachBits   = 4
	reach       = 1 << reachBits // buckets in which a state may be
	leastSlot   = 2              // bytes; 20 slots, as many as can be marked
	widestSlot  = 24
)

// newShape makes the shape of n buckets. n is at least 2 and smaller than the number of values of h.
func newShape(l *Layout, n uint64, skip, actions uint) shape {
	return newWiderShape(l, n, skip, actions, l.extra)
}

// newWiderShape is newShape with another number of bits that are stored as they are, or, of keys, as many as there is room for.
func newWiderShape(l *Layout, n uint64, skip, actions, extra uint) shape {
	g := shape{buckets: n, skip: skip, step: 64 - (l.low - skip), extra: extra, actions: actions}
	g.apart = n << g.step
	g.inverse = ^uint64(0)/g.apart + 1 // apart is a power of two only where this is exact: 2^64-1 is odd
	most, _ := bits.Mul64(^uint64(0), g.inverse)
	rem := uint(bits.Len64(most))
	g.tag = min(tagBits, rem)
	g.rem = rem - g.tag
	g.size = max(leastSlot, int(actions+reachBits+g.rem+extra+7)/8)
	if l.keys {
		g.extra = uint(8*g.size) - actions - reachBits - g.rem
	}
	g.at, g.top = actions+reachBits, (actions+reachBits+g.rem)&63
	g.slots = (bucketBytes - headerBytes) / (1 + g.size)
	g.start = headerBytes + g.slots
	g.first, g.shift = g.start, actions
	if g.size < 8 { // a word that ends where the slot ends lies in the bucket; one that begins there might not
		g.first, g.shift = g.start+g.size-8, uint(64-8*g.size)+actions
	}
	return g
}

// key is a state as a segment stores it: its home, its tag, and the words of its slot with action and displacement 0.
type key struct {
	home, tag uint64
	words     [3]uint64
}

// key gives the key of a state by its hash, of which skip bits are to be left out, and the bits stored as they are.
func (g *shape) key(hash, rest uint64) key { return g.keyAt(hash<<(g.skip&63), rest) }

// keyAt is key by what is left of the hash.
func (g *shape) keyAt(h, rest uint64) key {
	home, lo := bits.Mul64(h, g.buckets)
	rem, _ := bits.Mul64(lo, g.inverse)
	return g.pack(home, rem, rest)
}

// narrow is keyAt where a slot is one word.
func (g *shape) narrow(h, rest uint64) (home, tag, word uint64) {
	home, lo := bits.Mul64(h, g.buckets)
	rem, _ := bits.Mul64(lo, g.inverse)
	return home, rem & (1<<(g.tag&63) - 1), rem>>(g.tag&63)<<(g.at&63) | rest<<(g.top&63)
}

// home gives the bucket of key.
func (g *shape) home(hash uint64) uint64 {
	home, _ := bits.Mul64(hash<<(g.skip&63), g.buckets)
	return home
}

func (g *shape) pack(home, rem, rest uint64) key {
	at := g.at
	k := key{home: home, tag: rem & (1<<g.tag - 1)}
	rem >>= g.tag
	k.words[0] = rem << (at & 63)
	if g.size <= 8 {
		k.words[0] |= rest << ((at + g.rem) & 63)
		return k
	}
	k.words[1] = rem >> (64 - at)
	if at += g.rem; at < 64 {
		k.words[0] |= rest << at
		k.words[1] |= rest >> (64 - at)
	} else {
		k.words[1] |= rest << (at - 64)
		k.words[2] = rest >> (128 - at)
	}
	return k
}

// unpack gives the remainder and the bits stored as they are, of the tag and the words of a slot.
func (g *shape) unpack(tag uint64, words *[3]uint64) (rem, rest uint64) {
	at := g.at
	rem = words[0]>>(at&63) | words[1]<<((64-at)&63)
	rem = rem&(1<<(g.rem&63)-1)<<(g.tag&63) | tag
	if g.extra == 0 {
		return rem, 0
	}
	if at += g.rem; at < 64 {
		rest = words[0]>>at | words[1]<<(64-at)
	} else {
		rest = words[1]>>(at-64) | words[2]<<(128-at)
	}
	return rem, rest & (1<<g.extra - 1)
}

// border is where a bucket begins: home*2^64/buckets, rounded down, and what is left of the division.
type border struct{ h, left uint64 }

func (g *shape) border(home uint64) border {
	h, left := bits.Div64(home, 0, g.buckets)
	return border{h, left}
}

// plus is the border of the sum of two homes.
func (g *shape) plus(a, b border) border {
	a.h, a.left = a.h+b.h, a.left+b.left
	if a.left >= g.buckets {
		a.h, a.left = a.h+1, a.left-g.buckets
	}
	return a
}

// origin undoes the division for one home at a time: it is what its values of h have in common.
type origin struct {
	h, lo, rem uint64 // the least h, what is left of it, and its remainder
}

func (g *shape) origin(from border) origin {
	h := from.h
	if from.left > 0 { // the least h that is not in an earlier bucket
		h++
	}
	h = (h + 1<<g.step - 1) >> g.step << g.step
	lo := h * g.buckets
	rem, _ := bits.Mul64(lo, g.inverse)
	return origin{h, lo, rem}
}

// hash gives the h whose home is o's and whose remainder is rem. Remainders of neighbours differ by 1, once in a while
// by 2, and by rounding at most one too many in all.
func (g *shape) hash(o *origin, rem uint64) uint64 {
	k := rem - o.rem
	got, _ := bits.Mul64(o.lo+k*g.apart, g.inverse)
	other := got ^ rem
	k -= (other | -other) >> 63 // 1 where got is another, without a branch
	return o.h + k<<(g.step&63)
}
