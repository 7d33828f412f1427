package peers

// mode is what is fair: nothing, all but the action by which a process begins, or all. What holds in one mode holds in
// those after it, which have fewer runs.
type mode int

const (
	free mode = iota
	lazy
	full
	never // no mode: as the need of a claim, that it does not hold
)

// claim is one formula, in both languages, and the first mode in which it holds.
type claim struct {
	name       string
	ours, spin string
	needs      mode
}

// claims are what is claimed of the runs of a configuration of a model. A process that is number 1 of 1..N here is number 0
// there.
type claims struct {
	model, config string
	begins        string // the action by which a process begins, or "" where the mode lazy is left out
	idle          string // the place before it, as the Promela model calls it
	extra         bool   // SPIN has agreed, but run it only when asked to
	list          []claim
}

// modes lists those in which the claims are judged.
func (c claims) modes() []mode {
	if c.begins == "" {
		return []mode{free, full}
	}
	return []mode{free, lazy, full}
}

var claimed = []claims{
	{"starving_lock", "", "Ask", "IDLE", false, []claim{
		{"served", "at[1] == trying ~> at[1] == holding", "[] (at[0] == TRYING -> <> (at[0] == HOLDING))", never},
		{"someone", "always eventually not free()", "[] <> (held == 1)", full},
		{"all", "always eventually at[1] != idle", "[] <> (at[0] != IDLE)", full},
		{"leaves", "at[1] == holding ~> at[1] == idle", "[] (at[0] == HOLDING -> <> (at[0] == IDLE))", lazy},
		{"asks", "eventually at[1] == trying", "<> (at[0] == TRYING)", full},
		{"onlyFirst", "eventually always (at[1] == holding or free())", "<> [] (at[0] == HOLDING || held == 0)", never},
	}},
	{"ticket_lock", "", "Draw", "IDLE", false, []claim{
		{"served", "at[1] == waiting ~> at[1] == holding", "[] (at[0] == WAITING -> <> (at[0] == HOLDING))", lazy},
		{"again", "always eventually at[1] == holding", "[] <> (at[0] == HOLDING)", full},
		{
			"inOrder", "always (at[1] == waiting and ticket[1] == called implies (at[2] != holding until at[1] == holding))",
			"[] ((at[0] == WAITING && ticket[0] == called) -> ((at[1] != HOLDING) U (at[0] == HOLDING)))", lazy,
		},
		{"firstWins", "at[2] != holding weak until at[1] == holding", "(at[1] != HOLDING) W (at[0] == HOLDING)", never},
	}},
	{"peterson", "", "Raise", "IDLE", false, []claim{
		{"getsIn", "at[0] == raised ~> at[0] == inside", "[] (at[0] == RAISED -> <> (at[0] == INSIDE))", lazy},
		{
			"both", "(always eventually at[0] == inside) and (always eventually at[1] == inside)",
			"([] <> (at[0] == INSIDE)) && ([] <> (at[1] == INSIDE))", full,
		},
		{
			"oneOf", "(always eventually at[0] == inside) or (always eventually at[1] == inside)",
			"([] <> (at[0] == INSIDE)) || ([] <> (at[1] == INSIDE))", full,
		},
		{"turn", "turn == 0 weak until at[0] == waiting", "(turn == 0) W (at[0] == WAITING)", free},
		{"settles", "(eventually always turn == 0) or (eventually always turn == 1)", "(<> [] (turn == 0)) || (<> [] (turn == 1))", never},
		{"lowers", "always (flag[0] implies (flag[0] until at[0] == inside))", "[] (flag[0] -> (flag[0] U (at[0] == INSIDE)))", lazy},
	}},
	{"philosophers", "three", "TakeFirst", "THINKING", true, []claim{
		{"dines", "at[0] == hungry ~> at[0] == eating", "[] (at[0] == HUNGRY -> <> (at[0] == EATING))", never},
		{
			"someone", "always eventually (at[0] == eating or at[1] == eating or at[2] == eating)",
			"[] <> (at[0] == EATING || at[1] == EATING || at[2] == EATING)", full,
		},
		{"again", "always eventually at[2] == eating", "[] <> (at[2] == EATING)", never},
		{"releases", "at[1] == eating release at[1] != thinking", "(at[1] == EATING) V (at[1] != THINKING)", never},
	}},
	{"philosophers_deadlock", "three", "", "", false, []claim{
		{"dines", "at[0] == hungry ~> at[0] == eating", "[] (at[0] == HUNGRY -> <> (at[0] == EATING))", never},
		{"stuck", "eventually always at[0] == hungry", "<> [] (at[0] == HUNGRY)", never},
		{
			"moves", "(eventually always at[0] == hungry) or (always eventually at[0] == eating)",
			"(<> [] (at[0] == HUNGRY)) || ([] <> (at[0] == EATING))", never,
		},
	}},
	{"retry_livelock", "", "", "", false, []claim{
		{"finishes", "eventually at[0] == done", "<> (at[0] == DONE)", never},
		{
			"together", "(always eventually at[0] == locked) implies (always eventually at[1] == locked)",
			"([] <> (at[0] == LOCKED)) -> ([] <> (at[1] == LOCKED))", lazy,
		},
		{"copies", "at[0] == copying ~> at[0] == done", "[] (at[0] == COPYING -> <> (at[0] == DONE))", lazy},
	}},
	{"retry", "", "", "", true, []claim{
		{"finishes", "eventually at[0] == done", "<> (at[0] == DONE)", never},
		{"after", "eventually at[0] == done implies eventually at[1] == done", "(<> (at[0] == DONE)) -> (<> (at[1] == DONE))", lazy},
	}},
	{"producer_consumer", "", "", "", true, []claim{
		{"flows", "always eventually size(buffer) == 0", "[] <> (len(buffer) == 0)", never},
		{"comes", "produced == 1 ~> consumed == 1", "[] (produced == 1 -> <> (consumed == 1))", lazy},
	}},
}
