package inductive

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// Kind is what an obligation is about.
type Kind uint8

// The kinds of obligations.
const (
	Claims Kind = iota // an invariant or a bound
	Typed              // that variables keep to their types
	Sound              // that nothing faults
	Steps              // a step property or an ensures
)

// Obligation is that something follows: from Assume, Goal. Where nobody can break it, since the action does not touch
// what it speaks of, Goal is true.
type Obligation struct {
	Action int   // or -1: of the initial states
	Before []int // the actions before that, of induction over several steps
	Begins bool  // the first state is an initial one
	Kind   Kind
	Claim  string // the property, or ""
	Prop   int    // its number among the program's properties, or -1
	Assume []*Term
	Goal   *Term

	ways   []way // of the action, for what is built on them
	params []value
}

// Name is what an obligation is called: INIT or the action, and the claim.
func (o *Obligation) Name(p *ir.Program) string {
	var names []string
	if o.Begins {
		names = append(names, "init")
	}
	for _, i := range o.Before {
		names = append(names, p.Actions[i].Name)
	}
	if o.Action >= 0 {
		names = append(names, p.Actions[o.Action].Name)
	}
	return strings.Join(names, ", ") + ": " + o.claim()
}

func (o *Obligation) claim() string {
	switch o.Kind {
	case Typed:
		return "values stay in their types"
	case Sound:
		return "no fault"
	}
	return o.Claim
}

// claim is a property of the states.
type claim struct {
	prop int
	name string
	of   func(in env) *Term // it has a value, and is true
}

// system is a program in terms.
type system struct {
	coq *coqNames // nil where no Coq is written
	*gen
	vars     []value
	premises []*Term // of the constants
	typing   []*Term // of each variable
	claims   []claim
	held     []*Term // each claim of the state before
	Skipped  []string
}

// Speaks tells whether obligations are made of a property: of an invariant or a bound, and of a step.
func Speaks(k ir.PropKind) bool {
	return k == ir.Invariant || k == ir.MaxBound || k == ir.MinBound || k == ir.Step
}

// newSystem makes the terms that all obligations share. It panics with an *Unsupported.
func newSystem(prog *ir.Program, open []string, fixed map[string]int64) *system {
	s := &system{gen: newGen(prog, open, fixed)}
	for _, v := range prog.Vars {
		s.pos = v.Pos
		x := s.state(v.Type, v.Name, nil)
		s.vars = append(s.vars, x)
		s.typing = append(s.typing, s.typed(v.Type, x))
	}
	s.premises = s.assumptions()
	for i := range prog.Props {
		q := &prog.Props[i]
		switch q.Kind {
		case ir.Invariant, ir.MaxBound, ir.MinBound:
			s.claims = append(s.claims, claim{i, q.Name, func(in env) *Term { return s.claimed(q, in) }})
		}
	}
	for _, c := range s.claims {
		s.held = append(s.held, c.of(env{vars: s.vars, old: s.vars}))
	}
	return s
}

// maxConstant bounds the values of open constants: integers of the language are int64, and sums must not leave that.
const maxConstant = 1 << 31

// assumptions are what is known of the constants.
func (s *system) assumptions() []*Term {
	p := s.pool
	var out []*Term
	for _, name := range s.open {
		if v := s.value[name]; v.Op == Var {
			out = append(out, p.within(p.num(-maxConstant), v, p.num(maxConstant)))
		}
	}
	for _, a := range s.prog.Assumes {
		var c *Term
		sure := s.sound(func() { c = s.truth(a, env{}) })
		out = append(out, sure, c)
	}
	if s.isOpen() {
		seen := map[*types.Type]bool{}
		for _, t := range s.declared() {
			s.inhabited(t, seen, &out)
		}
	}
	return slices.DeleteFunc(out, func(t *Term) bool { return t.Op == True })
}

// declared lists the types that a model must not have empty, so as to be loaded.
func (s *system) declared() []*types.Type {
	var out []*types.Type
	for _, v := range s.prog.Vars {
		out = append(out, v.Type)
	}
	for _, a := range s.prog.Actions {
		for _, id := range a.Params {
			out = append(out, s.prog.Locals[id].Type)
		}
	}
	return out
}

