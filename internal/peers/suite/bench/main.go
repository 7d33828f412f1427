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
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
)

// quick are the models of a quick run: those that SPIN is done with soonest.
const quick = "two_phase_commit,election,bakery_steps"

func main() { suite.Main("bench", bench) }

func bench(ctx context.Context) error {
	models := flag.String("models", "", "models, separated by commas (default all)")
	tools := flag.String("tools", "", "tools, separated by commas (default all that are installed)")
	rounds := flag.Int("rounds", 3, "rounds of every tool; the slowest tools run in the first one only")
	limit := flag.Duration("limit", 5*time.Minute, "time limit of one run, by the clock")
	out := flag.String("out", "", "file whose section suite is rewritten")
	fast := flag.Bool("quick", false, "only the models "+quick)
	part := flag.String("part", "all", "suite, live (properties of whole runs), isolated (claims about domains) or all")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("got the argument %s, want flags only", flag.Arg(0))
	}
	if !slices.Contains([]string{"suite", "live", "isolated", "all"}, *part) {
		return fmt.Errorf("got the part %s, want suite, live, isolated or all", *part)
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
	setup, err := suite.NewSetup(ctx, dir, *limit)
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name    string
		measure func() error
	}{
		{"suite", func() error { return whole(ctx, setup, dir, cases, chosen, *rounds, *out) }},
		{"live", func() error { return live(ctx, setup, filepath.Join(dir, "live"), *rounds, *out) }},
		{"isolated", func() error { return isolated(ctx, setup, *rounds, *out) }},
	} {
		if ctx.Err() == nil && (*part == "all" || *part == p.name) {
			err = errors.Join(err, p.measure())
		}
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
		var prepared []*suite.Run
		for _, kind := range suite.LiveRuns() {
			own := filepath.Join(dir, l.Model+"-"+l.Property, kind.String())
			r, err := prepareLive(ctx, setup, l, kind, own)
			failures = append(failures, err)
			if r != nil {
				prepared = append(prepared, r)
			}
		}
		runs, err := suite.Interleave(ctx, rounds, l.Property, prepared)
		results, failures = append(results, suite.LiveResult{Live: l, Runs: runs}), append(failures, err)
	}
	return publish(ctx, setup, rounds, out, "live", suite.LiveMarkdown(results), errors.Join(failures...))
}

// isolated measures claims that domains are isolated.
func isolated(ctx context.Context, setup suite.Setup, rounds int, out string) error {
	var results []suite.ApartResult
	var failures []error
	for _, a := range suite.Aparts() {
		runs, err := suite.Interleave(ctx, rounds, a.Name(), a.Prepare(setup))
		results, failures = append(results, suite.ApartResult{Apart: a, Runs: runs}), append(failures, err)
	}
	return publish(ctx, setup, rounds, out, "isolated", suite.ApartMarkdown(results), errors.Join(failures...))
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

// measure runs all tools on one case, round by round. What one tool does wrong does not stop the others.
func measure(ctx context.Context, s suite.Setup, dir string, c suite.Case, tools []suite.Tool, rounds int) (suite.Result, error) {
	result := suite.Result{Case: c}
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
	var err error
	result.Runs, err = suite.Interleave(ctx, rounds, c.Name, runs)
	return result, errors.Join(append(failures, err)...)
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
