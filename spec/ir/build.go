package ir

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Build lowers a checked model. It cannot fail: whatever could be wrong with the text, types.Check has reported.
func Build(info *types.Info) *Program {
	b := &builder{
		info:   info,
		p:      &Program{Name: info.Name},
		locals: map[*types.Object]LocalID{},
		consts: map[*types.Const]*Expr{},
	}
	if len(info.Files) > 0 {
		b.p.File = info.Files[0].Pos.Filename
	}
	for _, f := range info.Funcs {
		b.p.Funcs = append(b.p.Funcs, Func{Name: f.Object.Name, Pos: f.Object.Pos, Params: b.params(f.Params), Result: f.Result})
	}
	for i, f := range info.Funcs {
		b.p.Funcs[i].Body = b.expr(f.Decl.Body)
		if f.Decl.Decreases != nil {
			b.p.Funcs[i].Decreases = b.expr(f.Decl.Decreases)
		}
	}
	for _, k := range info.Consts {
		c := ConstValue{Name: k.Object.Name, Pos: k.Object.Pos, Value: b.constant(k)}
		if k.Scalar {
			c.Def = k.Value
		}
		b.p.Consts = append(b.p.Consts, c)
	}
	for _, v := range info.Vars {
		w := Var{Name: v.Object.Name, Pos: v.Object.Pos, Type: v.Object.Type}
		if !v.Any {
			w.Init = b.expr(v.Init)
		}
		b.p.Vars = append(b.p.Vars, w)
	}
	for _, a := range info.Actions {
		b.p.Actions = append(b.p.Actions, b.action(a))
	}
	b.p.Domains = b.domains()
	for _, m := range info.Mutants {
		b.p.Mutants = append(b.p.Mutants, b.mutant(m))
	}
	for _, f := range info.Files {
		for _, d := range f.Decls {
			if d, ok := d.(*syntax.AssumeDecl); ok {
				b.p.Assumes = append(b.p.Assumes, b.expr(d.Cond))
			}
		}
	}
	if len(info.Files) > 0 {
		for _, d := range info.Files[0].Decls {
			b.decl(d)
		}
	}
	for _, s := range info.Scenarios {
		b.p.Scenarios = append(b.p.Scenarios, b.scenario(s))
	}
	return b.p
}

type builder struct {
	info   *types.Info
	p      *Program
	locals map[*types.Object]LocalID
	consts map[*types.Const]*Expr
}

func (b *builder) newLocal(name string, t *types.Type) LocalID {
	b.p.Locals = append(b.p.Locals, Local{Name: name, Type: t})
	return LocalID(len(b.p.Locals) - 1)
}

// local is the number of a declared name, which it gets when it is first met.
func (b *builder) local(o *types.Object) LocalID {
	id, ok := b.locals[o]
	if !ok {
		id = b.newLocal(o.Name, o.Type)
		b.locals[o] = id
	}
	return id
}

func (b *builder) params(os []*types.Object) []LocalID {
	var out []LocalID
	for _, o := range os {
		out = append(out, b.local(o))
	}
	return out
}

func (b *builder) action(a *types.Action) Action {
	out := Action{Name: a.Decl.Name.Name, Pos: a.Decl.Name.Pos, Params: b.params(a.Params), Body: b.block(a.Decl.Body)}
	if a.Decl.Guard != nil {
		out.Guard = b.expr(a.Decl.Guard)
	}
	if a.Decl.Ensures != nil {
		out.Ensures = b.expr(a.Decl.Ensures)
	}
	if f := a.Decl.Fair; f != nil {
		kind := "weak"
		if f.Strong {
			kind = "strong"
		}
		out.Fairness, out.Strong = kind+" fairness of "+out.Name, f.Strong
		for i, name := range f.For {
			k := slices.IndexFunc(a.Params, func(p *types.Object) bool { return p.Name == name.Name })
			if !slices.Contains(out.PerValue, k) {
				out.PerValue = append(out.PerValue, k)
			}
			if i == 0 {
				out.Fairness += " for each "
			} else {
				out.Fairness += ", "
			}
			out.Fairness += name.Name
		}
	}
	return out
}

