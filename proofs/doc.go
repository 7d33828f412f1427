// Package proofs makes evidence of verdicts that another, smaller program can check: certificates. It never sees the
// engine that found the verdict, and verifying one needs nothing of it but the file.
//
// A certificate of safety is the set of reachable states. Whoever has it need not search: it is enough that every initial
// state is in the set, that every step from a state of it leads into it, and that every property is true of each of its
// states and steps; by induction these are then true of every run. So that the counts of the report are certified too,
// the set says how far each state is from an initial one: no step may lead farther than one more, and each state but the
// initial ones must be reached from a nearer one. The set is then exactly the reachable one, and its depths are exact.
//
// Of whole runs there is evidence that is checked on each step alone, too: how far away is what can be reached (see ranks), an order with
// reasons why no fair run makes a formula false (levels), and what is left of a wait (waits). Prove finds it, and need not be trusted.
//
// Of domains there is a partition of the states for each that is protected, with the unwinding conditions checked on each step (unwinding).
//
// A certificate of a violation is a run of the system to it, which may be repeated for ever (lasso), or two side by side (Experiment).
//
// Verify runs the system that it is given. For a model of the language that is its plain interpreter
// (spec.Program.Plain), which shares nothing with the compiled code, the tables and the storage of the engine but the
// front of the language; README.md in this folder says what is trusted.
package proofs
