package cgroup

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Controller is a controller of version 2, or a set of them.
type Controller uint16

// The controllers of Documentation/admin-guide/cgroup-v2.rst.
const (
	CPU Controller = 1 << iota
	Cpuset
	PerfEvent
	PIDs
	MemoryController
	IO
	HugeTLB
	RDMA
	Misc

	// ThreadedControllers are those that divide among the threads of a process.
	ThreadedControllers = CPU | Cpuset | PerfEvent | PIDs
	// AllControllers are what the root has.
	AllControllers = ThreadedControllers | MemoryController | IO | HugeTLB | RDMA | Misc
)

// Who writes a file of a cgroup.
type Who int

// Who there is.
const (
	Superuser Who = iota
	Delegatee     // the user to whom a subtree is delegated
)

// Denied is the error of a write that the kernel refuses.
type Denied struct {
	Errno  string // "EBUSY", "ENOENT", "ESRCH", "EOPNOTSUPP" or "EACCES"
	Reason string
}

// Error names the errno.
func (e *Denied) Error() string { return e.Errno + ": " + e.Reason }

// Unwrap makes it a refusal.
func (e *Denied) Unwrap() error { return model.ErrRefused }

func deny(errno, format string, args ...any) error {
	return &Denied{errno, fmt.Sprintf(format, args...)}
}

// Hierarchy is the shape of a tree of cgroups: which controllers divide what, which cgroups are threaded, where processes
// are, and which subtree is delegated to a user (Documentation/admin-guide/cgroup-v2.rst, "Organizing Processes and Threads",
// "Controlling Controllers", "Delegation"; kernel/cgroup/cgroup.c). Cgroups are numbered in the order in which they are
// made, and never again. Processes begin in the root. What a limit means below other limits is in Memory and Pids.
//
// Single threads, which may be moved inside a threaded subtree, and cgroup namespaces are left out.
type Hierarchy struct {
	nodes     []node
	homes     []Cgroup // of process i+1
	delegated Cgroup   // its subtree is the user's; noCgroup where nothing is
}

type node struct {
	gone     bool
	threaded bool
	divides  Controller // cgroup.subtree_control
	parent   Cgroup
}

// NewHierarchy makes a root with so many processes in it, at least 0.
func NewHierarchy(processes int) (*Hierarchy, error) {
	if processes < 0 {
		return nil, fmt.Errorf("got %d processes, want at least 0", processes)
	}
	return &Hierarchy{nodes: []node{{parent: noCgroup}}, homes: make([]Cgroup, processes), delegated: noCgroup}, nil
}

// Clone returns an independent copy.
func (h *Hierarchy) Clone() *Hierarchy {
	return &Hierarchy{slices.Clone(h.nodes), slices.Clone(h.homes), h.delegated}
}

func (h *Hierarchy) has(g Cgroup) bool { return g >= 0 && int(g) < len(h.nodes) && !h.nodes[g].gone }

func (h *Hierarchy) mustKnow(g Cgroup) {
	if !h.has(g) {
		panic(fmt.Sprintf("cgroup: there is no cgroup %d", g))
	}
}

// Divides is cgroup.subtree_control of g: by what it divides among its children.
func (h *Hierarchy) Divides(g Cgroup) Controller {
	h.mustKnow(g)
	return h.nodes[g].divides
}

// Threaded tells whether cgroup.type of g is "threaded".
func (h *Hierarchy) Threaded(g Cgroup) bool { return h.has(g) && h.nodes[g].threaded }

// Home is the cgroup of a process, and false if there is no such process.
func (h *Hierarchy) Home(p Process) (Cgroup, bool) {
	if p < 1 || int(p) > len(h.homes) {
		return 0, false
	}
	return h.homes[p-1], true
}

// Controllers is cgroup.controllers of g: by what it may divide.
func (h *Hierarchy) Controllers(g Cgroup) Controller {
	h.mustKnow(g)
	out := AllControllers
	if g != Root {
		out = h.nodes[h.nodes[g].parent].divides
	}
	if h.nodes[g].threaded {
		out &= ThreadedControllers
	}
	return out
}

