package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/spec"
)

// status is an exit status of the command.
type status int

const (
	holds     status = 0
	violated  status = 1
	wrong     status = 2 // the input or the usage
	undecided status = 3
)

// worst gives the one of two statuses that a script must know of: wrong, then violated, then undecided.
func worst(a, b status) status {
	rank := map[status]int{holds: 0, undecided: 1, violated: 2, wrong: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func statusOf(v checker.Verdict) status {
	switch v {
	case checker.Holds:
		return holds
	case checker.Violated:
		return violated
	default:
		return undecided
	}
}

// terminal is what the command reads and writes.
type terminal struct {
	stdin          io.Reader
	stdout, stderr *os.File
}

// commands is the grammar of the command line.
type commands struct {
	Check    checkCommand    `cmd:"" help:"Check every property in every reachable state, and that every mutant is caught."`
	Test     testCommand     `cmd:"" help:"Run the scenarios and the mutants."`
	Simulate simulateCommand `cmd:"" help:"Look for violations on random walks. Finds some, proves nothing."`
	Graph    graphCommand    `cmd:"" help:"Draw the state graph as DOT, SVG or PNG."`
	Prove    proveCommand    `cmd:"" help:"Prove properties by programs other than the checker: Coq, SMT solvers, a SAT solver."`
	Verify   verifyCommand   `cmd:"" help:"Check a certificate of verdicts without the engine that found them."`
	Export   exportCommand   `cmd:"" help:"Write a model in Promela or TLA+, for SPIN or TLC."`
	Fmt      fmtCommand      `cmd:"" help:"Format models."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

const description = "Checks models of hosts, containers and clusters, exhaustively.\n\n" +
	"Exit status: 0 every property holds; 1 a property is violated; 2 the input or the usage is wrong; " +
	"3 undecided, because a limit or an interrupt ended the search."

// command is what each member of commands does.
type command interface {
	run(ctx context.Context, t *terminal) (status, error)
}

// run parses the arguments, runs the command they name, and prints the error if there is one.
func run(args []string, t *terminal) status {
	var grammar commands
	parser, err := kong.New(&grammar,
		kong.Name("bulkhead"),
		kong.Description(description),
		kong.Writers(t.stdout, t.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic("the grammar of the command line is malformed: " + err.Error())
	}
	args, err = familiar(args)
	if err != nil {
		fmt.Fprintf(t.stderr, "bulkhead: %s\n", usageError(err))
		return wrong
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(t.stderr, "bulkhead: %s\n", usageError(err))
		return wrong
	}
	chosen, ok := parsed.Selected().Target.Addr().Interface().(command)
	if !ok {
		panic("the command " + parsed.Command() + " has no run method")
	}

	ctx, stop := interruptible(func() { os.Exit(int(undecided)) })
	defer stop()
	code, err := chosen.run(ctx, t)
	if err != nil {
		fmt.Fprintln(t.stderr, complaint(err))
		return wrong
	}
	return code
}

// familiar puts into the words of the grammar what people try: help and --version, and a negative number after a flag,
// which would be taken for a flag of its own. An empty value is refused: it would pass for a flag that is not there.
func familiar(args []string) ([]string, error) {
	if len(args) > 0 && args[0] == "--version" {
		args = append([]string{"version"}, args[1:]...)
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	var out []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(out, args[i:]...), nil
		}
		flag := strings.HasPrefix(a, "-") && a != "-"
		name, value, given := strings.Cut(a, "=")
		next := i+1 < len(args)
		switch {
		case flag && strings.HasPrefix(a, "--") && given && value == "", flag && !given && next && args[i+1] == "":
			return nil, fmt.Errorf("got an empty value for %s", name)
		case flag && strings.HasPrefix(a, "--") && !given && next && negative(args[i+1]):
			i++
			a += "=" + args[i]
		case (a == "-D" || a == "--define") && next && strings.HasPrefix(args[i+1], "="), strings.HasPrefix(a, "-D="), name == "--define" && strings.HasPrefix(value, "="):
			return nil, errors.New("got a constant without a name, want -D NAME=VALUE")
		}
		out = append(out, a)
	}
	return out, nil
}

// negative tells whether text begins as a negative number does.
func negative(text string) bool {
	return len(text) > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9'
}

// usageError adds where help is to be had.
func usageError(err error) string {
	text := strings.TrimSuffix(err.Error(), ".")
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		return text + "; see bulkhead " + parse.Context.Selected().Name + " --help"
	}
	return text + "; see bulkhead --help"
}

// complaint gives the text of an error: of a model's, the place, the line and a caret.
func complaint(err error) string {
	var list spec.Errors
	if errors.As(err, &list) {
		return strings.TrimRight(spec.Detail(err), "\n")
	}
	return "bulkhead: " + err.Error()
}

var errInterrupted = errors.New("interrupted")

// interruptible gives a context that ends with errInterrupted at the first interrupt. The next one calls exit: what there is
// to report, such as the run to a violation, may take a while. (The system's own way would not do, since it lets processes
// in the background ignore interrupts.)
func interruptible(exit func()) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for range 2 {
			select {
			case <-signals:
			case <-done:
				return
			}
			if ctx.Err() != nil {
				exit()
			}
			cancel(errInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}
