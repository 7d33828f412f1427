package types

import (
	"math"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// Sets of integers. A set of integers that an expression makes has an interval of its own: the least that is sure to
// contain its elements. The interval never matters to what the set is compared or combined with; only where a set is
// stored, passed or returned must its elements be within the declared type. So such an expression is typed twice.
// First natural finds the intervals, from the inside out, and turns nothing into anything. Then, when it is known what
// the whole is for, settle hands the final type inward: a literal or a comprehension is made as a set of that type at
// once, operands of union become sets of it, and what has a type already, such as a variable, is converted. What minus
// and intersect leave out need not fit, so that their operands are settled with an interval that contains both.

// IsInts tells whether t is a type of sets of integers.
func IsInts(t *Type) bool { return t != nil && t.Kind == Set && t.Elem.IsInt() }

// noInts is the interval of no integers. Joined with another it gives that other one.
var noInts = &Type{Kind: Range, Lo: math.MaxInt64, Hi: math.MinInt64}

// natural gives an expression its type as check does, but leaves a set of integers unsettled; which one is wanted only
// tells that it is one.
func (c *checker) natural(e syntax.Expr, want *Type) *Type {
	if want != nil && !IsInts(want) {
		return c.check(e, want)
	}
	t := c.synth(e, want)
	c.info.Types[e] = t
	return t
}

// joinInts is the type of two sets of integers beside each other, or bad where one is none.
func (c *checker) joinInts(x syntax.Expr, t *Type, y syntax.Expr, u, want *Type) *Type {
	switch {
	case t.Kind == Bad || u.Kind == Bad:
		return bad
	case !IsInts(t):
		c.mismatch(x, t, want)
		return bad
	case !IsInts(u):
		c.mismatch(y, u, want)
		return bad
	}
	return joinSets(t, u)
}

func joinSets(t, u *Type) *Type {
	switch both := Join(t.Elem, u.Elem); {
	case Identical(both, t.Elem):
		return t
	case Identical(both, u.Elem):
		return u
	default:
		return SetOf(both)
	}
}

// beside types two expressions that are compared.
func (c *checker) beside(x, y syntax.Expr) *Type {
	t := c.pair(x, y, nil)
	if !IsInts(t) {
		return t
	}
	return c.settleBoth(x, y, t)
}

// settleBoth settles two sets that are looked at together, as sets of t, which contains both. If that is too large, it is
// enough to know of one of them that an element is outside the other's interval, whichever it is.
func (c *checker) settleBoth(x, y syntax.Expr, t *Type) *Type {
	tx, ty := c.info.Types[x], c.info.Types[y]
	if ty.Elem.Card() < tx.Elem.Card() {
		x, y, tx = y, x, ty
	}
	clip := !fitsMemory(t) && fitsMemory(tx)
	if clip {
		t = around(tx)
	}
	first := c.settle(x, t)
	defer func(outer bool) { c.clip = outer }(c.clip)
	c.clip = clip
	if c.settle(y, t).Kind == Bad || first.Kind == Bad {
		return bad
	}
	return t
}

// around is t with one integer more on either side, to stand for all that are outside.
func around(t *Type) *Type {
	if t.Elem.Lo > t.Elem.Hi {
		return SetOf(IntRange(0, 1)) // nothing is outside that matters
	}
	lo, _ := SubOK(t.Elem.Lo, 1)
	hi, _ := AddOK(t.Elem.Hi, 1)
	return SetOf(IntRange(lo, hi))
}

func fitsMemory(t *Type) bool { return t.Elem.Card() <= MaxSet }

// stored tells whether a set of type t, which e makes, can be had in memory, if it must be.
func (c *checker) stored(e syntax.Expr, t *Type) bool {
	if fitsMemory(t) || c.info.Domains[e] && lookedUp(e) {
		return true
	}
	if !c.limited[e.Position()] {
		c.limited[e.Position()] = true
		c.errorf(e.Position(), "a set of %s would need a bit for each of %s values, the limit is %d", t.Elem, count(t.Elem), MaxSet)
	}
	return false
}

// lookedUp tells whether e, where it is gone through or looked up in, takes no set in memory.
func lookedUp(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return lookedUp(e.X)
	case *syntax.SetLit, *syntax.SetComp, *syntax.Name, *syntax.Range, *syntax.Call:
		return true
	case *syntax.Binary:
		return e.Op == "union" || e.Op == "intersect" || e.Op == "minus"
	}
	return false
}

