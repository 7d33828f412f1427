package coq

// scheduling are the lemmas about what is shared out over time.
var scheduling = []Lemma{
	{
		"exact period", "SmoothRoundRobin.v", "exact_period",
		"After as many requests as all weights sum to, smooth weighted round-robin has given each server exactly as many as its weight, and all is as at first: for any servers, any weights, and whoever wins ties.",
		[]string{"model/balance.NewSmooth", "model/balance.Smooth.Pick", "model/balance.Smooth.Period", "model/balance/smooth.bh:Pick", "model/balance/smooth.bh:Period"},
	},
	{
		"least period", "SmoothRoundRobin.v", "least_period",
		"All is as at first exactly after multiples of the sum of the weights through their greatest common divisor.",
		[]string{"model/balance.Smooth.Pick", "model/balance/smooth.bh:Period"},
	},
	{
		"current weight is the lag", "SmoothRoundRobin.v", "current_is_the_lag",
		"After t requests, of which a server of weight w had n, its current weight is t*w - W*n.",
		[]string{"model/balance.Smooth.Current", "model/balance/smooth.bh:IsTheLag"},
	},
	{
		"above minus the total", "SmoothRoundRobin.v", "current_is_above_minus_total",
		"No server is a whole request or more ahead of its share.",
		[]string{"model/balance.Smooth.Pick", "model/balance/smooth.bh:AboveMinusTotal"},
	},
	{
		"any window of a period", "SmoothRoundRobin.v", "any_window_of_a_period",
		"Where the first of equals wins, any W requests on end give each server as many as its weight, wherever they begin.",
		[]string{"model/balance.Smooth.Next", "model/balance.Smooth.Pick"},
	},
	{
		"everybody has a turn", "SmoothRoundRobin.v", "everybody_has_a_turn",
		"Where the first of equals wins, each server is chosen at least once in any W requests on end.",
		[]string{"model/balance.Smooth.Next", "model/balance/smooth.bh:Turns"},
	},
	{
		"sum is zero whatever fails", "SmoothRoundRobin.v", "sum_is_zero_whatever_fails",
		"Whatever requests fail, and whoever wins ties, the current weights sum to 0.",
		[]string{"model/balance.Smooth.Pick", "model/balance.Smooth.Fail", "model/balance/smooth.bh:SumIsZero", "model/balance/failing.bh:SumIsZero"},
	},
	{
		"ahead by less than a request", "SmoothRoundRobin.v", "ahead_by_less_than_a_request",
		"Whatever requests fail, of n servers no current weight is further below 0 than (n - 1)/n of all weights together.",
		[]string{"model/balance.Smooth.Pick", "model/balance.Smooth.Fail", "model/balance/smooth.bh:TwoThirds"},
	},
	{
		"above all weights but the least", "SmoothRoundRobin.v", "above_all_weights_but_one",
		"Nor is it further below 0 than all weights but the least: the half of Within that is true of any weights.",
		[]string{"model/balance.Smooth.Pick", "model/balance.Smooth.Fail", "model/balance/failing.bh:Within"},
	},
	{
		"lag can pass a request", "SmoothRoundRobin.v", "lag_can_pass_a_request",
		"A server can be more than a whole request behind its share: one of six with weights 1, 1, 1, 5, 5 and 5.",
		[]string{"model/balance.Smooth.Next", "model/balance/smooth.bh:WithinOne"},
	},
	{
		"smooth fits 64 bits", "SmoothRoundRobin.v", "fits_int64",
		"With as many servers and weights as NewSmooth takes, no sum overflows an int64.",
		[]string{"model/balance.Most", "model/balance.NewSmooth"},
	},
	{
		"wait for a turn", "RoundRobin.v", "waits_at_most",
		"Under round-robin of n jobs, with a quantum of q and a switch of s ticks, a job that is ready gets on within (n - 1)(q + s) + s ticks, whoever asks meanwhile.",
		[]string{"model/sched.RoundRobin.Submit", "model/sched.RoundRobin.Tick", "model/sched.RoundRobin.WaitLimit", "model/sched/round_robin.bh:Waits"},
	},
	{
		"nothing lost, nothing done twice", "RoundRobin.v", "conserved",
		"What jobs have got is what the processor has done for them.",
		[]string{"model/sched.RoundRobin.Served", "model/sched.RoundRobin.Work", "model/sched/round_robin.bh:Conserved"},
	},
	{
		"law of the token bucket", "TokenBucket.v", "law_of_the_token_bucket",
		"Of requests in the order of time, no more passes in any stretch than the size of the bucket and what the rate gives in that time, in the 64 bits of the code.",
		[]string{"model/alloc.NewBucket", "model/alloc.Bucket.Take", "model/alloc/bucket.bh:Ask", "model/alloc/bucket.bh:Law"},
	},
	{
		"limit is the law", "TokenBucket.v", "limit_is_the_law",
		"That is what Limit gives for a stretch, of an hour at most.",
		[]string{"model/alloc.Bucket.Limit"},
	},
	{
		"law where time goes back", "TokenBucket.v", "law_of_requests_on_end",
		"Of requests on end that all come from s to t, no more passes than the size and what the rate gives from s to t, even if time goes back among them.",
		[]string{"model/alloc.Bucket.Take"},
	},
	{
		"refused breaks the law", "TokenBucket.v", "refused_breaks_the_law",
		"Nothing is refused but what would have broken the law in some stretch.",
		[]string{"model/alloc.Bucket.Take", "model/alloc/bucket.bh:Ask.ensures", "model/alloc/bucket.bh:Exact"},
	},
	{
		"never writing back", "TokenBucket.v", "never_writing_back_breaks_the_law",
		"A bucket that does not store what is left lets a thousand whole bursts pass at once.",
		[]string{"model/alloc/bucket.bh:NeverWritesBack"},
	},
	{
		"level is exact", "TokenBucket.v", "levelAt_is_exact",
		"The level at any time is what the rate has given since the last that passed, up to the size: nothing is lost in 64 bits.",
		[]string{"model/alloc.Bucket.levelAt"},
	},
	{
		"pairwise lag", "Stride.v", "pairwise_lag",
		"Under stride scheduling with quantum q, of two machines that stay runnable from equal passes on, |c_a/w_a - c_b/w_b| is at most q max(1/w_a, 1/w_b) at every step: for any machines, weights and ties.",
		[]string{"model/esxi/cpu.Stride.Dispatch", "model/esxi/cpu.Stride.Stop", "model/esxi/cpu.Stride.Block", "model/esxi/cpu.Stride.Suspend", "model/esxi/cpu.Stride.Resume", "model/esxi/cpu/stride.bh:LevelLag"},
	},
	{
		"any lag", "Stride.v", "any_lag",
		"From any passes on, |c_a/w_a - c_b/w_b| is at most q (1/w_a + 1/w_b).",
		[]string{"model/esxi/cpu.NewStride", "model/esxi/cpu/stride.bh:AnyLag"},
	},
	{
		"lead bound", "Stride.v", "lead_bound",
		"Nobody is further ahead of the virtual time than one quantum's worth of pass.",
		[]string{"model/esxi/cpu.Stride.Lead", "model/esxi/cpu.Stride.Stride", "model/esxi/cpu/stride.bh:LeadBound"},
	},
	{
		"bounded wait", "Stride.v", "bounded_wait",
		"A machine of weight w that is ready waits for at most q (W/w + n - 2) ticks of the n - 1 others.",
		[]string{"model/esxi/cpu.Stride.Dispatch", "model/esxi/cpu/stride.bh:BoundedWait"},
	},
	{
		"overtaken", "Stride.v", "overtaken",
		"While a machine of weight w is ready, another one of weight x uses at most q (x/w + 1) ticks.",
		[]string{"model/esxi/cpu.Stride.Dispatch", "model/esxi/cpu/stride.bh:BoundedWait"},
	},
	{
		"share is not within a tick", "Stride.v", "share_can_be_off_by_more_than_a_tick",
		"What a machine has of all ticks can be off its share by more than one, where all are always runnable.",
		[]string{"model/esxi/cpu.Stride.Dispatch"},
	},
	{
		"gap after rounds", "Converge.v", "gap_is_at_most",
		"A loop each of whose rounds closes a share a of the gap leaves at most (1 - a)^n of it after n rounds.",
		[]string{"model/perf.NewLoop", "model/perf.Loop.Gap", "model/perf/converge.bh:Contracts"},
	},
	{
		"gap vanishes", "Converge.v", "gap_vanishes",
		"Such a gap gets below anything in the end, and stays there.",
		[]string{"model/perf.Loop", "model/perf/converge.bh:Reaches"},
	},
	{
		"rounds are enough and needed", "Converge.v", "rounds_are_enough_and_needed",
		"Rounds is the least number of rounds after which the gap is surely within the limit.",
		[]string{"model/perf.Loop.Rounds"},
	},
	{
		"whole gaps contract", "Converge.v", "contracts",
		"In whole numbers, multiplied out: gap * den^n is at most the first gap * (den - num)^n.",
		[]string{"model/perf/converge.bh:Round", "model/perf/converge.bh:Contracts"},
	},
	{
		"closed in time", "Converge.v", "in_time",
		"A gap that is a whole number is 0 after at most as many rounds as Closed counts.",
		[]string{"model/perf.Loop.Closed", "model/perf/converge.bh:InTime"},
	},
	{
		"slowest loop", "Converge.v", "slowest",
		"There is a loop that needs as many rounds as Closed counts.",
		[]string{"model/perf.Loop.Closed", "model/perf/converge.bh:Slowest"},
	},
	{
		"goal is reached", "Converge.v", "reaches",
		"Every such loop ends, and with a gap of 0.",
		[]string{"model/perf/converge.bh:Reaches", "model/perf/converge.bh:Falls"},
	},
	{
		"vanishing steps", "Converge.v", "vanishing_steps_need_not_arrive",
		"Steps in the right direction, each half of the last one, need not lead to the goal.",
		[]string{"model/perf/converge.bh:VanishingSteps"},
	},
	{
		"volume of rounds", "Precopy.v", "volume_is_closed",
		"Round n of pre-copy, counted one by one, sends M (d/b)^n, or all of M for ever where d is not below b.",
		[]string{"model/vsphere/vmotion.Precopy.Volume", "model/vsphere/vmotion.Precopy.Converges", "model/vsphere/vmotion/precopy.bh:Round"},
	},
	{
		"downtime", "Precopy.v", "downtime_is_geometric",
		"The guest stands still for exactly (M/b)(d/b)^n after n rounds where d < b.",
		[]string{"model/vsphere/vmotion.Precopy.Downtime", "model/vsphere/vmotion/precopy.bh:Downtime"},
	},
	{
		"total time", "Precopy.v", "total",
		"All rounds and the standstill take exactly (M - M (d/b)^(n+1)) / (b - d) where d < b.",
		[]string{"model/vsphere/vmotion.Precopy.Total", "model/vsphere/vmotion/precopy.bh:Total"},
	},
	{
		"total is bounded", "Precopy.v", "bounded",
		"Where d < b no number of rounds takes longer than M / (b - d).",
		[]string{"model/vsphere/vmotion.Precopy.Bound", "model/vsphere/vmotion/precopy.bh:Bounded"},
	},
	{
		"bound is least", "Precopy.v", "bound_is_least",
		"Nor is there a lesser bound.",
		[]string{"model/vsphere/vmotion.Precopy.Bound"},
	},
	{
		"no bound", "Precopy.v", "no_bound",
		"Where the guest writes as fast as is sent, no round makes the standstill shorter, and no time bounds all rounds.",
		[]string{"model/vsphere/vmotion.Precopy.Converges", "model/vsphere/vmotion.Precopy.Bound", "model/vsphere/vmotion/precopy.bh:NoBound"},
	},
	{
		"potential", "Potential.v", "moves_are_at_most",
		"A system each of whose moves lowers a natural number by g at least takes at most as many moves as g goes into what it is at first.",
		[]string{"model/vsphere/drs.Cluster.Disorder", "model/vsphere/drs.Cluster.Gain"},
	},
	{
		"gain of a move", "Potential.v", "move_lowers_by_gain",
		"A move of the balancer lowers the disorder by exactly what moving the one demand from the one load to the other takes away.",
		[]string{"model/vsphere/drs.Cluster.Disorder", "model/vsphere/drs.Cluster.Gain", "model/vsphere/drs/balance.bh:Move", "model/vsphere/drs/balance.bh:Move.ensures"},
	},
	{
		"gain on equal hosts", "Potential.v", "gain_on_equal_hosts",
		"Between equal hosts, moving x from a load of a to one of b lowers the sum of squared loads by 2x(a - b - x).",
		[]string{"model/vsphere/drs.Cluster.Gain"},
	},
	{
		"balancing ends", "Potential.v", "balancing_ends",
		"The balancer of any cluster with stable demands takes at most as many moves as what one must gain goes into the disorder, whichever it takes.",
		[]string{"model/vsphere/drs.Cluster.Moves", "model/vsphere/drs/balance.bh:Falls", "model/vsphere/drs/balance.bh:Paid", "model/vsphere/drs/balance.bh:Ends"},
	},
	{
		"balancing of units ends", "Potential.v", "balance_of_units_ends",
		"So it is where units of several machines are moved, whatever else a move must keep.",
		[]string{"model/vsphere/drs.Cluster.Balance", "model/vsphere/drs.Cluster.Unit", "model/vsphere/drs.Config"},
	},
	{
		"rest is a local optimum", "Potential.v", "rest_is_a_local_optimum",
		"At rest, on equal hosts, no machine is on a host that is loaded more than another one by more than it asks for.",
		[]string{"model/vsphere/drs.Cluster.Moves", "model/vsphere/drs/balance.bh:Ends"},
	},
	{
		"near the best", "Potential.v", "near_the_best",
		"At rest the most loaded of m equal hosts has at most 2m/(m + 1) of what the most loaded one has in any other placement.",
		[]string{"model/vsphere/drs.Cluster.Balance", "model/vsphere/drs/balance.bh:Near"},
	},
	{
		"ping-pong", "Potential.v", "ping_pong_never_ends",
		"Moves to any host that is loaded less can go on for ever.",
		[]string{"model/vsphere/drs/balance.bh:PingPong"},
	},
}
