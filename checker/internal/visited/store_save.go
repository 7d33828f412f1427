package visited

import (
	"unsafe"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
)

// A store is saved as its arenas up to the first state that was found since the depth began, and of its table the slots
// of the states before that one, in their order. They are put into a table anew when it is read.

type savedStore struct {
	First uint64 // the number of the first state that is left out
	Heap  uint64 // words of states of varying length
	Log   uint   // of the slots of the table
	Count uint64 // slots saved
	Spans [][2]uint32
}

// Kind names the kind of set in checkpoints.
func (st *Store) Kind() string { return "store" }

// Retain does nothing: the frontier stays where it is.
func (st *Store) Retain() {}

// bytesOf is the memory of a slice of numbers.
func bytesOf[T uint32 | uint64](p []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p))), len(p)*int(unsafe.Sizeof(T(0))))
}

// arenas calls f for the memory of the states before first, whose words end before heap where they vary in length.
func (st *Store) arenas(first, heap uint64, f func([]byte) error) error {
	words := func(p []uint64) error { return f(bytesOf(p)) }
	if st.width == 0 {
		if err := st.places.Pieces(first, words); err != nil {
			return err
		}
		if err := st.words.Pieces(heap, words); err != nil {
			return err
		}
	} else if err := st.words.Pieces(first, words); err != nil {
		return err
	}
	return st.parents.Pieces(first, func(p []uint32) error { return f(bytesOf(p)) })
}

// Save writes the arenas and the slots.
func (st *Store) Save(w *durable.Writer) {
	head := savedStore{First: uint64(st.first), Heap: st.heap.Load(), Log: 64 - st.table.shift}
	for _, s := range st.frontier {
		head.Spans = append(head.Spans, [2]uint32{uint32(s.lo), uint32(s.hi)})
	}
	older := func(slot uint64) bool { return slot != 0 && uint64(uint32(slot)-1) < head.First }
	for _, slot := range st.table.slots {
		if older(slot) {
			head.Count++
		}
	}
	w.JSON(head)
	_ = st.arenas(head.First, head.Heap, func(p []byte) error {
		_, err := w.Write(p)
		return err
	})
	for _, slot := range st.table.slots {
		if older(slot) {
			_, _ = w.Write(bytesOf([]uint64{slot}))
		}
	}
}

// Load fills a set that is empty with what save wrote, and gives the sizes of the parts of the frontier.
func (st *Store) Load(r *durable.Reader) ([]int64, error) {
	var head savedStore
	if err := r.JSON(&head); err != nil {
		return nil, err
	}
	if head.First > MaxStates || head.Heap > 1<<(64-lengthBits) || head.Log > 40 || head.Log < 2 || head.Count > head.First ||
		head.Count > uint64(tightRoom(1<<head.Log)) {
		return nil, durable.ErrDamaged
	}
	if need := int64(head.First)*st.perState + int64(head.Heap)*8 + tableBytes(1<<head.Log); st.memory > 0 && need > st.memory {
		return nil, ErrMemory
	}
	var err error
	if st.width == 0 {
		err = st.places.Reserve(head.First)
	}
	if err == nil {
		err = st.words.Reserve(max(head.Heap, uint64(min(st.width, 1))*head.First))
	}
	if err == nil {
		err = st.parents.Reserve(head.First)
	}
	if err == nil {
		err = st.arenas(head.First, head.Heap, r.Full)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTable(head.Log)
	if err != nil {
		return nil, err
	}
	st.table.region.Free()
	st.adopt(t)
	st.room = max(st.room, int64(head.Count))
	buf := make([]uint64, 1<<12)
	for left := head.Count; left > 0; {
		some := buf[:min(left, uint64(len(buf)))]
		if err := r.Full(bytesOf(some)); err != nil {
			return nil, err
		}
		t.take(some, func(id StateID) uint64 { return st.hash(st.State(id)) })
		left -= uint64(len(some))
	}
	st.promised.Store(int64(head.Count))
	st.heap.Store(head.Heap)
	st.next.Store(head.First)
	st.first = StateID(head.First)
	st.note(0)
	var sizes []int64
	for _, s := range head.Spans {
		if s[0] >= s[1] || uint64(s[1]) > head.First {
			return nil, durable.ErrDamaged
		}
		st.frontier, sizes = append(st.frontier, span{StateID(s[0]), StateID(s[1])}), append(sizes, int64(s[1]-s[0]))
	}
	return sizes, nil
}
