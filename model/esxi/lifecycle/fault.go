package lifecycle

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Fault is the answer of the vSphere API to an operation that the present state does not allow. It wraps model.ErrRefused: the
// operation had no effect.
type Fault struct {
	Name   FaultName
	Reason string
}

// FaultName is the name that a fault has in the vSphere Web Services API.
type FaultName string

// The faults that operations of this package end with.
const (
	InvalidPowerState     FaultName = "InvalidPowerState"     // the power state is another one
	TaskInProgress        FaultName = "TaskInProgress"        // the machine is busy with another task
	ToolsUnavailable      FaultName = "ToolsUnavailable"      // VMware Tools do not run in the guest
	NotSupported          FaultName = "NotSupported"          // the machine is a template
	InvalidState          FaultName = "InvalidState"          // the host is in maintenance mode or on the way to it
	ManagedObjectNotFound FaultName = "ManagedObjectNotFound" // it was destroyed or removed, or never was
	HostNotConnected      FaultName = "HostNotConnected"      // vCenter does not hear from the host, or the host has failed
	TooManySnapshotLevels FaultName = "TooManySnapshotLevels"
	AlreadyExists         FaultName = "AlreadyExists"
	InsufficientResources FaultName = "InsufficientResourcesFault" // there is not enough memory or space; see Host.Fail
)

// Error gives the name and the reason.
func (f *Fault) Error() string { return fmt.Sprintf("%s: %s", f.Name, f.Reason) }

// Unwrap is model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

func fault(name FaultName, format string, args ...any) error {
	return &Fault{Name: name, Reason: fmt.Sprintf(format, args...)}
}

// name gives the spelling of the models of value n, of a type with these names.
func name(kind string, names []string, n uint8) string {
	if int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprintf("%s(%d)", kind, n)
}
