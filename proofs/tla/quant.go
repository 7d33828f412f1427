package tla

import (
	"strconv"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// bound is a binder: its name, what it goes through, and its condition.
type bound struct {
	name      string
	set, cond text
	ok        text // the set has a value
	okCond    text
}

// bindAll names the binders, one in the scope of the others before it; the last has the condition of all.
func (g *exporter) bindAll(bs []ir.Binder, where *ir.Expr, n env) ([]bound, env) {
	var out []bound
	for i := range bs {
		b := &bs[i]
		set, ok := g.domain(b, n)
		var name string
		name, n = g.declare(b.Local, n)
		cond, okCond := truth(true), truth(true)
		for _, w := range []*ir.Expr{b.Where, map[bool]*ir.Expr{true: where}[i == len(bs)-1]} {
			if w != nil {
				x, okX := g.eval(w, n)
				cond, okCond = both(cond, x), both(okCond, implies(cond, okX))
			}
		}
		out = append(out, bound{name, set, cond, ok, okCond})
	}
	return out, n
}

// domain is the set that a binder goes through.
func (g *exporter) domain(b *ir.Binder, n env) (set, ok text) {
	switch b.Kind {
	case ir.AllOf:
		return g.typeText(b.Type), truth(true)
	case ir.Interval:
		lo, okLo := g.eval(b.Lo, n)
		hi, okHi := g.eval(b.Hi, n)
		return infix("..", lo, hi), both(okLo, okHi)
	}
	x, ok := g.eval(b.Set, n)
	if b.Kind == ir.Subsets {
		return prefix("SUBSET", x), ok
	}
	return g.elements(b.Set.Type, x, &n), ok
}

// defined says that binders, their conditions and then a body have values. It asks that of all of them, also of those that forall and
// exists do not come to.
func defined(bs []bound, ok text) text {
	for i := len(bs) - 1; i >= 0; i-- {
		b := bs[i]
		ok = both(b.okCond, implies(b.cond, ok))
		ok = both(b.ok, all("\\A", b.name, b.set, ok))
	}
	return ok
}

func (g *exporter) quantifier(e *ir.Expr, n env) (x, ok text) {
	bs, in := g.bindAll(e.Binders, e.Where, n)
	var args []text
	ok = truth(true)
	for _, a := range e.Args {
		v, okA := g.eval(a, in)
		args, ok = append(args, v), both(ok, okA)
	}
	ok = g.sized(defined(bs, ok))
	switch e.Op {
	case ir.Forall, ir.Exists:
		x = args[0]
		for i := len(bs) - 1; i >= 0; i-- {
			if e.Op == ir.Forall {
				x = all("\\A", bs[i].name, bs[i].set, implies(bs[i].cond, x))
			} else {
				x = all("\\E", bs[i].name, bs[i].set, both(bs[i].cond, x))
			}
		}
	case ir.Count:
		last := bs[len(bs)-1]
		x = call("Cardinality", filter(last.name, last.set, both(last.cond, args[0])))
		x = g.sums(bs[:len(bs)-1], x)
	case ir.Sum:
		x = g.sums(bs, args[0])
	case ir.MinOver, ir.MaxOver:
		set := gathered(bs, args[0])
		x, ok = g.extreme(e.Op == ir.MinOver, set), both(ok, infix("#", set, atom("{}")))
	case ir.SetOver:
		x = gathered(bs, args[0])
	case ir.Pick:
		least := g.least(e, bs[0], in)
		return least, both(ok, infix("#", filter(bs[0].name, bs[0].set, bs[0].cond), atom("{}")))
	case ir.MapOver:
		return g.mapOver(e, bs, args, ok, in)
	}
	return g.sized(x), ok
}

func (g *exporter) sums(bs []bound, x text) text {
	for i := len(bs) - 1; i >= 0; i-- {
		set := filter(bs[i].name, bs[i].set, bs[i].cond)
		x = g.sum(function(bs[i].name, set, x), set)
	}
	return x
}

// gathered is the set of the values of x.
func gathered(bs []bound, x text) text {
	for i := len(bs) - 1; i >= 0; i-- {
		b := bs[i]
		if x.s == b.name {
			x = filter(b.name, b.set, b.cond)
			continue
		}
		of := filter(b.name, b.set, b.cond)
		if i == len(bs)-1 {
			x = atom("{" + x.s + " : " + b.name + " \\in " + of.s + "}")
			continue
		}
		x = prefix("UNION", atom("{"+x.s+" : "+b.name+" \\in "+of.s+"}"))
	}
	return x
}

// least is the first element of a set in the order of its type. What CHOOSE takes is not said, so it is left no choice.
func (g *exporter) least(e *ir.Expr, b bound, n env) text {
	set := filter(b.name, b.set, b.cond)
	t := e.Type
	other := g.unused(b.name, &n)
	first := atom(b.name)
	order := g.ordered(t, first, atom(other))
	s := g.unused("s", &n)
	return text{"LET " + s + " == " + set.s + " IN CHOOSE " + b.name + " \\in " + s + " : " + all("\\A", other, atom(s), order).s, open}
}

// ordered is a <= b in the order of a type.
func (g *exporter) ordered(t *types.Type, a, b text) text {
	switch t.Kind {
	case types.Bool:
		return implies(a, b)
	case types.Range, types.Int, types.Symmetric:
		return infix("<=", a, b)
	case types.Enum:
		return infix("<=", g.place(t, a), g.place(t, b))
	case types.Record, types.Tuple:
		out := truth(true)
		for i := len(t.Fields) - 1; i >= 0; i-- {
			f := t.Fields[i]
			p, q := atom(a.s+"."+field(f.Name)), atom(b.s+"."+field(f.Name))
			if t.Kind == types.Tuple {
				p, q = atom(a.s+"["+strconv.Itoa(i+1)+"]"), atom(b.s+"["+strconv.Itoa(i+1)+"]")
			}
			out = ifText(infix("=", p, q), out, g.ordered(f.Type, p, q))
		}
		return out
	case types.Option:
		return either(infix("=", a, atom("<<>>")), both(infix("#", b, atom("<<>>")), g.ordered(t.Elem, atom(a.s+"[1]"), atom(b.s+"[1]"))))
	}
	g.refuse("pick among values of type " + t.String() + ", whose order TLA+ has no short words for")
	return text{}
}

// place is the number of a member of an enumeration.
func (g *exporter) place(t *types.Type, x text) text {
	name, ok := g.places[t]
	if !ok {
		base := t.Name
		if base == "" {
			base = "Enum"
		}
		name = g.fresh("PlaceOf" + clean(base))
		g.places[t] = name
		arg := g.fresh("member")
		s := "CASE "
		for i, m := range t.Members {
			if i > 0 {
				s += " [] "
			}
			s += arg + " = " + strconv.Quote(m) + " -> " + strconv.Itoa(i)
		}
		delete(g.taken, arg)
		g.typeDefs = append(g.typeDefs, name+"("+arg+") == "+s)
	}
	return call(name, x)
}

// mapOver is a map of keys that are written down; the last value of a key counts.
func (g *exporter) mapOver(e *ir.Expr, bs []bound, args []text, ok text, n env) (x, okMap text) {
	if len(bs) > 1 {
		g.refuse("a map that goes through several names")
	}
	b := bs[0]
	set := g.typeText(e.Type.Key)
	if args[0].s == b.name && b.cond.yes() && b.set.s == set.s {
		return function(b.name, set, args[1]), ok
	}
	given := infix("\\subseteq", set, gathered(bs, args[0]))
	if args[0].s == b.name { // a key comes once
		return function(b.name, set, args[1]), both(ok, given)
	}
	key := g.unused("k", &n, append(args, b.cond)...)
	s, other, last := g.unused("s", &n), g.unused(b.name, &n), g.unused("last", &n)
	which := filter(b.name, b.set, both(b.cond, infix("=", args[0], atom(key))))
	order := all("\\A", other, atom(s), g.ordered(e.Binders[0].Type, atom(other), atom(b.name)))
	x, _ = g.eval(e.Args[1], n.bind(e.Binders[0].Local, atom(last)))
	x = text{"LET " + s + " == " + which.s + " IN LET " + last + " == CHOOSE " + b.name + " \\in " + s + " : " + order.s + " IN " + x.s, open}
	return function(key, set, x), both(ok, given)
}
