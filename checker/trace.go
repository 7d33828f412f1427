package checker

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// A run is what a trace is made of: states and the labels between them, numbers all.
type run struct {
	states []model.State
	labels []model.Label // labels[i] leads to states[i+1]
	// The last step, where it is the step that matters: it leaves the last of states.
	step  bool
	label model.Label
	next  model.State // nil when the step faulted
	// A fault in an initial state: there are no states.
	faulted bool
}

// retrace finds the runs to what there is to report.
func (s *search) retrace() error {
	var events []*event
	for p, e := range s.found {
		if s.broken[p] != nil {
			e = s.broken[p]
		}
		if e == nil || s.cfg.NoWitnesses && s.witness(model.PropertyID(p)) {
			continue
		}
		events = append(events, e)
	}
	return s.find(events)
}

// paths finds runs to what is in the visited set.
func (s *search) paths(targets []visited.Target) ([][]model.State, error) {
	paths, err := s.set.Paths(s.leaver(s.sweeps()), targets, s.cfg.PartialOrder)
	return paths, contradiction(err)
}

// witness tells whether what was found of a property is no violation.
func (s *search) witness(id model.PropertyID) bool {
	kind := s.plan.property(id).Kind
	return kind == model.Reachable || kind == model.Bound && s.broken[id] == nil
}

// find finds runs to the states of some events.
func (s *search) find(events []*event) error {
	var targets []visited.Target
	var of []*event
	for _, e := range events {
		if e.initial {
			continue
		}
		of = append(of, e)
		depth := e.length
		if e.step {
			depth--
		}
		targets = append(targets, visited.Target{State: e.at, Depth: depth})
	}
	if len(targets) == 0 {
		return nil
	}
	paths, err := s.paths(targets)
	if _, ok := s.set.(*visited.Lossy); ok && err == nil {
		err = s.seekLost(targets, paths)
	}
	for i, e := range of {
		if err == nil && paths[i] != nil { // it may be shorter, or longer, than the search found
			e.length += len(paths[i]) - 1 - targets[i].Depth
		}
		if err == nil && paths[i] != nil {
			e.path = paths[i]
			if r, ok := s.sys.(*reduced); ok {
				failed := shield("Init, Load or Next", func() { err = r.unfold(e) })
				if err == nil {
					err = failed
				}
			}
		}
	}
	return err
}

// seekLost looks for the runs that exploring a lossy set once more did not find. The memory of the set is given back for it.
func (s *search) seekLost(targets []visited.Target, paths [][]model.State) error {
	var states []model.State
	var lost []int
	steps := 0
	for i, p := range paths {
		if p == nil {
			states, lost, steps = append(states, targets[i].State), append(lost, i), max(steps, targets[i].Depth)
		}
	}
	if len(lost) > 0 && s.ctx.Err() == nil {
		s.set.Close()
		found, err := seek(s.ctx, s.sys, states, steps, s.cfg)
		if err != nil {
			return err
		}
		for k, i := range lost {
			paths[i] = found[k]
		}
	}
	return nil
}

// trace builds the trace to an event of the search whose run is known.
func (s *search) trace(e *event) (*model.Trace, error) {
	var r run
	if e.initial {
		r.faulted = true
	} else {
		if r.states = e.path; e.path == nil {
			r.states = []model.State{e.at}
		}
		r.step, r.label, r.next = e.step, e.label, e.next
	}
	return r.trace(s.own)
}

// trace finds the labels that are missing and puts the run into words. It fails when the system panics, or does not take
// the steps that it took before.
func (r *run) trace(sys model.System) (tr *model.Trace, err error) {
	calling := callNewRunner
	defer func() {
		if v := recover(); v != nil {
			if calling == none {
				panic(v)
			}
			tr, err = nil, &PanicError{Method: callNames[calling], Value: v, Stack: debug.Stack()}
		}
	}()
	runner := sys.NewRunner()
	tr = &model.Trace{Loop: -1}
	if r.faulted {
		tr.Steps = append(tr.Steps, model.TraceStep{})
	}
	for i, s := range r.states {
		var step model.TraceStep
		if i > 0 {
			if len(r.labels) < i {
				calling = callNext
				l, ok := labelOf(runner, r.states[i-1], s)
				if !ok {
					calling = none
					return nil, &NondeterminismError{What: fmt.Sprintf("step %d of a trace cannot be taken again", i)}
				}
				r.labels = append(r.labels, l)
			}
			if l := r.labels[i-1]; l.Action != runs.Stutter {
				calling = callDescribe
				step.Step = runner.Describe(r.states[i-1], l)
			}
		}
		calling = callDescribe
		step.State = render(runner, s)
		tr.Steps = append(tr.Steps, step)
	}
	if r.step {
		calling = callDescribe
		step := model.TraceStep{Step: runner.Describe(r.states[len(r.states)-1], r.label)}
		if r.next != nil {
			step.State = render(runner, r.next)
		}
		tr.Steps = append(tr.Steps, step)
	}
	return tr, nil
}

// labelOf gives the first label by which s leads to t.
func labelOf(runner model.Runner, s, t model.State) (label model.Label, ok bool) {
	runner.Load(s)
	runner.Next(func(l model.Label, next model.State, f *model.Fault) {
		if !ok && f == nil && slices.Equal(next, t) {
			label, ok = l, true
		}
	})
	return label, ok
}

// render gives the values in s. They are nil only for what has no state: a step that faulted.
func render(runner model.Runner, s model.State) []model.Binding {
	if b := runner.Render(s); b != nil {
		return b
	}
	return []model.Binding{}
}
