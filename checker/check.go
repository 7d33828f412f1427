// How the search works.
//
// Breadth first, one depth after another. Workers take chunks of the states of a depth, the frontier, load each state
// into a Runner of their own, evaluate what is claimed of it, and have Next emit its successors. Step properties are
// evaluated while a transition is being emitted, so that no transition is stored. Successors gather in a batch of about
// a thousand. Then the memory that their hashes point to is touched (a thousand independent loads, which the processor
// overlaps), and each successor is put into the visited set (package internal/visited) unless it is there. Whole states are compared;
// a hash decides nothing.
//
// Since a depth is finished before the next begins, the run that first reaches a state is a shortest one, whatever the
// number of workers. At the barrier between depths the workers' counts and findings are merged. What is found at a depth
// is compared by the words of the states, so that which violation is reported does not depend on who came first. A
// property that is decided is evaluated no more.
//
// Labels are not stored. A trace is built from the states of a run: Next is run again at each of them, until it emits the
// state that follows (trace.go). The states come from the parents in a store. The other sets have none: they explore once
// more to the depth of what was found, by one goroutine, writing a log of a byte or so per state (internal/visited/retrace.go), so that
// the run is the same whatever the number of workers; runs by parents may differ when there are several. That all this is
// sound rests on the System being deterministic; a sample of the states is therefore expanded twice (recheck.go), and a
// run that cannot be taken again is an error.
//
// From some thousand states on, and where a Runner can, states are expanded by its Sweep: one call that gives all
// successors, without a callback for each (sweep.go).
//
// With Config.Symmetry the search sees a system of representatives (symmetry.go). With Config.PartialOrder it leaves out steps
// (partialorder.go), and runs need not be shortest.
//
// With Config.Lossy only hashes of the states are kept, in a compact table or as bits of an array; the
// frontier then holds whole states. Such a search is never exhaustive. A run is looked for by exploring once
// more in the same way, which may take other states for others when several workers searched; where it is not found an
// exact search of no more steps looks for it (seek.go).
//
// With Config.Disk a search that has no more room in memory goes on in sorted files (spill.go).
//
// A search can be saved between two depths, and another one goes on with it (checkpoint.go).
//
// Properties of whole runs are decided after an exhaustive search, on a graph of all states and steps (runs_graph.go, runs.go and
// package internal/runs).
//
// A search that ends early, for whatever reason, never says Holds.

package checker

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/visited"
	"github.com/bulkheadlang/bulkhead/model"
)

// Check explores every reachable state of sys and gives a verdict on each of its properties. It ends early, with an
// undecided or violated Result, when ctx is done or a limit of cfg is reached. The error is not nil when the question or
// the system is wrong: a name in cfg.Only that is no property, no initial state, a state of the wrong length, a panic
// (*PanicError), a system that contradicts itself (*NondeterminismError). In the latter cases there is a Result all the
// same, undecided, with what was counted.
func Check(ctx context.Context, sys model.System, cfg Config) (*Result, error) {
	s, err := newSearch(sys, cfg)
	if err != nil {
		return nil, err
	}
	return s.check(ctx)
}

// check runs the search, with its progress, and gives its Result.
func (s *search) check(ctx context.Context) (*Result, error) {
	defer s.keeper.close()
	if s.set == nil {
		return s.result(ctx)
	}
	defer func() { s.set.Close() }()
	if s.cfg.Progress != nil {
		done, gone := make(chan struct{}), make(chan struct{})
		go func() { defer close(gone); s.report(done) }()
		defer func() { close(done); <-gone }()
	}
	err := s.run(ctx)
	if err == nil {
		var r *Result
		if r, err = s.result(ctx); err == nil {
			if r.Exhaustive && r.Verdict != Undecided {
				s.keeper.finish()
			}
			return r, nil
		}
	}
	s.exhaustive = false
	var disk visited.DiskError
	if errors.As(err, &disk) { // not the system's fault
		s.halt(reasonOf(err, &s.cfg))
		err = nil
	}
	s.halt("the search failed")
	r := s.frame()
	r.Verdict = Undecided
	for _, id := range s.plan.selected {
		r.Properties = append(r.Properties, Finding{Property: s.info.Properties[id], Verdict: Undecided})
	}
	return r, err
}

// shield runs f, which calls a method of the system, and gives a panic of it, or the end of its goroutine, as an error.
func shield(method string, f func()) (err error) {
	ended := false
	aside(func() {
		defer func() {
			if v := recover(); v != nil || !ended {
				err = &PanicError{Method: method, Value: v, Stack: debug.Stack()}
			}
		}()
		f()
		ended = true
	})
	return err
}

