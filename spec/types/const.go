package types

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/spec/syntax"
)

// resolveConst types a constant and, where its value is an integer, a truth value or a member that needs no function to
// work out, computes it.
func (c *checker) resolveConst(k *Const) *Type {
	o := k.Object
	switch c.state[o] {
	case resolved:
		return o.Type
	case resolving:
		pos := o.Pos
		if k.Value != c.constDecls[o].Value { // it is given from elsewhere
			pos = k.Value.Position()
		}
		c.errorf(pos, "constant %s is defined by itself", o.Name)
		o.Type = bad
		c.state[o] = resolved
		return bad
	}
	c.state[o] = resolving
	defer c.enter(context{noState: "a constant cannot read the state", byNumber: true})()
	savedLocals := c.locals
	c.locals = nil
	defer func() { c.locals = savedLocals }()

	var want, kind *Type
	d := c.constDecls[o]
	switch {
	case d != nil && d.Type != nil:
		want = c.typeExpr(d.Type)
	case d != nil && d.Value != k.Value: // replaced by a value of the same kind
		switch want = c.check(d.Value, nil); want.Kind {
		case Int, Range:
			want = integer
		case Set, Seq, Bag: // how much it holds may differ
			if kind = want; !isEmpty(k.Value) {
				want = nil
			}
		}
	}
	t := c.check(k.Value, want)
	if kind != nil && t.Kind != Bad && t.Kind != kind.Kind {
		c.mismatch(k.Value, t, kind)
		t = bad
	}
	if c.state[o] == resolved { // it turned out to be defined by itself
		return o.Type
	}
	if t.Kind != Bad {
		errs := len(c.errs)
		v, ok := c.evalConst(k.Value)
		switch {
		case len(c.errs) > errs:
			t = bad
		case ok:
			k.Scalar, k.Int = true, v
			if t.IsInt() {
				if want != nil && want.IsInt() && (v < want.Lo || v > want.Hi) {
					c.errorf(k.Value.Position(), "%s is %d, want %s", o.Name, v, rangeText(want))
				}
				t = IntRange(v, v)
			}
		}
	}
	o.Type = t
	c.state[o] = resolved
	return t
}

// constInt is the value of an expression that a type depends on.
func (c *checker) constInt(e syntax.Expr, what string) (int64, bool) {
	leave := c.enter(context{noState: what + " cannot read the state"})
	savedLocals := c.locals
	c.locals = nil
	t := c.check(e, nil)
	c.locals = savedLocals
	leave()
	if t.Kind == Bad {
		return 0, false
	}
	if !t.IsInt() {
		c.errorf(e.Position(), "%s is %s, want an integer", what, t)
		return 0, false
	}
	errs := len(c.errs)
	v, ok := c.evalConst(e)
	if !ok && len(c.errs) == errs {
		c.errorf(e.Position(), "%s must be made of integers and constants by + - * / %%, min, max, abs and if", what)
	}
	return v, ok
}

