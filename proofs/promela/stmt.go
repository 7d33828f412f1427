package promela

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// way is one way through the body of an action, each choice on it made. It is taken where guard is true, and what the choices
// are made of are formals: parameters besides those of the action.
//
// A guard speaks of the state before the step, so that whatever decides between ways is worked out beforehand: sym is what the variables hold
// then, in terms of that state. The lines change the variables themselves, and read them (nat) in the places where they lie.
type way struct {
	guard    ex
	faults   []ex // an evaluation that has no value, on the way to a choice
	lines    []string
	nat, sym env
	formals  []formal
	taken    []string // the branches of either, by number
	temps    int
	names    map[string]bool // of formals
	sure     []string        // conditions that are true here
}

// formal is a parameter of an inline, for each scalar of a value.
type formal struct {
	t     *types.Type
	names []string
}

func (w way) under(c, ok ex) way {
	if f := and(w.guard, not(ok)); !f.no() {
		w.faults = append(w.faults[:len(w.faults):len(w.faults)], f)
	}
	w.guard = and(w.guard, and(ok, c))
	return w
}

// dead is a way that is never taken, of which only faults are left.
func dead(w way) []way {
	if len(w.faults) == 0 {
		return nil
	}
	return []way{w}
}

func (w *way) line(indent int, text string) {
	w.lines = append(w.lines[:len(w.lines):len(w.lines)], strings.Repeat("  ", indent)+text)
}

const maxWays = 1 << 10

// choosy tells whether statements may have another number of successors than one.
func choosy(list []*ir.Stmt) bool {
	return slices.ContainsFunc(list, func(s *ir.Stmt) bool {
		if s.Op == ir.Choose || s.Op == ir.Either || s.Op == ir.When || choosy(s.Body) || choosy(s.Else) {
			return true
		}
		return slices.ContainsFunc(s.Arms, func(a ir.Arm) bool { return choosy(a.Stmts) })
	})
}

// ways goes through statements; more says that choices are to come after them.
func (g *exporter) ways(list []*ir.Stmt, w way, more bool) []way {
	now := []way{w}
	for i, s := range list {
		later := more || choosy(list[i+1:])
		var next []way
		for _, w := range now {
			if w.guard.no() {
				next = append(next, dead(w)...)
				continue
			}
			next = append(next, g.way(s, list[i+1:], w, later)...)
		}
		if now = next; len(now) > g.maxWays {
			refuse(s.Pos, "more than "+strconv.Itoa(g.maxWays)+" ways through the choices")
		}
	}
	return now
}

func (g *exporter) way(s *ir.Stmt, rest []*ir.Stmt, w way, more bool) []way {
	outer := g.pos
	g.pos = s.Pos
	defer func() { g.pos = outer }()
	if !choosy([]*ir.Stmt{s}) {
		if more {
			var ok ex
			w.sym, ok = g.run(s, w.sym)
			w = w.under(truth(true), ok)
		}
		g.emit(s, rest, &w, 0)
		return []way{w}
	}
	switch s.Op {
	case ir.When:
		x, ok := g.truthOf(s.X, w.sym)
		return []way{w.under(x, ok)}
	case ir.IfElse:
		x, ok := g.truthOf(s.X, w.sym)
		return append(g.ways(s.Body, w.under(x, ok), more), g.ways(s.Else, w.under(not(x), ok), more)...)
	case ir.MatchStmt:
		return g.matched(s, rest, w, more)
	case ir.Either:
		var out []way
		for i, b := range s.Branches {
			in := w
			in.taken = append(w.taken[:len(w.taken):len(w.taken)], strconv.Itoa(i+1))
			out = append(out, g.ways(b, in, more)...)
		}
		return out
	case ir.Choose:
		return g.chosen(s, s.Binders, w, more)
	case ir.For:
		return g.looped(s, s.Binders, w, more)
	}
	panic("promela: choice without a meaning")
}

