// Package rbac models the role-based access control of Kubernetes, twice: as Go values, and as .bh models of the same rules,
// which the checker explores exhaustively. The tests of this package hold the two together.
//
//   - Rule and Cluster: what rules, roles and bindings allow, why, and what they do not. There is no rule that denies.
//   - Cluster's changes, with escalation.bh: the guard against giving away what one has not got, by the verbs escalate and bind,
//     and impersonation.
//   - Close and closure.bh: what a subject can come to hold by using what it may do: pods, tokens, secrets, nodes, roles;
//     each with the path to it.
//
// Everything is a plain value. A request that is refused returns an error that wraps model.ErrRefused, and changes nothing.
//
// Sources, cited where the rules stand: Kubernetes v1.37, rbac.authorization.k8s.io/v1, plugin/pkg/auth/authorizer/rbac,
// pkg/registry/rbac; its documentation, "Using RBAC Authorization" and "Role Based Access Control Good Practices".
package rbac
