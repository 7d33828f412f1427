package suite

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Formula is a formula over runs, in our language and in SPIN's for the value n of the constant of its model.
type Formula struct {
	Ours string
	Spin func(n int) string
}

// Live is a property of whole runs of a model of examples, whose Promela twin stands in the testdata of package peers.
//
// SPIN's weak fairness (pan -f) is one of processes, ours is one of actions; what is claimed here holds under both. Identities
// are numbers here, since claims name single processes; number 1 is number 0 in Promela.
type Live struct {
	Model    string // of examples and testdata, without the ending
	Property string // its name
	About    string // one line
	Claim    Formula
	Fair     bool     // it holds under weak fairness; SPIN runs with -f
	Fails    Formula  // what is violated without fairness, by both: a comparison that cannot fail shows nothing
	Idle     string   // the place at which a process may stay for ever, as Promela calls it, or ""
	Safety   []string // the properties of states and steps that ours is compared with itself on
	Constant string   // of the model
	Small    int      // its value for tests
	Large    int      // and for measurements
	States   int64    // that ours has of Large
	Depth    int      // at least how deep SPIN's search of Large goes, which is what its stack needs
}

// Lives lists the properties of whole runs that are measured.
func Lives() []Live { return slices.Clone(lives) }

var lives = func() []Live {
	commit := Live{
		Model: "two_phase_commit", Constant: "RMS", Small: 4, Large: 7, States: 296448, Depth: 60,
		Safety: []string{"Consistent", "OneDecision", "Final", "AllCommit", "AllAbort", "deadlock", "fault"},
	}
	lock := Live{Model: "ticket_lock", Constant: "N", Small: 3, Large: 7, States: 191793, Depth: 130_000, Idle: "IDLE", Safety: []string{"Exclusive", "deadlock", "fault"}}
	starving := Live{Model: "starving_lock", Constant: "N", Small: 3, Large: 12, States: 28672, Depth: 1_000_000, Idle: "IDLE", Safety: []string{"Exclusive", "deadlock", "fault"}}
	fair := func(l Live, name, about string, f Formula) Live {
		l.Property, l.About, l.Claim, l.Fails, l.Fair = name, about, f, f, true
		return l
	}
	free := func(l Live, name, about, ours, spin string) Live {
		l.Property, l.About = name, about
		l.Claim = Formula{fmt.Sprintf(ours, "weak until"), func(int) string { return fmt.Sprintf(spin, "W") }}
		l.Fails = Formula{fmt.Sprintf(ours, "until"), func(int) string { return fmt.Sprintf(spin, "U") }}
		return l
	}
	return []Live{
		fair(commit, "Termination", "every resource manager commits or aborts in the end", Formula{
			"eventually (forall r in RM: rm[r] in {committed, aborted})",
			func(n int) string { return "<> (" + each(n, "rm[%d] >= COMMITTED", " && ") + ")" },
		}),
		free(commit, "AfterAll", "none commits before the manager has heard from all",
			"rm[1] != committed %s heard == RM", "(rm[0] != COMMITTED) %s (heard == ALL)"),
		fair(lock, "Served", "a host that waits gets the lock", Formula{
			"at[1] == waiting ~> at[1] == holding",
			func(int) string { return "[] (at[0] == WAITING -> <> (at[0] == HOLDING))" },
		}),
		free(lock, "InTurn", "the host whose number is called is next",
			"always (at[1] == waiting and ticket[1] == called implies (at[2] != holding %s at[1] == holding))",
			"[] ((at[0] == WAITING && ticket[0] == called) -> ((at[1] != HOLDING) %s (at[0] == HOLDING)))"),
		fair(starving, "SomeoneGets", "while hosts try, some host gets the lock", Formula{
			"(exists h in Host: at[h] == trying) ~> not free()",
			func(n int) string { return "[] ((" + each(n, "at[%d] == TRYING", " || ") + ") -> <> (held == 1))" },
		}),
	}
}()

// each writes a condition out for the numbers below n.
func each(n int, condition, op string) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf(condition, i))
	}
	return strings.Join(parts, op)
}

// LiveRun is one of the runs that are compared for a property.
type LiveRun int

// The runs.
const (
	OurSafety LiveRun = iota // of ours, for the properties of states and steps
	Ours                     // of ours, for the property
	Spins                    // of SPIN, for the property
)

// LiveRuns lists the runs.
func LiveRuns() []LiveRun { return []LiveRun{OurSafety, Ours, Spins} }

func (r LiveRun) String() string { return [...]string{"bulkhead-safety", "bulkhead", "spin"}[r] }

// Missing says why a run is not possible here, or "".
func (r LiveRun) Missing() string {
	if r == Spins {
		return Tool{Needs: []string{"spin", "gcc"}}.Missing()
	}
	return ""
}

// Prepare makes a run with the constant of the model at n, in a directory of its own; with fails it is of the formula that is
// violated. Anything but the verdict expected is an error of the run.
func (l Live) Prepare(ctx context.Context, s Setup, r LiveRun, dir string, n int, fails bool) (*Run, error) {
	claim, fair := l.Claim, l.Fair
	if fails {
		claim, fair = l.Fails, false
	}
	prepare := l.ours
	if r == Spins {
		prepare = l.spin
	}
	k, err := prepare(ctx, s, r, dir, n, claim, fair, fails)
	if err != nil {
		return nil, fmt.Errorf("%s, %s, %s: %w", l.Model, l.Property, r, err)
	}
	run := &Run{Tool: Tool{Name: r.String()}, limit: s.Limit, want: l.States, command: k}
	if r == Spins || fails || n != l.Large { // SPIN counts states of the product
		run.Tool.Less, run.want = true, 1<<62
	}
	return run, nil
}

