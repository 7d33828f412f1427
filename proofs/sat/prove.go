package sat

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/lrup"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Limits of Options where they are 0, and the greatest K.
const (
	MaxK             = 5
	DefaultConflicts = 1 << 20
	DefaultNodes     = 1 << 22
)

// Options say how far Prove goes. The zero value asks for plain induction.
type Options struct {
	K         int  // up to k-induction of this k, 1 to MaxK; 0 means 1
	Depth     int  // look for violations, and for what is claimed to be reachable, in runs of up to so many steps
	Distinct  bool // the states of k-induction differ from each other
	Conflicts int  // clauses that the solver may learn for one obligation
	Nodes     int  // of all circuits

	// Proved, if set, gets each obligation that holds once it counts.
	Proved func(o *Obligation) error
}

// Verdict is what became of a claim.
type Verdict string

// The verdicts.
const (
	Holds    Verdict = "proved"    // true in every reachable state, or of every step; of a reachable: a run shows it
	Refuted  Verdict = "refuted"   // a run violates it
	Open     Verdict = "undecided" // neither; Finding.Why says why
	Unspoken Verdict = "not spoken of"
)

// Obligation is a formula of which it is claimed that it has no model.
type Obligation struct {
	Name    string // such as "Commit keeps Fits"
	K       int    // of the induction that it is a part of; 0 of one about runs from the initial states
	Holds   bool   // the checker has accepted a proof of it
	Why     string // where neither a model nor a proof was found
	Vars    int    // of the formula
	Clauses int
	Learned int // clauses, by the solver
	Steps   int // of the proof
	Counter *Counterexample

	// While Options.Proved is called these are set.
	Formula *CNF
	Proof   *lrup.Proof
}

// Finding is the verdict on a property.
type Finding struct {
	Property model.Property
	Verdict  Verdict
	K        int    // of Holds: the least that suffices
	Why      string // of Open and Unspoken
	// Counter is the run of Refuted and of a reachable that holds; of Open, a counterexample to induction: a run that need not begin with an initial state.
	Counter *Counterexample
	Failed  string // the obligation that Counter, to induction, is of
}

// Report is what Prove found out.
type Report struct {
	Findings    []Finding // in the order of the properties
	Obligations []*Obligation
	Nodes       int   // of all circuits
	Ended       error // nil unless the context ended it
}

// Prove proves properties of a model by induction over its runs, each obligation by a proof that package lrup has checked. The error is a RefusedError
// where the model has a part without a circuit, or says that what the solver found is not what the plain interpreter does.
func Prove(ctx context.Context, p *ir.Program, plain Plain, opt Options) (*Report, error) {
	opt.K = max(1, min(opt.K, MaxK))
	if opt.Conflicts == 0 {
		opt.Conflicts = DefaultConflicts
	}
	if opt.Nodes == 0 {
		opt.Nodes = DefaultNodes
	}
	pr := &prover{
		ctx: ctx, opt: opt, m: newMachine(p, opt.Nodes), plain: plain, run: plain.NewRunner(),
		most:   bounds{nodes: 1 << 20, conflicts: opt.Conflicts, literals: 1 << 25, hints: 1 << 26},
		claims: claims(p, plain.Info()), report: &Report{}, asked: map[lit]*Obligation{}, models: map[lit][]uint64{},
	}
	for _, c := range pr.claims {
		f := Finding{Property: c.property, Verdict: Open}
		switch {
		case c.kind == unspoken:
			f.Verdict, f.Why = Unspoken, "induction over states says nothing of its kind"
		case c.kind == reachable && opt.Depth == 0:
			f.Verdict, f.Why = Unspoken, "runs are not looked at"
		case c.kind == reachable:
			f.Why = fmt.Sprintf("no run of up to %d steps leads to it", opt.Depth)
		case c.kind == faultFree && (p.Flow != nil || p.Domains != nil || len(p.Refined) > 0):
			f.Verdict, f.Why = Unspoken, "what domains see, or what the model refines, may fault as well"
		}
		pr.report.Findings = append(pr.report.Findings, f)
	}
	var failed error
	if err := pr.m.try(func() { failed = pr.prove() }); err != nil {
		return nil, err
	}
	pr.report.Nodes = len(pr.m.g.nodes)
	if ctx.Err() != nil {
		pr.report.Ended = context.Cause(ctx)
		return pr.report, nil
	}
	return pr.report, failed
}

