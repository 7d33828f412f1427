package cgroup

import (
	"errors"
	"reflect"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

func same(a, b *Hierarchy) bool { return reflect.DeepEqual(a, b) }

// The promises of the manual, of whatever tree is made: controllers from the top, no process beside children for a domain
// controller, no process in an invalid domain, threads below threads only by threaded controllers, and a user who neither
// takes processes in nor lets them out.
func TestHierarchy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const processes = 3
		h, err := NewHierarchy(processes)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			w := Who(rapid.IntRange(0, 1).Draw(t, "who"))
			g := Cgroup(rapid.IntRange(0, len(h.nodes)-1).Draw(t, "cgroup"))
			c := Controller(rapid.IntRange(0, int(AllControllers)).Draw(t, "controllers"))
			p := Process(rapid.IntRange(1, processes).Draw(t, "process"))
			before := h.Clone()
			var err error
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1:
				if len(h.nodes) < 8 {
					_, err = h.Make(w, g)
				}
			case 2:
				err = h.Remove(w, g)
			case 3:
				err = h.Delegate(g)
			case 4:
				err = h.MakeThreaded(w, g)
			case 5:
				err = h.Disable(w, g, c)
			case 6, 7:
				err = h.Enable(w, g, c&h.controllersOr(g, c))
			default:
				err = h.Move(w, p, g)
				home, _ := before.Home(p)
				if d := before.delegated; err == nil && w == Delegatee && (!before.Within(home, d) || !before.Within(g, d)) {
					t.Fatalf("the user moved %d from %d to %d; %d is delegated", p, home, g, d)
				}
			}
			if err != nil {
				var denied *Denied
				if !errors.Is(err, model.ErrRefused) || !errors.As(err, &denied) || !same(h, before) {
					t.Fatalf("got %v, and %+v after %+v", err, h, before)
				}
			}
			promises(t, h)
		}
	})
}

// controllersOr is by what g may divide, or c if there is no g.
func (h *Hierarchy) controllersOr(g Cgroup, c Controller) Controller {
	if !h.has(g) {
		return c
	}
	return h.Controllers(g)
}

func promises(t *rapid.T, h *Hierarchy) {
	for i, n := range h.nodes {
		g := Cgroup(i)
		if n.gone || g == Root {
			continue
		}
		if h.nodes[n.parent].gone {
			t.Fatalf("%d has lost its parent", g)
		}
		if n.divides&^h.nodes[n.parent].divides != 0 {
			t.Fatalf("%d divides by %b, and its parent by %b", g, n.divides, h.nodes[n.parent].divides)
		}
		if n.threaded && n.divides&^ThreadedControllers != 0 {
			t.Fatalf("%d is threaded and divides by %b", g, n.divides)
		}
		if n.threaded && n.parent != Root && h.nodes[n.parent].divides&^ThreadedControllers != 0 {
			t.Fatalf("%d is threaded, and its parent divides by %b", g, h.nodes[n.parent].divides)
		}
	}
	for i, home := range h.homes {
		if !h.has(home) || !h.Threaded(home) && !h.ValidDomain(home) {
			t.Fatalf("process %d is in %d, which is no place for it", i+1, home)
		}
		if home != Root && h.nodes[home].divides&^ThreadedControllers != 0 {
			t.Fatalf("process %d competes with the children of %d", i+1, home)
		}
	}
}

