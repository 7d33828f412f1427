package visited

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// How a run to a state is found where no parents are stored.
//
// The search is taken once more, by one goroutine, from the initial states to the depth of the deepest state wanted,
// with nothing evaluated and nothing added: a successor that is in the table and has not been met before, which a mark
// in the table says, is at the next depth. Every state at a depth has a predecessor at the depth before, and all of
// these are expanded; so each state is met at its depth again, by a shortest run. (A search depth first would not do: it
// meets states by detours, and has no way to tell.) For each state met two numbers are written to a log: how many
// states were expanded since the one before it was met, and by which successor it was. In a byte or two they say from
// which place at the depth before it was reached. From the place of a wanted state the log is read backward, one depth
// after another, to an initial state, and the run is taken again by the numbers of its successors.
//
// The order does not depend on the number of workers, and so neither do the runs.
//
// Where the memory allowed does not suffice for the log, its oldest depths are let go. The run is then known from some
// depth on, and another such search to that depth gives the rest, or more of it. What the depth being expanded needs is
// taken in any case, and counted: it is hardly more than the search itself needed for it.
//
// A search that leaves out steps meets some states later than it might. Taking the states of the set by all
// steps between them, one meets them at the same depth or a smaller one, and that counts then.
//
// Only depths are expanded that the search expanded to the end. So what stopped it, a Next that never ends or a context
// that is done, need not be heeded here; the runs to what was found are worth the time, at most that of the search.

// quest is for a run to one state.
type quest struct {
	Target
	words []uint64 // of the state as the set has it
	hash  uint64
	known []uint32 // from the end: by which successor each state of the run was met; the last is a number in Init
	depth int      // of the first state of what is known of the run; -1 when all is known
	lost  bool     // of a lossy search: it was not met again
	place int64    // of that state among those of its depth, or -1 while it is not known
}

// retracer explores once more.
type retracer struct {
	by     Stepper
	width  int // words of a state; 0 where that varies
	c      *compact
	nearer bool        // states may be met at smaller depths than the search found them at
	lossy  *Lossy      // where the set holds hashes only; nil for others
	keep   frameWriter // then, of the states that are found
	frames []*frame    // and those that are expanded
	fold   *Folding    // between these and the states of the set; nil where they are the same
	open   []*quest    // runs not known in full
	err    error
	recent *Filter

	depth    int // of the states that are being found
	parent   int64
	ordinal  uint32
	batch    Batch
	parents  []int64
	ordinals []uint32
	key      [1]uint64

	parts, found []*chunk
	count        int64 // states found
	last         int64 // parent of the last of them
	log          steps
	sink         uint32
}

// Paths gives a shortest run to each target.
func (c *compact) Paths(by Stepper, targets []Target, nearer bool) ([][]model.State, error) {
	r := &retracer{by: by, width: c.width, c: c, nearer: nearer}
	return r.paths(targets)
}

// Paths gives a shortest run to each target.
func (t *tree) Paths(by Stepper, targets []Target, nearer bool) ([][]model.State, error) {
	r := &retracer{by: by, width: t.words, c: t.compact, nearer: nearer, fold: newFolding(t, false)}
	return r.paths(targets)
}

func (r *retracer) paths(targets []Target) ([][]model.State, error) {
	c := r.c
	c.pool.reclaim()
	if r.batch.Width = c.width; r.lossy != nil {
		r.batch.Width = r.width
	}
	quests := make([]*quest, len(targets))
	same := map[string]*quest{}
	for i, t := range targets {
		q := same[hash.Key(t.State)]
		if q == nil {
			q = &quest{Target: t, words: slices.Clone(r.packed(t.State)), depth: t.Depth, place: -1}
			if q.words != nil {
				q.hash = r.hash(q.words)
			}
			same[hash.Key(t.State)] = q
			r.open = append(r.open, q)
		}
		quests[i] = q
	}
	out := make([][]model.State, len(targets))
	err := r.by.Guard(func() {
		for len(r.open) > 0 && r.err == nil {
			r.explore()
		}
		for i, q := range quests {
			if r.err == nil && !q.lost {
				out[i] = r.replay(q)
			}
		}
	})
	if err != nil {
		r.fail(err)
	}
	return out, r.err
}

