package checker

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bulkheadlang/bulkhead/checker/internal/buchi"
	"github.com/bulkheadlang/bulkhead/checker/internal/runs"
	"github.com/bulkheadlang/bulkhead/model"
)

// Kept says how the loop of a counterexample meets a fairness assumption: by a step that it asks for or, where Taken is
// false, in that no such step is enabled in some state (weak), or in any (strong).
type Kept struct {
	Text   string
	Strong bool
	Taken  bool
	Step   int // of the trace: the one that is taken, or the one that leads to the state
}

// Reach says what the run that violates a Can property shows of its last state.
type Reach = runs.Reach

// What such a run shows.
const (
	Unreachable = runs.Unreachable // from there something cannot be reached that is to be possible
	Reached     = runs.Reached     // it is one that is not to be possible to reach
)

// decision is the work on one property of whole runs.
type decision struct {
	*whole
	g *runs.Graph // with the runs that stop, for claims about all fair runs; without for others
	p *model.RunProperty
	f *Finding
}

// product gives the product of the graph with an automaton.
func (d *decision) product(a *buchi.Automaton) (*runs.Product, error) {
	p, err := runs.NewProduct(d.g, a, &d.meter)
	if err == nil {
		p.Piecemeal = d.piecemeal
	}
	return p, err
}

// always decides whether the formula of every instance is true of every fair run.
func (d *decision) always() (err error) {
	if d.g, err = d.stopping(); err != nil {
		return err
	}
	n := len(d.p.Instances)
	trivial := make([]bool, n)
	at, err := d.concurrently(n, func(i int) (violated bool, err error) {
		a, err := buchi.Translate(d.ctx, d.p.Instances[i].Formula, true)
		if err != nil {
			return false, err
		}
		if trivial[i] = a.Empty(); trivial[i] {
			return false, nil
		}
		return d.broken(a)
	})
	if err != nil {
		return err
	}
	if at < n {
		return d.refute(at)
	}
	d.f.Verdict = Holds
	d.f.Tautology = n > 0 && !slices.Contains(trivial, false)
	return nil
}

// broken tells whether a, the automaton of the negation of a formula, accepts a fair run.
func (d *decision) broken(a *buchi.Automaton) (bool, error) {
	p, err := d.product(a)
	if err != nil {
		return false, err
	}
	defer p.Close()
	sets, err := p.Fair(d.ctx, runs.NewFairness(d.g, d.fair), true)
	return len(sets) > 0, err
}

// concurrently calls f for the numbers below n in turn, on all workers, until f says that this is enough or fails: it gives the
// least such number and the error, or n. For all numbers below it f came to its end. Where there is not memory enough for
// several calls at a time they are made one after another, of all numbers once more.
func (w *whole) concurrently(n int, f func(i int) (enough bool, err error)) (int, error) {
	workers := min(n, w.s.cfg.Workers)
	for ; ; workers = 1 {
		ends, errs := make([]bool, n), make([]error, n)
		var next, end atomic.Int64
		end.Store(int64(n))
		work := func() {
			for {
				i := next.Add(1) - 1
				if i >= end.Load() {
					return
				}
				enough, err := f(int(i))
				if ends[i], errs[i] = enough || err != nil, err; !ends[i] {
					continue
				}
				for old := end.Load(); i < old && !end.CompareAndSwap(old, i); old = end.Load() {
				}
			}
		}
		var wg sync.WaitGroup
		for range workers - 1 {
			wg.Go(work)
		}
		work()
		wg.Wait()
		at := int(end.Load())
		if at == n {
			return n, nil
		}
		if workers <= 1 || !errors.Is(errs[at], runs.ErrMemory) {
			return at, errs[at]
		}
	}
}

// refute shows a fair run of which instance i is not true, where there is one.
func (d *decision) refute(i int) error {
	in := &d.p.Instances[i]
	return d.find(in.Formula, true, d.fair, func(p *runs.Product, sets [][]uint32, l *runs.Lasso) error {
		if err := d.show(in, l); err != nil {
			return err
		}
		if d.f.Kept = d.kept(l); d.kind == ofSomeSteps {
			return nil
		}
		return d.rescue(i, p, sets)
	})
}

// find calls use with a run that is fair and of which a formula, or its negation, is true, where there is one, and with the
// product and the fair sets that it is from.
func (d *decision) find(f *model.Formula, negated bool, fair []runs.Condition, use func(*runs.Product, [][]uint32, *runs.Lasso) error) error {
	a, err := buchi.Translate(d.ctx, f, negated)
	if err != nil {
		return err
	}
	p, err := d.product(a)
	if err != nil {
		return err
	}
	defer p.Close()
	fairness := runs.NewFairness(d.g, fair)
	sets, err := p.Fair(d.ctx, fairness, false)
	if err != nil {
		return err
	}
	l, err := p.Lasso(d.ctx, fairness, sets)
	if err != nil {
		return err
	}
	return use(p, sets, l)
}

