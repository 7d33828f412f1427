// Package vmfs models how ESXi hosts share the files of a VMFS datastore, each part twice: as values one could call and as .bh
// models of the same, which the checker explores exhaustively. The tests of this package hold the two together: on small
// instances their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Sector and ats.bh: hosts take a lock at the same time by atomic test and set.
//   - Volume and locks.bh: heartbeats, locks of hosts that are dead or seem to be, and what keeps two of them from writing to
//     one virtual disk: that writes on their way are fenced, that a host checks the generation of its heartbeat before it
//     goes on, and that an isolated host powers off.
//
// The sources are the VMware knowledge base, article 330024 (VMFS heartbeat and usage of ATS; formerly 52879), and the vSphere Web
// Services API. They are plain values: time is counted in ticks by whoever owns one. A step that the present state does not allow
// returns an error that wraps model.ErrRefused, and changes nothing. A question about a host that there is not is a
// programmer's error, and panics.
package vmfs
