package ops

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// The reasons for which a container is not placed, as Kubernetes names them; both wrap model.ErrRefused.
var (
	// ErrUnschedulable: no node is fit.
	ErrUnschedulable = fmt.Errorf("%w: Unschedulable", model.ErrRefused)
	// ErrConflict: what was read is not so any more (HTTP 409).
	ErrConflict = fmt.Errorf("%w: Conflict", model.ErrRefused)
)

// Choose is the node of greatest score among those that are fit, of equals the first, and false if none is fit. Scores
// may be any numbers.
func Choose(nodes int, fit func(node int) bool, score func(node int) int64) (int, bool) {
	best, found := 0, false
	var most int64
	for n := range max(nodes, 0) {
		if !fit(n) {
			continue
		}
		if s := score(n); !found || s > most {
			best, most, found = n, s, true
		}
	}
	return best, found
}

// Cluster is nodes on which several schedulers place containers, each of which needs something. Schedulers read with
// Fits, choose, and bind; the cluster looks again in the same step, and refuses with ErrConflict (optimistic
// concurrency: M. Schwarzkopf et al., Omega, EuroSys 2013).
//
// What it guarantees, checked in orchestrator.bh, whatever schedulers read and choose: a container is placed on one
// node at most; no node is over its capacity; what counts as used is what the placed containers need, so that a release
// gives all back.
//
// The zero Cluster has no node; make one with NewCluster.
type Cluster struct {
	capacity []int          // by node, from 0
	used     []int          // by node
	needs    map[string]int // of submitted containers
	at       map[string]int // the node of those that are placed
}

// NewCluster makes empty nodes of these capacities, 0 to Most.
func NewCluster(capacity []int) (Cluster, error) {
	if len(capacity) > Most {
		return Cluster{}, fmt.Errorf("got %d nodes, want at most %d", len(capacity), Most)
	}
	for n, c := range capacity {
		if c < 0 || c > Most {
			return Cluster{}, fmt.Errorf("node %d: got capacity %d, want 0 to %d", n, c, Most)
		}
	}
	return Cluster{capacity: slices.Clone(capacity), used: make([]int, len(capacity)), needs: map[string]int{}, at: map[string]int{}}, nil
}

// Clone returns an independent copy.
func (c *Cluster) Clone() Cluster {
	return Cluster{capacity: slices.Clone(c.capacity), used: slices.Clone(c.used), needs: maps.Clone(c.needs), at: maps.Clone(c.at)}
}

// Nodes is the number of nodes.
func (c *Cluster) Nodes() int { return len(c.capacity) }

// Used is what is used of a node, 0 for one that is not there.
func (c *Cluster) Used(node int) int {
	if node < 0 || node >= len(c.used) {
		return 0
	}
	return c.used[node]
}

// Node is where a container is placed, and false if it is not.
func (c *Cluster) Node(container string) (int, bool) {
	n, ok := c.at[container]
	return n, ok
}

// Pending is the containers that have been submitted and are not placed, by name.
func (c *Cluster) Pending() []string {
	var names []string
	for name := range c.needs {
		if _, placed := c.at[name]; !placed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Submit asks for a container that needs so much, 1 to Most. It is refused if there is one of this name.
func (c *Cluster) Submit(container string, needs int) error {
	if _, there := c.needs[container]; there || needs < 1 || needs > Most || c.needs == nil {
		return model.Refuse("submit %q, which needs %d: it is there (%t), or needs not 1 to %d", container, needs, there, Most)
	}
	c.needs[container] = needs
	return nil
}

// Fits tells whether a pending container has room on a node now.
func (c *Cluster) Fits(container string, node int) bool {
	needs, wanted := c.needs[container]
	_, placed := c.at[container]
	return wanted && !placed && node >= 0 && node < len(c.capacity) && c.used[node]+needs <= c.capacity[node]
}

// Choose is the node with the most room for a container, of equals the first, or ErrUnschedulable. It is a proposal: by
// the time it is bound, things may have changed.
func (c *Cluster) Choose(container string) (int, error) {
	n, ok := Choose(len(c.capacity), func(n int) bool { return c.Fits(container, n) },
		func(n int) int64 { return int64(c.capacity[n] - c.used[n]) })
	if !ok {
		return 0, fmt.Errorf("%w: %q fits on none of %d nodes", ErrUnschedulable, container, len(c.capacity))
	}
	return n, nil
}

// Bind places a container on a node. With ErrConflict it is refused if it is placed, or not wanted any more, or there
// is no room.
func (c *Cluster) Bind(container string, node int) error {
	if !c.Fits(container, node) {
		at, placed := c.at[container]
		return fmt.Errorf("%w: bind %q to node %d: placed %t (on node %d), %d used", ErrConflict, container, node, placed, at, c.Used(node))
	}
	c.at[container] = node
	c.used[node] += c.needs[container]
	return nil
}

// Release takes a container away, placed or pending. It is refused if there is none of this name.
func (c *Cluster) Release(container string) error {
	needs, there := c.needs[container]
	if !there {
		return model.Refuse("release %q: it is not there", container)
	}
	if n, placed := c.at[container]; placed {
		c.used[n] -= needs
	}
	delete(c.needs, container)
	delete(c.at, container)
	return nil
}
