package checker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bulkheadlang/bulkhead/checker/internal/hash"
	"github.com/bulkheadlang/bulkhead/model"
)

// SimConfig says how to simulate. The zero value takes 1,000 walks of at most 1,000 steps from seed 0.
type SimConfig struct {
	Walks    int      // 0 means 1,000
	Steps    int      // of a walk, at most; 0 means 1,000
	Seed     uint64   // walk i is the same for the same system and seed, whatever Walks and Workers are
	Workers  int      // goroutines; 0 means GOMAXPROCS
	FailFast bool     // end after the round of 256 walks in which the first violation shows
	Only     []string // names of the properties to check; empty means all
}

// SimResult is the outcome of Simulate. Nothing in it says that a property holds in all states.
type SimResult struct {
	Info       *model.Info
	Verdict    Verdict // Violated or Undecided
	Reason     string  // why no more is known, such as "not found in 1000 walks"
	Stats      SimStats
	Properties []SimFinding // in the order of Info.Properties, less those that Only left out
	Actions    []ActionStats
	Samples    []*model.Trace // the first two walks, where nothing is violated
}

// SimFinding is what the walks say of one property: Violated, or Undecided, or, of a Reachable property that was met,
// Holds. Its trace is the walk to the place, less the cycles that it took on the way.
type SimFinding struct {
	Finding
	Walk int // the number, from 0, of the first walk that shows it; -1 where none does
}

// SimStats counts what the walks met. States are not compared between walks, so that how many distinct ones were met
// is not known.
type SimStats struct {
	Walks       int     // finished
	Steps       int64   // taken in all of them
	Shortest    int     // walk, in steps
	Longest     int     // walk
	Mean        float64 // steps of a walk
	Ended       int     // walks that came to a state without successors
	Transitions int64   // that were looked at: all that leave the states of the walks
	Seed        uint64
	Workers     int
	Elapsed     time.Duration
}

// round is how many walks are taken between two looks at what was found. It does not depend on the number of workers,
// and so neither does what is left out after a finding.
const round = 256

// simulation is one run of Simulate.
type simulation struct {
	sys     model.System
	info    *model.Info
	cfg     SimConfig
	plan    *plan
	walkers []*walker
	initial [][]uint64 // what Init emitted, in order
	found   []*event   // event.length is the steps of the walk
	walkOf  []int
	stopped atomic.Pointer[string]
}

// Simulate takes random walks: from an initial state chosen at random, each step chosen at random among all successors,
// until there is none or cfg.Steps are taken. It evaluates every property in the states of the walk and on all steps
// that leave them. It is reproducible by its seed, and its verdict is never Holds. Errors are as those of Check.
func Simulate(ctx context.Context, sys model.System, cfg SimConfig) (*SimResult, error) {
	begun := time.Now()
	s := &simulation{sys: sys, cfg: cfg}
	if err := shield("Info", func() { s.info = sys.Info() }); err != nil {
		return nil, err
	}
	var err error
	if s.plan, err = newPlan(s.info, cfg.Only); err != nil {
		return nil, err
	}
	s.defaults()
	if err := s.start(); err != nil {
		return nil, err
	}
	release := context.AfterFunc(ctx, func() { s.stop(reasonOfContext(ctx)) })
	defer release()
	if ctx.Err() != nil {
		s.stop(reasonOfContext(ctx))
	}
	stats := SimStats{Seed: cfg.Seed, Workers: s.cfg.Workers}
	if len(s.initial) > 0 {
		if err := s.recheck(); err != nil {
			return nil, err
		}
		if err := s.walks(&stats); err != nil {
			return nil, err
		}
	}
	r, err := s.result(stats)
	if err != nil {
		return nil, err
	}
	r.Stats.Elapsed = time.Since(begun)
	return r, nil
}

