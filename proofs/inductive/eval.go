package inductive

import (
	"math"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// env is what an expression is evaluated in: the state, the one before the step, and what locals stand for.
type env struct {
	vars, old []value
	locals    *local
	calls     *activation
}

type local struct {
	id    ir.LocalID
	value value
	outer *local
}

// activation is a call of a recursive function that is being evaluated.
type activation struct {
	fn      ir.FuncID
	measure *Term
	depth   int
	deepest int64 // calls, one in the other, that the first measure allows; -1 where that is not known
	outer   *activation
}

func (e env) bind(id ir.LocalID, v value) env {
	if id >= 0 {
		e.locals = &local{id, v, e.locals}
	}
	return e
}

func (e env) lookup(id ir.LocalID) value {
	for l := e.locals; l != nil; l = l.outer {
		if l.id == id {
			return l.value
		}
	}
	panic("inductive: a local has no value")
}

// expr is the value of an expression; what it needs in order not to fault is noted.
func (g *gen) expr(e *ir.Expr, in env) value {
	saved := g.pos
	g.pos = e.Pos
	g.pool.burn(1)
	v := g.evaluate(e, in)
	g.pos = saved
	return v
}

func (g *gen) truth(e *ir.Expr, in env) *Term { return g.expr(e, in).T }

func (g *gen) evaluate(e *ir.Expr, in env) value {
	p := g.pool
	switch e.Op {
	case ir.Const:
		return g.literal(e)
	case ir.LoadVar:
		return in.vars[e.Var]
	case ir.LoadLocal:
		return in.lookup(e.Local)
	case ir.Old:
		in.vars = in.old
		return g.expr(e.Args[0], in)
	case ir.And, ir.Or, ir.Implies:
		x := g.truth(e.Args[0], in)
		goes := x
		if e.Op == ir.Or {
			goes = p.not(x)
		}
		var y *Term
		g.under(goes, func() { y = g.truth(e.Args[1], in) })
		switch e.Op {
		case ir.And:
			return scalar(p.and(x, y))
		case ir.Or:
			return scalar(p.or(x, y))
		}
		return scalar(p.implies(x, y))
	case ir.If:
		c := g.truth(e.Args[0], in)
		var a, b value
		switch c.Op {
		case True:
			return g.expr(e.Args[1], in)
		case False:
			return g.expr(e.Args[2], in)
		}
		g.under(c, func() { a = g.expr(e.Args[1], in) })
		g.under(p.not(c), func() { b = g.expr(e.Args[2], in) })
		g.whole(e, e.Args[1].Type)
		g.whole(e, e.Args[2].Type)
		return g.choose(c, e.Type, a, b)
	case ir.Let:
		x := g.expr(e.Args[0], in)
		return g.expr(e.Args[1], in.bind(e.Local, x))
	case ir.Match:
		x := g.expr(e.Args[0], in)
		return g.match(e, x, e.Arms, in)
	case ir.Call:
		return g.call(e, in)
	}
	if e.Binders != nil {
		return g.quantifier(e, in)
	}
	var args []value
	for _, a := range e.Args {
		args = append(args, g.expr(a, in))
	}
	return g.operation(e, args)
}

func (g *gen) literal(e *ir.Expr) value {
	p := g.pool
	switch {
	case e.Type.Kind == types.Bool:
		if i, ok := g.byNode[e]; ok && g.isOpen() {
			return scalar(p.eq(g.constant(i), p.num(1)))
		}
		return scalar(p.truth(e.Int != 0))
	case !g.isOpen():
		return scalar(p.num(e.Int))
	}
	if i, ok := g.byNode[e]; ok {
		return scalar(g.constant(i))
	}
	if e.From != nil {
		return scalar(g.folded(e.From))
	}
	if e.Type.Kind == types.Symmetric {
		panic(&Unsupported{Pos: e.Pos, What: "an identity by its number", Consts: g.open})
	}
	return scalar(p.num(e.Int))
}

// tag is the constructor of what is matched, and what each carries.
func (g *gen) tag(t *types.Type, x value) *Term {
	switch t.Kind {
	case types.Option, types.Union:
		return x.Tag
	case types.Bool:
		return g.pool.ite(x.T, g.pool.num(1), g.pool.num(0))
	}
	return x.T
}

func bindArm(arm *ir.Arm, x value, in env) env {
	for i, id := range arm.Binds {
		in = in.bind(id, x.Alts[arm.Ctor][i])
	}
	return in
}

// arms goes through the arms that may fit: each with the condition that it is the one.
func (g *gen) arms(t *types.Type, x value, arms []ir.Arm, visit func(arm *ir.Arm, when *Term)) {
	p := g.pool
	tag, left := g.tag(t, x), p.truth(true)
	for i := range arms {
		fits := left
		if c := arms[i].Ctor; c >= 0 {
			fits = p.and(left, p.eq(tag, p.num(int64(c))))
			left = p.and(left, p.not(p.eq(tag, p.num(int64(c)))))
		}
		if i == len(arms)-1 && arms[i].Ctor >= 0 { // there is always one
			fits = p.and(fits, p.eq(tag, p.num(int64(arms[i].Ctor))))
		}
		if fits.Op != False {
			visit(&arms[i], fits)
		}
	}
}

func (g *gen) match(e *ir.Expr, x value, arms []ir.Arm, in env) value {
	var out value
	first := true
	type taken struct {
		when *Term
		v    value
	}
	var list []taken
	g.arms(e.Args[0].Type, x, arms, func(arm *ir.Arm, when *Term) {
		var v value
		g.under(when, func() { v = g.expr(arm.Body, bindArm(arm, x, in)) })
		g.whole(e, arm.Body.Type)
		list = append(list, taken{when, v})
	})
	for i := len(list) - 1; i >= 0; i-- {
		if first {
			out, first = list[i].v, false
			continue
		}
		out = g.choose(list[i].when, e.Type, list[i].v, out)
	}
	return out
}

// maxDepth bounds how deep a recursive function is written out.
const maxDepth = 64

func (g *gen) call(e *ir.Expr, in env) value {
	fn := &g.prog.Funcs[e.Func]
	inner := env{vars: in.vars, old: in.old, calls: in.calls}
	for i, id := range fn.Params {
		x := g.expr(e.Args[i], in)
		g.fit(e.Args[i].Type, g.prog.Locals[id].Type, x)
		inner = inner.bind(id, x)
	}
	if fn.Decreases != nil {
		m := g.expr(fn.Decreases, inner).T
		g.require(g.pool.le(g.pool.num(0), m))
		depth, deepest := 1, g.deepest(fn, m)
		for c := in.calls; c != nil; c = c.outer {
			if c.fn == e.Func {
				g.require(g.pool.lt(m, c.measure))
				depth, deepest = c.depth+1, c.deepest
				break
			}
		}
		if g.path.Op == False || deepest >= 0 && int64(depth) > deepest {
			g.require(g.pool.truth(false))
			return g.anyOf(e.Type)
		}
		if depth > maxDepth {
			g.refuse(e.Pos, "calls of %s, one in the other, deeper than %d", fn.Name, maxDepth)
		}
		inner.calls = &activation{e.Func, m, depth, deepest, in.calls}
	}
	v := g.expr(fn.Body, inner)
	g.fit(fn.Body.Type, fn.Result, v)
	return v
}

// deepest is how many calls a measure allows, one in the other, since it falls from call to call and is not negative; -1 where
// no bound is known.
func (g *gen) deepest(fn *ir.Func, m *Term) int64 {
	n, ok := upper(m)
	if t := fn.Decreases.Type; !g.isOpen() && t.Hi < math.MaxInt64-2 && (!ok || t.Hi < n) {
		n, ok = t.Hi, true
	}
	if !ok || n > maxDepth {
		return -1
	}
	return n + 1
}

// upper is a number that an integer term never passes, if one can be seen.
func upper(t *Term) (int64, bool) {
	switch t.Op {
	case Num:
		return t.Int, true
	case Ite:
		a, ok := upper(t.Args[1])
		b, also := upper(t.Args[2])
		return max(a, b), ok && also
	case Add:
		n := int64(0)
		for _, a := range t.Args {
			x, ok := upper(a)
			if !ok {
				return 0, false
			}
			if n, ok = addOK(n, x); !ok {
				return 0, false
			}
		}
		return n, true
	case Mul:
		if t.Args[0].Op == Num && t.Args[0].Int >= 0 {
			x, ok := upper(t.Args[1])
			if !ok {
				return 0, false
			}
			return mulOK(t.Args[0].Int, x)
		}
	}
	return 0, false
}

// fit requires that a value which was made as one of type own is one of t, where the two were found to be the same, or the one within
// the other, under other constants.
func (g *gen) fit(own, t *types.Type, v value) {
	if !g.isOpen() || t.Kind == types.Int || g.alike(own, t) {
		return
	}
	if t.Kind == types.Range {
		g.require(g.typed(t, v))
		return
	}
	panic(&Unsupported{Pos: g.pos, What: "a value of " + own.String() + " as one of " + t.String(), Consts: g.constantsOf(t)})
}

// whole refuses a value that is one of the type of e only under the constants in force, unless it is an integer: integers are what they are
// whatever type they have.
func (g *gen) whole(e *ir.Expr, own *types.Type) {
	if !g.isOpen() || own.IsInt() || g.alike(own, e.Type) {
		return
	}
	panic(&Unsupported{Pos: e.Pos, What: "a value of " + own.String() + " as one of " + e.Type.String(), Consts: g.constantsOf(own)})
}

// alike tells whether two types are the same whatever the constants are.
func (g *gen) alike(a, b *types.Type) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case types.Bool, types.Int:
		return true
	case types.Enum, types.Symmetric, types.Union:
		return false // by declaration
	case types.Range:
		if a.LoOf == nil || b.LoOf == nil || a.HiOf == nil || b.HiOf == nil {
			return false
		}
		return g.folded(a.LoOf) == g.folded(b.LoOf) && g.folded(a.HiOf) == g.folded(b.HiOf)
	case types.Seq, types.Bag:
		if g.most(a) != g.most(b) {
			return false
		}
	}
	x, y := partsOf(a), partsOf(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !g.alike(x[i], y[i]) {
			return false
		}
	}
	return true
}

