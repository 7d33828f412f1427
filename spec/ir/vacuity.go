package ir

import "github.com/bulkheadlang/bulkhead/spec/types"

// Antecedents lists the conditions without which a formula says nothing, as formulas of their own. Of
//
//	forall x in S: A implies B
//
// it is `exists x in S: A`: where that is never true in any state, the formula holds without having claimed anything.
// Each conjunct has its own antecedents, as has each implication in a chain. A domain that the state decides, a `where`
// and a branch beside a plain true count as antecedents too; going through a whole type or constant numbers does not.
// There are at most 256: one deep in a chain of implications repeats all before it.
func Antecedents(e *Expr) []*Expr {
	var out []*Expr
	antecedents(e, func(cond *Expr) *Expr { return cond }, &out)
	return out
}

// AntecedentsOf lists the antecedents of a property about states, steps or runs. Those of one about runs are of its
// conditions where these make it weaker: one whose antecedent is true in no state is true in all of them.
func AntecedentsOf(q *Prop) []*Expr {
	switch {
	case q.Kind == Invariant || q.Kind == Step:
		return Antecedents(q.Expr)
	case q.Kind == Refines: // that of a step which changes the abstract state
		return []*Expr{logic(Not, q.Expr)}
	case q.Kind == Linear || q.Kind == Possible:
		var out []*Expr
		antecedentsOfRuns(q.Formula, true, func(cond *Expr) *Expr { return cond }, &out)
		return out
	default:
		return nil
	}
}

// AntecedentTextOf gives an antecedent of a property in words.
func AntecedentTextOf(p *Program, q *Prop, x *Expr) string {
	if q.Kind == Refines {
		return "a step changes the state of " + q.Name
	}
	return AntecedentText(p, x)
}

func antecedentsOfRuns(f *Formula, positive bool, around func(*Expr) *Expr, out *[]*Expr) {
	switch f.Op {
	case StateFormula:
		if positive {
			antecedents(f.Expr, around, out)
		}
		return
	case NotFormula:
		positive = !positive
	case ImpliesFormula, LeadsToFormula:
		antecedentsOfRuns(f.Args[0], !positive, around, out)
		antecedentsOfRuns(f.Args[1], positive, around, out)
		return
	case IffFormula:
		return
	case ForallFormula, ExistsFormula:
		inner := around
		around = func(cond *Expr) *Expr {
			return inner(&Expr{Op: Exists, Type: types.BoolType(), Pos: f.Pos, Binders: f.Binders, Where: f.Where, Args: []*Expr{cond}})
		}
	}
	for _, g := range f.Args {
		antecedentsOfRuns(g, positive, around, out)
	}
}

// Ensuring lists the antecedents of what an action ensures: that the action is taken, at all, and those of the formula.
func Ensuring(a *Action) []*Expr {
	return append([]*Expr{{Op: Const, Type: types.BoolType(), Pos: a.Ensures.Pos, Int: 1}}, Antecedents(a.Ensures)...)
}

// EnsuringText gives antecedent k of Ensuring in words.
func EnsuringText(p *Program, a *Action, k int) string {
	if k == 0 {
		return a.Name + " is taken"
	}
	return AntecedentText(p, Ensuring(a)[k])
}

// mostAntecedents is how many antecedents of a formula are listed.
const mostAntecedents = 256

// antecedents walks the formula along what it claims. Around closes a condition that stands at e: it brings the locals in
// scope there into scope, with the conditions under which e is claimed.
func antecedents(e *Expr, around func(*Expr) *Expr, out *[]*Expr) {
	if len(*out) >= mostAntecedents {
		return
	}
	add := func(cond *Expr) { *out = append(*out, around(cond)) }
	under := func(x *Expr, wrap func(*Expr) *Expr) {
		antecedents(x, func(cond *Expr) *Expr { return around(wrap(cond)) }, out)
	}
	switch e.Op {
	case And:
		if _, _, between := betweenParts(e); between {
			return
		}
		antecedents(e.Args[0], around, out)
		antecedents(e.Args[1], around, out)
	case Implies:
		a := e.Args[0]
		add(a)
		under(e.Args[1], func(cond *Expr) *Expr { return logic(And, a, cond) })
	case Forall:
		exists := func(cond *Expr) *Expr { return existsOver(e, cond) }
		if restricts(e) {
			add(exists(truth(true, e)))
		}
		under(e.Args[0], exists)
	case Not:
		if x := e.Args[0]; x.Op == Exists && restricts(x) {
			add(existsOver(x, truth(true, x)))
		}
	case Let:
		if e.Form == Beyond {
			return
		}
		under(e.Args[1], func(cond *Expr) *Expr {
			return &Expr{Op: Let, Type: cond.Type, Pos: e.Pos, Local: e.Local, Args: []*Expr{e.Args[0], cond}}
		})
	case Old:
		under(e.Args[0], func(cond *Expr) *Expr { return logic(Old, cond) })
	case If:
		yes, no := e.Args[0], logic(Not, e.Args[0])
		for i, cond := range []*Expr{yes, no} {
			branch, other := e.Args[1+i], e.Args[2-i]
			if isConst(other, 1) && !isConst(branch, 1) {
				add(cond)
			}
			under(branch, func(inner *Expr) *Expr { return logic(And, cond, inner) })
		}
	case Match:
		matchAntecedents(e, add, under)
	}
}

