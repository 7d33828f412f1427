package memory

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/model"

	"pgregory.net/rapid"
)

// floor is a*b/c in whole pages, by fractions.
func floor(a, b, c int64) int64 {
	q := new(big.Rat).Mul(new(big.Rat).SetInt64(a), new(big.Rat).SetFrac64(b, c))
	return new(big.Int).Div(q.Num(), q.Denom()).Int64()
}

// granted hands protection down from the root, level by level, to all groups at once.
func granted(p *Protection, setting func(ProtectedGroup) int64) []int64 {
	out := make([]int64, len(p.groups))
	for parent := range p.groups {
		var children []int
		claims, uses := int64(0), int64(0)
		for c, v := range p.groups {
			if c > 0 && int(v.Parent) == parent {
				children = append(children, c)
				claims += min(setting(v), p.pages[c])
				uses += p.pages[c]
			}
		}
		for _, c := range children {
			own := setting(p.groups[c])
			claim := min(own, p.pages[c])
			switch left := out[parent] - claims; {
			case parent == 0:
				out[c] = own
			case left < 0:
				out[c] = floor(claim, out[parent], claims)
			case p.recursive && uses > claims:
				out[c] = claim + floor(left, p.pages[c]-claim, uses-claims)
			default:
				out[c] = claim
			}
		}
	}
	return out
}

// Whatever is used and taken: what is effective is what is handed down, children have no more of it than their parent,
// what is taken was not protected while there was something else, and never guaranteed, and the counts are right.
func TestProtection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := make([]ProtectedGroup, rapid.IntRange(2, 7).Draw(t, "groups"))
		for g := 1; g < len(groups); g++ {
			groups[g] = ProtectedGroup{
				Parent: Group(rapid.IntRange(0, g-1).Draw(t, "parent")),
				Min:    rapid.Int64Range(0, 4).Draw(t, "min"), Low: rapid.Int64Range(0, 6).Draw(t, "low"),
			}
		}
		p, err := NewProtection(groups, rapid.Int64Range(1, 12).Draw(t, "host"), rapid.Bool().Draw(t, "recursive"))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			g := Group(rapid.IntRange(0, len(groups)-1).Draw(t, "group"))
			before := p.Clone()
			took := false
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				if err := p.Free(g); (err == nil) != (!p.inner[g] && before.pages[g] > 0) {
					t.Fatalf("free of %d: got %v", g, err)
				}
			case 1:
				took = p.Take(g) == nil
			case 2:
				if p.Kill(g) == nil && len(before.Reclaimable()) > 0 {
					t.Fatalf("group %d was killed, and %v had something to take", g, before.Reclaimable())
				}
			default:
				if err := p.Touch(g); (err == nil) != (!p.inner[g] && !before.Full()) {
					t.Fatalf("touch in %d: got %v", g, err)
				}
			}
			mins := granted(before, func(v ProtectedGroup) int64 { return v.Min })
			lows := granted(before, func(v ProtectedGroup) int64 { return v.Low })
			open := false
			for i := range groups {
				open = open || !before.inner[i] && before.pages[i] > max(mins[i], lows[i])
				if before.EffectiveMin(Group(i)) != mins[i] || before.EffectiveLow(Group(i)) != lows[i] {
					t.Fatalf("group %d: got %d and %d, want %d and %d", i, before.EffectiveMin(Group(i)), before.EffectiveLow(Group(i)), mins[i], lows[i])
				}
				sum, sums := int64(0), int64(0)
				for c := 1; c < len(groups); c++ {
					if groups[c].Parent == Group(i) {
						sum += lows[c]
						sums += p.pages[c]
					}
				}
				if i > 0 && sum > lows[i] {
					t.Fatalf("the children of group %d are protected for %d of its %d pages", i, sum, lows[i])
				}
				if p.inner[i] && sums != p.pages[i] {
					t.Fatalf("group %d has %d pages, and its children %d", i, p.pages[i], sums)
				}
			}
			if took && (before.pages[g] <= mins[g] || open && before.pages[g] <= lows[g]) {
				t.Fatalf("a page of %d was taken, of %d, with protections of %d and %d", g, before.pages[g], mins[g], lows[g])
			}
			if !before.Full() && took {
				t.Fatal("a page was taken of a host that is not full")
			}
		}
	})
}

// filled makes a tree with so many pages in each group that has no children.
func filled(t *testing.T, recursive bool, groups []ProtectedGroup, pages ...int64) *Protection {
	t.Helper()
	p, err := NewProtection(groups, maxPages, recursive)
	if err != nil {
		t.Fatal(err)
	}
	for g, n := range pages {
		if !p.inner[g] {
			p.add(Group(g), n)
		}
	}
	return p
}

