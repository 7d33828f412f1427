package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tool is a checker, or one way of running it.
type Tool struct {
	Name  string   // as flags and tables call it
	About string   // its way of running
	Needs []string // commands that must be installed
	Ours  bool
	Spin  bool // a mode of SPIN that visits every state: the best of them is what ours is compared with
	Less  bool // leaves states out on purpose, so its number of states is not compared
	Once  bool // is too slow for more than one round

	// prepare makes what is run, in a directory of its own, and is not measured.
	prepare func(ctx context.Context, s Setup, dir string, c Case, size Size) (command, error)
}

// Setup is what runs need to know.
type Setup struct {
	Root     string        // of the module, an absolute path
	Bulkhead string        // the compiled command, an absolute path
	Limit    time.Duration // of one run; not of its preparation
}

// command is a prepared run: what to call, and how to find the number of distinct states in what it prints.
type command struct {
	dir, name string
	args      []string
	status    int // with which it ends
	distinct  func(out string) (int64, error)
}

func (s Setup) folder() string { return filepath.Join(s.Root, "internal", "peers", "suite") }

// Tools lists all tools.
func Tools() []Tool { return slices.Clone(tools) }

var tools = []Tool{
	{Name: "bulkhead", About: "one worker", Ours: true, prepare: ours(1)},
	{Name: "bulkhead-2", About: "two workers", Ours: true, prepare: ours(2)},
	spin("spin", "depth first, states stored as they are", ""),
	spin("spin-collapse", "depth first, states stored in parts (-DCOLLAPSE)", "-DCOLLAPSE"),
	spin("spin-bfs", "breadth first (-DBFS)", "-DBFS"),
	spin("spin-2", "depth first on two cores (-DNCORE=2)", "-DNCORE=2"),
	spin("spin-por", "depth first with partial-order reduction: fewer states", ""),
	{Name: "rumur", About: "one thread, unpacked states, no traces", Needs: []string{"rumur", "gcc"}, Once: true, prepare: rumur},
	{Name: "tlc", About: "TLC, one worker", Needs: []string{"java"}, Once: true, prepare: tlc},
}

// Asked says why tests leave the other tools out, or "": they compile for each model, which takes minutes, so that only make
// check and make soak ask for them.
func Asked() string {
	if os.Getenv("BULKHEAD_PEERS") == "" && os.Getenv("BULKHEAD_SOAK") == "" {
		return "other tools run in make check: set BULKHEAD_PEERS"
	}
	return ""
}

// Missing says why a tool cannot run here, or "".
func (t Tool) Missing() string {
	for _, n := range t.Needs {
		if _, err := exec.LookPath(n); err != nil {
			return n + " is not installed"
		}
	}
	if t.Name == "tlc" && os.Getenv("TLA2TOOLS") == "" {
		return "TLA2TOOLS does not name TLC's jar"
	}
	return ""
}

// Run is a prepared run of a tool.
type Run struct {
	Tool  Tool
	limit time.Duration
	want  int64
	command
}

// Prepare makes a run of a size of a case; dir is its own directory.
func (t Tool) Prepare(ctx context.Context, s Setup, dir string, c Case, size Size) (*Run, error) {
	k, err := t.prepare(ctx, s, dir, c, size)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", c.Name, t.Name, err)
	}
	return &Run{Tool: t, limit: s.Limit, want: size.States, command: k}, nil
}

// Measure runs it once. Another number of states than the case says is an error.
func (r *Run) Measure(ctx context.Context) (Measure, error) {
	out, m, err := run(ctx, r.limit, r.status, r.dir, r.name, r.args...)
	if err != nil || m.Over {
		return m, err
	}
	m.Distinct, err = r.distinct(out)
	switch {
	case err != nil:
		return m, fmt.Errorf("%s %s: %w\n%s", r.name, strings.Join(r.args, " "), err, tail(out))
	case !r.Tool.Less && m.Distinct != r.want, r.Tool.Less && m.Distinct > r.want:
		return m, fmt.Errorf("%s %s: got %d distinct states, want %d", r.name, strings.Join(r.args, " "), m.Distinct, r.want)
	}
	return m, nil
}