// fits64 requires that an integer fits int64, unless its interval says that it does.
func (g *gen) fits64(sure bool, t *Term) *Term {
	if !sure || g.isOpen() {
		g.require(g.pool.within(g.pool.num(math.MinInt64), t, g.pool.num(math.MaxInt64)))
	}
	return t
}

func (g *gen) arithmetic(e *ir.Expr, args []value) *Term {
	p := g.pool
	x := args[0].T
	var y *Term
	if len(args) > 1 {
		y = args[1].T
	}
	at := func(i int) *types.Type { return e.Args[i].Type }
	sure := func(op func(x, y *types.Type) (*types.Type, bool)) bool {
		_, ok := op(at(0), at(1))
		return ok
	}
	switch e.Op {
	case ir.Narrow:
		lo, hi := g.bounds(e.Type)
		if e.Type.Kind == types.Int {
			return x
		}
		g.require(p.within(lo, x, hi))
		return x
	case ir.Clip:
		lo, hi := g.bounds(e.Type)
		return p.ite(p.le(x, lo), lo, p.ite(p.le(hi, x), hi, x))
	case ir.Neg:
		return g.fits64(at(0).Lo != math.MinInt64, p.scale(-1, x))
	case ir.Abs:
		return g.fits64(at(0).Lo != math.MinInt64, p.ite(p.le(p.num(0), x), x, p.scale(-1, x)))
	case ir.Add:
		return g.fits64(sure(types.Add), p.add(x, y))
	case ir.Sub:
		return g.fits64(sure(types.Sub), p.sub(x, y))
	case ir.Mul:
		return g.fits64(sure(types.Mul), p.mul(x, y))
	case ir.Div:
		g.require(p.not(p.eq(y, p.num(0))))
		return g.fits64(sure(types.Div), p.div(x, y))
	case ir.Mod:
		g.require(p.not(p.eq(y, p.num(0))))
		return p.mod(x, y)
	}
	for _, a := range args[1:] {
		if e.Op == ir.Min {
			x = p.ite(p.le(x, a.T), x, a.T)
		} else {
			x = p.ite(p.le(x, a.T), a.T, x)
		}
	}
	return x
}

