// Package checker explores a model.System: every reachable state, breadth first, on all cores, with every state stored
// exactly unless Config.Lossy asks for less. Check gives a verdict on each property with the shortest counterexample;
// Simulate takes random walks; Explore gives the state graph of a small system.
package checker

import (
	"time"

	"github.com/bulkheadlang/bulkhead/model"
)

// Verdict is what a run found out.
type Verdict string

// The verdicts.
const (
	Holds     Verdict = "holds"     // in every reachable state or step; the search was exhaustive
	Violated  Verdict = "violated"  // there is a counterexample, or no witness in an exhaustive search
	Undecided Verdict = "undecided" // the search ended early and found neither
)

// Config says how to search. The zero value searches everything with all cores. Numbers below 0 count as 0, but for
// Recheck, SweepFrom and CondenseFrom.
type Config struct {
	Workers   int            // goroutines; 0 means GOMAXPROCS
	Memory    int64          // bytes that states, tables and parents may take, but see Stats.PeakBytes; 0 means no limit
	MaxStates int64          // distinct states after which the run ends undecided, with the last depth that fits; 0 means no limit
	MaxDepth  int            // steps from the initial states after which the run ends undecided; 0 means no limit
	FailFast  bool           // end the search after the depth at which the first violation shows; of properties of whole runs, look at none after it
	Only      []string       // names of the properties to check; empty means all
	Progress  func(Progress) // called about every Interval from one goroutine; nil means not at all
	Interval  time.Duration  // between calls of Progress; 0 means half a second
	// Recheck is how often a state is expanded twice to see whether the system is deterministic: one state in Recheck.
	// 0 means 1 in 256, or never where the system says it is Deterministic; negative means never.
	Recheck int
	// NoWitnesses leaves out the traces of findings that are no violations: to a state that a Reachable property asks for,
	// and to the extreme value of a Bound. Where a system has very many states, finding a run again takes a while.
	NoWitnesses bool
	// Symmetry has one state stand for all that permutations of interchangeable identities make of it (model.Symmetric):
	// fewer states, the same verdicts. Stats then count representatives. Properties of whole runs that name an identity, or assume fairness
	// of one, are decided on all states. It is an error where the system has no symmetry.
	Symmetry bool
	// PartialOrder has steps left out whose order makes no difference to what is asked (model.Reducible): fewer states, the same
	// verdicts. Traces are runs, but not the shortest ones, and Stats count what was met; Sweep and Recheck are of no effect.
	// Properties of whole runs are decided on all states where one depends on more than the order of some steps. It is an error where the
	// system does not allow it.
	PartialOrder bool
	// Lossy asks for a search that keeps hashes of the states only. It never says Holds, but of what a Reachable asks for.
	Lossy Lossy
	// SweepFrom is the number of states from which on they are expanded by Sweep where Runners can (model.Sweeper), which
	// is fast and takes some preparation. 0 means 16,384; negative means never. It makes no difference to the Result.
	SweepFrom int64
	// CondenseFrom is the number of states from which on those of one or two words are stored as pairs of halves, which have
	// numbers. 0 means from 262,144 on, where that takes less memory, as it takes more time; n > 0 means from n on, in any case;
	// negative means never. It makes no difference to the Result but for Stats.PeakBytes, and where Memory ends the search.
	CondenseFrom int64
	// Disk is a directory to which states are moved when they take Memory bytes, so that the search need not end; "" means
	// none. Files are removed when the search ends, but for those of a Checkpoint. Check alone heeds it.
	Disk string
	// Visit, if not nil, is called with every state that the search expands, and how many steps it is from the initial ones.
	// Each worker, from 0 to Workers less one, calls it in one goroutine at a time; the words are valid until it returns. In an
	// exhaustive search these are all states there are, or with Symmetry or PartialOrder those looked at, each once, but for some that may
	// come again with the same distance where the search goes on on disk; a search taken up again leaves out those before.
	// Check alone heeds it.
	Visit func(worker, depth int, s model.State)
	// Checkpoint has the search saved, or taken up again. Check alone heeds it.
	Checkpoint Checkpoint
}

// Progress is a glance at a running search.
type Progress struct {
	Distinct, Generated int64
	Depth               int
	Frontier            int64 // states of the current depth not yet expanded
	Bytes               int64 // of states, tables and parents
	Elapsed             time.Duration
	Violated            []string // names of properties found violated so far
}

