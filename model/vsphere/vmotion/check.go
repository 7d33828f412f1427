package vmotion

import (
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/model/vim"
)

// Reason is why a machine cannot be migrated while it runs.
type Reason int

// The reasons, in the order in which Check lists them.
const (
	Vendor     Reason = iota // the processors are of different vendors
	Missing                  // the target does not show a feature that the machine saw at power-on
	Device                   // a device is backed by something that only the source has
	Network                  // the target has not all networks that connected adapters are on
	File                     // the target does not reach all files, and they are not to be moved too
	SourceNIC                // the source has no network adapter for vMotion
	TargetNIC                // the target has none
	Family                   // the management network of one uses IPv4, that of the other IPv6
	Encryption               // encrypted vMotion is required, and not both hosts support it
	CPU                      // less CPU is unreserved on the target than the machine reserves
	Memory                   // the same of memory, with overhead
	Rule                     // a mandatory rule forbids the target
)

var reasonNames = [...]string{
	"vendor", "features", "device", "network", "file", "sourceNIC", "targetNIC", "family", "encryption", "cpu", "memory", "rule",
}

func (r Reason) String() string { return reasonNames[r] }

// Fault is the name that the vSphere API has for it. For encryption that is missing, and for management networks that cannot
// speak to each other, the reference names no fault of its own: it is a MigrationFault.
func (r Reason) Fault() vim.FaultName {
	return [...]vim.FaultName{
		"CpuIncompatible", FeatureRequirementsNotMet, "CannotAccessVmDevice", "CannotAccessNetwork", "CannotAccessVmDisk",
		"VMotionNotConfigured", "VMotionNotConfigured", "MigrationFault", "MigrationFault",
		vim.InsufficientCPUResources, vim.InsufficientMemoryResources, vim.VMHostAffinityRuleViolation,
	}[r]
}

// EncryptedVMotion is the mode of a machine (VirtualMachineConfigSpecEncryptedVMotionModes).
type EncryptedVMotion string

// The modes, by the names of the vSphere API. Opportunistic is the default, and encrypts where both hosts support it.
const (
	NotEncrypted  EncryptedVMotion = "disabled"
	Opportunistic EncryptedVMotion = "opportunistic"
	Required      EncryptedVMotion = "required"
)

// Machine is what a check looks at of a machine that is on.
type Machine struct {
	Uses       Features // seen at power-on
	Local      bool     // a connected device is backed by what only its host has, such as a drive of the host or a device passed through
	Networks   []string // of connected adapters
	Datastores []string // that its files are on
	MoveFiles  bool     // the files are moved too (Storage vMotion)
	Encrypted  bool     // its disks are encrypted, which requires encrypted vMotion
	Mode       EncryptedVMotion
	CPU        int64 // reserved, MHz
	Memory     int64 // reserved, with overhead, MB
}

// HostFacts is what a check looks at of a host. Of the source only the vendor, the adapter, the management network and the encryption count.
type HostFacts struct {
	Vendor     string
	Shows      Features // of the processor, as masked by EVC
	NIC        bool     // a network adapter is enabled for vMotion
	IPv6       bool     // the management network uses IPv6, not IPv4
	Encrypts   bool     // encrypted vMotion is supported
	Networks   []string
	Datastores []string
	CPU        int64 // unreserved, MHz
	Memory     int64 // unreserved, MB
	Forbidden  bool  // by a mandatory rule, for this machine
}

// Check gives all reasons why m cannot be migrated from source to target, in their order; none where it can. Clock, cache
// and number of processors do not matter (guide vCenter Server and Host Management, "CPU Compatibility and EVC", "Host
// Configuration for vMotion", "Virtual Machine Conditions and Limitations for vMotion").
func Check(m Machine, source, target HostFacts) []Reason {
	required := m.Mode == Required || m.Encrypted
	var out []Reason
	for r, wrong := range [...]bool{
		Vendor:     source.Vendor != target.Vendor,
		Missing:    !m.Uses.Within(target.Shows),
		Device:     m.Local,
		Network:    !contains(target.Networks, m.Networks),
		File:       !m.MoveFiles && !contains(target.Datastores, m.Datastores),
		SourceNIC:  !source.NIC,
		TargetNIC:  !target.NIC,
		Family:     source.IPv6 != target.IPv6,
		Encryption: required && !(source.Encrypts && target.Encrypts),
		CPU:        m.CPU > target.CPU,
		Memory:     m.Memory > target.Memory,
		Rule:       target.Forbidden,
	} {
		if wrong {
			out = append(out, Reason(r))
		}
	}
	return out
}

// contains tells whether all has every one of some.
func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// Encrypts tells whether a migration that passes the check is encrypted.
func Encrypts(m Machine, source, target HostFacts) bool {
	return source.Encrypts && target.Encrypts && (m.Mode != NotEncrypted || m.Encrypted)
}

// Refusal is a check that was not passed. It wraps model.ErrRefused.
type Refusal struct{ Reasons []Reason } // one at least

// Error gives the names of the faults.
func (r *Refusal) Error() string {
	var names []string
	for _, reason := range r.Reasons {
		names = append(names, string(reason.Fault())+" ("+reason.String()+")")
	}
	return strings.Join(names, ", ")
}

// Unwrap gives model.ErrRefused.
func (r *Refusal) Unwrap() error { return model.ErrRefused }

// refusal gives an error of the reasons, nil for none.
func refusal(reasons []Reason) error {
	if len(reasons) == 0 {
		return nil
	}
	return &Refusal{Reasons: slices.Clone(reasons)}
}
