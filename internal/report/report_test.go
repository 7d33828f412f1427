package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// worlds is a map of machines to their states.
func worlds(states ...string) model.Value {
	v := model.Value{Shape: model.Map}
	for i, s := range states {
		v.Elems = append(v.Elems, model.Elem{Key: string(rune('1' + i)), Value: model.Text(s)})
	}
	return v
}

func seq(items ...int64) model.Value {
	v := model.Value{Shape: model.Seq}
	for _, n := range items {
		v.Elems = append(v.Elems, model.Elem{Value: model.Int(n)})
	}
	return v
}

func state(world, queue model.Value) []model.Binding {
	return []model.Binding{{Name: "world", Value: world}, {Name: "queue", Value: queue}}
}

func step(action string, args ...int64) model.StepText {
	s := model.StepText{Action: action, Position: "cpu.bh:9:1"}
	for i, n := range args {
		s.Args = append(s.Args, model.Binding{Name: string(rune('v' + i)), Value: model.Int(n)})
	}
	return s
}

func run() *model.Trace {
	chosen := step("Dispatch", 1)
	chosen.Choices = []model.Binding{{Name: "c", Value: model.Int(2)}}
	return &model.Trace{Loop: -1, Steps: []model.TraceStep{
		{State: state(worlds("off", "off"), seq())},
		{Step: step("PowerOn", 1), State: state(worlds("ready", "off"), seq(1))},
		{Step: chosen, State: state(worlds("running", "off"), seq(1))},
	}}
}

// result has a finding of every kind and verdict that an exhaustive search can give.
func result() *checker.Result {
	info := &model.Info{
		Name: "CPUScheduler", File: "cpu.bh", Config: "ci",
		Constants:   []model.Binding{{Name: "VMS", Value: model.Int(3)}, {Name: "MODE", Value: model.Text("strict")}},
		Assumptions: []string{"weak fairness of Dispatch"},
	}
	faulty := run()
	faulty.Steps = append(faulty.Steps, model.TraceStep{Step: step("Tick", 1)})
	return &checker.Result{
		Info: info, Verdict: checker.Violated, Exhaustive: true,
		Stats: checker.Stats{
			Distinct: 41233, Generated: 1234567, Initial: 8, Depth: 17, Terminal: 2, Workers: 2,
			Elapsed: 1500 * time.Millisecond, PeakBytes: 5 << 20,
		},
		Properties: []checker.Finding{
			{Property: model.Property{Name: "deadlock", Kind: model.Deadlock}, Verdict: checker.Holds},
			{
				Property: model.Property{Name: "fault", Kind: model.FaultFree}, Verdict: checker.Violated, Trace: faulty,
				Message: "index 3 is outside 0..2", Position: "cpu.bh:20:7",
			},
			{
				Property: model.Property{
					Name: "Exclusive", Kind: model.Invariant, Position: "cpu.bh:58:1",
					Text: "forall c, d in CPU: c != d implies runs[c] != runs[d]",
				},
				Verdict: checker.Violated, Trace: run(),
				Parts: []model.Part{
					{Text: "c = 1, d = 2", Depth: 0},
					{Text: "c != d", Value: "true", Depth: 1},
					{Text: "runs[c] != runs[d]", Value: "false", Depth: 1},
					{Text: "runs[c]", Value: "some(1)", Depth: 2},
				},
			},
			{
				Property: model.Property{Name: "Calm", Kind: model.Invariant, Antecedents: []string{"load > 9"}},
				Verdict:  checker.Holds, Vacuous: []string{"load > 9"},
			},
			{Property: model.Property{Name: "SharesFixed", Kind: model.Step}, Verdict: checker.Holds},
			{Property: model.Property{Name: "FullyBusy", Kind: model.Reachable}, Verdict: checker.Holds, Trace: run()},
			{Property: model.Property{Name: "Nowhere", Kind: model.Reachable}, Verdict: checker.Violated, Message: "no reachable state meets it"},
			{Property: model.Property{Name: "Backlog", Kind: model.Bound, Limit: 3}, Verdict: checker.Holds, Extreme: 2, Trace: run()},
			{
				Property: model.Property{Name: "Reserve", Kind: model.Bound, Limit: 1, AtLeast: true, Text: "min(free) >= 1"},
				Verdict:  checker.Violated, Extreme: -1200, Trace: run(),
			},
		},
		Actions: []checker.ActionStats{{Name: "PowerOn", Fired: 120001, New: 41000}, {Name: "Wake"}},
	}
}

