package types

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Limits on types. A type past them has an error of its own instead of an allocation that exhausts memory.
const (
	maxMembers = 4096    // of an enum, a union or a record
	maxSeq     = 1 << 16 // elements of a sequence or a bag
	// MaxSet is the number of possible elements up to which a set can be stored, a bit for each.
	MaxSet  = 1 << 16
	maxKeys = 1 << 16 // entries of a map
	// Types made twice of the one before, over and over, are short to write and take long to go through.
	maxParts = 1 << 16
)

func (c *checker) resolveType(d *typeDecl) *Type {
	o := d.obj
	switch c.state[o] {
	case resolved:
		return o.Type
	case resolving:
		c.errorf(o.Pos, "type %s contains itself", o.Name)
		o.Type = bad
		c.state[o] = resolved
		return bad
	}
	c.state[o] = resolving
	t := c.typeExpr(d.decl.Type)
	if c.state[o] == resolved { // it turned out to contain itself
		return o.Type
	}
	if t.Kind != Bad && t.Kind != Bool && t.Kind != Int && t.Name == "" {
		named := t
		if t.Kind != Enum && t.Kind != Union && t.Kind != Symmetric {
			copied := *t
			named = &copied
		}
		named.Name = o.Name
		t = named
	}
	o.Type = t
	c.state[o] = resolved
	return t
}

// finiteType is a type that a stored value may have.
func (c *checker) finiteType(e syntax.TypeExpr) *Type {
	t := c.typeExpr(e)
	if t.HasInt() {
		c.errorf(e.Position(), "%s has no finite number of values; give a range lo..hi", t)
		return bad
	}
	return t
}

func (c *checker) typeExpr(e syntax.TypeExpr) *Type {
	t := c.newType(e)
	if _, named := e.(*syntax.NamedType); named || t.Kind == Bad {
		return t
	}
	if t.parts = t.count(); t.parts > maxParts {
		c.errorf(e.Position(), "the type is made of more than %d types", maxParts)
		return bad
	}
	return t
}

// count adds up the parts of a type whose own parts were counted.
func (t *Type) count() int {
	n := 1
	add := func(u *Type) {
		if u != nil {
			n += max(1, u.parts)
		}
	}
	fields := func(fs []Field) {
		for _, f := range fs {
			add(f.Type)
		}
	}
	fields(t.Fields)
	for _, v := range t.Variants {
		fields(v.Fields)
	}
	if t.Key != nil && t.Key.Kind == Tuple {
		fields(t.Key.Fields)
	}
	add(t.Key)
	add(t.Elem)
	return n
}

