package lifecycle

// Power is the power state of a virtual machine: poweredOff, poweredOn or suspended. There are no states between: while a
// task changes it, it is still the old one (vSphere Web Services API, VirtualMachinePowerState). The zero Power is Off.
type Power uint8

// The power states.
const (
	Off Power = iota
	On
	Suspended
)

var powerNames = []string{"off", "on", "suspended"}

// String gives the spelling of the models.
func (p Power) String() string { return name("power", powerNames, uint8(p)) }

// Op is an operation on the power state, or the one that destroys the machine.
type Op uint8

// The operations.
const (
	PowerOn  Op = iota // also resumes
	PowerOff           // hard; discards the image of a suspended machine
	Suspend
	Reset // hard
	Destroy
)

var opNames = []string{"powerOn", "powerOff", "suspend", "reset", "destroy"}

// String gives the spelling of the models.
func (o Op) String() string { return name("op", opNames, uint8(o)) }

// Accepts tells whether the API accepts an operation in a power state; where not, it answers with vim.InvalidPowerState. (vSphere
// Automation API, vm/power: start is of a machine that is off or suspended, stop of one that is on or suspended, suspend
// and reset of one that is on. Web Services API, Destroy_Task: a machine that is on is not destroyed; nor is a suspended one
// here.) It is false of an operation that there is not.
func Accepts(p Power, op Op) bool {
	switch op {
	case PowerOn:
		return p == Off || p == Suspended
	case PowerOff:
		return p == On || p == Suspended
	case Suspend, Reset:
		return p == On
	case Destroy:
		return p == Off
	default:
		return false
	}
}

// After is the power state to which an operation leads where it is accepted.
func After(op Op) Power {
	switch op {
	case PowerOn, Reset:
		return On
	case Suspend:
		return Suspended
	default:
		return Off
	}
}
