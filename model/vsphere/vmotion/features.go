package vmotion

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Features is a set of processor features, numbered from 1 to 64.
type Features uint64

// Set gives the set of these features; a number outside 1 to 64 panics.
func Set(fs ...int) Features {
	var out Features
	for _, f := range fs {
		if f < 1 || f > 64 {
			panic(fmt.Sprintf("vmotion: feature %d, want 1 to 64", f))
		}
		out |= 1 << (f - 1)
	}
	return out
}

// Within tells whether g has all of f.
func (f Features) Within(g Features) bool { return f&^g == 0 }

// Minus is those of f that g has not.
func (f Features) Minus(g Features) Features { return f &^ g }

// List gives the features in order.
func (f Features) List() []int {
	var out []int
	for rest := uint64(f); rest != 0; rest &= rest - 1 {
		out = append(out, bits.TrailingZeros64(rest)+1)
	}
	return out
}

func (f Features) String() string { return fmt.Sprint(f.List()) }

// Power is the power state of a machine.
type Power int

// The power states, as the vSphere API has them.
const (
	Off Power = iota
	On
	Suspended
)

func (p Power) String() string { return [...]string{"off", "on", "suspended"}[p] }

// The faults of the vSphere API that steps of EVC return, beside vim.InvalidPowerState.
const (
	FeatureRequirementsNotMet  vim.FaultName = "FeatureRequirementsNotMet"
	EVCAdmissionFailedFeatures vim.FaultName = "EVCAdmissionFailedCPUFeaturesForMode"
	EVCAdmissionFailedVMActive vim.FaultName = "EVCAdmissionFailedVmActive"
	EVCUnsupportedByHosts      vim.FaultName = "EVCUnsupportedByHostHardware"
	ActiveVMsBlockingEVC       vim.FaultName = "ActiveVMsBlockingEVC"
)

// EVC is hosts in and outside a cluster with enhanced vMotion compatibility, and machines that run on them. All
// processors are of one vendor: others cannot join (EVCAdmissionFailedCPUVendor), nor can machines move between them.
//
// A machine uses the features that its host shows at power-on, and keeps these until it is powered off (guide vCenter
// Server and Host Management, "CPU Compatibility and EVC"). What it guarantees, checked in evc.bh: no machine runs on a
// host without a feature that it uses, and whatever runs in the cluster can move to every host of it.
type EVC struct {
	strict   bool
	has      []Features
	joined   []bool
	baseline Features
	vms      []machine
}

type machine struct {
	power    Power
	at, goal Host
	uses     Features
}

// NewEVC makes hosts with these features, outside the cluster, whose baseline is empty, and machines that are off. With
// strict, suspended machines keep the baseline from being lowered, too. The vSphere API reference says of both kinds that
// they block EVC (ActiveVMsBlockingEVC: "powered-on or suspended virtual machines"), and does so wherever a host shows
// more than the baseline, whatever the machines use; here it is what they use that counts.
func NewEVC(has []Features, vms int, strict bool) (*EVC, error) {
	if vms < 0 {
		return nil, fmt.Errorf("got %d machines, want at least 0", vms)
	}
	return &EVC{strict: strict, has: slices.Clone(has), joined: make([]bool, len(has)), vms: make([]machine, vms)}, nil
}

// Baseline is that of the cluster.
func (e *EVC) Baseline() Features { return e.baseline }

// Has is the features of h by its hardware.
func (e *EVC) Has(h Host) Features { return e.has[h-1] }

// Joined tells whether h is in the cluster.
func (e *EVC) Joined(h Host) bool { return e.joined[h-1] }

// Shows is the features that a machine sees that is powered on on h: in the cluster the baseline, the rest of them being
// masked.
func (e *EVC) Shows(h Host) Features {
	if e.joined[h-1] {
		return e.baseline
	}
	return e.has[h-1]
}

// Power is that of v.
func (e *EVC) Power(v VM) Power { return e.vms[v-1].power }

// At is the host that v runs on, or 0.
func (e *EVC) At(v VM) Host { return e.vms[v-1].at }

// Goal is the host that v is migrated to, or 0.
func (e *EVC) Goal(v VM) Host { return e.vms[v-1].goal }

// Uses is what v saw at power-on; nothing while it is off.
func (e *EVC) Uses(v VM) Features { return e.vms[v-1].uses }

// present tells whether m runs on h, or is on its way to it.
func (m machine) present(h Host) bool { return m.power == On && (m.at == h || m.goal == h) }

// above gives the first machine of those on h that uses more than b, or 0.
func (e *EVC) above(h Host, b Features) VM {
	return VM(1 + slices.IndexFunc(e.vms, func(m machine) bool { return m.present(h) && !m.uses.Within(b) }))
}

// Join takes h into the cluster: it has the baseline, and no machine on it uses more.
func (e *EVC) Join(h Host) error {
	if err := known("host", h, len(e.has)); err != nil {
		return err
	}
	if e.joined[h-1] {
		return model.Refuse("join: host %d is in the cluster", h)
	}
	if !e.baseline.Within(e.has[h-1]) {
		return vim.Refuse(EVCAdmissionFailedFeatures, "host %d lacks the features %v of the baseline", h, e.baseline.Minus(e.has[h-1]))
	}
	if v := e.above(h, e.baseline); v != 0 {
		return vim.Refuse(EVCAdmissionFailedVMActive, "VM %d on host %d uses the features %v, which are not of the baseline", v, h, e.Uses(v).Minus(e.baseline))
	}
	e.joined[h-1] = true
	return nil
}

