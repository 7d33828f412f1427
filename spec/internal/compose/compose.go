// Package compose writes a model of parts out as one model: the declarations of each part, under qualified names, among
// those of the model that uses it.
//
// What comes out is an ordinary file whose names have points in them, which no name of a source file has: `host.world` is a
// state variable like any other, and nothing after this stage knows of parts. Positions stay those of the files in which
// things are written. A model is composed once, whoever uses it, and its parts are then parts of what uses it, so that
// names grow from the inside out: the `world` of `vm` in `host` is `vm.world` in the one and `host.vm.world` in the other.
//
// An array of parts is a lifting. A state variable becomes a map from the index to what it was; actions, and functions that
// read the state, get the index as their first parameters; a property is claimed of every index.
package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Sources finds the files that belong to others.
type Sources interface {
	// Imports lists all files that a file imports, directly and through others.
	Imports(f *syntax.File) []*syntax.File
	// Used is the file that a part, or a model that is refined, is written in; path is as f has it.
	Used(f *syntax.File, path string) *syntax.File
	// Check tells what is wrong with a model that is to be a part.
	Check(m *Model) error
}

// Model is a model with its parts written out.
type Model struct {
	File    *syntax.File
	Imports []*syntax.File
	Parts   map[string]bool // the files that parts are written in
	// Used says for each of these files where the model's own file uses the part that it came with.
	Used map[string]syntax.Pos

	kinds   map[string]kind               // of the global names but those of actions and properties
	actions map[string]*syntax.ActionDecl // by name
	params  map[string]int                // of an action, how many
	parts   map[string]*part              // by name
	props   map[string]*property          // of the parts, by name
	ensures map[string]*property          // of the actions of the parts, by name
	stays   map[string]bool               // the claims about domains of parts, which stay behind, by name
	bound   map[string]bool               // the local names
	mine    map[string]syntax.Pos         // the global names and those of parts, where they are declared
	called  map[string]bool               // the actions that statements call, but for those of mutants
	types   map[string]map[string]bool    // of a declared type, the members and constructors in it
	order   []string                      // the names of props and ensures, in order
	size    int                           // bytes of source, each part counted as often as it is used
	count   int                           // of parts, likewise
}

// kind is what matters of a global name.
type kind uint8

const (
	plain  kind = iota // a constant, a member, a constructor, a function that does not read the state
	typed              // a type
	stated             // a state variable
	reader             // a function that reads the state
)

// part is a part, or an array of parts.
type part struct {
	arity int // how many indices it takes, 0 of a single one
}

// property is a claim of a part: it becomes one of the whole where check asks for it.
type property struct {
	decl    syntax.Decl // a property or bound, nil of an ensures
	ensures syntax.Expr
	claimed bool // the part itself claims it
	checked bool // the whole does
}

// The limits of a model with its parts, each counted as often as it is used. All models that are composed on the way to one
// may have four times as much together.
const (
	maxParts = 4096
	maxSize  = 16 << 20 // bytes of source
)

// Compose writes a file out. The error is a syntax.Errors.
func Compose(f *syntax.File, src Sources) (*Model, error) {
	c := &composer{src: src, done: map[*syntax.File]*Model{}}
	return c.model(f)
}

// Composed tells whether a file has declarations that only Compose understands.
func Composed(f *syntax.File) bool {
	return slices.ContainsFunc(f.Decls, func(d syntax.Decl) bool {
		switch d.(type) {
		case *syntax.UseDecl, *syntax.HideDecl, *syntax.CheckDecl, *syntax.RefinesDecl:
			return true
		}
		return false
	})
}

type composer struct {
	src   Sources
	done  map[*syntax.File]*Model
	total int
}

// builder writes one file out.
type builder struct {
	*composer
	m      *Model
	file   *syntax.File
	errs   syntax.Errors
	used   map[*syntax.UseDecl]*Model
	lifted map[*syntax.UseDecl]*syntax.UseDecl // with indices whose names nothing in the part shares
	hides  []*syntax.Path

	refined map[*syntax.RefinesDecl]*syntax.UseDecl // the use that brings what is refined
}

func (b *builder) errorf(pos syntax.Pos, format string, args ...any) *syntax.Error {
	e := &syntax.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	b.errs = append(b.errs, e)
	return e
}

