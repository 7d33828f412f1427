package hybrid

import (
	"fmt"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Request numbers what a controller asks the host for, from 1.
type Request int

// Coordinator keeps what is promised of a host to virtual machines and to containers, whose controllers know nothing of each other. A
// controller reads, and commits if nothing has changed since (H. T. Kung and J. T. Robinson, On Optimistic Methods for Concurrency
// Control, ACM TODS 6(2), 1981; resourceVersion in the Kubernetes API). All promises together fit the host.
//
// It guarantees that one controller or another gets on, not that a certain one does: coordinator.bh says under which fairness.
//
// The zero Coordinator has nothing to promise; make one with NewCoordinator.
type Coordinator struct {
	capacity int64
	asks     []int64 // by Request-1
	kept     []bool
	fresh    []bool // read, and nothing has changed since
}

// ConflictError is the error of a commit after a change: HTTP 409 Conflict in the Kubernetes API. It wraps model.ErrRefused.
type ConflictError struct{ Request Request }

// Error says what to do.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("request %d: what is promised has changed since it was read: read again", e.Request)
}

// Unwrap gives model.ErrRefused.
func (e *ConflictError) Unwrap() error { return model.ErrRefused }

// NewCoordinator makes one for a host of some capacity, at least 0, without promises. Each request asks for 1 to capacity, in the same
// unit, and all for an int64 at most.
func NewCoordinator(capacity int64, asks []int64) (*Coordinator, error) {
	if capacity < 0 {
		return nil, fmt.Errorf("got a capacity of %d, want at least 0", capacity)
	}
	var sum int64
	for i, a := range asks {
		if a < 1 || a > capacity {
			return nil, fmt.Errorf("request %d: got %d, want 1 to %d", i+1, a, capacity)
		}
		if a > math.MaxInt64-sum {
			return nil, fmt.Errorf("request %d: all up to it ask for more than %d", i+1, int64(math.MaxInt64))
		}
		sum += a
	}
	return &Coordinator{capacity: capacity, asks: slices.Clone(asks), kept: make([]bool, len(asks)), fresh: make([]bool, len(asks))}, nil
}

// Clone returns an independent copy.
func (c *Coordinator) Clone() *Coordinator {
	return &Coordinator{capacity: c.capacity, asks: c.asks, kept: slices.Clone(c.kept), fresh: slices.Clone(c.fresh)}
}

// Promised is what all promises come to.
func (c *Coordinator) Promised() int64 {
	var sum int64
	for i, k := range c.kept {
		if k {
			sum += c.asks[i]
		}
	}
	return sum
}

// Kept tells whether r is promised what it asked for.
func (c *Coordinator) Kept(r Request) bool { return c.has(r) && c.kept[r-1] }

// Fresh tells whether r may be committed: it fitted when it was read, and nothing has changed since.
func (c *Coordinator) Fresh(r Request) bool { return c.has(r) && c.fresh[r-1] }

// Read looks whether r, which is not promised yet, fits beside what is.
func (c *Coordinator) Read(r Request) error {
	switch {
	case !c.has(r):
		return model.Refuse("read request %d: want 1 to %d", r, len(c.asks))
	case c.kept[r-1]:
		return model.Refuse("read request %d: it is promised", r)
	case c.fresh[r-1]:
		return model.Refuse("read request %d: nothing has changed since it was read", r)
	case c.asks[r-1] > c.capacity-c.Promised():
		return model.Refuse("read request %d: got %d, want at most %d", r, c.asks[r-1], c.capacity-c.Promised())
	}
	c.fresh[r-1] = true
	return nil
}

// Commit promises r what it asks for. The error is a *ConflictError if it was not read, or something has changed since.
func (c *Coordinator) Commit(r Request) error {
	if !c.has(r) {
		return model.Refuse("commit request %d: want 1 to %d", r, len(c.asks))
	}
	if !c.fresh[r-1] {
		return &ConflictError{r}
	}
	c.kept[r-1] = true
	clear(c.fresh)
	return nil
}

// Release takes back what was promised to r.
func (c *Coordinator) Release(r Request) error {
	if !c.Kept(r) {
		return model.Refuse("release request %d: nothing is promised", r)
	}
	c.kept[r-1] = false
	clear(c.fresh)
	return nil
}

func (c *Coordinator) has(r Request) bool { return r >= 1 && int(r) <= len(c.asks) }
