package checker

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
)

// Checkpoint says where a search is saved, so that another one can go on with it: after a limit, an interrupt or the end
// of the process or the machine at any moment.
//
// The search is saved as it is between two depths: when it begins, then at ends of depths, and when it ends early, as it
// was before the depth that was not finished. A new checkpoint takes the place of the old one only when it is complete.
// It stays when the search has ended, and is anyone's to delete; one of a search that was exhaustive is of no more use, and
// another search may take its place. The directory must hold no files of others.
type Checkpoint struct {
	Dir   string        // directory, for one search at a time; "" means that nothing is saved
	Every time.Duration // between two checkpoints, at least; 0 means five minutes, below 0 means at every depth
	// Identity stands for everything of the system that Info does not tell, such as a digest of its text. A search goes
	// on only where it is the same as when it was saved.
	Identity string
	// Places stands for the places in the text of the system that faults name. It must be the same where the search has met one.
	Places string
	Resume bool // go on with the search that is saved in Dir, instead of beginning one
}

// A checkpoint is a file: a line with the version of the format, then a stream of blocks (package internal/durable) with
//
//	savedSystem, as JSON: which search it is of
//	savedProgress, as JSON: what was counted and found
//	what the visited set is made of; see Saver in package internal/visited
//
// It is written under another name, synced, and then given its name, which replaces the old one at once. The version
// changes with any change of what stands in the file, the layout of tables in memory included.
const (
	checkpointName = "checkpoint"
	finishedName   = "finished" // an empty file, of a search that has nothing left to go on with
	lockName       = "lock"
	checkpointLine = "bulkhead checkpoint 3\n"
	usualEvery     = 5 * time.Minute
)

// keeper writes the checkpoints of a search.
type keeper struct {
	Checkpoint
	lock *os.File
	last time.Time // when one was written
	at   int       // the depth of the frontier in it, or -1
	err  error     // why the last one could not be written
}

// openKeeper makes the directory ready. It refuses one that another search uses, and one where a checkpoint would be lost.
func openKeeper(c Checkpoint) (*keeper, error) {
	if c.Every == 0 {
		c.Every = usualEvery
	}
	if c.Resume {
		if _, err := os.Stat(filepath.Join(c.Dir, checkpointName)); err != nil {
			return nil, fmt.Errorf("there is no checkpoint in %s", c.Dir)
		}
	}
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("no checkpoints can be written: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(c.Dir, lockName), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, fmt.Errorf("no checkpoints can be written: %w", err)
	}
	k := &keeper{Checkpoint: c, lock: lock, at: -1}
	if !durable.Lock(lock) {
		k.close()
		return nil, fmt.Errorf("another search writes its checkpoints to %s", c.Dir)
	}
	if !c.Resume {
		if err := k.vacant(); err != nil {
			k.close()
			return nil, err
		}
	}
	return k, nil
}

// vacant refuses a directory with a checkpoint that somebody may want to go on with, and one with files of others, among
// which a checkpoint would be lost or take the name of one.
func (k *keeper) vacant() error {
	entries, err := os.ReadDir(k.Dir)
	if err != nil {
		return fmt.Errorf("no checkpoints can be written: %w", err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Name()] = true
		switch e.Name() {
		case checkpointName, checkpointName + ".new", finishedName, lockName:
		default:
			if !e.IsDir() { // Config.Disk may be in it
				return fmt.Errorf("%s holds other files, such as %s: choose another directory, which need not be there", k.Dir, e.Name())
			}
		}
	}
	if there[checkpointName] && !there[finishedName] {
		return fmt.Errorf("%s holds a checkpoint already: go on with it, delete it, or choose another directory", k.Dir)
	}
	return nil
}

// finish takes down that the search is over. Where that fails the checkpoint is only kept longer.
func (k *keeper) finish() {
	if k != nil && k.err == nil {
		_ = os.WriteFile(filepath.Join(k.Dir, finishedName), nil, 0o666)
	}
}

func (k *keeper) path() string { return filepath.Join(k.Dir, checkpointName) }

func (k *keeper) close() {
	if k != nil {
		_ = k.lock.Close()
	}
}

// due tells whether the frontier of a depth is to be saved before it is expanded; the last one always is.
func (k *keeper) due(depth int, last bool) bool {
	return k != nil && k.at != depth && (k.last.IsZero() || last || k.Every < 0 || time.Since(k.last) >= k.Every)
}

