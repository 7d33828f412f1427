// Package sched models the classic ways to share one processor among jobs, as schedulers one could call and as .bh
// models of them; the tests hold the two together. (Those of an ESXi host are in model/esxi/cpu.)
//
//   - RoundRobin and round_robin.bh: a quantum for each job in turn, with the cost of switching: how long a job waits
//     for its turn and for its end, and what switching costs in all.
//   - Ageing and ageing.bh: priorities that rise while a job waits, and how long the lowest one waits.
//   - WorstError and proportional.bh: how far stride scheduling lets a job get off its share; it is more than one quantum.
//   - Deadlines and deadlines.bh: earliest deadline first for any set of jobs, and the overloads in which every
//     schedule is late.
//   - Recurring, periodic.bh, and the tests of task sets before they run: Load, FeasibleEDF, ResponseTimes, LiuLayland,
//     Hyperbolic.
//
// A scheduler is a plain value: no clock, no randomness, no floating point. Time is counted in ticks, whose length is
// the caller's. A step that the present state does not allow returns an error that wraps model.ErrRefused, and changes
// nothing. What is asked about a job that is not there is zero. Constructors refuse numbers above Most, which keeps all
// sums and products within an int64.
package sched
