package visited

import (
	"math"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// Lossy is the visited set that keeps hashes: in a compact table, or as bits in an array. The frontier holds whole states.
type Lossy struct {
	compact *compact // with an array only its accounts and its chunks are of use
	bits    int      // of a hash, that are kept
	width   int      // words of a state, or 0
	cut     uint64   // the bits of a hash that count
	array   *bitArray
	frames  frames
	parts   []*frame
	taken   float64 // with an array: states taken for others, by expectation
}

// newLossy makes an empty set for states of width words (0: varying), found by actions with numbers below actions, that keeps
// so many bits of a hash, or, where size is not 0, bits in an array of so many bytes.
func newLossy(table int, size int64, width, actions int, memory, most int64) (*Lossy, error) {
	if size > 0 {
		table = leastMixed
	}
	c, err := newCompact(newLayout(1, table), actions, memory, most)
	if err != nil {
		return nil, err
	}
	l := &Lossy{compact: c, bits: table, width: width, cut: ^uint64(0) << (64 - table)}
	l.frames.c = c
	if size > 0 {
		l.cut = ^uint64(0)
		if err = c.takeBeside(size); err == nil {
			l.array, err = newBitArray(size)
		}
		if err != nil {
			c.Close()
			return nil, err
		}
	}
	return l, nil
}

// Close gives the memory back.
func (l *Lossy) Close() {
	l.compact.Close()
	l.frames.close()
	if l.array != nil {
		l.array.region.Free()
	}
}

// Distinct is the number of states.
func (l *Lossy) Distinct() int64 { return l.compact.Distinct() }

// Bytes is what the states take in memory.
func (l *Lossy) Bytes() int64 { return l.compact.Bytes() }

// PeakBytes is the most that they took.
func (l *Lossy) PeakBytes() int64 { return l.compact.PeakBytes() }

// Packed is nil: the hashes of states are by hash.Of.
func (l *Lossy) Packed() *Layout { return nil }

func (l *Lossy) hash(s []uint64) uint64 { return hash.Of(s) & l.cut }

// Missed is the number of states that were met and taken for others, by expectation. States to which only these lead have
// not been met, and are not in it.
//
// With hashes of b bits, M = 2^b: a new state looks old with probability i/M when i hashes are stored. So for each of the
// n states found, when i had been before, (i/M)/(1-i/M) = i/(M-i) others were missed, by expectation: in all M(H(M) -
// H(M-n)) - n, with H the harmonic numbers, as of a collector of coupons (Feller, "An introduction to probability theory and
// its applications 1", section IX.3).
func (l *Lossy) Missed() float64 {
	if l.array != nil {
		return l.taken
	}
	n, m := float64(l.Distinct()), math.Ldexp(1, l.bits)
	if n < m/1000 { // the difference below would lose its digits
		return n * (n - 1) / (2 * m) * (1 + 2*n/(3*m))
	}
	return m*math.Log((m+0.5)/(m-n+0.5)) - n
}

// Visitor makes a visitor.
func (l *Lossy) Visitor(fresh []int64) Visitor {
	v := &lossyVisitor{l: l, frontier: frameWriter{frames: &l.frames, width: l.width}}
	v.inner = compactVisitor{c: l.compact, fresh: fresh, keep: &v.frontier}
	return v
}

// Advance makes the states found the frontier.
func (l *Lossy) Advance(visitors []Visitor, sizes []int64) []int64 {
	var inner []Visitor
	l.parts = l.parts[:0]
	for _, v := range visitors {
		v := v.(*lossyVisitor)
		inner = append(inner, &v.inner)
		for _, f := range v.frontier.take() {
			l.parts, sizes = append(l.parts, f), append(sizes, int64(f.n))
		}
		l.taken += v.taken
		v.taken = 0
	}
	l.compact.Advance(inner, nil)
	return sizes
}

// Paths gives a run to each target that is found again, nil for others.
func (l *Lossy) Paths(by Stepper, targets []Target, _ bool) ([][]model.State, error) {
	l.frames.reclaim()
	r := &retracer{by: by, width: l.width, c: l.compact, lossy: l, nearer: true, keep: frameWriter{frames: &l.frames, width: l.width}}
	return r.paths(targets)
}

// lossyVisitor is the visitor of a lossy set.
type lossyVisitor struct {
	l        *Lossy
	inner    compactVisitor
	frontier frameWriter
	taken    float64
}

func (v *lossyVisitor) Folding() *Folding { return nil }

func (v *lossyVisitor) Open(size int, alone bool) { v.inner.Open(size, alone) }

func (v *lossyVisitor) Seen(part, n int) {
	if f := v.l.parts[part]; f.left.Add(int64(-n)) == 0 {
		v.l.frames.give(f)
	}
}

func (v *lossyVisitor) State(part int, i int64) ([]uint64, StateID) {
	return v.l.parts[part].state(int(i), v.l.width), 0
}

// Earlier is of hashes in a table: an array of bits does not know depths.
func (v *lossyVisitor) Earlier(s []uint64, h uint64) bool { return v.inner.Earlier(s, h&v.l.cut) }

func (v *lossyVisitor) Insert(b *Batch) error {
	if v.l.array != nil {
		return v.mark(b)
	}
	for i := range b.Hashes {
		b.Hashes[i] &= v.l.cut
	}
	return v.inner.Insert(b)
}

// mark sets the bits of the states of a batch and keeps those of which one was not set.
//
// How many new states look old is estimated from those that did not: where one is found in a line in which a new state
// looks old with probability p, p/(1-p) others were missed there, by expectation (Horvitz and Thompson, "A
// generalization of sampling without replacement from a finite universe", 1952).
func (v *lossyVisitor) mark(b *Batch) error {
	l := v.l
	sum := uint64(0)
	for _, h := range b.Hashes {
		sum += atomic.LoadUint64(l.array.line(h))
	}
	v.inner.sink += uint32(sum)
	for i, h := range b.Hashes {
		s := b.state(i)
		if err := v.frontier.room(len(s)); err != nil {
			return err
		}
		if l.compact.promised.Load() >= l.compact.most && !l.array.has(h) {
			return ErrStates
		}
		p, fresh := l.array.add(h)
		if !fresh {
			continue
		}
		if l.compact.promised.Add(1) > l.compact.most { // another goroutine was faster
			l.compact.promised.Add(-1)
			return ErrStates
		}
		v.frontier.put(s)
		v.taken += p / (1 - p)
		if from := b.Froms[i]; from != InitialState {
			v.inner.fresh[uint32(from)]++
		}
	}
	return nil
}
