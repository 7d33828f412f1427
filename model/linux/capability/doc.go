// Package capability models the capabilities of Linux processes and what execve and the calls of a process make of them, twice:
// as Go values, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold the
// two together: on small instances their state graphs are the same graph, and on random runs they agree after every step.
//
//   - Set and Cap: sets of the 41 capabilities.
//   - Cred and exec.bh: the five sets of a process, its users, its securebits and no_new_privs: execve, capset, prctl, setresuid.
//
// Over what a process has its capabilities, user namespaces decide: see package namespace.
//
// Everything is a plain value. A call that the kernel refuses returns an error of package errno and changes nothing. The model
// texts are in Models.
//
// Sources, cited where the rules stand: capabilities(7), execve(2), capset(2), prctl(2), setresuid(2); security/commoncap.c of
// Linux.
package capability
