package failures

import "github.com/bulkheadlang/bulkhead/model/docker/network"

// reload and publish are cases of these models.
func reload(facts, property string, define values) Case {
	return Case{Facts: facts, Models: network.Models, Dir: "docker/network", File: "reload.bh", Define: define, Property: property}
}

func publish(facts, property string, define values) Case {
	return Case{Facts: facts, Models: network.Models, Dir: "docker/network", File: "publish.bh", Define: define, Property: property}
}

// networks are failures of the networks of containers.
var networks = []Failure{
	{
		ID:   "NS-1",
		Name: "Firewall reload (CVE-2025-54410, CVE-2025-54388)",
		Story: "Somebody reloads firewalld, and the engine makes its rules again but for some: a container of one tenant gets to another's, or a neighbour " +
			"on the segment to a port that is published for the host alone.",
		Breaks: []Promise{NonInterference, Confidentiality},
		Found: []Case{
			reload("the engine, before 28.0, forgets the rules that part bridges", "GuestKept", values{"VERSION": "v27", "LOSES_ISOLATION": "true"}),
			reload("the engine, before 28.0, forgets them, and the policy of FORWARD is DROP", "GuestKept",
				values{"VERSION": "v27", "LOSES_ISOLATION": "true", "POLICY_DROP": "true"}),
			reload("the engine, of 28.2.0 to 28.3.2, forgets the rules that drop direct access: a neighbour with a route", "NeighbourKept", values{"LOSES_ENDPOINTS": "true"}),
			reload("the engine, of 28.2.0 to 28.3.2, forgets them: a container of another network", "GuestKept", values{"LOSES_ENDPOINTS": "true"}),
		},
		Blocked: []Case{
			reload("the engine, of 25.0.13, forgets nothing", "GuestKept", values{"VERSION": "v27"}),
			reload("the engine, of 28.3.3, forgets nothing", "NeighbourKept", nil),
			reload("the engine, of 28.3.3, forgets nothing: a container of another network", "GuestKept", nil),
			reload("the engine, before 28.0, forgets the rules, and the other container is on an internal network alone", "GuestKept",
				values{"VERSION": "v27", "LOSES_ISOLATION": "true", "GUEST_INTERNAL": "true"}),
		},
		Source: "GHSA-4vq8-7jfc-9cvp; GHSA-x4rx-4gw3-53p4",
	},
	{
		ID:     "NS-2",
		Name:   "A published port bypasses ufw",
		Story:  "An administrator turns on ufw, which denies all that comes in, and the port that docker run -p has published stays open to the segment.",
		Breaks: []Promise{Confidentiality},
		Found: []Case{
			publish("the port is published on all addresses", "PublishedKept", values{"HOST_IP": "everywhere"}),
			publish("a rule in DOCKER-USER names the host port, which is changed by then", "PublishedKept", values{"HOST_IP": "everywhere", "USER": "by_port"}),
			publish("the port is published on 127.0.0.1, before 28.0: a neighbour hands the host a packet for that address", "PublishedKept", values{"VERSION": "v27"}),
		},
		Blocked: []Case{
			publish("the port is published on 127.0.0.1, since 28.0", "PublishedKept", nil),
			publish("a rule in DOCKER-USER names the host port as it was (--ctorigdstport)", "PublishedKept", values{"HOST_IP": "everywhere", "USER": "by_original"}),
			publish("a rule in DOCKER-USER names the interface", "PublishedKept", values{"HOST_IP": "everywhere", "USER": "by_interface"}),
			publish("the port is published on 127.0.0.1, before 28.0, and a rule in DOCKER-USER names the interface", "PublishedKept", values{"VERSION": "v27", "USER": "by_interface"}),
			publish(`the engine makes no rules ("iptables": false): the proxy listens, and ufw sees the packet`, "PublishedKept", values{"HOST_IP": "everywhere", "IPTABLES": "false"}),
			publish("the port is published on all addresses: what the host itself serves ufw does keep", "ServiceKept", values{"HOST_IP": "everywhere"}),
		},
		Source: `docs.docker.com, "Packet filtering and firewalls"; moby/moby issue 45610`,
	},
}
