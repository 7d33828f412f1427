package hybrid

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
)

// The figures of the argument that limits at each level suffice, and of what refutes it.
func TestSixAndSix(t *testing.T) {
	f, err := NewForest([]Member{{Parent: Root, Limit: 8}, {Parent: 0, Limit: 6}, {Parent: 0, Limit: 6}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range Node(3) {
		if err := f.Start(n); err != nil {
			t.Fatal(err)
		}
	}
	if !f.Contend(1, 2, 6) || !f.Contend(1, 2, 5) || f.Contend(1, 2, 4) || f.Contend(1, 2, 7) {
		t.Error("six and six on eight: they contend for five and for six each, not for four, nor for seven, which neither has")
	}
	if err := f.Charge(1, 6); err != nil {
		t.Error(err)
	}
	var full *FullError
	if err := f.Charge(2, 6); !errors.As(err, &full) || *full != (FullError{At: 0, Room: 2, Asked: 6}) || !errors.Is(err, model.ErrRefused) {
		t.Errorf("got %v, want that the host has room for 2", err)
	}
	if got := []int64{f.Used(0), f.Effective(1), f.Room(1), f.Room(2)}; !slices.Equal(got, []int64{6, 6, 0, 2}) {
		t.Errorf("got %d", got)
	}
}

func TestNewForestRefuses(t *testing.T) {
	for _, members := range [][]Member{
		{{Parent: 0}},
		{{Parent: -2}},
		{{Parent: Root}, {Parent: 1}},
		{{Parent: Root, Limit: -1}},
		{{Parent: Root, Limit: 1, Base: 2}},
		{{Parent: Root, Limit: 1, Base: -1}},
	} {
		if _, err := NewForest(members); err == nil {
			t.Errorf("%+v: got no error", members)
		}
	}
}

// Numbers that name nothing, and amounts that are none or too many, are refused.
func TestForestHostile(t *testing.T) {
	f, err := NewForest([]Member{{Parent: Root, Limit: math.MaxInt64}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(0); err != nil {
		t.Fatal(err)
	}
	if err := f.Charge(0, math.MaxInt64); err != nil {
		t.Fatal(err)
	}
	for _, n := range []Node{Root, 1, math.MaxInt64, math.MinInt64} {
		for name, err := range map[string]error{"start": f.Start(n), "charge": f.Charge(n, 1), "free": f.Free(n, 1), "crash": f.Crash(n)} {
			if !errors.Is(err, model.ErrRefused) {
				t.Errorf("%s of %d: got %v", name, n, err)
			}
		}
		if f.Up(n) || f.Own(n) != 0 || f.Used(n) != 0 || f.Effective(n) != 0 || f.Room(n) != 0 || f.Radius(n) != nil || f.Contend(n, 0, 1) {
			t.Errorf("node %d: got something of it", n)
		}
	}
	for _, amount := range []int64{0, -1, 1, math.MaxInt64, math.MinInt64} {
		if err := f.Charge(0, amount); !errors.Is(err, model.ErrRefused) {
			t.Errorf("charge of %d: got %v", amount, err)
		}
	}
	for _, amount := range []int64{0, -1, math.MinInt64} {
		if err := f.Free(0, amount); !errors.Is(err, model.ErrRefused) {
			t.Errorf("free of %d: got %v", amount, err)
		}
	}
	if f.Used(0) != math.MaxInt64 {
		t.Errorf("got %d used", f.Used(0))
	}
}

// shadow is what a forest should be, by definition: who is up and what each uses by itself. All else is enumerated.
type shadow struct {
	members []Member
	up      []bool
	own     []int64
}

func (s shadow) below(m, n int) bool {
	for ; m >= 0; m = int(s.members[m].Parent) {
		if m == n {
			return true
		}
	}
	return false
}

func (s shadow) used(n int) int64 {
	var sum int64
	for m := range s.members {
		if s.below(m, n) {
			sum += s.own[m]
		}
	}
	return sum
}

// fits tries it: whether every node keeps to its limit with so much more in n.
func (s shadow) fits(n int, amount int64) bool {
	after := shadow{s.members, s.up, slices.Clone(s.own)}
	after.own[n] += amount
	for m := range s.members {
		if after.used(m) > s.members[m].Limit {
			return false
		}
	}
	return true
}

// On drawn forests, after every step, all is as enumerated; a step that is refused changes nothing.
func TestForestByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(1, 7).Draw(t, "nodes")
		s := shadow{make([]Member, count), make([]bool, count), make([]int64, count)}
		for i := range s.members {
			limit := rapid.Int64Range(0, 6).Draw(t, "limit")
			s.members[i] = Member{
				Parent: Node(rapid.IntRange(-1, i-1).Draw(t, "parent")),
				Limit:  limit, Base: rapid.Int64Range(0, min(1, limit)).Draw(t, "base"),
			}
		}
		f, err := NewForest(s.members)
		if err != nil {
			t.Fatal(err)
		}
		for range 25 {
			n, amount := rapid.IntRange(0, count-1).Draw(t, "node"), rapid.Int64Range(1, 3).Draw(t, "amount")
			m, base := Node(n), s.members[n].Base
			var want bool
			switch op := rapid.SampledFrom([]string{"start", "start", "charge", "charge", "free", "crash"}).Draw(t, "step"); op {
			case "start":
				p := s.members[n].Parent
				want, err = !s.up[n] && (p < 0 || s.up[p]) && s.fits(n, base), f.Start(m)
				if want {
					s.up[n], s.own[n] = true, base
				}
			case "charge":
				want, err = s.up[n] && s.fits(n, amount), f.Charge(m, amount)
				if want {
					s.own[n] += amount
				}
			case "free":
				want, err = s.up[n] && s.own[n]-amount >= base, f.Free(m, amount)
				if want {
					s.own[n] -= amount
				}
			case "crash":
				want = s.up[n]
				var falls []Node
				for k := range s.members {
					if want && s.up[k] && s.below(k, n) {
						falls = append(falls, Node(k))
						s.up[k], s.own[k] = false, 0
					}
				}
				if got := f.Radius(m); !slices.Equal(got, falls) {
					t.Fatalf("radius of %d: got %v, want %v", n, got, falls)
				}
				err = f.Crash(m)
			}
			if (err == nil) != want || err != nil && !errors.Is(err, model.ErrRefused) {
				t.Fatalf("got %v, want allowed %t", err, want)
			}
			s.compare(t, f)
		}
	})
}

// compare enumerates what f answers.
func (s shadow) compare(t *rapid.T, f *Forest) {
	for n := range s.members {
		m := Node(n)
		room, effective := int64(math.MaxInt64), int64(math.MaxInt64)
		for a := range s.members {
			if s.below(n, a) {
				room = min(room, s.members[a].Limit-s.used(a))
				effective = min(effective, s.members[a].Limit)
			}
		}
		if f.Up(m) != s.up[n] || f.Own(m) != s.own[n] || f.Used(m) != s.used(n) || f.Room(m) != room || f.Effective(m) != effective {
			t.Fatalf("node %d: got up %t, own %d, used %d, room %d, effective %d, want %t, %d, %d, %d, %d", n,
				f.Up(m), f.Own(m), f.Used(m), f.Room(m), f.Effective(m), s.up[n], s.own[n], s.used(n), room, effective)
		}
		for k := range s.members {
			both := shadow{s.members, s.up, slices.Clone(s.own)}
			both.own[n]++
			want := s.up[n] && s.up[k] && s.fits(n, 1) && s.fits(k, 1) && !both.fits(k, 1)
			if got := f.Contend(m, Node(k), 1); got != want {
				t.Fatalf("nodes %d and %d: got contention %t, want %t", n, k, got, want)
			}
		}
	}
}