// ours makes a run of ours.
func (l Live) ours(_ context.Context, s Setup, r LiveRun, dir string, n int, claim Formula, fair, fails bool) (command, error) {
	source, err := os.ReadFile(filepath.Join(s.Root, "examples", l.Model+".bh"))
	if err != nil {
		return command{}, err
	}
	text := strings.ReplaceAll(string(source), "symmetric ", "")
	if !fair {
		text = regexp.MustCompile(`(?m)^(strong )?fair (for \w+ )?action`).ReplaceAllString(text, "action")
	}
	text += fmt.Sprintf("\nproperty %s { %s }\n", l.Property+"Live", claim.Ours)
	file := filepath.Join(dir, l.Model+".bh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return command{}, err
	}
	names, verdict := []string{l.Property + "Live"}, "holds"
	if r == OurSafety {
		names = l.Safety
	} else if fails {
		verdict = "violated"
	}
	k := s.check(file, set(l.Constant, n), names, verdict, "--no-mutants", "--workers", "1")
	k.dir = dir
	return k, nil
}

// spin makes a run of SPIN.
func (l Live) spin(ctx context.Context, s Setup, _ LiveRun, dir string, n int, claim Formula, fair, fails bool) (command, error) {
	source, err := os.ReadFile(filepath.Join(s.Root, "internal", "peers", "testdata", l.Model+".pml"))
	if err != nil {
		return command{}, err
	}
	text := string(source)
	if l.Idle != "" {
		text = strings.ReplaceAll(text, "\tdo\n", "\tdo\n\t:: d_step { at[_pid] == "+l.Idle+" -> skip }\n")
	}
	text += fmt.Sprintf("\nltl %s { %s }\n", l.Property, claim.Spin(n))
	if err := os.WriteFile(filepath.Join(dir, "model.pml"), []byte(text), 0o600); err != nil {
		return command{}, err
	}
	if err := build(ctx, dir, "spin", "-o2", "-a", fmt.Sprintf("-D%s=%d", l.Constant, n), "model.pml"); err != nil {
		return command{}, err
	}
	level := "-O0"
	if n == l.Large {
		level = "-O3"
	}
	if err := build(ctx, dir, "gcc", level, "-march=native", "-w", "-DNOREDUCE", "-DNFAIR=4", "-o", "pan", "pan.c"); err != nil {
		return command{}, err
	}
	args := []string{"-a", "-m" + strconv.Itoa(l.Depth), "-w" + strconv.Itoa(max(18, bits.Len64(uint64(4*l.States)))), "-N", l.Property}
	if n != l.Large {
		args[1], args[2] = "-m100000", "-w18"
	}
	if fair {
		args = append(args, "-f")
	}
	return command{dir: dir, name: filepath.Join(dir, "pan"), args: args, distinct: func(out string) (int64, error) {
		violated := strings.Contains(out, "acceptance cycle") || strings.Contains(out, "assertion violated  !(")
		switch {
		case !strings.Contains(out, "never claim         \t+ ("+l.Property+")"):
			return 0, errors.New("the verifier checked something else")
		case violated != fails:
			return 0, fmt.Errorf("the verifier says violated: %v, want %v", violated, fails)
		case violated:
			return number(out, storedStates)
		}
		return stored(out)
	}}, nil
}

// LiveResult holds the runs for a property, by their names.
type LiveResult struct {
	Live Live
	Runs map[string][]Measure
}

// LiveMarkdown writes the results as a table.
func LiveMarkdown(results []LiveResult) string {
	var b strings.Builder
	b.WriteString("CPU seconds, user and system. States are those of the model, and those that SPIN stored of its product with the claim.\n\n")
	b.WriteString("| model | property | fair | states | safety | liveness | liveness / safety | SPIN | its states | SPIN / ours |\n")
	b.WriteString("|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range results {
		of := func(run LiveRun) (Measure, bool) {
			return Result{Runs: r.Runs}.Median(run.String())
		}
		figure := func(run LiveRun, write func(Measure) string) string {
			switch m, ok := of(run); {
			case !ok:
				return "–"
			case m.Over:
				return "limit"
			default:
				return write(m)
			}
		}
		ratio := func(x, y LiveRun) string {
			m, ok := of(x)
			k, known := of(y)
			if !ok || !known || m.Over || k.Over {
				return "–"
			}
			return fmt.Sprintf("%.1f", float64(m.CPU)/float64(k.CPU))
		}
		cpu := func(m Measure) string { return seconds(m.CPU) }
		fair := "no (`-a`)"
		if r.Live.Fair {
			fair = "yes (`-a -f`)"
		}
		fmt.Fprintf(&b, "| %s, %s=%d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
			r.Live.Model, r.Live.Constant, r.Live.Large, r.Live.Property, fair, Thousands(r.Live.States),
			figure(OurSafety, cpu), figure(Ours, cpu), ratio(Ours, OurSafety), figure(Spins, cpu),
			figure(Spins, func(m Measure) string { return Thousands(m.Distinct) }), ratio(Spins, Ours))
	}
	b.WriteByte('\n')
	for _, r := range results {
		fmt.Fprintf(&b, "- `%s`: %s.\n", r.Live.Property, r.Live.About)
	}
	return b.String()
}