type prover struct {
	ctx    context.Context
	opt    Options
	most   bounds
	m      *machine
	plain  Plain
	run    model.Runner
	claims []claim
	report *Report
	bound  *unrolled // runs from the initial states
	free   *unrolled // from any
	asked  map[lit]*Obligation
	models map[lit][]uint64 // inputs that make a literal true
	stuck  []bool           // by claim: the runs that induction begins with are undecided
}

func (p *prover) prove() error {
	p.bound, p.free = p.m.runsFromStart(), p.m.runsFromAny()
	p.stuck = make([]bool, len(p.claims))
	p.free.from(0) // an action without a circuit is refused here, not claim by claim
	if o, _, err := p.ask("some initial state", 0, p.m.g.or(p.bound.first, p.bound.begin.fault)); err != nil {
		return err
	} else if o.Holds {
		return &RefusedError{What: "it has no initial state"}
	}
	d := 0
	for k := 1; k <= p.opt.K && (k == 1 || p.open(false)); k++ {
		for ; d < k; d++ {
			if err := p.level(d); err != nil {
				return err
			}
		}
		if err := p.induction(k); err != nil {
			return err
		}
	}
	for ; d <= p.opt.Depth && p.open(true); d++ {
		if err := p.level(d); err != nil {
			return err
		}
	}
	return nil
}

// open tells whether a claim is undecided; runs says that those about reachable states count.
func (p *prover) open(runs bool) bool {
	for i, f := range p.report.Findings {
		if f.Verdict == Open && (runs || p.claims[i].kind != reachable) {
			return true
		}
	}
	return false
}

