package types

import (
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// check gives an expression its type. Where want is not nil the expression stands where a value of want is needed: want
// tells members and empty literals apart, and a mismatch is an error. The result is want then, or bad after an error.
func (c *checker) check(e syntax.Expr, want *Type) *Type {
	if want != nil && want.Kind == Bad {
		if c.needsType(e) { // that its type cannot be told is a consequence
			c.info.Types[e] = bad
			return bad
		}
		want = nil
	}
	if c.joins != nil {
		c.joins.size++
	}
	t := c.synth(e, want)
	c.info.Types[e] = t
	if IsInts(t) && (want == nil || IsInts(want)) {
		if want == nil {
			want = t
		}
		return c.settle(e, want)
	}
	if t.Kind == Bad && IsInts(want) {
		c.settleGood(e, want)
	}
	if t.Kind == Set && !c.stored(e, t) {
		return bad
	}
	if want == nil || t.Kind == Bad {
		return t
	}
	return c.coerce(e, t, want)
}

// coerce says whether a value of type got may stand where want is needed, and notes the conversion it takes.
func (c *checker) coerce(e syntax.Expr, got, want *Type) *Type {
	switch {
	case Identical(got, want):
		return want
	case got.IsInt() && want.IsInt():
		if Within(got, want) {
			return want
		}
		if lit, ok := c.literal(e); ok && (lit < want.Lo || lit > want.Hi) {
			c.errorf(e.Position(), "%d is outside %s", lit, want.boundsText())
			return bad
		}
		c.info.Convert[e] = want
		return want
	case c.ctx.byNumber && got.IsInt() && want.Kind == Symmetric:
		n, ok := c.evalConst(e)
		if !ok {
			c.errorf(e.Position(), "an identity of %s is written as a constant number", want)
			return bad
		}
		if n < want.Lo || n > want.Hi {
			c.errorf(e.Position(), "%d is outside %s", n, want.boundsText())
			return bad
		}
		c.info.Convert[e] = want
		return want
	case IsInts(got) && IsInts(want):
		return c.settle(e, want)
	}
	c.mismatch(e, got, want)
	return bad
}

func (t *Type) boundsText() string {
	if t.Name != "" {
		return t.Name + " (" + rangeText(t) + ")"
	}
	return rangeText(t)
}

func (c *checker) mismatch(e syntax.Expr, got, want *Type) {
	err := c.errorf(e.Position(), "got %s, want %s", got, want)
	if got.IsInt() && want.Kind == Symmetric {
		err.Msg += " (identities of a symmetric type have no numbers here)"
	}
}

// literal is the value of an integer literal, possibly negated.
func (c *checker) literal(e syntax.Expr) (int64, bool) {
	switch e := e.(type) {
	case *syntax.IntLit:
		return e.Value, true
	case *syntax.Paren:
		return c.literal(e.X)
	case *syntax.Unary:
		if v, ok := c.literal(e.X); ok && e.Op == "-" {
			return -v, true
		}
	}
	return 0, false
}

// needsType tells whether an expression is better typed after what it stands beside.
func (c *checker) needsType(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Paren:
		return c.needsType(e.X)
	case *syntax.IntLit, *syntax.SetLit, *syntax.SeqLit, *syntax.BagLit, *syntax.MapLit, *syntax.MapComp, *syntax.RecordLit:
		return true
	case *syntax.SetComp:
		return !e.Filter
	case *syntax.Name:
		return e.Name == "none" || len(c.lookup(e.Name)) > 1
	case *syntax.Call:
		switch e.Fun.Name {
		case "append", "add", "remove", "powerset":
			return len(e.Args) > 0 && c.needsType(e.Args[0].Value)
		}
		return e.Fun.Name == "some" || len(c.lookup(e.Fun.Name)) > 1
	case *syntax.If:
		return c.needsType(e.Then) && c.needsType(e.Else)
	case *syntax.Let:
		return c.needsType(e.Body)
	case *syntax.Unary:
		return c.needsType(e.X)
	case *syntax.Binary:
		switch e.Op {
		case "union", "intersect", "minus", "+", "-", "*", "/", "%":
			return c.needsType(e.X) && c.needsType(e.Y)
		}
	}
	return false
}

