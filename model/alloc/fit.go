package alloc

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Policy says to which of the nodes with room something goes.
type Policy int

const (
	// FirstFit is the first node with room.
	FirstFit Policy = iota
	// BestFit is the one with the least room, of equals the first.
	BestFit
	// WorstFit is the one with the most room, of equals the first.
	WorstFit
)

// ErrUnschedulable says that no node has room, as Kubernetes calls it. It wraps model.ErrRefused.
var ErrUnschedulable = fmt.Errorf("%w: Unschedulable", model.ErrRefused)

// Nodes places things of some size, one after the other, without knowing what comes (M. R. Garey, R. L. Graham and J.
// D. Ullman, Worst-case analysis of memory allocation algorithms, STOC 1972).
//
// What it guarantees, checked in fit.bh: no node holds more than it can, and something is refused only if no node has
// room for it. It does not find a placement of all things wherever there is one, by any policy; see Packable.
//
// The zero Nodes has none; make one with NewNodes.
type Nodes struct {
	policy   Policy
	capacity []int // by node, from 0
	used     []int
}

// NewNodes makes empty nodes of these capacities, 0 to Most.
func NewNodes(policy Policy, capacity []int) (Nodes, error) {
	if policy < FirstFit || policy > WorstFit {
		return Nodes{}, fmt.Errorf("got policy %d, want FirstFit, BestFit or WorstFit", policy)
	}
	if len(capacity) > Most {
		return Nodes{}, fmt.Errorf("got %d nodes, want at most %d", len(capacity), Most)
	}
	for i, c := range capacity {
		if c < 0 || c > Most {
			return Nodes{}, fmt.Errorf("node %d: got capacity %d, want 0 to %d", i, c, Most)
		}
	}
	return Nodes{policy: policy, capacity: slices.Clone(capacity), used: make([]int, len(capacity))}, nil
}

// Clone returns an independent copy.
func (n *Nodes) Clone() Nodes {
	return Nodes{policy: n.policy, capacity: slices.Clone(n.capacity), used: slices.Clone(n.used)}
}

// Room is what is left of a node; 0 for one that is not there.
func (n *Nodes) Room(node int) int {
	if node < 0 || node >= len(n.capacity) {
		return 0
	}
	return n.capacity[node] - n.used[node]
}

// Next is the node for something of a size, and ErrUnschedulable if none has room.
func (n *Nodes) Next(size int) (int, error) {
	best := -1
	for i := range n.capacity {
		if n.Room(i) < size || size < 0 {
			continue
		}
		if best < 0 || n.policy == BestFit && n.Room(i) < n.Room(best) || n.policy == WorstFit && n.Room(i) > n.Room(best) {
			best = i
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("%w: size %d fits on none of %d nodes", ErrUnschedulable, size, len(n.capacity))
	}
	return best, nil
}

// Place puts something of a size where Next says, and gives the node.
func (n *Nodes) Place(size int) (int, error) {
	node, err := n.Next(size)
	if err != nil {
		return 0, err
	}
	n.used[node] += size
	return node, nil
}

// Remove takes something of a size, which was placed there, from a node. It is refused if so much is not in use.
func (n *Nodes) Remove(node, size int) error {
	if node < 0 || node >= len(n.used) || size < 0 || size > n.used[node] {
		return model.Refuse("remove size %d from node %d: it is not there", size, node)
	}
	n.used[node] -= size
	return nil
}

// Packable tells whether things of these sizes can all be placed at once on empty nodes of these capacities, by trying
// all ways that differ: exponential in their number, meant for a few.
func Packable(capacity, sizes []int) bool {
	left := slices.Clone(capacity)
	things := slices.Sorted(slices.Values(sizes))
	slices.Reverse(things)
	var place func(i int) bool
	place = func(i int) bool {
		if i == len(things) {
			return true
		}
		for n := range left {
			if left[n] < things[i] || slices.Contains(left[:n], left[n]) {
				continue // no room, or another node of equal room was tried
			}
			left[n] -= things[i]
			ok := place(i + 1)
			left[n] += things[i]
			if ok {
				return true
			}
		}
		return false
	}
	return place(0)
}
