package modeltest

import "github.com/bulkheadlang/bulkhead/model"

// checkRuns looks at what the system claims of its runs: every number is that of something, and every property of these
// kinds is there once.
func (c *conformance) checkRuns() {
	c.t.Helper()
	claimed := map[model.PropertyID]bool{}
	if sys, ok := c.sys.(model.Temporal); ok {
		r := &runsCheck{c, sys.Runs()}
		for _, p := range r.runs.Propositions {
			if p.Kind == model.OfEnabled {
				r.step(p.Step)
			}
		}
		for _, f := range r.runs.Fairness {
			r.step(f.Step)
		}
		for _, p := range r.runs.Properties {
			if claimed[p.Property] {
				c.complain("Runs lists property %d twice", p.Property)
			}
			claimed[p.Property] = true
			if _, ok := c.sys.NewRunner().(model.Refiner); p.Refined && !ok {
				c.complain("property %d of runs speaks of what states are mapped to, and the Runner is no Refiner", p.Property)
			}
			for _, in := range p.Instances {
				r.instance(in, len(p.Parts))
			}
		}
		if _, ok := c.sys.NewRunner().(model.Observer); len(claimed) > 0 && !ok {
			c.complain("the system has properties of runs, and its runners are no Observers")
		}
	}
	for i, p := range c.info.Properties {
		switch p.Kind {
		case model.LTL, model.Can, model.Within, model.Longest:
			if !claimed[model.PropertyID(i)] {
				c.complain("Runs does not list property %s of kind %s", p.Name, p.Kind)
			}
			delete(claimed, model.PropertyID(i))
		}
	}
	for id := range claimed {
		c.complain("Runs lists property %d, which is none of runs", id)
	}
}

type runsCheck struct {
	*conformance
	runs *model.Runs
}

func (r *runsCheck) step(i int) {
	if i < 0 || i >= len(r.runs.Propositions) || r.runs.Propositions[i].Kind != model.OfStep {
		r.complain("Runs speaks of proposition %d as one of steps", i)
	}
}

func (r *runsCheck) instance(in model.RunInstance, parts int) {
	if in.Formula == nil && in.Wait == nil {
		r.complain("an instance of a property of runs claims nothing")
	}
	r.formula(in.Formula, parts)
	if w := in.Wait; w != nil {
		r.formula(w.From, parts)
		r.formula(w.To, parts)
		if w.Unit != -1 {
			r.step(w.Unit)
		}
	}
}

func (r *runsCheck) formula(f *model.Formula, parts int) {
	if f == nil {
		return
	}
	want := 2
	switch f.Op {
	case model.TrueOp, model.FalseOp, model.PropositionOp:
		want = 0
	case model.NotOp, model.NextOp, model.AlwaysOp, model.EventuallyOp, model.CanOp:
		want = 1
	case model.AndOp, model.OrOp:
		want = len(f.Args)
	}
	if len(f.Args) != want {
		r.complain("operator %d joins %d formulas, want %d", f.Op, len(f.Args), want)
	}
	if f.Op == model.PropositionOp && (f.Prop < 0 || f.Prop >= len(r.runs.Propositions)) {
		r.complain("Runs speaks of proposition %d, of %d", f.Prop, len(r.runs.Propositions))
	}
	if f.Part < 0 || f.Part > parts {
		r.complain("a formula is part %d of a property that has %d", f.Part, parts)
	}
	for _, a := range f.Args {
		r.formula(a, parts)
	}
}
