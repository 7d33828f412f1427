package plan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/bulkheadlang/bulkhead/checker"
	"github.com/bulkheadlang/bulkhead/model/vsphere/drs"
	"github.com/bulkheadlang/bulkhead/spec"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/redraw"
)

// drawProblem draws a small cluster in a state that may break rules and reservations, and a goal.
func drawProblem(t *rapid.T) Problem {
	var p Problem
	hosts := rapid.IntRange(2, 4).Draw(t, "hosts")
	vms := rapid.IntRange(1, 4).Draw(t, "VMs")
	host := func(what string, least int) drs.Host { return drs.Host(rapid.IntRange(least, hosts).Draw(t, what)) }
	vm := func(what string) drs.VM { return drs.VM(rapid.IntRange(1, vms).Draw(t, what)) }
	for range hosts {
		p.Cluster.Hosts = append(p.Cluster.Hosts, drs.Resources{CPU: rapid.Int64Range(2, 6).Draw(t, "MHz"), Memory: rapid.Int64Range(3, 6).Draw(t, "MB")})
	}
	for range vms {
		m := drs.Machine{
			Reservation: drs.Resources{CPU: rapid.Int64Range(0, 3).Draw(t, "reserved MHz"), Memory: rapid.Int64Range(0, 2).Draw(t, "reserved MB")},
			Demand:      drs.Resources{CPU: rapid.Int64Range(0, 4).Draw(t, "demanded MHz")},
		}
		if rapid.IntRange(0, 5).Draw(t, "compatible") == 0 {
			m.Compatible = []drs.Host{host("compatible host", 1), host("compatible host", 1)}
		}
		p.Cluster.VMs = append(p.Cluster.VMs, m)
		p.At = append(p.At, host("at", 0))
	}
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		r := drs.Rule{Name: "rule", Kind: drs.Kind(rapid.IntRange(0, 3).Draw(t, "kind")), Mandatory: rapid.IntRange(0, 2).Draw(t, "mandatory") > 0}
		for v := range vms {
			if rapid.IntRange(0, 2).Draw(t, "member") > 0 {
				r.VMs = append(r.VMs, drs.VM(v+1))
			}
		}
		if r.Kind == drs.HostAffinity || r.Kind == drs.HostAntiAffinity {
			r.Hosts = []drs.Host{host("host of the rule", 1)}
		} else if len(r.VMs) < 2 {
			continue
		}
		if len(r.VMs) > 0 {
			p.Cluster.Rules = append(p.Cluster.Rules, r)
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "goal") {
	case 0:
		if v := vm("to run"); p.At[v-1] != 0 {
			p.Goal.Run = []drs.Move{{VM: v, To: host("to run on", 1)}}
		}
	case 1:
		for i := range p.Cluster.Rules {
			p.Goal.Rules = append(p.Goal.Rules, i+1)
		}
	default:
		p.Goal.Empty = []drs.Host{host("to be empty", 1)}
	}
	p.Survive = max(0, rapid.IntRange(-1, 2).Draw(t, "survive"))
	p.WithinLoad = rapid.Bool().Draw(t, "within load")
	p.KeepOptional = rapid.Bool().Draw(t, "keep optional")
	p.Parallel = rapid.IntRange(0, 2).Draw(t, "parallel")
	return p
}

// search is breadth-first over states of the cluster itself, by the moves that Problem.replay allows: the length of the shortest plan, or -1, the states
// that can be reached, and the least that is left in one.
func search(p Problem) (length, states, left int) {
	c, err := p.cluster()
	if err != nil {
		panic(err)
	}
	seen := map[string]bool{fmt.Sprint(where(c)): true}
	length, left = -1, p.Goal.left(c)
	for depth, layer := 0, []*drs.Cluster{c}; len(layer) > 0; depth++ {
		var next []*drs.Cluster
		for _, c := range layer {
			left = min(left, p.Goal.left(c))
			if p.Goal.left(c) == 0 && length < 0 {
				length = depth
			}
			for _, step := range rounds(c, max(1, p.Parallel)) {
				d, err := p.replay(c, step)
				if err != nil || seen[fmt.Sprint(where(d))] {
					continue
				}
				seen[fmt.Sprint(where(d))] = true
				next = append(next, d)
			}
		}
		layer = next
	}
	return length, len(seen), left
}

