package hybrid

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"
)

// Two controllers that have both read: the second commit is a conflict, and reading again shows that there is no room.
func TestCoordinatorConflict(t *testing.T) {
	c, err := NewCoordinator(8, []int64{6, 6, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Request{1, 2} {
		if err := c.Read(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Commit(1); err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	if err := c.Commit(2); !errors.As(err, &conflict) || conflict.Request != 2 || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want a conflict", err)
	}
	if err := c.Read(2); !errors.Is(err, model.ErrRefused) {
		t.Errorf("six more: got %v", err)
	}
	if err := errors.Join(c.Read(3), c.Commit(3)); err != nil || c.Promised() != 8 {
		t.Errorf("two more: got %v and %d promised, want 8", err, c.Promised())
	}
	if err := c.Release(1); err != nil || c.Promised() != 2 || c.Kept(1) {
		t.Errorf("released: got %v and %d promised, want 2", err, c.Promised())
	}
}

func TestCoordinatorHostile(t *testing.T) {
	for _, asks := range [][]int64{{0}, {-1}, {9}} {
		if _, err := NewCoordinator(8, asks); err == nil {
			t.Errorf("%d of 8: got no error", asks)
		}
	}
	if _, err := NewCoordinator(-1, nil); err == nil {
		t.Error("a capacity of -1: got no error")
	}
	if _, err := NewCoordinator(math.MaxInt64, []int64{math.MaxInt64, 1}); err == nil {
		t.Error("requests that overflow: got no error")
	}
	c, err := NewCoordinator(8, []int64{6})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Request{0, -1, 2, math.MaxInt64} {
		for name, err := range map[string]error{"read": c.Read(r), "commit": c.Commit(r), "release": c.Release(r)} {
			if !errors.Is(err, model.ErrRefused) {
				t.Errorf("%s %d: got %v", name, r, err)
			}
		}
		if c.Kept(r) || c.Fresh(r) {
			t.Errorf("request %d: got something of it", r)
		}
	}
}

func TestPlacement(t *testing.T) {
	p, err := NewPlacement(3, 2, 1, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.PowerOn(1); err != nil {
		t.Fatal(err)
	}
	if err := p.PowerOn(2); !errors.Is(err, model.ErrRefused) || p.Free() != 1 {
		t.Errorf("a second machine of 2 on a host of 3: got %v, %d free", err, p.Free())
	}
	if got := p.Feasible(2); !slices.Equal(got, []Machine{1}) {
		t.Errorf("container 2: got %d, want machine 1", got)
	}
	if err := p.Place(1, 1); err != nil {
		t.Fatal(err)
	}
	var full *UnschedulableError
	if err := p.Place(2, 1); !errors.As(err, &full) || *full != (UnschedulableError{2, 1}) || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want that it is unschedulable", err)
	}
	if p.Feasible(1) != nil || p.Feasible(2) != nil {
		t.Errorf("got %d and %d, want that nothing is feasible", p.Feasible(1), p.Feasible(2))
	}
	if err := p.PowerOff(1); err != nil || p.In(1) != 0 || p.Free() != 3 {
		t.Errorf("powered off: got %v, container 1 in machine %d, %d free", err, p.In(1), p.Free())
	}
}

func TestPlacementHostile(t *testing.T) {
	for name, make := range map[string]func() (*Placement, error){
		"a machine larger than its host": func() (*Placement, error) { return NewPlacement(1, 2, 1, 1, 1) },
		"no size":                        func() (*Placement, error) { return NewPlacement(1, 0, 1, 1, 1) },
		"no slots":                       func() (*Placement, error) { return NewPlacement(1, 1, 0, 1, 1) },
		"-1 machines":                    func() (*Placement, error) { return NewPlacement(1, 1, 1, -1, 1) },
		"-1 containers":                  func() (*Placement, error) { return NewPlacement(1, 1, 1, 1, -1) },
		"machines without end":           func() (*Placement, error) { return NewPlacement(1, 1, 1, math.MaxInt, 1) },
		"containers without end":         func() (*Placement, error) { return NewPlacement(1, 1, 1, 1, math.MaxInt) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	p, err := NewPlacement(math.MaxInt64, math.MaxInt64, 1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.PowerOn(1); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, -1, 3, math.MaxInt64} {
		m, c := Machine(n), Pod(n)
		for name, err := range map[string]error{
			"power on": p.PowerOn(m), "power off": p.PowerOff(m), "place": p.Place(c, 1), "place in": p.Place(1, m), "end": p.End(c),
		} {
			if !errors.Is(err, model.ErrRefused) {
				t.Errorf("%s %d: got %v", name, n, err)
			}
		}
		if p.On(m) || p.In(c) != 0 || p.Inside(m) != 0 || p.Feasible(c) != nil {
			t.Errorf("%d: got something of it", n)
		}
	}
}
