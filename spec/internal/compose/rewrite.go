package compose

import (
	"reflect"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// rewriter copies trees. For the file itself it turns what is written of a part, as in vm[v].world, into qualified names.
// For a part, whose file has been rewritten so, it puts the name of the part before global names, and the indices of an
// array where they are needed.
type rewriter struct {
	b      *builder
	m      *Model            // whose file is copied
	prefix string            // "" for the file itself
	index  []*syntax.Ident   // of an array
	given  map[string]string // names of the part that stand for others
	locals []string
	any    bool // an action without arguments stands for any
	quiet  bool // errors are not reported: this is done again
	seeded bool // it is a mutant that is copied: what it calls the model does not
}

var (
	posType = reflect.TypeFor[syntax.Pos]()
	useType = reflect.TypeFor[*syntax.UseDecl]()
)

func (r *rewriter) errorf(pos syntax.Pos, format string, args ...any) {
	if !r.quiet {
		r.b.errorf(pos, format, args...)
	}
}

// own tells whether the file itself is copied.
func (r *rewriter) own() bool { return r.prefix == "" }

// expr copies an expression.
func (r *rewriter) expr(x syntax.Expr) syntax.Expr {
	if x == nil {
		return nil
	}
	return r.node(reflect.ValueOf(x)).Interface().(syntax.Expr)
}

// copied copies any tree.
func copied[T any](r *rewriter, x T) T {
	r.value(reflect.ValueOf(&x).Elem())
	return x
}

// value copies in place what v holds.
func (r *rewriter) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != useType {
			p := v
			if v.Kind() == reflect.Interface {
				p = v.Elem()
			}
			v.Set(r.node(p))
		}
	case reflect.Slice:
		if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(out, v)
		for i := range out.Len() {
			r.value(out.Index(i))
		}
		v.Set(out)
	case reflect.Struct:
		if v.Type() == posType {
			return
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				r.value(f)
			}
		}
	}
}

// fields copies what a pointer points to.
func (r *rewriter) fields(p reflect.Value) reflect.Value {
	out := reflect.New(p.Type().Elem())
	out.Elem().Set(p.Elem())
	r.value(out.Elem())
	return out
}

// node copies a node, given as a pointer.
func (r *rewriter) node(p reflect.Value) reflect.Value {
	switch x := p.Interface().(type) {
	case *syntax.Name:
		return reflect.ValueOf(r.name(x))
	case *syntax.Field:
		if y := r.member(x); y != nil {
			return reflect.ValueOf(y)
		}
	case *syntax.Call:
		return reflect.ValueOf(r.call(x))
	case *syntax.ActionCall:
		return reflect.ValueOf(r.action(x, r.any))
	case *syntax.NamedType:
		y := *x
		y.Name = r.global(x.Name)
		return reflect.ValueOf(&y)
	case *syntax.Event, *syntax.Within:
		defer func(was bool) { r.any = was }(r.any)
		r.any = true
	case *syntax.CallStmt:
		y := &syntax.CallStmt{Pos: x.Pos, Call: r.action(x.Call, false)}
		if !r.seeded {
			r.b.m.called[y.Call.Name.Name] = true
		}
		return reflect.ValueOf(y)
	case *syntax.Let:
		y := *x
		y.Value = r.expr(x.Value)
		r.scoped(func() { y.Name, y.Body = r.bind(x.Name), r.expr(x.Body) })
		return reflect.ValueOf(&y)
	case *syntax.LetStmt: // until the end of its block
		y := *x
		y.Type, y.Value = copied(r, x.Type), r.expr(x.Value)
		y.Name = r.bind(x.Name)
		return reflect.ValueOf(&y)
	case *syntax.Binders: // until the end of what they are the binders of
		y := &syntax.Binders{Pos: x.Pos}
		for _, g := range x.Groups {
			h := &syntax.BinderGroup{Domain: r.expr(g.Domain)}
			for _, n := range g.Names {
				h.Names = append(h.Names, r.bind(n))
			}
			y.Groups = append(y.Groups, h)
		}
		return reflect.ValueOf(y)
	case *syntax.Pattern: // until the end of its arm
		y := *x
		y.Binds = nil
		for _, n := range x.Binds {
			y.Binds = append(y.Binds, r.bind(n))
		}
		return reflect.ValueOf(&y)
	case *syntax.SetComp, *syntax.MapComp:
		return r.comprehension(p)
	case *syntax.Quant, *syntax.Block, *syntax.ForStmt, *syntax.ChooseStmt, *syntax.StmtArm, *syntax.ExprArm:
		var out reflect.Value // in all of these, what binds a name is a field before those that it is bound in
		r.scoped(func() { out = r.fields(p) })
		return out
	}
	return r.fields(p)
}