func (c *checker) newType(e syntax.TypeExpr) *Type {
	switch e := e.(type) {
	case *syntax.NamedType:
		return c.namedType(e)
	case *syntax.RangeType:
		lo, ok1 := c.constInt(e.Lo, "the bound of a range")
		hi, ok2 := c.constInt(e.Hi, "the bound of a range")
		if !ok1 || !ok2 {
			return bad
		}
		if lo > hi {
			c.errorf(e.Pos, "range %d..%d is empty", lo, hi)
			return bad
		}
		if e.Symmetric {
			t := &Type{Kind: Symmetric, Lo: lo, Hi: hi, LoOf: e.Lo, HiOf: e.Hi}
			if t.Card() >= 1<<31 {
				c.errorf(e.Pos, "symmetric type has too many identities: %d..%d", lo, hi)
				return bad
			}
			return t
		}
		return &Type{Kind: Range, Lo: lo, Hi: hi, LoOf: e.Lo, HiOf: e.Hi}
	case *syntax.EnumType:
		if len(e.Members) > maxMembers {
			c.errorf(e.Pos, "enum has %d members, the limit is %d", len(e.Members), maxMembers)
			return bad
		}
		return c.typed[e]
	case *syntax.UnionType:
		t := c.typed[e]
		if len(e.Variants) > maxMembers {
			c.errorf(e.Pos, "union has %d constructors, the limit is %d", len(e.Variants), maxMembers)
			return bad
		}
		for i, v := range e.Variants {
			fs := c.fields(v.Fields)
			if fs == nil && len(v.Fields) > 0 {
				c.broken[t] = true // its constructors are not blamed for it
				return bad
			}
			t.Variants[i].Fields = fs
		}
		return t
	case *syntax.RecordType:
		fs := c.fields(e.Fields)
		if fs == nil {
			if len(e.Fields) == 0 {
				c.errorf(e.Pos, "a record needs a field")
			}
			return bad
		}
		return &Type{Kind: Record, Fields: fs}
	case *syntax.OptionType:
		return c.build(Option, e.Elem, nil)
	case *syntax.SetType:
		t := c.build(Set, e.Elem, nil)
		if t.Kind != Bad && t.Elem.Card() > MaxSet {
			c.errorf(e.Pos, "%s would need a bit for each of %s values, the limit is %d", t, count(t.Elem), MaxSet)
			return bad
		}
		return t
	case *syntax.SeqType:
		return c.build(Seq, e.Elem, e.Max)
	case *syntax.BagType:
		t := c.build(Bag, e.Elem, e.Max)
		if t.Kind != Bad && t.Elem.Card() >= MaxCard {
			c.errorf(e.Pos, "the elements of %s have too many values", t)
			return bad
		}
		return t
	case *syntax.MapType:
		var keys []Field
		for _, k := range e.Keys {
			kt := c.finiteType(k)
			if kt.Kind == Bad {
				return bad
			}
			keys = append(keys, Field{Type: kt})
		}
		elem := c.finiteType(e.Elem)
		if elem.Kind == Bad {
			return bad
		}
		key := keys[0].Type
		if len(keys) > 1 {
			key = &Type{Kind: Tuple, Fields: keys}
		}
		if key.Card() > maxKeys {
			c.errorf(e.Pos, "a map over %s would have %s entries, the limit is %d", key, count(key), maxKeys)
			return bad
		}
		return &Type{Kind: Map, Key: key, Elem: elem}
	}
	return bad
}

func count(t *Type) string {
	n := t.Card()
	if n >= MaxCard {
		return "2^62 or more"
	}
	return strconv.FormatUint(n, 10)
}

func (c *checker) build(kind Kind, elem syntax.TypeExpr, limit syntax.Expr) *Type {
	t := c.finiteType(elem)
	if t.Kind == Bad {
		return bad
	}
	out := &Type{Kind: kind, Elem: t}
	if limit != nil {
		n, ok := c.constInt(limit, "the greatest length")
		if !ok {
			return bad
		}
		if n < 0 || n > maxSeq {
			c.errorf(limit.Position(), "the greatest length is %d, want 0..%d", n, maxSeq)
			return bad
		}
		out.Max, out.MaxOf = n, limit
	}
	return out
}

func (c *checker) fields(gs []*syntax.ParamGroup) []Field {
	var out []Field
	ok := true
	for _, g := range gs {
		t := c.finiteType(g.Type)
		if t.Kind == Bad {
			ok = false
		}
		for _, name := range g.Names {
			for _, f := range out {
				if f.Name == name.Name {
					c.errorf(name.Pos, "field %s is declared twice", name.Name)
					ok = false
				}
			}
			out = append(out, Field{Name: name.Name, Type: t})
		}
	}
	if len(out) > maxMembers {
		c.errorf(gs[0].Pos, "%d fields, the limit is %d", len(out), maxMembers)
		ok = false
	}
	if !ok {
		return nil
	}
	return out
}

func (c *checker) namedType(e *syntax.NamedType) *Type {
	switch e.Name {
	case "bool":
		return boolean
	case "int":
		return integer
	}
	for _, o := range c.globals[e.Name] {
		if o.Kind == TypeObject {
			for _, d := range c.typeDecls {
				if d.obj == o {
					return c.resolveType(d)
				}
			}
		}
	}
	if os := c.globals[e.Name]; len(os) > 0 {
		note(c.errorf(e.Pos, "%s is not a type", e.Name), os[0].Pos, "it is declared here")
	} else {
		c.errorf(e.Pos, "unknown type %s%s", e.Name, c.suggest(e.Name, TypeObject))
	}
	return bad
}
