package coq

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// MaxValues is how many values a type may have that something goes through: that of a binder, of a key, of a set of all its values, and
// of a variable that starts with any. Of parameters there are no more, either, in any model.
const MaxValues = 1 << 20

// RefusedError is of a model that a development cannot hold.
type RefusedError struct {
	Position string // file:line:col, or ""
	Message  string
}

// Error gives the position and the message.
func (e *RefusedError) Error() string {
	if e.Position == "" {
		return e.Message
	}
	return e.Position + ": " + e.Message
}

// translator writes a program as a term. Its refusal is the first thing that it cannot write.
type translator struct {
	p       *ir.Program
	numbers map[ir.FuncID]int // the place of each function among all, those that it calls first
	scope   []ir.LocalID      // the locals in scope, the innermost last; -1 has no name
	refusal *RefusedError
	types   []definition // those with a name, in the order in which each needs those before it
	typeOf  map[string]string
	names   names // of types
}

// definition is a named term.
type definition struct {
	name string
	term term
	note string
}

func newTranslator(p *ir.Program) *translator {
	t := &translator{p: p, numbers: map[ir.FuncID]int{}, typeOf: map[string]string{}, names: newNames(inModel())}
	for i, id := range order(p) {
		t.numbers[id] = i
	}
	return t
}

func (t *translator) refuse(pos syntax.Pos, format string, args ...any) term {
	if t.refusal == nil {
		t.refusal = &RefusedError{types.Pos(pos), fmt.Sprintf(format, args...)}
	}
	return call("refused")
}

// within runs f with further locals in scope.
func (t *translator) within(locals []ir.LocalID, f func() term) term {
	n := len(t.scope)
	t.scope = append(t.scope, locals...)
	out := f()
	t.scope = t.scope[:n]
	return out
}

func (t *translator) local(id ir.LocalID) term {
	for i := len(t.scope) - 1; i >= 0; i-- {
		if t.scope[i] == id {
			return call("ELocal", natural(int64(len(t.scope)-1-i))).noted(t.p.Locals[id].Name)
		}
	}
	panic(fmt.Sprintf("coq: local %s is not in scope", t.p.Locals[id].Name))
}

// typ is a type, by its name where it has one.
func (t *translator) typ(of *types.Type) term {
	out := t.built(of)
	if of.Name == "" {
		return out
	}
	text := out.flat(false)
	name, ok := t.typeOf[of.Name+" "+text]
	if !ok {
		name = t.names.name(of.Name)
		t.typeOf[of.Name+" "+text] = name
		t.types = append(t.types, definition{name: name, term: out})
	}
	return call("Types." + name)
}

func (t *translator) built(of *types.Type) term {
	switch of.Kind {
	case types.Bool:
		return call("TBool")
	case types.Int, types.Range:
		return call("TInt", integer(of.Lo), integer(of.Hi))
	case types.Enum:
		return call("TInt", integer(0), integer(int64(len(of.Members))-1))
	case types.Symmetric:
		return call("TInt", integer(0), integer(of.Hi-of.Lo))
	case types.Record, types.Tuple:
		return call("TTup", t.fields(of.Fields))
	case types.Union:
		var variants []term
		for _, v := range of.Variants {
			variants = append(variants, t.fields(v.Fields).noted(v.Name))
		}
		return call("TSum", list(variants))
	case types.Option:
		return call("TOption", t.typ(of.Elem))
	case types.Map:
		return call("TMap", t.typ(of.Key), t.typ(of.Elem))
	case types.Set:
		return call("TSet", t.typ(of.Elem))
	case types.Seq:
		return call("TSeq", t.typ(of.Elem), natural(of.Max))
	case types.Bag:
		return call("TBag", t.typ(of.Elem), natural(of.Max))
	}
	panic("coq: type without a meaning")
}

func (t *translator) fields(fs []types.Field) term {
	var out []term
	for _, f := range fs {
		out = append(out, t.typ(f.Type))
	}
	return list(out)
}

// all is a type whose values are gone through.
func (t *translator) all(of *types.Type, pos syntax.Pos) term {
	if of.Card() > MaxValues {
		return t.refuse(pos, "the proof would go through all values of %s; it goes through at most %d", of, MaxValues)
	}
	return t.typ(of)
}

