package cpu

import "fmt"

// VM numbers a virtual machine of a scheduler, from 1. Where machines have one vCPU, VM also names its world.
// The zero VM is no machine.
type VM int

// CPU numbers a physical CPU of a host, from 1.
type CPU int

// VCPU numbers a virtual CPU of one virtual machine, from 1.
type VCPU int

// World is what the vCPU of a virtual machine is doing. Ready, Running, Waiting and CoStopped are ESXi's READY, RUN, WAIT and
// COSTOP; Off and Suspended are power states, in which the machine has no world to schedule.
type World uint8

// The worlds.
const (
	Off World = iota
	Ready
	Running
	Waiting
	Suspended
	CoStopped
)

// On tells whether a machine in this world is powered on.
func (w World) On() bool { return w == Ready || w == Running || w == Waiting || w == CoStopped }

// String gives the spelling of the models.
func (w World) String() string {
	switch w {
	case Off:
		return "off"
	case Ready:
		return "ready"
	case Running:
		return "running"
	case Waiting:
		return "waiting"
	case Suspended:
		return "suspended"
	case CoStopped:
		return "costop"
	default:
		return fmt.Sprintf("world(%d)", uint8(w))
	}
}

// mustName panics when n is not one of the 1 to most that there are.
func mustName(what string, n, most int) {
	if n < 1 || n > most {
		panic(fmt.Sprintf("cpu: %s %d: want 1 to %d", what, n, most))
	}
}
