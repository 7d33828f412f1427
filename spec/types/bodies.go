package types

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// checkBodies types everything that names no new global: functions, initialisers, actions, properties and the rest.
func (c *checker) checkBodies() {
	for _, f := range c.info.Funcs {
		c.function(f)
	}
	c.recursion()
	for _, a := range c.assumes {
		leave := c.enter(context{noState: "an assumption is about constants only", byNumber: true})
		c.check(a.Cond, boolean)
		leave()
	}
	for _, d := range c.modelDecls {
		c.declaration(d)
	}
	c.checkJoins()
	c.domains()
	for _, p := range c.pureCalls {
		said := slices.ContainsFunc(c.errs, func(e *syntax.Error) bool { return e.Pos == p.pos })
		if !said && c.reads(p.f, map[*Func]bool{}) {
			c.errorf(p.pos, "%s: %s reads the state", p.why, p.f.Object.Name)
		}
	}
}

func (c *checker) reads(f *Func, seen map[*Func]bool) bool {
	if seen[f] {
		return false
	}
	seen[f] = true
	if c.readsState[f] {
		return true
	}
	for _, g := range f.calls {
		if c.reads(g, seen) {
			return true
		}
	}
	return false
}

func (c *checker) function(f *Func) {
	c.curFunc = f
	defer func() { c.curFunc = nil }()
	leave := c.enter(context{})
	defer leave()
	if f.Decl.Pos.Filename != c.info.Files[0].Pos.Filename && len(c.info.Files) > 1 && c.imported(f.Decl) {
		c.ctx.noState = "an imported function cannot read the state"
	}
	c.scoped(func() {
		c.locals = append(c.locals, f.Params...)
		if f.Decl.Decreases != nil {
			c.intOperand(f.Decl.Decreases)
			if slices.Contains(f.calls, f) {
				c.errorf(f.Decl.Decreases.Position(), "the measure of %s calls %s", f.Object.Name, f.Object.Name)
			}
		}
		c.check(f.Decl.Body, f.Result)
	})
}

func (c *checker) imported(d *syntax.FuncDecl) bool {
	for _, f := range c.info.Files[1:] {
		for _, e := range f.Decls {
			if e == syntax.Decl(d) {
				return true
			}
		}
	}
	return false
}

// recursion finds functions that call themselves. One may do so directly, with a measure; rings of several are refused.
func (c *checker) recursion() {
	for _, f := range c.info.Funcs {
		for _, g := range f.calls {
			if g == f {
				f.Recursive = true
			}
		}
		if f.Recursive && f.Decl.Decreases == nil {
			c.errorf(f.Object.Pos, "%s calls itself without a bound: write decreases EXPR before =, an integer that falls with every call and is never negative", f.Object.Name)
		}
		if !f.Recursive && f.Decl.Decreases != nil {
			c.errorf(f.Decl.Decreases.Position(), "%s does not call itself and needs no decreases", f.Object.Name)
		}
	}
	others := func(f *Func) []*Func {
		return slices.DeleteFunc(slices.Clone(f.calls), func(g *Func) bool { return g == f })
	}
	if r := ring(c.info.Funcs, others); r != nil {
		names := ringText(r, func(f *Func) string { return f.Object.Name })
		c.errorf(r[0].Object.Pos, "functions call each other in a ring: %s; only a function that calls itself directly can be bounded", names)
	}
}

// ring finds a ring of nodes, each of which has the one after it among its next, and the last the first. It is the first
// that a search in order meets, or nil.
func ring[T comparable](nodes []T, next func(T) []T) []T {
	state := map[T]resolution{}
	var path, found []T
	var visit func(n T) bool
	visit = func(n T) bool {
		state[n] = resolving
		path = append(path, n)
		for _, m := range next(n) {
			if state[m] == resolving {
				found = slices.Clone(path[slices.Index(path, m):])
				return false
			}
			if state[m] == unresolved && !visit(m) {
				return false
			}
		}
		path = path[:len(path)-1]
		state[n] = resolved
		return true
	}
	for _, n := range nodes {
		if state[n] == unresolved && !visit(n) {
			break
		}
	}
	return found
}

// ringText gives the way round a ring, back to where it begins.
func ringText[T any](ring []T, name func(T) string) string {
	var names []string
	for _, n := range ring {
		names = append(names, name(n))
	}
	return strings.Join(append(names, names[0]), " -> ")
}