func (g *exporter) matched(s *ir.Stmt, rest []*ir.Stmt, w way, more bool) []way {
	x, ok := g.eval(s.X, w.sym)
	y, _ := g.eval(s.X, w.nat)
	w = w.under(truth(true), ok)
	var out []way
	others := truth(true)
	for i := range s.Arms {
		a := &s.Arms[i]
		is := truth(true)
		if a.Ctor >= 0 {
			is = g.isMade(x, a.Ctor)
		}
		in := w.under(and(others, is), truth(true))
		others = and(others, not(is))
		if in.guard.no() {
			out = append(out, dead(in)...)
			continue
		}
		in.sym = g.bindArm(a, x, in.sym)
		in.nat = g.bindArm(a, g.keep(y, append(slices.Clone(a.Stmts), rest...), &in, 0), in.nat)
		out = append(out, g.ways(a.Stmts, in, more)...)
	}
	return out
}

// chosen gives each binder a formal for its value, or, where everything is known, goes through the values.
func (g *exporter) chosen(s *ir.Stmt, bs []ir.Binder, w way, more bool) []way {
	if len(bs) == 0 {
		x, ok := g.truthOf(s.Where, w.sym)
		return g.ways(s.Body, w.under(x, ok), more)
	}
	b := &bs[0]
	if g.concrete {
		vs, ok := g.domain(b, w.sym)
		w = w.under(truth(true), ok)
		var out []way
		for _, d := range vs {
			in := w.under(d.when, truth(true))
			out = append(out, g.bound(s, bs, d.v, in, more)...)
		}
		return out
	}
	t := b.Type
	in, ok := truth(true), truth(true)
	var v value
	switch b.Kind {
	case ir.AllOf:
		v = g.formalOf(b.Local, t, &w)
	case ir.Interval:
		lo, okLo := g.eval(b.Lo, w.sym)
		hi, okHi := g.eval(b.Hi, w.sym)
		if lo.x.lo > hi.x.hi {
			return []way{w.under(truth(false), and(okLo, okHi))}
		}
		v = g.formalOf(b.Local, types.IntRange(lo.x.lo, hi.x.hi), &w)
		in, ok = and(le(lo.x, v.x), le(v.x, hi.x)), and(okLo, okHi)
	default:
		set, okSet := g.eval(b.Set, w.sym)
		if b.Kind == ir.Subsets {
			v = g.formalOf(b.Local, types.SetOf(set.t.Elem), &w)
			in, ok = g.subset(v, set), okSet
		} else {
			v = g.formalOf(b.Local, set.t.Elem, &w)
			in, ok = g.isIn(v, set), okSet
		}
	}
	return g.bound(s, bs, v, w.under(in, ok), more)
}

func (g *exporter) bound(s *ir.Stmt, bs []ir.Binder, v value, w way, more bool) []way {
	if w.guard.no() {
		return dead(w)
	}
	b := &bs[0]
	w.sym, w.nat = w.sym.bind(b.Local, v), w.nat.bind(b.Local, v)
	x, ok := g.truthOf(b.Where, w.sym)
	return g.chosen(s, bs[1:], w.under(x, ok), more)
}

// formalOf makes a formal for a local.
func (g *exporter) formalOf(id ir.LocalID, t *types.Type, w *way) value {
	card(g.pos, t)
	base := clean(g.p.Locals[id].Name)
	v := g.zero(t)
	f := formal{t: t}
	names := map[string]bool{}
	for n := range w.names {
		names[n] = true
	}
	fresh := func(name string) string {
		for out, n := name, 1; ; n++ {
			if !g.taken[out] && !reserved[out] && !names[out] {
				names[out] = true
				return out
			}
			out = name + "_" + strconv.Itoa(n)
		}
	}
	var fill func(v *value, name string)
	fill = func(v *value, name string) {
		if isScalar(v.t) {
			f.names = append(f.names, fresh(name))
			v.x = g.at(f.names[len(f.names)-1], v.t).x
			return
		}
		for i := range v.parts {
			fill(&v.parts[i], name+"_"+clean(g.partName(v.t, i)))
		}
	}
	fill(&v, base)
	w.names = names
	w.formals = append(w.formals[:len(w.formals):len(w.formals)], f)
	return v
}

