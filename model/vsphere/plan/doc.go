// Package plan finds the shortest sequence of migrations that brings a vSphere cluster to a goal, such as a host that is empty, so that
// every state on the way is one that the cluster may be in: reservations and mandatory rules are kept, and, if that is asked for, no host is
// loaded beyond 100 %, no optional rule is broken, and whatever hosts fail, what ran on them can be restarted on the others.
//
// Find explores all sequences, by package checker, the shorter ones first. So its plan is one of the fewest steps, and no move of it can be
// left out; where there is none, it has looked at every state that can be reached, and says how near the goal one can come and what
// stops each machine there; and where a limit is met before that, it says neither. Problem.Validate replays a plan step by step on a
// drs.Cluster, with code of its own, and Find returns no plan that it refuses.
//
// What a migration needs is what package drs says of it; machines that must stay together move together, as one. A failure is
// survived if all machines of the hosts that fail find other hosts at once, each with what it reserves and with all mandatory rules kept: more than
// the slots or percentages of HA admission control promise, which are sums.
package plan
