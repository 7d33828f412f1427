// Package docker models what a container engine keeps apart, twice: as Go values one could build an engine or an
// admission check on, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this
// package hold the two together: on small instances their state graphs are the same graph, and on random runs they agree
// after every step.
//
//   - Container and lifecycle.bh: the life of a container, from create to rm, and what it holds on the way.
//   - Namespaces and namespaces.bh: which of the eight kinds of namespace containers share with one another and with
//     the host, against a policy of what they may.
//   - PIDs and pids.bh: who sees whose processes in a tree of PID namespaces.
//   - Memory and cgroup.bh: memory accounting and the out-of-memory killer over a tree of cgroups.
//
// Everything is a plain value: no clock, no randomness, no system call, no floating point. A step that the present state
// does not allow returns an error and changes nothing, as runtime-spec demands ("environment as though the operation was
// never attempted"). The model texts are in Models.
//
// One rule for numbers that name nothing: steps refuse them with an error; questions that have a no for an answer (Up, Of,
// Alive, Home, In, Within, Number and their like) answer no; the other questions panic with a sentence that names the
// number, as do NewNamespaces and NewPIDs for a room that cannot be. NewMemory, whose limits may be a user's, returns an
// error.
//
// Sources, cited where the rules stand: the OCI runtime specification 1.3.0 (runtime.md, config-linux.md); the Moby
// engine, v2.0.0-beta.24 (daemon/start.go, stop.go, pause.go, kill.go, delete.go, monitor.go, container/state.go); Linux
// namespaces(7), pid_namespaces(7) and Documentation/admin-guide/cgroup-v2.rst.
package docker
