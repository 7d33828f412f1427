package checker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// search is one run of Check.
type search struct {
	sys   model.System // as it is explored
	own   model.System // as it is
	info  *model.Info
	cfg   Config
	begun time.Time
	ctx   context.Context // of run, for what finding a run may take
	every uint64          // one state in so many is rechecked; 0: none
	names []uint64        // digests of the names of actions

	plan     *plan
	asked    []bool      // what the plan has to find out at the start, by property
	whole    *whole      // or nil, where nothing is claimed of whole runs
	isolated *isolation  // or nil, where nothing is claimed of domains
	set      visited.Set // nil where not even an empty one is allowed
	workers  []*worker
	visitors []visited.Visitor // of the workers

	turned   bool  // the frontier was, when states were swept for the first time or from the last alternative on
	pondered bool  // model.Sleeper.Ponder has been called
	sift     int64 // states stored from which on workers filter what they find
	grain    int64 // states of a depth for each worker that is set to it, at least
	frontier frontier
	depth    int // of the deepest state stored
	initial  int64

	// Merged from the workers between depths.
	found    []*event
	broken   []*event // of bounds: the event at the first depth at which the limit was passed
	troubled []bool
	unseen   string // why faults of what is evaluated after the search may have been missed, or ""
	met      []bool

	full       atomic.Bool            // no more states are allowed, or there is no room for them
	spent      atomic.Pointer[string] // why, then
	finished   int64                  // then, the states up to the last depth that was finished
	reason     atomic.Pointer[string] // why the search ends early, once it does
	exhaustive bool
	generated  atomic.Int64
	glance     glance

	keeper  *keeper        // of checkpoints, or nil
	resumed *savedProgress // what the search began with, or nil
	peak    int64          // of bytes, in the searches that this one goes on with
	partial bool           // the depth that the search ended at was not finished

	outgrown atomic.Bool // the states have no more room in memory; they are to be moved to disk
	few      int64       // candidates of a disk set in memory, at most; 0: as many as there is room for
	create   func(path string) (io.WriteCloser, error)
}

// frontier is the states of one depth, to be expanded, taken in chunks by many workers. The visited set keeps them, in
// some parts.
type frontier struct {
	sizes  []int64 // of the parts, as the set numbers them
	back   bool    // the states are taken from the last to the first
	starts []int64 // of each part, in the order in which they are taken, the number of states before it; and total
	total  int64
	chunk  int64
	size   atomic.Int64 // total, for those who watch
	cursor atomic.Int64
}

// set makes the frontier anew, of the parts in sizes.
func (f *frontier) set() { f.order(false) }

// turn has the states taken from the last to the first. None of them has been.
func (f *frontier) turn() { f.order(true) }

// order says how the states are taken. The parts stay as they are: the visited set has them in this order.
func (f *frontier) order(back bool) {
	f.starts, f.total, f.back = append(f.starts[:0], 0), 0, back
	for k := range f.sizes {
		f.total += f.sizes[f.part(k)]
		f.starts = append(f.starts, f.total)
	}
	f.cursor.Store(0)
	f.size.Store(f.total)
}

// part is the one that is taken k-th.
func (f *frontier) part(k int) int {
	if f.back {
		return len(f.sizes) - 1 - k
	}
	return k
}

// place gives the part and the place there of the state that is number i of those that come k-th.
func (f *frontier) place(k int, i int64) (int, int64) {
	part := f.part(k)
	if f.back {
		i = f.sizes[part] - 1 - i
	}
	return part, i
}

// take gives a chunk lo..hi of the states, by their place in the frontier; an empty one when all are taken.
func (f *frontier) take() (lo, hi int64) {
	lo = min(f.cursor.Add(f.chunk)-f.chunk, f.total)
	return lo, min(lo+f.chunk, f.total)
}

// left is the number of states not yet taken.
func (f *frontier) left() int64 { return max(f.size.Load()-f.cursor.Load(), 0) }

