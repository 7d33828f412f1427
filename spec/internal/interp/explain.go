package interp

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// maxParts is how many parts an explanation has at most.
const maxParts = 30

// Explain evaluates the parts of a formula that make it what it is in a scope: of a false conjunction the conjuncts that
// are false, of a false implication both sides, of a forall the first elements for which it is false, and of what is then
// left without connectives its value and the values of the terms in it. Locals stand as their values.
//
// Of an integer it gives the value and those of the terms in it.
func (m *Machine) Explain(e *ir.Expr, s Scope) []model.Part {
	x := &explainer{m: m, ev: m.start(), seen: map[string]bool{}}
	in := s.scope()
	if e.Type.Kind == types.Bool {
		x.why(e, in, 0, 1)
	} else {
		x.side(e, in, 0)
	}
	return x.parts
}

type explainer struct {
	m     *Machine
	ev    *evaluation
	parts []model.Part
	seen  map[string]bool // texts given
}

// eval gives the value, or false where there is none: parts that the formula itself does not reach may fault.
func (x *explainer) eval(e *ir.Expr, s scope) (Value, bool) {
	v, f := x.ev.try(e, s)
	return v, f == nil
}

func (x *explainer) add(text, value string, depth int) {
	if len(x.parts) < maxParts {
		x.parts = append(x.parts, model.Part{Text: text, Value: value, Depth: depth})
	}
}

func (x *explainer) text(e *ir.Expr, s scope) string {
	return x.m.Program.TextWith(e, func(id ir.LocalID) (string, bool) {
		for l := s.locals; l != nil; l = l.outer {
			if l.id == id {
				return Render(x.m.Program.Locals[id].Type, l.value).String(), true
			}
		}
		return "", false
	})
}

// value adds the text of e and its value, unless that text was given already; false where there is nothing to add.
func (x *explainer) value(e *ir.Expr, s scope, depth int) bool {
	text := x.text(e, s)
	if x.seen[text] || len(x.parts) >= maxParts {
		return false
	}
	v, f := x.ev.try(e, s)
	x.seen[text] = true
	if f != nil {
		x.add(text, "no value: "+f.Message, depth)
		return true
	}
	x.add(text, Render(e.Type, v).String(), depth)
	return true
}

// why explains the value of a formula. Calls is how many levels of functions to enter.
func (x *explainer) why(e *ir.Expr, s scope, depth, calls int) {
	v, ok := x.eval(e, s)
	if !ok || len(x.parts) >= maxParts {
		x.value(e, s, depth)
		return
	}
	is := v.Truth()
	switch e.Op {
	case ir.Const:
	case ir.And, ir.Or:
		if e.Op == ir.And && ir.IsBetween(e) {
			x.atom(e, s, depth)
			return
		}
		for _, part := range flatten(e, e.Op, nil) {
			// What decides: the false parts of a false conjunction, the true ones of a true disjunction; else all.
			w, ok := x.eval(part, s)
			if ok && w.Truth() == is {
				x.why(part, s, depth, calls)
			}
		}
	case ir.Implies:
		if a, ok := x.eval(e.Args[0], s); !is || ok && !a.Truth() {
			x.why(e.Args[0], s, depth, calls)
		}
		if b, ok := x.eval(e.Args[1], s); !is || ok && b.Truth() {
			x.why(e.Args[1], s, depth, calls)
		}
	case ir.Not:
		if inner := e.Args[0]; inner.Op == ir.Eq && inner.Args[0].Type.Kind != types.Bool || inner.Op == ir.In {
			x.atom(e, s, depth)
		} else {
			x.why(e.Args[0], s, depth, calls)
		}
	case ir.If:
		x.why(e.Args[0], s, depth, calls)
		if c, ok := x.eval(e.Args[0], s); ok && c.Truth() {
			x.why(e.Args[1], s, depth, calls)
		} else {
			x.why(e.Args[2], s, depth, calls)
		}
	case ir.Let:
		if ir.IsBetween(e) || e.Form == ir.Beyond {
			x.atom(e, s, depth)
			return
		}
		w, ok := x.eval(e.Args[0], s)
		if !ok {
			return
		}
		in := s.bind(e.Local, w)
		if op := e.Args[0].Op; op == ir.LoadVar || op == ir.LoadLocal { // another name for the same
			x.terms(e.Args[0], s, depth)
		} else {
			x.bound(e.Local, in, depth)
			x.terms(e.Args[0], s, depth+1)
		}
		x.why(e.Args[1], in, depth, calls)
	case ir.Match:
		x.side(e.Args[0], s, depth)
		if w, ok := x.eval(e.Args[0], s); ok {
			arm := armOf(e.Arms, w)
			x.why(arm.Body, bindArm(arm, w, s), depth, calls)
		}
	case ir.Forall, ir.Exists:
		x.quantifier(e, s, is, depth, calls)
	case ir.Eq:
		x.atom(e, s, depth)
		if e.Args[0].Type.Kind == types.Bool {
			x.why(e.Args[0], s, depth+1, calls)
			x.why(e.Args[1], s, depth+1, calls)
		}
	case ir.Call:
		x.atom(e, s, depth)
		if calls > 0 {
			x.why(x.m.Program.Funcs[e.Func].Body, x.callee(e, s), depth+1, calls-1)
		}
	default:
		x.atom(e, s, depth)
	}
}