func (s *simulation) defaults() {
	if s.cfg.Walks <= 0 {
		s.cfg.Walks = 1000
	}
	if s.cfg.Steps <= 0 {
		s.cfg.Steps = 1000
	}
	if s.cfg.Workers <= 0 {
		s.cfg.Workers = runtime.GOMAXPROCS(0)
	}
	n := len(s.info.Properties) + 1
	s.found, s.walkOf = make([]*event, n), make([]int, n)
	for range s.cfg.Workers {
		s.walkers = append(s.walkers, newWalker(s))
	}
}

func (s *simulation) stop(reason string) { s.stopped.CompareAndSwap(nil, &reason) }

func (s *simulation) isStopped() bool { return s.stopped.Load() != nil }

// recheck expands the states of some walks twice and compares what comes of it: a walk is the same for its seed, and can
// be taken again for its trace, only if the system gives the same successors in the same order every time.
func (s *simulation) recheck() error {
	if s.info.Deterministic {
		return nil
	}
	w := newWalker(s)
	names := nameDigests(s.info)
	w.guard(func() {
		w.calling = callNewRunner
		second := s.sys.NewRunner()
		rng := rand.New(rand.NewPCG(hash.Mix(s.cfg.Seed), hash.B))
		var at model.State
		for range alwaysSampled {
			if at == nil {
				at = s.initial[rng.IntN(len(s.initial))]
			}
			first := w.listNext(second, at, names, s.isStopped)
			var list listing
			var next model.State
			n := 0
			w.calling = callLoad
			w.runner.Load(at)
			w.calling = callNext
			w.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
				if s.isStopped() {
					panic(enough{})
				}
				if uint(l.Action) < uint(len(names)) {
					list.add(names[l.Action], t, f)
				}
				if n++; f == nil && rng.IntN(n) == 0 {
					next = append(next[:0], t...)
				}
			})
			w.calling = none
			if what := first.differs(list); what != "" {
				w.err = &NondeterminismError{What: what}
				return
			}
			at = next
		}
	})
	return w.err
}

// mostInitial is how many initial states a simulation keeps to draw from.
const mostInitial = 1 << 21

// start collects the initial states.
func (s *simulation) start() error {
	w := s.walkers[0]
	faults := 0
	var first listing
	w.guard(func() {
		w.calling = callInit
		w.runner.Init(func(t model.State, f *model.Fault) {
			w.calling = none
			defer func() { w.calling = callInit }()
			first.add(0, t, f)
			if s.stopped.Load() != nil {
				panic(enough{})
			}
			if len(s.initial) == mostInitial {
				w.err = fmt.Errorf("the system has more than %d initial states, too many to draw from", mostInitial)
				panic(enough{})
			}
			if f != nil {
				faults++
				w.note(s.plan.faults, event{initial: true, fault: f})
			} else {
				s.initial = append(s.initial, slices.Clone(t))
			}
		})
		w.calling = none
		if w.err == nil && !s.info.Deterministic && first.count <= fewInitial {
			if what := first.initDiffers(w.listInit(w.runner, s.isStopped)); what != "" {
				w.err = &NondeterminismError{What: what}
			}
		}
	})
	if w.err != nil {
		return w.err
	}
	if len(s.initial) == 0 && faults == 0 && s.stopped.Load() == nil {
		return errors.New("the system has no initial state")
	}
	s.merge()
	return nil
}

// walks takes the walks, round after round.
func (s *simulation) walks(stats *SimStats) error {
	for lo := 0; lo < s.cfg.Walks && s.stopped.Load() == nil; lo += round {
		hi := min(lo+round, s.cfg.Walks)
		lengths := make([]int, hi-lo) // -1 for a walk that was not finished
		var next atomic.Int64
		var wg sync.WaitGroup
		for _, w := range s.walkers[:min(len(s.walkers), hi-lo)] {
			wg.Go(func() {
				w.guard(func() {
					for {
						i := lo + int(next.Add(1)) - 1
						if i >= hi {
							return
						}
						lengths[i-lo] = -1
						if s.stopped.Load() == nil {
							lengths[i-lo] = w.walk(i, s.cfg.Steps)
						}
					}
				})
			})
		}
		wg.Wait()
		for _, w := range s.walkers {
			if w.err != nil {
				return w.locate()
			}
		}
		stats.add(lengths)
		if s.merge(); s.cfg.FailFast && s.violated() {
			s.stop(fmt.Sprintf("ended after %d walks, among them the first violation", stats.Walks))
		}
	}
	for _, w := range s.walkers {
		stats.Ended += w.endings
		stats.Transitions += w.transitions
	}
	return nil
}

