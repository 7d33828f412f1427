package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// Main does the work of a program until it is interrupted, and ends it with status 1 on an error.
func Main(name string, work func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := work(ctx); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// NewSetup compiles the command of the module into a directory.
func NewSetup(ctx context.Context, dir string, limit time.Duration) (Setup, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return Setup{}, fmt.Errorf("go list -m: %w", err)
	}
	s := Setup{Root: strings.TrimSpace(string(root)), Bulkhead: filepath.Join(dir, "bulkhead"), Limit: limit}
	return s, build(ctx, s.Root, "go", "build", "-o", s.Bulkhead, "./cmd/bulkhead")
}

// Interleave measures runs, all of them in each round, and gives the figures by the names of their tools. A tool that takes long runs
// once, and none again after it failed or was ended by the limit; what one does wrong does not stop the others. About says on
// standard error of what the runs are.
func Interleave(ctx context.Context, rounds int, about string, runs []*Run) (map[string][]Measure, error) {
	out := map[string][]Measure{}
	failures := []error{}
	for round := range rounds {
		for _, r := range runs {
			name := r.Tool.Name
			before := out[name]
			if ctx.Err() != nil || round > 0 && (r.Tool.Once || len(before) == 0 || before[0].Over) {
				continue
			}
			m, err := r.Measure(ctx)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s, %s: %v\n", about, name, err)
				failures = append(failures, fmt.Errorf("%s, %s: %w", about, name, err))
				continue
			}
			out[name] = append(before, m)
			note := fmt.Sprintf("%d states, %.2f s CPU, %.2f s wall, %d MiB", m.Distinct, m.CPU.Seconds(), m.Wall.Seconds(), m.Peak>>20)
			if m.Over {
				note = "ended by the time limit of " + r.limit.String()
			}
			fmt.Fprintf(os.Stderr, "round %d, %s, %s: %s\n", round+1, about, name, note)
		}
	}
	return out, errors.Join(append(failures, ctx.Err())...)
}

// check makes a run of ours of some properties, all with no names, that ends with a verdict.
func (s Setup) check(file string, constants []Constant, properties []string, verdict string, flags ...string) command {
	args := append([]string{"check", "--json"}, flags...)
	for _, k := range constants {
		args = append(args, "-D", k.String())
	}
	for _, name := range properties {
		args = append(args, "--property", name)
	}
	k := command{name: s.Bulkhead, args: append(args, file), distinct: reported(verdict)}
	if verdict == "violated" {
		k.status = 1
	}
	return k
}
