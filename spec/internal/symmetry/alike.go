package symmetry

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Mark finds the propositions of what a program claims of runs that are Alike.
func Mark(p *ir.Program) {
	list := p.Runs.Propositions
	for i := range list {
		code := p.Runs.Code[i]
		event := code.Event
		if m := code.Mapped; m != nil {
			abstract := &p.Refined[m.Refined].Model.Runs
			event = abstract.Code[abstract.Fairness[m.Fair].Step].Event
		}
		switch {
		case event != nil:
			list[i].Alike = !slices.ContainsFunc(event.Args, func(e *ir.Expr) bool { return e != nil && e.Type.HasSymmetric() })
		case list[i].Kind == model.OfState:
			list[i].Alike = indifferent(p, code.Expr)
		}
	}
	for i := range list {
		if list[i].Kind == model.OfEnabled {
			list[i].Alike = list[list[i].Step].Alike
		}
	}
}

// indifferent tells whether the value of an expression without free names is the same in all states of an orbit, and is there in all of
// them or in none, where that is so of functions.
func indifferent(p *ir.Program, e *ir.Expr) bool {
	o := &ordering{p: p, reads: map[ir.FuncID]map[ir.VarID]bool{}, faults: map[ir.FuncID]int{}}
	o.expr(e)
	return o.out.Reason == "" && o.out.Fault == ""
}
