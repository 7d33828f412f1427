package drs

import (
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkheadlang/bulkhead/internal/modelcheck"
	"github.com/bulkheadlang/bulkhead/model"
)

// drawConfig draws a cluster of a few machines, hosts and rules, all machines small enough for any host by themselves.
func drawConfig(t *rapid.T) Config {
	cfg := Config{Failures: rapid.IntRange(0, 2).Draw(t, "failures")}
	for range rapid.IntRange(1, 4).Draw(t, "hosts") {
		cfg.Hosts = append(cfg.Hosts, Resources{rapid.Int64Range(4, 8).Draw(t, "MHz"), rapid.Int64Range(4, 8).Draw(t, "MB")})
	}
	amount := func(what string, most int64) Resources {
		return Resources{rapid.Int64Range(0, most).Draw(t, what+" MHz"), rapid.Int64Range(0, most).Draw(t, what+" MB")}
	}
	for range rapid.IntRange(1, 5).Draw(t, "VMs") {
		m := Machine{Reservation: amount("reserved", 4), Demand: amount("demanded", 6)}
		if rapid.IntRange(0, 4).Draw(t, "compatible") == 0 {
			m.Compatible = drawSome[Host](t, "compatible hosts", len(cfg.Hosts))
		}
		cfg.VMs = append(cfg.VMs, m)
	}
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		r := Rule{
			Kind: Kind(rapid.IntRange(0, 3).Draw(t, "kind")), VMs: drawSome[VM](t, "members", len(cfg.VMs)),
			Mandatory: rapid.Bool().Draw(t, "mandatory"),
		}
		if r.Kind.ofHosts() {
			r.Hosts = drawSome[Host](t, "hosts of the rule", len(cfg.Hosts))
		}
		if r.check(len(cfg.VMs), len(cfg.Hosts)) == nil {
			cfg.Rules = append(cfg.Rules, r)
		}
	}
	return cfg
}

// drawSome draws some of 1..n, one at least.
func drawSome[T ~int](t *rapid.T, what string, n int) []T {
	bits := rapid.IntRange(1, 1<<n-1).Draw(t, what)
	return subsets[T](n)[bits]
}

// holds tells whether a rule is kept by the hosts that its machines are on, by the sentence that states it.
func holds(c *Cluster, r Rule) bool {
	var on []Host
	for _, v := range r.VMs {
		if h := c.At(v); h != 0 {
			on = append(on, h)
		}
	}
	slices.Sort(on)
	distinct := slices.Compact(slices.Clone(on))
	outside := func(h Host) bool { return !slices.Contains(r.Hosts, h) }
	switch r.Kind {
	case Affinity:
		return len(distinct) <= 1
	case AntiAffinity:
		return len(distinct) == len(on)
	case HostAffinity:
		return !slices.ContainsFunc(on, outside)
	default:
		return !slices.ContainsFunc(on, func(h Host) bool { return !outside(h) })
	}
}

// checkCluster checks what holds in every state.
func checkCluster(t *rapid.T, c *Cluster) {
	for j, r := range c.cfg.Rules {
		if holds(c, r) != (c.Violations(j+1) == 0) {
			t.Fatalf("rule %+v with machines at %v: got %d violations, kept %t", r, c.at, c.Violations(j+1), holds(c, r))
		}
		if c.enabled[j] && r.Mandatory && !holds(c, r) {
			t.Fatalf("mandatory rule %+v is broken by machines at %v", r, c.at)
		}
	}
	for _, h := range c.all() {
		if !c.Used(h).within(c.cfg.Hosts[h-1]) {
			t.Fatalf("host %d has %v reserved of %v", h, c.Used(h), c.cfg.Hosts[h-1])
		}
		if m := c.Mode(h); (m == Maintenance || m == Failed) && slices.Contains(c.at, h) {
			t.Fatalf("host %d is %s and has machines: %v", h, m, c.at)
		}
	}
	for i, m := range c.cfg.VMs {
		if h := c.at[i]; h != 0 && (c.lost[i] || m.Compatible != nil && !slices.Contains(m.Compatible, h)) {
			t.Fatalf("VM %d is on host %d, lost %t, compatible with %v", i+1, h, c.lost[i], m.Compatible)
		}
	}
}

