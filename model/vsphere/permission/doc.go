// Package permission models authorization in a vCenter: which privileges a user has on which entity of the inventory,
// who may change that, and what operations need.
//
// Authorization holds an inventory, users with their groups, roles and permissions. Deciding tells which permissions
// decide for a user and an entity, Effective what it may do, Check whether it meets the needs of an operation, and Set
// and Remove change permissions as the vSphere API does, with its faults. The .bh models say what can come of it:
//
//   - evaluate.bh: the evaluation of permissions, by the nearest, by users before groups, and along two parents; and how
//     a permission that is added takes rights away.
//   - administer.bh: delegated administration: who raises itself, and how a vCenter is left without anybody who may
//     change a permission.
//   - migrate.bh: an operation that needs privileges on several objects.
//
// Points on which the API reference and the manual differ are Rules. A call that is refused returns a *Fault with the
// name that the vSphere API gives it, which wraps model.ErrRefused; it changes nothing. Questions about users and
// entities that there are not panic with a sentence.
package permission
