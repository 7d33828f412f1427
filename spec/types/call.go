package types

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

func (c *checker) call(e *syntax.Call, want *Type) *Type {
	name := e.Fun.Name
	if e.Of != nil {
		c.notPart(e.Of)
		c.checkArgs(e)
		return bad
	}
	if name == "some" {
		return c.someCall(e, want)
	}
	os := c.lookup(name)
	if len(os) == 0 && c.staysBehind(e.Fun.Pos, name) {
		c.checkArgs(e)
		return bad
	}
	if len(os) == 0 {
		c.errorf(e.Fun.Pos, "unknown function %s%s", name, c.suggest(name, FuncObject, BuiltinObject, CtorObject, TypeObject))
		c.checkArgs(e)
		return bad
	}
	o := os[0]
	if len(os) > 1 {
		if o = c.overload(e.Fun.Pos, name, os, want); o == nil {
			c.checkArgs(e)
			return bad
		}
	}
	c.info.Uses[e] = o
	if o.Kind != TypeObject {
		for _, a := range e.Args {
			if a.Name != nil {
				c.errorf(a.Name.Pos, "only a record takes its values by name")
				return bad
			}
		}
	}
	switch o.Kind {
	case FuncObject:
		return c.funcCall(e, o.Func)
	case CtorObject:
		if c.broken[o.Type] {
			c.checkArgs(e)
			return bad
		}
		v := o.Type.Variants[o.Index]
		if !c.arity(e, o.Name, len(v.Fields)) {
			return bad
		}
		for i, a := range e.Args {
			if v.Fields[i].Type != nil {
				c.check(a.Value, v.Fields[i].Type)
			}
		}
		return o.Type
	case TypeObject:
		return c.recordCall(e, o)
	case BuiltinObject:
		if name == "bool" || name == "int" {
			break
		}
		return c.builtin(e, name, want)
	}
	c.errorf(e.Fun.Pos, "%s is %s, not a function", name, describe(o))
	c.checkArgs(e)
	return bad
}

// checkArgs types arguments for their own errors only.
func (c *checker) checkArgs(e *syntax.Call) {
	for _, a := range e.Args {
		if !c.needsType(a.Value) {
			c.check(a.Value, nil)
		}
	}
}

func (c *checker) arity(e *syntax.Call, name string, n int) bool {
	if len(e.Args) == n {
		return true
	}
	c.errorf(e.Fun.Pos, "%s takes %d %s, got %d", name, n, plural(n, "argument"), len(e.Args))
	c.checkArgs(e)
	return false
}

func (c *checker) someCall(e *syntax.Call, want *Type) *Type {
	c.info.Uses[e] = &Object{Kind: BuiltinObject, Name: "some"}
	if !c.arity(e, "some", 1) {
		return bad
	}
	if want != nil {
		if want.Kind != Option {
			c.errorf(e.Pos, "got an option, want %s", want)
			return bad
		}
		c.check(e.Args[0].Value, want.Elem)
		return want
	}
	t := c.check(e.Args[0].Value, nil)
	if t.Kind == Bad {
		return bad
	}
	if t.HasInt() {
		c.errorf(e.Pos, "cannot tell the type of this option here")
		return bad
	}
	return &Type{Kind: Option, Elem: t}
}

func (c *checker) funcCall(e *syntax.Call, f *Func) *Type {
	if c.curFunc != nil {
		c.curFunc.calls = append(c.curFunc.calls, f)
	}
	if c.ctx.noState != "" {
		c.pureCalls = append(c.pureCalls, pureCall{e.Fun.Pos, f, c.ctx.noState})
	}
	if f.Result == nil { // a constant that needs a function before functions are resolved; its own names are none of theirs
		locals := c.locals
		c.locals = nil
		c.signature(f)
		c.locals = locals
	}
	if !c.arity(e, f.Object.Name, len(f.Params)) {
		return f.Result
	}
	for i, a := range e.Args {
		c.check(a.Value, f.Params[i].Type)
	}
	return f.Result
}

func (c *checker) recordCall(e *syntax.Call, o *Object) *Type {
	t := o.Type
	if t == nil {
		t = c.namedType(&syntax.NamedType{Name: o.Name})
	}
	if t.Kind == Bad {
		return bad
	}
	if t.Kind != Record {
		c.errorf(e.Fun.Pos, "%s is not a record type", o.Name)
		return bad
	}
	var fs []*syntax.FieldInit
	for _, a := range e.Args {
		if a.Name == nil {
			c.errorf(a.Pos, "the values of record %s are given by name: %s(%s = …)", o.Name, o.Name, t.Fields[0].Name)
			return bad
		}
		fs = append(fs, &syntax.FieldInit{Pos: a.Pos, Name: a.Name, Value: a.Value})
	}
	return c.fieldInits(e.Pos, fs, t)
}

