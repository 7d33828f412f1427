package checker

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// plan says what is to be evaluated where. It changes between depths only, when a property is decided.
type plan struct {
	info     *model.Info
	selected []model.PropertyID // what the report speaks of, in order
	deadlock model.PropertyID   // or -1
	judged   bool               // deadlock is selected
	faults   model.PropertyID   // of FaultFree, or the number after the last where there is no such property

	invariants, reachables, bounds, steps []model.PropertyID
	ensures                               [][]model.PropertyID // by action
	runs                                  []model.PropertyID   // claims about whole runs, which are evaluated when the search has ended
	isolated                              []model.PropertyID   // and claims about what domains see of each other
	begins                                []model.PropertyID   // those of steps that also claim something of initial states
	// Properties of which only a fault matters: they are decided, or left out, and their evaluation may fault. A fault
	// is a finding of its own, whatever else is known of the property.
	risky, riskySteps []model.PropertyID
	riskyBegins       []model.PropertyID
	ofStates, ofSteps []antecedent  // not yet met
	transitions       bool          // there is something to evaluate on transitions
	failing           []atomic.Bool // by action: an attempt at it faulted
}

// antecedent is condition k of property p; slot is its place in the record of those met.
type antecedent struct {
	p       model.PropertyID
	k, slot int
}

// newPlan selects the properties named in only, or all.
func newPlan(info *model.Info, only []string) (*plan, error) {
	if len(info.Actions) > visited.MaxActions {
		return nil, fmt.Errorf("the system has %d actions, want at most %d", len(info.Actions), visited.MaxActions)
	}
	pl := &plan{
		info: info, deadlock: -1, faults: model.PropertyID(len(info.Properties)),
		ensures: make([][]model.PropertyID, len(info.Actions)), failing: make([]atomic.Bool, len(info.Actions)),
	}
	for _, name := range only {
		if !slices.ContainsFunc(info.Properties, func(p model.Property) bool { return p.Name == name }) {
			return nil, fmt.Errorf("the system has no property %q", name)
		}
	}
	slot := 0
	for i := range info.Properties {
		p, id := &info.Properties[i], model.PropertyID(i)
		selected := len(only) == 0 || slices.Contains(only, p.Name)
		if selected {
			pl.selected = append(pl.selected, id)
		}
		if err := pl.add(p, id, selected); err != nil {
			return nil, err
		}
		for k := range p.Antecedents {
			if selected && p.Kind.OfSteps() {
				pl.ofSteps = append(pl.ofSteps, antecedent{id, k, slot})
			} else if selected {
				pl.ofStates = append(pl.ofStates, antecedent{id, k, slot})
			}
			slot++
		}
	}
	for i := range info.Properties {
		if int(pl.faults) < len(info.Properties) && slices.Contains(pl.selected, pl.faults) && !slices.Contains(pl.selected, model.PropertyID(i)) {
			pl.risk(model.PropertyID(i))
		}
	}
	pl.look()
	return pl, nil
}

func (pl *plan) add(p *model.Property, id model.PropertyID, selected bool) error {
	switch p.Kind {
	case model.Deadlock:
		if pl.deadlock >= 0 {
			return fmt.Errorf("the system has two properties of kind %q", p.Kind)
		}
		pl.deadlock, pl.judged = id, selected
		return nil
	case model.FaultFree:
		if int(pl.faults) < len(pl.info.Properties) {
			return fmt.Errorf("the system has two properties of kind %q", p.Kind)
		}
		pl.faults = id
		return nil
	case model.Ensures:
		if p.Action < 0 || int(p.Action) >= len(pl.info.Actions) {
			return fmt.Errorf("property %q speaks of action %d, want one of 0..%d", p.Name, p.Action, len(pl.info.Actions)-1)
		}
	}
	var list *[]model.PropertyID
	switch p.Kind {
	case model.Invariant:
		list = &pl.invariants
	case model.Reachable:
		list = &pl.reachables
	case model.Bound:
		list = &pl.bounds
	case model.Step:
		list = &pl.steps
	case model.Refines:
		list = &pl.steps
		if selected {
			pl.begins = append(pl.begins, id)
		}
	case model.Ensures:
		list = &pl.ensures[p.Action]
	case model.LTL, model.Can, model.Within, model.Longest:
		list = &pl.runs
	case model.Isolated:
		list = &pl.isolated
	default:
		return fmt.Errorf("property %q is of kind %q, which is not checked on states and steps", p.Name, p.Kind)
	}
	if selected {
		*list = append(*list, id)
	}
	return nil
}

