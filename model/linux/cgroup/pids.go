package cgroup

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// maxPids is more processes than a kernel has (PID_MAX_LIMIT is 2^22).
const maxPids int64 = 1 << 31

// Pids is the counting of processes over a tree of cgroups (Linux Documentation/admin-guide/cgroup-v2.rst, PID;
// kernel/cgroup/pids.c). A fork is counted in its cgroup and all above, and fails if one of them would pass its pids.max. Moving
// processes, and a pids.max below what there is, are never refused, so that there may be more than the limit.
//
// A thread counts as a process. Which cgroups may have processes is said by Hierarchy.
type Pids struct {
	parents []Cgroup
	limits  []int64 // of the root, the kernel's table
	own     []int64 // processes in the cgroup itself
	current []int64 // and all below it
}

// ForkRefused is the error of a fork that a limit on its way up refuses, EAGAIN.
type ForkRefused struct {
	At Cgroup // the lowest cgroup that is at its limit or above; Root where the kernel's table is full
}

// Error names the cgroup.
func (e *ForkRefused) Error() string {
	return fmt.Sprintf("EAGAIN: cgroup %d is at its pids.max", e.At)
}

// Unwrap makes it a refusal.
func (e *ForkRefused) Unwrap() error { return model.ErrRefused }

// NewPids makes a tree without processes. Cgroup i > 0 is a child of parents[i], which is less than i; parents[0] is not looked
// at. limits are numbers of processes, at least 0, or NoLimit; that of the root is the size of the kernel's table.
func NewPids(parents []Cgroup, limits []int64) (*Pids, error) {
	if len(parents) == 0 || len(parents) != len(limits) {
		return nil, fmt.Errorf("got %d parents and %d limits, want as many, and a root", len(parents), len(limits))
	}
	p := &Pids{parents: slices.Clone(parents), limits: slices.Clone(limits), own: make([]int64, len(parents)), current: make([]int64, len(parents))}
	p.parents[Root] = noCgroup
	for g, parent := range p.parents {
		if g > 0 && (parent < 0 || int(parent) >= g) {
			return nil, fmt.Errorf("cgroup %d: got parent %d, want 0 to %d", g, parent, g-1)
		}
		if !pidsMax(limits[g]) {
			return nil, fmt.Errorf("cgroup %d: got a limit of %d processes, want 0 to %d, or none", g, limits[g], maxPids)
		}
	}
	if limits[Root] == NoLimit {
		return nil, fmt.Errorf("got no limit of the kernel's table")
	}
	return p, nil
}

func pidsMax(n int64) bool { return n == NoLimit || n >= 0 && n <= maxPids }

// Clone returns an independent copy.
func (p *Pids) Clone() *Pids {
	return &Pids{parents: p.parents, limits: slices.Clone(p.limits), own: slices.Clone(p.own), current: slices.Clone(p.current)} // the tree never changes
}

func (p *Pids) has(g Cgroup) bool { return g >= 0 && int(g) < len(p.parents) }

func (p *Pids) mustKnow(g Cgroup) {
	if !p.has(g) {
		panic(fmt.Sprintf("cgroup: cgroup %d: want 0 to %d", g, len(p.parents)-1))
	}
}

// Current is pids.current of g: the processes of g and of all below it.
func (p *Pids) Current(g Cgroup) int64 {
	p.mustKnow(g)
	return p.current[g]
}

// Own is the processes of g itself.
func (p *Pids) Own(g Cgroup) int64 {
	p.mustKnow(g)
	return p.own[g]
}

// Max is pids.max of g.
func (p *Pids) Max(g Cgroup) int64 {
	p.mustKnow(g)
	return p.limits[g]
}

// Fork adds a process to g: one of g forks, or one is started in it (CLONE_INTO_CGROUP). The error is a *ForkRefused where a
// limit is in the way.
func (p *Pids) Fork(g Cgroup) error {
	if !p.has(g) {
		return model.Refuse("no cgroup %d", g)
	}
	for a := g; a >= 0; a = p.parents[a] {
		if p.current[a] >= p.limits[a] {
			return &ForkRefused{At: a}
		}
	}
	p.add(g, 1)
	return nil
}

// Exit ends a process of g.
func (p *Pids) Exit(g Cgroup) error {
	if !p.has(g) || p.own[g] == 0 {
		return model.Refuse("no process in cgroup %d", g)
	}
	p.add(g, -1)
	return nil
}

// Move takes a process of g to another cgroup, whatever its limits.
func (p *Pids) Move(g, to Cgroup) error {
	if !p.has(g) || !p.has(to) || g == to || p.own[g] == 0 {
		return model.Refuse("no process to move from cgroup %d to %d", g, to)
	}
	p.add(g, -1)
	p.add(to, 1)
	return nil
}

// SetMax writes pids.max of g, whatever there is: a number of processes, or NoLimit. The kernel's table stays as it is.
func (p *Pids) SetMax(g Cgroup, n int64) error {
	if !p.has(g) || g == Root || !pidsMax(n) {
		return model.Refuse("a pids.max of %d for cgroup %d", n, g)
	}
	p.limits[g] = n
	return nil
}

func (p *Pids) add(g Cgroup, n int64) {
	p.own[g] += n
	for ; g >= 0; g = p.parents[g] {
		p.current[g] += n
	}
}
