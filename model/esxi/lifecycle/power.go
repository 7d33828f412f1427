package lifecycle

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model/vim"
)

// VM numbers a virtual machine of a Host, from 1.
type VM int

// Place is where a machine is.
type Place uint8

// The places.
const (
	Present      Place = iota // in the inventory of the host
	Unregistered              // its files are on the datastore, and the host does not know it
	Gone                      // destroyed, with its files
)

var placeNames = []string{"present", "unregistered", "gone"}

// String gives the spelling of the models.
func (p Place) String() string { return name("place", placeNames, uint8(p)) }

// Ask is what a guest was asked to do, through VMware Tools, and has not done yet.
type Ask uint8

// The requests.
const (
	Nothing Ask = iota
	Shutdown
	Reboot
	Standby
)

var askNames = []string{"nothing", "shutdown", "reboot", "standby"}

// String gives the spelling of the models.
func (a Ask) String() string { return name("ask", askNames, uint8(a)) }

// Mode is how far a host is with maintenance.
type Mode uint8

// The modes.
const (
	Normal Mode = iota
	Entering
	Maintenance
)

var modeNames = []string{"normal", "entering", "maintenance"}

// String gives the spelling of the models.
func (m Mode) String() string { return name("mode", modeNames, uint8(m)) }

// Options are what the sources leave open or a virtual machine may be configured to. The zero Options are the defaults.
type Options struct {
	// StandbyStaysOn: a guest that goes to standby leaves the machine powered on. Otherwise it is suspended. Both are settings of a
	// virtual machine (Web Services API, VirtualMachineStandbyActionType: powerOnSuspend and checkpoint).
	StandbyStaysOn bool
	// SuspendedStaysRegistered: only a machine that is off can be unregistered. The API refuses one that is powered on, and its text
	// is silent about suspended ones, which the client lets go.
	SuspendedStaysRegistered bool
}

// Machine is the state of one virtual machine. The zero Machine is registered, off and idle.
type Machine struct {
	Power    Power
	Busy     bool // a task runs, that of Task
	Task     Op   // PowerOn where none runs
	Place    Place
	Template bool
	Tools    bool // VMware Tools run in the guest
	Asked    Ask
	Limited  bool // it is to be off in the end, by force if need be: see Host.ShutdownWithin
	Memory   bool // flips with the work of the guest, and is false after each boot: what suspending must keep
}

// Host is the virtual machines of an ESXi host and their power states, tasks and guests, and its maintenance mode; power.bh is
// the model of it.
//
// An operation on the power state is a task: Request starts it, and the power state is the old one until Finish, which looks
// again whether the operation is possible, since the guest may have shut down meanwhile, or Fail. A machine has one task at
// most. Operations on guests are no tasks: the call returns at once, and the guest does as it likes.
//
// The zero Host has no machines; make one with NewHost.
type Host struct {
	options Options
	vms     []Machine
	mode    Mode
}

// NewHost makes a host of n machines that are off, which is not in maintenance. It is an error for n to be negative.
func NewHost(n int, options Options) (*Host, error) {
	if n < 0 {
		return nil, fmt.Errorf("got %d machines, want 0 or more", n)
	}
	return &Host{options: options, vms: make([]Machine, n)}, nil
}

// Clone returns an independent copy.
func (h *Host) Clone() *Host {
	return &Host{options: h.options, vms: slices.Clone(h.vms), mode: h.mode}
}

// VMs is the number of machines, the destroyed ones among them.
func (h *Host) VMs() int { return len(h.vms) }

// Mode is how far the host is with maintenance.
func (h *Host) Mode() Mode { return h.mode }

// Machine is the state of v. It panics when there is no such machine.
func (h *Host) Machine(v VM) Machine {
	if v < 1 || int(v) > len(h.vms) {
		panic(fmt.Sprintf("lifecycle: VM %d: want 1 to %d", v, len(h.vms)))
	}
	return h.vms[v-1]
}

// there gives v if there is such a machine and it is not destroyed.
func (h *Host) there(v VM) (*Machine, error) {
	if v < 1 || int(v) > len(h.vms) || h.vms[v-1].Place == Gone {
		return nil, vim.Refuse(vim.ManagedObjectNotFound, "there is no VM %d", v)
	}
	return &h.vms[v-1], nil
}

