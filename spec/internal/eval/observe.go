package eval

import (
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/total"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// tableLimit is how many words of propositions about the instances of an action are tabled.
const tableLimit = 1 << 18

// observed is the code of the propositions that formulas over runs consist of.
type observed struct {
	always []uint64 // those about states that are true whatever the state
	states []proposition
	total  bool        // no proposition about states faults
	mapped [2][]mapped // those of what states and of what steps are mapped to
	steps  [][]event   // by action
	tables [][]uint64  // by action, nil where it would be large: a row for every instance
}

// proposition is one about states.
type proposition struct {
	bit  int
	eval word
	pos  string
}

// mapped is one about what a state or a step is mapped to: whether the abstract model can take, or takes, steps that make its proposition
// step true.
type mapped struct{ bit, refined, step int }

// event is one about steps of an action: parameter by parameter, which values it asks for.
type event struct {
	bit   int
	wants []want
}

// want asks that the rank of a parameter, n / div % card for instance n, be rank.
type want struct{ div, card, rank uint64 }

func (s *System) compileRuns(c *compiler) error {
	o := &s.observed
	o.total = true
	judge := total.New(s.p)
	o.steps, o.tables = make([][]event, len(s.p.Actions)), make([][]uint64, len(s.p.Actions))
	o.always = make([]uint64, (len(s.p.Runs.Code)+63)/64)
	for i, p := range s.p.Runs.Code {
		switch {
		case p.Mapped != nil:
			kind := 0
			if s.p.Runs.Propositions[i].Kind == model.OfStep {
				kind = 1
			}
			o.mapped[kind] = append(o.mapped[kind], mapped{i, p.Mapped.Refined, s.p.Refined[p.Mapped.Refined].Model.Runs.Fairness[p.Mapped.Fair].Step})
			for _, x := range s.p.Refined[p.Mapped.Refined].Map {
				o.total = o.total && judge.Expr(x)
			}
		case p.Expr != nil:
			w := c.word(scope{base: 0, root: c.newRoot()}, p.Expr)
			if c.size > cellLimit {
				return c.tooLarge()
			}
			o.total = o.total && (w.safe || judge.Expr(p.Expr))
			if !w.k {
				o.states = append(o.states, proposition{i, w.f, types.Pos(p.Expr.Pos)})
			} else if w.v != 0 {
				o.always[i/64] |= 1 << (i % 64)
			}
		case p.Event != nil:
			a := p.Event.Action
			wants, err := s.wants(c, p.Event)
			if err != nil {
				return err
			}
			o.steps[a] = append(o.steps[a], event{i, wants})
		}
	}
	for a := range s.p.Actions {
		n := uint64(1)
		for _, id := range s.p.Actions[a].Params {
			n *= s.p.Locals[id].Type.Card()
		}
		if len(o.steps[a]) == 0 || n*uint64(len(o.always)) > tableLimit {
			continue
		}
		for i := range n {
			row := make([]uint64, len(o.always))
			o.look(a, i, row)
			o.tables[a] = append(o.tables[a], row...)
		}
	}
	return nil
}

// wants says which instances of its action an event is about.
func (s *System) wants(c *compiler, e *ir.Event) ([]want, error) {
	var out []want
	params := s.p.Actions[e.Action].Params
	div := uint64(1)
	for k := len(e.Args) - 1; k >= 0; k-- {
		t := s.p.Locals[params[k]].Type
		if e.Args[k] != nil {
			rank := c.rank(scope{root: c.newRoot()}, e.Args[k], t)
			v := rank.v
			if !rank.k {
				folding := c.folding()
				folding.fuel = fuelLimit
				if fault := folding.try(func(e *env) { v = rank.f(e) }); fault != nil {
					return nil, &Error{types.Pos(e.Pos), fault.Message}
				}
			}
			out = append(out, want{div, t.Card(), uint64(v)})
		}
		div *= t.Card()
	}
	return out, nil
}

// look sets the bits of the propositions that are true of instance n of an action.
func (o *observed) look(action int, n uint64, bits []uint64) {
	for _, p := range o.steps[action] {
		fits := true
		for _, w := range p.wants {
			fits = fits && n/w.div%w.card == w.rank
		}
		if fits {
			bits[p.bit/64] |= 1 << (p.bit % 64)
		}
	}
}

// Runs is what the system claims of its runs; see model.Temporal.
func (s *System) Runs() *model.Runs { return &s.p.Runs.Runs }

// Observe evaluates the propositions about states; see model.Observer.
func (r *runner) Observe(bits []uint64) (first *model.Fault) {
	clear(bits)
	copy(bits, r.s.observed.always)
	for at := 0; at < len(r.s.observed.states); at++ { // each round ends with a fault or is the last
		f := r.observe(&at, bits)
		if first == nil {
			first = f
		}
	}
	for _, p := range r.s.observed.mapped[0] {
		m := r.simulator(p.refined)
		if f := r.current(m); f == nil {
			p.set(bits, m.source().due)
		} else if first == nil {
			first = f
		}
	}
	return first
}

// set sets the bit of the proposition where that of the abstract one is set.
func (p mapped) set(bits, abstract []uint64) {
	if abstract != nil && abstract[p.step/64]>>(p.step%64)&1 == 1 {
		bits[p.bit/64] |= 1 << (p.bit % 64)
	}
}

// observe evaluates the propositions from the one at on. It stops at one that faults.
func (r *runner) observe(at *int, bits []uint64) (fault *model.Fault) {
	e := r.e
	states := r.s.observed.states
	depth, mark := e.depth, len(e.save)
	defer func() {
		if p := recover(); p != nil {
			f, isFault := p.(*model.Fault)
			if !isFault {
				panic(p)
			}
			e.depth, e.save = depth, e.save[:mark]
			if fault = f; f.Position == "" {
				fault = &model.Fault{Position: states[*at].pos, Message: f.Message}
			}
		}
	}()
	for ; *at < len(states); *at++ {
		p := &states[*at]
		e.fuel = e.limit
		if p.eval(e) != 0 {
			bits[p.bit/64] |= 1 << (p.bit % 64)
		}
	}
	return nil
}

// ObserveStep evaluates the propositions about steps; see model.Observer.
func (r *runner) ObserveStep(l model.Label, bits []uint64) {
	o := &r.s.observed
	if table := o.tables[l.Action]; table != nil {
		n := len(o.always)
		copy(bits, table[int(l.Args)*n:(int(l.Args)+1)*n])
	} else {
		clear(bits)
		o.look(int(l.Action), uint64(l.Args), bits)
	}
	if len(o.mapped[1]) > 0 {
		r.observeMapped(bits)
	}
}

// observeMapped does so for those about what the step is mapped to. Where that is nothing, they are false.
func (r *runner) observeMapped(bits []uint64) {
	last := -1
	var steps, self []uint64
	for _, p := range r.s.observed.mapped[1] {
		if p.refined != last {
			last, steps, self = p.refined, nil, nil
			m := r.simulator(p.refined)
			if r.current(m) == nil && r.mapTo(m.next, m, m.of.next) == nil {
				from := m.source()
				steps, self = m.taken(from), from.self
			}
		}
		p.set(bits, steps)
		p.set(bits, self)
	}
}
