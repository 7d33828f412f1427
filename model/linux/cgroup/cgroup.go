package cgroup

import (
	"fmt"
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Cgroup numbers a control group, from 0, the root, which stands for the host.
type Cgroup int

// Root is the cgroup of the host; its limit is the memory of the host.
const Root Cgroup = 0

// Process numbers a process, from 1.
type Process int

const noCgroup Cgroup = -1

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
// parents[i], which is less than i; parents[0] is not looked at. limits are in pages, at least 1 each; processes is at
// least 0.
func NewMemory(parents []Cgroup, limits []int64, processes int) (*Memory, error) {
	if len(parents) == 0 || len(parents) != len(limits) {
		return nil, fmt.Errorf("got %d parents and %d limits, want as many, and a root", len(parents), len(limits))
	}
	if processes < 0 {
		return nil, fmt.Errorf("got room for %d processes, want at least 0", processes)
	}
	m := &Memory{
		parents: slices.Clone(parents),
		limits:  slices.Clone(limits),
		usage:   make([]int64, len(parents)),
		cache:   make([]int64, len(parents)),
		inner:   make([]bool, len(parents)),
		procs:   make([]memoryOf, processes),
	}
	m.parents[Root] = noCgroup
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
func (m *Memory) Usage(g Cgroup) int64 {
	m.mustKnow(g)
	return m.usage[g]
}

// Limit is memory.max of g, in pages.
func (m *Memory) Limit(g Cgroup) int64 {
	m.mustKnow(g)
	return m.limits[g]
}

// Cache is the reclaimable pages of g itself.
func (m *Memory) Cache(g Cgroup) int64 {
	m.mustKnow(g)
	return m.cache[g]
}

// Pages is what process p has touched, not counting cache; 0 when it is not alive.
func (m *Memory) Pages(p Process) int64 {
	if p < 1 || int(p) > len(m.procs) {
		panic(fmt.Sprintf("cgroup: process %d: want 1 to %d", p, len(m.procs)))
	}
	return m.procs[p-1].pages
}

func (m *Memory) has(g Cgroup) bool { return g >= 0 && int(g) < len(m.parents) }

func (m *Memory) mustKnow(g Cgroup) {
	if !m.has(g) {
		panic(fmt.Sprintf("cgroup: cgroup %d: want 0 to %d", g, len(m.parents)-1))
	}
}

// In is the cgroup of p, and whether p is alive.
func (m *Memory) In(p Process) (Cgroup, bool) {
	if p < 1 || int(p) > len(m.procs) || !m.procs[p-1].alive {
		return 0, false
	}
	return m.procs[p-1].in, true
}

// Effective is the most that g can use: the least limit from g up to the root.
func (m *Memory) Effective(g Cgroup) int64 {
	m.mustKnow(g)
	least := NoLimit
	for ; g >= 0; g = m.parents[g] {
		least = min(least, m.limits[g])
	}
	return least
}

// Within tells whether g is a or below it. What is not there is not below anything.
func (m *Memory) Within(g, a Cgroup) bool {
	if !m.has(g) {
		return false
	}
	for ; g >= 0; g = m.parents[g] {
		if g == a {
			return true
		}
	}
	return false
}

// Blocker is the lowest cgroup from g up that has no room for so many pages more.
func (m *Memory) Blocker(g Cgroup, pages int64) (Cgroup, bool) {
	m.mustKnow(g)
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
		return model.Refuse("process %d: want 1 to %d", p, len(m.procs))
	case m.procs[p-1].alive:
		return model.Refuse("process %d is alive", p)
	case !m.has(g):
		return model.Refuse("no cgroup %d", g)
	case m.inner[g]:
		return model.Refuse("cgroup %d has children, so it takes no process", g)
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

// mayAsk is mayCharge without regard to the limits.
func (m *Memory) mayAsk(p Process, pages int64) (Cgroup, error) {
	g, ok := m.In(p)
	if !ok {
		return 0, model.Refuse("no process %d", p)
	}
	if pages < 1 {
		return 0, model.Refuse("got %d pages, want at least 1", pages)
	}
	return g, nil
}

func (m *Memory) mayCharge(p Process, pages int64) (Cgroup, error) {
	g, err := m.mayAsk(p, pages)
	if err != nil {
		return 0, err
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
	if !m.has(g) {
		return model.Refuse("no cgroup %d", g)
	}
	if pages < 1 || pages > m.cache[g] {
		return model.Refuse("cgroup %d has %d cached pages, got a request for %d", g, m.cache[g], pages)
	}
	m.cache[g] -= pages
	m.charge(g, -pages)
	return nil
}

// Reclaimable lists the cgroups in the subtree of a that have cached pages, in the order of their numbers.
func (m *Memory) Reclaimable(a Cgroup) []Cgroup {
	m.mustKnow(a)
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
	m.mustKnow(a)
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
		return model.Refuse("no process %d", p)
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

// Allocate touches pages for p one after the other, as that many page faults do. Each page that does not fit reclaims a
// page in the subtree of the cgroup that is at its limit, or, when nothing is left to reclaim there, kills one of Victims,
// lowest numbers first among equals; the pages before it are charged by then and count for who is the largest. It ends
// when all pages are touched, or when p is killed; the error is then an *OverLimit. So a process that asks for more than
// can ever fit ends the larger ones beside it first. (The kernel reclaims in batches and tries again a few times before it
// kills; which cached page goes first is its choice.)
//
// How long it takes does not depend on the number of pages: pages that go the same way go at once.
func (m *Memory) Allocate(p Process, pages int64) (Outcome, error) {
	var out Outcome
	g, err := m.mayAsk(p, pages)
	if err != nil {
		return out, err
	}
	for pages > 0 {
		if n := min(pages, m.room(g, noCgroup)); n > 0 {
			if err := m.Touch(p, n); err != nil {
				return out, err
			}
			pages -= n
			continue
		}
		at, _ := m.Blocker(g, 1)
		if caches := m.Reclaimable(at); len(caches) > 0 {
			// A page given back for a page taken leaves from and all above as they are. The cgroups below at that are
			// not above from fill up meanwhile, and the first to be full changes the way.
			from := caches[0]
			n := min(pages, m.cache[from], m.room(g, from))
			if err := m.Reclaim(from, n); err != nil {
				return out, err
			}
			out.Reclaimed += n
			if err := m.Touch(p, n); err != nil {
				return out, err
			}
			pages -= n
			continue
		}
		victim := m.Victims(at)[0] // the subtree has pages and no cache, so it has a process
		if err := m.Exit(victim); err != nil {
			return out, err
		}
		out.Killed = append(out.Killed, victim)
		if victim == p {
			return out, &OverLimit{At: at}
		}
	}
	return out, nil
}

// room is how many pages the cgroups from g up have left, those left out that give is in or below.
func (m *Memory) room(g, give Cgroup) int64 {
	least := NoLimit
	for ; g >= 0; g = m.parents[g] {
		if !m.Within(give, g) {
			least = min(least, m.limits[g]-m.usage[g])
		}
	}
	return least
}
