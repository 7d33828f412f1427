package visited

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/durable"
)

// Usable tells what is wrong with a directory to which states are to be written; it is made if need be.
func Usable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	try, err := os.MkdirTemp(dir, "new-"+diskPrefix)
	if err != nil {
		return err
	}
	return os.Remove(try)
}

// clearLeft removes what searches left in dir that were killed, but for what their checkpoints name. The search that asks is
// the one of a checkpoint, or of none (""), and has what that names locked.
func clearLeft(dir, checkpoint string) {
	left, _ := filepath.Glob(filepath.Join(dir, diskPrefix+"*"))
	for _, old := range left {
		lock, err := lockDir(old)
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join(old, "kept"))
		if err == nil {
			_, err = os.Stat(string(text))
		}
		if errors.Is(err, os.ErrNotExist) || err == nil && string(text) == checkpoint {
			_ = os.RemoveAll(old)
		}
		_ = lock.Close()
	}
	unnamed, _ := filepath.Glob(filepath.Join(dir, "new-"+diskPrefix+"*"))
	for _, old := range unnamed { // killed while it was being made, which takes a moment
		if info, err := os.Stat(old); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(old)
		}
	}
}

// diskDir makes a directory of its own in dir, with a lock.
func diskDir(dir string) (string, *os.File, error) {
	fresh, err := os.MkdirTemp(dir, "new-"+diskPrefix)
	if err != nil {
		return "", nil, err
	}
	lock, err := lockDir(fresh)
	name := filepath.Join(dir, diskPrefix+filepath.Base(fresh)[len("new-"+diskPrefix):])
	if err == nil { // only now can it be taken for one that was left
		err = os.Rename(fresh, name)
	}
	if err != nil {
		_ = os.RemoveAll(fresh)
		return "", nil, err
	}
	return name, lock, nil
}

// lockDir takes the lock of a directory of runs.
func lockDir(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if !durable.Lock(lock) {
		_ = lock.Close()
		return nil, fmt.Errorf("another search uses %s", dir)
	}
	return lock, nil
}

// tidy removes the files that no checkpoint names.
func (d *Disk) tidy() {
	files, _ := filepath.Glob(filepath.Join(d.dir, "*.run"))
	for _, path := range files {
		if !d.named[path] {
			_ = os.Remove(path)
		}
	}
}