// pair types two expressions of one type, which each may tell the other. For integers the result contains both, and so it
// does for sets of integers, which have yet to be settled.
func (c *checker) pair(x, y syntax.Expr, want *Type) *Type {
	switch {
	case want != nil && want.IsInt():
		return c.integers(want, x, y)
	case IsInts(want):
		return c.joinInts(x, c.natural(x, want), y, c.natural(y, want), want)
	case want != nil:
		c.check(x, want)
		c.check(y, want)
		return want
	}
	first, second := x, y
	if c.needsType(x) && !c.needsType(y) || isEmpty(x) && !isEmpty(y) {
		first, second = y, x
	}
	t := c.natural(first, nil)
	if t.Kind == Bad {
		if !c.needsType(second) {
			c.check(second, nil)
		}
		return bad
	}
	if t.IsInt() {
		u := c.check(second, nil)
		switch {
		case u.Kind == Bad:
			return bad
		case u.IsInt():
			return Join(t, u)
		default:
			return c.coerce(first, t, u)
		}
	}
	if IsInts(t) {
		return c.joinInts(first, t, second, c.natural(second, t), t)
	}
	if t.Kind == Set && !c.stored(first, t) {
		return bad
	}
	return c.check(second, t)
}

// integers types expressions that stand where an integer is wanted, and gives an interval that contains them all.
func (c *checker) integers(want *Type, es ...syntax.Expr) *Type {
	out := bad
	ok := true
	for i, e := range es {
		t := c.check(e, nil)
		switch {
		case t.Kind == Bad:
			ok = false
		case !t.IsInt():
			c.mismatch(e, t, want)
			ok = false
		case i == 0 || !ok:
			out = t
		default:
			out = Join(out, t)
		}
	}
	if !ok {
		return bad
	}
	return out
}

// synth is the type of an expression before it is coerced to want.
func (c *checker) synth(e syntax.Expr, want *Type) *Type {
	switch e := e.(type) {
	case *syntax.IntLit:
		return IntRange(e.Value, e.Value)
	case *syntax.BoolLit:
		return boolean
	case *syntax.Paren:
		if c.info.Domains[e] {
			c.info.Domains[e.X] = true
		}
		return c.natural(e.X, want)
	case *syntax.Name:
		return c.name(e, want)
	case *syntax.Unary:
		if temporalWords[e.Op] {
			return c.notHere(e)
		}
		return c.unary(e)
	case *syntax.Binary:
		if temporalWords[e.Op] {
			return c.notHere(e)
		}
		return c.binary(e, want)
	case *syntax.Within, *syntax.Event:
		return c.notHere(e)
	case *syntax.Range:
		return c.rangeExpr(e)
	case *syntax.Is:
		return c.is(e)
	case *syntax.If:
		c.check(e.Cond, boolean)
		return c.pair(e.Then, e.Else, want)
	case *syntax.Let:
		t := c.check(e.Value, nil)
		n := len(c.locals)
		c.bind(e.Name, t)
		body := c.natural(e.Body, want)
		c.locals = c.locals[:n]
		return body
	case *syntax.Match:
		return c.match(e, want)
	case *syntax.Quant:
		return c.quant(e)
	case *syntax.SetLit:
		return c.setLit(e, want)
	case *syntax.SeqLit:
		return c.seqLit(e, want)
	case *syntax.BagLit:
		return c.bagLit(e, want)
	case *syntax.MapLit:
		return c.mapLit(e, want)
	case *syntax.MapComp:
		return c.mapComp(e, want)
	case *syntax.RecordLit:
		return c.recordLit(e, want)
	case *syntax.SetComp:
		return c.setComp(e, want)
	case *syntax.Call:
		return c.call(e, want)
	case *syntax.Index:
		return c.index(e)
	case *syntax.Field:
		return c.field(e, want)
	case *syntax.With:
		return c.with(e, want)
	case *syntax.Old:
		if !c.ctx.old {
			why := "old has a meaning only in the body of an action, in step and in ensures"
			if c.ctx.inOld {
				why = "old inside old: there is one state before the step"
			}
			c.errorf(e.Pos, "%s", why)
			return bad
		}
		defer func(ctx context) { c.ctx = ctx }(c.ctx)
		c.ctx.old, c.ctx.inOld = false, true
		if c.joins != nil {
			c.joins.old = true
		}
		return c.natural(e.X, want)
	}
	return bad
}

