package tla

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// init defines the initial states. What the variables are at first is the value that the block of init goes on from.
func (g *exporter) init(now env) []string {
	write := func(faults bool) form {
		_, n := g.start(true, now, nil)
		n.vars = slices.Clone(now.vars)
		w := &writer{exporter: g, faults: faults}
		end := func(n env) form {
			if faults {
				return leaf{truth(false)}
			}
			var fs conj
			for i, name := range g.vars {
				fs = append(fs, leaf{infix("=", atom(name), n.vars[i])})
			}
			return fs
		}
		var from func(i int, n env) form
		from = func(i int, n env) form {
			if i == len(g.p.Vars) {
				return w.block(g.p.Init, n, end)
			}
			v := g.p.Vars[i]
			g.pos = v.Pos
			next := func(to text, n env) form {
				n.vars = slices.Clone(n.vars)
				n.vars[i] = to
				return from(i+1, n)
			}
			if v.Init == nil {
				if len(g.p.Init) == 0 && !faults { // said of the variable itself
					f := next(atom(g.vars[i]), n)
					return allOf(leaf{infix("\\in", atom(g.vars[i]), g.typeText(v.Type))}, without(f, g.vars[i]))
				}
				name := g.unused(g.vars[i]+"_0", &n)
				return some(name, g.typeText(v.Type), next(atom(name), n))
			}
			x, ok := g.eval(v.Init, env{names: n.names})
			if len(g.p.Init) == 0 {
				return w.checked(ok, next(x, n))
			}
			name := g.unused(g.vars[i]+"_0", &n)
			return w.checked(ok, named(name, x, next(atom(name), n)))
		}
		return from(0, n)
	}
	out := []string{definition("Init", nil, write(false))}
	if f := write(true); !isFalse(f) {
		name := g.fresh("InitFaults")
		out = append(out, definition(name, nil, f), "ASSUME ~"+name)
	}
	return out
}

// without leaves out that a variable is itself.
func without(f form, name string) form {
	same := func(f form) bool {
		l, ok := f.(leaf)
		return ok && l.s == name+" = "+name
	}
	if c, ok := f.(conj); ok {
		return allOf(slices.DeleteFunc(slices.Clone(c), same)...)
	}
	if same(f) {
		return leaf{truth(true)}
	}
	return f
}

// actionDefs defines the actions, and of each that may have no value when it has none.
func (g *exporter) actionDefs(now env) []string {
	var out []string
	for i := range g.p.Actions {
		a := &g.p.Actions[i]
		write := func(faults bool) ([]string, form) {
			params, n := g.start(true, now, a.Params)
			w := &writer{exporter: g, faults: faults}
			end := func(n env) form { return g.step(n) }
			if faults {
				end = func(env) form { return leaf{truth(false)} }
			}
			guard, _, ok := w.where(a.Guard, n)
			return params, w.checked(ok, allOf(guard, w.block(a.Body, n, end)))
		}
		g.pos = a.Pos
		out = append(out, "\\* "+types.Pos(a.Pos))
		params, f := write(false)
		out = append(out, definition(g.actions[i], params, f))
		if params, f := write(true); !isFalse(f) {
			out = append(out, definition(g.faultName(i), params, f))
		}
	}
	return out
}

// where writes a condition that a step has, if there is one, as a formula, with its value and the condition under which it has one.
func (w *writer) where(e *ir.Expr, n env) (f form, x, ok text) {
	if e == nil {
		return leaf{truth(true)}, truth(true), truth(true)
	}
	if e.Op == ir.And {
		first, a, okA := w.where(e.Args[0], n)
		then, b, okB := w.where(e.Args[1], n)
		return allOf(first, then), both(a, b), both(okA, implies(a, okB))
	}
	x, ok = w.eval(e, n)
	return w.asked(x), x, ok
}

// asked is a condition that a step has. A disjunction is for TLC several ways of a step, or of an initial state, each of which it evaluates,
// also below \E, \A and => and in what a name stands for. So what may be one is compared with TRUE, which makes it one value.
func (w *writer) asked(x text) form {
	if w.faults || x.yes() || x.no() || x.op == "~" || x.op == "<=>" || tightness[x.op] == tightness["="] || x.op == "" && w.stored(x.s) {
		return leaf{x}
	}
	return leaf{infix("=", x, truth(true))}
}

