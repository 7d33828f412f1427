package checker

import (
	"cmp"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// event is where a property was decided, or where a bound has its extreme value: a state or a step.
type event struct {
	length  int           // steps of the shortest run that shows it
	at      model.State   // the state, or the one that the step leaves; nil where initial
	initial bool          // a fault in an initial state
	path    []model.State // a shortest run to at, once it is found
	step    bool          // it is the step by label that shows it
	end     bool          // it is that the state has no successor that shows it
	label   model.Label
	next    model.State // where the step leads; nil when it faulted
	fault   *model.Fault
	value   int64 // of a bound
}

// before orders events of one property: shorter runs first and, among these, smaller states, labels and targets, so
// that the choice is the same however the states were numbered.
func (e *event) before(f *event) bool {
	order := cmp.Or(cmp.Compare(e.length, f.length), compareBool(!e.initial, !f.initial), compareBool(e.end, f.end), slices.Compare(e.at, f.at))
	if order == 0 {
		order = cmp.Or(compareBool(e.step, f.step), compareLabels(e.label, f.label), slices.Compare(e.next, f.next))
	}
	if order == 0 && e.fault != nil && f.fault != nil {
		order = cmp.Or(cmp.Compare(e.fault.Position, f.fault.Position), cmp.Compare(e.fault.Message, f.fault.Message))
	}
	return order < 0
}

func compareLabels(a, b model.Label) int {
	return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Args, b.Args), cmp.Compare(a.Choice, b.Choice))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// better tells whether e is to replace f, which may be nil, as the event of property p.
func (e *event) better(f *event, p *model.Property) bool {
	if f == nil {
		return true
	}
	if p != nil && p.Kind == model.Bound && e.value != f.value {
		return farther(p, e.value, f.value)
	}
	return e.before(f)
}

// record keeps e in found if it is better than what is there. Its states are copied then.
func (pl *plan) record(found []*event, p model.PropertyID, e event) {
	var prop *model.Property
	if int(p) < len(pl.info.Properties) {
		prop = &pl.info.Properties[p]
	}
	if p == pl.faults && e.step && e.next == nil {
		pl.failing[e.label.Action].Store(true)
	}
	if e.better(found[p], prop) {
		kept := e
		kept.at = slices.Clone(e.at)
		if e.next != nil {
			kept.next = slices.Clone(e.next)
		}
		found[p] = &kept
	}
}
