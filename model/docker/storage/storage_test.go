package storage

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// drawnPaths are those of drawn trees: two directories, one in the other, and files.
var drawnPaths = []string{"a", "a/f", "a/b", "a/b/f", "c"}

// drawLayer draws a layer; a file system, if files is true.
func drawLayer(t *rapid.T, files bool) Tree {
	out := Tree{}
	for _, p := range drawnPaths {
		if q := parent(p); q != "" && out[q].Kind != Dir && out[q].Kind != Opaque {
			continue
		}
		kinds := []Kind{0, File, Dir, Opaque, Whiteout}
		if files {
			kinds = kinds[:3]
		}
		switch k := rapid.SampledFrom(kinds).Draw(t, p); k {
		case 0:
		case File:
			out[p] = Entry{File, rapid.SampledFrom([]string{"1", "2"}).Draw(t, "content")}
		default:
			out[p] = Entry{Kind: k}
		}
	}
	return out
}

// Layers are a monoid that acts on file systems, idempotent; the layer between two file systems leads from one to the other.
func TestLayerLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			a, b, c := drawLayer(t, false), drawLayer(t, false), drawLayer(t, false)
			fs, gs := drawLayer(t, true), drawLayer(t, true)
			for what, ok := range map[string]bool{
				"it is a layer":         a.Over(b).CheckLayer() == nil,
				"it is a file system":   a.Apply(fs).CheckFiles() == nil,
				"associative":           a.Over(b).Over(c).Equal(a.Over(b.Over(c))),
				"acts":                  a.Over(b).Apply(fs).Equal(a.Apply(b.Apply(fs))),
				"unit above":            Tree{}.Over(a).Equal(a),
				"unit below":            a.Over(Tree{}).Equal(a),
				"idempotent":            a.Over(a).Equal(a),
				"the unit acts":         Tree{}.Apply(fs).Equal(fs),
				"what differs":          Diff(fs, gs).Apply(fs).Equal(gs),
				"what differs, a layer": Diff(fs, gs).CheckLayer() == nil,
				"nothing differs":       len(Diff(fs, fs)) == 0,
			} {
				if !ok {
					t.Fatalf("%s: not for a = %v, b = %v, c = %v, fs = %v, gs = %v", what, a, b, c, fs, gs)
				}
			}
			for p, e := range a { // the last writer is read
				if got := a.Apply(fs)[p]; e.Kind == File && got != e || e.Kind == Whiteout && got.Kind != 0 {
					t.Fatalf("%s: got %v, want %v", p, got, e)
				}
			}
		}
	})
}

// plain is a file system written without layers, as the oracle of an Overlay: inodes and names.
type plain struct {
	dirs  map[string]bool
	names map[string]*string
	lower map[string]bool // the files and directories whose descriptors and renames are not those of a plain file system
}

func (f *plain) exists(p string) bool { return f.dirs[p] || f.names[p] != nil }

func (f *plain) children(p string) int {
	n := 0
	for q := range f.dirs {
		if q != "" && parent(q) == p {
			n++
		}
	}
	for q := range f.names {
		if parent(q) == p {
			n++
		}
	}
	return n
}

func (f *plain) newPath(p string) error {
	switch {
	case !f.dirs[parent(p)]:
		return ENOTDIR
	case f.exists(p):
		return EEXIST
	}
	return nil
}

func (f *plain) write(p, content string) error {
	switch {
	case f.dirs[p]:
		return EISDIR
	case f.names[p] == nil:
		return ENOENT
	case f.lower[p]: // a copy with a new inode
		f.names[p] = &content
		delete(f.lower, p)
	default:
		*f.names[p] = content
	}
	return nil
}

func (f *plain) remove(p string) error {
	switch {
	case !f.exists(p) || p == "":
		return ENOENT
	case f.dirs[p] && f.children(p) > 0:
		return ENOTEMPTY
	}
	delete(f.dirs, p)
	delete(f.names, p)
	delete(f.lower, p)
	return nil
}

