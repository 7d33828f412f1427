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

// unfold turns what was found among representatives into a run of the system itself. Where sigma makes the run's state of
// the representative c, and pi makes c' of a successor t of c, the run goes on to sigma(t), and sigma after the inverse
// of pi makes that of c'.
func (r *reduced) unfold(e *event) error {
	runner := r.Symmetric.NewRunner()
	canon := runner.(model.Canonizer)
	sigma, pi := make([]uint16, r.size), make([]uint16, r.size)
	permuted := func(t model.State) model.State {
		t = slices.Clone(t)
		canon.Permute(t, sigma)
		return t
	}
	// whose tells whether c is the representative of t, and leaves in pi how.
	whose := func(t, c model.State) bool {
		t = slices.Clone(t)
		canon.Canonize(t, pi)
		return slices.Equal(t, c)
	}
	var run []model.State
	for i, c := range e.path {
		var from model.State
		look := func(t model.State, f *model.Fault) {
			if from == nil && f == nil && whose(t, c) {
				from = slices.Clone(t)
			}
		}
		if i == 0 {
			for k := range sigma {
				sigma[k] = uint16(k)
			}
			runner.Init(look)
		} else {
			runner.Load(e.path[i-1])
			runner.Next(func(_ model.Label, t model.State, f *model.Fault) { look(t, f) })
		}
		if from == nil || !whose(from, c) {
			return &NondeterminismError{What: fmt.Sprintf("step %d of a trace cannot be taken again", i)}
		}
		run = append(run, permuted(from))
		next := make([]uint16, r.size)
		for k := range pi {
			next[pi[k]] = sigma[k]
		}
		sigma = next
	}
	at := e.path[len(e.path)-1]
	var next model.State
	if e.step && e.next != nil {
		runner.Load(at)
		runner.Next(func(l model.Label, t model.State, f *model.Fault) {
			if l == e.label && f == nil {
				next = permuted(t)
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
