// Package refine parts a program from the models that it refines.
//
// What package ir builds of a file with a refinement has the variables and the actions of the abstract models behind those of the
// model itself, so that one set of types, constants and functions serves both, and the mapping, which is written with the names of
// both, is typed like all else. Split makes the model that is checked of it, whose state is its own alone, and each abstract model as
// a program by itself.
package refine

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/internal/slice"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Split parts a program, as ir.Build gives it, from the models that it refines. The error is a syntax.Errors: what the model says of
// itself cannot speak of the abstract state, and neither can the mapping.
func Split(p *ir.Program) error {
	if len(p.Refined) == 0 {
		return nil
	}
	s := &splitter{p: p, vars: p.Refined[0].Vars, actions: p.Refined[0].Action, reads: map[ir.FuncID]bool{}, seen: map[*ir.Expr]bool{}}
	s.all()
	if len(s.errs) > 0 {
		slices.SortStableFunc(s.errs, func(a, b *syntax.Error) int { return a.Pos.Offset - b.Pos.Offset })
		return slices.CompactFunc(s.errs, func(a, b *syntax.Error) bool { return a.Pos == b.Pos && a.Msg == b.Msg })
	}
	for i := range p.Refined {
		s.abstract(i)
	}
	p.Vars, p.Actions = p.Vars[:s.vars:s.vars], p.Actions[:s.actions:s.actions]
	for i := range p.Funcs {
		if f := &p.Funcs[i]; s.foreign(ir.FuncID(i)) { // nothing calls it, and it keeps the number that names have
			f.Body, f.Decreases = &ir.Expr{Op: ir.Const, Type: f.Result, Pos: f.Pos}, nil
		}
	}
	return nil
}

// Foreign tells where an expression, typed against all that stands in a file, speaks of an abstract model, as an error, or nil. p is as
// Split has left it.
func Foreign(p *ir.Program, e *ir.Expr) *syntax.Error {
	if len(p.Refined) == 0 {
		return nil
	}
	s := &splitter{p: p, vars: ir.VarID(len(p.Vars)), actions: len(p.Actions), reads: map[ir.FuncID]bool{}, seen: map[*ir.Expr]bool{}}
	for i, f := range p.Funcs {
		s.reads[ir.FuncID(i)] = f.Body.Op == ir.Const && f.Body.Pos == f.Pos
	}
	s.expr(e)
	if len(s.errs) == 0 {
		return nil
	}
	return s.errs[0]
}

// splitter looks at what belongs to the model itself: the variables below vars, the actions below actions, and what else there is.
type splitter struct {
	p       *ir.Program
	vars    ir.VarID
	actions int
	reads   map[ir.FuncID]bool // which functions read the state of an abstract model
	seen    map[*ir.Expr]bool
	errs    syntax.Errors
}

// abstract makes an abstract model of what lies among all others.
func (s *splitter) abstract(i int) {
	r := &s.p.Refined[i]
	q := &ir.Program{Name: r.Name, File: r.Path, Config: s.p.Config, Locals: s.p.Locals, Consts: s.p.Consts, Funcs: s.p.Funcs, Init: r.Init}
	vars, actions := make([]bool, len(s.p.Vars)), make([]bool, len(s.p.Actions))
	q.Vars, q.Actions = slices.Clone(s.p.Vars), slices.Clone(s.p.Actions)
	last, lastAction := ir.VarID(len(vars)), len(actions)
	if i+1 < len(s.p.Refined) {
		last, lastAction = s.p.Refined[i+1].Vars, s.p.Refined[i+1].Action
	}
	for v := range q.Vars {
		if vars[v] = r.Vars <= ir.VarID(v) && ir.VarID(v) < last; !vars[v] {
			q.Vars[v].Init = nil
		}
	}
	for a := range q.Actions {
		actions[a] = r.Action <= a && a < lastAction
	}
	r.Model = slice.Keep(q, vars, actions)
}