// comprehension copies one whose elements stand before the binders.
func (r *rewriter) comprehension(p reflect.Value) reflect.Value {
	var out reflect.Value
	r.scoped(func() {
		switch x := p.Interface().(type) {
		case *syntax.SetComp:
			y := *x
			y.Binders = copied(r, x.Binders)
			y.Elem, y.Where = r.expr(x.Elem), r.expr(x.Where)
			out = reflect.ValueOf(&y)
		case *syntax.MapComp:
			y := *x
			y.Binders = copied(r, x.Binders)
			y.Key, y.Value, y.Where = r.expr(x.Key), r.expr(x.Value), r.expr(x.Where)
			out = reflect.ValueOf(&y)
		}
	})
	return out
}

func (r *rewriter) scoped(f func()) {
	n := len(r.locals)
	f()
	r.locals = r.locals[:n]
}

// bind copies a local name where it is declared.
func (r *rewriter) bind(n *syntax.Ident) *syntax.Ident {
	if r.own() && r.m.parts[n.Name] != nil {
		r.errorf(n.Pos, "%s hides the part %s; choose a different name", n.Name, n.Name)
	}
	r.locals = append(r.locals, n.Name)
	r.b.m.bound[n.Name] = true
	return &syntax.Ident{Pos: n.Pos, Name: n.Name}
}

// global is what a global name is called in the result.
func (r *rewriter) global(name string) string {
	if _, ok := r.m.kinds[name]; !ok || r.own() {
		return name
	}
	if other, ok := r.given[name]; ok {
		return other
	}
	return r.prefix + name
}

// indices are the names of the indices as expressions.
func (r *rewriter) indices(pos syntax.Pos) (out []syntax.Expr) {
	for _, n := range r.index {
		x := &syntax.Name{Name: n.Name}
		x.Pos = pos
		out = append(out, x)
	}
	return out
}

func (r *rewriter) name(x *syntax.Name) syntax.Expr {
	y := *x
	if slices.Contains(r.locals, x.Name) {
		return &y
	}
	if r.own() && r.m.parts[x.Name] != nil {
		r.errorf(x.Pos, "%s is a part, not a value: want %s.NAME", x.Name, x.Name)
	}
	y.Name = r.global(x.Name)
	if k, ok := r.m.kinds[x.Name]; ok && k == stated && len(r.index) > 0 {
		return indexed(&y, r.indices(x.Pos))
	}
	return &y
}

func indexed(x syntax.Expr, args []syntax.Expr) syntax.Expr {
	if len(args) == 0 {
		return x
	}
	y := &syntax.Index{X: x, Args: args}
	y.Pos = x.Position()
	return y
}

// place is a part as written, with the indices of the arrays on the way to it.
type place struct {
	name string
	args [][]syntax.Expr // of each array, as written; nil where none are given
}

// indices copies the indices of a place one array after the other. None may be missing where a later one is given; all
// tells whether none is missing at all.
func (p *place) indices(r *rewriter, at syntax.Pos) (args [][]syntax.Expr, all bool) {
	for i, a := range p.args {
		switch {
		case a != nil && len(args) < i:
			r.errorf(at, "%s is in an array: an index is missing before this one", p.name)
			return args, true
		case a != nil:
			args = append(args, copied(r, a))
		}
	}
	return args, len(args) == len(p.args)
}

