package proofs

import (
	"errors"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// waits is the evidence that the waits of an instance of a Within or Longest property are short: a number for every state, one
// more than what may be left of a wait that goes on there, or 0 where no wait that has begun does. What is left is at least what is left after each
// step over which the wait goes on, and one more where the step counts; at a step with which a wait begins it is at most
// the limit. So no run has a longer wait.
type waits struct {
	wait   *model.Wait
	limit  int64 // the most that a wait may last
	left   []uint32
	begins atomic.Bool // a wait begins somewhere
}

func newWaits(w *model.Wait, limit int64, runs *model.Runs) (*waits, error) {
	if err := waitFormed(w, runs); err != nil {
		return nil, err
	}
	if limit < 0 {
		return nil, errors.New("no wait is shorter than 0")
	}
	return &waits{wait: w, limit: limit}, nil
}

func waitFormed(w *model.Wait, runs *model.Runs) error {
	if w == nil {
		return errors.New("there is no waiting time")
	}
	if err := errors.Join(wellFormed(w.From, len(runs.Propositions)), wellFormed(w.To, len(runs.Propositions))); err != nil {
		return err
	}
	if w.Unit < -1 || w.Unit >= len(runs.Propositions) {
		return errors.New("a proposition is none of the model")
	}
	return nil
}

// over tells of a step, or with nil of a stuttering one, whether a wait begins with it, whether a wait goes on over it, and whether it counts.
func over(w *model.Wait, state, step []uint64) (begins, goes bool, cost uint32) {
	begins = plain(w.From, state, step)
	goes = !plain(w.To, state, step) && (begins || !w.While)
	if w.Unit < 0 || step != nil && has(step, w.Unit) {
		cost = 1
	}
	return begins, goes, cost
}

// each calls f for each step that leaves a state, or for that which repeats it.
func (p *place) each(i int64, f func(to int64, bits []uint64) error) error {
	if len(p.steps) == 0 {
		return f(i, nil)
	}
	for _, s := range p.steps {
		if err := f(s.to, s.bits); err != nil {
			return err
		}
	}
	return nil
}

func (w *waits) check(i int64, p *place) error {
	return p.each(i, func(to int64, bits []uint64) error {
		begins, goes, cost := over(w.wait, p.state, bits)
		if begins {
			w.begins.Store(true)
		}
		left, next := w.left[i], w.left[to]
		switch {
		case !goes:
			return nil
		case begins && (next == 0 || int64(next-1)+int64(cost) > w.limit):
			return refused("a wait begins that may last longer than is claimed")
		case left > 0 && (next == 0 || int64(left) < int64(next)+int64(cost)):
			return refused("more is left of a wait after a step than before it")
		}
		return nil
	})
}

func (w *waits) write(b []byte) []byte { return appendNumbers(b, w.left) }

func (w *waits) read(in *numbers, states int64) (err error) {
	w.left, err = in.some(states)
	return err
}
