package visited

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// compactVisitor is the visitor of a compact set.
type compactVisitor struct {
	c      *compact
	fold   *Folding     // of a tree, where batches and the frontier hold keys; nil for others
	pairs  *Folding     // of a tree of halves, where the table alone does; nil for others
	keys   Batch        // these keys
	keep   *frameWriter // takes the frontier, where the set holds hashes only; nil for others
	fresh  []int64
	found  []*chunk // at this depth
	room   int      // for so many states in the last of them
	at     int64    // the place in the frontier that states are taken from
	gained [maxSegments]int64
	rests  uint64  // what is set in the rests of keys
	probes []probe // of a batch
	words  [2]uint64
	sink   uint32 // what the touching of memory gives, so that it is not optimised away
}

// probe is where a state goes: its home, its tag, and the first word of its key but for what is stored as it is.
type probe struct {
	bucket    unsafe.Pointer
	tag, word uint64
}

func (c *compact) Visitor(fresh []int64) Visitor { return &compactVisitor{c: c, fresh: fresh} }

func (v *compactVisitor) Folding() *Folding { return v.fold }

func (v *compactVisitor) Open(_ int, alone bool) {
	v.c.alone = alone
	for _, f := range [2]*Folding{v.fold, v.pairs} {
		if f != nil {
			f.t.parts.alone = alone
		}
	}
}

func (v *compactVisitor) State(part int, i int64) ([]uint64, StateID) {
	front := v.c.front
	front.get(v.c.parts[part], int(i), v.words[:])
	if v.fold != nil {
		return v.fold.unfold(v.words[0]), 0
	}
	return v.words[:front.width], 0
}

// From says where in the frontier the states are that are taken next.
func (v *compactVisitor) From(place int64) { v.at = place }

// Note gives what was noted of state i of a part of the frontier.
func (v *compactVisitor) Note(part int, i int64) uint32 { return *v.c.parts[part].note(int(i)) }

func (v *compactVisitor) Seen(part, n int) {
	if p := v.c.parts[part]; p.left.Add(int64(-n)) == 0 && !v.c.retained {
		v.c.pool.give(p)
	}
}

// Earlier looks a state up that is not an insert of this visitor under way. Others may be adding states: the slots that were
// filled at smaller depths are the first of their buckets, and stay as they are.
func (v *compactVisitor) Earlier(words []uint64, h uint64) bool {
	c := v.c
	if v.pairs != nil {
		key, err := v.pairs.Key(words)
		if err != nil { // who says yes asks for more to be looked at
			return true
		}
		words = []uint64{key}
		h = c.Home(words)
	}
	if !c.alone {
		c.grow.RLock()
		defer c.grow.RUnlock()
	}
	s, rest := c.segments[h>>segmentShift], c.rest(words)
	if !s.suits(rest) {
		return false
	}
	k := s.key(h, rest)
	return s.earlier(&k, c.depth)
}

// Insert puts the states of a batch into the set.
func (v *compactVisitor) Insert(b *Batch) error {
	if v.pairs == nil {
		b.hash(&v.c.Layout)
		return v.insert(b, b)
	}
	failed := v.keysOf(b)
	if err := v.insert(&v.keys, b); err != nil {
		return err
	}
	return failed
}

// keysOf finds the keys of the states of a batch, of as many as come before an error.
func (v *compactVisitor) keysOf(b *Batch) error {
	f, k := v.pairs, &v.keys
	k.Reset()
	k.Width = 1
	f.touch(b)
	for i := range b.Froms {
		key, err := f.Key(b.state(i))
		if err != nil {
			k.Froms = b.Froms[:i]
			return err
		}
		k.Words = append(k.Words, key)
		k.Hashes = append(k.Hashes, v.c.Home(k.Words[i:]))
	}
	k.Froms = b.Froms
	return nil
}

