// Package podsecurity models the Pod Security Standards of Kubernetes and the admission plugin that enforces them, twice: as Go
// values, and as .bh models of the same rules, which the checker explores exhaustively. The tests of this package hold the two
// together, and hold the Go values to verdicts of the plugin itself on some thousands of drawn pods (testdata/verdicts.json.gz).
//
//   - Evaluate: whether a pod is allowed at a level, one check for each check id, at any version from 1.0 to the latest;
//     capabilities.bh and inherit.bh are parts of it: what a container can do by its own settings, and what it gets from its pod.
//   - Admission and admission.bh: a namespace with its labels, modes and exemptions, and what they do not reach.
//
// Everything is a plain value; a Pod has the fields that the standards look at, with core/v1's names where they fit. A step
// that the present state does not allow returns an error that wraps model.ErrRefused, and changes nothing.
//
// Source: k8s.io/pod-security-admission v0.37.2, the packages policy, api and admission.
package podsecurity
