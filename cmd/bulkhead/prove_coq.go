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
func (c *proveCommand) coq(ctx context.Context, t *terminal) (status, error) {
	program, err := loadOne(ctx, t, c.File, spec.Options{Config: c.Config, Define: c.Define})
	if err != nil {
		return stopped(t, err)
	}
	options := coq.Options{Fast: c.Fast}
	res, err := watched(ctx, t, program, checker.Config{
		Memory: defaultMemory(), MaxStates: options.MaxStates() + 1, Only: coq.Claims(program.IR()), NoWitnesses: true,
	}, program.Info().Name)
	if err != nil {
		return wrong, fmt.Errorf("%s: %w", c.File, err)
	}
	if !res.Exhaustive {
		fmt.Fprintf(t.stderr, "bulkhead: nothing is written: %s; %s up to depth %d are not all, and a proof of this kind goes through at most %s%s\n",
			res.Reason, report.Count(res.Stats.Distinct, "state"), res.Stats.Depth, report.Number(options.MaxStates()), faster(options))
		return undecided, nil
	}
	d, err := coq.Export(program.IR(), found(res), options)
	var refused *coq.RefusedError
	switch {
	case errors.As(err, &refused):
		fmt.Fprintf(t.stderr, "bulkhead: nothing is written: %v\n", err)
		return undecided, nil
	case err != nil:
		return wrong, fmt.Errorf("%s: %w", c.File, err)
	}
	if err := d.Write(c.Coq); err != nil {
		return wrong, err
	}
	if err := (outputFlags{}).print(t, report.New(res)); err != nil {
		return wrong, err
	}
	c.written(t, d)
	if c.Run {
		if code, err := c.compile(ctx, t, d); code != holds || err != nil {
			return code, err
		}
	}
	return statusOf(res.Verdict), nil
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

// compile runs Coq. That it refuses what the engine found leaves everything open.
func (c *proveCommand) compile(ctx context.Context, t *terminal, d *coq.Development) (status, error) {
	start := time.Now()
	assumed, err := d.Compile(ctx, c.Coq)
	var no *coq.CompileError
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(t.stderr, "bulkhead: %s while Coq compiled\n", ended(ctx))
		return undecided, nil
	case errors.As(err, &no):
		fmt.Fprintf(t.stderr, "bulkhead: Coq does not accept %s, so that nothing is proved:\n%s\n", no.File, strings.TrimSpace(no.Text))
		return undecided, nil
	case err != nil:
		return wrong, err
	}
	what := "nothing"
	if len(assumed) > 0 {
		what = fmt.Sprintf("%d axioms of Coq's own about the machine's integers and arrays", len(assumed))
	}
	fmt.Fprintf(t.stdout, "proved: Coq accepts all of them; they assume %s (%s)\n", what, report.Elapsed(time.Since(start)))
	return holds, nil
}
