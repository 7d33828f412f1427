package failures

import "github.com/bulkheadlang/bulkhead/model/esxi/pool"

// pools are the failures of resource pools.
var pools = []Failure{
	{
		ID:   "VM-7",
		Name: "Dilution of a resource pool (the pie paradox)",
		Story: "A pool of shares High is given twice as much as one of shares Normal whatever runs in it; as more machines are powered on there, " +
			"each of them gets less, and in the end less than the machines that were to be of lower priority.",
		Breaks: []Promise{Guarantee},
		Found: []Case{
			shares("shares are fixed: six machines in the pool of shares High, 8000, and two in that of shares Normal, 4000",
				"AllOn", values{"SCALABLE": "false", "NIGHT": "0", "BESIDE": "0"}),
			shares("shares are fixed, and as few machines as do it", "NoInversion", values{"SCALABLE": "false", "NIGHT": "0"}),
			shares("shares are fixed, and five machines in a pool have a machine for a sibling that is in no pool",
				"PoolsNoDisadvantage", values{"SCALABLE": "false", "NIGHT": "0", "HIGH": "0", "NORMAL": "5"}),
		},
		Blocked: []Case{
			shares("shares are scalable", "AllOn", values{"NIGHT": "0", "BESIDE": "0"}),
			shares("shares are scalable, however many machines run of them", "NoInversion", values{"NIGHT": "0"}),
			shares("shares are scalable, and five machines in a pool have a machine for a sibling that is in no pool",
				"PoolsNoDisadvantage", values{"NIGHT": "0", "HIGH": "0", "NORMAL": "5"}),
		},
		Source: "F. Denneman, vSphere 7 DRS Scalable Shares Deep Dive (2020); vSphere Web Services SDK Programming Guide, Understanding Scalable Shares",
	},
	{
		ID:   "VM-14",
		Name: "Theft by an expandable pool",
		Story: "Two owners have a pool each, and both borrow what the parent has unreserved: the first to power on takes it, and the " +
			"other one's power-on is refused though nothing in his own pool has changed.",
		Breaks: []Promise{Guarantee, Admission},
		Found: []Case{
			siblings("the reservations of both pools are expandable", "NotRobbed", values{"EXPANDABLE": "true"}),
		},
		Blocked: []Case{
			siblings("the reservations of both pools are fixed", "NotRobbed", nil),
			siblings("the reservations of both pools are fixed: an owner cannot even find out what the other one runs", "Teams", nil),
		},
		Source: "vSphere Resource Management, Admission Control for Resource Pools",
	},
}

func shares(facts, property string, define values) Case {
	return Case{Facts: facts, Models: pool.Models, Dir: "esxi/pool", File: "shares.bh", Define: define, Property: property}
}

func siblings(facts, property string, define values) Case {
	return Case{Facts: facts, Models: pool.Models, Dir: "esxi/pool", File: "siblings.bh", Define: define, Property: property}
}
