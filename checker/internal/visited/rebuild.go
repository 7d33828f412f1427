package visited

import (
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// rebuild gives the states of s to new segments with extra bits stored as they are, of as many buckets as sizes says; their
// number is 1<<split. It gives nil where they do not find room. The states come in the order of their hashes, or nearly so,
// and so memory is read and written from one end to the other. Those found at depth come last, as they do in every bucket.
func (s *segment) rebuild(l *Layout, extra uint, sizes []uint64, split uint, depth uint32) ([]*segment, error) {
	var into []*segment
	free := func() {
		for _, t := range into {
			t.region.Free()
		}
	}
	for _, n := range sizes {
		t, err := newSegment(newWiderShape(l, n, s.skip+split, s.actions, extra))
		if err != nil {
			free()
			return nil, err
		}
		offheap.Populate(t.region.Words)
		into = append(into, t)
	}
	for _, found := range []bool{false, true} {
		as := depth
		if !found {
			as = (depth - 1) & depthMask
		}
		for it := s.iterate(depth, found); it.next(); {
			for i := 0; i < it.n; {
				child := it.hash[i] >> (64 - split)
				n := i + 1
				for n < it.n && it.hash[n]>>(64-split) == child {
					n++
				}
				if t := into[child]; !t.takeOver(it, i, n, split, as) {
					free()
					return nil, nil
				}
				i = n
			}
		}
	}
	return into, nil
}

// takeOver puts in states i..end-1 of the bucket that an iterator is at, as found at a depth; split more bits of their hashes
// have chosen the segment. It gives false where there is no room for them.
func (s *segment) takeOver(it *iterator, i, end int, split uint, depth uint32) bool {
	s.used.Store(s.used.Load() + int64(end-i))
	if s.size > 8 {
		for ; i < end; i++ {
			k := s.keyAt(it.hash[i]<<split, it.rest[i])
			if !s.place(k.home, k.tag, k.words[0]|it.action[i], &k, depth) {
				return false
			}
		}
		return true
	}
	hashes, rests, actions := it.hash[:end], it.rest[:end], it.action[:end]
	displacement := uint64(1) << (s.actions & 63)
	for ; i < end; i++ {
		home, tag, word := s.narrow(hashes[i]<<(split&63), rests[i])
		word |= actions[i]
		bucket := s.bucket(home)
		head := (*uint32)(bucket)
		n := countOf(*head)
		for far := 0; n == s.slots; n = countOf(*head) {
			if far++; far == reach {
				return false
			}
			word += displacement
			bucket = unsafe.Add(bucket, bucketBytes)
			head = (*uint32)(bucket)
		}
		if at := s.start + n*s.size; at <= bucketBytes-8 { // what else that writes over is filled later
			*(*uint8)(unsafe.Add(bucket, headerBytes+n)) = uint8(tag)
			store64(unsafe.Add(bucket, at), word)
		} else {
			s.write(bucket, n, tag, word, nil)
		}
		*head = filled(*head, depth)
	}
	return true
}

// iterator goes through the states of a segment, those found at a depth or the others, a bucket at a time.
type iterator struct {
	s       *segment
	depth   uint32
	found   bool
	bucket  uint64        // the next one
	from    border        // of it
	width   border        // of one bucket
	origins [reach]origin // of the last homes

	// Of the states of the present bucket: the hash less the bits that chose the segment, what is stored as it is, and
	// the action.
	n                  int
	hash, rest, action [countMask]uint64
}

func (s *segment) iterate(depth uint32, found bool) *iterator {
	return &iterator{s: s, depth: depth, found: found, width: s.border(1)}
}

// next goes to the next bucket that has such states.
func (it *iterator) next() bool {
	s := it.s
	for it.bucket < s.buckets+spill {
		at := it.bucket
		it.bucket++
		if at < s.buckets {
			it.origins[at%reach] = s.origin(it.from)
			it.from = s.plus(it.from, it.width)
		}
		bucket := s.bucket(at)
		h := *(*uint32)(bucket)
		i, end := 0, countOf(h)
		switch now := depthOf(h) == it.depth; {
		case now && it.found:
			i = beforeOf(h)
		case now:
			end = beforeOf(h)
		case it.found:
			end = 0
		}
		if i < end {
			it.decode(bucket, at, i, end)
			return true
		}
	}
	return false
}

// decode takes apart slots i..end-1 of bucket number at.
func (it *iterator) decode(bucket unsafe.Pointer, at uint64, i, end int) {
	s, n := it.s, 0
	actions, few := s.actions&63, uint64(1)<<(s.actions&63)-1
	if s.size <= 8 {
		behind, rem, extra := uint(64-8*s.size)&63, uint64(1)<<(s.rem&63)-1, uint64(1)<<(s.extra&63)-1
		for ; i < end; i++ {
			word := load64(unsafe.Add(bucket, s.first+i*s.size)) >> behind
			left := word>>(s.at&63)&rem<<(s.tag&63) | load8(unsafe.Add(bucket, headerBytes+i))
			it.hash[n] = s.shape.hash(&it.origins[(at-word>>actions)%reach], left)
			it.rest[n], it.action[n] = word>>(s.top&63)&extra, word&few
			n++
		}
		it.n = n
		return
	}
	for ; i < end; i++ {
		tag, words := s.read(bucket, i)
		rem, rest := s.unpack(tag, &words)
		it.hash[n] = s.shape.hash(&it.origins[(at-words[0]>>actions)%reach], rem)
		it.rest[n], it.action[n] = rest, words[0]&few
		n++
	}
	it.n = n
}
