package peers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// How claims about whole runs are compared with SPIN's.
//
// SPIN's weak fairness (pan -f) is one of processes: a process that can take a step in all states from some position on
// takes steps again and again (G. J. Holzmann, The SPIN Model Checker, 2004, chapter 8). Ours is one of actions. Both are
// the same where each action has the process as its parameter and is fair for it, and where the place at which a process
// stands leaves it one action, which may wait for others. Then a process that does not move keeps that one action, so that
// the process is enabled exactly when the action is. Every model here is such; its own fairness is taken out, and that of
// a mode put in:
//
//   - full: all actions are fair; pan -f.
//   - lazy: the action by which a process begins is not, so that it may stay where it is. SPIN's process gets an option to
//     do nothing there, by which it is fair and does not begin.
//   - free: nothing is fair, so that a run may stop anywhere. SPIN gets one more process, which may halt all others (by
//     provided clauses), and runs without -f.
//
// In both tools a state without successors is repeated for ever. But SPIN 6.5.2 misses such runs under -f, where the
// automaton of the claim does not stay in one accepting state: with two processes that count x up to 2, it says that
// ![]<>(x == 2) holds. With -f there is one more process, then, that does nothing again and again, so that no run ends.
// Steps that change nothing do not count in formulas without the operator next.

// ours gives a model with the claims and the fairness of a mode.
func (c claims) ours(t *testing.T, m mode) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("../../examples", c.model+".bh"))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.ReplaceAll(string(source), "symmetric ", "") // claims name single processes
	out = regexp.MustCompile(`(?m)^(strong )?fair (for \w+ )?action`).ReplaceAllString(out, "action")
	if m != free {
		out = regexp.MustCompile(`(?m)^action (\w+)\((\w+):`).ReplaceAllString(out, "fair for $2 action $1($2:")
		out = regexp.MustCompile(`(?m)^action`).ReplaceAllString(out, "fair action")
	}
	if m == lazy {
		out = regexp.MustCompile(`(?m)^fair (for \w+ )?action `+c.begins+`\b`).ReplaceAllString(out, "action "+c.begins)
	}
	for _, f := range c.list {
		out += fmt.Sprintf("\nproperty %s { %s }\n", f.name, f.ours)
	}
	return out
}

// promela gives SPIN's model with the same.
func (c claims) promela(source string, m mode) string {
	out := source
	if m != free {
		out += "\nactive proctype Idle() { do :: d_step { true -> skip } od }\n"
	}
	switch m {
	case lazy:
		out = strings.ReplaceAll(out, "\tdo\n", "\tdo\n\t:: d_step { at[_pid] == "+c.idle+" -> skip }\n")
	case free:
		out = regexp.MustCompile(`(?m)^(active .*\)) \{$`).ReplaceAllString(out, "$1 provided (!halt) {")
		out = "bool halt;\n" + out + "\nactive proctype Halt() { halt = true }\n"
	}
	for _, f := range c.list {
		out += fmt.Sprintf("\nltl %s { %s }\n", f.name, f.spin)
	}
	return out
}

// TestRuns sees that our verdicts on whole runs are those expected.
func TestRuns(t *testing.T) {
	for _, c := range claimed {
		for _, m := range c.modes() {
			t.Run(fmt.Sprintf("%s/mode=%d", c.model, m), func(t *testing.T) {
				verdicts := decide(t, c, m)
				for _, f := range c.list {
					if want := verdict(m >= f.needs); verdicts[f.name] != want {
						t.Errorf("%s: got %q, want %q: %s", f.name, verdicts[f.name], want, f.ours)
					}
				}
			})
		}
	}
}

// TestRunsSpin sees that SPIN says the same.
func TestRunsSpin(t *testing.T) {
	need(t, "spin", "gcc")
	for _, c := range claimed {
		for _, m := range c.modes() {
			if c.extra && !soak() {
				continue
			}
			t.Run(fmt.Sprintf("%s/mode=%d", c.model, m), func(t *testing.T) {
				t.Parallel()
				found := judge(t, c, m)
				for _, f := range c.list {
					if got, want := found[f.name], verdict(m >= f.needs); got != want {
						t.Errorf("%s: got %q from SPIN, want %q: %s", f.name, got, want, f.spin)
					}
				}
			})
		}
	}
}

