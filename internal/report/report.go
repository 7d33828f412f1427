// Package report says what a run of the checker found: as a JSON object whose schema does not change under its readers,
// and as text for people.
//
// A Report is made of a checker.Result by New; the seeded faults that were tried beside it are added by AddMutant. Both
// forms are printed from the same Report, so they cannot disagree.
package report

import (
	"cmp"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// Schema names the shape of the JSON object. Fields may be added under it; a field is never renamed or given another
// meaning.
const Schema = "bulkhead.report/1"

// Report is the outcome of checking one model.
type Report struct {
	Schema      string          `json:"schema"`
	Model       string          `json:"model"`
	File        string          `json:"file"`
	Config      string          `json:"config"`
	Constants   Object          `json:"constants"`
	Verdict     checker.Verdict `json:"verdict"`
	Exhaustive  bool            `json:"exhaustive"`
	Reason      string          `json:"reason"` // why the search of the model itself was not exhaustive, or ""
	States      States          `json:"states"`
	Search      Search          `json:"search"`
	Properties  []Property      `json:"properties"`
	Actions     []Action        `json:"actions"`
	Assumptions []string        `json:"assumptions"`
	Slices      []Slice         `json:"slices,omitempty"` // the parts of the model that were searched in its place

	search checker.Verdict // of the model itself, without mutants
}

// States counts what the search of the model met; the mutants are not in it.
type States struct {
	Distinct  int64 `json:"distinct"`
	Generated int64 `json:"generated"` // initial states and successors, repeats included
	Initial   int64 `json:"initial"`
	Depth     int   `json:"depth"`
	Terminal  int64 `json:"terminal"`
}

// Search says how the states were searched and at what cost.
type Search struct {
	Strategy      string   `json:"strategy"`
	Workers       int      `json:"workers"`
	Symmetry      bool     `json:"symmetry"`        // states are counted up to permutations of symmetric types
	Loose         bool     `json:"loose,omitempty"` // some more than once
	POR           bool     `json:"por"`
	Lossy         string   `json:"lossy,omitempty"`           // how states were told apart, such as "hash:40", where not exactly
	Missed        *float64 `json:"expected_missed,omitempty"` // then, states that were met and taken for others, by expectation
	Seconds       float64  `json:"seconds"`
	BytesPerState float64  `json:"bytes_per_state"`
	PeakBytes     int64    `json:"peak_bytes"`
	DiskBytes     int64    `json:"disk_bytes,omitempty"` // of files, at the peak, where the states outgrew the memory
	RunStates     int64    `json:"run_states,omitempty"` // on which properties of runs were decided, each by itself, in memory
}

// Slice is a part of a model, with what some properties depend on, and what its search met. Where there are any, States are the sums over all
// slices, but for the depth, which is the greatest.
type Slice struct {
	Properties []string `json:"properties"`
	Variables  []string `json:"variables"`
	LeftOut    []string `json:"left_out"` // variables of the model that it does not have
	Idle       []string `json:"idle"`     // actions of the model that it does not have: no fault in them is looked for
	Exhaustive bool     `json:"exhaustive"`
	Distinct   int64    `json:"distinct"`
	RunStates  int64    `json:"run_states,omitempty"` // as of a search
}

// Property is the verdict on one property, or on one mutant: a mutant holds when the property it names catches it, is
// violated when it survives, and is undecided when its search ended early.
type Property struct {
	Name          string          `json:"name"`
	Kind          model.Kind      `json:"kind"`
	Verdict       checker.Verdict `json:"verdict"`
	Vacuous       bool            `json:"vacuous"`
	Position      string          `json:"position"`
	Text          string          `json:"text,omitempty"`
	Message       string          `json:"message,omitempty"`
	Reason        string          `json:"reason,omitempty"` // why it is undecided
	FaultPosition string          `json:"fault_position,omitempty"`
	NeverMet      []string        `json:"never_met,omitempty"` // the antecedents that make it vacuous
	Bound         *Bound          `json:"bound,omitempty"`
	Runs          *Runs           `json:"runs,omitempty"`     // of properties of whole runs
	Isolated      *Isolated       `json:"isolated,omitempty"` // of properties about domains
	Mutant        *Mutant         `json:"mutant,omitempty"`
	Steps         int             `json:"steps"`            // of the shortest run to what was found; 0 for an initial state or nothing
	Trace         *Trace          `json:"trace"`            // null when there is nothing to show
	Ending        *Trace          `json:"ending,omitempty"` // of a run that a lossy search did not find again: the last state, or step
	Why           []Part          `json:"why,omitempty"`
}

// Bound is what was found out about the value of a bound, or about waiting times. Extreme is exact when the search was exhaustive, and nil when
// no state had a value.
type Bound struct {
	Limit   int64  `json:"limit"`
	AtLeast bool   `json:"at_least"` // the limit is a lower one
	Extreme *int64 `json:"extreme"`

	wait bool // it is the longest wait
}

// Mutant is a seeded fault: what it changes, what must catch it, and what its search met.
type Mutant struct {
	Action     string     `json:"action"`
	Breaks     string     `json:"breaks"`
	BreaksKind model.Kind `json:"breaks_kind"` // a reachable is broken by what it names not being reached, which has no run
	Config     string     `json:"config"`
	Constants  Object     `json:"constants"`
	Exhaustive bool       `json:"exhaustive"`
	Reason     string     `json:"reason"`
	Distinct   int64      `json:"distinct"`
}

// Part is the value of one part of a violated formula.
type Part struct {
	Text  string `json:"text"`
	Value string `json:"value"`
	Depth int    `json:"depth"`
}

// Action is how often an action was taken.
type Action struct {
	Name    string `json:"name"`
	Fired   int64  `json:"fired"`
	New     int64  `json:"new"`               // of them, those that led to a state not met before
	Faulted bool   `json:"faulted,omitempty"` // some attempt faulted, which is no step
}

// New makes the report of a result.
func New(res *checker.Result) *Report {
	info := res.Info
	r := &Report{
		Schema:     Schema,
		Model:      info.Name,
		File:       info.File,
		Config:     info.Config,
		Constants:  Object(info.Constants),
		Exhaustive: res.Exhaustive,
		Reason:     res.Reason,
		search:     res.Verdict,
		States: States{
			Distinct:  res.Stats.Distinct,
			Generated: res.Stats.Generated,
			Initial:   res.Stats.Initial,
			Depth:     res.Stats.Depth,
			Terminal:  res.Stats.Terminal,
		},
		Search: Search{
			Strategy:  "bfs",
			Workers:   res.Stats.Workers,
			Symmetry:  res.Stats.Symmetry,
			Loose:     res.Stats.Loose,
			POR:       res.Stats.PartialOrder,
			Seconds:   res.Stats.Elapsed.Seconds(),
			PeakBytes: res.Stats.PeakBytes,
			DiskBytes: res.Stats.DiskBytes,
			RunStates: res.Stats.RunStates,
		},
		Properties:  []Property{},
		Actions:     []Action{},
		Assumptions: assumptions(res),
	}
	if d := res.Stats.Distinct; d > 0 {
		r.Search.BytesPerState = float64(res.Stats.PeakBytes) / float64(d)
	}
	if res.Stats.Lossy != "" {
		r.Search.Lossy, r.Search.Missed = res.Stats.Lossy, &res.Stats.Missed
	}
	for _, f := range res.Properties {
		p := property(f, res.Exhaustive)
		if p.Verdict == checker.Undecided {
			p.Reason = undecided(f, res.Reason)
		}
		r.Properties = append(r.Properties, p)
	}
	for _, a := range res.Actions {
		r.Actions = append(r.Actions, Action(a))
	}
	r.judge()
	return r
}

// assumptions are those that a verdict rests on: none where no property was asked for that speaks of fair runs, of those that the
// model has.
func assumptions(res *checker.Result) []string {
	rests := func(k model.Kind) bool { return k == model.LTL || k == model.Within || k == model.Refines }
	if slices.ContainsFunc(res.Info.Properties, func(p model.Property) bool { return rests(p.Kind) }) &&
		!slices.ContainsFunc(res.Properties, func(f checker.Finding) bool { return rests(f.Property.Kind) }) {
		return []string{}
	}
	return append([]string{}, res.Info.Assumptions...)
}

// undecided says why a finding is undecided, in a search that ended for the reason given, if it did.
func undecided(f checker.Finding, reason string) string {
	if f.Fault == nil {
		return cmp.Or(f.Reason, reason)
	}
	reason = evaluationFails + ": " + f.Fault.Message
	if f.Fault.Position != "" {
		reason += " at " + f.Fault.Position
	}
	return reason
}

const evaluationFails = "its evaluation fails"

func property(f checker.Finding, exhaustive bool) Property {
	p := Property{
		Name:          f.Property.Name,
		Kind:          f.Property.Kind,
		Verdict:       f.Verdict,
		Vacuous:       len(f.Vacuous) > 0 || f.Tautology,
		Position:      f.Property.Position,
		Text:          f.Property.Text,
		Message:       f.Message,
		FaultPosition: f.Position,
		NeverMet:      f.Vacuous,
		Steps:         steps(f),
		Trace:         (*Trace)(f.Trace),
		Ending:        (*Trace)(f.Ending),
		Why:           parts(f.Parts),
		Runs:          runs(f),
		Isolated:      isolated(f),
	}
	if waits(p.Kind) {
		p.Bound = &Bound{Limit: f.Property.Limit, wait: true}
		if f.Known {
			p.Bound.Extreme = &f.Extreme
		}
	}
	if p.Kind == model.Bound {
		p.Bound = &Bound{Limit: f.Property.Limit, AtLeast: f.Property.AtLeast}
		if exhaustive || f.Known || f.Trace != nil {
			p.Bound.Extreme = &f.Extreme
		}
	}
	return p
}

// steps is the length of the run to what was found.
func steps(f checker.Finding) int {
	if f.Trace != nil && f.Experiment == nil {
		return max(0, len(f.Trace.Steps)-1)
	}
	return f.Steps
}

func parts(from []model.Part) []Part {
	var out []Part
	for _, p := range from {
		out = append(out, Part(p))
	}
	return out
}

// Seeded describes a mutant to AddMutant.
type Seeded struct {
	Name     string
	Action   string // that it changes
	Breaks   string // the property that must be violated
	Position string
	Result   *checker.Result // of the system with the fault in it
	Already  bool            // the property is violated without the fault, too
}

// AddSlices says what parts of the model were searched in its place.
func (r *Report) AddSlices(list []Slice) { r.Slices = list }

// searched says of how many states a verdict speaks, and whether they are all: those of the last slice that was to decide it, if there
// are any.
func (r *Report) searched(property string) (states int64, all bool) {
	for _, s := range slices.Backward(r.Slices) {
		if slices.Contains(s.Properties, property) {
			return s.Distinct, s.Exhaustive
		}
	}
	return r.States.Distinct, r.Exhaustive
}

// ofRuns says on how many states properties of runs were decided by the search that decided this one, or gives 0.
func (r *Report) ofRuns(property string) int64 {
	for _, s := range slices.Backward(r.Slices) {
		if slices.Contains(s.Properties, property) {
			return s.RunStates
		}
	}
	return r.Search.RunStates
}

// AddMutant adds the outcome of searching a mutant, and judges the report anew. The search must have looked at the
// property that the mutant is to break.
func (r *Report) AddMutant(m Seeded) {
	r.Properties = append(r.Properties, seeded(m))
	r.judge()
}

func seeded(m Seeded) Property {
	info := m.Result.Info
	p := Property{
		Name:     m.Name,
		Kind:     model.Mutant,
		Verdict:  checker.Undecided,
		Position: m.Position,
		Mutant: &Mutant{
			Action:     m.Action,
			Breaks:     m.Breaks,
			Config:     info.Config,
			Constants:  Object(info.Constants),
			Exhaustive: m.Result.Exhaustive,
			Reason:     m.Result.Reason,
			Distinct:   m.Result.Stats.Distinct,
		},
	}
	for _, f := range m.Result.Properties {
		if f.Property.Name != m.Breaks {
			continue
		}
		p.Mutant.BreaksKind = f.Property.Kind
		switch f.Verdict {
		case checker.Undecided:
			p.Mutant.Reason = undecided(f, p.Mutant.Reason)
			p.Reason = p.Mutant.Reason
		case checker.Violated:
			if m.Already {
				p.Mutant.Reason = m.Breaks + violatedAnyway
				p.Reason = p.Mutant.Reason
				break
			}
			p.Verdict = checker.Holds
			p.Steps, p.Trace, p.Ending = steps(f), (*Trace)(f.Trace), (*Trace)(f.Ending)
			p.Runs, p.Isolated = runs(f), isolated(f)
			p.Message = f.Message
			p.FaultPosition = f.Position
			p.Why = parts(f.Parts)
		case checker.Holds:
			p.Verdict = checker.Violated
		}
	}
	return p
}

// judge derives the verdict on the model: violated when anything is, else undecided when anything is.
func (r *Report) judge() {
	r.Verdict = r.search
	for _, p := range r.Properties {
		switch {
		case p.Verdict == checker.Violated:
			r.Verdict = checker.Violated
			return
		case p.Verdict == checker.Undecided:
			r.Verdict = checker.Undecided
		}
	}
}
