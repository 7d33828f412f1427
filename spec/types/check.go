package types

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Options replace constants before anything that depends on them is resolved.
type Options struct {
	Config string                 // the configuration to apply, or ""
	Define map[string]syntax.Expr // constants given from outside; they win over the configuration
	Parts  map[string]bool        // files used as parts, each of which has been checked by itself
}

// Check resolves and type-checks a model and the files it imports. The error is a syntax.Errors.
func Check(files []*syntax.File, opt Options) (*Info, error) {
	c := &checker{
		opt: opt,
		info: &Info{
			Files:   files,
			Types:   map[syntax.Expr]*Type{},
			Convert: map[syntax.Expr]*Type{},
			Clip:    map[syntax.Expr]bool{},
			Beyond:  map[syntax.Expr]*Type{},
			Fill:    map[syntax.Expr]*Type{},
			Uses:    map[syntax.Expr]*Object{},
			Defs:    map[*syntax.Ident]*Object{},
			Calls:   map[*syntax.ActionCall]int{},
			Match:   map[*syntax.Pattern]int{},
			Joins:   map[*syntax.ActionCall]*Action{},
			Limits:  map[*syntax.BoundDecl]int64{},
			Domains: map[syntax.Expr]bool{},

			Temporal: map[syntax.Expr]bool{},
			Runs:     map[*syntax.PropertyDecl]RunKind{},
			Within:   map[*syntax.Within]int64{},
		},
		globals:    map[string][]*Object{},
		typed:      map[syntax.TypeExpr]*Type{},
		state:      map[*Object]resolution{},
		actions:    map[string]int{},
		hidden:     map[string]*Action{},
		props:      map[string]syntax.Pos{},
		limited:    map[syntax.Pos]bool{},
		readsState: map[*Func]bool{},
		broken:     map[*Type]bool{},
		behind:     map[string]*left{},
		constDecls: map[*Object]*syntax.ConstDecl{},
	}
	c.declareBuiltins()
	for i, f := range files {
		c.collect(f, i > 0)
	}
	c.configure(opt)
	c.resolveGlobals()
	c.checkBodies()
	if len(c.errs) > 0 {
		return nil, few(ordered(c.errs))
	}
	c.info.checker = c
	return c.info, nil
}

// ordered sorts errors by position and leaves out those said before, as of a type that two names share.
func ordered(errs syntax.Errors) syntax.Errors {
	slices.SortStableFunc(errs, func(a, b *syntax.Error) int {
		if a.Pos.Filename != b.Pos.Filename {
			return strings.Compare(a.Pos.Filename, b.Pos.Filename)
		}
		return a.Pos.Offset - b.Pos.Offset
	})
	return slices.CompactFunc(errs, func(a, b *syntax.Error) bool { return a.Pos == b.Pos && a.Msg == b.Msg })
}

// mostErrors is how many errors are reported, and for how many a similar name is looked for.
const mostErrors = 100

// few is the first of many errors, and how many more there are.
func few(errs syntax.Errors) syntax.Errors {
	more := len(errs) - mostErrors
	if more <= 1 {
		return errs
	}
	return append(errs[:mostErrors:mostErrors], &syntax.Error{Pos: errs[mostErrors].Pos, Msg: "and " + grouped(more) + " more mistakes from here on"})
}

// grouped writes a number with commas.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// maySuggest tells whether to look for a similar name. It takes time, so that it is done for the first mistakes only.
func (c *checker) maySuggest() bool {
	c.suggested++
	return c.suggested <= mostErrors
}

type resolution uint8

const (
	unresolved resolution = iota
	resolving
	resolved
)