// add counts finished walks.
func (st *SimStats) add(lengths []int) {
	for _, n := range lengths {
		if n < 0 {
			continue
		}
		if st.Walks == 0 || n < st.Shortest {
			st.Shortest = n
		}
		st.Walks++
		st.Steps += int64(n)
		st.Longest = max(st.Longest, n)
		st.Mean = float64(st.Steps) / float64(st.Walks)
	}
}

// merge takes over what the walkers found: of each property the first walk that shows it, of a bound the extreme value.
func (s *simulation) merge() {
	for _, w := range s.walkers {
		for p, e := range w.found {
			if e != nil && s.better(e, w.walkOf[p], model.PropertyID(p)) {
				s.found[p], s.walkOf[p] = e, w.walkOf[p]
			}
			w.found[p] = nil
		}
		for k, m := range w.met {
			s.walkers[0].met[k] = s.walkers[0].met[k] || m
		}
	}
	for _, w := range s.walkers {
		copy(w.met, s.walkers[0].met)
	}
	s.plan.prune(s.found, s.walkers[0].met)
}

// better tells whether e, met on a walk, is to replace what was found of p.
func (s *simulation) better(e *event, walk int, p model.PropertyID) bool {
	old := s.found[p]
	if old == nil {
		return true
	}
	if int(p) < len(s.info.Properties) && s.info.Properties[p].Kind == model.Bound && e.value != old.value {
		return farther(&s.info.Properties[p], e.value, old.value)
	}
	return walk < s.walkOf[p]
}

func (s *simulation) violated() bool { return len(s.plan.violations(s.found)) > 0 }

func (s *simulation) result(stats SimStats) (*SimResult, error) {
	r := &SimResult{Info: s.info, Verdict: Undecided, Stats: stats}
	selected := s.plan.selected
	if f := s.plan.faults; s.found[f] != nil && !slices.Contains(selected, f) {
		selected = append(slices.Clone(selected), f)
	}
	for _, id := range selected {
		f, err := s.finding(id, stats.Walks)
		if err != nil {
			return nil, err
		}
		if f.Verdict == Violated {
			r.Verdict = Violated
		}
		r.Properties = append(r.Properties, f)
	}
	for a := range s.info.Actions {
		as := ActionStats{Name: s.info.Actions[a].Name}
		for _, w := range s.walkers {
			as.Fired += w.fired[a]
		}
		r.Actions = append(r.Actions, as)
	}
	if why := s.stopped.Load(); why != nil {
		r.Reason = *why
	} else if r.Verdict != Violated {
		r.Reason = fmt.Sprintf("not found in %d walks", stats.Walks)
	}
	for i := 0; r.Verdict != Violated && i < min(2, stats.Walks); i++ {
		sample, err := s.replay(i, s.cfg.Steps)
		if err != nil {
			return nil, err
		}
		tr, err := sample.trace(s.sys)
		if err != nil {
			return nil, err
		}
		r.Samples = append(r.Samples, tr)
	}
	return r, nil
}