// failed tells of which actions an attempt has faulted.
func (pl *plan) failed() []bool {
	out := make([]bool, len(pl.failing))
	for a := range out {
		out[a] = pl.failing[a].Load()
	}
	return out
}

// beginning tells whether anything is claimed of initial states alone.
func (pl *plan) beginning() bool { return len(pl.begins)+len(pl.riskyBegins) > 0 }

// risk has the faults of a property looked for, if it can have any.
func (pl *plan) risk(id model.PropertyID) {
	switch p := &pl.info.Properties[id]; {
	case p.Total:
	case p.Kind == model.Invariant, p.Kind == model.Reachable, p.Kind == model.Bound:
		pl.risky = append(pl.risky, id)
	case p.Kind.OfSteps():
		pl.riskySteps = append(pl.riskySteps, id)
		if p.Kind == model.Refines {
			pl.riskyBegins = append(pl.riskyBegins, id)
		}
	case ofRuns(p.Kind) && !slices.Contains(pl.runs, id):
		pl.runs = append(pl.runs, id)
	case p.Kind == model.Isolated && !slices.Contains(pl.isolated, id):
		pl.isolated = append(pl.isolated, id)
	}
}

// look notices whether transitions need evaluation.
func (pl *plan) look() {
	pl.transitions = len(pl.steps) > 0 || len(pl.riskySteps) > 0 || len(pl.ofSteps) > 0 ||
		slices.ContainsFunc(pl.ensures, func(l []model.PropertyID) bool { return len(l) > 0 })
}

// prune leaves out what was decided: the properties with a finding, but for bounds, whose extreme value is wanted, and
// the antecedents met.
func (pl *plan) prune(found []*event, met []bool) {
	decided := func(p model.PropertyID) bool {
		if found[p] != nil {
			pl.risk(p)
		}
		return found[p] != nil
	}
	pl.invariants = slices.DeleteFunc(pl.invariants, decided)
	pl.reachables = slices.DeleteFunc(pl.reachables, decided)
	pl.steps = slices.DeleteFunc(pl.steps, decided)
	for a := range pl.ensures {
		pl.ensures[a] = slices.DeleteFunc(pl.ensures[a], decided)
	}
	if found[pl.faults] != nil { // one is enough
		pl.risky, pl.riskySteps = nil, nil
	}
	done := func(a antecedent) bool { return met[a.slot] }
	pl.ofStates = slices.DeleteFunc(pl.ofStates, done)
	pl.ofSteps = slices.DeleteFunc(pl.ofSteps, done)
	pl.look()
}

// antecedents is the number of antecedents of all properties.
func (pl *plan) antecedents() int {
	n := 0
	for i := range pl.info.Properties {
		n += len(pl.info.Properties[i].Antecedents)
	}
	return n
}

// beyond tells whether value v passes the limit of bound p.
func beyond(p *model.Property, v int64) bool {
	if p.AtLeast {
		return v < p.Limit
	}
	return v > p.Limit
}

// farther tells whether v is nearer to the limit of bound p, or farther beyond it, than w.
func farther(p *model.Property, v, w int64) bool {
	if p.AtLeast {
		return v < w
	}
	return v > w
}

// property gives a property by number, and one that stands in for FaultFree where the system has none.
func (pl *plan) property(id model.PropertyID) model.Property {
	if int(id) < len(pl.info.Properties) {
		return pl.info.Properties[id]
	}
	return model.Property{Name: "fault", Kind: model.FaultFree}
}

// violations names the properties that what was found violates.
func (pl *plan) violations(found []*event) []string {
	var names []string
	for _, id := range pl.selected {
		p := &pl.info.Properties[id]
		if e := found[id]; e != nil && p.Kind != model.Reachable && (p.Kind != model.Bound || beyond(p, e.value)) {
			names = append(names, p.Name)
		}
	}
	if found[pl.faults] != nil && !slices.Contains(pl.selected, pl.faults) {
		names = append(names, pl.property(pl.faults).Name)
	}
	return names
}