// TestRandomRunsSpin compares claims that are put together at random: none is likely to be of use, but each means
// something.
func TestRandomRunsSpin(t *testing.T) {
	need(t, "spin", "gcc")
	number := 12
	if soak() {
		number = 60
	}
	for seed, c := range []struct {
		claims
		atoms []claim
	}{
		{claims{model: "starving_lock", config: "two", begins: "Ask", idle: "IDLE"}, []claim{
			{ours: "at[1] == idle", spin: "at[0] == IDLE"},
			{ours: "at[1] == trying", spin: "at[0] == TRYING"},
			{ours: "at[2] == holding", spin: "at[1] == HOLDING"},
		}},
		{claims{model: "philosophers_deadlock", config: "three", extra: true}, []claim{
			{ours: "at[0] == hungry", spin: "at[0] == HUNGRY"},
			{ours: "at[1] == eating", spin: "at[1] == EATING"},
			{ours: "at[2] == thinking", spin: "at[2] == THINKING"},
		}},
		{claims{model: "retry_livelock", extra: true}, []claim{
			{ours: "at[0] == locked", spin: "at[0] == LOCKED"},
			{ours: "at[1] == done", spin: "at[1] == DONE"},
			{ours: "holder[0] == none", spin: "holder[0] == 0"},
		}},
	} {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		for i := range number {
			// Outermost an operator: a claim about initial states is refused.
			f := draw(random, c.atoms, 3)
			if random.IntN(2) == 0 {
				f = claim{ours: "always (" + f.ours + ")", spin: "[] (" + f.spin + ")"}
			} else {
				f = claim{ours: "eventually (" + f.ours + ")", spin: "<> (" + f.spin + ")"}
			}
			f.name = fmt.Sprintf("random%d", i)
			c.list = append(c.list, f)
		}
		for _, m := range c.modes() {
			if c.extra && !soak() {
				continue
			}
			t.Run(fmt.Sprintf("%s/mode=%d", c.model, m), func(t *testing.T) {
				t.Parallel()
				found, verdicts := judge(t, c.claims, m), decide(t, c.claims, m)
				decided := 0
				for _, f := range c.list {
					if want := found[f.name]; want != checker.Undecided {
						decided++
						if verdicts[f.name] != want {
							t.Errorf("got %q, want %q as SPIN says: %s", verdicts[f.name], want, f.ours)
						}
					}
				}
				if decided < number/2 {
					t.Errorf("SPIN decided only %d of %d claims", decided, number)
				}
			})
		}
	}
}

// draw puts a formula of at most size operators together.
func draw(r *rand.Rand, atoms []claim, size int) claim {
	if size == 0 || r.IntN(5) == 0 {
		return atoms[r.IntN(len(atoms))]
	}
	one := []claim{{ours: "not", spin: "!"}, {ours: "always", spin: "[]"}, {ours: "eventually", spin: "<>"}}
	two := []claim{
		{ours: "and", spin: "&&"},
		{ours: "or", spin: "||"},
		{ours: "implies", spin: "->"},
		{ours: "until", spin: "U"},
		{ours: "weak until", spin: "W"},
		{ours: "release", spin: "V"},
	}
	if n := r.IntN(len(one) + len(two)); n < len(one) {
		f := draw(r, atoms, size-1)
		return claim{ours: one[n].ours + " (" + f.ours + ")", spin: one[n].spin + " (" + f.spin + ")"}
	} else {
		f, g, op := draw(r, atoms, (size-1)/2), draw(r, atoms, size/2), two[n-len(one)]
		return claim{ours: "(" + f.ours + ") " + op.ours + " (" + g.ours + ")", spin: "(" + f.spin + ") " + op.spin + " (" + g.spin + ")"}
	}
}

// decide gives our verdicts by the names of the claims.
func decide(t *testing.T, c claims, m mode) map[string]checker.Verdict {
	t.Helper()
	file := c.model + ".bh"
	program, err := spec.LoadWith(fstest.MapFS{file: {Data: []byte(c.ours(t, m))}}, file, spec.Options{Config: c.config})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.list {
		names = append(names, f.name)
	}
	got, err := checker.Check(t.Context(), program, checker.Config{Only: names, NoWitnesses: true})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]checker.Verdict{}
	for _, p := range got.Properties {
		verdicts[p.Property.Name] = p.Verdict
	}
	return verdicts
}

func verdict(holds bool) checker.Verdict {
	if holds {
		return checker.Holds
	}
	return checker.Violated
}

// judge gives SPIN's verdicts by the names of the claims.
func judge(t *testing.T, c claims, m mode) map[string]checker.Verdict {
	t.Helper()
	var of Case
	for _, k := range Cases() {
		if k.Model == c.model && k.Config == c.config {
			of = k
		}
	}
	source, err := os.ReadFile(filepath.Join("testdata", of.Spin+".pml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "model.pml"), []byte(c.promela(string(source), m)), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{}, of.Flags...)
	for _, k := range of.Constants {
		args = append(args, fmt.Sprintf("-D%s=%d", k.Name, k.Value))
	}
	if _, err := run(t.Context(), dir, "spin", append(args, "-o2", "-a", "model.pml")...); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t.Context(), dir, "gcc", "-O0", "-w", "-DNOREDUCE", "-o", "pan", "pan.c"); err != nil {
		t.Fatal(err)
	}
	found := map[string]checker.Verdict{}
	for _, f := range c.list {
		if found[f.name], err = verified(t.Context(), dir, f.name, m != free); err != nil {
			t.Fatalf("%s: %v", f.spin, err)
		}
	}
	return found
}

// verified runs a verifier for one claim. Under -f SPIN 6.5.2 comes to no end of some claims, however deep it may go and
// however few the states; those are undecided.
func verified(ctx context.Context, dir, name string, fair bool) (checker.Verdict, error) {
	args := []string{"-a", "-m20000", "-w18", "-N", name}
	if fair {
		args = append(args, "-f")
	}
	out, err := run(ctx, dir, "./pan", args...)
	switch {
	case err != nil:
		return "", err
	case !strings.Contains(out, "never claim         \t+ ("+name+")"):
		return "", fmt.Errorf("the verifier checked something else:\n%s", out)
	case strings.Contains(out, "acceptance cycle"):
		return checker.Violated, nil
	case strings.Contains(out, "pan:1: assertion violated  !("): // the claim fails whatever comes after
		return checker.Violated, nil
	case strings.Contains(out, "max search depth too small"):
		return checker.Undecided, nil
	case !strings.Contains(out, "errors: 0"):
		return "", fmt.Errorf("the verifier did not finish cleanly:\n%s", out)
	default:
		return checker.Holds, nil
	}
}
