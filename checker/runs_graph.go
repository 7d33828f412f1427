package checker

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// How the graph is made on which properties of whole runs are decided.
//
// The states are explored once more, after the search, with a store that numbers them, which is the search's own where
// that has one. It is all of them, with Symmetry and PartialOrder too: a formula may tell apart what the search does not. But for
// those that do not there is another graph: with Symmetry, of representatives (runs_orbits.go), and with PartialOrder, of fewer steps
// (runs_partialorder.go). They are taken from a queue, some
// thousand at a time, by all workers; each evaluates the propositions, from some thousand states on by Survey where a Runner
// can, and finds the numbers under which successors are stored. These depend on who came first. One goroutine then goes
// through what was found, in the order of the queue, gives each state its place in it as its number, and appends the edges.
// So the graph is the same however many workers there are.

const (
	mostEdges   = 1<<32 - 1
	blockStates = 1 << 14 // of the queue, taken between two meetings of the workers
	pieceStates = 64      // of a block, taken by one worker at a time
)

// grapher makes a graph.
type grapher struct {
	s     *search
	ctx   context.Context
	runs  *model.Runs
	flow  *isolation   // where the graph is for what domains see and do; then there are no propositions
	sys   model.System // that is explored
	some  []bool       // properties that are heeded where steps are left out; nil: none are
	more  bool         // there are more states than the search met, and nobody knows how many
	steps bool         // there are propositions of steps
	words int          // of a set of propositions
	piece int          // states of a block that a worker takes at a time
	meter *runs.Meter
	g     *runs.Graph

	st      *visited.Store
	own     bool     // st was made for this; otherwise every state is in it
	queue   []uint32 // the number in st of each state
	numbers []uint32 // by number in st, and 1; 0 for those not in the queue

	mu         sync.Mutex
	stepClass  map[string]uint32
	stateClass map[string]uint32
	stop       atomic.Bool
	cursor     atomic.Int64
	pieces     []piece
	lo, hi     int // of the queue: the block

	faulty uint32 // the first state in which a proposition faults; fault is the first there
	fault  *model.Fault
	err    error
}

// piece is what was found of some states that are next to each other in the queue.
type piece struct {
	ends    []uint32 // of each state, the end of its edges
	targets []uint32 // numbers in the store
	steps   []uint32
	states  []uint32
	views   []uint32     // what each domain sees of each state, where the graph is for that
	fault   *model.Fault // of an evaluation in state number faulty of the piece
	faulty  int
}

// graph explores the states and gives the graph of their steps.
func (w *whole) graph(ctx context.Context) (*grapher, error) {
	gr := w.s.grapher(ctx, &w.meter)
	r := w.runs
	gr.piece, gr.runs, gr.words = w.piece, r, (len(r.Propositions)+63)/64
	switch w.kind {
	case ofRepresentatives:
		gr.sys, gr.more = w.s.sys, false
	case ofSomeSteps:
		gr.some = w.heeded()
	}
	gr.steps = slices.ContainsFunc(r.Propositions, func(p model.Proposition) bool { return p.Kind == model.OfStep })
	return gr, gr.explore()
}

func (s *search) grapher(ctx context.Context, m *runs.Meter) *grapher {
	return &grapher{
		s: s, ctx: ctx, sys: s.own, more: s.reducing(), piece: pieceStates, runs: &model.Runs{}, meter: m, g: &runs.Graph{},
		stepClass: map[string]uint32{}, stateClass: map[string]uint32{},
	}
}

// close gives the memory of the states back.
func (gr *grapher) close() {
	if gr.own {
		gr.st.Close()
	}
}

