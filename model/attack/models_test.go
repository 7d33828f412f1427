package attack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
	"github.com/bulkheadlang/bulkhead/spec"
)

// The states of every model under each of its configurations, as counted once; those of the Go systems agree, by
// TestSame.
func TestModels(t *testing.T) {
	modelcheck.Holds(t, Models, []modelcheck.Count{
		{File: "chain.bh", States: 9_968, Depth: 9},
		{File: "chain.bh", Config: "frugal", States: 7_632, Depth: 8},
		{File: "cluster.bh", States: 1_710, Depth: 5},
		{File: "device.bh", States: 142, Depth: 4},
		{File: "files.bh", States: 5_216, Depth: 5},
		{File: "helpers.bh", States: 7_614, Depth: 8},
		{File: "kernel.bh", States: 3_988, Depth: 5},
		{File: "mounts.bh", States: 5_464, Depth: 10},
		{File: "process.bh", States: 1_592, Depth: 4},
		{File: "releases.bh", States: 415, Depth: 4},
		{File: "runc.bh", States: 1_182, Depth: 4},
		{File: "socket.bh", States: 495, Depth: 5},
		{File: "upcall.bh", States: 10_102, Depth: 7},
	})
}

// With all releases, with BULKHEAD_SOAK only; and policies that forbid one fact alone.
func TestLarger(t *testing.T) {
	modelcheck.Larger(t, Models, []modelcheck.Count{
		{File: "chain.bh", Define: constants{"BUDGET": "3"}, States: 10_232, Depth: 10},
		{File: "cluster.bh", Define: constants{"FORBIDDEN": "{creates_pods, bridged, host_net}"}, States: 1_710, Depth: 5},
		{File: "device.bh", Define: constants{"FORBIDDEN": "{host_users}"}, States: 142, Depth: 4},
		{File: "files.bh", Define: constants{"FORBIDDEN": "{host_users, sensitive_mount}"}, States: 5_216, Depth: 5},
		{File: "helpers.bh", Define: constants{"FORBIDDEN": "{gpu, operator_copies, copies_unpaused}"}, States: 7_614, Depth: 8},
		{File: "kernel.bh", Define: constants{"LINUX": "{ l in Linux | true }"}, States: 39_140, Depth: 5},
		{File: "mounts.bh", Define: constants{"RUNC": "{ r in Runc | true }"}, States: 35_328, Depth: 10},
		{File: "process.bh", Define: constants{"FORBIDDEN": "{host_users}"}, States: 1_592, Depth: 4},
		{File: "runc.bh", Define: constants{"RUNC": "{ r in Runc | true }"}, States: 2_842, Depth: 4},
		{File: "socket.bh", Define: constants{"FORBIDDEN": "{no_authz}"}, States: 495, Depth: 5},
		{File: "upcall.bh", Define: constants{"LINUX": "{ l in Linux | true }"}, States: 234_376, Depth: 7},
	})
}

func TestMutantsAndScenarios(t *testing.T) { modelcheck.MutantsAndScenarios(t, Models) }

type constants = map[string]string

// pair is the theme and its model, under the constants that make them the same.
func (th theme) pair() modelcheck.Pair {
	out := modelcheck.Pair{Name: th.file, System: th.system(), File: th.file, Constants: constants{}}
	for _, variable := range th.programs {
		out.Constants[variable.constant] = "{" + strings.Join(strings.Fields(variable.releases), ", ") + "}"
		out.Name += " " + variable.releases
	}
	if th.flaws != 0 {
		out.Constants["BUDGET"] = strconv.Itoa(th.budget)
		out.Name += " budget " + strconv.Itoa(th.budget)
	}
	return out
}

// The rules and the models have one state graph: the chain without vulnerabilities here, and with them in TestRunsAgree.
func TestSame(t *testing.T) {
	pairs := []modelcheck.Pair{releasesPair()}
	for _, th := range themes {
		if th.flaws != 0 {
			th = th.spend(0)
		}
		pairs = append(pairs, th.pair())
	}
	modelcheck.Same(t, Models, pairs)
}