func newSearch(sys model.System, cfg Config) (*search, error) {
	s := &search{sys: sys, own: sys, cfg: cfg, sift: visited.FilterFrom, grain: ofOneWorker, begun: time.Now()}
	if cfg.SweepFrom > 0 { // what tests want, of all that pays with many states only
		s.sift = min(s.sift, cfg.SweepFrom)
	}
	s.create = func(path string) (io.WriteCloser, error) { return os.Create(path) }
	if err := shield("Info", func() { s.info = sys.Info() }); err != nil {
		return nil, err
	}
	var err error
	if err = cfg.Lossy.validate(cfg.Memory); err != nil {
		return nil, err
	}
	if cfg.Symmetry {
		r, err := reduce(sys)
		if err != nil {
			return nil, err
		}
		s.sys = r
	}
	if cfg.PartialOrder {
		if err = s.partialOrder(); err != nil {
			return nil, err
		}
	}
	if s.plan, err = newPlan(s.info, cfg.Only); err != nil {
		return nil, err
	}
	s.asked = s.plan.undecided()
	if s.whole, err = s.temporal(); err != nil {
		return nil, err
	}
	if s.isolated, err = s.isolating(); err != nil {
		return nil, err
	}
	if s.info.StateWords < 0 || s.info.StateWords > visited.MostWords {
		return nil, fmt.Errorf("the system has states of %d words, want 0..%d", s.info.StateWords, visited.MostWords)
	}
	if s.cfg.Workers <= 0 {
		s.cfg.Workers = runtime.GOMAXPROCS(0)
	}
	switch {
	case cfg.PartialOrder: // a second time other steps may be left out
	case cfg.Recheck > 0:
		s.every = uint64(cfg.Recheck)
	case cfg.Recheck == 0 && !s.info.Deterministic:
		s.every = recheckEvery
	}
	s.names = nameDigests(s.info)
	s.found = make([]*event, len(s.info.Properties)+1)
	s.broken = make([]*event, len(s.info.Properties)+1)
	s.troubled = make([]bool, len(s.info.Properties)+1)
	s.met = make([]bool, s.plan.antecedents())
	if cfg.Checkpoint.Dir != "" && cfg.Lossy != (Lossy{}) {
		return nil, errors.New("a lossy search cannot be saved")
	}
	if cfg.Disk != "" && cfg.Lossy != (Lossy{}) {
		return nil, errors.New("a lossy search stays in memory")
	}
	if cfg.Disk != "" {
		if err := s.roomOnDisk(); err != nil {
			return nil, err
		}
		if err := visited.Usable(cfg.Disk); err != nil {
			return nil, fmt.Errorf("no states can be put on disk: %w", err)
		}
	}
	if cfg.Checkpoint.Dir != "" {
		if s.keeper, err = openKeeper(cfg.Checkpoint); err != nil {
			return nil, err
		}
	}
	if cfg.Checkpoint.Resume {
		if s.resumed, err = s.resume(); err != nil {
			s.keeper.close()
			return nil, err
		}
	} else if err = s.newSet(); err != nil {
		s.halt(reasonOf(err, &s.cfg))
		return s, nil
	}
	for i := range s.cfg.Workers {
		w := newWorker(s)
		w.number = i
		s.workers, s.visitors = append(s.workers, w), append(s.visitors, w.ins)
	}
	if set, ok := s.set.(visited.Saver); ok && (s.keeper != nil || cfg.Disk != "") {
		set.Retain()
	}
	if s.turned = s.resumed != nil; s.turned {
		s.adopt(s.resumed)
	}
	return s, nil
}

// newSet makes the visited set that suits the width of the states.
func (s *search) newSet() (err error) {
	s.set, err = visited.New(s.spec())
	return err
}

// spec says what the visited set is for.
func (s *search) spec() visited.Spec {
	width := s.info.StateWords
	return visited.Spec{
		Width: width, Significant: s.info.StateBits, Actions: len(s.info.Actions), Workers: s.cfg.Workers,
		Memory: s.memory(), Most: s.cfg.MaxStates, Hash: s.cfg.Lossy.Hash, Array: s.cfg.Lossy.Bits,
		Order: func() *visited.Order { return sample(s.sys, width).Order() },
	}
}

