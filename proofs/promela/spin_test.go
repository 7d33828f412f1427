package promela_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/gen"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/proofs/promela"
	"github.com/bulkheadlang/bulkhead/spec"
)

// tools skips a test that runs SPIN where it is not asked for or not installed.
func tools(t *testing.T) {
	t.Helper()
	if os.Getenv("BULKHEAD_PEERS") == "" && os.Getenv("BULKHEAD_SOAK") == "" {
		t.Skip("SPIN runs in make check: set BULKHEAD_PEERS")
	}
	for _, name := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(name + " is not installed: nothing was compared")
		}
	}
}

// verdicts is what a run of a verifier says.
type verdicts struct {
	states  int64
	errors  map[string]int // what was violated: the text of an assertion or "deadlock", with the depth where it showed first
	printed string
}

// pan makes a verifier of a text, with flags for SPIN and for the C compiler, and runs it with each of some lists of arguments.
func pan(t *testing.T, text string, flags, cc []string, args ...[]string) []verdicts {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "model.pml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, tail(string(out)))
		}
		return string(out)
	}
	run("spin", append(append([]string{"-o2"}, flags...), "-a", "model.pml")...)
	run("gcc", append(append([]string{"-O0", "-w", "-DNOREDUCE", "-DMEMLIM=4000"}, cc...), "-o", "pan", "pan.c")...)
	var out []verdicts
	for _, a := range args {
		out = append(out, read(t, run("./pan", append([]string{"-m2000000", "-w20"}, a...)...)))
	}
	return out
}

var safety = []string{"-c0"}

// stateful runs a verifier of properties of states and steps.
func stateful(t *testing.T, text string, flags ...string) verdicts {
	t.Helper()
	return pan(t, text, flags, []string{"-DSAFETY"}, safety)[0]
}

// compareRuns checks that SPIN says of each property of runs what the engine says.
func compareRuns(t *testing.T, sys model.System, m *promela.Model) {
	t.Helper()
	var only []string
	var args [][]string
	for _, r := range m.Runs {
		if !slices.Contains(only, r.Property) {
			only = append(only, r.Property)
		}
		args = append(args, []string{"-A", "-a", "-N", r.Formula})
	}
	res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, NoWitnesses: true, Only: append(only, "fault")})
	if err != nil || !res.Exhaustive {
		t.Fatalf("the engine did not finish: %v %s", err, res.Reason)
	}
	violated := map[string]bool{}
	for i, v := range pan(t, m.Text, []string{"-DRUNS"}, nil, args...) {
		if len(v.errors) > 0 {
			violated[m.Runs[i].Property] = true
		}
	}
	for _, f := range res.Properties {
		if f.Property.Kind == model.LTL && f.Verdict != checker.Undecided && violated[f.Property.Name] != (f.Verdict == checker.Violated) {
			t.Errorf("%s is violated for SPIN: %v, and the engine says that it %s", f.Property.Name, violated[f.Property.Name], f.Verdict)
		}
	}
}

func tail(out string) string { return out[max(0, len(out)-2000):] }

var (
	stored = regexp.MustCompile(`(\d+) states, stored`)
	failed = regexp.MustCompile(`(?m)^pan:\d+: (.*) \(at depth (\d+)\)$`)
)

func read(t *testing.T, out string) verdicts {
	t.Helper()
	v := verdicts{errors: map[string]int{}, printed: out}
	found := stored.FindStringSubmatch(out)
	if found == nil || strings.Contains(out, "max search depth too small") || strings.Contains(out, "out of memory") {
		t.Fatalf("the verifier did not finish:\n%s", tail(out))
	}
	v.states, _ = strconv.ParseInt(found[1], 10, 64)
	for _, m := range failed.FindAllStringSubmatch(out, -1) {
		what := strings.Trim(strings.TrimPrefix(m[1], "assertion violated "), " !()")
		if m[1] == "invalid end state" {
			what = "deadlock"
		}
		if _, known := v.errors[what]; !known {
			v.errors[what], _ = strconv.Atoi(m[2])
		}
	}
	return v
}

