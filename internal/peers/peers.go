// Package peers records which other tools have counted the states of the models in examples/.
//
// Each case is one configuration of one model. Its test counts the states with our own engine, with a search written by
// hand in Go that shares nothing with the engine or the language, and, where testdata holds the same model in Promela or
// in Murphi, with SPIN and with rumur; all numbers of distinct states and of generated states must be equal.
//
// How the counts are made comparable: a Promela model is a set of processes without control states of their own, each
// one `do` loop of d_step options, and it declares its initial values, so there is no initialising step and SPIN stores
// exactly the states of the model; its number of transitions includes the initial state, as our number of generated
// states does. A Murphi model fires a rule for each successor; the initial state is added to that number. Both run
// without any reduction. Cases that take long, or that add little to their neighbours, run when BULKHEAD_SOAK is set.
package peers

import (
	"slices"
	"strings"
)

// Constant is a constant of a model and its value.
type Constant struct {
	Name  string
	Value int
}

// Case is one configuration of one model.
type Case struct {
	Model     string     // file in examples/ without its ending
	Config    string     // or "" for the defaults
	Constants []Constant // of the configuration, as the model names them
	Spin      string     // file in testdata without its ending, or "" where there is none
	Murphi    string     // likewise
	Flags     []string   // for SPIN, besides the constants
	Extra     bool       // SPIN and Murphi have agreed, but run it only when asked to, since compiling takes them seconds
	Slow      bool       // all of it runs only when asked for

	// Runs makes the peers count once for each of these sets of further constants and add up. It serves models with
	// many initial states in which no step changes what distinguishes them.
	Runs [][]Constant
}

// Name is the model with its configuration, such as "mutex/eight".
func (c Case) Name() string {
	if c.Config == "" {
		return c.Model
	}
	return c.Model + "/" + c.Config
}

// Tools names who agrees with us on the case, such as "bfs murphi spin"; "bfs" is the search written by hand.
func (c Case) Tools() string {
	tools := []string{"bfs"}
	if c.Murphi != "" {
		tools = append(tools, "murphi")
	}
	if c.Spin != "" {
		tools = append(tools, "spin")
	}
	return strings.Join(tools, " ")
}

// Agreed names the tools that agree with us on a configuration of a model, or "".
func Agreed(model, config string) string {
	i := slices.IndexFunc(cases, func(c Case) bool { return c.Model == model && c.Config == config })
	if i < 0 {
		return ""
	}
	return cases[i].Tools()
}

// Cases lists all cases, by model.
func Cases() []Case { return slices.Clone(cases) }

// both is a case of a model that SPIN and Murphi have under its own name.
func both(model, config string, constants ...Constant) Case {
	return Case{Model: model, Config: config, Constants: constants, Spin: model, Murphi: model}
}

// alone is a case that only the search by hand has.
func alone(model, config string, constants ...Constant) Case {
	return Case{Model: model, Config: config, Constants: constants}
}

// bySpin is a case that SPIN has and Murphi has not.
func bySpin(model, config string, constants ...Constant) Case {
	return Case{Model: model, Config: config, Constants: constants, Spin: model}
}

// flagged is a case whose Promela model is another one with an option.
func flagged(c Case, spin, flag string) Case {
	c.Spin, c.Flags = spin, []string{flag}
	return c
}

func slow(c Case) Case  { c.Slow = true; return c }
func extra(c Case) Case { c.Extra = true; return c }

// samehand is a case of the philosophers that deadlock, whose Promela model is an option of the repaired ones.
func samehand(config string, n int) Case {
	return flagged(both("philosophers_deadlock", config, Constant{"N", n}), "philosophers", "-DSAMEHAND")
}

// ring is a case of the election, which the peers run once for every arrangement of the names.
func ring(config string, n int) Case {
	c := both("leader_ring", config, Constant{"N", n})
	var arrange func(chosen []Constant)
	arrange = func(chosen []Constant) {
		if len(chosen) == n {
			c.Runs = append(c.Runs, slices.Clone(chosen))
			return
		}
		for name := 1; name <= n; name++ {
			if !slices.ContainsFunc(chosen, func(k Constant) bool { return k.Value == name }) {
				arrange(append(chosen, Constant{string(rune('A' + len(chosen))), name}))
			}
		}
	}
	arrange(nil)
	return c
}

