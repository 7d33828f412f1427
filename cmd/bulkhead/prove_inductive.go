package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/proofs/inductive"
	"github.com/bulkheadlang/bulkhead/spec"
	"github.com/bulkheadlang/bulkhead/spec/ir"
)

// inductiveFlags say how to prove by induction.
type inductiveFlags struct {
	Open   []string      `placeholder:"NAME" sep:"none" help:"Leave this constant open: the proof is for all of its values. May stand several times."`
	All    bool          `help:"Leave open every constant that can be."`
	Smt    string        `placeholder:"DIR" help:"Write the questions as SMT-LIB 2 to this folder."`
	Solver []string      `placeholder:"NAME" sep:"none" help:"Ask this solver only: z3 or cvc5. May stand several times."`
	Limit  time.Duration `default:"10s" help:"For each question and solver."`
	Only   string        `placeholder:"TEXT" help:"Only the obligations whose names begin so, such as an action's name."`

	Propose bool `help:"Where the claims are not inductive, ask z3's Spacer for an invariant that makes them so, and prove it with them."`
}

func (c *proveCommand) inductive(ctx context.Context, t *terminal) (*report.Proof, status, error) {
	if c.Coq != "" && c.K > 1 {
		return nil, wrong, errors.New("got --coq and --k: proofs in Coq are of one step")
	}
	if c.Propose && (c.K > 1 || c.All || len(c.Open) > 0 || c.Only != "") {
		return nil, wrong, errors.New("got --propose with --k, --all, --open or --only: a proposal is about one step and constants that have values")
	}
	host, name, err := open(t, c.File)
	if err != nil {
		return nil, wrong, err
	}
	load := func(define map[string]string) (*ir.Program, inductive.Instance, error) {
		p, err := spec.LoadWith(host, name, spec.Options{Config: c.Config, Define: define})
		if err != nil {
			return nil, nil, readable(name, err)
		}
		plain, err := p.Plain()
		if err != nil {
			return nil, nil, err
		}
		return p.IR(), plain.(inductive.Instance), nil
	}
	prog, inst, err := load(c.Define)
	if err != nil {
		return nil, wrong, err
	}
	solvers, err := c.solvers()
	if err != nil {
		return nil, wrong, err
	}
	if len(solvers) == 0 && len(c.Open) == 0 && !c.All && c.Smt == "" && c.Coq == "" && c.Only == "" {
		fmt.Fprintln(t.stderr, "bulkhead: neither z3 nor cvc5 is installed, so that a SAT solver decides, as with --sat")
		return c.sat(ctx, t)
	}
	proof := report.NewProof(inst.Info(), byInduction)
	opt := inductive.Options{
		Solvers: solvers, Limit: c.Limit, Open: c.Open, All: c.All, Only: c.Only, K: c.K,
		Load: func(constants map[string]int64) (*ir.Program, inductive.Instance, error) {
			define := map[string]string{}
			for k, v := range c.Define {
				define[k] = v
			}
			for k, v := range constants {
				define[k] = strconv.FormatInt(v, 10)
			}
			return load(define)
		},
	}
	res, err := inductive.Prove(ctx, prog, inst, opt)
	if err != nil {
		return proof, wrong, err
	}
	if c.Propose && res.Verdict() != inductive.Proved {
		text, err := inductive.Propose(ctx, prog, c.Limit)
		if err != nil {
			inductionOf(proof, res, c.K)
			if !c.JSON {
				writeInduction(t, inst.Info(), res)
			}
			return proof, undecided, err
		}
		proof.Proposed = "invariant " + unused(inst.Info(), "Proposed") + " {\n  " + text + "\n}\n"
		host = longer{host, name, "\n" + proof.Proposed}
		if prog, inst, err = load(c.Define); err != nil {
			return proof, undecided, fmt.Errorf("z3 proposes what is not of the language: %s%w", proof.Proposed, err)
		}
		if res, err = inductive.Prove(ctx, prog, inst, opt); err != nil {
			return proof, wrong, err
		}
		c.say(t, "The claims are not inductive alone. With this one, which z3 proposes, to be added to the model:\n\n%s", proof.Proposed)
	}
	if err := c.writeQueries(res); err != nil {
		return nil, wrong, err
	}
	inductionOf(proof, res, c.K)
	if !c.JSON {
		writeInduction(t, inst.Info(), res)
	}
	if res.Verdict() == inductive.Proved && res.Left > 0 {
		proof.Reason = report.Count(int64(res.Left), "obligation") + " not asked for"
		return proof, undecided, nil // of the model nothing is said
	}
	if c.Coq != "" && res.Verdict() == inductive.Proved {
		proof.Coq = &report.Development{Dir: c.Coq, Theorems: 1, Axioms: []string{}}
		code, err := c.record(ctx, t, prog, res, opt)
		proof.Coq.Checked = code == holds
		return proof, code, err
	}
	return proof, map[inductive.Verdict]status{inductive.Proved: holds, inductive.Refuted: violated, inductive.Undecided: undecided}[res.Verdict()], nil
}

