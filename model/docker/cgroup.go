package docker

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Cgroup numbers a control group, from 0, the root, which stands for the host.
type Cgroup int

// Root is the cgroup of the host; its limit is the memory of the host.
const Root Cgroup = 0

// NoLimit is a memory.max of "max".
const NoLimit int64 = math.MaxInt64

// Memory is the memory accounting of a tree of cgroups, version 2 (Linux Documentation/admin-guide/cgroup-v2.rst, Memory;
// mm/page_counter.c, mm/memcontrol.c). A page is charged to the cgroup of who touched it and to every cgroup above, and is
// refused when any of these is at its limit: what a cgroup may use is the least limit on its way up. When it is refused,
// cached pages are reclaimed in the subtree of the cgroup that is at its limit, and when there are none, the
// out-of-memory killer kills in that subtree, never outside.
//
// memory.low, min and high, swap, and changes of a limit below what is in use (which the kernel allows, and then works
// towards) are left out.
type Memory struct {
	parents []Cgroup
	limits  []int64 // pages
	usage   []int64 // pages of the cgroup and all below it
	cache   []int64 // of them, the cgroup's own pages that can be reclaimed
	inner   []bool  // has children, and so no processes of its own
	procs   []memoryOf
}

// memoryOf is the memory of one process; in is meaningless unless alive.
type memoryOf struct {
	alive bool
	in    Cgroup
	pages int64
}

// OverLimit is the error of a charge that does not fit.
type OverLimit struct {
	At Cgroup // the lowest cgroup on the way up that is at its limit
}

// Error names the cgroup.
func (e *OverLimit) Error() string { return fmt.Sprintf("cgroup %d is at its limit", e.At) }

// NewMemory makes a tree without memory in use and with room for so many processes. Cgroup i > 0 is a child of
// parents[i], which is less than i; parents[0] is not looked at. limits are in pages, at least 1 each.
func NewMemory(parents []Cgroup, limits []int64, processes int) (*Memory, error) {
	if len(parents) == 0 || len(parents) != len(limits) {
		return nil, fmt.Errorf("got %d parents and %d limits, want as many, and a root", len(parents), len(limits))
	}
	m := &Memory{
		parents: slices.Clone(parents),
		limits:  slices.Clone(limits),
		usage:   make([]int64, len(parents)),
		cache:   make([]int64, len(parents)),
		inner:   make([]bool, len(parents)),
		procs:   make([]memoryOf, processes),
	}
	m.parents[Root] = -1
	for g, p := range m.parents {
		if g > 0 {
			if p < 0 || int(p) >= g {
				return nil, fmt.Errorf("cgroup %d: got parent %d, want 0 to %d", g, p, g-1)
			}
			m.inner[p] = true
		}
		if limits[g] < 1 {
			return nil, fmt.Errorf("cgroup %d: got a limit of %d pages, want at least 1", g, limits[g])
		}
	}
	return m, nil
}

// Clone returns an independent copy.
func (m *Memory) Clone() *Memory {
	c := *m // the tree and the limits never change
	c.usage = slices.Clone(m.usage)
	c.cache = slices.Clone(m.cache)
	c.procs = slices.Clone(m.procs)
	return &c
}

// Usage is memory.current of g, in pages: its own and that of all below it.
func (m *Memory) Usage(g Cgroup) int64 { return m.usage[g] }

// Limit is memory.max of g, in pages.
func (m *Memory) Limit(g Cgroup) int64 { return m.limits[g] }

// Cache is the reclaimable pages of g itself.
func (m *Memory) Cache(g Cgroup) int64 { return m.cache[g] }

// Pages is what process p has touched, not counting cache.
func (m *Memory) Pages(p Process) int64 { return m.procs[p-1].pages }

// In is the cgroup of p, and whether p is alive.
func (m *Memory) In(p Process) (Cgroup, bool) {
	if p < 1 || int(p) > len(m.procs) || !m.procs[p-1].alive {
		return 0, false
	}
	return m.procs[p-1].in, true
}

// Effective is the most that g can use: the least limit from g up to the root.
func (m *Memory) Effective(g Cgroup) int64 {
	least := NoLimit
	for ; g >= 0; g = m.parents[g] {
		least = min(least, m.limits[g])
	}
	return least
}

// Within tells whether g is a or below it.
func (m *Memory) Within(g, a Cgroup) bool {
	for ; g >= 0; g = m.parents[g] {
		if g == a {
			return true
		}
	}
	return false
}

// Blocker is the lowest cgroup from g up that has no room for so many pages more.
func (m *Memory) Blocker(g Cgroup, pages int64) (Cgroup, bool) {
	for ; g >= 0; g = m.parents[g] {
		if pages > m.limits[g]-m.usage[g] { // the difference does not overflow: 0 <= usage <= limit
			return g, true
		}
	}
	return 0, false
}

