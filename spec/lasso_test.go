package spec_test

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// refutes checks that the run without end of a finding is a fair one on which the formula of the instance named is false, by
// evaluating both on the run, place by place.
func refutes(t failer, p *spec.Program, f checker.Finding) {
	t.Helper()
	l := lassoOf(t, p, f.Trace)
	runs := p.Runs()
	for _, fair := range runs.Fairness {
		taken, enabled, always := false, false, true
		for i := l.loop; i < len(l.bits); i++ {
			taken = taken || has(l.bits[i], fair.Step)
			enabled = enabled || has(l.enabled[i], fair.Step)
			always = always && has(l.enabled[i], fair.Step)
		}
		if !taken && (fair.Strong && enabled || always) {
			t.Fatalf("%s: the run is not fair: %s", f.Property.Name, fair.Text)
		}
	}
	for _, q := range runs.Properties {
		if p.Info().Properties[q.Property].Name != f.Property.Name {
			continue
		}
		for _, in := range q.Instances {
			if cmp.Equal(in.Values, f.Values) && !l.truth(in.Formula)[0] {
				return
			}
		}
	}
	t.Fatalf("%s: the run does not violate it", f.Property.Name)
}

// endless is a run without end: what is true at each place, and what steps are enabled there. The place after the last is loop.
type endless struct {
	bits, enabled [][]uint64
	loop          int
}

func has(bits []uint64, i int) bool { return bits[i/64]>>(i%64)&1 == 1 }

// lassoOf takes a trace again.
func lassoOf(t failer, p *spec.Program, tr *model.Trace) *endless {
	t.Helper()
	r := p.NewRunner()
	observer := r.(model.Observer)
	props := p.Runs().Propositions
	words := (len(props) + 63) / 64
	var at model.State
	r.Init(func(s model.State, f *model.Fault) {
		if at == nil && f == nil && cmp.Equal(r.Render(s), tr.Steps[0].State) {
			at = slices.Clone(s)
		}
	})
	l := &endless{loop: tr.Loop - 1}
	for i, step := range tr.Steps[1:] {
		state, enabled := make([]uint64, words), make([]uint64, words)
		r.Load(at)
		observer.Observe(state)
		var next model.State
		var taken []uint64
		type emission struct {
			l    model.Label
			t    model.State
			bits []uint64
		}
		var all []emission
		r.Next(func(label model.Label, s model.State, f *model.Fault) {
			if f != nil {
				return
			}
			bits := make([]uint64, words)
			observer.ObserveStep(label, bits)
			for k := range bits {
				enabled[k] |= bits[k]
			}
			all = append(all, emission{label, slices.Clone(s), bits})
		})
		for _, e := range all {
			if next == nil && cmp.Equal(r.Describe(at, e.l), step.Step) && cmp.Equal(r.Render(e.t), step.State) {
				next, taken = e.t, e.bits
			}
		}
		if step.Step.Action == "" {
			next, taken = at, make([]uint64, words)
		}
		if next == nil {
			t.Fatalf("step %d, %s, cannot be taken", i+1, step.Step)
		}
		for k, q := range props {
			if q.Kind == model.OfEnabled && has(enabled, q.Step) {
				state[k/64] |= 1 << (k % 64)
			}
		}
		for k := range state {
			state[k] |= taken[k]
		}
		l.bits, l.enabled, at = append(l.bits, state), append(l.enabled, enabled), next
	}
	if !cmp.Equal(tr.Steps[l.loop].State, tr.Steps[len(tr.Steps)-1].State) {
		t.Fatalf("the loop of a run does not close")
	}
	return l
}

// truth evaluates a formula at each place: until and its like as fixed points.
func (l *endless) truth(f *model.Formula) []bool {
	n := len(l.bits)
	var x, y []bool
	if len(f.Args) > 0 {
		x = l.truth(f.Args[0])
	}
	if len(f.Args) > 1 {
		y = l.truth(f.Args[len(f.Args)-1])
	}
	after := func(i int) int {
		if i == n-1 {
			return l.loop
		}
		return i + 1
	}
	each := func(of func(i int) bool) []bool {
		out := make([]bool, n)
		for i := range out {
			out[i] = of(i)
		}
		return out
	}
	fixed := func(begin bool, step func(i int, next bool) bool) []bool {
		out := each(func(int) bool { return begin })
		for range 2 * n {
			for i := n - 1; i >= 0; i-- {
				out[i] = step(i, out[after(i)])
			}
		}
		return out
	}
	eventually := func(z []bool) []bool { return fixed(false, func(i int, next bool) bool { return z[i] || next }) }
	switch f.Op {
	case model.TrueOp:
		return each(func(int) bool { return true })
	case model.FalseOp:
		return make([]bool, n)
	case model.PropositionOp:
		return each(func(i int) bool { return has(l.bits[i], f.Prop) })
	case model.NotOp:
		return each(func(i int) bool { return !x[i] })
	case model.AndOp, model.OrOp:
		out := each(func(int) bool { return f.Op == model.AndOp })
		for _, g := range f.Args {
			for i, v := range l.truth(g) {
				out[i] = f.Op == model.AndOp && out[i] && v || f.Op == model.OrOp && (out[i] || v)
			}
		}
		return out
	case model.ImpliesOp:
		return each(func(i int) bool { return !x[i] || y[i] })
	case model.IffOp:
		return each(func(i int) bool { return x[i] == y[i] })
	case model.NextOp:
		return each(func(i int) bool { return x[after(i)] })
	case model.AlwaysOp:
		return fixed(true, func(i int, next bool) bool { return x[i] && next })
	case model.EventuallyOp:
		return eventually(x)
	case model.UntilOp:
		return fixed(false, func(i int, next bool) bool { return y[i] || x[i] && next })
	case model.WeakUntilOp:
		return fixed(true, func(i int, next bool) bool { return y[i] || x[i] && next })
	case model.ReleaseOp:
		return fixed(true, func(i int, next bool) bool { return y[i] && (x[i] || next) })
	case model.LeadsToOp:
		then := eventually(y)
		return fixed(true, func(i int, next bool) bool { return (!x[i] || then[i]) && next })
	}
	panic(fmt.Sprintf("a formula with operator %d", f.Op))
}
