package ir

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// refines lowers a claim of refinement. The declarations behind it are those of the abstract model.
func (b *builder) refines(d *syntax.RefinesDecl) {
	out := Refinement{Name: d.Name.Name, Path: d.Path}
	all := b.info.Files[0].Decls
	for _, e := range all[:slices.Index(all, syntax.Decl(d))] {
		switch e := e.(type) {
		case *syntax.StateDecl:
			for _, v := range e.Vars {
				out.Vars += VarID(len(v.Names))
			}
		case *syntax.ActionDecl:
			if !e.Hidden {
				out.Action++
			}
		}
	}
	given := map[string]*Expr{}
	for _, m := range d.Map {
		given[m.Name.Name] = b.expr(m.Value)
	}
	for _, v := range b.p.Vars[out.Vars:][:len(given)] {
		out.Map = append(out.Map, given[v.Name])
	}
	claim := Prop{
		Name: out.Name, Pos: d.Name.Pos, Kind: Refines, Refined: len(b.p.Refined), Expr: same(out.Map, d.Name.Pos),
		Text: "every step is one of " + out.Name + ", or changes nothing of " + out.Name,
	}
	b.p.Props = append(b.p.Props, claim)
	for i := range abstractActions(all[slices.Index(all, syntax.Decl(d))+1:]) {
		if a := &b.p.Actions[out.Action+i]; a.Fairness != "" {
			claim.Name, claim.Kind, claim.Of, claim.Text = a.Name, Fair, i, a.Fairness
			b.p.Props = append(b.p.Props, claim)
		}
	}
	b.p.Refined = append(b.p.Refined, out)
}

// abstractActions counts the actions up to the next claim of refinement.
func abstractActions(decls []syntax.Decl) (n int) {
	for _, d := range decls {
		switch d := d.(type) {
		case *syntax.RefinesDecl:
			return n
		case *syntax.ActionDecl:
			if !d.Hidden {
				n++
			}
		}
	}
	return n
}

// same is that a step changes the value of none of some expressions.
func same(list []*Expr, pos syntax.Pos) *Expr {
	out := &Expr{Op: Const, Type: types.BoolType(), Pos: pos, Int: 1}
	for i, e := range list {
		before := &Expr{Op: Old, Type: e.Type, Pos: e.Pos, Args: []*Expr{e}}
		eq := &Expr{Op: Eq, Type: types.BoolType(), Pos: e.Pos, Args: []*Expr{e, before}}
		if i == 0 {
			out = eq
		} else {
			out = logic(And, out, eq)
		}
	}
	return out
}