func (c *checker) name(e *syntax.Name, want *Type) *Type {
	if e.Name == "none" {
		if want == nil {
			c.errorf(e.Pos, "cannot tell which option type none has here")
			return bad
		}
		if want.Kind != Option {
			c.errorf(e.Pos, "got none, want %s", want)
			return bad
		}
		return want
	}
	os := c.lookup(e.Name)
	if len(os) == 0 && c.staysBehind(e.Pos, e.Name) {
		return bad
	}
	if len(os) == 0 {
		c.errorf(e.Pos, "unknown name %s%s", e.Name, c.suggest(e.Name))
		return bad
	}
	o := os[0]
	if len(os) > 1 {
		o = c.overload(e.Pos, e.Name, os, want)
		if o == nil {
			return bad
		}
	}
	c.info.Uses[e] = o
	switch o.Kind {
	case ConstObject:
		return c.resolveConst(o.Const)
	case TypeObject:
		t := o.Type
		if t == nil {
			t = c.namedType(&syntax.NamedType{Name: e.Name})
		}
		if t.Kind == Bad {
			return bad
		}
		if t.HasInt() {
			c.errorf(e.Pos, "%s has no finite set of values", t)
			return bad
		}
		return SetOf(t)
	case VarObject:
		if c.ctx.noState != "" {
			note(c.errorf(e.Pos, "%s", c.ctx.noState), o.Pos, o.Name+" is a state variable")
			return bad
		}
		if c.curFunc != nil {
			c.readsState[c.curFunc] = true
		}
		if o.Type == nil {
			return bad
		}
		return o.Type
	case MemberObject:
		return o.Type
	case CtorObject:
		if n := len(o.Type.Variants[o.Index].Fields); n > 0 {
			c.errorf(e.Pos, "constructor %s needs %d %s", o.Name, n, plural(n, "argument"))
			return bad
		}
		return o.Type
	case LocalObject:
		return o.Type
	case FuncObject:
		note(c.errorf(e.Pos, "function %s needs its arguments: %s(…)", o.Name, o.Name), o.Pos, "declared here")
		return bad
	default:
		switch e.Name {
		case "bool":
			return SetOf(boolean)
		case "int":
			c.errorf(e.Pos, "int has no finite set of values")
			return bad
		}
		c.errorf(e.Pos, "%s is %s, not a value", o.Name, describe(o))
		return bad
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// overload picks among members and constructors of one name by the type that is wanted.
func (c *checker) overload(pos syntax.Pos, name string, os []*Object, want *Type) *Object {
	var owners []string
	for _, o := range os {
		if want != nil && o.Type == want {
			return o
		}
		owners = append(owners, o.Type.String()+"."+name)
	}
	if want != nil {
		c.errorf(pos, "%s has no %s; there are %s", want, name, strings.Join(owners, ", "))
	} else {
		c.errorf(pos, "cannot tell which %s is meant: write %s", name, strings.Join(owners, " or "))
	}
	return nil
}

func (c *checker) unary(e *syntax.Unary) *Type {
	if e.Op == "not" {
		c.check(e.X, boolean)
		return boolean
	}
	t := c.intOperand(e.X)
	if t.Kind == Bad {
		return bad
	}
	out, _ := Neg(t)
	return out
}

func (c *checker) intOperand(e syntax.Expr) *Type {
	t := c.check(e, nil)
	if t.Kind != Bad && !t.IsInt() {
		c.errorf(e.Position(), "got %s, want an integer", t)
		return bad
	}
	return t
}

func (c *checker) binary(e *syntax.Binary, want *Type) *Type {
	switch e.Op {
	case "and", "or", "implies", "iff":
		c.check(e.X, boolean)
		c.check(e.Y, boolean)
		return boolean
	case "==", "!=":
		c.beside(e.X, e.Y)
		return boolean
	case "<", "<=", ">", ">=":
		x, y := c.intOperand(e.X), c.intOperand(e.Y)
		if x.Kind == Bad || y.Kind == Bad {
			return bad
		}
		return boolean
	case "+", "-", "*", "/", "%":
		x, y := c.intOperand(e.X), c.intOperand(e.Y)
		if x.Kind == Bad || y.Kind == Bad {
			return bad
		}
		op := map[string]func(x, y *Type) (*Type, bool){"+": Add, "-": Sub, "*": Mul, "/": Div, "%": Mod}[e.Op]
		t, _ := op(x, y)
		return t
	case "in":
		c.membership(e)
		return boolean
	case "subset":
		t := c.beside(e.X, e.Y)
		if t.Kind != Bad && t.Kind != Set && t.Kind != Bag {
			c.errorf(e.OpPos, "got %s, want sets or bags", t)
			return bad
		}
		return boolean
	default: // union, intersect, minus
		if c.info.Domains[e] {
			c.info.Domains[e.X], c.info.Domains[e.Y] = true, true
		}
		if want != nil && want.Kind != Set && want.Kind != Bag {
			want = nil
		}
		t := c.pair(e.X, e.Y, want)
		if t.Kind != Bad && t.Kind != Set && t.Kind != Bag {
			c.errorf(e.OpPos, "%s joins sets or bags, got %s", e.Op, t)
			return bad
		}
		if IsInts(t) && !fitsMemory(t) {
			return c.remainder(e, t)
		}
		return t
	}
}

func (c *checker) rangeExpr(e *syntax.Range) *Type {
	lo, hi := c.intOperand(e.Lo), c.intOperand(e.Hi)
	if lo.Kind == Bad || hi.Kind == Bad {
		return bad
	}
	if hi.Hi < lo.Lo {
		return SetOf(IntRange(lo.Lo, lo.Lo)) // always empty
	}
	return SetOf(IntRange(lo.Lo, hi.Hi))
}

func (c *checker) is(e *syntax.Is) *Type {
	t := c.check(e.X, nil)
	if t.Kind == Bad {
		return bad
	}
	if _, ok := constructor(t, e.Ctor.Name); !ok {
		if len(constructors(t)) == 0 {
			c.errorf(e.X.Position(), "got %s, want a union, an option or an enum", t)
		} else {
			c.errorf(e.Ctor.Pos, "%s has no constructor %s%s", t, e.Ctor.Name, c.near(e.Ctor.Name, constructors(t)))
		}
		return bad
	}
	return boolean
}

// constructors lists what a pattern over a type may name, in order.
func constructors(t *Type) []string {
	switch t.Kind {
	case Union:
		var out []string
		for _, v := range t.Variants {
			out = append(out, v.Name)
		}
		return out
	case Option:
		return []string{"none", "some"}
	case Enum:
		return t.Members
	case Bool:
		return []string{"false", "true"}
	}
	return nil
}

// constructor is the number of a constructor: of a union's variant, an enum's member, 0 for none and false, 1 for some
// and true.
func constructor(t *Type, name string) (int, bool) {
	for i, n := range constructors(t) {
		if n == name {
			return i, true
		}
	}
	return 0, false
}

// Constructor is the number of a constructor by its name in a union, an enum, an option or bool.
func Constructor(t *Type, name string) (int, bool) { return constructor(t, name) }

// Payload lists the types of what a constructor carries.
func Payload(t *Type, ctor int) []*Type {
	switch {
	case t.Kind == Union:
		var out []*Type
		for _, f := range t.Variants[ctor].Fields {
			out = append(out, f.Type)
		}
		return out
	case t.Kind == Option && ctor == 1:
		return []*Type{t.Elem}
	}
	return nil
}