func (t *translator) exprs(es []*ir.Expr) term {
	var out []term
	for _, e := range es {
		out = append(out, t.expr(e))
	}
	return list(out)
}

func (t *translator) optional(e *ir.Expr) term {
	if e == nil {
		return option(nil)
	}
	x := t.expr(e)
	return option(&x)
}

// unaries and binaries name the operations of which nothing but their arguments matters.
var unaries = map[ir.Op]string{
	ir.Not: "Not", ir.Neg: "Neg", ir.Abs: "Abs", ir.Value: "ValueOf", ir.Size: "Size", ir.Head: "Head", ir.Tail: "Tail",
	ir.Elems: "Elems", ir.Powerset: "Powerset",
}

var binaries = map[ir.Op]string{
	ir.Add: "Add", ir.Sub: "Sub", ir.Mul: "Mul", ir.Div: "Div", ir.Mod: "Mod", ir.Eq: "Equal", ir.Lt: "Less", ir.Le: "LessEq",
	ir.In: "ElemOf", ir.Subset: "Subset", ir.Intersect: "Common", ir.Minus: "Minus", ir.SeqIndex: "SeqIndex",
	ir.BagRemove: "BagRemove", ir.Multiplicity: "Multiplicity", ir.Min: "Min", ir.Max: "Max",
}

var quantifiers = map[ir.Op]string{
	ir.Forall: "ForAll", ir.Exists: "ForSome", ir.Count: "Count", ir.Sum: "Sum", ir.MinOver: "Least", ir.MaxOver: "Greatest",
	ir.SetOver: "Collect",
}

var connectives = map[ir.Op]string{ir.And: "EAnd", ir.Or: "EOr", ir.Implies: "EImplies", ir.If: "EIf"}

func (t *translator) expr(e *ir.Expr) term {
	if op, ok := unaries[e.Op]; ok {
		return t.unary(e, call(op))
	}
	if op, ok := binaries[e.Op]; ok {
		return t.binary(e, call(op))
	}
	if q, ok := quantifiers[e.Op]; ok {
		return t.over(e, "EOver", []term{call(q)})
	}
	if op, ok := connectives[e.Op]; ok {
		return call(op, t.exprs(e.Args).args...)
	}
	switch e.Op {
	case ir.Const:
		return t.constant(e)
	case ir.LoadVar:
		return call("EVar", natural(int64(e.Var))).noted(t.p.Vars[e.Var].Name)
	case ir.LoadLocal:
		return t.local(e.Local)
	case ir.Old:
		return call("EOld", t.expr(e.Args[0]))
	case ir.Narrow:
		return t.unary(e, call("Narrow", integer(e.Type.Lo), integer(e.Type.Hi)))
	case ir.Clip:
		return t.unary(e, call("Clip", integer(e.Type.Lo), integer(e.Type.Hi)))
	case ir.IsCtor:
		return t.unary(e, call("IsCtor", integer(e.Int)))
	case ir.Field:
		return t.unary(e, call("Field", natural(e.Int)))
	case ir.Let:
		x := t.expr(e.Args[0])
		return t.within([]ir.LocalID{e.Local}, func() term { return call("ELet", x, t.expr(e.Args[1])) })
	case ir.Match:
		var arms []term
		for _, a := range e.Arms {
			arms = append(arms, t.arm("Arm", a, func() term { return t.expr(a.Body) }))
		}
		return call("EMatch", t.expr(e.Args[0]), list(arms))
	case ir.Pick:
		return t.over(e, "EPick", nil)
	case ir.MapOver:
		return t.over(e, "EMapOver", []term{t.all(e.Type.Key, e.Pos)})
	case ir.Union:
		if e.Type.Kind == types.Bag {
			return t.binary(e, call("BagUnion", integer(e.Type.Max)))
		}
		return t.binary(e, call("SetUnion"))
	case ir.SetAll:
		return call("ESetAll", t.all(e.Type.Elem, e.Pos))
	case ir.SetLit:
		return call("ESet", t.exprs(e.Args))
	case ir.SeqLit:
		return call("ESeq", integer(e.Type.Max), t.exprs(e.Args))
	case ir.BagLit:
		return call("EBag", integer(e.Type.Max), t.exprs(e.Args))
	case ir.RecordLit, ir.Key:
		return call("ETup", t.exprs(e.Args))
	case ir.Ctor:
		return call("ECtor", integer(e.Int), t.exprs(e.Args))
	case ir.MapFill:
		return call("EMapFill", t.all(e.Type.Key, e.Pos), t.expr(e.Args[0]))
	case ir.MapLit:
		return call("EMapLit", t.all(e.Type.Key, e.Pos), t.exprs(e.Args))
	case ir.Index:
		return t.binary(e, call("Index", t.all(e.Args[0].Type.Key, e.Pos)))
	case ir.WithKey:
		return call("EWithKey", append([]term{t.all(e.Args[0].Type.Key, e.Pos)}, t.exprs(e.Args).args...)...)
	case ir.WithField:
		return t.binary(e, call("WithField", natural(e.Int)))
	case ir.Append:
		return t.binary(e, call("Append", integer(e.Type.Max)))
	case ir.BagAdd:
		return t.binary(e, call("BagAdd", integer(e.Type.Max)))
	case ir.Call:
		return call("ECall", natural(int64(t.numbers[e.Func])), t.exprs(e.Args)).noted(t.p.Funcs[e.Func].Name)
	}
	return t.refuse(e.Pos, "the operation %d has no place in the proof", e.Op)
}

