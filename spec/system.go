package spec

import (
	"sync"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/internal/eval"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/internal/sweep"
)

// system is a model as an explorer sees it. Its steps are compiled code (package eval); who expands very many states has
// them in tables as well (package sweep), which are made when they are first asked for; and why a formula is false is
// found out by the interpreter (package interp).
type system struct {
	*eval.System
	once   sync.Once
	tables *sweep.Program // or nil where tables are no use
}

// NewRunner returns an evaluator for one goroutine.
func (s *system) NewRunner() model.Runner { return &runner{Runner: s.System.NewRunner(), system: s} }

// sweeping gives the tables of the model.
func (s *system) sweeping() *sweep.Program {
	s.once.Do(func() { s.tables = sweep.Compile(s.System) })
	return s.tables
}

// runner is compiled code with what else a system can do.
type runner struct {
	model.Runner
	system *system
	fast   *sweep.Runner
	slow   model.Explainer
}

// Watch makes Sweep ready; see model.Sweeper.
func (r *runner) Watch(w *model.Watch) bool {
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
	return r.fast.Sweep(s, out)
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
