// Command reductions counts the states of some models as they are and with each of the ways to search fewer: symmetry, partial
// order, and slices. It prints a table in Markdown.
//
//	go run ./internal/peers/suite/reductions -out checker/BENCHMARKS.md
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkheadlang/bulkhead/internal/peers/suite"
)

// models are the files, from the root of the module, with constants under which they have some thousand states or more.
var models = []struct{ file, constants string }{
	{"examples/admission.bh", "VMS=5"},
	{"examples/boot_storm.bh", "VMS=6"},
	{"examples/container_security.bh", "CONTAINERS=4"},
	{"examples/german.bh", "CLIENTS=4"},
	{"examples/leader_ring.bh", "N=5"},
	{"examples/mutex.bh", "N=10"},
	{"examples/peterson_n.bh", "N=4"},
	{"examples/philosophers_deadlock.bh", "N=12"},
	{"examples/pod_scheduler.bh", "PODS=5"},
	{"examples/readers_writers.bh", "READERS=7 WRITERS=4"},
	{"examples/replicated_store_fixed.bh", "NODES=3 WRITES=3"},
	{"examples/token_ring.bh", "N=9"},
	{"examples/transactions.bh", "TX=3 PARTS=3"},
	{"examples/two_phase_commit.bh", "RMS=6"},
	{"examples/vm_lifecycle.bh", "VMS=5"},
	{"model/docker/engine/lifecycle.bh", "CONTAINERS=4"},
	{"model/esxi/cpu/round_robin.bh", ""},
	{"model/esxi/cpu/stride.bh", ""},
	{"internal/peers/suite/models/container_host.bh", "CONTAINERS=3 HOST=5"},
	{"internal/peers/suite/models/election.bh", "N=5"},
	{"internal/peers/suite/models/hybrid_host.bh", "VMS=2 CONTAINERS=4 HOST=6"},
	{"internal/peers/suite/models/routing.bh", "ROUTERS=2 SITES=5 NETWORKS=12"},
	{"internal/peers/suite/models/scheduler.bh", ""},
}

func main() { suite.Main("reductions", reductions) }

func reductions(ctx context.Context) error {
	out := flag.String("out", "", "file whose section reductions is rewritten")
	flag.Parse()
	dir, err := os.MkdirTemp("", "bulkhead-reductions")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	setup, err := suite.NewSetup(ctx, dir, 0)
	if err != nil {
		return err
	}
	t := &table{Setup: setup}
	t.WriteString("| model | states | `--symmetry` | `--por` | of runs | `--por --property deadlock` | smallest slice | of |\n|---|---:|---:|---:|---:|---:|---:|---|\n")
	for _, m := range models {
		if err := t.row(ctx, m.file, m.constants); err != nil {
			return err
		}
	}
	fmt.Print(t.String())
	if *out != "" {
		return suite.Splice(*out, "reductions", t.String())
	}
	return nil
}

// table is the table being made.
type table struct {
	strings.Builder
	suite.Setup
}

// report is what is asked of a report of the command.
type report struct {
	Exhaustive bool
	States     struct{ Distinct int64 }
	Search     struct {
		RunStates int64 `json:"run_states"`
	}
	Properties []struct {
		Runs *struct{ Unreduced string }
	}
	Slices []struct {
		Properties []string
		Distinct   int64
	}
}

func (t *table) row(ctx context.Context, file, constants string) error {
	ask := func(flags ...string) (*report, error) {
		args := append([]string{"check", "--json", "--no-mutants"}, flags...)
		for _, c := range strings.Fields(constants) {
			args = append(args, "-D", c)
		}
		return t.ask(ctx, append(args, file))
	}
	plain, err := ask()
	if err != nil {
		return err
	}
	if !plain.Exhaustive {
		return fmt.Errorf("%s: the search was not exhaustive", file)
	}
	all := plain.States.Distinct
	cells := []string{strings.TrimSpace(strings.TrimSuffix(filepath.Base(file), ".bh") + " " + constants), suite.Thousands(all)}
	for _, flags := range [][]string{{"--symmetry"}, {"--por"}, {"--por", "--property", "deadlock"}} {
		r, err := ask(flags...)
		switch {
		case errors.Is(err, errRefused):
			cells = append(cells, "refused")
		case err != nil:
			return err
		default:
			cells = append(cells, factor(all, r.States.Distinct))
		}
		if len(flags) == 1 && flags[0] == "--por" {
			cells = append(cells, r.ofRuns(all))
		}
	}
	r, err := ask("--slice")
	if err != nil {
		return err
	}
	least := slices.MinFunc(r.Slices, func(a, b struct {
		Properties []string
		Distinct   int64
	},
	) int {
		return cmp.Compare(a.Distinct, b.Distinct)
	})
	of := least.Properties[0]
	if n := len(least.Properties) - 1; n > 0 {
		of += fmt.Sprintf(" and %d more", n)
	}
	if len(r.Slices) == 1 {
		of = "all"
	}
	cells = append(cells, factor(all, least.Distinct), of)
	fmt.Fprintf(t, "| %s |\n", strings.Join(cells, " | "))
	return nil
}

// ofRuns is on how many states properties of runs were decided with steps left out, if there are any and this was done.
func (r *report) ofRuns(all int64) string {
	switch {
	case r == nil || r.Search.RunStates == 0:
		return ""
	case slices.ContainsFunc(r.Properties, func(p struct{ Runs *struct{ Unreduced string } }) bool {
		return p.Runs != nil && p.Runs.Unreduced != ""
	}):
		return "all"
	}
	return factor(all, r.Search.RunStates)
}

// factor is a number of states and what part of all that is.
func factor(all, n int64) string {
	if n == all {
		return "same"
	}
	return fmt.Sprintf("%s (÷ %.3g)", suite.Thousands(n), float64(all)/float64(n))
}

// errRefused is the error of a model for which there is no reduction of some kind.
var errRefused = errors.New("refused")

// ask runs the command. It ends with status 1 where something is violated, which is of no concern here.
func (t *table) ask(ctx context.Context, args []string) (*report, error) {
	c := exec.CommandContext(ctx, t.Bulkhead, args...)
	c.Dir = t.Root
	var text, complaint bytes.Buffer
	c.Stdout, c.Stderr = &text, &complaint
	err := c.Run()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed) && failed.ExitCode() == 1:
	case err != nil && (strings.Contains(complaint.String(), "no symmetry can be used") || strings.Contains(complaint.String(), "no steps can be left out")):
		return nil, errRefused
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, complaint.String())
	}
	r := &report{}
	return r, json.Unmarshal(text.Bytes(), r)
}