// foreign tells whether a function reads the state of an abstract model, itself or through others.
func (s *splitter) foreign(id ir.FuncID) bool {
	reads, known := s.reads[id]
	if known {
		return reads
	}
	s.reads[id] = false // in a call of itself
	f := &s.p.Funcs[id]
	for _, e := range []*ir.Expr{f.Body, f.Decreases} {
		ir.Walk(e, func(x *ir.Expr) bool {
			reads = reads || x.Op == ir.LoadVar && x.Var >= s.vars || x.Op == ir.Call && s.foreign(x.Func)
			return !reads
		})
	}
	s.reads[id] = reads
	return reads
}

func (s *splitter) errorf(pos syntax.Pos, format string, args ...any) {
	s.errs = append(s.errs, &syntax.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// why is what is wrong with whatever speaks of the state of an abstract model.
const why = "of a model that is refined, which is not part of this one: its state is what the mapping makes of the state here"

func (s *splitter) exprs(list ...*ir.Expr) {
	for _, e := range list {
		s.expr(e)
	}
}

func (s *splitter) expr(e *ir.Expr) {
	if s.seen[e] {
		return
	}
	s.seen[e] = true
	ir.Walk(e, func(x *ir.Expr) bool {
		switch {
		case x.Op == ir.LoadVar && x.Var >= s.vars:
			name := "a variable"
			if int(x.Var) < len(s.p.Vars) {
				name = s.p.Vars[x.Var].Name
			}
			s.errorf(x.Pos, "%s is a variable %s", name, why)
		case x.Op == ir.Call && s.foreign(x.Func):
			s.errorf(x.Pos, "%s reads the state %s", s.p.Funcs[x.Func].Name, why)
		}
		return true
	})
}

func (s *splitter) action(id int, pos syntax.Pos) {
	if id >= s.actions {
		s.errorf(pos, "%s is an action %s", s.p.Actions[id].Name, why)
	}
}

// all looks at everything the model says of itself.
func (s *splitter) all() {
	p := s.p
	for _, v := range p.Vars[:s.vars] {
		s.expr(v.Init)
	}
	s.stmts(p.Init)
	for i := range p.Actions[:s.actions] {
		s.body(&p.Actions[i])
	}
	for i := range p.Props {
		s.prop(&p.Props[i])
	}
	s.exprs(p.Terminal...)
	if d := p.Domains; d != nil {
		s.exprs(d.Views...)
		for _, a := range d.Acts {
			s.action(a.Action, a.Pos)
			s.expr(a.Where)
		}
	}
	for _, m := range p.Mutants {
		s.action(m.Action, m.Pos)
		if m.Replaced != nil && m.Action < s.actions {
			s.body(m.Replaced)
		}
	}
	for _, t := range p.Scenarios {
		s.expr(t.From)
		for _, st := range t.Steps {
			s.action(st.Action, st.Pos)
			s.exprs(append(slices.Clone(st.Args), st.Cond)...)
		}
	}
}

func (s *splitter) body(a *ir.Action) {
	s.exprs(a.Guard, a.Ensures)
	s.stmts(a.Body)
}

func (s *splitter) prop(q *ir.Prop) {
	s.expr(q.Expr)
	event := func(e *ir.Event) {
		if e != nil {
			s.action(e.Action, e.Pos)
			s.exprs(e.Args...)
		}
	}
	event(q.Unit)
	if q.Formula == nil {
		return
	}
	q.Formula.Walk(func(f *ir.Formula) {
		s.exprs(f.Expr, f.Where)
		s.binders(f.Binders)
		event(f.Event)
	})
}

func (s *splitter) binders(list []ir.Binder) {
	for _, b := range list {
		s.exprs(b.Lo, b.Hi, b.Set, b.Where)
	}
}

func (s *splitter) stmts(list []*ir.Stmt) {
	for _, st := range list {
		if st.Op == ir.Assign {
			if st.Target.Var >= s.vars {
				s.errorf(st.Pos, "%s is a variable %s", s.p.Vars[st.Target.Var].Name, why)
			}
			for _, step := range st.Target.Path {
				s.expr(step.X)
			}
		}
		s.exprs(st.X, st.Where)
		s.binders(st.Binders)
		s.stmts(st.Body)
		s.stmts(st.Else)
		for _, b := range st.Branches {
			s.stmts(b)
		}
		for _, a := range st.Arms {
			s.stmts(a.Stmts)
		}
	}
}
