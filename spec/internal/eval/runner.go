package eval

import (
	"fmt"
	"strings"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// initial is how initial states are made: every value of the variables without an initialiser, then the init block.
type initial struct {
	sets []func(e *env) // the initialisers
	anys []anyVar
	body step
}

type anyVar struct {
	name string
	at   int
	t    *types.Type
	card uint64
}

func (s *System) compileInit(c *compiler) error {
	sc := scope{base: c.next, root: c.newRoot()}
	combinations := uint64(1)
	for i, v := range s.p.Vars {
		at := c.next + c.pk.Offsets[i]
		if v.Init != nil {
			s.initial.sets = append(s.initial.sets, c.into(sc, v.Init, v.Type, fixed(at)))
			continue
		}
		card := v.Type.Card()
		s.initial.anys = append(s.initial.anys, anyVar{v.Name, at, v.Type, card})
		if card > initialLimit || combinations*card > initialLimit {
			return &Error{types.Pos(v.Pos), fmt.Sprintf("any gives more than %d initial states", initialLimit)}
		}
		combinations *= card
	}
	s.initial.body = c.body(sc, s.p.Init, func(e *env) { e.emit() })
	sc.root.end = c.size
	return nil
}

// NewRunner returns an evaluator for one goroutine.
func (s *System) NewRunner() model.Runner { return s.runner() }

func (s *System) runner() *runner {
	r := &runner{s: s, e: &env{m: append([]int64(nil), s.memory...), limit: s.fuel}}
	r.cur = make(model.State, s.pk.Words)
	r.out = make(model.State, s.pk.Words)
	r.e.emit = r.successor
	r.e.faulted = r.fault
	return r
}

type runner struct {
	s      *System
	e      *env
	cur    model.State
	out    model.State
	sink   func(model.Label, model.State, *model.Fault)
	in     *instance
	args   uint32
	choice uint32
	one    [1]int64
	aux    *runner // for Describe, so that it does not disturb the current state
	sims   []*simulator
}

// Load makes st the current state.
func (r *runner) Load(st model.State) {
	copy(r.cur, st)
	r.s.pk.Unpack(r.e.m, st)
	copy(r.e.m[r.s.next:2*r.s.next], r.e.m[:r.s.next])
	for _, m := range r.sims {
		if m != nil {
			m.mapped = false
		}
	}
}

// Init emits the initial states.
func (r *runner) Init(emit func(model.State, *model.Fault)) {
	e, s := r.e, r.s
	r.in, r.args, r.choice = nil, 0, 0
	var ranks []uint64 // of the values that `any` stands for, once they are chosen
	r.sink = func(_ model.Label, st model.State, f *model.Fault) {
		if f != nil && len(ranks) > 0 {
			chosen := *f
			chosen.Message += s.chosen(ranks)
			f = &chosen
		}
		emit(st, f)
	}
	e.fuel = e.limit
	e.branch(func(e *env) {
		for _, set := range s.initial.sets {
			set(e)
		}
		ranks = make([]uint64, len(s.initial.anys))
		for {
			start := append([]int64(nil), e.m[s.next:2*s.next]...)
			for i, v := range s.initial.anys {
				s.tb.Unrank(v.t, ranks[i], e.m[v.at:v.at+s.tb.Must(v.t)])
			}
			e.fuel = e.limit
			e.branch(s.initial.body)
			copy(e.m[s.next:], start)
			i := len(ranks) - 1
			for ; i >= 0; i-- {
				if ranks[i]++; ranks[i] < s.initial.anys[i].card {
					break
				}
				ranks[i] = 0
			}
			if i < 0 {
				return
			}
		}
	})
	copy(e.m[s.next:2*s.next], e.m[:s.next])
}

// chosen says, for the message of a fault, which values of `any` led to it; long ones are left out.
func (s *System) chosen(ranks []uint64) string {
	const mostText = 60
	var parts []string
	for i, v := range s.initial.anys {
		if text := s.tb.RankText(v.t, ranks[i]); len(text) <= mostText && len(parts) < 8 {
			parts = append(parts, v.name+" = "+text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (where " + strings.Join(parts, ", ") + " at the start)"
}

// Next emits the successors of the current state.
func (r *runner) Next(emit func(model.Label, model.State, *model.Fault)) {
	r.sink = emit
	for i, in := range r.s.instances {
		if never(in.guards) {
			continue
		}
		for a := range in.count {
			r.run(i, a)
		}
	}
}

// run takes one instance from the current state.
func (r *runner) run(i int, args uint32) {
	in := r.s.instances[i]
	e := r.e
	r.in, r.args, r.choice = in, in.args+args, 0
	e.fuel = e.limit
	if in.pass != nil {
		in.pass(e, args)
	}
	if !r.enabled(in) {
		return
	}
	e.branch(in.body)
	next := r.s.next
	for _, w := range in.writes {
		e.m[next+w] = e.m[w]
	}
}

// enabled evaluates the guard; a fault in it is emitted and disables the instance.
func (r *runner) enabled(in *instance) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			f, isFault := p.(*model.Fault)
			if !isFault {
				panic(p)
			}
			ok = false
			r.e.depth, r.e.save = 0, r.e.save[:0]
			r.fault(f)
		}
	}()
	for _, g := range in.guards {
		if g(r.e) == 0 {
			return false
		}
	}
	return true
}

// successor emits the state being made.
func (r *runner) successor() {
	if r.in == nil {
		r.s.pk.Pack(r.out, r.e.m[r.s.next:2*r.s.next])
		r.sink(model.Label{}, r.out, nil)
		return
	}
	r.in.pack.Apply(r.out, r.cur, r.e.m[r.s.next:])
	l := model.Label{Action: r.in.action, Args: r.args, Choice: r.choice}
	r.choice++
	r.sink(l, r.out, nil)
}

func (r *runner) fault(f *model.Fault) {
	l := model.Label{}
	if r.in != nil {
		l = model.Label{Action: r.in.action, Args: r.args, Choice: r.choice}
		if f.Position == "" {
			f = &model.Fault{Position: r.s.info.Actions[r.in.action].Position, Message: f.Message}
		}
	}
	r.choice++
	r.sink(l, nil, f)
}

// word evaluates code on the memory as it is.
func (r *runner) word(f word) (v int64, fault *model.Fault) {
	e := r.e
	depth, mark := e.depth, len(e.save)
	defer func() {
		if p := recover(); p != nil {
			ft, isFault := p.(*model.Fault)
			if !isFault {
				panic(p)
			}
			fault, e.depth, e.save = ft, depth, e.save[:mark]
		}
	}()
	e.fuel = e.limit
	return f(e), nil
}

func (r *runner) property(p model.PropertyID, f word) (int64, *model.Fault) {
	v, fault := r.word(f)
	if fault != nil && fault.Position == "" {
		fault = &model.Fault{Position: r.s.info.Properties[p].Position, Message: fault.Message}
	}
	return v, fault
}

// Holds evaluates an invariant, a reachability property or, for deadlock, whether the current state is terminal, or, of a
// refinement, whether it may be an initial one.
func (r *runner) Holds(p model.PropertyID) (bool, *model.Fault) {
	if r.s.props[p].kind == model.Refines {
		return r.begins(p)
	}
	v, f := r.property(p, r.s.props[p].eval)
	return v != 0, f
}

// Value evaluates the expression of a bound.
func (r *runner) Value(p model.PropertyID) (int64, *model.Fault) {
	return r.property(p, r.s.props[p].eval)
}

// HoldsStep evaluates a step property, an ensures or a refinement on the transition being emitted.
func (r *runner) HoldsStep(p model.PropertyID) (bool, *model.Fault) {
	f := r.s.props[p].eval
	if r.s.props[p].kind == model.Ensures {
		f = r.in.ensures
	} else if r.in.steps != nil && r.in.steps[p].known {
		if r.in.steps[p].holds {
			return true, nil
		}
		f = r.in.steps[p].eval
	}
	if r.s.props[p].kind == model.Refines {
		return r.simulated(p)
	}
	v, fault := r.property(p, f)
	return v != 0, fault
}

// Antecedent evaluates a condition of a property.
func (r *runner) Antecedent(p model.PropertyID, k int) bool {
	var f word
	if r.s.props[p].kind == model.Ensures {
		f = r.in.antecedents[k]
	} else {
		f = r.s.props[p].antecedents[k]
	}
	v, fault := r.word(f)
	return fault == nil && v != 0
}

// Render gives the values of the variables of st.
func (r *runner) Render(st model.State) []model.Binding {
	cells := make([]int64, r.s.pk.Cells)
	r.s.pk.Unpack(cells, st)
	var out []model.Binding
	for i, v := range r.s.p.Vars {
		out = append(out, model.Binding{Name: v.Name, Value: r.s.tb.Render(v.Type, cells[r.s.pk.Offsets[i]:])})
	}
	return out
}

// Describe names the step of a label and what was chosen inside it.
func (r *runner) Describe(st model.State, l model.Label) model.StepText {
	a := r.s.p.Actions[l.Action]
	text := model.StepText{Action: a.Name, Position: types.Pos(a.Pos)}
	n := uint64(l.Args)
	text.Args = make([]model.Binding, len(a.Params))
	for k := len(a.Params) - 1; k >= 0; k-- {
		p := r.s.p.Locals[a.Params[k]]
		card := p.Type.Card()
		text.Args[k] = model.Binding{Name: p.Name, Value: r.s.rendered(p.Type, n%card)}
		n /= card
	}
	if !ir.Choosing(a.Body) {
		return text
	}
	if r.aux == nil {
		r.aux = r.s.runner()
		r.aux.e.recording = true
	}
	x := r.aux
	x.Load(st)
	x.sink = func(at model.Label, _ model.State, _ *model.Fault) {
		if at == l {
			text.Choices = append([]model.Binding(nil), x.e.choices...)
		}
	}
	x.e.choices = x.e.choices[:0]
	x.Take(int(l.Action), l.Args, x.sink)
	return text
}

// Take emits the successors of one instance of an action from the current state.
func (r *runner) Take(action int, args uint32, emit func(model.Label, model.State, *model.Fault)) {
	r.sink = emit
	i := r.s.first[action]
	if r.s.instances[i].pass == nil {
		i, args = i+int(args), 0
	}
	if !never(r.s.instances[i].guards) {
		r.run(i, args)
	}
}

func (s *System) rendered(t *types.Type, rank uint64) model.Value {
	cells := make([]int64, s.tb.Must(t))
	s.tb.Unrank(t, rank, cells)
	return s.tb.Render(t, cells)
}
