package lifecycle

import "github.com/bulkheadlang/bulkhead/model/vim"

// Connection is what vCenter says about how it sees a virtual machine.
type Connection uint8

// The states (Web Services API, VirtualMachineConnectionState).
const (
	Connected    Connection = iota
	Disconnected            // its host is not heard from; the machine may run
	Orphaned                // its host is, and does not have it registered
	Inaccessible            // the host cannot reach its files; it may run for a while
	Invalid                 // the host cannot make sense of them; it may run, of what they were
)

var connectionNames = []string{"connected", "disconnected", "orphaned", "inaccessible", "invalid"}

// String gives the spelling of the API and of the models.
func (c Connection) String() string { return name("connection", connectionNames, uint8(c)) }

// View is one virtual machine and what vCenter sees of it; connection.bh is the model of it. The zero View is a machine that is off,
// registered on a connected host, with files in order.
type View struct {
	Power                                               Power
	Seen                                                Power // by vCenter, the last time that the machine was Connected
	Unregistered, Unlinked, Unreadable, Spoilt, Deleted bool
}

// Connection is what vCenter says. Where more than one state applies, the first of disconnected, orphaned, inaccessible and
// invalid: what vCenter does not hear of it cannot tell.
func (v View) Connection() Connection {
	switch {
	case v.Unlinked:
		return Disconnected
	case v.Unregistered:
		return Orphaned
	case v.Unreadable || v.Deleted:
		return Inaccessible
	case v.Spoilt:
		return Invalid
	default:
		return Connected
	}
}

// Stopped tells whether one may conclude from what vCenter says that the machine does not run on its host. Where it is false, the
// machine may run or not.
func (v View) Stopped() bool {
	switch v.Connection() {
	case Connected:
		return v.Seen != On
	case Orphaned:
		return true
	default:
		return false
	}
}

// look says that vCenter sees what it can.
func (v *View) look() {
	if v.Connection() == Connected {
		v.Seen = v.Power
	}
}

// Operate changes the power state, at the host or through vCenter. Faults: vim.ManagedObjectNotFound where the host does not have the
// machine, vim.InvalidPowerState (see Accepts), vim.InvalidState for powering on without files in order. Destroy is refused; see Delete.
func (v *View) Operate(op Op) error {
	switch {
	case op == Destroy || v.Unregistered:
		return vim.Refuse(vim.ManagedObjectNotFound, "%s: registered %t", op, !v.Unregistered)
	case !Accepts(v.Power, op):
		return vim.Refuse(vim.InvalidPowerState, "%s of what is %s", op, v.Power)
	case op == PowerOn && (v.Unreadable || v.Spoilt || v.Deleted):
		return vim.Refuse(vim.InvalidState, "its files are not in order")
	}
	v.Power = After(op)
	v.look()
	return nil
}

// Halt says that the guest shuts down.
func (v *View) Halt() error {
	if v.Power != On {
		return vim.Refuse(vim.InvalidPowerState, "the machine is %s", v.Power)
	}
	v.Power = Off
	v.look()
	return nil
}

// Unregister takes the machine, which must not be on, out of the inventory of the host, behind the back of vCenter.
func (v *View) Unregister() error {
	if v.Unregistered || v.Power == On {
		return vim.Refuse(vim.InvalidPowerState, "registered %t, %s", !v.Unregistered, v.Power)
	}
	v.Unregistered = true
	return nil
}

// Register puts it there again.
func (v *View) Register() error {
	if v.Unreadable || v.Deleted {
		return vim.Refuse(vim.InvalidState, "its files are not there")
	}
	return v.turn(&v.Unregistered, false)
}

// SetLinked says that vCenter hears from the host or does not.
func (v *View) SetLinked(linked bool) error { return v.turn(&v.Unlinked, !linked) }

// SetReadable says that the host reaches the files of the machine or does not. The machine goes on.
func (v *View) SetReadable(readable bool) error { return v.turn(&v.Unreadable, !readable) }

// SetSound says that the files of the machine make sense or do not. The machine goes on.
func (v *View) SetSound(sound bool) error { return v.turn(&v.Spoilt, !sound) }

// turn sets a fact that is not so yet.
func (v *View) turn(fact *bool, to bool) error {
	if *fact == to {
		return vim.Refuse(vim.InvalidState, "it is so already")
	}
	*fact = to
	v.look()
	return nil
}

// Delete takes the files away. It goes by Stopped.
func (v *View) Delete() error {
	if v.Deleted || v.Unreadable || !v.Stopped() {
		return vim.Refuse(vim.InvalidState, "%s, last seen %s", v.Connection(), v.Seen)
	}
	v.Deleted = true
	return nil
}
