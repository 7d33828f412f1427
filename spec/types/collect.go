package types

import (
	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// binders types `a, b in S, c in T` and brings the names into scope.
func (c *checker) binders(b *syntax.Binders) {
	for _, g := range b.Groups {
		t := c.domain(g.Domain)
		for _, name := range g.Names {
			c.bind(name, t)
		}
	}
}

// domain is the element type of an expression that is gone through.
func (c *checker) domain(e syntax.Expr) *Type {
	rounds := c.inLoop
	c.inLoop = false
	c.info.Domains[e] = unbuilt(e) && !(rounds && isSet(e))
	t := c.check(e, nil)
	c.inLoop = rounds
	if t.Kind == Bad {
		return bad
	}
	if t.Kind != Set {
		err := c.errorf(e.Position(), "got %s, want a set", t)
		switch t.Kind {
		case Seq, Bag:
			err.Msg += "; elems(…) gives the set of its elements"
		}
		return bad
	}
	return t.Elem
}

// unbuilt tells whether going through e takes no set in memory, so that it may be larger than a stored one.
func unbuilt(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return unbuilt(e.X)
	case *syntax.Name, *syntax.Range:
		return true
	case *syntax.SetComp:
		return e.Filter
	case *syntax.Call:
		return e.Fun.Name == "powerset"
	}
	return false
}

func (c *checker) scoped(f func()) {
	n := len(c.locals)
	f()
	c.locals = c.locals[:n]
}

func (c *checker) quant(e *syntax.Quant) *Type {
	out := bad
	c.scoped(func() {
		c.binders(e.Binders)
		if e.Where != nil {
			c.check(e.Where, boolean)
		}
		switch e.Op {
		case "forall", "exists":
			c.check(e.Body, boolean)
			out = boolean
		case "count":
			c.check(e.Body, boolean)
			out = IntRange(0, int64(c.combinations(e.Binders)))
		case "pick":
			name := e.Binders.Groups[0].Names[0]
			t := c.info.Defs[name].Type
			if t.HasSymmetric() {
				c.errorf(e.Pos, "pick cannot choose among the identities of a symmetric type; they are interchangeable (choose in an action can)")
				return
			}
			out = t
		case "sum":
			t := c.intOperand(e.Body)
			if t.Kind == Bad {
				return
			}
			n := c.combinations(e.Binders)
			var k int64 = 1<<63 - 1
			if n < 1<<62 {
				k = int64(n)
			}
			t, _ = Mul(Join(t, IntRange(0, 0)), IntRange(0, k))
			out = Join(t, IntRange(0, 0))
		default: // min, max
			out = c.intOperand(e.Body)
		}
	})
	return out
}

// combinations is at least the number of values that binders go through together.
func (c *checker) combinations(b *syntax.Binders) uint64 {
	n := uint64(1)
	for _, g := range b.Groups {
		for _, name := range g.Names {
			if o := c.info.Defs[name]; o != nil && o.Type.Kind != Bad {
				n = satMul(n, o.Type.Card())
			}
		}
	}
	return min(n, MaxCard)
}

// elements types the elements of a literal; want is their type or nil.
func (c *checker) elements(es []syntax.Expr, want *Type) *Type {
	if want != nil {
		for _, e := range es {
			c.check(e, want)
		}
		return want
	}
	t := bad
	rest := es
	for i, e := range es { // the first that needs no help tells the others
		if !c.needsType(e) {
			t = c.natural(e, nil)
			rest = append(append([]syntax.Expr{}, es[:i]...), es[i+1:]...)
			break
		}
	}
	for _, e := range rest {
		switch {
		case t.Kind == Bad:
			t = c.natural(e, nil)
		case IsInts(t):
			t = c.joinInts(e, t, e, c.natural(e, t), t)
		case t.IsInt():
			if u := c.check(e, nil); u.IsInt() {
				t = Join(t, u)
			} else if u.Kind != Bad {
				c.mismatch(e, u, t)
			}
		default:
			c.check(e, t)
		}
	}
	if IsInts(t) {
		for _, e := range es {
			if c.settle(e, t).Kind == Bad {
				return bad
			}
		}
	}
	return t
}

func (c *checker) setLit(e *syntax.SetLit, want *Type) *Type {
	var elem *Type
	if want != nil {
		if want.Kind != Set {
			c.mismatchLit(e, "a set", want)
			return bad
		}
		elem = want.Elem
	} else if len(e.Elems) == 0 {
		c.errorf(e.Pos, "cannot tell what {} is a set of here")
		return bad
	}
	if IsInts(want) {
		if len(e.Elems) == 0 {
			return SetOf(noInts)
		}
		if elem = c.integers(elem, e.Elems...); elem.Kind == Bad {
			return bad
		}
		return SetOf(elem)
	}
	t := c.elements(e.Elems, elem)
	if t.Kind == Bad {
		return bad
	}
	return SetOf(t)
}