func (c *checker) declaration(d syntax.Decl) {
	switch d := d.(type) {
	case *syntax.StateDecl:
		leave := c.enter(context{noState: "an initial value cannot read the state; use init { … }"})
		for _, v := range d.Vars {
			if v.Init != nil {
				if o := c.info.Defs[v.Names[0]]; o != nil && o.Type != nil {
					c.initial(v, o.Type)
				}
			} else if o := c.info.Defs[v.Names[0]]; o != nil && o.Type != nil && o.Type.Kind != Bad && o.Type.Card() > 1<<24 {
				c.errorf(v.Pos, "any would start from %s values of %s; use init { choose … }", count(o.Type), o.Name)
			}
		}
		leave()
	case *syntax.InitDecl:
		leave := c.enter(context{})
		c.joining(&joins{from: "init"}, true, func() { c.block(d.Body) })
		leave()
	case *syntax.ActionDecl:
		c.action(d)
	case *syntax.PropertyDecl:
		if d.Kind == "property" {
			c.property(d)
			return
		}
		leave := c.enter(context{old: d.Kind == "step"})
		c.check(d.Body, boolean)
		leave()
	case *syntax.BoundDecl:
		if d.Agg == "longest" {
			c.longest(d)
			return
		}
		c.bound(d)
	case *syntax.TerminalDecl:
		leave := c.enter(context{})
		c.check(d.Cond, boolean)
		leave()
	case *syntax.RefinesDecl:
		leave := c.enter(context{})
		for _, m := range d.Map {
			if o := c.variable(m.Name.Name); o != nil && o.Type != nil {
				c.fill(m.Value, o.Type)
			}
		}
		leave()
	case *syntax.MutantDecl:
		c.mutant(d)
	case *syntax.ScenarioDecl:
		c.scenario(d)
	case *syntax.ConfigDecl:
		// Its values are typed where they replace a constant; here only names count, see configure.
	}
}

func (c *checker) bound(d *syntax.BoundDecl) {
	for _, f := range d.Foralls {
		c.errorf(f.Pos, "forall stands before longest(…) only; %s(%s x in S: …) goes through a set", d.Agg, d.Agg)
		return
	}
	leave := c.enter(context{})
	c.intOperand(d.Expr)
	leave()
	if (d.Agg == "max") != strings.HasPrefix(d.Op, "<") {
		c.errorf(d.Limit.Position(), "a bound limits max(…) from above with <= or <, or min(…) from below with >= or >")
	}
	if d.Unit != nil {
		c.errorf(d.Unit.Pos, "a limit in occurrences of an action stands after longest(…) only")
	}
	c.limit(d)
}

// limit works out the limit of a bound.
func (c *checker) limit(d *syntax.BoundDecl) {
	n, ok := c.constInt(d.Limit, "the limit of a bound")
	if !ok {
		return
	}
	switch { // integers: < n is <= n-1
	case d.Op == "<":
		n, ok = SubOK(n, 1)
	case d.Op == ">":
		n, ok = AddOK(n, 1)
	}
	if !ok {
		c.errorf(d.Limit.Position(), "no integer is beyond that limit")
	}
	c.info.Limits[d] = n
}

// variable gives the state variable of a name, or nil.
func (c *checker) variable(name string) *Object {
	for _, o := range c.globals[name] {
		if o.Kind == VarObject {
			return o
		}
	}
	return nil
}

// initial types an initial value; in an array of parts, that of each.
func (c *checker) initial(v *syntax.StateVar, t *Type) {
	inner := t
	for range v.Arrays {
		if inner.Kind == Map {
			inner = inner.Elem
		}
	}
	c.fill(v.Init, inner)
	if inner != t {
		c.info.Fill[v.Init] = t
	}
}

// fill types an initial value, which may be that of every entry of a map.
func (c *checker) fill(e syntax.Expr, want *Type) {
	if want.Kind != Map {
		c.check(e, want)
		return
	}
	inner := want
	switch e.(type) {
	case *syntax.MapLit, *syntax.MapComp:
		c.check(e, want)
		return
	}
	if !c.needsType(e) {
		errs := len(c.errs)
		t := c.check(e, nil)
		if len(c.errs) > errs {
			return
		}
		for inner.Kind == Map && !Identical(t, inner) && !(t.IsInt() && inner.IsInt()) {
			inner = inner.Elem
		}
		c.coerce(e, t, inner)
	} else {
		for inner.Kind == Map {
			inner = inner.Elem
		}
		c.check(e, inner)
	}
	if inner != want {
		c.info.Fill[e] = want
	}
}

func (c *checker) actionNamed(pos syntax.Pos, name string) (int, bool) {
	i, ok := c.actions[name]
	switch {
	case ok:
	case c.hidden[name] != nil:
		c.errorf(pos, "%s is hidden: it happens only where it is called", name)
	default:
		c.errorf(pos, "no action %s%s", name, c.near(name, sortedKeys(c.actions)))
	}
	return i, ok
}