// Result is the outcome of Check.
type Result struct {
	Info       *model.Info
	Verdict    Verdict
	Exhaustive bool   // every reachable state was expanded
	Reason     string // why the search was not exhaustive, or ""
	Stats      Stats
	Properties []Finding // in the order of Info.Properties, less those that Only left out
	Actions    []ActionStats
	Unsaved    error // why the last checkpoint could not be written; an earlier one is there
}

// Stats counts what a search met. They mean the same whatever the strategy, but for Symmetry and
// PartialOrder.
type Stats struct {
	Distinct  int64 // states
	Generated int64 // initial states and successors, repeats included
	Initial   int64 // distinct initial states
	Depth     int   // greatest distance from an initial state
	Terminal  int64 // states without successors that the system accepts as ends
	Workers   int
	Elapsed   time.Duration // with that of the searches that this one goes on with
	// PartialOrder says that steps were left out: Distinct, Generated and Depth are of what was met.
	PartialOrder bool
	Symmetry     bool    // states are representatives, each of all states that permutations make of it
	Lossy        string  // how states were told apart, such as "hash:40", where not exactly; ActionStats.New may then depend on the workers
	Missed       float64 // then, states that were met and taken for others, by expectation; those that only these lead to are not in it
	Loose        bool    // some of these have several representatives, since there are too many permutations to find one
	PeakBytes    int64   // of states, tables, parents and the graph of steps; finding the run to a violation may take it beyond Config.Memory
	DiskBytes    int64   // of files in Config.Disk, at the peak
	RunStates    int64   // on which properties of whole runs were decided, each by itself, in memory: all, or those met with PartialOrder
}

// Finding is the verdict on one property.
type Finding struct {
	Property model.Property
	Verdict  Verdict
	Trace    *model.Trace // to the violation; for Reachable the witness; for a Bound that holds to the extreme value
	Ending   *model.Trace // of a run that a lossy search did not find again, in place of Trace: the state, and the step if one matters
	Parts    []model.Part // why the formula is false at the end of Trace
	Message  string       // of a fault or a bound, such as "index 3 is outside 0..2" or "greatest value 4"
	Position string       // of a fault
	Reason   string       // why it is undecided in an exhaustive search, where Fault does not say it
	Fault    *model.Fault // of an evaluation of the property, where that leaves it undecided in an exhaustive search
	Extreme  int64        // of Bound: the greatest (or least) value met; of Within and Longest: the longest wait
	Known    bool         // of Bound: Extreme is the value in some state; of Within and Longest: some wait begins, and none is endless
	Steps    int          // of the shortest run to what was found, 0 where it is an initial state or nothing was
	Vacuous  []string     // the antecedents that were never true; only in an exhaustive search; with PartialOrder, not of steps, nor inside a condition of runs

	// Of properties of whole runs (model.Temporal). The trace to a violation of an LTL property has a Loop, and so has one to
	// a wait that lasts for ever.
	Values    []model.Binding // of the instance that is violated, or that has the longest wait
	Shows     Reach           // of a violated Can property, what Trace shows of its last state
	Promise   int             // the step of Trace in whose state the promise is made that is not kept, or the wait begins
	Kept      []Kept          // how the loop of Trace meets each fairness assumption
	Endless   bool            // of Longest: a wait may last for ever; of Within: on fair runs they all end, but there is no longest one
	Rescue    []string        // assumptions under which the property would hold, such as "weak fairness of Dispatch"; not looked for where steps were left out
	Tautology bool            // it is true of every run of any system
	Unreduced string          // why it was decided on all states in spite of Config.Symmetry or PartialOrder, such as "`n[1] == 0` tells identities apart"
	Unneeded  []string        // parts that might be false everywhere and the property would hold all the same
	Idle      []string        // conditions, of other parts, that might be true everywhere and it would hold all the same
	Untried   int             // parts of which, within the limits, it was not found out whether they matter

	// Of Isolated properties (model.Isolating). Trace is then the first run of the Experiment.
	Unwound    []Unwound   // what was found out about each domain
	Experiment *Experiment // that shows a violation
}

// ActionStats is how often an action was taken.
type ActionStats struct {
	Name    string
	Fired   int64 // transitions
	New     int64 // of them, those that led to a state not met before
	Faulted bool  // some attempt faulted, which is no transition; Simulate does not say
}
