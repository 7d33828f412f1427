// Package replica models copies that have to agree, as values one could call and as .bh models of them; the tests hold
// the two together.
//
//   - Store and lww.bh: a replicated store in which the last writer wins, by stamps of a counter and a node. Numbers of
//     writes alone do not do.
//   - Counter and counter.bh: a counter that replicas raise without asking each other, and join.
//   - Commit and two_phase.bh: two-phase commit with messages and crashes, which is safe, and blocks while the
//     coordinator is down; atomic.bh says what it is for.
//
// Values are plain: no clock, no network. Whoever owns them carries updates, rows and messages from one to another, in
// any order, late, or more than once. A step that the present state does not allow returns an error that wraps
// model.ErrRefused, and changes nothing. What is asked about something that is not there is zero. Constructors refuse
// numbers above Most.
package replica

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Most is the greatest number of nodes and participants, of a write, and of what a node can raise.
const Most = 1 << 20

// Node numbers a replica, or a participant, from 1.
type Node int

func nodes(n int) error {
	if n < 1 || n > Most {
		return fmt.Errorf("got %d nodes, want 1 to %d", n, Most)
	}
	return nil
}

func known(n Node, of int) error {
	if n < 1 || int(n) > of {
		return model.Refuse("got node %d, want 1 to %d", n, of)
	}
	return nil
}