func (t *translator) constant(e *ir.Expr) term {
	out := call("EInt", integer(e.Int))
	switch {
	case e.Type.Kind == types.Enum && e.Int >= 0 && e.Int < int64(len(e.Type.Members)):
		return out.noted(e.Type.Members[e.Int])
	case e.Type.Kind == types.Bool:
		return out.noted(strconv.FormatBool(e.Int != 0))
	}
	return out
}

func (t *translator) unary(e *ir.Expr, op term) term { return call("EUn", op, t.expr(e.Args[0])) }

// binary is an operation of two; of more, as min and max may be, from the left.
func (t *translator) binary(e *ir.Expr, op term) term {
	out := t.expr(e.Args[0])
	for _, a := range e.Args[1:] {
		out = call("EBin", op, out, t.expr(a))
	}
	return out
}

// over is what goes through binders. EPick has one of them.
func (t *translator) over(e *ir.Expr, head string, first []term) term {
	bs, locals := t.binders(e.Binders, e.Pos)
	return t.within(locals, func() term {
		args := first
		if head == "EPick" {
			args = append(args, bs.args[0])
		} else {
			args = append(args, bs)
		}
		args = append(args, t.optional(e.Where))
		return call(head, append(args, t.exprs(e.Args).args...)...)
	})
}

// binders gives the binders at a position and what they bind, each of which is in scope of the next.
func (t *translator) binders(bs []ir.Binder, pos syntax.Pos) (term, []ir.LocalID) {
	n := len(t.scope)
	var out []term
	var locals []ir.LocalID
	for i := range bs {
		b := &bs[i]
		d := t.domain(b, pos)
		locals = append(locals, b.Local)
		t.scope = append(t.scope, b.Local)
		out = append(out, call("Bind", d, t.optional(b.Where)).noted(t.p.Locals[b.Local].Name))
	}
	t.scope = t.scope[:n]
	return list(out), locals
}

func (t *translator) domain(b *ir.Binder, pos syntax.Pos) term {
	switch b.Kind {
	case ir.AllOf:
		return call("All", t.all(b.Type, pos))
	case ir.Interval:
		return call("Interval", t.expr(b.Lo), t.expr(b.Hi))
	case ir.Subsets:
		return call("Subsets", t.expr(b.Set))
	}
	return call("Members", t.expr(b.Set))
}

// arm is an arm of a match, with its locals in scope of its body.
func (t *translator) arm(head string, a ir.Arm, body func() term) term {
	var ctor *term
	if a.Ctor >= 0 {
		n := integer(int64(a.Ctor))
		ctor = &n
	}
	return t.within(a.Binds, func() term {
		return call(head, option(ctor), natural(int64(len(a.Binds))), body())
	})
}

