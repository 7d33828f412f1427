// Package inductive proves invariants of a model by induction: from the states in which they hold, each action alone leads to
// such states. Nothing is explored, so that constants, such as the number of machines or a capacity, may be left open: the proof
// is then one for all of their values.
//
// # Obligations
//
// A model becomes terms of first-order logic over integers (Term): each part of a variable is a function of the keys
// above it, so that `host: map[VM]option[Host]` is two functions, host.tag and host.some, of a VM. For each action and each claim there is one
// obligation, made by substitution: the claim after the action, written over the state before it. There is never a
// relation between two states. The claims are the model's invariants and bounds; that values stay in their types, which is what a store with a
// fault asks for; that no expression faults, in guards, bodies and claims; and the step properties and ensures.
//
// # Solvers
//
// z3 and cvc5 are asked as processes and trusted no further than a reader likes: where both are installed, both answer. A state
// that breaks an obligation is shown only once an interpreter has taken the step and found the claim broken (Confirm).
package inductive
