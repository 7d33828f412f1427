package visited

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// segment is a part of a compact table: the states whose hashes begin with certain bits. Its buckets are lines of the
// cache: a header, and slots that are filled from the first on and never emptied. The header is
//
//	depth (21 bits) | before (5) | count (5) | lock (1)
//
// where count slots are filled, and depth is the last depth at which one was filled, when before of them had been. So the
// slots say by their order which states were found at the present depth, without a bit of their own. A search for a
// state ends at the first bucket that is not full. A goroutine that adds a state locks the bucket by compare-and-swap
// of the header that it read before it searched the slots, so that nothing can have been added since, writes the slot
// and publishes the new count. Nobody waits for a lock but those who want to write the same bucket.
type segment struct {
	shape
	base   unsafe.Pointer // of bucket 0
	region offheap.Region
	used   atomic.Int64 // states, but for those that running batches added
	limit  int64        // of used, beyond which it is to grow
}

const (
	lockBit    = 1
	countShift = 1
	countMask  = 31
	afterShift = 6 // of before
	depthShift = 11
	depthMask  = 1<<(32-depthShift) - 1
	spill      = reach - 1 // buckets behind the last home
)

func countOf(h uint32) int    { return int(h >> countShift & countMask) }
func beforeOf(h uint32) int   { return int(h >> afterShift & countMask) }
func depthOf(h uint32) uint32 { return h >> depthShift }

// filled is the header of a bucket of which slot number count-1 was filled just now, at depth; it was h before.
func filled(h, depth uint32) uint32 {
	count := h >> countShift & countMask
	before := h >> afterShift & countMask
	if h>>depthShift != depth {
		before = count
	}
	return depth<<depthShift | before<<afterShift | (count+1)<<countShift
}

// newSegment makes an empty segment.
func newSegment(g shape) (*segment, error) {
	s := &segment{shape: g, limit: int64(float64(g.buckets) * float64(g.slots) * fullness(g.slots))}
	var err error
	const line = bucketBytes / 8
	if s.region, err = offheap.New(int(g.buckets+spill+1)*line, true); err != nil {
		return nil, err
	}
	s.base = unsafe.Pointer(unsafe.SliceData(s.region.Words))
	if skip := -uintptr(s.base) & (bucketBytes - 1); skip > 0 { // memory of the heap need not begin at a line
		s.base = unsafe.Add(s.base, skip)
	}
	return s, nil
}

// fullness is the share of the slots beyond which a segment is to grow. The smaller the buckets, the longer the runs of
// full ones.
func fullness(slots int) float64 {
	switch {
	case slots >= 8:
		return 0.9
	case slots >= 5:
		return 0.86
	default:
		return 0.8
	}
}

// segmentBytes is what a segment of n buckets takes.
func segmentBytes(n uint64) int64 { return int64(n+spill+1) * bucketBytes }

func (s *segment) bytes() int64 { return segmentBytes(s.buckets) }

func (s *segment) bucket(i uint64) unsafe.Pointer { return unsafe.Add(s.base, i*bucketBytes) }

// touch loads the home of a hash, so that it is in the cache later.
func (s *segment) touch(hash uint64) uint32 {
	return atomic.LoadUint32((*uint32)(s.bucket(s.home(hash))))
}

// same tells whether the words of a slot after the first are those of k.
func (s *segment) same(slot unsafe.Pointer, k *key) bool {
	if s.size <= 16 {
		return load64(unsafe.Add(slot, s.size-8))>>uint(128-8*s.size) == k.words[1]
	}
	return load64(unsafe.Add(slot, 8)) == k.words[1] && load64(unsafe.Add(slot, s.size-8))>>uint(192-8*s.size) == k.words[2]
}

// write fills slot i of a bucket.
func (s *segment) write(bucket unsafe.Pointer, i int, tag, first uint64, k *key) {
	*(*uint8)(unsafe.Add(bucket, headerBytes+i)) = uint8(tag)
	slot := unsafe.Add(bucket, s.start+i*s.size)
	switch end := unsafe.Add(slot, s.size-8); {
	case s.size == leastSlot:
		*(*[2]byte)(slot) = [2]byte{byte(first), byte(first >> 8)}
	case s.size == 3:
		*(*[3]byte)(slot) = [3]byte{byte(first), byte(first >> 8), byte(first >> 16)}
	case s.size < 8:
		store32(unsafe.Add(slot, s.size-4), uint32(first>>uint(8*s.size-32)))
		store32(slot, uint32(first))
	case s.size == 8:
		store64(slot, first)
	case s.size <= 16: // from the end to the start, since words overlap
		store64(end, k.words[1]<<uint(128-8*s.size))
		store64(slot, first)
	default:
		store64(end, k.words[2]<<uint(192-8*s.size))
		store64(unsafe.Add(slot, 8), k.words[1])
		store64(slot, first)
	}
}

