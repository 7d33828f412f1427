// Package runs decides properties of infinite runs on a state graph that is there in full.
//
// A claim of linear temporal logic is decided the automata-theoretic way (Vardi and Wolper, LICS 1986): the product of the
// graph with an automaton of the negation is explored (product.go), its strongly connected components are found (scc.go),
// and those are kept in which a run can meet every acceptance set and every fairness assumption (fair.go). If there is one,
// a run to the nearest and a short cycle in it are the counterexample (lasso.go, cycle.go). Claims that something can be
// reached are decided by going backward (can.go), waiting times by a longest path (wait.go).
//
// Nothing here depends on how many goroutines made the graph; states and edges are gone through in the order of their
// numbers.
package runs

import (
	"context"
	"errors"
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
)

// Graph is the reachable states of a system, numbered from 0, and the steps between them. Every state has an edge: one
// without successors has an edge to itself, of a class whose action is Stutter.
//
// What is true of states and steps is kept once for all that are alike in it, which are a class.
type Graph struct {
	Offsets []uint32 // of each state, where its edges begin in Targets and Steps; and their number at the end
	Targets []uint32
	Steps   []uint32 // the class of each edge
	States  []uint32 // the class of each state
	Initial []uint32
	Of      []uint32 // the last states are for runs that have stopped, each in a state of the system: Of; see Stopping
	// StateBits are, of each class of states, the propositions of kinds OfState and OfEnabled that are true. Where edges are left
	// out, those of kind OfStep are among them that are true of some step that leaves the state, edge or not.
	StateBits [][]uint64
	StepBits  [][]uint64 // of each class of steps, those of kind OfStep
	Actions   []int32    // of each class of steps, the action
}

// Stutter is the action of an edge that stands for no step at all.
const Stutter = -1

// Len is the number of states.
func (g *Graph) Len() int { return len(g.States) }

// out gives the range of edges that leave a state.
func (g *Graph) out(s uint32) (lo, hi uint32) { return g.Offsets[s], g.Offsets[s+1] }

func has(bits []uint64, i int) bool { return bits[i>>6]>>(i&63)&1 == 1 }

// Holds evaluates a formula without temporal operators where the propositions in state and step are true.
func Holds(f *model.Formula, state, step []uint64) bool {
	arg := func(k int) bool { return Holds(f.Args[k], state, step) }
	switch f.Op {
	case model.TrueOp:
		return true
	case model.PropositionOp:
		return has(state, f.Prop) || has(step, f.Prop)
	case model.NotOp:
		return !arg(0)
	case model.AndOp:
		for k := range f.Args {
			if !arg(k) {
				return false
			}
		}
		return true
	case model.OrOp:
		for k := range f.Args {
			if arg(k) {
				return true
			}
		}
		return false
	case model.ImpliesOp:
		return !arg(0) || arg(1)
	case model.IffOp:
		return arg(0) == arg(1)
	default:
		return false
	}
}

// Plain tells whether a formula is without temporal operators.
func Plain(f *model.Formula) bool {
	if f.Op > model.IffOp {
		return false
	}
	for _, g := range f.Args {
		if !Plain(g) {
			return false
		}
	}
	return true
}

// Ever tells whether a formula without temporal operators is true somewhere: in a state, with a step that leaves it.
func (g *Graph) Ever(ctx context.Context, f *model.Formula) (bool, error) {
	seen := map[uint64]bool{}
	for s := range uint32(g.Len()) {
		if s%interval == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		for e, hi := g.out(s); e < hi; e++ {
			pair := uint64(g.States[s])<<32 | uint64(g.Steps[e])
			if seen[pair] {
				continue
			}
			if seen[pair] = true; Holds(f, g.StateBits[g.States[s]], g.StepBits[g.Steps[e]]) {
				return true, nil
			}
		}
	}
	return false, nil
}

// interval is how many states are gone through between two looks at whether the work is still wanted.
const interval = 1 << 12

// What ends the work early, beside a context that is done.
var (
	ErrMemory = errors.New("the memory allowed is used up")
	ErrEdges  = errors.New("there are too many steps between states to be numbered")
	ErrSize   = errors.New("there are too many pairs of a state and a state of the automaton to be numbered")
)

// Meter counts bytes that are in use. Several goroutines may take and give.
type Meter struct {
	Limit int64 // bytes allowed, or 0
	Used  int64
	Peak  int64
	mu    sync.Mutex
}

// Take asks for n more bytes.
func (m *Meter) Take(n int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Limit > 0 && m.Used+n > m.Limit {
		return ErrMemory
	}
	m.Used += n
	m.Peak = max(m.Peak, m.Used)
	return nil
}

// Give gives n bytes back.
func (m *Meter) Give(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Used -= n
}

// Push appends to a list whose bytes, so many for each item, are counted.
func Push[T any](m *Meter, list []T, x T, size int64) ([]T, error) {
	list, err := Grow(m, list, 1, size)
	if err != nil {
		return list, err
	}
	return append(list, x), nil
}

// Grow makes room for n more items in such a list. Small lists double, large ones grow by a quarter.
func Grow[T any](m *Meter, list []T, n int, size int64) ([]T, error) {
	if cap(list)-len(list) >= n {
		return list, nil
	}
	grown := max(64, 2*cap(list))
	if grown > 1<<20 {
		grown = cap(list) + cap(list)/4
	}
	grown = max(grown, len(list)+n)
	if err := m.Take(int64(grown) * size); err != nil {
		return list, err
	}
	next := make([]T, len(list), grown)
	copy(next, list)
	m.Give(int64(cap(list)) * size)
	return next, nil
}
