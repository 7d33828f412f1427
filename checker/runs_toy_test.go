package checker

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// runToy is a toy with properties of whole runs. Its states are numbers, in the first word; its moves from a state are
// told apart by the Choice of their labels; with survey the Args say what is true of a move. Propositions are bits of a state, and of a move.
type runToy struct {
	toy
	runs  model.Runs
	moves [][]toyMove // by state
	bits  []uint64    // of each state, the propositions of kind OfState
	fault []*model.Fault
	seen  func() // is called by Observe, if it is there
	wide  int    // words of a state

	survey     survey
	steps      int                     // of Sweep that give notice, one of so many; 0: none
	quantified map[*model.Formula]bool // the arguments stand for the same part
}

// survey says whether Runners are Surveyors, and in which order successors then come.
type survey int

const (
	never survey = iota
	inOrder
	reversed
)

type toyMove struct {
	to, action int
	bits       uint64 // the propositions of kind OfStep
	fault      bool
}

func (t *runToy) Runs() *model.Runs       { return &t.runs }
func (t *runToy) NewRunner() model.Runner { return &runToyRunner{toyRunner{t: &t.toy}, t} }

func (t *runToy) words(s int) model.State {
	out := make(model.State, max(t.wide, 1))
	out[0] = uint64(s)
	return out
}

// set makes the toy a System of its moves.
func (t *runToy) set(initial ...int) {
	t.info.StateWords = t.wide
	for _, s := range initial {
		t.init = append(t.init, t.words(s))
	}
	t.next = func(s model.State) (out []move) {
		for i, m := range t.moves[s[0]] {
			l := model.Label{Action: model.ActionID(m.action), Args: 7, Choice: uint32(i)}
			if t.survey != never {
				l.Args = uint32(m.bits)
			}
			if m.fault {
				out = append(out, move{label: l, fault: &model.Fault{Message: "no step"}})
			} else {
				out = append(out, move{label: l, to: t.words(m.to)})
			}
		}
		return out
	}
}

// surveyed gives the system with Runners that are Surveyors, which leave one state of some to Next; 0: none.
func (t *runToy) surveyed(order survey, leave int) *runToy {
	out := *t
	out.survey, out.steps = order, leave
	out.init, out.next = nil, nil
	var initial []int
	for _, s := range t.init {
		initial = append(initial, int(s[0]))
	}
	out.set(initial...)
	return &out
}

type runToyRunner struct {
	toyRunner
	rt *runToy
}

func (r *runToyRunner) Observe(bits []uint64) *model.Fault {
	if r.rt.seen != nil {
		r.rt.seen()
	}
	bits[0] |= r.rt.bits[r.s[0]]
	if r.rt.fault != nil {
		return r.rt.fault[r.s[0]]
	}
	return nil
}

func (r *runToyRunner) ObserveStep(l model.Label, bits []uint64) {
	if r.rt.survey != never {
		bits[0] |= uint64(l.Args)
		return
	}
	bits[0] |= r.rt.moves[r.s[0]][l.Choice].bits
}

func (r *runToyRunner) Watch(*model.Watch) bool { return r.rt.survey != never }

func (r *runToyRunner) Sweep(s model.State, out *model.Successors) model.Notice {
	moves := r.rt.next(s)
	if slices.ContainsFunc(moves, func(m move) bool { return m.fault != nil }) || r.rt.steps > 0 && s[0]%uint64(r.rt.steps) == 0 {
		return model.NoticeSteps
	}
	if r.rt.survey == reversed {
		slices.Reverse(moves)
	}
	for _, m := range moves {
		out.Words, out.Actions = append(out.Words, m.to...), append(out.Actions, m.label.Action)
	}
	return 0
}

func (r *runToyRunner) Survey(s model.State, out *model.Successors, bits []uint64) model.Notice {
	if notice := r.Sweep(s, out); notice != 0 {
		return notice
	}
	moves := r.rt.next(s)
	if r.rt.survey == reversed {
		slices.Reverse(moves)
	}
	for _, m := range moves {
		out.Args = append(out.Args, m.label.Args)
	}
	bits[0] |= r.rt.bits[s[0]]
	if r.rt.fault != nil && r.rt.fault[s[0]] != nil {
		bits[0] = 1<<toyStates - 1 // of no meaning
		return model.NoticeState
	}
	return 0
}

// The propositions of drawn systems.
const (
	toyStates = 2 // 0 and 1 are of states
	toySteps  = 3 // 2, 3 and 4 are of steps
	toyProps  = toyStates + 2*toySteps
)

// edge is a move as a run takes it: one that is no fault, or stuttering, whose action is -1.
type toyEdge struct {
	from int
	toyMove
}