// The errors that the kernel answers with.
func TestErrnos(t *testing.T) {
	h := newTree(2) // 1 is delegated, and has 2 and 3
	for _, step := range []struct {
		name  string
		do    func() error
		errno string // "" for success
	}{
		{"memory is not given from above", func() error { return h.Enable(Superuser, 1, MemoryController) }, "ENOENT"},
		{"from the top", func() error { return h.Enable(Superuser, Root, MemoryController|CPU) }, ""},
		{"the user goes on", func() error { return h.Enable(Delegatee, 1, MemoryController) }, ""},
		{"the root is not the user's", func() error { return h.Enable(Delegatee, Root, PIDs) }, "EACCES"},
		{"a child divides by it", func() error { return h.Disable(Superuser, Root, MemoryController) }, "EBUSY"},
		{"no internal processes", func() error { return h.Move(Superuser, 1, 1) }, "EBUSY"},
		{"a process from outside", func() error { return h.Move(Delegatee, 1, 2) }, "EACCES"},
		{"the root moves it", func() error { return h.Move(Superuser, 1, 2) }, ""},
		{"and the user moves it on", func() error { return h.Move(Delegatee, 1, 3) }, ""},
		{"but not out", func() error { return h.Move(Delegatee, 1, Root) }, "EACCES"},
		{"what is populated", func() error { return h.Remove(Superuser, 3) }, "EBUSY"},
		{"threads below a divider of memory", func() error { return h.MakeThreaded(Superuser, 2) }, "EOPNOTSUPP"},
		{"memory off", func() error { return h.Disable(Delegatee, 1, MemoryController) }, ""},
		{"a populated domain is a sibling", func() error { return h.MakeThreaded(Superuser, 2) }, "EOPNOTSUPP"},
		{"the process leaves", func() error { return h.Move(Superuser, 1, Root) }, ""},
		{"threads", func() error { return h.MakeThreaded(Delegatee, 2) }, ""},
		{"an invalid domain", func() error { return h.Move(Superuser, 1, 3) }, "EOPNOTSUPP"},
		{"memory above threads", func() error { return h.Enable(Superuser, 1, MemoryController) }, "EOPNOTSUPP"},
		{"cpu above threads", func() error { return h.Enable(Superuser, 1, CPU) }, ""},
		{"a process above threads", func() error { return h.Move(Superuser, 1, 1) }, ""},
		{"again threaded", func() error { return h.MakeThreaded(Delegatee, 2) }, ""},
		{"cgroup.type of what is delegated", func() error { return h.MakeThreaded(Delegatee, 1) }, "EACCES"},
		{"cgroup.type of the root", func() error { return h.MakeThreaded(Superuser, Root) }, "ENOENT"},
		{"the user removes what is his", func() error { return h.Remove(Delegatee, 3) }, ""},
		{"and not what he was given", func() error { return h.Remove(Delegatee, 1) }, "EACCES"},
		{"what is gone", func() error { return h.Move(Superuser, 1, 3) }, "ENOENT"},
		{"no such process", func() error { return h.Move(Superuser, 3, 1) }, "ESRCH"},
		{"a child of what is gone", func() error { _, err := h.Make(Superuser, 3); return err }, "ENOENT"},
		{"the root is not delegated", func() error { return h.Delegate(Root) }, "ENOENT"},
		{"the root is not removed", func() error { return h.Remove(Superuser, Root) }, "EACCES"},
		{"nothing to turn on", func() error { return h.Enable(Superuser, 1, CPU) }, ""},
	} {
		before := h.Clone()
		err := step.do()
		var denied *Denied
		switch {
		case step.errno == "" && err != nil:
			t.Errorf("%s: got %v", step.name, err)
		case step.errno != "" && (!errors.As(err, &denied) || denied.Errno != step.errno || !same(h, before)):
			t.Errorf("%s: got %v, want %s and no change", step.name, err, step.errno)
		}
	}
	if _, err := NewHierarchy(-1); err == nil {
		t.Error("-1 processes: got no error")
	}
	for _, g := range []Cgroup{-1, 3, 9} {
		mustPanic(t, "divides", func() { h.Divides(g) })
		mustPanic(t, "controllers", func() { h.Controllers(g) })
		if h.Threaded(g) || h.ValidDomain(g) || h.Within(g, Root) {
			t.Errorf("cgroup %d is something", g)
		}
	}
}

// A child of the root may be threaded while the root divides by domain controllers, which the child then has not; and
// processes far below a domain keep its siblings from being threads.
func TestThreadsBesideDomains(t *testing.T) {
	h := newTree(1)
	errno := func(err error) string {
		var denied *Denied
		if errors.As(err, &denied) {
			return denied.Errno
		}
		return ""
	}
	deep, err := h.Make(Superuser, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Move(Superuser, 1, deep); err != nil {
		t.Fatal(err)
	}
	if got := errno(h.MakeThreaded(Superuser, 3)); got != "EOPNOTSUPP" {
		t.Errorf("threads beside a domain with processes far below: got %q", got)
	}
	child, err := h.Make(Superuser, Root)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.Enable(Superuser, Root, MemoryController|CPU), h.MakeThreaded(Superuser, child)); err != nil {
		t.Fatal(err)
	}
	if got := h.Controllers(child); got != CPU {
		t.Errorf("got controllers %b of a threaded cgroup, want %b", got, CPU)
	}
	if got := errno(h.Enable(Superuser, child, MemoryController)); got != "ENOENT" {
		t.Errorf("memory in a threaded cgroup: got %q", got)
	}
}