func ours(workers int) func(context.Context, Setup, string, Case, Size) (command, error) {
	return func(_ context.Context, s Setup, dir string, c Case, size Size) (command, error) {
		return s.check(filepath.Join(s.folder(), c.Source()), size.Constants, c.Only, "holds", "--workers", strconv.Itoa(workers)), nil
	}
}

// reported gives what reads our own report, whose verdict is to be as given, of an exhaustive search.
func reported(verdict string) func(out string) (int64, error) {
	return func(out string) (int64, error) {
		var report struct {
			Verdict    string
			Exhaustive bool
			States     struct{ Distinct int64 }
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			return 0, err
		}
		if report.Verdict != verdict || !report.Exhaustive {
			return 0, fmt.Errorf("got the verdict %s, want %s, exhaustively", report.Verdict, verdict)
		}
		return report.States.Distinct, nil
	}
}

// spin is a way of running SPIN; flag is for the C compiler. See package peers for -o2.
func spin(name, about, flag string) Tool {
	t := Tool{Name: name, About: about, Needs: []string{"spin", "gcc"}, Spin: name != "spin-por", Less: name == "spin-por"}
	t.prepare = func(ctx context.Context, s Setup, dir string, c Case, size Size) (command, error) {
		args := []string{"-o2", "-a"}
		for _, k := range size.Constants {
			args = append(args, "-D"+k.String())
		}
		if flag == "-DNCORE=2" {
			args = append(args, "-DTWOCORES")
		}
		args = append(args, filepath.Join(s.folder(), "models", c.Name+".pml"))
		if err := build(ctx, dir, "spin", args...); err != nil {
			return command{}, err
		}
		compile := []string{optimise(size), "-march=native", "-w", "-DSAFETY", "-o", "pan", "pan.c"}
		if !t.Less {
			compile = append(compile, "-DNOREDUCE")
		}
		if flag != "" {
			compile = append(compile, flag)
		}
		if flag == "-DNCORE=2" {
			compile = append(compile, fmt.Sprintf("-DVMAX=%d", max(size.Vector, 96)), "-DMEMLIM=8000")
		}
		if err := build(ctx, dir, "gcc", compile...); err != nil {
			return command{}, err
		}
		deep := 1_000_000
		if size.Depth > 0 {
			deep = size.Depth + size.Depth/10
		}
		table := max(18, bits.Len64(uint64(size.States))) // of two to this power slots, at least one a state
		return command{dir: dir, name: filepath.Join(dir, "pan"), args: []string{"-m" + strconv.Itoa(deep), "-w" + strconv.Itoa(table), "-E"}, distinct: stored}, nil
	}
	return t
}

// stored reads what SPIN's verifier prints.
func stored(out string) (int64, error) {
	if !strings.Contains(out, "errors: 0") || strings.Contains(out, "max search depth too small") {
		return 0, fmt.Errorf("the verifier did not finish cleanly")
	}
	return number(out, storedStates)
}

const storedStates = `(\d+) states, stored`

