package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/proofs/coq"
	"github.com/bulkheadlang/bulkhead/proofs/inductive"
	"github.com/bulkheadlang/bulkhead/proofs/sat"
)

// proveCommand proves properties by programs other than the checker.
type proveCommand struct {
	Coq       string            `placeholder:"DIR" help:"Write a Coq development to this folder: the model, and a theorem for each property of states and of steps. With --inductive: the obligations that were proved, and the theorem that they make; with --sat: each proof of the solver."`
	Inductive bool              `help:"Prove invariants by induction, one obligation for each action and claim, by SMT solvers."`
	Sat       bool              `help:"Prove properties by induction: the obligations are bit-blasted, decided by a SAT solver, and its proofs are checked."`
	K         int               `name:"k" placeholder:"N" default:"1" help:"With --inductive and --sat: rest on the last N states, up to 5 of them, where fewer do not suffice (${default})."`
	Define    map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config    string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	File      string            `arg:"" help:"The model (.bh); - is standard input."`

	JSON bool `name:"json" help:"Print one JSON object."`

	coqFlags
	inductiveFlags
	satFlags
}

// Validate refuses numbers without meaning; kong calls it.
func (c *proveCommand) Validate() error {
	if c.K < 1 || c.K > sat.MaxK {
		return fmt.Errorf("got --k %d, want 1 to %d", c.K, sat.MaxK)
	}
	return c.satFlags.Validate()
}

// run proves. What a way to prove has not, or what another program does not accept, is no mistake of the input: it leaves things undecided.
func (c *proveCommand) run(ctx context.Context, t *terminal) (status, error) {
	proof, code, err := c.prove(ctx, t)
	beyond := errors.As(err, new(*sat.RefusedError)) || errors.As(err, new(*coq.RefusedError)) || errors.As(err, new(*inductive.Unsupported))
	reason := ""
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		code, err = undecided, fmt.Errorf("%s: nothing is proved", ended(ctx))
	}
	if err != nil && (code == undecided || beyond) {
		fmt.Fprintln(t.stderr, complaint(err))
		reason, code, err = err.Error(), undecided, nil
	}
	if err != nil || !c.JSON || proof == nil {
		return code, err
	}
	conclude(proof, code, reason)
	if err := report.WriteJSON(t.stdout, proof); err != nil {
		return wrong, fmt.Errorf("cannot print the report: %w", err)
	}
	return code, nil
}

// prove goes the way that is asked for. It prints what it finds as it goes unless that is to be JSON. The proof is nil where the model was not loaded.
func (c *proveCommand) prove(ctx context.Context, t *terminal) (*report.Proof, status, error) {
	switch {
	case c.Inductive && c.Sat:
		return nil, wrong, errors.New("got --inductive and --sat, want one of them")
	case c.Inductive:
		return c.inductive(ctx, t)
	case c.Sat:
		return c.sat(ctx, t)
	case c.Coq != "":
		return c.coq(ctx, t)
	}
	return nil, wrong, errors.New("say how to prove: --coq DIR, --inductive or --sat")
}

// say prints a line of text, unless there is to be JSON.
func (c *proveCommand) say(t *terminal, format string, args ...any) {
	if !c.JSON {
		fmt.Fprintf(t.stdout, format+"\n", args...)
	}
}

// coqc has Coq check a file of a folder in which all that it needs is, and gives what it printed.
func coqc(ctx context.Context, dir, name string) (string, error) {
	path, err := exec.LookPath("coqc")
	if err != nil {
		return "", errors.New("coqc is not installed (Debian: apt-get install coq)")
	}
	cmd := exec.CommandContext(ctx, path, "-Q", ".", "Bulkhead", name)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%s while coqc checked %s", ended(ctx), filepath.Join(dir, name))
	case err != nil:
		return "", fmt.Errorf("coqc does not accept %s: %s", filepath.Join(dir, name), strings.TrimSpace(string(said)))
	}
	return string(said), nil
}