// ask decides whether some literals can all be true. Sim is the circuits for an assignment that makes them so.
func (p *prover) ask(name string, k int, ls ...lit) (o *Obligation, sim []uint64, err error) {
	root := p.m.g.all(ls...)
	if o, ok := p.asked[root]; ok && o.Why == "" && (!o.Holds || o.Proof != nil || p.opt.Proved == nil) {
		again := *o
		again.Name, again.K = name, k
		if !o.Holds {
			sim = p.m.g.simulate(p.models[root]) // there are more nodes by now
		}
		return &again, sim, nil
	}
	if n := len(p.m.g.cone(root)); n > p.most.nodes {
		return &Obligation{Name: name, K: k, Why: fmt.Sprintf("its formula depends on %d nodes, more than %d", n, p.most.nodes)}, nil, nil
	}
	f, vars := p.m.g.clauses(p.m.g.conjuncts(root)...)
	o = &Obligation{Name: name, K: k, Vars: f.Vars, Clauses: len(f.Clauses)}
	a, err := decide(p.ctx, f, p.most)
	switch {
	case errors.As(err, new(*givenUpError)):
		o.Why = err.Error()
		return o, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	o.Learned = a.learned
	if o.Holds = a.proof != nil; o.Holds {
		o.Steps = len(a.proof.Steps)
		if p.opt.Proved != nil {
			o.Formula, o.Proof = f, a.proof
		}
	} else {
		inputs := make([]uint64, len(p.m.g.inputs))
		for n, v := range vars {
			if x := p.m.g.nodes[n]; x.a == isInput && n > 0 && a.model[v] {
				inputs[x.b] = 1
			}
		}
		sim = p.m.g.simulate(inputs)
		if !at(sim, root, 0) {
			return nil, nil, fmt.Errorf("%s: the solver's model is none of the circuit", name)
		}
		p.models[root] = inputs
	}
	p.asked[root] = o
	return o, sim, nil
}

// keep notes an obligation that counts.
func (p *prover) keep(os ...*Obligation) error {
	for _, o := range os {
		p.report.Obligations = append(p.report.Obligations, o)
		if o.Holds && p.opt.Proved != nil {
			if err := p.opt.Proved(o); err != nil {
				return err
			}
		}
	}
	for _, o := range os {
		o.Formula, o.Proof = nil, nil
	}
	for _, o := range p.asked {
		o.Formula, o.Proof = nil, nil
	}
	return nil
}

// level looks for violations in runs of d steps: in the last state, and by the last step or instead of it.
func (p *prover) level(d int) error {
	for _, i := range p.byLevel() {
		c, f := &p.claims[i], &p.report.Findings[i]
		if f.Verdict != Open || p.stuck[i] {
			continue
		}
		var name string
		var n int
		var ls []lit
		if err := p.tried(func() { name, n, ls = p.violation(c, d) }); err != nil {
			f.Why, p.stuck[i] = err.Error(), true
			continue
		}
		if ls == nil {
			continue
		}
		o, sim, err := p.ask(name, 0, ls...)
		if err != nil {
			return err
		}
		switch {
		case o.Holds && c.kind == reachable:
			continue
		case o.Why != "":
			f.Why, p.stuck[i] = o.Name+": "+o.Why, true
		case !o.Holds:
			if o.Counter, err = p.confirm(c, p.states(p.bound, n, sim), true); err != nil {
				return fmt.Errorf("%s: %w", o.Name, err)
			}
			f.Verdict, f.Counter, f.Why = Refuted, o.Counter, ""
			if c.kind == reachable {
				f.Verdict = Holds
			}
		}
		if err := p.keep(o); err != nil {
			return err
		}
	}
	return nil
}

// byLevel lists the claims, that no evaluation faults first: what it finds explains others.
func (p *prover) byLevel() []int {
	var first, rest []int
	for i, c := range p.claims {
		if c.kind == faultFree {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// violation is that a run of d steps violates a claim, which it does in state n, or in the step to it; nil where there is nothing to ask.
func (p *prover) violation(c *claim, d int) (name string, n int, ls []lit) {
	u := p.bound
	switch {
	case c.kind == ofStates:
		return after(c, d), d, append(u.run(d), u.good(c, d).not())
	case c.kind == reachable && p.opt.Depth > 0:
		return after(c, d), d, append(u.run(d), u.good(c, d))
	case c.kind == faultFree && d == 0:
		return c.property.Name + " at the start", -1, []lit{u.begin.fault}
	case d == 0 || len(p.m.p.Actions) == 0:
		return "", 0, nil
	case c.kind == ofSteps:
		return fmt.Sprintf("%s in step %d", c.property.Name, d), d, append(u.run(d), u.goodStep(c, d-1).not())
	case c.kind == faultFree:
		faults := []lit{u.stray(p.claims, nil, d-1)}
		for _, a := range u.from(d - 1).acts {
			faults = append(faults, a.fault)
		}
		return after(c, d-1), d - 1, append(u.run(d-1), p.m.g.any(faults...))
	case c.kind == deadlock:
		return after(c, d-1), d - 1,
			append(u.run(d-1), p.m.terminal(u.state(d-1)).not(), p.enabled(u, d-1).not())
	}
	return "", 0, nil
}

func after(c *claim, steps int) string {
	if steps == 1 {
		return c.property.Name + " after 1 step"
	}
	return fmt.Sprintf("%s after %d steps", c.property.Name, steps)
}

// enabled is where some action is enabled in state j, found within a part of the nodes that are left.
func (p *prover) enabled(u *unrolled, j int) lit {
	g := p.m.g
	limit := g.limit
	g.limit = len(g.nodes) + (limit-len(g.nodes))/2
	defer func() { g.limit = limit }()
	return u.enabled(j)
}

// tried does what may turn out too large for one claim alone.
func (p *prover) tried(f func()) error { return p.m.try(f) }

// induction proves what it can by induction of one k.
func (p *prover) induction(k int) error {
	with := map[int]bool{} // the claims that earlier states and steps are taken to have
	for i, c := range p.claims {
		v := p.report.Findings[i].Verdict
		with[i] = (c.kind == ofStates || c.kind == ofSteps && k > 1) && (v == Holds || v == Open && !p.stuck[i])
	}
	kept := map[int][]*Obligation{}
	// A claim that is not kept is one that others may not rest on: the greatest set of claims that keep each other is left.
	for again := true; again; {
		again = false
		for i := range p.claims {
			if !with[i] || p.report.Findings[i].Verdict != Open {
				continue
			}
			ok := false
			var err error
			if kept[i], ok, err = p.keeps(i, k, with); err != nil {
				return err
			}
			if !ok {
				with[i], again = false, true
			}
		}
	}
	for i := range p.claims {
		if f := &p.report.Findings[i]; with[i] && f.Verdict == Open {
			f.proved(k)
		}
	}
	for _, of := range [3]kind{ofSteps, faultFree, deadlock} { // the later ones rest on the earlier
		for i, c := range p.claims {
			f := &p.report.Findings[i]
			if c.kind != of || f.Verdict != Open || p.stuck[i] || kept[i] != nil {
				continue
			}
			var ok bool
			var err error
			if kept[i], ok, err = p.keeps(i, k, with); err != nil {
				return err
			}
			if ok {
				f.proved(k)
			}
		}
	}
	var all []*Obligation
	for i := range p.claims {
		all = append(all, kept[i]...)
	}
	return p.keep(all...)
}

func (f *Finding) proved(k int) { f.Verdict, f.K, f.Why, f.Failed, f.Counter = Holds, k, "", "", nil }

// hypothesis is a run of k states, from any, in which some claims are true of all states, and of all steps between them.
func (p *prover) hypothesis(k int, with map[int]bool) []lit {
	u := p.free
	out := u.run(k - 1)
	for i := range p.claims {
		c := &p.claims[i]
		for j := range k {
			switch {
			case with[i] && c.kind == ofStates:
				out = append(out, u.good(c, j))
			case with[i] && c.kind == ofSteps && j < k-1:
				out = append(out, u.goodStep(c, j))
			}
		}
	}
	if p.opt.Distinct {
		out = append(out, u.distinct(k))
	}
	return out
}

// question is the negation of an obligation: that all of some literals are true.
type question struct {
	name string
	ls   []lit
	next []value // the state after the run, where there is one
}

// keeps asks whether what follows a run of k states has a claim. It gives the obligations up to the first that does not hold.
func (p *prover) keeps(i, k int, with map[int]bool) (os []*Obligation, ok bool, err error) {
	f := &p.report.Findings[i]
	var qs []question
	if err := p.tried(func() { qs = p.questions(i, k, with) }); err != nil {
		f.Why = err.Error()
		return nil, false, nil
	}
	for _, q := range qs {
		o, sim, err := p.ask(q.name, k, q.ls...)
		if err != nil {
			return nil, false, err
		}
		os = append(os, o)
		if o.Holds {
			continue
		}
		if f.Failed, f.Why = o.Name, o.Name+": "+o.Why; o.Why == "" {
			states := p.states(p.free, k-1, sim)
			if q.next != nil {
				states = append(states, p.m.literals(q.next, sim, 0))
			}
			if o.Counter, err = p.confirm(&p.claims[i], states, false); err != nil {
				return nil, false, fmt.Errorf("%s: %w", o.Name, err)
			}
			f.Counter, f.Why = o.Counter, fmt.Sprintf("not by %s", induction(k))
		}
		return os, false, nil
	}
	return os, true, nil
}

func induction(k int) string {
	if k == 1 {
		return "induction"
	}
	return fmt.Sprintf("induction over %d states", k)
}

func (p *prover) questions(i, k int, with map[int]bool) []question {
	u, c := p.free, &p.claims[i]
	before := p.hypothesis(k, with)
	ask := func(name string, next []value, more ...lit) question {
		return question{name, append(slices.Clone(before), more...), next}
	}
	var out []question
	last := u.from(k - 1)
	for a := range last.acts {
		act, name := &last.acts[a], p.m.p.Actions[a].Name
		switch c.kind {
		case ofStates:
			p.m.work = workLimit
			out = append(out, ask(name+" keeps "+c.property.Name, act.next, act.live, p.m.good(*c, act.next).not()))
		case ofSteps:
			if c.property.Kind == model.Step || int(c.property.Action) == a {
				out = append(out, ask(name+" has "+c.property.Name, act.next, act.live, u.goodBy(c, k-1, a).not()))
			}
		case faultFree:
			out = append(out, ask(name+" has no "+c.property.Name, nil, act.fault))
		}
	}
	switch c.kind {
	case faultFree:
		known := map[int]bool{}
		for j, f := range p.report.Findings {
			known[j] = f.Verdict == Holds && (p.claims[j].kind == ofStates || p.claims[j].kind == ofSteps)
		}
		out = append(out, ask("no property has a "+c.property.Name, nil, u.stray(p.claims, known, k-1)))
	case deadlock:
		out = append(out, ask("no "+c.property.Name, nil, p.m.terminal(u.state(k-1)).not(), p.enabled(u, k-1).not()))
	}
	return out
}

// states is states 0 to n of a run in a simulation.
func (p *prover) states(u *unrolled, n int, sim []uint64) [][]*ir.Expr {
	var out [][]*ir.Expr
	for j := range n + 1 {
		out = append(out, p.m.literals(u.state(j), sim, 0))
	}
	return out
}