// unused is a name that no property has.
func unused(info *model.Info, name string) string {
	for i := 2; ; i++ {
		taken := false
		for k := range info.Properties {
			taken = taken || info.Properties[k].Name == name
		}
		if !taken {
			return name
		}
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
}

// record writes the proofs in Coq, and has them checked where Coq is installed.
func (c *proveCommand) record(ctx context.Context, t *terminal, prog *ir.Program, res *inductive.Report, opt inductive.Options) (status, error) {
	text, err := inductive.Coq(ctx, prog, res.Open, opt)
	if err != nil {
		return wrong, err
	}
	if err := os.MkdirAll(c.Coq, 0o777); err != nil {
		return wrong, unwritten(c.Coq, err)
	}
	files := []struct{ name, text string }{
		{"Sums.v", coq.Theory("Sums")},
		{"Inductive.v", text},
		{"_CoqProject", "-Q . Bulkhead\nSums.v\nInductive.v\n"},
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(c.Coq, f.name), []byte(f.text), 0o666); err != nil {
			return wrong, unwritten(f.name, err)
		}
	}
	if _, err := exec.LookPath("coqc"); err != nil {
		c.say(t, "coqc is not installed: coqc -Q . Bulkhead Sums.v && coqc -Q . Bulkhead Inductive.v in %s checks the proofs", c.Coq)
		return undecided, nil
	}
	said := ""
	for _, name := range []string{"Sums.v", "Inductive.v"} {
		if said, err = coqc(ctx, c.Coq, name); err != nil {
			return undecided, err
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(said), "\n") {
		if line != "Closed under the global context" {
			return undecided, fmt.Errorf("the proofs in %s rest on more than they should: %s", c.Coq, line)
		}
	}
	c.say(t, "checked by Coq: %s, closed under the global context", filepath.Join(c.Coq, "Inductive.v"))
	return holds, nil
}

// solvers are those that are installed, or of these the ones that were asked for.
func (c *proveCommand) solvers() ([]inductive.Solver, error) {
	var out []inductive.Solver
	installed := inductive.Installed()
	if len(c.Solver) == 0 {
		return installed, nil
	}
	for _, name := range c.Solver {
		found := false
		for _, s := range installed {
			if s.Name == name {
				out, found = append(out, s), true
			}
		}
		if !found {
			return nil, fmt.Errorf("solver %s is not installed; known are z3 and cvc5", name)
		}
	}
	return out, nil
}

// writeQueries writes each question to a file of its own, named after the obligation.
func (c *proveCommand) writeQueries(res *inductive.Report) error {
	if c.Smt == "" {
		return nil
	}
	if err := os.MkdirAll(c.Smt, 0o777); err != nil {
		return unwritten(c.Smt, err)
	}
	for i, r := range res.Results {
		if r.Query == "" {
			continue
		}
		file := filepath.Join(c.Smt, fmt.Sprintf("%03d_%s.smt2", i+1, strings.Map(plainRune, r.Name)))
		if err := os.WriteFile(file, []byte(r.Query), 0o666); err != nil {
			return unwritten(file, err)
		}
	}
	return nil
}

func plainRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
		return r
	}
	return '_'
}

func unwritten(file string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot write %s: %w", file, err)
}