// could tells whether placing the unit on h leaves a state that is in order, by looking at the state alone. Rules that are broken by
// other machines do not exist: all mandatory rules that are enabled have been so from the beginning.
func could(c *Cluster, unit []VM, h Host) bool {
	next := c.Clone()
	next.move(unit, h)
	for j, r := range next.cfg.Rules {
		if next.enabled[j] && r.Mandatory && !holds(next, r) {
			return false
		}
	}
	for _, v := range unit {
		if m := next.cfg.VMs[v-1]; m.Compatible != nil && !slices.Contains(m.Compatible, h) {
			return false
		}
	}
	return next.Mode(h) == Working && next.Used(h).within(next.cfg.Hosts[h-1])
}

// placements finds by trying where DRS may power v on.
func placements(c *Cluster, v VM) []Host {
	type cost struct{ heavy, broken int }
	costs := map[Host]cost{}
	for _, h := range c.all() {
		if !could(c, []VM{v}, h) {
			continue
		}
		next := c.Clone()
		next.at[v-1] = h
		var k cost
		if !next.Load(h).within(next.cfg.Hosts[h-1]) {
			k.heavy = 1
		}
		for j, r := range next.cfg.Rules {
			if next.enabled[j] && !r.Mandatory && next.Violations(j+1) > c.Violations(j+1) {
				k.broken++
			}
		}
		costs[h] = k
	}
	var out []Host
	for h, k := range costs {
		best := true
		for _, other := range costs {
			if other.heavy < k.heavy || k.heavy == 0 && other.heavy == 0 && other.broken < k.broken {
				best = false
			}
		}
		if best {
			out = append(out, h)
		}
	}
	slices.Sort(out)
	return out
}

// unit finds by trying the smallest set of machines with v that no mandatory affinity cuts.
func unit(c *Cluster, v VM) []VM {
	var best []VM
	for _, s := range subsets[VM](c.VMs()) {
		closed := slices.Contains(s, v)
		for j, r := range c.cfg.Rules {
			if !c.enabled[j] || !r.Mandatory || r.Kind != Affinity {
				continue
			}
			for _, w := range r.VMs {
				for _, u := range r.VMs {
					if slices.Contains(s, w) && c.At(u) != 0 && !slices.Contains(s, u) {
						closed = false
					}
				}
			}
		}
		if closed && (best == nil || len(s) < len(best)) {
			best = s
		}
	}
	return best
}

// tolerates asks of every choice of hosts that fail whether the others have enough.
func tolerates(c *Cluster) bool {
	var need Resources
	for v := range c.at {
		if c.at[v] != 0 || c.lost[v] {
			need = need.plus(c.cfg.VMs[v].Reservation)
		}
	}
	for _, failed := range subsets[Host](c.Hosts()) {
		if len(failed) > c.cfg.Failures {
			continue
		}
		var left Resources
		for _, h := range c.all() {
			if c.Mode(h) == Working && !slices.Contains(failed, h) {
				left = left.plus(c.cfg.Hosts[h-1])
			}
		}
		if !need.within(left) {
			return false
		}
	}
	return true
}

// moves finds by trying what lowers the disorder and breaks no more of optional rules.
func moves(c *Cluster) []Move {
	disorder := func(c *Cluster) *big.Rat {
		sum := new(big.Rat)
		for _, h := range c.all() {
			load := big.NewRat(c.Load(h).CPU, 1)
			sum.Add(sum, load.Quo(load.Mul(load, load), big.NewRat(c.cfg.Hosts[h-1].CPU, 1)))
		}
		return sum
	}
	broken := func(c *Cluster) int {
		n := 0
		for i, r := range c.cfg.Rules {
			if c.Enabled(i+1) && !r.Mandatory {
				n += c.Violations(i + 1)
			}
		}
		return n
	}
	var out []Move
	for _, v := range vms(c) {
		if c.At(v) == 0 || unit(c, v)[0] != v {
			continue
		}
		for _, h := range c.all() {
			next := c.Clone()
			next.move(unit(c, v), h)
			if h != c.At(v) && could(c, unit(c, v), h) && broken(next) <= broken(c) && disorder(next).Cmp(disorder(c)) < 0 {
				out = append(out, Move{v, h})
			}
		}
	}
	return out
}

