// Package cgroup models control groups of the Linux kernel, version 2, twice: as Go values, and as .bh models of the same
// rules, which the checker explores exhaustively. The tests of this package hold the two together: on small instances
// their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Hierarchy and hierarchy.bh: controllers from the top, where processes may be, threaded subtrees and delegation.
//   - Pids and pids.bh: the number of processes, over a tree.
//   - Memory and cgroup.bh: memory accounting and the out-of-memory killer over a tree of cgroups.
//
// Everything is a plain value. A step that the present state does not allow returns an error and changes nothing. The model
// texts are in Models.
//
// One rule for numbers that name nothing: steps refuse them with an error; questions that have a no for an answer answer
// no; the other questions panic with a sentence that names the number. NewMemory, whose limits may be a user's, returns an
// error.
//
// Source, cited where the rules stand: Linux, Documentation/admin-guide/cgroup-v2.rst.
package cgroup
