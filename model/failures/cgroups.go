package failures

import (
	"fmt"
	"strconv"

	"github.com/bulkheadlang/bulkhead/model/linux/cgroup"
	linuxcpu "github.com/bulkheadlang/bulkhead/model/linux/cpu"
	linuxmemory "github.com/bulkheadlang/bulkhead/model/linux/memory"
	"github.com/bulkheadlang/bulkhead/model/linux/resource"
)

// cgroups lists what goes wrong with the resources of containers on one kernel.
var cgroups = []Failure{
	{
		ID:   "RS-1",
		Name: "Throttling by cpu.max far below the limit",
		Story: "A service with half a processor serves a request by n threads. They spend the 50 ms of the period in 50/n ms, and all of them wait for the " +
			"rest of it, 100 - 50/n ms, though requests come so seldom that the service uses less than its limit.",
		Breaks: []Promise{Guarantee},
		Found: []Case{
			throttled("the quota is 50 ms in periods of 100 ms, without a burst, and a request is 10 ms of work (in ticks of 5 ms) for each of 10 threads", nil),
			throttled("the same with one thread and 55 ms of work", values{"THREADS": "1", "WORK": "11"}),
			throttled("the same with 10 threads, and nobody minds 90 ms: the delay is 95 ms", values{"PATIENCE": "18"}),
			expiry("what processors keep of their slices expires at the end of the period, as before Linux 5.4: half of the quota is lost in every period", true),
		},
		Blocked: []Case{
			throttled("a burst of 50 ms may be saved up", values{"BURST": "10"}),
			throttled("the quota is a whole processor", values{"QUOTA": "20"}),
			throttled("there is no limit", values{"LIMITED": "false"}),
			expiry("what processors keep stays where it is, as since Linux 5.4: the quota is had, but for a slice less a tick, once", false),
			throttled("nobody minds 95 ms, which is the longest delay with 10 threads", values{"PATIENCE": "19"}),
		},
		Source: "kubernetes issue 67577; Linux, Documentation/scheduler/sched-bwc.rst",
	},
	{
		ID:   "RS-2",
		Name: "Livelock at memory.high",
		Story: "The working set of a container does not fit its memory.high. Each time that it reads the code it needs, it is held until the kernel has given " +
			"that code back; nobody is killed, so nobody starts it again, and no work is done.",
		Breaks: []Promise{Progress},
		Found: []Case{
			high("memory.high is 2 pages, the working set is 5, and there is no memory.max", "2", "15", false),
			high("memory.high is 2, and memory.max is as large as the working set", "2", "5", false),
			high("memory.high is 2, and memory.max is above what cannot be given back, 3, and below the working set", "2", "4", false),
			high("there is no memory.high in the way, and memory.max is above what cannot be given back and below the working set", "5", "4", false),
		},
		Blocked: []Case{
			high("memory.max is no more than what cannot be given back: the process is killed, and somebody sees it", "2", "3", false),
			high("a monitor looks at containers that are held, and raises memory.high or ends them", "2", "15", true),
			high("memory.high is as large as the working set", "5", "15", false),
		},
		Source: "Linux, Documentation/admin-guide/cgroup-v2.rst, memory.high; kubernetes enhancement 2570",
	},
	{
		ID:   "RS-3",
		Name: "Noisy neighbour",
		Story: "A container has limits and keeps to them, and cannot fork: its neighbour, which has no pids.max, has filled the kernel's table of processes. So " +
			"it is with whatever no cgroup divides; without cgroups, whoever has more threads has more of the processors.",
		Breaks: []Promise{NonInterference, Guarantee},
		Found: []Case{
			pids("one of the containers of the host has no pids.max", "{red -> some(3), blue -> none, web -> some(2), db -> none}"),
			pids("all have one, and they add up to more than the kernel's table, 5", "{red -> some(3), blue -> some(3), web -> some(2), db -> none}"),
			{
				Facts:  "processors are given to threads, not to containers by cpu.weight",
				Models: linuxcpu.Models, Dir: "linux/cpu", File: "weights.bh", Mutant: "ByThreads", Property: "Sure",
			},
		},
		Blocked: []Case{
			pids("each container of the host has a pids.max, and together they fit the table", "{red -> some(3), blue -> some(2), web -> some(2), db -> none}"),
			{
				Facts:  "containers share processors by cpu.weight, however many threads they have",
				Models: linuxcpu.Models, Dir: "linux/cpu", File: "weights.bh", Property: "Sure",
			},
		},
		Source: "Linux, Documentation/admin-guide/cgroup-v2.rst, PID and CPU; CIS Docker Benchmark 1.6.0, 5.12 and 5.29",
	},
	{
		ID:   "RS-9",
		Name: "Weights that drift with the runtime",
		Story: "A container has 1024 CPU shares. The runtime is upgraded, and the container starts again: its cpu.weight was 39 and is 100, against siblings " +
			"that have weights of their own, or that were not started again.",
		Breaks: []Promise{Guarantee},
		Found: []Case{
			drift("weights are converted from CPU shares, and a container is started again after the upgrade", "Steady", false, false),
			drift("weights are converted from CPU shares, and of two containers with the same shares one runs since before the upgrade", "Alike", false, false),
			drift("the node is drained for the upgrade", "Steady", false, true),
		},
		Blocked: []Case{
			drift("cpu.weight is given as such", "Steady", true, false),
			drift("cpu.weight is given as such: containers are alike, whenever they started", "Alike", true, false),
			drift("the node is drained for the upgrade: containers with the same shares are alike, though not what they were", "Alike", false, true),
		},
		Source: "opencontainers/cgroups, utils.go, ConvertCPUSharesToCgroupV2Value, before and after v0.0.4",
	},
}

// throttled is a case of a service without a burst and without patience, but for what differs.
func throttled(facts string, differs values) Case {
	c := Case{
		Facts: facts, Models: linuxcpu.Models, Dir: "linux/cpu", File: "requests.bh", Property: "Prompt",
		Define: values{"BURST": "0"},
	}
	for name, value := range differs {
		c.Define[name] = value
	}
	return c
}

// expiry is a case of two processors, a quota of two ticks in periods of two, and slices of two.
func expiry(facts string, expires bool) Case {
	return Case{
		Facts: facts, Models: linuxcpu.Models, Dir: "linux/cpu", File: "slices.bh", Property: "NothingLost",
		Define: values{"QUOTA": "2", "SLICE": "2", "PERIOD": "2", "EXPIRES": strconv.FormatBool(expires)},
	}
}

func drift(facts, property string, explicit, drain bool) Case {
	given := fmt.Sprintf("{web -> %t, db -> %t}", explicit, explicit)
	return Case{
		Facts: facts, Models: resource.Models, Dir: "linux/resource", File: "drift.bh", Property: property,
		Define: values{"EXPLICIT": given, "DRAIN": strconv.FormatBool(drain)},
	}
}

func high(facts, high, most string, monitor bool) Case {
	return Case{
		Facts: facts, Models: linuxmemory.Models, Dir: "linux/memory", File: "high.bh", Property: "Progress",
		Define: values{"HIGH": high, "MAXES": "{" + most + "}", "MONITOR": strconv.FormatBool(monitor)},
	}
}

func pids(facts, limits string) Case {
	return Case{
		Facts: facts, Models: cgroup.Models, Dir: "linux/cgroup", File: "pids.bh", Property: "Innocent",
		Define: values{"LIMITS": limits},
	}
}