// What the kernel's comment on effective_protection says (mm/page_counter.c), with numbers: overcommitted protection is
// shared by what is used of the claims, unclaimed protection by what is used beyond them, if the mount option says so.
func TestEffectiveProtection(t *testing.T) {
	tree := func(parent int64, claims ...int64) []ProtectedGroup {
		out := []ProtectedGroup{{}, {Low: parent}}
		for _, c := range claims {
			out = append(out, ProtectedGroup{Parent: 1, Low: c})
		}
		return out
	}
	for _, test := range []struct {
		name          string
		recursive     bool
		parent        int64
		claims, pages []int64
		want          []int64
	}{
		{"within", false, 10, []int64{4, 6}, []int64{9, 9}, []int64{4, 6}},
		{"overcommitted", false, 10, []int64{10, 30}, []int64{40, 40}, []int64{2, 7}}, // 2.5 and 7.5, rounded down
		{"overcommitted, not used", false, 10, []int64{10, 30}, []int64{5, 5}, []int64{5, 5}},
		{"overcommitted, in part used", false, 10, []int64{10, 30}, []int64{5, 15}, []int64{2, 7}},
		{"no protection above", false, 0, []int64{5, 5}, []int64{9, 9}, []int64{0, 0}},
		{"unclaimed", false, 10, []int64{0, 0}, []int64{6, 6}, []int64{0, 0}},
		{"unclaimed, shared", true, 10, []int64{0, 0}, []int64{6, 18}, []int64{2, 7}},
		{"claimed in part, shared", true, 10, []int64{4, 0}, []int64{4, 12}, []int64{4, 6}},
		{"huge", false, maxPages, []int64{maxPages, maxPages}, []int64{maxPages / 2, maxPages / 4}, []int64{maxPages / 2, maxPages / 4}},
	} {
		p := filled(t, test.recursive, tree(test.parent, test.claims...), append([]int64{0, 0}, test.pages...)...)
		for i, want := range test.want {
			if got := p.EffectiveLow(Group(i + 2)); got != want {
				t.Errorf("%s: child %d: got %d pages, want %d", test.name, i+1, got, want)
			}
		}
	}
}

func TestNewProtectionRefuses(t *testing.T) {
	for _, groups := range [][]ProtectedGroup{
		nil, {{}, {Parent: 1}}, {{}, {Parent: -1}}, {{}, {Min: -1}}, {{}, {Low: -1}}, {{}, {Min: maxPages + 1}}, {{}, {Low: maxPages + 1}},
	} {
		if _, err := NewProtection(groups, 1, false); err == nil {
			t.Errorf("%+v: got no error", groups)
		}
	}
	for _, host := range []int64{0, -1, maxPages + 1} {
		if _, err := NewProtection([]ProtectedGroup{{}}, host, false); err == nil {
			t.Errorf("a host of %d pages: got no error", host)
		}
	}
}

func TestUnknownGroups(t *testing.T) {
	p := filled(t, false, []ProtectedGroup{{}, {}})
	for _, g := range []Group{-1, 2} {
		for _, step := range []func(Group) error{p.Touch, p.Free, p.Take, p.Kill} {
			if err := step(g); !errors.Is(err, model.ErrRefused) {
				t.Errorf("group %d: got %v", g, err)
			}
		}
		for _, question := range []func(Group) int64{p.Pages, p.EffectiveMin, p.EffectiveLow} {
			func() {
				defer func() {
					if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "memory: ") {
						t.Errorf("group %d: got panic %q, want a sentence of this package", g, sentence)
					}
				}()
				question(g)
			}()
		}
	}
}

// memory.high kills nobody and stops everybody: the process that cannot fit runs for ever without getting further.
func TestThrottle(t *testing.T) {
	s, err := NewThrottle(2, NoLimit)
	if err != nil {
		t.Fatal(err)
	}
	var log []bool
	for range 3 {
		for range 2 {
			if err := s.Touch(); err != nil && s.Usage() < 2 {
				t.Fatal(err)
			}
		}
		for s.Above() && s.Return() != nil {
			if err := s.Reclaim(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Read(); err != nil {
			t.Fatal(err)
		}
		log = append(log, s.Above(), s.Killed())
		if err := s.Touch(); !errors.Is(err, model.ErrRefused) {
			t.Errorf("a process that is held touches a page: got %v", err)
		}
		if err := s.Free(); !errors.Is(err, model.ErrRefused) {
			t.Errorf("a process that is held frees its pages: got %v", err)
		}
	}
	if !slices.Equal(log, []bool{true, false, true, false, true, false}) {
		t.Errorf("got %v, want it held each time and never killed", log)
	}
	for _, limits := range [][2]int64{{0, 1}, {1, 0}, {NoLimit + 1, 1}, {1, -1}} {
		if _, err := NewThrottle(limits[0], limits[1]); err == nil {
			t.Errorf("limits %v: got no error", limits)
		}
	}
	for _, high := range []int64{0, NoLimit + 1} {
		if err := s.SetHigh(high); !errors.Is(err, model.ErrRefused) {
			t.Errorf("memory.high of %d: got %v", high, err)
		}
	}
}
