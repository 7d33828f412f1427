package main

import (
	"context"
	"errors"
)

// proveCommand proves properties by programs other than the checker.
type proveCommand struct {
	Sat    bool              `help:"Prove properties by induction: the obligations are bit-blasted, decided by a SAT solver, and its proofs are checked."`
	Define map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"Give a constant another value. May stand several times."`
	Config string            `placeholder:"NAME" help:"Use the constants of a named configuration."`
	File   string            `arg:"" help:"The model (.bh); - is standard input."`

	satFlags
}

func (c *proveCommand) run(ctx context.Context, t *terminal) (status, error) {
	if c.Sat {
		return c.sat(ctx, t)
	}
	return wrong, errors.New("say how to prove: --sat")
}