// faulted tells whether an assertion failed that is not that of a property.
func (v verdicts) faulted(m *promela.Model) bool {
	for what := range v.errors {
		if !slices.ContainsFunc(propertyNames(m), func(n string) bool { return what == n }) && what != "deadlock" {
			return true
		}
	}
	return false
}

func propertyNames(m *promela.Model) (out []string) {
	for _, n := range m.Names {
		out = append(out, n)
	}
	return out
}

// compare checks that SPIN says of an exported model what the engine says of the model: the number of states and every verdict.
func compare(t *testing.T, sys model.System, m *promela.Model) {
	t.Helper()
	res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, NoWitnesses: true, Only: inText(sys, m)})
	if err != nil || !res.Exhaustive {
		t.Fatalf("the engine did not finish: %v %s", err, res.Reason)
	}
	verdict := map[string]checker.Verdict{}
	stateViolated, reachables := false, false
	for _, f := range res.Properties {
		verdict[f.Property.Name] = f.Verdict
		stateViolated = stateViolated || (f.Property.Kind == model.Invariant || f.Property.Kind == model.Bound) && f.Verdict == checker.Violated
		reachables = reachables || f.Property.Kind == model.Reachable
	}
	found := stateful(t, m.Text)
	if got, want := found.faulted(m), verdict["fault"] == checker.Violated; got != want {
		t.Errorf("SPIN finds a fault: %v, the engine: %v\n%s", got, want, tail(found.printed))
	}
	if verdict["fault"] == checker.Violated {
		return // where an evaluation has no value, other verdicts are not to be compared
	}
	if found.states != res.Stats.Distinct+1 {
		t.Errorf("SPIN stores %d states, want %d and the one before them", found.states, res.Stats.Distinct)
	}
	reached := verdicts{}
	if reachables {
		reached = stateful(t, m.Text, "-DREACH")
	}
	bare := found
	if stateViolated {
		bare = stateful(t, m.Text, "-DBARE")
		if bare.states != found.states {
			t.Errorf("SPIN stores %d states without properties, and %d with them", bare.states, found.states)
		}
	}
	for _, f := range res.Properties {
		name := m.Names[f.Property.Name]
		_, hit := found.errors[name]
		switch f.Property.Kind {
		case model.FaultFree:
			continue
		case model.Deadlock:
			_, hit = bare.errors["deadlock"]
		case model.Reachable:
			_, hit = reached.errors[name]
			hit = !hit
		}
		if hit != (f.Verdict == checker.Violated) {
			t.Errorf("%s is violated for SPIN: %v, and the engine says that it %s", f.Property.Name, hit, f.Verdict)
		}
	}
}

// inText lists the properties that an exported model has.
func inText(sys model.System, m *promela.Model) (out []string) {
	for _, q := range sys.Info().Properties {
		if m.Names[q.Name] != "" || q.Kind == model.Deadlock || q.Kind == model.FaultFree {
			out = append(out, q.Name)
		}
	}
	return out
}