// frame gives the Result without its findings.
func (s *search) frame() *Result {
	r := &Result{Info: s.info, Exhaustive: s.exhaustive}
	if reason := s.reason.Load(); reason != nil && !s.exhaustive {
		r.Reason = *reason
	}
	r.Stats = Stats{Initial: s.initial, Depth: s.depth, Workers: s.cfg.Workers, Elapsed: time.Since(s.begun)}
	if reduced, ok := s.sys.(*reduced); ok {
		r.Stats.Symmetry, r.Stats.Loose = true, reduced.loose.Load()
	}
	r.Stats.PartialOrder = s.cfg.PartialOrder
	if s.set != nil {
		r.Stats.Distinct, r.Stats.PeakBytes = s.set.Distinct(), s.peakBytes()
		if l, ok := s.set.(*visited.Lossy); ok {
			r.Stats.Lossy, r.Stats.Missed = s.cfg.Lossy.String(), l.Missed()
		}
		if d, ok := s.set.(*visited.Disk); ok {
			r.Stats.DiskBytes = d.DiskBytes()
		}
		if s.full.Load() {
			r.Stats.Distinct = s.finished
		}
	}
	if s.keeper != nil {
		r.Unsaved = s.keeper.err
	}
	for i, a := range s.info.Actions {
		r.Actions = append(r.Actions, ActionStats{Name: a.Name, Faulted: s.plan.failing[i].Load()})
	}
	for _, w := range s.workers {
		r.Stats.Generated += w.generated
		r.Stats.Terminal += w.terminal
		for a := range r.Actions {
			r.Actions[a].Fired += w.fired[a]
			r.Actions[a].New += w.fresh[a]
		}
	}
	return r
}

// noMore is why a property of whole runs is undecided with Config.FailFast.
const noMore = "not looked at after the first violation"

// fails tells whether an exhaustive search has violated a property of states and steps.
func (s *search) fails() bool {
	return s.violated() || slices.ContainsFunc(s.plan.selected, func(id model.PropertyID) bool {
		return s.plan.property(id).Kind == model.Reachable && s.found[id] == nil && !s.troubled[id]
	})
}

// miss notes why faults may have been missed, if they may.
func (s *search) miss(why string) {
	if why != "" {
		s.unseen, s.troubled[s.plan.faults] = why, true
	}
}

// result gives the verdicts, with traces. It fails when the system does not let a trace be built.
func (s *search) result(ctx context.Context) (*Result, error) {
	if err := s.retrace(); err != nil {
		return nil, err
	}
	r := s.frame()
	if s.isolated != nil && s.exhaustive {
		if s.cfg.FailFast && s.fails() {
			s.isolated.reason, s.isolated.missed = noMore, noMore
		} else if err := s.isolated.decide(ctx); err != nil {
			return nil, err
		}
		s.miss(s.isolated.unseen())
	}
	if s.whole != nil && s.exhaustive {
		defer s.whole.close()
		if s.cfg.FailFast && s.fails() {
			s.whole.reason = noMore
		} else if err := s.whole.prepare(ctx); err != nil {
			return nil, err
		}
		s.miss(s.whole.unseen())
	}
	for _, id := range s.plan.selected {
		f, err := s.finding(id)
		if err != nil {
			return nil, err
		}
		if s.cfg.FailFast && f.Verdict == Violated && ofRuns(f.Property.Kind) {
			s.whole.reason = noMore
		}
		r.Properties = append(r.Properties, f)
	}
	if f := s.plan.faults; s.found[f] != nil && !slices.Contains(s.plan.selected, f) {
		finding, err := s.finding(f)
		if err != nil {
			return nil, err
		}
		r.Properties = append(r.Properties, finding)
	}
	r.Verdict = Holds
	if !r.Exhaustive {
		r.Verdict = Undecided
	}
	for i := range r.Properties {
		switch r.Properties[i].Verdict {
		case Violated:
			r.Verdict = Violated
		case Undecided:
			if r.Verdict == Holds {
				r.Verdict = Undecided
			}
		}
	}
	if s.whole != nil {
		r.Stats.PeakBytes = max(r.Stats.PeakBytes, s.whole.meter.Peak)
		r.Stats.RunStates = s.whole.met
		if s.whole.g != nil {
			r.Stats.RunStates = int64(s.whole.g.Len())
		}
	}
	if s.isolated != nil {
		r.Stats.PeakBytes = max(r.Stats.PeakBytes, s.isolated.meter.Peak)
	}
	r.Stats.Elapsed = time.Since(s.begun)
	return r, nil
}
