package failures

import (
	"maps"

	"github.com/bulkheadlang/bulkhead/model/kubernetes/kubelet"
	"github.com/bulkheadlang/bulkhead/model/kubernetes/scheduler"
)

// outOfMemory is whether a pod that does what it always did goes on, on a node that its scheduler has filled by requests, beside
// another pod that grows.
func outOfMemory(facts, property string, define values) Case {
	return Case{Facts: facts, Models: kubelet.Models, Dir: "kubernetes/kubelet", File: "oom.bh", Define: define, Property: property}
}

// pingPong is whether a pod that has preempted another one is placed, by who places the pods of lower priority.
func pingPong(facts, property string, define values) Case {
	return Case{Facts: facts, Models: scheduler.Models, Dir: "kubernetes/scheduler", File: "pingpong.bh", Define: define, Property: property}
}

// circle is whether a pod that is evicted comes to rest. It uses 4 of something.
func circle(facts string, define values) Case {
	all := values{"REQUESTS": "1", "TRANSITION": "1", "TOLERATES": "false"}
	maps.Copy(all, define)
	return Case{Facts: facts, Models: kubelet.Models, Dir: "kubernetes/kubelet", File: "loop.bh", Define: all, Property: "Settles"}
}

func cascade(facts string, define values) Case {
	return Case{Facts: facts, Models: scheduler.Models, Dir: "kubernetes/scheduler", File: "cascade.bh", Define: define, Property: "BudgetKept"}
}

func nominated(facts string, define values) Case {
	return Case{Facts: facts, Models: scheduler.Models, Dir: "kubernetes/scheduler", File: "nominate.bh", Define: define, Property: "Placed"}
}

// pods are the failures of pods on Kubernetes nodes.
var pods = []Failure{
	{
		ID:   "RS-4",
		Name: "Out of memory, and the innocent pays",
		Story: "A pod that uses more memory than it requests, and always did, is killed or evicted when another one grows, although that one " +
			"keeps to its request; where nothing is reserved for the daemons of the node, even a pod goes that requests all it uses.",
		Breaks: []Promise{Guarantee},
		Found: []Case{
			outOfMemory("the pod requests nothing (BestEffort), and the kernel is faster than the kubelet", "NotKilled", values{"REQUEST": "0", "BURST": "0"}),
			outOfMemory("it requests half of what it uses (Burstable), and daemons use more than is reserved", "NotKilled", values{"REQUEST": "1", "BURST": "0", "DAEMONS": "2"}),
			outOfMemory("it requests nothing, and the kubelet is in time: it is evicted instead", "SteadyFine", values{"REQUEST": "0", "BURST": "0"}),
			outOfMemory("it is Guaranteed, and nothing is reserved for daemons", "SteadyFine", values{"BURST": "0", "RESERVED": "0"}),
		},
		Blocked: []Case{
			outOfMemory("it requests and is limited to what it uses (Guaranteed), even where the other one exceeds its request", "SteadyFine", values{}),
			outOfMemory("as much is reserved as it uses without a request, and daemons use", "SteadyFine", values{"REQUEST": "0", "BURST": "0", "RESERVED": "3"}),
			outOfMemory("it is Guaranteed, and as much is reserved as daemons use", "SteadyFine", values{"BURST": "0", "RESERVED": "1"}),
		},
		Source: "Node-pressure Eviction in the documentation of Kubernetes, Node out of memory behavior; Reserve Compute Resources for System Daemons",
	},
	{
		ID:   "RS-5",
		Name: "Preemption ping-pong",
		Story: "A pod of high priority has another one removed and backs off; before it comes back, somebody else has put a pod like the removed one " +
			"on the node, and it preempts again, thousands of times.",
		Breaks: []Promise{Progress},
		Found: []Case{
			pingPong("another scheduler places the pods of lower priority, and does not look at nominations", "Placed", values{"BY": "another"}),
			pingPong("the victim's controller writes the name of the node into its pods", "Placed", values{"BY": "controller"}),
			pingPong("there are two schedulers: more than one preemption is needed", "Once", values{"BY": "another"}),
		},
		Blocked: []Case{
			pingPong("one scheduler places both", "Placed", values{"BY": "same"}),
			pingPong("the other scheduler looks at nominations, too", "Placed", values{"BY": "another", "SHARED": "true"}),
			pingPong("one scheduler places both: one preemption is enough", "Once", values{"BY": "same"}),
		},
		Source: "kubernetes/kubernetes issue 130429",
	},
	{
		ID:   "RS-6",
		Name: "Eviction and scheduling in a circle",
		Story: "A pod uses more than it requests; the kubelet of the node where it is evicts it, and the scheduler, which looks at requests only, puts " +
			"the next one on the same node.",
		Breaks: []Promise{Progress},
		Found: []Case{
			circle("the pressure transition period is shorter than two looks of the kubelet, so that no taint is there when the pod comes back", nil),
			circle("the pod tolerates the taint, as every pod that requests anything tolerates memory pressure, though the period is five minutes",
				values{"TRANSITION": "30", "TOLERATES": "true"}),
		},
		Blocked: []Case{
			circle("it requests what it uses", values{"REQUESTS": "4"}),
			circle("the same, and the pod tolerates the taint: none is needed", values{"REQUESTS": "4", "TRANSITION": "30", "TOLERATES": "true"}),
			circle("the pressure transition period is five minutes, and the pod does not tolerate the taint", values{"TRANSITION": "30"}),
		},
		Source: "Node-pressure Eviction in the documentation of Kubernetes, Node condition oscillation; Taints and Tolerations, Taint Nodes by Condition",
	},
	{
		ID:   "RS-7",
		Name: "Priority cascade",
		Story: "To spare a pod that a disruption budget covers, the scheduler removes a more important one; that one is created anew, and preempts the " +
			"one that was to be spared. Each decision is right by itself, and looks no further.",
		Breaks: []Promise{Guarantee},
		Found:  []Case{cascade("the pod that was removed may preempt others", values{"NEVER": "{}"})},
		// Nothing that keeps preemption as it is prevents the chain. It ends only where the second preemption cannot happen, or need
		// not.
		Blocked: []Case{
			cascade("the pod that was removed may not preempt anybody (preemptionPolicy Never): it stays pending", values{"NEVER": "{a}"}),
			cascade("there is room for all three", values{"NEVER": "{}", "ROOM": "3"}),
		},
		Source: "kubernetes/community pull request 1228",
	},
	{
		ID:   "RS-8",
		Name: "A nomination that never comes true",
		Story: "The kubelet of the node that a preemption has chosen goes down; its victim never ends, and while it is terminating the pod " +
			"preempts nobody else, though another node could be made free.",
		Breaks: []Promise{Progress},
		Found:  []Case{nominated("nothing limits how long the pod waits, as in Kubernetes", values{"LIMIT": "false"})},
		Blocked: []Case{
			nominated("a victim is given up after some time, though its kubelet may only be slow, and another node is tried", nil),
			nominated("there is a limit, and three nodes, two of which go down", values{"NODES": "3", "FAILS": "2"}),
			nominated("no kubelet goes down", values{"LIMIT": "false", "FAILS": "0"}),
		},
		Source: "kubernetes/kubernetes issue 95752",
	},
}