// looped unrolls a loop whose rounds choose. Its domains are worked out when they are reached.
func (g *exporter) looped(s *ir.Stmt, bs []ir.Binder, w way, more bool) []way {
	if len(bs) == 0 {
		x, ok := g.truthOf(s.Where, w.sym)
		out := g.ways(s.Body, w.under(x, ok), true)
		if skipped := w.under(not(x), ok); !skipped.guard.no() {
			skipped.faults = w.faults
			out = append(out, skipped)
		}
		return out
	}
	vs, ok := g.domain(&bs[0], w.sym)
	now := []way{w.under(truth(true), ok)}
	for _, d := range vs {
		var next []way
		for _, w := range now {
			in := w
			in.sym, in.nat = w.sym.bind(bs[0].Local, d.v), w.nat.bind(bs[0].Local, d.v)
			x, ok := g.truthOf(bs[0].Where, in.sym)
			x, ok = and(d.when, x), implies(d.when, ok)
			if taken := in.under(x, ok); !taken.guard.no() {
				next = append(next, g.looped(s, bs[1:], taken, true)...)
			}
			if skipped := w.under(not(x), ok); !skipped.guard.no() {
				skipped.faults = w.faults
				next = append(next, skipped)
			}
		}
		if now = next; len(now) > g.maxWays {
			refuse(s.Pos, "more than "+strconv.Itoa(g.maxWays)+" ways through the choices")
		}
	}
	return now
}

// run works out what a statement without choices makes of the variables, and whether it has a value.
func (g *exporter) run(s *ir.Stmt, n env) (env, ex) {
	outer := g.pos
	g.pos = s.Pos
	defer func() { g.pos = outer }()
	switch s.Op {
	case ir.Assign:
		v, ok := g.eval(s.X, n)
		root, okPath := g.replaced(n.vars[s.Target.Var], s.Target.Path, v, n)
		n.vars = slices.Clone(n.vars)
		n.vars[s.Target.Var] = root
		return n, and(ok, okPath)
	case ir.LetStmt:
		v, ok := g.eval(s.X, n)
		return n.bind(s.Local, v), ok
	case ir.Assert:
		x, ok := g.truthOf(s.X, n)
		return n, and(ok, x)
	case ir.IfElse:
		x, ok := g.truthOf(s.X, n)
		a, okA := g.runAll(s.Body, n)
		b, okB := g.runAll(s.Else, n)
		return g.merge(x, a, b, n), and(ok, mux(x, okA, okB))
	case ir.MatchStmt:
		x, ok := g.eval(s.X, n)
		out, okArms := n, truth(true)
		for i := range slices.Backward(s.Arms) {
			a := &s.Arms[i]
			is := truth(true)
			if a.Ctor >= 0 {
				is = g.isMade(x, a.Ctor)
			}
			in, okArm := g.runAll(a.Stmts, g.bindArm(a, x, n))
			out, okArms = g.merge(is, in, out, n), mux(is, okArm, okArms)
		}
		return out, checked(g.pos, and(ok, okArms))
	case ir.For:
		return g.runLoop(s, s.Binders, n)
	}
	panic("promela: statement without a meaning")
}

func (g *exporter) runAll(list []*ir.Stmt, n env) (env, ex) {
	ok := truth(true)
	for _, s := range list {
		var okStmt ex
		n, okStmt = g.run(s, n)
		ok = checked(g.pos, and(ok, okStmt))
	}
	return n, ok
}

func (g *exporter) runLoop(s *ir.Stmt, bs []ir.Binder, n env) (env, ex) {
	if len(bs) == 0 {
		x, ok := g.truthOf(s.Where, n)
		in, okBody := g.runAll(s.Body, n)
		return g.merge(x, in, n, n), and(ok, implies(x, okBody))
	}
	vs, ok := g.domain(&bs[0], n)
	for _, d := range vs {
		in := n.bind(bs[0].Local, d.v)
		x, okWhere := g.truthOf(bs[0].Where, in)
		in, okBody := g.runLoop(s, bs[1:], in)
		ok = checked(g.pos, and(ok, implies(d.when, and(okWhere, implies(x, okBody)))))
		n = g.merge(and(d.when, x), in, n, n)
	}
	return n, ok
}

