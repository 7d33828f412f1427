package memory

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Page numbers a page of a machine, from 1, in the guest's own count.
type Page int

// Frame numbers a frame of the host. Frame 0 is the hypervisor's, the others are for guests.
type Frame int

// Device names a device that can be passed through to a machine, from 1.
type Device int

// Salting is Mem.ShareForceSalting: whose pages may lie in one frame (knowledge.broadcom.com 323624, KB 2080735 and 2097593).
type Salting int

// The values of Mem.ShareForceSalting.
const (
	NoSalting  Salting = 0 // of all machines
	ByVMX      Salting = 1 // of machines with the same sched.mem.pshare.salt; those that have not set it have the same one
	ByInstance Salting = 2 // the same, but one that has not set it has its own, vc.uuid; the default
)

// Machine is a virtual machine whose pages are mapped to frames.
type Machine struct {
	Pages int
	Salt  string // sched.mem.pshare.salt; "" where it is not set
	UUID  string // vc.uuid
	Large bool   // backed by large pages, which are not shared until they are broken
}

// Frames are the extended page tables of the machines of a host, what the frames hold, and the tables of the IOMMU.
//
// What they guarantee, checked in sharing.bh and frames.bh: pages lie in one frame only if their contents and the salts of their
// machines are equal, and then write-protected; a write changes what its own page holds and nothing else that anybody reads; a
// device reaches what its machine has mapped for itself alone; a page that a machine gets is empty; no table has a frame of the
// hypervisor.
//
// The zero Frames have no machine; make them with NewFrames.
type Frames struct {
	salting  Salting
	machines []Machine
	tables   [][]entry // by VM-1 and Page-1
	data     []uint64  // by Frame
	owners   []VM      // by Device-1; 0 is the host
	iommu    [][]Frame // by Device-1 and Page-1; empty where the device is the host's
}

type entry struct {
	frame    Frame // 0 where nothing is mapped
	writable bool
}

// NewFrames makes tables in which nothing is mapped, for a host with so many frames for guests and so many devices. With
// ByInstance, machines without a salt must have a vc.uuid each, and no two the same: it is all that keeps their pages apart.
func NewFrames(frames int, salting Salting, machines []Machine, devices int) (*Frames, error) {
	if frames < 1 || devices < 0 || salting < NoSalting || salting > ByInstance {
		return nil, fmt.Errorf("got %d frames, %d devices and Mem.ShareForceSalting %d, want 1 or more, 0 or more, and 0 to 2",
			frames, devices, salting)
	}
	f := &Frames{
		salting: salting, machines: slices.Clone(machines), data: make([]uint64, frames+1),
		owners: make([]VM, devices), iommu: make([][]Frame, devices),
	}
	seen := map[string]bool{}
	for i, m := range machines {
		if m.Pages < 1 {
			return nil, fmt.Errorf("VM %d: got %d pages, want 1 or more", i+1, m.Pages)
		}
		if salting == ByInstance && m.Salt == "" {
			if m.UUID == "" || seen[m.UUID] {
				return nil, fmt.Errorf("VM %d: got no salt and vc.uuid %q, want one of its own", i+1, m.UUID)
			}
			seen[m.UUID] = true
		}
		f.tables = append(f.tables, make([]entry, m.Pages))
	}
	return f, nil
}

// Clone returns an independent copy.
func (f *Frames) Clone() *Frames {
	c := *f
	c.machines, c.data, c.owners = slices.Clone(f.machines), slices.Clone(f.data), slices.Clone(f.owners)
	c.tables, c.iommu = slices.Clone(f.tables), slices.Clone(f.iommu)
	for i, t := range c.tables {
		c.tables[i] = slices.Clone(t)
	}
	for i, t := range c.iommu {
		c.iommu[i] = slices.Clone(t)
	}
	return &c
}

// Salt is what is compared, beside the content, before a page of v is shared.
func (f *Frames) Salt(v VM) string {
	mustName("VM", int(v), len(f.machines))
	const unset = "0"
	switch m := f.machines[v-1]; {
	case f.salting == NoSalting:
		return unset
	case m.Salt != "":
		return m.Salt
	case f.salting == ByVMX:
		return unset
	default:
		return m.UUID
	}
}

