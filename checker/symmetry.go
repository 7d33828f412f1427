package checker

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/model"
)

// reduced is a system of which only representatives of orbits are seen: what leads to a state leads to its
// representative instead. All properties of states and steps hold of it exactly when they hold of the system, and
// runs are as long (Clarke, Emerson, Jha & Sistla, "Symmetry reductions in model checking", 1998). The search does not
// know. What it finds is turned into runs of the system by unfold.
type reduced struct {
	model.Symmetric
	kinds model.Symmetries
	size  int         // identities
	loose atomic.Bool // some orbit may have several representatives
}

// reduce gives the system that Config.Symmetry asks for.
func reduce(sys model.System) (*reduced, error) {
	sym, ok := sys.(model.Symmetric)
	if !ok {
		return nil, fmt.Errorf("no symmetry can be used: the system does not say what is interchangeable in it")
	}
	r := &reduced{Symmetric: sym, kinds: sym.Symmetries()}
	if len(r.kinds.Kinds) == 0 {
		return nil, fmt.Errorf("no symmetry can be used: %s", r.kinds.Reason)
	}
	for _, k := range r.kinds.Kinds {
		r.size += k.Size
	}
	return r, nil
}

// NewRunner gives a runner that speaks of representatives.
func (r *reduced) NewRunner() model.Runner {
	inner := r.Symmetric.NewRunner()
	out := &reducedRunner{Runner: inner, canon: inner.(model.Canonizer), system: r}
	out.sweeper, _ = inner.(model.Sweeper)
	return out
}

type reducedRunner struct {
	model.Runner
	canon   model.Canonizer
	sweeper model.Sweeper // or nil
	system  *reduced
	state   model.State
}

// canonize replaces a state by its representative.
func (r *reducedRunner) canonize(s model.State) {
	if !r.canon.Canonize(s, nil) && !r.system.loose.Load() {
		r.system.loose.Store(true)
	}
}

// representative gives that of a state, in memory of the runner.
func (r *reducedRunner) representative(t model.State) model.State {
	if t == nil {
		return nil
	}
	r.state = append(r.state[:0], t...)
	r.canonize(r.state)
	return r.state
}

// Init emits the representatives of the initial states.
func (r *reducedRunner) Init(emit func(model.State, *model.Fault)) {
	r.Runner.Init(func(t model.State, f *model.Fault) { emit(r.representative(t), f) })
}

// Next emits the representatives of successors, by labels that belong to the successors themselves.
func (r *reducedRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	r.Runner.Next(func(l model.Label, t model.State, f *model.Fault) { emit(l, r.representative(t), f) })
}

// Watch is that of the system.
func (r *reducedRunner) Watch(w *model.Watch) bool { return r.sweeper != nil && r.sweeper.Watch(w) }

// Sweep appends the representatives of successors.
func (r *reducedRunner) Sweep(s model.State, out *model.Successors) model.Notice {
	words, actions := len(out.Words), len(out.Actions)
	notice := r.sweeper.Sweep(s, out)
	for n := len(out.Actions) - actions; n > 0; n-- {
		t := out.Words[words : words+len(s)]
		r.canonize(t)
		words += len(s)
	}
	return notice
}

// unfolding follows a run among representatives in the system. Where sigma makes the run's state of the representative c, and pi
// makes c' of a successor t of c, the run goes on to sigma(t), and sigma after the inverse of pi makes that of c'.
type unfolding struct {
	runner    model.Runner
	canon     model.Canonizer
	sigma, pi []uint16
}

func (r *reduced) unfolding() *unfolding {
	u := &unfolding{runner: r.Symmetric.NewRunner(), sigma: make([]uint16, r.size), pi: make([]uint16, r.size)}
	u.canon = u.runner.(model.Canonizer)
	for k := range u.sigma {
		u.sigma[k] = uint16(k)
	}
	return u
}

// permuted gives what sigma makes of a state.
func (u *unfolding) permuted(t model.State) model.State {
	t = slices.Clone(t)
	u.canon.Permute(t, u.sigma)
	return t
}

// whose tells whether c is the representative of t, and leaves in pi how.
func (u *unfolding) whose(t, c model.State) bool {
	t = slices.Clone(t)
	u.canon.Canonize(t, u.pi)
	return slices.Equal(t, c)
}

// turn makes sigma that of the representative c of t, to which the run has come. It tells whether c is.
func (u *unfolding) turn(t, c model.State) bool {
	if t == nil || !u.whose(t, c) {
		return false
	}
	next := make([]uint16, len(u.sigma))
	for k := range u.pi {
		next[u.pi[k]] = u.sigma[k]
	}
	u.sigma = next
	return true
}

// start gives the initial state of a run that begins with representative c, nil where there is none.
func (u *unfolding) start(c model.State) (from model.State) {
	u.runner.Init(func(t model.State, f *model.Fault) {
		if from == nil && f == nil && u.whose(t, c) {
			from = slices.Clone(t)
		}
	})
	if !u.turn(from, c) {
		return nil
	}
	return from
}

// step gives the state to which the run goes on from that of representative c by a step to that of next, of which the label and
// the successor of c pass, nil where there is none.
func (u *unfolding) step(c, next model.State, pass func(model.Label) bool) (to model.State) {
	var from model.State
	u.runner.Load(c)
	u.runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		if from == nil && f == nil && pass(l) && u.whose(t, next) {
			from = slices.Clone(t)
		}
	})
	if from == nil {
		return nil
	}
	to = u.permuted(from)
	if !u.turn(from, next) {
		return nil
	}
	return to
}

// unfold turns what was found among representatives into a run of the system itself.
func (r *reduced) unfold(e *event) error {
	u := r.unfolding()
	runner := u.runner
	var run []model.State
	for i, c := range e.path {
		var to model.State
		if i == 0 {
			to = u.start(c)
		} else {
			to = u.step(e.path[i-1], c, func(model.Label) bool { return true })
		}
		if to == nil {
			return &NondeterminismError{What: fmt.Sprintf("step %d of a trace cannot be taken again", i)}
		}
		run = append(run, to)
	}
	at := e.path[len(e.path)-1]
	var next model.State
	if e.step && e.next != nil {
		runner.Load(at)
		runner.Next(func(l model.Label, t model.State, f *model.Fault) {
			if l == e.label && f == nil {
				next = u.permuted(t)
			}
		})
	}
	e.path = run
	e.at = run[len(run)-1]
	if !e.step {
		return nil
	}
	found := false
	runner.Load(e.at)
	runner.Next(func(l model.Label, t model.State, f *model.Fault) {
		if found || l.Action != e.label.Action || (f != nil) != (next == nil) {
			return
		}
		if f == nil && slices.Equal(t, next) || f != nil && e.fault != nil && f.Position == e.fault.Position {
			e.label, found = l, true
			if f != nil {
				e.fault = f
			}
		}
	})
	if !found {
		return &NondeterminismError{What: "the last step of a trace cannot be taken again"}
	}
	e.next = next
	return nil
}
