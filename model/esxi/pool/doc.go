// Package pool models the resource pools of one ESXi host or DRS cluster, as a library one could call and as .bh models of the
// same rules, which the checker explores exhaustively. The tests of this package hold the two together.
//
//   - Divide and entitlement.bh: how the capacity of a pool is divided among its children by reservations, limits and shares.
//   - Tree.Entitled and nested.bh: the same from the root down, where a reservation is worth the same at any depth.
//   - Tree and admission.bh: which power-ons and pools are admitted, where pools borrow from their parents.
//   - Tree and siblings.bh: what owners of pools side by side can do to each other, and how fixed reservations prevent it.
//   - Tree.Weight and shares.bh: fixed and scalable shares, and what a machine is worth in pools of different priority.
//
// CPU is in MHz and memory in MB. All is exact: whole numbers, and rationals where shares divide them. A step that the
// present state does not allow returns an error that wraps model.ErrRefused, and changes nothing; where the vSphere API has
// a fault for it, the error carries its name. A question about a pool or machine that is not there is a programmer's error,
// and panics with a sentence that names it.
//
// Each claim of the models stands beside a seeded mistake that violates it. Package failures has what goes wrong when the
// conditions of the claims are not met.
package pool