// On any run: the state is in order, a refused step changes nothing and is one of this package's faults, and what is allowed is what an
// enumeration of the states says.
func TestClusterInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := New(drawConfig(t))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			v, h := VM(rapid.IntRange(0, c.VMs()+1).Draw(t, "VM")), Host(rapid.IntRange(0, c.Hosts()+1).Draw(t, "host"))
			step := rapid.IntRange(0, len(steps)-1).Draw(t, "step")
			before := c.Clone()
			err := steps[step].take(c, v, h)
			var f *Fault
			if err != nil && (!errors.Is(err, model.ErrRefused) || !errors.As(err, &f) || !reflect.DeepEqual(before, c)) {
				t.Fatalf("%s(%d, %d) refused with %v, but %+v became %+v", steps[step].name, v, h, err, before, c)
			}
			checkCluster(t, c)
			checkQuestions(t, c)
			checkStep(t, before, c, steps[step].name, v, h, err == nil)
		}
	})
}

func checkQuestions(t *rapid.T, c *Cluster) {
	for _, v := range vms(c) {
		if c.At(v) == 0 && !c.Lost(v) {
			if got, want := c.Placements(v), placements(c, v); !slices.Equal(got, want) {
				t.Fatalf("placements of VM %d in %+v: got %v, want %v", v, c, got, want)
			}
		}
		if got, want := c.Unit(v), unit(c, v); !slices.Equal(got, want) {
			t.Fatalf("unit of VM %d in %+v: got %v, want %v", v, c, got, want)
		}
	}
	if got, want := c.Moves(), moves(c); !slices.Equal(got, want) {
		t.Fatalf("moves in %+v: got %v, want %v", c, got, want)
	}
	if got, want := c.Tolerates(), c.cfg.Failures == 0 || tolerates(c); got != want {
		t.Fatalf("tolerates %d failures in %+v: got %t, want %t", c.cfg.Failures, c, got, want)
	}
}

// checkStep checks that a step happened exactly where an enumeration of the states says that it may.
func checkStep(t *rapid.T, before, after *Cluster, name string, v VM, h Host, done bool) {
	known := v >= 1 && int(v) <= before.VMs() && h >= 1 && int(h) <= before.Hosts()
	var want bool
	switch name {
	case "PowerOn":
		want = known && before.At(v) == 0 && !before.Lost(v) && could(before, []VM{v}, h)
	case "Place":
		want = known && before.At(v) == 0 && !before.Lost(v) && slices.Contains(placements(before, v), h)
	case "Restart":
		want = known && before.Lost(v) && could(before, []VM{v}, h)
	case "Migrate":
		want = known && before.At(v) != 0 && before.At(v) != h && could(before, unit(before, v), h)
	case "Evacuate":
		want = known && before.At(v) != 0 && before.Mode(before.At(v)) == Entering && could(before, unit(before, v), h) &&
			(before.cfg.Failures == 0 || tolerates(before))
	default:
		return
	}
	if done != want {
		t.Fatalf("%s(%d, %d) in %+v: got %t, want %t", name, v, h, before, done, want)
	}
	if done && after.At(v) != h {
		t.Fatalf("%s(%d, %d): the machine is on %d", name, v, h, after.At(v))
	}
}

// steps are the steps of a cluster whose rules stay as they are.
var steps = []struct {
	name string
	take func(*Cluster, VM, Host) error
}{
	{"PowerOn", (*Cluster).PowerOn},
	{"Place", (*Cluster).Place},
	{"Place", (*Cluster).Place},
	{"PowerOff", func(c *Cluster, v VM, _ Host) error { return c.PowerOff(v) }},
	{"Migrate", (*Cluster).Migrate},
	{"Migrate", (*Cluster).Migrate},
	{"Correct", (*Cluster).Correct},
	{"Balance", (*Cluster).Balance},
	{"Fail", func(c *Cluster, _ VM, h Host) error { return c.Fail(h) }},
	{"Repair", func(c *Cluster, _ VM, h Host) error { return c.Repair(h) }},
	{"Restart", (*Cluster).Restart},
	{"Request", func(c *Cluster, _ VM, h Host) error { return c.Request(h) }},
	{"Cancel", func(c *Cluster, _ VM, h Host) error { return c.Cancel(h) }},
	{"Evacuate", (*Cluster).Evacuate},
	{"Enter", func(c *Cluster, _ VM, h Host) error { return c.Enter(h) }},
	{"Exit", func(c *Cluster, _ VM, h Host) error { return c.Exit(h) }},
}

