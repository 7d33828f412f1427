package tla

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// env is what free names stand for: the text of every variable, now and before the step, and of every local.
type env struct {
	vars, old []text
	locals    *local
	names     *scope
}

type local struct {
	id    ir.LocalID
	to    text
	outer *local
}

type scope struct {
	name  string
	outer *scope
}

func (n env) bind(id ir.LocalID, to text) env {
	if id >= 0 {
		n.locals = &local{id, to, n.locals}
	}
	return n
}

func (n env) lookup(id ir.LocalID) text {
	for l := n.locals; l != nil; l = l.outer {
		if l.id == id {
			return l.to
		}
	}
	panic("tla: a local has no value")
}

// declare gives a local a name that nothing around it has: TLA+ lets no name hide another. Where texts are put into others, no
// name of a definition is used again.
func (g *exporter) declare(id ir.LocalID, n env) (string, env) {
	name := g.unused(clean(g.p.Locals[id].Name), &n)
	return name, n.bind(id, atom(name))
}

// unused is a name for a scope that some texts, which are written already, are put into.
func (g *exporter) unused(base string, n *env, inside ...text) string {
	k := 0
	if g.unique {
		k = g.tried[base]
	}
	for ; ; k++ {
		out := base
		if k > 0 {
			out += "_" + strconv.Itoa(k)
		}
		hidden := g.taken[out] || keywords[out] || g.unique && g.used[out]
		for _, t := range inside {
			hidden = hidden || count(t.s, out) > 0
		}
		for s := n.names; s != nil && !hidden; s = s.outer {
			hidden = s.name == out
		}
		if !hidden {
			n.names = &scope{out, n.names}
			g.used[out] = true
			g.tried[base] = k
			return out
		}
	}
}

// eval writes an expression: its value, and the condition under which it has one.
func (g *exporter) eval(e *ir.Expr, n env) (x, ok text) {
	outer := g.pos
	if e.Pos.Line > 0 {
		g.pos = e.Pos
	}
	defer func() { g.pos = outer }()
	if name, known := g.consts[e]; known {
		return atom(name), truth(true)
	}
	switch e.Op {
	case ir.LoadVar:
		return n.vars[e.Var], truth(true)
	case ir.LoadLocal:
		return n.lookup(e.Local), truth(true)
	case ir.Old:
		n.vars = n.old
		return g.eval(e.Args[0], n)
	case ir.And, ir.Or, ir.Implies, ir.If:
		return g.conditional(e, n)
	case ir.Let:
		to, okTo := g.eval(e.Args[0], n)
		if to.op == "" && len(to.s) < 40 && !strings.Contains(to.s, "\\in") {
			body, okBody := g.eval(e.Args[1], n.bind(e.Local, to))
			return body, both(okTo, okBody)
		}
		name, in := g.declare(e.Local, n)
		body, okBody := g.eval(e.Args[1], in)
		if !okBody.yes() && !okBody.no() {
			okBody = text{"LET " + name + " == " + to.s + " IN " + okBody.s, open}
		}
		return text{"LET " + name + " == " + to.s + " IN " + body.s, open}, g.sized(both(okTo, okBody))
	case ir.Match:
		return g.match(e, n)
	case ir.Call:
		return g.call(e, n)
	}
	if e.Binders != nil {
		return g.quantifier(e, n)
	}
	ok = truth(true)
	args := make([]text, len(e.Args))
	for i, a := range e.Args {
		v, okArg := g.eval(a, n)
		args[i], ok = v, both(ok, okArg)
	}
	x, okHere := g.operation(e, args, n)
	return g.sized(x), g.sized(both(ok, okHere))
}

// sized refuses a text that nobody would read.
func (g *exporter) sized(t text) text {
	if len(t.s) > maxText {
		g.refuse("an expression of more than 64 KiB once it is written out")
	}
	return t
}

