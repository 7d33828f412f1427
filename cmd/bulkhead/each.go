package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
)

// outputFlags choose how a report is printed.
type outputFlags struct {
	JSON bool `name:"json" help:"Print one JSON object a model, each on a line."`
	Full bool `help:"Show every variable in every step of a run, not only what changed."`
}

// printed is a report of any command.
type printed interface {
	WriteText(w io.Writer, style report.Style) error
}

func (f outputFlags) print(t *terminal, r printed) error {
	if f.JSON {
		return report.WriteJSON(t.stdout, r)
	}
	style := report.Style{Color: colorful(t.stdout), Full: f.Full, Width: min(columns(t.stdout), 120)}
	return r.WriteText(t.stdout, style)
}

// each loads the models, does the work on one after another, prints each report as soon as it is there, and gives the
// worst status. The properties must exist in every model.
func (f *modelFlags) each(t *terminal, out outputFlags, properties []string,
	work func(loaded) (printed, checker.Verdict, error),
) (status, error) {
	models, err := f.load(t)
	if err != nil {
		return wrong, err
	}
	for _, m := range models {
		if err := m.has(properties); err != nil {
			return wrong, err
		}
	}
	code := holds
	for i, m := range models {
		r, verdict, err := work(m)
		if err != nil {
			return wrong, fmt.Errorf("%s: %w", m.file, err)
		}
		if i > 0 && !out.JSON {
			fmt.Fprintln(t.stdout)
		}
		if err := out.print(t, r); err != nil {
			return wrong, fmt.Errorf("cannot print the report: %w", err)
		}
		code = worst(code, statusOf(verdict))
	}
	return code, nil
}

// has refuses the name of a property that the model does not have.
func (m loaded) has(properties []string) error {
	var names []string
	for _, p := range m.program.Info().Properties {
		names = append(names, p.Name)
	}
	for _, name := range properties {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s: %w", m.file, unknown("property", name, names))
		}
	}
	return nil
}

// timed ends a context after d, or never when d is 0.
func timed(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}