// shipped lists the models of the library, by path from the root of the module.
func shipped(t *testing.T) (out []string) {
	t.Helper()
	for _, top := range []string{"examples", "model"} {
		err := filepath.WalkDir(filepath.Join("..", "..", top), func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".bh") {
				out = append(out, strings.TrimPrefix(filepath.ToSlash(path), "../../"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func load(t *testing.T, path string) *spec.Program {
	t.Helper()
	p, err := spec.Load(os.DirFS("../.."), path)
	if err != nil && strings.Contains(err.Error(), "no model header") {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const most = 300_000 // states of a model that is compared

func states(t *testing.T, sys model.System) (int64, bool) {
	t.Helper()
	res, err := checker.Check(context.Background(), sys, checker.Config{Workers: 1, MaxStates: most, NoWitnesses: true, Only: []string{"deadlock"}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Stats.Distinct, res.Exhaustive
}

// checked are the models that make check compares; make soak compares all.
var checked = []string{
	"model/esxi/cpu/sidechannel.bh", "model/isolation/memory.bh", "model/isolation/namespaces.bh", "examples/banker.bh", "examples/container.bh", "examples/leader_ring.bh", "examples/mutex.bh", "examples/page_sharing.bh",
	"examples/philosophers_deadlock.bh", "examples/placement.bh", "examples/pod_scheduler.bh", "examples/producer_consumer.bh", "examples/replicated_store.bh",
	"examples/retry.bh", "examples/two_phase_commit.bh", "examples/vm_lifecycle.bh", "model/access/roles.bh", "model/alloc/fit.bh",
	"model/docker/engine/lifecycle.bh", "model/esxi/cpu/numa.bh", "model/esxi/lifecycle/disks.bh", "model/isolation/dma.bh",
	"model/kubernetes/kubelet/loop.bh", "model/linux/namespace/pids.bh", "model/oci/lifecycle.bh", "model/swarm/fencing.bh", "model/vsphere/ha/restart.bh",
}

// under lists what a test goes through: what ships, or with few, unless it is to soak, what make check compares.
func under(t *testing.T, few bool) (out []string) {
	t.Helper()
	for _, path := range shipped(t) {
		if few && os.Getenv("BULKHEAD_SOAK") == "" && !slices.Contains(checked, path) {
			continue
		}
		out = append(out, path)
	}
	return out
}

// TestExport exports models that ship: each is written or refused by name. Most are written.
func TestExport(t *testing.T) {
	why := map[string]int{}
	covered, all := 0, 0
	few := os.Getenv("BULKHEAD_PEERS") == ""
	for _, path := range under(t, few) {
		p := load(t, path)
		if p == nil {
			continue
		}
		all++
		_, err := promela.Export(p.IR())
		var refused *promela.Refused
		switch {
		case errors.As(err, &refused):
			why[refused.Msg]++
			t.Logf("%v", err)
			if refused.Pos.Line == 0 {
				t.Errorf("%s is refused without a place: %v", path, err)
			}
		case err != nil:
			t.Errorf("%s: %v", path, err)
		default:
			covered++
		}
	}
	t.Logf("%d of %d models", covered, all)
	for msg, n := range why {
		t.Logf("%4d %s", n, msg)
	}
	if covered*10 < all*8 {
		t.Errorf("%d of %d models are written, want eight in ten", covered, all)
	}
}

// TestSpin compares models that ship.
func TestSpin(t *testing.T) {
	tools(t)
	for _, path := range under(t, true) {
		p := load(t, path)
		if p == nil {
			continue
		}
		m, err := promela.Export(p.IR())
		if err != nil {
			continue
		}
		t.Run(path, func(t *testing.T) {
			if n, all := states(t, p); !all {
				t.Skipf("%d states and more", n)
			}
			compare(t, p, m)
		})
	}
}

// TestRuns compares properties of runs of models that ship.
func TestRuns(t *testing.T) {
	tools(t)
	for _, path := range under(t, true) {
		p := load(t, path)
		if p == nil {
			continue
		}
		m, err := promela.Export(p.IR())
		if err != nil || len(m.Runs) == 0 {
			continue
		}
		t.Run(path, func(t *testing.T) {
			if n, all := states(t, p); !all || n > most/10 {
				t.Skipf("%d states and more", n)
			}
			compareRuns(t, p, m)
		})
	}
}

// TestDrawn compares drawn models.
func TestDrawn(t *testing.T) {
	tools(t)
	want := 8
	if os.Getenv("BULKHEAD_SOAK") != "" {
		want = 200
	}
	compared, refused := 0, 0
	for seed := 1; compared < want; seed++ {
		src := rapid.Custom(gen.Model).Example(seed)
		p, err := spec.Load(fstest.MapFS{"m.bh": &fstest.MapFile{Data: []byte(src)}}, "m.bh")
		if err != nil {
			continue
		}
		m, err := promela.Export(p.IR())
		if err != nil {
			refused++
			continue
		}
		if n, all := states(t, p); !all || n > 20_000 {
			continue
		}
		compared++
		if !t.Run(strconv.Itoa(seed), func(t *testing.T) { compare(t, p, m) }) {
			t.Logf("%s\n%s", src, m.Text)
			return
		}
	}
	t.Logf("%d compared, %d refused", compared, refused)
	if refused > 2*compared {
		t.Errorf("%d drawn models are refused and %d compared", refused, compared)
	}
}
