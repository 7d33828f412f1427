// Package model is the contract between what a system is and what explores it.
//
// A System is a finite transition system: initial states, actions that lead from a state to its successors, and
// properties. A state is a handful of machine words that only the system can read; explorers hash, compare and store
// them. Everything a person reads (names, values, traces) is produced at the edge, by Describe, Render and Explain.
//
// Package spec makes a System of a .bh file, Define makes one of Go values and functions, and package checker
// explores any of them. This package imports the standard library only.
package model

import "fmt"

// State is a packed state: Info.StateWords words, or any number of words where that is 0. Two states of one system are
// the same state exactly when their words are equal.
type State []uint64

// ActionID numbers the actions of a system, from 0, in the order of Info.Actions.
type ActionID int32

// PropertyID numbers the properties of a system, from 0, in the order of Info.Properties.
type PropertyID int32

// Label names one successor among all successors of a state: the action, the number of its parameter values, and the
// number of the choices made inside. It means something only together with the state it leaves.
type Label struct {
	Action ActionID
	Args   uint32
	Choice uint32
}

// Kind tells what a property claims.
type Kind string

// The kinds of property. They are the spellings of reports.
const (
	Invariant Kind = "invariant" // true in every reachable state
	Step      Kind = "step"      // true of every transition between reachable states
	Ensures   Kind = "ensures"   // true after every step of one action
	Reachable Kind = "reachable" // true in some reachable state
	Bound     Kind = "bound"     // an expression never passes a limit
	Deadlock  Kind = "deadlock"  // every state has a successor or is terminal
	FaultFree Kind = "fault"     // no evaluation fails
	LTL       Kind = "ltl"       // a formula of linear temporal logic is true of every fair run; see Temporal
	Can       Kind = "can"       // a state can be reached from every initial state, or from wherever a formula says
	Within    Kind = "within"    // a response comes, and in time
	Longest   Kind = "longest"   // a waiting time never passes a limit
	Isolated  Kind = "isolated"  // what some domains do changes nothing that another one sees; see Isolating
	Refines   Kind = "refines"   // what a mapping makes of initial states and of steps are those of an abstract system; see Refiner
	Mutant    Kind = "mutant"    // a seeded fault is caught; never a property of a System itself
)

// OfSteps tells whether properties of a kind are evaluated on transitions, by Runner.HoldsStep.
func (k Kind) OfSteps() bool { return k == Step || k == Ensures || k == Refines }

// Property is what a system claims of itself. Deadlock and FaultFree are at most once each in Info.Properties.
type Property struct {
	Name        string
	Kind        Kind
	Position    string   // file:line:col, or "" where there is no text
	Text        string   // the formula as written, for people; may be ""
	Action      ActionID // of Ensures
	AtLeast     bool     // of Bound: the limit is a lower one
	Limit       int64    // of Bound, Within and Longest: the greatest (or, with AtLeast, the least) value allowed
	Total       bool     // its evaluation never faults
	Antecedents []string // the text of each condition without which the property says nothing; see Runner.Antecedent
}

// Action is one named kind of step.
type Action struct {
	Name     string
	Params   []string
	Position string
}

// Info describes a system. It does not change while the system lives.
type Info struct {
	Name        string
	File        string // where it came from, or ""
	Config      string // the named configuration, or ""
	Constants   []Binding
	StateWords  int // words of each State; 0 when states differ in length
	StateBits   int // bits of a State that carry information; 0 when unknown
	Actions     []Action
	Properties  []Property
	Assumptions []string // what the verdict rests on, such as "weak fairness of Dispatch"
	// Deterministic says that a Runner cannot but give the same successors of the same state every time, so that an
	// explorer need not re-run a sample to find out.
	Deterministic bool
}

// System is a finite transition system. It is immutable and may be shared between goroutines.
type System interface {
	Info() *Info
	// NewRunner returns a new evaluator, for one goroutine.
	NewRunner() Runner
}

// Runner evaluates a system. It belongs to one goroutine and keeps a current state.
//
// The words of a State given to emit are valid until emit returns. Any method may return a fault: an evaluation that has
// no value (an overflow, a division by zero, a value outside its type, a failed assertion), which an explorer reports as
// a violation of the FaultFree property.
type Runner interface {
	// Init calls emit for every initial state, in a fixed order; a state may come more than once. A branch that
	// faults is emitted with a nil state.
	Init(emit func(s State, f *Fault))

	// Load makes s the current state. The runner does not keep s.
	Load(s State)

	// Next calls emit for every successor of the current state: every instance of every action that is enabled, in a
	// fixed order. An instance that faults is emitted with a nil state. While emit runs, HoldsStep speaks of the
	// transition being emitted.
	Next(emit func(l Label, t State, f *Fault))

	// Holds evaluates an Invariant or Reachable property, or, for Deadlock, whether the state is terminal, or, for Refines, whether
	// the state may be an initial one.
	Holds(p PropertyID) (bool, *Fault)

	// HoldsStep evaluates a Step, Ensures or Refines property on the transition being emitted by Next.
	HoldsStep(p PropertyID) (bool, *Fault)

	// Value evaluates the expression of a Bound property.
	Value(p PropertyID) (int64, *Fault)

	// Antecedent tells whether condition k of property p is met in the current state, or, for Step, Ensures and Refines
	// properties, on the transition being emitted. A fault counts as not met.
	Antecedent(p PropertyID, k int) bool

	// Describe names the step that label l takes from state s. It may re-run the step.
	Describe(s State, l Label) StepText

	// Render gives the values of all state variables of s, in the order of declaration.
	Render(s State) []Binding
}

// Explainer is an ability of a Runner: to say why a property is false, part by part.
type Explainer interface {
	// Explain evaluates the parts of property p in s or, for Step, Ensures and Refines properties, on the transition from s to
	// t by label l; t is nil otherwise, as where the initial state s violates a Refines property.
	Explain(p PropertyID, s State, l Label, t State) []Part
}

// Part is one part of a formula and its value where the property fails, such as "runs[1] == some(2)" and "true". Depth
// says how deep the part stands in the formula.
type Part struct {
	Text  string
	Value string
	Depth int
}

// StepText is a step in words.
type StepText struct {
	Action   string
	Args     []Binding
	Choices  []Binding // what choose and either picked inside, in order
	Position string
}

// String gives the step as a call, such as "Dispatch(v=1, c=2)".
func (s StepText) String() string {
	text := s.Action
	if len(s.Args) > 0 {
		text += "("
		for i, a := range s.Args {
			if i > 0 {
				text += ", "
			}
			text += a.Name + "=" + a.Value.String()
		}
		text += ")"
	}
	for i, c := range s.Choices {
		if i == 0 {
			text += " choosing "
		} else {
			text += ", "
		}
		text += c.Name + "=" + c.Value.String()
	}
	return text
}

// Fault is an evaluation that has no value.
type Fault struct {
	Position string // file:line:col of the expression, or ""
	Message  string // what went wrong, such as "index 3 is outside 0..2"
}

// Error gives the position and the message.
func (f *Fault) Error() string {
	if f.Position == "" {
		return f.Message
	}
	return fmt.Sprintf("%s: %s", f.Position, f.Message)
}