func (c *composer) model(f *syntax.File) (*Model, error) {
	if m := c.done[f]; m != nil {
		return m, nil
	}
	b := &builder{composer: c, file: f, used: map[*syntax.UseDecl]*Model{}, lifted: map[*syntax.UseDecl]*syntax.UseDecl{}, refined: map[*syntax.RefinesDecl]*syntax.UseDecl{}, m: &Model{
		Imports: c.src.Imports(f),
		Parts:   map[string]bool{},
		Used:    map[string]syntax.Pos{},
		kinds:   map[string]kind{},
		actions: map[string]*syntax.ActionDecl{},
		params:  map[string]int{},
		parts:   map[string]*part{},
		props:   map[string]*property{},
		ensures: map[string]*property{},
		stays:   map[string]bool{},
		bound:   map[string]bool{},
		mine:    map[string]syntax.Pos{},
		called:  map[string]bool{},
		types:   map[string]map[string]bool{},
		size:    len(f.Source),
	}}
	for _, g := range b.m.Imports {
		b.m.size += len(g.Source)
	}
	if err := b.parts(); err != nil {
		return nil, err
	}
	b.own()
	b.write()
	b.hide()
	b.check()
	b.refine()
	if len(b.errs) > 0 {
		slices.SortStableFunc(b.errs, func(x, y *syntax.Error) int { return x.Pos.Offset - y.Pos.Offset })
		return nil, slices.CompactFunc(b.errs, func(x, y *syntax.Error) bool { return x.Pos == y.Pos && x.Msg == y.Msg })
	}
	c.done[f] = b.m
	return b.m, nil
}

// parts composes what the file uses, and makes the names known.
func (b *builder) parts() error {
	for _, d := range b.file.Decls {
		u, ok := d.(*syntax.UseDecl)
		verb := "use"
		if d, refines := d.(*syntax.RefinesDecl); refines {
			u, verb = b.bringing(d), "refine"
		} else if !ok {
			continue
		}
		f := b.src.Used(b.file, u.Path)
		if f.Model == nil {
			return syntax.Errors{{Pos: u.Pos, Msg: fmt.Sprintf("cannot %s %q: it has no model header; import brings types and functions", verb, u.Path)}}
		}
		fresh := b.done[f] == nil
		p, err := b.model(f)
		if err != nil {
			return err
		}
		if fresh {
			if err := b.src.Check(p); err != nil {
				return err
			}
		}
		b.m.size += p.size
		b.total += p.size
		b.m.count += p.count + 1
		if b.m.count > maxParts || b.m.size > maxSize || b.total > 4*maxSize {
			return syntax.Errors{{Pos: u.Pos, Msg: fmt.Sprintf("the model has more than %d parts, or they have more than %d bytes of source, each counted as often as it is used", maxParts, maxSize)}}
		}
		b.used[u] = p
		b.declare(u.Name.Name, u.Name.Pos)
		b.m.include(u, p)
	}
	return nil
}

// include makes the names of a part known.
func (m *Model) include(u *syntax.UseDecl, p *Model) {
	prefix := u.Name.Name + "."
	self := &part{}
	for _, g := range u.Index {
		self.arity += len(g.Names)
	}
	m.parts[u.Name.Name] = self
	for name, q := range p.parts {
		m.parts[prefix+name] = q
	}
	for name, k := range p.kinds {
		m.kinds[prefix+name] = k
	}
	for name := range p.stays {
		m.stays[prefix+name] = true
	}
	for name, members := range p.types {
		m.types[prefix+name] = members
	}
	for name, n := range p.params {
		m.params[prefix+name] = n + self.arity
	}
	for file := range p.Parts {
		m.Parts[file] = true
		m.Used[file] = u.Pos
	}
	m.Parts[p.File.Pos.Filename] = true
	m.Used[p.File.Pos.Filename] = u.Pos
	for _, g := range p.Imports {
		m.Parts[g.Pos.Filename] = true
		m.Used[g.Pos.Filename] = u.Pos
	}
}

// declare notes a global name, which no part may share.
func (b *builder) declare(name string, pos syntax.Pos) {
	if name == "_" && b.isUse(pos) {
		b.errorf(pos, "_ names nothing; choose a name for the part")
		return
	}
	if prev, ok := b.m.mine[name]; ok && (b.m.parts[name] != nil || b.isUse(pos)) {
		e := b.errorf(pos, "%s is declared twice", name)
		e.Notes = append(e.Notes, syntax.Note{Pos: prev, Msg: "first declared here"})
		return
	}
	b.m.mine[name] = pos
}

// isUse tells whether the name of a part stands at a position.
func (b *builder) isUse(pos syntax.Pos) bool {
	for u := range b.used {
		if u.Name.Pos == pos {
			return true
		}
	}
	return false
}

// own notes the global names of the file itself and of what it imports.
func (b *builder) own() {
	for _, f := range append([]*syntax.File{b.file}, b.m.Imports...) {
		imported := f != b.file
		state := map[string]bool{}
		for _, d := range f.Decls {
			if d, ok := d.(*syntax.StateDecl); ok {
				for _, v := range d.Vars {
					for _, n := range v.Names {
						state[n.Name] = true
					}
				}
			}
		}
		readers := b.readers(f, state)
		for _, d := range f.Decls {
			b.note(d, imported, readers)
		}
	}
}

