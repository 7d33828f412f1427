package tla

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// conditions says that all conditions of one state in a formula over runs have values: they are evaluated in every state.
func (g *exporter) conditions(f *ir.Formula, n env) text {
	if f.Expr != nil {
		_, ok := g.eval(f.Expr, n)
		return ok
	}
	bs, in := g.bindAll(f.Binders, f.Where, n)
	ok := truth(true)
	for _, a := range f.Args {
		ok = both(ok, g.conditions(a, in))
	}
	return defined(bs, ok)
}

func (g *exporter) fairness(action int, n env) text {
	a := &g.p.Actions[action]
	word := "WF_vars"
	if a.Strong {
		word = "SF_vars"
	}
	given := map[int]text{}
	type open struct {
		name string
		set  text
	}
	var opened []open
	for _, k := range a.PerValue {
		id := a.Params[k]
		name := g.unused(clean(g.p.Locals[id].Name), &n)
		given[k] = atom(name)
		opened = append(opened, open{name, g.typeText(g.p.Locals[id].Type)})
	}
	x := atom(word + "(" + g.instances(action, g.actions[action], given, n).s + ")")
	for _, o := range slices.Backward(opened) {
		x = all("\\A", o.name, o.set, x)
	}
	return x
}

// properties defines the properties, and says in the configuration what TLC is to check of each.
func (g *exporter) properties(now env) []string {
	primed := env{old: now.vars}
	for _, name := range g.vars {
		primed.vars = append(primed.vars, atom(name+"'"))
	}
	var out []string
	for i := range g.p.Props {
		p := &g.p.Props[i]
		g.pos = p.Pos
		name := p.Name
		if why := left[p.Kind]; why != "" {
			g.module.Left = append(g.module.Left, Left{p.Name, why})
			continue
		}
		switch p.Kind {
		case ir.Step:
			_, n := g.start(true, primed, nil)
			x, ok := g.eval(p.Expr, n)
			out = append(out, g.boxed(g.fresh(name), x, ok)...)
			continue
		case ir.Linear:
			_, n := g.start(false, now, nil)
			x, why := g.formula(p.Formula, n)
			if why != "" {
				g.module.Left = append(g.module.Left, Left{p.Name, why})
				continue
			}
			name = g.fresh(name)
			out = append(out, definition(name, nil, leaf{x}))
			g.config = append(g.config, "PROPERTY "+name)
			continue
		}
		_, n := g.start(false, now, nil)
		x, _ := g.eval(p.Expr, n)
		switch p.Kind {
		case ir.MaxBound:
			x = infix("<=", x, number(p.Limit))
		case ir.MinBound:
			x = infix(">=", x, number(p.Limit))
		case ir.Reachable:
			name = g.fresh("Never" + name)
			out = append(out, definition(name, nil, leaf{not(x)}))
			g.config = append(g.config, "\\* "+p.Name+" is reached exactly if this is violated:", "\\* INVARIANT "+name)
			continue
		}
		name = g.fresh(name)
		out = append(out, definition(name, nil, leaf{x}))
		g.config = append(g.config, "INVARIANT "+name)
	}
	for i := range g.p.Actions {
		a := &g.p.Actions[i]
		if a.Ensures == nil {
			continue
		}
		g.pos = a.Ensures.Pos
		params, n := g.start(true, primed, a.Params)
		x, ok := g.eval(a.Ensures, n)
		var args []text
		for _, name := range params {
			args = append(args, atom(name))
		}
		for _, f := range []*text{&x, &ok} {
			*f = implies(call(g.actions[i], args...), *f)
			for k, id := range slices.Backward(a.Params) {
				*f = all("\\A", params[k], g.typeText(g.p.Locals[id].Type), *f)
			}
		}
		out = append(out, g.boxed(g.fresh(ir.Ensured(a.Name)), x, ok)...)
	}
	return out
}

// boxed is a property of steps, and beside it, where it may have none, that it has a value.
func (g *exporter) boxed(name string, x, ok text) []string {
	var out []string
	if !ok.yes() {
		defined := g.fresh(name + "_Defined")
		out = append(out, defined+" == []["+ok.s+"]_vars")
		g.config = append(g.config, "PROPERTY "+defined)
	}
	g.config = append(g.config, "PROPERTY "+name)
	return append(out, name+" == []["+x.s+"]_vars")
}

var left = map[ir.PropKind]string{
	ir.Possible: "which speaks of what can be reached (can)", ir.Within: "a response within a limit (within)",
	ir.Longest: "a longest wait (longest)", ir.Fair: "a fair refinement", ir.Isolated: "a claim of isolation (isolated)", ir.Refines: "a refinement (refines)",
}

// formula writes a property of runs, or says what TLA+ has no operator for.
func (g *exporter) formula(f *ir.Formula, n env) (x text, why string) {
	switch f.Op {
	case ir.StateFormula:
		x, _ = g.eval(f.Expr, n)
		return x, ""
	case ir.HappensFormula:
		return x, "which asks whether an action happens (happens)"
	case ir.EnabledFormula:
		return x, "which asks whether an action is enabled (enabled)"
	case ir.NextFormula, ir.UntilFormula, ir.ReleaseFormula, ir.WeakUntilFormula:
		word := map[ir.FormulaOp]string{ir.NextFormula: "next", ir.UntilFormula: "until", ir.ReleaseFormula: "release", ir.WeakUntilFormula: "weak until"}[f.Op]
		return x, "with an operator that TLA+ has not (" + word + ")"
	case ir.CanFormula:
		return x, "which speaks of what can be reached (can)"
	case ir.ForallFormula, ir.ExistsFormula:
		bs, in := g.bindAll(f.Binders, f.Where, n)
		x, why = g.formula(f.Args[0], in)
		for _, b := range slices.Backward(bs) {
			if f.Op == ir.ForallFormula {
				x = all("\\A", b.name, b.set, implies(b.cond, x))
			} else {
				x = all("\\E", b.name, b.set, both(b.cond, x))
			}
		}
		return x, why
	}
	var args []text
	for _, a := range f.Args {
		y, why := g.formula(a, n)
		if why != "" {
			return x, why
		}
		args = append(args, y)
	}
	switch f.Op {
	case ir.NotFormula:
		return not(args[0]), ""
	case ir.AndFormula:
		return both(args[0], args[1]), ""
	case ir.OrFormula:
		return either(args[0], args[1]), ""
	case ir.ImpliesFormula:
		return implies(args[0], args[1]), ""
	case ir.IffFormula:
		return infix("<=>", args[0], args[1]), ""
	case ir.AlwaysFormula:
		return text{"[]" + parenthesised(args[0]).s, "[]"}, ""
	case ir.EventuallyFormula:
		return text{"<>" + parenthesised(args[0]).s, "<>"}, ""
	}
	return infix("~>", args[0], args[1]), ""
}
