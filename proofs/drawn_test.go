package proofs

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// drawn is a small system with propositions 0 and 1 of states, 2, 3 and 4 of steps, and 5, 6 and 7 of these being enabled. Its states are
// numbers, and it has a property of each kind of claim about whole runs.
type drawn struct {
	info    model.Info
	runs    model.Runs
	initial []uint64
	moves   [][]move // by state
	bits    []uint64 // of each state
}

type move struct{ to, bits uint64 }

const (
	ofStates = 2
	ofSteps  = 3
	ofAll    = ofStates + 2*ofSteps
)

func (d *drawn) Info() *model.Info       { return &d.info }
func (d *drawn) Runs() *model.Runs       { return &d.runs }
func (d *drawn) NewRunner() model.Runner { return &drawnRunner{d: d} }

type drawnRunner struct {
	d *drawn
	s uint64
}

func (r *drawnRunner) Init(emit func(model.State, *model.Fault)) {
	for _, s := range r.d.initial {
		emit(model.State{s}, nil)
	}
}

func (r *drawnRunner) Load(s model.State) { r.s = s[0] }

func (r *drawnRunner) Next(emit func(model.Label, model.State, *model.Fault)) {
	for i, m := range r.d.moves[r.s] {
		t := model.State{m.to}
		emit(model.Label{Args: uint32(i)}, t, nil)
		t[0] = 0xdead
	}
}

func (r *drawnRunner) Holds(model.PropertyID) (bool, *model.Fault)     { return true, nil }
func (r *drawnRunner) HoldsStep(model.PropertyID) (bool, *model.Fault) { return true, nil }
func (r *drawnRunner) Value(model.PropertyID) (int64, *model.Fault)    { return 0, nil }
func (r *drawnRunner) Antecedent(model.PropertyID, int) bool           { return true }

func (r *drawnRunner) Describe(_ model.State, l model.Label) model.StepText {
	return model.StepText{Action: "act", Args: []model.Binding{{Name: "i", Value: model.Int(int64(l.Args))}}}
}

func (r *drawnRunner) Render(s model.State) []model.Binding {
	return []model.Binding{{Name: "s", Value: model.Int(int64(s[0]))}}
}

func (r *drawnRunner) Observe(bits []uint64) *model.Fault {
	bits[0] = r.d.bits[r.s]
	return nil
}

func (r *drawnRunner) ObserveStep(l model.Label, bits []uint64) {
	bits[0] = r.d.moves[r.s][l.Args].bits
}

