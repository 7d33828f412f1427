package types

import "github.com/bulkheadlang/bulkhead/spec/syntax"

// joined types union, intersect and minus. Of integers, the operands keep their own intervals and the result is turned
// into what is wanted: what the operator leaves out need not fit. Only what a union adds to a set of the wanted type may
// be typed by it at once.
func (c *checker) joined(e *syntax.Binary, want *Type) *Type {
	if want == nil || want.Kind != Set || !want.Elem.IsInt() {
		return c.pair(e.X, e.Y, want)
	}
	needX, needY := c.needsType(e.X), c.needsType(e.Y)
	switch {
	case needX && needY && (e.Op == "union" || isEmpty(e.X) && isEmpty(e.Y)):
		return c.pair(e.X, e.Y, want)
	case e.Op != "union" || needX == needY:
		return c.pair(e.X, e.Y, nil)
	}
	first, second := e.X, e.Y
	if needX {
		first, second = e.Y, e.X
	}
	t := c.check(first, nil)
	switch {
	case t.Kind == Bad:
		return bad
	case Identical(t, want):
		return c.check(second, want)
	case isSet(second) && t.Kind == Set && t.Elem.IsInt():
		return c.pairSets(first, t, second)
	}
	return c.check(second, t)
}

// isEmpty tells whether e is none or an empty literal, which says nothing about its type.
func isEmpty(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return isEmpty(e.X)
	case *syntax.Name:
		return e.Name == "none"
	case *syntax.SetLit:
		return len(e.Elems) == 0
	case *syntax.SeqLit:
		return len(e.Elems) == 0
	case *syntax.BagLit:
		return len(e.Elems) == 0
	}
	return false
}

// isSet tells whether e is a set whose elements tell its type.
func isSet(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return isSet(e.X)
	case *syntax.SetLit:
		return len(e.Elems) > 0
	case *syntax.SetComp:
		return true
	}
	return false
}

// pairSets types two sets beside each other, the first of integers and of type t. As with integers, the type of both
// contains either.
func (c *checker) pairSets(first syntax.Expr, t *Type, second syntax.Expr) *Type {
	u := c.check(second, nil)
	switch {
	case u.Kind == Bad:
		return bad
	case u.Kind != Set || !u.Elem.IsInt():
		return c.coerce(second, u, t)
	}
	both := SetOf(Join(t.Elem, u.Elem))
	switch {
	case both.Elem.Card() > MaxSet && c.info.Domains[first]: // each is looked up in by itself
		return both
	case both.Elem.Card() > MaxSet:
		c.mismatch(second, u, t)
		return bad
	case Identical(t, both):
		return c.coerce(second, u, t)
	}
	if Identical(u, both) {
		return c.coerce(first, t, u)
	}
	if c.coerce(first, t, both).Kind == Bad {
		return bad
	}
	return c.coerce(second, u, both)
}

// membership types `x in S`. The set tells the element's type or the other way round.
func (c *checker) membership(e *syntax.Binary) {
	c.info.Domains[e.Y] = true
	if c.needsType(e.Y) && !isList(e.Y) && !(c.needsType(e.X) && c.nonEmptyLit(e.Y)) {
		t := c.check(e.X, nil)
		if t.Kind != Bad {
			c.check(e.Y, SetOf(widen(t)))
		}
		return
	}
	s := c.check(e.Y, nil)
	switch {
	case s.Kind == Bad:
		if !c.needsType(e.X) {
			c.check(e.X, nil)
		}
	case s.Kind != Set && s.Kind != Bag && s.Kind != Seq:
		c.errorf(e.Y.Position(), "got %s, want a set, a sequence or a bag", s)
	case s.Elem.IsInt(): // an integer outside the element type is simply not in the set
		c.intOperand(e.X)
	default:
		c.check(e.X, s.Elem)
	}
}

// isList tells whether e is a literal sequence or bag, or one with an element more, whose elements tell its type.
func isList(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return isList(e.X)
	case *syntax.SeqLit:
		return len(e.Elems) > 0
	case *syntax.BagLit:
		return len(e.Elems) > 0
	case *syntax.Call:
		return len(e.Args) > 0 && (e.Fun.Name == "append" || e.Fun.Name == "add" || e.Fun.Name == "remove")
	}
	return false
}

func (c *checker) nonEmptyLit(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return c.nonEmptyLit(e.X)
	case *syntax.SetLit:
		return len(e.Elems) > 0
	}
	return true
}
