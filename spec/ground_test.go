package spec_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/spec/internal/interp"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// letter is a state of a run and the step that leaves it; action is -1 where no action happens.
type letter struct {
	vars   []interp.Value
	action int
	args   []interp.Value
}

// lasso is an endless run: after the last letter it goes on at letter loop. As formulas see no more of a run than its
// letters, the last step need not lead to that state.
type lasso struct {
	m       *interp.Machine
	letters []letter
	loop    int
}

func drawLasso(t *rapid.T, m *interp.Machine) *lasso {
	var starts [][]interp.Value
	for vars, f := range m.Initial() {
		if f == nil {
			starts = append(starts, vars)
		}
	}
	l := &lasso{m: m}
	at := rapid.SampledFrom(starts).Draw(t, "start")
	for range rapid.IntRange(1, 6).Draw(t, "length") {
		steps, after := []letter{{vars: at, action: -1}}, [][]interp.Value{at}
		for i := range m.Program.Actions {
			for args := range m.Instances(&m.Program.Actions[i]) {
				for _, o := range m.Outcomes(&m.Program.Actions[i], args, at) {
					if o.Fault == nil {
						steps, after = append(steps, letter{at, i, args}), append(after, o.Vars)
					}
				}
			}
		}
		k := rapid.IntRange(0, len(steps)-1).Draw(t, "step")
		l.letters, at = append(l.letters, steps[k]), after[k]
	}
	l.loop = rapid.IntRange(0, len(l.letters)-1).Draw(t, "loop")
	return l
}

// from lists the positions that come at i or later, each once, in the order in which they come first.
func (l *lasso) from(i int) []int {
	var out []int
	for p := i; p < len(l.letters); p++ {
		out = append(out, p)
	}
	for p := l.loop; p < i; p++ {
		out = append(out, p)
	}
	return out
}

// truth is the truth of a formula by position.
type truth func(i int) bool

// join is an operator by its definition. The run is the only one there is, so that can means eventually.
func (l *lasso) join(op model.Op, args ...truth) truth {
	every := func(f truth) truth {
		return func(i int) bool { return !slices.ContainsFunc(l.from(i), func(p int) bool { return !f(p) }) }
	}
	some := func(f truth) truth { return func(i int) bool { return slices.ContainsFunc(l.from(i), f) } }
	// first tells whether stop comes, with keep at all positions before it; where neither ends it, the result is ever.
	first := func(keep, stop truth, ever bool) truth {
		return func(i int) bool {
			for _, p := range l.from(i) {
				if stop(p) {
					return true
				}
				if !keep(p) {
					return false
				}
			}
			return ever
		}
	}
	not := func(f truth) truth { return func(i int) bool { return !f(i) } }
	switch op {
	case model.TrueOp:
		return func(int) bool { return true }
	case model.FalseOp:
		return func(int) bool { return false }
	case model.NotOp:
		return not(args[0])
	case model.AndOp:
		return func(i int) bool { return !slices.ContainsFunc(args, func(f truth) bool { return !f(i) }) }
	case model.OrOp:
		return func(i int) bool { return slices.ContainsFunc(args, func(f truth) bool { return f(i) }) }
	case model.ImpliesOp:
		return func(i int) bool { return !args[0](i) || args[1](i) }
	case model.IffOp:
		return func(i int) bool { return args[0](i) == args[1](i) }
	case model.NextOp:
		return func(i int) bool {
			return i+1 < len(l.letters) && args[0](i+1) || i+1 == len(l.letters) && args[0](l.loop)
		}
	case model.AlwaysOp:
		return every(args[0])
	case model.EventuallyOp, model.CanOp:
		return some(args[0])
	case model.UntilOp:
		return first(args[0], args[1], false)
	case model.WeakUntilOp:
		return first(args[0], args[1], true)
	case model.ReleaseOp:
		return not(first(not(args[0]), not(args[1]), false))
	case model.LeadsToOp:
		return every(func(i int) bool { return !args[0](i) || some(args[1])(i) })
	}
	panic("no such operator")
}

var written = map[ir.FormulaOp]model.Op{
	ir.NotFormula: model.NotOp, ir.AndFormula: model.AndOp, ir.OrFormula: model.OrOp, ir.ImpliesFormula: model.ImpliesOp,
	ir.IffFormula: model.IffOp, ir.NextFormula: model.NextOp, ir.AlwaysFormula: model.AlwaysOp,
	ir.EventuallyFormula: model.EventuallyOp, ir.UntilFormula: model.UntilOp, ir.ReleaseFormula: model.ReleaseOp,
	ir.WeakUntilFormula: model.WeakUntilOp, ir.LeadsToFormula: model.LeadsToOp, ir.CanFormula: model.CanOp,
	ir.ForallFormula: model.AndOp, ir.ExistsFormula: model.OrOp,
}

