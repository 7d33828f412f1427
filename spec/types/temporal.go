package types

import (
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// temporalWords are the operators that make formulas over runs of formulas.
var temporalWords = map[string]bool{
	"always": true, "eventually": true, "next": true, "can": true,
	"~>": true, "until": true, "release": true, "weak until": true,
}

// property types a formula over runs and finds its kind.
func (c *checker) property(d *syntax.PropertyDecl) {
	found := map[string]syntax.Pos{}
	c.skeleton(d.Body, found)
	errs := len(c.errs)
	c.formula(d.Body)
	if _, enabled := found["enabled"]; len(found) == 0 || len(found) == 1 && enabled {
		if len(c.errs) == errs {
			c.errorf(d.Name.Pos, "property %s has no temporal operator and would speak of initial states only; for every state write invariant, or always (…)", d.Name.Name)
		}
		return
	}
	if w := c.bounded(d.Body); w != nil {
		c.info.Runs[d] = Bounded
		c.wait(w.X.X, "within")
		c.wait(w.X.Y, "within")
		return
	}
	if pos, ok := found["within"]; ok {
		c.errorf(pos, "within limits a whole property: forall x in S: p ~> q within n, with nothing around it but forall")
	}
	if _, ok := found["can"]; ok {
		c.info.Runs[d] = Possible
		c.possible(d.Body)
	}
}

// skeleton notes which parts of a formula have temporal operators, happens or enabled in them, as far as formulas go,
// and where each of these stands first.
func (c *checker) skeleton(e syntax.Expr, found map[string]syntax.Pos) bool {
	out := false
	see := func(word string, pos syntax.Pos) {
		if _, ok := found[word]; !ok {
			found[word] = pos
		}
		out = true
	}
	in := func(xs ...syntax.Expr) {
		for _, x := range xs {
			out = c.skeleton(x, found) || out
		}
	}
	switch e := e.(type) {
	case *syntax.Paren:
		in(e.X)
	case *syntax.Unary:
		if temporalWords[e.Op] {
			see(e.Op, e.Pos)
		}
		if temporalWords[e.Op] || e.Op == "not" {
			in(e.X)
		}
	case *syntax.Binary:
		if temporalWords[e.Op] {
			see(e.Op, e.OpPos)
		}
		if temporalWords[e.Op] || connects(e.Op) {
			in(e.X, e.Y)
		}
	case *syntax.Within:
		see("within", e.Limit.Position())
		in(e.X)
	case *syntax.Event:
		see(e.Op, e.Pos)
	case *syntax.Quant:
		if e.Op == "forall" || e.Op == "exists" {
			in(e.Body)
		}
	}
	c.info.Temporal[e] = out
	return out
}

func connects(op string) bool { return op == "and" || op == "or" || op == "implies" || op == "iff" }

// inState types a formula about one state.
func (c *checker) inState(e syntax.Expr) {
	leave := c.enter(context{runs: true})
	c.check(e, boolean)
	leave()
}

// formula types a formula over runs of which skeleton knows the parts.
func (c *checker) formula(e syntax.Expr) {
	if !c.info.Temporal[e] {
		c.inState(e)
		return
	}
	c.info.Types[e] = boolean
	switch e := e.(type) {
	case *syntax.Paren:
		c.formula(e.X)
	case *syntax.Unary:
		c.formula(e.X)
	case *syntax.Binary:
		c.formula(e.X)
		c.formula(e.Y)
	case *syntax.Within:
		c.formula(e.X)
		if n, ok := c.constInt(e.Limit, "the limit of within"); ok && n < 0 {
			c.errorf(e.Limit.Position(), "the limit is %d, and no wait is shorter than 0", n)
		} else if ok {
			c.info.Within[e] = n
		}
		c.unit(e.Unit)
	case *syntax.Event:
		c.event(e.Call, e.Op)
	case *syntax.Quant:
		c.ground(e.Binders, e.Where, func() { c.formula(e.Body) })
	}
}

// ground types the binders of a quantifier around temporal operators, which is written out for every value before the
// model runs.
func (c *checker) ground(b *syntax.Binders, where syntax.Expr, body func()) {
	c.scoped(func() {
		leave := c.enter(context{noState: "a quantifier around temporal operators, happens or enabled goes through values that do not depend on the state", runs: true})
		c.binders(b)
		if where != nil {
			c.check(where, boolean)
		}
		leave()
		body()
	})
}

// unit types the action in whose occurrences a wait is counted, if there is one.
func (c *checker) unit(call *syntax.ActionCall) {
	if call != nil {
		c.event(call, call.Name.Name)
	}
}

// event types an action that happens or is enabled, with no arguments or all of them, of which _ stands for any.
func (c *checker) event(call *syntax.ActionCall, what string) {
	i, ok := c.called(call)
	if !ok {
		return
	}
	c.info.Calls[call] = i
	params := c.info.Actions[i].Params
	if len(call.Args) == 0 || !c.fitsAction(call, params) {
		return
	}
	leave := c.enter(context{noState: "an argument of " + what + " is made of constants and quantified names", runs: true})
	defer leave()
	for k, a := range call.Args {
		if !IsAny(a) {
			c.check(a, params[k].Type)
		}
	}
}

// IsAny tells whether an argument of happens, enabled or a unit stands for every value.
func IsAny(a syntax.Expr) bool {
	name, ok := a.(*syntax.Name)
	return ok && name.Name == "_"
}

// bounded gives the bounded response that a whole formula is, under forall, or nil.
func (c *checker) bounded(e syntax.Expr) *syntax.Within {
	switch e := e.(type) {
	case *syntax.Paren:
		return c.bounded(e.X)
	case *syntax.Quant:
		if e.Op == "forall" {
			return c.bounded(e.Body)
		}
	case *syntax.Within:
		return e
	}
	return nil
}

// wait checks one side of what limits a wait, which begins and ends in states.
func (c *checker) wait(e syntax.Expr, what string) {
	c.each(e, func(x syntax.Expr, word string, pos syntax.Pos) {
		if word != "enabled" {
			c.errorf(pos, "%s is not allowed inside %s: a wait begins and ends in states", word, what)
		}
	})
}

// possible checks a formula with can in it: what else it has must be about states.
func (c *checker) possible(e syntax.Expr) {
	c.each(e, func(x syntax.Expr, word string, pos syntax.Pos) {
		switch {
		case word == "happens":
			c.errorf(pos, "happens speaks of a run and cannot stand beside can, which speaks of states")
		case word == "always" && !c.hasCan(x):
			c.errorf(pos, "always speaks of runs here and cannot stand beside can: want a property of its own, or always can …")
		case word != "always" && word != "can" && word != "enabled" && word != "within":
			c.errorf(pos, "%s speaks of runs and cannot stand beside can: want a property of its own", word)
		}
	})
}

// hasCan tells whether can stands in a formula.
func (c *checker) hasCan(e syntax.Expr) bool {
	found := false
	c.each(e, func(_ syntax.Expr, word string, _ syntax.Pos) { found = found || word == "can" })
	return found
}

// each visits the temporal operators, happens and enabled of a formula.
func (c *checker) each(e syntax.Expr, visit func(x syntax.Expr, word string, pos syntax.Pos)) {
	if !c.info.Temporal[e] {
		return
	}
	switch e := e.(type) {
	case *syntax.Paren:
		c.each(e.X, visit)
	case *syntax.Unary:
		if temporalWords[e.Op] {
			visit(e, e.Op, e.Pos)
		}
		c.each(e.X, visit)
	case *syntax.Binary:
		if temporalWords[e.Op] {
			visit(e, e.Op, e.OpPos)
		}
		c.each(e.X, visit)
		c.each(e.Y, visit)
	case *syntax.Within:
		visit(e, "within", e.Limit.Position())
		c.each(e.X, visit)
	case *syntax.Event:
		visit(e, e.Op, e.Pos)
	case *syntax.Quant:
		c.each(e.Body, visit)
	}
}

// longest types a bound of waiting times.
func (c *checker) longest(d *syntax.BoundDecl) {
	until, ok := bare(d.Expr).(*syntax.Binary)
	if !ok || until.Op != "until" {
		c.errorf(d.Expr.Position(), "longest takes p until q: how long p holds before q does")
		return
	}
	if !strings.HasPrefix(d.Op, "<") {
		c.errorf(d.Limit.Position(), "longest(…) is limited from above, with <= or <")
	}
	c.limit(d)
	if n, ok := c.info.Limits[d]; ok && n < 0 {
		c.errorf(d.Limit.Position(), "no wait is shorter than 0")
	}
	c.skeleton(d.Expr, map[string]syntax.Pos{})
	var under func(fs []*syntax.BoundForall)
	under = func(fs []*syntax.BoundForall) {
		if len(fs) > 0 {
			c.ground(fs[0].Binders, fs[0].Where, func() { under(fs[1:]) })
			return
		}
		for _, side := range []syntax.Expr{until.X, until.Y} {
			c.formula(side)
			c.wait(side, "longest")
		}
		c.unit(d.Unit)
	}
	under(d.Foralls)
}

// bare takes the parentheses away from around an expression.
func bare(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.Paren)
		if !ok {
			return e
		}
		e = p.X
	}
}

// notHere refuses a temporal operator, happens or enabled where they have no meaning.
func (c *checker) notHere(e syntax.Expr) *Type {
	word, pos := "", e.Position()
	switch e := e.(type) {
	case *syntax.Unary:
		word = e.Op
	case *syntax.Binary:
		word, pos = e.Op, e.OpPos
	case *syntax.Within:
		word, pos = "within", e.Limit.Position()
	case *syntax.Event:
		word = e.Op
	}
	if c.ctx.runs {
		c.errorf(pos, "%s is part of a formula over runs, in which it stands under and, or, not, implies, iff, forall, exists and temporal operators only", word)
	} else {
		c.errorf(pos, "%s has a meaning only in property and in longest(…)", word)
	}
	return bad
}