type checker struct {
	opt     Options
	info    *Info
	errs    syntax.Errors
	globals map[string][]*Object // several only for members and constructors
	locals  []*Object
	typed   map[syntax.TypeExpr]*Type // types created for enums and unions before they are resolved
	state   map[*Object]resolution
	actions map[string]int
	hidden  map[string]*Action
	props   map[string]syntax.Pos
	limited map[syntax.Pos]bool
	broken  map[*Type]bool // unions with an error in them

	typeDecls  []*typeDecl
	assumes    []*syntax.AssumeDecl
	constDecls map[*Object]*syntax.ConstDecl
	behind     map[string]*left // by name
	suggested  int              // names looked for among others, see maySuggest
	readsState map[*Func]bool
	pureCalls  []pureCall // calls that stand where the state may not be read
	ctx        context
	clip       bool // see settle
	inLoop     bool // the domains of a loop are built before its rounds
	curFunc    *Func
	joins      *joins // of the body at hand
	joined     []join
	modelDecls []syntax.Decl // of the model itself, in order
}

type typeDecl struct {
	obj  *Object
	decl *syntax.TypeDecl
}

// context says what an expression may refer to.
type context struct {
	noState  string // why the state may not be read here, or ""
	old      bool   // old(e) has a meaning
	inOld    bool   // it is inside old(…)
	byNumber bool   // identities of symmetric types may be written as numbers
	runs     bool   // it is part of a formula over runs
}

func (c *checker) errorf(pos syntax.Pos, format string, args ...any) *syntax.Error {
	e := &syntax.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
	c.errs = append(c.errs, e)
	return e
}

func note(e *syntax.Error, pos syntax.Pos, msg string) {
	if pos.Line > 0 {
		e.Notes = append(e.Notes, syntax.Note{Pos: pos, Msg: msg})
	}
}

// declare adds a global name; members and constructors may share theirs with those of other types.
func (c *checker) declare(o *Object) {
	if o.Name == "_" {
		c.errorf(o.Pos, "_ names nothing; choose a name")
		return
	}
	for _, prev := range c.globals[o.Name] {
		overload := (o.Kind == MemberObject || o.Kind == CtorObject) && (prev.Kind == MemberObject || prev.Kind == CtorObject) && prev.Type != o.Type
		if !overload {
			if prev.Kind == BuiltinObject {
				c.errorf(o.Pos, "%s is the name of a built-in", o.Name)
			} else {
				note(c.errorf(o.Pos, "%s is declared twice", o.Name), prev.Pos, "first declared here")
			}
			return
		}
	}
	c.globals[o.Name] = append(c.globals[o.Name], o)
}

var builtins = []string{
	"size", "head", "tail", "append", "elems", "multiplicity", "add", "remove", "powerset", "min", "max", "abs",
	"bool", "int",
}

func (c *checker) declareBuiltins() {
	for _, name := range builtins {
		c.globals[name] = []*Object{{Kind: BuiltinObject, Name: name}}
	}
}