// dice draws.
type dice struct{ *rand.Rand }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func among[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

func operator(o model.Op, args ...*model.Formula) *model.Formula {
	return &model.Formula{Op: o, Args: args}
}

func proposition(p int) *model.Formula { return &model.Formula{Op: model.PropositionOp, Prop: p} }

// formula draws one with operators of some kinds, about some propositions.
func formula(d dice, size int, props []int, temporal ...model.Op) *model.Formula {
	if size <= 1 {
		if d.one(15) {
			return operator(among(d, model.TrueOp, model.FalseOp))
		}
		return proposition(among(d, props...))
	}
	ops := slices.Concat([]model.Op{model.NotOp, model.AndOp, model.OrOp, model.ImpliesOp, model.IffOp}, temporal, temporal)
	o := among(d, ops...)
	switch o {
	case model.NotOp, model.NextOp, model.AlwaysOp, model.EventuallyOp, model.CanOp:
		return operator(o, formula(d, size-1, props, temporal...))
	}
	left := 1 + d.IntN(size-1)
	return operator(o, formula(d, left, props, temporal...), formula(d, size-left, props, temporal...))
}

// usual draws one of a form that people use.
func usual(d dice, props []int) *model.Formula {
	part := func() *model.Formula { return formula(d, 1+d.IntN(2), props) }
	always := func(f *model.Formula) *model.Formula { return operator(model.AlwaysOp, f) }
	eventually := func(f *model.Formula) *model.Formula { return operator(model.EventuallyOp, f) }
	p, q, r := part(), part(), part()
	switch d.IntN(7) {
	case 0:
		return always(eventually(p))
	case 1:
		return always(operator(model.ImpliesOp, p, operator(among(d, model.UntilOp, model.WeakUntilOp), q, r)))
	case 2:
		return operator(model.ImpliesOp, always(eventually(p)), always(eventually(q)))
	case 3:
		return eventually(operator(model.OrOp, p, always(q)))
	case 4:
		return operator(model.AndOp, always(eventually(p)), operator(model.LeadsToOp, q, r))
	default:
		return operator(model.LeadsToOp, p, q)
	}
}

var (
	anyProps   = []int{0, 1, 2, 3, 4, 5, 6, 7}
	stateProps = []int{0, 1, 5, 6, 7}
)

// draw draws a system with its properties, of one or two instances each: 0 is of kind LTL, 1 Can, 2 Longest and 3 Within.
func draw(d dice) *drawn {
	n := 1 + d.IntN(7)
	sys := &drawn{info: model.Info{Name: "Drawn", StateWords: 1, StateBits: 3, Actions: []model.Action{{Name: "act"}}}}
	for p := range ofAll {
		prop := model.Proposition{Text: fmt.Sprint("p", p)}
		switch {
		case p >= ofStates+ofSteps:
			prop.Kind, prop.Step = model.OfEnabled, p-ofSteps
		case p >= ofStates:
			prop.Kind = model.OfStep
		}
		sys.runs.Propositions = append(sys.runs.Propositions, prop)
	}
	ends, exits := d.one(3), d.one(3)
	for range n {
		sys.bits = append(sys.bits, d.Uint64N(1<<ofStates))
		var out []move
		for range 1 + d.IntN(3) {
			out = append(out, move{d.Uint64N(uint64(n)), drawSteps(d)})
		}
		if ends && d.one(4) {
			out = nil
		}
		sys.moves = append(sys.moves, out)
	}
	sys.initial = []uint64{d.Uint64N(uint64(n))}
	if d.one(3) {
		sys.initial = append(sys.initial, d.Uint64N(uint64(n)))
	}
	for range d.IntN(5) {
		sys.assume(d.one(2), ofStates+d.IntN(ofSteps))
	}
	if exits {
		sys.exits(d)
	}
	wait := func() *model.Wait {
		return &model.Wait{From: formula(d, 1+d.IntN(2), anyProps), To: formula(d, 1+d.IntN(2), anyProps), Unit: among(d, -1, -1, 2, 3)}
	}
	instances := 1 + d.IntN(2)
	sys.claim(model.LTL, 0, instances, func() model.RunInstance {
		switch {
		case exits && d.one(2):
			return model.RunInstance{Formula: operator(model.EventuallyOp, proposition(0))}
		case d.one(2):
			return model.RunInstance{Formula: usual(d, anyProps)}
		}
		return model.RunInstance{Formula: formula(d, 1+d.IntN(6), anyProps, linear...)}
	})
	sys.claim(model.Can, 0, instances, func() model.RunInstance {
		if d.one(2) {
			return model.RunInstance{Formula: operator(model.AlwaysOp, operator(model.CanOp, formula(d, 1+d.IntN(2), stateProps)))}
		}
		return model.RunInstance{Formula: formula(d, 1+d.IntN(6), stateProps, model.CanOp, model.AlwaysOp)}
	})
	limit := int64(d.IntN(4))
	if d.one(8) {
		limit = 1 << 40
	}
	sys.claim(model.Longest, limit, instances, func() model.RunInstance {
		w := wait()
		w.While = true
		return model.RunInstance{Wait: w}
	})
	sys.claim(model.Within, int64(d.IntN(5)), instances, func() model.RunInstance {
		w := wait()
		return model.RunInstance{Formula: operator(model.LeadsToOp, w.From, w.To), Wait: w}
	})
	return sys
}

// exits makes it so that only fairness brings it to the last state, where p0 is true: by steps that are enabled in some states each.
func (s *drawn) exits(d dice) {
	last := len(s.bits) - 1
	for i := range last {
		s.bits[i] &^= 1
		s.moves[i] = nil
		for range 1 + d.IntN(2) {
			s.moves[i] = append(s.moves[i], move{to: d.Uint64N(uint64(last))})
		}
		if !d.one(5) {
			s.moves[i] = append(s.moves[i], move{uint64(last), 1 << (ofStates + d.IntN(ofSteps))})
		}
	}
	s.bits[last] = 1
	s.runs.Fairness = nil
	for p := range ofSteps {
		s.assume(!d.one(5), ofStates+p)
	}
}

func drawSteps(d dice) uint64 { return (d.Uint64N(1<<ofSteps) & d.Uint64N(1<<ofSteps)) << ofStates }

func (s *drawn) assume(strong bool, step int) {
	s.runs.Fairness = append(s.runs.Fairness, model.Fairness{Text: fmt.Sprintf("fairness of p%d", step), Strong: strong, Step: step})
}

func (s *drawn) claim(kind model.Kind, limit int64, instances int, one func() model.RunInstance) {
	p := model.RunProperty{Property: model.PropertyID(len(s.info.Properties))}
	for range instances {
		p.Instances = append(p.Instances, one())
	}
	s.info.Properties = append(s.info.Properties, model.Property{Name: string(kind), Kind: kind, Limit: limit, Total: true})
	s.runs.Properties = append(s.runs.Properties, p)
}

// changed gives a system with the same states and moves, of which something else is true: what is fair, what is true of a state or a step, or
// what is claimed.
func (s *drawn) changed(d dice) *drawn {
	out := *s
	switch d.IntN(5) {
	case 0: // one assumption more
		out.runs.Fairness = slices.Clone(s.runs.Fairness)
		out.assume(d.one(2), ofStates+d.IntN(ofSteps))
	case 1: // another one, or one less
		out.runs.Fairness = nil
		for _, f := range s.runs.Fairness {
			switch d.IntN(3) {
			case 0:
				out.assume(f.Strong, f.Step)
			case 1:
				out.assume(!f.Strong, f.Step)
			default:
				out.assume(f.Strong, ofStates+d.IntN(ofSteps))
			}
		}
	case 2:
		out.bits = slices.Clone(s.bits)
		out.bits[d.IntN(len(s.bits))] = d.Uint64N(1 << ofStates)
	case 3:
		out.moves = nil
		for _, list := range s.moves {
			out.moves = append(out.moves, slices.Clone(list))
		}
		if list := among(d, out.moves...); len(list) > 0 {
			list[d.IntN(len(list))].bits = drawSteps(d)
		}
	default:
		out.runs.Properties, out.info.Properties = slices.Clone(s.runs.Properties), slices.Clone(s.info.Properties)
		for i := range out.runs.Properties {
			p := &out.runs.Properties[i]
			p.Instances = slices.Clone(p.Instances)
			in := &p.Instances[d.IntN(len(p.Instances))]
			if in.Formula != nil {
				in.Formula = altered(d, in.Formula)
			}
			if in.Wait != nil {
				w := *in.Wait
				w.From, w.To, w.Unit = altered(d, w.From), altered(d, w.To), among(d, -1, 2)
				in.Wait = &w
				if p.Property == 3 {
					in.Formula = operator(model.LeadsToOp, w.From, w.To)
				}
			}
			out.info.Properties[i].Limit = max(0, out.info.Properties[i].Limit+int64(d.IntN(3)-1))
		}
	}
	return &out
}

// altered gives a formula of the same shape with another operator or proposition somewhere, perhaps.
func altered(d dice, f *model.Formula) *model.Formula {
	out := &model.Formula{Op: f.Op, Prop: f.Prop}
	for _, g := range f.Args {
		out.Args = append(out.Args, altered(d, g))
	}
	for _, like := range [][]model.Op{
		{model.AndOp, model.OrOp, model.ImpliesOp, model.IffOp}, {model.UntilOp, model.WeakUntilOp, model.ReleaseOp},
	} {
		if slices.Contains(like, f.Op) && d.one(4) {
			out.Op = among(d, like...)
		}
	}
	if f.Op == model.PropositionOp && d.one(4) {
		if other := f.Prop ^ 1; slices.Contains(stateProps, other) == slices.Contains(stateProps, f.Prop) {
			out.Prop = other
		}
	}
	return out
}
