package slice

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/total"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// cone is what claims depend on. It grows until nothing is missing.
type cone struct {
	p       *ir.Program
	total   *total.Judge
	vars    []bool
	actions []bool
	funcs   []bool              // that are called
	locals  map[ir.LocalID]bool // that are read
	seen    map[*ir.Expr]bool   // that were read
	grown   bool                // since it was last set to false

	claims   []int  // by their place in a list
	props    []bool // that are claimed, or may fault where that is claimed
	ensures  []bool
	terminal bool
	steps    bool // a claim speaks of all steps
}

func newCone(p *ir.Program) *cone {
	return &cone{
		p: p, total: total.New(p),
		vars: make([]bool, len(p.Vars)), actions: make([]bool, len(p.Actions)), funcs: make([]bool, len(p.Funcs)),
		props: make([]bool, len(p.Props)), ensures: make([]bool, len(p.Actions)),
		locals: map[ir.LocalID]bool{}, seen: map[*ir.Expr]bool{},
	}
}

// joins tells whether one slice does for two cones that are closed: they keep the same variables, so that the actions of one add no
// states to the other. An action that stands for others would show in runs; it is kept from claims that have no use for it.
func (c *cone) joins(d *cone) bool {
	all := true
	for i := range c.actions {
		all = all && (c.actions[i] || d.actions[i])
	}
	return slices.Equal(c.vars, d.vars) && (all || c.steps == d.steps)
}

// join adds the claims and the actions of another cone with the same variables.
func (c *cone) join(d *cone) {
	c.claims = append(c.claims, d.claims...)
	slices.Sort(c.claims)
	either := func(to, from []bool) {
		for i, ok := range from {
			to[i] = to[i] || ok
		}
	}
	either(c.props, d.props)
	either(c.ensures, d.ensures)
	either(c.actions, d.actions)
	c.terminal = c.terminal || d.terminal
	c.steps = c.steps || d.steps
	c.close()
}

// stutters tells whether steps that are left out have to be stood for.
func (c *cone) stutters() bool { return c.steps && slices.Contains(c.actions, false) }

// claim begins with what a claim speaks of.
func (c *cone) claim(claim Claim) {
	switch claim.Kind {
	case OfProp:
		c.props[claim.Prop] = true
		c.prop(&c.p.Props[claim.Prop])
	case OfEnsures:
		c.actions[claim.Prop], c.ensures[claim.Prop] = true, true
	case OfDeadlock:
		c.all()
		c.terminal = true
	case OfFaults:
		c.all()
		c.terminal = true // it may fault
		for i := range c.p.Props {
			if c.faults(&c.p.Props[i]) {
				c.props[i] = true
				c.prop(&c.p.Props[i])
			}
		}
		for i := range c.p.Actions {
			if e := c.p.Actions[i].Ensures; e != nil && !c.total.Expr(e) {
				c.ensures[i] = true
			}
		}
	}
}

// faults tells whether the evaluation of a property may fault.
func (c *cone) faults(q *ir.Prop) bool {
	may := q.Kind == ir.Isolated || q.Expr != nil && !c.total.Expr(q.Expr)
	if q.Formula != nil {
		q.Formula.Walk(func(f *ir.Formula) { may = may || f.Expr != nil && !c.total.Expr(f.Expr) })
	}
	return may
}

// all keeps all actions.
func (c *cone) all() {
	for i := range c.actions {
		c.actions[i] = true
	}
}

// prop keeps the actions that a property needs whatever they write.
func (c *cone) prop(q *ir.Prop) {
	switch q.Kind {
	case ir.Step:
		c.steps = true
	case ir.Isolated: // what domains see and do is not cut
		c.all()
		for i := range c.vars {
			c.vars[i] = true
		}
	case ir.Within, ir.Longest:
		c.all()
	case ir.Linear, ir.Fair:
		for i := range c.p.Actions {
			if c.p.Actions[i].Fairness != "" {
				c.actions[i] = true
			}
		}
	}
	if q.Formula == nil {
		return
	}
	q.Formula.Walk(func(f *ir.Formula) {
		switch f.Op {
		case ir.NextFormula, ir.HappensFormula:
			c.all()
		case ir.EnabledFormula:
			c.actions[f.Event.Action] = true
		}
	})
}