// inhabited adds that the ranges in a type are not empty, and that there are no more identities than a type may have.
func (s *system) inhabited(t *types.Type, seen map[*types.Type]bool, out *[]*Term) {
	if seen[t] {
		return
	}
	seen[t] = true
	if t.Kind == types.Range || t.Kind == types.Symmetric {
		lo, hi := s.bounds(t)
		*out = append(*out, s.pool.le(lo, hi))
	}
	for _, u := range partsOf(t) {
		s.inhabited(u, seen, out)
	}
}

// claimed tells whether an invariant or a bound has a value in a state and is true there.
func (s *system) claimed(q *ir.Prop, in env) *Term {
	p := s.pool
	var c *Term
	sure := s.sound(func() {
		switch x := s.expr(q.Expr, in); q.Kind {
		case ir.MaxBound:
			c = p.le(x.T, s.limit(q))
		case ir.MinBound:
			c = p.le(s.limit(q), x.T)
		default:
			c = x.T
		}
	})
	return p.and(sure, c)
}

func (s *system) limit(q *ir.Prop) *Term {
	p := s.pool
	if !s.isOpen() || q.LimitOf == nil {
		return p.num(q.Limit)
	}
	n := s.folded(q.LimitOf)
	switch {
	case q.Strict && q.Kind == ir.MaxBound:
		return p.sub(n, p.num(1))
	case q.Strict:
		return p.add(n, p.num(1))
	}
	return n
}

// obligations makes all obligations of induction over k steps, of the initial states first: whatever is claimed is true there and in the
// states up to k-1 steps away, and after k steps through states in which it is.
func (s *system) obligations(k int) []*Obligation {
	first, out := s.start()
	for n := 1; n < k; n++ {
		for _, w := range first.ways {
			out = append(out, s.chains(n, &Obligation{Action: -1, Begins: true}, append(append(slices.Clone(first.Assume), w.live), s.trueIn(w.in.vars)...), w.in.vars)...)
		}
	}
	return append(out, s.chains(k, &Obligation{Action: -1}, s.hypotheses(), s.vars)...)
}

// start is an obligation of the initial states, for the ways that lead there, and all of them.
func (s *system) start() (*Obligation, []*Obligation) {
	out := s.initial()
	return out[len(out)-1], out
}

// chains makes the obligations of n further steps from a state of which something is known.
func (s *system) chains(n int, o *Obligation, known []*Term, vars []value) []*Obligation {
	var out []*Obligation
	for i := range s.prog.Actions {
		if len(o.Before) == 0 && !o.Begins {
			s.choices = map[string]int{}
		}
		saved := copied(s.choices)
		of, needs, ways, params := s.step(i, vars)
		assume := append(slices.Clone(known), of...)
		if n == 1 {
			at := *o
			at.Action = i
			out = append(out, s.after(&at, assume, needs, vars, ways, params)...)
		} else {
			next := *o
			next.Before = append(slices.Clone(o.Before), i)
			for _, w := range ways {
				there := append(append(slices.Clone(assume), needs, w.live), s.trueIn(w.in.vars)...)
				out = append(out, s.chains(n-1, &next, there, w.in.vars)...)
			}
		}
		s.choices = saved
	}
	return out
}

// trueIn are the types and the claims in a state.
func (s *system) trueIn(vars []value) []*Term {
	var out []*Term
	for i, v := range s.prog.Vars {
		if vars[i].version != 0 {
			out = append(out, s.typed(v.Type, vars[i]))
		}
	}
	for _, c := range s.claims {
		out = append(out, c.of(env{vars: vars, old: vars}))
	}
	return out
}

func (s *system) initial() []*Obligation {
	p := s.pool
	assume := slices.Clone(s.premises)
	var ways []way
	needs := s.sound(func() {
		vars := make([]value, len(s.vars))
		for i, v := range s.prog.Vars {
			if v.Init == nil {
				vars[i] = s.vars[i]
				assume = append(assume, s.typing[i])
				continue
			}
			vars[i] = s.expr(v.Init, env{})
			s.fit(v.Init.Type, v.Type, vars[i])
			vars[i].version = s.nextVersion()
		}
		in := env{vars: vars, old: vars}
		ways = s.block(s.prog.Init, []way{{in, p.truth(true)}})
	})
	return s.after(&Obligation{Action: -1, Begins: true}, assume, needs, s.vars, ways, nil)
}