// writeInduction prints what became of each obligation, the counterexamples, and what is proved.
func writeInduction(t *terminal, info *model.Info, res *inductive.Report) {
	style := report.Style{Color: colorful(t.stdout), Width: columns(t.stdout)}
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s  (%s)", info.Name, info.File)
	var fixed []string
	for _, k := range info.Constants {
		if !contains(res.Open, k.Name) {
			fixed = append(fixed, k.Name+" = "+k.Value.String())
		}
	}
	if len(fixed) > 0 && len(fixed) <= 8 {
		b.WriteString("  " + strings.Join(fixed, ", "))
	}
	b.WriteByte('\n')
	for _, l := range res.Closed {
		fmt.Fprintf(b, "%s is not left open: %s\n", l.Name, l.Why)
	}
	b.WriteByte('\n')
	widest, plain := 0, 0
	for _, r := range res.Results {
		if r.Plain() {
			plain++
		} else {
			widest = max(widest, len(r.Name))
		}
	}
	for _, r := range res.Results {
		if !r.Plain() {
			fmt.Fprintf(b, "%-*s  %s\n", widest, r.Name, verdictText(r))
		}
	}
	if plain > 0 {
		fmt.Fprintf(b, "%s by %s form, such as what a step does not touch\n", counted(plain, "obligation follows", "obligations follow"), its(plain))
	}
	for _, r := range res.Results {
		if r.Cex != nil {
			writeCex(b, r, style)
		}
	}
	b.WriteByte('\n')
	writeConclusion(b, res)
	fmt.Fprint(t.stdout, b.String())
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func its(n int) string {
	if n == 1 {
		return "its"
	}
	return "their"
}

func contains(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return false
}

func verdictText(r inductive.Result) string {
	switch r.Verdict {
	case inductive.Refuted:
		return "refuted"
	case inductive.Undecided:
		return "undecided: " + r.Why
	}
	return "proved (" + strings.Join(r.By, ", ") + ")"
}

// writeCex shows a counterexample as check shows a run.
func writeCex(b *strings.Builder, r inductive.Result, style report.Style) {
	fmt.Fprintf(b, "\n%s is refuted", r.Name)
	if len(r.Cex.Constants) > 0 {
		var parts []string
		for _, k := range r.Cex.Constants {
			parts = append(parts, k.Name+" = "+k.Value.String())
		}
		fmt.Fprintf(b, ", where %s", strings.Join(parts, ", "))
	}
	b.WriteByte('\n')
	trace := *r.Cex.Trace
	if len(trace.Steps) == 2 {
		trace.Steps = append([]model.TraceStep{}, trace.Steps...)
		trace.Steps[0].Step.Action = "a state in which every claim is true, reached or not"
	}
	var why []report.Part
	for _, p := range r.Cex.Parts {
		why = append(why, report.Part(p))
	}
	report.WriteTrace(b, &trace, why, style)
	if f := r.Cex.Fault; f != nil {
		fmt.Fprintf(b, "  fault  %s: %s\n", f.Position, f.Message)
	}
}

func writeConclusion(b *strings.Builder, res *inductive.Report) {
	count := map[inductive.Verdict]int{}
	for _, r := range res.Results {
		count[r.Verdict]++
	}
	values := "these constants"
	if len(res.Open) > 0 {
		values = "all values of " + strings.Join(res.Open, ", ") + " within 2^31 that the model admits"
	}
	switch v := res.Verdict(); {
	case v == inductive.Proved && res.Left > 0:
		fmt.Fprintf(b, "proved: %d obligations, for %s; %d more were not asked for, without which nothing is said of the model\n", len(res.Results), values, res.Left)
	case v == inductive.Proved:
		fmt.Fprintf(b, "proved: %d obligations: by induction every invariant holds, and neither they nor steps fault, for %s\n", len(res.Results), values)
	case v == inductive.Refuted:
		fmt.Fprintf(b, "refuted: %d of %d obligations; the claims are not inductive, which does not say that they are violated\n", count[inductive.Refuted], len(res.Results))
	default:
		fmt.Fprintf(b, "undecided: %d of %d obligations\n", count[inductive.Undecided], len(res.Results))
	}
	if len(res.Silent) > 0 {
		fmt.Fprintf(b, "nothing is said of %s\n", strings.Join(res.Silent, ", "))
	}
}
