package inductive

import (
	"slices"
	"strconv"
	"strings"
)

// Op is what a term is.
type Op uint8

// The terms. Those before True are integers, the others truth values.
const (
	Num    Op = iota // Int
	Var              // Name: a constant, a parameter, a part of the state without keys, or what a binder binds
	App              // function Name of Args
	Add              // of Args
	Mul              // of two
	Div              // of two, floor; by 0: anything
	Mod              // of two: X - Y*Div(X, Y)
	Ite              // if Args[0] then Args[1] else Args[2]
	Sum              // of Args[2] for Name from Args[0] to Args[1]
	True             //
	False            //
	Le               // of two
	Eq               // of two integers
	Not              //
	And              //
	Or               //
	Forall           // Name from Args[0] to Args[1]: Args[2]
)

// Term is a term. Terms of one pool are equal where they are the same pointer. A binder's name tells how many binders stand in it, so
// that terms that differ only in the names of what they bind are the same.
type Term struct {
	Op     Op
	Int    int64
	Name   string
	Args   []*Term
	id     int
	height int  // of binders, one in the other
	open   bool // a variable of a binder that is being built stands in it
	bound  bool // a variable of a binder stands in it
}

// IsBool tells whether a term is a truth value.
func (t *Term) IsBool() bool { return t.Op >= True }

// pool makes terms.
type pool struct {
	table map[string]*Term
	all   int
	fresh int
	left  int // steps that making terms may still take; 0 is no limit
}

func newPool() *pool { return &pool{table: map[string]*Term{}} }

// maxTerms bounds the terms of a model.
const maxTerms = 4_000_000

// maxWork bounds the terms that are made, anew or not, for one claim or one action.
const maxWork = 1 << 22

// burn takes steps off those that are left.
func (p *pool) burn(n int) {
	if p.left == 0 {
		return
	}
	if p.left -= n; p.left <= 0 {
		panic(&Unsupported{What: "an expression or an action that takes more than " + strconv.Itoa(maxWork) + " steps to be written out"})
	}
}

func (p *pool) make(op Op, n int64, name string, args ...*Term) *Term {
	p.burn(1)
	var b strings.Builder
	b.WriteByte(byte('A' + op))
	b.WriteString(strconv.FormatInt(n, 36))
	b.WriteByte('|')
	b.WriteString(name)
	height, open, bound := 0, strings.HasPrefix(name, freshMark), op == Var && boundName(name)
	for _, a := range args {
		b.WriteByte(',')
		b.WriteString(strconv.Itoa(a.id))
		height = max(height, a.height)
		open, bound = open || a.open, bound || a.bound
	}
	key := b.String()
	if t, ok := p.table[key]; ok {
		return t
	}
	if op == Sum || op == Forall {
		height++
	}
	p.all++
	if p.all > maxTerms {
		panic(&Unsupported{What: "the obligations take more than " + strconv.Itoa(maxTerms) + " terms"})
	}
	t := &Term{Op: op, Int: n, Name: name, Args: slices.Clone(args), id: p.all, height: height, open: open, bound: bound}
	p.table[key] = t
	return t
}

const freshMark = "?"

// boundName tells whether a name is that of a binder: no name of a model is like it.
func boundName(name string) bool { return strings.HasPrefix(name, binderMark) }

const binderMark = "^"

func (p *pool) freshVar() *Term {
	p.fresh++
	return p.make(Var, 0, freshMark+strconv.Itoa(p.fresh))
}

func (p *pool) num(n int64) *Term          { return p.make(Num, n, "") }
func (p *pool) variable(name string) *Term { return p.make(Var, 0, name) }

func (p *pool) truth(b bool) *Term {
	if b {
		return p.make(True, 0, "")
	}
	return p.make(False, 0, "")
}

func (p *pool) app(name string, args []*Term) *Term {
	if len(args) == 0 {
		return p.variable(name)
	}
	return p.make(App, 0, name, args...)
}

// linear takes a term apart: coefficients of terms, in order of these, and what is left.
func linear(t *Term, by int64, coef map[*Term]int64) (rest int64, ok bool) {
	switch t.Op {
	case Num:
		return mulOK(by, t.Int)
	case Add:
		for _, a := range t.Args {
			r, ok := linear(a, by, coef)
			if !ok {
				return 0, false
			}
			if rest, ok = addOK(rest, r); !ok {
				return 0, false
			}
		}
		return rest, true
	case Mul:
		if t.Args[0].Op == Num {
			c, ok := mulOK(by, t.Args[0].Int)
			if !ok {
				return 0, false
			}
			return linear(t.Args[1], c, coef)
		}
	}
	c, ok := addOK(coef[t], by)
	coef[t] = c
	return 0, ok
}

