package failures

import "github.com/bulkheadlang/bulkhead/model/vsphere/drs"

// upgrade is a case of maintenance.bh: hosts with two slots each, without an administrator who helps.
func upgrade(facts, property string, constants values) Case {
	define := values{"MANUAL": "false", "EXTRA": "0", "APART": "0"}
	for name, value := range constants {
		define[name] = value
	}
	return Case{Facts: facts, Models: drs.Models, Dir: "vsphere/drs", File: "maintenance.bh", Define: define, Property: property}
}

var maintenance = []Failure{
	{
		ID: "VM-10", Name: "HA admission control against maintenance",
		Story: "Somebody asks for maintenance of a host, as an upgrade does. The hosts that are left could not take one more failure, " +
			"so DRS moves nothing away, and the upgrade waits for ever.",
		Breaks: []Promise{Progress, Recovery},
		Found: []Case{
			upgrade("there are two hosts, one of which may fail", "Finishes", values{"HOSTS": "2", "VMS": "2"}),
			upgrade("there are three hosts, too full to lose two", "Finishes", values{"HOSTS": "3", "VMS": "3"}),
			upgrade("there are two hosts: one that was asked for while something ran on it can never be in maintenance, unless that is taken back", "Possible", values{"HOSTS": "2", "VMS": "2"}),
		},
		Blocked: []Case{
			upgrade("there is one more host than two", "Finishes", values{"HOSTS": "3", "VMS": "2"}),
			upgrade("there is one more host than three", "Finishes", values{"HOSTS": "4", "VMS": "3"}),
			upgrade("HA admission control is off", "Finishes", values{"HOSTS": "2", "VMS": "2", "ADMISSION": "false"}),
			upgrade("an administrator moves the machines by hand", "Finishes", values{"HOSTS": "2", "VMS": "2", "MANUAL": "true"}),
			upgrade("there is one more host than two: each can always be in maintenance", "Possible", values{"HOSTS": "3", "VMS": "2"}),
		},
		Source: "vSphere Availability, Using vSphere HA and DRS Together; vSphere Resource Management, DRS Does Not Evacuate a Host " +
			"Requested to Enter Maintenance or Standby Mode",
	},
	{
		ID: "VM-11", Name: "As many machines apart as there are hosts",
		Story: "Three machines must not share a host, and there are three hosts. One of these is to go into maintenance: its machine " +
			"may go nowhere, neither by DRS nor by hand.",
		Breaks: []Promise{Progress},
		Found: []Case{
			upgrade("there are as many hosts as machines", "Finishes", values{"HOSTS": "3", "VMS": "3", "APART": "3", "ADMISSION": "false", "MANUAL": "true"}),
			upgrade("there are as many hosts as machines: from no state can any host be in maintenance", "Possible",
				values{"HOSTS": "3", "VMS": "3", "APART": "3", "ADMISSION": "false", "MANUAL": "true"}),
		},
		Blocked: []Case{
			upgrade("there is one more host", "Finishes", values{"HOSTS": "4", "VMS": "3", "APART": "3", "ADMISSION": "false", "MANUAL": "true"}),
			upgrade("there is one more host: each can always be in maintenance", "Possible",
				values{"HOSTS": "4", "VMS": "3", "APART": "3", "ADMISSION": "false", "MANUAL": "true"}),
		},
		Source: "ClusterRuleInfo in the vSphere API: DRS does not evacuate virtual machines to place a host in maintenance mode",
	},
}
