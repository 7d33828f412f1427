package storage

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Errno is the error of a system call, by its name. It wraps model.ErrRefused.
type Errno string

// The errors of an Overlay.
const (
	ENOENT    Errno = "ENOENT"
	EEXIST    Errno = "EEXIST"
	EISDIR    Errno = "EISDIR"
	ENOTDIR   Errno = "ENOTDIR"
	ENOTEMPTY Errno = "ENOTEMPTY"
	EXDEV     Errno = "EXDEV" // rename of a directory that is in a lower layer
	EINVAL    Errno = "EINVAL"
	EBADF     Errno = "EBADF"
	EBUSY     Errno = "EBUSY"
	EMFILE    Errno = "EMFILE"
	ENOSPC    Errno = "ENOSPC"
)

func (e Errno) Error() string { return fmt.Sprintf("%s: %s", model.ErrRefused, string(e)) }

// Unwrap makes it a model.ErrRefused.
func (e Errno) Unwrap() error { return model.ErrRefused }

// Options are the mount options that matter.
type Options struct {
	// RedirectDir is redirect_dir=on: a directory of a lower layer can be renamed. The kernel's default is a build option, and
	// Docker asks for off where it can.
	RedirectDir bool
}

// Overlay is a mount of overlayfs: read-only layers, the topmost first, and a writable one above them. A change of a file that is
// in a lower layer copies it up first, whole (Documentation/filesystems/overlayfs.rst, "Non-directories"). The zero value has no
// lower layer.
type Overlay struct {
	options Options
	lowers  []Tree
	upper   Tree
	inodes  map[string]int // of the files of upper
	content map[int]string // of inodes that have a name or are open
	open    []descriptor   // by number
	next    int
}

// descriptor is an open file: an inode of the upper layer, or the content of a file of a lower one, which never changes.
type descriptor struct {
	used  bool
	inode int // 0 for a file of a lower layer
	lower string
}

// NewOverlay mounts layers, the topmost first, below an empty upper one.
func NewOverlay(options Options, lowers ...Tree) (*Overlay, error) {
	o := &Overlay{options: options, upper: Tree{}, inodes: map[string]int{}, content: map[int]string{}}
	for _, l := range lowers {
		if err := l.CheckLayer(); err != nil {
			return nil, err
		}
		o.lowers = append(o.lowers, maps.Clone(l))
	}
	return o, nil
}

// Clone gives a copy that shares nothing that changes.
func (o *Overlay) Clone() *Overlay {
	out := *o
	out.upper, out.inodes, out.content, out.open = maps.Clone(o.upper), maps.Clone(o.inodes), maps.Clone(o.content), slices.Clone(o.open)
	return &out
}

// Upper is the writable layer, as docker commit would make a layer of it.
func (o *Overlay) Upper() Tree { return maps.Clone(o.upper) }

// lookup finds a path in the layers from the top: the first that has it decides, unless one above hides it.
func (o *Overlay) lookup(p string) (Entry, bool) {
	return find(append([]Tree{o.upper}, o.lowers...), p)
}

// shows tells whether lower layers have a path that shows, but for an entry of the upper layer at the path itself.
func (o *Overlay) shows(p string) bool {
	_, ok := find(o.lowers, p)
	return ok && !o.upper.hides(p)
}

func find(layers []Tree, p string) (Entry, bool) {
	for _, l := range layers {
		if e, ok := l[p]; ok {
			if e.Kind == Opaque {
				e.Kind = Dir
			}
			return e, e.Kind != Whiteout
		}
		if l.hides(p) {
			return Entry{}, false
		}
	}
	return Entry{}, false
}

// hides tells whether a layer has something above a path that lets nothing of lower layers through.
func (t Tree) hides(p string) bool {
	for q := parent(p); q != ""; q = parent(q) {
		if k := t[q].Kind; k != 0 && k != Dir {
			return true
		}
	}
	return false
}

// dir tells whether a path is a directory; the root is.
func (o *Overlay) dir(p string) bool {
	e, ok := o.lookup(p)
	return p == "" || ok && e.Kind == Dir
}

// Stat gives what is at a path.
func (o *Overlay) Stat(p string) (Entry, error) {
	if e, ok := o.lookup(p); ok {
		return e, nil
	}
	return Entry{}, ENOENT
}

// Files is the merged view, as a container sees it.
func (o *Overlay) Files() Tree {
	out := Tree{}
	for i := len(o.lowers) - 1; i >= 0; i-- {
		out = o.lowers[i].Apply(out)
	}
	return o.upper.Apply(out)
}

