package model

// Temporal is an ability of a System: it has properties of whole runs (kinds LTL, Can, Within and Longest). Its Runners
// are Observers.
//
// A run goes on for ever or stops, in any state; a state in which it has stopped is repeated for ever, by steps in which no
// action happens (stuttering). It is fair when it meets every Fairness of Runs: so it does not stop where a step is enabled
// that is to be taken. LTL and Within properties are claims about all fair runs from all initial states; Can and Longest
// properties are about all runs, which stop only where they cannot go on.
type Temporal interface {
	System
	Runs() *Runs
}

// Observer is an ability of a Runner: to evaluate the propositions that formulas over runs consist of.
type Observer interface {
	// Observe sets bit i of bits to the value of proposition i in the current state, for every proposition of kind OfState, and
	// leaves the other bits 0. bits has a bit for every proposition, 64 a word. A fault of a proposition counts as false; the first one
	// is returned.
	Observe(bits []uint64) *Fault

	// ObserveStep does so for every proposition of kind OfStep and a step from the current state, while Next emits it.
	ObserveStep(l Label, bits []uint64)
}

// Runs is what a system claims of its runs.
type Runs struct {
	Propositions []Proposition
	Fairness     []Fairness
	Properties   []RunProperty // one for every property of these kinds, in the order of Info.Properties
}

// Proposition is a formula without temporal operators, the smallest part of formulas over runs.
type Proposition struct {
	Text string
	Kind PropositionKind
	Step int // of OfEnabled: the number of a proposition of kind OfStep
	// Alike says that a Symmetric system cannot change whether the proposition is true, or faults, by permuting identities: it names
	// none.
	Alike bool
}

// PropositionKind says what a proposition speaks of.
type PropositionKind uint8

// The kinds of proposition.
const (
	OfState   PropositionKind = iota // of a state
	OfStep                           // of a step: certain instances of an action happen
	OfEnabled                        // of a state: some step that makes proposition Step true leaves it
)

// Fairness is an assumption about runs: where steps that make a proposition true are enabled for ever from some state on (weak) or
// again and again (strong), they are taken again and again.
type Fairness struct {
	Text   string // such as "weak fairness of Dispatch(v=1)"
	Strong bool
	Step   int // the number of a proposition of kind OfStep
}

// RunProperty is a property of kind LTL, Can, Within or Longest. It holds when all of its instances do: one for every
// choice of values of the quantifiers around the whole formula.
type RunProperty struct {
	Property  PropertyID
	Instances []RunInstance
	Parts     []string // the parts of the property as they are written: part n is Parts[n-1]; see Formula.Part
	// Refined says that what it claims is said of what a refinement mapping makes of states: Refiner.Abstract knows it, too.
	Refined bool
	Empty   []string // conditions for it to claim something that no values meet, such as `exists x in 1..0`
}

// RunInstance is a claim about runs.
type RunInstance struct {
	Values  []Binding // of the quantified variables, the outermost first
	Formula *Formula  // of LTL and Can; of Within the response without its limit
	Wait    *Wait     // of Within and Longest
}

// Wait is a waiting time: how many steps, or how many steps that make proposition Unit true, pass from a state in which From is
// true to the first state, that one included, in which To is true. The claim is that it never passes Property.Limit. With
// While, it also ends where From is no longer true.
type Wait struct {
	From, To *Formula // without temporal operators
	While    bool
	Unit     int // the number of a proposition of kind OfStep, or -1 for every step
}

// Formula is a formula over runs. Those of Can properties have no temporal operators but CanOp, and AlwaysOp directly
// before CanOp or a formula that has a CanOp.
type Formula struct {
	Op   Op
	Prop int        // of PropositionOp
	Args []*Formula // one or two of them, or any number for AndOp and OrOp

	// Part is the part of the property that this stands for, one of several where the part is below a quantifier; 0 for
	// none. Whether the parts matter is looked at one by one.
	Part int
}

// Op is the outermost operator of a formula.
type Op uint8

// The operators.
const (
	TrueOp Op = iota
	FalseOp
	PropositionOp
	NotOp
	AndOp
	OrOp
	ImpliesOp
	IffOp
	NextOp
	AlwaysOp
	EventuallyOp
	UntilOp     // p until q: q comes, and p until then
	ReleaseOp   // p release q: q up to and including where p comes, or for ever
	WeakUntilOp // p weak until q: p until q comes, or for ever
	LeadsToOp   // p ~> q: always (p implies eventually q)
	CanOp       // can p: some run from here comes to a state where p is true (EF of CTL)
)
