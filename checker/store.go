package checker

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// stateID numbers the states of a store. The states that were found at one depth have greater numbers than those found
// at any smaller depth; numbers may be left unused between.
type stateID uint32

// noState is the parent of an initial state.
const noState = stateID(math.MaxUint32)

const (
	maxStates    = math.MaxUint32 - 1 // numbers fit 32 bits with one to spare for noState and one for a free slot
	maxActions   = 1 << 16            // action numbers fit a slot beside a tag of 16 bits
	stretchWords = 1 << 12            // words that a worker takes at a time for states of varying length
	lengthBits   = 24                 // of a place: the rest is the offset
	lengthMask   = 1<<lengthBits - 1
	longest      = chunkBytes / 8 // words of the longest state
)

// store is the visited set: every state exactly, once, with the number of the state from which it was first reached.
// Many inserters work on it at once; the table grows between their batches.
type store struct {
	width    int // words of a state, or 0
	workers  int
	memory   int64 // bytes allowed, or 0
	most     int64 // states allowed
	tagShift uint
	hash     func([]uint64) uint64
	perState int64 // bytes of a state beside its slot and its words of varying length

	words   *arena[uint64] // by state number, or for varying lengths by offset
	places  *arena[uint64] // of states of varying length: offset and length
	parents *arena[uint32]

	// Batches hold grow for reading, so that the table stands still. promised counts the states in the store and those
	// that running batches might add; it stays within room.
	grow     sync.RWMutex
	table    table
	room     int64
	promised atomic.Int64
	slots    atomic.Int64 // len(table.slots), to be read without a lock

	take   sync.Mutex // of changing next and heap
	next   atomic.Uint64
	heap   atomic.Uint64 // words of varying length taken
	top    peak
	closed bool

	frontier []span
	first    stateID  // the first number of the depth that is being filled
	drained  []uint64 // where the slots were sorted: what they are now; see restore
}

func (st *store) packed() *layout  { return nil }
func (st *store) distinct() int64  { return st.promised.Load() }
func (st *store) peakBytes() int64 { return st.top.Load() }

// limit changes how many states are allowed.
func (st *store) limit(states int64) { st.most = states }

// numbers is how many state numbers have been taken.
func (st *store) numbers() int { return int(st.next.Load()) }

// span is a run of state numbers.
type span struct{ lo, hi stateID }

// newStore makes an empty store for states of width words (0: varying), found by actions with numbers below actions.
func newStore(width, actions, workers int, memory, most int64) (*store, error) {
	st := &store{width: width, workers: workers, memory: memory, most: maxStates, hash: hash, perState: 4 + 8*int64(max(width, 1))}
	if most > 0 {
		st.most = min(most, maxStates)
	}
	st.tagShift = 32
	for 1<<(st.tagShift-32) < actions {
		st.tagShift++
	}
	st.words, st.parents = newArena[uint64](max(width, 1)), newArena[uint32](1)
	if width == 0 {
		st.places = newArena[uint64](1)
	}
	log := uint(0)
	for 1<<log < firstSlots {
		log++
	}
	t, err := newTable(log)
	if err != nil {
		return nil, err
	}
	st.adopt(t)
	if memory > 0 && st.bytes() > memory {
		st.close()
		return nil, errMemory
	}
	return st, nil
}

// close gives all memory back.
func (st *store) close() {
	if st.closed {
		return
	}
	st.closed = true
	st.table.slots = nil
	st.table.region.free()
	st.words.free()
	st.parents.free()
	if st.places != nil {
		st.places.free()
	}
}

func (st *store) adopt(t table) {
	st.table, st.room = t, usualRoom(len(t.slots))
	st.slots.Store(int64(len(t.slots)))
	st.note(0)
}

// bytes that states, table and parents take.
func (st *store) bytes() int64 {
	return int64(st.next.Load())*st.perState + int64(st.heap.Load())*8 + tableBytes(int(st.slots.Load()))
}

// note remembers the greatest number of bytes, of which extra are not in bytes.
func (st *store) note(extra int64) { st.top.note(st.bytes() + extra) }

// state gives the words of state id. They stay where they are and are not to be written.
func (st *store) state(id stateID) []uint64 {
	if st.width > 0 {
		return st.words.at(uint64(id))
	}
	place := *st.places.cell(uint64(id))
	return st.varying(place>>lengthBits, int(place&lengthMask))
}

