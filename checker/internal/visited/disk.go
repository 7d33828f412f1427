package visited

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/model"
)

// Disk is the visited set of a search that has outgrown its memory. What has been found at the present depth, the
// candidates, gathers in memory, in a store. When there is no more room they are written to a run, sorted. When the depth
// ends, these runs are merged with each other and with those of all older states, once and from one end to the other:
// what is in none of the latter is new. Nothing is looked up in between (delayed duplicate detection; Stern and Dill,
// "Using magnetic disk instead of main memory in the Murphi verifier", 1998; Korf, "Linear-time disk-based implicit graph
// search", 2008). Unlike Stern and Dill the older states are passed once a depth and not once for every time that memory
// is full; and where candidates are few, as in deep and narrow systems, blocks in which none of them can be are skipped.
//
// The new states are a run of their own, which is the next frontier. It is also one of the runs of older states; these
// are merged so that each has at least twice as many states as the next, and so are few. The run of each depth is kept,
// too: a state's predecessor is found by expanding the depth before (disk_paths.go). So each state is at most twice on
// disk, beside the candidates.
type Disk struct {
	codec
	dir  string
	lock *os.File
	DiskConfig
	block int // bytes of a block

	// Insertions hold grow for reading, so that the store stays.
	grow       sync.RWMutex
	set        *Store // candidates
	generation int    // of it
	pending    []*runFile

	old      []*runFile // all states, each in one of them
	base     int        // the depth of the first of depths
	depths   []*runFile // the states of each depth
	next     *runFile   // the states found new when the depth ended
	frontier *runFile   // or nil
	file     *os.File   // of it

	count   atomic.Int64 // states
	serial  int          // of the last file
	written atomic.Int64 // bytes of the files there are
	index   atomic.Int64 // bytes of what is known of them in memory
	top     peak         // of bytes in memory
	topDisk peak         // of bytes on disk

	named  map[string]bool // files that a checkpoint names
	doomed []*runFile      // of these, those that are else of no use
}

// DiskConfig says what a disk set is for.
type DiskConfig struct {
	Actions int
	Workers int
	Memory  int64 // bytes allowed, or 0
	Most    int64 // states allowed, or 0
	Few     int64 // candidates in memory, at most; 0: as many as there is room for
	Create  func(path string) (io.WriteCloser, error)
	Halted  func() bool
	Fail    func(error)                                                // takes an error of reading the frontier
	Again   func(depth int, targets []Target) ([][]model.State, error) // shortest runs to states at depths up to one that had room in memory
	Kept    string                                                     // the path of checkpoints, or ""
}

const (
	mergedAtOnce = 16      // candidate runs
	oldRuns      = 12      // runs of older states, at most
	leastBlock   = 4 << 10 // bytes
	largestBlock = 256 << 10
	blockShare   = 1 << 10 // a block takes this part of the memory at most, if not the least
	diskPrefix   = "bulkhead-"
)

// NewDisk makes a set without a directory, of states of width words (0: varying) and so many significant bits.
func NewDisk(width, significant int, cfg DiskConfig) *Disk {
	d := &Disk{codec: codec{width: width}, DiskConfig: cfg, block: blockFor(cfg.Memory)}
	if width == 1 || width == 2 {
		d.layout = new(newLayout(width, significant))
	}
	if d.Most <= 0 {
		d.Most = math.MaxInt64
	}
	return d
}

// blockFor is the size of blocks where so many bytes of memory are allowed.
func blockFor(memory int64) int {
	if memory <= 0 {
		return largestBlock
	}
	return int(min(max(memory/blockShare, leastBlock), largestBlock))
}

// LeastOnDisk is how many bytes a search on disk must be allowed that has so many workers: twice what its buffers take, so
// that as much is left for candidates.
func LeastOnDisk(workers int) int64 { return 2 * buffers(workers, leastBlock) }

// DiskReserve is what moving the states from memory to disk takes.
func DiskReserve(memory int64) int64 { return 10 * int64(blockFor(memory)) }

// DiskError is an error of a file: it ends the search undecided.
type DiskError struct{ error }

// Unwrap gives the error of the file.
func (e DiskError) Unwrap() error { return e.error }

func onDisk(err error) error {
	switch {
	case err == nil, err == ErrMemory, err == ErrStates, err == offheap.ErrNone, errors.Is(err, errHalted):
		return err
	}
	return DiskError{err}
}