// asWritten is the truth of a formula with quantifiers, for the values of its free names.
func (l *lasso) asWritten(t *rapid.T, f *ir.Formula, s interp.Scope) truth {
	var args []truth
	switch f.Op {
	case ir.StateFormula:
		return l.condition(t, f.Expr, s)
	case ir.HappensFormula, ir.EnabledFormula:
		return l.event(t, f.Event, s, f.Op == ir.EnabledFormula)
	case ir.ForallFormula, ir.ExistsFormula:
		l.m.Each(f.Binders, f.Where, s, func(in interp.Scope) bool {
			args = append(args, l.asWritten(t, f.Args[0], in))
			return true
		})
	default:
		for _, a := range f.Args {
			args = append(args, l.asWritten(t, a, s))
		}
	}
	return l.join(written[f.Op], args...)
}

func (l *lasso) condition(t *rapid.T, e *ir.Expr, s interp.Scope) truth {
	return func(i int) bool {
		ok, f := l.m.Holds(e, interp.Scope{Vars: l.letters[i].vars, Locals: s.Locals})
		if f != nil {
			t.Fatalf("%v", f)
		}
		return ok
	}
}

func (l *lasso) event(t *rapid.T, e *ir.Event, s interp.Scope, enabled bool) truth {
	is := func(args []interp.Value) bool {
		for k, x := range e.Args {
			if x == nil {
				continue
			}
			if v, f := l.m.Eval(x, s); f != nil || !interp.Equal(v, args[k]) {
				return false
			}
		}
		return true
	}
	if !enabled {
		return func(i int) bool { return l.letters[i].action == e.Action && is(l.letters[i].args) }
	}
	return func(i int) bool {
		a := &l.m.Program.Actions[e.Action]
		for args := range l.m.Instances(a) {
			if is(args) && len(l.m.Outcomes(a, args, l.letters[i].vars)) > 0 {
				return true
			}
		}
		return false
	}
}

// writtenOut is the truth of a formula of propositions.
func (l *lasso) writtenOut(t *rapid.T, f *model.Formula) truth {
	runs := &l.m.Program.Runs
	if f.Op == model.PropositionOp {
		p := runs.Propositions[f.Prop]
		switch p.Kind {
		case model.OfState:
			return l.condition(t, runs.Code[f.Prop].Expr, interp.Scope{})
		case model.OfStep:
			return l.event(t, runs.Code[f.Prop].Event, interp.Scope{}, false)
		}
		return l.event(t, runs.Code[p.Step].Event, interp.Scope{}, true)
	}
	var args []truth
	for _, a := range f.Args {
		args = append(args, l.writtenOut(t, a))
	}
	return l.join(f.Op, args...)
}

// A property with its quantifiers is true of a run exactly when all of the instances that are made of it are; and waits
// begin and end where they are written to.
func TestWrittenOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := gen.Runs(t)
		t.Log(src)
		p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(src)}}, "m.bh")
		m := interp.New(p.IR())
		l := drawLasso(t, m)
		for _, q := range p.Runs().Properties {
			d := &p.IR().Props[q.Property]
			whole := l.asWritten(t, d.Formula, interp.Scope{})
			var parts []truth
			for _, in := range q.Instances {
				switch d.Kind {
				case ir.Within:
					parts = append(parts, l.join(model.LeadsToOp, l.writtenOut(t, in.Wait.From), l.writtenOut(t, in.Wait.To)))
					if l.writtenOut(t, in.Formula)(0) != parts[len(parts)-1](0) {
						t.Fatalf("%s: the response is another one than the wait is for", d.Name)
					}
				case ir.Longest:
					parts = append(parts, l.join(model.UntilOp, l.writtenOut(t, in.Wait.From), l.writtenOut(t, in.Wait.To)))
				default:
					parts = append(parts, l.writtenOut(t, in.Formula))
				}
			}
			if want, got := whole(0), l.join(model.AndOp, parts...)(0); got != want {
				t.Fatalf("%s: written out it is %t of a run, want %t", d.Name, got, want)
			}
		}
	})
}

// A constant may call a function that is declared later and whose parameter has the name that the constant binds.
func TestConstantsCallFunctions(t *testing.T) {
	p := mustLoad(t, fstest.MapFS{"m.bh": {Data: []byte(`model M
		const LARGE: set[1..4] = { s in 1..4 | large(s) }
		func large(s: 1..4) bool = s > 2
		state { x: 1..4 = 1 }
		action Turn { x = x % 4 + 1 }
		invariant I { x in LARGE iff large(x) }`)}}, "m.bh")
	if got := p.Info().Constants[0].Value.String(); got != "{3, 4}" {
		t.Errorf("got %s, want {3, 4}", got)
	}
}
