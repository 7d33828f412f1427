package checker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// How the graph is made on which properties of whole runs are decided.
//
// The states are explored once more, after the search, with a store that numbers them, which is the search's own where
// that has one. It is all of them, with Symmetry too: a formula may tell apart what the search does not. They are taken from a queue, some thousand at a time, by all workers; each evaluates the propositions and
// finds the numbers under which successors are stored. These depend on who came first. One goroutine then goes through
// what was found, in the order of the queue, gives each state its place in it as its number, and appends the edges. So the
// graph is the same however many workers there are.

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
	steps bool // there are propositions of steps
	words int  // of a set of propositions
	piece int  // states of a block that a worker takes at a time
	meter *runs.Meter
	g     *runs.Graph

	st      *store
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
	fault   *model.Fault // of an evaluation in state number faulty of the piece
	faulty  int
}

// graph explores the states and gives the graph of their steps.
func (s *search) graph(ctx context.Context, r *model.Runs, m *runs.Meter) (*grapher, error) {
	gr := &grapher{
		s: s, ctx: ctx, piece: s.whole.piece, runs: r, words: (len(r.Propositions) + 63) / 64, meter: m, g: &runs.Graph{},
		stepClass: map[string]uint32{}, stateClass: map[string]uint32{},
	}
	gr.steps = slices.ContainsFunc(r.Propositions, func(p model.Proposition) bool { return p.Kind == model.OfStep })
	return gr, gr.explore()
}

// close gives the memory of the states back.
func (gr *grapher) close() {
	if gr.own {
		gr.st.close()
	}
}