// buffers is what reading and writing takes, beside what is known of the files.
func (d *Disk) buffers() int64 { return buffers(d.Workers, d.block) }

func buffers(workers, block int) int64 { return int64(mergedAtOnce+oldRuns+workers+4) * int64(block) }

// renew gives the memory of the candidates back and makes an empty store. The caller holds grow.
func (d *Disk) renew() error {
	if d.set != nil {
		d.top.note(d.set.PeakBytes() + d.buffers() + d.index.Load())
		d.set.Close()
		d.set = nil
	}
	left := int64(0)
	if d.Memory > 0 {
		if left = d.Memory - d.Memory/16 - d.buffers() - d.index.Load(); left <= 0 {
			return ErrMemory
		}
	}
	err := d.hold(d.Workers, left)
	if err == nil {
		d.generation++
	}
	return err
}

// hold makes a set in memory, for so many workers, that sorts states as runs are sorted. The one before has been closed.
func (d *Disk) hold(workers int, memory int64) (err error) {
	if d.set, err = NewStore(d.width, d.Actions, workers, memory, d.Few); err == nil {
		d.set.hash = d.codec.hash
	}
	return err
}

// Packed gives the layout of states of one or two words, or nil.
func (d *Disk) Packed() *Layout { return d.layout }

// DiskBytes is the most that the files took.
func (d *Disk) DiskBytes() int64 { return d.topDisk.Load() }

// Distinct is the number of states.
func (d *Disk) Distinct() int64 { return d.count.Load() }

// Bytes is what the states take in memory.
func (d *Disk) Bytes() int64 {
	d.grow.RLock()
	defer d.grow.RUnlock()
	n := d.buffers() + d.index.Load()
	if d.set != nil {
		n += d.set.Bytes()
	}
	return n
}

// PeakBytes is the most that they took.
func (d *Disk) PeakBytes() int64 {
	if d.set != nil {
		d.top.note(d.set.PeakBytes() + d.buffers() + d.index.Load())
	}
	return d.top.Load()
}

// write begins a run.
func (d *Disk) write(candidates bool) (*runWriter, error) {
	d.serial++
	run := &runFile{path: filepath.Join(d.dir, fmt.Sprintf("%d.run", d.serial)), candidates: candidates}
	f, err := d.Create(run.path)
	if err != nil {
		return nil, err
	}
	return &runWriter{codec: &d.codec, run: run, f: f, size: d.block, buf: make([]byte, durable.HeaderBytes, durable.HeaderBytes+d.block+64)}, nil
}

// finishRun completes a run, or removes it where it failed before or fails now.
func (d *Disk) finishRun(w *runWriter, err error) (*runFile, error) {
	run, failed := w.end()
	if err == nil {
		err = failed
	}
	if err != nil {
		_ = os.Remove(run.path)
		return nil, err
	}
	d.add(run)
	return run, nil
}

// add counts a file that is there.
func (d *Disk) add(run *runFile) {
	d.index.Add(int64(len(run.blocks)) * runBlockBytes)
	d.topDisk.note(d.written.Add(run.bytes))
}

// remove deletes runs that are no use any more, but for those that a checkpoint names.
func (d *Disk) remove(runs ...*runFile) {
	for _, run := range runs {
		if slices.Contains(d.old, run) {
			continue
		}
		if run != d.frontier { // what is left of its use is to be read from one end to the other
			d.index.Add(-int64(len(run.blocks)) * runBlockBytes)
			run.blocks = nil
		}
		if slices.Contains(d.depths, run) {
			continue
		}
		if d.named[run.path] {
			d.doomed = append(d.doomed, run)
			continue
		}
		_ = os.Remove(run.path)
		d.written.Add(-run.bytes)
	}
}

// flush writes the candidates in memory to a run, unless that has been done since generation. full is the error for which
// it is called.
func (d *Disk) flush(generation int, full error) error {
	d.grow.Lock()
	defer d.grow.Unlock()
	if d.generation != generation {
		return nil
	}
	if d.Halted() {
		return errHalted
	}
	if d.set.Distinct() == 0 {
		if full == ErrStates { // others had asked for room that they did not use: there is room again
			return nil
		}
		return ErrMemory // there is no room for a single one
	}
	run, err := d.writeSet(true)
	if err != nil {
		return err
	}
	d.pending = append(d.pending, run)
	if err := d.renew(); err != nil {
		return err
	}
	d.pending, err = d.condense(d.pending, true)
	return err
}