// idle gives v if the host knows it and nothing else is under way with it.
func (h *Host) idle(v VM) (*Machine, error) {
	m, err := h.there(v)
	switch {
	case err != nil:
		return nil, err
	case m.Place != Present:
		return nil, vim.Refuse(vim.ManagedObjectNotFound, "VM %d is not registered", v)
	case m.Busy:
		return nil, vim.Refuse(vim.TaskInProgress, "VM %d is busy with %s", v, m.Task)
	}
	return m, nil
}

// running gives v if it is on.
func (h *Host) running(v VM) (*Machine, error) {
	m, err := h.there(v)
	if err == nil && m.Power != On {
		return nil, vim.Refuse(vim.InvalidPowerState, "VM %d is %s, want on", v, m.Power)
	}
	return m, err
}

// Request starts the task of an operation. Faults, the first that applies: vim.ManagedObjectNotFound, vim.TaskInProgress,
// vim.InvalidPowerState (see Accepts), and for PowerOn vim.NotSupported of a template and vim.InvalidState where the host is in maintenance or
// on the way to it (Web Services API, PowerOnVM_Task and EnterMaintenanceMode_Task). Whether the host has the memory is not
// decided here.
func (h *Host) Request(v VM, op Op) error {
	m, err := h.idle(v)
	switch {
	case err != nil:
		return err
	case !Accepts(m.Power, op):
		return vim.Refuse(vim.InvalidPowerState, "%s of VM %d, which is %s", op, v, m.Power)
	case op == PowerOn && m.Template:
		return vim.Refuse(vim.NotSupported, "VM %d is a template", v)
	case op == PowerOn && h.mode != Normal:
		return vim.Refuse(vim.InvalidState, "the host is in mode %s", h.mode)
	}
	m.Busy, m.Task = true, op
	return nil
}

// Finish ends the task of v: the power state changes, or does not where the operation is not possible any more because the guest
// was faster, in which case done is false. It is refused where no task runs.
func (h *Host) Finish(v VM) (done bool, err error) {
	m, err := h.there(v)
	if err != nil {
		return false, err
	}
	if !m.Busy {
		return false, vim.Refuse(vim.InvalidState, "VM %d has no task", v)
	}
	op, was := m.Task, m.Power
	m.Busy, m.Task = false, 0
	if !Accepts(was, op) {
		return false, nil
	}
	m.Power = After(op)
	if op != Suspend && !(op == PowerOn && was == Suspended) {
		m.boot()
	}
	if m.Power == Off {
		m.Limited = false
	}
	if op == Destroy {
		m.Place = Gone
	}
	return true, nil
}

// boot says that nothing of the memory is left.
func (m *Machine) boot() { m.Memory, m.Tools, m.Asked = false, false, Nothing }

// halt says that the machine is off.
func (m *Machine) halt() {
	m.boot()
	m.Power, m.Limited = Off, false
}

// Fail ends the task of v without effect: the host has not the memory, or the datastore not the space
// (InsufficientResourcesFault). A hard power-off does not fail.
func (h *Host) Fail(v VM) error {
	m, err := h.there(v)
	switch {
	case err != nil:
		return err
	case !m.Busy || m.Task == PowerOff:
		return vim.Refuse(vim.InvalidState, "VM %d has no task that can fail", v)
	}
	m.Busy, m.Task = false, 0
	return nil
}

// SetTools says that VMware Tools start or stop in the guest of v, which must be on and have them the other way.
func (h *Host) SetTools(v VM, run bool) error {
	m, err := h.running(v)
	if err == nil && m.Tools == run {
		return vim.Refuse(vim.InvalidState, "Tools of VM %d run: %t", v, run)
	}
	if err == nil {
		m.Tools = run
	}
	return err
}

// Work says that the guest of v does something.
func (h *Host) Work(v VM) error {
	m, err := h.running(v)
	if err == nil {
		m.Memory = !m.Memory
	}
	return err
}

// AskGuest asks the guest of v to shut down, reboot or stand by (ShutdownGuest, RebootGuest, StandbyGuest). It may never do it;
// Obey says when it does. Faults: vim.InvalidPowerState of a machine that is not on, vim.TaskInProgress, vim.ToolsUnavailable.
func (h *Host) AskGuest(v VM, what Ask) error {
	if what == Nothing || int(what) >= len(askNames) {
		return fmt.Errorf("got %s, want shutdown, reboot or standby", what)
	}
	m, err := h.idle(v)
	switch {
	case err != nil:
		return err
	case m.Power != On:
		return vim.Refuse(vim.InvalidPowerState, "VM %d is %s, want on", v, m.Power)
	case !m.Tools:
		return vim.Refuse(vim.ToolsUnavailable, "VM %d", v)
	}
	m.Asked = what
	return nil
}