func mutant(name string, verdict checker.Verdict, reason string) Seeded {
	f := checker.Finding{Property: model.Property{Name: "Exclusive", Kind: model.Invariant}, Verdict: verdict}
	if verdict == checker.Violated {
		f.Trace = run()
	}
	return Seeded{
		Name: name, Action: "Dispatch", Breaks: "Exclusive", Position: "cpu.bh:66:1",
		Result: &checker.Result{
			Info: &model.Info{Config: "small"}, Verdict: verdict, Exhaustive: verdict == checker.Holds, Reason: reason,
			Stats: checker.Stats{Distinct: 77}, Properties: []checker.Finding{f},
		},
	}
}

func full() *Report {
	r := New(result())
	r.AddMutant(mutant("StaysQueued", checker.Violated, ""))
	r.AddMutant(mutant("Harmless", checker.Holds, ""))
	r.AddMutant(mutant("Endless", checker.Undecided, "the limit of 77 states was reached"))
	return r
}

func indented(t *testing.T, v any) string {
	t.Helper()
	var line, out bytes.Buffer
	if err := WriteJSON(&line, v); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(line.Bytes(), []byte{'\n'}); n != 1 {
		t.Errorf("got %d lines of JSON, want 1", n)
	}
	if err := json.Indent(&out, line.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// writer is what Report, Tested and Simulated have in common.
type writer interface {
	WriteText(w io.Writer, style Style) error
}

func text(t *testing.T, r writer, style Style) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b, style); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSON(t *testing.T) { golden(t, "report.json", indented(t, full())) }

func TestText(t *testing.T) { golden(t, "report.txt", text(t, full(), Style{})) }

func TestTextFull(t *testing.T) { golden(t, "full.txt", text(t, full(), Style{Full: true, Width: 30})) }

// TestSchemaKeys pins the keys that the schema promises, so that a renamed one shows even when the golden file is
// rewritten with it.
func TestSchemaKeys(t *testing.T) {
	keys := func(v any) []string {
		var out []string
		for f := range reflect.TypeOf(v).Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				out = append(out, name)
			}
		}
		return out
	}
	for _, test := range []struct {
		of   any
		want string
	}{
		{Report{}, "schema model file config constants verdict exhaustive reason states search properties actions assumptions slices"},
		{Slice{}, "properties variables left_out idle exhaustive distinct run_states"},
		{States{}, "distinct generated initial depth terminal"},
		{Search{}, "strategy workers symmetry loose por lossy expected_missed seconds bytes_per_state peak_bytes disk_bytes run_states"},
		{Property{}, "name kind verdict vacuous position text message reason fault_position never_met bound runs isolated mutant steps trace ending why"},
		{Action{}, "name fired new faulted"},
		{Proof{}, "schema model file config constants route verdict reason open proposed states properties silent obligations coq"},
		{Proven{}, "name kind verdict position text reason theorem k message fault_position trace why"},
		{Obligation{}, "name verdict k by reason constants message fault_position trace why"},
		{Development{}, "dir theorems checked axioms"},
		{Runs{}, "values shows promise fairness rescue endless unreduced tautology unneeded idle untried"},
		{Fairness{}, "text strong taken step"},
		{jsonStep{}, "action args choices position state abstract"},
	} {
		if d := cmp.Diff(strings.Fields(test.want), keys(test.of)); d != "" {
			t.Errorf("%T (-want +got):\n%s", test.of, d)
		}
	}
}

