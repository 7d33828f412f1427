// Package seccomp models the filters that a Linux process may have put over its system calls, as Go values and as a .bh model of the
// same rules. The tests of this package hold the two together.
//
//   - Filter: rules over names and arguments of calls, as container engines write them.
//   - Stack and stack.bh: the filters of a process, of which the strictest answer counts; who may attach one, and that what is
//     attached stays.
//
// Everything is a plain value. The model text is in Models.
//
// Sources, cited where the rules stand: seccomp(2); kernel/seccomp.c of Linux; runtime-spec 1.3.0, config-linux.md.
package seccomp
