package hybrid

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Node numbers a host, a virtual machine, a container or a process of a Forest, from 0.
type Node int

// Root is the parent of what is in nothing: of hosts.
const Root Node = -1

// Member is a node as it is made: what it is in, and amounts of one resource in one unit, such as MiB of memory.
type Member struct {
	Parent Node  // less than the node's own number, or Root
	Limit  int64 // the most that the node and all inside it use, at least 0
	Base   int64 // what the node uses by itself once it is up, 0 to Limit
}

// Forest is the accounting of one resource over hosts, their virtual machines, the containers in these, and their processes. What a node uses is
// its own and that of all inside it. A charge must fit the limits of all that the node is in, from itself up to its host, and
// then counts in all of them (Linux Documentation/admin-guide/cgroup-v2.rst, memory.max; vSphere Resource Management,
// limits). What crashes takes along all inside it and nothing else: a guest's kernel the containers of its machine, a host all of its machines
// (NIST SP 800-190, 4.5.2).
//
// A Forest with several hosts is several trees; nothing is accounted over them together.
//
// The zero Forest has no nodes; make one with NewForest.
type Forest struct {
	members []Member
	up      []bool
	own     []int64
	used    []int64
}

// FullError is the error of a start or a charge that does not fit. It wraps model.ErrRefused.
type FullError struct {
	At    Node  // the lowest node, from the one that asked up, that has not so much room
	Room  int64 // what it has
	Asked int64
}

// Error says where there is no room.
func (e *FullError) Error() string {
	return fmt.Sprintf("node %d has room for %d, got %d", e.At, e.Room, e.Asked)
}

// Unwrap gives model.ErrRefused.
func (e *FullError) Unwrap() error { return model.ErrRefused }

// NewForest makes a forest in which nothing is up. It is an error if a parent does not stand before its child, or if a limit or a base is
// not as Member says.
func NewForest(members []Member) (*Forest, error) {
	for i, m := range members {
		if m.Parent < Root || m.Parent >= Node(i) {
			return nil, fmt.Errorf("node %d: got parent %d, want %d to %d", i, m.Parent, Root, i-1)
		}
		if m.Base < 0 || m.Limit < m.Base {
			return nil, fmt.Errorf("node %d: got base %d and limit %d, want 0 <= base <= limit", i, m.Base, m.Limit)
		}
	}
	n := len(members)
	return &Forest{members: slices.Clone(members), up: make([]bool, n), own: make([]int64, n), used: make([]int64, n)}, nil
}

// Clone returns an independent copy.
func (f *Forest) Clone() *Forest {
	return &Forest{members: f.members, up: slices.Clone(f.up), own: slices.Clone(f.own), used: slices.Clone(f.used)}
}

// Nodes is the number of nodes.
func (f *Forest) Nodes() int { return len(f.members) }

// Up tells whether n is up. Nothing else is: not a node that there is not.
func (f *Forest) Up(n Node) bool { return f.has(n) && f.up[n] }

// Own is what n uses apart from what is inside it, 0 if there is no n.
func (f *Forest) Own(n Node) int64 {
	if !f.has(n) {
		return 0
	}
	return f.own[n]
}

// Used is what n and all inside it use, 0 if there is no n.
func (f *Forest) Used(n Node) int64 {
	if !f.has(n) {
		return 0
	}
	return f.used[n]
}

// Effective is the most that n could ever use, alone on its host: the least limit of all that it is in, 0 if there is no n.
func (f *Forest) Effective(n Node) int64 {
	if !f.has(n) {
		return 0
	}
	least := f.members[n].Limit
	for a := range f.path(n) {
		least = min(least, f.members[a].Limit)
	}
	return least
}

// Room is what n could use more of now, 0 if there is no n.
func (f *Forest) Room(n Node) int64 {
	if !f.has(n) {
		return 0
	}
	least := f.members[n].Limit - f.used[n]
	for a := range f.path(n) {
		least = min(least, f.members[a].Limit-f.used[a])
	}
	return least
}

