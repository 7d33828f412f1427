// Package engine models the life of containers in a Docker engine, twice: as Go values one could build an engine or an
// admission check on, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this
// package hold the two together: on small instances their state graphs are the same graph, and on random runs they agree
// after every step.
//
//   - Container: the life of one container, from create to rm, with Moby's flags, what it holds on the way, and its restart policy.
//     lifecycle.bh looks at several containers without a policy and at what they hold; restart.bh at one with every policy, under a
//     daemon that is shut down, crashes and comes back.
//   - Engine: that daemon and its containers, by name. Options say where versions, configurations and sources differ.
//   - RestartManager and backoff.bh: whether a container that ended is started again, and after how long.
//   - Grace and grace.bh: how long a container has to act on its stop signal.
//
// Everything is a plain value: no clock, no randomness, no system call, no floating point. A step that the present state
// does not allow returns an error and changes nothing, as runtime-spec demands ("environment as though the operation was
// never attempted"): a Refusal with the HTTP code of the engine's answer. The model texts are in Models.
//
// Sources, cited where the rules stand: the OCI runtime specification 1.3.0 (runtime.md); the Moby engine, v2.0.0-beta.24
// (daemon/start.go, stop.go, pause.go, kill.go, delete.go, monitor.go, daemon.go, container/state.go, internal/restartmanager), and
// its tests.
package engine
