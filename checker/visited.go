package checker

import (
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

	// paths gives a shortest run of sys to each target: all of its states. No visitor is used any more. With sweep, it
	// may use Sweep. With nearer, targets may be reached in fewer steps than they say.
	paths(sys model.System, targets []target, sweep, nearer bool) ([][]model.State, error)

	distinct() int64
	bytes() int64
	peakBytes() int64
	close()
}

// visitor reads the frontier of a visited set and adds to it, for one goroutine.
type visitor interface {
	open(size int, alone bool)                   // begins a depth; size is about how many states to make room for at a time; alone: no other visitor adds any
	insert(b *batch) error                       // adds states
	seen(part, n int)                            // says that n states of a part of the frontier have been expanded
	state(part int, i int64) ([]uint64, stateID) // of the frontier; the words are valid until the next call
}

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