func (g *gen) operation(e *ir.Expr, args []value) value {
	p := g.pool
	at := func(i int) *types.Type { return e.Args[i].Type }
	switch e.Op {
	case ir.Narrow, ir.Clip, ir.Neg, ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Min, ir.Max, ir.Abs:
		return scalar(g.arithmetic(e, args))
	case ir.Not:
		return scalar(p.not(args[0].T))
	case ir.Eq:
		g.together(e)
		return scalar(g.same(at(0), args[0], args[1]))
	case ir.Lt:
		return scalar(p.lt(args[0].T, args[1].T))
	case ir.Le:
		return scalar(p.le(args[0].T, args[1].T))
	case ir.IsCtor:
		return scalar(p.eq(g.tag(at(0), args[0]), p.num(e.Int)))
	case ir.In:
		return scalar(g.member(at(1), args[1], at(0), args[0]))
	case ir.Subset:
		g.together(e)
		if at(0).Kind == types.Bag {
			return scalar(g.every(at(0).Elem, func(x value) *Term { return p.le(args[0].Count(x), args[1].Count(x)) }))
		}
		return scalar(g.every(at(0).Elem, func(x value) *Term { return p.implies(args[0].Has(x), args[1].Has(x)) }))
	case ir.Union, ir.Intersect, ir.Minus:
		g.together(e)
		g.whole(e, at(0))
		return g.combine(e, args[0], args[1])
	case ir.SetAll:
		elem := e.Type.Elem
		return value{Has: func(x value) *Term { return g.inside(elem, x) }}
	case ir.SetLit:
		for i, x := range args {
			g.fit(at(i), e.Type.Elem, x)
		}
		return value{Has: func(x value) *Term {
			var parts []*Term
			for _, y := range args {
				parts = append(parts, g.same(e.Type.Elem, x, y))
			}
			return p.or(parts...)
		}}
	case ir.Powerset:
		return value{Has: func(s value) *Term {
			return g.every(at(0).Elem, func(x value) *Term { return p.implies(s.Has(x), args[0].Has(x)) })
		}}
	case ir.SeqLit:
		if int64(len(args)) > g.most(e.Type) {
			g.require(p.truth(false))
		}
		for i, x := range args {
			g.fit(at(i), e.Type.Elem, x)
		}
		return g.sequence(e.Type, args)
	case ir.BagLit:
		v := value{Count: func(y value) *Term {
			var parts []*Term
			for _, a := range args {
				parts = append(parts, p.ite(g.same(e.Type.Elem, a, y), p.num(1), p.num(0)))
			}
			return p.add(parts...)
		}}
		return g.fitting(e, v)
	case ir.MapFill:
		g.fit(at(0), e.Type.Elem, args[0])
		return value{At: func(value) value { return args[0] }}
	case ir.MapLit:
		return g.entries(e, args)
	case ir.RecordLit, ir.Key:
		for i, f := range e.Type.Fields {
			g.fit(at(i), f.Type, args[i])
		}
		return value{Parts: args}
	case ir.Ctor:
		alts := alternatives(e.Type)
		v := value{Tag: p.num(e.Int)}
		for i, ts := range alts {
			if int64(i) == e.Int {
				for j, t := range ts {
					g.fit(at(j), t, args[j])
				}
				v.Alts = append(v.Alts, args)
			} else {
				v.Alts = append(v.Alts, g.anything(ts))
			}
		}
		return v
	case ir.Field:
		return args[0].Parts[e.Int]
	case ir.Index:
		g.fit(at(1), at(0).Key, args[1])
		return args[0].At(args[1])
	case ir.SeqIndex:
		g.require(p.and(p.le(p.num(0), args[1].T), p.lt(args[1].T, args[0].Len)))
		return args[0].At(args[1])
	case ir.Value:
		g.require(p.eq(args[0].Tag, p.num(1)))
		return args[0].Alts[1][0]
	case ir.WithField:
		g.fit(at(1), e.Type.Fields[e.Int].Type, args[1])
		return withPart(args[0], int(e.Int), args[1])
	case ir.WithKey:
		g.fit(at(1), e.Type.Key, args[1])
		g.fit(at(2), e.Type.Elem, args[2])
		return g.withKey(e.Type, args[0], args[1], args[2])
	}
	return g.collection(e, args)
}