// TestEmptyLists checks that what is absent is [] or {} or null as promised, and never left out.
func TestEmptyLists(t *testing.T) {
	r := New(&checker.Result{Info: &model.Info{Name: "Empty"}, Verdict: checker.Holds, Exhaustive: true})
	got := indented(t, r)
	for _, want := range []string{`"constants": {}`, `"properties": []`, `"actions": []`, `"assumptions": []`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s in it", got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	finding := func(v checker.Verdict) checker.Finding {
		return checker.Finding{Property: model.Property{Name: "P", Kind: model.Invariant}, Verdict: v}
	}
	base := func(v checker.Verdict, exhaustive bool) *Report {
		return New(&checker.Result{
			Info: &model.Info{Name: "M"}, Verdict: v, Exhaustive: exhaustive, Properties: []checker.Finding{finding(v)},
		})
	}
	for _, test := range []struct {
		model   checker.Verdict
		mutants []checker.Verdict // of the property in the mutated system
		want    checker.Verdict
	}{
		{checker.Holds, nil, checker.Holds},
		{checker.Holds, []checker.Verdict{checker.Violated}, checker.Holds},
		{checker.Holds, []checker.Verdict{checker.Violated, checker.Holds}, checker.Violated},
		{checker.Holds, []checker.Verdict{checker.Undecided}, checker.Undecided},
		{checker.Holds, []checker.Verdict{checker.Undecided, checker.Holds}, checker.Violated},
		{checker.Undecided, []checker.Verdict{checker.Violated}, checker.Undecided},
		{checker.Violated, []checker.Verdict{checker.Violated, checker.Undecided}, checker.Violated},
	} {
		r := base(test.model, test.model != checker.Undecided)
		for _, v := range test.mutants {
			r.AddMutant(mutant("M", v, ""))
		}
		if r.Verdict != test.want {
			t.Errorf("model %s, mutants %v: got %s, want %s", test.model, test.mutants, r.Verdict, test.want)
		}
	}
}

// TestUndecided checks that a search that ended early never says that something holds.
func TestUndecided(t *testing.T) {
	r := New(&checker.Result{
		Info: &model.Info{Name: "Long"}, Verdict: checker.Undecided, Reason: "the memory limit of 4 GiB was reached",
		Stats: checker.Stats{Distinct: 1000, Generated: 5000, Initial: 1, Depth: 9, Workers: 1},
		Properties: []checker.Finding{
			{Property: model.Property{Name: "Safe", Kind: model.Invariant}, Verdict: checker.Undecided},
			{
				Property: model.Property{Name: "Backlog", Kind: model.Bound, Limit: 5}, Verdict: checker.Undecided,
				Extreme: 4, Trace: run(),
			},
			{Property: model.Property{Name: "Busy", Kind: model.Reachable}, Verdict: checker.Holds, Trace: run()},
		},
		Actions: []checker.ActionStats{{Name: "Rare"}},
	})
	golden(t, "undecided.txt", text(t, r, Style{}))
}

// An evaluation that fails is the reason, not the end of a search that did not end early; what is never reached has no run;
// an action whose attempts fault is not one that is never enabled.
func TestReasons(t *testing.T) {
	fault := &model.Fault{Message: "division by zero", Position: "a.bh:7:19"}
	r := New(&checker.Result{
		Info: &model.Info{Name: "Und"}, Verdict: checker.Undecided, Exhaustive: true,
		Stats: checker.Stats{Distinct: 4, Generated: 4, Initial: 1, Depth: 3, Workers: 1},
		Properties: []checker.Finding{
			{Property: model.Property{Name: "Safe", Kind: model.Invariant}, Verdict: checker.Undecided, Fault: fault},
			{
				Property: model.Property{Name: "Load", Kind: model.Bound, Limit: 5}, Verdict: checker.Undecided, Fault: fault,
				Extreme: 4, Trace: run(),
			},
		},
		Actions: []checker.ActionStats{{Name: "Up", Fired: 3, New: 3}, {Name: "Div", Faulted: true}, {Name: "Never"}},
	})
	m := mutant("OneAtATime", checker.Violated, "")
	m.Breaks, m.Result.Exhaustive, m.Result.Stats.Distinct = "FullyBusy", true, 6222
	m.Result.Properties = []checker.Finding{{Property: model.Property{Name: "FullyBusy", Kind: model.Reachable}, Verdict: checker.Violated}}
	r.AddMutant(m)
	m = mutant("Faulty", checker.Undecided, "")
	m.Result.Exhaustive, m.Result.Properties[0].Fault = true, fault
	r.AddMutant(m)
	golden(t, "reasons.txt", text(t, r, Style{}))
	golden(t, "reasons.json", indented(t, r))
}