func (f *plain) rename(from, to string, redirect bool) error {
	switch {
	case below(to, from):
		return EINVAL
	case !f.exists(from):
		return ENOENT
	case from == to: // rename(2): it does nothing and returns a success
		return nil
	case !f.dirs[parent(to)]:
		return ENOTDIR
	case f.dirs[to] && !f.dirs[from]:
		return EISDIR
	case f.names[to] != nil && f.dirs[from]:
		return ENOTDIR
	case f.dirs[to] && f.children(to) > 0:
		return ENOTEMPTY
	case f.dirs[from] && f.lower[from] && !redirect:
		return EXDEV
	}
	delete(f.names, to)
	delete(f.dirs, to)
	delete(f.lower, to)
	for p := range maps.Clone(f.dirs) {
		if p == from || below(p, from) {
			delete(f.dirs, p)
			delete(f.lower, p)
			f.dirs[to+p[len(from):]] = true
		}
	}
	for p, c := range maps.Clone(f.names) {
		if p == from || below(p, from) {
			delete(f.names, p)
			if f.lower[p] { // copied up
				n := *c
				c = &n
			}
			delete(f.lower, p)
			f.names[to+p[len(from):]] = c
		}
	}
	return nil
}

// An overlay does what a file system does that has never heard of layers, but for the two things that it is known for: a
// descriptor of a lower file does not see what is written later, and a lower directory is not renamed. And no lower layer changes.
func TestOverlay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lowers := []Tree{drawLayer(t, false), drawLayer(t, false)}
		kept := []Tree{maps.Clone(lowers[0]), maps.Clone(lowers[1])}
		options := Options{rapid.Bool().Draw(t, "redirect_dir")}
		o, err := NewOverlay(options, lowers...)
		if err != nil {
			t.Fatal(err)
		}
		f := &plain{map[string]bool{"": true}, map[string]*string{}, map[string]bool{}}
		for p, e := range lowers[0].Over(lowers[1]).Apply(nil) {
			f.lower[p] = true
			if e.Kind == Dir {
				f.dirs[p] = true
			} else {
				f.names[p] = &e.Content
			}
		}
		opened := map[int]*string{}
		path := func(label string) string { return rapid.SampledFrom(drawnPaths).Draw(t, label) }
		content := func() string { return rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "written") }
		for range 25 {
			var got, want error
			what := ""
			switch op, p := rapid.IntRange(0, 7).Draw(t, "op"), path("path"); op {
			case 0:
				c := content()
				got, what = o.Create(p, c), "create "+p
				if want = f.newPath(p); want == nil {
					f.names[p] = &c
				}
			case 1:
				got, what = o.Mkdir(p), "mkdir "+p
				if want = f.newPath(p); want == nil {
					f.dirs[p] = true
				}
			case 2, 3:
				c := content()
				got, want, what = o.Write(p, c), f.write(p, c), "write "+p
			case 4:
				got, want, what = o.Remove(p), f.remove(p), "remove "+p
			case 5:
				to := path("to")
				got, want, what = o.Rename(p, to), f.rename(p, to, options.RedirectDir), "rename "+p+" "+to
			case 6:
				var fd int
				fd, got = o.Open(p)
				what = "open " + p
				switch {
				case f.dirs[p]:
					want = EISDIR
				case f.names[p] == nil:
					want = ENOENT
				default:
					opened[fd] = f.names[p]
				}
			case 7:
				fd := rapid.IntRange(0, 3).Draw(t, "fd")
				got, what = o.Close(fd), fmt.Sprint("close ", fd)
				if opened[fd] == nil {
					want = EBADF
				}
				delete(opened, fd)
			}
			if !errors.Is(got, want) || want == nil && got != nil {
				t.Fatalf("%s: got %v, want %v", what, got, want)
			}
			view := Tree{}
			for p := range f.dirs {
				if p != "" {
					view[p] = Entry{Kind: Dir}
				}
			}
			for p, c := range f.names {
				view[p] = Entry{File, *c}
			}
			if !o.Files().Equal(view) {
				t.Fatalf("%s: got %v, want %v", what, o.Files(), view)
			}
			if err := o.Upper().CheckLayer(); err != nil || !o.Upper().Apply(lowers[0].Over(lowers[1]).Apply(nil)).Equal(view) {
				t.Fatalf("%s: the upper layer %v: %v", what, o.Upper(), err)
			}
			for _, p := range append(drawnPaths, "") {
				e, err := o.Stat(p)
				if p != "" && (e != view[p] || (err == nil) != (view[p].Kind != 0)) {
					t.Fatalf("%s: %s is %v, %v, want %v", what, p, e, err, view[p])
				}
				var names []string
				for q := range view {
					if parent(q) == p {
						names = append(names, q)
					}
				}
				slices.Sort(names)
				if got, err := o.List(p); f.dirs[p] != (err == nil) || !slices.Equal(got, names) {
					t.Fatalf("%s: in %q there are %v, %v, want %v", what, p, got, err, names)
				}
			}
			for fd, c := range opened {
				if got, err := o.Read(fd); err != nil || got != *c {
					t.Fatalf("%s: descriptor %d reads %q, %v, want %q", what, fd, got, err, *c)
				}
			}
			if len(o.content) > len(f.names)+len(opened) {
				t.Fatalf("%s: %d inodes for %d names and %d descriptors", what, len(o.content), len(f.names), len(opened))
			}
		}
		for i := range lowers {
			if !o.lowers[i].Equal(kept[i]) || !lowers[i].Equal(kept[i]) {
				t.Fatalf("lower layer %d changed", i)
			}
		}
	})
}

