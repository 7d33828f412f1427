package controller

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// The values of the ReplicaSet controller (pkg/controller/replicaset, BurstReplicas; pkg/controller, ExpectationsTimeout).
const (
	BurstReplicas       = 500
	ExpectationsTimeout = 300_000 // ms
)

// MaxReplicas bounds counts of pods.
const MaxReplicas = 1 << 31

// Replicas is what the ReplicaSet controller remembers of one ReplicaSet: how many creations and deletions it has asked for and not
// yet seen. Until it has, or a timeout is over, it does nothing, since its cache does not show what it has done itself
// (pkg/controller/controller_utils.go, ControllerExpectations). The zero Replicas expects nothing.
type Replicas struct {
	Creations, Deletions int   // expected and not seen
	age                  int64 // ms since something was expected
}

// Plan is what a sync does.
type Plan struct{ Create, Delete int }

// Settled tells whether a sync may do anything: all that was expected was seen, or the timeout is over.
func (r *Replicas) Settled() bool {
	return r.Creations <= 0 && r.Deletions <= 0 || r.age > ExpectationsTimeout
}

// Sync compares what is desired with what the cache shows, and says what to create or to delete, at most burst at a time: nothing
// while not all is seen that was expected. It looks at how things are, not at what has happened: called twice it does no more
// than once. What it says is expected from then on.
func (r *Replicas) Sync(desired, cached, burst int) (Plan, error) {
	if desired < 0 || desired > MaxReplicas || cached < 0 || cached > MaxReplicas || burst < 1 {
		return Plan{}, fmt.Errorf("got %d desired, %d seen, %d at a time, want 0 to %d, and at least 1 at a time", desired, cached, burst, int64(MaxReplicas))
	}
	if !r.Settled() {
		return Plan{}, nil
	}
	plan := Plan{}
	if desired > cached {
		plan.Create = min(desired-cached, burst)
	} else {
		plan.Delete = min(cached-desired, burst)
	}
	if plan != (Plan{}) {
		*r = Replicas{Creations: plan.Create, Deletions: plan.Delete}
	}
	return plan, nil
}

// SeenCreation says that the cache shows a pod more, or that one could not be created.
func (r *Replicas) SeenCreation() { r.Creations = max(0, r.Creations-1) }

// SeenDeletion says that the cache shows that a pod ends, or that one could not be deleted.
func (r *Replicas) SeenDeletion() { r.Deletions = max(0, r.Deletions-1) }

// Advance lets so many ms pass.
func (r *Replicas) Advance(ms int64) error {
	if ms < 1 || ms > maxTime {
		return model.Refuse("got %d ms, want 1 to %d", ms, int64(maxTime))
	}
	r.age = min(r.age+ms, ExpectationsTimeout+1) // longer makes no difference
	return nil
}