// The Go systems keep the contract of systems.
func TestSystems(t *testing.T) {
	modelcheck.Systems(t, []modelcheck.Pair{of("device.bh").pair(), of("chain.bh").spend(1).pair()})
}

// With all releases, random runs agree after every step.
func TestRunsAgree(t *testing.T) {
	modelcheck.Drive(t, Models, []modelcheck.Pair{
		of("runc.bh").with(runcReleases).pair(),
		of("mounts.bh").with(runcReleases).pair(),
		of("chain.bh").spend(1).pair(), of("chain.bh").pair(), of("chain.bh").spend(3).pair(),
	})
}

// Every rule is one of some model, and every model has those of its theme.
func TestEveryRuleIsModelled(t *testing.T) {
	modelled := map[string]bool{}
	for _, th := range themes {
		for _, name := range strings.Fields(th.rules) {
			modelled[name] = true
		}
		if extra := th.book().Facts() &^ (th.open | th.given | th.flaws | Vulnerabilities | NewSet(AsRoot)); extra != 0 && th.file != "chain.bh" {
			t.Errorf("%s: the rules ask for %s, of which it does not speak", th.file, extra)
		}
	}
	for _, r := range Rules().Rules() {
		if !modelled[r.Name] {
			t.Errorf("no model has rule %s", r.Name)
		}
	}
}

// The causes that the models list, which they prove to be all and least, are those that Go works out.
func TestCausesAreThoseOfTheModels(t *testing.T) {
	for _, c := range []struct {
		file, constant string
		goal           Powers
	}{
		{"socket.bh", "CAUSES", Host},
		{"socket.bh", "USER_CAUSES", NewPowers(Engine)},
		{"device.bh", "CAUSES", Host},
		{"device.bh", "CAUSES", NewPowers(HostRead)},
		{"upcall.bh", "CAUSES", Host},
		{"upcall.bh", "AGENT_CAUSES", NewPowers(ReleaseAgent)},
		{"files.bh", "CAUSES", Host},
		{"files.bh", "READ_CAUSES", NewPowers(HostRead)},
		{"process.bh", "CAUSES", Host},
		{"runc.bh", "CAUSES", Host},
		{"runc.bh", "READ_CAUSES", NewPowers(HostRead)},
		{"mounts.bh", "CAUSES", Host},
		{"helpers.bh", "CAUSES", NewPowers(Engine)},
		{"kernel.bh", "CAUSES", Host},
		{"kernel.bh", "CAUSES", NewPowers(ForeignData)},
		{"cluster.bh", "CAUSE", Host},
		{"cluster.bh", "SECRET_CAUSE", NewPowers(ForeignData)},
		{"cluster.bh", "CREDENTIAL_CAUSES", NewPowers(Credentials)},
		{"chain.bh", "CAUSES", Host},
	} {
		th := of(c.file)
		var want []string
		for _, s := range th.book().Causes(c.goal, th.open|th.given|Vulnerabilities, NoLimit) {
			want = append(want, th.written(s))
		}
		if got := listed(t, c.file, c.constant); !sameStrings(got, want) {
			t.Errorf("%s, %s: the model says\n%s\nGo says\n%s", c.file, c.constant, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// written is a cause as the model of the theme writes it.
func (th theme) written(s Set) string {
	if len(th.programs) == 0 && th.flaws == 0 {
		return s.String()
	}
	return fmt.Sprintf("{facts = %s, flaws = %s}", s&^Vulnerabilities&^th.given, s&Vulnerabilities)
}

// listed gives the sets that a constant of a model lists, or the one that it is.
func listed(t *testing.T, file, constant string) []string {
	t.Helper()
	for _, b := range modelcheck.Load(t, Models, file, spec.Options{}).Info().Constants {
		if b.Name != constant {
			continue
		}
		if b.Value.Shape != model.Seq {
			return []string{b.Value.String()}
		}
		var out []string
		for _, e := range b.Value.Elems {
			out = append(out, e.Value.String())
		}
		return out
	}
	t.Fatalf("%s has no constant %s", file, constant)
	return nil
}

func sameStrings(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