// readers finds the functions of a file that read its state or that of its parts, also through others.
func (b *builder) readers(f *syntax.File, state map[string]bool) map[string]bool {
	reads := func(name string) bool { return state[name] }
	if f == b.file {
		reads = func(name string) bool {
			k := b.m.kinds[name]
			return state[name] || k == stated || k == reader
		}
	}
	out := map[string]bool{}
	qualified := &rewriter{b: b, m: b.m, quiet: true}
	for _, d := range syntax.Readers(f.Decls, reads, func(x syntax.Expr) syntax.Expr {
		if f != b.file || x == nil {
			return x
		}
		return qualified.expr(x)
	}) {
		out[d.Name.Name] = true
	}
	return out
}

// note notes the names of a declaration.
func (b *builder) note(d syntax.Decl, imported bool, readers map[string]bool) {
	global := func(n *syntax.Ident, k kind) {
		b.declare(n.Name, n.Pos)
		b.m.kinds[n.Name] = k
	}
	members := func(types ...any) map[string]bool {
		out := map[string]bool{}
		for _, t := range types {
			for _, n := range syntax.Members(t) {
				global(n, plain)
				out[n.Name] = true
			}
		}
		return out
	}
	switch d := d.(type) {
	case *syntax.ConstDecl:
		global(d.Name, plain)
	case *syntax.TypeDecl:
		global(d.Name, typed)
		b.m.types[d.Name.Name] = members(d.Type)
	case *syntax.FuncDecl:
		switch {
		case !readers[d.Name.Name]:
			global(d.Name, plain)
			members(d.Params, d.Result)
		case !imported:
			global(d.Name, reader)
			members(d.Params, d.Result)
		}
	case *syntax.StateDecl:
		if imported {
			return
		}
		for _, v := range d.Vars {
			members(v.Type)
			for _, n := range v.Names {
				global(n, stated)
			}
		}
	case *syntax.ActionDecl:
		if !imported {
			if b.m.parts[d.Name.Name] != nil {
				b.declare(d.Name.Name, d.Name.Pos)
			}
			members(d.Params)
			n := 0
			for _, g := range d.Params {
				n += len(g.Names)
			}
			b.m.params[d.Name.Name] = n
		}
	}
}

// write writes out the declarations, those of a part where it is used.
func (b *builder) write() {
	f := *b.file
	f.Decls = nil
	b.m.File = &f
	terminal := false
	for _, d := range b.file.Decls {
		if _, ok := d.(*syntax.TerminalDecl); ok {
			terminal = true
		}
		switch d := d.(type) {
		case *syntax.UseDecl:
			f.Decls = append(f.Decls, b.instance(d, b.used[d])...)
		case *syntax.RefinesDecl:
			f.Decls = append(f.Decls, b.vocabulary(d)...)
		case *syntax.HideDecl:
			b.hides = append(b.hides, d.Actions...)
		case *syntax.CheckDecl: // once all properties are known
		default:
			_, seeded := d.(*syntax.MutantDecl)
			r := &rewriter{b: b, m: b.m, seeded: seeded}
			w := r.decl(d)
			if a, ok := w.(*syntax.ActionDecl); ok {
				b.m.actions[a.Name.Name] = a
			}
			f.Decls = append(f.Decls, w)
		}
	}
	if !terminal {
		f.Decls = append(f.Decls, b.terminal()...)
	}
}

// terminal is that all parts have come to an end, or nothing where one has none.
func (b *builder) terminal() []syntax.Decl {
	var all syntax.Expr
	for _, d := range b.file.Decls {
		u, ok := d.(*syntax.UseDecl)
		if !ok {
			continue
		}
		var ends syntax.Expr
		for _, t := range b.used[u].File.Decls {
			if t, ok := t.(*syntax.TerminalDecl); ok {
				ends = binary("or", ends, b.rewriter(b.lifted[u], b.used[u]).expr(t.Cond))
			}
		}
		if ends == nil {
			return nil
		}
		all = binary("and", all, paren(over("forall", b.lifted[u], ends)))
	}
	if all == nil {
		return nil
	}
	return []syntax.Decl{&syntax.TerminalDecl{Pos: all.Position(), Cond: all}}
}

func paren(x syntax.Expr) syntax.Expr {
	y := &syntax.Paren{X: x}
	y.Pos = x.Position()
	return y
}

// binary joins two expressions, of which the first may be missing.
func binary(op string, x, y syntax.Expr) syntax.Expr {
	if x == nil {
		return y
	}
	e := &syntax.Binary{Op: op, X: x, Y: y, OpPos: y.Position()}
	e.Pos = x.Position()
	return e
}