func withPart(v value, i int, x value) value {
	parts := append([]value{}, v.Parts...)
	parts[i] = x
	return value{Parts: parts}
}

func (g *gen) withKey(t *types.Type, m, k, x value) value {
	return value{At: func(l value) value { return g.choose(g.same(t.Key, l, k), t.Elem, x, m.At(l)) }}
}

// together refuses two values that are of one type only under the constants in force, unless they are integers.
func (g *gen) together(e *ir.Expr) {
	if a, b := e.Args[0].Type, e.Args[1].Type; g.isOpen() && !a.IsInt() && !g.alike(a, b) {
		panic(&Unsupported{Pos: e.Pos, What: a.String() + " together with " + b.String(), Consts: append(g.constantsOf(a), g.constantsOf(b)...)})
	}
}

// inside tells whether a value, of an integer perhaps beyond the type, is one of the type.
func (g *gen) inside(t *types.Type, x value) *Term {
	if t.Kind == types.Range {
		return g.typed(t, x)
	}
	return g.pool.truth(true)
}

// member tells whether x is in a set, a sequence or a bag.
func (g *gen) member(t *types.Type, in value, own *types.Type, x value) *Term {
	p := g.pool
	sure := p.truth(true)
	if g.isOpen() && !own.IsInt() && !g.alike(own, t.Elem) {
		panic(&Unsupported{Pos: g.pos, What: own.String() + " as an element of " + t.String(), Consts: g.constantsOf(t)})
	}
	if t.Elem.Kind == types.Range && (own.Kind == types.Int || !types.Within(own, t.Elem) || g.isOpen() && !g.alike(own, t.Elem)) {
		sure = g.inside(t.Elem, x)
	}
	switch t.Kind {
	case types.Set:
		return p.and(sure, in.Has(x))
	case types.Bag:
		return p.and(sure, p.le(p.num(1), in.Count(x)))
	}
	var parts []*Term
	for i := range g.length(t) {
		n := p.num(i)
		parts = append(parts, p.and(p.lt(n, in.Len), g.same(t.Elem, in.At(scalar(n)), x)))
	}
	return p.or(parts...)
}