// show makes the property violated by a lasso.
func (d *decision) show(in *model.RunInstance, l *runs.Lasso) error {
	d.g.Halt(l)
	steps := slices.Concat(l.Stem, l.Cycle)
	tr, err := d.trace(steps, d.g.Where(d.g.Targets[steps[len(steps)-1].Edge]), len(l.Stem))
	if err != nil {
		return err
	}
	tr.Loop = len(l.Stem) + 1
	d.f.Verdict, d.f.Trace, d.f.Values, d.f.Promise, d.f.Steps = Violated, tr, in.Values, l.Promise, len(tr.Steps)-1
	return nil
}

// kept tells how the cycle of a lasso is fair. Assumptions about steps that no run takes are left out.
func (d *decision) kept(l *runs.Lasso) (out []Kept) {
	fairness := runs.NewFairness(d.g, d.fair)
	for i, c := range d.fair {
		of := func(edge uint32) bool { return c.Taken(int(d.g.Steps[edge])) }
		ever := false
		for class := range d.g.StepBits {
			ever = ever || c.Taken(class)
		}
		for class := range d.g.StateBits {
			ever = ever || c.Enabled != nil && c.Enabled(class)
		}
		if !ever {
			continue
		}
		k := Kept{Text: d.runs.Fairness[i].Text, Strong: c.Strong, Step: -1}
		for j, step := range l.Cycle {
			at := len(l.Stem) + j // the number of the state that the step leaves
			if of(step.Edge) {
				k.Taken, k.Step = true, at+1
				break
			}
			if k.Step < 0 && !fairness.Enabled(d.g, step.State, i) {
				k.Step = at
			}
		}
		out = append(out, k)
	}
	return out
}

