// Package coq has the Coq library that proofs written for models rest on.
package coq

import _ "embed" // the library

// Sums is the library about sums, Bulkhead.Sums.
//
//go:embed theories/Sums.v
var Sums string
