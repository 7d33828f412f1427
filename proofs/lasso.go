package proofs

import (
	"math"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
)

// lasso is a run of a claim about whole runs as it is taken again: a place and what is true of a step for each step of it. With loop
// below the number of steps those from there on are repeated for ever; otherwise it ends after the last.
type lasso struct {
	states, steps, enabled [][]uint64 // by step
	loop                   int
	stopped                bool // it stops: the last steps only repeat a state
	stuck                  bool // where no step leaves it
}

func (l *lasso) len() int { return len(l.states) }

// after is the place that follows place i.
func (l *lasso) after(i int) int {
	if i++; i == l.len() {
		return l.loop
	}
	return i
}

// retrace takes the run of a claim again.
func (v *verifier) retrace(c *Claim) (*lasso, error) {
	if c.Run == nil || len(c.Run.Steps) == 0 {
		return nil, refused("the run for %s has no state", c.Property)
	}
	steps := c.Run.Steps
	if c.Run.Loop < 0 || c.Run.Loop >= len(steps) {
		return nil, refused("the run for %s repeats no step of it", c.Property)
	}
	r := v.sys.NewRunner()
	look, err := newOnlooker(v.runs, r)
	if err != nil {
		return nil, refused("%v", err)
	}
	at := v.first(r, steps[0])
	if at == nil {
		return nil, refused("the run for %s does not begin in an initial state", c.Property)
	}
	l := &lasso{loop: len(steps) - 1}
	if c.Run.Loop > 0 {
		l.loop = c.Run.Loop - 1
	}
	var begin model.State // of the loop
	for i, step := range steps[1:] {
		if i == l.loop {
			begin = at
		}
		next, bits, err := look.take(r, at, step)
		if err != nil {
			return nil, refused("step %d of the run for %s: %v", i+1, c.Property, err)
		}
		if next == nil && step.Step == "" && slices.Equal(GivenOf(r.Render(at)), step.State) {
			next, l.stopped, l.stuck = at, true, len(look.steps) == 0
		}
		if next == nil || l.stopped && step.Step != "" {
			return nil, refused("step %d of the run for %s, %s, is none of the model", i+1, c.Property, step.Step)
		}
		l.states, l.enabled = append(l.states, slices.Clone(look.state)), append(l.enabled, slices.Clone(look.enabled))
		l.steps = append(l.steps, bits)
		at = next
	}
	if c.Run.Loop > 0 && !slices.Equal(begin, at) {
		return nil, refused("the run for %s does not come back to where it says", c.Property)
	}
	return l, nil
}

// take looks at a state and takes a step of a run: it gives the state that it leads to and what is true of it, or nil.
func (o *onlooker) take(r model.Runner, at model.State, want Taken) (model.State, []uint64, error) {
	r.Load(at)
	if err := o.begin(false); err != nil {
		return nil, nil, err
	}
	var labels []model.Label
	var states []model.State
	r.Next(func(l model.Label, t model.State, f *model.Fault) {
		if f == nil {
			o.step(l, 0)
			labels, states = append(labels, l), append(states, slices.Clone(t))
		}
	})
	o.end()
	for i, l := range labels {
		if want.Step != "" && r.Describe(at, l).String() == want.Step && slices.Equal(GivenOf(r.Render(states[i])), want.State) {
			return states[i], slices.Clone(o.steps[i].bits), nil
		}
	}
	return nil, nil, nil
}

// fair tells whether a run that is repeated meets all assumptions.
func (l *lasso) fair(runs *model.Runs) bool {
	for _, f := range runs.Fairness {
		taken, always, ever := false, true, false
		for i := l.loop; i < l.len(); i++ {
			enabled := has(l.enabled[i], f.Step)
			taken = taken || l.steps[i] != nil && has(l.steps[i], f.Step)
			always, ever = always && enabled, ever || enabled
		}
		if !taken && (always || f.Strong && ever) {
			return false
		}
	}
	return true
}

