package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/spec"
)

// coqFlags say how a Coq development is proved.
type coqFlags struct {
	Fast bool `help:"Let Coq's kernel compute with the machine's integers and arrays, of which Coq has axioms: some times faster, for more states. Otherwise the theorems assume nothing."`
	Run  bool `help:"Compile the development with coqc, and say what became of it."`
}

// coq searches the model for what there is to prove, writes the development, and has it compiled where that is asked for.
func (c *proveCommand) coq(ctx context.Context, t *terminal) (*report.Proof, status, error) {
	program, err := loadOne(ctx, t, c.File, spec.Options{Config: c.Config, Define: c.Define})
	if err != nil {
		code, err := stopped(t, err)
		return nil, code, err
	}
	proof := report.NewProof(program.Info(), byCoq)
	options := coq.Options{Fast: c.Fast}
	res, err := watched(ctx, t, program, checker.Config{
		Memory: defaultMemory(), MaxStates: options.MaxStates() + 1, Only: coq.Claims(program.IR()), NoWitnesses: true,
	}, program.Info().Name)
	if err != nil {
		return nil, wrong, fmt.Errorf("%s: %w", c.File, err)
	}
	if !res.Exhaustive {
		return proof, undecided, fmt.Errorf("nothing is written: %s; %s up to depth %d are not all, and a proof of this kind goes through at most %s%s",
			res.Reason, report.Count(res.Stats.Distinct, "state"), res.Stats.Depth, report.Number(options.MaxStates()), faster(options))
	}
	d, err := coq.Export(program.IR(), found(res), options)
	var refused *coq.RefusedError
	switch {
	case errors.As(err, &refused):
		return proof, undecided, fmt.Errorf("nothing is written: %w", err)
	case err != nil:
		return nil, wrong, fmt.Errorf("%s: %w", c.File, err)
	}
	if err := d.Write(c.Coq); err != nil {
		return nil, wrong, err
	}
	r := report.New(res)
	theoremsOf(proof, r, d, c.Coq)
	if !c.JSON {
		if err := (outputFlags{}).print(t, r); err != nil {
			return nil, wrong, err
		}
		c.written(t, d)
	}
	if c.Run {
		if err := c.compile(ctx, t, d, proof.Coq); err != nil {
			return proof, undecided, err
		}
	}
	return proof, statusOf(res.Verdict), nil
}

// faster says what else there is for a large model.
func faster(o coq.Options) string {
	if o.Fast {
		return ""
	}
	return ", with --fast " + report.Number(coq.Options{Fast: true}.MaxStates())
}

// found is what a search tells a development.
func found(res *checker.Result) coq.Found {
	out := coq.Found{States: res.Stats.Distinct, Verdicts: map[string]coq.Verdict{}}
	for _, f := range res.Properties {
		switch f.Verdict {
		case checker.Holds:
			out.Verdicts[f.Property.Name] = coq.Holds
		case checker.Violated:
			out.Verdicts[f.Property.Name] = coq.Violated
		}
	}
	return out
}

// written says what is in the folder.
func (c *proveCommand) written(t *terminal, d *coq.Development) {
	fmt.Fprintf(t.stdout, "\n%s: the model in model/Model.v, %s in model/Proof.v\n", c.Coq, report.Count(int64(len(d.Theorems())), "theorem"))
	if silent := d.Silent(); silent != "" {
		fmt.Fprintln(t.stdout, silent)
	}
	if !c.Run {
		fmt.Fprintf(t.stdout, "not compiled: make -C %s, or --run\n", c.Coq)
	}
}

// compile runs Coq. That it refuses what the engine found leaves everything open, as anything does that keeps it from its work.
func (c *proveCommand) compile(ctx context.Context, t *terminal, d *coq.Development, out *report.Development) error {
	start := time.Now()
	assumed, err := d.Compile(ctx, c.Coq)
	var no *coq.CompileError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s while Coq compiled", ended(ctx))
	case errors.As(err, &no):
		return fmt.Errorf("nothing is proved: Coq does not accept %s:\n%s", no.File, strings.TrimSpace(no.Text))
	case err != nil:
		return err
	}
	what := "nothing"
	if len(assumed) > 0 {
		what = fmt.Sprintf("%d axioms of Coq's own about the machine's integers and arrays", len(assumed))
	}
	out.Checked, out.Axioms = true, append(out.Axioms, assumed...)
	c.say(t, "proved: Coq accepts all of them; they assume %s (%s)", what, report.Elapsed(time.Since(start)))
	return nil
}