func TestTested(t *testing.T) {
	tested := NewTested(result().Info)
	tested.AddScenario(Scenario{Name: "FirstBoot", Verdict: checker.Holds, Position: "cpu.bh:70:1"})
	tested.AddScenario(Scenario{
		Name: "Second", Config: "small", Verdict: checker.Violated, Position: "cpu.bh:75:1", Message: "the step is refused",
		FailurePosition: "cpu.bh:76:3", Trace: (*Trace)(run()),
	})
	tested.AddMutant(mutant("StaysQueued", checker.Violated, ""))
	tested.AddMutant(mutant("Harmless", checker.Holds, ""))
	if tested.Verdict != checker.Violated {
		t.Errorf("got verdict %s, want violated", tested.Verdict)
	}
	golden(t, "tested.txt", text(t, tested, Style{}))
	golden(t, "tested.json", indented(t, tested))
}

func TestLasso(t *testing.T) {
	r := run()
	r.Loop = 3
	r.Steps = append(r.Steps, model.TraceStep{State: r.Steps[2].State})
	var b strings.Builder
	WriteTrace(&b, r, nil, Style{})
	golden(t, "lasso.txt", b.String())
}

func TestColor(t *testing.T) {
	plain, colored := text(t, full(), Style{}), text(t, full(), Style{Color: true})
	if !strings.Contains(colored, "\x1b[31;1mviolated\x1b[0m") {
		t.Error("a violation is not coloured")
	}
	if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored, ""); got != plain {
		t.Errorf("colours change the text (-plain +coloured):\n%s", cmp.Diff(plain, got))
	}
}

func TestFormats(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", 1234567: "1,234,567", -999: "-999",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d): got %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1536: "1.5 KiB", 5 << 30: "5 GiB", 200 << 20: "200 MiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d): got %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Millisecond: "999 ms", 1500 * time.Millisecond: "1.5 s", 90 * time.Second: "1m30s",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("Elapsed(%v): got %s, want %s", d, got, want)
		}
	}
	if got := Count(2, "property") + ", " + Count(1, "property") + ", " + Count(0, "step"); got != "2 properties, 1 property, 0 steps" {
		t.Errorf("got %s", got)
	}
}

func TestSimulated(t *testing.T) {
	finding := func(name string, kind model.Kind, v checker.Verdict, walk int) checker.SimFinding {
		f := checker.SimFinding{Finding: checker.Finding{Property: model.Property{Name: name, Kind: kind, Limit: 3}, Verdict: v}, Walk: walk}
		if walk >= 0 {
			f.Trace, f.Extreme = run(), 2
		} else {
			f.Message = "not found in 1000 walks"
		}
		return f
	}
	res := &checker.SimResult{
		Info: result().Info, Verdict: checker.Undecided, Reason: "not found in 1000 walks",
		Stats: checker.SimStats{
			Walks: 1000, Steps: 70000, Shortest: 3, Longest: 100, Ended: 12, Seed: 7, Workers: 2, Elapsed: 2 * time.Second,
		},
		Properties: []checker.SimFinding{
			finding("Exclusive", model.Invariant, checker.Undecided, -1),
			finding("FullyBusy", model.Reachable, checker.Holds, 4),
			finding("Backlog", model.Bound, checker.Undecided, 5),
		},
		Actions: []checker.ActionStats{{Name: "PowerOn", Fired: 123456}},
		Samples: []*model.Trace{run()},
	}
	s := NewSimulated(res, 100)
	golden(t, "simulated.txt", text(t, s, Style{}))
	golden(t, "simulated.json", indented(t, s))
	res.Verdict, res.Reason, res.Samples = checker.Violated, "", nil
	res.Properties[0] = finding("Exclusive", model.Invariant, checker.Violated, 3)
	golden(t, "simulated_violated.txt", text(t, NewSimulated(res, 100), Style{}))
}

