package failures

import "github.com/bulkheadlang/bulkhead/model/vsphere/ha"

// highAvailability is what goes wrong with vSphere HA.
var highAvailability = []Failure{
	{
		ID:   "VM-8",
		Name: "Slot fragmentation",
		Story: "Admission control counts free slots, or free memory, of all hosts together; after a host has failed, what is free lies in pieces " +
			"on several hosts, and a large virtual machine of the failed host is started on none of them.",
		Breaks: []Promise{Admission, Recovery},
		Found: []Case{
			failover("slots are capped at 2 GB, and a machine of 3 GB takes two", "Restarted", values{"SLOT_CAP": "2"}),
			failover("a third of the memory is reserved, by percentage", "Room", values{"POLICY": "percentage"}),
		},
		Blocked: []Case{
			failover("every power-on is checked by placing all machines on the hosts that are left", "Restarted", values{"POLICY": "packing", "SLOT_CAP": "2"}),
			failover("the same, against the policy of percentages", "Room", values{"POLICY": "packing"}),
			failover("the slots are not capped: each is as large as the largest machine", "Restarted", values{}),
		},
		Source: "vSphere API reference, ClusterFailoverLevelAdmissionControlPolicy, on fragmentation; the same of percentages follows",
	},
	{
		ID:   "VM-9",
		Name: "A mandatory rule against HA",
		Story: "A mandatory rule binds a virtual machine to a group of one host; when that host fails, HA has nowhere to start it, " +
			"though the other hosts are empty.",
		Breaks: []Promise{Recovery},
		Found:  []Case{failover("the rule is mandatory, and its group has one host", "Restarted", ruled("1", "true"))},
		Blocked: []Case{
			failover("the rule is only to be kept where it can be", "Restarted", ruled("1", "false")),
			failover("the group has two hosts, with room for what it binds", "Restarted", ruled("2", "true")),
		},
		Source: "vSphere API reference, ClusterVmHostRuleInfo.mandatory, and the guide vSphere Resource Management, on VM-Host affinity rules",
	},
	{
		ID:   "VM-12",
		Name: "One large reservation makes large slots",
		Story: "One virtual machine with a large reservation makes every slot as large as itself; few slots are left, and small machines are " +
			"not powered on while most of the memory is idle.",
		Breaks: []Promise{Progress},
		Found: []Case{
			outlier("slots are not capped", values{"POLICY": "slots", "SLOT_CAP": "0"}),
			outlier("slots are capped at 2 GB, twice what each of the small machines reserves", values{"POLICY": "slots", "SLOT_CAP": "2"}),
		},
		Blocked: []Case{
			outlier("slots are capped at 1 GB (das.slotmeminmb), which is what each of the small machines reserves", values{"POLICY": "slots", "SLOT_CAP": "1"}),
			outlier("a percentage is reserved instead", values{"POLICY": "percentage", "SLOT_CAP": "0"}),
		},
		Source: "guide vSphere Availability, \"Slot Size Calculation\"; vSphere API reference, ClusterFailoverLevelAdmissionControlPolicy",
	},
}

func failover(facts, property string, constants values) Case {
	return Case{Facts: facts, Models: ha.Models, Dir: "vsphere/ha", File: "failover.bh", Define: constants, Property: property}
}

// ruled is two machines with room everywhere, of which the first is bound to so many hosts.
func ruled(group, mandatory string) map[string]string {
	return values{"VMS": "2", "SIZE": "2", "GROUP": group, "MANDATORY": mandatory}
}

func outlier(facts string, constants values) Case {
	return Case{Facts: facts, Models: ha.Models, Dir: "vsphere/ha", File: "outlier.bh", Define: constants, Property: "Usable"}
}