// halt ends the search early; the first reason counts.
func (s *search) halt(reason string) { s.reason.CompareAndSwap(nil, &reason) }

func (s *search) halted() bool { return s.reason.Load() != nil || s.outgrown.Load() }

// run searches until the end or until it is halted. The error is one of the system, not a verdict.
func (s *search) run(ctx context.Context) error {
	s.ctx = ctx
	if s.halted() {
		return nil
	}
	release := context.AfterFunc(ctx, func() { s.halt(reasonOfContext(ctx)) })
	defer release()
	if err := ctx.Err(); err != nil {
		s.halt(reasonOfContext(ctx))
	}
	depth := 0
	if s.resumed != nil {
		depth = s.resumed.Next
	} else if err := s.start(); err != nil {
		return err
	}
	for ; !s.halted(); depth++ {
		leaf := s.cfg.MaxDepth > 0 && depth >= s.cfg.MaxDepth
		if s.keeper.due(depth, leaf) {
			if err := s.save(depth, s.tallies()); err != nil {
				return err
			}
		}
		if err := s.expand(depth, leaf); err != nil {
			return err
		}
		if s.frontier.total > 0 && !s.full.Load() {
			s.depth = depth + 1
		}
		switch {
		case s.halted():
		case leaf:
			s.halt(fmt.Sprintf("depth limit %d reached", s.cfg.MaxDepth))
		case s.frontier.total == 0:
			if l, ok := s.set.(*visited.Lossy); ok {
				s.halt(s.cfg.Lossy.reason(l.Distinct(), l.Missed()))
				break
			}
			s.exhaustive = true
			return nil
		case s.cfg.FailFast && s.violated():
			s.halt("ended at the depth of the first violation")
		}
	}
	if s.partial {
		return nil
	}
	return s.save(depth, s.tallies())
}

func reasonOfContext(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "time limit reached"
	}
	return "interrupted"
}

// start stores the initial states and makes them the frontier.
func (s *search) start() error {
	before := s.tallies()
	faults := s.begin()
	if s.moves() {
		if err := s.move(-1, before); err == nil {
			faults = s.begin()
		} else {
			s.halt(reasonOf(err, &s.cfg))
		}
	}
	if d, ok := s.set.(*visited.Disk); ok && !s.halted() {
		s.endOnDisk(d, nil)
	}
	s.initial = s.set.Distinct()
	s.advance()
	if err := s.merge(); err != nil {
		return err
	}
	s.partial = s.halted()
	if s.initial == 0 && faults == 0 && !s.partial {
		return errors.New("the system has no initial state")
	}
	return nil
}

// begin has the initial states emitted and inserted, and gives how many faults there were instead.
func (s *search) begin() (faults int) {
	w := s.workers[0]
	var digest uint64
	count := 0
	w.ins.Open(visited.BatchStates, true)
	w.guard(func() {
		w.calling = callInit
		w.runner.Init(func(t model.State, f *model.Fault) {
			w.calling = none
			if s.halted() {
				panic(enough{})
			}
			count++
			if s.every > 0 {
				digest += digestOf(0, t, f)
			}
			if f != nil {
				faults++
				w.record(s.plan.faults, event{initial: true, fault: f})
			} else {
				w.generated++
				w.collect(t, 0)
			}
			w.calling = callInit
		})
		w.calling = none
		w.flush()
		if s.every > 0 && !s.halted() {
			w.recheckInit(digest, count)
		}
	})
	return faults
}

// advance makes the states found the frontier.
func (s *search) advance() {
	s.frontier.sizes = s.set.Advance(s.visitors, s.frontier.sizes[:0])
	s.frontier.set()
}

