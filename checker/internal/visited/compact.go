package visited

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// compact is the visited set for states of one or two words: exact, and with little more per state than the bits that
// its place does not say. It begins with one segment; a segment that is full is replaced by a larger one, or by several
// once it is large, so that growing needs little room beside the table itself. States of the frontier lie in chunks of
// their own. There are no parents: a run is found by exploring once more (retrace.go).
type compact struct {
	Layout          // of what the table holds
	front   *Layout // of what a batch and the frontier hold: the same, but where the table holds the keys of pairs (halves.go)
	actions uint    // bits of an action
	memory  int64   // bytes allowed, or 0
	most    int64   // states allowed

	// Batches hold grow for reading, so that the segments stand still. promised counts the states in the set and those
	// that running batches might add.
	grow     sync.RWMutex
	segments [maxSegments]*segment // by the first bits of the hash; a segment stands at every place that it covers
	promised atomic.Int64
	rests    atomic.Uint64 // the bits that are set in what keys have beyond those that are mixed
	depth    uint32        // of what is being found, modulo 2^21
	turns    uint64        // depths so far
	alone    bool          // one goroutine adds states at this depth

	table    atomic.Int64 // bytes of the segments
	beside   atomic.Int64 // bytes of what belongs to the set and is not here
	pool     pool
	top      peak // of bytes
	parts    []*chunk
	recount  int64 // states from which on their halves are counted (halves.go)
	retained bool  // parts are kept until the depth ends
}

const (
	segmentBits  = 6
	maxSegments  = 1 << segmentBits
	segmentShift = 64 - segmentBits

	firstBuckets = 512 - spill - 1 // a table for a small model costs 32 KiB
	splitBits    = 2
	splitBytes   = 2 << 20 // size beyond which a segment becomes four, while there are few: what grows is there twice for a while
	splitShare   = 32      // or this part of the memory allowed
	steep        = 4       // times as many slots the first segment gets while it is small, to be copied less often
	growth       = 1.3     // by which a segment grows otherwise
)

// newCompact makes an empty set for states as l says, found by actions with numbers below actions.
func newCompact(l Layout, actions int, memory, most int64) (*compact, error) {
	c := &compact{Layout: l, actions: uint(bits.Len(uint(max(actions, 1) - 1))), memory: memory, most: math.MaxInt64, recount: condenseFrom}
	if most > 0 {
		c.most = most
	}
	c.front = &c.Layout
	c.pool.claim = c.claim
	if err := c.claim(segmentBytes(firstBuckets)); err != nil {
		return nil, err
	}
	s, err := newSegment(newShape(&l, firstBuckets, 0, c.actions))
	if err != nil {
		return nil, err
	}
	for i := range c.segments {
		c.segments[i] = s
	}
	c.table.Store(s.bytes())
	return c, nil
}

func (c *compact) Close() {
	c.each(func(s *segment) { s.region.Free() })
	c.segments = [maxSegments]*segment{}
	c.pool.close()
}

// each calls f for every segment.
func (c *compact) each(f func(*segment)) {
	for i, s := range c.segments {
		if s != nil && (i == 0 || c.segments[i-1] != s) {
			f(s)
		}
	}
}

func (c *compact) Packed() *Layout  { return c.front }
func (c *compact) Distinct() int64  { return c.promised.Load() }
func (c *compact) Bytes() int64     { return c.table.Load() + c.pool.bytes.Load() + c.beside.Load() }
func (c *compact) PeakBytes() int64 { return c.top.Load() }

// Limit changes how many states are allowed.
func (c *compact) Limit(states int64) { c.most = states }

// claim asks for so many more bytes and notes them.
func (c *compact) claim(n int64) error {
	now := c.Bytes() + n
	if c.memory > 0 && now > c.memory {
		return ErrMemory
	}
	c.top.note(now)
	return nil
}

// noteOnly is claim without a limit.
func (c *compact) noteOnly(n int64) error {
	c.top.note(c.Bytes() + n)
	return nil
}

// takeBeside takes so many more bytes beside the table, while nobody else takes any.
func (c *compact) takeBeside(n int64) error {
	c.grow.Lock()
	defer c.grow.Unlock()
	err := c.claim(n)
	if err == nil {
		c.beside.Add(n)
	}
	return err
}

// Advance makes the states found the frontier.
func (c *compact) Advance(visitors []Visitor, sizes []int64) []int64 {
	if c.retained {
		for _, p := range c.parts {
			c.pool.give(p)
		}
	}
	c.parts = c.parts[:0]
	for _, v := range visitors {
		v := v.(*compactVisitor)
		c.parts = append(c.parts, v.found...)
		v.found, v.room = v.found[:0], 0
	}
	slices.SortStableFunc(c.parts, func(p, q *chunk) int { return cmp.Compare(p.from, q.from) })
	for _, p := range c.parts {
		p.left.Store(int64(p.n))
		sizes = append(sizes, int64(p.n))
	}
	c.turns++
	c.depth = uint32(c.turns & depthMask)
	if c.turns%(depthMask/2) == 0 {
		c.each(func(s *segment) { s.forget((c.depth - 1) & depthMask) })
	}
	return sizes
}

