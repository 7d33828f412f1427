package model

// Symmetric is an ability of a System: states that differ only in the names of interchangeable identities, such as those
// of three virtual machines that nothing tells apart, lead to such states by the same actions and agree on all properties.
// Its Runners are Canonizers.
type Symmetric interface {
	System
	Symmetries() Symmetries
}

// Symmetries is what may be permuted: all permutations within each of Kinds. Where there are none, Reason says why.
type Symmetries struct {
	Kinds  []Symmetry
	Reason string // such as "there is no symmetric type"
}

// Symmetry is a kind of interchangeable identities.
type Symmetry struct {
	Name string
	Size int // how many there are
}

// Canonizer is an ability of a Runner: to find one state that stands for all that permutations make of it, its orbit. A
// permutation lists for every identity, of all kinds in the order of Kinds, the number of the one that it becomes.
type Canonizer interface {
	// Canonize replaces s by a state of its orbit. If it is exact, this is the same one for every state of the orbit.
	// Where by is not nil, the permutation that does it is written there. The current state does not change.
	Canonize(s State, by []uint16) (exact bool)

	// Permute replaces s by what a permutation makes of it.
	Permute(s State, by []uint16)
}