// finding gives what n walks say of property id.
func (s *simulation) finding(id model.PropertyID, n int) (SimFinding, error) {
	p := s.plan.property(id)
	f := SimFinding{Finding{Property: p, Verdict: Undecided, Message: fmt.Sprintf("not found in %d walks", n)}, -1}
	e := s.found[id]
	switch {
	case ofRuns(p.Kind):
		f.Message = "walks end, and it speaks of runs that do not"
	case p.Kind == model.Isolated:
		f.Message = "it speaks of two runs at once, and walks are one at a time"
	}
	if e == nil {
		return f, nil
	}
	f.Message, f.Walk, f.Steps = "", s.walkOf[id], e.length
	if e.step {
		f.Steps++
	}
	switch {
	case p.Kind == model.Reachable:
		f.Verdict = Holds
	case p.Kind == model.Bound:
		f.Extreme, f.Known, f.Message = e.value, true, extremeText(&p, e.value)
		if beyond(&p, e.value) {
			f.Verdict = Violated
		}
	default:
		f.Verdict = Violated
	}
	if e.fault != nil {
		f.Message, f.Position = e.fault.Message, e.fault.Position
	}
	if e.initial {
		r := run{faulted: true}
		f.Walk = -1
		var err error
		f.Trace, err = r.trace(s.sys)
		return f, err
	}
	r, err := s.replay(s.walkOf[id], e.length)
	if err != nil {
		return f, err
	}
	if again, err := s.shows(&p, id, r, e); err != nil {
		return f, err
	} else if !again {
		return f, &NondeterminismError{What: fmt.Sprintf("walk %d does not lead to %s when it is taken again", f.Walk, p.Name)}
	}
	r.cut()
	r.step, r.label, r.next = e.step, e.label, e.next
	if f.Trace, err = r.trace(s.sys); err == nil && f.Verdict == Violated {
		if p.Kind == model.Refines {
			if err = abstract(s.sys, id, r.states, e, f.Trace); err != nil {
				return f, err
			}
		}
		f.Parts, err = partsOf(s.sys, &p, id, r.states[len(r.states)-1], e)
	}
	return f, err
}

// shows tells whether the end of run r, a walk taken again, is what was found of property p the first time.
func (s *simulation) shows(p *model.Property, id model.PropertyID, r *run, e *event) (again bool, err error) {
	if s.info.Deterministic {
		return true, nil
	}
	if len(r.states) != e.length+1 {
		return false, nil
	}
	err = shield("Holds", func() {
		runner := s.sys.NewRunner()
		runner.Load(r.states[len(r.states)-1])
		ends := true
		runner.Next(func(l model.Label, t model.State, f *model.Fault) {
			ends = false
			if e.step && l.Action == e.label.Action && (f != nil && e.next == nil || f == nil && slices.Equal(t, e.next)) {
				again = true
			}
		})
		if e.step {
			return
		}
		switch p.Kind {
		case model.Bound:
			v, _ := runner.Value(id)
			again = e.fault != nil || v == e.value
		case model.Invariant, model.Reachable:
			ok, _ := runner.Holds(id)
			again = e.fault != nil || ok == (p.Kind == model.Reachable)
		case model.Deadlock:
			again = ends
		default: // a fault of an evaluation, of whatever property
			again = true
		}
	})
	return again, err
}

// replay takes the first steps of a walk once more and gives them.
func (s *simulation) replay(walk, steps int) (*run, error) {
	w := newWalker(s)
	w.silent = true
	w.guard(func() { w.walk(walk, steps) })
	if w.err != nil {
		return nil, w.err
	}
	return w.run(), nil
}

// cut leaves out every cycle of the run: the steps between two visits of one state.
func (r *run) cut() {
	last := make(map[string]int, len(r.states))
	keys := make([]string, len(r.states))
	for i, s := range r.states {
		keys[i] = hash.Key(s)
		last[keys[i]] = i
	}
	var states []model.State
	var labels []model.Label
	for i := 0; ; i++ {
		i = last[keys[i]]
		states = append(states, r.states[i])
		if i == len(r.states)-1 {
			break
		}
		labels = append(labels, r.labels[i])
	}
	r.states, r.labels = states, labels
}