// stored tells whether a text is a variable, or a part of one.
func (g *exporter) stored(s string) bool {
	end := strings.IndexFunc(s, func(r rune) bool { return !isName(byte(r)) })
	return end < 0 && slices.Contains(g.vars, s) || end > 0 && s[end] != '(' && slices.Contains(g.vars, s[:end])
}

func (g *exporter) faultName(action int) string {
	name := g.actions[action] + "_Faults"
	g.taken[name] = true
	return name
}

// step says what the variables are after a step.
func (g *exporter) step(n env) form {
	var fs conj
	var same []string
	for i, name := range g.vars {
		if n.vars[i].s == name {
			same = append(same, name)
			continue
		}
		fs = append(fs, leaf{text{name + "' = " + n.vars[i].beside("="), "="}})
	}
	switch len(same) {
	case 0:
	case 1:
		fs = append(fs, leaf{atom("UNCHANGED " + same[0])})
	default:
		fs = append(fs, leaf{atom("UNCHANGED <<" + strings.Join(same, ", ") + ">>")})
	}
	return fs
}

// instances is an action, or what begins with its name, for some of its parameters bound already and any value of the others.
func (g *exporter) instances(action int, name string, given map[int]text, n env) text {
	a := &g.p.Actions[action]
	var args []text
	type open struct {
		name string
		set  text
	}
	var opened []open
	for i, id := range a.Params {
		if x, ok := given[i]; ok {
			args = append(args, x)
			continue
		}
		base := g.unused(clean(g.p.Locals[id].Name), &n)
		opened = append(opened, open{base, g.typeText(g.p.Locals[id].Type)})
		args = append(args, atom(base))
	}
	x := call(name, args...)
	for _, o := range slices.Backward(opened) {
		x = all("\\E", o.name, o.set, x)
	}
	return x
}

func (g *exporter) next(now env) []string {
	var steps disj
	var faults conj
	var fair conj
	for i := range g.p.Actions {
		a := &g.p.Actions[i]
		g.pos = a.Pos
		_, n := g.start(false, now, nil)
		steps = append(steps, leaf{g.instances(i, g.actions[i], nil, n)})
		if g.taken[g.actions[i]+"_Faults"] {
			faults = append(faults, leaf{not(g.instances(i, g.actions[i]+"_Faults", nil, n))})
		}
		if a.Fairness != "" {
			fair = append(fair, leaf{g.fairness(i, n)})
		}
	}
	var out []string
	if len(g.p.Terminal) > 0 {
		_, n := g.start(false, now, nil)
		// Each is asked where none before it is true, and in the language only where there is no step; here, everywhere.
		stop, asked := truth(false), truth(true)
		for i := len(g.p.Terminal) - 1; i >= 0; i-- {
			x, ok := g.eval(g.p.Terminal[i], n)
			stop, asked = either(both(ok, x), stop), both(ok, either(x, asked))
		}
		if !asked.yes() {
			faults = append(faults, leaf{asked})
		}
		w := &writer{exporter: g}
		out = append(out, definition("Stop", nil, allOf(w.asked(stop), leaf{atom("UNCHANGED vars")})))
		steps = append(steps, leaf{atom("Stop")})
	}
	for i := range g.p.Props {
		switch p := &g.p.Props[i]; p.Kind {
		case ir.Invariant, ir.Reachable, ir.MaxBound, ir.MinBound:
			_, n := g.start(false, now, nil)
			g.pos = p.Pos
			if _, ok := g.eval(p.Expr, n); !ok.yes() {
				faults = append(faults, leaf{ok})
			}
		}
	}
	for i := range g.p.Props {
		if p := &g.p.Props[i]; p.Formula != nil && p.Kind.OfRuns() {
			_, n := g.start(false, now, nil)
			if ok := g.conditions(p.Formula, n); !ok.yes() {
				faults = append(faults, leaf{ok})
			}
		}
	}
	out = append(out, definition("Next", nil, anyOf(steps...)))
	g.config = append(g.config, "SPECIFICATION Spec", "INVARIANT TypeOK")
	if len(faults) > 0 {
		out = append(out, definition("NoFault", nil, faults))
		g.config = append(g.config, "INVARIANT NoFault")
	}
	spec := append(conj{leaf{atom("Init")}, leaf{text{"[][Next]_vars", "[]"}}}, fair...)
	return append(out, definition("Spec", nil, spec))
}