// callee is the scope of a function's body.
func (x *explainer) callee(e *ir.Expr, s scope) scope {
	inner := scope{vars: s.vars, old: s.old}
	for i, id := range x.m.Program.Funcs[e.Func].Params {
		if v, ok := x.eval(e.Args[i], s); ok {
			inner = inner.bind(id, v)
		}
	}
	return inner
}

func flatten(e *ir.Expr, op ir.Op, out []*ir.Expr) []*ir.Expr {
	if e.Op != op || ir.IsBetween(e) {
		return append(out, e)
	}
	return flatten(e.Args[1], op, flatten(e.Args[0], op, out))
}

// quantifier explains by the first elements that decide; where there are none, by the terms inside that stand on their own.
func (x *explainer) quantifier(e *ir.Expr, s scope, is bool, depth, calls int) {
	var decides *scope
	if is == (e.Op == ir.Exists) {
		x.ev.caught(func() {
			x.ev.each(e.Binders, e.Where, s, func(in scope) bool {
				if x.ev.truth(e.Args[0], in) == is {
					decides = &in
				}
				return decides == nil
			})
		})
	}
	if decides == nil {
		x.atom(e, s, depth)
		return
	}
	for i := range e.Binders {
		x.bound(e.Binders[i].Local, *decides, depth)
	}
	x.why(e.Args[0], *decides, depth+1, calls)
}

// bound adds the value of a local.
func (x *explainer) bound(id ir.LocalID, s scope, depth int) {
	l := x.m.Program.Locals[id]
	x.add(l.Name, Render(l.Type, s.lookup(id)).String(), depth)
}

// atom adds a formula without connectives, its value and the terms inside.
func (x *explainer) atom(e *ir.Expr, s scope, depth int) {
	if x.value(e, s, depth) {
		x.inside(e, s, depth+1)
	}
}

// side adds a term, its value and the terms inside, unless its text says its value.
func (x *explainer) side(e *ir.Expr, s scope, depth int) {
	if ir.MayRead(e) && x.value(e, s, depth) {
		x.inside(e, s, depth+1)
	}
}

// terms adds the terms that e is made of: those of its parts where it is an operation, itself where it looks something up.
func (x *explainer) terms(e *ir.Expr, s scope, depth int) {
	switch e.Op {
	case ir.Not, ir.And, ir.Or, ir.Implies, ir.Let, ir.If, ir.Match, ir.Narrow:
		x.inside(e, s, depth)
	default:
		x.side(e, s, depth)
	}
}

// inside adds the terms that a node's value is made of. What is under a binder has no value of its own; a variable that is
// only looked into would be a long text without need.
func (x *explainer) inside(e *ir.Expr, s scope, depth int) {
	switch e.Op {
	case ir.Index, ir.SeqIndex:
		x.lookedInto(e.Args[0], s, depth)
		x.terms(e.Args[1], s, depth)
	case ir.Field, ir.Value:
		x.lookedInto(e.Args[0], s, depth)
	case ir.Let:
		x.terms(e.Args[0], s, depth)
		if e.Form == ir.Beyond { // x in S: what it is made of is of no interest, but for S
			if in := e.Args[1].Args[1]; in.Op == ir.In {
				x.terms(in.Args[1], s, depth)
			}
			return
		}
		if v, ok := x.eval(e.Args[0], s); ok {
			x.terms(e.Args[1], s.bind(e.Local, v), depth)
		}
	case ir.If:
		x.terms(e.Args[0], s, depth)
		if c, ok := x.eval(e.Args[0], s); ok {
			if c.Truth() {
				x.terms(e.Args[1], s, depth)
			} else {
				x.terms(e.Args[2], s, depth)
			}
		}
	case ir.Match:
		x.terms(e.Args[0], s, depth)
	case ir.Not:
		x.inside(e.Args[0], s, depth)
	case ir.Old: // its parts would need an old of their own
	default:
		for i := range e.Binders {
			if b := &e.Binders[i]; b.Set != nil && i == 0 {
				x.terms(b.Set, s, depth)
			}
		}
		if len(e.Binders) > 0 {
			return
		}
		for _, a := range e.Args {
			x.terms(a, s, depth)
		}
	}
}

// lookedInto adds the keys under a term that is only looked into, not the term.
func (x *explainer) lookedInto(e *ir.Expr, s scope, depth int) {
	switch e.Op {
	case ir.Index, ir.SeqIndex, ir.Field, ir.Value:
		x.inside(e, s, depth)
	case ir.LoadVar, ir.LoadLocal, ir.Old:
	default:
		x.terms(e, s, depth)
	}
}
