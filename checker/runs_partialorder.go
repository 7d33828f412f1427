package checker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// How properties of whole runs are decided on a graph with steps left out.
//
// There is one such graph, where all properties are of kind LTL, without `next` and `happens`. A state is expanded by as many parts of
// its successors (model.RunReducer) as it takes until
//
//   - what has been emitted belongs to a persistent subset of the instances that is sufficient, or
//   - there are successors, and all of them are silent and fresh: when the block of the queue was begun that the state is of
//     (runs_graph.go), they were not in the queue.
//
// Otherwise it is expanded in full. So what a state is expanded by does not depend on the workers. A fresh successor comes to stand in
// the queue behind all states of the block. Along steps of states that are expanded by the second rule the place in the queue grows;
// therefore no cycle, and no run without end, consists of such states from some point on. This is the proviso against ignoring of
// Bošnački, Leue and Lluch Lafuente ("Partial-order reduction for general state exploring algorithms", 2009) for a queue, which
// here is looked at once a block.
//
// In each state that is met the propositions are evaluated, and all its steps are gone through to see which of those are enabled that
// fairness or a formula speaks of, whether they are edges or not (runs.Graph.StateBits). A step is visible if it is not silent. The
// visible word of a run is the sequence of what is true in its states, of the propositions and of what is enabled, without repeats,
// and of its visible steps in their places. Where a run has stopped it repeats its last state.
//
// Claim: each fair run r of the system from a state s that is met has the same visible word as some run in the graph from s.
//
// Proof. The run in the graph is made step by step. At each place there is a state s of it and the rest r = b1 b2 … of the run still to
// be matched, which can be taken from s; bk is the first visible step in it, if there is one.
//
//   - s is expanded in full: b1 is taken; if there is none, the run in the graph stops where the other has.
//   - s is expanded by a sufficient subset T. If some of r are of T, the first, bi, can as well be taken first. All visible steps are
//     of T, so i ≤ k: b1 … b(i-1) are silent, and bi comes no sooner among the visible ones than it did. If none is of T, all of r is
//     silent: the run in the graph stops here, where the same is true and enabled as everywhere in r.
//   - s is expanded by silent and fresh successors, of T. If some of r are of T, the first, bi, can as well be taken first, and is
//     silent. If none is, any step t of T is taken: r can be taken after it, and t is silent wherever r leads.
//
// When a silent step is moved to the front, or put in, the states in between are as they were but for cells that no proposition depends
// on: what is true in them stays (all the diamonds in between commute, so that the states inside are matched too; where only the
// outermost ones are, words can go wrong: Neele, Valmari and Willemse, "The inconsistent labelling problem of stutter-preserving
// partial-order reduction", 2020). A visible step is taken in its turn: by the third rule none is taken, by the others k falls until it is 1
// and the step is taken, and each state that is not expanded by the third rule, which comes again and again, makes k fall. If there is no
// visible step in r any more, the run in the graph goes on by silent steps, without end or not, while nothing changes in the word.
//
// The word tells whether the run is fair: it has the steps that assumptions ask for, and where they are enabled. If it ends in a
// repeated state, no step of an assumption is enabled there, since r is fair and takes none from then on; so the run in the graph may
// stop there, and is fair if it does not. And the word tells whether a formula without `next` and `happens` is true of the run (Lamport,
// "What good is temporal logic?", 1983). The other way round, a run in the graph is one of the system, with the same steps
// enabled; a lasso in it is a counterexample as it stands. So a property holds of the system exactly when it holds of the graph, and so
// do those that are like it with parts replaced by true or false, by which it is found out which parts matter: they speak of
// nothing else.
//
// Where a proposition of theirs faults in some state of the system it does in one that is met: it counts with what is true in a state
// whether it does, and of the claim it is enough that the state is met, fair or not, to which a run leads that stops there.
// Where any proposition faults, all properties are decided on all states; so those of properties that are not asked for are heeded as well.
//
// What is not kept: whether other assumptions would rescue a property, for which steps of other actions would have to be visible;
// it is not looked for. Lassos are not the shortest.

// wholeKind says of what the graph is on which properties of whole runs are decided.
type wholeKind uint8

const (
	ofAllStates       wholeKind = iota
	ofRepresentatives           // runs_orbits.go
	ofSomeSteps
)

// partial decides all properties with steps left out, or says why it does not: where some need a graph of all states it serves the others.
func (w *whole) partial(ctx context.Context) error {
	ids := w.s.plan.runs
	blame := ""
	for _, id := range ids {
		if why := w.ordered(id); why != "" {
			w.unreduced[id] = "it " + why
			blame = cmp.Or(blame, w.s.info.Properties[id].Name+" "+why)
		}
	}
	if blame == "" {
		some, err := w.reducible()
		if err != nil {
			return err
		}
		if some {
			return w.apart(ctx, ofSomeSteps, ids)
		}
		blame = "every action may bear on a property of runs or on fairness"
	}
	for _, id := range ids {
		w.unreduced[id] = cmp.Or(w.unreduced[id], blame)
	}
	return nil
}

