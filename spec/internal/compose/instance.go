package compose

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// rewriter is what copies a part into the model that uses it.
func (b *builder) rewriter(u *syntax.UseDecl, p *Model) *rewriter {
	r := &rewriter{b: b, m: p, prefix: u.Name.Name + ".", given: map[string]string{}}
	for _, g := range u.Index {
		r.index = append(r.index, g.Names...)
	}
	for _, s := range u.Sets {
		if p.kinds[s.Name.Name] == typed {
			b.give(r, s)
		}
	}
	return r
}

// give puts a type of the model in the place of one of the part, and its members in those of the part's.
func (b *builder) give(r *rewriter, s *syntax.ConfigValue) {
	own := &rewriter{b: b, m: b.m, quiet: true}
	name, ok := own.expr(s.Value).(*syntax.Name)
	if !ok || b.m.kinds[name.Name] != typed {
		return // reported
	}
	r.given[s.Name.Name] = name.Name
	scope := name.Name[:strings.LastIndexByte(name.Name, '.')+1]
	for member := range r.m.types[s.Name.Name] {
		r.given[member] = scope + member[strings.LastIndexByte(member, '.')+1:]
	}
}

// settings checks what a use gives to the part, and lists the constants.
func (b *builder) settings(u *syntax.UseDecl, p *Model) map[string]syntax.Expr {
	out := map[string]syntax.Expr{}
	seen := map[string]bool{}
	own := &rewriter{b: b, m: b.m}
	var names []string
	consts := map[string]bool{}
	for _, d := range b.brought(p) {
		switch d := d.(type) {
		case *syntax.ConstDecl:
			consts[d.Name.Name] = true
			names = append(names, d.Name.Name)
		case *syntax.TypeDecl:
			names = append(names, d.Name.Name)
		}
	}
	for _, s := range u.Sets {
		name := s.Name.Name
		switch k := p.kinds[name]; {
		case seen[name]:
			b.errorf(s.Name.Pos, "%s is given twice", name)
		case consts[name]:
			b.varies(u, s.Value)
			out[name] = own.expr(s.Value)
		case k == typed:
			b.fits(p, s, own)
		default:
			near := ""
			if n := syntax.Nearest(name, names); n != "" {
				near = ", did you mean " + n + "?"
			}
			b.errorf(s.Name.Pos, "%s has no constant or type %s%s", u.Path, name, near)
		}
		seen[name] = true
	}
	return out
}

// varies refuses a constant that differs within an array.
func (b *builder) varies(u *syntax.UseDecl, x syntax.Expr) {
	used := syntax.Uses(x)
	for _, g := range u.Index {
		for _, n := range g.Names {
			if slices.Contains(used, n.Name) {
				b.errorf(x.Position(), "%s cannot be asked for here: all of %s have the same constants, which their types depend on", n.Name, u.Name.Name)
			}
		}
	}
}

