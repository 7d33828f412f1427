package visited

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
)

// A disk set is saved by the names of its runs, which do not change any more. They are kept until the next checkpoint is
// complete, and after the end of the search.

type savedDisk struct {
	Dir         string
	Serial      int
	Base        int
	Old, Depths []savedRun
	Frontier    bool // the last of Depths is the frontier
}

type savedRun struct {
	Name          string
	States, Bytes int64
}

// Kind names the kind of set in checkpoints.
func (d *Disk) Kind() string { return "disk" }

// Retain does nothing: files are kept for as long as a checkpoint names them.
func (d *Disk) Retain() {}

// Save writes the names of the runs.
func (d *Disk) Save(w *durable.Writer) {
	if err := d.secure(); err != nil {
		w.Fail(err)
		return
	}
	head := savedDisk{Dir: d.dir, Serial: d.serial, Base: d.base, Frontier: d.frontier != nil}
	list := func(runs []*runFile) (out []savedRun) {
		for _, run := range runs {
			out = append(out, savedRun{filepath.Base(run.path), run.states, run.bytes})
			d.named[run.path] = true
		}
		return out
	}
	head.Old, head.Depths = list(d.old), list(d.depths)
	w.JSON(head)
}

// secure has the runs reach the disk, and with them the name of the checkpoint that will name them.
func (d *Disk) secure() error {
	if d.named == nil {
		if err := d.keep(); err != nil {
			return err
		}
		d.named = map[string]bool{}
	}
	for _, runs := range [2][]*runFile{d.old, d.depths} {
		for _, run := range runs {
			if run.synced {
				continue
			}
			if err := durable.SyncFile(run.path); err != nil {
				return err
			}
			run.synced = true
		}
	}
	return durable.SyncDir(d.dir)
}

// keep leaves word in the directory of which checkpoint names its files.
func (d *Disk) keep() error {
	path := filepath.Join(d.dir, "kept")
	if err := os.WriteFile(path, []byte(d.Kept), 0o666); err != nil {
		return err
	}
	return durable.SyncFile(path)
}

// Saved takes note that the checkpoint that save was called for is complete: what only older ones named is removed.
func (d *Disk) Saved() {
	doomed := d.doomed
	d.doomed, d.named = nil, map[string]bool{}
	for _, runs := range [2][]*runFile{d.old, d.depths} {
		for _, run := range runs {
			d.named[run.path] = true
		}
	}
	for _, run := range doomed {
		_ = os.Remove(run.path)
		d.written.Add(-run.bytes)
	}
}

func (d *Disk) pathOf(s savedRun) string { return filepath.Join(d.dir, filepath.Base(s.Name)) }

// Load makes the set that save described. Every run is read once, so that what is damaged shows now.
func (d *Disk) Load(r *durable.Reader) ([]int64, error) {
	var head savedDisk
	if err := r.JSON(&head); err != nil {
		return nil, err
	}
	var err error
	if d.lock, err = lockDir(head.Dir); err != nil {
		return nil, err
	}
	d.dir, d.serial, d.base = head.Dir, head.Serial, head.Base
	d.named = map[string]bool{} // of all, before anything can fail: the others are removed then
	for _, list := range [2][]savedRun{head.Old, head.Depths} {
		for _, s := range list {
			d.named[d.pathOf(s)] = true
		}
	}
	if err := d.keep(); err != nil { // the checkpoint may have been moved
		return nil, err
	}
	clearLeft(filepath.Dir(d.dir), d.Kept)
	runs := map[string]*runFile{}
	list := func(from []savedRun) (out []*runFile, err error) {
		for _, s := range from {
			run := runs[s.Name]
			if run == nil {
				run = &runFile{path: d.pathOf(s), states: s.States, bytes: s.Bytes, synced: true}
				if err := d.check(run); err != nil {
					return nil, fmt.Errorf("cannot read %s: %w", run.path, err)
				}
				runs[s.Name] = run
				d.add(run)
			}
			out = append(out, run)
		}
		return out, nil
	}
	if d.old, err = list(head.Old); err != nil {
		return nil, err
	}
	if d.depths, err = list(head.Depths); err != nil {
		return nil, err
	}
	for _, run := range d.old {
		d.count.Add(run.states)
	}
	d.tidy()
	if err := d.renew(); err != nil {
		return nil, err
	}
	if !head.Frontier || len(d.depths) == 0 {
		return nil, nil
	}
	d.frontier = d.depths[len(d.depths)-1]
	d.remove(d.depths...) // but for what is still of use
	if d.file, err = os.Open(d.frontier.path); err != nil {
		return nil, err
	}
	return []int64{d.frontier.states}, nil
}
