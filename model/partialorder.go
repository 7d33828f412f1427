package model

// Reducible is an ability of a System: to leave out steps whose order does not matter, so that an explorer meets fewer
// states and still decides the same about states, steps, ends and faults (partial-order reduction). Its Runners are
// Reducers.
type Reducible interface {
	System
	// Irreducible says why no steps can be left out, or gives "".
	Irreducible() string
}

// Reducer is an ability of a Runner: to emit the successors of a state in parts.
//
// What has been emitted after each part belongs to a subset of the instances that is persistent: whatever the others do,
// one after another and from this state on, none of them changes what one of the subset does, or enables one that was not
// enabled; and one of the subset that is taken before them leaves them and what they do as they were. At least one has a
// successor, unless the state has none. The subset is sufficient if, besides, nothing preserved can happen without it: on
// every run from this state to another one in which a preserved property of states reads something else, or to a step that
// faults or violates a preserved property of steps, one of the subset is taken. Package checker says what follows from that.
type Reducer interface {
	// Preserve says which properties are undecided: the reduction keeps them. Deadlock and FaultFree are always kept. Later
	// calls may only leave properties out. What there is to preserve in the first call may show in what is emitted then.
	Preserve(properties []bool)

	// NextSome is Next for a persistent subset of the instances. It reports whether anything was left out although the
	// subset is not sufficient. All this is a function of the state and of what is preserved.
	NextSome(emit func(l Label, t State, f *Fault)) (rest bool)

	// NextMore goes on, in the same state, with what makes a larger persistent subset, and so on until there is no rest.
	NextMore(emit func(l Label, t State, f *Fault)) (rest bool)

	// Silent tells, while t is being emitted, whether the step to it changes nothing that an Invariant, Reachable or Bound
	// property reads that is preserved.
	Silent(t State) bool
}

// RunReducer is an ability of a Reducer of a Temporal system: to keep what properties of kind LTL say of runs, in place of what others
// say of states and steps.
//
// Call an instance visible if it may change, in any state, whether a proposition of such a property is true or faults, or whether some step
// is enabled that a Fairness of the system is about, or if its own steps are such. A subset is then sufficient if every visible
// instance is in it. And a step that a persistent subset has in some state is the same step, and as Silent, wherever the others alone
// lead from there.
type RunReducer interface {
	Reducer

	// PreserveRuns takes the place of Preserve, once: of properties of whole runs, what those of kind LTL say is preserved, and of others
	// whether their propositions fault. Propositions of kind OfStep are not heeded. It reports whether there are instances that are not
	// visible, so that something may be left out.
	// Silent then tells whether a step changes nothing of that which makes instances visible, and is none that a Fairness is about.
	PreserveRuns(properties []bool) (some bool)
}