var cases = []Case{
	alone("admission", "", Constant{"HOSTS", 2}, Constant{"VMS", 3}, Constant{"CAP", 4}),
	alone("admission", "single", Constant{"HOSTS", 1}, Constant{"VMS", 3}, Constant{"CAP", 4}),
	alone("admission", "cluster", Constant{"HOSTS", 3}, Constant{"VMS", 5}, Constant{"CAP", 4}),
	both("bakery", "", Constant{"N", 2}, Constant{"LAST", 4}),
	extra(both("bakery", "three", Constant{"N", 3}, Constant{"LAST", 4})),
	both("banker", "", Constant{"CLIENTS", 3}, Constant{"TOTAL", 5}),
	extra(both("banker", "four", Constant{"CLIENTS", 4}, Constant{"TOTAL", 6})),
	alone("container", ""),
	both("container_security", "", Constant{"CONTAINERS", 3}, Constant{"RESOURCES", 5}, Constant{"LIMIT", 3}),
	extra(both("container_security", "small", Constant{"CONTAINERS", 2}, Constant{"RESOURCES", 3}, Constant{"LIMIT", 2})),
	both("german", "", Constant{"CLIENTS", 2}),
	extra(both("german", "three", Constant{"CLIENTS", 3})),
	ring("", 3),
	alone("leader_ring", "four", Constant{"N", 4}),
	alone("load_balancing", "", Constant{"HOSTS", 3}, Constant{"VMS", 5}),
	alone("load_balancing", "wide", Constant{"HOSTS", 4}, Constant{"VMS", 6}),
	both("mutex", "", Constant{"N", 4}),
	extra(both("mutex", "two", Constant{"N", 2})),
	extra(both("mutex", "eight", Constant{"N", 8})),
	both("peterson", ""),
	both("peterson_n", "", Constant{"N", 3}),
	extra(both("peterson_n", "two", Constant{"N", 2})),
	extra(both("peterson_n", "four", Constant{"N", 4})),
	both("philosophers", "", Constant{"N", 4}),
	extra(both("philosophers", "three", Constant{"N", 3})),
	extra(both("philosophers", "six", Constant{"N", 6})),
	samehand("", 4),
	extra(samehand("three", 3)),
	extra(samehand("six", 6)),
	both("pod_scheduler", "", Constant{"PODS", 3}),
	both("pod_scheduler", "four", Constant{"PODS", 4}),
	both("pod_scheduler", "five", Constant{"PODS", 5}),
	both("producer_consumer", "", Constant{"SIZE", 3}, Constant{"LABELS", 5}),
	extra(both("producer_consumer", "long", Constant{"SIZE", 6}, Constant{"LABELS", 9})),
	both("readers_writers", "", Constant{"READERS", 2}, Constant{"WRITERS", 2}),
	extra(both("readers_writers", "big", Constant{"READERS", 4}, Constant{"WRITERS", 3})),
	both("replicated_store", "", Constant{"NODES", 2}, Constant{"VALUES", 2}, Constant{"WRITES", 2}),
	extra(both("replicated_store", "three_writes", Constant{"NODES", 2}, Constant{"VALUES", 2}, Constant{"WRITES", 3})),
	both("replicated_store_fixed", "", Constant{"NODES", 2}, Constant{"VALUES", 2}, Constant{"WRITES", 2}),
	extra(both("replicated_store_fixed", "three_nodes", Constant{"NODES", 3}, Constant{"VALUES", 2}, Constant{"WRITES", 2})),
	extra(both("replicated_store_fixed", "three_writes", Constant{"NODES", 2}, Constant{"VALUES", 2}, Constant{"WRITES", 3})),
	bySpin("retry", ""),
	flagged(bySpin("retry_livelock", ""), "retry", "-DLIVELOCK"),
	alone("stabilising_ring", "", Constant{"N", 4}, Constant{"K", 4}),
	alone("stabilising_ring", "five", Constant{"N", 5}, Constant{"K", 5}),
	bySpin("starving_lock", "", Constant{"N", 3}),
	extra(bySpin("starving_lock", "two", Constant{"N", 2})),
	bySpin("ticket_lock", "", Constant{"N", 3}),
	extra(bySpin("ticket_lock", "two", Constant{"N", 2})),
	extra(bySpin("ticket_lock", "four", Constant{"N", 4})),
	both("token_ring", "", Constant{"N", 4}),
	extra(both("token_ring", "three", Constant{"N", 3})),
	extra(both("token_ring", "eight", Constant{"N", 8})),
	both("transactions", "", Constant{"TX", 2}, Constant{"PARTS", 2}),
	extra(both("transactions", "one_two", Constant{"TX", 1}, Constant{"PARTS", 2})),
	both("transactions", "one_three", Constant{"TX", 1}, Constant{"PARTS", 3}),
	both("transactions", "two_three", Constant{"TX", 2}, Constant{"PARTS", 3}),
	both("two_phase_commit", "", Constant{"RMS", 3}),
	both("two_phase_commit", "five", Constant{"RMS", 5}),
	slow(both("two_phase_commit", "seven", Constant{"RMS", 7})),
	slow(both("two_phase_commit", "eight", Constant{"RMS", 8})),
	both("vm_lifecycle", "", Constant{"VMS", 3}, Constant{"SLOTS", 2}),
	extra(both("vm_lifecycle", "one", Constant{"VMS", 1}, Constant{"SLOTS", 1})),
}