// packed gives a state of the system as the set has it, or nil where it cannot be there. It is valid until the next call.
func (r *retracer) packed(t model.State) []uint64 {
	if r.lossy != nil {
		return t
	}
	if len(t) != r.width {
		return nil
	}
	if r.fold == nil {
		if !r.c.Fits(t) {
			return nil
		}
		return t
	}
	key, _ := r.fold.Key(t) // nothing is added, and so nothing fails
	if key == 0 {
		return nil
	}
	r.key[0] = key
	return r.key[:]
}

func (r *retracer) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// explore takes the search once more and shortens what is not known of the open runs, by a depth at least.
func (r *retracer) explore() {
	deepest := 0
	for _, q := range r.open {
		deepest = max(deepest, q.depth)
	}
	r.c.pool.reclaim()
	if r.lossy == nil {
		r.recent = NewFilter(r.c.width)
	} else {
		r.lossy.frames.reclaim()
		r.keep.found, r.frames = nil, nil
	}
	if r.lossy != nil && r.lossy.array != nil {
		clear(r.lossy.array.region.Words)
	} else {
		r.c.each((*segment).unmark)
	}
	r.parts, r.found, r.log = r.parts[:0], r.found[:0], steps{}
	r.depth, r.parent, r.ordinal = 0, 0, 0
	r.turn()
	r.by.Init(r.successor)
	r.flush()
	for r.arrive(); r.err == nil && r.depth < deepest; r.arrive() {
		r.depth++
		r.turn()
		r.expand()
	}
	r.open = slices.DeleteFunc(r.open, func(q *quest) bool { return q.depth < 0 })
}

// turn begins a depth.
func (r *retracer) turn() {
	r.parts, r.found = r.found, r.parts[:0]
	if r.lossy != nil {
		r.frames = r.keep.take()
	}
	r.count, r.last = 0, 0
	r.log.begin()
}

// expand expands the states of a depth, as long as more of the next one is wanted.
func (r *retracer) expand() {
	var words [2]uint64
	r.parent = 0
	for _, f := range r.frames {
		for i := range f.n {
			r.ordinal = 0
			r.by.Leave(f.state(i, r.width), r.successor)
			r.parent++
		}
		r.lossy.frames.give(f)
		if r.err != nil || r.satisfied() {
			break
		}
	}
	for _, p := range r.parts {
		for i := range p.n {
			r.c.get(p, i, words[:])
			r.ordinal = 0
			s := words[:r.c.width]
			if r.fold != nil {
				s = r.fold.unfold(words[0])
			}
			r.by.Leave(s, r.successor)
			r.parent++
		}
		r.c.pool.give(p)
		if r.err != nil || r.satisfied() {
			break
		}
	}
	r.parts = r.parts[:0]
	r.flush()
}

// satisfied tells whether no more states of this depth, or of deeper ones, are wanted.
func (r *retracer) satisfied() bool {
	return !slices.ContainsFunc(r.open, func(q *quest) bool {
		return q.depth > r.depth || q.depth == r.depth && (q.place < 0 || q.place >= r.count)
	})
}

// successor takes what the system emits.
func (r *retracer) successor(t model.State, f *model.Fault) {
	if f != nil {
		return
	}
	ordinal := r.ordinal
	r.ordinal++
	if s := r.packed(t); s != nil {
		r.collect(s, ordinal)
	}
}

// collect puts a state into the batch, unless it was there not long ago.
func (r *retracer) collect(s []uint64, ordinal uint32) {
	h := r.hash(s)
	if r.recent != nil && r.recent.Met(s, h, 0) {
		return
	}
	b := &r.batch
	b.Words, b.Hashes = append(b.Words, s...), append(b.Hashes, h)
	if b.Width == 0 {
		b.Ends = append(b.Ends, len(b.Words))
	}
	r.parents, r.ordinals = append(r.parents, r.parent), append(r.ordinals, ordinal)
	if len(b.Hashes) >= BatchStates {
		r.flush()
	}
}

