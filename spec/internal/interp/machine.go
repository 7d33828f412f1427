package interp

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
	"github.com/bulkheadlang/bulkhead/spec/syntax"
	"github.com/bulkheadlang/bulkhead/spec/types"
)

// DefaultSteps is the number of steps that one evaluation may take unless Machine.Steps says otherwise. A step is a node
// evaluated or an element gone through; what is kept in memory meanwhile costs keepSteps more.
const DefaultSteps = 1 << 26

// keepSteps is what an element of a set being built, or a branch of a choice, costs: at a few hundred bytes each, an
// evaluation runs out of steps before it runs out of memory.
const keepSteps = 32

// maxDepth is how deeply evaluations may nest, recursive calls included, so that none exhausts the stack.
const maxDepth = 50_000

// Machine interprets a program. It holds nothing that changes, so that goroutines may share one.
type Machine struct {
	Program *ir.Program
	Steps   int64 // of one Eval, one instance of an action or one initial state; 0 means DefaultSteps
}

// New makes a Machine.
func New(p *ir.Program) *Machine { return &Machine{Program: p} }

// Scope is what the free names of an expression stand for.
type Scope struct {
	Vars   []Value // the state, by ir.VarID
	Old    []Value // the state before the step; nil means Vars
	Locals map[ir.LocalID]Value
}

// Eval evaluates an expression.
func (m *Machine) Eval(e *ir.Expr, s Scope) (Value, *model.Fault) {
	ev := m.start()
	return ev.try(e, s.scope())
}

// Holds evaluates a condition.
func (m *Machine) Holds(e *ir.Expr, s Scope) (bool, *model.Fault) {
	v, f := m.Eval(e, s)
	return v.Truth(), f
}

// Each calls visit with a scope for every way to bind the binders, in order, until visit returns false. A domain or a
// condition that faults ends it too.
func (m *Machine) Each(bs []ir.Binder, where *ir.Expr, s Scope, visit func(Scope) bool) *model.Fault {
	ev := m.start()
	return ev.caught(func() {
		ev.each(bs, where, s.scope(), func(in scope) bool {
			inner := Scope{Vars: s.Vars, Old: s.Old, Locals: maps.Clone(s.Locals)}
			if inner.Locals == nil {
				inner.Locals = map[ir.LocalID]Value{}
			}
			for i := range bs {
				inner.Locals[bs[i].Local] = in.lookup(bs[i].Local)
			}
			return visit(inner)
		})
	})
}

func (s Scope) scope() scope {
	out := scope{vars: s.Vars, old: s.Old}
	if out.old == nil {
		out.old = out.vars
	}
	for _, id := range slices.Sorted(maps.Keys(s.Locals)) {
		out = out.bind(id, s.Locals[id])
	}
	return out
}

// Initial goes through the initial states in order, with repetitions. A run that faults gives the fault and no state; a
// fault of an initialiser is the only result.
func (m *Machine) Initial() iter.Seq2[[]Value, *model.Fault] {
	return func(yield func([]Value, *model.Fault) bool) {
		p := m.Program
		fixed := make([]Value, len(p.Vars))
		for i, v := range p.Vars {
			if v.Init == nil {
				continue
			}
			x, f := m.Eval(v.Init, Scope{})
			if f != nil {
				yield(nil, f)
				return
			}
			fixed[i] = x
		}
		var from func(i int, vars []Value) bool
		from = func(i int, vars []Value) bool {
			switch {
			case i == len(p.Vars):
				for _, o := range m.run(p.Init, scope{vars: vars, old: vars}) {
					if !yield(o.Vars, o.Fault) {
						return false
					}
				}
				return true
			case p.Vars[i].Init != nil:
				return from(i+1, vars)
			}
			for x := range Values(p.Vars[i].Type) {
				if !from(i+1, with(vars, i, x)) {
					return false
				}
			}
			return true
		}
		from(0, fixed)
	}
}

// Instances goes through the argument tuples of an action in the order in which labels number them: lexicographic, the
// first parameter most significant.
func (m *Machine) Instances(a *ir.Action) iter.Seq[[]Value] {
	return products(m.paramTypes(a))
}

