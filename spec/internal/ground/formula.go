package ground

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

var ops = map[ir.FormulaOp]model.Op{
	ir.NotFormula: model.NotOp, ir.AndFormula: model.AndOp, ir.OrFormula: model.OrOp, ir.ImpliesFormula: model.ImpliesOp,
	ir.IffFormula: model.IffOp, ir.NextFormula: model.NextOp, ir.AlwaysFormula: model.AlwaysOp,
	ir.ForallFormula: model.AndOp, ir.ExistsFormula: model.OrOp, ir.EventuallyFormula: model.EventuallyOp, ir.UntilFormula: model.UntilOp, ir.ReleaseFormula: model.ReleaseOp,
	ir.WeakUntilFormula: model.WeakUntilOp, ir.LeadsToFormula: model.LeadsToOp, ir.CanFormula: model.CanOp,
}

// formula writes f out for the values in s.
func (b *builder) formula(f *ir.Formula, s interp.Scope) *model.Formula {
	var out *model.Formula
	part := b.part(f)
	switch f.Op {
	case ir.StateFormula:
		out = b.state(f.Expr, s)
	case ir.HappensFormula:
		out = b.proposition(b.happens(f.Event, s))
	case ir.EnabledFormula:
		out = b.proposition(b.enabled(f.Event, s))
	default:
		out = &model.Formula{Op: ops[f.Op]}
		if f.Op == ir.ForallFormula || f.Op == ir.ExistsFormula {
			b.each(f, s, func(in interp.Scope) { out.Args = append(out.Args, b.formula(f.Args[0], in)) })
		} else {
			for _, a := range f.Args {
				out.Args = append(out.Args, b.formula(a, s))
			}
		}
		out = b.made(out)
	}
	out.Part = part
	return out
}

// part numbers the parts of a property, from 1, those around others first.
func (b *builder) part(f *ir.Formula) int {
	if b.parts[f] == 0 {
		b.parts[f] = len(b.parts) + 1
		text := fmt.Sprintf("what stands at %s", f.Pos)
		if b.operators(f) <= partText {
			text = b.p.FormulaText(f, nil)
		}
		b.texts = append(b.texts, text)
	}
	return b.parts[f]
}

// partText is how many operators and conditions a part may have to be put into words.
const partText = 64

// operators counts those of a formula, and its conditions and events.
func (b *builder) operators(f *ir.Formula) int {
	if b.sizes[f] == 0 {
		n := 1
		for _, a := range f.Args {
			n += b.operators(a)
		}
		b.sizes[f] = n
	}
	return b.sizes[f]
}

// made counts a node.
func (b *builder) made(f *model.Formula) *model.Formula {
	if b.nodes++; b.nodes > maxNodes {
		b.fail(b.of.Pos, "property %s has more than %d operators and propositions once its quantifiers are written out", b.of.Name, maxNodes)
	}
	return f
}

func (b *builder) proposition(i int) *model.Formula {
	return b.made(&model.Formula{Op: model.PropositionOp, Prop: i})
}

// state is a formula about one state. One that says nothing of it is true or false, unless it has no value.
func (b *builder) state(e *ir.Expr, s interp.Scope) *model.Formula {
	if !ir.MayRead(e) {
		if v, fault := b.m.Holds(e, s); fault == nil {
			op := model.FalseOp
			if v {
				op = model.TrueOp
			}
			return b.made(&model.Formula{Op: op})
		}
	}
	if b.code += b.large(e); b.code > maxCode {
		b.fail(b.of.Pos, "the conditions in properties of runs have more than %d operators once quantifiers are written out", maxCode)
		return &model.Formula{}
	}
	key, free := fingerprint(e, s.Locals)
	i, ok := b.known[key]
	if !ok {
		closed := e
		for _, id := range slices.Backward(free) {
			value := interp.Literal(b.p.Locals[id].Type, s.Locals[id])
			closed = &ir.Expr{Op: ir.Let, Type: e.Type, Pos: e.Pos, Local: id, Args: []*ir.Expr{value, closed}}
		}
		i = b.add(key, model.Proposition{Text: b.conditionText(e, s), Kind: model.OfState}, ir.Proposition{Expr: closed})
	}
	return b.proposition(i)
}

// conditionText is a condition with its values, or as it is written if it is large.
func (b *builder) conditionText(e *ir.Expr, s interp.Scope) string {
	if b.large(e) <= codeText {
		return b.p.TextWith(e, b.text(s))
	}
	if b.long[e] == "" {
		b.long[e] = b.p.Text(e)
	}
	return b.long[e]
}

// large counts the nodes of a condition.
func (b *builder) large(e *ir.Expr) int {
	if b.codes[e] == 0 {
		ir.Walk(e, func(*ir.Expr) bool { b.codes[e]++; return true })
	}
	return b.codes[e]
}

func (b *builder) add(key string, p model.Proposition, code ir.Proposition) int {
	i := len(b.out.Propositions)
	b.known[key] = i
	b.out.Propositions = append(b.out.Propositions, p)
	b.out.Code = append(b.out.Code, code)
	return i
}

// happens is the number of the proposition that an event, with the values in s, happens.
func (b *builder) happens(e *ir.Event, s interp.Scope) int {
	closed := &ir.Event{Pos: e.Pos, Action: e.Action}
	for k, a := range e.Args {
		if a == nil {
			closed.Args = append(closed.Args, nil)
			continue
		}
		t := b.p.Locals[b.p.Actions[e.Action].Params[k]].Type
		v, fault := b.m.Eval(a, s)
		if fault != nil {
			b.fail(a.Pos, "the argument has no value: %s", fault.Message)
			closed.Args = append(closed.Args, nil)
			continue
		}
		closed.Args = append(closed.Args, interp.Literal(t, v))
	}
	return b.step(closed)
}

// step is the number of the proposition that a closed event happens.
func (b *builder) step(e *ir.Event) int {
	if !slices.ContainsFunc(e.Args, func(a *ir.Expr) bool { return a != nil }) {
		e.Args = nil
	}
	key := eventKey("happens", e)
	if i, ok := b.known[key]; ok {
		return i
	}
	text := "happens " + b.p.EventText(e, nil)
	return b.add(key, model.Proposition{Text: text, Kind: model.OfStep}, ir.Proposition{Event: e})
}

// enabled is the number of the proposition that an event can happen.
func (b *builder) enabled(e *ir.Event, s interp.Scope) int {
	step := b.happens(e, s)
	key := eventKey("enabled", b.out.Code[step].Event)
	if i, ok := b.known[key]; ok {
		return i
	}
	text := "enabled " + b.p.EventText(b.out.Code[step].Event, nil)
	return b.add(key, model.Proposition{Text: text, Kind: model.OfEnabled, Step: step}, ir.Proposition{})
}
