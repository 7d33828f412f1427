package checker

import (
	"fmt"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

const (
	batchStates = 1024    // successors that are inserted together; 256 to 4,096 do about as well
	batchWords  = 1 << 16 // words after which a batch of long states is inserted
	ofOneWorker = 48      // states of a depth for each goroutine that works on it, at least
)

// worker expands states for one goroutine. What it counts and finds is its own until the search merges it.
type worker struct {
	examiner
	s      *search
	second model.Runner // for rechecks
	sweep  sweeping
	emit   func(model.Label, model.State, *model.Fault)
	ins    inserter
	recent *filter
	err    error

	at      stateID // the state being expanded
	depth   int     // of it
	emitted int     // its successors so far
	faulted bool    // one of its instances faulted
	sampled bool    // it is to be rechecked
	digest  uint64  // of its successors so far, while sampled

	// The batch: successors found and not yet inserted.
	words  []uint64 // of the states, one after another
	ends   []int    // where each ends in words, if they vary in length
	froms  []uint64 // parent and action of each
	hashes []uint64
	sink   uint64 // what the touching of memory gives, so that it is not optimised away

	generated, terminal int64
	shown               int64   // of generated, what the search has been told
	fired, fresh        []int64 // by action
	found               []*event
}

func newWorker(s *search) *worker {
	w := &worker{
		s: s, ins: inserter{st: s.store}, at: noState,
		fired: make([]int64, len(s.info.Actions)), fresh: make([]int64, len(s.info.Actions)),
		found: make([]*event, len(s.info.Properties)+1),
	}
	w.examiner = examiner{
		sys: s.sys, plan: s.plan, note: w.record, settled: s.found, failed: w.fail,
		troubled: make([]bool, len(s.info.Properties)+1), met: make([]bool, s.plan.antecedents()),
	}
	w.emit = w.successor
	return w
}

// fail ends the search with an error.
func (w *worker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
	w.s.halt("the search failed")
}

// work expands states of the frontier until none is left or the search is halted. With leaf their properties are
// evaluated and that is all.
func (w *worker) work(leaf bool) {
	fr := &w.s.frontier
	if width := w.s.store.width; w.recent == nil && width > 0 && width <= filterWidest && w.s.store.promised.Load() >= w.s.sift {
		w.recent = newFilter(width)
	}
	w.watch()
	at := 0 // the span that the last state was in
	for !w.s.halted() {
		lo, hi := fr.take()
		if lo == hi {
			break
		}
		for ; lo < hi && !w.s.halted(); lo++ {
			for fr.starts[at+1] <= lo {
				at++
			}
			w.expand(fr.spans[at].lo+stateID(lo-fr.starts[at]), leaf)
		}
	}
	w.flush()
}

// expand evaluates what is claimed of state id and of every step that leaves it, and collects its successors.
func (w *worker) expand(id stateID, leaf bool) {
	words := w.s.store.state(id)
	w.at = id
	switch {
	case leaf:
		w.load(words)
		w.claims()
	case w.sweep.on:
		w.swept(words)
	default:
		w.plainly(words)
	}
}

func (w *worker) load(words model.State) {
	w.calling = callLoad
	w.runner.Load(words)
	w.calling = none
}

// plainly expands a state by Load, Holds and Next.
func (w *worker) plainly(words model.State) {
	w.load(words)
	w.claims()
	w.emitted, w.faulted = 0, false
	if every := w.s.every; every > 0 {
		w.sampled = w.at < alwaysSampled || hash(words)%every == 0
		w.digest = 0
	}
	w.calling = callNext
	w.runner.Next(w.emit)
	w.calling = none
	if w.s.halted() { // the system may have kept the panic to itself: what it emitted is not all
		return
	}
	if w.emitted == 0 && !w.faulted && w.accepts() {
		w.terminal++
	}
	if w.sampled {
		w.recheck(words)
	}
}

// record keeps what was found of property p in the state being expanded or on a step that leaves it.
func (w *worker) record(p model.PropertyID, e event) {
	e.at, e.length = w.at, w.depth
	if e.step {
		e.length++
	}
	w.s.plan.record(w.found, p, e, w.s.store)
}

// successor takes what Next emits.
func (w *worker) successor(l model.Label, t model.State, f *model.Fault) {
	w.calling = none
	if w.s.halted() {
		panic(enough{})
	}
	if uint(l.Action) >= uint(len(w.fired)) {
		w.fail(fmt.Errorf("the system emitted a step of action %d, want one of 0..%d", l.Action, len(w.fired)-1))
		w.calling = callNext
		return
	}
	if w.sampled {
		w.digest += digestOf(w.s.names[l.Action], t, f)
	}
	if f != nil {
		w.faulted = true
		w.record(w.s.plan.faults, event{step: true, label: l, fault: f})
		w.calling = callNext
		return
	}
	w.emitted++
	w.generated++
	w.fired[l.Action]++
	if w.s.plan.transitions {
		w.judge(l, t)
	}
	w.collect(t, uint64(w.at)<<32|uint64(l.Action))
	w.calling = callNext
}

// collect puts a state into the batch, unless it was there not long ago.
func (w *worker) collect(t model.State, from uint64) {
	width := w.s.store.width
	switch {
	case width > 0 && len(t) != width:
		w.fail(fmt.Errorf("the system emitted a state of %d words, want %d", len(t), width))
		return
	case len(t) > longest:
		w.fail(fmt.Errorf("the system emitted a state of %d words, want at most %d", len(t), longest))
		return
	}
	h := hash(t)
	if w.recent != nil && w.recent.met(t, h, uint32(from)) {
		return
	}
	w.words = append(w.words, t...)
	if width == 0 {
		w.ends = append(w.ends, len(w.words))
	}
	w.froms, w.hashes = append(w.froms, from), append(w.hashes, h)
	if len(w.froms) >= batchStates || len(w.words) >= batchWords {
		w.flush()
	}
}

// stateOf gives state i of the batch.
func (w *worker) stateOf(i int) []uint64 {
	if width := w.s.store.width; width > 0 {
		return w.words[i*width : i*width+width]
	}
	lo := 0
	if i > 0 {
		lo = w.ends[i-1]
	}
	return w.words[lo:w.ends[i]]
}

// flush inserts the batch into the store.
func (w *worker) flush() {
	n := len(w.froms)
	if n == 0 {
		return
	}
	if !w.s.halted() {
		err := w.s.store.begin(n)
		if err == nil {
			err = w.insert(n)
		} else if err == errStates {
			err = w.insertAlone(n)
		}
		if err != nil {
			w.s.halt(reasonOf(err, &w.s.cfg))
		}
	}
	w.words, w.ends, w.froms, w.hashes = w.words[:0], w.ends[:0], w.froms[:0], w.hashes[:0]
	w.s.generated.Add(w.generated - w.shown)
	w.shown = w.generated
}

// insert puts the n states of the batch into the store, in an open batch of it. The homes of all of them are touched
// first: these loads do not wait for each other, as the probes after them would.
func (w *worker) insert(n int) error {
	st := w.s.store
	slots, shift := st.table.slots, st.table.shift&63
	sum := w.sink
	for _, h := range w.hashes[:n] {
		sum += atomic.LoadUint64(&slots[h>>shift])
	}
	w.sink = sum
	count := 0
	var err error
	for i, from := range w.froms {
		o, was, e := w.ins.insert(w.stateOf(i), w.hashes[i], stateID(from>>32), uint32(from), w.s.first)
		if e != nil {
			err = e
			break
		}
		if o != known {
			w.credit(o, was, from)
			if o == added {
				count++
			}
		}
	}
	st.end(n - count)
	return err
}

// credit counts a discovery for its action.
func (w *worker) credit(o outcome, was uint32, from uint64) {
	if stateID(from>>32) == noState {
		return
	}
	w.fresh[uint32(from)]++
	if o == sooner {
		w.fresh[was]--
	}
}

// insertAlone puts the n states of the batch into the store, as long as there are not too many, with no other batch
// under way.
func (w *worker) insertAlone(n int) error {
	st := w.s.store
	if err := st.alone(n); err != nil {
		return err
	}
	defer st.endAlone()
	for i, from := range w.froms {
		s := w.stateOf(i)
		if st.promised.Load() >= st.most && !w.ins.find(s, w.hashes[i]) {
			return errStates
		}
		o, was, err := w.ins.insert(s, w.hashes[i], stateID(from>>32), uint32(from), w.s.first)
		if err != nil {
			return err
		}
		if o != known {
			w.credit(o, was, from)
			if o == added {
				st.promised.Add(1)
			}
		}
	}
	return nil
}
