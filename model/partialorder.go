package model

// Reducible is an ability of a System: to leave out steps whose order does not matter, so that an explorer meets fewer
// states and still decides the same about states, steps, ends and faults (partial-order reduction). Its Runners are
// Reducers.
type Reducible interface {
	System
	// Irreducible says why no steps can be left out, or gives "".
	Irreducible() string
}

// Reducer is an ability of a Runner: to emit the successors of a state in two parts.
//
// The first part belongs to a subset of the instances that is persistent: whatever the others do, one after another and
// from this state on, none of them changes what one of the subset does, or enables one that was not enabled, and each of
// the subset that is taken before them leaves them and what they lead to as they would have been, but for its own change. A
// subset that has an instance with a successor therefore loses no end and, if it is not taken again and again without
// coming any further, no step at all: see package checker for how an explorer sees to that.
type Reducer interface {
	// Preserve says which properties are undecided: the reduction keeps them. Deadlock and FaultFree are always kept. Of the
	// Step and Ensures properties the first call decides, for good; later ones may only leave properties out.
	Preserve(properties []bool)

	// NextSome is Next for a persistent subset of the instances. It reports whether it left anything out, which is a
	// function of the state and of what is preserved.
	NextSome(emit func(l Label, t State, f *Fault)) (rest bool)

	// NextRest is Next for all other instances, in the same state, after NextSome.
	NextRest(emit func(l Label, t State, f *Fault))

	// Silent tells, while NextSome emits t, whether the step to it changes nothing that an Invariant, Reachable or Bound
	// property reads that is preserved.
	Silent(t State) bool
}
