package interp

import (
	"fmt"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// expr evaluates e.
func (ev *evaluation) expr(e *ir.Expr, s scope) Value {
	ev.step(e.Pos)
	ev.depth++
	if ev.depth > maxDepth {
		fail(e.Pos, "evaluation nests deeper than %d", maxDepth)
	}
	var v Value
	switch e.Op {
	case ir.And, ir.Or, ir.Implies, ir.If:
		v = ev.conditional(e, s)
	case ir.Let, ir.Match, ir.Old:
		v = ev.rescoped(e, s)
	case ir.Call:
		v = ev.call(e, s)
	case ir.LoadVar:
		v = s.vars[e.Var]
	case ir.LoadLocal:
		v = s.lookup(e.Local)
	default:
		if e.Binders != nil {
			v = ev.quantifier(e, s)
		} else {
			v = ev.operation(e, ev.all(e.Args, s))
		}
	}
	ev.depth--
	return v
}

func (ev *evaluation) truth(e *ir.Expr, s scope) bool { return ev.expr(e, s).Truth() }

func (ev *evaluation) all(es []*ir.Expr, s scope) []Value {
	var out []Value
	for _, e := range es {
		out = append(out, ev.expr(e, s))
	}
	return out
}

// conditional evaluates what does not evaluate all its arguments.
func (ev *evaluation) conditional(e *ir.Expr, s scope) Value {
	first := ev.truth(e.Args[0], s)
	switch {
	case e.Op == ir.If && !first:
		return ev.expr(e.Args[2], s)
	case e.Op == ir.And && !first:
		return Bool(false)
	case e.Op == ir.Or && first, e.Op == ir.Implies && !first:
		return Bool(true)
	}
	return ev.expr(e.Args[1], s)
}

// rescoped evaluates what gives some of its arguments another scope.
func (ev *evaluation) rescoped(e *ir.Expr, s scope) Value {
	if e.Op == ir.Old {
		s.vars = s.old
		return ev.expr(e.Args[0], s)
	}
	x := ev.expr(e.Args[0], s)
	if e.Op == ir.Let {
		return ev.expr(e.Args[1], s.bind(e.Local, x))
	}
	arm := armOf(e.Arms, x)
	return ev.expr(arm.Body, bindArm(arm, x, s))
}

// operation evaluates a node of evaluated arguments.
func (ev *evaluation) operation(e *ir.Expr, args []Value) Value {
	switch e.Op {
	case ir.Const:
		return Int(e.Int)
	case ir.Narrow, ir.Clip, ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Min, ir.Max, ir.Abs:
		return Int(arithmetic(e, args))
	case ir.Not:
		return Bool(!args[0].Truth())
	case ir.Eq:
		return Bool(Equal(args[0], args[1]))
	case ir.Lt:
		return Bool(args[0].Int < args[1].Int)
	case ir.Le:
		return Bool(args[0].Int <= args[1].Int)
	case ir.IsCtor:
		return Bool(args[0].Int == e.Int)
	case ir.In:
		return Bool(contains(args[1], args[0]))
	case ir.Subset:
		return Bool(subset(args[0], args[1]))
	case ir.Union, ir.Intersect, ir.Minus:
		return combine(e, args[0], args[1])
	case ir.SetAll:
		return Value{Form: Set, Elems: ev.collect(Values(e.Type.Elem), e.Pos)}
	case ir.SetLit:
		return setOf(args)
	case ir.Powerset:
		all := ev.collect(subsets(args[0].Elems), e.Pos)
		return Value{Form: Set, Elems: all}
	case ir.SeqLit:
		if int64(len(args)) > e.Type.Max {
			fail(e.Pos, "append to a full sequence: it holds at most %d", e.Type.Max)
		}
		return Value{Form: Sequence, Elems: args}
	case ir.BagLit:
		return fitting(e, bagOf(args))
	case ir.MapFill:
		keys := ev.collect(Values(e.Type.Key), e.Pos)
		return Value{Form: Mapping, Keys: keys, Elems: slices.Repeat(args, len(keys))}
	case ir.MapLit:
		return ev.mapping(e, slices.Values(args))
	case ir.RecordLit, ir.Key:
		return Value{Form: Product, Elems: args}
	case ir.Ctor:
		return Value{Form: Tagged, Int: e.Int, Elems: args}
	case ir.Field:
		return args[0].Elems[e.Int]
	case ir.Index:
		return args[0].Elems[keyIndex(args[0], args[1])]
	case ir.SeqIndex:
		return args[0].Elems[seqIndex(args[0], args[1], e.Pos)]
	case ir.WithField:
		v := args[0]
		v.Elems = with(v.Elems, int(e.Int), args[1])
		return v
	case ir.WithKey:
		v := args[0]
		v.Elems = with(v.Elems, keyIndex(v, args[1]), args[2])
		return v
	case ir.Value:
		if args[0].Int == 0 {
			fail(e.Pos, "value of none")
		}
		return args[0].Elems[0]
	}
	return collection(e, args)
}

// collect makes a list of values, within the limit.
func (ev *evaluation) collect(vs func(func(Value) bool), pos syntax.Pos) []Value {
	var out []Value
	vs(func(v Value) bool {
		ev.take(keepSteps, pos)
		out = append(out, v)
		return true
	})
	return out
}

var signs = map[ir.Op]string{ir.Neg: "-", ir.Abs: "abs", ir.Add: "+", ir.Sub: "-", ir.Mul: "*", ir.Div: "/"}

// arithmetic is exact: a result that does not fit int64 is a fault.
func arithmetic(e *ir.Expr, args []Value) int64 {
	fits := func(n int64, ok bool) int64 {
		if !ok {
			fail(e.Pos, "overflow: the result of %s is outside the range of int64", signs[e.Op])
		}
		return n
	}
	x, y := args[0].Int, int64(0)
	if len(args) > 1 {
		y = args[1].Int
	}
	switch e.Op {
	case ir.Narrow:
		if x < e.Type.Lo || x > e.Type.Hi {
			bounds := fmt.Sprintf("%d..%d", e.Type.Lo, e.Type.Hi)
			if e.Type.Name != "" {
				bounds = e.Type.Name + " (" + bounds + ")"
			}
			fail(e.Pos, "value %d is outside %s", x, bounds)
		}
		return x
	case ir.Clip:
		return max(e.Type.Lo, min(e.Type.Hi, x))
	case ir.Neg:
		return fits(-x, x != math.MinInt64)
	case ir.Abs:
		if x >= 0 {
			return x
		}
		return fits(-x, x != math.MinInt64)
	case ir.Add:
		return fits(types.AddOK(x, y))
	case ir.Sub:
		return fits(types.SubOK(x, y))
	case ir.Mul:
		return fits(types.MulOK(x, y))
	case ir.Div, ir.Mod:
		if y == 0 {
			fail(e.Pos, "division by zero")
		}
		if e.Op == ir.Mod {
			return types.ModFloor(x, y)
		}
		return fits(types.DivFloor(x, y))
	}
	for _, a := range args[1:] {
		if e.Op == ir.Min {
			x = min(x, a.Int)
		} else {
			x = max(x, a.Int)
		}
	}
	return x
}

// combine is the union, intersection or difference of two sets or bags. A union of bags adds.
func combine(e *ir.Expr, a, b Value) Value {
	keep := map[ir.Op]func(m, n int) int{
		ir.Union:     func(m, n int) int { return max(m, n) },
		ir.Intersect: func(m, n int) int { return min(m, n) },
		ir.Minus:     func(m, n int) int { return max(0, m-n) },
	}[e.Op]
	if e.Op == ir.Union && e.Type.Kind == types.Bag {
		keep = func(m, n int) int { return m + n }
	}
	v := Value{Form: a.Form, Elems: merge(a, b, keep)}
	return fitting(e, v)
}

// fitting is v, or a fault where v is a bag of more elements than its type allows.
func fitting(e *ir.Expr, v Value) Value {
	if v.Form == Multiset && int64(len(v.Elems)) > e.Type.Max {
		fail(e.Pos, "the bag is full: it holds at most %d", e.Type.Max)
	}
	return v
}

// collection evaluates what is asked of a set, a sequence or a bag.
func collection(e *ir.Expr, args []Value) Value {
	x := args[0]
	switch e.Op {
	case ir.Size:
		return Int(int64(len(x.Elems)))
	case ir.Head, ir.Tail:
		if len(x.Elems) == 0 {
			if e.Op == ir.Head {
				fail(e.Pos, "head of an empty sequence")
			}
			fail(e.Pos, "tail of an empty sequence")
		}
		if e.Op == ir.Head {
			return x.Elems[0]
		}
		return Value{Form: Sequence, Elems: x.Elems[1:]}
	case ir.Append:
		if int64(len(x.Elems)) >= e.Type.Max {
			fail(e.Pos, "append to a full sequence: it holds at most %d", e.Type.Max)
		}
		return Value{Form: Sequence, Elems: append(slices.Clone(x.Elems), args[1])}
	case ir.Elems:
		return setOf(x.Elems)
	case ir.Multiplicity:
		return Int(int64(count(x.Elems, args[1])))
	case ir.BagAdd:
		return fitting(e, bagOf(append(slices.Clone(x.Elems), args[1])))
	case ir.BagRemove:
		i, found := find(x.Elems, args[1])
		if !found {
			fail(e.Pos, "remove of an element that is not in the bag")
		}
		return Value{Form: Multiset, Elems: slices.Delete(slices.Clone(x.Elems), i, i+1)}
	}
	panic("interp: operation without a meaning")
}

// keyIndex is the place of a key. Maps have every value of the key's type as a key.
func keyIndex(m, key Value) int {
	i, found := find(m.Keys, key)
	if !found {
		panic("interp: a key is not a value of its type")
	}
	return i
}

func seqIndex(s, index Value, pos syntax.Pos) int {
	switch n := int64(len(s.Elems)); {
	case n == 0:
		fail(pos, "index %d of an empty sequence", index.Int)
	case index.Int < 0 || index.Int >= n:
		fail(pos, "index %d is outside 0..%d", index.Int, n-1)
	}
	return int(index.Int)
}

// armOf is the arm that fits x. The type checker has seen to it that there is one.
func armOf(arms []ir.Arm, x Value) *ir.Arm {
	for i := range arms {
		if arms[i].Ctor == -1 || int64(arms[i].Ctor) == x.Int {
			return &arms[i]
		}
	}
	panic("interp: no arm fits")
}

func bindArm(arm *ir.Arm, x Value, s scope) scope {
	for i, id := range arm.Binds {
		s = s.bind(id, x.Elems[i])
	}
	return s
}

// call evaluates the arguments, then the measure of a recursive function, then its body. A function sees its parameters
// and the state, nothing else of its caller.
func (ev *evaluation) call(e *ir.Expr, s scope) Value {
	fn := &ev.m.Program.Funcs[e.Func]
	args := ev.all(e.Args, s)
	inner := scope{vars: s.vars, old: s.old, calls: s.calls}
	for i, id := range fn.Params {
		inner = inner.bind(id, args[i])
	}
	if fn.Decreases != nil {
		measure := ev.expr(fn.Decreases, inner).Int
		if measure < 0 {
			fail(e.Pos, "decreases is negative: %d", measure)
		}
		for c := s.calls; c != nil; c = c.outer {
			if c.fn == e.Func {
				if measure >= c.measure {
					fail(e.Pos, "decreases did not fall: from %d to %d", c.measure, measure)
				}
				break
			}
		}
		inner.calls = &activation{e.Func, measure, s.calls}
	}
	return ev.expr(fn.Body, inner)
}
