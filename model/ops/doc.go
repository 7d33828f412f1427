// Package ops models the operation of a cluster, as values one could call and as .bh models of them; the tests hold the
// two together.
//
//   - Alert and alert.bh: an alert with hysteresis, which is raised once, acknowledged, escalated and cleared.
//   - Cluster and orchestrator.bh: placing containers on nodes by several schedulers that do not talk to each other;
//     the cluster looks again before it binds, and keeps a record of what it has placed.
//   - Choose and choose.bh: the best of the nodes that are fit, whatever the scores are.
//
// Values are plain: no clock, no randomness, no floating point. A step that the present state does not allow returns an
// error that wraps model.ErrRefused, and changes nothing. What is asked about something that is not there is zero.
// Constructors refuse numbers above Most.
package ops

// Most is the greatest number that constructors take: of samples, nodes, units of capacity.
const Most = 1 << 20
