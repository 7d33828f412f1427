package coq

import (
	"slices"
	"strings"
)

// Lemma is a theorem about an algorithm or a mechanism that was proved by hand, for instances of any size: a file of lemmas mirrors
// the definitions of Go code or of a model, and proves the theorem of them. That the mirror is true, tests show, which compare both
// where there is something to compute.
type Lemma struct {
	Name    string // short, in words: "exact period"
	File    string // in lemmas, as "SmoothRoundRobin.v"
	Theorem string // in the file
	Says    string // one sentence
	// Of is what it speaks of: Go identifiers, as "model/balance.Smooth.Pick", and actions, properties and mutants of models, as
	// "model/balance/smooth.bh:Period".
	Of []string
}

// Path is the logical name of the theorem in Coq.
func (l Lemma) Path() string {
	return "BulkheadLemmas." + strings.TrimSuffix(l.File, ".v") + "." + l.Theorem
}

// Lemmas lists them, by the file that they stand in.
var Lemmas = slices.Concat(scheduling, isolation, induction)
