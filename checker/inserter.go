package checker

import (
	"slices"
	"sync/atomic"
)

// inserter puts states into a store on behalf of one goroutine. It takes state numbers in blocks, so that goroutines
// seldom meet, and remembers which it used.
type inserter struct {
	st       *store
	next, hi stateID // numbers taken and not yet used
	first    stateID // of those used since the last block was taken
	spans    []span  // numbers used at this depth, in blocks
	size     int     // of the next block

	offset, end uint64 // words taken for states of varying length and not yet used
}

// outcome is what became of a state that was inserted.
type outcome int8

const (
	known  outcome = iota // it was there
	added                 // it is new
	sooner                // it was there, found at this depth by an action with a greater number
)

// insert adds state s unless it is there. level is the first number of the states of this depth.
//
// A state is credited to the action with the smallest number among those that reach it first, that is, in as many
// steps as its depth: other than "the action that happened to come first", that does not depend on how the work is
// spread over goroutines. The action stands in the slot, which is at hand. With sooner, was is the one credited before.
func (in *inserter) insert(s []uint64, h uint64, parent stateID, action uint32, level stateID) (o outcome, was uint32, err error) {
	st := in.st
	slots := st.table.slots
	mask := uint64(len(slots) - 1)
	tagShift := st.tagShift
	tag := h << tagShift
	for i := h >> (st.table.shift & 63); ; i = (i + 1) & mask {
		slot := atomic.LoadUint64(&slots[i&mask])
		if slot == 0 {
			if err := in.prepare(s, parent); err != nil {
				return known, 0, err
			}
			if atomic.CompareAndSwapUint64(&slots[i&mask], 0, tag|uint64(action)<<32|uint64(in.next)+1) {
				in.next++
				if st.width == 0 {
					in.offset += uint64(len(s))
				}
				return added, 0, nil
			}
			slot = atomic.LoadUint64(&slots[i&mask])
		}
		if (slot^tag)>>tagShift != 0 {
			continue
		}
		id := stateID(uint32(slot) - 1)
		if !slices.Equal(st.state(id), s) {
			continue
		}
		if id < level {
			return known, 0, nil
		}
		for {
			credited := uint32(slot>>32) & (1<<(tagShift-32) - 1)
			if action >= credited {
				return known, 0, nil
			}
			if atomic.CompareAndSwapUint64(&slots[i&mask], slot, tag|uint64(action)<<32|uint64(id)+1) {
				return sooner, credited, nil
			}
			slot = atomic.LoadUint64(&slots[i&mask])
		}
	}
}

// find tells whether s is in the store.
func (in *inserter) find(s []uint64, h uint64) bool {
	st := in.st
	slots := st.table.slots
	mask := uint64(len(slots) - 1)
	for i := h >> st.table.shift; ; i = (i + 1) & mask {
		slot := atomic.LoadUint64(&slots[i])
		if slot == 0 {
			return false
		}
		if (slot^h<<st.tagShift)>>st.tagShift == 0 && slices.Equal(st.state(stateID(uint32(slot)-1)), s) {
			return true
		}
	}
}

// prepare writes s and its parent under the next free number, which nobody else can read until it stands in a slot.
func (in *inserter) prepare(s []uint64, parent stateID) error {
	st := in.st
	if in.next == in.hi {
		in.note()
		lo, hi, err := st.block(max(in.size, 1))
		if err != nil {
			return err
		}
		in.first, in.next, in.hi = lo, lo, hi
	}
	if st.width > 0 {
		copy(st.words.at(uint64(in.next)), s)
	} else {
		if uint64(len(s)) > in.end-in.offset {
			lo, hi, err := st.stretch(len(s))
			if err != nil {
				return err
			}
			in.offset, in.end = lo, hi
		}
		copy(st.varying(in.offset, len(s)), s)
		*st.places.cell(uint64(in.next)) = in.offset<<lengthBits | uint64(len(s))
	}
	*st.parents.cell(uint64(in.next)) = uint32(parent)
	return nil
}

// note moves the numbers used of the present block to spans.
func (in *inserter) note() {
	if in.first == in.next {
		return
	}
	if k := len(in.spans); k > 0 && in.spans[k-1].hi == in.first {
		in.spans[k-1].hi = in.next
	} else {
		in.spans = append(in.spans, span{in.first, in.next})
	}
	in.first = in.next
}

// finish ends a depth: it gives the numbers that were used at it and lets go of the rest of the block, so that the next
// depth begins with greater ones. The rest goes back to the store where no later block was taken, as is always so
// with one inserter. No inserter may be at work.
func (in *inserter) finish(into []span) []span {
	in.note()
	if in.next < in.hi && uint64(in.hi) == in.st.next.Load() {
		in.st.next.Store(uint64(in.next))
	}
	in.first, in.next, in.hi = 0, 0, 0
	into = append(into, in.spans...)
	in.spans = in.spans[:0]
	return into
}