// edges gives the edges that leave a state.
func (t *runToy) edges(s int) (out []toyEdge) {
	for _, m := range t.moves[s] {
		if !m.fault {
			out = append(out, toyEdge{s, m})
		}
	}
	if len(out) == 0 {
		out = append(out, toyEdge{s, toyMove{to: s, action: -1}})
	}
	return out
}

// at gives the state in which a run is that may have stopped there: state s, stopped, is number s plus that of states.
func (t *runToy) at(s int) int { return s % len(t.moves) }

// stops gives the edges by which a run stops in state s, and goes on stopped.
func (t *runToy) stops(s int) []toyEdge {
	if t.edges(s)[0].action == -1 { // it can do nothing else
		return nil
	}
	n := s + len(t.moves)
	return []toyEdge{{s, toyMove{to: n, action: -1}}, {n, toyMove{to: n, action: -1}}}
}

// letter gives the propositions that are true of an edge and the state that it leaves.
func (t *runToy) letter(e toyEdge) uint64 {
	out := t.bits[t.at(e.from)] | e.bits
	for p, prop := range t.runs.Propositions {
		for _, o := range t.edges(t.at(e.from)) {
			if prop.Kind == model.OfEnabled && o.bits>>prop.Step&1 == 1 {
				out |= 1 << p
			}
		}
	}
	return out
}

