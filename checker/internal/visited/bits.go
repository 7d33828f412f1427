package visited

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// bitArray is a Bloom filter whose probes for one state all lie in one line of the cache (Putze, Sanders and Singler,
// "Cache-, hash- and space-efficient Bloom filters", 2007). The first bit of a line is its lock.
type bitArray struct {
	region offheap.Region
	base   unsafe.Pointer
	lines  uint64
}

const (
	// Probes is the number of bits that a state sets, some of which may coincide. With 6 bits of the array a state, four are
	// best; with 16, when six would be, a new state looks old once in 400 times, and seldom.
	Probes   = 4
	lineBits = 8*bucketBytes - 1 // of a line, for states
)

func newBitArray(size int64) (*bitArray, error) {
	a := &bitArray{lines: max(uint64(size)/bucketBytes, 2) - 1}
	var err error
	const line = bucketBytes / 8
	if a.region, err = offheap.New(int(a.lines+1)*line, true); err != nil {
		return nil, err
	}
	a.base = unsafe.Pointer(unsafe.SliceData(a.region.Words))
	if skip := -uintptr(a.base) & (bucketBytes - 1); skip > 0 { // memory of the heap need not begin at a line
		a.base = unsafe.Add(a.base, skip)
	}
	return a, nil
}

// line gives the first word of the line of a hash.
func (a *bitArray) line(h uint64) *uint64 {
	i, _ := bits.Mul64(h, a.lines)
	return (*uint64)(unsafe.Add(a.base, i*bucketBytes))
}

// spots gives the places of the bits of a hash in its line. They depend on all of the hash and on the line as good as not
// at all.
func spots(h uint64) (out [Probes]uint64) {
	x := hash.Mix(h)
	for i := range out {
		out[i] = 1 + x&0xffff*lineBits>>16
		x >>= 16
	}
	return out
}

// add sets the bits of a hash and tells whether one of them was not set, and how likely it was then that those of any
// other hash in this line all were: each of its probes is one of lineBits places, independently.
func (a *bitArray) add(h uint64) (p float64, fresh bool) {
	first := a.line(h)
	line := (*[bucketBytes / 8]uint64)(unsafe.Pointer(first))
	old := lockLine(first)
	ones := bits.OnesCount64(old)
	for i := 1; i < len(line); i++ {
		ones += bits.OnesCount64(line[i])
	}
	for _, at := range spots(h) {
		word, bit := &line[at>>6], uint64(1)<<(at&63)
		if at>>6 == 0 {
			word = &old // it is written when the lock is let go
		}
		fresh = fresh || *word&bit == 0
		*word |= bit
	}
	atomic.StoreUint64(first, old)
	share := float64(ones) / lineBits
	p = 1
	for range Probes {
		p *= share
	}
	return p, fresh
}

// has tells whether the bits of a hash are set.
func (a *bitArray) has(h uint64) bool {
	first := a.line(h)
	line := (*[bucketBytes / 8]uint64)(unsafe.Pointer(first))
	old := lockLine(first)
	defer atomic.StoreUint64(first, old)
	for _, at := range spots(h) {
		word := line[at>>6]
		if at>>6 == 0 {
			word = old
		}
		if word>>(at&63)&1 == 0 {
			return false
		}
	}
	return true
}

// lockLine waits for the lock of a line, takes it and gives the first word without it.
func lockLine(first *uint64) uint64 {
	for spins := 1; ; spins++ {
		old := atomic.LoadUint64(first)
		if old&lockBit == 0 && atomic.CompareAndSwapUint64(first, old, old|lockBit) {
			return old
		}
		if spins%64 == 0 {
			runtime.Gosched() // who holds the lock may not be running
		}
	}
}
