package inductive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Unsupported is the error of a model that obligations cannot be made of. Where that is so only because constants are open, Consts
// names these.
type Unsupported struct {
	Pos    syntax.Pos
	What   string
	Consts []string
}

func (u *Unsupported) Error() string {
	text := "the inductive route does not have " + u.What
	if len(u.Consts) > 0 {
		text += ", where " + strings.Join(u.Consts, ", ") + " must have a value"
	}
	if at := types.Pos(u.Pos); at != "" {
		return at + ": " + text
	}
	return text
}

// gen makes the terms of a program. Of an open constant the value is a variable, unless a value was given for it.
type gen struct {
	prog   *ir.Program
	pool   *pool
	open   []string         // the open constants
	value  map[string]*Term // what stands for them
	byNode map[*ir.Expr]int // the constants by the nodes that stand for them
	busy   map[string]bool

	pos    syntax.Pos
	path   *Term   // what is known where an expression is evaluated
	passed []*Term // what earlier elements have decided, without which a quantifier would have ended
	needs  []*Term // what must be true for nothing to have faulted
	faults bool    // needs are kept

	versions int
	picks    []pick
	choices  map[string]int // how often a name was chosen
}

// newGen prepares a program of which some constants are open; fixed gives some of these values.
func newGen(prog *ir.Program, open []string, fixed map[string]int64) *gen {
	g := &gen{prog: prog, pool: newPool(), open: open, value: map[string]*Term{}, byNode: map[*ir.Expr]int{}, busy: map[string]bool{}}
	for i, k := range prog.Consts {
		g.byNode[k.Value] = i
	}
	for _, name := range open {
		if n, ok := fixed[name]; ok {
			g.value[name] = g.pool.num(n)
		} else {
			g.value[name] = g.pool.variable(name)
		}
	}
	g.path = g.pool.truth(true)
	return g
}

// isOpen tells whether what was folded may not be used.
func (g *gen) isOpen() bool { return len(g.open) > 0 }

// refuse ends the making of terms.
func (g *gen) refuse(pos syntax.Pos, format string, args ...any) {
	panic(&Unsupported{Pos: pos, What: fmt.Sprintf(format, args...)})
}

// constant is the value of a scalar constant.
func (g *gen) constant(i int) *Term {
	k := g.prog.Consts[i]
	if t := g.value[k.Name]; t != nil {
		return t
	}
	if !g.isOpen() || k.Def == nil {
		return g.pool.num(k.Value.Int)
	}
	if !k.Value.Type.IsInt() { // nor is a truth value computed of an open constant
		if g.mentions(k.Def) {
			panic(&Unsupported{Pos: k.Pos, What: "the constant " + k.Name, Consts: g.open})
		}
		return g.pool.num(k.Value.Int)
	}
	t := g.folded(k.Def)
	g.value[k.Name] = t
	return t
}

func (g *gen) named(name string) (int, bool) {
	i := slices.IndexFunc(g.prog.Consts, func(k ir.ConstValue) bool { return k.Name == name })
	return i, i >= 0
}

// mentions tells whether an expression of constants depends on an open one.
func (g *gen) mentions(e syntax.Expr) bool { return g.depends(e, map[string]bool{}) }

func (g *gen) depends(e syntax.Expr, seen map[string]bool) bool {
	any := false
	visitConsts(e, func(name string) {
		if slices.Contains(g.open, name) {
			any = true
		}
		if i, ok := g.named(name); ok && !seen[name] {
			seen[name] = true
			if d := g.prog.Consts[i].Def; d != nil && g.depends(d, seen) {
				any = true
			}
		}
	})
	return any
}

// visitConsts calls visit for each name in an expression that a type or a constant was computed from.
func visitConsts(e syntax.Expr, visit func(string)) {
	switch e := e.(type) {
	case *syntax.Paren:
		visitConsts(e.X, visit)
	case *syntax.Name:
		visit(e.Name)
	case *syntax.Unary:
		visitConsts(e.X, visit)
	case *syntax.Binary:
		visitConsts(e.X, visit)
		visitConsts(e.Y, visit)
	case *syntax.If:
		for _, x := range []syntax.Expr{e.Cond, e.Then, e.Else} {
			visitConsts(x, visit)
		}
	case *syntax.Call:
		for _, a := range e.Args {
			visitConsts(a.Value, visit)
		}
	}
}

