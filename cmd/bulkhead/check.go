package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// checkCommand checks the properties of each model, then that each mutant is caught.
type checkCommand struct {
	outputFlags
	FailFast  bool      `help:"Stop at the first violation."`
	Property  []string  `placeholder:"NAME" help:"Check only this property and the mutants that it must catch. May stand several times."`
	NoMutants bool      `help:"Leave the mutants out."`
	Explain   bool      `help:"Say on standard error how the model runs: what is in tables, what runs as compiled code, and why."`
	Witnesses bool      `help:"Show the runs to what reachable properties ask for and to the extreme values of bounds, too."`
	Lossy     lossyMode `placeholder:"MODE" help:"Keep hashes of the states only, for what does not fit otherwise: hash or hash:BITS (40), in a table, or bits or bits:SIZE, a bit array (half of --memory, or 256MiB). Some states are missed, and so nothing is said to hold; what is found is real, but may be reached in fewer steps."`
	Disk      string    `placeholder:"DIR" help:"Go on in files in this directory when the states take all of --memory (default then: half of what is offered; at least 256 KiB and 8 KiB a worker). They are removed at the end, but for those of a checkpoint."`
	Slice     bool      `help:"Search for each property what it depends on alone, one search for all properties that depend on the same. Best with --property: deadlock and fault depend on all of a model."`
	searchFlags
	checkpointFlags
	certificateFlags
	modelFlags
}

func (c *checkCommand) run(ctx context.Context, t *terminal) (status, error) {
	if err := c.checkpointFlags.check(len(c.Files)); err != nil {
		return wrong, err
	}
	if c.Disk != "" && c.Memory != nil && *c.Memory == 0 {
		return wrong, errors.New("got --disk and --memory 0, want the memory after which the search goes on on disk")
	}
	if most := offered(os.DirFS("/")); c.Lossy.Bits > most {
		return wrong, fmt.Errorf("got --lossy %s, want at most the %s that the machine offers", c.Lossy.Lossy, report.Bytes(most))
	}
	if err := errors.Join(c.combined(), c.certifiable()); err != nil {
		return wrong, err
	}
	return c.each(ctx, t, c.Timeout, c.outputFlags, c.Property, func(ctx context.Context, m loaded) (printed, checker.Verdict, error) {
		r, err := c.check(ctx, t, m)
		if err != nil {
			return nil, "", err
		}
		return r, r.Verdict, nil
	})
}

// config gives what the flags mean to the checker.
func (c *checkCommand) config() checker.Config {
	cfg := c.searchFlags.config()
	cfg.Lossy = c.Lossy.mode(c.Memory)
	cfg.Disk = c.Disk
	if c.Disk != "" && c.Memory == nil {
		cfg.Memory = diskMemory()
	}
	return cfg
}

func (c *checkCommand) check(ctx context.Context, t *terminal, m loaded) (*report.Report, error) {
	program := m.program
	if c.Explain {
		for _, line := range program.Tables() {
			fmt.Fprintf(t.stderr, "%s: %s\n", program.Info().Name, line)
		}
	}
	cfg := c.config()
	var err error
	if cfg.Checkpoint, err = c.checkpointFlags.config(m.text); err != nil {
		return nil, err
	}
	cfg.Only = c.Property
	cfg.FailFast = c.FailFast
	cfg.NoWitnesses = !c.Witnesses && c.Certificate == "" // one shows the longest wait
	out, end, err := c.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	states, err := c.states(program, &cfg)
	if err != nil {
		return nil, err
	}
	res, parts, err := c.search(ctx, t, program, program, cfg, program.Info().Name)
	if err != nil {
		return nil, err
	}
	c.report(t, res)
	if err := c.certify(ctx, t, m, res, states, out); err != nil {
		return nil, err
	}
	for i := range res.Properties {
		if f := &res.Properties[i]; !c.Witnesses && f.Verdict == checker.Holds {
			f.Trace = nil
		}
	}
	r := report.New(res)
	r.AddSlices(parts)
	if c.NoMutants || c.FailFast && r.Verdict == checker.Violated {
		return r, nil
	}
	mutants := slices.DeleteFunc(program.Mutants(), func(m *spec.Mutant) bool {
		return len(c.Property) > 0 && !slices.Contains(c.Property, m.Breaks)
	})
	hunt := newHunt(t, mutants, c.config(), c.search)
	hunt.know(program, res)
	for _, m := range mutants {
		if err := hunt.add(ctx, r, m); err != nil {
			return nil, err
		}
		if c.FailFast && r.Verdict == checker.Violated {
			break
		}
	}
	return r, nil
}

// watched checks a system with a live line on the terminal.
func watched(ctx context.Context, t *terminal, sys model.System, cfg checker.Config, title string) (*checker.Result, error) {
	line := newLive(t.stderr, title)
	defer line.clear()
	cfg.Progress, cfg.Interval = line.callback(), liveInterval
	return checker.Check(ctx, sys, cfg)
}