// ordered says why a property depends on more than the order of visible steps, or gives "". Of one that is not selected only faults are
// asked for.
func (w *whole) ordered(id model.PropertyID) string {
	switch p := &w.s.info.Properties[id]; {
	case !slices.Contains(w.s.plan.selected, id):
		return ""
	case p.Kind == model.Can:
		return "asks what is possible"
	case p.Kind != model.LTL:
		return "counts steps"
	}
	var formula func(f *model.Formula) string
	formula = func(f *model.Formula) string {
		switch {
		case f.Op == model.NextOp:
			return "says `next`"
		case f.Op == model.PropositionOp && w.ofStep(f.Prop):
			return fmt.Sprintf("speaks of single steps: `%s`", w.runs.Propositions[f.Prop].Text)
		}
		for _, g := range f.Args {
			if why := formula(g); why != "" {
				return why
			}
		}
		return ""
	}
	for _, in := range w.of[id].Instances {
		if why := formula(in.Formula); why != "" {
			return why
		}
	}
	return ""
}

// reducible tells whether there are steps that are visible for none of the properties that are heeded.
func (w *whole) reducible() (some bool, err error) {
	err = shield("PreserveRuns", func() {
		if by, ok := w.s.own.NewRunner().(model.RunReducer); ok {
			some = by.PreserveRuns(w.heeded())
		}
	})
	return some, err
}

// heeded marks the properties that are to be decided, and those of which a fault would leave them undecided.
func (w *whole) heeded() []bool {
	out := make([]bool, len(w.s.info.Properties))
	for id := range w.of {
		out[id] = slices.Contains(w.s.plan.runs, id) || !w.s.info.Properties[id].Total
	}
	return out
}

// apart decides some properties on a graph of another kind.
func (w *whole) apart(ctx context.Context, kind wholeKind, ids []model.PropertyID) error {
	if len(ids) == 0 {
		return nil
	}
	q := &whole{s: w.s, runs: w.runs, of: w.of, piece: w.piece, piecemeal: w.piecemeal, kind: kind}
	defer q.close()
	if err := q.prepare(ctx); err != nil {
		return err
	}
	if kind == ofSomeSteps && q.gr != nil && q.gr.fault != nil {
		for _, id := range ids {
			w.unreduced[id] = "a proposition faults"
		}
		return nil
	}
	w.unmade = q.reason
	for _, id := range ids {
		if !slices.Contains(w.s.plan.selected, id) { // of which only a fault matters
			w.decided[id] = Finding{}
			continue
		}
		f, err := q.finding(id)
		if err != nil {
			return err
		}
		w.decided[id] = f
	}
	w.meter.Peak = max(w.meter.Peak, q.meter.Peak)
	if kind == ofSomeSteps && q.g != nil {
		w.met = int64(q.g.Len())
	}
	return nil
}

// partly is a graph worker's use of model.RunReducer.
type partly struct {
	by      model.RunReducer // or nil: states are expanded in full
	emitted int              // successors of the state at hand
	passing bool             // they are all silent and fresh
}

// reduce makes ready to expand states in part.
func (w *graphWorker) reduce() error {
	by, ok := w.runner.(model.RunReducer)
	if !ok {
		return errors.New("a Runner that says which steps depend on each other does not do so for another time")
	}
	w.calling = callReduce
	by.PreserveRuns(w.gr.some)
	w.calling = none
	w.partly.by = by
	return nil
}

// part goes through all steps from the loaded state for what is enabled, and makes edges of as many as are enough.
func (w *graphWorker) part() {
	if w.gr.steps {
		w.leave(w.runner.Next, func(l model.Label, _ model.State) { w.note(w.kind(l)) })
		for i, x := range w.taken {
			w.stateBits[i] |= x
		}
	}
	p := &w.partly
	p.emitted, p.passing = 0, true
	edge := func(l model.Label, t model.State) {
		p.emitted++
		p.passing = p.passing && w.passes(t)
		w.take(w.kind(l))
		w.collect(t)
	}
	more := p.by.NextSome
	for rest := true; rest && (p.emitted == 0 || !p.passing); more = p.by.NextMore {
		w.leave(func(emit func(model.Label, model.State, *model.Fault)) { rest = more(emit) }, edge)
	}
}

// passes tells whether a successor is silent and fresh.
func (w *graphWorker) passes(t model.State) bool {
	w.calling = callReduce
	silent := w.partly.by.Silent(t)
	w.calling = none
	if !silent {
		return false
	}
	id, ok := w.ins.Find(t, hash.Of(t))
	return !ok || !w.gr.queued(id)
}

// queued tells whether a state was in the queue when the block was begun.
func (gr *grapher) queued(id visited.StateID) bool {
	return int(id) < len(gr.numbers) && gr.numbers[id] != 0
}