// merge is a where c is true and b where not, with the locals of n.
func (g *exporter) merge(c ex, a, b, n env) env {
	vars := slices.Clone(b.vars)
	for i := range vars {
		if a.vars[i].place == "" || a.vars[i].place != b.vars[i].place {
			vars[i] = g.choose(c, a.vars[i], b.vars[i])
		}
	}
	n.vars = vars
	return n
}

// replaced is a value with another part at the end of a path.
func (g *exporter) replaced(v value, path []ir.PathStep, x value, n env) (value, ex) {
	if len(path) == 0 {
		x.t = v.t
		return x, truth(true)
	}
	out := value{t: v.t, parts: slices.Clone(g.explode(v))}
	step := path[0]
	if step.X == nil {
		part, ok := g.replaced(out.parts[step.Field], path[1:], x, n)
		out.parts[step.Field] = part
		return out, ok
	}
	key, ok := g.eval(step.X, n)
	first, all := 0, []value(nil)
	if v.t.Kind == types.Seq {
		size := g.part(v, 0).x
		ok = and(ok, and(le(num(0), key.x), lt(key.x, size)))
		first = 1
		for i := range v.t.Max {
			all = append(all, scalar(key.t, num(i)))
		}
	} else {
		all = g.all(keys(v.t))
		if keys(v.t).IsInt() {
			key.t = keys(v.t)
		}
	}
	for i, k := range all {
		is := g.same(key, k)
		if is.no() {
			continue
		}
		part, okPart := g.replaced(out.parts[first+i], path[1:], x, n)
		out.parts[first+i] = g.choose(is, part, out.parts[first+i])
		ok = checked(g.pos, and(ok, implies(is, okPart)))
	}
	return out, ok
}

// emit writes a statement without choices as lines of a way.
func (g *exporter) emit(s *ir.Stmt, rest []*ir.Stmt, w *way, indent int) {
	outer := g.pos
	g.pos = s.Pos
	defer func() { g.pos = outer }()
	switch s.Op {
	case ir.Assign:
		g.assign(s, w, indent)
	case ir.LetStmt:
		v, ok := g.eval(s.X, w.nat)
		g.demand(ok, w, indent)
		w.nat = w.nat.bind(s.Local, g.keep(v, rest, w, indent))
	case ir.Assert:
		x, ok := g.truthOf(s.X, w.nat)
		g.demand(and(ok, x), w, indent)
	case ir.IfElse:
		x, ok := g.truthOf(s.X, w.nat)
		g.demand(ok, w, indent)
		g.branch([]ex{x, truth(true)}, w, indent, func(i int) {
			g.emitAll([][]*ir.Stmt{s.Body, s.Else}[i], w, indent+1)
		})
	case ir.MatchStmt:
		x, ok := g.eval(s.X, w.nat)
		g.demand(ok, w, indent)
		var is []ex
		all := slices.Clone(rest)
		for _, a := range s.Arms {
			if a.Ctor >= 0 {
				is = append(is, g.isMade(x, a.Ctor))
			} else {
				is = append(is, truth(true))
			}
			all = append(all, a.Stmts...)
		}
		is[len(is)-1] = truth(true) // there is no other
		x = g.keep(x, all, w, indent)
		g.branch(is, w, indent, func(i int) {
			w.nat = g.bindArm(&s.Arms[i], x, w.nat)
			g.emitAll(s.Arms[i].Stmts, w, indent+1)
		})
	case ir.For:
		g.emitLoop(s, s.Binders, w, indent)
	default:
		panic("promela: statement without a meaning")
	}
}