func (b *builder) mutant(m *types.Mutant) Mutant {
	d := m.Decl
	out := Mutant{Name: d.Name.Name, Pos: d.Name.Pos, Action: m.Action, Breaks: m.Breaks}
	if d.Config != nil {
		out.Config = d.Config.Name
	}
	if !m.Here {
		return out
	}
	replaced := b.p.Actions[m.Action]
	if d.Guard != nil {
		replaced.Guard = b.expr(d.Guard)
	}
	if d.Body != nil {
		replaced.Body = b.block(d.Body)
	}
	out.Replaced = &replaced
	return out
}

func (b *builder) decl(d syntax.Decl) {
	switch d := d.(type) {
	case *syntax.InitDecl:
		init := &b.p.Init
		if n := len(b.p.Refined); n > 0 { // of an abstract model, which stands behind all else
			init = &b.p.Refined[n-1].Init
		}
		*init = append(*init, b.block(d.Body)...)
	case *syntax.RefinesDecl:
		b.refines(d)
	case *syntax.PropertyDecl:
		if d.Kind == "property" {
			b.p.Props = append(b.p.Props, b.property(d))
			return
		}
		kind := map[string]PropKind{"invariant": Invariant, "step": Step, "reachable": Reachable}[d.Kind]
		b.p.Props = append(b.p.Props, Prop{Name: d.Name.Name, Pos: d.Name.Pos, Kind: kind, Expr: b.expr(d.Body), Text: syntax.ExprText(d.Body)})
	case *syntax.BoundDecl:
		if d.Agg == "longest" {
			b.p.Props = append(b.p.Props, b.longest(d))
			return
		}
		p := Prop{Name: d.Name.Name, Pos: d.Name.Pos, Kind: MaxBound, Expr: b.expr(d.Expr), Limit: b.info.Limits[d], LimitOf: d.Limit}
		p.Strict = d.Op == "<" || d.Op == ">"
		p.Text = d.Agg + "(" + syntax.ExprText(d.Expr) + ") " + d.Op + " " + syntax.ExprText(d.Limit)
		if d.Agg == "min" {
			p.Kind = MinBound
		}
		b.p.Props = append(b.p.Props, p)
	case *syntax.IsolatedDecl:
		b.p.Props = append(b.p.Props, b.isolated(d))
	case *syntax.TerminalDecl:
		b.p.Terminal = append(b.p.Terminal, b.expr(d.Cond))
	}
}

func (b *builder) scenario(sc *types.Scenario) Scenario {
	d := sc.Decl
	s := Scenario{Name: d.Name.Name, Pos: d.Name.Pos}
	if d.Config != nil {
		s.Config = d.Config.Name
	}
	if s.Here = sc.Here; !s.Here {
		return s
	}
	if d.From != nil {
		s.From = b.expr(d.From)
	}
	for _, st := range d.Steps {
		switch st := st.(type) {
		case *syntax.DoStep:
			s.Steps = append(s.Steps, b.call(Do, st.Call))
		case *syntax.RefuseStep:
			s.Steps = append(s.Steps, b.call(Refuse, st.Call))
		case *syntax.ExpectStep:
			s.Steps = append(s.Steps, ScenarioStep{Op: Expect, Pos: st.Pos, Cond: b.expr(st.Cond)})
		}
	}
	return s
}

func (b *builder) call(op ScenarioOp, c *syntax.ActionCall) ScenarioStep {
	s := ScenarioStep{Op: op, Pos: c.Pos, Action: b.info.Calls[c]}
	for _, a := range c.Args {
		s.Args = append(s.Args, b.expr(a))
	}
	return s
}

// constant is the value of a constant, the same node wherever it is used.
func (b *builder) constant(k *types.Const) *Expr {
	if e, ok := b.consts[k]; ok {
		return e
	}
	var e *Expr
	if k.Scalar {
		e = &Expr{Op: Const, Type: k.Object.Type, Pos: k.Object.Pos, Int: k.Int}
	} else {
		e = b.expr(k.Value)
	}
	b.consts[k] = e
	return e
}

// Ensured is the name of the property that an action's ensures states.
func Ensured(action string) string { return action + ".ensures" }
