package checker

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// finding is the verdict on property id, which may be the fault property that stands in where the system has none.
func (s *search) finding(id model.PropertyID) (Finding, error) {
	p := s.plan.property(id)
	if ofRuns(p.Kind) && s.exhaustive {
		return s.whole.finding(id)
	}
	if p.Kind == model.Isolated && s.exhaustive {
		return s.isolated.given(id), nil
	}
	f := Finding{Property: p, Verdict: Undecided}
	e := s.found[id]
	// Where an evaluation faulted nobody knows what it would have given: such a property cannot hold.
	whole := s.exhaustive && !s.troubled[id]
	switch {
	case p.Kind == model.Reachable && e != nil:
		f.Verdict = Holds
	case p.Kind == model.Reachable && whole:
		f.Verdict, f.Message = Violated, "no reachable state meets it"
	case p.Kind == model.Reachable, p.Kind == model.Isolated, ofRuns(p.Kind):
	case p.Kind == model.Bound && e != nil && beyond(&p, e.value), p.Kind != model.Bound && e != nil:
		f.Verdict = Violated
	case whole:
		f.Verdict = Holds
	}
	if s.exhaustive {
		if p.Kind != model.Step && p.Kind != model.Refines || !s.cfg.PartialOrder { // there a step may be met from some other state only
			f.Vacuous = s.vacuous(id)
		}
		if f.Verdict == Undecided {
			f.Fault = s.faultOf(id)
			if id == s.plan.faults {
				f.Reason = s.unseen
			}
		}
	}
	if e == nil {
		return f, nil
	}
	if p.Kind == model.Bound {
		f.Extreme, f.Known = e.value, true
		f.Message = extremeText(&p, e.value)
	}
	if e.fault != nil {
		f.Message, f.Position = e.fault.Message, e.fault.Position
	}
	if s.broken[id] != nil { // the shortest run past the limit, not the one that goes farthest
		e = s.broken[id]
	}
	f.Steps = e.length
	var err error
	if f.Verdict != Violated && s.cfg.NoWitnesses {
		return f, nil
	}
	f.Trace, err = s.trace(e)
	if p.Kind == model.Refines && err == nil {
		err = abstract(s.own, id, e.path, e, f.Trace)
	}
	if !e.initial && e.path == nil { // lost
		f.Trace, f.Ending = nil, f.Trace
	}
	if err != nil {
		return f, err
	}
	if f.Verdict == Violated && !e.initial {
		f.Parts, err = partsOf(s.own, &p, id, e.at, e)
	}
	return f, err
}

// faultOf gives the fault of an evaluation of property id; of several the first by position and message.
func (s *search) faultOf(id model.PropertyID) *model.Fault {
	var out *model.Fault
	for _, w := range s.workers {
		if f := w.faults[id]; f != nil && (out == nil || beforeFault(f, out)) {
			out = f
		}
	}
	return out
}

func extremeText(p *model.Property, v int64) string {
	if p.AtLeast {
		return fmt.Sprintf("least value %d", v)
	}
	return fmt.Sprintf("greatest value %d", v)
}

// vacuous gives the antecedents of property id that were never met.
func (s *search) vacuous(id model.PropertyID) []string {
	if int(id) >= len(s.info.Properties) {
		return nil
	}
	slot := 0
	for i := range s.info.Properties[:id] {
		slot += len(s.info.Properties[i].Antecedents)
	}
	var out []string
	for k, text := range s.info.Properties[id].Antecedents {
		if !s.met[slot+k] {
			out = append(out, text)
		}
	}
	return out
}

// abstract adds to the trace of event e, a violation of property id whose run has states and then, maybe, a step, what these are mapped to.
func abstract(sys model.System, id model.PropertyID, states []model.State, e *event, t *model.Trace) error {
	if len(states) == 0 {
		states = []model.State{e.at}
	}
	if e.step && e.next != nil {
		states = append(slices.Clone(states), e.next)
	}
	return shield("Abstract", func() {
		r, ok := sys.NewRunner().(model.Refiner)
		for i := range t.Steps {
			if ok && i < len(states) {
				t.Steps[i].Abstract, _ = r.Abstract(id, states[i])
			}
		}
	})
}

// partsOf asks the system why property p fails at event e, in state at or on a step that leaves it.
func partsOf(sys model.System, p *model.Property, id model.PropertyID, at model.State, e *event) (parts []model.Part, err error) {
	switch p.Kind {
	case model.Invariant, model.Step, model.Ensures, model.Refines:
	default:
		return nil, nil
	}
	err = shield("Explain", func() {
		if x, ok := sys.NewRunner().(model.Explainer); ok {
			parts = x.Explain(id, at, e.label, e.next)
		}
	})
	return parts, err
}
