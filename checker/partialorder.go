package checker

import (
	"errors"
	"fmt"

	"github.com/bulkheadlang/bulkhead/model"
)

// How Config.PartialOrder leaves out steps.
//
// A state is expanded by the first part of its successors alone (model.Reducer) if one of these is silent, so that no
// property of states that is undecided can tell it from the state, and fresh: at the beginning of the present depth it was
// in the set of the states met neither as one of this depth nor of a smaller one. Otherwise it is expanded in full. What a
// state is expanded by is thus a function of it, of what was met at smaller depths and of what is undecided, all of which
// change between depths only: it does not depend on the workers.
//
// That each state expanded in part has a fresh successor is the proviso against ignoring (Bošnački and Holzmann, "Improving
// Spin's partial-order reduction for breadth-first search", 2005; Evangelista and Pajault, "Solving the ignoring problem for
// partial order reduction", 2010): a fresh successor is stored at a greater depth, so that from any state a chain of fresh
// and silent steps leads to one that is expanded in full.
//
// Claim: let a run b1 … bn of the system begin in a state s that is expanded. Then the search takes from s the steps b1 … bn,
// in some order, with steps between them that end up as a run from the end of b1 … bn and are silent.
//
// Proof, by induction on n and, for the same n, on the length of the chain from s to a state that is expanded in full. If s
// is, the search takes b1, and n-1 steps are left. If not, let T be the subset that it is expanded by. If some of b1 … bn
// are of T, the first of them can as well be taken first, since T is persistent; the search takes it, and the rest, n-1
// steps, leads from there to the same state. If none is, the search takes the step t of the chain; b1 … bn can be taken
// after it, and lead to where t leads after b1 … bn. What t changes is what it changes in s, nothing that counts.
//
// So, where a search is exhaustive:
//
//   - Each value that undecided properties of states have in some reachable state they have in one that is met, and the
//     faults of their evaluation are met too. (A bound stays undecided to the end, since its extreme value is wanted.)
//   - Each instance that is taken in some run is taken, with each of its outcomes: its faults, and whether a Step or Ensures
//     property is false of it. The outcome is its step bn+1, and what it depends on is not changed by steps that it is not
//     among. So each action is said to be taken that can be.
//   - Each state without any successor is met: no chain is needed here. From a state with a run to it, some step of the run
//     is of T, or a step of T could be taken at its end.
//
// What is not kept: the shortest runs, the number of states and their depths, and whether the conditions of a Step property
// were ever met.

// reduction is a worker's use of model.Reducer.
type reduction struct {
	by    model.Reducer // or nil
	ask   bool          // whether the state being collected is fresh
	fresh bool          // a silent successor of the state at hand is
}

// partialOrder tells why Config.PartialOrder cannot be had.
func (s *search) partialOrder() error {
	sys, ok := s.sys.(model.Reducible)
	switch {
	case s.cfg.Symmetry:
		return errors.New("a search either makes use of symmetry or leaves out steps, got both")
	case s.cfg.Lossy.Bits != 0:
		return errors.New("no steps can be left out of a search whose states are bits: it does not know which ones were met at which depth")
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

// partial tells whether a search looks at some states for all.
func (s *search) partial() bool { return s.cfg.Symmetry || s.cfg.PartialOrder }

// preserve says what is undecided at the depth that begins.
func (w *worker) preserve() {
	w.calling = callReduce
	w.partly.by = w.runner.(model.Reducer)
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
	if r.by.NextSome(w.emit) && !r.fresh {
		r.fresh = true // nobody asks any more
		r.by.NextRest(w.emit)
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
