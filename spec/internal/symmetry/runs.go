package symmetry

import (
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// claims looks through what a model claims of its runs. A formula that is written out for identities, or that is true under
// fairness for each of them, speaks of single ones: along a run that is known up to symmetry nobody can tell which is which.
func (o *ordering) claims() {
	fair := false
	for i := range o.p.Props {
		q := &o.p.Props[i]
		if !q.Kind.OfRuns() {
			continue
		}
		fair = fair || q.Kind == ir.Linear || q.Kind == ir.Within
		if q.Unit != nil && o.single(q.Unit) {
			o.depends(q.Unit.Pos, singled)
		}
		q.Formula.Walk(func(f *ir.Formula) {
			o.expr(f.Expr)
			if len(identities(f.Binders)) > 0 || f.Event != nil && o.single(f.Event) {
				o.depends(f.Pos, singled)
			}
		})
	}
	for i := range o.p.Actions {
		a := &o.p.Actions[i]
		for _, k := range a.PerValue {
			if fair && several(o.p.Locals[a.Params[k]].Type) {
				o.depends(a.Pos, "fairness is assumed for each identity, and a property of runs depends on it")
			}
		}
	}
}

const singled = "a property of runs speaks of single identities, which must be told apart along a run"

// single tells whether an event is about single identities.
func (o *ordering) single(e *ir.Event) bool {
	for k, a := range e.Args {
		if a != nil && several(o.p.Locals[o.p.Actions[e.Action].Params[k]].Type) {
			return true
		}
	}
	return false
}

// several tells whether values of a type may differ in identities alone.
func several(t *types.Type) bool { return t.HasSymmetric() && t.Card() > 1 }
