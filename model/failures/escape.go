package failures

import (
	"github.com/bulkheadlang/bulkhead/model/esxi/escape"
	"github.com/bulkheadlang/bulkhead/model/esxi/network"
)

// device, vmx, management and neighbours are cases of these models.
func device(what, property string, define values) Case {
	return Case{Facts: what, Models: escape.Models, Dir: "esxi/escape", File: "device.bh", Define: define, Property: property}
}

func vmx(what, property string, define values) Case {
	return Case{Facts: what, Models: escape.Models, Dir: "esxi/escape", File: "vmx.bh", Define: define, Property: property}
}

func management(what string, define values) Case {
	return Case{Facts: what, Models: network.Models, Dir: "esxi/network", File: "management.bh", Define: define, Property: "HostIntact"}
}

func neighbours(what, property string, define values) Case {
	return Case{Facts: what, Models: network.Models, Dir: "esxi/network", File: "neighbours.bh", Define: define, Property: property}
}

// escapes are the ways out of a virtual machine: to its device process, to the host, to its neighbours on the network.
var escapes = []Failure{
	{
		ID:     "VM-1",
		Name:   "VENOM (CVE-2015-3456)",
		Story:  "A guest of QEMU writes past the buffer of the floppy controller, which every machine has, and its device process opens files of the host.",
		Breaks: []Promise{HostIntegrity, NonInterference},
		Found: []Case{
			device("QEMU is not fixed, and the process not confined", "HostIntact", values{"FIXED": "false"}),
			device("QEMU is not fixed, and the process not confined: the disk of another machine", "OthersIntact", values{"FIXED": "false"}),
			device("QEMU is not fixed, though sVirt confines the process: its own machine's devices are lost", "ProcessSound", values{"FIXED": "false", "CONFINED": "true"}),
		},
		Blocked: []Case{
			device("QEMU is fixed", "HostIntact", nil),
			device("QEMU is fixed: not even the device process is lost", "ProcessSound", nil),
			device("sVirt or a stub domain confines the process", "HostIntact", values{"FIXED": "false", "CONFINED": "true"}),
			device("sVirt or a stub domain confines the process: not the disk of another machine", "OthersIntact", values{"FIXED": "false", "CONFINED": "true"}),
			device("it is the VMX process of ESXi, whose controller has not the fault", "HostIntact", values{"FIXED": "false", "EMULATOR": "vmx"}),
			device("it is the VMX process of ESXi: not even that is lost", "ProcessSound", values{"FIXED": "false", "EMULATOR": "vmx"}),
		},
		Source: "CVE-2015-3456; Xen Security Advisory 133",
	},
	{
		ID:     "VM-2",
		Name:   "VMX escape (CVE-2025-22224, CVE-2025-22225, CVE-2025-22226)",
		Story:  "An administrator of a guest changes a length between check and use, takes over the VMX process of the machine, and has the VMkernel write for it.",
		Breaks: []Promise{HostIntegrity, NonInterference},
		Found: []Case{
			vmx("nothing is patched", "KernelIntact", values{"PATCHED_22224": "false", "PATCHED_22225": "false", "PATCHED_22226": "false"}),
			vmx("only the VMkernel is patched (22225): the first step remains", "VMXSound", values{"PATCHED_22224": "false", "PATCHED_22226": "false"}),
			vmx("the leak is not needed, and only that is patched (22226)", "KernelIntact", values{"PATCHED_22224": "false", "PATCHED_22225": "false", "NEEDS_LEAK": "false"}),
		},
		Blocked: []Case{
			vmx("all is patched", "KernelIntact", nil),
			vmx("only VMCI is patched (22224): the second step needs the first", "KernelIntact", values{"PATCHED_22225": "false", "PATCHED_22226": "false"}),
			vmx("only VMCI is patched (22224): nor is the VMX process lost", "VMXSound", values{"PATCHED_22225": "false", "PATCHED_22226": "false"}),
			vmx("only the VMkernel is patched (22225)", "KernelIntact", values{"PATCHED_22224": "false", "PATCHED_22226": "false"}),
			vmx("only shared folders are patched (22226), and the first step needs the leak", "VMXSound", values{"PATCHED_22224": "false", "PATCHED_22225": "false"}),
			vmx("the adversary is not administrator in the guest", "VMXSound", values{"PATCHED_22224": "false", "PATCHED_22225": "false", "PATCHED_22226": "false", "GUEST_ADMIN": "false"}),
		},
		Source: "VMSA-2025-0004",
	},
	{
		ID:     "VM-3",
		Name:   "OpenSLP (CVE-2020-3992, CVE-2021-21974)",
		Story:  "Whoever reaches port 427 of the management interface, with or without a guest on the host, runs code on the host.",
		Breaks: []Promise{HostIntegrity},
		Found: []Case{
			management("slpd runs, unpatched, and the adversary is in the management VLAN", values{"PATCHED": "false"}),
			management("the management network is a VLAN of its own, but a router passes packets to it", values{"PATCHED": "false", "MANAGEMENT": "2", "ROUTED": "true"}),
		},
		Blocked: []Case{
			management("slpd is off", values{"PATCHED": "false", "SLPD": "false"}),
			management("slpd is off, and a router passes packets", values{"PATCHED": "false", "SLPD": "false", "MANAGEMENT": "2", "ROUTED": "true"}),
			management("the firewall of the host closes port 427 (rule set CIMSLP)", values{"PATCHED": "false", "RULE": "false"}),
			management("the management network is a VLAN of its own, and no router passes packets to it", values{"PATCHED": "false", "MANAGEMENT": "2"}),
			management("the host is patched", nil),
			management("the host is patched, and a router passes packets", values{"MANAGEMENT": "2", "ROUTED": "true"}),
		},
		Source: "VMSA-2020-0023; VMSA-2021-0002",
	},
	{
		ID:   "VM-6",
		Name: "Sniffing and impersonation on a virtual switch",
		Story: "A guest reads what its neighbours send, or sends in their name, because the port group accepts promiscuous mode, address changes or forged transmits; " +
			"ARP spoofing needs none of them.",
		Breaks: []Promise{Confidentiality, NonInterference},
		Found: []Case{
			neighbours("promiscuous mode is accepted, in the same VLAN, though all addresses are static", "NotRead", values{"SEGMENT": "same", "STATIC_ARP": "true", "STATIC_VICTIM": "true", "PROMISCUOUS": "true"}),
			neighbours("promiscuous mode is accepted, and the guest's port group carries all VLANs (4095), though all addresses are static", "NotRead", values{"SEGMENT": "all", "STATIC_ARP": "true", "STATIC_VICTIM": "true", "PROMISCUOUS": "true"}),
			neighbours("address changes are accepted, in the same VLAN, though all addresses are static: it takes that of the gateway", "NotRead", values{"SEGMENT": "same", "STATIC_ARP": "true", "STATIC_VICTIM": "true", "MAC_CHANGES": "true"}),
			neighbours("forged transmits are accepted, in the same VLAN", "NotFooled", values{"SEGMENT": "same", "FORGED_TRANSMITS": "true"}),
			neighbours("address changes are accepted, and forged transmits rejected, in the same VLAN", "NotFooled", values{"SEGMENT": "same", "MAC_CHANGES": "true"}),
			neighbours("all three are rejected, in the same VLAN: ARP spoofing remains", "NotRead", values{"SEGMENT": "same"}),
			neighbours("all three are rejected, in the same VLAN: the victim is misled", "NotMisled", values{"SEGMENT": "same"}),
			neighbours("all three are rejected, and the gateway's address is static at the victim alone: what the gateway answers is read", "NotRead", values{"SEGMENT": "same", "STATIC_ARP": "true"}),
			neighbours("all three are rejected, and both are isolated in a private VLAN: the gateway is in reach, and is misled", "NotRead", values{"SEGMENT": "private"}),
			neighbours("promiscuous mode is accepted, and both are isolated in a private VLAN: what the gateway answers is read", "NotRead", values{"SEGMENT": "private", "STATIC_VICTIM": "true", "PROMISCUOUS": "true"}),
		},
		Blocked: []Case{
			neighbours("all three are rejected, and the addresses of the gateway and of the victim are static", "NotRead", values{"SEGMENT": "same", "STATIC_ARP": "true", "STATIC_VICTIM": "true"}),
			neighbours("all three are rejected, both addresses are static, and the port group carries all VLANs", "NotRead", values{"SEGMENT": "all", "STATIC_ARP": "true", "STATIC_VICTIM": "true"}),
			neighbours("all three are rejected, in the same VLAN", "NotFooled", values{"SEGMENT": "same"}),
			neighbours("the guest is in another VLAN", "NotRead", values{"SEGMENT": "another", "PROMISCUOUS": "true", "MAC_CHANGES": "true", "FORGED_TRANSMITS": "true"}),
			neighbours("the guest is in another VLAN", "NotFooled", values{"SEGMENT": "another", "PROMISCUOUS": "true", "MAC_CHANGES": "true", "FORGED_TRANSMITS": "true"}),
			neighbours("the guest is in another VLAN: nor is the gateway misled", "GatewayNotMisled", values{"SEGMENT": "another"}),
			neighbours("all three are rejected, both are isolated in a private VLAN, and the victim's address is static at the gateway", "NotRead", values{"SEGMENT": "private", "STATIC_VICTIM": "true"}),
			neighbours("both are isolated in a private VLAN: the victim is not misled", "NotMisled", values{"SEGMENT": "private"}),
		},
		Source: `"vSphere Security" 6.7, "Securing vSphere Networking"; RFC 826`,
	},
}
