// Package engine models the life of containers in a Docker engine, twice: as Go values one could build an engine or an
// admission check on, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this
// package hold the two together: on small instances their state graphs are the same graph, and on random runs they agree
// after every step.
//
//   - Container and lifecycle.bh: the life of a container, from create to rm, and what it holds on the way.
//
// Everything is a plain value: no clock, no randomness, no system call, no floating point. A step that the present state
// does not allow returns an error and changes nothing, as runtime-spec demands ("environment as though the operation was
// never attempted"). The model texts are in Models.
//
// Sources, cited where the rules stand: the OCI runtime specification 1.3.0 (runtime.md); the Moby engine, v2.0.0-beta.24
// (daemon/start.go, stop.go, pause.go, kill.go, delete.go, monitor.go, container/state.go).
package engine