// dice draws numbers evenly, which a rapid.T does not.
type dice struct{ *rand.Rand }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func among[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

// drawRuns draws a system, without properties.
func drawRuns(d dice) *runToy {
	n := 1 + d.IntN(7)
	actions := 1 + d.IntN(3)
	sys := &runToy{wide: among(d, 1, 3, 0), quantified: map[*model.Formula]bool{}}
	sys.info.Name = "runs"
	for a := range actions {
		sys.info.Actions = append(sys.info.Actions, model.Action{Name: fmt.Sprint("act", a)})
	}
	for p := range toyProps {
		prop := model.Proposition{Text: fmt.Sprint("p", p)}
		switch {
		case p >= toyStates+toySteps:
			prop.Kind, prop.Step = model.OfEnabled, p-toySteps
		case p >= toyStates:
			prop.Kind = model.OfStep
		}
		sys.runs.Propositions = append(sys.runs.Propositions, prop)
	}
	most := 2 + d.IntN(3)
	faults, ends := d.one(8), d.one(4)
	for range n {
		sys.bits = append(sys.bits, d.Uint64N(4))
		var out []toyMove
		for range 1 + d.IntN(most) {
			out = append(out, toyMove{
				to: d.IntN(n), action: d.IntN(actions), bits: (d.Uint64N(8) & d.Uint64N(8)) << toyStates, fault: faults && d.one(4),
			})
		}
		if ends && d.one(3) {
			out = nil
		}
		sys.moves = append(sys.moves, out)
	}
	initial := []int{d.IntN(n)}
	if d.one(3) {
		initial = append(initial, d.IntN(n))
	}
	sys.set(initial...)
	for range d.IntN(5) {
		f := model.Fairness{Strong: d.one(2), Step: toyStates + d.IntN(toySteps)}
		f.Text = fmt.Sprintf("%s fairness of p%d", map[bool]string{true: "strong", false: "weak"}[f.Strong], f.Step)
		sys.runs.Fairness = append(sys.runs.Fairness, f)
	}
	return sys
}

// claim adds a property with some instances. Instances of the same shape have the same parts, and others have others.
func (t *runToy) claim(kind model.Kind, limit int64, instances ...model.RunInstance) {
	id := model.PropertyID(len(t.info.Properties))
	t.info.Properties = append(t.info.Properties, model.Property{Name: fmt.Sprint(kind, id), Kind: kind, Limit: limit})
	parts := 0
	for i := range instances {
		in := &instances[i]
		in.Values = []model.Binding{{Name: "i", Value: model.Int(int64(i))}}
		switch {
		case in.Formula == nil:
			t.number(in.Wait.From, &parts)
			t.number(in.Wait.To, &parts)
		case i > 0 && sameShape(instances[0].Formula, in.Formula):
			number(instances[0].Formula, in.Formula)
		default:
			t.number(in.Formula, &parts)
		}
	}
	p := model.RunProperty{Property: id, Instances: instances}
	for n := range parts {
		p.Parts = append(p.Parts, fmt.Sprintf("part %d", n+1))
	}
	t.runs.Properties = append(t.runs.Properties, p)
}

// number numbers the parts of a formula, those around others first, after as many as there are.
func (t *runToy) number(f *model.Formula, parts *int) {
	*parts++
	f.Part = *parts
	for k, g := range f.Args {
		if k > 0 && t.quantified[f] {
			number(f.Args[0], g)
		} else {
			t.number(g, parts)
		}
	}
}

// number gives the parts of a formula the numbers of another one of the same shape.
func number(like, f *model.Formula) {
	f.Part = like.Part
	for k, g := range f.Args {
		number(like.Args[k], g)
	}
}

func sameShape(f, g *model.Formula) bool {
	return f.Op == g.Op && slices.EqualFunc(f.Args, g.Args, sameShape)
}

// renamed gives a formula with other propositions, of the same kinds.
func (t *runToy) renamed(f *model.Formula) *model.Formula {
	out := &model.Formula{Op: f.Op, Prop: []int{1, 0, 3, 4, 2, 6, 7, 5}[f.Prop]}
	for _, g := range f.Args {
		out.Args = append(out.Args, t.renamed(g))
	}
	if t.quantified[f] {
		t.quantified[out] = true
	}
	return out
}

// drawQuantified draws a formula that has parts in several places.
func (t *runToy) drawQuantified(d dice) *model.Formula {
	f := drawFormula(d, 1+d.IntN(3), allProps, model.EventuallyOp, model.AlwaysOp)
	f = operator(among(d, model.AndOp, model.OrOp), f, t.renamed(f))
	t.quantified[f] = true
	other := drawFormula(d, 1+d.IntN(2), allProps, model.EventuallyOp)
	switch d.IntN(3) {
	case 0:
		return operator(model.AlwaysOp, f)
	case 1:
		return operator(model.ImpliesOp, f, other)
	default:
		return operator(model.AlwaysOp, operator(model.ImpliesOp, other, f))
	}
}

func operator(o model.Op, args ...*model.Formula) *model.Formula {
	return &model.Formula{Op: o, Args: args}
}

func proposition(p int) *model.Formula {
	return &model.Formula{Op: model.PropositionOp, Prop: p}
}

// drawFormula draws a formula with operators of the kinds given, and others that are not temporal.
func drawFormula(d dice, size int, props []int, temporal ...model.Op) *model.Formula {
	if size <= 1 {
		if d.one(15) {
			return operator(among(d, model.TrueOp, model.FalseOp))
		}
		return proposition(among(d, props...))
	}
	ops := slices.Concat([]model.Op{model.NotOp, model.AndOp, model.OrOp, model.ImpliesOp, model.IffOp}, temporal, temporal)
	if size == 2 {
		ops = slices.DeleteFunc(ops, func(o model.Op) bool { return arityOf(o) == 2 })
	}
	if len(ops) == 0 {
		return proposition(among(d, props...))
	}
	o := among(d, ops...)
	if arityOf(o) == 1 {
		return operator(o, drawFormula(d, size-1, props, temporal...))
	}
	left := 1 + d.IntN(size-2)
	f := operator(o, drawFormula(d, left, props, temporal...), drawFormula(d, size-1-left, props, temporal...))
	return f
}

// drawUsual draws a formula of a form that people use.
func drawUsual(d dice) *model.Formula {
	part := func() *model.Formula { return drawFormula(d, 1+d.IntN(2), allProps) }
	always := func(f *model.Formula) *model.Formula { return operator(model.AlwaysOp, f) }
	eventually := func(f *model.Formula) *model.Formula { return operator(model.EventuallyOp, f) }
	implies := func(f, g *model.Formula) *model.Formula { return operator(model.ImpliesOp, f, g) }
	p, q, r := part(), part(), part()
	switch d.IntN(8) {
	case 0:
		return always(eventually(p))
	case 1:
		return always(implies(p, operator(model.UntilOp, q, r)))
	case 2:
		return implies(always(eventually(p)), always(eventually(q)))
	case 3:
		return eventually(operator(model.OrOp, p, always(q)))
	case 4:
		return operator(model.AndOp, always(eventually(p)), operator(model.LeadsToOp, q, r))
	case 5:
		return always(implies(p, operator(model.NextOp, operator(model.WeakUntilOp, q, r))))
	default:
		return operator(model.LeadsToOp, p, operator(model.OrOp, q, r))
	}
}

func arityOf(o model.Op) int {
	switch o {
	case model.NotOp, model.NextOp, model.AlwaysOp, model.EventuallyOp, model.CanOp:
		return 1
	default:
		return 2
	}
}

var ofTime = []model.Op{
	model.NextOp, model.AlwaysOp, model.EventuallyOp, model.UntilOp, model.ReleaseOp, model.WeakUntilOp, model.LeadsToOp,
}

var (
	allProps   = []int{0, 1, 2, 3, 4, 5, 6, 7}
	stateProps = []int{0, 1, 5, 6, 7}
)
