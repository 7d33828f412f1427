// Package deploy models how changes are rolled out, as controllers one could call and as .bh models of them; the tests
// hold the two together.
//
//   - Fenceposts and fenceposts.bh: the numbers that Kubernetes makes of maxSurge and maxUnavailable.
//   - Deployment and rolling.bh: the rolling update of a Kubernetes Deployment, with rollback, rollover, and the
//     deadline for progress.
//   - Workspace and apply.bh: planning a change of infrastructure and applying it, with a lock, stale plans, and runs
//     that fail or are killed.
//
// A controller is a plain value: no clock, no cluster. A step that the present state does not allow returns an error
// that wraps model.ErrRefused, and changes nothing. What is asked about something that is not there is zero.
// Constructors refuse numbers above Most.
package deploy

// Most is the greatest number that constructors take: of replicas, percent, revisions, ticks, resources.
const Most = 1 << 20
