package namespace

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/linux/errno"
)

func idmap(t testing.TB, lines ...Extent) IDMap {
	t.Helper()
	m, err := NewIDMap(lines...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// refusedWith tells whether a refusal has this name.
func refusedWith(err error, name errno.Errno) bool {
	var refused *errno.Error
	return errors.As(err, &refused) && refused.Errno == name && errors.Is(err, model.ErrRefused)
}

// What maps of container engines say, and what the kernel refuses (user_namespaces(7)).
func TestIDMap(t *testing.T) {
	dockremap := idmap(t, Extent{0, 100_000, 65_536})
	rootless := idmap(t, Extent{0, 1000, 1}, Extent{1, 100_000, 65_536})
	for _, test := range []struct {
		name    string
		m       IDMap
		inside  uint32
		outside uint32
		ok      bool
	}{
		{"dockremap, root", dockremap, 0, 100_000, true},
		{"dockremap, the last one", dockremap, 65_535, 165_535, true},
		{"dockremap, beyond", dockremap, 65_536, 0, false},
		{"rootless, root", rootless, 0, 1000, true},
		{"rootless, another user", rootless, 1000, 100_999, true},
		{"initial", InitialMap(), 4_294_967_294, 4_294_967_294, true},
		{"initial, nobody", InitialMap(), NoID, 0, false},
		{"not written", IDMap{}, 0, 0, false},
	} {
		out, ok := test.m.Out(test.inside)
		if out != test.outside || ok != test.ok {
			t.Errorf("%s: got %d, %t", test.name, out, ok)
		}
		if in, back := test.m.In(out); ok && (in != test.inside || !back) {
			t.Errorf("%s: back to %d, %t", test.name, in, back)
		}
	}
	if !dockremap.RootSafe() || !rootless.RootSafe() || InitialMap().RootSafe() || !(IDMap{}).RootSafe() {
		t.Error("who is root of the host")
	}
	// Root inside is somebody else, and somebody else inside is root.
	if m := idmap(t, Extent{0, 1, 1}, Extent{1, 0, 1}); m.RootSafe() {
		t.Errorf("%s says that nobody is root of the host", m)
	}
	if dockremap.String() != "0 100000 65536" || len(rootless.Extents()) != 2 || !(IDMap{}).Empty() || rootless.Empty() {
		t.Error("lines")
	}
	many := make([]Extent, MaxExtents+1)
	for i := range many {
		many[i] = Extent{uint32(2 * i), uint32(2 * i), 1}
	}
	if _, err := NewIDMap(many[:MaxExtents]...); err != nil {
		t.Errorf("%d lines: %v", MaxExtents, err)
	}
	for name, lines := range map[string][]Extent{
		"none": {}, "too many": many, "empty": {{0, 0, 0}}, "overlap inside": {{0, 0, 2}, {1, 5, 1}}, "overlap outside": {{0, 0, 2}, {5, 1, 1}},
		"contained": {{1, 1, 1}, {0, 0, 9}}, "beyond": {{1, 0, NoID}}, "beyond outside": {{0, NoID, 1}}, "wraps": {{NoID - 1, 0, 5}},
	} {
		if m, err := NewIDMap(lines...); !refusedWith(err, errno.EINVAL) || !m.Empty() {
			t.Errorf("%s: got %s, %v, want EINVAL", name, m, err)
		}
	}
}

// A map below a map is the one after the other, wherever both are defined, and is refused where a line is not within a line.
func TestIDMapUnder(t *testing.T) {
	small := rapid.Custom(func(t *rapid.T) Extent {
		return Extent{rapid.Uint32Range(0, 9).Draw(t, "in"), rapid.Uint32Range(0, 9).Draw(t, "out"), rapid.Uint32Range(1, 4).Draw(t, "n")}
	})
	taken := 0
	redraw.Until(t, func() bool { return taken > 0 }, func(t *rapid.T) {
		parent, err := NewIDMap(rapid.SliceOfN(small, 1, 3).Draw(t, "parent")...)
		if err != nil {
			return
		}
		child, err := NewIDMap(rapid.SliceOfN(small, 1, 3).Draw(t, "child")...)
		if err != nil {
			return
		}
		within := true
		for _, e := range child.extents {
			inOne := false
			for _, p := range parent.extents {
				all := true
				for i := range e.Count {
					all = all && p.hasInside(e.Outside+i)
				}
				inOne = inOne || all
			}
			within = within && inOne
		}
		both, err := child.Under(parent)
		if (err == nil) != within || err != nil && !refusedWith(err, errno.EPERM) {
			t.Fatalf("%s under %s: got %v, want taken %t", child, parent, err, within)
		}
		if err != nil {
			return
		}
		taken++
		seen := map[uint32]bool{}
		for u := range uint32(20) {
			want, ok := child.Out(u)
			if ok {
				want, ok = parent.Out(want)
			}
			got, mapped := both.Out(u)
			if mapped != ok || got != want || ok && seen[got] {
				t.Fatalf("user %d of %s under %s: got %d, %t, want %d, %t", u, child, parent, got, mapped, want, ok)
			}
			if ok {
				seen[got] = true
			}
			if back, ok := both.In(got); mapped && (!ok || back != u) {
				t.Fatalf("user %d comes back as %d", u, back)
			}
		}
		if both.RootSafe() == seen[0] {
			t.Fatalf("%s: root safe %t", both, both.RootSafe())
		}
	})
	if taken == 0 {
		t.Error("nothing was taken")
	}
}