// read gives the tag and the words of a slot.
func (s *segment) read(bucket unsafe.Pointer, i int) (tag uint64, words [3]uint64) {
	tag = load8(unsafe.Add(bucket, headerBytes+i))
	slot := unsafe.Add(bucket, s.start+i*s.size)
	if s.size <= 8 {
		words[0] = load64(unsafe.Add(slot, s.size-8)) >> uint(64-8*s.size)
		return tag, words
	}
	words[0] = load64(slot)
	if s.size <= 16 {
		words[1] = load64(unsafe.Add(slot, s.size-8)) >> uint(128-8*s.size)
		return tag, words
	}
	words[1] = load64(unsafe.Add(slot, 8))
	words[2] = load64(unsafe.Add(slot, s.size-8)) >> uint(192-8*s.size)
	return tag, words
}

// like tells by the first bits of its bytes which of n tags, from at on, are pattern; n may be more than eight.
func like(at unsafe.Pointer, pattern uint64, n int) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	x := load64(at) ^ pattern
	return ^((x&low + low) | x | low) & (1<<(8*uint(n)) - 1)
}

// look gives the number of the slot of a bucket that holds what is wanted, of n that are filled, or one below 0.
func (s *segment) look(bucket unsafe.Pointer, pattern, want uint64, k *key, n int) int {
	for m := like(unsafe.Add(bucket, headerBytes), pattern, n); m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m) >> 3
		if slot := unsafe.Add(bucket, s.first+i*s.size); load64(slot)>>(s.shift&63) == want && (s.size <= 8 || s.same(slot, k)) {
			return i
		}
	}
	for from := 8; from < n; from += 8 { // there, no slot is more than a word
		for m := like(unsafe.Add(bucket, headerBytes+from), pattern, n-from); m != 0; m &= m - 1 {
			i := from + bits.TrailingZeros64(m)>>3
			if slot := unsafe.Add(bucket, s.first+i*s.size); load64(slot)>>(s.shift&63) == want {
				return i
			}
		}
	}
	return -1
}

// suits tells whether a slot has as many bits for what is stored as it is as rest needs. Those of other segments may have.
func (s *segment) suits(rest uint64) bool { return rest>>s.extra == 0 }

// everywhere repeats a byte eight times.
const everywhere = 0x0101010101010101

// insert adds a state at a depth, unless it is there: one whose home is bucket, with that tag, the first word of its key,
// and where a slot is more than a word, the key k. ok is false where there is no room within reach.
//
// A state is credited to the action with the smallest number among those that reach it first, that is, in as many
// steps as its depth: other than "the action that happened to come first", that does not depend on how the work is
// spread over goroutines. With sooner, was is the one credited before. With alone, no other goroutine adds anything.
func (s *segment) insert(bucket unsafe.Pointer, tag, word uint64, k *key, action uint64, depth uint32, alone bool) (o outcome, was uint64, ok bool) {
	pattern, want := tag*everywhere, word>>(s.actions&63)
	for range reach {
		head := (*uint32)(bucket)
		for {
			h := atomic.LoadUint32(head)
			n := countOf(h)
			if i := s.look(bucket, pattern, want, k, n); i >= 0 {
				if depthOf(h) != depth || i < beforeOf(h) {
					return known, 0, true
				}
				// The action in the slot only ever gets smaller. So one that is too great for the number read, in a
				// byte, is too great in any case.
				if s.actions <= 8 && action >= load8(unsafe.Add(bucket, s.start+i*s.size))&(1<<(s.actions&63)-1) {
					return known, 0, true
				}
				o, was = s.recredit(bucket, i, action, alone)
				return o, was, true
			}
			if n == s.slots {
				break
			}
			if alone {
				s.write(bucket, n, tag, want<<(s.actions&63)|action, k)
				*head = filled(h, depth)
				return added, 0, true
			} else if h&lockBit != 0 {
				wait(head)
			} else if atomic.CompareAndSwapUint32(head, h, h|lockBit) {
				s.write(bucket, n, tag, want<<(s.actions&63)|action, k)
				atomic.StoreUint32(head, filled(h, depth))
				return added, 0, true
			}
		}
		want++ // the displacement
		bucket = unsafe.Add(bucket, bucketBytes)
	}
	return known, 0, false
}

