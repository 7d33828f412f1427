// Package coq makes developments for the Coq proof assistant from models. In one, the model is an abstract syntax tree of the
// language, whose meaning is defined once, in theories; a theorem for each property of states and of steps says that it is true of
// every reachable state. Coq's kernel proves it by exploring the model itself, with a checker that theories prove sound: nothing of
// the engine or of the interpreter is trusted, nor is this package but for the tree that it writes.
//
// Export makes a Development of a program and of what a search found of it. What was found is a guess that Coq decides: with a wrong
// number of states or a wrong verdict the development does not compile.
package coq
