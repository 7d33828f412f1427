package storage

import (
	"maps"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
)

// EROFS refuses a change by way of a bind mount that is read-only.
const EROFS Errno = "EROFS"

// Volume is a file system that outlives containers, and that several may have at once: a named volume, or a directory of the host
// that is bound.
type Volume struct{ files *Overlay }

// NewVolume makes an empty volume.
func NewVolume() *Volume {
	o, _ := NewOverlay(Options{}) // without layers there is nothing to be wrong with
	return &Volume{o}
}

// Files is what is in the volume.
func (v *Volume) Files() Tree { return v.files.Files() }

// Rootfs is what a container sees: its overlay, and volumes at some of its directories. What is below a volume's directory goes
// past the overlay: it is in no layer, docker commit does not have it, and all that have the volume see it at once. NewRootfs makes
// one.
type Rootfs struct {
	overlay *Overlay
	bound   map[string]bind
}

type bind struct {
	volume   *Volume
	readOnly bool
}

// NewRootfs makes the view of a container without volumes.
func NewRootfs(overlay *Overlay) *Rootfs { return &Rootfs{overlay, map[string]bind{}} }

// Bind puts a volume at a directory, which is made where it is not there. Two are not put at one, nor one below another.
func (r *Rootfs) Bind(dir string, v *Volume, readOnly bool) error {
	if checkPath(dir) != nil || v == nil {
		return EINVAL
	}
	for at := range r.bound {
		if at == dir || below(at, dir) || below(dir, at) {
			return model.Refuse("Duplicate mount point: %s", dir)
		}
	}
	o := r.overlay.Clone()
	names := strings.Split(dir, "/")
	for i := range names {
		if err := o.Mkdir(strings.Join(names[:i+1], "/")); err != nil && err != EEXIST {
			return err
		}
	}
	if !o.dir(dir) {
		return ENOTDIR
	}
	r.overlay = o
	r.bound = maps.Clone(r.bound)
	r.bound[dir] = bind{v, readOnly}
	return nil
}

// at finds the file system that a path is in, and the path there; "" is a volume's root.
func (r *Rootfs) at(p string) (*Overlay, string, bind) {
	for dir, b := range r.bound {
		if p == dir {
			return b.volume.files, "", b
		}
		if below(p, dir) {
			return b.volume.files, p[len(dir)+1:], b
		}
	}
	return r.overlay, p, bind{}
}

// Stat gives what is at a path.
func (r *Rootfs) Stat(p string) (Entry, error) {
	o, q, b := r.at(p)
	if b.volume != nil && q == "" {
		return Entry{Kind: Dir}, nil
	}
	return o.Stat(q)
}

// change does something to a path that is not one of a volume's root, which is busy.
func (r *Rootfs) change(p string, op func(o *Overlay, q string) error) error {
	o, q, b := r.at(p)
	if q == "" || b.volume == nil && slices.ContainsFunc(slices.Collect(maps.Keys(r.bound)), func(dir string) bool { return below(dir, p) }) {
		return EBUSY
	}
	if b.readOnly {
		return EROFS
	}
	return op(o, q)
}

// Write changes a file; Create makes one, Mkdir a directory, and Remove takes one away.
func (r *Rootfs) Write(p, content string) error {
	return r.change(p, func(o *Overlay, q string) error { return o.Write(q, content) })
}

// Create makes a file.
func (r *Rootfs) Create(p, content string) error {
	return r.change(p, func(o *Overlay, q string) error { return o.Create(q, content) })
}

// Mkdir makes a directory.
func (r *Rootfs) Mkdir(p string) error { return r.change(p, (*Overlay).Mkdir) }

// Remove takes a file or an empty directory away.
func (r *Rootfs) Remove(p string) error { return r.change(p, (*Overlay).Remove) }

// Rename moves a path within one file system; from one to another it is EXDEV.
func (r *Rootfs) Rename(from, to string) error {
	a, _, _ := r.at(from)
	b, q, _ := r.at(to)
	if a != b {
		return EXDEV
	}
	if q == "" {
		return EBUSY
	}
	return r.change(from, func(o *Overlay, p string) error { return o.Rename(p, q) })
}

// Upper is the container's own layer.
func (r *Rootfs) Upper() Tree { return r.overlay.Upper() }
