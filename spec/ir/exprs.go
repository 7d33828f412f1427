package ir

import (
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// expr lowers an expression with the conversions it takes where it stands.
func (b *builder) expr(e syntax.Expr) *Expr {
	n := b.converted(e)
	if t := b.info.Fill[e]; t != nil {
		n = fill(n, t)
	}
	return n
}

// converted is an expression as what it is turned into. A set of integers is gone through: { x for x in S }.
func (b *builder) converted(e syntax.Expr) *Expr {
	t := b.info.Convert[e]
	if t == nil {
		return b.plain(e)
	}
	to := func(x *Expr, t *types.Type) *Expr {
		if b.info.Clip[e] {
			return &Expr{Op: Clip, Type: t, Pos: x.Pos, Args: []*Expr{x}}
		}
		return b.narrow(x, t)
	}
	switch t.Kind {
	case types.Symmetric:
		n := b.plain(e)
		return &Expr{Op: Const, Type: t, Pos: n.Pos, Int: n.Int - t.Lo}
	case types.Set:
		pos := e.Position()
		if o, ok := e.(*syntax.Binary); ok {
			pos = o.OpPos
		}
		own := b.info.Types[e].Elem
		l := b.newLocal("x", own)
		bind := b.domain(e, l)
		elem := &Expr{Op: LoadLocal, Type: own, Pos: pos, Local: l}
		return &Expr{Op: SetOver, Type: t, Pos: pos, Binders: []Binder{bind}, Args: []*Expr{to(elem, t.Elem)}}
	}
	return to(b.plain(e), t)
}

func fill(e *Expr, t *types.Type) *Expr {
	if t.Kind != types.Map || types.Identical(e.Type, t) {
		return e
	}
	return &Expr{Op: MapFill, Type: t, Pos: e.Pos, Args: []*Expr{fill(e, t.Elem)}}
}

var binaryOps = map[string]Op{
	"+": Add, "-": Sub, "*": Mul, "/": Div, "%": Mod, "and": And, "or": Or, "implies": Implies, "iff": Eq, "==": Eq,
	"<": Lt, "<=": Le, "subset": Subset, "union": Union, "intersect": Intersect, "minus": Minus,
}

var quantOps = map[string]Op{
	"forall": Forall, "exists": Exists, "count": Count, "sum": Sum, "min": MinOver, "max": MaxOver, "pick": Pick,
}

func (b *builder) plain(e syntax.Expr) *Expr {
	t := b.info.Types[e]
	node := func(op Op, args ...*Expr) *Expr {
		return &Expr{Op: op, Type: t, Pos: e.Position(), Args: args}
	}
	switch e := e.(type) {
	case *syntax.IntLit:
		n := node(Const)
		n.Int = e.Value
		return n
	case *syntax.BoolLit:
		n := node(Const)
		if e.Value {
			n.Int = 1
		}
		return n
	case *syntax.Paren:
		return b.expr(e.X)
	case *syntax.Name:
		return b.name(e, b.info.Uses[e], t)
	case *syntax.Unary:
		if e.Op == "not" {
			return node(Not, b.expr(e.X))
		}
		x := b.expr(e.X)
		if _, literal := e.X.(*syntax.IntLit); literal && x.Op == Const && t.Lo == t.Hi { // a negative literal
			n := node(Const)
			n.Int = t.Lo
			return n
		}
		return node(Neg, x)
	case *syntax.Binary:
		return b.binary(e, t)
	case *syntax.Range, *syntax.SetComp:
		return b.enumerated(e, t)
	case *syntax.Is:
		n := node(IsCtor, b.expr(e.X))
		i, _ := types.Constructor(n.Args[0].Type, e.Ctor.Name)
		n.Int = int64(i)
		return n
	case *syntax.If:
		return node(If, b.expr(e.Cond), b.expr(e.Then), b.expr(e.Else))
	case *syntax.Let:
		n := node(Let, b.expr(e.Value), nil)
		n.Local = b.local(b.info.Defs[e.Name])
		n.Args[1] = b.expr(e.Body)
		return n
	case *syntax.Match:
		n := node(Match, b.expr(e.X))
		for _, a := range e.Arms {
			arm := b.arm(a.Pattern)
			arm.Body = b.expr(a.Body)
			n.Arms = append(n.Arms, arm)
		}
		return n
	case *syntax.Quant:
		n := node(quantOps[e.Op])
		n.Binders = b.binders(e.Binders)
		n.Where = b.optional(e.Where)
		if e.Body != nil {
			n.Args = []*Expr{b.expr(e.Body)}
		}
		return n
	case *syntax.SetLit:
		return node(SetLit, b.exprs(e.Elems)...)
	case *syntax.SeqLit:
		return node(SeqLit, b.exprs(e.Elems)...)
	case *syntax.BagLit:
		return node(BagLit, b.exprs(e.Elems)...)
	case *syntax.MapLit:
		n := node(MapLit)
		for _, en := range e.Entries {
			n.Args = append(n.Args, b.expr(en.Key), b.expr(en.Value))
		}
		return n
	case *syntax.MapComp:
		n := node(MapOver)
		n.Binders = b.binders(e.Binders)
		n.Where = b.optional(e.Where)
		n.Args = []*Expr{b.expr(e.Key), b.expr(e.Value)}
		return n
	case *syntax.RecordLit:
		values := map[string]syntax.Expr{}
		for _, f := range e.Fields {
			values[f.Name.Name] = f.Value
		}
		return b.record(node(RecordLit), values)
	case *syntax.Call:
		return b.callExpr(e, t)
	case *syntax.Index:
		x := b.expr(e.X)
		if x.Type.Kind == types.Map {
			return node(Index, x, b.key(e.Args, x.Type.Key))
		}
		return node(SeqIndex, x, b.expr(e.Args[0]))
	case *syntax.Field:
		if o := b.info.Uses[e]; o != nil {
			return b.member(e, o)
		}
		x := b.expr(e.X)
		if x.Type.Kind == types.Option {
			return node(Value, x)
		}
		n := node(Field, x)
		n.Int = int64(types.FieldIndex(x.Type, e.Name.Name))
		return n
	case *syntax.With:
		return b.with(e, t)
	case *syntax.Old:
		return node(Old, b.expr(e.X))
	}
	panic("ir: expression without a meaning") // every node of package syntax stands above
}

func (b *builder) exprs(es []syntax.Expr) []*Expr {
	var out []*Expr
	for _, e := range es {
		out = append(out, b.expr(e))
	}
	return out
}

func (b *builder) record(n *Expr, values map[string]syntax.Expr) *Expr {
	for _, f := range n.Type.Fields {
		n.Args = append(n.Args, b.expr(values[f.Name]))
	}
	return n
}

func (b *builder) name(e *syntax.Name, o *types.Object, t *types.Type) *Expr {
	if o == nil { // none
		return &Expr{Op: Ctor, Type: t, Pos: e.Pos}
	}
	switch o.Kind {
	case types.ConstObject:
		return b.constant(o.Const)
	case types.VarObject:
		return &Expr{Op: LoadVar, Type: t, Pos: e.Pos, Var: VarID(o.Index)}
	case types.LocalObject:
		return &Expr{Op: LoadLocal, Type: t, Pos: e.Pos, Local: b.local(o)}
	case types.MemberObject, types.CtorObject:
		return b.member(e, o)
	default: // a type, as the set of its values
		return &Expr{Op: SetAll, Type: t, Pos: e.Pos}
	}
}

func (b *builder) member(e syntax.Expr, o *types.Object) *Expr {
	op := Const
	if o.Kind == types.CtorObject {
		op = Ctor
	}
	return &Expr{Op: op, Type: o.Type, Pos: e.Position(), Int: int64(o.Index)}
}

func (b *builder) binary(e *syntax.Binary, t *types.Type) *Expr {
	if e.Op == "in" {
		if t := b.info.Beyond[e.X]; t != nil {
			return b.memberBeyond(b.expr(e.X), t, e)
		}
		return b.membership(b.expr(e.X), e.Y, e.Pos)
	}
	x, y := b.expr(e.X), b.expr(e.Y)
	node := &Expr{Type: t, Pos: e.OpPos, Args: []*Expr{x, y}}
	switch e.Op {
	case "!=":
		node.Op, node.Form = Eq, Equals
		return &Expr{Op: Not, Type: t, Pos: e.OpPos, Args: []*Expr{node}}
	case "==":
		node.Op, node.Form = Eq, Equals
	case ">":
		node.Op, node.Form, node.Args = Lt, Greater, []*Expr{y, x}
	case ">=":
		node.Op, node.Form, node.Args = Le, Greater, []*Expr{y, x}
	default:
		node.Op = binaryOps[e.Op]
	}
	return node
}

// membership is `x in D`, without building D where it can be avoided.
func (b *builder) membership(x *Expr, d syntax.Expr, pos syntax.Pos) *Expr {
	boolean := types.BoolType()
	node := func(op Op, args ...*Expr) *Expr { return &Expr{Op: op, Type: boolean, Pos: pos, Args: args} }
	// let evaluates x once for what f makes of it.
	let := func(f func(x *Expr) *Expr) *Expr {
		if x.Op == LoadLocal || x.Op == Const {
			return f(x)
		}
		l := b.newLocal("x", x.Type)
		n := node(Let, x, f(&Expr{Op: LoadLocal, Type: x.Type, Pos: x.Pos, Local: l}))
		n.Local = l
		return n
	}
	if b.info.Convert[d] == nil {
		switch d := d.(type) {
		case *syntax.Paren:
			return b.membership(x, d.X, pos)
		case *syntax.Name:
			if o := b.info.Uses[d]; o != nil && (o.Kind == types.TypeObject || o.Kind == types.BuiltinObject) {
				elem := b.info.Types[d].Elem
				if !elem.IsInt() {
					return let(func(*Expr) *Expr { return &Expr{Op: Const, Type: boolean, Pos: pos, Int: 1} })
				}
				return let(func(x *Expr) *Expr {
					return between(x, bound(elem.Lo, elem.LoOf, pos), bound(elem.Hi, elem.HiOf, pos), pos)
				})
			}
		case *syntax.Range:
			return let(func(x *Expr) *Expr { return between(x, b.expr(d.Lo), b.expr(d.Hi), pos) })
		case *syntax.SetLit:
			return let(func(x *Expr) *Expr {
				out := &Expr{Op: Const, Type: boolean, Pos: pos}
				for i := len(d.Elems) - 1; i >= 0; i-- {
					eq := node(Eq, x, b.expr(d.Elems[i]))
					if i == len(d.Elems)-1 {
						out = eq
					} else {
						out = node(Or, eq, out)
					}
				}
				return out
			})
		case *syntax.SetComp:
			return let(func(x *Expr) *Expr { return b.memberOfComp(x, d, pos) })
		case *syntax.Call:
			if o := b.info.Uses[d]; o != nil && o.Kind == types.BuiltinObject {
				switch o.Name {
				case "powerset":
					return node(Subset, x, b.expr(d.Args[0].Value))
				case "elems":
					return node(In, x, b.expr(d.Args[0].Value))
				}
			}
		case *syntax.Binary:
			if b.info.Types[d].Kind == types.Set && (d.Op == "union" || d.Op == "intersect" || d.Op == "minus") {
				return let(func(x *Expr) *Expr {
					l, r := b.membership(x, d.X, pos), b.membership(x, d.Y, pos)
					switch d.Op {
					case "union":
						return node(Or, l, r)
					case "intersect":
						return node(And, l, r)
					}
					return node(And, l, node(Not, r))
				})
			}
		}
	}
	return node(In, x, b.expr(d))
}

// memberBeyond is `x in D` for a set x of integers that need not be within the elements of D, which are sets of type t.
func (b *builder) memberBeyond(x *Expr, t *types.Type, e *syntax.Binary) *Expr {
	boolean := types.BoolType()
	l := b.newLocal("x", x.Type)
	// each is an element of x that takes its turn.
	each := func() (*Expr, []Binder) {
		k := b.newLocal("y", x.Type.Elem)
		set := &Expr{Op: LoadLocal, Type: x.Type, Pos: x.Pos, Local: l}
		bind := Binder{Local: k, Kind: Members, Type: x.Type.Elem, Set: set}
		return &Expr{Op: LoadLocal, Type: x.Type.Elem, Pos: x.Pos, Local: k}, []Binder{bind}
	}
	y, bs := each()
	inside := between(y, bound(t.Elem.Lo, t.Elem.LoOf, e.Pos), bound(t.Elem.Hi, t.Elem.HiOf, e.Pos), e.Pos)
	all := &Expr{Op: Forall, Type: boolean, Pos: e.Pos, Binders: bs, Args: []*Expr{inside}}
	y, bs = each()
	same := &Expr{Op: SetOver, Type: t, Pos: x.Pos, Binders: bs, Args: []*Expr{b.narrow(y, t.Elem)}}
	both := &Expr{Op: And, Type: boolean, Pos: e.Pos, Args: []*Expr{all, b.membership(same, e.Y, e.Pos)}}
	return &Expr{Op: Let, Form: Beyond, Type: boolean, Pos: e.Pos, Local: l, Args: []*Expr{x, both}}
}

// bound is a bound of a type, and what it was computed from.
func bound(v int64, from syntax.Expr, pos syntax.Pos) *Expr {
	return &Expr{Op: Const, Type: types.IntRange(v, v), Pos: pos, Int: v, From: from}
}

func between(x, lo, hi *Expr, pos syntax.Pos) *Expr {
	boolean := types.BoolType()
	return &Expr{Op: And, Type: boolean, Pos: pos, Args: []*Expr{
		{Op: Le, Type: boolean, Pos: pos, Args: []*Expr{lo, x}},
		{Op: Le, Type: boolean, Pos: pos, Args: []*Expr{x, hi}},
	}}
}

func (b *builder) memberOfComp(x *Expr, d *syntax.SetComp, pos syntax.Pos) *Expr {
	boolean := types.BoolType()
	if !d.Filter {
		n := &Expr{Op: Exists, Type: boolean, Pos: pos, Binders: b.binders(d.Binders), Where: b.optional(d.Where)}
		n.Args = []*Expr{{Op: Eq, Type: boolean, Pos: pos, Args: []*Expr{x, b.expr(d.Elem)}}}
		return n
	}
	g := d.Binders.Groups[0]
	in := b.membership(x, g.Domain, pos)
	// x stands for the comprehension's own name; it is in the domain when the condition is evaluated.
	o := b.info.Defs[g.Names[0]]
	l := b.newLocal(o.Name, o.Type)
	saved, had := b.locals[o]
	b.locals[o] = l
	cond := &Expr{Op: Let, Type: boolean, Pos: pos, Local: l, Args: []*Expr{x, b.expr(d.Where)}}
	if had {
		b.locals[o] = saved
	} else {
		delete(b.locals, o)
	}
	return &Expr{Op: And, Type: boolean, Pos: pos, Args: []*Expr{in, cond}}
}

// enumerated is a set made by going through a domain.
func (b *builder) enumerated(e syntax.Expr, t *types.Type) *Expr {
	n := &Expr{Op: SetOver, Type: t, Pos: e.Position()}
	if c, ok := e.(*syntax.SetComp); ok && !c.Filter {
		n.Binders = b.binders(c.Binders)
		n.Where = b.optional(c.Where)
		n.Args = []*Expr{b.expr(c.Elem)}
		return n
	}
	l := b.newLocal("x", t.Elem)
	n.Binders = []Binder{b.domain(e, l)}
	n.Args = []*Expr{{Op: LoadLocal, Type: t.Elem, Pos: n.Pos, Local: l}}
	return n
}

func (b *builder) binders(bs *syntax.Binders) []Binder {
	var out []Binder
	for _, g := range bs.Groups {
		for _, name := range g.Names {
			out = append(out, b.domain(g.Domain, b.local(b.info.Defs[name])))
		}
	}
	return out
}

// domain is a binder that takes local l through an expression, without building it where it can be avoided.
func (b *builder) domain(e syntax.Expr, l LocalID) Binder {
	t := b.info.Types[e].Elem
	out := Binder{Local: l, Kind: Members, Type: t}
	switch d := e.(type) {
	case *syntax.Paren:
		return b.domain(d.X, l)
	case *syntax.Name:
		if o := b.info.Uses[d]; o != nil && (o.Kind == types.TypeObject || o.Kind == types.BuiltinObject) {
			out.Kind = AllOf
			return out
		}
	case *syntax.Range:
		out.Kind, out.Lo, out.Hi = Interval, b.expr(d.Lo), b.expr(d.Hi)
		return out
	case *syntax.Call:
		if o := b.info.Uses[d]; o != nil && o.Kind == types.BuiltinObject && o.Name == "powerset" {
			out.Kind, out.Set = Subsets, b.expr(d.Args[0].Value)
			return out
		}
	case *syntax.SetComp:
		if d.Filter {
			g := d.Binders.Groups[0]
			out = b.domain(g.Domain, l)
			o := b.info.Defs[g.Names[0]]
			saved, had := b.locals[o]
			b.locals[o] = l
			cond := b.expr(d.Where)
			if had {
				b.locals[o] = saved
			} else {
				delete(b.locals, o)
			}
			if out.Where != nil {
				cond = &Expr{Op: And, Type: types.BoolType(), Pos: d.Pos, Args: []*Expr{out.Where, cond}}
			}
			out.Where, out.Own = cond, o.Name
			return out
		}
	}
	out.Set = b.plain(e)
	return out
}

var builtinOps = map[string]Op{
	"head": Head, "tail": Tail, "append": Append, "elems": Elems, "multiplicity": Multiplicity, "add": BagAdd,
	"remove": BagRemove, "powerset": Powerset, "abs": Abs, "some": Ctor,
}

func (b *builder) callExpr(e *syntax.Call, t *types.Type) *Expr {
	o := b.info.Uses[e]
	n := &Expr{Type: t, Pos: e.Pos}
	var args []syntax.Expr
	for _, a := range e.Args {
		args = append(args, a.Value)
	}
	switch o.Kind {
	case types.FuncObject:
		n.Op, n.Func, n.Args = Call, FuncID(o.Index), b.exprs(args)
	case types.CtorObject:
		n.Op, n.Int, n.Args = Ctor, int64(o.Index), b.exprs(args)
	case types.TypeObject:
		values := map[string]syntax.Expr{}
		for _, a := range e.Args {
			values[a.Name.Name] = a.Value
		}
		n.Op = RecordLit
		return b.record(n, values)
	default:
		switch {
		case o.Name == "size":
			return b.size(n, args[0])
		case (o.Name == "min" || o.Name == "max") && len(args) == 1:
			n.Op = MinOver
			if o.Name == "max" {
				n.Op = MaxOver
			}
			l := b.newLocal("x", t)
			n.Binders = []Binder{b.domain(args[0], l)}
			n.Args = []*Expr{{Op: LoadLocal, Type: t, Pos: n.Pos, Local: l}}
			return n
		case o.Name == "min":
			n.Op = Min
		case o.Name == "max":
			n.Op = Max
		default:
			n.Op = builtinOps[o.Name]
			if o.Name == "some" {
				n.Int = 1
			}
		}
		n.Args = b.exprs(args)
	}
	return n
}

// size counts a set that is only gone through, without building it.
func (b *builder) size(n *Expr, arg syntax.Expr) *Expr {
	inner := arg
	for {
		p, ok := inner.(*syntax.Paren)
		if !ok {
			break
		}
		inner = p.X
	}
	c, isComp := inner.(*syntax.SetComp)
	name, isName := inner.(*syntax.Name)
	_, isRange := inner.(*syntax.Range)
	if isName {
		o := b.info.Uses[name]
		isName = o != nil && (o.Kind == types.TypeObject || o.Kind == types.BuiltinObject)
	}
	call, isCall := inner.(*syntax.Call)
	isCall = isCall && call.Fun.Name == "powerset"
	if isComp && c.Filter || isName || isRange || isCall {
		l := b.newLocal("x", b.info.Types[inner].Elem)
		n.Op = Count
		n.Binders = []Binder{b.domain(inner, l)}
		n.Args = []*Expr{{Op: Const, Type: types.BoolType(), Pos: n.Pos, Int: 1}}
		return n
	}
	n.Op, n.Args = Size, []*Expr{b.expr(arg)}
	return n
}

func (b *builder) with(e *syntax.With, t *types.Type) *Expr {
	n := b.expr(e.X)
	for _, u := range e.Updates {
		next := &Expr{Type: t, Pos: u.Pos}
		if u.Field != nil {
			next.Op, next.Int = WithField, int64(types.FieldIndex(t, u.Field.Name))
			next.Args = []*Expr{n, b.expr(u.Value)}
		} else {
			next.Op = WithKey
			next.Args = []*Expr{n, b.key(u.Index, t.Key), b.expr(u.Value)}
		}
		n = next
	}
	return n
}
