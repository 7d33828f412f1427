package types

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// MaxDomains is how many security domains a model may have: as many as package model allows.
const MaxDomains = 64

// Domains is what a model says of its security domains: one for every value of a type.
type Domains struct {
	Decl  *syntax.ObserveDecl
	Acts  *syntax.ActsDecl
	Param *Object // of Decl
	Actor *Object // of Acts
	// Args has, of each entry of Acts that has arguments, the name that each one is bound to: Actor where it is to be the domain
	// itself, and nil where any value will do.
	Args map[*syntax.ActionCall][]*Object
}

// domains finds the declarations about security domains, of which there is one of each kind, and types them.
func (c *checker) domains() {
	d := &Domains{Args: map[*syntax.ActionCall][]*Object{}}
	var claim *syntax.IsolatedDecl
	twice := func(name, first *syntax.Ident, what string) {
		note(c.errorf(name.Pos, "a model says once what its domains %s", what), first.Pos, "first said here")
	}
	for _, decl := range c.modelDecls {
		switch decl := decl.(type) {
		case *syntax.ObserveDecl:
			if d.Decl != nil {
				twice(decl.Name, d.Decl.Name, "see")
				continue
			}
			d.Decl = decl
		case *syntax.ActsDecl:
			if d.Acts != nil {
				twice(decl.Name, d.Acts.Name, "do")
				continue
			}
			d.Acts = decl
		case *syntax.IsolatedDecl:
			if claim == nil {
				claim = decl
			}
		}
	}
	switch {
	case d.Decl == nil && d.Acts != nil:
		c.errorf(d.Acts.Name.Pos, "nothing says what a %s sees: want observe %s(%s: T) { … }", d.Acts.Name.Name, d.Acts.Name.Name, d.Acts.Param.Name)
	case d.Decl == nil && claim != nil:
		c.errorf(claim.Name.Pos, "nothing says what a domain sees: want observe tenant(t: T) { … }")
	case d.Acts == nil && claim != nil:
		c.errorf(claim.Name.Pos, "nothing says what a %s does: want acts %s(t) = { … }", d.Decl.Name.Name, d.Decl.Name.Name)
	}
	if d.Decl == nil {
		return
	}
	c.info.Flow = d
	if len(d.Decl.Param.Names) > 1 {
		c.errorf(d.Decl.Param.Names[1].Pos, "a domain is one value, got a second parameter")
	}
	t := c.finiteType(d.Decl.Param.Type)
	if t.Kind != Bad && t.Card() > MaxDomains {
		c.errorf(d.Decl.Param.Type.Position(), "there are %s values of %s, want at most %d domains", count(t), t, MaxDomains)
		t = bad
	}
	c.scoped(func() {
		leave := c.enter(context{})
		defer leave()
		d.Param = c.bind(d.Decl.Param.Names[0], t)
		for _, x := range d.Decl.Views {
			c.check(x, nil)
		}
	})
	if d.Acts != nil {
		c.acts(d, t)
	}
	for _, decl := range c.modelDecls {
		if decl, ok := decl.(*syntax.IsolatedDecl); ok {
			c.isolated(decl, t)
		}
	}
}

// acts types which instances belong to a domain.
func (c *checker) acts(d *Domains, t *Type) {
	if d.Acts.Name.Name != d.Decl.Name.Name {
		note(c.errorf(d.Acts.Name.Pos, "got %s, want %s", d.Acts.Name.Name, d.Decl.Name.Name), d.Decl.Name.Pos, "what the domains are is said here")
	}
	c.scoped(func() {
		leave := c.enter(context{})
		defer leave()
		d.Actor = c.bind(d.Acts.Param, t)
		for _, e := range d.Acts.Acts {
			c.scoped(func() { c.act(d, e, t) })
		}
	})
}

func (c *checker) act(d *Domains, e *syntax.ActsEntry, t *Type) {
	i, ok := c.called(e.Call)
	if !ok {
		return
	}
	c.info.Calls[e.Call] = i
	params := c.info.Actions[i].Params
	if len(e.Call.Args) > 0 && !c.fitsAction(e.Call, params) {
		return
	}
	var args []*Object
	for k, a := range e.Call.Args {
		name, ok := a.(*syntax.Name)
		switch {
		case !ok:
			c.errorf(a.Position(), "got an expression, want a name for the argument, or _; what must be true of it stands behind where")
			args = append(args, nil)
		case name.Name == "_":
			args = append(args, nil)
		case name.Name == d.Actor.Name:
			if u := params[k].Type; t.Kind != Bad && u.Kind != Bad && !Identical(t, u) && !(t.IsInt() && u.IsInt()) {
				c.errorf(name.Position(), "%s is of type %s, and this argument of type %s", name.Name, t, u)
			}
			args = append(args, d.Actor)
		default:
			args = append(args, c.bind(&syntax.Ident{Pos: name.Position(), Name: name.Name}, params[k].Type))
			if e.Where == nil || !slices.Contains(syntax.Uses(e.Where), name.Name) {
				c.errorf(name.Position(), "%s is not used behind where: want _ for any value, or %s for the domain", name.Name, d.Actor.Name)
			}
		}
	}
	d.Args[e.Call] = args
	if e.Where != nil {
		c.check(e.Where, boolean)
	}
}

// isolated types the pairs of domains of which the first is to be isolated from the second.
func (c *checker) isolated(d *syntax.IsolatedDecl, t *Type) {
	c.scoped(func() {
		leave := c.enter(context{noState: "which domains are isolated from which does not depend on the state"})
		defer leave()
		c.amongDomains(d.Binders, d.Where, t, 2, "two: the domain that sees, and the one that acts")
		if d.Via != nil {
			c.amongDomains(d.Via.Binders, d.Via.Where, t, 1, "one: the domain through which the one that acts may affect the one that sees")
		}
	})
}

// amongDomains binds so many names to domains, which are of type t.
func (c *checker) amongDomains(b *syntax.Binders, where syntax.Expr, t *Type, n int, want string) {
	c.binders(b)
	var names []*syntax.Ident
	for _, g := range b.Groups {
		names = append(names, g.Names...)
	}
	if len(names) != n {
		c.errorf(b.Pos, "got %d %s, want %s", len(names), plural(len(names), "name"), want)
	}
	for _, name := range names {
		if u := c.info.Defs[name].Type; t.Kind != Bad && u.Kind != Bad && !Identical(t, u) && !(t.IsInt() && u.IsInt()) {
			c.errorf(name.Pos, "%s is of type %s, want a domain, which is of type %s", name.Name, u, t)
		}
	}
	if where != nil {
		c.check(where, boolean)
	}
}
