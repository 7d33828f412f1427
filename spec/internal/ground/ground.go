// Package ground writes out the formulas over runs of a program: every quantifier around temporal operators becomes a
// conjunction or a disjunction over its values, and what is left of the state becomes propositions, each there once
// however often it occurs.
package ground

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Limits of what is written out.
const (
	maxInstances = 10_000  // of one property, and assumptions of fairness
	maxNodes     = 1 << 16 // of the formulas of one property
	maxCode      = 1 << 19 // nodes of all conditions in all places
	maxSteps     = 1 << 20 // of the interpreter for one domain or argument
	codeText     = 256     // nodes; the text of a larger condition has names in the place of values
)

// Runs writes out what p claims of its runs, and nothing where it claims nothing. The error is a syntax.Errors.
func Runs(p *ir.Program) (ir.Runs, error) {
	b := &builder{p: p, m: interp.New(p), known: map[string]int{}, codes: map[*ir.Expr]int{}, long: map[*ir.Expr]string{}}
	b.m.Steps = maxSteps
	fair := false
	for i := range p.Props {
		if q := &p.Props[i]; q.Kind.OfRuns() {
			fair = fair || q.Kind == ir.Linear || q.Kind == ir.Within || q.Kind == ir.Fair
			if q.Kind == ir.Fair {
				b.mapped(i, q)
			} else {
				b.property(i, q)
			}
		}
	}
	if fair {
		b.fairness()
	}
	if b.err != nil {
		return ir.Runs{}, syntax.Errors{b.err}
	}
	return b.out, nil
}

// Fairness writes out what p assumes of its runs, whatever it claims.
func Fairness(p *ir.Program) (ir.Runs, error) {
	b := &builder{p: p, m: interp.New(p), known: map[string]int{}}
	b.m.Steps = maxSteps
	if b.fairness(); b.err != nil {
		return ir.Runs{}, syntax.Errors{b.err}
	}
	return b.out, nil
}

type builder struct {
	p     *ir.Program
	m     *interp.Machine
	out   ir.Runs
	known map[string]int       // propositions by what they say
	codes map[*ir.Expr]int     // nodes of conditions
	long  map[*ir.Expr]string  // the texts of large ones
	of    *ir.Prop             // the property at hand
	parts map[*ir.Formula]int  // of it
	texts []string             // of these
	used  map[*ir.Formula]bool // its quantifiers that go through some value
	sizes map[*ir.Formula]int  // operators in a formula
	nodes int                  // of it
	code  int                  // nodes of conditions
	err   *syntax.Error
}

