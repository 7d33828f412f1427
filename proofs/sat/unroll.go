package sat

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// unrolled is runs of a model, written out: states, each a function of what is chosen on the way to it.
type unrolled struct {
	m      *machine
	first  lit // that the first state is one of those that runs begin with
	states [][]value
	steps  []anyStep // from each state
	begin  *step     // where runs begin with initial states

	goods     map[[2]int]lit
	goodSteps map[[2]int]lit
}

// anyStep is what all actions do in a state, and one of them: the one that is taken to the next state.
type anyStep struct {
	acts   []step
	chosen []lit // the action is the one taken
	taken  lit   // a step is
}

// runsFrom is runs from the initial states.
func (m *machine) runsFromStart() *unrolled {
	st := m.start()
	return &unrolled{m: m, first: st.live, states: [][]value{st.next}, begin: &st, goods: map[[2]int]lit{}, goodSteps: map[[2]int]lit{}}
}

// runsFromAny is runs from any state.
func (m *machine) runsFromAny() *unrolled {
	s, valid := m.state()
	return &unrolled{m: m, first: valid, states: [][]value{s}, goods: map[[2]int]lit{}, goodSteps: map[[2]int]lit{}}
}

// from is what actions do in state j.
func (u *unrolled) from(j int) *anyStep {
	for len(u.steps) <= j {
		s := anyStep{}
		for i := range u.m.p.Actions {
			u.m.work = workLimit
			s.acts = append(s.acts, u.m.act(&u.m.p.Actions[i], u.state(len(u.steps))))
		}
		u.steps = append(u.steps, s)
	}
	return &u.steps[j]
}

// state is state j.
func (u *unrolled) state(j int) []value {
	for len(u.states) <= j {
		s := u.from(len(u.states) - 1)
		next := u.states[len(u.states)-1]
		if len(s.acts) > 0 {
			sel, valid := u.m.g.freshWord(0, int64(len(s.acts))-1)
			for i := range s.acts {
				c := u.m.g.and(valid, u.m.g.eq(sel, number(int64(i))))
				s.chosen = append(s.chosen, c)
				s.taken = u.m.g.or(s.taken, u.m.g.and(c, s.acts[i].live))
				next = u.m.muxAll(c, s.acts[i].next, next)
			}
		}
		u.states = append(u.states, next)
	}
	return u.states[j]
}

// run lists the conditions for a run of n steps.
func (u *unrolled) run(n int) []lit {
	out := []lit{u.first}
	for j := range n {
		u.state(j + 1)
		out = append(out, u.steps[j].taken)
	}
	return out
}

// good is where a claim about states is true in state j.
func (u *unrolled) good(c *claim, j int) lit {
	key := [2]int{int(c.id), j}
	l, ok := u.goods[key]
	if !ok {
		u.m.work = workLimit
		l = u.m.good(*c, u.state(j))
		u.goods[key] = l
	}
	return l
}

// goodBy is where a claim about steps is true of one from state j by an action.
func (u *unrolled) goodBy(c *claim, j, action int) lit {
	s := u.from(j)
	u.m.work = workLimit
	return u.m.goodStep(*c, action, u.state(j), &s.acts[action])
}

// goodStep is where a claim about steps is true of the one from state j that is taken.
func (u *unrolled) goodStep(c *claim, j int) lit {
	key := [2]int{int(c.id), j}
	l, ok := u.goodSteps[key]
	if ok {
		return l
	}
	u.state(j + 1)
	l = lTrue
	for i, chosen := range u.steps[j].chosen {
		l = u.m.g.and(l, u.m.g.implies(chosen, u.goodBy(c, j, i)))
	}
	u.goodSteps[key] = l
	return l
}

// enabled is where some action has a successor in state j, or faults, by some choice.
func (u *unrolled) enabled(j int) lit {
	s, out := u.from(j), lFalse
	for i := range s.acts {
		u.m.pos = u.m.p.Actions[i].Pos
		out = u.m.g.or(out, u.m.g.exists(u.m.g.or(s.acts[i].live, s.acts[i].fault), s.acts[i].inputs))
	}
	return out
}

// distinct is where the first n states differ from each other.
func (u *unrolled) distinct(n int) lit {
	var out []lit
	for i := range n {
		for j := range i {
			same := lTrue
			for k, v := range u.m.p.Vars {
				same = u.m.g.and(same, u.m.same(v.Type, u.state(i)[k], u.state(j)[k]))
			}
			out = append(out, same.not())
		}
	}
	return u.m.g.all(out...)
}

// stray is where an evaluation faults that an explorer makes in state j, other than those of actions and of the claims that are known to have a
// value.
func (u *unrolled) stray(all []claim, known map[int]bool, j int) lit {
	g, out := u.m.g, lFalse
	in := func(e *ir.Expr, s scope) {
		u.m.work = workLimit
		u.m.pos = e.Pos
		_, fault := u.m.eval(e, s)
		out = g.or(out, g.and(s.live, fault))
	}
	at := scope{now: u.state(j), old: u.state(j), live: lTrue}
	for i := range all {
		c := &all[i]
		switch {
		case known[i] || c.expr == nil:
		case c.kind == ofStates, c.kind == reachable:
			in(c.expr, at)
		case c.kind == ofSteps:
			for k := range u.from(j).acts {
				st := &u.steps[j].acts[k]
				if int(c.property.Action) == k || c.property.Kind == model.Step {
					in(c.expr, scope{now: st.next, old: u.state(j), locals: st.locals, live: st.live})
				}
			}
		}
	}
	u.m.work = workLimit
	if fault := u.m.terminalFault(u.state(j)); fault != lFalse {
		out = g.or(out, g.and(fault, u.enabled(j).not()))
	}
	for _, p := range u.m.p.Runs.Code {
		if p.Expr != nil {
			in(p.Expr, at)
		}
	}
	return out
}
