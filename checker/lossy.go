package checker

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// Lossy asks for a search that keeps hashes of the states only, for what does not fit otherwise: some states may be taken
// for others and not be explored. What such a search finds is real, but without a violation it is undecided. At most one
// of the fields is set; the zero value is an exact search.
type Lossy struct {
	// Hash is by how many bits of a hash states are told apart, 16 to 64, which are stored exactly (hash compaction; Wolper
	// and Leroy, "Reliable hashing without collision detection", 1993; Stern and Dill, "Improved probabilistic
	// verification by hash compaction", 1995). 40 take about 4 bytes a state, and of 10^6 states half a one is missed.
	Hash int
	// Bits is the size in bytes of an array in which each state sets some bits (Holzmann, "An analysis of bitstate hashing",
	// 1998); it does not grow.
	Bits int64
}

// Bounds of the fields of Lossy.
const (
	LeastHash = leastMixed
	MostHash  = 64
	LeastBits = 1 << 10
)

// String gives the mode, such as "hash:40" or "bits:256 MiB", or "".
func (l Lossy) String() string {
	switch {
	case l.Hash != 0:
		return "hash:" + strconv.Itoa(l.Hash)
	case l.Bits != 0:
		return "bits:" + formatBytes(l.Bits)
	}
	return ""
}

func (l Lossy) validate() error {
	switch {
	case l.Hash != 0 && l.Bits != 0:
		return errors.New("a lossy search wants a hash or an array of bits, got both")
	case l.Hash != 0 && (l.Hash < LeastHash || l.Hash > MostHash):
		return fmt.Errorf("a lossy search wants %d to %d bits of a hash, got %d", LeastHash, MostHash, l.Hash)
	case l.Bits != 0 && l.Bits < LeastBits:
		return fmt.Errorf("a lossy search wants an array of at least %d bytes, got %d", LeastBits, l.Bits)
	}
	return nil
}

// lossy is the visited set that keeps hashes: in a compact table, or as bits in an array. The frontier holds whole states.
type lossy struct {
	*compact // with an array only its accounts and its chunks are of use
	mode     Lossy
	width    int    // words of a state, or 0
	cut      uint64 // the bits of a hash that count
	array    *bitArray
	frames   frames
	parts    []*frame
	taken    float64 // with an array: states taken for others, by expectation
}

