package checker

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// How Config.PartialOrder leaves out steps.
//
// A state is expanded by as many parts of its successors (model.Reducer) as it takes until
//
//   - what has been emitted belongs to a persistent subset of the instances that is sufficient, or
//   - one of the successors is silent, so that no property of states that is undecided can tell it from the state, and fresh:
//     at the beginning of the present depth it was not in the set of the states met, neither as one of this depth nor of a
//     smaller one.
//
// What a state is expanded by is thus a function of it, of what was met at smaller depths and of what is undecided, all of
// which change between depths only: it does not depend on the workers.
//
// The second is the proviso against ignoring of Bošnački and Holzmann ("Improving Spin's partial-order reduction for
// breadth-first search", 2005; Evangelista and Pajault, "Solving the ignoring problem for partial order reduction", 2010): a
// fresh successor is stored at a greater depth, so that from any state a chain of fresh and silent steps leads to one that is
// expanded in full or by a sufficient subset. The first needs no proviso (Kristensen, Schmidt and Valmari,
// "Question-guided stubborn set methods for state properties", 2006).
//
// Claim: let a run b1 … bn of the system begin in a state s that is expanded, and let an undecided property of states read
// something else at its end than in s, or let its last step fault or violate a Step or Ensures property. Then the search meets
// a state in which the property reads the same as at the end, or takes the step with the same outcome.
//
// Proof, by induction on n and, for the same n, on the length of the chain from s. Let T be the subset that s is expanded by;
// it is all instances if s is expanded in full. If some of b1 … bn are of T, the first of them can as well be taken first,
// since T is persistent: the search takes it, and the rest, n-1 steps, leads from there to the same state; where the rest has
// come to be nothing, or changes nothing any more that the property reads, the state is met, and where that first one is
// the last step bn, its outcome is the same in s. If none is, T is not sufficient, and the search takes the step t of the
// chain. b1 … bn can be taken after it, with the same outcomes, and lead to where t leads after b1 … bn. What t changes there
// it changes in s, and is nothing that the property reads.
//
// So, where a search is exhaustive, each value that an undecided property of states has in some reachable state it has in one
// that is met, with its antecedents and the faults of its evaluation. (A bound stays undecided to the end, since its extreme
// value is wanted.) Each action that faults is found to. And each state without any successor is met, for which T need not be
// sufficient: some step of a run to it is of T, or else a step of T could be taken at its end.
//
// What is not kept: the shortest runs, the number of states and their depths, whether actions that nothing depends on are
// ever taken, and whether the conditions of a Step property are ever met.

// reduction is a worker's use of model.Reducer.
type reduction struct {
	by    model.Reducer // or nil
	known visited.Dated
	ask   bool // whether the state being collected is fresh
	fresh bool // a silent successor of the state at hand is
}

// partialOrder tells why Config.PartialOrder cannot be had.
func (s *search) partialOrder() error {
	sys, ok := s.sys.(model.Reducible)
	switch {
	case s.cfg.Symmetry:
		return errors.New("a search either makes use of symmetry or leaves out steps, got both")
	case s.cfg.Lossy.Bits != 0, s.cfg.Disk != "":
		return errors.New("no steps can be left out of a search on disk or by an array of bits: it does not know at once which states have been met")
	case !ok:
		return errors.New("no steps can be left out: the system does not say which ones do not depend on each other")
	}
	reason := ""
	if err := shield("Irreducible", func() { reason = sys.Irreducible() }); err != nil {
		return err
	}
	if reason != "" {
		return fmt.Errorf("no steps can be left out: %s", reason)
	}
	return nil
}

// reducing tells whether a search looks at some states for all.
func (s *search) reducing() bool { return s.cfg.Symmetry || s.cfg.PartialOrder }

// preserve says what is undecided at the depth that begins.
func (w *worker) preserve() {
	w.calling = callReduce
	if r := &w.partly; r.by == nil {
		r.by, r.known = w.runner.(model.Reducer), w.ins.(visited.Dated)
		r.by.Preserve(w.s.asked)
	}
	w.partly.by.Preserve(w.plan.undecided())
	w.calling = none
}

// undecided lists the properties of which anything is still to be found out.
func (pl *plan) undecided() []bool {
	out := make([]bool, len(pl.info.Properties))
	for _, list := range append([][]model.PropertyID{pl.invariants, pl.reachables, pl.bounds, pl.steps, pl.risky, pl.riskySteps}, pl.ensures...) {
		for _, p := range list {
			out[p] = true
		}
	}
	for _, list := range [2][]antecedent{pl.ofStates, pl.ofSteps} {
		for _, a := range list {
			out[a.p] = true
		}
	}
	return out
}

// some has the system emit as many successors of the loaded state as are enough.
func (w *worker) some() {
	r := &w.partly
	r.fresh = false
	for rest := r.by.NextSome(w.emit); rest && !r.fresh; {
		rest = r.by.NextMore(w.emit)
	}
}

// look asks about a successor that is about to be collected, if that is of use and it is silent.
func (w *worker) look(t model.State) {
	if r := &w.partly; r.by != nil && !r.fresh {
		w.calling = callReduce
		r.ask = r.by.Silent(t)
		w.calling = none
	}
}
