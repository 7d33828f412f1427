package checker

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// graphWorker expands states for one goroutine.
type graphWorker struct {
	examiner
	gr       *grapher
	observer model.Observer
	onlooker *onlooker // in its place, where the graph is for what domains see and do
	ins      *visited.Inserter
	batch    visited.Batch
	p        *piece

	key                    []byte
	stepClass, stateClass  map[string]uint32 // what is known of those of the grapher
	stateBits, step, taken []uint64

	by    model.Surveyor      // or nil: states are expanded by Next
	out   model.Successors    // of one state; here, so that it is not allocated for each
	kinds map[uint64]stepKind // by action and arguments, where ObserveStep goes by them alone

	partly partly
}

// stepKind is a class of steps, with what is true of them.
type stepKind struct {
	class uint32
	bits  []uint64
}

func newGraphWorker(gr *grapher) *graphWorker {
	w := &graphWorker{
		gr: gr, ins: gr.st.Inserter(pieceStates), batch: visited.Batch{Width: gr.s.info.StateWords},
		stepClass: map[string]uint32{}, stateClass: map[string]uint32{},
		stateBits: make([]uint64, gr.words), step: make([]uint64, gr.words), taken: make([]uint64, gr.words),
	}
	w.examiner = examiner{sys: gr.sys, failed: gr.fail}
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
	if err := gr.renumber(); err != nil {
		gr.fail(err)
		return
	}
	for _, id := range w.p.targets {
		before := len(gr.queue)
		n, err := gr.number(id)
		if err != nil {
			gr.fail(err)
			return
		}
		if int(n) > before {
			gr.g.Initial = append(gr.g.Initial, n-1)
		}
	}
}

