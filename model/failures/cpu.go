package failures

import (
	"maps"

	"github.com/bulkheadlang/bulkhead/model/esxi/cpu"
)

// newHost are the facts of a host with hyperthreading on a processor that has the L1 terminal fault, with ESXi's boot
// options as they are on a new host.
var newHost = values{
	"HT": "{true}", "L1TF": "{true}", "MITIGATION": "{false}", "INTRA": "{true}", "FORCE": "{false}", "FLUSH": "true",
}

// sealed is whether machines read what is not theirs, on a host with other values than a new one.
func sealed(facts string, other values) Case {
	define := maps.Clone(newHost)
	maps.Copy(define, other)
	return Case{Facts: facts, Models: cpu.Models, Dir: "esxi/cpu", File: "sidechannel.bh", Define: define, Property: "Sealed"}
}

// storm is whether a machine on a host with three processors for it loses no more to co-stop than it waited for processors.
func storm(facts, vcpus string) Case {
	return Case{
		Facts: facts, Models: cpu.Models, Dir: "esxi/cpu", File: "coschedule.bh",
		Define: values{"VCPUS": vcpus, "PCPUS": "3", "LOSS": "1"}, Property: "LossBound",
	}
}

// scheduling are the failures of the CPU schedulers of one host.
var scheduling = []Failure{
	{
		ID:     "VM-4",
		Name:   "L1TF (CVE-2018-3646)",
		Story:  "A machine reads, from the first-level cache, what another machine or the VMkernel has there, which runs on the other hardware thread of its core or ran on the core before.",
		Breaks: []Promise{Confidentiality, NonInterference},
		Found: []Case{
			sealed("the host is new: hyperthreading is on and the scheduler the default", nil),
			sealed("hyperthreading is off and the host lacks the patch that flushes the cache (the sequential variant)",
				values{"HT": "{false}", "FLUSH": "false"}),
		},
		Blocked: []Case{
			sealed("hyperthreadingMitigation is set (SCAv1)", values{"MITIGATION": "{true}"}),
			sealed("hyperthreadingMitigation is set and hyperthreadingMitigationIntraVM is not (SCAv2)",
				values{"MITIGATION": "{true}", "INTRA": "{false}"}),
			sealed("forceHyperthreadingMitigation is set (SCAv2)", values{"FORCE": "{true}"}),
			sealed("hyperthreading is off", values{"HT": "{false}"}),
			sealed("the processor has not got the fault", values{"L1TF": "{false}"}),
		},
		Source: "knowledge.broadcom.com 55806 and 330041",
	},
	{
		ID:     "VM-15",
		Name:   "Co-stop storm",
		Story:  "One vCPU of a wide machine waits for a processor on a busy host; its siblings get too far ahead and are stopped, so that the machine loses more than it was denied.",
		Breaks: []Promise{Guarantee},
		Found:  []Case{storm("the machine has 4 vCPUs", "4")},
		Blocked: []Case{
			storm("the machine has 2 vCPUs", "2"),
		},
		Source: "The CPU Scheduler in VMware vSphere 5.1, a white paper of 2013, on relaxed co-scheduling",
	},
}
