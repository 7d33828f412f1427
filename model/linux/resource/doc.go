// Package resource models what the settings of containers become in the control groups of Linux, version 2: of CPU shares and
// block IO weights, which are settings of version 1, and of the resources of docker run and of Kubernetes.
//
//   - Conversion and drift.bh: the two formulas by which runtimes have made weights of shares, and what becomes of
//     containers when one runtime replaces another.
//   - Docker, Kubernetes, SwapMax, IOWeight: the mapping tables.
//
// Everything is exact; no floating point decides. Settings that an engine refuses are errors. The model text is in Models.
package resource
