// Package access models the classics of access control, twice: as Go values, and as .bh models of the same rules, which the
// checker explores exhaustively. The tests of this package hold the two together: on small instances their state graphs are the
// same graph, and on random runs they agree after every step.
//
//   - Roles and roles.bh: role-based access control with sessions, hierarchies, separation of duty, and administration by which
//     nobody raises itself.
//   - Label, Monitor and monitor.bh: Bell and LaPadula's reference monitor on a lattice of levels and categories and, turned over,
//     Biba's; and what flows where.
//   - Log, Mediator and audit.bh: complete mediation, a log written ahead of what is done, and a hash chain that shows what was
//     changed.
//   - Usage and least.bh: what is granted and never used.
//
// Everything is a plain value. A step that the present state does not allow returns an error that wraps model.ErrRefused, and
// changes nothing.
package access
