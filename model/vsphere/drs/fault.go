package drs

import (
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// Fault is the error of a step that the present state does not allow. It wraps model.ErrRefused.
type Fault struct {
	Name string // of the fault in the vSphere API, such as RuleViolation
	VM   VM     // 0 where it is of none
	Host Host   // 0 where it is of none
	Rule int    // the rule in the way, from 1; 0 where none is
	Text string
}

// The faults of the vSphere API that steps here return.
const (
	// The virtual machine is not in the power state that the step needs.
	InvalidPowerState = "InvalidPowerState"
	// The host is down, in maintenance or on its way there.
	InvalidHostState = "InvalidHostState"
	// Host and machine have not what the step needs: it is there already, or there is nothing to mend or to gain.
	InvalidState = "InvalidState"
	// A mandatory rule between machines is in the way.
	RuleViolation = "RuleViolation"
	// A mandatory rule between machines and hosts is in the way.
	VMHostAffinityRuleViolation = "VmHostAffinityRuleViolation"
	// The host is none on which the machine can run, for its devices, networks or processor features.
	VirtualHardwareCompatibilityIssue = "VirtualHardwareCompatibilityIssue"
	// What is not reserved of the host is less than what the machines reserve.
	InsufficientHostCPUCapacity    = "InsufficientHostCpuCapacityFault"
	InsufficientHostMemoryCapacity = "InsufficientHostMemoryCapacityFault"
	// The hosts that are left could not take the failures that HA is to tolerate.
	InsufficientFailoverResources = "InsufficientFailoverResourcesFault"
	// An optional rule could be kept only at a load of more than 100 %.
	SoftRuleVioCorrectionImpact = "SoftRuleVioCorrectionImpact"
)

func (f *Fault) Error() string { return fmt.Sprintf("refused: %s: %s", f.Name, f.Text) }

// Unwrap gives model.ErrRefused.
func (f *Fault) Unwrap() error { return model.ErrRefused }

func fault(name string, v VM, h Host, format string, args ...any) *Fault {
	return &Fault{Name: name, VM: v, Host: h, Text: fmt.Sprintf(format, args...)}
}
