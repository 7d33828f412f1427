package checker

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

const (
	batchWords  = 1 << 16 // words after which a batch of long states is inserted
	ofOneWorker = 48      // states of a depth for each goroutine that works on it, at least
)

// worker expands states for one goroutine. What it counts and finds is its own until the search merges it.
type worker struct {
	examiner
	s      *search
	number int          // from 0
	second model.Runner // for rechecks
	sweep  sweeping
	partly reduction
	emit   func(model.Label, model.State, *model.Fault)
	ins    visited.Visitor
	notes  visited.Noting  // or nil, where nothing is noted of states
	recent *visited.Filter // of what is in the batch, where that is worth it
	err    error

	at      []uint64 // the state being expanded, or nil
	from    uint64   // its number, where states are numbered, beside room for that of an action
	past    uint32   // what is known of how it was reached, where that is noted
	depth   int      // of it
	count   int      // states expanded so far
	emitted int      // its successors so far
	faulted bool     // one of its instances faulted
	sampled bool     // it is to be rechecked
	digest  uint64   // of its successors so far, while sampled

	batch  visited.Batch
	width  int              // words of a state, or 0
	layout *visited.Layout  // of what is in the batch, where that is of one or two words; nil for others
	fold   *visited.Folding // what is in the batch is the keys of states, by this; nil where it is the states
	key    [1]uint64        // of a state

	unfolded *visited.Filter // in its place of states before they are folded, unless they are so wide that folding them costs less than this
	refilter int64           // states stored from which on a filter is tried again

	generated, terminal int64
	shown               int64   // of generated, what the search has been told
	fired, fresh        []int64 // by action
	found               []*event
}

func newWorker(s *search) *worker {
	w := &worker{
		s: s, width: s.info.StateWords, from: visited.InitialState,
		fired: make([]int64, len(s.info.Actions)), fresh: make([]int64, len(s.info.Actions)),
		found: make([]*event, len(s.info.Properties)+1),
	}
	w.examiner = examiner{
		sys: s.sys, plan: s.plan, note: w.record, settled: s.found, halted: s.halted, failed: w.fail,
		troubled: make([]bool, len(s.info.Properties)+1), met: make([]bool, s.plan.antecedents()),
	}
	w.emit = w.successor
	w.use(s.set)
	return w
}

// use has the worker read the frontier of a visited set, and add to it.
func (w *worker) use(set visited.Set) {
	w.ins = set.Visitor(w.fresh)
	w.layout, w.fold, w.batch = set.Packed(), w.ins.Folding(), visited.Batch{Width: w.width}
	w.notes, _ = w.ins.(visited.Noting)
	if w.fold != nil {
		w.batch.Width = 1
	}
	if r := &w.partly; r.by != nil {
		r.known = w.ins.(visited.Dated)
	}
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
	w.filter()
	if w.s.cfg.PartialOrder {
		w.preserve()
	} else {
		w.watch()
	}
	part := 0 // the one that the last state was in
	for !w.s.halted() {
		lo, hi := fr.take()
		if lo == hi {
			break
		}
		if w.notes != nil {
			w.notes.From(lo)
		}
		for lo < hi && !w.s.halted() {
			for fr.starts[part+1] <= lo {
				part++
			}
			n := 0
			for end := min(hi, fr.starts[part+1]); lo < end && !w.s.halted(); lo++ {
				part, i := fr.place(part, lo-fr.starts[part])
				words, id := w.ins.State(part, i)
				if words == nil { // the search has been halted
					w.leavings()
					return
				}
				w.from = uint64(id) << 32
				if w.notes != nil {
					w.past = w.notes.Note(part, i)
				}
				if w.s.cfg.Visit != nil {
					w.s.cfg.Visit(w.number, w.depth, words)
				}
				w.expand(words, leaf || w.s.full.Load())
				n++
			}
			at, _ := fr.place(part, 0)
			w.ins.Seen(at, n)
		}
	}
	w.leavings()
	w.flush()
}

// A filter pays where it meets at least one in so many states: fewer where it saves that they are folded.
const (
	recentPays   = 4
	unfoldedPays = 8
)

// filter has what is found filtered from the time on when there are many states, as long as that pays. Once it does not it
// is tried again at four times as many.
func (w *worker) filter() {
	n := w.s.set.Distinct()
	switch width := w.batch.Width; {
	case w.unfolded != nil:
		if !w.unfolded.Pays(unfoldedPays) {
			w.unfolded, w.refilter = nil, 4*n
		}
	case w.recent != nil:
		if !w.recent.Pays(recentPays) {
			w.recent, w.refilter = nil, 4*n
		}
	case n < max(w.s.sift, w.refilter):
	case w.fold != nil && w.width <= visited.FilterWidest:
		w.unfolded = visited.NewFilter(w.width)
	case width > 0 && width <= visited.FilterWidest:
		w.recent = visited.NewFilter(width)
	}
}

