package checker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// How a search outgrows its memory.
//
// It begins in memory, and nothing is written. When there is no more room, which is in the middle of a depth, the states
// that were there when the depth began are written to disk, sorted, and so is the frontier. The set in memory gives way
// to one on disk (disk.go), and the depth is begun anew, with what was counted and found before it.

// drainer is a visited set that can be moved to disk.
type drainer interface {
	saver
	// drain gives every state that was there when the depth began, sorted by hash and words, but for a tree, which gives
	// them in no order. It keeps about most of them in memory at a time, beside the set. The set is of no use then, but
	// to be closed or restored.
	drain(most int, f func(*record) error) error
	restore() error // the states that drain gave, where it is not to be
}

// drainerOf gives a visited set as one that can be moved, if it is one.
func drainerOf(set visited) (drainer, bool) {
	switch set := set.(type) {
	case *compact:
		return set, true
	case *tree:
		return set, true
	case *store:
		return set, true
	}
	return nil, false
}

// treeShare is the part of the memory in which the states of a tree are sorted when they are moved.
const treeShare = 8

// memory is how much the visited set may take.
func (s *search) memory() int64 {
	all := s.cfg.Memory
	if all <= 0 || s.cfg.Disk == "" {
		return all
	}
	left := all - diskReserve(all)
	if s.info.StateWords > 2 {
		left -= all / treeShare
	}
	return max(1, left)
}

// outgrows tells whether an error of the visited set is one for which the search goes on on disk.
func (s *search) outgrows(err error) bool {
	if _, ok := drainerOf(s.set); !ok || s.cfg.Disk == "" {
		return false
	}
	return err == errMemory || err == errNoMemory || err == errNumbers || err == errStates && (s.cfg.MaxStates <= 0 || s.cfg.MaxStates >= maxStates)
}

// failed tells whether a worker met an error of the system.
func (s *search) failed() bool {
	for _, w := range s.workers {
		if w.err != nil {
			return true
		}
	}
	return false
}

// moves tells whether the search is to go on on disk.
func (s *search) moves() bool { return s.outgrown.Load() && s.reason.Load() == nil && !s.failed() }

// endOnDisk ends a depth of a search on disk; see disk.finish.
func (s *search) endOnDisk(d *disk, credit []int64) {
	switch err := d.finish(credit); {
	case err == nil:
	case err == errStates && credit != nil:
		reason := reasonOf(err, &s.cfg)
		s.spent.Store(&reason)
		s.full.Store(true)
	default:
		s.halt(reasonOf(err, &s.cfg))
	}
}

// newDisk makes a disk set without a directory.
func (s *search) newDisk() *disk {
	d := &disk{
		codec: codec{width: s.info.StateWords}, actions: len(s.info.Actions), workers: s.cfg.Workers, memory: s.cfg.Memory,
		few: s.few, most: math.MaxInt64, block: blockFor(s.cfg.Memory), create: s.create, halted: s.halted, again: s.again,
		fail: func(err error) { s.halt(reasonOf(err, &s.cfg)) },
	}
	if d.width == 1 || d.width == 2 {
		d.layout = &s.layout
	}
	if s.cfg.MaxStates > 0 {
		d.most = s.cfg.MaxStates
	}
	if s.keeper != nil {
		if path, err := filepath.Abs(s.keeper.path()); err == nil {
			d.kept = path
		}
	}
	return d
}

// move puts the states on disk. depth is that of the frontier, -1 before there is one, and counts are the workers' when it
// was made.
func (s *search) move(depth int, counts []tally) error {
	from, _ := drainerOf(s.set)
	d := s.newDisk()
	s.outgrown.Store(false)
	abs, err := filepath.Abs(s.cfg.Disk)
	if err == nil {
		clearLeft(abs, d.kept)
		d.dir, d.lock, err = diskDir(abs)
	}
	if err != nil {
		return onDisk(err)
	}
	if err = s.fill(d, from, depth); err != nil {
		d.close()
		return onDisk(errors.Join(err, from.restore()))
	}
	s.peak = max(s.peak, from.peakBytes()+diskReserve(s.cfg.Memory))
	s.glance.mu.Lock()
	s.set, s.visitors = d, s.visitors[:0]
	s.glance.mu.Unlock()
	from.close()
	s.generated.Store(0)
	for i, w := range s.workers {
		w.ins = d.visitor(w.fresh)
		s.visitors = append(s.visitors, w.ins)
		w.recent = nil                                     // it knows states that are not in the set any more
		w.runner, w.second, w.sweep = nil, nil, sweeping{} // they may have been left in the middle of a step
		w.fold, w.layout, w.width, w.batch = nil, d.layout, d.width, batch{width: d.width}
		clear(w.found)
		w.reset(&counts[i])
		w.shown = w.generated
		s.generated.Add(w.generated)
	}
	d.grow.Lock()
	err = d.renew()
	d.grow.Unlock()
	if err != nil {
		return err
	}
	s.frontier.sizes = s.frontier.sizes[:0]
	if d.frontier != nil {
		s.frontier.sizes = append(s.frontier.sizes, d.frontier.states)
	}
	s.frontier.set()
	return nil
}

// fill writes the states of a set to an empty one on disk.
func (s *search) fill(d *disk, from drainer, depth int) error {
	d.base = depth + 1
	if s.frontier.total > 0 {
		w, err := d.write(false)
		if err != nil {
			return err
		}
		v := from.visitor(nil)
		for part, n := range s.frontier.sizes {
			for i := range n {
				words, _ := v.state(part, i)
				w.add(&record{words: words})
			}
		}
		if d.frontier, err = d.finishRun(w, nil); err != nil {
			return err
		}
		d.depths, d.base = []*runFile{d.frontier}, depth
		if d.file, err = os.Open(d.frontier.path); err != nil {
			return err
		}
	}
	if t, ok := from.(*tree); ok {
		memory := int64(256 << 20)
		if s.cfg.Memory > 0 {
			memory = s.cfg.Memory / treeShare
		}
		return d.gather(t, memory)
	}
	w, err := d.write(false)
	if err != nil {
		return err
	}
	err = from.drain(d.block/8, func(r *record) error {
		if w.run.states&0xffff == 0 && s.halted() {
			return errHalted
		}
		w.add(r)
		return w.err
	})
	run, err := d.finishRun(w, err)
	if err != nil {
		return err
	}
	d.old = []*runFile{run}
	d.count.Store(run.states)
	return nil
}

// again explores once more, in memory, as many depths as had room there, and gives shortest runs to states in them.
func (s *search) again(depth int, targets []target) ([][]model.State, error) {
	cfg := Config{Workers: s.cfg.Workers, MaxDepth: max(depth, 1), Only: s.cfg.Only, Recheck: -1, SweepFrom: s.cfg.SweepFrom}
	sub, err := newSearch(s.sys, cfg)
	if err != nil {
		return nil, err
	}
	if sub.set == nil {
		return nil, errNoMemory
	}
	defer sub.set.close()
	if err := sub.run(context.Background()); err != nil {
		return nil, err
	}
	for _, t := range targets {
		if t.depth > sub.depth {
			return nil, &NondeterminismError{What: fmt.Sprintf("a state was met after %d steps, and is not when they are taken again", t.depth)}
		}
	}
	paths, err := sub.set.paths(s.sys, targets, sub.sweeps(), false)
	for _, path := range paths { // the states may lie in the set
		for i := range path {
			path[i] = slices.Clone(path[i])
		}
	}
	s.peak = max(s.peak, sub.set.peakBytes())
	return paths, err
}