// work expands states of the block until none is left.
func (w *graphWorker) work() {
	gr := w.gr
	if err := w.watch(); err != nil {
		gr.fail(err)
		return
	}
	for !gr.stop.Load() {
		i := int(gr.cursor.Add(1)) - 1
		if i >= len(gr.pieces) {
			return
		}
		w.p = &gr.pieces[i]
		*w.p = piece{w.p.ends[:0], w.p.targets[:0], w.p.steps[:0], w.p.states[:0], w.p.views[:0], nil, 0}
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

// watch finds what evaluates propositions, or what domains see.
func (w *graphWorker) watch() (err error) {
	switch {
	case w.observer != nil || w.onlooker != nil:
	case w.gr.flow != nil:
		if w.onlooker, err = w.gr.flow.onlooker(w.runner); err == nil && w.gr.flow.plain() {
			w.survey()
		}
	default:
		var ok bool
		if w.observer, ok = observerOf(w.runner); !ok {
			return errors.New("the system has properties of whole runs, and its Runner is no Observer")
		}
		if w.gr.some != nil {
			return w.reduce()
		}
		w.survey()
	}
	return err
}

// survey makes ready to expand states by Survey, where that pays and the system can do it.
func (w *graphWorker) survey() {
	s := w.gr.s
	if !s.sweeps() {
		return
	}
	by, ok := w.runner.(model.Surveyor)
	if !ok {
		return
	}
	w.calling = callSweep
	if by.Watch(nothing(s.info)) {
		w.by, w.kinds = by, map[uint64]stepKind{}
	}
	w.calling = none
}

// expand evaluates the propositions in a state and on the steps that leave it.
func (w *graphWorker) expand(words model.State) {
	clear(w.stateBits)
	clear(w.taken)
	switch {
	case w.partly.by != nil:
		w.observe(words)
		w.part()
	case w.by == nil || !w.surveyed(words):
		w.observe(words)
		w.next()
	}
	for i, p := range w.gr.runs.Propositions {
		if p.Kind == model.OfEnabled && w.taken[p.Step>>6]>>(p.Step&63)&1 == 1 {
			w.stateBits[i>>6] |= 1 << (i & 63)
		}
	}
	w.key = bitsKey(w.key[:0], w.stateBits)
	class, ok := w.stateClass[string(w.key)]
	if !ok {
		class = w.gr.class(w.gr.stateClass, w.key, &w.gr.g.StateBits, w.stateBits, 0)
		w.stateClass[string(w.key)] = class
	}
	w.p.states = append(w.p.states, class)
	w.p.ends = append(w.p.ends, uint32(len(w.p.steps)))
}

// observe loads a state and evaluates the propositions in it.
func (w *graphWorker) observe(words model.State) {
	w.calling = callLoad
	w.runner.Load(words)
	w.calling = callObserve
	if f := w.evaluate(); f != nil && w.p.fault == nil {
		w.p.fault, w.p.faulty = f, len(w.p.ends)
	}
	w.calling = none
}

// evaluate evaluates the propositions in the loaded state, or what domains see and do there.
func (w *graphWorker) evaluate() (f *model.Fault) {
	if w.onlooker == nil {
		clear(w.stateBits)
		return w.observer.Observe(w.stateBits)
	}
	var err error
	if w.p.views, f, err = w.onlooker.look(w.p.views); err != nil {
		w.gr.fail(err)
		panic(enough{})
	}
	w.stateBits = w.onlooker.acts
	return f
}

// next makes edges of the steps from the loaded state.
func (w *graphWorker) next() {
	w.leave(w.runner.Next, func(l model.Label, t model.State) {
		w.take(w.kind(l))
		w.collect(t)
	})
}

// leave calls use for the steps that a method of the system emits.
func (w *graphWorker) leave(next func(func(model.Label, model.State, *model.Fault)), use func(model.Label, model.State)) {
	gr := w.gr
	emitted := 0
	w.calling = callNext
	next(func(l model.Label, t model.State, f *model.Fault) {
		w.calling = none
		if emitted++; gr.stop.Load() || emitted%1024 == 0 && gr.ctx.Err() != nil {
			panic(enough{})
		}
		if f == nil {
			use(l, t)
		}
		w.calling = callNext
	})
	w.calling = none
}

// surveyed expands a state by Survey; false where Next has to do it.
func (w *graphWorker) surveyed(words model.State) bool {
	b := &w.batch
	out := &w.out
	out.Words, out.Actions, out.Args = b.Words, out.Actions[:0], out.Args[:0]
	w.calling = callSweep
	bits := w.stateBits
	if w.onlooker != nil {
		bits = nil
	}
	notice := w.by.Survey(words, out, bits)
	w.calling = none
	if notice&model.NoticeSteps != 0 {
		return false
	}
	if notice&model.NoticeState != 0 || w.onlooker != nil {
		w.observe(words)
	}
	at := len(b.Words)
	b.Words = out.Words
	for i, a := range out.Actions {
		label := uint64(a)<<32 | uint64(out.Args[i])
		k, ok := w.kinds[label]
		if !ok {
			k = w.kind(model.Label{Action: a, Args: out.Args[i]})
			k.bits = slices.Clone(k.bits)
			w.kinds[label] = k
		}
		w.take(k)
		b.Hashes = append(b.Hashes, hash.Of(b.Words[at:at+b.Width]))
		at += b.Width
	}
	if len(b.Hashes) >= visited.BatchStates || len(b.Words) >= batchWords {
		w.flush()
	}
	return true
}

// kind observes a step from the current state. What it gives is good until the next call.
func (w *graphWorker) kind(l model.Label) stepKind {
	gr := w.gr
	clear(w.step)
	if gr.steps {
		w.calling = callObserve
		w.observer.ObserveStep(l, w.step)
		w.calling = none
	}
	if w.key = stepKey(w.key[:0], int32(l.Action), w.step); w.onlooker != nil {
		w.calling = callObserve
		w.key = w.onlooker.input(w.key[:0], l)
		w.calling = none
	}
	class, ok := w.stepClass[string(w.key)]
	if !ok {
		class = gr.class(gr.stepClass, w.key, &gr.g.StepBits, w.step, int32(l.Action))
		w.stepClass[string(w.key)] = class
	}
	return stepKind{class, w.step}
}

// take takes a step down.
func (w *graphWorker) take(k stepKind) {
	w.p.steps = append(w.p.steps, k.class)
	w.note(k)
}

// note takes down that a step is enabled.
func (w *graphWorker) note(k stepKind) {
	for i, x := range k.bits {
		w.taken[i] |= x
	}
}

// collect puts a state into the batch.
func (w *graphWorker) collect(t model.State) {
	b := &w.batch
	if b.Width > 0 && len(t) != b.Width || len(t) > visited.MostWords {
		w.gr.fail(fmt.Errorf("the system emitted a state of %d words, want %d", len(t), b.Width))
		panic(enough{})
	}
	b.Words = append(b.Words, t...)
	if b.Width == 0 {
		b.Ends = append(b.Ends, len(b.Words))
	}
	b.Hashes = append(b.Hashes, hash.Of(t))
	if len(b.Hashes) >= visited.BatchStates || len(b.Words) >= batchWords {
		w.flush()
	}
}

// flush finds the numbers under which the states of the batch are stored, and stores those that are not.
func (w *graphWorker) flush() {
	b := &w.batch
	if n := len(b.Hashes); n > 0 && !w.gr.stop.Load() {
		var err error
		if w.p.targets, err = w.ins.Number(b, w.gr.own, w.p.targets); err != nil {
			w.gr.fail(contradiction(err))
		}
	}
	b.Reset()
}