// part reads an expression as a part, or gives nil.
func (r *rewriter) part(x syntax.Expr) *place {
	if !r.own() {
		return nil
	}
	switch x := x.(type) {
	case *syntax.Name:
		if !slices.Contains(r.locals, x.Name) {
			return r.into("", x.Name, nil)
		}
	case *syntax.Field:
		if p := r.part(x.X); p != nil {
			return r.into(p.name+".", x.Name.Name, p.args)
		}
	case *syntax.Index:
		p := r.part(x.X)
		if p == nil {
			return nil
		}
		_, twice := x.X.(*syntax.Index)
		switch q := r.m.parts[p.name]; {
		case q.arity == 0:
			r.errorf(x.Pos, "%s is one part, not an array of parts", p.name)
		case twice || q.arity != len(x.Args):
			r.errorf(x.Args[0].Position(), "%s takes %d %s, got %d", p.name, q.arity, indexWord(q.arity), len(x.Args))
		default:
			p.args[len(p.args)-1] = x.Args
		}
		return p
	}
	return nil
}

// into is a part of what has a prefix, or nil; with room for its indices if it is an array.
func (r *rewriter) into(prefix, name string, args [][]syntax.Expr) *place {
	q := r.m.parts[prefix+name]
	if q == nil {
		return nil
	}
	if q.arity > 0 {
		args = append(slices.Clone(args), nil)
	}
	return &place{name: prefix + name, args: args}
}

func indexWord(n int) string {
	if n == 1 {
		return "index"
	}
	return "indices"
}

// member is a name of a part, or nil where x is no such thing.
func (r *rewriter) member(x *syntax.Field) syntax.Expr {
	p := r.part(x.X)
	if p == nil {
		return nil
	}
	y := &syntax.Name{Name: p.name + "." + x.Name.Name}
	y.Pos = x.Pos
	if r.m.parts[y.Name] != nil {
		r.errorf(x.Pos, "%s is a part, not a value: want %s.NAME", y.Name, y.Name)
	}
	args, _ := p.indices(r, x.Pos)
	k, known := r.m.kinds[y.Name]
	if !known || k != stated {
		if known && len(args) > 0 {
			r.shared(x.Pos, y.Name, p)
		}
		return y
	}
	var out syntax.Expr = y
	for _, a := range args {
		out = indexed(out, a)
	}
	return out
}

// shared reports an index before what all parts of an array have in common.
func (r *rewriter) shared(pos syntax.Pos, name string, p *place) {
	r.errorf(pos, "%s is the same in all of %s: want it without an index", name, p.name)
}

// call copies a call of a function.
func (r *rewriter) call(x *syntax.Call) *syntax.Call {
	y := *x
	y.Of = nil
	fun := *x.Fun
	y.Fun = &fun
	y.Args = copied(r, x.Args)
	var before []syntax.Expr
	if x.Of != nil {
		p := r.part(x.Of)
		if p == nil {
			y.Of = r.expr(x.Of)
			return &y
		}
		fun.Name = p.name + "." + x.Fun.Name
		args, all := p.indices(r, x.Pos)
		k, known := r.m.kinds[fun.Name]
		switch {
		case len(args) == 0:
		case known && k != reader:
			r.shared(x.Pos, fun.Name, p)
		case !all:
			r.errorf(x.Pos, "%s is in an array of arrays: want an index for each, or all as arguments", fun.Name)
		}
		before = slices.Concat(args...)
	} else {
		fun.Name = r.global(x.Fun.Name)
		if r.m.kinds[x.Fun.Name] == reader {
			before = r.indices(x.Fun.Pos)
		}
	}
	if len(before) > 0 {
		var list []*syntax.Arg
		for _, a := range before {
			list = append(list, &syntax.Arg{Pos: a.Position(), Value: a})
		}
		y.Args = append(list, y.Args...)
	}
	return &y
}

// action copies a call of an action. Where one without arguments stands for any, those after the indices are made _ .
func (r *rewriter) action(x *syntax.ActionCall, any bool) *syntax.ActionCall {
	y := *x
	y.Of = nil
	name := *x.Name
	y.Name = &name
	y.Args = copied(r, x.Args)
	var before []syntax.Expr
	full := ""
	switch _, mine := r.m.params[x.Name.Name]; {
	case x.Of != nil:
		p := r.part(x.Of)
		if p == nil {
			y.Of = r.expr(x.Of)
			return &y
		}
		full = p.name + "." + x.Name.Name
		name.Name = full
		args, all := p.indices(r, x.Pos)
		if len(args) > 0 && !all {
			r.errorf(x.Pos, "%s is in an array of arrays: want an index for each, or all as arguments", full)
		}
		before = slices.Concat(args...)
	case mine && !r.own():
		full = x.Name.Name
		name.Name = r.prefix + full
		before = r.indices(x.Name.Pos)
	}
	if len(before) == 0 {
		return &y
	}
	params, known := r.m.params[full]
	if known && !r.own() {
		params += len(before)
	}
	if any && known && len(x.Args) == 0 {
		for range params - len(before) {
			blank := &syntax.Name{Name: "_"}
			blank.Pos = x.Pos
			y.Args = append(y.Args, blank)
		}
	}
	y.Args = append(slices.Clone(before), y.Args...)
	return &y
}