// builtin types a call of a built-in function.
func (c *checker) builtin(e *syntax.Call, name string, want *Type) *Type {
	arg := func(i int) syntax.Expr { return e.Args[i].Value }
	collection := func(kinds ...Kind) *Type {
		t := c.check(arg(0), nil)
		if t.Kind != Bad && !slices.Contains(kinds, t.Kind) {
			words := map[Kind]string{Set: "a set", Seq: "a sequence", Bag: "a bag"}
			text := ""
			for i, k := range kinds {
				switch {
				case i > 0 && i == len(kinds)-1:
					text += " or "
				case i > 0:
					text += ", "
				}
				text += words[k]
			}
			c.errorf(arg(0).Position(), "got %s, want %s", t, text)
			return bad
		}
		return t
	}
	switch name {
	case "size":
		if !c.arity(e, name, 1) {
			return bad
		}
		c.info.Domains[arg(0)] = unbuilt(arg(0))
		t := collection(Set, Seq, Bag)
		switch t.Kind {
		case Bad:
			return bad
		case Set:
			return IntRange(0, int64(min(t.Elem.Card(), 1<<62)))
		}
		return IntRange(0, t.Max)
	case "head", "tail":
		if !c.arity(e, name, 1) {
			return bad
		}
		t := collection(Seq)
		if t.Kind != Bad && name == "head" {
			return t.Elem
		}
		return t
	case "append":
		if !c.arity(e, name, 2) {
			return bad
		}
		if want != nil && want.Kind != Seq {
			want = nil
		}
		t := c.check(arg(0), want)
		if t.Kind == Bad {
			return bad
		}
		if t.Kind != Seq {
			c.errorf(arg(0).Position(), "got %s, want a sequence", t)
			return bad
		}
		c.check(arg(1), t.Elem)
		return t
	case "elems":
		if !c.arity(e, name, 1) {
			return bad
		}
		t := collection(Seq, Bag)
		if t.Kind == Bad {
			return bad
		}
		return SetOf(t.Elem)
	case "multiplicity", "add", "remove":
		if !c.arity(e, name, 2) {
			return bad
		}
		if name == "multiplicity" || want != nil && want.Kind != Bag {
			want = nil
		}
		t := c.check(arg(0), want)
		if t.Kind == Bad {
			return bad
		}
		if t.Kind != Bag {
			c.errorf(arg(0).Position(), "got %s, want a bag", t)
			return bad
		}
		c.check(arg(1), t.Elem)
		if name == "multiplicity" {
			return IntRange(0, t.Max)
		}
		return t
	case "powerset":
		if !c.arity(e, name, 1) {
			return bad
		}
		var inner *Type
		if want != nil && want.Kind == Set && want.Elem.Kind == Set {
			inner = want.Elem
		}
		t := c.check(arg(0), inner)
		if t.Kind == Bad {
			return bad
		}
		if t.Kind != Set {
			c.errorf(arg(0).Position(), "got %s, want a set", t)
			return bad
		}
		return SetOf(t)
	case "abs":
		if !c.arity(e, name, 1) {
			return bad
		}
		t := c.intOperand(arg(0))
		if t.Kind == Bad {
			return bad
		}
		n, _ := Neg(t)
		out := Join(t, n)
		return IntRange(max(0, min(t.Lo, n.Lo, 0)), out.Hi)
	default: // min, max
		return c.minMax(e, name)
	}
}

func (c *checker) minMax(e *syntax.Call, name string) *Type {
	if len(e.Args) == 0 {
		c.errorf(e.Pos, "%s takes a set or at least two integers", name)
		return bad
	}
	if len(e.Args) == 1 {
		elem := c.domain(e.Args[0].Value)
		if elem.Kind != Bad && !elem.IsInt() {
			c.errorf(e.Args[0].Value.Position(), "got a set of %s, want integers", elem)
			return bad
		}
		return elem
	}
	out := bad
	for i, a := range e.Args {
		t := c.intOperand(a.Value)
		if t.Kind == Bad {
			return bad
		}
		switch {
		case i == 0:
			out = t
		case name == "min":
			out = IntRange(min(out.Lo, t.Lo), min(out.Hi, t.Hi))
		default:
			out = IntRange(max(out.Lo, t.Lo), max(out.Hi, t.Hi))
		}
	}
	return out
}

