package esxi

import (
	"errors"
	"fmt"
)

// VM numbers a virtual machine of a scheduler, from 1. A virtual machine has one vCPU, so VM also names its vCPU world.
// The zero VM is no machine.
type VM int

// CPU numbers a physical CPU of a host, from 1.
type CPU int

// World is what the vCPU of a virtual machine is doing. Ready, Running and Waiting are ESXi's READY, RUN and WAIT; Off
// and Suspended are power states, in which the machine has no world to schedule.
type World uint8

// The worlds.
const (
	Off World = iota
	Ready
	Running
	Waiting
	Suspended
)

// On tells whether a machine in this world is powered on.
func (w World) On() bool { return w == Ready || w == Running || w == Waiting }

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
	default:
		return fmt.Sprintf("world(%d)", uint8(w))
	}
}

// ErrRefused is what the error of a step wraps when the present state does not allow the step. The step had no effect.
var ErrRefused = errors.New("refused")

// mustName panics when n is not one of the 1 to most that there are.
func mustName(what string, n, most int) {
	if n < 1 || n > most {
		panic(fmt.Sprintf("esxi: %s %d: want 1 to %d", what, n, most))
	}
}

// refuse makes the error of a step that the state does not allow.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}