func (c *checker) action(d *syntax.ActionDecl) {
	a := c.anyAction(d.Name.Name)
	if a.Decl != d {
		return // declared twice
	}
	if d.Fair != nil {
		for _, name := range d.Fair.For {
			found := false
			for _, p := range a.Params {
				found = found || p.Name == name.Name
			}
			if !found {
				c.errorf(name.Pos, "action %s has no parameter %s", d.Name.Name, name.Name)
			}
		}
	}
	c.scoped(func() {
		c.locals = append(c.locals, a.Params...)
		a.body.from = d.Name.Name
		c.joining(&a.body, false, func() { c.guardAndBody(d.Guard, d.Body) })
		if d.Ensures != nil {
			leave := c.enter(context{old: true})
			c.check(d.Ensures, boolean)
			leave()
		}
	})
}

func (c *checker) guardAndBody(guard syntax.Expr, body *syntax.Block) {
	if guard != nil {
		leave := c.enter(context{})
		c.check(guard, boolean)
		leave()
	}
	if body != nil {
		leave := c.enter(context{old: true})
		c.block(body)
		leave()
	}
}

func (c *checker) mutant(d *syntax.MutantDecl) {
	for _, m := range c.info.Mutants {
		if m.Decl.Name.Name == d.Name.Name {
			note(c.errorf(d.Name.Pos, "mutant %s is declared twice", d.Name.Name), m.Decl.Name.Pos, "first declared here")
		}
	}
	if d.Guard == nil && d.Body == nil {
		c.errorf(d.Name.Pos, "mutant %s changes nothing: give it a guard, a body or both", d.Name.Name)
	}
	c.configNamed(d.Config)
	breaks := d.Breaks.Name
	action, ensures := strings.CutSuffix(breaks, ".ensures")
	switch _, known := c.props[breaks]; {
	case ensures:
		if i, ok := c.actionNamed(d.Breaks.Pos, action); ok && c.info.Actions[i].Decl.Ensures == nil {
			c.errorf(d.Breaks.Pos, "action %s has no ensures", action)
		}
	case !known && breaks != "deadlock" && breaks != "fault":
		c.errorf(d.Breaks.Pos, "no property %s%s", breaks, c.near(breaks, append(sortedKeys(c.props), "deadlock", "fault")))
	}
	i, ok := c.actionNamed(d.Of.Pos, d.Of.Name)
	if !ok {
		return
	}
	a := c.info.Actions[i]
	m := &Mutant{Decl: d, Action: i, Breaks: breaks, Here: c.applies(d.Config)}
	c.info.Mutants = append(c.info.Mutants, m)
	if !m.Here {
		return
	}
	c.scoped(func() {
		c.locals = append(c.locals, a.Params...)
		c.joining(&joins{from: d.Name.Name}, false, func() { c.guardAndBody(d.Guard, d.Body) })
	})
}

func (c *checker) configNamed(name *syntax.Ident) {
	if name == nil {
		return
	}
	var names []string
	for _, d := range c.modelDecls {
		if d, ok := d.(*syntax.ConfigDecl); ok {
			if d.Name.Name == name.Name {
				return
			}
			names = append(names, d.Name.Name)
		}
	}
	c.errorf(name.Pos, "no config %s%s", name.Name, among(names, "the model has none", "there are "))
}

// applies tells whether a mutant or a scenario belongs to the constants in force: those of its configuration, or the
// default ones. Its numbers may not fit others.
func (c *checker) applies(config *syntax.Ident) bool {
	if len(c.opt.Define) > 0 {
		return false
	}
	if config == nil {
		return c.opt.Config == ""
	}
	return config.Name == c.opt.Config
}

func (c *checker) scenario(d *syntax.ScenarioDecl) {
	for _, s := range c.info.Scenarios {
		if s.Decl.Name.Name == d.Name.Name {
			note(c.errorf(d.Name.Pos, "scenario %s is declared twice", d.Name.Name), s.Decl.Name.Pos, "first declared here")
		}
	}
	c.configNamed(d.Config)
	s := &Scenario{Decl: d, Here: c.applies(d.Config)}
	c.info.Scenarios = append(c.info.Scenarios, s)
	if s.Here {
		c.scenarioSteps(d)
	}
}

func (c *checker) scenarioSteps(d *syntax.ScenarioDecl) {
	leave := c.enter(context{byNumber: true})
	defer leave()
	if d.From != nil {
		c.check(d.From, boolean)
	}
	for _, s := range d.Steps {
		switch s := s.(type) {
		case *syntax.DoStep:
			c.actionCall(s.Call)
		case *syntax.RefuseStep:
			c.actionCall(s.Call)
		case *syntax.ExpectStep:
			c.check(s.Cond, boolean)
		}
	}
}