func (gr *grapher) explore() error {
	states, edges := gr.s.set.Distinct(), int64(0) // and as many edges more, of states that stutter
	for _, w := range gr.s.workers {
		for _, n := range w.fired {
			edges += n
		}
	}
	g := gr.g
	g.Offsets = append(g.Offsets, 0)
	if !gr.more {
		if edges+states > mostEdges {
			return runs.ErrEdges
		}
		if err := gr.meter.Take(12*states + 8*(edges+states)); err != nil {
			return err
		}
		g.Offsets = append(make([]uint32, 0, states+1), 0)
		g.States, gr.queue = make([]uint32, 0, states), make([]uint32, 0, states)
		g.Targets, g.Steps = make([]uint32, 0, edges+states), make([]uint32, 0, edges+states)
		var err error
		if gr.numbers, err = runs.Grow(gr.meter, gr.numbers, int(states)+1024*gr.s.cfg.Workers, 4); err != nil {
			return err
		}
		if gr.flow != nil {
			if err := gr.flow.room(int(states)); err != nil {
				return err
			}
		}
	}
	if err := gr.open(); err != nil {
		return err
	}
	workers := make([]*graphWorker, gr.s.cfg.Workers)
	for i := range workers {
		workers[i] = newGraphWorker(gr)
	}
	workers[0].guard(workers[0].start)
	if gr.err != nil {
		return gr.err
	}
	taken := int64(0)
	for gr.lo < len(gr.queue) {
		if gr.ctx.Err() != nil {
			return gr.ctx.Err()
		}
		gr.hi = min(len(gr.queue), gr.lo+blockStates)
		gr.block(workers)
		if gr.err != nil {
			return gr.err
		}
		more, err := gr.merge()
		if err != nil {
			return err
		}
		taken += more
		gr.lo = gr.hi
	}
	if !gr.more && (int64(len(gr.queue)) != states || taken != edges) {
		return &NondeterminismError{What: fmt.Sprintf("the search met %d states and %d steps; the second time there were %d and %d", states, edges, len(gr.queue), taken)}
	}
	gr.meter.Give(4 * int64(cap(gr.numbers)))
	gr.numbers = nil
	return nil
}

// open makes the store ready.
func (gr *grapher) open() error {
	s := gr.s
	if st, ok := s.set.(*visited.Store); ok && !gr.more {
		gr.st = st
		return gr.meter.Take(st.Bytes())
	}
	gr.own = true
	limit := int64(0)
	if gr.meter.Limit > 0 {
		limit = max(1, gr.meter.Limit-gr.meter.Used)
	}
	var err error
	gr.st, err = visited.NewStore(s.info.StateWords, 1, s.cfg.Workers, limit, 0)
	return err
}

// block expands the states of a block.
func (gr *grapher) block(workers []*graphWorker) {
	n := (gr.hi - gr.lo + gr.piece - 1) / gr.piece
	gr.pieces = slices.Grow(gr.pieces[:0], n)[:n]
	gr.cursor.Store(0)
	if n < len(workers) {
		workers = workers[:n]
	}
	if len(workers) == 1 {
		workers[0].guard(workers[0].work)
		return
	}
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() { w.guard(w.work) })
	}
	wg.Wait()
}

// merge numbers the states that a block led to and appends its edges. It gives the number of steps that are no stuttering.
func (gr *grapher) merge() (taken int64, err error) {
	g := gr.g
	if err := gr.renumber(); err != nil {
		return 0, err
	}
	for i := range gr.pieces {
		p := &gr.pieces[i]
		if err := gr.room(len(p.ends), len(p.steps)); err != nil {
			return 0, err
		}
		if gr.flow != nil {
			if err := gr.flow.see(p.views); err != nil {
				return 0, err
			}
		}
		for i, id := range p.targets {
			to := gr.numbers[id]
			if to == 0 {
				if to, err = gr.number(id); err != nil {
					return 0, err
				}
			}
			p.targets[i] = to - 1
		}
		taken += int64(len(p.targets))
		if first := uint32(len(g.States)); p.fault != nil && gr.fault == nil {
			gr.fault, gr.faulty = p.fault, first+uint32(p.faulty)
		}
		gr.append(p)
	}
	return taken, nil
}