func (g *gen) combine(e *ir.Expr, a, b value) value {
	p := g.pool
	if e.Type.Kind == types.Set {
		return value{Has: func(x value) *Term {
			switch y, z := a.Has(x), b.Has(x); e.Op {
			case ir.Union:
				return p.or(y, z)
			case ir.Intersect:
				return p.and(y, z)
			default:
				return p.and(y, p.not(z))
			}
		}}
	}
	v := value{Count: func(x value) *Term {
		switch y, z := a.Count(x), b.Count(x); e.Op {
		case ir.Union:
			return p.add(y, z)
		case ir.Intersect:
			return p.ite(p.le(y, z), y, z)
		default:
			return p.ite(p.le(z, y), p.sub(y, z), p.num(0))
		}
	}}
	return g.fitting(e, v)
}

// fitting requires that a bag has no more elements than its type allows.
func (g *gen) fitting(e *ir.Expr, v value) value {
	g.require(g.pool.le(g.total(e.Type.Elem, v.Count), g.pool.num(g.most(e.Type))))
	return v
}

// entries is a map of keys and values in turn: a key without a value is a fault, the last one counts.
func (g *gen) entries(e *ir.Expr, args []value) value {
	p := g.pool
	for i, a := range args {
		if i%2 == 0 {
			g.fit(e.Args[i].Type, e.Type.Key, a)
		} else {
			g.fit(e.Args[i].Type, e.Type.Elem, a)
		}
	}
	g.require(g.every(e.Type.Key, func(k value) *Term {
		var parts []*Term
		for i := 0; i < len(args); i += 2 {
			parts = append(parts, g.same(e.Type.Key, k, args[i]))
		}
		return p.or(parts...)
	}))
	return value{At: func(k value) value {
		out := args[1]
		for i := 2; i < len(args); i += 2 {
			out = g.choose(g.same(e.Type.Key, k, args[i]), e.Type.Elem, args[i+1], out)
		}
		return out
	}}
}

func (g *gen) collection(e *ir.Expr, args []value) value {
	p := g.pool
	x := args[0]
	t := e.Args[0].Type
	switch e.Op {
	case ir.Size:
		switch t.Kind {
		case types.Seq:
			return scalar(x.Len)
		case types.Bag:
			return scalar(g.total(t.Elem, x.Count))
		}
		return scalar(g.total(t.Elem, func(y value) *Term { return p.ite(x.Has(y), p.num(1), p.num(0)) }))
	case ir.Head, ir.Tail:
		g.require(p.le(p.num(1), x.Len))
		if e.Op == ir.Head {
			return x.At(scalar(p.num(0)))
		}
		return value{Len: p.sub(x.Len, p.num(1)), At: func(i value) value { return x.At(scalar(p.add(i.T, p.num(1)))) }}
	case ir.Append:
		g.require(p.lt(x.Len, p.num(g.most(e.Type))))
		g.fit(e.Args[1].Type, e.Type.Elem, args[1])
		return value{Len: p.add(x.Len, p.num(1)), At: func(i value) value {
			return g.choose(p.eq(i.T, x.Len), t.Elem, args[1], x.At(i))
		}}
	case ir.Elems:
		return value{Has: func(y value) *Term { return g.member(t, x, t.Elem, y) }}
	case ir.Multiplicity:
		return scalar(p.ite(g.member(t, x, e.Args[1].Type, args[1]), x.Count(args[1]), p.num(0)))
	case ir.BagAdd, ir.BagRemove:
		by := int64(1)
		if e.Op == ir.BagRemove {
			by = -1
			g.require(p.le(p.num(1), x.Count(args[1])))
		}
		g.fit(e.Args[1].Type, e.Type.Elem, args[1])
		v := value{Count: func(y value) *Term {
			return p.add(x.Count(y), p.ite(g.same(e.Type.Elem, args[1], y), p.num(by), p.num(0)))
		}}
		return g.fitting(e, v)
	}
	panic(&Unsupported{Pos: e.Pos, What: "this operation"})
}
