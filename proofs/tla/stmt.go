package tla

import (
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// writer writes statements as a formula of one step, or, with faults, the formula that some evaluation on the way has no value.
type writer struct {
	*exporter
	faults bool
}

// checked is rest where ok is true; of faults, that ok is false or rest has one.
func (w *writer) checked(ok text, rest form) form {
	switch {
	case ok.yes():
		return rest
	case w.faults:
		return anyOf(leaf{not(ok)}, allOf(leaf{ok}, rest))
	}
	return allOf(w.asked(ok), rest)
}

// block writes statements and then what next says.
func (w *writer) block(list []*ir.Stmt, n env, next func(env) form) form {
	if len(list) == 0 {
		return next(n)
	}
	s, rest := list[0], list[1:]
	outer := w.pos
	w.pos = s.Pos
	defer func() { w.pos = outer }()
	then := func(n env) form { return w.block(rest, n, next) }
	switch s.Op {
	case ir.When:
		f, _, ok := w.where(s.X, n)
		return w.checked(ok, allOf(f, then(n)))
	case ir.Assert:
		x, ok := w.eval(s.X, n)
		return w.checked(both(ok, x), then(n))
	case ir.LetStmt:
		x, ok := w.eval(s.X, n)
		if x.op == "" && len(x.s) < 30 {
			return w.checked(ok, then(n.bind(s.Local, x)))
		}
		name, in := w.declare(s.Local, n)
		return w.checked(ok, named(name, x, then(in)))
	case ir.Assign:
		x, ok := w.assigned(s, n)
		name := w.unused(w.vars[s.Target.Var]+"_1", &n)
		n.vars = slices.Clone(n.vars)
		n.vars[s.Target.Var] = atom(name)
		return w.checked(ok, named(name, x, then(n)))
	case ir.Choose:
		return w.choose(s, s.Binders, n, then)
	case ir.Either:
		var out []form
		for _, b := range s.Branches {
			out = append(out, w.block(b, n, func(in env) form { return then(outside(in, n)) }))
		}
		return anyOf(out...)
	}
	if len(rest) > 0 && !choosy(list[:1]) || s.Op == ir.For && !choosy(list[:1]) {
		return w.pure(s, n, then)
	}
	switch s.Op {
	case ir.IfElse:
		x, ok := w.eval(s.X, n)
		yes := w.block(s.Body, n, func(in env) form { return then(outside(in, n)) })
		otro := w.block(s.Else, n, func(in env) form { return then(outside(in, n)) })
		return w.checked(ok, w.cases(x, yes, otro))
	case ir.MatchStmt:
		return w.match(s, n, then)
	}
	return w.loop(s, s.Binders, n, then)
}

// outside is what the variables are after a block, with the locals before it.
func outside(in, n env) env {
	in.locals = n.locals
	return in
}

func (w *writer) cases(x text, yes, otro form) form {
	switch {
	case isFalse(yes) && isFalse(otro), x.yes():
		return yes
	case x.no():
		return otro
	case isFalse(otro):
		return allOf(w.asked(x), yes)
	case isFalse(yes):
		return allOf(w.asked(not(x)), otro)
	}
	return branch{x, yes, otro}
}

func (w *writer) match(s *ir.Stmt, n env, then func(env) form) form {
	t := s.X.Type
	x, ok := w.eval(s.X, n)
	name := ""
	if x.op != "" || len(x.s) > 30 {
		name = w.unused("matched", &n)
	}
	to := x
	if name != "" {
		to = atom(name)
	}
	var out form
	for i, a := range slices.Backward(s.Arms) {
		f := w.block(a.Stmts, w.bindArm(&s.Arms[i], t, to, n), func(in env) form { return then(outside(in, n)) })
		if i == len(s.Arms)-1 {
			out = f
			continue
		}
		out = w.cases(isMade(t, to, max(a.Ctor, 0)), f, out)
	}
	if name != "" {
		out = named(name, x, out)
	}
	return w.checked(ok, out)
}

func (w *writer) choose(s *ir.Stmt, bs []ir.Binder, n env, then func(env) form) form {
	if len(bs) == 0 {
		f, _, ok := w.where(s.Where, n)
		return w.checked(ok, allOf(f, w.block(s.Body, n, then)))
	}
	set, okSet := w.domain(&bs[0], n)
	name, in := w.declare(bs[0].Local, n)
	f, _, ok := w.where(bs[0].Where, in)
	outer := then
	if len(bs) == len(s.Binders) {
		outer = func(inner env) form { return then(outside(inner, n)) }
	}
	body := w.choose(s, bs[1:], in, outer)
	return w.checked(okSet, some(name, set, w.checked(ok, allOf(f, body))))
}

// loop unrolls a loop whose rounds choose.
func (w *writer) loop(s *ir.Stmt, bs []ir.Binder, n env, then func(env) form) form {
	if len(bs) == 0 {
		x, ok := truth(true), truth(true)
		if s.Where != nil {
			x, ok = w.eval(s.Where, n)
		}
		taken := w.block(s.Body, n, then)
		if x.yes() {
			return w.checked(ok, taken)
		}
		return w.checked(ok, w.cases(x, taken, then(n)))
	}
	b := &bs[0]
	set, okSet := w.domain(b, n)
	values := w.values(b.Type)
	var round func(i int, n env) form
	round = func(i int, n env) form {
		if i == len(values) {
			return then(n)
		}
		if w.rounds++; w.rounds > maxRounds {
			w.refuse("a loop whose rounds choose, of more than " + strconv.Itoa(maxRounds) + " ways")
		}
		in := n.bind(b.Local, values[i])
		x, ok := truth(true), truth(true)
		if b.Where != nil {
			x, ok = w.eval(b.Where, in)
		}
		if b.Kind != ir.AllOf {
			member := infix("\\in", values[i], set)
			x, ok = both(member, x), implies(member, ok)
		}
		next := func(after env) form { return round(i+1, outside(after, n)) }
		taken := w.loop(s, bs[1:], in, next)
		if x.yes() {
			return w.checked(ok, taken)
		}
		return w.checked(ok, w.cases(x, taken, next(n)))
	}
	return w.checked(okSet, round(0, n))
}

const maxRounds = 1 << 12

// values lists the values of a type in order, as texts.
func (g *exporter) values(t *types.Type) []text {
	if t.HasInt() || t.Card() > 256 {
		g.refuse("a loop that goes through more than 256 values, those of " + t.String())
	}
	var out []text
	switch t.Kind {
	case types.Bool, types.Enum, types.Symmetric:
		for k := range int64(t.Card()) {
			out = append(out, constant(t, k))
		}
	case types.Range:
		for k := t.Lo; k <= t.Hi; k++ {
			out = append(out, number(k))
		}
	case types.Option:
		out = append(out, atom("<<>>"))
		for _, x := range g.values(t.Elem) {
			out = append(out, atom("<<"+x.s+">>"))
		}
	case types.Record, types.Tuple:
		for _, args := range g.products(t.Fields) {
			if t.Kind == types.Tuple {
				out = append(out, atom("<<"+list(args)+">>"))
				continue
			}
			var parts []text
			for i, f := range t.Fields {
				parts = append(parts, atom(field(f.Name)+" |-> "+args[i].s))
			}
			out = append(out, atom("["+list(parts)+"]"))
		}
	case types.Union:
		for i, v := range t.Variants {
			for _, args := range g.products(v.Fields) {
				out = append(out, constructed(t, i, args))
			}
		}
	default:
		g.refuse("a loop over values of type " + t.String())
	}
	return out
}

func (g *exporter) products(fs []types.Field) [][]text {
	out := [][]text{nil}
	for _, f := range fs {
		var next [][]text
		for _, done := range out {
			for _, x := range g.values(f.Type) {
				next = append(next, append(done[:len(done):len(done)], x))
			}
		}
		out = next
	}
	return out
}

// choosy tells whether statements may have another number of successors than one.
func choosy(list []*ir.Stmt) bool {
	return slices.ContainsFunc(list, func(s *ir.Stmt) bool {
		if s.Op == ir.Choose || s.Op == ir.Either || s.Op == ir.When || choosy(s.Body) || choosy(s.Else) {
			return true
		}
		return slices.ContainsFunc(s.Arms, func(a ir.Arm) bool { return choosy(a.Stmts) })
	})
}

// pure writes a statement without choices as what it makes of the variables, each of which gets a name.
func (w *writer) pure(s *ir.Stmt, n env, then func(env) form) form {
	after, ok := w.run(s, n)
	type change struct {
		name string
		to   text
	}
	var changes []change
	vars := slices.Clone(n.vars)
	scope := n
	scope.names = after.names
	for i := range vars {
		if after.vars[i] != n.vars[i] {
			name := w.unused(w.vars[i]+"_1", &scope)
			changes = append(changes, change{name, after.vars[i]})
			vars[i] = atom(name)
		}
	}
	scope.vars = vars
	out := then(scope)
	for _, c := range slices.Backward(changes) {
		out = named(c.name, c.to, out)
	}
	return w.checked(ok, out)
}

// run works out what a statement without choices makes of the variables, and whether it has a value.
func (g *exporter) run(s *ir.Stmt, n env) (env, text) {
	outer := g.pos
	g.pos = s.Pos
	defer func() { g.pos = outer }()
	switch s.Op {
	case ir.Assign:
		x, ok := g.assigned(s, n)
		n.vars = slices.Clone(n.vars)
		n.vars[s.Target.Var] = g.sized(parenthesised(x))
		return n, ok
	case ir.LetStmt:
		x, ok := g.eval(s.X, n)
		return n.bind(s.Local, parenthesised(x)), ok
	case ir.Assert:
		x, ok := g.eval(s.X, n)
		return n, both(ok, x)
	case ir.IfElse:
		x, ok := g.eval(s.X, n)
		a, okA := g.runAll(s.Body, n)
		b, okB := g.runAll(s.Else, n)
		return g.merge(x, a, b, n), both(ok, ifOK(x, okA, okB))
	case ir.MatchStmt:
		t := s.X.Type
		x, ok := g.eval(s.X, n)
		x = parenthesised(x)
		var out env
		okArms := truth(true)
		for i, a := range slices.Backward(s.Arms) {
			in, okArm := g.runAll(a.Stmts, g.bindArm(&s.Arms[i], t, x, n))
			if i == len(s.Arms)-1 {
				out, okArms = in, okArm
				continue
			}
			is := isMade(t, x, max(a.Ctor, 0))
			out, okArms = g.merge(is, in, out, n), ifOK(is, okArm, okArms)
		}
		return outside(out, n), g.sized(both(ok, okArms))
	case ir.For:
		if out, ok, done := g.each(s, n); done {
			return out, ok
		}
		return g.runLoop(s, s.Binders, n)
	}
	panic("tla: statement without a meaning")
}

func ifOK(c, a, b text) text {
	switch {
	case a.yes() && b.yes():
		return a
	case a.yes():
		return either(c, b)
	case b.yes():
		return implies(c, a)
	}
	return ifText(c, a, b)
}

func (g *exporter) runAll(list []*ir.Stmt, n env) (env, text) {
	ok := truth(true)
	for _, s := range list {
		var okStmt text
		n, okStmt = g.run(s, n)
		ok = g.sized(both(ok, okStmt))
	}
	return n, ok
}

func (g *exporter) merge(c text, a, b, n env) env {
	vars := slices.Clone(b.vars)
	for i := range vars {
		vars[i] = g.sized(parenthesised(ifText(c, a.vars[i], b.vars[i])))
	}
	n.vars = vars
	n.names = &scope{"", n.names}
	return n
}

// each writes a loop that changes entries of one map, each round the entry of its own key and reading no other, as a map.
func (g *exporter) each(s *ir.Stmt, n env) (out env, ok text, done bool) {
	if len(s.Binders) != 1 || len(s.Body) != 1 || s.Body[0].Op != ir.Assign {
		return n, ok, false
	}
	a, b := s.Body[0], &s.Binders[0]
	v := a.Target.Var
	t := g.p.Vars[v].Type
	own := func(e *ir.Expr) bool { return e.Op == ir.LoadLocal && e.Local == b.Local }
	if len(a.Target.Path) != 1 || t.Kind != types.Map || a.Target.Path[0].X == nil || !own(a.Target.Path[0].X) {
		return n, ok, false
	}
	var alone func(e *ir.Expr) bool
	alone = func(e *ir.Expr) bool {
		switch {
		case e == nil:
			return true
		case e.Op == ir.LoadVar:
			return e.Var != v
		case e.Op == ir.Index && e.Args[0].Op == ir.LoadVar && e.Args[0].Var == v && own(e.Args[1]):
			return true
		case e.Op == ir.Call && (g.reads[e.Func] == nil || g.reads[e.Func][v]):
			return false
		case e.Op == ir.Old:
			return true
		}
		for _, x := range e.Args {
			if !alone(x) {
				return false
			}
		}
		for i := range e.Binders {
			for _, x := range []*ir.Expr{e.Binders[i].Lo, e.Binders[i].Hi, e.Binders[i].Set, e.Binders[i].Where} {
				if !alone(x) {
					return false
				}
			}
		}
		for i := range e.Arms {
			if !alone(e.Arms[i].Body) {
				return false
			}
		}
		return alone(e.Where)
	}
	if !alone(s.Where) || !alone(b.Where) || !alone(a.X) {
		return n, ok, false
	}
	set, okSet := g.domain(b, n)
	name, in := g.declare(b.Local, n)
	cond, okCond := truth(true), truth(true)
	for _, w := range []*ir.Expr{b.Where, s.Where} {
		if w != nil {
			x, okX := g.eval(w, in)
			cond, okCond = both(cond, x), both(okCond, implies(cond, okX))
		}
	}
	x, okRound := g.eval(a.X, in)
	okRound = both(okCond, implies(cond, okRound))
	keys := g.typeText(t.Key)
	if set.s != keys.s {
		cond = both(infix("\\in", atom(name), set), cond)
	}
	old := atom(n.vars[v].applied() + "[" + name + "]")
	n.vars = slices.Clone(n.vars)
	n.vars[v] = function(name, keys, ifText(cond, x, old))
	n.names = in.names
	return n, both(okSet, all("\\A", name, set, okRound)), true
}

// runLoop unrolls a loop.
func (g *exporter) runLoop(s *ir.Stmt, bs []ir.Binder, n env) (env, text) {
	if len(bs) == 0 {
		x, ok := truth(true), truth(true)
		if s.Where != nil {
			x, ok = g.eval(s.Where, n)
		}
		in, okBody := g.runAll(s.Body, n)
		return g.merge(x, in, n, n), both(ok, implies(x, okBody))
	}
	b := &bs[0]
	set, ok := g.domain(b, n)
	for _, v := range g.values(b.Type) {
		in := n.bind(b.Local, v)
		x, okWhere := truth(true), truth(true)
		if b.Where != nil {
			x, okWhere = g.eval(b.Where, in)
		}
		after, okBody := g.runLoop(s, bs[1:], in)
		member := truth(true)
		if b.Kind != ir.AllOf {
			member = infix("\\in", v, set)
		}
		ok = g.sized(both(ok, implies(member, both(okWhere, implies(x, okBody)))))
		n = g.merge(both(member, x), after, n, n)
	}
	return n, ok
}

// assigned is what an assignment makes of its variable.
func (g *exporter) assigned(s *ir.Stmt, n env) (x, ok text) {
	x, ok = g.eval(s.X, n)
	now := n.vars[s.Target.Var]
	if len(s.Target.Path) == 0 {
		return x, ok
	}
	t := g.p.Vars[s.Target.Var].Type
	path := ""
	at := now
	for _, step := range s.Target.Path {
		switch {
		case step.X == nil:
			name := field(t.Fields[step.Field].Name)
			path += "." + name
			at, t = atom(at.applied()+"."+name), t.Fields[step.Field].Type
		default:
			key, okKey := g.eval(step.X, n)
			ok = both(ok, okKey)
			if t.Kind == types.Seq {
				ok = both(ok, inside(step.X.Type, key, at))
				key = plusOne(key)
			}
			path += "[" + key.s + "]"
			at, t = atom(at.applied()+"["+key.s+"]"), t.Elem
		}
	}
	value := x.s
	if rest, ok := shortened(x, at); ok {
		value = "@ " + rest
	}
	return atom("[" + now.s + " EXCEPT !" + path + " = " + value + "]"), ok
}

// shortened writes at + x as @ + x.
func shortened(x, at text) (string, bool) {
	if x.op != "+" && x.op != "-" {
		return "", false
	}
	prefix := at.s + " "
	if len(x.s) > len(prefix) && x.s[:len(prefix)] == prefix {
		rest := x.s[len(prefix):]
		if rest[0] == x.op[0] && !contains(rest[2:], x.op) {
			return rest, true
		}
	}
	return "", false
}

func contains(s, op string) bool {
	for i := range s {
		if s[i:i+1] == op {
			return true
		}
	}
	return false
}