func (m *Machine) paramTypes(a *ir.Action) []*types.Type {
	var ts []*types.Type
	for _, id := range a.Params {
		ts = append(ts, m.Program.Locals[id].Type)
	}
	return ts
}

// Outcome is one way in which an instance of an action can end: the next state, or a fault, and the choices on the way.
type Outcome struct {
	Vars    []Value // nil with a Fault
	Fault   *model.Fault
	Choices []model.Binding // the names of choose with their values; either with the number of the branch, from 1
}

// Outcomes runs an action with arguments in a state: every outcome, depth first, the elements of a choose in increasing
// order and the branches of an either as written. Where the guard is false there is none; where it faults there is one.
// A fault does not stop the other outcomes, unless it says that the evaluation takes too long: then it is the only one.
func (m *Machine) Outcomes(a *ir.Action, args, vars []Value) []Outcome {
	s := scope{vars: vars, old: vars}
	for i, id := range a.Params {
		s = s.bind(id, args[i])
	}
	if a.Guard != nil {
		ev := m.start()
		v, f := ev.try(a.Guard, s)
		if f != nil {
			return []Outcome{{Fault: f}}
		}
		if !v.Truth() {
			return nil
		}
	}
	return m.run(a.Body, s)
}

func (m *Machine) run(body []*ir.Stmt, s scope) []Outcome {
	ev := m.start()
	var out []Outcome
	for _, b := range ev.block(body, branch{scope: s}) {
		if ev.spent && b.fault != ev.last {
			continue
		}
		o := Outcome{Fault: b.fault, Choices: b.choices}
		if b.fault == nil {
			o.Vars = b.scope.vars
		}
		out = append(out, o)
	}
	return out
}

// scope is a state, the state before the step, and what the locals stand for: a list, the innermost first.
type scope struct {
	vars, old []Value
	locals    *local
	calls     *activation
}

type local struct {
	id    ir.LocalID
	value Value
	outer *local
}

// activation is a call of a recursive function that is being evaluated, and its measure.
type activation struct {
	fn      ir.FuncID
	measure int64
	outer   *activation
}

func (s scope) bind(id ir.LocalID, v Value) scope {
	if id >= 0 {
		s.locals = &local{id, v, s.locals}
	}
	return s
}

func (s scope) lookup(id ir.LocalID) Value {
	for l := s.locals; l != nil; l = l.outer {
		if l.id == id {
			return l.value
		}
	}
	panic(fmt.Sprintf("interp: local %d has no value here", id))
}

// evaluation counts what one evaluation takes.
type evaluation struct {
	m     *Machine
	limit int64
	steps int64
	depth int
	spent bool         // it takes too long
	last  *model.Fault // the fault that says so
	pos   syntax.Pos   // of the node evaluated last, for elements that have no text of their own
}

func (m *Machine) start() *evaluation {
	ev := &evaluation{m: m, limit: m.Steps}
	if ev.limit == 0 {
		ev.limit = DefaultSteps
	}
	return ev
}

// noValue travels up from a node that has no value to try.
type noValue struct{ fault *model.Fault }

func fail(pos syntax.Pos, format string, args ...any) {
	panic(noValue{&model.Fault{Position: types.Pos(pos), Message: fmt.Sprintf(format, args...)}})
}

// try evaluates an expression and catches its fault.
func (ev *evaluation) try(e *ir.Expr, s scope) (v Value, f *model.Fault) {
	f = ev.caught(func() { v = ev.expr(e, s) })
	return v, f
}

// caught runs do and gives its fault, or nil.
func (ev *evaluation) caught(do func()) (f *model.Fault) {
	depth := ev.depth
	defer func() {
		ev.depth = depth
		if r := recover(); r != nil {
			failed, ok := r.(noValue)
			if !ok {
				panic(r)
			}
			f = failed.fault
		}
	}()
	do()
	return nil
}

func (ev *evaluation) step(pos syntax.Pos) { ev.take(1, pos) }

func (ev *evaluation) take(steps int64, pos syntax.Pos) {
	ev.steps += steps
	ev.pos = pos
	if ev.steps > ev.limit {
		if !ev.spent {
			ev.spent = true
			ev.last = &model.Fault{Position: types.Pos(pos), Message: fmt.Sprintf("evaluation takes more than %d steps", ev.limit)}
		}
		panic(noValue{ev.last})
	}
}
