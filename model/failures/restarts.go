package failures

import "github.com/bulkheadlang/bulkhead/model/docker/engine"

// backoff and policy are cases of the models of restart policies: of how long they wait, and of what cancels them.
func backoff(facts, property string, define values) Case {
	return Case{Facts: facts, Models: engine.Models, Dir: "docker/engine", File: "backoff.bh", Define: define, Property: property}
}

func policy(facts string, define values) Case {
	return Case{Facts: facts, Models: engine.Models, Dir: "docker/engine", File: "restart.bh", Define: define, Property: "Recovers"}
}

// restarts are failures of containers that are started again and again, or not.
var restarts = []Failure{
	{
		ID:   "RS-10",
		Name: "Restart storm",
		Story: "A container whose program fails whenever it runs is started again for ever: once a minute if it fails at once, and every 100 ms if it takes " +
			"10 seconds to fail, since a run of that length counts as a success. Every container does so by itself.",
		Breaks: []Promise{Progress},
		Found: []Case{
			backoff("the policy is always, and the program fails at once", "Settles", values{"POLICY": "always_", "RUNS": "{short}"}),
			backoff("the policy is always, and the program fails after 10 s: the wait is never longer than at first", "Rarer",
				values{"POLICY": "always_", "RUNS": "{long}"}),
			backoff("the policy is always, and the program fails at once or after 10 s, as it happens", "Rarer", values{"POLICY": "always_"}),
		},
		Blocked: []Case{
			backoff("the policy is on-failure:5, and the program fails at once", "Settles", values{"MAX": "5", "RUNS": "{short}"}),
			backoff("the policy is on-failure:5, and the program fails after 10 s: attempts are counted whether a run was long or not", "Settles",
				values{"MAX": "5", "RUNS": "{long}"}),
			backoff("the policy is on-failure:5, and the program fails after 10 s", "Rarer", values{"MAX": "5", "RUNS": "{long}"}),
			backoff("the policy is on-failure:5, and the program fails at once or after 10 s, as it happens: it is restarted five times", "Attempts",
				values{"MAX": "5"}),
		},
		Source: "Moby daemon/internal/restartmanager; CIS Docker Benchmark 1.6.0, 5.15",
	},
	{
		ID:   "RS-11",
		Name: "A signal cancels the restart policy",
		Story: "An administrator sends a container SIGHUP by docker kill, to have its program read its files again; the engine takes that for a stop, " +
			"and when the program fails later, the container stays down.",
		Breaks: []Promise{Recovery},
		Found: []Case{
			policy("the policy is always, neither image nor configuration sets StopSignal, and the signal comes by docker kill",
				values{"POLICIES": "{always_}", "UNSET": "{true}", "RELOAD": "engine", "CRASHES": "0"}),
			policy("the policy is unless-stopped, and the signal comes by docker kill, though StopSignal is set",
				values{"POLICIES": "{unlessStopped}", "UNSET": "{false}", "RELOAD": "engine", "CRASHES": "0"}),
		},
		Blocked: []Case{
			policy("the policy is always, and StopSignal is set", values{"POLICIES": "{always_}", "UNSET": "{false}", "RELOAD": "engine", "CRASHES": "0"}),
			policy("the policy is always, StopSignal is not set, and the signal is sent in the container",
				values{"POLICIES": "{always_}", "UNSET": "{true}", "RELOAD": "inside", "CRASHES": "0"}),
			policy("the policy is unless-stopped, and the signal is sent in the container",
				values{"POLICIES": "{unlessStopped}", "UNSET": "{false}", "RELOAD": "inside", "CRASHES": "0"}),
		},
		Source: "Moby daemon/kill.go, killWithSignal; moby pull request 53415",
	},
}
