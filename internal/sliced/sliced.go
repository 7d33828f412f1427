// Package sliced checks a model by its slices: each property on what it depends on alone.
package sliced

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// Search checks a system, as checker.Check does. Part says in a few words what it is of a model.
type Search func(sys model.System, cfg checker.Config, part string) (*checker.Result, error)

// Result is what the slices of a model say of it. Stats are sums over all searches, but for Depth, Workers and PeakBytes, which are
// the greatest; Actions are those that some slice has. The fault that is reported where faults were not asked for is
// one of something that a slice has.
type Result struct {
	*checker.Result
	Slices []Slice // in the order of the searches
}

// Slice is a search.
type Slice struct {
	*spec.Slice                 // nil where it was of the whole model, since another one left something open
	Properties  []string        // that it decided
	Result      *checker.Result // as it was of the slice
}

// Check checks the properties of a model, whole, that parts decide, one part after another. Traces are runs of the model. What a
// slice leaves open it decides on the whole model.
func Check(whole model.System, parts []*spec.Slice, cfg checker.Config, search Search) (*Result, error) {
	m := &merger{whole: whole, cfg: cfg, search: search, found: map[string]checker.Finding{}}
	for i, part := range parts {
		if err := m.part(part, fmt.Sprintf("slice %d of %d", i+1, len(parts))); err != nil {
			return nil, err
		}
	}
	if len(m.open) > 0 && !m.ended {
		if err := m.rest(); err != nil {
			return nil, err
		}
	}
	return m.result(), nil
}

type merger struct {
	whole  model.System
	cfg    checker.Config
	search Search
	found  map[string]checker.Finding
	open   []string // properties that a slice left open
	ended  bool     // a violation has ended it all
	slices []Slice
}

// part searches a slice.
func (m *merger) part(s *spec.Slice, part string) error {
	if m.ended {
		for _, p := range s.Info().Properties {
			if slices.Contains(s.Properties, p.Name) {
				m.found[p.Name] = undecided(p)
			}
		}
		return nil
	}
	cfg := m.cfg
	cfg.Only = s.Properties
	cfg.FailFast = cfg.FailFast && !s.Stuttered // what looks like a violation need not be one
	if some, ok := m.whole.(model.Symmetric); ok && len(some.Symmetries().Kinds) > 0 && len(s.Symmetries().Kinds) == 0 {
		cfg.Symmetry = false
	}
	res, err := m.search(s, cfg, part)
	if err != nil {
		return err
	}
	m.slices = append(m.slices, Slice{s, s.Properties, res})
	for _, f := range res.Properties {
		f, ok := lift(s, f)
		if asked := slices.Contains(s.Properties, f.Property.Name); !ok && asked {
			m.open = append(m.open, f.Property.Name)
			f = undecided(f.Property)
		} else if !ok { // a fault of a step property, which is left open too
			continue
		}
		m.add(f, res)
	}
	return nil
}

const early = "ended at the first violation"

// undecided is what is known of a property that no search gets to.
func undecided(p model.Property) checker.Finding {
	return checker.Finding{Property: p, Verdict: checker.Undecided, Reason: early}
}

// rest searches the whole model for what is open.
func (m *merger) rest() error {
	cfg := m.cfg
	cfg.Only = m.open
	res, err := m.search(m.whole, cfg, "the whole model")
	if err != nil {
		return err
	}
	m.slices = append(m.slices, Slice{nil, m.open, res})
	for _, f := range res.Properties {
		m.add(f, res)
	}
	return nil
}

// add keeps a finding of a search. Of faults, which every search may find, one that is found counts more than none, and the
// one with the shortest run most.
func (m *merger) add(f checker.Finding, res *checker.Result) {
	if f.Verdict == checker.Undecided && f.Fault == nil && f.Reason == "" {
		f.Reason = res.Reason
	}
	if f.Verdict == checker.Violated && m.cfg.FailFast {
		m.ended = true
	}
	before, ok := m.found[f.Property.Name]
	if ok && before.Verdict == checker.Violated && (f.Verdict != checker.Violated || before.Steps <= f.Steps) {
		return
	}
	m.found[f.Property.Name] = f
}

// lift makes a finding of a slice one of the model, if it is one.
func lift(s *spec.Slice, f checker.Finding) (_ checker.Finding, ok bool) {
	if s.Stuttered && f.Property.Kind == model.Step { // what was met may have been by a step that stands for another one
		if f.Vacuous = nil; f.Fault != nil {
			return f, false
		}
	}
	if f.Trace == nil {
		return f, true
	}
	trace, longer, err := s.Lift(f.Trace)
	if err != nil {
		return f, false
	}
	f.Trace = trace
	f.Kept = slices.Clone(f.Kept)
	for i := range f.Kept {
		f.Kept[i].Step += longer
	}
	if f.Trace.Loop >= 0 {
		f.Steps = len(trace.Steps) - 1
	}
	return f, true
}

// result puts together what was found.
func (m *merger) result() *Result {
	r := &checker.Result{Info: m.whole.Info(), Verdict: checker.Holds, Exhaustive: !m.ended}
	if m.ended {
		r.Reason = early
	}
	for _, s := range m.slices {
		if r.Exhaustive = r.Exhaustive && s.Result.Exhaustive; r.Reason == "" {
			r.Reason = s.Result.Reason
		}
		add(&r.Stats, &s.Result.Stats)
	}
	for _, a := range r.Info.Actions {
		if stats, ok := m.action(a.Name); ok {
			r.Actions = append(r.Actions, stats)
		}
	}
	for _, p := range r.Info.Properties {
		f, ok := m.found[p.Name]
		if !ok {
			continue
		}
		f.Property = p
		r.Properties = append(r.Properties, f)
		switch {
		case f.Verdict == checker.Violated:
			r.Verdict = checker.Violated
		case f.Verdict == checker.Undecided && r.Verdict == checker.Holds:
			r.Verdict = checker.Undecided
		}
	}
	if !r.Exhaustive && r.Verdict == checker.Holds {
		r.Verdict = checker.Undecided
	}
	return &Result{r, m.slices}
}

// action sums up how often an action was taken in the slices that have it.
func (m *merger) action(name string) (sum checker.ActionStats, ok bool) {
	sum.Name = name
	for _, s := range m.slices {
		for _, a := range s.Result.Actions {
			if a.Name == name {
				sum.Fired, sum.New, sum.Faulted, ok = sum.Fired+a.Fired, sum.New+a.New, sum.Faulted || a.Faulted, true
			}
		}
	}
	return sum, ok
}

// add adds the counts of one search to those of others.
func add(to, s *checker.Stats) {
	to.Distinct += s.Distinct
	to.Generated += s.Generated
	to.Initial += s.Initial
	to.Terminal += s.Terminal
	to.Elapsed += s.Elapsed
	to.Depth = max(to.Depth, s.Depth)
	to.Workers = max(to.Workers, s.Workers)
	to.PeakBytes, to.DiskBytes = max(to.PeakBytes, s.PeakBytes), max(to.DiskBytes, s.DiskBytes)
	to.PartialOrder, to.Symmetry, to.Loose = to.PartialOrder || s.PartialOrder, to.Symmetry || s.Symmetry, to.Loose || s.Loose
}
