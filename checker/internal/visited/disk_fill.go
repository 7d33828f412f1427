package visited

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// treeShare is the part of the memory in which the states of a tree are sorted when they are moved.
const treeShare = 8

// BeforeDisk is how many of the bytes allowed, if they are limited, a set of states of so many words may take that is to be
// moved to disk then.
func BeforeDisk(allowed int64, width int) int64 {
	if allowed <= 0 {
		return allowed
	}
	left := allowed - DiskReserve(allowed)
	if width > 0 { // the states lie in a tree, or may come to lie in one (halves.go)
		left -= allowed / treeShare
	}
	return max(1, left)
}

// Fill makes a directory in dir and writes the states of a set in memory to it. depth is that of its frontier, the parts of which
// have these sizes. Where it fails, the set is as it was when the depth began.
func (d *Disk) Fill(dir string, from Drainer, sizes []int64, depth int) error {
	abs, err := filepath.Abs(dir)
	if err == nil {
		clearLeft(abs, d.Kept)
		d.dir, d.lock, err = diskDir(abs)
	}
	if err != nil {
		return onDisk(err)
	}
	if err = d.take(from, sizes, depth); err != nil {
		d.Close()
		if failed := from.restore(); failed != nil {
			err = errors.Join(err, failed)
		}
		return onDisk(err)
	}
	return nil
}

// take writes the states of a set to files.
func (d *Disk) take(from Drainer, sizes []int64, depth int) error {
	d.base = depth + 1
	if slices.ContainsFunc(sizes, func(n int64) bool { return n > 0 }) {
		w, err := d.write(false)
		if err != nil {
			return err
		}
		v := from.Visitor(nil)
		for part, n := range sizes {
			for i := range n {
				words, _ := v.State(part, i)
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
		if d.Memory > 0 {
			memory = d.Memory / treeShare
		}
		return d.gather(t, memory)
	}
	w, err := d.write(false)
	if err != nil {
		return err
	}
	err = from.drain(d.block/8, func(r *record) error {
		if w.run.states&0xffff == 0 && d.Halted() {
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

// Ready makes room for candidates, when the set that the states come from has been closed, and appends the sizes of the parts
// of the frontier.
func (d *Disk) Ready(sizes []int64) ([]int64, error) {
	d.grow.Lock()
	err := d.renew()
	d.grow.Unlock()
	if d.frontier != nil {
		sizes = append(sizes, d.frontier.states)
	}
	return sizes, err
}