func addOK(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

func mulOK(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	m := a * b
	return m, m/b == a && !(a == -1 && b == -1<<63) && !(b == -1 && a == -1<<63)
}

func (p *pool) add(ts ...*Term) *Term {
	coef := map[*Term]int64{}
	rest := int64(0)
	for _, t := range ts {
		r, ok := linear(t, 1, coef)
		if ok {
			rest, ok = addOK(rest, r)
		}
		if !ok {
			return p.make(Add, 0, "", ts...) // as it stands: solvers count without bounds
		}
	}
	return p.ofLinear(coef, rest)
}

func (p *pool) ofLinear(coef map[*Term]int64, rest int64) *Term {
	var parts []*Term
	for t, c := range coef {
		if c != 0 {
			parts = append(parts, t)
		}
	}
	slices.SortFunc(parts, func(a, b *Term) int { return a.id - b.id })
	for i, t := range parts {
		if c := coef[t]; c != 1 {
			parts[i] = p.make(Mul, 0, "", p.num(c), t)
		}
	}
	if rest != 0 || len(parts) == 0 {
		parts = append(parts, p.num(rest))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return p.make(Add, 0, "", parts...)
}

func (p *pool) scale(c int64, t *Term) *Term {
	coef := map[*Term]int64{}
	if rest, ok := linear(t, c, coef); ok {
		return p.ofLinear(coef, rest)
	}
	return p.make(Mul, 0, "", p.num(c), t)
}

func (p *pool) sub(a, b *Term) *Term { return p.add(a, p.scale(-1, b)) }

func (p *pool) mul(a, b *Term) *Term {
	switch {
	case a.Op == Num:
		return p.scale(a.Int, b)
	case b.Op == Num:
		return p.scale(b.Int, a)
	case a.Op == Ite && a.Args[1].Op == Num && a.Args[2].Op == Num: // a choice of numbers keeps it linear
		return p.ite(a.Args[0], p.mul(a.Args[1], b), p.mul(a.Args[2], b))
	case b.Op == Ite && b.Args[1].Op == Num && b.Args[2].Op == Num:
		return p.mul(b, a)
	}
	if a.id > b.id {
		a, b = b, a
	}
	return p.make(Mul, 0, "", a, b)
}

func (p *pool) div(a, b *Term) *Term {
	if b.Op == Num && b.Int != 0 && a.Op == Num && b.Int != -1 {
		q := a.Int / b.Int
		if a.Int%b.Int != 0 && (a.Int < 0) != (b.Int < 0) {
			q--
		}
		return p.num(q)
	}
	return p.make(Div, 0, "", a, b)
}

func (p *pool) mod(a, b *Term) *Term {
	if a.Op == Num && b.Op == Num && b.Int != 0 && b.Int != -1 {
		return p.sub(a, p.mul(b, p.div(a, b)))
	}
	return p.make(Mod, 0, "", a, b)
}

// ite is a choice of two terms of one sort.
func (p *pool) ite(c, a, b *Term) *Term {
	switch {
	case c.Op == True || a == b:
		return a
	case c.Op == False:
		return b
	case a.IsBool():
		return p.and(p.implies(c, a), p.or(c, b))
	case c.Op == Not:
		return p.ite(c.Args[0], b, a)
	}
	if a.Op == Ite && a.Args[0] == c {
		a = a.Args[1]
	}
	if b.Op == Ite && b.Args[0] == c {
		b = b.Args[2]
	}
	if a == b {
		return a
	}
	return p.make(Ite, 0, "", c, a, b)
}

// sign tells whether the difference of two terms is a number, and which.
func (p *pool) difference(a, b *Term) (int64, bool) {
	if d := p.sub(a, b); d.Op == Num {
		return d.Int, true
	}
	return 0, false
}

func (p *pool) le(a, b *Term) *Term {
	if d, ok := p.difference(a, b); ok {
		return p.truth(d <= 0)
	}
	if c := p.throughIte(a, b, p.le); c != nil {
		return c
	}
	return p.make(Le, 0, "", a, b)
}

func (p *pool) lt(a, b *Term) *Term { return p.le(p.add(a, p.num(1)), b) }

func (p *pool) eq(a, b *Term) *Term {
	if a.IsBool() {
		return p.and(p.implies(a, b), p.implies(b, a))
	}
	if d, ok := p.difference(a, b); ok {
		return p.truth(d == 0)
	}
	if c := p.throughIte(a, b, p.eq); c != nil {
		return c
	}
	if a.id > b.id {
		a, b = b, a
	}
	return p.make(Eq, 0, "", a, b)
}

// throughIte compares the branches of a choice with a number, where one of them is a number too, or gives nil.
func (p *pool) throughIte(a, b *Term, compare func(a, b *Term) *Term) *Term {
	numbers := func(t *Term) bool { return t.Args[1].Op == Num || t.Args[2].Op == Num }
	switch {
	case a.Op == Ite && b.Op == Num && numbers(a):
		return p.ite(a.Args[0], compare(a.Args[1], b), compare(a.Args[2], b))
	case b.Op == Ite && a.Op == Num && numbers(b):
		return p.ite(b.Args[0], compare(a, b.Args[1]), compare(a, b.Args[2]))
	}
	return nil
}

func (p *pool) not(a *Term) *Term {
	switch a.Op {
	case True:
		return p.truth(false)
	case False:
		return p.truth(true)
	case Not:
		return a.Args[0]
	}
	return p.make(Not, 0, "", a)
}

func (p *pool) and(ts ...*Term) *Term { return p.junction(And, True, False, ts) }
func (p *pool) or(ts ...*Term) *Term  { return p.junction(Or, False, True, ts) }

func (p *pool) junction(op, unit, zero Op, ts []*Term) *Term {
	var parts []*Term
	seen := map[*Term]bool{}
	for _, t := range ts {
		list := []*Term{t}
		if t.Op == op {
			list = t.Args
		}
		for _, t := range list {
			switch {
			case t.Op == zero || seen[p.not(t)]:
				return p.make(zero, 0, "")
			case t.Op != unit && !seen[t]:
				seen[t] = true
				parts = append(parts, t)
			}
		}
	}
	switch len(parts) {
	case 0:
		return p.make(unit, 0, "")
	case 1:
		return parts[0]
	}
	return p.make(op, 0, "", parts...)
}

func (p *pool) implies(a, b *Term) *Term { return p.or(p.not(a), b) }

// within is lo <= t and t <= hi.
func (p *pool) within(lo, t, hi *Term) *Term { return p.and(p.le(lo, t), p.le(t, hi)) }

// forall is body for each integer from lo to hi.
func (p *pool) forall(lo, hi *Term, body func(*Term) *Term) *Term {
	return p.bind(Forall, lo, hi, body)
}

func (p *pool) sum(lo, hi *Term, body func(*Term) *Term) *Term { return p.bind(Sum, lo, hi, body) }

func (p *pool) bind(op Op, lo, hi *Term, body func(*Term) *Term) *Term {
	v := p.freshVar()
	b := body(v)
	switch {
	case op == Forall && b.Op == True, op == Sum && b.Op == Num && b.Int == 0:
		return b
	case lo.Op == Num && hi.Op == Num && lo.Int > hi.Int && op == Forall:
		return p.truth(true)
	case lo.Op == Num && hi.Op == Num && lo.Int > hi.Int:
		return p.num(0)
	}
	name := binderMark + strconv.Itoa(b.height+1) // above all binders within
	return p.make(op, 0, name, lo, hi, p.replace(b, v, p.make(Var, 0, name)))
}

// replace puts a variable in the place of one that was made for the purpose, as it is.
func (p *pool) replace(t, v, with *Term) *Term {
	memo := map[*Term]*Term{v: with}
	var walk func(t *Term) *Term
	walk = func(t *Term) *Term {
		if u, ok := memo[t]; ok || !t.open {
			if !ok {
				return t
			}
			return u
		}
		args := make([]*Term, len(t.Args))
		for i, a := range t.Args {
			args[i] = walk(a)
		}
		u := p.make(t.Op, t.Int, t.Name, args...)
		memo[t] = u
		return u
	}
	return walk(t)
}

// body is what a binder says of x.
func (p *pool) body(t, x *Term) *Term {
	return p.subst(t.Args[2], map[*Term]*Term{p.make(Var, 0, t.Name): x}, nil)
}

// subst puts terms in the place of others, and simplifies. Binders are opened on the way, so that nothing is captured.
func (p *pool) subst(t *Term, with map[*Term]*Term, memo map[*Term]*Term) *Term {
	if memo == nil {
		memo = map[*Term]*Term{}
	}
	if u, ok := with[t]; ok {
		return u
	}
	if len(t.Args) == 0 {
		return t
	}
	if u, ok := memo[t]; ok {
		return u
	}
	var u *Term
	if t.Op == Forall || t.Op == Sum {
		lo, hi := p.subst(t.Args[0], with, memo), p.subst(t.Args[1], with, memo)
		own := p.make(Var, 0, t.Name)
		u = p.bind(t.Op, lo, hi, func(v *Term) *Term {
			inner := map[*Term]*Term{}
			for k, w := range with {
				inner[k] = w
			}
			inner[own] = v // what else is called so stands outside
			return p.subst(t.Args[2], inner, nil)
		})
	} else {
		args := make([]*Term, len(t.Args))
		for i, a := range t.Args {
			args[i] = p.subst(a, with, memo)
		}
		u = p.rebuild(t, args)
	}
	memo[t] = u
	return u
}

// rebuild is a term of other arguments.
func (p *pool) rebuild(t *Term, args []*Term) *Term {
	switch t.Op {
	case App:
		return p.app(t.Name, args)
	case Add:
		return p.add(args...)
	case Mul:
		return p.mul(args[0], args[1])
	case Div:
		return p.div(args[0], args[1])
	case Mod:
		return p.mod(args[0], args[1])
	case Ite:
		return p.ite(args[0], args[1], args[2])
	case Le:
		return p.le(args[0], args[1])
	case Eq:
		return p.eq(args[0], args[1])
	case Not:
		return p.not(args[0])
	case And:
		return p.and(args...)
	case Or:
		return p.or(args...)
	}
	return t
}
