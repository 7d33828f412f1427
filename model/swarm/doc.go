// Package swarm models Docker's swarm mode: where the scheduler puts tasks, what a task goes through, and what happens to a replica
// whose node is lost.
//
//   - Cluster.Refusal, Choices and filters.bh, spread.bh: the filters in their order, and the order of nodes: recent failures, tasks
//     of the service, tasks in all; placement preferences as a tree of branches. Nothing is moved that runs.
//   - Cluster.GiveUp, Replace and fencing.bh: states of tasks only increase, a task on a lost node is replaced, and nothing fences
//     the old one, so that two can run.
//
// Where swarmkit goes through a map, whose order is any, Choices gives all that may come about, and ScheduleAll takes the first.
// Left out: global services and jobs, cluster volumes, networks, rolling updates, the back-off between restarts (tasks that fail are
// replaced at once), and Raft among the managers, who are one here.
//
// Everything is a plain value: time is counted by Wait, there is no randomness. A step that the present state does not allow returns
// an error that wraps model.ErrRefused and changes nothing.
//
// Source: swarmkit, manager/scheduler (scheduler.go, nodeset.go, filter.go, pipeline.go), manager/constraint, manager/orchestrator,
// api/types.proto.
package swarm
