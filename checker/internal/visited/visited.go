// Package visited stores the states that a search meets: exactly, once, and with them the frontier, the states that are to be
// expanded next. A search asks for a Set by New, adds batches of states through one Visitor for each goroutine, and ends a
// depth by Advance. It finds runs to states by Paths, for which it takes steps of the system again (Stepper).
//
// There are three sets in memory, all outside the garbage collector's heap (package offheap):
//
//   - compact, for states of one or two words: a table that stores of a state, mixed one to one, only what its place
//     does not say (quotient.go), in buckets of one line of the cache that are locked by compare-and-swap of their
//     headers (segment.go), in segments that grow one at a time (compact.go, rebuild.go). The frontier holds the states themselves
//     (chunks.go). A state of b bits in a table of 2^n buckets takes about b-n+5 bits and those of an action, rounded up
//     to bytes, at a load of 0.6 to 0.9. Where the states turn out to be pairs of few halves, a tree of two leaves takes over
//     between two depths (halves.go).
//   - tree, for wider states of a fixed width: a state is folded to 64 bits by numbering its words, pairs of numbers and so on
//     (tree.go, fold.go, intern.go), in an order of its bits that keeps together what changes together (order.go). That
//     key is what a compact set stores, and what its frontier holds. A state takes 8 to 12 bytes, and 15 for each node
//     that no state before had.
//   - store, for states of varying length: an arena of states, numbered, with the number of the
//     state that each was reached from, and an open-addressing table of numbers (store.go, table.go, inserter.go). The
//     frontier is spans of numbers.
//
// A lossy set keeps hashes alone, in a compact table or as bits in an array (lossy.go, bits.go); its frontier holds whole states
// (frames.go).
//
// What has no room in memory goes to sorted files (drain.go, disk_fill.go), and a set on disk takes over (disk.go).
//
// All but the lossy ones can be saved to a stream (Saver; compact_save.go, tree_save.go, store_save.go, disk_save.go).
package visited

import (
	"errors"
	"math/bits"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/model"
)

// Set is the set of the states met, and it keeps those that are to be expanded at the present depth, the frontier,
// and those found meanwhile. There are three in memory: compact, for states of one or two words, tree, for wider ones, and
// store, for states of varying length; disk, for what has no room there; and lossy, which keeps hashes alone.
type Set interface {
	Visitor(fresh []int64) Visitor // fresh counts the states credited to each action

	// Advance ends a depth: what was found at it is the frontier now. It gives the sizes of the parts that the
	// frontier consists of. No visitor is at work.
	Advance(visitors []Visitor, sizes []int64) []int64

	// Paths gives a shortest run of the system to each target: all of its states. No visitor is used any more. With nearer,
	// targets may be reached in fewer steps than they say. A system that does not take its steps again is a GoneError.
	Paths(by Stepper, targets []Target, nearer bool) ([][]model.State, error)

	Packed() *Layout // of what a batch holds, where its hashes are by that; nil where they are by hash
	Distinct() int64
	Bytes() int64
	PeakBytes() int64
	Close()
}

// Visitor reads the frontier of a visited set and adds to it, for one goroutine.
type Visitor interface {
	Open(size int, alone bool)                   // begins a depth; size is about how many states to make room for at a time; alone: no other visitor adds any
	Folding() *Folding                           // by which a batch holds the keys of states; nil where it holds the states
	Insert(b *Batch) error                       // adds states
	Seen(part, n int)                            // says that n states of a part of the frontier have been expanded
	State(part int, i int64) ([]uint64, StateID) // of the frontier; the words are valid until the next call, nil where they cannot be read
}

// Saver is a visited set that can be saved: as it was when Advance was called last, whatever has been added since.
type Saver interface {
	Set
	Kind() string
	Retain()                                 // from now on the frontier is kept until the next Advance
	Save(w *durable.Writer)                  // an error of its own it gives to w
	Load(r *durable.Reader) ([]int64, error) // into an empty set; gives the sizes of the parts of the frontier
}

// Spec says what a set is for.
type Spec struct {
	Width, Significant int // words of a state, or 0 where that varies, and its bits that matter; 0 means all
	Actions            int
	Workers            int
	Memory             int64 // bytes allowed, or 0
	Most               int64 // states allowed, or 0

	// A lossy set is asked for by one of these: how many bits of hashes are kept, or the bytes of an array.
	Hash  int
	Array int64

	Order func() *Order // gives the order of the bits of states, where that matters
}

