package compose

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// A model that is refined is brought in as a part is, under a name, but its state is not state of the whole. Its constants, types and
// those of its functions that do not read its state stand where it is named. At the end of the file stands what the refining model has
// no use for: the RefinesDecl, and behind it the variables, the initial states, the actions and the other functions of that model.

// bringing is the use by which what is refined is brought in: its constants and types are given by what does not give a variable.
func (b *builder) bringing(d *syntax.RefinesDecl) *syntax.UseDecl {
	u := &syntax.UseDecl{Pos: d.Pos, Path: d.Path, Name: d.Name}
	for _, s := range d.Sets {
		if !strings.HasPrefix(s.Name.Name, d.Name.Name+".") {
			u.Sets = append(u.Sets, s)
		}
	}
	b.refined[d] = u
	return u
}

// vocabulary is what the model may use of one that it refines.
func (b *builder) vocabulary(d *syntax.RefinesDecl) []syntax.Decl {
	u := b.refined[d]
	p := b.used[u]
	given := b.settings(u, p)
	r := b.rewriter(u, p)
	var out []syntax.Decl
	for _, e := range b.brought(p) {
		if !behind(p, e) {
			out = append(out, b.bring(u, r, e, given)...)
		}
	}
	for name := range p.bound {
		b.m.bound[name] = true
	}
	return out
}

// behind tells whether a declaration of a model that is refined is about its state.
func behind(p *Model, d syntax.Decl) bool {
	switch d := d.(type) {
	case *syntax.ConstDecl, *syntax.TypeDecl, *syntax.AssumeDecl:
		return false
	case *syntax.FuncDecl:
		return p.kinds[d.Name.Name] == reader
	}
	return true
}

// refine writes out what the model refines.
func (b *builder) refine() {
	for _, d := range b.file.Decls {
		if d, ok := d.(*syntax.RefinesDecl); ok {
			b.abstract(d)
		}
	}
}

func (b *builder) abstract(d *syntax.RefinesDecl) {
	u := b.refined[d]
	p := b.used[u]
	r := b.rewriter(u, p)
	out := *d
	out.Map = b.mapping(d, p)
	b.m.File.Decls = append(b.m.File.Decls, &out)
	for _, e := range b.brought(p) {
		switch e.(type) {
		case *syntax.StateDecl, *syntax.InitDecl, *syntax.ActionDecl, *syntax.FuncDecl:
			if behind(p, e) {
				b.m.File.Decls = append(b.m.File.Decls, b.bring(u, r, e, nil)...)
			}
		}
	}
}

// mapping lists what the variables of the abstract model are, each of which is to be given once.
func (b *builder) mapping(d *syntax.RefinesDecl, p *Model) (out []*syntax.ConfigValue) {
	own := &rewriter{b: b, m: b.m}
	var names []string
	for name, k := range p.kinds {
		if k == stated {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	seen := map[string]bool{}
	for _, s := range d.Sets {
		name, ok := strings.CutPrefix(s.Name.Name, d.Name.Name+".")
		switch {
		case !ok:
			continue
		case !slices.Contains(names, name):
			near := ""
			if n := syntax.Nearest(name, names); n != "" {
				near = ", did you mean " + d.Name.Name + "." + n + "?"
			}
			b.errorf(s.Name.Pos, "%s has no state variable %s%s", d.Path, name, near)
			continue
		case seen[name]:
			b.errorf(s.Name.Pos, "%s is given twice", s.Name.Name)
		}
		seen[name] = true
		out = append(out, &syntax.ConfigValue{Pos: s.Pos, Name: s.Name, Value: own.expr(s.Value)})
	}
	for _, name := range names {
		if !seen[name] {
			b.errorf(d.Name.Pos, "%s.%s is not given: want an expression for every state variable of %s", d.Name.Name, name, d.Path)
		}
	}
	return out
}
