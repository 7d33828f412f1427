package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
)

// simulateCommand looks for violations on random walks. It exits with 1 when it finds one and with 3 otherwise: that
// walks find nothing is no verdict.
type simulateCommand struct {
	outputFlags
	Walks    int           `placeholder:"N" default:"1000" help:"Number of walks (${default})."`
	Steps    int           `placeholder:"N" default:"100" help:"Steps of a walk, at most (${default})."`
	Seed     uint64        `placeholder:"N" default:"1" help:"Where the random choices start (${default}); the same seed gives the same walks."`
	FailFast bool          `help:"Stop soon after the first violation."`
	Property []string      `placeholder:"NAME" help:"Look only at this property. May stand several times."`
	Workers  int           `placeholder:"N" help:"Goroutines that walk, at most 1024. Default, and 0: one a core. The walks do not depend on it."`
	Timeout  time.Duration `placeholder:"D" help:"Stop after this time for each model, such as 90s or 1h; 0 is no limit."`
	modelFlags
}

// Validate refuses numbers without meaning; kong calls it.
func (c *simulateCommand) Validate() error {
	switch {
	case c.Walks < 1:
		return fmt.Errorf("got --walks %d, want at least 1", c.Walks)
	case c.Steps < 1:
		return fmt.Errorf("got --steps %d, want at least 1", c.Steps)
	case c.Workers < 0 || c.Workers > mostWorkers:
		return workersError(c.Workers)
	case c.Timeout < 0:
		return fmt.Errorf("got --timeout %s, want more than 0", c.Timeout)
	}
	return nil
}

func (c *simulateCommand) run(ctx context.Context, t *terminal) (status, error) {
	return c.each(ctx, t, c.Timeout, c.outputFlags, c.Property, func(ctx context.Context, m loaded) (printed, checker.Verdict, error) {
		res, err := checker.Simulate(ctx, m.program, checker.SimConfig{
			Walks: c.Walks, Steps: c.Steps, Seed: c.Seed, Workers: c.Workers, FailFast: c.FailFast, Only: c.Property,
		})
		if err != nil {
			return nil, "", err
		}
		return report.NewSimulated(res, c.Steps), res.Verdict, nil
	})
}