// writeSet writes what is in memory to a run. The store is of no use then.
func (d *Disk) writeSet(candidates bool) (*runFile, error) {
	w, err := d.write(candidates)
	if err != nil {
		return nil, err
	}
	in := d.set.sorted(math.MaxUint32)
	for in.next() && w.err == nil {
		w.add(in.now())
	}
	return d.finishRun(w, nil)
}

// Finish ends a depth: it finds out which candidates are new. credit counts them for their actions; with nil they are
// initial states. Where it fails, the set is as if nothing had been found. No visitor is at work.
func (d *Disk) Finish(credit []int64) error {
	err := d.sift(credit)
	if err != nil && d.next != nil {
		d.remove(d.next)
		d.next = nil
	}
	return onDisk(err)
}

func (d *Disk) sift(credit []int64) error {
	if d.set == nil {
		return ErrMemory
	}
	if err := d.consolidate(); err != nil {
		return err
	}
	for n := len(d.pending); n > mergedAtOnce; n = len(d.pending) {
		last := slices.Clone(d.pending[n-mergedAtOnce:])
		run, err := d.mergeRuns(last, true)
		if err != nil {
			return err
		}
		d.pending = append(d.pending[:n-mergedAtOnce], run)
		d.remove(last...)
	}
	candidates, err := d.open(d.pending)
	if err != nil {
		return err
	}
	defer closeAll(candidates)
	sources := []source{d.set.sorted(math.MaxUint32)}
	for _, r := range candidates {
		sources = append(sources, r)
	}
	old, err := d.open(d.old)
	if err != nil {
		return err
	}
	defer closeAll(old)
	var left []*runReader
	for _, r := range old {
		if r.next() {
			left = append(left, r)
		} else if r.err != nil {
			return r.err
		}
	}
	w, err := d.write(false)
	if err != nil {
		return err
	}
	fresh := make([]int64, len(credit))
	room := d.Most - d.count.Load()
	err = merge(sources, d.Halted, func(c *record) error {
		for i := 0; i < len(left); {
			r := left[i]
			if !r.seek(c) {
				if r.err != nil {
					return r.err
				}
				left = slices.Delete(left, i, i+1)
				continue
			}
			if r.before(c) == 0 {
				return nil
			}
			i++
		}
		if room == 0 {
			return ErrStates
		}
		room--
		if credit != nil {
			fresh[c.action]++
		}
		w.add(c)
		return w.err
	})
	if d.next, err = d.finishRun(w, err); err != nil {
		return err
	}
	for a, n := range fresh {
		credit[a] += n
	}
	d.count.Add(d.next.states)
	return nil
}

// Advance makes the states found new the frontier.
func (d *Disk) Advance(_ []Visitor, sizes []int64) []int64 {
	d.forgetCandidates()
	if d.file != nil {
		_ = d.file.Close()
	}
	last := d.frontier
	d.frontier, d.file = nil, nil
	if last != nil {
		d.remove(last) // but for what is still of use
	}
	run := d.next
	d.next = nil
	if run == nil {
		return sizes
	}
	if run.states == 0 {
		d.remove(run)
		return sizes
	}
	d.depths, d.old = append(d.depths, run), append(d.old, run)
	d.frontier = run
	var err error
	if d.file, err = os.Open(run.path); err != nil {
		d.Fail(DiskError{err})
	}
	return append(sizes, run.states)
}

func (d *Disk) forgetCandidates() {
	pending := d.pending
	d.pending = nil
	d.remove(pending...)
	d.grow.Lock()
	defer d.grow.Unlock()
	if d.set != nil && d.set.Distinct() > 0 {
		if err := d.renew(); err != nil {
			d.Fail(err)
		}
	}
}

// Close removes the files, but for those that a checkpoint needs.
func (d *Disk) Close() {
	if d.set != nil {
		d.set.Close()
	}
	if d.file != nil {
		_ = d.file.Close()
	}
	if d.named == nil {
		if d.dir != "" {
			_ = os.RemoveAll(d.dir)
		}
	} else {
		d.tidy()
	}
	if d.lock != nil {
		_ = d.lock.Close()
	}
}
