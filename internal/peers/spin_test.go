package peers

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// spin counts with SPIN: it makes a verifier in C, compiles it without partial-order reduction and runs it. By default
// SPIN leaves variables that are never read out of the state, which would merge states that differ in them; -o2 keeps
// them. Ends without a successor (-E) and failed assertions (-A) do not stop the run: the whole graph is counted.
func spin(ctx context.Context, dir string, c Case, more []Constant) (counts, error) {
	source, err := filepath.Abs(filepath.Join("testdata", c.Spin+".pml"))
	if err != nil {
		return counts{}, err
	}
	args := append([]string{}, c.Flags...)
	for _, k := range append(c.Constants, more...) {
		args = append(args, fmt.Sprintf("-D%s=%d", k.Name, k.Value))
	}
	if _, err := run(ctx, dir, "spin", append(args, "-o2", "-a", source)...); err != nil {
		return counts{}, err
	}
	if _, err := run(ctx, dir, "gcc", optimise(c), "-w", "-DNOREDUCE", "-DSAFETY", "-o", "pan", "pan.c"); err != nil {
		return counts{}, err
	}
	table := "-w18" // two to this power slots: enough, and soon cleared
	if c.Slow {
		table = "-w24"
	}
	out, err := run(ctx, dir, "./pan", "-m1000000", table, "-E", "-A")
	if err != nil {
		return counts{}, err
	}
	if !strings.Contains(out, "errors: 0") || strings.Contains(out, "max search depth too small") {
		return counts{}, fmt.Errorf("the verifier did not finish cleanly:\n%s", out)
	}
	var found counts
	if found.distinct, err = number(out, `(\d+) states, stored`); err != nil {
		return counts{}, err
	}
	found.generated, err = number(out, `(\d+) transitions \(= stored\+matched\)`)
	return found, err
}

// optimise gives the level of optimisation: compiling takes longer than running, unless a case is slow.
func optimise(c Case) string {
	if c.Slow {
		return "-O2"
	}
	return "-O0"
}

// run runs a command in a directory and returns what it printed.
func run(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out), nil
}

// number finds the one number that a pattern marks in a tool's output.
func number(out, pattern string) (int64, error) {
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(out, -1)
	if len(found) != 1 {
		return 0, fmt.Errorf("got %d matches of %q, want 1, in:\n%s", len(found), pattern, out)
	}
	return strconv.ParseInt(found[0][1], 10, 64)
}