func (g *exporter) conditional(e *ir.Expr, n env) (x, ok text) {
	c, okC := g.eval(e.Args[0], n)
	a, okA := g.eval(e.Args[1], n)
	switch e.Op {
	case ir.And:
		return both(c, a), both(okC, implies(c, okA))
	case ir.Or:
		return either(c, a), both(okC, either(c, okA))
	case ir.Implies:
		return implies(c, a), both(okC, implies(c, okA))
	}
	b, okB := g.eval(e.Args[2], n)
	okArms := ifText(c, okA, okB)
	switch {
	case okA.yes() && !okB.yes():
		okArms = either(c, okB)
	case okB.yes() && !okA.yes():
		okArms = implies(c, okA)
	}
	return ifText(c, a, b), both(okC, okArms)
}

// isMade tells whether a value is made by constructor i.
func isMade(t *types.Type, x text, i int) text {
	switch t.Kind {
	case types.Option:
		if i == 0 {
			return infix("=", x, atom("<<>>"))
		}
		return infix("#", x, atom("<<>>"))
	case types.Union:
		return infix("=", atom(x.applied()+".is"), quoted(t.Variants[i].Name))
	case types.Bool:
		if i == 0 {
			return not(x)
		}
		return x
	}
	return infix("=", x, quoted(t.Members[i]))
}

func quoted(s string) text { return atom(strconv.Quote(s)) }

// carried is what constructor c carries at place i.
func carried(t *types.Type, x text, c, i int) text {
	if t.Kind == types.Option {
		return atom(x.applied() + "[1]")
	}
	return atom(x.applied() + "." + unionField(t, c, i))
}

// unionField is the name of a field of a union. Where another constructor has it with another type, it is told apart: TLC does
// not compare a number with a string.
func unionField(t *types.Type, c, i int) string {
	f := t.Variants[c].Fields[i]
	for _, v := range t.Variants {
		for _, other := range v.Fields {
			if other.Name == f.Name && !types.Identical(other.Type, f.Type) {
				return field(f.Name + "_" + t.Variants[c].Name)
			}
		}
	}
	return field(f.Name)
}

func (g *exporter) bindArm(a *ir.Arm, t *types.Type, x text, n env) env {
	for i, id := range a.Binds {
		if id >= 0 {
			n = n.bind(id, carried(t, x, a.Ctor, i))
		}
	}
	return n
}

func (g *exporter) match(e *ir.Expr, n env) (x, ok text) {
	t := e.Args[0].Type
	m, okM := g.eval(e.Args[0], n)
	name, to := "", m
	if strings.Contains(m.s, "\\in") || m.op == open {
		name = g.unused("matched", &n)
		m = atom(name)
	}
	okArms := truth(true)
	for i, a := range slices.Backward(e.Arms) {
		v, okV := g.eval(a.Body, g.bindArm(&e.Arms[i], t, m, n))
		if i == len(e.Arms)-1 {
			x, okArms = v, okV
			continue
		}
		is := isMade(t, m, max(a.Ctor, 0))
		x, okArms = ifText(is, v, x), ifText(is, okV, okArms)
	}
	if name != "" {
		x = text{"LET " + name + " == " + to.s + " IN " + x.s, open}
		if !okArms.yes() {
			okArms = text{"LET " + name + " == " + to.s + " IN " + okArms.s, open}
		}
	}
	return g.sized(x), g.sized(both(okM, okArms))
}

// call applies the operator that a function is, or, where the state is not the one at hand, puts its body here.
func (g *exporter) call(e *ir.Expr, n env) (x, ok text) {
	f := &g.p.Funcs[e.Func]
	ok = truth(true)
	args := make([]text, len(e.Args))
	for i, a := range e.Args {
		v, okArg := g.eval(a, n)
		args[i], ok = v, both(ok, okArg)
	}
	if g.atHand(e.Func, n) {
		x = call(g.funcs[e.Func], args...)
		if g.partial[e.Func] {
			ok = both(ok, call(g.funcs[e.Func]+"_Defined", args...))
		}
		if f.Decreases != nil && g.within == e.Func { // of a call in its own body
			inner := env{vars: n.vars, old: n.old, names: n.names}
			for i, id := range f.Params {
				inner = inner.bind(id, parenthesised(args[i]))
			}
			m, okM := g.eval(f.Decreases, inner)
			outer, _ := g.eval(f.Decreases, g.measured)
			ok = both(both(ok, okM), both(infix("<=", number(0), m), infix("<", m, outer)))
		}
		return x, ok
	}
	if f.Decreases != nil {
		g.refuse("a call of " + f.Name + ", which calls itself and reads a state that changes here")
	}
	inner := env{vars: n.vars, old: n.old, names: n.names}
	for i, id := range f.Params {
		inner = inner.bind(id, parenthesised(args[i]))
	}
	x, okBody := g.eval(f.Body, inner)
	return g.sized(x), g.sized(both(ok, okBody))
}