// branch writes an if, of whose conditions the first that is true decides; the last one is true.
func (g *exporter) branch(conds []ex, w *way, indent int, body func(i int)) {
	nat, sure := w.nat, w.sure
	opened := 0
	for i, c := range conds {
		w.sure = sure
		switch {
		case c.no():
			continue
		case c.yes() && opened == 0:
			at := len(w.lines)
			body(i)
			for k := at; k < len(w.lines); k++ {
				w.lines[k] = strings.TrimPrefix(w.lines[k], "  ")
			}
			w.nat = nat
			return
		}
		if c.yes() {
			w.line(indent+opened-1, ":: else ->")
		} else {
			if opened > 0 {
				w.line(indent+opened-1, ":: else ->")
			}
			w.line(indent+opened, "if")
			opened++
			w.line(indent+opened-1, ":: "+c.s+" ->")
		}
		at := len(w.lines)
		body(i)
		for k := at; k < len(w.lines); k++ {
			w.lines[k] = strings.Repeat("  ", opened) + w.lines[k]
		}
		if len(w.lines) == at {
			w.line(indent+opened, "skip")
		}
		w.nat = nat
		if c.yes() {
			break
		}
	}
	w.sure = nil
	for ; opened > 0; opened-- {
		w.line(indent+opened-1, "fi;")
	}
}

func (g *exporter) emitAll(list []*ir.Stmt, w *way, indent int) {
	for i, s := range list {
		g.emit(s, list[i+1:], w, indent)
	}
}

// emitLoop unrolls a loop. What is gone through is kept as it was where the body changes it.
func (g *exporter) emitLoop(s *ir.Stmt, bs []ir.Binder, w *way, indent int) {
	if len(bs) == 0 {
		x, ok := g.truthOf(s.Where, w.nat)
		g.demand(ok, w, indent)
		g.branch([]ex{x, truth(true)}, w, indent, func(i int) {
			if i == 0 {
				g.emitAll(s.Body, w, indent+1)
			}
		})
		return
	}
	vs, ok := g.domain(&bs[0], w.nat)
	g.demand(ok, w, indent)
	for i := range vs {
		vs[i].when = g.keep(scalar(types.BoolType(), vs[i].when), s.Body, w, indent).x
	}
	nat := w.nat
	for _, d := range vs {
		g.branch([]ex{d.when, truth(true)}, w, indent, func(i int) {
			if i > 0 {
				return
			}
			w.nat = nat.bind(bs[0].Local, d.v)
			x, ok := g.truthOf(bs[0].Where, w.nat)
			g.demand(ok, w, indent+1)
			g.branch([]ex{x, truth(true)}, w, indent+1, func(i int) {
				if i == 0 {
					g.emitLoop(s, bs[1:], w, indent+2)
				}
			})
		})
	}
	w.nat = nat
}

// demand writes what must be true where a statement has a value.
func (g *exporter) demand(ok ex, w *way, indent int) {
	if ok.yes() || len(w.lines) == 0 && ok.s == w.guard.s || slices.Contains(w.sure, ok.s) {
		return
	}
	w.line(indent, "assert("+checked(g.pos, ok).s+"); "+ok.s+"; /* and goes no further */")
	w.sure = append(w.sure[:len(w.sure):len(w.sure)], ok.s)
}

const longText = 400 // bytes of an expression that is kept rather than written again

// keep is a value that statements to come do not change: what they assign to is copied.
func (g *exporter) keep(v value, rest []*ir.Stmt, w *way, indent int) value {
	changed := map[string]bool{}
	g.assigned(rest, changed)
	var kept func(v value) value
	kept = func(v value) value {
		if isScalar(v.t) {
			if v.x.known() || !mentions(v.x.s, changed) && len(v.x.s) < longText {
				return v
			}
			name := g.temp(w)
			w.line(indent, name+" = "+v.x.s+";")
			v.place, v.x = "", ex{s: name, prec: atomPrec, lo: v.x.lo, hi: v.x.hi}
			return v
		}
		if v.place != "" && !mentions(v.place, changed) {
			return v
		}
		out := value{t: v.t}
		for _, p := range g.explode(v) {
			out.parts = append(out.parts, kept(p))
		}
		return out
	}
	return kept(v)
}

func (g *exporter) temp(w *way) string {
	w.temps++
	g.temps = max(g.temps, w.temps)
	return fmt.Sprintf("tmp_%d", w.temps)
}

