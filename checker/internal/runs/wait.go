package runs

import (
	"context"
	"math"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/model"
)

// Waiting is the waiting times of a graph.
//
// An edge is pending when a wait goes on over it: To is not true of its state and itself and, with While, From is. A wait
// begins in a state with a pending edge of which From is true. What is left of the wait from a state is the greatest
// number of steps that count on a path of pending edges: within a component in which no step counts that is the same for
// all of its states, and where one counts it is infinite.
type Waiting struct {
	g     *Graph
	wait  *model.Wait
	meter *Meter
	sorts map[uint64]sort // by class of state << 32 | class of step
	left  []uint32        // of each state; forever, or 0 where it was not needed
	bytes int64

	Begins  bool  // From is true somewhere
	Longest int64 // the greatest waiting time; Forever where there is none
}

// Forever is the length of a wait that need not end.
const Forever = math.MaxInt64

const forever = math.MaxUint32

// sort is what matters of an edge.
type sort uint8

const (
	from    sort = 1 << iota // From is true
	pending                  // the wait goes on
	counts                   // the step counts
)

// Wait works out waiting times. Close gives its memory back.
func (g *Graph) Wait(ctx context.Context, wait *model.Wait, m *Meter) (*Waiting, error) {
	w := &Waiting{g: g, wait: wait, meter: m, sorts: map[uint64]sort{}, bytes: 4 * int64(g.Len())}
	if err := m.Take(w.bytes); err != nil {
		return nil, err
	}
	w.left = make([]uint32, g.Len())
	if err := w.work(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// work goes through the waits.
func (w *Waiting) work(ctx context.Context) error {
	g := w.g
	p, err := NewProduct(g, anything, w.meter)
	if err != nil {
		return err
	}
	defer p.Close()
	p.keep = func(s, e uint32) bool { return w.sort(s, e)&pending != 0 }
	search := &search{Product: p, ctx: ctx, visit: func(nodes []uint32) (bool, error) { w.measure(nodes, p.index); return false, nil }}
	defer search.close()
	for s := range uint32(g.Len()) {
		if s%interval == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for e, hi := g.out(s); e < hi; e++ {
			k := w.sort(s, e)
			if k&from != 0 {
				w.Begins = true
			}
			if k&(from|pending) != from|pending {
				continue
			}
			if err := search.from(g.Targets[e]); err != nil {
				return err
			}
			w.Longest = max(w.Longest, w.over(k, e))
		}
	}
	return nil
}

// Close gives the memory back.
func (w *Waiting) Close() {
	w.meter.Give(w.bytes)
	w.bytes, w.left = 0, nil
}

// anything is an automaton that accepts every word.
var anything = &buchi.Automaton{States: [][]buchi.Transition{{{}}}}

func (w *Waiting) sort(s, e uint32) sort {
	pair := uint64(w.g.States[s])<<32 | uint64(w.g.Steps[e])
	if k, ok := w.sorts[pair]; ok {
		return k
	}
	state, step := w.g.StateBits[w.g.States[s]], w.g.StepBits[w.g.Steps[e]]
	begun := Holds(w.wait.From, state, step)
	var k sort
	if begun {
		k |= from
	}
	if !Holds(w.wait.To, state, step) && (begun || !w.wait.While) {
		k |= pending
	}
	if w.wait.Unit < 0 || has(step, w.wait.Unit) {
		k |= counts
	}
	w.sorts[pair] = k
	return k
}

// over is the greatest waiting time by way of a pending edge.
func (w *Waiting) over(k sort, e uint32) int64 {
	left := w.left[w.g.Targets[e]]
	switch {
	case left == forever:
		return Forever
	case k&counts != 0:
		return int64(left) + 1
	default:
		return int64(left)
	}
}

// measure works out what is left of a wait from the states of a component of pending edges; for those that can be reached
// from it that has happened.
func (w *Waiting) measure(nodes []uint32, index []uint32) {
	most := int64(0)
	for _, s := range nodes {
		for e, hi := w.g.out(s); e < hi; e++ {
			k := w.sort(s, e)
			switch {
			case k&pending == 0:
			case index[w.g.Targets[e]] != current:
				most = max(most, w.over(k, e))
			case k&counts != 0:
				most = Forever
			}
		}
	}
	for _, s := range nodes {
		w.left[s] = uint32(min(most, forever))
	}
}

// Run gives a run with a wait of at least want, one of those that begin soonest: its steps, the last state, and the number
// of the state where the wait begins.
func (w *Waiting) Run(ctx context.Context, want int64) (steps []Step, end uint32, begin int, err error) {
	first := func(s uint32) (edge uint32, ok bool) { // one that counts, if there is one
		for e, hi := w.g.out(s); e < hi; e++ {
			k := w.sort(s, e)
			if k&from == 0 || want > 0 && (k&pending == 0 || w.over(k, e) < want) {
				continue
			}
			if k&counts != 0 {
				return e, true
			}
			if !ok {
				edge, ok = e, true
			}
		}
		return edge, ok
	}
	steps, end, err = w.g.path(ctx, w.meter, w.g.Initial, func(s uint32) bool { _, ok := first(s); return ok })
	if err != nil {
		return nil, 0, 0, err
	}
	begin = len(steps)
	if want == 0 {
		return steps, end, begin, nil
	}
	take := func(s, e uint32) {
		steps = append(steps, Step{s, e})
		end = w.g.Targets[e]
		if w.sort(s, e)&counts != 0 {
			want--
		}
	}
	e, _ := first(end)
	take(end, e)
	for want > 0 {
		if ctx.Err() != nil {
			return nil, 0, 0, ctx.Err()
		}
		leg, err := w.leg(end, want)
		if err != nil {
			return nil, 0, 0, err
		}
		for _, step := range leg {
			take(step.State, step.Edge)
		}
	}
	return steps, end, begin, nil
}

// leg gives the shortest path of pending edges from state s that ends with a step that counts and leaves enough of the wait.
func (w *Waiting) leg(s uint32, want int64) ([]Step, error) {
	by := map[uint32]Step{s: {}}
	queue := []uint32{s}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		for e, hi := w.g.out(at); e < hi; e++ {
			k := w.sort(at, e)
			to := w.g.Targets[e]
			if k&pending == 0 || w.over(k, e) < want {
				continue
			}
			if k&counts != 0 {
				steps := []Step{{at, e}}
				for at != s {
					steps = append([]Step{by[at]}, steps...)
					at = by[at].State
				}
				return steps, nil
			}
			if _, met := by[to]; !met {
				by[to] = Step{at, e}
				queue = append(queue, to)
			}
		}
	}
	return nil, errUnreachable
}