// save writes a checkpoint of the frontier, which has a depth. counts are the workers' of the time when it was made. An
// error is given only where there is no checkpoint yet.
func (s *search) save(depth int, counts []tally) error {
	k := s.keeper
	if k == nil || k.at == depth {
		return nil
	}
	set, ok := s.set.(visited.Saver)
	if !ok {
		return errors.New("this search cannot be saved")
	}
	k.err = k.write(s.savedSystem(set.Kind()), s.progress(depth, counts), set)
	switch {
	case k.err == nil:
		k.at = depth
		if d, ok := set.(*visited.Disk); ok {
			d.Saved()
		}
	case k.last.IsZero():
		return k.err
	}
	k.last = time.Now()
	return nil
}

func (k *keeper) write(sys savedSystem, p savedProgress, set visited.Saver) error {
	temporary := k.path() + ".new"
	f, err := os.Create(temporary)
	if err != nil {
		return fmt.Errorf("no checkpoint can be written: %w", err)
	}
	_, err = io.WriteString(f, checkpointLine)
	w := durable.NewWriter(f)
	w.JSON(sys)
	w.JSON(p)
	set.Save(w)
	err = errors.Join(err, w.End())
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if gone := os.Remove(filepath.Join(k.Dir, finishedName)); err == nil && !errors.Is(gone, os.ErrNotExist) {
		err = gone
	}
	if err == nil {
		err = os.Rename(temporary, k.path())
	}
	if err == nil {
		err = durable.SyncDir(k.Dir)
	}
	if err != nil {
		_ = os.Remove(temporary)
		return fmt.Errorf("no checkpoint can be written: %w", err)
	}
	return nil
}

// resume makes the visited set and the frontier of a checkpoint, and gives what else is known.
func (s *search) resume() (*savedProgress, error) {
	path := s.keeper.path()
	p, err := s.loadFile(path)
	switch {
	case errors.Is(err, visited.ErrMemory) && p != nil:
		err = fmt.Errorf("its states take more memory than the %s that are allowed: want %s", formatBytes(s.cfg.Memory), formatBytes(s.toHold(p.PeakBytes)))
		if s.cfg.Disk != "" {
			err = fmt.Errorf("%w to read them; then they can be moved to disk", err)
		}
	case errors.Is(err, offheap.ErrNone):
		err = errors.New("the machine does not have the memory for its states")
	}
	if err != nil {
		if s.set != nil {
			s.set.Close()
		}
		return nil, fmt.Errorf("cannot go on from %s: %w", path, err)
	}
	return p, nil
}

// toHold is a limit of memory under which a set of so many bytes has room, and can be moved to disk.
func (s *search) toHold(bytes int64) int64 {
	allowed := bytes
	for s.cfg.Disk != "" && visited.BeforeDisk(allowed, s.info.StateWords) < bytes {
		allowed += allowed/16 + 4<<10
	}
	return allowed
}

// loadFile reads a checkpoint. Where there is no room for the states, it gives what else is known beside the error.
func (s *search) loadFile(path string) (*savedProgress, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	line := make([]byte, len(checkpointLine))
	if _, err := io.ReadFull(in, line); err != nil || string(line) != checkpointLine {
		return nil, errors.New("it is no checkpoint of this version of Bulkhead")
	}
	r := durable.NewReader(in)
	var sys savedSystem
	var p savedProgress
	if err := r.JSON(&sys); err != nil {
		return nil, err
	}
	now := s.savedSystem(sys.Set)
	if what := sys.differs(&now); what != "" {
		return nil, errors.New(what)
	}
	if err := r.JSON(&p); err != nil {
		return nil, err
	}
	if sys.Places != now.Places && p.faulted() {
		return nil, errors.New("the search has met a fault, and the text of the model, by whose lines that is told, has been changed since")
	}
	if !p.fits(s) {
		return nil, durable.ErrDamaged
	}
	set, err := s.emptySet(sys.Set)
	if err != nil {
		return &p, err
	}
	s.set = set
	if s.frontier.sizes, err = set.Load(r); err != nil {
		return &p, err
	}
	if err := r.End(); err != nil {
		return nil, err
	}
	s.frontier.set()
	if s.set.Distinct() != p.Distinct {
		return nil, fmt.Errorf("%w: it holds %d states, want %d", durable.ErrDamaged, s.set.Distinct(), p.Distinct)
	}
	s.keeper.at, s.keeper.last = p.Next, time.Now()
	return &p, nil
}

// emptySet makes a set of a kind to be loaded.
func (s *search) emptySet(kind string) (visited.Saver, error) {
	if kind == "disk" {
		if err := s.roomOnDisk(); err != nil {
			return nil, err
		}
		return s.newDisk(), nil
	}
	if set, err := visited.NewOf(kind, s.spec()); set != nil || err != nil {
		return set, err
	}
	return nil, fmt.Errorf("it is of a search that stores states in another way (%s)", kind)
}
