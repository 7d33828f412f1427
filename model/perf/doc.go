// Package perf models performance: what can be proved of it by counting on a state graph, and what follows in the mean once
// each step has a rate.
//
//   - Guest, Worst and exits.bh: how long a piece of guest work takes while exits, interrupts and switches of worlds take its CPU away,
//     exactly; Slowdown and Interval: the same from counts per window and costs that are known as intervals.
//   - Space, Walker and walk.bh: the references to memory of a page walk, through nested tables and without.
//   - Chain: the Markov chain of any system whose actions have rates, with its long-run behaviour and mean times until something
//     happens, by exact fractions or, for more states, in floating point with a bound for the error.
//   - Queue, ErlangB, ErlangC, Network, station.bh and closed.bh: M/M/c queues with and without a limit, and closed
//     networks by mean value analysis.
//   - AtLeast, Byzantine, MeanLife and redundancy.bh: reliability of parts that fail independently.
//   - Amdahl, Gustafson and Scalability: what more processors are worth.
//   - Loop and converge.bh: how soon a control loop is at its goal.
//
// Live migration by pre-copy is Precopy of package vmotion, and moves that balance load are in package drs.
//
// Bounds are exact: whole numbers and fractions. Floating point is in Approximation only, whose error is bounded. Means say
// nothing of a single case, and those of queues and chains hold for times that are exponentially distributed and
// independent, which must be known from elsewhere. Nothing here is measured: rates, costs and probabilities are given by who
// asks.
package perf