func matchAntecedents(e *Expr, add func(*Expr), under func(*Expr, func(*Expr) *Expr)) {
	// with is the match with other bodies.
	with := func(body func(i int) *Expr) *Expr {
		m := *e
		m.Arms = append([]Arm(nil), e.Arms...)
		for i := range m.Arms {
			m.Arms[i].Body = body(i)
		}
		return &m
	}
	silent := 0
	for i := range e.Arms {
		if isConst(e.Arms[i].Body, 1) {
			silent++
		}
	}
	if silent > 0 && silent < len(e.Arms) {
		add(with(func(i int) *Expr { return truth(!isConst(e.Arms[i].Body, 1), e) }))
	}
	for i := range e.Arms {
		under(e.Arms[i].Body, func(cond *Expr) *Expr {
			return with(func(k int) *Expr {
				if k == i {
					return cond
				}
				return truth(false, e)
			})
		})
	}
}

func logic(op Op, args ...*Expr) *Expr {
	return &Expr{Op: op, Type: types.BoolType(), Pos: args[0].Pos, Args: args}
}

func truth(v bool, at *Expr) *Expr {
	e := &Expr{Op: Const, Type: types.BoolType(), Pos: at.Pos}
	if v {
		e.Int = 1
	}
	return e
}

func existsOver(q, cond *Expr) *Expr {
	return &Expr{Op: Exists, Type: types.BoolType(), Pos: q.Pos, Binders: q.Binders, Where: q.Where, Args: []*Expr{cond}}
}

// restricts tells whether the state or a condition decides what a quantifier goes through.
func restricts(q *Expr) bool {
	if q.Where != nil {
		return true
	}
	for i := range q.Binders {
		b := &q.Binders[i]
		if b.Where != nil || MayRead(b.Set) || MayRead(b.Lo) || MayRead(b.Hi) {
			return true
		}
	}
	return false
}

// MayRead tells whether the value of e, which may be nil, can depend on the state: it reads a variable, or calls a
// function, which may read one.
func MayRead(e *Expr) bool {
	found := false
	Walk(e, func(x *Expr) bool {
		found = found || x.Op == LoadVar || x.Op == Call
		return !found
	})
	return found
}

// Walk calls visit for e and, where it returns true, for the expressions inside, in the order in which they stand. It
// does not enter functions. A nil e has none.
func Walk(e *Expr, visit func(*Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for i := range e.Binders {
		b := &e.Binders[i]
		Walk(b.Lo, visit)
		Walk(b.Hi, visit)
		Walk(b.Set, visit)
		Walk(b.Where, visit)
	}
	Walk(e.Where, visit)
	for _, a := range e.Args {
		Walk(a, visit)
	}
	for i := range e.Arms {
		Walk(e.Arms[i].Body, visit)
	}
}

// AntecedentText is the condition inside an expression that Antecedents gave, for people: the condition alone, without
// the quantifiers and lets around it, or, where a quantifier found nothing to go through, the quantifier.
func AntecedentText(p *Program, e *Expr) string {
	switch {
	case e.Op == Exists && !isConst(e.Args[0], 1):
		return AntecedentText(p, e.Args[0])
	case e.Op == Exists:
		pr := &printer{p: p}
		return "exists " + pr.binders(e.Binders) + pr.where(e.Where)
	case e.Op == Let && e.Form != Beyond:
		if _, _, between := betweenParts(e); !between {
			return AntecedentText(p, e.Args[1])
		}
	}
	return p.Text(e)
}