func parenthesised(t text) text {
	if t.op == "" {
		return t
	}
	return atom(t.paren())
}

// atHand tells whether all that a function reads is what the variables are.
func (g *exporter) atHand(f ir.FuncID, n env) bool {
	if n.vars == nil {
		return true
	}
	for v := range g.reads[f] {
		if n.vars[v].s != g.vars[v] {
			return false
		}
	}
	return true
}

func (g *exporter) operation(e *ir.Expr, args []text, n env) (x, ok text) {
	fine := truth(true)
	switch e.Op {
	case ir.Const:
		return constant(e.Type, e.Int), fine
	case ir.Narrow:
		if types.Within(e.Args[0].Type, e.Type) {
			return args[0], fine
		}
		if c := e.Args[0]; c.Op == ir.Const && c.Int >= e.Type.Lo && c.Int <= e.Type.Hi {
			return args[0], fine
		}
		return args[0], infix("\\in", args[0], interval(e.Type))
	case ir.Clip:
		lo, hi := number(e.Type.Lo), number(e.Type.Hi)
		return ifText(infix("<", args[0], lo), lo, ifText(infix(">", args[0], hi), hi, args[0])), fine
	case ir.Not:
		return not(args[0]), fine
	case ir.Neg:
		return text{"-" + args[0].beside("-."), "-."}, fine
	case ir.Add:
		return infix("+", args[0], args[1]), fine
	case ir.Sub:
		return infix("-", args[0], args[1]), fine
	case ir.Mul:
		return infix("*", args[0], args[1]), fine
	case ir.Div, ir.Mod:
		return g.divided(e, args)
	case ir.Eq:
		if e.Args[0].Type.Kind == types.Bool && e.Form != ir.Equals {
			return infix("<=>", args[0], args[1]), fine
		}
		return infix("=", args[0], args[1]), fine
	case ir.Lt:
		return infix("<", args[0], args[1]), fine
	case ir.Le:
		return infix("<=", args[0], args[1]), fine
	case ir.Min, ir.Max:
		return g.extreme(e.Op == ir.Min, atom("{"+list(args)+"}")), fine
	case ir.Abs:
		return ifText(infix("<", args[0], number(0)), text{"-" + args[0].beside("-."), "-."}, args[0]), fine
	case ir.IsCtor:
		return isMade(e.Args[0].Type, args[0], int(e.Int)), fine
	case ir.RecordLit:
		var parts []text
		for i, f := range e.Type.Fields {
			parts = append(parts, atom(field(f.Name)+" |-> "+args[i].s))
		}
		return atom("[" + list(parts) + "]"), fine
	case ir.Key:
		return atom("<<" + list(args) + ">>"), fine
	case ir.Ctor:
		return constructed(e.Type, int(e.Int), args), fine
	case ir.Field:
		return atom(args[0].applied() + "." + field(e.Args[0].Type.Fields[e.Int].Name)), fine
	case ir.Value:
		return atom(args[0].applied() + "[1]"), infix("#", args[0], atom("<<>>"))
	case ir.Index:
		return atom(args[0].applied() + "[" + args[1].s + "]"), fine
	case ir.WithField:
		return atom("[" + args[0].s + " EXCEPT !." + field(e.Type.Fields[e.Int].Name) + " = " + args[1].s + "]"), fine
	case ir.WithKey:
		return atom("[" + args[0].s + " EXCEPT ![" + args[1].s + "] = " + args[2].s + "]"), fine
	case ir.MapFill:
		return function(g.unused("k", &n, args...), g.typeText(e.Type.Key), args[0]), fine
	case ir.MapLit:
		return g.mapLit(e, args, n)
	}
	return g.collection(e, args, n)
}

func constant(t *types.Type, k int64) text {
	switch t.Kind {
	case types.Bool:
		return truth(k != 0)
	case types.Enum:
		return quoted(t.Members[k])
	case types.Symmetric:
		return number(t.Lo + k)
	}
	return number(k)
}