func (st *store) varying(offset uint64, n int) []uint64 {
	if n == 0 {
		return []uint64{}
	}
	return st.words.run(offset, n)
}

// parent gives the state from which id was first reached, or noState.
func (st *store) parent(id stateID) stateID { return stateID(*st.parents.cell(uint64(id))) }

// path gives the states from an initial one to id.
func (st *store) path(id stateID) []stateID {
	var path []stateID
	for ; id != noState; id = st.parent(id) {
		path = append(path, id)
	}
	slices.Reverse(path)
	return path
}

// begin opens a batch that adds at most n states. Unless it fails, the table stands still until end. It fails with
// errStates when n more states might be too many; the caller then adds them one at a time between alone and endAlone.
func (st *store) begin(n int) error {
	for {
		st.grow.RLock()
		sum, room := st.promised.Add(int64(n)), st.room
		if sum <= room && sum <= st.most {
			return nil
		}
		st.promised.Add(int64(-n))
		st.grow.RUnlock()
		if sum > st.most {
			return errStates
		}
		st.grow.Lock()
		err := st.widen(n)
		st.grow.Unlock()
		if err != nil {
			return err
		}
	}
}

// end closes a batch that added n states less than it might have.
func (st *store) end(n int) {
	st.promised.Add(int64(-n))
	st.grow.RUnlock()
}

// alone opens a batch of n states beside which no other runs. Each of them counts in promised when it is added.
func (st *store) alone(n int) error {
	st.grow.Lock()
	if err := st.widen(n); err != nil {
		st.grow.Unlock()
		return err
	}
	return nil
}

func (st *store) endAlone() { st.grow.Unlock() }

// widen makes room for n more states in the table, within the memory allowed. The caller holds grow.
func (st *store) widen(n int) error {
	need := min(st.promised.Load()+int64(n), st.most)
	if need <= st.room {
		return nil
	}
	old := len(st.table.slots)
	size := old
	for usualRoom(size) < need {
		if size < steepSlots {
			size *= 4
		} else {
			size *= 2
		}
	}
	extra := tableBytes(size) + inFlight(old, st.workers) - tableBytes(old)
	t, err := table{}, error(nil)
	if st.memory > 0 && st.bytes()+extra > st.memory {
		err = errMemory
	} else {
		t, err = newTable(logOf(size))
	}
	if err != nil {
		if tight := tightRoom(old); need <= tight {
			st.room = tight
			return nil
		}
		return err
	}
	st.note(extra)
	t.move(&st.table, st.workers, func(id stateID) uint64 { return st.hash(st.state(id)) })
	st.adopt(t)
	return nil
}

func logOf(size int) uint {
	log := uint(0)
	for 1<<log < size {
		log++
	}
	return log
}

// block takes n state numbers.
func (st *store) block(n int) (lo, hi stateID, err error) {
	st.take.Lock()
	defer st.take.Unlock()
	next := st.next.Load()
	n = int(min(uint64(n), maxStates-next))
	if n == 0 {
		return 0, 0, errStates
	}
	if st.memory > 0 && st.bytes()+int64(n)*st.perState > st.memory {
		return 0, 0, errMemory
	}
	end := next + uint64(n)
	if st.width > 0 {
		err = st.words.reserve(end)
	} else {
		err = st.places.reserve(end)
	}
	if err == nil {
		err = st.parents.reserve(end)
	}
	if err != nil {
		return 0, 0, err
	}
	st.next.Store(end)
	st.note(0)
	return stateID(next), stateID(end), nil
}

// stretch takes n words, or somewhat more, that lie together.
func (st *store) stretch(n int) (lo, hi uint64, err error) {
	n = (n + stretchWords - 1) &^ (stretchWords - 1)
	st.take.Lock()
	defer st.take.Unlock()
	lo = st.heap.Load()
	if left := st.words.left(lo); left < uint64(n) {
		lo += left
	}
	hi = lo + uint64(n)
	if st.memory > 0 && st.bytes()+int64(hi-st.heap.Load())*8 > st.memory {
		return 0, 0, errMemory
	}
	if err := st.words.reserve(hi); err != nil {
		return 0, 0, err
	}
	st.heap.Store(hi)
	st.note(0)
	return lo, hi, nil
}
