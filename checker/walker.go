package checker

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// walker takes random walks for one goroutine.
type walker struct {
	examiner
	s      *simulation
	rng    *rand.Rand
	pcg    rand.PCG
	emit   func(model.Label, model.State, *model.Fault)
	silent bool // a replay: nothing is evaluated
	err    error

	number int           // of the walk
	words  []uint64      // its states, one after another
	ends   []int         // where each ends in words
	labels []model.Label // of its steps

	successors int // of the last state, so far
	faulted    bool
	chosen     model.State // one of them, each with the same chance
	label      model.Label

	fired       []int64
	transitions int64
	endings     int
	found       []*event
	walkOf      []int
}

func newWalker(s *simulation) *walker {
	n := len(s.info.Properties) + 1
	w := &walker{s: s, found: make([]*event, n), walkOf: make([]int, n), fired: make([]int64, len(s.info.Actions))}
	w.examiner = examiner{
		sys: s.sys, plan: s.plan, settled: s.found,
		note: w.record, halted: func() bool { return s.stopped.Load() != nil }, failed: func(err error) {
			w.err = err
			s.stop("the simulation failed")
		},
		troubled: make([]bool, n), met: make([]bool, s.plan.antecedents()),
	}
	w.rng = rand.New(&w.pcg)
	w.emit = w.successor
	return w
}

// steps is the number of steps taken so far on this walk.
func (w *walker) steps() int { return len(w.labels) }

// state gives the state after k steps.
func (w *walker) state(k int) model.State {
	lo := 0
	if k > 0 {
		lo = w.ends[k-1]
	}
	return w.words[lo:w.ends[k]:w.ends[k]]
}

func (w *walker) push(t model.State) {
	w.words = append(w.words, t...)
	w.ends = append(w.ends, len(w.words))
}

// walk takes walk number i, of at most most steps, and gives the number of its steps. Its random numbers depend on the
// seed and on i alone.
func (w *walker) walk(i, most int) int {
	w.number = i
	w.pcg.Seed(hash.Mix(w.s.cfg.Seed), hash.Mix(uint64(i)+hash.B))
	w.words, w.ends, w.labels = w.words[:0], w.ends[:0], w.labels[:0]
	w.push(w.s.initial[w.rng.IntN(len(w.s.initial))])
	for w.err == nil {
		w.calling = callLoad
		w.runner.Load(w.state(w.steps()))
		w.calling = none
		if !w.silent {
			w.initial = w.steps() == 0
			w.claims()
		}
		if w.steps() == most {
			break
		}
		w.successors, w.faulted = 0, false
		w.calling = callNext
		w.runner.Next(w.emit)
		w.calling = none
		if w.successors == 0 {
			w.endings++
			if !w.faulted && !w.silent {
				w.accepts()
			}
			break
		}
		w.push(w.chosen)
		w.labels = append(w.labels, w.label)
		w.fired[w.label.Action]++
	}
	return w.steps()
}

// successor takes what Next emits and keeps one of the successors, by reservoir sampling: the k-th replaces the one
// kept with chance 1/k.
func (w *walker) successor(l model.Label, t model.State, f *model.Fault) {
	w.calling = none
	if !w.silent && w.s.stopped.Load() != nil {
		panic(enough{})
	}
	switch {
	case uint(l.Action) >= uint(len(w.fired)):
		w.err = fmt.Errorf("the system emitted a step of action %d, want one of 0..%d", l.Action, len(w.fired)-1)
	case f != nil:
		w.faulted = true
		if !w.silent {
			w.note(w.plan.faults, event{step: true, label: l, fault: f})
		}
	case w.s.info.StateWords > 0 && len(t) != w.s.info.StateWords:
		w.err = fmt.Errorf("the system emitted a state of %d words, want %d", len(t), w.s.info.StateWords)
	default:
		w.successors++
		w.transitions++
		if w.plan.transitions && !w.silent {
			w.judge(l, t)
		}
		if w.rng.IntN(w.successors) == 0 {
			w.chosen, w.label = append(w.chosen[:0], t...), l
		}
	}
	w.calling = callNext
}

// record keeps what this walk shows of property p, if it is the first or has a better value.
func (w *walker) record(p model.PropertyID, e event) {
	if old := w.found[p]; old != nil {
		bound := int(p) < len(w.s.info.Properties) && w.s.info.Properties[p].Kind == model.Bound
		if !bound || !farther(&w.s.info.Properties[p], e.value, old.value) {
			return
		}
	}
	e.length = w.steps()
	e.next = slices.Clone(e.next)
	w.found[p], w.walkOf[p] = &e, w.number
}

// run gives the walk so far.
func (w *walker) run() *run {
	r := &run{labels: slices.Clone(w.labels)}
	for k := range w.ends {
		r.states = append(r.states, slices.Clone(w.state(k)))
	}
	return r
}

// locate completes the error of the walker by the walk to the state that it was at.
func (w *walker) locate() error {
	if p := (*PanicError)(nil); errors.As(w.err, &p) && len(w.ends) > 0 {
		if tr, err := w.run().trace(w.s.sys); err == nil {
			p.Trace = tr
		}
	}
	return w.err
}