// wait waits until a bucket is not locked and gives its header.
func wait(head *uint32) uint32 {
	for spins := 1; ; spins++ {
		if h := atomic.LoadUint32(head); h&lockBit == 0 {
			return h
		}
		if spins%64 == 0 {
			runtime.Gosched() // who holds the lock may not be running
		}
	}
}

// recredit credits state i of a bucket, found at the present depth, to an action if its number is smaller.
func (s *segment) recredit(bucket unsafe.Pointer, i int, action uint64, alone bool) (outcome, uint64) {
	if !alone {
		head := (*uint32)(bucket)
		h := wait(head)
		for !atomic.CompareAndSwapUint32(head, h, h|lockBit) {
			h = wait(head)
		}
		defer atomic.StoreUint32(head, h)
	}
	few := uint64(1)<<s.actions - 1
	_, words := s.read(bucket, i)
	was := words[0] & few
	if action >= was {
		return known, 0
	}
	slot := unsafe.Add(bucket, s.start+i*s.size)
	first := words[0]&^few | action
	*(*uint8)(slot) = uint8(first)
	if s.actions > 8 {
		*(*uint8)(unsafe.Add(slot, 1)) = uint8(first >> 8)
	}
	return sooner, was
}

// find gives the bucket and the slot of the state with key k, or false. Nothing is being added.
func (s *segment) find(k *key) (head *uint32, i int, ok bool) {
	bucket := s.bucket(k.home)
	want := k.words[0] >> (s.actions & 63)
	for range reach {
		head := (*uint32)(bucket)
		n := countOf(*head)
		if i := s.look(bucket, k.tag*everywhere, want, k, n); i >= 0 {
			return head, i, true
		}
		if n < s.slots {
			break
		}
		want++
		bucket = unsafe.Add(bucket, bucketBytes)
	}
	return nil, 0, false
}

// earlier tells whether the state with key k was found at another depth than the given one, the present one. Others may be
// adding states of the present depth.
func (s *segment) earlier(k *key, depth uint32) bool {
	bucket := s.bucket(k.home)
	want := k.words[0] >> (s.actions & 63)
	for range reach {
		h := atomic.LoadUint32((*uint32)(bucket))
		n := countOf(h)
		if i := s.look(bucket, k.tag*everywhere, want, k, n); i >= 0 {
			return depthOf(h) != depth || i < beforeOf(h)
		}
		if n < s.slots {
			break
		}
		want++
		bucket = unsafe.Add(bucket, bucketBytes)
	}
	return false
}

// forget has the states of every bucket count as found at another depth than the given one, that of none. Nothing is
// being added. Depths come round again after 2^21, and a bucket may have been left alone for so long.
func (s *segment) forget(depth uint32) {
	for i := range s.buckets + spill {
		head := (*uint32)(s.bucket(i))
		*head = *head&(1<<afterShift-1) | depth<<depthShift | *head>>countShift&countMask<<afterShift
	}
}

// place puts in a state that is not there, before the segment is shared.
func (s *segment) place(home, tag, word uint64, k *key, depth uint32) bool {
	bucket := s.bucket(home)
	for d := range uint64(reach) {
		head := (*uint32)(bucket)
		if n := countOf(*head); n < s.slots {
			s.write(bucket, n, tag, word|d<<(s.actions&63), k)
			*head = filled(*head, depth)
			return true
		}
		bucket = unsafe.Add(bucket, bucketBytes)
	}
	return false
}

// markShift is where the marks of the slots of a bucket begin in its header, in place of depth and before, which have
// no meaning when the search is over.
const markShift = 12

// unmark takes the marks off all states.
func (s *segment) unmark() {
	for i := range s.buckets + spill {
		*(*uint32)(s.bucket(i)) &= 1<<afterShift - 1
	}
}
