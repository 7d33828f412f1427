package checker

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// How a search outgrows its memory.
//
// It begins in memory, and nothing is written. When there is no more room, which is in the middle of a depth, the states
// that were there when the depth began are written to disk, sorted, and so is the frontier. The set in memory gives way
// to one on disk (internal/visited/disk.go), and the depth is begun anew, with what was counted and found before it.

// memory is how much the visited set may take.
func (s *search) memory() int64 {
	if s.cfg.Disk == "" {
		return s.cfg.Memory
	}
	return visited.BeforeDisk(s.cfg.Memory, s.info.StateWords)
}

// roomOnDisk refuses a limit of memory under which no search goes on on disk.
func (s *search) roomOnDisk() error {
	if least := visited.LeastOnDisk(s.cfg.Workers); s.cfg.Memory > 0 && s.cfg.Memory < least {
		return fmt.Errorf("a search on disk by %d workers wants a memory limit of at least %s, got %s", s.cfg.Workers, formatBytes(least), formatBytes(s.cfg.Memory))
	}
	return nil
}

// outgrows tells whether an error of the visited set is one for which the search goes on on disk.
func (s *search) outgrows(err error) bool {
	if _, ok := s.set.(visited.Drainer); !ok || s.cfg.Disk == "" {
		return false
	}
	return err == visited.ErrMemory || err == offheap.ErrNone || err == visited.ErrNumbers || err == visited.ErrStates && (s.cfg.MaxStates <= 0 || s.cfg.MaxStates >= visited.MaxStates)
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

// endOnDisk ends a depth of a search on disk; see visited.Disk.Finish.
func (s *search) endOnDisk(d *visited.Disk, credit []int64) {
	switch err := d.Finish(credit); {
	case err == nil:
	case err == visited.ErrStates && credit != nil:
		reason := reasonOf(err, &s.cfg)
		s.spent.Store(&reason)
		s.full.Store(true)
	default:
		s.halt(reasonOf(err, &s.cfg))
	}
}

// newDisk makes a disk set without a directory.
func (s *search) newDisk() *visited.Disk {
	cfg := visited.DiskConfig{
		Actions: len(s.info.Actions), Workers: s.cfg.Workers, Memory: s.cfg.Memory, Most: s.cfg.MaxStates, Few: s.few,
		Create: s.create, Halted: s.halted, Again: s.again, Fail: func(err error) { s.halt(reasonOf(err, &s.cfg)) },
	}
	if s.keeper != nil {
		if path, err := filepath.Abs(s.keeper.path()); err == nil {
			cfg.Kept = path
		}
	}
	return visited.NewDisk(s.info.StateWords, s.info.StateBits, cfg)
}

// move puts the states on disk. depth is that of the frontier, -1 before there is one, and counts are the workers' when it
// was made.
func (s *search) move(depth int, counts []tally) error {
	from := s.set.(visited.Drainer)
	d := s.newDisk()
	s.outgrown.Store(false)
	if err := d.Fill(s.cfg.Disk, from, s.frontier.sizes, depth); err != nil {
		return err
	}
	s.peak = max(s.peak, from.PeakBytes()+visited.DiskReserve(s.cfg.Memory))
	s.glance.mu.Lock()
	s.set, s.visitors = d, s.visitors[:0]
	s.glance.mu.Unlock()
	from.Close()
	s.generated.Store(0)
	for i, w := range s.workers {
		w.use(d)
		s.visitors = append(s.visitors, w.ins)
		w.recent, w.unfolded = nil, nil                    // they know states that are not in the set any more
		w.runner, w.second, w.sweep = nil, nil, sweeping{} // they may have been left in the middle of a step
		clear(w.found)
		w.reset(&counts[i])
		w.shown = w.generated
		s.generated.Add(w.generated)
	}
	var err error
	s.frontier.sizes, err = d.Ready(s.frontier.sizes[:0])
	s.frontier.set()
	return err
}

// again explores once more, in memory, as many depths as had room there, and gives shortest runs to states in them.
func (s *search) again(depth int, targets []visited.Target) ([][]model.State, error) {
	cfg := Config{Workers: s.cfg.Workers, MaxDepth: max(depth, 1), Only: s.cfg.Only, Recheck: -1, SweepFrom: s.cfg.SweepFrom, CondenseFrom: s.cfg.CondenseFrom}
	sub, err := newSearch(s.sys, cfg)
	if err != nil {
		return nil, err
	}
	if sub.set == nil {
		return nil, offheap.ErrNone
	}
	defer sub.set.Close()
	if err := sub.run(context.Background()); err != nil {
		return nil, err
	}
	for _, t := range targets {
		if t.Depth > sub.depth {
			return nil, &NondeterminismError{What: fmt.Sprintf("a state was met after %d steps, and is not when they are taken again", t.Depth)}
		}
	}
	paths, err := sub.paths(targets)
	for _, path := range paths { // the states may lie in the set
		for i := range path {
			path[i] = slices.Clone(path[i])
		}
	}
	s.peak = max(s.peak, sub.set.PeakBytes())
	return paths, err
}
