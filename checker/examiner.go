package checker

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/bulkheadlang/bulkhead/model"
)

// call names the method of the system that is running, to tell a panic of the system from one of the engine.
type call uint8

const (
	none call = iota
	callNewRunner
	callInit
	callLoad
	callNext
	callHolds
	callHoldsStep
	callValue
	callAntecedent
	callDescribe
	callExplain
	callSweep
	callObserve
	callReduce
)

var callNames = [...]string{
	"", "NewRunner", "Init", "Load", "Next", "Holds", "HoldsStep", "Value", "Antecedent", "Describe or Render", "Explain", "Watch or Sweep",
	"Observe, ObserveStep, Sees, Acts or Chosen", "Preserve or Silent",
}

// examiner evaluates what a plan claims of states and steps, with a Runner of its own. What it finds it gives to note.
type examiner struct {
	sys     model.System
	plan    *plan
	runner  model.Runner
	calling call
	ended   bool                          // the guarded function came to its end
	note    func(model.PropertyID, event) // takes an event, of which at and length are to be filled in
	settled []*event                      // what is found already, by property; only better values of bounds are noted
	initial bool                          // the state at hand is an initial one
	halted  func() bool                   // the run is to end
	failed  func(error)                   // takes an error that ends the run

	troubled []bool                            // by property: an evaluation faulted
	met      []bool                            // by antecedent
	faults   map[model.PropertyID]*model.Fault // of those evaluations, the first by position and message
}

// enough is the panic by which emit leaves a method of the system in the middle, once the search is halted: a single
// Init or Next may have more to emit than anyone would wait for.
type enough struct{}

// guard runs f, which calls the system, and turns a panic of the system, or the end of its goroutine, into an error. It runs
// f in a goroutine of its own, so that what ends that, such as a property that calls t.FailNow, does not end the caller.
func (x *examiner) guard(f func()) {
	var own any // a panic of the engine
	aside(func() { own = x.guarded(f) })
	if own != nil {
		panic(own)
	}
}

// aside runs f in another goroutine and waits for its end.
func aside(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// guarded is guard in the goroutine that the system may end; it gives a panic of the engine's own.
func (x *examiner) guarded(f func()) (own any) {
	x.ended = false
	defer func() {
		if x.ended {
			return
		}
		value := recover()
		if _, ok := value.(enough); ok {
			x.calling = none
			return
		}
		if value != nil && x.calling == none {
			own = fmt.Sprintf("%v\n\n%s", value, debug.Stack())
			return
		}
		method := callNames[x.calling]
		x.calling = none
		x.failed(&PanicError{Method: method, Value: value, Stack: debug.Stack()})
	}()
	if x.runner == nil {
		x.calling = callNewRunner
		x.runner = x.sys.NewRunner()
		x.calling = none
	}
	f()
	x.ended = true
	return nil
}

// claims evaluates what is claimed of the loaded state, or a part of it once the run is halted: evaluations may be long.
func (x *examiner) claims() {
	pl := x.plan
	x.calling = callHolds
	for _, p := range pl.invariants {
		if x.halted() {
			break
		}
		if ok, f := x.runner.Holds(p); f != nil {
			x.trouble(p, event{fault: f})
		} else if !ok {
			x.note(p, event{})
		}
	}
	for _, p := range pl.reachables {
		if x.halted() {
			break
		}
		if ok, f := x.runner.Holds(p); f != nil {
			x.trouble(p, event{fault: f})
		} else if ok {
			x.note(p, event{})
		}
	}
	for _, p := range pl.risky {
		x.alarm(p)
	}
	if x.initial {
		x.begins()
	}
	x.calling = callValue
	for _, p := range pl.bounds {
		if x.halted() {
			break
		}
		v, f := x.runner.Value(p)
		if f != nil {
			x.trouble(p, event{fault: f})
		} else if best := x.settled[p]; best == nil || farther(&pl.info.Properties[p], v, best.value) {
			x.note(p, event{value: v})
		}
	}
	x.calling = callAntecedent
	for _, a := range pl.ofStates {
		if !x.met[a.slot] {
			x.met[a.slot] = x.runner.Antecedent(a.p, a.k)
		}
	}
	x.calling = none
}

// begins evaluates what is claimed of the loaded state, which is an initial one, beside what is claimed of all.
func (x *examiner) begins() {
	for _, p := range x.plan.begins {
		if ok, f := x.runner.Holds(p); f != nil {
			x.trouble(p, event{fault: f})
		} else if !ok {
			x.note(p, event{})
		}
	}
	for _, p := range x.plan.riskyBegins {
		x.alarm(p)
	}
}

// alarm looks for a fault of property p, of which nothing else matters.
func (x *examiner) alarm(p model.PropertyID) {
	var f *model.Fault
	if x.plan.info.Properties[p].Kind == model.Bound {
		x.calling = callValue
		_, f = x.runner.Value(p)
		x.calling = callHolds
	} else {
		_, f = x.runner.Holds(p)
	}
	if f != nil {
		x.note(x.plan.faults, event{fault: f})
	}
}

// trouble records that the evaluation of property p faulted.
func (x *examiner) trouble(p model.PropertyID, e event) {
	x.troubled[p] = true
	if old := x.faults[p]; old == nil || beforeFault(e.fault, old) {
		if x.faults == nil {
			x.faults = map[model.PropertyID]*model.Fault{}
		}
		x.faults[p] = e.fault
	}
	x.note(x.plan.faults, e)
}

// beforeFault orders faults, so that which one is told does not depend on who met it first.
func beforeFault(f, g *model.Fault) bool {
	return cmp.Or(cmp.Compare(f.Position, g.Position), cmp.Compare(f.Message, g.Message)) < 0
}

// accepts judges the loaded state, which has no successor, and tells whether it is an accepted end.
func (x *examiner) accepts() bool {
	pl := x.plan
	if pl.deadlock < 0 {
		return true
	}
	x.calling = callHolds
	ok, f := x.runner.Holds(pl.deadlock)
	x.calling = none
	if f != nil {
		x.trouble(pl.deadlock, event{end: true, fault: f})
		return false
	}
	if !ok && pl.judged {
		x.note(pl.deadlock, event{end: true})
	}
	return ok
}

// judge evaluates what is claimed of the step being emitted, by label l to t.
func (x *examiner) judge(l model.Label, t model.State) {
	pl := x.plan
	x.calling = callHoldsStep
	for _, list := range [2][]model.PropertyID{pl.steps, pl.ensures[l.Action]} {
		for _, p := range list {
			if ok, f := x.runner.HoldsStep(p); f != nil {
				x.trouble(p, event{step: true, label: l, next: t, fault: f})
			} else if !ok {
				x.note(p, event{step: true, label: l, next: t})
			}
		}
	}
	for _, p := range pl.riskySteps {
		if prop := &pl.info.Properties[p]; prop.Kind == model.Ensures && prop.Action != l.Action {
			continue
		}
		if _, f := x.runner.HoldsStep(p); f != nil {
			x.note(pl.faults, event{step: true, label: l, next: t, fault: f})
		}
	}
	x.calling = callAntecedent
	for _, a := range pl.ofSteps {
		if p := &pl.info.Properties[a.p]; !x.met[a.slot] && (p.Kind != model.Ensures || p.Action == l.Action) {
			x.met[a.slot] = x.runner.Antecedent(a.p, a.k)
		}
	}
	x.calling = none
}
