package cgroup

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tree draws a tree of cgroups with limits.
func tree(t *rapid.T, processes int) *Memory {
	n := rapid.IntRange(1, 7).Draw(t, "cgroups")
	parents := make([]Cgroup, n)
	limits := make([]int64, n)
	for g := range n {
		if g > 0 {
			parents[g] = Cgroup(rapid.IntRange(0, g-1).Draw(t, "parent"))
		}
		limits[g] = rapid.OneOf(rapid.Int64Range(1, 12), rapid.Just(NoLimit)).Draw(t, "limit")
	}
	limits[Root] = rapid.Int64Range(1, 20).Draw(t, "memory of the host")
	m, err := NewMemory(parents, limits, processes)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// used counts the pages below a, from the processes and the caches alone.
func used(m *Memory, a Cgroup) int64 {
	sum := int64(0)
	for g := range m.cache {
		if m.Within(Cgroup(g), a) {
			sum += m.cache[g]
		}
	}
	for _, p := range m.procs {
		if p.alive && m.Within(p.in, a) {
			sum += p.pages
		}
	}
	return sum
}

func checkMemory(t *rapid.T, m *Memory) {
	for g := range m.parents {
		g := Cgroup(g)
		if got, want := m.Usage(g), used(m, g); got != want {
			t.Fatalf("cgroup %d: got a usage of %d pages, want %d", g, got, want)
		}
		if m.Usage(g) > m.Limit(g) {
			t.Fatalf("cgroup %d: %d pages pass the limit of %d", g, m.Usage(g), m.Limit(g))
		}
		if m.Usage(g) > m.Effective(g) {
			t.Fatalf("cgroup %d: %d pages pass the effective limit of %d", g, m.Usage(g), m.Effective(g))
		}
	}
}

// fits decides by counting whether g may have so many pages more.
func fits(m *Memory, g Cgroup, pages int64) bool {
	for a := range m.parents {
		if m.Within(g, Cgroup(a)) && (m.Limit(Cgroup(a))-used(m, Cgroup(a)) < pages) {
			return false
		}
	}
	return true
}

// Whatever happens, usage is the sum of what is below, and within every limit on the way up; a charge is granted exactly
// when it fits everywhere; the killer stays in the subtree of the cgroup that was at its limit, and allocating either
// succeeds or ends the process that asked.
func TestMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const processes = 5
		m := tree(t, processes)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			p := Process(rapid.IntRange(1, processes).Draw(t, "process"))
			pages := rapid.Int64Range(1, 5).Draw(t, "pages")
			g, alive := m.In(p)
			before := m.Clone()
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				g := Cgroup(rapid.IntRange(0, len(m.parents)-1).Draw(t, "cgroup"))
				leaf := !slices.Contains(m.parents[1:], g)
				if got, want := m.Spawn(p, g) == nil, !alive && leaf; got != want {
					t.Fatalf("spawn %d in %d: got %t, want %t", p, g, got, want)
				}
			case 1:
				if got, want := m.Touch(p, pages) == nil, alive && fits(before, g, pages); got != want {
					t.Fatalf("touch %d pages for %d: got %t, want %t", pages, p, got, want)
				}
			case 2:
				if got, want := m.Read(p, pages) == nil, alive && fits(before, g, pages); got != want {
					t.Fatalf("read %d pages for %d: got %t, want %t", pages, p, got, want)
				}
			case 3:
				if got := m.Exit(p) == nil; got != alive {
					t.Fatalf("exit %d: got %t, want %t", p, got, alive)
				}
			default:
				if alive {
					allocate(t, m, before, p, rapid.Int64Range(1, 15).Draw(t, "request"))
				}
			}
			checkMemory(t, m)
		}
	})
}

