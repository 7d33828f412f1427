package checker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/checker/internal/offheap"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// whole decides the properties of whole runs, once the search has been exhaustive.
type whole struct {
	s       *search
	ctx     context.Context
	runs    *model.Runs
	of      map[model.PropertyID]*model.RunProperty
	meter   runs.Meter
	gr      *grapher
	g       *runs.Graph
	halting *runs.Graph      // g with the runs that stop
	fair    []runs.Condition // of runs.Fairness
	reason  string           // why nothing can be decided, or ""

	kind      wholeKind
	decided   map[model.PropertyID]Finding // on a graph of another kind
	unmade    string                       // why there is none, or ""
	unreduced map[model.PropertyID]string  // why properties are not decided on one
	met       int64                        // states of one with steps left out

	piece     int  // states that a worker takes at a time when the graph is made
	piecemeal bool // cycles are not to be as short as can be
}

// ofRuns tells whether properties of a kind are claims about whole runs.
func ofRuns(k model.Kind) bool {
	return k == model.LTL || k == model.Can || k == model.Within || k == model.Longest
}

// temporal gives what the system says of its runs, where a property that was selected asks for it.
func (s *search) temporal() (*whole, error) {
	if len(s.plan.runs) == 0 {
		return nil, nil
	}
	t, ok := s.own.(model.Temporal)
	if !ok {
		return nil, fmt.Errorf("property %q is of kind %q, and the system says nothing of its runs", s.info.Properties[s.plan.runs[0]].Name, s.info.Properties[s.plan.runs[0]].Kind)
	}
	w := &whole{s: s, piece: pieceStates, of: map[model.PropertyID]*model.RunProperty{}}
	if err := shield("Runs", func() { w.runs = t.Runs() }); err != nil {
		return nil, err
	}
	for i := range w.runs.Properties {
		w.of[w.runs.Properties[i].Property] = &w.runs.Properties[i]
	}
	for _, id := range s.plan.runs {
		if err := w.valid(id); err != nil {
			return nil, fmt.Errorf("property %q: %w", s.info.Properties[id].Name, err)
		}
	}
	for _, f := range w.runs.Fairness {
		if !w.ofStep(f.Step) {
			return nil, fmt.Errorf("%s speaks of proposition %d, which is of no step", f.Text, f.Step)
		}
	}
	for i, p := range w.runs.Propositions {
		if p.Kind == model.OfEnabled && !w.ofStep(p.Step) {
			return nil, fmt.Errorf("proposition %d speaks of proposition %d, which is of no step", i, p.Step)
		}
	}
	return w, nil
}

func (w *whole) ofStep(i int) bool {
	return i >= 0 && i < len(w.runs.Propositions) && w.runs.Propositions[i].Kind == model.OfStep
}

// valid tells what is wrong with what the system says of a property.
func (w *whole) valid(id model.PropertyID) error {
	p := w.of[id]
	if p == nil {
		return errors.New("the system does not say what it claims of runs")
	}
	kind := w.s.info.Properties[id].Kind
	for i := range p.Instances {
		in := &p.Instances[i]
		if kind != model.Longest {
			if err := w.wellFormed(in.Formula, kind == model.Can, len(p.Parts)); err != nil {
				return err
			}
		}
		if kind != model.Within && kind != model.Longest {
			continue
		}
		if in.Wait == nil {
			return errors.New("there is no waiting time")
		}
		for _, f := range []*model.Formula{in.Wait.From, in.Wait.To} {
			if err := w.wellFormed(f, false, len(p.Parts)); err != nil {
				return err
			}
			if !runs.Plain(f) {
				return errors.New("a wait begins or ends with a formula that has temporal operators")
			}
		}
		if u := in.Wait.Unit; u != -1 && !w.ofStep(u) {
			return fmt.Errorf("a wait counts proposition %d, which is of no step", u)
		}
	}
	return nil
}

