package failures

import esximemory "github.com/bulkheadlang/bulkhead/model/esxi/memory"

// memory lists what goes wrong with the memory of an ESXi host.
var memory = []Failure{
	{
		ID:   "VM-5",
		Name: "Page sharing as a side channel",
		Story: "A guest writes a page that it guesses another one has, waits until the host has looked for equal pages, and writes to it once more: " +
			"if that takes long, the page was shared, and the guess was right.",
		Breaks: []Promise{Confidentiality, NonInterference},
		Found: []Case{
			sharing("Mem.ShareForceSalting is 0 and guests have small pages", "SALTING", "0", "LARGE", "false"),
			sharing("Mem.ShareForceSalting is 1, no machine has a salt, and guests have small pages", "SALTING", "1", "LARGE", "false"),
			sharing("two machines have the same salt, and guests have small pages", "SALT", "{1 -> 7, 2 -> 7}", "LARGE", "false"),
			sharing("guests have large pages, and the host falls out of the high state and breaks them", "SALTING", "0"),
		},
		Blocked: []Case{
			sharing("Mem.ShareForceSalting is 2, as by default, and guests have small pages", "LARGE", "false"),
			sharing("Mem.ShareForceSalting is 1, the machines have different salts, and guests have small pages", "SALTING", "1", "SALT", "{1 -> 7, 2 -> 8}", "LARGE", "false"),
			sharing("guests have large pages and the host stays in the high state", "SALTING", "0", "PRESSURE", "false"),
			tenants("Mem.ShareForceSalting is 2: nothing at all can be noticed", "LARGE", "false"),
			tenants("the same with different salts", "SALTING", "1", "SALT", "{1 -> 7, 2 -> 8}", "LARGE", "false"),
			tenants("the same in the high state", "SALTING", "0", "PRESSURE", "false"),
		},
		Source: "knowledge.broadcom.com 323624 (KB 2080735, 2097593); Suzaki et al., EuroSec 2011",
	},
	{
		ID:   "VM-13",
		Name: "Swapping on an empty host",
		Story: "A machine has a limit below its configured size, often one that was set long ago or came with a template. It is ballooned or swapped as " +
			"soon as it touches more than the limit, however much memory the host has.",
		Breaks: []Promise{Guarantee},
		Found: []Case{
			reclaim("the limit is 3 of 6 pages and Tools run", "LIMIT", "{1 -> 3, 2 -> -1}"),
			reclaim("the limit is 3 of 6 pages and no Tools run", "LIMIT", "{1 -> 3, 2 -> -1}", "TOOLS", "{1 -> false, 2 -> false}"),
		},
		Blocked: []Case{
			reclaim("the limit is the configured size", "LIMIT", "{1 -> 6, 2 -> -1}"),
			reclaim("there is no limit", "LIMIT", "{1 -> -1, 2 -> -1}"),
		},
		Source: "E. Sloof, ntpro.nl 2537; vSphere Resource Management, \"Memory limit\"",
	},
	{
		ID:   "VM-17",
		Name: "Idle memory hoarded by a reservation",
		Story: "A machine has touched all the memory that it reserved, and does not use it any more. Reserved pages are not taxed, however idle, so that " +
			"machines in use swap against themselves.",
		Breaks: []Promise{Guarantee},
		Found:  []Case{tax("half of the host is reserved for the idle machine", "RESERVE", "{1 -> 4, 2 -> 0}")},
		Blocked: []Case{
			tax("an eighth of the host is reserved for it", "RESERVE", "{1 -> 1, 2 -> 0}"),
			tax("nothing is reserved", "RESERVE", "{1 -> 0, 2 -> 0}"),
		},
		Source: "Waldspurger, OSDI 2002, 5.2; vSphere Resource Management, \"Memory reservation\"",
	},
}

// inMemory is a case of a model of a host's memory, with pairs of a constant and its value.
func inMemory(file, property, facts string, constants []string) Case {
	c := Case{Facts: facts, Models: esximemory.Models, Dir: "esxi/memory", File: file, Property: property, Define: values{}}
	for i := 0; i < len(constants); i += 2 {
		c.Define[constants[i]] = constants[i+1]
	}
	return c
}

func sharing(facts string, constants ...string) Case {
	return inMemory("sharing.bh", "Secret", facts, constants)
}

func tenants(facts string, constants ...string) Case {
	return inMemory("sharing.bh", "Tenants", facts, constants)
}

func reclaim(facts string, constants ...string) Case {
	return inMemory("reclaim.bh", "AtEase", facts, append(constants, "MEMORY", "12"))
}

func tax(facts string, constants ...string) Case {
	return inMemory("tax.bh", "NoHoarding", facts, constants)
}