// fits checks a type that is given for one of the part.
func (b *builder) fits(p *Model, s *syntax.ConfigValue, own *rewriter) {
	name, ok := own.expr(s.Value).(*syntax.Name)
	if !ok || b.m.kinds[name.Name] != typed {
		b.errorf(s.Value.Position(), "%s is a type of the part: want the name of a type", s.Name.Name)
		return
	}
	has := map[string]bool{}
	for m := range b.m.types[name.Name] {
		has[m[strings.LastIndexByte(m, '.')+1:]] = true
	}
	var missing []string
	for m := range p.types[s.Name.Name] {
		if m = m[strings.LastIndexByte(m, '.')+1:]; !has[m] {
			missing = append(missing, m)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		b.errorf(s.Value.Position(), "%s has no %s, which %s of the part has", name.Name, strings.Join(missing, ", "), s.Name.Name)
	}
}

// indices checks the indices of an array and gives its parameters, whose names nothing in the part shares.
func (b *builder) indices(u *syntax.UseDecl, p *Model) []*syntax.ParamGroup {
	own := &rewriter{b: b, m: b.m}
	var out []*syntax.ParamGroup
	seen := map[string]bool{}
	for _, g := range u.Index {
		t, ok := g.Type.(*syntax.NamedType)
		if !ok || t.Name != "bool" && b.m.kinds[t.Name] != typed {
			b.errorf(g.Type.Position(), "an index of an array of parts is of a named type, got %s", syntax.TypeText(g.Type))
			t = &syntax.NamedType{Name: "bool"}
		}
		h := &syntax.ParamGroup{Pos: g.Pos, Type: copied[syntax.TypeExpr](own, t)}
		for _, n := range g.Names {
			if seen[n.Name] {
				b.errorf(n.Pos, "index %s is declared twice", n.Name)
			}
			seen[n.Name] = true
			name := n.Name
			if p.bound[name] {
				name = u.Name.Name + "." + name
			}
			b.m.bound[name] = true
			h.Names = append(h.Names, &syntax.Ident{Pos: n.Pos, Name: name})
		}
		out = append(out, h)
	}
	return out
}

// brought lists the declarations that a part has of its own file and of what it imports.
func (b *builder) brought(p *Model) []syntax.Decl {
	var out []syntax.Decl
	for _, f := range p.Imports {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *syntax.ConstDecl, *syntax.TypeDecl, *syntax.AssumeDecl:
				out = append(out, d)
			case *syntax.FuncDecl:
				if _, ok := p.kinds[d.Name.Name]; ok {
					out = append(out, d)
				}
			}
		}
	}
	for _, d := range p.File.Decls {
		if _, ok := d.(*syntax.RefinesDecl); ok { // what the part refines is of no concern to who uses it
			break
		}
		out = append(out, d)
	}
	return out
}

// instance is a part written out where it is used.
func (b *builder) instance(u *syntax.UseDecl, p *Model) []syntax.Decl {
	given := b.settings(u, p)
	lifted := *u
	lifted.Index = b.indices(u, p)
	b.lifted[u] = &lifted
	r := b.rewriter(&lifted, p)
	var out []syntax.Decl
	for _, d := range b.brought(p) {
		out = append(out, b.bring(&lifted, r, d, given)...)
	}
	for _, name := range p.order {
		if q := p.props[name]; !q.checked {
			b.offer(&lifted, r, name, q, false)
		}
	}
	for name := range p.called {
		b.m.called[r.prefix+name] = true
	}
	for name := range p.bound {
		b.m.bound[name] = true
	}
	return out
}

// bring copies one declaration of a part.
func (b *builder) bring(u *syntax.UseDecl, r *rewriter, d syntax.Decl, given map[string]syntax.Expr) []syntax.Decl {
	switch d := d.(type) {
	case *syntax.ConstDecl:
		y := r.decl(d).(*syntax.ConstDecl)
		if x := given[d.Name.Name]; x != nil {
			y.Given = x
		}
		return []syntax.Decl{y}
	case *syntax.TypeDecl:
		if r.given[d.Name.Name] != "" {
			return nil
		}
		return []syntax.Decl{r.decl(d)}
	case *syntax.AssumeDecl:
		return []syntax.Decl{&syntax.AssumeDecl{Pos: d.Pos, Cond: r.expr(d.Cond), Use: u}}
	case *syntax.FuncDecl:
		y := r.decl(d).(*syntax.FuncDecl)
		if r.m.kinds[d.Name.Name] == reader {
			y.Params = append(b.indexParams(u), y.Params...)
		}
		return []syntax.Decl{y}
	case *syntax.StateDecl:
		return []syntax.Decl{b.lift(u, r, d)}
	case *syntax.InitDecl:
		y := &syntax.InitDecl{Pos: d.Pos, Body: copied(r, d.Body)}
		if len(u.Index) > 0 {
			loop := &syntax.ForStmt{Pos: d.Pos, Binders: binders(u), Body: y.Body}
			y.Body = &syntax.Block{Pos: d.Pos, Stmts: []syntax.Stmt{loop}, End: d.Body.End}
		}
		return []syntax.Decl{y}
	case *syntax.ActionDecl:
		y := r.decl(d).(*syntax.ActionDecl)
		y.Params = append(b.indexParams(u), y.Params...)
		if y.Fair != nil {
			var each []*syntax.Ident
			for _, n := range r.index {
				each = append(each, &syntax.Ident{Pos: n.Pos, Name: n.Name})
			}
			y.Fair.For = append(each, y.Fair.For...)
		}
		b.m.actions[y.Name.Name] = y
		if y.Ensures != nil {
			b.offer(u, r, d.Name.Name+".ensures", &property{ensures: d.Ensures}, true)
			y.Ensures = nil
		}
		return []syntax.Decl{y}
	case *syntax.PropertyDecl:
		b.offer(u, r, d.Name.Name, &property{decl: d}, true)
	case *syntax.BoundDecl:
		b.offer(u, r, d.Name.Name, &property{decl: d}, true)
	case *syntax.IsolatedDecl:
		b.m.stays[r.prefix+d.Name.Name] = true
	}
	return nil // terminal is made of those of all parts; the rest stays behind
}

