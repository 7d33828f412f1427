// Command bench measures the suite of package suite: every tool in turn on one model, the whole again for each round,
// then the next model. It prints tables in Markdown.
//
//	go run ./internal/peers/suite/bench -quick                          # three models, some minutes
//	go run ./internal/peers/suite/bench -out checker/BENCHMARKS.md      # everything, hours
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
)

// quick are the models of a quick run: those that SPIN is done with soonest.
const quick = "two_phase_commit,election,bakery_steps"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context) error {
	models := flag.String("models", "", "models, separated by commas (default all)")
	tools := flag.String("tools", "", "tools, separated by commas (default all that are installed)")
	rounds := flag.Int("rounds", 3, "rounds of every tool; the slowest tools run in the first one only")
	limit := flag.Duration("limit", 5*time.Minute, "time limit of one run, by the clock")
	out := flag.String("out", "", "file whose section suite is rewritten")
	fast := flag.Bool("quick", false, "only the models "+quick)
	part := flag.String("part", "all", "suite, live (properties of whole runs) or all")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("got the argument %s, want flags only", flag.Arg(0))
	}
	if !slices.Contains([]string{"suite", "live", "all"}, *part) {
		return fmt.Errorf("got the part %s, want suite, live or all", *part)
	}
	if *fast && *models == "" {
		*models = quick
	}
	cases, err := pick(suite.Cases(), *models, func(c suite.Case) string { return c.Name })
	if err != nil {
		return err
	}
	chosen, err := pick(suite.Tools(), *tools, func(t suite.Tool) string { return t.Name })
	if err != nil {
		return err
	}
	chosen = slices.DeleteFunc(chosen, func(t suite.Tool) bool {
		why := t.Missing()
		if why != "" {
			fmt.Fprintf(os.Stderr, "without %s: %s\n", t.Name, why)
		}
		return why != ""
	})

	dir, err := os.MkdirTemp("", "bulkhead-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	setup, err := prepare(ctx, dir, *limit)
	if err != nil {
		return err
	}
	if *part != "live" {
		err = whole(ctx, setup, dir, cases, chosen, *rounds, *out)
	}
	if *part != "suite" && ctx.Err() == nil {
		err = errors.Join(err, live(ctx, setup, filepath.Join(dir, "live"), *rounds, *out))
	}
	return err
}