// collect declares the global names of a file. Of an imported file only constants, types, functions and assumptions count.
func (c *checker) collect(f *syntax.File, imported bool) {
	if !imported {
		if f.Model != nil {
			c.info.Name = f.Model.Name.Name
		}
		c.modelDecls = f.Decls
	} else {
		c.leave(f)
	}
	var refined *syntax.RefinesDecl // whose model the declarations at hand are of
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *syntax.ConstDecl:
			o := &Object{Kind: ConstObject, Name: d.Name.Name, Pos: d.Name.Pos}
			o.Const = &Const{Object: o, Value: d.Value}
			if d.Given != nil {
				o.Const.Value = d.Given
			}
			c.constDecls[o] = d
			c.declare(o)
			c.info.Consts = append(c.info.Consts, o.Const)
			c.info.Defs[d.Name] = o
		case *syntax.TypeDecl:
			o := &Object{Kind: TypeObject, Name: d.Name.Name, Pos: d.Name.Pos}
			c.declare(o)
			c.typeDecls = append(c.typeDecls, &typeDecl{o, d})
			c.declareMembers(d.Type, d.Name.Name)
		case *syntax.FuncDecl:
			if imported && c.behind[d.Name.Name] != nil && c.behind[d.Name.Name].decl == syntax.Decl(d) {
				continue
			}
			o := &Object{Kind: FuncObject, Name: d.Name.Name, Pos: d.Name.Pos, Index: len(c.info.Funcs)}
			o.Func = &Func{Object: o, Decl: d}
			c.declare(o)
			c.info.Funcs = append(c.info.Funcs, o.Func)
			c.declareGroupMembers(d.Params)
			c.declareMembers(d.Result, "")
		case *syntax.AssumeDecl:
			c.assumes = append(c.assumes, d)
		case *syntax.StateDecl:
			if imported {
				continue
			}
			for _, v := range d.Vars {
				c.declareMembers(v.Type, "")
				for _, name := range v.Names {
					o := &Object{Kind: VarObject, Name: name.Name, Pos: name.Pos, Index: len(c.info.Vars)}
					c.declare(o)
					c.info.Defs[name] = o
					c.info.Vars = append(c.info.Vars, &Var{Object: o, Any: v.Any, Init: v.Init})
				}
			}
		case *syntax.ActionDecl:
			if imported {
				continue
			}
			if prev := c.anyAction(d.Name.Name); prev != nil {
				note(c.errorf(d.Name.Pos, "action %s is declared twice", d.Name.Name), prev.Decl.Name.Pos, "first declared here")
				continue
			}
			c.declareGroupMembers(d.Params)
			a := &Action{Decl: d}
			if d.Hidden {
				c.hidden[d.Name.Name] = a
				c.info.Hidden = append(c.info.Hidden, a)
				continue
			}
			c.actions[d.Name.Name] = len(c.info.Actions)
			c.info.Actions = append(c.info.Actions, a)
			if refined != nil && d.Fair != nil {
				c.declareProperty(&syntax.Ident{Pos: refined.Name.Pos, Name: d.Name.Name})
			}
		case *syntax.PropertyDecl:
			if !imported {
				c.declareProperty(d.Name)
			}
		case *syntax.BoundDecl:
			if !imported {
				c.declareProperty(d.Name)
			}
		case *syntax.IsolatedDecl:
			if !imported {
				c.declareProperty(d.Name)
			}
		case *syntax.RefinesDecl:
			if !imported {
				refined = d
				c.declareProperty(d.Name)
			}
		case *syntax.ObserveDecl:
			if !imported {
				c.declareMembers(d.Param.Type, "")
			}
		}
	}
}

// left is something of an imported model that stays behind: a state variable, or a function that reads one.
type left struct {
	pos  syntax.Pos
	decl syntax.Decl
	what string // what it does with the state
}

// leave finds what of an imported model stays behind: its state, and the functions that read it, also through others.
func (c *checker) leave(f *syntax.File) {
	mine := map[string]bool{}
	for _, d := range f.Decls {
		if d, ok := d.(*syntax.StateDecl); ok {
			for _, v := range d.Vars {
				for _, name := range v.Names {
					mine[name.Name] = true
					c.behind[name.Name] = &left{pos: name.Pos, decl: d, what: "is part of"}
				}
			}
		}
	}
	if len(mine) == 0 {
		return
	}
	for _, d := range syntax.Readers(f.Decls, func(name string) bool { return mine[name] }, nil) {
		c.behind[d.Name.Name] = &left{pos: d.Name.Pos, decl: d, what: "reads"}
	}
}

// staysBehind reports the use of a name that was left behind.
func (c *checker) staysBehind(pos syntax.Pos, name string) bool {
	l := c.behind[name]
	if l == nil {
		return false
	}
	note(c.errorf(pos, "%s %s the state of %s, which stays behind: import brings types, constants and functions without state", name, l.what, l.pos.Filename),
		l.pos, "it is declared here")
	return true
}

func (c *checker) declareProperty(name *syntax.Ident) {
	if name.Name == "deadlock" || name.Name == "fault" {
		c.errorf(name.Pos, "%s is the name of a built-in property", name.Name)
		return
	}
	if prev, ok := c.props[name.Name]; ok {
		note(c.errorf(name.Pos, "property %s is declared twice", name.Name), prev, "first declared here")
		return
	}
	c.props[name.Name] = name.Pos
}

