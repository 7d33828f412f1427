package visited

import (
	"cmp"
	"slices"
)

// Drainer is a visited set that can be moved to disk.
type Drainer interface {
	Saver
	// drain gives every state that was there when the depth began, sorted by hash and words, but for a tree, which gives
	// them in no order. It keeps about most of them in memory at a time, beside the set. The set is of no use then, but
	// to be closed or restored.
	drain(most int, f func(*record) error) error
	restore() error     // the states that drain gave, where it is not to be
	Limit(states int64) // from now on so many are allowed
}

// storeReader gives the states of a store in the order of runs. Nothing can be looked up in the store any more.
type storeReader struct {
	record
	st   *Store
	left []uint64
}

// sorted sorts the states before number first, in the memory of the table. Its slots are nearly in order.
//
// A slot becomes the beginning of the hash, as many bits as an action leaves of 32, the action, and the number of the
// state. What is equal by the first is then sorted by all of the hash and by the words.
func (st *Store) sorted(first uint64) *storeReader {
	slots, n := st.table.slots, 0
	actionBits := st.tagShift - 32
	for _, slot := range slots {
		if slot == 0 || uint64(uint32(slot)-1) >= first {
			continue
		}
		id := uint32(slot) - 1
		action := slot >> 32 & (1<<actionBits - 1)
		slots[n] = st.hash(st.State(StateID(id)))>>st.tagShift<<st.tagShift | action<<32 | uint64(id)
		n++
	}
	slots = slots[:n]
	slices.Sort(slots)
	for i := 0; i < n; {
		k := i + 1
		for k < n && (slots[k]^slots[i])>>st.tagShift == 0 {
			k++
		}
		if k > i+1 {
			slices.SortFunc(slots[i:k], func(a, b uint64) int {
				s, t := st.State(StateID(uint32(a))), st.State(StateID(uint32(b)))
				return cmp.Or(cmp.Compare(st.hash(s), st.hash(t)), slices.Compare(s, t))
			})
		}
		i = k
	}
	return &storeReader{st: st, left: slots}
}

func (r *storeReader) next() bool {
	if len(r.left) == 0 {
		return false
	}
	e := r.left[0]
	r.left = r.left[1:]
	r.words = r.st.State(StateID(uint32(e)))
	r.hash, r.action = r.st.hash(r.words), uint32(e>>32)&(1<<(r.st.tagShift-32)-1)
	return true
}

func (r *storeReader) now() *record   { return &r.record }
func (r *storeReader) failure() error { return nil }

// drain gives every state that was there when the depth began, in the order of runs.
func (st *Store) drain(_ int, f func(*record) error) error {
	in := st.sorted(uint64(st.first))
	st.drained = in.left
	for in.next() {
		if err := f(in.now()); err != nil {
			return err
		}
	}
	return nil
}

// restore makes the table that drain took apart anew, with the states that it gave.
func (st *Store) restore() error {
	if st.drained == nil {
		return nil
	}
	t, err := newTable(64 - st.table.shift)
	if err != nil {
		return err
	}
	hashOf := func(id StateID) uint64 { return st.hash(st.State(id)) }
	for _, e := range st.drained {
		id := StateID(uint32(e))
		t.take([]uint64{hashOf(id)<<st.tagShift | uint64(id) + 1}, hashOf)
	}
	st.table.region.Free()
	st.adopt(t)
	st.promised.Store(int64(len(st.drained)))
	st.drained = nil
	return nil
}

// drain gives every state that was there when the depth began, in the order of runs. A state is up to reach-1 buckets behind
// its home; so the states of some more buckets, most of them, are put in order at a time.
func (c *compact) drain(most int, f func(*record) error) error {
	most = max(most, 2*reach*countMask)
	type mixed struct{ hash, rest uint64 }
	var wait []mixed
	words, other := make([]uint64, c.width), make([]uint64, c.width)
	give := func(ready func(hash uint64) bool) error {
		slices.SortFunc(wait, func(x, y mixed) int {
			if order := cmp.Compare(x.hash, y.hash); order != 0 {
				return order
			}
			c.unhome(x.hash, x.rest, words)
			c.unhome(y.hash, y.rest, other)
			return slices.Compare(words, other)
		})
		n := 0
		for ; n < len(wait) && ready(wait[n].hash); n++ {
			c.unhome(wait[n].hash, wait[n].rest, words)
			if err := f(&record{hash: wait[n].hash, words: words}); err != nil {
				return err
			}
		}
		wait = slices.Delete(wait, 0, n)
		return nil
	}
	for i, s := range c.segments {
		if i > 0 && c.segments[i-1] == s {
			continue
		}
		first := uint64(i) << segmentShift
		for it := s.iterate(c.depth, false); it.next(); {
			for k := range it.n {
				wait = append(wait, mixed{first | it.hash[k]>>s.skip, it.rest[k]})
			}
			if len(wait) >= most {
				if err := give(func(h uint64) bool { return s.home(h)+reach <= it.bucket }); err != nil {
					return err
				}
			}
		}
		if err := give(func(uint64) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// restore does nothing: drain only reads.
func (c *compact) restore() error { return nil }

// drain gives every state that was there when the depth began, in no order.
func (t *tree) drain(_ int, f func(*record) error) error {
	fold := newFolding(t, false)
	var err error
	t.all(func(key []uint64, _ uint64) bool {
		err = f(&record{words: fold.unfold(key[0])})
		return err == nil
	})
	return err
}