// settle makes e, a set of integers that has its natural type, one of type t, and gives t. Where c.clip is set, elements
// outside t are taken for the nearest one of t; otherwise they are faults.
func (c *checker) settle(e syntax.Expr, t *Type) *Type {
	own := c.info.Types[e]
	if !IsInts(own) { // bad, which is reported
		return bad
	}
	if t.Elem.Lo > t.Elem.Hi {
		t = SetOf(IntRange(0, 0))
	}
	if c.info.Domains[e] && lookedUp(e) {
		if b, ok := e.(*syntax.Binary); ok { // each is looked up in by itself
			x, y := c.settle(b.X, c.info.Types[b.X]), c.settle(b.Y, c.info.Types[b.Y])
			if x.Kind == Bad || y.Kind == Bad {
				return bad
			}
			return t
		}
	} else if !fitsMemory(t) {
		return c.tooLarge(e, t)
	}
	switch e := e.(type) {
	case *syntax.SetLit:
		return c.settleElements(e, t, e.Elems)
	case *syntax.SetComp:
		if !e.Filter {
			return c.settleElements(e, t, []syntax.Expr{e.Elem})
		}
	case *syntax.Binary:
		if e.Op != "union" {
			return c.settleRest(e, t)
		}
	}
	if parts := setParts(e); parts != nil {
		out := t
		for _, x := range parts {
			if c.settle(x, t).Kind == Bad {
				out = bad
			}
		}
		c.info.Types[e] = t
		return out
	}
	if !c.stored(e, own) {
		return bad
	}
	c.convert(e, own.Elem, t)
	return t
}

// setParts lists the expressions of which a set is one or all, where they have its type.
func setParts(e syntax.Expr) []syntax.Expr {
	switch e := e.(type) {
	case *syntax.Paren:
		return []syntax.Expr{e.X}
	case *syntax.If:
		return []syntax.Expr{e.Then, e.Else}
	case *syntax.Let:
		return []syntax.Expr{e.Body}
	case *syntax.Old:
		return []syntax.Expr{e.X}
	case *syntax.Match:
		var bodies []syntax.Expr
		for _, a := range e.Arms {
			bodies = append(bodies, a.Body)
		}
		return bodies
	case *syntax.Binary:
		return []syntax.Expr{e.X, e.Y}
	}
	return nil
}

// convert notes what e is turned into: an integer or a set of integers, within own.
func (c *checker) convert(e syntax.Expr, own, want *Type) {
	delete(c.info.Convert, e)
	delete(c.info.Clip, e)
	to := want
	if want.Kind == Set {
		to = want.Elem
	}
	if Identical(own, to) || want.Kind != Set && Within(own, to) {
		return
	}
	c.info.Convert[e] = want
	if c.clip && !Within(own, to) {
		c.info.Clip[e] = true
	}
}

func (c *checker) settleElements(e syntax.Expr, t *Type, elems []syntax.Expr) *Type {
	out := t
	for _, x := range elems {
		own := c.info.Types[x]
		if c.clip {
			c.convert(x, own, t.Elem)
			continue
		}
		delete(c.info.Convert, x)
		delete(c.info.Clip, x)
		if c.coerce(x, own, t.Elem).Kind == Bad {
			out = bad
		}
	}
	c.info.Types[e] = t
	return out
}

// settleGood reports what else is wrong with a set one of whose elements is no integer: numbers outside t.
func (c *checker) settleGood(e syntax.Expr, t *Type) {
	switch e := e.(type) {
	case *syntax.SetLit:
		for _, x := range e.Elems {
			if own := c.info.Types[x]; own != nil && own.IsInt() {
				c.coerce(x, own, t.Elem)
			}
		}
	case *syntax.Paren:
		c.settleGood(e.X, t)
	case *syntax.Binary:
		if e.Op == "union" {
			c.settleGood(e.X, t)
			c.settleGood(e.Y, t)
		}
	}
}

// remainder is a type of what e, which joins sets, gives: t contains both, and is too large.
func (c *checker) remainder(e *syntax.Binary, t *Type) *Type {
	tx, ty := c.info.Types[e.X], c.info.Types[e.Y]
	switch {
	case e.Op == "minus":
		return tx
	case e.Op == "intersect":
		return SetOf(meet(tx.Elem, ty.Elem))
	}
	return t
}

