package storage

import (
	"errors"
	"iter"
	"strconv"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// Volumes go past the overlay: they are in no layer, shared at once, and of their own file system.
func TestVolumes(t *testing.T) {
	image := Tree{"data": {Kind: Dir}, "data/seed": {File, "s"}, "f": {File, "1"}}
	v := NewVolume()
	start := func(readOnly bool) *Rootfs {
		o, err := NewOverlay(Options{}, image)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRootfs(o)
		if err := r.Bind("data", v, readOnly); err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := start(false), start(true)
	for i, c := range []struct {
		err  error
		want error
	}{
		{a.Create("data/x", "1"), nil},
		{b.Write("data/x", "2"), EROFS},
		{b.Remove("data/x"), EROFS},
		{a.Write("data/x", "2"), nil},
		{a.Rename("data/x", "x"), EXDEV},
		{a.Rename("f", "data/f"), EXDEV},
		{a.Rename("data/x", "data/y"), nil},
		{a.Rename("data/y", "data"), EBUSY},
		{a.Remove("data"), EBUSY},
		{a.Mkdir("data"), EBUSY},
		{a.Mkdir("data/d"), nil},
		{b.Create("g", "3"), nil},
		{b.Write("data", ""), EBUSY},
		{a.Bind("data", v, false), model.ErrRefused},
		{a.Bind("data/d", v, false), model.ErrRefused},
		{a.Bind("../x", v, false), EINVAL},
		{a.Bind("n", nil, false), EINVAL},
		{a.Bind("f", v, false), ENOTDIR},
		{a.Bind("new/deep", NewVolume(), false), nil},
		{a.Remove("new"), EBUSY},
		{a.Create("new/deep/z", ""), nil},
	} {
		if !errors.Is(c.err, c.want) || c.want == nil && c.err != nil {
			t.Errorf("step %d: got %v, want %v", i, c.err, c.want)
		}
	}
	for _, r := range []*Rootfs{a, b} {
		if e, err := r.Stat("data/y"); err != nil || e.Content != "2" {
			t.Errorf("got %v, %v", e, err)
		}
		if _, err := r.Stat("data/seed"); !errors.Is(err, ENOENT) {
			t.Error("what is below a volume shows")
		}
		if e, err := r.Stat("data"); err != nil || e.Kind != Dir {
			t.Errorf("got %v, %v", e, err)
		}
	}
	if !v.Files().Equal(Tree{"y": {File, "2"}, "d": {Kind: Dir}}) || !b.Upper().Equal(Tree{"g": {File, "3"}}) || !a.Upper().Equal(Tree{"new": {Kind: Dir}, "new/deep": {Kind: Dir}}) {
		t.Errorf("got %v, %v and %v", v.Files(), a.Upper(), b.Upper())
	}
}

// sharing is a state of volume.bh, by container-1.
type sharing struct {
	Has           [2]int8 // 0 none, 1 rw, 2 ro
	Up            [2]bool
	Own           [2]int8
	Volume, Image int8
	Writer        int8
}

// roots makes the views of the containers that are up, on one volume; file f of the image holds 0.
func (s sharing) roots() ([2]*Rootfs, *Volume) {
	v := NewVolume()
	if err := v.files.Create("v", strconv.Itoa(int(s.Volume))); err != nil {
		panic(err)
	}
	var out [2]*Rootfs
	for i := range out {
		if !s.Up[i] {
			continue
		}
		o, err := NewOverlay(Options{}, Tree{"f": {File, "0"}})
		if err != nil {
			panic(err)
		}
		out[i] = NewRootfs(o)
		if s.Has[i] > 0 {
			if err := out[i].Bind("data", v, s.Has[i] == 2); err != nil {
				panic(err)
			}
		}
		if s.Own[i] > 0 {
			if err := out[i].Write("f", strconv.Itoa(int(s.Own[i]))); err != nil {
				panic(err)
			}
		}
	}
	return out, v
}

// read reads the state back.
func (s *sharing) read(roots [2]*Rootfs, v *Volume) {
	for i, r := range roots {
		s.Own[i] = 0
		if r != nil {
			e, _ := r.Stat("f")
			s.Own[i] = number(e.Content)
		}
	}
	s.Volume = number(v.Files()["v"].Content)
}

// volumeSystem is the system of volume.bh over Rootfs.
func volumeSystem(contents int) model.System {
	ids, values := []int{1, 2}, make([]int, contents+1)
	for i := range values {
		values[i] = i
	}
	access := []string{"", "rw", "ro"}
	shown := func(a int8) model.Value {
		if a == 0 {
			return modelcheck.None()
		}
		return modelcheck.Some(model.Text(access[a]))
	}
	write := func(path string, then func(*sharing, int)) func(*sharing, int, int) error {
		return func(s *sharing, c, x int) error {
			roots, v := s.roots()
			if roots[c-1] == nil {
				return model.Refuse("not up")
			}
			if err := roots[c-1].Write(path, strconv.Itoa(x)); err != nil {
				return err
			}
			s.read(roots, v)
			then(s, c)
			return nil
		}
	}
	return model.MustDefine(model.Definition[sharing]{
		Name: "Volume",
		Init: func(yield func(sharing) bool) { yield(sharing{}) },
		Actions: []model.ActionOf[sharing]{
			{Name: "Run", Params: []string{"c", "access"}, Next: func(s sharing) iter.Seq2[model.Args, sharing] {
				return func(yield func(model.Args, sharing) bool) {
					for _, c := range ids {
						for a := range int8(3) {
							next := s
							if next.Up[c-1] {
								continue
							}
							next.Up[c-1], next.Has[c-1], next.Own[c-1] = true, a, 0
							next.read(next.roots())
							if !yield(model.Args{c, shown(a)}, next) {
								return
							}
						}
					}
				}
			}},
			{Name: "Remove", Params: []string{"c"}, Next: modelcheck.Call1(ids, func(s *sharing, c int) error {
				if !s.Up[c-1] {
					return model.Refuse("not up")
				}
				roots, v := s.roots()
				roots[c-1] = nil
				s.Up[c-1], s.Has[c-1] = false, 0
				s.read(roots, v)
				return nil
			})},
			{Name: "WriteOwn", Params: []string{"c", "x"}, Next: modelcheck.Call2(ids, values, write("f", func(*sharing, int) {}))},
			{Name: "WriteVolume", Params: []string{"c", "x"}, Next: modelcheck.Call2(ids, values, write("data/v", func(s *sharing, c int) { s.Writer = int8(c) }))},
			{Name: "Commit", Params: []string{"c"}, Next: modelcheck.Call1(ids, func(s *sharing, c int) error {
				roots, _ := s.roots()
				if roots[c-1] == nil {
					return model.Refuse("not up")
				}
				s.Image = number(roots[c-1].Upper()["f"].Content)
				return nil
			})},
		},
		Show: func(s sharing) []model.Binding {
			each := func(value func(i int) model.Value) model.Value { return modelcheck.Map(1, 2, value) }
			return []model.Binding{
				{Name: "has", Value: each(func(i int) model.Value { return shown(s.Has[i-1]) })},
				{Name: "up", Value: each(func(i int) model.Value { return model.Bool(s.Up[i-1]) })},
				{Name: "own", Value: each(func(i int) model.Value { return modelcheck.Int(int64(s.Own[i-1])) })},
				{Name: "volume", Value: modelcheck.Int(int64(s.Volume))},
				{Name: "writer", Value: modelcheck.Option(int(s.Writer))},
				{Name: "image", Value: modelcheck.Int(int64(s.Image))},
			}
		},
	})
}