func (b *builder) fail(pos syntax.Pos, format string, args ...any) {
	if b.err == nil {
		b.err = &syntax.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

func (b *builder) property(i int, q *ir.Prop) {
	b.of, b.nodes, b.parts, b.texts, b.used, b.sizes = q, 0, map[*ir.Formula]int{}, nil, map[*ir.Formula]bool{}, map[*ir.Formula]int{}
	p := model.RunProperty{Property: model.PropertyID(i)}
	b.instances(q.Formula, interp.Scope{}, nil, &p)
	p.Parts = b.texts
	b.empty(q.Formula, true, &p)
	b.out.Properties = append(b.out.Properties, p)
}

// empty notes the quantifiers that go through no value at all, where a claim is made for all of their values or on the
// condition that there is one.
func (b *builder) empty(f *ir.Formula, positive bool, to *model.RunProperty) {
	switch {
	case f.Op == ir.ForallFormula || f.Op == ir.ExistsFormula:
		if !b.used[f] {
			if positive == (f.Op == ir.ForallFormula) {
				to.Empty = append(to.Empty, b.p.DomainText(f))
			}
			return
		}
	case f.Op == ir.NotFormula:
		positive = !positive
	case f.Op == ir.ImpliesFormula, f.Op == ir.LeadsToFormula:
		b.empty(f.Args[0], !positive, to)
		b.empty(f.Args[1], positive, to)
		return
	case f.Op == ir.IffFormula:
		return
	}
	for _, a := range f.Args {
		b.empty(a, positive, to)
	}
}

// instances adds the instances of f: a claim about all values is one for each value, and a conjunction one for each of
// its parts.
func (b *builder) instances(f *ir.Formula, s interp.Scope, names []ir.LocalID, to *model.RunProperty) {
	switch {
	case b.err != nil:
		return
	case f.Op == ir.ForallFormula:
		for _, x := range f.Binders {
			names = append(names, x.Local)
		}
		b.each(f, s, func(in interp.Scope) { b.instances(f.Args[0], in, slices.Clip(names), to) })
		return
	case f.Op == ir.AndFormula && (b.of.Kind == ir.Linear || b.of.Kind == ir.Possible):
		b.instances(f.Args[0], s, names, to)
		b.instances(f.Args[1], s, names, to)
		return
	case len(to.Instances) == maxInstances:
		b.fail(b.of.Pos, "property %s has more than %d instances, one for every choice of values", b.of.Name, maxInstances)
		return
	}
	out, part := model.RunInstance{}, b.part(f)
	for _, id := range names {
		if l := b.p.Locals[id]; l.Name != "_" {
			out.Values = append(out.Values, model.Binding{Name: l.Name, Value: interp.Render(l.Type, s.Locals[id])})
		}
	}
	if b.of.Kind == ir.Longest || b.of.Kind == ir.Within {
		w := &model.Wait{From: b.formula(f.Args[0], s), To: b.formula(f.Args[1], s), While: b.of.Kind == ir.Longest, Unit: -1}
		if b.of.Unit != nil {
			w.Unit = b.happens(b.of.Unit, s)
		}
		out.Wait = w
	}
	switch b.of.Kind {
	case ir.Within:
		out.Formula = b.made(&model.Formula{Op: model.LeadsToOp, Args: []*model.Formula{out.Wait.From, out.Wait.To}, Part: part})
	case ir.Linear, ir.Possible:
		out.Formula = b.formula(f, s)
	}
	to.Instances = append(to.Instances, out)
}

// each goes through the values of a quantifier.
func (b *builder) each(f *ir.Formula, s interp.Scope, visit func(interp.Scope)) {
	fault := b.m.Each(f.Binders, f.Where, s, func(in interp.Scope) bool {
		b.used[f] = true
		visit(in)
		return b.err == nil
	})
	if fault != nil {
		b.fail(f.Pos, "the values to go through cannot be told: %s", fault.Message)
	}
}

// text gives the values of quantified names.
func (b *builder) text(s interp.Scope) func(ir.LocalID) (string, bool) {
	return func(id ir.LocalID) (string, bool) {
		v, ok := s.Locals[id]
		if !ok {
			return "", false
		}
		return interp.Render(b.p.Locals[id].Type, v).String(), true
	}
}

func (b *builder) fairness() {
	for i := range b.p.Actions {
		a := &b.p.Actions[i]
		if a.Fairness == "" || b.err != nil {
			continue
		}
		var of []*types.Type
		for _, k := range a.PerValue {
			of = append(of, b.p.Locals[a.Params[k]].Type)
		}
		b.fair(i, a, of, make([]*ir.Expr, len(a.Params)), "")
	}
}

// fair adds the assumptions that action a is fair for every value of the parameters that are left, which are of the given
// types, and the values that args already has.
func (b *builder) fair(i int, a *ir.Action, left []*types.Type, args []*ir.Expr, text string) {
	done := len(a.PerValue) - len(left)
	if len(left) == 0 {
		if len(b.out.Fairness) == maxInstances {
			b.fail(a.Pos, "the model assumes more than %d times that an action is fair, for one value each", maxInstances)
			return
		}
		f := model.Fairness{Text: "weak fairness of " + a.Name, Strong: a.Strong}
		if a.Strong {
			f.Text = "strong fairness of " + a.Name
		}
		if done > 0 {
			f.Text += "(" + text + ")"
		}
		f.Step = b.step(&ir.Event{Pos: a.Pos, Action: i, Args: slices.Clone(args)})
		b.out.Fairness = append(b.out.Fairness, f)
		return
	}
	k := a.PerValue[done]
	if done > 0 {
		text += ", "
	}
	for v := range interp.Values(left[0]) {
		if b.err != nil {
			return
		}
		args[k] = interp.Literal(left[0], v)
		b.fair(i, a, left[1:], args, text+b.p.Locals[a.Params[k]].Name+"="+interp.Render(left[0], v).String())
	}
}