// Spawn puts the new process p into g, which must have no children (the no-internal-process rule).
func (m *Memory) Spawn(p Process, g Cgroup) error {
	switch {
	case p < 1 || int(p) > len(m.procs):
		return refuse(NotFound, "process %d: want 1 to %d", p, len(m.procs))
	case m.procs[p-1].alive:
		return refuse(Conflict, "process %d is alive", p)
	case g < 0 || int(g) >= len(m.parents):
		return refuse(NotFound, "no cgroup %d", g)
	case m.inner[g]:
		return refuse(Conflict, "cgroup %d has children, so it takes no process", g)
	}
	m.procs[p-1] = memoryOf{alive: true, in: g}
	return nil
}

// Touch charges pages to p and all cgroups above it, or none of them: the error is an *OverLimit then.
func (m *Memory) Touch(p Process, pages int64) error {
	g, err := m.mayCharge(p, pages)
	if err != nil {
		return err
	}
	m.charge(g, pages)
	m.procs[p-1].pages += pages
	return nil
}

// Read is Touch for pages of a file: they go to the cache of p's cgroup and stay there when p ends.
func (m *Memory) Read(p Process, pages int64) error {
	g, err := m.mayCharge(p, pages)
	if err != nil {
		return err
	}
	m.charge(g, pages)
	m.cache[g] += pages
	return nil
}

func (m *Memory) mayCharge(p Process, pages int64) (Cgroup, error) {
	g, ok := m.In(p)
	if !ok {
		return 0, refuse(NotFound, "no process %d", p)
	}
	if pages < 1 {
		return 0, refuse(Conflict, "got %d pages, want at least 1", pages)
	}
	if at, full := m.Blocker(g, pages); full {
		return 0, &OverLimit{At: at}
	}
	return g, nil
}

func (m *Memory) charge(g Cgroup, pages int64) {
	for ; g >= 0; g = m.parents[g] {
		m.usage[g] += pages
	}
}

// Reclaim gives back so many cached pages of g.
func (m *Memory) Reclaim(g Cgroup, pages int64) error {
	if g < 0 || int(g) >= len(m.cache) {
		return refuse(NotFound, "no cgroup %d", g)
	}
	if pages < 1 || pages > m.cache[g] {
		return refuse(Conflict, "cgroup %d has %d cached pages, got a request for %d", g, m.cache[g], pages)
	}
	m.cache[g] -= pages
	m.charge(g, -pages)
	return nil
}

// Reclaimable lists the cgroups in the subtree of a that have cached pages, in the order of their numbers.
func (m *Memory) Reclaimable(a Cgroup) []Cgroup {
	var out []Cgroup
	for g := range m.cache {
		if m.cache[g] > 0 && m.Within(Cgroup(g), a) {
			out = append(out, Cgroup(g))
		}
	}
	return out
}

// Victims lists whom the out-of-memory killer may choose when cgroup a is at its limit: of the processes in its subtree,
// those with the most pages. No oom_score_adj.
func (m *Memory) Victims(a Cgroup) []Process {
	var out []Process
	most := int64(0)
	for i, p := range m.procs {
		if !p.alive || !m.Within(p.in, a) {
			continue
		}
		if p.pages > most {
			out, most = out[:0], p.pages
		}
		if p.pages == most {
			out = append(out, Process(i+1))
		}
	}
	return out
}

// Exit ends p, by itself or because it was killed, and gives back what it touched.
func (m *Memory) Exit(p Process) error {
	g, ok := m.In(p)
	if !ok {
		return refuse(NotFound, "no process %d", p)
	}
	m.charge(g, -m.procs[p-1].pages)
	m.procs[p-1] = memoryOf{}
	return nil
}

// Outcome is what Allocate had to do.
type Outcome struct {
	Reclaimed int64     // cached pages given back
	Killed    []Process // in order; p itself may be among them
}

// Allocate is a whole page fault: it touches pages for p and, as long as they do not fit, reclaims and then kills in the
// subtree of the cgroup that is at its limit, lowest numbers first among equals. It ends when the pages fit, or when p
// is killed; the error is then an *OverLimit. Pages that can never fit kill p and nobody else.
func (m *Memory) Allocate(p Process, pages int64) (Outcome, error) {
	var out Outcome
	for {
		err := m.Touch(p, pages)
		var over *OverLimit
		if !errors.As(err, &over) {
			return out, err
		}
		g, _ := m.In(p)
		hopeless := pages > m.Effective(g)
		if caches := m.Reclaimable(over.At); len(caches) > 0 && !hopeless {
			need := pages - (m.limits[over.At] - m.usage[over.At])
			n := min(need, m.cache[caches[0]])
			if err := m.Reclaim(caches[0], n); err != nil {
				return out, err
			}
			out.Reclaimed += n
			continue
		}
		victim := p
		if !hopeless {
			victim = m.Victims(over.At)[0] // the subtree has pages and no cache, so it has a process
		}
		if err := m.Exit(victim); err != nil {
			return out, err
		}
		out.Killed = append(out.Killed, victim)
		if victim == p {
			return out, over
		}
	}
}
