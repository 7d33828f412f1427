package spec

import (
	"cmp"
	"slices"
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/internal/stubborn"
	"github.com/bulkheadlang/bulkhead/spec/internal/sweep"
	"github.com/bulkheadlang/bulkhead/spec/internal/symmetry"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// system is a model as an explorer sees it. Its steps are compiled code (package eval); who expands very many states has
// them in tables as well (package sweep), which are made when they are first asked for; and why a formula is false is
// found out by the interpreter (package interp).
type system struct {
	*eval.System
	once   sync.Once
	tables *sweep.Program // or nil where tables are no use

	mapping bool // propositions speak of what steps are mapped to, which is in no table

	symmetric func() (*symmetry.Group, model.Symmetries) // no group where nothing is interchangeable
	instances func() *stubborn.Analysis                  // of which instances of actions depend on each other
}

func newSystem(s *eval.System) *system {
	return &system{
		System:    s,
		mapping:   slices.ContainsFunc(s.Program().Runs.Code, func(p ir.Proposition) bool { return p.Mapped != nil }),
		symmetric: sync.OnceValues(func() (*symmetry.Group, model.Symmetries) { return interchangeable(s) }),
		instances: sync.OnceValue(func() *stubborn.Analysis {
			return stubborn.Analyse(s, s.NewRunner().(stubborn.Compiled))
		}),
	}
}

// interchangeable finds out what may be permuted in a model.
func interchangeable(s *eval.System) (*symmetry.Group, model.Symmetries) {
	pk, tb := s.Packing()
	var vars []*types.Type
	for _, v := range s.Program().Vars {
		vars = append(vars, v.Type)
	}
	g := symmetry.New(tb, vars, pk.Offsets)
	if g == nil {
		return nil, model.Symmetries{Reason: "the state has no symmetric type with more than one identity"}
	}
	order := symmetry.Ordered(s.Program())
	if order.Reason != "" {
		return nil, model.Symmetries{Reason: types.Pos(order.Pos) + ": " + order.Reason}
	}
	if order.Fault != "" { // one state of an orbit may fault where another one steps on, so that they are not alike
		return nil, model.Symmetries{Reason: types.Pos(order.FaultPos) + ": " + order.Fault}
	}
	for _, r := range s.Program().Refined { // what it can do is part of what is claimed
		if why := symmetry.Ordered(r.Model); why.Reason+why.Fault != "" {
			return nil, model.Symmetries{Reason: types.Pos(cmp.Or(why.Pos, why.FaultPos)) + ": " + cmp.Or(why.Reason, why.Fault)}
		}
	}
	var out model.Symmetries
	for _, t := range g.Types() {
		out.Kinds = append(out.Kinds, model.Symmetry{Name: t.String(), Size: int(t.Card())})
	}
	return g, out
}

// Symmetries says what may be permuted; see model.Symmetric.
func (s *system) Symmetries() model.Symmetries {
	_, out := s.symmetric()
	return out
}

// group is what permutes states, which there is when Symmetries gives any kinds.
func (s *system) group() *symmetry.Group {
	g, _ := s.symmetric()
	return g
}

// Irreducible says why no steps can be left out; see model.Reducible.
func (s *system) Irreducible() string { return stubborn.Irreducible(s.System) }

// NewRunner returns an evaluator for one goroutine.
func (s *system) NewRunner() model.Runner {
	return &runner{compiled: s.System.NewRunner().(compiled), system: s}
}

// sweeping gives the tables of the model.
func (s *system) sweeping() *sweep.Program {
	s.once.Do(func() { s.tables = sweep.Compile(s.System) })
	return s.tables
}

// compiled is what compiled code can do.
type compiled interface {
	model.Runner
	model.Observer
	model.Onlooker
	model.Refiner
	Steps(p model.PropertyID, s model.State, list []uint64) (all, changes bool, fault *model.Fault)
}

// runner is compiled code with what else a system can do.
type runner struct {
	compiled
	system *system
	fast   *sweep.Runner
	some   *stubborn.Runner
	refine compiled   // to look at the steps that tables give, for
	claims []refining // what is watched of refinements
	slow   model.Explainer
	canon  *symmetry.Canonizer
	cells  []int64 // of a state, for canon
}

// refining is what is watched of a refinement: whether steps are mapped to steps, to changes, or, with neither, only to something.
type refining struct {
	property       model.PropertyID
	steps, changes bool
}

// Watch makes Sweep ready; see model.Sweeper. What is to be compared with an abstract model is in no table: the steps that these give are
// looked at one by one.
func (r *runner) Watch(w *model.Watch) bool {
	r.claims = r.claims[:0]
	for i, p := range r.system.Info().Properties {
		if p.Kind == model.Refines && (w.Properties[i] || w.Faults[i] || w.Antecedents[i][0]) {
			r.claims = append(r.claims, refining{model.PropertyID(i), w.Properties[i], w.Antecedents[i][0]})
		}
	}
	if len(r.claims) > 0 && r.refine == nil {
		r.refine = r.system.System.NewRunner().(compiled)
	}
	if r.fast == nil {
		tables := r.system.sweeping()
		if tables == nil {
			return false
		}
		r.fast = tables.NewRunner(r.system.System.NewRunner().(sweep.Compiled))
	}
	r.fast.Watch(w)
	return true
}

// Sweep expands a state by tables; see model.Sweeper.
func (r *runner) Sweep(s model.State, out *model.Successors) model.Notice {
	at, actions := len(out.Words), len(out.Actions)
	notice := r.fast.Sweep(s, out)
	if notice&model.NoticeSteps == 0 && r.refines(s, out.Words[at:]) {
		out.Words, out.Actions = out.Words[:at], out.Actions[:actions]
		notice |= model.NoticeSteps
	}
	return notice
}

// refines tells whether there is something to be found out of a refinement on some steps.
func (r *runner) refines(s model.State, to []uint64) bool {
	for _, c := range r.claims {
		if all, changes, fault := r.refine.Steps(c.property, s, to); fault != nil || c.steps && !all || c.changes && changes {
			return true
		}
	}
	return false
}

// Sleeps tells whether SweepAfter leaves out anything; see model.Sleeper. All steps are to be looked at where they are compared with an
// abstract model's.
func (r *runner) Sleeps() bool { return len(r.claims) == 0 && r.fast.Sleeps() }

// Ponder finds out of more steps that may be left out; see model.Sleeper.
func (r *runner) Ponder(sample []model.State) { r.fast.Ponder(sample) }

// SweepAfter expands a state by tables without steps that are known to lead nowhere new; see model.Sleeper.
func (r *runner) SweepAfter(past uint32, s model.State, out *model.Successors) model.Notice {
	return r.fast.SweepAfter(past, s, out)
}

// Left counts the steps that SweepAfter has left out; see model.Sleeper.
func (r *runner) Left(fired []int64) { r.fast.Left(fired) }

// Survey expands a state by tables and evaluates propositions; see model.Surveyor.
func (r *runner) Survey(s model.State, out *model.Successors, bits []uint64) model.Notice {
	if r.system.mapping {
		return model.NoticeSteps
	}
	return r.fast.Survey(s, out, bits)
}

// Preserve begins a reduction; see model.Reducer.
func (r *runner) Preserve(properties []bool) { r.reduction().Preserve(properties) }

// PreserveRuns begins one for properties of whole runs; see model.RunReducer.
func (r *runner) PreserveRuns(properties []bool) (some bool) {
	return r.reduction().PreserveRuns(properties)
}

func (r *runner) reduction() *stubborn.Runner {
	if r.some == nil {
		r.some = r.system.instances().NewRunner(r.compiled.(stubborn.Compiled))
	}
	return r.some
}

// NextSome emits the successors by some instances that are enough; see model.Reducer.
func (r *runner) NextSome(emit func(model.Label, model.State, *model.Fault)) (rest bool) {
	return r.some.NextSome(emit)
}

// NextMore emits the successors by more of them.
func (r *runner) NextMore(emit func(model.Label, model.State, *model.Fault)) (rest bool) {
	return r.some.NextMore(emit)
}

// Silent tells whether a step changes nothing that is preserved.
func (r *runner) Silent(t model.State) bool { return r.some.Silent(t) }

// Canonize replaces a state by the representative of its orbit; see model.Canonizer.
func (r *runner) Canonize(s model.State, by []uint16) (exact bool) {
	pk, _ := r.system.Packing()
	if r.canon == nil {
		r.canon = r.system.group().NewCanonizer(pk.Cells)
		r.cells = make([]int64, pk.Cells)
	}
	pk.Unpack(r.cells, s)
	exact = r.canon.Canonize(r.cells, by)
	pk.Pack(s, r.cells)
	return exact
}

// Permute replaces a state by what a permutation makes of it.
func (r *runner) Permute(s model.State, by []uint16) {
	pk, _ := r.system.Packing()
	from, to := make([]int64, pk.Cells), make([]int64, pk.Cells)
	pk.Unpack(from, s)
	r.system.group().Apply(to, from, by)
	pk.Pack(s, to)
}

// Explain says why a property is false, part by part.
func (r *runner) Explain(p model.PropertyID, s model.State, l model.Label, t model.State) []model.Part {
	if r.slow == nil {
		sys, err := interp.New(r.system.Program()).System()
		if err != nil {
			return nil
		}
		r.slow, _ = sys.NewRunner().(model.Explainer)
	}
	if r.slow == nil {
		return nil
	}
	return r.slow.Explain(p, s, l, t)
}

// Tables describes how explorers run the model: what is in tables and what runs as compiled code, with the reasons, a
// line each.
func (p *Program) Tables() []string {
	t := p.fast.sweeping()
	if t == nil {
		return []string{"everything runs as compiled code: tables would be too large or of no use"}
	}
	return t.Describe()
}
