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
// the process is enabled exactly when the action is. Every model here is such; its own fairness is taken out and this one
// put in. Where there is to be none, pan runs without -f.
//
// In both tools a state without successors is repeated for ever: a run that ends satisfies what stays true in its last
// state.

// claim is one formula, in both languages, and whether it holds of the runs that are fair, and of all.
type claim struct {
	name       string
	ours, spin string
	fair, free bool
}

// claims are what is claimed of the runs of a configuration of a model. A process that is number 1 of 1..N here is number 0
// there.
type claims struct {
	model, config string
	list          []claim
}

const (
	holds    = true
	violated = false
)

var claimed = []claims{
	{"starving_lock", "", []claim{
		{"served", "at[1] == trying ~> at[1] == holding", "[] (at[0] == TRYING -> <> (at[0] == HOLDING))", violated, violated},
		{"someone", "always eventually not free()", "[] <> (held == 1)", holds, holds},
		{"all", "always eventually at[1] != idle", "[] <> (at[0] != IDLE)", holds, violated},
		{"leaves", "at[1] == holding ~> at[1] == idle", "[] (at[0] == HOLDING -> <> (at[0] == IDLE))", holds, holds},
		{"asks", "eventually at[1] == trying", "<> (at[0] == TRYING)", holds, violated},
		{"onlyFirst", "eventually always (at[1] == holding or free())", "<> [] (at[0] == HOLDING || held == 0)", violated, violated},
	}},
	{"ticket_lock", "", []claim{
		{"served", "at[1] == waiting ~> at[1] == holding", "[] (at[0] == WAITING -> <> (at[0] == HOLDING))", holds, holds},
		{"again", "always eventually at[1] == holding", "[] <> (at[0] == HOLDING)", holds, violated},
		{
			"inOrder", "always (at[1] == waiting and ticket[1] == called implies (at[2] != holding until at[1] == holding))",
			"[] ((at[0] == WAITING && ticket[0] == called) -> ((at[1] != HOLDING) U (at[0] == HOLDING)))", holds, holds,
		},
		{"firstWins", "at[2] != holding weak until at[1] == holding", "(at[1] != HOLDING) W (at[0] == HOLDING)", violated, violated},
	}},
	{"peterson", "", []claim{
		{"getsIn", "at[0] == raised ~> at[0] == inside", "[] (at[0] == RAISED -> <> (at[0] == INSIDE))", holds, holds},
		{
			"both", "(always eventually at[0] == inside) and (always eventually at[1] == inside)",
			"([] <> (at[0] == INSIDE)) && ([] <> (at[1] == INSIDE))", holds, violated,
		},
		{
			"oneOf", "(always eventually at[0] == inside) or (always eventually at[1] == inside)",
			"([] <> (at[0] == INSIDE)) || ([] <> (at[1] == INSIDE))", holds, holds,
		},
		{"turn", "turn == 0 weak until at[0] == waiting", "(turn == 0) W (at[0] == WAITING)", holds, holds},
		{"settles", "(eventually always turn == 0) or (eventually always turn == 1)", "(<> [] (turn == 0)) || (<> [] (turn == 1))", violated, violated},
		{"lowers", "always (flag[0] implies (flag[0] until at[0] == inside))", "[] (flag[0] -> (flag[0] U (at[0] == INSIDE)))", holds, holds},
	}},
	{"philosophers", "three", []claim{
		{"dines", "at[0] == hungry ~> at[0] == eating", "[] (at[0] == HUNGRY -> <> (at[0] == EATING))", violated, violated},
		{
			"someone", "always eventually (at[0] == eating or at[1] == eating or at[2] == eating)",
			"[] <> (at[0] == EATING || at[1] == EATING || at[2] == EATING)", holds, holds,
		},
		{"again", "always eventually at[2] == eating", "[] <> (at[2] == EATING)", violated, violated},
		{"releases", "at[1] == eating release at[1] != thinking", "(at[1] == EATING) V (at[1] != THINKING)", violated, violated},
	}},
	{"philosophers_deadlock", "three", []claim{
		{"dines", "at[0] == hungry ~> at[0] == eating", "[] (at[0] == HUNGRY -> <> (at[0] == EATING))", violated, violated},
		{"stuck", "eventually always at[0] == hungry", "<> [] (at[0] == HUNGRY)", violated, violated},
		{
			"moves", "(eventually always at[0] == hungry) or (always eventually at[0] == eating)",
			"(<> [] (at[0] == HUNGRY)) || ([] <> (at[0] == EATING))", violated, violated,
		},
	}},
	{"retry_livelock", "", []claim{
		{"finishes", "eventually at[0] == done", "<> (at[0] == DONE)", violated, violated},
		{
			"together", "(always eventually at[0] == locked) implies (always eventually at[1] == locked)",
			"([] <> (at[0] == LOCKED)) -> ([] <> (at[1] == LOCKED))", holds, holds,
		},
		{"copies", "at[0] == copying ~> at[0] == done", "[] (at[0] == COPYING -> <> (at[0] == DONE))", holds, holds},
	}},
	{"retry", "", []claim{
		{"finishes", "eventually at[0] == done", "<> (at[0] == DONE)", violated, violated},
		{"after", "eventually at[0] == done implies eventually at[1] == done", "(<> (at[0] == DONE)) -> (<> (at[1] == DONE))", holds, holds},
	}},
	{"producer_consumer", "", []claim{
		{"flows", "always eventually size(buffer) == 0", "[] <> (len(buffer) == 0)", violated, violated},
		{"comes", "produced == 1 ~> consumed == 1", "[] (produced == 1 -> <> (consumed == 1))", holds, holds},
	}},
}

