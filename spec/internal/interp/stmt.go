package interp

import (
	"fmt"
	"iter"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// branch is one way in which statements can have gone so far. It ends with a fault.
type branch struct {
	scope   scope
	choices []model.Binding
	fault   *model.Fault
}

func (b branch) failed(f *model.Fault) []branch {
	b.fault = f
	return []branch{b}
}

func (b branch) chose(name string, v model.Value) branch {
	b.choices = append(b.choices[:len(b.choices):len(b.choices)], model.Binding{Name: name, Value: v})
	return b
}

// after continues every branch that has not ended, in order. Nothing continues once the evaluation took too long: that
// one fault stands for all that was still to come.
func (ev *evaluation) after(bs []branch, next func(branch) []branch) []branch {
	var out []branch
	for _, b := range bs {
		switch {
		case b.fault != nil:
			out = append(out, b)
		case !ev.spent:
			out = append(out, next(b)...)
		}
	}
	return out
}

// block runs statements in order; each reads what those before it wrote.
func (ev *evaluation) block(list []*ir.Stmt, b branch) []branch {
	bs := []branch{b}
	for _, st := range list {
		bs = ev.after(bs, func(b branch) []branch { return ev.stmt(st, b) })
	}
	return bs
}

func (ev *evaluation) stmt(st *ir.Stmt, b branch) []branch {
	if f := ev.caught(func() { ev.step(st.Pos) }); f != nil {
		return b.failed(f)
	}
	switch st.Op {
	case ir.Assign:
		return ev.assign(st, b)
	case ir.For:
		return ev.loop(st.Binders, st, b)
	case ir.Choose:
		return ev.choose(st, b)
	case ir.Either:
		var out []branch
		for i, body := range st.Branches {
			if ev.spent {
				break
			}
			out = append(out, ev.block(body, b.chose("either", model.Text(fmt.Sprintf("branch %d", i+1))))...)
		}
		return out
	}
	x, f := ev.try(st.X, b.scope)
	if f != nil {
		return b.failed(f)
	}
	switch st.Op {
	case ir.IfElse:
		if x.Truth() {
			return ev.block(st.Body, b)
		}
		return ev.block(st.Else, b)
	case ir.LetStmt:
		b.scope = b.scope.bind(st.Local, x)
		return []branch{b}
	case ir.Assert:
		if !x.Truth() {
			return b.failed(ev.caught(func() { fail(st.Pos, "assertion failed") }))
		}
		return []branch{b}
	case ir.When:
		if !x.Truth() {
			return nil
		}
		return []branch{b}
	case ir.MatchStmt:
		arm := armOf(st.Arms, x)
		b.scope = bindArm(arm, x, b.scope)
		return ev.block(arm.Stmts, b)
	}
	panic("interp: statement without a meaning")
}

// assign evaluates the new value, then the path of the target from the left, each index against the value that it goes
// into, and stores.
func (ev *evaluation) assign(st *ir.Stmt, b branch) []branch {
	vars := b.scope.vars
	f := ev.caught(func() {
		value := ev.expr(st.X, b.scope)
		part := vars[st.Target.Var]
		var path []int
		for _, p := range st.Target.Path {
			i := p.Field
			if p.X != nil {
				x := ev.expr(p.X, b.scope)
				if part.Form == Mapping {
					i = keyIndex(part, x)
				} else {
					i = seqIndex(part, x, p.Pos)
				}
			}
			path = append(path, i)
			part = part.Elems[i]
		}
		vars = with(vars, int(st.Target.Var), replace(vars[st.Target.Var], path, value))
	})
	if f != nil {
		return b.failed(f)
	}
	b.scope.vars = vars
	return []branch{b}
}

// replace is v with another part at the end of the path.
func replace(v Value, path []int, part Value) Value {
	if len(path) == 0 {
		return part
	}
	v.Elems = with(v.Elems, path[0], replace(v.Elems[path[0]], path[1:], part))
	return v
}

// loop runs a body for every element, one after the other. A domain is evaluated when its binder is reached and does not
// change while it is gone through; conditions and inner domains read what earlier rounds wrote.
func (ev *evaluation) loop(bs []ir.Binder, st *ir.Stmt, b branch) []branch {
	if len(bs) == 0 {
		return ev.guarded(st.Where, b, func(b branch) []branch { return ev.block(st.Body, b) }, b)
	}
	elems, f := ev.tryDomain(&bs[0], b.scope)
	if f != nil {
		return b.failed(f)
	}
	now := []branch{b}
	for v := range elems {
		if ev.spent {
			return now
		}
		now = ev.after(now, func(b branch) []branch {
			in, ok, f := ev.tryAdmit(&bs[0], v, b.scope, 0)
			switch {
			case f != nil:
				return b.failed(f)
			case !ok:
				return []branch{b}
			}
			b.scope = in
			return ev.loop(bs[1:], st, b)
		})
	}
	return now
}

// choose runs a body for every choice, each in a branch of its own, in order. A fault in a domain or a condition is not
// that of any choice: it ends the statement, after the branches that came before it.
func (ev *evaluation) choose(st *ir.Stmt, b branch) []branch {
	var out []branch
	var from func(bs []ir.Binder, b branch) *model.Fault
	from = func(bs []ir.Binder, b branch) *model.Fault {
		if len(bs) == 0 {
			if st.Where != nil {
				if x, f := ev.try(st.Where, b.scope); f != nil || !x.Truth() {
					return f
				}
			}
			out = append(out, ev.block(st.Body, b)...)
			return nil
		}
		elems, f := ev.tryDomain(&bs[0], b.scope)
		if f != nil {
			return f
		}
		local := ev.m.Program.Locals[bs[0].Local]
		for v := range elems {
			if ev.spent {
				break
			}
			in, ok, f := ev.tryAdmit(&bs[0], v, b.scope, keepSteps)
			if f != nil {
				return f
			}
			if !ok {
				continue
			}
			next := b.chose(local.Name, Render(local.Type, v))
			next.scope = in
			if f := from(bs[1:], next); f != nil {
				return f
			}
		}
		return nil
	}
	if f := from(st.Binders, b); f != nil {
		out = append(out, b.failed(f)...)
	}
	return out
}

// guarded runs the body where the condition, if there is one, holds, and otherwise gives what skipped says.
func (ev *evaluation) guarded(where *ir.Expr, b branch, body func(branch) []branch, skipped ...branch) []branch {
	if where != nil {
		x, f := ev.try(where, b.scope)
		if f != nil {
			return b.failed(f)
		}
		if !x.Truth() {
			return skipped
		}
	}
	return body(b)
}

func (ev *evaluation) tryDomain(b *ir.Binder, s scope) (out iter.Seq[Value], f *model.Fault) {
	f = ev.caught(func() { out = ev.domain(b, s) })
	return out, f
}

func (ev *evaluation) tryAdmit(b *ir.Binder, v Value, s scope, steps int64) (in scope, ok bool, f *model.Fault) {
	f = ev.caught(func() {
		ev.take(steps, ev.pos)
		in, ok = ev.admit(b, v, s)
	})
	return in, ok, f
}