func (gr *grapher) explore() error {
	states, edges := gr.s.set.distinct(), int64(0) // and as many edges more, of states that stutter
	for _, w := range gr.s.workers {
		for _, n := range w.fired {
			edges += n
		}
	}
	g := gr.g
	g.Offsets = append(g.Offsets, 0)
	if !gr.s.cfg.Symmetry { // otherwise there are more states than the search met, and nobody knows how many
		if edges+states > mostEdges {
			return runs.ErrEdges
		}
		if err := gr.meter.Take(12*states + 8*(edges+states)); err != nil {
			return err
		}
		g.Offsets = append(make([]uint32, 0, states+1), 0)
		g.States, gr.queue = make([]uint32, 0, states), make([]uint32, 0, states)
		g.Targets, g.Steps = make([]uint32, 0, edges+states), make([]uint32, 0, edges+states)
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
	if !gr.s.cfg.Symmetry && (int64(len(gr.queue)) != states || taken != edges) {
		return &NondeterminismError{What: fmt.Sprintf("the search met %d states and %d steps; the second time there were %d and %d", states, edges, len(gr.queue), taken)}
	}
	gr.meter.Give(4 * int64(cap(gr.numbers)))
	gr.numbers = nil
	return nil
}

// open makes the store ready.
func (gr *grapher) open() error {
	s := gr.s
	if st, ok := s.set.(*store); ok && !s.cfg.Symmetry {
		gr.st = st
		return gr.meter.Take(st.bytes())
	}
	gr.own = true
	limit := int64(0)
	if gr.meter.Limit > 0 {
		limit = max(1, gr.meter.Limit-gr.meter.Used)
	}
	var err error
	gr.st, err = newStore(s.info.StateWords, 1, s.cfg.Workers, limit, 0)
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
	g, m := gr.g, gr.meter
	add := func(list *[]uint32, x uint32) {
		if err == nil {
			*list, err = runs.Push(m, *list, x, 4)
		}
	}
	for n := int(gr.st.next.Load()); len(gr.numbers) < n && err == nil; {
		add(&gr.numbers, 0)
	}
	for i := range gr.pieces {
		p := &gr.pieces[i]
		begin := uint32(0)
		for k, end := range p.ends {
			s := uint32(len(g.States))
			for e := begin; e < end && err == nil; e++ {
				var to uint32
				to, err = gr.number(p.targets[e])
				add(&g.Targets, to)
				add(&g.Steps, p.steps[e])
			}
			if begin == end {
				add(&g.Targets, s)
				add(&g.Steps, gr.stutter())
			}
			taken += int64(end - begin)
			begin = end
			add(&g.Offsets, uint32(len(g.Targets)))
			add(&g.States, p.states[k])
			if err == nil && len(g.Targets) > mostEdges {
				err = runs.ErrEdges
			}
			if err != nil {
				return 0, err
			}
			if p.fault != nil && p.faulty == k && gr.fault == nil {
				gr.fault, gr.faulty = p.fault, s
			}
		}
	}
	return taken, err
}

// number gives the number of a state by that under which it is stored.
func (gr *grapher) number(id uint32) (n uint32, err error) {
	if gr.numbers[id] == 0 {
		if most := gr.s.cfg.MaxStates; most > 0 && int64(len(gr.queue)) >= most {
			return 0, errStates
		}
		gr.queue, err = runs.Push(gr.meter, gr.queue, id, 4)
		gr.numbers[id] = uint32(len(gr.queue))
	}
	return gr.numbers[id] - 1, err
}

// state gives the words of a state.
func (gr *grapher) state(n uint32) model.State { return gr.st.state(stateID(gr.queue[n])) }

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

// graphWorker expands states for one goroutine.
type graphWorker struct {
	examiner
	gr       *grapher
	observer model.Observer
	ins      *inserter
	batch    batch
	p        *piece

	key                    []byte
	stepClass, stateClass  map[string]uint32 // what is known of those of the grapher
	stateBits, step, taken []uint64
}

func newGraphWorker(gr *grapher) *graphWorker {
	w := &graphWorker{
		gr: gr, ins: &inserter{st: gr.st}, batch: batch{width: gr.s.info.StateWords},
		stepClass: map[string]uint32{}, stateClass: map[string]uint32{},
		stateBits: make([]uint64, gr.words), step: make([]uint64, gr.words), taken: make([]uint64, gr.words),
	}
	w.ins.open(pieceStates, false)
	w.examiner = examiner{sys: gr.s.own, failed: gr.fail}
	return w
}

// start puts the initial states into the queue.
func (w *graphWorker) start() {
	gr := w.gr
	w.p = &piece{}
	w.calling = callInit
	w.runner.Init(func(t model.State, f *model.Fault) {
		w.calling = none
		if gr.stop.Load() {
			panic(enough{})
		}
		if f == nil {
			w.collect(t)
		}
		w.calling = callInit
	})
	w.calling = none
	w.flush()
	if gr.stop.Load() {
		return
	}
	gr.numbers = make([]uint32, gr.st.next.Load())
	for _, id := range w.p.targets {
		before := len(gr.queue)
		n, err := gr.number(id)
		if err != nil {
			gr.fail(err)
			return
		}
		if int(n) == before {
			gr.g.Initial = append(gr.g.Initial, n)
		}
	}
}

// work expands states of the block until none is left.
func (w *graphWorker) work() {
	gr := w.gr
	if w.observer == nil {
		var ok bool
		if w.observer, ok = w.runner.(model.Observer); !ok {
			gr.fail(errors.New("the system has properties of whole runs, and its Runner is no Observer"))
			return
		}
	}
	for !gr.stop.Load() {
		i := int(gr.cursor.Add(1)) - 1
		if i >= len(gr.pieces) {
			return
		}
		w.p = &gr.pieces[i]
		*w.p = piece{w.p.ends[:0], w.p.targets[:0], w.p.steps[:0], w.p.states[:0], nil, 0}
		lo := gr.lo + i*gr.piece
		for n := lo; n < min(gr.hi, lo+gr.piece) && !gr.stop.Load(); n++ {
			w.expand(gr.state(uint32(n)))
		}
		w.flush()
		if gr.ctx.Err() != nil {
			gr.fail(gr.ctx.Err())
		}
	}
}

// expand evaluates the propositions in a state and on the steps that leave it.
func (w *graphWorker) expand(words model.State) {
	gr := w.gr
	w.calling = callLoad
	w.runner.Load(words)
	w.calling = callObserve
	clear(w.stateBits)
	if f := w.observer.Observe(w.stateBits); f != nil && w.p.fault == nil {
		w.p.fault, w.p.faulty = f, len(w.p.ends)
	}
	clear(w.taken)
	emitted := 0
	w.calling = callNext
	w.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		w.calling = none
		if emitted++; gr.stop.Load() || emitted%1024 == 0 && gr.ctx.Err() != nil {
			panic(enough{})
		}
		if f == nil {
			clear(w.step)
			if gr.steps {
				w.calling = callObserve
				w.observer.ObserveStep(l, w.step)
				w.calling = none
				for i, x := range w.step {
					w.taken[i] |= x
				}
			}
			w.key = stepKey(w.key[:0], int32(l.Action), w.step)
			class, ok := w.stepClass[string(w.key)]
			if !ok {
				class = gr.class(gr.stepClass, w.key, &gr.g.StepBits, w.step, int32(l.Action))
				w.stepClass[string(w.key)] = class
			}
			w.p.steps = append(w.p.steps, class)
			w.collect(t)
		}
		w.calling = callNext
	})
	w.calling = none
	for i, p := range gr.runs.Propositions {
		if p.Kind == model.OfEnabled && w.taken[p.Step>>6]>>(p.Step&63)&1 == 1 {
			w.stateBits[i>>6] |= 1 << (i & 63)
		}
	}
	w.key = bitsKey(w.key[:0], w.stateBits)
	class, ok := w.stateClass[string(w.key)]
	if !ok {
		class = gr.class(gr.stateClass, w.key, &gr.g.StateBits, w.stateBits, 0)
		w.stateClass[string(w.key)] = class
	}
	w.p.states = append(w.p.states, class)
	w.p.ends = append(w.p.ends, uint32(len(w.p.steps)))
}

