package ground

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// mapped writes out that fair runs are mapped to runs that are fair to an action of an abstract model, for each value for which that
// is fair. What Mapped says of steps is true as well where the abstract model can step from the mapped state to the same one: so the
// formula is true of a run exactly if it is mapped to one that is fair but for steps that change nothing, taken or left out. With several
// assumptions one and the same mapped run is fair to all of them: a step that is taken again and again may be taken for one that
// each of them asks for again and again.
func (b *builder) mapped(i int, q *ir.Prop) {
	b.of, b.nodes = q, 0
	p := model.RunProperty{Property: model.PropertyID(i), Refined: true}
	abstract := b.p.Refined[q.Refined].Model
	for k, f := range abstract.Runs.Fairness {
		e := abstract.Runs.Code[f.Step].Event
		if e.Action != q.Of {
			continue
		}
		text := abstract.EventText(e, nil)
		said := func(word string, kind model.PropositionKind) *model.Formula {
			key := fmt.Sprintf("%s %d of %d", word, k, q.Refined)
			n, ok := b.known[key]
			if !ok {
				n = b.add(key, model.Proposition{Text: word + " " + text, Kind: kind}, ir.Proposition{Mapped: &ir.Mapped{Refined: q.Refined, Fair: k}})
			}
			return b.proposition(n)
		}
		due, taken := said("enabled", model.OfState), said("happens", model.OfStep)
		again := func(g *model.Formula) *model.Formula {
			return b.made(&model.Formula{Op: model.AlwaysOp, Args: []*model.Formula{b.made(&model.Formula{Op: model.EventuallyOp, Args: []*model.Formula{g}})}})
		}
		in := model.RunInstance{Values: b.values(abstract, e)}
		if f.Strong {
			in.Formula = b.made(&model.Formula{Op: model.ImpliesOp, Args: []*model.Formula{again(due), again(taken)}})
		} else {
			in.Formula = again(b.made(&model.Formula{Op: model.ImpliesOp, Args: []*model.Formula{due, taken}}))
		}
		p.Instances = append(p.Instances, in)
	}
	b.out.Properties = append(b.out.Properties, p)
}

// values gives the values for which an event of an abstract model asks.
func (b *builder) values(of *ir.Program, e *ir.Event) (out []model.Binding) {
	for k, x := range e.Args {
		if x == nil {
			continue
		}
		l := of.Locals[of.Actions[e.Action].Params[k]]
		if v, fault := b.m.Eval(x, interp.Scope{}); fault == nil {
			out = append(out, model.Binding{Name: l.Name, Value: interp.Render(l.Type, v)})
		}
	}
	return out
}