// Large tells whether v is backed by large pages now.
func (f *Frames) Large(v VM) bool {
	mustName("VM", int(v), len(f.machines))
	return f.machines[v-1].Large
}

// Mapped is the frame that page p of v lies in and whether v can write to it without a fault; ok is false if there is none.
func (f *Frames) Mapped(v VM, p Page) (frame Frame, writable, ok bool) {
	e := f.at(v, p)
	return e.frame, e.writable, e.frame != 0
}

// Read is what v reads in page p; ok is false if no frame is mapped there.
func (f *Frames) Read(v VM, p Page) (content uint64, ok bool) {
	e := f.at(v, p)
	return f.data[e.frame], e.frame != 0
}

// Owner is the machine that d is passed through to, 0 if none.
func (f *Frames) Owner(d Device) VM {
	mustName("device", int(d), len(f.owners))
	return f.owners[d-1]
}

// Reaches is where the IOMMU sends what d writes to page p of its machine; ok is false if d reaches nothing there.
func (f *Frames) Reaches(d Device, p Page) (frame Frame, ok bool) {
	mustName("device", int(d), len(f.iommu))
	if p < 1 || int(p) > len(f.iommu[d-1]) {
		return 0, false
	}
	return f.iommu[d-1][p-1], true
}

func (f *Frames) at(v VM, p Page) *entry {
	mustName("VM", int(v), len(f.tables))
	mustName("page", int(p), len(f.tables[v-1]))
	return &f.tables[v-1][p-1]
}

// uses counts the pages that lie in each frame.
func (f *Frames) uses() []int {
	out := make([]int, len(f.data))
	for _, t := range f.tables {
		for _, e := range t {
			out[e.frame]++
		}
	}
	return out
}

// unused is the lowest frame that no page lies in, 0 if there is none.
func (f *Frames) unused() Frame {
	for i, n := range f.uses() {
		if i > 0 && n == 0 {
			return Frame(i)
		}
	}
	return 0
}

func (f *Frames) shared(e *entry) bool { return e.frame != 0 && f.uses()[e.frame] > 1 }

// pinned tells whether v has a device, which needs all its memory to stay where it is.
func (f *Frames) pinned(v VM) bool { return slices.Contains(f.owners, v) }

// known refuses a step of a page that there is not.
func (f *Frames) known(step string, v VM, p Page) error {
	if err := known(step, v, len(f.tables)); err != nil {
		return err
	}
	if p < 1 || int(p) > len(f.tables[v-1]) {
		return model.Refuse("%s page %d of VM %d: want 1 to %d", step, p, v, len(f.tables[v-1]))
	}
	return nil
}

// Map gives page p of v, which has no frame, an empty one.
func (f *Frames) Map(v VM, p Page) error {
	if err := f.known("map", v, p); err != nil {
		return err
	}
	frame := f.unused()
	if e := f.at(v, p); e.frame != 0 || frame == 0 {
		return model.Refuse("map page %d of VM %d: it lies in frame %d, and frame %d is free", p, v, e.frame, frame)
	}
	*f.at(v, p) = entry{frame, true}
	f.data[frame] = 0
	return nil
}

// Unmap takes the frame of page p of v, as the balloon driver and the swapper do. A machine with a device keeps all its frames.
func (f *Frames) Unmap(v VM, p Page) error {
	if err := f.known("unmap", v, p); err != nil {
		return err
	}
	if f.at(v, p).frame == 0 || f.pinned(v) {
		return model.Refuse("unmap page %d of VM %d: it has no frame, or has a device", p, v)
	}
	*f.at(v, p) = entry{}
	return nil
}

