// Package memory models the memory management of one ESXi host, twice: as Go values one could call and as .bh models of the same
// rules, which the checker explores exhaustively. The tests of this package hold the two together: on small instances their
// state graphs are the same graph, and on random runs they agree after every step.
//
//   - MinFree and minfree.bh: how much memory a host wants to keep free.
//   - Monitor and states.bh: the states high, clear, soft, hard and low that tell how short of memory it is.
//   - Host and reclaim.bh: page sharing, ballooning, compression, swapping and blocking, in that order, down to each
//     machine's target, never below its reservation; and the same of a machine above its limit.
//   - Rho, Victim, Targets, Pool and tax.bh: whose page goes, by min-funding revocation with the idle memory tax.
//   - Admission and swapfile.bh: what must be there for a machine to be powered on.
//   - Frames, sharing.bh and frames.bh: which pages may lie in one frame, copy on write, and what the tables of machines and
//     devices may reach.
//
// Everything is a plain value: no clock, no randomness, no floating point. A step that the present state does not allow returns
// an error that wraps model.ErrRefused, and changes nothing; where the vSphere API has a name for it, the error is a Fault.
// Constructors and steps return an error for numbers that name nothing; a question about a machine or page that there is not is a
// programmer's error, and panics with a sentence that names it.
//
// Where published sources disagree, or say nothing, there is a parameter: the first step of the minFree scale (Basis), what a
// mark of a state means (Rule), the mark of high and the margin between entering and leaving a state (Marks), and the caps of the
// balloon and of the compression cache (Caps).
package memory