// evalConst computes a typed expression of integers, truth values, members and constants; false where it is made of
// anything else or has no value.
func (c *checker) evalConst(e syntax.Expr) (int64, bool) {
	switch e := e.(type) {
	case *syntax.IntLit:
		return e.Value, true
	case *syntax.BoolLit:
		return b2i(e.Value), true
	case *syntax.Paren:
		return c.evalConst(e.X)
	case *syntax.Name, *syntax.Field:
		o := c.info.Uses[e]
		if o == nil {
			return 0, false
		}
		switch o.Kind {
		case ConstObject:
			return o.Const.Int, o.Const.Scalar
		case MemberObject:
			return int64(o.Index), true
		}
	case *syntax.Unary:
		x, ok := c.evalConst(e.X)
		if !ok {
			return 0, false
		}
		if e.Op == "not" {
			return 1 - x, true
		}
		return SubOK(0, x)
	case *syntax.If:
		cond, ok := c.evalConst(e.Cond)
		if !ok {
			return 0, false
		}
		if cond != 0 {
			return c.evalConst(e.Then)
		}
		return c.evalConst(e.Else)
	case *syntax.Call:
		return c.evalConstCall(e)
	case *syntax.Binary:
		return c.evalConstBinary(e)
	}
	return 0, false
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (c *checker) evalConstCall(e *syntax.Call) (int64, bool) {
	o := c.info.Uses[e]
	if o == nil || o.Kind != BuiltinObject || len(e.Args) == 0 {
		return 0, false
	}
	var vs []int64
	for _, a := range e.Args {
		t := c.info.Types[a.Value]
		v, ok := c.evalConst(a.Value)
		if !ok || t == nil || !t.IsInt() {
			return 0, false
		}
		vs = append(vs, v)
	}
	out := vs[0]
	switch o.Name {
	case "min":
		for _, v := range vs[1:] {
			out = min(out, v)
		}
	case "max":
		for _, v := range vs[1:] {
			out = max(out, v)
		}
	case "abs":
		if out < 0 {
			return SubOK(0, out)
		}
	default:
		return 0, false
	}
	return out, true
}

func (c *checker) evalConstBinary(e *syntax.Binary) (int64, bool) {
	t := c.info.Types[e.X]
	if t == nil || !t.IsInt() && t.Kind != Bool && t.Kind != Enum {
		return 0, false
	}
	x, ok := c.evalConst(e.X)
	if !ok {
		return 0, false
	}
	switch { // the right side may have no value then
	case e.Op == "and" && x == 0:
		return 0, true
	case e.Op == "or" && x == 1, e.Op == "implies" && x == 0:
		return 1, true
	}
	y, ok := c.evalConst(e.Y)
	if !ok {
		return 0, false
	}
	switch e.Op {
	case "+":
		return c.fits(e, x, y, AddOK)
	case "-":
		return c.fits(e, x, y, SubOK)
	case "*":
		return c.fits(e, x, y, MulOK)
	case "/", "%":
		if y == 0 {
			c.errorf(e.OpPos, "division by zero")
			return 0, false
		}
		if e.Op == "/" {
			return c.fits(e, x, y, DivFloor)
		}
		return ModFloor(x, y), true
	case "and", "or", "implies":
		return y, true
	case "iff", "==":
		return b2i(x == y), true
	case "!=":
		return b2i(x != y), true
	case "<":
		return b2i(x < y), true
	case "<=":
		return b2i(x <= y), true
	case ">":
		return b2i(x > y), true
	case ">=":
		return b2i(x >= y), true
	}
	return 0, false
}

// fits computes a constant; a result that no int64 holds is an error.
func (c *checker) fits(e *syntax.Binary, x, y int64, op func(a, b int64) (int64, bool)) (int64, bool) {
	v, ok := op(x, y)
	if !ok {
		c.errorf(e.OpPos, "overflow: %d %s %d is outside the range of int64", x, e.Op, y)
	}
	return v, ok
}

func (c *checker) enter(ctx context) func() {
	saved := c.ctx
	c.ctx = ctx
	return func() { c.ctx = saved }
}

// lookup finds what a name stands for; several objects are members or constructors of different types.
func (c *checker) lookup(name string) []*Object {
	for i := len(c.locals) - 1; i >= 0; i-- {
		if c.locals[i].Name == name {
			return c.locals[i : i+1]
		}
	}
	return c.globals[name]
}

// bind declares a local name until the caller resets c.locals.
func (c *checker) bind(name *syntax.Ident, t *Type) *Object {
	o := &Object{Kind: LocalObject, Name: name.Name, Pos: name.Pos, Type: t}
	if name.Name != "_" {
		c.checkFresh(name)
		c.locals = append(c.locals, o)
	}
	c.info.Defs[name] = o
	return o
}

// checkFresh reports a name that would hide another.
func (c *checker) checkFresh(name *syntax.Ident) {
	if os := c.lookup(name.Name); len(os) > 0 {
		if os[0].Kind == BuiltinObject {
			c.errorf(name.Pos, "%s is the name of a built-in", name.Name)
			return
		}
		if c.opt.Parts[name.Pos.Filename] && os[0].Kind != LocalObject {
			return // nor what is in a part
		}
		if model := c.info.Files[0].Pos.Filename; name.Pos.Filename != model && os[0].Pos.Filename == model {
			return // what is imported need not know the model
		}
		note(c.errorf(name.Pos, "%s hides another %s; choose a different name", name.Name, name.Name), os[0].Pos, "the other is declared here")
	}
}

func describe(o *Object) string {
	switch o.Kind {
	case ConstObject:
		return "a constant"
	case TypeObject:
		return "a type"
	case VarObject:
		return "a state variable"
	case FuncObject:
		return "a function"
	case MemberObject:
		return fmt.Sprintf("a member of %s", o.Type)
	case CtorObject:
		return fmt.Sprintf("a constructor of %s", o.Type)
	case BuiltinObject:
		return "a built-in"
	default:
		return "a local name"
	}
}
