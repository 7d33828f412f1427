package visited

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// Inserter puts states into a store on behalf of one goroutine. It takes state numbers in blocks, so that goroutines
// seldom meet, and remembers which it used.
type Inserter struct {
	st       *Store
	next, hi StateID // numbers taken and not yet used
	first    StateID // of those used since the last block was taken
	spans    []span  // numbers used at this depth, in blocks
	size     int     // of the next block

	offset, end uint64 // words taken for states of varying length and not yet used

	fresh []int64
	sink  uint64 // what the touching of memory gives, so that it is not optimised away
}

// Inserter makes one that takes so many numbers at a time.
func (st *Store) Inserter(size int) *Inserter { return &Inserter{st: st, size: size} }

// Visitor makes a visitor.
func (st *Store) Visitor(fresh []int64) Visitor { return &Inserter{st: st, fresh: fresh} }

// Folding is nil: a batch holds the states.
func (in *Inserter) Folding() *Folding { return nil }

// Open begins a depth.
func (in *Inserter) Open(size int, _ bool) { in.size = size }

// State gives state i of a part of the frontier.
func (in *Inserter) State(part int, i int64) ([]uint64, StateID) {
	id := in.st.frontier[part].lo + StateID(i)
	return in.st.State(id), id
}

// Seen does nothing: the frontier lies among the other states.
func (in *Inserter) Seen(int, int) {}

