package failures

import "github.com/bulkheadlang/bulkhead/model/esxi/vmfs"

// lock is a case of the model of a lock on VMFS.
func lock(facts, property string, define values) Case {
	return Case{Facts: facts, Models: vmfs.Models, Dir: "esxi/vmfs", File: "locks.bh", Define: define, Property: property}
}

// lifecycle are failures of virtual machines and of their files as they are started, stopped and restarted.
var lifecycle = []Failure{
	{
		ID:   "VM-16",
		Name: "Split brain of a virtual machine",
		Story: "A host does not reach its storage for longer than the lease of its locks; another one breaks the lock of a virtual disk and " +
			"starts the machine, and the old instance goes on: its writes arrive in the new one's disk, or it is alive beside it.",
		Breaks: []Promise{SingleWriter},
		Found: []Case{
			lock("storage stalls for longer than the lease, and what a host has sent still arrives afterwards", "SingleWriter",
				values{"CRASHES": "false", "FENCES": "false"}),
			lock("storage stalls for longer than the lease, and a host whose heartbeat is older than that goes on writing", "SingleWriter",
				values{"CRASHES": "false", "CHECKS": "false"}),
			lock("the storage is lost first and the network later, the isolation response is powerOff, and comes within the lease", "Open.ensures",
				values{"CRASHES": "false", "AT_ONCE": "false"}),
			lock("a host is cut off from network and storage, and the isolation response is none", "Open.ensures",
				values{"CRASHES": "false", "RESPONSE": "0"}),
			lock("a host is cut off from network and storage, and its isolation response comes after the lease has run out", "Open.ensures",
				values{"CRASHES": "false", "RESPONSE": "4"}),
			lock("the isolation response is powerOff, after the 30 s that a host of vSphere HA needs to find itself isolated, and the lease is the 16 s of ESXi", "Open.ensures",
				values{"CRASHES": "false", "PERIOD": "3", "LEASE": "16", "RESPONSE": "30"}),
		},
		Blocked: []Case{
			lock("hosts check the generation of their heartbeat, and storage fences what was sent before the lock is broken", "SingleWriter",
				values{"CRASHES": "false"}),
			lock("hosts check, storage fences, and hosts fail, too", "SingleWriter", nil),
			lock("network and storage are lost in the same moment, and the isolation response is powerOff, and comes within the lease", "Open.ensures", values{"CRASHES": "false"}),
			lock("the isolation response is powerOff after 12 s, sooner than that of vSphere HA, hosts fail, too, and heartbeats and lease are those of ESXi in seconds", "Open.ensures",
				values{"PERIOD": "3", "LEASE": "16", "RESPONSE": "12"}),
		},
		Source: "VMware knowledge base 330024 (VMFS heartbeat and usage of ATS); vSphere Web Services API, ClusterDasVmSettings.isolationResponse",
	},
}