// trace puts a run along edges of the graph, to state end, into words. The steps from loop on are a cycle, if there are any.
func (d *decision) trace(steps []runs.Step, end uint32, loop int) (*model.Trace, error) {
	if d.kind == ofRepresentatives {
		return d.follow(steps, end, loop)
	}
	r := &run{}
	var failed error
	err := shield("Next", func() {
		runner := d.s.own.NewRunner()
		for i, step := range steps {
			words := d.gr.state(step.State)
			r.states = append(r.states, words)
			label := model.Label{Action: runs.Stutter}
			if d.g.Actions[d.g.Steps[step.Edge]] != runs.Stutter {
				next := d.gr.state(d.g.Targets[step.Edge])
				var ok bool
				if label, ok = d.label(runner, words, next, d.g.Steps[step.Edge]); !ok && failed == nil {
					failed = &NondeterminismError{What: fmt.Sprintf("step %d of a trace cannot be taken again", i+1)}
				}
			}
			r.labels = append(r.labels, label)
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	r.states = append(r.states, d.gr.state(end))
	return d.worded(r)
}

// worded puts a run into words, and what it is mapped to, if the property is about that.
func (d *decision) worded(r *run) (*model.Trace, error) {
	t, err := r.trace(d.s.own)
	if err == nil && d.p.Refined {
		err = abstract(d.s.own, d.p.Property, r.states, &event{}, t)
	}
	return t, err
}

// label gives the label of the first step from state s to t of a class.
func (d *decision) label(runner model.Runner, s, t model.State, class uint32) (label model.Label, ok bool) {
	observer, bits := runner.(model.Observer), make([]uint64, d.gr.words)
	runner.Load(s)
	runner.Next(func(l model.Label, next model.State, f *model.Fault) {
		if f != nil || ok || int32(l.Action) != d.g.Actions[class] || !slices.Equal(next, t) {
			return
		}
		if clear(bits); d.gr.steps {
			observer.ObserveStep(l, bits)
		}
		if slices.Equal(bits, d.g.StepBits[class]) {
			label, ok = l, true
		}
	})
	return label, ok
}

// can decides whether the formula of every instance is true of every initial state.
func (d *decision) can() error {
	b, err := d.g.Branching(d.ctx, &d.meter)
	if err != nil {
		return err
	}
	defer b.Close()
	for i := range d.p.Instances {
		in := &d.p.Instances[i]
		e, err := b.Can(in.Formula)
		if err != nil {
			return err
		}
		if e != nil {
			d.f.Trace, err = d.trace(e.Path, e.End, len(e.Path))
			d.f.Verdict, d.f.Values, d.f.Promise, d.f.Steps = Violated, in.Values, len(e.Path), len(e.Path)
			d.f.Shows = e.Shows
			return err
		}
	}
	d.f.Verdict = Holds
	return nil
}

// longest decides whether no wait is longer than allowed, and finds the longest of all instances, which it shows.
func (d *decision) longest() error {
	limit, begins := d.f.Property.Limit, false
	best := -1
	for i := range d.p.Instances {
		in := &d.p.Instances[i]
		w, err := d.g.Wait(d.ctx, in.Wait, &d.meter)
		if err != nil {
			return err
		}
		begins = begins || w.Begins
		if w.Begins && (best < 0 || w.Longest > d.f.Extreme) {
			best, d.f.Extreme = i, w.Longest
		}
		w.Close()
	}
	d.f.Known = best >= 0 && d.f.Extreme != runs.Forever
	switch {
	case d.f.Known:
		d.f.Message = fmt.Sprintf("longest wait %d", d.f.Extreme)
	case best >= 0:
		d.f.Extreme, d.f.Endless, d.f.Message = 0, true, "a wait may last for ever"
		if d.f.Property.Kind == model.Within { // every fair run ends each of them
			d.f.Message = "there is no longest wait"
		}
	}
	long := d.f.Endless || d.f.Known && d.f.Extreme > limit
	if d.f.Verdict = Holds; long {
		d.f.Verdict = Violated
	}
	if !begins {
		if len(d.p.Instances) == 0 {
			return nil
		}
		d.f.Vacuous = []string{"a wait begins"}
		if from := d.p.Instances[0].Wait.From.Part; from > 0 {
			d.f.Vacuous = d.texts(from)
		}
		return nil
	}
	in := &d.p.Instances[best]
	d.f.Values = in.Values
	if !long && d.s.cfg.NoWitnesses {
		return nil
	}
	w, err := d.g.Wait(d.ctx, in.Wait, &d.meter)
	if err != nil {
		w.Close()
		return err
	}
	defer w.Close()
	if d.f.Endless {
		return d.endless(in, w, limit)
	}
	return d.waiting(w, d.f.Extreme)
}

// endless shows a wait that has no limit, whole, but for a response that every fair run brings in the end: that it has no limit shows in
// a run that has passed the one allowed.
func (d *decision) endless(in *model.RunInstance, w *runs.Waiting, limit int64) error {
	if d.f.Property.Kind == model.Within {
		return d.waiting(w, limit+1)
	}
	return d.find(unending(in.Wait), false, nil, func(_ *runs.Product, _ [][]uint32, l *runs.Lasso) error {
		l.Promise = d.beginning(in.Wait, slices.Concat(l.Stem, l.Cycle))
		return d.show(in, l)
	})
}

// beginning gives the first of some steps at which a wait begins that goes on to the last of them. Which state of the
// automaton it is that waits does not tell: From may be true again and again.
func (d *decision) beginning(w *model.Wait, steps []runs.Step) (first int) {
	holds := func(f *model.Formula, s runs.Step) bool {
		return runs.Holds(f, d.g.StateBits[d.g.States[s.State]], d.g.StepBits[d.g.Steps[s.Edge]])
	}
	for i, s := range slices.Backward(steps) {
		from := holds(w.From, s)
		if holds(w.To, s) || w.While && !from {
			break
		}
		if from {
			first = i
		}
	}
	return first
}

// unending is the formula of runs with a wait in which steps count again and again.
func unending(w *model.Wait) *model.Formula {
	op := func(o model.Op, args ...*model.Formula) *model.Formula { return &model.Formula{Op: o, Args: args} }
	on := op(model.NotOp, w.To)
	if w.While {
		on = op(model.AndOp, w.From, on)
	}
	parts := []*model.Formula{w.From, op(model.AlwaysOp, on)}
	if w.Unit >= 0 {
		unit := &model.Formula{Op: model.PropositionOp, Prop: w.Unit}
		parts = append(parts, op(model.AlwaysOp, op(model.EventuallyOp, unit)))
	}
	return op(model.EventuallyOp, op(model.AndOp, parts...))
}

// waiting shows a run with a wait of at least want.
func (d *decision) waiting(w *runs.Waiting, want int64) error {
	steps, end, begin, err := w.Run(d.ctx, want)
	if err != nil {
		return err
	}
	d.f.Trace, err = d.trace(steps, end, len(steps))
	d.f.Promise, d.f.Steps = begin, len(steps)
	return err
}
