package eval

import (
	"encoding/binary"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// refined is a model that the system refines, and the code of the mapping: it stores the cells of an abstract state from a place in
// memory on, as they are of the state before a step, and after it.
type refined struct {
	system    *System
	at        int
	now, next []func(*env)
	pos       []string // of the expressions
}

func (s *System) compileRefined(c *compiler) error {
	for _, r := range s.p.Refined {
		abstract, err := CompileWith(r.Model, c.tuned)
		if err != nil {
			return err
		}
		out := &refined{system: abstract, at: c.size}
		c.size += abstract.pk.Cells
		for i, x := range r.Map {
			at, t := out.at+abstract.pk.Offsets[i], r.Model.Vars[i].Type
			out.now = append(out.now, c.into(scope{base: 0, root: c.newRoot()}, x, t, fixed(at)))
			out.next = append(out.next, c.into(scope{base: c.next, root: c.newRoot()}, x, t, fixed(at)))
			out.pos = append(out.pos, types.Pos(x.Pos))
		}
		s.refined = append(s.refined, out)
	}
	return nil
}

// Limits of what a simulator remembers.
const (
	mostSources = 1 << 12 // abstract states whose successors are remembered at once
	mostTargets = 1 << 16 // and successors of all of them
	mostInitial = 1 << 16 // initial abstract states
)

// simulator tells for one goroutine what an abstract model can do. What it has found out it remembers.
type simulator struct {
	of      *refined
	r       *runner // of the abstract model
	now     model.State
	next    model.State
	mapped  bool // now is what the current state is mapped to
	fault   *model.Fault
	key     []byte
	steps   map[string]map[string]bool
	targets int
	initial map[string]bool
	some    bool // there are more initial states than those
}

// simulator gives what remembers the abstract model of a property.
func (r *runner) simulator(p model.PropertyID) *simulator {
	i := r.s.p.Props[p].Refined
	if r.sims == nil {
		r.sims = make([]*simulator, len(r.s.refined))
	}
	if r.sims[i] == nil {
		of := r.s.refined[i]
		r.sims[i] = &simulator{
			of: of, r: of.system.runner(), steps: map[string]map[string]bool{},
			now: make(model.State, of.system.pk.Words), next: make(model.State, of.system.pk.Words),
		}
	}
	return r.sims[i]
}

// mapTo maps the state that code reads to an abstract one.
func (r *runner) mapTo(out model.State, m *simulator, code []func(*env)) *model.Fault {
	for i, f := range code {
		if _, fault := r.word(func(e *env) int64 { f(e); return 0 }); fault != nil {
			return placed(fault, m.of.pos[i])
		}
	}
	m.of.system.pk.Pack(out, r.e.m[m.of.at:m.of.at+m.of.system.pk.Cells])
	return nil
}

// current maps the current state, once.
func (r *runner) current(m *simulator) *model.Fault {
	if !m.mapped {
		m.mapped, m.fault = true, r.mapTo(m.now, m, m.of.now)
	}
	return m.fault
}

// begins tells whether the current state is mapped to an initial one.
func (r *runner) begins(p model.PropertyID) (bool, *model.Fault) {
	m := r.simulator(p)
	if f := r.current(m); f != nil {
		return false, f
	}
	return m.begins(), nil
}

// simulated tells whether the step being emitted is mapped to a step, or to no change.
func (r *runner) simulated(p model.PropertyID) (bool, *model.Fault) {
	m := r.simulator(p)
	if f := r.current(m); f != nil {
		return false, f
	}
	if f := r.mapTo(m.next, m, m.of.next); f != nil {
		return false, f
	}
	return slices.Equal(m.now, m.next) || m.leads(), nil
}

func keyOf(s model.State, key []byte) []byte {
	for _, w := range s {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}

// begins tells whether now is an initial state.
func (m *simulator) begins() (yes bool) {
	if m.initial == nil {
		m.initial = map[string]bool{}
		m.r.Init(func(s model.State, f *model.Fault) {
			switch {
			case f != nil:
			case len(m.initial) == mostInitial:
				m.some = true
			default:
				m.key = keyOf(s, m.key[:0])
				m.initial[string(m.key)] = true
			}
		})
	}
	m.key = keyOf(m.now, m.key[:0])
	if m.initial[string(m.key)] || !m.some {
		return m.initial[string(m.key)]
	}
	m.r.Init(func(s model.State, f *model.Fault) { yes = yes || f == nil && slices.Equal(s, m.now) })
	return yes
}

// leads tells whether there is a step from now to next.
func (m *simulator) leads() bool {
	m.key = keyOf(m.now, m.key[:0])
	targets, ok := m.steps[string(m.key)]
	if !ok {
		if len(m.steps) >= mostSources || m.targets >= mostTargets {
			clear(m.steps)
			m.targets = 0
		}
		targets = map[string]bool{}
		m.steps[string(m.key)] = targets
		m.r.Load(m.now)
		m.r.Next(func(_ model.Label, s model.State, f *model.Fault) {
			if f == nil {
				m.key = keyOf(s, m.key[:0])
				targets[string(m.key)] = true
			}
		})
		m.targets += len(targets)
	}
	m.key = keyOf(m.next, m.key[:0])
	return targets[string(m.key)]
}

// Abstract gives what the mapping of a property makes of a state; see model.Refiner. It loads the state.
func (r *runner) Abstract(p model.PropertyID, s model.State) ([]model.Binding, *model.Fault) {
	m := r.simulator(p)
	r.Load(s)
	if f := r.current(m); f != nil {
		return nil, f
	}
	return m.r.Render(m.now), nil
}