// children lists those of g that are there.
func (h *Hierarchy) children(g Cgroup) []Cgroup {
	var out []Cgroup
	for c := range h.nodes {
		if c > 0 && h.has(Cgroup(c)) && h.nodes[c].parent == g {
			out = append(out, Cgroup(c))
		}
	}
	return out
}

// Within tells whether g is a or below it. What is not there is not below anything.
func (h *Hierarchy) Within(g, a Cgroup) bool {
	if !h.has(g) {
		return false
	}
	for ; g >= 0; g = h.nodes[g].parent {
		if g == a {
			return true
		}
	}
	return false
}

func (h *Hierarchy) hasProcesses(g Cgroup) bool { return slices.Contains(h.homes, g) }

func (h *Hierarchy) populated(g Cgroup) bool {
	return slices.ContainsFunc(h.homes, func(home Cgroup) bool { return h.Within(home, g) })
}

// threadRoot tells whether threads compete in g: it is a domain with threaded children, or with processes beside what it divides
// by threaded controllers.
func (h *Hierarchy) threadRoot(g Cgroup) bool {
	if h.nodes[g].threaded {
		return false
	}
	return slices.ContainsFunc(h.children(g), h.Threaded) || h.hasProcesses(g) && h.nodes[g].divides&ThreadedControllers != 0
}

func (h *Hierarchy) canBeThreadRoot(g Cgroup) bool {
	if g == Root {
		return true
	}
	return !h.nodes[g].threaded && h.nodes[g].divides&^ThreadedControllers == 0 &&
		!slices.ContainsFunc(h.children(g), func(c Cgroup) bool { return !h.nodes[c].threaded && h.populated(c) })
}

// ValidDomain tells whether g may have processes and divide as a domain, which it may not below threads: its cgroup.type is
// "domain invalid" then.
func (h *Hierarchy) ValidDomain(g Cgroup) bool {
	if !h.has(g) || h.nodes[g].threaded {
		return false
	}
	for a := h.nodes[g].parent; a >= 0; a = h.nodes[a].parent {
		if h.nodes[a].threaded || a != Root && h.threadRoot(a) {
			return false
		}
	}
	return true
}

// domain is the cgroup whose domain g belongs to.
func (h *Hierarchy) domain(g Cgroup) Cgroup {
	for h.nodes[g].threaded {
		g = h.nodes[g].parent
	}
	return g
}

// mayWrite tells whether w may write the files of g that are delegated: cgroup.procs and cgroup.subtree_control.
func (h *Hierarchy) mayWrite(w Who, g Cgroup) error {
	switch {
	case !h.has(g):
		return deny("ENOENT", "there is no cgroup %d", g)
	case w == Superuser || w == Delegatee && h.delegated != noCgroup && h.Within(g, h.delegated):
		return nil
	}
	return deny("EACCES", "cgroup %d is not delegated", g)
}

// Delegate gives the user the subtree of g, and no other: its cgroup.procs and cgroup.subtree_control, and all that is
// below. The limits of g itself stay the superuser's.
func (h *Hierarchy) Delegate(g Cgroup) error {
	if !h.has(g) || g == Root {
		return deny("ENOENT", "cgroup %d cannot be delegated", g)
	}
	h.delegated = g
	return nil
}

// Make makes a child of parent, and gives its number.
func (h *Hierarchy) Make(w Who, parent Cgroup) (Cgroup, error) {
	if err := h.mayWrite(w, parent); err != nil {
		return 0, err
	}
	h.nodes = append(h.nodes, node{parent: parent})
	return Cgroup(len(h.nodes) - 1), nil
}

// Remove removes g, which must have no children and no processes.
func (h *Hierarchy) Remove(w Who, g Cgroup) error {
	if err := h.mayWrite(w, g); err != nil {
		return err
	}
	switch {
	case g == Root || w == Delegatee && g == h.delegated:
		return deny("EACCES", "cgroup %d is not the user's to remove", g)
	case len(h.children(g)) > 0 || h.hasProcesses(g):
		return deny("EBUSY", "cgroup %d has children or processes", g)
	}
	h.nodes[g].gone = true
	if h.delegated == g {
		h.delegated = noCgroup
	}
	return nil
}

