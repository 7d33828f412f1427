package eval

import (
	"math"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Instance is an action with its parameters fixed, for those who reason about which instances depend on each other.
type Instance struct {
	Action model.ActionID
	Ranks  []uint64   // of the values of its parameters
	Guard  []Conjunct // what is to be true, in the order in which it is evaluated; nothing where it always is
	Never  bool       // the guard is known never to be true
}

// Conjunct is a part of the guard of an instance.
type Conjunct struct {
	X    *ir.Expr
	Safe bool // its evaluation is known not to fault
}

// Instances lists the instances, in the order in which Next takes them, or tells that some actions have too many for each
// to have code of its own.
func (s *System) Instances() (out []Instance, ok bool) {
	for _, in := range s.instances {
		if in.pass != nil {
			return nil, false
		}
		params := s.p.Actions[in.action].Params
		o := Instance{Action: in.action, Ranks: make([]uint64, len(params)), Guard: in.conds, Never: never(in.guards)}
		n := uint64(in.args)
		for k := len(params) - 1; k >= 0; k-- {
			card := s.p.Locals[params[k]].Type.Card()
			o.Ranks[k] = n % card
			n /= card
		}
		out = append(out, o)
	}
	return out, true
}

// MayBreak tells whether a step of instance i might make a Step, Ensures or Refines property false, or its evaluation fault.
func (s *System) MayBreak(i int, p model.PropertyID) bool {
	in := s.instances[i]
	if info := &s.info.Properties[p]; info.Kind == model.Ensures {
		return info.Action == in.action
	}
	return in.steps == nil || !in.steps[p].known || !in.steps[p].holds
}

// Happens sets the bits of the propositions of kind OfStep that are true of the steps of instance i; see model.Temporal.
func (s *System) Happens(i int, bits []uint64) {
	s.observed.look(int(s.instances[i].action), uint64(s.instances[i].args), bits)
}

// Cells gives the cells of the current state, valid until the runner is called again and not to be written.
func (r *runner) Cells() []int64 { return r.e.m[:r.s.next] }

// Current gives the words of the current state, under the same terms.
func (r *runner) Current() model.State { return r.cur }

// What Probe says of a guard that has no value, or is true.
const (
	Faulting = -1
	Enabled  = math.MaxInt32
)

// Probe finds out for every instance which conjunct of its guard is the first that is false in the current state: its
// number, Enabled where there is none, or Faulting.
func (r *runner) Probe(first []int32) {
	for i := 0; i < len(first); {
		i = r.probe(first, i)
	}
}

// probe goes on from instance i and gives the number of the one after the last that it came to. It ends early where a
// guard faults.
func (r *runner) probe(first []int32, i int) (next int) {
	e := r.e
	defer func() {
		if p := recover(); p != nil {
			if _, isFault := p.(*model.Fault); !isFault {
				panic(p)
			}
			e.depth, e.save = 0, e.save[:0]
			first[i], next = Faulting, i+1
		}
	}()
	for ; i < len(first); i++ {
		e.fuel = e.limit
		first[i] = Enabled
		for k, g := range r.s.instances[i].guards {
			if g == nil || g(e) == 0 {
				first[i] = int32(k)
				break
			}
		}
	}
	return i
}

// Run emits the successors of instance i from the current state.
func (r *runner) Run(i int, emit func(model.Label, model.State, *model.Fault)) {
	r.sink = emit
	r.run(i, 0)
}

// triedFuel is the steps that an evaluation may take that only tries something out.
const triedFuel = 1 << 12

// Tabulate evaluates conjunct k of the guard of instance i, which reads no cell of the state but the given one, for each
// of the values below n that the cell can have. ok tells whether each evaluation came to its end, soon and without a fault.
// It overwrites the current state.
func (r *runner) Tabulate(i, k, cell, n int) (values []bool, ok bool) {
	defer r.hurry()()
	clear(r.e.m[:r.s.next])
	g := r.s.instances[i].guards[k]
	for v := range n {
		r.e.m[cell] = int64(v)
		t, f := r.word(g)
		if f != nil {
			return nil, false
		}
		values = append(values, t != 0)
	}
	return values, true
}

// Exhaust takes instance i, which reads no cells of the state but the given ones, for all combinations of their values, of
// which there are as many as sizes says. For each successor it gives note the cells before and after. ok is as for Tabulate.
// It overwrites the current state.
func (r *runner) Exhaust(i int, cells, sizes []int, note func(now, next []int64)) (ok bool) {
	defer r.hurry()()
	n := r.s.next
	now, next := r.e.m[:n], r.e.m[n:2*n]
	clear(now)
	clear(next)
	ok = true
	emit := func(_ model.Label, _ model.State, f *model.Fault) {
		if ok = ok && f == nil; ok {
			note(now, next)
		}
	}
	for ok {
		r.Run(i, emit)
		k := 0
		for ; k < len(cells); k++ {
			c := cells[k]
			now[c] = (now[c] + 1) % int64(sizes[k])
			if next[c] = now[c]; now[c] != 0 {
				break
			}
		}
		if k == len(cells) {
			break
		}
	}
	return ok
}

// hurry has evaluations take few steps until what it gives is called.
func (r *runner) hurry() (back func()) {
	usual := r.e.limit
	r.e.limit = min(usual, triedFuel)
	return func() { r.e.limit = usual }
}
