package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/report"
	"github.com/bulkheadlang/bulkhead/spec"
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
// worst status. A mistake in any model, which load shows, leaves all of them unchecked; one that shows only in the work is
// of that model alone. The properties must exist in every model. Timeout is for each model, its loading included: that works
// out constants and assumptions.
func (f *modelFlags) each(ctx context.Context, t *terminal, timeout time.Duration, out outputFlags, properties []string,
	work func(context.Context, loaded) (printed, checker.Verdict, error),
) (status, error) {
	models, err := f.load(ctx, t, timeout)
	if err != nil {
		return stopped(t, err)
	}
	for _, m := range models {
		if err := m.has(properties); err != nil {
			return wrong, err
		}
	}
	code := holds
	for i, m := range models {
		if timeout > 0 {
			timeout = max(m.left, 1)
		}
		ctx, cancel := timed(ctx, timeout)
		r, verdict, err := work(ctx, m)
		cancel()
		if err != nil { // of this model alone, such as a reduction that it does not allow
			fmt.Fprintln(t.stderr, complaint(fmt.Errorf("%s: %w", m.file, err)))
			code = wrong
			continue
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

// early is the error of a model whose loading was ended by the time limit or an interrupt.
type early struct{ file, reason string }

func (e *early) Error() string {
	return e.reason + " while " + e.file + " was loaded, with its constants and assumptions"
}

// stopped gives the status of an error while models are loaded, and prints one that leaves the question open.
func stopped(t *terminal, err error) (status, error) {
	var e *early
	if errors.As(err, &e) {
		fmt.Fprintln(t.stderr, "bulkhead: "+e.Error())
		return undecided, nil
	}
	return wrong, err
}

// within loads a model, but no longer than timeout, if that is not 0, and until ctx ends. What is left of the time limit
// is for the search.
func within(ctx context.Context, timeout time.Duration, file string, load func() (*spec.Program, error)) (*spec.Program, time.Duration, error) {
	ctx, cancel := timed(ctx, timeout)
	defer cancel()
	start := time.Now()
	program, err := unlessEnded(ctx, load)
	if errors.Is(err, errEnded) {
		err = &early{file, ended(ctx)}
	}
	return program, timeout - time.Since(start), err
}

var errEnded = errors.New("the context has ended")

// unlessEnded gives what work gives, or errEnded when ctx ends before. Work that is given up goes on until the command ends,
// which is soon; it must write nothing.
func unlessEnded[T any](ctx context.Context, work func() (T, error)) (out T, err error) {
	done := make(chan struct{})
	var result T
	var failure error
	go func() {
		defer close(done)
		result, failure = work()
	}()
	select {
	case <-done:
		return result, failure
	case <-ctx.Done():
	}
	select { // a mistake found in the same moment is worth more
	case <-done:
		return result, failure
	case <-time.After(grace):
		return out, errEnded
	}
}

// grace is how long work that is quick, such as loading most models, may take after the time limit. A search then ends at once.
const grace = 100 * time.Millisecond

// ended says why a context has ended.
func ended(ctx context.Context) string {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.DeadlineExceeded) {
		return "time limit reached"
	}
	return cause.Error()
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