// rumur compiles the Murphi model with those options that made it fastest, and no reduction.
func rumur(ctx context.Context, s Setup, dir string, c Case, size Size) (command, error) {
	source, err := os.ReadFile(filepath.Join(s.folder(), "models", c.Name+".m"))
	if err != nil {
		return command{}, err
	}
	text := string(source)
	for _, k := range size.Constants {
		declared := regexp.MustCompile(`(?m)^((?:const)?\s*` + k.Name + `): \d+;`)
		if len(declared.FindAllString(text, -1)) != 1 {
			return command{}, fmt.Errorf("%s.m: want one declaration of the constant %s", c.Name, k.Name)
		}
		text = declared.ReplaceAllString(text, fmt.Sprintf("${1}: %d;", k.Value))
	}
	if err := os.WriteFile(filepath.Join(dir, "model.m"), []byte(text), 0o600); err != nil {
		return command{}, err
	}
	capacity := 1 << 30 // bytes of the first table
	if size.States < 1_000_000 {
		capacity = 1 << 24
	}
	if err := build(ctx, dir, "rumur", "--deadlock-detection", "off", "--symmetry-reduction", "off", "--counterexample-trace", "off",
		"--pack-state", "off", "--threads", "1", "--set-capacity", strconv.Itoa(capacity), "--output", "model.c", "model.m"); err != nil {
		return command{}, err
	}
	compile := []string{"-std=c11", optimise(size), "-march=native", "-DNDEBUG", "-w", "-o", "model", "model.c", "-lpthread"}
	if runtime.GOARCH == "amd64" {
		compile = append(compile, "-mcx16") // for its 16-byte compare and swap
	}
	if err := build(ctx, dir, "gcc", compile...); err != nil {
		return command{}, err
	}
	return command{dir: dir, name: filepath.Join(dir, "model"), distinct: func(out string) (int64, error) {
		if !strings.Contains(out, "No error found.") {
			return 0, fmt.Errorf("the verifier found an error")
		}
		return number(out, `(\d+) states, \d+ rules fired in \d+s\.`)
	}}, nil
}

// tlc runs the TLA+ module of a case, whose constants are put into a configuration made here.
func tlc(_ context.Context, s Setup, dir string, c Case, size Size) (command, error) {
	source, err := os.ReadFile(filepath.Join(s.folder(), "models", c.Name+".tla"))
	if err != nil {
		return command{}, err
	}
	module := regexp.MustCompile(`MODULE (\w+)`).FindSubmatch(source)
	if module == nil {
		return command{}, fmt.Errorf("%s.tla names no module", c.Name)
	}
	if err := os.WriteFile(filepath.Join(dir, string(module[1])+".tla"), source, 0o600); err != nil {
		return command{}, err
	}
	config := "SPECIFICATION Spec\nINVARIANT Inv\nCHECK_DEADLOCK FALSE\n"
	for _, k := range size.Constants {
		config += "CONSTANT " + k.Name + " = " + strconv.Itoa(k.Value) + "\n"
	}
	// A constant that the size leaves out has the value that a comment in the module gives: \* CONSTANT X = 3
	for _, line := range regexp.MustCompile(`(?m)^\\\* CONSTANT (\w+) = (\d+)$`).FindAllSubmatch(source, -1) {
		if !slices.ContainsFunc(size.Constants, func(k Constant) bool { return k.Name == string(line[1]) }) {
			config += fmt.Sprintf("CONSTANT %s = %s\n", line[1], line[2])
		}
	}
	if err := os.WriteFile(filepath.Join(dir, string(module[1])+".cfg"), []byte(config), 0o600); err != nil {
		return command{}, err
	}
	jar, err := filepath.Abs(os.Getenv("TLA2TOOLS"))
	if err != nil {
		return command{}, err
	}
	args := []string{"-XX:+UseParallelGC", "-cp", jar, "tlc2.TLC", "-workers", "1", "-nowarning", string(module[1])}
	return command{dir: dir, name: "java", args: args, distinct: func(out string) (int64, error) {
		if !strings.Contains(out, "No error has been found") {
			return 0, fmt.Errorf("TLC found an error")
		}
		return number(strings.ReplaceAll(out, ",", ""), `(?m)^\d+ states generated (\d+) distinct states found 0 states left`)
	}}, nil
}

// optimise gives the C compiler's level: on small configurations compiling takes longer than running.
func optimise(size Size) string {
	if size.States < 1_000_000 {
		return "-O0"
	}
	return "-O3"
}

// build runs a command whose time does not count.
func build(ctx context.Context, dir, name string, args ...string) error {
	_, m, err := run(ctx, 10*time.Minute, 0, dir, name, args...)
	if err == nil && m.Over {
		return fmt.Errorf("%s took more than 10 minutes", name)
	}
	return err
}

// number finds the one number that a pattern marks in a tool's output.
func number(out, pattern string) (int64, error) {
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(out, -1)
	if len(found) != 1 {
		return 0, fmt.Errorf("got %d matches of %q, want 1", len(found), pattern)
	}
	return strconv.ParseInt(found[0][1], 10, 64)
}