// text gives a model with the claims, and with the fairness of processes or none.
func text(t *testing.T, c claims, fair bool) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("../../examples", c.model+".bh"))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.ReplaceAll(string(source), "symmetric ", "") // claims name single processes
	out = regexp.MustCompile(`(?m)^(strong )?fair (for \w+ )?action`).ReplaceAllString(out, "action")
	if fair {
		out = regexp.MustCompile(`(?m)^action (\w+)\((\w+):`).ReplaceAllString(out, "fair for $2 action $1($2:")
		out = regexp.MustCompile(`(?m)^action`).ReplaceAllString(out, "fair action")
	}
	for _, f := range c.list {
		out += fmt.Sprintf("\nproperty %s { %s }\n", f.name, f.ours)
	}
	return out
}

// TestRuns sees that our verdicts on whole runs are those expected.
func TestRuns(t *testing.T) {
	for _, c := range claimed {
		for _, fair := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/fair=%t", c.model, fair), func(t *testing.T) {
				verdicts := decide(t, c, fair)
				for _, f := range c.list {
					want := map[bool]checker.Verdict{holds: checker.Holds, violated: checker.Violated}[f.verdict(fair)]
					if verdicts[f.name] != want {
						t.Errorf("%s: got %q, want %q: %s", f.name, verdicts[f.name], want, f.ours)
					}
				}
			})
		}
	}
}

// decide gives our verdicts by the names of the claims.
func decide(t *testing.T, c claims, fair bool) map[string]checker.Verdict {
	t.Helper()
	file := c.model + ".bh"
	program, err := spec.LoadWith(fstest.MapFS{file: {Data: []byte(text(t, c, fair))}}, file, spec.Options{Config: c.config})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.list {
		names = append(names, f.name)
	}
	got, err := checker.Check(t.Context(), program, checker.Config{Only: names})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]checker.Verdict{}
	for _, p := range got.Properties {
		verdicts[p.Property.Name] = p.Verdict
	}
	return verdicts
}

func (c claim) verdict(fair bool) bool {
	if fair {
		return c.fair
	}
	return c.free
}

// TestRunsSpin sees that SPIN says the same.
func TestRunsSpin(t *testing.T) {
	need(t, "spin", "gcc")
	for _, c := range claimed {
		t.Run(c.model, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := verifier(t.Context(), dir, c); err != nil {
				t.Fatal(err)
			}
			for _, f := range c.list {
				for _, fair := range []bool{true, false} {
					got, err := judge(t.Context(), dir, f.name, fair)
					if err != nil {
						t.Fatalf("%s: %v", f.name, err)
					}
					if got != f.verdict(fair) {
						t.Errorf("%s, fair %t: SPIN says that it holds: %t, want %t: %s", f.name, fair, got, f.verdict(fair), f.spin)
					}
				}
			}
		})
	}
}

