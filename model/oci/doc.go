// Package oci models the runtime half of the Open Container Initiative's runtime specification, twice: as Go values that a
// runtime could be built or tested on, and as .bh models of the same rules, which the checker explores exhaustively. The tests
// of this package hold the two together: on small instances their state graphs are the same graph, and on random runs they agree
// after every step.
//
//   - Runtime, lifecycle.bh and containers.bh: the operations state, create, start, kill and delete with their conditions, the
//     thirteen steps of a container with its hooks, what it makes on the host and gives back. Profile says where runc departs from
//     the specification.
//   - Resolve and namespaces.bh: the namespaces in which the process of a container runs, as config.json lists them.
//   - Conform: what a trace of operations and their answers breaks of the specification's MUSTs, each by name. It knows nothing of
//     Runtime, so that it judges any runtime.
//
// Everything is a plain value: no clock, no randomness, no system call, no floating point. What the present state does not allow
// is answered by an Error, which has the name that runc gives it and wraps model.ErrRefused, and changes nothing. The model texts
// are in Models.
//
// Sources, cited where the rules stand: the OCI runtime specification 1.3.0 (runtime.md, config.md, config-linux.md); runc 1.5.2
// (delete.go, start.go, libcontainer/state_linux.go, container_linux.go, process_linux.go, standard_init_linux.go, configs/config.go).
package oci
