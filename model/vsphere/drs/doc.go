// Package drs models what vSphere's Distributed Resource Scheduler does with virtual machines on the hosts of a cluster: as a cluster one could
// call, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold the two together.
//
//   - Rules and rules.bh: what mandatory and optional rules between machines, and between machines and hosts, allow when machines are powered
//     on, placed by DRS, moved, and restarted by HA.
//   - Enable and conflicts.bh: what happens to rules that conflict.
//   - Balance and balance.bh: moves that make the cluster more even, and why they end.
//   - Evacuate and maintenance.bh: hosts that are emptied for maintenance, against rules and against what HA promises.
//   - Advice and automation.bh: what DRS does by itself, and what it recommends.
//
// A Cluster is a plain value: no clock, no randomness, no floating point. Whoever owns it says what happens and where; what DRS may do is
// asked of Placements and Moves. A step that the present state does not allow returns a Fault, by its name in the vSphere API, which wraps
// model.ErrRefused, and changes nothing. Steps refuse numbers that name nothing; questions panic with a sentence that names them.
//
// What is left open is what VMware does not publish: by which score DRS ranks hosts and moves. A placement or a move is any
// that the published rules allow.
//
// Sources, cited where the rules stand: the vSphere API reference (ClusterRuleInfo, ClusterVmHostRuleInfo, ClusterDrsConfigInfo,
// ClusterDasConfigInfo); vSphere Resource Management 8.0, chapters on DRS clusters and on affinity rules; vSphere Availability 8.0.
package drs
