package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/proofs/sat"
	"github.com/bulkheadlang/bulkhead/spec"
)

// satFlags are those of prove --sat.
type satFlags struct {
	Lemma     []string      `placeholder:"EXPR" sep:"none" help:"With --sat: one more invariant, to be proved with those of the model, so that these may rest on it. May stand several times."`
	Distinct  bool          `help:"With --sat: these states differ from each other."`
	Depth     int           `placeholder:"N" help:"With --sat: look for violations, and for what is claimed to be reachable, in all runs of up to N steps."`
	Conflicts int           `placeholder:"N" help:"With --sat: give an obligation up after the solver has learned so many clauses (2^20)."`
	Nodes     int           `placeholder:"N" help:"With --sat: refuse a model whose circuits have more nodes (2^22)."`
	CNF       string        `name:"cnf" placeholder:"DIR" help:"With --sat: write each obligation that is proved (.cnf) and its proof (.lrat) to this folder."`
	Timeout   time.Duration `placeholder:"D" help:"With --sat: stop after this time, such as 90s or 1h; 0 is no limit."`
}

// Validate refuses numbers without meaning.
func (f *satFlags) Validate() error {
	switch {
	case f.Depth < 0:
		return fmt.Errorf("got --depth %d, want at least 0", f.Depth)
	case f.Conflicts < 0 || f.Nodes < 0:
		return errors.New("got a negative number for --conflicts or --nodes, want a limit")
	case f.Timeout < 0:
		return fmt.Errorf("got --timeout %s, want more than 0", f.Timeout)
	}
	return nil
}

// sat proves what it can by induction, and says for each obligation what it took.
func (c *proveCommand) sat(ctx context.Context, t *terminal) (*report.Proof, status, error) {
	ctx, cancel := timed(ctx, c.Timeout)
	defer cancel()
	host, name, err := open(t, c.File)
	if err != nil {
		return nil, wrong, err
	}
	more := ""
	for i, e := range c.Lemma {
		more += fmt.Sprintf("\ninvariant Lemma%d { %s }", i+1, e)
	}
	program, err := spec.LoadWith(longer{host, name, more}, name, spec.Options{Config: c.Config, Define: c.Define})
	if err != nil {
		return nil, wrong, readable(name, err)
	}
	plain, err := program.Plain()
	if err != nil {
		return nil, wrong, err
	}
	info := program.Info()
	proof := report.NewProof(info, bySat)
	at, ok := plain.(sat.Plain)
	if !ok {
		panic("the plain interpreter makes no states of values")
	}
	opt := sat.Options{K: c.K, Distinct: c.Distinct, Depth: c.Depth, Conflicts: c.Conflicts, Nodes: c.Nodes}
	for _, dir := range []string{c.CNF, c.Coq} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, wrong, readable(dir, err)
		}
	}
	var texts []coq.File
	opt.Proved = func(o *sat.Obligation) error {
		if c.Coq != "" {
			text, err := theorem(o)
			if err != nil {
				return err
			}
			texts = append(texts, coq.File{Name: fmt.Sprintf("Obligation%d.v", len(texts)+1), Text: text})
		}
		return c.write(o)
	}
	r, err := sat.Prove(ctx, program.IR(), at, opt)
	if refused := (*sat.RefusedError)(nil); errors.As(err, &refused) {
		return proof, undecided, fmt.Errorf("%w; nothing is proved of %s", refused, info.Name)
	}
	if err != nil {
		return nil, wrong, err
	}
	why := ""
	if r.Ended != nil {
		why = ended(ctx)
	}
	circuitsOf(proof, r)
	proof.Reason = why
	if !c.JSON {
		printSat(t.stdout, info, r, why, report.Style{Color: colorful(t.stdout), Width: min(columns(t.stdout), 120)})
	}
	if c.Coq != "" {
		proof.Coq = &report.Development{Dir: c.Coq, Theorems: len(texts), Axioms: []string{}}
		if proof.Coq.Checked, err = c.theorems(ctx, t, texts); err != nil {
			return proof, undecided, err
		}
	}
	return proof, satStatus(r), nil
}

// theorem is the text for Coq that says that the formula of an obligation has no model, with the solver's proof.
func theorem(o *sat.Obligation) (string, error) {
	steps := make([]coq.LRUPStep, len(o.Proof.Steps))
	for i, s := range o.Proof.Steps {
		steps[i] = coq.LRUPStep{ID: s.ID, Clause: s.Clause, Hints: s.Hints}
	}
	b := &strings.Builder{}
	fmt.Fprintf(b, "(** %s *)\n\n", strings.ReplaceAll(o.Name, "*)", "* )"))
	err := coq.WriteLRUP(b, o.Formula.Clauses, steps)
	return b.String(), err
}

// theorems writes what Coq is to check, and has it checked where that is asked for; checked tells whether it was.
func (c *proveCommand) theorems(ctx context.Context, t *terminal, texts []coq.File) (checked bool, err error) {
	project := "-Q . Bulkhead\nLrup.v\n"
	for _, f := range texts {
		project += f.Name + "\n"
	}
	for _, f := range append([]coq.File{{Name: "Lrup.v", Text: coq.Theory("Lrup")}, {Name: "_CoqProject", Text: project}}, texts...) {
		if err := os.WriteFile(filepath.Join(c.Coq, f.Name), []byte(f.Text), 0o666); err != nil {
			return false, unwritten(filepath.Join(c.Coq, f.Name), err)
		}
	}
	c.say(t, "%s: %s, and the checker, which is proved, in Lrup.v", c.Coq, report.Count(int64(len(texts)), "formula"))
	if !c.Run {
		c.say(t, "not compiled: coqc -Q . Bulkhead of each file in the order of _CoqProject, or --run")
		return false, nil
	}
	for _, f := range append([]coq.File{{Name: "Lrup.v"}}, texts...) {
		if _, err := coqc(ctx, c.Coq, f.Name); err != nil {
			return false, err
		}
	}
	c.say(t, "Coq accepts all of them")
	return true, nil
}

