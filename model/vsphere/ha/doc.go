// Package ha models high availability in a vSphere cluster (vSphere HA), each part twice: as Go values one could call and
// as .bh models that the checker explores exhaustively. The tests of this package hold the two together.
//
//   - Slots, Percentage and Cluster, and admission.bh: admission control, and what it never refuses.
//   - Failover and failover.bh: that what is admitted comes on again after the failures that are planned for, and where it does
//     not: Slots that are capped, and Percentage, count what is free on all hosts together. Packing is the check that does not.
//   - outlier.bh: what one large reservation does to the size of a slot.
//   - Domain and fdm.bh: the agents (FDM) on the hosts, the election of a master, what it takes for a sign of life, and the locks on
//     disk that keep two instances of a machine from writing.
//   - Order and restart.bh: in which order machines are restarted, and how long one tier of priority waits for another.
//
// Amounts are MHz of CPU and MB of memory, times are milliseconds, all of them integers. A step that the present state
// does not allow returns an error that wraps model.ErrRefused, a Fault where the vSphere API has a name for it, and
// changes nothing.
//
// The rules are those of the vSphere API reference (ClusterDasConfigInfo, ClusterFailoverLevelAdmissionControlPolicy,
// ClusterFailoverResourcesAdmissionControlPolicy, ClusterDasFdmAvailabilityState, ClusterDasVmSettings,
// ClusterVmReadiness) and of the guide vSphere Availability. Where they differ, or are silent, there is a parameter, and
// it says so.
package ha