// block is a list of statements. What follows a let is inside it.
func (t *translator) block(stmts []*ir.Stmt) term {
	var out []term
	for i, st := range stmts {
		if st.Op == ir.LetStmt {
			x := t.expr(st.X)
			rest := t.within([]ir.LocalID{st.Local}, func() term { return t.block(stmts[i+1:]) })
			return list(append(out, call("SLet", x, rest).noted(t.p.Locals[st.Local].Name)))
		}
		out = append(out, t.stmt(st))
	}
	return list(out)
}

func (t *translator) stmt(st *ir.Stmt) term {
	switch st.Op {
	case ir.Assign:
		return t.assign(st)
	case ir.IfElse:
		return call("SIf", t.expr(st.X), t.block(st.Body), t.block(st.Else))
	case ir.For, ir.Choose:
		head := "SFor"
		if st.Op == ir.Choose {
			head = "SChoose"
		}
		bs, locals := t.binders(st.Binders, st.Pos)
		return t.within(locals, func() term { return call(head, bs, t.optional(st.Where), t.block(st.Body)) })
	case ir.Either:
		var branches []term
		for _, b := range st.Branches {
			branches = append(branches, t.block(b))
		}
		return call("SEither", list(branches))
	case ir.Assert:
		return call("SAssert", t.expr(st.X))
	case ir.When:
		return call("SWhen", t.expr(st.X))
	case ir.MatchStmt:
		var arms []term
		for _, a := range st.Arms {
			arms = append(arms, t.arm("SArm", a, func() term { return t.block(a.Stmts) }))
		}
		return call("SMatch", t.expr(st.X), list(arms))
	}
	return t.refuse(st.Pos, "the statement %d has no place in the proof", st.Op)
}

func (t *translator) assign(st *ir.Stmt) term {
	var path []term
	for _, p := range st.Target.Path {
		switch {
		case p.X == nil:
			path = append(path, call("ToField", natural(int64(p.Field))))
		case p.Type.Kind == types.Map:
			path = append(path, call("ToKey", t.all(p.Type.Key, p.Pos), t.expr(p.X)))
		default:
			path = append(path, call("ToIndex", t.expr(p.X)))
		}
	}
	v := natural(int64(st.Target.Var)).noted(t.p.Vars[st.Target.Var].Name)
	return call("SAssign", v, list(path), t.expr(st.X))
}

// order gives the functions so that each comes after those that it calls.
func order(p *ir.Program) []ir.FuncID {
	var out []ir.FuncID
	seen := map[ir.FuncID]bool{}
	var visit func(id ir.FuncID)
	visit = func(id ir.FuncID) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, e := range []*ir.Expr{p.Funcs[id].Body, p.Funcs[id].Decreases} {
			calls(e, visit)
		}
		out = append(out, id)
	}
	for id := range p.Funcs {
		visit(ir.FuncID(id))
	}
	return out
}

// calls visits the functions that an expression calls.
func calls(e *ir.Expr, visit func(ir.FuncID)) {
	if e == nil {
		return
	}
	if e.Op == ir.Call {
		visit(e.Func)
	}
	for _, a := range e.Args {
		calls(a, visit)
	}
	for _, b := range e.Binders {
		for _, x := range []*ir.Expr{b.Lo, b.Hi, b.Set, b.Where} {
			calls(x, visit)
		}
	}
	calls(e.Where, visit)
	for _, a := range e.Arms {
		calls(a.Body, visit)
	}
}

func (t *translator) function(f *ir.Func) term {
	t.scope = slices.Clone(f.Params)
	defer func() { t.scope = nil }()
	return call("Func", t.optional(f.Decreases), t.expr(f.Body))
}

func (t *translator) action(a *ir.Action) term {
	var params []term
	for _, id := range a.Params {
		local := t.p.Locals[id]
		params = append(params, t.typ(local.Type).noted(local.Name))
	}
	t.scope = slices.Clone(a.Params)
	defer func() { t.scope = nil }()
	return call("Action", list(params), t.optional(a.Guard), t.block(a.Body), t.optional(a.Ensures))
}

func (t *translator) variable(v *ir.Var) term {
	typ := t.typ(v.Type)
	if v.Init == nil {
		typ = t.all(v.Type, v.Pos)
	}
	return call("Var", typ, t.optional(v.Init)).noted(v.Name)
}