// Two rules conflict exactly if no placement of the machines that they share keeps both, rules about one machine aside.
func TestConflict(t *testing.T) {
	const nv, nh = 3, 2
	for _, r := range allRules(nv, nh) {
		for _, q := range allRules(nv, nh) {
			var both []VM
			for _, v := range r.VMs {
				if slices.Contains(q.VMs, v) {
					both = append(both, v)
				}
			}
			least := 1
			if !r.Kind.ofHosts() {
				least = 2
			}
			if r.Kind.ofHosts() != q.Kind.ofHosts() || r.Kind == q.Kind && !r.Kind.ofHosts() || len(both) < least {
				if Conflict(r, q, nh) {
					t.Errorf("%+v and %+v: got a conflict", r, q)
				}
				continue
			}
			want := true
			for p := range modelcheck.Vectors(nv, nh) {
				c := &Cluster{at: make([]Host, nv)}
				for _, v := range both {
					c.at[v-1] = Host(p[v-1])
				}
				if holds(c, r) && holds(c, q) {
					want = false
				}
			}
			if got := Conflict(r, q, nh); got != want || Conflict(q, r, nh) != want {
				t.Errorf("%+v and %+v: got conflict %t, want %t", r, q, got, want)
			}
		}
	}
}

// What the manuals say, sentence by sentence.
func TestManuals(t *testing.T) {
	hosts := slices.Repeat([]Resources{{1000, 1000}}, 3)
	machines := slices.Repeat([]Machine{{Demand: Resources{600, 600}, Reservation: Resources{100, 100}}}, 3)
	must := func(k Kind, vs []VM, hs ...Host) Rule {
		return Rule{Name: k.String(), Kind: k, VMs: vs, Hosts: hs, Mandatory: true}
	}
	should := func(k Kind, vs []VM, hs ...Host) Rule {
		return Rule{Name: k.String(), Kind: k, VMs: vs, Hosts: hs}
	}
	on := func(t *testing.T, cfg Config, at ...Host) *Cluster {
		t.Helper()
		c := start(cfg)
		for i, h := range at {
			if h != 0 {
				if err := c.PowerOn(VM(i+1), h); err != nil {
					t.Fatal(err)
				}
			}
		}
		return c
	}
	placed := func(want ...Host) func(*testing.T, *Cluster) {
		return func(t *testing.T, c *Cluster) {
			if got := c.Placements(1); !slices.Equal(got, want) {
				t.Errorf("got placements on %v, want %v", got, want)
			}
		}
	}
	enabled := func(want ...bool) func(*testing.T, *Cluster) {
		return func(t *testing.T, c *Cluster) {
			if !slices.Equal(c.enabled, want) {
				t.Errorf("got rules enabled %v, want %v", c.enabled, want)
			}
		}
	}
	refused := func(name string, step func(*Cluster) error) func(*testing.T, *Cluster) {
		return func(t *testing.T, c *Cluster) {
			var f *Fault
			if err := step(c); !errors.As(err, &f) || f.Name != name {
				t.Errorf("got %v, want %s", err, name)
			}
		}
	}
	all := []VM{1, 2, 3}
	for _, test := range []struct {
		source string
		rules  []Rule
		at     []Host
		check  func(*testing.T, *Cluster)
	}{
		{
			"Resource Management 8.0, Using VM-Host Affinity Rules: a VM in two groups of different required rules runs only on hosts of both",
			[]Rule{must(HostAffinity, []VM{1}, 1, 2), must(HostAffinity, []VM{1}, 2, 3)},
			nil, placed(2),
		},
		{
			"Resource Management 8.0, Using VM-Host Affinity Rules: the older of two that conflict takes precedence and the newer is deactivated",
			[]Rule{must(HostAffinity, []VM{1}, 1), must(HostAffinity, []VM{1, 2}, 2)},
			nil, enabled(true, false),
		},
		{
			"Resource Management 8.0, VM-VM Affinity Rule Conflicts: together and separate",
			[]Rule{should(AntiAffinity, []VM{1, 2}), must(Affinity, all)},
			nil, enabled(true, false),
		},
		{
			"ClusterRuleInfo: DRS does not validate one rule against another",
			[]Rule{must(Affinity, []VM{1, 2}), must(HostAffinity, []VM{1}, 1), must(HostAffinity, []VM{2}, 2)},
			nil, enabled(true, true, true),
		},
		{
			"ClusterRuleInfo.mandatory: prevents a machine from being powered on",
			[]Rule{must(AntiAffinity, all)},
			[]Host{0, 2, 3},
			placed(1),
		},
		{
			"ClusterRuleInfo.mandatory: or migrated",
			[]Rule{must(AntiAffinity, all)},
			[]Host{1, 2},
			refused(RuleViolation, func(c *Cluster) error { return c.Migrate(1, 2) }),
		},
		{
			"VmHostAffinityRuleViolation: the machine, if powered on, would violate a VM-Host affinity rule",
			[]Rule{must(HostAntiAffinity, []VM{1}, 2)},
			nil, refused(VMHostAffinityRuleViolation, func(c *Cluster) error { return c.PowerOn(1, 2) }),
		},
		{
			"ClusterRuleInfo.mandatory: an optional rule is a preference of DRS",
			[]Rule{should(HostAffinity, []VM{1}, 2)},
			nil, placed(2),
		},
		{
			"ClusterRuleInfo.mandatory: as long as no host is more than 100 % utilized",
			[]Rule{should(HostAffinity, []VM{1}, 2)},
			[]Host{0, 2},
			placed(1, 3),
		},
		{
			"ClusterRuleInfo: DRS does not evacuate virtual machines to place a host in maintenance mode",
			[]Rule{must(AntiAffinity, all)},
			[]Host{1, 2, 3},
			refused(RuleViolation, func(c *Cluster) error {
				if err := c.Request(1); err != nil {
					return err
				}
				return c.Evacuate(1, 2)
			}),
		},
		{
			"ClusterRuleInfo: HA does not perform failovers",
			[]Rule{must(HostAffinity, []VM{1}, 1)},
			[]Host{1},
			refused(VMHostAffinityRuleViolation, func(c *Cluster) error {
				if err := c.Fail(1); err != nil {
					return err
				}
				return c.Restart(1, 2)
			}),
		},
		{
			"Host Management, Place a Host in Maintenance Mode: no machine is powered on or moved to a host that is entering it",
			nil,
			[]Host{0, 1},
			refused(InvalidHostState, func(c *Cluster) error {
				if err := c.Request(1); err != nil {
					return err
				}
				return c.PowerOn(1, 1)
			}),
		},
		{
			"SoftRuleVioCorrectionImpact: correcting would impact the host",
			[]Rule{should(Affinity, []VM{1, 2})},
			[]Host{1, 2},
			refused(SoftRuleVioCorrectionImpact, func(c *Cluster) error { return c.Correct(1, 2) }),
		},
	} {
		t.Run(test.source, func(t *testing.T) {
			test.check(t, on(t, Config{Hosts: hosts, VMs: machines, Rules: test.rules}, test.at...))
		})
	}
}