// expand evaluates what is claimed of a state and of every step that leaves it, and collects its successors.
func (w *worker) expand(words []uint64, leaf bool) {
	w.at = words
	w.count++
	switch {
	case leaf:
		w.load(words)
		w.claims()
	case w.sweep.on && !(w.initial && w.plan.beginning()):
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
		w.sampled = w.count <= alwaysSampled || hash.Of(words)%every == 0
		w.digest = 0
	}
	w.next()
	if w.s.halted() || w.s.full.Load() { // the system may have kept the panic to itself: what it emitted is not all
		return
	}
	if w.emitted == 0 && !w.faulted && w.accepts() {
		w.terminal++
	}
	if w.sampled {
		w.recheck(words)
	}
}

// next has the system emit the successors of the loaded state. It comes back in the middle once no more are wanted.
func (w *worker) next() {
	defer func() {
		if !w.s.full.Load() {
			return
		}
		switch v := recover().(type) {
		case nil, enough:
			w.calling = none
		default:
			panic(v)
		}
	}()
	w.calling = callNext
	if w.partly.by != nil {
		w.some()
	} else {
		w.runner.Next(w.emit)
	}
	w.calling = none
}

// record keeps what was found of property p in the state being expanded or on a step that leaves it.
func (w *worker) record(p model.PropertyID, e event) {
	e.at, e.length = w.at, w.depth
	if e.step {
		e.length++
	}
	w.s.plan.record(w.found, p, e)
}

// successor takes what Next emits.
func (w *worker) successor(l model.Label, t model.State, f *model.Fault) {
	w.calling = none
	if w.s.halted() || w.s.full.Load() {
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
	w.look(t)
	w.collect(t, l.Action)
	w.calling = callNext
}

// collect puts a state into the batch, unless it was there not long ago.
func (w *worker) collect(t model.State, action model.ActionID) {
	width := w.width
	switch {
	case width > 0 && len(t) != width:
		w.fail(fmt.Errorf("the system emitted a state of %d words, want %d", len(t), width))
		return
	case len(t) > visited.MostWords:
		w.fail(fmt.Errorf("the system emitted a state of %d words, want at most %d", len(t), visited.MostWords))
		return
	}
	if w.fold != nil {
		if w.unfolded != nil && !w.partly.ask && w.unfolded.Met(t, hash.Of(t), uint32(action)) {
			return
		}
		var err error
		if w.key[0], err = w.fold.Key(t); err != nil {
			w.end(err)
			return
		}
		t = w.key[:]
	}
	var h uint64
	if l := w.layout; l == nil {
		h = hash.Of(t)
	} else if l.Fits(t) {
		h = l.Home(t)
	} else {
		w.fail(fmt.Errorf("the system emitted a state with bits beyond the %d that it has", l.Declared))
		return
	}
	if r := &w.partly; r.ask {
		r.ask, r.fresh = false, !r.known.Earlier(t, h)
	}
	if w.recent != nil && w.recent.Met(t, h, uint32(action)) {
		return
	}
	b := &w.batch
	b.Words = append(b.Words, t...)
	if width == 0 {
		b.Ends = append(b.Ends, len(b.Words))
	}
	b.Froms = append(b.Froms, w.from|uint64(action))
	if w.hashes() {
		b.Hashes = append(b.Hashes, h)
	}
	if len(b.Froms) >= visited.BatchStates || len(b.Words) >= batchWords {
		w.flush()
	}
}

// hashes tells whether the batch has hashes; otherwise the visited set finds them.
func (w *worker) hashes() bool { return w.layout == nil || w.recent != nil }

// end ends the search since there is no room for more states, where its states have been counted, after this depth; or it
// ends the search in memory, which goes on on disk.
func (w *worker) end(err error) {
	if w.s.outgrows(err) {
		w.s.outgrown.Store(true)
		return
	}
	reason := reasonOf(err, &w.s.cfg)
	if w.at != nil && (err == visited.ErrStates && w.s.cfg.MaxStates > 0 || err == visited.ErrMemory || err == visited.ErrNumbers) {
		w.s.spent.CompareAndSwap(nil, &reason)
		w.s.full.Store(true)
		return
	}
	w.s.halt(reason)
}

// flush inserts the batch into the visited set.
func (w *worker) flush() {
	if len(w.batch.Froms) == 0 {
		return
	}
	if !w.s.halted() {
		if err := w.ins.Insert(&w.batch); err != nil {
			w.end(err)
		}
	}
	w.batch.Reset()
	w.s.generated.Add(w.generated - w.shown)
	w.shown = w.generated
}