// The examples of Documentation/filesystems/overlayfs.rst, "Whiteouts and opaque directories", "readdir", "Non-standard behavior"
// and "Redirecting directories".
func TestGoldenOverlay(t *testing.T) {
	lower := Tree{"d": {Kind: Dir}, "d/f": {File, "old"}, "g": {File, "g"}}
	start := func(o Options) *Overlay {
		ov, err := NewOverlay(o, lower)
		if err != nil {
			t.Fatal(err)
		}
		return ov
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o := start(Options{})
	fd, err := o.Open("d/f")
	must(err)
	must(o.Write("d/f", "new"))
	if got, _ := o.Read(fd); got != "old" {
		t.Errorf("a descriptor of before the copy-up reads %q", got)
	}
	fd2, err := o.Open("d/f")
	must(err)
	must(o.Write("d/f", "newer"))
	if got, _ := o.Read(fd2); got != "newer" {
		t.Errorf("a descriptor of after the copy-up reads %q", got)
	}
	if !o.Upper().Equal(Tree{"d": {Kind: Dir}, "d/f": {File, "newer"}}) {
		t.Errorf("got upper %v", o.Upper())
	}
	o = start(Options{})
	must(o.Remove("d/f"))
	must(o.Remove("d"))
	if !o.Upper().Equal(Tree{"d": {Kind: Whiteout}}) {
		t.Errorf("removed: got upper %v", o.Upper())
	}
	must(o.Mkdir("d"))
	if !o.Upper().Equal(Tree{"d": {Kind: Opaque}}) || !o.Files().Equal(Tree{"d": {Kind: Dir}, "g": {File, "g"}}) {
		t.Errorf("made again: got upper %v", o.Upper())
	}
	must(o.Rename("d", "e"))
	o = start(Options{})
	if err := o.Rename("d", "e"); !errors.Is(err, EXDEV) || !errors.Is(err, model.ErrRefused) || len(o.Upper()) > 0 {
		t.Errorf("rename of a lower directory: got %v, and upper %v", err, o.Upper())
	}
	o = start(Options{RedirectDir: true})
	must(o.Rename("d", "e"))
	if !o.Files().Equal(Tree{"e": {Kind: Dir}, "e/f": {File, "old"}, "g": {File, "g"}}) {
		t.Errorf("redirected: got %v", o.Files())
	}
	for _, l := range []Tree{{"a/b": {File, ""}}, {"a": {File, ""}, "a/b": {File, ""}}, {"/a": {File, ""}}, {"..": {Kind: Dir}}, {"a": {}}, {"a": {Dir, "x"}}, {"a": {Kind: 9}}} {
		if _, err := NewOverlay(Options{}, l); err == nil {
			t.Errorf("%v is a layer", l)
		}
	}
	for _, err := range []error{o.Create("../x", ""), o.Create("g/x", ""), o.Create("x/y", ""), o.Rename("g", "e/../h"), o.Remove(""), o.Write("", "")} {
		if !errors.Is(err, model.ErrRefused) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
}

// Counts are what a recount gives, nothing that is used is pruned, everything else is, and layers are what their digests say.
func TestStore(t *testing.T) {
	base, app := Tree{"a": {Kind: Dir}, "a/f": {File, "1"}}, Tree{"c": {File, "2"}}
	other := Tree{"a": {Kind: Whiteout}}
	all := []Tree{base, app, other}
	rapid.Check(t, func(t *rapid.T) {
		s := NewStore()
		pick := func(label string, names ...string) string { return rapid.SampledFrom(names).Draw(t, label) }
		for range 40 {
			id, image, name := pick("pull", "p", "q"), pick("image", "x", "y"), pick("container", "c", "d")
			layer := rapid.SampledFrom(all).Draw(t, "layer")
			before, kept := s.Clone(), false
			var err error
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0:
				manifest := []Digest{DigestOf(base), DigestOf(rapid.SampledFrom(all).Draw(t, "top"))}
				err = s.Begin(id, manifest)
			case 1, 2:
				d := DigestOf(layer)
				if rapid.IntRange(0, 3).Draw(t, "forged") == 0 {
					layer = Tree{"evil": {File, "x"}}
				}
				err = s.Fetch(id, d, layer)
				kept = DigestOf(layer) != d
			case 3:
				err = s.Finish(id, image)
			case 4:
				err = s.Abort(id)
			case 5:
				err = s.Run(name, image, Options{})
			case 6:
				err = s.Remove(name)
			case 7:
				err = s.Untag(image)
			case 8:
				err = s.Commit(name, image)
			case 9:
				for _, d := range s.Prune() {
					if before.Refs(d) != 0 || before.recount()[d] != 0 {
						t.Fatalf("%s is pruned and referred to", d)
					}
				}
			}
			if o := s.Files(name); o != nil && rapid.Bool().Draw(t, "write") {
				_ = o.Create("new", rapid.SampledFrom([]string{"1", "2"}).Draw(t, "content")) // may be there already
			}
			if kept && err == nil || err != nil && (!errors.Is(err, model.ErrRefused) || !maps.Equal(before.recount(), s.recount())) {
				t.Fatalf("got %v, and %v after %v", err, s.recount(), before.recount())
			}
			want := s.recount()
			for _, d := range s.Digests() {
				l, _ := s.Layer(d)
				if s.Refs(d) != want[d] || DigestOf(l) != d {
					t.Fatalf("%s: got %d references, want %d; content %v", d, s.Refs(d), want[d], l)
				}
				delete(want, d)
			}
			if len(want) > 0 {
				t.Fatalf("%v are referred to and not there", want)
			}
		}
	})
}

// recount counts the references to layers.
func (s *Store) recount() map[Digest]int {
	out := map[Digest]int{}
	for _, layers := range s.images {
		for _, d := range layers {
			out[d]++
		}
	}
	for _, c := range s.containers {
		for _, d := range c.layers {
			out[d]++
		}
	}
	for _, p := range s.pulls {
		for d := range p.leased {
			out[d]++
		}
	}
	return out
}

func TestStoreRefuses(t *testing.T) {
	base := Tree{"f": {File, "1"}}
	d := DigestOf(base)
	s := NewStore()
	var conflict *Conflict
	var wrong *WrongDigest
	steps := []struct {
		err  error
		want any
	}{
		{s.Begin("p", []Digest{d}), nil},
		{s.Begin("p", []Digest{d}), &conflict},
		{s.Finish("p", "x"), model.ErrRefused},
		{s.Fetch("p", d, Tree{"f": {File, "2"}}), &wrong},
		{s.Fetch("p", "sha256:0", base), model.ErrRefused},
		{s.Fetch("p", d, base), nil},
		{s.Finish("p", "x"), nil},
		{s.Run("c", "x", Options{}), nil},
		{s.Run("c", "x", Options{}), &conflict},
		{s.Run("d", "y", Options{}), model.ErrRefused},
		{s.Untag("x"), &conflict},
		{s.Begin("q", nil), model.ErrRefused},
		{s.Begin("q", make([]Digest, MaxLayers+1)), model.ErrRefused},
		{s.Abort("q"), model.ErrRefused},
		{s.Remove("d"), model.ErrRefused},
		{s.Commit("d", "z"), model.ErrRefused},
		{s.Remove("c"), nil},
		{s.Untag("x"), nil},
		{s.Untag("x"), model.ErrRefused},
	}
	for i, step := range steps {
		switch want := step.want.(type) {
		case nil:
			if step.err != nil {
				t.Errorf("step %d: got %v", i, step.err)
			}
		case error:
			if !errors.Is(step.err, want) {
				t.Errorf("step %d: got %v, want %v", i, step.err, want)
			}
		default:
			if !errors.As(step.err, want) || !errors.Is(step.err, model.ErrRefused) {
				t.Errorf("step %d: got %v, want %T", i, step.err, want)
			}
		}
	}
	if got := s.Prune(); !slices.Equal(got, []Digest{d}) || len(s.Digests()) != 0 {
		t.Errorf("got %v pruned", got)
	}
	if !strings.HasPrefix(string(d), "sha256:") || len(d) != 71 || s.Files("c") != nil {
		t.Errorf("got digest %s", d)
	}
}

// A directory is not moved to where paths below it would be too deep: what is there can always be committed.
func TestRenameKeepsDepth(t *testing.T) {
	s := NewStore()
	base := Tree{"x": {Kind: Dir}, "x/y": {Kind: Dir}}
	d := DigestOf(base)
	if err := errors.Join(s.Begin("p", []Digest{d}), s.Fetch("p", d, base), s.Finish("p", "image"), s.Run("web", "image", Options{})); err != nil {
		t.Fatal(err)
	}
	o := s.Files("web")
	p := "a"
	for range MaxDepth {
		if err := o.Mkdir(p); err != nil {
			t.Fatal(err)
		}
		p += "/a"
	}
	if err := o.Rename("a", "x/y/a"); !errors.Is(err, EINVAL) {
		t.Errorf("got %v, want %s", err, EINVAL)
	}
	for range 2 {
		if err := s.Commit("web", "copy"); err != nil {
			t.Error(err)
		}
	}
}

// The zero value is a mount of nothing, in which everything can be done.
func TestZeroOverlay(t *testing.T) {
	for name, do := range map[string]func(o *Overlay) error{
		"create": func(o *Overlay) error { return o.Create("a", "x") },
		"mkdir":  func(o *Overlay) error { return o.Mkdir("d") },
	} {
		var o Overlay
		if err := do(&o); err != nil || len(o.Upper()) != 1 {
			t.Errorf("%s: got %v and %v", name, err, o.Upper())
		}
	}
	var o Overlay
	if err := o.Remove("a"); err != ENOENT || len(o.Files()) != 0 {
		t.Errorf("got %v and %v", err, o.Files())
	}
}

// One instruction of a build file, as RUN date >/built, gives another layer at another time, and so another image of another
// digest: what is the same is said by digests alone.
func TestOneInstructionManyImages(t *testing.T) {
	s := NewStore()
	build := func(clock string) (layer Digest) {
		built := Tree{"built": {Kind: File, Content: clock}}
		layer = DigestOf(built)
		if err := errors.Join(s.Begin(clock, []Digest{layer}), s.Fetch(clock, layer, built), s.Finish(clock, clock)); err != nil {
			t.Fatal(err)
		}
		return layer
	}
	first, second := build("10:00"), build("10:01")
	if first == second || len(s.Digests()) != 2 {
		t.Errorf("got layers %s and %s, want two", first, second)
	}
}