// ShutdownWithin asks the guest to shut down, as AskGuest does, and has TimeOver follow: what vSphere HA does in isolation response
// shutdown, with 300 s.
func (h *Host) ShutdownWithin(v VM) error {
	if err := h.AskGuest(v, Shutdown); err != nil {
		return err
	}
	h.vms[v-1].Limited = true
	return nil
}

// TimeOver says that the time of ShutdownWithin has passed, and starts a hard power-off. It is refused where there was no such
// request or the machine is busy; it is to be called again then.
func (h *Host) TimeOver(v VM) error {
	m, err := h.idle(v)
	switch {
	case err != nil:
		return err
	case !m.Limited:
		return vim.Refuse(vim.InvalidState, "nobody waits for VM %d to shut down", v)
	}
	return h.Request(v, PowerOff)
}

// Obey says that the guest of v does what it was asked to.
func (h *Host) Obey(v VM) error {
	m, err := h.running(v)
	if err != nil {
		return err
	}
	switch m.Asked {
	case Shutdown:
		m.halt()
	case Reboot:
		m.boot()
	case Standby:
		if !h.options.StandbyStaysOn {
			m.Power = Suspended
		}
		m.Asked = Nothing
	default:
		return vim.Refuse(vim.InvalidState, "the guest of VM %d was asked nothing", v)
	}
	return nil
}

// Halt says that the guest of v shuts down because somebody inside wants it to.
func (h *Host) Halt(v VM) error {
	m, err := h.running(v)
	if err == nil {
		m.halt()
	}
	return err
}

// MarkAsTemplate makes v, which must be off, a template. Faults as Request; vim.NotSupported of one that is a template.
func (h *Host) MarkAsTemplate(v VM) error {
	m, err := h.idle(v)
	switch {
	case err != nil:
		return err
	case m.Power != Off:
		return vim.Refuse(vim.InvalidPowerState, "VM %d is %s, want off", v, m.Power)
	case m.Template:
		return vim.Refuse(vim.NotSupported, "VM %d is a template", v)
	}
	m.Template = true
	return nil
}

// MarkAsVM makes a template a virtual machine again.
func (h *Host) MarkAsVM(v VM) error {
	m, err := h.idle(v)
	if err == nil && !m.Template {
		return vim.Refuse(vim.NotSupported, "VM %d is no template", v)
	}
	if err == nil {
		m.Template = false
	}
	return err
}

// Unregister takes v out of the inventory and leaves its files. A machine that is on is refused; for one that is suspended see
// Options.
func (h *Host) Unregister(v VM) error {
	m, err := h.idle(v)
	switch {
	case err != nil:
		return err
	case m.Power == On || m.Power == Suspended && h.options.SuspendedStaysRegistered:
		return vim.Refuse(vim.InvalidPowerState, "VM %d is %s", v, m.Power)
	}
	m.Place = Unregistered
	return nil
}

// Register puts v, which was unregistered, into the inventory again, as it was.
func (h *Host) Register(v VM) error {
	m, err := h.there(v)
	if err == nil && m.Place != Unregistered {
		return vim.Refuse(vim.AlreadyExists, "VM %d is registered", v)
	}
	if err == nil {
		m.Place = Present
	}
	return err
}

// EnterMaintenance begins maintenance: from now on nothing is powered on. Evacuated follows, once nothing runs.
func (h *Host) EnterMaintenance() error {
	if h.mode != Normal {
		return vim.Refuse(vim.InvalidState, "the host is in mode %s", h.mode)
	}
	h.mode = Entering
	return nil
}

// Evacuated says that the host has entered maintenance mode. It is refused while a machine is on or being powered on; suspended
// machines may stay (Web Services API, EnterMaintenanceMode_Task).
func (h *Host) Evacuated() error {
	if h.mode != Entering {
		return vim.Refuse(vim.InvalidState, "the host is in mode %s", h.mode)
	}
	for i, m := range h.vms {
		if m.Power == On || m.Busy && m.Task == PowerOn {
			return vim.Refuse(vim.InvalidState, "VM %d is on, or about to be", i+1)
		}
	}
	h.mode = Maintenance
	return nil
}

// LeaveMaintenance ends maintenance, or the way to it.
func (h *Host) LeaveMaintenance() error {
	if h.mode == Normal {
		return vim.Refuse(vim.InvalidState, "the host is in mode %s", h.mode)
	}
	h.mode = Normal
	return nil
}
