// Package scheduler models the Kubernetes scheduler, as functions one could call and as .bh models, which the checker explores
// exhaustively. The tests hold the two together: on small instances their state graphs are the same graph.
//
//   - Pod.Requests and request.bh: what is reserved for a pod with init containers and sidecars: never less than runs at one time,
//     and never more.
//   - Cluster.Filter, Scores and Schedule, and schedule.bh: on which nodes a pod fits, which of them is the best, and that a node
//     is never promised out twice, however greedy each choice is.
//   - spread.bh and affinity.bh: what topology spread and (anti-)affinity of pods promise, and what they do not.
//   - Cluster.Bind and binding.bh: several schedulers that bind to the same nodes; the kubelet has the last word.
//   - Queue and queue.bh: who is tried next, back-off, and events that must not be lost.
//   - Cluster.Candidates and preempt.bh, Pick and pick.bh: whom a preemption removes, and where.
//   - Cluster.Eligible, FilterBeside and ScheduleNominated, and nominate.bh, pingpong.bh and cascade.bh: what becomes of the room that was made.
//   - Pod.QoS, OOMScoreAdj and qos.bh: quality-of-service classes. What follows from them is in package kubelet.
//
// All of it is exact: scores are whole numbers as the scheduler has them, worked out without floating point, also where it uses
// some. Where the scheduler takes one of several at random, all of them are given. Names, units, defaults and reasons are those of
// the API and of the default configuration. Volumes, images, extended resources, resource claims, namespaces, scheduling gates and
// pod groups are left out.
//
// A step that the present state does not allow returns an error that wraps model.ErrRefused, and changes nothing: a *FitError
// where no node is feasible, a *Conflict for a pod that is bound, a *NotEligible where a pod may not preempt.
//
// Source: the Kubernetes source, to which paths such as pkg/scheduler refer, and the Kubernetes documentation.
package scheduler
