package proofs

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// place is what evidence about runs is checked against: a state, and the steps that leave it.
type place struct {
	initial bool
	state   []uint64 // the propositions of kinds OfState and OfEnabled that are true of it
	enabled []uint64 // those of kind OfStep that are true of some step that leaves it
	steps   []step
	arena   []uint64 // of the bits of steps
}

// step is one that leaves a place.
type step struct {
	to   int64    // the number of a state
	bits []uint64 // the propositions of kind OfStep that are true of it
}

// onlooker makes places of what a Runner shows.
type onlooker struct {
	place
	runs     *model.Runs
	observer model.Observer
}

// runsOf gives what a system says of its runs.
func runsOf(sys model.System) (*model.Runs, error) {
	t, ok := sys.(model.Temporal)
	if !ok {
		return nil, errors.New("the model says nothing of its runs")
	}
	return t.Runs(), nil
}

func newOnlooker(runs *model.Runs, r model.Runner) (*onlooker, error) {
	observer, ok := r.(model.Observer)
	if !ok {
		return nil, errors.New("the model does not show what is true in its runs")
	}
	words := (len(runs.Propositions) + 63) / 64
	return &onlooker{runs: runs, observer: observer, place: place{state: make([]uint64, words), enabled: make([]uint64, words)}}, nil
}

// begin looks at the state that is loaded.
func (o *onlooker) begin(initial bool) error {
	o.initial, o.steps, o.arena = initial, o.steps[:0], o.arena[:0]
	clear(o.state)
	clear(o.enabled)
	if f := o.observer.Observe(o.state); f != nil {
		return fmt.Errorf("what formulas over runs speak of faults: %w", f)
	}
	return nil
}

// step looks at the step that is being emitted; it leads to state to.
func (o *onlooker) step(l model.Label, to int64) {
	at := len(o.arena)
	for range o.state {
		o.arena = append(o.arena, 0)
	}
	bits := o.arena[at:len(o.arena):len(o.arena)]
	o.observer.ObserveStep(l, bits)
	for i, w := range bits {
		o.enabled[i] |= w
	}
	o.steps = append(o.steps, step{to, bits})
}

// end comes after the last step.
func (o *onlooker) end() {
	for i, p := range o.runs.Propositions {
		if p.Kind == model.OfEnabled && has(o.enabled, p.Step) {
			o.state[i/64] |= 1 << (i % 64)
		}
	}
}

func has(bits []uint64, i int) bool { return bits[i/64]>>(i%64)&1 == 1 }

// stops tells whether a fair run may stop in the place: no step that is to be taken is enabled there.
func (p *place) stops(runs *model.Runs) bool {
	for _, f := range runs.Fairness {
		if has(p.enabled, f.Step) {
			return false
		}
	}
	return true
}

// plain evaluates a formula without temporal operators on a place and a step that leaves it, or nil for none.
func plain(f *model.Formula, state, step []uint64) bool {
	switch f.Op {
	case model.TrueOp:
		return true
	case model.PropositionOp:
		return has(state, f.Prop) || step != nil && has(step, f.Prop)
	case model.NotOp:
		return !plain(f.Args[0], state, step)
	case model.AndOp:
		for _, g := range f.Args {
			if !plain(g, state, step) {
				return false
			}
		}
		return true
	case model.OrOp:
		for _, g := range f.Args {
			if plain(g, state, step) {
				return true
			}
		}
		return false
	case model.ImpliesOp:
		return !plain(f.Args[0], state, step) || plain(f.Args[1], state, step)
	case model.IffOp:
		return plain(f.Args[0], state, step) == plain(f.Args[1], state, step)
	}
	return false // FalseOp; of others wellFormed says that there are none
}

// wellFormed tells what is wrong with a formula of which only some operators may be beside those that are not temporal.
func wellFormed(f *model.Formula, props int, temporal ...model.Op) error {
	if f == nil {
		return errors.New("there is no formula")
	}
	want := 1
	switch f.Op {
	case model.TrueOp, model.FalseOp, model.PropositionOp:
		want = 0
	case model.AndOp, model.OrOp:
		want = len(f.Args)
	case model.ImpliesOp, model.IffOp, model.UntilOp, model.ReleaseOp, model.WeakUntilOp, model.LeadsToOp:
		want = 2
	}
	if len(f.Args) != want {
		return errors.New("an operator has another number of arguments")
	}
	if f.Op == model.PropositionOp && (f.Prop < 0 || f.Prop >= props) {
		return errors.New("a proposition is none of the model")
	}
	if f.Op > model.IffOp {
		known := false
		for _, o := range temporal {
			known = known || o == f.Op
		}
		if !known {
			return errors.New("an operator has no meaning here")
		}
	}
	for _, g := range f.Args {
		if err := wellFormed(g, props, temporal...); err != nil {
			return err
		}
	}
	return nil
}
