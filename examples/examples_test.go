// Package examples checks the models of this folder: every file, every configuration, every property, every mutant and
// every scenario, against numbers that other tools agree with (see internal/peers).
package examples

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/internal/peers"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// expected is what a model must give.
type expected struct {
	model string
	// verdicts lists every property. A name alone holds; ~name holds because its condition is never true; !name@n is
	// violated, n steps from an initial state, those of the loop of a run without end counted once.
	verdicts string
	idle     string // actions that never fire under the default constants
	runs     []run
}

// run is one configuration. By says which other tools have counted the same distinct and generated states: bfs is the
// search written by hand in internal/peers, murphi is rumur, spin is SPIN.
type run struct {
	config    string // "" for the defaults
	distinct  int64
	generated int64
	depth     int
	by        string
}

var table = []expected{
	{"container", "RunsOnlyOnce Runs deadlock fault", "", []run{
		{"", 5, 6, 3, "bfs"},
	}},
	{"mutex", "Exclusive Crowded Served deadlock fault", "", []run{
		{"", 48, 145, 5, "bfs murphi spin"},
		{"two", 8, 15, 3, "bfs murphi spin"},
		{"eight", 1280, 6657, 9, "bfs murphi spin"},
	}},
	{"producer_consumer", "InOrder NoneLost Backlog Full deadlock fault", "", []run{
		{"", 20, 31, 11, "bfs murphi spin"},
		{"long", 63, 109, 22, "bfs murphi spin"},
	}},
	{"vm_lifecycle", "FitsInMemory DestroyedIsFinal OneAtATime AllSuspended AllDestroyed deadlock fault", "", []run{
		{"", 124, 514, 9, "bfs murphi spin"},
	}},
	{"philosophers_deadlock", "Neighbours !deadlock@4 fault", "", []run{
		{"", 34, 89, 4, "bfs murphi spin"},
	}},
	{"philosophers", "EatsWithBoth Neighbours Dines NobodyStarves TwoEat deadlock fault", "", []run{
		{"", 29, 73, 4, "bfs murphi spin"},
		{"three", 12, 23, 3, "bfs murphi spin"},
		{"six", 169, 639, 6, "bfs murphi spin"},
	}},
	{"peterson", "Exclusive FlagIsTruth Contended GetsIn Overtaken deadlock fault", "", []run{
		{"", 20, 35, 6, "bfs murphi spin"},
	}},
	{"peterson_n", "Exclusive Narrows AllAsk deadlock fault", "", []run{
		{"", 288, 652, 14, "bfs murphi spin"},
		{"two", 20, 35, 6, "bfs murphi spin"},
		{"four", 4752, 13081, 24, "bfs murphi spin"},
	}},
	{"starving_lock", "Exclusive SomeoneGets !NoStarvation@5 deadlock fault", "", []run{
		{"", 20, 49, 4, "bfs spin"},
	}},
	{"ticket_lock", "Exclusive NoStarvation InTurn Overtaken deadlock fault", "", []run{
		{"", 93, 172, 10, "bfs spin"},
		{"two", 18, 29, 6, "bfs spin"},
		{"four", 516, 1009, 14, "bfs spin"},
	}},
	{"retry_livelock", "CopiesAlone !Finishes@5 CanFinish deadlock fault", "", []run{
		{"", 13, 17, 6, "bfs spin"},
	}},
	{"retry", "CopiesAlone Finishes KeepsDisk deadlock fault", "", []run{
		{"", 13, 16, 6, "bfs spin"},
	}},
	{"bakery", "Exclusive Served Tickets SameDraw deadlock fault", "", []run{
		{"", 89, 135, 19, "bfs murphi spin"},
		{"three", 620, 1164, 20, "bfs murphi spin"},
	}},
	{"readers_writers", "OneWriter NoMixing WritersFirst AllRead deadlock fault", "", []run{
		{"", 20, 47, 4, "bfs murphi spin"},
		{"big", 140, 517, 7, "bfs murphi spin"},
	}},
	{"token_ring", "Exclusive HolderSends MovesOnePlace AllWait deadlock fault", "", []run{
		{"", 96, 305, 8, "bfs murphi spin"},
		{"three", 36, 97, 6, "bfs murphi spin"},
		{"eight", 3072, 15873, 16, "bfs murphi spin"},
	}},
	{"stabilising_ring", "NeverMore Converges Circulates Settled AllMove deadlock fault", "", []run{
		{"", 256, 896, 0, "bfs"},
		{"five", 3125, 13750, 0, "bfs"},
	}},
	{"leader_ring", "OneMaster GreatestWins InFlight Terminates Elected deadlock fault", "", []run{
		{"", 384, 738, 9, "bfs murphi spin"},
		{"four", 8024, 19992, 14, "bfs"},
	}},
	// By hand: machine 0 is off, in one of 4 phases after up to 2 resets, or hung after up to 1, which makes 15; each other is in one of 5 phases.
	{"boot_storm", "KernelHangs ComesUp InOrder StaysUp deadlock fault", "", []run{
		{"", 1875, 6251, 22, ""},
		{"wide", 234375, 1343751, 34, ""},
	}},
	{"admission", "Fits Placed Load Busy Races deadlock fault", "", []run{
		{"", 85, 377, 6, "bfs"},
		{"single", 15, 45, 4, "bfs"},
		{"cluster", 3547, 25357, 10, "bfs"},
	}},
	{"failover", "Fits Alive AllLost Restarted Outage deadlock fault", "", []run{
		{"", 8308, 64201, 12, ""},
		{"pair", 94, 405, 6, ""},
		{"twice", 472, 2857, 6, ""},
	}},
	// Moves of two databases and three web servers on three hosts, as room, the rule and a failure of any host allow.
	{"evacuation", "Fits Apart Safe Emptied Open deadlock fault", "", []run{
		{"", 180, 1279, 5, ""},
		{"careless", 198, 1477, 5, ""},
	}},
	{"load_balancing", "Falls Ends Worst Perfect deadlock fault", "", []run{
		{"", 175, 667, 5, "bfs"},
		{"wide", 3037, 22516, 7, "bfs"},
	}},
	{"banker", "Safe NeverOver Lent AllWait deadlock fault", "", []run{
		{"", 38, 92, 5, "bfs murphi spin"},
		{"four", 131, 407, 6, "bfs murphi spin"},
	}},
	{"pod_scheduler", "WithinCapacity AccountedCPU AccountedMemory RunsSomewhere ~NoHastyFail AllRun deadlock fault", "Fail", []run{
		{"", 27, 55, 3, "bfs murphi spin"},
		{"four", 75, 195, 4, "bfs murphi spin"},
	}},
	{"container_security", "Exclusive WithinLimit KeepsAll AllTaken deadlock fault", "", []run{
		{"", 976, 15328, 5, "bfs murphi spin"},
		{"small", 25, 249, 3, "bfs murphi spin"},
	}},
	{"page_sharing", "Tenants Slow deadlock fault", "", []run{
		{"", 784, 7169, 10, ""},
	}},
	{"isolation", "Kept Stays Packed deadlock fault", "", []run{
		{"", 30, 76, 2, ""},
	}},
	{"placement", "Cleaned Promise deadlock fault", "", []run{
		{"", 142, 384, 6, ""},
		{"three", 1016, 3668, 9, ""},
	}},
	{"delivery", "Once Arrives deadlock fault", "", []run{
		{"", 4, 5, 3, ""},
	}},
	{"resend", "Delivery Delivery.Arrive deadlock fault", "", []run{
		{"", 24, 59, 12, ""},
	}},
	{"slots", "Tenants Busy deadlock fault", "", []run{
		{"", 8, 17, 3, ""},
	}},
	{"transactions", "CommitIsUnanimous AbortHasCause CommitAgrees AbortAgrees Final Mixed deadlock fault", "", []run{
		{"", 256, 609, 8, "bfs murphi spin"},
		{"two_three", 2304, 7201, 10, "bfs murphi spin"},
	}},
	{"replicated_store", "!CausalConsistency@2 !Converges@2 NeverBack AgreeAtRest deadlock fault", "", []run{
		{"", 37, 57, 4, "bfs murphi spin"},
	}},
	{"replicated_store_fixed", "Converges NeverBack Crossing deadlock fault", "", []run{
		{"", 59, 97, 4, "bfs murphi spin"},
		{"three_writes", 299, 721, 6, "bfs murphi spin"},
		{"three_nodes", 563, 1231, 6, "bfs murphi spin"},
	}},
	{"german", "Coherent HomeKnows OwnedKnown AllShare Upgrade deadlock fault", "", []run{
		{"", 1497, 3973, 18, "bfs murphi spin"},
		{"three", 28593, 114805, 26, "bfs murphi spin"},
	}},
	{"two_phase_commit", "Consistent OneDecision Final Terminates AllCommit AllAbort deadlock fault", "", []run{
		{"", 288, 1146, 10, "bfs murphi spin"},
		{"five", 8832, 58146, 16, "bfs murphi spin"},
		{"seven", 296448, 2744706, 22, "bfs murphi spin"},
	}},
	// No other tool has these; the counts by hand: a container is down, or up with its first process in 2 states and the second
	// in 3; a machine is off, or on with its containers; of two machines with 0, 1 or 2 processes in 2, 2 and 4 states, those
	// with more than 3 together do not fit.
	{"nested_process", "Wakes deadlock fault", "", []run{{"", 3, 6, 2, ""}}},
	{"nested_container", "FirstLeads UpIsAlive AllWait proc.Wakes deadlock fault", "", []run{{"", 7, 24, 4, ""}}},
	{"nested_vm", "OffIsDown AllUp box.FirstLeads box.proc.Wakes deadlock fault", "", []run{
		{"", 50, 373, 9, ""},
		{"one", 8, 32, 5, ""},
	}},
	{"nested_host", "FitsInMemory AllUp vm.OffIsDown vm.box.FirstLeads vm.box.UpIsAlive vm.box.proc.Wakes deadlock fault", "", []run{
		{"", 48, 321, 8, ""},
		{"wide", 1092, 12753, 12, ""},
	}},

	// Where a verdict or its distance depends on the configuration, the configuration stands alone.
	{"starving_lock", "Exclusive SomeoneGets !NoStarvation@4 deadlock fault", "", []run{{"two", 8, 15, 3, "bfs spin"}}},
	{"philosophers_deadlock", "Neighbours !deadlock@3 fault", "", []run{{"three", 14, 28, 3, "bfs murphi spin"}}},
	{"philosophers_deadlock", "Neighbours !deadlock@6 fault", "", []run{{"six", 198, 769, 6, "bfs murphi spin"}}},
	{"vm_lifecycle", "FitsInMemory ~DestroyedIsFinal OneAtATime AllSuspended AllDestroyed deadlock fault", "", []run{
		{"one", 5, 8, 3, "bfs murphi spin"}, // nothing happens after the only machine is destroyed
	}},
	{"pod_scheduler", "WithinCapacity AccountedCPU AccountedMemory RunsSomewhere NoHastyFail AllRun deadlock fault", "", []run{
		{"five", 175, 493, 5, "bfs murphi spin"}, // now some pods fail
	}},
	{"transactions", "CommitIsUnanimous AbortHasCause CommitAgrees AbortAgrees ~Final Mixed deadlock fault", "", []run{
		{"one_two", 16, 20, 4, "bfs murphi spin"}, // after the only decision there are no steps
		{"one_three", 48, 76, 5, "bfs murphi spin"},
	}},
	{"replicated_store", "!CausalConsistency@2 !Converges@4 NeverBack AgreeAtRest deadlock fault", "", []run{{"three_writes", 171, 313, 6, "bfs murphi spin"}}},
}

