package checker

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// seek finds shortest runs of sys to states by an exact search of so many steps, within the limits of cfg. It gives nil for
// those that it does not come to.
func seek(ctx context.Context, sys model.System, states []model.State, steps int, cfg Config) ([][]model.State, error) {
	out := make([][]model.State, len(states))
	s, err := newSearch(newSought(sys, states), Config{Workers: cfg.Workers, Memory: cfg.Memory, MaxDepth: steps, Recheck: -1, SweepFrom: -1, CondenseFrom: cfg.CondenseFrom})
	if err != nil || s.set == nil {
		return out, err
	}
	defer s.set.Close()
	if err := s.run(ctx); err != nil {
		return out, err
	}
	if err := s.retrace(); err != nil {
		return out, err
	}
	for i := range states {
		if e := s.found[i]; e != nil {
			out[i] = e.path
		}
	}
	return out, nil
}

// sought is a system that asks for nothing but some states: that each is reachable.
type sought struct {
	model.System
	info   model.Info
	states []model.State
}

func newSought(sys model.System, states []model.State) *sought {
	s := &sought{System: sys, info: *sys.Info(), states: states}
	s.info.Properties = nil
	for i := range states {
		s.info.Properties = append(s.info.Properties, model.Property{Name: fmt.Sprint(i), Kind: model.Reachable, Total: true})
	}
	return s
}

// Info is that of the system with the states as its only properties.
func (s *sought) Info() *model.Info { return &s.info }

// NewRunner gives a runner that knows the states.
func (s *sought) NewRunner() model.Runner {
	return &soughtRunner{Runner: s.System.NewRunner(), states: s.states}
}

type soughtRunner struct {
	model.Runner
	states []model.State
	at     model.State
}

// Load keeps the state.
func (r *soughtRunner) Load(s model.State) {
	r.at = append(r.at[:0], s...)
	r.Runner.Load(s)
}

// Holds tells whether the loaded state is the one of the property.
func (r *soughtRunner) Holds(p model.PropertyID) (bool, *model.Fault) {
	return slices.Equal(r.at, r.states[p]), nil
}