// flush looks the batch up and keeps the states not met before.
func (r *retracer) flush() {
	c, b := r.c, &r.batch
	for _, h := range b.Hashes {
		r.sink += c.segments[h>>segmentShift].touch(h)
	}
	for i, h := range b.Hashes {
		t := b.state(i)
		if r.err == nil && r.first(h, c.rest(t)) {
			r.meet(t, h, r.parents[i], r.ordinals[i])
		}
	}
	b.Reset()
	r.parents, r.ordinals = r.parents[:0], r.ordinals[:0]
}

// hash gives the hash of a state as the set has it.
func (r *retracer) hash(s []uint64) uint64 {
	if r.lossy != nil {
		return r.lossy.hash(s)
	}
	return r.c.Home(s)
}

// first tells whether a state of the set is met for the first time, and marks it.
func (r *retracer) first(h, rest uint64) bool {
	if r.lossy != nil && r.lossy.array != nil {
		_, fresh := r.lossy.array.add(h)
		return fresh
	}
	head, slot, ok := r.c.find(h, rest)
	if !ok || *head>>(markShift+slot)&1 != 0 {
		return false
	}
	*head |= 1 << (markShift + slot)
	return true
}

// meet keeps a state that has not been met before.
func (r *retracer) meet(t []uint64, h uint64, parent int64, ordinal uint32) {
	for _, q := range r.open {
		if q.place >= 0 || q.hash != h || !slices.Equal(q.words, t) {
			continue
		}
		if r.nearer { // it need not be where it was
			q.depth = r.depth
		}
		if q.depth == r.depth {
			q.place = r.count
		}
	}
	if err := r.add(t); err != nil {
		r.fail(err)
		return
	}
	if err := r.log.add(uint64(parent-r.last), uint64(ordinal), r.chunk); err != nil {
		r.fail(err)
	}
	r.count++
	r.last = parent
}

// add adds a state to those of the depth.
func (r *retracer) add(t []uint64) error {
	if r.lossy != nil {
		err := r.keep.room(len(t))
		if err == ErrMemory { // what the depth needs is taken in any case
			r.c.pool.claim = r.c.noteOnly
			err = r.keep.room(len(t))
		}
		if err == nil {
			r.keep.put(t)
		}
		return err
	}
	if n := len(r.found); n == 0 || r.found[n-1].n == r.c.perChunk() {
		k, err := r.chunk()
		if err != nil {
			return err
		}
		r.found = append(r.found, k)
	}
	r.c.put(r.found[len(r.found)-1], t)
	return nil
}

// chunk gives a chunk of the pool, for which it lets go of old parts of the log where there is need.
func (r *retracer) chunk() (*chunk, error) {
	p := &r.c.pool
	for {
		k, err := p.take()
		switch {
		case err == nil:
			return k, nil
		case r.log.drop(p):
		case err == ErrMemory:
			p.claim = r.c.noteOnly
		default:
			return nil, err
		}
	}
}

// arrive ends a depth: the runs to states at it are read from the log as far as it goes.
func (r *retracer) arrive() {
	for _, q := range r.open {
		if q.depth != r.depth || r.err != nil {
			continue
		}
		if q.place < 0 && r.lossy != nil {
			q.lost, q.depth = true, -1
			continue
		}
		if q.place < 0 || q.place >= r.count {
			r.fail(&GoneError{fmt.Sprintf("a state was met after %d steps, and is not when they are taken again", q.Target.Depth)})
			return
		}
		for q.depth >= r.log.oldest {
			place, ordinal := r.log.read(q.depth, q.place)
			q.known = append(q.known, ordinal)
			q.place = place
			q.depth--
		}
	}
}

// replay takes the run of a quest and gives its states.
func (r *retracer) replay(q *quest) (path []model.State) {
	for i := len(q.known) - 1; i >= 0; i-- {
		n := uint32(0)
		var next model.State
		emit := func(t model.State, f *model.Fault) {
			if f != nil {
				return
			}
			if n == q.known[i] {
				next = slices.Clone(t)
			}
			n++
		}
		if len(path) == 0 {
			r.by.Init(emit)
		} else {
			r.by.Leave(path[len(path)-1], emit)
		}
		if next == nil || i == 0 && !slices.Equal(next, q.State) {
			r.fail(&GoneError{fmt.Sprintf("step %d of a trace cannot be taken again", len(path))})
			return nil
		}
		path = append(path, next)
	}
	return path
}