// decl copies a declaration. Its names, where it declares any, are those of the result.
func (r *rewriter) decl(d syntax.Decl) (out syntax.Decl) {
	r.scoped(func() {
		switch d := d.(type) {
		case *syntax.FuncDecl:
			y := *d
			y.Name = r.ident(d.Name)
			y.Params, y.Result = r.params(d.Params), r.typ(d.Result)
			y.Decreases, y.Body = r.expr(d.Decreases), r.expr(d.Body)
			out = &y
		case *syntax.ActionDecl:
			y := *d
			y.Fair = copied(r, d.Fair)
			y.Name = r.ident(d.Name)
			y.Params = r.params(d.Params)
			y.Guard, y.Body, y.Ensures = r.expr(d.Guard), copied(r, d.Body), r.expr(d.Ensures)
			out = &y
		case *syntax.ConstDecl:
			y := copied(r, d)
			y.Name = r.ident(d.Name)
			out = y
		case *syntax.TypeDecl:
			out = &syntax.TypeDecl{Pos: d.Pos, Name: r.ident(d.Name), Type: r.typ(d.Type)}
		case *syntax.PropertyDecl:
			y := copied(r, d)
			y.Name = r.ident(d.Name)
			out = y
		case *syntax.BoundDecl:
			y := *d
			y.Name = r.ident(d.Name)
			y.Foralls = copied(r, d.Foralls)
			y.Expr, y.Limit = r.expr(d.Expr), r.expr(d.Limit)
			r.any = true
			y.Unit = copied(r, d.Unit)
			r.any = false
			out = &y
		case *syntax.ObserveDecl:
			y := *d
			y.Param = r.params([]*syntax.ParamGroup{d.Param})[0]
			y.Views = copied(r, d.Views)
			out = &y
		case *syntax.ActsDecl:
			y := *d
			y.Param, y.Acts = r.bind(d.Param), nil
			for _, e := range d.Acts {
				r.scoped(func() { y.Acts = append(y.Acts, r.act(e)) })
			}
			out = &y
		default:
			out = copied(r, d)
		}
	})
	return out
}

// act copies what belongs to a domain: the names in the place of arguments are bound there.
func (r *rewriter) act(e *syntax.ActsEntry) *syntax.ActsEntry {
	for _, a := range e.Call.Args {
		if x, ok := a.(*syntax.Name); ok && x.Name != "_" && !slices.Contains(r.locals, x.Name) {
			r.bind(&syntax.Ident{Pos: x.Pos, Name: x.Name})
		}
	}
	return &syntax.ActsEntry{Pos: e.Pos, Call: r.action(e.Call, true), Where: r.expr(e.Where)}
}

// ident copies a global name where it is declared.
func (r *rewriter) ident(n *syntax.Ident) *syntax.Ident {
	return &syntax.Ident{Pos: n.Pos, Name: r.prefix + n.Name}
}

// typ copies a type with the names of its members and constructors.
func (r *rewriter) typ(t syntax.TypeExpr) syntax.TypeExpr {
	y := copied(r, t)
	for _, n := range syntax.Members(y) {
		n.Name = r.prefix + n.Name
	}
	return y
}

// params copies parameters, whose names are bound from here on.
func (r *rewriter) params(gs []*syntax.ParamGroup) (out []*syntax.ParamGroup) {
	for _, g := range gs {
		h := &syntax.ParamGroup{Pos: g.Pos, Type: r.typ(g.Type)}
		for _, n := range g.Names {
			h.Names = append(h.Names, r.bind(n))
		}
		out = append(out, h)
	}
	return out
}