// insert puts the states of a batch into the set, as the table has them; the frontier has them as in whole.
func (v *compactVisitor) insert(b, whole *Batch) error {
	c := v.c
	for done := 0; done < len(b.Froms); {
		n := len(b.Froms) - done
		if err := c.begin(n); err == ErrStates {
			return v.insertAlone(b, whole, done)
		} else if err != nil {
			return err
		}
		count := 0
		var full *segment
		var err error
		aimed := done
		for full == nil && err == nil && done < len(b.Froms) {
			if done == aimed {
				aimed = v.aim(b, done)
			}
			var o outcome
			if o, full, err = v.add(b, whole, done); full == nil && err == nil {
				done++
				if o == added {
					count++
				}
			}
		}
		crowded := v.settle()
		c.end(n - count)
		if full != nil {
			err = c.force(int(b.Hashes[done]>>segmentShift), full)
		}
		if err == nil && crowded {
			err = c.relieve()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// aimedAtOnce is how many states are aimed together: what their places take is a share of a core's first cache.
const aimedAtOnce = 64

// aim finds out where some states of a batch go, from number done on, and then loads these places, in a loop so short that
// the processor has many such loads under way at once. It gives the number of the first state that it leaves.
//
// A bucket that is full sends what is not in it to the next one, which is loaded then: the loads that search for a state would
// wait for each other.
func (v *compactVisitor) aim(b *Batch, done int) int {
	c, sum := v.c, v.sink
	hashes := b.Hashes[done:min(done+aimedAtOnce, len(b.Froms))]
	v.probes = slices.Grow(v.probes[:0], len(b.Hashes))[:len(b.Hashes)]
	probes := v.probes[done:][:len(hashes)]
	for i, h := range hashes {
		s, p := c.segments[h>>segmentShift], &probes[i]
		home, tag, word := s.narrow(h<<(s.skip&63), 0)
		p.bucket, p.tag, p.word = s.bucket(home), tag, word
	}
	for i := range probes {
		sum += atomic.LoadUint32((*uint32)(probes[i].bucket))
	}
	for i, h := range hashes {
		bucket := probes[i].bucket
		head := atomic.LoadUint32((*uint32)(bucket))
		next := uint64(countOf(head)+1-c.segments[h>>segmentShift].slots)>>63 ^ 1
		sum += atomic.LoadUint32((*uint32)(unsafe.Add(bucket, next*bucketBytes)))
	}
	v.sink = sum
	return done + len(hashes)
}

// add puts state i of a batch, which has been aimed, into the set. full is the segment that has no room for it, if that
// is so.
func (v *compactVisitor) add(b, whole *Batch, i int) (o outcome, full *segment, err error) {
	c := v.c
	words, h, from := b.state(i), b.Hashes[i], b.Froms[i]
	if v.keep != nil {
		if err := v.keep.room(len(words)); err != nil {
			return known, nil, err
		}
	} else if v.room == 0 {
		p, err := c.pool.take()
		if err != nil {
			return known, nil, err
		}
		p.from = v.at
		v.found, v.room = append(v.found, p), c.front.perChunk()
	}
	s := c.segments[h>>segmentShift]
	rest := c.rest(words)
	if c.keys {
		v.rests |= rest
		if !s.suits(rest) {
			return known, s, nil
		}
	}
	action := uint64(uint32(from))
	p := &v.probes[i]
	var was uint64
	var ok bool
	if s.size <= 8 {
		o, was, ok = s.insert(p.bucket, p.tag, p.word|rest<<(s.top&63), nil, action, c.depth, c.alone)
	} else {
		k := s.key(h, rest)
		o, was, ok = s.insert(p.bucket, k.tag, k.words[0], &k, action, c.depth, c.alone)
	}
	if !ok {
		return known, s, nil
	}
	switch o {
	case added:
		if v.keep != nil {
			v.keep.put(words)
		} else {
			p := v.found[len(v.found)-1]
			*p.note(p.n) = note(from)
			c.front.put(p, whole.state(i))
			v.room--
		}
		v.gained[h>>segmentShift]++
		if from != InitialState {
			v.fresh[action]++
		}
	case sooner:
		v.fresh[action]++
		v.fresh[was]--
	}
	return o, nil, nil
}

// settle counts what was gained for the segments and tells whether one of them is to grow.
func (v *compactVisitor) settle() (crowded bool) {
	if v.rests&^v.c.rests.Load() != 0 {
		v.c.rests.Or(v.rests)
	}
	for i, n := range v.gained {
		if n > 0 {
			s := v.c.segments[i]
			crowded = s.used.Add(n) > s.limit || crowded
			v.gained[i] = 0
		}
	}
	return crowded
}

// insertAlone puts states of a batch into the set, as long as there are not too many, with no other batch under way.
func (v *compactVisitor) insertAlone(b, whole *Batch, from int) error {
	c := v.c
	c.grow.Lock()
	defer c.grow.Unlock()
	aimed := from
	for i := from; i < len(b.Froms); {
		if i == aimed {
			aimed = v.aim(b, i)
		}
		h := b.Hashes[i]
		if c.promised.Load() >= c.most {
			if _, _, there := c.find(h, c.rest(b.state(i))); !there {
				return ErrStates
			}
		}
		o, full, err := v.add(b, whole, i)
		if err == nil && full != nil {
			v.settle()
			if err = c.enlarge(int(h >> segmentShift)); err == nil {
				aimed = i
				continue
			}
		}
		if err != nil {
			return err
		}
		if o == added {
			c.promised.Add(1)
		}
		i++
	}
	v.settle()
	return nil
}
