package model

// Refiner is an ability of a Runner whose system has properties of kind Refines.
//
// A Refines property is that the system simulates into an abstract one, up to stuttering, by a function of states, the refinement
// mapping (Abadi and Lamport, The Existence of Refinement Mappings, 1991): it maps every initial state to an initial state of the
// abstract system, and the states before and after every step between reachable states to two between which the abstract system
// has a step, or to the same one. Then, what the abstract system does not distinguish from repeating a state taken away, every run is
// mapped to a run of it. Its invariants are true of all mapped states, and what it claims of steps is true of all mapped ones that
// change something. Nothing is said of fairness by it: what the abstract system does in the end, the system need not do, unless it has
// properties of kind LTL that say so, those that are Refined; see RunProperty.
//
// Holds says of a state whether it is mapped to an initial state, and HoldsStep of the transition being emitted whether it is mapped
// to a step or to no change. An explorer asks Holds of initial states only. A mapping that has no value is a fault.
type Refiner interface {
	// Abstract gives what the mapping of property p makes of a state, by the variables of the abstract system: of one of kind Refines,
	// or of one of runs that is Refined. It may move the
	// Runner to another state.
	Abstract(p PropertyID, s State) ([]Binding, *Fault)
}