func (c *checker) mismatchLit(e syntax.Expr, got string, want *Type) {
	c.errorf(e.Position(), "got %s, want %s", got, want)
}

func (c *checker) seqLit(e *syntax.SeqLit, want *Type) *Type {
	if want != nil && want.Kind != Seq {
		c.mismatchLit(e, "a sequence", want)
		return bad
	}
	if want == nil {
		if len(e.Elems) == 0 {
			c.errorf(e.Pos, "cannot tell what [] is a sequence of here")
			return bad
		}
		t := c.elements(e.Elems, nil)
		if t.Kind == Bad {
			return bad
		}
		return &Type{Kind: Seq, Elem: t, Max: int64(len(e.Elems))}
	}
	c.elements(e.Elems, want.Elem)
	if int64(len(e.Elems)) > want.Max {
		c.errorf(e.Pos, "got %d elements, want at most %d", len(e.Elems), want.Max)
		return bad
	}
	return want
}

func (c *checker) bagLit(e *syntax.BagLit, want *Type) *Type {
	if want != nil && want.Kind != Bag {
		c.mismatchLit(e, "a bag", want)
		return bad
	}
	if want == nil {
		if len(e.Elems) == 0 {
			c.errorf(e.Pos, "cannot tell what bag{} is a bag of here")
			return bad
		}
		t := c.elements(e.Elems, nil)
		if t.Kind == Bad {
			return bad
		}
		return &Type{Kind: Bag, Elem: t, Max: int64(len(e.Elems))}
	}
	c.elements(e.Elems, want.Elem)
	if int64(len(e.Elems)) > want.Max {
		c.errorf(e.Pos, "got %d elements, want at most %d", len(e.Elems), want.Max)
		return bad
	}
	return want
}

func (c *checker) mapLit(e *syntax.MapLit, want *Type) *Type {
	if want == nil || want.Kind != Map {
		if want == nil {
			c.errorf(e.Pos, "cannot tell the type of this map here")
		} else {
			c.mismatchLit(e, "a map", want)
		}
		return bad
	}
	seen := map[int64]bool{}
	allConst := true
	for _, en := range e.Entries {
		c.check(en.Key, want.Key)
		c.check(en.Value, want.Elem)
		if k, ok := c.evalConst(en.Key); ok {
			if seen[k] {
				c.errorf(en.Pos, "the key is given twice")
			}
			seen[k] = true
		} else {
			allConst = false
		}
	}
	if allConst && uint64(len(seen)) < want.Key.Card() {
		c.errorf(e.Pos, "the map gives values to %d of the %s keys of %s", len(seen), count(want.Key), want.Key)
	}
	return want
}

func (c *checker) mapComp(e *syntax.MapComp, want *Type) *Type {
	out := bad
	c.scoped(func() {
		c.binders(e.Binders)
		if e.Where != nil {
			c.check(e.Where, boolean)
		}
		if want != nil && want.Kind == Map {
			c.check(e.Key, want.Key)
			c.check(e.Value, want.Elem)
			out = want
			return
		}
		k, v := c.check(e.Key, nil), c.check(e.Value, nil)
		switch {
		case want != nil:
			c.mismatchLit(e, "a map", want)
		case k.Kind == Bad || v.Kind == Bad:
		case k.HasInt() || v.HasInt() || k.Card() > maxKeys:
			c.errorf(e.Pos, "cannot tell the type of this map here")
		default:
			out = &Type{Kind: Map, Key: k, Elem: v}
		}
	})
	return out
}

func (c *checker) setComp(e *syntax.SetComp, want *Type) *Type {
	out := bad
	c.scoped(func() {
		c.binders(e.Binders)
		if e.Where != nil {
			c.check(e.Where, boolean)
		}
		if e.Filter {
			if t := c.info.Defs[e.Binders.Groups[0].Names[0]].Type; t.Kind != Bad {
				out = SetOf(t)
			}
			return
		}
		var elem *Type
		if want != nil {
			if want.Kind != Set {
				c.mismatchLit(e, "a set", want)
				return
			}
			elem = want.Elem
		}
		var t *Type
		if IsInts(want) {
			t = c.integers(elem, e.Elem)
		} else {
			t = c.check(e.Elem, elem)
		}
		if t.Kind != Bad {
			out = SetOf(t)
		}
	})
	return out
}

func (c *checker) recordLit(e *syntax.RecordLit, want *Type) *Type {
	if want != nil && want.Kind != Record {
		c.mismatchLit(e, "a record", want)
		return bad
	}
	if want == nil {
		t := &Type{Kind: Record}
		for _, f := range e.Fields {
			ft := c.check(f.Value, nil)
			if ft.Kind == Bad {
				return bad
			}
			if ft.HasInt() {
				c.errorf(f.Pos, "cannot tell the type of field %s here", f.Name.Name)
				return bad
			}
			t.Fields = append(t.Fields, Field{f.Name.Name, ft})
		}
		return t
	}
	return c.fieldInits(e.Pos, e.Fields, want)
}