// vSphere Resource Management, Set the Automation Level: what is automatic at each.
func TestLevels(t *testing.T) {
	for level, want := range map[Level][2]bool{Manual: {false, false}, PartiallyAutomated: {true, false}, FullyAutomated: {true, true}} {
		if got := [2]bool{level.Places(), level.Migrates()}; got != want {
			t.Errorf("%s: got %v, want %v", level, got, want)
		}
	}
}

// vSphere Availability, Using vSphere HA and DRS Together: with admission control, machines might not be evacuated; they can be moved by hand, and without
// it DRS evacuates whatever becomes of failover.
func TestEvacuationAndAdmissionControl(t *testing.T) {
	cfg := Config{Hosts: slices.Repeat([]Resources{{1000, 1000}}, 2), VMs: []Machine{{Reservation: Resources{100, 100}}}, Failures: 1}
	for _, failures := range []int{0, 1} {
		cfg.Failures = failures
		c := start(cfg)
		if err := errors.Join(c.PowerOn(1, 1), c.Request(1)); err != nil {
			t.Fatal(err)
		}
		err := c.Clone().Evacuate(1, 2)
		var f *Fault
		if failures == 0 && err != nil || failures == 1 && (!errors.As(err, &f) || f.Name != InsufficientFailoverResources) {
			t.Errorf("%d failures to tolerate: got %v", failures, err)
		}
		if err := c.Migrate(1, 2); err != nil {
			t.Errorf("by hand: got %v", err)
		}
	}
}

