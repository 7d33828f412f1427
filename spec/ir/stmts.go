package ir

import (
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

func (b *builder) block(bl *syntax.Block) []*Stmt {
	var out []*Stmt
	for _, s := range bl.Stmts {
		if c, ok := s.(*syntax.CallStmt); ok {
			out = append(out, b.join(c.Call)...)
		} else if st := b.stmt(s); st != nil {
			out = append(out, st)
		}
	}
	return out
}

func (b *builder) stmt(s syntax.Stmt) *Stmt {
	switch s := s.(type) {
	case *syntax.AssignStmt:
		return b.assign(s)
	case *syntax.IfStmt:
		var out, last *Stmt
		for _, cb := range s.Conds {
			st := &Stmt{Op: IfElse, Pos: cb.Pos, X: b.expr(cb.Cond), Body: b.block(cb.Body)}
			if out == nil {
				out = st
			} else {
				last.Else = []*Stmt{st}
			}
			last = st
		}
		if s.Else != nil {
			last.Else = b.block(s.Else)
		}
		return out
	case *syntax.ForStmt:
		binders := b.loopBinders(s.Binders)
		return &Stmt{Op: For, Pos: s.Pos, Binders: binders, Where: b.optional(s.Where), Body: b.block(s.Body)}
	case *syntax.ChooseStmt:
		binders := b.binders(s.Binders)
		return &Stmt{Op: Choose, Pos: s.Pos, Binders: binders, Where: b.optional(s.Where), Body: b.block(s.Body)}
	case *syntax.EitherStmt:
		out := &Stmt{Op: Either, Pos: s.Pos}
		for _, br := range s.Branches {
			out.Branches = append(out.Branches, b.block(br))
		}
		return out
	case *syntax.LetStmt:
		return &Stmt{Op: LetStmt, Pos: s.Pos, X: b.expr(s.Value), Local: b.local(b.info.Defs[s.Name])}
	case *syntax.AssertStmt:
		return &Stmt{Op: Assert, Pos: s.Pos, X: b.expr(s.Cond)}
	case *syntax.WhenStmt:
		return &Stmt{Op: When, Pos: s.Pos, X: b.expr(s.Cond)}
	case *syntax.MatchStmt:
		out := &Stmt{Op: MatchStmt, Pos: s.Pos, X: b.expr(s.X)}
		for _, a := range s.Arms {
			arm := b.arm(a.Pattern)
			arm.Stmts = b.block(a.Body)
			out.Arms = append(out.Arms, arm)
		}
		return out
	}
	return nil // skip
}

// join is an action that a statement calls: its parameters as lets, its guard as when, and its body, with locals of its
// own wherever it is called.
func (b *builder) join(call *syntax.ActionCall) []*Stmt {
	a := b.info.Joins[call]
	var out []*Stmt
	for i, arg := range call.Args {
		x := b.expr(arg)
		out = append(out, &Stmt{Op: LetStmt, Pos: arg.Position(), X: x, Local: b.newLocal(a.Params[i].Name, a.Params[i].Type)})
	}
	saved := b.locals
	b.locals = map[*types.Object]LocalID{}
	defer func() { b.locals = saved }()
	for i, p := range a.Params {
		b.locals[p] = out[i].Local
	}
	if g := a.Decl.Guard; g != nil {
		out = append(out, &Stmt{Op: When, Pos: g.Position(), X: b.expr(g)})
	}
	return append(out, b.block(a.Decl.Body)...)
}

// loopBinders are the binders of a loop. Its domains are worked out before its rounds: where a condition in one reads the
// state, which the rounds change, the set is built.
func (b *builder) loopBinders(bs *syntax.Binders) []Binder {
	out := b.binders(bs)
	i := 0
	for _, g := range bs.Groups {
		for range g.Names {
			if o := &out[i]; o.Where != nil && MayRead(o.Where) {
				*o = Binder{Local: o.Local, Kind: Members, Type: o.Type, Set: b.plain(g.Domain)}
			}
			i++
		}
	}
	return out
}

func (b *builder) optional(e syntax.Expr) *Expr {
	if e == nil {
		return nil
	}
	return b.expr(e)
}

func (b *builder) assign(s *syntax.AssignStmt) *Stmt {
	target := b.target(s.Target)
	value := b.expr(s.Value)
	if s.Op != "=" {
		// The part is read first, then changed; reading it again evaluates its keys twice, which has no effect.
		cur := b.expr(s.Target)
		op, interval := Add, types.Add
		if s.Op == "-=" {
			op, interval = Sub, types.Sub
		}
		t, _ := interval(cur.Type, value.Type)
		value = b.narrow(&Expr{Op: op, Type: t, Pos: s.Value.Position(), Args: []*Expr{cur, value}}, target.Type)
	}
	return &Stmt{Op: Assign, Pos: s.Pos, Target: target, X: value}
}

// narrow turns an integer into one of a range, unless it always is.
func (b *builder) narrow(e *Expr, t *types.Type) *Expr {
	if types.Within(e.Type, t) {
		return e
	}
	return &Expr{Op: Narrow, Type: t, Pos: e.Pos, Args: []*Expr{e}}
}

func (b *builder) target(e syntax.Expr) Target {
	switch e := e.(type) {
	case *syntax.Index:
		t := b.target(e.X)
		step := PathStep{Pos: e.Args[0].Position(), Type: t.Type}
		if t.Type.Kind == types.Map {
			step.X = b.key(e.Args, t.Type.Key)
		} else {
			step.X = b.expr(e.Args[0])
		}
		t.Path = append(t.Path, step)
		t.Type = t.Type.Elem
		return t
	case *syntax.Field:
		t := b.target(e.X)
		i := types.FieldIndex(t.Type, e.Name.Name)
		t.Path = append(t.Path, PathStep{Field: i, Pos: e.Name.Pos, Type: t.Type})
		t.Type = t.Type.Fields[i].Type
		return t
	default:
		o := b.info.Uses[e]
		return Target{Var: VarID(o.Index), Type: o.Type}
	}
}

func (b *builder) key(args []syntax.Expr, key *types.Type) *Expr {
	if key.Kind != types.Tuple {
		return b.expr(args[0])
	}
	k := &Expr{Op: Key, Type: key, Pos: args[0].Position()}
	for _, a := range args {
		k.Args = append(k.Args, b.expr(a))
	}
	return k
}

func (b *builder) arm(p *syntax.Pattern) Arm {
	arm := Arm{Ctor: b.info.Match[p]}
	for _, name := range p.Binds {
		id := LocalID(-1)
		if name.Name != "_" {
			id = b.local(b.info.Defs[name])
		}
		arm.Binds = append(arm.Binds, id)
	}
	return arm
}

// Choosing tells whether anything is chosen in some statements, so that they may have several outcomes.
func Choosing(stmts []*Stmt) bool {
	for _, st := range stmts {
		if st.Op == Choose || st.Op == Either || Choosing(st.Body) || Choosing(st.Else) {
			return true
		}
		for _, a := range st.Arms {
			if Choosing(a.Stmts) {
				return true
			}
		}
	}
	return false
}