func (c *checker) actionCall(call *syntax.ActionCall) {
	i, ok := c.called(call)
	if !ok {
		return
	}
	c.info.Calls[call] = i
	ps := c.info.Actions[i].Params
	if !c.fitsAction(call, ps) {
		return
	}
	leave := c.enter(context{byNumber: true, noState: "an argument of a scenario's step cannot read the state"})
	defer leave()
	for k, a := range call.Args {
		c.check(a, ps[k].Type)
	}
}

func (c *checker) fitsAction(call *syntax.ActionCall, params []*Object) bool {
	n := len(params)
	if len(call.Args) != n {
		c.errorf(call.Name.Pos, "%s takes %d %s, got %d", call.Name.Name, n, plural(n, "argument"), len(call.Args))
	}
	return len(call.Args) == n
}

func (c *checker) block(b *syntax.Block) {
	c.scoped(func() {
		for _, s := range b.Stmts {
			c.stmt(s)
		}
	})
}

func (c *checker) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.AssignStmt:
		c.assign(s)
		c.joins.changed = true
	case *syntax.CallStmt:
		c.join(s.Call)
		c.joins.changed = true
	case *syntax.IfStmt:
		after := c.branches()
		for _, cb := range s.Conds {
			c.check(cb.Cond, boolean)
			after(func() { c.block(cb.Body) })
		}
		if s.Else != nil {
			after(func() { c.block(s.Else) })
		}
	case *syntax.ForStmt:
		c.loop(s.Binders, s.Where, s.Body, true)
	case *syntax.ChooseStmt:
		c.loop(s.Binders, s.Where, s.Body, false)
	case *syntax.EitherStmt:
		after := c.branches()
		for _, b := range s.Branches {
			after(func() { c.block(b) })
		}
	case *syntax.LetStmt:
		var want *Type
		if s.Type != nil {
			want = c.typeExpr(s.Type)
		}
		c.bind(s.Name, c.check(s.Value, want))
	case *syntax.AssertStmt:
		c.check(s.Cond, boolean)
	case *syntax.WhenStmt:
		c.check(s.Cond, boolean)
	case *syntax.MatchStmt:
		t := c.check(s.X, nil)
		var ps []*syntax.Pattern
		for _, a := range s.Arms {
			ps = append(ps, a.Pattern)
		}
		if !c.patterns(s.X, t, ps, s.Pos) {
			return
		}
		after := c.branches()
		for _, a := range s.Arms {
			c.scoped(func() {
				c.bindPattern(a.Pattern, t)
				after(func() { c.block(a.Body) })
			})
		}
	}
}

func (c *checker) loop(b *syntax.Binders, where syntax.Expr, body *syntax.Block, rounds bool) {
	c.scoped(func() {
		c.inLoop = rounds
		c.binders(b)
		c.inLoop = false
		if where != nil {
			c.check(where, boolean)
		}
		c.joins.changed = c.joins.changed || rounds && len(body.Stmts) > 0 // by the round before
		c.block(body)
	})
}

func (c *checker) assign(s *syntax.AssignStmt) {
	root := s.Target
	var fields []*syntax.Field
	for {
		switch x := root.(type) {
		case *syntax.Index:
			root = x.X
			continue
		case *syntax.Field:
			root = x.X
			fields = append(fields, x)
			continue
		}
		break
	}
	name, ok := root.(*syntax.Name)
	if !ok {
		c.errorf(s.Target.Position(), "cannot assign to this; the target is a variable, an element or a field")
		return
	}
	if os := c.lookup(name.Name); len(os) > 0 && os[0].Kind != VarObject {
		note(c.errorf(name.Pos, "cannot assign to %s: it is %s", name.Name, describe(os[0])), os[0].Pos, "declared here")
		return
	}
	t := c.check(s.Target, nil)
	if t.Kind == Bad {
		if !c.needsType(s.Value) {
			c.check(s.Value, nil)
		}
		return
	}
	for _, f := range fields {
		if c.info.Types[f.X].Kind == Option {
			c.errorf(f.Name.Pos, "cannot assign to .value; assign some(…) to the option")
			return
		}
	}
	if s.Op != "=" {
		if !t.IsInt() {
			c.errorf(s.Pos, "%s needs an integer, got %s", s.Op, t)
			return
		}
		c.intOperand(s.Value)
		return
	}
	c.check(s.Value, t)
}
