package main

import (
	"context"
	"errors"
)

// proveCommand proves properties by programs other than the checker.
type proveCommand struct {
	Coq       string            `placeholder:"DIR" help:"Write a Coq development to this folder."`
	Inductive bool              `help:"Prove invariants by induction, one obligation for each action and claim, by SMT solvers."`
	Define    map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config    string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	File      string            `arg:"" help:"The model (.bh); - is standard input."`

	inductiveFlags
}

func (c *proveCommand) run(ctx context.Context, t *terminal) (status, error) {
	if c.Inductive {
		return c.inductive(ctx, t)
	}
	return wrong, errors.New("say how to prove: --inductive")
}
