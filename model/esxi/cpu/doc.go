// Package cpu models the CPU scheduling of one ESXi host, twice: as schedulers one could call and as .bh models of the
// same schedulers, which the checker explores exhaustively. The tests of this package hold the two together: on small
// instances their state graphs are the same graph, and on random runs they agree after every step.
//
//   - RoundRobin and round_robin.bh: weighted round-robin of single-vCPU virtual machines on the physical CPUs of a host that may
//     crash, with suspension and resumption.
//   - Stride and stride.bh: proportional share of one physical CPU by stride scheduling, with early yields, suspension
//     and resumption.
//   - CoScheduler and coschedule.bh: relaxed co-scheduling of the vCPUs of one machine: how far one may get ahead of its
//     siblings, and what it costs the others that one waits.
//   - Cores and sidechannel.bh: what may run at the same time on the hardware threads of a core, under the default scheduler and
//     the two side-channel-aware ones, and what a machine can read there on a processor with the L1 terminal fault.
//   - Dispatcher and dispatch.bh: reservations, limits and shares: who is below its reservation goes first, then who has used
//     least per share, who has had its limit waits.
//   - NUMA and numa.bh: home nodes, wide machines, and when a client moves from one node to another.
//
// A scheduler is a plain value: no clock, no randomness, no floating point. Whoever owns it feeds it what happened (a
// tick, a wake-up, the end of a quantum) and asks it what to run next. A step that the present state does not allow
// returns an error that wraps model.ErrRefused, and changes nothing. Advanced options have the names, units, ranges and defaults
// that ESXi gives them; where its sources leave something open, the types say what is assumed.
//
// One rule for numbers that name nothing: constructors and steps return an error; a question about a machine or CPU that
// the scheduler has not got is a programmer's error, and panics with a sentence that names it.
//
// The model texts are in Models. Each states what the scheduler guarantees: that no virtual machine runs on two CPUs, or
// while it is off or suspended, that the ready queue holds exactly the ready machines, how far two machines' service may
// drift from their shares, that no ready machine starves, and how long it may wait. Each guarantee stands beside a seeded
// fault that violates it. Failures of real hosts that follow from these models are in package failures.
package cpu
