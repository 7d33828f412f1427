package inductive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// Verdict is what became of an obligation.
type Verdict uint8

// The verdicts.
const (
	Proved Verdict = iota
	Refuted
	Undecided
)

// Result is an obligation and what became of it.
type Result struct {
	Name    string
	Kind    Kind
	Verdict Verdict
	By      []string        // the solvers that say so; none where the action does not touch what is claimed
	Why     string          // of an undecided one
	Cex     *Counterexample // of a refuted one
	Query   string          // as SMT-LIB 2, or ""
}

// Plain tells whether nobody needed to be asked.
func (r *Result) Plain() bool { return r.Verdict == Proved && len(r.By) == 0 }

// Report is what was proved.
type Report struct {
	Open    []string // the constants for all of whose values it is proved
	Closed  []Left   // those that have a value, and why
	Silent  []string // the properties that obligations say nothing of
	Results []Result
	Left    int // obligations that nobody asked for
}

// Left is a constant that could not be left open.
type Left struct{ Name, Why string }

// Verdict is that of all obligations: refuted where one is, else undecided where one is.
func (r *Report) Verdict() Verdict {
	out := Proved
	for _, x := range r.Results {
		switch {
		case x.Verdict == Refuted:
			return Refuted
		case x.Verdict == Undecided:
			out = Undecided
		}
	}
	return out
}

// Options say how to prove. Loader gives the model under other values of the open constants, to show counterexamples of.
type Options struct {
	Solvers []Solver
	Limit   time.Duration // for each question; 0 is ten seconds
	Open    []string      // these constants, whatever the model does with them
	All     bool          // and all others that can be open
	Only    string        // what the name of an obligation must begin with, or ""
	K       int           // induction over so many steps; 0 is 1
	Load    func(constants map[string]int64) (*ir.Program, Instance, error)
}

// MaxK is the most steps that induction goes over.
const MaxK = 5

// Prove makes the obligations of a program and has them decided. The error is an *Unsupported where the program has what this
// route does not; other errors say that solvers contradict each other or an interpreter.
func Prove(ctx context.Context, prog *ir.Program, inst Instance, opt Options) (report *Report, err error) {
	defer caught(&err)
	if opt.Limit == 0 {
		opt.Limit = 10 * time.Second
	}
	if opt.K == 0 {
		opt.K = 1
	}
	if opt.K < 0 || opt.K > MaxK {
		return nil, fmt.Errorf("got induction over %d steps, want 1 to %d", opt.K, MaxK)
	}
	report = &Report{Silent: silent(prog)}
	if report.Open, report.Closed, err = openable(prog, &opt); err != nil {
		return nil, err
	}
	s := newSystem(prog, report.Open, nil)
	var shown []*Term // of the same action: what follows may rest on it
	for i, o := range s.obligations(opt.K) {
		if i > 0 && o.Kind == Sound {
			shown = nil
		}
		if !strings.HasPrefix(o.Name(prog), opt.Only) {
			report.Left++
			continue
		}
		res, err := s.decide(ctx, i, o, shown, inst, &opt)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name(prog), err)
		}
		report.Results = append(report.Results, *res)
		if res.Verdict == Proved && o.Goal.Op != True {
			shown = append(shown, o.Goal)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if len(report.Results) == 0 {
		return nil, fmt.Errorf("no obligation has a name that begins with %q", opt.Only)
	}
	return report, nil
}

// openable gives the constants that are left open: those that were asked for, all of which must be able to be, and with All those that can
// be together, in order; of the others, why not.
func openable(prog *ir.Program, opt *Options) (open []string, closed []Left, err error) {
	for _, name := range opt.Open {
		i := slices.IndexFunc(prog.Consts, func(k ir.ConstValue) bool { return k.Name == name })
		switch {
		case i < 0:
			return nil, nil, fmt.Errorf("got unknown constant %s to leave open", name)
		case slices.Contains(open, name):
			return nil, nil, fmt.Errorf("constant %s is to be left open twice", name)
		case prog.Consts[i].Def == nil || !prog.Consts[i].Value.Type.IsInt():
			return nil, nil, fmt.Errorf("constant %s cannot be left open: it is not an integer", name)
		}
		open = append(open, name)
	}
	if len(open) > 0 {
		if err := makes(prog, open); err != nil {
			return nil, nil, err
		}
	}
	if !opt.All {
		return open, nil, nil
	}
	for _, k := range prog.Consts {
		if slices.Contains(open, k.Name) || k.Def == nil || !k.Value.Type.IsInt() || derived(k) {
			continue
		}
		if err := makes(prog, append(open[:len(open):len(open)], k.Name)); err != nil {
			closed = append(closed, Left{k.Name, err.Error()})
			continue
		}
		open = append(open, k.Name)
	}
	return open, closed, nil
}