// New makes the set in memory that suits the states.
func New(k Spec) (Set, error) {
	var set Set
	var err error
	switch {
	case k.Hash > 0 || k.Array > 0:
		set, err = newLossy(k.Hash, k.Array, k.Width, k.Actions, k.Memory, k.Most)
	case k.Width == 1 || k.Width == 2:
		set, err = newCompact(newLayout(k.Width, k.Significant), k.Actions, k.Memory, k.Most)
	case k.Width > 2:
		set, err = newTree(k.Order(), k.Width, k.Actions, k.Memory, k.Most)
	default:
		set, err = NewStore(k.Width, k.Actions, k.Workers, k.Memory, k.Most)
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

// NewOf makes the set in memory of a kind (Saver) that suits the states, to be loaded, or gives nil where none does.
func NewOf(kind string, k Spec) (Saver, error) {
	if kind == pairsKind {
		if k.Width != 1 && k.Width != 2 || k.Hash > 0 || k.Array > 0 {
			return nil, nil
		}
		t, err := newPairs(newLayout(k.Width, k.Significant), 1, uint(bits.Len(uint(max(k.Actions, 1)-1))), k.Memory, k.Most)
		if err != nil {
			return nil, err
		}
		return t, nil
	}
	set, err := New(k)
	if err != nil {
		return nil, err
	}
	if s, ok := set.(Saver); ok && s.Kind() == kind {
		return s, nil
	}
	set.Close()
	return nil, nil
}

// BatchStates is how many states are inserted together; 256 to 4,096 do about as well.
const BatchStates = 1024

// Noting is a visitor that keeps a note beside each state of the frontier: what Batch.Froms has above the action. It is 0 in a
// set that has been loaded.
//
// From says where in the frontier the states are that are taken next. What several visitors find is put in order by that, so
// that the frontier comes in nearly the order in which one visitor would have found it.
type Noting interface {
	From(place int64)
	Note(part int, i int64) uint32 // of state i of a part of the frontier
}

// Batch is successors that were found and are not yet inserted.
type Batch struct {
	Width  int      // words of a state, or 0
	Words  []uint64 // of the states, one after another
	Ends   []int    // where each ends in words, if they vary in length
	Froms  []uint64 // number of the state that each was reached from, where states are numbered, or a note; and action
	Hashes []uint64 // of all states or, where the set has a Layout (Packed), of none
}

// state gives state i of the batch.
func (b *Batch) state(i int) []uint64 {
	if b.Width > 0 {
		return b.Words[i*b.Width : i*b.Width+b.Width]
	}
	lo := 0
	if i > 0 {
		lo = b.Ends[i-1]
	}
	return b.Words[lo:b.Ends[i]]
}

// hash finds the hashes, unless they are there.
func (b *Batch) hash(l *Layout) {
	if len(b.Hashes) > 0 {
		return
	}
	for i := range b.Froms {
		b.Hashes = append(b.Hashes, l.Home(b.state(i)))
	}
}

// Reset empties the batch.
func (b *Batch) Reset() {
	b.Words, b.Ends, b.Froms, b.Hashes = b.Words[:0], b.Ends[:0], b.Froms[:0], b.Hashes[:0]
}

// InitialState is the number that stands for the origin of an initial state in Batch.Froms.
const InitialState = uint64(noState) << 32

// note is what a set that keeps notes keeps of an entry of Batch.Froms.
func note(from uint64) uint32 {
	if from == InitialState {
		return 0
	}
	return uint32(from >> 32)
}

// Dated is a visitor that knows which states were found when.
type Dated interface {
	// Earlier tells whether a state was found at a smaller depth than that at which states are being found.
	Earlier(s []uint64, h uint64) bool
}

// Stepper takes steps of a system that has been searched once more. In what emit does it does not see the system at work.
type Stepper interface {
	Guard(f func()) error // calls f, in which the other methods may be called; an error is one of the system
	Init(emit func(model.State, *model.Fault))
	Leave(s model.State, emit func(model.State, *model.Fault)) // in the same order each time
}

// GoneError says that what the search met is not met when its steps are taken again.
type GoneError struct{ What string }

// Error says what.
func (e *GoneError) Error() string { return e.What }

// What ends the filling of a set early; offheap.ErrNone does, too.
var (
	ErrMemory  = errors.New("the memory allowed is used up")
	ErrStates  = errors.New("no more states are allowed")
	ErrNumbers = errors.New("no more parts of states can be numbered")
)

// Target is a state to which a run is wanted, and its depth.
type Target struct {
	State model.State
	Depth int
}

// peak is the greatest of some numbers.
type peak struct{ atomic.Int64 }

func (p *peak) note(now int64) {
	for {
		old := p.Load()
		if now <= old || p.CompareAndSwap(old, now) {
			return
		}
	}
}
