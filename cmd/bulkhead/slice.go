package main

import (
	"context"
	"errors"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/internal/sliced"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// combined refuses what --slice is not combined with.
func (c *checkCommand) combined() error {
	switch {
	case !c.Slice:
		return nil
	case c.Lossy.mode(c.Memory) != (checker.Lossy{}):
		return errors.New("got --slice and --lossy, want one of them: they are not combined")
	case c.dir() != "":
		return errors.New("got --slice and a directory for a checkpoint, want one of them: there may be several searches")
	}
	return nil
}

// sliceable is a model that can be searched by slices.
type sliceable interface {
	Slices(names []string) ([]*spec.Slice, error)
}

// searching is a way to check a model, and gives the parts that were searched in its place, if any were.
type searching func(ctx context.Context, t *terminal, sys model.System, parts sliceable, cfg checker.Config, title string) (*checker.Result, []report.Slice, error)

// whole checks a model as it is.
func whole(ctx context.Context, t *terminal, sys model.System, _ sliceable, cfg checker.Config, title string) (*checker.Result, []report.Slice, error) {
	res, err := watched(ctx, t, sys, cfg, title)
	return res, nil, err
}

// search checks a model as it is or, with --slice, by its slices.
func (c *checkCommand) search(ctx context.Context, t *terminal, sys model.System, parts sliceable, cfg checker.Config, title string) (*checker.Result, []report.Slice, error) {
	if !c.Slice {
		return whole(ctx, t, sys, parts, cfg, title)
	}
	slices, err := parts.Slices(cfg.Only)
	if err != nil {
		return nil, nil, err
	}
	res, err := sliced.Check(sys, slices, cfg, func(sys model.System, cfg checker.Config, part string) (*checker.Result, error) {
		return watched(ctx, t, sys, cfg, title+", "+part)
	})
	if err != nil {
		return nil, nil, err
	}
	var list []report.Slice
	for _, s := range res.Slices {
		r := report.Slice{
			Properties: s.Properties, Variables: []string{}, LeftOut: []string{}, Idle: []string{},
			Exhaustive: s.Result.Exhaustive, Distinct: s.Result.Stats.Distinct, RunStates: s.Result.Stats.RunStates,
		}
		if s.Slice != nil {
			r.Variables, r.LeftOut, r.Idle = append(r.Variables, s.Variables...), append(r.LeftOut, s.LeftOut...), append(r.Idle, s.Actions...)
		}
		list = append(list, r)
	}
	return res.Result, list, nil
}
