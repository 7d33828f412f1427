package visited

import (
	"errors"
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// interner numbers words: equal words get equal numbers, from 1 on, and what has a number keeps it. Several goroutines
// look words up and add them without a lock. The words lie by number in an arena; an index of buckets, each a line of the
// cache, finds the number of a word:
//
//	header (4 bytes) | tags, a byte each (12) | numbers (12 of 4 bytes)
//
// where the header is count<<1 | lock, as in a segment: slots are filled from the first on and never emptied, and a search
// ends at the first bucket that is not full, or goes on to the next. The tag is a part of the hash, so that hardly ever a
// word is fetched in vain. The index consists of parts that grow one at a time, by half; that takes little room beside
// the index itself. A word takes 8 bytes in the arena and 6 to 9 in the index.
type interner struct {
	take func(n int64) error // asks for n more bytes and counts them
	give func(n int64)       // says that n bytes are used no more
	most uint64              // the greatest number

	words *offheap.Arena[uint64] // by number
	next  atomic.Uint64          // the first number not handed out

	alone bool         // one goroutine at most looks words up and adds them
	grow  sync.RWMutex // held for reading while others look a word up or add one, so that the parts stand still
	parts [1 << internBits]internPart
}

// internPart is the index of the words whose hashes begin with certain bits.
type internPart struct {
	base    unsafe.Pointer // of bucket 0
	region  offheap.Region
	buckets uint64
	used    atomic.Int64 // slots
	limit   int64        // of used, beyond which it is to grow
}

const (
	internBits    = 6
	internSlots   = 12 // of a bucket
	internNumbers = headerBytes + internSlots
	internFirst   = 6       // buckets of the first part, at first; those of the last are half as many again
	internDoubles = 1 << 16 // bytes of a part below which it doubles, to be copied less often
	internFull    = 0.88    // share of the slots that are used at most, but where memory is short
	internTight   = 0.97    // and then
	MostNumbers   = 1<<32 - 1
	numbersAtOnce = 512 // handed out to a goroutine
)

// errCrowded says that a part of the index is to grow before a word can be added.
var errCrowded = errors.New("a part of the index is full")

// newInterner makes an empty interner.
func newInterner(take func(int64) error, give func(int64)) (*interner, error) {
	t := &interner{take: take, give: give, most: MostNumbers, words: offheap.NewArena[uint64](1)}
	t.next.Store(1)
	for i := range t.parts {
		// Parts of unlike sizes do not all grow at once.
		buckets := uint64(internFirst + internFirst*i/2/len(t.parts))
		if err := t.take(int64(buckets) * bucketBytes); err != nil {
			return nil, err
		}
		if err := t.parts[i].make(buckets); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// make gives a part an index of so many empty buckets.
func (p *internPart) make(buckets uint64) error {
	const line = bucketBytes / 8
	r, err := offheap.New(int(buckets+1)*line, true)
	if err != nil {
		return err
	}
	p.region, p.buckets = r, buckets
	p.base = unsafe.Pointer(unsafe.SliceData(r.Words))
	if skip := -uintptr(p.base) & (bucketBytes - 1); skip > 0 { // memory of the heap need not begin at a line
		p.base = unsafe.Add(p.base, skip)
	}
	p.limit = int64(internFull * internSlots * float64(buckets))
	return nil
}

func (p *internPart) bucket(i uint64) unsafe.Pointer { return unsafe.Add(p.base, i*bucketBytes) }

func (t *interner) close() {
	for i := range t.parts {
		t.parts[i].region.Free()
	}
	t.words.Free()
}

// word gives the word with a number.
func (t *interner) word(number uint32) uint64 { return *t.words.Cell(uint64(number)) }

// numbers are those handed out to a goroutine and not used yet.
type numbers struct{ next, end uint64 }

// reserve sees to it that own has a number.
func (t *interner) reserve(own *numbers) error {
	if own.next < own.end {
		return nil
	}
	if err := t.take(numbersAtOnce * 8); err != nil {
		return err
	}
	end := t.next.Add(numbersAtOnce)
	own.next, own.end = end-numbersAtOnce, min(end, t.most+1)
	if own.next >= own.end {
		t.next.Add(^uint64(numbersAtOnce - 1))
		own.next, own.end = 0, 0
		t.give(numbersAtOnce * 8)
		return ErrNumbers
	}
	return t.words.Reserve(own.end)
}

// number gives the number of a word. A word that has none gets one of own; or, where own is nil, the number given is 0.
func (t *interner) number(word uint64, own *numbers) (number uint32, err error) {
	for {
		if t.alone {
			number, err = t.enter(word, own)
		} else {
			t.grow.RLock()
			number, err = t.enter(word, own)
			t.grow.RUnlock()
		}
		if err != errCrowded {
			return number, err
		}
		if err = t.relieve(word); err != nil {
			return 0, err
		}
	}
}

// enter is number as long as the parts stand still.
func (t *interner) enter(word uint64, own *numbers) (uint32, error) {
	h := hash.Mix(word)
	p := &t.parts[h>>(64-internBits)]
	at, _ := bits.Mul64(h<<internBits, p.buckets)
	tag := h & 0xff
	for range p.buckets {
		bucket := p.bucket(at)
		head := (*uint32)(bucket)
		for {
			header := atomic.LoadUint32(head)
			n := int(header >> countShift)
			if number := t.among(bucket, tag*everywhere, word, n); number != 0 {
				return number, nil
			}
			if n == internSlots {
				break
			}
			switch {
			case own == nil:
				return 0, nil
			case header&lockBit != 0:
				wait(head)
				continue
			case p.used.Load() >= p.limit:
				return 0, errCrowded
			}
			if err := t.reserve(own); err != nil {
				return 0, err
			}
			*t.words.Cell(own.next) = word
			if !atomic.CompareAndSwapUint32(head, header, header|lockBit) {
				continue
			}
			number := uint32(own.next)
			own.next++
			put(bucket, n, tag, number)
			atomic.StoreUint32(head, uint32(n+1)<<countShift)
			p.used.Add(1)
			return number, nil
		}
		if at++; at == p.buckets {
			at = 0
		}
	}
	if own == nil {
		return 0, nil
	}
	return 0, errCrowded
}

// put fills slot i of a bucket.
func put(bucket unsafe.Pointer, i int, tag uint64, number uint32) {
	*(*uint8)(unsafe.Add(bucket, headerBytes+i)) = uint8(tag)
	*(*uint32)(unsafe.Add(bucket, internNumbers+4*i)) = number
}

// among gives the number of a word that is one of the n in a bucket, or 0.
func (t *interner) among(bucket unsafe.Pointer, pattern, word uint64, n int) uint32 {
	for from := 0; from < n; from += 8 {
		for m := like(unsafe.Add(bucket, headerBytes+from), pattern, n-from); m != 0; m &= m - 1 {
			i := from + bits.TrailingZeros64(m)>>3
			number := *(*uint32)(unsafe.Add(bucket, internNumbers+4*i))
			if t.word(number) == word {
				return number
			}
		}
	}
	return 0
}

// relieve has the part grow in which a word found no room, unless that has happened. Where the memory allowed does not
// suffice it is filled a little further first.
func (t *interner) relieve(word uint64) error {
	t.grow.Lock()
	defer t.grow.Unlock()
	p := &t.parts[hash.Mix(word)>>(64-internBits)]
	if p.used.Load() < p.limit {
		return nil
	}
	err := t.enlarge(p)
	if tight := int64(internTight * internSlots * float64(p.buckets)); err != nil && p.limit < tight {
		p.limit = tight
		return nil
	}
	return err
}

// enlarge replaces the index of a part by a larger one. The caller holds grow.
func (t *interner) enlarge(p *internPart) error {
	buckets := p.buckets + p.buckets/2
	if p.buckets*bucketBytes < internDoubles {
		buckets = p.buckets * 2
	}
	if err := t.take(int64(buckets) * bucketBytes); err != nil {
		return err
	}
	var into internPart
	if err := into.make(buckets); err != nil {
		t.give(int64(buckets) * bucketBytes)
		return err
	}
	for i := range p.buckets {
		bucket := p.bucket(i)
		for k := range *(*uint32)(bucket) >> countShift {
			number := *(*uint32)(unsafe.Add(bucket, internNumbers+4*int(k)))
			into.place(hash.Mix(t.word(number)), number)
		}
	}
	t.give(int64(p.buckets) * bucketBytes)
	p.region.Free()
	p.base, p.region, p.buckets, p.limit = into.base, into.region, into.buckets, into.limit
	return nil
}

// place puts in a number that is not there, before the part is shared.
func (p *internPart) place(h uint64, number uint32) {
	for at, _ := bits.Mul64(h<<internBits, p.buckets); ; at++ {
		if at == p.buckets {
			at = 0
		}
		bucket := p.bucket(at)
		head := (*uint32)(bucket)
		if n := *head >> countShift; n < internSlots {
			put(bucket, int(n), h&0xff, number)
			*head = (n + 1) << countShift
			return
		}
	}
}