// close adds whatever follows from what is there.
func (c *cone) close() {
	for c.grown = true; c.grown; {
		c.grown = false
		c.claimed()
		c.initial()
		for i := range c.p.Actions {
			a := &c.p.Actions[i]
			if !c.actions[i] && !c.writes(a.Body) {
				continue
			}
			c.mark(&c.actions[i])
			c.read(a.Guard)
			c.block(a.Body)
		}
		if !slices.Contains(c.vars, true) { // a state needs something to be
			c.mark(&c.vars[0])
		}
	}
}

// mark sets a flag and notes when it was not set.
func (c *cone) mark(flag *bool) {
	c.grown = c.grown || !*flag
	*flag = true
}

// claimed reads what the claims read.
func (c *cone) claimed() {
	for i, ok := range c.props {
		if q := &c.p.Props[i]; ok && q.Formula == nil {
			c.read(q.Expr)
		} else if ok {
			q.Formula.Walk(c.formula)
			c.event(q.Unit)
		}
	}
	for i, ok := range c.ensures {
		if ok {
			c.read(c.p.Actions[i].Ensures)
		}
	}
	if c.terminal {
		for _, e := range c.p.Terminal {
			c.read(e)
		}
	}
	for _, k := range c.p.Consts {
		c.read(k.Value)
	}
}

func (c *cone) formula(f *ir.Formula) {
	c.read(f.Expr)
	c.binders(f.Binders, f.Where)
	c.event(f.Event)
}

func (c *cone) event(e *ir.Event) {
	if e == nil {
		return
	}
	for _, a := range e.Args {
		c.read(a)
	}
}

// initial reads what decides the initial states.
func (c *cone) initial() {
	c.block(c.p.Init)
	for i := range c.p.Vars {
		if init := c.p.Vars[i].Init; c.vars[i] || init != nil && !c.total.Expr(init) {
			c.mark(&c.vars[i])
			c.read(init)
		}
	}
}

// read adds the variables, locals and functions that the value of e depends on.
func (c *cone) read(e *ir.Expr) {
	if e == nil || c.seen[e] {
		return
	}
	c.seen[e] = true
	ir.Walk(e, func(x *ir.Expr) bool {
		switch x.Op {
		case ir.LoadVar:
			c.mark(&c.vars[x.Var])
		case ir.LoadLocal:
			if !c.locals[x.Local] {
				c.locals[x.Local], c.grown = true, true
			}
		case ir.Call:
			f := &c.p.Funcs[x.Func]
			c.funcs[x.Func] = true
			c.read(f.Body)
			c.read(f.Decreases)
		}
		return true
	})
}

func (c *cone) binders(bs []ir.Binder, where *ir.Expr) {
	for i := range bs {
		for _, e := range []*ir.Expr{bs[i].Lo, bs[i].Hi, bs[i].Set, bs[i].Where} {
			c.read(e)
		}
	}
	c.read(where)
}

// writes tells whether statements may assign to a variable of the cone.
func (c *cone) writes(list []*ir.Stmt) bool {
	return slices.ContainsFunc(list, func(st *ir.Stmt) bool {
		return st.Op == ir.Assign && c.vars[st.Target.Var] || slices.ContainsFunc(inner(st), c.writes)
	})
}

// inner lists the blocks inside a statement.
func inner(st *ir.Stmt) [][]*ir.Stmt {
	out := append([][]*ir.Stmt{st.Body, st.Else}, st.Branches...)
	for i := range st.Arms {
		out = append(out, st.Arms[i].Stmts)
	}
	return out
}

// block reads what the statements read that are kept, and tells whether any is.
func (c *cone) block(list []*ir.Stmt) (kept bool) {
	for _, st := range list {
		kept = c.stmt(st) || kept
	}
	return kept
}

// stmt tells whether a statement is kept, and if so reads what it reads. Once the cone is closed it changes nothing.
func (c *cone) stmt(st *ir.Stmt) (kept bool) {
	for _, list := range inner(st) {
		kept = c.block(list) || kept
	}
	switch st.Op {
	case ir.Assign:
		if kept = c.vars[st.Target.Var] || !c.total.Assign(st); !kept {
			return false
		}
		c.mark(&c.vars[st.Target.Var])
		for _, step := range st.Target.Path {
			c.read(step.X)
		}
	case ir.LetStmt:
		kept = c.locals[st.Local] || !c.total.Expr(st.X)
	case ir.IfElse, ir.MatchStmt:
		kept = kept || !c.total.Expr(st.X)
	case ir.For:
		kept = kept || !c.total.Binders(st.Binders, st.Where)
	default: // Choose, Either, Assert and When decide which successors there are
		kept = true
	}
	if kept {
		c.read(st.X)
		c.binders(st.Binders, st.Where)
	}
	return kept
}
