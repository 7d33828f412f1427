package ir

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// FormulaOp is the outermost operator of a formula over runs.
type FormulaOp uint8

// The operators. What they mean is said in package model.
const (
	StateFormula   FormulaOp = iota // Expr: a formula about one state, the largest there is
	HappensFormula                  // Event
	EnabledFormula                  // Event
	NotFormula
	AndFormula
	OrFormula
	ImpliesFormula
	IffFormula
	NextFormula
	AlwaysFormula
	EventuallyFormula
	UntilFormula
	ReleaseFormula
	WeakUntilFormula
	LeadsToFormula
	CanFormula
	ForallFormula // Binders, Where (or nil), which do not read the state
	ExistsFormula
)

// Formula is a formula over runs as it is written, with its quantifiers.
type Formula struct {
	Op      FormulaOp
	Pos     syntax.Pos
	Args    []*Formula
	Expr    *Expr
	Event   *Event
	Binders []Binder
	Where   *Expr
}

// Event is any of certain instances of an action. Args has an expression for each parameter, which does not read the
// state, or nil where every value will do; it is empty where every instance will do.
type Event struct {
	Pos    syntax.Pos
	Action int
	Args   []*Expr
}

// Runs is what a program claims of its runs, with the quantifiers written out for all values. Code says what each of its
// propositions is.
type Runs struct {
	model.Runs
	Code []Proposition
}

// Proposition is a formula without temporal operators and free names: of one state, Expr; of one step, Event; of what one state or
// one step is mapped to, Mapped.
type Proposition struct {
	Expr   *Expr
	Event  *Event
	Mapped *Mapped
}

// Mapped speaks of what Program.Refined[Refined] assumes by its Fairness[Fair]. Of a state: what it is mapped to has a step of the
// kind, and none that leads back to it. Of a step: it is mapped to one of the kind, or there is one that leads back to what the state
// before is mapped to, which a run of the abstract model can take there without a trace.
type Mapped struct {
	Refined, Fair int
}

// Assumption is what a verdict on p rests on where action a is fair, or "".
func (p *Program) Assumption(a *Action) string {
	if a.Fairness == "" {
		return ""
	}
	if slices.ContainsFunc(p.Props, func(q Prop) bool { return q.Kind == Linear || q.Kind == Within || q.Kind == Fair }) {
		return a.Fairness
	}
	return a.Fairness + " (no property of this model depends on it)"
}

func (b *builder) property(d *syntax.PropertyDecl) Prop {
	kinds := map[types.RunKind]PropKind{types.LinearTime: Linear, types.Possible: Possible, types.Bounded: Within}
	p := Prop{
		Name: d.Name.Name, Pos: d.Name.Pos, Kind: kinds[b.info.Runs[d]], Formula: b.formula(d.Body),
		Text: syntax.ExprText(d.Body),
	}
	if w := b.within(d.Body); w != nil {
		p.Limit, p.Unit = b.info.Within[w], b.unit(w.Unit)
	}
	return p
}

// within finds the limit of a response under forall, or nil.
func (b *builder) within(e syntax.Expr) *syntax.Within {
	switch e := e.(type) {
	case *syntax.Paren:
		return b.within(e.X)
	case *syntax.Quant:
		return b.within(e.Body)
	case *syntax.Within:
		return e
	}
	return nil
}

func (b *builder) longest(d *syntax.BoundDecl) Prop {
	p := Prop{Name: d.Name.Name, Pos: d.Name.Pos, Kind: Longest, Limit: b.info.Limits[d]}
	var quantifiers []*Formula
	for _, f := range d.Foralls {
		n := &Formula{Op: ForallFormula, Pos: f.Pos, Binders: b.binders(f.Binders), Where: b.optional(f.Where)}
		quantifiers = append(quantifiers, n)
		p.Text += "forall " + syntax.BindersText(f.Binders, f.Where) + ": "
	}
	p.Text += "longest(" + syntax.ExprText(d.Expr) + ") " + d.Op + " " + syntax.ExprText(d.Limit)
	if d.Unit != nil {
		p.Text += " " + syntax.CallText(d.Unit)
	}
	p.Formula, p.Unit = b.formula(d.Expr), b.unit(d.Unit)
	for i := len(quantifiers) - 1; i >= 0; i-- {
		quantifiers[i].Args = []*Formula{p.Formula}
		p.Formula = quantifiers[i]
	}
	return p
}

func (b *builder) unit(call *syntax.ActionCall) *Event {
	if call == nil {
		return nil
	}
	return b.event(call)
}

func (b *builder) event(call *syntax.ActionCall) *Event {
	e := &Event{Pos: call.Pos, Action: b.info.Calls[call]}
	for _, a := range call.Args {
		if types.IsAny(a) {
			e.Args = append(e.Args, nil)
		} else {
			e.Args = append(e.Args, b.expr(a))
		}
	}
	return e
}

var formulaOps = map[string]FormulaOp{
	"not": NotFormula, "and": AndFormula, "or": OrFormula, "implies": ImpliesFormula, "iff": IffFormula,
	"next": NextFormula, "always": AlwaysFormula, "eventually": EventuallyFormula, "until": UntilFormula,
	"release": ReleaseFormula, "weak until": WeakUntilFormula, "~>": LeadsToFormula, "can": CanFormula,
	"forall": ForallFormula, "exists": ExistsFormula, "happens": HappensFormula, "enabled": EnabledFormula,
}

// formula lowers a formula over runs; what of it is about one state alone, as large as possible, is one Expr.
func (b *builder) formula(e syntax.Expr) *Formula {
	n := &Formula{Pos: e.Position()}
	if p, ok := e.(*syntax.Paren); ok {
		return b.formula(p.X)
	}
	if !b.info.Temporal[e] {
		n.Expr = b.expr(e)
		return n
	}
	switch e := e.(type) {
	case *syntax.Unary:
		n.Op, n.Args = formulaOps[e.Op], []*Formula{b.formula(e.X)}
	case *syntax.Binary:
		n.Op, n.Args = formulaOps[e.Op], []*Formula{b.formula(e.X), b.formula(e.Y)}
		if n.Op == OrFormula { // (not p) or q is p implies q in other words
			n.Args[0], n.Args[1] = negation(n.Args[0]), negation(n.Args[1])
		}
	case *syntax.Within: // its limit is that of the property
		return b.formula(e.X)
	case *syntax.Event:
		n.Op, n.Event = formulaOps[e.Op], b.event(e.Call)
	case *syntax.Quant:
		n.Op, n.Binders, n.Where = formulaOps[e.Op], b.binders(e.Binders), b.optional(e.Where)
		n.Args = []*Formula{b.formula(e.Body)}
	}
	return n
}

// negation writes a formula about one state that is a negation as the negation of a formula.
func negation(f *Formula) *Formula {
	if f.Op != StateFormula || f.Expr.Op != Not {
		return f
	}
	return &Formula{Op: NotFormula, Pos: f.Pos, Args: []*Formula{{Pos: f.Expr.Args[0].Pos, Expr: f.Expr.Args[0]}}}
}

// Walk calls visit for a formula and the formulas in it, the outer ones first.
func (f *Formula) Walk(visit func(*Formula)) {
	visit(f)
	for _, a := range f.Args {
		a.Walk(visit)
	}
}