// TestEnding shows what is left of a run that a lossy search did not find again.
func TestEnding(t *testing.T) {
	whole := run()
	rest := &model.Trace{Loop: -1, Steps: []model.TraceStep{{State: whole.Steps[1].State}, whole.Steps[2]}}
	r := New(&checker.Result{
		Info: &model.Info{Name: "M"}, Verdict: checker.Violated, Reason: "lossy search",
		Stats: checker.Stats{Lossy: "hash:40", Missed: 0.25},
		Properties: []checker.Finding{
			{Property: model.Property{Name: "P", Kind: model.Step}, Verdict: checker.Violated, Ending: rest, Steps: 12},
			{Property: model.Property{Name: "Q", Kind: model.Reachable}, Verdict: checker.Holds, Ending: rest, Steps: 12},
		},
	})
	var b strings.Builder
	if err := r.WriteText(&b, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"P  violated in 12 steps", "was not found again", "  11  a state that is reached\n", "  12  Dispatch("} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", b.String(), want)
		}
	}
	if n := strings.Count(b.String(), "was not found again"); n != 2 {
		t.Errorf("got %d endings, want 2:\n%s", n, b.String())
	}
	got := indented(t, r)
	for _, want := range []string{`"expected_missed": 0.25`, `"lossy": "hash:40"`, `"trace": null`, `"ending": {`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s in it", got, want)
		}
	}
}

// TestRuns shows what is found of properties of whole runs.
func TestRuns(t *testing.T) {
	loop, stop := run(), run()
	loop.Loop = 2
	loop.Steps = append(loop.Steps, model.TraceStep{Step: step("Stop"), State: loop.Steps[1].State})
	stop.Loop = 3
	stop.Steps = append(stop.Steps, model.TraceStep{State: stop.Steps[2].State})
	property := func(name string, kind model.Kind, limit int64) model.Property {
		return model.Property{Name: name, Kind: kind, Limit: limit, Position: "cpu.bh:9:1", Text: "claim of " + name}
	}
	for _, f := range []checker.Finding{
		{Property: property("A", model.LTL, 0)}, {Property: property("B", model.Can, 0)}, // undecided
	} {
		f.Verdict, f.Reason = checker.Undecided, "the formula is too large"
		if got := indented(t, New(&checker.Result{Info: &model.Info{}, Exhaustive: true, Properties: []checker.Finding{f}})); !strings.Contains(got, `"reason": "the formula is too large"`) {
			t.Errorf("no reason is given: %s", got)
		}
	}
	values := []model.Binding{{Name: "v", Value: model.Int(1)}}
	r := New(&checker.Result{
		Info: &model.Info{Name: "CPU", File: "cpu.bh"}, Verdict: checker.Violated, Exhaustive: true, Stats: checker.Stats{Distinct: 12},
		Properties: []checker.Finding{
			{
				Property: property("Served", model.LTL, 0), Verdict: checker.Violated, Trace: loop, Values: values, Promise: 1,
				Kept: []checker.Kept{
					{Text: "weak fairness of Stop", Taken: true, Step: 3},
					{Text: "weak fairness of Tick", Step: 2},
					{Text: "strong fairness of Wake", Strong: true, Step: 1},
				},
				Rescue: []string{"strong fairness of Wake", "weak fairness of Block"},
			},
			{Property: property("Ends", model.LTL, 0), Verdict: checker.Violated, Trace: stop},
			{Property: property("Kept", model.LTL, 0), Verdict: checker.Holds, Unneeded: []string{"idle"}},
			{Property: property("Idle", model.LTL, 0), Verdict: checker.Holds, Vacuous: []string{"off"}},
			{Property: property("True", model.LTL, 0), Verdict: checker.Holds, Tautology: true},
			{Property: property("Home", model.Can, 0), Verdict: checker.Violated, Trace: run(), Promise: 2, Shows: checker.Unreachable},
			{Property: property("Soon", model.Within, 9), Verdict: checker.Holds, Trace: run(), Promise: 1, Extreme: 1, Known: true, Values: values},
			{Property: property("Late", model.Within, 1), Verdict: checker.Violated, Trace: run(), Promise: 0, Extreme: 7, Known: true, Values: values},
			{Property: property("Long", model.Longest, 3), Verdict: checker.Violated, Trace: loop, Promise: 1, Endless: true},
		},
	})
	golden(t, "runs.txt", text(t, r, Style{}))
	golden(t, "runs.json", indented(t, r))
}