// derived tells whether a constant is computed of others.
func derived(k ir.ConstValue) bool {
	any := false
	visitConsts(k.Def, func(string) { any = true })
	return any
}

// makes tells whether obligations can be made with some constants open.
func makes(prog *ir.Program, open []string) (err error) {
	defer caught(&err)
	newSystem(prog, open, nil).obligations(1)
	return nil
}

// caught turns the panic of what is not supported into an error.
func caught(err *error) {
	if r := recover(); r != nil {
		u, ok := r.(*Unsupported)
		if !ok {
			panic(r)
		}
		*err = u
	}
}

func silent(prog *ir.Program) []string {
	var out []string
	for _, q := range prog.Props {
		if !Speaks(q.Kind) {
			out = append(out, q.Name)
		}
	}
	return append(out, string(model.Deadlock))
}

// decide asks the solvers for obligation number i. Where it does not follow alone, it may from what was shown of the same step.
func (s *system) decide(ctx context.Context, i int, o *Obligation, shown []*Term, inst Instance, opt *Options) (*Result, error) {
	res := &Result{Name: o.Name(s.prog), Kind: o.Kind}
	if o.Goal.Op == True || slices.Contains(o.Assume, o.Goal) || slices.ContainsFunc(o.Assume, func(t *Term) bool { return t.Op == False }) {
		return res, nil
	}
	if s.isOpen() {
		for effort := range 3 { // from what is known alone, else with lemmas about sums, else with what was shown of the same step, too
			known := append(slices.Clone(o.Assume), s.pool.not(o.Goal))
			if effort == 2 {
				if len(shown) == 0 {
					break
				}
				known = append(known, shown...)
			}
			facts, err := s.ground(ctx, known, effort > 0, opt)
			if err != nil {
				return nil, err
			}
			res.Query = query(s.prog.Name+", "+res.Name, facts, nil)
			if res.By, _, _, err = consult(ctx, opt, res.Query, nil); err != nil || len(res.By) > 0 {
				return res, err
			}
		}
		return res, s.search(ctx, i, res, opt)
	}
	wanted := s.parts()
	res.Query = query(s.prog.Name+", "+res.Name, append(slices.Clone(o.Assume), s.pool.not(o.Goal)), wanted)
	unsat, sat, values, err := consult(ctx, opt, res.Query, smtTexts(wanted))
	if err != nil {
		return nil, err
	}
	switch {
	case len(unsat) > 0:
		res.By = unsat
	case len(sat) > 0:
		res.Verdict, res.By = Refuted, sat
		if res.Cex, err = s.show(inst, o, values); err != nil {
			return nil, fmt.Errorf("%s found a state that breaks it, which the interpreter does not confirm: %w", strings.Join(sat, ", "), err)
		}
	default:
		res.Verdict = Undecided
		res.Why = undecided(opt)
	}
	return res, nil
}

// ground gives facts without binders that contradict each other only if these do.
func (s *system) ground(ctx context.Context, facts []*Term, lemmas bool, opt *Options) ([]*Term, error) {
	pr := s.problem(facts)
	pr.apply(3)
	if lemmas && len(opt.Solvers) > 0 {
		if err := pr.use(ctx, opt.Solvers[0], opt.Limit); err != nil {
			return nil, err
		}
	}
	pr.apply(2)
	return pr.facts, nil
}

func undecided(opt *Options) string {
	if len(opt.Solvers) == 0 {
		return "no solver is installed"
	}
	return "no solver decided it within " + opt.Limit.String()
}

// parts are the terms that a state is made of.
func (s *system) parts() []*Term {
	var out []*Term
	for i, v := range s.prog.Vars {
		out = s.leaves(v.Type, s.vars[i], out)
	}
	return out
}

// consult asks all solvers. They must not contradict each other.
func consult(ctx context.Context, opt *Options, text string, wanted []string) (unsat, sat []string, values map[string]int64, err error) {
	for _, sv := range opt.Solvers {
		a, got, err := sv.ask(ctx, opt.Limit, text, wanted)
		if err != nil {
			return nil, nil, nil, err
		}
		switch a {
		case Unsat:
			unsat = append(unsat, sv.Name)
		case Sat:
			sat = append(sat, sv.Name)
			values = got
		}
	}
	if len(sat) > 0 && len(unsat) > 0 {
		return nil, nil, nil, fmt.Errorf("%s says that it follows, %s that it does not: one of them is wrong", strings.Join(unsat, ", "), strings.Join(sat, ", "))
	}
	return unsat, sat, values, nil
}