func constructed(t *types.Type, i int, args []text) text {
	switch t.Kind {
	case types.Option:
		return atom("<<" + list(args) + ">>")
	case types.Union:
		s := "[is |-> " + strconv.Quote(t.Variants[i].Name)
		for k, a := range args {
			s += ", " + unionField(t, i, k) + " |-> " + a.s
		}
		return atom(s + "]")
	}
	return constant(t, int64(i))
}

func interval(t *types.Type) text { return infix("..", number(t.Lo), number(t.Hi)) }

// divided rounds toward minus infinity and gives the remainder the sign of the divisor. The operators of TLA+ have a meaning
// for positive divisors.
func (g *exporter) divided(e *ir.Expr, args []text) (x, ok text) {
	a, b := args[0], args[1]
	t := e.Args[1].Type
	op, ok := "\\div", truth(true)
	if t.Lo <= 0 && t.Hi >= 0 {
		ok = infix("#", b, number(0))
	}
	minus := func(t text) text { return text{"-" + t.beside("-."), "-."} }
	negative := infix(op, minus(a), minus(b))
	if e.Op == ir.Mod {
		op = "%"
		negative = minus(infix(op, minus(a), minus(b)))
	}
	positive := infix(op, a, b)
	switch {
	case t.Lo >= 0:
		return positive, ok
	case t.Hi <= 0:
		return negative, ok
	}
	return ifText(infix(">", b, number(0)), positive, negative), ok
}

func (g *exporter) extreme(least bool, set text) text {
	if least {
		g.helpers["MinOf"] = true
		return call("MinOf", set)
	}
	g.helpers["MaxOf"] = true
	return call("MaxOf", set)
}

func (g *exporter) sum(function, set text) text {
	g.helpers["SumOf"] = true
	return call("SumOf", function, set)
}

func (g *exporter) mapLit(e *ir.Expr, args []text, n env) (x, ok text) {
	key := g.unused("k", &n, args...)
	var ks []text
	for i := 0; i < len(args); i += 2 {
		ks = append(ks, args[i])
		if i == 0 {
			x = args[1]
			continue
		}
		x = ifText(infix("=", atom(key), args[i]), args[i+1], x)
	}
	set := g.typeText(e.Type.Key)
	given := infix("\\subseteq", set, atom("{"+list(ks)+"}"))
	if constants(e.Args) && uint64(len(slices.Compact(ks))) == e.Type.Key.Card() && distinct(ks) {
		given = truth(true)
	}
	return function(key, set, x), given
}

func constants(args []*ir.Expr) bool {
	for i := 0; i < len(args); i += 2 {
		if args[i].Op != ir.Const {
			return false
		}
	}
	return true
}

func distinct(ts []text) bool {
	seen := map[string]bool{}
	for _, t := range ts {
		if seen[t.s] {
			return false
		}
		seen[t.s] = true
	}
	return true
}

func (g *exporter) size(t *types.Type, x text) text {
	switch t.Kind {
	case types.Seq:
		return call("Len", x)
	case types.Bag:
		return g.sum(x, g.typeText(t.Elem))
	}
	return call("Cardinality", x)
}

// elements is what a set, a sequence or a bag is made of, as a set.
func (g *exporter) elements(t *types.Type, x text, n *env) text {
	switch t.Kind {
	case types.Seq:
		i := g.unused("i", n, x)
		return atom("{" + x.applied() + "[" + i + "] : " + i + " \\in " + prefix("DOMAIN", x).s + "}")
	case types.Bag:
		b := g.unused("b", n, x)
		return filter(b, prefix("DOMAIN", x), infix(">", atom(x.applied()+"["+b+"]"), number(0)))
	}
	return x
}

// times is how often a bag has an element, which need not be one of its type.
func (g *exporter) times(bag *types.Type, x, b text, of *types.Type) text {
	n := atom(b.applied() + "[" + x.s + "]")
	if bag.Elem.IsInt() && !types.Within(of, bag.Elem) {
		return ifText(infix("\\in", x, interval(bag.Elem)), n, number(0))
	}
	return n
}

