package replica

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Counter is one replica of a counter: it has a number for each node, and raises its own alone; joining two takes the
// greater of each (G-Counter: M. Shapiro, N. Preguica, C. Baquero and M. Zawirski, INRIA RR-7506, 2011).
//
// What it guarantees, checked in counter.bh: nothing is counted twice or forgotten, and whoever has joined all rows has
// the whole sum.
//
// The zero Counter has no node; make one with NewCounter.
type Counter struct {
	node Node
	row  []int // by Node-1
}

// NewCounter makes the replica of a node among so many.
func NewCounter(node Node, of int) (Counter, error) {
	if err := nodes(of); err != nil {
		return Counter{}, err
	}
	if err := known(node, of); err != nil {
		return Counter{}, fmt.Errorf("a counter of %d nodes: %w", of, err)
	}
	return Counter{node: node, row: make([]int, of)}, nil
}

// Clone returns an independent copy.
func (c *Counter) Clone() Counter { return Counter{node: c.node, row: slices.Clone(c.row)} }

// Value is the sum of all that the replica knows of.
func (c *Counter) Value() int {
	sum := 0
	for _, n := range c.row {
		sum += n
	}
	return sum
}

// Row is what is sent to others: what each node has raised, as far as this one knows. The caller may keep it.
func (c *Counter) Row() []int { return slices.Clone(c.row) }

// Raise counts n, 0 at least. It is refused if a node would have raised more than Most.
func (c *Counter) Raise(n int) error {
	if c.node == 0 || n < 0 || n > Most-c.row[c.node-1] {
		return model.Refuse("node %d raises the counter by %d", c.node, n)
	}
	c.row[c.node-1] += n
	return nil
}

// Join takes in a row of another replica. It is refused if it is none of a counter of so many nodes.
func (c *Counter) Join(row []int) error {
	if len(row) != len(c.row) || slices.ContainsFunc(row, func(n int) bool { return n < 0 || n > Most }) {
		return model.Refuse("join a row of %d numbers: want %d of 0 to %d", len(row), len(c.row), Most)
	}
	for i, n := range row {
		c.row[i] = max(c.row[i], n)
	}
	return nil
}
