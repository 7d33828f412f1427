package lifecycle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Data is the content of a block of a disk.
type Data int

// Snap names a snapshot. The API makes up names; here the caller does.
type Snap int

// DefaultLevels is how long a chain of snapshots may be in vSphere (VMware knowledge base, best practices for using snapshots).
const DefaultLevels = 32

// delta is the blocks that were written, from 0, and what.
type delta map[int]Data

// over gives one delta over another.
func (d delta) over(lower delta) delta {
	out := maps.Clone(lower)
	if out == nil {
		out = delta{}
	}
	maps.Copy(out, d)
	return out
}

type node struct {
	parent Snap // 0 for none
	delta  delta
}

// Disk is the virtual disk of a machine with snapshots: a base and a tree of deltas, and what was written since the current
// snapshot; disks.bh is the model of it.
//
// What the disk says at a snapshot is the base with the deltas on the way from the root laid over it. Removing a snapshot lays its
// delta under those of its children, and under what was written since where it is the current one; which file takes the
// blocks is not modelled. (Web Services API, VirtualMachineSnapshot and VirtualMachineSnapshotInfo: there may be several roots
// and no current snapshot.)
//
// The zero Disk has no blocks; make one with NewDisk.
type Disk struct {
	levels  int
	base    []Data
	nodes   map[Snap]node
	current Snap // 0 for none
	working delta
}

// NewDisk makes a disk of some blocks, all of one content, without snapshots. A chain of snapshots is at most levels long;
// DefaultLevels is what vSphere has. It is an error for there to be no block or no level.
func NewDisk(blocks int, content Data, levels int) (*Disk, error) {
	if blocks < 1 || levels < 1 {
		return nil, fmt.Errorf("got %d blocks and %d levels, want 1 or more of each", blocks, levels)
	}
	return &Disk{levels: levels, base: slices.Repeat([]Data{content}, blocks), nodes: map[Snap]node{}}, nil
}

// Clone returns an independent copy.
func (d *Disk) Clone() *Disk {
	out := &Disk{levels: d.levels, base: slices.Clone(d.base), nodes: map[Snap]node{}, current: d.current, working: maps.Clone(d.working)}
	for s, n := range d.nodes {
		out.nodes[s] = node{parent: n.parent, delta: maps.Clone(n.delta)}
	}
	return out
}

// Blocks is the number of blocks.
func (d *Disk) Blocks() int { return len(d.base) }

// Snapshots lists the snapshots, by name.
func (d *Disk) Snapshots() []Snap { return slices.Sorted(maps.Keys(d.nodes)) }

// Current is the snapshot that was last taken or reverted to, or its next ancestor that is left; 0 for none.
func (d *Disk) Current() Snap { return d.current }

// Parent is the snapshot of which s is a child, 0 for none.
func (d *Disk) Parent(s Snap) Snap { return d.nodes[s].parent }

// Levels is how many snapshots there are from s, which counts, to the root; 0 for no snapshot.
func (d *Disk) Levels(s Snap) int {
	n := 0
	for ; s != 0; s = d.nodes[s].parent {
		n++
	}
	return n
}

// At is what block b, from 0, said when s was taken; for s 0, what the base says. It panics when there is no such block.
func (d *Disk) At(s Snap, b int) Data {
	d.mustBlock(b)
	for ; s != 0; s = d.nodes[s].parent {
		if v, ok := d.nodes[s].delta[b]; ok {
			return v
		}
	}
	return d.base[b]
}

// Read is what the guest reads of block b. It panics when there is no such block.
func (d *Disk) Read(b int) Data {
	d.mustBlock(b)
	if v, ok := d.working[b]; ok {
		return v
	}
	return d.At(d.current, b)
}

func (d *Disk) mustBlock(b int) {
	if b < 0 || b >= len(d.base) {
		panic(fmt.Sprintf("lifecycle: block %d: want 0 to %d", b, len(d.base)-1))
	}
}

// Write writes block b. A block that there is not is an error.
func (d *Disk) Write(b int, v Data) error {
	if b < 0 || b >= len(d.base) {
		return fmt.Errorf("got block %d, want 0 to %d", b, len(d.base)-1)
	}
	if d.working == nil {
		d.working = delta{}
	}
	d.working[b] = v
	return nil
}

// has is nil if there is a snapshot s.
func (d *Disk) has(s Snap) error {
	if _, ok := d.nodes[s]; !ok {
		return vim.Refuse(vim.ManagedObjectNotFound, "there is no snapshot %d", s)
	}
	return nil
}

// Take makes a child s of the current snapshot, and s the current one. Names are from 1. Faults: vim.AlreadyExists,
// vim.TooManySnapshotLevels.
func (d *Disk) Take(s Snap) error {
	if s < 1 {
		return fmt.Errorf("got snapshot %d, want 1 or more", s)
	}
	if _, ok := d.nodes[s]; ok {
		return vim.Refuse(vim.AlreadyExists, "there is a snapshot %d", s)
	}
	if d.Levels(d.current) >= d.levels {
		return vim.Refuse(vim.TooManySnapshotLevels, "there are %d", d.levels)
	}
	d.nodes[s] = node{parent: d.current, delta: d.working}
	d.current, d.working = s, nil
	return nil
}

// Revert drops what was written since the current snapshot and makes s the current one.
func (d *Disk) Revert(s Snap) error {
	if err := d.has(s); err != nil {
		return err
	}
	d.current, d.working = s, nil
	return nil
}

// Remove takes s out of the tree. Its children become those of its parent.
func (d *Disk) Remove(s Snap) error {
	if err := d.has(s); err != nil {
		return err
	}
	gone := d.nodes[s]
	delete(d.nodes, s)
	for c, n := range d.nodes {
		if n.parent == s {
			d.nodes[c] = node{parent: gone.parent, delta: n.delta.over(gone.delta)}
		}
	}
	if d.current == s {
		d.current, d.working = gone.parent, d.working.over(gone.delta)
	}
	return nil
}

// RemoveTree takes s and all that is below it out of the tree.
func (d *Disk) RemoveTree(s Snap) error {
	if err := d.has(s); err != nil {
		return err
	}
	inside := func(t Snap) bool {
		for ; t != 0; t = d.nodes[t].parent {
			if t == s {
				return true
			}
		}
		return false
	}
	if inside(d.current) {
		above := d.nodes[s].parent
		for d.current != above {
			n := d.nodes[d.current]
			d.current, d.working = n.parent, d.working.over(n.delta)
		}
	}
	for _, t := range slices.DeleteFunc(d.Snapshots(), func(t Snap) bool { return !inside(t) }) {
		delete(d.nodes, t)
	}
	return nil
}

// RemoveAll makes what the guest sees the base, and leaves no snapshot. It is refused where there is none.
func (d *Disk) RemoveAll() error {
	if len(d.nodes) == 0 {
		return vim.Refuse(vim.InvalidState, "there is no snapshot")
	}
	for b := range d.base {
		d.base[b] = d.Read(b)
	}
	clear(d.nodes)
	d.current, d.working = 0, nil
	return nil
}