// List gives the names in a directory.
func (o *Overlay) List(p string) ([]string, error) {
	if !o.dir(p) {
		return nil, ENOTDIR
	}
	var out []string
	for _, l := range append([]Tree{o.upper}, o.lowers...) {
		for q := range l {
			if parent(q) != p || slices.Contains(out, q) {
				continue
			}
			if _, ok := o.lookup(q); ok {
				out = append(out, q)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// copyUp makes sure that the directories to a path are in the upper layer.
func (o *Overlay) copyUp(dir string) {
	if dir == "" || o.upper[dir].Kind != 0 {
		return
	}
	o.copyUp(parent(dir))
	o.set(dir, Entry{Kind: Dir})
}

func (o *Overlay) set(p string, e Entry) {
	if o.upper == nil {
		o.upper, o.inodes, o.content = Tree{}, map[string]int{}, map[int]string{}
	}
	o.upper[p] = e
}

// put writes a file of the upper layer, as a new inode or an old one.
func (o *Overlay) put(p, content string, inode int) {
	o.copyUp(parent(p))
	if inode == 0 {
		o.next++
		inode = o.next
	}
	o.set(p, Entry{File, content})
	o.inodes[p], o.content[inode] = inode, content
}

// Create makes a new file.
func (o *Overlay) Create(p, content string) error {
	if err := o.room(p); err != nil {
		return err
	}
	o.put(p, content, 0)
	return nil
}

// room tells why nothing new can be made at a path.
func (o *Overlay) room(p string) error {
	if checkPath(p) != nil {
		return EINVAL
	}
	if len(o.upper) >= MaxPaths-MaxDepth {
		return ENOSPC
	}
	if !o.dir(parent(p)) {
		return ENOTDIR
	}
	if _, ok := o.lookup(p); ok {
		return EEXIST
	}
	return nil
}

// Write changes the content of a file. One of a lower layer is copied up first.
func (o *Overlay) Write(p, content string) error {
	e, ok := o.lookup(p)
	switch {
	case !ok:
		return ENOENT
	case e.Kind == Dir:
		return EISDIR
	}
	o.put(p, content, o.inodes[p])
	return nil
}

// Mkdir makes a directory. Where a lower layer has one of this name that was removed, the new one is opaque.
func (o *Overlay) Mkdir(p string) error {
	if err := o.room(p); err != nil {
		return err
	}
	o.makeDir(p)
	return nil
}

func (o *Overlay) makeDir(p string) {
	o.copyUp(parent(p))
	kind := Dir
	if o.shows(p) {
		kind = Opaque
	}
	o.set(p, Entry{Kind: kind})
}

// Remove is unlink or rmdir: a directory must be empty. What a lower layer has is hidden by a whiteout.
func (o *Overlay) Remove(p string) error {
	e, ok := o.lookup(p)
	if !ok {
		return ENOENT
	}
	if e.Kind == Dir {
		if names, _ := o.List(p); len(names) > 0 {
			return ENOTEMPTY
		}
	}
	o.erase(p)
	return nil
}

// erase takes a path out of the view.
func (o *Overlay) erase(p string) {
	o.copyUp(parent(p))
	for q := range o.inodes {
		if q == p || below(q, p) {
			o.forget(q)
		}
	}
	o.upper.drop(p)
	if o.shows(p) {
		o.set(p, Entry{Kind: Whiteout})
	}
}

// forget takes a name from an inode, which goes with its last descriptor.
func (o *Overlay) forget(p string) {
	inode := o.inodes[p]
	delete(o.inodes, p)
	o.collect(inode)
}

func (o *Overlay) collect(inode int) {
	for _, i := range o.inodes {
		if i == inode {
			return
		}
	}
	if !slices.ContainsFunc(o.open, func(d descriptor) bool { return d.used && d.inode == inode }) {
		delete(o.content, inode)
	}
}

// Rename moves a file or a directory. What is there already is replaced if it is a file and a file comes, or an empty directory and
// a directory comes; what is renamed to itself stays. A directory that a lower layer has a part in is not moved (EXDEV) without redirect_dir; with it, the files in
// it count as copied up, which the kernel puts off until they change.
func (o *Overlay) Rename(from, to string) error {
	e, ok := o.lookup(from)
	old, there := o.lookup(to)
	switch {
	case checkPath(to) != nil || below(to, from):
		return EINVAL
	case !ok:
		return ENOENT
	case from == to:
		return nil
	case !o.dir(parent(to)):
		return ENOTDIR
	case there && old.Kind == Dir && e.Kind == File:
		return EISDIR
	case there && old.Kind == File && e.Kind == Dir:
		return ENOTDIR
	}
	if names, _ := o.List(to); there && len(names) > 0 {
		return ENOTEMPTY
	}
	if e.Kind == Dir && o.shows(from) && o.upper[from].Kind != Opaque && !o.options.RedirectDir {
		return EXDEV
	}
	files, inodes := o.Files(), maps.Clone(o.inodes)
	for _, p := range files.paths() { // descriptors keep the inodes
		if p != from && !below(p, from) {
			delete(files, p)
		} else if checkPath(to+p[len(from):]) != nil {
			return EINVAL
		}
	}
	if len(o.upper)+len(files) >= MaxPaths-MaxDepth {
		return ENOSPC
	}
	if there {
		o.erase(to)
	}
	for _, p := range files.paths() {
		q := to + p[len(from):]
		if files[p].Kind == Dir {
			o.makeDir(q)
		} else {
			o.put(q, files[p].Content, inodes[p])
		}
	}
	o.erase(from)
	return nil
}

// Open opens a file to read and gives the number of its descriptor. What is opened in a lower layer stays the lower file, also when
// the file is copied up later: the descriptor does not see what is written then (overlayfs.rst, "Non-standard behavior").
func (o *Overlay) Open(p string) (int, error) {
	e, ok := o.lookup(p)
	switch {
	case !ok:
		return 0, ENOENT
	case e.Kind == Dir:
		return 0, EISDIR
	}
	d := descriptor{used: true, inode: o.inodes[p], lower: e.Content}
	for i := range o.open {
		if !o.open[i].used {
			o.open[i] = d
			return i, nil
		}
	}
	if len(o.open) >= MaxPaths {
		return 0, EMFILE
	}
	o.open = append(o.open, d)
	return len(o.open) - 1, nil
}

// Read gives the content by a descriptor.
func (o *Overlay) Read(fd int) (string, error) {
	if fd < 0 || fd >= len(o.open) || !o.open[fd].used {
		return "", EBADF
	}
	if d := o.open[fd]; d.inode == 0 {
		return d.lower, nil
	}
	return o.content[o.open[fd].inode], nil
}

// Close ends a descriptor.
func (o *Overlay) Close(fd int) error {
	if _, err := o.Read(fd); err != nil {
		return err
	}
	inode := o.open[fd].inode
	o.open[fd] = descriptor{}
	o.collect(inode)
	return nil
}
