package coq

// induction are the lemmas about the rule by which proofs of several steps conclude.
var induction = []Lemma{
	{
		"k-induction", "KInduction.v", "k_induction",
		"What holds in the first k states of each run, and after any k states in a row in which it holds, holds in all that can be reached; so do claims about steps.",
		[]string{"proofs/inductive.system.obligations", "proofs/inductive.system.chains", "proofs/sat.prover.level", "proofs/sat.prover.induction"},
	},
	{
		"k-induction of distinct states", "KInduction.v", "k_induction_of_distinct",
		"It is enough to ask it of k states that differ from each other.",
		[]string{"proofs/sat.prover.induction", "proofs/sat.prover.hypothesis", "proofs/sat.unrolled.distinct"},
	},
	{
		"two steps prove more", "KInduction.v", "two_steps_prove_more",
		"There is a claim that two steps prove and one does not.",
		[]string{"proofs/inductive.Options", "proofs/sat.Options"},
	},
	{
		"whole base is needed", "KInduction.v", "whole_base_is_needed",
		"Two steps and the initial states alone would prove what is false of a state that can be reached.",
		[]string{"proofs/inductive.system.obligations", "proofs/sat.prover.level"},
	},
	{
		"distinct states prove more", "KInduction.v", "distinct_states_prove_more",
		"There is a claim that no number of steps proves, and two steps of distinct states do.",
		[]string{"proofs/sat.unrolled.distinct"},
	},
}
