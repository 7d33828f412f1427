package visited

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
)

// StateID numbers the states of a store. The states that were found at one depth have greater numbers than those found
// at any smaller depth; numbers may be left unused between.
type StateID uint32

// noState is the parent of an initial state.
const noState = StateID(math.MaxUint32)

const (
	MaxStates    = math.MaxUint32 - 1 // numbers fit 32 bits with one to spare for noState and one for a free slot
	MaxActions   = 1 << 16            // action numbers fit a slot beside a tag of 16 bits
	stretchWords = 1 << 12            // words that a worker takes at a time for states of varying length
	lengthBits   = 24                 // of a place: the rest is the offset
	lengthMask   = 1<<lengthBits - 1
	MostWords    = offheap.ChunkBytes / 8 // words of the longest state
)

// Store is the visited set: every state exactly, once, with the number of the state from which it was first reached.
// Many inserters work on it at once; the table grows between their batches.
type Store struct {
	width    int // words of a state, or 0
	workers  int
	memory   int64 // bytes allowed, or 0
	most     int64 // states allowed
	tagShift uint
	hash     func([]uint64) uint64
	perState int64 // bytes of a state beside its slot and its words of varying length

	words   *offheap.Arena[uint64] // by state number, or for varying lengths by offset
	places  *offheap.Arena[uint64] // of states of varying length: offset and length
	parents *offheap.Arena[uint32]

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
	first    StateID  // the first number of the depth that is being filled
	drained  []uint64 // where the slots were sorted: what they are now; see restore
}

// Packed is nil: the hashes of states are by hash.Of.
func (st *Store) Packed() *Layout { return nil }

// Distinct is the number of states.
func (st *Store) Distinct() int64 { return st.promised.Load() }

// PeakBytes is the most that they took.
func (st *Store) PeakBytes() int64 { return st.top.Load() }

// Limit changes how many states are allowed.
func (st *Store) Limit(states int64) { st.most = states }

// Numbers is how many state numbers have been taken.
func (st *Store) Numbers() int { return int(st.next.Load()) }

// span is a run of state numbers.
type span struct{ lo, hi StateID }

// NewStore makes an empty store for states of width words (0: varying), found by actions with numbers below actions.
func NewStore(width, actions, workers int, memory, most int64) (*Store, error) {
	st := &Store{width: width, workers: workers, memory: memory, most: MaxStates, hash: hash.Of, perState: 4 + 8*int64(max(width, 1))}
	if most > 0 {
		st.most = min(most, MaxStates)
	}
	st.tagShift = 32
	for 1<<(st.tagShift-32) < actions {
		st.tagShift++
	}
	st.words, st.parents = offheap.NewArena[uint64](max(width, 1)), offheap.NewArena[uint32](1)
	if width == 0 {
		st.places = offheap.NewArena[uint64](1)
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
	if memory > 0 && st.Bytes() > memory {
		st.Close()
		return nil, ErrMemory
	}
	return st, nil
}

// Close gives all memory back.
func (st *Store) Close() {
	if st.closed {
		return
	}
	st.closed = true
	st.table.slots = nil
	st.table.region.Free()
	st.words.Free()
	st.parents.Free()
	if st.places != nil {
		st.places.Free()
	}
}

func (st *Store) adopt(t table) {
	st.table, st.room = t, usualRoom(len(t.slots))
	st.slots.Store(int64(len(t.slots)))
	st.note(0)
}

// Bytes that states, table and parents take.
func (st *Store) Bytes() int64 {
	return int64(st.next.Load())*st.perState + int64(st.heap.Load())*8 + tableBytes(int(st.slots.Load()))
}

// note remembers the greatest number of bytes, of which extra are not in bytes.
func (st *Store) note(extra int64) { st.top.note(st.Bytes() + extra) }

// State gives the words of state id. They stay where they are and are not to be written.
func (st *Store) State(id StateID) []uint64 {
	if st.width > 0 {
		return st.words.At(uint64(id))
	}
	place := *st.places.Cell(uint64(id))
	return st.varying(place>>lengthBits, int(place&lengthMask))
}

func (st *Store) varying(offset uint64, n int) []uint64 {
	if n == 0 {
		return []uint64{}
	}
	return st.words.Run(offset, n)
}

// parent gives the state from which id was first reached, or noState.
func (st *Store) parent(id StateID) StateID { return StateID(*st.parents.Cell(uint64(id))) }

// path gives the states from an initial one to id.
func (st *Store) path(id StateID) []StateID {
	var path []StateID
	for ; id != noState; id = st.parent(id) {
		path = append(path, id)
	}
	slices.Reverse(path)
	return path
}

// begin opens a batch that adds at most n states. Unless it fails, the table stands still until end. It fails with
// ErrStates when n more states might be too many; the caller then adds them one at a time between alone and endAlone.
func (st *Store) begin(n int) error {
	for {
		st.grow.RLock()
		sum, room := st.promised.Add(int64(n)), st.room
		if sum <= room && sum <= st.most {
			return nil
		}
		st.promised.Add(int64(-n))
		st.grow.RUnlock()
		if sum > st.most {
			return ErrStates
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
func (st *Store) end(n int) {
	st.promised.Add(int64(-n))
	st.grow.RUnlock()
}

// alone opens a batch of n states beside which no other runs. Each of them counts in promised when it is added.
func (st *Store) alone(n int) error {
	st.grow.Lock()
	if err := st.widen(n); err != nil {
		st.grow.Unlock()
		return err
	}
	return nil
}

func (st *Store) endAlone() { st.grow.Unlock() }

// widen makes room for n more states in the table, within the memory allowed. The caller holds grow.
func (st *Store) widen(n int) error {
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
	if st.memory > 0 && st.Bytes()+extra > st.memory {
		err = ErrMemory
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
	t.move(&st.table, st.workers, func(id StateID) uint64 { return st.hash(st.State(id)) })
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
func (st *Store) block(n int) (lo, hi StateID, err error) {
	st.take.Lock()
	defer st.take.Unlock()
	next := st.next.Load()
	n = int(min(uint64(n), MaxStates-next))
	if n == 0 {
		return 0, 0, ErrStates
	}
	if st.memory > 0 && st.Bytes()+int64(n)*st.perState > st.memory {
		return 0, 0, ErrMemory
	}
	end := next + uint64(n)
	if st.width > 0 {
		err = st.words.Reserve(end)
	} else {
		err = st.places.Reserve(end)
	}
	if err == nil {
		err = st.parents.Reserve(end)
	}
	if err != nil {
		return 0, 0, err
	}
	st.next.Store(end)
	st.note(0)
	return StateID(next), StateID(end), nil
}

// stretch takes n words, or somewhat more, that lie together.
func (st *Store) stretch(n int) (lo, hi uint64, err error) {
	n = (n + stretchWords - 1) &^ (stretchWords - 1)
	st.take.Lock()
	defer st.take.Unlock()
	lo = st.heap.Load()
	if left := st.words.Left(lo); left < uint64(n) {
		lo += left
	}
	hi = lo + uint64(n)
	if st.memory > 0 && st.Bytes()+int64(hi-st.heap.Load())*8 > st.memory {
		return 0, 0, ErrMemory
	}
	if err := st.words.Reserve(hi); err != nil {
		return 0, 0, err
	}
	st.heap.Store(hi)
	st.note(0)
	return lo, hi, nil
}