func (c *checker) index(e *syntax.Index) *Type {
	t := c.check(e.X, nil)
	switch t.Kind {
	case Bad:
		for _, a := range e.Args {
			if !c.needsType(a) {
				c.check(a, nil)
			}
		}
		return bad
	case Map:
		keys := []Field{{Type: t.Key}}
		if t.Key.Kind == Tuple {
			keys = t.Key.Fields
		}
		if len(e.Args) != len(keys) {
			c.errorf(e.Args[0].Position(), "the map takes %d %s, got %d", len(keys), plural(len(keys), "key"), len(e.Args))
			return t.Elem
		}
		for i, a := range e.Args {
			c.check(a, keys[i].Type)
		}
		return t.Elem
	case Seq:
		if len(e.Args) != 1 {
			c.errorf(e.Args[0].Position(), "a sequence takes 1 index, got %d", len(e.Args))
			return t.Elem
		}
		c.intOperand(e.Args[0])
		return t.Elem
	}
	c.errorf(e.X.Position(), "got %s, want a map or a sequence", t)
	return bad
}

func (c *checker) field(e *syntax.Field, want *Type) *Type {
	if n, ok := e.X.(*syntax.Name); ok {
		if os := c.lookup(n.Name); len(os) == 1 && os[0].Kind == TypeObject {
			return c.qualified(e, os[0])
		}
	}
	t := c.check(e.X, nil)
	switch {
	case t.Kind == Bad:
		return bad
	case t.Kind == Record:
		i := fieldIndex(t, e.Name.Name)
		if i < 0 {
			c.errorf(e.Name.Pos, "%s has no field %s%s", t, e.Name.Name, c.near(e.Name.Name, fieldNames(t)))
			return bad
		}
		return t.Fields[i].Type
	case t.Kind == Option && e.Name.Name == "value":
		return t.Elem
	}
	c.errorf(e.Name.Pos, "%s has no field %s", t, e.Name.Name)
	return bad
}

// qualified is TYPE.MEMBER, for members that two types share.
func (c *checker) qualified(e *syntax.Field, o *Object) *Type {
	t := o.Type
	if t == nil {
		t = c.namedType(&syntax.NamedType{Name: o.Name})
	}
	if t.Kind == Bad {
		return bad
	}
	for _, m := range c.globals[strings.TrimSuffix(o.Name, unqualified(o.Name))+e.Name.Name] {
		if (m.Kind == MemberObject || m.Kind == CtorObject) && m.Type == t {
			if m.Kind == CtorObject && len(t.Variants[m.Index].Fields) > 0 {
				c.errorf(e.Name.Pos, "constructor %s needs its arguments", m.Name)
				return bad
			}
			c.info.Uses[e] = m
			return t
		}
	}
	if t.Kind == Enum || t.Kind == Union {
		c.errorf(e.Name.Pos, "%s has no %s%s", t, e.Name.Name, c.near(e.Name.Name, constructors(t)))
	} else {
		c.errorf(e.X.Position(), "%s is a type; only an enum or a union has members", o.Name)
	}
	return bad
}

func (c *checker) with(e *syntax.With, want *Type) *Type {
	t := c.check(e.X, want)
	if t.Kind == Bad {
		return bad
	}
	if t.Kind != Record && t.Kind != Map {
		c.errorf(e.X.Position(), "got %s, want a record or a map", t)
		return bad
	}
	for _, u := range e.Updates {
		switch {
		case u.Field != nil && t.Kind == Record:
			i := fieldIndex(t, u.Field.Name)
			if i < 0 {
				c.errorf(u.Field.Pos, "%s has no field %s%s", t, u.Field.Name, c.near(u.Field.Name, fieldNames(t)))
				continue
			}
			c.check(u.Value, t.Fields[i].Type)
		case u.Field == nil && t.Kind == Map:
			keys := []Field{{Type: t.Key}}
			if t.Key.Kind == Tuple {
				keys = t.Key.Fields
			}
			if len(u.Index) != len(keys) {
				c.errorf(u.Pos, "the map takes %d %s, got %d", len(keys), plural(len(keys), "key"), len(u.Index))
				continue
			}
			for i, k := range u.Index {
				c.check(k, keys[i].Type)
			}
			c.check(u.Value, t.Elem)
		case t.Kind == Record:
			c.errorf(u.Pos, "%s is a record: name a field", t)
		default:
			c.errorf(u.Pos, "%s is a map: write [key] = value", t)
		}
	}
	return t
}