// Advance makes the states found the frontier.
func (st *Store) Advance(visitors []Visitor, sizes []int64) []int64 {
	spans := st.frontier[:0]
	for _, v := range visitors {
		spans = v.(*Inserter).finish(spans)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	for _, s := range spans {
		sizes = append(sizes, int64(s.hi-s.lo))
	}
	st.frontier, st.first = spans, StateID(st.next.Load())
	return sizes
}

// Paths walks from each target to an initial state by the parents.
func (st *Store) Paths(_ Stepper, targets []Target, _ bool) ([][]model.State, error) {
	in := Inserter{st: st}
	out := make([][]model.State, len(targets))
	for i, t := range targets {
		id, _ := in.find(t.State, hash.Of(t.State))
		for _, id := range st.path(id) {
			out[i] = append(out[i], st.State(id))
		}
	}
	return out, nil
}

// Insert puts the states of a batch into the store.
func (in *Inserter) Insert(b *Batch) error {
	n := len(b.Froms)
	err := in.st.begin(n)
	if err == nil {
		err = in.insertAll(b)
	} else if err == ErrStates {
		err = in.insertAlone(b)
	}
	return err
}

// touch loads the homes of states: these loads do not wait for each other, as the probes after them would.
func (in *Inserter) touch(hashes []uint64) {
	slots, shift := in.st.table.slots, in.st.table.shift&63
	sum := in.sink
	for _, h := range hashes {
		sum += atomic.LoadUint64(&slots[h>>shift])
	}
	in.sink = sum
}

// insertAll does so in an open batch of the store.
func (in *Inserter) insertAll(b *Batch) error {
	st := in.st
	in.touch(b.Hashes)
	count := 0
	var err error
	for i, from := range b.Froms {
		o, was, e := in.add(b.state(i), b.Hashes[i], StateID(from>>32), uint32(from), st.first)
		if e != nil {
			err = e
			break
		}
		if o != known {
			in.credit(o, was, from)
			if o == added {
				count++
			}
		}
	}
	st.end(len(b.Froms) - count)
	return err
}

// credit counts a discovery for its action.
func (in *Inserter) credit(o outcome, was uint32, from uint64) {
	if from == InitialState {
		return
	}
	in.fresh[uint32(from)]++
	if o == sooner {
		in.fresh[was]--
	}
}

// insertAlone puts the states of a batch into the store, as long as there are not too many, with no other batch under
// way.
func (in *Inserter) insertAlone(b *Batch) error {
	st := in.st
	if err := st.alone(len(b.Froms)); err != nil {
		return err
	}
	defer st.endAlone()
	for i, from := range b.Froms {
		s := b.state(i)
		if st.promised.Load() >= st.most {
			if _, there := in.find(s, b.Hashes[i]); !there {
				return ErrStates
			}
		}
		o, was, err := in.add(s, b.Hashes[i], StateID(from>>32), uint32(from), st.first)
		if err != nil {
			return err
		}
		if o != known {
			in.credit(o, was, from)
			if o == added {
				st.promised.Add(1)
			}
		}
	}
	return nil
}

// Earlier looks a state up; others may be adding states.
func (in *Inserter) Earlier(s []uint64, h uint64) bool {
	id, ok := in.Find(s, h)
	return ok && id < in.st.first
}

// Find gives the number under which a state is stored, or false where it is not; others may be adding states.
func (in *Inserter) Find(s []uint64, h uint64) (StateID, bool) {
	in.st.grow.RLock()
	defer in.st.grow.RUnlock()
	return in.find(s, h)
}

// outcome is what became of a state that was inserted.
type outcome int8

const (
	known  outcome = iota // it was there
	added                 // it is new
	sooner                // it was there, found at this depth by an action with a greater number
)

// add adds state s unless it is there. level is the first number of the states of this depth.
//
// A state is credited to the action with the smallest number among those that reach it first, that is, in as many
// steps as its depth: other than "the action that happened to come first", that does not depend on how the work is
// spread over goroutines. The action stands in the slot, which is at hand. With sooner, was is the one credited before.
func (in *Inserter) add(s []uint64, h uint64, parent StateID, action uint32, level StateID) (o outcome, was uint32, err error) {
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
		id := StateID(uint32(slot) - 1)
		if !slices.Equal(st.State(id), s) {
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

// Number appends the numbers of the states of a batch to out. With add it stores those that are new.
func (in *Inserter) Number(b *Batch, add bool, out []uint32) ([]uint32, error) {
	n := len(b.Hashes)
	fresh := 0
	if add {
		if err := in.st.begin(n); err != nil {
			return out, err
		}
		defer func() { in.st.end(n - fresh) }()
	}
	in.touch(b.Hashes)
	for i, h := range b.Hashes {
		s := b.state(i)
		id, ok := in.find(s, h)
		if !ok && !add {
			return out, &GoneError{"a step led to a state that the search did not meet"}
		}
		if !ok {
			o, _, err := in.add(s, h, noState, 0, 0)
			if err != nil {
				return out, err
			}
			if o == added {
				fresh++
				id = in.next - 1
			} else {
				id, _ = in.find(s, h)
			}
		}
		out = append(out, uint32(id))
	}
	return out, nil
}

// find gives the number of state s, or false where it is not in the store.
func (in *Inserter) find(s []uint64, h uint64) (StateID, bool) {
	st := in.st
	slots := st.table.slots
	mask := uint64(len(slots) - 1)
	for i := h >> st.table.shift; ; i = (i + 1) & mask {
		slot := atomic.LoadUint64(&slots[i])
		if slot == 0 {
			return 0, false
		}
		id := StateID(uint32(slot) - 1)
		if (slot^h<<st.tagShift)>>st.tagShift == 0 && slices.Equal(st.State(id), s) {
			return id, true
		}
	}
}

// prepare writes s and its parent under the next free number, which nobody else can read until it stands in a slot.
func (in *Inserter) prepare(s []uint64, parent StateID) error {
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
		copy(st.words.At(uint64(in.next)), s)
	} else {
		if uint64(len(s)) > in.end-in.offset {
			lo, hi, err := st.stretch(len(s))
			if err != nil {
				return err
			}
			in.offset, in.end = lo, hi
		}
		copy(st.varying(in.offset, len(s)), s)
		*st.places.Cell(uint64(in.next)) = in.offset<<lengthBits | uint64(len(s))
	}
	*st.parents.Cell(uint64(in.next)) = uint32(parent)
	return nil
}

// note moves the numbers used of the present block to spans.
func (in *Inserter) note() {
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
func (in *Inserter) finish(into []span) []span {
	in.note()
	if in.next < in.hi && uint64(in.hi) == in.st.next.Load() {
		in.st.next.Store(uint64(in.next))
	}
	in.first, in.next, in.hi = 0, 0, 0
	into = append(into, in.spans...)
	in.spans = in.spans[:0]
	return into
}
