// Package memory models the memory settings of control groups of Linux, version 2, that do not simply limit, twice: as Go values,
// and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold the two
// together. Accounting and memory.max are in package cgroup.
//
//   - Protection and protect.bh: memory.min and memory.low, what they are worth below other groups, and in which order
//     memory is taken.
//   - Throttle and high.bh: memory.high, which throttles and never kills, and how a process can be held by it for ever.
//   - OOM and oom.bh: whom the out-of-memory killer takes, with memory.oom.group and oom_score_adj.
//
// Everything is a plain value, in whole pages. A step that the present state does not allow returns an error and changes nothing.
// The model texts are in Models. Questions about groups that there are not panic with a sentence that names the number.
//
// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst; mm/memcontrol.c; mm/page_counter.c; mm/oom_kill.c.
package memory