// search looks for a counterexample to an obligation that was not proved for all values: the constants that say how many there are of
// something get small values, the others those that a solver finds.
func (s *system) search(ctx context.Context, i int, res *Result, opt *Options) error {
	res.Verdict = Undecided
	res.Why = "it is not proved for all values, nor is there a counterexample among small ones"
	if len(opt.Solvers) == 0 || opt.Load == nil {
		res.Why = undecided(opt)
		return nil
	}
	for _, near := range []int64{4, maxConstant} { // small constants first: they read better, and the model admits them
		for _, sizes := range s.sizes() {
			found, err := s.searchIn(ctx, i, res, opt, sizes, near)
			if err != nil || found {
				return err
			}
		}
	}
	return nil
}

// searchIn looks under given sizes, with the other constants no further from 0 than near.
func (s *system) searchIn(ctx context.Context, i int, res *Result, opt *Options, sizes map[string]int64, near int64) (bool, error) {
	small, err := smaller(s.prog, s.open, sizes)
	if err != nil {
		return false, err
	}
	o := small.obligations(opt.K)[i]
	p := small.pool
	facts := append(slices.Clone(o.Assume), p.not(o.Goal))
	var free []*Term
	for _, name := range s.open {
		if v := small.value[name]; v.Op == Var {
			free = append(free, v)
			facts = append(facts, p.within(p.num(-near), v, p.num(near)))
		}
	}
	wanted := append(small.parts(), free...)
	_, sat, values, err := consult(ctx, opt, query(s.prog.Name+", "+res.Name, facts, wanted), smtTexts(wanted))
	if err != nil || len(sat) == 0 {
		return false, err
	}
	constants := copied(sizes)
	for _, v := range free {
		constants[v.Name] = values[smtText(v)]
	}
	prog, inst, err := opt.Load(constants)
	if err != nil {
		res.Why = "a counterexample was found, but the model does not admit its constants: " + err.Error()
		return false, nil
	}
	cex, err := newSystem(prog, nil, nil).show(inst, o, values)
	if err != nil {
		res.Why = "a counterexample was found that the interpreter does not confirm: " + err.Error()
		return false, nil
	}
	res.Verdict, res.By, res.Cex, res.Why = Refuted, sat, cex, ""
	return true, nil
}

// smaller is the system with values for some of its open constants.
func smaller(prog *ir.Program, open []string, sizes map[string]int64) (s *system, err error) {
	defer caught(&err)
	return newSystem(prog, open, sizes), nil
}

// sizes lists small values of the open constants on which it depends how many there are of something.
func (s *system) sizes() []map[string]int64 {
	names := map[string]bool{}
	seen := map[*Term]bool{}
	var walk func(t *Term, inside bool)
	walk = func(t *Term, inside bool) {
		if inside && t.Op == Var && slices.Contains(s.open, t.Name) {
			names[t.Name] = true
		}
		if seen[t] && !inside {
			return
		}
		seen[t] = true
		for i, a := range t.Args {
			walk(a, inside || (t.Op == Forall || t.Op == Sum) && i < 2)
		}
	}
	for _, t := range s.pool.table {
		walk(t, false)
	}
	out := []map[string]int64{{}}
	for _, name := range s.open {
		if !names[name] {
			continue
		}
		var next []map[string]int64
		for _, m := range out {
			for _, n := range []int64{2, 1, 3} {
				with := copied(m)
				with[name] = n
				next = append(next, with)
			}
		}
		if out = next; len(out) > 27 {
			out = out[:27]
		}
	}
	return out
}

// smtText is a small term as solvers read it.
func smtText(t *Term) string {
	return (&script{names: map[*Term]string{}, uses: map[*Term]int{}}).text(t)
}

func smtTexts(ts []*Term) []string {
	var out []string
	for _, t := range ts {
		out = append(out, smtText(t))
	}
	return out
}

// show makes a counterexample of what a solver found.
func (s *system) show(inst Instance, o *Obligation, values map[string]int64) (*Counterexample, error) {
	var state model.State
	if !o.Begins {
		a := &assignment{s.pool, values}
		var exprs []*ir.Expr
		for i, v := range s.prog.Vars {
			exprs = append(exprs, s.written(v.Type, s.vars[i], a))
		}
		var err error
		if state, err = inst.StateOf(exprs); err != nil {
			return nil, err
		}
	}
	return confirm(inst, s.prog, o, state)
}