// begin opens a batch that adds at most n states. Unless it fails, the segments stand still until end. It fails with
// ErrStates when n more states might be too many.
func (c *compact) begin(n int) error {
	c.grow.RLock()
	if c.promised.Add(int64(n)) <= c.most {
		return nil
	}
	c.promised.Add(int64(-n))
	c.grow.RUnlock()
	return ErrStates
}

// end closes a batch that added n states less than it might have.
func (c *compact) end(n int) {
	c.promised.Add(int64(-n))
	c.grow.RUnlock()
}

// relieve has the segments grow that hold as many states as they should. Where the memory allowed does not suffice they
// are filled to the last.
func (c *compact) relieve() error {
	c.grow.Lock()
	defer c.grow.Unlock()
	for i := range c.segments {
		if s := c.segments[i]; s.used.Load() > s.limit {
			if err := c.enlarge(i); err == ErrMemory || err == offheap.ErrNone {
				s.limit = math.MaxInt64
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// force has a segment grow that has no room for a state, unless that has happened.
func (c *compact) force(i int, full *segment) error {
	c.grow.Lock()
	defer c.grow.Unlock()
	if c.segments[i] != full {
		return nil
	}
	return c.enlarge(i)
}

// find gives the bucket and the slot of the state with hash h and rest, or false. Nothing is being added.
func (c *compact) find(h, rest uint64) (head *uint32, i int, ok bool) {
	s := c.segments[h>>segmentShift]
	if !s.suits(rest) {
		return nil, 0, false
	}
	k := s.key(h, rest)
	return s.find(&k)
}

// extraBits is how many bits of a state are to be stored as they are.
func (c *compact) extraBits() uint { return max(c.extra, uint(bits.Len64(c.rests.Load()))) }

// enlarge replaces the segment at place i by a larger one, or by four. The caller holds grow.
func (c *compact) enlarge(i int) error {
	old := c.segments[i]
	factor := float64(growth)
	switch {
	case old.used.Load() <= old.limit/4*3 && !old.suits(c.rests.Load()): // it is there that room is wanted
		factor = 1
	case old.skip == 0 && old.bytes() < c.splitFrom()/2:
		factor = steep
	}
	for uneven := false; ; uneven = true {
		sizes, split := c.successors(old, factor)
		claimed := claimFor(sizes)
		err := c.claim(claimed)
		if err != nil && !uneven { // as little as pays at all
			sizes, split = c.successors(old, 1.1)
			claimed = claimFor(sizes)
			err = c.claim(claimed)
		}
		if err != nil {
			return err
		}
		into, err := old.rebuild(&c.Layout, c.extraBits(), sizes, split, c.depth)
		if err != nil {
			return err
		}
		if into == nil { // the states are spread unevenly
			factor *= 1.25
			continue
		}
		span := maxSegments >> old.skip // places that old stands at
		from := i &^ (span - 1)
		for k := range span {
			c.segments[from+k] = into[k<<split/span]
		}
		c.table.Add(claimed - old.bytes())
		old.region.Free()
		return nil
	}
}

// splitFrom is the size from which on a segment becomes four: less where little memory is allowed, most of which would
// be left otherwise when there is no room for a segment and what it is to become.
func (c *compact) splitFrom() int64 {
	if c.memory > 0 {
		return min(splitBytes, max(c.memory/splitShare, 2*segmentBytes(firstBuckets)))
	}
	return splitBytes
}

func claimFor(sizes []uint64) (n int64) {
	for _, size := range sizes {
		n += segmentBytes(size)
	}
	return n
}

// successors says what a segment is to become, by how many times as many slots there are to be: how many buckets each
// successor has, and that there are 1<<split.
func (c *compact) successors(s *segment, factor float64) (sizes []uint64, split uint) {
	if s.bytes() >= c.splitFrom() && s.skip < segmentBits {
		split = splitBits
	}
	for i := range 1 << split {
		slots := factor * float64(s.buckets) * float64(s.slots)
		if split > 0 { // of unlike sizes, so that they do not all grow at once
			slots *= math.Pow(growth, float64(i)/4-0.4) / float64(uint(1)<<split)
		}
		n := uint64(slots/float64(s.slots)) + 1
		// A remainder gets shorter by a bit when the buckets double, and a slot may by a byte.
		// And slots for longer keys are fewer.
		for range 2 {
			if g := newWiderShape(&c.Layout, n, s.skip+split, c.actions, c.extraBits()); g.slots != s.slots {
				if m := uint64(slots/float64(g.slots)) + 1; g.slots < s.slots || newWiderShape(&c.Layout, m, s.skip+split, c.actions, c.extraBits()).slots == g.slots {
					n = m
				}
			}
		}
		sizes = append(sizes, n)
	}
	return sizes, split
}
