// Package namespace models the namespaces of the Linux kernel, which give a container its own view of the host, twice: as
// Go values, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold
// the two together: on small instances their state graphs are the same graph, and on random runs they agree after every
// step.
//
//   - Namespaces and namespaces.bh: which of the eight kinds of namespace containers share with one another and with
//     the host, against a policy of what they may. Thing and IsolatedBy: what each kind isolates, and what none does.
//   - PIDs and pids.bh: who sees whose processes in a tree of PID namespaces.
//   - IDMap and idmap.bh: the uid_map of a user namespace, and that of one below.
//   - Users and users.bh: user namespaces that anybody may make, who may write their maps, and over what one has capabilities.
//   - Lifetimes and lifetime.bh: what holds a namespace, and that it lives as long.
//
// Everything is a plain value. A step that the present state does not allow returns an error and changes nothing; those of the last
// three have the name that the kernel gives it (package errno). The model texts are in Models.
//
// One rule for numbers that name nothing: steps refuse them with an error; questions that have a no for an answer (Alive,
// Home, In, Within, Number, Capable, There and their like) answer no; the other questions panic with a sentence that names the
// number, as do NewNamespaces and NewPIDs for a room that cannot be.
//
// Sources, cited where the rules stand: Linux namespaces(7), pid_namespaces(7), user_namespaces(7), setns(2); the OCI runtime
// specification 1.3.0 (config-linux.md); the Moby engine, v2.0.0-beta.24.
package namespace