// append appends a piece, whose targets are numbered, to the graph.
func (gr *grapher) append(p *piece) {
	g := gr.g
	from, begin := uint32(0), uint32(0) // of the steps that are not appended, and of a state
	flush := func(to uint32) {
		g.Targets, g.Steps = append(g.Targets, p.targets[from:to]...), append(g.Steps, p.steps[from:to]...)
		from = to
	}
	for k, end := range p.ends {
		if begin == end {
			flush(end)
			g.Targets, g.Steps = append(g.Targets, uint32(len(g.States)+k)), append(g.Steps, gr.stutter())
		}
		g.Offsets = append(g.Offsets, uint32(len(g.Targets))+end-from)
		begin = end
	}
	flush(begin)
	g.States = append(g.States, p.states...)
}

// renumber makes numbers as long as there are states in the store.
func (gr *grapher) renumber() (err error) {
	n := gr.st.Numbers()
	if gr.numbers, err = runs.Grow(gr.meter, gr.numbers, max(0, n-len(gr.numbers)), 4); err == nil {
		gr.numbers = gr.numbers[:max(n, len(gr.numbers))]
	}
	return err
}

// room makes room in the graph for some states and steps, and as many steps more, of states that stutter.
func (gr *grapher) room(states, steps int) (err error) {
	g, m := gr.g, gr.meter
	if len(g.Targets)+states+steps > mostEdges {
		return runs.ErrEdges
	}
	for _, list := range [2]*[]uint32{&g.Offsets, &g.States} {
		if *list, err = runs.Grow(m, *list, states, 4); err != nil {
			return err
		}
	}
	for _, list := range [2]*[]uint32{&g.Targets, &g.Steps} {
		if *list, err = runs.Grow(m, *list, states+steps, 4); err != nil {
			return err
		}
	}
	return nil
}

// number gives the number, and 1, of a state by that under which it is stored.
func (gr *grapher) number(id uint32) (n uint32, err error) {
	if gr.numbers[id] == 0 {
		if most := gr.s.cfg.MaxStates; most > 0 && int64(len(gr.queue)) >= most {
			return 0, visited.ErrStates
		}
		gr.queue, err = runs.Push(gr.meter, gr.queue, id, 4)
		gr.numbers[id] = uint32(len(gr.queue))
	}
	return gr.numbers[id], err
}

// state gives the words of a state.
func (gr *grapher) state(n uint32) model.State { return gr.st.State(visited.StateID(gr.queue[n])) }

// fail ends the work with an error.
func (gr *grapher) fail(err error) {
	gr.mu.Lock()
	if gr.err == nil {
		gr.err = err
	}
	gr.mu.Unlock()
	gr.stop.Store(true)
}

// stutter gives the class of steps of which nothing is true.
func (gr *grapher) stutter() uint32 {
	key := stepKey(nil, runs.Stutter, make([]uint64, gr.words))
	return gr.class(gr.stepClass, key, &gr.g.StepBits, make([]uint64, gr.words), runs.Stutter)
}

// class gives the number of a class of states or steps.
func (gr *grapher) class(index map[string]uint32, key []byte, list *[][]uint64, bits []uint64, action int32) uint32 {
	gr.mu.Lock()
	defer gr.mu.Unlock()
	if n, ok := index[string(key)]; ok {
		return n
	}
	n := uint32(len(index))
	index[string(key)] = n
	*list = append(*list, slices.Clone(bits))
	if list == &gr.g.StepBits {
		gr.g.Actions = append(gr.g.Actions, action)
	}
	return n
}

func stepKey(key []byte, action int32, bits []uint64) []byte {
	return bitsKey(binary.LittleEndian.AppendUint32(key, uint32(action)), bits)
}

func bitsKey(key []byte, bits []uint64) []byte {
	for _, w := range bits {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}
