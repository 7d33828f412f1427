package checker

import "unsafe"

// A store is saved as its arenas up to the first state that was found since the depth began, and of its table the slots
// of the states before that one, in their order. They are put into a table anew when it is read.

type savedStore struct {
	First uint64 // the number of the first state that is left out
	Heap  uint64 // words of states of varying length
	Log   uint   // of the slots of the table
	Count uint64 // slots saved
	Spans [][2]uint32
}

func (st *store) kind() string { return "store" }

// retain does nothing: the frontier stays where it is.
func (st *store) retain() {}

// bytesOf is the memory of a slice of numbers.
func bytesOf[T uint32 | uint64](p []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p))), len(p)*int(unsafe.Sizeof(T(0))))
}

// arenas calls f for the memory of the states before first, whose words end before heap where they vary in length.
func (st *store) arenas(first, heap uint64, f func([]byte) error) error {
	words := func(p []uint64) error { return f(bytesOf(p)) }
	if st.width == 0 {
		if err := st.places.pieces(first, words); err != nil {
			return err
		}
		if err := st.words.pieces(heap, words); err != nil {
			return err
		}
	} else if err := st.words.pieces(first, words); err != nil {
		return err
	}
	return st.parents.pieces(first, func(p []uint32) error { return f(bytesOf(p)) })
}

func (st *store) save(w *streamWriter) {
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
	w.json(head)
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

// load fills a set that is empty with what save wrote, and gives the sizes of the parts of the frontier.
func (st *store) load(r *streamReader) ([]int64, error) {
	var head savedStore
	if err := r.json(&head); err != nil {
		return nil, err
	}
	if head.First > maxStates || head.Heap > 1<<(64-lengthBits) || head.Log > 40 || head.Log < 2 || head.Count > head.First ||
		head.Count > uint64(tightRoom(1<<head.Log)) {
		return nil, errDamaged
	}
	if need := int64(head.First)*st.perState + int64(head.Heap)*8 + tableBytes(1<<head.Log); st.memory > 0 && need > st.memory {
		return nil, errMemory
	}
	var err error
	if st.width == 0 {
		err = st.places.reserve(head.First)
	}
	if err == nil {
		err = st.words.reserve(max(head.Heap, uint64(min(st.width, 1))*head.First))
	}
	if err == nil {
		err = st.parents.reserve(head.First)
	}
	if err == nil {
		err = st.arenas(head.First, head.Heap, r.full)
	}
	if err != nil {
		return nil, err
	}
	t, err := newTable(head.Log)
	if err != nil {
		return nil, err
	}
	st.table.region.free()
	st.adopt(t)
	st.room = max(st.room, int64(head.Count))
	buf := make([]uint64, 1<<12)
	for left := head.Count; left > 0; {
		some := buf[:min(left, uint64(len(buf)))]
		if err := r.full(bytesOf(some)); err != nil {
			return nil, err
		}
		t.take(some, func(id stateID) uint64 { return st.hash(st.state(id)) })
		left -= uint64(len(some))
	}
	st.promised.Store(int64(head.Count))
	st.heap.Store(head.Heap)
	st.next.Store(head.First)
	st.first = stateID(head.First)
	st.note(0)
	var sizes []int64
	for _, s := range head.Spans {
		if s[0] >= s[1] || uint64(s[1]) > head.First {
			return nil, errDamaged
		}
		st.frontier, sizes = append(st.frontier, span{stateID(s[0]), stateID(s[1])}), append(sizes, int64(s[1]-s[0]))
	}
	return sizes, nil
}