// A cluster as it is found may break rules, and reservations. Moves mend them and never break others; where machines that must be together must be apart, too, there
// is none.
func TestObserve(t *testing.T) {
	cfg := Config{
		Hosts: slices.Repeat([]Resources{{1, 1}}, 3), VMs: make([]Machine, 3),
		Rules: []Rule{
			{Kind: Affinity, VMs: []VM{1, 2}, Mandatory: true}, {Kind: Affinity, VMs: []VM{2, 3}, Mandatory: true}, {Kind: AntiAffinity, VMs: []VM{1, 3}, Mandatory: true},
		},
	}
	modes := []Mode{Working, Entering, Maintenance}
	c, err := Observe(cfg, []Host{2, 2, 1}, modes)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Unit(1); !slices.Equal(got, []VM{1, 2, 3}) || c.Violations(2) != 1 || c.Violations(3) != 0 || c.Mode(3) != Maintenance {
		t.Errorf("got a unit of %v in %+v", got, c)
	}
	var f *Fault
	if err := c.Migrate(1, 1); !errors.As(err, &f) || f.Name != RuleViolation || f.Rule != 3 {
		t.Errorf("got %v, want that rule 3 is in the way", err)
	}
	if err := c.Disable(3); err != nil {
		t.Fatal(err)
	}
	if err := c.Migrate(1, 1); err != nil || c.Violations(2) != 0 {
		t.Errorf("got %v and %+v, want all on host 1", err, c)
	}
	for name, refused := range map[string]func() (*Cluster, error){
		"a machine in maintenance": func() (*Cluster, error) { return Observe(cfg, []Host{3, 2, 1}, modes) },
		"too few machines":         func() (*Cluster, error) { return Observe(cfg, []Host{1}, modes) },
		"too few hosts":            func() (*Cluster, error) { return Observe(cfg, []Host{1, 1, 1}, modes[:2]) },
		"an unknown host":          func() (*Cluster, error) { return Observe(cfg, []Host{1, 1, 4}, modes) },
		"an unknown mode":          func() (*Cluster, error) { return Observe(cfg, []Host{1, 1, 1}, []Mode{0, 0, 4}) },
		"a cluster that is none":   func() (*Cluster, error) { return Observe(Config{Failures: -1}, nil, nil) },
	} {
		if _, err := refused(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	hosts, machines := []Resources{{1, 1}}, []Machine{{}, {}}
	for name, cfg := range map[string]Config{
		"a host without capacity":  {Hosts: []Resources{{0, 1}}},
		"too much capacity":        {Hosts: []Resources{{1 << 60, 1}, {1 << 61, 1}}},
		"a negative reservation":   {Hosts: hosts, VMs: []Machine{{Reservation: Resources{-1, 0}}}},
		"an unknown host":          {Hosts: hosts, VMs: []Machine{{Compatible: []Host{2}}}},
		"failures below 0":         {Hosts: hosts, Failures: -1},
		"a gain below 0":           {Hosts: hosts, MinGain: -1},
		"a pair of one":            {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: Affinity, VMs: []VM{1}}}},
		"a machine twice":          {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: Affinity, VMs: []VM{1, 1}}}},
		"an unknown machine":       {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: Affinity, VMs: []VM{1, 3}}}},
		"a rule of hosts without":  {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: HostAffinity, VMs: []VM{1}}}},
		"a rule of pairs with one": {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: Affinity, VMs: []VM{1, 2}, Hosts: []Host{1}}}},
		"an unknown kind":          {Hosts: hosts, VMs: machines, Rules: []Rule{{Kind: 4, VMs: []VM{1, 2}}}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

// A question about what there is not is a programmer's error, with a sentence that says so.
func TestUnknownPanics(t *testing.T) {
	c := start(Config{Hosts: []Resources{{1, 1}}, VMs: []Machine{{}}})
	for name, call := range map[string]func(){
		"at": func() { c.At(2) }, "lost": func() { c.Lost(0) }, "mode": func() { c.Mode(2) }, "used": func() { c.Used(-1) },
		"load": func() { c.Load(2) }, "enabled": func() { c.Enabled(1) }, "violations": func() { c.Violations(0) }, "gain": func() { c.Gain(1, 1) },
	} {
		func() {
			defer func() {
				if sentence, ok := recover().(string); !ok || !strings.HasPrefix(sentence, "drs: ") {
					t.Errorf("%s: got panic %q, want a sentence of this package", name, sentence)
				}
			}()
			call()
		}()
	}
}