// TestRandomRunsSpin compares claims that are put together at random: none is likely to be of use, but each means
// something.
func TestRandomRunsSpin(t *testing.T) {
	need(t, "spin", "gcc")
	number := 8
	if soak() {
		number = 100
	}
	for seed, c := range []struct {
		claims
		atoms []claim
	}{
		{claims{model: "starving_lock", config: "two"}, []claim{
			{ours: "at[1] == idle", spin: "at[0] == IDLE"},
			{ours: "at[1] == trying", spin: "at[0] == TRYING"},
			{ours: "at[2] == holding", spin: "at[1] == HOLDING"},
		}},
		{claims{model: "philosophers_deadlock", config: "three"}, []claim{
			{ours: "at[0] == hungry", spin: "at[0] == HUNGRY"},
			{ours: "at[1] == eating", spin: "at[1] == EATING"},
			{ours: "at[2] == thinking", spin: "at[2] == THINKING"},
		}},
		{claims{model: "retry_livelock"}, []claim{
			{ours: "at[0] == locked", spin: "at[0] == LOCKED"},
			{ours: "at[1] == done", spin: "at[1] == DONE"},
			{ours: "holder[0] == none", spin: "holder[0] == 0"},
		}},
	} {
		t.Run(c.model, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			for i := range number {
				f := draw(random, c.atoms, 4)
				// Outermost an operator, since a claim about initial states is refused.
				f = claim{ours: "eventually (" + f.ours + ")", spin: "<> (" + f.spin + ")"}
				if random.IntN(2) == 0 {
					g := draw(random, c.atoms, 3)
					f = claim{ours: "always (" + g.ours + ")", spin: "[] (" + g.spin + ")"}
				}
				f.name = fmt.Sprintf("random%d", i)
				c.list = append(c.list, f)
			}
			dir := t.TempDir()
			if err := verifier(t.Context(), dir, c.claims); err != nil {
				t.Fatal(err)
			}
			for _, fair := range []bool{true, false} {
				verdicts := decide(t, c.claims, fair)
				for _, f := range c.list {
					ok, err := judge(t.Context(), dir, f.name, fair)
					if err != nil {
						t.Fatalf("%s: %v", f.ours, err)
					}
					if want := map[bool]checker.Verdict{holds: checker.Holds, violated: checker.Violated}[ok]; verdicts[f.name] != want {
						t.Errorf("fair %t: got %q, want %q as SPIN says: %s", fair, verdicts[f.name], want, f.ours)
					}
				}
			}
		})
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

// verifier makes SPIN's verifier of a model and its claims.
func verifier(ctx context.Context, dir string, c claims) error {
	var of Case
	for _, k := range Cases() {
		if k.Model == c.model && k.Config == c.config {
			of = k
		}
	}
	source, err := os.ReadFile(filepath.Join("testdata", of.Spin+".pml"))
	if err != nil {
		return err
	}
	out := string(source)
	for _, f := range c.list {
		out += fmt.Sprintf("\nltl %s { %s }\n", f.name, f.spin)
	}
	if err := os.WriteFile(filepath.Join(dir, "model.pml"), []byte(out), 0o644); err != nil {
		return err
	}
	args := append([]string{}, of.Flags...)
	for _, k := range of.Constants {
		args = append(args, fmt.Sprintf("-D%s=%d", k.Name, k.Value))
	}
	if _, err := run(ctx, dir, "spin", append(args, "-o2", "-a", "model.pml")...); err != nil {
		return err
	}
	_, err = run(ctx, dir, "gcc", "-O0", "-w", "-DNOREDUCE", "-o", "pan", "pan.c")
	return err
}

// judge runs the verifier for one claim and tells whether it holds.
func judge(ctx context.Context, dir, name string, fair bool) (bool, error) {
	args := []string{"-a", "-m100000", "-w18", "-N", name}
	if fair {
		args = append(args, "-f")
	}
	out, err := run(ctx, dir, "./pan", args...)
	if err != nil {
		return false, err
	}
	if !strings.Contains(out, "never claim         \t+ ("+name+")") {
		return false, fmt.Errorf("the verifier checked something else:\n%s", out)
	}
	// The claim itself may fail as an assertion: a run that violates it whatever comes after.
	if strings.Contains(out, "acceptance cycle") || strings.Contains(out, "pan:1: assertion violated  !(") {
		return false, nil
	}
	if !strings.Contains(out, "errors: 0") || strings.Contains(out, "max search depth too small") {
		return false, fmt.Errorf("the verifier did not finish cleanly:\n%s", out)
	}
	return true, nil
}