// byPage is Allocate one page at a time, with a whole look at everything for each.
func byPage(t *rapid.T, m *Memory, p Process, pages int64) (Outcome, bool) {
	var out Outcome
	for pages > 0 {
		err := m.Touch(p, 1)
		var over *OverLimit
		switch {
		case err == nil:
			pages--
			continue
		case !errors.As(err, &over):
			t.Fatal(err)
		}
		if caches := m.Reclaimable(over.At); len(caches) > 0 {
			if err := m.Reclaim(caches[0], 1); err != nil {
				t.Fatal(err)
			}
			out.Reclaimed++
			continue
		}
		victim := m.Victims(over.At)[0]
		if err := m.Exit(victim); err != nil {
			t.Fatal(err)
		}
		out.Killed = append(out.Killed, victim)
		if victim == p {
			return out, false
		}
	}
	return out, true
}

// allocate is Allocate, with its account compared to what happened, and all of it to what happens page by page.
func allocate(t *rapid.T, m, before *Memory, p Process, pages int64) {
	g, _ := before.In(p)
	naive := before.Clone()
	wantOut, want := byPage(t, naive, p, pages)
	out, err := m.Allocate(p, pages)
	if !reflect.DeepEqual(out, wantOut) || (err == nil) != want || !reflect.DeepEqual(m, naive) {
		t.Fatalf("allocating %d pages: got %+v, %v and %+v, want %+v, success %t and %+v", pages, out, err, m, wantOut, want, naive)
	}
	var over *OverLimit
	switch {
	case err == nil:
		if m.Pages(p) != before.Pages(p)+pages || slices.Contains(out.Killed, p) {
			t.Fatalf("allocating succeeded, but %d has %d pages after %d and %d more", p, m.Pages(p), before.Pages(p), pages)
		}
	case !errors.As(err, &over):
		t.Fatal(err)
	default:
		if _, alive := m.In(p); alive || len(out.Killed) == 0 || out.Killed[len(out.Killed)-1] != p {
			t.Fatalf("allocating failed, but %d was not killed: %v", p, out)
		}
	}
	if pages > before.Effective(g) && err == nil {
		t.Fatalf("%d pages never fit in %d, but allocating succeeded", pages, g)
	}
	if fits(before, g, pages) && (len(out.Killed) > 0 || out.Reclaimed > 0) {
		t.Fatalf("the pages fitted, but there was %+v", out)
	}
	// Nobody outside the subtree of the highest cgroup that was in the way may notice.
	highest := g
	for a := g; a >= 0; a = before.parents[a] {
		if before.Limit(a)-before.Usage(a) < pages {
			highest = a
		}
	}
	for q := Process(1); int(q) <= len(m.procs); q++ {
		at, was := before.In(q)
		if _, is := m.In(q); was && !is && q != p && !before.Within(at, highest) {
			t.Fatalf("%d was killed in cgroup %d, outside of %d", q, at, highest)
		}
	}
}

