package proofs

import (
	"errors"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// ranks is the evidence about an instance of a Can property: for each of its operators CanOp and AlwaysOp, the inner ones first,
// a number for every state. It is one more than a rank where p can be reached, of `can p`, and 0 where it cannot; p is true in a
// state of rank 0, and a state of a higher rank has a successor of a lower one, so that p is reached by going down. Where the
// number is 0, p is false and the number of every successor is 0, so that p is never reached. `always p` stands for
// `not can not p`. By the numbers each formula has a value in every state, whether the property holds or not.
type ranks struct {
	formula *model.Formula
	goals   []*model.Formula       // the operators
	of      map[*model.Formula]int // their places in goals
	by      [][]uint32             // of each, by state
	fails   atomic.Bool            // the formula is false of some initial state
}

func newRanks(f *model.Formula, props int) (*ranks, error) {
	if err := wellFormed(f, props, model.CanOp, model.AlwaysOp); err != nil {
		return nil, err
	}
	r := &ranks{formula: f, of: map[*model.Formula]int{}}
	r.number(f)
	r.by = make([][]uint32, len(r.goals))
	return r, nil
}

func (r *ranks) number(f *model.Formula) {
	for _, g := range f.Args {
		r.number(g)
	}
	if _, numbered := r.of[f]; !numbered && (f.Op == model.CanOp || f.Op == model.AlwaysOp) {
		r.of[f] = len(r.goals)
		r.goals = append(r.goals, f)
	}
}

// value is the value of a formula in state i, as the numbers of inner operators have it.
func (r *ranks) value(f *model.Formula, i int64, p *place) bool {
	switch f.Op {
	case model.CanOp:
		return r.by[r.of[f]][i] > 0
	case model.AlwaysOp:
		return r.by[r.of[f]][i] == 0
	case model.NotOp:
		return !r.value(f.Args[0], i, p)
	case model.AndOp:
		for _, g := range f.Args {
			if !r.value(g, i, p) {
				return false
			}
		}
		return true
	case model.OrOp:
		for _, g := range f.Args {
			if r.value(g, i, p) {
				return true
			}
		}
		return false
	case model.ImpliesOp:
		return !r.value(f.Args[0], i, p) || r.value(f.Args[1], i, p)
	case model.IffOp:
		return r.value(f.Args[0], i, p) == r.value(f.Args[1], i, p)
	}
	return plain(f, p.state, nil)
}

// goal tells whether what an operator asks to reach is true in state i.
func (r *ranks) goal(f *model.Formula, i int64, p *place) bool {
	return r.value(f.Args[0], i, p) == (f.Op == model.CanOp)
}

func (r *ranks) check(i int64, p *place) error {
	for k, f := range r.goals {
		rank, goal, lower := r.by[k][i], r.goal(f, i, p), false
		for _, s := range p.steps {
			next := r.by[k][s.to]
			if rank == 0 && next > 0 {
				return refused("a state leads to one from which something can be reached, and is said not to reach it")
			}
			lower = lower || 0 < next && next < rank
		}
		switch {
		case rank == 0 && goal, rank == 1 && !goal:
			return refused("a state where something is said to be true, or never to be reached, is another one")
		case rank > 1 && !lower:
			return refused("no successor of a state is nearer to what is to be reached")
		}
	}
	if p.initial && !r.value(r.formula, i, p) {
		r.fails.Store(true)
	}
	return nil
}

func (r *ranks) write(b []byte) []byte {
	for _, numbers := range r.by {
		b = appendNumbers(b, numbers)
	}
	return b
}

func (r *ranks) read(in *numbers, states int64) (err error) {
	for k := range r.by {
		if r.by[k], err = in.some(states); err != nil {
			return err
		}
	}
	return nil
}

// initially compares what initial states say with what is claimed.
func initially(all []proof, holds bool) error {
	fails := false
	for _, e := range all {
		fails = fails || e.(*ranks).fails.Load()
	}
	if fails == holds {
		return errors.New("its initial states say the opposite")
	}
	return nil
}
