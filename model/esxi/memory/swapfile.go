package memory

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Admission decides which machines a host may power on: those whose reservation and overhead nobody else has reserved (vSphere
// Resource Management, "Admission control"), and whose swap file, configured size minus reservation, fits on the datastore. What
// is configured does not count. What it guarantees is checked in swapfile.bh. All numbers are in one unit, such as MB.
//
// The zero Admission has no machines; make one with NewAdmission.
type Admission struct {
	overhead int
	left     int // memory that is not reserved
	disk     int // free on the datastore
	machines []machine
}

type machine struct {
	size, reservation int
	on                bool
	file              int
}

// NewAdmission makes a host of so much memory for machines, with so much free on its datastore, for machines of these configured
// sizes, all off and without a reservation. overhead is what each needs beside its own memory.
func NewAdmission(memory, datastore, overhead int, sizes []int) (*Admission, error) {
	for _, n := range []int{memory, datastore, overhead} {
		if n < 0 || n > maxMB {
			return nil, fmt.Errorf("got memory %d, datastore %d, overhead %d, want 0 to %d", memory, datastore, overhead, int64(maxMB))
		}
	}
	a := &Admission{overhead: overhead, left: memory, disk: datastore}
	for i, s := range sizes {
		if s < 1 || s > maxMB {
			return nil, fmt.Errorf("VM %d: got size %d, want 1 to %d", i+1, s, int64(maxMB))
		}
		a.machines = append(a.machines, machine{size: s})
	}
	return a, nil
}

// Clone returns an independent copy.
func (a *Admission) Clone() *Admission {
	c := *a
	c.machines = slices.Clone(a.machines)
	return &c
}

// Unreserved is the memory that no machine that is on has reserved.
func (a *Admission) Unreserved() int { return a.left }

// FreeDisk is what is free on the datastore.
func (a *Admission) FreeDisk() int { return a.disk }

// On tells whether v is powered on.
func (a *Admission) On(v VM) bool { return a.of(v).on }

// Reservation is what v has reserved, or will have when it is on.
func (a *Admission) Reservation(v VM) int { return a.of(v).reservation }

// Size is what is configured for v.
func (a *Admission) Size(v VM) int { return a.of(v).size }

// SwapFile is the size of the swap file of v, 0 when it is off.
func (a *Admission) SwapFile(v VM) int { return a.of(v).file }

func (a *Admission) of(v VM) machine {
	mustName("VM", int(v), len(a.machines))
	return a.machines[v-1]
}

// Reserve changes the reservation of v, which must be off, as its swap file has the size that it was made with.
func (a *Admission) Reserve(v VM, reservation int) error {
	if err := known("reserve for", v, len(a.machines)); err != nil {
		return err
	}
	m := &a.machines[v-1]
	if m.on {
		return vim.Refuse(vim.InvalidPowerState, "reserve for VM %d: it is on, want off", v)
	}
	if reservation < 0 || reservation > m.size || reservation == m.reservation {
		return vim.Refuse(vim.InvalidArgument, "reserve for VM %d: got %d, want another one of 0 to %d", v, reservation, m.size)
	}
	m.reservation = reservation
	return nil
}

// PowerOn admits v. The faults are those of PowerOnVM_Task: vim.InvalidPowerState, vim.InsufficientMemoryResources, vim.NoDiskSpace.
func (a *Admission) PowerOn(v VM) error {
	if err := known("power on", v, len(a.machines)); err != nil {
		return err
	}
	m := &a.machines[v-1]
	need, file := m.reservation+a.overhead, m.size-m.reservation
	switch {
	case m.on:
		return vim.Refuse(vim.InvalidPowerState, "power on VM %d: it is on", v)
	case need > a.left:
		return vim.Refuse(vim.InsufficientMemoryResources, "power on VM %d: got %d unreserved, want %d", v, a.left, need)
	case file > a.disk:
		return vim.Refuse(vim.NoDiskSpace, "power on VM %d: got %d free for a swap file of %d", v, a.disk, file)
	}
	a.left -= need
	a.disk -= file
	m.on, m.file = true, file
	return nil
}

// PowerOff removes the swap file of v and gives back what it had reserved.
func (a *Admission) PowerOff(v VM) error {
	if err := known("power off", v, len(a.machines)); err != nil {
		return err
	}
	m := &a.machines[v-1]
	if !m.on {
		return vim.Refuse(vim.InvalidPowerState, "power off VM %d: it is off", v)
	}
	a.left += m.reservation + a.overhead
	a.disk += m.file
	m.on, m.file = false, 0
	return nil
}