// expand expands the frontier, which has the given depth; the states that it leads to for the first time are the next.
func (s *search) expand(depth int, leaf bool) error {
	s.glance.depth.Store(int64(depth))
	s.ponder()
	s.turn()
	total := s.frontier.total
	n := int(min(int64(len(s.workers)), total/s.grain))
	if n <= 1 {
		n = 1
	}
	s.frontier.chunk = max(1, min(256, total/int64(8*n)))
	size := int(max(16, min(visited.BatchStates, total/int64(16*n))))
	before, failing := s.tallies(), s.plan.failed()
	if n == 1 {
		size = visited.BatchStates
	}
	for _, w := range s.workers[:n] { // all before one of them begins
		w.depth, w.initial = depth, depth == 0
		w.ins.Open(size, n == 1)
	}
	var wg sync.WaitGroup
	for _, w := range s.workers[:n] {
		if n == 1 {
			w.guard(func() { w.work(leaf) })
		} else {
			wg.Go(func() { w.guard(func() { w.work(leaf) }) })
		}
	}
	wg.Wait()
	if s.moves() {
		if err := s.move(depth, before); err == nil {
			return s.expand(depth, leaf)
		} else {
			s.halt(reasonOf(err, &s.cfg))
		}
	}
	if d, ok := s.set.(*visited.Disk); ok && !leaf && !s.halted() && !s.full.Load() {
		s.endOnDisk(d, s.workers[0].fresh)
	}
	s.partial = s.halted() || s.full.Load() || leaf
	if s.partial && !s.failed() {
		if err := s.save(depth, before); err != nil {
			return err
		}
	}
	if s.full.Load() {
		s.retreat(before, failing)
	}
	s.advance()
	if !s.partial {
		if err := s.condense(); err != nil {
			return err
		}
	}
	return s.merge()
}

// turn has the frontier taken from the last state to the first, once. Sweep goes through the alternatives in the opposite order,
// so that of the ways to a state the first one mostly ends by the least of them, and most steps are asleep; that
// holds from then on if it holds of the states that it begins with.
func (s *search) turn() {
	if _, ok := s.visitors[0].(visited.Noting); ok && !s.turned && s.sweeps() {
		s.turned = true
		s.frontier.turn()
	}
}

// ponder has more steps left out from now on, once there are many states. What it took to make tables, up to now, goes back to the
// machine, as the visited set is about to take more than that.
func (s *search) ponder() {
	sw := &s.workers[0].sweep
	if s.pondered || !sw.on || s.set.Distinct() < s.ponderFrom() {
		return
	}
	s.pondered = true
	if s.cfg.SweepFrom <= 0 {
		defer debug.FreeOSMemory()
	}
	by, ok := sw.by.(model.Sleeper)
	if !ok {
		return
	}
	by.Ponder(s.sample(ponderSample))
	s.turned = s.turned && sw.after != nil
	for _, w := range s.workers {
		w.sweep.begun, w.sweep.steps, w.sweep.left = 0, 0, 0
	}
}

// sample gives n states of the frontier, far apart, or all if there are fewer.
func (s *search) sample(n int64) (out []model.State) {
	var total int64
	for _, size := range s.frontier.sizes {
		total += size
	}
	every := max(1, total/n)
	at := int64(0) // of the next one, in the part
	for part, size := range s.frontier.sizes {
		for ; at < size; at += every {
			words, _ := s.visitors[0].State(part, at)
			out = append(out, slices.Clone(words))
		}
		at -= size
	}
	return out
}

// condense has the states kept in fewer bytes from now on, if they can be.
func (s *search) condense() error {
	set, sizes, err := visited.Condense(s.set, s.frontier.sizes, s.cfg.CondenseFrom)
	if err != nil {
		s.halt(reasonOf(err, &s.cfg))
		return nil
	}
	if set == s.set {
		return nil
	}
	s.glance.mu.Lock()
	old := s.set
	s.set, s.visitors = set, s.visitors[:0]
	s.glance.mu.Unlock()
	old.Close()
	for _, w := range s.workers {
		w.use(set)
		s.visitors = append(s.visitors, w.ins)
	}
	s.frontier.sizes = sizes
	s.frontier.set()
	return nil
}

// peakBytes is the most that the states took.
func (s *search) peakBytes() int64 { return max(s.peak, s.set.PeakBytes()) }

// tally is what a worker has counted.
type tally struct {
	generated, terminal int64
	fired, fresh        []int64
}