// collect puts a state into the batch.
func (w *graphWorker) collect(t model.State) {
	b := &w.batch
	if b.width > 0 && len(t) != b.width || len(t) > longest {
		w.gr.fail(fmt.Errorf("the system emitted a state of %d words, want %d", len(t), b.width))
		panic(enough{})
	}
	b.words = append(b.words, t...)
	if b.width == 0 {
		b.ends = append(b.ends, len(b.words))
	}
	b.hashes = append(b.hashes, hash(t))
	if len(b.hashes) >= batchStates || len(b.words) >= batchWords {
		w.flush()
	}
}

// flush finds the numbers under which the states of the batch are stored, and stores those that are not.
func (w *graphWorker) flush() {
	b := &w.batch
	if n := len(b.hashes); n > 0 && !w.gr.stop.Load() {
		var err error
		if w.p.targets, err = w.ins.number(b, w.gr.own, w.p.targets); err != nil {
			w.gr.fail(err)
		}
	}
	b.reset()
}

// number appends the numbers of the states of a batch to out. With add it stores those that are new.
func (in *inserter) number(b *batch, add bool, out []uint32) ([]uint32, error) {
	n := len(b.hashes)
	fresh := 0
	if add {
		if err := in.st.begin(n); err != nil {
			return out, err
		}
		defer func() { in.st.end(n - fresh) }()
	}
	for i, h := range b.hashes {
		s := b.state(i)
		id, ok := in.find(s, h)
		if !ok && !add {
			return out, &NondeterminismError{What: "a step led to a state that the search did not meet"}
		}
		if !ok {
			o, _, err := in.add(s, h, noState, 0, 0)
			if err != nil {
				return out, err
			}
			if o == added {
				fresh++
				id = in.next - 1
			} else {
				id, _ = in.find(s, h)
			}
		}
		out = append(out, uint32(id))
	}
	return out, nil
}
