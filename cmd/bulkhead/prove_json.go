package main

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/proofs/inductive"
	"github.com/bulkheadlang/bulkhead/proofs/sat"
)

// The routes of proofs, as JSON names them.
const (
	byCoq       = "coq"
	byInduction = "inductive"
	bySat       = "sat"
)

// conclude ends a proof with what the status says, and why it is undecided.
func conclude(p *report.Proof, code status, reason string) {
	p.Verdict = map[status]checker.Verdict{holds: checker.Holds, violated: checker.Violated, undecided: checker.Undecided}[code]
	if p.Route == byInduction && code == violated {
		p.Verdict = report.Refuted
	}
	if reason != "" {
		p.Reason = reason
	}
}

// theoremsOf adds what a development says of the properties of a search.
func theoremsOf(p *report.Proof, r *report.Report, d *coq.Development, dir string) {
	p.States, p.Properties = &r.States.Distinct, r.Proven()
	for i := range p.Properties {
		for _, c := range d.Claims {
			if c.Property == p.Properties[i].Name {
				p.Properties[i].Theorem = c.Theorem
			}
		}
	}
	for _, name := range d.Left {
		p.Silent = append(p.Silent, report.Silent{Name: name, Reason: "claims about whole runs, domains or other models"})
	}
	p.Coq = &report.Development{Dir: dir, Theorems: len(d.Theorems()), Axioms: []string{}}
}

// inductionOf adds what became of each obligation of an induction over k states.
func inductionOf(p *report.Proof, res *inductive.Report, k int) {
	p.Open = append(p.Open, res.Open...)
	for _, name := range res.Silent {
		p.Silent = append(p.Silent, report.Silent{Name: name, Reason: "induction over states says nothing of its kind"})
	}
	words := map[inductive.Verdict]checker.Verdict{inductive.Proved: checker.Holds, inductive.Refuted: report.Refuted, inductive.Undecided: checker.Undecided}
	for _, r := range res.Results {
		o := report.Obligation{Name: r.Name, Verdict: words[r.Verdict], By: r.By, Reason: r.Why, K: k}
		if strings.HasPrefix(r.Name, "init:") || strings.HasPrefix(r.Name, "init,") { // which no action is called
			o.K = 0
		}
		if x := r.Cex; x != nil {
			o.Constants, o.Trace, o.Why = report.Object(x.Constants), shownFrom(x.Trace), report.PartsOf(x.Parts)
			o.Message, o.FaultPosition = faultOf(x.Fault)
		}
		p.Obligations = append(p.Obligations, o)
	}
}

// circuitsOf adds what became of each property and each obligation.
func circuitsOf(p *report.Proof, r *sat.Report) {
	for _, f := range r.Findings {
		one := report.Proven{
			Name: f.Property.Name, Kind: f.Property.Kind, Verdict: checker.Undecided, Position: f.Property.Position, Text: f.Property.Text, K: f.K, Reason: f.Why,
		}
		switch f.Verdict {
		case sat.Unspoken:
			p.Silent = append(p.Silent, report.Silent{Name: f.Property.Name, Reason: f.Why})
			continue
		case sat.Open: // its counterexample is that of an obligation
			p.Properties = append(p.Properties, one)
			continue
		case sat.Holds:
			one.Verdict = checker.Holds
		case sat.Refuted:
			one.Verdict = checker.Violated
		}
		if x := f.Counter; x != nil {
			one.Trace, one.Why = shownFrom(x.Trace), report.PartsOf(x.Why)
			one.Message, one.FaultPosition = faultOf(x.Fault)
		}
		p.Properties = append(p.Properties, one)
	}
	for _, o := range r.Obligations {
		one := report.Obligation{Name: o.Name, Verdict: report.Refuted, K: o.K, Reason: o.Why}
		switch {
		case o.Holds:
			one.Verdict = checker.Holds
		case o.Why != "":
			one.Verdict = checker.Undecided
		}
		if x := o.Counter; x != nil {
			one.Trace, one.Why = shownFrom(x.Trace), report.PartsOf(x.Why)
			one.Message, one.FaultPosition = faultOf(x.Fault)
		}
		p.Obligations = append(p.Obligations, one)
	}
}

// shownFrom is a trace whose first step is no step, whatever text calls it.
func shownFrom(t *model.Trace) *report.Trace {
	out := *t
	out.Steps = slices.Clone(t.Steps)
	out.Steps[0].Step = model.StepText{}
	return (*report.Trace)(&out)
}

// faultOf is what a fault says, and where it is.
func faultOf(f *model.Fault) (message, position string) {
	if f == nil {
		return "", ""
	}
	return f.Message, f.Position
}
