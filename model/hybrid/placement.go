package hybrid

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// Machine numbers a virtual machine, from 1. Pod numbers a container, from 1.
type (
	Machine int
	Pod     int
)

// Placement is a host with machines, each of which has slots for containers. A machine is powered on where its memory is left, and a
// container placed in a machine that is on and has a free slot; to which it goes is for the caller to say.
//
// The zero Placement has nothing to place; make one with NewPlacement.
type Placement struct {
	capacity, size int64 // memory of the host, and of each machine
	slots          int
	on             []bool    // by Machine-1
	in             []Machine // by Pod-1; 0 waits
}

// UnschedulableError is the error of a container for which a machine has no slot, by the reason of the condition PodScheduled in the
// Kubernetes API. It wraps model.ErrRefused.
type UnschedulableError struct {
	Pod     Pod
	Machine Machine
}

// Error says what did not fit where.
func (e *UnschedulableError) Error() string {
	return fmt.Sprintf("Unschedulable: container %d: machine %d has no free slot", e.Pod, e.Machine)
}

// Unwrap gives model.ErrRefused.
func (e *UnschedulableError) Unwrap() error { return model.ErrRefused }

// MaxPlaced bounds the machines of a Placement, and its containers.
const MaxPlaced = 1 << 20

// NewPlacement makes a host of some memory with machines of a size each, all off, and containers that wait. The size is 1 to the
// capacity, in one unit; a machine has one slot at least, and there are 0 to MaxPlaced machines, and as many containers.
func NewPlacement(capacity, size int64, slots, machines, pods int) (*Placement, error) {
	if size < 1 || size > capacity {
		return nil, fmt.Errorf("got machines of size %d on a host of %d, want 1 to %d", size, capacity, capacity)
	}
	if slots < 1 {
		return nil, fmt.Errorf("got %d slots, want at least 1", slots)
	}
	if machines < 0 || machines > MaxPlaced || pods < 0 || pods > MaxPlaced {
		return nil, fmt.Errorf("got %d machines and %d containers, want 0 to %d of each", machines, pods, MaxPlaced)
	}
	return &Placement{capacity: capacity, size: size, slots: slots, on: make([]bool, machines), in: make([]Machine, pods)}, nil
}

// Clone returns an independent copy.
func (p *Placement) Clone() *Placement {
	out := *p
	out.on, out.in = slices.Clone(p.on), slices.Clone(p.in)
	return &out
}

// On tells whether m is on.
func (p *Placement) On(m Machine) bool { return p.has(m) && p.on[m-1] }

// In is the machine that c is in, 0 if it waits or is none.
func (p *Placement) In(c Pod) Machine {
	if c < 1 || int(c) > len(p.in) {
		return 0
	}
	return p.in[c-1]
}

// Inside is the number of containers in m.
func (p *Placement) Inside(m Machine) int {
	n := 0
	for _, in := range p.in {
		if in == m && m > 0 {
			n++
		}
	}
	return n
}

// Free is the memory that the host has left.
func (p *Placement) Free() int64 {
	free := p.capacity
	for _, on := range p.on {
		if on {
			free -= p.size
		}
	}
	return free
}

// Feasible lists the machines that c could be placed in now, in their order. There are none if it does not wait.
func (p *Placement) Feasible(c Pod) []Machine {
	var out []Machine
	for i := range p.on {
		if p.placeable(c, Machine(i+1)) == nil {
			out = append(out, Machine(i+1))
		}
	}
	return out
}

// PowerOn starts m, which must be off, if the host has its memory left.
func (p *Placement) PowerOn(m Machine) error {
	if !p.has(m) {
		return model.Refuse("power on machine %d: want 1 to %d", m, len(p.on))
	}
	if p.on[m-1] {
		return model.Refuse("power on machine %d: it is on", m)
	}
	if p.Free() < p.size {
		return model.Refuse("power on machine %d: got %d, want at most %d", m, p.size, p.Free())
	}
	p.on[m-1] = true
	return nil
}

// PowerOff stops m, which must be on. The containers in it wait again.
func (p *Placement) PowerOff(m Machine) error {
	if !p.On(m) {
		return model.Refuse("power off machine %d: it is not on", m)
	}
	p.on[m-1] = false
	for i, in := range p.in {
		if in == m {
			p.in[i] = 0
		}
	}
	return nil
}

// Place puts c, which must wait, into m, which must be on. The error is an *UnschedulableError if m has no slot left.
func (p *Placement) Place(c Pod, m Machine) error {
	if err := p.placeable(c, m); err != nil {
		return err
	}
	p.in[c-1] = m
	return nil
}

// End takes c out of the machine it is in. It waits again.
func (p *Placement) End(c Pod) error {
	if p.In(c) == 0 {
		return model.Refuse("end container %d: it is in no machine", c)
	}
	p.in[c-1] = 0
	return nil
}

func (p *Placement) has(m Machine) bool { return m >= 1 && int(m) <= len(p.on) }

// placeable says why c cannot go to m.
func (p *Placement) placeable(c Pod, m Machine) error {
	switch {
	case c < 1 || int(c) > len(p.in):
		return model.Refuse("place container %d: want 1 to %d", c, len(p.in))
	case p.in[c-1] != 0:
		return model.Refuse("place container %d: it is in machine %d", c, p.in[c-1])
	case !p.On(m):
		return model.Refuse("place container %d in machine %d: it is not on", c, m)
	case p.Inside(m) >= p.slots:
		return &UnschedulableError{Pod: c, Machine: m}
	}
	return nil
}
