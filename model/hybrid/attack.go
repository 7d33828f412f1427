package hybrid

import (
	"fmt"
	"slices"
)

// Mechanism is a way to run what a tenant brings.
type Mechanism int

// A container calls the host's kernel; a sandbox has one in user space, as gVisor's Sentry; a virtual machine has a guest's.
const (
	Container Mechanism = iota
	Sandbox
	VM
)

var mechanismNames = []string{"container", "sandbox", "vm"}

// Mechanisms lists all, in their order.
func Mechanisms() []Mechanism { return []Mechanism{Container, Sandbox, VM} }

func (m Mechanism) String() string {
	if m < 0 || int(m) >= len(mechanismNames) {
		return fmt.Sprintf("mechanism %d", int(m))
	}
	return mechanismNames[m]
}

// Place is where an attacker may be.
type Place int

// Kernel is the tenant's: the Sentry, or that of the guest. A container has none.
const (
	Program Place = iota
	Kernel
	Monitor
	HostKernel
)

func (p Place) String() string {
	return name("place", []string{"program", "kernel", "monitor", "host_kernel"}, int(p))
}

// Door is an interface that a flaw opens.
type Door int

// Calls are the system calls of the program; Traps what processor and host do without being asked, traps and exits; Devices
// those of a machine; Filtered the system calls of the host that a Sentry or a confined monitor is left.
const (
	Calls Door = iota
	Traps
	Devices
	Filtered
)

func (d Door) String() string {
	return name("door", []string{"calls", "traps", "devices", "filtered"}, int(d))
}

func name(kind string, names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s %d", kind, i)
	}
	return names[i]
}

// Setup is what stands between a tenant's program and the kernel of the host (budget.bh).
//
// Sources: gVisor, Security Model, of calls, traps (its "system ABI") and the chain of two exploits; Firecracker, docs/jailer.md, of
// the confined monitor; CVE-2015-3456 of devices.
type Setup struct {
	Mechanism Mechanism
	Root      bool // the program is root in its machine; of no account to a container or a sandbox
	Traps     bool // there may be flaws in traps and exits
	Jailed    bool // the monitor is confined: it cannot do on the host what it likes
}

// Step goes through a door from one place to another.
type Step struct {
	Door     Door
	From, To Place
	Free     bool // it takes no flaw
}

// steps are all that lead anywhere. The doors of free ones need not be open.
func (s Setup) steps() []Step {
	var out []Step
	if s.Traps {
		out = append(out, Step{Door: Traps, From: Program, To: HostKernel})
	}
	switch s.Mechanism {
	case Container:
		return append(out, Step{Door: Calls, From: Program, To: HostKernel})
	case Sandbox:
		return append(out, Step{Door: Calls, From: Program, To: Kernel}, Step{Door: Filtered, From: Kernel, To: HostKernel})
	default:
		return append(out,
			Step{Door: Calls, From: Program, To: Kernel, Free: s.Root},
			Step{Door: Devices, From: Kernel, To: Monitor},
			Step{Door: Filtered, From: Monitor, To: HostKernel, Free: !s.Jailed})
	}
}

// Attack is a way from the tenant's program to the kernel of the host with flaws in as few interfaces as can be. Root in a
// machine has its kernel to begin with, which is a free step here. There always is one: nothing is without interfaces. It is an error if
// the mechanism is none of the three.
func (s Setup) Attack() ([]Step, error) {
	if s.Mechanism < Container || s.Mechanism > VM {
		return nil, fmt.Errorf("got %s, want container, sandbox or vm", s.Mechanism)
	}
	// Places are few and no way passes one twice: of all ways, the cheapest first found.
	var best []Step
	var walk func(at Place, way []Step)
	walk = func(at Place, way []Step) {
		if at == HostKernel {
			if best == nil || Flaws(way) < Flaws(best) {
				best = slices.Clone(way)
			}
			return
		}
		for _, next := range s.steps() {
			if next.From == at {
				walk(next.To, append(way, next))
			}
		}
	}
	walk(Program, nil)
	return best, nil
}

// Flaws is the number of interfaces of an attack that have to have one.
func Flaws(attack []Step) int {
	doors := map[Door]bool{}
	for _, s := range attack {
		if !s.Free {
			doors[s.Door] = true
		}
	}
	return len(doors)
}
