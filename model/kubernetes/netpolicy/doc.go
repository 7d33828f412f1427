// Package netpolicy models the NetworkPolicies of Kubernetes, twice: as Go values, and as a .bh model of the same rules, which the
// checker explores exhaustively. The tests of this package hold the two together.
//
//   - Cluster and policy.bh: which connections pods may make, by which policies, and that a pod that no policy selects may make
//     and take all. The model has, besides, the agents that program what policies say, later than they are applied.
//
// Everything is a plain value. A connection stands for itself and for the replies to it, which are always let through.
//
// Sources, cited where the rules stand: k8s.io/api v0.37.2, networking/v1, NetworkPolicySpec and its parts; Kubernetes
// documentation, "Network Policies".
package netpolicy
