// Package cpu models how the Linux kernel gives out processor time among control groups, version 2, and tasks, twice: as Go
// values, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold the
// two together: on small instances their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Bandwidth and bandwidth.bh: cpu.max with its periods and bursts, and what a parent's limit makes of a child's. Max has
//     the bounds: what is had in any interval, and how long a request is held up.
//   - Slices and slices.bh: how the time of a quota gets to processors, and what was lost on the way before Linux 5.4.
//   - Max.WorstDelay and requests.bh: what a quota does to the time of a request that several threads serve.
//   - Weights and weights.bh: cpu.weight, the exact division of processors among the active groups of a tree.
//   - EEVDF and eevdf.bh: the scheduler that comes close to that division, and how close.
//
// Everything is a plain value, and exact: whole microseconds and ticks, and fractions of big.Rat. A step that the present state
// does not allow returns an error and changes nothing. The model texts are in Models.
//
// One rule for numbers that name nothing: steps refuse them with an error; questions that have a no for an answer answer
// no; the other questions panic with a sentence that names the number. Constructors, whose settings may be a user's, return
// errors.
//
// Sources, cited where the rules stand: Linux, Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst
// and sched-eevdf.rst, kernel/sched/fair.c.
package cpu