// indexParams are the indices of an array as parameters.
func (b *builder) indexParams(u *syntax.UseDecl) []*syntax.ParamGroup {
	return copied(&rewriter{b: b, m: b.m, quiet: true}, u.Index)
}

// lift copies state variables, which become maps in an array.
func (b *builder) lift(u *syntax.UseDecl, r *rewriter, d *syntax.StateDecl) *syntax.StateDecl {
	y := &syntax.StateDecl{Pos: d.Pos, End: d.End}
	for _, v := range d.Vars {
		w := &syntax.StateVar{Pos: v.Pos, Any: v.Any, Init: r.expr(v.Init), Type: r.typ(v.Type), Arrays: v.Arrays}
		for _, n := range v.Names {
			w.Names = append(w.Names, r.ident(n))
		}
		if len(u.Index) > 0 {
			m := &syntax.MapType{Elem: w.Type}
			m.Pos = v.Type.Position()
			for _, g := range b.indexParams(u) {
				for range g.Names {
					m.Keys = append(m.Keys, g.Type)
				}
			}
			w.Type = m
			w.Arrays++
		}
		y.Vars = append(y.Vars, w)
	}
	return y
}

// offer makes a property of a part available to check, in an array that of all.
func (b *builder) offer(u *syntax.UseDecl, r *rewriter, name string, q *property, claimed bool) {
	out := &property{claimed: claimed}
	full := r.prefix + name
	switch d := q.decl.(type) {
	case *syntax.PropertyDecl:
		y := r.decl(d).(*syntax.PropertyDecl)
		op := "forall"
		if d.Kind == "reachable" { // by one of them
			op = "exists"
		}
		y.Body = over(op, u, y.Body)
		out.decl = y
	case *syntax.BoundDecl:
		y := r.decl(d).(*syntax.BoundDecl)
		switch {
		case len(u.Index) == 0:
		case d.Agg == "longest":
			y.Foralls = append([]*syntax.BoundForall{{Pos: d.Pos, Binders: binders(u)}}, y.Foralls...)
		default:
			y.Expr = over(d.Agg, u, y.Expr)
		}
		out.decl = y
	default:
		a := r.decl(&syntax.ActionDecl{
			Name: &syntax.Ident{Name: strings.TrimSuffix(name, ".ensures")}, Params: b.partParams(r, name),
			Body: &syntax.Block{}, Ensures: q.ensures,
		}).(*syntax.ActionDecl)
		out.ensures = a.Ensures
	}
	b.m.props[full] = out
	b.m.order = append(b.m.order, full)
}

// partParams are the parameters of the action of a part that ensures something.
func (b *builder) partParams(r *rewriter, ensures string) []*syntax.ParamGroup {
	return r.m.actions[strings.TrimSuffix(ensures, ".ensures")].Params
}