// values evaluates a formula at each place of a run that is repeated, by what the operators mean.
func (l *lasso) values(f *model.Formula) []bool {
	var args [][]bool
	for _, g := range f.Args {
		args = append(args, l.values(g))
	}
	each := func(value func(i int) bool) []bool {
		out := make([]bool, l.len())
		for i := range out {
			out[i] = value(i)
		}
		return out
	}
	// until is the least set with q, and with p where it comes next; with endless the greatest.
	until := func(p, q func(i int) bool, endless bool) []bool {
		out := each(func(int) bool { return endless })
		for range 2 { // what is true of the first place of the loop is known after the first time
			for i := l.len() - 1; i >= 0; i-- {
				out[i] = q(i) || p(i) && out[l.after(i)]
			}
		}
		return out
	}
	truth := func(int) bool { return true }
	arg := func(k int) func(int) bool { return func(i int) bool { return args[k][i] } }
	switch f.Op {
	case model.NextOp:
		return each(func(i int) bool { return args[0][l.after(i)] })
	case model.AlwaysOp:
		return until(arg(0), func(int) bool { return false }, true)
	case model.EventuallyOp:
		return until(truth, arg(0), false)
	case model.UntilOp:
		return until(arg(0), arg(1), false)
	case model.WeakUntilOp:
		return until(arg(0), arg(1), true)
	case model.ReleaseOp:
		return until(arg(1), func(i int) bool { return args[0][i] && args[1][i] }, true)
	case model.LeadsToOp:
		comes := until(truth, arg(1), false)
		return until(func(i int) bool { return !args[0][i] || comes[i] }, func(int) bool { return false }, true)
	case model.TrueOp, model.FalseOp, model.PropositionOp:
		return each(func(i int) bool { return plain(f, l.states[i], l.steps[i]) })
	}
	return each(func(i int) bool {
		one := &model.Formula{Op: f.Op}
		for _, a := range args {
			op := model.FalseOp
			if a[i] {
				op = model.TrueOp
			}
			one.Args = append(one.Args, &model.Formula{Op: op})
		}
		return plain(one, nil, nil)
	})
}

// longest gives the longest wait that begins on the run and goes on up to its end; with a loop in which it goes on for
// ever and counts, that is math.MaxInt64. It is negative where none begins.
func (l *lasso) longest(w *model.Wait) int64 {
	const endless = math.MaxInt64
	out := int64(-1)
	goes := make([]bool, l.len())
	costs := make([]int64, l.len())
	begins := make([]bool, l.len())
	ever, counts := l.loop < l.len(), false
	for i := range goes {
		var cost uint32
		begins[i], goes[i], cost = over(w, l.states[i], l.steps[i])
		costs[i] = int64(cost)
		if i >= l.loop {
			ever, counts = ever && goes[i], counts || cost > 0
		}
	}
	left := make([]int64, l.len()+1)
	for i := l.len() - 1; i >= 0; i-- {
		switch {
		case !goes[i]:
		case ever && counts && i >= l.loop, left[i+1] == endless:
			left[i] = endless
		default:
			left[i] = costs[i] + left[i+1]
		}
		if begins[i] {
			out = max(out, left[i])
		}
	}
	return out
}

// wholeRun checks that the run of a claim about whole runs shows what is claimed.
func (v *verifier) wholeRun(c *Claim, id model.PropertyID) error {
	of, err := runProperty(v.runs, id)
	if err == nil {
		err = formed(c.Kind, of, v.runs)
	}
	if err != nil {
		return refused("%s: %v", c.Property, err)
	}
	if c.Kind == model.Can {
		return refused("no run shows anything about %s", c.Property)
	}
	l, err := v.retrace(c)
	if err != nil {
		return err
	}
	longest := int64(-1)
	for i := range of.Instances {
		in := &of.Instances[i]
		if c.Kind != model.LTL {
			longest = max(longest, l.longest(in.Wait))
		}
		if !c.Holds && c.Kind != model.Longest && c.Run.Loop > 0 && l.fair(v.runs) && !l.values(in.Formula)[0] {
			return nil
		}
	}
	// Runs stop only where they have to, but fair ones; and each that goes on begins like one that is fair, so that a wait of it that has
	// been too long by some step is one of a fair run.
	limit := v.info.Properties[id].Limit
	switch {
	case l.stopped && !l.stuck, c.Kind == model.LTL:
	case c.Holds && c.Extreme != nil && longest >= *c.Extreme, !c.Holds && longest > limit:
		return nil
	}
	return refused("the run for %s does not show what it is there for", c.Property)
}