// assigned gathers the names of the variables that statements assign to.
func (g *exporter) assigned(list []*ir.Stmt, out map[string]bool) {
	for _, s := range list {
		if s.Op == ir.Assign {
			out[g.vars[s.Target.Var]] = true
		}
		g.assigned(s.Body, out)
		g.assigned(s.Else, out)
		for _, b := range s.Branches {
			g.assigned(b, out)
		}
		for _, a := range s.Arms {
			g.assigned(a.Stmts, out)
		}
	}
}

// mentions tells whether one of some names stands in a text.
func mentions(text string, names map[string]bool) bool {
	found := false
	tokens(text, func(word string) { found = found || names[word] })
	return found
}

// tokens goes through the names in a text that are not those of fields.
func tokens(text string, visit func(string)) {
	isName := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	for i := 0; i < len(text); i++ {
		if !isName(text[i]) {
			continue
		}
		j := i
		for j < len(text) && isName(text[j]) {
			j++
		}
		if i == 0 || text[i-1] != '.' {
			visit(text[i:j])
		}
		i = j
	}
}

// assign stores a value, part by part. What is stored and reads the variable itself is worked out first.
func (g *exporter) assign(s *ir.Stmt, w *way, indent int) {
	v, ok := g.eval(s.X, w.nat)
	g.demand(ok, w, indent)
	root := map[string]bool{g.vars[s.Target.Var]: true}
	target := w.nat.vars[s.Target.Var]
	for _, step := range s.Target.Path {
		if step.X == nil {
			target = g.part(target, step.Field)
			continue
		}
		key, ok := g.eval(step.X, w.nat)
		if target.t.Kind == types.Seq {
			ok = and(ok, and(le(num(0), key.x), lt(key.x, g.part(target, 0).x)))
		}
		g.demand(ok, w, indent)
		for _, x := range g.leaves(key) {
			if mentions(x.x.s, root) && !isScalar(s.Target.Type) {
				key = g.keep(key, []*ir.Stmt{s}, w, indent)
				break
			}
		}
		if target.t.Kind == types.Seq {
			if target.t.Max == 0 {
				w.line(indent, "assert(false);")
				return
			}
			target = g.at(target.place+".at["+key.x.s+"]"+nested(target.t.Elem), target.t.Elem)
			continue
		}
		if target = g.entry(target, key); target.place == "" {
			refuse(step.Pos, "an assignment to the entry of a map for a key of type "+key.t.String())
		}
	}
	w.sure = nil
	if s.X.Op == ir.Append && target.place != "" && g.isPlace(s.X.Args[0], target, w) {
		g.append(s, target, w, indent)
		return
	}
	v.t = target.t
	to, from := g.leaves(target), g.leaves(v)
	if len(to) != len(from) {
		panic("promela: a value of another shape is assigned")
	}
	if len(to) > 1 {
		reads := 0
		for i := range to {
			if to[i].place != from[i].x.s && mentions(from[i].x.s, root) {
				reads++
			}
		}
		for i := range from {
			if reads > 0 && to[i].place != from[i].x.s && mentions(from[i].x.s, root) {
				name := g.temp(w)
				w.line(indent, name+" = "+from[i].x.s+";")
				from[i].x.s = name
			}
		}
	}
	for i := range to {
		if to[i].place != from[i].x.s {
			w.line(indent, to[i].place+" = "+from[i].x.s+";")
		}
	}
}

// isPlace tells whether an expression is what lies in a place.
func (g *exporter) isPlace(e *ir.Expr, at value, w *way) bool {
	v, _ := g.eval(e, w.nat)
	return v.place == at.place
}

// append stores one more element of a sequence.
func (g *exporter) append(s *ir.Stmt, q value, w *way, indent int) {
	x, _ := g.eval(s.X.Args[1], w.nat)
	size := g.part(q, 0).x
	elem := g.at(q.place+".at["+size.s+"]"+nested(q.t.Elem), q.t.Elem)
	from := g.leaves(x)
	for i, to := range g.leaves(elem) {
		if from[i].x.s != "0" && from[i].x.s != "false" { // what it is already
			w.line(indent, to.place+" = "+from[i].x.s+";")
		}
	}
	w.line(indent, size.s+" = "+add(size, num(1)).s+";")
}
