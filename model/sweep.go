package model

// Sweeper is an ability of a Runner, for explorers that look at millions of states: to take a state and all that is asked
// about it in one call, without a callback for every successor. What it does not see to itself it gives notice of, and
// the methods of Runner find out. Apart from the order of the successors it says what they say.
type Sweeper interface {
	// Watch says what Sweep is to look out for from now on. It reports whether Sweep can be used; where not, the
	// methods of Runner do.
	Watch(w *Watch) bool

	// Sweep appends the successors of s to out and tells what there is to look at. It does not change the current state.
	// With NoticeSteps, nothing is appended.
	Sweep(s State, out *Successors) Notice
}

// Surveyor is an ability of a Sweeper whose System is Temporal or Isolating: to give the arguments of labels and evaluate the propositions
// of formulas over runs in the same call. Watch makes it ready as well. What ObserveStep says of a step depends on its action and
// arguments alone.
type Surveyor interface {
	Sweeper

	// Survey does what Sweep does, appends to out.Args the arguments of the Label of every successor, and sets bits, unless nil, as
	// Observer.Observe does. NoticeState also says that a proposition faults in s: Observe then finds out.
	// NoticeSteps also says that propositions of steps speak of more than actions and arguments, as where steps are mapped to others.
	Survey(s State, out *Successors, bits []uint64) Notice
}

// Sleeper is an ability of a Sweeper, for explorers that expand all states of a depth before those of the next: to leave out
// steps which it knows to lead nowhere that other steps do not lead as well (sleep sets; Godefroid, "Using partial orders
// to improve automatic verification methods", CAV 1990). What is found, at which depth, and by which action of the least
// number, is the same.
type Sleeper interface {
	Sweeper

	// Sleeps tells whether SweepAfter may be used, and leaves out anything. Watch makes it ready.
	Sleeps() bool

	// Ponder finds out, once for all Runners of the System, of more steps that may be left out: of those that are met in and
	// after some states. It takes some hundredths of a second, and so pays where there are hundreds of thousands of
	// states. A Runner makes use of it after its next Watch.
	Ponder(sample []State)

	// SweepAfter is Sweep for a state first found by a step to which an earlier call gave the number past in out.Pasts,
	// at the depth before; 0 where that is not known. It appends to out.Pasts a number for each successor, and adds to
	// out.Known how many steps it leaves out.
	SweepAfter(past uint32, s State, out *Successors) Notice

	// Left adds to fired, by action, the steps that SweepAfter has left out since Left was called last.
	Left(fired []int64)
}

// Watch lists what is undecided, by property.
type Watch struct {
	Properties  []bool   // Invariant, Reachable, Step, Ensures and Refines properties without a finding; of the last, steps alone
	Faults      []bool   // properties of which only a fault matters
	Antecedents [][]bool // conditions not yet met
	Bounds      []Best   // of Bound properties
}

// Best is the value of a bound that is nearest to its limit or farthest beyond it so far.
type Best struct {
	Watched bool
	Known   bool // there is a value
	Value   int64
}

// Notice says what a Sweeper did not see to.
type Notice uint8

// The notices.
const (
	// NoticeState: an invariant is false, a Reachable property true, a bound farther out or an antecedent met in s, or
	// the evaluation of one of them faults.
	NoticeState Notice = 1 << iota
	// NoticeSteps: on a step from s a fault, a property that is false or an antecedent that is met.
	NoticeSteps
)

// Successors collects the successors of states: Info.StateWords words of each, and the action that leads there.
type Successors struct {
	Words   []uint64
	Actions []ActionID
	Args    []uint32 // of the labels, by Survey alone
	Pasts   []uint32 // what is known of how they were reached, by SweepAfter alone
	Known   int      // steps that SweepAfter left out
}