// folded is an expression that was computed when the model was loaded, computed anew.
func (g *gen) folded(e syntax.Expr) *Term {
	p := g.pool
	switch e := e.(type) {
	case *syntax.IntLit:
		return p.num(e.Value)
	case *syntax.BoolLit:
		return p.truth(e.Value)
	case *syntax.Paren:
		return g.folded(e.X)
	case *syntax.Name:
		if i, ok := g.named(e.Name); ok && g.prog.Consts[i].Value.Type.IsInt() {
			if g.busy[e.Name] {
				break
			}
			g.busy[e.Name] = true
			defer delete(g.busy, e.Name)
			return g.constant(i)
		}
	case *syntax.Unary:
		if x := g.folded(e.X); x.IsBool() {
			return p.not(x)
		} else {
			return p.scale(-1, x)
		}
	case *syntax.If:
		return p.ite(g.folded(e.Cond), g.folded(e.Then), g.folded(e.Else))
	case *syntax.Call:
		out := g.folded(e.Args[0].Value)
		for _, a := range e.Args[1:] {
			x := g.folded(a.Value)
			switch e.Fun.Name {
			case "min":
				out = p.ite(p.le(out, x), out, x)
			case "max":
				out = p.ite(p.le(out, x), x, out)
			}
		}
		if e.Fun.Name == "abs" {
			out = p.ite(p.le(p.num(0), out), out, p.scale(-1, out))
		}
		return out
	case *syntax.Binary:
		x, y := g.folded(e.X), g.folded(e.Y)
		switch e.Op {
		case "+":
			return p.add(x, y)
		case "-":
			return p.sub(x, y)
		case "*":
			return p.mul(x, y)
		case "/":
			return p.div(x, y)
		case "%":
			return p.mod(x, y)
		case "and":
			return p.and(x, y)
		case "or":
			return p.or(x, y)
		case "implies":
			return p.implies(x, y)
		case "iff", "==":
			return p.eq(x, y)
		case "!=":
			return p.not(p.eq(x, y))
		case "<":
			return p.lt(x, y)
		case "<=":
			return p.le(x, y)
		case ">":
			return p.lt(y, x)
		case ">=":
			return p.le(y, x)
		}
	}
	panic(&Unsupported{Pos: e.Position(), What: "a bound like this", Consts: g.open})
}

// bounds are the least and the greatest integer of a scalar type.
func (g *gen) bounds(t *types.Type) (lo, hi *Term) {
	p := g.pool
	switch t.Kind {
	case types.Enum:
		return p.num(0), p.num(int64(len(t.Members) - 1))
	case types.Symmetric:
		if !g.isOpen() {
			return p.num(0), p.num(t.Hi - t.Lo)
		}
		return p.num(0), p.sub(g.folded(t.HiOf), g.folded(t.LoOf))
	}
	if !g.isOpen() {
		return p.num(t.Lo), p.num(t.Hi)
	}
	if t.LoOf == nil || t.HiOf == nil {
		panic(&Unsupported{Pos: g.pos, What: "the range " + t.String() + ", which nobody wrote", Consts: g.open})
	}
	return g.folded(t.LoOf), g.folded(t.HiOf)
}

// most is how many elements a sequence or a bag may have.
func (g *gen) most(t *types.Type) int64 {
	if g.isOpen() && t.MaxOf != nil && g.mentions(t.MaxOf) {
		if n := g.folded(t.MaxOf); n.Op == Num {
			return n.Int
		}
		panic(&Unsupported{Pos: g.pos, What: t.String(), Consts: g.constantsIn(t.MaxOf)})
	}
	return t.Max
}

// length is most, where each place of a sequence is written out.
func (g *gen) length(t *types.Type) int64 {
	n := g.most(t)
	if n > maxValues {
		g.refuse(g.pos, "the %d places of %s, written out (at most %d)", n, t, maxValues)
	}
	return n
}

// finite tells whether the bounds of a type are known numbers.
func (g *gen) finite(t *types.Type) bool {
	switch t.Kind {
	case types.Int:
		return false
	case types.Range, types.Symmetric:
		if !g.isOpen() {
			return true
		}
		lo, hi := g.bounds(t)
		return lo.Op == Num && hi.Op == Num
	}
	for _, u := range partsOf(t) {
		if !g.finite(u) {
			return false
		}
	}
	return true
}