// A cgroup at its limit is one thing, a neighbour another: the host has room, the tenant has not.
func TestKillStaysInside(t *testing.T) {
	m, err := NewMemory(tenantParents, []int64{100, 10, NoLimit, NoLimit, 50}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for p, g := range map[Process]Cgroup{1: 2, 2: 3, 3: 4} {
		if err := m.Spawn(p, g); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		p     Process
		pages int64
		read  bool
	}{{p: 3, pages: 50}, {p: 1, pages: 6}, {p: 2, pages: 3, read: true}} {
		charge := m.Touch
		if step.read {
			charge = m.Read
		}
		if err := charge(step.p, step.pages); err != nil {
			t.Fatal(err)
		}
	}
	// 9 of red's 10 pages are in use, 3 of them cache: 5 more take the cache, and then the life of process 1.
	out, err := m.Allocate(2, 5)
	if err != nil || out.Reclaimed != 3 || !slices.Equal(out.Killed, []Process{1}) {
		t.Errorf("got %+v and %v, want 3 pages reclaimed and process 1 killed", out, err)
	}
	if m.Pages(3) != 50 {
		t.Errorf("the neighbour has %d pages, want 50", m.Pages(3))
	}
	if _, err := m.Allocate(2, 11); err == nil || m.Usage(1) != 0 {
		t.Errorf("got %v and a usage of %d, want a kill that leaves red empty", err, m.Usage(1))
	}
}

func TestNewMemoryRefuses(t *testing.T) {
	for _, test := range []struct {
		parents []Cgroup
		limits  []int64
	}{
		{nil, nil},
		{[]Cgroup{0}, []int64{1, 2}},
		{[]Cgroup{0, 1}, []int64{1, 1}},
		{[]Cgroup{0, 0, 3, 2}, []int64{1, 1, 1, 1}},
		{[]Cgroup{0}, []int64{0}},
	} {
		if _, err := NewMemory(test.parents, test.limits, 1); err == nil {
			t.Errorf("parents %v, limits %v: got no error", test.parents, test.limits)
		}
	}
	if _, err := NewMemory([]Cgroup{0}, []int64{1}, -1); err == nil {
		t.Error("made room for -1 processes")
	}
}

// The kernel charges page by page: who asks for more than can ever fit grows until it is the largest, and on the way the
// larger ones go; huge requests take no longer than small ones.
func TestHopelessRequestKillsLargerFirst(t *testing.T) {
	m, err := NewMemory([]Cgroup{0, 0}, []int64{1 << 50, 10}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for p, pages := range []int64{6, 1, 2} {
		if err := m.Spawn(Process(p+1), 1); err != nil {
			t.Fatal(err)
		}
		if err := m.Touch(Process(p+1), pages); err != nil {
			t.Fatal(err)
		}
	}
	var over *OverLimit
	out, err := m.Allocate(2, 1<<60)
	if !errors.As(err, &over) || over.At != 1 || !slices.Equal(out.Killed, []Process{1, 2}) || m.Usage(1) != 2 {
		t.Errorf("got %+v, %v and a usage of %d, want processes 1 and 2 killed at cgroup 1 and a usage of 2", out, err, m.Usage(1))
	}
}

// A question about what the tree has no room for is a programmer's error, unless it is one that false answers.
func TestMemoryUnknown(t *testing.T) {
	m, err := NewMemory([]Cgroup{0, 0}, []int64{9, 9}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []Cgroup{-1, 2, 7} {
		for name, call := range map[string]func(){
			"usage":       func() { m.Usage(g) },
			"limit":       func() { m.Limit(g) },
			"cache":       func() { m.Cache(g) },
			"effective":   func() { m.Effective(g) },
			"blocker":     func() { m.Blocker(g, 1) },
			"reclaimable": func() { m.Reclaimable(g) },
			"victims":     func() { m.Victims(g) },
		} {
			mustPanic(t, name, call)
		}
		if m.Within(g, g) || m.Within(g, Root) || m.Within(Root, g) {
			t.Errorf("cgroup %d is within something, or something within it", g)
		}
	}
	for _, p := range []Process{-1, 0, 2} {
		mustPanic(t, "pages", func() { m.Pages(p) })
		if _, alive := m.In(p); alive {
			t.Errorf("process %d is alive", p)
		}
	}
}

// Cached pages of a neighbour make room above, but not in the process's own cgroup once that is full.
func TestReclaimEndsAtOwnLimit(t *testing.T) {
	m, err := NewMemory(tenantParents, []int64{100, 10, 4, NoLimit, NoLimit}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for p, g := range map[Process]Cgroup{1: 2, 2: 3} {
		if err := m.Spawn(p, g); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Read(2, 10); err != nil {
		t.Fatal(err)
	}
	out, err := m.Allocate(1, 3)
	if err != nil || out.Reclaimed != 3 || out.Killed != nil {
		t.Errorf("got %+v and %v, want 3 pages reclaimed", out, err)
	}
	var over *OverLimit
	out, err = m.Allocate(1, 3)
	if !errors.As(err, &over) || over.At != 2 || out.Reclaimed != 1 || !slices.Equal(out.Killed, []Process{1}) {
		t.Errorf("got %+v and %v, want a page reclaimed and process 1 killed at cgroup 2", out, err)
	}
	if m.Cache(3) != 6 || m.Usage(2) != 0 {
		t.Errorf("got %d cached pages and %d of the process, want 6 and 0", m.Cache(3), m.Usage(2))
	}
}

// mustPanic wants a panic of this package, not one of the runtime.
func mustPanic(t *testing.T, name string, call func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "cgroup: ") {
			t.Errorf("%s: got panic %q, want a sentence of this package", name, sentence)
		}
	}()
	call()
}
