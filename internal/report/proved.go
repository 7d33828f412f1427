package report

import (
	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

// ProofSchema names the shape of the JSON object of a Proof.
const ProofSchema = "bulkhead.proof/1"

// Refuted is the verdict on an obligation of a proof by induction which is false: a step, or an initial state, shows it, but of a step nobody says that
// it can be reached. So it is no verdict on a property.
const Refuted checker.Verdict = "refuted"

// Proof is what became of the proof of a model by programs other than the checker.
type Proof struct {
	Schema      string          `json:"schema"`
	Model       string          `json:"model"`
	File        string          `json:"file"`
	Config      string          `json:"config"`
	Constants   Object          `json:"constants"`          // as loaded, those of Open too
	Route       string          `json:"route"`              // coq, inductive or sat
	Verdict     checker.Verdict `json:"verdict"`            // on all that is spoken of, which the checker found if nothing in Coq is checked; or Refuted
	Reason      string          `json:"reason"`             // why it is undecided where no property or obligation says so, or ""
	Open        []string        `json:"open"`               // the constants for all of whose values it is proved
	Proposed    string          `json:"proposed,omitempty"` // the invariant, found by a solver, that was added to the model
	States      *int64          `json:"states"`             // that can be reached, by a theorem; null where they are not gone through
	Properties  []Proven        `json:"properties"`
	Silent      []Silent        `json:"silent"` // what nothing is said of
	Obligations []Obligation    `json:"obligations"`
	Coq         *Development    `json:"coq"` // null where nothing is written for Coq
}

// Proven is the verdict on one property.
type Proven struct {
	Name          string          `json:"name"`
	Kind          model.Kind      `json:"kind"`
	Verdict       checker.Verdict `json:"verdict"`
	Position      string          `json:"position"`
	Text          string          `json:"text,omitempty"`
	Reason        string          `json:"reason,omitempty"`  // why it is undecided
	Theorem       string          `json:"theorem,omitempty"` // that says so, in Coq
	K             int             `json:"k,omitempty"`       // how many states in a row its induction rests on
	Message       string          `json:"message,omitempty"`
	FaultPosition string          `json:"fault_position,omitempty"`
	Trace         *Trace          `json:"trace"` // the run that decides it; null where there is none
	Why           []Part          `json:"why,omitempty"`
}

// Silent is a property that a proof says nothing of.
type Silent struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Obligation is one of those that together make a proof.
type Obligation struct {
	Name          string          `json:"name"`
	Verdict       checker.Verdict `json:"verdict"`             // holds, refuted or undecided
	K             int             `json:"k,omitempty"`         // how many states in a row it rests on; none of one about runs from initial states
	By            []string        `json:"by,omitempty"`        // the solvers that say so; none where its form does
	Reason        string          `json:"reason,omitempty"`    // why it is undecided
	Constants     Object          `json:"constants,omitempty"` // of the counterexample, where they were open
	Message       string          `json:"message,omitempty"`   // of what faults in it
	FaultPosition string          `json:"fault_position,omitempty"`
	Trace         *Trace          `json:"trace"` // the counterexample, which, where there is a k, need not begin in an initial state
	Why           []Part          `json:"why,omitempty"`
}

// Development is what was written for Coq.
type Development struct {
	Dir      string   `json:"dir"`
	Theorems int      `json:"theorems"`
	Checked  bool     `json:"checked"` // Coq was run, and accepts them
	Axioms   []string `json:"axioms"`  // that they assume, as far as it was run
}

// NewProof makes an empty outcome for a model.
func NewProof(info *model.Info, route string) *Proof {
	return &Proof{
		Schema: ProofSchema, Model: info.Name, File: info.File, Config: info.Config, Constants: Object(info.Constants), Route: route,
		Verdict: checker.Undecided, Open: []string{}, Properties: []Proven{}, Silent: []Silent{}, Obligations: []Obligation{},
	}
}

// Proven is what a report says of its properties.
func (r *Report) Proven() []Proven {
	out := []Proven{}
	for _, p := range r.Properties {
		out = append(out, Proven{
			Name: p.Name, Kind: p.Kind, Verdict: p.Verdict, Position: p.Position, Text: p.Text, Reason: p.Reason,
			Message: p.Message, FaultPosition: p.FaultPosition, Trace: p.Trace, Why: p.Why,
		})
	}
	return out
}

// PartsOf is the values of the parts of a formula.
func PartsOf(list []model.Part) []Part { return parts(list) }