// over puts a quantifier over the indices of an array around an expression.
func over(op string, u *syntax.UseDecl, x syntax.Expr) syntax.Expr {
	if len(u.Index) == 0 {
		return x
	}
	q := &syntax.Quant{Op: op, Binders: binders(u), Body: x}
	q.Pos = x.Position()
	return q
}

// binders goes through the indices of an array.
func binders(u *syntax.UseDecl) *syntax.Binders {
	out := &syntax.Binders{Pos: u.Name.Pos}
	for _, g := range u.Index {
		named, ok := g.Type.(*syntax.NamedType)
		if !ok {
			continue // reported
		}
		domain := &syntax.Name{Name: named.Name}
		domain.Pos = named.Pos
		var names []*syntax.Ident
		for _, n := range g.Names {
			names = append(names, &syntax.Ident{Pos: n.Pos, Name: n.Name})
		}
		out.Groups = append(out.Groups, &syntax.BinderGroup{Names: names, Domain: domain})
	}
	return out
}

// named lists the names in a table that a path of hide or check means: one, or with * all of a part.
func (b *builder) named(p *syntax.Path, has func(name string) bool, all []string, what string) []string {
	of, star := strings.CutSuffix(p.Name, ".*")
	if !star {
		if !has(p.Name) {
			near := ""
			if n := syntax.Nearest(p.Name, all); n != "" {
				near = ", did you mean " + n + "?"
			}
			b.errorf(p.Pos, "no %s %s%s", what, p.Name, near)
			return nil
		}
		return []string{p.Name}
	}
	if b.m.parts[of] == nil {
		b.errorf(p.Pos, "%s is not a part of the model", of)
		return nil
	}
	var out []string
	for _, name := range all {
		if strings.HasPrefix(name, of+".") {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		b.errorf(p.Pos, "%s has no %s", of, what)
	}
	return out
}

// hide leaves actions to those that call them.
func (b *builder) hide() {
	var all []string
	for _, d := range b.m.File.Decls {
		if a, ok := d.(*syntax.ActionDecl); ok {
			all = append(all, a.Name.Name)
		}
	}
	for _, p := range b.hides {
		for _, name := range b.named(p, func(n string) bool { return b.m.actions[n] != nil }, all, "action") {
			a, one := b.m.actions[name], name == p.Name
			switch {
			case a.Hidden && one:
				b.errorf(p.Pos, "%s is hidden already", name)
			case one && !b.m.called[name]:
				b.errorf(p.Pos, "%s is hidden and called nowhere, so that it never happens: call it in an action, or leave hide out", name)
			}
			a.Hidden, a.Fair = true, nil
		}
	}
}

// check makes properties of parts those of the model.
func (b *builder) check() {
	for _, d := range b.file.Decls {
		if d, ok := d.(*syntax.CheckDecl); ok {
			for _, p := range d.Props {
				b.claim(p)
			}
		}
	}
	for _, d := range b.file.Decls {
		if d, ok := d.(*syntax.MutantDecl); ok {
			if q := b.m.props[d.Breaks.Name]; q != nil && !q.checked {
				b.errorf(d.Breaks.Pos, "%s is a property of a part only: want check %s", d.Breaks.Name, d.Breaks.Name)
			}
		}
	}
}

// claim makes the properties that a path means those of the model. With * these are the ones that the part itself claims.
func (b *builder) claim(p *syntax.Path) {
	if b.m.stays[p.Name] {
		b.errorf(p.Pos, "%s is about the domains of the part, which stay behind: say with observe and acts what those of the model see and do", p.Name)
		return
	}
	all := b.m.order
	star := strings.HasSuffix(p.Name, ".*")
	if star {
		all = slices.DeleteFunc(slices.Clone(all), func(n string) bool { return !b.m.props[n].claimed })
	}
	for _, name := range b.named(p, func(n string) bool { return b.m.props[n] != nil }, all, "property") {
		q := b.m.props[name]
		action := b.m.actions[strings.TrimSuffix(name, ".ensures")]
		switch {
		case q.checked && !star:
			b.errorf(p.Pos, "%s is checked already", name)
		case q.checked, star && q.decl == nil && action.Hidden:
		case q.decl != nil:
			b.m.File.Decls = append(b.m.File.Decls, q.decl)
		case action.Hidden:
			b.errorf(p.Pos, "%s is hidden: what it ensures cannot be told apart from what its callers do", action.Name.Name)
		default:
			action.Ensures = q.ensures
		}
		q.checked = true
	}
}

// Resolve gives an expression over the state of a model as it is after composition. The error is a syntax.Errors.
func (m *Model) Resolve(x syntax.Expr) (syntax.Expr, error) {
	if len(m.parts) == 0 {
		return x, nil
	}
	b := &builder{m: m}
	x = (&rewriter{b: b, m: m}).expr(x)
	if len(b.errs) > 0 {
		return nil, b.errs
	}
	return x, nil
}
