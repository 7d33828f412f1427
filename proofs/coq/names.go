package coq

import (
	"regexp"
	"sync"
)

// keywords are the words that Coq reserves, and names of its own that a development uses.
const keywords = `Axiom CoFixpoint Definition Fixpoint Hypothesis Parameter Prop SProp Set Theorem Type Variable as at cofix else end
	exists exists2 fix for forall fun if in let match mod return then where with by using Lemma Proof Qed Defined Module Section End
	Record Inductive Import Export From Require Open Scope Print Assumptions Notation Admitted Abort Eval Compute Check
	nat list option bool unit prod sum Z N positive O S I True False None Some not and or eq ex
	Claims Actions Functions Types model expected certificate theorems ` + countTheorem

// countTheorem is about the number of states.
const countTheorem = "States"

var (
	word    = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_']*`)
	foreign = regexp.MustCompile(`[^A-Za-z0-9_]`)
	comment = regexp.MustCompile(`(?s)\(\*.*?\*\)`)
)

// wordsOf are the words of some files of the library, and of Coq: a name of a model that is one of them is written otherwise where these
// files are used.
func wordsOf(files []File) map[string]bool {
	out := map[string]bool{}
	texts := []string{keywords}
	for _, f := range files {
		texts = append(texts, comment.ReplaceAllString(f.Text, " "))
	}
	for _, text := range texts {
		for _, w := range word.FindAllString(text, -1) {
			out[w] = true
		}
	}
	return out
}

// inModel are the words that Model.v may use, inProof those that Proof.v may. Finding them takes some milliseconds, which
// whoever writes no development should not pay.
var (
	inModel = sync.OnceValue(func() map[string]bool { return wordsOf(library("Syntax")) })
	inProof = sync.OnceValue(func() map[string]bool { return wordsOf(library(neededFast...)) })
)

// names gives out Coq names, no two of them the same.
type names struct{ reserved, used map[string]bool }

func newNames(reserved map[string]bool) names { return names{reserved, map[string]bool{}} }

// name is a Coq name like a name of the model: itself wherever it is free.
func (n names) name(of string) string {
	out := foreign.ReplaceAllString(of, "_")
	for n.reserved[out] || n.used[out] {
		out += "_"
	}
	n.used[out] = true
	return out
}