// newLossy makes an empty set for states of width words (0: varying), found by actions with numbers below actions.
func newLossy(mode Lossy, width, actions int, memory, most int64) (*lossy, error) {
	table := mode.Hash
	if table == 0 {
		table = leastMixed
	}
	c, err := newCompact(newLayout(1, table), actions, memory, most)
	if err != nil {
		return nil, err
	}
	l := &lossy{compact: c, mode: mode, width: width, cut: ^uint64(0) << (64 - table)}
	l.frames.c = c
	if mode.Bits > 0 {
		l.cut = ^uint64(0)
		if err = c.takeBeside(mode.Bits); err == nil {
			l.array, err = newBitArray(mode.Bits)
		}
		if err != nil {
			c.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *lossy) close() {
	l.compact.close()
	l.frames.close()
	if l.array != nil {
		l.array.region.free()
	}
}

func (l *lossy) hash(s []uint64) uint64 { return hash(s) & l.cut }

// missed is the number of states that were met and taken for others, by expectation. States to which only these lead have
// not been met, and are not in it.
//
// With hashes of b bits, M = 2^b: a new state looks old with probability i/M when i hashes are stored. So for each of the
// n states found, when i had been before, (i/M)/(1-i/M) = i/(M-i) others were missed, by expectation: in all M(H(M) -
// H(M-n)) - n, with H the harmonic numbers, as of a collector of coupons (Feller, "An introduction to probability theory and
// its applications 1", section IX.3).
func (l *lossy) missed() float64 {
	if l.array != nil {
		return l.taken
	}
	n, m := float64(l.distinct()), math.Ldexp(1, l.mode.Hash)
	if n < m/1000 { // the difference below would lose its digits
		return n * (n - 1) / (2 * m) * (1 + 2*n/(3*m))
	}
	return m*math.Log((m+0.5)/(m-n+0.5)) - n
}

// reason says why a search without limits is not exhaustive.
func (l *lossy) reason() string {
	by := fmt.Sprintf("%d bits of a hash", l.mode.Hash)
	if l.array != nil {
		by = fmt.Sprintf("%d bits each in an array of %s", probes, formatBytes(l.mode.Bits))
	}
	return fmt.Sprintf("lossy search: states are told apart by %s; %s states were missed, by expectation", by, roughly(l.missed()))
}

// roughly writes a number with two digits that count.
func roughly(x float64) string {
	switch {
	case x < 0.001:
		return "less than 0.001"
	case x < 10:
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

func (l *lossy) visitor(fresh []int64) visitor {
	v := &lossyVisitor{l: l, frontier: frameWriter{frames: &l.frames, width: l.width}}
	v.inner = compactVisitor{c: l.compact, fresh: fresh, keep: &v.frontier}
	return v
}

func (l *lossy) advance(visitors []visitor, sizes []int64) []int64 {
	var inner []visitor
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
	l.compact.advance(inner, nil)
	return sizes
}

// paths gives a run to each target that is found again, nil for others.
func (l *lossy) paths(sys model.System, targets []target, sweep, _ bool) ([][]model.State, error) {
	l.frames.reclaim()
	r := &retracer{leaver: leaver{width: l.width}, c: l.compact, lossy: l, nearer: true, keep: frameWriter{frames: &l.frames, width: l.width}}
	return r.paths(sys, targets, sweep)
}

// lossyVisitor is the visitor of a lossy set.
type lossyVisitor struct {
	l        *lossy
	inner    compactVisitor
	frontier frameWriter
	taken    float64
}

func (v *lossyVisitor) open(size int, alone bool) { v.inner.open(size, alone) }

func (v *lossyVisitor) seen(part, n int) {
	if f := v.l.parts[part]; f.left.Add(int64(-n)) == 0 {
		v.l.frames.give(f)
	}
}

func (v *lossyVisitor) state(part int, i int64) ([]uint64, stateID) {
	return v.l.parts[part].state(int(i), v.l.width), 0
}

// earlier is of hashes in a table: an array of bits does not know depths.
func (v *lossyVisitor) earlier(s []uint64, h uint64) bool { return v.inner.earlier(s, h&v.l.cut) }

func (v *lossyVisitor) insert(b *batch) error {
	if v.l.array != nil {
		return v.mark(b)
	}
	for i := range b.hashes {
		b.hashes[i] &= v.l.cut
	}
	return v.inner.insert(b)
}

// mark sets the bits of the states of a batch and keeps those of which one was not set.
//
// How many new states look old is estimated from those that did not: where one is found in a line in which a new state
// looks old with probability p, p/(1-p) others were missed there, by expectation (Horvitz and Thompson, "A
// generalization of sampling without replacement from a finite universe", 1952).
func (v *lossyVisitor) mark(b *batch) error {
	l := v.l
	sum := uint64(0)
	for _, h := range b.hashes {
		sum += atomic.LoadUint64(l.array.line(h))
	}
	v.inner.sink += uint32(sum)
	for i, h := range b.hashes {
		s := b.state(i)
		if err := v.frontier.room(len(s)); err != nil {
			return err
		}
		if l.promised.Load() >= l.most && !l.array.has(h) {
			return errStates
		}
		p, fresh := l.array.add(h)
		if !fresh {
			continue
		}
		if l.promised.Add(1) > l.most { // another goroutine was faster
			l.promised.Add(-1)
			return errStates
		}
		v.frontier.put(s)
		v.taken += p / (1 - p)
		if from := b.froms[i]; from != initialState {
			v.inner.fresh[uint32(from)]++
		}
	}
	return nil
}
