package checker

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
)

// savedSystem is what tells in a checkpoint which search it is of.
type savedSystem struct {
	Order        string // of the bytes of numbers in memory
	Set          string // kind of the visited set
	Model        string
	Identity     string // Checkpoint.Identity
	Places       string // Checkpoint.Places
	Constants    []string
	StateWords   int
	StateBits    int
	Symmetry     bool
	PartialOrder bool
	Actions      []string
	Properties   []string
	Selected     []string
}

func (s *search) savedSystem(set string) savedSystem {
	out := savedSystem{
		Order: binary.NativeEndian.String(), Set: set, Model: s.info.Name, Identity: s.cfg.Checkpoint.Identity, Places: s.cfg.Checkpoint.Places,
		StateWords: s.info.StateWords, StateBits: s.info.StateBits,
	}
	_, out.Symmetry = s.sys.(*reduced)
	out.PartialOrder = s.cfg.PartialOrder
	for _, c := range s.info.Constants {
		out.Constants = append(out.Constants, c.Name+" = "+c.Value.String())
	}
	for i := range s.info.Actions {
		out.Actions = append(out.Actions, s.info.Actions[i].Name)
	}
	for i := range s.info.Properties {
		p := &s.info.Properties[i]
		out.Properties = append(out.Properties, fmt.Sprintf("%s %s %q %d %v %d %q", p.Kind, p.Name, p.Text, p.Action, p.AtLeast, p.Limit, p.Antecedents))
	}
	for _, id := range s.plan.selected {
		out.Selected = append(out.Selected, s.info.Properties[id].Name)
	}
	return out
}

// differs says what now has other than a checkpoint, or "". The kind of the set and the places of faults are not looked at.
func (a *savedSystem) differs(now *savedSystem) string {
	switch {
	case a.Model != now.Model:
		return fmt.Sprintf("it is of model %s, not %s", a.Model, now.Model)
	case !slices.Equal(a.Constants, now.Constants):
		return fmt.Sprintf("it is of a model with %v, not %v", a.Constants, now.Constants)
	case !slices.Equal(a.Selected, now.Selected):
		return fmt.Sprintf("properties %v were checked, not %v", a.Selected, now.Selected)
	case a.Symmetry != now.Symmetry:
		return "one of the two searches is by representatives of symmetric states, the other is not"
	case a.PartialOrder != now.PartialOrder:
		return "one of the two searches leaves out steps, the other does not"
	case a.Identity != now.Identity, a.StateWords != now.StateWords, a.StateBits != now.StateBits,
		!slices.Equal(a.Actions, now.Actions), !slices.Equal(a.Properties, now.Properties):
		return "the model or the program has been changed since"
	case a.Order != now.Order:
		return fmt.Sprintf("it was written by a machine of order %s, not %s", a.Order, now.Order)
	default:
		return ""
	}
}

// savedProgress is what a search knows between two depths, but for the states.
type savedProgress struct {
	Next                int // the depth of the frontier
	Depth               int
	Distinct            int64
	Initial             int64
	Generated, Terminal int64
	Fired, Fresh        []int64 // by action
	Failing             []bool  // by action
	Found, Broken       []*savedEvent
	Troubled, Met       []bool
	Loose               bool           // Stats.Loose
	Faults              []*model.Fault // of evaluations, by property
	Elapsed             time.Duration
	PeakBytes           int64
}

// savedEvent is an event; a state that is nil stays so, one of no words too.
type savedEvent struct {
	Length             int
	At, To             []uint64
	Initial, Step, End bool
	Label              model.Label
	Fault              *model.Fault
	Value              int64
}

func saveEvents(events []*event) []*savedEvent {
	out := make([]*savedEvent, len(events))
	for i, e := range events {
		if e != nil {
			out[i] = &savedEvent{e.length, e.at, e.next, e.initial, e.step, e.end, e.label, e.fault, e.value}
		}
	}
	return out
}

func loadEvents(into []*event, events []*savedEvent) {
	for i, e := range events {
		if e != nil {
			into[i] = &event{
				length: e.Length, at: e.At, next: e.To, initial: e.Initial, step: e.Step, end: e.End,
				label: e.Label, fault: e.Fault, value: e.Value,
			}
		}
	}
}

// progress takes down what the search knew when the frontier, which has the depth next, was made. counts are the workers'
// then.
func (s *search) progress(next int, counts []tally) savedProgress {
	p := savedProgress{
		Next: next, Depth: s.depth, Initial: s.initial, Fired: make([]int64, len(s.info.Actions)), Fresh: make([]int64, len(s.info.Actions)),
		Found: saveEvents(s.found), Broken: saveEvents(s.broken), Troubled: s.troubled, Met: s.met,
		Elapsed: time.Since(s.begun), PeakBytes: s.peakBytes(),
	}
	for i := range counts {
		p.Generated += counts[i].generated
		p.Terminal += counts[i].terminal
		for a := range p.Fired {
			p.Fired[a] += counts[i].fired[a]
			p.Fresh[a] += counts[i].fresh[a]
		}
	}
	if r, ok := s.sys.(*reduced); ok {
		p.Loose = r.loose.Load()
	}
	p.Distinct = s.initial
	for _, n := range p.Fresh {
		p.Distinct += n
	}
	p.Failing = s.plan.failed()
	for id := range s.found {
		p.Faults = append(p.Faults, s.faultOf(model.PropertyID(id)))
	}
	return p
}

// fits tells whether p can be of a search for these properties and actions.
func (p *savedProgress) fits(s *search) bool {
	n, a := len(s.found), len(s.info.Actions)
	for _, list := range [2][]*savedEvent{p.Found, p.Broken} {
		for _, e := range list {
			if e != nil && e.Step && uint(e.Label.Action) >= uint(a) {
				return false
			}
		}
	}
	return len(p.Found) == n && len(p.Broken) == n && len(p.Troubled) == n && len(p.Faults) == n && len(p.Met) == len(s.met) &&
		len(p.Fired) == a && len(p.Fresh) == a && len(p.Failing) == a && p.Next >= 0
}

// faulted tells whether a fault is in it.
func (p *savedProgress) faulted() bool {
	of := func(e *savedEvent) bool { return e != nil && e.Fault != nil }
	return slices.ContainsFunc(p.Found, of) || slices.ContainsFunc(p.Broken, of) ||
		slices.ContainsFunc(p.Faults, func(f *model.Fault) bool { return f != nil })
}

// adopt goes on where p was. The workers are there.
func (s *search) adopt(p *savedProgress) {
	s.depth, s.initial, s.peak = p.Depth, p.Initial, p.PeakBytes
	s.begun = s.begun.Add(-p.Elapsed)
	if r, ok := s.sys.(*reduced); ok && p.Loose {
		r.loose.Store(true)
	}
	loadEvents(s.found, p.Found)
	loadEvents(s.broken, p.Broken)
	copy(s.troubled, p.Troubled)
	copy(s.met, p.Met)
	for a, failing := range p.Failing {
		s.plan.failing[a].Store(failing)
	}
	w := s.workers[0]
	w.generated, w.shown, w.terminal = p.Generated, p.Generated, p.Terminal
	s.generated.Store(p.Generated)
	copy(w.fired, p.Fired)
	copy(w.fresh, p.Fresh)
	w.faults = map[model.PropertyID]*model.Fault{}
	for id, f := range p.Faults {
		if f != nil {
			w.faults[model.PropertyID(id)] = f
		}
	}
	for _, w := range s.workers {
		copy(w.met, s.met)
		w.from = 0
	}
	s.plan.prune(s.found, s.met)
	s.glance.set(s.plan.violations(s.found))
}
