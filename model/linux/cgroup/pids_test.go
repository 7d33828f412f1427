package cgroup

import (
	"errors"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// Whatever is done: counts are those of a list of processes, a fork succeeds exactly when there is room in every cgroup on the
// way up, and fails at the lowest that has none.
func TestPids(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "cgroups")
		parents, limits := make([]Cgroup, n), make([]int64, n)
		for g := range n {
			if g > 0 {
				parents[g] = Cgroup(rapid.IntRange(0, g-1).Draw(t, "parent"))
			}
			limits[g] = rapid.OneOf(rapid.Int64Range(0, 6), rapid.Just(NoLimit)).Draw(t, "limit")
		}
		limits[Root] = rapid.Int64Range(0, 9).Draw(t, "table")
		p, err := NewPids(parents, limits)
		if err != nil {
			t.Fatal(err)
		}
		var procs []Cgroup // where each process is
		count := func(a Cgroup) int64 {
			sum := int64(0)
			for _, g := range procs {
				for g != a && g != Root {
					g = parents[g]
				}
				if g == a {
					sum++
				}
			}
			return sum
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			g := Cgroup(rapid.IntRange(0, n-1).Draw(t, "cgroup"))
			to := Cgroup(rapid.IntRange(0, n-1).Draw(t, "to"))
			at := -1
			for i, where := range procs {
				if where == g {
					at = i
				}
			}
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				if got := p.Exit(g) == nil; got != (at >= 0) {
					t.Fatalf("exit in %d: got %t", g, got)
				} else if got {
					procs = append(procs[:at], procs[at+1:]...)
				}
			case 1:
				if got := p.Move(g, to) == nil; got != (at >= 0 && g != to) {
					t.Fatalf("move from %d to %d: got %t", g, to, got)
				} else if got {
					procs[at] = to
				}
			case 2:
				limit := rapid.Int64Range(0, 5).Draw(t, "new limit")
				if got := p.SetMax(g, limit) == nil; got != (g != Root) {
					t.Fatalf("limit of %d: got %t", g, got)
				} else if got {
					limits[g] = limit
				}
			default:
				blocked := noCgroup
				for a := g; blocked == noCgroup; a = parents[a] {
					if count(a) >= limits[a] {
						blocked = a
					}
					if a == Root {
						break
					}
				}
				var refused *ForkRefused
				switch err := p.Fork(g); {
				case err == nil && blocked == noCgroup:
					procs = append(procs, g)
				case errors.As(err, &refused) && refused.At == blocked && errors.Is(err, model.ErrRefused):
				default:
					t.Fatalf("fork in %d: got %v, want it to be refused at %d", g, err, blocked)
				}
			}
			for a := range n {
				if got, want := p.Current(Cgroup(a)), count(Cgroup(a)); got != want {
					t.Fatalf("cgroup %d: got %d processes, want %d", a, got, want)
				}
			}
		}
	})
}

func TestNewPidsRefuses(t *testing.T) {
	for _, test := range []struct {
		parents []Cgroup
		limits  []int64
	}{
		{nil, nil},
		{[]Cgroup{0}, []int64{1, 2}},
		{[]Cgroup{0}, []int64{NoLimit}},
		{[]Cgroup{0}, []int64{-1}},
		{[]Cgroup{0, 0}, []int64{1, maxPids + 1}},
		{[]Cgroup{0, 1}, []int64{1, 1}},
		{[]Cgroup{0, -1}, []int64{1, 1}},
	} {
		if _, err := NewPids(test.parents, test.limits); err == nil {
			t.Errorf("%+v: got no error", test)
		}
	}
	p, err := NewPids([]Cgroup{0, 0}, []int64{4, 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []Cgroup{-1, 2} {
		for name, err := range map[string]error{"fork": p.Fork(g), "exit": p.Exit(g), "move": p.Move(g, 1), "set": p.SetMax(g, 1), "negative": p.SetMax(1, -1)} {
			if !errors.Is(err, model.ErrRefused) {
				t.Errorf("%s in %d: got %v", name, g, err)
			}
		}
		for _, question := range []func(Cgroup) int64{p.Current, p.Own, p.Max} {
			mustPanic(t, "question", func() { question(g) })
		}
	}
	if err := p.Fork(1); err != nil || p.Move(1, 7) == nil || p.Move(1, -1) == nil || p.Current(1) != 1 {
		t.Errorf("got %v and %d processes, want a process that cannot be moved to nowhere", err, p.Current(1))
	}
}