// Enable adds controllers to cgroup.subtree_control of g (cgroup_vet_subtree_control_enable).
func (h *Hierarchy) Enable(w Who, g Cgroup, c Controller) error {
	if err := h.mayWrite(w, g); err != nil {
		return err
	}
	if c&^h.Controllers(g) != 0 {
		return deny("ENOENT", "cgroup %d has not all of these controllers", g)
	}
	c &^= h.nodes[g].divides
	if c == 0 {
		return nil
	}
	if !h.ValidDomain(h.domain(g)) {
		return deny("EOPNOTSUPP", "cgroup %d is in no valid domain", g)
	}
	if err := h.vet(g, c); err != nil {
		return err
	}
	h.nodes[g].divides |= c
	return nil
}

// vet is the part of Enable that concerns processes, from which the root is exempt.
func (h *Hierarchy) vet(g Cgroup, c Controller) error {
	switch domain := c&^ThreadedControllers != 0; {
	case g == Root:
		return nil
	case domain && (h.threadRoot(g) || h.nodes[g].threaded):
		return deny("EOPNOTSUPP", "cgroup %d has threads for children or is one", g)
	case !domain && (h.canBeThreadRoot(g) || h.nodes[g].threaded):
		return nil
	case h.hasProcesses(g):
		return deny("EBUSY", "cgroup %d has processes", g)
	}
	return nil
}

// Disable takes controllers from cgroup.subtree_control of g. No child may divide by them.
func (h *Hierarchy) Disable(w Who, g Cgroup, c Controller) error {
	if err := h.mayWrite(w, g); err != nil {
		return err
	}
	for _, child := range h.children(g) {
		if h.nodes[child].divides&c != 0 {
			return deny("EBUSY", "cgroup %d divides by them", child)
		}
	}
	h.nodes[g].divides &^= c
	return nil
}

// MakeThreaded writes "threaded" to cgroup.type of g, for good (cgroup_enable_threaded).
func (h *Hierarchy) MakeThreaded(w Who, g Cgroup) error {
	if err := h.mayWrite(w, g); err != nil {
		return err
	}
	switch {
	case g == Root:
		return deny("ENOENT", "the root has no cgroup.type")
	case w == Delegatee && g == h.delegated:
		return deny("EACCES", "cgroup.type of cgroup %d is not delegated", g)
	case h.nodes[g].threaded:
		return nil
	case h.populated(g) || h.nodes[g].divides&^ThreadedControllers != 0:
		return deny("EOPNOTSUPP", "cgroup %d has processes, or divides by domain controllers", g)
	}
	if domain := h.domain(h.nodes[g].parent); !h.ValidDomain(domain) || !h.canBeThreadRoot(domain) {
		return deny("EOPNOTSUPP", "cgroup %d cannot have threads for children", domain)
	}
	h.nodes[g].threaded = true
	return nil
}

// Move writes a process to cgroup.procs of g. The writer needs to be able to write that of the lowest cgroup above both places,
// too (cgroup_procs_write_permission, cgroup_migrate_vet_dst).
func (h *Hierarchy) Move(w Who, p Process, g Cgroup) error {
	from, ok := h.Home(p)
	if !ok {
		return deny("ESRCH", "there is no process %d", p)
	}
	if err := h.mayWrite(w, g); err != nil {
		return err
	}
	common := from
	for !h.Within(g, common) {
		common = h.nodes[common].parent
	}
	switch {
	case h.mayWrite(w, common) != nil:
		return deny("EACCES", "cgroup %d, above both, is not delegated", common)
	case !h.ValidDomain(h.domain(g)):
		return deny("EOPNOTSUPP", "cgroup %d is in no valid domain", g)
	case !h.canBeThreadRoot(g) && !h.nodes[g].threaded && h.nodes[g].divides != 0:
		return deny("EBUSY", "cgroup %d divides among its children", g)
	}
	h.homes[p-1] = g
	return nil
}
