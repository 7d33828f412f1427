// Package lrup checks that a formula in conjunctive normal form has no model. Check is the checker: one file, which needs nothing
// else of this package, reads the formula and the proof as text (DIMACS, LRAT), and searches for nothing. Trim makes such proofs of
// those that SAT solvers write, which have no hints; nobody need trust it.
package lrup