// write writes an obligation and its proof.
func (c *proveCommand) write(o *sat.Obligation) error {
	if c.CNF == "" {
		return nil
	}
	name := strings.Map(func(r rune) rune {
		if r == ' ' || r == os.PathSeparator {
			return '_'
		}
		return r
	}, o.Name)
	if o.K > 0 {
		name += fmt.Sprintf("_k%d", o.K)
	}
	file := func(ending string, write func(io.Writer) error) error {
		out, err := os.Create(filepath.Join(c.CNF, name+ending))
		if err != nil {
			return err
		}
		return errors.Join(write(out), out.Close())
	}
	return errors.Join(file(".cnf", o.Formula.Write), file(".lrat", o.Proof.Write))
}

func satStatus(r *sat.Report) status {
	code := holds
	for _, f := range r.Findings {
		switch f.Verdict {
		case sat.Refuted:
			code = worst(code, violated)
		case sat.Open:
			code = worst(code, undecided)
		}
	}
	return code
}

// printSat says what became of each property and each obligation, shows what was found, and why it ended early, if it did.
func printSat(w io.Writer, info *model.Info, r *sat.Report, why string, style report.Style) {
	fmt.Fprint(w, report.Heading(info, info.File))
	fmt.Fprintf(w, "%s in circuits of %s\n\n", report.Count(int64(len(r.Obligations)), "obligation"), report.Count(int64(r.Nodes), "node"))
	kinds, names := 0, 0
	for _, p := range info.Properties {
		kinds, names = max(kinds, len(p.Kind)), max(names, len(p.Name))
	}
	counts := map[sat.Verdict]int{}
	for _, f := range r.Findings {
		counts[f.Verdict]++
		fmt.Fprintf(w, "%-*s  %-*s  %s\n", kinds, f.Property.Kind, names, f.Property.Name, verdictOf(f))
	}
	fmt.Fprintln(w)
	obligations(w, r)
	for _, f := range r.Findings {
		if f.Counter != nil {
			shown(w, f, style)
		}
	}
	if why != "" {
		fmt.Fprintf(w, "%s\n", why)
	}
	fmt.Fprintf(w, "proved %d, refuted %d, undecided %d, not spoken of %d\n",
		counts[sat.Holds], counts[sat.Refuted], counts[sat.Open], counts[sat.Unspoken])
}

func verdictOf(f sat.Finding) string {
	switch {
	case f.Verdict == sat.Holds && f.Property.Kind == model.Reachable:
		return "shown by a run of " + report.Count(int64(len(f.Counter.Trace.Steps)-1), "step")
	case f.Verdict == sat.Holds && f.K == 1:
		return "proved by induction"
	case f.Verdict == sat.Holds:
		return fmt.Sprintf("proved by induction over %d states", f.K)
	case f.Why != "":
		return string(f.Verdict) + ": " + f.Why
	}
	return string(f.Verdict)
}

// obligations lists them with what each took.
func obligations(w io.Writer, r *sat.Report) {
	width := len("obligation")
	for _, o := range r.Obligations {
		width = max(width, len(o.Name))
	}
	fmt.Fprintf(w, "%-*s  %9s %9s %9s %9s\n", width, "obligation", "variables", "clauses", "learned", "steps")
	for _, o := range r.Obligations {
		steps := "-"
		verdict := "  does not hold"
		switch {
		case o.Holds:
			steps, verdict = report.Number(int64(o.Steps)), ""
		case o.Why != "":
			verdict = "  undecided: " + o.Why
		}
		k := ""
		if o.K > 1 {
			k = fmt.Sprintf("  over %d states", o.K)
		}
		fmt.Fprintf(w, "%-*s  %9s %9s %9s %9s%s%s\n", width, o.Name, report.Number(int64(o.Vars)),
			report.Number(int64(o.Clauses)), report.Number(int64(o.Learned)), steps, k, verdict)
	}
	fmt.Fprintln(w)
}

// shown shows the run that decides a property, or that induction fails on.
func shown(w io.Writer, f sat.Finding, style report.Style) {
	switch f.Verdict {
	case sat.Open:
		fmt.Fprintf(w, "%s: a counterexample to induction, which need not be reachable (%s)\n", f.Property.Name, f.Failed)
	case sat.Holds:
		fmt.Fprintf(w, "%s: a run that shows it\n", f.Property.Name)
	default:
		fmt.Fprintf(w, "%s: violated by a run\n", f.Property.Name)
	}
	var why []report.Part
	for _, p := range f.Counter.Why {
		why = append(why, report.Part{Text: p.Text, Value: p.Value, Depth: p.Depth})
	}
	report.WriteTrace(w, f.Counter.Trace, why, style)
	if f.Counter.Fault != nil {
		fmt.Fprintf(w, "  %v\n", f.Counter.Fault)
	}
	fmt.Fprintln(w)
}
