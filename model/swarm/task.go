package swarm

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// State is how far a task is. States only increase (swarmkit api/types.proto, TaskState): to run something again is a new task.
type State int

// The states, by what swarmkit numbers them in steps of 64.
const (
	New State = iota
	Pending
	Assigned
	Accepted
	Preparing
	Ready
	Starting
	Running
	Complete
	Shutdown
	Failed
	Rejected
	Removed
	Orphaned
)

var stateNames = [...]string{
	"new", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running", "complete", "shutdown", "failed", "rejected",
	"remove", "orphaned",
}

// String gives the name that docker service ps shows.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("state(%d)", int(s))
	}
	return stateNames[s]
}

// Number is that of api/types.proto, -1 for what is no state.
func (s State) Number() int {
	if s >= New && s <= Orphaned {
		return [...]int{0, 64, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 800, 832}[s]
	}
	return -1
}

// Task is one attempt to run a replica of a service.
type Task struct {
	ID      int
	Service string
	Slot    int    // of a replicated service, from 1
	Node    string // "" until it is assigned
	State   State  // as the managers know it
	Desired State  // Running, or Shutdown
	// Alive says whether its container runs, which the managers do not know while the node is down.
	Alive bool
}

// active tells whether a task counts for its node: it is assigned, and has not ended, as far as the managers know, and shall run.
func (t Task) active() bool { return t.Node != "" && t.State <= Running && t.Desired <= Running }

// holds tells whether a task's reservations are taken on its node.
func (t Task) holds() bool { return t.Node != "" && t.State <= Running }

// Advance changes a state upward.
func (t *Task) Advance(to State) error {
	if to <= t.State || to > Orphaned {
		return model.Refuse("task %d: %s does not come after %s", t.ID, to, t.State)
	}
	t.State = to
	return nil
}