// meet is the interval of the integers in both.
func meet(t, u *Type) *Type {
	lo, hi := max(t.Lo, u.Lo), min(t.Hi, u.Hi)
	if lo > hi {
		return noInts
	}
	return IntRange(lo, hi)
}

// settleRest settles minus and intersect.
func (c *checker) settleRest(e *syntax.Binary, t *Type) *Type {
	clip := c.clip
	c.clip = false
	tx := c.info.Types[e.X]
	both := joinSets(tx, c.info.Types[e.Y])
	if fitsMemory(both) && Within(both.Elem, t.Elem) {
		both = t
	}
	got := both
	if e.Op == "minus" && !fitsMemory(both) && fitsMemory(tx) { // what is outside is not taken away
		got = around(tx)
		if c.settle(e.X, got).Kind != Bad {
			c.clip = true
			got = c.settle(e.Y, got)
		}
	} else {
		got = c.settleBoth(e.X, e.Y, both)
	}
	c.clip = clip
	if got.Kind == Bad {
		return bad
	}
	c.info.Types[e] = got
	c.convert(e, got.Elem, t)
	return t
}

// tooLarge reports a set that does not fit in memory, at the innermost one that is too large by itself.
func (c *checker) tooLarge(e syntax.Expr, t *Type) *Type {
	for _, x := range setParts(e) {
		if u := c.info.Types[x]; IsInts(u) && !fitsMemory(u) {
			return c.tooLarge(x, u)
		}
	}
	c.stored(e, t)
	return bad
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

// membership types `x in S`. The set tells the element's type or the other way round.
func (c *checker) membership(e *syntax.Binary) {
	c.info.Domains[e.Y] = true
	if c.needsType(e.Y) && !isList(e.Y) && !(c.needsType(e.X) && c.nonEmptyLit(e.Y)) {
		switch t := c.natural(e.X, nil); {
		case t.Kind == Bad:
		case t.IsInt():
			want := SetOf(integer)
			switch s := c.natural(e.Y, want); {
			case IsInts(s):
				c.settle(e.Y, s)
			case s.Kind != Bad:
				c.mismatch(e.Y, s, want)
			}
		case IsInts(t):
			c.memberOfNew(e.X, t, e.Y)
		case t.Kind != Set || c.stored(e.X, t):
			c.check(e.Y, SetOf(t))
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
	case IsInts(s.Elem):
		c.settleMember(e.X, c.natural(e.X, s.Elem), s.Elem)
	default:
		c.check(e.X, s.Elem)
	}
}

// settleMember settles x, which is looked for among sets of type elem. One with an element outside is simply not there.
func (c *checker) settleMember(x syntax.Expr, t, elem *Type) {
	switch {
	case t.Kind == Bad:
		return
	case !IsInts(t):
		c.mismatch(x, t, elem)
		return
	case Within(t.Elem, elem.Elem):
		c.settle(x, elem)
		return
	case !fitsMemory(t):
		t = around(elem)
		c.clip = true
		defer func() { c.clip = false }()
	}
	if c.settle(x, t).Kind != Bad {
		c.info.Beyond[x] = elem
	}
}

// memberOfNew types `x in S` for x a set of integers of type t and S one that is made here.
func (c *checker) memberOfNew(x syntax.Expr, t *Type, s syntax.Expr) {
	inner := s
	for {
		p, ok := inner.(*syntax.Paren)
		if !ok {
			break
		}
		inner = p.X
	}
	switch d := inner.(type) {
	case *syntax.SetComp:
		if u := c.check(s, nil); u.Kind == Set && IsInts(u.Elem) {
			c.settleMember(x, t, u.Elem)
			return
		}
	case *syntax.SetLit:
		if len(d.Elems) == 0 {
			break
		}
		both := t
		for _, y := range d.Elems {
			if both = c.joinInts(x, both, y, c.natural(y, t), t); both.Kind == Bad {
				return
			}
		}
		if c.settle(x, both).Kind == Bad {
			return
		}
		for _, y := range d.Elems {
			c.settle(y, both)
		}
		c.info.Domains[d] = true
		c.info.Types[d], c.info.Types[s] = SetOf(both), SetOf(both)
		return
	}
	if c.settle(x, t).Kind != Bad {
		c.check(s, SetOf(t))
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
