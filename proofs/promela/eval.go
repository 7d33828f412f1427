package promela

import (
	"slices"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// env is what the free names of an expression stand for.
type env struct {
	vars, old []value
	locals    *local
	calls     *activation
}

type local struct {
	id    ir.LocalID
	v     value
	outer *local
}

// activation is a call of a recursive function that is being written out, and its measure.
type activation struct {
	fn      ir.FuncID
	measure int64
	outer   *activation
}

func (n env) bind(id ir.LocalID, v value) env {
	if id >= 0 {
		n.locals = &local{id, v, n.locals}
	}
	return n
}

func (n env) lookup(id ir.LocalID) value {
	for l := n.locals; l != nil; l = l.outer {
		if l.id == id {
			return l.v
		}
	}
	panic("promela: a local has no value")
}

// eval writes an expression out. It has a value where ok is true, and nothing is said of the value elsewhere.
func (g *exporter) eval(e *ir.Expr, n env) (v value, ok ex) {
	outer := g.pos
	if e.Pos.Line > 0 {
		g.pos = e.Pos
	}
	defer func() { g.pos = outer }()
	if g.work++; g.work > maxWork {
		refuse(g.pos, "too much to write out: the model is too large for Promela as it is")
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
		x, ok := g.eval(e.Args[0], n)
		v, ok2 := g.eval(e.Args[1], n.bind(e.Local, x))
		return v, and(ok, ok2)
	case ir.Match:
		return g.match(e, n)
	case ir.Call:
		return g.call(e, n)
	}
	if e.Binders != nil {
		return g.quantifier(e, n)
	}
	args := make([]value, len(e.Args))
	ok = truth(true)
	for i, a := range e.Args {
		x, okArg := g.eval(a, n)
		args[i], ok = x, and(ok, okArg)
	}
	v, ok2 := g.operation(e, args)
	if isScalar(v.t) {
		v.x = checked(g.pos, v.x)
	}
	return v, checked(g.pos, and(ok, ok2))
}

func (g *exporter) conditional(e *ir.Expr, n env) (value, ex) {
	c, ok := g.eval(e.Args[0], n)
	switch {
	case e.Op == ir.If && c.x.yes():
		v, okThen := g.eval(e.Args[1], n)
		return v, and(ok, okThen)
	case e.Op == ir.If && c.x.no():
		v, okElse := g.eval(e.Args[2], n)
		return v, and(ok, okElse)
	case e.Op == ir.And && c.x.no():
		return scalar(e.Type, truth(false)), ok
	case e.Op == ir.Or && c.x.yes(), e.Op == ir.Implies && c.x.no():
		return scalar(e.Type, truth(true)), ok
	}
	a, okA := g.eval(e.Args[1], n)
	v := scalar(e.Type, ex{})
	switch e.Op {
	case ir.And:
		v.x, ok = and(c.x, a.x), and(ok, implies(c.x, okA))
	case ir.Or:
		v.x, ok = or(c.x, a.x), and(ok, or(c.x, okA))
	case ir.Implies:
		v.x, ok = implies(c.x, a.x), and(ok, implies(c.x, okA))
	default:
		b, okB := g.eval(e.Args[2], n)
		return g.choose(c.x, g.as(e.Type, a), g.as(e.Type, b)), and(ok, and(implies(c.x, okA), or(c.x, okB)))
	}
	v.x = checked(g.pos, v.x)
	return v, checked(g.pos, ok)
}

// as is a set of integers as one of another interval that contains its elements, and anything else as it is.
func (g *exporter) as(t *types.Type, v value) value {
	if t.Kind != types.Set || types.Identical(t, v.t) {
		return v
	}
	out := value{t: t}
	for _, e := range g.all(t.Elem) {
		out.parts = append(out.parts, scalar(types.BoolType(), g.has(v, e)))
	}
	return out
}

func (g *exporter) match(e *ir.Expr, n env) (value, ex) {
	x, ok := g.eval(e.Args[0], n)
	var out value
	okArms := truth(true)
	for i, a := range slices.Backward(e.Arms) {
		is := truth(true)
		if a.Ctor >= 0 {
			is = g.isMade(x, a.Ctor)
		}
		if is.no() {
			continue
		}
		v, okArm := g.eval(a.Body, g.bindArm(&e.Arms[i], x, n))
		v = g.as(e.Type, v)
		if out.t == nil {
			out, okArms = v, okArm
			continue
		}
		out, okArms = g.choose(is, v, out), mux(is, okArm, okArms)
	}
	return out, checked(g.pos, and(ok, okArms))
}

func (g *exporter) bindArm(a *ir.Arm, x value, n env) env {
	for i, id := range a.Binds {
		if id >= 0 {
			n = n.bind(id, g.part(x, g.carried(x.t, a.Ctor)+i))
		}
	}
	return n
}

// call writes the body of a function in the place of a call. One that calls itself ends where its measure is known.
func (g *exporter) call(e *ir.Expr, n env) (value, ex) {
	f := &g.p.Funcs[e.Func]
	inner := env{vars: n.vars, old: n.old, calls: n.calls}
	ok := truth(true)
	for i, a := range e.Args {
		x, okArg := g.eval(a, n)
		inner, ok = inner.bind(f.Params[i], x), and(ok, okArg)
	}
	if f.Decreases != nil {
		m, okM := g.eval(f.Decreases, inner)
		if !m.x.known() {
			refuse(e.Pos, "a call of "+f.Name+", which calls itself, with a measure that depends on the state")
		}
		ok = and(ok, okM)
		for c := n.calls; c != nil; c = c.outer {
			if c.fn == e.Func {
				ok = and(ok, truth(m.x.lo < c.measure))
				break
			}
		}
		if ok = and(ok, truth(m.x.lo >= 0)); ok.no() {
			return g.zero(e.Type), ok
		}
		inner.calls = &activation{e.Func, m.x.lo, n.calls}
	}
	v, okBody := g.eval(f.Body, inner)
	return v, and(ok, okBody)
}

// operation is a node of arguments that are written out.
func (g *exporter) operation(e *ir.Expr, args []value) (value, ex) {
	fine := truth(true)
	one := func(x ex) (value, ex) { return scalar(e.Type, x), fine }
	switch e.Op {
	case ir.Const:
		k := e.Int
		if e.Type.Kind == types.Symmetric {
			k += e.Type.Lo
		}
		return one(checked(e.Pos, g.constant(e.Type, k)))
	case ir.Narrow:
		x := args[0].x
		ok := within(x, e.Type.Lo, e.Type.Hi)
		if !ok.no() && !x.known() {
			x.lo, x.hi = max(x.lo, e.Type.Lo), min(x.hi, e.Type.Hi)
			if x.lo == x.hi {
				x = num(x.lo)
			}
		}
		if ok.no() {
			x = num(e.Type.Lo)
		}
		return scalar(e.Type, x), ok
	case ir.Clip:
		x := args[0].x
		lo, hi := num(e.Type.Lo), num(e.Type.Hi)
		return one(mux(lt(x, lo), lo, mux(lt(hi, x), hi, x)))
	case ir.Not:
		return one(not(args[0].x))
	case ir.Neg:
		return one(neg(args[0].x))
	case ir.Add:
		return one(add(args[0].x, args[1].x))
	case ir.Sub:
		return one(sub(args[0].x, args[1].x))
	case ir.Mul:
		return one(mul(args[0].x, args[1].x))
	case ir.Div:
		return scalar(e.Type, quotient(args[0].x, args[1].x)), not(eq(args[1].x, num(0)))
	case ir.Mod:
		return scalar(e.Type, remainder(args[0].x, args[1].x)), not(eq(args[1].x, num(0)))
	case ir.Eq:
		return one(g.same(args[0], args[1]))
	case ir.Lt:
		return one(lt(args[0].x, args[1].x))
	case ir.Le:
		return one(le(args[0].x, args[1].x))
	case ir.Min, ir.Max:
		var xs []ex
		for _, a := range args {
			xs = append(xs, a.x)
		}
		return one(extreme(xs, e.Op == ir.Min))
	case ir.Abs:
		x := args[0].x
		v := mux(lt(x, num(0)), neg(x), x)
		if x.lo < 0 && !v.known() {
			v.lo, v.hi = 0, max(-x.lo, x.hi)
		}
		return one(v)
	case ir.IsCtor:
		return one(g.isMade(args[0], int(e.Int)))
	case ir.RecordLit, ir.Key:
		return value{t: e.Type, parts: args}, fine
	case ir.Ctor:
		if !isScalar(e.Type) {
			return g.made(e.Type, int(e.Int), args), fine
		}
		return one(g.constant(e.Type, e.Int))
	case ir.Field:
		return g.part(args[0], int(e.Int)), fine
	case ir.Value:
		return g.part(args[0], 1), g.part(args[0], 0).x
	case ir.Index:
		return g.entry(args[0], args[1]), fine
	case ir.WithField:
		v := value{t: e.Type, parts: slices.Clone(g.explode(args[0]))}
		v.parts[e.Int] = args[1]
		return v, fine
	case ir.WithKey:
		return g.withEntry(args[0], args[1], args[2]), fine
	case ir.MapFill:
		v := value{t: e.Type}
		for range g.partTypes(e.Type) {
			v.parts = append(v.parts, args[0])
		}
		return v, fine
	case ir.MapLit:
		return g.mapLit(e, args)
	}
	return g.collection(e, args)
}

// extreme is the least or the greatest of some integers, halves compared with halves.
func extreme(xs []ex, least bool) ex {
	if len(xs) == 1 {
		return xs[0]
	}
	a, b := extreme(xs[:len(xs)/2], least), extreme(xs[len(xs)/2:], least)
	if least {
		return bounded(mux(le(a, b), a, b), min(a.lo, b.lo), min(a.hi, b.hi))
	}
	return bounded(mux(le(b, a), a, b), max(a.lo, b.lo), max(a.hi, b.hi))
}

func bounded(x ex, lo, hi int64) ex {
	if !x.known() && lo < hi {
		x.lo, x.hi = lo, hi
	}
	return x
}

// withEntry is a map with another entry.
func (g *exporter) withEntry(m, key, x value) value {
	v := value{t: m.t, parts: slices.Clone(g.explode(m))}
	of := keys(m.t)
	if of.IsInt() {
		key.t = of
	}
	for i, k := range g.all(of) {
		v.parts[i] = g.choose(g.same(key, k), x, v.parts[i])
	}
	return v
}

// mapLit is a map of keys and values in turn, of which the last counts.
func (g *exporter) mapLit(e *ir.Expr, args []value) (value, ex) {
	v := value{t: e.Type}
	ok := truth(true)
	for _, k := range g.all(e.Type.Key) {
		given := truth(false)
		x := g.zero(e.Type.Elem)
		for i := 0; i < len(args); i += 2 {
			key := args[i]
			if e.Type.Key.IsInt() {
				key.t = e.Type.Key
			}
			is := g.same(key, k)
			x, given = g.choose(is, args[i+1], x), or(is, given)
		}
		v.parts, ok = append(v.parts, x), and(ok, given)
	}
	return v, ok
}

// size counts the elements of a set or a bag.
func (g *exporter) size(v value) ex {
	if v.t.Kind == types.Seq {
		return g.part(v, 0).x
	}
	n := num(0)
	for i := range g.partTypes(v.t) {
		n = add(n, count(g.part(v, i).x))
	}
	if v.t.Kind == types.Bag {
		n = bounded(n, 0, v.t.Max)
	}
	return n
}

// count is 1 for true and 0 for false, as the numbers that they are.
func count(x ex) ex {
	if x.s == "true" || x.s == "false" {
		return num(x.lo)
	}
	return x
}

// collection is an operation on a set, a sequence or a bag.
func (g *exporter) collection(e *ir.Expr, args []value) (value, ex) {
	fine := truth(true)
	one := func(x ex) (value, ex) { return scalar(e.Type, x), fine }
	switch e.Op {
	case ir.Size:
		return one(g.size(args[0]))
	case ir.In:
		return one(g.isIn(args[0], args[1]))
	case ir.Multiplicity:
		return one(g.times(args[0], args[1]))
	case ir.Subset:
		return one(g.subset(args[0], args[1]))
	case ir.SetAll:
		return g.setOf(e.Type, func(value) ex { return truth(true) }), fine
	case ir.SetLit:
		return g.setOf(e.Type, func(x value) ex {
			out := truth(false)
			for _, a := range args {
				out = or(out, g.same(a, x))
			}
			return out
		}), fine
	case ir.Elems:
		return g.setOf(e.Type, func(x value) ex { return g.isIn(x, args[0]) }), fine
	case ir.Powerset:
		return g.setOf(e.Type, func(x value) ex { return g.subset(x, args[0]) }), fine
	case ir.Union, ir.Intersect, ir.Minus:
		return g.combine(e, args[0], args[1])
	case ir.BagLit, ir.BagAdd, ir.BagRemove:
		return g.bag(e, args)
	}
	return g.sequential(e, args)
}

// setOf is the set of those elements for which has says so.
func (g *exporter) setOf(t *types.Type, has func(value) ex) value {
	v := value{t: t}
	for _, x := range g.all(t.Elem) {
		v.parts = append(v.parts, scalar(types.BoolType(), checked(g.pos, has(x))))
	}
	return v
}

func (g *exporter) isIn(x, v value) ex {
	if v.t.Kind != types.Seq {
		return g.has(v, x)
	}
	out := truth(false)
	size := g.part(v, 0).x
	for i := range v.t.Max {
		out = or(out, and(lt(num(i), size), g.same(g.part(v, int(i)+1), x)))
	}
	return out
}

func (g *exporter) subset(a, b value) ex {
	out := truth(true)
	for i, x := range g.all(a.t.Elem) {
		if a.t.Kind == types.Bag {
			out = and(out, le(g.part(a, i).x, g.times(b, x)))
		} else {
			out = and(out, implies(g.part(a, i).x, g.has(b, x)))
		}
	}
	return checked(g.pos, out)
}

func (g *exporter) combine(e *ir.Expr, a, b value) (value, ex) {
	if e.Type.Kind == types.Set {
		return g.setOf(e.Type, func(x value) ex {
			p, q := g.has(a, x), g.has(b, x)
			switch e.Op {
			case ir.Union:
				return or(p, q)
			case ir.Intersect:
				return and(p, q)
			}
			return and(p, not(q))
		}), truth(true)
	}
	v := value{t: e.Type}
	for _, x := range g.all(e.Type.Elem) {
		p, q := g.times(a, x), g.times(b, x)
		var n ex
		switch e.Op {
		case ir.Union:
			n = add(p, q)
		case ir.Intersect:
			n = extreme([]ex{p, q}, true)
		default:
			n = mux(lt(q, p), sub(p, q), num(0))
			n = bounded(n, 0, p.hi)
		}
		v.parts = append(v.parts, scalar(types.IntRange(0, e.Type.Max), checked(g.pos, n)))
	}
	return g.fitting(v)
}

// fitting is a bag, which has a value where it is not too large.
func (g *exporter) fitting(v value) (value, ex) {
	n := num(0)
	for _, p := range v.parts {
		n = add(n, p.x)
	}
	for i := range v.parts {
		v.parts[i].x = bounded(v.parts[i].x, 0, min(v.parts[i].x.hi, v.t.Max))
	}
	return v, checked(g.pos, le(n, num(v.t.Max)))
}

func (g *exporter) bag(e *ir.Expr, args []value) (value, ex) {
	var v value
	if e.Op == ir.BagLit {
		v = g.zero(e.Type)
	} else {
		v = value{t: e.Type, parts: slices.Clone(g.explode(args[0]))}
		args = args[1:]
	}
	if e.Op == ir.BagRemove {
		ok := g.has(v, args[0])
		for i, x := range g.all(e.Type.Elem) {
			v.parts[i].place = ""
			one := and(g.same(args[0], x), lt(num(0), v.parts[i].x))
			v.parts[i].x = bounded(sub(v.parts[i].x, count(one)), 0, e.Type.Max)
		}
		return v, ok
	}
	for i, x := range g.all(e.Type.Elem) {
		v.parts[i].place = ""
		for _, a := range args {
			v.parts[i].x = checked(g.pos, add(v.parts[i].x, count(g.same(a, x))))
		}
	}
	return g.fitting(v)
}

func (g *exporter) sequential(e *ir.Expr, args []value) (value, ex) {
	if e.Op == ir.SeqLit {
		if int64(len(args)) > e.Type.Max {
			return g.zero(e.Type), truth(false)
		}
		return g.sequence(e.Type, args), truth(true)
	}
	q := args[0]
	size := g.part(q, 0).x
	some := lt(num(0), size)
	full := e.Type.Max
	switch e.Op {
	case ir.Head:
		if q.t.Max == 0 {
			return g.zero(e.Type), truth(false)
		}
		return g.part(q, 1), some
	case ir.Tail:
		v := value{t: e.Type, parts: []value{scalar(types.IntRange(0, full), bounded(sub(size, num(1)), 0, full))}}
		for i := range int(full) {
			next := g.zero(e.Type.Elem)
			if i+1 < int(full) {
				next = g.part(q, i+2)
			}
			v.parts = append(v.parts, next)
		}
		return v, some
	case ir.Append:
		ok := lt(size, num(full))
		v := value{t: e.Type, parts: []value{scalar(types.IntRange(0, full), bounded(add(size, num(1)), 0, full))}}
		for i := range int(full) {
			v.parts = append(v.parts, g.choose(eq(size, num(int64(i))), args[1], g.part(q, i+1)))
		}
		return v, ok
	case ir.SeqIndex:
		i := args[1].x
		ok := and(le(num(0), i), lt(i, size))
		switch {
		case q.t.Max == 0 || ok.no():
			return g.zero(e.Type), truth(false)
		case i.known():
			return g.part(q, int(i.lo)+1), ok
		case q.place != "":
			return g.at(q.place+".at["+i.s+"]"+nested(q.t.Elem), q.t.Elem), ok
		}
		v := g.part(q, int(q.t.Max))
		for k := q.t.Max - 2; k >= 0; k-- {
			v = g.choose(eq(i, num(k)), g.part(q, int(k)+1), v)
		}
		return v, ok
	}
	panic("promela: operation without a meaning")
}

// truthOf writes a condition out: whether it is true and whether it has a value.
func (g *exporter) truthOf(e *ir.Expr, n env) (x, ok ex) {
	if e == nil {
		return truth(true), truth(true)
	}
	v, ok := g.eval(e, n)
	return v.x, ok
}