// Write writes to page p of v. If the page is shared it gets a frame of its own first. slow tells whether the write found
// the page write-protected, which takes longer: what a guest can measure.
func (f *Frames) Write(v VM, p Page, content uint64) (slow bool, err error) {
	if err := f.known("write", v, p); err != nil {
		return false, err
	}
	e := f.at(v, p)
	if e.frame == 0 {
		return false, model.Refuse("write page %d of VM %d: it has no frame", p, v)
	}
	slow = !e.writable
	if f.shared(e) {
		frame := f.unused()
		if frame == 0 {
			return false, model.Refuse("write page %d of VM %d: it is shared, and no frame is free", p, v)
		}
		e.frame = frame
	}
	e.writable = true
	f.data[e.frame] = content
	return slow, nil
}

// Share puts page q of w into the frame of page p of v, and write-protects both.
func (f *Frames) Share(v VM, p Page, w VM, q Page) error {
	if err := f.known("share", v, p); err != nil {
		return err
	}
	if err := f.known("share", w, q); err != nil {
		return err
	}
	a, b := f.at(v, p), f.at(w, q)
	switch {
	case a.frame == 0 || b.frame == 0 || a.frame == b.frame:
		return model.Refuse("share pages %d of VM %d and %d of VM %d: got frames %d and %d", p, v, q, w, a.frame, b.frame)
	case f.data[a.frame] != f.data[b.frame]:
		return model.Refuse("share pages %d of VM %d and %d of VM %d: their contents differ", p, v, q, w)
	case f.Salt(v) != f.Salt(w):
		return model.Refuse("share pages of VM %d and VM %d: their salts differ", v, w)
	case f.Large(v) || f.Large(w):
		return model.Refuse("share pages of VM %d and VM %d: one has large pages", v, w)
	case f.pinned(v) || f.pinned(w):
		return model.Refuse("share pages of VM %d and VM %d: one has a device", v, w)
	}
	b.frame = a.frame
	a.writable, b.writable = false, false
	return nil
}

// BreakLarge breaks the large pages of v into small ones, as a host does below the high state; see Monitor.LargeBroken.
func (f *Frames) BreakLarge(v VM) error {
	if err := known("break large pages of", v, len(f.machines)); err != nil {
		return err
	}
	if !f.machines[v-1].Large {
		return model.Refuse("break large pages of VM %d: it has none", v)
	}
	f.machines[v-1].Large = false
	return nil
}

// Attach passes d through to v, all of whose pages must be mapped and none shared (DirectPath I/O needs all memory of the
// machine reserved). From then on d reaches these pages, and no others.
func (f *Frames) Attach(d Device, v VM) error {
	if err := f.device("attach", d); err != nil {
		return err
	}
	if err := known("attach to", v, len(f.tables)); err != nil {
		return err
	}
	if f.owners[d-1] != 0 {
		return model.Refuse("attach device %d: VM %d has it", d, f.owners[d-1])
	}
	table := f.tables[v-1]
	for i := range table {
		if table[i].frame == 0 || f.shared(&table[i]) {
			return model.Refuse("attach device %d to VM %d: page %d has no frame of its own", d, v, i+1)
		}
	}
	f.owners[d-1] = v
	for i := range table {
		table[i].writable = true
		f.iommu[d-1] = append(f.iommu[d-1], table[i].frame)
	}
	return nil
}

// Detach takes d from its machine. It reaches nothing from then on.
func (f *Frames) Detach(d Device) error {
	if err := f.device("detach", d); err != nil {
		return err
	}
	if f.owners[d-1] == 0 {
		return model.Refuse("detach device %d: nobody has it", d)
	}
	f.owners[d-1], f.iommu[d-1] = 0, nil
	return nil
}

// DMA says that d writes to page p of its machine.
func (f *Frames) DMA(d Device, p Page, content uint64) error {
	if err := f.device("write by", d); err != nil {
		return err
	}
	frame, ok := f.Reaches(d, p)
	if !ok {
		return model.Refuse("device %d writes to page %d: the IOMMU has no such page", d, p)
	}
	f.data[frame] = content
	return nil
}

func (f *Frames) device(step string, d Device) error {
	if d < 1 || int(d) > len(f.owners) {
		return model.Refuse("%s device %d: want 1 to %d", step, d, len(f.owners))
	}
	return nil
}