func (g *exporter) collection(e *ir.Expr, args []text, n env) (x, ok text) {
	fine := truth(true)
	switch e.Op {
	case ir.Size:
		return g.size(e.Args[0].Type, args[0]), fine
	case ir.In:
		t := e.Args[1].Type
		if t.Kind == types.Bag {
			return infix(">", g.times(t, args[0], args[1], e.Args[0].Type), number(0)), fine
		}
		return infix("\\in", args[0], g.elements(t, args[1], &n)), fine
	case ir.Multiplicity:
		return g.times(e.Args[0].Type, args[1], args[0], e.Args[1].Type), fine
	case ir.SetAll:
		return g.typeText(e.Type.Elem), fine
	case ir.SetLit:
		return atom("{" + list(args) + "}"), fine
	case ir.Elems:
		return g.elements(e.Args[0].Type, args[0], &n), fine
	case ir.Powerset:
		return prefix("SUBSET", args[0]), fine
	case ir.Subset, ir.Union, ir.Intersect, ir.Minus:
		if e.Args[0].Type.Kind == types.Bag {
			return g.bags(e, args, &n)
		}
		op := map[ir.Op]string{ir.Subset: "\\subseteq", ir.Union: "\\cup", ir.Intersect: "\\cap", ir.Minus: "\\"}[e.Op]
		return infix(op, args[0], args[1]), fine
	case ir.BagLit:
		v := g.unused("b", &n, args...)
		m := number(0)
		for _, a := range args {
			one := ifText(infix("=", atom(v), a), number(1), number(0))
			if m.s == "0" {
				m = one
			} else {
				m = infix("+", m, one)
			}
		}
		return function(v, g.typeText(e.Type.Elem), m), truth(int64(len(args)) <= e.Type.Max)
	case ir.BagAdd:
		return atom("[" + args[0].s + " EXCEPT ![" + args[1].s + "] = @ + 1]"), infix("<", g.sum(args[0], g.typeText(e.Type.Elem)), number(e.Type.Max))
	case ir.BagRemove:
		return atom("[" + args[0].s + " EXCEPT ![" + args[1].s + "] = @ - 1]"), infix(">", atom(args[0].applied()+"["+args[1].s+"]"), number(0))
	case ir.SeqLit:
		return atom("<<" + list(args) + ">>"), truth(int64(len(args)) <= e.Type.Max)
	case ir.Head:
		return call("Head", args[0]), infix("#", args[0], atom("<<>>"))
	case ir.Tail:
		return call("Tail", args[0]), infix("#", args[0], atom("<<>>"))
	case ir.Append:
		return call("Append", args...), infix("<", call("Len", args[0]), number(e.Type.Max))
	case ir.SeqIndex:
		return atom(args[0].applied() + "[" + plusOne(args[1]).s + "]"), inside(e.Args[1].Type, args[1], args[0])
	}
	panic(fmt.Sprintf("tla: operation %d without a meaning", e.Op))
}

// inside says that a sequence, which the language counts from 0, has an index.
func inside(t *types.Type, i, q text) text {
	ok := infix("<", i, call("Len", q))
	if t.Lo < 0 {
		ok = both(infix("<=", number(0), i), ok)
	}
	return ok
}

func plusOne(i text) text {
	if k, err := strconv.ParseInt(i.s, 10, 32); err == nil {
		return number(k + 1)
	}
	return infix("+", i, number(1))
}

// bags is an operation on two bags, element by element.
func (g *exporter) bags(e *ir.Expr, args []text, n *env) (x, ok text) {
	v := g.unused("b", n, args...)
	set := g.typeText(e.Args[0].Type.Elem)
	p, q := atom(args[0].applied()+"["+v+"]"), atom(args[1].applied()+"["+v+"]")
	switch e.Op {
	case ir.Subset:
		return all("\\A", v, set, infix("<=", p, q)), truth(true)
	case ir.Union:
		x = function(v, set, infix("+", p, q))
	case ir.Intersect:
		x = function(v, set, ifText(infix("<", p, q), p, q))
	default:
		x = function(v, set, ifText(infix("<", p, q), number(0), infix("-", p, q)))
	}
	if e.Op == ir.Union {
		return x, infix("<=", g.sum(x, set), number(e.Type.Max))
	}
	return x, truth(true)
}