func (c *checker) fieldInits(pos syntax.Pos, fs []*syntax.FieldInit, want *Type) *Type {
	seen := map[string]bool{}
	ok := true
	for _, f := range fs {
		i := fieldIndex(want, f.Name.Name)
		if i < 0 {
			c.errorf(f.Name.Pos, "%s has no field %s%s", want, f.Name.Name, c.near(f.Name.Name, fieldNames(want)))
			c.check(f.Value, nil)
			ok = false
			continue
		}
		if seen[f.Name.Name] {
			c.errorf(f.Name.Pos, "field %s is given twice", f.Name.Name)
		}
		seen[f.Name.Name] = true
		c.check(f.Value, want.Fields[i].Type)
	}
	if ok {
		for _, f := range want.Fields {
			if !seen[f.Name] {
				c.errorf(pos, "field %s of %s is missing", f.Name, want)
				break
			}
		}
	}
	return want
}

func fieldIndex(t *Type, name string) int {
	for i, f := range t.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// FieldIndex is the number of a record's field, or -1.
func FieldIndex(t *Type, name string) int { return fieldIndex(t, name) }

func fieldNames(t *Type) []string {
	var out []string
	for _, f := range t.Fields {
		out = append(out, f.Name)
	}
	return out
}

func (c *checker) match(e *syntax.Match, want *Type) *Type {
	t := c.check(e.X, nil)
	var patterns []*syntax.Pattern
	for _, a := range e.Arms {
		patterns = append(patterns, a.Pattern)
	}
	if !c.patterns(e.X, t, patterns, e.Pos) {
		return bad
	}
	var out *Type
	check := func(a *syntax.ExprArm, want *Type) (u *Type) {
		c.scoped(func() {
			c.bindPattern(a.Pattern, t)
			u = c.natural(a.Body, want)
		})
		return u
	}
	switch {
	case want != nil && want.IsInt():
		var join *Type
		for _, a := range e.Arms {
			c.scoped(func() {
				c.bindPattern(a.Pattern, t)
				if u := c.integers(want, a.Body); u.Kind == Bad || join == nil {
					join = u
				} else if join.Kind != Bad {
					join = Join(join, u)
				}
			})
		}
		return join
	case IsInts(want):
		join := SetOf(noInts)
		for _, a := range e.Arms {
			join = c.joinInts(a.Body, join, a.Body, check(a, want), want)
		}
		return join
	case want != nil:
		for _, a := range e.Arms {
			check(a, want)
		}
		return want
	}
	arms := e.Arms
	first := arms[0]
	for _, a := range arms { // the first that needs no help tells the others
		if !c.needsType(a.Body) {
			first = a
			break
		}
	}
	out = check(first, nil)
	for _, a := range arms {
		switch {
		case a == first:
		case out.Kind == Bad:
			check(a, nil)
		case out.IsInt():
			if u := check(a, nil); u.IsInt() {
				out = Join(out, u)
			} else if u.Kind != Bad {
				c.mismatch(a.Body, u, out)
			}
		case IsInts(out):
			out = c.joinInts(a.Body, out, a.Body, check(a, out), out)
		default:
			check(a, out)
		}
	}
	return out
}

// patterns checks that the patterns fit type t and leave nothing out.
func (c *checker) patterns(x syntax.Expr, t *Type, ps []*syntax.Pattern, pos syntax.Pos) bool {
	if t.Kind == Bad {
		return false
	}
	names := constructors(t)
	if names == nil {
		c.errorf(x.Position(), "got %s, want a union, an option, an enum or bool", t)
		return false
	}
	seen := make([]bool, len(names))
	rest, ok := false, true
	for _, p := range ps {
		if rest {
			c.errorf(p.Pos, "nothing is left for this arm after _")
			ok = false
			continue
		}
		if p.Name == "_" {
			c.info.Match[p] = -1
			rest = true
			continue
		}
		i, found := constructor(t, p.Name)
		if !found {
			c.errorf(p.Pos, "%s has no constructor %s%s", t, p.Name, c.near(p.Name, names))
			ok = false
			continue
		}
		if seen[i] {
			c.errorf(p.Pos, "%s has an arm already", p.Name)
			ok = false
		}
		seen[i] = true
		c.info.Match[p] = i
		if n := len(Payload(t, i)); len(p.Binds) != n && len(p.Binds) > 0 {
			c.errorf(p.Pos, "%s carries %d %s, got %d %s", p.Name, n, plural(n, "value"), len(p.Binds), plural(len(p.Binds), "name"))
			ok = false
		}
	}
	if !rest && ok {
		for i, s := range seen {
			if !s {
				c.errorf(pos, "match has no arm for %s", names[i])
				return false
			}
		}
	}
	return ok
}

func (c *checker) bindPattern(p *syntax.Pattern, t *Type) {
	i := c.info.Match[p]
	if i < 0 {
		return
	}
	for k, u := range Payload(t, i) {
		if k < len(p.Binds) {
			c.bind(p.Binds[k], u)
		}
	}
}
