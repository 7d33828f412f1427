package checker

import (
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// toy is a System made of functions on states, for tests.
type toy struct {
	info  model.Info
	init  []model.State
	next  func(s model.State) []move
	holds func(p model.PropertyID, s model.State) (bool, *model.Fault)
	steps func(p model.PropertyID, s model.State, m move) (bool, *model.Fault)
	value func(p model.PropertyID, s model.State) (int64, *model.Fault)
	met   func(p model.PropertyID, k int, s model.State, m *move) bool

	initFault *model.Fault
	onInit    func()
}

// move is what a toy emits.
type move struct {
	label model.Label
	to    model.State
	fault *model.Fault
}

func (t *toy) Info() *model.Info       { return &t.info }
func (t *toy) NewRunner() model.Runner { return &toyRunner{t: t} }

type toyRunner struct {
	t   *toy
	s   model.State
	now *move
}

func (r *toyRunner) Init(emit func(model.State, *model.Fault)) {
	if r.t.onInit != nil {
		r.t.onInit()
	}
	if r.t.initFault != nil {
		emit(nil, r.t.initFault)
	}
	buf := model.State{}
	for _, s := range r.t.init {
		buf = append(buf[:0], s...)
		emit(buf, nil)
		for i := range buf {
			buf[i] = 0xdead // a state is valid until emit returns, and no longer
		}
	}
}

func (r *toyRunner) Load(s model.State) { r.s = slices.Clone(s) }

func (r *toyRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	buf := model.State{}
	for _, m := range r.t.next(r.s) {
		r.now = &m
		if m.fault != nil {
			emit(m.label, nil, m.fault)
			continue
		}
		buf = append(buf[:0], m.to...)
		emit(m.label, buf, nil)
		for i := range buf {
			buf[i] = 0xdead
		}
	}
	r.now = nil
}

func (r *toyRunner) Holds(p model.PropertyID) (bool, *model.Fault) {
	if r.t.holds == nil {
		return true, nil
	}
	return r.t.holds(p, r.s)
}

func (r *toyRunner) HoldsStep(p model.PropertyID) (bool, *model.Fault) {
	return r.t.steps(p, r.s, *r.now)
}

func (r *toyRunner) Value(p model.PropertyID) (int64, *model.Fault) { return r.t.value(p, r.s) }

func (r *toyRunner) Antecedent(p model.PropertyID, k int) bool {
	return r.t.met != nil && r.t.met(p, k, r.s, r.now)
}

func (r *toyRunner) Describe(s model.State, l model.Label) model.StepText {
	return model.StepText{
		Action: r.t.info.Actions[l.Action].Name,
		Args:   []model.Binding{{Name: "a", Value: model.Int(int64(l.Args))}, {Name: "c", Value: model.Int(int64(l.Choice))}},
	}
}

func (r *toyRunner) Render(s model.State) []model.Binding {
	var out []model.Binding
	for i, w := range s {
		out = append(out, model.Binding{Name: fmt.Sprint("w", i), Value: model.Int(int64(w))})
	}
	return out
}

func (r *toyRunner) Explain(p model.PropertyID, s model.State, l model.Label, t model.State) []model.Part {
	return []model.Part{{Text: "w0", Value: fmt.Sprint(append(slices.Clone(s), 0)[0])}}
}

// stateOf reads a rendering of a toy's state back.
func stateOf(b []model.Binding) model.State {
	out := model.State{}
	for _, x := range b {
		out = append(out, uint64(x.Value.Int))
	}
	return out
}

// counter counts n digits of base b, each stepped by an action of its own; it ends where all are b-1.
func counter(n int, b uint64) *toy {
	t := &toy{info: model.Info{Name: "counter", StateWords: n}, init: []model.State{make(model.State, n)}}
	for i := range n {
		t.info.Actions = append(t.info.Actions, model.Action{Name: fmt.Sprint("inc", i)})
	}
	t.next = func(s model.State) []move {
		var out []move
		for i := range n {
			if s[i] < b-1 {
				to := slices.Clone(s)
				to[i]++
				out = append(out, move{label: model.Label{Action: model.ActionID(i)}, to: to})
			}
		}
		return out
	}
	return t
}
