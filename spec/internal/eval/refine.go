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
	steps   map[string]*source
	at      *source // that of now, or nil
	targets int
	initial map[string]bool
	some    bool // there are more initial states than those
	images  images
}

// images remembers what some states are mapped to: at the place that the hash of a state gives, the last state that came there.
type images struct {
	held   []bool
	states []uint64
	mapped []uint64
}

// imageBits is the logarithm of the number of states whose images are remembered at once. States come about by several steps, mostly
// of states that are taken one soon after another.
const imageBits = 14

// source is what an abstract model can do in a state. Sets are of its propositions about steps.
type source struct {
	targets map[string][]uint64 // by state, what is true of some step to it
	self    []uint64            // of some step back to the state itself
	due     []uint64            // of some step, and of none that leads back
}

// of gives what remembers the abstract model of a property.
func (r *runner) of(p model.PropertyID) *simulator { return r.simulator(r.s.p.Props[p].Refined) }

// simulator gives what remembers abstract model number i.
func (r *runner) simulator(i int) *simulator {
	if r.sims == nil {
		r.sims = make([]*simulator, len(r.s.refined))
	}
	if r.sims[i] == nil {
		of := r.s.refined[i]
		r.sims[i] = &simulator{
			of: of, r: of.system.runner(), steps: map[string]*source{},
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
		m.mapped, m.at, m.fault = true, nil, r.mapTo(m.now, m, m.of.now)
	}
	return m.fault
}

// begins tells whether the current state is mapped to an initial one.
func (r *runner) begins(p model.PropertyID) (bool, *model.Fault) {
	m := r.of(p)
	if f := r.current(m); f != nil {
		return false, f
	}
	return m.begins(), nil
}

// simulated tells whether the step being emitted is mapped to a step, or to no change.
func (r *runner) simulated(p model.PropertyID) (bool, *model.Fault) {
	m := r.of(p)
	if f := r.current(m); f != nil {
		return false, f
	}
	if f := r.mapTo(m.next, m, m.of.next); f != nil {
		return false, f
	}
	return slices.Equal(m.now, m.next) || m.leads(), nil
}

// Steps looks at the steps from a state to some others, one after another in list, as HoldsStep does: whether each of them is mapped to a
// step or to no change, and whether any is mapped to a change. It stops at one that is not, or at a fault. It loads other states.
func (r *runner) Steps(p model.PropertyID, s model.State, list []uint64) (all, changes bool, fault *model.Fault) {
	m := r.of(p)
	m.mapped, m.at = false, nil
	if f := r.image(m, s, m.now); f != nil {
		return false, false, f
	}
	for n := len(s); len(list) > 0; list = list[n:] {
		if f := r.image(m, list[:n], m.next); f != nil {
			return false, changes, f
		}
		if slices.Equal(m.now, m.next) {
			continue
		}
		if changes = true; !m.leads() {
			return false, changes, nil
		}
	}
	return true, changes, nil
}

// image writes to out what a state is mapped to.
func (r *runner) image(m *simulator, s, out model.State) *model.Fault {
	c, n, k := &m.images, len(s), len(out)
	if c.held == nil {
		c.held = make([]bool, 1<<imageBits)
		c.states, c.mapped = make([]uint64, n<<imageBits), make([]uint64, k<<imageBits)
	}
	h := uint64(0)
	for _, w := range s {
		h = (h ^ w) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	at := int(h * 0x9e3779b97f4a7c15 >> (64 - imageBits))
	state, mapped := c.states[at*n:(at+1)*n], c.mapped[at*k:(at+1)*k]
	if c.held[at] && slices.Equal(state, s) {
		copy(out, mapped)
		return nil
	}
	r.s.pk.Unpack(r.e.m, s)
	if f := r.mapTo(out, m, m.of.now); f != nil {
		return f
	}
	c.held[at] = true
	copy(state, s)
	copy(mapped, out)
	return nil
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
	from := m.source()
	m.key = keyOf(m.next, m.key[:0])
	_, ok := from.targets[string(m.key)]
	return ok
}

// taken gives what is true of some step from now to next, or nil where there is none.
func (m *simulator) taken(from *source) []uint64 {
	m.key = keyOf(m.next, m.key[:0])
	return from.targets[string(m.key)]
}

// source gives what the abstract model can do now.
func (m *simulator) source() *source {
	if m.at != nil {
		return m.at
	}
	m.key = keyOf(m.now, m.key[:0])
	if m.at = m.steps[string(m.key)]; m.at != nil {
		return m.at
	}
	if len(m.steps) >= mostSources || m.targets >= mostTargets {
		clear(m.steps)
		m.targets = 0
	}
	n := len(m.of.system.observed.always)
	out := &source{targets: map[string][]uint64{}, due: make([]uint64, n)}
	m.steps[string(m.key)] = out
	step := make([]uint64, n)
	m.r.Load(m.now)
	m.r.Next(func(l model.Label, s model.State, f *model.Fault) {
		if f != nil {
			return
		}
		m.key = keyOf(s, m.key[:0])
		m.r.ObserveStep(l, step)
		set, ok := out.targets[string(m.key)]
		if !ok {
			set = make([]uint64, n)
			out.targets[string(m.key)] = set
		}
		for i, w := range step {
			set[i] |= w
			out.due[i] |= w
		}
	})
	m.key = keyOf(m.now, m.key[:0])
	out.self = out.targets[string(m.key)]
	for i, w := range out.self {
		out.due[i] &^= w
	}
	m.targets += len(out.targets)
	m.at = out
	return out
}

// Abstract gives what the mapping of a property makes of a state; see model.Refiner. It loads the state.
func (r *runner) Abstract(p model.PropertyID, s model.State) ([]model.Binding, *model.Fault) {
	m := r.of(p)
	r.Load(s)
	if f := r.current(m); f != nil {
		return nil, f
	}
	return m.r.Render(m.now), nil
}
