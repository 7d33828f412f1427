package visited

import (
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
)

// A compact set is saved as it lies in memory, segment after segment, with the chunks of the frontier behind. States that
// were found since the depth began stand last in their buckets, and are cut off when the set is read.

type savedCompact struct {
	Turns    uint64
	Rests    uint64 // see compact
	Segments []savedSegment
	Parts    []int // states of each chunk of the frontier
}

type savedSegment struct {
	Skip    uint
	Buckets uint64
	Extra   uint // bits stored as they are
}

func (c *compact) Kind() string { return "compact" }

// Retain keeps the frontier until the depth ends, not only until it has been expanded.
func (c *compact) Retain() { c.retained = true }

// lines is the memory of the buckets of s.
func (s *segment) lines() []byte {
	return bytesAt(s.base, int(s.buckets+spill)*bucketBytes)
}

// states is the memory of the states of p.
func (l *Layout) states(p *chunk) []byte {
	return bytesAt(p.base, p.n*l.stride())
}

func bytesAt(at unsafe.Pointer, n int) []byte { return unsafe.Slice((*byte)(at), n) }

func (c *compact) Save(w *durable.Writer) {
	head := savedCompact{Turns: c.turns, Rests: c.rests.Load()}
	c.each(func(s *segment) { head.Segments = append(head.Segments, savedSegment{s.skip, s.buckets, s.extra}) })
	for _, p := range c.parts {
		if p.n > 0 {
			head.Parts = append(head.Parts, p.n)
		}
	}
	w.JSON(head)
	c.each(func(s *segment) { _, _ = w.Write(s.lines()) })
	for _, p := range c.parts {
		_, _ = w.Write(c.front.states(p))
	}
}

// Load fills a set that is empty with what save wrote, and gives the sizes of the parts of the frontier.
func (c *compact) Load(r *durable.Reader) ([]int64, error) {
	var head savedCompact
	if err := r.JSON(&head); err != nil {
		return nil, err
	}
	c.each(func(s *segment) { s.region.Free() })
	c.segments = [maxSegments]*segment{}
	c.table.Store(0)
	c.rests.Store(head.Rests)
	c.turns, c.depth = head.Turns, uint32(head.Turns&depthMask)
	at := 0
	for _, g := range head.Segments {
		if g.Skip > segmentBits || g.Buckets < 2 || g.Buckets > 1<<40 || g.Extra > 64 || !c.keys && g.Extra != c.extra || at+maxSegments>>g.Skip > maxSegments {
			return nil, durable.ErrDamaged
		}
		if err := c.claim(segmentBytes(g.Buckets)); err != nil {
			return nil, err
		}
		s, err := newSegment(newWiderShape(&c.Layout, g.Buckets, g.Skip, c.actions, g.Extra))
		if err != nil {
			return nil, err
		}
		for range maxSegments >> g.Skip {
			c.segments[at] = s
			at++
		}
		c.table.Add(s.bytes())
		if err := r.Full(s.lines()); err != nil {
			return nil, err
		}
		n := s.rewind(c.depth)
		s.used.Store(n)
		c.promised.Add(n)
	}
	if at != maxSegments {
		return nil, durable.ErrDamaged
	}
	var sizes []int64
	for _, n := range head.Parts {
		if n < 1 || n > c.front.perChunk() {
			return nil, durable.ErrDamaged
		}
		p, err := c.pool.take()
		if err != nil {
			return nil, err
		}
		p.n = n
		p.left.Store(int64(n))
		if err := r.Full(c.front.states(p)); err != nil {
			return nil, err
		}
		c.parts, sizes = append(c.parts, p), append(sizes, int64(n))
	}
	return sizes, nil
}

// rewind takes out the states found at a depth and gives the number of the others. Nothing is being added. They were
// put in last, also into a table made anew meanwhile, so that every other state is found without them.
func (s *segment) rewind(depth uint32) (left int64) {
	for i := range s.buckets + spill {
		head := (*uint32)(s.bucket(i))
		h := *head &^ lockBit
		if depthOf(h) == depth {
			h = h&^(countMask<<countShift) | uint32(beforeOf(h))<<countShift
		}
		*head = h
		left += int64(countOf(h))
	}
	return left
}
