package slice

import "github.com/bulkheadlang/bulkhead/spec/ir"

// cut makes the program of a closed cone.
func cut(c *cone) *ir.Program {
	k := &cutter{cone: c, exprs: map[*ir.Expr]*ir.Expr{}}
	k.vars, k.actions, k.funcs = numbers(c.vars), numbers(c.actions), numbers(c.funcs)
	p := c.p
	out := &ir.Program{Name: p.Name, File: p.File, Config: p.Config, Locals: p.Locals}
	for _, x := range p.Consts {
		x.Value = k.expr(x.Value)
		out.Consts = append(out.Consts, x)
	}
	for i, v := range p.Vars {
		if c.vars[i] {
			v.Init = k.expr(v.Init)
			out.Vars = append(out.Vars, v)
		}
	}
	for i, f := range p.Funcs {
		if c.funcs[i] {
			f.Body, f.Decreases = k.expr(f.Body), k.expr(f.Decreases)
			out.Funcs = append(out.Funcs, f)
		}
	}
	out.Init = k.block(p.Init)
	for i, a := range p.Actions {
		if !c.actions[i] {
			continue
		}
		a.Guard, a.Body = k.expr(a.Guard), k.block(a.Body)
		if !c.ensures[i] {
			a.Ensures = nil
		}
		a.Ensures = k.expr(a.Ensures)
		out.Actions = append(out.Actions, a)
	}
	if c.stutters() {
		out.Actions = append(out.Actions, ir.Action{Name: Other})
	}
	refined := map[int]int{} // the new numbers of refinements
	for i, q := range p.Props {
		if c.props[i] {
			q.Expr, q.Formula, q.Unit = k.expr(q.Expr), k.formula(q.Formula), k.event(q.Unit)
			if q.Kind == ir.Refines || q.Kind == ir.Fair {
				n, ok := refined[q.Refined]
				if !ok {
					r := p.Refined[q.Refined]
					r.Map = k.list(r.Map)
					n = len(out.Refined)
					refined[q.Refined] = n
					out.Refined = append(out.Refined, r)
				}
				q.Refined = n
			}
			out.Props = append(out.Props, q)
		}
	}
	if c.terminal {
		out.Terminal = k.list(p.Terminal)
	}
	return out
}

// numbering gives what is kept its new numbers.
type numbering map[int]int

func numbers(kept []bool) numbering {
	out := numbering{}
	for i, ok := range kept {
		if ok {
			out[i] = len(out)
		}
	}
	return out
}

// of is the new number of what is kept.
func (n numbering) of(i int) int {
	k, ok := n[i]
	if !ok {
		panic("slice: what is kept depends on what is left out")
	}
	return k
}

// cutter copies what is kept of a program, with the new numbers.
type cutter struct {
	*cone
	vars, actions, funcs numbering
	exprs                map[*ir.Expr]*ir.Expr // copies; what is shared stays so
}

func (k *cutter) list(from []*ir.Expr) (out []*ir.Expr) {
	for _, e := range from {
		out = append(out, k.expr(e))
	}
	return out
}

func (k *cutter) expr(e *ir.Expr) *ir.Expr {
	if e == nil {
		return nil
	}
	if x, ok := k.exprs[e]; ok {
		return x
	}
	x := *e
	k.exprs[e] = &x
	switch e.Op {
	case ir.LoadVar:
		x.Var = ir.VarID(k.vars.of(int(e.Var)))
	case ir.Call:
		x.Func = ir.FuncID(k.funcs.of(int(e.Func)))
	}
	x.Args, x.Binders, x.Where = k.list(e.Args), k.binders(e.Binders), k.expr(e.Where)
	x.Arms = k.arms(e.Arms)
	return &x
}

func (k *cutter) binders(from []ir.Binder) (out []ir.Binder) {
	for _, b := range from {
		b.Lo, b.Hi, b.Set, b.Where = k.expr(b.Lo), k.expr(b.Hi), k.expr(b.Set), k.expr(b.Where)
		out = append(out, b)
	}
	return out
}

func (k *cutter) arms(from []ir.Arm) (out []ir.Arm) {
	for _, a := range from {
		a.Body, a.Stmts = k.expr(a.Body), k.block(a.Stmts)
		out = append(out, a)
	}
	return out
}

func (k *cutter) block(list []*ir.Stmt) (out []*ir.Stmt) {
	for _, st := range list {
		if k.stmt(st) {
			out = append(out, k.copied(st))
		}
	}
	return out
}

func (k *cutter) copied(from *ir.Stmt) *ir.Stmt {
	st := *from
	if st.Op == ir.Assign {
		st.Target.Var, st.Target.Path = ir.VarID(k.vars.of(int(st.Target.Var))), nil
		for _, step := range from.Target.Path {
			step.X = k.expr(step.X)
			st.Target.Path = append(st.Target.Path, step)
		}
	}
	st.X, st.Binders, st.Where = k.expr(st.X), k.binders(st.Binders), k.expr(st.Where)
	st.Body, st.Else, st.Arms, st.Branches = k.block(st.Body), k.block(st.Else), k.arms(st.Arms), nil
	for _, b := range from.Branches {
		st.Branches = append(st.Branches, k.block(b))
	}
	return &st
}

func (k *cutter) formula(f *ir.Formula) *ir.Formula {
	if f == nil {
		return nil
	}
	out := *f
	out.Expr, out.Event, out.Binders, out.Where, out.Args = k.expr(f.Expr), k.event(f.Event), k.binders(f.Binders), k.expr(f.Where), nil
	for _, a := range f.Args {
		out.Args = append(out.Args, k.formula(a))
	}
	return &out
}

func (k *cutter) event(e *ir.Event) *ir.Event {
	if e == nil {
		return nil
	}
	out := *e
	out.Action, out.Args = k.actions.of(e.Action), k.list(e.Args)
	return &out
}