// reset has the worker count from t on.
func (w *worker) reset(t *tally) {
	w.generated, w.terminal = t.generated, t.terminal
	copy(w.fired, t.fired)
	copy(w.fresh, t.fresh)
}

// tallies takes down what the workers have counted, in case no more states are allowed soon or the search is saved.
func (s *search) tallies() []tally {
	if s.cfg.MaxStates <= 0 && s.cfg.Memory <= 0 && s.keeper == nil && s.cfg.Disk == "" {
		return nil
	}
	s.finished = s.set.Distinct()
	var out []tally
	for _, w := range s.workers {
		out = append(out, tally{w.generated, w.terminal, slices.Clone(w.fired), slices.Clone(w.fresh)})
	}
	return out
}

// retreat ends a search to which no more states are allowed, at the depth whose states could not all be expanded. Which of
// them were depends on the workers; that all of them were looked at does not. So what their steps led to, and what was
// counted and found there, is left out.
func (s *search) retreat(before []tally, failing []bool) {
	s.halt(*s.spent.Load())
	for a, f := range failing {
		s.plan.failing[a].Store(f)
	}
	for i := range before {
		s.workers[i].reset(&before[i])
	}
	for _, w := range s.workers {
		for p, e := range w.found {
			if e != nil && (e.step || e.end) {
				w.found[p] = nil
			}
		}
	}
}

// merge takes over what the workers found at a depth and leaves out of the plan what is decided.
func (s *search) merge() error {
	for _, w := range s.workers {
		if w.err != nil {
			return s.locate(w)
		}
	}
	for _, w := range s.workers {
		for p, e := range w.found {
			if e != nil {
				s.plan.record(s.found, model.PropertyID(p), *e)
				w.found[p] = nil
			}
		}
		for p, t := range w.troubled {
			s.troubled[p] = s.troubled[p] || t
		}
		for k, t := range w.met {
			s.met[k] = s.met[k] || t
		}
	}
	for _, w := range s.workers {
		copy(w.met, s.met)
	}
	for _, p := range s.plan.bounds {
		if e := s.found[p]; e != nil && s.broken[p] == nil && beyond(&s.info.Properties[p], e.value) {
			s.broken[p] = e
		}
	}
	s.plan.prune(s.found, s.met)
	s.glance.set(s.plan.violations(s.found))
	return nil
}

// locate completes the error of worker w by the trace to the state that it was at.
func (s *search) locate(w *worker) error {
	if w.at == nil {
		return w.err
	}
	tr := func() *model.Trace {
		e := &event{at: w.at, length: w.depth}
		err := s.find([]*event{e})
		var t *model.Trace
		if err == nil {
			t, err = s.trace(e)
		}
		if err != nil {
			return nil // the system does not let itself be re-run: the error without a trace says more than this one
		}
		return t
	}
	var p *PanicError
	var n *NondeterminismError
	if errors.As(w.err, &p) {
		p.Trace = tr()
	} else if errors.As(w.err, &n) {
		n.Trace = tr()
	}
	return w.err
}

func (s *search) violated() bool { return len(s.plan.violations(s.found)) > 0 }

// glance is what Progress needs and the workers do not keep in atomics.
type glance struct {
	depth    atomic.Int64
	mu       sync.Mutex // of changing search.set, too
	violated []string
}

func (g *glance) set(names []string) {
	g.mu.Lock()
	g.violated = names
	g.mu.Unlock()
}

// report calls Config.Progress until done is closed.
func (s *search) report(done <-chan struct{}) {
	every := s.cfg.Interval
	if every <= 0 {
		every = time.Second / 2
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		s.glance.mu.Lock() // the set stays meanwhile
		now := Progress{
			Distinct: s.set.Distinct(), Generated: s.generated.Load(), Depth: int(s.glance.depth.Load()),
			Frontier: s.frontier.left(), Bytes: s.set.Bytes(), Elapsed: time.Since(s.begun), Violated: slices.Clone(s.glance.violated),
		}
		s.glance.mu.Unlock()
		s.cfg.Progress(now)
	}
}
