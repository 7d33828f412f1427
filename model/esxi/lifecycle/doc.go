// Package lifecycle models the life of virtual machines on ESXi hosts, each part twice: as values one could call and as .bh
// models of the same, which the checker explores exhaustively. The tests of this package hold the two together: on small
// instances their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Accepts, After and table.bh: the power states and which operation leads from which to which.
//   - Host and power.bh: power operations as tasks, guests that do as they like, templates, registration, and the maintenance mode
//     of the host.
//   - View and connection.bh: connection states, and what may be concluded from them and from the power state last seen.
//     Disconnected does not mean stopped.
//   - Cluster and incarnations.bh: what a failure of a host or of a network does to a machine, and what vCenter and vSphere HA may
//     conclude from it.
//   - Disk and disks.bh: snapshots as a tree of deltas.
//   - Snapshots and snapshots.bh: what snapshots hold of memory and power state, and what reverting does.
//
// They are plain values: no clock, no randomness. Whoever owns one tells it what happens. An operation that the present state
// does not allow returns a Fault with the name that the vSphere API has for it; it wraps model.ErrRefused, and nothing has changed.
// A question about a machine, a host or a block that there is not is a programmer's error, and panics.
package lifecycle