// soak are runs that take minutes on a small machine: they are part of the table when BULKHEAD_SOAK is set.
var soak = []expected{
	{"two_phase_commit", "Consistent OneDecision Final Terminates AllCommit AllAbort deadlock fault", "", []run{
		{"eight", 1745408, 18507778, 25, "bfs murphi spin"},
	}},
}

func rows() []expected {
	if os.Getenv("BULKHEAD_SOAK") != "" {
		return slices.Concat(table, soak)
	}
	return table
}

func load(t *testing.T, model, config string) *spec.Program {
	t.Helper()
	program, err := spec.LoadWith(os.DirFS("."), model+".bh", spec.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func TestCounts(t *testing.T) {
	for _, e := range rows() {
		for _, r := range e.runs {
			name := strings.TrimSuffix(e.model+"/"+r.config, "/")
			if r.by != peers.Agreed(e.model, r.config) {
				t.Errorf("%s: got %q as the tools that agree, want %q as internal/peers has it", name, r.by, peers.Agreed(e.model, r.config))
			}
			program := load(t, e.model, r.config)
			workers := []int{1, 2, 3, 8}
			if r.distinct > 20000 {
				workers = []int{2}
			}
			for _, w := range workers {
				t.Run(fmt.Sprintf("%s/workers=%d", name, w), func(t *testing.T) { check(t, program, e, r, w) })
			}
		}
	}
}

func check(t *testing.T, program *spec.Program, e expected, r run, workers int) {
	got, err := checker.Check(t.Context(), program, checker.Config{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Exhaustive {
		t.Fatalf("the search ended early: %s", got.Reason)
	}
	if s := got.Stats; s.Distinct != r.distinct || s.Generated != r.generated || s.Depth != r.depth {
		t.Errorf("got %d distinct states, %d generated, depth %d; want %d, %d, %d",
			s.Distinct, s.Generated, s.Depth, r.distinct, r.generated, r.depth)
	}
	verdicts := map[string]string{}
	for _, word := range strings.Fields(e.verdicts) {
		name, steps, _ := strings.Cut(strings.TrimLeft(word, "!~"), "@")
		verdicts[name] = string(checker.Holds)
		if strings.HasPrefix(word, "!") {
			verdicts[name] = string(checker.Violated) + " after " + steps
		}
		if strings.HasPrefix(word, "~") {
			verdicts[name] += " vacuously"
		}
	}
	found := map[string]string{}
	for _, f := range got.Properties {
		found[f.Property.Name] = string(f.Verdict)
		if f.Verdict == checker.Violated && f.Trace != nil {
			found[f.Property.Name] += " after " + strconv.Itoa(len(f.Trace.Steps)-1)
		}
		if k := f.Property.Kind; (k == model.Within || k == model.Longest) && (!f.Known || f.Extreme != f.Property.Limit) {
			t.Errorf("%s: got a longest wait of %d, known %t, want %d, the limit itself", f.Property.Name, f.Extreme, f.Known, f.Property.Limit)
		}
		if len(f.Vacuous) > 0 {
			found[f.Property.Name] += " vacuously"
		}
	}
	if !maps.Equal(found, verdicts) {
		t.Errorf("got the verdicts %v, want %v", found, verdicts)
	}
	var idle []string
	for _, a := range got.Actions {
		if a.Fired == 0 {
			idle = append(idle, a.Name)
		}
	}
	if r.config == "" && strings.Join(idle, " ") != e.idle {
		t.Errorf("got %v as actions that never fire, want %q", idle, e.idle)
	}
}

// TestMutants sees that every mutant breaks what it names, and that every property that holds has a mutant that breaks it:
// a property that nothing can break is no evidence. Left out are faults, which not every model can have, and what is reached
// in an initial state, which no other action changes.
func TestMutants(t *testing.T) {
	for _, name := range files(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := load(t, name, "")
			broken := map[string]bool{}
			for _, m := range program.Mutants() {
				broken[m.Breaks] = true
				got, err := checker.Check(t.Context(), m.System(), checker.Config{Only: []string{m.Breaks}, FailFast: true})
				if err != nil {
					t.Fatalf("mutant %s: %v", m.Name, err)
				}
				if got.Verdict != checker.Violated {
					t.Errorf("mutant %s: got %s after %d states, want %s broken", m.Name, got.Verdict, got.Stats.Distinct, m.Breaks)
				}
			}
			for _, p := range program.Info().Properties {
				known := strings.Contains(expectation(name).verdicts, "!"+p.Name+"@") // broken as it is
				if p.Kind != model.FaultFree && !broken[p.Name] && !known && !fromTheStart(t, program, p) {
					t.Errorf("no mutant breaks %s", p.Name)
				}
			}
		})
	}
}

// fromTheStart tells whether p is a state to be reached that is an initial one.
func fromTheStart(t *testing.T, sys model.System, p model.Property) bool {
	if p.Kind != model.Reachable {
		return false
	}
	got, err := checker.Check(t.Context(), sys, checker.Config{Only: []string{p.Name}})
	if err != nil {
		t.Fatal(err)
	}
	f := got.Properties[0]
	return f.Verdict == checker.Holds && len(f.Trace.Steps) == 1
}

func TestScenarios(t *testing.T) {
	for _, name := range files(t) {
		for _, s := range load(t, name, "").Scenarios() {
			t.Run(name+"/"+s.Name, func(t *testing.T) {
				if failure := s.Run(); failure != nil {
					t.Errorf("%s: %s", failure.Position, failure.Message)
				}
			})
		}
	}
}

// TestComplete sees that every file and every configuration stands in the table, and that every file says what it is.
func TestComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, e := range slices.Concat(table, soak) {
		for _, r := range e.runs {
			if listed[e.model+"/"+r.config] {
				t.Errorf("%s/%s stands twice in the table", e.model, r.config)
			}
			listed[e.model+"/"+r.config] = true
		}
	}
	tour, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	config := regexp.MustCompile(`(?m)^config (\w+)`)
	for _, name := range files(t) {
		text, err := os.ReadFile(name + ".bh")
		if err != nil {
			t.Fatal(err)
		}
		wanted := []string{name + "/"}
		for _, m := range config.FindAllSubmatch(text, -1) {
			wanted = append(wanted, name+"/"+string(m[1]))
		}
		for _, w := range wanted {
			if !listed[w] {
				t.Errorf("%s is not in the table", w)
			}
			delete(listed, w)
		}
		head, _, _ := strings.Cut(string(text), "\nmodel ")
		for _, part := range []string{"// Teaches: ", "// Source: "} {
			if !strings.HasPrefix(head, "// ") || !strings.Contains(head, part) {
				t.Errorf("%s.bh: the comment at the top lacks %q", name, part)
			}
		}
		if line := promise(expectation(name)); !line.Match(tour) {
			t.Errorf("README.md has no line that matches %s", line)
		}
	}
	for left := range listed {
		t.Errorf("the table names %s, which does not exist", left)
	}
}

// promise is the line of the README that tells what checking a model prints.
func promise(e expected) *regexp.Regexp {
	if len(e.runs) == 0 {
		return regexp.MustCompile(`^$.`) // not in the table: nothing fits
	}
	verdict := checker.Holds
	if strings.Contains(e.verdicts, "!") {
		verdict = checker.Violated
	}
	distinct := regexp.MustCompile(`(\d)(\d{3})$`).ReplaceAllString(strconv.FormatInt(e.runs[0].distinct, 10), "$1,$2")
	return regexp.MustCompile(fmt.Sprintf(`(?m)^    go run ./cmd/bulkhead check examples/%s\.bh +# %s states, depth %d: %s`,
		e.model, distinct, e.runs[0].depth, verdict))
}

// files lists the models of this folder, without their ending. A file of another kind is an error.
func files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		name, ending, _ := strings.Cut(e.Name(), ".")
		switch {
		case ending == "bh":
			out = append(out, name)
		case e.Name() != "README.md" && filepath.Ext(e.Name()) != ".go":
			t.Errorf("%s is neither a model nor a Go file nor the README", e.Name())
		}
	}
	return out
}

// expectation is the row of the default constants of a model.
func expectation(name string) expected {
	i := slices.IndexFunc(table, func(e expected) bool { return e.model == name })
	if i < 0 {
		return expected{}
	}
	return table[i]
}