func partsOf(t *types.Type) []*types.Type {
	out := fieldTypes(t.Fields)
	for _, v := range t.Variants {
		out = append(out, fieldTypes(v.Fields)...)
	}
	if t.Key != nil {
		out = append(out, t.Key)
	}
	if t.Elem != nil {
		out = append(out, t.Elem)
	}
	return out
}

// constantsOf lists the open constants that the bounds of a type depend on.
func (g *gen) constantsOf(t *types.Type) []string {
	var out []string
	for _, e := range []syntax.Expr{t.LoOf, t.HiOf, t.MaxOf} {
		if e != nil {
			out = append(out, g.constantsIn(e)...)
		}
	}
	for _, u := range partsOf(t) {
		out = append(out, g.constantsOf(u)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (g *gen) constantsIn(e syntax.Expr) []string {
	var out []string
	for _, name := range g.open {
		one := &gen{prog: g.prog, open: []string{name}}
		if one.mentions(e) {
			out = append(out, name)
		}
	}
	return out
}

// bounded does what may take no more than maxWork steps: quantifiers in each other multiply, and so do stores into maps that were stored into.
func (g *gen) bounded(do func()) {
	saved := g.pool.left
	g.pool.left = maxWork
	defer func() { g.pool.left = saved }()
	do()
}

// require notes what must be true here for nothing to fault.
func (g *gen) require(c *Term) {
	if !g.faults || c.Op == True {
		return
	}
	p := g.pool
	p.burn(len(g.passed))
	g.needs = append(g.needs, p.implies(p.and(append([]*Term{g.path}, g.passed...)...), c))
}

// under does something where c is known.
func (g *gen) under(c *Term, do func()) {
	saved := g.path
	g.path = g.pool.and(saved, c)
	do()
	g.path = saved
}

// sound gives what must be true for nothing to fault in what do does.
func (g *gen) sound(do func()) *Term {
	path, passed, needs, faults := g.path, g.passed, g.needs, g.faults
	g.path, g.passed, g.needs, g.faults = g.pool.truth(true), nil, nil, true
	g.bounded(do)
	out := g.pool.and(g.needs...)
	g.path, g.passed, g.needs, g.faults = path, passed, needs, faults
	return out
}

// quietly does something of which it is known, or noted, that it does not fault.
func (g *gen) quietly(do func()) {
	saved := g.faults
	g.faults = false
	do()
	g.faults = saved
}

// forall and sum bind, and so what is needed in them is for all values.
func (g *gen) forall(lo, hi *Term, f func(*Term) *Term) *Term {
	return g.binding(g.pool.forall, lo, hi, f)
}

func (g *gen) sum(lo, hi *Term, f func(*Term) *Term) *Term { return g.binding(g.pool.sum, lo, hi, f) }

func (g *gen) binding(bind func(lo, hi *Term, f func(*Term) *Term) *Term, lo, hi *Term, f func(*Term) *Term) *Term {
	start, passed := len(g.needs), g.passed
	var v *Term
	out := bind(lo, hi, func(x *Term) *Term { v = x; return f(x) })
	g.passed = passed // they speak of what is bound
	for i, n := range g.needs[start:] {
		g.needs[start+i] = g.pool.forall(lo, hi, func(y *Term) *Term { return g.pool.replace(n, v, y) })
	}
	return out
}

// pick is what was made to stand for a choice.
type pick struct {
	t *types.Type
	v value
}

// nextVersion numbers the values of variables, from 1; 0 is what a variable is before anything is stored.
func (g *gen) nextVersion() int {
	g.versions++
	return g.versions
}

// chosen names what an action chooses, apart from other choices of the same name and from the state.
func (g *gen) chosen(name string) string {
	if g.choices == nil {
		g.choices = map[string]int{}
	}
	g.choices[name]++
	if n := g.choices[name]; n > 1 {
		return fmt.Sprintf("%s%s~%d", chosenMark, name, n)
	}
	return chosenMark + name
}

// chosenMark begins the names of what an action chooses and of its parameters.
const chosenMark = ":"