// hypotheses are what is known before a step: of the constants, the types and the claims.
func (s *system) hypotheses() []*Term {
	out := slices.Clone(s.premises)
	out = append(out, s.typing...)
	out = append(out, s.held...)
	return slices.DeleteFunc(out, func(t *Term) bool { return t.Op == True })
}

// step runs an action in a state: what is known of its parameters, what it needs, and where it leads.
func (s *system) step(i int, vars []value) (known []*Term, needs *Term, ways []way, params []value) {
	a := &s.prog.Actions[i]
	p := s.pool
	in := env{vars: vars, old: vars}
	for _, id := range a.Params {
		t := s.prog.Locals[id].Type
		s.pos = a.Pos
		v := s.state(t, s.chosen(s.prog.Locals[id].Name), nil)
		known = append(known, s.typed(t, v))
		in = in.bind(id, v)
		params = append(params, v)
	}
	needs = s.sound(func() {
		live := p.truth(true)
		if a.Guard != nil {
			live = s.truth(a.Guard, in)
		}
		ways = s.block(a.Body, []way{{in, live}})
	})
	return known, needs, ways, params
}

// ofAction makes the obligations of one step.
func (s *system) ofAction(i int) []*Obligation {
	s.choices = map[string]int{}
	known, needs, ways, params := s.step(i, s.vars)
	return s.after(&Obligation{Action: i}, append(s.hypotheses(), known...), needs, s.vars, ways, params)
}

// after makes the obligations of the last step, from a state, or of the initial states.
func (s *system) after(of *Obligation, assume []*Term, needs *Term, from []value, ways []way, params []value) []*Obligation {
	p := s.pool
	action := of.Action
	each := func(f func(w way) *Term) *Term {
		var parts []*Term
		for _, w := range ways {
			parts = append(parts, p.implies(w.live, f(w)))
		}
		return p.and(parts...)
	}
	add := func(out []*Obligation, k Kind, prop int, name string, goal *Term) []*Obligation { // with what is assumed by then
		o := *of
		o.Kind, o.Claim, o.Prop, o.Assume, o.Goal, o.ways, o.params = k, name, prop, assume, goal, ways, params
		return append(out, &o)
	}
	out := add(nil, Sound, -1, "", needs)
	if needs.Op != True { // a step that faults leads nowhere
		assume = append(slices.Clone(assume), needs)
	}
	var typed *Term
	s.bounded(func() {
		typed = each(func(w way) *Term {
			var parts []*Term
			for i, v := range s.prog.Vars {
				if w.in.vars[i].version != 0 {
					s.pos = v.Pos
					parts = append(parts, s.typed(v.Type, w.in.vars[i]))
				}
			}
			return p.and(parts...)
		})
	})
	out = add(out, Typed, -1, "", typed)
	for k, c := range s.claims {
		goal := each(func(w way) *Term {
			t := c.of(env{vars: w.in.vars, old: w.in.vars})
			if t == s.held[k] && action >= 0 && !of.Begins && len(of.Before) == 0 {
				return p.truth(true)
			}
			return t
		})
		out = add(out, Claims, c.prop, c.name, goal)
	}
	if action < 0 {
		return out
	}
	a := &s.prog.Actions[action]
	over := func(e *ir.Expr) *Term {
		return each(func(w way) *Term {
			in := env{vars: w.in.vars, old: from}
			for i, id := range a.Params {
				in = in.bind(id, params[i])
			}
			var c *Term
			sure := s.sound(func() { c = s.truth(e, in) })
			return p.and(sure, c)
		})
	}
	for i := range s.prog.Props {
		if q := &s.prog.Props[i]; q.Kind == ir.Step {
			out = add(out, Steps, i, q.Name, over(q.Expr))
		}
	}
	if a.Ensures != nil {
		out = add(out, Steps, -1, ir.Ensured(a.Name), over(a.Ensures))
	}
	return out
}