// Leave takes h, on which nothing runs, out of the cluster.
func (e *EVC) Leave(h Host) error {
	if err := known("host", h, len(e.has)); err != nil {
		return err
	}
	if !e.joined[h-1] || slices.ContainsFunc(e.vms, func(m machine) bool { return m.present(h) }) {
		return model.Refuse("leave: host %d is not in the cluster, or something runs on it", h)
	}
	e.joined[h-1] = false
	return nil
}

// Raise makes the baseline larger, as all hosts of the cluster allow. Machines that run go on with what they use.
func (e *EVC) Raise(b Features) error {
	if b == e.baseline || !e.baseline.Within(b) {
		return model.Refuse("raise: want more than %v, got %v", e.baseline, b)
	}
	for i, in := range e.joined {
		if in && !b.Within(e.has[i]) {
			return vim.Refuse(EVCUnsupportedByHosts, "host %d lacks the features %v", i+1, b.Minus(e.has[i]))
		}
	}
	e.baseline = b
	return nil
}

// Lower makes the baseline smaller, where nothing that runs in the cluster, or is on its way into it, uses more.
func (e *EVC) Lower(b Features) error {
	if b == e.baseline || !b.Within(e.baseline) {
		return model.Refuse("lower: want less than %v, got %v", e.baseline, b)
	}
	for i, in := range e.joined {
		if v := e.above(Host(i+1), b); in && v != 0 {
			return vim.Refuse(ActiveVMsBlockingEVC, "VM %d uses the features %v", v, e.Uses(v).Minus(b))
		}
	}
	for i, m := range e.vms {
		if e.strict && m.power == Suspended && !m.uses.Within(b) {
			return vim.Refuse(ActiveVMsBlockingEVC, "VM %d, which is suspended, uses the features %v", i+1, m.uses.Minus(b))
		}
	}
	e.baseline = b
	return nil
}

// machine gives v, which is to be in this power state and not on its way.
func (e *EVC) machine(step string, v VM, want Power) (*machine, error) {
	if err := known(step+" VM", v, len(e.vms)); err != nil {
		return nil, err
	}
	m := &e.vms[v-1]
	if m.power != want {
		return nil, vim.Refuse(vim.InvalidPowerState, "%s VM %d: it is %s", step, v, m.power)
	}
	if m.goal != 0 {
		return nil, model.Refuse("%s VM %d: it is migrated", step, v)
	}
	return m, nil
}

// PowerOn powers v on on h.
func (e *EVC) PowerOn(v VM, h Host) error {
	m, err := e.machine("power on", v, Off)
	if err != nil {
		return err
	}
	if err := known("host", h, len(e.has)); err != nil {
		return err
	}
	*m = machine{power: On, at: h, uses: e.Shows(h)}
	return nil
}

// PowerOff powers v off, also where it is suspended.
func (e *EVC) PowerOff(v VM) error {
	want := On
	if known("VM", v, len(e.vms)) == nil && e.Power(v) == Suspended {
		want = Suspended
	}
	m, err := e.machine("power off", v, want)
	if err != nil {
		return err
	}
	*m = machine{}
	return nil
}

// Suspend suspends v.
func (e *EVC) Suspend(v VM) error {
	m, err := e.machine("suspend", v, On)
	if err != nil {
		return err
	}
	m.power, m.at = Suspended, 0
	return nil
}

// Resume resumes v on h, which shows all that it uses.
func (e *EVC) Resume(v VM, h Host) error {
	m, err := e.machine("resume", v, Suspended)
	if err != nil {
		return err
	}
	if err := e.suits("resume", v, h); err != nil {
		return err
	}
	m.power, m.at = On, h
	return nil
}

func (e *EVC) suits(step string, v VM, h Host) error {
	if err := known("host", h, len(e.has)); err != nil {
		return err
	}
	if missing := e.Uses(v).Minus(e.Shows(h)); missing != 0 {
		return vim.Refuse(FeatureRequirementsNotMet, "%s VM %d: host %d does not show the features %v", step, v, h, missing)
	}
	return nil
}

// Migrate begins to migrate v to another host, which shows all that it uses.
func (e *EVC) Migrate(v VM, h Host) error {
	m, err := e.machine("migrate", v, On)
	if err != nil {
		return err
	}
	if err := e.suits("migrate", v, h); err != nil {
		return err
	}
	if m.at == h {
		return model.Refuse("migrate VM %d: it is on host %d", v, h)
	}
	m.goal = h
	return nil
}

// Arrive says that v has come to where it was migrated to.
func (e *EVC) Arrive(v VM) error {
	if err := known("VM", v, len(e.vms)); err != nil {
		return err
	}
	m := &e.vms[v-1]
	if m.goal == 0 {
		return model.Refuse("VM %d is not migrated", v)
	}
	m.at, m.goal = m.goal, 0
	return nil
}
