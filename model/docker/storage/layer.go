package storage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind is what a layer or a file system has at a path.
type Kind uint8

// The kinds. A whiteout, in layers only, hides what is below it; an opaque directory, in layers only, hides what directories below
// it hold.
const (
	File Kind = iota + 1
	Dir
	Opaque
	Whiteout
)

// Entry is one path: of a File, its content.
type Entry struct {
	Kind    Kind
	Content string
}

// Tree is a file system, or a layer of one: what is at each path. Paths are relative, such as "etc/hosts". Above every path stand
// directories, and the root is always there.
type Tree map[string]Entry

// MaxPaths and MaxDepth bound a Tree: how many paths it has and how many names one of them.
const (
	MaxPaths = 1 << 16
	MaxDepth = 64
)

// checkPath looks at one path.
func checkPath(p string) error {
	names := strings.Split(p, "/")
	if p == "" || len(names) > MaxDepth || slices.Contains(names, "") || slices.Contains(names, ".") || slices.Contains(names, "..") {
		return fmt.Errorf("got path %q, want a relative one of at most %d names", p, MaxDepth)
	}
	return nil
}

// parent is the path above, "" for the root.
func parent(p string) string {
	i := strings.LastIndexByte(p, '/')
	return p[:max(i, 0)]
}

func below(p, dir string) bool { return dir == "" || strings.HasPrefix(p, dir+"/") }

// paths are those of a tree, each after those above it.
func (t Tree) paths() []string { return slices.Sorted(maps.Keys(t)) }

// CheckLayer tells what is wrong with a layer: a path that is none, an entry of no kind, or one below what is no directory of the
// layer.
func (t Tree) CheckLayer() error {
	if len(t) > MaxPaths {
		return fmt.Errorf("got %d paths, want at most %d", len(t), MaxPaths)
	}
	for _, p := range t.paths() {
		e := t[p]
		if err := checkPath(p); err != nil {
			return err
		}
		if e.Kind < File || e.Kind > Whiteout || e.Kind != File && e.Content != "" {
			return fmt.Errorf("%s: got kind %d with content %q", p, e.Kind, e.Content)
		}
		if q := parent(p); q != "" && t[q].Kind != Dir && t[q].Kind != Opaque {
			return fmt.Errorf("%s: %s is no directory of the layer", p, q)
		}
	}
	return nil
}

// CheckFiles is CheckLayer for a file system, which has no whiteouts and no opaque directories.
func (t Tree) CheckFiles() error {
	for _, p := range t.paths() {
		if k := t[p].Kind; k == Whiteout || k == Opaque {
			return fmt.Errorf("%s: a file system has files and directories", p)
		}
	}
	return t.CheckLayer()
}

// Equal tells whether two trees are the same.
func (t Tree) Equal(u Tree) bool { return maps.Equal(t, u) }

// drop takes away a path and what is below it.
func (t Tree) drop(p string) {
	delete(t, p)
	t.empty(p)
}

// empty takes away what is below a path.
func (t Tree) empty(p string) {
	for q := range t {
		if below(q, p) {
			delete(t, q)
		}
	}
}

// Apply puts a layer on a file system, in the order of paths, as a layer's archive is unpacked (OCI image-spec, layer.md, "Apply
// Changesets"): a whiteout removes, a file replaces, a directory joins one that is there, an opaque one empties it.
func (t Tree) Apply(fs Tree) Tree {
	out := maps.Clone(fs)
	if out == nil {
		out = Tree{}
	}
	for _, p := range t.paths() {
		e := t[p]
		switch e.Kind {
		case Whiteout:
			out.drop(p)
		case File:
			out.drop(p)
			out[p] = e
		case Opaque:
			out.drop(p)
			out[p] = Entry{Kind: Dir}
		case Dir:
			if out[p].Kind != Dir {
				out.drop(p)
				out[p] = e
			}
		}
	}
	return out
}

// Over is one layer that does what t does on top of u: t.Over(u).Apply(fs) is t.Apply(u.Apply(fs)). Layers are a monoid by it, with
// the empty layer as its unit, and idempotent.
func (t Tree) Over(u Tree) Tree {
	out := maps.Clone(u)
	if out == nil {
		out = Tree{}
	}
	for _, p := range t.paths() {
		e, under := t[p], out[p]
		if e.Kind == Dir && (under.Kind == Dir || under.Kind == Opaque) {
			continue // joined
		}
		if e.Kind == Dir && (under.Kind == File || under.Kind == Whiteout) {
			e.Kind = Opaque // what is farther down stays hidden
		}
		if e.Kind != Dir {
			out.empty(p)
		}
		out[p] = e
	}
	return out
}

// Diff is the layer that makes of file system a file system b, with nothing that is not needed but the directories above: what
// docker commit writes.
func Diff(a, b Tree) Tree {
	out := Tree{}
	var list func(p string)
	list = func(p string) { // the directories above, which are there
		if p != "" && out[p].Kind == 0 {
			list(parent(p))
			out[p] = Entry{Kind: Dir}
		}
	}
	for _, p := range b.paths() {
		if a[p] != b[p] {
			list(parent(p))
			out[p] = b[p]
		}
	}
	for _, p := range a.paths() {
		if q := parent(p); b[p].Kind == 0 && (q == "" || b[q].Kind == Dir) {
			list(q)
			out[p] = Entry{Kind: Whiteout}
		}
	}
	return out
}
