package coq

import (
	"regexp"
	"strings"
)

// keywords are the words that Coq reserves, and names of its own that a development uses.
const keywords = `Axiom CoFixpoint Definition Fixpoint Hypothesis Parameter Prop SProp Set Theorem Type Variable as at cofix else end
	exists exists2 fix for forall fun if in let match mod return then where with by using Lemma Proof Qed Defined Module Section End
	Record Inductive Import Export From Require Open Scope Print Assumptions Notation Admitted Abort Eval Compute Check
	nat list option bool unit prod sum Z N positive O S I True False not and or eq ex
	Claims Actions Functions Types model expected certificate States`

var (
	word    = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_']*`)
	comment = regexp.MustCompile(`(?s)\(\*.*?\*\)`)
)

// reserved are the words of the library and of Coq: a name of a model that is one of them is written otherwise.
var reserved = func() map[string]bool {
	out := map[string]bool{}
	texts := []string{keywords}
	for _, f := range library() {
		texts = append(texts, comment.ReplaceAllString(f.Text, " "))
	}
	for _, text := range texts {
		for _, w := range word.FindAllString(text, -1) {
			out[w] = true
		}
	}
	return out
}()

// names gives out Coq names, no two of them the same.
type names map[string]bool

// name is a Coq name like a name of the model: itself wherever it is free.
func (n names) name(of string) string {
	out := strings.ReplaceAll(of, ".", "_")
	for reserved[out] || n[out] {
		out += "_"
	}
	n[out] = true
	return out
}