func (c *checker) declareGroupMembers(gs []*syntax.ParamGroup) {
	for _, g := range gs {
		c.declareMembers(g.Type, "")
	}
}

// declareMembers declares the members and constructors of the enums and unions written inside a type.
func (c *checker) declareMembers(e syntax.TypeExpr, name string) {
	switch e := e.(type) {
	case *syntax.EnumType:
		t := &Type{Kind: Enum, Name: name}
		c.typed[e] = t
		for i, m := range e.Members {
			t.Members = append(t.Members, unqualified(m.Name))
			c.declare(&Object{Kind: MemberObject, Name: m.Name, Pos: m.Pos, Type: t, Index: i})
		}
	case *syntax.UnionType:
		t := &Type{Kind: Union, Name: name}
		c.typed[e] = t
		for i, v := range e.Variants {
			t.Variants = append(t.Variants, Variant{Name: unqualified(v.Name.Name)})
			c.declare(&Object{Kind: CtorObject, Name: v.Name.Name, Pos: v.Name.Pos, Type: t, Index: i})
			c.declareGroupMembers(v.Fields)
		}
	case *syntax.RecordType:
		c.declareGroupMembers(e.Fields)
	case *syntax.OptionType:
		c.declareMembers(e.Elem, "")
	case *syntax.SetType:
		c.declareMembers(e.Elem, "")
	case *syntax.SeqType:
		c.declareMembers(e.Elem, "")
	case *syntax.BagType:
		c.declareMembers(e.Elem, "")
	case *syntax.MapType:
		for _, k := range e.Keys {
			c.declareMembers(k, "")
		}
		c.declareMembers(e.Elem, "")
	}
}

// unqualified is a name without the part that it is of.
func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// configure puts the values of the configuration and of Define in place of the declared ones.
func (c *checker) configure(opt Options) {
	configs := map[string]*syntax.ConfigDecl{}
	var names []string
	for _, d := range c.modelDecls {
		d, ok := d.(*syntax.ConfigDecl)
		if !ok {
			continue
		}
		if prev := configs[d.Name.Name]; prev != nil {
			note(c.errorf(d.Name.Pos, "config %s is declared twice", d.Name.Name), prev.Name.Pos, "first declared here")
			continue
		}
		configs[d.Name.Name] = d
		names = append(names, d.Name.Name)
		seen := map[string]bool{}
		for _, s := range d.Sets {
			if c.constNamed(s.Name.Name) == nil {
				c.errorf(s.Name.Pos, "no constant %s%s", s.Name.Name, c.suggest(s.Name.Name, ConstObject))
			} else if seen[s.Name.Name] {
				c.errorf(s.Name.Pos, "config %s sets %s twice", d.Name.Name, s.Name.Name)
			}
			seen[s.Name.Name] = true
		}
	}
	if opt.Config != "" {
		d := configs[opt.Config]
		if d == nil {
			c.errorf(syntax.Pos{Filename: c.info.Files[0].Pos.Filename}, "no config %s%s", opt.Config, among(names, "the model has none", "there are "))
			return
		}
		for _, s := range d.Sets {
			if k := c.constNamed(s.Name.Name); k != nil {
				k.Value = s.Value
			}
		}
	}
	for _, name := range sortedKeys(opt.Define) {
		k := c.constNamed(name)
		if k == nil {
			c.errorf(syntax.Pos{Filename: c.info.Files[0].Pos.Filename}, "no constant %s%s", name, c.suggestConst(name))
			continue
		}
		k.Value = opt.Define[name]
	}
}

func (c *checker) constNamed(name string) *Const {
	for _, o := range c.globals[name] {
		if o.Kind == ConstObject {
			return o.Const
		}
	}
	return nil
}

// suggestConst is what to say after the name of a constant that does not exist.
func (c *checker) suggestConst(name string) string {
	if s := c.suggest(name, ConstObject); s != "" {
		return s
	}
	var names []string
	for _, k := range c.info.Consts {
		names = append(names, k.Object.Name)
	}
	return among(names, "the model has none", "there are ")
}

