package ground

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

var ops = map[ir.FormulaOp]model.Op{
	ir.NotFormula: model.NotOp, ir.AndFormula: model.AndOp, ir.OrFormula: model.OrOp, ir.ImpliesFormula: model.ImpliesOp,
	ir.IffFormula: model.IffOp, ir.NextFormula: model.NextOp, ir.AlwaysFormula: model.AlwaysOp,
	ir.EventuallyFormula: model.EventuallyOp, ir.UntilFormula: model.UntilOp, ir.ReleaseFormula: model.ReleaseOp,
	ir.WeakUntilFormula: model.WeakUntilOp, ir.LeadsToFormula: model.LeadsToOp, ir.CanFormula: model.CanOp,
}

// formula writes f out for the values in s.
func (b *builder) formula(f *ir.Formula, s interp.Scope) *model.Formula {
	var out *model.Formula
	switch f.Op {
	case ir.StateFormula:
		return b.state(f.Expr, s)
	case ir.HappensFormula:
		return b.proposition(b.happens(f.Event, s))
	case ir.EnabledFormula:
		return b.proposition(b.enabled(f.Event, s))
	case ir.ForallFormula, ir.ExistsFormula:
		op := model.AndOp
		if f.Op == ir.ExistsFormula {
			op = model.OrOp
		}
		var args []*model.Formula
		b.each(f, s, func(in interp.Scope) { args = append(args, b.formula(f.Args[0], in)) })
		out = b.several(op, args)
	default:
		var args []*model.Formula
		for _, a := range f.Args {
			args = append(args, b.formula(a, s))
		}
		out = b.node(ops[f.Op], args...)
	}
	if b.err == nil && out.Text == "" && b.size(f) <= textNodes {
		out.Text = b.p.FormulaText(f, b.text(s))
	}
	return out
}

// size counts the nodes of a formula before it is written out.
func (b *builder) size(f *ir.Formula) int {
	if b.sizes[f] == 0 {
		n := 1
		for _, a := range f.Args {
			n += b.size(a)
		}
		b.sizes[f] = n
	}
	return b.sizes[f]
}

// node makes a formula of others. Where truth values decide about connectives, there is less to make.
func (b *builder) node(op model.Op, args ...*model.Formula) *model.Formula {
	switch op {
	case model.AndOp, model.OrOp:
		return b.several(op, args)
	case model.NotOp:
		switch args[0].Op {
		case model.TrueOp:
			return b.made(&model.Formula{Op: model.FalseOp})
		case model.FalseOp:
			return b.made(&model.Formula{Op: model.TrueOp})
		}
	case model.ImpliesOp:
		switch {
		case args[0].Op == model.FalseOp:
			return b.made(&model.Formula{Op: model.TrueOp})
		case args[0].Op == model.TrueOp:
			return args[1]
		}
	}
	return b.made(&model.Formula{Op: op, Args: args})
}

// several is the conjunction or disjunction of any number of formulas.
func (b *builder) several(op model.Op, args []*model.Formula) *model.Formula {
	idle, decides := model.TrueOp, model.FalseOp
	if op == model.OrOp {
		idle, decides = decides, idle
	}
	var kept []*model.Formula
	for _, a := range args {
		switch a.Op {
		case decides:
			return b.made(&model.Formula{Op: decides})
		case idle:
		case op:
			kept = append(kept, a.Args...)
		default:
			kept = append(kept, a)
		}
	}
	switch len(kept) {
	case 0:
		return b.made(&model.Formula{Op: idle})
	case 1:
		return kept[0]
	}
	return b.made(&model.Formula{Op: op, Args: kept})
}

// made counts a node.
func (b *builder) made(f *model.Formula) *model.Formula {
	if b.nodes++; b.nodes > maxNodes {
		b.fail(b.of.Pos, "property %s has more than %d operators and propositions once its quantifiers are written out", b.of.Name, maxNodes)
	}
	return f
}

func (b *builder) proposition(i int) *model.Formula {
	return b.made(&model.Formula{Op: model.PropositionOp, Prop: i, Text: b.out.Propositions[i].Text})
}

// state is a formula about one state. One that says nothing of it is true or false, unless it has no value.
func (b *builder) state(e *ir.Expr, s interp.Scope) *model.Formula {
	if !ir.MayRead(e) {
		if v, fault := b.m.Holds(e, s); fault == nil {
			op := model.FalseOp
			if v {
				op = model.TrueOp
			}
			return b.made(&model.Formula{Op: op, Text: b.conditionText(e, s)})
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