// whole measures the suite.
func whole(ctx context.Context, setup suite.Setup, dir string, cases []suite.Case, chosen []suite.Tool, rounds int, out string) error {
	var results []suite.Result
	var failures []error
	for _, c := range cases {
		r, err := measure(ctx, setup, filepath.Join(dir, c.Name), c, chosen, rounds)
		results = append(results, r)
		failures = append(failures, err)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return publish(ctx, setup, rounds, out, "suite", suite.Markdown(results), errors.Join(failures...))
}

// publish prints tables and puts them into a section of a file, if there is one and nothing went wrong.
func publish(ctx context.Context, setup suite.Setup, rounds int, out, section, tables string, failed error) error {
	text := fmt.Sprintf("%s. Rounds: %d, of which medians; a run that takes more than %s is ended (limit).\n\n%s",
		suite.Machine(ctx), rounds, setup.Limit, tables)
	fmt.Print(text)
	if failed != nil || out == "" { // the tables are not kept when a number of states or a verdict is wrong
		return failed
	}
	return suite.Splice(out, section, text)
}

// live measures properties of whole runs.
func live(ctx context.Context, setup suite.Setup, dir string, rounds int, out string) error {
	var results []suite.LiveResult
	var failures []error
	for _, l := range suite.Lives() {
		result := suite.LiveResult{Live: l, Runs: map[suite.LiveRun][]suite.Measure{}}
		var prepared []*suite.Run
		for _, kind := range suite.LiveRuns() {
			own := filepath.Join(dir, l.Model+"-"+l.Property, kind.String())
			r, err := prepareLive(ctx, setup, l, kind, own)
			if err != nil {
				failures = append(failures, err)
			}
			prepared = append(prepared, r)
		}
		for round := range rounds {
			for kind, r := range prepared {
				if r == nil || ctx.Err() != nil {
					continue
				}
				m, err := r.Measure(ctx)
				if err != nil {
					failures = append(failures, fmt.Errorf("%s, %s: %w", l.Property, r.Tool.Name, err))
					continue
				}
				fmt.Fprintf(os.Stderr, "round %d, %s, %s: %d states, %.2f s CPU, over the limit: %v\n", round+1, l.Property, r.Tool.Name, m.Distinct, m.CPU.Seconds(), m.Over)
				result.Runs[suite.LiveRun(kind)] = append(result.Runs[suite.LiveRun(kind)], m)
			}
		}
		results = append(results, result)
	}
	return publish(ctx, setup, rounds, out, "live", suite.LiveMarkdown(results), errors.Join(append(failures, ctx.Err())...))
}

// prepareLive makes a run, if its tool is installed.
func prepareLive(ctx context.Context, setup suite.Setup, l suite.Live, kind suite.LiveRun, dir string) (*suite.Run, error) {
	if why := kind.Missing(); why != "" {
		fmt.Fprintf(os.Stderr, "without %s: %s\n", kind, why)
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return l.Prepare(ctx, setup, kind, dir, l.Large, false)
}

// prepare compiles the command once.
func prepare(ctx context.Context, dir string, limit time.Duration) (suite.Setup, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return suite.Setup{}, fmt.Errorf("go list -m: %w", err)
	}
	s := suite.Setup{Root: strings.TrimSpace(string(root)), Bulkhead: filepath.Join(dir, "bulkhead"), Limit: limit}
	build := exec.CommandContext(ctx, "go", "build", "-o", s.Bulkhead, "./cmd/bulkhead")
	build.Dir = s.Root
	if out, err := build.CombinedOutput(); err != nil {
		return s, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return s, nil
}

// measure runs all tools on one case, round by round. What one tool does wrong does not stop the others.
func measure(ctx context.Context, s suite.Setup, dir string, c suite.Case, tools []suite.Tool, rounds int) (suite.Result, error) {
	result := suite.Result{Case: c, Runs: map[string][]suite.Measure{}}
	var failures []error
	var runs []*suite.Run
	for _, t := range tools {
		own := filepath.Join(dir, t.Name)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return result, err
		}
		r, err := t.Prepare(ctx, s, own, c, c.Large)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		runs = append(runs, r)
	}
	for round := range rounds {
		for _, r := range runs {
			name, before := r.Tool.Name, result.Runs[r.Tool.Name]
			if ctx.Err() != nil || round > 0 && (r.Tool.Once || len(before) == 0 || before[0].Over) {
				continue
			}
			m, err := r.Measure(ctx)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s, %s: %v\n", c.Name, name, err)
				failures = append(failures, fmt.Errorf("%s, %s: %w", c.Name, name, err))
				continue
			}
			result.Runs[name] = append(before, m)
			note := fmt.Sprintf("%d states, %.2f s CPU, %.2f s wall, %d MiB", m.Distinct, m.CPU.Seconds(), m.Wall.Seconds(), m.Peak>>20)
			if m.Over {
				note = "ended by the time limit of " + s.Limit.String()
			}
			fmt.Fprintf(os.Stderr, "round %d, %s, %s: %s\n", round+1, c.Name, name, note)
		}
	}
	return result, errors.Join(failures...)
}

// pick chooses by names separated by commas; no names are all.
func pick[T any](all []T, names string, name func(T) string) ([]T, error) {
	if names == "" {
		return all, nil
	}
	var out []T
	for _, n := range strings.Split(names, ",") {
		i := slices.IndexFunc(all, func(x T) bool { return name(x) == n })
		if i < 0 {
			var known []string
			for _, x := range all {
				known = append(known, name(x))
			}
			return nil, fmt.Errorf("no %s; there are %s", n, strings.Join(known, ", "))
		}
		out = append(out, all[i])
	}
	return out, nil
}