// wellFormed tells what is wrong with a formula. Its operators are judged where it is put to use.
func (w *whole) wellFormed(f *model.Formula, can bool, parts int) error {
	if f == nil {
		return errors.New("there is no formula")
	}
	want := 1
	switch f.Op {
	case model.TrueOp, model.FalseOp, model.PropositionOp:
		want = 0
	case model.AndOp, model.OrOp:
		want = len(f.Args)
	case model.ImpliesOp, model.IffOp, model.UntilOp, model.ReleaseOp, model.WeakUntilOp, model.LeadsToOp:
		want = 2
	}
	if len(f.Args) != want {
		return fmt.Errorf("an operator of a formula has %d arguments, want %d", len(f.Args), want)
	}
	if f.Op == model.PropositionOp && (f.Prop < 0 || f.Prop >= len(w.runs.Propositions)) {
		return fmt.Errorf("a formula speaks of proposition %d, want one of 0..%d", f.Prop, len(w.runs.Propositions)-1)
	}
	if f.Part < 0 || f.Part > parts {
		return fmt.Errorf("a formula is part %d of a property, want one of 0..%d", f.Part, parts)
	}
	if can && f.Op == model.PropositionOp && w.ofStep(f.Prop) {
		return errors.New("a formula about what can be reached speaks of a step")
	}
	for _, g := range f.Args {
		if err := w.wellFormed(g, can, parts); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the graph. What faults it met it leaves with the search. The error is one of the system.
func (w *whole) prepare(ctx context.Context) error {
	w.ctx = ctx
	if w.s.reducing() && w.kind == ofAllStates {
		if err := w.reduced(ctx); err != nil || len(w.decided) == len(w.s.plan.runs) {
			return err
		}
	}
	w.meter.Limit = w.s.cfg.Memory
	if _, numbered := w.s.set.(*visited.Store); !numbered || w.s.reducing() && w.kind != ofRepresentatives {
		w.s.set.Close() // the runs to what the search found are known by now
	}
	var err error
	if w.gr, err = w.graph(ctx); err != nil {
		w.reason, err = w.why(err)
		return err
	}
	if w.gr.own {
		w.meter.Used += w.gr.st.Bytes()
		w.meter.Peak = max(w.meter.Peak, w.meter.Used, w.meter.Used-w.gr.st.Bytes()+w.gr.st.PeakBytes())
	}
	w.g = w.gr.g
	for _, f := range w.runs.Fairness {
		in := func(bits []uint64) bool { return bits[f.Step>>6]>>(f.Step&63)&1 == 1 }
		c := runs.Condition{Strong: f.Strong, Taken: func(class int) bool { return in(w.g.StepBits[class]) }}
		if w.kind == ofSomeSteps {
			c.Enabled = func(class int) bool { return in(w.g.StateBits[class]) }
		}
		w.fair = append(w.fair, c)
	}
	if w.gr.fault == nil || w.kind == ofSomeSteps { // then all states tell
		return nil
	}
	w.reason, err = w.s.recordFault(ctx, w.gr, &w.meter)
	return err
}

// reduced decides what can be decided on a smaller graph.
func (w *whole) reduced(ctx context.Context) error {
	w.decided, w.unreduced = map[model.PropertyID]Finding{}, map[model.PropertyID]string{}
	if w.s.cfg.PartialOrder {
		return w.partial(ctx)
	}
	return w.orbits(ctx)
}

// recordFault leaves the fault that a grapher met with the search, or gives the reason why the run to it is not known.
func (s *search) recordFault(ctx context.Context, gr *grapher, m *runs.Meter) (reason string, err error) {
	steps, end, err := gr.g.Path(ctx, m, func(n uint32) bool { return n == gr.faulty })
	if err != nil {
		return s.whyNot(ctx, err)
	}
	e := event{length: len(steps), at: slices.Clone(gr.state(end)), fault: gr.fault} // the graph may be given up before it is told
	for _, step := range steps {
		e.path = append(e.path, slices.Clone(gr.state(step.State)))
	}
	e.path = append(e.path, e.at)
	if gr.sys != s.own {
		if err := s.unfolded(&e); err != nil {
			return "", err
		}
	}
	s.plan.record(s.found, s.plan.faults, e)
	return "", nil
}

// unseen says why propositions that may fault were not evaluated in every state, or why no run to a fault of theirs is known, or
// gives "".
func (w *whole) unseen() (why string) {
	if why = w.reason; w.gr == nil && why == "" {
		why = w.unmade
	}
	if w.s.mayFault(w.s.plan.runs) {
		return why
	}
	return ""
}

// mayFault tells whether the evaluation of some of the properties may fault.
func (s *search) mayFault(ids []model.PropertyID) bool {
	return slices.ContainsFunc(ids, func(id model.PropertyID) bool { return !s.info.Properties[id].Total })
}

// stopping gives the graph with the runs that stop, made when it is first asked for.
func (w *whole) stopping() (*runs.Graph, error) {
	if w.halting == nil {
		g, err := w.g.Stopping(w.fair, w.gr.stutter(), &w.meter)
		if err != nil {
			return nil, err
		}
		w.halting = g
	}
	return w.halting, nil
}

// close gives the memory of the graph back.
func (w *whole) close() {
	if w.gr != nil && w.gr.st != nil {
		w.gr.close()
	}
}

// why turns an error into the reason why something is undecided, unless it is an error of the system.
func (w *whole) why(err error) (string, error) { return w.s.whyNot(w.ctx, err) }

// whyNot does so for work in some context after the search.
func (s *search) whyNot(ctx context.Context, err error) (string, error) {
	var many errManyOutcomes
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return reasonOfContext(ctx), nil
	case errors.As(err, &many):
		return err.Error(), nil
	case errors.Is(err, runs.ErrMemory), errors.Is(err, visited.ErrMemory), errors.Is(err, offheap.ErrNone), errors.Is(err, visited.ErrStates):
		if errors.Is(err, runs.ErrMemory) {
			err = visited.ErrMemory
		}
		return reasonOf(err, &s.cfg), nil
	case errors.Is(err, runs.ErrSize), errors.Is(err, runs.ErrEdges), errors.Is(err, buchi.ErrTooLarge):
		return err.Error(), nil
	default:
		return "", err
	}
}

// finding decides a property of whole runs.
func (w *whole) finding(id model.PropertyID) (Finding, error) {
	if f, ok := w.decided[id]; ok {
		return f, nil
	}
	f := Finding{Property: w.s.info.Properties[id], Verdict: Undecided, Reason: w.reason, Unreduced: w.unreduced[id]}
	switch {
	case f.Reason != "":
		return f, nil
	case w.gr.fault != nil: // what a proposition says counts as false where it faults, and may be true
		f.Fault = w.gr.fault
		return f, nil
	}
	var err error
	d := &decision{whole: w, g: w.g, p: w.of[id], f: &f}
	switch f.Property.Kind {
	case model.Can:
		err = d.can()
	case model.Longest:
		err = d.longest()
	case model.Within:
		if err = d.always(); err == nil && f.Verdict != Violated {
			d.g = w.g
			err = d.longest()
		}
	default:
		err = d.always()
	}
	if err == nil && f.Verdict == Holds {
		err = d.vacuity()
	}
	if err != nil {
		undecided := Finding{Property: f.Property, Verdict: Undecided, Unreduced: f.Unreduced}
		if undecided.Reason, err = w.why(err); f.Verdict == Violated && err == nil && f.Trace != nil {
			return f, nil // what is missing is only beside the point
		}
		return undecided, err
	}
	if f.Verdict == Holds {
		f.Vacuous = append(f.Vacuous, d.p.Empty...)
	}
	if !w.s.cfg.PartialOrder { // the condition may be true in a state that the search did not meet
		for _, text := range w.s.vacuous(id) {
			if !slices.Contains(f.Vacuous, text) {
				f.Vacuous = append(f.Vacuous, text)
			}
		}
	}
	return f, nil
}
