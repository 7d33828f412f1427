package ir

import (
	"maps"
	"slices"
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

// Replacing gives what p claims of its domains, of which only an action is another than in the program that f is of. f may be nil.
func (f *Flow) Replacing(p *Program, action int) *Flow {
	if f == nil {
		return nil
	}
	out := *f
	out.Reads, out.Writes = slices.Clone(f.Reads), slices.Clone(f.Writes)
	out.Reads[action], out.Writes[action] = p.Dependence(&p.Actions[action])
	return &out
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
	p := Prop{
		Name: d.Name.Name, Pos: d.Name.Pos, Kind: Isolated, Text: syntax.BindersText(d.Binders, d.Where),
		Formula: &Formula{Op: ForallFormula, Pos: d.Pos, Binders: b.binders(d.Binders), Where: b.optional(d.Where)},
	}
	if v := d.Via; v != nil {
		p.Text += " via " + syntax.BindersText(v.Binders, v.Where)
		through := &Formula{Op: ForallFormula, Pos: v.Binders.Pos, Binders: b.binders(v.Binders), Where: b.optional(v.Where)}
		p.Formula.Args = []*Formula{through}
	}
	return p
}

// Reads tells whether an expression reads the state, itself or in a function.
func (p *Program) Reads(e *Expr) bool {
	d := p.dependence()
	d.expr(e)
	return len(d.reads) > 0
}

// dependence is which variables are read and written somewhere.
type dependence struct {
	p             *Program
	reads, writes map[VarID]bool
	seen          map[FuncID]bool
	parts         map[string]bool              // of variables that are read, or nil
	value         func(LocalID) (string, bool) // of locals, with parts
}

func (p *Program) dependence() *dependence {
	return &dependence{p: p, reads: map[VarID]bool{}, writes: map[VarID]bool{}, seen: map[FuncID]bool{}}
}

// Shown gives the parts of variables, such as "world[1]", that some expressions read where value gives the values of locals.
func (p *Program) Shown(es []*Expr, value func(LocalID) (string, bool)) []string {
	d := p.dependence()
	d.value, d.parts = value, map[string]bool{}
	for _, e := range es {
		d.expr(e)
	}
	return slices.Sorted(maps.Keys(d.parts))
}

// Dependence gives the names of the variables that an action reads and writes.
func (p *Program) Dependence(a *Action) (reads, writes []string) {
	d := p.dependence()
	d.expr(a.Guard)
	d.stmts(a.Body)
	return d.names(d.reads), d.names(d.writes)
}

func (d *dependence) names(set map[VarID]bool) []string {
	out := []string{}
	for i, v := range d.p.Vars {
		if set[VarID(i)] {
			out = append(out, v.Name)
		}
	}
	return out
}

func (d *dependence) expr(e *Expr) {
	if e == nil {
		return
	}
	if part, v, ok := d.part(e); ok && d.parts != nil {
		d.reads[v], d.parts[part] = true, true
		return
	}
	switch {
	case e.Op == LoadVar:
		d.reads[e.Var] = true
	case e.Op == Call && !d.seen[e.Func]:
		d.seen[e.Func] = true
		d.expr(d.p.Funcs[e.Func].Body)
		d.expr(d.p.Funcs[e.Func].Decreases)
	}
	for _, x := range e.Args {
		d.expr(x)
	}
	d.binders(e.Binders, e.Where)
	for _, a := range e.Arms {
		d.expr(a.Body)
	}
}

// part gives the part of a variable that an expression is, where that is known.
func (d *dependence) part(e *Expr) (path string, v VarID, ok bool) {
	switch e.Op {
	case LoadVar:
		return d.p.Vars[e.Var].Name, e.Var, true
	case Index:
		path, v, ok = d.part(e.Args[0])
		key, known := "", false
		switch k := e.Args[1]; {
		case k.Op == Const:
			key, known = d.p.Text(k), true
		case k.Op == LoadLocal && d.value != nil:
			key, known = d.value(k.Local)
		}
		return path + "[" + key + "]", v, ok && known
	case Field:
		path, v, ok = d.part(e.Args[0])
		if e.Args[0].Type.Kind != types.Record {
			return "", 0, false
		}
		return path + "." + e.Args[0].Type.Fields[e.Int].Name, v, ok
	}
	return "", 0, false
}

func (d *dependence) binders(bs []Binder, where *Expr) {
	for _, b := range bs {
		for _, x := range []*Expr{b.Lo, b.Hi, b.Set, b.Where} {
			d.expr(x)
		}
	}
	d.expr(where)
}

func (d *dependence) stmts(list []*Stmt) {
	for _, s := range list {
		if s.Op == Assign {
			d.writes[s.Target.Var] = true
			for _, step := range s.Target.Path {
				d.expr(step.X)
			}
		}
		d.expr(s.X)
		d.binders(s.Binders, s.Where)
		d.stmts(s.Body)
		d.stmts(s.Else)
		for _, b := range s.Branches {
			d.stmts(b)
		}
		for _, a := range s.Arms {
			d.stmts(a.Stmts)
		}
	}
}

// ChoiceKey appends choices to out so that two lists of an instance have the same bytes exactly where they are the same.
func ChoiceKey(choices []model.Binding, out []byte) []byte {
	for _, c := range choices {
		out = append(strconv.AppendQuote(out, c.Name), '=')
		out = append(strconv.AppendQuote(out, c.Value.String()), ',')
	}
	return out
}
