package storage

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// The golden cases of Documentation/filesystems/sharedsubtree.rst, section 5 ("mount", "bind") and of mount_namespaces(7): what is
// mounted on a shared mount appears at peers and slaves, what is mounted on a slave or a private mount does not, and a slave's
// copy of what its master has is a slave of it.
func TestGoldenPropagation(t *testing.T) {
	m, host := NewMounts(true)
	bind := func(source Mount, p Propagation) Mount {
		x, err := m.Bind(source, p)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	private, slave, shared := bind(host, RPrivate), bind(host, RSlave), bind(host, RShared)
	nested := bind(shared, RSlave)
	lost := bind(slave, RPrivate)
	for _, c := range []struct {
		at   Mount
		name string
		want []Mount
	}{
		{host, "usb", []Mount{host, slave, shared, nested}},
		{shared, "tmp", []Mount{host, slave, shared, nested}},
		{slave, "own", []Mount{slave}},
		{private, "own2", []Mount{private}},
		{nested, "own3", []Mount{nested}},
		{lost, "own4", []Mount{lost}},
	} {
		if err := m.Mount(c.at, c.name, c.name); err != nil {
			t.Fatal(err)
		}
		for _, x := range []Mount{host, private, slave, shared, nested, lost} {
			if got := m.At(x, c.name) != 0; got != slices.Contains(c.want, x) {
				t.Errorf("%s mounted at %d: at %d: got %t", c.name, c.at, x, got)
			}
			if want := x != c.at && slices.Contains(c.want, x); m.Leaks(c.at, x) != want {
				t.Errorf("leaks from %d to %d: want %t", c.at, x, want)
			}
		}
	}
	if err := m.Mount(m.At(host, "usb"), "stick", "s"); err != nil || m.At(m.At(slave, "usb"), "stick") == 0 || m.At(m.At(shared, "usb"), "stick") == 0 {
		t.Errorf("below what was mounted on a shared mount: %v", err)
	}
	if err := m.Mount(m.At(slave, "usb"), "deep", "d"); err != nil || m.At(m.At(host, "usb"), "deep") != 0 {
		t.Errorf("below a slave's copy: %v", err)
	}
	late := bind(host, RPrivate)
	if !slices.Equal(m.Names(late), []string{"tmp=tmp", "usb=usb"}) || m.At(m.At(late, "usb"), "stick") == 0 || m.Leaks(m.At(host, "usb"), m.At(late, "usb")) {
		t.Errorf("a private copy of the tree has %v", m.Names(late))
	}
	for _, c := range []struct {
		err  error
		want error
	}{
		{m.Unmount(host, "usb"), EBUSY},
		{m.Unmount(slave, "deep"), EINVAL},
		{m.Mount(host, "tmp", "x"), EBUSY},
		{m.Mount(host, "own", "x"), EBUSY},
		{m.Mount(99, "a", "x"), ENOENT},
		{m.Mount(host, "", "x"), ENOENT},
		{m.Unmount(99, "a"), EINVAL},
	} {
		if !errors.Is(c.err, c.want) || !errors.Is(c.err, model.ErrRefused) {
			t.Errorf("got %v, want %v", c.err, c.want)
		}
	}
	if err := m.Unmount(shared, "tmp"); err != nil || m.At(host, "tmp") != 0 || m.At(slave, "tmp") != 0 || m.At(late, "tmp") == 0 {
		t.Errorf("unmounted at a peer: %v", err)
	}
	alone, root := NewMounts(false)
	if _, err := alone.Bind(root, RShared); err == nil {
		t.Error("a private mount is bound rshared")
	}
	if _, err := alone.Bind(root, RSlave); err == nil {
		t.Error("a private mount is bound rslave")
	}
	if _, err := alone.Bind(7, RPrivate); err == nil || alone.FS(7) != "" || alone.At(root, "x") != 0 {
		t.Error("a mount that is not there")
	}
}

// Where a mount appears is what following groups gives, by a closure that is written apart: on drawn trees of binds of binds.
func TestPropagation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, root := NewMounts(true)
		all := []Mount{root}
		up := map[Mount]Mount{} // the mount that a slave or a peer was bound of
		how := map[Mount]Propagation{root: RPrivate}
		for range rapid.IntRange(1, 6).Draw(t, "binds") {
			source := rapid.SampledFrom(all).Draw(t, "source")
			p := Propagation(rapid.IntRange(0, 2).Draw(t, "propagation"))
			x, err := m.Bind(source, p)
			if err != nil {
				continue
			}
			all, up[x], how[x] = append(all, x), source, p
		}
		// gives tells whether an event at x goes to y, its copy, or back.
		reach := map[[2]Mount]bool{}
		for _, x := range all {
			reach[[2]Mount{x, x}] = true
			source, bound := up[x]
			if !bound || how[x] == RPrivate {
				continue
			}
			// A slave of what is itself only a slave has that one's master, not that one, as its source.
			for how[x] == RSlave && source != root && how[source] == RSlave {
				source = up[source]
			}
			if how[x] == RShared || how[source] != RPrivate || source == root {
				reach[[2]Mount{source, x}] = true
			}
			if how[x] == RShared {
				reach[[2]Mount{x, source}] = true
			}
		}
		for _, k := range all {
			for _, i := range all {
				for _, j := range all {
					if reach[[2]Mount{i, k}] && reach[[2]Mount{k, j}] {
						reach[[2]Mount{i, j}] = true
					}
				}
			}
		}
		for i, x := range all {
			c := m.Clone()
			if err := c.Mount(x, strconv.Itoa(i), "fs"); err != nil {
				t.Fatal(err)
			}
			for _, y := range all {
				got, want := c.At(y, strconv.Itoa(i)) != 0, reach[[2]Mount{x, y}]
				if got != want || m.Leaks(x, y) != (want && x != y) {
					t.Fatalf("mounted at %d, of binds %v as %v: at %d: got %t, want %t", x, up, how, y, got, want)
				}
			}
			if err := c.Unmount(x, strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
			for _, y := range all {
				if c.At(y, strconv.Itoa(i)) != 0 || m.At(y, strconv.Itoa(i)) != 0 {
					t.Fatalf("unmounted at %d: still at %d", x, y)
				}
			}
		}
	})
}

func TestPropagationString(t *testing.T) {
	for p, want := range map[Propagation]string{RPrivate: "rprivate", RShared: "rshared", 3: "propagation(3)", -1: "propagation(-1)"} {
		if got := p.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
