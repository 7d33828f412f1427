package ir

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Domains is what a program says of its security domains, of which there is one for every value of Type.
type Domains struct {
	Name  string
	Pos   syntax.Pos
	Type  *types.Type
	Param LocalID // in Views
	Views []*Expr // what a domain sees of a state
	Actor LocalID // in Acts
	Acts  []Acting
}

// Acting says that instances of an action belong to the domain Actor: those for which Where, or nil, is true, with the values of
// parameters in the locals Args, of which -1 stands for none. Without Args there is none of any.
type Acting struct {
	Pos    syntax.Pos
	Action int
	Args   []LocalID
	Where  *Expr
}

// Flow is what a program claims of its domains, written out for each of them.
type Flow struct {
	model.Isolation
	Views [][]*Expr  // by domain: what it sees
	Texts [][]string // in words
	Fixed [][]uint64 // by action and instance: the domains, a bit each, where they do not depend on the state; nil where no instance has any
	Acts  [][]*Expr  // by number among Varying and domain: whether it belongs to it; nil where it does not
}

func (b *builder) domains() *Domains {
	d := b.info.Flow
	if d == nil {
		return nil
	}
	out := &Domains{Name: d.Decl.Name.Name, Pos: d.Decl.Name.Pos, Type: d.Param.Type, Param: b.local(d.Param)}
	for _, x := range d.Decl.Views {
		out.Views = append(out.Views, b.expr(x))
	}
	if d.Acts == nil {
		return out
	}
	out.Actor = b.local(d.Actor)
	for _, e := range d.Acts.Acts {
		out.Acts = append(out.Acts, b.acting(d, e))
	}
	return out
}

func (b *builder) acting(d *types.Domains, e *syntax.ActsEntry) Acting {
	out := Acting{Pos: e.Pos, Action: b.info.Calls[e.Call], Where: b.optional(e.Where)}
	for k, o := range d.Args[e.Call] {
		switch o {
		case nil:
			out.Args = append(out.Args, -1)
		case d.Actor:
			t := b.info.Actions[out.Action].Params[k].Type
			id := b.newLocal(o.Name, t)
			out.Args = append(out.Args, id)
			pos := e.Call.Args[k].Position()
			same := &Expr{Op: Eq, Type: types.BoolType(), Pos: pos, Args: []*Expr{
				{Op: LoadLocal, Type: t, Pos: pos, Local: id}, {Op: LoadLocal, Type: d.Actor.Type, Pos: pos, Local: b.local(d.Actor)},
			}}
			if out.Where != nil {
				same = &Expr{Op: And, Type: types.BoolType(), Pos: pos, Args: []*Expr{same, out.Where}}
			}
			out.Where = same
		default:
			out.Args = append(out.Args, b.local(o))
		}
	}
	return out
}

func (b *builder) isolated(d *syntax.IsolatedDecl) Prop {
	return Prop{
		Name: d.Name.Name, Pos: d.Name.Pos, Kind: Isolated, Text: syntax.BindersText(d.Binders, d.Where),
		Formula: &Formula{Op: ForallFormula, Pos: d.Pos, Binders: b.binders(d.Binders), Where: b.optional(d.Where)},
	}
}

// Reads tells whether an expression reads the state, itself or in a function.
func (p *Program) Reads(e *Expr) bool {
	seen := map[FuncID]bool{}
	var reads func(*Expr) bool
	reads = func(e *Expr) bool {
		if e == nil {
			return false
		}
		if e.Op == LoadVar {
			return true
		}
		if e.Op == Call && !seen[e.Func] {
			seen[e.Func] = true
			if reads(p.Funcs[e.Func].Body) || reads(p.Funcs[e.Func].Decreases) {
				return true
			}
		}
		for _, x := range e.Args {
			if reads(x) {
				return true
			}
		}
		for _, x := range e.Binders {
			if reads(x.Lo) || reads(x.Hi) || reads(x.Set) || reads(x.Where) {
				return true
			}
		}
		for _, a := range e.Arms {
			if reads(a.Body) {
				return true
			}
		}
		return reads(e.Where)
	}
	return reads(e)
}

// ChoiceKey appends choices to out so that two lists of an instance have the same bytes exactly where they are the same.
func ChoiceKey(choices []model.Binding, out []byte) []byte {
	for _, c := range choices {
		out = append(strconv.AppendQuote(out, c.Name), '=')
		out = append(strconv.AppendQuote(out, c.Value.String()), ',')
	}
	return out
}
