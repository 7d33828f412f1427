package inductive

import (
	"context"
	"errors"
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

// Report is what was proved.
type Report struct {
	Open    []string // the constants for all of whose values it is proved
	Closed  []Left   // those that have a value, and why
	Silent  []string // the properties that obligations say nothing of
	Results []Result
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
	Load    func(constants map[string]int64) (*ir.Program, Instance, error)
}

// Prove makes the obligations of a program and has them decided. The error is an *Unsupported where the program has what this
// route does not; other errors say that solvers contradict each other or an interpreter.
func Prove(ctx context.Context, prog *ir.Program, inst Instance, opt Options) (report *Report, err error) {
	defer caught(&err)
	if opt.Limit == 0 {
		opt.Limit = 10 * time.Second
	}
	s := newSystem(prog, opt.Open, nil)
	report = &Report{Open: opt.Open, Silent: silent(prog)}
	for _, o := range s.obligations() {
		res, err := s.decide(ctx, o, inst, &opt)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name(prog), err)
		}
		report.Results = append(report.Results, *res)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return report, nil
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

// decide asks the solvers.
func (s *system) decide(ctx context.Context, o *Obligation, inst Instance, opt *Options) (*Result, error) {
	res := &Result{Name: o.Name(s.prog), Kind: o.Kind}
	if o.Goal.Op == True || slices.Contains(o.Assume, o.Goal) {
		return res, nil
	}
	facts := append(slices.Clone(o.Assume), s.pool.not(o.Goal))
	var wanted []*Term
	for i, v := range s.prog.Vars {
		wanted = s.leaves(v.Type, s.vars[i], wanted)
	}
	res.Query = query(s.prog.Name+", "+res.Name, facts, wanted)
	var unsat, sat []string
	var values map[*Term]int64
	for _, sv := range opt.Solvers {
		a, got, err := sv.values(ctx, opt.Limit, res.Query, wanted)
		if err != nil {
			return nil, err
		}
		switch a {
		case Unsat:
			unsat = append(unsat, sv.Name)
		case Sat:
			sat = append(sat, sv.Name)
			values = got
		}
	}
	switch {
	case len(sat) > 0 && len(unsat) > 0:
		return nil, fmt.Errorf("%s says that it follows, %s that it does not: one of them is wrong", strings.Join(unsat, ", "), strings.Join(sat, ", "))
	case len(unsat) > 0:
		res.By = unsat
	case len(sat) > 0:
		res.Verdict, res.By = Refuted, sat
		cex, err := s.show(inst, o, values)
		if err != nil {
			return nil, fmt.Errorf("%s found a state that breaks it, which the interpreter does not confirm: %w", strings.Join(sat, ", "), err)
		}
		res.Cex = cex
	default:
		res.Verdict = Undecided
		res.Why = "no solver decided it within " + opt.Limit.String()
		if len(opt.Solvers) == 0 {
			res.Why = "no solver is installed"
		}
	}
	return res, nil
}

// values asks a solver, and gives the values of the wanted terms by term.
func (sv Solver) values(ctx context.Context, limit time.Duration, text string, wanted []*Term) (Answer, map[*Term]int64, error) {
	var names []string
	w := &script{names: map[*Term]string{}, uses: map[*Term]int{}}
	for _, t := range wanted {
		names = append(names, w.text(t))
	}
	a, got, err := sv.ask(ctx, limit, text, names)
	if err != nil || a != Sat {
		return a, nil, err
	}
	out := map[*Term]int64{}
	for i, t := range wanted {
		out[t] = got[names[i]]
	}
	return a, out, nil
}

// show makes a counterexample of what a solver found.
func (s *system) show(inst Instance, o *Obligation, values map[*Term]int64) (*Counterexample, error) {
	var state model.State
	if o.Action >= 0 {
		a := &assignment{s.pool, values}
		var exprs []*ir.Expr
		for i, v := range s.prog.Vars {
			exprs = append(exprs, s.written(v.Type, s.vars[i], a))
		}
		var f *model.Fault
		if state, f = inst.State(exprs); f != nil {
			return nil, errors.New(f.Message)
		}
	}
	return confirm(inst, s.prog, o, state)
}
