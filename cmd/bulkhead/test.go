package main

import (
	"context"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/spec"
)

// testCommand runs the scenarios of each model, and checks that each mutant is caught.
type testCommand struct {
	outputFlags
	searchFlags
	modelFlags
}

func (c *testCommand) run(ctx context.Context, t *terminal) (status, error) {
	return c.each(ctx, t, c.Timeout, c.outputFlags, nil, func(ctx context.Context, m loaded) (printed, checker.Verdict, error) {
		tested, err := c.test(ctx, t, m.program)
		if err != nil {
			return nil, "", err
		}
		return tested, tested.Verdict, nil
	})
}

func (c *testCommand) test(ctx context.Context, t *terminal, program *spec.Program) (*report.Tested, error) {
	out := report.NewTested(program.Info())
	for _, s := range program.Scenarios() {
		out.AddScenario(runScenario(ctx, s))
	}
	hunt := newHunt(t, program.Mutants(), c.config(), whole)
	for _, m := range hunt.mutants {
		if err := hunt.add(ctx, out, m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func runScenario(ctx context.Context, s *spec.Scenario) report.Scenario {
	out := report.Scenario{Name: s.Name, Config: s.Config, Position: s.Position, Verdict: checker.Holds}
	if ctx.Err() != nil {
		out.Verdict, out.Message = checker.Undecided, ended(ctx)
		return out
	}
	if failure := s.Run(); failure != nil {
		out.Verdict = checker.Violated
		out.Message, out.FailurePosition = failure.Message, failure.Position
		out.Trace = (*report.Trace)(failure.Trace)
	}
	return out
}
