// Package vim has the names that the vSphere Web Services API (VIM) gives to refusals, for all packages of this library that
// refuse what the API would.
package vim

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

// FaultName is the name of a fault in the API reference.
type FaultName string

// The faults with which packages of this library refuse.
const (
	InvalidPowerState     FaultName = "InvalidPowerState" // the power state is another one
	InvalidState          FaultName = "InvalidState"      // something is not in the state that this needs, such as a host in maintenance mode
	InvalidArgument       FaultName = "InvalidArgument"   // a number or a combination that cannot be
	NotSupported          FaultName = "NotSupported"      // such as of a template
	TaskInProgress        FaultName = "TaskInProgress"    // the machine is busy with another task
	ToolsUnavailable      FaultName = "ToolsUnavailable"  // VMware Tools do not run in the guest
	AlreadyExists         FaultName = "AlreadyExists"
	HostNotConnected      FaultName = "HostNotConnected" // vCenter does not hear from the host, or the host has failed
	NoDiskSpace           FaultName = "NoDiskSpace"
	ManagedObjectNotFound FaultName = "ManagedObjectNotFound" // it was destroyed or removed, or never was
	TooManySnapshotLevels FaultName = "TooManySnapshotLevels"

	InsufficientResources         FaultName = "InsufficientResourcesFault"
	InsufficientCPUResources      FaultName = "InsufficientCpuResourcesFault"
	InsufficientMemoryResources   FaultName = "InsufficientMemoryResourcesFault"
	InsufficientFailoverResources FaultName = "InsufficientFailoverResourcesFault"

	// A mandatory rule between machines and hosts is in the way.
	VMHostAffinityRuleViolation FaultName = "VmHostAffinityRuleViolation"
)

// Error gives the name and the reason.
func (f *Fault) Error() string { return string(f.Name) + ": " + f.Reason }

// Unwrap is model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

// Refuse makes a Fault.
func Refuse(name FaultName, format string, args ...any) error {
	return &Fault{Name: name, Reason: fmt.Sprintf(format, args...)}
}