func among(names []string, none, some string) string {
	if len(names) == 0 {
		return "; " + none
	}
	return "; " + some + strings.Join(names, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// suggest gives ", did you mean NAME?" where a declared name of the kind (or any, for -1) is nearly this one.
func (c *checker) suggest(name string, kinds ...ObjectKind) string {
	if !c.maySuggest() {
		return ""
	}
	best, dist := "", nearness(name)
	consider := func(o *Object) {
		if len(kinds) > 0 && !slices.Contains(kinds, o.Kind) {
			return
		}
		if d := editDistance(name, o.Name, dist+1); d < dist || d == dist && best != "" && o.Name < best {
			best, dist = o.Name, d
		}
	}
	for _, os := range c.globals {
		for _, o := range os {
			consider(o)
		}
	}
	for _, o := range c.locals {
		consider(o)
	}
	if best == "" || dist >= len(name) {
		return ""
	}
	return ", did you mean " + best + "?"
}

// nearness is the number of edits that make another name of this one, too many to call it nearly right.
func nearness(name string) int {
	if len(name) < 4 {
		return 2
	}
	return 3
}

// near is suggestFrom for the first mistakes.
func (c *checker) near(name string, names []string) string {
	if !c.maySuggest() {
		return ""
	}
	return suggestFrom(name, names)
}

func suggestFrom(name string, names []string) string {
	best, dist := "", nearness(name)
	for _, n := range names {
		if d := editDistance(name, n, dist); d < dist {
			best, dist = n, d
		}
	}
	if best == "" || dist >= len(name) {
		return ""
	}
	return ", did you mean " + best + "?"
}

// editDistance is the Levenshtein distance of two names, or limit where it is at least that.
func editDistance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit || len(a) > 64 || len(b) > 64 {
		return limit
	}
	if strings.EqualFold(a, b) {
		return 1
	}
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j]+cost, prev[j+1]+1, cur[j]+1)
		}
		prev = cur
	}
	return min(prev[len(b)], limit)
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// resolveGlobals gives constants, types, variables and functions their types.
func (c *checker) resolveGlobals() {
	for _, k := range c.info.Consts {
		c.resolveConst(k)
	}
	for _, d := range c.typeDecls {
		c.resolveType(d)
	}
	for _, d := range c.modelDecls {
		if d, ok := d.(*syntax.StateDecl); ok {
			for _, v := range d.Vars {
				t := c.finiteType(v.Type)
				for _, name := range v.Names {
					if o := c.info.Defs[name]; o != nil {
						o.Type = t
					}
				}
			}
		}
	}
	for _, f := range c.info.Funcs {
		c.signature(f)
	}
	for _, a := range c.info.Actions {
		a.Params = c.params(a.Decl.Params, true)
	}
	for _, a := range c.info.Hidden {
		a.Params = c.params(a.Decl.Params, true)
	}
}

func (c *checker) signature(f *Func) {
	f.Params = c.params(f.Decl.Params, false)
	f.Result = c.typeExpr(f.Decl.Result)
	f.Object.Type = f.Result
}

// params makes objects for parameters; finite refuses int.
func (c *checker) params(gs []*syntax.ParamGroup, finite bool) []*Object {
	var out []*Object
	for _, g := range gs {
		t := c.typeExpr(g.Type)
		if finite && t.HasInt() {
			c.errorf(g.Type.Position(), "a parameter of type %s has no finite number of values; give a range lo..hi", t)
			t = bad
		}
		for _, name := range g.Names {
			o := &Object{Kind: LocalObject, Name: name.Name, Pos: name.Pos, Type: t}
			c.checkFresh(name)
			for _, p := range out {
				if p.Name == o.Name {
					c.errorf(name.Pos, "parameter %s is declared twice", name.Name)
				}
			}
			c.info.Defs[name] = o
			out = append(out, o)
		}
	}
	return out
}

// pureCall is a call of a function that must not read the state, not even through others.
type pureCall struct {
	pos syntax.Pos
	f   *Func
	why string
}