// Contend tells whether m and n contend for so much: each of them could be charged it now, but not one after the other.
func (f *Forest) Contend(m, n Node, amount int64) bool {
	if f.charges(m, amount) != nil || f.charges(n, amount) != nil {
		return false
	}
	after := f.Clone()
	after.add(m, amount)
	return after.charges(n, amount) != nil
}

// Radius is what a crash of n would stop, in the order of the nodes: n and all inside it that is up. It is empty if n is not up.
func (f *Forest) Radius(n Node) []Node {
	var out []Node
	if !f.Up(n) {
		return nil
	}
	for m := range f.members {
		if f.up[m] && f.inside(Node(m), n) {
			out = append(out, Node(m))
		}
	}
	return out
}

// Start brings n up, which must not be up but what it is in must be, and charges it what it uses by itself. The error is a
// *FullError if there is no room.
func (f *Forest) Start(n Node) error {
	if !f.has(n) {
		return model.Refuse("start node %d: there is none", n)
	}
	if f.up[n] {
		return model.Refuse("start node %d: it is up", n)
	}
	if p := f.members[n].Parent; p != Root && !f.up[p] {
		return model.Refuse("start node %d: node %d, which it is in, is not up", n, p)
	}
	if err := f.fits(n, f.members[n].Base); err != nil {
		return err
	}
	f.up[n] = true
	f.add(n, f.members[n].Base)
	return nil
}

// Charge has n, which must be up, use so much more, at least 1. The error is a *FullError if there is no room.
func (f *Forest) Charge(n Node, amount int64) error {
	if err := f.charges(n, amount); err != nil {
		return err
	}
	f.add(n, amount)
	return nil
}

// Free has n use so much less, at least 1, but no less than what it uses by itself.
func (f *Forest) Free(n Node, amount int64) error {
	if !f.Up(n) {
		return model.Refuse("free of node %d: it is not up", n)
	}
	if spare := f.own[n] - f.members[n].Base; amount < 1 || amount > spare {
		return model.Refuse("free of node %d: got %d, want 1 to %d", n, amount, spare)
	}
	f.add(n, -amount)
	return nil
}

// Crash stops n, which must be up, and all inside it: they use nothing from then on.
func (f *Forest) Crash(n Node) error {
	radius := f.Radius(n)
	if radius == nil {
		return model.Refuse("crash of node %d: it is not up", n)
	}
	for _, m := range radius {
		f.add(m, -f.own[m])
		f.up[m] = false
	}
	return nil
}

func (f *Forest) has(n Node) bool { return n >= 0 && int(n) < len(f.members) }

// path gives n and all that it is in, upwards.
func (f *Forest) path(n Node) func(yield func(Node) bool) {
	return func(yield func(Node) bool) {
		for ; n != Root; n = f.members[n].Parent {
			if !yield(n) {
				return
			}
		}
	}
}

func (f *Forest) inside(m, n Node) bool {
	for a := range f.path(m) {
		if a == n {
			return true
		}
	}
	return false
}

// charges says why n cannot be charged so much.
func (f *Forest) charges(n Node, amount int64) error {
	if !f.Up(n) {
		return model.Refuse("charge of node %d: it is not up", n)
	}
	if amount < 1 {
		return model.Refuse("charge of node %d: got %d, want at least 1", n, amount)
	}
	return f.fits(n, amount)
}

func (f *Forest) fits(n Node, amount int64) error {
	for a := range f.path(n) {
		if room := f.members[a].Limit - f.used[a]; amount > room {
			return &FullError{At: a, Room: room, Asked: amount}
		}
	}
	return nil
}

// add counts in n and all that it is in. What is used is at most a limit, so that nothing overflows.
func (f *Forest) add(n Node, amount int64) {
	f.own[n] += amount
	for a := range f.path(n) {
		f.used[a] += amount
	}
}