// rounds gives all moves of units, and all pairs of them where two may run at the same time.
func rounds(c *drs.Cluster, parallel int) []Step {
	var single []Move
	for v := drs.VM(1); int(v) <= c.VMs(); v++ {
		if c.At(v) == 0 || c.Unit(v)[0] != v {
			continue
		}
		for h := drs.Host(1); int(h) <= c.Hosts(); h++ {
			single = append(single, Move{c.Unit(v), h})
		}
	}
	var out []Step
	for i, m := range single {
		out = append(out, Step{m})
		for _, n := range single[i+1:] {
			if parallel > 1 && n.VMs[0] != m.VMs[0] {
				out = append(out, Step{m, n})
			}
		}
	}
	return out
}

func where(c *drs.Cluster) []drs.Host {
	var out []drs.Host
	for v := drs.VM(1); int(v) <= c.VMs(); v++ {
		out = append(out, c.At(v))
	}
	return out
}

// On drawn clusters Find says what a plain search over the cluster itself says: the same length, the same impossibility on as many states, and
// as much left.
func TestFindAgrees(t *testing.T) {
	seen := map[Outcome]int{}
	redraw.Until(t, func() bool { return seen[Found] >= 10 && seen[Impossible] >= 10 }, func(t *rapid.T) {
		p := drawProblem(t)
		if _, err := p.cluster(); err != nil {
			t.Skip(err)
		}
		length, states, left := search(p)
		got, err := Find(t.Context(), p, Limits{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		seen[got.Outcome]++
		switch {
		case length < 0:
			if got.Outcome != Impossible || got.States != int64(states) || got.Left != left {
				t.Fatalf("%+v: got %+v, want no plan on %d states, %d left", p, got, states, left)
			}
		case got.Outcome != Found || len(got.Plan) != length:
			t.Fatalf("%+v: got %+v, want a plan of %d steps", p, got, length)
		}
	})
	if seen[Found] < 10 || seen[Impossible] < 10 {
		t.Errorf("got outcomes %v, want some of each", seen)
	}
}

// No move of a plan, nor of the way to the nearest placement, can be left out, nor can all moves of a unit.
func TestNothingToSpare(t *testing.T) {
	beside := 0
	redraw.Until(t, func() bool { return beside > 0 }, func(t *rapid.T) {
		p := drawProblem(t)
		p.Survive, p.KeepOptional, p.Parallel = 0, false, rapid.IntRange(2, 3).Draw(t, "parallel")
		if _, err := p.cluster(); err != nil {
			t.Skip(err)
		}
		got, err := Find(t.Context(), p, Limits{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		steps := slices.Concat(got.Plan, got.Nearest)
		for i, step := range steps {
			for j, m := range step {
				one, all := slices.Clone(steps), slices.Clone(steps)
				one[i] = slices.Delete(slices.Clone(step), j, j+1)
				for k, other := range steps {
					all[k] = slices.DeleteFunc(slices.Clone(other), func(n Move) bool { return slices.Equal(n.VMs, m.VMs) })
				}
				for _, less := range [][]Step{one, all} {
					if end, err := p.follow(less); err == nil && p.Goal.left(end) <= got.Left {
						t.Fatalf("%+v: got %v, want no more than %v", p, steps, less)
					}
				}
				if len(step) > 1 {
					beside++
				}
			}
		}
	})
	if beside == 0 {
		t.Error("got no moves beside others, want some")
	}
}

// The search and the validation agree on what survives failures, in states that no plan leads to as well.
func TestSurvives(t *testing.T) {
	seen := map[bool]int{}
	redraw.Until(t, func() bool { return seen[true] >= 10 && seen[false] >= 10 }, func(t *rapid.T) {
		p := drawProblem(t)
		p.Survive = rapid.IntRange(1, 3).Draw(t, "failures to survive")
		c, err := p.cluster()
		if err != nil {
			t.Skip(err)
		}
		var at []byte
		for _, h := range p.At {
			at = append(at, byte(h))
		}
		got, failed := newSpace(p, c).survives(at), doomed(c, p.Survive)
		seen[got]++
		if got != (failed == nil) {
			t.Fatalf("%+v: got %t, but hosts %v doom it", p, got, failed)
		}
	})
	if seen[true] < 10 || seen[false] < 10 {
		t.Errorf("got %v, want some of each", seen)
	}
}

// After a failure of host 1 machine 1, which comes first, has to leave host 2 to machine 2, which can run nowhere else.
func TestSurvivesByGivingWay(t *testing.T) {
	cfg := cluster(2, 4, 2, 2)
	cfg.VMs[0].Reservation = drs.Resources{CPU: 2000, Memory: 2000}
	cfg.VMs[1].Compatible = []drs.Host{1, 2}
	p := Problem{Cluster: cfg, At: []drs.Host{1, 1}, Survive: 1}
	c, err := p.cluster()
	if err != nil {
		t.Fatal(err)
	}
	if failed := doomed(c, 1); failed != nil || !newSpace(p, c).survives([]byte{1, 1}) {
		t.Errorf("got hosts %v that may not fail, want none", failed)
	}
}

// machine needs a GHz, and some memory.
func machine() drs.Machine {
	return drs.Machine{Reservation: drs.Resources{CPU: 1000, Memory: 1000}, Demand: drs.Resources{CPU: 1000, Memory: 1000}}
}

// cluster has hosts with room for so many machines each.
func cluster(machines int, room ...int64) drs.Config {
	var cfg drs.Config
	for _, n := range room {
		cfg.Hosts = append(cfg.Hosts, drs.Resources{CPU: 1000 * n, Memory: 1000 * n})
	}
	for range machines {
		cfg.VMs = append(cfg.VMs, machine())
	}
	return cfg
}

func find(t *testing.T, p Problem) *Result {
	t.Helper()
	got, err := Find(t.Context(), p, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// The planner says of the failures VM-10 and VM-11 what maintenance.bh says of them.
func TestMaintenanceFailures(t *testing.T) {
	apart := func(cfg drs.Config) drs.Config {
		cfg.Rules = []drs.Rule{{Name: "apart", Kind: drs.AntiAffinity, VMs: []drs.VM{1, 2, 3}, Mandatory: true}}
		return cfg
	}
	for _, test := range []struct {
		name string
		p    Problem
		want Outcome
	}{
		{"two hosts, of which one may fail", Problem{Cluster: cluster(2, 2, 2), At: []drs.Host{1, 2}, Survive: 1}, Impossible},
		{"three hosts", Problem{Cluster: cluster(2, 2, 2, 2), At: []drs.Host{1, 2}, Survive: 1}, Found},
		{"admission control off", Problem{Cluster: cluster(2, 2, 2), At: []drs.Host{1, 2}}, Found},
		{"three hosts that are full", Problem{Cluster: cluster(3, 2, 2, 2), At: []drs.Host{1, 2, 3}, Survive: 1}, Impossible},
		{"four hosts", Problem{Cluster: cluster(3, 2, 2, 2, 2), At: []drs.Host{1, 2, 3}, Survive: 1}, Found},
		{"three apart on three hosts", Problem{Cluster: apart(cluster(3, 2, 2, 2)), At: []drs.Host{1, 2, 3}}, Impossible},
		{"three apart on four hosts", Problem{Cluster: apart(cluster(3, 2, 2, 2, 2)), At: []drs.Host{1, 2, 3}}, Found},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.p.Goal.Empty = []drs.Host{1}
			got := find(t, test.p)
			if got.Outcome != test.want {
				t.Errorf("got %+v, want %s", got, test.want)
			}
			if got.Outcome == Impossible && (got.Left == 0 || len(got.Refused) == 0) {
				t.Errorf("got %+v, want what stops it", got)
			}
		})
	}
}

// examples/evacuation.bh says of one cluster what the planner says: as many states, and as many steps to the goal.
func TestExampleModel(t *testing.T) {
	for config, survive := range map[string]int{"": 1, "careless": 0} {
		program, err := spec.LoadWith(os.DirFS("../../../examples"), "evacuation.bh", spec.Options{Config: config})
		if err != nil {
			t.Fatal(err)
		}
		res, err := checker.Check(t.Context(), program, checker.Config{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(res.Properties, func(f checker.Finding) bool { return f.Property.Name == "Emptied" })
		p := Problem{Cluster: rules(cluster(5, 4, 4, 4, 3), must(drs.AntiAffinity, 1, 2)), At: []drs.Host{1, 2, 3, 3, 3}, Survive: survive}
		for v := range 2 {
			p.Cluster.VMs[v].Reservation = drs.Resources{CPU: 2000, Memory: 2000}
		}
		p.Goal.Empty = []drs.Host{1}
		if got := find(t, p); got.Outcome != Found || len(got.Plan) != res.Properties[i].Steps {
			t.Errorf("%d failures: got %+v, want %d steps", survive, got, res.Properties[i].Steps)
		}
		p.Goal.Run = []drs.Move{{VM: 1, To: 1}} // which contradicts it, so that all states are looked at
		if got := find(t, p); got.Outcome != Impossible || got.States != res.Stats.Distinct {
			t.Errorf("%d failures: got %+v, want %d states", survive, got, res.Stats.Distinct)
		}
	}
}

// What a plan looks like in cases that one can think through.
func TestPlans(t *testing.T) {
	for _, test := range []struct {
		name string
		p    Problem
		want string // the steps, or the outcome
	}{
		{"it is so already", Problem{Cluster: cluster(1, 1, 1), At: []drs.Host{2}, Goal: Goal{Empty: []drs.Host{1}}}, "[]"},
		{"two that are off need nothing", Problem{Cluster: cluster(2, 1, 1), At: []drs.Host{0, 0}, Goal: Goal{Empty: []drs.Host{1}}}, "[]"},
		{"two full hosts exchange machines by a third one", Problem{
			Cluster: cluster(2, 1, 1, 1), At: []drs.Host{1, 2}, Goal: Goal{Run: []drs.Move{{VM: 1, To: 2}, {VM: 2, To: 1}}},
		}, "[[VM 1 to host 3] [VM 2 to host 1] [VM 1 to host 2]]"},
		{"without a third one they cannot", Problem{
			Cluster: cluster(2, 1, 1), At: []drs.Host{1, 2}, Goal: Goal{Run: []drs.Move{{VM: 1, To: 2}, {VM: 2, To: 1}}},
		}, "impossible"},
		{"not even at the same time, as both hosts hold both", Problem{
			Cluster: cluster(2, 1, 1), At: []drs.Host{1, 2}, Goal: Goal{Run: []drs.Move{{VM: 1, To: 2}, {VM: 2, To: 1}}}, Parallel: 2,
		}, "impossible"},
		{"with room they can at the same time", Problem{
			Cluster: cluster(2, 2, 2), At: []drs.Host{1, 2}, Goal: Goal{Run: []drs.Move{{VM: 1, To: 2}, {VM: 2, To: 1}}}, Parallel: 2,
		}, "[[VM 1 to host 2 VM 2 to host 1]]"},
		{"nothing moves that need not, though it could beside what must", Problem{
			Cluster: cluster(3, 9, 9, 9), At: []drs.Host{2, 3, 1}, Goal: Goal{Empty: []drs.Host{1}}, Parallel: 2,
		}, "[[VM 3 to host 2]]"},
		{"a host in maintenance takes nothing", Problem{
			Cluster: cluster(1, 1, 1, 1), At: []drs.Host{1}, Maintenance: []drs.Host{2}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VM 1 to host 3]]"},
		{"a machine runs where it can", Problem{
			Cluster: func() drs.Config { c := cluster(1, 1, 1, 1); c.VMs[0].Compatible = []drs.Host{1, 3}; return c }(),
			At:      []drs.Host{1}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VM 1 to host 3]]"},
		{"two that must be together move together", Problem{
			Cluster: rules(cluster(3, 2, 3, 2), must(drs.Affinity, 1, 3)), At: []drs.Host{1, 2, 1}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VMs [1 3] to host 2]]"},
		{"what is off holds nothing together", Problem{
			Cluster: rules(cluster(3, 3, 1), must(drs.Affinity, 1, 2), must(drs.Affinity, 2, 3)),
			At:      []drs.Host{1, 0, 1}, Goal: Goal{Run: []drs.Move{{VM: 1, To: 2}}},
		}, "[[VM 1 to host 2]]"},
		{"together by others that are together", Problem{
			Cluster: rules(cluster(4, 4, 4), must(drs.Affinity, 1, 2), must(drs.Affinity, 3, 4), must(drs.Affinity, 2, 4)),
			At:      []drs.Host{1, 1, 1, 1}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VMs [1 2 3 4] to host 2]]"},
		{"an optional rule is not broken again, whichever of two moves ends first", Problem{
			Cluster: rules(cluster(2, 2, 2, 2), should(drs.Affinity, 1, 2)), At: []drs.Host{1, 2},
			Goal: Goal{Run: []drs.Move{{VM: 1, To: 3}, {VM: 2, To: 1}}}, KeepOptional: true, Parallel: 2,
		}, "[[VM 1 to host 3] [VM 2 to host 1]]"},
		{"rules that no host can keep, and of which no two conflict, let nothing move", Problem{
			Cluster: rules(cluster(3, 3, 3), must(drs.Affinity, 1, 2), must(drs.Affinity, 2, 3), must(drs.AntiAffinity, 1, 3)),
			At:      []drs.Host{1, 1, 1}, Goal: Goal{Empty: []drs.Host{1}},
		}, "impossible"},
		{"a new rule is kept", Problem{
			Cluster: rules(cluster(2, 2, 2), must(drs.AntiAffinity, 1, 2)), At: []drs.Host{1, 1}, Goal: Goal{Rules: []int{1}},
		}, "[[VM 1 to host 2]]"},
		{"an optional rule makes no difference", Problem{
			Cluster: rules(cluster(2, 2, 2), should(drs.AntiAffinity, 1, 2)), At: []drs.Host{1, 2}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VM 1 to host 2]]"},
		{"unless it is to be kept", Problem{
			Cluster: rules(cluster(2, 2, 2), should(drs.AntiAffinity, 1, 2)), At: []drs.Host{1, 2}, Goal: Goal{Empty: []drs.Host{1}}, KeepOptional: true,
		}, "impossible"},
		{"loads make no difference", Problem{
			Cluster: busy(cluster(2, 2, 2)), At: []drs.Host{1, 2}, Goal: Goal{Empty: []drs.Host{1}},
		}, "[[VM 1 to host 2]]"},
		{"unless they are to be heeded", Problem{
			Cluster: busy(cluster(2, 2, 2)), At: []drs.Host{1, 2}, Goal: Goal{Empty: []drs.Host{1}}, WithinLoad: true,
		}, "impossible"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := find(t, test.p)
			if text := fmt.Sprint(got.Plan); got.Outcome == Found && text != test.want || got.Outcome != Found && got.Outcome.String() != test.want {
				t.Errorf("got %s %v, want %s", got.Outcome, got.Plan, test.want)
			}
		})
	}
}

func must(k drs.Kind, vms ...drs.VM) drs.Rule {
	return drs.Rule{Name: k.String(), Kind: k, VMs: vms, Mandatory: true}
}

func should(k drs.Kind, vms ...drs.VM) drs.Rule {
	return drs.Rule{Name: k.String(), Kind: k, VMs: vms}
}

func rules(cfg drs.Config, rs ...drs.Rule) drs.Config {
	cfg.Rules = rs
	return cfg
}

// busy has every machine ask for three times what it reserves.
func busy(cfg drs.Config) drs.Config {
	for i := range cfg.VMs {
		cfg.VMs[i].Demand.CPU *= 3
	}
	return cfg
}

// The nearest that one can come, by steps that are allowed, and what stops the others there.
func TestNearest(t *testing.T) {
	p := Problem{Cluster: cluster(4, 3, 2, 1), At: []drs.Host{1, 1, 1, 2}, Goal: Goal{Empty: []drs.Host{1}}}
	got := find(t, p)
	if got.Outcome != Impossible || got.Left != 1 || len(got.Nearest) != 2 || len(got.Refused) != 2 {
		t.Fatalf("got %+v, want one machine left after two steps", got)
	}
	for _, f := range got.Refused {
		var fault *drs.Fault
		if !errors.As(f.Why, &fault) || fault.Name != drs.InsufficientHostCPUCapacity {
			t.Errorf("VM %d to host %d: got %v, want that the host is full", f.VM, f.To, f.Why)
		}
	}
}

// Where each machine that must move moves once, no placement is looked at that takes more steps.
func TestEndsAtTheGoal(t *testing.T) {
	for parallel, steps := range map[int]int{1: 3, 2: 2, 3: 1} {
		p := Problem{Cluster: cluster(6, 6, 6, 6), At: []drs.Host{1, 1, 1, 2, 2, 3}, Goal: Goal{Empty: []drs.Host{1}}, Parallel: parallel}
		limited, err := Find(t.Context(), p, Limits{Steps: steps})
		if err != nil {
			t.Fatal(err)
		}
		if got := find(t, p); got.Outcome != Found || len(got.Plan) != steps || got.States != limited.States {
			t.Errorf("%d at a time: got %s, %v on %d states, want %d steps on %d", parallel, got.Outcome, got.Plan, got.States, steps, limited.States)
		}
	}
}

// Limits leave it undecided, with a reason, and so does the end of the context. A limit that is met by the goal does not.
func TestLimits(t *testing.T) {
	p := Problem{Cluster: cluster(6, 3, 3, 3, 3), At: []drs.Host{1, 1, 1, 2, 2, 2}, Goal: Goal{Empty: []drs.Host{1}}}
	if got := find(t, p); got.Outcome != Found || len(got.Plan) != 3 {
		t.Fatalf("got %+v, want three steps", got)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx    context.Context
		limits Limits
		want   Outcome
	}{
		"states":       {t.Context(), Limits{States: 5}, Undecided},
		"steps":        {t.Context(), Limits{Steps: 2}, Undecided},
		"steps enough": {t.Context(), Limits{Steps: 3}, Found},
		"time":         {done, Limits{}, Undecided},
	} {
		got, err := Find(test.ctx, p, test.limits)
		if err != nil || got.Outcome != test.want || (got.Reason == "") != (test.want == Found) {
			t.Errorf("%s: got %+v and %v, want %s", name, got, err, test.want)
		}
	}
}

// Validate refuses what is no plan.
func TestValidateRefuses(t *testing.T) {
	p := Problem{
		Cluster: rules(cluster(4, 3, 3, 3), must(drs.Affinity, 1, 2), must(drs.AntiAffinity, 1, 3)),
		At:      []drs.Host{1, 1, 2, 0}, Goal: Goal{Empty: []drs.Host{1}}, Parallel: 2,
	}
	both := []drs.VM{1, 2}
	good := []Step{{{both, 3}}}
	if err := p.Validate(good); err != nil {
		t.Fatal(err)
	}
	for name, plan := range map[string][]Step{
		"nothing":                  nil,
		"an empty step":            {{}, {{both, 3}}},
		"half of what is together": {{{both[:1], 3}}},
		"nobody":                   {{{nil, 3}}},
		"against a rule":           {{{both, 2}}},
		"where it is":              {{{both, 1}}},
		"a host to be emptied":     {{{[]drs.VM{3}, 1}}, {{both, 3}}},
		"what is off":              {{{[]drs.VM{4}, 3}}, {{both, 3}}},
		"a host there is not":      {{{both, 4}}},
		"three at once":            {{{both, 3}, {[]drs.VM{3}, 3}, {[]drs.VM{3}, 2}}},
		"in an order that fails":   {{{both, 3}, {[]drs.VM{3}, 3}}},
		"short of the goal":        {{{[]drs.VM{3}, 3}}},
	} {
		if err := p.Validate(plan); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	base := Problem{Cluster: rules(cluster(2, 1, 1), must(drs.Affinity, 1, 2)), At: []drs.Host{1, 0}}
	for name, change := range map[string]func(*Problem){
		"too few places":                     func(p *Problem) { p.At = p.At[:1] },
		"an unknown place":                   func(p *Problem) { p.At = []drs.Host{3, 0} },
		"a machine on a host that is not up": func(p *Problem) { p.Maintenance = []drs.Host{1} },
		"an unknown host to empty":           func(p *Problem) { p.Goal.Empty = []drs.Host{3} },
		"an unknown host in maintenance":     func(p *Problem) { p.Maintenance = []drs.Host{0} },
		"an unknown machine":                 func(p *Problem) { p.Goal.Run = []drs.Move{{VM: 3, To: 1}} },
		"a machine that is off":              func(p *Problem) { p.Goal.Run = []drs.Move{{VM: 2, To: 1}} },
		"an unknown host to run on":          func(p *Problem) { p.Goal.Run = []drs.Move{{VM: 1, To: 3}} },
		"an unknown rule":                    func(p *Problem) { p.Goal.Rules = []int{2} },
		"failures below 0":                   func(p *Problem) { p.Survive = -1 },
		"migrations below 0":                 func(p *Problem) { p.Parallel = -1 },
		"a cluster that is none":             func(p *Problem) { p.Cluster.Hosts = []drs.Resources{{}, {}} },
	} {
		p := base
		change(&p)
		if got, err := Find(t.Context(), p, Limits{}); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}
