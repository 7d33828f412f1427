package visited

import (
	"math/bits"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// How states of one or two words are condensed.
//
// Nearly always such a state is a pair of halves of which there are few: of millions of states some ten thousand. Then the
// numbers of its halves need half as many bits as the state or fewer, and a table of pairs is the smaller. But where most
// states bring a half of their own, that costs more room and time than it saves. So a set begins with the states as they
// are; once it is large its halves are counted, cut in some places, and if there are few, a tree of two leaves takes over
// its states, between two depths.

const (
	condenseFrom  = 1 << 18 // states from which on halves are counted; then again at four times as many
	condenseTo    = 1 << 23 // and from which on they are not: moving the states would take too long
	condenseBytes = 7       // of a slot and its tag, at least: below, the time that folding takes (at 7, a fifth of all) is not worth the room
	condenseParts = 6       // states for each half, at least
	partBytes     = 15      // of a half, at most
	halvesSample  = 1 << 14 // halves that are counted for one place to cut, about
)

// Condense gives a smaller set with the same states, and the sizes of the parts of its frontier, or the same set where there is
// none. It may be called between two depths, and then no visitor of the old set is used any more, which its owner closes.
// With from above 0 it gives one from so many states on, even if it is not smaller; below 0, never.
func Condense(set Set, sizes []int64, from int64) (Set, []int64, error) {
	c, ok := set.(*compact)
	if !ok || from < 0 {
		return set, sizes, nil
	}
	var cut uint
	switch n := c.promised.Load(); {
	case from > 0 && n >= from && c.Declared > 1:
		cut = max(c.Declared/2, max(c.Declared, 64)-64)
	case from == 0 && n >= c.recount && c.slotBytes() >= condenseBytes:
		c.recount = 4 * n
		cut = c.bestCut()
	}
	if cut == 0 {
		return set, sizes, nil
	}
	to, into, err := c.condense(cut)
	switch err {
	case nil:
		return to, into, nil
	case ErrMemory, offheap.ErrNone: // there is no room for both; the states stay as they are
		return set, sizes, nil
	}
	return nil, nil, err
}

// slotBytes is what a state takes in the first segment, with its tag.
func (c *compact) slotBytes() int { return 1 + c.segments[0].size }

// bestCut counts the halves of the states, those of some hashes only, for some places to cut. It gives the number of bits before
// the place where there are the fewest, or 0 if these are too many.
func (c *compact) bestCut() (cut uint) {
	n := c.promised.Load()
	if n >= condenseTo {
		return 0
	}
	var cuts []uint
	lo, hi := max(c.Declared, 64)-64, min(c.Declared, 64)
	for _, eighth := range []uint{2, 3, 4, 5, 6} {
		if at := min(max(c.Declared*eighth/8, lo), hi); at > 0 && at < c.Declared && (len(cuts) == 0 || at > cuts[len(cuts)-1]) {
			cuts = append(cuts, at)
		}
	}
	sieve := max(1, n/halvesSample) // of the values of a hash, one in so many
	least := n / condenseParts
	for _, at := range cuts {
		met := map[uint64]struct{}{}
		most := int(least / sieve)
		c.all(func(words []uint64, _ uint64) bool {
			left, right := halve(words, at)
			for _, h := range [2]uint64{left, right} {
				if hi, _ := bits.Mul64(hash.Mix(h), uint64(sieve)); hi == 0 {
					met[h] = struct{}{}
				}
			}
			return len(met) <= most
		})
		if parts := int64(len(met)) * sieve; parts < least && c.saves(n, parts) {
			cut, least = at, parts
		}
	}
	return cut
}

// saves tells whether n states of so many different halves take less room as pairs.
func (c *compact) saves(n, parts int64) bool {
	l := newKeys()
	pair := newWiderShape(&l, c.segments[0].buckets, c.segments[0].skip, c.actions, uint(max(32, 2*bits.Len64(uint64(parts)))-32))
	return n*int64(1+pair.size)+parts*partBytes < n*int64(c.slotBytes())
}

// all calls f for every state found before the present depth, with the action that it is credited to, until f gives false.
func (c *compact) all(f func(words []uint64, action uint64) bool) {
	var words [2]uint64
	for i, s := range c.segments {
		if i > 0 && c.segments[i-1] == s {
			continue
		}
		first := uint64(i) << segmentShift
		for it := s.iterate(c.depth, false); it.next(); {
			for k := range it.n {
				c.unhome(first|it.hash[k]>>s.skip, it.rest[k], words[:])
				if !f(words[:c.width], it.action[k]) {
					return
				}
			}
		}
	}
}

// halve gives the first cut bits of a state of one word or two, and the others. Neither are more than 64.
func halve(s []uint64, cut uint) (left, right uint64) {
	left, right = s[0]&(1<<cut-1), s[0]>>cut
	if len(s) > 1 {
		right |= s[1] << (64 - cut)
	}
	return left, right
}

// unhalve undoes halve.
func unhalve(left, right uint64, cut uint, s []uint64) {
	s[0] = left | right<<cut
	if len(s) > 1 {
		s[1] = right >> (64 - cut)
	}
}

// newPairs makes an empty set for states of one or two words, cut behind so many bits, found by actions with numbers that have
// so many bits.
func newPairs(states Layout, cut, actions uint, memory, most int64) (*tree, error) {
	o := &Order{weights: make([]int, 2)}
	t, err := newTree(o, 2, 1<<actions, memory, most)
	if err == nil {
		t.words, t.cut, t.front = states.width, cut, &states
	}
	return t, err
}

// condense makes the set of the pairs of the halves of the states.
func (c *compact) condense(cut uint) (Set, []int64, error) {
	t, err := newPairs(c.Layout, cut, c.actions, c.memory, 0)
	if err != nil {
		return nil, nil, err
	}
	fail := func(err error) (Set, []int64, error) {
		t.Close()
		return nil, nil, err
	}
	t.most, t.turns, t.depth, t.retained, t.parts.alone = c.most, c.turns, c.depth, c.retained, true
	beside := c.Bytes() // both are there for a while
	if err := t.takeBeside(beside); err != nil {
		return fail(err)
	}
	f := newFolding(t, true)
	var key [1]uint64
	c.all(func(words []uint64, action uint64) bool {
		if key[0], err = f.Key(words); err == nil {
			err = t.adopt(key[:], action)
		}
		return err == nil
	})
	if err != nil {
		return fail(err)
	}
	var sizes []int64
	for _, p := range c.parts {
		to, err := t.pool.take()
		if err != nil {
			return fail(err)
		}
		copy(bytesAt(to.base, pieceBytes), bytesAt(p.base, pieceBytes))
		to.n = p.n
		to.left.Store(int64(p.n))
		t.compact.parts, sizes = append(t.compact.parts, to), append(sizes, int64(p.n))
	}
	t.top.note(c.top.Load())
	t.beside.Add(-beside)
	return t, sizes, nil
}

// adopt puts in a state that is not there, as one found before the present depth. Nobody else uses the set.
func (t *tree) adopt(key []uint64, action uint64) error {
	h, rest := t.Home(key), t.rest(key)
	t.rests.Or(rest)
	for {
		s := t.segments[h>>segmentShift]
		if s.suits(rest) && s.used.Load() < s.limit {
			if k := s.key(h, rest); s.place(k.home, k.tag, k.words[0]|action, &k, (t.depth-1)&depthMask) {
				s.used.Add(1)
				t.promised.Add(1)
				return nil
			}
		}
		if err := t.enlarge(int(h >> segmentShift)); err != nil {
			return err
		}
	}
}
