// Package escape models ways out of a virtual machine as abstract facts and what follows from them: what is fixed, what
// is confined, which step needs which. It says nothing of how it is done, and has no implementation in Go beside it.
//
//   - device.bh: a virtual device with a buffer (VENOM, CVE-2015-3456), from the guest to the device process and from
//     there to the host.
//   - vmx.bh: from the guest to the VMX process and from there to the VMkernel (CVE-2025-22224, CVE-2025-22225,
//     CVE-2025-22226).
package escape
