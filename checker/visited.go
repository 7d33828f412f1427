package checker

import (
	"errors"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// visited is the set of the states met, and it keeps those that are to be expanded at the present depth, the frontier,
// and those found meanwhile. There are three in memory: compact, for states of one or two words, tree, for wider ones, and
// store, for states of varying length; disk, for what has no room there; and lossy, which keeps hashes alone.
type visited interface {
	visitor(fresh []int64) visitor // fresh counts the states credited to each action

	// advance ends a depth: what was found at it is the frontier now. It gives the sizes of the parts that the
	// frontier consists of. No visitor is at work.
	advance(visitors []visitor, sizes []int64) []int64

	// paths gives a shortest run of the system to each target: all of its states. No visitor is used any more. With nearer,
	// targets may be reached in fewer steps than they say. A system that does not take its steps again is a goneError.
	paths(by stepper, targets []target, nearer bool) ([][]model.State, error)

	packed() *layout // of what a batch holds, where its hashes are by that; nil where they are by hash
	distinct() int64
	bytes() int64
	peakBytes() int64
	close()
}

// visitor reads the frontier of a visited set and adds to it, for one goroutine.
type visitor interface {
	open(size int, alone bool)                   // begins a depth; size is about how many states to make room for at a time; alone: no other visitor adds any
	folding() *folding                           // by which a batch holds the keys of states; nil where it holds the states
	insert(b *batch) error                       // adds states
	seen(part, n int)                            // says that n states of a part of the frontier have been expanded
	state(part int, i int64) ([]uint64, stateID) // of the frontier; the words are valid until the next call, nil where they cannot be read
}

// saver is a visited set that can be saved: as it was when advance was called last, whatever has been added since.
type saver interface {
	visited
	kind() string
	retain()                               // from now on the frontier is kept until the next advance
	save(w *streamWriter)                  // an error of its own it gives to w
	load(r *streamReader) ([]int64, error) // into an empty set; gives the sizes of the parts of the frontier
}

// spec says what a set is for.
type spec struct {
	width, significant int // words of a state, or 0 where that varies, and its bits that matter; 0 means all
	actions            int
	workers            int
	memory             int64 // bytes allowed, or 0
	most               int64 // states allowed, or 0

	// A lossy set is asked for by one of these: how many bits of hashes are kept, or the bytes of an array.
	hash  int
	array int64

	order func() *order // gives the order of the bits of states, where that matters
}

// newVisited makes the set in memory that suits the states.
func newVisited(k spec) (visited, error) {
	var set visited
	var err error
	switch {
	case k.hash > 0 || k.array > 0:
		set, err = newLossy(k.hash, k.array, k.width, k.actions, k.memory, k.most)
	case k.width == 1 || k.width == 2:
		set, err = newCompact(newLayout(k.width, k.significant), k.actions, k.memory, k.most)
	case k.width > 2:
		set, err = newTree(k.order(), k.width, k.actions, k.memory, k.most)
	default:
		set, err = newStore(k.width, k.actions, k.workers, k.memory, k.most)
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}

// batchStates is how many states are inserted together; 256 to 4,096 do about as well.
const batchStates = 1024

// batch is successors that were found and are not yet inserted.
type batch struct {
	width  int      // words of a state, or 0
	words  []uint64 // of the states, one after another
	ends   []int    // where each ends in words, if they vary in length
	froms  []uint64 // number of the state that each was reached from, where states are numbered, and action
	hashes []uint64
}

// state gives state i of the batch.
func (b *batch) state(i int) []uint64 {
	if b.width > 0 {
		return b.words[i*b.width : i*b.width+b.width]
	}
	lo := 0
	if i > 0 {
		lo = b.ends[i-1]
	}
	return b.words[lo:b.ends[i]]
}

func (b *batch) reset() {
	b.words, b.ends, b.froms, b.hashes = b.words[:0], b.ends[:0], b.froms[:0], b.hashes[:0]
}

// initialState is the number that stands for the origin of an initial state in batch.froms.
const initialState = uint64(noState) << 32

// dated is a visitor that knows which states were found when.
type dated interface {
	// earlier tells whether a state was found at a smaller depth than that at which states are being found.
	earlier(s []uint64, h uint64) bool
}

// stepper takes steps of a system that has been searched once more. In what emit does it does not see the system at work.
type stepper interface {
	guard(f func()) error // calls f, in which the other methods may be called; an error is one of the system
	init(emit func(model.State, *model.Fault))
	leave(s model.State, emit func(model.State, *model.Fault)) // in the same order each time
}

// goneError says that what the search met is not met when its steps are taken again.
type goneError struct{ what string }

func (e *goneError) Error() string { return e.what }

// What ends the filling of a set early; errNoMemory does, too.
var (
	errMemory  = errors.New("the memory allowed is used up")
	errStates  = errors.New("no more states are allowed")
	errNumbers = errors.New("no more parts of states can be numbered")
)

// target is a state to which a run is wanted, and its depth.
type target struct {
	state model.State
	depth int
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
